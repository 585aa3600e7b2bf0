//! From a step's words to a command of the life cycle.
//!
//! Owns the short forms: a place is an area's code or a point, evidence is its kind, a filing is the case's own
//! matter, a dispatch without a unit asks the table, a unit is the actor's own. Everything else is written as
//! the API has it. Start at [`build`].

use huying_geo::Point;
use huying_model::{
    Actor, AreaCode, Case, CaseId, Command, MatterCode, UnitId,
    calendar::Calendar,
    case::Place,
    catalogue::{MatterKind, Source, Urgency},
    command::{Informant, Name, Report},
    table::{self, Who},
    words::Sealed,
};
use serde_json::{Map, Value, json};

use crate::scenario::{script::instant, world::World};
use crate::words::word;

/// Fields that hold words of people; a story has no keys, so they are carried as they are.
const WORDS: [&str; 6] = ["reason", "words", "question", "title", "text", "address"];
/// Fields that hold a time.
const TIMES: [&str; 2] = ["until", "at"];
/// Fields that hold a list and may be left out.
const LISTS: [&str; 4] = ["evidence", "assists", "co_officers", "units"];
/// Fields of a report.
const REPORT: [&str; 11] = [
    "matter",
    "source",
    "urgency",
    "condition",
    "place",
    "title",
    "text",
    "address",
    "evidence",
    "reporters",
    "reachable",
];

/// The command of a step on the case `id`.
pub fn build(
    world: &mut World,
    actor: &Actor,
    verb: &str,
    id: CaseId,
    with: Value,
    calendar: &Calendar,
) -> Result<Command, String> {
    let mut fields = match with {
        Value::Null => Map::new(),
        Value::Object(fields) => fields,
        _ => return Err("with is a table: write with = { … }".to_owned()),
    };
    if verb == "report" {
        return report(world, fields, id);
    }
    if Name::from_code(&verb.replace('_', "-")).is_none() {
        return Err(no_command(verb));
    }
    let case = world.cases.get(&id).cloned().ok_or("the case has not been reported yet")?;
    shorten(world, actor, verb, &case, &mut fields)?;
    let mut fields = normal(world, Value::Object(fields), calendar)?;
    if let Value::Object(fields) = &mut fields {
        fields.insert("command".to_owned(), json!(verb.replace('-', "_")));
        for list in LISTS {
            fields.entry(list).or_insert_with(|| json!([]));
        }
    }
    serde_json::from_value(fields).map_err(|error| format!("'{verb}' cannot be read: {error}"))
}

/// Says which commands there are; those that only System gives are of no use here.
fn no_command(verb: &str) -> String {
    let given = |name: &&Name| table::find(**name).is_some_and(|row| row.who != [Who::System]);
    let all: Vec<String> = Name::ALL.iter().filter(given).map(|name| name.code().replace('-', "_")).collect();
    format!("no command is called '{verb}': write one of {}", all.join(", "))
}

/// Fills in what a step may leave out.
fn shorten(
    world: &World,
    actor: &Actor,
    verb: &str,
    case: &Case,
    fields: &mut Map<String, Value>,
) -> Result<(), String> {
    match verb {
        "file" | "self-handle" | "reclassify" | "verified" if !fields.contains_key("filing") => {
            let matter = fields.remove("matter").or_else(|| case.matter.as_ref().map(|matter| json!(matter)));
            let condition = fields.remove("condition").unwrap_or_else(|| json!(case.condition.unwrap_or(1)));
            if let Some(matter) = matter {
                fields.insert("filing".to_owned(), json!({ "matter": matter, "condition": condition }));
            }
        }
        "dispatch" if !fields.contains_key("lead") => {
            let routing = world.routing(case).ok_or("the dispatch table has no answer: name lead")?;
            fields.insert("lead".to_owned(), json!(routing.lead));
            fields.entry("assists").or_insert_with(|| json!(routing.assists));
            let routing = serde_json::to_value(&routing).map_err(|error| error.to_string())?;
            fields.insert("routing".to_owned(), routing);
        }
        "receive" | "arrive" | "progress" | "end-assist" | "appoint" if !fields.contains_key("unit") => {
            let unit =
                own_unit(actor, case).ok_or("the actor's unit has no open part in the case: name unit")?;
            fields.insert("unit".to_owned(), json!(unit));
        }
        "record-callback" => {
            fields.entry("case").or_insert_with(|| json!(case.id));
            fields.entry("reporter").or_insert_with(|| json!(0));
        }
        _ => {}
    }
    Ok(())
}

fn own_unit(actor: &Actor, case: &Case) -> Option<UnitId> {
    let Actor::Member { seats, .. } = actor else { return None };
    seats.iter().map(|seat| &seat.unit).find(|unit| case.open_assignment(unit).is_some()).cloned()
}

/// Short forms to the API's, at any depth.
fn normal(world: &mut World, value: Value, calendar: &Calendar) -> Result<Value, String> {
    Ok(match value {
        Value::Array(items) => {
            let items = items.into_iter().map(|item| normal(world, item, calendar));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Object(fields) => {
            let mut read = Map::new();
            for (key, value) in fields {
                let value = field(world, &key, value, calendar)?;
                read.insert(key, value);
            }
            Value::Object(read)
        }
        plain => plain,
    })
}

fn field(world: &mut World, key: &str, value: Value, calendar: &Calendar) -> Result<Value, String> {
    match value {
        Value::String(text) if WORDS.contains(&key) => Ok(json!(Sealed::new("story", text))),
        Value::String(text) if TIMES.contains(&key) => Ok(json!(instant(&text, calendar)?)),
        Value::String(name) if key == "into" => Ok(json!(world.id(&name))),
        Value::String(text) if key == "place" => Ok(json!(place(world, &Value::String(text))?)),
        Value::Array(kinds) if key == "evidence" => Ok(evidence(kinds)),
        Value::Array(parts) if key == "parts" => {
            let parts = parts.into_iter().map(|part| split_part(world, part, calendar));
            Ok(Value::Array(parts.collect::<Result<_, _>>()?))
        }
        // The routing was made by the model and has its own shape already.
        value if key == "routing" => Ok(value),
        value => normal(world, value, calendar),
    }
}

fn evidence(kinds: Vec<Value>) -> Value {
    let piece = |kind: Value| match kind {
        Value::String(kind) => json!({ "kind": kind, "file": format!("story-{kind}") }),
        whole => whole,
    };
    Value::Array(kinds.into_iter().map(piece).collect())
}

/// `{ case = "a", lead = "…" }`: the part gets the id of that name.
fn split_part(world: &mut World, part: Value, calendar: &Calendar) -> Result<Value, String> {
    let Value::Object(mut fields) = normal(world, part, calendar)? else {
        return Err("a part is a table".to_owned());
    };
    let name = fields.remove("case").and_then(|name| name.as_str().map(str::to_owned));
    let name = name.ok_or("a part needs a name: write { case = \"a\", lead = \"…\" }")?;
    let id = world.id(&name);
    fields.insert("id".to_owned(), json!(id));
    fields.insert("number".to_owned(), json!(format!("{}-{name}", world.pack.number_prefix)));
    Ok(Value::Object(fields))
}

/// An area's code, or `[longitude, latitude]`.
fn place(world: &World, value: &Value) -> Result<Place, String> {
    match value {
        Value::String(code) => {
            let area = AreaCode::new(code);
            let known = world.pack.policy.org.areas.contains_key(&area);
            let place = Place { area: Some(area), ..Place::default() };
            if known { Ok(place) } else { Err(format!("the area {code} does not exist: correct the code")) }
        }
        Value::Array(point) => {
            let [Some(lon), Some(lat)] =
                [point.first().and_then(Value::as_f64), point.get(1).and_then(Value::as_f64)]
            else {
                return Err("a point is [longitude, latitude]".to_owned());
            };
            let point = Point::from_degrees(lon, lat).map_err(|error| error.to_string())?;
            let found = world.pack.places.locate(point);
            Ok(Place {
                lon_e7: Some(point.lon_e7),
                lat_e7: Some(point.lat_e7),
                area: found.leaf().map(|code| AreaCode(code.clone())),
                overlays: found.overlays.iter().map(|code| AreaCode((*code).clone())).collect(),
                datum: None,
            })
        }
        Value::Null => Ok(Place::default()),
        _ => Err("a place is an area's code or [longitude, latitude]".to_owned()),
    }
}

fn report(world: &World, mut fields: Map<String, Value>, id: CaseId) -> Result<Command, String> {
    let matter = take_text(&mut fields, "matter").map(MatterCode::new);
    let found = matter.as_ref().and_then(|code| world.pack.policy.current.matters.get(code));
    if let (Some(code), None) = (&matter, found) {
        return Err(format!("the matter {code} is not in the catalogue: correct the code"));
    }
    let source: Source =
        take_text(&mut fields, "source").map_or(Ok(Source::default()), |text| word(&text))?;
    let urgency: Urgency =
        take_text(&mut fields, "urgency").map_or(Ok(Urgency::default()), |text| word(&text))?;
    let condition =
        fields.remove("condition").and_then(|no| no.as_u64()).and_then(|no| u16::try_from(no).ok());
    let reachable = fields.remove("reachable").and_then(|flag| flag.as_bool()).unwrap_or(true);
    let reporters = fields.remove("reporters").and_then(|count| count.as_u64()).unwrap_or(1);
    let words = |fields: &mut Map<String, Value>, key: &str| {
        take_text(fields, key).map(|text| Sealed::new("story", text))
    };
    let report = Report {
        number: format!("{}-{id:?}", world.pack.number_prefix).into(),
        source,
        kind: found.map_or(MatterKind::default(), |matter| matter.kind),
        place: place(world, &fields.remove("place").unwrap_or_default())?,
        condition: condition.or(matter.as_ref().map(|_| 1)),
        hazard: found.is_some_and(|matter| matter.hazard),
        matter,
        urgency,
        title: words(&mut fields, "title"),
        text: words(&mut fields, "text"),
        address: words(&mut fields, "address"),
        answers: None,
        reporters: (0..reporters).map(|_| Informant { reachable, ..Informant::default() }).collect(),
        evidence: match fields.remove("evidence") {
            Some(Value::Array(kinds)) => {
                serde_json::from_value(evidence(kinds)).map_err(|error| error.to_string())?
            }
            _ => Vec::new(),
        },
        foreign: None,
        promised: None,
        component: None,
    };
    match fields.keys().next() {
        Some(other) => Err(format!("a report has no '{other}': write some of {}", REPORT.join(", "))),
        None => Ok(Command::Report { report: Box::new(report) }),
    }
}

fn take_text(fields: &mut Map<String, Value>, key: &str) -> Option<String> {
    fields.remove(key).and_then(|value| value.as_str().map(str::to_owned))
}
