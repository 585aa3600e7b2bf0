//! What whoever holds number and code reads and may do: no words of rejected rounds, and additions that have a bound and a price.

use crate::{
    desk,
    resident_pages::{MARK, case, handled, manhole, send, ticket},
};

use desk::{Answer, Desk, photo};
use serde_json::json;

#[tokio::test]
async fn the_reporter_reads_what_ended_the_work_and_no_words_of_rounds_that_were_rejected() {
    let desk = Desk::open().await;
    let (id, number, secret) = manhole(&desk).await;
    handled(&desk, &id).await;
    let (media, body) = desk::form(&photo(), Some("after"));
    let sent = desk.post(&format!("/api/v1/cases/{id}/files")).by("handler-dept-works");
    let file = sent.raw(&media, body).send().await.expect(201);
    let evidence = json!([{"kind": "after", "file": file["file"]}]);
    let finish = async |reason: &str| {
        let finish = json!({"outcome": "solved", "reason": reason, "evidence": evidence});
        desk.tell("handler-dept-works", &id, "finish", finish, "inspecting").await;
    };
    let inner = |what: &str| json!({"reason": format!("{MARK} {what}")});
    finish(&format!("{MARK} 第一次")).await;
    desk.tell("inspector-1", &id, "fail", inner("没有修好"), "handling").await;
    finish(&format!("{MARK} 第二次")).await;
    desk.tell("inspector-1", &id, "pass", json!({}), "calling_back").await;
    desk.tell("caller-back", &id, "rework", inner("反映人不满意"), "handling").await;
    finish("已换新井盖").await;
    desk.tell("inspector-1", &id, "pass", json!({}), "calling_back").await;
    let who = [("number", number.as_str()), ("secret", secret.as_str())];
    for stage in ["calling_back", "closed"] {
        let page = send(&desk, "/track", &who).await.text();
        assert!(page.contains("已换新井盖"), "{stage}: {page}");
        assert!(!page.contains(MARK), "{stage}: {page}");
        if stage == "calling_back" {
            let call = json!({"reporter": 0, "reached": true, "solved": true, "satisfied": true});
            desk.tell("caller-back", &id, "record-callback", call, "calling_back").await;
            desk.tell("caller-back", &id, "close", json!({}), "closed").await;
        }
    }
    // What was said when it was closed first stays once it was reopened; what is said of the new work has to be taken first.
    desk.tell("dispatcher-east", &id, "reopen", inner("又坏了"), "filed").await;
    desk.tell("dispatcher-east", &id, "dispatch", json!({"lead": "dept-works"}), "dispatched").await;
    desk.tell("handler-dept-works", &id, "receive", json!({"unit": "dept-works"}), "handling").await;
    finish(&format!("{MARK} 第三次")).await;
    let page = send(&desk, "/track", &who).await.text();
    assert!(!page.contains(MARK), "{page}");
}

/// Adds to a case from an address.
async fn added(desk: &Desk, peer: &str, fields: &[(&str, &str)]) -> Answer {
    let fields = fields.iter().copied().chain([("act", "supplement")]);
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let post = desk.post("/track/act").from(peer).raw("application/x-www-form-urlencoded", body);
    post.header("accept", "text/html").send().await
}

#[tokio::test]
async fn a_case_takes_so_many_additions_and_no_more() {
    let desk = Desk::open().await;
    let (_, number, secret) = manhole(&desk).await;
    let add = async |no: usize| {
        let (words, key) = (format!("第{no}次"), format!("k{no}"));
        let who = [("number", &*number), ("secret", &*secret)];
        let said = [("words", &*words), ("idempotency_key", &*key)];
        added(&desk, "127.0.0.1:4000", &[who, said].concat()).await.status.as_u16()
    };
    for no in 0..=huying_engine::track::MOST_ADDED {
        assert_eq!(add(no).await, if no < huying_engine::track::MOST_ADDED { 200 } else { 422 }, "{no}");
        desk.clock.advance(3_600_000);
    }
    let last = huying_engine::track::MOST_ADDED - 1;
    assert_eq!(add(last).await, 200, "the answer to the last was lost");
}

#[tokio::test]
async fn additions_cost_what_reports_cost_and_one_code_takes_a_few_an_hour_from_wherever() {
    let desk = Desk::open().await;
    let (_, number, secret) = manhole(&desk).await;
    let (home, away, farther) = ("127.0.0.1:4000", "192.0.2.7:4000", "192.0.2.8:4000");
    let add = async |peer: &str, words: &str, ticket: &str| {
        let who = [("number", &*number), ("secret", &*secret)];
        added(&desk, peer, &[who, [("words", words), ("ticket", ticket)]].concat()).await
    };
    for no in 0..4 {
        assert_eq!(add(home, &format!("第{no}次"), "").await.status, 200);
    }
    let bits = desk.post("/api/v1/reports/challenge").from(home).send().await.expect(200)["bits"].clone();
    assert_eq!(bits, 16, "a report is dearer by them");
    let waits = add(home, "第五次", "").await;
    let page = waits.text();
    assert_eq!((waits.status.as_u16(), waits.header("retry-after")), (429, "40"), "{page}");
    for told in ["请等待 40 秒", "第五次", "data-toll", "<script"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let place = ticket(&page);
    assert_eq!(add(home, "第五次", &place).await.status, 429, "its turn has not come");
    desk.clock.advance(40_000);
    for _ in 0..2 {
        assert_eq!(add(home, "第五次", &place).await.status, 200, "sent twice, it happens once");
    }
    assert_eq!(add(home, "又一次", &place).await.status, 429, "a ticket counts once");
    assert_eq!(add(away, "第六次", "").await.status, 200, "another address pays nothing yet");
    let many = add(farther, "第七次", "").await;
    assert_eq!(many.status, 422);
    assert!(many.text().contains("一小时内最多补充六次"), "{}", many.text());
    let journal = case(&desk, &number).await["journal"].as_array().unwrap().clone();
    assert_eq!(journal.iter().filter(|entry| entry["kind"] == "supplemented").count(), 6);
    desk.clock.advance(2 * 3_600_000);
    assert_eq!(add(home, "第七次", "").await.status, 200);
}

#[tokio::test]
async fn additions_that_come_at_once_are_counted_one_after_the_other() {
    let desk = Desk::open().await;
    let (_, number, secret) = manhole(&desk).await;
    let add = async |no: usize| {
        let (peer, words) = (format!("192.0.2.{no}:4000"), format!("第{no}次"));
        let said = [("number", &*number), ("secret", &*secret), ("words", &*words)];
        added(&desk, &peer, &said).await
    };
    let answers = futures::future::join_all((1..=40).map(add)).await;
    let journal = case(&desk, &number).await["journal"].as_array().unwrap().clone();
    let kept = journal.iter().filter(|entry| entry["kind"] == "supplemented").count();
    assert!((1..=huying_engine::track::MOST_AN_HOUR).contains(&kept), "{kept}");
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), kept, "each answer is true");
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        let page = answer.text();
        assert_eq!(answer.status, 422, "{page}");
        let told = page.contains("请再点一次“补充”") || page.contains("一小时内最多补充六次");
        assert!(told, "{page}");
    }
}
