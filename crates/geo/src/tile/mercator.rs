//! Web mercator in whole numbers: the world is 2^32 units wide and high.
//!
//! Owns the projection (EPSG:3857 without its metres: a sphere unrolled, cut where it is square). Two different
//! [`Point`]s never fall on one place here, since 1e-7 degree is 1.19 units or more; so what was shared stays shared, and what was
//! apart stays apart. Refuses latitudes that the square does not have. Start at [`World::of`].

use std::f64::consts::PI;

use super::TileError;
use crate::point::Point;

/// The latitude at which the map is as high as wide: the Gudermannian of π, in degrees.
pub const MOST_LATITUDE: f64 = 85.051_128_779_806_59;
/// Units around the world.
pub(super) const AROUND: f64 = 4_294_967_296.0;

/// A place of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct World {
    /// East of the 180th meridian. Longitude 180 itself is the last unit, 9 mm west of where it belongs: so every place is in a tile.
    pub x: u32,
    /// South of the northern edge.
    pub y: u32,
}

impl World {
    /// Where a point of the globe is on the map, to the nearest unit.
    ///
    /// # Errors
    /// [`TileError::Point`] outside the globe, [`TileError::Polar`] beyond [`MOST_LATITUDE`].
    pub fn of(point: Point) -> Result<World, TileError> {
        let point = Point::checked(point.lon_e7, point.lat_e7)?;
        if point.lat().abs() > MOST_LATITUDE {
            return Err(TileError::Polar(point.lat()));
        }
        // Exact: both factors are whole, and the product stays below 2^64.
        const UNITS: u64 = 3_600_000_000;
        let east = (i64::from(point.lon_e7) + 1_800_000_000).unsigned_abs();
        let x = ((east << 32) + UNITS / 2) / UNITS;
        let lat = point.lat().to_radians();
        let y = (0.5 - lat.tan().asinh() / (2.0 * PI)) * AROUND;
        // The cast saturates.
        Ok(World { x: u32::try_from(x).unwrap_or(u32::MAX), y: y.round() as u32 })
    }

    /// Position along one axis: 0 for x, 1 for y.
    pub(super) fn wide(self) -> [i64; 2] {
        [i64::from(self.x), i64::from(self.y)]
    }
}

/// Longitude of a part of the world's width, in degrees.
pub(super) fn longitude(part: f64) -> f64 {
    part * 360.0 - 180.0
}

/// Latitude of a part of the world's height from its northern edge, in degrees.
pub(super) fn latitude(part: f64) -> f64 {
    (PI * (1.0 - 2.0 * part)).sinh().atan().to_degrees()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_the_corners_and_known_places_lie_where_they_should() {
        let at = |lon: f64, lat: f64| World::of(Point::from_degrees(lon, lat).unwrap()).unwrap();
        assert_eq!(at(0.0, 0.0), World { x: 1 << 31, y: 1 << 31 });
        assert_eq!(at(-180.0, 85.051_128_7).x, 0);
        assert!(at(-180.0, 85.051_128_7).y < 12);
        assert_eq!(at(180.0, 0.0).x, u32::MAX);
        assert!(at(0.0, -85.051_128_7).y > u32::MAX - 12);
        // EPSG guidance note 7-2 §1.3.3.2: 100°20'W 24°22'54.433"N is E -11169055.58 N 2800000.00.
        let known = at(-100.333_333_3, 24.381_787);
        let metre = AROUND / (2.0 * PI * 6_378_137.0);
        assert!((f64::from(known.x) - (AROUND / 2.0 - 11_169_055.58 * metre)).abs() < 2.0, "{known:?}");
        assert!((f64::from(known.y) - (AROUND / 2.0 - 2_800_000.0 * metre)).abs() < 5.0, "{known:?}");
    }

    #[test]
    fn what_web_mercator_does_not_have_is_refused_with_the_mend() {
        for lat in [900_000_000, 850_511_288, -850_511_288] {
            let error = World::of(Point::new(0, lat)).unwrap_err();
            assert_eq!(error, TileError::Polar(f64::from(lat) / 1e7));
            assert!(error.to_string().contains("leave the place off the map"));
        }
        assert!(World::of(Point::new(0, 850_511_287)).is_ok());
        assert!(matches!(World::of(Point::new(1_800_000_001, 0)), Err(TileError::Point(_))));
    }

    #[test]
    fn neighbouring_points_never_share_a_place() {
        let distinct = |a: Point, b: Point| assert_ne!(World::of(a).unwrap(), World::of(b).unwrap(), "{a:?}");
        for step in 0..10_000 {
            let (lon, lat) = (1_065_000_000 + step, -300_000_000 + step * 61_001);
            distinct(Point::new(lon, lat), Point::new(lon + 1, lat));
            distinct(Point::new(lon, lat), Point::new(lon, lat + 1));
        }
    }

    #[test]
    fn parts_of_the_world_go_back_to_degrees() {
        assert_eq!((longitude(0.0), longitude(1.0)), (-180.0, 180.0));
        assert!((latitude(0.0) - MOST_LATITUDE).abs() < 1e-9 && latitude(0.5).abs() < 1e-12);
        let point = Point::from_degrees(106.574_286_7, 29.606_703_2).unwrap();
        let world = World::of(point).unwrap();
        assert!((longitude(f64::from(world.x) / AROUND) - point.lon()).abs() < 1e-7);
        assert!((latitude(f64::from(world.y) / AROUND) - point.lat()).abs() < 1e-7);
    }
}
