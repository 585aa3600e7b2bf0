//! A shape of the description drawn as a table, and an example made of it.
//!
//! Owns how deep is drawn: shapes hold shapes, and some hold themselves. Start at [`table`] and [`example`].

use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::{fields, followed, list, text};
use crate::pages::components::frames::{self, Named};

/// How deep shapes are followed.
const DEEP: usize = 3;

/// The fields of a shape: its own, and those of the shapes that it is made of.
fn members<'d>(document: &'d Value, schema: &'d Value) -> Vec<(&'d str, &'d Value, bool)> {
    let schema = followed(document, schema);
    let needed: Vec<&str> = list(&schema["required"]).map(text).collect();
    let mut all: Vec<(&str, &Value, bool)> = fields(&schema["properties"])
        .map(|(name, of)| (name.as_str(), of, needed.contains(&name.as_str())))
        .collect();
    for part in list(&schema["allOf"]) {
        all.extend(members(document, part));
    }
    all
}

/// What a field really is: behind a reference, a list, or one of several that is not null.
fn inner<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    let schema = followed(document, schema);
    let other = list(&schema["oneOf"]).chain(list(&schema["anyOf"])).find(|one| one["type"] != "null");
    match other {
        Some(one) => inner(document, one),
        None if schema["items"].is_object() => inner(document, &schema["items"]),
        None => schema,
    }
}

/// The type in a few signs.
fn kind(document: &Value, schema: &Value) -> String {
    let schema = followed(document, schema);
    if let Some(one) = list(&schema["oneOf"]).chain(list(&schema["anyOf"])).find(|one| one["type"] != "null")
    {
        return format!("{} | null", kind(document, one));
    }
    if schema["items"].is_object() {
        return format!("[{}]", kind(document, &schema["items"]));
    }
    if schema["enum"].is_array() {
        let words: Vec<String> = list(&schema["enum"]).map(ToString::to_string).collect();
        return words.join(" | ");
    }
    let names: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().map(text).collect(),
        _ if schema["properties"].is_object() || schema["allOf"].is_array() => vec!["object"],
        _ => vec!["any"],
    };
    match schema["format"].as_str() {
        Some(format) => format!("{} ({format})", names.join(" | ")),
        None => names.join(" | "),
    }
}

/// The fields of a shape, those inside indented below theirs.
pub fn table(document: &Value, schema: &Value, label: &str) -> Markup {
    let mut rows = Vec::new();
    let top = inner(document, schema);
    collect(document, top, 0, &mut rows);
    html! {
        @if rows.is_empty() { p { span.code { (kind(document, schema)) } } }
        @else {
            @if followed(document, schema)["items"].is_object() { p.quiet { "[ … ]" } }
            (frames::table(Named::As(label), &html! {
                table.table.table-fields {
                    tbody {
                        @for (deep, name, of, needed) in rows {
                            tr {
                                th scope="row" { span.code { ("· ".repeat(deep)) (name) @if needed { " *" } } }
                                td { span.code { (kind(document, of)) } }
                                td { (text(&of["description"])) @if text(&of["description"]).is_empty() { (text(&followed(document, of)["description"])) } }
                            }
                        }
                    }
                }
            }))
        }
    }
}

type Row<'d> = (usize, &'d str, &'d Value, bool);

fn collect<'d>(document: &'d Value, schema: &'d Value, deep: usize, rows: &mut Vec<Row<'d>>) {
    for (name, of, needed) in members(document, schema) {
        rows.push((deep, name, of, needed));
        if deep + 1 < DEEP {
            collect(document, inner(document, of), deep + 1, rows);
        }
    }
}

/// A value of this shape: examples where the description has them, and what is needed.
pub fn example(document: &Value, schema: &Value, deep: usize) -> Value {
    let schema = followed(document, schema);
    if let Some(given) = schema.get("example").or_else(|| list(&schema["examples"]).next()) {
        return given.clone();
    }
    if let Some(word) = list(&schema["enum"]).next() {
        return word.clone();
    }
    if let Some(one) = list(&schema["oneOf"]).chain(list(&schema["anyOf"])).find(|one| one["type"] != "null")
    {
        return example(document, one, deep);
    }
    let kind = match &schema["type"] {
        Value::Array(names) => names.iter().map(text).find(|name| *name != "null").unwrap_or_default(),
        name => text(name),
    };
    match kind {
        "integer" | "number" => json!(0),
        "boolean" => json!(false),
        "string" if schema["format"] == "date-time" => json!("2026-05-12T01:00:00Z"),
        "string" => json!("…"),
        "array" if deep < DEEP => Value::Array(vec![example(document, &schema["items"], deep + 1)]),
        "array" => json!([]),
        _ => {
            let needed =
                members(document, schema).into_iter().filter(|(_, _, needed)| *needed && deep < DEEP);
            let filled = needed.map(|(name, of, _)| (name.to_owned(), example(document, of, deep + 1)));
            Value::Object(filled.collect::<Map<String, Value>>())
        }
    }
}
