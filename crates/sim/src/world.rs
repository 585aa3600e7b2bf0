//! What the people of the simulated city know: the authority's rules, who sits where, and how often things go wrong.

use std::{collections::HashMap, sync::Arc};

use huying_engine::{Setting, number::Numbers};
use huying_geo::Places;
use huying_model::{
    Actor, Instant, MatterCode, MemberId, Policy, Seat, UnitId, actor::Role, catalogue::Source,
    ids::AreaCode, org::UnitKind,
};
use rand::{Rng, RngExt};

use crate::Ground;

/// How often, in parts of a thousand, people do what is not the straight way.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// A deadline is missed.
    pub late: u32,
    /// Everything else that is not the straight way, in percent of its usual rate.
    pub whims: u32,
    /// Signs of a report's text, at least; 0 for a sentence or two.
    pub signs: usize,
}

impl Default for Habits {
    fn default() -> Habits {
        Habits { late: 70, whims: 100, signs: 0 }
    }
}

impl Habits {
    /// Everybody takes the straight way in time: for stored cases that a bench measures on.
    pub fn straight() -> Habits {
        Habits { late: 20, whims: 10, signs: 0 }
    }
}

/// See the module.
pub struct World {
    pub policy: Arc<Policy>,
    pub places: Arc<Places>,
    pub numbers: Arc<Numbers>,
    pub ground: Ground,
    pub habits: Habits,
    /// Matters with a share of all reports that falls with the rank.
    matters: Vec<(MatterCode, u32)>,
    all_shares: u32,
    seats: HashMap<UnitId, Vec<(Role, MemberId)>>,
}

/// Where reports come from, in shares of a hundred.
const SOURCES: [(Source, u32); 10] = [
    (Source::Resident, 28),
    (Source::Hotline, 24),
    (Source::GridWorker, 26),
    (Source::Patrol, 6),
    (Source::WalkIn, 4),
    (Source::Sensor, 3),
    (Source::Video, 3),
    (Source::Department, 3),
    (Source::Enterprise, 2),
    (Source::UpperPlatform, 1),
];

impl World {
    /// The world of a pack that was installed as `setting`.
    pub fn new(setting: &Setting, ground: Ground, habits: Habits) -> World {
        let policy = Arc::clone(&setting.policy);
        let mut seats: HashMap<UnitId, Vec<(Role, MemberId)>> = HashMap::new();
        for member in policy.org.members.values() {
            for seat in &member.seats {
                seats.entry(seat.unit.clone()).or_default().push((seat.role, member.id.clone()));
            }
        }
        // Neighbours in the catalogue should not all be frequent together, so the rank is a fixed shuffle of the order.
        let count = policy.current.matters.len().max(1);
        let share = |no: usize| u32::try_from(12_000 / ((no * 37) % count + 6)).unwrap_or(1).max(1);
        let matters: Vec<_> =
            policy.current.matters.keys().enumerate().map(|(no, code)| (code.clone(), share(no))).collect();
        let all_shares = matters.iter().map(|(_, share)| share).sum();
        World {
            policy,
            places: Arc::clone(&setting.places),
            numbers: Arc::clone(&setting.numbers),
            ground,
            habits,
            matters,
            all_shares,
            seats,
        }
    }

    /// Happens in so many of a thousand cases, as far as people here have whims.
    pub fn whim(&self, of_thousand: u32, rng: &mut impl Rng) -> bool {
        rng.random_range(0..100_000) < of_thousand * self.habits.whims
    }

    /// A matter, frequent ones more often.
    pub fn matter(&self, rng: &mut impl Rng) -> Option<&MatterCode> {
        let mut drawn = rng.random_range(0..self.all_shares.max(1));
        self.matters.iter().find_map(|(code, share)| match drawn.checked_sub(*share) {
            Some(rest) => {
                drawn = rest;
                None
            }
            None => Some(code),
        })
    }

    pub fn source(&self, rng: &mut impl Rng) -> Source {
        let mut drawn = rng.random_range(0..100);
        for (source, share) in SOURCES {
            if drawn < share {
                return source;
            }
            drawn -= share;
        }
        Source::Resident
    }

    /// Somebody who sits in the unit with one of these roles, with all their seats.
    pub fn someone(&self, unit: &UnitId, roles: &[Role], rng: &mut impl Rng) -> Option<Actor> {
        self.someone_but(unit, roles, &[], rng)
    }

    /// The same, and none of these members.
    pub fn someone_but(
        &self,
        unit: &UnitId,
        roles: &[Role],
        but: &[MemberId],
        rng: &mut impl Rng,
    ) -> Option<Actor> {
        let fits = |(role, member): &&(Role, MemberId)| roles.contains(role) && !but.contains(member);
        let sitting = self.seats.get(unit)?;
        let count = sitting.iter().filter(fits).count();
        if count == 0 {
            return None;
        }
        let (_, id) = sitting.iter().filter(fits).nth(rng.random_range(0..count))?;
        Some(Actor::Member { id: id.clone(), seats: self.seats_of(id) })
    }

    /// Any member with this role, wherever they sit.
    pub fn anyone(&self, role: Role, but: &[MemberId]) -> Option<Actor> {
        let members = &self.policy.org.members;
        let fits = |seat: &Seat| seat.role == role;
        let found =
            members.values().find(|member| !but.contains(&member.id) && member.seats.iter().any(fits))?;
        Some(Actor::Member { id: found.id.clone(), seats: found.seats.clone() })
    }

    fn seats_of(&self, id: &MemberId) -> Vec<Seat> {
        self.policy.org.members.get(id).map_or_else(Vec::new, |member| member.seats.clone())
    }

    /// The grid team that serves a place.
    pub fn team(&self, place: Option<&AreaCode>, at: Instant) -> Option<&UnitId> {
        let org = &self.policy.org;
        let teams =
            |area: &AreaCode| org.units_at(area, "grid-team").iter().find(|unit| org.active(unit, at));
        let team = org.ancestors(place?).find_map(|area| teams(&area.code))?;
        org.units.get(team).filter(|unit| unit.kind == UnitKind::GridTeam).map(|unit| &unit.id)
    }
}
