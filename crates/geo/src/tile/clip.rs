//! Cutting lines and rings at the edge of a tile's buffer.
//!
//! Owns the cut: the place where a side meets the edge depends on the side alone and not on its direction or on whose it is, so
//! two areas that share a side share its cut end too. A ring is cut at one edge after the other (Sutherland and Hodgman,
//! CACM 17(1), 1974); what falls apart stays tied together along the edge, and [`super::solid`] takes those ties away.
//! Start at [`ring`] and [`line`].

use super::geometry::Spot;
use super::{BUFFER, EXTENT};

/// Axis, bound, and the sign of the side that is kept, in the order in which everything is cut.
const EDGES: [(usize, i64, i64); 4] = [
    (0, -(BUFFER as i64), 1),
    (0, (EXTENT + BUFFER) as i64, -1),
    (1, -(BUFFER as i64), 1),
    (1, (EXTENT + BUFFER) as i64, -1),
];

/// What of an open ring is in the buffered tile, ties along the edges included. Even-odd rings stay so within the tile. Empty if nothing is.
pub(super) fn ring(mut points: Vec<[i64; 2]>) -> Vec<Spot> {
    for edge in EDGES {
        let outside = points.iter().filter(|point| !kept(**point, edge)).count();
        if outside == points.len() {
            return Vec::new();
        }
        if outside > 0 {
            points = cut_ring(&points, edge);
        }
    }
    let mut ring: Vec<Spot> = points.into_iter().map(narrow).collect();
    ring.dedup();
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    if ring.len() < 3 { Vec::new() } else { ring }
}

fn cut_ring(points: &[[i64; 2]], edge: (usize, i64, i64)) -> Vec<[i64; 2]> {
    let mut left = Vec::with_capacity(points.len() + 4);
    let before = points.iter().cycle().skip(points.len().saturating_sub(1));
    for (from, to) in before.zip(points) {
        if kept(*from, edge) != kept(*to, edge) {
            left.push(meet(*from, *to, edge));
        }
        if kept(*to, edge) {
            left.push(*to);
        }
    }
    left
}

/// The parts of a line in the buffered tile, each of two points or more.
pub(super) fn line(points: &[[i64; 2]]) -> Vec<Vec<Spot>> {
    let mut parts: Vec<Vec<Spot>> = Vec::new();
    for (from, to) in points.iter().zip(points.iter().skip(1)).filter(|(from, to)| from != to) {
        let Some((from, to)) = step(*from, *to) else { continue };
        match parts.last_mut() {
            Some(part) if part.last() == Some(&from) => part.push(to),
            _ => parts.push(vec![from, to]),
        }
    }
    for part in &mut parts {
        part.dedup();
    }
    parts.retain(|part| part.len() > 1);
    parts
}

fn step(mut from: [i64; 2], mut to: [i64; 2]) -> Option<(Spot, Spot)> {
    for edge in EDGES {
        match (kept(from, edge), kept(to, edge)) {
            (true, true) => {}
            (true, false) => to = meet(from, to, edge),
            (false, true) => from = meet(from, to, edge),
            (false, false) => return None,
        }
    }
    Some((narrow(from), narrow(to)))
}

fn kept(point: [i64; 2], (axis, bound, sign): (usize, i64, i64)) -> bool {
    (point[axis] - bound) * sign >= 0
}

/// Where a side meets an edge that its ends lie on both sides of, to the nearest unit. A half goes south or east, whichever end the
/// side is drawn from: so both neighbours get the same place.
fn meet(a: [i64; 2], b: [i64; 2], (axis, bound, _): (usize, i64, i64)) -> [i64; 2] {
    let across = 1 - axis;
    let along = i128::from(b[axis]) - i128::from(a[axis]);
    let part = (i128::from(bound) - i128::from(a[axis])) * (i128::from(b[across]) - i128::from(a[across]));
    let moved = (2 * part * along.signum() + along.abs()).div_euclid(2 * along.abs().max(1));
    let mut at = [bound; 2];
    at[across] = a[across] + moved as i64;
    at
}

/// Coordinates within the buffered tile.
fn narrow(point: [i64; 2]) -> Spot {
    point.map(|at| at.clamp(-i64::from(BUFFER), i64::from(EXTENT + BUFFER)) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_within_stays_as_it_is_and_one_beside_is_gone() {
        let square = |low: i64, high: i64| vec![[low, low], [high, low], [high, high], [low, high]];
        assert_eq!(ring(square(0, 100)), [[0, 0], [100, 0], [100, 100], [0, 100]]);
        assert_eq!(ring(square(-64, 4160)).len(), 4);
        assert_eq!(ring(square(4161, 5000)), Vec::<Spot>::new());
        // It only touches the edge, and what is left encloses nothing.
        assert_eq!(ring(square(4160, 5000)), Vec::<Spot>::new());
        let around = ring(square(-1_000_000, 1_000_000));
        assert_eq!(around.len(), 4);
        assert!(around.iter().flatten().all(|at| [-64, 4160].contains(at)), "{around:?}");
        assert_eq!(ring(Vec::new()), Vec::<Spot>::new());
    }

    #[test]
    fn a_side_is_cut_at_one_place_whichever_way_it_runs() {
        for (far, near) in [([-1000, 17], [333, 1234]), ([9000, -777], [50, 60]), ([17, -5000], [1000, 4000])]
        {
            for edge in EDGES.into_iter().filter(|edge| kept(far, *edge) != kept(near, *edge)) {
                assert_eq!(meet(far, near, edge), meet(near, far, edge));
                assert_eq!(meet(far, near, edge)[edge.0], edge.1);
            }
        }
        // 64 of 100 to the west, so 32 of 50 to the south.
        assert_eq!(meet([0, 0], [-100, 50], EDGES[0]), [-64, 32]);
        // A half goes south, from either end.
        assert_eq!(meet([-63, 0], [-65, 1], EDGES[0]), meet([-65, 1], [-63, 0], EDGES[0]));
    }

    #[test]
    fn a_line_falls_into_the_parts_that_are_within() {
        assert_eq!(line(&[[0, 0], [10, 10], [10, 10], [20, 0]]), [vec![[0, 0], [10, 10], [20, 0]]]);
        // Out by the east, back by the same way one lower.
        let parts = line(&[[4000, 0], [5000, 0], [5000, 100], [4000, 100]]);
        assert_eq!(parts, [vec![[4000, 0], [4160, 0]], vec![[4160, 100], [4000, 100]]]);
        // Right through, end to end outside.
        assert_eq!(line(&[[-9000, 5], [9000, 5]]), [vec![[-64, 5], [4160, 5]]]);
        // Past a corner, along an edge's line but beside it, and of one point.
        assert_eq!(line(&[[-200, 0], [0, -200]]), Vec::<Vec<Spot>>::new());
        assert_eq!(line(&[[-64, -900], [-64, -800]]), Vec::<Vec<Spot>>::new());
        assert_eq!(line(&[[5, 5]]), Vec::<Vec<Spot>>::new());
        assert_eq!(line(&[[5, 5], [5, 5]]), Vec::<Vec<Spot>>::new());
    }

    #[test]
    fn the_largest_coordinates_do_not_overflow() {
        let far = 1i64 << 33;
        assert_eq!(line(&[[-far, -far], [far, far]]), [vec![[-64, -64], [4160, 4160]]]);
        assert_eq!(ring(vec![[-far, -far], [far, -far], [far, far], [-far, far]]).len(), 4);
    }
}
