//! Days that figures are about, and the days that they are compared with.
//!
//! Owns [`Period`], whole days of the authority's calendar. Refuses to know today: it comes in. Start at [`Period::this_month`].

use huying_model::Instant;
use jiff::{ToSpan, civil::Date, tz::TimeZone};

/// The longest that is counted at once.
pub const LONGEST_DAYS: i64 = 366;

/// From a day to a day, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Period {
    pub from: Date,
    pub to: Date,
}

/// Why two days are no period.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unfit {
    /// The end comes before the beginning.
    Backwards,
    /// More than [`LONGEST_DAYS`].
    TooLong,
}

impl Period {
    /// Two days in their order, not too far apart.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn new(from: Date, to: Date) -> Result<Period, Unfit> {
        let period = Period { from, to };
        match period.days() {
            ..1 => Err(Unfit::Backwards),
            days if days > LONGEST_DAYS => Err(Unfit::TooLong),
            _ => Ok(period),
        }
    }

    /// From the first of the month to today.
    pub fn this_month(today: Date) -> Period {
        Period { from: today.first_of_month(), to: today }
    }

    /// The last days up to today, `days` of them.
    pub fn last(today: Date, days: i32) -> Period {
        Period { from: today.checked_sub((days - 1).days()).unwrap_or(today), to: today }
    }

    /// How many days; less than one where the end comes first.
    pub fn days(self) -> i64 {
        self.from.duration_until(self.to).as_hours() / 24 + 1
    }

    /// As many days right before.
    pub fn before(self) -> Option<Period> {
        let days = i32::try_from(self.days()).ok()?;
        Some(Period { from: self.from.checked_sub(days.days()).ok()?, to: self.from.yesterday().ok()? })
    }

    /// The same days a year before; of the 29th of February, the 28th.
    pub fn year_before(self) -> Option<Period> {
        Some(Period { from: self.from.checked_sub(1.year()).ok()?, to: self.to.checked_sub(1.year()).ok()? })
    }

    /// From the first instant until before the second.
    pub fn span(self, zone: &TimeZone) -> Option<(Instant, Instant)> {
        let midnight = |day: Date| zone.to_timestamp(day.at(0, 0, 0, 0)).ok().map(Instant::from);
        Some((midnight(self.from)?, midnight(self.to.tomorrow().ok()?)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_period_is_compared_with_as_many_days_before_or_a_year_before() {
        let may = Period::this_month(date(2026, 5, 12));
        assert_eq!((may.from, may.days()), (date(2026, 5, 1), 12));
        let before = may.before().unwrap();
        assert_eq!((before.from, before.to, before.days()), (date(2026, 4, 19), date(2026, 4, 30), 12));
        assert_eq!(may.year_before().unwrap().to, date(2025, 5, 12));
        let leap = Period { from: date(2028, 2, 29), to: date(2028, 2, 29) };
        assert_eq!(leap.year_before().unwrap().from, date(2027, 2, 28));
        assert_eq!(Period::last(date(2026, 5, 12), 7).days(), 7);
    }

    #[test]
    fn two_days_are_judged_before_anything_is_counted() {
        let day = date(2026, 5, 12);
        assert_eq!(Period::new(day, day).unwrap().days(), 1);
        assert_eq!(Period::new(day, date(2026, 5, 11)), Err(Unfit::Backwards));
        assert_eq!(Period::new(date(2024, 1, 1), day), Err(Unfit::TooLong));
    }

    #[test]
    fn a_day_begins_at_the_authoritys_midnight() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let day = Period::new(date(2026, 5, 12), date(2026, 5, 12)).unwrap();
        let (from, until) = day.span(&zone).unwrap();
        assert_eq!((from.to_string().as_str(), until.minus(from)), ("2026-05-11T16:00:00Z", 86_400_000));
    }
}
