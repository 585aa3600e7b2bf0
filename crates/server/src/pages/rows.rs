//! A table whose rows are edited on a page, without a script.
//!
//! Owns the fields of such a form: each row says what it was when it was drawn, so that only what somebody changed is changed, and a row
//! that another person has changed since is found. Refuses to know what a column means. Start at [`fresh`], [`draw`] and [`sent`].

use std::collections::HashMap;

use maud::{Markup, html};

use super::{
    components::frames::{self, Named},
    form::Form,
    view::View,
};
use crate::problem::{Both, Problem, Wrong};

/// Rows of one form.
pub const SHOWN: usize = 30;
/// Empty rows under them, for new ones.
pub const BLANK: usize = 3;

/// One row as it was drawn and as it is written now.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Row {
    /// Empty for a new row.
    pub seen: Vec<String>,
    pub cells: Vec<String>,
    /// It shall end.
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

/// Rows as they are, with empty ones for new ones.
pub fn fresh<'r>(rows: impl Iterator<Item = &'r Vec<String>>, columns: usize) -> Vec<Row> {
    let known = rows.map(|row| {
        let cells = (0..columns).map(|at| row.get(at).map(|cell| plain(cell)).unwrap_or_default());
        Row { cells: cells.collect(), seen: row.clone(), ends: false }
    });
    let blank = Row { cells: vec![String::new(); columns], ..Row::default() };
    known.chain(std::iter::repeat_n(blank, BLANK)).collect()
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
        Some(Row { cells, ends: fields.contains_key(format!("end-{no}").as_str()), seen })
    };
    (0..SHOWN + BLANK).map_while(row).collect()
}

/// Which of the rows of today each row of the form is; None for new ones.
///
/// # Errors
/// Every edited row that is not there any more as it was drawn.
pub fn matched(today: &[Vec<String>], rows: &[Row]) -> Result<Vec<Option<usize>>, Problem> {
    let places: HashMap<&Vec<String>, usize> = today.iter().enumerate().map(|(at, row)| (row, at)).collect();
    let found: Vec<Option<usize>> = rows.iter().map(|row| places.get(&row.seen).copied()).collect();
    let gone = |(no, (row, at)): (usize, (&Row, &Option<usize>))| {
        (row.is_edited() && !row.is_new() && at.is_none()).then(|| Wrong {
            field: format!("cell-{no}-0"),
            code: "row_changed".to_owned(),
            message: Both(
                format!("第 {} 行已被他人改动。", no + 1),
                format!("Row {} was changed by somebody else.", no + 1),
            ),
            mend: Both::of("请重新打开本页再改。", "Open the page again and change it there."),
        })
    };
    let errors: Vec<Wrong> = rows.iter().zip(&found).enumerate().filter_map(gone).collect();
    if errors.is_empty() { Ok(found) } else { Err(Problem { errors, ..Problem::of("validation") }) }
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
            td.number { @if row.is_new() { (new) } @else { (no + 1) } input type="hidden" name={ "row-" (no) } value=(seen); }
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
            for (at, cell) in row.cells.iter().enumerate() {
                fields.push((format!("cell-{no}-{at}"), cell.clone()));
            }
            if row.ends {
                fields.push((format!("end-{no}"), "yes".to_owned()));
            }
        }
        Form { fields, ..Form::default() }
    }

    #[test]
    fn a_form_that_came_back_untouched_changes_nothing() {
        let today = rows();
        let drawn = fresh(today.iter(), 2);
        let came = sent(&filled(&drawn), 2);
        assert_eq!(came, drawn);
        assert!(came.iter().all(|row| !row.is_edited()));
        assert_eq!(came[0].after(), today[0], "a line break that nobody saw is kept");
        assert_eq!(matched(&today, &came).unwrap(), [Some(0), Some(1), None, None, None]);
    }

    #[test]
    fn only_what_was_changed_is_changed_and_what_another_changed_is_told() {
        let today = rows();
        let mut drawn = fresh(today.iter(), 2);
        drawn[1].cells[1] = "3".to_owned();
        drawn[2].cells[0] = "c".to_owned();
        let came = sent(&filled(&drawn), 2);
        let edited: Vec<bool> = came.iter().map(Row::is_edited).collect();
        assert_eq!(edited, [false, true, true, false, false]);
        let mut later = today.clone();
        later[1][1] = "4".to_owned();
        let problem = matched(&later, &came).unwrap_err();
        assert_eq!(problem.errors.len(), 1);
        assert_eq!(
            (problem.errors[0].field.as_str(), problem.errors[0].code.as_str()),
            ("cell-1-0", "row_changed")
        );
        // What nobody edited here may have changed elsewhere.
        later[1][1] = "2".to_owned();
        later[0][1] = "other".to_owned();
        assert!(matched(&later, &came).is_ok());
    }
}
