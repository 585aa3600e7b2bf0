//! JSON Schemas of what messages carry, for whoever writes the other side.
//!
//! Owns one schema for each type; a test holds what is really sent against them. Start at [`of`].

use serde_json::{Value, json};

use super::tell::Saying;

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn moment(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": description})
}

fn field(name: &str) -> Value {
    match name {
        "number" => text("The case's number, the same on both sides"),
        "stage" => text("Where the case stands with whoever speaks"),
        "promise" => moment("Until when the case is to be closed, as the public was told"),
        "title" | "text" | "address" => json!({"type": "string", "maxLength": 4000}),
        "matter" => text("Code of the matter, through the mapping"),
        "condition" => json!({"type": "integer", "minimum": 1}),
        "kind" => json!({"enum": ["problem", "need", "inquiry", "dispute", "errand", "task"]}),
        "area" => text("Code of the smallest known area"),
        "unit" => text("The partner's unit that the case was dispatched to"),
        "source" => text("Where the case came from at first"),
        "urgency" => json!({"enum": ["green", "yellow", "red"]}),
        "hazard" => json!({"type": "boolean"}),
        "lon" => json!({"type": "number", "minimum": -180, "maximum": 180}),
        "lat" => json!({"type": "number", "minimum": -90, "maximum": 90}),
        "datum" => json!({"enum": ["wgs84", "cgcs2000", "gcj02", "bd09"]}),
        "received_at" => moment("When it was told at first"),
        "reporter" => json!({
            "type": "object",
            "description": "Only where both mappings declare a purpose",
            "properties": {"name": {"type": ["string", "null"]}, "contact": {"type": ["string", "null"]}},
        }),
        "custody" => json!({
            "type": "array",
            "description": "Who had the case before, in order",
            "items": {
                "type": "object",
                "properties": {"unit": {"type": "string"}, "at": moment("From when on"), "stage": {"type": "string"}},
                "required": ["unit", "at", "stage"],
            },
        }),
        "files" => json!({
            "type": "array",
            "maxItems": 50,
            "items": {
                "type": "object",
                "properties": {
                    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                    "media": {"type": "string"},
                    "bytes": {"type": "integer", "minimum": 1},
                    "kind": {"enum": ["before", "after", "document", "finding", "voice", "video"]},
                    "url": {"type": "string", "format": "uri", "description": "Holds for some days"},
                    "until": moment("When the address ends"),
                },
                "required": ["sha256", "url"],
            },
        }),
        "outcome" => {
            json!({"enum": ["solved", "answered", "explained", "not_found", "self_resolved", "void", "handed_over"]})
        }
        "solved" | "satisfied" => json!({"type": "boolean", "description": "What the last callback said"}),
        "period" => json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
        "areas" | "matters" | "sources" => json!({
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "stage": {"type": "string"},
                    "cases": {"type": "integer", "minimum": 0},
                    "late": {"type": "integer", "minimum": 0},
                    "spent_ms": {"type": "integer", "minimum": 0},
                },
                "required": ["stage", "cases", "late", "spent_ms"],
            },
        }),
        _ => text("Plain words"),
    }
}

/// The fields that a type has, and of them those that it always has.
fn fields(saying: Saying) -> (&'static [&'static str], &'static [&'static str]) {
    const WHOLE: &[&str] = &[
        "number",
        "stage",
        "promise",
        "reason",
        "matter",
        "condition",
        "kind",
        "source",
        "urgency",
        "hazard",
        "received_at",
        "area",
        "lon",
        "lat",
        "datum",
        "title",
        "text",
        "address",
        "unit",
        "custody",
        "reporter",
        "files",
    ];
    match saying {
        Saying::HandedOver => (WHOLE, &["number", "custody", "files"]),
        Saying::Reopened => (WHOLE, &["number"]),
        Saying::Finished | Saying::Closed => {
            (&["number", "stage", "promise", "outcome", "words", "files", "solved", "satisfied"], &["number"])
        }
        Saying::Returned => (&["number", "stage", "promise", "reason", "outcome"], &["number"]),
        Saying::Skipped => (&["number", "stage", "promise", "reason"], &["number"]),
        Saying::File => (&["number", "stage", "promise", "words", "files"], &["number", "files"]),
        Saying::Figures => (&["period", "areas", "matters", "sources"], &["period"]),
        Saying::Received | Saying::Progressed | Saying::Noted => {
            (&["number", "stage", "promise", "words"], &["number"])
        }
    }
}

/// The schema of a message's data, between nodes of Huying and wherever a mapping has no fields of its own.
pub fn of(saying: Saying) -> Value {
    let (all, needed) = fields(saying);
    let properties: serde_json::Map<String, Value> =
        all.iter().map(|name| ((*name).to_owned(), field(name))).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": saying.kind(),
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": false,
    })
}
