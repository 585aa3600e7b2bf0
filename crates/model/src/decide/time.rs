//! What time and a changed organisation bring: clocks that are due, units that are no longer there.

use crate::{
    case::CallState,
    clock::{Clock, Timer},
    event::{Audience, Body},
    ids::{AreaCode, UnitId},
    policy::{Rung, TimerRule},
    refusal::Refusal,
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
    let body = Body::Rehomed { from: from.clone(), to: sent.unit.clone() };
    let mut draft = Draft::new(scene, body);
    if let Some(item) = &case.attention {
        let unit = if leads_item { sent.unit.clone() } else { item.unit.clone() };
        let causes = item.causes.iter().map(|cause| cause.handed(from, &sent.unit)).collect();
        draft = draft.attend(crate::case::Attention { unit, causes, ..item.clone() });
    }
    // A clock that times the old unit's part goes over to the new one at the same instant.
    let own: Vec<&Clock> = case.clocks.iter().filter(|clock| clock.of.unit() == Some(from)).collect();
    for clock in own {
        draft = draft.rename(clock, &sent.unit);
    }
    Ok(if case.custodian == *from { draft.hand_to(sent.unit).done() } else { draft.done() })
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
