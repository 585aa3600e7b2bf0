//! Reported to filed: what intake events change.

use crate::{
    case::{Case, Part, Place, Reporter},
    catalogue::Outcome,
    command::{Informant, Report},
    event::{Body, Event, Pinned, Sent},
    ids::UnitId,
};

use super::{doer, ending, evidence, lead};

pub(super) fn born(case: &mut Case, report: &Report, centre: &UnitId, event: &Event) {
    case.number = report.number.clone();
    case.kind = report.kind;
    case.source = report.source;
    case.urgency = report.urgency;
    case.hazard = report.hazard;
    case.place = report.place.clone();
    case.matter = report.matter.clone();
    case.condition = report.condition;
    case.centre = centre.clone();
    case.promised = report.promised;
    case.component = report.component.clone();
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

pub(super) fn pin(case: &mut Case, pinned: &Pinned, event: &Event) {
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

pub(super) fn intake(case: &mut Case, event: &Event) {
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
                ending(case, event, Outcome::NotFound, None);
            }
        }
        Body::SelfHandled { pinned, unit, done, evidence: more, wants_nominee, .. } => {
            pin(case, pinned, event);
            evidence(case, more);
            lead(
                case,
                &Sent { unit: unit.clone(), external: None },
                if *done { Part::Done } else { Part::Received },
            );
            doer(case, event);
            case.self_handled = !done;
            case.own_find = true;
            case.wants_nominee = *wants_nominee;
            if *done {
                ending(case, event, Outcome::Solved, Some(unit.clone()));
            }
        }
        Body::Repinned { to, .. } => case.policy = Some(to.clone()),
        Body::CouldNotSolve { centre, .. } => case.centre = centre.clone(),
        Body::Objected { .. } => {
            case.objected = true;
            case.closed_at = None;
            case.centre = case.custodian.clone();
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
