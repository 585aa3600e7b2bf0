//! From a folder to a [`Pack`]: every table read, joined, and the policy built.
//!
//! Owns the order of reading and the assembly. Refuses a pack with any problem. Start at [`load`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use huying_geo::{CodeRule, Places};
use huying_model::{
    AreaCode, Instant, LevelName, MatterCode, MemberId, Policy, PolicyVersion, Rules, UnitId,
    actor::Role,
    admission::Admissions,
    org::{Member, Org, Unit},
    roster::Roster,
};
use smol_str::SmolStr;

use crate::admissions;
use crate::catalogue::{self, Catalogue, Track};
use crate::indicators::{self, Indicators};
use crate::people::{self, Listed};
use crate::places::{self, Ground};
use crate::problem::{Problem, Problems, Spot};
use crate::public::{self, Public};
use crate::roster;
use crate::routes::{self, Routes};
use crate::settings::{self, Group, Level, Names, Settings, Size};
use crate::shapes::{self, Shapes};
use crate::source::{Dir, Source};
use crate::steps::{self, Steps};
use crate::templates::{self, Templates};

/// A board (板块) with its tracks (跑道), in the pack's order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Board {
    pub code: SmolStr,
    pub name: Names,
    pub tracks: Vec<Track>,
    /// The level whose catalogue it belongs to; None where the pack has only one.
    pub level: Option<LevelName>,
}

/// A pack that was read without a problem.
#[derive(Clone, Debug)]
pub struct Pack {
    /// Short name, such as `starter`.
    pub code: SmolStr,
    pub name: Names,
    pub version: PolicyVersion,
    /// For showing only: every page says 演示数据.
    pub demo: bool,
    /// Every case number begins with it.
    pub number_prefix: SmolStr,
    /// From the root down.
    pub levels: Vec<Level>,
    /// None where area codes are free words.
    pub code_rule: Option<CodeRule>,
    pub boards: Vec<Board>,
    pub policy: Policy,
    /// From a point to its areas and overlays.
    pub places: Places,
    pub shapes: Shapes,
    /// Names of overlays by their code.
    pub overlays: BTreeMap<AreaCode, Names>,
    pub households: HashMap<AreaCode, u32>,
    /// Kind of a grid, where the pack profiles its grids.
    pub profiles: HashMap<AreaCode, SmolStr>,
    /// The norm or reason that a matter stands on.
    pub basis: BTreeMap<MatterCode, SmolStr>,
    /// Tracks (`board/track`) of other levels' catalogues in which a matter stands too.
    pub also: BTreeMap<MatterCode, Vec<SmolStr>>,
    /// Matters whose name is not from a published source.
    pub made_up: BTreeSet<MatterCode>,
    /// Messages and replies in the authority's words.
    pub templates: Templates,
    /// The reply template of a matter.
    pub replies: BTreeMap<MatterCode, SmolStr>,
    /// How many households areas should have.
    pub sizes: Vec<Size>,
    /// Groups of people whom the authority helps; none where it keeps no register of them. Asked by [`Pack::groups`].
    pub(crate) recipients: Vec<Group>,
    /// What the world outside may see and report.
    pub public: Public,
    roles: BTreeMap<Role, Names>,
    pub(crate) english: HashMap<SmolStr, SmolStr>,
}

impl Pack {
    /// The English name of an area, unit or member by its code or id; None where the pack gives none.
    pub fn english(&self, code: &str) -> Option<&SmolStr> {
        self.english.get(code)
    }
    /// What the authority calls a role.
    pub fn role(&self, role: Role) -> Names {
        let usual = || Names { zh: role.zh().into(), en: role.en().into() };
        self.roles.get(&role).cloned().unwrap_or_else(usual)
    }
    /// The reply that is offered to whoever ends a case of this matter.
    pub fn reply(&self, matter: &MatterCode) -> Option<&Names> {
        self.templates.replies.get(self.replies.get(matter)?)
    }
    /// The groups of service recipients that may be kept: a watch-list is none, also in a pack that no lint has seen.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.recipients.iter().filter(|group| group.refused().is_none())
    }
    /// Names of a level by its code.
    pub fn level(&self, code: &str) -> Option<&Level> {
        self.levels.iter().find(|level| level.code.as_str() == code)
    }
    /// The demo members in the order of their ids.
    pub fn members(&self) -> impl Iterator<Item = (&MemberId, &Member)> {
        self.policy.org.members.iter()
    }
}

/// Reads the pack in a folder.
///
/// # Errors
/// Every problem that was found, in the order of files and lines.
pub fn load(dir: impl AsRef<Path>) -> Result<Pack, Vec<Problem>> {
    load_from(&Dir(PathBuf::from(dir.as_ref())))
}

/// Reads a pack from anywhere.
///
/// # Errors
/// Every problem that was found, in the order of files and lines.
pub fn load_from(source: &dyn Source) -> Result<Pack, Vec<Problem>> {
    let (parts, problems) = read(source);
    assemble(parts, problems).map(|(pack, _)| pack)
}

/// The tables of a pack with the places of their rows, which the lint shows.
pub(crate) struct Parts {
    pub settings: Option<Settings>,
    pub ground: Ground,
    pub units: Listed<Unit>,
    pub members: Listed<Member>,
    pub catalogue: Catalogue,
    pub routes: Routes,
    pub indicators: Indicators,
    pub admissions: Admissions,
    pub shapes: Shapes,
    pub templates: templates::Rows,
    pub steps: Steps,
    pub roster: roster::Rows,
    pub public: Public,
}

/// What remains of the parts once the pack is built: where each row stands.
#[derive(Default)]
pub(crate) struct Spots {
    pub ground: Ground,
    pub units: HashMap<SmolStr, Spot>,
    pub matters: HashMap<MatterCode, Spot>,
    pub routes: HashMap<SmolStr, Spot>,
    pub indicators: HashMap<SmolStr, Spot>,
    pub templates: HashMap<SmolStr, Spot>,
    pub steps: Vec<Spot>,
    pub roster: Vec<(UnitId, Spot)>,
    pub members: HashMap<SmolStr, Spot>,
}

pub(crate) fn read(source: &dyn Source) -> (Parts, Problems) {
    let problems = Problems::default();
    let mut parts = Parts {
        settings: settings::read(source, &problems),
        ground: Ground::default(),
        units: Listed::default(),
        members: Listed::default(),
        catalogue: Catalogue::default(),
        routes: Routes::default(),
        indicators: Indicators::default(),
        admissions: Admissions::default(),
        shapes: Shapes::default(),
        templates: templates::Rows::default(),
        steps: Steps::default(),
        roster: roster::Rows::default(),
        public: Public::default(),
    };
    let Some(settings) = &parts.settings else { return (parts, problems) };
    parts.ground = places::read(source, settings, &problems);
    parts.units = people::units(source, settings, &parts.ground, &problems);
    parts.members = people::members(source, &parts.units, &problems);
    parts.roster = roster::read(source, &parts.units, &parts.members, &problems);
    parts.templates = templates::read(source, &problems);
    let replies = &parts.templates.templates;
    parts.catalogue = catalogue::read(source, settings, replies, &problems);
    parts.steps = steps::read(source, &parts.catalogue, &problems);
    parts.public = public::read(source, &parts.catalogue, &problems);
    parts.routes = routes::read(source, settings, &parts.ground, &parts.catalogue, &problems);
    parts.indicators = indicators::read(source, &problems);
    parts.admissions = admissions::read(source, settings, &parts.units, &parts.catalogue, &problems);
    parts.shapes = shapes::read(source, settings, &parts.ground, &problems);
    (parts, problems)
}

pub(crate) fn assemble(parts: Parts, problems: Problems) -> Result<(Pack, Spots), Vec<Problem>> {
    let Parts {
        settings,
        mut ground,
        units,
        members,
        catalogue,
        routes,
        indicators,
        admissions,
        shapes,
        templates,
        steps,
        roster,
        public,
    } = parts;
    let Some(settings) = settings else { return Err(problems.into_sorted()) };
    if !problems.is_empty() {
        return Err(problems.into_sorted());
    }
    let mut english = std::mem::take(&mut ground.english);
    english.extend(units.english);
    english.extend(members.english);
    let places = shapes::index(&shapes, &ground, &settings, &problems);
    let code_rule = places::code_rule(&settings, &problems);
    let levels = settings.levels.iter().map(|level| level.code.clone()).collect();
    let (on_duty, standing) = (roster.duties, roster.spots);
    let standing = on_duty.iter().map(|duty| duty.unit.clone()).zip(standing).collect();
    let on_duty = settings.calendars.get(&settings.calendar).map(|days| Roster::new(days.clone(), on_duty));
    let org = Org::new(levels, ground.areas.clone(), units.items, members.items)
        .map(|org| org.standing(units.positions))
        .and_then(|org| match on_duty {
            Some(on_duty) => org.with_roster(on_duty),
            None => Ok(org),
        })
        .map_err(|error| problems.at(Spot::file(places::FILE), error.to_string(), ""));
    let rules = rules(&settings, &catalogue, &routes, &indicators, admissions, &problems);
    let rules = rules.map(|rules| Rules { steps: steps.rows, ..rules });
    let policy = org.ok().zip(rules).and_then(|(org, rules)| {
        let built = Policy::new(org, rules);
        built.map_err(|error| problems.at(Spot::file(settings::FILE), error.to_string(), "")).ok()
    });
    let (Some(places), Some(policy)) = (places, policy) else { return Err(problems.into_sorted()) };
    let pack = Pack {
        code: settings.code,
        name: settings.name,
        version: settings.version,
        demo: settings.demo,
        number_prefix: settings.number_prefix,
        levels: settings.levels,
        code_rule,
        boards: boards(catalogue.tracks),
        policy,
        places,
        shapes,
        overlays: ground.overlays.iter().cloned().collect(),
        households: std::mem::take(&mut ground.households),
        profiles: std::mem::take(&mut ground.profiles),
        basis: catalogue.basis,
        also: catalogue.also,
        made_up: catalogue.made_up,
        templates: templates.templates,
        replies: catalogue.replies,
        sizes: settings.sizes,
        recipients: settings.recipients,
        public,
        roles: settings.roles,
        english,
    };
    let spots = Spots {
        ground,
        units: units.spots,
        matters: catalogue.spots,
        routes: routes.spots,
        indicators: indicators.spots,
        templates: templates.spots,
        steps: steps.spots,
        roster: standing,
        members: members.spots,
    };
    Ok((pack, spots))
}

fn rules(
    settings: &Settings,
    catalogue: &Catalogue,
    routes: &Routes,
    indicators: &Indicators,
    admissions: Admissions,
    problems: &Problems,
) -> Option<Rules> {
    let zone = settings.calendars.get(&settings.calendar)?.zone().clone();
    let from: Instant = places::midnight(settings.from, &zone)
        .map_err(|error| problems.at(Spot::file(settings::FILE), error, ""))
        .ok()?;
    Some(Rules {
        version: settings.version.clone(),
        from,
        matters: catalogue.matters.clone(),
        routes: routes.rows.clone(),
        allowances: settings.allowances,
        timers: settings.timers.clone(),
        urgency: settings.urgency.clone(),
        outcomes: settings.outcomes.clone(),
        auto: settings.auto.clone(),
        indicators: indicators.rows.clone(),
        admissions: admissions.into(),
        order: settings.order,
        steps: Vec::new(),
        dispatch_level: settings.dispatch_level.clone(),
        verifiers: settings.who.verifiers.clone(),
        inspectors: settings.who.inspectors.clone(),
        callers_back: settings.who.callers_back.clone(),
        tracers: settings.who.tracers.clone(),
        fallback: settings.who.fallback.clone(),
        call_ladder: settings.who.call_ladder.clone(),
        suspension: settings.windows.suspension,
        reopen_days: settings.windows.reopen_days,
        objection_days: settings.windows.objection_days,
        rating_days: settings.windows.rating_days,
        skew_ms: settings.windows.skew_ms,
        calendars: settings.calendars.clone(),
        calendar: settings.calendar.clone(),
    })
}

fn boards(tracks: Vec<Track>) -> Vec<Board> {
    let mut boards: Vec<Board> = Vec::new();
    for track in tracks {
        match boards.iter_mut().find(|board| board.code == track.board && board.level == track.level) {
            Some(board) => board.tracks.push(track),
            None => boards.push(Board {
                code: track.board.clone(),
                name: track.board_name.clone(),
                level: track.level.clone(),
                tracks: vec![track],
            }),
        }
    }
    boards
}
