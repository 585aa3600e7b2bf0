//! A pack as people send it: its files one by one, as a folder, or in a zip archive.
//!
//! Owns where the pack begins in what was sent (beside its `pack.toml`), which names stand for which of its files, and how large an
//! archive may become. Refuses what is no file of a pack, and tells all such names at once. Start at [`gather`].

use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::files::{CALENDARS, Files, MOST_BYTES, MOST_FILES, no_such_name};
use crate::problem::{Problem, Problems, Spot};
use crate::scenario::FOLDER;
use crate::settings;

/// A file as it came: its name, with or without folders before it, and its bytes.
pub type Sent = (String, Vec<u8>);

/// The pack that was sent.
///
/// # Errors
/// Every name that belongs to no pack, and whatever cannot be read.
pub fn gather(sent: Vec<Sent>) -> Result<Files, Vec<Problem>> {
    let problems = Problems::default();
    let mut plain = Vec::new();
    for (name, bytes) in sent {
        let is_zip = name.to_ascii_lowercase().ends_with(".zip") || bytes.starts_with(b"PK\x03\x04");
        if is_zip {
            unzip(&name, &bytes, &mut plain, &problems);
        } else {
            plain.push((name.replace('\\', "/"), bytes));
        }
    }
    plain.retain(|(name, _)| !is_left_by_a_system(name));
    plain.retain(|(name, _)| {
        let out = leads_out(name);
        if out {
            problems.add(no_such_name(name));
        }
        !out
    });
    let Some(root) = root(&plain, &problems) else { return Err(problems.into_sorted()) };
    let mut files = Files::default();
    for (name, bytes) in plain {
        let inside = inside(&root, &name);
        if let Err(problem) = files.add(inside.as_deref().unwrap_or(&name), &bytes) {
            problems.add(problem);
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(problems.into_sorted()) }
}

/// What systems put into folders and archives by themselves.
fn is_left_by_a_system(name: &str) -> bool {
    let hidden = |part: &str| part.starts_with('.') && part != ".." && part != ".";
    name.split('/').any(|part| hidden(part) || part == "__MACOSX" || part == "Thumbs.db")
}

/// A way up, other than to the shared holidays.
fn leads_out(name: &str) -> bool {
    let rest = name.strip_prefix("../").filter(|rest| folder_of(rest) == CALENDARS).unwrap_or(name);
    rest.split('/').any(|part| part == "..")
}

fn folder_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The folder of the one `pack.toml`.
fn root(sent: &[Sent], problems: &Problems) -> Option<String> {
    let named = |name: &str| name.rsplit('/').next() == Some(settings::FILE);
    let roots: Vec<&str> =
        sent.iter().map(|(name, _)| name.as_str()).filter(|name| named(name)).map(folder_of).collect();
    let spot = Spot::file(settings::FILE);
    match roots.as_slice() {
        [root] => return Some((*root).to_owned()),
        [] => problems.at(
            spot,
            "what was sent has no pack.toml",
            "Send the pack's folder, all its files, or a zip archive of them",
        ),
        many => {
            let folders = many.join(", ");
            problems.at(spot, format!("there are several packs: {folders}"), "Send one of them");
        }
    }
    None
}

/// The name inside the pack. A browser sends chosen files without their folders: stories and the list of responsibilities
/// are known by what they are.
fn inside(root: &str, name: &str) -> Option<String> {
    let within = if root.is_empty() { Some(name) } else { name.strip_prefix(root)?.strip_prefix('/') };
    match within {
        Some(name) if name.contains('/') => Some(name.to_owned()),
        Some(name) if name.ends_with(".toml") && name != settings::FILE => Some(format!("{FOLDER}/{name}")),
        Some("expectations.csv") => Some(format!("{FOLDER}/expectations.csv")),
        within => within.map(str::to_owned),
    }
}

fn unzip(name: &str, bytes: &[u8], into: &mut Vec<Sent>, problems: &Problems) {
    let broken = |why: &dyn std::fmt::Display| {
        problems.at(
            Spot::file(name),
            format!("the archive cannot be read: {why}"),
            "Make it again as a plain zip without a password",
        );
    };
    let mut archive = match ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(why) => return broken(&why),
    };
    let large = || {
        problems.at(
            Spot::file(name),
            "the archive is too large",
            format!("A pack has up to {} MB in up to {MOST_FILES} files", MOST_BYTES / 1024 / 1024),
        );
    };
    if archive.len() > 2 * MOST_FILES {
        return large();
    }
    let mut left = MOST_BYTES;
    for at in 0..archive.len() {
        let mut file = match archive.by_index(at) {
            Ok(file) => file,
            Err(why) => return broken(&why),
        };
        let inside = match file.name() {
            Ok(name) => name.replace('\\', "/"),
            Err(why) => return broken(&why),
        };
        if file.is_dir() || is_left_by_a_system(&inside) {
            continue;
        }
        let mut text = Vec::new();
        // An archive may say that it is small and be large: what counts is what comes out.
        match file.by_ref().take(left as u64 + 1).read_to_end(&mut text) {
            Ok(read) if read <= left => left -= read,
            Ok(_) => return large(),
            Err(why) => return broken(&why),
        }
        into.push((shared(&inside), text));
    }
}

/// In an archive of the folder above, the shared holidays stand beside the pack's own folder.
fn shared(name: &str) -> String {
    match name.rsplit_once('/') {
        Some((folder, file)) if folder.rsplit('/').next() == Some(CALENDARS) => {
            format!("../{CALENDARS}/{file}")
        }
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn sent(names: &[&str]) -> Vec<Sent> {
        names.iter().map(|name| ((*name).to_owned(), b"x".to_vec())).collect()
    }

    fn zipped(files: &[(&str, &[u8])]) -> Sent {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        ("mine.zip".to_owned(), zip.finish().unwrap().into_inner())
    }

    fn names(files: &Files) -> Vec<String> {
        files.names_of_all().map(str::to_owned).collect()
    }

    #[test]
    fn a_pack_is_found_in_loose_files_in_a_folder_and_in_archives_of_it_or_of_the_folder_above() {
        let own = ["pack.toml", "routes.csv", "scenarios/a.toml"];
        let of_folder =
            sent(&["mine/pack.toml", "mine/routes.csv", "mine/scenarios/a.toml", "mine/.DS_Store"]);
        let of_archive = vec![zipped(&[
            ("pack.toml", b"x"),
            ("routes.csv", b"x"),
            ("scenarios/a.toml", b"x"),
            ("__MACOSX/pack.toml", b"x"),
        ])];
        for (what, sent) in [
            ("loose", sent(&["pack.toml", "routes.csv", "a.toml"])),
            ("folder", of_folder),
            ("backslashes", sent(&["mine\\pack.toml", "mine\\routes.csv", "mine\\scenarios\\a.toml"])),
            ("archive", of_archive),
        ] {
            assert_eq!(names(&gather(sent).unwrap()), own, "{what}");
        }
        let above = zipped(&[
            ("packs/mine/pack.toml", b"x"),
            ("packs/mine/scenarios/expectations.csv", b"x"),
            ("packs/calendars/cn.csv", b"x"),
        ]);
        assert_eq!(
            names(&gather(vec![above]).unwrap()),
            ["../calendars/cn.csv", "pack.toml", "scenarios/expectations.csv"]
        );
    }

    #[test]
    fn what_is_no_pack_is_refused_with_every_wrong_name() {
        let told = |sent: Vec<Sent>| {
            let problems = gather(sent).unwrap_err();
            problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        assert!(told(sent(&["routes.csv"])).contains("no pack.toml"));
        assert!(told(Vec::new()).contains("no pack.toml"));
        assert!(told(sent(&["a/pack.toml", "b/pack.toml"])).contains("several packs: a, b"));
        let two = told(sent(&["pack.toml", "docs/plan.csv", "../../etc/passwd"]));
        assert!(told(sent(&["scenarios/../pack.toml"])).contains("no file of a pack has this name"));
        assert!(two.contains("docs/plan.csv") && two.contains("../../etc/passwd"), "{two}");
        assert!(told(vec![("a.zip".into(), b"PK\x03\x04 and no more".to_vec())]).contains("cannot be read"));
    }

    #[test]
    fn an_archive_that_swells_is_not_followed_to_its_end() {
        let zeros = vec![b'0'; MOST_BYTES + 1];
        let bomb = zipped(&[("pack.toml", b"x"), ("big.csv", &zeros)]);
        assert!(bomb.1.len() < 1024 * 1024, "it is small as long as it is packed");
        let problems = gather(vec![bomb]).unwrap_err();
        assert!(problems[0].message.contains("too large"), "{problems:?}");
    }
}
