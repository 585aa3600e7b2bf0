//! How long the write path waits for a due instant. Run with `cargo bench -p huying-model --bench calendar`.

#[path = "../tests/rules/calendar_made/mod.rs"]
mod calendar_made;

use calendar_made::{made, rows, spec};
use divan::{Bencher, black_box};
use huying_model::calendar::{Calendar, Limit, Measure};
use huying_model::time::Instant;

fn main() {
    divan::main();
}

const HOUR_MS: i64 = 3_600_000;

/// Starts spread over 2024 to 2026, so that no search runs twice over the same memory.
fn starts() -> impl Iterator<Item = Instant> {
    let (first, span) = (1_704_067_200_000_i64, 3 * 365 * 24 * HOUR_MS);
    (0..).map(move |n: i64| Instant(first + (n * 7_919 * 61_001) % span))
}

fn due(bencher: Bencher, limit: Limit) {
    let (calendar, mut starts) = (made("cn"), starts());
    bencher
        .with_inputs(|| starts.next().unwrap_or_default())
        .bench_local_values(|start| calendar.due(black_box(start), black_box(limit)));
}

#[divan::bench]
fn due_emergency(bencher: Bencher) {
    due(bencher, Limit::emergency(120));
}

#[divan::bench]
fn due_working_hours(bencher: Bencher) {
    due(bencher, Limit::working(240));
}

#[divan::bench]
fn due_working_days(bencher: Bencher) {
    due(bencher, Limit::working_days(15));
}

#[divan::bench]
fn due_calendar_days(bencher: Bencher) {
    due(bencher, Limit::calendar_days(15));
}

#[divan::bench]
fn warn_at_fraction(bencher: Bencher) {
    let (calendar, mut starts) = (made("cn"), starts());
    bencher.with_inputs(|| starts.next().unwrap_or_default()).bench_local_values(|start| {
        calendar.at_fraction(start, start.plus_ms(100 * HOUR_MS), Measure::Working, 75)
    });
}

#[divan::bench]
fn make_a_calendar(bencher: Bencher) {
    let (spec, rows) = (spec("cn"), rows("cn"));
    bencher.bench_local(|| Calendar::new(black_box(&spec), black_box(&rows)));
}
