//! One case from report to close over the API, and what is kept on the way.

use crate::desk;

use desk::{Desk, form, photo, report};
use serde_json::{Value, json};

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_case_lives_from_report_to_close_and_its_journal_tells_it() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/manhole", "井盖破损，请尽快处理").await;
    let whole =
        desk.get(&format!("/api/v1/cases/{id}")).by("handler-station-bridge").send().await.expect(200);
    assert_eq!(
        (&whole["stage"], &whole["custodian"]),
        (&json!("reported"), &json!("station-bridge")),
        "{whole}"
    );
    assert_eq!(whole["text"], "井盖破损，请尽快处理");
    assert_eq!(whole["place"]["area"], "990101001001001");
    assert!(names(&whole["allowed"]).contains(&"file"), "{whole}");

    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    desk.tell("handler-station-bridge", &id, "file", filing, "filed").await;
    let whole = desk.get(&format!("/api/v1/cases/{id}")).by("dispatcher-east").send().await.expect(200);
    assert_eq!(whole["suggestion"]["lead"], "dept-works", "{whole}");
    desk.tell("dispatcher-east", &id, "dispatch", json!({"lead": "dept-works"}), "dispatched").await;
    desk.tell("handler-dept-works", &id, "receive", json!({"unit": "dept-works"}), "handling").await;

    let (media, body) = form(&photo(), Some("after"));
    let sent = desk
        .post(&format!("/api/v1/cases/{id}/files"))
        .by("handler-dept-works")
        .raw(&media, body)
        .send()
        .await;
    let file = sent.expect(201);
    assert_eq!(file["kind"], "after");
    let evidence = json!([{"kind": "after", "file": file["file"]}]);
    desk.tell(
        "handler-dept-works",
        &id,
        "finish",
        json!({"outcome": "solved", "evidence": evidence}),
        "inspecting",
    )
    .await;
    desk.tell("inspector-1", &id, "pass", json!({"words": "已修复"}), "calling_back").await;
    let call = json!({"reporter": 0, "reached": true, "solved": true, "satisfied": true});
    desk.tell("caller-back", &id, "record-callback", call, "calling_back").await;
    desk.tell("caller-back", &id, "close", json!({}), "closed").await;

    let whole = desk.get(&format!("/api/v1/cases/{id}")).by("leader-district").send().await.expect(200);
    assert_eq!((&whole["stage"], &whole["outcome"]), (&json!("closed"), &json!("solved")));
    let journal = whole["journal"].as_array().unwrap();
    assert_eq!(journal.len() as u64, whole["version"].as_u64().unwrap());
    let kinds: Vec<_> = journal.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    for kind in [
        "reported",
        "filed",
        "dispatched",
        "received",
        "attached",
        "finished",
        "passed",
        "called_back",
        "closed",
    ] {
        assert!(kinds.contains(&kind), "{kind} is missing of {kinds:?}");
    }
    for pair in journal.windows(2) {
        assert_eq!(pair[1]["prev"], pair[0]["hash"], "the chain holds");
    }
    let passed = journal.iter().find(|entry| entry["kind"] == "passed").unwrap();
    assert_eq!(passed["facts"]["words"], "已修复");
}

#[tokio::test]
async fn an_entry_that_was_redacted_keeps_its_hash_and_loses_its_words() {
    let desk = Desk::open().await;
    let id = desk.report("city/order/vendor", "占道经营").await;
    desk.tell("acceptor-east", &id, "comment", json!({"words": "不应公开的话"}), "reported").await;
    desk.tell("auditor", &id, "redact", json!({"event": 2, "reason": "个人信息"}), "reported").await;
    let whole = desk.get(&format!("/api/v1/cases/{id}")).by("acceptor-east").send().await.expect(200);
    let entry = &whole["journal"][1];
    assert_eq!(
        (&entry["kind"], &entry["redacted"], &entry["facts"]["words"]),
        (&json!("commented"), &json!(true), &Value::Null)
    );
    assert_eq!(entry["hash"].as_str().unwrap().len(), 64);
    assert_eq!(whole["journal"][2]["facts"]["reason"], "personal_data");
}

#[tokio::test]
async fn the_same_request_sent_twice_happens_once_and_another_body_under_its_key_is_told() {
    let desk = Desk::open().await;
    let body = report("city/facility/litter", "垃圾堆积");
    let send = |body: &Value| {
        desk.post("/api/v1/cases").by("acceptor-east").header("idempotency-key", "k-1").json(body).send()
    };
    let first = send(&body).await.expect(201);
    let again = send(&body).await.expect(201);
    assert_eq!((&first["id"], &first["number"]), (&again["id"], &again["number"]));
    assert_eq!((&first["replayed"], &again["replayed"]), (&json!(false), &json!(true)));
    let other = send(&report("city/facility/litter", "另一处")).await.problem(422);
    assert_eq!(other["code"], "key_reused");
    let all = desk.get("/api/v1/cases").by("acceptor-east").send().await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 1);

    let id = first["id"].as_str().unwrap();
    let note = |key: &str| {
        desk.command("acceptor-east", id, "note", &json!({"words": "已电话核实"}))
            .header("idempotency-key", key)
            .send()
    };
    let first = note("n-1").await;
    let again = note("n-1").await;
    assert_eq!(first.json()["version"], again.json()["version"]);
    assert_eq!(again.header("idempotency-replayed"), "true");
}

#[tokio::test]
async fn a_command_on_an_old_version_is_a_conflict_that_names_the_new_one() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", "垃圾堆积").await;
    let read = desk.get(&format!("/api/v1/cases/{id}")).by("acceptor-east").send().await;
    let etag = read.header("etag").to_owned();
    let unchanged = desk
        .get(&format!("/api/v1/cases/{id}"))
        .by("acceptor-east")
        .header("if-none-match", &etag)
        .send()
        .await;
    assert_eq!((unchanged.status.as_u16(), unchanged.body.len()), (304, 0));
    let note = |etag: &str| {
        desk.command("acceptor-east", &id, "note", &json!({"words": "甲"})).header("if-match", etag).send()
    };
    assert_eq!(note(&etag).await.status, 200);
    let late = note(&etag).await.problem(409);
    assert_eq!((&late["code"], &late["version"]), (&json!("conflict"), &json!(2)));
}

#[tokio::test]
async fn lists_search_map_and_queues_find_the_case_and_only_for_those_who_may_see_it() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/streetlight", "路灯不亮影响出行").await;
    desk.report("city/order/vendor", "流动摊贩占道").await;
    let ids = |page: &Value| {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let list = desk
        .get("/api/v1/cases?matter=city/facility&stage=reported&area=990101001")
        .by("acceptor-east")
        .send()
        .await
        .expect(200);
    assert_eq!(ids(&list), std::slice::from_ref(&id));
    let none = desk.get("/api/v1/cases?area=990101002").by("acceptor-district").send().await.expect(200);
    assert!(ids(&none).is_empty());
    let west = desk.get("/api/v1/cases").by("acceptor-west").send().await.expect(200);
    assert!(ids(&west).is_empty(), "the other street sees nothing of it");

    let found = desk.get("/api/v1/search?q=%E8%B7%AF%E7%81%AF").by("acceptor-east").send().await.expect(200);
    assert_eq!(ids(&found), std::slice::from_ref(&id));
    let hidden = desk.get("/api/v1/search?q=%E8%B7%AF%E7%81%AF").by("acceptor-west").send().await.expect(200);
    assert!(ids(&hidden).is_empty());

    let map = desk.get("/api/v1/map?bbox=110.0,30.01,110.01,30.02").by("acceptor-east").send().await;
    assert_eq!(map.header("content-type"), "application/geo+json");
    let map = map.json();
    assert_eq!(
        (map["type"].as_str(), map["features"].as_array().unwrap().len()),
        (Some("FeatureCollection"), 2)
    );
    assert_eq!(map["features"][0]["geometry"]["coordinates"], json!([110.005, 30.015]));
    let hidden =
        desk.get("/api/v1/map?bbox=110.0,30.01,110.01,30.02").by("acceptor-west").send().await.json();
    assert!(hidden["features"].as_array().unwrap().is_empty());

    let queue = desk.get("/api/v1/units/station-bridge/queue").by("acceptor-east").send().await.expect(200);
    assert_eq!(ids(&queue).len(), 2);
    assert_eq!(queue["items"][0]["kind"], "custody");
    let tally = desk.get("/api/v1/units/station-bridge/tally").by("acceptor-east").send().await.expect(200);
    assert_eq!(
        ["overdue", "soon", "fine", "paused"].iter().map(|name| tally[name].as_i64().unwrap()).sum::<i64>(),
        2
    );
    desk.get("/api/v1/units/centre-east/queue").by("acceptor-west").send().await.problem(404);
    desk.get(&format!("/api/v1/cases/{id}")).by("acceptor-west").send().await.problem(404);
    let counts = desk.get("/api/v1/counts?level=street").by("leader-district").send().await.expect(200);
    assert_eq!(counts, json!([{"area": "990101001", "stage": "reported", "open": 2, "overdue": 0}]));
    let outlines = desk.get("/api/v1/outlines?level=street").by("leader-district").send().await.json();
    let east = outlines["features"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["properties"]["code"] == "990101001")
        .unwrap();
    assert_eq!((&east["properties"]["open"], &east["properties"]["synthetic"]), (&json!(2), &json!(true)));
}

#[tokio::test]
async fn pages_of_a_list_follow_each_other_without_gap_or_repeat() {
    let desk = Desk::open().await;
    for no in 0..7 {
        desk.report("city/facility/litter", &format!("第{no}处垃圾")).await;
        desk.clock.advance(60_000);
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = desk
            .get(&format!("/api/v1/cases?limit=3{cursor}"))
            .by("leader-district")
            .send()
            .await
            .expect(200);
        seen.extend(
            page["items"].as_array().unwrap().iter().map(|line| line["title"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, (0..7).rev().map(|no| format!("第{no}处垃圾")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_second_report_nearby_comes_with_the_first_as_a_likely_duplicate() {
    let desk = Desk::open().await;
    let first = desk.report("city/facility/litter", "垃圾堆积").await;
    let second = desk
        .post("/api/v1/cases")
        .by("acceptor-east")
        .json(&report("city/facility/litter", "有垃圾"))
        .send()
        .await;
    assert_eq!(second.expect(201)["duplicates"][0]["id"], first.as_str());
    let asked = desk
        .get("/api/v1/duplicates?lon=110.005&lat=30.015&matter=city/facility/litter")
        .by("acceptor-east")
        .send()
        .await;
    assert_eq!(asked.expect(200).as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_photo_is_served_without_metadata_and_nothing_in_it_may_run() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", "垃圾堆积").await;
    let (media, body) = form(&photo(), None);
    let file = desk
        .post(&format!("/api/v1/cases/{id}/files"))
        .by("acceptor-east")
        .raw(&media, body)
        .send()
        .await
        .expect(201);
    let path = format!("/api/v1/cases/{id}/files/{}", file["file"].as_str().unwrap());
    let shown = desk.get(&path).by("worker-bridge-1").send().await;
    assert_eq!((shown.status.as_u16(), shown.header("content-type")), (200, "image/jpeg"));
    assert_eq!(shown.header("content-security-policy"), "default-src 'none'; sandbox");
    assert!(
        shown.header("content-disposition").starts_with("inline"),
        "{}",
        shown.header("content-disposition")
    );
    assert!(shown.body.starts_with(&[0xff, 0xd8]));
    assert_eq!(shown.header("cache-control"), "private, no-cache");
    let kept = desk.get(&path).by("worker-bridge-1").header("if-none-match", shown.header("etag"));
    let kept = kept.send().await;
    assert_eq!((kept.status.as_u16(), kept.header("cache-control")), (304, "private, no-cache"));
    let original = desk.get(&format!("{path}?copy=original")).by("acceptor-east").send().await;
    assert_eq!(original.body, photo());
    assert!(original.header("content-disposition").starts_with("attachment"));
    desk.get(&format!("{path}?copy=original")).by("worker-bridge-1").send().await.problem(404);
    let listed =
        desk.get(&format!("/api/v1/cases/{id}/files")).by("worker-bridge-1").send().await.expect(200);
    assert_eq!(listed[0]["copies"], json!(["shown", "thumb"]));
}

#[tokio::test]
async fn a_photo_that_is_sent_twice_under_one_key_lies_in_the_case_once() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", "垃圾堆积").await;
    let path = format!("/api/v1/cases/{id}/files");
    let send = |kind: Option<&str>| {
        let (media, body) = form(&photo(), kind);
        desk.post(&path).by("acceptor-east").header("idempotency-key", "photo-1").raw(&media, body).send()
    };
    let first = send(Some("before")).await.expect(201);
    let again = send(Some("before")).await.expect(201);
    assert_eq!(first["file"], again["file"]);
    assert_eq!(send(Some("after")).await.problem(422)["code"], "key_reused");
    let listed = desk.get(&path).by("acceptor-east").send().await.expect(200);
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

/// A case that the works department handles since nine.
async fn handled(desk: &Desk) -> String {
    let id = desk.report("city/facility/manhole", "井盖破损").await;
    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    desk.tell("handler-station-bridge", &id, "file", filing, "filed").await;
    desk.tell("dispatcher-east", &id, "dispatch", json!({"lead": "dept-works"}), "dispatched").await;
    desk.tell("handler-dept-works", &id, "receive", json!({"unit": "dept-works"}), "handling").await;
    id
}

/// Says "arrived half an hour ago, and out of reach since nine", and answers whether that counted.
async fn claim(desk: &Desk, id: &str) -> bool {
    let occurred = desk.state.now().plus_ms(-30 * 60_000).to_string();
    let claimed = json!({"occurred_at": occurred, "contact_at": desk::MORNING});
    let body = json!({"unit": "dept-works", "claimed": claimed});
    desk.tell("handler-dept-works", id, "arrive", body, "handling").await;
    let whole = desk.get(&format!("/api/v1/cases/{id}")).by("handler-dept-works").send().await.expect(200);
    let journal = whole["journal"].as_array().unwrap();
    journal.iter().find(|entry| entry["kind"] == "arrived").unwrap()["facts"]["claimed"].as_bool().unwrap()
}

#[tokio::test]
async fn a_device_that_was_out_of_reach_may_say_when_it_happened() {
    let desk = Desk::open().await;
    let id = handled(&desk).await;
    desk.clock.advance(60 * 60_000);
    assert!(claim(&desk, &id).await);
}

#[tokio::test]
async fn a_device_that_was_in_contact_cannot_claim_that_it_was_not() {
    let desk = Desk::open().await;
    let id = handled(&desk).await;
    desk.clock.advance(45 * 60_000);
    desk.get("/api/v1/session").by("handler-dept-works").send().await.expect(200);
    desk.clock.advance(15 * 60_000);
    assert!(!claim(&desk, &id).await, "it was seen a quarter of an hour ago");
}

#[tokio::test]
async fn after_a_restart_no_claim_reaches_behind_the_last_entry_of_the_case() {
    let desk = Desk::open().await;
    let id = handled(&desk).await;
    let restarted = desk.restarted();
    desk.clock.advance(45 * 60_000);
    desk.tell("dispatcher-east", &id, "note", json!({"words": "催办"}), "handling").await;
    desk.clock.advance(15 * 60_000);
    let claimed = json!({"occurred_at": desk.state.now().plus_ms(-30 * 60_000).to_string(), "contact_at": desk::MORNING});
    let body = json!({"unit": "dept-works", "claimed": claimed});
    restarted.tell("handler-dept-works", &id, "arrive", body, "handling").await;
    let whole = desk.get(&format!("/api/v1/cases/{id}")).by("handler-dept-works").send().await.expect(200);
    let last = whole["journal"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["kind"], &last["facts"]["claimed"]), (&json!("arrived"), &json!(false)));
}
