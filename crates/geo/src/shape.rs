//! The outline of one cell: rings of points, inside by the even-odd rule.
//!
//! Owns the check of rings and their area. Holes and several parts need no marking: a point is inside when a ray from
//! it crosses the rings an odd number of times. Rings may be given closed (last point = first) or open.
//! Refuses rings without area, since no point could ever be inside. Start at [`CellShape::checked_rings`].

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::point::Point;

/// The rings of one cell: outer rings and holes alike, in any order and direction.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CellShape {
    /// Each at least three different points, not all on one line.
    pub rings: Vec<Vec<Point>>,
}

/// What is wrong with a shape. Numbers count from 0 as in the input.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShapeError {
    /// A shape without rings.
    #[error("shape {shape} has no ring; give at least one, or leave the area without a shape")]
    Empty {
        /// The number of the shape.
        shape: usize,
    },
    /// A ring that encloses nothing.
    #[error(
        "shape {shape}, ring {ring} encloses no area ({points} points); give at least three points that are not on one line, or remove the ring"
    )]
    NoArea {
        /// The number of the shape.
        shape: usize,
        /// The number of the ring in it.
        ring: usize,
        /// How many points it has.
        points: usize,
    },
    /// A coordinate outside the globe.
    #[error(
        "shape {shape}, ring {ring} has a point outside the globe; give longitude within 180 and latitude within 90 degrees"
    )]
    OffGlobe {
        /// The number of the shape.
        shape: usize,
        /// The number of the ring in it.
        ring: usize,
    },
    /// Shapes too far apart for exact 64-bit arithmetic.
    #[error(
        "the shapes of one layer span more than 214 degrees of longitude; index distant places in layers of their own"
    )]
    TooWide,
    /// More shapes, or denser borders, than the index can number.
    #[error("the layer is too large to index; split it by district")]
    TooLarge,
}

impl CellShape {
    /// A shape of one ring.
    pub fn from_ring(ring: Vec<Point>) -> Self {
        Self { rings: vec![ring] }
    }

    /// An upright rectangle from its south-west to its north-east corner.
    pub fn rectangle(south_west: Point, north_east: Point) -> Self {
        let (w, s, e, n) = (south_west.lon_e7, south_west.lat_e7, north_east.lon_e7, north_east.lat_e7);
        Self::from_ring(vec![Point::new(w, s), Point::new(e, s), Point::new(e, n), Point::new(w, n)])
    }

    /// The rings without closing point and without repeated points; `shape` numbers this shape in errors.
    pub fn checked_rings(&self, shape: usize) -> Result<Vec<Vec<Point>>, ShapeError> {
        if self.rings.is_empty() {
            return Err(ShapeError::Empty { shape });
        }
        let mut rings = Vec::with_capacity(self.rings.len());
        for (ring, points) in self.rings.iter().enumerate() {
            if points.iter().any(|p| Point::checked(p.lon_e7, p.lat_e7).is_err()) {
                return Err(ShapeError::OffGlobe { shape, ring });
            }
            let open = open_ring(points);
            // A figure of eight may have a signed area of zero and still enclose two places: only points on one line
            // enclose nothing.
            if on_one_line(&open) {
                return Err(ShapeError::NoArea { shape, ring, points: points.len() });
            }
            rings.push(open);
        }
        Ok(rings)
    }

    /// Twice the area in square units (1e-14 square degrees), exact; holes must run against their outer ring, as the
    /// grid maker and RFC 7946 have it.
    pub fn doubled_area(&self) -> i128 {
        self.rings.iter().map(|ring| doubled_area(ring)).sum()
    }

    /// West, south, east and north bounds, or `None` for a shape without points.
    pub fn bounds(&self) -> Option<(Point, Point)> {
        bounds(self.rings.iter().flatten().copied())
    }
}

/// South-west and north-east corners of the box around points.
pub(crate) fn bounds(points: impl Iterator<Item = Point>) -> Option<(Point, Point)> {
    points.fold(None, |found, p| {
        let (low, high) = found.unwrap_or((p, p));
        Some((
            Point::new(low.lon_e7.min(p.lon_e7), low.lat_e7.min(p.lat_e7)),
            Point::new(high.lon_e7.max(p.lon_e7), high.lat_e7.max(p.lat_e7)),
        ))
    })
}

/// Twice the signed area of a ring in square units; positive when it runs counter-clockwise.
pub fn doubled_area(ring: &[Point]) -> i128 {
    let next = ring.iter().cycle().skip(1);
    ring.iter()
        .zip(next)
        .map(|(a, b)| {
            i128::from(a.lon_e7) * i128::from(b.lat_e7) - i128::from(b.lon_e7) * i128::from(a.lat_e7)
        })
        .sum()
}

/// The sides of an open ring, in its direction.
pub(crate) fn sides(ring: &[Point]) -> impl Iterator<Item = (Point, Point)> + '_ {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1))
}

fn open_ring(points: &[Point]) -> Vec<Point> {
    let mut open = points.to_vec();
    open.dedup();
    while open.len() > 1 && open.first() == open.last() {
        open.pop();
    }
    open
}

fn on_one_line(points: &[Point]) -> bool {
    let Some(&first) = points.first() else { return true };
    let Some(&other) = points.iter().find(|p| **p != first) else { return true };
    points.iter().all(|p| turn(first, other, *p) == 0)
}

/// Positive when `c` lies to the left of the line from `a` to `b`, zero on it. Exact.
pub(crate) fn turn(a: Point, b: Point, c: Point) -> i128 {
    let (ax, ay) = (i128::from(a.lon_e7), i128::from(a.lat_e7));
    (i128::from(b.lon_e7) - ax) * (i128::from(c.lat_e7) - ay)
        - (i128::from(b.lat_e7) - ay) * (i128::from(c.lon_e7) - ax)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_without_area_is_refused_with_its_place() {
        let shape = CellShape {
            rings: vec![
                vec![Point::new(0, 0), Point::new(9, 0), Point::new(9, 9)],
                vec![Point::new(0, 0), Point::new(1, 1), Point::new(2, 2), Point::new(0, 0)],
            ],
        };
        assert_eq!(shape.checked_rings(4), Err(ShapeError::NoArea { shape: 4, ring: 1, points: 4 }));
        assert_eq!(CellShape::default().checked_rings(0), Err(ShapeError::Empty { shape: 0 }));
        let far = CellShape::rectangle(Point::new(0, 0), Point::new(1, 900_000_001));
        assert_eq!(far.checked_rings(0), Err(ShapeError::OffGlobe { shape: 0, ring: 0 }));
    }

    #[test]
    fn a_closing_point_and_a_repeated_one_change_nothing() {
        let (a, b, c) = (Point::new(0, 0), Point::new(9, 0), Point::new(9, 9));
        let closed = CellShape::from_ring(vec![a, a, b, c, c, a, a]);
        assert_eq!(closed.checked_rings(0).unwrap(), vec![vec![a, b, c]]);
        assert_eq!(closed.doubled_area(), 81);
    }
}
