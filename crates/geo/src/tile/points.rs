//! Many points as few: clusters that add up.
//!
//! Owns points with classes (what a class means, such as how urgent a case is, the caller says). A tile is parted into squares,
//! and what lies in a square is one cluster, with how many points of each class it has. Squares are parts of the squares of the zoom above and
//! never of two tiles, so a cluster is in one tile, its neighbours never see it, and at every zoom the counts of all tiles add up to all points.
//!
//! Points are kept along a curve on which every square is one stretch (G. M. Morton, IBM, 1966), with running sums beside: a
//! cluster costs a search, however many points it has. A viewer who may not see every point must not get sums of all: for them
//! [`Points::clusters_of`] looks at each point. Start at [`Points::of`].

use std::ops::Range;

use super::TileError;
use super::address::Address;
use super::geometry::Geometry;
use super::mercator::World;
use crate::point::Point;

/// A point to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dot {
    /// Where it is.
    pub at: Point,
    /// Its class, from 0.
    pub class: u8,
}

/// A set of points ready for any tile, known by their number in the slice that it was made of.
#[derive(Debug, Clone)]
pub struct Points {
    classes: u8,
    keys: Vec<u64>,
    /// The number and class of each point, in the order of the keys.
    numbers: Vec<u32>,
    class: Vec<u8>,
    /// Before each point and after the last: how many of each class, and the sums of both coordinates.
    counts: Vec<u32>,
    sums: Vec<[u64; 2]>,
}

/// What lies in one square of a tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// The middle of its points: their mean.
    pub geometry: Geometry,
    /// How many points of each class, as many numbers as there are classes. Never all 0.
    pub counts: Vec<u32>,
    /// The number of its point, where it is only one.
    pub only: Option<usize>,
}

impl Cluster {
    /// How many points it stands for.
    pub fn total(&self) -> u64 {
        self.counts.iter().copied().map(u64::from).sum()
    }
}

impl Points {
    /// Prepares points of some classes.
    ///
    /// # Errors
    /// [`TileError::Class`] for a class that is not below `classes`, [`TileError::TooMany`], and as [`World::of`].
    pub fn of(dots: &[Dot], classes: u8) -> Result<Points, TileError> {
        u32::try_from(dots.len()).map_err(|_too_many| TileError::TooMany)?;
        let mut keyed: Vec<(u64, u32)> = Vec::with_capacity(dots.len());
        for (number, dot) in (0..).zip(dots) {
            if dot.class >= classes {
                return Err(TileError::Class { number: number as usize, class: dot.class, classes });
            }
            keyed.push((key(World::of(dot.at)?), number));
        }
        keyed.sort_unstable();
        let mut points = Points {
            classes,
            keys: keyed.iter().map(|(key, _)| *key).collect(),
            numbers: keyed.iter().map(|(_, number)| *number).collect(),
            class: keyed.iter().map(|(_, number)| dots[*number as usize].class).collect(),
            counts: vec![0; classes.into()],
            sums: vec![[0; 2]],
        };
        let (mut counts, mut sum) = (points.counts.clone(), [0; 2]);
        for (key, class) in points.keys.iter().zip(&points.class) {
            counts[usize::from(*class)] += 1;
            let World { x, y } = place(*key);
            sum = [sum[0] + u64::from(x), sum[1] + u64::from(y)];
            points.counts.extend(&counts);
            points.sums.push(sum);
        }
        Ok(points)
    }

    /// How many points there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many points are in a tile: to choose between clusters and single points.
    pub fn count(&self, tile: Address) -> usize {
        self.stretch(tile).len()
    }

    /// The clusters of a tile that is parted into 2^`parting` squares each way; 4 makes them 32 pixels wide where a tile is drawn 512 wide. Beyond the
    /// finest unit of the world squares are not parted.
    pub fn clusters(&self, tile: Address, parting: u8) -> Vec<Cluster> {
        let of = |stretch: Range<usize>| {
            let width = usize::from(self.classes);
            let row = |at: usize| self.counts.iter().skip(at * width).take(width);
            let counts =
                row(stretch.end).zip(row(stretch.start)).map(|(after, before)| after - before).collect();
            let (before, after) = (self.sums[stretch.start], self.sums[stretch.end]);
            let only = (stretch.len() == 1).then(|| self.numbers[stretch.start] as usize);
            let sums = [after[0] - before[0], after[1] - before[1]];
            Some(cluster(tile, counts, sums, only))
        };
        self.squares(tile, parting).filter_map(of).collect()
    }

    /// As [`Points::clusters`], of those points only that are to be kept, each asked by its number. Cost: all points of the tile.
    pub fn clusters_of(&self, tile: Address, parting: u8, keep: impl Fn(usize) -> bool) -> Vec<Cluster> {
        let of = |stretch: Range<usize>| {
            let (mut counts, mut sums, mut only, mut total) = (vec![0; self.classes.into()], [0; 2], None, 0);
            for at in stretch.filter(|at| keep(self.numbers[*at] as usize)) {
                let World { x, y } = place(self.keys[at]);
                counts[usize::from(self.class[at])] += 1;
                sums = [sums[0] + u64::from(x), sums[1] + u64::from(y)];
                total += 1;
                only = (total == 1).then_some(self.numbers[at] as usize);
            }
            (total > 0).then(|| cluster(tile, counts, sums, only))
        };
        self.squares(tile, parting).filter_map(of).collect()
    }

    /// Each point of a tile by its number, along the curve.
    pub fn singles(&self, tile: Address) -> impl Iterator<Item = (usize, Geometry)> + '_ {
        self.stretch(tile).map(move |at| {
            (self.numbers[at] as usize, Geometry::points(vec![tile.spot(place(self.keys[at]))]))
        })
    }

    /// The points of a tile.
    fn stretch(&self, tile: Address) -> Range<usize> {
        let (first, behind) = tile.keys();
        let start = self.keys.partition_point(|key| *key < first);
        start..self.keys.partition_point(|key| u128::from(*key) < behind)
    }

    /// The points of each square of a tile that has any.
    fn squares(&self, tile: Address, parting: u8) -> impl Iterator<Item = Range<usize>> + '_ {
        let bits = 2 * (32 - u32::from(tile.zoom())).saturating_sub(parting.into());
        // A shift by all bits makes one square of the world.
        let square = move |key: u64| key.checked_shr(bits).unwrap_or(0);
        let Range { start: mut at, end } = self.stretch(tile);
        std::iter::from_fn(move || {
            let here = square(*self.keys.get(at).filter(|_| at < end)?);
            let start = at;
            at += self.keys.get(at..end)?.partition_point(|key| square(*key) == here);
            Some(start..at)
        })
    }
}

fn cluster(tile: Address, counts: Vec<u32>, sums: [u64; 2], only: Option<usize>) -> Cluster {
    let total: u64 = counts.iter().copied().map(u64::from).sum();
    // The mean of places is between them, so it fits as they do.
    let [x, y] = sums.map(|sum| (sum / total.max(1)) as u32);
    Cluster { geometry: Geometry::points(vec![tile.spot(World { x, y })]), counts, only }
}

/// The place on the curve: the bits of both coordinates in turn, south before east.
pub(super) fn key(world: World) -> u64 {
    spread(world.x) | (spread(world.y) << 1)
}

fn place(key: u64) -> World {
    World { x: gather(key), y: gather(key >> 1) }
}

/// Puts a zero before every bit.
fn spread(bits: u32) -> u64 {
    let mut wide = u64::from(bits);
    for (shift, mask) in MASKS.into_iter().skip(1) {
        wide = (wide | (wide << shift)) & mask;
    }
    wide
}

/// Takes every second bit.
fn gather(wide: u64) -> u32 {
    let mut bits = wide & MASKS[5].1;
    for at in (0..5).rev() {
        bits = (bits | (bits >> MASKS[at + 1].0)) & MASKS[at].1;
    }
    bits as u32
}

/// Groups of bits at every step, and how far their upper halves move to the next.
const MASKS: [(u32, u64); 6] = [
    (32, 0x0000_0000_ffff_ffff),
    (16, 0x0000_ffff_0000_ffff),
    (8, 0x00ff_00ff_00ff_00ff),
    (4, 0x0f0f_0f0f_0f0f_0f0f),
    (2, 0x3333_3333_3333_3333),
    (1, 0x5555_5555_5555_5555),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tile::{MOST_ZOOM, Parts};

    fn dot(lon_e7: i32, lat_e7: i32, class: u8) -> Dot {
        Dot { at: Point::new(lon_e7, lat_e7), class }
    }

    fn spot(cluster: &Cluster) -> [i32; 2] {
        let Parts::Points(points) = cluster.geometry.parts() else { panic!("clusters are points") };
        points[0]
    }

    #[test]
    fn keys_order_squares_within_squares_and_give_their_place_back() {
        assert_eq!(key(World { x: 0, y: 1 }), 2);
        assert_eq!(key(World { x: 0b101, y: 0b011 }), 0b01_10_11);
        for world in [
            World { x: u32::MAX, y: 0 },
            World { x: 0x1234_5678, y: 0x9abc_def0 },
            World { x: 0, y: u32::MAX },
        ] {
            assert_eq!(place(key(world)), world);
        }
    }

    #[test]
    fn a_cluster_counts_its_classes_and_lies_in_the_middle_and_one_point_is_itself() {
        // Two in the north-east quarter of the world, one in the south-west.
        let dots = [dot(900_000_000, 10, 2), dot(900_000_000, 600_000_000, 0), dot(-900_000_000, -10, 2)];
        let points = Points::of(&dots, 3).unwrap();
        let world = Address::new(0, 0, 0).unwrap();
        let one = points.clusters(world, 0);
        assert_eq!(
            one.iter().map(|c| (c.counts.clone(), c.only)).collect::<Vec<_>>(),
            [(vec![1, 0, 2], None)]
        );
        let found = points.clusters(world, 1);
        let told: Vec<_> = found.iter().map(|c| (c.counts.clone(), c.only)).collect();
        assert_eq!(told, [(vec![1, 0, 1], None), (vec![0, 0, 1], Some(2))]);
        // Half-way between row 2047 (the equator, from above) and the row of 60° north, which is 1189.
        assert_eq!(spot(&found[0]), [3072, 1618]);
        assert_eq!(spot(&found[1]), [1024, 2048]);
        assert_eq!((found[0].total(), points.count(world), points.len()), (2, 3, 3));
    }

    #[test]
    fn whoever_sees_all_gets_the_same_from_sums_and_from_looking_and_whoever_does_not_gets_no_sums() {
        let dots: Vec<Dot> = (0..500)
            .map(|n| dot(1_065_000_000 + n * 7_919, 295_000_000 + n * n % 100_000, (n % 4) as u8))
            .collect();
        let points = Points::of(&dots, 4).unwrap();
        for zoom in 0..=MOST_ZOOM {
            let tile = Address::around(dots[250].at, zoom).unwrap();
            assert_eq!(points.clusters(tile, 4), points.clusters_of(tile, 4, |_| true));
            let seen = points.clusters_of(tile, 4, |number| number == 250);
            assert_eq!(seen.iter().map(|c| (c.total(), c.only)).collect::<Vec<_>>(), [(1, Some(250))]);
            assert_eq!(points.clusters_of(tile, 4, |_| false), []);
        }
    }

    #[test]
    fn no_points_give_no_clusters_and_a_class_that_was_not_announced_is_refused() {
        let none = Points::of(&[], 0).unwrap();
        let world = Address::new(0, 0, 0).unwrap();
        assert!(
            none.is_empty() && none.clusters(world, 4).is_empty() && none.singles(world).next().is_none()
        );
        let error = Points::of(&[dot(0, 0, 0), dot(0, 0, 4)], 4).unwrap_err();
        assert_eq!(error, TileError::Class { number: 1, class: 4, classes: 4 });
        assert!(matches!(Points::of(&[dot(0, 899_999_999, 0)], 1), Err(TileError::Polar(_))));
    }

    #[test]
    fn points_on_one_place_stay_one_cluster_at_any_parting() {
        let points = Points::of(&[dot(5, 5, 0), dot(5, 5, 0)], 1).unwrap();
        let tile = Address::around(Point::new(5, 5), MOST_ZOOM).unwrap();
        for parting in [0, 12, 13, u8::MAX] {
            let found = points.clusters(tile, parting);
            assert_eq!(found.iter().map(|c| c.counts.clone()).collect::<Vec<_>>(), [vec![2]], "{parting}");
        }
        assert_eq!(points.singles(tile).map(|(number, _)| number).collect::<Vec<_>>(), [0, 1]);
    }
}
