//! Who may give a command: the exact meaning of each [`Who`].

use crate::{
    actor::{Actor, Role, Seat},
    case::CallState,
    command::Name,
    ids::UnitId,
    org::UnitKind,
    refusal::Refusal,
    stage::Stage,
    table::{self, Who},
};

use super::{Cx, Scene};

const INTAKE: &[Role] = &[Role::Acceptor, Role::Operator, Role::Dispatcher];
const DISPATCHING: &[Role] = &[Role::Dispatcher, Role::Acceptor, Role::Leader];
const CENTRE: &[Role] = &[Role::Dispatcher, Role::Leader];
/// Whoever works for a unit that answers for a case.
pub(super) const WORKING: &[Role] =
    &[Role::Handler, Role::GridWorker, Role::Dispatcher, Role::Acceptor, Role::Leader, Role::Supervisor];
/// Whoever may look at the work for a unit that inspects.
pub(super) const INSPECTING: &[Role] =
    &[Role::Inspector, Role::GridWorker, Role::Dispatcher, Role::Supervisor, Role::Leader];
const CALLING: &[Role] = &[Role::CallerBack, Role::Operator, Role::Dispatcher, Role::Leader];
const VERIFYING: &[Role] = &[Role::GridWorker, Role::Handler];
const SUPERVISING: &[Role] = &[Role::Supervisor, Role::Leader];

/// The roles that may act as `who`, in whatever unit that is. Whether the case lets them is [`permit`]'s answer; whoever
/// checks an organisation asks this.
pub const fn roles(who: Who) -> &'static [Role] {
    match who {
        Who::Staff => &Role::ALL,
        Who::Reporter | Who::System => &[],
        Who::Auditor => &[Role::Auditor],
        Who::Intake => INTAKE,
        Who::Dispatching => DISPATCHING,
        Who::Centre | Who::Approver => CENTRE,
        Who::Verifier => VERIFYING,
        Who::Spot => &[Role::GridWorker],
        Who::Custodian
        | Who::Lead
        | Who::Part
        | Who::Callee
        | Who::Caller
        | Who::Fallback
        | Who::Convener
        | Who::Tracer => WORKING,
        Who::Inspector => INSPECTING,
        Who::CallerBack => CALLING,
        Who::Leader | Who::Attendant => &[Role::Leader],
        Who::Supervisor => SUPERVISING,
    }
}

/// The seat from which this actor may give the command, None for reporters and System.
pub(super) fn seat(scene: &Scene, name: Name) -> Result<Option<Seat>, Refusal> {
    let refused = || Refusal::NotYours { command: name };
    let row = table::find(name).ok_or_else(refused)?;
    match scene.actor() {
        Actor::System if row.who.contains(&Who::System) => Ok(None),
        Actor::Reporter { no } if row.who.contains(&Who::Reporter) => {
            let known =
                scene.case.version == 0 || scene.case.reporters.iter().any(|r| r.no == *no && !r.withdrawn);
            if known { Ok(None) } else { Err(Refusal::UnknownReporter) }
        }
        Actor::Member { .. } => {
            row.who.iter().find_map(|who| fitting(scene, *who)).map(Some).ok_or_else(refused)
        }
        _ => Err(refused()),
    }
}

/// Whether an actor fits a `Who` of a case: for screens that show who may act.
pub fn permit(cx: &Cx, case: &crate::case::Case, who: Who) -> bool {
    fitting(&Scene::new(cx, case), who).is_some()
}

fn fitting(scene: &Scene, who: Who) -> Option<Seat> {
    let case = scene.case;
    let actor = scene.actor();
    let sits = |unit: &UnitId, roles: &[Role]| actor.sits(unit, roles).cloned();
    let part = |lead_only: bool| {
        case.assignments
            .iter()
            .filter(|part| part.part.open() && (part.lead || !lead_only))
            .find_map(|part| sits(&part.unit, WORKING))
    };
    match who {
        Who::Staff => actor.seat(|_| true).cloned(),
        Who::Reporter | Who::System => None,
        Who::Auditor => actor.seat(|seat| seat.role == Role::Auditor).cloned(),
        Who::Intake | Who::Dispatching | Who::Custodian | Who::Verifier => sits(&case.custodian, roles(who)),
        Who::Centre => sits(&case.centre, roles(who)),
        Who::Spot => actor
            .seat(|seat| {
                seat.role == Role::GridWorker
                    && scene.org.units.get(&seat.unit).is_some_and(|unit| unit.kind == UnitKind::GridTeam)
                    && scene.org.serves(&seat.unit, case.place.area.as_ref(), scene.now)
            })
            .cloned(),
        Who::Lead => part(true),
        Who::Part => part(false),
        Who::Inspector if case.stage != Stage::Inspecting => None,
        Who::Inspector => inspector(scene),
        // While it is inspected only an inspector may end it: a caller-back of the same unit would look at own work.
        Who::CallerBack if case.stage == Stage::Inspecting => None,
        Who::CallerBack => sits(&case.custodian, roles(who)),
        Who::Leader | Who::Supervisor => above(scene, roles(who)),
        Who::Approver => case.requests.iter().find_map(|request| sits(&request.approver, CENTRE)),
        Who::Callee => case
            .calls
            .iter()
            .filter(|call| call.state == CallState::Open)
            .find_map(|call| sits(&call.callee, WORKING)),
        Who::Caller => case.calls.iter().find_map(|call| sits(&call.caller, WORKING)),
        Who::Fallback => case.difficult.as_ref().and_then(|difficult| sits(&difficult.fallback, WORKING)),
        Who::Convener => match &case.difficult {
            Some(difficult) => sits(&difficult.fallback, WORKING),
            None => sits(&case.custodian, WORKING).or_else(|| sits(&case.centre, CENTRE)),
        },
        Who::Attendant => case.attention.as_ref().and_then(|item| sits(&item.unit, &[Role::Leader])),
        Who::Tracer => case.traces.iter().filter(|t| !t.done).find_map(|t| sits(&t.unit, WORKING)),
    }
}

/// Nobody inspects own work: units and members that ever had a part are barred; a nominee stands in (promise 4).
fn inspector(scene: &Scene) -> Option<Seat> {
    let case = scene.case;
    let member = scene.actor().member_id()?;
    if case.doers.contains(member) {
        return None;
    }
    if case.nominee.as_ref() == Some(member) {
        return scene.actor().seat(|_| true).cloned();
    }
    if case.wants_nominee || case.doer_units.contains(&case.custodian) {
        return None;
    }
    scene.actor().sits(&case.custodian, INSPECTING).cloned()
}

/// A seat in a centre at or above the dispatching one.
fn above(scene: &Scene, roles: &[Role]) -> Option<Seat> {
    let centres = std::iter::successors(Some(scene.case.centre.clone()), |unit| {
        scene.org.centre_above(unit, scene.now)
    });
    centres.into_iter().find_map(|unit| scene.actor().sits(&unit, roles).cloned())
}
