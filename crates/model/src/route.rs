//! The dispatch table: which unit answers for a matter at a place and moment, and because of which row (domain §4).

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

pub use crate::facts::Facts;
use crate::{
    admission::is_grid_team,
    catalogue::{Limits, Source, Urgency},
    ids::{AreaCode, LevelName, MatterCode, PolicyVersion, UnitId},
    org::{Org, Selector},
    time::Instant,
};

/// When a row holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Inside the calendar's working hours.
    Working,
    /// A working day, outside working hours.
    Night,
    /// No working day.
    Holiday,
}

/// One row. An absent column is "any"; the most specific row wins, column by column in the order of the fields.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Route {
    /// Its name in the pack, such as `R-0142`: shown beside every case it dispatched.
    pub id: SmolStr,
    /// A glob over `board/track/matter`; `*` stands for any run of characters.
    pub matter: SmolStr,
    #[serde(default)]
    pub overlay: Option<AreaCode>,
    #[serde(default)]
    pub area: Option<AreaCode>,
    #[serde(default)]
    pub level: Option<LevelName>,
    #[serde(default)]
    pub source: Option<Source>,
    #[serde(default)]
    pub urgency: Option<Urgency>,
    #[serde(default)]
    pub period: Option<Period>,
    pub lead: Selector,
    #[serde(default)]
    pub assists: Vec<Selector>,
    /// In place of the condition's limits.
    #[serde(default)]
    pub limits: Option<Limits>,
    #[serde(default)]
    pub closing_level: Option<LevelName>,
}

/// Why a row did not win.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lost {
    Matter,
    Overlay,
    Area,
    Level,
    Source,
    Urgency,
    Period,
    /// It fits too, but another names more.
    LessSpecific,
    /// It fits, but its selector finds no unit here now.
    NobodyThere,
    /// It fits, but asks grid workers for a matter that is not admitted.
    NotAdmitted,
}

/// The reason beside the answer: kept with the event and shown on screen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Because {
    pub rule: SmolStr,
    pub policy: PolicyVersion,
    /// Rows that fitted the matter and lost, at most [`SHOWN_LOSERS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<(SmolStr, Lost)>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub facts: Facts,
}

fn is_default(facts: &Facts) -> bool {
    facts.order.is_empty()
}

/// How many losing rows an answer carries.
pub const SHOWN_LOSERS: usize = 8;

/// Who gets it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Routing {
    pub lead: UnitId,
    pub assists: Vec<UnitId>,
    pub limits: Option<Limits>,
    pub closing_level: Option<LevelName>,
    pub because: Because,
}

/// What is asked of the table.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub matter: &'a MatterCode,
    pub area: Option<&'a AreaCode>,
    pub overlays: &'a [AreaCode],
    pub source: Source,
    pub urgency: Urgency,
    pub period: Period,
    pub at: Instant,
    /// Whether grid workers may be asked for the matter now.
    pub admitted: bool,
    pub facts: &'a Facts,
}

/// `*` stands for any run of characters, anything else for itself.
pub fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return pattern == text };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(before) = last.replace(part) {
            let before: &str = before;
            match rest.find(before) {
                Some(at) => rest = &rest[at + before.len()..],
                None => return false,
            }
        }
    }
    match last {
        None => rest.is_empty(),
        Some(end) => rest.ends_with(end),
    }
}

/// How much of the matter a pattern spells out: its literal characters, and whether it is whole.
pub fn pattern_weight(pattern: &str) -> (bool, usize) {
    (!pattern.contains('*'), pattern.chars().filter(|c| *c != '*').count())
}

/// Column by column in the order matter, overlay, area, source, urgency, period.
type Weight = (bool, usize, bool, usize, bool, bool, bool);

impl Route {
    /// How specific the row is; an area outweighs by its depth, a level alone by half a step less.
    pub fn weight(&self, org: &Org) -> Weight {
        let (whole, letters) = pattern_weight(&self.matter);
        let by_code =
            self.area.as_ref().and_then(|area| org.areas.get(area)).and_then(|area| org.depth(&area.level));
        let by_level = self.level.as_ref().and_then(|level| org.depth(level));
        let area = by_code.map_or(0, |depth| 2 * depth + 2).max(by_level.map_or(0, |depth| 2 * depth + 1));
        (
            whole,
            letters,
            self.overlay.is_some(),
            area,
            self.source.is_some(),
            self.urgency.is_some(),
            self.period.is_some(),
        )
    }

    /// Whether the row fits, and if not the first column that says no.
    pub fn fits(&self, org: &Org, asked: &Question) -> Result<(), Lost> {
        let area_ok = |wanted: &AreaCode| {
            asked.area.is_some_and(|area| org.ancestors(area).any(|found| &found.code == wanted))
        };
        if !glob(&self.matter, asked.matter.as_str()) {
            return Err(Lost::Matter);
        }
        if self.overlay.as_ref().is_some_and(|overlay| !asked.overlays.contains(overlay)) {
            return Err(Lost::Overlay);
        }
        if self.area.as_ref().is_some_and(|area| !area_ok(area)) {
            return Err(Lost::Area);
        }
        if self
            .level
            .as_ref()
            .is_some_and(|level| asked.area.is_none_or(|area| org.at_level(area, level).is_none()))
        {
            return Err(Lost::Level);
        }
        if self.source.is_some_and(|source| source != asked.source) {
            return Err(Lost::Source);
        }
        if self.urgency.is_some_and(|urgency| urgency != asked.urgency) {
            return Err(Lost::Urgency);
        }
        if self.period.is_some_and(|period| period != asked.period) {
            return Err(Lost::Period);
        }
        Ok(())
    }
}

/// Among whom the row that answers has to choose: the units of its selectors that find several. Facts about other
/// units change no answer.
pub fn rivals(routes: &[Route], policy: &PolicyVersion, org: &Org, asked: &Question) -> Vec<UnitId> {
    let Some(answer) = route(routes, policy, org, asked) else { return Vec::new() };
    let row = routes.iter().find(|row| row.id == answer.because.rule);
    let selectors = row.into_iter().flat_map(|row| std::iter::once(&row.lead).chain(&row.assists));
    let found = selectors.map(|selector| org.select(selector, asked.area, None, asked.at));
    found.filter(|units| units.len() > 1).flatten().collect()
}

/// Whether any selector of these rows can find several units somewhere.
pub fn may_choose(routes: &[Route], org: &Org) -> bool {
    let several = org.shared_functions();
    let mut selectors = routes.iter().flat_map(|row| std::iter::once(&row.lead).chain(&row.assists));
    selectors.any(|selector| selector.function().is_some_and(|function| several.contains(function)))
}

/// Asks the table. None where no row fits and finds a unit: the centre then dispatches by hand.
pub fn route(routes: &[Route], policy: &PolicyVersion, org: &Org, asked: &Question) -> Option<Routing> {
    let mut fitting: Vec<(&Route, Weight)> = Vec::new();
    let mut lost: Vec<(SmolStr, Lost)> = Vec::new();
    for row in routes {
        match row.fits(org, asked) {
            Ok(()) => fitting.push((row, row.weight(org))),
            Err(Lost::Matter) => {}
            Err(why) => note(&mut lost, &row.id, why),
        }
    }
    // A stable sort: of two equal rows (which lint refuses) the earlier one wins, every time.
    fitting.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    let mut won: Option<Routing> = None;
    for (row, _) in fitting {
        if won.is_some() {
            note(&mut lost, &row.id, Lost::LessSpecific);
            continue;
        }
        match pick(row, org, asked) {
            Ok((lead, assists)) => {
                won = Some(Routing {
                    lead,
                    assists,
                    limits: row.limits,
                    closing_level: row.closing_level.clone(),
                    because: Because {
                        rule: row.id.clone(),
                        policy: policy.clone(),
                        lost: Vec::new(),
                        facts: asked.facts.clone(),
                    },
                });
            }
            Err(why) => note(&mut lost, &row.id, why),
        }
    }
    won.map(|mut routing| {
        routing.because.lost = lost;
        routing
    })
}

fn note(lost: &mut Vec<(SmolStr, Lost)>, id: &SmolStr, why: Lost) {
    if lost.len() < SHOWN_LOSERS {
        lost.push((id.clone(), why));
    }
}

fn pick(row: &Route, org: &Org, asked: &Question) -> Result<(UnitId, Vec<UnitId>), Lost> {
    let choose = |selector: &Selector| {
        let mut found = org.select(selector, asked.area, None, asked.at);
        let there = !found.is_empty();
        found.retain(|unit| asked.admitted || !is_grid_team(org, unit));
        let load = |unit: &UnitId| {
            asked.facts.order.iter().find(|(named, _)| named == unit).map_or(u32::MAX, |(_, load)| *load)
        };
        let why = if there { Lost::NotAdmitted } else { Lost::NobodyThere };
        found.into_iter().min_by_key(load).ok_or(why)
    };
    let lead = choose(&row.lead)?;
    let mut assists = Vec::new();
    for selector in &row.assists {
        let unit = choose(selector)?;
        if unit != lead && !assists.contains(&unit) {
            assists.push(unit);
        }
    }
    Ok((lead, assists))
}
