//! Feeds where something goes wrong on our side: numbers that are taken, a node that goes away, a feed that fails beside others.

use crate::{city, town};

use std::{collections::BTreeMap, sync::Arc};

use city::{city, request};
use huying_engine::{feed::Feeds, outbox::guard::Reach};
use huying_model::{CaseId, MemberId, Name, Stage, event::Body};
use huying_store::feeds::FeedRow;
use serde_json::json;
use tokio::sync::Semaphore;
use town::{TENANT, Town, draft};

const TAKES: &str = r#"
system = "city311"
url = "URL"
time_zone = "Asia/Shanghai"
page_size = 2
[pull]
[pull.matter]
"001" = "city/facility/streetlight"
"#;

const GIVES: &str = r#"
system = "works"
url = "URL"
page_size = 2
[push]
[push.matter]
"city/facility/manhole" = "014"
"#;

const EARLY: &str = "2026-05-11T10:00:00+08:00";

fn feeds(town: &Town) -> Feeds {
    Feeds::new(town.engine.clone(), "node", Reach::Anywhere).unwrap()
}

async fn put(town: &Town, map: &str, url: &str) {
    let by = MemberId::new("administrator");
    let set = ("city", &*map.replace("URL", url), None);
    town.engine.put_feed(TENANT, set, (&by, true), Reach::Anywhere).await.unwrap();
}

async fn row(town: &Town, id: &str) -> FeedRow {
    let rows = town.engine.store().feeds(TENANT).await.unwrap();
    rows.into_iter().find(|row| row.id == id).unwrap()
}

/// A case that goes out.
async fn filed(town: &Town) -> CaseId {
    let case = town.report(draft("city/facility/manhole", "井盖")).await.receipt.case;
    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    town.say("handler-station-bridge", case, Name::File, filing).await;
    case
}

async fn stages(town: &Town) -> BTreeMap<String, Stage> {
    let mut all = BTreeMap::new();
    let list =
        town.engine.store().list(TENANT, &Default::default(), Default::default(), None, 100).await.unwrap();
    for line in list.items {
        let case = town.case(line.case).await;
        let first = town.engine.store().journal(TENANT, case.id, 0, 1).await.unwrap().remove(0);
        let Body::Reported { report, .. } = &first.event.body else { panic!("{first:?}") };
        all.insert(report.foreign.as_ref().map_or_else(String::new, ToString::to_string), case.stage);
    }
    all
}

#[tokio::test]
async fn requests_whose_ids_give_one_number_are_two_cases_and_a_moment_that_is_corrected_makes_no_third() {
    let town = Town::new().await;
    // On one day both ids give the same number.
    let (url, there) =
        city(vec![request("5819", "001", "open", EARLY), request("10407", "001", "open", EARLY)]).await;
    put(&town, TAKES, &url).await;
    let feeds = feeds(&town);
    let first = feeds.pull_now(TENANT, "city").await.unwrap();
    assert_eq!((first.added, first.dead, first.error), (2, 0, None));
    let again = feeds.pull_now(TENANT, "city").await.unwrap();
    assert_eq!((again.added, again.already, again.dead), (0, 2, 0));
    for (no, id) in ["5819", "10407"].into_iter().enumerate() {
        let mut moved = request(id, "001", "closed", "2026-05-12T08:30:00+08:00");
        moved["requested_datetime"] = json!("2026-05-11T09:00:01+08:00");
        there.lock().unwrap().requests[no] = moved;
    }
    let third = feeds.pull_now(TENANT, "city").await.unwrap();
    assert_eq!((third.added, third.dead, third.error), (2, 0, None));
    let closed = ["city311:10407", "city311:5819"].map(|id| (id.to_owned(), Stage::Closed));
    assert_eq!(stages(&town).await, BTreeMap::from(closed));
}

#[tokio::test]
async fn a_feed_that_fails_says_so_and_holds_up_neither_others_nor_what_it_gives() {
    let town = Town::new().await;
    let (url, there) = city(Vec::new()).await;
    put(&town, GIVES, &url).await;
    // A zone that this version does not know any more, as an earlier one may have taken it.
    let zone = TAKES.replace("Asia/Shanghai", "Mars/Base").replace("URL", &url);
    let map = zone + "[push]\n[push.matter]\n\"city/facility/manhole\" = \"014\"\n";
    let before = row(&town, "city").await;
    let store = town.engine.store();
    store.put_feed(TENANT, &FeedRow { id: "a-city".into(), map, ..before }).await.unwrap();
    filed(&town).await;
    assert!(feeds(&town).run().await.unwrap_err().to_string().contains("time_zone"));
    assert_eq!(there.lock().unwrap().sent.len(), 2, "each of the two feeds gave the case");
    let failed = row(&town, "a-city").await;
    assert!(failed.error.unwrap().contains("time_zone") && failed.ran_at.is_some());
    assert_eq!(row(&town, "city").await.error, None);
    // It is not asked again before its time, and what the other feed gives goes on.
    filed(&town).await;
    feeds(&town).run().await.unwrap();
    assert_eq!(there.lock().unwrap().sent.len(), 4);
}

#[tokio::test]
async fn a_report_that_a_crash_cut_off_is_looked_for_on_every_page_before_it_goes_again() {
    let town = Town::new().await;
    let old = (1..=3).map(|no| request(&no.to_string(), "014", "open", EARLY)).collect();
    let (url, there) = city(old).await;
    put(&town, GIVES, &url).await;
    let case = filed(&town).await;
    {
        let mut there = there.lock().unwrap();
        there.gate = Some(Arc::new(Semaphore::new(0)));
        there.usual = Some(2);
    }
    let sent = || there.lock().unwrap().sent.len();
    let heard = async {
        while sent() == 0 {
            tokio::task::yield_now().await;
        }
    };
    // The node goes away while the other system has the report and has not answered.
    let node = feeds(&town);
    tokio::select! {
        ran = node.run() => panic!("it was answered: {ran:?}"),
        () = heard => {}
    }
    drop(node);
    there.lock().unwrap().gate = None;
    town.clock.advance(120_000);
    feeds(&town).run().await.unwrap();
    assert_eq!(sent(), 1, "it was not reported twice");
    let store = town.engine.store();
    assert_eq!(store.remote_of(TENANT, "city", case).await.unwrap().as_deref(), Some("W-4"));
    assert!(store.letters(TENANT, "city", "waiting", None, 10).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_list_that_does_not_end_is_a_failure_and_the_next_look_begins_where_it_began() {
    let town = Town::new().await;
    let all = (1..=5).map(|no| request(&no.to_string(), "001", "open", EARLY)).collect();
    let (url, _there) = city(all).await;
    put(&town, TAKES, &url).await;
    let looked = feeds(&town).reading(2).pull_now(TENANT, "city").await.unwrap();
    assert!(looked.error.as_ref().is_some_and(|error| error.contains("page_size")), "{looked:?}");
    assert_eq!((looked.added, row(&town, "city").await.since), (4, None));
    let looked = feeds(&town).reading(3).pull_now(TENANT, "city").await.unwrap();
    assert_eq!((looked.added, looked.error), (1, None));
    assert!(row(&town, "city").await.since.is_some());
}
