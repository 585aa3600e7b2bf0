//! What time it is: asked of one place, handed down by the binary (the machine's clock) or by the simulation (a virtual one).

use huying_model::Instant;

/// The one source of "now" for the engine.
pub trait Clock: Send + Sync {
    /// This moment.
    fn now(&self) -> Instant;
}

/// A clock that stands still until it is told to go on: for tests and for a simulated city.
#[derive(Debug, Default)]
pub struct SetClock(std::sync::atomic::AtomicI64);

impl SetClock {
    /// Stands at `at`.
    pub fn at(at: Instant) -> SetClock {
        SetClock(at.0.into())
    }
    /// Jumps to `at`.
    pub fn set(&self, at: Instant) {
        self.0.store(at.0, std::sync::atomic::Ordering::SeqCst);
    }
    /// Goes on by `ms` milliseconds.
    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Instant {
        Instant(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}
