//! The part of FEED.toml that says what attributes of their services are filled with, and where attributes that come are kept.
//!
//! ```toml
//! [push.attribute."014"]                # of their service 014: their attribute = what it is filled with
//! KIND = { value = "pothole" }          # always this; a list in brackets goes out as several answers
//! OURS = { from = "number" }            # or matter, condition, area, area_code, point, received, filed
//! WARD = { from = "area@street", map = { "990101001" = "W1" }, default = "W0" }
//! SIZE = { from = "condition", map = { 1 = "large", 2 = "small" } }
//! SPOT = { from = "answer:AREA", map = { road = "R", yard = "Y" } }   # an answer to a question of ours; needs a purpose
//! NOTE = { from = "text" }              # title, text and answers that somebody wrote: with words = "text" only
//!
//! [pull.attribute."001"]                # of their service 001, "*" of any other: their attribute = where it is kept
//! POLE = { to = "answer:POLE" }         # as the answer to a question of ours
//! SIZE = { to = "condition", map = { large = "1", small = "2" } }
//! MEMO = { to = "line", name = "备注" }  # a line "备注：…" among the answers
//! "*" = { to = "line" }                 # any other, by its own name; without this line they are not taken
//! ```
//!
//! A `map` is told by codes: of a matter, an area, the number of a condition, the key of a value. What it does not name is filled with the
//! `default`, or not at all. Owns reading the tables and checking them against what the authority goes by. No fact of a case that is
//! a person's has a name here, so no line can ask for one. Start at [`Fact`], [`Kept`] and [`check`].

use std::{collections::BTreeMap, fmt};

use huying_model::{LevelName, MatterCode, catalogue::Matter};
use huying_pack::public::{Attribute, Datatype};
use serde::Deserialize;
use smol_str::SmolStr;

use super::map::{FeedMap, Pull, Push, Words};
use crate::{Problem, engine::Setting};

/// Their services: their attributes, and what each is filled with.
pub type Fills = BTreeMap<String, BTreeMap<String, Fill>>;
/// Their services, `*` for any other: their attributes, `*` for any other, and where each is kept.
pub type Takes = BTreeMap<String, BTreeMap<String, Take>>;

/// What an attribute is filled with.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fill {
    pub value: Option<Said>,
    pub from: Option<Fact>,
    #[serde(default)]
    pub map: BTreeMap<String, Said>,
    pub default: Option<Said>,
}

/// One answer, or several.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(untagged, expecting = "a text in quotes, or a list of them in brackets, is expected")]
pub enum Said {
    One(String),
    Several(Vec<String>),
}

impl Said {
    pub fn all(&self) -> &[String] {
        match self {
            Said::One(one) => std::slice::from_ref(one),
            Said::Several(all) => all,
        }
    }
    pub fn is_list(&self) -> bool {
        matches!(self, Said::Several(_))
    }
}

/// What of a case may go out as an attribute.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub enum Fact {
    Number,
    /// Its name.
    Matter,
    Condition,
    /// The name of its cell, or of the area of a level around it.
    Area(Option<LevelName>),
    /// The same by its code.
    AreaCode(Option<LevelName>),
    Point,
    Received,
    Filed,
    Title,
    Text,
    /// The answer to a question of ours.
    Answer(SmolStr),
}

impl TryFrom<String> for Fact {
    type Error = String;

    fn try_from(text: String) -> Result<Fact, String> {
        if let Some(code) = text.strip_prefix("answer:").filter(|code| !code.is_empty()) {
            return Ok(Fact::Answer(SmolStr::new(code)));
        }
        let (word, level) = match text.split_once('@') {
            Some((word, level)) => (word, Some(LevelName::new(level))),
            None => (text.as_str(), None),
        };
        Ok(match (word, level) {
            ("area", level) => Fact::Area(level),
            ("area_code", level) => Fact::AreaCode(level),
            ("number", None) => Fact::Number,
            ("matter", None) => Fact::Matter,
            ("condition", None) => Fact::Condition,
            ("point", None) => Fact::Point,
            ("received", None) => Fact::Received,
            ("filed", None) => Fact::Filed,
            ("title", None) => Fact::Title,
            ("text", None) => Fact::Text,
            _ => {
                return Err(format!(
                    "“{text}” is no fact of a case that goes out: write number, matter, condition, area, area_code (or one of them with \
                     @LEVEL), point, received, filed, title, text, or answer:CODE"
                ));
            }
        })
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fact::Number => f.write_str("number"),
            Fact::Matter => f.write_str("matter"),
            Fact::Condition => f.write_str("condition"),
            Fact::Area(None) => f.write_str("area"),
            Fact::Area(Some(level)) => write!(f, "area@{level}"),
            Fact::AreaCode(None) => f.write_str("area_code"),
            Fact::AreaCode(Some(level)) => write!(f, "area_code@{level}"),
            Fact::Point => f.write_str("point"),
            Fact::Received => f.write_str("received"),
            Fact::Filed => f.write_str("filed"),
            Fact::Title => f.write_str("title"),
            Fact::Text => f.write_str("text"),
            Fact::Answer(code) => write!(f, "answer:{code}"),
        }
    }
}

/// Where an attribute that comes is kept.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Take {
    pub to: Kept,
    #[serde(default)]
    pub map: BTreeMap<String, String>,
    /// What a line is called; else as the attribute is called there.
    pub name: Option<String>,
}

/// See [`Take`].
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub enum Kept {
    /// As the answer to a question of ours.
    Answer(SmolStr),
    /// As the filing condition.
    Condition,
    /// As a line of its own among the answers.
    Line,
}

impl TryFrom<String> for Kept {
    type Error = String;

    fn try_from(text: String) -> Result<Kept, String> {
        match (text.as_str(), text.strip_prefix("answer:")) {
            ("condition", _) => Ok(Kept::Condition),
            ("line", _) => Ok(Kept::Line),
            (_, Some(code)) if !code.is_empty() => Ok(Kept::Answer(SmolStr::new(code))),
            _ => Err(format!("“{text}” is no place for it: write answer:CODE, condition or line")),
        }
    }
}

/// The matters that go out as a service of theirs: whatever a person sends as one that the map does not name may be any.
pub(super) fn given<'a>(setting: &'a Setting, push: &Push, service: &str) -> Vec<&'a Matter> {
    named(setting, push.matter.iter().filter(|(_, code)| *code == service).map(|(ours, _)| ours))
}

/// The matters that requests of a service of theirs are here.
fn taken<'a>(setting: &'a Setting, pull: &Pull, service: &str) -> Vec<&'a Matter> {
    match pull.matter.get(service) {
        Some(ours) => named(setting, std::iter::once(ours)),
        None => named(setting, pull.matter.values()),
    }
}

fn named<'a, 'b>(setting: &'a Setting, codes: impl Iterator<Item = &'b MatterCode>) -> Vec<&'a Matter> {
    let all = &setting.policy.current.matters;
    let own: Vec<&Matter> = codes.filter_map(|code| all.get(code)).collect();
    if own.is_empty() { all.values().collect() } else { own }
}

/// The question of this code that one of the matters asks. Information wants no answer and is none.
pub(super) fn question<'a>(setting: &'a Setting, matters: &[&Matter], code: &str) -> Option<&'a Attribute> {
    let asked = matters.iter().flat_map(|matter| setting.pack.public.attributes(matter));
    asked.filter(|asked| asked.datatype != Datatype::Information).find(|asked| asked.code == code)
}

/// Everything in the tables that does not fit what the authority goes by.
pub(super) fn check(map: &FeedMap, setting: &Setting) -> Vec<Problem> {
    let mut check = Check { setting, wrong: Vec::new() };
    if let Some(push) = &map.push {
        for (service, fills) in &push.attribute {
            let matters = given(setting, push, service);
            for (code, fill) in fills {
                check.fill(push, &matters, (&format!("push.attribute.{service}.{code}"), code), fill);
            }
        }
    }
    if let Some(pull) = &map.pull {
        for (service, takes) in &pull.attribute {
            let matters = taken(setting, pull, service);
            for (code, take) in takes {
                check.take(&matters, (&format!("pull.attribute.{service}.{code}"), code), take);
            }
        }
    }
    check.wrong
}

struct Check<'a> {
    setting: &'a Setting,
    wrong: Vec<Problem>,
}

impl Check<'_> {
    fn refuse(&mut self, place: &str, code: &'static str, mend: impl Into<String>) {
        self.wrong.push(Problem::at(place, code, mend));
    }

    fn fill(&mut self, push: &Push, matters: &[&Matter], (place, code): (&str, &str), fill: &Fill) {
        // It stands in the heads of a form with parts.
        if code.is_empty()
            || code.chars().any(|sign| sign.is_control() || matches!(sign, '"' | '[' | ']' | '\\'))
        {
            self.refuse(place, "no_code", "Write the attribute's code as the service's definition does.");
        }
        let mut said = fill.value.iter().chain(fill.map.values()).chain(&fill.default);
        let blank =
            said.any(|said| said.all().is_empty() || said.all().iter().any(|one| one.trim().is_empty()));
        if blank {
            self.refuse(place, "missing", "An empty answer fills nothing: write one, or remove the line.");
        }
        match (&fill.value, &fill.from) {
            (Some(_), None) if fill.map.is_empty() && fill.default.is_none() => {}
            (Some(_), None) => {
                self.refuse(
                    place,
                    "not_here",
                    "What is always the same needs no map and no default: remove them.",
                );
            }
            (None, Some(fact)) => self.fact(push, matters, place, (fact, fill)),
            _ => self.refuse(place, "missing", "Write either value = \"…\" or from = \"…\"."),
        }
    }

    fn fact(&mut self, push: &Push, matters: &[&Matter], place: &str, (fact, fill): (&Fact, &Fill)) {
        let keys = || fill.map.keys();
        match fact {
            Fact::Matter => {
                let all = &self.setting.policy.current.matters;
                for code in keys().filter(|code| !all.contains_key(code.as_str())) {
                    self.refuse(place, "unknown_matter", format!("There is no matter {code}."));
                }
            }
            Fact::Condition => keys().for_each(|no| self.condition(matters, place, no)),
            Fact::Area(level) | Fact::AreaCode(level) => {
                let org = &self.setting.policy.org;
                if let Some(level) = level.as_ref().filter(|level| !org.levels.contains(level)) {
                    self.refuse(place, "unknown_level", format!("There is no level {level}."));
                }
                for code in keys().filter(|code| !org.areas.contains_key(code.as_str())) {
                    self.refuse(place, "unknown_area", format!("There is no area {code}."));
                }
            }
            Fact::Answer(code) => self.answer(push, matters, place, (code, fill)),
            Fact::Number | Fact::Point | Fact::Received | Fact::Filed | Fact::Title | Fact::Text => {
                if !fill.map.is_empty() {
                    self.refuse(place, "not_here", format!("Of {fact} no values are known: remove its map."));
                }
            }
        }
        if matches!(fact, Fact::Title | Fact::Text) && push.words != Words::Text {
            self.refuse(place, "words_shut", WORDS);
        }
    }

    fn answer(&mut self, push: &Push, matters: &[&Matter], place: &str, (code, fill): (&SmolStr, &Fill)) {
        let Some(question) = question(self.setting, matters, code) else {
            return self.unknown_question(matters, place, code);
        };
        if question.datatype.chosen() {
            if push.purpose.is_none() {
                let mend =
                    format!("What a reporter answered ({place}) goes out for a purpose only: name it.");
                self.refuse("push.purpose", "missing", mend);
            }
            fill.map.keys().for_each(|key| self.value(question, place, key));
            return;
        }
        if push.words != Words::Text {
            self.refuse(place, "words_shut", WORDS);
        }
        if !fill.map.is_empty() {
            self.refuse(place, "not_here", "What somebody wrote has no values to name: remove its map.");
        }
    }

    fn take(&mut self, matters: &[&Matter], (place, code): (&str, &str), take: &Take) {
        if take.name.is_some() && take.to != Kept::Line {
            self.refuse(place, "not_here", "Only a line has a name: remove it.");
        }
        match &take.to {
            Kept::Line if code == "*" && (take.name.is_some() || !take.map.is_empty()) => {
                self.refuse(
                    place,
                    "not_here",
                    "Any other attribute has its own name and values: write { to = \"line\" }.",
                );
            }
            Kept::Line => {}
            _ if code == "*" => {
                self.refuse(
                    place,
                    "not_here",
                    "Any other attribute can only become a line: write { to = \"line\" }.",
                );
            }
            Kept::Condition => take.map.values().for_each(|no| self.condition(matters, place, no)),
            Kept::Answer(code) => match question(self.setting, matters, code) {
                Some(question) if question.datatype.chosen() => {
                    take.map.values().for_each(|key| self.value(question, place, key));
                }
                Some(_) => {}
                None => self.unknown_question(matters, place, code),
            },
        }
    }

    fn condition(&mut self, matters: &[&Matter], place: &str, no: &str) {
        let known = |no: u16| matters.iter().any(|matter| matter.condition(no).is_some());
        if !no.parse::<u16>().is_ok_and(known) {
            let mend = format!(
                "No matter of this service has the condition {no}: write the number of one in conditions.csv."
            );
            self.refuse(place, "unknown_condition", mend);
        }
    }

    fn value(&mut self, question: &Attribute, place: &str, key: &str) {
        if !question.values.iter().any(|(known, _)| known == key) {
            let all: Vec<&str> = question.values.iter().map(|(key, _)| key.as_str()).collect();
            let mend = format!("“{key}” is no value of {}: write one of {}.", question.code, all.join(", "));
            self.refuse(place, "unknown_value", mend);
        }
    }

    fn unknown_question(&mut self, matters: &[&Matter], place: &str, code: &str) {
        let asked = matters.iter().flat_map(|matter| self.setting.pack.public.attributes(matter));
        let mut all: Vec<&str> = asked.map(|asked| asked.code.as_str()).collect();
        all.sort_unstable();
        all.dedup();
        let mend = format!(
            "No matter of this service asks {code} in attributes.csv: write one of {}.",
            if all.is_empty() { "those that are asked; there is none".to_owned() } else { all.join(", ") }
        );
        self.refuse(place, "unknown_question", mend);
    }
}

const WORDS: &str = "Words of a case go out with words = \"text\" and a purpose only: write both under [push], or remove the line.";
