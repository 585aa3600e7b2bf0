//! `units.csv` and `members.csv`: who can be made responsible, and the accounts with their seats.
//!
//! Owns the checks of areas, homes and seats. It refuses persons' names by nature: a pack names its demo
//! members by their role. Start at [`units`] and [`members`].

use std::collections::{BTreeMap, HashMap};

use huying_geo::Point;
use huying_model::{
    AreaCode, MemberId, UnitId,
    actor::Seat,
    ids::Function,
    org::{CENTRE, Member, Unit, UnitKind},
};
use smol_str::SmolStr;

use crate::places::{Ground, instant};
use crate::problem::{Problems, Spot};
use crate::settings::Settings;
use crate::source::{Source, text};
use crate::table::{Row, Table};
use crate::words::word;

/// The file of units.
pub const UNITS: &str = "units.csv";
/// The file of members.
pub const MEMBERS: &str = "members.csv";

/// Units or members with their English names and the spots of their rows.
#[derive(Debug)]
pub struct Listed<T> {
    pub items: Vec<T>,
    pub english: HashMap<SmolStr, SmolStr>,
    pub spots: HashMap<SmolStr, Spot>,
    /// Where units stand, in 1e-7 degrees.
    pub positions: BTreeMap<UnitId, (i32, i32)>,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        let (english, spots, positions) = (HashMap::new(), HashMap::new(), BTreeMap::new());
        Listed { items: Vec::new(), english, spots, positions }
    }
}

impl<T> Listed<T> {
    /// Notes a row's id; false where it stands twice.
    fn note(&mut self, row: &Row, id: &str) -> bool {
        if let Some(earlier) = self.spots.insert(SmolStr::new(id), row.spot("id")) {
            row.fail(
                "id",
                format!("the id '{id}' stands twice, first in line {}", earlier.line),
                "Keep one row",
            );
            return false;
        }
        if let Some(english) = row.text("name_en") {
            self.english.insert(SmolStr::new(id), SmolStr::new(english));
        }
        true
    }
}

/// Reads the units and checks areas, homes and the root centre.
pub fn units(source: &dyn Source, settings: &Settings, ground: &Ground, problems: &Problems) -> Listed<Unit> {
    let mut listed = Listed::default();
    let Some(text) = text(source, UNITS, true, problems) else { return listed };
    let needed = ["id", "name", "kind", "function", "area"];
    let table =
        Table::read(UNITS, &text, &needed, &["name_en", "home", "from", "until", "lon", "lat"], problems);
    for row in table.rows(problems) {
        unit(&row, settings, ground, &mut listed);
    }
    check_homes(&listed, &table, problems);
    let root = ground.areas.iter().find(|area| area.parent.is_none());
    let central =
        |unit: &Unit| root.is_some_and(|root| root.code == unit.area) && unit.function.as_str() == CENTRE;
    if root.is_some() && !listed.items.iter().any(central) {
        let mend = "Add a unit of kind centre and function centre in the root area";
        problems.at(Spot::file(UNITS), "no centre serves the root area", mend);
    }
    listed
}

fn unit(row: &Row, settings: &Settings, ground: &Ground, listed: &mut Listed<Unit>) {
    let (id, name) = (row.need_text("id"), row.need_text("name"));
    let kind: Option<UnitKind> = row.need("kind", word);
    let function = row.need("function", function);
    let area = row.need("area", |code| {
        let area = AreaCode::new(code);
        if ground.has(&area) {
            Ok(area)
        } else {
            Err(format!("the area {code} does not exist: add it or correct the code"))
        }
    });
    let (Some(id), Some(name), Some(kind), Some(function), Some(area)) = (id, name, kind, function, area)
    else {
        return;
    };
    if !listed.note(row, id) {
        return;
    }
    if kind == UnitKind::External && row.text("home").is_none() {
        row.fail(
            "home",
            format!("the external unit '{id}' has no home unit to keep its promises"),
            "Name one",
        );
    }
    if (kind == UnitKind::Centre) != (function.as_str() == CENTRE) {
        row.fail(
            "function",
            "a unit of kind centre has the function centre, and no other has",
            "Correct one of them",
        );
    }
    if let Some(point) = position(row) {
        listed.positions.insert(UnitId::new(id), (point.lon_e7, point.lat_e7));
    }
    listed.items.push(Unit {
        id: UnitId::new(id),
        name: SmolStr::new(name),
        kind,
        function,
        area,
        home: row.text("home").map(UnitId::new),
        from: instant(row, "from", settings),
        until: instant(row, "until", settings),
    });
}

/// Where a post stands: both degrees, or none.
fn position(row: &Row) -> Option<Point> {
    let degrees = |text: &str| {
        text.parse::<f64>().map_err(|_error| format!("“{text}” is no number of degrees: write 110.0052"))
    };
    for (heading, other) in [("lon", "lat"), ("lat", "lon")] {
        if row.text(heading).is_none() && row.text(other).is_some() {
            row.fail(heading, format!("'{other}' stands without '{heading}'"), "Write both, or none");
        }
    }
    let (lon, lat) = (row.read("lon", degrees)?, row.read("lat", degrees)?);
    Point::from_degrees(lon, lat).map_err(|error| row.fail("lon", error.to_string(), "")).ok()
}

fn function(text: &str) -> Result<Function, String> {
    let fits = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if fits {
        Ok(Function::new(text))
    } else {
        Err(format!("“{text}” is no function: write a–z, 0–9 and hyphens, such as traffic-police"))
    }
}

fn check_homes(listed: &Listed<Unit>, table: &Table, problems: &Problems) {
    for unit in &listed.items {
        let Some(home) = &unit.home else { continue };
        let Some(spot) = listed.spots.get(unit.id.as_str()) else { continue };
        let spot = table.beside(spot, "home");
        if home == &unit.id {
            problems.at(spot, format!("'{home}' is its own home"), "Name the unit it belongs to");
        } else if !listed.spots.contains_key(home.as_str()) {
            problems.at(spot, format!("the home '{home}' does not exist"), "Add that unit or correct the id");
        }
    }
}

/// Reads the members and checks their seats.
pub fn members(source: &dyn Source, units: &Listed<Unit>, problems: &Problems) -> Listed<Member> {
    let mut listed = Listed::default();
    let Some(text) = text(source, MEMBERS, true, problems) else { return listed };
    let table = Table::read(MEMBERS, &text, &["id", "name", "seats"], &["name_en", "rank"], problems);
    for row in table.rows(problems) {
        let (Some(id), Some(name)) = (row.need_text("id"), row.need_text("name")) else { continue };
        let seats = row.list("seats", |text| seat(text, units));
        if row.need_text("seats").is_some() && listed.note(&row, id) {
            let rank = row.read("rank", rank).unwrap_or(0);
            listed.items.push(Member { id: MemberId::new(id), name: SmolStr::new(name), seats, rank });
        }
    }
    listed
}

/// Reads what the colours of cases ask of a lead officer.
fn rank(text: &str) -> Result<u8, String> {
    text.parse().map_err(|_error| format!("“{text}” is no rank: write a whole number from 0 to 255"))
}

/// Reads `unit:role`.
fn seat(text: &str, units: &Listed<Unit>) -> Result<Seat, String> {
    let (unit, role) = text
        .split_once(':')
        .ok_or_else(|| format!("“{text}” is no seat: write unit:role, such as centre-east:dispatcher"))?;
    if !units.spots.contains_key(unit) {
        return Err(format!("the unit '{unit}' does not exist: add it or correct the id"));
    }
    Ok(Seat { unit: UnitId::new(unit), role: word(role)? })
}
