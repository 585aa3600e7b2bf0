//! What a draft of a pack would have changed: past cases asked again by both, and the difference counted.
//!
//! Owns the comparison. Both sides are computed, never read from the past: who would get the case by the baseline's table and by
//! the draft's, and when what would be due, counted from the same moments. It refuses to guess at what people did: returns,
//! reassignments and extensions are not replayed. Start at [`Comparison::take`]; [`past`] reads cases from a journal,
//! [`file`] from a table, [`report`] is what is counted, [`text`] and [`html`] show.

use huying_geo::Point;
use huying_model::{
    AreaCode, Instant, MatterCode, PolicyVersion, UnitId,
    case::Place,
    catalogue::{Source, Urgency},
};
use smol_str::SmolStr;

use crate::kernel::{Ask, Dues, Kernel, Way};
use crate::load::Pack;

mod examples;
pub mod file;
pub mod html;
pub mod past;
pub mod report;
mod svg;
mod tally;
pub mod text;

pub use report::{Example, Read, Report};

use tally::Tally;

/// A case as it came in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Past {
    pub number: SmolStr,
    pub matter: MatterCode,
    /// The matter's first where it is not known.
    pub condition: Option<u16>,
    pub place: Place,
    pub source: Source,
    pub urgency: Urgency,
    pub filed: Instant,
    /// When it was dispatched first; filing where it never was.
    pub sent: Instant,
    /// The rules it was pinned to.
    pub version: Option<PolicyVersion>,
}

/// What one side answers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// None where no row fits and finds its units.
    pub row: Option<SmolStr>,
    pub lead: Option<UnitId>,
    pub assists: Vec<UnitId>,
    pub level: SmolStr,
    pub receive: Option<Instant>,
    pub handle: Option<Instant>,
    pub promise: Option<Instant>,
}

/// Why a side has no answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Missing {
    Matter,
    Condition,
}

/// A pack with its rules compiled.
struct Side<'p> {
    pack: &'p Pack,
    kernel: Kernel,
}

impl<'p> Side<'p> {
    fn of(pack: &'p Pack) -> Side<'p> {
        Side { pack, kernel: Kernel::compile(&pack.policy) }
    }

    fn ask<'k>(
        &'k self,
        past: &Past,
        area: Option<&AreaCode>,
        overlays: &[AreaCode],
    ) -> Result<Found<'k>, Missing> {
        let matter = self.kernel.matter(&past.matter).ok_or(Missing::Matter)?;
        let condition =
            past.condition.or_else(|| self.kernel.first_condition(matter)).ok_or(Missing::Condition)?;
        let area = self.kernel.area(area);
        let ask = Ask { matter, area, overlays, source: past.source, urgency: past.urgency, at: past.sent };
        let way = self.kernel.way(&ask);
        let dues = self.kernel.due(&ask, condition, way.as_ref(), past.filed, past.sent);
        Ok(Found { way, dues: dues.ok_or(Missing::Condition)? })
    }

    /// Whether facts that are not replayed decide among several units that share a selector.
    fn chooses(&self, found: &Found) -> bool {
        self.kernel.rules().order.is_some() && found.way.is_some_and(|way| way.rivals)
    }

    fn closing_level<'k>(&'k self, past: &Past, way: Option<&Way<'k>>) -> &'k str {
        let own = || self.kernel.rules().matters.get(&past.matter).map(|matter| &matter.closing_level);
        way.and_then(|way| way.row.closing_level.as_ref()).or_else(own).map_or("", |level| level.as_str())
    }
}

/// An answer that still borrows from its side.
struct Found<'k> {
    way: Option<Way<'k>>,
    dues: Dues,
}

impl Found<'_> {
    fn owned(&self, level: &str) -> Outcome {
        let routed = self.way.is_some();
        Outcome {
            row: self.way.map(|way| way.row.id.clone()),
            lead: self.way.map(|way| way.lead.clone()),
            assists: self.way.iter().flat_map(Way::assists).cloned().collect(),
            level: SmolStr::new(level),
            // Nobody receives what nobody gets.
            receive: routed.then_some(self.dues.receive.at),
            handle: routed.then_some(self.dues.handle.at),
            promise: Some(self.dues.promise.at),
        }
    }
}

/// What differs between two answers to one case.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Change {
    pub lead: bool,
    pub assists: bool,
    pub level: bool,
    pub lost_route: bool,
    pub gained_route: bool,
    /// Milliseconds by which the draft is due later; 0 where it is the same or one side has none.
    pub receive: i64,
    pub handle: i64,
    pub promise: i64,
}

impl Change {
    pub fn any(&self) -> bool {
        *self != Change::default()
    }
}

/// A draft beside what was in force.
pub struct Comparison<'p> {
    bases: Vec<Side<'p>>,
    draft: Side<'p>,
    tally: Tally,
}

impl<'p> Comparison<'p> {
    /// `bases` are the packs that cases ran under, the one for cases without a known version last. None without any.
    pub fn new(bases: &[&'p Pack], draft: &'p Pack) -> Option<Comparison<'p>> {
        let bases: Vec<Side> = bases.iter().map(|pack| Side::of(pack)).collect();
        let last = bases.last()?;
        let tally = Tally::new(last.pack, draft);
        Some(Comparison { tally, draft: Side::of(draft), bases })
    }

    /// Asks both sides about a case and counts the difference.
    pub fn take(&mut self, past: &Past) {
        let pinned = |side: &&Side| Some(&side.pack.version) == past.version.as_ref();
        let Some(base) = self.bases.iter().find(pinned).or(self.bases.last()) else { return };
        let before = match base.ask(past, past.place.area.as_ref(), &past.place.overlays) {
            Ok(found) => found,
            Err(why) => return self.tally.unknown_before(past, why),
        };
        let placed = placed(&past.place, base.pack, self.draft.pack);
        let (area, overlays) = (placed.area.as_ref(), placed.overlays.as_slice());
        let after = match self.draft.ask(past, area, overlays) {
            Ok(found) => found,
            Err(_) => {
                let level = base.closing_level(past, before.way.as_ref());
                return self.tally.unknown_after(past, || before.owned(level));
            }
        };
        let levels = (
            base.closing_level(past, before.way.as_ref()),
            self.draft.closing_level(past, after.way.as_ref()),
        );
        let change = change(&before, &after, levels);
        self.tally.chosen(base.chooses(&before) || self.draft.chooses(&after));
        self.tally.count(past, area, &change, || (before.owned(levels.0), after.owned(levels.1)));
    }

    /// A row or case that could not be read.
    pub fn unusable(&mut self, what: String) {
        self.tally.unusable(what);
    }

    /// How much of a journal was read.
    pub fn read_of(&mut self, read: Read) {
        self.tally.read_of(read);
    }

    pub fn report(self) -> Report {
        let versions = self.bases.iter().map(|side| side.pack.version.clone()).collect();
        self.tally.report(versions)
    }
}

fn change(before: &Found, after: &Found, levels: (&str, &str)) -> Change {
    let routed = (before.way.is_some(), after.way.is_some());
    let both = routed == (true, true);
    let moved = |of: fn(&Dues) -> Instant| if both { of(&after.dues).minus(of(&before.dues)) } else { 0 };
    let same_lead = match (&before.way, &after.way) {
        (Some(one), Some(other)) => one.lead == other.lead,
        _ => true,
    };
    let same_assists = match (&before.way, &after.way) {
        (Some(one), Some(other)) => one.assists().eq(other.assists()),
        _ => true,
    };
    Change {
        lead: !same_lead,
        assists: !same_assists,
        level: levels.0 != levels.1,
        lost_route: routed == (true, false),
        gained_route: routed == (false, true),
        receive: moved(|dues| dues.receive.at),
        handle: moved(|dues| dues.handle.at),
        promise: after.dues.promise.at.minus(before.dues.promise.at),
    }
}

/// Where the draft's cells put a case. A point that the baseline's own cells put where the case was is looked up again, since a
/// draft may draw cells otherwise; what was placed by hand stays where it is.
fn placed(place: &Place, base: &Pack, draft: &Pack) -> Place {
    let (Some(lon_e7), Some(lat_e7)) = (place.lon_e7, place.lat_e7) else { return place.clone() };
    let point = Point::new(lon_e7, lat_e7);
    let own = base.places.locate(point);
    if own.leaf().map(SmolStr::as_str) != place.area.as_ref().map(AreaCode::as_str) {
        return place.clone();
    }
    let found = draft.places.locate(point);
    Place {
        area: found.leaf().map(|code| AreaCode(code.clone())),
        overlays: found.overlays.iter().map(|code| AreaCode((*code).clone())).collect(),
        ..place.clone()
    }
}
