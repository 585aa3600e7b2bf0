//! The responsible units' part: receive, arrive, progress, officers, assists, evidence, finish.

use smol_str::SmolStr;

use crate::{
    calendar::Limit,
    case::{Evidence, Part},
    catalogue::{Outcome, Urgency},
    clock::{Timer, TimerKind},
    command::Name,
    event::{Audience, Body},
    ids::{MemberId, UnitId},
    refusal::Refusal,
    stage::Stage,
    steps::StepName,
    time::Instant,
    words::Sealed,
};

use super::{Decision, Scene, check, draft::Draft, permit::WORKING};

/// An urgency shortens a limit; it never lengthens it, and never to nothing.
pub(super) fn scaled(scene: &Scene, limit: Limit, urgency: Urgency) -> Limit {
    scene.rules.shortened(limit, urgency)
}

/// The receipt clock of a unit: the route's limit, the condition's, or the rule's.
pub(super) fn start_receive<'a>(
    draft: Draft<'a>,
    scene: &Scene,
    unit: &UnitId,
    by_route: Option<Limit>,
) -> Draft<'a> {
    let by_condition = scene.limits().and_then(|limits| limits.receive);
    let limit = by_route.or(by_condition).unwrap_or_else(|| scene.limit(TimerKind::Receive));
    draft.start(Timer::Receive(unit.clone()), limit)
}

/// The actor works for this unit, which has an open part in one of these states.
fn own_part(scene: &Scene, unit: &UnitId, fits: &[Part], name: Name) -> Result<bool, Refusal> {
    let part = scene.case.open_assignment(unit).filter(|part| fits.contains(&part.part));
    let part = part.ok_or(Refusal::NotYours { command: name })?;
    scene.actor().sits(unit, WORKING).ok_or(Refusal::NotYours { command: name })?;
    Ok(part.lead)
}

pub(super) fn receive(scene: &Scene, unit: &UnitId) -> Result<Decision, Refusal> {
    let lead = own_part(scene, unit, &[Part::Sent], Name::Receive)?;
    let limits = scene.limits().ok_or(Refusal::MatterMissing)?;
    let draft = Draft::new(scene, Body::Received { unit: unit.clone() }).stop(Timer::Receive(unit.clone()));
    let draft = draft.start(Timer::Handle(unit.clone()), scaled(scene, limits.handle, scene.case.urgency));
    let draft = match limits.arrive {
        Some(limit) => draft.start(Timer::Arrive(unit.clone()), limit),
        None => draft,
    };
    Ok(if lead { draft.go(Stage::Handling, unit.clone()).done() } else { draft.done() })
}

/// A claimed time counts between the device's last contact and receipt; else the time of receipt does (domain §2).
pub(super) fn claimed(scene: &Scene) -> (Instant, bool) {
    let times = scene.cx.times;
    match (times.occurred, times.contact) {
        (Some(occurred), Some(contact))
            if contact <= occurred && occurred.0 <= times.received.0.saturating_add(scene.rules.skew_ms) =>
        {
            (occurred.min(times.received), true)
        }
        _ => (times.received, false),
    }
}

pub(super) fn arrive(scene: &Scene, unit: &UnitId) -> Result<Decision, Refusal> {
    own_part(scene, unit, &[Part::Received], Name::Arrive)?;
    if scene.case.open_assignment(unit).is_some_and(|part| part.arrived) {
        return Err(Refusal::Once);
    }
    let (at, claimed) = claimed(scene);
    let body = Body::Arrived { unit: unit.clone(), claimed, at };
    Ok(Draft::new(scene, body).stop(Timer::Arrive(unit.clone())).done())
}

pub(super) fn progress(scene: &Scene, unit: &UnitId, words: &Sealed) -> Result<Decision, Refusal> {
    own_part(scene, unit, &[Part::Sent, Part::Received], Name::Progress)?;
    Ok(Draft::new(scene, Body::Progressed { unit: unit.clone(), words: words.clone() }).done())
}

pub(super) fn appoint(
    scene: &Scene,
    unit: &UnitId,
    officer: &MemberId,
    co_officers: &[MemberId],
) -> Result<Decision, Refusal> {
    let lead = own_part(scene, unit, &[Part::Sent, Part::Received], Name::Appoint)?;
    let of_unit = |member: &MemberId| scene.org.sitting(unit, WORKING).any(|found| &found.id == member);
    if !of_unit(officer) || !co_officers.iter().all(of_unit) {
        return Err(Refusal::NotYours { command: Name::Appoint });
    }
    if lead {
        ranks(scene, unit, officer)?;
    }
    let (unit, officer, co_officers) = (unit.clone(), officer.clone(), co_officers.to_vec());
    let to = Audience::Member(officer.clone());
    Ok(Draft::new(scene, Body::Appointed { unit, officer, co_officers }).tell(to, "officer").done())
}

/// The lead officer has the rank that the colour asks for. Where nobody in the unit has it, the refusal says what is left.
fn ranks(scene: &Scene, unit: &UnitId, officer: &MemberId) -> Result<(), Refusal> {
    let rank = scene.rules.rank(scene.case.urgency);
    if scene.org.rank(officer) >= rank {
        return Ok(());
    }
    if scene.org.sitting(unit, WORKING).any(|member| member.rank >= rank) {
        return Err(Refusal::Rank { rank });
    }
    Err(Refusal::NobodyOfRank { unit: unit.clone(), rank })
}

pub(super) fn add_assist(scene: &Scene, unit: &UnitId) -> Result<Decision, Refusal> {
    let assist = scene.askable(unit, scene.case.place.area.as_ref(), scene.case.matter.as_ref())?;
    if scene.case.open_assignment(&assist.unit).is_some() {
        return Err(Refusal::SameUnit { unit: assist.unit });
    }
    if scene.case.suspended() {
        return Err(Refusal::Suspended);
    }
    let unit = assist.unit.clone();
    let draft = Draft::new(scene, Body::AssistAdded { assist }).tell(Audience::Unit(unit.clone()), "assist");
    Ok(start_receive(draft, scene, &unit, None).done())
}

/// The assisting unit says it is done, or it, the lead or the centre ends the part with a reason.
pub(super) fn end_assist(
    scene: &Scene,
    unit: &UnitId,
    done: bool,
    reason: Option<&Sealed>,
) -> Result<Decision, Refusal> {
    let refused = Refusal::NotYours { command: Name::EndAssist };
    let part = scene.case.open_assignment(unit).filter(|part| !part.lead).ok_or(refused.clone())?;
    let own = scene.actor().sits(unit, WORKING).is_some();
    let lead = scene.case.lead_unit().is_some_and(|lead| scene.actor().sits(lead, WORKING).is_some());
    if done && !(own && part.part == Part::Received) || !own && !lead {
        return Err(refused);
    }
    if !done && reason.is_none() {
        return Err(Refusal::ReasonMissing);
    }
    let body = Body::AssistEnded { unit: unit.clone(), done, reason: reason.cloned() };
    Ok(Draft::new(scene, body).stop_unit(unit).done())
}

pub(super) fn attach(
    scene: &Scene,
    evidence: &[Evidence],
    words: Option<&Sealed>,
) -> Result<Decision, Refusal> {
    Ok(Draft::new(scene, Body::Attached { evidence: evidence.to_vec(), words: words.cloned() }).done())
}

pub(super) fn milestone(scene: &Scene, name: &SmolStr) -> Result<Decision, Refusal> {
    if scene.case.milestones.contains(name) {
        return Err(Refusal::Once);
    }
    Ok(Draft::new(scene, Body::MilestoneReached { name: name.clone() }).done())
}

/// Where finished work goes.
pub(super) struct After {
    pub stage: Stage,
    pub custodian: UnitId,
    pub timer: Timer,
    pub wants_nominee: bool,
}

/// Inspection where the matter needs it, callback where somebody waits for one, else the closing centre.
pub(super) fn after_work(scene: &Scene, worker: &UnitId) -> After {
    let (inspect, call_back) = (scene.needs(StepName::Inspect), scene.needs(StepName::CallBack));
    if !inspect && call_back && !scene.case.waiting().is_empty() {
        let custodian = scene.callback_desk();
        return After { stage: Stage::CallingBack, custodian, timer: Timer::CallBack, wants_nominee: false };
    }
    let (custodian, wants_nominee) = scene.inspector(inspect, std::slice::from_ref(worker));
    After { stage: Stage::Inspecting, custodian, timer: Timer::Inspect, wants_nominee }
}

pub(super) fn finish(
    scene: &Scene,
    outcome: Outcome,
    reason: Option<&Sealed>,
    evidence: &[Evidence],
) -> Result<Decision, Refusal> {
    if outcome == Outcome::Void {
        return Err(Refusal::OutcomeNot { outcome });
    }
    if outcome != Outcome::Solved && reason.is_none() {
        return Err(Refusal::ReasonMissing);
    }
    check::outcome_allowed(scene, outcome, evidence)?;
    let unit = scene.case.lead_unit().cloned().ok_or(Refusal::NotYours { command: Name::Finish })?;
    let (at, claimed) = claimed(scene);
    let next = after_work(scene, &unit);
    let body = Body::Finished {
        outcome,
        unit,
        reason: reason.cloned(),
        evidence: evidence.to_vec(),
        claimed,
        at,
        wants_nominee: next.wants_nominee,
    };
    let draft = Draft::new(scene, body);
    let draft = if next.wants_nominee { draft.tell(Audience::Auditor, "nominee") } else { draft };
    Ok(draft.go(next.stage, next.custodian).start_by_rule(next.timer).done())
}
