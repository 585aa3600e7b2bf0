//! Components of the city as a table: how one is written in a row, and what a row that came would make of one.
//!
//! Owns the meaning of each cell and every mistake in it, at its row and column. Components are not a part of a pack: a register may have
//! hundreds of thousands, so rows are judged one by one beside the component that the register has, never as a whole. A cell that is as it
//! was is not asked whether it would be right today. Start at [`Sheet::told`] and [`Judge::row`].

use huying_geo::Point;
use huying_model::{
    AreaCode, Component, ComponentCode, Instant, MatterCode, UnitId,
    component::{BadCode, State},
};
use jiff::tz::TimeZone;
use smol_str::SmolStr;

use super::{
    Cell, Kind, RowOf, Sheet, Went,
    compare::one_line,
    today::{degrees, moment},
};
use crate::load::Pack;
use crate::problem::{Problem, Spot};

const KIND: Kind = Kind::Components;
/// Characters of a name and of a note.
const LONGEST: [(&str, usize); 2] = [("name", 80), ("note", 400)];

/// A component as a row, a cell for each column.
pub fn cells(it: &Component, zone: &TimeZone) -> Vec<String> {
    let word = |code: Option<&SmolStr>| code.map(ToString::to_string).unwrap_or_default();
    let degree = |e7: Option<i32>| e7.map(degrees).unwrap_or_default();
    vec![
        it.code.to_string(),
        it.name.to_string(),
        it.state.code().to_owned(),
        word(it.matter.as_ref().map(|matter| &matter.0)),
        degree(it.lon_e7),
        degree(it.lat_e7),
        word(it.area.as_ref().map(|area| &area.0)),
        word(it.owner.as_ref().map(|unit| &unit.0)),
        word(it.keeper.as_ref().map(|unit| &unit.0)),
        word(it.supervisor.as_ref().map(|unit| &unit.0)),
        it.note.to_string(),
        moment(Some(it.since), zone),
        moment(it.until, zone),
    ]
}

/// A row as it came.
pub struct Told<'s> {
    pub line: u64,
    /// By the columns of the kind; None where the file has no such column.
    cells: Vec<Option<&'s str>>,
}

impl Told<'_> {
    fn given(&self, column: &str) -> Option<&str> {
        let at = KIND.columns().iter().position(|name| *name == column)?;
        self.cells.get(at).copied().flatten()
    }

    /// # Errors
    /// What is wrong with it.
    pub fn code(&self) -> Result<ComponentCode, BadCode> {
        ComponentCode::parse(self.given("code").unwrap_or_default())
    }
}

impl Sheet {
    /// The rows in the order of the file.
    pub fn told(&self) -> impl Iterator<Item = Told<'_>> {
        self.lines.iter().map(|line| {
            let cell = |place: &Option<usize>| {
                place.map(|at| line.cells.get(at).map(String::as_str).unwrap_or_default())
            };
            Told { line: line.no, cells: self.places.iter().map(cell).collect() }
        })
    }

    /// The cell of a row under a heading.
    pub fn spot(&self, line: u64, heading: &str) -> Spot {
        let at = KIND.columns().iter().position(|column| *column == heading);
        let column = at.and_then(|at| self.places.get(at).copied().flatten()).map_or(0, |at| at + 1);
        Spot {
            file: self.name.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            field: SmolStr::new(heading),
        }
    }
}

/// What a row makes of a component.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Turned {
    pub row: RowOf,
    pub component: Component,
}

/// Judges the rows of a table by the authority of a moment.
pub struct Judge<'a> {
    pub sheet: &'a Sheet,
    pub pack: &'a Pack,
    pub now: Instant,
    pub zone: &'a TimeZone,
}

/// One row on its way.
struct Row<'a> {
    judge: &'a Judge<'a>,
    told: &'a Told<'a>,
    /// The cells of the register's.
    old: Option<Vec<String>>,
    problems: Vec<Problem>,
}

impl Row<'_> {
    fn wrong(&mut self, column: &str, what: impl Into<String>, mend: impl Into<String>) {
        self.problems.push(self.judge.sheet.spot(self.told.line, column).problem(what, mend));
    }

    fn was(&self, column: &str) -> &str {
        let at = KIND.columns().iter().position(|name| *name == column);
        let cell = at.and_then(|at| self.old.as_ref()?.get(at));
        cell.map(String::as_str).unwrap_or_default()
    }

    /// The cell as it would be: what the file lacks is as in the register.
    fn cell(&self, column: &str) -> String {
        one_line(self.told.given(column).unwrap_or_else(|| self.was(column)).to_owned())
    }

    /// A text that stands as it is.
    fn text(&mut self, column: &str) -> SmolStr {
        let text = self.cell(column);
        let most = LONGEST.iter().find(|(name, _)| *name == column).map_or(0, |(_, most)| *most);
        let length = text.chars().count();
        if length > most {
            self.wrong(
                column,
                format!("'{column}' has {length} characters"),
                format!("Shorten it to {most}"),
            );
        }
        if text.chars().any(char::is_control) {
            self.wrong(column, format!("'{column}' has a control character"), "Remove it");
        }
        SmolStr::new(text)
    }

    fn state(&mut self) -> State {
        let text = self.cell("state");
        // Of a new one nothing needs to be said; of one that is there, a state is not taken away.
        if text.is_empty() && self.old.is_none() {
            return State::default();
        }
        State::read(&text).unwrap_or_else(|| {
            let known = State::ALL.map(|state| format!("{} ({})", state.code(), state.zh())).join(", ");
            self.wrong("state", format!("'{text}' is no state"), format!("Write one of: {known}"));
            State::default()
        })
    }

    fn matter(&mut self) -> Option<MatterCode> {
        let text = self.cell("matter");
        let code = MatterCode::new(&text);
        let known = self.judge.pack.policy.current.matters.contains_key(&code);
        if !text.is_empty() && text != self.was("matter") && !known {
            let mend = "Write a code of the catalogue as board/track/matter, or leave the cell empty";
            self.wrong("matter", format!("there is no matter '{text}'"), mend);
        }
        (!text.is_empty()).then_some(code)
    }

    fn unit(&mut self, column: &str) -> Option<UnitId> {
        let text = self.cell(column);
        let id = UnitId::new(&text);
        if !text.is_empty() && text != self.was(column) {
            let org = &self.judge.pack.policy.org;
            let mend = "Write the id of a unit that works today, or leave the cell empty where nobody knows";
            if !org.units.contains_key(&id) {
                self.wrong(column, format!("there is no unit '{text}'"), mend);
            } else if !org.active(&id, self.judge.now) {
                self.wrong(column, format!("the unit '{text}' is closed"), mend);
            }
        }
        (!text.is_empty()).then_some(id)
    }

    fn degree(&mut self, column: &str) -> Option<f64> {
        let text = self.cell(column);
        if text.is_empty() {
            return None;
        }
        let degree = text.parse::<f64>().ok().filter(|degree| degree.is_finite());
        if degree.is_none() {
            self.wrong(column, format!("'{text}' is no number"), "Write degrees such as 110.0051");
        }
        degree
    }

    fn point(&mut self) -> Option<Point> {
        let before = self.problems.len();
        let (lon, lat) = (self.degree("lon"), self.degree("lat"));
        match (lon, lat) {
            (Some(lon), Some(lat)) => {
                // Degrees that are as they were are in the inner system already.
                let kept = self.cell("lon") == self.was("lon") && self.cell("lat") == self.was("lat");
                let datum = if kept { Default::default() } else { self.judge.sheet.datum };
                let point = datum.to_inside(lon, lat);
                if let Err(why) = &point {
                    let column =
                        if matches!(why, huying_geo::PointError::Longitude(_)) { "lon" } else { "lat" };
                    self.wrong(column, why.to_string(), "Write degrees, the longitude under lon");
                }
                point.ok()
            }
            (None, None) => None,
            // One that is no number was told already.
            _ if self.problems.len() > before => None,
            (None, _) => {
                self.wrong("lon", "the longitude is missing", "Write both degrees or none");
                None
            }
            (_, None) => {
                self.wrong("lat", "the latitude is missing", "Write both degrees or none");
                None
            }
        }
    }

    /// The cell of the point; the area that is told where there is no point, or where it lies in none.
    fn area(&mut self, point: Option<Point>) -> Option<AreaCode> {
        let areas = &self.judge.pack.policy.org.areas;
        if let Some(point) = point {
            let found = self.judge.pack.places.locate(point);
            let known = |code: &SmolStr| areas.get(code.as_str()).map(|area| area.code.clone());
            if let Some(area) = found.areas().find_map(|(_, code)| known(code)) {
                return Some(area);
            }
        }
        let text = self.cell("area");
        if text.is_empty() {
            if point.is_some() {
                let mend = "Mend the point, name the coordinates' system, or write the area";
                self.wrong("lon", "the point lies in no area", mend);
            }
            return None;
        }
        if !areas.contains_key(text.as_str()) && text != self.was("area") {
            self.wrong("area", format!("there is no area '{text}'"), "Write the code of an area of today");
        }
        Some(AreaCode::new(text))
    }

    /// `from` tells only; an `until` that is emptied brings the component back.
    fn span(&mut self, old: Option<&Component>) -> (Instant, Option<Instant>) {
        if self.told.given("from").is_some_and(|text| text != self.was("from")) {
            self.wrong("from", "'from' is not set here", "Leave it as it was: the register sets it");
        }
        let until = old.and_then(|old| old.until);
        let until = match self.told.given("until") {
            Some("") => None,
            Some(text) if text != self.was("until") => {
                let mend = "Leave it as it was: end a component by leaving its row out of the whole table";
                self.wrong("until", "'until' is not set here", mend);
                until
            }
            _ => until,
        };
        (old.map_or(self.judge.now, |old| old.since), until)
    }
}

impl Judge<'_> {
    /// What a row would make of the component that the register has under its code; None where it is the same.
    ///
    /// # Errors
    /// Every mistake of the row at its cell.
    pub fn row(&self, told: &Told<'_>, old: Option<&Component>) -> Result<Option<Turned>, Vec<Problem>> {
        let was = old.map(|old| cells(old, self.zone));
        let mut row = Row { judge: self, told, old: was, problems: Vec::new() };
        let code = told.code();
        if let Err(bad) = code {
            row.wrong("code", bad.to_string(), bad.mend());
        }
        let name = row.text("name");
        if name.is_empty() {
            row.wrong("name", "'name' is empty", "Write what it is, such as 上水井盖");
        }
        let (state, matter, point) = (row.state(), row.matter(), row.point());
        let area = row.area(point);
        let [owner, keeper, supervisor] = ["owner", "keeper", "supervisor"].map(|column| row.unit(column));
        let note = row.text("note");
        let (since, until) = row.span(old);
        let (Ok(code), true) = (code, row.problems.is_empty()) else { return Err(row.problems) };
        let component = Component {
            code,
            name,
            state,
            matter,
            lon_e7: point.map(|point| point.lon_e7),
            lat_e7: point.map(|point| point.lat_e7),
            area,
            owner,
            keeper,
            supervisor,
            note,
            since,
            until,
        };
        Ok(self.turned(told.line, row.old, component))
    }

    fn turned(&self, line: u64, old: Option<Vec<String>>, component: Component) -> Option<Turned> {
        let new = cells(&component, self.zone);
        let pairs = KIND.columns().iter().zip(&new).enumerate();
        let cell = |(at, (column, new)): (usize, (&'static &'static str, &String))| {
            let was = old.as_ref().and_then(|old| old.get(at)).cloned().unwrap_or_default();
            // Of a new one the moment is not known before it is there.
            let tells = old.is_none() && KIND.tells().contains(column);
            (was != *new && !tells).then(|| Cell {
                column: SmolStr::new_static(column),
                old: was,
                new: new.clone(),
            })
        };
        let otherwise: Vec<Cell> = pairs.filter_map(cell).collect();
        let went = if old.is_some() { Went::Changed } else { Went::Added };
        let (key, name) = (component.code.to_string(), component.name.to_string());
        let row = RowOf { line, key, name, went, cells: otherwise };
        (!row.cells.is_empty()).then_some(Turned { row, component })
    }
}
