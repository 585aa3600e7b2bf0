//! Which units have a part in a case: sight, and whoever follows a unit's cases, is read from it.
//!
//! Owns what counts as a part. Who had one and has none any more is not a case's to say: the store keeps every unit that
//! [`brought`] ever named. Refuses to say who may read what. Start at [`brought`].

use std::collections::BTreeSet;

use crate::{
    case::{Bond, Case},
    event::{Body, Event},
    ids::UnitId,
};

/// Every unit that has a part in a case as it stands: it must act, dispatches, leads, assists, did so before, pushed it
/// down, was called or calls, asks or is asked, led what was merged into it, was told as a leader, or follows up.
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
    for request in &case.requests {
        units.extend([&request.unit, &request.approver]);
    }
    // Who led a case that was merged into this one goes on here, as an assist as soon as it is dispatched.
    let merged = case.children.iter().filter(|child| child.bond == Bond::Merged);
    units.extend(merged.filter_map(|child| child.lead.as_ref()));
    units.extend(case.attention.iter().map(|item| &item.unit));
    units.extend(case.difficult.iter().map(|procedure| &procedure.fallback));
    units.extend(case.traces.iter().map(|trace| &trace.unit));
    // A case that has not begun names nobody.
    units.retain(|unit| !unit.as_str().is_empty());
    units
}

/// Every unit that has a part after an event, which was just applied to `case`: who was asked to a meeting too, though the
/// case does not keep it.
pub fn brought<'a>(case: &'a Case, event: &'a Event) -> BTreeSet<&'a UnitId> {
    let mut units = parts(case);
    if let Body::Convened { units: asked, .. } = &event.body {
        units.extend(asked);
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        CaseId, Instant,
        actor::By,
        case::{Assignment, CallState, HelpCall, Part},
        event::Times,
    };

    fn unit(id: &str) -> UnitId {
        UnitId::new(id)
    }

    fn names(units: &BTreeSet<&UnitId>) -> Vec<String> {
        units.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_case_that_has_not_begun_has_nobody() {
        assert!(parts(&Case::blank(CaseId(1))).is_empty());
    }

    #[test]
    fn custody_work_calls_and_meetings_are_parts_and_a_unit_stands_once() {
        let mut case = Case::blank(CaseId(1));
        (case.custodian, case.centre) = (unit("centre"), unit("centre"));
        case.assignments.push(Assignment {
            unit: unit("works"),
            lead: true,
            part: Part::Ended,
            external: Some(unit("gas")),
            officer: None,
            co_officers: Vec::new(),
            arrived: false,
            exempt: false,
        });
        case.calls.push(HelpCall {
            no: 1,
            caller: unit("works"),
            callee: unit("police"),
            rung: 0,
            state: CallState::Ended,
            stars: None,
        });
        assert_eq!(names(&parts(&case)), ["centre", "gas", "police", "works"]);
        let event = Event {
            v: 1,
            by: By::System,
            times: Times::at(Instant(0)),
            body: Body::Convened { at: Instant(0), units: vec![unit("school"), unit("works")] },
            to: None,
            clocks: Vec::new(),
            attention: None,
            tell: Vec::new(),
        };
        assert_eq!(names(&brought(&case, &event)), ["centre", "gas", "police", "school", "works"]);
    }
}
