//! A point that stands for a shape: inside it, and as far from its borders as a cheap look finds.
//!
//! Owns the choice. It depends on the shape alone, so that it tells nothing of anything in it. Refuses shapes without area.
//! Start at [`inside`].

use crate::point::Point;
use crate::shape::{CellShape, sides};

/// Lines that are looked along.
const LINES: i64 = 15;

/// The middle of the longest stretch inside the shape among some lines of latitude; of equal ones the most southern.
pub fn inside(shape: &CellShape) -> Option<Point> {
    let (low, high) = shape.bounds()?;
    let (south, height) = (i64::from(low.lat_e7), i64::from(high.lat_e7) - i64::from(low.lat_e7));
    let mut best: Option<(i64, Point)> = None;
    for no in 1..=LINES {
        let lat = south + height * no / (LINES + 1);
        let crossings = crossings(shape, lat);
        for stretch in crossings.chunks_exact(2) {
            let &[west, east] = stretch else { continue };
            let middle = i32::try_from(west + (east - west) / 2).ok().zip(i32::try_from(lat).ok());
            let Some((lon, lat)) = middle else { continue };
            if east > west && best.is_none_or(|(longest, _)| east - west > longest) {
                best = Some((east - west, Point::new(lon, lat)));
            }
        }
    }
    best.map(|(_, point)| point)
}

/// Where a line of latitude meets the borders, from west to east. A corner on the line counts for the side above it.
fn crossings(shape: &CellShape, lat: i64) -> Vec<i64> {
    let mut found: Vec<i64> = Vec::new();
    for ring in &shape.rings {
        for (a, b) in sides(ring) {
            let (low, high) = if a.lat_e7 <= b.lat_e7 { (a, b) } else { (b, a) };
            let (from, to) = (i64::from(low.lat_e7), i64::from(high.lat_e7));
            if from <= lat && lat < to {
                let (west, across) = (i64::from(low.lon_e7), i64::from(high.lon_e7) - i64::from(low.lon_e7));
                // Both factors stay below 2^32, so the product fits.
                found.push(west + across * (lat - from) / (to - from));
            }
        }
    }
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CellIndex;

    #[test]
    fn the_point_lies_inside_even_where_the_middle_does_not() {
        let square = |corner: i32, size: i32| {
            CellShape::rectangle(Point::new(corner, corner), Point::new(corner + size, corner + size))
        };
        let horseshoe = CellShape::from_ring(
            [(0, 0), (1000, 0), (1000, 1000), (800, 1000), (800, 200), (200, 200), (200, 1000), (0, 1000)]
                .map(|(x, y)| Point::new(x, y))
                .to_vec(),
        );
        let mut lake = square(0, 1000);
        lake.rings.extend(square(100, 800).rings);
        for shape in [square(0, 1000), square(-5000, 30), horseshoe, lake] {
            let point = inside(&shape).unwrap();
            let index = CellIndex::build(std::slice::from_ref(&shape)).unwrap();
            assert_eq!(index.find(point), Some(0), "{point:?} in {shape:?}");
        }
        assert_eq!(inside(&CellShape::default()), None);
    }
}
