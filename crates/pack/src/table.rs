//! A table (CSV) read cell by cell, so that every mistake in it is told with its line and column.
//!
//! Owns headings, rows and the kinds of cells. Lines that begin with `#` are comments. It refuses unknown
//! headings, since a misspelt one would silently be ignored. Start at [`Table::read`], then [`Row`].

use std::collections::HashMap;

use smol_str::SmolStr;

use crate::lines;
use crate::problem::{Problems, Spot};
use crate::words::flag;

/// The rows of a file under its headings.
#[derive(Debug)]
pub struct Table {
    file: SmolStr,
    headings: HashMap<SmolStr, usize>,
    /// Cells of the first line, unknown headings among them.
    width: usize,
    rows: Vec<(u32, csv::StringRecord)>,
}

impl Table {
    /// Reads a table. `needed` headings must stand in the first line, `known` ones may.
    pub fn read(file: &str, text: &str, needed: &[&str], known: &[&str], problems: &Problems) -> Table {
        let mut table =
            Table { file: SmolStr::new(file), headings: HashMap::new(), width: 0, rows: Vec::new() };
        let mut separated = csv::ReaderBuilder::new();
        separated.has_headers(false).flexible(true).comment(Some(b'#')).trim(csv::Trim::All);
        let mut records = lines::records(&separated, text.as_bytes());
        let Some(first) = records.next() else {
            problems.at(
                Spot::after(file, ""),
                "the file is empty",
                format!("Its first line names: {}", needed.join(",")),
            );
            return table;
        };
        match first {
            Ok((line, first)) => table.head(number(line), &first, needed, known, problems),
            Err(error) => table.unreadable(&error, problems),
        }
        for record in records {
            match record {
                Ok((line, record)) => table.row(number(line), record, problems),
                Err(error) => table.unreadable(&error, problems),
            }
        }
        table
    }

    fn head(
        &mut self,
        line: u32,
        first: &csv::StringRecord,
        needed: &[&str],
        known: &[&str],
        problems: &Problems,
    ) {
        self.width = first.len();
        for (index, heading) in first.iter().enumerate() {
            let spot = self.spot_at(line, index, heading);
            if !needed.contains(&heading) && !known.contains(&heading) {
                let all = needed.iter().chain(known).copied().collect::<Vec<_>>().join(", ");
                problems.at(spot, format!("the column '{heading}' is unknown"), format!("Known here: {all}"));
            } else if self.headings.insert(SmolStr::new(heading), index).is_some() {
                problems.at(spot, format!("the column '{heading}' stands twice"), "Remove one of them");
            }
        }
        for heading in needed.iter().filter(|heading| !self.headings.contains_key(**heading)) {
            let what = format!("the column '{heading}' is missing");
            problems.at(
                self.spot_at(line, first.len(), ""),
                what,
                format!("Add {heading} to the first line"),
            );
        }
    }

    fn row(&mut self, line: u32, record: csv::StringRecord, problems: &Problems) {
        if record.len() > self.width && self.width > 0 {
            let (found, wanted) = (record.len(), self.width);
            let what = format!("the row has {found} cells under {wanted} headings");
            problems.at(self.spot_at(line, wanted, ""), what, "Put a text with commas in quotation marks");
        }
        if record.iter().any(|cell| !cell.is_empty()) {
            self.rows.push((line, record));
        }
    }

    fn unreadable(&self, error: &csv::Error, problems: &Problems) {
        let line = error.position().map_or(0, |at| number(at.line()));
        problems.at(
            self.spot_at(line, 0, ""),
            format!("the row cannot be read: {error}"),
            "Check its quotation marks",
        );
    }

    fn spot_at(&self, line: u32, index: usize, heading: &str) -> Spot {
        let column = u32::try_from(index + 1).unwrap_or(u32::MAX);
        Spot { file: self.file.clone(), line, column, field: SmolStr::new(heading) }
    }

    /// The cell under a heading in the line of another cell.
    pub fn beside(&self, spot: &Spot, heading: &str) -> Spot {
        let index = self.headings.get(heading).copied().unwrap_or(self.headings.len());
        self.spot_at(spot.line, index, heading)
    }

    /// The rows in their order.
    pub fn rows<'t>(&'t self, problems: &'t Problems) -> impl Iterator<Item = Row<'t>> {
        self.rows.iter().map(move |(line, record)| Row { table: self, line: *line, record, problems })
    }
}

fn number(line: u64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// One row. A cell is absent when its column is, or when it is blank.
#[derive(Clone, Copy, Debug)]
pub struct Row<'t> {
    table: &'t Table,
    line: u32,
    record: &'t csv::StringRecord,
    problems: &'t Problems,
}

impl<'t> Row<'t> {
    /// Where a cell stands.
    pub fn spot(&self, heading: &str) -> Spot {
        match self.table.headings.get(heading) {
            Some(index) => self.table.spot_at(self.line, *index, heading),
            None => self.table.spot_at(self.line, self.record.len(), heading),
        }
    }
    /// Adds a problem at a cell.
    pub fn fail(&self, heading: &str, message: impl Into<String>, mend: impl Into<String>) {
        self.problems.at(self.spot(heading), message, mend);
    }
    /// The cell's text.
    pub fn text(&self, heading: &str) -> Option<&'t str> {
        let index = self.table.headings.get(heading)?;
        self.record.get(*index).filter(|cell| !cell.is_empty())
    }
    /// The cell's text, which must be there.
    pub fn need_text(&self, heading: &str) -> Option<&'t str> {
        let text = self.text(heading);
        // A missing column was told once already, at the heading.
        if text.is_none() && self.table.headings.contains_key(heading) {
            self.fail(heading, format!("'{heading}' is empty"), "Every row needs it");
        }
        text
    }
    /// The cell as `parse` understands it; its error is told at the cell.
    pub fn read<T>(&self, heading: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        parse(self.text(heading)?).map_err(|error| self.fail(heading, error, "")).ok()
    }
    /// Like [`Row::read`], and it must be there.
    pub fn need<T>(&self, heading: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        parse(self.need_text(heading)?).map_err(|error| self.fail(heading, error, "")).ok()
    }
    /// The items of a cell, between blanks or semicolons.
    pub fn list<T>(&self, heading: &str, parse: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let items = self.text(heading).unwrap_or_default().split([' ', ';', '；', '　', '\n']);
        let mut read = Vec::new();
        for item in items.filter(|item| !item.is_empty()) {
            match parse(item) {
                Ok(value) => read.push(value),
                Err(error) => self.fail(heading, error, ""),
            }
        }
        read
    }
    /// Yes or no; blank is no.
    pub fn flag(&self, heading: &str) -> bool {
        self.read(heading, flag).unwrap_or(false)
    }
}
