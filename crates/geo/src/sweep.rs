//! The plane cut into slabs, in which no two sides cross: what lies between the sides of many shapes.
//!
//! Owns the sweep that questions about whole layers stand on: overlaps, gaps, which outlines meet in a cell. Between two
//! neighbouring end points or crossings the sides keep their order from west to east, so a slab is a row of strips, each
//! with one answer for all of its ground. Refuses nothing; sides along a parallel bound no strip and are left out.
//! Crossings are found to about a hundredth of a millimetre. Start at [`slabs`].

use crate::point::Point;

/// One side of a shape, as the sweep needs it: from its southern to its northern end.
#[derive(Debug, Clone, Copy)]
pub struct Side {
    low: (f64, f64),
    high: (f64, f64),
    /// Whether the ring runs north along it.
    pub north: bool,
    /// Whose side it is, as the caller numbers its shapes.
    pub owner: u32,
}

impl Side {
    /// The side from one point to the next; None along a parallel.
    pub fn new(from: Point, to: Point, owner: u32) -> Option<Side> {
        let place = |p: Point| (f64::from(p.lon_e7), f64::from(p.lat_e7));
        let north = from.lat_e7 < to.lat_e7;
        let (low, high) = if north { (from, to) } else { (to, from) };
        (low.lat_e7 != high.lat_e7).then(|| Side { low: place(low), high: place(high), north, owner })
    }

    /// Where it crosses a parallel, in units of longitude.
    pub fn at(&self, lat: f64) -> f64 {
        let part = (lat - self.low.1) / (self.high.1 - self.low.1);
        self.low.0 + part * (self.high.0 - self.low.0)
    }
}

/// The ground between two parallels, with the sides that pass through it from west to east.
#[derive(Debug)]
pub struct Slab<'a> {
    /// Southern bound, in units of latitude.
    pub bottom: f64,
    /// Northern bound.
    pub top: f64,
    /// The sides that pass through it.
    pub order: Vec<&'a Side>,
}

impl Slab<'_> {
    /// Square metres of the strip between two of its sides.
    pub fn square_metres(&self, west: usize, east: usize) -> f64 {
        let middle = f64::midpoint(self.bottom, self.top);
        let width = match (self.order.get(west), self.order.get(east)) {
            (Some(west), Some(east)) => east.at(middle) - west.at(middle),
            _ => 0.0,
        };
        let unit = 6_371_008.8_f64.to_radians() * 1e-7;
        width * (self.top - self.bottom) * unit * unit * (middle * 1e-7).to_radians().cos()
    }

    /// A point in the middle of the strip between two of its sides.
    pub fn middle(&self, west: usize, east: usize) -> Point {
        let middle = f64::midpoint(self.bottom, self.top);
        let at = |n: usize| self.order.get(n).map_or(0.0, |side| side.at(middle));
        Point::new(f64::midpoint(at(west), at(east)).round() as i32, middle.round() as i32)
    }
}

/// Closer than this, in units of 1e-7 degree, is the same place: about a hundredth of a millimetre.
pub const NEAR: f64 = 1e-3;
/// A slab is not cut thinner, and not more often.
const THINNEST: f64 = 1e-6;
const DEEPEST: u32 = 64;

/// Visits every slab from south to north, also those without sides between others.
pub fn slabs(sides: &[Side], mut visit: impl FnMut(&Slab)) {
    let mut cuts: Vec<f64> = sides.iter().flat_map(|side| [side.low.1, side.high.1]).collect();
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    let mut waiting: Vec<&Side> = sides.iter().collect();
    waiting.sort_by(|a, b| a.low.1.total_cmp(&b.low.1));
    let mut waiting = waiting.into_iter().peekable();
    let mut active: Vec<&Side> = Vec::new();
    for bounds in cuts.windows(2) {
        let &[bottom, top] = bounds else { continue };
        active.retain(|side| side.high.1 > bottom);
        while let Some(side) = waiting.next_if(|side| side.low.1 <= bottom) {
            active.push(side);
        }
        cut(bottom, top, &mut active, &mut visit, 0);
    }
}

/// Visits a slab, or its parts where sides cross within it.
fn cut(bottom: f64, top: f64, active: &mut Vec<&Side>, visit: &mut impl FnMut(&Slab), depth: u32) {
    let middle = f64::midpoint(bottom, top);
    arrange(active, middle);
    let crossing = active.windows(2).find_map(|pair| crossing(pair[0], pair[1], bottom, top));
    match crossing.filter(|_| depth < DEEPEST) {
        Some(at) => {
            cut(bottom, at, active, visit, depth + 1);
            cut(at, top, active, visit, depth + 1);
        }
        None => visit(&Slab { bottom, top, order: active.clone() }),
    }
}

/// By insertion: from slab to slab the order hardly changes.
fn arrange(active: &mut [&Side], middle: f64) {
    for next in 1..active.len() {
        let mut at = next;
        let place = active[at].at(middle);
        while at > 0 && active[at - 1].at(middle) > place {
            active.swap(at, at - 1);
            at -= 1;
        }
    }
}

/// Where two neighbours change places within the slab.
fn crossing(west: &Side, east: &Side, bottom: f64, top: f64) -> Option<f64> {
    let (below, above) = (east.at(bottom) - west.at(bottom), east.at(top) - west.at(top));
    if below >= -NEAR && above >= -NEAR {
        return None;
    }
    let at = bottom + (top - bottom) * below / (below - above);
    (at - bottom > THINNEST && top - at > THINNEST).then_some(at)
}
