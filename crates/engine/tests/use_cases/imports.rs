//! Somebody else's file becomes cases on their own times.

use crate::town;

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use huying_engine::{
    Error,
    import::{map::Map, preview::Preview, report::ImportReport},
};
use huying_model::{Stage, event::Body};
use town::{TENANT, Town};

const MAP: &str = r#"
system = "city311"
time_zone = "Asia/Shanghai"
time_format = "%m/%d/%y %H:%M"
[columns]
foreign = "id"
created = "created"
closed = "closed"
due = "due"
lon = "lon"
lat = "lat"
matter = "type"
status = "status"
source = "source"
address = "address"
title = "type"
[matter]
Vending = "city/order/vendor"
Parking = "city/order/parking"
Light = "city/facility/streetlight"
[source]
Call = "hotline"
"*" = "resident"
[status]
Closed = "solved"
Cancelled = "withdrawn"
Open = "open"
"#;

const FILE: &str = "\u{feff}id,type,status,created,closed,due,lon,lat,source,address
A1,Vending,Closed,5/4/26 9:05,5/4/26 10:00,5/5/26 9:05,110.005,30.015,Call,\"East Street 1, shop\"
A2,Parking,Closed,5/4/26 9:10,5/4/26 20:00,,110.005,30.015,App,
A3,Light,Closed,5/4/26 9:15,5/6/26 10:00,,110.025,30.005,Call,
A4,Vending,Cancelled,5/4/26 9:20,5/4/26 9:40,,110.005,30.005,Call,
A5,Vending,Open,5/4/26 9:25,,,110.005,30.005,Call,
A6,Vending,Closed,5/4/26 9:30,5/4/26 9:40,,,,Call,
A7,Vending,Closed,5/4/26 9:30,5/4/26 9:00,,110.005,30.005,Call,
A8,Flying saucer,Closed,5/4/26 9:30,5/4/26 9:40,,110.005,30.005,Call,
A9,Vending,Lost,5/4/26 9:30,5/4/26 9:40,,110.005,30.005,Call,
A10,Vending,Closed,yesterday,5/4/26 9:40,,110.005,30.005,Call,
A11,Vending,Closed,5/4/26 9:30
A1,Vending,Closed,5/4/26 9:05,5/4/26 10:00,5/5/26 9:05,110.005,30.015,Call,a row twice in one file
";

async fn import(town: &Town, file: &str, map: &str) -> Result<ImportReport, Error> {
    let file = std::io::Cursor::new(file.as_bytes().to_vec());
    town.engine.import(TENANT, file, &Map::parse(map).unwrap(), None, |_| ()).await
}

#[tokio::test]
async fn every_row_is_there_whole_or_listed_with_the_reason() {
    let town = Town::new().await;
    let report = import(&town, FILE, MAP).await.unwrap();
    let listed: Vec<_> =
        report.problems.iter().map(|p| (p.line, p.foreign.as_str(), p.problem.code)).collect();
    assert_eq!(
        listed,
        [
            (7, "A6", "no_place"),
            (8, "A7", "closed_before"),
            (9, "A8", "unknown_matter"),
            (10, "A9", "unknown_status"),
            (11, "A10", "not_a_moment"),
            (12, "A11", "columns"),
        ],
    );
    assert_eq!((report.rows, report.added, report.already), (12, 5, 1));
    let all = report.all;
    assert_eq!(
        (all.cases, all.located, all.filed, all.dispatched, all.closed, all.ended_otherwise),
        (5, 5, 4, 4, 3, 1)
    );
    // A2 was promised in 4 hours and took eleven; A1 and A3 were in time.
    assert_eq!(all.on_time, 2);
    assert_eq!(report.by_unit["order-east"].cases, 2);
    assert_eq!(report.by_cell["990101001001001"].closed, 2);
    assert_eq!((report.due.compared, report.due.same), (1, 1));
}

#[tokio::test]
async fn the_journal_tells_the_rows_own_times() {
    let town = Town::new().await;
    import(&town, FILE, MAP).await.unwrap();
    let lines = town
        .engine
        .store()
        .list(TENANT, &Default::default(), Default::default(), None, 10)
        .await
        .unwrap()
        .items;
    let line = lines.iter().find(|line| line.title.as_deref() == Some("Light")).unwrap();
    let case = town.case(line.case).await;
    assert_eq!(case.stage, Stage::Closed);
    assert_eq!(case.received_at.to_string(), "2026-05-04T01:15:00Z");
    assert_eq!(case.closed_at.unwrap().to_string(), "2026-05-06T02:00:00Z");
    let journal = town.engine.store().journal(TENANT, line.case, 0, 50).await.unwrap();
    assert!(
        journal.iter().all(|entry| entry.event.times.recorded == town.now()),
        "recorded when it was imported"
    );
    assert!(journal.is_sorted_by_key(|entry| entry.event.times.received));
    let doers: Vec<_> =
        journal.iter().filter(|entry| matches!(entry.event.body, Body::Finished { .. })).collect();
    assert_eq!(doers.len(), 1);
}

#[tokio::test]
async fn a_second_import_adds_nothing_and_a_later_file_carries_on() {
    let town = Town::new().await;
    let first = import(&town, FILE, MAP).await.unwrap();
    let (positions, cases) = (town.engine.store().streams().await.unwrap(), first.added);
    let second = import(&town, FILE, MAP).await.unwrap();
    assert_eq!((second.added, second.already, second.problems.len()), (0, cases + 1, first.problems.len()));
    assert_eq!(town.engine.store().streams().await.unwrap(), positions, "not one event was written");
    let later = FILE.replace("A5,Vending,Open,5/4/26 9:25,,", "A5,Vending,Closed,5/4/26 9:25,5/7/26 9:00,");
    let third = import(&town, &later, MAP).await.unwrap();
    assert_eq!((third.added, third.already, third.all.closed), (1, cases, 1));
    assert_eq!(town.engine.store().count_cases(TENANT).await.unwrap(), 5);
}

#[tokio::test]
async fn a_map_that_does_not_fit_stops_before_the_first_row() {
    let town = Town::new().await;
    let wrong = MAP
        .replace("closed = \"closed\"", "closed = \"ended\"")
        .replace("city/order/vendor", "city/order/none");
    let Err(Error::Invalid(problems)) = import(&town, FILE, &wrong).await else { panic!() };
    let codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["no_such_column", "unknown_matter"]);
    assert_eq!(town.engine.store().count_cases(TENANT).await.unwrap(), 0);
}

async fn preview(town: &Town, file: &str) -> Preview {
    let file = std::io::Cursor::new(file.as_bytes().to_vec());
    town.engine.preview_import(TENANT, file, &Map::parse(MAP).unwrap(), |_| ()).await.unwrap()
}

#[tokio::test]
async fn a_preview_says_what_an_import_would_do_and_writes_nothing() {
    let town = Town::new().await;
    let before = town.engine.store().streams().await.unwrap();
    let first = preview(&town, FILE).await;
    assert_eq!((first.begins, first.goes_on, first.repeated), (5, 0, 1));
    assert_eq!(town.engine.store().streams().await.unwrap(), before, "not one event was written");
    assert_eq!(town.engine.store().count_cases(TENANT).await.unwrap(), 0);
    let done = import(&town, FILE, MAP).await.unwrap();
    assert_eq!(first.report.problems, done.problems, "the same mistakes at the same rows");
    assert_eq!((first.report.rows, first.report.added, first.report.all), (done.rows, done.added, done.all));
    assert_eq!((&first.report.by_unit, &first.report.due), (&done.by_unit, &done.due));

    let again = preview(&town, FILE).await;
    assert_eq!((again.report.added, again.report.already, again.repeated), (0, 5, 1));
    let later = FILE.replace("A5,Vending,Open,5/4/26 9:25,,", "A5,Vending,Closed,5/4/26 9:25,5/7/26 9:00,");
    let on = preview(&town, &later).await;
    assert_eq!((on.begins, on.goes_on, on.report.already), (0, 1, 4));
    let change = &on.changes[0];
    assert_eq!((change.line, change.foreign.as_str(), change.to), (6, "A5", "closed"));
    assert_ne!(change.from, "closed");
    assert!(town.engine.store().audit(&|_| {}).await.unwrap().clean());
    assert_eq!(import(&town, &later, MAP).await.unwrap().added, 1, "and then it is done");
}

/// Ids that give one number on one day.
const ONE_NUMBER: &str = "id,type,status,created,closed,due,lon,lat,source,address
5819,Vending,Closed,5/4/26 9:05,5/4/26 10:00,,110.005,30.015,Call,
10407,Vending,Open,5/4/26 9:10,,,110.005,30.015,Call,
";

#[tokio::test]
async fn rows_whose_ids_give_one_number_are_two_cases_and_a_second_import_adds_nothing() {
    let town = Town::new().await;
    let first = import(&town, ONE_NUMBER, MAP).await.unwrap();
    assert_eq!((first.added, first.problems), (2, Vec::new()));
    let second = import(&town, ONE_NUMBER, MAP).await.unwrap();
    assert_eq!((second.added, second.already, second.refused), (0, 2, 0));
    assert!(town.engine.store().audit(&|_| {}).await.unwrap().clean());
}

#[tokio::test]
async fn a_row_that_corrects_when_its_case_began_carries_that_case_on() {
    let town = Town::new().await;
    import(&town, ONE_NUMBER, MAP).await.unwrap();
    let later = ONE_NUMBER
        .replace("5819,Vending,Closed,5/4/26 9:05,", "5819,Vending,Closed,5/4/26 9:06,")
        .replace("10407,Vending,Open,5/4/26 9:10,,", "10407,Vending,Closed,5/4/26 9:11,5/7/26 9:00,");
    let told = preview(&town, &later).await;
    assert_eq!((told.begins, told.goes_on, told.report.already), (0, 1, 1));
    let done = import(&town, &later, MAP).await.unwrap();
    assert_eq!((done.added, done.already, done.all.closed, done.problems), (1, 1, 1, Vec::new()));
    assert_eq!(town.engine.store().count_cases(TENANT).await.unwrap(), 2);
    let number = told.changes[0].number.as_str();
    let case = town.engine.store().case_by_number(TENANT, number).await.unwrap().unwrap().case;
    assert_eq!(case.received_at.to_string(), "2026-05-04T01:10:00Z", "what was told first stays");
}

/// Imports a file under a mark, until so many rows are done.
async fn marked(town: &Town, file: &str, until: u64) -> Result<ImportReport, Error> {
    let file = std::io::Cursor::new(file.as_bytes().to_vec());
    let map = Map::parse(MAP).unwrap();
    let cut = |rows: u64| assert!(rows < until, "the import is cut");
    town.engine.import(TENANT, file, &map, Some("import:cut"), cut).await
}

#[tokio::test]
async fn an_import_that_was_cut_counts_every_row_that_could_not_be_used_when_it_goes_on() {
    let town = Town::new().await;
    let lost = |no: u32| format!("L{no},Vending,Lost,5/4/26 9:30,5/4/26 9:40,,110.005,30.005,Call,\n");
    let head = "id,type,status,created,closed,due,lon,lat,source,address\n";
    // Its words can be read; the rules file no case without a matter.
    let refused = "B1,,Closed,5/4/26 9:05,5/4/26 10:00,,110.005,30.015,Call,\n";
    let before: String = (1..512).map(lost).collect();
    let behind = "B2,Vending,Open,5/4/26 9:25,,,110.005,30.005,Call,\n";
    let file = format!("{head}{refused}{before}{behind}{}", lost(600));
    assert!(AssertUnwindSafe(marked(&town, &file, 512)).catch_unwind().await.is_err());
    let report = marked(&town, &file, u64::MAX).await.unwrap();
    assert_eq!((report.rows, report.passed_over, report.added), (514, 512, 1));
    assert_eq!((report.refused, report.unlisted, report.problems.len()), (513, 1, 512));
    let whole = marked(&town, &file, u64::MAX).await.unwrap();
    assert_eq!((whole.passed_over, whole.already), (0, 1), "what was done was done to the end");
    assert_eq!((whole.refused, whole.unlisted, whole.problems.len()), (513, 0, 513));
}
