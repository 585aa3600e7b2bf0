//! Cases as rows of a table: the columns of every list of cases that leaves the platform as a file.
//!
//! Owns the columns and how a value is written. What a row shows is what a list of cases shows, no more. Start at [`COLUMNS`] and [`row`].

use huying_store::Line;
use jiff::tz::TimeZone;

/// The headings.
pub const COLUMNS: [&str; 11] = [
    "number",
    "title",
    "stage",
    "area",
    "matter",
    "source",
    "urgency",
    "received",
    "due",
    "lead",
    "custodian",
];

/// One case.
pub fn row(line: &Line) -> [String; 11] {
    let word = |word: &Option<smol_str::SmolStr>| word.as_ref().map(ToString::to_string).unwrap_or_default();
    [
        line.number.to_string(),
        line.title.clone().unwrap_or_default(),
        line.stage.to_string(),
        word(&line.area),
        word(&line.matter),
        line.source.to_string(),
        line.urgency.to_string(),
        line.received_at.to_string(),
        line.due.map(|due| due.to_string()).unwrap_or_default(),
        word(&line.lead),
        line.custodian.to_string(),
    ]
}

/// A moment as spreadsheets understand it, in a zone.
pub fn civil(at: huying_model::Instant, zone: &TimeZone) -> String {
    zone.to_datetime(at.timestamp()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
