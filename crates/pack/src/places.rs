//! `areas.csv` and the overlays: the place hierarchy with codes, names, parents and households.
//!
//! Owns the checks of codes against the levels' digits and of parents against levels. It refuses to draw
//! anything: shapes stand in [`crate::shapes`]. Start at [`read`].

use std::collections::HashMap;

use huying_geo::CodeRule;
use huying_model::{AreaCode, Instant, org::Area};
use jiff::tz::TimeZone;
use smol_str::SmolStr;

use crate::problem::{Problems, Spot};
use crate::settings::{Names, Settings, date};
use crate::source::{Source, text};
use crate::table::{Row, Table};

/// The file of areas.
pub const FILE: &str = "areas.csv";
/// The file of overlays (重点网格), which a pack may leave out.
pub const OVERLAYS: &str = "overlays.csv";

/// The areas with what the model does not hold.
#[derive(Debug, Default)]
pub struct Ground {
    pub areas: Vec<Area>,
    pub english: HashMap<SmolStr, SmolStr>,
    /// Households of an area, where the table says.
    pub households: HashMap<AreaCode, u32>,
    /// Kind of a grid (commuters, small firms …), as the pack names it.
    pub profiles: HashMap<AreaCode, SmolStr>,
    pub overlays: Vec<(AreaCode, Names)>,
    spots: HashMap<AreaCode, Spot>,
}

impl Ground {
    /// Whether an area or overlay has this code.
    pub fn has(&self, code: &AreaCode) -> bool {
        self.spots.contains_key(code)
    }
    /// Where an area stands in its file.
    pub fn spot(&self, code: &AreaCode) -> Spot {
        self.spots.get(code).cloned().unwrap_or_else(|| Spot::file(FILE))
    }
}

/// The rule of area codes, where every level has digits.
pub fn code_rule(settings: &Settings, problems: &Problems) -> Option<CodeRule> {
    let widths: Vec<u8> = settings.levels.iter().map(|level| level.digits).collect();
    if widths.contains(&0) {
        return None;
    }
    CodeRule::new(&widths)
        .map_err(|error| problems.at(Spot::file(crate::settings::FILE), error.to_string(), ""))
        .ok()
}

/// Midnight of a day in the default calendar's zone, for the columns `from` and `until`.
pub fn instant(row: &Row, heading: &str, settings: &Settings) -> Option<Instant> {
    let zone =
        settings.calendars.get(&settings.calendar).map_or(TimeZone::UTC, |calendar| calendar.zone().clone());
    row.read(heading, |text| midnight(date(text)?, &zone))
}

/// The first instant of a day in a zone.
pub fn midnight(day: jiff::civil::Date, zone: &TimeZone) -> Result<Instant, String> {
    zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0))
        .compatible()
        .map(Instant::from)
        .map_err(|_error| format!("{day} is no day of the calendar's zone: write another"))
}

/// Reads both files and checks every area against its parent.
pub fn read(source: &dyn Source, settings: &Settings, problems: &Problems) -> Ground {
    let mut ground = Ground::default();
    let rule = code_rule(settings, problems);
    if let Some(text) = text(source, FILE, true, problems) {
        let known = ["name_en", "from", "until", "households", "profile"];
        let table = Table::read(FILE, &text, &["code", "name", "level", "parent"], &known, problems);
        for row in table.rows(problems) {
            area(&row, settings, rule.as_ref(), &mut ground);
        }
        check_parents(&ground, &table, settings, problems);
    }
    if let Some(text) = text(source, OVERLAYS, false, problems) {
        let table = Table::read(OVERLAYS, &text, &["code", "name"], &["name_en"], problems);
        for row in table.rows(problems) {
            overlay(&row, &mut ground);
        }
    }
    ground
}

fn area(row: &Row, settings: &Settings, rule: Option<&CodeRule>, ground: &mut Ground) {
    let (code, name) = (row.need_text("code"), row.need_text("name"));
    let level = row.need("level", |text| settings.check_level(text));
    let (Some(code), Some(name), Some(level)) = (code, name, level) else { return };
    let wanted = settings.levels.iter().position(|known| known.code == level);
    match rule.map(|rule| rule.parse(code)) {
        Some(Err(error)) => row.fail("code", error.to_string(), ""),
        Some(Ok(found)) if Some(found.level) != wanted => {
            let named = settings.levels.get(found.level).map_or("another level", |level| level.code.as_str());
            let what = format!("'{code}' has the digits of {named}, not of {level}");
            row.fail("code", what, "Correct the code or the level");
        }
        _ => {}
    }
    let code = AreaCode::new(code);
    if let Some(earlier) = ground.spots.insert(code.clone(), row.spot("code")) {
        row.fail(
            "code",
            format!("the area {code} stands twice, first in line {}", earlier.line),
            "Keep one row",
        );
        return;
    }
    if let Some(english) = row.text("name_en") {
        ground.english.insert(code.0.clone(), SmolStr::new(english));
    }
    if let Some(households) = row.read("households", |text| text.parse::<u32>().map_err(|_error| whole(text)))
    {
        ground.households.insert(code.clone(), households);
    }
    if let Some(profile) = row.text("profile") {
        ground.profiles.insert(code.clone(), SmolStr::new(profile));
    }
    ground.areas.push(Area {
        code,
        name: SmolStr::new(name),
        level,
        parent: row.text("parent").map(AreaCode::new),
        from: instant(row, "from", settings),
        until: instant(row, "until", settings),
    });
}

fn whole(text: &str) -> String {
    format!("“{text}” is no whole number: write digits only")
}

fn overlay(row: &Row, ground: &mut Ground) {
    let (Some(code), Some(name)) = (row.need_text("code"), row.need_text("name")) else { return };
    let code = AreaCode::new(code);
    if ground.spots.insert(code.clone(), row.spot("code")).is_some() {
        row.fail(
            "code",
            format!("the code {code} stands twice"),
            "Give every area and overlay a code of its own",
        );
        return;
    }
    let zh = SmolStr::new(name);
    let en = row.text("name_en").map_or_else(|| zh.clone(), SmolStr::new);
    ground.overlays.push((code, Names { zh, en }));
}

fn check_parents(ground: &Ground, table: &Table, settings: &Settings, problems: &Problems) {
    let depth = |area: &Area| settings.levels.iter().position(|level| level.code == area.level);
    let by_code: HashMap<&AreaCode, &Area> = ground.areas.iter().map(|area| (&area.code, area)).collect();
    let mut roots = 0;
    for area in &ground.areas {
        let spot = table.beside(&ground.spot(&area.code), "parent");
        match &area.parent {
            None => {
                roots += 1;
                if roots > 1 {
                    problems.at(
                        spot,
                        format!("{} has no parent, and neither has another", area.code),
                        "Name its parent: only the root has none",
                    );
                }
            }
            Some(parent) => match by_code.get(parent) {
                None => problems.at(
                    spot,
                    format!("the parent {parent} of {} does not exist", area.code),
                    "Add it or correct the parent",
                ),
                Some(above) if depth(above) >= depth(area) => problems.at(
                    spot,
                    format!(
                        "{} of level {} lies in {parent} of level {}",
                        area.code, area.level, above.level
                    ),
                    "The parent's level stands above its own",
                ),
                Some(_) => {}
            },
        }
    }
    if roots == 0 && !ground.areas.is_empty() {
        problems.at(Spot::file(FILE), "no area is the root", "Leave the parent of the largest area empty");
    }
}
