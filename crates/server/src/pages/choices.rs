//! What the lists of a form offer: units, members, outcomes, calls, by their codes and names.
//!
//! Each list is what the case and the organisation have now; whether a choice may be taken is the engine's to say. Drawn by
//! [`super::fields`].

use huying_model::{
    Name, UnitId,
    actor::Role,
    case::{CallState, RequestKind},
    catalogue::{Outcome, Urgency},
    org::{Member, UnitKind},
};
use serde_json::Value;

use super::{fields::Drawn, orders, texts::T, view::View};

/// One choice of a list: value and words.
pub type Choice = (String, String);

impl Drawn<'_> {
    /// Units that serve the place, those of the smallest ground first.
    pub(super) fn units(&self) -> Vec<Choice> {
        let org = self.view.org();
        let place = self.case.place.area.as_ref();
        let mut units: Vec<_> = org
            .units
            .values()
            .filter(|unit| org.serves(&unit.id, place, self.view.now))
            .map(|unit| (std::cmp::Reverse(org.unit_depth(&unit.id)), &unit.id))
            .collect();
        units.sort();
        units.into_iter().map(|(_, id)| (id.to_string(), self.view.unit(id).to_string())).collect()
    }

    pub(super) fn leader_units(&self) -> Vec<Choice> {
        let leading = self.view.seats().iter().filter(|seat| seat.role == Role::Leader);
        leading.map(|seat| (seat.unit.to_string(), self.view.unit(&seat.unit).to_string())).collect()
    }

    pub(super) fn centres_below(&self) -> Vec<Choice> {
        let org = self.view.org();
        let depth = org.unit_depth(&self.case.custodian);
        let below = org.units.values().filter(|unit| {
            unit.kind == UnitKind::Centre
                && org.unit_depth(&unit.id) > depth
                && org.serves(&unit.id, self.case.place.area.as_ref(), self.view.now)
        });
        below.map(|unit| (unit.id.to_string(), self.view.unit(&unit.id).to_string())).collect()
    }

    pub(super) fn urgencies(&self) -> Vec<Choice> {
        [Urgency::Green, Urgency::Yellow, Urgency::Red]
            .into_iter()
            .map(|urgency| (urgency_code(urgency).to_owned(), urgency_words(self.view, urgency).to_owned()))
            .collect()
    }

    pub(super) fn outcomes(&self, all: &[Outcome]) -> Vec<Choice> {
        all.iter()
            .map(|outcome| (code(outcome), self.view.lang.pick(outcome.zh(), outcome.en()).to_owned()))
            .collect()
    }

    pub(super) fn members(&self) -> Vec<Choice> {
        let org = self.view.org();
        let at_work =
            |unit: &UnitId| self.case.assignments.iter().any(|part| part.part.open() && &part.unit == unit);
        let own = |unit: &UnitId| self.view.seats().iter().any(|seat| &seat.unit == unit);
        let fits = |role: Role, unit: &UnitId| match self.name {
            Name::Nominate => matches!(role, Role::Inspector | Role::Supervisor | Role::Leader),
            _ => own(unit) && at_work(unit),
        };
        org.members
            .values()
            .filter(|member| member.seats.iter().any(|seat| fits(seat.role, &seat.unit)))
            .map(|member| (member.id.to_string(), self.with_rank(member)))
            .collect()
    }

    /// The colour of the case may ask for a rank, so an officer is chosen with it in sight.
    fn with_rank(&self, member: &Member) -> String {
        let name = self.view.member(&member.id);
        match (self.name, member.rank) {
            (Name::Appoint, 1..) => {
                format!("{name} · {}", self.view.fill(T::OfRank, &[&member.rank.to_string()]))
            }
            _ => name.to_string(),
        }
    }

    pub(super) fn calls(&self, state: CallState) -> Vec<Choice> {
        let words = |call: &huying_model::case::HelpCall| {
            format!("{} → {}", self.view.unit(&call.caller), self.view.unit(&call.callee))
        };
        orders::calls(self.case, state).map(|call| (call.no.to_string(), words(call))).collect()
    }

    pub(super) fn requests(&self) -> Vec<Choice> {
        let words = |request: &huying_model::case::Request| {
            format!("{} · {}", request_words(self.view, request.kind), self.view.unit(&request.unit))
        };
        self.case.requests.iter().map(|request| (request.no.to_string(), words(request))).collect()
    }

    pub(super) fn traces(&self) -> Vec<Choice> {
        let open = self.case.traces.iter().filter(|trace| !trace.done);
        open.map(|trace| (trace.no.to_string(), self.view.unit(&trace.unit).to_string())).collect()
    }

    pub(super) fn request_kinds(&self) -> Vec<Choice> {
        [RequestKind::Extension, RequestKind::Suspension, RequestKind::Exemption]
            .into_iter()
            .map(|kind| (code(kind), request_words(self.view, kind).to_owned()))
            .collect()
    }
}

pub fn stars() -> Vec<Choice> {
    (1..=5).rev().map(|stars: u8| (stars.to_string(), "★".repeat(stars.into()))).collect()
}

/// The word of an enum in addresses and bodies.
pub fn code(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(code)) => code,
        _ => String::new(),
    }
}

pub fn urgency_code(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Green => "green",
        Urgency::Yellow => "yellow",
        Urgency::Red => "red",
    }
}

/// Green, yellow, red as a grade, told in words.
pub fn urgency_words(view: &View, urgency: Urgency) -> &'static str {
    view.say(match urgency {
        Urgency::Green => T::Green,
        Urgency::Yellow => T::Yellow,
        Urgency::Red => T::Red,
    })
}

pub fn request_words(view: &View, kind: RequestKind) -> &'static str {
    view.say(match kind {
        RequestKind::Extension => T::Extension,
        RequestKind::Suspension => T::Suspension,
        RequestKind::Exemption => T::Exemption,
    })
}
