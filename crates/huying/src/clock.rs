//! The one place that asks the machine what time it is.

use std::{
    sync::OnceLock,
    time::{Duration, Instant as Stopwatch, SystemTime, UNIX_EPOCH},
};

use huying_model::Instant;

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct MachineClock;

impl huying_engine::Clock for MachineClock {
    fn now(&self) -> Instant {
        // A clock before 1970 is a machine whose clock was never set; the epoch stands in.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Instant(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Time since the first call, never going back: for measuring.
pub fn stopwatch() -> Duration {
    static BEGAN: OnceLock<Stopwatch> = OnceLock::new();
    BEGAN.get_or_init(Stopwatch::now).elapsed()
}
