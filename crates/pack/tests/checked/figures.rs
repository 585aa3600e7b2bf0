//! Stories about figures: steps that are repeated on many cases, indicators counted from their events, and the table
//! of indicators with its mistakes.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use crate::edited::{edited, starter, telling};
use huying_pack::{lint, load, scenario};

const FILE: &str = "indicators.csv";

/// Reported, filed, due and done as in the published chain; the rates follow from the cases alone.
const CHAIN: &str = r#"
title = "15,391 reports, 14,384 filed, 13,442 due, 13,021 done"
begins = "2024-03-04 08:00"

[[step]]
by = ["worker-bridge-1", "worker-bridge-2"]
do = "report"
with = [
    { matter = "city/facility/litter", source = "grid_worker", place = "990101001001001" },
    { matter = "city/facility/litter", source = "patrol", place = "990101001001002" },
]
repeat = 15391

[[step]]
by = "handler-station-bridge"
do = "file"
repeat = 13442

# A street lamp may take five days: not due yet.
[[step]]
by = "handler-station-bridge"
do = "file"
with = { matter = "city/facility/streetlight" }
repeat = 942
first = 13443

[[step]]
by = "handler-station-bridge"
do = "decline"
with = { reason = "private ground" }
repeat = 1007
first = 14385

[[step]]
by = "dispatcher-east"
do = "dispatch"
repeat = 13021

[[step]]
at = "+10m"
by = "handler-station-bridge"
do = "receive"
repeat = 13021

[[step]]
at = "+2wh"
by = "handler-station-bridge"
do = "finish"
with = { outcome = "solved" }
repeat = 13021

[[step]]
by = ["inspector-1", "inspector-2"]
do = "pass"
repeat = 13021

[step.expect]
stage = "closed"

[[step]]
at = "2024-03-06 12:00"

[step.expect]
of = "main13442"
stage = "filed"
indicators = { reported = 15391, filed = 14384, declined = 1007, due = 13442, done = 13021, filing_rate = 93.46, done_rate = 96.87, on_time_rate = 96.87, reports = 15391 }

[[step]]
[step.expect]
of = "main1"
indicators = { reported = 7696, done = 6511 }
indicators_of = { area = "990101001001001" }

[[step]]
[step.expect]
indicators = { received = 13021, reported = 15391, receipt_rate = 100 }
indicators_of = { unit = "station-bridge" }
"#;

#[test]
fn the_published_chain_is_counted_from_as_many_simulated_cases() {
    let (_folder, pack) = telling(CHAIN, &[]);
    let report = scenario::test(&pack).unwrap();
    assert_eq!((report.passed(), report.failed()), (1, 0), "{report}");
    assert!(report.told[0].steps > 15_391 + 14_384 + 1_007 + 4 * 13_021, "{report}");
}

#[test]
fn a_figure_that_is_not_so_fails_with_what_was_counted() {
    let story =
        CHAIN.replace("15391", "30").replace("13442", "20").replace("942", "4").replace("13443", "21");
    let story =
        story.replace("1007", "6").replace("14385", "25").replace("13021", "12").replace("14384", "24");
    let story =
        story.replace("93.46", "80").replace("96.87", "60").replace("7696", "15").replace("6511", "6");
    let verdict = |story: &str| {
        let (_folder, pack) = telling(story, &[]);
        let report = scenario::test(&pack).unwrap();
        (report.failed(), report.to_string())
    };
    let (failed, text) = verdict(&story);
    assert_eq!(failed, 0, "{text}");
    for (old, new, told) in [
        ("filing_rate = 80", "filing_rate = 80.01", "filing_rate is 80.00, expected 80.01"),
        ("done = 12,", "done = 13,", "done is 12.00, expected 13"),
        ("due = 20", "deu = 20", "neither a measure nor an indicator"),
        ("due = 20", "missed = 20", "neither a measure nor an indicator"),
        ("done_rate = 60", "done_rate = 60.001", "no number with at most two decimals"),
        ("{ area = \"990101001001001\" }", "{ area = \"990109\" }", "none of this name"),
        ("{ unit = \"station-bridge\" }", "\"station-bridge\"", "one subject is needed"),
        ("{ received = 12,", "{ satisfied_rate = 12,", "nothing to judge"),
        ("of = \"main20\"", "of = \"main31\"", "no case 'main31'"),
        ("stage = \"closed\"", "stage = \"filed\"", "expected 'filed', found 'closed'"),
    ] {
        assert!(story.contains(old), "the story has no '{old}'");
        let (failed, text) = verdict(&story.replacen(old, new, 1));
        assert!(failed == 1 && text.contains(told), "'{new}' wanted …{told}…:\n{text}");
    }
}

const REPEATED: &str = r#"
title = "three reports a minute apart"
begins = "2024-03-04 09:00"

[[step]]
by = "worker-bridge-1"
do = "report"
case = "car"
with = { matter = "city/order/parking", place = "990101001001001" }
repeat = 3
every = "1m"

[step.expect]
stage = "dispatched"

[[step]]
[step.expect]
of = "car3"
due = { receive = "2024-03-04 09:12" }

[[step]]
at = "+1m"
case = "car2"
by = "handler-traffic-west"
do = "receive"
with = { unit = "traffic-east" }
refused = "not_yours"

[step.expect]
refused_words = "the unit in charge"
stage = "dispatched"

[[step]]
case = "car2"
by = "handler-traffic-west"
do = "receive"
with = { unit = "traffic-east" }

[step.expect]
refused_words = "请由当前责任单位"
"#;

#[test]
fn a_repeated_step_numbers_its_cases_and_a_refusal_is_quoted() {
    let verdict = |story: &str| {
        let (_folder, pack) = telling(story, &[]);
        let report = scenario::test(&pack).unwrap();
        (report.failed(), report.to_string())
    };
    let (failed, text) = verdict(REPEATED);
    assert_eq!(failed, 0, "{text}");
    for (old, new, told) in [
        ("09:12", "09:11", "expected 2024-03-04 09:11"),
        ("the unit in charge", "the rule of 2019", "'the rule of 2019' is not said"),
        ("repeat = 3\n", "", "the step is done only once"),
        ("repeat = 3\nevery = \"1m\"", "first = 2", "the step is done only once"),
        ("repeat = 3", "repeat = 0", "from 1 to"),
        ("every = \"1m\"", "every = \"soon\"", "no limit"),
        ("by = \"worker-bridge-1\"", "by = []", "used in turn"),
        ("by = \"worker-bridge-1\"\n", "", "does not say who acts"),
        (
            "by = \"worker-bridge-1\"",
            "by = [\"worker-bridge-1\", \"nobody\"]",
            "no member has the id 'nobody'",
        ),
        (
            "with = { unit = \"traffic-east\" }\nrefused",
            "with = [{ unit = \"traffic-east\" }]\nrefused",
            "used in turn",
        ),
        (
            "by = \"handler-traffic-west\"",
            "by = \"handler-traffic-east\"",
            "it was done, and 'not_yours' was expected",
        ),
    ] {
        assert!(REPEATED.contains(old), "the story has no '{old}'");
        let (failed, text) = verdict(&REPEATED.replacen(old, new, 1));
        assert!(failed == 1 && text.contains(told), "'{new}' wanted …{told}…:\n{text}");
    }
}

#[test]
fn a_refused_step_leaves_everything_as_it_was() {
    // The second part of the split names a unit that does not serve the place: neither part may remain.
    let story = r#"
title = "a split that is refused"
begins = "2024-03-04 09:00"
[[step]]
by = "worker-bridge-1"
do = "report"
with = { matter = "city/facility/litter", place = "990101001001001" }
[[step]]
by = "handler-station-bridge"
do = "file"
[[step]]
by = "dispatcher-east"
do = "split"
with = { parts = [{ case = "a", lead = "order-east" }, { case = "b", lead = "order-west" }] }
refused = "does_not_serve"
[step.expect]
stage = "filed"
queues = ["centre-east#custody"]
[[step]]
at = "+1m"
case = "a"
by = "handler-order-east"
do = "receive"
"#;
    let (_folder, pack) = telling(story, &[]);
    let text = scenario::test(&pack).unwrap().to_string();
    assert!(text.contains("the case has not been reported yet") && !text.contains("expected"), "{text}");
}

#[test]
fn every_mistake_in_the_table_of_indicators_is_told_at_its_place() {
    let mut missed = String::new();
    for (old, new, field, part) in [
        ("filing_rate,", "Filing rate,", "id", "no id"),
        ("filing_rate,", "filed,", "id", "the name of a measure"),
        ("filing_rate,", "done_rate,", "id", "stands twice"),
        ("立案率", "", "name", "empty"),
        (",area,filed", ",street,filed", "of", "area, unit, worker, company"),
        ("filed,reported", "field,reported", "counts", "reported, hotline"),
        ("filed,reported", "filed,reprted", "over", "reported, hotline"),
        ("filed,reported", "missed,reported", "counts", "cannot be counted yet"),
        (",low,5", ",lower,5", "good", "high or low"),
        (",,90,20,street", ",,90%,20,street", "full", "96.87"),
        (",,90,20,street", ",,0,20,street", "full", "all the points already"),
        (",,90,20,street", ",,90,20.001,street", "weight", "96.87"),
        ("filed,reported,", "filed,,", "weight", "a plain count"),
        ("40,street,month\non", "40,street,year\non", "period", "another 'period'"),
        (",area,done,due", ",unit,done,due", "of", "another 'of'"),
        ("reported,,,,,,month", "reported,,,,,,season", "period", "day, week"),
        (",scorecard,period", ",card,period", "card", "unknown"),
    ] {
        let (_folder, pack) = edited(&[(FILE, old, new)]);
        let told = load(&pack).map(|_| Vec::new()).unwrap_or_else(|problems| problems);
        let list = told.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let placed = told.iter().any(|problem| {
            problem.file == FILE
                && problem.field == field
                && problem.line > 0
                && problem.to_string().contains(part)
        });
        if !placed {
            missed += &format!("'{old}' → '{new}' wanted ({field}) …{part}…, told:\n{list}\n");
        }
    }
    assert!(missed.is_empty(), "{missed}");
}

#[test]
fn the_weights_of_a_scorecard_add_up_to_a_hundred() {
    for (old, new, sum) in [
        (",95,40,street,month\non", ",95,30,street,month\non", "'street' add up to 90, not to 100"),
        ("low,5,20,unit", "low,5,20.5,unit", "'unit' add up to 100.50, not to 100"),
        ("reported,,,,,,month", "reported,,,,,empty,month", "'empty' add up to 0, not to 100"),
    ] {
        let (_folder, pack) = edited(&[(FILE, old, new)]);
        let report = lint(&pack);
        let found = report.findings.iter().find(|finding| finding.rule == "weights");
        assert!(found.is_some_and(|finding| finding.problem.message.contains(sum)), "{report}");
    }
}

#[test]
fn indicators_are_read_with_their_names_and_defaults() {
    let pack = load(starter()).unwrap();
    let rows = &pack.policy.current.indicators;
    let row = |id: &str| rows.iter().find(|row| row.id == id).unwrap();
    assert_eq!(rows.len(), 8);
    assert_eq!(
        (row("done_rate").name.as_str(), row("done_rate").name_en.as_str()),
        ("办结率", "Completion rate")
    );
    assert_eq!((row("done_rate").full, row("done_rate").weight), (9_500, 4_000));
    assert_eq!(row("reports").over, None);
}
