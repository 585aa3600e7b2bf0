//! Whether an outline crosses itself: then what it encloses is a guess, and nobody meant it.
//!
//! Owns proper crossings alone, of a ring with itself and with the other rings of its shape. Refuses to call it one where rings only touch,
//! as a hole touches its border. Exact, since coordinates are whole numbers. Start at [`crossing`].

use crate::{point::Point, shape::CellShape};

/// Where two sides of a shape cross, about; None where none do.
pub fn crossing(shape: &CellShape) -> Option<Point> {
    let ring = |ring: &Vec<Point>| -> Vec<(Point, Point)> {
        ring.iter().copied().zip(ring.iter().copied().cycle().skip(1)).collect()
    };
    let mut sides: Vec<(Point, Point)> = shape.rings.iter().flat_map(ring).collect();
    sides.sort_by_key(west);
    for (at, one) in sides.iter().enumerate() {
        let reach = one.0.lon_e7.max(one.1.lon_e7);
        let mut near = sides.iter().skip(at + 1).take_while(|other| west(other) < reach);
        if let Some(point) = near.find_map(|other| cross(*one, *other)) {
            return Some(point);
        }
    }
    None
}

fn west(side: &(Point, Point)) -> i32 {
    side.0.lon_e7.min(side.1.lon_e7)
}

/// Twice the area to the left of a → b → c; its sign says on which side c lies.
fn turn(a: Point, b: Point, c: Point) -> i128 {
    let from = |one: i32, other: i32| i128::from(one) - i128::from(other);
    from(b.lon_e7, a.lon_e7) * from(c.lat_e7, a.lat_e7) - from(b.lat_e7, a.lat_e7) * from(c.lon_e7, a.lon_e7)
}

/// Where two sides cross between their ends.
fn cross((a, b): (Point, Point), (c, d): (Point, Point)) -> Option<Point> {
    let (to_c, to_d) = (turn(a, b, c), turn(a, b, d));
    let (to_a, to_b) = (turn(c, d, a), turn(c, d, b));
    if to_c.signum() * to_d.signum() >= 0 || to_a.signum() * to_b.signum() >= 0 {
        return None;
    }
    let between = |from: i32, to: i32| {
        let way = i128::from(to) - i128::from(from);
        i32::try_from(i128::from(from) + way * to_c.abs() / (to_c.abs() + to_d.abs())).unwrap_or(from)
    };
    Some(Point::new(between(c.lon_e7, d.lon_e7), between(c.lat_e7, d.lat_e7)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(corners: &[(i32, i32)]) -> Vec<Point> {
        corners.iter().map(|(lon, lat)| Point::new(*lon, *lat)).collect()
    }

    #[test]
    fn a_bow_tie_crosses_itself_and_what_only_touches_does_not() {
        let square = ring(&[(0, 0), (100, 0), (100, 100), (0, 100)]);
        let inner = ring(&[(0, 40), (50, 40), (50, 60)]);
        for (what, rings, crosses) in [
            ("a square", vec![square.clone()], None),
            ("a bow tie", vec![ring(&[(0, 0), (100, 100), (100, 0), (0, 100)])], Some((50, 50))),
            ("a hole that touches its border", vec![square.clone(), inner], None),
            (
                "a ring out of its border",
                vec![square, ring(&[(50, 50), (150, 50), (150, 60)])],
                Some((100, 50)),
            ),
            ("a corner on a side", vec![ring(&[(0, 0), (100, 0), (50, 50), (50, 0), (0, 50)])], None),
            (
                "the whole globe",
                vec![ring(&[
                    (-1_800_000_000, -900_000_000),
                    (1_800_000_000, 900_000_000),
                    (1_800_000_000, -900_000_000),
                    (-1_800_000_000, 900_000_000),
                ])],
                Some((0, 0)),
            ),
        ] {
            let crosses = crosses.map(|(lon, lat)| Point::new(lon, lat));
            assert_eq!(crossing(&CellShape { rings }), crosses, "{what}");
        }
    }
}
