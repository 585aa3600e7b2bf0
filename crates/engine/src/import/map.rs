//! MAP.toml: how the columns of somebody else's file become a case.
//!
//! ```toml
//! system = "city311"                  # names the source for ever: a case's identity is made of it and the foreign id
//! time_zone = "America/Chicago"
//! time_format = "%m/%d/%Y %I:%M:%S %p"   # strftime signs; leading zeros may be missing
//! datum = "wgs84"                     # wgs84, cgcs2000, gcj02, bd09
//! unknown_place = "list"              # rows without a place: "list" them, or "import" them for the root centre
//!
//! [columns]                           # a field of the case = the heading in the file; foreign and created are needed
//! foreign = "srnumber"
//! created = "createddate"
//! closed = "closeddate"
//! closed_or = "updateddate"           # stands in where a row has ended and closed is empty
//! due = "duedate"                     # compared with the promise that is computed here; never taken over
//! lon = "longitude"
//! lat = "latitude"
//! matter = "requesttype"
//! status = "status"
//! source = "requestsource"
//! unit = "assignto"
//! title = "requesttype"
//! text = "details"
//! address = "address"
//!
//! [matter]                            # value in the file = matter code of the pack; "*" for any other value
//! "Dead Animal Removal" = "street/animal/dead"
//!
//! [source]                            # value = grid_worker, resident, hotline …
//! Call = "hotline"
//! "*" = "resident"
//!
//! [status]                            # value = "open", "withdrawn", or the outcome: solved, explained, handed_over …
//! Closed = "solved"
//! Cancelled = "withdrawn"
//!
//! [unit]                              # value = the lead unit; the dispatch table decides where a value is not named
//! WV = "yard-west-valley"
//! ```
//!
//! Owns reading and checking of the map against the pack and the file's headings. Start at [`Map::parse`].

use std::collections::BTreeMap;

use huying_geo::Datum;
use huying_model::{
    MatterCode, Policy, UnitId,
    catalogue::{Outcome, Source},
};
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::Problem;

/// See the module.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    pub system: String,
    pub time_zone: String,
    pub time_format: String,
    #[serde(default)]
    pub datum: Datum,
    #[serde(default)]
    pub unknown_place: UnknownPlace,
    pub columns: Columns,
    #[serde(default)]
    pub matter: BTreeMap<String, MatterCode>,
    #[serde(default)]
    pub source: BTreeMap<String, Source>,
    #[serde(default)]
    pub status: BTreeMap<String, Ending>,
    #[serde(default)]
    pub unit: BTreeMap<String, UnitId>,
}

/// What happens to rows without a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownPlace {
    #[default]
    List,
    Import,
}

/// The headings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    pub foreign: String,
    pub created: String,
    pub closed: Option<String>,
    pub closed_or: Option<String>,
    pub due: Option<String>,
    pub lon: Option<String>,
    pub lat: Option<String>,
    pub matter: Option<String>,
    pub status: Option<String>,
    pub source: Option<String>,
    pub unit: Option<String>,
    pub title: Option<String>,
    pub text: Option<String>,
    pub address: Option<String>,
}

/// How far a row's story goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Still being handled.
    Open,
    /// The reporter took it back.
    Withdrawn,
    #[serde(untagged)]
    Outcome(Outcome),
}

impl Columns {
    /// Every heading that the map names.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        let optional = [
            &self.closed,
            &self.closed_or,
            &self.due,
            &self.lon,
            &self.lat,
            &self.matter,
            &self.status,
            &self.source,
            &self.unit,
            &self.title,
            &self.text,
            &self.address,
        ];
        [self.foreign.as_str(), self.created.as_str()]
            .into_iter()
            .chain(optional.into_iter().flatten().map(String::as_str))
    }
}

impl Map {
    /// Reads a map.
    ///
    /// # Errors
    /// One problem, with line and column in its text.
    pub fn parse(text: &str) -> Result<Map, Problem> {
        toml::from_str(text).map_err(|error| Problem::at("MAP", "map_unreadable", error.to_string()))
    }

    /// The time zone of the file's times.
    pub fn zone(&self) -> Result<TimeZone, Problem> {
        TimeZone::get(&self.time_zone).map_err(|error| {
            Problem::at("time_zone", "no_such_zone", format!("Write a zone such as Asia/Shanghai: {error}."))
        })
    }

    /// Everything the map names must exist in the pack and in the file.
    pub fn check(&self, policy: &Policy, headings: &[String]) -> Result<(), Vec<Problem>> {
        let mut problems: Vec<Problem> = self
            .columns
            .named()
            .filter(|heading| !headings.iter().any(|found| found == heading))
            .map(|heading| {
                Problem::at(
                    "columns",
                    "no_such_column",
                    format!("The file has no column “{heading}”: correct the map."),
                )
            })
            .collect();
        for (value, matter) in &self.matter {
            if !policy.current.matters.contains_key(matter) {
                let mend = format!(
                    "The pack has no matter “{matter}” (for “{value}”): choose one of its catalogue."
                );
                problems.push(Problem::at(format!("matter.{value}"), "unknown_matter", mend));
            }
        }
        for (value, unit) in &self.unit {
            if !policy.org.units.contains_key(unit) {
                let mend = format!("The pack has no unit “{unit}” (for “{value}”): choose one of its units.");
                problems.push(Problem::at(format!("unit.{value}"), "unknown_unit", mend));
            }
        }
        if self.system.is_empty() {
            problems.push(Problem::at("system", "missing", "Name the system that the file comes from."));
        }
        if let Err(problem) = self.zone() {
            problems.push(problem);
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

/// The entry for a value; the one for `*` where the value has none.
pub fn look_up<'a, T>(table: &'a BTreeMap<String, T>, value: &str) -> Option<&'a T> {
    table.get(value).or_else(|| table.get("*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE: &str = r#"
        system = "x"
        time_zone = "UTC"
        time_format = "%m/%d/%y %H:%M"
        [columns]
        foreign = "id"
        created = "at"
        [status]
        Closed = "solved"
        Cancelled = "withdrawn"
        "*" = "open"
        [source]
        Call = "hotline"
    "#;

    #[test]
    fn a_map_names_endings_by_outcome_or_by_word() {
        let map = Map::parse(MADE).unwrap();
        assert_eq!(look_up(&map.status, "Closed"), Some(&Ending::Outcome(Outcome::Solved)));
        assert_eq!(look_up(&map.status, "Cancelled"), Some(&Ending::Withdrawn));
        assert_eq!(look_up(&map.status, "Pending"), Some(&Ending::Open));
        assert_eq!(look_up(&map.source, "Fax"), None);
    }

    #[test]
    fn a_wrong_map_says_where() {
        let said = Map::parse(&MADE.replace("[columns]", "[colums]")).unwrap_err().mend;
        assert!(said.contains("colums") && said.contains("line"), "{said}");
    }
}
