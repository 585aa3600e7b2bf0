//! What is told of a case keeps the order of its journal and begins with its beginning: over the streams of several nodes, where a
//! partner or its unit came later than the case, and after a restore.

use huying_engine::Clock;
use huying_model::{Instant, Name, Stage, event::Body};
use huying_store::{Options, RootKey};
use serde_json::json;

use super::{
    node::{self, TENANT},
    pair::{MAP_OF_A, Pair},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_nodes_wrote_into_one_case_is_told_in_the_order_of_its_journal() {
    let mut pair = Pair::open(31).await;
    let id = pair.a.report("占道经营", None).await;
    // One node hands the case over, another writes the next word, and the second one's stream is read first.
    let (folder, clock, url) = (pair.folder("a"), pair.clock.clone(), pair.to_a.url());
    let nobody = node::open(&pair.folder("nobody"), clock.clone(), None).await;
    std::mem::replace(&mut pair.a, nobody).kill().await;
    let second = node::open_on(&folder, clock.clone(), Some(&url), 2).await;
    second.send_to(id, "platform-b").await;
    second.kill().await;
    let first = node::open_on(&folder, clock, Some(&url), 1).await;
    pair.to_a.lead_to(first.address);
    std::mem::replace(&mut pair.a, first).kill().await;
    pair.a.say("dispatcher-east", id, Name::Comment, json!({"words": "请尽快"})).await;
    let streams = pair.a.engine.store().streams().await.unwrap();
    assert!(streams.len() == 2 && streams[0].0 == 1, "{streams:?}");
    pair.settle().await;
    let told = pair.a.engine.store().out_of_case(TENANT, "b", id).await.unwrap();
    let kinds: Vec<(i64, &str)> = told.iter().map(|row| (row.no, row.kind.as_str())).collect();
    assert_eq!(kinds, [(1, "handed-over"), (2, "noted")]);
    assert!(pair.b.numbered(&pair.a.case(id).await.number).await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_that_was_dispatched_before_its_unit_was_bound_is_handed_over_with_the_next_word() {
    let pair = Pair::open(32).await;
    let (a, b) = (&pair.a, &pair.b);
    let unbound = MAP_OF_A.replace("units = [\"platform-b\"]\n", "");
    let unbound = unbound.split("[[unit]]").next().unwrap();
    a.map("b", unbound).await;
    let id = a.report("占道经营", None).await;
    a.send_to(id, "platform-b").await;
    a.say("dispatcher-east", id, Name::Comment, json!({"words": "先到的话"})).await;
    pair.settle().await;
    assert_eq!(b.engine.store().count_cases(TENANT).await.unwrap(), 0);
    a.map("b", MAP_OF_A).await;
    pair.settle().await;
    a.say("dispatcher-east", id, Name::Comment, json!({"words": "后到的话"})).await;
    pair.settle().await;
    let theirs = b.numbered(&a.case(id).await.number).await.expect("it is theirs now");
    assert_eq!(theirs.stage, Stage::Reported);
    let told = a.engine.store().out_of_case(TENANT, "b", id).await.unwrap();
    assert_eq!((told.len(), told[0].kind.as_str()), (3, "handed-over"), "{told:?}");
    // A bound unit more changes nothing of what was told.
    assert!(told.iter().all(|row| row.done_at > Some(Instant(0))));
    a.say("dispatcher-east", id, Name::Recall, json!({"reason": "另行处理"})).await;
    pair.settle().await;
    assert_eq!(b.case(theirs.id).await.stage, Stage::Closed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_after_a_restore_is_taken_though_it_stands_where_what_was_lost_stood() {
    let mut pair = Pair::open(33).await;
    let id = pair.a.report("占道经营", None).await;
    pair.a.send_to(id, "platform-b").await;
    pair.settle().await;
    let (clock, url) = (pair.clock.clone(), pair.to_a.url());
    let (copy, keys, kept) = (pair.folder("copy"), pair.folder("keys"), pair.folder("kept"));
    pair.a.engine.store().backup(&copy, &keys, clock.now().0).await.unwrap();
    let nobody = node::open(&pair.folder("nobody"), clock.clone(), None).await;
    std::mem::replace(&mut pair.a, nobody).kill().await;
    std::fs::create_dir(&kept).unwrap();
    std::fs::copy(pair.folder("a").join("root.key"), kept.join("root.key")).unwrap();
    let into = format!("sqlite:{}", kept.join("store.db").display());
    let options = Options::new(RootKey::File(kept.join("root.key")));
    huying_store::backup::restore(&into, options, &copy, &keys).await.unwrap().0.close().await;
    let mut ids = Vec::new();
    for (folder, words) in [("a", "丢失的话"), ("kept", "恢复后的话")] {
        let node = node::open(&pair.folder(folder), clock.clone(), Some(&url)).await;
        pair.to_a.lead_to(node.address);
        std::mem::replace(&mut pair.a, node).kill().await;
        pair.a.say("dispatcher-east", id, Name::Comment, json!({"words": words})).await;
        pair.settle().await;
        let told = pair.a.engine.store().out_of_case(TENANT, "b", id).await.unwrap().pop().unwrap();
        ids.push((told.no, told.seq, told.id));
    }
    assert_eq!((ids[0].0, ids[0].1), (ids[1].0, ids[1].1), "both in one place");
    assert_ne!(ids[0].2, ids[1].2);
    let b = &pair.b;
    let theirs = b.numbered(&pair.a.case(id).await.number).await.unwrap().id;
    let (events, seals) = (b.events(theirs).await, b.engine.store().seals(TENANT));
    let said: Vec<String> = events
        .iter()
        .filter_map(|event| match &event.body {
            Body::Supplemented { words: Some(words), .. } => seals.open(words),
            _ => None,
        })
        .collect();
    for words in ["丢失的话", "恢复后的话"] {
        assert_eq!(said.iter().filter(|said| said.contains(words)).count(), 1, "{words}: {said:?}");
    }
}
