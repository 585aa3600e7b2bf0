//! The starter pack with mistakes in it, for tests.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::fs;
use std::path::{Path, PathBuf};

use huying_pack::{Finding, LintReport, Problem, lint, load};

/// File, text that stands in it, text in its place. Where the old text is empty the new one is put at the end, of a new
/// file if need be.
pub type Edit = (&'static str, &'static str, &'static str);

pub fn starter() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs/starter")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The starter pack with these edits. The calendars lie beside it.
pub fn edited(edits: &[(&str, &str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    copy(&starter().join("../calendars"), &folder.path().join("calendars"));
    let pack = folder.path().join("pack");
    copy(&starter(), &pack);
    for (file, old, new) in edits {
        let text = fs::read_to_string(pack.join(file)).unwrap_or_default();
        let text = if old.is_empty() {
            format!("{text}{new}")
        } else {
            assert!(text.contains(old), "{file} has no '{old}' any more: correct the test");
            text.replacen(old, new, 1)
        };
        fs::write(pack.join(file), text).unwrap();
    }
    (folder, pack)
}

/// What the lint says of the starter pack with these edits.
pub fn linted(edits: &[(&str, &str, &str)]) -> LintReport {
    let (_folder, pack) = edited(edits);
    lint(&pack)
}

/// Everything that a finding shows, in one text.
pub fn shown(finding: &Finding) -> String {
    format!("{} | {} | {}", finding.problem, finding.example, finding.rows.join(", "))
}

/// The starter pack with this as its only story.
pub fn telling(story: &str, edits: &[(&str, &str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let (folder, pack) = edited(edits);
    fs::remove_dir_all(pack.join("scenarios")).unwrap();
    fs::create_dir(pack.join("scenarios")).unwrap();
    fs::write(pack.join("scenarios/told.toml"), story).unwrap();
    (folder, pack)
}

/// What the reader tells of the starter pack with these edits.
pub fn problems(edits: &[(&str, &str, &str)]) -> Vec<Problem> {
    let (_folder, pack) = edited(edits);
    load(&pack).map(|_| Vec::new()).unwrap_or_else(|problems| problems)
}
