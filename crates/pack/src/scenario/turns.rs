//! A step that is told once and done on many cases in turn: for stories about figures.
//!
//! Owns `repeat`, `first`, `every`, and lists of actors and fields used one after the other. Start at [`Turns::read`].

use huying_model::{Actor, Instant, MemberId, calendar::Limit, org::Org};
use serde_json::Value;
use smol_str::SmolStr;

use crate::doc::Section;
use crate::limit;
use crate::load::Pack;

/// The name of a story's case where it has only one.
const MAIN: &str = "main";
/// As many cases as a story may have: a district's month.
const MOST: i64 = 100_000;

/// Who does what to which cases.
pub struct Turns {
    pub count: usize,
    pub every: Option<Limit>,
    pub verb: Option<SmolStr>,
    case: SmolStr,
    /// The number of the first case; None where the step is not repeated and the case has its plain name.
    first: Option<usize>,
    /// Their seats are looked up when they act: a roster may give them others then.
    actors: Vec<Actor>,
    with: Vec<Value>,
}

impl Turns {
    /// Reads a step's part about who and how often; None after telling what is wrong.
    pub fn read(section: &Section, pack: &Pack) -> Option<Turns> {
        let repeat = section.number("repeat", 1..=MOST);
        let first = section.number("first", 1..=MOST);
        let every = section.read("every", limit::parse);
        let told = |key: &str, read: bool| section.has(key) && !read;
        if told("repeat", repeat.is_some())
            || told("first", first.is_some())
            || told("every", every.is_some())
        {
            return None;
        }
        let repeated = repeat.is_some();
        if let Some(key) = ["first", "every"].into_iter().find(|key| section.has(key) && !repeated) {
            section.fail(key, "the step is done only once", "Write repeat = a number too");
            return None;
        }
        let number = |n: Option<i64>| n.and_then(|n| usize::try_from(n).ok()).unwrap_or(1);
        let verb = section.text("do");
        let mut turns = Turns {
            count: number(repeat),
            every,
            case: section.text("case").unwrap_or_else(|| SmolStr::new_static(MAIN)),
            first: repeated.then(|| number(first)),
            actors: Vec::new(),
            with: Vec::new(),
            verb,
        };
        if turns.verb.is_some() {
            turns.actors = actors(section, pack, repeated)?;
            turns.with = each(section, "with", repeated)?;
        }
        Some(turns)
    }

    /// The case of a turn: its name, with its number where the step is repeated.
    pub fn name(&self, no: usize) -> SmolStr {
        match self.first {
            Some(first) => SmolStr::from(format!("{}{}", self.case, first + no)),
            None => self.case.clone(),
        }
    }

    /// Who acts in a turn, with the seats that are theirs at this moment.
    pub fn actor(&self, no: usize, org: &Org, now: Instant) -> Option<Actor> {
        let named = self.actors.get(no % self.actors.len().max(1))?;
        Some(match named {
            Actor::Member { id, .. } => Actor::Member { id: id.clone(), seats: org.seats(id, now) },
            other => other.clone(),
        })
    }

    pub fn with(&self, no: usize) -> Value {
        self.with.get(no % self.with.len().max(1)).cloned().unwrap_or_default()
    }
}

/// A value, or a list of values to be used in turn.
fn each(section: &Section, key: &str, repeated: bool) -> Option<Vec<Value>> {
    match section.json(key) {
        Some(Value::Array(items)) if !repeated || items.is_empty() => {
            section.fail(
                key,
                "a list is used in turn",
                "Write repeat = a number too, and something in the list",
            );
            None
        }
        Some(Value::Array(items)) => Some(items),
        Some(value) => Some(vec![value]),
        None => Some(Vec::new()),
    }
}

fn actors(section: &Section, pack: &Pack, repeated: bool) -> Option<Vec<Actor>> {
    let named = each(section, "by", repeated)?;
    if named.is_empty() {
        section.fail(
            "by",
            "the step does not say who acts",
            "Write by = \"reporter\", \"system\" or a member's id",
        );
        return None;
    }
    let read = |name: &Value| match name.as_str() {
        Some(name) => actor(name, pack).map_err(|error| section.fail("by", error, "")).ok(),
        None => {
            section.fail("by", "a text is needed here", "Write by = \"…\" in quotation marks");
            None
        }
    };
    named.iter().map(read).collect()
}

fn actor(by: &str, pack: &Pack) -> Result<Actor, String> {
    if by == "system" {
        return Ok(Actor::System);
    }
    if let Some(no) = by.strip_prefix("reporter") {
        let no = if no.is_empty() { Ok(0) } else { no.trim().parse() };
        return no
            .map(|no| Actor::Reporter { no })
            .map_err(|_error| format!("“{by}”: write reporter, or reporter 1"));
    }
    let id = MemberId::new(by);
    if !pack.policy.org.members.contains_key(&id) {
        return Err(format!("no member has the id '{by}': add it to members.csv or correct it"));
    }
    Ok(Actor::Member { id, seats: Vec::new() })
}
