//! One cell's triangles, divided among its children.
//!
//! Owns the shape of the division: every child connected, areas close to their shares, borders not jagged.
//! Seeds grow over the mesh, nearest first (Dijkstra); then each seed moves to the middle of what it got (Lloyd) and
//! those that got too much find the way longer. A connected parent gives connected children, since every triangle is reached
//! over a neighbour of the same child. Start at [`split`].

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::mesh::{Mesh, NONE, square_distance};
use super::{Dice, MakeError};

const ROUNDS: usize = 10;
/// Fresh seeds tried before the division is called impossible.
const ATTEMPTS: usize = 4;
/// The way's length for a child of just the right size.
const EVEN: u64 = 1 << 10;
/// Not yet reached.
const OPEN: u32 = u32::MAX;

/// For each member, which child gets it. `weights` are the children's numbers of leaves: their shares of the area, and the
/// least number of triangles that each must get.
pub(super) fn split(
    mesh: &Mesh,
    owner: &[u32],
    members: &[u32],
    weights: &[usize],
    dice: &mut Dice,
) -> Result<Vec<u32>, MakeError> {
    let leaves: usize = weights.iter().sum();
    let no_room = MakeError::NoRoom { triangles: members.len(), leaves };
    if members.len() < leaves {
        return Err(no_room);
    }
    if weights.len() == 1 {
        return Ok(vec![0; members.len()]);
    }
    let mut field = Field::of(mesh, owner, members);
    for _ in 0..ATTEMPTS {
        if let Some(mut labels) = field.best_of_rounds(weights, dice) {
            field.flip_tips(&mut labels, weights);
            return Ok(labels);
        }
    }
    Err(no_room)
}

/// The members with their neighbours, numbered from 0 in the order of `members`.
struct Field<'a> {
    mesh: &'a Mesh,
    members: &'a [u32],
    /// Per member: neighbour and distance. Bridges stand in `ways` like sides do.
    ways: Vec<Vec<(u32, u64)>>,
    /// Across sides only.
    sides: Vec<[u32; 3]>,
    heap: BinaryHeap<Reverse<(u64, u32, u32)>>,
}

impl<'a> Field<'a> {
    fn of(mesh: &'a Mesh, owner: &[u32], members: &'a [u32]) -> Self {
        // Members ascend, so a neighbour's place is found by halving.
        let place = |triangle: u32| members.binary_search(&triangle).map_or(NONE, |n| n as u32);
        let group = members.first().map_or(NONE, |first| owner[*first as usize]);
        let own = |triangle: &u32| owner[*triangle as usize] == group;
        let ways = |member: &u32| {
            mesh.around(*member).filter(own).map(|n| (place(n), mesh.distance(*member, n).max(1))).collect()
        };
        let sides = |member: &u32| {
            mesh.neighbours[*member as usize].map(|n| if n != NONE && own(&n) { place(n) } else { NONE })
        };
        Self {
            mesh,
            members,
            ways: members.iter().map(ways).collect(),
            sides: members.iter().map(sides).collect(),
            heap: BinaryHeap::new(),
        }
    }

    /// The fairest division of all rounds in which every child has enough triangles for its leaves.
    fn best_of_rounds(&mut self, weights: &[usize], dice: &mut Dice) -> Option<Vec<u32>> {
        let mut seeds = self.scatter(weights.len(), dice);
        // A child of four times the mean area reaches twice as far.
        let mean = weights.iter().sum::<usize>() as u64 * 1_000_000 / weights.len() as u64;
        let mut lengths: Vec<u64> =
            weights.iter().map(|w| EVEN * (mean / *w as u64).isqrt() / 1_000).collect();
        let mut best: Option<(u64, Vec<u32>)> = None;
        for _ in 0..ROUNDS {
            let labels = self.grow(&seeds, &lengths);
            let (areas, counts) = self.measure(&labels, weights.len());
            let shares = permille_of_share(&areas, weights);
            let enough = counts.iter().zip(weights).all(|(count, weight)| count >= weight);
            let unfair = shares.iter().map(|share| share.abs_diff(1_000)).max().unwrap_or(0);
            seeds = self.middles(&labels, &areas);
            for (length, share) in lengths.iter_mut().zip(&shares) {
                // The root of the share, since reach grows as the root of area; bounded, so that no round overshoots.
                let factor = (share * 1_000).isqrt().clamp(750, 1_300);
                *length = (*length * factor / 1_000).clamp(EVEN / 64, EVEN * 64);
            }
            if enough && best.as_ref().is_none_or(|(worst, _)| unfair < *worst) {
                best = Some((unfair, labels));
            }
        }
        best.map(|(_, labels)| labels)
    }

    /// Different members, at random.
    fn scatter(&self, count: usize, dice: &mut Dice) -> Vec<u32> {
        let mut pool: Vec<u32> = (0..self.members.len() as u32).collect();
        for n in 0..count {
            let other = n + dice.below((pool.len() - n) as u64) as usize;
            pool.swap(n, other);
        }
        pool.truncate(count);
        pool
    }

    /// Every member to the seed that reaches it first. Equal distances go to the lower member, then the lower seed.
    fn grow(&mut self, seeds: &[u32], lengths: &[u64]) -> Vec<u32> {
        let mut labels = vec![OPEN; self.members.len()];
        let mut nearest = vec![u64::MAX; self.members.len()];
        for (label, seed) in (0..).zip(seeds) {
            nearest[*seed as usize] = 0;
            self.heap.push(Reverse((0, *seed, label)));
        }
        while let Some(Reverse((distance, member, label))) = self.heap.pop() {
            if labels[member as usize] != OPEN {
                continue;
            }
            labels[member as usize] = label;
            for (neighbour, way) in &self.ways[member as usize] {
                let there = distance + way * lengths[label as usize];
                if there < nearest[*neighbour as usize] {
                    nearest[*neighbour as usize] = there;
                    self.heap.push(Reverse((there, *neighbour, label)));
                }
            }
        }
        labels
    }

    /// Twice the area and the number of members of each child.
    fn measure(&self, labels: &[u32], children: usize) -> (Vec<i128>, Vec<usize>) {
        let (mut areas, mut counts) = (vec![0; children], vec![0; children]);
        for (member, label) in self.members.iter().zip(labels).filter(|(_, label)| **label != OPEN) {
            areas[*label as usize] += i128::from(self.mesh.areas[*member as usize]);
            counts[*label as usize] += 1;
        }
        (areas, counts)
    }

    /// Each child's member nearest to its middle.
    fn middles(&self, labels: &[u32], areas: &[i128]) -> Vec<u32> {
        let mut sums = vec![(0i128, 0i128); areas.len()];
        for (member, label) in self.members.iter().zip(labels).filter(|(_, label)| **label != OPEN) {
            let (x, y) = self.mesh.middles[*member as usize];
            let area = i128::from(self.mesh.areas[*member as usize]);
            let sum = &mut sums[*label as usize];
            *sum = (sum.0 + i128::from(x) * area, sum.1 + i128::from(y) * area);
        }
        let centre = |(sum, area): (&(i128, i128), &i128)| {
            ((sum.0 / (*area).max(1)) as i64, (sum.1 / (*area).max(1)) as i64)
        };
        let centres: Vec<(i64, i64)> = sums.iter().zip(areas).map(centre).collect();
        let mut nearest = vec![(u64::MAX, 0u32); areas.len()];
        for ((place, member), label) in
            (0u32..).zip(self.members).zip(labels).filter(|(_, label)| **label != OPEN)
        {
            let middle = self.mesh.middles[*member as usize];
            let distance = square_distance(middle, centres[*label as usize]);
            let best = &mut nearest[*label as usize];
            *best = (*best).min((distance, place));
        }
        nearest.into_iter().map(|(_, place)| place).collect()
    }

    /// Gives a triangle that two of its sides join to another child to that child: the border loses a spike. Only a
    /// triangle that hangs on its own child by its one other side may go, so that no child falls apart, and none goes below its need.
    fn flip_tips(&self, labels: &mut [u32], weights: &[usize]) {
        let (_, mut counts) = self.measure(labels, weights.len());
        for _ in 0..4 {
            let mut flipped = false;
            for (place, member) in self.members.iter().enumerate() {
                let own = labels[place];
                if counts[own as usize] <= weights[own as usize] || self.mesh.bridges.contains_key(member) {
                    continue;
                }
                let beside = self.sides[place].map(|n| if n == NONE { OPEN } else { labels[n as usize] });
                let kin = beside.iter().filter(|label| **label == own).count();
                let other = beside.into_iter().find(|label| *label != own && *label != OPEN);
                let Some(other) =
                    other.filter(|o| kin == 1 && beside.iter().filter(|l| **l == *o).count() == 2)
                else {
                    continue;
                };
                labels[place] = other;
                counts[own as usize] -= 1;
                counts[other as usize] += 1;
                flipped = true;
            }
            if !flipped {
                break;
            }
        }
    }
}

/// Each child's area in thousandths of its share.
fn permille_of_share(areas: &[i128], weights: &[usize]) -> Vec<u64> {
    let (total, leaves) = (areas.iter().sum::<i128>().max(1), weights.iter().sum::<usize>() as i128);
    let permille = |(area, weight): (&i128, &usize)| {
        u64::try_from(area * 1_000 * leaves / (total * *weight as i128).max(1))
            .unwrap_or(1_000_000)
            .min(1_000_000)
    };
    areas.iter().zip(weights).map(permille).collect()
}
