//! Inspection, callback, closing and what comes after.

use crate::{
    case::{Callback, Case, Part, Trace},
    event::{Body, Event},
    ids::UnitId,
    stage::Stage,
};

use super::ending;

/// Work that was not good enough: its lead has it again, or nobody.
fn again(case: &mut Case, last_word: bool, centre: &UnitId) {
    case.wants_nominee = false;
    case.nominee = None;
    case.callbacks.clear();
    case.last_word |= last_word;
    case.centre = centre.clone();
    if case.stage == Stage::Handling {
        for part in case.assignments.iter_mut().filter(|part| part.lead) {
            part.part = Part::Received;
        }
    } else {
        case.by_hand = true;
    }
    case.ending = None;
}

pub(super) fn checks(case: &mut Case, event: &Event) {
    match &event.body {
        Body::Failed { last_word, centre, .. } => {
            case.used.fails = case.used.fails.saturating_add(1);
            again(case, *last_word, centre);
        }
        Body::Reworked { last_word, centre, .. } => {
            case.used.reworks = case.used.reworks.saturating_add(1);
            again(case, *last_word, centre);
        }
        Body::Nominated { member } => {
            case.nominee = Some(member.clone());
            case.wants_nominee = false;
        }
        Body::CalledBack { case: of, reporter, reached, solved, satisfied, .. } => {
            let known = case.callbacks.iter_mut().find(|c| c.case == *of && c.reporter == *reporter);
            let attempts = known.as_ref().map_or(0, |callback| callback.attempts) + 1;
            let made = Callback {
                case: *of,
                reporter: *reporter,
                attempts,
                reached: *reached,
                solved: *solved,
                satisfied: *satisfied,
            };
            match known {
                Some(callback) => *callback = made,
                None => case.callbacks.push(made),
            }
        }
        Body::Concluded { outcome, .. } => {
            ending(case, event, *outcome, None);
            case.callbacks.clear();
        }
        Body::VoidProposed { by, .. } => case.void_by = by.clone(),
        Body::Reopened { centre, last_word, uncapped, .. } => {
            case.used.reopens = case.used.reopens.saturating_add(1);
            case.closed_at = None;
            // A promise of another authority that has passed bounds nothing any more.
            case.promised = case.promised.filter(|promised| *promised > event.times.received);
            if let Some(parent) = case.parent.as_mut().filter(|_| *uncapped) {
                parent.cap = None;
            }
            case.pushed_by.clear();
            for part in case.assignments.iter_mut().filter(|part| part.part.open()) {
                part.part = Part::Ended;
            }
            again(case, *last_word, centre);
            case.traces.iter_mut().for_each(|trace| trace.done = true);
        }
        Body::Rated { reporter, stars, .. } => case.ratings.push((*reporter, *stars)),
        Body::FollowUpSet { no, unit, .. } => {
            case.traces.push(Trace { no: *no, unit: unit.clone(), done: false });
        }
        Body::FollowedUp { no, .. } => {
            case.traces.iter_mut().filter(|trace| trace.no == *no).for_each(|trace| trace.done = true);
        }
        _ => {}
    }
}
