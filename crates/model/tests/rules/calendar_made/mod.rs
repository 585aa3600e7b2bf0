//! The calendars that the tests speak of, by name, made once each.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up must fail loudly")]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use huying_model::calendar::{Calendar, CalendarSpec, DayKind, DayRow};

/// The rows of a shipped holiday file, or of the few days that a small calendar needs.
pub fn rows(name: &str) -> Vec<DayRow> {
    let text = match name {
        "cn" | "sevenhours" => include_str!("../../../../../packs/calendars/cn.csv"),
        "us" | "la" | "baltimore" => include_str!("../../../../../packs/calendars/us.csv"),
        "berlin" => {
            let days = ["2025-10-03", "2025-12-25", "2025-12-26", "2026-01-01"];
            let row = |day: &str| DayRow {
                date: day.parse().unwrap(),
                kind: DayKind::Holiday,
                occasion: "a holiday".into(),
            };
            return days.map(row).to_vec();
        }
        _ => return Vec::new(),
    };
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().unwrap()
}

/// The working time of a named calendar.
pub fn spec(name: &str) -> CalendarSpec {
    let (zone, hours, weekend): (_, &[&str], &[&str]) = match name {
        "cn" | "sevenhours" | "shortfriday" => {
            ("Asia/Shanghai", &["08:00-12:00", "14:00-18:00"], &["sat", "sun"])
        }
        "la" => ("America/Los_Angeles", &["08:00-12:00", "13:00-17:00"], &["sat", "sun"]),
        "baltimore" => ("America/New_York", &["08:00-12:00", "13:00-17:00"], &["sat", "sun"]),
        "berlin" => ("Europe/Berlin", &["09:00-17:00"], &["sat", "sun"]),
        "allday" => ("America/Los_Angeles", &["00:00-24:00"], &[]),
        "early" => ("America/Los_Angeles", &["01:00-05:00"], &[]),
        "skipped" => ("America/Los_Angeles", &["02:30-06:00"], &[]),
        "night" => ("Asia/Shanghai", &["00:00-06:00", "22:00-24:00"], &[]),
        _ => panic!("no calendar is called {name}"),
    };
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let mut weekdays = BTreeMap::new();
    if name == "shortfriday" {
        weekdays.insert("fri".to_owned(), words(&["08:00-12:00"]));
    }
    CalendarSpec {
        zone: zone.to_owned(),
        hours: words(hours),
        weekend: words(weekend),
        weekdays,
        day_minutes: (name == "sevenhours").then_some(420),
        holidays: None,
        published: rows(name).is_empty().then_some((2024, 2026)),
    }
}

/// The names of all calendars of the tests.
pub const NAMES: [&str; 10] =
    ["cn", "sevenhours", "shortfriday", "la", "baltimore", "berlin", "allday", "early", "skipped", "night"];

/// A calendar by its name.
pub fn made(name: &str) -> &'static Calendar {
    static MADE: LazyLock<Vec<Calendar>> =
        LazyLock::new(|| NAMES.iter().map(|name| Calendar::new(&spec(name), &rows(name)).unwrap()).collect());
    let at = NAMES.iter().position(|known| *known == name);
    &MADE[at.unwrap_or_else(|| panic!("no calendar is called {name}"))]
}
