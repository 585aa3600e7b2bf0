//! How fast people are: delays drawn against the clock that times the next act.

use huying_model::{
    Case, Instant, Stage,
    calendar::Calendar,
    clock::{Clock, Timer},
};
use rand::{Rng, RngExt};

use crate::World;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// How often an hour is drawn again because nobody works then.
const DRAWS: usize = 6;

/// The clock that the next act is measured by: small parts before the work itself.
fn governing(case: &Case) -> Option<&Clock> {
    let runs = |clock: &&Clock| clock.runs();
    let small = |clock: &&Clock| {
        matches!(clock.of, Timer::Receive(_) | Timer::Arrive(_) | Timer::Call(_) | Timer::Request(_))
            || clock.of == Timer::Meeting && case.difficult.is_some()
    };
    let own = |of: &Timer| match case.stage {
        Stage::Reported => matches!(of, Timer::Intake | Timer::Judge),
        Stage::Verifying => *of == Timer::Verify,
        Stage::Filed => matches!(of, Timer::Dispatch | Timer::BringIn),
        Stage::Dispatched | Stage::Handling => matches!(of, Timer::Handle(_)),
        Stage::Inspecting => *of == Timer::Inspect,
        Stage::CallingBack => *of == Timer::CallBack,
        _ => matches!(of, Timer::Trace(_)),
    };
    let clocks = || case.clocks.iter().filter(runs);
    clocks().filter(small).min_by_key(|clock| clock.due).or_else(|| clocks().find(|clock| own(&clock.of)))
}

/// When the next act on the case comes; None when nobody has a reason to touch it again.
pub fn next_act(world: &World, case: &Case, now: Instant, rng: &mut impl Rng) -> Option<Instant> {
    if !case.stage.is_open() {
        return afterwards(world, case, now, rng);
    }
    let Some(clock) = governing(case) else { return Some(now.plus_ms(rng.random_range(HOUR..6 * HOUR))) };
    let left = clock.due.minus(now);
    if left <= 0 {
        return Some(now.plus_ms(rng.random_range(10 * MINUTE..4 * HOUR)));
    }
    if rng.random_range(0..1000) < world.habits.late {
        let over = left.min(3 * DAY);
        return Some(clock.due.plus_ms(rng.random_range(over / 20..=over)));
    }
    let rules = world.policy.rules(case.policy.as_ref(), case.matter.as_ref());
    let calendar = rules.calendar_of(case.matter.as_ref());
    let mut at = now;
    for _ in 0..DRAWS {
        // The square makes early more frequent than late.
        let part: f64 = rng.random_range(0.15..0.97);
        at = now.plus_ms(((left as f64) * part * part) as i64 + MINUTE / 2);
        if left < 3 * HOUR || at_work(calendar, at) {
            break;
        }
    }
    Some(at)
}

fn at_work(calendar: Option<&Calendar>, at: Instant) -> bool {
    calendar.is_none_or(|calendar| calendar.is_working(at))
}

/// Some reporters rate, few come back; a follow-up is done before it is due.
fn afterwards(world: &World, case: &Case, now: Instant, rng: &mut impl Rng) -> Option<Instant> {
    let owed = case.traces.iter().any(|trace| !trace.done);
    let may_come_back = matches!(case.stage, Stage::Closed | Stage::Declined) && case.ratings.is_empty();
    if owed || may_come_back && !case.reporters.is_empty() && world.whim(180, rng) {
        return Some(now.plus_ms(rng.random_range(HOUR..4 * DAY)));
    }
    None
}

/// The hour of a report, in shares: few at night.
pub fn hour(rng: &mut impl Rng) -> i64 {
    const SHARES: [u32; 24] = [1, 1, 0, 0, 0, 1, 2, 4, 8, 10, 10, 8, 5, 5, 8, 9, 8, 7, 5, 4, 3, 3, 2, 1];
    let mut drawn = rng.random_range(0..SHARES.iter().sum::<u32>());
    for (hour, share) in SHARES.iter().enumerate() {
        if drawn < *share {
            return hour as i64;
        }
        drawn -= share;
    }
    12
}
