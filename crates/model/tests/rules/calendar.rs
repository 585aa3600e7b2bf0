//! The worked examples of `calendar_examples.csv`, and what a calendar says of days and refuses.

use crate::calendar_made;

use calendar_made::{made, rows, spec};
use huying_model::calendar::{Calendar, CalendarError, DayKind, Left, Limit, Measure};
use huying_model::time::Instant;
use jiff::civil::date;
use serde::Deserialize;

#[derive(Deserialize)]
struct Example {
    name: String,
    calendar: String,
    start: String,
    limit: String,
    pause_at: String,
    resume_at: String,
    expected_due: String,
    provisional: bool,
    why: String,
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn limit(text: &str) -> Limit {
    let mut words = text.split(' ');
    let amount: u32 = words.next().unwrap().parse().unwrap();
    match words.collect::<Vec<_>>().join(" ").trim_end_matches('s') {
        "emergency minute" => Limit::emergency(amount),
        "emergency hour" => Limit::emergency(amount * 60),
        "working minute" => Limit::working(amount),
        "working hour" => Limit::working(amount * 60),
        "working day" => Limit::working_days(amount),
        "calendar day" => Limit::calendar_days(amount),
        _ => panic!("the table writes a limit that is not known: {text}"),
    }
}

#[test]
fn every_worked_example_of_the_table_comes_out_as_reckoned_by_hand() {
    let text = include_str!("calendar_examples.csv");
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    let (mut wrong, mut count) = (Vec::new(), 0);
    for example in reader.deserialize() {
        let example: Example = example.unwrap();
        let calendar = made(&example.calendar);
        let limit = limit(&example.limit);
        let mut due = calendar.due(at(&example.start), limit);
        if !example.pause_at.is_empty() {
            let left = calendar.left(at(&example.pause_at), due.at, limit.measure);
            due = calendar.resume(at(&example.resume_at), left, limit.measure);
        }
        if due.at != at(&example.expected_due) || due.provisional != example.provisional {
            let was = calendar.civil(due.at);
            wrong.push(format!(
                "{} ({}): was {was} provisional {}",
                example.name, example.why, due.provisional
            ));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count} examples:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 80, "the table has only {count} examples");
}

#[test]
fn a_warning_comes_at_the_fraction_of_the_measure_s_own_time() {
    let cn = made("cn");
    let start = at("2024-03-04T09:00+08");
    let warn = |limit: Limit, percent| cn.at_fraction(start, cn.due(start, limit).at, limit.measure, percent);
    assert_eq!(warn(Limit::working(480), 50), at("2024-03-04T15:00+08"), "4 of 8 working hours");
    assert_eq!(
        warn(Limit::working(600), 30),
        at("2024-03-04T12:00+08"),
        "3 of 10 hours end at noon and stay"
    );
    assert_eq!(warn(Limit::emergency(120), 75), at("2024-03-04T10:30+08"));
    assert_eq!(warn(Limit::calendar_days(4), 75), at("2024-03-07T09:00+08"));
    assert_eq!(warn(Limit::working(480), 0), start);
    assert_eq!(warn(Limit::working(480), 200), at("2024-03-05T09:00+08"), "never after the due instant");
    let night = at("2024-03-04T22:00+08");
    let due = cn.due(night, Limit::working(60)).at;
    assert_eq!(cn.at_fraction(night, due, Measure::Working, 0), night, "never before the start");
}

#[test]
fn what_has_passed_is_told_in_the_measure_s_own_time() {
    let cn = made("cn");
    let (from, to) = (at("2024-09-30T17:00+08"), at("2024-10-08T09:00+08"));
    assert_eq!(cn.elapsed(from, to, Measure::Working), Left { ms: 2 * 3_600_000 });
    assert_eq!(cn.elapsed(to, from, Measure::WorkingDay), Left { ms: -2 * 3_600_000 });
    assert_eq!(cn.elapsed(from, to, Measure::Emergency), Left { ms: (7 * 24 + 16) * 3_600_000 });
    assert_eq!(cn.elapsed(from, to, Measure::CalendarDay), cn.elapsed(from, to, Measure::Emergency));
}

#[test]
fn a_calendar_tells_working_time_workdays_and_holidays_apart() {
    let cn = made("cn");
    for (text, working) in [
        ("2024-03-04T08:00+08", true),
        ("2024-03-04T11:59:59+08", true),
        ("2024-03-04T12:00+08", false),
        ("2024-03-04T18:00+08", false),
        ("2024-03-09T10:00+08", false),
        ("2024-09-29T10:00+08", true),
        ("2024-10-01T10:00+08", false),
        ("1995-05-05T10:00+08", true),
        ("1995-05-06T10:00+08", false),
        ("2069-07-05T10:00+08", true),
        ("2069-07-06T10:00+08", false),
    ] {
        assert_eq!(cn.is_working(at(text)), working, "{text}");
    }
    assert!(cn.is_workday(date(2024, 9, 29)) && !cn.is_holiday(date(2024, 9, 29)), "make-up Sunday");
    assert!(!cn.is_workday(date(2024, 10, 1)) && cn.is_holiday(date(2024, 10, 1)), "National Day");
    assert!(!cn.is_workday(date(2024, 9, 28)) && !cn.is_holiday(date(2024, 9, 28)), "plain Saturday");
    assert_eq!(cn.occasion(date(2024, 10, 1)), Some("National Day"));
    assert_eq!(cn.occasion(date(2024, 9, 28)), None);
    assert_eq!(cn.published_years(), Some((2023, 2026)));
    assert_eq!(cn.published_until(), Some(at("2027-01-01T00:00+08")));
    assert_eq!(cn.civil(at("2024-03-03T20:00Z")), date(2024, 3, 4).at(4, 0, 0, 0));
}

#[test]
fn the_shipped_holiday_files_say_only_what_the_weekday_rule_does_not() {
    for name in ["cn", "us"] {
        let rows = rows(name);
        assert!(rows.len() > 90, "{name} has {} rows", rows.len());
        for row in rows {
            let weekend = row.date.weekday().to_monday_one_offset() > 5;
            assert!(row.kind == DayKind::Holiday || weekend, "{} works without a make-up", row.date);
            assert!(!row.occasion.is_empty(), "{} has no occasion", row.date);
        }
    }
}

#[test]
fn limits_beyond_all_bounds_end_at_the_last_instant_instead_of_failing() {
    let cn = made("cn");
    let most = |measure| Limit { measure, amount: u32::MAX };
    let start = at("2024-03-04T09:00+08");
    assert_eq!(cn.due(start, most(Measure::CalendarDay)).at, Instant::MAX);
    assert_eq!(cn.due(start, most(Measure::WorkingDay)).at, Instant::MAX);
    for end in [Instant(i64::MIN), Instant(i64::MAX)] {
        for measure in Measure::ALL {
            let found = [
                cn.due(end, most(measure)).at,
                cn.resume(end, Left { ms: i64::MIN }, measure).at,
                cn.resume(end, Left { ms: i64::MAX }, measure).at,
                cn.at_fraction(Instant::MIN, Instant::MAX, measure, 99),
            ];
            for at in found {
                assert!(at >= Instant::MIN && at <= Instant::MAX, "{measure:?} from {end}: {at}");
            }
            assert!(cn.elapsed(Instant(i64::MAX), Instant(i64::MIN), measure).ms < 0);
        }
    }
}

#[test]
fn a_calendar_without_published_holidays_marks_working_time_as_provisional() {
    let calendar = Calendar::new(&spec("cn"), &[]).unwrap();
    let start = at("2024-10-01T09:00+08");
    let due = calendar.due(start, Limit::working(60));
    assert_eq!((due.at, due.provisional), (at("2024-10-01T10:00+08"), true));
    assert!(!calendar.due(start, Limit::emergency(60)).provisional);
    assert_eq!(calendar.published_until(), None);
}

#[test]
fn a_calendar_that_cannot_be_kept_is_refused_with_the_mend() {
    let refused = |change: fn(&mut huying_model::calendar::CalendarSpec), years: &[i16]| {
        let mut spec = spec("cn");
        change(&mut spec);
        let mut rows = rows("cn");
        rows.retain(|row| years.is_empty() || years.contains(&row.date.year()));
        Calendar::new(&spec, &rows).unwrap_err()
    };
    use CalendarError as E;
    assert_eq!(refused(|s| s.zone = "Asia/Nowhere".into(), &[]), E::Zone("Asia/Nowhere".into()));
    assert_eq!(refused(|s| s.weekend = vec!["sunday".into()], &[]), E::Weekday("sunday".into()));
    for hours in ["8-12", "08:00", "08:60-12:00", "08:00-24:01", "+8:00-12:00"] {
        let mut spec = spec("cn");
        spec.hours = vec![hours.into()];
        assert_eq!(Calendar::new(&spec, &[]).unwrap_err(), E::Hours(hours.into()));
    }
    assert_eq!(refused(|s| s.hours = vec!["22:00-06:00".into()], &[]), E::Backwards("22:00-06:00".into()));
    assert_eq!(
        refused(|s| s.hours = vec!["08:00-12:00".into(), "11:00-13:00".into()], &[]),
        E::Overlap("11:00-13:00".into())
    );
    assert_eq!(refused(|s| s.hours.clear(), &[]), E::NoWorkingTime);
    let week = |s: &mut huying_model::calendar::CalendarSpec| {
        s.weekend = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(String::from).to_vec();
    };
    assert_eq!(refused(week, &[]), E::NoWorkingTime);
    assert_eq!(refused(|s| s.day_minutes = Some(0), &[]), E::DayMinutes(0));
    assert_eq!(refused(|_| (), &[2023, 2026]), E::Gap(2024));
    assert_eq!(refused(|s| s.published = Some((2026, 2023)), &[]), E::Published(2026, 2023));
    let twice = [rows("cn"), rows("cn")].concat();
    assert_eq!(Calendar::new(&spec("cn"), &twice).unwrap_err(), E::Twice(date(2023, 1, 1)));
    let mut early = rows("cn");
    early[0].date = date(1023, 1, 1);
    let told = Calendar::new(&spec("cn"), &early).unwrap_err().to_string();
    assert!(told.contains("1023-01-01") && told.contains("check the year"), "{told}");
}

#[test]
fn a_spec_reads_from_its_table_and_refuses_a_misspelt_key() {
    let json = r#"{"zone":"Asia/Shanghai","hours":["08:00-12:00"],"weekend":["sat"],"holidays":"cn.csv"}"#;
    let spec: huying_model::calendar::CalendarSpec = serde_json::from_str(json).unwrap();
    assert_eq!(spec.holidays.as_deref(), Some("cn.csv"));
    assert_eq!(Calendar::new(&spec, &[]).unwrap().day_minutes(), 240);
    let misspelt = json.replace("weekend", "weekends");
    let told = serde_json::from_str::<huying_model::calendar::CalendarSpec>(&misspelt).unwrap_err();
    assert!(told.to_string().contains("weekends"), "{told}");
}
