//! The guide is enough: the pack of an invented district is the starter with fewer than forty lines added or changed. And
//! what the page of the five packs points at is there.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use huying_model::org::UnitKind;
use huying_pack::{lint, load};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(name)
}

/// The files below a folder, as paths in it.
fn files(root: &Path, below: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root.join(below)).unwrap();
    let mut found = Vec::new();
    for entry in entries.map(Result::unwrap) {
        let path = below.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files(root, &path)),
            false => found.push(path),
        }
    }
    found
}

/// Lines of a text that another text has not, counted as often as they stand there more often. A changed line is one.
fn beyond(text: &str, other: &str) -> usize {
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    other.lines().for_each(|line| *left.entry(line).or_default() += 1);
    let mut new = 0;
    for line in text.lines() {
        match left.get_mut(line) {
            Some(count) if *count > 0 => *count -= 1,
            _ => new += 1,
        }
    }
    new
}

#[test]
fn lines_beyond_are_those_added_and_those_changed() {
    assert_eq!(beyond("a\nb\nc\n", "a\nb\nc\n"), 0);
    assert_eq!(beyond("a\nB\nc\nc\n", "a\nb\nc\n"), 2);
    assert_eq!(beyond("a\n", "a\nb\n"), 0);
    assert_eq!(beyond("a\nb\n", ""), 2);
}

#[test]
fn a_pack_for_another_district_takes_fewer_than_forty_lines_beyond_the_starter() {
    let (starter, mine) = (folder("starter"), folder("firefly"));
    let counts: Vec<(PathBuf, usize)> = files(&mine, Path::new(""))
        .into_iter()
        .map(|file| {
            let theirs = fs::read_to_string(starter.join(&file)).unwrap_or_default();
            let lines = beyond(&fs::read_to_string(mine.join(&file)).unwrap(), &theirs);
            (file, lines)
        })
        .collect();
    let all: usize = counts.iter().map(|(_, lines)| lines).sum();
    assert!(all < 40, "{all} lines: {counts:?}");
}

#[test]
fn that_district_has_a_matter_a_seconded_post_and_a_clock_of_its_own_and_the_lint_finds_nothing() {
    let report = lint(folder("firefly"));
    assert!(report.passed() && report.warnings() == 0, "{report}");
    let (mine, starter) = (load(folder("firefly")).unwrap(), load(folder("starter")).unwrap());
    assert_ne!((&mine.code, &mine.version), (&starter.code, &starter.version));
    assert_ne!(mine.number_prefix, starter.number_prefix);

    let known = &starter.policy.current.matters;
    let own: Vec<_> = mine.policy.current.matters.values().filter(|m| !known.contains_key(&m.code)).collect();
    assert!(
        matches!(own.as_slice(), [matter] if matter.calendar.is_some() && matter.conditions[0].limits.arrive.is_some()),
        "one matter with a calendar and a clock of its own: {own:?}"
    );
    let org = &mine.policy.org;
    let seconded = |unit: &&huying_model::org::Unit| {
        unit.kind == UnitKind::Post && unit.home.as_ref().is_some_and(|home| org.units.contains_key(home))
    };
    let new = org.units.values().filter(|unit| !starter.policy.org.units.contains_key(&unit.id));
    assert_eq!(new.filter(seconded).count(), 2, "one for each street");
}

/// Whether a row or section that the page names stands in the file.
fn stands(text: &str, file: &str, word: &str) -> bool {
    match file.ends_with(".csv") {
        true => text.lines().any(|line| line.split(',').any(|cell| cell == word)),
        false => text.lines().any(|line| line.starts_with(word)),
    }
}

#[test]
fn every_row_and_story_that_the_page_of_the_five_packs_names_is_there() {
    let page = fs::read_to_string(folder("../docs/packs.md")).unwrap();
    let mut named = 0;
    let mut gone = Vec::new();
    for section in page.split("\n## ").skip(1) {
        let mut quoted = section.split('`').skip(1).step_by(2);
        let pack = quoted.next().unwrap();
        for (file, word) in quoted.map(|text| text.split_once(' ').unwrap_or((text, ""))) {
            if !file.ends_with(".csv") && !file.ends_with(".toml") {
                continue;
            }
            named += 1;
            let text = fs::read_to_string(folder(pack).join(file)).unwrap_or_default();
            if text.is_empty() || !word.is_empty() && !stands(&text, file, word) {
                gone.push(format!("{pack}: {file} {word}"));
            }
        }
    }
    assert!(named > 80, "the page names {named} places");
    assert!(gone.is_empty(), "{gone:?}");
    for name in ["jiangbei", "laoshan", "lanling", "haizhu", "daxing"] {
        for file in files(&folder(name), Path::new("scenarios")) {
            let told =
                file.extension().is_none_or(|end| end != "toml") || page.contains(file.to_str().unwrap());
            assert!(told, "{name}: the page does not name {}", file.display());
        }
    }
}
