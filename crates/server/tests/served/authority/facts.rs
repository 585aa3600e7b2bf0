//! What the journal says of each case, read from its entries as JSON; and the rule of sight, written a second time from the
//! domain's words. Nothing here asks the platform's own rule.

use std::collections::{BTreeMap, BTreeSet};

use huying_store::StreamEntry;
use serde_json::Value;

use super::Authority;

/// One case as its journal tells it.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub number: String,
    pub matter: String,
    pub area: Option<String>,
    pub point: Option<(i64, i64)>,
    pub open: bool,
    /// Every unit that an entry names as acting, asked, told to lead or to follow up.
    pub units: BTreeSet<String>,
    /// Its entries' places in the stream, with what happened.
    pub entries: Vec<(i64, String)>,
}

/// Fields of an entry that name a unit as taking part. Who sent it, who is told and why a route was taken are not among them.
const NAMING: [&str; 15] = [
    "custodian",
    "centre",
    "unit",
    "from",
    "to",
    "lead",
    "assist",
    "assists",
    "external",
    "caller",
    "callee",
    "approver",
    "fallback",
    "by_unit",
    "units",
];
/// Parts of an entry that say nothing of who takes part in this case.
const ASIDE: [&str; 8] = ["because", "report", "tell", "by", "clocks", "times", "parts", "proposed"];

fn units(value: &Value, named: bool, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if named => {
            into.insert(text.clone());
        }
        Value::Array(list) => list.iter().for_each(|one| units(one, named, into)),
        Value::Object(fields) => {
            for (name, value) in fields {
                if !ASIDE.contains(&name.as_str()) {
                    units(value, NAMING.contains(&name.as_str()), into);
                }
            }
        }
        _ => {}
    }
}

/// Every case of a journal, by its id.
pub fn read(authority: &Authority, journal: &[StreamEntry]) -> BTreeMap<String, Facts> {
    let mut cases: BTreeMap<String, Facts> = BTreeMap::new();
    for entry in journal {
        let facts = cases.entry(entry.case.to_string()).or_default();
        let event = serde_json::to_value(&entry.event).unwrap();
        facts.entries.push((entry.position, entry.kind.to_string()));
        units(&event, false, &mut facts.units);
        // A code of another kind, such as the version in `from` of a new pinning, is no unit.
        facts.units.retain(|unit| authority.units.contains_key(unit));
        let body = &event["body"];
        if let Some(report) = body.get("report") {
            facts.number = report["number"].as_str().unwrap().to_owned();
            facts.matter = report["matter"].as_str().unwrap_or_default().to_owned();
        }
        if let Some(filing) = body.pointer("/pinned/filing").or(body.get("filing")) {
            facts.matter = filing["matter"].as_str().unwrap_or_default().to_owned();
        }
        if let Some(place) = body.get("place").or(body.pointer("/report/place")) {
            facts.area = place["area"].as_str().map(str::to_owned);
            facts.point = place["lon_e7"].as_i64().zip(place["lat_e7"].as_i64());
        }
        if entry.kind == "resettled" {
            facts.area = body["area"].as_str().map(str::to_owned);
        }
        if let Some(stage) = event.pointer("/to/stage").and_then(Value::as_str) {
            facts.open = !matches!(stage, "closed" | "declined" | "merged" | "withdrawn");
        }
    }
    cases
}

impl Authority {
    /// Who sits where a part is or was, sees; centres, stations and grid teams see their ground downwards; auditors that of
    /// their unit; an administrator's seat shows nothing.
    pub fn sees(&self, member: &str, case: &Facts) -> bool {
        self.members[member].iter().any(|(unit, role)| {
            if *role == "administrator" {
                return false;
            }
            let of = &self.units[unit];
            let of_place = matches!(of.kind, "centre" | "station" | "grid_team") || *role == "auditor";
            let there = case.area.as_ref().is_some_and(|area| self.lies_in(area, &of.area));
            case.units.contains(unit) || (of_place && (there || of.area == "990101"))
        })
    }
}
