//! What a member is to service recipients: who keeps whom, and who is told only how many there are. The one place where that is decided.
//!
//! Owns the table below. Deny by default: what no row gives is nothing. A row counts for a seat; whoever keeps recipients keeps those of
//! that very unit whose cell lies on its ground, sees them masked, and is shown each field on request alone. Whoever counts is told sums
//! of their ground in which few are hidden. A seat in a company or an outside unit is nothing, and so is an administrator's. Start at
//! [`keeps`] and [`own`]; [`ROWS`] is the table, which docs/privacy.md prints and a test compares.

use std::collections::BTreeSet;

use huying_model::{
    Actor, AreaCode, UnitId,
    actor::{Role, Seat},
    org::Org,
};
use smol_str::SmolStr;

use super::{field::is_outside, ground};

/// What a role is to recipients.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    Nothing,
    /// Is told how many there are.
    Counts,
    /// Registers them, helps them, and is shown their fields on request.
    Keeps,
}

use Part::{Counts, Keeps, Nothing};

/// What each role is to recipients.
pub const ROWS: [(Role, Part); 11] = [
    // They go there.
    (Role::GridWorker, Keeps),
    (Role::Handler, Keeps),
    // They plan how many hands are needed.
    (Role::Supervisor, Counts),
    (Role::Leader, Counts),
    // They read who looked, and no person.
    (Role::Auditor, Counts),
    // They work on cases.
    (Role::Operator, Nothing),
    (Role::Acceptor, Nothing),
    (Role::Dispatcher, Nothing),
    (Role::Inspector, Nothing),
    (Role::CallerBack, Nothing),
    // They look after accounts.
    (Role::Administrator, Nothing),
];

fn of_role(role: Role) -> Part {
    ROWS.iter().find(|(other, _)| *other == role).map_or(Nothing, |(_, part)| *part)
}

/// Whether a unit may be responsible for somebody in a cell: it is the authority's own, and the cell lies on its ground.
pub fn can_keep(org: &Org, unit: &UnitId, area: &AreaCode) -> bool {
    let ground = org.units.get(unit).filter(|_| !is_outside(org, unit)).map(|unit| &unit.area);
    ground.is_some_and(|ground| org.ancestors(area).any(|above| &above.code == ground))
}

/// Whether a unit has somebody who keeps recipients: of one without nobody could withdraw, change or take out anything.
pub fn staffed(org: &Org, unit: &UnitId) -> bool {
    let mut seats = org.members.values().flat_map(|member| &member.seats);
    !is_outside(org, unit) && seats.any(|seat| &seat.unit == unit && of_role(seat.role) == Keeps)
}

/// The seat by which an actor keeps the recipients of a unit in a cell.
pub fn keeps<'a>(org: &Org, actor: &'a Actor, unit: &UnitId, area: &AreaCode) -> Option<&'a Seat> {
    actor.seat(|seat| &seat.unit == unit && of_role(seat.role) == Keeps && can_keep(org, unit, area))
}

/// The units of which an actor keeps recipients, each with the cells of its ground: the condition of every list.
pub fn own(org: &Org, actor: &Actor) -> Vec<(SmolStr, Vec<SmolStr>)> {
    let Actor::Member { seats, .. } = actor else { return Vec::new() };
    let kept = seats.iter().filter(|seat| of_role(seat.role) == Keeps && !is_outside(org, &seat.unit));
    let units: BTreeSet<&UnitId> = kept.map(|seat| &seat.unit).collect();
    let cells = |unit: &UnitId| {
        let inside = org.areas.keys().filter(|area| can_keep(org, unit, area));
        inside.map(|area| area.0.clone()).collect()
    };
    units.into_iter().map(|unit| (unit.0.clone(), cells(unit))).collect()
}

/// The grounds of which an actor is told how many recipients there are. Keeping gives none: whoever knows their own unit's would tell another's
/// few by difference.
pub fn counted(org: &Org, actor: &Actor) -> BTreeSet<AreaCode> {
    let Actor::Member { seats, .. } = actor else { return BTreeSet::new() };
    let counting = seats.iter().filter(|seat| of_role(seat.role) == Counts);
    counting.filter_map(|seat| ground(org, seat).cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_where_nobody_keeps_anybody_is_given_nobody_and_who_keeps_is_told_no_counts() {
        let starter = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/starter");
        let org = huying_pack::load(starter).unwrap().policy.org;
        for unit in org.units.keys() {
            let seat = |seat: &&Seat| &seat.unit == unit && of_role(seat.role) == Keeps;
            let keeps = org.members.values().flat_map(|member| &member.seats).any(|it| seat(&it));
            assert_eq!(staffed(&org, unit), keeps && !is_outside(&org, unit), "{unit}");
        }
        assert!(org.units.keys().any(|unit| staffed(&org, unit)));
        assert!(org.units.keys().any(|unit| !staffed(&org, unit)));
        for member in
            org.members.values().filter(|member| member.seats.iter().all(|it| of_role(it.role) == Keeps))
        {
            let actor = Actor::Member { id: member.id.clone(), seats: member.seats.clone() };
            assert!(counted(&org, &actor).is_empty(), "{}", member.id);
        }
    }

    #[test]
    fn the_page_about_personal_data_says_what_the_table_says() {
        let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/privacy.md");
        let page = std::fs::read_to_string(page).unwrap();
        for (role, part) in ROWS {
            let word = match part {
                Nothing => "—",
                Counts => "is told how many",
                Keeps => "keeps those of the own unit",
            };
            let line = format!("| {} {} | {word} |", role.zh(), role.en());
            assert!(page.contains(&line), "docs/privacy.md lacks the row {line}");
        }
        assert!(Role::ALL.into_iter().all(|role| ROWS.iter().any(|(of, _)| *of == role)));
    }
}
