//! A draft beside what was in force: what the comparison counts is what was changed, and nothing else.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use std::path::{Path, PathBuf};

use huying_pack::{
    Pack, load,
    told::Lang,
    whatif::{Comparison, Report, file, html, text},
};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs")
}

/// The starter pack with some text of its files replaced, under a version of its own.
fn draft(changes: &[(&str, &str, &str)]) -> (tempfile::TempDir, Pack) {
    let dir = tempfile::tempdir().unwrap();
    let inside = dir.path().join("draft");
    copy(&folder().join("starter"), &inside);
    copy(&folder().join("calendars"), &dir.path().join("calendars"));
    for (file, from, to) in changes {
        let path = inside.join(file);
        let before = std::fs::read_to_string(&path).unwrap();
        assert!(before.contains(from), "{file} has no “{from}”");
        std::fs::write(&path, before.replace(from, to)).unwrap();
    }
    let settings = std::fs::read_to_string(inside.join("pack.toml")).unwrap();
    std::fs::write(inside.join("pack.toml"), settings.replace("\"starter-1\"", "\"starter-2\"")).unwrap();
    let pack = load(&inside).unwrap_or_else(|problems| panic!("{problems:?}"));
    (dir, pack)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Two parked cars by day, one by night, a heap of litter, in two streets.
const CASES: &str = "number,matter,condition,lon,lat,source,urgency,at
A1,city/order/parking,1,110.005,30.015,hotline,green,2024-03-05 10:00
A2,city/order/parking,1,110.025,30.005,grid_worker,green,2024-03-05 11:00
A3,city/order/parking,1,110.005,30.015,hotline,yellow,2024-03-05 23:00
A4,city/facility/litter,1,110.005,30.015,resident,green,2024-03-09 10:00
";

fn compare(base: &Pack, draft: &Pack, cases: &str) -> Report {
    let mut comparison = Comparison::new(&[base], draft).unwrap();
    let give = |item| match item {
        file::Item::Case(past) => comparison.take(&past),
        file::Item::Bad(what) => comparison.unusable(what),
    };
    file::read(cases.as_bytes(), base, give).unwrap();
    comparison.report()
}

#[test]
fn a_pack_beside_itself_changes_nothing() {
    let base = load(folder().join("starter")).unwrap();
    let report = compare(&base, &base, CASES);
    assert_eq!((report.cases, report.changed, report.unusable), (4, 0, 0));
    assert_eq!(report.by_hour[24 + 10].cases, 1, "Tuesday at ten");
}

#[test]
fn a_row_that_names_another_unit_moves_the_cases_of_its_matter() {
    let base = load(folder().join("starter")).unwrap();
    let routes = std::fs::read_to_string(folder().join("starter/routes.csv")).unwrap();
    let row = routes.lines().find(|line| line.contains("city/order/parking")).unwrap();
    let (_dir, draft) =
        draft(&[("routes.csv", row, &row.replace("traffic-police@street", "works@district"))]);
    let report = compare(&base, &draft, CASES);
    assert_eq!((report.cases, report.changed, report.count("lead")), (4, 3, 3));
    assert_eq!((report.count("closing_level"), report.count("promise")), (0, 0));
    let first = &report.moves[0];
    assert_eq!(
        (first.from.code.as_str(), first.to.code.as_str(), first.cases),
        ("traffic-east", "dept-works", 2)
    );
    assert_eq!(first.example.as_ref().map(|example| example.number.as_str()), Some("A1"));
    let matter = &report.by_matter[0];
    assert_eq!(
        (matter.code.as_str(), matter.share.cases, matter.share.changed),
        ("city/order/parking", 3, 3)
    );
    assert_eq!(report.by_street.iter().map(|street| street.share.changed).collect::<Vec<_>>(), [2, 1]);
    for lang in [Lang::Zh, Lang::En] {
        let (told, page) = (text::write(&report, lang), html::write(&report, lang));
        assert!(told.contains("A1") && page.contains("A1") && page.contains("<svg"), "{told}");
        assert!(!page.contains("<script") && !page.contains("http"), "the page needs nothing else");
    }
}

#[test]
fn a_shorter_limit_moves_only_the_due_instants_and_by_how_much_is_told() {
    let base = load(folder().join("starter")).unwrap();
    let conditions = std::fs::read_to_string(folder().join("starter/conditions.csv")).unwrap();
    let row = conditions.lines().find(|line| line.starts_with("city/order/parking")).unwrap();
    let limit = base.policy.current.matters["city/order/parking"].conditions[0].limits.receive.unwrap();
    assert_eq!(limit.amount, 10, "the starter pack's ten minutes");
    let (_dir, draft) = draft(&[("conditions.csv", row, &row.replacen("10m", "4m", 1))]);
    let report = compare(&base, &draft, CASES);
    assert_eq!((report.count("receive"), report.count("lead"), report.changed), (3, 0, 3));
    assert_eq!((report.receive.earlier, report.receive.later), (3, 0));
    assert_eq!((report.receive.earlier_minutes.median, report.receive.earlier_minutes.most), (6, 6));
}

#[test]
fn a_matter_that_a_draft_forgets_is_counted_as_lost() {
    let base = load(folder().join("starter")).unwrap();
    let renamed = |file| (file, "city/facility/litter", "city/facility/refuse");
    let (_dir, draft) = draft(&["matters.csv", "conditions.csv", "routes.csv", "public.csv"].map(renamed));
    let report = compare(&base, &draft, CASES);
    assert_eq!((report.cases, report.changed, report.count("lost_matter")), (4, 1, 1));
    let example = report.kinds.iter().find(|kind| kind.code == "lost_matter").unwrap().examples[0].clone();
    assert_eq!((example.number.as_str(), example.before.row.as_deref()), ("A4", Some("R-02")));
    assert_eq!(example.filed, "2024-03-09T10:00:00+08:00");
}

#[test]
fn rows_that_cannot_be_used_are_told_with_line_and_column_and_the_rest_is_read() {
    let base = load(folder().join("starter")).unwrap();
    let cases = format!(
        "{CASES}A5,city/order/parking,1,110.005,30.015,pigeon,green,2024-03-05 10:00\nA6,city/none/none,1,110.005,30.015,hotline,green,2024-03-05 10:00\nA7,city/order/parking,1,110.005,30.015,hotline,green,noon\n"
    );
    let report = compare(&base, &base, &cases);
    assert_eq!((report.cases, report.unusable), (4, 3));
    let told = report.unusable_examples.join("\n");
    assert!(
        told.contains("line 6 (source)") && told.contains("line 8 (at)") && told.contains("city/none/none"),
        "{told}"
    );
    let missing = file::read("matter,when\na,b\n".as_bytes(), &base, |_| {}).unwrap_err();
    assert!(missing.contains("source, at"), "{missing}");
}
