//! The JSON Schema of pack.toml (docs/pack.schema.json) fits every pack, refuses what the reader refuses, and knows the
//! same keys as the reader, no more and no fewer.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use crate::edited::{edited, starter};
use huying_model::actor::Role;
use huying_pack::load;
use serde_json::Value;

fn schema() -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/pack.schema.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::new(&schema()).unwrap()
}

/// What an editor would underline.
fn told(text: &str) -> Vec<String> {
    let settings: Value = toml::from_str(text).unwrap();
    validator().iter_errors(&settings).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn the_schema_is_one_and_every_pack_fits_it() {
    jsonschema::draft202012::meta::validate(&schema()).unwrap();
    let mut packs = 0;
    for entry in fs::read_dir(starter().join("..")).unwrap() {
        let file = entry.unwrap().path().join("pack.toml");
        if let Ok(text) = fs::read_to_string(&file) {
            assert_eq!(told(&text), Vec::<String>::new(), "{}", file.display());
            packs += 1;
        }
    }
    assert!(packs >= 4, "only {packs} packs were looked at");
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let text = fs::read_to_string(starter().join("pack.toml")).unwrap();
    for (old, new, at) in [
        ("number_prefix = \"SD\"", "number_prefix = \"起步\"", "/number_prefix"),
        ("demo = true", "demo = \"yes\"", "/demo"),
        ("demo = true", "dmeo = true", "dmeo"),
        ("from = \"2024-01-01\"", "from = \"1 January\"", "/from"),
        ("limit_percent = 75", "limit_percent = 150", "/urgency/yellow/limit_percent"),
        ("returns = 2", "returns = 3", "/allowances/returns"),
        ("[timers.verify]", "[timers.vreify]", "vreify"),
        ("\"2wh leader\"]", "\"2wh chief\"]", "/timers/dispatch/ladder/1"),
        ("limit = \"30m\"", "limit = \"soon\"", "/timers/receive/limit"),
        ("fallback = \"works@district\"", "fallback = \"works\"", "/who/fallback"),
        ("source = \"sensor\"", "source = \"sensors\"", "/auto/0/source"),
        ("[roles.grid_worker]", "[roles.gridworker]", "gridworker"),
        ("[recipients.elderly_alone]", "[recipients.Elderly]", "Elderly"),
        ("min_households = 200\nmax_households = 500", "", "/grids"),
    ] {
        assert!(text.contains(old), "pack.toml has no '{old}' any more: correct the test");
        let told = told(&text.replacen(old, new, 1));
        assert!(told.iter().any(|error| error.contains(at)), "'{new}' at {at}, told: {told:?}");
    }
}

const STRANGER: &str = "stranger";

/// Puts a key that nobody knows into every table but those whose keys are names of the pack's own.
fn put_strangers(table: &mut toml::Table, path: &str) {
    for (key, value) in table.iter_mut() {
        let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match value {
            toml::Value::Table(table) => put_strangers(table, &below),
            toml::Value::Array(items) => {
                items
                    .iter_mut()
                    .filter_map(|item| item.as_table_mut())
                    .for_each(|item| put_strangers(item, &below));
            }
            _ => {}
        }
    }
    if !["calendars", "recipients", "roles"].contains(&path) {
        table.insert(STRANGER.to_owned(), toml::Value::Boolean(true));
    }
}

fn codes<T: serde::Serialize>(all: impl IntoIterator<Item = T>) -> BTreeSet<String> {
    all.into_iter().map(|one| serde_json::to_value(one).unwrap().as_str().unwrap().to_owned()).collect()
}

/// Tables of pack.toml by path, each with the keys that the reader names when it meets a stranger.
fn keys_of_the_reader() -> BTreeMap<String, BTreeSet<String>> {
    let (_folder, pack) = edited(&[]);
    let mut settings: toml::Table = fs::read_to_string(pack.join("pack.toml")).unwrap().parse().unwrap();
    let empty = || toml::Value::Table(toml::Table::new());
    for optional in ["admission", "facts"] {
        settings.entry(optional).or_insert_with(empty);
    }
    settings["timers"].as_table_mut().unwrap().entry("bring_in").or_insert_with(empty);
    settings["shapes"].as_table_mut().unwrap().insert("made".to_owned(), empty());
    settings["calendars"]["cn"].as_table_mut().unwrap().insert("weekdays".to_owned(), empty());
    for role in codes(Role::ALL) {
        settings["roles"].as_table_mut().unwrap().entry(role).or_insert_with(empty);
    }
    put_strangers(&mut settings, "");
    fs::write(pack.join("pack.toml"), toml::to_string(&settings).unwrap()).unwrap();
    let mut keys = BTreeMap::new();
    for problem in load(&pack).unwrap_err() {
        let Some(path) = problem.field.strip_suffix(STRANGER) else { continue };
        let known = problem.mend.strip_prefix("Known here: ").unwrap();
        let plain: String = path.trim_end_matches('.').replace("calendars.cn", "calendars.*");
        let plain = if plain.starts_with("recipients.") { "recipients.*".to_owned() } else { plain };
        // A list's tables are counted; the schema knows one for all.
        let plain =
            plain.split('[').map(|part| part.split_once(']').map_or(part, |(_, rest)| rest)).collect();
        keys.insert(plain, known.split(", ").map(str::to_owned).collect());
    }
    keys
}

/// The same from the schema.
fn keys_of_the_schema(root: &Value, at: &Value, path: &str, keys: &mut BTreeMap<String, BTreeSet<String>>) {
    if let Some(name) = at["$ref"].as_str() {
        let name = name.trim_start_matches("#/$defs/");
        return keys_of_the_schema(root, &root["$defs"][name], path, keys);
    }
    if let Some(any) = at["oneOf"].as_array() {
        any.iter().for_each(|one| keys_of_the_schema(root, one, path, keys));
    }
    if let Some(properties) = at["properties"].as_object() {
        keys.insert(path.to_owned(), properties.keys().cloned().collect());
        for (key, below) in properties {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            keys_of_the_schema(root, below, &path, keys);
        }
    }
    keys_of_the_schema_below(root, at, path, keys);
}

fn keys_of_the_schema_below(
    root: &Value,
    at: &Value,
    path: &str,
    keys: &mut BTreeMap<String, BTreeSet<String>>,
) {
    if at["items"].is_object() {
        keys_of_the_schema(root, &at["items"], path, keys);
    }
    if at["additionalProperties"].is_object() {
        keys_of_the_schema(root, &at["additionalProperties"], &format!("{path}.*"), keys);
    }
}

#[test]
fn the_schema_and_the_reader_know_the_same_keys() {
    let mut schema_keys = BTreeMap::new();
    keys_of_the_schema(&schema(), &schema(), "", &mut schema_keys);
    // The reader takes the roles as names and refuses those that are none.
    assert_eq!(schema_keys.remove("roles"), Some(codes(Role::ALL)));
    let reader_keys = keys_of_the_reader();
    for (path, keys) in &reader_keys {
        assert_eq!(schema_keys.get(path), Some(keys), "[{path}]");
    }
    assert_eq!(
        schema_keys.keys().collect::<Vec<_>>(),
        reader_keys.keys().collect::<Vec<_>>(),
        "tables that only one of them knows"
    );
    assert!(reader_keys.len() > 40, "only {} tables were looked at", reader_keys.len());
}
