//! Coordinate systems met in China, converted at the edge.
//!
//! Owns the conversion between what a phone, a map service or a file says and the one system used inside,
//! WGS-84 / CGCS2000. Whoever stores a point also stores the [`Datum`] that it came in.
//! Refuses to guess: a file that does not say its system must be asked for it. Start at [`Datum::to_inside`].
//!
//! GCJ-02 ("Mars coordinates") and BD-09 have no published definition. The formulas here are the ones in common public
//! use since 2013; against the map services they are good to a metre or so, which is a property of the formulas and
//! not of the arithmetic: the inverse is iterated until forward(inverse(x)) returns x to far below a unit.
//! Outside a box around China both systems are the identity, as the map services treat it; within some hundred metres
//! of the box's edge, which lies in the sea and beyond the borders, the round trip does not hold.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::point::{Point, PointError};

/// The coordinate system in which a pair of degrees was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Datum {
    /// GPS; the system used inside.
    #[default]
    Wgs84,
    /// The national system of China (GB/T 22021); within centimetres of WGS-84 and treated as the same.
    Cgcs2000,
    /// The shifted system of most map services in China.
    Gcj02,
    /// Baidu's system, a second shift on top of GCJ-02.
    Bd09,
}

impl Datum {
    /// Degrees in this system to the point used inside. Errors name the coordinate that is out of range.
    pub fn to_inside(self, lon: f64, lat: f64) -> Result<Point, PointError> {
        // The range is checked before converting, so that the message shows the number that was given.
        let given = Point::from_degrees(lon, lat)?;
        let (lon, lat) = match self {
            Self::Wgs84 | Self::Cgcs2000 => return Ok(given),
            Self::Gcj02 if in_china(lon, lat) => inverse(gcj_from_wgs, lon, lat),
            Self::Bd09 if in_china(lon, lat) => {
                let (lon, lat) = inverse(bd_from_gcj, lon, lat);
                inverse(gcj_from_wgs, lon, lat)
            }
            Self::Gcj02 | Self::Bd09 => return Ok(given),
        };
        Point::from_degrees(lon, lat)
    }

    /// The degrees (longitude, latitude) in this system of a point used inside.
    pub fn from_inside(self, point: Point) -> (f64, f64) {
        let (lon, lat) = (point.lon(), point.lat());
        match self {
            Self::Gcj02 if in_china(lon, lat) => gcj_from_wgs(lon, lat),
            Self::Bd09 if in_china(lon, lat) => {
                let (lon, lat) = gcj_from_wgs(lon, lat);
                bd_from_gcj(lon, lat)
            }
            _ => (lon, lat),
        }
    }
}

/// The box inside which the map services shift, in degrees.
fn in_china(lon: f64, lat: f64) -> bool {
    (72.004..=137.8347).contains(&lon) && (0.8293..=55.8271).contains(&lat)
}

/// GCJ-02 from WGS-84: a polynomial with waves, scaled to metres on the Krasovsky 1940 ellipsoid.
fn gcj_from_wgs(lon: f64, lat: f64) -> (f64, f64) {
    const SEMI_MAJOR_M: f64 = 6_378_245.0;
    const ECCENTRICITY_2: f64 = 0.006_693_421_622_965_943;
    let (x, y) = (lon - 105.0, lat - 35.0);
    let wave = |t: f64, a: f64, b: f64| (a * (t * PI).sin() + b * (t * PI / 3.0).sin()) * 2.0 / 3.0;
    let shared = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let root = x.abs().sqrt();
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + shared
        + wave(y, 20.0, 40.0)
        + (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin()) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + shared
        + wave(x, 20.0, 40.0)
        + (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;
    let radians = lat.to_radians();
    let flat = 1.0 - ECCENTRICITY_2 * radians.sin().powi(2);
    let metres_per_radian_north = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_2) / (flat * flat.sqrt());
    let metres_per_radian_east = SEMI_MAJOR_M / flat.sqrt() * radians.cos();
    (lon + (east / metres_per_radian_east).to_degrees(), lat + (north / metres_per_radian_north).to_degrees())
}

/// BD-09 from GCJ-02.
fn bd_from_gcj(lon: f64, lat: f64) -> (f64, f64) {
    const WAVE: f64 = PI * 3000.0 / 180.0;
    let radius = lon.hypot(lat) + 0.000_02 * (lat * WAVE).sin();
    let angle = lat.atan2(lon) + 0.000_003 * (lon * WAVE).cos();
    (radius * angle.cos() + 0.0065, radius * angle.sin() + 0.006)
}

/// The point that `forward` sends to (lon, lat), by fixed-point iteration. The shifts vary by less than a hundredth
/// per degree, so each round gains two digits; the bound is only there so that no input can loop.
fn inverse(forward: fn(f64, f64) -> (f64, f64), lon: f64, lat: f64) -> (f64, f64) {
    let (mut x, mut y) = (lon, lat);
    for _ in 0..30 {
        let (east, north) = forward(x, y);
        let (dx, dy) = (lon - east, lat - north);
        x += dx;
        y += dy;
        if dx.abs() < 1e-11 && dy.abs() < 1e-11 {
            break;
        }
    }
    (x, y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_known_place_moves_by_the_published_shift() {
        // The worked example that circulates with the public formulas: 116.404, 39.915 in WGS-84.
        let inside = Point::from_degrees(116.404, 39.915).unwrap();
        let (lon, lat) = Datum::Gcj02.from_inside(inside);
        assert!((lon - 116.410_244_499_169_38).abs() < 1e-6, "{lon}");
        assert!((lat - 39.916_404_281_501_64).abs() < 1e-6, "{lat}");
        // And of BD-09 over GCJ-02.
        let (lon, lat) = bd_from_gcj(116.404, 39.915);
        assert!((lon - 116.410_369_495_229_5).abs() < 1e-6, "{lon}");
        assert!((lat - 39.921_336_993_510_21).abs() < 1e-6, "{lat}");
    }

    #[test]
    fn outside_china_every_system_is_the_identity() {
        for (lon, lat) in [(-118.2437, 34.0522), (2.3522, 48.8566), (151.2, -33.86), (0.0, 0.0)] {
            for datum in [Datum::Wgs84, Datum::Cgcs2000, Datum::Gcj02, Datum::Bd09] {
                let inside = datum.to_inside(lon, lat).unwrap();
                assert_eq!(inside, Point::from_degrees(lon, lat).unwrap());
                assert_eq!(datum.from_inside(inside), (inside.lon(), inside.lat()));
            }
        }
    }

    #[test]
    fn a_number_out_of_range_is_refused_in_every_system() {
        for datum in [Datum::Wgs84, Datum::Cgcs2000, Datum::Gcj02, Datum::Bd09] {
            assert_eq!(datum.to_inside(200.0, 30.0), Err(PointError::Longitude(200.0)));
            assert!(datum.to_inside(f64::NAN, 30.0).is_err());
        }
    }

    proptest! {
        #[test]
        fn the_round_trip_inside_china_stays_under_half_a_metre(lon in 73.5f64..135.0, lat in 3.9f64..53.5) {
            for datum in [Datum::Gcj02, Datum::Bd09] {
                let inside = datum.to_inside(lon, lat).unwrap();
                let (east, north) = datum.from_inside(inside);
                let given = Point::from_degrees(lon, lat).unwrap();
                let back = Point::from_degrees(east, north).unwrap();
                // Two units: one lost by snapping inside, one in the comparison.
                prop_assert!(given.metres_to(back) < 0.03, "{datum:?} {lon} {lat}: {}", given.metres_to(back));
                // The shift is real: a conversion that did nothing would pass the round trip.
                prop_assert!(given.metres_to(inside) > 20.0, "{datum:?} did not move {lon} {lat}");
            }
        }
    }
}
