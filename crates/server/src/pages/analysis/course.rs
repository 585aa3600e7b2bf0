//! The course of a period: a row for each day, or for each week of a long one, beside the same days of the other period.
//!
//! Owns which days share a row; days without cases have one too, so that a line does not leap over them. Start at [`sums`].

use huying_engine::insight::period::Period;
use huying_store::Sum;
use jiff::ToSpan;
use smol_str::format_smolstr;

use super::dimensions::{Counted, Sums};

/// Longer periods are told by the week.
const ALONE: i64 = 62;
const WEEK: i64 = 7;

/// Days that share a row.
fn step(period: Period) -> i64 {
    if period.days() > ALONE { WEEK } else { 1 }
}

/// The rows of a period in their order, so that both periods have the same keys. `period` is the first of the two.
pub fn sums(period: Period, counted: &Counted) -> Sums {
    let (days, step) = (period.days(), step(period));
    let key = |row: i64| format_smolstr!("{row:04}");
    let mut sums: Sums = (0..days).map(|day| (key(day / step), Sum::default())).collect();
    for (no, sum) in &counted.days {
        let day = no - counted.first;
        if (0..days).contains(&day) {
            *sums.entry(key(day / step)).or_default() += *sum;
        }
    }
    sums
}

/// The days of a row.
pub fn row(period: Period, key: &str) -> Option<Period> {
    let step = step(period);
    let before = key.parse::<i64>().ok()?.checked_mul(step)?;
    if !(0..period.days()).contains(&before) {
        return None;
    }
    let from = period.from.checked_add(before.days()).ok()?;
    let to = from.checked_add((step - 1).days()).ok()?;
    Some(Period { from, to: to.min(period.to) })
}

/// As a row is called.
pub fn name(row: Period) -> String {
    if row.from == row.to {
        row.from.to_string()
    } else {
        format!("{}—{}", row.from, row.to.strftime("%m-%d"))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn counted(first: i64, days: &[(i64, i64)]) -> Counted {
        let of = |(no, cases): &(i64, i64)| (*no, Sum { cases: *cases, ..Sum::default() });
        Counted { heaps: Vec::new(), days: days.iter().map(of).collect(), first }
    }

    #[test]
    fn each_day_has_a_row_though_nothing_came_in() {
        let period = Period { from: date(2026, 5, 1), to: date(2026, 5, 4) };
        let sums = sums(period, &counted(100, &[(100, 2), (103, 5), (104, 9), (99, 9)]));
        let told: Vec<i64> = sums.values().map(|sum| sum.cases).collect();
        assert_eq!(told, [2, 0, 0, 5], "what lies outside is not counted");
        let names: Vec<String> = sums.keys().filter_map(|key| row(period, key)).map(name).collect();
        assert_eq!(names, ["2026-05-01", "2026-05-02", "2026-05-03", "2026-05-04"]);
    }

    #[test]
    fn a_long_period_is_told_by_the_week_and_its_last_row_ends_with_it() {
        let period = Period { from: date(2026, 1, 1), to: date(2026, 3, 5) };
        assert_eq!(period.days(), 64);
        let sums = sums(period, &counted(0, &[(0, 1), (6, 1), (7, 1), (63, 4)]));
        let told: Vec<i64> = sums.values().map(|sum| sum.cases).collect();
        assert_eq!(told, [2, 1, 0, 0, 0, 0, 0, 0, 0, 4]);
        let names: Vec<String> = sums.keys().filter_map(|key| row(period, key)).map(name).collect();
        assert_eq!(names.first().map(String::as_str), Some("2026-01-01—01-07"));
        assert_eq!(names.last().map(String::as_str), Some("2026-03-05"));
        assert_eq!(row(period, "0010"), None);
    }
}
