//! The lint of mappings: one broken mapping for each rule, each finding with its line and a mend; and what a good one translates.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use std::path::Path;

use huying_model::UnitId;
use huying_pack::{
    Pack, Problem, load,
    partner::{Every, Kind, Mapping, Mode, RULES},
};

fn starter() -> Pack {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/starter");
    load(path).unwrap_or_else(|problems| panic!("{problems:?}"))
}

const GOOD: &str = r#"format = 1
mode = "binary"
same = ["areas", "statuses"]
[purpose]
in = "办理需联系反映人"
[default]
source = "hotline"
urgency = "green"
[given]
matters = ["city/order/*"]
units = ["gas-company"]
[[unit]]
ours = "gas-company"
theirs = "RQ01"
[[matter]]
ours = "city/order/vendor"
theirs = "0103"
back = true
[[matter]]
ours = "city/order/vendor"
theirs = "0104"
[[matter]]
ours = "city/order/parking"
theirs = "0105"
[[type]]
ours = "handed-over"
theirs = "cn.12345.order.created"
[[field]]
ours = "text"
theirs = "诉求内容"
[[field]]
ours = "reporter.contact"
theirs = "来电号码"
way = "in"
[[drop]]
theirs = "坐席工号"
[figures]
every = "hour"
"#;

/// The rule, what is changed of the good mapping, the line of the finding and a word of it.
const BROKEN: [(&str, (&str, &str), u32, &str); 18] = [
    ("unreadable", ("mode = \"binary\"", "mode = \"pigeon\""), 2, "batch"),
    ("unreadable", ("mode = \"binary\"", "mode = "), 2, "toml.io"),
    ("unreadable", ("every = \"hour\"", "every = \"year\""), 38, "hour or day"),
    ("unreadable", ("format = 1", "format = 2"), 1, "format"),
    ("unreadable", ("way = \"in\"", "ways = \"in\""), 34, "Known here"),
    ("unknown-name", ("ours = \"city/order/parking\"", "ours = \"city/order/nothing\""), 23, "matter"),
    ("unknown-name", ("ours = \"handed-over\"", "ours = \"thrown-over\""), 26, "handed-over"),
    ("unknown-name", ("ours = \"text\"", "ours = \"txt\""), 29, "title"),
    ("unknown-name", ("source = \"hotline\"", "source = \"pigeon\""), 7, "hotline"),
    ("unknown-name", ("urgency = \"green\"", "urgency = \"blue\""), 8, "yellow"),
    ("unknown-name", ("matters = [\"city/order/*\"]", "matters = [\"city/nothing/*\"]"), 10, "catalogue"),
    ("unknown-name", ("ours = \"gas-company\"", "ours = \"oil-company\""), 13, "unit"),
    ("not-external", ("ours = \"gas-company\"", "ours = \"dept-works\""), 13, "external"),
    ("two-meanings", ("theirs = \"0105\"", "theirs = \"0104\""), 24, "Leave one"),
    ("no-way-back", ("back = true\n", ""), 19, "back = true"),
    ("no-way-out", ("ours = \"city/order/parking\"", "ours = \"city/facility/litter\""), 10, "[[matter]]"),
    (
        "no-way-out",
        ("units = [\"gas-company\"]", "units = [\"gas-company\", \"dept-works\"]"),
        11,
        "[[unit]]",
    ),
    ("no-purpose", ("in = \"办理需联系反映人\"\n", ""), 32, "[purpose]"),
];

fn findings(text: &str, pack: &Pack) -> Vec<Problem> {
    Mapping::read("map.toml", text, pack).err().unwrap_or_default()
}

#[test]
fn each_rule_is_broken_by_a_mapping_and_told_at_its_line_with_the_mend() {
    let pack = starter();
    assert_eq!(findings(GOOD, &pack), []);
    for (rule, (from, to), line, word) in BROKEN {
        assert!(GOOD.contains(from), "{from}");
        let found = findings(&GOOD.replacen(from, to, 1), &pack);
        let told = |problem: &&Problem| {
            problem.line == line && format!("{} {}", problem.message, problem.mend).contains(word)
        };
        assert!(found.iter().any(|problem| told(&problem)), "{rule}: {from} → {to}: {found:#?}");
    }
    let broken: std::collections::BTreeSet<&str> = BROKEN.iter().map(|row| row.0).collect();
    assert_eq!(broken, RULES.iter().map(|row| row.0).collect(), "every rule is broken by one");
}

#[test]
fn all_findings_are_told_at_once() {
    let pack = starter();
    let text = GOOD
        .replace("urgency = \"green\"", "urgency = \"blue\"")
        .replace("theirs = \"0105\"", "theirs = \"0104\"")
        .replace("in = \"办理需联系反映人\"\n", "");
    let found = findings(&text, &pack);
    assert!(found.len() >= 3 && found.windows(2).all(|pair| pair[0].line <= pair[1].line), "{found:#?}");
}

#[test]
fn a_heading_that_speaks_of_a_person_needs_a_purpose_whatever_it_is_mapped_to() {
    let pack = starter();
    let text = "format = 1\n[[field]]\nours = \"words\"\ntheirs = \"诉求人身份证号\"\n";
    let found = findings(text, &pack);
    assert_eq!(found.iter().filter(|problem| problem.message.contains("purpose")).count(), 2, "{found:#?}");
}

#[test]
fn names_are_translated_both_ways_and_an_unknown_one_only_where_there_is_a_default() {
    let mapping = Mapping::read("map.toml", GOOD, &starter()).unwrap();
    assert_eq!((mapping.mode, mapping.figures), (Mode::Binary, Some(Every::Hour)));
    let theirs = |kind, name| mapping.theirs(kind, name).map(|name| name.to_string());
    let ours = |kind, name| mapping.ours(kind, name).map(|name| name.to_string());
    assert_eq!(theirs(Kind::Matter, "city/order/vendor").as_deref(), Some("0103"));
    assert_eq!(theirs(Kind::Matter, "city/facility/litter"), None);
    for code in ["0103", "0104"] {
        assert_eq!(ours(Kind::Matter, code).as_deref(), Some("city/order/vendor"));
    }
    assert_eq!(ours(Kind::Matter, "9999"), None);
    assert_eq!(ours(Kind::Area, "990101001").as_deref(), Some("990101001"), "areas are the same");
    assert_eq!(ours(Kind::Source, "微信").as_deref(), Some("hotline"), "the default");
    assert!(mapping.binds(&UnitId::new("gas-company")) && !mapping.binds(&UnitId::new("dept-works")));
    assert_eq!(mapping.given.len(), 2);
}

#[test]
fn the_guide_names_every_rule() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/exchange.md");
    let text = std::fs::read_to_string(guide).unwrap();
    for (rule, _, what) in RULES {
        assert!(text.contains(&format!("| `{rule}` | {what} |")), "{rule}");
    }
}
