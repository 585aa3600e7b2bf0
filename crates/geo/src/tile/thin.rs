//! Which points of borders are worth drawing at which zoom.
//!
//! Owns the thinning: points go one by one, the least visible first (Visvalingam and Whyatt, The Cartographic Journal 30(1),
//! 1993), from the deepest zoom to the shallowest, so each zoom has a part of the points of the next. Arcs are thinned, not
//! rings, and the ends of arcs stay: what two areas share, they keep sharing.
//!
//! Nothing crosses that did not cross before: a point goes only if the triangle that it spans with its neighbours holds no other point. A
//! border through that triangle would have to turn in it, and the turn would be such a point. Start at [`drawn_from`].

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use rstar::primitives::GeomWithData;
use rstar::{AABB, RTree};

use super::arcs::Arcs;
use super::mercator::World;
use super::{EXTENT, MOST_ZOOM};

/// Triangles below this many square units of a tile are not seen: half a pixel where a tile is drawn 512 pixels wide.
const LEAST: u64 = 32;

/// For every point of the arcs the lowest zoom at which it is drawn. At [`MOST_ZOOM`] all are.
pub(super) fn drawn_from(arcs: &Arcs) -> Vec<u8> {
    let mut borders = Borders::of(arcs);
    for zoom in (0..MOST_ZOOM).rev() {
        borders.thin(zoom);
    }
    borders.from
}

/// The points that are left, each knowing the next to either side.
struct Borders<'a> {
    arcs: &'a Arcs,
    before: Vec<u32>,
    after: Vec<u32>,
    /// The arc of a point.
    arc: Vec<u32>,
    /// The lowest zoom at which a point is drawn; 0 for what is left so far.
    from: Vec<u8>,
    /// Points left between the ends of each arc.
    between: Vec<u32>,
    /// The ends of arcs with nothing left between: a second arc must not become the same line.
    straight: HashSet<(World, World)>,
    /// What is left between the ends of arcs.
    left: Vec<u32>,
}

type Seen = RTree<GeomWithData<[f64; 2], u32>>;

impl<'a> Borders<'a> {
    fn of(arcs: &'a Arcs) -> Borders<'a> {
        let count = arcs.points.len();
        let mut borders = Borders {
            arcs,
            before: (0..count as u32).map(|at| at.saturating_sub(1)).collect(),
            after: (1..=count as u32).collect(),
            arc: vec![0; count],
            from: vec![0; count],
            between: Vec::with_capacity(arcs.len()),
            straight: HashSet::new(),
            left: Vec::new(),
        };
        for arc in 0..arcs.len() as u32 {
            let range = arcs.range(arc);
            borders.arc[range.clone()].fill(arc);
            borders.between.push((range.len() as u32).saturating_sub(2));
            if range.len() == 2 {
                borders.straight.insert(borders.ends(range.start as u32));
            }
            borders.left.extend((range.start as u32 + 1)..(range.end as u32).saturating_sub(1));
        }
        borders
    }

    /// Lets go what is not seen at a zoom.
    fn thin(&mut self, zoom: u8) {
        // A tile's unit is 2^(20 - zoom) units of the world; the area is doubled.
        let limit = (2 * LEAST) << (2 * (32 - EXTENT.trailing_zeros() - u32::from(zoom)));
        let small =
            |at: &u32| self.doubled_area(*at).filter(|area| *area < limit).map(|area| Reverse((area, *at)));
        let mut waiting: BinaryHeap<Reverse<(u64, u32)>> = self.left.iter().filter_map(small).collect();
        if waiting.is_empty() {
            return;
        }
        let seen = self.seen();
        while let Some(Reverse((area, at))) = waiting.pop() {
            // What stands in the heap may be from before a neighbour went.
            if self.from[at as usize] > 0 || self.doubled_area(at) != Some(area) || !self.may_go(at, &seen) {
                continue;
            }
            self.let_go(at, zoom);
            for beside in [self.before[at as usize], self.after[at as usize]] {
                waiting.extend(
                    self.doubled_area(beside)
                        .filter(|area| *area < limit)
                        .map(|area| Reverse((area, beside))),
                );
            }
        }
        self.left.retain(|at| self.from[*at as usize] == 0);
    }

    /// Twice the area of the triangle of a point and its neighbours; none for the ends of arcs, which stay.
    fn doubled_area(&self, at: u32) -> Option<u64> {
        self.triangle(at).map(|[a, b, c]| u64::try_from(turn(a, b, c).unsigned_abs()).unwrap_or(u64::MAX))
    }

    fn triangle(&self, at: u32) -> Option<[World; 3]> {
        let (before, after) = (self.before[at as usize], self.after[at as usize]);
        let arc = |at: u32| self.arc.get(at as usize).copied();
        let inner = before < at && arc(before) == arc(at) && arc(after) == arc(at);
        inner.then(|| [before, at, after].map(|at| self.arcs.points[at as usize]))
    }

    /// Whether an arc still has a shape without the point, and nothing lies where the border would pass over.
    fn may_go(&self, at: u32, seen: &Seen) -> bool {
        let Some([a, b, c]) = self.triangle(at) else { return false };
        let (first, last) = self.ends(at);
        let keeps_shape = match self.between[self.arc[at as usize] as usize] {
            // A circle needs two points more than its ends, which are one place.
            0..=2 if first == last => false,
            1 => !self.straight.contains(&(first, last)),
            _ => true,
        };
        keeps_shape && !self.holds_another([a, b, c], seen)
    }

    fn holds_another(&self, [a, b, c]: [World; 3], seen: &Seen) -> bool {
        let flat = |p: World| [f64::from(p.x), f64::from(p.y)];
        let around = AABB::from_points(&[flat(a), flat(b), flat(c)]);
        let side = turn(a, b, c).signum();
        // Three places on one line span only that line.
        let within = |turn: i128| if side == 0 { turn == 0 } else { turn * side >= 0 };
        seen.locate_in_envelope(around).any(|found| {
            let other = self.arcs.points[found.data as usize];
            self.from[found.data as usize] == 0
                && ![a, b, c].contains(&other)
                && [(a, b), (b, c), (c, a)].iter().all(|(from, to)| within(turn(*from, *to, other)))
        })
    }

    fn let_go(&mut self, at: u32, zoom: u8) {
        let (before, after) = (self.before[at as usize], self.after[at as usize]);
        self.after[before as usize] = after;
        self.before[after as usize] = before;
        self.from[at as usize] = zoom + 1;
        let between = &mut self.between[self.arc[at as usize] as usize];
        *between -= 1;
        if *between == 0 {
            let ends = self.ends(at);
            self.straight.insert(ends);
        }
    }

    /// Both ends of a point's arc, in order.
    fn ends(&self, at: u32) -> (World, World) {
        let range = self.arcs.range(self.arc[at as usize]);
        let (first, last) = (self.arcs.points[range.start], self.arcs.points[range.end - 1]);
        (first.min(last), first.max(last))
    }

    /// Everything that is left, by place.
    fn seen(&self) -> Seen {
        let entry = |at: usize| {
            let World { x, y } = self.arcs.points[at];
            GeomWithData::new([f64::from(x), f64::from(y)], at as u32)
        };
        let left = (0..self.arcs.points.len()).filter(|at| self.from[*at] == 0);
        RTree::bulk_load(left.map(entry).collect())
    }
}

/// Twice the signed area of a triangle. Exact.
fn turn(a: World, b: World, c: World) -> i128 {
    let ([ax, ay], [bx, by], [cx, cy]) = (a.wide(), b.wide(), c.wide());
    i128::from(bx - ax) * i128::from(cy - ay) - i128::from(by - ay) * i128::from(cx - ax)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In units of a tile at zoom 8, from the middle of the world.
    fn ring(points: &[(u32, u32)]) -> Vec<World> {
        let at = |units: u32| (1 << 31) + (units << 12);
        points.iter().map(|&(x, y)| World { x: at(x), y: at(y) }).collect()
    }

    fn kept(areas: &[Vec<Vec<World>>], zoom: u8) -> Vec<World> {
        let (arcs, _) = Arcs::of(areas).unwrap();
        let from = drawn_from(&arcs);
        let mut kept: Vec<World> =
            arcs.points.iter().zip(from).filter(|(_, from)| *from <= zoom).map(|(point, _)| *point).collect();
        kept.sort_unstable();
        kept.dedup();
        kept
    }

    #[test]
    fn a_small_bend_goes_at_the_zoom_where_it_is_no_longer_seen_and_not_before() {
        // A triangle of 40 square units at zoom 8 and of 10 at zoom 7.
        let bent = vec![ring(&[(0, 0), (20, 4), (40, 0), (40, 90), (0, 90)])];
        let bend = ring(&[(20, 4)])[0];
        assert!((8..=MOST_ZOOM).all(|zoom| kept(std::slice::from_ref(&bent), zoom).contains(&bend)));
        assert!((0..8).all(|zoom| !kept(std::slice::from_ref(&bent), zoom).contains(&bend)));
    }

    #[test]
    fn whatever_the_zoom_a_ring_keeps_three_points_and_a_place_where_three_borders_meet_stays() {
        let pair = [
            vec![ring(&[(0, 0), (10, 0), (11, 5), (10, 10), (0, 10)])],
            vec![ring(&[(10, 10), (11, 5), (10, 0), (20, 0), (20, 10)])],
            vec![ring(&[(500, 500), (501, 500), (501, 501), (500, 501), (499, 500)])],
        ];
        let left = kept(&pair, 0);
        assert!(left.contains(&ring(&[(10, 0)])[0]) && left.contains(&ring(&[(10, 10)])[0]), "{left:?}");
        assert_eq!(left.iter().filter(|point| **point >= ring(&[(400, 0)])[0]).count(), 3);
        // West, east and between: one of the three may be straight, the two others keep a point.
        assert_eq!(left.len(), 2 + 2 + 3);
    }

    #[test]
    fn a_border_never_passes_over_an_island() {
        // The bend around the island is small enough to go, but the island would then lie in the other area.
        let land = ring(&[(0, 0), (20, 4), (40, 0), (40, 90), (0, 90)]);
        let island = ring(&[(19, 1), (21, 1), (20, 2)]);
        let bend = ring(&[(20, 4)])[0];
        assert!(!kept(&[vec![land.clone()]], 7).contains(&bend));
        assert!(kept(&[vec![land], vec![island]], 7).contains(&bend));
    }

    #[test]
    fn points_on_one_line_span_only_that_line() {
        let slant = ring(&[(0, 0), (10, 10), (20, 20), (0, 30)]);
        let (middle, beside) = (slant[1], ring(&[(8, 2), (18, 3), (10, 9)]));
        assert!(!kept(&[vec![slant], vec![beside]], 19).contains(&middle));
    }
}
