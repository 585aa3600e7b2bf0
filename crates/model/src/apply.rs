//! Folds an event into a case. Total and without rules: what was decided stands in the event.
//!
//! Replaying a journal gives the stored case bit for bit (promise 6), so nothing here may depend on anything else.

mod checks;
mod family;
mod help;
mod intake;
mod work;

use crate::{
    actor::By,
    case::{Assignment, CallState, Case, Ending, Evidence, Part},
    catalogue::Outcome,
    clock::{ClockChange, Timer},
    event::{Body, Event, Sent},
    ids::UnitId,
    public::{self, Face},
    stage::Stage,
};

/// Folds one event.
pub fn apply(case: &mut Case, event: &Event) {
    let face = Face::of(case);
    case.version = case.version.saturating_add(1);
    let before = case.stage;
    if let Some(to) = &event.to {
        leave(case, before, to.stage);
        case.stage = to.stage;
        case.custodian = to.custodian.clone();
        if matches!(to.stage, Stage::Filed | Stage::Dispatched) {
            case.self_handled = false;
            case.own_find = false;
            case.split = false;
        }
        if let By::Member { id, .. } = &event.by {
            add(&mut case.involved, id);
        }
    }
    for change in &event.clocks {
        turn(case, change);
    }
    body(case, event);
    if let Some(item) = &event.attention {
        case.attention = item.clone();
    }
    if event.to.is_some() && !case.stage.is_open() {
        end(case, event);
    }
    public::noted(case, &face, event);
}

/// Every event of a journal in order, onto a blank case.
pub fn replay<'a>(id: crate::CaseId, events: impl IntoIterator<Item = &'a Event>) -> Case {
    let mut case = Case::blank(id);
    for event in events {
        apply(&mut case, event);
    }
    case
}

fn add<T: Clone + PartialEq>(list: &mut Vec<T>, item: &T) {
    if !list.contains(item) {
        list.push(item.clone());
    }
}

fn at_work(stage: Stage) -> bool {
    matches!(stage, Stage::Dispatched | Stage::Handling)
}

/// Leaving the work ends requests, calls and the difficult procedure; parts end, or are done where it was finished.
fn leave(case: &mut Case, from: Stage, to: Stage) {
    if !at_work(from) || at_work(to) || case.version <= 1 {
        return;
    }
    let finished = matches!(to, Stage::Inspecting | Stage::CallingBack);
    for part in case.assignments.iter_mut().filter(|part| part.part.open()) {
        part.part = if finished && part.lead { Part::Done } else { Part::Ended };
    }
    case.requests.clear();
    for call in case.calls.iter_mut().filter(|call| call.state == CallState::Open) {
        call.state = CallState::Ended;
    }
    case.difficult = None;
    case.suspended_until = None;
}

fn turn(case: &mut Case, change: &ClockChange) {
    match change {
        ClockChange::Start(clock) => {
            case.clocks.retain(|other| other.of != clock.of);
            case.clocks.push(clock.clone());
        }
        ClockChange::Stop(of) => {
            case.clocks.retain(|clock| &clock.of != of);
            stopped(case, of);
        }
        ClockChange::Pause { of, left, limit } => {
            for clock in case.clocks.iter_mut().filter(|clock| &clock.of == of) {
                clock.limit = limit.unwrap_or(clock.limit);
                clock.paused = Some(*left);
                clock.next = None;
            }
        }
        ClockChange::Move { of, due, provisional, next, laid, limit } => {
            for clock in case.clocks.iter_mut().filter(|clock| &clock.of == of) {
                clock.limit = limit.unwrap_or(clock.limit);
                (clock.due, clock.provisional, clock.next) = (*due, *provisional, *next);
                (clock.paused, clock.fired, clock.moved, clock.laid) = (None, 0, true, *laid);
            }
        }
        ClockChange::Fired { of, fired, next } => {
            for clock in case.clocks.iter_mut().filter(|clock| &clock.of == of) {
                (clock.fired, clock.next) = (*fired, *next);
            }
        }
    }
}

/// What a stopped clock timed has ended with it.
fn stopped(case: &mut Case, of: &Timer) {
    match of {
        Timer::Suspension => case.suspended_until = None,
        Timer::Request(no) => case.requests.retain(|request| request.no != *no),
        Timer::Ask => case.asked = false,
        Timer::Call(no) => {
            for call in case.calls.iter_mut().filter(|call| call.no == *no && call.state == CallState::Open) {
                call.state = CallState::Ended;
            }
        }
        _ => {}
    }
}

fn end(case: &mut Case, event: &Event) {
    case.clocks.clear();
    case.attention = None;
    case.asked = false;
    case.void_by = None;
    case.closed_at = Some(event.times.received);
    case.callbacks.retain(|_| case.stage == Stage::Closed);
}

fn body(case: &mut Case, event: &Event) {
    intake::intake(case, event);
    work::work(case, event);
    checks::checks(case, event);
    family::family(case, event);
    help::help(case, event);
    entries(case, event);
    public::turn(case, event);
}

/// Which entries were redacted, and which one the address is from.
fn entries(case: &mut Case, event: &Event) {
    match &event.body {
        Body::Redacted { event: entry, .. } => add(&mut case.redacted, entry),
        Body::Relocated { address: Some(_), .. } => case.relocated = case.version,
        _ => {}
    }
}

fn evidence(case: &mut Case, more: &[Evidence]) {
    for piece in more {
        if !case.evidence.contains(piece) {
            case.evidence.push(piece.clone());
            case.brought.push(case.version);
        }
    }
}

fn ending(case: &mut Case, event: &Event, outcome: Outcome, unit: Option<UnitId>) {
    case.ending = Some(Ending { outcome, by: event.by.clone(), unit });
}

/// The unit leads now; whoever led before does not.
fn lead(case: &mut Case, sent: &Sent, part: Part) {
    for other in &mut case.assignments {
        other.lead = false;
    }
    assign(case, sent, part, true);
}

fn assign(case: &mut Case, sent: &Sent, part: Part, leads: bool) {
    case.assignments.retain(|other| other.unit != sent.unit);
    case.assignments.push(Assignment {
        unit: sent.unit.clone(),
        lead: leads,
        part,
        external: sent.external.clone(),
        officer: None,
        co_officers: Vec::new(),
        arrived: false,
        exempt: false,
    });
    add(&mut case.doer_units, &sent.unit);
    if let Some(external) = &sent.external {
        add(&mut case.doer_units, external);
    }
}

fn doer(case: &mut Case, event: &Event) {
    if let By::Member { id, .. } = &event.by {
        add(&mut case.doers, id);
    }
}
