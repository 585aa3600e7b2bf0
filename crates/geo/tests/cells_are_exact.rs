//! The cell index against geo's exact predicates and against the border rule written out plainly.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

#[allow(dead_code, reason = "the benches use what this test does not")]
mod lattice;

use geo::{Contains, Intersects};
use huying_geo::{CellIndex, CellShape, Point, ShapeError};
use lattice::{Dice, cells};
use proptest::prelude::*;

/// A cell as geo sees it, with its box.
struct Exact {
    polygons: geo::MultiPolygon<f64>,
    low: Point,
    high: Point,
}

fn coord(point: Point) -> geo::Coord<f64> {
    geo::Coord { x: f64::from(point.lon_e7), y: f64::from(point.lat_e7) }
}

fn line(ring: &[Point]) -> geo::LineString<f64> {
    geo::LineString::new(ring.iter().map(|p| coord(*p)).collect())
}

/// First ring is the outer one, the others are holes in it.
fn exact(shape: &CellShape) -> Exact {
    let (low, high) = shape.bounds().unwrap();
    let holes = shape.rings[1..].iter().map(|ring| line(ring)).collect();
    let polygon = geo::Polygon::new(line(&shape.rings[0]), holes);
    Exact { polygons: geo::MultiPolygon::new(vec![polygon]), low, high }
}

/// The owner by the border rule, asked of geo: the point moved a little east and much less north; else the first cell
/// that the point itself touches. The steps are far below the distance of a whole point to any line that misses it.
fn owner(exact: &[Exact], p: Point) -> Option<u32> {
    let near = |cell: &Exact| {
        (cell.low.lon_e7..=cell.high.lon_e7).contains(&p.lon_e7)
            && (cell.low.lat_e7..=cell.high.lat_e7).contains(&p.lat_e7)
    };
    let moved = geo::Coord { x: f64::from(p.lon_e7) + 1e-4, y: f64::from(p.lat_e7) + 1e-8 };
    let mut touched = None;
    for (number, cell) in exact.iter().enumerate().filter(|(_, cell)| near(cell)) {
        if cell.polygons.contains(&moved) {
            return Some(number as u32);
        }
        if touched.is_none() && cell.polygons.intersects(&coord(p)) {
            touched = Some(number as u32);
        }
    }
    touched
}

/// Small coordinates, so that geo's floating point can hold the tiny steps of [`owner`].
fn test_layer() -> Vec<CellShape> {
    let mut layer = cells(Point::new(-40_000, -40_000), (20, 20), 4_000, (8, 40), 7);
    // Every seventh cell gets a hole, and the hole a cell of its own.
    for number in (0..layer.len()).step_by(7) {
        let (low, high) = layer[number].bounds().unwrap();
        let (x, y) = (((low.lon_e7 + high.lon_e7) / 2) & !1, ((low.lat_e7 + high.lat_e7) / 2) & !1);
        let hole = vec![Point::new(x - 600, y - 500), Point::new(x + 620, y - 480), Point::new(x, y + 700)];
        layer[number].rings.push(hole.clone());
        layer.push(CellShape::from_ring(hole));
    }
    layer
}

#[test]
fn a_million_points_get_the_answer_of_exact_geometry_a_tenth_of_them_within_a_billionth_degree_of_a_border() {
    let layer = test_layer();
    let index = CellIndex::build(&layer).unwrap();
    let exact: Vec<Exact> = layer.iter().map(exact).collect();
    let mut dice = Dice(11);
    let (mut inside, mut outside) = (0u32, 0u32);
    for round in 0..1_000_000 {
        let point = if round % 10 == 0 { beside_a_border(&layer, &mut dice) } else { anywhere(&mut dice) };
        let found = index.find(point);
        assert_eq!(found, owner(&exact, point), "{point:?}");
        if found.is_some() { inside += 1 } else { outside += 1 }
    }
    assert!(inside > 700_000 && outside > 10_000, "{inside} inside, {outside} outside");
}

fn anywhere(dice: &mut Dice) -> Point {
    Point::new(dice.between(-43_000, 43_000), dice.between(-43_000, 43_000))
}

/// A place in degrees within 1e-9 of a border, snapped as every input is.
fn beside_a_border(layer: &[CellShape], dice: &mut Dice) -> Point {
    let shape = &layer[dice.between(0, layer.len() as i32 - 1) as usize];
    let ring = &shape.rings[dice.between(0, shape.rings.len() as i32 - 1) as usize];
    let side = dice.between(0, ring.len() as i32 - 1) as usize;
    let (a, b) = (ring[side], ring[(side + 1) % ring.len()]);
    let along = f64::from(dice.between(0, 1_000_000)) / 1e6;
    let off = |dice: &mut Dice| f64::from(dice.between(-1_000, 1_000)) * 1e-12;
    let lon = a.lon() + (b.lon() - a.lon()) * along + off(dice);
    let lat = a.lat() + (b.lat() - a.lat()) * along + off(dice);
    Point::from_degrees(lon, lat).unwrap()
}

#[test]
fn every_vertex_and_every_middle_of_a_side_belongs_to_the_cell_that_the_border_rule_names() {
    let layer = test_layer();
    let index = CellIndex::build(&layer).unwrap();
    let exact: Vec<Exact> = layer.iter().map(exact).collect();
    let mut checked = 0;
    for ring in layer.iter().flat_map(|shape| &shape.rings) {
        for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            let middle = Point::new((a.lon_e7 + b.lon_e7) / 2, (a.lat_e7 + b.lat_e7) / 2);
            for point in [*a, middle] {
                let found = index.find(point);
                assert!(found.is_some(), "a border point without owner: {point:?}");
                assert_eq!(found, owner(&exact, point), "{point:?}");
                checked += 1;
            }
        }
    }
    assert!(checked > 50_000, "{checked}");
}

#[test]
fn the_east_cell_owns_a_border_the_north_cell_a_level_one_and_nobody_behind_gives_it_to_the_lowest() {
    let square = |w, s| CellShape::rectangle(Point::new(w, s), Point::new(w + 100, s + 100));
    // 0 south-west, 1 south-east, 2 north-west, 3 north-east.
    let index = CellIndex::build(&[square(0, 0), square(100, 0), square(0, 100), square(100, 100)]).unwrap();
    let at = |x, y| index.find(Point::new(x, y));
    assert_eq!(at(100, 50), Some(1));
    assert_eq!(at(50, 100), Some(2));
    assert_eq!(at(100, 100), Some(3));
    assert_eq!(at(0, 0), Some(0));
    assert_eq!(at(200, 50), Some(1), "nothing lies east of the outer border");
    assert_eq!(at(200, 100), Some(1), "two cells end here: the lowest");
    assert_eq!(at(200, 200), Some(3));
    assert_eq!(at(100, 200), Some(2), "the corner of two: the lowest");
    assert_eq!(at(201, 50), None);
    assert_eq!(at(-1, 50), None);
}

#[test]
fn overlapping_cells_answer_all_and_the_lowest_first() {
    let square = |w| CellShape::rectangle(Point::new(w, 0), Point::new(w + 100, 100));
    let index = CellIndex::build(&[square(0), square(50), square(60)]).unwrap();
    assert_eq!(index.find_all(Point::new(70, 50)), vec![0, 1, 2]);
    assert_eq!(index.find(Point::new(70, 50)), Some(0));
    assert_eq!(index.find_all(Point::new(55, 50)), vec![0, 1]);
    assert_eq!(index.find_all(Point::new(160, 50)), vec![2]);
    assert_eq!(index.find_all(Point::new(161, 50)), Vec::<u32>::new());
}

#[test]
fn more_cells_at_one_place_than_a_mask_has_bits_are_all_found() {
    let stack: Vec<CellShape> =
        (0..100).map(|n| CellShape::rectangle(Point::new(n, n), Point::new(1_000, 1_000))).collect();
    let index = CellIndex::build(&stack).unwrap();
    assert_eq!(index.find_all(Point::new(500, 500)), (0..100).collect::<Vec<u32>>());
    assert_eq!(index.find_all(Point::new(70, 90)), (0..=70).collect::<Vec<u32>>());
    let far = index.find_all(Point::new(1_000, 1_000));
    assert_eq!(far, vec![0], "the outer corner belongs to the lowest alone");
}

#[test]
fn cells_as_wide_as_a_continent_stay_exact() {
    let (w, e) = (-1_000_000_001, 1_147_000_003);
    let south = CellShape::from_ring(vec![
        Point::new(w, -800_000_007),
        Point::new(e, -700_000_001),
        Point::new(e, 800_000_013),
    ]);
    let north = CellShape::from_ring(vec![
        Point::new(w, -800_000_007),
        Point::new(e, 800_000_013),
        Point::new(w, 800_000_000),
    ]);
    let index = CellIndex::build(&[south.clone(), north.clone()]).unwrap();
    let mut dice = Dice(3);
    for _ in 0..100_000 {
        let point =
            Point::new(dice.between(-1_500_000_000, 1_500_000_000), dice.between(-900_000_000, 900_000_000));
        assert_eq!(
            index.find(point),
            plain(&[south.clone(), north.clone()], point).first().copied(),
            "{point:?}"
        );
    }
}

#[test]
fn input_that_cannot_be_indexed_is_an_error_that_names_the_shape() {
    let good = CellShape::rectangle(Point::new(0, 0), Point::new(9, 9));
    let flat = CellShape::from_ring(vec![Point::new(0, 0), Point::new(5, 5), Point::new(9, 9)]);
    let no_area = CellIndex::build(&[good.clone(), flat]).unwrap_err();
    assert_eq!(no_area, ShapeError::NoArea { shape: 1, ring: 0, points: 3 });
    let far = CellShape::rectangle(Point::new(-1_800_000_000, 0), Point::new(1_800_000_000, 9));
    assert_eq!(CellIndex::build(&[far]).unwrap_err(), ShapeError::TooWide);
    assert_eq!(CellIndex::build(&[CellShape::default()]).unwrap_err(), ShapeError::Empty { shape: 0 });
    assert_eq!(CellIndex::build(&[]).unwrap().find(Point::new(0, 0)), None);
    assert!(CellIndex::build(&[good]).unwrap().covers(Point::new(9, 9)));
}

/// The border rule without raster: count the sides west of the point, moved as the rule says.
fn plain(layer: &[CellShape], p: Point) -> Vec<u32> {
    let (px, py) = (i128::from(p.lon_e7), i128::from(p.lat_e7));
    let sides = |shape: &CellShape| -> Vec<[i128; 4]> {
        let each = |ring: &Vec<Point>| {
            let next = ring.iter().cycle().skip(1);
            ring.iter()
                .zip(next)
                .map(|(a, b)| [a.lon_e7, a.lat_e7, b.lon_e7, b.lat_e7].map(i128::from))
                .collect::<Vec<_>>()
        };
        shape.rings.iter().flat_map(each).collect()
    };
    let holds = |shape: &CellShape| {
        let west = |[ax, ay, bx, by]: &[i128; 4]| {
            (*ay <= py) != (*by <= py) && {
                // Longitude of the side at the point's height, against the point's, both times the rise.
                let (rise, at) = (by - ay, ax * (by - ay) + (bx - ax) * (py - ay));
                if rise > 0 { at <= px * rise } else { at >= px * rise }
            }
        };
        sides(shape).iter().filter(|side| west(side)).count() % 2 == 1
    };
    let touches = |shape: &CellShape| {
        // A side that the cell draws twice is no border.
        let all = sides(shape);
        let same = |s: &[i128; 4], t: &[i128; 4]| s == t || *s == [t[2], t[3], t[0], t[1]];
        all.iter().any(|side| {
            let [ax, ay, bx, by] = *side;
            all.iter().filter(|other| same(side, other)).count() % 2 == 1
                && (bx - ax) * (py - ay) == (by - ay) * (px - ax)
                && (ax.min(bx)..=ax.max(bx)).contains(&px)
                && (ay.min(by)..=ay.max(by)).contains(&py)
        })
    };
    let held: Vec<u32> = (0..layer.len() as u32).filter(|n| holds(&layer[*n as usize])).collect();
    if !held.is_empty() {
        return held;
    }
    (0..layer.len() as u32).find(|n| touches(&layer[*n as usize])).into_iter().collect()
}

fn ring(reach: i32) -> impl Strategy<Value = Vec<Point>> {
    prop::collection::vec((-reach..=reach, -reach..=reach).prop_map(|(x, y)| Point::new(x, y)), 0..9)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_rings_crossing_and_overlapping_or_not_answer_by_the_plain_rule_or_are_refused(
        layer in prop::collection::vec(prop::collection::vec(ring(60), 1..4), 1..6),
    ) {
        let layer: Vec<CellShape> = layer.into_iter().map(|rings| CellShape { rings }).collect();
        let usable: Vec<CellShape> =
            layer.iter().filter(|shape| shape.checked_rings(0).is_ok()).cloned().collect();
        prop_assert_eq!(CellIndex::build(&layer).is_ok(), usable.len() == layer.len());
        let index = CellIndex::build(&usable).unwrap();
        for x in -62..=62 {
            for y in (-62..=62).step_by(3) {
                let point = Point::new(x, y);
                let all = plain(&usable, point);
                prop_assert_eq!(index.find(point), all.first().copied(), "{:?}", point);
                prop_assert_eq!(index.find_all(point), all, "{:?}", point);
            }
        }
    }
}
