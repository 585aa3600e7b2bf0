//! Tiles a second on one core, from what is prepared to bytes; and what preparing costs.
//!
//! The areas are those of the largest pack, each level at the zooms where a map shows it, all tiles of the ground in turn. The points are
//! ten thousand in four classes, half of them in a hundredth of the ground. Run with `cargo bench -p huying-geo --bench tiles`;
//! items a second are tiles a second.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a bench fails loudly and reports sizes beside times"
)]

#[allow(dead_code, reason = "the tests use what this bench does not")]
#[path = "../tests/lattice/mod.rs"]
mod lattice;
#[allow(dead_code, reason = "the tests use what this bench does not")]
#[path = "../tests/pack_cells/mod.rs"]
mod pack_cells;

use divan::Bencher;
use divan::counter::ItemsCount;
use huying_geo::tile::{Address, Areas, Dot, Points, Tile, Value};
use huying_geo::{CellShape, Point};
use lattice::Dice;

const POINTS: i32 = 10_000;

fn main() {
    divan::main();
}

/// The levels of the pack that has the most cells, from the cells upwards.
fn levels() -> Vec<Vec<CellShape>> {
    let packs = pack_cells::packs();
    let largest = packs.iter().max_by_key(|pack| pack_cells::cells(pack).len()).unwrap();
    pack_cells::levels(largest)
}

fn ground(shapes: &[CellShape]) -> (Point, Point) {
    let corners: Vec<(Point, Point)> = shapes.iter().map(|shape| shape.bounds().unwrap()).collect();
    let of = |pick: fn(&(Point, Point)) -> i32| corners.iter().map(pick).collect::<Vec<_>>();
    let least = |pick| of(pick).into_iter().min().unwrap();
    let most = |pick| of(pick).into_iter().max().unwrap();
    (
        Point::new(least(|b| b.0.lon_e7), least(|b| b.0.lat_e7)),
        Point::new(most(|b| b.1.lon_e7), most(|b| b.1.lat_e7)),
    )
}

fn tile_of_areas(areas: &Areas, at: Address) -> Vec<u8> {
    let mut tile = Tile::new();
    let layer = tile.layer("areas").unwrap();
    for (number, geometry) in areas.in_tile(at) {
        let open = Value::Whole((number % 17) as i64);
        layer
            .feature(Some(number as u64), &geometry, [("name", Value::Text("网格")), ("open", open)])
            .unwrap();
    }
    tile.into_bytes()
}

fn tile_of_points(points: &Points, at: Address, single: bool) -> Vec<u8> {
    let mut tile = Tile::new();
    let layer = tile.layer("cases").unwrap();
    if single {
        for (number, geometry) in points.singles(at) {
            layer
                .feature(Some(number as u64), &geometry, [("urgency", Value::Whole((number % 4) as i64))])
                .unwrap();
        }
    } else {
        for cluster in points.clusters(at, 4) {
            let counts = ["overdue", "near", "normal", "paused"].into_iter().zip(&cluster.counts);
            let counts = counts.map(|(name, count)| (name, Value::Whole((*count).into())));
            layer.feature(None, &cluster.geometry, counts).unwrap();
        }
    }
    tile.into_bytes()
}

fn all_tiles(
    bencher: Bencher,
    (low, high): (Point, Point),
    zoom: u8,
    name: &str,
    make: impl Fn(Address) -> Vec<u8>,
) {
    let tiles: Vec<Address> = Address::over(low, high, zoom).unwrap().collect();
    let sizes: Vec<usize> = tiles.iter().map(|at| make(*at).len()).collect();
    let mean = sizes.iter().sum::<usize>() / sizes.len();
    eprintln!(
        "{name}, zoom {zoom}: {} tiles of {mean} bytes, at most {}",
        tiles.len(),
        sizes.iter().max().unwrap()
    );
    bencher
        .counter(ItemsCount::new(tiles.len()))
        .bench_local(|| tiles.iter().map(|at| make(*at).len()).sum::<usize>());
}

#[divan::bench(args = [10, 11, 12, 13], sample_count = 10, sample_size = 1)]
fn communities(bencher: Bencher, zoom: u8) {
    let level = levels().swap_remove(2);
    let areas = Areas::of(&level).unwrap();
    all_tiles(bencher, ground(&level), zoom, "communities", |at| tile_of_areas(&areas, at));
}

#[divan::bench(args = [12, 13, 14], sample_count = 10, sample_size = 1)]
fn grids(bencher: Bencher, zoom: u8) {
    let level = levels().swap_remove(1);
    let areas = Areas::of(&level).unwrap();
    all_tiles(bencher, ground(&level), zoom, "grids", |at| tile_of_areas(&areas, at));
}

#[divan::bench(args = [13, 14, 15, 16], sample_count = 10, sample_size = 1)]
fn cells(bencher: Bencher, zoom: u8) {
    let level = levels().swap_remove(0);
    let areas = Areas::of(&level).unwrap();
    all_tiles(bencher, ground(&level), zoom, "cells", |at| tile_of_areas(&areas, at));
}

fn dots((low, high): (Point, Point)) -> Vec<Dot> {
    let mut dice = Dice(3);
    let (wide, tall) = (high.lon_e7 - low.lon_e7, high.lat_e7 - low.lat_e7);
    (0..POINTS)
        .map(|number| {
            let part = if number % 2 == 0 { 10 } else { 1 };
            let at = Point::new(
                low.lon_e7 + dice.between(0, wide / part),
                low.lat_e7 + dice.between(0, tall / part),
            );
            Dot { at, class: (number % 4) as u8 }
        })
        .collect()
}

#[divan::bench(args = [10, 12, 14, 16], sample_count = 10, sample_size = 1)]
fn clusters_of_10_000_points(bencher: Bencher, zoom: u8) {
    let ground = ground(&levels().swap_remove(2));
    let points = Points::of(&dots(ground), 4).unwrap();
    all_tiles(bencher, ground, zoom, "clusters", |at| tile_of_points(&points, at, false));
}

#[divan::bench(args = [14, 16], sample_count = 10, sample_size = 1)]
fn single_points_of_10_000(bencher: Bencher, zoom: u8) {
    let ground = ground(&levels().swap_remove(2));
    let points = Points::of(&dots(ground), 4).unwrap();
    all_tiles(bencher, ground, zoom, "points", |at| tile_of_points(&points, at, true));
}

/// Sharing and thinning the borders of all cells for all zooms; items are cells.
#[divan::bench(args = [0, 1, 2], sample_count = 5, sample_size = 1)]
fn prepare_a_level(bencher: Bencher, level: usize) {
    let level = levels().swap_remove(level);
    bencher.counter(ItemsCount::new(level.len())).bench_local(|| Areas::of(&level).unwrap());
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn prepare_10_000_points(bencher: Bencher) {
    let dots = dots(ground(&levels().swap_remove(2)));
    bencher.counter(ItemsCount::new(dots.len())).bench_local(|| Points::of(&dots, 4).unwrap());
}
