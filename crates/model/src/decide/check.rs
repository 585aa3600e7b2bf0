//! Checking and ending: pass, fail, callback, close, rework, reopen, rate, follow up.

use crate::{
    actor::Actor,
    apply::apply,
    calendar::Limit,
    case::{Bond, Evidence},
    catalogue::Outcome,
    clock::{Timer, TimerKind},
    command::{Command, Name},
    event::{Audience, Body},
    ids::{CaseId, MemberId, UnitId},
    refusal::Refusal,
    stage::Stage,
    steps::StepName,
    words::Sealed,
};

use super::{Decision, Scene, draft::Draft, work};

/// The outcome is one that the case's level may give, and the evidence it asks for lies in the file (promise 5).
pub(super) fn outcome_allowed(scene: &Scene, outcome: Outcome, extra: &[Evidence]) -> Result<(), Refusal> {
    let rule = scene.rules.outcome(outcome).ok_or(Refusal::OutcomeNot { outcome })?;
    let (own, least) = (scene.org.unit_depth(&scene.case.centre), scene.org.depth(&rule.level));
    if own > least {
        return Err(Refusal::OutcomeLevel { outcome });
    }
    let needed = match outcome {
        Outcome::Solved => scene.condition().map_or(&[][..], |condition| &condition.evidence),
        _ => &rule.evidence,
    };
    let missing = needed
        .iter()
        .find(|kind| !scene.case.evidence.iter().chain(extra).any(|evidence| evidence.kind == **kind));
    missing.map_or(Ok(()), |kind| Err(Refusal::EvidenceMissing { kind: *kind }))
}

fn reached_outcome(scene: &Scene) -> Outcome {
    scene.case.ending.as_ref().map_or(Outcome::Solved, |ending| ending.outcome)
}

pub(super) fn pass(scene: &Scene, words: Option<&Sealed>) -> Result<Decision, Refusal> {
    let outcome = reached_outcome(scene);
    let call_back = scene.needs(StepName::CallBack) && !scene.case.waiting().is_empty();
    if call_back {
        let draft = Draft::new(scene, Body::Passed { words: words.cloned() }).stop(Timer::Inspect);
        return Ok(draft.go(Stage::CallingBack, scene.callback_desk()).start_by_rule(Timer::CallBack).done());
    }
    outcome_allowed(scene, outcome, &[])?;
    let passed = Draft::new(scene, Body::Passed { words: words.cloned() }).done();
    let body = Body::Closed { outcome, not_reached: false, words: None };
    Ok(and_then(passed, closed(scene, body, outcome)))
}

fn and_then(mut first: Decision, mut then: Decision) -> Decision {
    first.events.append(&mut then.events);
    first.also.append(&mut then.also);
    first
}

/// The end, and the follow-up that the colour asks for after it. What is void needs none.
fn closed(scene: &Scene, body: Body, outcome: Outcome) -> Decision {
    let decision = Draft::new(scene, body).go(Stage::Closed, scene.case.custodian.clone()).done();
    let days = scene.rules.urgency.get(&scene.case.urgency).map_or(0, |rule| rule.follow_up_days);
    if days == 0 || outcome == Outcome::Void {
        return decision;
    }
    let mut case = scene.case.clone();
    decision.events.iter().for_each(|event| apply(&mut case, event));
    let on_closed = scene.on(&case);
    let limit = Limit::calendar_days(u32::from(days));
    let trace = set_trace(&on_closed, on_closed.tracer(), limit, None);
    and_then(decision, trace)
}

/// Where work that was not good enough goes: back to its lead while the allowance lasts, then to the level above for
/// the last word; to the dispatching centre where no lead is left.
enum Again {
    Lead(UnitId),
    Centre(UnitId),
    LastWord(UnitId),
}

fn again(scene: &Scene, used: u8, allowed: u8) -> Again {
    if used >= allowed {
        let above = scene.org.centre_above(&scene.case.centre, scene.now);
        return Again::LastWord(above.unwrap_or_else(|| scene.org.root_centre()));
    }
    let worked = scene.case.ending.as_ref().is_some_and(|ending| ending.unit.is_some());
    let place = scene.case.place.area.as_ref();
    match scene.case.last_lead().filter(|_| worked) {
        // What a team found itself stays with it; what it was asked for needs the admission of today.
        Some(part)
            if scene.org.serves(&part.unit, place, scene.now)
                && (scene.case.own_find
                    || scene.barred(&part.unit, scene.case.matter.as_ref()).is_none()) =>
        {
            Again::Lead(part.unit.clone())
        }
        _ => Again::Centre(scene.dispatching_centre(place)),
    }
}

fn send_again<'a>(draft: Draft<'a>, scene: &Scene, again: Again) -> Result<Decision, Refusal> {
    let draft = draft.stop(Timer::Inspect).stop(Timer::CallBack);
    Ok(match again {
        Again::Lead(unit) => {
            let limits = scene.limits().ok_or(Refusal::MatterMissing)?;
            let handle = work::scaled(scene, limits.handle, scene.case.urgency);
            draft.go(Stage::Handling, unit.clone()).start(Timer::Handle(unit), handle).done()
        }
        Again::Centre(unit) | Again::LastWord(unit) => {
            draft.go(Stage::Filed, unit).start_by_rule(Timer::Dispatch).done()
        }
    })
}

fn centre_after(scene: &Scene, again: &Again) -> (bool, UnitId) {
    match again {
        Again::Lead(_) => (false, scene.case.centre.clone()),
        Again::Centre(unit) => (false, unit.clone()),
        Again::LastWord(unit) => (true, unit.clone()),
    }
}

pub(super) fn fail(scene: &Scene, reason: &Sealed) -> Result<Decision, Refusal> {
    let again = again(scene, scene.case.used.fails, scene.rules.allowances.fails);
    let (last_word, centre) = centre_after(scene, &again);
    send_again(Draft::new(scene, Body::Failed { reason: reason.clone(), last_word, centre }), scene, again)
}

pub(super) fn rework(scene: &Scene, reason: Option<&Sealed>) -> Result<Decision, Refusal> {
    let again = again(scene, scene.case.used.reworks, scene.rules.allowances.reworks);
    let (last_word, centre) = centre_after(scene, &again);
    send_again(Draft::new(scene, Body::Reworked { reason: reason.cloned(), last_word, centre }), scene, again)
}

pub(super) fn nominate(scene: &Scene, member: &MemberId) -> Result<Decision, Refusal> {
    if scene.case.doers.contains(member) || !scene.org.members.contains_key(member) {
        return Err(Refusal::OwnWork);
    }
    let body = Body::Nominated { member: member.clone() };
    Ok(Draft::new(scene, body).tell(Audience::Member(member.clone()), "nominated").done())
}

pub(super) fn record_callback(
    scene: &Scene,
    case: CaseId,
    reporter: u16,
    (reached, solved, satisfied): (bool, Option<bool>, Option<bool>),
    words: Option<&Sealed>,
) -> Result<Decision, Refusal> {
    if !scene.case.waiting().contains(&(case, reporter)) {
        return Err(Refusal::UnknownReporter);
    }
    let (solved, satisfied) = if reached { (solved, satisfied) } else { (None, None) };
    let known = scene.case.callbacks.iter().find(|c| c.case == case && c.reporter == reporter);
    let spent = known.is_some_and(|c| c.reached || c.attempts >= scene.rules.allowances.attempts);
    if spent {
        return Err(Refusal::Spent { what: "attempts".into() });
    }
    let body = Body::CalledBack { case, reporter, reached, solved, satisfied, words: words.cloned() };
    Ok(Draft::new(scene, body).done())
}

/// Everybody was called back or tried often enough, and nobody who was told "solved" says otherwise.
pub(super) fn closable(scene: &Scene) -> Result<(), Refusal> {
    let case = scene.case;
    if case.stage == Stage::Inspecting {
        return if scene.needs(StepName::Inspect) {
            Err(Refusal::NotFromHere { stage: case.stage, command: Name::Close })
        } else {
            Ok(())
        };
    }
    let found = |(id, no): &(CaseId, u16)| case.callbacks.iter().find(|c| c.case == *id && c.reporter == *no);
    let settled = |who: &(CaseId, u16)| {
        found(who).is_some_and(|c| c.reached || c.attempts >= scene.rules.allowances.attempts)
    };
    if !case.waiting().iter().all(settled) {
        return Err(Refusal::NotCalledBack);
    }
    let unsolved = case.callbacks.iter().any(|c| c.solved == Some(false));
    let held = unsolved && !case.last_word && reached_outcome(scene) == Outcome::Solved;
    if held { Err(Refusal::Unsolved) } else { Ok(()) }
}

pub(super) fn close(scene: &Scene, words: Option<&Sealed>) -> Result<Decision, Refusal> {
    let outcome = reached_outcome(scene);
    outcome_allowed(scene, outcome, &[])?;
    let not_reached = scene.case.callbacks.iter().any(|callback| !callback.reached);
    let body = Body::Closed { outcome, not_reached, words: words.cloned() };
    Ok(closed(scene, body, outcome))
}

pub(super) fn reopen(scene: &Scene, reason: Option<&Sealed>) -> Result<Decision, Refusal> {
    let case = scene.case;
    if let Some(parent) = case.parent.as_ref().filter(|parent| parent.bond == Bond::Merged) {
        // A follower's "not solved" reopens what it follows; the follower's own file only keeps the words.
        let body = Body::Supplemented { words: reason.cloned(), evidence: Vec::new(), informant: None };
        return Ok(Draft::new(scene, body)
            .also(parent.case, Command::ChildUnsolved { child: case.id })
            .done());
    }
    let last_word = case.used.reopens >= scene.rules.allowances.reopens;
    let today = scene.dispatching_centre(case.place.area.as_ref());
    let above = || scene.org.centre_above(&case.centre, scene.now).unwrap_or_else(|| scene.org.root_centre());
    let centre = if last_word { above() } else { today };
    let proposed = case.last_lead().map(|part| part.unit.clone());
    let cap = case.parent.as_ref().and_then(|parent| parent.cap);
    let uncapped = cap.is_some_and(|cap| cap <= scene.now);
    let reason = reason.cloned();
    let body = Body::Reopened { reason, centre: centre.clone(), last_word, proposed, uncapped };
    let mut draft = Draft::new(scene, body);
    for trace in case.traces.iter().filter(|trace| !trace.done) {
        draft = draft.stop(Timer::Trace(trace.no));
    }
    let draft = super::intake::promise(draft, scene, None);
    Ok(draft.go(Stage::Filed, centre).start_by_rule(Timer::Dispatch).done())
}

pub(super) fn rate(scene: &Scene, stars: u8, words: Option<&Sealed>) -> Result<Decision, Refusal> {
    if !(1..=5).contains(&stars) {
        return Err(Refusal::StarsRange);
    }
    let Actor::Reporter { no } = *scene.actor() else {
        return Err(Refusal::NotYours { command: Name::Rate });
    };
    if scene.case.ratings.iter().any(|(by, _)| *by == no) {
        return Err(Refusal::Once);
    }
    Ok(Draft::new(scene, Body::Rated { reporter: no, stars, words: words.cloned() }).done())
}

pub(super) fn follow_up(scene: &Scene, unit: &UnitId, words: Option<&Sealed>) -> Result<Decision, Refusal> {
    let sent = scene.sendable(unit, scene.case.place.area.as_ref())?;
    Ok(set_trace(scene, sent.unit, scene.limit(TimerKind::Trace), words))
}

fn set_trace(scene: &Scene, unit: UnitId, limit: Limit, words: Option<&Sealed>) -> Decision {
    let no = scene.case.traces.last().map_or(1, |trace| trace.no.saturating_add(1));
    let body = Body::FollowUpSet { no, unit: unit.clone(), words: words.cloned() };
    Draft::new(scene, body).start(Timer::Trace(no), limit).tell(Audience::Unit(unit), "follow_up").done()
}

pub(super) fn followed_up(scene: &Scene, no: u16, words: Option<&Sealed>) -> Result<Decision, Refusal> {
    let trace = scene.case.traces.iter().find(|trace| trace.no == no && !trace.done);
    let trace = trace.ok_or(Refusal::UnknownTrace { no })?;
    scene
        .actor()
        .sits(&trace.unit, super::permit::WORKING)
        .ok_or(Refusal::NotYours { command: Name::FollowedUp })?;
    Ok(Draft::new(scene, Body::FollowedUp { no, words: words.cloned() }).stop(Timer::Trace(no)).done())
}
