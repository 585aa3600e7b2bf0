//! What must hold before a command, whatever its parameters: allowances, and procedures that forbid others.
//!
//! Screens ask the same, so that a button which would be refused is not drawn.

use crate::{
    actor::Actor,
    case::{Bond, Part},
    command::Name,
    refusal::Refusal,
    stage::Stage,
    steps::StepName,
};

use super::Scene;

fn spent(used: u8, allowed: u8, what: &str) -> Result<(), Refusal> {
    if used < allowed { Ok(()) } else { Err(Refusal::Spent { what: what.into() }) }
}

fn ensure(holds: bool, refusal: Refusal) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(refusal) }
}

pub(super) fn ready(scene: &Scene, name: Name) -> Result<(), Refusal> {
    procedures(scene, name)?;
    let (case, used, allowed) = (scene.case, scene.case.used, scene.rules.allowances);
    match name {
        Name::Verify => {
            spent(used.verifies, allowed.verifies, "verify")?;
            ensure(case.place.area.is_some(), Refusal::PlaceMissing)?;
            ensure(scene.verifier(case.place.area.as_ref()).is_some(), Refusal::NobodyVerifies)
        }
        Name::File | Name::Decline => not_judging_oneself(scene),
        Name::Dispatch => ensure(!must_rule(scene), Refusal::MustRule).and_then(|()| {
            ensure(!(case.by_hand && *scene.actor() == Actor::System), Refusal::NotYours { command: name })
        }),
        Name::Rule => ensure(must_rule(scene), Refusal::NothingToRule),
        Name::Return => returnable(scene),
        Name::Raise => {
            ensure(scene.org.centre_above(&case.centre, scene.now).is_some(), Refusal::TopLevel)?;
            spent(used.moves, allowed.moves, "moves")
        }
        Name::PushDown
        | Name::Recall
        | Name::Reassign
        | Name::TakeOver
        | Name::Relocate
        | Name::Reclassify => spent(used.moves, allowed.moves, "moves"),
        Name::CannotSolve => ensure(case.self_handled, Refusal::NotSelfHandled),
        Name::Finish => finishable(scene),
        Name::Receive => ensure(!case.suspended(), Refusal::Suspended)
            .and_then(|()| own_part(scene, |part| part == Part::Sent, name)),
        Name::Arrive => ensure(!case.suspended(), Refusal::Suspended)
            .and_then(|()| own_part(scene, |part| part == Part::Received, name)),
        Name::EndAssist => ensure(case.open_assists().next().is_some(), Refusal::NotYours { command: name }),
        // A unit that may not look any more, whatever came about since it was chosen, is one that wants a nominee too.
        Name::Nominate => {
            let wanted = case.wants_nominee || case.nominee.is_some();
            ensure(wanted || !scene.can_inspect(&case.custodian, &[]), Refusal::NomineeNotWanted)
        }
        Name::Pass | Name::Fail => {
            ensure(inspected_here(scene), Refusal::NotFromHere { stage: case.stage, command: name })
        }
        Name::Close => super::check::closable(scene),
        Name::Rework => ensure(!case.last_word, Refusal::LastWord),
        Name::Reopen => {
            ensure(!case.last_word, Refusal::LastWord).and_then(|()| window(scene, scene.rules.reopen_days))
        }
        Name::Rate => window(scene, scene.rules.rating_days),
        Name::Object => {
            ensure(!case.objected, Refusal::Once).and_then(|()| window(scene, scene.rules.objection_days))
        }
        Name::Merge => {
            ensure(case.parent.is_none() && case.children.is_empty(), Refusal::Chain)?;
            spent(used.merges, allowed.merges, "merges")
        }
        Name::Unmerge => parent_open(scene),
        Name::AskReporter => ensure(!case.asked, Refusal::AskedAlready).and_then(|()| {
            ensure(case.reporters.iter().any(|r| r.reachable && !r.withdrawn), Refusal::UnknownReporter)
        }),
        Name::Acknowledge => match &case.attention {
            Some(item) => ensure(!item.acknowledged, Refusal::Once),
            None => Err(Refusal::NoAttention),
        },
        Name::Call => spent(used.calls, allowed.calls, "calls"),
        Name::FollowUp => {
            let set = u8::try_from(case.traces.len()).unwrap_or(u8::MAX);
            spent(set, allowed.follow_ups, "follow_ups")
        }
        Name::Request => ensure(!case.suspended(), Refusal::Suspended)
            .and_then(|()| spent(used.requests, allowed.requests, "requests"))
            .and_then(|()| not_at_the_top(scene)),
        Name::Suspend => ensure(!case.suspended(), Refusal::Suspended)
            .and_then(|()| spent(used.suspensions, allowed.suspensions, "suspensions")),
        Name::Resume => ensure(case.suspended(), Refusal::NotSuspended),
        Name::MarkDifficult => {
            ensure(!case.suspended(), Refusal::Suspended)?;
            spent(used.difficult, allowed.difficult, "difficult")?;
            ensure(scene.fallback().is_some(), Refusal::NobodyFallsBack)
        }
        Name::Convene => convenable(scene),
        Name::Decide => ensure(case.difficult.is_some(), Refusal::NotDifficult),
        Name::Supervise => ensure(!case.supervised, Refusal::Once),
        _ => Ok(()),
    }
}

/// The last word, a split and the difficult-case procedure each forbid what would go round them.
fn procedures(scene: &Scene, name: Name) -> Result<(), Refusal> {
    let case = scene.case;
    let moves_on = matches!(
        name,
        Name::Dispatch
            | Name::Rule
            | Name::PushDown
            | Name::Raise
            | Name::Return
            | Name::Verify
            | Name::Merge
            | Name::Split
            | Name::TakeOver
            | Name::Relocate
            | Name::Reclassify
            | Name::Recall
            | Name::Reassign
            | Name::CannotSolve
    );
    if case.last_word && moves_on {
        return Err(Refusal::LastWord);
    }
    let changes_work = matches!(name, Name::Suspend | Name::Request | Name::MarkDifficult | Name::AddAssist);
    if case.split && case.stage == Stage::Handling && (moves_on || changes_work) {
        return Err(Refusal::OnlyFinish);
    }
    let skips_meeting = moves_on || changes_work || matches!(name, Name::Finish);
    if case.difficult.is_some() && skips_meeting {
        return Err(Refusal::InDifficult);
    }
    Ok(())
}

/// Where the procedure or the colour asks for a meeting.
fn convenable(scene: &Scene) -> Result<(), Refusal> {
    let case = scene.case;
    ensure(!case.suspended(), Refusal::Suspended)?;
    let asked = super::meetings::limit(scene, case.urgency).is_some() && !case.split;
    ensure(case.difficult.is_some() || asked, Refusal::NoMeetings)
}

fn must_rule(scene: &Scene) -> bool {
    scene.case.used.returns >= scene.rules.allowances.returns
        && scene.case.ruled.is_none()
        && scene.case.by_hand
}

fn returnable(scene: &Scene) -> Result<(), Refusal> {
    let case = scene.case;
    if case.stage == Stage::Filed {
        ensure(!case.pushed_by.is_empty(), Refusal::NotPushed)?;
    } else if case.ruled.is_some() && case.ruled.as_ref() == case.lead_unit() {
        return Err(Refusal::RuledLead);
    } else if case.self_handled && case.stage == Stage::Handling {
        return Err(Refusal::NotYours { command: Name::Return });
    }
    spent(case.used.returns, scene.rules.allowances.returns, "returns")
}

fn finishable(scene: &Scene) -> Result<(), Refusal> {
    if scene.case.open_children().any(|child| child.bond == Bond::Split) {
        return Err(Refusal::PartsOpen);
    }
    match scene.case.open_assists().next() {
        Some(part) => Err(Refusal::NotDone { unit: part.unit.clone() }),
        None => Ok(()),
    }
}

/// Some part in this state belongs to a unit of the actor.
fn own_part(scene: &Scene, fits: impl Fn(Part) -> bool, name: Name) -> Result<(), Refusal> {
    let own = scene
        .case
        .assignments
        .iter()
        .any(|part| fits(part.part) && scene.actor().sits(&part.unit, super::permit::WORKING).is_some());
    ensure(own, Refusal::NotYours { command: name })
}

/// With neither inspection nor callback the closing centre closes; it does not pass or fail.
fn inspected_here(scene: &Scene) -> bool {
    scene.needs(StepName::Inspect)
}

fn not_judging_oneself(scene: &Scene) -> Result<(), Refusal> {
    let own = scene.case.objected
        && scene.actor().member_id().is_some_and(|m| scene.case.declined_by.as_ref() == Some(m));
    ensure(!own, Refusal::OwnWork)
}

fn window(scene: &Scene, days: u16) -> Result<(), Refusal> {
    const DAY_MS: i64 = 86_400_000;
    let ended = scene.case.closed_at.unwrap_or(scene.now);
    ensure(scene.now.0 <= ended.0.saturating_add(i64::from(days) * DAY_MS), Refusal::WindowOver)
}

/// Whether the parent is open is asked again by the command itself; a screen that has not loaded it draws the button.
fn parent_open(scene: &Scene) -> Result<(), Refusal> {
    let parent = scene
        .case
        .parent
        .as_ref()
        .filter(|parent| parent.bond == Bond::Merged)
        .ok_or(Refusal::ParentNotOpen)?;
    if let Some(found) = (scene.cx.related)(parent.case) {
        ensure(found.is_open(), Refusal::ParentNotOpen)?;
    }
    spent(scene.case.used.merges, scene.rules.allowances.merges, "merges")
}

/// The top leader's unit may not request: nobody is above to decide.
fn not_at_the_top(scene: &Scene) -> Result<(), Refusal> {
    let root = scene.org.root_centre();
    let own = scene.case.assignments.iter().any(|part| {
        part.part.open()
            && part.unit != root
            && scene.actor().sits(&part.unit, super::permit::WORKING).is_some()
    });
    ensure(own, Refusal::TopLevel)
}
