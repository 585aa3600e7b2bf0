//! Reports without an account: what they cost, that a challenge counts once, and that a burst of copies becomes one case.

use crate::desk;

use desk::{Answer, Desk};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const MATTER: &str = "city/facility/litter";

pub fn solved(challenge: &str, bits: u64) -> String {
    let zeros = |number: &u64| {
        let sum = Sha256::digest(format!("{challenge}:{number}"));
        u64::from(u32::from_be_bytes([sum[0], sum[1], sum[2], sum[3]]).leading_zeros()) >= bits
    };
    (0..).find(zeros).unwrap().to_string()
}

pub async fn challenge(desk: &Desk, peer: &str) -> (String, u64) {
    let answer = desk.post("/api/v1/reports/challenge").from(peer).send().await;
    let body = answer.expect(200);
    (body["challenge"].as_str().unwrap().to_owned(), body["bits"].as_u64().unwrap())
}

/// A report near the middle of the first grid; each a metre further.
fn said(text: &str, no: u32) -> Value {
    let lon = 110.005 + f64::from(no % 20) * 0.00001;
    json!({"text": text, "matter": MATTER, "address": "桥头路1号", "place": {"lon": lon, "lat": 30.015}})
}

async fn sent(desk: &Desk, peer: &str, said: &Value, (challenge, solution): (&str, &str)) -> Answer {
    let mut body = said.clone();
    body["challenge"] = challenge.into();
    body["solution"] = solution.into();
    desk.post("/api/v1/reports").from(peer).json(&body).send().await
}

async fn reported(desk: &Desk, peer: &str, said: &Value) -> Value {
    let (challenge, bits) = challenge(desk, peer).await;
    let solution = solved(&challenge, bits);
    sent(desk, peer, said, (&challenge, &solution)).await.expect(201)
}

/// How far it is, for whoever has number and secret.
async fn followed(desk: &Desk, kept: &Value) -> Value {
    let body = json!({"number": kept["number"], "secret": kept["follow_secret"]});
    desk.post("/api/v1/track").json(&body).send().await.expect(200)
}

async fn case(desk: &Desk, kept: &Value) -> Value {
    let path = format!("/api/v1/cases/{}", kept["number"].as_str().unwrap());
    desk.get(&path).by("acceptor-east").send().await.expect(200)
}

const HOME: &str = "127.0.0.1:4000";

#[tokio::test]
async fn a_resident_reports_without_an_account_and_follows_the_case() {
    let desk = Desk::open().await;
    let kept = reported(&desk, HOME, &said("路口有垃圾，已经两天了", 0)).await;
    assert_eq!(followed(&desk, &kept).await["stage"], "reported");
    let case = case(&desk, &kept).await;
    assert_eq!(
        (case["source"].as_str(), case["custodian"].as_str(), case["title"].as_str()),
        (Some("resident"), Some("station-bridge"), Some("路口有垃圾，已经两天了"))
    );
}

#[tokio::test]
async fn a_challenge_counts_once_for_one_address_and_for_a_while() {
    let desk = Desk::open().await;
    let (text, bits) = challenge(&desk, HOME).await;
    let solution = solved(&text, bits);
    let code = |answer: Answer, status| answer.problem(status)["code"].as_str().unwrap().to_owned();
    let report = said("路口有垃圾", 0);
    let wrong = sent(&desk, HOME, &report, (&text, "x")).await;
    assert_eq!(code(wrong, 403), "challenge_unsolved");
    let forged = sent(&desk, HOME, &report, (&format!("{text}0"), &solution)).await;
    assert_eq!(code(forged, 409), "challenge_gone");
    let elsewhere = sent(&desk, "192.0.2.7:4000", &report, (&text, &solution)).await;
    assert_eq!(code(elsewhere, 409), "challenge_gone");
    let first = sent(&desk, HOME, &report, (&text, &solution)).await.expect(201);
    let again = sent(&desk, HOME, &report, (&text, &solution)).await.expect(201);
    assert_eq!(first, again, "the same report is one case");
    let other = sent(&desk, HOME, &said("另一处", 1), (&text, &solution)).await;
    assert_eq!(other.status, 422, "{}", other.text());
    let (text, bits) = challenge(&desk, HOME).await;
    let solution = solved(&text, bits);
    desk.clock.advance(20 * 60_000);
    assert_eq!(code(sent(&desk, HOME, &report, (&text, &solution)).await, 409), "challenge_gone");
}

#[tokio::test]
async fn each_further_report_of_an_hour_costs_more_and_an_hour_later_it_is_cheap_again() {
    let desk = Desk::open().await;
    let (_, first) = challenge(&desk, HOME).await;
    let (early, bits) = challenge(&desk, HOME).await;
    for no in 0..12 {
        let report = json!({"text": format!("第{no}处"), "place": {"lon": 110.005, "lat": 30.015}});
        reported(&desk, HOME, &report).await;
    }
    let (_, later) = challenge(&desk, HOME).await;
    assert_eq!(later, first + 4);
    // A challenge of before the price rose does not get round it.
    let kept = sent(&desk, HOME, &said("先取后用", 0), (&early, &solved(&early, bits))).await;
    assert_eq!(kept.problem(409)["code"], "challenge_gone");
    assert_eq!(challenge(&desk, "192.0.2.7:4000").await.1, first, "a neighbour pays as before");
    desk.clock.advance(2 * 3_600_000);
    assert_eq!(challenge(&desk, HOME).await.1, first);
}

#[tokio::test]
async fn a_report_whose_answer_was_lost_is_answered_as_before_whatever_a_report_costs_by_then() {
    let desk = Desk::open().await;
    let report = said("路口有垃圾", 0);
    let (text, bits) = challenge(&desk, HOME).await;
    let solution = solved(&text, bits);
    let first = sent(&desk, HOME, &report, (&text, &solution)).await.expect(201);
    for no in 0..12 {
        let other = json!({"text": format!("第{no}处"), "place": {"lon": 110.005, "lat": 30.015}});
        reported(&desk, HOME, &other).await;
    }
    assert_eq!(
        sent(&desk, HOME, &report, (&text, &solution)).await.expect(201),
        first,
        "the price has risen"
    );
    desk.clock.advance(3 * 3_600_000);
    assert_eq!(sent(&desk, HOME, &report, (&text, &solution)).await.expect(201), first, "it has run out");
    let elsewhere = sent(&desk, "192.0.2.7:4000", &report, (&text, &solution)).await;
    assert_eq!(elsewhere.expect(201), first, "the telephone has another address");
    // Nothing else is answered so: another report, another number, another challenge.
    for (body, challenge, number) in [
        (said("另一处", 1), text.clone(), solution.clone()),
        (report.clone(), text.clone(), "x".to_owned()),
        (report.clone(), format!("{text}0"), solution.clone()),
        (report.clone(), text.replacen("w.", "t.", 1), solution.clone()),
    ] {
        let answer = sent(&desk, HOME, &body, (&challenge, &number)).await;
        assert_eq!(answer.problem(409)["code"], "challenge_gone", "{challenge} {number}");
    }
}

#[tokio::test]
async fn without_scripts_a_sender_waits_and_those_of_one_address_wait_one_behind_the_other() {
    let desk = Desk::open().await;
    let send = async |ticket: &str| {
        let fields = [("text", "路口有垃圾"), ("place", "桥头路1号"), ("ticket", ticket)];
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let post = desk.post("/report").raw("application/x-www-form-urlencoded", body);
        post.header("accept", "text/html").send().await
    };
    let ticket = |page: &Answer| {
        let text = page.text();
        text.split("name=\"ticket\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let (first, second) = (send("").await, send("").await);
    assert_eq!((first.status.as_u16(), first.header("retry-after")), (429, "10"));
    assert_eq!((second.status.as_u16(), second.header("retry-after")), (429, "20"));
    assert!(first.text().contains("路口有垃圾"), "what was written is kept");
    desk.clock.advance(4_000);
    let early = send(&ticket(&first)).await;
    assert_eq!((early.status.as_u16(), early.header("retry-after")), (429, "6"));
    desk.clock.advance(6_000);
    let done = send(&ticket(&first)).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(done.text().contains("data-what=\"secret\""));
    assert_eq!(send(&ticket(&second)).await.status, 429, "the other's turn has not come");
    desk.clock.advance(30 * 60_000);
    let again = send(&ticket(&first)).await;
    assert_eq!(again.status, 200, "its answer was lost: {}", again.text());
    let number = |page: &Answer| {
        let text = page.text();
        text.split("data-what=\"number\">").nth(1).unwrap().split('<').next().unwrap().to_owned()
    };
    assert_eq!(number(&again), number(&done));
}

#[tokio::test]
async fn two_hundred_copies_become_one_case_and_each_reporter_keeps_a_number_and_a_secret() {
    const COPIES: u32 = 200;
    let desk = Desk::open().await;
    let mut kept = Vec::new();
    for no in 0..COPIES {
        // Each from an address of its own, two seconds after the other.
        let peer = format!("10.1.{}.{}:4000", no / 200, no % 200 + 1);
        kept.push(reported(&desk, &peer, &said(&format!("路口垃圾堆积，反映人{no}"), no)).await);
        desk.clock.advance(2_000);
    }
    let numbers: std::collections::BTreeSet<_> = kept.iter().map(|it| it["number"].to_string()).collect();
    let secrets: std::collections::BTreeSet<_> =
        kept.iter().map(|it| it["follow_secret"].to_string()).collect();
    assert_eq!((numbers.len(), secrets.len()), (COPIES as usize, COPIES as usize));
    let parent = case(&desk, &kept[0]).await;
    assert_eq!(parent["stage"], "reported");
    assert_eq!(parent["children"].as_array().map(Vec::len), Some(COPIES as usize - 1), "{parent}");
    for copy in &kept[1..] {
        assert_eq!(case(&desk, copy).await["stage"], "merged");
        assert_eq!(followed(&desk, copy).await["stage"], "reported", "a copy is where its parent is");
    }
    // What is done with the one is done with all.
    let id = parent["id"].as_str().unwrap().to_owned();
    let body = json!({"reason": "不属于受理范围"});
    desk.tell("handler-station-bridge", &id, "decline", body, "declined").await;
    for copy in [&kept[1], &kept[199]] {
        assert!(followed(&desk, copy).await["closed_at"].is_string());
    }
}

#[tokio::test]
async fn copies_that_are_few_far_apart_or_of_another_matter_stay_as_they_are() {
    let desk = Desk::open().await;
    let far = json!({"text": "远处", "matter": MATTER, "place": {"lon": 110.009, "lat": 30.015}});
    let other = json!({"text": "别的", "place": {"lon": 110.005, "lat": 30.015}});
    let mut kept = Vec::new();
    for report in [&said("一", 0), &said("二", 1), &far, &other] {
        kept.push(reported(&desk, HOME, report).await);
    }
    desk.clock.advance(11 * 60_000);
    kept.push(reported(&desk, HOME, &said("三", 2)).await);
    for it in &kept {
        assert_eq!(case(&desk, it).await["stage"], "reported");
    }
}
