//! Business calendars: when a limit that starts now is due, and what is left of it while it rests.
//!
//! Owns [`Calendar`] and the arithmetic of limits. It refuses to know the time, to read files and to judge
//! who is late: callers compare instants (`now > due.at` is overdue). Start at [`Calendar::due`].
//!
//! # Conventions
//!
//! * **Working time** is a half-open union of intervals: 08:00 works, 12:00 does not. A limit that starts
//!   outside begins at the next working instant. One that is used up exactly when an interval ends is due at
//!   that end (18:00), not at the next beginning (08:00), though both lie equally far on the working axis.
//! * **A working day** is the calendar's normal working minutes, wherever they fall: a limit of one day that
//!   starts at 10:00 is due at 10:00 of the next working day.
//! * **Calendar days** keep the civil time. Where the zone skips that time the due instant is as much later,
//!   where it repeats it the first is meant (RFC 5545, jiff's "compatible" rule). What is left of them is
//!   natural time, so a pause over a change of the clocks keeps the hours and not the civil time.
//! * **A limit of nothing** is due at its start, also by night.
//! * **Pausing** and resuming at one instant changes nothing, for every due instant that [`Calendar::due`]
//!   gave for an amount above zero. Nothing left means that a resumed clock is due already, at the latest
//!   working instant not after the resumption.
//! * **Provisional** is a due instant of working time when time outside the published years is counted: there
//!   the weekday rule holds until the holidays are published.
//! * **Far times**: before 2000 and after 2060 (or the published years, where wider) weeks repeat without
//!   changes of the clocks, and nothing is due after the year 9999.

use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp};

use crate::time::Instant;

mod axis;
mod limit;
mod slots;
mod spec;

pub use limit::{Due, Left, Limit, Measure};
pub use spec::{CalendarError, CalendarSpec, DayKind, DayRow};

use axis::Axis;

const MINUTE_MS: i64 = 60_000;

/// The working time of an authority in its zone, with holidays and make-up workdays.
///
/// Made once and shared: it lays out some decades of working intervals (about a megabyte) and answers every
/// question about them by two searches.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    axis: Axis,
    pattern: spec::Pattern,
    days: Vec<DayRow>,
    years: Option<(i16, i16)>,
    /// The instants between which holidays are published; empty when none are.
    published: (Instant, Instant),
}

impl Calendar {
    /// Makes the calendar of `spec` with the `rows` of its holiday file, in any order.
    ///
    /// # Errors
    /// A [`CalendarError`] that names the word, day or year to mend; a calendar without working time is
    /// refused, since its limits would never end.
    pub fn new(spec: &CalendarSpec, rows: &[DayRow]) -> Result<Self, CalendarError> {
        let unknown = |_| CalendarError::Zone(spec.zone.clone());
        let zone = TimeZoneDatabase::bundled().get(&spec.zone).map_err(unknown)?;
        let pattern = spec::Pattern::new(spec)?;
        let days = spec::sorted(rows)?;
        let years = spec::published(spec, &days)?;
        let named = days.iter().map(|row| row.date.year());
        let wide = named.chain(years.into_iter().flat_map(|(first, last)| [first, last]));
        let (first, last) = wide.fold((*axis::TABLE.start(), *axis::TABLE.end()), |(first, last), year| {
            (first.min(year), last.max(year))
        });
        let unplaced = || CalendarError::Zone(spec.zone.clone());
        let axis = Axis::new(&pattern, &zone, first..=last, &days).ok_or_else(unplaced)?;
        let published = match years {
            None => (Instant::MAX, Instant::MIN),
            Some((first, last)) => {
                let begins = |year| axis::instant_of(&zone, axis::new_year(year)?, 0);
                let span = || Some((Instant(begins(first)?), Instant(begins(last + 1)?)));
                span().ok_or_else(unplaced)?
            }
        };
        Ok(Self { zone, axis, pattern, days, years, published })
    }

    /// When `limit` is used up if its clock starts at `start`.
    #[must_use]
    pub fn due(&self, start: Instant, limit: Limit) -> Due {
        let (start, amount) = (start.clamped(), i64::from(limit.amount));
        if amount == 0 {
            return Due { at: start, provisional: false };
        }
        match limit.measure {
            Measure::Emergency => natural(start, amount * MINUTE_MS),
            Measure::CalendarDay => {
                Due { at: self.days_later(start, limit.amount).unwrap_or(Instant::MAX), provisional: false }
            }
            Measure::Working => self.worked(start, amount * MINUTE_MS),
            Measure::WorkingDay => self.worked(start, amount * i64::from(self.day_minutes()) * MINUTE_MS),
        }
    }

    /// What is left at `now` of a limit that ends at `due`, in the measure's own time; negative when overdue.
    /// (Zero also when overdue by non-working time alone.)
    #[must_use]
    pub fn left(&self, now: Instant, due: Instant, measure: Measure) -> Left {
        self.elapsed(now, due, measure)
    }

    /// When a limit with `left` is used up if its clock goes on at `now`. Negative `left` gives an instant as
    /// long ago.
    #[must_use]
    pub fn resume(&self, now: Instant, left: Left, measure: Measure) -> Due {
        if measure.is_working() { self.worked(now, left.ms) } else { natural(now, left.ms) }
    }

    /// The instant between `start` and `due` at which `percent` of the measure's time has passed, for a
    /// warning. Percentages above 100 count as 100.
    #[must_use]
    pub fn at_fraction(&self, start: Instant, due: Instant, measure: Measure, percent: u8) -> Instant {
        if percent >= 100 || due <= start {
            return due;
        }
        let whole = i128::from(self.elapsed(start, due, measure).ms);
        let ms = i64::try_from(whole * i128::from(percent) / 100).unwrap_or(i64::MAX);
        self.resume(start, Left { ms }, measure).at.clamp(start, due)
    }

    /// How much of the measure's time passes between two instants; negative when `to` comes first.
    #[must_use]
    pub fn elapsed(&self, from: Instant, to: Instant, measure: Measure) -> Left {
        let ms = if measure.is_working() {
            self.axis.position(to) - self.axis.position(from)
        } else {
            to.minus(from)
        };
        Left { ms }
    }

    /// Whether work is going on at `at`. The end of an interval is not working.
    #[must_use]
    pub fn is_working(&self, at: Instant) -> bool {
        self.axis.contains(at)
    }

    /// Whether `date` has working hours.
    #[must_use]
    pub fn is_workday(&self, date: Date) -> bool {
        !self.pattern.of(date.weekday(), self.row(date).map(|row| row.kind)).is_empty()
    }

    /// Whether the civil day of `at` has working hours, which is what [`Calendar::is_workday`] says of its date.
    #[must_use]
    pub fn is_workday_at(&self, at: Instant) -> bool {
        self.axis.day_works(at).unwrap_or_else(|| self.is_workday(self.civil(at).date()))
    }

    /// Whether the holiday file calls `date` a holiday. A plain weekend is none.
    #[must_use]
    pub fn is_holiday(&self, date: Date) -> bool {
        self.row(date).is_some_and(|row| row.kind == DayKind::Holiday)
    }

    /// What the holiday file keeps `date` for, holiday or make-up workday.
    #[must_use]
    pub fn occasion(&self, date: Date) -> Option<&str> {
        self.row(date).map(|row| row.occasion.as_str())
    }

    /// The civil date and time of `at` in the calendar's zone.
    #[must_use]
    pub fn civil(&self, at: Instant) -> DateTime {
        self.zone.to_datetime(at.timestamp())
    }

    /// The calendar's time zone.
    #[must_use]
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Working minutes that one working day of a limit stands for.
    #[must_use]
    pub const fn day_minutes(&self) -> u32 {
        self.pattern.day_minutes
    }

    /// The first and the last year whose holidays are published.
    #[must_use]
    pub const fn published_years(&self) -> Option<(i16, i16)> {
        self.years
    }

    /// The instant at which the published years end, local midnight after the last one.
    #[must_use]
    pub fn published_until(&self) -> Option<Instant> {
        self.years.map(|_| self.published.1)
    }

    fn row(&self, date: Date) -> Option<&DayRow> {
        let at = self.days.binary_search_by_key(&date, |row| row.date).ok()?;
        self.days.get(at)
    }

    fn worked(&self, start: Instant, ms: i64) -> Due {
        let at = self.axis.earliest(self.axis.position(start).saturating_add(ms));
        let (from, until) = self.published;
        Due { at, provisional: start.min(at) < from || start.max(at) > until }
    }

    fn days_later(&self, start: Instant, days: u32) -> Option<Instant> {
        // Under one offset a civil day is a day; the zone is only asked where its clocks change near by.
        let plain = start.plus_ms(i64::from(days) * axis::DAY_MS);
        if self.axis.steady(start, plain) {
            return Some(plain);
        }
        let span = Span::new().try_days(days).ok()?;
        let civil = self.civil(start).checked_add(span).ok()?;
        let at: Timestamp = self.zone.to_ambiguous_timestamp(civil).compatible().ok()?;
        Some(at.into())
    }
}

fn natural(start: Instant, ms: i64) -> Due {
    Due { at: start.plus_ms(ms).clamped(), provisional: false }
}
