//! Borders that areas share, each once.
//!
//! Owns the cutting of rings into arcs: an arc runs from one place where more than two borders meet to the next, and whoever
//! lies along it uses the same arc, forwards or backwards. So whatever is done to an arc is done to both sides of it. Areas that
//! were drawn apart, not point for point, share nothing here and are treated each on its own. Start at [`Arcs::of`].

use std::collections::{HashMap, HashSet};

use super::TileError;
use super::mercator::World;

/// All arcs of a layer, point after point.
#[derive(Debug, Clone, Default)]
pub(super) struct Arcs {
    /// The points of all arcs. Both ends belong to an arc; where it runs in a circle they are the same place.
    pub points: Vec<World>,
    /// Where each arc begins in `points`, and at the end where the last one ends.
    pub starts: Vec<u32>,
}

/// An arc as a ring uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    pub arc: u32,
    pub back: bool,
}

/// The arcs that make up a ring, in its direction, each beginning where the one before ends.
pub(super) type Ring = Vec<Way>;

impl Arcs {
    /// The arcs of some areas, each given by its open rings, and the rings made of them in the same order.
    ///
    /// # Errors
    /// [`TileError::TooMany`].
    pub fn of(areas: &[Vec<Vec<World>>]) -> Result<(Arcs, Vec<Vec<Ring>>), TileError> {
        let junctions = junctions(areas.iter().flatten());
        let mut book = Book::default();
        let mut ringed = Vec::with_capacity(areas.len());
        for area in areas {
            ringed.push(area.iter().map(|ring| book.ring(ring, &junctions)).collect());
        }
        Ok((book.close()?, ringed))
    }

    /// How many arcs there are.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The places of an arc's points in `points`.
    pub fn range(&self, arc: u32) -> std::ops::Range<usize> {
        let at = |number: usize| self.starts.get(number).map_or(0, |start| *start as usize);
        at(arc as usize)..at(arc as usize + 1)
    }
}

/// Places with more than two different places beside them.
fn junctions<'a>(rings: impl Iterator<Item = &'a Vec<World>>) -> HashSet<World> {
    let mut beside: Vec<(World, World)> = Vec::new();
    for ring in rings {
        for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            beside.extend([(*a, *b), (*b, *a)]);
        }
    }
    beside.sort_unstable();
    beside.dedup();
    let places = beside.chunk_by(|one, other| one.0 == other.0);
    places
        .filter(|place| place.len() > 2)
        .filter_map(|place| place.first())
        .map(|(place, _)| *place)
        .collect()
}

/// The arcs found so far, by their points in the direction that sorts first.
#[derive(Default)]
struct Book {
    numbers: HashMap<Vec<World>, u32>,
    arcs: Vec<Vec<World>>,
}

impl Book {
    fn ring(&mut self, ring: &[World], junctions: &HashSet<World>) -> Ring {
        // A ring that meets no other begins at its first place by order, whoever draws it.
        let lowest = (0..ring.len()).min_by_key(|at| ring[*at]).unwrap_or(0);
        let start = (0..ring.len()).find(|at| junctions.contains(&ring[*at])).unwrap_or(lowest);
        let mut ways = Vec::new();
        let mut arc = Vec::new();
        for step in 0..=ring.len() {
            let point = ring[(start + step) % ring.len()];
            arc.push(point);
            if step > 0 && (junctions.contains(&point) || step == ring.len()) {
                ways.push(self.way(std::mem::replace(&mut arc, vec![point])));
            }
        }
        ways
    }

    fn way(&mut self, arc: Vec<World>) -> Way {
        let backwards: Vec<World> = arc.iter().rev().copied().collect();
        let (canon, back) = if backwards < arc { (backwards, true) } else { (arc, false) };
        let next = self.arcs.len() as u32;
        let number = *self.numbers.entry(canon).or_insert_with_key(|canon| {
            self.arcs.push(canon.clone());
            next
        });
        Way { arc: number, back }
    }

    fn close(self) -> Result<Arcs, TileError> {
        let points: usize = self.arcs.iter().map(Vec::len).sum();
        if u32::try_from(points).is_err() {
            return Err(TileError::TooMany);
        }
        let mut found = Arcs { points: Vec::with_capacity(points), starts: vec![0] };
        for arc in self.arcs {
            found.points.extend(arc);
            found.starts.push(found.points.len() as u32);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(points: &[(u32, u32)]) -> Vec<World> {
        points.iter().map(|&(x, y)| World { x, y }).collect()
    }

    #[test]
    fn neighbours_use_the_same_arc_in_opposite_directions() {
        let west = ring(&[(0, 0), (10, 0), (11, 5), (10, 10), (0, 10)]);
        let east = ring(&[(10, 10), (11, 5), (10, 0), (20, 0), (20, 10)]);
        let (arcs, areas) = Arcs::of(&[vec![west], vec![east]]).unwrap();
        // The border between, and what is left of either.
        assert_eq!(arcs.len(), 3);
        let ways = |area: usize| areas[area][0].iter();
        let common: Vec<(&Way, &Way)> =
            ways(0).flat_map(|a| ways(1).filter(|b| b.arc == a.arc).map(move |b| (a, b))).collect();
        assert_eq!(common.len(), 1);
        assert_ne!(common[0].0.back, common[0].1.back);
        let between = &arcs.points[arcs.range(common[0].0.arc)];
        assert_eq!(between, ring(&[(10, 0), (11, 5), (10, 10)]));
    }

    #[test]
    fn an_island_and_the_hole_around_it_are_one_arc_wherever_their_rings_begin() {
        let land = ring(&[(0, 0), (90, 0), (90, 90), (0, 90)]);
        let hole = ring(&[(30, 20), (10, 10), (20, 30)]);
        let island = ring(&[(20, 30), (10, 10), (30, 20)]);
        let (arcs, areas) = Arcs::of(&[vec![land, hole], vec![island]]).unwrap();
        assert_eq!(arcs.len(), 2);
        assert_eq!(areas[0][1][0].arc, areas[1][0][0].arc);
        assert_ne!(areas[0][1][0].back, areas[1][0][0].back);
        assert_eq!(arcs.range(areas[1][0][0].arc).len(), 4);
    }

    #[test]
    fn nothing_is_nothing() {
        let (arcs, areas) = Arcs::of(&[]).unwrap();
        assert_eq!((arcs.len(), areas.len()), (0, 0));
        assert_eq!(Arcs::default().len(), 0);
    }
}
