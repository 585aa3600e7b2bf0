//! Calls, requests, suspension, the difficult-case procedure, re-homing.

use crate::{
    Instant,
    case::{CallState, Case, Difficult, HelpCall, Part, Request, RequestKind},
    catalogue::Outcome,
    event::{Body, Event},
    ids::UnitId,
};

use super::{add, ending, lead};

pub(super) fn help(case: &mut Case, event: &Event) {
    match &event.body {
        Body::Called { no, caller, callee, .. } => {
            case.used.calls += 1;
            case.calls.push(HelpCall {
                no: *no,
                caller: caller.clone(),
                callee: callee.clone(),
                rung: 0,
                state: CallState::Open,
                stars: None,
            });
        }
        Body::CallClimbed { no, rung, callee } => {
            for call in case.calls.iter_mut().filter(|call| call.no == *no) {
                (call.rung, call.callee) = (*rung, callee.clone());
            }
        }
        Body::Answered { no, .. } => {
            case.calls
                .iter_mut()
                .filter(|call| call.no == *no)
                .for_each(|call| call.state = CallState::Answered);
        }
        Body::AnswerRated { no, stars } => {
            case.calls.iter_mut().filter(|call| call.no == *no).for_each(|call| call.stars = Some(*stars));
        }
        Body::Requested { no, request, unit, by, approver, until, .. } => {
            case.used.requests += 1;
            case.requests.push(Request {
                no: *no,
                kind: *request,
                unit: unit.clone(),
                by: by.clone(),
                approver: approver.clone(),
                until: *until,
            });
        }
        Body::RequestClimbed { no, approver } => {
            for request in case.requests.iter_mut().filter(|request| request.no == *no) {
                request.approver = approver.clone();
            }
        }
        Body::Granted { request, unit, until, .. } => granted(case, *request, unit, *until),
        Body::Suspended { until, .. } => suspended(case, *until),
        Body::MarkedDifficult { fallback, .. } => {
            case.used.difficult += 1;
            case.difficult = Some(Difficult { fallback: fallback.clone(), convened: false });
        }
        Body::Convened { .. } => {
            if let Some(difficult) = &mut case.difficult {
                difficult.convened = true;
            }
        }
        Body::Decided { lead: decided, until, .. } => {
            case.difficult = None;
            if let Some(sent) = decided {
                for old in case.assignments.iter_mut().filter(|part| part.lead && part.part.open()) {
                    old.part = Part::Ended;
                }
                lead(case, sent, Part::Sent);
            } else if let Some(until) = until {
                suspended(case, *until);
            } else {
                ending(case, event, Outcome::Explained, None);
            }
        }
        Body::Rehomed { from, to, without_part, wants_nominee } => {
            rehome(case, from, to);
            if !without_part {
                add(&mut case.doer_units, to);
            }
            case.wants_nominee |= wants_nominee;
        }
        _ => {}
    }
}

fn suspended(case: &mut Case, until: Instant) {
    case.used.suspensions += 1;
    case.suspended_until = Some(until);
}

fn granted(case: &mut Case, kind: RequestKind, unit: &UnitId, until: Option<Instant>) {
    match (kind, until) {
        (RequestKind::Extension, _) => case.used.extensions += 1,
        (RequestKind::Suspension, Some(until)) => suspended(case, until),
        (RequestKind::Suspension, None) => {}
        (RequestKind::Exemption, _) => {
            case.assignments.iter_mut().filter(|part| &part.unit == unit).for_each(|part| part.exempt = true);
        }
    }
}

fn rehome(case: &mut Case, from: &UnitId, to: &UnitId) {
    if &case.centre == from {
        case.centre = to.clone();
    }
    let led = case.assignments.iter().any(|part| &part.unit == from && part.lead && part.part.open());
    let taken = case.assignments.iter().any(|part| &part.unit == to && part.part.open());
    // An ended part of the new unit gives way to the open one it takes on: one entry a unit.
    if !taken {
        case.assignments.retain(|part| &part.unit != to);
    }
    for part in case.assignments.iter_mut().filter(|part| &part.unit == from && part.part.open()) {
        if taken {
            (part.part, part.lead) = (Part::Ended, false);
        } else {
            part.unit = to.clone();
        }
    }
    if taken && led {
        case.assignments.iter_mut().filter(|part| &part.unit == to).for_each(|part| part.lead = true);
    }
    if let Some(difficult) = case.difficult.as_mut().filter(|difficult| &difficult.fallback == from) {
        difficult.fallback = to.clone();
    }
    case.calls.iter_mut().filter(|call| &call.callee == from).for_each(|call| call.callee = to.clone());
    case.requests
        .iter_mut()
        .filter(|request| &request.approver == from)
        .for_each(|r| r.approver = to.clone());
}
