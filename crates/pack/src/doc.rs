//! A settings file (TOML) read value by value, so that every mistake in it is told with its line and column.
//!
//! Owns the walk over a parsed document: wanted and unknown keys, kinds of values, and the spot of each. It
//! refuses to know what a setting means. Start at [`Doc::parse`], then [`Section`].

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use smol_str::SmolStr;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::{Problems, Spot};

/// A file's text with the beginnings of its lines.
#[derive(Debug)]
pub struct Doc<'t> {
    file: SmolStr,
    text: &'t str,
    table: Spanned<DeTable<'t>>,
}

impl<'t> Doc<'t> {
    /// Parses the text; mistakes in the writing are added to `problems` and what could be read is kept.
    pub fn parse(file: &str, text: &'t str, problems: &Problems) -> Doc<'t> {
        let (table, errors) = DeTable::parse_recoverable(text);
        let doc = Doc { file: SmolStr::new(file), text, table };
        for error in errors {
            let spot = doc.spot(error.span().unwrap_or(0..0), "");
            problems.at(spot, error.message().trim().replace('\n', "; "), "Correct the writing (toml.io)");
        }
        doc
    }

    /// The whole document as a section.
    pub fn root<'d>(&'d self, problems: &'d Problems) -> Section<'d, 't> {
        Section {
            doc: self,
            path: String::new(),
            span: 0..0,
            table: self.table.get_ref(),
            asked: RefCell::default(),
            problems,
        }
    }

    fn spot(&self, span: Range<usize>, field: &str) -> Spot {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        Spot { field: SmolStr::new(field), ..Spot::after(&self.file, before) }
    }
}

/// A table of the document. [`Section::finish`] tells of keys that nobody asked for.
#[derive(Debug)]
pub struct Section<'d, 't> {
    doc: &'d Doc<'t>,
    path: String,
    span: Range<usize>,
    table: &'d DeTable<'t>,
    asked: RefCell<BTreeSet<String>>,
    problems: &'d Problems,
}

impl<'d, 't> Section<'d, 't> {
    fn value(&self, key: &str) -> Option<&'d Spanned<DeValue<'t>>> {
        self.asked.borrow_mut().insert(key.to_owned());
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    fn name(&self, key: &str) -> String {
        match (self.path.as_str(), key) {
            ("", key) => key.to_owned(),
            (path, "") => path.to_owned(),
            (path, key) => format!("{path}.{key}"),
        }
    }

    /// Where a key's value stands; the section's own beginning where the key is missing.
    pub fn spot(&self, key: &str) -> Spot {
        let found = self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value.span());
        self.doc.spot(found.unwrap_or(self.span.clone()), &self.name(key))
    }

    /// Adds a problem at a key.
    pub fn fail(&self, key: &str, message: impl Into<String>, mend: impl Into<String>) {
        self.problems.at(self.spot(key), message, mend);
    }

    fn missing(&self, key: &str, example: &str) {
        self.fail(
            key,
            format!("the setting '{}' is missing", self.name(key)),
            format!("Write {key} = {example}"),
        );
    }

    /// The keys that are there.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.table.iter().map(|(name, _)| name.get_ref().as_ref())
    }

    /// Whether the key is there.
    pub fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// A text; None where it is absent or, after telling so, something else.
    pub fn text(&self, key: &str) -> Option<SmolStr> {
        match self.value(key)?.get_ref() {
            DeValue::String(text) => Some(SmolStr::new(text)),
            _ => {
                self.fail(key, "a text is needed here", format!("Write {key} = \"…\" in quotation marks"));
                None
            }
        }
    }

    /// A text that must be there and not empty.
    pub fn need_text(&self, key: &str, example: &str) -> Option<SmolStr> {
        if !self.has(key) {
            self.missing(key, example);
            return None;
        }
        let text = self.text(key)?;
        if text.trim().is_empty() {
            self.fail(key, "the text is empty", format!("Write {key} = {example}"));
            return None;
        }
        Some(text)
    }

    /// A text that `parse` understands; its error is told at the text.
    pub fn read<T>(&self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(key)?;
        parse(&text).map_err(|error| self.fail(key, error, "")).ok()
    }

    /// Like [`Section::read`], and it must be there.
    pub fn need<T>(&self, key: &str, example: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        if !self.has(key) {
            self.missing(key, example);
            return None;
        }
        self.read(key, parse)
    }

    /// A whole number within bounds.
    pub fn number(&self, key: &str, bounds: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let found = match self.value(key)?.get_ref() {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        let found = found.filter(|number| bounds.contains(number));
        if found.is_none() {
            let (low, high) = bounds.into_inner();
            self.fail(
                key,
                "a whole number is needed here",
                format!("Write {key} = a number from {low} to {high}"),
            );
        }
        found
    }

    /// `true` or `false`.
    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.value(key)?.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            _ => {
                self.fail(key, "yes or no is needed here", format!("Write {key} = true or {key} = false"));
                None
            }
        }
    }

    /// A list of texts that `parse` understands; each mistake is told at its own item.
    pub fn list<T>(&self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<Vec<T>> {
        let DeValue::Array(items) = self.value(key)?.get_ref() else {
            self.fail(key, "a list is needed here", format!("Write {key} = [\"…\", \"…\"]"));
            return None;
        };
        let mut read = Vec::new();
        for item in items.iter() {
            let spot = self.doc.spot(item.span(), &self.name(key));
            match item.get_ref() {
                DeValue::String(text) => match parse(text) {
                    Ok(value) => read.push(value),
                    Err(error) => self.problems.at(spot, error, ""),
                },
                _ => self.problems.at(spot, "a text is needed here", "Put it in quotation marks"),
            }
        }
        Some(read)
    }

    /// Numbers of a list, each within bounds.
    pub fn numbers(&self, key: &str, bounds: std::ops::RangeInclusive<i64>) -> Option<Vec<i64>> {
        let DeValue::Array(items) = self.value(key)?.get_ref() else {
            self.fail(key, "a list is needed here", format!("Write {key} = [1, 2]"));
            return None;
        };
        let number = |item: &Spanned<DeValue>| match item.get_ref() {
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).ok().filter(|n| bounds.contains(n))
            }
            _ => None,
        };
        let read: Option<Vec<i64>> = items.iter().map(number).collect();
        if read.is_none() {
            let (low, high) = bounds.clone().into_inner();
            self.fail(key, "whole numbers are needed here", format!("Write numbers from {low} to {high}"));
        }
        read
    }

    /// Any value, as JSON has it; dates as texts.
    pub fn json(&self, key: &str) -> Option<serde_json::Value> {
        self.value(key).map(|value| json(value.get_ref()))
    }

    /// A table under this key.
    pub fn section(&self, key: &str) -> Option<Section<'d, 't>> {
        let value = self.value(key)?;
        let DeValue::Table(table) = value.get_ref() else {
            self.fail(
                key,
                "a table is needed here",
                format!("Write [{}] and its settings below", self.name(key)),
            );
            return None;
        };
        Some(self.below(self.name(key), value.span(), table))
    }

    /// A table that must be there.
    pub fn need_section(&self, key: &str) -> Option<Section<'d, 't>> {
        if !self.has(key) {
            let name = self.name(key);
            self.fail(key, format!("the table [{name}] is missing"), "Copy it from packs/starter/pack.toml");
            return None;
        }
        self.section(key)
    }

    /// The tables under this key, each with its name (`[calendars.cn]`).
    pub fn entries(&self, key: &str) -> Vec<(SmolStr, Section<'d, 't>)> {
        let Some(outer) = self.section(key) else { return Vec::new() };
        let names: Vec<_> = outer.table.iter().map(|(name, _)| name.get_ref().to_string()).collect();
        names.iter().filter_map(|name| Some((SmolStr::new(name), outer.section(name)?))).collect()
    }

    /// The tables of a list (`[[levels]]`).
    pub fn sections(&self, key: &str) -> Vec<Section<'d, 't>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.fail(key, "a list of tables is needed here", format!("Write [[{}]]", self.name(key)));
            return Vec::new();
        };
        let mut found = Vec::new();
        for (no, item) in items.iter().enumerate() {
            match item.get_ref() {
                DeValue::Table(table) => {
                    found.push(self.below(format!("{}[{}]", self.name(key), no + 1), item.span(), table));
                }
                _ => {
                    self.fail(key, "a list of tables is needed here", format!("Write [[{}]]", self.name(key)))
                }
            }
        }
        found
    }

    /// A table, or a list of tables where it is repeated (`[grids]` or `[[grids]]`).
    pub fn tables(&self, key: &str) -> Vec<Section<'d, 't>> {
        match self.value(key).map(Spanned::get_ref) {
            Some(DeValue::Table(_)) => self.section(key).into_iter().collect(),
            _ => self.sections(key),
        }
    }

    fn below(&self, path: String, span: Range<usize>, table: &'d DeTable<'t>) -> Section<'d, 't> {
        Section { doc: self.doc, path, span, table, asked: RefCell::default(), problems: self.problems }
    }

    /// Tells of every key that was never asked for: a misspelt setting would otherwise be silently ignored.
    pub fn finish(&self) {
        let asked = self.asked.borrow();
        for (key, value) in self.table.iter().filter(|(key, _)| !asked.contains(key.get_ref().as_ref())) {
            let known = asked.iter().cloned().collect::<Vec<_>>().join(", ");
            let spot = self.doc.spot(value.span(), &self.name(key.get_ref()));
            let what = format!("the setting '{}' is unknown", self.name(key.get_ref()));
            self.problems.at(spot, what, format!("Known here: {known}"));
        }
    }
}

fn json(value: &DeValue) -> serde_json::Value {
    use serde_json::Value;
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(number) => number.as_str().parse::<f64>().map_or(Value::Null, Value::from),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(time) => Value::String(time.to_string()),
        DeValue::Array(items) => Value::Array(items.iter().map(|item| json(item.get_ref())).collect()),
        DeValue::Table(table) => Value::Object(
            table.iter().map(|(key, value)| (key.get_ref().to_string(), json(value.get_ref()))).collect(),
        ),
    }
}
