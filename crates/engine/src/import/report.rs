//! What came of an import: counts, and every row that could not be brought in.

use std::collections::BTreeMap;

use huying_model::{AreaCode, Instant, Name, Refusal, Stage, UnitId};
use serde::Serialize;

use super::{row::Row, story::Told};
use crate::Problem;

/// Two due instants within this are the same: many files drop the seconds.
const SAME_MS: i64 = 60_000;

/// Rows that are listed one by one; a file in which every row is wrong is wrong as a whole.
const MOST_LISTED: usize = 10_000;

/// A row that could not be brought in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RowProblem {
    /// In the file, from 1, the headings included.
    pub line: u64,
    pub foreign: String,
    #[serde(flatten)]
    pub problem: Problem,
    /// What the rules say in Chinese, where it was they that refused a step.
    #[serde(skip)]
    pub zh: Option<String>,
}

impl RowProblem {
    pub fn of(row: &Row, problem: Problem) -> RowProblem {
        RowProblem { line: row.line, foreign: row.foreign.clone(), problem, zh: None }
    }
    /// The rules refused a step of the row's story.
    pub fn refused(row: &Row, step: Option<Name>, refusal: &Refusal) -> RowProblem {
        let step = step.map_or("report", Name::code);
        let problem = Problem::at(step, refusal.code(), refusal.to_string());
        RowProblem { zh: Some(refusal.zh()), ..RowProblem::of(row, problem) }
    }
}

/// What came of one row.
pub enum Fate {
    Told(Box<Told>),
    /// It was there and had nothing to add.
    Already,
    Refused(RowProblem),
}

/// Counts of one unit or cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Tally {
    pub cases: u64,
    pub located: u64,
    pub filed: u64,
    pub dispatched: u64,
    pub closed: u64,
    /// Ended in another way than closing: withdrawn or declined.
    pub ended_otherwise: u64,
    /// Closed by the instant that was promised.
    pub on_time: u64,
}

/// The promise that is computed here beside the due time that the file gives.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct DueComparison {
    pub compared: u64,
    /// Within a minute.
    pub same: u64,
    /// Ours less theirs in whole hours, and how many rows.
    pub hours_apart: BTreeMap<i64, u64>,
}

/// The closing report.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct ImportReport {
    pub rows: u64,
    /// Rows that brought something new.
    pub added: u64,
    /// Rows that were there already.
    pub already: u64,
    /// Rows that could not be brought in.
    pub refused: u64,
    /// Rows that an import of the same file which was cut had done before.
    pub passed_over: u64,
    /// Of the rows that brought something new; so are the tables by unit and cell.
    pub all: Tally,
    pub by_unit: BTreeMap<UnitId, Tally>,
    pub by_cell: BTreeMap<AreaCode, Tally>,
    pub due: DueComparison,
    /// The first of the rows that could not be brought in; [`ImportReport::refused`] counts all.
    pub problems: Vec<RowProblem>,
}

impl ImportReport {
    /// Lists a row that could not be brought in.
    pub fn list(&mut self, problem: RowProblem) {
        self.refused += 1;
        if self.problems.len() < MOST_LISTED {
            self.problems.push(problem);
        }
    }

    /// Counts what came of a row.
    pub fn count(&mut self, row: &Row, fate: Fate) {
        let told = match fate {
            Fate::Refused(problem) => return self.list(problem),
            Fate::Told(told) => {
                self.added += 1;
                told
            }
            Fate::Already => {
                self.already += 1;
                return;
            }
        };
        let one = tally(&told);
        self.all.add(one);
        if let Some(unit) = &told.lead {
            self.by_unit.entry(unit.clone()).or_default().add(one);
        }
        if let Some(cell) = &told.case.place.area {
            self.by_cell.entry(cell.clone()).or_default().add(one);
        }
        if let (Some(ours), Some(theirs)) = (told.promise, row.due) {
            self.due.compare(ours, theirs);
        }
    }
}

fn tally(told: &Told) -> Tally {
    let case = &told.case;
    let closed = case.stage == Stage::Closed;
    let on_time = closed && matches!((case.closed_at, told.promise), (Some(end), Some(due)) if end <= due);
    Tally {
        cases: 1,
        located: u64::from(case.place.area.is_some()),
        filed: u64::from(case.filed_at.is_some()),
        dispatched: u64::from(told.lead.is_some() || !case.assignments.is_empty()),
        closed: u64::from(closed),
        ended_otherwise: u64::from(!closed && !case.stage.is_open()),
        on_time: u64::from(on_time),
    }
}

impl Tally {
    fn add(&mut self, one: Tally) {
        self.cases += one.cases;
        self.located += one.located;
        self.filed += one.filed;
        self.dispatched += one.dispatched;
        self.closed += one.closed;
        self.ended_otherwise += one.ended_otherwise;
        self.on_time += one.on_time;
    }
}

impl DueComparison {
    fn compare(&mut self, ours: Instant, theirs: Instant) {
        let apart = ours.minus(theirs);
        self.compared += 1;
        self.same += u64::from(apart.abs() <= SAME_MS);
        if apart.abs() > SAME_MS {
            *self.hours_apart.entry(apart.div_euclid(3_600_000)).or_default() += 1;
        }
    }
}
