//! Changes of the organisation as edits that hold from an instant on: a post closed, a grid split, streets merged.
//!
//! Owns the file of edits and what it makes of a pack: the same rules with the organisation of afterwards. An area that ends
//! stays known, so that old cases keep its name; units that serve only it end with it. It refuses a change that would
//! leave the organisation broken, and tells every mistake at its place. Start at [`read`].

use std::collections::{BTreeMap, HashMap};

use huying_geo::{CellShape, Places, Point, places};
use huying_model::{
    AreaCode, Instant, MemberId, UnitId,
    actor::Seat,
    ids::Function,
    org::{Area, CENTRE, Member, Org, Unit, UnitKind},
};
use jiff::tz::TimeZone;
use serde_json::Value;
use smol_str::SmolStr;

use crate::doc::{Doc, Section};
use crate::load::Pack;
use crate::places::midnight;
use crate::problem::{Problem, Problems, Spot};
use crate::settings::date;
use crate::shapes;
use crate::words::word;

mod listed;
mod undone;
pub mod written;

pub use huying_model::told::Line;
pub use undone::undone;

/// The name under which mistakes in a change are told.
pub const FILE: &str = "change.toml";

/// A change that was read, and what it makes of the pack.
#[derive(Clone, Debug)]
pub struct Changed {
    pub at: Instant,
    pub reason: SmolStr,
    /// What it does, a line an edit.
    pub edits: Vec<Line>,
    pub pack: Pack,
}

/// The organisation while it is edited.
struct Draft<'p> {
    pack: &'p Pack,
    at: Instant,
    areas: BTreeMap<AreaCode, Area>,
    units: BTreeMap<UnitId, Unit>,
    members: BTreeMap<MemberId, Member>,
    cells: BTreeMap<AreaCode, CellShape>,
    /// Where units stand.
    positions: BTreeMap<UnitId, (i32, i32)>,
    households: HashMap<AreaCode, u32>,
    profiles: HashMap<AreaCode, SmolStr>,
    /// English names; an empty one is taken away.
    english: Vec<(SmolStr, SmolStr)>,
    edits: Vec<Line>,
}

/// Reads a file of edits and applies them to a pack.
///
/// # Errors
/// Every problem that was found.
pub fn read(pack: &Pack, text: &str) -> Result<Changed, Vec<Problem>> {
    let problems = Problems::default();
    let doc = Doc::parse(FILE, text, &problems);
    let root = doc.root(&problems);
    let zone = zone(pack);
    let at = root.need("at", "\"2026-12-01 08:00\"", |text| instant(text, &zone)).unwrap_or_default();
    let reason = root.need_text("reason", "\"…\"").unwrap_or_default();
    let org = &pack.policy.org;
    let mut draft = Draft {
        pack,
        at,
        areas: org.areas.clone(),
        units: org.units.clone(),
        members: org.members.clone(),
        cells: pack.shapes.cells.clone(),
        positions: org.positions.clone(),
        households: pack.households.clone(),
        profiles: pack.profiles.clone(),
        english: Vec::new(),
        edits: Vec::new(),
    };
    // Areas first, so that units may be put into new ones; ends of units last, so that what moved away stays.
    root.sections("split_area").iter().for_each(|section| draft.split(section));
    root.sections("merge_areas").iter().for_each(|section| draft.merge(section));
    root.sections("add_area").iter().for_each(|section| draft.add_area(section));
    root.sections("change_area").iter().for_each(|section| draft.change_area(section));
    root.sections("add_unit").iter().for_each(|section| draft.add_unit(section));
    root.sections("change_unit").iter().for_each(|section| draft.change_unit(section));
    root.sections("move_unit").iter().for_each(|section| draft.move_unit(section));
    root.sections("seats").iter().for_each(|section| draft.seat(section));
    root.sections("close_unit").iter().for_each(|section| draft.close_unit(section));
    root.sections("end_area").iter().for_each(|section| draft.end_area(section));
    if problems.is_empty() {
        draft.nobody_is_left_behind(&root);
    }
    root.finish();
    if draft.edits.is_empty() && problems.is_empty() {
        root.fail("", "the change has no edit", "Write [[close_unit]], [[add_unit]], [[split_area]] …");
    }
    if !problems.is_empty() {
        return Err(problems.into_sorted());
    }
    draft.end_with_their_areas();
    let edits = std::mem::take(&mut draft.edits);
    let made = draft.made().map_err(|error| vec![Spot::file(FILE).problem(error, "")])?;
    Ok(Changed { at, reason, edits, pack: made })
}

/// The instant that a file of edits names, whatever else is wrong with it.
pub fn read_at(pack: &Pack, text: &str) -> Option<Instant> {
    let problems = Problems::default();
    let doc = Doc::parse(FILE, text, &problems);
    doc.root(&problems).read("at", |text| instant(text, &zone(pack)))
}

fn zone(pack: &Pack) -> TimeZone {
    pack.policy.current.calendar_of(None).map_or(TimeZone::UTC, |calendar| calendar.zone().clone())
}

/// A day or a minute of the authority's zone.
fn instant(text: &str, zone: &TimeZone) -> Result<Instant, String> {
    let text = text.trim();
    if !text.contains([' ', 'T']) {
        return midnight(date(text)?, zone);
    }
    let wrong = || format!("“{text}” is no time: write it as 2026-12-01 08:00");
    let civil: jiff::civil::DateTime = text.replace(' ', "T").parse().map_err(|_error| wrong())?;
    zone.to_ambiguous_timestamp(civil).compatible().map(Instant::from).map_err(|_error| wrong())
}

/// What is said of somebody, or of something, whose name or other marks change.
fn written_otherwise(name: &str, code: &str) -> Line {
    Line::of(format!("{name}（{code}）的信息有修改"), format!("{name} ({code}) is written otherwise"))
}

impl Draft<'_> {
    fn area_there(&self, section: &Section, key: &str, code: &str) -> Option<Area> {
        let found = self.areas.get(code).filter(|area| area.active(self.at)).cloned();
        if found.is_none() {
            section.fail(key, format!("the area {code} is not there then"), "Correct the code");
        }
        found
    }

    fn unit_there(&self, section: &Section, key: &str) -> Option<Unit> {
        let id = section.need_text(key, "\"traffic-east\"")?;
        let found = self.units.get(id.as_str()).filter(|unit| unit.until.is_none_or(|until| self.at < until));
        if found.is_none() {
            section.fail(key, format!("the unit '{id}' is not there then"), "Correct the id");
        }
        found.cloned()
    }

    fn named(&mut self, section: &Section, code: &str) -> SmolStr {
        let name = section.need_text("name", "\"…\"").unwrap_or_default();
        if let Some(english) = section.text("name_en") {
            self.english.push((SmolStr::new(code), english));
        }
        name
    }

    fn close_unit(&mut self, section: &Section) {
        let Some(unit) = self.unit_there(section, "unit") else { return section.finish() };
        if unit.id == self.pack.policy.org.root_centre() {
            section.fail(
                "unit",
                "the centre of the whole authority cannot close",
                "Every case falls back to it",
            );
        }
        let (name, id) = (&unit.name, &unit.id);
        self.edits.push(Line::of(format!("{name}（{id}）撤销"), format!("{name} ({id}) closes")));
        self.units.insert(unit.id.clone(), Unit { until: Some(self.at), ..unit });
        section.finish();
    }

    fn add_unit(&mut self, section: &Section) {
        let id = section.need_text("id", "\"traffic-north\"").unwrap_or_default();
        if self.units.contains_key(id.as_str()) {
            section.fail("id", format!("the id '{id}' is taken"), "Give the new unit an id of its own");
        }
        let kind: Option<UnitKind> = section.need("kind", "\"post\"", word);
        let function = section.need_text("function", "\"traffic-police\"").map(Function::new);
        let area = section.need_text("area", "\"990101001\"");
        let area = area.and_then(|code| self.area_there(section, "area", &code));
        let home = section.text("home").map(UnitId);
        if home.as_ref().is_some_and(|home| !self.units.contains_key(home)) {
            section.fail("home", "the home does not exist", "Add that unit or correct the id");
        }
        let name = self.named(section, &id);
        self.stands(section, &id);
        section.finish();
        let (Some(kind), Some(function), Some(area)) = (kind, function, area) else { return };
        if (kind == UnitKind::Centre) != (function.as_str() == CENTRE) {
            section.fail("function", "a unit of kind centre has the function centre, and no other has", "");
        }
        self.edits.push(Line::of(
            format!("新设{name}（{id}），服务{}（{}）", area.name, area.code),
            format!("{name} ({id}) begins in {}", area.code),
        ));
        let id = UnitId(id);
        let unit = Unit {
            id: id.clone(),
            name,
            kind,
            function,
            area: area.code,
            home,
            from: Some(self.at),
            until: None,
        };
        self.units.insert(id, unit);
    }

    fn move_unit(&mut self, section: &Section) {
        let unit = self.unit_there(section, "unit");
        let area = section.need_text("area", "\"990101001\"");
        let area = area.and_then(|code| self.area_there(section, "area", &code));
        section.finish();
        let (Some(unit), Some(area)) = (unit, area) else { return };
        self.edits.push(Line::of(
            format!("{}（{}）改为服务{}（{}）", unit.name, unit.id, area.name, area.code),
            format!("{} ({}) serves {}", unit.name, unit.id, area.code),
        ));
        self.units.insert(unit.id.clone(), Unit { area: area.code, ..unit });
    }

    fn seat(&mut self, section: &Section) {
        let Some(id) = section.need_text("member", "\"handler-traffic-east\"") else {
            return section.finish();
        };
        let seats = section.list("seats", |text| {
            let (unit, role) =
                text.split_once(':').ok_or_else(|| format!("“{text}” is no seat: write unit:role"))?;
            if !self.units.contains_key(unit) {
                return Err(format!("the unit '{unit}' does not exist: add it or correct the id"));
            }
            Ok(Seat { unit: UnitId::new(unit), role: word(role)? })
        });
        let new = !self.members.contains_key(id.as_str());
        let name =
            section.text("name").or_else(|| self.members.get(id.as_str()).map(|known| known.name.clone()));
        if new && name.is_none() {
            section.fail(
                "member",
                format!("there is no member '{id}'"),
                "Correct the id, or write a name for a new one",
            );
        }
        let seats = seats.or_else(|| self.kept_seats(section, &id));
        if seats.is_none() {
            section.fail("seats", "the seats are missing", "Write seats = [\"unit:role\"], or [] for none");
        }
        let rank = section.number("rank", 0..=255).and_then(|rank| u8::try_from(rank).ok());
        self.english.extend(section.text("name_en").map(|english| (id.clone(), english)));
        section.finish();
        let (Some(name), Some(seats)) = (name, seats) else { return };
        let id = MemberId(id);
        let known = self.members.get(&id);
        let sits = known.is_none_or(|known| known.seats != seats);
        self.edits.push(match sits {
            true => Line::of(format!("{name}（{id}）的岗位有变动"), format!("{name} ({id}) sits otherwise")),
            false => written_otherwise(&name, id.as_str()),
        });
        let rank = rank.or(known.map(|known| known.rank)).unwrap_or_default();
        self.members.insert(id.clone(), Member { id, name, seats, rank });
    }

    /// One area becomes several. Areas below it, where it has any, are named with the part that takes them.
    fn split(&mut self, section: &Section) {
        let code = section.need_text("area", "\"990101001001001\"");
        let old = code.and_then(|code| self.area_there(section, "area", &code));
        let parts = section.sections("into");
        section.finish();
        let Some(old) = old else { return };
        if parts.len() < 2 {
            section.fail("into", "a split needs at least two parts", "Write [[split_area.into]] for each");
        }
        let had_shape = self.cells.remove(&old.code).is_some();
        let mut below = self.below(&old.code);
        let mut made = Vec::new();
        for part in &parts {
            let Some(code) = part.need_text("code", "\"990101001001003\"").map(AreaCode) else { continue };
            self.new_area(part, &code, &old);
            for child in part.list("areas", |text| Ok(AreaCode::new(text))).unwrap_or_default() {
                match below.iter().position(|known| *known == child) {
                    Some(at) => drop(below.swap_remove(at)),
                    None => part.fail(
                        "areas",
                        format!("{child} does not lie in {}", old.code),
                        "Correct the code",
                    ),
                }
                self.areas.entry(child).and_modify(|area| area.parent = Some(code.clone()));
            }
            match (ring(part), had_shape) {
                (Some(shape), _) => drop(self.cells.insert(code.clone(), shape)),
                (None, true) => part.fail(
                    "shape",
                    "the part has no shape",
                    "Write shape = [[lon, lat], …] in degrees, WGS-84",
                ),
                (None, false) => {}
            }
            part.finish();
            made.push(code.to_string());
        }
        if let Some(left) = below.first() {
            section.fail(
                "into",
                format!("no part takes {left}"),
                "Name every area below in the areas of a part",
            );
        }
        self.end(&old);
        self.edits.push(Line::of(
            format!("{}（{}）拆分为 {}", old.name, old.code, made.join("、")),
            format!("{} ({}) becomes {}", old.name, old.code, made.join(", ")),
        ));
    }

    /// Several areas become one, a new one or one of them; everything below them belongs to it.
    fn merge(&mut self, section: &Section) {
        let codes = section.list("areas", |text| Ok(SmolStr::new(text))).unwrap_or_default();
        let olds: Vec<Area> =
            codes.iter().filter_map(|code| self.area_there(section, "areas", code)).collect();
        let code = section.need_text("code", "\"990101003\"").map(AreaCode);
        if codes.len() < 2 {
            section.fail("areas", "a merger needs at least two areas", "Name their codes");
        }
        let (Some(first), Some(code)) = (olds.first(), code) else { return section.finish() };
        if olds.iter().any(|old| old.level != first.level || old.parent != first.parent) {
            section.fail(
                "areas",
                "the areas are not neighbours of one level in one larger area",
                "Merge those above first",
            );
        }
        let stays = olds.iter().any(|old| old.code == code);
        if !stays {
            self.new_area(section, &code, first);
        } else if let Some(name) = section.text("name") {
            self.areas.entry(code.clone()).and_modify(|area| area.name = name);
        }
        section.finish();
        let shaped: Vec<CellShape> = olds.iter().filter_map(|old| self.cells.remove(&old.code)).collect();
        if !shaped.is_empty() {
            self.cells.insert(code.clone(), shapes::join(shaped.iter()));
        }
        for old in olds.iter().filter(|old| old.code != code) {
            for child in self.below(&old.code) {
                self.areas.entry(child).and_modify(|area| area.parent = Some(code.clone()));
            }
            self.end(old);
        }
        let names: Vec<&str> = olds.iter().map(|old| old.name.as_str()).collect();
        self.edits.push(Line::of(
            format!("{}合并为 {code}", names.join("、")),
            format!("{} become {code}", names.join(", ")),
        ));
    }

    fn new_area(&mut self, section: &Section, code: &AreaCode, like: &Area) {
        if self.areas.contains_key(code) {
            section.fail("code", format!("the code {code} is taken"), "A code is never given twice");
        }
        if let Some(Err(error)) = self.pack.code_rule.as_ref().map(|rule| rule.parse(code.as_str())) {
            section.fail("code", error.to_string(), "");
        }
        let name = self.named(section, code.as_str());
        let area = Area { code: code.clone(), name, from: Some(self.at), until: None, ..like.clone() };
        self.areas.insert(code.clone(), area);
    }

    fn below(&self, code: &AreaCode) -> Vec<AreaCode> {
        let there = self.areas.values().filter(|area| area.active(self.at));
        there.filter(|area| area.parent.as_ref() == Some(code)).map(|area| area.code.clone()).collect()
    }

    fn end(&mut self, area: &Area) {
        self.areas.insert(area.code.clone(), Area { until: Some(self.at), ..area.clone() });
    }

    /// Units whose area ends have nobody to serve any more.
    fn end_with_their_areas(&mut self) {
        for unit in self.units.values_mut() {
            let ended = self.areas.get(&unit.area).is_some_and(|area| area.until == Some(self.at));
            if ended && unit.until.is_none_or(|until| self.at < until) {
                self.edits.push(Line::of(
                    format!("{}（{}）随所在区域撤销", unit.name, unit.id),
                    format!("{} ({}) closes with its area", unit.name, unit.id),
                ));
                unit.until = Some(self.at);
            }
        }
    }

    fn made(self) -> Result<Pack, String> {
        let at = self.at;
        let place = |area: &Area| places::Area {
            code: area.code.0.clone(),
            level: area.level.0.clone(),
            parent: area.parent.as_ref().map(|parent| parent.0.clone()),
            shape: self.cells.get(&area.code).cloned(),
        };
        let there: Vec<places::Area> =
            self.areas.values().filter(|area| area.active(at)).map(place).collect();
        let overlay = |(code, shape): (&AreaCode, &CellShape)| places::Overlay {
            code: code.0.clone(),
            shape: shape.clone(),
        };
        let overlays: Vec<places::Overlay> = self.pack.shapes.overlays.iter().map(overlay).collect();
        let located = Places::build(&there, &overlays).map_err(|error| error.to_string())?;
        let levels = self.pack.policy.org.levels.clone();
        let (areas, units) = (self.areas.into_values().collect(), self.units.into_values().collect());
        let org = Org::new(levels, areas, units, self.members.into_values().collect())
            .map_err(|error| error.to_string())?;
        let org = org.standing(self.positions);
        let roster = self.pack.policy.org.roster.as_ref().map(|roster| roster.kept_by(&org));
        let org = match roster {
            Some(roster) => org.with_roster(roster).map_err(|error| error.to_string())?,
            None => org,
        };
        let mut made = self.pack.clone();
        made.shapes.cells = self.cells;
        made.places = located;
        made.policy.org = org.into();
        made.households = self.households;
        made.profiles = self.profiles;
        for (code, english) in self.english {
            match english.is_empty() {
                true => drop(made.english.remove(&code)),
                false => drop(made.english.insert(code, english)),
            }
        }
        Ok(made)
    }
}

/// `shape = [[110.0, 30.0], …]`: one ring of degrees; or a list of such rings, inside by the even-odd rule.
fn ring(section: &Section) -> Option<CellShape> {
    let Some(Value::Array(points)) = section.json("shape") else { return None };
    let point = |value: &Value| {
        let pair = value.as_array()?;
        Point::from_degrees(pair.first()?.as_f64()?, pair.get(1)?.as_f64()?).ok()
    };
    let one = |points: &Vec<Value>| points.iter().map(point).collect::<Option<Vec<Point>>>();
    let nested = points.first().and_then(|first| first.get(0)).is_some_and(Value::is_array);
    let shape = match nested {
        true => points.iter().map(|ring| ring.as_array().and_then(one)).collect::<Option<_>>(),
        false => one(&points).map(|ring| vec![ring]),
    };
    let shape = shape.map(|rings| CellShape { rings });
    let wrong = shape.as_ref().map_or_else(
        || Some("the points cannot be read".to_owned()),
        |shape| shape.checked_rings(0).err().map(|error| error.to_string()),
    );
    match wrong {
        None => shape,
        Some(wrong) => {
            section.fail("shape", wrong, "Write shape = [[lon, lat], …] in degrees, WGS-84");
            Some(CellShape::default())
        }
    }
}
