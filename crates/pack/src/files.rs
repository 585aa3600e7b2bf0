//! A pack as its files' texts by name: how a store keeps it, and how it comes in by an upload.
//!
//! Owns the names that files may have and how large the whole may be. Refuses paths that lead out of the pack, except to the
//! holiday files that packs share. Start at [`Files::of_folder`].

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::problem::{Problem, Problems, Spot};
use crate::scenario;
use crate::settings;
use crate::source::{Source, decode};

/// Bytes that all files of a pack may have together.
pub const MOST_BYTES: usize = 32 * 1024 * 1024;
/// Files that a pack may have.
pub const MOST_FILES: usize = 2_000;
/// Holiday files that packs share stand beside them.
pub const CALENDARS: &str = "calendars";

/// The texts by name; files of folders as `scenarios/NAME`, shared holidays as `../calendars/NAME`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Files(BTreeMap<String, String>);

impl Source for Files {
    fn bytes(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.0.get(name).map(|text| text.as_bytes().to_vec()))
    }
    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        let prefix = format!("{folder}/");
        let below = self.0.keys().filter_map(|name| name.strip_prefix(&prefix));
        Ok(below.filter(|name| !name.contains('/')).map(str::to_owned).collect())
    }
}

impl Files {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
    /// Every file's name, in order.
    pub fn names_of_all(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
    /// The text of a file.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
    /// Adds a text that is known to be one.
    pub fn insert(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.0.insert(name.into(), text.into());
    }

    /// The holiday files that this pack's calendars name, in their order: in the pack, or shared beside it.
    pub fn holidays(&self) -> Vec<String> {
        let settings = self.text(settings::FILE).and_then(|text| text.parse::<toml::Table>().ok());
        let calendars = settings.as_ref().and_then(|table| table.get("calendars")?.as_table());
        let named = calendars.into_iter().flatten().filter_map(|(_, one)| one.get("holidays")?.as_str());
        let places = named.map(|name| [name.to_owned(), format!("../{CALENDARS}/{name}")]);
        let mut found: Vec<String> = Vec::new();
        for name in places.filter_map(|places| places.into_iter().find(|name| self.has(name))) {
            if !found.contains(&name) {
                found.push(name);
            }
        }
        found
    }

    /// Takes the shared holiday files of another pack that this one lacks.
    pub fn take_calendars(&mut self, of: &Files) {
        let shared = format!("../{CALENDARS}/");
        for (name, text) in of.0.iter().filter(|(name, _)| name.starts_with(&shared)) {
            self.0.entry(name.clone()).or_insert_with(|| text.clone());
        }
    }

    /// Adds a file as it came.
    ///
    /// # Errors
    /// A name that no pack's file has, a text in no known encoding, or too much of it.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), Problem> {
        let problem = |what: &str, mend: &str| Spot::file(name).problem(what, mend);
        let inside = match name.split('/').collect::<Vec<_>>().as_slice() {
            [file] => plain(file),
            [folder, file] => *folder == scenario::FOLDER && plain(file),
            ["..", folder, file] => *folder == CALENDARS && plain(file),
            _ => false,
        };
        if !inside {
            return Err(no_such_name(name));
        }
        let all: usize = self.0.values().map(String::len).sum();
        if all + bytes.len() > MOST_BYTES || self.0.len() >= MOST_FILES {
            return Err(problem("the pack is too large", "A pack has up to 32 MB in up to 2000 files"));
        }
        let problems = Problems::default();
        match decode(bytes, name, &problems) {
            Some(text) => {
                self.insert(name, text);
                Ok(())
            }
            None => Err(problems.into_sorted().into_iter().next().unwrap_or_else(|| problem("no text", ""))),
        }
    }

    /// Everything that belongs to the pack in a folder.
    ///
    /// # Errors
    /// The first file that cannot be read or taken, in words.
    pub fn of_folder(dir: &Path) -> Result<Files, String> {
        let mut files = Files::default();
        let folders = [
            (dir.to_path_buf(), String::new()),
            (dir.join(scenario::FOLDER), format!("{}/", scenario::FOLDER)),
            (dir.join("..").join(CALENDARS), format!("../{CALENDARS}/")),
        ];
        for (folder, prefix) in folders {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for entry in entries {
                let entry = entry.map_err(|error| error.to_string())?;
                if !entry.file_type().is_ok_and(|kind| kind.is_file()) {
                    continue;
                }
                let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
                let bytes =
                    std::fs::read(entry.path()).map_err(|error| format!("reading {name}: {error}"))?;
                files.add(&name, &bytes).map_err(|problem| problem.to_string())?;
            }
        }
        Ok(files)
    }
}

/// What is said of a name that no pack's file has.
pub(crate) fn no_such_name(name: &str) -> Problem {
    Spot::file(name).problem(
        "no file of a pack has this name",
        "Send the pack's own files, scenarios/NAME and ../calendars/NAME",
    )
}

/// A plain file's name: no path, nothing hidden.
fn plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['\\', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_a_packs_files_are_taken() {
        let mut files = Files::default();
        for name in ["pack.toml", "scenarios/a.toml", "../calendars/cn.csv"] {
            assert_eq!(files.add(name, b"x"), Ok(()), "{name}");
        }
        for name in [
            "",
            ".hidden",
            "../pack.toml",
            "../../etc/passwd",
            "/etc/passwd",
            "a/b.csv",
            "scenarios/../x",
            "a\\b",
        ] {
            assert!(files.add(name, b"x").is_err(), "{name}");
        }
        assert!(files.add("big.csv", &vec![b'x'; MOST_BYTES]).is_err());
        assert!(files.add("odd.csv", b"\xff\xff\xff").is_err());
    }
}
