//! Units and people: whether somebody sits where the life cycle needs somebody.
//!
//! Owns the roles that each kind of unit must fill. Start at [`check`].

use huying_model::{
    UnitId,
    actor::Role,
    calendar::Limit,
    clock::TimerKind,
    org::{Org, Unit, UnitKind},
};

use crate::lint::{LintReport, Severity};
use crate::load::{Pack, Spots};
use crate::problem::Spot;

/// The roles that the life cycle lets work for a unit that answers for a case.
const WORKING: &[Role] =
    &[Role::Handler, Role::GridWorker, Role::Dispatcher, Role::Acceptor, Role::Leader, Role::Supervisor];

/// Whether somebody in the unit may receive and finish; for an external unit, somebody in its home.
pub fn can_handle(org: &Org, unit: &UnitId) -> bool {
    let Some(found) = org.units.get(unit) else { return false };
    let keeper = match (found.kind, &found.home) {
        (UnitKind::External, Some(home)) => home,
        _ => unit,
    };
    org.sitting(keeper, WORKING).next().is_some()
}

pub fn check(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    centres(pack, spots, report);
    stations(pack, spots, report);
    barred_from_start(pack, spots, report);
    limits(pack, spots, report);
}

/// Units that are not over when the rules begin: one that is needs nobody any more.
fn lasting(pack: &Pack) -> impl Iterator<Item = &Unit> {
    let from = pack.policy.current.from;
    pack.policy.org.units.values().filter(move |unit| unit.until.is_none_or(|until| from < until))
}

/// A centre accepts, dispatches, and has a leader who is told.
fn centres(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let org = &pack.policy.org;
    for unit in lasting(pack).filter(|unit| unit.kind == UnitKind::Centre) {
        for role in [Role::Acceptor, Role::Dispatcher, Role::Leader] {
            if org.sitting(&unit.id, &[role]).next().is_none() {
                let spot = spots.units.get(unit.id.as_str()).cloned().unwrap_or_default();
                let what =
                    format!("the centre {} has nobody with the role {}", unit.id, role.en().to_lowercase());
                let problem = spot.problem(what, "Give a member that seat in members.csv");
                report.add(Severity::Error, "unstaffed-centre", problem, unit.name.to_string());
            }
        }
    }
}

/// A case begins with the station of its place, where there is one, so somebody there has to accept it.
fn stations(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let org = &pack.policy.org;
    for unit in lasting(pack).filter(|unit| unit.function.as_str() == "station") {
        if org.sitting(&unit.id, &[Role::Acceptor, Role::Operator, Role::Dispatcher]).next().is_none() {
            let spot = spots.units.get(unit.id.as_str()).cloned().unwrap_or_default();
            let what = format!("the station {} has nobody who accepts what is reported in its area", unit.id);
            let problem = spot.problem(what, "Give a member the seat acceptor there");
            report.add(Severity::Error, "unstaffed-station", problem, unit.name.to_string());
        }
    }
}

/// The auditor is the last one who can name an inspector, and the last one told.
fn barred_from_start(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let org = &pack.policy.org;
    let has =
        |role: Role| org.members.values().any(|member| member.seats.iter().any(|seat| seat.role == role));
    for (role, why) in [
        (Role::Auditor, "nobody could name an inspector where everyone else had a part"),
        (Role::CallerBack, "nobody calls reporters back"),
    ] {
        if !has(role) {
            let problem = Spot::file(crate::people::MEMBERS).problem(
                format!("no member has the role {}: {why}", role.en().to_lowercase()),
                "Give a member that seat",
            );
            report.add(Severity::Error, "unfilled-role", problem, "");
        }
    }
    for unit in lasting(pack) {
        let used = org.members.values().any(|member| member.seats.iter().any(|seat| seat.unit == unit.id));
        if !used && unit.kind != UnitKind::External {
            let spot = spots.units.get(unit.id.as_str()).cloned().unwrap_or_default();
            let problem =
                spot.problem(format!("the unit {} has no member", unit.id), "Give a member a seat in it");
            report.add(Severity::Warning, "empty-unit", problem, unit.name.to_string());
        }
    }
}

/// A promise that ends before anybody need receive the case is none.
fn limits(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let rules = &pack.policy.current;
    let usual = rules.timers.get(&TimerKind::Receive).map(|timer| timer.limit);
    for matter in rules.matters.values() {
        for condition in &matter.conditions {
            let Some(receive) = condition.limits.receive.or(usual) else { continue };
            if not_longer(condition.limits.promise, receive) {
                let spot = spots.matters.get(&matter.code).cloned().unwrap_or_default();
                let what = format!(
                    "condition {} of {} promises {} and gives {} for receipt alone",
                    condition.no, matter.code, condition.limits.promise, receive
                );
                report.add(Severity::Error, "hopeless-limit", spot.problem(what, "Lengthen the promise"), "");
            }
        }
    }
}

fn not_longer(one: Limit, other: Limit) -> bool {
    one.measure == other.measure && one.amount <= other.amount
}
