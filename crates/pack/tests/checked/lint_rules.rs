//! Every rule of the lint is broken by a pack and tells so, with a case that a person can look at; and every rule that
//! the code knows stands in the guide.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::breaches::{Breach, OWN_TABLES, PEOPLE, REST, TABLE, all};
use crate::edited::{edited, linted, shown, starter};
use huying_pack::{Severity, lint, lint::RULES};

fn failures<'b>(breaches: impl IntoIterator<Item = &'b Breach>) -> String {
    let mut missed = String::new();
    for (rule, error, edits, parts) in breaches {
        let report = linted(edits);
        let severity = if *error { Severity::Error } else { Severity::Warning };
        let of_rule: Vec<String> = report
            .findings
            .iter()
            .filter(|finding| finding.rule == *rule && finding.severity == severity)
            .map(shown)
            .collect();
        if !of_rule.iter().any(|text| parts.iter().all(|part| text.contains(part))) {
            missed +=
                &format!("{rule} {severity:?} wanted {parts:?}\n  of that rule: {of_rule:#?}\n{report}\n\n");
        }
    }
    missed
}

#[test]
fn what_is_wrong_with_the_dispatch_table_is_told_with_a_case() {
    let missed = failures(TABLE);
    assert!(missed.is_empty(), "{missed}");
}

#[test]
fn what_is_wrong_with_people_and_the_life_cycle_is_told_with_a_case() {
    let missed = failures(PEOPLE);
    assert!(missed.is_empty(), "{missed}");
}

#[test]
fn what_is_wrong_with_limits_shapes_and_words_is_told_with_a_case() {
    let missed = failures(REST);
    assert!(missed.is_empty(), "{missed}");
}

#[test]
fn what_is_wrong_with_roster_replies_and_sizes_is_told_with_a_case() {
    let missed = failures(OWN_TABLES);
    assert!(missed.is_empty(), "{missed}");
}

#[test]
fn the_starter_pack_is_clean_to_the_last_warning() {
    let report = lint(starter());
    assert!(report.findings.is_empty(), "{report}");
}

#[test]
fn every_rule_of_the_code_stands_in_the_guide_and_is_broken_by_a_pack() {
    let known: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(known.len(), RULES.len(), "a rule stands twice");
    let guide = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/writing-a-pack.md");
    let guide = fs::read_to_string(guide).unwrap();
    let (_, section) = guide.split_once("## What the lint looks for").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let broken: BTreeSet<&str> = all().map(|(rule, ..)| *rule).collect();
    let mut told = BTreeSet::new();
    tell_rules(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/lint"), &mut told);
    assert!(told.len() > 20, "the sources were not understood: {told:?}");
    for rule in &known {
        assert!(section.contains(&format!("`{rule}`")), "the guide has no `{rule}`");
        assert!(broken.contains(rule), "no pack breaks {rule}");
        assert!(told.contains(*rule), "no code tells {rule}");
    }
    let unlisted: Vec<&String> = told.iter().filter(|rule| !known.contains(rule.as_str())).collect();
    assert!(unlisted.is_empty(), "not in RULES: {unlisted:?}");
}

/// Rule ids as the lint's sources write them: the first text in quotation marks after a call that adds a finding, and
/// every text of that form in a tuple that begins with one.
fn tell_rules(folder: &Path, told: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tell_rules(&path, told);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        if path.ends_with("rules.rs") || path.ends_with("brute.rs") {
            continue;
        }
        for part in code.split(".add(").chain(code.split(".add_with_rows(")).skip(1) {
            let call: String = part.chars().take(200).collect();
            told.extend(call.split('"').nth(1).filter(|word| is_rule(word)).map(str::to_owned));
        }
        for part in code.split("(\n").chain(code.split("=> (")) {
            let first = part.trim_start();
            let first = first.strip_prefix('"').and_then(|rest| rest.split('"').next());
            told.extend(first.filter(|word| is_rule(word) && word.contains('-')).map(str::to_owned));
        }
    }
}

fn is_rule(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}

#[test]
fn a_gap_that_only_a_closed_post_opens_is_shown_on_its_day() {
    let report = linted(&[
        ("units.csv", "function,area,home\n", "function,area,home,until\n"),
        ("units.csv", "post,order,990101002,dept-order", "post,order,990101002,dept-order,2026-03-02"),
    ]);
    let gap = report.findings.iter().find(|finding| finding.rule == "no-route").unwrap();
    let text = shown(gap);
    assert!(text.contains("in 2 cells") && text.contains("2026-03-02 00:00 (night)"), "{text}");
    assert!(text.contains("R-03 finds nobody there"), "{text}");
}

#[test]
fn a_row_for_a_period_that_never_comes_is_shadowed_and_one_for_a_period_that_comes_is_not() {
    let by_night = ("routes.csv", "R-10,", "R-11,people/work/*,,,night,works@district,,,,\nR-10,");
    assert!(linted(&[by_night]).findings.is_empty());
    let all_day = [
        by_night,
        (
            "pack.toml",
            "[who]\n",
            "[calendars.all]\nzone = \"Asia/Shanghai\"\nhours = [\"00:00-24:00\"]\nweekend = []\npublished = [2024, 2030]\n\n[who]\n",
        ),
        ("matters.csv", "reply,made_up\n", "reply,made_up,calendar\n"),
        ("matters.csv", "no,yes,no,own,,,yes\n", "no,yes,no,own,,,yes,all\n"),
    ];
    let report = linted(&all_day);
    let told: Vec<&str> = report.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(told, ["shadowed"], "{report}");
}

/// Two overlays by their western and eastern bounds, with a row for each.
fn with_overlays(first: (f64, f64), second: (f64, f64)) -> Vec<(String, String, String)> {
    let feature = |code: &str, (west, east): (f64, f64)| {
        let ring = format!("[[{west},30.0],[{east},30.0],[{east},30.02],[{west},30.02],[{west},30.0]]");
        format!(
            r#"{{"type":"Feature","properties":{{"code":"{code}"}},"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}"#
        )
    };
    let features = [feature("one", first), feature("two", second)].join(",");
    let rows = fs::read_to_string(starter().join("routes.csv")).unwrap();
    let (head, rows) = rows.split_once('\n').unwrap();
    let rows: String = rows.lines().map(|row| row.replacen(',', ",,", 1) + "\n").collect();
    let new =
        "R-21,one,city/order/parking,,,,order@street,,,,\nR-22,two,city/order/parking,,,,order@street,,,,\n";
    let table = format!("{}\n{rows}{new}", head.replacen("id,", "id,overlay,", 1));
    let text = |text: &str| text.to_owned();
    vec![
        (
            text("pack.toml"),
            text("synthetic = true"),
            text("synthetic = true\noverlays = \"overlays.geojson\""),
        ),
        (text("overlays.csv"), String::new(), text("code,name,name_en\none,一,One\ntwo,二,Two\n")),
        (
            text("overlays.geojson"),
            String::new(),
            format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#),
        ),
        (text("routes.csv"), fs::read_to_string(starter().join("routes.csv")).unwrap(), table),
    ]
}

#[test]
fn rows_for_two_overlays_tie_only_where_the_overlays_meet_on_the_ground() {
    let told = |first, second| -> Vec<String> {
        let edits = with_overlays(first, second);
        let edits: Vec<(&str, &str, &str)> =
            edits.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
        linted(&edits).findings.iter().map(|finding| format!("{} {}", finding.rule, shown(finding))).collect()
    };
    assert_eq!(told((110.001, 110.004), (110.004, 110.008)), Vec::<String>::new());
    let met = told((110.001, 110.005), (110.004, 110.008));
    assert_eq!(met.len(), 1, "{met:?}");
    assert!(met[0].starts_with("tie") && met[0].contains("in the overlays one and two"), "{met:?}");
}

#[test]
fn equal_rows_that_never_answer_the_same_case_are_no_tie() {
    // The second finds nobody anywhere, or lies in another area.
    for (row, rules) in [
        ("R-11,people/work/*,,,,works@street,,,,\n", vec!["shadowed", "absent-unit"]),
        (
            "R-11,people/work/*,hotline,,,works@district,,,,\nR-12,people/work/*,sensor,,,works@district,,,,\n",
            vec![],
        ),
    ] {
        let report = linted(&[("routes.csv", "", row)]);
        let told: Vec<&str> = report.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(told, rules, "{report}");
    }
}

#[test]
fn the_report_is_grouped_for_people_and_whole_for_programs() {
    let (_folder, pack) = edited(&[("routes.csv", "R-03,city/order/*,,,,", "R-03,city/order/*,hotline,,,")]);
    let report = lint(&pack);
    let text = report.to_string();
    assert!(
        text.starts_with("error[no-route] a case finds no row (1)\n  matters.csv:6:1 (code): "),
        "{text}"
    );
    assert!(text.contains("      for example: 占道经营") && text.contains("      rows: R-03\n"), "{text}");
    assert!(
        text.contains("longest time until a leader knows") && text.ends_with("1 errors, 0 warnings"),
        "{text}"
    );
    let json = serde_json::to_value(&report).unwrap();
    let finding = &json["findings"][0];
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["rule"], "no-route");
    assert_eq!((finding["file"].as_str(), finding["line"].as_u64()), (Some("matters.csv"), Some(6)));
    assert_eq!(finding["rows"], serde_json::json!(["R-03"]));
    assert_eq!(json["waits"].as_array().unwrap().len(), report.count("filing conditions"));
    assert!(json["waits"][0]["longest_ms"].as_i64() > json["waits"][0]["plain_ms"].as_i64());
}

#[test]
fn a_row_that_is_never_the_answer_is_not_asked_whether_its_matters_are_admitted() {
    let required = ("pack.toml", "", "\n[admission]\nrequired = true\n");
    let told = |row: &'static str| -> Vec<&'static str> {
        let report = linted(&[required, ("routes.csv", "", row)]);
        report.findings.iter().map(|finding| finding.rule).collect()
    };
    // The row for the matter itself always wins over the pattern.
    assert_eq!(told("R-30,city/order/parkin*,,,,grid-team@grid,,,,\n"), ["shadowed"]);
    assert!(told("R-30,city/order/vendo*,,,,grid-team@grid,,,,\n").contains(&"unadmitted"));
    // Where only one source gets to the row, it still wins somewhere.
    assert!(told("R-30,city/order/vendo*,hotline,,,grid-team@grid,,,,\n").contains(&"unadmitted"));
}

#[test]
fn a_row_whose_lead_unit_has_somebody_of_the_rank_is_not_told() {
    let red = ("pack.toml", "[urgency.red]\n", "[urgency.red]\nrank = 3\n");
    let ranks = [
        ("members.csv", "id,name,name_en,seats\n", "id,name,name_en,seats,rank\n"),
        ("members.csv", "handler,dept-works:handler", "handler,dept-works:handler,3"),
        // Two streets have a unit for this row, and one of them has nobody.
        ("members.csv", "handler,traffic-east:handler", "handler,traffic-east:handler,3"),
        ("members.csv", "handler,traffic-west:handler", "handler,traffic-west:handler,2"),
    ];
    let report = linted(&[&[red], &ranks[..]].concat());
    let text = report.findings.iter().map(shown).collect::<Vec<_>>().join("\n");
    assert!(report.findings.iter().all(|finding| finding.rule == "unranked-lead"), "{report}");
    assert!(!text.contains("the row R-01 ") && text.contains("the row R-03 "), "{text}");
    assert!(
        text.contains("the lead of the row R-04 has nobody of rank 3, which red asks for, in 2 cells"),
        "{text}"
    );
    assert!(text.contains("goes to traffic-west"), "{text}");
}
