//! Folds an event into a case. Total and without rules: what was decided stands in the event.
//!
//! Replaying a journal gives the stored case bit for bit (promise 6), so nothing here may depend on anything else.

use crate::{
    actor::By,
    case::{
        Assignment, Bond, Callback, CallState, Case, Difficult, Ending, Evidence, HelpCall, Parent, Part, Place,
        Reporter, Request, Trace,
    },
    clock::{ClockChange, Timer},
    command::{Informant, Report},
    event::{Body, Event, Pinned, Sent},
    ids::{MemberId, UnitId},
    stage::Stage,
};

/// Folds one event.
pub fn apply(case: &mut Case, event: &Event) {
    case.version = case.version.saturating_add(1);
    let before = case.stage;
    if let Some(to) = &event.to {
        leave(case, before, to.stage);
        case.stage = to.stage;
        case.custodian = to.custodian.clone();
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
    if !finished {
        case.self_handled = false;
        case.split = false;
    }
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
        ClockChange::Pause { of, left } => {
            for clock in case.clocks.iter_mut().filter(|clock| &clock.of == of) {
                clock.paused = Some(*left);
                clock.next = None;
            }
        }
        ClockChange::Move { of, due, provisional, next } => {
            for clock in case.clocks.iter_mut().filter(|clock| &clock.of == of) {
                (clock.due, clock.provisional, clock.next) = (*due, *provisional, *next);
                (clock.paused, clock.fired, clock.moved) = (None, 0, true);
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
    intake(case, event);
    work(case, event);
    checks(case, event);
    family(case, event);
    help(case, event);
}

fn evidence(case: &mut Case, more: &[Evidence]) {
    for piece in more {
        add(&mut case.evidence, piece);
    }
}

fn born(case: &mut Case, report: &Report, centre: &UnitId, event: &Event) {
    case.number = report.number.clone();
    case.kind = report.kind;
    case.source = report.source;
    case.urgency = report.urgency;
    case.hazard = report.hazard;
    case.place = report.place.clone();
    case.matter = report.matter.clone();
    case.condition = report.condition;
    case.centre = centre.clone();
    case.received_at = event.times.received;
    for informant in &report.reporters {
        reporter(case, informant);
    }
    evidence(case, &report.evidence);
}

fn reporter(case: &mut Case, informant: &Informant) {
    let no = u16::try_from(case.reporters.len()).unwrap_or(u16::MAX);
    case.reporters.push(Reporter { no, reachable: informant.reachable, withdrawn: false });
}

fn pin(case: &mut Case, pinned: &Pinned, event: &Event) {
    case.matter = Some(pinned.filing.matter.clone());
    case.condition = Some(pinned.filing.condition);
    case.policy = Some(pinned.policy.clone());
    case.kind = pinned.kind;
    case.centre = pinned.centre.clone();
    case.closing_level = Some(pinned.closing_level.clone());
    case.hazard |= pinned.hazard;
    case.limits = None;
    if case.filed_at.is_none() {
        case.filed_at = Some(event.times.received);
    }
}

fn intake(case: &mut Case, event: &Event) {
    match &event.body {
        Body::Reported { report, centre } => born(case, report, centre, event),
        Body::Filed { pinned, urgency } => {
            pin(case, pinned, event);
            case.urgency = urgency.unwrap_or(case.urgency);
        }
        Body::Declined { by, .. } => case.declined_by = by.clone(),
        Body::SentToVerify { .. } => case.used.verifies += 1,
        Body::Verified { pinned, evidence: more, is_true, .. } => {
            if let Some(pinned) = pinned {
                pin(case, pinned, event);
            }
            evidence(case, more);
            if !is_true && case.filed_at.is_some() {
                ending(case, event, crate::catalogue::Outcome::NotFound, None);
            }
        }
        Body::SelfHandled { pinned, unit, done, evidence: more, wants_nominee, .. } => {
            pin(case, pinned, event);
            evidence(case, more);
            lead(case, &Sent { unit: unit.clone(), external: None }, if *done { Part::Done } else { Part::Received });
            doer(case, event);
            case.self_handled = !done;
            case.wants_nominee = *wants_nominee;
            if *done {
                ending(case, event, crate::catalogue::Outcome::Solved, Some(unit.clone()));
            }
        }
        Body::CouldNotSolve { centre, .. } => case.centre = centre.clone(),
        Body::Objected { .. } => {
            case.objected = true;
            case.closed_at = None;
        }
        Body::Relocated { place, centre, .. } => relocate(case, place, centre.as_ref()),
        Body::Reclassified { pinned, filing } => {
            case.used.moves += 1;
            match pinned {
                Some(pinned) => pin(case, pinned, event),
                None => (case.matter, case.condition) = (Some(filing.matter.clone()), Some(filing.condition)),
            }
        }
        Body::UrgencySet { urgency, .. } => case.urgency = *urgency,
        Body::Supplemented { evidence: more, informant, .. } => {
            evidence(case, more);
            if let Some(informant) = informant {
                reporter(case, informant);
            }
        }
        Body::ReporterAsked { .. } => case.asked = true,
        Body::AskEnded => case.asked = false,
        Body::Supervised { .. } => case.supervised = true,
        Body::Resettled { area } => case.place.area = area.clone(),
        _ => {}
    }
}

fn relocate(case: &mut Case, place: &Place, centre: Option<&UnitId>) {
    case.used.moves += 1;
    case.place = place.clone();
    if let Some(centre) = centre {
        case.centre = centre.clone();
    }
}

fn ending(case: &mut Case, event: &Event, outcome: crate::catalogue::Outcome, unit: Option<UnitId>) {
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
        let id: MemberId = id.clone();
        add(&mut case.doers, &id);
    }
}

fn sent_out(case: &mut Case, first: &Sent, assists: &[Sent]) {
    case.assignments.retain(|part| part.part.open());
    lead(case, first, Part::Sent);
    for assist in assists {
        assign(case, assist, Part::Sent, false);
    }
}

fn set_part(case: &mut Case, unit: &UnitId, part: Part) {
    for found in case.assignments.iter_mut().filter(|found| &found.unit == unit) {
        found.part = part;
    }
}

fn work(case: &mut Case, event: &Event) {
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
        Body::TakenOver { unit, .. } => {
            case.used.moves += 1;
            case.ending = None;
            case.callbacks.clear();
            case.wants_nominee = false;
            case.nominee = None;
            case.self_handled = false;
            lead(case, &Sent { unit: unit.clone(), external: None }, Part::Received);
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

fn checks(case: &mut Case, event: &Event) {
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
        Body::Reopened { centre, last_word, .. } => {
            case.used.reopens = case.used.reopens.saturating_add(1);
            case.closed_at = None;
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

fn family(case: &mut Case, event: &Event) {
    match &event.body {
        Body::Withdrawn { reporter, .. } | Body::ReporterLeft { reporter, .. } => {
            case.reporters.iter_mut().filter(|r| r.no == *reporter).for_each(|r| r.withdrawn = true);
        }
        Body::Merged { into } => {
            case.used.merges += 1;
            case.parent = Some(Parent { case: *into, bond: Bond::Merged });
        }
        Body::Unmerged { pinned, centre, .. } => {
            case.used.merges += 1;
            case.parent = None;
            case.closed_at = None;
            if let Some(pinned) = pinned {
                pin(case, pinned, event);
            }
            case.centre = centre.clone();
        }
        Body::Absorbed { child } => {
            if let (Some(unit), true) = (&child.lead, at_work(case.stage)) {
                assign(case, &Sent { unit: unit.clone(), external: None }, Part::Sent, false);
            }
            case.children.retain(|other| other.case != child.case);
            case.children.push(child.clone());
        }
        Body::Released { child, lead } => {
            case.children.retain(|other| other.case != *child);
            case.callbacks.retain(|callback| callback.case != *child);
            if let Some(unit) = lead {
                set_part(case, unit, Part::Ended);
            }
        }
        Body::Split { parts, lead: unit } => {
            for part in case.assignments.iter_mut().filter(|part| part.part.open()) {
                part.part = Part::Ended;
            }
            case.split = true;
            case.difficult = None;
            for part in parts {
                case.children.push(crate::case::Child {
                    case: part.id,
                    bond: Bond::Split,
                    open: true,
                    hazard: case.hazard,
                    reporters: 0,
                    lead: None,
                });
            }
            lead(case, &Sent { unit: unit.clone(), external: None }, Part::Received);
        }
        Body::Began { parent, report, pinned, lead: first } => {
            born(case, report, &pinned.centre, event);
            pin(case, pinned, event);
            case.parent = Some(Parent { case: *parent, bond: Bond::Split });
            sent_out(case, first, &[]);
        }
        Body::ChildEnded { child, .. } => {
            case.children.iter_mut().filter(|other| other.case == *child).for_each(|other| other.open = false);
        }
        Body::ParentEnded { outcome } => ending(case, event, *outcome, None),
        _ => {}
    }
}

fn help(case: &mut Case, event: &Event) {
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
            case.calls.iter_mut().filter(|call| call.no == *no).for_each(|call| call.state = CallState::Answered);
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
                ending(case, event, crate::catalogue::Outcome::Explained, None);
            }
        }
        Body::Rehomed { from, to } => rehome(case, from, to),
        _ => {}
    }
}

fn suspended(case: &mut Case, until: crate::Instant) {
    case.used.suspensions += 1;
    case.suspended_until = Some(until);
}

fn granted(case: &mut Case, kind: crate::case::RequestKind, unit: &UnitId, until: Option<crate::Instant>) {
    use crate::case::RequestKind;
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
    let taken = case.assignments.iter().any(|part| &part.unit == to && part.part.open());
    for part in case.assignments.iter_mut().filter(|part| &part.unit == from && part.part.open()) {
        if taken {
            part.part = Part::Ended;
        } else {
            part.unit = to.clone();
        }
    }
    add(&mut case.doer_units, to);
    case.calls.iter_mut().filter(|call| &call.callee == from).for_each(|call| call.callee = to.clone());
    case.requests.iter_mut().filter(|request| &request.approver == from).for_each(|r| r.approver = to.clone());
}
