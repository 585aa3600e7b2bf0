//! A table as people send it and take it away: CSV (UTF-8 with or without mark, or GB18030) and Excel workbooks.
//!
//! Owns reading row by row with the row's number in the file, writing, and that a cell which a spreadsheet would take for a formula is
//! marked on its way out and unmarked on its way in ([`guard`], [`unguard`]). Rows stream: nothing here holds a whole file. What a
//! stranger sends is bounded: how wide a row, how long a cell, how far a workbook may swell. Refuses to know what a column means.
//! Start at [`Rows::open`] and [`Writer`].

mod read;
mod write;
mod xlsx;

use std::fmt;

use jiff::civil::Date;

pub use read::{Rows, Sent};
pub use write::{Encoding, MOST_ROWS, Rest, Writer};

/// Cells that a row may have.
pub const MOST_CELLS: usize = 200;
/// Characters that a cell may have; a spreadsheet has no longer ones.
pub const MOST_CHARS: usize = 32_767;

/// The two kinds of files.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Format {
    #[default]
    Csv,
    Xlsx,
}

impl Format {
    /// By the first bytes: a workbook is a zip archive.
    pub fn of(first: &[u8]) -> Format {
        if first.starts_with(b"PK\x03\x04") { Format::Xlsx } else { Format::Csv }
    }
    /// `csv` or `xlsx`.
    pub fn code(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
        }
    }
    pub fn media(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// A cell as it goes out. In a workbook a number, a share and a day are what they are, so that a spreadsheet can reckon with them; a CSV
/// has them as people read them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cell {
    Text(String),
    Number(i64),
    /// In tenths of a percent, never below nought.
    Share(i64),
    Day(Date),
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Text(text) => f.write_str(text),
            Cell::Number(number) => write!(f, "{number}"),
            Cell::Share(tenths) => write!(f, "{}.{}%", tenths / 10, tenths % 10),
            Cell::Day(day) => write!(f, "{day}"),
        }
    }
}

/// A row as it came.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Line {
    /// In the file, from 1: the line of a CSV, the row of a sheet.
    pub no: u64,
    /// Trimmed and unmarked.
    pub cells: Vec<String>,
}

/// What cannot be read, where, and how to mend it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread {
    /// From 1; 0 where it concerns the file as a whole.
    pub line: u64,
    /// From 1; 0 where it concerns the row as a whole.
    pub column: u64,
    pub message: String,
    pub mend: &'static str,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (0, _) => {}
            (line, 0) => write!(f, "row {line}: ")?,
            (line, column) => write!(f, "row {line}, column {column}: ")?,
        }
        write!(f, "{}. {}", self.message, self.mend)
    }
}

impl Unread {
    fn whole(message: impl Into<String>, mend: &'static str) -> Unread {
        Unread { line: 0, column: 0, message: message.into(), mend }
    }
}

/// What a spreadsheet takes for the beginning of a formula.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
}

/// A plain number begins with a sign and is harmless.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.bytes().any(|byte| byte.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().filter(|byte| *byte == b'.').count() <= 1
}

fn needs_mark(text: &str) -> bool {
    let bare = text.trim_start_matches('\'');
    is_formula(bare) && !is_number(text)
}

/// The cell as it goes out: an apostrophe before what a spreadsheet would take for a formula, and before what looks like such a mark
/// already, so that [`unguard`] gives back exactly what was there.
pub fn guard(text: &str) -> std::borrow::Cow<'_, str> {
    if needs_mark(text) { format!("'{text}").into() } else { text.into() }
}

/// The cell as it was before [`guard`].
pub fn unguard(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if needs_mark(rest) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_formula_is_marked_and_a_number_is_not() {
        for (plain, marked) in [
            ("=1+1", "'=1+1"),
            ("+86 23 1234", "'+86 23 1234"),
            ("-cmd|x", "'-cmd|x"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("＝1", "'＝1"),
            ("'=1", "''=1"),
            ("-12.5", "-12.5"),
            ("-1.2.3", "'-1.2.3"),
            ("-", "'-"),
            ("a=b", "a=b"),
            ("'quoted'", "'quoted'"),
            ("", ""),
        ] {
            assert_eq!(guard(plain), marked, "{plain:?}");
            assert_eq!(unguard(marked), plain, "{marked:?}");
        }
    }

    proptest! {
        #[test]
        fn what_goes_out_comes_back_as_it_was(text in "['=+\\-@\\ta0.]{0,6}") {
            let out = guard(&text).into_owned();
            prop_assert_eq!(unguard(&out), text.as_str());
            prop_assert!(!is_formula(&out) || is_number(&out), "{} stays a formula", out);
        }
    }
}
