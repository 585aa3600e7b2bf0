//! Holes of the roster: an hour at which a unit may have to answer and nobody is on duty.
//!
//! Owns the walk over every kind of day and every hour at which anything changes. Days of the same weekday, with
//! and without work, today and on the day before, are one kind, so that the walk is complete and short. Refuses to ask
//! units without a roster: whoever sits there answers at any time. Start at [`check`].

use std::collections::BTreeMap;

use huying_model::{
    calendar::Calendar,
    org::{Org, Selector, Unit, UnitKind},
    policy::Rules,
    route::Period,
};
use jiff::{ToSpan, civil::Date};

use crate::lint::{LintReport, Severity};
use crate::load::{Pack, Spots};
use crate::places::midnight;

const DAY: u16 = 24 * 60;
/// Days that are looked through for kinds of days: ten years.
const MOST_DAYS: usize = 3_653;

/// A day that stands for its kind, with the minutes from which on another period holds.
struct Kind {
    date: Date,
    periods: Vec<(u16, Period)>,
}

impl Kind {
    fn period(&self, minute: u16) -> Option<Period> {
        self.periods.iter().rev().find(|(from, _)| *from <= minute).map(|(_, period)| *period)
    }
}

pub fn check(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let (org, rules) = (&pack.policy.org, &pack.policy.current);
    let Some(roster) = org.roster.as_ref().filter(|roster| roster.units().next().is_some()) else { return };
    let kinds = kinds(rules, &roster.calendar);
    for id in roster.units() {
        let Some(unit) = org.units.get(id).filter(|unit| unit.kind != UnitKind::External) else { continue };
        let mut minutes: Vec<u16> = roster.of(id).flat_map(|duty| [duty.from, duty.until % DAY]).collect();
        minutes.push(0);
        let hole = kinds.iter().find_map(|kind| {
            let changes = kind.periods.iter().map(|(from, _)| *from).chain(minutes.iter().copied());
            let bare = |minute: &u16| {
                let covered = roster.of(id).any(|duty| duty.covers(kind.date, *minute, &roster.calendar));
                !covered && kind.period(*minute).is_some_and(|period| answers(org, rules, unit, period))
            };
            changes.filter(bare).min().map(|minute| (kind, minute))
        });
        let Some((kind, minute)) = hole else { continue };
        let spot = spots.roster.iter().find(|(named, _)| named == id).map(|(_, spot)| spot.clone());
        let what = format!("the roster of {id} leaves hours at which it has to answer and nobody is on duty");
        let problem = spot.unwrap_or_default().problem(what, "Add a row that covers them");
        let work = if roster.calendar.is_workday(kind.date) { "a working day" } else { "a day without work" };
        let example = format!(
            "{} {:02}:{:02}, {}, {work}",
            kind.date,
            minute / 60,
            minute % 60,
            kind.date.strftime("%A")
        );
        report.add(Severity::Warning, "roster-hole", problem, example);
    }
}

/// One day of each kind that comes in the years that are known, from the day on which the rules begin.
fn kinds(rules: &Rules, calendar: &Calendar) -> Vec<Kind> {
    let begins = calendar.civil(rules.from).date();
    let until = calendar.published_years().and_then(|(_, last)| Date::new(last, 12, 31).ok());
    let span = until.filter(|until| *until > begins).map_or(14, |until| {
        usize::try_from(begins.until(until).map_or(0, |span| span.get_days()))
            .unwrap_or(0)
            .clamp(14, MOST_DAYS)
    });
    let mut kinds = BTreeMap::new();
    for date in begins.series(1.day()).take(span) {
        let before = date.yesterday().is_ok_and(|day| calendar.is_workday(day));
        let kind = (date.weekday().to_monday_zero_offset(), calendar.is_workday(date), before);
        kinds.entry(kind).or_insert(date);
    }
    kinds.into_values().map(|date| Kind { date, periods: periods(date, calendar) }).collect()
}

fn periods(date: Date, calendar: &Calendar) -> Vec<(u16, Period)> {
    let Ok(begins) = midnight(date, calendar.zone()) else { return Vec::new() };
    let mut periods: Vec<(u16, Period)> = Vec::new();
    for minute in 0..DAY {
        let period = match calendar.is_working(begins.plus_ms(i64::from(minute) * 60_000)) {
            true => Period::Working,
            false if calendar.is_workday(date) => Period::Night,
            false => Period::Holiday,
        };
        if periods.last().is_none_or(|(_, last)| *last != period) {
            periods.push((minute, period));
        }
    }
    periods
}

/// Whether a case may come to the unit in this period: always where it takes cases in or has a step of its own, else
/// where a row of the dispatch table may name it.
fn answers(org: &Org, rules: &Rules, unit: &Unit, period: Period) -> bool {
    let takes_in = unit.kind == UnitKind::Centre || unit.kind == UnitKind::Station;
    let steps =
        [&rules.verifiers, &rules.inspectors, &rules.callers_back, &rules.tracers, &rules.call_ladder];
    let step =
        steps.into_iter().flatten().chain([&rules.fallback]).any(|selector| finds(org, selector, unit));
    let routed = |route: &&huying_model::route::Route| {
        route.period.is_none_or(|wanted| wanted == period)
            && std::iter::once(&route.lead).chain(&route.assists).any(|selector| finds(org, selector, unit))
    };
    takes_in || step || rules.routes.iter().any(|route| routed(&route))
}

/// Whether a selector may find the unit from some place.
fn finds(org: &Org, selector: &Selector, unit: &Unit) -> bool {
    match selector {
        Selector::Named(id) => id == &unit.id,
        Selector::At { function, level } => {
            function == &unit.function && org.areas.get(&unit.area).is_some_and(|area| &area.level == level)
        }
        Selector::Parent { function } | Selector::Nearest { function } => function == &unit.function,
    }
}
