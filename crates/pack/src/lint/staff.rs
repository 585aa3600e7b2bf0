//! Units and people: whether somebody sits where the life cycle needs somebody.
//!
//! Owns the roles that each kind of unit must fill, and who sits where. Start at [`check`] and [`Seats`].

use std::collections::HashMap;

use huying_model::{
    MemberId, UnitId,
    actor::Role,
    decide::roles,
    org::{Member, Org, Unit, UnitKind},
    table::Who,
};

use crate::lint::{LintReport, Severity, at_unit};
use crate::load::{Pack, Spots};
use crate::problem::Spot;

/// Whether somebody in the unit may receive and finish; for an external unit, somebody in its home.
pub fn can_handle(org: &Org, unit: &UnitId) -> bool {
    org.units.contains_key(unit) && org.sitting(&keeper(org, unit.clone()), roles(Who::Lead)).next().is_some()
}

/// An external unit is a label on its home, which does the work.
pub fn keeper(org: &Org, unit: UnitId) -> UnitId {
    let external = org.units.get(&unit).filter(|unit| unit.kind == UnitKind::External);
    external.and_then(|unit| unit.home.clone()).unwrap_or(unit)
}

/// Who sits in which unit, for questions that are asked of every cell.
pub struct Seats<'p>(HashMap<&'p UnitId, Vec<(&'p Member, Role)>>);

impl<'p> Seats<'p> {
    pub fn of(org: &'p Org) -> Seats<'p> {
        let mut seats: HashMap<&UnitId, Vec<(&Member, Role)>> = HashMap::new();
        for member in org.members.values() {
            for seat in &member.seats {
                seats.entry(&seat.unit).or_default().push((member, seat.role));
            }
        }
        Seats(seats)
    }
    /// The members of a unit who may act so there.
    pub fn acting<'s>(&'s self, unit: &UnitId, who: Who) -> impl Iterator<Item = &'p MemberId> + use<'s, 'p> {
        self.members(unit, who).map(|member| &member.id)
    }
    fn members<'s>(&'s self, unit: &UnitId, who: Who) -> impl Iterator<Item = &'p Member> + use<'s, 'p> {
        let of_unit = self.0.get(unit).map_or(&[][..], Vec::as_slice);
        of_unit.iter().filter(move |(_, role)| roles(who).contains(role)).map(|(member, _)| *member)
    }
    /// The highest rank of those who may receive and finish in a unit, or in the home of an external one; None where nobody
    /// may.
    pub fn highest_rank(&self, org: &Org, unit: &UnitId) -> Option<u8> {
        self.members(&keeper(org, unit.clone()), Who::Lead).map(|member| member.rank).max()
    }
    pub fn any(&self, unit: &UnitId, who: Who) -> bool {
        self.acting(unit, who).next().is_some()
    }
}

pub fn check(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    centres(pack, spots, report);
    stations(pack, spots, report);
    needed_roles(pack, report);
    empty_units(pack, spots, report);
    ended_seats(pack, spots, report);
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
                let what =
                    format!("the centre {} has nobody with the role {}", unit.id, role.en().to_lowercase());
                let problem =
                    at_unit(spots, unit.id.as_str()).problem(what, "Give a member that seat in members.csv");
                report.add(Severity::Error, "unstaffed-centre", problem, unit.name.to_string());
            }
        }
    }
}

/// A case begins with the station of its place, where there is one, so somebody there has to accept it.
fn stations(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let org = &pack.policy.org;
    for unit in lasting(pack).filter(|unit| unit.function.as_str() == "station") {
        if org.sitting(&unit.id, roles(Who::Intake)).next().is_none() {
            let what = format!("the station {} has nobody who accepts what is reported in its area", unit.id);
            let problem =
                at_unit(spots, unit.id.as_str()).problem(what, "Give a member the seat acceptor there");
            let example = format!("a report from {} ({})", crate::lint::place(pack, &unit.area), unit.name);
            report.add(Severity::Error, "unstaffed-station", problem, example);
        }
    }
}

/// The auditor is the last one who can name an inspector, and the last one told.
fn needed_roles(pack: &Pack, report: &mut LintReport) {
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
}

fn empty_units(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let org = &pack.policy.org;
    let seats = Seats::of(org);
    for unit in lasting(pack).filter(|unit| unit.kind != UnitKind::External) {
        if !seats.any(&unit.id, Who::Staff) {
            let problem = at_unit(spots, unit.id.as_str())
                .problem(format!("the unit {} has no member", unit.id), "Give a member a seat in it");
            report.add(Severity::Warning, "empty-unit", problem, unit.name.to_string());
        }
    }
}

/// A seat in a unit that ended before the rules begin is nobody's.
fn ended_seats(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let (org, from) = (&pack.policy.org, pack.policy.current.from);
    for member in org.members.values() {
        let ended = |unit: &UnitId| {
            org.units.get(unit).is_some_and(|unit| unit.until.is_some_and(|until| until <= from))
        };
        let Some(seat) = member.seats.iter().find(|seat| ended(&seat.unit)) else { continue };
        let spot = spots.members.get(member.id.as_str()).cloned();
        let spot = spot.unwrap_or_else(|| Spot::file(crate::people::MEMBERS));
        let what = format!("{} has a seat in {}, which has ended", member.id, seat.unit);
        let problem =
            spot.problem(what, "Give the member a seat in the unit that took over, or remove the seat");
        report.add(Severity::Warning, "ended-seat", problem, member.name.to_string());
    }
}
