//! From the flat rings of a shape to polygons with holes, for formats that want them so.
//!
//! Owns the question which ring lies in which. Refuses rings that cross each other: for them the answer is only a best
//! guess, while the even-odd rule of the index stays exact. Start at [`polygons`].

use std::cmp::Ordering;

use crate::point::Point;
use crate::shape::{CellShape, doubled_area, sides, turn};

/// Outer rings counter-clockwise, each followed by its holes, clockwise (RFC 7946 §3.1.6). Rings are open.
pub fn polygons(shape: &CellShape) -> Vec<Vec<Vec<Point>>> {
    let rings = &shape.rings;
    let around: Vec<Vec<usize>> = (0..rings.len())
        .map(|inner| {
            (0..rings.len())
                .filter(|outer| *outer != inner && lies_in(&rings[inner], &rings[*outer]))
                .collect()
        })
        .collect();
    let outer = |ring: usize| around[ring].len().is_multiple_of(2);
    let mut found: Vec<Vec<Vec<Point>>> = Vec::new();
    let mut place = vec![0; rings.len()];
    for ring in (0..rings.len()).filter(|ring| outer(*ring)) {
        place[ring] = found.len();
        found.push(vec![turned(&rings[ring], true)]);
    }
    for hole in (0..rings.len()).filter(|ring| !outer(*ring)) {
        // The ring straight around a hole is the outer one that lies deepest.
        let owner =
            around[hole].iter().copied().filter(|ring| outer(*ring)).max_by_key(|ring| around[*ring].len());
        if let Some(owner) = owner {
            found[place[owner]].push(turned(&rings[hole], false));
        }
    }
    found
}

/// The area in square metres, holes left out, on a sphere flattened at the shape's middle latitude; for reports.
pub fn square_metres(shape: &CellShape) -> f64 {
    let Some((low, high)) = shape.bounds() else { return 0.0 };
    let middle = ((low.lat() + high.lat()) / 2.0).to_radians();
    let doubled: i128 = polygons(shape).iter().flatten().map(|ring| doubled_area(ring)).sum();
    let metres_per_unit = 6_371_008.8_f64.to_radians() * 1e-7;
    doubled as f64 / 2.0 * metres_per_unit * metres_per_unit * middle.cos()
}

fn turned(ring: &[Point], counter_clockwise: bool) -> Vec<Point> {
    let mut ring = ring.to_vec();
    if (doubled_area(&ring) > 0) != counter_clockwise {
        ring.reverse();
    }
    ring
}

/// Whether `inner` lies in `outer`, judged by the first of its points that is not on `outer`'s border; where all are,
/// the larger is the outer one.
fn lies_in(inner: &[Point], outer: &[Point]) -> bool {
    inner
        .iter()
        .find_map(|point| strictly_inside(outer, *point))
        .unwrap_or_else(|| doubled_area(outer).unsigned_abs() > doubled_area(inner).unsigned_abs())
}

/// `None` on the border.
fn strictly_inside(ring: &[Point], p: Point) -> Option<bool> {
    let mut inside = false;
    for (a, b) in sides(ring) {
        let (low, high) = if a.lat_e7 <= b.lat_e7 { (a, b) } else { (b, a) };
        let side = turn(low, high, p).cmp(&0);
        let in_box = (low.lat_e7..=high.lat_e7).contains(&p.lat_e7)
            && (a.lon_e7.min(b.lon_e7)..=a.lon_e7.max(b.lon_e7)).contains(&p.lon_e7);
        if side == Ordering::Equal && in_box {
            return None;
        }
        if low.lat_e7 <= p.lat_e7 && high.lat_e7 > p.lat_e7 && side == Ordering::Greater {
            inside = !inside;
        }
    }
    Some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(corner: i32, size: i32) -> Vec<Point> {
        let (low, high) = (Point::new(corner, corner), Point::new(corner + size, corner + size));
        CellShape::rectangle(low, high).rings.remove(0)
    }

    #[test]
    fn islands_in_lakes_on_islands_become_polygons_of_their_own() {
        // In any order and direction: a lake in a land, an island in the lake, and a land beside.
        let mut island = square(40, 10);
        island.reverse();
        let shape = CellShape { rings: vec![square(30, 40), island, square(0, 100), square(200, 5)] };
        let found = polygons(&shape);
        let sizes: Vec<Vec<i128>> =
            found.iter().map(|p| p.iter().map(|ring| doubled_area(ring) / 2).collect()).collect();
        assert_eq!(sizes, vec![vec![100], vec![10_000, -1_600], vec![25]]);
    }

    #[test]
    fn a_hole_that_touches_its_outer_ring_at_a_corner_is_still_a_hole() {
        let shape = CellShape {
            rings: vec![square(0, 100), vec![Point::new(0, 0), Point::new(50, 20), Point::new(20, 50)]],
        };
        assert_eq!(polygons(&shape).len(), 1);
        assert_eq!(polygons(&shape)[0].len(), 2);
    }

    #[test]
    fn a_square_of_a_thousandth_degree_at_the_equator_has_its_area() {
        let shape = CellShape::rectangle(Point::new(0, -5_000), Point::new(10_000, 5_000));
        assert!((square_metres(&shape) - 12_364.0).abs() < 2.0, "{}", square_metres(&shape));
    }
}
