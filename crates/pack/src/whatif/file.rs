//! Past cases out of a file: a table, or the journal that `huying export events` writes.
//!
//! Owns the reading row by row; nothing but the row at hand is held. A table has the columns `matter`, `source`, `at` and a place
//! (`lon` and `lat`, or `area`), and may have `condition`, `urgency` and `number`; what `huying export cases` writes is such a
//! table. A row that cannot be used is told with its line and the rest is read. Start at [`read`].

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};

use huying_geo::Point;
use huying_model::{
    AreaCode, CaseId, Event, Instant, MatterCode,
    case::Place,
    catalogue::{Source, Urgency},
};
use serde::Deserialize;
use smol_str::SmolStr;

use super::{Past, past::Gatherer};
use crate::lines;
use crate::load::Pack;
use crate::words::word;

/// What a reader gives, one after the other.
pub enum Item {
    Case(Box<Past>),
    /// A row that cannot be used, with its line and the mend.
    Bad(String),
}

/// Which kind of file it is, told by its first character: an object a line is a journal, anything else a table.
///
/// # Errors
/// A sentence that says what is wrong with the file as a whole.
pub fn read(mut from: impl BufRead, base: &Pack, mut give: impl FnMut(Item)) -> Result<(), String> {
    let first = from.fill_buf().map_err(|why| why.to_string())?;
    let first = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first);
    if first.first() == Some(&b'{') { events(from, &mut give) } else { table(from, base, &mut give) }
}

#[derive(Deserialize)]
struct Line {
    case: CaseId,
    event: Event,
}

fn events(from: impl BufRead, give: &mut impl FnMut(Item)) -> Result<(), String> {
    let mut gatherer = Gatherer::default();
    for (no, line) in (1u64..).zip(from.lines()) {
        let line = line.map_err(|why| format!("line {no} cannot be read: {why}"))?;
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<Line>(line.trim_start_matches('\u{feff}')) {
            Ok(Line { case, event }) => {
                if let Some(past) = gatherer.take(case, &event) {
                    give(Item::Case(Box::new(past)));
                }
            }
            Err(why) => give(Item::Bad(format!("line {no}: it is no event of a journal ({why})"))),
        }
    }
    gatherer.rest().for_each(|past| give(Item::Case(Box::new(past))));
    Ok(())
}

/// Columns by their headings; several headings of other exports stand for one.
struct Columns(HashMap<String, usize>);

impl Columns {
    fn new(headings: &csv::StringRecord) -> Columns {
        let plain = |text: &str| text.trim().trim_start_matches('\u{feff}').to_lowercase();
        Columns(headings.iter().enumerate().map(|(at, text)| (plain(text), at)).collect())
    }
    fn has(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.0.contains_key(*name))
    }
    fn text<'r>(&self, row: &'r csv::StringRecord, names: &[&str]) -> Option<&'r str> {
        let at = names.iter().find_map(|name| self.0.get(*name))?;
        row.get(*at).map(str::trim).filter(|text| !text.is_empty())
    }
}

const AT: &[&str] = &["at", "received", "filed"];
const LON: &[&str] = &["lon", "longitude"];
const LAT: &[&str] = &["lat", "latitude"];

fn table(from: impl Read, base: &Pack, give: &mut impl FnMut(Item)) -> Result<(), String> {
    let mut separated = csv::ReaderBuilder::new();
    separated.has_headers(false).comment(Some(b'#')).flexible(true);
    let mut rows = lines::records(&separated, BufReader::new(from));
    let headings = rows.next().transpose().map_err(|why| format!("the first line cannot be read: {why}"))?;
    let columns = Columns::new(&headings.unwrap_or_default().1);
    let missing: Vec<&str> = [("matter", &["matter"][..]), ("source", &["source"]), ("at", AT)]
        .into_iter()
        .filter(|(_, names)| !columns.has(names))
        .map(|(name, _)| name)
        .collect();
    let placed = columns.has(&["area"]) || columns.has(LON) && columns.has(LAT);
    if !missing.is_empty() || !placed {
        let place = if placed { "" } else { " and a place (lon and lat, or area)" };
        return Err(format!(
            "the table needs the columns matter, source, at{place}: missing {}. What 'huying export cases' writes fits too",
            if missing.is_empty() { "the place".to_owned() } else { missing.join(", ") }
        ));
    }
    for row in rows {
        match row {
            Ok((line, row)) => match past(&row, &columns, base) {
                Ok(Some(past)) => give(Item::Case(Box::new(past))),
                Ok(None) => {}
                Err((column, why)) => give(Item::Bad(format!("line {line} ({column}): {why}"))),
            },
            Err(why) => {
                let line = why.position().map_or(0, csv::Position::line);
                give(Item::Bad(format!("line {line}: {why}")));
                if matches!(why.kind(), csv::ErrorKind::Io(_)) {
                    return Err(format!("the file cannot be read on: {why}"));
                }
            }
        }
    }
    Ok(())
}

type Bad = (&'static str, String);

/// None for a case without a matter, which nobody has filed yet.
fn past(row: &csv::StringRecord, columns: &Columns, base: &Pack) -> Result<Option<Past>, Bad> {
    let text = |names: &[&str]| columns.text(row, names);
    let Some(matter) = text(&["matter"]) else { return Ok(None) };
    let source = text(&["source"]).ok_or(("source", "it is missing".to_owned()))?;
    let source: Source = word(source).map_err(|why| ("source", why))?;
    let urgency = text(&["urgency"])
        .map_or(Ok(Urgency::Green), |urgency| word(urgency).map_err(|why| ("urgency", why)))?;
    let condition = match text(&["condition"]) {
        None => None,
        Some(no) => Some(no.parse().map_err(|_why| ("condition", format!("“{no}” is no number")))?),
    };
    let at = text(AT).ok_or(("at", "it is missing".to_owned()))?;
    let filed = instant(at, base).map_err(|why| ("at", why))?;
    Ok(Some(Past {
        number: SmolStr::new(text(&["number"]).unwrap_or_default()),
        matter: MatterCode::new(matter),
        condition,
        place: place(text(LON), text(LAT), text(&["area"]), base)?,
        source,
        urgency,
        filed,
        sent: filed,
        version: None,
    }))
}

fn instant(text: &str, base: &Pack) -> Result<Instant, String> {
    crate::explain::when(&base.policy.current, text)
        .map_err(|_wrong| format!("“{text}” is no time: write 2024-03-05 10:00, or RFC 3339"))
}

fn place(lon: Option<&str>, lat: Option<&str>, area: Option<&str>, base: &Pack) -> Result<Place, Bad> {
    let (Some(lon), Some(lat)) = (lon, lat) else {
        return Ok(Place { area: area.map(AreaCode::new), ..Place::default() });
    };
    let point =
        lon.parse().ok().zip(lat.parse().ok()).and_then(|(lon, lat)| Point::from_degrees(lon, lat).ok());
    let point = point.ok_or(("lon", format!("“{lon},{lat}” is no point: write decimal degrees")))?;
    let found = base.places.locate(point);
    let given = area.map(AreaCode::new);
    Ok(Place {
        lon_e7: Some(point.lon_e7),
        lat_e7: Some(point.lat_e7),
        area: given.or_else(|| found.leaf().map(|code| AreaCode(code.clone()))),
        overlays: found.overlays.iter().map(|code| AreaCode((*code).clone())).collect(),
        datum: None,
    })
}
