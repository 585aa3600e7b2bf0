//! The tables as they are today: the organisation of this moment, and the catalogue of the version in force.
//!
//! Owns how a value is written in a cell, so that [`super::Compared`] finds a table that came back unedited to be the same. Start at [`today`].

use std::io::Cursor;

use huying_model::{Instant, actor::Seat, org::Unit};
use jiff::tz::TimeZone;
use serde::Serialize;

use super::{Kind, Listing};
use crate::files::Files;
use crate::load::Pack;
use crate::sheet::Rows;

/// The table of a pack. `files` are those of the version in force, in which the catalogue is written.
pub fn today(kind: Kind, pack: &Pack, files: &Files) -> Listing {
    let zone =
        pack.policy.current.calendar_of(None).map_or(TimeZone::UTC, |calendar| calendar.zone().clone());
    let rows = match kind {
        Kind::Areas => areas(pack, &zone),
        Kind::Units => pack.policy.org.units.values().map(|unit| self::unit(pack, unit, &zone)).collect(),
        Kind::Members => members(pack),
        Kind::Matters | Kind::Conditions => written(kind, files),
        // The register has them.
        Kind::Components => Vec::new(),
    };
    Listing { kind, rows }
}

/// A day where it is midnight, else the minute.
pub(super) fn moment(at: Option<Instant>, zone: &TimeZone) -> String {
    let Some(at) = at else { return String::new() };
    let civil = zone.to_datetime(at.timestamp());
    match (civil.hour(), civil.minute(), civil.second()) {
        (0, 0, 0) => civil.date().to_string(),
        _ => civil.strftime("%Y-%m-%d %H:%M").to_string(),
    }
}

/// A word of the model as packs write it.
fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).ok();
    value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn english(pack: &Pack, code: &str) -> String {
    pack.english(code).map(ToString::to_string).unwrap_or_default()
}

/// Parents before what lies in them.
fn areas(pack: &Pack, zone: &TimeZone) -> Vec<Vec<String>> {
    let org = &pack.policy.org;
    let mut areas: Vec<_> = org.areas.values().collect();
    areas.sort_by_key(|area| (org.depth(&area.level), area.code.clone()));
    let row = |area: &&huying_model::org::Area| {
        vec![
            area.code.to_string(),
            area.name.to_string(),
            english(pack, area.code.as_str()),
            area.level.to_string(),
            area.parent.as_ref().map(ToString::to_string).unwrap_or_default(),
            pack.households.get(&area.code).map(ToString::to_string).unwrap_or_default(),
            pack.profiles.get(&area.code).map(ToString::to_string).unwrap_or_default(),
            moment(area.from, zone),
            moment(area.until, zone),
        ]
    };
    areas.iter().map(row).collect()
}

/// Degrees of a whole number of 1e-7 degrees, without loss.
pub(super) fn degrees(e7: i32) -> String {
    let (sign, e7) = (if e7 < 0 { "-" } else { "" }, e7.unsigned_abs());
    let text = format!("{sign}{}.{:07}", e7 / 10_000_000, e7 % 10_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn unit(pack: &Pack, unit: &Unit, zone: &TimeZone) -> Vec<String> {
    let stands = pack.policy.org.positions.get(&unit.id);
    let (lon, lat) = stands.map_or_else(Default::default, |(lon, lat)| (degrees(*lon), degrees(*lat)));
    vec![
        unit.id.to_string(),
        unit.name.to_string(),
        english(pack, unit.id.as_str()),
        word(&unit.kind),
        unit.function.to_string(),
        unit.area.to_string(),
        unit.home.as_ref().map(ToString::to_string).unwrap_or_default(),
        lon,
        lat,
        moment(unit.from, zone),
        moment(unit.until, zone),
    ]
}

fn members(pack: &Pack) -> Vec<Vec<String>> {
    let seat = |seat: &Seat| format!("{}:{}", seat.unit, word(&seat.role));
    let row = |member: &huying_model::org::Member| {
        let seats: Vec<String> = member.seats.iter().map(seat).collect();
        vec![
            member.id.to_string(),
            member.name.to_string(),
            english(pack, member.id.as_str()),
            seats.join(" "),
            if member.rank == 0 { String::new() } else { member.rank.to_string() },
        ]
    };
    pack.policy.org.members.values().map(row).collect()
}

/// The rows of a table of the policy as they are written there.
fn written(kind: Kind, files: &Files) -> Vec<Vec<String>> {
    let text = files.text(kind.file()).unwrap_or_default().to_owned();
    // The file was read with all its rules when it came into force.
    let Ok(rows) = Rows::with_remarks(Cursor::new(text.into_bytes())) else { return Vec::new() };
    let mut rows = rows.filter_map(Result::ok);
    let headings = rows.next().unwrap_or_default().cells;
    let places: Vec<Option<usize>> =
        kind.columns().iter().map(|column| headings.iter().position(|heading| heading == column)).collect();
    rows.map(|line| {
        let cell =
            |place: &Option<usize>| place.and_then(|at| line.cells.get(at).cloned()).unwrap_or_default();
        places.iter().map(cell).collect()
    })
    .collect()
}
