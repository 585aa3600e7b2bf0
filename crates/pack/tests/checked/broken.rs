//! Every mistake in a pack is told with its file, line and field, all in one run; stories and bounds notice changes.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::fs;

use crate::edited::{edited, problems, starter};
use huying_pack::{Problem, lint, load, scenario};

/// File, edit, then where and what is told.
const MISTAKES: &[(&str, &str, &str, &str, &str)] = &[
    ("pack.toml", "code = \"starter\"", "code = \"\"", "code", "empty"),
    ("pack.toml", "demo = true", "demo = \"yes\"", "demo", "true or demo = false"),
    ("pack.toml", "demo = true", "dmeo = true", "dmeo", "unknown"),
    ("pack.toml", "from = \"2024-01-01\"", "from = \"2024-13-01\"", "from", "no day"),
    ("pack.toml", "number_prefix = \"SD\"", "number_prefix = \"起步\"", "number_prefix", "A–Z"),
    ("pack.toml", "calendar = \"cn\"", "calendar = \"uk\"", "calendar", "not among the calendars"),
    ("pack.toml", "zone = \"Asia/Shanghai\"", "zone = \"Asia/Chongking\"", "calendars.cn", "zone"),
    ("pack.toml", "holidays = \"cn.csv\"", "holidays = \"xx.csv\"", "calendars.cn.holidays", "missing"),
    (
        "pack.toml",
        "dispatch_level = \"street\"",
        "dispatch_level = \"county\"",
        "dispatch_level",
        "district, street",
    ),
    ("pack.toml", "returns = 2", "returns = 3", "allowances.returns", "bound of 2"),
    ("pack.toml", "limit_percent = 75", "limit_percent = 150", "urgency.yellow.limit_percent", "1 to 100"),
    (
        "pack.toml",
        "ladder = [\"0m unit\", \"2wh leader\"]",
        "ladder = [\"0m unit\"]",
        "timers.dispatch.ladder",
        "leader",
    ),
    ("pack.toml", "\"1wh centre\"", "\"soon centre\"", "timers.intake.ladder", "no limit"),
    ("pack.toml", "\"1wh centre\"", "\"1wh chief\"", "timers.intake.ladder", "unit"),
    ("pack.toml", "[timers.verify]", "[timers.vreify]", "timers.verify", "[timers.verify] is missing"),
    ("pack.toml", "fallback = \"works@district\"", "fallback = \"works\"", "who.fallback", "function@level"),
    ("pack.toml", "\"grid-team@nearest\"", "\"grid-team@county\"", "who.verifiers", "not among the levels"),
    ("pack.toml", "demo = true", "demo = ", "", "string"),
    ("areas.csv", "990101001,东街道", "99010100x,东街道", "code", "digit"),
    ("areas.csv", "Street,street,990101,", "Street,county,990101,", "level", "not among the levels"),
    ("areas.csv", "West Street,street,990101,", "West Street,street,990109,", "parent", "does not exist"),
    ("areas.csv", "West Street,street,990101,", "West Street,street,,", "parent", "has no parent"),
    ("areas.csv", ",300", ",about 300", "households", "whole number"),
    ("areas.csv", "code,name,", "code,nmae,", "", "'name' is missing"),
    (
        "units.csv",
        "centre-west,西街道治理中心,West Street Centre,centre,centre",
        "centre-west,西街道治理中心,West Street Centre,center,centre",
        "kind",
        "centre",
    ),
    ("units.csv", "gas,990101,dept-works", "gas,990101,", "home", "no home unit"),
    ("units.csv", "gas,990101,dept-works", "gas,990101,dept-gas", "home", "does not exist"),
    ("units.csv", "works,990101,", "works,990102,", "area", "does not exist"),
    ("members.csv", "centre:leader", "center:leader", "seats", "does not exist"),
    ("members.csv", "centre:leader", "centre:chief", "seats", "leader"),
    ("members.csv", "leader-west,", "leader-east,", "id", "twice"),
    ("matters.csv", "city/order/parking,", "city/traffic/parking,", "code", "tracks.csv"),
    ("matters.csv", "problem,district,no", "trouble,district,no", "kind", "problem"),
    ("matters.csv", ",own", ",,own", "", "cells under"),
    ("conditions.csv", "city/facility/litter,1,", "city/facility/liter,1,", "matter", "not in matters.csv"),
    ("conditions.csv", "2紧急工作时,1d", "种植季节15工作日,1d", "handle", "no limit"),
    ("conditions.csv", "4小时,3天", "4小时,3小时", "promise", "shorter"),
    ("conditions.csv", "manhole,2,", "manhole,1,", "no", "twice"),
    ("routes.csv", "city/order/*", "city/odrer/*", "matter", "fits no matter"),
    ("routes.csv", "police_call", "police-cell", "source", "police_call"),
    ("routes.csv", "order@street,works@district", "order@street,works@", "assists", "selects no unit"),
    ("cells.geojson", "990101001001001", "990101001001009", "", "no area has"),
    ("cells.geojson", "\"Polygon\"", "\"Point\"", "", "GeoJSON"),
    ("cells.geojson", "\"features\":[", "\"features\":", "", "GeoJSON"),
    ("cells.geojson", "990101001001002", "990101001001001", "", "two shapes"),
];

#[test]
fn every_mistake_is_told_at_its_place_with_a_mend() {
    let mut missed = String::new();
    for (file, old, new, field, part) in MISTAKES {
        let told = problems(&[(file, old, new)]);
        let fits = |problem: &&Problem| {
            problem.file == *file && problem.field == *field && problem.to_string().contains(part)
        };
        let list = told.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let placed = told.iter().find(fits).is_some_and(|problem| problem.line > 0 && problem.column > 0);
        if !placed {
            missed += &format!("{file}: '{old}' → '{new}' wanted ({field}) …{part}…, told:\n{list}\n");
        }
    }
    assert!(missed.is_empty(), "{missed}");
}

#[test]
fn mistakes_in_several_files_are_told_all_at_once() {
    let told = problems(&[
        ("pack.toml", "returns = 2", "returns = 9"),
        ("pack.toml", "[timers.trace]", "[timers.tracing]"),
        ("areas.csv", "990101001,东街道", "99010,东街道"),
        ("members.csv", "centre:leader", "centre:chief"),
        ("routes.csv", "traffic-police@street", "traffic-police"),
    ]);
    for file in ["pack.toml", "areas.csv", "members.csv", "routes.csv"] {
        assert!(told.iter().any(|problem| problem.file == file), "nothing of {file} in {told:?}");
    }
    assert!(told.iter().filter(|problem| problem.file == "pack.toml").count() >= 2);
    assert!(told.windows(2).all(|pair| (&pair[0].file, pair[0].line) <= (&pair[1].file, pair[1].line)));
}

#[test]
fn what_names_a_row_with_a_mistake_is_not_told_as_another_mistake() {
    for edits in [
        &[("matters.csv", "Bad parking,problem", "Bad parking,trouble")][..],
        &[("matters.csv", "basis,also", "bais,also")],
        &[("conditions.csv", "清理,1天,2天", "清理,soon,2天")],
        &[
            ("pack.toml", "\"14:00-18:00\"", "\"18:00-14:00\""),
            ("matters.csv", "reply,made_up", "reply,made_up,calendar"),
            ("matters.csv", "own,street/daily,,yes\ncity", "own,street/daily,,yes,cn\ncity"),
        ],
    ] {
        let told = problems(edits);
        assert_eq!(told.len(), 1, "{edits:?}: {told:?}");
    }
}

#[test]
fn a_line_and_column_are_those_that_an_editor_shows() {
    let told = problems(&[("pack.toml", "demo = true", "demo = 7")]);
    let text = fs::read_to_string(starter().join("pack.toml")).unwrap();
    let line = text.lines().position(|line| line == "demo = true").unwrap() + 1;
    assert_eq!((told[0].line as usize, told[0].column), (line, 8));
    let told = problems(&[(
        "routes.csv",
        "mediation@street,police@district,,,一警双派",
        "mediation,police@district,,,一警双派",
    )]);
    assert_eq!((told[0].line, told[0].column, told[0].field.as_str()), (9, 6, "lead"));
}

#[test]
fn a_missing_file_is_told_and_a_missing_folder_too() {
    let (_folder, pack) = edited(&[]);
    fs::remove_file(pack.join("routes.csv")).unwrap();
    let told = load(&pack).unwrap_err();
    assert_eq!((told[0].file.as_str(), told[0].message.as_str()), ("routes.csv", "the file is missing"));
    assert_eq!(load(pack.join("nowhere")).unwrap_err()[0].file, "pack.toml");
}

#[test]
fn a_table_saved_by_an_older_spreadsheet_is_read() {
    let (_folder, pack) = edited(&[]);
    let text = fs::read_to_string(pack.join("units.csv")).unwrap();
    let encoded = encoding(&text);
    assert!(std::str::from_utf8(&encoded).is_err());
    fs::write(pack.join("units.csv"), encoded).unwrap();
    let marked = format!("\u{feff}{}", fs::read_to_string(pack.join("areas.csv")).unwrap());
    fs::write(pack.join("areas.csv"), marked).unwrap();
    let (read, plain) = (load(&pack).unwrap(), load(starter()).unwrap());
    assert_eq!(read.policy.org.units, plain.policy.org.units);
    assert_eq!(read.policy.org.areas, plain.policy.org.areas);
}

fn encoding(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

#[test]
fn a_story_that_is_not_so_fails_and_one_that_waits_for_a_feature_is_not_passed() {
    let story = "scenarios/parking.toml";
    let verdict = |edits: &[(&str, &str, &str)]| {
        let (_folder, pack) = edited(edits);
        let report = scenario::test(&pack).unwrap();
        (report.passed(), report.failed(), report.pending(), report.to_string())
    };
    // The story and the list of responsibilities beside it.
    assert_eq!(verdict(&[]).0, 2);
    for (old, new, told) in [
        ("stage = \"handling\"", "stage = \"filed\"", "expected 'filed', found 'handling'"),
        ("10:10", "10:11", "expected 2024-03-05 10:11"),
        ("lead = \"traffic-east\"", "lead = \"traffic-west\"", "found 'traffic-east'"),
        (
            "by = \"handler-traffic-east\"",
            "by = \"handler-traffic-west\"",
            "the actor's unit has no open part",
        ),
        ("do = \"receive\"", "do = \"finish\"", "cannot be read"),
        ("do = \"receive\"", "do = \"accept\"", "write one of report, file, decline"),
        ("source = \"grid_worker\"", "src = \"grid_worker\"", "write some of matter, source, urgency"),
        ("due = { handle", "due = { handel", "handel is not there. The case has handle, promise"),
        ("at = \"+8m\"", "at = \"8m\"", "or +8m after the step before"),
        ("[step.expect]", "[step.expects]", "unknown"),
        ("row = \"R-04\"", "rwo = \"R-04\"", "unknown"),
        ("by = \"handler-traffic-east\"", "by = \"nobody\"", "no member"),
        ("at = \"+8m\"", "at = \"2024-03-05 09:00\"", "earlier"),
    ] {
        let (_, failed, _, text) = verdict(&[(story, old, new)]);
        assert!(failed == 1 && text.contains(told), "'{new}' wanted …{told}…:\n{text}");
    }
    let (passed, failed, pending, _) = verdict(&[(story, "begins", "pending = \"sensor rules\"\nbegins")]);
    assert_eq!((passed, failed, pending), (1, 0, 1));
}

#[test]
fn a_route_that_is_changed_breaks_the_story_that_hangs_on_it() {
    let (_folder, pack) = edited(&[("routes.csv", "traffic-police@street", "order@street")]);
    // And the list of responsibilities.
    assert_eq!(scenario::test(&pack).unwrap().failed(), 2);
}

#[test]
fn the_lint_bounds_how_long_a_case_waits_before_a_leader_knows() {
    let bound = |edits: &[(&str, &str, &str)]| {
        let (_folder, pack) = edited(edits);
        let report = lint(&pack);
        assert_eq!(report.waits.len(), report.count("filing conditions"));
        let parked = report.waits.iter().find(|wait| wait.matter.as_str() == "city/order/parking").unwrap();
        (parked.plain_ms, parked.longest_ms)
    };
    let hour = 3_600_000;
    let (plain, longest) = bound(&[]);
    // Reported as the eight days' National Day holiday of 2023 begins: intake 2 + 4 working hours after it, then a
    // promise of 4 natural hours and 4 working hours more. Nothing is worse in the published years.
    assert!(plain > 8 * 24 * hour && plain < 24 * 24 * hour, "{} hours", plain / hour);
    assert!(longest > plain + 365 * 24 * hour);
    let (later, _) = bound(&[("conditions.csv", "驶离或查处,2h,4h", "驶离或查处,2h,28h")]);
    assert!(
        (20 * hour..=28 * hour + 9 * 24 * hour).contains(&(later - plain)),
        "{} hours",
        (later - plain) / hour
    );
    let (sooner, _) =
        bound(&[("pack.toml", "\"4wh leader\"]\n\n[timers.promise]", "\"1wh leader\"]\n\n[timers.promise]")]);
    assert!(sooner < plain);
}

#[test]
fn an_overlay_leads_its_cases_to_the_row_that_names_it() {
    let (_folder, pack) = edited(&[
        (
            "pack.toml",
            "cells = \"cells.geojson\"",
            "cells = \"cells.geojson\"\noverlays = \"overlays.geojson\"",
        ),
        ("routes.csv", "id,matter,", "id,overlay,matter,"),
    ]);
    let rows = fs::read_to_string(pack.join("routes.csv")).unwrap();
    let (head, rows) = rows.split_once('\n').unwrap();
    let rows: String = rows.lines().map(|row| row.replacen(',', ",,", 1) + "\n").collect();
    fs::write(
        pack.join("routes.csv"),
        format!("{head}\n{rows}R-20,market-hall,city/order/parking,,,,order@street,,,,\n"),
    )
    .unwrap();
    fs::write(pack.join("overlays.csv"), "code,name,name_en\nmarket-hall,市场重点网格,Market hall\n")
        .unwrap();
    let ring = "[[110.012,30.002],[110.018,30.002],[110.018,30.018],[110.012,30.018],[110.012,30.002]]";
    let feature = format!(
        r#"{{"type":"Feature","properties":{{"code":"market-hall"}},"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}"#
    );
    fs::write(
        pack.join("overlays.geojson"),
        format!(r#"{{"type":"FeatureCollection","features":[{feature}]}}"#),
    )
    .unwrap();
    let report = lint(&pack);
    assert!(report.passed(), "{report}");
    // The pack's own list of who answers does not know of the overlay.
    fs::remove_file(pack.join("scenarios/expectations.csv")).unwrap();
    let story = pack.join("scenarios/market.toml");
    fs::write(
        &story,
        "title = \"overlay\"\nbegins = \"2024-03-05 10:00\"\n[[step]]\nby = \"worker-market-1\"\ndo = \"report\"\n\
         with = { matter = \"city/order/parking\", place = [110.015, 30.015] }\n[step.expect]\nlead = \"order-east\"\nrow = \"R-20\"\n",
    )
    .unwrap();
    let report = scenario::test(&pack).unwrap();
    assert_eq!((report.passed(), report.failed()), (2, 0), "{report}");
}

#[test]
fn no_damaged_file_makes_the_reader_stop_without_an_answer() {
    let (_folder, pack) = edited(&[]);
    let mut dice: u64 = 0x5eed;
    let mut roll = |bound: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % bound
    };
    let mut refused = 0;
    for file in [
        "pack.toml",
        "areas.csv",
        "units.csv",
        "members.csv",
        "tracks.csv",
        "matters.csv",
        "conditions.csv",
        "routes.csv",
        "cells.geojson",
        "scenarios/parking.toml",
    ] {
        let whole = fs::read(pack.join(file)).unwrap();
        for _ in 0..16 {
            let mut bytes = whole.clone();
            for _ in 0..=roll(4) {
                let at = roll(bytes.len());
                match roll(4) {
                    0 => bytes[at] = b",\"\n[]{}=*@:#0-\xff"[roll(15)],
                    1 => bytes.truncate(at.max(1)),
                    2 => drop(bytes.drain(at..(at + 9).min(bytes.len()))),
                    _ => bytes.swap(at, 0),
                }
                if bytes.is_empty() {
                    bytes.push(b'x');
                }
            }
            fs::write(pack.join(file), bytes).unwrap();
            refused += usize::from(
                !lint(&pack).passed() || scenario::test(&pack).is_ok_and(|report| report.failed() > 0),
            );
        }
        fs::write(pack.join(file), whole).unwrap();
    }
    assert!(refused > 80, "only {refused} of 160 damaged packs were noticed");
}
