//! What time and a changed organisation bring: clocks that are due, units that are no longer there.

use crate::{
    case::{Attention, CallState, Part, Request},
    clock::{Clock, Timer},
    event::{Audience, Body},
    ids::{AreaCode, UnitId},
    policy::{Rung, TimerRule},
    refusal::Refusal,
    stage::Stage,
    time::Instant,
};

use super::{
    Decision, Scene,
    draft::{Draft, next_step},
    help,
};

/// Takes the oldest step that is due; refused where none is, so that a timer fires exactly once.
pub(super) fn tick(scene: &Scene) -> Result<Decision, Refusal> {
    let (at, clock) = scene.case.next_step().ok_or(Refusal::NothingDue)?;
    if at > scene.now {
        return Err(Refusal::NothingDue);
    }
    let rule = scene.rules.timers.get(&clock.of.kind());
    let warns = rule.is_some_and(|rule| rule.warn_percent > 0);
    if warns && clock.fired == 0 {
        return Ok(warn(scene, clock, rule));
    }
    match &clock.of {
        Timer::Suspension => help::resume(scene, None),
        Timer::Ask => Ok(Draft::new(scene, Body::AskEnded)
            .stop(Timer::Ask)
            .tell(holder(scene, clock), "ask_ended")
            .done()),
        Timer::Call(no) => climb_call(scene, *no),
        Timer::Request(no) => climb_request(scene, *no),
        Timer::Attend => climb_attention(scene, clock),
        _ => Ok(expire(scene, clock, rule, u8::from(warns))),
    }
}

fn after(scene: &Scene, clock: &Clock, rule: Option<&TimerRule>, fired: u8) -> Option<Instant> {
    next_step(scene.calendar()?, rule?, clock, fired)
}

/// The unit whose work the clock times.
fn holder(scene: &Scene, clock: &Clock) -> Audience {
    let case = scene.case;
    let traced = case.traces.iter().find(|trace| clock.of == Timer::Trace(trace.no)).map(|trace| &trace.unit);
    Audience::Unit(clock.of.unit().or(traced).unwrap_or(&case.custodian).clone())
}

fn warn(scene: &Scene, clock: &Clock, rule: Option<&TimerRule>) -> Decision {
    let next = after(scene, clock, rule, 1);
    let draft = Draft::new(scene, Body::Warned { of: clock.of.clone() });
    draft.fired(clock.of.clone(), 1, next).tell(holder(scene, clock), "warned").done()
}

/// The next rung of the ladder is told.
fn expire(scene: &Scene, clock: &Clock, rule: Option<&TimerRule>, warnings: u8) -> Decision {
    let step = clock.fired.saturating_sub(warnings);
    let fired = clock.fired.saturating_add(1);
    let next = after(scene, clock, rule, fired);
    let tell =
        rule.and_then(|rule| rule.ladder.get(usize::from(step))).map_or(Rung::Leader, |rung| rung.tell);
    let draft =
        Draft::new(scene, Body::Expired { of: clock.of.clone(), step }).fired(clock.of.clone(), fired, next);
    match tell {
        Rung::Unit => draft.tell(holder(scene, clock), "overdue").done(),
        Rung::Centre => draft.tell(Audience::Unit(scene.case.centre.clone()), "overdue").done(),
        Rung::Leader => draft.bring_to_leader(clock.of.clone()).done(),
    }
}

/// An unanswered call climbs; past the last rung it is a leader's item.
fn climb_call(scene: &Scene, no: u16) -> Result<Decision, Refusal> {
    let call = scene.case.calls.iter().find(|call| call.no == no && call.state == CallState::Open);
    let call = call.ok_or(Refusal::NothingDue)?;
    let timer = Timer::Call(no);
    match scene.rung(&call.caller, Some(&call.callee), call.rung.saturating_add(1)) {
        Some((rung, callee)) => {
            let body = Body::CallClimbed { no, rung, callee: callee.clone() };
            Ok(Draft::new(scene, body).start_by_rule(timer).tell(Audience::Unit(callee), "called").done())
        }
        None => {
            let fired = scene.case.clock(&timer).map_or(1, |clock| clock.fired.saturating_add(1));
            let draft = Draft::new(scene, Body::Expired { of: timer.clone(), step: 0 });
            Ok(draft.fired(timer.clone(), fired, None).bring_to_leader(timer).done())
        }
    }
}

/// Silence climbs, never grants; at the top it is a leader's item.
fn climb_request(scene: &Scene, no: u16) -> Result<Decision, Refusal> {
    let request = scene.case.requests.iter().find(|request| request.no == no).ok_or(Refusal::NothingDue)?;
    let timer = Timer::Request(no);
    match scene.approver(&request.unit, Some(&request.approver)) {
        Some(approver) => {
            let body = Body::RequestClimbed { no, approver: approver.clone() };
            Ok(Draft::new(scene, body).start_by_rule(timer).tell(Audience::Unit(approver), "request").done())
        }
        None => {
            let fired = scene.case.clock(&timer).map_or(1, |clock| clock.fired.saturating_add(1));
            let draft = Draft::new(scene, Body::Expired { of: timer.clone(), step: 0 });
            Ok(draft.fired(timer.clone(), fired, None).bring_to_leader(timer).done())
        }
    }
}

/// A leader was silent, or the follow-up ran out: that leader and the next above are told; at the top, the auditor too.
fn climb_attention(scene: &Scene, clock: &Clock) -> Result<Decision, Refusal> {
    let mut item = scene.case.attention.clone().ok_or(Refusal::NothingDue)?;
    let own = item.unit.clone();
    let draft = Draft::new(scene, Body::Expired { of: Timer::Attend, step: clock.fired });
    let draft = draft.tell(Audience::Leader(own.clone()), "attention_overdue");
    let above = scene.org.centre_above(&own, scene.now).map(|unit| scene.leader_unit(&unit));
    match above.filter(|unit| unit != &own) {
        Some(unit) => {
            item.unit = unit.clone();
            item.acknowledged = false;
            Ok(draft
                .attend(item)
                .start_by_rule(Timer::Attend)
                .tell(Audience::Leader(unit), "attention")
                .done())
        }
        None => {
            item.auditor = true;
            let draft = draft.attend(item).fired(Timer::Attend, clock.fired.saturating_add(1), None);
            Ok(draft.tell(Audience::Auditor, "attention").done())
        }
    }
}

/// A unit that held the case is no longer there; another takes its custody, parts, calls and decisions.
pub(super) fn rehome(scene: &Scene, from: &UnitId, to: &UnitId) -> Result<Decision, Refusal> {
    let case = scene.case;
    let sent = scene.sendable(to, case.place.area.as_ref())?;
    let held = case.custodian == *from
        || case.centre == *from
        || case.open_assignment(from).is_some()
        || case.open_calls().any(|call| &call.callee == from)
        || case.requests.iter().any(|request| &request.approver == from)
        || case.attention.as_ref().is_some_and(|item| &item.unit == from)
        || case.difficult.as_ref().is_some_and(|difficult| &difficult.fallback == from);
    if !held {
        return Ok(Decision::default());
    }
    let leads_item = case.attention.as_ref().is_some_and(|item| &item.unit == from);
    if (&case.centre == from || leads_item) && !scene.org.is_centre(&sent.unit) {
        return Err(Refusal::NotACentre { unit: sent.unit });
    }
    let to = &sent.unit;
    let inspects = case.custodian == *from && case.stage == Stage::Inspecting;
    let named = case.wants_nominee || case.nominee.is_some();
    let wants_nominee = inspects && !named && !scene.can_inspect(to, &[]);
    let without_part = case.open_assignment(from).is_none();
    let body = Body::Rehomed { from: from.clone(), to: to.clone(), without_part, wants_nominee };
    let mut draft = Draft::new(scene, body);
    if wants_nominee {
        draft = draft.tell(Audience::Auditor, "nominee");
    }
    let ends = |of: &Timer| of.unit() == Some(from) && ends_with(scene, of, from, to);
    if let Some(item) = &case.attention {
        let unit = if leads_item { to.clone() } else { item.unit.clone() };
        let over = |of: &Timer| if ends(of) { of.clone() } else { of.handed(from, to) };
        let causes = item.causes.iter().map(over).collect();
        draft = draft.attend(Attention { unit, causes, ..item.clone() });
    }
    // A clock that times the old unit's part goes over to the new one at the same instant.
    for clock in case.clocks.iter().filter(|clock| clock.of.unit() == Some(from)) {
        draft = if ends(&clock.of) { draft.stop(clock.of.clone()) } else { draft.rename(clock, to) };
    }
    // Whoever takes the work over asks anew, so that nobody comes to decide on an own request.
    let own = |request: &&Request| request.unit == *from || request.unit == *to && request.approver == *from;
    for request in case.requests.iter().filter(own) {
        draft = draft.stop(Timer::Request(request.no)).tell(Audience::Unit(to.clone()), "request_ended");
    }
    Ok(if case.custodian == *from { hand_over(draft, scene, to).done() } else { draft.done() })
}

/// Whether a clock of the old unit's part ends where the new unit has an open part already: what that has done is not
/// waited for again, and a part that comes beside it does not replace its clocks, unless it is the lead's.
fn ends_with(scene: &Scene, of: &Timer, from: &UnitId, to: &UnitId) -> bool {
    let case = scene.case;
    let Some(taken) = case.open_assignment(to) else { return false };
    let led = case.open_assignment(from).is_some_and(|part| part.lead);
    match of {
        Timer::Receive(_) if taken.part == Part::Received => true,
        Timer::Arrive(_) if taken.arrived => true,
        _ => !led && case.clock(&of.handed(from, to)).is_some(),
    }
}

/// Custody goes to another unit, in the same stage unless nobody could act there.
fn hand_over<'a>(draft: Draft<'a>, scene: &Scene, to: &UnitId) -> Draft<'a> {
    let case = scene.case;
    let received = case.open_assignment(to).is_some_and(|part| part.part == Part::Received);
    match case.stage {
        // The new lead has received it before, as an assist.
        Stage::Dispatched if received => draft.go(Stage::Handling, to.clone()),
        // Nobody is left who could look at the place: it goes on as if it had not been sent there.
        Stage::Verifying if scene.verifier(case.place.area.as_ref()).is_none() => {
            let draft = draft.stop(Timer::Verify);
            match case.filed_at {
                Some(_) => draft.go(Stage::Filed, to.clone()).start_by_rule(Timer::Dispatch),
                None => draft.go(Stage::Reported, to.clone()),
            }
        }
        _ => draft.hand_to(to.clone()),
    }
}

/// The calendar changed: provisional clocks are computed again, from their start or from what was left when they were
/// extended, resumed or shortened. One of which neither is known keeps its instant.
pub(super) fn retime(scene: &Scene) -> Result<Decision, Refusal> {
    let Some(calendar) = scene.calendar() else { return Ok(Decision::default()) };
    let mut draft = Draft::new(scene, Body::Retimed);
    let mut changed = false;
    for clock in scene.case.clocks.iter().filter(|clock| clock.runs() && clock.provisional) {
        let Some(due) = clock.due_by(calendar) else { continue };
        if due.at != clock.due || due.provisional != clock.provisional {
            draft.move_clock(clock, due);
            changed = true;
        }
    }
    Ok(if changed { draft.done() } else { Decision::default() })
}

pub(super) fn resettle(scene: &Scene, area: Option<&AreaCode>) -> Result<Decision, Refusal> {
    if scene.case.place.area.as_ref() == area {
        return Ok(Decision::default());
    }
    Ok(Draft::new(scene, Body::Resettled { area: area.cloned() }).done())
}
