//! `roster.csv`: who answers for a unit on which days and hours, and who deputises.
//!
//! Owns the reading of its rows; a pack may leave the file out. Refuses a row whose first member has no seat in the
//! unit, since there would be nothing to deputise. Holes are the lint's question. Start at [`read`].

use huying_model::{
    MemberId, UnitId,
    org::Member,
    roster::{Days, Duty},
};
use jiff::civil::Weekday;

use crate::people::{Listed, MEMBERS, UNITS};
use crate::problem::{Problems, Spot};
use crate::source::{Source, text};
use crate::table::{Row, Table};

/// The file of the roster.
pub const FILE: &str = "roster.csv";

/// The rows, and where each stands.
#[derive(Debug, Default)]
pub struct Rows {
    pub duties: Vec<Duty>,
    pub spots: Vec<Spot>,
}

/// Reads the table.
pub fn read<U>(
    source: &dyn Source,
    units: &Listed<U>,
    members: &Listed<Member>,
    problems: &Problems,
) -> Rows {
    let mut rows = Rows::default();
    let Some(text) = text(source, FILE, false, problems) else { return rows };
    let table = Table::read(FILE, &text, &["unit", "days", "members"], &["hours"], problems);
    for row in table.rows(problems) {
        if let Some(duty) = duty(&row, units, members) {
            rows.duties.push(duty);
            rows.spots.push(row.spot("unit"));
        }
    }
    rows
}

fn duty<U>(row: &Row, units: &Listed<U>, members: &Listed<Member>) -> Option<Duty> {
    let unit = row.need("unit", |id| {
        let known = units.spots.contains_key(id);
        known
            .then(|| UnitId::new(id))
            .ok_or_else(|| format!("the unit '{id}' is not in {UNITS}: add it or correct the id"))
    });
    let stated = row.need_text("days").is_some();
    let days = row.list("days", days);
    let (from, until) = row.read("hours", hours).unwrap_or((0, 24 * 60));
    let named = row.need_text("members").is_some();
    let listed = row.list("members", |id| {
        let known = members.spots.contains_key(id);
        known
            .then(|| MemberId::new(id))
            .ok_or_else(|| format!("the member '{id}' is not in {MEMBERS}: add them or correct the id"))
    });
    let (unit, first) = (unit?, listed.first()?.clone());
    let sits = |member: &Member| member.id == first && member.seats.iter().any(|seat| seat.unit == unit);
    if !members.items.iter().any(sits) {
        let what = format!("{first} comes first and has no seat in {unit}");
        row.fail("members", what, format!("Give them a seat there in {MEMBERS}, or put another first"));
    }
    let days = days.into_iter().reduce(Days::or).filter(|_| stated && named)?;
    Some(Duty { unit, days, from, until, members: listed })
}

/// Reads `mon`, `mon-fri`, `workday`, `holiday` or `daily`.
fn days(text: &str) -> Result<Days, String> {
    let how = || format!("“{text}” is no day: write mon … sun, mon-fri, workday, holiday or daily");
    match text.to_ascii_lowercase().as_str() {
        "daily" => Ok(Days::DAILY),
        "workday" => Ok(Days::WORKDAY),
        "holiday" => Ok(Days::HOLIDAY),
        other => {
            let (first, last) = other.split_once('-').unwrap_or((other, other));
            let (first, last) = (weekday(first).ok_or_else(how)?, weekday(last).ok_or_else(how)?);
            Ok(Days::between(first, last))
        }
    }
}

fn weekday(text: &str) -> Option<Weekday> {
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let at = names.iter().position(|name| *name == text)?;
    Weekday::from_monday_zero_offset(i8::try_from(at).ok()?).ok()
}

/// Reads `08:00-18:00` as minutes after midnight; `22:00-06:00` ends on the next day.
fn hours(text: &str) -> Result<(u16, u16), String> {
    let how = || {
        format!(
            "“{text}” is no time: write 08:00-18:00, or 22:00-06:00 over midnight; blank is the whole day"
        )
    };
    let minute = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let digits = |text: &str| text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let whole = digits(hour) && minute.len() == 2 && digits(minute);
        let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
        (whole && minute < 60 && hour * 60 + minute <= 24 * 60).then_some(hour * 60 + minute)
    };
    let (from, until) = text.split_once('-').ok_or_else(how)?;
    let (from, until) = (minute(from).ok_or_else(how)?, minute(until).ok_or_else(how)?);
    if from == until || from == 24 * 60 { Err(how()) } else { Ok((from, until)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_over_midnight_too_and_anything_else_is_refused() {
        for (text, wanted) in [
            ("08:00-18:00", Some((480, 1080))),
            ("8:30-24:00", Some((510, 1440))),
            ("22:00-06:00", Some((1320, 360))),
            ("00:00-24:00", Some((0, 1440))),
            ("08:00-08:00", None),
            ("24:00-06:00", None),
            ("08:00", None),
            ("8-18", None),
            ("08:60-18:00", None),
            ("+8:00-18:00", None),
            ("25:00-26:00", None),
        ] {
            assert_eq!(hours(text).ok(), wanted, "{text}");
        }
    }

    #[test]
    fn days_are_read_as_weekdays_spans_and_words() {
        assert_eq!(days("mon-sun"), Ok(Days::DAILY));
        assert_eq!(days("sat-sun"), Ok(days("sat").unwrap().or(days("sun").unwrap())));
        assert_eq!(days("fri-mon"), Ok(days("fri-sun").unwrap().or(days("mon").unwrap())));
        assert_eq!(days("Workday"), Ok(Days::WORKDAY));
        assert!(days("monday").unwrap_err().contains("mon-fri"));
    }
}
