//! What an authority writes down about its working time, and the refusals that say how to mend it.
//!
//! Owns [`CalendarSpec`] (the `calendar` table of a pack), [`DayRow`] (a row of a holiday file) and
//! [`CalendarError`]. It refuses to read files: text and rows come in already parsed. Start at
//! [`CalendarSpec`]; `Pattern` is its checked form.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// Days that may stand in a holiday file.
pub(super) const YEARS: std::ops::RangeInclusive<i16> = 1970..=2200;

/// The working time of an authority, as its pack writes it.
///
/// ```toml
/// zone = "Asia/Shanghai"
/// hours = ["08:00-12:00", "14:00-18:00"]
/// weekend = ["sat", "sun"]
/// holidays = "cn.csv"
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarSpec {
    /// IANA name of the time zone.
    pub zone: String,
    /// Working intervals of a normal day, `HH:MM-HH:MM`, in order; `24:00` ends a day. A make-up workday has
    /// these hours too.
    pub hours: Vec<String>,
    /// Weekdays without work, `mon` to `sun`. Empty when every day is worked.
    #[serde(default)]
    pub weekend: Vec<String>,
    /// Weekdays whose hours differ from `hours`, such as a short Friday.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weekdays: BTreeMap<String, Vec<String>>,
    /// Working minutes that one working day of a limit stands for; those of `hours` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_minutes: Option<u32>,
    /// Name of the holiday file whose rows are given beside this, for whoever reads the files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holidays: Option<String>,
    /// First and last year whose holidays are published; the years of the rows when left out. Needed only
    /// where a published year has no rows at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<(i16, i16)>,
}

/// What a row of a holiday file says of its day.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// No work, whatever the weekday.
    Holiday,
    /// 调休: a day of work with normal hours, whatever the weekday.
    Workday,
}

/// A row of a holiday file: a day that the weekday rule alone would get wrong, or that has a name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DayRow {
    /// The civil day.
    pub date: Date,
    /// Holiday or make-up workday.
    pub kind: DayKind,
    /// What the day is kept for, in the words of the file.
    #[serde(default)]
    pub occasion: SmolStr,
}

/// Why a calendar cannot be made, and the mend.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CalendarError {
    /// The zone's name is not in the IANA database.
    #[error("zone “{0}” is unknown: write an IANA name such as Asia/Shanghai")]
    Zone(String),
    /// A weekday that is not one of the seven.
    #[error("weekday “{0}” is unknown: write one of mon, tue, wed, thu, fri, sat, sun")]
    Weekday(String),
    /// A working interval that cannot be read.
    #[error("hours “{0}” cannot be read: write HH:MM-HH:MM such as 08:00-12:00, at most 24:00")]
    Hours(String),
    /// An interval that is empty or passes midnight.
    #[error(
        "hours “{0}” end before they begin: write work over midnight as two intervals \
         in the order of the day, such as 00:00-06:00 and 22:00-24:00"
    )]
    Backwards(String),
    /// Intervals of a day out of order or sharing a minute.
    #[error(
        "hours “{0}” begin before the interval in front of them ends: put them in order, without overlap"
    )]
    Overlap(String),
    /// Without working time, no limit of working hours would ever end.
    #[error(
        "the calendar has no working time in a week: give hours and leave at least one day out of weekend"
    )]
    NoWorkingTime,
    /// A working day of no minutes.
    #[error("a working day of no minutes ends nothing: give hours, or day_minutes from 1 to 1440 (was {0})")]
    DayMinutes(u32),
    /// A day outside the years that a file may hold.
    #[error("{0} is outside the years 1970–2200: check the year")]
    Year(Date),
    /// Two rows for one day.
    #[error("{0} stands twice in the holiday file: keep one row")]
    Twice(Date),
    /// A year without rows between years with rows.
    #[error("the holiday file has no row for {0}: add that year, or say published = [first, last]")]
    Gap(i16),
    /// Published years in the wrong order or out of range.
    #[error(
        "published = [{0}, {1}] is no span of years: write the first year, then the last, within 1970–2200"
    )]
    Published(i16, i16),
}

/// A working interval of a day in minutes after midnight, the end not included.
pub(super) type Shift = (u16, u16);

/// A spec whose words have been checked: the hours of each weekday and of a make-up workday.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    week: [Vec<Shift>; 7],
    normal: Vec<Shift>,
    /// Working minutes of one working day of a limit, 1 to 1440.
    pub(super) day_minutes: u32,
}

impl Pattern {
    pub(super) fn new(spec: &CalendarSpec) -> Result<Self, CalendarError> {
        let normal = shifts(&spec.hours)?;
        let mut week: [Vec<Shift>; 7] = std::array::from_fn(|_| normal.clone());
        for (day, hours) in &spec.weekdays {
            week[index(weekday(day)?)] = shifts(hours)?;
        }
        for day in &spec.weekend {
            week[index(weekday(day)?)].clear();
        }
        if week.iter().all(Vec::is_empty) {
            return Err(CalendarError::NoWorkingTime);
        }
        let day_minutes = spec.day_minutes.unwrap_or_else(|| minutes(&normal));
        if !(1..=1440).contains(&day_minutes) {
            return Err(CalendarError::DayMinutes(day_minutes));
        }
        Ok(Self { week, normal, day_minutes })
    }

    /// The hours of a day of the week by the weekday rule alone.
    pub(super) fn on(&self, weekday: Weekday) -> &[Shift] {
        &self.week[index(weekday)]
    }

    /// The hours of a day about which a holiday file says `kind`, or nothing.
    pub(super) fn of(&self, weekday: Weekday, kind: Option<DayKind>) -> &[Shift] {
        match kind {
            Some(DayKind::Holiday) => &[],
            Some(DayKind::Workday) => &self.normal,
            None => self.on(weekday),
        }
    }
}

/// The rows in order of their days, each day once and in range.
pub(super) fn sorted(rows: &[DayRow]) -> Result<Vec<DayRow>, CalendarError> {
    let mut days = rows.to_vec();
    days.sort_by_key(|row| row.date);
    for row in &days {
        if !YEARS.contains(&row.date.year()) {
            return Err(CalendarError::Year(row.date));
        }
    }
    match days.windows(2).find(|pair| pair[0].date == pair[1].date) {
        Some(pair) => Err(CalendarError::Twice(pair[0].date)),
        None => Ok(days),
    }
}

/// First and last published year, from the spec or else from the sorted rows; none without either.
pub(super) fn published(spec: &CalendarSpec, days: &[DayRow]) -> Result<Option<(i16, i16)>, CalendarError> {
    if let Some((first, last)) = spec.published {
        if first > last || !YEARS.contains(&first) || !YEARS.contains(&last) {
            return Err(CalendarError::Published(first, last));
        }
        return Ok(Some((first, last)));
    }
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(None) };
    for pair in days.windows(2) {
        let missing = pair[0].date.year() + 1;
        if pair[1].date.year() > missing {
            return Err(CalendarError::Gap(missing));
        }
    }
    Ok(Some((first.date.year(), last.date.year())))
}

fn weekday(text: &str) -> Result<Weekday, CalendarError> {
    Ok(match text {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return Err(CalendarError::Weekday(text.to_owned())),
    })
}

fn index(weekday: Weekday) -> usize {
    usize::from(weekday.to_monday_zero_offset().unsigned_abs())
}

fn minutes(shifts: &[Shift]) -> u32 {
    shifts.iter().map(|(from, to)| u32::from(to - from)).sum()
}

fn shifts(hours: &[String]) -> Result<Vec<Shift>, CalendarError> {
    let mut shifts: Vec<Shift> = Vec::with_capacity(hours.len());
    for text in hours {
        let (from, to) = text
            .split_once('-')
            .and_then(|(from, to)| Some((minute(from)?, minute(to)?)))
            .ok_or_else(|| CalendarError::Hours(text.clone()))?;
        if from >= to {
            return Err(CalendarError::Backwards(text.clone()));
        }
        if shifts.last().is_some_and(|&(_, end)| from < end) {
            return Err(CalendarError::Overlap(text.clone()));
        }
        shifts.push((from, to));
    }
    Ok(shifts)
}

/// Minutes after midnight of `HH:MM`, 24:00 included.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !two_digits(hours) || !two_digits(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let at = hours * 60 + minutes;
    (minutes < 60 && at <= 24 * 60).then_some(at)
}
