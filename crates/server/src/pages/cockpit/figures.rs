//! The figures of a ground: read in three statements, summed by the engine.
//!
//! Owns which days a screen looks back at. Refuses to say what a figure means: that is [`huying_engine::insight`]. Start at
//! [`Figures::of`].

use std::collections::BTreeMap;

use huying_engine::insight::{self, period::Period};
use huying_model::{AreaCode, Instant, LevelName};
use huying_store::{Among, Filter, Heap, Seen, Sum};
use jiff::{ToSpan, civil::Date};
use smol_str::SmolStr;

use crate::{
    api::{org, queue::SOON_MINUTES},
    pages::{map, places, view::View},
    problem::Problem,
};

/// Days of the trend: a week, and the week before it.
pub const TREND_DAYS: i32 = 2 * WEEK;
const WEEK: i32 = 7;
/// Days that a ranking looks back at.
pub const RANK_DAYS: i32 = 30;

/// The ground that figures are about, and what the member sees of it.
pub struct Ground {
    pub area: AreaCode,
    /// The area with everything below it; empty for everything.
    pub areas: Vec<SmolStr>,
    pub seen: Option<Seen>,
}

impl Ground {
    /// The area that was asked for, else the one in which the member's units lie.
    pub fn of(view: &View, asked: Option<&str>) -> Result<Ground, Problem> {
        let known = asked.map(AreaCode::new).filter(|code| view.org().areas.contains_key(code));
        let area = known.unwrap_or_else(|| places::ground(view));
        let areas = org::with_below(view.org(), area.as_str())?;
        Ok(Ground { area, areas, seen: view.seen()? })
    }

    /// Whether every case of the ground is in sight; else the figures are about those that are.
    pub fn whole(&self) -> bool {
        self.seen.as_ref().is_none_or(|seen| seen.areas.contains(&self.area.0))
    }

    /// Cases of the ground: those received in a span, or those that are open.
    pub fn among(&self, view: &View, received: Option<(Instant, Instant)>) -> Among {
        Among {
            received,
            areas: self.areas.clone(),
            now: view.now,
            soon: view.now.plus_minutes(SOON_MINUTES),
            seen: self.seen.clone(),
        }
    }

    /// The same as a list asks for it.
    pub fn filter(&self) -> Filter {
        Filter { areas: self.areas.clone(), seen: self.seen.clone(), ..Filter::default() }
    }

    /// The largest ground below: streets of a district, communities of a street.
    pub fn next_level(&self, view: &View) -> Option<LevelName> {
        map::levels(view, &self.area, usize::MAX).into_iter().next()
    }
}

/// Today in the authority's calendar.
pub fn today(view: &View) -> Date {
    view.setting.zone.to_datetime(view.now.timestamp()).date()
}

/// What the screens of a ground are drawn from.
pub struct Figures {
    /// Open cases.
    pub open: Vec<Heap>,
    /// Cases received in the last [`RANK_DAYS`] days.
    pub recent: Vec<Heap>,
    /// Cases of each of the last [`TREND_DAYS`] days, by their day of receipt.
    pub days: Vec<(Date, Sum)>,
}

impl Figures {
    pub async fn of(view: &View, ground: &Ground) -> Result<Figures, Problem> {
        let (store, tenant) = (view.state.engine.store(), view.state.tenant());
        let back = |days: i32| {
            let period = Period::last(today(view), days);
            let span = period.span(&view.setting.zone);
            span.map(|span| (period, span)).ok_or_else(|| Problem::internal(&"a day outside the calendar"))
        };
        let open = store.heaps(tenant, &ground.among(view, None)).await?;
        let (_, span) = back(RANK_DAYS)?;
        let recent = store.heaps(tenant, &ground.among(view, Some(span))).await?;
        let (trend, span) = back(TREND_DAYS)?;
        let found: BTreeMap<i64, Sum> =
            store.days(tenant, &ground.among(view, Some(span))).await?.into_iter().collect();
        let first = store.day_of(span.0);
        let each = (first..).zip(trend.from.series(1.day()));
        let each = each.take_while(|(_, day)| *day <= trend.to);
        let days = each.map(|(no, day)| (day, found.get(&no).copied().unwrap_or_default())).collect();
        Ok(Figures { open, recent, days })
    }

    /// Cases received in the last seven days, and in the seven before.
    pub fn weeks(&self) -> (Sum, Sum) {
        let (mut last, mut before) = (Sum::default(), Sum::default());
        let since = self.days.last().and_then(|(today, _)| today.checked_sub(WEEK.days()).ok());
        for (day, sum) in &self.days {
            if since.is_some_and(|since| *day > since) {
                last += *sum;
            } else {
                before += *sum;
            }
        }
        (last, before)
    }

    /// Open cases by area of a level.
    pub fn open_by(&self, view: &View, level: &LevelName) -> BTreeMap<AreaCode, Sum> {
        by_level(view, &self.open, level)
    }

    /// Recent cases by area of a level.
    pub fn recent_by(&self, view: &View, level: &LevelName) -> BTreeMap<AreaCode, Sum> {
        by_level(view, &self.recent, level)
    }
}

/// Heaps by the area of a level around their place; what lies in none of them is left out.
pub fn by_level(view: &View, heaps: &[Heap], level: &LevelName) -> BTreeMap<AreaCode, Sum> {
    insight::by(heaps, |heap| {
        let area = AreaCode(heap.area.clone()?);
        view.org().at_level(&area, level).map(|found| found.code.clone())
    })
}
