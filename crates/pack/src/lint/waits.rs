//! The longest time that a case can wait before a leader knows, per filing condition.
//!
//! Owns the bound of promise 3. What it takes into account:
//!
//! * **Until filing** the intake clock stands, from the first receipt over Reported and Verifying. Nothing resets or pauses
//!   it: verification runs inside it, and asking the reporter has a clock of its own and pauses nothing.
//! * **From filing** the promise clock stands. No return, recall, reassignment, relocation, raise, merge, rework or urgency
//!   resets it, and a changed limit only shortens it. People may file at the last moment before the intake clock tells a
//!   leader, so the two follow each other: `plain` is intake and its ladder's leader, then promise and its ladder's leader.
//! * **Extended**: every extension adds the longest handling limit that the condition or a row for it gives, and one
//!   suspension of the longest kind stops the clock once, wherever that hurts most.
//! * **Objected**: after a decline nobody waits until the reporter objects, within the window. From the objection on the
//!   judging clock stands in place of intake; the column is that, then the extended promise.
//! * **Reopened** cases get a promise clock at once, with what is left of the allowances: less than `extended`, counted from
//!   the reopening. Parts of a split end no later than their parent, and the earlier promise of two merged cases counts.
//!
//! Clocks of single steps tell a leader earlier; the bound holds even where they were all met. Each part is taken from the
//! start at which its calendar is worst ([`super::hours`]). Where no leader sits anywhere above a cell, or a ladder names
//! none, the wait is unbounded, which is an error. Start at [`waits`].

use huying_model::{MatterCode, Rules, calendar::Limit, clock::TimerKind, policy::Rung, route::glob};
use serde::Serialize;

use crate::lint::hours::Hours;
use crate::lint::staff::Seats;
use crate::lint::stages::samples;
use crate::lint::{Calendars, LintReport, Severity, calls, coverage::Ground, place};
use crate::load::{Pack, Spots};
use crate::problem::Spot;

/// What the lint prints for one filing condition, in milliseconds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Wait {
    pub matter: MatterCode,
    pub condition: u16,
    /// From the first receipt until a leader knows, whatever people omit.
    pub plain_ms: i64,
    /// The same with every extension granted and the longest suspension.
    pub longest_ms: i64,
    /// From a reporter's objection to a decline, with every extension and suspension.
    pub objected_ms: i64,
}

/// One bound per filing condition, the longest first.
pub fn waits(
    pack: &Pack,
    spots: &Spots,
    ground: &Ground,
    hours: &Calendars,
    report: &mut LintReport,
) -> Vec<Wait> {
    leaderless(pack, spots, ground, report);
    let rules = &pack.policy.current;
    let (Some(intake), Some(judge), Some(promise)) = (
        chain(rules, TimerKind::Intake, report),
        chain(rules, TimerKind::Judge, report),
        chain(rules, TimerKind::Promise, report),
    ) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for matter in rules.matters.values() {
        let Some(hours) = hours.get(matter.calendar.as_ref().unwrap_or(&rules.calendar)) else { continue };
        let (before, judged) = (hours.worst(&intake), hours.worst(&judge));
        let rows = rules.routes.iter().filter(|row| glob(&row.matter, matter.code.as_str()));
        let by_rows: Vec<Limit> = rows.filter_map(|row| row.limits).map(|limits| limits.handle).collect();
        for condition in &matter.conditions {
            let after = [condition.limits.promise, promise[1]];
            let handles = std::iter::once(condition.limits.handle).chain(by_rows.iter().copied());
            let longest =
                handles.max_by_key(|limit| hours.worst(&[*limit])).unwrap_or(condition.limits.handle);
            let extended = extended(rules, hours, longest, after);
            all.push(Wait {
                matter: matter.code.clone(),
                condition: condition.no,
                plain_ms: before + hours.worst(&after),
                longest_ms: before + extended,
                objected_ms: judged + extended,
            });
        }
    }
    all.sort_by(|a, b| b.plain_ms.cmp(&a.plain_ms).then_with(|| a.matter.cmp(&b.matter)));
    all
}

/// The promise with every extension, and stopped once for the longest suspension.
fn extended(rules: &Rules, hours: &Hours, handle: Limit, [promise, leader]: [Limit; 2]) -> i64 {
    let mut limits = vec![promise];
    limits.extend((0..rules.allowances.extensions).map(|_| handle));
    limits.push(leader);
    if rules.allowances.suspensions == 0 {
        return hours.worst(&limits);
    }
    let stops = i64::from(rules.allowances.suspensions);
    hours.worst_split(&limits).max(hours.worst(&limits)) + stops * hours.worst(&[rules.suspension])
}

/// A clock's limit and the step of its ladder that tells a leader.
fn chain(rules: &Rules, kind: TimerKind, report: &mut LintReport) -> Option<[Limit; 2]> {
    let rule = rules.timers.get(&kind);
    let step = rule.and_then(|rule| rule.ladder.iter().find(|step| step.tell == Rung::Leader));
    if let (Some(rule), Some(step)) = (rule, step) {
        return Some([rule.limit, step.after]);
    }
    let spot = Spot { field: format!("timers.{}", kind.code()).into(), ..Spot::file(crate::settings::FILE) };
    let what = format!("the clock {} tells no leader, so a case can wait for ever", kind.code());
    let problem = spot.problem(what, "End its ladder at a leader");
    report.add(Severity::Error, "unbounded-wait", problem, format!("any case while {} runs", kind.en()));
    None
}

/// Cells whose cases no leader is ever told of.
fn leaderless(pack: &Pack, spots: &Spots, ground: &Ground, report: &mut LintReport) {
    let seats = Seats::of(&pack.policy.org);
    let samples = samples(pack, ground);
    let bare: Vec<_> = samples.iter().filter(|sample| !calls::has_leader(sample, &seats)).collect();
    let Some(first) = bare.first() else { return };
    let cells: usize = bare.iter().map(|sample| sample.count).sum();
    let what = format!("cases of {cells} cells can wait for ever: no leader sits at their centre or above");
    let centre = first.centres.last().map_or("", |unit| unit.as_str());
    let problem = crate::lint::at_unit(spots, centre).problem(what, "Give a member the seat leader there");
    report.add(Severity::Error, "unbounded-wait", problem, format!("a case in {}", place(pack, first.cell)));
}
