//! The dispatcher's desk: what was done is taken back, several cases at once are told one by one, filters are kept, and who else looks is said.

use crate::desk;

use desk::{Answer, Desk};
use huying_model::Instant;
use serde_json::json;

async fn post(desk: &Desk, member: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    desk.post(path).by(member).raw("application/x-www-form-urlencoded", body).send().await
}

async fn page(desk: &Desk, member: &str, path: &str) -> String {
    let answer = desk.get(path).by(member).send().await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

/// A case that waits to be dispatched by the east street.
async fn filed(desk: &Desk, words: &str) -> String {
    let id = desk.report("city/facility/manhole", words).await;
    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    desk.tell("handler-station-bridge", &id, "file", filing, "filed").await;
    id
}

async fn whole(desk: &Desk, id: &str) -> serde_json::Value {
    desk.get(&format!("/api/v1/cases/{id}")).by("dispatcher-east").send().await.expect(200)
}

/// Dispatches by the form of the page, and answers where it leads.
async fn dispatched(desk: &Desk, id: &str) -> String {
    let fields = [("lead", "dept-works"), ("back", "/desk?queue=dispatch")];
    let answer = post(desk, "dispatcher-east", &format!("/cases/{id}/commands/dispatch"), &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").to_owned()
}

#[tokio::test]
async fn a_dispatch_is_taken_back_from_the_page_that_follows_it() {
    let desk = Desk::open().await;
    let id = filed(&desk, "井盖缺失").await;
    let next = dispatched(&desk, &id).await;
    let version = whole(&desk, &id).await["version"].to_string();
    assert_eq!(next, format!("/desk?queue=dispatch&done=dispatch&of={id}.{version}"));
    let shown = page(&desk, "dispatcher-east", &next).await;
    let form = format!("action=\"/cases/{id}/commands/recall\"");
    assert!(shown.contains("已办：派遣") && shown.contains(&form), "{shown}");
    // Whoever may not recall it is not offered to.
    assert!(!page(&desk, "handler-dept-works", &next).await.contains(&form));
    let fields = [("reason", "撤销：派遣"), ("version", version.as_str()), ("back", "/desk?queue=dispatch")];
    let undone = post(&desk, "dispatcher-east", &format!("/cases/{id}/commands/recall"), &fields).await;
    assert_eq!(undone.status, 303, "{}", undone.text());
    let whole = whole(&desk, &id).await;
    assert_eq!((&whole["stage"], &whole["custodian"]), (&json!("filed"), &json!("centre-east")));
    // The journal keeps both: nothing that happened is unwritten.
    let kinds: Vec<_> =
        whole["journal"].as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect();
    assert!(kinds.contains(&json!("dispatched")) && kinds.contains(&json!("recalled")), "{kinds:?}");
}

#[tokio::test]
async fn what_somebody_went_on_with_is_not_swept_away() {
    let desk = Desk::open().await;
    let id = filed(&desk, "井盖缺失").await;
    let next = dispatched(&desk, &id).await;
    let version = next.rsplit_once('.').unwrap().1.to_owned();
    desk.tell("handler-dept-works", &id, "receive", json!({"unit": "dept-works"}), "handling").await;
    let shown = page(&desk, "dispatcher-east", &next).await;
    assert!(shown.contains("已办：派遣") && !shown.contains("class=\"undo\""), "it is not offered any more");
    // A page that was drawn before sends the version that it knew.
    let fields = [("reason", "撤销：派遣"), ("version", version.as_str()), ("back", "/desk")];
    let late = post(&desk, "dispatcher-east", &format!("/cases/{id}/commands/recall"), &fields).await;
    assert_eq!(late.status, 422, "{}", late.text());
    assert_eq!(whole(&desk, &id).await["stage"], "handling");
}

#[tokio::test]
async fn several_cases_are_dispatched_at_once_and_each_is_told_what_became_of_it() {
    let desk = Desk::open().await;
    let ids = [filed(&desk, "井盖一").await, filed(&desk, "井盖二").await, filed(&desk, "井盖三").await];
    let queue = page(&desk, "dispatcher-east", "/desk?queue=dispatch").await;
    for id in &ids {
        assert!(queue.contains(&format!("name=\"case\" value=\"{id}:dept-works\" form=\"bulk\"")), "{queue}");
    }
    let boxes = ids.each_ref().map(|id| format!("{id}:dept-works"));
    assert_eq!(queue.matches("建议派遣给").count(), 3, "what is confirmed at once is seen before: {queue}");
    dispatched(&desk, &ids[2]).await;
    let fields = [
        ("queue", "dispatch"),
        ("act", "dispatch"),
        ("idempotency_key", "several-1"),
        ("case", boxes[0].as_str()),
        ("case", boxes[1].as_str()),
        ("case", boxes[2].as_str()),
    ];
    let sent = post(&desk, "dispatcher-east", "/desk/bulk", &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let told = page(&desk, "dispatcher-east", sent.header("location")).await;
    assert_eq!(told.matches("data-became=\"done\"").count(), 2, "{told}");
    assert_eq!(told.matches("data-became=\"refused\"").count(), 1, "{told}");
    assert_eq!(told.matches("/commands/recall").count(), 2, "what was done can be taken back one by one");
    for id in &ids {
        let whole = whole(&desk, id).await;
        assert_eq!((&whole["stage"], &whole["custodian"]), (&json!("dispatched"), &json!("dept-works")));
    }
    // The same form sent twice happens once.
    let entries = whole(&desk, &ids[0]).await["version"].clone();
    let again = post(&desk, "dispatcher-east", "/desk/bulk", &fields).await;
    assert_eq!(again.header("location"), sent.header("location"));
    assert_eq!(whole(&desk, &ids[0]).await["version"], entries);
    // What a queue does not offer for several is no address.
    let other = [("queue", "dispatch"), ("act", "close"), ("case", ids[0].as_str())];
    assert_eq!(post(&desk, "dispatcher-east", "/desk/bulk", &other).await.status, 404);
}

#[tokio::test]
async fn what_would_go_to_another_unit_than_the_row_showed_is_not_dispatched_among_several() {
    let desk = Desk::open().await;
    let id = filed(&desk, "井盖缺失").await;
    for shown in [format!("{id}:order-east"), id.clone()] {
        let fields = [("queue", "dispatch"), ("act", "dispatch"), ("case", shown.as_str())];
        let sent = post(&desk, "dispatcher-east", "/desk/bulk", &fields).await;
        let told = page(&desk, "dispatcher-east", sent.header("location")).await;
        assert!(told.contains("建议的单位已与所见不同"), "{told}");
        assert_eq!(whole(&desk, &id).await["stage"], "filed");
    }
    // Found rows say who is proposed as well, and a case that waits for something else has no box.
    let search = [("to", "/desk"), ("queue", "dispatch"), ("q", "井盖")];
    let search = desk.sought("dispatcher-east", &search).await;
    let found = page(&desk, "dispatcher-east", &search).await;
    assert!(found.contains(&format!("value=\"{id}:dept-works\" form=\"bulk\"")), "{found}");
    dispatched(&desk, &id).await;
    let found = page(&desk, "dispatcher-east", &search).await;
    assert!(found.contains(&id) && !found.contains("form=\"bulk\" aria-label"), "{found}");
}

#[tokio::test]
async fn a_case_that_is_not_ones_own_is_told_like_one_that_does_not_exist_among_several() {
    let desk = Desk::open().await;
    let id = filed(&desk, "井盖缺失").await;
    let (nothing, number) = ("0".repeat(32), whole(&desk, &id).await["number"].as_str().unwrap().to_owned());
    let fields =
        [("queue", "dispatch"), ("act", "dispatch"), ("case", id.as_str()), ("case", nothing.as_str())];
    let sent = post(&desk, "dispatcher-west", "/desk/bulk", &fields).await;
    let next = sent.header("location").to_owned();
    assert_eq!(next.matches("-not_found").count(), 2, "{next}");
    assert!(!page(&desk, "dispatcher-west", &next).await.contains(&number), "and neither is shown");
    assert_eq!(whole(&desk, &id).await["stage"], "filed");
}

#[tokio::test]
async fn a_filter_is_kept_for_its_member_without_the_words_that_were_searched() {
    let desk = Desk::open().await;
    let fields = [
        ("act", "keep"),
        ("queue", "dispatch"),
        ("source", "hotline"),
        ("area", "990101001"),
        ("soon", "2"),
        ("q", "张三"),
        ("name", "东街热线"),
        ("back", "/desk?queue=dispatch"),
    ];
    let sent = post(&desk, "dispatcher-east", "/desk/filters", &fields).await;
    assert_eq!((sent.status.as_u16(), sent.header("location")), (303, "/desk?queue=dispatch"));
    let shown = page(&desk, "dispatcher-east", "/desk?queue=dispatch").await;
    assert!(shown.contains("href=\"/desk?queue=dispatch&amp;area=990101001&amp;source=hotline\""), "{shown}");
    assert!(shown.contains("东街热线") && !shown.contains("张三"), "{shown}");
    assert!(!page(&desk, "dispatcher-west", "/desk?queue=dispatch").await.contains("东街热线"));
    // Each filter that holds is a chip that takes it off and leaves the others.
    let narrowed = "/desk?queue=dispatch&area=990101001&source=hotline";
    let shown = page(&desk, "dispatcher-east", narrowed).await;
    for rest in ["area=990101001", "source=hotline"] {
        assert!(
            shown.contains(&format!("class=\"tag tag-strong\" href=\"/desk?queue=dispatch&amp;{rest}\"")),
            "{rest}: {shown}"
        );
    }
    let drop = [("act", "drop"), ("name", "东街热线"), ("back", "//example.org")];
    let dropped = post(&desk, "dispatcher-east", "/desk/filters", &drop).await;
    assert_eq!(dropped.header("location"), "/desk", "and leads nowhere else");
    assert!(!page(&desk, "dispatcher-east", "/desk?queue=dispatch").await.contains("东街热线"));
}

#[tokio::test]
async fn what_is_due_within_the_hour_is_counted_above_the_list_and_shown_alone() {
    let desk = Desk::open().await;
    let id = filed(&desk, "井盖缺失").await;
    let queue = desk.get("/api/v1/units/centre-east/queue").by("dispatcher-east").send().await.expect(200);
    let due: Instant = queue["items"][0]["due"].as_str().unwrap().parse().unwrap();
    let row = format!("data-case=\"{id}\"");
    for (minutes, strip, there) in
        [(61, "60 分钟内没有到期的", false), (59, "60 分钟内到期 1", true), (-5, "已超期 1", true)]
    {
        desk.clock.set(due.plus_minutes(-minutes));
        let all = page(&desk, "dispatcher-east", "/desk?queue=dispatch").await;
        assert!(all.contains(&row) && all.contains(strip), "{minutes}: {strip}: {all}");
        let soon = page(&desk, "dispatcher-east", "/desk?queue=dispatch&soon=1").await;
        assert_eq!(soon.contains(&row), there, "{minutes} minutes before");
    }
}

#[tokio::test]
async fn who_may_act_on_a_case_is_told_who_else_has_it_open_and_nobody_else_is() {
    let desk = Desk::open().await;
    let id = filed(&desk, "井盖缺失").await;
    let path = format!("/cases/{id}/looking");
    let name = "东街道派遣员";
    page(&desk, "dispatcher-east", &format!("/desk?queue=dispatch&case={id}")).await;
    assert!(!page(&desk, "dispatcher-east", &path).await.contains(name), "not to themselves");
    assert!(page(&desk, "leader-east", &path).await.contains(name));
    let auditor = page(&desk, "auditor", &path).await;
    assert!(!auditor.contains(name), "who only reads is told nothing: {auditor}");
    assert!(!page(&desk, "dispatcher-east", &path).await.contains("审计员"), "and is not named");
    assert_eq!(desk.get(&path).by("dispatcher-west").send().await.status, 404, "it is not theirs to read");
    desk.clock.advance(50_000);
    assert!(!page(&desk, "leader-east", &path).await.contains(name), "it is forgotten after seconds");
}

#[tokio::test]
async fn likely_duplicates_stand_beside_the_case_with_distance_and_a_way_to_merge() {
    let desk = Desk::open().await;
    let (first, second) = (filed(&desk, "井盖缺失，菜市场北门").await, filed(&desk, "北门井盖没了").await);
    let shown = page(&desk, "dispatcher-east", &format!("/desk?queue=dispatch&case={second}")).await;
    let number = whole(&desk, &first).await["number"].as_str().unwrap().to_owned();
    assert!(
        shown.contains("疑似同一件") && shown.contains("井盖缺失，菜市场北门") && shown.contains("0 米外"),
        "{shown}"
    );
    assert!(shown.contains(&format!("name=\"into\" value=\"{number}\"")), "{shown}");
    let fields = [("into", number.as_str()), ("back", "/desk?queue=dispatch")];
    let merged = post(&desk, "dispatcher-east", &format!("/cases/{second}/commands/merge"), &fields).await;
    assert_eq!(merged.status, 303, "{}", merged.text());
    assert_eq!(whole(&desk, &second).await["stage"], "merged");
    let next = page(&desk, "dispatcher-east", merged.header("location")).await;
    assert!(next.contains(&format!("action=\"/cases/{second}/commands/unmerge\"")), "{next}");
}
