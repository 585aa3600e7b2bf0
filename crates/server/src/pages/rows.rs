//! A table whose rows are edited on a page, without a script.
//!
//! Owns the fields of such a form: each row says where it stood and what it was when it was drawn, so that only what somebody changed is
//! changed, in the row that they saw and in no other that reads like it; and what was edited goes along from page to page. Refuses to know
//! what a column means. Start at [`page`], [`draw`], [`sent`] and [`joined`]; [`since`] is about rows that another person has changed since.

use std::collections::HashMap;

use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::{
    components::frames::{self, Named},
    form::Form,
    view::View,
};
use crate::problem::{Both, Problem};

pub mod since;

/// Rows of one form.
pub const SHOWN: usize = 30;
/// Empty rows under them, for new ones.
const BLANK: usize = 3;
/// Rows that are read from one form: those that are shown, and the new ones of before.
const MOST: usize = 2_000;

/// One row as it was drawn and as it is written now.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Row {
    /// Where it stood in its table; None for a new row.
    #[serde(default)]
    pub at: Option<usize>,
    /// Empty for a new row.
    #[serde(default)]
    pub seen: Vec<String>,
    pub cells: Vec<String>,
    /// It shall end.
    #[serde(default)]
    pub ends: bool,
}

/// A cell in one line, as a field of a form holds it.
fn plain(cell: &str) -> String {
    cell.replace(['\r', '\n'], "").trim().to_owned()
}

impl Row {
    pub fn is_new(&self) -> bool {
        self.seen.is_empty()
    }

    /// Whether something is to be done with it.
    pub fn is_edited(&self) -> bool {
        match self.is_new() {
            true => self.cells.iter().any(|cell| !cell.is_empty()),
            false => self.ends || self.cells.iter().zip(&self.seen).any(|(new, old)| *new != plain(old)),
        }
    }

    /// The row of afterwards: what was not edited is as it was, line breaks included.
    pub fn after(&self) -> Vec<String> {
        let old = |at: usize| self.seen.get(at).filter(|old| self.cells.get(at) == Some(&plain(old)));
        (0..self.cells.len())
            .map(|at| old(at).or_else(|| self.cells.get(at)).cloned().unwrap_or_default())
            .collect()
    }
}

/// Rows as they stand in their table, each with its number there, as they were edited so far; after them every new one, and empty ones for more.
pub fn page<'r>(
    rows: impl Iterator<Item = (usize, &'r Vec<String>)>,
    columns: usize,
    edits: &[Row],
) -> Vec<Row> {
    let known = rows.map(|(at, row)| {
        let edited = edits.iter().find(|edit| edit.at == Some(at) && edit.seen == *row);
        edited.cloned().unwrap_or_else(|| Row {
            at: Some(at),
            seen: row.clone(),
            cells: (0..columns).map(|at| row.get(at).map(|cell| plain(cell)).unwrap_or_default()).collect(),
            ends: false,
        })
    });
    let new = edits.iter().filter(|edit| edit.is_new()).cloned();
    let blank = Row { cells: vec![String::new(); columns], ..Row::default() };
    known.chain(new).chain(std::iter::repeat_n(blank, BLANK)).collect()
}

/// Other words are looked for than those whose rows a form shows, in its field `was`: the first that fit come first then, also where
/// Enter sent it. A form without that field shows no rows.
pub fn searched(form: &Form) -> bool {
    let field = |name: &str| {
        let mut fields = form.fields.iter();
        fields.find(|(field, _)| field == name).map(|(_, value)| value.trim())
    };
    field("was").is_some_and(|was| was != field("q").unwrap_or_default())
}

/// The rows of a form, in its order.
pub fn sent(form: &Form, columns: usize) -> Vec<Row> {
    let fields: HashMap<&str, &str> =
        form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let row = |no: usize| {
        let seen: Vec<String> = serde_json::from_str(fields.get(format!("row-{no}").as_str())?).ok()?;
        let cell = |at: usize| match fields.get(format!("cell-{no}-{at}").as_str()) {
            Some(written) => plain(written),
            None => seen.get(at).map(|old| plain(old)).unwrap_or_default(),
        };
        let cells = (0..columns).map(cell).collect();
        let at = fields.get(format!("at-{no}").as_str()).and_then(|at| at.parse().ok());
        let ends = fields.contains_key(format!("end-{no}").as_str());
        Some(Row { at: at.filter(|_| !seen.is_empty()), cells, ends, seen })
    };
    (0..MOST).map_while(row).collect()
}

/// What was edited before and went along in a field of the form, for a table of so many columns.
///
/// # Errors
/// A field that this page did not write.
pub fn carried(form: &Form, field: &str, columns: usize) -> Result<Vec<Row>, Problem> {
    let Some(text) = form.said(field) else { return Ok(Vec::new()) };
    let read: Result<Vec<Row>, serde_json::Error> = serde_json::from_str(text);
    let mut edits = read.map_err(|why| {
        let message = Both::of("带着的改动无法读取。", "The edits that went along cannot be read.");
        let mend = Both(
            "请返回上一页，从那里重新提交。".to_owned(),
            format!("Go back and send the form from there ({why})."),
        );
        Problem::field(field, "unreadable", message, mend)
    })?;
    edits.iter_mut().for_each(|row| row.cells.resize(columns, String::new()));
    Ok(edits)
}

/// The field of a form in which edits go along.
pub fn along(field: &str, edits: &[Row]) -> Markup {
    html! { input type="hidden" name=(field) value=(serde_json::to_string(edits).unwrap_or_default()); }
}

/// What was edited before with what came of the rows that were shown. New rows stand on every page, so those that came are all of them.
pub fn joined(mut edits: Vec<Row>, sent: &[Row]) -> Vec<Row> {
    let again = |old: &Row| match old.is_new() {
        true => !sent.is_empty(),
        false => sent.iter().any(|row| row.at == old.at && row.seen == old.seen),
    };
    edits.retain(|old| !again(old));
    edits.extend(sent.iter().filter(|row| row.is_edited()).cloned());
    edits.sort_by_key(|row| (row.is_new(), row.at));
    edits
}

/// The table. `fixed` says of which rows a column is only told; `label` names the table.
pub fn draw(
    view: &View,
    label: &str,
    columns: &[&str],
    rows: &[Row],
    fixed: impl Fn(&Row, usize) -> bool,
) -> Markup {
    html! {
        (frames::table(Named::As(label), &html! {
            table.table.table-edit {
                thead { tr {
                    th.number scope="col" { (view.lang.pick("行", "Row")) }
                    @for column in columns { th scope="col" { span.code { (column) } } }
                    th scope="col" { (view.lang.pick("终止", "End")) }
                } }
                tbody {
                    @for (no, row) in rows.iter().enumerate() { (line(view, columns, no, row, &fixed)) }
                }
            }
        }))
    }
}

fn line(view: &View, columns: &[&str], no: usize, row: &Row, fixed: &impl Fn(&Row, usize) -> bool) -> Markup {
    let new = view.lang.pick("新", "new");
    let seen = serde_json::to_string(&row.seen).unwrap_or_default();
    let named = |column: &str| format!("{} {column}", no + 1);
    html! {
        tr data-went=[row.is_edited().then_some(if row.ends { "ended" } else { "changed" })] {
            td.number {
                @if row.is_new() { (new) } @else { (no + 1) }
                input type="hidden" name={ "row-" (no) } value=(seen);
                @if let Some(at) = row.at { input type="hidden" name={ "at-" (no) } value=(at); }
            }
            @for (at, column) in columns.iter().enumerate() {
                @let cell = row.cells.get(at).map(String::as_str).unwrap_or_default();
                td {
                    @if fixed(row, at) { span.code id={ "cell-" (no) "-" (at) } { (cell) } }
                    @else { input.input id={ "cell-" (no) "-" (at) } name={ "cell-" (no) "-" (at) } value=(cell) aria-label=(named(column)) size=(wide(cell)) autocomplete="off"; }
                }
            }
            td {
                @if !row.is_new() { input type="checkbox" name={ "end-" (no) } value="yes" checked[row.ends] aria-label=(named(view.lang.pick("终止", "End"))); }
            }
        }
    }
}

/// About as wide as what stands in it.
fn wide(cell: &str) -> usize {
    let signs: usize = cell.chars().map(|sign| if sign.is_ascii() { 1 } else { 2 }).sum();
    signs.clamp(6, 36)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<String>> {
        vec![vec!["a".into(), "one\nline".into()], vec!["b".into(), "2".into()]]
    }

    /// What a browser sends back of these rows.
    fn filled(rows: &[Row]) -> Form {
        let mut fields = Vec::new();
        for (no, row) in rows.iter().enumerate() {
            fields.push((format!("row-{no}"), serde_json::to_string(&row.seen).unwrap()));
            fields.extend(row.at.map(|at| (format!("at-{no}"), at.to_string())));
            for (at, cell) in row.cells.iter().enumerate() {
                fields.push((format!("cell-{no}-{at}"), cell.clone()));
            }
            if row.ends {
                fields.push((format!("end-{no}"), "yes".to_owned()));
            }
        }
        Form { fields, ..Form::default() }
    }

    fn drawn(rows: &[Vec<String>], edits: &[Row]) -> Vec<Row> {
        page(rows.iter().enumerate(), 2, edits)
    }

    #[test]
    fn a_form_that_came_back_untouched_changes_nothing() {
        let today = rows();
        let drawn = drawn(&today, &[]);
        let came = sent(&filled(&drawn), 2);
        assert_eq!(came, drawn);
        assert!(came.iter().all(|row| !row.is_edited()));
        assert_eq!(came[0].after(), today[0], "a line break that nobody saw is kept");
        assert_eq!(joined(Vec::new(), &came), []);
    }

    #[test]
    fn of_two_rows_that_read_alike_the_one_that_was_edited_is_changed_and_no_other() {
        let alike: Vec<Vec<String>> = vec![vec!["a".into(), "1".into()]; 3];
        let mut form = drawn(&alike, &[]);
        form[1].cells[1] = "2".to_owned();
        form[2].ends = true;
        let edits = joined(Vec::new(), &sent(&filled(&form), 2));
        assert_eq!(
            edits.iter().map(|row| (row.at, row.ends)).collect::<Vec<_>>(),
            [(Some(1), false), (Some(2), true)]
        );
        assert_eq!(drawn(&alike, &edits)[..3], form[..3], "each stands again in its place");
    }

    #[test]
    fn edits_go_along_from_page_to_page_until_they_are_taken_back() {
        let today = rows();
        let mut form = drawn(&today, &[]);
        form[1].cells[1] = "3".to_owned();
        form[2].cells[0] = "c".to_owned();
        let edits = joined(Vec::new(), &sent(&filled(&form), 2));
        assert_eq!(edits.len(), 2);
        // Only the first row is on the next page, with every new one.
        let next = page(today.iter().enumerate().take(1), 2, &edits);
        assert_eq!((next.len(), next[1].cells[0].as_str()), (1 + 1 + BLANK, "c"));
        let carried = Form {
            fields: vec![("edits".into(), serde_json::to_string(&edits).unwrap())],
            ..Form::default()
        };
        let edits = joined(super::carried(&carried, "edits", 2).unwrap(), &sent(&filled(&next), 2));
        assert_eq!(edits.len(), 2, "what was edited on another page stays, and a new row stands once");
        let mut back = drawn(&today, &edits);
        assert_eq!(back[1].cells[1], "3");
        back[1].cells[1] = "2".to_owned();
        back[2].cells[0] = String::new();
        assert_eq!(joined(edits, &sent(&filled(&back), 2)), []);
        let broken = Form { fields: vec![("edits".into(), "id,lead\r\n".into())], ..Form::default() };
        assert_eq!(super::carried(&broken, "edits", 2).unwrap_err().errors[0].code, "unreadable");
    }

    #[test]
    fn other_words_begin_with_the_first_rows_that_fit_and_the_same_words_stay_where_they_are() {
        for (was, words, anew) in [
            (Some("east"), "west", true),
            (Some("east"), "", true),
            (Some(""), "west", true),
            (Some("east"), " east ", false),
            (Some(""), "", false),
            (None, "west", false),
        ] {
            let was = was.map(|was| ("was".to_owned(), was.to_owned()));
            let fields = was.into_iter().chain([("q".to_owned(), words.to_owned())]).collect();
            assert_eq!(searched(&Form { fields, ..Form::default() }), anew, "{words}");
        }
    }
}
