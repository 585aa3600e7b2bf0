//! Limits: how much time is allowed and how that time is measured.
//!
//! Owns [`Measure`], [`Limit`], and what computing with them gives, [`Due`] and [`Left`]. It refuses to
//! read a standard's wording ("4小时"): that belongs to whoever reads the standard. Start at [`Measure`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Instant;

/// How a limit is measured, after the units of the handling standards of urban management
/// (紧急工作时, 工作时, 工作日, 自然日).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// 紧急工作时: natural time, running by night and on holidays.
    Emergency,
    /// 工作时: working time of the calendar.
    Working,
    /// 工作日: working time too, counted in normal working days.
    WorkingDay,
    /// 自然日: the same civil time some days later.
    CalendarDay,
}

impl Measure {
    /// Every measure, in the order of the standards.
    pub const ALL: [Self; 4] = [Self::Emergency, Self::Working, Self::WorkingDay, Self::CalendarDay];

    /// Whether time of this measure stands still outside working hours, so that the published holidays matter.
    #[must_use]
    pub const fn is_working(self) -> bool {
        matches!(self, Self::Working | Self::WorkingDay)
    }
}

/// An allowed amount of time.
///
/// `amount` is minutes for [`Measure::Emergency`] and [`Measure::Working`], days for [`Measure::WorkingDay`]
/// (each the calendar's working minutes of a normal day) and [`Measure::CalendarDay`]. The order is by measure,
/// then amount, so that limits can be keys; it says which is longer only within one measure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Limit {
    /// How the amount is counted.
    pub measure: Measure,
    /// Minutes or days, by the measure.
    pub amount: u32,
}

impl Limit {
    /// A limit of natural minutes.
    #[must_use]
    pub const fn emergency(minutes: u32) -> Self {
        Self { measure: Measure::Emergency, amount: minutes }
    }

    /// A limit of working minutes.
    #[must_use]
    pub const fn working(minutes: u32) -> Self {
        Self { measure: Measure::Working, amount: minutes }
    }

    /// A limit of working days.
    #[must_use]
    pub const fn working_days(days: u32) -> Self {
        Self { measure: Measure::WorkingDay, amount: days }
    }

    /// A limit of calendar days.
    #[must_use]
    pub const fn calendar_days(days: u32) -> Self {
        Self { measure: Measure::CalendarDay, amount: days }
    }

    /// The limit in Chinese, such as “2 紧急工作时”; whole hours as hours, anything else as minutes.
    #[must_use]
    pub fn zh(self) -> impl fmt::Display {
        let (n, whole) = self.shown();
        let unit = match (self.measure, whole) {
            (Measure::Emergency, true) => "紧急工作时",
            (Measure::Emergency, false) => "紧急工作分钟",
            (Measure::Working, true) => "工作时",
            (Measure::Working, false) => "工作分钟",
            (Measure::WorkingDay, _) => "工作日",
            (Measure::CalendarDay, _) => "自然日",
        };
        format!("{n} {unit}")
    }

    /// The limit in English, such as “2 emergency hours”.
    #[must_use]
    pub fn en(self) -> impl fmt::Display {
        let (n, whole) = self.shown();
        let unit = match (self.measure, whole) {
            (Measure::Emergency, true) => "emergency hour",
            (Measure::Emergency, false) => "emergency minute",
            (Measure::Working, true) => "working hour",
            (Measure::Working, false) => "working minute",
            (Measure::WorkingDay, _) => "working day",
            (Measure::CalendarDay, _) => "calendar day",
        };
        format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
    }

    /// The number to show, and whether it counts whole hours (or days).
    const fn shown(self) -> (u32, bool) {
        match self.measure {
            Measure::WorkingDay | Measure::CalendarDay => (self.amount, true),
            Measure::Emergency | Measure::Working => {
                if self.amount > 0 && self.amount.is_multiple_of(60) {
                    (self.amount / 60, true)
                } else {
                    (self.amount, false)
                }
            }
        }
    }
}

impl fmt::Display for Limit {
    /// Chinese, the first language of the screens; see [`Limit::en`] for English.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.zh().fmt(f)
    }
}

/// When a limit ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Due {
    /// The last instant that is still in time.
    pub at: Instant,
    /// Whether the time counted leaves the years whose holidays are published, so that `at` may move when
    /// they are. Never true for natural time, which no holiday moves.
    pub provisional: bool,
}

/// What is left of a limit when its clock is paused, in the limit's own measure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Left {
    /// Milliseconds of that measure's time; zero or negative when nothing is left.
    pub ms: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_told_in_both_languages() {
        let told = [
            (Limit::emergency(120), "2 紧急工作时", "2 emergency hours"),
            (Limit::emergency(5), "5 紧急工作分钟", "5 emergency minutes"),
            (Limit::working(60), "1 工作时", "1 working hour"),
            (Limit::working(90), "90 工作分钟", "90 working minutes"),
            (Limit::working(0), "0 工作分钟", "0 working minutes"),
            (Limit::working_days(7), "7 工作日", "7 working days"),
            (Limit::calendar_days(1), "1 自然日", "1 calendar day"),
        ];
        for (limit, zh, en) in told {
            assert_eq!(limit.to_string(), zh);
            assert_eq!(limit.en().to_string(), en);
        }
    }

    #[test]
    fn a_limit_keeps_its_json_shape() {
        let json = r#"{"measure":"working_day","amount":3}"#;
        assert_eq!(serde_json::to_string(&Limit::working_days(3)).unwrap(), json);
        assert_eq!(serde_json::from_str::<Limit>(json).unwrap(), Limit::working_days(3));
    }
}
