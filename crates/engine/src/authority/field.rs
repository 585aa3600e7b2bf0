//! Which field of a person a member sees in a case they may read: the one place where that is decided.
//!
//! Owns the table below. Deny by default: what no row gives is hidden. Refuses to say whether the case may be read at all: that is
//! [`super::Sight`]'s. What is shown on request is asked for with a purpose and written down first ([`crate::person`]).
//! Start at [`access`]; [`ROWS`] is the table, which docs/privacy.md prints and a test compares.
//!
//! A row counts for a seat in the unit that is in charge (custodian or dispatching centre), that has an open part in the case, or
//! that was called to help and has not answered; an auditor's also where the ground of that very seat holds the place. Companies and
//! outside parties are shown nothing of a reporter by any seat of theirs, and whoever has such a seat beside another is taken as one
//! of theirs.

use huying_model::{
    Actor, AreaCode, Case, UnitId,
    actor::{Role, Seat},
    case::CallState,
    catalogue::MatterKind,
    org::{Org, UnitKind},
};

use super::ground;

/// What of a person can be shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Field {
    Name,
    Contact,
    /// A file as it was sent, with what its metadata tells.
    Original,
    /// Where it is in words; in a dispute everything that was said of the parties, and the point.
    Words,
}

impl Field {
    pub const ALL: [Field; 4] = [Field::Name, Field::Contact, Field::Original, Field::Words];
    /// Stable, for programs.
    pub fn code(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::Contact => "contact",
            Field::Original => "original",
            Field::Words => "words",
        }
    }
    pub fn from_code(code: &str) -> Option<Field> {
        Field::ALL.into_iter().find(|field| field.code() == code)
    }
    pub fn zh(self) -> &'static str {
        match self {
            Field::Name => "姓名",
            Field::Contact => "联系方式",
            Field::Original => "原始附件",
            Field::Words => "案情文字",
        }
    }
    pub fn en(self) -> &'static str {
        match self {
            Field::Name => "Name",
            Field::Contact => "Contact",
            Field::Original => "Original file",
            Field::Words => "Words of the case",
        }
    }
}

/// How a field is shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Access {
    Hidden,
    /// On request, with a purpose, and written down.
    OnRequest,
    Shown,
}

use Access::{Hidden as No, OnRequest as Ask, Shown as Yes};

/// What each role sees in a case that its unit works on: name, contact, original files, words.
pub const ROWS: [(Role, [Access; 4]); 11] = [
    // They speak with the reporter.
    (Role::Operator, [Yes, Yes, Yes, Yes]),
    (Role::Acceptor, [Yes, Yes, Yes, Yes]),
    (Role::CallerBack, [Yes, Yes, Yes, Yes]),
    // They work on the matter and need the person only now and then.
    (Role::Dispatcher, [Ask, Ask, Yes, Yes]),
    (Role::GridWorker, [Ask, Ask, Ask, Yes]),
    (Role::Handler, [Ask, Ask, Ask, Yes]),
    (Role::Inspector, [Ask, Ask, Yes, Yes]),
    (Role::Supervisor, [No, No, Ask, Yes]),
    (Role::Leader, [Ask, Ask, Ask, Yes]),
    // They look after accounts and see no case.
    (Role::Administrator, [No, No, No, No]),
    // They check, and what they look at is checked too.
    (Role::Auditor, [Ask, Ask, Ask, Ask]),
];

/// How this actor is shown a field of this case.
pub fn access(org: &Org, case: &Case, actor: &Actor, field: Field) -> Access {
    let seats = match actor {
        Actor::System => return Access::Shown,
        Actor::Reporter { .. } => return Access::Hidden,
        Actor::Member { seats, .. } => seats,
    };
    let outside = seats.iter().any(|seat| is_outside(org, &seat.unit));
    if outside && field != Field::Words {
        return Access::Hidden;
    }
    let works = seats
        .iter()
        .filter(|seat| audits(org, case, seat) || works_on(case, &seat.unit))
        .map(|seat| of_role(seat.role, field))
        .max();
    // Whoever may read the case reads its words, but those of a dispute only where they work on it, and an auditor on request.
    let reads = match (field, case.kind) {
        (Field::Words, MatterKind::Dispute) | (Field::Name | Field::Contact | Field::Original, _) => {
            Access::Hidden
        }
        (Field::Words, _) => Access::Shown,
    };
    works.unwrap_or(Access::Hidden).max(reads)
}

fn of_role(role: Role, field: Field) -> Access {
    let place = Field::ALL.iter().position(|other| *other == field);
    let row = ROWS.iter().find(|(other, _)| *other == role);
    place.and_then(|place| row?.1.get(place).copied()).unwrap_or(Access::Hidden)
}

/// Whether a seat is an auditor's on whose ground the case lies. One without a place lies on that of the whole authority alone.
fn audits(org: &Org, case: &Case, seat: &Seat) -> bool {
    let reaches = |ground: &AreaCode| {
        let within = |place: &AreaCode| org.ancestors(place).any(|area| &area.code == ground);
        ground == org.root() || case.place.area.as_ref().is_some_and(within)
    };
    seat.role == Role::Auditor && ground(org, seat).is_some_and(reaches)
}

/// Whether a unit stands outside the authority: a company, or somebody else's platform.
pub(super) fn is_outside(org: &Org, unit: &UnitId) -> bool {
    org.units.get(unit).is_none_or(|unit| matches!(unit.kind, UnitKind::Company | UnitKind::External))
}

/// Whether a unit works on the case now.
fn works_on(case: &Case, unit: &UnitId) -> bool {
    let part = |part: &huying_model::case::Assignment| {
        part.part.open() && (&part.unit == unit || part.external.as_ref() == Some(unit))
    };
    let called = |call: &huying_model::case::HelpCall| call.state == CallState::Open && &call.callee == unit;
    &case.custodian == unit
        || &case.centre == unit
        || case.assignments.iter().any(part)
        || case.calls.iter().any(called)
        || case.requests.iter().any(|request| &request.approver == unit)
        || case.attention.as_ref().is_some_and(|item| &item.unit == unit)
}

#[cfg(test)]
#[path = "field_tests.rs"]
mod tests;
