//! A place on the ground as two whole numbers.
//!
//! Owns the unit: 1e-7 degree, about 1.1 cm on a meridian, the resolution of a good receiver. Whole numbers make every
//! later question (which side of a border?) exact and the same on every machine.
//! Refuses coordinates outside the globe and numbers that are not numbers. Start at [`Point::from_degrees`].

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Units in one degree.
pub const UNITS_PER_DEGREE: f64 = 1e7;
const MAX_LON_E7: i32 = 1_800_000_000;
const MAX_LAT_E7: i32 = 900_000_000;
/// The mean radius of the earth in metres (IUGG 1980).
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A point in WGS-84 / CGCS2000, in units of 1e-7 degree. The two systems differ by centimetres and are not told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Point {
    /// Longitude, east positive, -1_800_000_000 to 1_800_000_000.
    pub lon_e7: i32,
    /// Latitude, north positive, -900_000_000 to 900_000_000.
    pub lat_e7: i32,
}

/// Why two numbers are not a point.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum PointError {
    /// The longitude is not within the globe, or not a number.
    #[error("longitude {0} is outside -180 to 180; give degrees, longitude first")]
    Longitude(f64),
    /// The latitude is not within the globe, or not a number.
    #[error("latitude {0} is outside -90 to 90; give degrees, longitude first")]
    Latitude(f64),
}

impl Point {
    /// A point from whole units, for constants and tests. The range is not checked; [`Point::checked`] does that.
    pub const fn new(lon_e7: i32, lat_e7: i32) -> Self {
        Self { lon_e7, lat_e7 }
    }

    /// A point from whole units that come from outside.
    pub fn checked(lon_e7: i32, lat_e7: i32) -> Result<Self, PointError> {
        if !(-MAX_LON_E7..=MAX_LON_E7).contains(&lon_e7) {
            return Err(PointError::Longitude(f64::from(lon_e7) / UNITS_PER_DEGREE));
        }
        if !(-MAX_LAT_E7..=MAX_LAT_E7).contains(&lat_e7) {
            return Err(PointError::Latitude(f64::from(lat_e7) / UNITS_PER_DEGREE));
        }
        Ok(Self { lon_e7, lat_e7 })
    }

    /// The nearest whole units to degrees in WGS-84 or CGCS2000; at most half a unit (6 mm) is lost.
    /// Other coordinate systems come in through [`crate::datum::Datum::to_inside`].
    pub fn from_degrees(lon: f64, lat: f64) -> Result<Self, PointError> {
        if !(-180.0..=180.0).contains(&lon) {
            return Err(PointError::Longitude(lon));
        }
        if !(-90.0..=90.0).contains(&lat) {
            return Err(PointError::Latitude(lat));
        }
        Ok(Self {
            lon_e7: (lon * UNITS_PER_DEGREE).round() as i32,
            lat_e7: (lat * UNITS_PER_DEGREE).round() as i32,
        })
    }

    /// Longitude in degrees.
    pub fn lon(self) -> f64 {
        f64::from(self.lon_e7) / UNITS_PER_DEGREE
    }

    /// Latitude in degrees.
    pub fn lat(self) -> f64 {
        f64::from(self.lat_e7) / UNITS_PER_DEGREE
    }

    /// Great-circle distance in metres on a sphere of mean radius (haversine); within 0.6 % of the ellipsoid.
    pub fn metres_to(self, other: Self) -> f64 {
        let (from, to) = (self.lat().to_radians(), other.lat().to_radians());
        let half_lat = (to - from) / 2.0;
        let half_lon = (other.lon() - self.lon()).to_radians() / 2.0;
        let haversine = half_lat.sin().powi(2) + from.cos() * to.cos() * half_lon.sin().powi(2);
        2.0 * EARTH_RADIUS_M * haversine.sqrt().min(1.0).asin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_become_the_nearest_unit_and_come_back() {
        let point = Point::from_degrees(106.574_286_74, -29.606_703_26).unwrap();
        assert_eq!(point, Point::new(1_065_742_867, -296_067_033));
        assert_eq!(point.lon(), 106.574_286_7);
        assert_eq!(Point::from_degrees(180.0, -90.0).unwrap(), Point::new(1_800_000_000, -900_000_000));
    }

    #[test]
    fn numbers_that_are_no_place_are_refused_with_the_mend() {
        assert_eq!(Point::from_degrees(180.1, 0.0), Err(PointError::Longitude(180.1)));
        assert_eq!(Point::from_degrees(29.6, 106.5), Err(PointError::Latitude(106.5)));
        assert!(Point::from_degrees(f64::NAN, 0.0).is_err());
        assert!(Point::from_degrees(0.0, f64::INFINITY).is_err());
        assert!(Point::checked(1_800_000_001, 0).is_err());
        assert!(Point::checked(0, -900_000_001).is_err());
        assert!(PointError::Latitude(106.5).to_string().contains("longitude first"));
    }

    #[test]
    fn a_degree_of_the_meridian_is_111_km_and_of_longitude_at_60_north_half_of_it() {
        let origin = Point::new(0, 600_000_000);
        assert!((origin.metres_to(Point::new(0, 610_000_000)) - 111_195.0).abs() < 1.0);
        assert!((origin.metres_to(Point::new(10_000_000, 600_000_000)) - 55_597.0).abs() < 5.0);
        assert_eq!(origin.metres_to(origin), 0.0);
        assert!(Point::new(-1_800_000_000, 0).metres_to(Point::new(1_800_000_000, 0)) < 1e-3);
    }
}
