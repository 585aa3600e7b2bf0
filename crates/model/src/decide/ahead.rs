//! What a clock will do if nothing happens: its warning, and each rung of its ladder with whom it reaches.
//!
//! Owns nothing of its own: instants come from the same step as the timer's ([`super::draft::next_step`]), names from the
//! same units. Refuses clocks whose steps hang on what people do meanwhile (calls and requests climb unit by unit).

use crate::{case::Case, clock::Clock, event::Audience, policy::Rung, time::Instant};

use super::{Cx, Scene, draft::next_step};

/// A step that a clock will take.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ahead {
    pub at: Instant,
    /// None for the warning before the clock is due.
    pub rung: Option<Rung>,
    pub to: Audience,
}

/// The steps of a clock of this case that are still to come, in order, as long as nobody acts.
pub fn ahead(cx: &Cx, case: &Case, clock: &Clock) -> Vec<Ahead> {
    let scene = Scene::new(cx, case);
    let (Some(calendar), Some(rule)) = (scene.calendar(), scene.rules.timers.get(&clock.of.kind())) else {
        return Vec::new();
    };
    let warnings = u8::from(rule.warn_percent > 0);
    let holder = Audience::Unit(clock.of.unit().unwrap_or(&case.custodian).clone());
    let leader = || Audience::Leader(scene.leader_unit(&case.centre));
    let step = |fired: u8| {
        let at = next_step(calendar, rule, clock, fired)?;
        if fired < warnings {
            return Some(Ahead { at, rung: None, to: holder.clone() });
        }
        let rung = rule.ladder.get(usize::from(fired - warnings)).map_or(Rung::Leader, |step| step.tell);
        let to = match rung {
            Rung::Unit => holder.clone(),
            Rung::Centre => Audience::Unit(case.centre.clone()),
            Rung::Leader => leader(),
        };
        Some(Ahead { at, rung: Some(rung), to })
    };
    (clock.fired..u8::MAX).map_while(step).collect()
}
