//! From the report to filing: report, file, decline, verify, self-handle, object; and correcting place and matter.

use crate::{
    calendar::Limit,
    case::{Evidence, Place},
    catalogue::{Outcome, Urgency},
    clock::Timer,
    command::{Filing, Report},
    event::{Body, Pinned},
    ids::UnitId,
    refusal::Refusal,
    stage::Stage,
    words::Sealed,
};

use super::{Decision, Scene, check, draft::Draft, work};

impl Scene<'_> {
    /// The same case as it will be once filed so: limits and calendar follow the filing.
    fn filed_as(&self, pinned: &Pinned) -> crate::Case {
        let mut case = self.case.clone();
        case.matter = Some(pinned.filing.matter.clone());
        case.condition = Some(pinned.filing.condition);
        case.policy = Some(pinned.policy.clone());
        case.closing_level = Some(pinned.closing_level.clone());
        case.centre = pinned.centre.clone();
        case.limits = None;
        case.hazard |= pinned.hazard;
        case
    }

    pub fn on<'b>(&'b self, case: &'b crate::Case) -> Scene<'b> {
        let rules = self.cx.policy.rules(case.policy.as_ref(), case.matter.as_ref());
        Scene { cx: self.cx, case, rules, org: self.org, now: self.now, seat: self.seat.clone() }
    }
}

/// What filing pins: the current rules (or those of the case where they know the matter), condition and centre.
pub(super) fn pin(scene: &Scene, filing: &Filing, centre: UnitId) -> Result<Pinned, Refusal> {
    let rules = scene.cx.policy.rules(scene.case.policy.as_ref(), Some(&filing.matter));
    let matter = rules
        .matters
        .get(&filing.matter)
        .ok_or_else(|| Refusal::UnknownMatter { matter: filing.matter.clone() })?;
    matter.condition(filing.condition).ok_or_else(|| Refusal::UnknownCondition {
        matter: filing.matter.clone(),
        condition: filing.condition,
    })?;
    Ok(Pinned {
        filing: filing.clone(),
        kind: matter.kind,
        policy: rules.version.clone(),
        centre,
        hazard: matter.hazard,
        closing_level: matter.closing_level.clone(),
    })
}

/// The promise clock of a case that is filed now; never past `cap`.
pub(super) fn promise<'a>(draft: Draft<'a>, scene: &Scene, cap: Option<crate::Instant>) -> Draft<'a> {
    match scene.limits() {
        Some(limits) => {
            let limit = work::scaled(scene, limits.promise, scene.case.urgency);
            draft.start_from(Timer::Promise, limit, scene.now, cap)
        }
        None => draft,
    }
}

pub(super) fn report(scene: &Scene, report: &Report) -> Result<Decision, Refusal> {
    if let Some(matter) = &report.matter
        && !scene.rules.matters.contains_key(matter)
    {
        return Err(Refusal::UnknownMatter { matter: matter.clone() });
    }
    let mut report = report.clone();
    settle_place(scene, &mut report.place);
    let custodian = scene.intake_unit(report.place.area.as_ref());
    let centre = scene.dispatching_centre(report.place.area.as_ref());
    let body = Body::Reported { report: Box::new(report), centre };
    Ok(Draft::new(scene, body).go(Stage::Reported, custodian).start_by_rule(Timer::Intake).done())
}

/// An area that the organisation does not know is an unknown place: never refused for that.
fn settle_place(scene: &Scene, place: &mut Place) {
    if place.area.as_ref().is_some_and(|area| !scene.org.areas.contains_key(area)) {
        place.area = None;
    }
}

pub(super) fn file(scene: &Scene, filing: &Filing, urgency: Option<Urgency>) -> Result<Decision, Refusal> {
    if *scene.actor() == crate::Actor::System
        && !scene.rules.auto(&filing.matter, scene.case.source).is_some_and(|auto| auto.file)
    {
        return Err(Refusal::NotYours { command: crate::Name::File });
    }
    let pinned = pin(scene, filing, scene.dispatching_centre(scene.case.place.area.as_ref()))?;
    let mut filed = scene.filed_as(&pinned);
    filed.urgency = urgency.unwrap_or(filed.urgency);
    let filed_scene = scene.on(&filed);
    let custodian = pinned.centre.clone();
    let body = Body::Filed { pinned: Box::new(pinned), urgency };
    // Clocks are computed for the case as filed; stage and notices are those of the case as it stands.
    let draft = Draft::new(&filed_scene, body).stop(Timer::Intake).stop(Timer::Judge);
    let draft = promise(draft, &filed_scene, None).start_by_rule(Timer::Dispatch);
    Ok(draft.go(Stage::Filed, custodian).done())
}

pub(super) fn decline(scene: &Scene, reason: &Sealed) -> Result<Decision, Refusal> {
    let body = Body::Declined { reason: reason.clone(), by: scene.actor().member_id().cloned() };
    Ok(Draft::new(scene, body).go(Stage::Declined, scene.case.custodian.clone()).done())
}

pub(super) fn object(scene: &Scene, reason: &Sealed) -> Result<Decision, Refusal> {
    let above =
        scene.org.centre_above(&scene.case.custodian, scene.now).unwrap_or_else(|| scene.org.root_centre());
    let draft = Draft::new(scene, Body::Objected { reason: reason.clone() });
    Ok(draft.go(Stage::Reported, above).start_by_rule(Timer::Judge).done())
}

pub(super) fn verify(scene: &Scene, words: Option<&Sealed>) -> Result<Decision, Refusal> {
    let team = scene.verifier(scene.case.place.area.as_ref()).ok_or(Refusal::NobodyVerifies)?;
    let draft = Draft::new(scene, Body::SentToVerify { words: words.cloned() });
    Ok(draft.stop(Timer::Dispatch).go(Stage::Verifying, team).start_by_rule(Timer::Verify).done())
}

pub(super) fn verified(
    scene: &Scene,
    is_true: bool,
    filing: Option<&Filing>,
    words: Option<&Sealed>,
    evidence: &[Evidence],
) -> Result<Decision, Refusal> {
    let already = scene.case.filed_at.is_some();
    let (words, evidence) = (words.cloned(), evidence.to_vec());
    if is_true && !already {
        let filing = filing.cloned().or_else(|| known_filing(scene)).ok_or(Refusal::MatterMissing)?;
        let pinned = pin(scene, &filing, scene.dispatching_centre(scene.case.place.area.as_ref()))?;
        let filed = scene.filed_as(&pinned);
        let on_filed = scene.on(&filed);
        let centre = pinned.centre.clone();
        let body = Body::Verified { is_true, pinned: Some(Box::new(pinned)), words, evidence };
        let draft = Draft::new(&on_filed, body).stop(Timer::Intake).stop(Timer::Judge).stop(Timer::Verify);
        let draft = promise(draft, &on_filed, None).start_by_rule(Timer::Dispatch);
        return Ok(draft.go(Stage::Filed, centre).done());
    }
    if !is_true {
        words.as_ref().ok_or(Refusal::ReasonMissing)?;
    }
    if !is_true && already {
        check::outcome_allowed(scene, Outcome::NotFound, &evidence)?;
    }
    let body = Body::Verified { is_true, pinned: None, words, evidence };
    let draft = Draft::new(scene, body).stop(Timer::Verify);
    Ok(match (is_true, already) {
        (true, _) => draft.go(Stage::Filed, scene.case.centre.clone()).start_by_rule(Timer::Dispatch).done(),
        (false, true) => draft.go(Stage::Closed, scene.case.centre.clone()).done(),
        (false, false) if scene.case.objected => draft.go(Stage::Reported, scene.case.centre.clone()).done(),
        (false, false) => draft.go(Stage::Declined, scene.case.custodian.clone()).done(),
    })
}

fn known_filing(scene: &Scene) -> Option<Filing> {
    Some(Filing { matter: scene.case.matter.clone()?, condition: scene.case.condition? })
}

pub(super) fn self_handle(
    scene: &Scene,
    filing: &Filing,
    done: bool,
    words: Option<&Sealed>,
    evidence: &[Evidence],
) -> Result<Decision, Refusal> {
    let unit = scene.seat.as_ref().map(|seat| seat.unit.clone()).ok_or(Refusal::NotTheSpot)?;
    let pinned = pin(scene, filing, scene.dispatching_centre(scene.case.place.area.as_ref()))?;
    let filed = scene.filed_as(&pinned);
    let on_filed = scene.on(&filed);
    if done {
        check::outcome_allowed(&on_filed, Outcome::Solved, evidence)?;
    }
    let (words, evidence) = (words.cloned(), evidence.to_vec());
    let next = work::after_work(&on_filed, &unit);
    let wants_nominee = done && next.wants_nominee;
    let pinned = Box::new(pinned);
    let body = Body::SelfHandled { pinned, unit: unit.clone(), done, words, evidence, wants_nominee };
    let draft = Draft::new(&on_filed, body).stop(Timer::Intake).stop(Timer::Judge);
    let draft = promise(draft, &on_filed, None);
    if done {
        return Ok(draft.go(next.stage, next.custodian).start_by_rule(next.timer).done());
    }
    let limit = on_filed.limits().ok_or(Refusal::MatterMissing)?.handle;
    let handle = work::scaled(&on_filed, limit, filed.urgency);
    Ok(draft.go(Stage::Handling, unit.clone()).start(Timer::Handle(unit), handle).done())
}

/// Not a return: the place's centre takes it and has its own limit to bring in others.
pub(super) fn cannot_solve(scene: &Scene, reason: &Sealed) -> Result<Decision, Refusal> {
    let centre = scene.dispatching_centre(scene.case.place.area.as_ref());
    let body = Body::CouldNotSolve { reason: reason.clone(), centre: centre.clone() };
    Ok(Draft::new(scene, body).go(Stage::Filed, centre).start_by_rule(Timer::BringIn).done())
}

pub(super) fn relocate(scene: &Scene, place: &Place, address: Option<&Sealed>) -> Result<Decision, Refusal> {
    let mut place = place.clone();
    settle_place(scene, &mut place);
    let area = place.area.clone();
    let case = scene.case;
    let filed = case.filed_at.is_some() && case.stage != Stage::Verifying;
    // The level above judges an objection wherever the place turns out to be.
    let judged = case.objected && case.filed_at.is_none();
    let judge = || {
        std::iter::successors(Some(case.centre.clone()), |unit| scene.org.centre_above(unit, scene.now))
            .find(|unit| scene.org.serves(unit, area.as_ref(), scene.now))
            .unwrap_or_else(|| scene.org.root_centre())
    };
    let centre = Some(if judged { judge() } else { scene.dispatching_centre(area.as_ref()) });
    let to = match case.stage {
        Stage::Reported if judged => judge(),
        Stage::Reported => scene.intake_unit(area.as_ref()),
        Stage::Verifying => scene.verifier(area.as_ref()).ok_or(Refusal::NobodyVerifies)?,
        _ => scene.dispatching_centre(area.as_ref()),
    };
    let draft = Draft::new(scene, Body::Relocated { place, address: address.cloned(), centre });
    Ok(if filed {
        draft.go(Stage::Filed, to).start_by_rule(Timer::Dispatch).done()
    } else {
        draft.hand_to(to).done()
    })
}

pub(super) fn reclassify(scene: &Scene, filing: &Filing) -> Result<Decision, Refusal> {
    let case = scene.case;
    let pinned = pin(scene, filing, scene.dispatching_centre(case.place.area.as_ref()))?;
    if case.filed_at.is_none() {
        return Ok(Draft::new(scene, Body::Reclassified { pinned: None, filing: filing.clone() }).done());
    }
    let filed = scene.filed_as(&pinned);
    let on_filed = scene.on(&filed);
    let centre = pinned.centre.clone();
    let body = Body::Reclassified { pinned: Some(Box::new(pinned)), filing: filing.clone() };
    let draft = shorten_promise(Draft::new(&on_filed, body), &on_filed, filed.urgency).stop(Timer::Verify);
    Ok(draft.go(Stage::Filed, centre).start_by_rule(Timer::Dispatch).done())
}

/// A changed limit runs from the original start and only shortens the promise.
pub(super) fn shorten_promise<'a>(draft: Draft<'a>, scene: &Scene, urgency: Urgency) -> Draft<'a> {
    match scene.limits() {
        Some(limits) => {
            shorten_to(draft, scene, &Timer::Promise, work::scaled(scene, limits.promise, urgency))
        }
        None => draft,
    }
}

/// The clock runs as long as `limit` gives from its original start, where that is shorter.
pub(super) fn shorten_to<'a>(draft: Draft<'a>, scene: &Scene, of: &Timer, limit: Limit) -> Draft<'a> {
    let (Some(clock), Some(calendar)) = (scene.case.clock(of), scene.calendar()) else { return draft };
    let mut due = calendar.due(clock.started, limit);
    // What extensions and a suspension added stays added.
    let plain = calendar.due(clock.started, clock.limit).at;
    due.at = due.at.plus_ms(scene.ends(clock).minus(plain).max(0));
    draft.shorten(of, due, Some(limit))
}
