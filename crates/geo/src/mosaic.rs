//! How the cells of a layer lie to each other: overlaps, gaps, and which outlines meet in a cell.
//!
//! Owns exact answers over whole layers. Cells that share their borders point for point cost little: a side that two of
//! them draw in opposite directions proves that nothing lies between. Only what is left is swept ([`crate::sweep`]).
//! Refuses to judge how large a gap may be; the caller does. Start at [`overlaps`], [`gaps`] and [`meeting`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::point::Point;
use crate::polygons::polygons;
use crate::shape::{CellShape, sides, turn};
use crate::sweep::{NEAR, Side, Slab, slabs};

/// Ground that two shapes both hold. Shapes are known by their number in the slice.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlap {
    /// One shape.
    pub first: usize,
    /// The other.
    pub second: usize,
    /// How much.
    pub square_metres: f64,
    /// A point of it.
    pub example: Point,
}

/// Ground between shapes that none holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    /// How much.
    pub square_metres: f64,
    /// A point of it.
    pub example: Point,
    /// The shapes around it, or some of them.
    pub beside: Vec<usize>,
}

/// What is smaller is a matter of rounding, in square metres: a hand's breadth each way.
const LEAST: f64 = 0.01;

/// A shape's sides, outer rings counter-clockwise and holes clockwise, and its box.
struct Outline {
    sides: Vec<(Point, Point)>,
    low: Point,
    high: Point,
}

impl Outline {
    fn of(shape: &CellShape) -> Option<Outline> {
        let (low, high) = shape.bounds()?;
        let rings = polygons(shape);
        let sides = rings.iter().flatten().flat_map(|ring| sides(ring)).filter(|(a, b)| a != b);
        Some(Outline { sides: sides.collect(), low, high })
    }
}

/// Every pair of shapes that hold common ground.
pub fn overlaps(shapes: &[CellShape]) -> Vec<Overlap> {
    let outlines: Vec<(usize, Outline)> =
        shapes.iter().enumerate().filter_map(|(n, shape)| Some((n, Outline::of(shape)?))).collect();
    let mut by_west: Vec<&(usize, Outline)> = outlines.iter().collect();
    by_west.sort_by_key(|(_, outline)| outline.low.lon_e7);
    let mut found = Vec::new();
    for (at, (first, one)) in by_west.iter().enumerate() {
        for (second, other) in
            by_west[at + 1..].iter().take_while(|(_, other)| other.low.lon_e7 < one.high.lon_e7)
        {
            if one.low.lat_e7 < other.high.lat_e7 && other.low.lat_e7 < one.high.lat_e7 && !apart(one, other)
            {
                found.extend(common(*first, one, *second, other));
            }
        }
    }
    found.sort_by_key(|overlap| (overlap.first, overlap.second));
    found
}

/// Whether two outlines certainly hold no common ground: no side of one crosses, touches from within or lies in the
/// other. A doubt (a corner of one on a side of the other) is answered no, and the ground is measured.
fn apart(one: &Outline, other: &Outline) -> bool {
    let low = Point::new(one.low.lon_e7.max(other.low.lon_e7), one.low.lat_e7.max(other.low.lat_e7));
    let high = Point::new(one.high.lon_e7.min(other.high.lon_e7), one.high.lat_e7.min(other.high.lat_e7));
    let near = |side: &&(Point, Point)| boxes_meet(side.0, side.1, low, high);
    let ours: Vec<(Point, Point)> = one.sides.iter().filter(near).copied().collect();
    let theirs: Vec<(Point, Point)> = other.sides.iter().filter(near).copied().collect();
    let drawn: BTreeSet<(Point, Point)> = theirs.iter().copied().collect();
    if ours.iter().any(|side| drawn.contains(side)) {
        return false;
    }
    let back = |set: &BTreeSet<(Point, Point)>, side: &(Point, Point)| set.contains(&(side.1, side.0));
    let own: BTreeSet<(Point, Point)> = ours.iter().copied().collect();
    let ours: Vec<_> = ours.into_iter().filter(|side| !back(&drawn, side)).collect();
    let theirs: Vec<_> = theirs.into_iter().filter(|side| !back(&own, side)).collect();
    let touch = ours.iter().any(|a| theirs.iter().any(|b| touches(*a, *b)));
    !touch
        && !ours.iter().any(|side| middle_inside(*side, &other.sides))
        && !theirs.iter().any(|side| middle_inside(*side, &one.sides))
}

fn boxes_meet(a: Point, b: Point, low: Point, high: Point) -> bool {
    a.lon_e7.min(b.lon_e7) <= high.lon_e7
        && a.lon_e7.max(b.lon_e7) >= low.lon_e7
        && a.lat_e7.min(b.lat_e7) <= high.lat_e7
        && a.lat_e7.max(b.lat_e7) >= low.lat_e7
}

/// Whether two sides share more than a common end point.
fn touches((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    if !boxes_meet(a, b, Point::new(c.lon_e7.min(d.lon_e7), c.lat_e7.min(d.lat_e7)), c.max_of(d)) {
        return false;
    }
    let (c_side, d_side) = (turn(a, b, c).signum(), turn(a, b, d).signum());
    let (a_side, b_side) = (turn(c, d, a).signum(), turn(c, d, b).signum());
    let ends_meet = a == c || a == d || b == c || b == d;
    if c_side == 0 && d_side == 0 {
        // On one line: more than an end point is common where an end of one lies within the other.
        let within =
            |p: Point, a: Point, b: Point| p != a && p != b && boxes_meet(p, p, a.min_of(b), a.max_of(b));
        return within(c, a, b) || within(d, a, b) || within(a, c, d) || within(b, c, d);
    }
    !ends_meet && c_side * d_side <= 0 && a_side * b_side <= 0
}

impl Point {
    fn max_of(self, other: Point) -> Point {
        Point::new(self.lon_e7.max(other.lon_e7), self.lat_e7.max(other.lat_e7))
    }
    fn min_of(self, other: Point) -> Point {
        Point::new(self.lon_e7.min(other.lon_e7), self.lat_e7.min(other.lat_e7))
    }
}

/// Whether the middle of a side lies in the outline, by the even-odd rule in doubled coordinates.
fn middle_inside((a, b): (Point, Point), outline: &[(Point, Point)]) -> bool {
    let x = i128::from(a.lon_e7) + i128::from(b.lon_e7);
    let y = i128::from(a.lat_e7) + i128::from(b.lat_e7);
    let twice = |p: Point| (2 * i128::from(p.lon_e7), 2 * i128::from(p.lat_e7));
    let mut inside = false;
    for &(from, to) in outline {
        let (low, high) =
            if from.lat_e7 <= to.lat_e7 { (twice(from), twice(to)) } else { (twice(to), twice(from)) };
        if low.1 <= y && high.1 > y {
            let side = (high.0 - low.0) * (y - low.1) - (high.1 - low.1) * (x - low.0);
            inside ^= side > 0;
        }
    }
    inside
}

/// The common ground of two outlines, measured.
fn common(first: usize, one: &Outline, second: usize, other: &Outline) -> Option<Overlap> {
    let swept: Vec<Side> = [one, other]
        .into_iter()
        .zip(0..)
        .flat_map(|(outline, owner)| outline.sides.iter().filter_map(move |(a, b)| Side::new(*a, *b, owner)))
        .collect();
    let (mut sum, mut largest, mut example) = (0.0, 0.0, one.low);
    slabs(&swept, |slab| {
        let mut inside = [false; 2];
        for at in 1..slab.order.len() {
            let owner = slab.order[at - 1].owner as usize;
            inside[owner] = !inside[owner];
            if inside == [true; 2] {
                let here = slab.square_metres(at - 1, at);
                sum += here;
                if here > largest {
                    (largest, example) = (here, slab.middle(at - 1, at));
                }
            }
        }
    });
    let (first, second) = (first.min(second), first.max(second));
    (sum > LEAST).then_some(Overlap { first, second, square_metres: sum, example })
}

/// Ground that the shapes enclose together and none holds.
pub fn gaps(shapes: &[CellShape]) -> Vec<Gap> {
    let free = free_sides(shapes);
    let swept: Vec<Side> = free.iter().filter_map(|(a, b, owner)| Side::new(*a, *b, *owner)).collect();
    let mut ground = Ground::new();
    slabs(&swept, |slab| ground.add(slab));
    let level = free.iter().filter(|(a, b, _)| a.lat_e7 == b.lat_e7);
    ground.closed(level)
}

/// Sides that no other shape draws the other way.
fn free_sides(shapes: &[CellShape]) -> Vec<(Point, Point, u32)> {
    let mut drawn: HashMap<(Point, Point), Vec<u32>> = HashMap::new();
    for (number, outline) in (0..).zip(shapes.iter().map(Outline::of)) {
        for (a, b) in outline.into_iter().flat_map(|outline| outline.sides) {
            match drawn.get_mut(&(b, a)) {
                Some(owners) if !owners.is_empty() => drop(owners.pop()),
                _ => drawn.entry((a, b)).or_default().push(number),
            }
        }
    }
    let free =
        drawn.into_iter().flat_map(|((a, b), owners)| owners.into_iter().map(move |owner| (a, b, owner)));
    let mut free: Vec<(Point, Point, u32)> = free.collect();
    free.sort_unstable();
    free
}

/// Strips that no shape holds, joined where they touch along a parallel. Number 0 is the world outside.
struct Ground {
    joined: Vec<usize>,
    size: Vec<f64>,
    largest: Vec<(f64, Point)>,
    beside: Vec<BTreeSet<usize>>,
    /// The parallels that bound strips, with west and east and the strip.
    bounds: HashMap<i64, Vec<(f64, f64, usize)>>,
    /// The empty strips at the top of the slab before: west, east, number.
    before: Vec<(f64, f64, usize)>,
}

impl Ground {
    fn new() -> Ground {
        Ground {
            joined: vec![0],
            size: vec![0.0],
            largest: vec![(0.0, Point::new(0, 0))],
            beside: vec![BTreeSet::new()],
            bounds: HashMap::new(),
            before: vec![(f64::NEG_INFINITY, f64::INFINITY, 0)],
        }
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.joined[at] != at {
            self.joined[at] = self.joined[self.joined[at]];
            at = self.joined[at];
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.joined[one.max(other)] = one.min(other);
    }

    fn add(&mut self, slab: &Slab) {
        let mut now: Vec<(f64, f64, f64, f64, usize)> = Vec::new();
        let last = slab.order.len();
        let mut around = 0i32;
        for at in 0..=last {
            // Strip `at` lies between the sides `at - 1` and `at`; a side drawn south opens a shape to its east.
            if at > 0 {
                around += if slab.order[at - 1].north { -1 } else { 1 };
            }
            if around > 0 {
                continue;
            }
            let outside = at == 0 || at == last;
            let number = if outside { 0 } else { self.strip(slab, at) };
            let place = |n: Option<usize>, lat: f64, far: f64| n.map_or(far, |n| slab.order[n].at(lat));
            let (west, east) = (at.checked_sub(1), (at < last).then_some(at));
            let ends = |lat: f64| (place(west, lat, f64::NEG_INFINITY), place(east, lat, f64::INFINITY));
            let (below, above) = (ends(slab.bottom), ends(slab.top));
            if !outside {
                for (lat, (west, east)) in [(slab.bottom, below), (slab.top, above)] {
                    self.bounds.entry(lat.round() as i64).or_default().push((west, east, number));
                }
            }
            now.push((below.0, below.1, above.0, above.1, number));
        }
        let before = std::mem::take(&mut self.before);
        let mut first = 0;
        for (west, east, _, _, number) in &now {
            while before.get(first).is_some_and(|(_, end, _)| *end <= west + NEAR) {
                first += 1;
            }
            for (start, end, below) in before[first..].iter().take_while(|(start, _, _)| *start < east - NEAR)
            {
                if end.min(*east) - start.max(*west) > NEAR {
                    self.join(*below, *number);
                }
            }
        }
        self.before = now.into_iter().map(|(_, _, west, east, number)| (west, east, number)).collect();
    }

    fn strip(&mut self, slab: &Slab, at: usize) -> usize {
        let size = slab.square_metres(at - 1, at);
        self.joined.push(self.joined.len());
        self.size.push(size);
        self.largest.push((size, slab.middle(at - 1, at)));
        self.beside.push([at - 1, at].map(|side| slab.order[side].owner as usize).into());
        self.joined.len() - 1
    }

    /// Ends the sweep; sides along a parallel bound strips from below or above.
    fn closed<'s>(mut self, level: impl Iterator<Item = &'s (Point, Point, u32)>) -> Vec<Gap> {
        for (a, b, owner) in level {
            let (low, high) = (f64::from(a.lon_e7.min(b.lon_e7)), f64::from(a.lon_e7.max(b.lon_e7)));
            for (west, east, strip) in self.bounds.get(&i64::from(a.lat_e7)).into_iter().flatten() {
                if high.min(*east) - low.max(*west) > NEAR {
                    self.beside[*strip].insert(*owner as usize);
                }
            }
        }
        for (_, _, number) in std::mem::take(&mut self.before) {
            self.join(0, number);
        }
        let mut gaps: BTreeMap<usize, (Gap, f64)> = BTreeMap::new();
        for strip in 1..self.joined.len() {
            let root = self.root(strip);
            if root == 0 {
                continue;
            }
            let (largest, example) = self.largest[strip];
            let fresh = || (Gap { square_metres: 0.0, example, beside: Vec::new() }, largest);
            let (gap, most) = gaps.entry(root).or_insert_with(fresh);
            gap.square_metres += self.size[strip];
            gap.beside.extend(&self.beside[strip]);
            if largest > *most {
                (gap.example, *most) = (example, largest);
            }
        }
        let mut gaps: Vec<Gap> = gaps.into_values().map(|(gap, _)| gap).collect();
        gaps.retain(|gap| gap.square_metres > LEAST);
        for gap in &mut gaps {
            gap.beside.sort_unstable();
            gap.beside.dedup();
        }
        gaps
    }
}

/// Which of the outlines really meet in the cell: every set of numbers of `outlines` such that some ground of the cell
/// lies in all of the set and in none of the others. The empty set is one of them where ground is left over.
pub fn meeting(cell: &CellShape, outlines: &[CellShape]) -> Vec<Vec<usize>> {
    let layers = std::iter::once(cell).chain(outlines);
    let swept: Vec<Side> = layers
        .zip(0..)
        .filter_map(|(shape, owner)| Some((Outline::of(shape)?, owner)))
        .flat_map(|(outline, owner)| {
            outline.sides.into_iter().filter_map(move |(a, b)| Side::new(a, b, owner)).collect::<Vec<_>>()
        })
        .collect();
    let mut found: BTreeMap<Vec<usize>, f64> = BTreeMap::new();
    slabs(&swept, |slab| {
        let mut inside = vec![false; outlines.len() + 1];
        for at in 1..slab.order.len() {
            let owner = slab.order[at - 1].owner as usize;
            inside[owner] = !inside[owner];
            if inside[0] {
                let set = (0..outlines.len()).filter(|n| inside[n + 1]).collect();
                *found.entry(set).or_default() += slab.square_metres(at - 1, at);
            }
        }
    });
    found.into_iter().filter(|(_, size)| *size > LEAST).map(|(set, _)| set).collect()
}

#[cfg(test)]
#[path = "mosaic_tests.rs"]
mod tests;
