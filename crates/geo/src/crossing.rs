//! Whether an outline crosses itself: then what it encloses is a guess, and nobody meant it.
//!
//! Owns proper crossings alone, of a ring with itself and with the other rings of its shape. Refuses to call it one where rings only touch,
//! as a hole touches its border: coordinates are rounded, so that a corner on a slanted side lies a little beside it, and within [`TOUCH`]
//! units of a side a corner is on it. Refuses to look at more than so many pairs of sides: whoever asks says how many, and an outline that
//! has more is told to be [`Dense`] rather than taken unread. Start at [`crossing`].

use crate::{point::Point, shape::CellShape};

/// Pairs of sides that are compared for one form or file. Outlines that somebody drew or measured stay far below: their sides are short,
/// and few of them stand over the same meridian.
pub const MOST_PAIRS: u32 = 20_000_000;

/// A corner and both ends of a side are each rounded by less than one unit.
const TOUCH: i128 = 2;

/// Too many sides lie over one another to be compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dense;

/// Where two sides of a shape cross, about; None where none do. `left` is how many pairs may still be compared.
///
/// # Errors
/// [`Dense`] where they do not suffice.
pub fn crossing(shape: &CellShape, left: &mut u32) -> Result<Option<Point>, Dense> {
    let ring = |ring: &Vec<Point>| -> Vec<(Point, Point)> {
        ring.iter().copied().zip(ring.iter().copied().cycle().skip(1)).collect()
    };
    let mut sides: Vec<(Point, Point)> = shape.rings.iter().flat_map(ring).collect();
    sides.sort_by_key(west);
    for (at, one) in sides.iter().enumerate() {
        let reach = one.0.lon_e7.max(one.1.lon_e7);
        for other in sides.iter().skip(at + 1).take_while(|other| west(other) < reach) {
            *left = left.checked_sub(1).ok_or(Dense)?;
            if let Some(point) = cross(*one, *other) {
                return Ok(Some(point));
            }
        }
    }
    Ok(None)
}

fn west(side: &(Point, Point)) -> i32 {
    side.0.lon_e7.min(side.1.lon_e7)
}

/// Twice the area to the left of a → b → c; its sign says on which side c lies.
fn turn(a: Point, b: Point, c: Point) -> i128 {
    let from = |one: i32, other: i32| i128::from(one) - i128::from(other);
    from(b.lon_e7, a.lon_e7) * from(c.lat_e7, a.lat_e7) - from(b.lat_e7, a.lat_e7) * from(c.lon_e7, a.lon_e7)
}

/// Whether the corner of this turn lies on the side, as exactly as coordinates are.
fn touches(turn: i128, (a, b): (Point, Point)) -> bool {
    let from = |one: i32, other: i32| i128::from(one) - i128::from(other);
    let (x, y) = (from(b.lon_e7, a.lon_e7), from(b.lat_e7, a.lat_e7));
    turn.saturating_mul(turn) <= TOUCH * TOUCH * (x * x + y * y)
}

/// Whether one side lies north of the other: most pairs do, and need no sums.
fn apart((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    a.lat_e7.max(b.lat_e7) < c.lat_e7.min(d.lat_e7) || c.lat_e7.max(d.lat_e7) < a.lat_e7.min(b.lat_e7)
}

/// Where two sides cross between their ends.
fn cross((a, b): (Point, Point), (c, d): (Point, Point)) -> Option<Point> {
    if apart((a, b), (c, d)) {
        return None;
    }
    let (to_c, to_d) = (turn(a, b, c), turn(a, b, d));
    let (to_a, to_b) = (turn(c, d, a), turn(c, d, b));
    if to_c.signum() * to_d.signum() >= 0 || to_a.signum() * to_b.signum() >= 0 {
        return None;
    }
    let of_ends = [to_c, to_d].iter().any(|turn| touches(*turn, (a, b)));
    if of_ends || [to_a, to_b].iter().any(|turn| touches(*turn, (c, d))) {
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
            assert_eq!(crossing(&CellShape { rings }, &mut 100), Ok(crosses), "{what}");
        }
    }

    #[test]
    fn rounding_makes_no_crossing_of_what_touches_a_slanted_side() {
        let border = || ring(&[(0, 0), (1_000, 333), (1_000, 1_000), (0, 1_000)]);
        // The side has 166.5 over 500: no whole number lies on it.
        let hole = |lat: i32| ring(&[(500, lat), (600, 500), (400, 500)]);
        let part = |lat: i32| ring(&[(500, lat), (700, 100), (600, 50)]);
        let crosses = |inner: Vec<Point>| {
            crossing(&CellShape { rings: vec![border(), inner] }, &mut 100).map(|point| point.is_some())
        };
        for (what, inner, expected) in [
            ("a hole a little out", hole(166), false),
            ("a hole a little within", hole(167), false),
            ("a part a little over the border", part(167), false),
            ("a part a little off", part(166), false),
            ("a hole that is out", hole(160), true),
            ("a part that is over", part(173), true),
        ] {
            assert_eq!(crosses(inner), Ok(expected), "{what}");
        }
    }

    #[test]
    fn more_pairs_than_may_be_compared_are_told_and_not_compared() {
        // Long sides one above the other: each stands over all the others.
        let comb: Vec<(i32, i32)> = (0..1_000)
            .flat_map(|no| [(no % 2 * 1_000_000, no * 10), (no % 2 * 1_000_000, no * 10 + 5)])
            .collect();
        let shape = CellShape { rings: vec![ring(&comb)] };
        assert_eq!(crossing(&shape, &mut 1_000), Err(Dense));
        let mut left = MOST_PAIRS;
        assert!(crossing(&shape, &mut left).is_ok() && left < MOST_PAIRS, "{left}");
    }
}
