//! Made cells: no gap, no overlap, the wanted numbers, the same every time.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use std::collections::BTreeSet;

use geo::Validation;
use huying_geo::maker::{Made, MakeError, Plan, Tree, make};
use huying_geo::nesting::breaches;
use huying_geo::polygons::polygons;
use huying_geo::{Area, CellIndex, CellShape, Datum, Point};
use proptest::prelude::*;

fn ring(points: &[(i32, i32)]) -> Vec<Point> {
    points.iter().map(|(x, y)| Point::new(1_065_000_000 + x * 1_000, 296_000_000 + y * 1_000)).collect()
}

/// A bay, a lake and an island, some 5 km across.
fn coast() -> CellShape {
    CellShape {
        rings: vec![
            ring(&[
                (0, 0),
                (300, -20),
                (520, 90),
                (480, 300),
                (260, 280),
                (240, 180),
                (200, 290),
                (210, 450),
                (-30, 430),
            ]),
            ring(&[(60, 250), (130, 240), (140, 330), (70, 350)]),
            ring(&[(580, 100), (690, 130), (660, 240), (570, 210)]),
        ],
    }
}

fn plan(seed: u64, tree: Tree) -> Plan {
    Plan { seed, tree, triangles_per_leaf: 30 }
}

fn coastal_tree() -> Tree {
    Tree::of_counts(&[3, 1, 7, 4]).grow(40).unwrap().grow(170).unwrap()
}

type Side = (Point, Point);

fn directed(shape: &CellShape) -> Vec<Side> {
    let of = |ring: &Vec<Point>| {
        ring.iter().copied().zip(ring.iter().copied().cycle().skip(1)).collect::<Vec<_>>()
    };
    shape.rings.iter().flat_map(of).collect()
}

/// Every side once in its direction, and those without a partner are exactly the outline: then the cells of the level cover the
/// outline once, everywhere.
fn assert_tiles(outline: &CellShape, cells: &[&CellShape]) {
    let all: Vec<Side> = cells.iter().flat_map(|cell| directed(cell)).collect();
    let once: BTreeSet<Side> = all.iter().copied().collect();
    assert_eq!(once.len(), all.len(), "a side is drawn twice in one direction: cells overlap");
    let unpaired: BTreeSet<Side> = once.iter().copied().filter(|(a, b)| !once.contains(&(*b, *a))).collect();
    assert_eq!(unpaired, directed(outline).into_iter().collect(), "a gap or an overhang");
    assert!(cells.iter().all(|cell| cell.doubled_area() > 0));
    let sum: i128 = cells.iter().map(|cell| cell.doubled_area()).sum();
    assert_eq!(sum, outline.doubled_area());
}

fn assert_exact(made: &Made) {
    let deepest = made.nodes.iter().map(|node| node.depth).max().unwrap();
    for (number, node) in (0..).zip(&made.nodes) {
        let below: Vec<&CellShape> =
            made.nodes.iter().filter(|n| n.parent == Some(number)).map(|n| &n.shape).collect();
        if !below.is_empty() {
            assert_tiles(&node.shape, &below);
        }
    }
    for depth in 0..=deepest {
        let level: Vec<&CellShape> = made.at_depth(depth).map(|(_, node)| &node.shape).collect();
        assert_tiles(&made.nodes[0].shape, &level);
    }
}

/// The tree that the nodes form, read back.
fn tree_of(made: &Made, number: u32) -> Tree {
    let children = (0..).zip(&made.nodes).filter(|(_, node)| node.parent == Some(number));
    Tree { children: children.map(|(child, _)| tree_of(made, child)).collect() }
}

#[test]
fn a_coast_with_lake_and_island_is_split_without_gap_or_overlap_into_exactly_the_wanted_tree() {
    let made = make(&coast(), &plan(5, coastal_tree())).unwrap();
    assert_eq!(tree_of(&made, 0), coastal_tree());
    assert_eq!(made.nodes.len(), 1 + 4 + 15 + 40 + 170);
    assert_exact(&made);
    // The outline only got points along its long sides, each moved by less than a unit.
    let (given, got) = (CellShape { rings: coast().rings }, &made.nodes[0].shape);
    let oriented: i128 = polygons(&given).iter().flatten().map(|r| huying_geo::shape::doubled_area(r)).sum();
    assert!((oriented - got.doubled_area()).abs() < oriented / 1_000_000);
    assert_eq!(polygons(got).len(), 2, "land and island");
    let kept: BTreeSet<Point> = got.rings.iter().flatten().copied().collect();
    assert!(given.rings.iter().flatten().all(|p| kept.contains(p)));
    // Nobody lives in the lake.
    let leaves: Vec<CellShape> = made.at_depth(4 - 1).map(|(_, node)| node.shape.clone()).collect();
    let index = CellIndex::build(&leaves).unwrap();
    assert_eq!(index.find(ring(&[(100, 290)])[0]), None);
    assert!(index.find(ring(&[(620, 170)])[0]).is_some());
}

#[test]
fn the_same_seed_makes_the_same_cells_and_another_seed_others() {
    let twice = [(); 2].map(|()| make(&coast(), &plan(1, coastal_tree())).unwrap());
    assert_eq!(twice[0], twice[1]);
    let other = make(&coast(), &plan(2, coastal_tree())).unwrap();
    assert_ne!(other.fingerprint(), twice[0].fingerprint());
    // The number pins the cells of a shipped pack: a change of the maker that moves them must be meant.
    assert_eq!(twice[0].fingerprint(), 0x33f4_f177_c847_7e8a, "{:#x}", twice[0].fingerprint());
}

#[test]
fn made_levels_pass_the_nesting_check_that_imports_must_pass() {
    let made = make(&coast(), &plan(3, coastal_tree())).unwrap();
    let code = |number: u32| format!("{number}").into();
    let area = |(number, node): (u32, &huying_geo::maker::Node)| Area {
        code: code(number),
        level: format!("{}", node.depth).into(),
        parent: node.parent.map(code),
        shape: Some(node.shape.clone()),
    };
    let areas: Vec<Area> = (0..).zip(&made.nodes).map(area).collect();
    assert_eq!(breaches(&areas).unwrap(), vec![]);
}

#[test]
fn leaves_are_one_piece_each_valid_to_geo_and_of_like_size() {
    let mainland = CellShape { rings: coast().rings[..2].to_vec() };
    let made = make(&mainland, &plan(9, Tree::of_totals(&[12, 140]).unwrap())).unwrap();
    let leaves: Vec<&CellShape> = made.at_depth(2).map(|(_, node)| &node.shape).collect();
    for leaf in &leaves {
        assert_eq!(polygons(leaf).len(), 1, "a leaf in pieces");
        let line = |ring: &Vec<Point>| {
            ring.iter().map(|p| (f64::from(p.lon_e7), f64::from(p.lat_e7))).collect::<geo::LineString<f64>>()
        };
        let mut parts = polygons(leaf)[0].iter().map(line).collect::<Vec<_>>();
        let polygon = geo::Polygon::new(parts.remove(0), parts);
        assert!(polygon.is_valid(), "{polygon:?}");
    }
    let areas: Vec<i128> = leaves.iter().map(|leaf| leaf.doubled_area()).collect();
    let (least, most) = (areas.iter().min().unwrap(), areas.iter().max().unwrap());
    assert!(most / least < 8, "from {least} to {most}");
}

#[test]
fn made_files_are_marked_synthetic_and_read_back_as_they_were() {
    let made = make(&coast(), &plan(4, Tree::of(6))).unwrap();
    let name = |number: u32| {
        let mut properties = geojson::JsonObject::new();
        properties.insert("code".to_owned(), number.to_string().into());
        properties
    };
    let read = huying_geo::geojson::read(&made.features(1, name), Datum::Wgs84).unwrap();
    assert_eq!(read.len(), 6);
    for (feature, (number, node)) in read.iter().zip(made.at_depth(1)) {
        assert_eq!(feature.properties["synthetic"], true);
        assert_eq!(feature.properties["code"], number.to_string());
        assert_eq!(feature.shape.doubled_area(), node.shape.doubled_area());
    }
}

#[test]
fn an_outline_that_cannot_be_split_is_refused_with_the_mend() {
    let wrong = |outline: &CellShape, plan: &Plan| make(outline, plan).unwrap_err();
    let bow = CellShape::from_ring(ring(&[(0, 0), (100, 100), (100, 0), (0, 90)]));
    let crossing = wrong(&bow, &plan(1, Tree::of(4)));
    assert!(matches!(crossing, MakeError::Crossing { .. }), "{crossing}");
    assert!(crossing.to_string().contains("without crossings"));
    let tiny = CellShape::rectangle(Point::new(0, 0), Point::new(40, 40));
    assert!(matches!(wrong(&tiny, &plan(1, Tree::of(4))), MakeError::TooSmall(4)));
    assert!(matches!(wrong(&coast(), &plan(1, Tree::of(1_000_000))), MakeError::TooMany(_)));
    assert!(matches!(wrong(&CellShape::default(), &plan(1, Tree::of(4))), MakeError::Outline(_)));
    let crowded = Plan { triangles_per_leaf: 1, ..plan(1, Tree::of_totals(&[40, 400, 4_000]).unwrap()) };
    let crowded = wrong(&coast(), &crowded);
    assert!(
        matches!(crowded, MakeError::NoRoom { .. }) && crowded.to_string().contains("triangles_per_leaf")
    );
    // A tree without children makes the outline alone.
    assert_eq!(make(&coast(), &plan(1, Tree::leaf())).unwrap().nodes.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_rings_are_split_exactly_or_refused(
        rings in prop::collection::vec(prop::collection::vec((0i32..400, 0i32..400), 0..8), 0..4),
        counts in prop::collection::vec(1usize..6, 1..4),
        seed: u64,
    ) {
        let outline = CellShape { rings: rings.iter().map(|points| ring(points)).collect() };
        let tree = Tree::of_counts(&counts);
        if let Ok(made) = make(&outline, &plan(seed, tree.clone())) {
            prop_assert_eq!(tree_of(&made, 0), tree);
            assert_exact(&made);
        }
    }

    /// Outlines that never cross themselves: points at growing angles around a middle.
    #[test]
    fn any_star_is_split_exactly(
        reaches in prop::collection::vec(5i32..400, 8),
        counts in prop::collection::vec(1usize..9, 1..5),
        seed: u64,
    ) {
        const RAYS: [(i32, i32); 8] = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)];
        let points: Vec<(i32, i32)> = RAYS.iter().zip(&reaches).map(|((x, y), reach)| (x * reach, y * reach)).collect();
        let tree = Tree::of_counts(&counts);
        let made = make(&CellShape::from_ring(ring(&points)), &plan(seed, tree.clone())).unwrap();
        prop_assert_eq!(tree_of(&made, 0), tree);
        assert_exact(&made);
    }
}

/// Real outlines, where the shared data lies beside the checkout; they may not be shipped with the project.
#[test]
fn real_districts_are_split_exactly() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/areas");
    let Ok(files) = std::fs::read_dir(&folder) else {
        eprintln!("SKIPPED: no real outlines at {}; this test needs the shared data", folder.display());
        return;
    };
    let outlines = files.filter_map(Result::ok).map(|file| file.path());
    let mut seen = 0;
    for path in outlines.filter(|path| path.extension().is_some_and(|ending| ending == "geojson")) {
        let read = huying_geo::geojson::read(&std::fs::read_to_string(&path).unwrap(), Datum::Gcj02).unwrap();
        for feature in read {
            let made = make(&feature.shape, &plan(1, Tree::of_totals(&[5, 40, 200]).unwrap()));
            assert_exact(&made.unwrap_or_else(|error| panic!("{}: {error}", path.display())));
            seen += 1;
        }
    }
    assert!(seen > 0, "no outline in {}", folder.display());
}
