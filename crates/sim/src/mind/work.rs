//! Dispatched and Handling: receive, arrive, help, ask for time, finish.

use huying_model::{
    Command, MemberId, Stage,
    actor::Role,
    case::{Bond, CallState, Part, RequestKind},
    catalogue::Outcome,
    clock::Timer,
    command::Resolve,
};
use rand::RngExt;

use super::{Act, Sitting, WORKING};
use crate::says;

const DAY_MS: i64 = 86_400_000;

pub(super) fn work(it: &mut Sitting) -> Option<Act> {
    if let Some(act) = owed(it) {
        return Some(act);
    }
    if it.case.open_children().any(|child| child.bond == Bond::Split) {
        return None;
    }
    if it.case.difficult.is_some() {
        return difficult(it);
    }
    if it.case.suspended() {
        if !it.whim(200) {
            return None;
        }
        let centre = it.case.centre.clone();
        return it.act(&centre, &[Role::Dispatcher, Role::Leader], Command::Resume { reason: None });
    }
    if it.tries == 0 && it.case.clock(&Timer::Meeting).is_some_and(|clock| clock.overdue(it.now)) {
        let (at, units) = (it.now, Vec::new());
        return it.act(&it.case.custodian, WORKING, Command::Convene { at, units });
    }
    if let Some(act) = detour(it) {
        return Some(act);
    }
    finish(it)
}

/// Parts that wait for somebody: receipts, arrivals, calls, requests, assists.
fn owed(it: &mut Sitting) -> Option<Act> {
    let case = it.case;
    let lead = case.lead_unit()?.clone();
    if let Some(call) = case.calls.iter().find(|call| call.state == CallState::Open) {
        let words = it.say(says::ANSWERS);
        return it.act(&call.callee, WORKING, Command::Answer { no: call.no, words });
    }
    if let Some(request) = case.requests.first() {
        return answer(it, request.no, &request.by);
    }
    if !case.suspended()
        && let Some(part) = case.assignments.iter().find(|part| part.part == Part::Sent)
    {
        if part.lead && case.ruled.as_ref() != Some(&lead) && it.whim(35) {
            let reason = it.say(says::RETURNED);
            return it.act(&lead, WORKING, Command::Return { reason });
        }
        let unit = part.unit.clone();
        return it.act(&unit, WORKING, Command::Receive { unit: unit.clone() });
    }
    if !case.suspended()
        && let Some(part) = case.assignments.iter().find(|part| {
            part.part == Part::Received
                && !part.arrived
                && case.clock(&Timer::Arrive(part.unit.clone())).is_some()
        })
    {
        let unit = part.unit.clone();
        return it.act(&unit, WORKING, Command::Arrive { unit: unit.clone() });
    }
    if case.stage != Stage::Handling {
        return None;
    }
    let assist = case.open_assists().find(|part| part.part == Part::Received)?.unit.clone();
    it.act(&assist, WORKING, Command::EndAssist { unit: assist.clone(), done: true, reason: None })
}

/// Whoever decides a request is not who made it.
fn answer(it: &mut Sitting, no: u16, by: &MemberId) -> Option<Act> {
    let approver = it.case.requests.iter().find(|request| request.no == no)?.approver.clone();
    let granted = it.rng.random_range(0..100) < 70;
    let command = if granted {
        Command::Grant { no, words: None }
    } else {
        Command::Refuse { no, reason: it.say(says::SUPERVISED) }
    };
    let actor = it.world.someone_but(
        &approver,
        &[Role::Leader, Role::Dispatcher],
        std::slice::from_ref(by),
        it.rng,
    )?;
    Some(Act { actor, command })
}

fn difficult(it: &mut Sitting) -> Option<Act> {
    let procedure = it.case.difficult.clone()?;
    if !procedure.convened {
        let at = it.now.plus_ms(DAY_MS);
        return it.act(&procedure.fallback, WORKING, Command::Convene { at, units: Vec::new() });
    }
    let lead = it.case.lead_unit().cloned().unwrap_or_else(|| procedure.fallback.clone());
    let resolve =
        if it.rng.random_range(0..100) < 70 { Resolve::Lead { unit: lead } } else { Resolve::Explain };
    let reason = it.say(says::EXPLAINED);
    it.act(&procedure.fallback, WORKING, Command::Decide { resolve, reason })
}

/// What sometimes comes before the end of the work.
fn detour(it: &mut Sitting) -> Option<Act> {
    let lead = it.case.lead_unit()?.clone();
    if it.whim(180) {
        let words = it.say(says::PROGRESS);
        return it.act(&lead, WORKING, Command::Progress { unit: lead.clone(), words });
    }
    if it.whim(60) {
        let Some(huying_model::Actor::Member { id: officer, .. }) = it.world.someone(&lead, WORKING, it.rng)
        else {
            return None;
        };
        let command = Command::Appoint { unit: lead.clone(), officer, co_officers: Vec::new() };
        return it.act(&lead, WORKING, command);
    }
    if it.whim(30) {
        let words = it.say(says::CALLS);
        return it.act(&lead, WORKING, Command::Call { callee: None, words });
    }
    if it.whim(30) {
        let reason = it.say(says::EXTENSION);
        return it.act(
            &lead,
            WORKING,
            Command::Request { kind: RequestKind::Extension, until: None, reason },
        );
    }
    if it.whim(12) {
        let until = Some(it.now.plus_ms(it.rng.random_range(3 * DAY_MS..12 * DAY_MS)));
        let reason = it.say(says::SUSPENSION);
        return it.act(&lead, WORKING, Command::Request { kind: RequestKind::Suspension, until, reason });
    }
    if it.whim(8) {
        let reason = it.say(says::DIFFICULT);
        return it.act(&lead, WORKING, Command::MarkDifficult { reason });
    }
    if it.case.self_handled && it.whim(80) {
        let reason = it.say(says::DIFFICULT);
        return it.act(&lead, WORKING, Command::CannotSolve { reason });
    }
    None
}

fn finish(it: &mut Sitting) -> Option<Act> {
    let lead = it.case.lead_unit()?.clone();
    if it.whim(40) {
        let reason = Some(it.say(says::EXPLAINED));
        let command = Command::Finish { outcome: Outcome::Explained, reason, evidence: Vec::new() };
        return it.act(&lead, WORKING, command);
    }
    let kinds = it.condition().map(|condition| condition.evidence.clone()).unwrap_or_default();
    let evidence = it.photos(&kinds);
    let reason = Some(it.say(says::DONE));
    it.act(&lead, WORKING, Command::Finish { outcome: Outcome::Solved, reason, evidence })
}
