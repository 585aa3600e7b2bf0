//! An authority's rules as data: versioned, pinned to a case when it is filed (domain §2, Policy).

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    admission::{Admission, Admissions},
    calendar::{Calendar, Limit},
    case::Case,
    catalogue::{EvidenceKind, Matter, Outcome, Source, Urgency},
    clock::TimerKind,
    facts::Order,
    ids::{AreaCode, LevelName, MatterCode, PolicyVersion, UnitId},
    org::{Org, Selector},
    route::{Facts, Period, Question, Route, Routing, glob, may_choose, rivals, route},
    score::Indicator,
    steps::StepRule,
    time::Instant,
};

/// How often something may happen to one case, so that nothing goes round for ever. The figures are upper bounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Allowances {
    pub returns: u8,
    pub fails: u8,
    pub reworks: u8,
    pub reopens: u8,
    pub verifies: u8,
    pub difficult: u8,
    pub extensions: u8,
    pub suspensions: u8,
    /// Raise, push down, recall, reassign, relocate, reclassify and take over together.
    pub moves: u8,
    pub calls: u8,
    pub requests: u8,
    /// Merge and unmerge of this case.
    pub merges: u8,
    /// To-dos after closing.
    pub follow_ups: u8,
    /// Attempts to reach a reporter before the case may close as not reached.
    pub attempts: u8,
}

impl Default for Allowances {
    fn default() -> Self {
        Allowances {
            returns: 2,
            fails: 2,
            reworks: 2,
            reopens: 2,
            verifies: 1,
            difficult: 1,
            extensions: 2,
            suspensions: 1,
            moves: 6,
            calls: 12,
            requests: 6,
            merges: 2,
            follow_ups: 6,
            attempts: 3,
        }
    }
}

/// Who is told when a clock's step comes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// The unit that has to act.
    Unit,
    /// The centre of the case.
    Centre,
    /// The leader at the centre's level: an item in that queue, with a clock of its own.
    Leader,
}

/// One step of a ladder: so long after the clock is due, this one is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Step {
    pub after: Limit,
    pub tell: Rung,
}

/// What a clock does: its limit where no condition gives one, when it warns, and its steps after it is due.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TimerRule {
    pub limit: Limit,
    /// Part of the limit after which the unit is warned, in percent; 0 for never.
    #[serde(default)]
    pub warn_percent: u8,
    /// The last one tells a leader; [`Rules::check`] refuses another.
    #[serde(default)]
    pub ladder: Vec<Step>,
}

/// What an urgency changes (三色).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct UrgencyRule {
    /// The promise and handling limits in percent of the condition's; at most 100.
    pub limit_percent: u8,
    /// The lead officer has at least this rank (`Member::rank`).
    pub rank: u8,
    /// From filing until the work is done, a meeting at least every so many calendar days; 0 for none.
    pub meeting_days: u8,
    /// Calendar days of following up after closing; 0 for none.
    pub follow_up_days: u8,
}

/// Which level may give an outcome, and with which evidence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OutcomeRule {
    pub outcome: Outcome,
    /// The smallest ground whose centre may give it.
    pub level: LevelName,
    #[serde(default)]
    pub evidence: Vec<EvidenceKind>,
}

/// System may take this step by itself for these matters and sources.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Auto {
    pub matter: SmolStr,
    pub source: Option<Source>,
    pub file: bool,
    pub dispatch: bool,
}

/// One version of the rules.
#[derive(Clone, Debug)]
pub struct Rules {
    pub version: PolicyVersion,
    pub from: Instant,
    pub matters: BTreeMap<MatterCode, Matter>,
    pub routes: Vec<Route>,
    pub allowances: Allowances,
    pub timers: BTreeMap<TimerKind, TimerRule>,
    pub urgency: BTreeMap<Urgency, UrgencyRule>,
    pub outcomes: Vec<OutcomeRule>,
    pub auto: Vec<Auto>,
    /// What is counted of the cases, and what it is worth.
    pub indicators: Vec<Indicator>,
    /// For which matters grid workers may be asked. In a [`Policy`] every version has those of today.
    pub admissions: Arc<Admissions>,
    /// How the table chooses among several units that one selector finds; None: by their ids.
    pub order: Option<Order>,
    /// Where inspection and callback are needed otherwise than the matter says.
    pub steps: Vec<StepRule>,
    /// The level whose centre dispatches; a place's nearest centre above it where that level has none.
    pub dispatch_level: LevelName,
    /// Who verifies, in this order of preference.
    pub verifiers: Vec<Selector>,
    /// Who inspects, in this order; the centres upward follow by themselves.
    pub inspectors: Vec<Selector>,
    /// Who calls back; the closing centre where none is found.
    pub callers_back: Vec<Selector>,
    /// Who follows up after closing, where the colour asks for it; the closing centre where none is found.
    pub tracers: Vec<Selector>,
    /// Who owns a difficult case until it is decided (兜底).
    pub fallback: Selector,
    /// Whom an unanswered call climbs to, rung by rung; after the last, a leader.
    pub call_ladder: Vec<Selector>,
    /// Longest suspension.
    pub suspension: Limit,
    /// Days after the end in which a reporter may reopen, object, rate.
    pub reopen_days: u16,
    pub objection_days: u16,
    pub rating_days: u16,
    /// A claimed time may lie so far from receipt, in milliseconds, before it is set aside.
    pub skew_ms: i64,
    pub calendars: BTreeMap<SmolStr, Arc<Calendar>>,
    pub calendar: SmolStr,
}

/// The rules would break a promise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    #[error("the rules name no limit for the clock '{}': add it under timers", .0.code())]
    NoTimer(TimerKind),
    #[error("the ladder of the clock '{}' does not end at a leader: make tell = \"leader\" its last step", .0.code())]
    NoLeader(TimerKind),
    #[error("the default calendar '{0}' is not among the calendars")]
    NoCalendar(SmolStr),
    #[error("matter {matter} names the calendar '{calendar}', which is not among the calendars")]
    MatterCalendar { matter: MatterCode, calendar: SmolStr },
    #[error("matter {0} has no filing condition: give it one")]
    NoCondition(MatterCode),
    #[error("level '{0}' is named by the rules but not by the organisation")]
    NoLevel(LevelName),
    #[error("allowance '{name}' is {value}, above the bound {bound}")]
    Allowance { name: &'static str, value: u8, bound: u8 },
    #[error("urgency {0:?} has limits above 100 percent: an urgency only shortens")]
    Longer(Urgency),
}

impl Rules {
    /// Refuses rules under which a promise could be broken.
    pub fn check(&self, org: &Org) -> Result<(), RulesError> {
        for kind in TimerKind::ALL {
            let rule = self.timers.get(&kind).ok_or(RulesError::NoTimer(kind))?;
            let quiet = matches!(
                kind,
                TimerKind::Suspension
                    | TimerKind::Ask
                    | TimerKind::Call
                    | TimerKind::Request
                    | TimerKind::Attend
            );
            if !quiet && rule.ladder.last().is_none_or(|step| step.tell != Rung::Leader) {
                return Err(RulesError::NoLeader(kind));
            }
        }
        if !self.calendars.contains_key(&self.calendar) {
            return Err(RulesError::NoCalendar(self.calendar.clone()));
        }
        for matter in self.matters.values() {
            if matter.conditions.is_empty() {
                return Err(RulesError::NoCondition(matter.code.clone()));
            }
            if let Some(calendar) =
                matter.calendar.as_ref().filter(|name| !self.calendars.contains_key(*name))
            {
                let (matter, calendar) = (matter.code.clone(), calendar.clone());
                return Err(RulesError::MatterCalendar { matter, calendar });
            }
        }
        let levels = self
            .matters
            .values()
            .map(|matter| &matter.closing_level)
            .chain(std::iter::once(&self.dispatch_level));
        for level in levels.chain(self.outcomes.iter().map(|rule| &rule.level)) {
            org.depth(level).ok_or_else(|| RulesError::NoLevel(level.clone()))?;
        }
        self.check_allowances()
    }

    fn check_allowances(&self) -> Result<(), RulesError> {
        let allowed = self.allowances;
        let bounds = [
            ("returns", allowed.returns, 2),
            ("fails", allowed.fails, 2),
            ("reworks", allowed.reworks, 2),
            ("reopens", allowed.reopens, 2),
            ("verifies", allowed.verifies, 1),
            ("difficult", allowed.difficult, 1),
            ("extensions", allowed.extensions, 2),
            ("suspensions", allowed.suspensions, 1),
        ];
        for (name, value, bound) in bounds {
            if value > bound {
                return Err(RulesError::Allowance { name, value, bound });
            }
        }
        for (urgency, rule) in &self.urgency {
            if rule.limit_percent > 100 {
                return Err(RulesError::Longer(*urgency));
            }
        }
        Ok(())
    }

    /// The calendar of a matter's clocks.
    pub fn calendar_of(&self, matter: Option<&MatterCode>) -> Option<&Calendar> {
        let name = matter.and_then(|code| self.matters.get(code)).and_then(|m| m.calendar.as_ref());
        self.calendars.get(name.unwrap_or(&self.calendar)).map(AsRef::as_ref)
    }
    /// A limit under an urgency, which only shortens it, and never to nothing where it was something.
    pub fn shortened(&self, limit: Limit, urgency: Urgency) -> Limit {
        let percent = self.urgency.get(&urgency).map_or(100, |rule| u64::from(rule.limit_percent.min(100)));
        let whole = u64::from(limit.amount);
        let amount = (whole * percent).div_ceil(100).max(1).min(whole);
        Limit { amount: u32::try_from(amount).unwrap_or(limit.amount), ..limit }
    }
    /// The rank that the colour asks of the lead officer.
    pub fn rank(&self, urgency: Urgency) -> u8 {
        self.urgency.get(&urgency).map_or(0, |rule| rule.rank)
    }
    pub fn auto(&self, matter: &MatterCode, source: Source) -> Option<&Auto> {
        self.auto
            .iter()
            .find(|auto| glob(&auto.matter, matter.as_str()) && auto.source.is_none_or(|s| s == source))
    }
    pub fn outcome(&self, outcome: Outcome) -> Option<&OutcomeRule> {
        self.outcomes.iter().find(|rule| rule.outcome == outcome)
    }
    pub fn period(&self, matter: &MatterCode, at: Instant) -> Period {
        match self.calendar_of(Some(matter)) {
            Some(calendar) if calendar.is_working(at) => Period::Working,
            Some(calendar) if calendar.is_workday_at(at) => Period::Night,
            _ => Period::Holiday,
        }
    }
    /// Asks the dispatch table of this version.
    #[expect(clippy::too_many_arguments, reason = "the columns of the table, each asked by name")]
    pub fn route(
        &self,
        org: &Org,
        matter: &MatterCode,
        area: Option<&AreaCode>,
        overlays: &[AreaCode],
        source: Source,
        urgency: Urgency,
        at: Instant,
        facts: &Facts,
    ) -> Option<Routing> {
        let period = self.period(matter, at);
        let admitted = self.admissions.bar(matter, at).is_none();
        let asked = Question { matter, area, overlays, source, urgency, period, at, admitted, facts };
        route(&self.routes, &self.version, org, &asked)
    }
    /// Among whom the table would have to choose for a case now, by facts. Empty, and for nothing, without a rule for it.
    pub fn rivals(&self, org: &Org, case: &Case, at: Instant) -> Vec<UnitId> {
        let (Some(matter), Some(_)) = (&case.matter, self.order) else { return Vec::new() };
        let (area, overlays, facts) = (case.place.area.as_ref(), &case.place.overlays, &Facts::default());
        let (source, urgency, period) = (case.source, case.urgency, self.period(matter, at));
        let admitted = self.admissions.bar(matter, at).is_none();
        let asked = Question { matter, area, overlays, source, urgency, period, at, admitted, facts };
        rivals(&self.routes, &self.version, org, &asked)
    }
}

/// What `decide` goes by: every version of the rules, the one in force, and today's organisation.
#[derive(Clone, Debug)]
pub struct Policy {
    pub org: Arc<Org>,
    pub versions: BTreeMap<PolicyVersion, Arc<Rules>>,
    pub current: Arc<Rules>,
}

impl Policy {
    /// A rule for choosing among units, where no selector ever finds several, is dropped: nobody then looks up facts.
    pub fn new(org: Org, mut rules: Rules) -> Result<Policy, RulesError> {
        rules.check(&org)?;
        rules.order = rules.order.filter(|_| may_choose(&rules.routes, &org));
        let rules = Arc::new(rules);
        let versions = BTreeMap::from([(rules.version.clone(), rules.clone())]);
        Ok(Policy { org: Arc::new(org), versions, current: rules })
    }
    /// The same policy with other versions that cases may be pinned to.
    #[must_use]
    pub fn knowing(mut self, others: impl IntoIterator<Item = Rules>) -> Policy {
        for rules in others {
            self.versions.entry(rules.version.clone()).or_insert_with(|| Arc::new(rules));
        }
        self.admitting(&[])
    }
    /// The same policy with what the admission desk has decided. Whom a case may be asked of is a question of today, like who
    /// there is: every version goes by the current one's rows.
    #[must_use]
    pub fn admitting(&self, decided: &[Admission]) -> Policy {
        let admissions = Arc::new(self.current.admissions.with(decided));
        let same =
            |rules: &Arc<Rules>| Arc::new(Rules { admissions: admissions.clone(), ..Rules::clone(rules) });
        let versions = self.versions.iter().map(|(version, rules)| (version.clone(), same(rules)));
        Policy { org: self.org.clone(), versions: versions.collect(), current: same(&self.current) }
    }
    /// The rules a case is pinned to; the current ones before filing, and where the pinned version lacks the matter.
    pub fn rules(&self, pinned: Option<&PolicyVersion>, matter: Option<&MatterCode>) -> &Arc<Rules> {
        pinned
            .and_then(|version| self.versions.get(version))
            .filter(|rules| matter.is_none_or(|matter| rules.matters.contains_key(matter)))
            .unwrap_or(&self.current)
    }
}
