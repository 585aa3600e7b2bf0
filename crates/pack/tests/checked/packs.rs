//! Every pack that is shipped loads, is linted clean, tells its stories, and is what its README says.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use huying_geo::Point;
use huying_model::Seat;
use huying_pack::{Files, lint, load, synthetic};

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
        ("boards of the street catalogue", 4),
        ("tracks of the street catalogue", 24),
        ("matters of the street catalogue", 421),
        ("boards of the district catalogue", 7),
        ("tracks of the district catalogue", 56),
        ("matters of the district catalogue", 512),
        ("matters", 512),
        ("matters with made-up names", 179),
        ("reply templates", 69),
        ("indicators", 16),
    ] {
        assert_eq!(report.count(name), count, "{name}");
    }
}

#[test]
fn the_district_on_five_levels_has_the_numbers_of_its_source_and_its_lint_finds_no_error() {
    let report = lint(folder("laoshan"));
    assert!(report.passed(), "{report}");
    for (name, count) in [
        ("areas of level district", 1),
        ("areas of level street", 5),
        ("areas of level section", 25),
        ("areas of level community", 167),
        ("areas of level grid", 654),
        ("shapes", 654),
        ("departments", 17),
        ("matters", 233),
    ] {
        assert_eq!(report.count(name), count, "{name}");
    }
    let pack = load(folder("laoshan")).unwrap();
    assert_eq!(pack.levels.len(), 5);
    // The five ranks, and the members that stand in them or dispatch for them.
    let org = &pack.policy.org;
    let ranks = ["grid-detachment", "grid-battalion", "grid-squadron", "grid-squad", "grid-team"];
    let of_rank = |rank: &str| org.units.values().filter(|unit| unit.function.as_str() == rank).count();
    assert_eq!(ranks.map(of_rank), [1, 5, 25, 167, 654]);
    let chiefs = org.members.keys().filter(|id| id.as_str().starts_with("chief-")).count();
    let workers = org.members.keys().filter(|id| id.as_str().starts_with("worker-")).count();
    let dispatches = |member: &&huying_model::org::Member| {
        let centre = |unit: &huying_model::UnitId| org.is_centre(unit);
        let desk = |seat: &huying_model::actor::Seat| {
            use huying_model::actor::Role::{Administrator, Auditor, Leader, Supervisor};
            centre(&seat.unit) && ![Administrator, Auditor, Leader, Supervisor].contains(&seat.role)
        };
        member.seats.iter().any(desk)
    };
    let dispatchers = org.members.values().filter(dispatches).count();
    assert_eq!((chiefs, dispatchers, workers), (31, 50, 654), "735 members");
}

#[test]
fn the_street_that_is_a_tenant_of_its_own_has_the_numbers_of_its_source_and_its_lint_finds_no_error() {
    let report = lint(folder("lanling"));
    assert!(report.passed(), "{report}");
    for (name, count) in [
        ("areas of level street", 1),
        ("areas of level chief", 15),
        ("areas of level micro", 425),
        ("shapes", 425),
        ("matters", 222),
    ] {
        assert_eq!(report.count(name), count, "{name}");
    }
    let pack = load(folder("lanling")).unwrap();
    let of = |function: &str| {
        pack.policy.org.units.values().filter(|unit| unit.function.as_str() == function).count()
    };
    assert_eq!(of("pre-mediator"), 14);
    assert_eq!(of("micro-team"), 425, "each micro-grid has its action group");
}

#[test]
fn the_packs_keep_every_class_and_condition_of_the_handling_standard() {
    for name in ["jiangbei", "laoshan", "lanling"] {
        let pack = load(folder(name)).unwrap();
        let standard = |code: &huying_model::MatterCode| {
            pack.basis.get(code).is_some_and(|basis| basis.starts_with("GB/T"))
        };
        let matters = pack.policy.current.matters.values().filter(|matter| standard(&matter.code));
        let (classes, conditions) =
            matters.fold((0, 0), |(n, m), matter| (n + 1, m + matter.conditions.len()));
        assert_eq!((classes, conditions), (190, 519), "{name}");
    }
}

#[test]
fn every_policy_pack_has_the_numbers_of_its_source_and_its_lint_finds_no_error() {
    let haizhu: &[(&str, usize)] = &[
        ("areas of level street", 18),
        ("areas of level community", 267),
        ("areas of level grid", 267),
        ("shapes", 267),
        ("overlays", 6),
        ("departments", 38),
        ("matters", 221),
    ];
    let daxing: &[(&str, usize)] = &[
        ("areas of level street", 22),
        ("areas of level village", 703),
        ("areas of level grid", 2_799),
        ("shapes", 2_799),
        ("centres", 23),
        ("departments", 70),
        ("matters", 235),
    ];
    for (name, counts) in [("haizhu", haizhu), ("daxing", daxing)] {
        let report = lint(folder(name));
        assert!(report.passed(), "{name}: {report}");
        for (what, count) in counts {
            assert_eq!(report.count(what), *count, "{name}: {what}");
        }
    }
}

#[test]
fn the_calling_pack_has_four_call_entries_and_a_public_one_and_each_finds_who_answers() {
    let pack = load(folder("haizhu")).unwrap();
    let calls = pack.boards.iter().find(|board| board.code == "call").unwrap();
    let entries: Vec<&str> = calls.tracks.iter().map(|track| track.code.as_str()).collect();
    assert_eq!(entries, ["call/grid", "call/community", "call/street", "call/raised", "call/public"]);
    let (org, rules) = (&pack.policy.org, &pack.policy.current);
    let place = "440105002107001".into();
    let answers = entries.iter().map(|entry| {
        let matter = format!("{entry}/help").as_str().into();
        let (source, urgency) = (Default::default(), Default::default());
        let routing =
            rules.route(org, &matter, Some(&place), &[], source, urgency, rules.from, &Default::default());
        routing.unwrap().lead.to_string()
    });
    assert_eq!(
        answers.collect::<Vec<_>>(),
        [
            "station-440105002107",
            "port-street-xingang",
            "port-department",
            "port-raised",
            "port-public-xingang"
        ]
    );
}

#[test]
fn the_issue_grids_lie_over_the_fourteen_base_grids_of_one_street() {
    let pack = load(folder("haizhu")).unwrap();
    let org = &pack.policy.org;
    let mut streets = std::collections::BTreeSet::new();
    for shape in pack.shapes.overlays.values() {
        for point in shape.rings.iter().flatten() {
            let found = pack.places.locate(*point);
            assert!(found.leaf().is_some(), "a corner lies off the ground");
            streets.extend(found.at_level("street").map(ToString::to_string));
        }
    }
    assert_eq!(streets.len(), 1);
    let street = streets.first().unwrap().as_str().into();
    let base = org.areas.values().filter(|area| area.level.as_str() == "grid");
    assert_eq!(base.filter(|area| org.ancestors(&area.code).any(|above| above.code == street)).count(), 14);
}

#[test]
fn the_city_packs_load_and_their_lint_finds_no_error() {
    for (name, matters) in [("losangeles", 11), ("baltimore", 231)] {
        let report = lint(folder(name));
        assert!(report.passed(), "{name}: {report}");
        assert_eq!(report.count("matters"), matters, "{name}");
    }
}

#[test]
fn every_story_of_every_pack_is_so() {
    for (name, stories) in [
        ("starter", 2),
        ("firefly", 3),
        ("jiangbei", 9),
        ("haizhu", 10),
        ("daxing", 9),
        ("laoshan", 11),
        ("lanling", 13),
    ] {
        let report = huying_pack::scenario::test(folder(name)).unwrap();
        assert!(report.failed() == 0 && report.passed() >= stories, "{report}");
    }
}

#[test]
fn the_share_of_made_up_names_that_the_lint_prints_stands_in_each_pack_s_source() {
    for (name, share) in [
        ("jiangbei", "35.0 % of the names of matters are made up (179 of 512)"),
        ("laoshan", "10.7 % of the names of matters are made up (25 of 233)"),
        ("lanling", "9.0 % of the names of matters are made up (20 of 222)"),
        ("haizhu", "7.7 % of the names of matters are made up (17 of 221)"),
        ("daxing", "14.9 % of the names of matters are made up (35 of 235)"),
        ("firefly", "45.5 % of the names of matters are made up (5 of 11)"),
    ] {
        let report = lint(folder(name));
        assert_eq!(report.made_up().as_deref(), Some(share), "{name}");
        assert!(report.to_string().lines().any(|line| line == share), "{name}: {report}");
        let source = std::fs::read_to_string(folder(name).join("SOURCE.md")).unwrap();
        assert!(source.contains(share), "{name}: SOURCE.md does not say: {share}");
    }
}

/// Names that end in a number, and names that only a number tells apart: 事项001, 事项一 and 事项二.
fn fillers<'n>(names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let digit = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    let numeral = |c: char| digit(c) || "〇零一二三四五六七八九十百千".contains(c);
    let mut stems: std::collections::BTreeMap<String, &str> = std::collections::BTreeMap::new();
    let mut found = Vec::new();
    for name in names {
        let stem: String = name.chars().filter(|c| !numeral(*c)).collect();
        let twin = stems.insert(stem, name).is_some_and(|other| other != name);
        found.extend((twin || name.ends_with(digit)).then_some(name));
    }
    found
}

#[test]
fn no_matter_and_no_track_is_a_filler_with_a_number() {
    let found = fillers(["事项001", "第一议题", "第二议题", "三方联调", "Matter 7", "路灯"].into_iter());
    assert_eq!(found, ["事项001", "第二议题", "Matter 7"], "the test itself sees them");
    for name in ["starter", "firefly", "jiangbei", "laoshan", "lanling", "haizhu", "daxing"] {
        let pack = load(folder(name)).unwrap();
        let matters = || pack.policy.current.matters.values();
        let tracks = || pack.boards.iter().flat_map(|board| &board.tracks);
        for found in [
            fillers(matters().map(|matter| matter.name.as_str())),
            fillers(matters().map(|matter| matter.name_en.as_str())),
            fillers(tracks().map(|track| track.name.zh.as_str())),
            fillers(tracks().map(|track| track.name.en.as_str())),
        ] {
            assert!(found.is_empty(), "{name}: {found:?}");
        }
    }
}

#[test]
fn the_cells_of_the_demo_pack_nest_and_add_up_to_its_outline() {
    let pack = load(folder("jiangbei")).unwrap();
    let org = &pack.policy.org;
    let whole = pack.shapes.outline(org, org.root()).unwrap();
    let total: i128 = pack.shapes.cells.values().map(|cell| cell.doubled_area()).sum();
    assert_eq!(whole.doubled_area(), total);
    let streets = pack.shapes.outlines(org, &"street".into());
    assert_eq!(streets.len(), 12);
    assert_eq!(streets.values().map(|street| street.doubled_area()).sum::<i128>(), total);
}

#[test]
fn every_cell_of_the_demo_pack_answers_for_a_point_inside_it() {
    let pack = load(folder("jiangbei")).unwrap();
    let inside = |shape: &huying_geo::CellShape| {
        // The middle of the lowest corner's triangle lies inside where its sides turn left there.
        let ring = &shape.rings[0];
        let at = (0..ring.len()).min_by_key(|at| (ring[*at].lat_e7, ring[*at].lon_e7)).unwrap();
        let (a, b, c) = (ring[(at + ring.len() - 1) % ring.len()], ring[at], ring[(at + 1) % ring.len()]);
        let near = |one: i32, middle: i32, other: i32| middle + ((one - middle) / 64 + (other - middle) / 64);
        Point::new(near(a.lon_e7, b.lon_e7, c.lon_e7), near(a.lat_e7, b.lat_e7, c.lat_e7))
    };
    for (code, shape) in &pack.shapes.cells {
        let found = pack.places.locate(inside(shape));
        assert_eq!(found.leaf().map(|leaf| leaf.as_str()), Some(code.as_str()));
        assert_eq!(
            found.at_level("district").map(|root| root.as_str()),
            Some(pack.policy.org.root().as_str())
        );
    }
}

#[test]
fn a_pack_is_written_anew_with_the_same_ground_and_units_and_with_nobody_of_the_old_one() {
    for name in ["starter", "haizhu", "lanling", "daxing"] {
        let files = Files::of_folder(&folder(name)).unwrap();
        let old = huying_pack::load_from(&files).unwrap();
        let made = synthetic::synthetic(&old, &files);
        let new = huying_pack::load_from(&made).unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
        let (was, is) = (&old.policy.org, &new.policy.org);
        assert_eq!((&was.areas, &was.units, &was.positions), (&is.areas, &is.units, &is.positions), "{name}");
        assert_eq!(old.policy.current.version, new.policy.current.version, "{name}");
        assert_eq!(old.shapes.cells.len(), new.shapes.cells.len(), "{name}");
        assert_eq!(new.number_prefix, synthetic::PREFIX, "{name}");
        assert!(!made.names_of_all().any(|file| file.starts_with("scenarios/")), "{name}");
        let seats = |org: &huying_model::org::Org| -> BTreeSet<Seat> {
            org.members.values().flat_map(|member| member.seats.clone()).collect()
        };
        assert_eq!(seats(was), seats(is), "{name}: every seat is taken, and no other");
        let names: BTreeSet<_> =
            was.members.values().flat_map(|member| [&member.id.0, &member.name]).collect();
        for member in is.members.values() {
            assert!(!names.contains(&member.id.0) && !names.contains(&member.name), "{name}: {}", member.id);
            assert_eq!(member.seats.len(), 1, "{name}: {}", member.id);
        }
        let duties = |files: &Files| {
            let text = files.text("roster.csv").unwrap_or_default();
            text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count()
        };
        assert_eq!(duties(&files), duties(&made), "{name}: the roster has no hole that was not there");
    }
}
