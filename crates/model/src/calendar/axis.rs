//! Working time as an axis: how much of it lies before an instant, and where a given amount is reached.
//!
//! Owns the [`Axis`], on which every question about working time is one addition, and the days beside it. It refuses
//! holidays and weekdays by name: they are already intervals here. Start at [`Axis::position`] and [`Axis::earliest`].
//!
//! The intervals of [`TABLE`] (wider where the published years are) are laid out once, in the zone's own
//! offsets. Before and after it the week repeats by arithmetic with the offset of the table's edge, so that
//! no question loops, whatever the amount.

use std::ops::RangeInclusive;

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

use super::slots::{Slots, Table};
use super::spec::{DayRow, Pattern};
use crate::time::Instant;

/// Years that are always laid out.
pub(super) const TABLE: RangeInclusive<i16> = 2000..=2060;

pub(super) const DAY_MS: i64 = 86_400_000;
const WEEK_MS: i64 = 7 * DAY_MS;

/// A week that repeats both ways from `anchor`, where `work` already lies behind.
#[derive(Clone, Debug)]
struct Week {
    anchor: i64,
    work: i64,
    slots: Slots,
}

impl Week {
    /// The week of `pattern` by the weekday rule, its first day that of `date`.
    fn new(pattern: &Pattern, date: Date, anchor: i64, work: i64) -> Self {
        let mut slots = Slots::default();
        let mut weekday = date.weekday();
        for day in 0..7 {
            for &(from, to) in pattern.on(weekday) {
                let at = |minute: u16| day * DAY_MS + i64::from(minute) * 60_000;
                slots.push(at(from), at(to));
            }
            weekday = weekday.next();
        }
        Self { anchor, work, slots }
    }

    fn position(&self, t: i64) -> i64 {
        let since = t - self.anchor;
        let weeks = since.div_euclid(WEEK_MS);
        self.work + weeks * self.slots.total() + self.slots.position(since.rem_euclid(WEEK_MS))
    }

    fn contains(&self, t: i64) -> bool {
        self.slots.contains((t - self.anchor).rem_euclid(WEEK_MS))
    }

    fn earliest(&self, work: i64) -> i64 {
        let (total, behind) = (self.slots.total(), work.saturating_sub(self.work).saturating_sub(1));
        let weeks = behind.div_euclid(total);
        let within = self.slots.earliest(behind.rem_euclid(total) + 1);
        weeks.saturating_mul(WEEK_MS).saturating_add(self.anchor).saturating_add(within)
    }
}

/// All working time of a calendar, from the year −9999 to 9999.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    head: Week,
    table: Table,
    tail: Week,
    days: Days,
}

/// The days of the table: where each begins, and whether it has working hours.
#[derive(Clone, Debug, Default)]
struct Days {
    midnights: Vec<i64>,
    works: Vec<bool>,
    /// When the zone's clocks change.
    changes: Vec<i64>,
}

impl Days {
    /// No clock changes from a day before the first instant to a day after the second.
    fn steady(&self, from: i64, to: i64) -> bool {
        let (from, to) = (from.saturating_sub(DAY_MS), to.saturating_add(DAY_MS));
        let before = self.changes.partition_point(|change| *change < from);
        self.changes.get(before).is_none_or(|change| *change > to)
    }

    fn works_at(&self, t: i64) -> Option<bool> {
        let first = *self.midnights.first()?;
        // Days are an hour longer or shorter where clocks change, so the guess is a day off at most.
        let guess = usize::try_from((t - first).div_euclid(DAY_MS)).ok()?;
        let mut at = guess.min(self.midnights.len() - 1);
        while at > 0 && self.midnights[at] > t {
            at -= 1;
        }
        while self.midnights.get(at + 1).is_some_and(|next| *next <= t) {
            at += 1;
        }
        self.works.get(at).copied()
    }
}

impl Axis {
    /// Lays out the `years` in the zone; `days` are the sorted rows of the holiday file. None when a day of
    /// these years cannot be placed in time.
    pub(super) fn new(
        pattern: &Pattern,
        zone: &TimeZone,
        years: RangeInclusive<i16>,
        days: &[DayRow],
    ) -> Option<Self> {
        let (first, end) = (new_year(*years.start())?, new_year(*years.end() + 1)?);
        let (mut table, mut day) = (Slots::default(), Days::default());
        let mut rows = days.iter().skip_while(|row| row.date < first).peekable();
        let mut date = first;
        while date < end {
            let kind = rows.next_if(|row| row.date == date).map(|row| row.kind);
            let shifts = pattern.of(date.weekday(), kind);
            day.midnights.push(instant_of(zone, date, 0)?);
            day.works.push(!shifts.is_empty());
            for &(from, to) in shifts {
                table.push(instant_of(zone, date, from)?, instant_of(zone, date, to)?);
            }
            date = date.tomorrow().ok()?;
        }
        let head = Week::new(pattern, first, instant_of(zone, first, 0)?, 0);
        let tail = Week::new(pattern, end, instant_of(zone, end, 0)?, table.total());
        let start = Timestamp::from_millisecond(head.anchor).ok()?;
        let changes = zone.following(start).map(|change| change.timestamp().as_millisecond());
        day.changes = changes.take_while(|change| *change < tail.anchor).collect();
        Some(Self { head, table: Table::new(table), tail, days: day })
    }

    /// Whether the civil day of `at` has working hours; None where only the zone itself can say which day it is.
    pub(super) fn day_works(&self, at: Instant) -> Option<bool> {
        let t = at.0;
        let known = t >= self.head.anchor && t < self.tail.anchor && self.days.steady(t, t);
        known.then(|| self.days.works_at(t)).flatten()
    }

    /// Whether the zone keeps one offset from a day before `from` to a day after `to`.
    pub(super) fn steady(&self, from: Instant, to: Instant) -> bool {
        let inside = from.0 >= self.head.anchor + DAY_MS && to.0 < self.tail.anchor - DAY_MS;
        inside && self.days.steady(from.0, to.0)
    }

    /// Working milliseconds from the table's beginning to `at`; negative before it.
    pub(super) fn position(&self, at: Instant) -> i64 {
        let t = at.clamped().0;
        if t < self.head.anchor {
            self.head.position(t)
        } else if t >= self.tail.anchor {
            self.tail.position(t)
        } else {
            self.table.position(t)
        }
    }

    /// The first instant that has `position`: the end of an interval, not the beginning of the next.
    pub(super) fn earliest(&self, position: i64) -> Instant {
        let t = if position <= 0 {
            self.head.earliest(position)
        } else if position > self.tail.work {
            self.tail.earliest(position)
        } else {
            self.table.earliest(position)
        };
        Instant(t).clamped()
    }

    /// Whether `at` lies in an interval; its end does not.
    pub(super) fn contains(&self, at: Instant) -> bool {
        let t = at.clamped().0;
        if t < self.head.anchor {
            self.head.contains(t)
        } else if t >= self.tail.anchor {
            self.tail.contains(t)
        } else {
            self.table.contains(t)
        }
    }
}

/// The first day of a year.
pub(super) fn new_year(year: i16) -> Option<Date> {
    Date::new(year, 1, 1).ok()
}

/// The instant of a civil minute of a day, 1440 being the next midnight.
///
/// A minute that the zone skips becomes the moment of the change, so that intervals never overlap; of a
/// minute that it repeats the first is taken.
pub(super) fn instant_of(zone: &TimeZone, date: Date, minute: u16) -> Option<i64> {
    let civil: DateTime = date.at(0, 0, 0, 0).checked_add(i64::from(minute).minutes()).ok()?;
    let ambiguous = zone.to_ambiguous_timestamp(civil);
    let skipped = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
    let at = ambiguous.compatible().ok()?;
    if skipped {
        let after = at.checked_add(1.millisecond()).ok()?;
        if let Some(change) = zone.preceding(after).next() {
            return Some(change.timestamp().as_millisecond());
        }
    }
    Some(at.as_millisecond())
}
