//! Days as an address says them.
//!
//! Owns the reading of two dates into a period, and what is told where they are none. Start at [`read`].

use huying_engine::insight::period::{LONGEST_DAYS, Period, Unfit};
use huying_model::Instant;
use jiff::civil::Date;

use crate::{
    pages::view::View,
    problem::{Both, Problem},
};

/// The period of two dates such as `2026-05-12`; None where neither is given. One alone is a period of one day.
///
/// # Errors
/// The problem with the field `from` or `to`.
pub fn read(from: Option<&str>, to: Option<&str>) -> Result<Option<Period>, Problem> {
    let (Some(first), Some(last)) = (from.or(to), to.or(from)) else { return Ok(None) };
    let period = Period::new(date("from", first)?, date("to", last)?);
    period.map(Some).map_err(|unfit| match unfit {
        Unfit::Backwards => Problem::field(
            "to",
            "range",
            Both::of("结束日期早于开始日期。", "The last day comes before the first."),
            Both::of("请把两个日期对调。", "Change the two days."),
        ),
        Unfit::TooLong => Problem::field(
            "to",
            "range",
            Both::of("时间跨度太长。", "These are too many days."),
            Both(format!("最多 {LONGEST_DAYS} 天。"), format!("Ask for {LONGEST_DAYS} days at most.")),
        ),
    })
}

fn date(field: &str, text: &str) -> Result<Date, Problem> {
    text.trim().parse().map_err(|_none| {
        Problem::field(
            field,
            "no_such_day",
            Both::of("没有这一天。", "There is no such day."),
            Both::of("请按 2026-05-12 的格式填写。", "Write a day of the calendar as 2026-05-12."),
        )
    })
}

/// The instants between which a period lies.
pub fn span(view: &View, period: Period) -> Result<(Instant, Instant), Problem> {
    period.span(&view.setting.zone).ok_or_else(|| Problem::internal(&"a day outside the calendar"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_date_is_a_day_and_none_is_no_period() {
        let day = read(Some("2026-05-12"), None).expect("a day").expect("one");
        assert_eq!((day.days(), day.from), (1, day.to));
        assert_eq!(read(None, None).expect("nothing is nothing"), None);
    }

    #[test]
    fn dates_that_are_none_name_their_field() {
        for (from, to, field) in [
            ("2026-02-30", "2026-03-01", "from"),
            ("2026-03-02", "2026-03-01", "to"),
            ("2020-01-01", "2026-01-01", "to"),
        ] {
            let told = read(Some(from), Some(to)).expect_err("no period");
            assert_eq!(told.errors.first().map(|wrong| wrong.field.as_str()), Some(field), "{from} {to}");
        }
    }
}
