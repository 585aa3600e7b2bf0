//! Calling reporters back: what one call writes down, and what has to follow before the case may close.

use serde_json::json;

use crate::desk::{self, Desk};
use crate::posts::{CARD, LEAD, in_hand, kinds, page, press, whole};

#[tokio::test]
async fn a_call_is_written_down_and_what_follows_is_done_in_the_same_act() {
    let desk = Desk::open().await;
    for (then, answers, stage, last) in [
        ("close", "reached=yes&solved=yes&satisfied=yes", "closed", "closed"),
        ("rework", "reached=yes&solved=no&words=%E6%B2%A1%E6%9C%89%E5%8A%9E", "handling", "reworked"),
        ("close", "reached=no", "calling_back", "called_back"),
    ] {
        let id = in_hand(&desk, CARD, "老人行动不便").await;
        desk.tell(LEAD, &id, "finish", json!({"outcome": "solved"}), "calling_back").await;
        let seen = page(&desk, "caller-back", &format!("/calling-back?case={id}")).await;
        assert!(seen.contains("00000000000"), "who calls reads the number: {seen}");
        let form = format!("idempotency_key={id}&then={then}&{answers}");
        let answer = press(&desk, "caller-back", &format!("/cases/{id}/called-back"), &form).await;
        assert_eq!(answer.status, 303, "{then}: {}", answer.text());
        let whole = whole(&desk, &id).await;
        assert_eq!((&whole["stage"], kinds(&whole).last()), (&json!(stage), Some(&last)), "{then} {answers}");
    }
}

/// A case of two reporters that waits for both calls.
async fn of_two_reporters(desk: &Desk) -> String {
    let mut report = desk::report(CARD, "两位老人都要办卡");
    report["reporters"] =
        json!([{"name": "甲", "contact": "00000000001"}, {"name": "乙", "contact": "00000000002"}]);
    let made = desk.post("/api/v1/cases").by("acceptor-east").json(&report).send().await.expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    let filing = json!({"filing": {"matter": CARD, "condition": 1}});
    desk.tell("handler-station-bridge", &id, "file", filing, "filed").await;
    desk.tell("dispatcher-east", &id, "dispatch", json!({"lead": "order-east"}), "dispatched").await;
    desk.tell(LEAD, &id, "receive", json!({"unit": "order-east"}), "handling").await;
    desk.tell(LEAD, &id, "finish", json!({"outcome": "solved"}), "calling_back").await;
    id
}

#[tokio::test]
async fn a_case_of_two_reporters_closes_with_the_second_call() {
    let desk = Desk::open().await;
    let id = of_two_reporters(&desk).await;
    let path = format!("/cases/{id}/called-back");
    for (no, done, stage) in [(0, "record-callback", "calling_back"), (1, "close", "closed")] {
        let form = format!("who={id}:{no}&then=close&reached=yes&solved=yes");
        let answer = press(&desk, "caller-back", &path, &form).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        let onward = answer.header("location");
        assert!(onward.ends_with(&format!("done={done}")), "{onward}");
        assert_eq!(whole(&desk, &id).await["stage"], stage);
    }
}

#[tokio::test]
async fn who_cannot_be_reached_keeps_no_case_open_once_called_as_often_as_the_rules_ask() {
    let desk = Desk::open().await;
    let id = in_hand(&desk, CARD, "老人行动不便").await;
    desk.tell(LEAD, &id, "finish", json!({"outcome": "solved"}), "calling_back").await;
    let path = format!("/cases/{id}/called-back");
    for (done, stage) in
        [("record-callback", "calling_back"), ("record-callback", "calling_back"), ("close", "closed")]
    {
        let answer = press(&desk, "caller-back", &path, "then=close&reached=no").await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        let onward = answer.header("location").to_owned();
        assert!(onward.ends_with(&format!("done={done}")), "{onward}");
        assert_eq!(whole(&desk, &id).await["stage"], stage);
        if stage == "calling_back" {
            let seen = page(&desk, "caller-back", &onward).await;
            assert!(seen.contains("结案前还要回访：反映人 1（最多再拨"), "{onward}: {seen}");
        }
    }
    // The same beside somebody who is reached: the first was called three times, the second says that it is solved.
    let id = of_two_reporters(&desk).await;
    for _ in 0..3 {
        let body = json!({"reporter": 0, "reached": false});
        desk.tell("caller-back", &id, "record-callback", body, "calling_back").await;
    }
    let form = format!("who={id}:1&then=close&reached=yes&solved=yes");
    let answer = press(&desk, "caller-back", &format!("/cases/{id}/called-back"), &form).await;
    assert!(answer.header("location").ends_with("done=close"), "{}", answer.text());
    assert_eq!(whole(&desk, &id).await["stage"], "closed");
}

#[tokio::test]
async fn a_call_stays_written_down_where_what_should_follow_is_refused() {
    let desk = Desk::open().await;
    let id = in_hand(&desk, CARD, "老人行动不便").await;
    desk.tell(LEAD, &id, "finish", json!({"outcome": "solved"}), "calling_back").await;
    let path = format!("/cases/{id}/called-back");
    let answer = press(&desk, "caller-back", &path, "then=close&reached=yes&solved=no").await;
    assert_eq!(answer.status, 422);
    assert!(
        answer.text().contains("这次回访已经登记") && answer.text().contains("请返工"),
        "{}",
        answer.text()
    );
    assert_eq!(kinds(&whole(&desk, &id).await).last(), Some(&"called_back"));
}
