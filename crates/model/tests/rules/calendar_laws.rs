//! Laws that every calendar keeps, tried on random instants and limits, and a slow oracle beside the fast one.

use crate::calendar_made;

use calendar_made::{NAMES, made, rows, spec};
use huying_model::calendar::{Calendar, DayKind, Left, Limit, Measure};
use huying_model::time::Instant;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use proptest::prelude::*;
use std::collections::BTreeMap;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 1440 * MINUTE_MS;

/// Mostly the years of the holiday files, sometimes any year that can be written.
fn instants() -> impl Strategy<Value = Instant> {
    let near = 1_672_000_000_000_i64..1_830_000_000_000;
    prop_oneof![
        8 => near.clone().prop_map(Instant),
        4 => near.prop_map(|ms| Instant(ms - ms % (30 * MINUTE_MS))),
        1 => (900_000_000_000_i64..3_000_000_000_000).prop_map(Instant),
        1 => (Instant::MIN.0 / 2..Instant::MAX.0 / 2).prop_map(Instant),
    ]
}

fn limits() -> impl Strategy<Value = Limit> {
    (0..4_usize, 1..20_000_u32).prop_map(|(measure, amount)| {
        let measure = Measure::ALL[measure];
        let days = matches!(measure, Measure::WorkingDay | Measure::CalendarDay);
        Limit { measure, amount: if days { amount % 200 + 1 } else { amount } }
    })
}

fn calendars() -> impl Strategy<Value = &'static str> {
    prop::sample::select(NAMES.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pausing_and_resuming_at_one_instant_changes_nothing(
        name in calendars(), start in instants(), limit in limits(), part in 0..1_000_000_i64,
    ) {
        let calendar = made(name);
        let due = calendar.due(start, limit).at;
        let pause = start.plus_ms(i64::try_from(i128::from(due.minus(start)) * i128::from(part) / 1_000_000).unwrap());
        prop_assert!(pause < due || due == start);
        let left = calendar.left(pause, due, limit.measure);
        prop_assert_eq!(calendar.resume(pause, left, limit.measure).at, due, "from {} paused {}", start, pause);
    }

    #[test]
    fn a_pause_outside_working_time_costs_nothing_and_within_it_exactly_its_working_time(
        name in calendars(), start in instants(), limit in limits(), pause in 0..40 * DAY_MS, rest in 0..40 * DAY_MS,
    ) {
        let calendar = made(name);
        let due = calendar.due(start, limit).at;
        let pause = start.plus_ms(pause % (due.minus(start) + 1));
        let resume = pause.plus_ms(rest);
        let later = calendar.resume(resume, calendar.left(pause, due, limit.measure), limit.measure).at;
        let moved = calendar.elapsed(due, later, limit.measure);
        prop_assert_eq!(moved, calendar.elapsed(pause, resume, limit.measure));
    }

    #[test]
    fn a_due_instant_lies_a_limit_s_working_time_after_its_start_and_no_instant_earlier_does(
        name in calendars(), start in instants(), limit in limits(),
    ) {
        let calendar = made(name);
        let minutes = match limit.measure {
            Measure::Working => limit.amount,
            Measure::WorkingDay => limit.amount * calendar.day_minutes(),
            _ => return Ok(()),
        };
        let whole = Left { ms: i64::from(minutes) * MINUTE_MS };
        let due = calendar.due(start, limit).at;
        prop_assert_eq!(calendar.elapsed(start, due, limit.measure), whole);
        prop_assert!(calendar.elapsed(start, due.plus_ms(-1), limit.measure) < whole);
        prop_assert!(calendar.is_working(due.plus_ms(-1)), "the moment before {} does not work", due);
    }

    #[test]
    fn a_later_start_or_a_greater_amount_is_never_due_earlier(
        name in calendars(), start in instants(), limit in limits(), later in 0..30 * DAY_MS, more in 0..2_000_u32,
    ) {
        let calendar = made(name);
        let due = calendar.due(start, limit);
        let longer = calendar.due(start, Limit { amount: limit.amount + more, ..limit });
        prop_assert!(longer.at >= due.at && longer.provisional >= due.provisional);
        let nothing = Limit { amount: 0, ..limit };
        prop_assert!(calendar.due(start, nothing).at <= due.at);
        let after = calendar.due(start.plus_ms(later), limit).at;
        // A civil time that is skipped moves an hour on, past those that follow it.
        let slack = if limit.measure == Measure::CalendarDay { 60 * MINUTE_MS } else { 0 };
        prop_assert!(after.plus_ms(slack) >= due.at, "{} starts later and is due {} and not {}", start.plus_ms(later), after, due.at);
    }

    #[test]
    fn a_warning_lies_between_start_and_due_and_moves_with_the_percentage(
        name in calendars(), start in instants(), limit in limits(), percent in 0..=100_u8, more in 0..=100_u8,
    ) {
        let calendar = made(name);
        let due = calendar.due(start, limit).at;
        let warn = |percent| calendar.at_fraction(start, due, limit.measure, percent);
        prop_assert!(start <= warn(percent) && warn(percent) <= due);
        prop_assert!(warn(percent) <= warn(percent.saturating_add(more)));
        prop_assert_eq!(warn(100), due);
    }
}

/// Working minutes found by asking the wall clock of every natural minute, without a table.
struct Oracle {
    zone: TimeZone,
    shifts: Vec<(i64, i64)>,
    weekend: bool,
    days: BTreeMap<Date, DayKind>,
    day_minutes: u32,
}

impl Oracle {
    fn new(name: &str) -> Self {
        let spec = spec(name);
        let minute = |text: &str| {
            let (hours, minutes) = text.split_once(':').unwrap();
            hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap()
        };
        let shift = |text: &String| {
            let (from, to) = text.split_once('-').unwrap();
            (minute(from), minute(to))
        };
        let shifts: Vec<(i64, i64)> = spec.hours.iter().map(shift).collect();
        let sum: i64 = shifts.iter().map(|(from, to)| to - from).sum();
        Self {
            zone: TimeZoneDatabase::bundled().get(&spec.zone).unwrap(),
            weekend: !spec.weekend.is_empty(),
            days: rows(name).into_iter().map(|row| (row.date, row.kind)).collect(),
            day_minutes: spec.day_minutes.unwrap_or(u32::try_from(sum).unwrap()),
            shifts,
        }
    }

    fn works(&self, at: Instant) -> bool {
        let civil: DateTime = self.zone.to_datetime(at.timestamp());
        let off = match self.days.get(&civil.date()) {
            Some(kind) => *kind == DayKind::Holiday,
            None => self.weekend && civil.date().weekday().to_monday_one_offset() > 5,
        };
        let minute = i64::from(civil.hour()) * 60 + i64::from(civil.minute());
        !off && self.shifts.iter().any(|&(from, to)| from <= minute && minute < to)
    }

    /// Steps minute by minute until the working minutes are used up.
    fn due(&self, start: Instant, minutes: u32) -> Instant {
        let (mut at, mut used) = (start, 0);
        while used < minutes {
            used += u32::from(self.works(at));
            at = at.plus_ms(MINUTE_MS);
        }
        at
    }
}

fn agrees(name: &str, calendar: &Calendar, oracle: &Oracle, start: Instant, limit: Limit) {
    let minutes = match limit.measure {
        Measure::WorkingDay => limit.amount * oracle.day_minutes,
        _ => limit.amount,
    };
    let slow = oracle.due(start, minutes);
    assert_eq!(calendar.due(start, limit).at, slow, "{name}: {} from {start}", limit.en());
    for minute in 0..90 {
        let at = start.plus_minutes(minute * 16);
        assert_eq!(calendar.is_working(at), oracle.works(at), "{name} at {at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stepping_minute_by_minute_on_the_wall_clock_finds_the_same_due_instant(
        minute in 27_870_000_i64..30_400_000, amount in 1..2_000_u32, days in 1..5_u32,
    ) {
        // A short Friday is the one rule the oracle does not know.
        for name in NAMES.iter().filter(|name| **name != "shortfriday") {
            let (calendar, oracle) = (made(name), Oracle::new(name));
            let start = Instant(minute * MINUTE_MS);
            agrees(name, calendar, &oracle, start, Limit::working(amount));
            agrees(name, calendar, &oracle, start, Limit::working_days(days));
        }
    }
}

#[test]
fn the_oracle_agrees_around_every_change_of_the_clocks() {
    for name in ["la", "berlin", "allday", "early", "skipped"] {
        let (calendar, oracle) = (made(name), Oracle::new(name));
        let from = "2024-01-01T00:00Z".parse::<Instant>().unwrap().timestamp();
        for change in calendar.zone().following(from).take(6) {
            for hours in -30..6 {
                let start = Instant::from(change.timestamp()).plus_minutes(hours * 60 + 7);
                agrees(name, calendar, &oracle, start, Limit::working(95));
                agrees(name, calendar, &oracle, start, Limit::working_days(1));
            }
        }
    }
}
