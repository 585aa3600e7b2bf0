//! Figures about cases: what is counted, for whom, and what it is worth in a scorecard (考核).
//!
//! Owns the meaning of every [`Measure`], the fold of one case's journal into counts, their sums, and indicators with
//! their points. Pure: a report of a period is the same whenever it is asked, since it reads only events before the
//! period's end. It refuses figures that anybody typed in. Start at [`Measure`], then [`Counting`], [`Tally`] and [`Indicator`].

mod card;
mod count;
mod measure;
mod tally;

pub use card::{Good, Indicator, Line, Of, Period, Scorecard, percent, scorecard};
pub use count::{CaseCounts, Counted, Counting, count};
pub use measure::Measure;
pub use tally::{Counts, Subject, Tally};

use crate::time::Instant;

/// A stretch of time, `from` in it and `until` not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    pub from: Instant,
    pub until: Instant,
}

impl Span {
    /// Everything up to and with this moment.
    pub fn up_to(now: Instant) -> Span {
        Span { from: Instant::MIN, until: now.plus_ms(1) }
    }
    pub fn holds(&self, at: Instant) -> bool {
        self.from <= at && at < self.until
    }
}
