//! Calls and answers, requests and their approvers, suspension, and the difficult-case procedure.

use crate::{
    calendar::Due,
    case::{CallState, RequestKind},
    catalogue::Outcome,
    clock::Timer,
    command::{Name, Resolve},
    event::{Audience, Body},
    ids::UnitId,
    refusal::Refusal,
    stage::Stage,
    time::Instant,
    words::Sealed,
};

use super::{Decision, Scene, check, draft::Draft, family, meetings, permit::WORKING, work};

impl Scene<'_> {
    /// The next unit up the call ladder that is there, serves the place and is neither caller nor callee.
    pub fn rung(&self, caller: &UnitId, callee: Option<&UnitId>, from: u8) -> Option<(u8, UnitId)> {
        let place = self.case.place.area.as_ref();
        let ladder = self.rules.call_ladder.iter().enumerate().skip(usize::from(from));
        ladder
            .filter_map(|(rung, selector)| {
                let unit = self.org.select(selector, place, Some(caller), self.now).into_iter().next()?;
                let fits = &unit != caller
                    && Some(&unit) != callee
                    && self.org.serves(&unit, place, self.now)
                    && self.barred(&unit, self.case.matter.as_ref()).is_none();
                fits.then_some((u8::try_from(rung).unwrap_or(u8::MAX), unit))
            })
            .next()
    }
}

impl Scene<'_> {
    /// Who decides for a unit: the dispatching centre, or where that is the unit itself or below it, the centre above
    /// the unit. `after` climbs from an approver that was silent.
    pub fn approver(&self, unit: &UnitId, after: Option<&UnitId>) -> Option<UnitId> {
        let centre = &self.case.centre;
        let below = self.org.is_centre(unit) && self.org.unit_depth(unit) <= self.org.unit_depth(centre);
        let first = match after {
            Some(silent) => self.org.centre_above(silent, self.now),
            None if below => self.org.centre_above(unit, self.now),
            None => Some(centre.clone()),
        };
        std::iter::successors(first, |found| self.org.centre_above(found, self.now))
            .find(|found| found != unit)
    }
}

pub(super) fn call(scene: &Scene, callee: Option<&UnitId>, words: &Sealed) -> Result<Decision, Refusal> {
    let case = scene.case;
    let caller =
        scene.seat.as_ref().map(|seat| seat.unit.clone()).ok_or(Refusal::NotYours { command: Name::Call })?;
    let callee = match callee {
        Some(unit) => scene.askable(unit, case.place.area.as_ref(), case.matter.as_ref())?.unit,
        None => scene.rung(&caller, None, 0).map(|(_, unit)| unit).ok_or(Refusal::NobodyToCall)?,
    };
    if callee == caller {
        return Err(Refusal::SameUnit { unit: callee });
    }
    let no = case.calls.last().map_or(1, |call| call.no.saturating_add(1));
    let body = Body::Called { no, caller, callee: callee.clone(), words: words.clone() };
    Ok(Draft::new(scene, body).start_by_rule(Timer::Call(no)).tell(Audience::Unit(callee), "called").done())
}

pub(super) fn answer(scene: &Scene, no: u16, words: &Sealed) -> Result<Decision, Refusal> {
    let call = scene.case.calls.iter().find(|call| call.no == no && call.state == CallState::Open);
    let call = call.ok_or(Refusal::UnknownCall { no })?;
    scene.actor().sits(&call.callee, WORKING).ok_or(Refusal::NotYours { command: Name::Answer })?;
    let to = Audience::Unit(call.caller.clone());
    Ok(Draft::new(scene, Body::Answered { no, words: words.clone() })
        .stop(Timer::Call(no))
        .tell(to, "answered")
        .done())
}

/// The caller, and only the caller, rates; once.
pub(super) fn rate_answer(scene: &Scene, no: u16, stars: u8) -> Result<Decision, Refusal> {
    if !(1..=5).contains(&stars) {
        return Err(Refusal::StarsRange);
    }
    let call = scene.case.calls.iter().find(|call| call.no == no && call.state == CallState::Answered);
    let call = call.ok_or(Refusal::UnknownCall { no })?;
    scene.actor().sits(&call.caller, WORKING).ok_or(Refusal::NotYours { command: Name::RateAnswer })?;
    if call.stars.is_some() {
        return Err(Refusal::Once);
    }
    Ok(Draft::new(scene, Body::AnswerRated { no, stars }).done())
}

/// The instant lies ahead and within the longest suspension the rules allow.
fn bounded(scene: &Scene, until: Instant) -> Result<(), Refusal> {
    let longest = scene.calendar().map(|calendar| calendar.due(scene.now, scene.rules.suspension).at);
    if until > scene.now && longest.is_some_and(|longest| until <= longest) {
        Ok(())
    } else {
        Err(Refusal::SuspensionBound)
    }
}

pub(super) fn request(
    scene: &Scene,
    kind: RequestKind,
    until: Option<Instant>,
    reason: &Sealed,
) -> Result<Decision, Refusal> {
    let case = scene.case;
    let refused = || Refusal::NotYours { command: Name::Request };
    let root = scene.org.root_centre();
    let part = case.assignments.iter().find(|part| {
        part.part.open() && part.unit != root && scene.actor().sits(&part.unit, WORKING).is_some()
    });
    let unit = part.map(|part| part.unit.clone()).ok_or_else(refused)?;
    let by = scene.actor().member_id().cloned().ok_or_else(refused)?;
    if case.requests.iter().any(|open| open.kind == kind && open.unit == unit) {
        return Err(Refusal::RequestOpen);
    }
    match kind {
        RequestKind::Extension if case.used.extensions >= scene.rules.allowances.extensions => {
            return Err(Refusal::Spent { what: "extensions".into() });
        }
        RequestKind::Suspension => {
            if case.used.suspensions >= scene.rules.allowances.suspensions {
                return Err(Refusal::Spent { what: "suspensions".into() });
            }
            bounded(scene, until.ok_or(Refusal::SuspensionBound)?)?;
        }
        _ => {}
    }
    let approver = scene.approver(&unit, None).ok_or(Refusal::TopLevel)?;
    let no = u16::from(case.used.requests) + 1;
    let to = Audience::Unit(approver.clone());
    let body = Body::Requested { no, request: kind, unit, by, approver, until, reason: reason.clone() };
    Ok(Draft::new(scene, body).start_by_rule(Timer::Request(no)).tell(to, "request").done())
}

fn waiting<'a>(scene: &'a Scene, no: u16, name: Name) -> Result<&'a crate::case::Request, Refusal> {
    let request = scene.case.requests.iter().find(|request| request.no == no);
    let request = request.ok_or(Refusal::UnknownRequest { no })?;
    let roles = [crate::actor::Role::Dispatcher, crate::actor::Role::Leader];
    scene.actor().sits(&request.approver, &roles).ok_or(Refusal::NotYours { command: name })?;
    if scene.actor().member_id() == Some(&request.by) {
        return Err(Refusal::OwnRequest);
    }
    Ok(request)
}

pub(super) fn grant(scene: &Scene, no: u16, words: Option<&Sealed>) -> Result<Decision, Refusal> {
    let request = waiting(scene, no, Name::Grant)?;
    let (unit, until) = (request.unit.clone(), request.until);
    let to = Audience::Unit(unit.clone());
    let body = Body::Granted { no, request: request.kind, unit: unit.clone(), until, words: words.cloned() };
    let draft = Draft::new(scene, body).stop(Timer::Request(no)).tell(to, "granted");
    match request.kind {
        RequestKind::Exemption => Ok(draft.done()),
        RequestKind::Extension => Ok(extend(draft, scene, &unit)?.done()),
        RequestKind::Suspension => {
            if scene.case.suspended() {
                return Err(Refusal::Suspended);
            }
            if scene.case.difficult.is_some() {
                return Err(Refusal::InDifficult);
            }
            if scene.case.used.suspensions >= scene.rules.allowances.suspensions {
                return Err(Refusal::Spent { what: "suspensions".into() });
            }
            let until = until.ok_or(Refusal::SuspensionBound)?;
            bounded(scene, until)?;
            Ok(suspended(draft, scene, until).done())
        }
    }
}

/// One more of the original handling limit, for the unit and for the promise.
fn extend<'a>(mut draft: Draft<'a>, scene: &Scene, unit: &UnitId) -> Result<Draft<'a>, Refusal> {
    if scene.case.suspended() {
        return Err(Refusal::Suspended);
    }
    if scene.case.used.extensions >= scene.rules.allowances.extensions {
        return Err(Refusal::Spent { what: "extensions".into() });
    }
    let limits = scene.limits().ok_or(Refusal::MatterMissing)?;
    for of in [Timer::Handle(unit.clone()), Timer::Promise] {
        if let (Some(clock), Some(calendar)) = (scene.case.clock(&of), scene.calendar()) {
            let due: Due = calendar.due(clock.due, limits.handle);
            draft.move_clock(clock, due);
        }
    }
    Ok(draft)
}

fn suspended<'a>(draft: Draft<'a>, scene: &Scene, until: Instant) -> Draft<'a> {
    let limit = scene.rules.suspension;
    draft.pause_work().start_until(Timer::Suspension, limit, until).tell(Audience::Reporters, "suspended")
}

pub(super) fn refuse(scene: &Scene, no: u16, reason: &Sealed) -> Result<Decision, Refusal> {
    let to = Audience::Unit(waiting(scene, no, Name::Refuse)?.unit.clone());
    let draft = Draft::new(scene, Body::Refused { no, reason: reason.clone() });
    Ok(draft.stop(Timer::Request(no)).tell(to, "refused").done())
}

pub(super) fn suspend(scene: &Scene, until: Instant, reason: &Sealed) -> Result<Decision, Refusal> {
    bounded(scene, until)?;
    let draft = Draft::new(scene, Body::Suspended { until, reason: reason.clone() });
    Ok(suspended(draft, scene, until).done())
}

pub(super) fn resume(scene: &Scene, reason: Option<&Sealed>) -> Result<Decision, Refusal> {
    let draft = Draft::new(scene, Body::Resumed { reason: reason.cloned() }).end_suspension();
    Ok(draft
        .tell(Audience::Reporters, "resumed")
        .tell(Audience::Unit(scene.case.custodian.clone()), "resumed")
        .done())
}

pub(super) fn mark_difficult(scene: &Scene, reason: &Sealed) -> Result<Decision, Refusal> {
    let fallback = scene.fallback().ok_or(Refusal::NobodyFallsBack)?;
    let draft =
        Draft::new(scene, Body::MarkedDifficult { fallback: fallback.clone(), reason: reason.clone() });
    Ok(draft.start_by_rule(Timer::Meeting).hand_to(fallback).done())
}

pub(super) fn convene(scene: &Scene, at: Instant, units: &[UnitId]) -> Result<Decision, Refusal> {
    let unknown = units.iter().find(|unit| !scene.org.active(unit, scene.now));
    if let Some(unit) = unknown {
        return Err(Refusal::UnknownUnit { unit: unit.clone() });
    }
    let mut draft = Draft::new(scene, Body::Convened { at, units: units.to_vec() });
    // The next one is due so long after this one; in the difficult-case procedure only its decision ends the wait.
    let regular = meetings::limit(scene, scene.case.urgency).filter(|_| scene.case.difficult.is_none());
    if let Some(limit) = regular {
        draft = draft.start(Timer::Meeting, limit);
    }
    for unit in units {
        draft = draft.tell(Audience::Unit(unit.clone()), "convened");
    }
    Ok(draft.done())
}

pub(super) fn resolve(scene: &Scene, resolve: &Resolve, reason: &Sealed) -> Result<Decision, Refusal> {
    let case = scene.case;
    let lead = case.lead_unit().cloned().ok_or(Refusal::NotDifficult)?;
    let decided = |decision: &'static str, lead, until| Body::Decided {
        decision: decision.into(),
        lead,
        until,
        reason: reason.clone(),
    };
    match resolve {
        Resolve::Lead { unit } => {
            let sent = scene.askable(unit, case.place.area.as_ref(), case.matter.as_ref())?;
            let unit = sent.unit.clone();
            let draft = Draft::new(scene, decided("lead", Some(sent), None)).stop(Timer::Meeting);
            let draft = super::dispatch::end_requests(draft, scene).end_suspension();
            let draft = draft.stop_unit(&lead).stop_unit(&unit).go(Stage::Dispatched, unit.clone());
            Ok(work::start_receive(draft, scene, &unit, None).done())
        }
        Resolve::Explain => {
            check::outcome_allowed(scene, Outcome::Explained, &[])?;
            let draft = Draft::new(scene, decided("explain", None, None));
            Ok(draft.go(Stage::CallingBack, scene.callback_desk()).start_by_rule(Timer::CallBack).done())
        }
        Resolve::Suspend { until } => {
            if case.suspended() || case.used.suspensions >= scene.rules.allowances.suspensions {
                return Err(Refusal::Spent { what: "suspensions".into() });
            }
            bounded(scene, *until)?;
            let draft = Draft::new(scene, decided("suspend", None, Some(*until))).stop(Timer::Meeting);
            Ok(suspended(draft.hand_to(lead), scene, *until).done())
        }
        Resolve::Split { parts } => {
            let body = Body::Split { parts: parts.clone(), lead: lead.clone() };
            family::split_under(scene, parts, &lead, Draft::new(scene, body))
        }
    }
}
