//! One row of the file, read by the map: values become moments, places, matters and endings, or a problem with the mend.

use huying_model::{
    Instant, MatterCode, UnitId,
    catalogue::{MatterKind, Outcome, Source},
};
use huying_pack::sheet::{Format, Line, Rows, Sent, Unread};
use jiff::{civil, tz::TimeZone};
use serde_json::{Value, json};

use super::{
    map::{Ending, Map, UnknownPlace, look_up},
    report::RowProblem,
};
use crate::{Error, Problem, engine::Setting, place::PlaceDraft};

/// What a row says, in our words.
#[derive(Clone, Debug)]
pub struct Row {
    /// In the file, from 1, the headings included.
    pub line: u64,
    pub foreign: String,
    pub created: Instant,
    pub closed: Option<Instant>,
    pub due: Option<Instant>,
    pub place: PlaceDraft,
    pub matter: Option<MatterCode>,
    /// The filing condition, where it is told; else the matter's first.
    pub condition: Option<u16>,
    pub source: Source,
    pub ending: Ending,
    /// The file's own word for an ending that is not plainly solved.
    pub ended_as: Option<String>,
    pub unit: Option<UnitId>,
    pub title: Option<String>,
    pub text: Option<String>,
    pub address: Option<String>,
    /// What was answered to the questions of the matter, a line for each.
    pub answers: Option<String>,
}

/// How a date in a cell of a workbook is told, whatever the map says of texts.
const SHEET_TIME: &str = "%Y-%m-%d %H:%M:%S";

/// Reads rows one after the other.
pub struct Reader<'a> {
    rows: Rows,
    headings: Vec<String>,
    map: &'a Map,
    zone: TimeZone,
}

fn unreadable(unread: &Unread) -> Problem {
    Problem::at("file", "file_unreadable", format!("The file cannot be read: {unread}."))
}

impl<'a> Reader<'a> {
    /// Opens a CSV or a workbook and reads its headings.
    pub fn open(file: impl Sent, map: &'a Map) -> Result<Reader<'a>, Error> {
        let mut rows = Rows::open(file).map_err(|unread| unreadable(&unread))?;
        let headings = rows.next().transpose().map_err(|unread| unreadable(&unread))?;
        let headings = headings.map(|line| line.cells).unwrap_or_default();
        Ok(Reader { rows, headings, map, zone: map.zone()? })
    }

    pub fn headings(&self) -> &[String] {
        &self.headings
    }

    /// The end of the file was met.
    pub fn is_done(&self) -> bool {
        self.rows.is_done()
    }

    /// Passes over rows that were done before, the headings not counted.
    pub fn pass_over(&mut self, rows: u64) -> u64 {
        (0..rows).take_while(|_| self.rows.next().is_some()).count() as u64
    }

    fn row(&self, row: &Line) -> Result<Row, RowProblem> {
        let cells = Cells { cells: &row.cells, headings: &self.headings };
        let line = row.no;
        let foreign = cells.get(&self.map.columns.foreign);
        self.read(&cells, line, foreign.clone()).map_err(|problem| RowProblem {
            line,
            foreign: foreign.unwrap_or_default(),
            problem,
            zh: None,
        })
    }

    fn read(&self, cells: &Cells, line: u64, foreign: Option<String>) -> Result<Row, Problem> {
        let columns = &self.map.columns;
        // A sheet has no quotation marks that could be wrong, and ends where its last filled cell is.
        if cells.cells.len() != self.headings.len() && self.rows.format() == Format::Csv {
            let (has, wants) = (cells.cells.len(), self.headings.len());
            let mend =
                format!("The row has {has} columns and the headings {wants}: mend its quotation marks.");
            return Err(Problem::at("row", "columns", mend));
        }
        let text = |heading: &Option<String>| heading.as_ref().and_then(|heading| cells.get(heading));
        let moment = |heading: &Option<String>| match heading {
            Some(heading) => self.moment(cells, heading),
            None => Ok(None),
        };
        let missing = |field: &str, mend: &str| Problem::at(field, "missing", mend);
        let foreign = foreign.ok_or_else(|| missing(&columns.foreign, "The row has no id of its own."))?;
        let created = self.moment(cells, &columns.created)?;
        let status = text(&columns.status).unwrap_or_default();
        let mut closed = moment(&columns.closed)?;
        let ending = self.ending(&status, closed.is_some())?;
        if closed.is_none() && ending != Ending::Open {
            closed = moment(&columns.closed_or)?;
        }
        let source = text(&columns.source).and_then(|value| look_up(&self.map.source, &value).copied());
        let row = Row {
            line,
            foreign,
            created: created
                .ok_or_else(|| missing(&columns.created, "The row does not say when it began."))?,
            closed,
            due: moment(&columns.due)?,
            place: self.place(text(&columns.lon), text(&columns.lat))?,
            matter: self.matter(text(&columns.matter))?,
            condition: None,
            source: source.unwrap_or_default(),
            ending,
            ended_as: (!matches!(ending, Ending::Open | Ending::Outcome(Outcome::Solved))).then_some(status),
            unit: text(&columns.unit).and_then(|value| look_up(&self.map.unit, &value).cloned()),
            title: text(&columns.title).map(|title| title.chars().take(200).collect()),
            text: text(&columns.text),
            address: text(&columns.address).map(|address| address.chars().take(400).collect()),
            answers: None,
        };
        row.check(self.map).map(|()| row)
    }

    fn moment(&self, cells: &Cells, heading: &str) -> Result<Option<Instant>, Problem> {
        let Some(text) = cells.get(heading) else { return Ok(None) };
        let plain = || civil::DateTime::strptime(SHEET_TIME, &text).ok();
        let of_sheet = (self.rows.format() == Format::Xlsx).then(plain).flatten();
        let read = of_sheet
            .map_or_else(|| civil::DateTime::strptime(&self.map.time_format, &text), Ok)
            .and_then(|civil| self.zone.to_timestamp(civil));
        read.map(|at| Some(at.into())).map_err(|error| {
            let mend = format!("“{text}” is no time of the form {}: {error}.", self.map.time_format);
            Problem::at(heading, "not_a_moment", mend)
        })
    }

    fn ending(&self, status: &str, closed: bool) -> Result<Ending, Problem> {
        match look_up(&self.map.status, status) {
            Some(ending) => Ok(*ending),
            None if self.map.columns.status.is_none() && closed => Ok(Ending::Outcome(Outcome::Solved)),
            None if self.map.columns.status.is_none() => Ok(Ending::Open),
            None => {
                let mend = format!("The map does not say what “{status}” means: add it under [status].");
                Err(Problem::at("status", "unknown_status", mend))
            }
        }
    }

    fn place(&self, lon: Option<String>, lat: Option<String>) -> Result<PlaceDraft, Problem> {
        let (Some(lon), Some(lat)) = (lon, lat) else { return Ok(PlaceDraft::default()) };
        let number = |text: &str| {
            let mend = |error| format!("“{text}” is no coordinate: {error}.");
            text.parse::<f64>().map_err(|error| Problem::at("lon", "not_on_earth", mend(error)))
        };
        let (lon, lat) = (number(&lon)?, number(&lat)?);
        // Many systems write zeros for an unknown place.
        if lon == 0.0 && lat == 0.0 {
            return Ok(PlaceDraft::default());
        }
        Ok(PlaceDraft { lon: Some(lon), lat: Some(lat), datum: Some(self.map.datum), area: None })
    }

    fn matter(&self, value: Option<String>) -> Result<Option<MatterCode>, Problem> {
        let Some(value) = value else { return Ok(self.map.matter.get("*").cloned()) };
        let mend = || format!("The map names no matter for “{value}”: add it under [matter].");
        let unknown = || Problem::at("matter", "unknown_matter", mend());
        look_up(&self.map.matter, &value).cloned().map(Some).ok_or_else(unknown)
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Row, RowProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(match self.rows.next()? {
            Ok(line) => self.row(&line),
            Err(unread) => {
                let problem = Problem::at("row", "unreadable", format!("The row cannot be read: {unread}."));
                Err(RowProblem { line: unread.line, foreign: String::new(), problem, zh: None })
            }
        })
    }
}

struct Cells<'a> {
    cells: &'a [String],
    headings: &'a [String],
}

impl Cells<'_> {
    /// The trimmed text under a heading; None where it is empty.
    fn get(&self, heading: &str) -> Option<String> {
        let at = self.headings.iter().position(|found| found == heading)?;
        let text = self.cells.get(at)?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

impl Row {
    /// What cannot be told at all.
    pub(crate) fn check(&self, map: &Map) -> Result<(), Problem> {
        if self.place == PlaceDraft::default() && map.unknown_place == UnknownPlace::List {
            return Err(Problem::at(
                "place",
                "no_place",
                "The row has no coordinates: add them, or set unknown_place = \"import\".",
            ));
        }
        if self.closed.is_some_and(|closed| closed < self.created) {
            return Err(Problem::at(
                "closed",
                "closed_before",
                "The row ends before it began: correct one of the times.",
            ));
        }
        if self.closed.is_none() && !matches!(self.ending, Ending::Open) {
            return Err(Problem::at(
                "closed",
                "no_end",
                "The status says it has ended but the row does not say when.",
            ));
        }
        Ok(())
    }

    /// The command `Report` in plain form.
    pub fn report(&self, setting: &Setting, map: &Map) -> Result<Value, Problem> {
        let matter = self.matter.as_ref().and_then(|code| setting.policy.current.matters.get(code));
        let condition = matter.and_then(|matter| matter.conditions.first());
        let kind = matter.map_or_else(MatterKind::default, |matter| matter.kind);
        let foreign = format!("{}:{}", map.system, self.foreign);
        Ok(json!({"report": {
            "number": setting.numbers.foreign(self.created, &foreign),
            "source": self.source,
            "kind": kind,
            "place": self.place,
            "matter": self.matter,
            "condition": self.condition.or(condition.map(|condition| condition.no)),
            "urgency": "green",
            "hazard": matter.is_some_and(|matter| matter.hazard),
            "title": self.title,
            "text": self.text,
            "address": self.address,
            "answers": self.answers,
            // Somebody reported it, and the file does not say how to reach them.
            "reporters": [{"reachable": false}],
            "foreign": foreign,
        }}))
    }
}
