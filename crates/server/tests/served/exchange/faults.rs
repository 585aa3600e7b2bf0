//! Many cases between two nodes through a network that drops, cuts, doubles, delays and holds back, while a node is killed and started
//! again: nothing is lost, nothing is doubled, each case has one number, one promise and one order of what was said.
//!
//! `HUYING_EXCHANGE_CASES` sets how many.

use std::collections::BTreeSet;

use huying_engine::exchange::member;
use huying_model::{CaseId, Name, Stage, actor::By, clock::Timer, event::Body};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::{
    node::{self, TENANT},
    pair::Pair,
};
use crate::made::jpeg;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Finished { evidence: bool },
    Declined,
    Recalled,
}

struct Plan {
    id: CaseId,
    number: String,
    fate: Fate,
    file: bool,
    words: usize,
    promise: huying_model::Instant,
}

fn fate(rng: &mut ChaCha8Rng) -> Fate {
    match rng.random_range(0..100) {
        0..15 => Fate::Declined,
        15..25 => Fate::Recalled,
        25..35 => Fate::Finished { evidence: true },
        _ => Fate::Finished { evidence: false },
    }
}

async fn given(pair: &Pair, rng: &mut ChaCha8Rng, no: usize) -> Plan {
    let fate = fate(rng);
    let file = rng.random_range(0..100) < 15;
    let photo = file.then(|| jpeg(40 + (no % 50) as u32, 30));
    let id = pair.a.report(&format!("占道经营{no}"), photo).await;
    pair.a.send_to(id, "platform-b").await;
    let case = pair.a.case(id).await;
    let promise = case.clock(&Timer::Promise).unwrap().due;
    Plan { id, number: case.number.to_string(), fate, file, words: rng.random_range(0..3), promise }
}

/// What the people of the other side do.
async fn worked(pair: &Pair, plan: &Plan) {
    let b = &pair.b;
    let theirs = b.numbered(&plan.number).await.unwrap_or_else(|| panic!("{} was lost", plan.number));
    assert_eq!(theirs.promised, Some(plan.promise), "{}", plan.number);
    let id = theirs.id;
    match plan.fate {
        Fate::Declined => {
            b.say("handler-station-bridge", id, Name::Decline, json!({"reason": "不属本辖区"})).await;
        }
        Fate::Recalled => {
            pair.a.say("dispatcher-east", plan.id, Name::Recall, json!({"reason": "另行处理"})).await;
        }
        Fate::Finished { evidence } => {
            b.send_to(id, "order-east").await;
            let due = b.case(id).await.clock(&Timer::Promise).unwrap().due;
            assert_eq!(due, plan.promise, "{}", plan.number);
            b.say("handler-order-east", id, Name::Receive, json!({"unit": "order-east"})).await;
            for no in 0..plan.words {
                let body = json!({"unit": "order-east", "words": format!("进展{no}")});
                b.say("handler-order-east", id, Name::Progress, body).await;
            }
            if evidence {
                b.say_with("handler-order-east", id, Name::Attach, json!({}), vec![jpeg(80, 61)]).await;
            }
            b.say("handler-order-east", id, Name::Finish, json!({"outcome": "solved", "reason": "已劝离"}))
                .await;
            b.say("inspector-1", id, Name::Pass, json!({})).await;
        }
    }
}

async fn checked(pair: &Pair, plan: &Plan) {
    let (a, b) = (&pair.a, &pair.b);
    let number = &plan.number;
    let (ours, theirs) = (a.case(plan.id).await, b.numbered(number).await.unwrap());
    let events = a.events(plan.id).await;
    let partner: Vec<&Body> = events
        .iter()
        .filter(|event| matches!(&event.by, By::Member { id, .. } if *id == member("b")))
        .map(|event| &event.body)
        .collect();
    let count = |fits: fn(&Body) -> bool| partner.iter().filter(|body| fits(body)).count();
    match plan.fate {
        Fate::Declined => {
            assert_eq!((ours.stage, theirs.stage), (Stage::Filed, Stage::Declined), "{number}");
            assert_eq!(count(|body| matches!(body, Body::Returned { .. })), 1, "{number}");
        }
        Fate::Recalled => {
            assert_eq!((ours.stage, theirs.stage), (Stage::Filed, Stage::Closed), "{number}");
            assert!(partner.is_empty(), "{number} {partner:?}");
        }
        Fate::Finished { evidence } => {
            assert_eq!((ours.stage, theirs.stage), (Stage::Inspecting, Stage::Closed), "{number}");
            assert_eq!(count(|body| matches!(body, Body::Finished { .. })), 1, "{number}");
            assert_eq!(count(|body| matches!(body, Body::Received { .. })), 1, "{number}");
            let seals = a.engine.store().seals(TENANT);
            let said: Vec<String> = partner
                .iter()
                .filter_map(|body| match body {
                    Body::Progressed { words, .. } => seals.open(words),
                    _ => None,
                })
                .filter(|words| words.contains("进展"))
                .collect();
            let wanted: Vec<String> =
                (0..plan.words).map(|no| format!("东街道综合执法岗：进展{no}")).collect();
            assert_eq!(said, wanted, "{number}");
            let files = a.engine.store().files(TENANT, plan.id).await.unwrap().len();
            assert_eq!(files, usize::from(plan.file) + usize::from(evidence), "{number}");
        }
    }
    let files = b.engine.store().files(TENANT, theirs.id).await.unwrap().len();
    let evidence = usize::from(plan.fate == Fate::Finished { evidence: true });
    assert_eq!(files, usize::from(plan.file) + evidence, "{number}");
}

/// Kills the node that takes over, in the middle of what it does, and starts it again on its store.
async fn killed(pair: &mut Pair) {
    let exchange = std::sync::Arc::clone(&pair.b.exchange);
    let (a, at_work) =
        (std::sync::Arc::clone(&pair.a.exchange), tokio::spawn(async move { exchange.run().await }));
    let sending = tokio::spawn(async move { a.run().await });
    tokio::time::sleep(std::time::Duration::from_millis(60)).await;
    at_work.abort();
    sending.abort();
    let _ = (at_work.await, sending.await);
    // Somebody else has the address meanwhile, and knows nobody.
    let stranger = node::open(&pair.folder("b2"), pair.clock.clone(), None).await;
    pair.to_b.lead_to(stranger.address);
    pair.a.exchange.run().await.unwrap();
    let b = std::mem::replace(&mut pair.b, stranger);
    b.kill().await;
    let url = pair.to_b.url();
    let b = node::open(&pair.folder("b"), pair.clock.clone(), Some(&url)).await;
    pair.to_b.lead_to(b.address);
    std::mem::replace(&mut pair.b, b).kill().await;
    // Its address holds for some seconds more on the other side.
    pair.clock.advance(31_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_doubled_between_two_nodes_through_a_network_that_fails() {
    let cases = std::env::var("HUYING_EXCHANGE_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(300);
    let mut pair = Pair::open(2026).await;
    let mut rng = ChaCha8Rng::seed_from_u64(17);
    pair.to_a.fail(true);
    pair.to_b.fail(true);
    let mut plans: Vec<Plan> = Vec::new();
    for no in 0..cases {
        plans.push(given(&pair, &mut rng, no).await);
        if no % 100 == 99 {
            pair.round().await;
        }
        if no == cases / 2 {
            killed(&mut pair).await;
        }
    }
    pair.settle().await;
    for (no, plan) in plans.iter().enumerate() {
        worked(&pair, plan).await;
        if no % 100 == 99 {
            pair.round().await;
        }
    }
    pair.settle().await;
    killed(&mut pair).await;
    pair.settle().await;
    for plan in &plans {
        checked(&pair, plan).await;
    }
    let numbers: BTreeSet<&String> = plans.iter().map(|plan| &plan.number).collect();
    let there = pair.b.engine.store().count_cases(TENANT).await.unwrap();
    assert_eq!((numbers.len(), usize::try_from(there).unwrap()), (cases, cases), "0 lost, 0 doubled");
    pair.a.assert_sound().await;
    pair.b.assert_sound().await;
    let told = format!(
        "{cases} cases; requests to a {:?}, to b {:?}; a {:?}, b {:?}\n",
        pair.to_a.counts(),
        pair.to_b.counts(),
        pair.a.counts().await,
        pair.b.counts().await
    );
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/exchange.txt"), told).unwrap();
}
