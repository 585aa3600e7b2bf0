//! The starter pack loads, and is what its README says.

use std::path::PathBuf;

use huying_geo::Point;
use huying_pack::{lint, load};

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(name)
}

#[test]
fn the_starter_pack_loads_and_its_lint_finds_no_error() {
    let pack = load(folder("starter")).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    });
    assert_eq!(pack.policy.current.matters.len(), 10);
    assert_eq!(pack.policy.org.areas.len(), 12);
    let report = lint(folder("starter"));
    println!("{report}");
    assert!(report.passed(), "{report}");
}

#[test]
fn a_point_of_the_starter_district_lies_in_the_grid_that_its_map_shows() {
    let pack = load(folder("starter")).unwrap();
    let found = |lon: f64, lat: f64| {
        let located = pack.places.locate(Point::from_degrees(lon, lat).unwrap());
        located.leaf().map(ToString::to_string)
    };
    assert_eq!(found(110.005, 30.015).as_deref(), Some("990101001001001"));
    assert_eq!(found(110.025, 30.005).as_deref(), Some("990101002001002"));
    assert_eq!(found(110.5, 30.005), None);
}

#[test]
fn the_demo_pack_has_the_numbers_of_its_source_and_its_lint_finds_no_error() {
    let report = lint(folder("jiangbei"));
    println!("{report}");
    assert!(report.passed(), "{report}");
    for (name, count) in [
        ("areas of level district", 1),
        ("areas of level street", 12),
        ("areas of level community", 132),
        ("areas of level grid", 1_359),
        ("areas of level micro", 7_111),
        ("shapes", 7_111),
        ("departments", 57),
        ("posts", 52),
        ("boards", 4),
        ("tracks", 24),
    ] {
        assert_eq!(report.count(name), count, "{name}");
    }
}

#[test]
fn the_demo_pack_keeps_every_class_and_condition_of_the_handling_standard() {
    let pack = load(folder("jiangbei")).unwrap();
    let standard =
        |code: &huying_model::MatterCode| pack.basis.get(code).is_some_and(|basis| basis.starts_with("GB/T"));
    let matters = pack.policy.current.matters.values().filter(|matter| standard(&matter.code));
    let (classes, conditions) = matters.fold((0, 0), |(n, m), matter| (n + 1, m + matter.conditions.len()));
    assert_eq!((classes, conditions), (190, 519));
}
