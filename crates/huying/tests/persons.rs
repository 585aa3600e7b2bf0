//! Forgetting by two people and replacing the sealing key, with the built binary from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
    fn run(&self, settings: &[(&str, &str)], args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_huying"));
        command.current_dir(self.dir.path()).env_clear().env("HUYING_DATABASE", "sqlite:a.db");
        // A command for the key is looked for as any program is.
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(settings.iter().copied()).args(args).output().unwrap()
    }
    fn well(&self, settings: &[(&str, &str)], args: &[&str]) -> String {
        let out = self.run(settings, args);
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        assert_eq!(out.status.code(), Some(0), "{args:?}: {said}{}", String::from_utf8_lossy(&out.stderr));
        said
    }
    fn holds(&self, name: &str, words: &str) -> bool {
        std::fs::read(self.path(name))
            .is_ok_and(|bytes| bytes.windows(words.len()).any(|part| part == words.as_bytes()))
    }
}

/// A store with one case of another system that has ended. Answers its number.
fn filled() -> (Place, String) {
    let place = Place { dir: tempfile::tempdir().unwrap() };
    let cells = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/starter/cells.geojson");
    let cells: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(cells).unwrap()).unwrap();
    let corner = &cells["features"][0]["geometry"]["coordinates"][0];
    let middle = |axis: usize| (corner[0][axis].as_f64().unwrap() + corner[2][axis].as_f64().unwrap()) / 2.0;
    let rows = format!(
        "no,told,done,lon,lat,what,state,words\nA1,2026-03-02 09:10,2026-03-03 15:00,{},{},积存垃圾,办结,欧阳翠花的旧案\n",
        middle(0),
        middle(1)
    );
    std::fs::write(place.path("old.csv"), rows).unwrap();
    std::fs::write(place.path("MAP.toml"), include_str!("desk_book/MAP.toml")).unwrap();
    place.well(&[], &["init", "--pack", "starter"]);
    place.well(&[], &["import", "cases", "old.csv", "--map", "MAP.toml"]);
    place.well(&[], &["export", "cases", "--to", "cases.csv"]);
    let csv = std::fs::read_to_string(place.path("cases.csv")).unwrap();
    let mut lines = csv.lines();
    let at = lines.next().unwrap().split(',').position(|name| name.contains("number")).unwrap();
    let number = lines.next().unwrap().split(',').nth(at).unwrap().to_owned();
    (place, number)
}

#[test]
fn a_case_is_forgotten_by_two_people_and_every_proof_holds() {
    let (place, number) = filled();
    let erase = ["person", "erase", number.as_str(), "--reason", "request", "--by", "administrator"];
    let said = place.well(&[], &erase);
    let id = said.split_whitespace().next().unwrap().to_owned();
    let same = place.run(&[], &["person", "confirm", &id, "--by", "administrator"]);
    assert_eq!(same.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&same.stdout).contains("same_person"));
    let nobody = place.run(&[], &["person", "list", "--by", "dispatcher-east"]);
    assert!(String::from_utf8_lossy(&nobody.stdout).contains("administrators_only"));
    let alone = ["person", "export", number.as_str(), "--asked-by", "auditor", "--by", "auditor"];
    assert!(String::from_utf8_lossy(&place.run(&[], &alone).stdout).contains("same_person"));
    let held = ["person", "export", number.as_str(), "--asked-by", "administrator", "--by", "auditor"];
    assert!(place.well(&[], &held).contains("欧阳翠花"), "it is there before");
    assert!(place.well(&[], &["person", "confirm", &id, "--by", "auditor"]).contains("destroyed"));
    assert!(!place.well(&[], &held).contains("翠花"));
    assert!(!place.holds("a.db", "翠花") && !place.holds("a.db-wal", "翠花"));
    assert!(place.well(&[], &["person", "list", "--by", "auditor"]).contains("done by auditor"));
    assert!(place.well(&[], &["audit"]).contains("0 breaches"));
    assert!(place.well(&[], &["rebuild", "--check"]).contains("0 different"));
}

#[test]
fn a_sealing_key_is_replaced_by_one_that_a_command_prints() {
    let (place, _) = filled();
    std::fs::rename(place.path("a.key"), place.path("old.key")).unwrap();
    let command = format!("[\"echo\",\"{}\"]", "ab".repeat(32));
    let new = ("HUYING__STORE__KEY_COMMAND", command.as_str());
    let both = [new, ("HUYING__STORE__OLD_KEY_FILE", "old.key")];
    assert_eq!(place.run(&[new], &["audit"]).status.code(), Some(3), "the new key alone opens nothing yet");
    assert!(place.well(&both, &["key", "rotate"]).contains("none by the old one"));
    assert!(place.well(&[new], &["rebuild", "--check"]).contains("0 different"));
    let shown = place.well(&[("HUYING__STORE__OLD_KEY", "not-to-be-shown")], &["config"]);
    assert!(!shown.contains("not-to-be-shown"), "{shown}");
    assert!(
        !place.well(&[new], &["config"]).contains(&"ab".repeat(32)),
        "a command's words may hold a secret"
    );
}
