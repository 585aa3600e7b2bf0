//! Rows that another person has written otherwise since they were drawn in a form.
//!
//! Owns bringing edits to a newer table: what nobody else touched moves along, and for the rest the page shows the row as it was, as it is
//! and as it was written here, and asks. Nothing of what was written is dropped before somebody chose. Start at [`settled`], then [`ask`]
//! and [`chosen`].

use huying_pack::rewrite::Place;
use maud::{Markup, html};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Row, plain};
use crate::pages::{
    components::frames::{self, Named},
    form::Form,
    view::View,
};

/// An edit of a row that is another by now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Clash {
    pub mine: Row,
    /// Where the row stands now; None where it is not there any more.
    pub at: Option<usize>,
    pub now: Vec<String>,
}

impl Clash {
    /// The row of now with the cells that were edited here; where it is gone, a new one.
    fn both(&self) -> Row {
        if self.at.is_none() {
            return Row { cells: self.mine.cells.clone(), ..Row::default() };
        }
        let cell = |(column, written): (usize, &String)| {
            let text = |row: &[String]| row.get(column).map(|cell| plain(cell)).unwrap_or_default();
            if *written == text(&self.mine.seen) { text(&self.now) } else { written.clone() }
        };
        let cells = self.mine.cells.iter().enumerate().map(cell).collect();
        Row { at: self.at, seen: self.now.clone(), cells, ends: self.mine.ends }
    }
}

/// The edits in their places of now, and those of rows that somebody else has written otherwise.
pub fn settled(
    edits: Vec<Row>,
    place: impl Fn(&Row) -> Place,
    now: &[Vec<String>],
) -> (Vec<Row>, Vec<Clash>) {
    let (mut kept, mut clashes) = (Vec::new(), Vec::new());
    for mine in edits {
        if mine.is_new() {
            kept.push(Row { at: None, ends: false, ..mine });
            continue;
        }
        match place(&mine) {
            Place::Same(at) => kept.push(Row { at: Some(at), ..mine }),
            Place::Changed(at) => {
                let now = now.get(at).cloned().unwrap_or_default();
                // Who wrote the same has done it already.
                if mine.ends || mine.after() != now {
                    clashes.push(Clash { mine, at: Some(at), now });
                }
            }
            // It has ended already.
            Place::Gone if mine.ends => {}
            Place::Gone => clashes.push(Clash { mine, at: None, now: Vec::new() }),
        }
    }
    (kept, clashes)
}

/// The only row that reads like this one.
pub fn only(rows: &[Vec<String>], seen: &[String]) -> Option<usize> {
    let mut alike = rows.iter().enumerate().filter(|(_, row)| row.as_slice() == seen);
    let first = alike.next()?;
    alike.next().is_none().then_some(first.0)
}

/// Names what is asked, so that an answer to something else is none.
pub fn mark(clashes: &[Clash]) -> String {
    let said = serde_json::to_string(clashes).unwrap_or_default();
    Sha256::digest(said.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn field(no: usize) -> String {
    format!("since-{no}")
}

/// What was chosen for each, the first of them under this number; None where one is open still.
pub fn chosen(form: &Form, clashes: &[Clash], first: usize) -> Option<Vec<Row>> {
    let mut rows = Vec::new();
    for (no, clash) in (first..).zip(clashes) {
        match form.said(&field(no)) {
            Some("mine") => rows.push(clash.both()),
            Some("now") => {}
            _ => return None,
        }
    }
    Some(rows)
}

/// Each row as it was, as it is and as it was written here, with what may become of it. `first` is the number of the first of them.
pub fn ask(
    view: &View,
    name: &str,
    columns: &[&str],
    clashes: &[Clash],
    (form, first): (&Form, usize),
) -> Markup {
    html! {
        @for (no, clash) in (first..).zip(clashes) { (one(view, name, columns, clash, (form, no))) }
    }
}

fn one(view: &View, name: &str, columns: &[&str], clash: &Clash, (form, no): (&Form, usize)) -> Markup {
    let key = clash.mine.seen.first().map(String::as_str).unwrap_or_default();
    let legend = format!("{name} · {key}");
    let both = clash.both();
    let (mine, gone) = (&clash.mine.cells, clash.at.is_none());
    let (was, is, ends) = (
        view.lang.pick("您打开时", "When you opened it"),
        view.lang.pick("现在", "Now"),
        view.lang.pick("（终止此行）", "(it ends)"),
    );
    let told = |words: &str, row: &[String]| {
        html! { tr { th scope="row" { (words) } @for at in 0..columns.len() { (cell(&clash.mine.seen, row, at)) } } }
    };
    let choice = |value: &str, words: &str| {
        let picked = form.said(&field(no)) == Some(value);
        html! { label.choice { input type="radio" name=(field(no)) value=(value) checked[picked] required; " " span { (words) } } }
    };
    html! {
        fieldset.field {
            legend { (legend) }
            (frames::table(Named::As(&legend), &html! {
                table.table {
                    thead { tr { th scope="col" { (view.lang.pick("何时", "When")) } @for column in columns { th scope="col" { span.code { (column) } } } } }
                    tbody {
                        (told(was, &clash.mine.seen))
                        @if gone { tr { th scope="row" { (is) } td colspan=(columns.len()) { (view.lang.pick("这一行已不在，或无法认定是哪一行", "The row is gone, or it cannot be told which it is")) } } }
                        @else { (told(is, &clash.now)) }
                        @if clash.mine.ends { tr { th scope="row" { (view.lang.pick("您写的", "What you wrote")) } td colspan=(columns.len()) { (ends) } } }
                        @else {
                            (told(view.lang.pick("您写的", "What you wrote"), mine))
                            @if !gone && both.cells != *mine { (told(view.lang.pick("两者合并", "Both together"), &both.cells)) }
                        }
                    }
                }
            }))
            div.choices {
                (choice("mine", match (gone, clash.mine.ends) {
                    (true, _) => view.lang.pick("把您写的作为新行添上", "Add what you wrote as a new row"),
                    (false, true) => view.lang.pick("仍然终止此行", "End the row all the same"),
                    (false, false) => view.lang.pick("把您改的单元格写到现在的行上", "Write the cells that you edited into the row of now"),
                }))
                (choice("now", view.lang.pick("保留现在的，不用您的改动", "Leave it as it is now, without your edit")))
            }
        }
    }
}

/// A cell, marked where it is not as it was.
fn cell(seen: &[String], row: &[String], at: usize) -> Markup {
    let text = |row: &[String]| row.get(at).map(|cell| plain(cell)).unwrap_or_default();
    let now = text(row);
    html! {
        td { @if now == text(seen) { (now) } @else { ins { @if now.is_empty() { "—" } @else { (now) } } } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn edit(at: usize, seen: &str, now: &str) -> Row {
        Row { at: Some(at), seen: cells(seen), cells: cells(now), ends: false }
    }

    #[test]
    fn what_nobody_else_touched_moves_along_and_the_rest_is_asked() {
        let now = [cells("z 0 0"), cells("a 1 1"), cells("b 9 1"), cells("c 3 3")];
        let before = [cells("a 1 1"), cells("b 1 1"), cells("c 1 1"), cells("d 1 1"), cells("e 1 1")];
        let places = huying_pack::rewrite::places(&before, &now);
        let edits = vec![
            edit(0, "a 1 1", "a 1 5"),
            edit(1, "b 1 1", "b 1 6"),
            edit(2, "c 1 1", "c 3 3"),
            edit(3, "d 1 1", "d 2 2"),
            Row { ends: true, ..edit(4, "e 1 1", "e 1 1") },
            Row { cells: cells("n 0 0"), ..Row::default() },
        ];
        let place = |row: &Row| row.at.and_then(|at| places.get(at).copied()).unwrap_or(Place::Gone);
        let (kept, clashes) = settled(edits, place, &now);
        assert_eq!(kept.iter().map(|row| row.at).collect::<Vec<_>>(), [Some(1), None]);
        assert_eq!(clashes.iter().map(|clash| clash.at).collect::<Vec<_>>(), [Some(2), None]);
        assert_eq!(clashes[0].both().cells, cells("b 9 6"), "their cell and mine");
        let form = |fields: &[(&str, &str)]| Form {
            fields: fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            ..Form::default()
        };
        assert_eq!(chosen(&form(&[("since-4", "mine")]), &clashes, 4), None, "one is open still");
        let rows = chosen(&form(&[("since-4", "mine"), ("since-5", "mine")]), &clashes, 4).unwrap();
        assert_eq!((rows[0].at, rows[1].is_new()), (Some(2), true));
        assert_eq!(chosen(&form(&[("since-4", "now"), ("since-5", "now")]), &clashes, 4), Some(Vec::new()));
        assert_ne!(mark(&clashes), mark(&clashes[..1]));
    }
}
