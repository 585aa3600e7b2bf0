//! Cases that hang together: withdraw, merge and unmerge, split and its parts.

use crate::{
    actor::Actor,
    case::{Bond, Case, Child, Parent},
    catalogue::{Outcome, Source},
    clock::Timer,
    command::{Command, Filing, Joined, Name, Report, SplitPart},
    event::{Audience, Body, Sent},
    ids::{CaseId, UnitId},
    refusal::Refusal,
    stage::Stage,
    time::Instant,
    words::Sealed,
};

use super::{Decision, Scene, check, draft::Draft, intake, work};

/// Only a note where a hazard or other reporters remain; the oldest of them takes the place.
pub(super) fn withdraw(scene: &Scene, reason: Option<&Sealed>) -> Result<Decision, Refusal> {
    let case = scene.case;
    let Actor::Reporter { no } = *scene.actor() else {
        return Err(Refusal::NotYours { command: Name::Withdraw });
    };
    let others = case.reporters.iter().any(|reporter| reporter.no != no && !reporter.withdrawn)
        || case.open_children().any(|child| child.bond == Bond::Merged);
    let reason = reason.cloned();
    if case.hazard || others {
        return Ok(Draft::new(scene, Body::ReporterLeft { reporter: no, reason }).done());
    }
    let mut draft = Draft::new(scene, Body::Withdrawn { reporter: no, reason });
    for child in case.open_children().filter(|child| !child.hazard) {
        draft = draft.also(child.case, Command::ParentEnded { outcome: Outcome::Void, void: true });
    }
    Ok(draft.go(Stage::Withdrawn, case.custodian.clone()).done())
}

pub(super) fn merge(scene: &Scene, into: CaseId) -> Result<Decision, Refusal> {
    let case = scene.case;
    if into == case.id {
        return Err(Refusal::OwnFamily);
    }
    let parent = (scene.cx.related)(into).ok_or(Refusal::UnknownCase)?;
    if *scene.actor() == Actor::System && !is_copy(case, &parent) {
        return Err(Refusal::NotYours { command: Name::Merge });
    }
    let filed_if_needed = parent.filed_at.is_some() || case.filed_at.is_none();
    if !parent.is_open() || parent.suspended() || !filed_if_needed {
        return Err(Refusal::ParentNotOpen);
    }
    if parent.parent.as_ref().is_some_and(|up| up.case == case.id || up.bond == Bond::Merged) {
        return Err(Refusal::OwnFamily);
    }
    if parent.last_word || parent.split {
        return Err(Refusal::OnlyFinish);
    }
    let draft = Draft::new(scene, Body::Merged { into }).go(Stage::Merged, case.custodian.clone());
    let child = Joined {
        case: case.id,
        promise: draft.promise_due(),
        lead: case.lead_unit().cloned(),
        reporters: case.waiting().into_iter().map(|(_, no)| no).collect(),
        hazard: case.hazard,
    };
    Ok(draft.also(into, Command::Absorb { child }).done())
}

/// Residents' reports this far apart may be copies of one.
const COPY_MS: i64 = 60 * 60_000;
/// In units of 1e-7 degree: about 55 m to the north, and as much to the east at 60 degrees.
const COPY_LAT_E7: u32 = 5_000;
const COPY_LON_E7: u32 = 10_000;

/// What System may merge by itself: a resident's report of the same matter, near and soon after another's. Whether there are so many
/// that it should, is asked outside.
fn is_copy(case: &Case, of: &Case) -> bool {
    let near = |one: Option<i32>, other: Option<i32>, far: u32| match (one, other) {
        (Some(one), Some(other)) => one.abs_diff(other) <= far,
        _ => false,
    };
    let residents = case.source == Source::Resident && of.source == Source::Resident;
    let soon = case.received_at.minus(of.received_at).abs() <= COPY_MS;
    residents
        && soon
        && case.matter.is_some()
        && case.matter == of.matter
        && near(case.place.lat_e7, of.place.lat_e7, COPY_LAT_E7)
        && near(case.place.lon_e7, of.place.lon_e7, COPY_LON_E7)
}

/// Back to Filed, under its own promise instant: counted from its own filing, or filed now as its parent is.
pub(super) fn unmerge(scene: &Scene, reason: &Sealed) -> Result<Decision, Refusal> {
    let case = scene.case;
    let parent = case.parent.as_ref().map(|parent| parent.case).ok_or(Refusal::ParentNotOpen)?;
    let found = (scene.cx.related)(parent).ok_or(Refusal::UnknownCase)?;
    if !found.is_open() {
        return Err(Refusal::ParentNotOpen);
    }
    let centre = scene.dispatching_centre(case.place.area.as_ref());
    let pinned = match case.filed_at {
        Some(_) => None,
        None => Some(intake::pin(scene, &filing_of(case, &found)?, centre.clone())?),
    };
    let mut filed = case.clone();
    if let Some(pinned) = &pinned {
        filed.matter = Some(pinned.filing.matter.clone());
        filed.condition = Some(pinned.filing.condition);
        filed.policy = Some(pinned.policy.clone());
    }
    let on_filed = scene.on(&filed);
    let body =
        Body::Unmerged { pinned: pinned.map(Box::new), centre: centre.clone(), reason: reason.clone() };
    let draft = Draft::new(&on_filed, body).also(parent, Command::Release { child: case.id });
    let limits = on_filed.limits().ok_or(Refusal::MatterMissing)?;
    let limit = work::scaled(&on_filed, limits.promise, case.urgency);
    let draft = draft.start_from(Timer::Promise, limit, case.filed_at.unwrap_or(scene.now), None);
    Ok(draft.go(Stage::Filed, centre).start_by_rule(Timer::Dispatch).done())
}

fn filing_of(case: &Case, parent: &Case) -> Result<Filing, Refusal> {
    let own = case.matter.clone().zip(case.condition);
    let (matter, condition) =
        own.or_else(|| parent.matter.clone().zip(parent.condition)).ok_or(Refusal::MatterMissing)?;
    Ok(Filing { matter, condition })
}

/// System, on the parent: the earlier promise governs, the child's lead assists, its reporters follow.
pub(super) fn absorb(scene: &Scene, child: &Joined) -> Result<Decision, Refusal> {
    let case = scene.case;
    let place = case.place.area.as_ref();
    let joins = matches!(case.stage, Stage::Filed | Stage::Dispatched | Stage::Handling);
    let lead = child.lead.clone().filter(|unit| {
        joins
            && case.open_assignment(unit).is_none()
            && scene.org.serves(unit, place, scene.now)
            && scene.barred(unit, case.matter.as_ref()).is_none()
    });
    let entry = Child {
        case: child.case,
        bond: Bond::Merged,
        open: true,
        hazard: child.hazard,
        reporters: child.reporters.clone(),
        lead: lead.clone(),
    };
    let mut draft = Draft::new(scene, Body::Absorbed { child: entry });
    if let (Some(promise), Some(clock)) = (child.promise, case.clock(&Timer::Promise)) {
        let due = crate::calendar::Due { at: promise, provisional: clock.provisional };
        draft = draft.shorten(&Timer::Promise, due, None);
    }
    if let Some(unit) = lead.filter(|_| matches!(case.stage, Stage::Dispatched | Stage::Handling)) {
        draft = work::start_receive(draft, scene, &unit, None).tell(Audience::Unit(unit), "assist");
    }
    Ok(draft.done())
}

/// System, on the parent: the child left; the assist it brought ends.
pub(super) fn release(scene: &Scene, child: CaseId) -> Result<Decision, Refusal> {
    let entry = scene.case.open_children().find(|entry| entry.case == child).ok_or(Refusal::UnknownCase)?;
    let lead =
        entry.lead.clone().filter(|unit| scene.case.open_assignment(unit).is_some_and(|part| !part.lead));
    let mut draft = Draft::new(scene, Body::Released { child, lead: lead.clone() });
    if let Some(unit) = lead {
        draft = draft.stop_unit(&unit);
    }
    Ok(draft.done())
}

/// The parent waits in Handling with finish only; each part has its own lead, cell and clocks.
pub(super) fn split(scene: &Scene, parts: &[SplitPart]) -> Result<Decision, Refusal> {
    let lead = match scene.case.stage {
        Stage::Filed => scene.case.custodian.clone(),
        _ => scene.case.lead_unit().cloned().ok_or(Refusal::NoParts)?,
    };
    split_under(
        scene,
        parts,
        &lead,
        Draft::new(scene, Body::Split { parts: parts.to_vec(), lead: lead.clone() }),
    )
}

pub(super) fn split_under(
    scene: &Scene,
    parts: &[SplitPart],
    lead: &UnitId,
    draft: Draft,
) -> Result<Decision, Refusal> {
    let case = scene.case;
    let mut ids: Vec<CaseId> = parts.iter().map(|part| part.id).collect();
    ids.sort_unstable();
    ids.dedup();
    if parts.len() < 2 || ids.len() != parts.len() || ids.contains(&case.id) {
        return Err(Refusal::NoParts);
    }
    let mut draft = draft.stop(Timer::Dispatch).stop(Timer::Meeting).end_suspension();
    for part in case.assignments.iter().filter(|part| part.part.open()) {
        draft = draft.stop_unit(&part.unit);
    }
    for request in &case.requests {
        let to = Audience::Unit(request.unit.clone());
        draft = draft.stop(Timer::Request(request.no)).tell(to, "request_ended");
    }
    for call in case.open_calls() {
        draft = draft.stop(Timer::Call(call.no)).tell(Audience::Unit(call.callee.clone()), "call_ended");
    }
    for part in case.open_assists() {
        draft = draft.tell(Audience::Unit(part.unit.clone()), "assist_ended");
    }
    let cap = draft.promise_due();
    for part in parts {
        let filing = part_filing(scene, part)?;
        let place = part.place.clone().unwrap_or_else(|| case.place.clone());
        // What lies somewhere else is about something else.
        let component = case.component.clone().filter(|_| part.place.is_none());
        scene.askable(&part.lead, place.area.as_ref(), Some(&filing.matter))?;
        let report = Report {
            number: part.number.clone(),
            source: case.source,
            kind: case.kind,
            matter: Some(filing.matter.clone()),
            condition: Some(filing.condition),
            urgency: case.urgency,
            hazard: case.hazard,
            title: part.title.clone(),
            text: part.text.clone(),
            place,
            component,
            ..Report::default()
        };
        let begin = Command::Begin {
            parent: case.id,
            part: Box::new(part.clone()),
            report: Box::new(report),
            centre: case.centre.clone(),
            filing,
            cap,
        };
        draft = draft.also(part.id, begin);
    }
    Ok(draft.go(Stage::Handling, lead.clone()).done())
}

fn part_filing(scene: &Scene, part: &SplitPart) -> Result<Filing, Refusal> {
    let own = part.matter.clone().zip(part.condition);
    let (matter, condition) =
        own.or_else(|| scene.case.matter.clone().zip(scene.case.condition)).ok_or(Refusal::MatterMissing)?;
    let filing = Filing { matter, condition };
    intake::pin(scene, &filing, scene.case.centre.clone())?;
    Ok(filing)
}

/// System, on a new part: filed and dispatched at once, under clocks that never exceed the parent's.
pub(super) fn begin(
    scene: &Scene,
    parent: CaseId,
    part: &SplitPart,
    report: &Report,
    centre: &UnitId,
    filing: &Filing,
    cap: Option<Instant>,
) -> Result<Decision, Refusal> {
    let pinned = intake::pin(scene, filing, centre.clone())?;
    let mut born = scene.case.clone();
    born.matter = Some(filing.matter.clone());
    born.condition = Some(filing.condition);
    born.policy = Some(pinned.policy.clone());
    born.urgency = report.urgency;
    born.place = report.place.clone();
    born.centre = centre.clone();
    born.parent = Some(Parent { case: parent, bond: Bond::Split, cap });
    let on_born = scene.on(&born);
    let lead: Sent = on_born.sendable(&part.lead, report.place.area.as_ref())?;
    let unit = lead.unit.clone();
    let body = Body::Began { parent, cap, report: Box::new(report.clone()), pinned: Box::new(pinned), lead };
    let draft = intake::promise(Draft::new(&on_born, body), &on_born, cap);
    let draft = work::start_receive(draft, &on_born, &unit, None);
    Ok(draft.go(Stage::Dispatched, unit).done())
}

/// System, on a part or on a case that another authority handed over: the promise above it ends earlier, so its work does.
pub(super) fn cap(scene: &Scene, cap: Instant) -> Result<Decision, Refusal> {
    let case = scene.case;
    let part = case.parent.as_ref().filter(|parent| parent.bond == Bond::Split);
    let known = match part {
        Some(parent) => Some(parent.cap),
        None => case.promised.map(Some),
    };
    if !case.is_open() || known.is_none_or(|known| known.is_some_and(|known| known <= cap)) {
        return Ok(Decision::default());
    }
    let mut draft = Draft::new(scene, Body::Capped { cap });
    let work =
        |of: &Timer| matches!(of, Timer::Promise | Timer::Receive(_) | Timer::Arrive(_) | Timer::Handle(_));
    for clock in case.clocks.iter().filter(|clock| work(&clock.of)) {
        draft = draft.shorten_to(clock, cap);
    }
    Ok(draft.done())
}

/// System, on the parent: the last part's end starts the handle clock of whoever split it. A case that was merged in ends with this one and not
/// before: a word that it has changes nothing, since it would then be followed by nobody.
pub(super) fn child_ended(scene: &Scene, child: CaseId) -> Result<Decision, Refusal> {
    let case = scene.case;
    let known = case.open_children().any(|entry| entry.case == child && entry.bond == Bond::Split);
    if !case.is_open() || !known {
        return Ok(Decision::default());
    }
    let last =
        case.open_children().filter(|entry| entry.bond == Bond::Split).all(|entry| entry.case == child);
    let mut draft = Draft::new(scene, Body::ChildEnded { child, last });
    if let (true, true, Some(lead), Some(limits)) = (last, case.split, case.lead_unit(), scene.limits()) {
        let handle = work::scaled(scene, limits.handle, case.urgency);
        draft =
            draft.start(Timer::Handle(lead.clone()), handle).tell(Audience::Unit(lead.clone()), "parts_done");
    }
    Ok(draft.done())
}

/// System, on a child: it ends with its parent. A case that has ended already, or went its own way, stays as it is.
pub(super) fn parent_ended(scene: &Scene, outcome: Outcome, void: bool) -> Result<Decision, Refusal> {
    let case = scene.case;
    let follows = case.stage == Stage::Merged || void && case.is_open() && !case.hazard;
    if !follows {
        return Ok(Decision::default());
    }
    let draft = Draft::new(scene, Body::ParentEnded { outcome });
    Ok(draft.go(Stage::Closed, case.custodian.clone()).done())
}

/// System, on the parent: one "not solved" reworks it, or reopens it where it has closed.
pub(super) fn child_unsolved(scene: &Scene, _child: CaseId) -> Result<Decision, Refusal> {
    match scene.case.stage {
        Stage::CallingBack if scene.case.last_word => Err(Refusal::LastWord),
        Stage::CallingBack => check::rework(scene, None),
        _ if scene.case.last_word => Err(Refusal::LastWord),
        _ => check::reopen(scene, None),
    }
}
