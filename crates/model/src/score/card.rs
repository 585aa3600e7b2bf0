//! Indicators (指标) and scorecards (考核): a share of counts, and how many points it brings.
//!
//! Owns the arithmetic, in hundredths and without floating point, rounded half up. Start at [`scorecard`].

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span as Length, ToSpan};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{Counts, Measure, Span};
use crate::{catalogue::Source, time::Instant};

/// Who is judged by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    Area,
    Unit,
    Worker,
    /// Units that are companies.
    Company,
}

/// Which way is better.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Good {
    High,
    Low,
}

/// How long a scorecard looks back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Period {
    /// The period around a day, in a zone; a week begins on Monday. None at the ends of the calendar.
    pub fn around(self, day: Date, zone: &TimeZone) -> Option<Span> {
        let (first, length): (Date, Length) = match self {
            Period::Day => (day, 1.day()),
            Period::Week => {
                let since = i32::from(day.weekday().to_monday_zero_offset());
                (day.checked_sub(since.days()).ok()?, 7.days())
            }
            Period::Month => (day.first_of_month(), 1.month()),
            Period::Quarter => {
                let month = (day.month() - 1) / 3 * 3 + 1;
                (Date::new(day.year(), month, 1).ok()?, 3.months())
            }
            Period::Year => (day.first_of_year(), 1.year()),
        };
        let midnight = |day: Date| zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0)).compatible().ok();
        let (from, until) = (midnight(first)?, midnight(first.checked_add(length).ok()?)?);
        Some(Span { from: Instant::from(from), until: Instant::from(until) })
    }
}

/// A row of the pack's table of indicators.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Indicator {
    pub id: SmolStr,
    pub name: SmolStr,
    pub name_en: SmolStr,
    pub of: Of,
    pub counts: Measure,
    /// None for a plain count, which brings no points.
    pub over: Option<Measure>,
    pub good: Good,
    /// The share, in hundredths of a percent, that brings all its points.
    pub full: u32,
    /// Points, in hundredths.
    pub weight: u32,
    /// The scorecard that it belongs to.
    pub scorecard: SmolStr,
    pub period: Period,
    /// Only cases of this source.
    pub source: Option<Source>,
}

/// A share in hundredths of a percent, rounded half up; None of nothing.
pub fn percent(part: u64, whole: u64) -> Option<u64> {
    let rounded = (u128::from(part) * 20_000 + u128::from(whole)) / (2 * u128::from(whole)).max(1);
    (whole > 0).then(|| u64::try_from(rounded).unwrap_or(u64::MAX))
}

/// One indicator as it came out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line<'i> {
    pub indicator: &'i Indicator,
    pub counted: u64,
    pub over: Option<u64>,
    /// Hundredths of a percent; None for a plain count, and where there was nothing to judge.
    pub percent: Option<u64>,
    /// Hundredths of a point.
    pub points: u64,
}

/// What a subject reaches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scorecard<'i> {
    pub lines: Vec<Line<'i>>,
    /// Hundredths of a point, added up.
    pub points: u64,
    /// The points that could be reached, in hundredths: an indicator without anything to judge is left out of both.
    pub out_of: u64,
}

impl Indicator {
    /// The points that a share brings, in hundredths. In proportion: from nothing to `full` where more is better, from
    /// the whole down to `full` where less is.
    fn points(&self, percent: u64) -> u64 {
        let (weight, full) = (u128::from(self.weight), u128::from(self.full));
        let percent = u128::from(percent);
        let (reached, whole) = match self.good {
            Good::High => (percent, full),
            Good::Low => (10_000_u128.saturating_sub(percent), 10_000_u128.saturating_sub(full)),
        };
        let enough = match self.good {
            Good::High => percent >= full,
            Good::Low => percent <= full,
        };
        let points = if enough { weight } else { (2 * weight * reached + whole) / (2 * whole).max(1) };
        u64::try_from(points).unwrap_or(u64::MAX)
    }

    /// The indicator on these counts, which are those of its source.
    pub fn judge(&self, counts: &Counts) -> Line<'_> {
        let counted = counts.get(self.counts);
        let over = self.over.map(|over| counts.get(over));
        let percent = over.and_then(|over| percent(counted, over));
        let points = percent.map_or(0, |percent| self.points(percent));
        Line { indicator: self, counted, over, percent, points }
    }
}

/// A scorecard: `counts` gives the subject's counts of a source, or of all.
pub fn scorecard<'i>(
    indicators: impl IntoIterator<Item = &'i Indicator>,
    counts: impl Fn(Option<Source>) -> Counts,
) -> Scorecard<'i> {
    let lines: Vec<Line> =
        indicators.into_iter().map(|indicator| indicator.judge(&counts(indicator.source))).collect();
    let points = lines.iter().map(|line| line.points).sum();
    let judged = lines.iter().filter(|line| line.percent.is_some());
    let out_of = judged.map(|line| u64::from(line.indicator.weight)).sum();
    Scorecard { lines, points, out_of }
}
