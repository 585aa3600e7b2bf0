//! Admission (准入): which matters may be asked of grid workers, from when, and by which rule.
//!
//! Owns the dated rows of a pack and of the admission desk, which row is in force for a matter, and which parts of a case end
//! when a matter is no longer admitted (否决). It refuses nothing that grid workers find and do themselves: to report, to
//! handle on the spot and to verify are never asked of them. Like the organisation, admission is always today's: no case
//! is pinned to an older one. Start at [`Admissions::bar`]; the procedure by which rows come about is [`desk`].

pub mod desk;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    case::Case,
    command::Command,
    ids::{MatterCode, UnitId},
    org::{Org, UnitKind},
    policy::Policy,
    route::{glob, pattern_weight},
    stage::Stage,
    time::Instant,
};

/// What an office said.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// 准入
    Admitted,
    /// 回绝
    Refused,
    /// 否决: an admitted matter no longer is.
    Vetoed,
}

impl Ruling {
    pub fn zh(self) -> &'static str {
        match self {
            Ruling::Admitted => "准入",
            Ruling::Refused => "回绝",
            Ruling::Vetoed => "否决",
        }
    }
    pub fn en(self) -> &'static str {
        match self {
            Ruling::Admitted => "Admitted",
            Ruling::Refused => "Refused",
            Ruling::Vetoed => "Vetoed",
        }
    }
}

/// One row: a decision on some matters, with the rule that it quotes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Admission {
    /// A glob over `board/track/matter`, as in a route.
    pub matter: SmolStr,
    /// The department that asked for it.
    pub applicant: UnitId,
    /// The unit that decided.
    pub office: UnitId,
    pub ruling: Ruling,
    /// The rule in words.
    pub rule: SmolStr,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
}

impl Admission {
    fn holds(&self, matter: &MatterCode, at: Instant) -> bool {
        self.from.is_none_or(|from| from <= at)
            && self.until.is_none_or(|until| at < until)
            && glob(&self.matter, matter.as_str())
    }
}

/// All rows. Where admission is not required, everything is admitted.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Admissions {
    pub required: bool,
    /// Who decides on what nobody has decided yet; the root centre where a pack names none.
    pub office: Option<UnitId>,
    pub rows: Vec<Admission>,
}

/// What is quoted where nobody has decided on a matter.
pub const UNDECIDED: &str = "没有准入决定 / no decision on its admission";

impl Admissions {
    /// The row in force for a matter: the one that names most of it; of those the one that began last, then the later row.
    pub fn row(&self, matter: &MatterCode, at: Instant) -> Option<&Admission> {
        let held = self.rows.iter().filter(|row| row.holds(matter, at));
        held.max_by_key(|row| (pattern_weight(&row.matter), row.from))
    }

    /// The rule by which grid workers may not be asked for this matter at this moment; None where they may.
    pub fn bar(&self, matter: &MatterCode, at: Instant) -> Option<SmolStr> {
        if !self.required {
            return None;
        }
        match self.row(matter, at) {
            Some(row) if row.ruling == Ruling::Admitted => None,
            Some(row) => Some(row.rule.clone()),
            None => Some(SmolStr::new_static(UNDECIDED)),
        }
    }

    /// The moments at which a row begins or ends.
    pub fn moments(&self) -> impl Iterator<Item = Instant> {
        self.rows.iter().flat_map(|row| [row.from, row.until]).flatten()
    }

    /// The same with what a desk has decided since.
    #[must_use]
    pub fn with(&self, decided: &[Admission]) -> Admissions {
        let rows = self.rows.iter().chain(decided).cloned().collect();
        Admissions { rows, ..self.clone() }
    }
}

/// Whether a unit is one of grid workers.
pub fn is_grid_team(org: &Org, unit: &UnitId) -> bool {
    org.units.get(unit).is_some_and(|found| found.kind == UnitKind::GridTeam)
}

/// The parts of a case that were asked of this team: lead or assist, or a call that waits. What the team took on itself is
/// its own.
pub fn asked(case: &Case, unit: &UnitId) -> bool {
    let part = case.open_assignment(unit).is_some_and(|part| !(part.lead && case.own_find));
    part || case.open_calls().any(|call| &call.callee == unit)
}

/// The commands by which System ends what grid teams were asked for and may not be asked for any more. A lead that only
/// waits, for its parts or for a meeting, hands over to the centre; everything else is vetoed.
pub fn needed(policy: &Policy, case: &Case, now: Instant) -> Vec<Command> {
    let at_work = matches!(case.stage, Stage::Dispatched | Stage::Handling);
    let barred = |matter: &MatterCode| policy.current.admissions.bar(matter, now).is_some();
    if !at_work || !case.matter.as_ref().is_some_and(barred) {
        return Vec::new();
    }
    let parts = case.assignments.iter().filter(|part| part.part.open()).map(|part| &part.unit);
    let mut teams: Vec<&UnitId> = parts.chain(case.open_calls().map(|call| &call.callee)).collect();
    teams.sort();
    teams.dedup();
    let ended = teams.into_iter().filter(|unit| is_grid_team(&policy.org, unit) && asked(case, unit));
    ended
        .map(|unit| {
            let leads = case.lead_unit() == Some(unit);
            if leads && (case.split || case.difficult.is_some()) {
                let place = case.place.area.as_ref();
                let rules = policy.rules(case.policy.as_ref(), case.matter.as_ref());
                let to = policy.org.centre_at(place, &rules.dispatch_level, now);
                Command::Rehome { from: unit.clone(), to }
            } else {
                Command::Veto { unit: unit.clone() }
            }
        })
        .collect()
}
