//! `tracks.csv`, `matters.csv` and `conditions.csv`: board → track → matter, each with its filing conditions.
//!
//! Owns the checks between the three tables. Refuses a promise that is shorter than the handling it promises,
//! in the same measure. Start at [`read`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use huying_model::{
    LevelName, MatterCode,
    calendar::Limit,
    catalogue::{Condition, Limits, Matter, MatterKind},
    route::glob,
};
use smol_str::SmolStr;

use crate::limit;
use crate::problem::{Problems, Spot};
use crate::settings::{Names, Settings};
use crate::source::{Source, text};
use crate::table::{Row, Table};
use crate::templates::Templates;
use crate::words::word;

/// The file of boards and tracks.
pub const TRACKS: &str = "tracks.csv";
/// The file of matters.
pub const MATTERS: &str = "matters.csv";
/// The file of filing conditions.
pub const CONDITIONS: &str = "conditions.csv";

/// A track (跑道) with the board (板块) that it belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Track {
    pub board: SmolStr,
    pub board_name: Names,
    /// `board/track`.
    pub code: SmolStr,
    pub name: Names,
    /// The level whose catalogue it belongs to; None where the pack has only one.
    pub level: Option<LevelName>,
}

/// The catalogue with what the model does not hold.
#[derive(Debug, Default)]
pub struct Catalogue {
    pub tracks: Vec<Track>,
    pub matters: BTreeMap<MatterCode, Matter>,
    /// The norm or the reason that a matter stands on, in the pack's words.
    pub basis: BTreeMap<MatterCode, SmolStr>,
    /// Tracks of other levels' catalogues in which a matter stands too.
    pub also: BTreeMap<MatterCode, Vec<SmolStr>>,
    /// The reply template of a matter.
    pub replies: BTreeMap<MatterCode, SmolStr>,
    /// Matters whose name is not from a published source.
    pub made_up: BTreeSet<MatterCode>,
    /// Every matter that has a row, those whose row cannot be read among them: what names them is not wrong for that.
    pub spots: HashMap<MatterCode, Spot>,
}

impl Catalogue {
    /// Refuses a pattern that fits no matter.
    pub fn check_pattern(&self, pattern: &str) -> Result<SmolStr, String> {
        if self.spots.is_empty() || self.spots.keys().any(|code| glob(pattern, code.as_str())) {
            Ok(SmolStr::new(pattern))
        } else {
            Err(format!("“{pattern}” fits no matter: write board/track/matter, with * for any characters"))
        }
    }
}

/// Reads the three tables.
pub fn read(
    source: &dyn Source,
    settings: &Settings,
    templates: &Templates,
    problems: &Problems,
) -> Catalogue {
    let mut catalogue = Catalogue::default();
    let mut named: BTreeSet<SmolStr> = BTreeSet::new();
    if let Some(text) = text(source, TRACKS, true, problems) {
        let needed = ["board", "board_name", "track", "track_name"];
        let known = ["board_name_en", "track_name_en", "level"];
        let table = Table::read(TRACKS, &text, &needed, &known, problems);
        table.rows(problems).for_each(|row| track(&row, settings, &mut catalogue));
        check_levels(&table, &catalogue, problems);
    }
    if let Some(text) = text(source, MATTERS, true, problems) {
        let needed = ["code", "name", "kind", "closing_level"];
        let known =
            ["name_en", "hazard", "inspect", "call_back", "calendar", "basis", "also", "reply", "made_up"];
        let table = Table::read(MATTERS, &text, &needed, &known, problems);
        table.rows(problems).for_each(|row| matter(&row, settings, templates, &mut catalogue));
    }
    if let Some(text) = text(source, CONDITIONS, true, problems) {
        let needed = ["matter", "no", "opens_when", "closes_when", "handle", "promise"];
        let table = Table::read(CONDITIONS, &text, &needed, &["receive", "arrive", "evidence"], problems);
        for row in table.rows(problems) {
            condition(&row, &mut catalogue);
            named.extend(row.text("matter").map(SmolStr::new));
        }
    }
    // A condition that cannot be read was told at its own row.
    let bare = |matter: &&Matter| matter.conditions.is_empty() && !named.contains(matter.code.as_str());
    for matter in catalogue.matters.values().filter(bare) {
        let spot = catalogue.spots.get(&matter.code).cloned().unwrap_or_default();
        let mend = format!("Add a row for it to {CONDITIONS}");
        problems.at(spot, format!("the matter {} has no filing condition", matter.code), mend);
    }
    catalogue
}

fn track(row: &Row, settings: &Settings, catalogue: &mut Catalogue) {
    let (board, track) = (row.need("board", plain), row.need("track", plain));
    let (board_name, name) = (row.need_text("board_name"), row.need_text("track_name"));
    let level = row.read("level", |text| settings.check_level(text));
    let (Some(board), Some(track), Some(board_name), Some(name)) = (board, track, board_name, name) else {
        return;
    };
    let code = SmolStr::from(format!("{board}/{track}"));
    if catalogue.tracks.iter().any(|known| known.code == code) {
        row.fail("track", format!("the track {code} stands twice"), "Keep one row");
        return;
    }
    let names = |zh: &str, heading: &str| Names {
        zh: SmolStr::new(zh),
        en: SmolStr::new(row.text(heading).unwrap_or(zh)),
    };
    let (board_name, name) = (names(board_name, "board_name_en"), names(name, "track_name_en"));
    catalogue.tracks.push(Track { board, board_name, code, name, level });
}

/// Where one track names its level, all do: a track without one would belong to no catalogue.
fn check_levels(table: &Table, catalogue: &Catalogue, problems: &Problems) {
    if catalogue.tracks.iter().all(|track| track.level.is_none()) {
        return;
    }
    for row in table.rows(problems).filter(|row| row.text("level").is_none()) {
        row.fail("level", "other tracks name the level of their catalogue", "Name the level of this one too");
    }
}

/// A part of a matter's code: no slash, star or blank, which have meanings of their own.
fn plain(text: &str) -> Result<SmolStr, String> {
    let fits = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if fits {
        Ok(SmolStr::new(text))
    } else {
        Err(format!("“{text}” is no code: write a–z, 0–9 and hyphens"))
    }
}

fn matter(row: &Row, settings: &Settings, templates: &Templates, catalogue: &mut Catalogue) {
    let code = row.need("code", |text| whole_code(text, catalogue));
    let name = row.need_text("name");
    let kind: Option<MatterKind> = row.need("kind", word);
    let closing_level = row.need("closing_level", |text| settings.check_level(text));
    let calendar = row.read("calendar", |name| {
        let known = settings.calendars.contains_key(name) || settings.unread_calendars.contains(name);
        if known {
            Ok(SmolStr::new(name))
        } else {
            Err(format!("the calendar '{name}' is not in pack.toml: add [calendars.{name}]"))
        }
    });
    let reply = row.read("reply", |id| {
        let known = templates.replies.contains_key(id);
        known.then(|| SmolStr::new(id)).ok_or_else(|| {
            format!("the reply '{id}' is not in {}: add it with the kind reply", crate::templates::FILE)
        })
    });
    let also = row.list("also", |text| Ok(SmolStr::new(text)));
    let made_up = row.flag("made_up");
    let Some((code, track)) = code else {
        let unread = row.text("code").map(MatterCode::new);
        catalogue.spots.extend(unread.map(|code| (code, row.spot("code"))));
        return;
    };
    if let Some(earlier) = catalogue.spots.insert(code.clone(), row.spot("code")) {
        row.fail(
            "code",
            format!("the matter {code} stands twice, first in line {}", earlier.line),
            "Keep one row",
        );
        return;
    }
    let (Some(name), Some(kind), Some(closing_level)) = (name, kind, closing_level) else { return };
    if let Some(basis) = row.text("basis") {
        catalogue.basis.insert(code.clone(), SmolStr::new(basis));
    }
    check_also(row, &also, &track, catalogue);
    if !also.is_empty() {
        catalogue.also.insert(code.clone(), also);
    }
    catalogue.replies.extend(reply.map(|reply| (code.clone(), reply)));
    catalogue.made_up.extend(made_up.then(|| code.clone()));
    let name = SmolStr::new(name);
    let matter = Matter {
        name_en: row.text("name_en").map_or_else(|| name.clone(), SmolStr::new),
        name,
        board: track.board_name.zh.clone(),
        track: track.name.zh.clone(),
        kind,
        hazard: row.flag("hazard"),
        closing_level,
        inspect: row.flag("inspect"),
        call_back: row.flag("call_back"),
        calendar,
        conditions: Vec::new(),
        code: code.clone(),
    };
    catalogue.matters.insert(code, matter);
}

/// Tracks of other levels, at most one a level.
fn check_also(row: &Row, also: &[SmolStr], own: &Track, catalogue: &Catalogue) {
    let mut taken = vec![(own.level.clone(), own.code.clone())];
    for code in also {
        let Some(track) = catalogue.tracks.iter().find(|track| &track.code == code) else {
            let mend = format!("Add it to {TRACKS}, or write board/track of one that is there");
            row.fail("also", format!("the track '{code}' does not exist"), mend);
            continue;
        };
        if let Some((_, other)) = taken.iter().find(|(level, _)| level == &track.level) {
            let level = track.level.as_ref().map_or("only", LevelName::as_str);
            let what = format!("{other} and {code} both belong to the catalogue of the level {level}");
            row.fail("also", what, "A matter stands once in the catalogue of a level: remove one of them");
            continue;
        }
        taken.push((track.level.clone(), code.clone()));
    }
}

/// `board/track/matter` whose track is known.
fn whole_code(text: &str, catalogue: &Catalogue) -> Result<(MatterCode, Track), String> {
    let how =
        || format!("“{text}” is no matter's code: write board/track/matter, each of a–z, 0–9 and hyphens");
    let (track, own) = text.rsplit_once('/').ok_or_else(how)?;
    plain(own).map_err(|_error| how())?;
    match catalogue.tracks.iter().find(|known| known.code == track) {
        Some(found) if !own.is_empty() => Ok((MatterCode::new(text), found.clone())),
        Some(_) => Err(how()),
        None => Err(format!("the track '{track}' is not in {TRACKS}: add it or correct the code")),
    }
}

fn condition(row: &Row, catalogue: &mut Catalogue) {
    let Some(code) = row.need_text("matter").map(MatterCode::new) else { return };
    let no = row.need("no", |text| match text.parse::<u16>() {
        Ok(no) if no > 0 => Ok(no),
        _ => Err(format!("“{text}” is no number: count a matter's conditions from 1")),
    });
    let (opens, closes) = (row.need_text("opens_when"), row.need_text("closes_when"));
    let limits = limits(row);
    let evidence = row.list("evidence", word);
    let Some(matter) = catalogue.matters.get_mut(&code) else {
        if !catalogue.spots.contains_key(&code) {
            row.fail(
                "matter",
                format!("the matter {code} is not in {MATTERS}"),
                "Add it or correct the code",
            );
        }
        return;
    };
    let (Some(no), Some(opens), Some(closes), Some(limits)) = (no, opens, closes, limits) else { return };
    if matter.condition(no).is_some() {
        row.fail("no", format!("condition {no} of {code} stands twice"), "Give it a number of its own");
        return;
    }
    let (opens_when, closes_when) = (SmolStr::new(opens), SmolStr::new(closes));
    matter.conditions.push(Condition { no, opens_when, closes_when, limits, evidence });
}

/// The columns `handle`, `promise`, `receive`, `arrive` of a row; None where the first two are not there.
pub fn limits(row: &Row) -> Option<Limits> {
    let (handle, promise) = (row.need("handle", limit::parse), row.need("promise", limit::parse));
    let (receive, arrive) = (row.read("receive", limit::parse), row.read("arrive", limit::parse));
    let (handle, promise) = (handle?, promise?);
    if shorter(promise, handle) {
        row.fail(
            "promise",
            "the promise is shorter than the handling it promises",
            "Make it as long, or longer",
        );
    }
    Some(Limits { handle, promise, receive, arrive })
}

/// In the same measure only: two measures compare differently at every hour of a week.
fn shorter(one: Limit, other: Limit) -> bool {
    one.measure == other.measure && one.amount < other.amount
}
