//! `admissions.csv` is read with its mistakes told, linted against the routes, and lived by in a story.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::fs;
use std::path::{Path, PathBuf};

use huying_pack::lint::Severity;
use huying_pack::{lint, load, scenario};

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (entry, target) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).unwrap();
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            fs::copy(entry, target).unwrap();
        }
    }
}

const HEAD: &str = "matter,applicant,office,decision,rule,from,until\n";

/// The starter pack with these admissions and routes more, and a story where one is told.
fn town(admissions: &str, routes: &str, story: &str) -> (tempfile::TempDir, PathBuf) {
    let packs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    let folder = tempfile::tempdir().unwrap();
    copy(&packs.join("calendars"), &folder.path().join("calendars"));
    let pack = folder.path().join("pack");
    copy(&packs.join("starter"), &pack);
    let append = |file: &str, more: &str| {
        let text = fs::read_to_string(pack.join(file)).unwrap();
        fs::write(pack.join(file), format!("{text}{more}")).unwrap();
    };
    append("pack.toml", "\n[admission]\nrequired = true\n");
    append("routes.csv", routes);
    // The starter's list of responsibilities knows nothing of these rows.
    fs::remove_file(pack.join("scenarios/expectations.csv")).unwrap();
    fs::write(pack.join("admissions.csv"), format!("{HEAD}{admissions}")).unwrap();
    if !story.is_empty() {
        fs::write(pack.join("scenarios/admission.toml"), story).unwrap();
    }
    (folder, pack)
}

const ASKS: &str = "R-30,city/order/vendor,,,,grid-team@grid,,,,\n";

#[test]
fn every_mistake_in_the_table_is_told_at_its_place() {
    let rows = "city/odrer/vendor,dept-order,centre,admitted,r,,\n\
                city/order/vendor,dept-odrer,centre,admitted,r,,\n\
                city/order/vendor,dept-order,centre,perhaps,r,,\n\
                city/order/vendor,dept-order,centre,admitted,,,\n\
                city/order/vendor,centre,centre,admitted,r,,\n\
                city/order/vendor,dept-order,centre,admitted,r,2024-05-01,2024-04-01\n\
                city/order/vendor,dept-order,centre,admitted,r,soon,\n";
    let (_folder, pack) = town(rows, "", "");
    let told = load(&pack).unwrap_err();
    let expected = [
        (2, "matter", "fits no matter"),
        (3, "applicant", "does not exist"),
        (4, "decision", "admitted"),
        (5, "rule", "empty"),
        (6, "office", "own application"),
        (7, "until", "before it begins"),
        (8, "from", "no day"),
    ];
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for (problem, (line, field, words)) in told.iter().zip(expected) {
        assert_eq!(
            (problem.file.as_str(), problem.line, problem.field.as_str()),
            ("admissions.csv", line, field)
        );
        assert!(problem.message.contains(words), "{problem}");
    }
}

#[test]
fn the_lint_finds_a_route_that_asks_grid_workers_for_what_is_not_admitted() {
    let found = |admissions: &str| {
        let (_folder, pack) = town(admissions, ASKS, "");
        let report = lint(&pack);
        let of_rule = report.findings.iter().filter(|finding| finding.rule == "unadmitted");
        of_rule.map(|finding| (finding.severity, finding.example.clone())).collect::<Vec<_>>()
    };
    let bare = found("");
    assert_eq!(bare.len(), 1);
    assert!(bare[0].0 == Severity::Error && bare[0].1.contains("city/order/vendor"), "{bare:?}");
    let refused = found("city/order/*,dept-order,centre,refused,第十二条,,\n");
    assert!(refused[0].1.contains("第十二条"), "the rule is quoted: {refused:?}");
    let vetoed = "city/order/*,dept-order,centre,admitted,第三条,,\n\
                  city/order/*,dept-order,centre,vetoed,第十二条,2024-06-01,\n";
    let later = found(vetoed);
    assert!(
        later.len() == 1 && later[0].0 == Severity::Warning && later[0].1.contains("第十二条"),
        "{later:?}"
    );
    assert_eq!(found("city/order/*,dept-order,centre,admitted,第三条,,\n"), []);
}

const STORY: &str = r#"
title = "An admitted matter is asked of grid workers until it is vetoed; then the case goes back and another row answers"
begins = "2024-05-31 10:00"

[[step]]
by = "worker-bridge-1"
do = "report"
with = { matter = "city/order/vendor", source = "resident", place = "990101001001001" }

[[step]]
by = "handler-station-bridge"
do = "file"

[[step]]
by = "dispatcher-east"
do = "dispatch"
[step.expect]
lead = "grid-bridge-1"
row = "R-30"

[[step]]
case = "other"
by = "worker-bridge-1"
do = "report"
with = { matter = "city/facility/litter", source = "resident", place = "990101001001001" }

[[step]]
case = "other"
by = "handler-station-bridge"
do = "file"

[[step]]
case = "other"
by = "dispatcher-east"
do = "dispatch"
with = { lead = "grid-bridge-1" }
refused = "not_admitted"

[[step]]
at = "2024-05-31 23:00"
[step.expect]
lead = "grid-bridge-1"

[[step]]
at = "2024-06-01 00:00"
[step.expect]
stage = "filed"
custodian = "centre-east"
told = ["unit:grid-bridge-1#vetoed", "unit:centre-east#yours"]

[[step]]
at = "+5m"
by = "dispatcher-east"
do = "dispatch"
[step.expect]
lead = "order-east"
row = "R-03"
"#;

#[test]
fn a_story_shows_admission_refusal_and_veto_at_its_instant() {
    let rows = "city/order/vendor,dept-order,centre,admitted,第三条,,\n\
                city/facility/litter,dept-works,centre,refused,第十二条,,\n\
                city/order/vendor,dept-order,centre,vetoed,第十三条,2024-06-01,\n";
    let (_folder, pack) = town(rows, ASKS, STORY);
    let report = scenario::test(&pack).unwrap();
    assert_eq!((report.passed(), report.failed()), (2, 0), "{report}");
}
