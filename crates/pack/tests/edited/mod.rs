//! The starter pack with something changed in it.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use std::fs;
use std::path::{Path, PathBuf};

use huying_pack::{Problem, load};

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

/// The starter pack with these edits: file, text that stands in it, text in its place. The calendars lie beside it.
pub fn edited(edits: &[(&str, &str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    copy(&starter().join("../calendars"), &folder.path().join("calendars"));
    let pack = folder.path().join("pack");
    copy(&starter(), &pack);
    for (file, old, new) in edits {
        let text = fs::read_to_string(pack.join(file)).unwrap();
        assert!(text.contains(old), "{file} has no '{old}' any more: correct the test");
        fs::write(pack.join(file), text.replacen(old, new, 1)).unwrap();
    }
    (folder, pack)
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
