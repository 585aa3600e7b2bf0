//! The meetings that a colour asks for (会商频次): one clock from filing until the work is done.
//!
//! Owns when that clock runs; every event is asked, so that no way into the work or out of it forgets it. Refuses the
//! difficult-case procedure, whose own meeting has the clock for as long as it lasts. Start at [`Meetings::change`].

use crate::{
    calendar::Limit,
    clock::{Clock, ClockChange, Timer},
    event::{Body, Event},
    stage::Stage,
};

use super::Scene;

/// What an event makes of the clock of meetings.
pub(super) enum Meetings {
    Stay,
    Stop,
    Start(Limit),
}

/// Filed and not finished.
pub(super) fn under_way(stage: Stage) -> bool {
    matches!(stage, Stage::Filed | Stage::Dispatched | Stage::Handling)
}

/// What the colour of the case asks for; None for no meetings.
pub(super) fn limit(scene: &Scene, urgency: crate::catalogue::Urgency) -> Option<Limit> {
    let days = scene.rules.urgency.get(&urgency).map_or(0, |rule| rule.meeting_days);
    (days > 0).then(|| Limit::calendar_days(u32::from(days)))
}

impl Meetings {
    /// What has to follow from an event whose other clocks are computed.
    pub fn change(scene: &Scene, event: &Event) -> Meetings {
        let case = scene.case;
        let stage = event.to.as_ref().map_or(case.stage, |to| to.stage);
        let now = clock_after(scene, event);
        if difficult_after(scene, event, stage) {
            return Meetings::Stay;
        }
        let urgency = match &event.body {
            Body::UrgencySet { urgency, .. } => *urgency,
            _ => case.urgency,
        };
        let wanted = limit(scene, urgency).filter(|_| under_way(stage) && !split_after(scene, event, stage));
        let another = |clock: &Clock, limit: Limit| {
            matches!(event.body, Body::UrgencySet { .. }) && clock.limit != limit
        };
        match (now, wanted) {
            (None, None) => Meetings::Stay,
            (Some(clock), Some(limit)) if !another(clock, limit) => Meetings::Stay,
            // It starts when the suspension ends.
            (None, Some(_)) if suspended_after(scene, event) => Meetings::Stay,
            (Some(_), Some(_)) if suspended_after(scene, event) => Meetings::Stop,
            (_, Some(limit)) => Meetings::Start(limit),
            (Some(_), None) => Meetings::Stop,
        }
    }
}

/// The clock of meetings as the event leaves it so far.
fn clock_after<'a>(scene: &'a Scene, event: &'a Event) -> Option<&'a Clock> {
    let changed = event.clocks.iter().rev().find_map(|change| match change {
        ClockChange::Start(clock) if clock.of == Timer::Meeting => Some(Some(clock)),
        ClockChange::Stop(Timer::Meeting) => Some(None),
        _ => None,
    });
    changed.unwrap_or_else(|| scene.case.clock(&Timer::Meeting))
}

fn difficult_after(scene: &Scene, event: &Event, stage: Stage) -> bool {
    match &event.body {
        Body::MarkedDifficult { .. } => true,
        Body::Decided { .. } | Body::Split { .. } => false,
        _ => scene.case.difficult.is_some() && stage == Stage::Handling,
    }
}

/// A split case only waits for its parts, which have meetings of their own.
fn split_after(scene: &Scene, event: &Event, stage: Stage) -> bool {
    match &event.body {
        Body::Split { .. } => true,
        Body::TakenOver { .. } => false,
        _ => scene.case.split && stage == Stage::Handling,
    }
}

fn suspended_after(scene: &Scene, event: &Event) -> bool {
    let changed = event.clocks.iter().rev().find_map(|change| match change {
        ClockChange::Start(clock) if clock.of == Timer::Suspension => Some(true),
        ClockChange::Stop(Timer::Suspension) => Some(false),
        _ => None,
    });
    changed.unwrap_or_else(|| scene.case.suspended())
}
