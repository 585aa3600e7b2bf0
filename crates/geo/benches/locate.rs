//! From a point to its cell: lookups a second on one core, with an R-tree over exact polygons beside it in the same run;
//! and what building and making cost.
//!
//! 7,111 cells of 32 to 188 points with 1,359 areas above them, a million places in random order (the worst for
//! caches) and in map order. Run with `cargo bench -p huying-geo`; items a second are lookups a second.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a bench fails loudly and reports sizes beside times"
)]

#[path = "../tests/lattice/mod.rs"]
mod lattice;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use geo::Intersects;
use huying_geo::maker::{Plan, Tree, make};
use huying_geo::{Area, CellIndex, CellShape, Places, Point};
use lattice::Dice;
use rstar::primitives::{GeomWithData, Rectangle};

const LEAVES: usize = 7_111;
const GRIDS: usize = 1_359;
const POINTS: usize = 1_000_000;
const SIZE: i32 = 18_000;
const CORNER: Point = Point::new(1_065_000_000, 295_000_000);

fn main() {
    divan::main();
}

fn leaves() -> Vec<CellShape> {
    let mut cells = lattice::cells(CORNER, (85, 84), SIZE, (8, 47), 1);
    cells.truncate(LEAVES);
    cells
}

fn places() -> Places {
    let grid =
        |n: usize| Area { code: format!("g{n}").into(), level: "grid".into(), parent: None, shape: None };
    let leaf = |(n, shape)| Area {
        code: format!("m{n}").into(),
        level: "micro".into(),
        parent: Some(format!("g{}", n * GRIDS / LEAVES).into()),
        shape: Some(shape),
    };
    let areas: Vec<Area> = (0..GRIDS).map(grid).chain(leaves().into_iter().enumerate().map(leaf)).collect();
    Places::build(&areas, &[]).unwrap()
}

fn points() -> Vec<Point> {
    let mut dice = Dice(2);
    let mut along = |from: i32, cells: i32| dice.between(from, from + cells * SIZE);
    (0..POINTS).map(|_| Point::new(along(CORNER.lon_e7, 85), along(CORNER.lat_e7, 83))).collect()
}

/// Sorted by squares of about a cell's size, as a batch import can do.
fn points_in_map_order() -> Vec<Point> {
    let mut points = points();
    points.sort_by_key(|p| ((p.lat_e7 - CORNER.lat_e7) / SIZE, (p.lon_e7 - CORNER.lon_e7) / SIZE));
    points
}

#[divan::bench(sample_count = 15, sample_size = 1)]
fn leaf_lookups_in_random_order(bencher: Bencher) {
    let (index, points) = (CellIndex::build(&leaves()).unwrap(), points());
    eprintln!("index: {:.1} MB", index.bytes() as f64 / 1e6);
    bencher
        .counter(ItemsCount::new(POINTS))
        .bench_local(|| points.iter().filter_map(|p| index.find(*p)).map(u64::from).sum::<u64>());
}

#[divan::bench(sample_count = 15, sample_size = 1)]
fn leaf_lookups_in_map_order(bencher: Bencher) {
    let (index, points) = (CellIndex::build(&leaves()).unwrap(), points_in_map_order());
    bencher
        .counter(ItemsCount::new(POINTS))
        .bench_local(|| points.iter().filter_map(|p| index.find(*p)).map(u64::from).sum::<u64>());
}

/// 300,000 cells, far more than caches hold; wants some 3 GB. Run with `-- --ignored`.
#[divan::bench(sample_count = 7, sample_size = 1, ignore)]
fn leaf_lookups_of_a_great_city_in_random_order(bencher: Bencher) {
    let shapes = lattice::cells(CORNER, (600, 500), SIZE, (8, 47), 1);
    let start = std::time::Instant::now();
    let index = CellIndex::build(&shapes).unwrap();
    eprintln!("index: {:.0} MB, built in {:.1} s", index.bytes() as f64 / 1e6, start.elapsed().as_secs_f64());
    let mut dice = Dice(2);
    let mut along = |from: i32, cells: i32| dice.between(from, from + cells * SIZE);
    let points: Vec<Point> =
        (0..POINTS).map(|_| Point::new(along(CORNER.lon_e7, 600), along(CORNER.lat_e7, 500))).collect();
    bencher
        .counter(ItemsCount::new(POINTS))
        .bench_local(|| points.iter().filter_map(|p| index.find(*p)).map(u64::from).sum::<u64>());
}

#[divan::bench(sample_count = 15, sample_size = 1)]
fn leaf_and_parent_in_random_order(bencher: Bencher) {
    let (places, points) = (places(), points());
    bencher.counter(ItemsCount::new(POINTS)).bench_local(|| {
        let parent = |p: &Point| places.parent(places.area_at(*p)?);
        points.iter().filter_map(parent).map(u64::from).sum::<u64>()
    });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn locate_with_codes_in_random_order(bencher: Bencher) {
    let (places, points) = (places(), points());
    bencher.counter(ItemsCount::new(POINTS)).bench_local(|| {
        let codes = |p: &Point| places.locate(*p).areas().map(|(_, code)| code.len()).sum::<usize>();
        points.iter().map(codes).sum::<usize>()
    });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn baseline_rstar_and_geo_in_random_order(bencher: Bencher) {
    let degrees = |p: &Point| geo::Coord { x: p.lon(), y: p.lat() };
    let polygon = |shape: &CellShape| {
        let line = |ring: &Vec<Point>| geo::LineString::new(ring.iter().map(degrees).collect());
        geo::Polygon::new(line(&shape.rings[0]), shape.rings[1..].iter().map(line).collect())
    };
    let shapes = leaves();
    let polygons: Vec<geo::Polygon<f64>> = shapes.iter().map(polygon).collect();
    let boxed = |(n, shape): (usize, &CellShape)| {
        let (low, high) = shape.bounds().unwrap();
        GeomWithData::new(Rectangle::from_corners([low.lon(), low.lat()], [high.lon(), high.lat()]), n)
    };
    let tree = rstar::RTree::bulk_load(shapes.iter().enumerate().map(boxed).collect());
    let points: Vec<geo::Coord<f64>> = points().iter().map(degrees).collect();
    bencher.counter(ItemsCount::new(POINTS)).bench_local(|| {
        let find = |p: &geo::Coord<f64>| {
            tree.locate_all_at_point([p.x, p.y])
                .map(|hit| hit.data)
                .filter(|n| polygons[*n].intersects(p))
                .min()
        };
        points.iter().filter_map(find).sum::<usize>()
    });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn build_the_index(bencher: Bencher) {
    let shapes = leaves();
    bencher.counter(ItemsCount::new(LEAVES)).bench_local(|| CellIndex::build(black_box(&shapes)).unwrap());
}

/// Streets, communities, grids and micro-grids of a district in an outline of 60 points.
#[divan::bench(args = [24, 60], sample_count = 1, sample_size = 1)]
fn make_a_district(triangles_per_leaf: u32) -> u64 {
    let mut dice = Dice(8);
    // A rough disc: 20 directions on a circle of 8 km, pulled in or out.
    const CIRCLE: [(i32, i32); 20] = [
        (100, 0),
        (95, 31),
        (81, 59),
        (59, 81),
        (31, 95),
        (0, 100),
        (-31, 95),
        (-59, 81),
        (-81, 59),
        (-95, 31),
        (-100, 0),
        (-95, -31),
        (-81, -59),
        (-59, -81),
        (-31, -95),
        (0, -100),
        (31, -95),
        (59, -81),
        (81, -59),
        (95, -31),
    ];
    let pulled = CIRCLE.map(|(x, y)| {
        let reach = dice.between(5_000, 9_000);
        Point::new(CORNER.lon_e7 + x * reach, CORNER.lat_e7 + y * reach)
    });
    let tree = Tree::of_totals(&[12, 132, GRIDS, LEAVES]).unwrap();
    let made =
        make(&CellShape::from_ring(pulled.to_vec()), &Plan { seed: 1, tree, triangles_per_leaf }).unwrap();
    let mut sizes: Vec<usize> = made.at_depth(4).map(|(_, node)| node.shape.rings[0].len()).collect();
    let mut areas: Vec<i128> = made.at_depth(4).map(|(_, node)| node.shape.doubled_area()).collect();
    sizes.sort_unstable();
    areas.sort_unstable();
    let at = |part: usize| sizes[(LEAVES - 1) * part / 100];
    let text = made.features(4, |_| geojson::JsonObject::new()).len();
    eprintln!(
        "{triangles_per_leaf} triangles a leaf: {} to {} points (median {}), area max/min {:.1}, leaves' GeoJSON {:.1} MB",
        at(0),
        at(100),
        at(50),
        areas[LEAVES - 1] as f64 / areas[0] as f64,
        text as f64 / 1e6
    );
    made.fingerprint()
}
