//! Calendars and clocks of `pack.toml`, and the holiday files that the calendars name.
//!
//! Owns `[calendars.*]` and `[timers.*]`. Refuses a ladder that does not end at a leader, since a case could
//! then wait unseen. Start at [`calendars`] and [`timers`].

use std::collections::BTreeMap;
use std::sync::Arc;

use huying_model::{
    calendar::{Calendar, CalendarSpec, DayRow, Limit},
    clock::TimerKind,
    policy::{Rung, Step, TimerRule},
};
use smol_str::SmolStr;

use crate::doc::Section;
use crate::limit;
use crate::problem::{Problems, Spot};
use crate::settings::date;
use crate::source::{Source, decode};
use crate::table::Table;
use crate::words::word;

/// Every `[calendars.NAME]`.
pub fn calendars(
    root: &Section,
    source: &dyn Source,
    problems: &Problems,
) -> BTreeMap<SmolStr, Arc<Calendar>> {
    let mut calendars = BTreeMap::new();
    for (name, section) in root.entries("calendars") {
        let spec = spec(&section);
        let days = spec.holidays.as_ref().map(|file| holidays(file, &section, source, problems));
        section.finish();
        match Calendar::new(&spec, &days.unwrap_or_default()) {
            Ok(calendar) => {
                calendars.insert(name, Arc::new(calendar));
            }
            Err(error) => section.fail("", error.to_string(), ""),
        }
    }
    calendars
}

fn spec(section: &Section) -> CalendarSpec {
    let words = |key: &str| section.list(key, |text| Ok(text.to_owned())).unwrap_or_default();
    let mut weekdays = BTreeMap::new();
    if let Some(days) = section.section("weekdays") {
        for day in ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] {
            if let Some(hours) = days.list(day, |text| Ok(text.to_owned())) {
                weekdays.insert(day.to_owned(), hours);
            }
        }
        days.finish();
    }
    let published = section.numbers("published", 1970..=2200).and_then(|years| {
        let years: Vec<i16> = years.into_iter().filter_map(|year| i16::try_from(year).ok()).collect();
        let pair = <[i16; 2]>::try_from(years).ok();
        if pair.is_none() {
            section.fail("published", "two years are needed here", "Write published = [2023, 2026]");
        }
        pair.map(|[first, last]| (first, last))
    });
    CalendarSpec {
        zone: section.need_text("zone", "\"Asia/Shanghai\"").unwrap_or_default().to_string(),
        hours: words("hours"),
        weekend: words("weekend"),
        weekdays,
        day_minutes: section.number("day_minutes", 1..=1440).and_then(|n| u32::try_from(n).ok()),
        holidays: section.text("holidays").map(|name| name.to_string()),
        published,
    }
}

/// The rows of a holiday file, in the pack or in the folder `calendars` beside it.
fn holidays(file: &str, section: &Section, source: &dyn Source, problems: &Problems) -> Vec<DayRow> {
    let shared = format!("../calendars/{file}");
    let found = [file, &shared].into_iter().find_map(|name| source.bytes(name).ok().flatten());
    let Some(bytes) = found else {
        let mend = format!("Put {file} into the pack, or into the folder calendars beside it");
        section.fail("holidays", format!("the holiday file '{file}' is missing"), mend);
        return Vec::new();
    };
    let Some(text) = decode(&bytes, file, problems) else { return Vec::new() };
    let table = Table::read(file, &text, &["date", "kind"], &["occasion"], problems);
    let mut days = Vec::new();
    for row in table.rows(problems) {
        let (day, kind) = (row.need("date", date), row.need("kind", word));
        if let (Some(date), Some(kind)) = (day, kind) {
            days.push(DayRow {
                date,
                kind,
                occasion: SmolStr::new(row.text("occasion").unwrap_or_default()),
            });
        }
    }
    if days.is_empty() {
        problems.at(Spot::file(file), "the holiday file has no day", "Add its rows, or leave 'holidays' out");
    }
    days
}

/// Clocks that act by themselves at their end, so that nobody need be told.
fn quiet(kind: TimerKind) -> bool {
    use TimerKind::{Ask, Attend, Call, Request, Suspension};
    matches!(kind, Suspension | Ask | Call | Request | Attend)
}

/// Every `[timers.KIND]`. All have to be there but `bring_in`, which is `dispatch` where it is left out.
pub fn timers(root: &Section) -> BTreeMap<TimerKind, TimerRule> {
    let mut rules = BTreeMap::new();
    let Some(outer) = root.need_section("timers") else { return rules };
    for kind in TimerKind::ALL {
        let found = match kind {
            TimerKind::BringIn => outer.section(kind.code()),
            _ => outer.need_section(kind.code()),
        };
        let Some(section) = found else { continue };
        let limit = section.need("limit", "\"4wh\"", limit::parse).unwrap_or(Limit::emergency(0));
        let warn = section.number("warn_percent", 0..=99).and_then(|n| u8::try_from(n).ok());
        let ladder = section.list("ladder", step).unwrap_or_default();
        if !quiet(kind) && ladder.last().is_none_or(|step| step.tell != Rung::Leader) {
            let what = "the ladder does not end at a leader, so a case could wait unseen";
            section.fail(
                "ladder",
                what,
                "Make its last step \"… leader\", such as ladder = [\"0m unit\", \"4wh leader\"]",
            );
        }
        section.finish();
        rules.insert(kind, TimerRule { limit, warn_percent: warn.unwrap_or(0), ladder });
    }
    if let Some(dispatch) = rules.get(&TimerKind::Dispatch).cloned() {
        rules.entry(TimerKind::BringIn).or_insert(dispatch);
    }
    outer.finish();
    rules
}

/// Reads `4wh leader`: so long after the clock is due, this one is told.
fn step(text: &str) -> Result<Step, String> {
    let how =
        || format!("“{text}” is no step: write when and whom, such as \"30m centre\" or \"4wh leader\"");
    let (after, tell) = text.trim().rsplit_once(char::is_whitespace).ok_or_else(how)?;
    Ok(Step { after: limit::parse(after)?, tell: word(tell)? })
}
