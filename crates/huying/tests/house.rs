//! Keeps the invariants of the house, as the section "Invariants" of ARCHITECTURE.md lists them.
//!
//! Owns one check per invariant: a function from what was read (the sources as text, the crates as cargo resolves them) to findings,
//! each naming a file and a line. Every check also has to find a breach that is planted for it, so none can pass by
//! looking at nothing. To add an invariant: a line in ARCHITECTURE.md, a row in [`CHECKS`], a breach in [`planted`].
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod house {
    pub mod checks;
    pub mod reading;
}

use std::collections::BTreeSet;

use house::checks::{self, Finding};
use house::reading::{Crate, House, Source};

type Check = fn(&House) -> Vec<Finding>;

const CHECKS: &[(&str, Check)] = &[
    ("pure-model", checks::pure_model),
    ("arrows", checks::arrows),
    ("one-clock", checks::one_clock),
    ("sql-in-store", checks::sql_in_store),
    ("http-in-server", checks::http_in_server),
    ("no-city-in-code", checks::no_city_in_code),
    ("no-machine-paths", checks::no_machine_paths),
    ("small-files", checks::small_files),
    ("module-docs", checks::module_docs),
];

#[test]
fn every_invariant_of_architecture_md_has_a_check_and_every_check_a_line_there() {
    let text = std::fs::read_to_string(House::root().join("ARCHITECTURE.md")).unwrap();
    let section = text.split("## Invariants").nth(1).expect("ARCHITECTURE.md has a section '## Invariants'");
    let section = section.split("\n## ").next().unwrap_or(section);
    let named: BTreeSet<&str> =
        section.lines().filter_map(|line| line.strip_prefix("- `[")?.split("]`").next()).collect();
    let checked: BTreeSet<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
    assert_eq!(named, checked, "ARCHITECTURE.md on the left, the checks on the right");
}

#[test]
fn the_house_keeps_its_invariants() {
    let house = House::read();
    assert!(house.sources.len() > 20 && house.crates.len() >= 8, "the house was really read");
    let mut broken = Vec::new();
    for (name, check) in CHECKS {
        broken.extend(check(&house).into_iter().map(|finding| format!("[{name}] {finding}")));
    }
    assert!(broken.is_empty(), "the house is not in order:\n{}", broken.join("\n"));
}

#[test]
fn every_check_finds_the_breach_that_is_planted_for_it() {
    for (name, check) in CHECKS {
        let found = check(&planted(name));
        assert_eq!(found.len(), 1, "[{name}] should find exactly the planted breach, and found {found:?}");
    }
}

#[test]
fn a_comment_or_a_test_may_name_what_code_may_not() {
    let mut house = planted("one-clock");
    house.sources[0].text = "//! Owns.\n// Never Instant::now here.\n".into();
    assert!(checks::one_clock(&house).is_empty());
    house.sources[0].text =
        "//! Owns.\n#[cfg(test)]\nmod tests {\n    fn t() { Instant::now(); }\n}\n".into();
    assert!(checks::one_clock(&house).is_empty());
}

/// A small house in order but for one breach of the invariant `name`.
fn planted(name: &str) -> House {
    let mut house = House {
        sources: vec![Source::new("crates/engine/src/handle.rs", "//! Owns.\npub fn f() {}\n")],
        crates: vec![
            Crate::new("huying-model", &["serde"], &["serde", "serde_core"]),
            Crate::new("huying-engine", &["huying-model"], &["huying-model", "serde"]),
        ],
        places: vec!["甲乙镇".into()],
    };
    let mut code = |line: &str| house.sources[0].text.push_str(line);
    match name {
        "pure-model" => house.crates[0].tree.push("getrandom".into()),
        "arrows" => house.crates[0].direct.push("huying-engine".into()),
        "one-clock" => code("fn g() { let t = SystemTime::now(); }\n"),
        "sql-in-store" => code("const Q: &str = \"SELECT id FROM cases\";\n"),
        "http-in-server" => house.crates[1].direct.push("axum".into()),
        "no-city-in-code" => code("const P: &str = \"甲乙镇\";\n"),
        "no-machine-paths" => code("const P: &str = \"/home/someone/file\";\n"),
        "small-files" => code(&"\n".repeat(500)),
        "module-docs" => house.sources[0].text = "pub fn f() {}\n".into(),
        other => panic!("no breach is planted for [{other}]"),
    }
    house
}

/// Crates of the workspace that compute with secrets, or whose randomness could be taken for one.
const CRYPTOGRAPHY: [&str; 15] = [
    "aes-gcm",
    "argon2",
    "ed25519-dalek",
    "hmac",
    "openidconnect",
    "rand",
    "rand_chacha",
    "rustls",
    "rustls-pki-types",
    "sha1",
    "sha2",
    "sm4",
    "tokio-rustls",
    "webauthn_rp",
    "webpki-roots",
];

/// Parts of names by which another one is noticed.
const SOUNDS_LIKE_IT: [&str; 20] = [
    "aes", "argon", "blake", "chacha", "cipher", "crypt", "curve", "dalek", "ecdsa", "gcm", "hkdf", "hmac",
    "p256", "rand", "ring", "rsa", "sha", "sm2", "sm3", "tls",
];

#[test]
fn every_library_of_cryptography_stands_in_the_inventory() {
    let manifest = std::fs::read_to_string(House::root().join("Cargo.toml")).unwrap();
    let wanted = manifest.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let named: BTreeSet<&str> =
        wanted.lines().filter_map(|line| line.split_once(" = ")).map(|it| it.0).collect();
    let docs = std::fs::read_to_string(House::root().join("docs/security.md")).unwrap();
    let inventory = docs.split("## Inventory of cryptography").nth(1).unwrap().split("\n## ").next().unwrap();
    for library in CRYPTOGRAPHY {
        assert!(named.contains(library), "{library} is used no more: take it out of the inventory");
        assert!(inventory.contains(&format!("`{library}`")), "docs/security.md says nothing of {library}");
    }
    for name in named.iter().filter(|name| !CRYPTOGRAPHY.contains(name)) {
        let sounds =
            name.split(['-', '_']).any(|part| SOUNDS_LIKE_IT.iter().any(|sign| part.starts_with(sign)));
        assert!(!sounds, "{name}: say in docs/security.md what it is used for, and name it here");
    }
}
