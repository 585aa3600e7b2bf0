//! Updates of requests: what changed, and what somebody outside adds.

use std::collections::BTreeSet;

use futures::StreamExt;
use serde_json::{Value, json};

use super::{FORM, KEY, both, case, city, fits, form, json as read, sentences};
use crate::desk::{Answer, Desk};

const KIND: (&str, &str) = ("updates", "service_request_updates");

async fn sent(desk: &Desk, fields: &[(&str, &str)]) -> Answer {
    desk.post("/open311/v2/servicerequestupdates.json").raw(FORM, form(fields)).send().await
}

fn update<'a>(id: &'a str, number: &'a str, status: &'a str, words: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("api_key", KEY),
        ("update_id", id),
        ("service_request_id", number),
        ("status", status),
        ("updated_datetime", "2026-05-12T09:30:00+08:00"),
        ("description", words),
    ]
}

/// A filed case of litter; answers id and number.
async fn filed(desk: &Desk) -> (String, String) {
    let id = desk.report("city/facility/litter", "垃圾").await;
    desk.clock.advance(60_000);
    let filing = json!({"filing": {"matter": "city/facility/litter", "condition": 1}});
    desk.tell("handler-station-bridge", &id, "file", filing, "filed").await;
    let number = case(desk, &id).await["number"].as_str().unwrap().to_owned();
    (id, number)
}

fn statuses(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect()
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| one["update_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_change_that_somebody_outside_can_notice_is_told_once() {
    let desk = city().await;
    let (id, number) = filed(&desk).await;
    desk.tell("acceptor-east", &id, "comment", json!({"words": "内部"}), "filed").await;
    let list = both(&desk, "servicerequestupdates", "", KIND).await;
    assert_eq!(statuses(&list), ["open", "in_progress"], "{list}");
    assert_eq!(list[0]["update_id"], format!("{number}-1"));
    assert_eq!(list[1]["updated_datetime"], "2026-05-12T09:01:00+08:00");
    let later = both(&desk, "servicerequestupdates", "?start_date=2026-05-12T01:00:30Z", KIND).await;
    assert_eq!(statuses(&later), ["in_progress"]);
    let earlier = both(&desk, "servicerequestupdates", "?end_date=2026-05-12T01:00:30Z", KIND).await;
    assert_eq!(statuses(&earlier), ["open"]);
    let paged = both(&desk, "servicerequestupdates", "?page=2&page_size=1", KIND).await;
    assert_eq!(statuses(&paged), ["in_progress"]);
    super::refused(&desk, "servicerequestupdates", "?start_date=x", 400).await;
}

#[tokio::test]
async fn a_whole_list_begins_with_the_oldest_changes_and_pages_with_the_newest() {
    let desk = city().await;
    let mut numbers = Vec::new();
    for _ in 0..3 {
        let (_, number) = filed(&desk).await;
        desk.clock.advance(60_000);
        numbers.push(number);
    }
    let list = both(&desk, "servicerequestupdates", "", KIND).await;
    // Of one request the oldest change comes first, whichever way the requests come.
    let of = |number: &String| [format!("{number}-1"), format!("{number}-2")];
    let wanted: Vec<String> = numbers.iter().flat_map(of).collect();
    assert_eq!(ids(&list), wanted);
    let wanted: Vec<String> = numbers.iter().rev().flat_map(of).collect();
    assert_eq!(ids(&both(&desk, "servicerequestupdates", "?page_size=100", KIND).await), wanted);
    for size in [1, 2, 4] {
        let mut pages = Vec::new();
        for page in 1..=wanted.len().div_ceil(size) {
            let query = format!("?page={page}&page_size={size}");
            pages.extend(ids(&both(&desk, "servicerequestupdates", &query, KIND).await));
        }
        assert_eq!(pages, wanted, "pages of {size}");
    }
}

#[tokio::test]
async fn requests_that_change_while_a_whole_list_is_written_are_told_in_it_once() {
    let desk = city().await;
    let mut cases = Vec::new();
    // More than one piece of a list has.
    for _ in 0..55 {
        cases.push(filed(&desk).await);
    }
    let answer = desk.get("/open311/v2/servicerequestupdates.json").start().await;
    assert_eq!(answer.status(), 200);
    let mut pieces = answer.into_body().into_data_stream();
    let mut text = pieces.next().await.unwrap().unwrap().to_vec();
    let (first, last) = (&cases[0], &cases[54]);
    let begun = String::from_utf8_lossy(&text).into_owned();
    assert!(begun.contains(&first.1) && !begun.contains(&last.1), "the list is half written");
    desk.clock.advance(60_000);
    for (id, _) in [first, last] {
        let answer = desk.command("dispatcher-east", id, "publish", &json!({"words": "已看过"})).send().await;
        answer.expect(200);
    }
    while let Some(piece) = pieces.next().await {
        text.extend_from_slice(&piece.unwrap());
    }
    let told = ids(&serde_json::from_slice(&text).unwrap());
    let wanted: BTreeSet<String> =
        cases.iter().flat_map(|(_, number)| [format!("{number}-1"), format!("{number}-2")]).collect();
    assert_eq!(told.len(), wanted.len(), "nothing is told twice");
    assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), wanted);
    // What happened meanwhile comes with the next list.
    let next = both(&desk, "servicerequestupdates", "?start_date=2026-05-12T01:55:30Z", KIND).await;
    assert_eq!(next.as_array().unwrap().len(), 2, "{next}");
}

#[tokio::test]
async fn words_from_outside_become_a_comment_once_however_often_they_come() {
    let desk = city().await;
    let (_, number) = filed(&desk).await;
    let first = sent(&desk, &update("u-1", &number, "IN_PROGRESS", "邻居说已清走一半")).await;
    let first = read(&first, 200);
    fits("taken", &first);
    assert_eq!(first[0]["update_id"], "u-1");
    let version = case(&desk, &number).await["version"].clone();
    read(&sent(&desk, &update("u-1", &number, "IN_PROGRESS", "邻居说已清走一半")).await, 200);
    let whole = case(&desk, &number).await;
    assert_eq!(whole["version"], version, "the same id is taken once");
    let last = whole["journal"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["kind"], &last["facts"]["words"]), (&json!("commented"), &json!("邻居说已清走一半")));
    sentences(&read(&sent(&desk, &update("u-1", &number, "IN_PROGRESS", "别的话")).await, 400), 400);
    // The ids of another request are its own, and a date that moved makes no other update of it.
    let (_, other) = filed(&desk).await;
    read(&sent(&desk, &update("u-1", &other, "IN_PROGRESS", "另一处")).await, 200);
    let mut again = update("u-1", &other, "IN_PROGRESS", "另一处");
    again[4].1 = "2026-05-12T09:31:00+08:00";
    again.push(("media_url", "https://elsewhere.example/a.jpg"));
    sentences(&read(&sent(&desk, &again).await, 400), 400);
    again.pop();
    read(&sent(&desk, &again).await, 200);
    let mut photo = update("u-2", &other, "IN_PROGRESS", "有图");
    photo.push(("media_url", "https://elsewhere.example/a.jpg"));
    read(&sent(&desk, &photo).await, 200);
    let whole = case(&desk, &other).await;
    let last = &whole["journal"].as_array().unwrap().last().unwrap()["facts"]["words"];
    assert_eq!(last, "有图\nmedia_url: https://elsewhere.example/a.jpg");
}

#[tokio::test]
async fn a_status_closes_or_opens_only_where_the_member_may() {
    let desk = city().await;
    let (id, number) = filed(&desk).await;
    let closing = sentences(&read(&sent(&desk, &update("u-2", &number, "CLOSED", "好了")).await, 400), 400);
    assert!(closing[0].contains("不能办结"), "{closing:?}");
    let end = json!({"outcome": "explained", "reason": "已说明"});
    desk.command("dispatcher-east", &id, "conclude", &end).send().await.expect(200);
    let call = json!({"reporter": 0, "reached": true, "solved": true, "satisfied": true});
    desk.command("caller-back", &id, "record-callback", &call).send().await.expect(200);
    desk.tell("caller-back", &id, "close", json!({}), "closed").await;
    let list = both(&desk, "servicerequestupdates", "", KIND).await;
    assert_eq!(statuses(&list).last(), Some(&"no_further_action"), "{list}");
    let more = sentences(&read(&sent(&desk, &update("u-3", &number, "UNCHANGED", "谢谢")).await, 400), 400);
    assert!(more[0].contains("已结案"), "{more:?}");
    // Others say `open` with every comment as long as they have not heard of the end.
    sentences(&read(&sent(&desk, &update("u-5", &number, "OPEN", "谢谢")).await, 400), 400);
    assert_eq!(case(&desk, &number).await["stage"], "closed");
    read(&sent(&desk, &update("u-4", &number, "reopen", "又堆了")).await, 200);
    assert_eq!(case(&desk, &number).await["stage"], "filed");
}

#[tokio::test]
async fn every_mistake_of_an_update_is_told_at_once() {
    let desk = city().await;
    let (_, number) = filed(&desk).await;
    let bare = sentences(&read(&sent(&desk, &[("api_key", KEY)]).await, 400), 400);
    for name in ["update_id", "service_request_id", "status", "updated_datetime", "description"] {
        assert!(bare.iter().any(|told| told.contains(name)), "{name}: {bare:?}");
    }
    for (fields, code) in [
        (update("u", &number, "SOLVED", "x"), 400),
        (update("u", "XX-1", "OPEN", "x"), 404),
        (update("u", &number, "OPEN", "x")[1..].to_vec(), 403),
    ] {
        sentences(&read(&sent(&desk, &fields).await, code), code);
    }
    let mut wrong = update("u", &number, "OPEN", "x");
    wrong[4].1 = "soon";
    assert!(sentences(&read(&sent(&desk, &wrong).await, 400), 400)[0].contains("updated_datetime"));
    super::refused(&desk, "update_tokens/x", "", 404).await;
}
