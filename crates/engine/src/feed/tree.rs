//! XML of an Open311 server as the tree that the specification's JSON is made of.
//!
//! Owns the Spark convention: the root is dropped, and elements of one name that have something inside are a list. Refuses entities that a
//! document declares, and elements that lie too deep. Start at [`of_xml`].

use quick_xml::{Reader, events::Event};
use serde_json::{Map, Value};

/// Elements that an answer in XML may lie inside each other.
const DEEPEST: usize = 32;

/// An element on its way: what lies in it, and its text.
struct Open {
    name: String,
    inside: Vec<(String, Value)>,
    text: String,
}

impl Open {
    fn of(name: &str) -> Open {
        Open { name: name.to_owned(), inside: Vec::new(), text: String::new() }
    }

    fn close(self) -> (String, Value) {
        let text = self.text.trim();
        let value = if self.inside.is_empty() {
            if text.is_empty() { Value::Null } else { Value::String(text.to_owned()) }
        } else if self.inside.iter().all(|(name, value)| name == &self.inside[0].0 && !is_leaf(value)) {
            Value::Array(self.inside.into_iter().map(|(_, value)| value).collect())
        } else {
            Value::Object(fields(self.inside))
        };
        (self.name, value)
    }
}

/// What lies in an element by its names. A name that stands there several times is a list.
fn fields(inside: Vec<(String, Value)>) -> Map<String, Value> {
    let mut fields: Map<String, Value> = Map::new();
    for (name, value) in inside {
        match fields.get_mut(&name) {
            None => {
                fields.insert(name, value);
            }
            Some(Value::Array(list)) => list.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    fields
}

fn is_leaf(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

/// The tree of a document.
///
/// # Errors
/// Why it is none, in words.
pub(super) fn of_xml(body: &[u8]) -> Result<Value, String> {
    let broken = |why: &dyn std::fmt::Display| format!("the answer is no XML: {why}");
    let text = std::str::from_utf8(body).map_err(|error| broken(&error))?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().map_err(|error| broken(&error))? {
            Event::Start(tag) => {
                if open.len() >= DEEPEST {
                    return Err(broken(&"its elements lie too deep"));
                }
                open.push(Open::of(tag.local_name().as_ref()));
            }
            Event::Empty(tag) => {
                let closed = Open::of(tag.local_name().as_ref()).close();
                match open.last_mut() {
                    Some(around) => around.inside.push(closed),
                    None => root = Some(Value::Array(Vec::new())),
                }
            }
            Event::Text(text) => {
                if let Some(around) = open.last_mut() {
                    around.text.push_str(&text);
                }
            }
            Event::CData(text) => {
                if let Some(around) = open.last_mut() {
                    around.text.push_str(&text);
                }
            }
            Event::GeneralRef(name) => {
                if let Some(around) = open.last_mut() {
                    around
                        .text
                        .push_str(&entity(&name).ok_or_else(|| broken(&format!("&{}; is unknown", &*name)))?);
                }
            }
            Event::End(_) => {
                let Some(closing) = open.pop() else { return Err(broken(&"an element ends twice")) };
                let (name, value) = closing.close();
                match open.last_mut() {
                    Some(around) => around.inside.push((name, value)),
                    None => root = Some(if is_leaf(&value) { Value::Array(Vec::new()) } else { value }),
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    match root {
        Some(root) if open.is_empty() => Ok(root),
        _ => Err(broken(&"it ends too early")),
    }
}

/// What a reference stands for: the five names of XML and numbers. None are declared by anybody else, so none can grow.
fn entity(name: &str) -> Option<String> {
    let number = |text: &str, base| u32::from_str_radix(text, base).ok().and_then(char::from_u32);
    let sign = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => match name.strip_prefix('#')? {
            hex if hex.starts_with(['x', 'X']) => number(&hex[1..], 16)?,
            decimal => number(decimal, 10)?,
        },
    };
    Some(sign.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn elements_become_fields_and_those_that_stand_there_several_times_lists() {
        for (xml, wanted) in [
            ("<r><a>1</a><b/></r>", json!({"a": "1", "b": null})),
            ("<r><v>1</v><v>2</v><v>3</v></r>", json!({"v": ["1", "2", "3"]})),
            ("<r><v>1</v></r>", json!({"v": "1"})),
            ("<r><i><a>1</a></i><i><a>2</a></i></r>", json!([{"a": "1"}, {"a": "2"}])),
            ("<r><c>x</c><l><i><a>1</a></i></l></r>", json!({"c": "x", "l": [{"a": "1"}]})),
        ] {
            assert_eq!(of_xml(xml.as_bytes()), Ok(wanted), "{xml}");
        }
    }
}
