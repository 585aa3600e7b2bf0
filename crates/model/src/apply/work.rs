//! Dispatch and work: what the centre's and the units' events change.

use crate::{
    case::{Case, Part},
    event::{Body, Event, Sent},
    ids::UnitId,
};

use super::{add, assign, doer, ending, evidence, lead};

pub(super) fn sent_out(case: &mut Case, first: &Sent, assists: &[Sent]) {
    case.assignments.retain(|part| part.part.open());
    lead(case, first, Part::Sent);
    for assist in assists {
        assign(case, assist, Part::Sent, false);
    }
}

pub(super) fn set_part(case: &mut Case, unit: &UnitId, part: Part) {
    for found in case.assignments.iter_mut().filter(|found| &found.unit == unit) {
        found.part = part;
    }
}

pub(super) fn work(case: &mut Case, event: &Event) {
    match &event.body {
        Body::Dispatched { lead: first, assists, limits, closing_level, .. } => {
            sent_out(case, first, assists);
            case.limits = *limits;
            case.by_hand = false;
            case.pushed_by.clear();
            if closing_level.is_some() {
                case.closing_level = closing_level.clone();
            }
        }
        Body::Ruled { lead: first, assists, .. } => {
            sent_out(case, first, assists);
            case.ruled = Some(first.unit.clone());
            case.by_hand = false;
            case.pushed_by.clear();
        }
        Body::PushedDown { from, to, .. } => {
            case.used.moves += 1;
            case.pushed_by.push(from.clone());
            case.centre = to.clone();
        }
        Body::Raised { centre, .. } => {
            case.used.moves += 1;
            case.centre = centre.clone();
            case.pushed_by.clear();
        }
        Body::Returned { centre, .. } => {
            case.used.returns += 1;
            case.by_hand = true;
            case.centre = centre.clone();
            case.pushed_by.pop();
        }
        Body::Recalled { .. } => case.used.moves += 1,
        Body::Reassigned { lead: first, .. } => {
            case.used.moves += 1;
            for old in case.assignments.iter_mut().filter(|part| part.lead && part.part.open()) {
                old.part = Part::Ended;
            }
            lead(case, first, Part::Sent);
        }
        Body::TakenOver { unit, assist, .. } => {
            case.used.moves += 1;
            case.ending = None;
            case.callbacks.clear();
            case.wants_nominee = false;
            case.nominee = None;
            case.self_handled = false;
            case.split = false;
            lead(case, &Sent { unit: unit.clone(), external: None }, Part::Received);
            if let Some(assist) = assist {
                assign(case, assist, Part::Sent, false);
            }
        }
        Body::Received { unit } => {
            set_part(case, unit, Part::Received);
            doer(case, event);
        }
        Body::Arrived { unit, .. } => {
            for part in case.assignments.iter_mut().filter(|part| &part.unit == unit) {
                part.arrived = true;
            }
            doer(case, event);
        }
        Body::Progressed { .. } => doer(case, event),
        Body::Appointed { unit, officer, co_officers } => {
            for part in case.assignments.iter_mut().filter(|part| &part.unit == unit) {
                part.officer = Some(officer.clone());
                part.co_officers.clone_from(co_officers);
            }
            for member in std::iter::once(officer).chain(co_officers) {
                add(&mut case.doers, member);
            }
        }
        Body::AssistAdded { assist } => assign(case, assist, Part::Sent, false),
        Body::AssistEnded { unit, done, .. } => {
            set_part(case, unit, if *done { Part::Done } else { Part::Ended });
            doer(case, event);
        }
        Body::Vetoed { unit, .. } => {
            for part in case.assignments.iter_mut().filter(|part| &part.unit == unit && part.part.open()) {
                part.part = Part::Ended;
            }
        }
        Body::Attached { evidence: more, .. } => evidence(case, more),
        Body::MilestoneReached { name } => add(&mut case.milestones, name),
        Body::Finished { outcome, unit, evidence: more, wants_nominee, .. } => {
            evidence(case, more);
            doer(case, event);
            ending(case, event, *outcome, Some(unit.clone()));
            case.wants_nominee = *wants_nominee;
            case.callbacks.clear();
        }
        _ => {}
    }
}
