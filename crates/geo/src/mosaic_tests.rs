//! Layers whose overlaps, gaps and meetings are known, and random ones against a count of points.

use super::*;

/// A rectangle in units of about 1.1 m at the equator, and its square metres a unit.
fn rectangle(west: i32, south: i32, east: i32, north: i32) -> CellShape {
    CellShape::rectangle(Point::new(west * 100, south * 100), Point::new(east * 100, north * 100))
}

const UNIT: f64 = 1.236_43;

fn near(found: f64, wanted: f64) -> bool {
    (found - wanted).abs() < 0.01 * wanted.max(1.0)
}

#[test]
fn neighbours_that_share_a_border_point_for_point_or_not_hold_no_common_ground() {
    let exact = [rectangle(0, 0, 10, 10), rectangle(10, 0, 20, 10), rectangle(0, 10, 20, 20)];
    assert_eq!(overlaps(&exact), []);
    assert_eq!(gaps(&exact), []);
}

#[test]
fn a_strip_that_two_cells_hold_is_measured_and_one_that_none_holds_too() {
    let cells = [rectangle(0, 0, 12, 10), rectangle(10, 0, 20, 10), rectangle(0, 10, 20, 20)];
    let found = overlaps(&cells);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].first, found[0].second), (0, 1));
    assert!(near(found[0].square_metres, 20.0 * UNIT), "{found:?}");
    let ring = [
        rectangle(0, 0, 30, 10),
        rectangle(0, 20, 30, 30),
        rectangle(0, 10, 10, 20),
        rectangle(20, 10, 30, 20),
    ];
    let found = gaps(&ring);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(near(found[0].square_metres, 100.0 * UNIT), "{found:?}");
    assert_eq!(found[0].beside, vec![0, 1, 2, 3]);
    assert_eq!(found[0].example, Point::new(1500, 1500));
    // A bay that is open to the world is none.
    assert_eq!(gaps(&ring[..3]), []);
}

#[test]
fn one_cell_within_another_and_the_same_cell_twice_are_overlaps_and_a_filled_hole_is_none() {
    let (outer, inner) = (rectangle(0, 0, 30, 30), rectangle(10, 10, 20, 20));
    assert_eq!(overlaps(&[outer.clone(), inner.clone()]).len(), 1);
    assert_eq!(overlaps(&[outer.clone(), outer.clone()]).len(), 1);
    let mut holed = outer;
    holed.rings.extend(inner.rings.clone());
    assert_eq!(overlaps(&[holed.clone(), inner.clone()]), []);
    assert_eq!(gaps(&[holed.clone(), inner]), []);
    assert_eq!(gaps(&[holed]).len(), 1);
}

#[test]
fn outlines_meet_in_a_cell_only_as_their_ground_does() {
    let cell = rectangle(0, 0, 20, 10);
    let sets = |outlines: &[CellShape]| meeting(&cell, outlines);
    assert_eq!(sets(&[]), vec![Vec::<usize>::new()]);
    let (left, middle, far) = (rectangle(-5, -5, 10, 15), rectangle(8, 0, 12, 10), rectangle(20, 0, 30, 10));
    assert_eq!(sets(&[left.clone(), far]), vec![vec![], vec![0]]);
    assert_eq!(sets(&[left, middle]), vec![vec![], vec![0], vec![0, 1], vec![1]]);
    assert_eq!(sets(&[rectangle(-1, -1, 21, 11)]), vec![vec![0]]);
}

#[test]
fn random_triangles_meet_and_overlap_as_a_fine_raster_says() {
    let mut dice: u64 = 77;
    let mut roll = |bound: i32| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as i32 % bound
    };
    for _ in 0..60 {
        let mut triangle =
            || CellShape::from_ring((0..3).map(|_| Point::new(roll(400) * 100, roll(400) * 100)).collect());
        let shapes: Vec<CellShape> = (0..3).map(|_| triangle()).collect();
        if shapes.iter().any(|shape| shape.checked_rings(0).is_err()) {
            continue;
        }
        // Points between the corners' raster, so that none lies on a corner.
        let mut counted: BTreeMap<Vec<bool>, usize> = BTreeMap::new();
        for x in 0..200 {
            for y in 0..200 {
                let p = Point::new(x * 200 + 51, y * 200 + 53);
                let held = |shape: &CellShape| middle_inside((p, p), &Outline::of(shape).unwrap().sides);
                *counted.entry(shapes.iter().map(held).collect()).or_default() += 1;
            }
        }
        let sets = meeting(&shapes[0], &shapes[1..]);
        for (held, count) in &counted {
            let set: Vec<usize> = (0..2).filter(|n| held[n + 1]).collect();
            assert!(!held[0] || *count < 3 || sets.contains(&set), "{held:?} {count} not in {sets:?}");
        }
        let found = overlaps(&shapes);
        for (first, second) in [(0, 1), (0, 2), (1, 2)] {
            let points: usize =
                counted.iter().filter(|(held, _)| held[first] && held[second]).map(|(_, count)| *count).sum();
            let wanted = points as f64 * 4.0 * UNIT;
            let told = found
                .iter()
                .find(|o| (o.first, o.second) == (first, second))
                .map_or(0.0, |o| o.square_metres);
            assert!((told - wanted).abs() < 900.0 + wanted * 0.05, "{told} wanted {wanted}: {shapes:?}");
        }
    }
}
