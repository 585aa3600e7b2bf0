//! Limits as people write them: `2紧急工作时`, `4小时`, `3天`, `30m`, `4wh`, `3wd`, `7d`.
//!
//! Owns the reading of a standard's wording. In the handling standards of urban management a plain 小时 is a
//! working hour and a plain 天 a working day, while 紧急 runs by night and on holidays; 紧急工作日 is taken as 24
//! such hours. It refuses fractions: a limit is a whole number of its unit. Start at [`parse`].

use huying_model::calendar::Limit;

/// A unit's name, and the limit that a number of it makes; None where that is too large.
type Unit = (&'static str, fn(u32) -> Option<Limit>);

/// Every unit with its meaning.
const UNITS: &[Unit] = &[
    ("紧急工作分钟", |n| Some(Limit::emergency(n))),
    ("紧急工作时", |n| n.checked_mul(60).map(Limit::emergency)),
    ("紧急小时", |n| n.checked_mul(60).map(Limit::emergency)),
    ("紧急工作日", |n| n.checked_mul(24 * 60).map(Limit::emergency)),
    ("工作分钟", |n| Some(Limit::working(n))),
    ("工作小时", |n| n.checked_mul(60).map(Limit::working)),
    ("工作时", |n| n.checked_mul(60).map(Limit::working)),
    ("工作日", |n| Some(Limit::working_days(n))),
    ("自然日", |n| Some(Limit::calendar_days(n))),
    ("分钟", |n| Some(Limit::emergency(n))),
    ("小时", |n| n.checked_mul(60).map(Limit::working)),
    ("天", |n| Some(Limit::working_days(n))),
    ("wm", |n| Some(Limit::working(n))),
    ("wh", |n| n.checked_mul(60).map(Limit::working)),
    ("wd", |n| Some(Limit::working_days(n))),
    ("m", |n| Some(Limit::emergency(n))),
    ("h", |n| n.checked_mul(60).map(Limit::emergency)),
    ("d", |n| Some(Limit::calendar_days(n))),
];

/// The longest limit that is believed: ten years of natural time.
const LONGEST_DAYS: u32 = 3660;

/// Reads a limit. Blanks between number and unit, and around both, mean nothing.
///
/// # Errors
/// A sentence that shows how a limit is written.
pub fn parse(text: &str) -> Result<Limit, String> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let digits = compact.len() - compact.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = compact.split_at(digits);
    let how = || {
        format!(
            "“{text}” is no limit: write 2紧急工作时 or 2h (natural hours), 30m or 30分钟 (natural minutes), \
             4小时 or 4wh (working hours), 3天 or 3wd (working days), 7自然日 or 7d (calendar days)"
        )
    };
    let number: u32 = number.parse().map_err(|_error| how())?;
    let (_, make) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(how)?;
    make(number)
        .filter(|limit| days(*limit) <= LONGEST_DAYS)
        .ok_or_else(|| format!("“{text}” is longer than ten years: write a shorter limit"))
}

/// The days that a limit takes at least, whatever the calendar.
fn days(limit: Limit) -> u32 {
    use huying_model::calendar::Measure;
    match limit.measure {
        Measure::Emergency | Measure::Working => limit.amount / (24 * 60),
        Measure::WorkingDay | Measure::CalendarDay => limit.amount,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_a_limit_has_its_meaning() {
        let meant = [
            ("2紧急工作时", Limit::emergency(120)),
            (" 1 紧急工作时\n", Limit::emergency(60)),
            ("2紧急工作日", Limit::emergency(2880)),
            ("4小时", Limit::working(240)),
            ("4工作时", Limit::working(240)),
            ("3天", Limit::working_days(3)),
            ("15工作日", Limit::working_days(15)),
            ("7自然日", Limit::calendar_days(7)),
            ("15分钟", Limit::emergency(15)),
            ("30m", Limit::emergency(30)),
            ("2h", Limit::emergency(120)),
            ("90wm", Limit::working(90)),
            ("4wh", Limit::working(240)),
            ("3wd", Limit::working_days(3)),
            ("7d", Limit::calendar_days(7)),
            ("0m", Limit::emergency(0)),
        ];
        for (text, limit) in meant {
            assert_eq!(parse(text), Ok(limit), "{text}");
        }
    }

    #[test]
    fn what_the_platform_shows_can_be_read_back() {
        for limit in [
            Limit::emergency(120),
            Limit::emergency(5),
            Limit::working(90),
            Limit::working_days(2),
            Limit::calendar_days(9),
        ] {
            assert_eq!(parse(&limit.zh().to_string()), Ok(limit));
        }
    }

    #[test]
    fn anything_else_is_refused_with_an_example() {
        for text in ["", "天", "3", "1.5h", "-2d", "种植季节15工作日", "1紧急工作时制止", "3 weeks", "5000wd"]
        {
            let error = parse(text).unwrap_err();
            assert!(error.contains("write"), "{error}");
        }
    }
}
