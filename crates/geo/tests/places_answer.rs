//! Areas, overlays and nesting.

use huying_geo::nesting::{Breach, breaches};
use huying_geo::places::Overlay;
use huying_geo::{Area, CellShape, Places, PlacesError, Point};
use smol_str::SmolStr;

fn area(code: &str, level: &str, parent: Option<&str>, bounds: Option<[i32; 4]>) -> Area {
    Area {
        code: code.into(),
        level: level.into(),
        parent: parent.map(SmolStr::new),
        shape: bounds.map(rectangle),
    }
}

fn rectangle([w, s, e, n]: [i32; 4]) -> CellShape {
    CellShape::rectangle(Point::new(w, s), Point::new(e, n))
}

/// A district without a shape, a street of two communities, the western one of two grids.
fn town() -> Vec<Area> {
    let corner = |p: &[(i32, i32)]| CellShape::from_ring(p.iter().map(|(x, y)| Point::new(*x, *y)).collect());
    let mut areas = vec![
        area("d", "district", None, None),
        area("d1", "street", Some("d"), None),
        area("d1a", "community", Some("d1"), None),
        area("d1b", "community", Some("d1"), Some([1_000, 0, 2_000, 1_000])),
        area("d1a1", "grid", Some("d1a"), Some([0, 0, 1_000, 500])),
        area("d1a2", "grid", Some("d1a"), Some([0, 500, 1_000, 1_000])),
    ];
    // Neighbours share every point, also those where only one of them turns.
    areas[2].shape = Some(corner(&[(0, 0), (1_000, 0), (1_000, 500), (1_000, 1_000), (0, 1_000), (0, 500)]));
    areas[3].shape = Some(corner(&[(1_000, 0), (2_000, 0), (2_000, 1_000), (1_000, 1_000), (1_000, 500)]));
    areas[1].shape =
        Some(corner(&[(0, 0), (1_000, 0), (2_000, 0), (2_000, 1_000), (1_000, 1_000), (0, 1_000), (0, 500)]));
    areas
}

#[test]
fn a_point_finds_its_leaf_every_area_above_it_and_all_overlays() {
    let overlay = |code: &str, bounds| Overlay { code: code.into(), shape: rectangle(bounds) };
    let overlays = [overlay("market", [100, 100, 300, 300]), overlay("flood", [200, 200, 1_500, 900])];
    let places = Places::build(&town(), &overlays).unwrap();
    let here = places.locate(Point::new(250, 250));
    assert_eq!(here.leaf().unwrap(), "d1a1");
    let levels: Vec<(&str, &str)> =
        here.areas().map(|(level, code)| (level.as_str(), code.as_str())).collect();
    assert_eq!(levels, vec![("grid", "d1a1"), ("community", "d1a"), ("street", "d1"), ("district", "d")]);
    assert_eq!(here.overlays, ["market", "flood"]);
    assert_eq!(here.at_level("street").unwrap(), "d1");
    assert!(here.at_level("building").is_none());
    // A community without grids is a leaf itself.
    assert_eq!(places.locate(Point::new(1_500, 950)).leaf().unwrap(), "d1b");
    assert!(places.locate(Point::new(1_500, 950)).overlays.is_empty());
    assert!(places.locate(Point::new(3_000, 0)).leaf().is_none());
    assert_eq!(places.by_code("d1b").and_then(|n| places.parent(n)), places.by_code("d1"));
}

#[test]
fn a_gap_between_the_leaves_still_finds_the_area_around_it() {
    let mut areas = town();
    areas[5].shape = Some(rectangle([0, 600, 1_000, 1_000]));
    let places = Places::build(&areas, &[]).unwrap();
    assert_eq!(places.locate(Point::new(500, 550)).leaf().unwrap(), "d1a");
    assert_eq!(places.locate(Point::new(500, 650)).leaf().unwrap(), "d1a2");
}

#[test]
fn areas_that_nest_have_no_breach_and_each_kind_of_breach_is_reported() {
    assert_eq!(breaches(&town()).unwrap(), vec![]);

    // The same ground, but with a point on a border that the area above does not have: still no breach.
    let mut areas = town();
    areas[2].shape = Some(rectangle([0, 0, 1_000, 1_000]));
    assert_eq!(breaches(&areas).unwrap(), vec![]);

    let with_north_grid = |bounds| {
        let mut areas = town();
        areas[5].shape = Some(rectangle(bounds));
        breaches(&areas).unwrap()
    };
    let outside = with_north_grid([0, 500, 1_200, 1_000]);
    assert!(outside.iter().any(|b| matches!(b, Breach::Outside { child, parent, points: 2, .. } if child == "d1a2" && parent == "d1a")), "{outside:?}");
    let overlap = with_north_grid([0, 400, 1_000, 1_000]);
    assert!(
        overlap.iter().any(
            |b| matches!(b, Breach::Overlap { first, second, .. } if first == "d1a1" && second == "d1a2")
        ),
        "{overlap:?}"
    );
    let gap = with_north_grid([0, 500, 1_000, 900]);
    assert!(
        gap.iter().any(|b| matches!(b, Breach::Gap { parent, points: 2, .. } if parent == "d1a")),
        "{gap:?}"
    );
    let inner_gap = with_north_grid([0, 600, 1_000, 1_000]);
    assert!(
        inner_gap.iter().any(|b| matches!(b, Breach::Size { parent, .. } if parent == "d1a")),
        "{inner_gap:?}"
    );
    assert!(inner_gap.iter().any(|b| b.to_string().contains("d1a has 12")), "{}", inner_gap[0]);
}

#[test]
fn tables_that_do_not_hang_together_are_refused_with_the_code() {
    let build = |areas: &[Area]| Places::build(areas, &[]).unwrap_err();
    let mut twice = town();
    twice.push(twice[3].clone());
    assert_eq!(build(&twice), PlacesError::Duplicate("d1b".into()));
    let mut orphan = town();
    orphan[3].parent = Some("d9".into());
    assert!(build(&orphan).to_string().contains("\"d1b\" names the parent \"d9\""));
    let mut circle = town();
    circle[0].parent = Some("d1".into());
    assert!(matches!(build(&circle), PlacesError::Circle(_)));
    let mut flat = town();
    flat[4].shape = Some(rectangle([0, 0, 1_000, 0]));
    assert!(build(&flat).to_string().starts_with("area \"d1a1\": shape"));
    let overlay = Overlay { code: "d1".into(), shape: rectangle([0, 0, 1, 1]) };
    assert_eq!(Places::build(&town(), &[overlay]).unwrap_err(), PlacesError::Duplicate("d1".into()));
}
