//! A draft beside the cases of a store, on a file and on PostgreSQL: the same journal gives the same answer.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails loudly and uses its part of what the crash tests stand on"
)]

#[path = "crash_made/server.rs"]
mod server;

use std::path::{Path, PathBuf};

use serde_json::Value;
use server::{Cluster, Place};

fn starter() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/starter")
}

/// The starter pack under another version, in which rows for order send to public works.
fn lay_out(place: &Place) {
    let draft = place.path("draft");
    std::fs::create_dir(&draft).unwrap();
    for entry in std::fs::read_dir(starter()).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        std::fs::copy(entry.path(), draft.join(entry.file_name())).unwrap();
    }
    std::fs::copy(starter().join("../calendars/cn.csv"), draft.join("cn.csv")).unwrap();
    for (file, old, new) in [
        ("routes.csv", "order@street", "works@district"),
        ("pack.toml", "version = \"starter-1\"", "version = \"starter-2\""),
    ] {
        let text = std::fs::read_to_string(draft.join(file)).unwrap();
        assert!(text.contains(old), "{file} has no '{old}' any more: correct the test");
        std::fs::write(draft.join(file), text.replace(old, new)).unwrap();
    }
}

const MAP: &str = include_str!("desk_book/MAP.toml");

fn brought_in(place: &Place, url: &str) {
    let mut rows = String::from("no,told,done,lon,lat,what,state,words\n");
    for no in 0..5 {
        let what = if no < 2 { "积存垃圾" } else { "占道经营" };
        rows.push_str(&format!("A{no},2026-03-02 09:1{no},,110.005,30.015,{what},在办,第{no}件旧案\n"));
    }
    std::fs::write(place.path("old.csv"), rows).unwrap();
    std::fs::write(place.path("MAP.toml"), MAP).unwrap();
    place.well(url, &["init", "--pack", "starter"]);
    place.well(url, &["import", "cases", "old.csv", "--map", "MAP.toml"]);
}

fn asked(place: &Place, url: &str, more: &[&str]) -> Value {
    let args = [&["pack", "what-if", "draft", "--json", "--against", url], more].concat();
    serde_json::from_str(&place.well(url, &args)).unwrap()
}

fn changes(report: &Value) -> Vec<(String, u64)> {
    let kinds = report["kinds"].as_array().unwrap().iter();
    let counted =
        kinds.map(|kind| (kind["code"].as_str().unwrap().to_owned(), kind["cases"].as_u64().unwrap()));
    counted.filter(|(_, cases)| *cases > 0).collect()
}

/// What the command says, what the book keeps, and with a baseline that is named.
fn judged(url: &str, place: &Place) -> Value {
    lay_out(place);
    brought_in(place, url);
    let whole = asked(place, url, &[]);
    assert_eq!(whole["cases"], 5, "{whole}");
    assert_eq!(whole["read"]["entries"], whole["read"]["of"], "all of the journal");
    assert!(whole["read"]["of"].as_u64().unwrap() > 10);
    assert!(changes(&whole).contains(&("lead".into(), 3)), "{whole}");
    let named = asked(place, url, &["--baseline", "starter"]);
    assert_eq!(named["kinds"], whole["kinds"], "the starter pack is what they ran by");
    place.well(url, &["policy", "draft", "draft", "--by", "administrator", "--reason", "r"]);
    let kept = place.well(url, &["policy", "compare", "starter-2", "--by", "administrator", "--json"]);
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept["kinds"], whole["kinds"], "the book asks as the command does");
    let shown = place.well(url, &["policy", "show", "starter-2"]);
    assert!(shown.contains("5 past cases") && shown.contains("another lead"), "{shown}");
    whole
}

#[test]
fn a_store_on_a_file_and_one_on_postgres_give_the_same_answer() {
    let (file, served) = (Place::new(), Place::new());
    let of_file = judged("sqlite:a.db", &file);
    let cluster = Cluster::start();
    let of_server = judged(&cluster.url(), &served);
    for part in
        ["cases", "changed", "by_facts", "by_street", "by_matter", "by_hour", "receive", "handle", "promise"]
    {
        assert_eq!(of_file[part], of_server[part], "{part}");
    }
    assert_eq!(changes(&of_file), changes(&of_server));
}
