//! Who acts, and what they may see.
//!
//! Owns the step from an account to an [`Actor`] and the one rule of sight. What an actor may *do* is the model's
//! ([`huying_model::decide`]); this page only answers what they may read. Start at [`Sight::sees`].
//!
//! The rule: a case is seen by everyone who sits in a unit that has, or had, a part in it; centres, stations and grid
//! teams also see every case of their area; an auditor sees the area of the unit where they audit. A seat as administrator
//! shows no case: who runs the accounts does not read the files.

use std::collections::BTreeSet;

use huying_model::{
    Actor, AreaCode, Case, Instant, MemberId, UnitId,
    actor::Role,
    org::{Org, UnitKind},
    todo,
};

/// There is no such account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no member '{0}': choose one from the list of members")]
pub struct UnknownMember(pub MemberId);

/// The member as an actor with every seat that is theirs now, as a deputy by the roster too.
pub fn actor(org: &Org, member: &MemberId, at: Instant) -> Result<Actor, UnknownMember> {
    if !org.members.contains_key(member) {
        return Err(UnknownMember(member.clone()));
    }
    Ok(Actor::Member { id: member.clone(), seats: org.seats(member, at) })
}

/// Whether an actor is an administrator of the whole authority.
pub fn administers(org: &Org, actor: &Actor) -> bool {
    let whole = |unit: &UnitId| org.units.get(unit).is_some_and(|unit| &unit.area == org.root());
    actor.seat(|seat| seat.role == Role::Administrator && whole(&seat.unit)).is_some()
}

/// What an actor may read: a condition for lists, and [`Sight::sees`] for one case.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sight {
    /// Every case of the tenant.
    pub all: bool,
    /// Every case in one of these areas.
    pub areas: BTreeSet<AreaCode>,
    /// Every case in which one of these units has a part.
    pub units: BTreeSet<UnitId>,
}

impl Sight {
    /// The sight of an actor. A reporter sees their own case by its code, which is not a list: nothing here.
    pub fn of(org: &Org, actor: &Actor) -> Sight {
        let mut sight = Sight::default();
        let seats = match actor {
            Actor::System => return Sight { all: true, ..sight },
            Actor::Reporter { .. } => return sight,
            Actor::Member { seats, .. } => seats,
        };
        for seat in seats.iter().filter(|seat| seat.role != Role::Administrator) {
            sight.units.insert(seat.unit.clone());
            let Some(unit) = org.units.get(&seat.unit) else { continue };
            let of_place = matches!(unit.kind, UnitKind::Centre | UnitKind::Station | UnitKind::GridTeam);
            if of_place || seat.role == Role::Auditor {
                sight.all |= &unit.area == org.root();
                sight.areas.insert(unit.area.clone());
            }
        }
        sight
    }

    /// Whether this case may be read.
    pub fn sees(&self, org: &Org, case: &Case) -> bool {
        self.all
            || self.in_area(org, case.place.area.as_ref())
            || parts(case).iter().any(|unit| self.units.contains(*unit))
    }

    /// Whether the place lies in an area that is seen whole.
    pub fn in_area(&self, org: &Org, place: Option<&AreaCode>) -> bool {
        place.is_some_and(|place| org.ancestors(place).any(|area| self.areas.contains(&area.code)))
    }
}

/// Every unit that has, or had, a part in a case.
pub fn parts(case: &Case) -> BTreeSet<&UnitId> {
    let mut units = BTreeSet::from([&case.custodian, &case.centre]);
    units.extend(case.doer_units.iter());
    units.extend(case.pushed_by.iter());
    for part in &case.assignments {
        units.insert(&part.unit);
        units.extend(part.external.as_ref());
    }
    for call in &case.calls {
        units.extend([&call.caller, &call.callee]);
    }
    units.extend(case.requests.iter().map(|request| &request.approver));
    units.extend(case.attention.iter().map(|item| &item.unit));
    units.extend(case.difficult.iter().map(|procedure| &procedure.fallback));
    units.extend(case.traces.iter().map(|trace| &trace.unit));
    units
}

/// Whether a unit has something to do in the case now.
pub fn has_todo(case: &Case, unit: &UnitId) -> bool {
    todo::todos(case).iter().any(|line| &line.unit == unit)
}
