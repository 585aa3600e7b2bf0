//! A message's data through the mapping: names of matters, areas, units, statuses, sources and urgencies by their rows, and fields by
//! theirs where the partner has its own.
//!
//! Refuses to let a name through that no row has: it is told as a sentence for the list of what stopped. Start at [`out`] and
//! [`back`].

use huying_pack::partner::{Kind, Mapping};
use serde_json::{Map, Value, json};

use super::tell::Saying;

/// Fields whose value is a name of one kind.
const NAMES: [(&str, Kind); 7] = [
    ("matter", Kind::Matter),
    ("area", Kind::Area),
    ("unit", Kind::Unit),
    ("outcome", Kind::Status),
    ("stage", Kind::Status),
    ("source", Kind::Source),
    ("urgency", Kind::Urgency),
];
/// Kinds without a row of which the message can do: what has no name of theirs is left out.
const SPARED: [Kind; 4] = [Kind::Area, Kind::Status, Kind::Source, Kind::Urgency];

/// The type of a message in the partner's words.
pub fn kind(mapping: &Mapping, saying: Saying) -> String {
    mapping.theirs(Kind::Type, saying.code()).map_or_else(|| saying.kind(), |theirs| theirs.to_string())
}

/// What a partner's type says.
pub fn saying(mapping: &Mapping, kind: &str) -> Option<Saying> {
    Saying::from_kind(kind).or_else(|| Saying::from_code(&mapping.ours(Kind::Type, kind)?))
}

fn at<'v>(data: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    match path.split_once('.') {
        Some((outer, inner)) => data.get(outer)?.get(inner),
        None => data.get(path),
    }
}

fn put(data: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        Some((outer, inner)) => {
            let outer = data.entry(outer.to_owned()).or_insert_with(|| json!({}));
            outer[inner] = value;
        }
        None => drop(data.insert(path.to_owned(), value)),
    }
}

/// Our data in the partner's words.
///
/// # Errors
/// What has no name of theirs, with the mend.
pub fn out(mapping: &Mapping, saying: Saying, mut data: Map<String, Value>) -> Result<Value, String> {
    for (field, kind) in NAMES {
        let Some(Value::String(ours)) = data.get(field) else { continue };
        match mapping.theirs(kind, ours) {
            Some(theirs) => drop(data.insert(field.to_owned(), json!(theirs))),
            // Between nodes of Huying statuses are the same words.
            None if kind == Kind::Status && mapping.fields().is_empty() => {}
            None if SPARED.contains(&kind) => drop(data.remove(field)),
            // Only who takes the case over needs these.
            None if saying != Saying::HandedOver => drop(data.remove(field)),
            None => {
                return Err(format!(
                    "the {} '{ours}' has no name of the partner's: add a row [[{}]] to its mapping, then try again",
                    kind.code(),
                    kind.code()
                ));
            }
        }
    }
    if mapping.fields().is_empty() {
        return Ok(Value::Object(data));
    }
    let mut told = Map::new();
    for pair in mapping.fields().iter().filter(|pair| pair.way.goes_out()) {
        if let Some(value) = at(&data, &pair.ours).filter(|value| !value.is_null()) {
            told.insert(pair.theirs.to_string(), value.clone());
        }
    }
    // Evidence goes along under our name where the mapping has none for it, as it comes in.
    let files = data.get("files").filter(|files| files.as_array().is_some_and(|list| !list.is_empty()));
    if let Some(files) = files.filter(|_| !mapping.fields().iter().any(|pair| pair.ours == "files")) {
        told.insert("files".to_owned(), files.clone());
    }
    Ok(Value::Object(told))
}

/// A partner's data in our words.
///
/// # Errors
/// A name or field that no row has, with the mend.
pub fn back(mapping: &Mapping, data: Value) -> Result<Map<String, Value>, String> {
    let data = match data {
        Value::Object(fields) => fields,
        Value::Null => Map::new(),
        _ => return Err("the data of a message is a JSON object".to_owned()),
    };
    let mut ours = if mapping.fields().is_empty() { data } else { renamed(mapping, data)? };
    for (field, kind) in NAMES {
        let theirs = match ours.get(field) {
            Some(Value::String(theirs)) if !theirs.is_empty() => theirs.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => {
                if let Some(standing) = mapping.defaults.get(&kind) {
                    ours.insert(field.to_owned(), json!(standing));
                }
                continue;
            }
        };
        match mapping.ours(kind, &theirs) {
            Some(name) => drop(ours.insert(field.to_owned(), json!(name))),
            None if kind == Kind::Status && mapping.fields().is_empty() => {}
            // Which of their units it was matters to nobody here.
            None if kind == Kind::Unit => drop(ours.remove(field)),
            None => {
                return Err(format!(
                    "the {} '{theirs}' of the partner is not known here: add a row [[{}]] or a default to its mapping, then try again",
                    kind.code(),
                    kind.code()
                ));
            }
        }
    }
    Ok(ours)
}

fn renamed(mapping: &Mapping, data: Map<String, Value>) -> Result<Map<String, Value>, String> {
    let mut ours = Map::new();
    for (name, value) in data {
        let row = mapping.fields().iter().find(|pair| pair.theirs == name && pair.way.goes_in());
        match row {
            Some(pair) => put(&mut ours, &pair.ours, value),
            None if name == "files" => drop(ours.insert(name, value)),
            None if mapping.dropped.contains(name.as_str()) => {}
            None => {
                return Err(format!(
                    "the field '{name}' of the partner is not known here: add a row [[field]], or leave it aside with [[drop]], then try again"
                ));
            }
        }
    }
    Ok(ours)
}
