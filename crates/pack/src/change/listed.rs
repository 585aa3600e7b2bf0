//! Edits that tables bring: areas that begin, end or are named otherwise, units that are written otherwise.
//!
//! Owns that nothing is left behind: an area that ends has no area below it, and every parent is there. Start at
//! [`Draft::nobody_is_left_behind`].

use huying_geo::Point;
use huying_model::{
    AreaCode, MemberId, UnitId,
    actor::Seat,
    ids::{Function, LevelName},
    org::{Area, CENTRE, UnitKind},
};
use smol_str::SmolStr;

use super::{Draft, Line, ring, written_otherwise};
use crate::doc::Section;
use crate::words::word;

const HOUSEHOLDS: std::ops::RangeInclusive<i64> = 0..=100_000_000;

impl Draft<'_> {
    /// A new area in one that is there, or in one that stands before it among the edits.
    pub(super) fn add_area(&mut self, section: &Section) {
        let code = section.need_text("code", "\"990101001001003\"").map(AreaCode);
        let level = section.need_text("level", "\"grid\"").map(LevelName);
        let parent = section.need_text("parent", "\"990101001001\"").map(AreaCode);
        let shape = ring(section);
        let (Some(code), Some(level), Some(parent)) = (code, level, parent) else {
            self.described(section, &AreaCode::default());
            return section.finish();
        };
        if !self.pack.policy.org.levels.contains(&level) {
            section.fail("level", format!("there is no level '{level}'"), "Write one of the policy's levels");
        }
        let like = Area {
            code: code.clone(),
            name: SmolStr::default(),
            level,
            parent: Some(parent),
            from: None,
            until: None,
        };
        self.new_area(section, &code, &like);
        self.described(section, &code);
        section.finish();
        self.cells.extend(shape.map(|shape| (code.clone(), shape)));
        self.edits.push(Line::of(format!("新设区域 {code}"), format!("the area {code} begins")));
    }

    /// An area is named otherwise, lies in another one, or is drawn otherwise.
    pub(super) fn change_area(&mut self, section: &Section) {
        let code = section.need_text("area", "\"990101001001001\"");
        let old = code.and_then(|code| self.area_there(section, "area", &code));
        let shape = ring(section);
        let name = section.text("name").filter(|name| !name.trim().is_empty());
        let parent = section.text("parent").map(AreaCode);
        let code = old.as_ref().map(|old| old.code.clone()).unwrap_or_default();
        self.described(section, &code);
        if let Some(english) = section.text("name_en") {
            self.english.push((code.0.clone(), english));
        }
        if section.has("name") && name.is_none() {
            section.fail("name", "an area has a name", "Write name = \"…\"");
        }
        section.finish();
        let Some(old) = old else { return };
        if parent.is_some() && old.parent.is_none() {
            section.fail("parent", "the root lies in no area", "Leave its parent empty");
        }
        self.cells.extend(shape.map(|shape| (code.clone(), shape)));
        self.edits.push(written_otherwise(&old.name, code.as_str()));
        let area =
            Area { name: name.unwrap_or(old.name.clone()), parent: parent.or(old.parent.clone()), ..old };
        self.areas.insert(code, area);
    }

    /// Households and profile, which stand beside the organisation.
    fn described(&mut self, section: &Section, code: &AreaCode) {
        if let Some(households) = section.number("households", HOUSEHOLDS).and_then(|n| u32::try_from(n).ok())
        {
            match households {
                0 => drop(self.households.remove(code)),
                more => drop(self.households.insert(code.clone(), more)),
            }
        }
        if let Some(profile) = section.text("profile") {
            match profile.is_empty() {
                true => drop(self.profiles.remove(code)),
                false => drop(self.profiles.insert(code.clone(), profile)),
            }
        }
    }

    /// An area ends; units that serve it end with it.
    pub(super) fn end_area(&mut self, section: &Section) {
        let code = section.need_text("area", "\"990101001001001\"");
        let old = code.and_then(|code| self.area_there(section, "area", &code));
        section.finish();
        let Some(old) = old else { return };
        if old.parent.is_none() {
            return section.fail("area", "the root cannot end", "Every place lies in it");
        }
        self.cells.remove(&old.code);
        self.end(&old);
        let (name, code) = (&old.name, &old.code);
        self.edits.push(Line::of(format!("{name}（{code}）终止"), format!("{name} ({code}) ends")));
    }

    /// Every area that is there lies in one that is there and stands above it.
    pub(super) fn nobody_is_left_behind(&self, root: &Section) {
        let levels = &self.pack.policy.org.levels;
        let depth = |area: &Area| levels.iter().position(|level| *level == area.level);
        for area in self.areas.values().filter(|area| area.active(self.at)) {
            let Some(parent) = &area.parent else { continue };
            let above = self.areas.get(parent).filter(|above| above.active(self.at));
            let (what, mend) = match above {
                None => (
                    format!("{} ({}) would lie in {parent}, which is not there then", area.name, area.code),
                    "End what lies below an area with it, or move it elsewhere",
                ),
                Some(above) if depth(above) >= depth(area) => (
                    format!(
                        "{} of level {} would lie in {} of level {}",
                        area.code, area.level, above.code, above.level
                    ),
                    "The parent's level stands above its own",
                ),
                Some(_) => continue,
            };
            root.fail("", what, mend);
        }
    }

    /// A unit is named otherwise, has another home, function or place.
    pub(super) fn change_unit(&mut self, section: &Section) {
        let unit = self.unit_there(section, "unit");
        let name = section.text("name");
        let kind: Option<UnitKind> = section.read("kind", word);
        let function = section.text("function").map(Function);
        let home = section.text("home").map(UnitId);
        if let Some(gone) = home.as_ref().filter(|home| !home.0.is_empty() && !self.units.contains_key(*home))
        {
            section.fail(
                "home",
                format!("the home '{gone}' does not exist"),
                "Add that unit or correct the id",
            );
        }
        if name.as_ref().is_some_and(|name| name.trim().is_empty()) {
            section.fail("name", "a unit has a name", "Write name = \"…\"");
        }
        let id = unit.as_ref().map(|unit| unit.id.clone()).unwrap_or_default();
        if let Some(english) = section.text("name_en") {
            self.english.push((id.0.clone(), english));
        }
        self.stands(section, &id.0);
        let Some(old) = unit else { return section.finish() };
        let mut unit = old.clone();
        unit.name = name.unwrap_or(unit.name);
        unit.kind = kind.unwrap_or(unit.kind);
        unit.function = function.unwrap_or(unit.function);
        if let Some(home) = home {
            unit.home = Some(home).filter(|home| !home.0.is_empty());
        }
        if (unit.kind == UnitKind::Centre) != (unit.function.as_str() == CENTRE) {
            section.fail("function", "a unit of kind centre has the function centre, and no other has", "");
        }
        if unit.id == self.pack.policy.org.root_centre() && unit.kind != UnitKind::Centre {
            section.fail(
                "kind",
                "the centre of the whole authority stays one",
                "Every case falls back to it",
            );
        }
        section.finish();
        self.edits.push(written_otherwise(&old.name, id.as_str()));
        self.units.insert(id, unit);
    }

    /// Where a unit stands: both degrees.
    pub(super) fn stands(&mut self, section: &Section, id: &str) {
        let degrees = |key: &str| match section.json(key) {
            Some(serde_json::Value::Number(number)) => number.as_f64(),
            Some(_) => {
                section.fail(key, "a number of degrees is needed here", format!("Write {key} = 110.0052"));
                None
            }
            None => None,
        };
        let (lon, lat) = (degrees("lon"), degrees("lat"));
        let id = UnitId::new(id);
        let known = self.positions.get(&id).map(|(lon, lat)| Point::new(*lon, *lat));
        if lon.is_none() && lat.is_none() {
            return;
        }
        let lon = lon.or(known.map(|known| known.lon()));
        let lat = lat.or(known.map(|known| known.lat()));
        match (lon, lat) {
            (Some(lon), Some(lat)) => match Point::from_degrees(lon, lat) {
                Ok(at) => drop(self.positions.insert(id, (at.lon_e7, at.lat_e7))),
                Err(why) => section.fail("lon", why.to_string(), ""),
            },
            _ => section.fail("lon", "one of the two degrees is missing", "Write both lon and lat"),
        }
    }

    /// The seats that a known member has, where an edit only writes the member otherwise.
    pub(super) fn kept_seats(&self, section: &Section, id: &str) -> Option<Vec<Seat>> {
        if section.has("seats") {
            return None;
        }
        self.members.get(&MemberId::new(id)).map(|known| known.seats.clone())
    }
}
