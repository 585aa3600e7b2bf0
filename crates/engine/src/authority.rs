//! Who acts, and what they may see.
//!
//! Owns the step from an account to an [`Actor`] and the one rule of sight. What an actor may *do* is the model's
//! ([`huying_model::decide`]); this page only answers what they may read. Start at [`Sight::of`].
//!
//! The rule: a case is seen by everyone who sits in a unit that has, or had, a part in it
//! ([`huying_model::parts::brought`]); centres, stations and grid teams also see every case of their area and below, never
//! up or sideways; an auditor sees the area of the unit where they audit. A seat as administrator shows no case: who runs
//! the accounts does not read the files. Whoever has no seat sees nothing.
//!
//! [`Sight::of`] alone decides, and [`Sight::scope`] is what reads take of it: the store puts it into the statement
//! (`read/seen.rs`), so nothing is read first and left out afterwards. Who asks for it:
//!
//! | what | where |
//! |---|---|
//! | one case, its journal, files, receipt, pages; a command that was refused | `server::api::find::case` |
//! | lists, and search in the words | `server::api::cases::{list, search}`, `server::pages::{desk, posts}` |
//! | the map and likely duplicates | `server::api::map`, `server::pages::acts`, [`Engine::near`](crate::Engine::near) |
//! | tiles of the map, and the list beside it | `server::tiles::sights` |
//! | counts | `server::api::counts` |
//! | live streams | `server::api::stream`, `server::pages::live` |
//! | the other case of a merge | [`Engine::say`](crate::Engine::say) |
//! | words of disputes in lists | [`Engine::own_words`](crate::Engine::own_words), by the table of fields |
//! | the cases a case belongs with | `server::pages::case` |
//! | service recipients, who are no cases | [`recipient`], by the unit that keeps them |
//! | a unit's queue and tally | `server::api::queue`: whole for who sits in it, since a line is a part; for who sees its area, the lines of cases that they see, since a unit is called to other areas too |

pub mod field;
mod own;
pub mod recipient;

use std::collections::BTreeSet;

use huying_model::{
    Actor, AreaCode, Instant, MemberId, UnitId,
    actor::{Role, Seat},
    org::{Area, Org, UnitKind},
};
use huying_store::Seen;

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

/// The area of which a seat shows every case, whoever works on it; None where it shows only what its unit works on.
pub(crate) fn ground<'o>(org: &'o Org, seat: &Seat) -> Option<&'o AreaCode> {
    let unit = org.units.get(&seat.unit)?;
    let of_place = matches!(unit.kind, UnitKind::Centre | UnitKind::Station | UnitKind::GridTeam);
    let shows = seat.role == Role::Auditor || of_place && seat.role != Role::Administrator;
    shows.then_some(&unit.area)
}

/// What an actor may read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sight {
    /// Every case of the tenant.
    pub all: bool,
    /// Every case in one of these areas.
    pub areas: BTreeSet<AreaCode>,
    /// Every case in which one of these units has, or had, a part.
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
            if let Some(area) = ground(org, seat) {
                sight.all |= area == org.root();
                sight.areas.insert(area.clone());
            }
        }
        sight
    }

    /// The condition that every read of cases takes into its statement; None for every case of the tenant.
    pub fn scope(&self, org: &Org) -> Option<Seen> {
        if self.all {
            return None;
        }
        let inside = |area: &&Area| self.in_area(org, Some(&area.code));
        let areas = org.areas.values().filter(|_| !self.areas.is_empty()).filter(inside);
        Some(Seen {
            areas: areas.map(|area| area.code.0.clone()).collect(),
            units: self.units.iter().map(|unit| unit.0.clone()).collect(),
        })
    }

    /// Whether the place lies in an area that is seen whole.
    pub fn in_area(&self, org: &Org, place: Option<&AreaCode>) -> bool {
        place.is_some_and(|place| org.ancestors(place).any(|area| self.areas.contains(&area.code)))
    }
}
