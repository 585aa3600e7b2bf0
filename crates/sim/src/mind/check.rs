//! Inspecting and CallingBack: somebody else looks, the reporter is asked.

use huying_model::{Command, actor::Role, catalogue::Outcome, steps::StepName};
use rand::RngExt;

use super::{Act, Sitting};
use crate::says;

const INSPECTING: &[Role] =
    &[Role::Inspector, Role::GridWorker, Role::Dispatcher, Role::Supervisor, Role::Leader];
const CALLING: &[Role] = &[Role::CallerBack, Role::Operator, Role::Dispatcher, Role::Leader];

pub(super) fn inspecting(it: &mut Sitting) -> Option<Act> {
    let case = it.case;
    if let Some(nominee) = &case.nominee {
        let seats = it.world.policy.org.members.get(nominee).map(|member| member.seats.clone())?;
        let actor = huying_model::Actor::Member { id: nominee.clone(), seats };
        return Some(Act { actor, command: Command::Pass { words: None } });
    }
    if case.wants_nominee {
        let auditor = it.world.anyone(Role::Auditor, &[])?;
        let nominee = it.world.anyone(Role::Leader, &case.doers)?;
        let member = nominee.member_id()?.clone();
        return Some(Act { actor: auditor, command: Command::Nominate { member } });
    }
    let actor = it.world.someone_but(&case.custodian, INSPECTING, &case.doers, it.rng)?;
    let rules = it.world.policy.rules(case.policy.as_ref(), case.matter.as_ref());
    let inspected = rules.needs(StepName::Inspect, case.matter.as_ref(), case.source, case.urgency);
    let command = match inspected {
        false => Command::Close { words: None },
        true if it.whim(45) => Command::Fail { reason: it.say(says::FAILED) },
        true => Command::Pass { words: None },
    };
    Some(Act { actor, command })
}

pub(super) fn calling_back(it: &mut Sitting) -> Option<Act> {
    let case = it.case;
    let custodian = case.custodian.clone();
    let attempts = it.world.policy.rules(case.policy.as_ref(), case.matter.as_ref()).allowances.attempts;
    let settled = |who: &(huying_model::CaseId, u16)| {
        let found =
            case.callbacks.iter().find(|callback| callback.case == who.0 && callback.reporter == who.1);
        found.is_some_and(|callback| callback.reached || callback.attempts >= attempts)
    };
    if let Some((of, reporter)) = case.waiting().into_iter().find(|who| !settled(who)) {
        let reached = it.rng.random_range(0..100) < 85;
        let solved = reached.then(|| it.rng.random_range(0..100) < 94);
        let satisfied = reached.then(|| solved == Some(true) && it.rng.random_range(0..100) < 90);
        let words = None;
        let command = Command::RecordCallback { case: of, reporter, reached, solved, satisfied, words };
        return it.act(&custodian, CALLING, command);
    }
    let unsolved = case.callbacks.iter().any(|callback| callback.solved == Some(false));
    let solved_told = case.ending.as_ref().is_some_and(|ending| ending.outcome == Outcome::Solved);
    if unsolved && solved_told && !case.last_word {
        let reason = it.say(says::UNSOLVED);
        return it.act(&custodian, CALLING, Command::Rework { reason });
    }
    it.act(&custodian, CALLING, Command::Close { words: None })
}
