//! The checks, one function per invariant. Each looks at a [`House`] and answers what is wrong, and where.

use super::reading::{House, Source};

/// What is wrong, beginning with the file and line or the crate.
pub type Finding = String;

/// What a crate may depend on inside the house. Arrows only point down: nothing here names a crate of a higher floor.
const ARROWS: &[(&str, &[&str])] = &[
    ("huying-model", &[]),
    ("huying-insight", &[]),
    ("huying-proof", &[]),
    ("huying-geo", &["huying-model"]),
    ("huying-store", &["huying-model", "huying-proof"]),
    ("huying-pack", &["huying-model", "huying-geo"]),
    (
        "huying-engine",
        &["huying-model", "huying-insight", "huying-proof", "huying-geo", "huying-store", "huying-pack"],
    ),
    (
        "huying-server",
        &["huying-model", "huying-proof", "huying-geo", "huying-store", "huying-pack", "huying-engine"],
    ),
    ("huying-sim", &["huying-model", "huying-geo", "huying-store", "huying-pack", "huying-engine"]),
    (
        "huying",
        &[
            "huying-model",
            "huying-insight",
            "huying-proof",
            "huying-geo",
            "huying-store",
            "huying-pack",
            "huying-engine",
            "huying-server",
            "huying-sim",
        ],
    ),
];

/// Crates whose presence would give the model a runtime, a network, a database, randomness or the time of day.
const IMPURE: &[&str] = &[
    "tokio",
    "async-std",
    "smol",
    "mio",
    "axum",
    "hyper",
    "http",
    "reqwest",
    "rusqlite",
    "libsqlite3-sys",
    "tokio-postgres",
    "sqlx",
    "rand",
    "rand_core",
    "fastrand",
    "getrandom",
    "chrono",
    "tempfile",
];

/// The same, as the standard library spells it.
const IMPURE_PATHS: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io",
    "SystemTime",
    "std::time::Instant",
];

const ASKS_THE_TIME: &[&str] = &[
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "Utc::now",
    "Local::now",
    "OffsetDateTime::now_utc",
];

/// Files, or folders that end in `/`, that may ask the time, each with its reason.
const MAY_ASK_THE_TIME: &[(&str, &str)] = &[
    ("crates/huying/src/clock.rs", "it is the one clock"),
    ("crates/huying/src/bench/", "it measures how long things take; no case sees these instants"),
    ("crates/huying/src/bench.rs", "as the folder"),
];

pub fn pure_model(house: &House) -> Vec<Finding> {
    let pure = |name: &str| {
        matches!(name, "huying-model" | "huying-insight" | "huying-proof" | "model" | "insight" | "proof")
    };
    let mut found: Vec<Finding> = house
        .crates
        .iter()
        .filter(|one| pure(&one.name))
        .flat_map(|one| {
            one.tree.iter().filter(|dep| IMPURE.contains(&dep.as_str())).map(|dep| {
                format!(
                    "{} is built with {dep}: find it with 'cargo tree -p {} -i {dep}'",
                    one.name, one.name
                )
            })
        })
        .collect();
    let own = |source: &Source| source.of_crate().is_some_and(pure) && !source.is_test();
    found.extend(lines(house, own, |line| first(line, IMPURE_PATHS)));
    found
}

pub fn arrows(house: &House) -> Vec<Finding> {
    let mut found = Vec::new();
    for one in &house.crates {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == one.name) else {
            found.push(format!("the crate {} has no row in the table of arrows", one.name));
            continue;
        };
        for dep in
            one.direct.iter().filter(|dep| dep.starts_with("huying") && !allowed.contains(&dep.as_str()))
        {
            found.push(format!("{} depends on {dep}, which is not below it", one.name));
        }
    }
    found
}

pub fn one_clock(house: &House) -> Vec<Finding> {
    let judged = |source: &Source| {
        source.of_crate().is_some()
            && !source.is_test()
            && !MAY_ASK_THE_TIME.iter().any(|(place, _)| {
                source.path == *place || (place.ends_with('/') && source.path.starts_with(place))
            })
    };
    lines(house, judged, |line| first(line, ASKS_THE_TIME))
}

#[allow(clippy::redundant_closure, reason = "the bare function's lifetimes are stricter than the closure's")]
pub fn sql_in_store(house: &House) -> Vec<Finding> {
    let mut found =
        lines(house, |source| !matches!(source.of_crate(), None | Some("store")), |line| sql(line));
    found.extend(direct_only_in(
        house,
        &["rusqlite", "tokio-postgres", "deadpool-postgres", "sqlx", "libsqlite3-sys"],
        &["huying-store"],
    ));
    found
}

fn sql(line: &str) -> Option<&'static str> {
    if line.contains("UPDATE ") && line.contains(" SET ") {
        return Some("UPDATE … SET");
    }
    if line.contains("SELECT ") && (line.contains(" FROM ") || line.contains("SELECT 1")) {
        return Some("SELECT …");
    }
    first(line, &["INSERT INTO ", "DELETE FROM ", "CREATE TABLE ", "ALTER TABLE ", "DROP TABLE "])
}

pub fn http_in_server(house: &House) -> Vec<Finding> {
    let http = ["axum", "hyper", "http", "tower-http", "headers"];
    direct_only_in(house, &http, &["huying-server", "huying"])
}

pub fn no_city_in_code(house: &House) -> Vec<Finding> {
    // Tests may say what a pack holds; code may not know.
    let judged = |source: &Source| !source.is_test();
    lines(house, judged, |line| house.places.iter().map(String::as_str).find(|place| line.contains(place)))
}

/// The path begins there: in `people/work/*` it is the middle of a longer name.
fn names(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| !line[..at].ends_with(char::is_alphanumeric))
}

pub fn no_machine_paths(house: &House) -> Vec<Finding> {
    // Split, so that this line does not name what it forbids; comments are judged too.
    let places = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/tm", "p/"),
        "C:\\Users",
    ];
    let mut found = Vec::new();
    for source in &house.sources {
        for (i, line) in source.text.lines().enumerate() {
            if let Some(place) = places.iter().find(|place| names(line, place)) {
                found.push(format!("{}:{}: names {place}", source.path, i + 1));
            }
        }
    }
    found
}

pub fn small_files(house: &House) -> Vec<Finding> {
    let long =
        |source: &&Source| source.text.lines().count() > 500 && !source.text.starts_with("// Generated by ");
    let told = |source: &Source| format!("{} has {} lines", source.path, source.text.lines().count());
    house.sources.iter().filter(long).map(told).collect()
}

pub fn module_docs(house: &House) -> Vec<Finding> {
    let bare = |source: &&Source| {
        let start = source.text.trim_start();
        source.path.ends_with(".rs") && !start.starts_with("//!") && !start.starts_with("// Generated by ")
    };
    let told = |source: &Source| format!("{}:1: begins without a //! that says what it owns", source.path);
    house.sources.iter().filter(bare).map(told).collect()
}

/// One finding for each line of code, in the sources that `judged` picks, where `breach` names what is wrong.
fn lines<'a>(
    house: &'a House,
    judged: impl Fn(&Source) -> bool,
    breach: impl Fn(&str) -> Option<&'a str>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in house.sources.iter().filter(|source| judged(source)) {
        for (number, line) in source.code() {
            if let Some(what) = breach(line) {
                found.push(format!("{}:{number}: {}", source.path, what.trim()));
            }
        }
    }
    found
}

fn first(line: &str, words: &[&'static str]) -> Option<&'static str> {
    words.iter().find(|word| line.contains(**word)).copied()
}

/// Crates outside `allowed` that depend on one of `libraries` themselves.
fn direct_only_in(house: &House, libraries: &[&str], allowed: &[&str]) -> Vec<Finding> {
    let mut found = Vec::new();
    for one in house.crates.iter().filter(|one| !allowed.contains(&one.name.as_str())) {
        for dep in one.direct.iter().filter(|dep| libraries.contains(&dep.as_str())) {
            found.push(format!("{} depends on {dep}; only {} may", one.name, allowed.join(" and ")));
        }
    }
    found
}
