//! Merge, split and reporters who leave.

use crate::{
    case::{Bond, Case, Child, Parent, Part},
    event::{Body, Event, Sent},
};

use super::{
    assign, at_work, ending,
    intake::{born, pin},
    lead,
    work::{sent_out, set_part},
};

pub(super) fn family(case: &mut Case, event: &Event) {
    match &event.body {
        Body::Withdrawn { reporter, .. } | Body::ReporterLeft { reporter, .. } => {
            case.reporters.iter_mut().filter(|r| r.no == *reporter).for_each(|r| r.withdrawn = true);
        }
        Body::Merged { into } => {
            case.used.merges += 1;
            case.parent = Some(Parent { case: *into, bond: Bond::Merged, cap: None });
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
                case.children.push(Child {
                    case: part.id,
                    bond: Bond::Split,
                    open: true,
                    hazard: case.hazard,
                    reporters: Vec::new(),
                    lead: None,
                });
            }
            lead(case, &Sent { unit: unit.clone(), external: None }, Part::Received);
        }
        Body::Began { parent, cap, report, pinned, lead: first } => {
            born(case, report, &pinned.centre, event);
            pin(case, pinned, event);
            case.parent = Some(Parent { case: *parent, bond: Bond::Split, cap: *cap });
            sent_out(case, first, &[]);
        }
        Body::Capped { cap } => match case.parent.as_mut().filter(|parent| parent.bond == Bond::Split) {
            Some(parent) => parent.cap = Some(*cap),
            None => case.promised = Some(*cap),
        },
        Body::ChildEnded { child, .. } => {
            case.children
                .iter_mut()
                .filter(|other| other.case == *child)
                .for_each(|other| other.open = false);
        }
        Body::ParentEnded { outcome } => ending(case, event, *outcome, None),
        _ => {}
    }
}
