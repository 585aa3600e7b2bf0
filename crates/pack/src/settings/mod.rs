//! The settings file `pack.toml`: who the authority is, its levels, steps, windows and what it lets System do.
//!
//! Owns the reading of everything that is not a table of rows; clocks and calendars stand in [`clocks`]. A
//! missing or wrong value is told and replaced by a default, so that the rest is read too; a pack with any
//! problem is never used. Start at [`read`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use huying_geo::Datum;
use huying_model::{
    LevelName, PolicyVersion, UnitId,
    actor::Role,
    admission::Admissions,
    calendar::{Calendar, Limit},
    catalogue::Urgency,
    clock::TimerKind,
    facts::Order,
    org::Selector,
    policy::{Allowances, Auto, OutcomeRule, TimerRule, UrgencyRule},
};
use jiff::civil::Date;
use smol_str::SmolStr;

use crate::doc::{Doc, Section};
use crate::limit;
use crate::problem::Problems;
use crate::source::{Source, text};
use crate::words::word;

mod clocks;
mod names;
mod recipients;

pub use names::Size;
pub use recipients::Group;

/// The settings file's name in a pack.
pub const FILE: &str = "pack.toml";

/// A name in Chinese and in English.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Names {
    pub zh: SmolStr,
    pub en: SmolStr,
}

/// A level of the place hierarchy, from the root down.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Level {
    pub code: LevelName,
    pub name: Names,
    /// Digits that an area of this level adds to its parent's code; 0 where codes are free words.
    pub digits: u8,
}

/// Who takes which step (see the fields of [`huying_model::Rules`] with these names).
#[derive(Clone, Debug)]
pub struct Who {
    pub verifiers: Vec<Selector>,
    pub inspectors: Vec<Selector>,
    pub callers_back: Vec<Selector>,
    pub tracers: Vec<Selector>,
    pub fallback: Selector,
    pub call_ladder: Vec<Selector>,
}

/// How long things stay possible.
#[derive(Clone, Copy, Debug)]
pub struct Windows {
    pub suspension: Limit,
    pub reopen_days: u16,
    pub objection_days: u16,
    pub rating_days: u16,
    pub skew_ms: i64,
}

/// Where the shapes of the cells come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShapeFiles {
    /// The file with the leaves of the hierarchy.
    pub cells: SmolStr,
    /// The file with the overlays, where there are any.
    pub overlays: Option<SmolStr>,
    /// Made by the grid maker, not surveyed: every page that shows them says so.
    pub synthetic: bool,
    /// In which system GeoJSON coordinates are; TopoJSON is always WGS-84.
    pub datum: Datum,
    /// How the cells were made, where they are synthetic.
    pub made: Option<MadeFrom>,
}

/// What the grid maker made the cells from (see [`crate::shapes::make`]).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MadeFrom {
    /// A GeoJSON file with one feature, the outline of the root area.
    pub outline: SmolStr,
    pub seed: u64,
    pub triangles_per_leaf: u32,
}

/// Everything in `pack.toml`.
#[derive(Clone, Debug)]
pub struct Settings {
    pub code: SmolStr,
    pub name: Names,
    pub version: PolicyVersion,
    /// The first day of this version, in the default calendar's zone.
    pub from: Date,
    /// Every case number begins with it.
    pub number_prefix: SmolStr,
    /// The pack is for showing: every page says 演示数据.
    pub demo: bool,
    pub levels: Vec<Level>,
    pub dispatch_level: LevelName,
    pub calendar: SmolStr,
    pub calendars: BTreeMap<SmolStr, Arc<Calendar>>,
    /// Calendars with a mistake: what names them is not wrong for that.
    pub unread_calendars: BTreeSet<SmolStr>,
    pub timers: BTreeMap<TimerKind, TimerRule>,
    pub allowances: Allowances,
    pub urgency: BTreeMap<Urgency, UrgencyRule>,
    pub outcomes: Vec<OutcomeRule>,
    pub auto: Vec<Auto>,
    /// `[admission]`, without the rows, which stand in a table of their own.
    pub admission: Admissions,
    /// How the table chooses among several units that one selector finds.
    pub order: Option<Order>,
    pub who: Who,
    pub windows: Windows,
    pub shapes: Option<ShapeFiles>,
    /// What the authority calls a role; the platform's word where it is absent.
    pub roles: BTreeMap<Role, Names>,
    pub sizes: Vec<Size>,
    /// Groups of people whom the authority helps.
    pub recipients: Vec<Group>,
}

impl Settings {
    /// Whether the levels have this name.
    pub fn has_level(&self, level: &LevelName) -> bool {
        self.levels.iter().any(|known| &known.code == level)
    }
    /// Refuses a level that the pack does not name.
    pub fn check_level(&self, text: &str) -> Result<LevelName, String> {
        check_level(&self.levels, text)
    }
    /// Reads a selector and refuses a level that the pack does not name.
    pub fn check_selector(&self, text: &str) -> Result<Selector, String> {
        check_selector(&self.levels, text)
    }
}

fn check_level(levels: &[Level], text: &str) -> Result<LevelName, String> {
    let level = LevelName::new(text.trim());
    if levels.iter().any(|known| known.code == level) {
        return Ok(level);
    }
    let all = levels.iter().map(|level| level.code.as_str()).collect::<Vec<_>>().join(", ");
    Err(format!("the level '{level}' is not among the levels: write one of {all}"))
}

/// Reads a selector and refuses a level that is not among these.
pub(crate) fn check_selector(levels: &[Level], text: &str) -> Result<Selector, String> {
    let selector = Selector::parse(text)?;
    if let Selector::At { level, .. } = &selector {
        check_level(levels, level.as_str())?;
    }
    Ok(selector)
}

/// Reads `pack.toml` with the holiday files that it names. None only where there is no such file.
pub fn read(source: &dyn Source, problems: &Problems) -> Option<Settings> {
    let text = text(source, FILE, true, problems)?;
    let doc = Doc::parse(FILE, &text, problems);
    let root = doc.root(problems);
    let levels = levels(&root);
    let calendars = clocks::calendars(&root, source, problems);
    let calendar = root.need_text("calendar", "\"cn\"").unwrap_or_default();
    if !calendar.is_empty() && !root.section("calendars").is_some_and(|known| known.has(&calendar)) {
        let mend = format!("Add [calendars.{calendar}], or name one of those that are there");
        root.fail("calendar", format!("the calendar '{calendar}' is not among the calendars"), mend);
    }
    let settings = Settings {
        code: root.need_text("code", "\"starter\"").unwrap_or_default(),
        name: names(&root),
        version: PolicyVersion::new(root.need_text("version", "\"starter-1\"").unwrap_or_default()),
        from: root.need("from", "\"2026-01-01\"", date).unwrap_or_default(),
        number_prefix: root.need("number_prefix", "\"SD\"", prefix).unwrap_or_default(),
        demo: root.flag("demo").unwrap_or(false),
        dispatch_level: root
            .need("dispatch_level", "\"street\"", |text| check_level(&levels, text))
            .unwrap_or_default(),
        calendar,
        unread_calendars: root
            .entries("calendars")
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| !calendars.contains_key(name))
            .collect(),
        calendars,
        timers: clocks::timers(&root),
        allowances: allowances(&root),
        urgency: urgency(&root),
        outcomes: outcomes(&root, &levels),
        auto: auto(&root),
        admission: admission(&root),
        order: order(&root),
        who: who(&root, &levels),
        windows: windows(&root),
        shapes: shapes(&root),
        roles: names::roles(&root),
        sizes: names::sizes(&root, &levels),
        recipients: recipients::read(&root),
        levels,
    };
    root.finish();
    Some(settings)
}

fn names(section: &Section) -> Names {
    let zh = section.need_text("name", "\"…\"").unwrap_or_default();
    Names { en: section.text("name_en").unwrap_or_else(|| zh.clone()), zh }
}

/// Reads a day such as 2026-01-01.
pub fn date(text: &str) -> Result<Date, String> {
    text.trim().parse().map_err(|_error| format!("“{text}” is no day: write it as 2026-01-01"))
}

fn prefix(text: &str) -> Result<SmolStr, String> {
    let fits = (1..=6).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if fits {
        Ok(SmolStr::new(text))
    } else {
        Err(format!("“{text}” begins no case number: write 1 to 6 of A–Z and 0–9"))
    }
}

fn levels(root: &Section) -> Vec<Level> {
    let mut levels: Vec<Level> = Vec::new();
    for section in root.sections("levels") {
        let code = LevelName::new(section.need_text("code", "\"street\"").unwrap_or_default());
        if levels.iter().any(|known| known.code == code) {
            section.fail("code", format!("the level '{code}' stands twice"), "Remove one of them");
        }
        if matches!(code.as_str(), "parent" | "nearest") {
            section.fail(
                "code",
                format!("'{code}' has a meaning of its own in selectors"),
                "Name the level otherwise",
            );
        }
        let digits = section.number("digits", 0..=9).and_then(|n| u8::try_from(n).ok()).unwrap_or(0);
        levels.push(Level { code, name: names(&section), digits });
        section.finish();
    }
    if levels.is_empty() {
        root.fail(
            "levels",
            "no level is named",
            "Write [[levels]] with code and name, from the largest ground down",
        );
    }
    levels
}

fn small(section: &Section, key: &str, default: u8) -> u8 {
    section.number(key, 0..=255).and_then(|n| u8::try_from(n).ok()).unwrap_or(default)
}

fn allowances(root: &Section) -> Allowances {
    let usual = Allowances::default();
    let Some(section) = root.section("allowances") else { return usual };
    let read = Allowances {
        returns: small(&section, "returns", usual.returns),
        fails: small(&section, "fails", usual.fails),
        reworks: small(&section, "reworks", usual.reworks),
        reopens: small(&section, "reopens", usual.reopens),
        verifies: small(&section, "verifies", usual.verifies),
        difficult: small(&section, "difficult", usual.difficult),
        extensions: small(&section, "extensions", usual.extensions),
        suspensions: small(&section, "suspensions", usual.suspensions),
        moves: small(&section, "moves", usual.moves),
        calls: small(&section, "calls", usual.calls),
        requests: small(&section, "requests", usual.requests),
        merges: small(&section, "merges", usual.merges),
        attempts: small(&section, "attempts", usual.attempts),
        follow_ups: small(&section, "follow_ups", usual.follow_ups),
    };
    section.finish();
    for (name, value, bound) in [
        ("returns", read.returns, usual.returns),
        ("fails", read.fails, usual.fails),
        ("reworks", read.reworks, usual.reworks),
        ("reopens", read.reopens, usual.reopens),
        ("verifies", read.verifies, usual.verifies),
        ("difficult", read.difficult, usual.difficult),
        ("extensions", read.extensions, usual.extensions),
        ("suspensions", read.suspensions, usual.suspensions),
    ] {
        if value > bound {
            let what = format!("{value} would let a case go round more often than the bound of {bound}");
            section.fail(name, what, format!("Write {name} = {bound} or less"));
        }
    }
    read
}

fn urgency(root: &Section) -> BTreeMap<Urgency, UrgencyRule> {
    let mut rules = BTreeMap::new();
    let Some(outer) = root.need_section("urgency") else { return rules };
    for (name, urgency) in [("green", Urgency::Green), ("yellow", Urgency::Yellow), ("red", Urgency::Red)] {
        let Some(section) = outer.need_section(name) else { continue };
        let percent = section.number("limit_percent", 1..=100).and_then(|n| u8::try_from(n).ok());
        let rule = UrgencyRule {
            limit_percent: percent.unwrap_or(100),
            rank: small(&section, "rank", 0),
            meeting_days: small(&section, "meeting_days", 0),
            follow_up_days: small(&section, "follow_up_days", 0),
        };
        section.finish();
        rules.insert(urgency, rule);
    }
    outer.finish();
    rules
}

fn outcomes(root: &Section, levels: &[Level]) -> Vec<OutcomeRule> {
    let mut rules = Vec::new();
    let Some(outer) = root.need_section("outcomes") else { return rules };
    for outcome in huying_model::catalogue::Outcome::ALL {
        let name = serde_json::to_value(outcome)
            .ok()
            .and_then(|v| v.as_str().map(str::to_owned))
            .unwrap_or_default();
        let Some(section) = outer.section(&name) else { continue };
        let level =
            section.need("level", "\"community\"", |text| check_level(levels, text)).unwrap_or_default();
        let evidence = section.list("evidence", word).unwrap_or_default();
        section.finish();
        rules.push(OutcomeRule { outcome, level, evidence });
    }
    outer.finish();
    rules
}

fn auto(root: &Section) -> Vec<Auto> {
    let mut rules = Vec::new();
    for section in root.sections("auto") {
        rules.push(Auto {
            matter: section.need_text("matter", "\"*\"").unwrap_or_default(),
            source: section.read("source", word),
            file: section.flag("file").unwrap_or(false),
            dispatch: section.flag("dispatch").unwrap_or(false),
        });
        section.finish();
    }
    rules
}

fn admission(root: &Section) -> Admissions {
    let mut admissions = Admissions::default();
    if let Some(section) = root.section("admission") {
        admissions.required = section.flag("required").unwrap_or(false);
        admissions.office = section.text("office").map(UnitId);
        section.finish();
    }
    admissions
}

fn order(root: &Section) -> Option<Order> {
    let facts = root.section("facts")?;
    let order = facts.need("order", "\"nearest\"", word);
    facts.finish();
    order
}

fn who(root: &Section, levels: &[Level]) -> Who {
    let nobody = || Selector::Named("".into());
    let Some(section) = root.need_section("who") else {
        let (fallback, none) = (nobody(), Vec::new);
        return Who {
            verifiers: none(),
            inspectors: none(),
            callers_back: none(),
            tracers: none(),
            fallback,
            call_ladder: none(),
        };
    };
    let selector = |text: &str| check_selector(levels, text);
    let several = |key: &str| {
        if !section.has(key) {
            section.fail(
                key,
                format!("'who.{key}' is missing"),
                format!("Write {key} = [\"centre@parent\"]"),
            );
        }
        section.list(key, selector).unwrap_or_default()
    };
    let who = Who {
        verifiers: several("verifiers"),
        inspectors: several("inspectors"),
        callers_back: several("callers_back"),
        tracers: section.list("tracers", selector).unwrap_or_default(),
        fallback: section.need("fallback", "\"centre@street\"", selector).unwrap_or_else(nobody),
        call_ladder: several("call_ladder"),
    };
    section.finish();
    who
}

fn windows(root: &Section) -> Windows {
    let usual = Limit::calendar_days(365);
    let Some(section) = root.need_section("windows") else {
        return Windows { suspension: usual, reopen_days: 0, objection_days: 0, rating_days: 0, skew_ms: 0 };
    };
    let days = |key: &str| {
        let days = section.number(key, 0..=3660).and_then(|n| u16::try_from(n).ok());
        days.unwrap_or_else(|| {
            section.fail(key, format!("'windows.{key}' is missing"), format!("Write {key} = 30"));
            0
        })
    };
    let minutes = section.number("clock_skew_minutes", 0..=1440).unwrap_or(10);
    let windows = Windows {
        suspension: section.need("suspension", "\"365d\"", limit::parse).unwrap_or(usual),
        reopen_days: days("reopen_days"),
        objection_days: days("objection_days"),
        rating_days: days("rating_days"),
        skew_ms: minutes * 60_000,
    };
    section.finish();
    windows
}

fn shapes(root: &Section) -> Option<ShapeFiles> {
    let section = root.section("shapes")?;
    let files = ShapeFiles {
        cells: section.need_text("cells", "\"cells.topojson\"")?,
        overlays: section.text("overlays"),
        synthetic: section.flag("synthetic").unwrap_or(false),
        datum: section.read("datum", word).unwrap_or(Datum::Wgs84),
        made: section.section("made").and_then(|section| made(&section)),
    };
    section.finish();
    Some(files)
}

fn made(section: &Section) -> Option<MadeFrom> {
    let outline = section.need_text("outline", "\"outline.geojson\"");
    let seed = section.number("seed", 0..=i64::MAX).and_then(|n| u64::try_from(n).ok());
    let triangles = section.number("triangles_per_leaf", 1..=10_000).and_then(|n| u32::try_from(n).ok());
    section.finish();
    Some(MadeFrom { outline: outline?, seed: seed.unwrap_or(0), triangles_per_leaf: triangles.unwrap_or(24) })
}
