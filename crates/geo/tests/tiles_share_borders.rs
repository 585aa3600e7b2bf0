//! Areas that share their borders share them in every tile: no gaps, no overlaps, nothing lost. Of made cells and of the packs.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

#[allow(dead_code, reason = "benches use what this test does not")]
mod lattice;
#[allow(dead_code, reason = "benches use what this test does not")]
mod pack_cells;
#[allow(dead_code, reason = "each test uses a part of it")]
mod tile_reader;

use std::collections::{BTreeMap, BTreeSet};

use huying_geo::maker::{Plan, Tree, make};
use huying_geo::tile::{Address, Areas, BUFFER, Dot, EXTENT, MOST_ZOOM, Parts, Points};
use huying_geo::{CellShape, Point};
use lattice::Dice;
use tile_reader::{Spot, assert_valid, doubled_area, sides};

type Drawn = Vec<(usize, Vec<Vec<Vec<Spot>>>)>;

fn drawn(areas: &Areas, tile: Address) -> Drawn {
    let found = areas.in_tile(tile).into_iter();
    found
        .map(|(number, geometry)| {
            let Parts::Polygons(polygons) = geometry.parts() else { panic!("areas are polygons") };
            (number, polygons.clone())
        })
        .collect()
}

fn area(polygons: &[Vec<Vec<Spot>>]) -> i64 {
    polygons.iter().flatten().map(|ring| doubled_area(ring)).sum()
}

/// Sides that are drawn one way and not the other, apart from those along the edge of the buffer.
fn open_sides(drawn: &Drawn) -> usize {
    let mut balance: BTreeMap<(Spot, Spot), i32> = BTreeMap::new();
    for (a, b) in
        drawn.iter().flat_map(|(_, polygons)| polygons.iter().flatten()).flat_map(|ring| sides(ring))
    {
        *balance.entry((a.min(b), a.max(b))).or_default() += if a < b { 1 } else { -1 };
    }
    let edge = |(a, b): &(Spot, Spot)| {
        (0..2).any(|axis| a[axis] == b[axis] && [-BUFFER, EXTENT + BUFFER].contains(&a[axis]))
    };
    balance.iter().filter(|(side, sum)| **sum != 0 && !edge(side)).count()
}

const CORNER: Point = Point::new(1_065_000_000, 295_000_000);

/// Some 2,000 cells of about 180 m in a square, which no side crosses; and the middle of them.
fn city() -> (Vec<CellShape>, Point) {
    let square = CellShape::rectangle(CORNER, Point::new(CORNER.lon_e7 + 900_000, CORNER.lat_e7 + 800_000));
    let tree = Tree::of_totals(&[20, 2_000]).unwrap();
    let made = make(&square, &Plan { seed: 5, tree, triangles_per_leaf: 24 }).unwrap();
    let cells = made.at_depth(2).map(|(_, node)| node.shape.clone()).collect();
    (cells, Point::new(CORNER.lon_e7 + 450_000, CORNER.lat_e7 + 400_000))
}

#[test]
fn cells_around_a_tile_fill_it_exactly_with_every_side_drawn_by_both_neighbours() {
    let (cells, middle) = city();
    let areas = Areas::of(&cells).unwrap();
    for zoom in 14..=MOST_ZOOM {
        let found = drawn(&areas, Address::around(middle, zoom).unwrap());
        found.iter().for_each(|(_, polygons)| assert_valid(polygons));
        let sum: i64 = found.iter().map(|(_, polygons)| area(polygons)).sum();
        assert_eq!(sum, 2 * i64::from(EXTENT + 2 * BUFFER).pow(2), "zoom {zoom}");
        assert_eq!(open_sides(&found), 0, "zoom {zoom}");
    }
}

#[test]
fn neighbouring_tiles_agree_to_the_unit_on_every_corner_that_both_draw() {
    let (cells, middle) = city();
    let areas = Areas::of(&cells).unwrap();
    let tile = Address::around(middle, 14).unwrap();
    let east = Address::new(14, tile.x() + 1, tile.y()).unwrap();
    // Corners in the stripe that both buffers hold, clear of where they are cut.
    let stripe = |tile: Address, shift: i32| {
        let corners = drawn(&areas, tile).into_iter().flat_map(|(number, polygons)| {
            polygons.into_iter().flatten().flatten().map(move |[x, y]| (number, [x - shift, y]))
        });
        corners.filter(|(_, [x, y])| x.abs() < BUFFER && (-63..=4159).contains(y)).collect::<BTreeSet<_>>()
    };
    let (here, there) = (stripe(tile, EXTENT), stripe(east, 0));
    assert!(here.len() > 20, "the tiles share {} corners", here.len());
    assert_eq!(here, there);
}

/// Every pack's areas, level by level, in all tiles that a map asks for at the zooms where such areas are looked at.
#[test]
fn the_levels_of_every_pack_are_drawn_valid_whole_and_without_gaps() {
    let mut looked_at = 0;
    for pack in pack_cells::packs() {
        for level in pack_cells::levels(&pack) {
            let alone = level.len();
            // The ground of all together, thinned with them, to be compared with their sum.
            let ground = outline(&level);
            let mut shapes = level;
            shapes.push(ground);
            let areas = Areas::of(&shapes).unwrap();
            let (low, high) = shapes[alone].bounds().unwrap();
            // As a map shows them: exact, to the unit and the side.
            let least = if alone > 1_000 { 12 } else { 9 };
            for zoom in [least, least + 1, least + 2] {
                let name = format!("{} with {alone} areas at zoom {zoom}", pack.display());
                let Seen { sum, whole, open, tiles } =
                    look(&areas, alone, Address::over(low, high, zoom).unwrap());
                assert_eq!((sum, open), (whole, 0), "{name}");
                looked_at += tiles;
            }
            // All too small to be told apart: what crosses by snapping is rounded for each alone, and covers a little twice, but nothing is bare.
            for zoom in [6, 7, 8] {
                let name = format!("{} with {alone} areas at zoom {zoom}", pack.display());
                let Seen { sum, whole, .. } = look(&areas, alone, Address::over(low, high, zoom).unwrap());
                let twice = (sum - whole) as f64 / whole as f64;
                assert!((-1e-6..1e-3).contains(&twice), "{name}: {sum} of {whole}");
            }
        }
    }
    assert!(looked_at > 100, "{looked_at} tiles");
}

/// Doubled areas of all areas together and of the ground under them, sides that only one of them draws, and tiles.
struct Seen {
    sum: i64,
    whole: i64,
    open: usize,
    tiles: usize,
}

fn look(areas: &Areas, ground: usize, tiles: impl Iterator<Item = Address>) -> Seen {
    let mut seen = Seen { sum: 0, whole: 0, open: 0, tiles: 0 };
    for tile in tiles {
        let mut found = drawn(areas, tile);
        for (number, polygons) in &mut found {
            assert_valid(polygons);
            if *number == ground {
                seen.whole += area(polygons);
                // The other way round, so that its sides close those at the rim.
                polygons.iter_mut().flatten().for_each(|ring| ring.reverse());
            } else {
                seen.sum += area(polygons);
            }
        }
        seen.open += open_sides(&found);
        seen.tiles += 1;
    }
    seen
}

/// What the sides of all shapes leave uncancelled.
fn outline(shapes: &[CellShape]) -> CellShape {
    pack_cells::join(&shapes.iter().collect::<Vec<_>>())
}

#[test]
fn at_every_zoom_the_counts_of_all_clusters_add_up_to_all_points() {
    let mut dice = Dice(9);
    let mut dots: Vec<Dot> = Vec::new();
    for number in 0..4_000 {
        // A city, the rest of the world, and its edges.
        let at = match number % 8 {
            0 => Point::new(
                dice.between(-1_800_000_000, 1_800_000_000),
                dice.between(-850_511_287, 850_511_287),
            ),
            1 => Point::new(
                if number % 16 == 1 { 1_800_000_000 } else { -1_800_000_000 },
                dice.between(-100, 100),
            ),
            _ => Point::new(
                CORNER.lon_e7 + dice.between(0, 3_000_000),
                CORNER.lat_e7 + dice.between(0, 3_000_000),
            ),
        };
        dots.push(Dot { at, class: dice.between(0, 3) as u8 });
    }
    let expected: Vec<u32> =
        (0..4).map(|class| dots.iter().filter(|dot| dot.class == class).count() as u32).collect();
    let points = Points::of(&dots, 4).unwrap();
    for zoom in 0..=MOST_ZOOM {
        let tiles: BTreeSet<Address> =
            dots.iter().map(|dot| Address::around(dot.at, zoom).unwrap()).collect();
        let mut counts = vec![0; 4];
        let mut singles = BTreeSet::new();
        for tile in tiles {
            let clusters = points.clusters(tile, 4);
            assert_eq!(
                clusters.iter().map(|cluster| cluster.total()).sum::<u64>(),
                points.count(tile) as u64
            );
            assert!(clusters.len() <= 256);
            for cluster in clusters {
                let Parts::Points(spots) = cluster.geometry.parts() else { panic!("clusters are points") };
                assert!(spots[0].iter().all(|at| (0..EXTENT).contains(at)), "a cluster lies in its own tile");
                counts.iter_mut().zip(&cluster.counts).for_each(|(sum, count)| *sum += count);
                if let Some(number) = cluster.only {
                    assert_eq!(cluster.geometry, tile.point(dots[number].at).unwrap().unwrap());
                }
            }
            singles.extend(points.singles(tile).map(|(number, _)| number));
        }
        assert_eq!(counts, expected, "zoom {zoom}");
        assert_eq!(singles.len(), dots.len(), "zoom {zoom}");
    }
}

#[test]
fn clusters_do_not_depend_on_the_order_of_the_points() {
    let mut dice = Dice(10);
    let mut dots: Vec<Dot> = (0..1_000)
        .map(|_| Dot {
            at: Point::new(
                CORNER.lon_e7 + dice.between(0, 999_999),
                CORNER.lat_e7 + dice.between(0, 999_999),
            ),
            class: dice.between(0, 2) as u8,
        })
        .collect();
    let tile = Address::around(dots[0].at, 12).unwrap();
    let told = |dots: &[Dot]| {
        let clusters = Points::of(dots, 3).unwrap().clusters(tile, 4);
        clusters.into_iter().map(|cluster| (cluster.geometry, cluster.counts)).collect::<Vec<_>>()
    };
    let before = told(&dots);
    dots.reverse();
    assert_eq!(told(&dots), before);
    assert!(before.len() > 10);
}
