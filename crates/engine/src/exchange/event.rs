//! CloudEvents 1.0 in their three HTTP forms: binary, structured and batched, read and written.
//!
//! Owns what an attribute may be and how it is written in a header. Refuses an event without its required attributes, and one with more
//! or longer ones than are taken, each in words with its place in the batch. Start at [`read`] and [`write`].

use base64::{Engine as _, engine::general_purpose::STANDARD};
use huying_model::Instant;
use huying_pack::partner::Mode;
use serde_json::{Map, Value, json};

use crate::Problem;

/// Events that one batch may hold.
pub const MOST: usize = 500;
/// Characters that an attribute may have.
const LONGEST: usize = 300;
/// Attributes that one event may have.
const ATTRIBUTES: usize = 40;
pub const STRUCTURED: &str = "application/cloudevents+json";
pub const BATCH: &str = "application/cloudevents-batch+json";

/// An event with what is used of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: String,
    pub source: String,
    pub kind: String,
    pub subject: Option<String>,
    pub time: Option<Instant>,
    /// Its place among those of its subject, from 1 (extension `sequence`).
    pub sequence: Option<i64>,
    pub data: Value,
}

/// Reads a request's events. `header` finds a header by its lower-case name; `headers` lists all of them.
///
/// # Errors
/// Every problem with its place.
pub fn read(header: &dyn Fn(&str) -> Option<String>, body: &[u8]) -> Result<Vec<Event>, Vec<Problem>> {
    let media = header("content-type").unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let parsed = || {
        serde_json::from_slice::<Value>(body).map_err(|why| {
            vec![Problem::at(
                "",
                "event_json",
                format!("The body is no JSON ({why}): send it whole and in UTF-8."),
            )]
        })
    };
    match media.as_str() {
        BATCH => {
            let Value::Array(list) = parsed()? else {
                return Err(vec![Problem::at("", "event_batch", "A batch is a JSON array of events.")]);
            };
            if list.len() > MOST {
                let mend = format!("A batch holds up to {MOST} events: send the others after it.");
                return Err(vec![Problem::at("", "event_batch", mend)]);
            }
            let mut problems = Vec::new();
            let mut events = Vec::new();
            for (no, value) in list.into_iter().enumerate() {
                match of_object(value, &format!("[{no}]")) {
                    Ok(event) => events.push(event),
                    Err(found) => problems.extend(found),
                }
            }
            if problems.is_empty() { Ok(events) } else { Err(problems) }
        }
        STRUCTURED => Ok(vec![of_object(parsed()?, "")?]),
        _ => Ok(vec![of_headers(header, &media, body)?]),
    }
}

/// Binary: attributes stand in headers beginning with `ce-`, the body is the data.
fn of_headers(
    header: &dyn Fn(&str) -> Option<String>,
    media: &str,
    body: &[u8],
) -> Result<Event, Vec<Problem>> {
    let mut attributes = Map::new();
    for name in ["specversion", "id", "source", "type", "subject", "time", "sequence", "dataschema"] {
        if let Some(value) = header(&format!("ce-{name}")) {
            attributes.insert(name.to_owned(), Value::String(decoded(&value)));
        }
    }
    if attributes.is_empty() {
        let mend = format!(
            "Send a CloudEvent: {STRUCTURED}, {BATCH}, or headers ce-specversion, ce-id, ce-source and ce-type."
        );
        return Err(vec![Problem::at("", "event_form", mend)]);
    }
    let json = media.is_empty() || media == "application/json" || media.ends_with("+json");
    let data = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(body) };
    match data {
        Ok(data) if json => {
            attributes.insert("data".to_owned(), data);
            of_object(Value::Object(attributes), "")
        }
        _ => Err(vec![Problem::at("data", "event_data", "The data is JSON: send application/json.")]),
    }
}

fn of_object(value: Value, place: &str) -> Result<Event, Vec<Problem>> {
    let at = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
    let Value::Object(mut fields) = value else {
        return Err(vec![Problem::at(place, "event_object", "An event is a JSON object.")]);
    };
    let mut problems = Vec::new();
    if fields.len() > ATTRIBUTES {
        let mend = format!("An event has up to {ATTRIBUTES} attributes: leave others out.");
        problems.push(Problem::at(place, "event_attributes", mend));
    }
    if fields.get("specversion").and_then(Value::as_str) != Some("1.0") {
        problems.push(Problem::at(at("specversion"), "event_version", "Write specversion 1.0."));
    }
    let mut text = |name: &str, needed: bool| -> Option<String> {
        match fields.get(name) {
            Some(Value::String(text)) if !text.is_empty() => {
                if text.chars().count() > LONGEST || text.chars().any(char::is_control) {
                    let mend = format!("Up to {LONGEST} characters, none of them a control character.");
                    problems.push(Problem::at(at(name), "event_attribute", mend));
                }
                Some(text.clone())
            }
            None | Some(Value::Null) if !needed => None,
            _ => {
                problems.push(Problem::at(
                    at(name),
                    "event_attribute",
                    "A text that is not empty is needed here.",
                ));
                None
            }
        }
    };
    let (id, source, kind) = (text("id", true), text("source", true), text("type", true));
    let (subject, time, sequence) = (text("subject", false), text("time", false), text("sequence", false));
    let time = match time.map(|time| time.parse::<Instant>()) {
        Some(Err(why)) => {
            problems.push(Problem::at(at("time"), "not_a_moment", why.to_string()));
            None
        }
        Some(Ok(time)) => Some(time),
        None => None,
    };
    let sequence = match sequence.map(|text| text.parse::<i64>().ok().filter(|no| *no > 0)) {
        Some(None) => {
            problems.push(Problem::at(at("sequence"), "event_sequence", "Count from 1, in decimal digits."));
            None
        }
        Some(no) => no,
        None => None,
    };
    let data = match (fields.remove("data"), fields.remove("data_base64")) {
        (Some(data), None) => data,
        (None, Some(Value::String(coded))) => {
            let plain = STANDARD.decode(coded).ok().and_then(|plain| serde_json::from_slice(&plain).ok());
            plain.unwrap_or_else(|| {
                problems.push(Problem::at(
                    at("data_base64"),
                    "event_data",
                    "The data is JSON: send it as 'data'.",
                ));
                Value::Null
            })
        }
        (None, None) => Value::Null,
        _ => {
            problems.push(Problem::at(at("data"), "event_data", "Send either 'data' or 'data_base64'."));
            Value::Null
        }
    };
    match (id, source, kind) {
        (Some(id), Some(source), Some(kind)) if problems.is_empty() => {
            Ok(Event { id, source, kind, subject, time, sequence, data })
        }
        _ => Err(problems),
    }
}

/// What stands in the body of the structured and batched forms.
pub fn object(event: &Event) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    put("specversion", json!("1.0"));
    put("id", json!(event.id));
    put("source", json!(event.source));
    put("type", json!(event.kind));
    if let Some(subject) = &event.subject {
        put("subject", json!(subject));
    }
    if let Some(time) = event.time {
        put("time", json!(time.to_string()));
    }
    if let Some(no) = event.sequence {
        put("sequence", json!(sequence(no)));
    }
    put("datacontenttype", json!("application/json"));
    put("data", event.data.clone());
    Value::Object(fields)
}

/// Sorts as text in the order of the numbers, as the extension asks.
fn sequence(no: i64) -> String {
    format!("{no:010}")
}

/// Headers and body of a request with these events; more than one only in a batch.
pub fn write(mode: Mode, events: &[Event]) -> (Vec<(String, String)>, Vec<u8>) {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    match (mode, events) {
        (Mode::Binary, [event]) => {
            let mut headers = vec![
                header("content-type", "application/json"),
                header("ce-specversion", "1.0"),
                header("ce-id", &encoded(&event.id)),
                header("ce-source", &encoded(&event.source)),
                header("ce-type", &encoded(&event.kind)),
            ];
            headers.extend(event.subject.as_ref().map(|subject| header("ce-subject", &encoded(subject))));
            headers.extend(event.time.map(|time| header("ce-time", &time.to_string())));
            headers.extend(event.sequence.map(|no| header("ce-sequence", &sequence(no))));
            (headers, serde_json::to_vec(&event.data).unwrap_or_default())
        }
        (Mode::Structured, [event]) => {
            let body = serde_json::to_vec(&object(event)).unwrap_or_default();
            (vec![header("content-type", STRUCTURED)], body)
        }
        (_, events) => {
            let all: Vec<Value> = events.iter().map(object).collect();
            (vec![header("content-type", BATCH)], serde_json::to_vec(&all).unwrap_or_default())
        }
    }
}

/// A header's value after the HTTP binding, §3.1.3.2: what is no printable ASCII, the blank, the quotation mark and the per cent sign
/// are written as UTF-8 bytes in hexadecimal.
pub fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if (0x21..=0x7e).contains(&byte) && byte != b'"' && byte != b'%' {
            out.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Back from [`encoded`]; what is no code stays as it is.
pub fn decoded(text: &str) -> String {
    let text = text.trim();
    // A value may come in quotation marks.
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
