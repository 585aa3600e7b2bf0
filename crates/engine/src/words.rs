//! From a request's plain JSON to a command whose personal words are sealed.
//!
//! Owns the list of fields that hold words, their lengths, and what a sender may leave out. One function covers every
//! command, because the fields have the same names everywhere. Refuses ciphertext from outside, fields it does
//! not know and texts that are too long, each with the field and the mend. Start at [`command`].

use huying_model::{CaseId, Command, Instant, Name, case::Place, words::Sealed};
use serde_json::{Map, Value, json};
use smol_str::SmolStr;

use crate::error::Problem;

/// Under whose key words are sealed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// The case's.
    Case,
    /// A person's: every informant has their own.
    Person,
    /// The case's key for what was said in callbacks and ratings.
    Talk,
    /// That of the part of a split that was begun last.
    Part,
}

/// What the conversion needs from outside itself.
pub trait Desk {
    /// Seals words; words of one person follow each other after [`Desk::next_person`].
    fn seal(&mut self, whose: Whose, words: &str) -> Result<Sealed, Problem>;
    /// The next informant begins.
    fn next_person(&mut self);
    /// The id and number of a new part of a split.
    fn part(&mut self) -> (CaseId, SmolStr);
    /// Finds the cell of a place that was told by point or area code.
    fn place(&self, told: &Value, path: &str) -> Result<Place, Problem>;
}

/// Characters that a text may have.
pub const LONGEST: usize = 4_000;

/// As much of a text as may be written. What is guessed from words is guessed from these: a longer one costs a stranger nothing to send and would cost
/// much to take apart.
pub(crate) fn beginning(text: &str) -> &str {
    let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text)
}

/// Fields that hold words, with the characters they may have.
const WORDS: [(&str, usize); 10] = [
    ("reason", LONGEST),
    ("words", LONGEST),
    ("question", LONGEST),
    ("text", LONGEST),
    ("title", 200),
    ("address", 400),
    ("name", 80),
    ("contact", 200),
    ("answer", LONGEST),
    ("answers", 4 * LONGEST),
];
/// Why words may be redacted: code and Chinese name. Stays in the clear, because the words go; so it is chosen and not written.
pub const REDACTION_REASONS: [(&str, &str); 5] = [
    ("personal_data", "个人信息"),
    ("secret", "涉密"),
    ("offensive", "不当言辞"),
    ("wrong_case", "录错案件"),
    ("other", "其他"),
];
/// What to do about a control character.
pub const NO_CONTROL: &str = "Remove control characters; line breaks and tabs may stay.";

/// Commands that write down what was said when the reporter was called back, or what they think of the result. It is kept for a
/// time of its own, so it is sealed under a key of its own.
pub fn is_talk(name: Name) -> bool {
    matches!(name, Name::RecordCallback | Name::Rate)
}

/// A control character that no text may have: a database or a terminal may stumble over it.
pub fn is_control(sign: char) -> bool {
    sign.is_control() && !matches!(sign, '\n' | '\r' | '\t')
}
/// Fields that hold moments: RFC 3339 comes in, milliseconds go on.
const MOMENTS: [&str; 2] = ["until", "at"];
/// Lists that may be left out when they are empty.
const LISTS: [&str; 6] = ["files", "evidence", "assists", "co_officers", "units", "reporters"];
/// Lists whose entries are informants, each with a key of their own.
const PEOPLE: [&str; 2] = ["reporters", "informant"];
/// Only the platform itself gives these.
const INNER: [Name; 13] = [
    Name::Begin,
    Name::Tick,
    Name::Rehome,
    Name::Veto,
    Name::Repin,
    Name::Retime,
    Name::Absorb,
    Name::Release,
    Name::Cap,
    Name::ChildEnded,
    Name::ParentEnded,
    Name::ChildUnsolved,
    Name::Resettle,
];

/// Makes a command of its name and plain fields.
///
/// # Errors
/// Every problem with a field that was found, each with its path and the mend.
pub fn command(name: Name, case: CaseId, body: Value, desk: &mut dyn Desk) -> Result<Command, Vec<Problem>> {
    if INNER.contains(&name) {
        return Err(vec![Problem::at(
            "command",
            "unknown_command",
            "Only the platform gives this command: choose one the case allows.",
        )]);
    }
    let Value::Object(mut fields) = body else {
        return Err(vec![Problem::at("", "not_an_object", "Send a JSON object with the command's fields.")]);
    };
    if name == Name::RecordCallback {
        fields.entry("case").or_insert_with(|| json!(case));
    }
    // The answer of the dispatch table is computed here and never taken from outside.
    fields.remove("routing");
    if name == Name::Dispatch {
        fields.insert("routing".to_owned(), Value::Null);
    }
    fields.remove("command");
    let mut walk = Walk { name, desk, problems: Vec::new(), in_part: false };
    walk.object(&mut fields, "");
    if !walk.problems.is_empty() {
        return Err(walk.problems);
    }
    fields.insert("command".to_owned(), serde_json::to_value(name).unwrap_or(Value::Null));
    parse(fields).map_err(|problem| vec![problem])
}

struct Walk<'a> {
    name: Name,
    desk: &'a mut dyn Desk,
    problems: Vec<Problem>,
    /// Inside a part of a split.
    in_part: bool,
}

impl Walk<'_> {
    fn object(&mut self, fields: &mut Map<String, Value>, path: &str) {
        let part = path.ends_with(']') && path.contains("parts[");
        if part {
            self.name_part(fields);
        }
        self.in_part |= part;
        self.fields(fields, path);
        self.in_part &= !part;
    }

    fn fields(&mut self, fields: &mut Map<String, Value>, path: &str) {
        for (key, value) in fields.iter_mut() {
            let at = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            if let Some((_, longest)) = WORDS.iter().find(|(word, _)| word == key) {
                match (self.name, key.as_str()) {
                    (Name::Redact, "reason") if path.is_empty() => self.redaction(value, &at),
                    (Name::Milestone, "name") if path.is_empty() => {
                        self.text(value, *longest, &at);
                    }
                    _ => self.words(key, value, *longest, &at),
                }
            } else if key == "place" {
                match self.desk.place(value, &at) {
                    Ok(place) => *value = serde_json::to_value(place).unwrap_or(Value::Null),
                    Err(problem) => self.problems.push(problem),
                }
            } else if MOMENTS.contains(&key.as_str()) {
                self.moment(value, &at);
            } else {
                // Codes and numbers from outside are no words, yet they are stored as they are.
                if value.as_str().is_some_and(|code| code.chars().any(is_control)) {
                    self.problems.push(Problem::at(&at, "control_character", NO_CONTROL));
                }
                self.inside(key, value, &at);
            }
        }
    }

    fn inside(&mut self, key: &str, value: &mut Value, at: &str) {
        let people = PEOPLE.contains(&key);
        match value {
            Value::Object(inner) => {
                if people {
                    self.desk.next_person();
                }
                self.object(inner, at);
            }
            Value::Array(list) => {
                for (index, item) in list.iter_mut().enumerate() {
                    if let Value::Object(inner) = item {
                        if people {
                            self.desk.next_person();
                        }
                        self.object(inner, &format!("{at}[{index}]"));
                    }
                }
            }
            _ => {}
        }
    }

    fn name_part(&mut self, fields: &mut Map<String, Value>) {
        let (id, number) = self.desk.part();
        fields.insert("id".to_owned(), json!(id));
        fields.insert("number".to_owned(), json!(number));
    }

    /// A text as it may stay: trimmed, not too long, without control characters. None where it says nothing, or cannot stay.
    fn text<'v>(&mut self, value: &'v mut Value, longest: usize, at: &str) -> Option<&'v str> {
        let text = match value {
            Value::Null => return None,
            Value::String(text) => text.trim().to_owned(),
            _ => {
                let mend = "Write plain words as a string; they are sealed here.";
                self.problems.push(Problem::at(at, "not_text", mend));
                return None;
            }
        };
        let length = text.chars().count();
        if text.is_empty() {
            // An empty optional text is no text; an empty required one is missed by the parser below.
            *value = Value::Null;
            return None;
        }
        if length > longest {
            let mend = format!("This text has {length} characters; up to {longest} are taken: shorten it.");
            self.problems.push(Problem::at(at, "text_too_long", mend));
            return None;
        }
        if text.chars().any(is_control) {
            self.problems.push(Problem::at(at, "control_character", NO_CONTROL));
            return None;
        }
        *value = Value::String(text);
        value.as_str()
    }

    fn redaction(&mut self, value: &mut Value, at: &str) {
        let Some(told) = self.text(value, LONGEST, at) else { return };
        match REDACTION_REASONS.iter().find(|(code, zh)| told == *code || told == *zh) {
            Some((code, _)) => *value = json!(code),
            None => {
                let codes = REDACTION_REASONS.map(|(code, _)| code).join(", ");
                let mend = format!("The reason stays in the clear: choose one of {codes}.");
                self.problems.push(Problem::at(at, "unknown_reason", mend));
            }
        }
    }

    fn words(&mut self, key: &str, value: &mut Value, longest: usize, at: &str) {
        let Some(text) = self.text(value, longest, at).map(str::to_owned) else { return };
        let whose = match key {
            "name" | "contact" => Whose::Person,
            "words" if is_talk(self.name) => Whose::Talk,
            _ if self.in_part => Whose::Part,
            _ => Whose::Case,
        };
        match self.desk.seal(whose, &text) {
            Ok(sealed) => *value = serde_json::to_value(sealed).unwrap_or(Value::Null),
            Err(problem) => self.problems.push(problem),
        }
    }

    fn moment(&mut self, value: &mut Value, at: &str) {
        if let Value::String(text) = value {
            match text.parse::<Instant>() {
                Ok(instant) => *value = json!(instant),
                Err(error) => self.problems.push(Problem::at(at, "not_a_moment", error.to_string())),
            }
        }
    }
}

/// Reads the command, filling in empty lists that were left out, and refuses fields that it does not have.
fn parse(mut fields: Map<String, Value>) -> Result<Command, Problem> {
    loop {
        match serde_json::from_value::<Command>(Value::Object(fields.clone())) {
            Ok(command) => return known_only(&fields, command),
            Err(error) => {
                let text = error.to_string();
                match missing(&text) {
                    Some(list) if LISTS.contains(&list) => {
                        fields.insert(list.to_owned(), json!([]));
                    }
                    Some(field) => {
                        return Err(Problem::at(field, "missing", "This field is needed: fill it in."));
                    }
                    None => return Err(unreadable(&fields, &text)),
                }
            }
        }
    }
}

fn missing(error: &str) -> Option<&str> {
    error.strip_prefix("missing field `")?.split('`').next()
}

/// A required text that was empty has become null, which the parser can only call a wrong type.
fn unreadable(fields: &Map<String, Value>, error: &str) -> Problem {
    let empty =
        fields.iter().find(|(key, value)| value.is_null() && WORDS.iter().any(|(word, _)| word == key));
    match empty {
        Some((key, _)) => Problem::at(key, "missing", "This text is needed: write it."),
        None => Problem::at("", "unreadable", format!("The command cannot be read: {error}.")),
    }
}

/// Every field that was sent must come back from the command, or hold nothing.
fn known_only(fields: &Map<String, Value>, command: Command) -> Result<Command, Problem> {
    let back = serde_json::to_value(&command).unwrap_or(Value::Null);
    match stranger(&Value::Object(fields.clone()), &back, "") {
        None => Ok(command),
        Some(path) => Err(Problem::at(
            path,
            "unknown_field",
            "This command has no such field: leave it out or correct its name.",
        )),
    }
}

fn stranger(sent: &Value, back: &Value, path: &str) -> Option<String> {
    match (sent, back) {
        (Value::Object(sent), Value::Object(back)) => sent.iter().find_map(|(key, value)| {
            let at = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match back.get(key) {
                Some(kept) => stranger(value, kept, &at),
                None if says_nothing(value) => None,
                None => Some(at),
            }
        }),
        (Value::Array(sent), Value::Array(back)) => sent
            .iter()
            .zip(back)
            .enumerate()
            .find_map(|(index, (sent, back))| stranger(sent, back, &format!("{path}[{index}]"))),
        _ => None,
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
