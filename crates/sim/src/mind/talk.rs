//! Beside the way: comments, questions, urgency, supervision, and leaders who answer what was brought to them.

use huying_model::{Command, Stage, actor::Role, catalogue::Urgency};

use super::{Act, Sitting};
use crate::says;

pub(super) fn aside(it: &mut Sitting) -> Option<Act> {
    let case = it.case;
    if !case.stage.is_open() {
        return None;
    }
    if let Some(item) = case.attention.as_ref().filter(|item| !item.acknowledged)
        && it.whim(600)
    {
        let words = Some(it.say(says::SUPERVISED));
        return it.act(&item.unit, &[Role::Leader], Command::Acknowledge { words });
    }
    let centre = case.centre.clone();
    if it.whim(12)
        && let Some(actor) = it.reporter()
    {
        return Some(Act { actor, command: Command::Comment { words: it.say(says::COMMENTS) } });
    }
    if it.whim(8) && case.reporters.iter().any(|reporter| reporter.reachable) && case.stage == Stage::Reported
    {
        let custodian = case.custodian.clone();
        let question = it.say(says::ASKED);
        return it.act(&custodian, &[Role::Acceptor, Role::Dispatcher], Command::AskReporter { question });
    }
    if it.whim(6) && case.urgency != Urgency::Red {
        let reason = Some(it.say(says::SUPERVISED));
        return it.act(&centre, &[Role::Dispatcher], Command::SetUrgency { urgency: Urgency::Red, reason });
    }
    if it.whim(5) && !case.supervised {
        let words = it.say(says::SUPERVISED);
        return it.act(&centre, &[Role::Supervisor, Role::Leader], Command::Supervise { words });
    }
    if it.whim(3) && matches!(case.stage, Stage::Dispatched | Stage::Handling) {
        let reason = Some(it.say(says::SUPERVISED));
        return it.act(&centre, &[Role::Leader], Command::TakeOver { unit: centre.clone(), reason });
    }
    None
}
