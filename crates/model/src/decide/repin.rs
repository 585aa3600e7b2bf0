//! Moving an open case to another version of the rules.

use crate::{clock::Timer, event::Body, ids::PolicyVersion, promise, refusal::Refusal, stage::Stage};

use super::{Decision, Scene, check, draft::Draft, intake, work};

/// The case goes by the rules of `to` from now on: its matter, condition, steps and evidence as they stand there. No clock
/// gets longer by it. A case that could not go on under those rules stays with its own.
pub(super) fn repin(scene: &Scene, to: &PolicyVersion) -> Result<Decision, Refusal> {
    let case = scene.case;
    if case.filed_at.is_none() || case.policy.as_ref() == Some(to) {
        return Ok(Decision::default());
    }
    let stays = |why: &'static str| Refusal::StaysPinned { why: why.into() };
    let rules = scene.cx.policy.versions.get(to).ok_or_else(|| stays("version"))?;
    if case.last_word {
        return Err(stays("last word"));
    }
    let matter =
        case.matter.as_ref().and_then(|code| rules.matters.get(code)).ok_or_else(|| stays("matter"))?;
    case.condition.and_then(|no| matter.condition(no)).ok_or_else(|| stays("condition"))?;
    if promise::beyond(case.used, rules.allowances).next().is_some() {
        return Err(stays("allowances"));
    }
    let mut moved = case.clone();
    moved.policy = Some(to.clone());
    let on = scene.on(&moved);
    let finished = matches!(case.stage, Stage::Inspecting | Stage::CallingBack);
    if let Some(ending) = case.ending.as_ref().filter(|_| finished) {
        check::outcome_allowed(&on, ending.outcome, &[]).map_err(|_refusal| stays("outcome"))?;
    }
    let limits = on.limits().ok_or_else(|| stays("condition"))?;
    let body = Body::Repinned { from: case.policy.clone(), to: to.clone() };
    let mut draft = intake::shorten_promise(Draft::new(&on, body), &on, case.urgency);
    let handle = work::scaled(&on, limits.handle, case.urgency);
    for clock in case.clocks.iter().filter(|clock| matches!(clock.of, Timer::Handle(_))) {
        draft = intake::shorten_to(draft, &on, &clock.of, handle);
    }
    Ok(draft.done())
}
