//! Reads the house: sources from the disk, crates from `cargo metadata`, places from the packs.
//!
//! Refuses to judge; see [`super::checks`]. Start at [`House::read`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Everything that the checks look at.
pub struct House {
    pub sources: Vec<Source>,
    pub crates: Vec<Crate>,
    /// Names of districts, streets and sections in the packs' area files.
    pub places: Vec<String>,
}

/// A source file: its path from the root, with `/`, and its text.
pub struct Source {
    pub path: String,
    pub text: String,
}

/// A crate of the workspace: what it depends on itself, and everything it is built with (both without dev-dependencies).
pub struct Crate {
    pub name: String,
    pub direct: Vec<String>,
    pub tree: Vec<String>,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// The crate's folder name, when the file is of a crate.
    pub fn of_crate(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }

    /// Whether the file is only ever compiled for tests or benches.
    pub fn is_test(&self) -> bool {
        let parts: Vec<&str> = self.path.split('/').collect();
        parts[..parts.len() - 1].iter().any(|part| matches!(*part, "tests" | "test" | "benches"))
            || parts.last().is_some_and(|file| matches!(*file, "tests.rs") || file.ends_with("_tests.rs"))
    }

    /// The lines that a machine runs, numbered from 1: no whole-line comments, nothing after `#[cfg(test)] mod … {`.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines: Vec<&str> = self.text.lines().collect();
        let end = (0..lines.len())
            .find(|&i| {
                lines[i].trim() == "#[cfg(test)]"
                    && lines[i + 1..].iter().find(|next| !next.trim().starts_with("#[")).is_some_and(|next| {
                        next.trim_start().starts_with("mod ") && next.trim_end().ends_with('{')
                    })
            })
            .unwrap_or(lines.len());
        lines
            .into_iter()
            .take(end)
            .enumerate()
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
            .map(|(i, line)| (i + 1, line))
    }
}

impl Crate {
    pub fn new(name: &str, direct: &[&str], tree: &[&str]) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self { name: name.into(), direct: owned(direct), tree: owned(tree) }
    }
}

impl House {
    pub fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
    }

    pub fn read() -> Self {
        let root = Self::root();
        let mut sources = Vec::new();
        walk(&root, &root.join("crates"), "rs", &mut sources);
        walk(&root, &root.join("web/src"), "ts", &mut sources);
        // These files name on purpose what all others may not.
        sources.retain(|source| !source.path.starts_with("crates/huying/tests/house"));
        sources.sort_by(|a, b| a.path.cmp(&b.path));
        Self { sources, crates: crates(&root), places: places(&root) }
    }
}

fn walk(root: &Path, dir: &Path, extension: &str, into: &mut Vec<Source>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(root, &path, extension, into);
        } else if path.extension().is_some_and(|found| found == extension) {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            into.push(Source { path: name, text: std::fs::read_to_string(&path).unwrap() });
        }
    }
}

fn crates(root: &Path) -> Vec<Crate> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
    // Only this platform's packages: the others need not have been downloaded.
    let output = Command::new(&cargo)
        .args(["metadata", "--format-version", "1", "--offline", "--filter-platform", host])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: BTreeMap<&str, &str> = array(&metadata["packages"])
        .iter()
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    let edges: BTreeMap<&str, Vec<&str>> = array(&metadata["resolve"]["nodes"])
        .iter()
        .map(|node| {
            (
                text(&node["id"]),
                array(&node["deps"]).iter().filter(|d| is_built(d)).map(|d| text(&d["pkg"])).collect(),
            )
        })
        .collect();
    array(&metadata["workspace_members"])
        .iter()
        .map(|member| {
            let direct = edges[text(member)].iter().map(|id| names[*id].to_owned()).collect();
            Crate {
                name: names[text(member)].to_owned(),
                direct,
                tree: tree(&cargo, root, names[text(member)], host),
            }
        })
        .collect()
}

/// Everything that a crate is built with where it is built by itself. `cargo metadata` cannot say that: it gives every package the
/// features that any crate of the workspace asks for.
fn tree(cargo: &str, root: &Path, name: &str, host: &str) -> Vec<String> {
    let output = Command::new(cargo)
        .args(["tree", "--offline", "-p", name, "-e", "normal,build", "--prefix", "none", "--target", host])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let found: BTreeSet<&str> = lines.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    found.into_iter().filter(|found| !found.is_empty()).map(str::to_owned).collect()
}

/// Whether an edge is part of the build; cargo writes `null` for normal dependencies.
fn is_built(edge: &Value) -> bool {
    array(&edge["dep_kinds"]).iter().any(|kind| kind["kind"] != "dev")
}

/// Names of the upper places in every `packs/*/areas.csv`, whose first line names at least `name` and `level`.
fn places(root: &Path) -> Vec<String> {
    let mut found = BTreeSet::new();
    for pack in std::fs::read_dir(root.join("packs")).into_iter().flatten().flatten() {
        let Ok(areas) = std::fs::read_to_string(pack.path().join("areas.csv")) else { continue };
        let mut lines = areas.trim_start_matches('\u{feff}').lines();
        let head: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
        let column = |name: &str| head.iter().position(|found| found.trim() == name);
        let (Some(name), Some(level)) = (column("name"), column("level")) else { continue };
        for line in lines {
            let fields: Vec<&str> = line.split(',').collect();
            let upper = fields
                .get(level)
                .is_some_and(|l| matches!(l.trim(), "city" | "district" | "street" | "section"));
            if let Some(name) = fields.get(name).filter(|name| upper && name.chars().count() >= 2) {
                found.insert(name.trim().to_owned());
            }
        }
    }
    found.into_iter().collect()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().expect("cargo metadata has a text here")
}
