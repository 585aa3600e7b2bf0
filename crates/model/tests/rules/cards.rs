//! What a share of counts is worth in a scorecard: worked examples.

use huying_model::Instant;
use huying_model::score::{Counts, Good, Indicator, Measure, Of, Period, percent, scorecard};

fn indicator(counts: Measure, over: Option<Measure>, good: Good, full: u32, weight: u32) -> Indicator {
    Indicator {
        id: counts.code().into(),
        name: counts.zh().into(),
        name_en: counts.en().into(),
        of: Of::Unit,
        counts,
        over,
        good,
        full,
        weight,
        scorecard: "main".into(),
        period: Period::Month,
        source: None,
    }
}

#[test]
fn a_share_is_rounded_half_up_to_two_decimals_of_a_percent() {
    for (part, whole, hundredths) in [
        (14_384, 15_391, Some(9_346)),
        (13_021, 13_442, Some(9_687)),
        (1, 3, Some(3_333)),
        (2, 3, Some(6_667)),
        (1, 20_000, Some(1)),
        (1, 20_001, Some(0)),
        (0, 7, Some(0)),
        (7, 7, Some(10_000)),
        (24, 5, Some(48_000)),
        (0, 0, None),
        (u64::MAX, u64::MAX, Some(10_000)),
    ] {
        assert_eq!(percent(part, whole), hundredths, "{part} of {whole}");
    }
}

#[test]
fn points_grow_in_proportion_up_to_the_share_that_is_good_enough() {
    use Good::{High, Low};
    // Done of due: good, full, weight → points, all in hundredths.
    for (done, due, good, full, weight, points) in [
        (95, 100, High, 9_500, 4_000, 4_000),
        (100, 100, High, 9_500, 4_000, 4_000),
        (90, 100, High, 9_500, 4_000, 3_789),
        (0, 100, High, 9_500, 4_000, 0),
        (50, 100, High, 10_000, 2_500, 1_250),
        (0, 100, Low, 0, 1_000, 1_000),
        (10, 100, Low, 0, 1_000, 900),
        (5, 100, Low, 500, 1_000, 1_000),
        (10, 100, Low, 500, 1_000, 947),
        (100, 100, Low, 500, 1_000, 0),
        (130, 100, Low, 500, 1_000, 0),
        (1, 100, Low, 10_000, 1_000, 1_000),
    ] {
        let indicator = indicator(Measure::Done, Some(Measure::Due), good, full, weight);
        let mut counts = Counts::default();
        counts.add(Measure::Done, done);
        counts.add(Measure::Due, due);
        assert_eq!(indicator.judge(&counts).points, points, "{done} of {due}, {good:?} from {full}");
    }
}

#[test]
fn a_scorecard_adds_up_and_leaves_out_what_could_not_be_judged() {
    let rows = [
        indicator(Measure::Done, Some(Measure::Due), Good::High, 10_000, 6_000),
        indicator(Measure::CallsOnTime, Some(Measure::Calls), Good::High, 10_000, 4_000),
        indicator(Measure::Returned, None, Good::Low, 0, 0),
    ];
    let mut counts = Counts::default();
    for (measure, amount) in [(Measure::Due, 4), (Measure::Done, 3), (Measure::Returned, 2)] {
        counts.add(measure, amount);
    }
    let card = scorecard(&rows, |_| counts.clone());
    assert_eq!((card.points, card.out_of), (4_500, 6_000));
    let [done, calls, returned] = card.lines.as_slice() else { unreachable!("three rows") };
    assert_eq!((done.counted, done.over, done.percent, done.points), (3, Some(4), Some(7_500), 4_500));
    assert_eq!((calls.over, calls.percent), (Some(0), None));
    assert_eq!((returned.counted, returned.over, returned.percent), (2, None, None));
}

#[test]
fn a_period_is_the_one_around_a_day_in_the_authoritys_zone() {
    use Period::{Day, Month, Quarter, Week, Year};
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    for (period, day, from, until) in [
        (Day, "2026-03-31", "2026-03-31", "2026-04-01"),
        (Week, "2026-03-30", "2026-03-30", "2026-04-06"),
        (Week, "2026-03-29", "2026-03-23", "2026-03-30"),
        (Month, "2026-02-28", "2026-02-01", "2026-03-01"),
        (Month, "2026-12-31", "2026-12-01", "2027-01-01"),
        (Quarter, "2026-03-31", "2026-01-01", "2026-04-01"),
        (Quarter, "2026-11-15", "2026-10-01", "2027-01-01"),
        (Year, "2026-07-04", "2026-01-01", "2027-01-01"),
    ] {
        let midnight = |day: &str| format!("{day}T00:00+08:00").parse::<Instant>().unwrap();
        let span = period.around(day.parse().unwrap(), &zone).unwrap();
        assert_eq!((span.from, span.until), (midnight(from), midnight(until)), "{period:?} around {day}");
    }
}

#[test]
fn every_measure_has_a_code_of_its_own_by_which_it_is_found() {
    for measure in Measure::ALL {
        assert_eq!(Measure::from_code(measure.code()), Some(*measure));
        assert_eq!(serde_json::to_value(measure).unwrap(), measure.code());
        assert!(!measure.zh().is_empty() && !measure.en().is_empty());
    }
}
