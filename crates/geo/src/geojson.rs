//! Shapes from and to GeoJSON (RFC 7946).
//!
//! Owns reading a FeatureCollection of Polygons and MultiPolygons, in the coordinate system that the caller names, and
//! writing shapes compactly: whole 1e-7 degrees as at most seven decimals, without loss.
//! Refuses every other geometry, with the number of the feature. What a property means is the caller's.
//! Start at [`read`] and [`write`].

use std::fmt::Write as _;

use ::geojson::{FeatureCollection, GeoJson, GeometryValue, JsonObject, JsonValue, PolygonType, Position};
use thiserror::Error;

use crate::datum::Datum;
use crate::point::Point;
use crate::polygons::polygons;
use crate::shape::{CellShape, ShapeError};

/// A feature with its properties as the file has them.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// Its members by name; empty where the file has none.
    pub properties: JsonObject,
    /// Its rings, open, checked, in the system used inside.
    pub shape: CellShape,
}

/// What is wrong with a file. Features count from 0, in the order of the file.
#[derive(Debug, Error)]
pub enum GeoJsonError {
    /// Not GeoJSON at all.
    #[error("this is not GeoJSON: {0}; export the layer again as GeoJSON (RFC 7946)")]
    Syntax(String),
    /// Another object than a collection.
    #[error("the file is a single {0}; wrap it as a FeatureCollection")]
    NotCollection(&'static str),
    /// Another geometry, or none.
    #[error("feature {feature} has {found}; cells are Polygon or MultiPolygon: remove it or convert it")]
    Geometry {
        /// The number of the feature.
        feature: usize,
        /// What it has instead.
        found: String,
    },
    /// A position that is no point.
    #[error("feature {feature}, position {position:?}: {reason}")]
    Position {
        /// The number of the feature.
        feature: usize,
        /// The numbers as given.
        position: Vec<f64>,
        /// Why, with the mend.
        reason: String,
    },
    /// Rings that enclose nothing.
    #[error("feature {feature}: {source}")]
    Shape {
        /// The number of the feature.
        feature: usize,
        /// What is wrong with its shape.
        source: ShapeError,
    },
}

/// Reads a FeatureCollection whose coordinates are in `datum`. GeoJSON says WGS-84, but files from map services in China
/// are often GCJ-02 without saying so: the caller must know.
pub fn read(text: &str, datum: Datum) -> Result<Vec<Feature>, GeoJsonError> {
    let collection = match text.parse::<GeoJson>() {
        Ok(GeoJson::FeatureCollection(collection)) => collection,
        Ok(GeoJson::Feature(_)) => return Err(GeoJsonError::NotCollection("Feature")),
        Ok(GeoJson::Geometry(_)) => return Err(GeoJsonError::NotCollection("geometry")),
        Err(error) => return Err(GeoJsonError::Syntax(error.to_string())),
    };
    let FeatureCollection { features, .. } = collection;
    features.into_iter().enumerate().map(|(number, feature)| read_feature(number, feature, datum)).collect()
}

fn read_feature(number: usize, feature: ::geojson::Feature, datum: Datum) -> Result<Feature, GeoJsonError> {
    let parts: Vec<PolygonType> = match feature.geometry.map(|geometry| geometry.value) {
        Some(GeometryValue::Polygon { coordinates }) => vec![coordinates],
        Some(GeometryValue::MultiPolygon { coordinates }) => coordinates,
        Some(other) => {
            return Err(GeoJsonError::Geometry {
                feature: number,
                found: format!("a {}", other.type_name()),
            });
        }
        None => return Err(GeoJsonError::Geometry { feature: number, found: "no geometry".to_owned() }),
    };
    let ring = |ring: &Vec<Position>| {
        ring.iter().map(|position| read_position(number, position, datum)).collect::<Result<Vec<Point>, _>>()
    };
    let rings = parts.iter().flatten().map(ring).collect::<Result<Vec<_>, _>>()?;
    let rings = CellShape { rings }
        .checked_rings(number)
        .map_err(|source| GeoJsonError::Shape { feature: number, source })?;
    Ok(Feature { properties: feature.properties.unwrap_or_default(), shape: CellShape { rings } })
}

fn read_position(feature: usize, position: &Position, datum: Datum) -> Result<Point, GeoJsonError> {
    let wrong =
        |reason: String| GeoJsonError::Position { feature, position: position.as_slice().to_vec(), reason };
    match position.as_slice() {
        [lon, lat, ..] => datum.to_inside(*lon, *lat).map_err(|error| wrong(error.to_string())),
        _ => Err(wrong("a position needs longitude and latitude".to_owned())),
    }
}

/// A FeatureCollection of shapes with their properties, one feature a line, in WGS-84 / CGCS2000.
pub fn write<'a>(features: impl IntoIterator<Item = (&'a JsonObject, &'a CellShape)>) -> String {
    let mut text = String::from("{\"type\":\"FeatureCollection\",\"features\":[");
    for (number, (properties, shape)) in features.into_iter().enumerate() {
        text.push_str(if number == 0 { "\n" } else { ",\n" });
        text.push_str("{\"type\":\"Feature\",\"properties\":");
        text.push_str(&JsonValue::Object(properties.clone()).to_string());
        text.push_str(",\"geometry\":");
        text.push_str(&geometry(shape));
        text.push('}');
    }
    text.push_str("\n]}\n");
    text
}

/// The GeoJSON geometry of one shape: a Polygon where it has one part, else a MultiPolygon.
pub fn geometry(shape: &CellShape) -> String {
    let parts = polygons(shape);
    let mut text = String::new();
    if let [part] = parts.as_slice() {
        text.push_str("{\"type\":\"Polygon\",\"coordinates\":");
        write_part(&mut text, part);
    } else {
        text.push_str("{\"type\":\"MultiPolygon\",\"coordinates\":[");
        for (number, part) in parts.iter().enumerate() {
            if number > 0 {
                text.push(',');
            }
            write_part(&mut text, part);
        }
        text.push(']');
    }
    text.push('}');
    text
}

fn write_part(text: &mut String, rings: &[Vec<Point>]) {
    text.push('[');
    for (number, ring) in rings.iter().enumerate() {
        text.push_str(if number == 0 { "[" } else { ",[" });
        for (number, point) in ring.iter().chain(ring.first()).enumerate() {
            text.push_str(if number == 0 { "[" } else { ",[" });
            write_degrees(text, point.lon_e7);
            text.push(',');
            write_degrees(text, point.lat_e7);
            text.push(']');
        }
        text.push(']');
    }
    text.push(']');
}

/// Units of 1e-7 as a decimal number without trailing zeros, exactly.
fn write_degrees(text: &mut String, units: i32) {
    let (whole, part) = (units.unsigned_abs() / 10_000_000, units.unsigned_abs() % 10_000_000);
    if units < 0 {
        text.push('-');
    }
    // Writing to a String cannot fail.
    let _written = write!(text, "{whole}");
    if part > 0 {
        let digits = format!("{part:07}");
        text.push('.');
        text.push_str(digits.trim_end_matches('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn square(corner: i32, size: i32) -> Vec<Point> {
        let (low, high) = (Point::new(corner, corner), Point::new(corner + size, corner + size));
        CellShape::rectangle(low, high).rings.remove(0)
    }

    #[test]
    fn shapes_with_holes_and_parts_come_back_as_they_were_written() {
        let mut hole = square(30, 40);
        hole.reverse();
        let one = CellShape { rings: vec![square(0, 100), hole] };
        let two = CellShape { rings: vec![square(-800_000_001, 100), square(7, 5)] };
        let mut named = JsonObject::new();
        named.insert("code".to_owned(), "500105".into());
        let text = write([(&named, &one), (&JsonObject::new(), &two)]);
        assert!(text.contains("[-80.0000001,-80.0000001]"), "{text}");
        let back = read(&text, Datum::Wgs84).unwrap();
        assert_eq!(back[0], Feature { properties: named, shape: one });
        assert_eq!(back[1].shape, two);
    }

    #[test]
    fn a_bad_feature_is_named_with_its_mend() {
        let file = |geometry: &str| {
            format!(
                r#"{{"type":"FeatureCollection","features":[
                {{"type":"Feature","properties":null,"geometry":{{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}}}},
                {{"type":"Feature","properties":{{}},"geometry":{geometry}}}]}}"#
            )
        };
        let wrong = |geometry: &str| read(&file(geometry), Datum::Gcj02).unwrap_err().to_string();
        assert!(wrong(r#"{"type":"Point","coordinates":[1,2]}"#).contains("feature 1 has a Point"));
        assert!(wrong("null").contains("feature 1 has no geometry"));
        let turned = wrong(
            r#"{"type":"Polygon","coordinates":[[[29.5,106.5],[29.6,106.5],[29.6,106.6],[29.5,106.5]]]}"#,
        );
        assert!(turned.contains("feature 1") && turned.contains("longitude first"), "{turned}");
        assert!(
            wrong(r#"{"type":"Polygon","coordinates":[[[1,1],[2,2],[3,3],[1,1]]]}"#)
                .contains("encloses no area")
        );
        assert!(wrong(r#"{"type":"Polygon","coordinates":[]}"#).contains("no ring"));
        assert!(read("{", Datum::Wgs84).unwrap_err().to_string().contains("not GeoJSON"));
        let single = r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}"#;
        assert!(read(single, Datum::Wgs84).unwrap_err().to_string().contains("FeatureCollection"));
    }

    #[test]
    fn a_file_in_a_shifted_system_is_converted_while_it_is_read() {
        let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},
            "geometry":{"type":"Polygon","coordinates":[[[106.5,29.5],[106.6,29.5],[106.6,29.6],[106.5,29.5]]]}}]}"#;
        let shape = read(text, Datum::Gcj02).unwrap().remove(0).shape;
        assert_eq!(shape.rings[0][0], Datum::Gcj02.to_inside(106.5, 29.5).unwrap());
        assert_ne!(shape.rings[0][0], Point::from_degrees(106.5, 29.5).unwrap());
    }

    proptest! {
        #[test]
        fn every_unit_survives_its_decimal_form(units in -1_800_000_000i32..=1_800_000_000) {
            let mut text = String::new();
            write_degrees(&mut text, units);
            let degrees: f64 = text.parse().unwrap();
            prop_assert_eq!((degrees * 1e7).round() as i32, units);
            prop_assert!(text.len() <= 12);
        }

        #[test]
        fn any_text_is_read_or_refused_without_panic(text in ".{0,60}") {
            let _outcome = read(&text, Datum::Wgs84);
        }
    }
}
