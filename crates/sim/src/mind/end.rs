//! After the end: ratings, objections, reopening, and follow-ups that were set.

use huying_model::{Command, Stage};
use rand::RngExt;

use super::{Act, Sitting, WORKING};
use crate::says;

pub(super) fn ended(it: &mut Sitting) -> Option<Act> {
    if let Some(trace) = it.case.traces.iter().find(|trace| !trace.done) {
        let words = Some(it.say(says::DONE));
        let unit = trace.unit.clone();
        return it.act(&unit, WORKING, Command::FollowedUp { no: trace.no, words });
    }
    let actor = it.reporter()?;
    if it.case.stage == Stage::Declined {
        let reason = it.say(says::UNSOLVED);
        return it.whim(300).then_some(Act { actor, command: Command::Object { reason } });
    }
    if it.whim(40) {
        let reason = it.say(says::UNSOLVED);
        return Some(Act { actor, command: Command::Reopen { reason } });
    }
    let stars = *[5, 5, 5, 4, 4, 3, 2, 1].get(it.rng.random_range(0..8usize))?;
    Some(Act { actor, command: Command::Rate { stars, words: None } })
}
