//! A calendar as the lint needs it: which periods occur when, and how much natural time limits can take.
//!
//! Owns the starts at which a limit is worst. A working limit takes its working time and every gap that it crosses. Who
//! starts at the end of a working interval crosses every gap that somebody crosses who started before in that interval,
//! and one more: so the ends of intervals are the worst starts there are, and their beginnings the best. Natural time is
//! the same from every start; calendar days gain an hour where the zone changes its clocks. Looked at are the published
//! years, or two where none are. It refuses intervals shorter than a minute. Start at [`Hours::worst`].

use std::cell::RefCell;
use std::collections::HashMap;

use huying_model::{
    Instant,
    calendar::{Calendar, Limit, Measure},
    route::Period,
};

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;
/// Years looked at where no holidays are published.
const PLAIN_YEARS: i64 = 2;
/// Weeks repeat after the published years, so a week and a day show every hour there.
const WEEK: i64 = 8 * DAY;

/// Whether one limit is over before another that starts at the same moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Before {
    Never,
    /// Only from some starts, such as this one.
    Sometimes(Instant),
    /// From every start, such as this one.
    Always(Instant),
}

/// The working intervals of a calendar, with answers that were asked before.
pub struct Hours<'c> {
    pub calendar: &'c Calendar,
    runs: Vec<(Instant, Instant)>,
    /// The most that the zone ever turns its clocks.
    turn: i64,
    worst: RefCell<HashMap<u32, (i64, Instant)>>,
    before: RefCell<HashMap<(Limit, Limit), Before>>,
}

impl<'c> Hours<'c> {
    pub fn of(calendar: &'c Calendar, from: Instant) -> Hours<'c> {
        let year = |instant: Instant| i64::from(calendar.civil(instant).year());
        let (first, last) = match calendar.published_years() {
            Some((first, last)) => (i64::from(first), i64::from(last)),
            None => (year(from), year(from) + PLAIN_YEARS - 1),
        };
        let begins = |year: i64| {
            let day = jiff::civil::Date::new(i16::try_from(year).ok()?, 1, 1).ok()?;
            crate::places::midnight(day, calendar.zone()).ok()
        };
        let (start, end) = begins(first).zip(begins(last + 1)).unwrap_or((from, from.plus_ms(WEEK)));
        let mut runs = Vec::new();
        let mut turn = 0;
        let mut at = start;
        while at < end {
            let next = at.plus_ms(DAY).min(end);
            working(calendar, at, next, &mut runs);
            let offset = |at: Instant| i64::from(calendar.zone().to_offset(at.timestamp()).seconds()) * 1000;
            turn = turn.max((offset(next) - offset(at)).abs());
            at = next;
        }
        Hours { calendar, runs, turn, worst: RefCell::default(), before: RefCell::default() }
    }

    /// The most natural time that these limits, one after the other, can take, in milliseconds. Working limits that
    /// follow each other are one; between natural and working ones each is taken from its own worst start.
    pub fn worst(&self, limits: &[Limit]) -> i64 {
        let mut sum: i64 = 0;
        let mut run: u32 = 0;
        for limit in limits {
            match limit.measure {
                Measure::Emergency => {
                    sum += self.worst_run(std::mem::take(&mut run)) + i64::from(limit.amount) * MINUTE
                }
                Measure::CalendarDay => {
                    sum +=
                        self.worst_run(std::mem::take(&mut run)) + i64::from(limit.amount) * DAY + self.turn;
                }
                Measure::Working | Measure::WorkingDay => run = run.saturating_add(self.minutes(*limit)),
            }
        }
        sum + self.worst_run(run)
    }

    /// The working limit of so many minutes, started at its worst.
    fn worst_run(&self, minutes: u32) -> i64 {
        self.worst_start(minutes).0
    }

    fn worst_start(&self, minutes: u32) -> (i64, Instant) {
        if minutes == 0 {
            return (0, Instant::default());
        }
        if let Some(known) = self.worst.borrow().get(&minutes) {
            return *known;
        }
        let limit = Limit::working(minutes);
        let taken = |end: Instant| (self.calendar.due(end, limit).at.minus(end), end);
        let most = self.runs.iter().map(|(_, end)| taken(*end)).max_by_key(|(ms, _)| *ms).unwrap_or_default();
        self.worst.borrow_mut().insert(minutes, most);
        most
    }

    /// The same limits where the clock may be stopped once: the working time may then fall into two bad stretches. The
    /// bound is taken over every split into sixteenths, each part rounded up.
    pub fn worst_split(&self, limits: &[Limit]) -> i64 {
        let minutes = |limit: &Limit| if limit.measure.is_working() { self.minutes(*limit) } else { 0 };
        let whole: u32 = limits.iter().map(minutes).fold(0, u32::saturating_add);
        let natural: Vec<Limit> =
            limits.iter().filter(|limit| !limit.measure.is_working()).copied().collect();
        let part = |sixteenths: u32| {
            u32::try_from((u64::from(whole) * u64::from(sixteenths)).div_ceil(16)).unwrap_or(whole)
        };
        // A split between two sixteenths takes no more than the larger of its neighbours on either side.
        let split =
            (0..16).map(|n| self.worst_run(part(n + 1)) + self.worst_run(part(16 - n))).max().unwrap_or(0);
        self.worst(&natural) + if whole == 0 { 0 } else { split }
    }

    fn minutes(&self, limit: Limit) -> u32 {
        if limit.measure == Measure::WorkingDay {
            limit.amount.saturating_mul(self.calendar.day_minutes())
        } else {
            limit.amount
        }
    }

    /// Whether `short` is over no later than `long`, both started at the same moment.
    pub fn before(&self, short: Limit, long: Limit) -> Before {
        if let Some(known) = self.before.borrow().get(&(short, long)) {
            return *known;
        }
        let over = |at: &Instant| self.calendar.due(*at, short).at <= self.calendar.due(*at, long).at;
        let starts = || self.runs.iter().flat_map(|(begin, end)| [*begin, *end]);
        let (mut first, mut all) = (None, true);
        for start in starts() {
            if over(&start) {
                first = first.or(Some(start));
            } else {
                all = false;
            }
            if first.is_some() && !all {
                break;
            }
        }
        let answer = match first {
            None => Before::Never,
            Some(at) if all => Before::Always(at),
            Some(at) => Before::Sometimes(at),
        };
        self.before.borrow_mut().insert((short, long), answer);
        answer
    }

    /// The periods that occur between two moments (for ever where there is no second), each with its first moment, in their
    /// order.
    pub fn periods(&self, from: Instant, until: Option<Instant>) -> Vec<(Period, Instant)> {
        let calendar = self.calendar;
        let settled = calendar.published_until().map_or(from, |published| from.max(published)).plus_ms(WEEK);
        let until = until.map_or(settled, |until| until.min(settled));
        let mut found: Vec<(Period, Instant)> = Vec::new();
        let mut day = calendar.civil(from).date();
        while found.len() < 3 {
            let begins = |day| crate::places::midnight(day, calendar.zone()).ok();
            let Some((begin, next)) = begins(day).zip(day.tomorrow().ok()) else { break };
            let end = begins(next).unwrap_or(until).min(until);
            let begin = begin.max(from);
            if begin >= until {
                break;
            }
            let mut runs = Vec::new();
            working(calendar, begin, end, &mut runs);
            let free = match runs.first() {
                None => Some(begin),
                Some((first, _)) if *first > begin => Some(begin),
                Some((_, over)) => (*over < end).then_some(*over),
            };
            let rest = if calendar.is_workday(day) { Period::Night } else { Period::Holiday };
            let seen = [(Period::Working, runs.first().map(|(first, _)| *first)), (rest, free)];
            for (period, at) in seen {
                if let (Some(at), true) = (at, found.iter().all(|(known, _)| *known != period)) {
                    found.push((period, at));
                }
            }
            day = next;
        }
        found.sort_by_key(|(_, at)| *at);
        found
    }
}

/// The working intervals between two moments, joined where they touch, found to the minute by halving.
fn working(calendar: &Calendar, from: Instant, until: Instant, runs: &mut Vec<(Instant, Instant)>) {
    let worked = calendar.elapsed(from, until, Measure::Working).ms;
    if worked == 0 {
        return;
    }
    let length = until.minus(from);
    if worked < length && length > MINUTE {
        let half = from.plus_ms((length / 2 / MINUTE).max(1) * MINUTE);
        working(calendar, from, half, runs);
        working(calendar, half, until, runs);
        return;
    }
    match runs.last_mut() {
        Some((_, end)) if *end == from => *end = until,
        _ => runs.push((from, until)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use huying_model::calendar::{CalendarSpec, DayKind, DayRow};

    fn calendar(zone: &str) -> Calendar {
        let spec = CalendarSpec {
            zone: zone.to_owned(),
            hours: vec!["08:00-12:00".to_owned(), "14:00-18:00".to_owned()],
            weekend: vec!["sat".to_owned(), "sun".to_owned()],
            weekdays: std::collections::BTreeMap::new(),
            day_minutes: None,
            holidays: None,
            published: None,
        };
        let days =
            [(1, DayKind::Holiday), (2, DayKind::Holiday), (3, DayKind::Holiday), (4, DayKind::Workday)];
        let row = |(day, kind)| DayRow { date: jiff::civil::date(2025, 10, day), kind, occasion: "".into() };
        Calendar::new(&spec, &days.map(row)).unwrap()
    }

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn no_start_in_any_minute_of_a_month_is_worse_than_the_bound_and_one_reaches_it() {
        let calendar = calendar("Asia/Shanghai");
        let hours = Hours::of(&calendar, at("2025-01-01T00:00+08:00"));
        for minutes in [1, 60, 240, 241, 480, 900, 2400] {
            let (bound, start) = hours.worst_start(minutes);
            let taken = |start: Instant| calendar.due(start, Limit::working(minutes)).at.minus(start);
            assert_eq!(taken(start), bound);
            let month = (0..45 * 1440).map(|n| at("2025-09-10T00:00+08:00").plus_minutes(n));
            assert!(month.map(taken).all(|ms| ms <= bound), "{minutes}");
        }
    }

    #[test]
    fn a_stopped_clock_may_meet_two_holidays() {
        let calendar = calendar("Asia/Shanghai");
        let hours = Hours::of(&calendar, at("2025-01-01T00:00+08:00"));
        let limits = [Limit::working(240)];
        assert!(hours.worst_split(&limits) > hours.worst(&limits));
        assert_eq!(hours.worst_split(&[Limit::emergency(60)]), 3_600_000);
    }

    #[test]
    fn limits_of_two_measures_are_compared_at_their_worst_starts() {
        let calendar = calendar("Asia/Shanghai");
        let hours = Hours::of(&calendar, at("2025-01-01T00:00+08:00"));
        assert_eq!(
            hours.before(Limit::working(480), Limit::working_days(2)),
            Before::Always(hours.runs[0].0)
        );
        assert_eq!(hours.before(Limit::working_days(1), Limit::emergency(60)), Before::Never);
        assert!(matches!(hours.before(Limit::calendar_days(2), Limit::working(240)), Before::Sometimes(_)));
    }

    #[test]
    fn a_stretch_of_two_workdays_knows_no_holiday_and_a_week_knows_all_three() {
        let calendar = calendar("Asia/Shanghai");
        let hours = Hours::of(&calendar, at("2025-01-01T00:00+08:00"));
        let periods = |from: &str, until: Option<&str>| -> Vec<Period> {
            let mut found: Vec<Period> =
                hours.periods(at(from), until.map(at)).into_iter().map(|(period, _)| period).collect();
            found.sort();
            found
        };
        assert_eq!(
            periods("2025-03-04T00:00+08:00", Some("2025-03-06T00:00+08:00")),
            [Period::Working, Period::Night]
        );
        assert_eq!(periods("2025-03-04T09:00+08:00", Some("2025-03-04T10:00+08:00")), [Period::Working]);
        assert_eq!(periods("2025-10-02T09:00+08:00", Some("2025-10-03T10:00+08:00")), [Period::Holiday]);
        assert_eq!(periods("2030-01-01T00:00+08:00", None).len(), 3);
    }

    #[test]
    fn days_gain_the_hour_that_a_zone_turns_its_clocks() {
        let (shanghai, york) = (calendar("Asia/Shanghai"), calendar("America/New_York"));
        let worst = |calendar: &Calendar| {
            Hours::of(calendar, at("2025-01-01T00:00Z")).worst(&[Limit::calendar_days(1)])
        };
        assert_eq!((worst(&shanghai), worst(&york)), (DAY, DAY + 3_600_000));
    }
}
