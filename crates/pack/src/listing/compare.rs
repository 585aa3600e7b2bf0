//! A table that came back, set beside the one of today.
//!
//! Owns the headings, the keys, what becomes of each row, and which row of the file a row of the table of afterwards comes from. A column that is missing stays as it is; a cell that is empty is emptied; a
//! row that is missing stays, or ends where the sender says so. Start at [`Sheet::read`], then [`Compared::of`].

use std::collections::{BTreeMap, HashMap};

use huying_geo::{CellShape, Datum};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{Kind, Listing};
use crate::problem::{Problem, Problems, Spot};
use crate::sheet::{Line, Rows, Unread};

/// Rows of a table that are read.
pub const MOST_ROWS: usize = 200_000;
/// Bytes of a table in memory. A workbook says a long text once and means it in every row.
const MOST_HELD: usize = 256 << 20;
/// Mistakes that are told; the first of them in the order of the rows.
pub const MOST_PROBLEMS: usize = 1_000;

/// What becomes of rows of today that the file does not have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// They stay: the file is a part of the table.
    #[default]
    Stays,
    /// They end: the file is the whole table.
    Ends,
}

/// A table as it came.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sheet {
    pub name: SmolStr,
    /// Where each of the kind's columns stands.
    pub(super) places: Vec<Option<usize>>,
    pub(super) lines: Vec<Line>,
    /// Outlines by the code of their area, where the file has any.
    shapes: BTreeMap<String, CellShape>,
    /// What degrees of a register are in.
    pub(super) datum: Datum,
}

/// What becomes of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Went {
    Added,
    Changed,
    /// It is there today and will not be.
    Ended,
    Same,
}

/// A cell that is otherwise than today.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cell {
    pub column: SmolStr,
    pub old: String,
    pub new: String,
}

/// A row that is not the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RowOf {
    /// In the file; 0 for a row that is missing there.
    pub line: u64,
    pub key: String,
    pub name: String,
    pub went: Went,
    /// Of a new row every cell that is not empty.
    pub cells: Vec<Cell>,
}

impl RowOf {
    /// The new text of a column that is otherwise.
    pub(super) fn new_of(&self, column: &str) -> Option<&str> {
        self.cells.iter().find(|cell| cell.column == column).map(|cell| cell.new.as_str())
    }
}

/// What a table would do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Compared {
    pub kind: Kind,
    pub missing: Missing,
    pub rows: Vec<RowOf>,
    pub same: usize,
    /// Rows that are not the same and are counted only: added, changed, ended.
    beyond: [usize; 3],
    pub problems: Vec<Problem>,
    /// The table as it would be, with the line of the file that each row comes from.
    pub(super) merged: Vec<(u64, Vec<String>)>,
    places: Vec<Option<usize>>,
    pub(super) file: SmolStr,
    /// Outlines that came, by the code of their area.
    pub(super) shapes: BTreeMap<String, CellShape>,
}

fn told(file: &str, unread: Unread) -> Problem {
    let number = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    Spot { line: number(unread.line), column: number(unread.column), ..Spot::file(file) }
        .problem(unread.message, unread.mend)
}

impl Sheet {
    /// Reads a table of a kind.
    ///
    /// # Errors
    /// Every mistake of the file itself: headings, encodings, rows that cannot be read.
    pub fn read(kind: Kind, name: &str, rows: Result<Rows, Unread>) -> Result<Sheet, Vec<Problem>> {
        Sheet::read_within(kind, name, rows, MOST_HELD)
    }

    fn read_within(
        kind: Kind,
        name: &str,
        rows: Result<Rows, Unread>,
        most: usize,
    ) -> Result<Sheet, Vec<Problem>> {
        let rows = rows.map_err(|unread| vec![told(name, unread)])?;
        let problems = Problems::default();
        let mut sheet = Sheet { name: SmolStr::new(name), ..Sheet::default() };
        let mut head = false;
        let (mut wrong, mut count, mut held) = (0, 0, 0);
        for row in rows {
            match row {
                Err(unread) => {
                    problems.add(told(name, unread));
                    wrong += 1;
                }
                Ok(line) if !head => {
                    head = true;
                    sheet.head(kind, &line, &problems);
                }
                Ok(mut line) => {
                    count += 1;
                    line.cells.truncate(sheet.wide());
                    held += line.cells.iter().map(|cell| cell.len() + size_of::<String>()).sum::<usize>();
                    // With a mistake nothing is made of the rows: the others are only looked at.
                    if problems.is_empty() {
                        sheet.lines.push(line);
                    }
                }
            }
            if held > most {
                let message = format!("the table holds more than {} MB of text", most >> 20);
                problems.at(
                    Spot::file(name),
                    message,
                    "Split it, or leave out columns that are not known here",
                );
                break;
            }
            if count > MOST_ROWS || wrong > MOST_PROBLEMS {
                problems.at(
                    Spot::file(name),
                    format!("the table has more than {MOST_ROWS} rows"),
                    "Split it",
                );
                break;
            }
        }
        if !head && problems.is_empty() {
            let all = kind.columns().join(",");
            problems.at(
                Spot::file(name),
                "the table is empty",
                format!("Its first row names columns of: {all}"),
            );
        }
        if problems.is_empty() { Ok(sheet) } else { Err(problems.into_sorted()) }
    }

    /// A table that is none: rows of another kind of file, under the columns that it has.
    pub(super) fn made(
        name: &str,
        kind: Kind,
        head: &[String],
        lines: Vec<Line>,
        shapes: BTreeMap<String, CellShape>,
    ) -> Sheet {
        let place = |column: &&str| head.iter().position(|heading| heading == column);
        let places = kind.columns().iter().map(place).collect();
        Sheet { name: SmolStr::new(name), places, lines, shapes, datum: Datum::default() }
    }

    /// Cells of a row that may be wanted.
    fn wide(&self) -> usize {
        self.places.iter().flatten().max().map_or(0, |last| last + 1)
    }

    fn head(&mut self, kind: Kind, line: &Line, problems: &Problems) {
        let at = |column: usize, field: &str| Spot {
            file: self.name.clone(),
            line: u32::try_from(line.no).unwrap_or(u32::MAX),
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
            field: SmolStr::new(field),
        };
        for (column, heading) in line.cells.iter().enumerate().filter(|(_, heading)| !heading.is_empty()) {
            if !kind.columns().contains(&heading.as_str()) {
                let known = format!("Known here: {}", kind.columns().join(", "));
                problems.at(at(column, heading), format!("the column '{heading}' is unknown"), known);
            } else if line.cells.iter().position(|other| other == heading) != Some(column) {
                problems.at(
                    at(column, heading),
                    format!("the column '{heading}' stands twice"),
                    "Remove one",
                );
            }
        }
        for key in kind.key().iter().filter(|key| !line.cells.iter().any(|heading| heading == *key)) {
            let mend = format!("Add {key} to the first row");
            problems.at(at(line.cells.len(), key), format!("the column '{key}' is missing"), mend);
        }
        let place = |column: &&str| line.cells.iter().position(|heading| heading == column);
        self.places = kind.columns().iter().map(place).collect();
    }
}

impl Compared {
    /// Sets a table beside the one of today.
    pub fn of(sheet: Sheet, today: &Listing, missing: Missing) -> Compared {
        let kind = today.kind;
        let known: HashMap<String, &Vec<String>> =
            today.rows.iter().map(|row| (today.key(row), row)).collect();
        let mut found = Compared {
            kind,
            missing,
            rows: Vec::new(),
            same: 0,
            beyond: [0; 3],
            problems: Vec::new(),
            merged: Vec::new(),
            places: sheet.places,
            file: sheet.name,
            shapes: sheet.shapes,
        };
        let mut seen: HashMap<String, u64> = HashMap::new();
        let mut changed: HashMap<String, (u64, Vec<String>)> = HashMap::new();
        let mut added = Vec::new();
        for line in sheet.lines {
            let mut cells = found.widened(&line, &known, today);
            let key = today.key(&cells);
            if let Some(wrong) = found.wrong_key(&line, &cells, &key, seen.get(&key)) {
                found.problems.push(wrong);
                continue;
            }
            seen.insert(key.clone(), line.no);
            let old = known.get(&key).copied();
            found.note(&line, &key, old, &cells);
            // A spreadsheet writes moments in its own way; the table of afterwards has them as they were.
            for (at, column) in kind.columns().iter().enumerate().filter(|(_, it)| kind.tells().contains(it))
            {
                if let (Some(old), Some(new)) = (old.and_then(|old| old.get(at)), cells.get_mut(at))
                    && same(kind, column, old, new)
                {
                    new.clone_from(old);
                }
            }
            match old {
                Some(_) => drop(changed.insert(key, (line.no, cells))),
                None => added.push((line.no, cells)),
            }
        }
        for row in &today.rows {
            let key = today.key(row);
            match changed.remove(&key) {
                Some(row) => found.merged.push(row),
                None if missing == Missing::Stays || has_ended(kind, row) => {
                    found.same += 1;
                    found.merged.push((0, row.clone()));
                }
                None => {
                    let name = row.get(kind.key().len()).cloned().unwrap_or_default();
                    found.rows.push(RowOf { line: 0, key, name, went: Went::Ended, cells: Vec::new() });
                    if kind.of_organisation() {
                        found.merged.push((0, row.clone()));
                    }
                }
            }
        }
        found.merged.extend(added);
        found.problems.truncate(MOST_PROBLEMS);
        found
    }

    /// What a table of a register would do, which compares it part by part and keeps the first rows only: `counts` are those added,
    /// changed, ended and the same.
    pub fn of_register(
        (kind, missing): (Kind, Missing),
        file: SmolStr,
        rows: Vec<RowOf>,
        [added, changed, ended, same]: [usize; 4],
        problems: Vec<Problem>,
    ) -> Compared {
        let kept = |went| rows.iter().filter(|row: &&RowOf| row.went == went).count();
        let beyond = [(Went::Added, added), (Went::Changed, changed), (Went::Ended, ended)]
            .map(|(went, all)| all.saturating_sub(kept(went)));
        let (merged, places, shapes) = Default::default();
        Compared { kind, missing, rows, same, beyond, problems, merged, places, file, shapes }
    }

    /// A cell for every column: what the file lacks is as today.
    fn widened(&self, line: &Line, known: &HashMap<String, &Vec<String>>, today: &Listing) -> Vec<String> {
        let cell = |place: &Option<usize>| place.and_then(|at| line.cells.get(at).cloned()).map(one_line);
        let given: Vec<Option<String>> =
            self.places.iter().map(|place| place.map(|_| cell(place).unwrap_or_default())).collect();
        let plain: Vec<String> = given.iter().map(|cell| cell.clone().unwrap_or_default()).collect();
        let old = known.get(&today.key(&plain));
        let as_today = |at: usize| old.and_then(|row| row.get(at)).cloned().unwrap_or_default();
        given.into_iter().enumerate().map(|(at, cell)| cell.unwrap_or_else(|| as_today(at))).collect()
    }

    fn wrong_key(&self, line: &Line, cells: &[String], key: &str, before: Option<&u64>) -> Option<Problem> {
        let heading = self.kind.key().first().copied().unwrap_or_default();
        let empty = cells.iter().zip(self.kind.key()).find(|(cell, _)| cell.is_empty());
        if let Some((_, heading)) = empty {
            let mend = "Every row needs it: rows are told apart by it";
            return Some(self.spot(line.no, heading).problem(format!("'{heading}' is empty"), mend));
        }
        let earlier = before?;
        let what = format!("'{key}' stands twice, first in row {earlier}");
        Some(self.spot(line.no, heading).problem(what, "Keep one row"))
    }

    /// The cell of a row of the file under a heading.
    pub(super) fn spot(&self, line: u64, heading: &str) -> Spot {
        let at = self.kind.columns().iter().position(|column| *column == heading);
        let column = at.and_then(|at| self.places.get(at).copied().flatten()).map_or(0, |at| at + 1);
        Spot {
            file: self.file.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            field: SmolStr::new(heading),
        }
    }

    fn note(&mut self, line: &Line, key: &str, old: Option<&Vec<String>>, cells: &[String]) {
        let kind = self.kind;
        let empty = String::new();
        let mut otherwise = Vec::new();
        for (at, (column, new)) in kind.columns().iter().zip(cells).enumerate() {
            let before = old.and_then(|row| row.get(at)).unwrap_or(&empty);
            if same(kind, column, before, new) {
                continue;
            }
            if kind.tells().contains(column) {
                let mend =
                    "Leave it as it was: the instant of the change sets it; end a row by leaving it out";
                self.problems
                    .push(self.spot(line.no, column).problem(format!("'{column}' is not set here"), mend));
                continue;
            }
            otherwise.push(Cell {
                column: SmolStr::new_static(column),
                old: before.clone(),
                new: new.clone(),
            });
        }
        if otherwise.is_empty() {
            self.same += 1;
            return;
        }
        let name = cells.get(kind.key().len()).cloned().unwrap_or_default();
        let went = if old.is_some() { Went::Changed } else { Went::Added };
        self.rows.push(RowOf { line: line.no, key: key.to_owned(), name, went, cells: otherwise });
    }

    /// The table as it would be, as a pack has it. Each row stands in one line.
    pub fn text(&self) -> String {
        let mut csv = csv::Writer::from_writer(Vec::new());
        let day = |column: &str, cell: &str| match self.kind.tells().contains(&column) {
            true => cell.get(..10).unwrap_or(cell).to_owned(),
            false => cell.to_owned(),
        };
        // Writing into memory does not fail.
        let _ = csv.write_record(self.kind.columns());
        for (_, cells) in &self.merged {
            let _ = csv
                .write_record(self.kind.columns().iter().zip(cells).map(|(column, cell)| day(column, cell)));
        }
        csv.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// Where a cell of [`Compared::text`] stands in the file that came; None where its row did not come from there.
    pub fn placed(&self, line: u32, field: &str) -> Option<Spot> {
        let row = usize::try_from(line).ok()?.checked_sub(2)?;
        let (from, _) = self.merged.get(row)?;
        (*from > 0).then(|| self.spot(*from, field))
    }

    /// How many areas lie around each, in the table of afterwards.
    pub(super) fn depths(&self) -> HashMap<String, usize> {
        let column = |name: &str| self.kind.columns().iter().position(|column| *column == name);
        let (Some(own), Some(parent)) = (column("code"), column("parent")) else { return HashMap::new() };
        let pairs = self.merged.iter().filter_map(|(_, cells)| Some((cells.get(own)?, cells.get(parent)?)));
        let above: HashMap<&String, &String> = pairs.collect();
        let depth = |code: &&String| {
            // A circle is told elsewhere; here it only has to end.
            let up =
                std::iter::successors(Some(*code), |at| above.get(at).copied().filter(|up| !up.is_empty()));
            up.take(32).count()
        };
        above.keys().map(|code| ((*code).clone(), depth(code))).collect()
    }

    /// How many rows go each way.
    pub fn count(&self, went: Went) -> usize {
        let kept = |went| self.rows.iter().filter(|row| row.went == went).count();
        let [added, changed, ended] = self.beyond;
        match went {
            Went::Added => kept(went) + added,
            Went::Changed => kept(went) + changed,
            Went::Ended => kept(went) + ended,
            Went::Same => self.same,
        }
    }
}

/// Cells of these tables stand in one line.
pub(super) fn one_line(text: String) -> String {
    if text.contains(['\n', '\r']) {
        return text
            .split(['\n', '\r'])
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
    }
    text
}

/// What is written otherwise and means the same.
fn same(kind: Kind, column: &str, old: &str, new: &str) -> bool {
    if old == new {
        return true;
    }
    let plain = |text: &str| text.trim().to_ascii_lowercase().replace('-', "_");
    let seats = |text: &str| {
        let seat = |seat: &str| match seat.split_once(':') {
            Some((unit, role)) => format!("{unit}:{}", plain(role)),
            None => seat.to_owned(),
        };
        let mut all: Vec<String> =
            text.split([' ', ';', '；', '　']).filter(|one| !one.is_empty()).map(seat).collect();
        all.sort();
        all
    };
    let number = |text: &str| text.parse::<f64>().ok();
    let flag = |text: &str| if text.is_empty() { Some(false) } else { crate::words::flag(text).ok() };
    match (kind, column) {
        (_, "from" | "until") => moment(old).is_some() && moment(old) == moment(new),
        (Kind::Members, "seats") => seats(old) == seats(new),
        (Kind::Members, "rank") => {
            number(old).unwrap_or(0.0) == number(new).unwrap_or(f64::NAN) || (old.is_empty() && new == "0")
        }
        (Kind::Units, "lon" | "lat") | (Kind::Areas, "households") => {
            number(old).is_some() && number(old) == number(new)
        }
        (Kind::Units, "kind") => plain(old) == plain(new),
        (Kind::Matters, "hazard" | "inspect" | "call_back" | "made_up") => {
            flag(old).is_some() && flag(old) == flag(new)
        }
        _ => false,
    }
}

/// A day or a moment as tables have it, or as a spreadsheet makes of it: year, month, day, hour, minute and second.
fn moment(text: &str) -> Option<[u32; 6]> {
    let (day, time) = text.trim().split_once([' ', 'T']).unwrap_or((text.trim(), ""));
    let mut parts = [0; 6];
    let mut day = day.split(['-', '/', '.']);
    for part in &mut parts[..3] {
        *part = day.next()?.parse().ok()?;
    }
    let mut time = time.trim().split(':').filter(|part| !part.is_empty());
    for part in &mut parts[3..] {
        *part = time.next().map_or(Some(0), |text| text.parse().ok())?;
    }
    (day.next().is_none() && time.next().is_none()).then_some(parts)
}

/// A row that has ended already stays in the table for ever.
fn has_ended(kind: Kind, row: &[String]) -> bool {
    let until = kind.columns().iter().position(|column| *column == "until");
    until.and_then(|at| row.get(at)).is_some_and(|until| !until.is_empty())
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
