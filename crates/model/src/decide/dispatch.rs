//! The dispatching centre's part: dispatch, rule, push down, raise, return, recall, reassign, take over, conclude.

use crate::{
    actor::Actor,
    admission,
    catalogue::Outcome,
    clock::Timer,
    command::Name,
    event::{Audience, Body, Sent},
    ids::UnitId,
    refusal::Refusal,
    route::Routing,
    stage::Stage,
    words::Sealed,
};

use super::{Decision, Scene, check, draft::Draft, work};

/// Lead and assists as they are sent: in force, serving the place, each once; leads of merged children assist.
fn parts(scene: &Scene, lead: &UnitId, assists: &[UnitId]) -> Result<(Sent, Vec<Sent>), Refusal> {
    let place = scene.case.place.area.as_ref();
    let matter = scene.case.matter.as_ref();
    let lead = scene.askable(lead, place, matter)?;
    let mut sent: Vec<Sent> = Vec::new();
    for unit in assists {
        let part = scene.askable(unit, place, matter)?;
        if part.unit != lead.unit && sent.iter().all(|other| other.unit != part.unit) {
            sent.push(part);
        }
    }
    let brought = scene.case.open_children().filter_map(|child| child.lead.as_ref());
    for unit in brought {
        if let Ok(part) = scene.askable(unit, place, matter)
            && part.unit != lead.unit
            && sent.iter().all(|other| other.unit != part.unit)
        {
            sent.push(part);
        }
    }
    Ok((lead, sent))
}

fn send<'a>(
    draft: Draft<'a>,
    scene: &Scene,
    lead: &Sent,
    assists: &[Sent],
    receive: Option<crate::calendar::Limit>,
) -> Draft<'a> {
    let mut draft = draft.stop(Timer::Dispatch).go(Stage::Dispatched, lead.unit.clone());
    for part in std::iter::once(lead).chain(assists) {
        draft = work::start_receive(draft, scene, &part.unit, receive);
        if part.unit != lead.unit {
            draft = draft.tell(Audience::Unit(part.unit.clone()), "assist");
        }
    }
    draft
}

pub(super) fn dispatch(
    scene: &Scene,
    lead: &UnitId,
    assists: &[UnitId],
    routing: Option<&Routing>,
) -> Result<Decision, Refusal> {
    let case = scene.case;
    if *scene.actor() == Actor::System {
        let may = case.matter.as_ref().and_then(|matter| scene.rules.auto(matter, case.source));
        if !may.is_some_and(|auto| auto.dispatch) {
            return Err(Refusal::NotYours { command: Name::Dispatch });
        }
    }
    let (lead, assists) = parts(scene, lead, assists)?;
    let followed =
        routing.filter(|routing| routing.lead == lead.unit || Some(&routing.lead) == lead.external.as_ref());
    let limits = followed.and_then(|routing| routing.limits);
    let body = Body::Dispatched {
        lead: lead.clone(),
        assists: assists.clone(),
        limits,
        closing_level: followed.and_then(|routing| routing.closing_level.clone()),
        because: followed.map(|routing| Box::new(routing.because.clone())),
    };
    let receive = limits.and_then(|limits| limits.receive);
    Ok(send(Draft::new(scene, body), scene, &lead, &assists, receive).done())
}

pub(super) fn rule(
    scene: &Scene,
    lead: &UnitId,
    assists: &[UnitId],
    reason: &Sealed,
) -> Result<Decision, Refusal> {
    let (lead, assists) = parts(scene, lead, assists)?;
    let body = Body::Ruled { lead: lead.clone(), assists: assists.clone(), reason: reason.clone() };
    Ok(send(Draft::new(scene, body), scene, &lead, &assists, None).done())
}

pub(super) fn push_down(scene: &Scene, to: &UnitId, reason: Option<&Sealed>) -> Result<Decision, Refusal> {
    let not_a_centre = || Refusal::NotACentre { unit: to.clone() };
    let place = scene.case.place.area.as_ref();
    let (from_depth, to_depth) = (scene.org.unit_depth(&scene.case.centre), scene.org.unit_depth(to));
    let below = scene.org.is_centre(to) && to_depth > from_depth && scene.org.serves(to, place, scene.now);
    if !below {
        return Err(not_a_centre());
    }
    let from = scene.case.custodian.clone();
    let body = Body::PushedDown { from, to: to.clone(), reason: reason.cloned() };
    Ok(Draft::new(scene, body).go(Stage::Filed, to.clone()).start_by_rule(Timer::Dispatch).done())
}

pub(super) fn raise(scene: &Scene, reason: &Sealed) -> Result<Decision, Refusal> {
    let centre = scene.org.centre_above(&scene.case.centre, scene.now).ok_or(Refusal::TopLevel)?;
    let body = Body::Raised { centre: centre.clone(), reason: reason.clone() };
    Ok(Draft::new(scene, body).go(Stage::Filed, centre).start_by_rule(Timer::Dispatch).done())
}

/// From work to the dispatching centre; in Filed, after a push-down, to whoever pushed.
pub(super) fn give_back(scene: &Scene, reason: &Sealed) -> Result<Decision, Refusal> {
    let case = scene.case;
    let pushed = (case.stage == Stage::Filed).then(|| case.pushed_by.last().cloned()).flatten();
    let centre = pushed.unwrap_or_else(|| case.centre.clone());
    let body =
        Body::Returned { by_unit: case.custodian.clone(), centre: centre.clone(), reason: reason.clone() };
    Ok(Draft::new(scene, body).go(Stage::Filed, centre).start_by_rule(Timer::Dispatch).done())
}

pub(super) fn recall(scene: &Scene, reason: &Sealed) -> Result<Decision, Refusal> {
    let draft = Draft::new(scene, Body::Recalled { reason: reason.clone() });
    Ok(draft.go(Stage::Filed, scene.case.centre.clone()).start_by_rule(Timer::Dispatch).done())
}

/// The requests of a unit that stops leading end with it.
pub(super) fn end_requests<'a>(mut draft: Draft<'a>, scene: &Scene) -> Draft<'a> {
    for request in &scene.case.requests {
        let to = Audience::Unit(request.unit.clone());
        draft = draft.stop(Timer::Request(request.no)).tell(to, "request_ended");
    }
    draft
}

pub(super) fn reassign(scene: &Scene, lead: &UnitId, reason: &Sealed) -> Result<Decision, Refusal> {
    let old = scene.case.lead_unit().cloned();
    let lead = scene.askable(lead, scene.case.place.area.as_ref(), scene.case.matter.as_ref())?;
    if old.as_ref() == Some(&lead.unit) {
        return Err(Refusal::SameUnit { unit: lead.unit });
    }
    let body = Body::Reassigned { lead: lead.clone(), reason: reason.clone() };
    let mut draft = end_requests(Draft::new(scene, body), scene);
    for unit in old.iter().chain(std::iter::once(&lead.unit)) {
        draft = draft.stop_unit(unit);
    }
    let draft = draft.end_suspension().go(Stage::Dispatched, lead.unit.clone());
    Ok(work::start_receive(draft, scene, &lead.unit, None).done())
}

pub(super) fn take_over(scene: &Scene, unit: &UnitId, reason: Option<&Sealed>) -> Result<Decision, Refusal> {
    let case = scene.case;
    let may = scene.actor().sits(unit, &[crate::actor::Role::Leader]).is_some()
        && scene.org.is_centre(unit)
        && scene.org.serves(unit, case.place.area.as_ref(), scene.now)
        && scene.org.unit_depth(unit) <= scene.org.unit_depth(&case.centre);
    if !may {
        return Err(Refusal::NotYours { command: Name::TakeOver });
    }
    if case.lead_unit() == Some(unit) {
        return Err(Refusal::SameUnit { unit: unit.clone() });
    }
    let limits = scene.limits().ok_or(Refusal::MatterMissing)?;
    let assist = finished_lead(scene, unit);
    let body = Body::TakenOver { unit: unit.clone(), reason: reason.cloned(), assist: assist.clone() };
    let draft = end_requests(Draft::new(scene, body), scene).stop_unit(unit);
    let draft = draft.stop(Timer::Verify).stop(Timer::Dispatch).stop(Timer::Inspect).stop(Timer::CallBack);
    let draft = draft.end_suspension().go(Stage::Handling, unit.clone());
    let handle = work::scaled(scene, limits.handle, case.urgency);
    let draft = draft.start(Timer::Handle(unit.clone()), handle);
    Ok(match assist {
        Some(part) => work::start_receive(draft, scene, &part.unit, None)
            .tell(Audience::Unit(part.unit), "assist")
            .done(),
        None => draft.done(),
    })
}

/// The lead whose part was done before `unit` took the case over, where it may be asked again. One whose part is open stays
/// in the case by itself.
fn finished_lead(scene: &Scene, unit: &UnitId) -> Option<Sent> {
    let case = scene.case;
    let finished = matches!(case.stage, Stage::Inspecting | Stage::CallingBack);
    let worked = case.ending.as_ref().is_some_and(|ending| ending.unit.is_some());
    let part = case.last_lead().filter(|part| finished && worked && &part.unit != unit)?;
    let asked = part.external.as_ref().unwrap_or(&part.unit);
    scene.askable(asked, case.place.area.as_ref(), case.matter.as_ref()).ok()
}

/// System: what a grid team was asked for ends, because its matter is not admitted any more. A case that it led goes back to
/// its centre, which asks somebody else.
pub(super) fn veto(scene: &Scene, unit: &UnitId) -> Result<Decision, Refusal> {
    let case = scene.case;
    let Some(rule) = scene.barred(unit, case.matter.as_ref()).filter(|_| admission::asked(case, unit)) else {
        return Ok(Decision::default());
    };
    let leads = case.lead_unit() == Some(unit);
    if leads && case.split {
        return Err(Refusal::OnlyFinish);
    }
    if leads && case.difficult.is_some() {
        return Err(Refusal::InDifficult);
    }
    let centre = leads.then(|| case.centre.clone());
    let body = Body::Vetoed { unit: unit.clone(), rule, centre: centre.clone() };
    let mut draft = Draft::new(scene, body).tell(Audience::Unit(unit.clone()), "vetoed");
    if let Some(centre) = centre {
        return Ok(draft.go(Stage::Filed, centre).start_by_rule(Timer::Dispatch).done());
    }
    for call in case.open_calls().filter(|call| &call.callee == unit) {
        draft = draft.stop(Timer::Call(call.no)).tell(Audience::Unit(call.caller.clone()), "call_ended");
    }
    if let Some(lead) = case.lead_unit().filter(|_| case.open_assignment(unit).is_some()) {
        draft = draft.tell(Audience::Unit(lead.clone()), "assist_ended");
    }
    Ok(draft.stop_unit(unit).done())
}

/// Ends a filed case without work, over the callback. Void needs a second person; the last word one without a part.
pub(super) fn conclude(scene: &Scene, outcome: Outcome, reason: &Sealed) -> Result<Decision, Refusal> {
    let case = scene.case;
    let member = scene.actor().member_id();
    if case.last_word {
        if outcome != Outcome::Explained {
            return Err(Refusal::LastWord);
        }
        if member.is_none_or(|member| case.involved.contains(member) || case.doers.contains(member)) {
            return Err(Refusal::NoPart);
        }
    }
    let fits =
        matches!(outcome, Outcome::Answered | Outcome::Explained | Outcome::HandedOver | Outcome::Void);
    if !fits {
        return Err(Refusal::OutcomeNot { outcome });
    }
    check::outcome_allowed(scene, outcome, &[])?;
    if outcome == Outcome::Void {
        match &case.void_by {
            None => {
                let body = Body::VoidProposed { reason: reason.clone(), by: member.cloned() };
                return Ok(Draft::new(scene, body).done());
            }
            Some(first) if Some(first) == member => return Err(Refusal::SecondPerson),
            Some(_) => {}
        }
    }
    let draft = Draft::new(scene, Body::Concluded { outcome, reason: reason.clone() });
    Ok(draft
        .stop(Timer::Dispatch)
        .go(Stage::CallingBack, scene.callback_desk())
        .start_by_rule(Timer::CallBack)
        .done())
}
