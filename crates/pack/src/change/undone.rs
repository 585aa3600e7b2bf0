//! What a pack that was written from old tables would bring back: units and areas that changes of the organisation have ended,
//! units that they moved, members whom they seated otherwise.
//!
//! Owns the comparison of a pack with the edits that hold already. What a change added and the pack lacks is no return: that is
//! told as a difference. Start at [`undone`].

use std::collections::BTreeMap;

use huying_model::{
    Instant,
    actor::Seat,
    book::{Of, Return},
    org::{Member, Org},
};
use serde::Deserialize;
use smol_str::SmolStr;

/// The edits that end or move something. The file was read with all its rules when it was decided.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Edits {
    close_unit: Vec<Closed>,
    move_unit: Vec<Moved>,
    seats: Vec<Seated>,
    split_area: Vec<Split>,
    merge_areas: Vec<Merged>,
    end_area: Vec<Split>,
}

#[derive(Deserialize)]
struct Closed {
    unit: SmolStr,
}

#[derive(Deserialize)]
struct Moved {
    unit: SmolStr,
    area: SmolStr,
}

#[derive(Deserialize)]
struct Seated {
    member: SmolStr,
    #[serde(default)]
    seats: Option<Vec<SmolStr>>,
}

#[derive(Deserialize)]
struct Split {
    area: SmolStr,
}

#[derive(Deserialize)]
struct Merged {
    areas: Vec<SmolStr>,
    code: SmolStr,
}

/// Where the changes left a thing, and since when; None where they ended it.
type Left = BTreeMap<(Of, SmolStr), (Instant, Option<SmolStr>)>;

/// What `org` has as it was before these changes, which hold since their instants.
pub fn undone(org: &Org, changes: &[(Instant, &str)], now: Instant) -> Vec<Return> {
    let mut changes = changes.to_vec();
    changes.sort_by_key(|(at, _)| *at);
    let mut left = Left::new();
    for (at, text) in changes {
        // A file that cannot be read any more changed nothing that could be told here.
        let edits: Edits = toml::from_str(text).unwrap_or_default();
        edits.note(at, &mut left);
    }
    left.into_iter().filter_map(|((of, id), (since, to))| returned(org, of, id, since, to, now)).collect()
}

impl Edits {
    fn note(self, at: Instant, left: &mut Left) {
        let mut put = |of: Of, id: SmolStr, to: Option<SmolStr>| drop(left.insert((of, id), (at, to)));
        for Seated { member, seats } in self.seats {
            // An edit that names no seats leaves them as they were.
            let Some(seats) = seats else { continue };
            put(Of::Member, member, Some(ordered(seats.iter().map(|seat| plain(seat)).collect())));
        }
        self.move_unit.into_iter().for_each(|one| put(Of::Unit, one.unit, Some(one.area)));
        self.close_unit.into_iter().for_each(|one| put(Of::Unit, one.unit, None));
        self.split_area.into_iter().chain(self.end_area).for_each(|one| put(Of::Area, one.area, None));
        for Merged { areas, code } in self.merge_areas {
            areas.into_iter().filter(|area| *area != code).for_each(|area| put(Of::Area, area, None));
        }
    }
}

/// A seat as the reader of a change takes it: hyphens and capitals mean nothing in a role.
fn plain(seat: &str) -> SmolStr {
    let (unit, role) = seat.split_once(':').unwrap_or((seat, ""));
    SmolStr::from(format!("{unit}:{}", role.trim().to_ascii_lowercase().replace('-', "_")))
}

/// Seats in one order, as the same may be written in any.
fn ordered(mut seats: Vec<SmolStr>) -> SmolStr {
    seats.sort();
    SmolStr::from(seats.join(" "))
}

fn seats(member: &Member) -> SmolStr {
    // A role is written in a file as it is in JSON.
    let role = |role| serde_json::to_value(role).ok().and_then(|role| role.as_str().map(str::to_owned));
    let seat = |seat: &Seat| SmolStr::from(format!("{}:{}", seat.unit, role(seat.role).unwrap_or_default()));
    ordered(member.seats.iter().map(seat).collect())
}

fn returned(
    org: &Org,
    of: Of,
    id: SmolStr,
    since: Instant,
    to: Option<SmolStr>,
    now: Instant,
) -> Option<Return> {
    let (name, at) = match of {
        Of::Area => {
            let area = org.areas.get(id.as_str()).filter(|area| area.active(now))?;
            (area.name.clone(), area.code.0.clone())
        }
        Of::Unit => {
            let unit = org.units.get(id.as_str()).filter(|unit| unit.active(now))?;
            (unit.name.clone(), unit.area.0.clone())
        }
        Of::Member => {
            let member = org.members.get(id.as_str())?;
            (member.name.clone(), seats(member))
        }
    };
    (to.as_ref() != Some(&at)).then_some(Return { of, id, name, since, to, at })
}
