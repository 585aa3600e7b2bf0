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
