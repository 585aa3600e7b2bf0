//! Instants: the one way a moment is written in the domain.
//!
//! Owns [`Instant`], milliseconds since the Unix epoch. It refuses to know what time it is now: every
//! moment comes in as a value. Civil dates and time zones belong to [`crate::calendar`]. Start at
//! [`Instant::plus_ms`] and the [`std::str::FromStr`] implementation.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00Z.
///
/// Arithmetic saturates at the ends of `i64`; text is RFC 3339 in UTC and covers the years −9999 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(pub i64);

impl Instant {
    /// The earliest instant that can be written as text, in the year −9999.
    pub const MIN: Self = Self(-377_705_023_201_000);
    /// The latest instant that can be written as text, at the end of the year 9999.
    pub const MAX: Self = Self(253_402_207_200_999);

    /// This instant moved by `ms` milliseconds, backwards when negative.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// This instant moved by `minutes`, backwards when negative.
    #[must_use]
    pub const fn plus_minutes(self, minutes: i64) -> Self {
        self.plus_ms(minutes.saturating_mul(60_000))
    }

    /// Milliseconds from `earlier` to this instant; negative when this one comes first.
    #[must_use]
    pub const fn minus(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The nearest instant that can be written as text and placed in a calendar.
    #[must_use]
    pub fn clamped(self) -> Self {
        self.clamp(Self::MIN, Self::MAX)
    }

    /// The same moment for jiff; what jiff cannot hold is moved to the nearest end.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        let end = if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Timestamp::from_millisecond(self.0).unwrap_or(end)
    }
}

impl From<Timestamp> for Instant {
    /// Drops what is finer than a millisecond.
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp.as_millisecond())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

/// A text that is no instant.
#[derive(Debug, thiserror::Error)]
#[error("“{text}” is not an instant: write RFC 3339 with an offset, such as 2026-05-01T08:00:00+08:00")]
pub struct InstantError {
    /// What was given.
    pub text: String,
    #[source]
    source: jiff::Error,
}

impl FromStr for Instant {
    type Err = InstantError;

    /// Reads RFC 3339 with an offset or `Z`; seconds may be left out.
    fn from_str(text: &str) -> Result<Self, InstantError> {
        match text.parse::<Timestamp>() {
            Ok(timestamp) => Ok(timestamp.into()),
            Err(source) => Err(InstantError { text: text.to_owned(), source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_reads_back_what_it_writes() {
        for ms in [0, 1, -1, 1_714_521_600_123, Instant::MIN.0, Instant::MAX.0] {
            let text = Instant(ms).to_string();
            assert_eq!(text.parse::<Instant>().unwrap(), Instant(ms), "{text}");
        }
        assert_eq!(Instant(0).to_string(), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn an_offset_is_honoured_and_a_missing_one_is_refused_with_the_mend() {
        let noon: Instant = "2026-05-01T12:00+08:00".parse().unwrap();
        assert_eq!(noon.to_string(), "2026-05-01T04:00:00Z");
        let refused = "2026-05-01T12:00".parse::<Instant>().unwrap_err().to_string();
        assert!(refused.contains("with an offset"), "{refused}");
    }

    #[test]
    fn the_ends_are_those_of_the_text_form() {
        assert_eq!(Instant::MIN, Timestamp::MIN.into());
        assert_eq!(Instant::MAX, Timestamp::MAX.into());
        assert_eq!(Instant(i64::MAX).to_string(), Timestamp::MAX.to_string());
        assert_eq!(Instant(i64::MAX).plus_minutes(i64::MAX), Instant(i64::MAX));
    }

    #[test]
    fn an_instant_is_a_plain_number_in_json() {
        assert_eq!(serde_json::to_string(&Instant(42)).unwrap(), "42");
        assert_eq!(serde_json::from_str::<Instant>("42").unwrap(), Instant(42));
    }
}
