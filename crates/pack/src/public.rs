//! `public.csv` and `attributes.csv` (公开): which matters everybody may see and report from outside, and what is asked of whoever reports.
//!
//! Owns the reading of both tables; a pack may leave either out. What holds without a row: problems are public and can be reported;
//! needs, inquiries, errands and tasks belong to somebody and are neither. A dispute is never public and never offered, whatever a row
//! says. Start at [`Public::service`].

use std::collections::BTreeMap;

use huying_model::{
    catalogue::{Matter, MatterKind},
    route::glob,
};
use serde::Deserialize;
use smol_str::SmolStr;

use crate::catalogue::Catalogue;
use crate::problem::Problems;
use crate::settings::Names;
use crate::source::{Source, text};
use crate::table::{Row, Table};
use crate::words::{flag, word};

/// The file of what is public and offered.
pub const FILE: &str = "public.csv";
/// The file of what is asked of whoever reports.
pub const ATTRIBUTES: &str = "attributes.csv";
/// Questions that one matter may ask.
const MOST: usize = 50;

/// How a report from outside is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// With its number at once.
    Realtime,
    /// With a token that becomes the number.
    Batch,
    /// With nothing: it is taken, and nobody outside follows it.
    Blackbox,
    /// It cannot be reported from outside.
    None,
}

/// What kind of answer a question wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Datatype {
    String,
    Number,
    Datetime,
    Text,
    Singlevaluelist,
    Multivaluelist,
    /// A text that is shown and wants no answer.
    Information,
}

impl Datatype {
    /// The word of GeoReport. Information is told apart by wanting no answer.
    pub fn code(self) -> &'static str {
        match self {
            Datatype::String | Datatype::Information => "string",
            Datatype::Number => "number",
            Datatype::Datetime => "datetime",
            Datatype::Text => "text",
            Datatype::Singlevaluelist => "singlevaluelist",
            Datatype::Multivaluelist => "multivaluelist",
        }
    }
    /// Whether an answer is chosen from a list.
    pub fn chosen(self) -> bool {
        matches!(self, Datatype::Singlevaluelist | Datatype::Multivaluelist)
    }
}

/// A question to whoever reports.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attribute {
    pub code: SmolStr,
    pub datatype: Datatype,
    pub required: bool,
    pub question: Names,
    /// How the answer is written.
    pub hint: Option<SmolStr>,
    /// What may be chosen: its key and its name.
    pub values: Vec<(SmolStr, Names)>,
}

/// A matter as it is offered to the world outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Service {
    /// Its cases may be seen by everybody.
    pub public: bool,
    pub offer: Offer,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Rule {
    matter: SmolStr,
    public: Option<bool>,
    offer: Option<Offer>,
    keywords: Vec<SmolStr>,
}

/// What a pack says of the world outside.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Public {
    rules: Vec<Rule>,
    attributes: Vec<(SmolStr, Attribute)>,
}

impl Public {
    /// What holds of a matter: of the rows that fit, the last that says something.
    pub fn service(&self, matter: &Matter) -> Service {
        if matter.kind == MatterKind::Dispute {
            return Service { public: false, offer: Offer::None };
        }
        let usual = matter.kind == MatterKind::Problem;
        let fitting = || self.rules.iter().rev().filter(|rule| glob(&rule.matter, matter.code.as_str()));
        let public = fitting().find_map(|rule| rule.public).unwrap_or(usual);
        let otherwise = if usual { Offer::Realtime } else { Offer::None };
        let offer = match fitting().find_map(|rule| rule.offer).unwrap_or(otherwise) {
            // What nobody may see cannot be followed either.
            Offer::Realtime | Offer::Batch if !public => Offer::Blackbox,
            offer => offer,
        };
        Service { public, offer }
    }

    /// Words under which somebody may look for a matter.
    pub fn keywords(&self, matter: &Matter) -> Vec<SmolStr> {
        let fitting = self.rules.iter().filter(|rule| glob(&rule.matter, matter.code.as_str()));
        let mut found: Vec<SmolStr> = Vec::new();
        for word in fitting.flat_map(|rule| &rule.keywords) {
            if !found.contains(word) {
                found.push(word.clone());
            }
        }
        found
    }

    /// The questions of a matter, in their order. A later row replaces an earlier one of the same code.
    pub fn attributes(&self, matter: &Matter) -> Vec<&Attribute> {
        let mut found: Vec<&Attribute> = Vec::new();
        for (_, attribute) in self.attributes.iter().filter(|(of, _)| glob(of, matter.code.as_str())) {
            match found.iter_mut().find(|other| other.code == attribute.code) {
                Some(other) => *other = attribute,
                None => found.push(attribute),
            }
        }
        found
    }
}

/// Reads both tables.
pub fn read(source: &dyn Source, catalogue: &Catalogue, problems: &Problems) -> Public {
    let mut public = Public::default();
    if let Some(text) = text(source, FILE, false, problems) {
        let table = Table::read(FILE, &text, &["matter"], &["public", "offer", "keywords"], problems);
        for row in table.rows(problems) {
            let matter = row.need("matter", |pattern| catalogue.check_pattern(pattern));
            let (shown, offer) = (row.read("public", flag), row.read("offer", word));
            let keywords = row.list("keywords", |text| Ok(SmolStr::new(text)));
            if let Some(matter) = matter {
                never_a_dispute(&row, &matter, shown, offer, catalogue);
                public.rules.push(Rule { matter, public: shown, offer, keywords });
            }
        }
    }
    if let Some(text) = text(source, ATTRIBUTES, false, problems) {
        let needed = ["matter", "code", "datatype", "question"];
        let known = ["question_en", "required", "hint", "values", "values_en"];
        let table = Table::read(ATTRIBUTES, &text, &needed, &known, problems);
        let mut counts: BTreeMap<SmolStr, usize> = BTreeMap::new();
        for row in table.rows(problems) {
            let Some((matter, attribute)) = attribute(&row, catalogue) else { continue };
            let count = counts.entry(matter.clone()).or_default();
            *count += 1;
            if *count > MOST {
                row.fail("matter", format!("{matter} asks more than {MOST} questions"), "Ask fewer");
            }
            public.attributes.push((matter, attribute));
        }
    }
    public
}

/// A row that names nothing but disputes and opens them is a mistake; one that fits others too leaves them out.
fn never_a_dispute(
    row: &Row,
    pattern: &str,
    shown: Option<bool>,
    offer: Option<Offer>,
    catalogue: &Catalogue,
) {
    let opens = shown == Some(true) || offer.is_some_and(|offer| offer != Offer::None);
    let mut fitting =
        catalogue.matters.values().filter(|matter| glob(pattern, matter.code.as_str())).peekable();
    if opens && fitting.peek().is_some() && fitting.all(|matter| matter.kind == MatterKind::Dispute) {
        row.fail(
            "matter",
            format!("“{pattern}” fits disputes only, which are never public"),
            "Remove the row, or name another matter",
        );
    }
}

fn attribute(row: &Row, catalogue: &Catalogue) -> Option<(SmolStr, Attribute)> {
    let matter = row.need("matter", |pattern| catalogue.check_pattern(pattern));
    let code = row.need("code", code);
    let datatype: Option<Datatype> = row.need("datatype", word);
    let question = row.need_text("question");
    let names = pairs(row, "values");
    let english = pairs(row, "values_en");
    let datatype = datatype?;
    if datatype.chosen() && row.text("values").is_none() {
        row.fail("values", "a list without values", "Write key=name;key=name");
    }
    if !datatype.chosen() && !names.is_empty() {
        row.fail(
            "values",
            "values of a question that is no list",
            "Make it singlevaluelist or multivaluelist",
        );
    }
    let required = row.flag("required");
    if required && datatype == Datatype::Information {
        row.fail("required", "information wants no answer", "Leave required blank");
    }
    let in_english = |key: &SmolStr, zh: &SmolStr| {
        english.iter().find(|(other, _)| other == key).map_or(zh.clone(), |(_, name)| name.clone())
    };
    let values = names
        .iter()
        .map(|(key, zh)| (key.clone(), Names { zh: zh.clone(), en: in_english(key, zh) }))
        .collect();
    let question = question?;
    let attribute = Attribute {
        code: code?,
        datatype,
        required,
        question: Names {
            zh: SmolStr::new(question),
            en: SmolStr::new(row.text("question_en").unwrap_or(question)),
        },
        hint: row.text("hint").map(SmolStr::new),
        values,
    };
    Some((matter?, attribute))
}

/// A code that stands in an address and a form.
fn code(text: &str) -> Result<SmolStr, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match text {
        "condition" | "evidence" => {
            Err(format!("“{text}” is asked by the platform itself: choose another code"))
        }
        text if text.bytes().all(plain) && text.len() <= 64 => Ok(SmolStr::new(text)),
        _ => Err(format!("“{text}” is no code: write up to 64 of a–z, A–Z, 0–9, hyphens and underscores")),
    }
}

/// `key=name;key=name`.
fn pairs(row: &Row, heading: &str) -> Vec<(SmolStr, SmolStr)> {
    let mut found: Vec<(SmolStr, SmolStr)> = Vec::new();
    let cell = row.text(heading).unwrap_or_default();
    for part in cell.split([';', '；']).map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once('=').map(|(key, name)| (key.trim(), name.trim())) {
            Some((key, name)) if !key.is_empty() && !name.is_empty() => {
                if found.iter().any(|(other, _)| other == key) {
                    row.fail(heading, format!("the key '{key}' stands twice"), "Keep one");
                } else {
                    found.push((SmolStr::new(key), SmolStr::new(name)));
                }
            }
            _ => row.fail(heading, format!("“{part}” is no value"), "Write key=name;key=name"),
        }
    }
    found
}
