//! What stops, and how little of it: a mapping that fits no more, a photo that is lost, a partner that is away after it has spoken, a
//! message that its front door will not let through, and rules that do not take a case again.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use huying_engine::{
    clock::SetClock,
    exchange::{mend::Decision, partner::PartnerDraft},
    outbox::guard::Reach,
};
use huying_model::{Actor, CaseId, Instant, Name, Stage, event::Body};
use huying_store::exchange::Again;
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpListener, sync::Semaphore};

use super::{
    node::{self, Node, TENANT},
    pair::{MAP_OF_A, MAP_OF_B, Pair},
    proxy::whole,
};
use crate::desk::{MORNING, photo};

const HOUR: i64 = 3_600_000;

async fn files(node: &Node, case: CaseId) -> usize {
    node.engine.store().files(TENANT, case).await.unwrap().len()
}

/// What was noted and supplemented in a case.
pub async fn notes(node: &Node, case: CaseId) -> Vec<String> {
    let seals = node.engine.store().seals(TENANT);
    let words = |body: &Body| match body {
        Body::Noted { words } | Body::Supplemented { words: Some(words), .. } => seals.open(words),
        _ => None,
    };
    node.events(case).await.iter().filter_map(|event| words(&event.body)).collect()
}

/// As if the pack had lost what the mapping names: nobody asks the lint then.
async fn outgrown(node: &Node, partner: &str, map: &str) {
    let map = format!("{map}[[matter]]\nours = \"no/such\"\ntheirs = \"X\"\n");
    let now = node.engine.now();
    node.engine.store().add_partner_map(TENANT, &partner.into(), (&map, "administrator"), now).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mapping_that_fits_no_more_stops_no_message_and_all_goes_on_when_it_is_mended() {
    let pair = Pair::open(41).await;
    let (a, b) = (&pair.a, &pair.b);
    outgrown(a, "b", MAP_OF_A).await;
    outgrown(b, "a", MAP_OF_B).await;
    let mut cases = Vec::new();
    for no in 0..3 {
        let id = a.report(&format!("占道经营{no}"), None).await;
        a.send_to(id, "platform-b").await;
        cases.push(a.case(id).await.number);
    }
    pair.round().await;
    let stopped = a.engine.dead_letters(TENANT, &Actor::System, "b").await.unwrap();
    assert!(stopped.dead.is_empty() && stopped.tried.is_empty(), "{stopped:?}");
    assert!(!a.engine.partners(TENANT, &Actor::System).await.unwrap()[0].findings.is_empty());
    assert_eq!(a.counts().await, [("out".to_owned(), "waiting".to_owned(), 3)]);
    a.map("b", MAP_OF_A).await;
    pair.round().await;
    assert_eq!(b.counts().await, [("in".to_owned(), "waiting".to_owned(), 3)], "kept, and not parked");
    b.map("a", MAP_OF_B).await;
    pair.settle().await;
    for number in cases {
        assert!(b.numbered(&number).await.is_some(), "{number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_that_the_store_has_lost_stops_neither_its_case_nor_another() {
    let pair = Pair::open(42).await;
    let (a, b) = (&pair.a, &pair.b);
    let lost = a.report("占道经营", Some(photo())).await;
    let row = a.engine.store().files(TENANT, lost).await.unwrap().remove(0);
    a.engine.files().remove(row.shown.as_deref().unwrap()).await.unwrap();
    a.send_to(lost, "platform-b").await;
    let other = a.report("占道经营二", Some(photo())).await;
    a.send_to(other, "platform-b").await;
    pair.settle().await;
    for (id, count) in [(lost, 0), (other, 1)] {
        let theirs = b.numbered(&a.case(id).await.number).await.expect("it came");
        assert_eq!(files(b, theirs.id).await, count);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_without_the_sender_after_it_was_answered_loses_no_file_and_holds_no_word_up() {
    let pair = Pair::open(43).await;
    let (a, b) = (&pair.a, &pair.b);
    let id = a.report("占道经营", Some(photo())).await;
    a.send_to(id, "platform-b").await;
    // They have the message, and cannot fetch the photo.
    pair.to_a.shut(true);
    a.exchange.run().await.unwrap();
    a.say("dispatcher-east", id, Name::Comment, json!({"words": "请尽快"})).await;
    for _ in 0..20 {
        pair.round().await;
        pair.clock.advance(60_000);
    }
    let theirs = b.numbered(&a.case(id).await.number).await.unwrap().id;
    assert!(
        notes(b, theirs).await.iter().any(|words| words.contains("请尽快")),
        "what follows is not held up"
    );
    for _ in 0..(24 * 4) {
        pair.round().await;
        pair.clock.advance(HOUR / 4);
    }
    assert_eq!(files(b, theirs).await, 0);
    pair.to_a.shut(false);
    pair.clock.advance(2 * HOUR);
    pair.settle().await;
    assert_eq!(files(b, theirs).await, 1);
    assert!(!notes(b, theirs).await.iter().any(|words| words.contains("未能取得附件")), "it came");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_were_given_up_after_a_week_come_with_a_repetition() {
    let pair = Pair::open(44).await;
    let (a, b) = (&pair.a, &pair.b);
    let id = a.report("占道经营", Some(photo())).await;
    a.send_to(id, "platform-b").await;
    pair.to_a.shut(true);
    for _ in 0..(8 * 24) {
        pair.round().await;
        pair.clock.advance(HOUR);
    }
    let theirs = b.numbered(&a.case(id).await.number).await.unwrap().id;
    let told = notes(b, theirs).await;
    assert_eq!(told.iter().filter(|words| words.contains("未能取得附件")).count(), 1, "{told:?}");
    assert!(b.counts().await.contains(&("in".to_owned(), "lost".to_owned(), 1)), "{:?}", b.counts().await);
    pair.to_a.shut(false);
    pair.clock.advance(HOUR);
    let again = Again::Since(Instant(0));
    a.engine.replay(TENANT, &Actor::System, "b", again).await.unwrap();
    pair.settle().await;
    assert_eq!(files(b, theirs).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_handed_over_again_brings_its_new_photo_and_its_new_address() {
    let pair = Pair::open(45).await;
    let (a, b) = (&pair.a, &pair.b);
    let id = a.report("占道经营", None).await;
    a.send_to(id, "platform-b").await;
    pair.settle().await;
    let theirs = b.numbered(&a.case(id).await.number).await.unwrap().id;
    b.say("handler-station-bridge", theirs, Name::Decline, json!({"reason": "没有照片"})).await;
    pair.settle().await;
    a.say_with("dispatcher-east", id, Name::Attach, json!({}), vec![photo()]).await;
    a.send_to(id, "platform-b").await;
    pair.settle().await;
    assert_eq!(b.case(theirs).await.stage, Stage::Reported);
    assert_eq!(files(b, theirs).await, 1);
    let told = notes(b, theirs).await;
    assert!(
        !told.iter().any(|words| words.contains("地址：")),
        "what is the same is not told anew: {told:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_that_the_rules_there_do_not_take_again_is_given_back_and_not_left_between() {
    let pair = Pair::open(46).await;
    let (a, b) = (&pair.a, &pair.b);
    let id = a.report("占道经营", None).await;
    a.send_to(id, "platform-b").await;
    pair.settle().await;
    let theirs = b.numbered(&a.case(id).await.number).await.unwrap().id;
    b.say("handler-station-bridge", theirs, Name::Decline, json!({"reason": "不属本辖区"})).await;
    pair.settle().await;
    // The days in which it can be objected to are over.
    pair.clock.advance(20 * 24 * HOUR);
    a.send_to(id, "platform-b").await;
    pair.settle().await;
    let ours = a.case(id).await;
    assert_eq!((ours.stage, ours.used.returns), (Stage::Filed, 2), "it is with the dispatcher again");
    assert_eq!(b.case(theirs).await.stage, Stage::Declined);
    let reasons: Vec<String> = a
        .events(id)
        .await
        .iter()
        .filter_map(|event| match &event.body {
            Body::Returned { reason, .. } => a.engine.store().seals(TENANT).open(reason),
            _ => None,
        })
        .collect();
    assert!(reasons[1].contains("已超过可办理期限"), "{reasons:?}");
    a.assert_sound().await;
    b.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_of_the_longest_length_goes_through() {
    let pair = Pair::open(47).await;
    let (a, b) = (&pair.a, &pair.b);
    let id = a.report("占道经营", None).await;
    a.send_to(id, "platform-b").await;
    pair.settle().await;
    let theirs = b.numbered(&a.case(id).await.number).await.unwrap().id;
    b.send_to(theirs, "order-east").await;
    b.say("handler-order-east", theirs, Name::Receive, json!({"unit": "order-east"})).await;
    let words = "长".repeat(4_000);
    b.say("handler-order-east", theirs, Name::Progress, json!({"unit": "order-east", "words": words})).await;
    pair.settle().await;
    let said = a.events(id).await.into_iter().rev().find_map(|event| match event.body {
        Body::Progressed { words, .. } => a.engine.store().seals(TENANT).open(&words),
        _ => None,
    });
    assert_eq!(said.map(|said| said.chars().count()), Some(4_000));
}

/// A partner whose front door breaks over one word.
async fn behind_a_door() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/in", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let request = whole(&mut stream).await.unwrap();
            let bad = String::from_utf8_lossy(&request).contains("SELECT");
            let line = if bad { "403 Forbidden" } else { "200 OK" };
            let answer = format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_breaks_the_partners_front_door_lets_others_by_and_comes_before_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SetClock::at(MORNING.parse().unwrap()));
    let node = node::open(folder.path(), clock.clone(), None).await;
    let draft = PartnerDraft {
        id: "department".into(),
        name: "部门系统".into(),
        kind: "department".into(),
        address: behind_a_door().await,
        source: "urn:department".into(),
        own: "urn:huying".into(),
        secret: None,
    };
    let engine = &node.engine;
    engine.add_partner(TENANT, &Actor::System, &draft, Reach::Anywhere).await.unwrap();
    node.map("department", &MAP_OF_A.replace("mode = \"batch\"\n", "")).await;
    node.exchange.run().await.unwrap();
    let bad = node.report("SELECT", None).await;
    node.send_to(bad, "platform-b").await;
    let of = async |case: CaseId| {
        let rows = engine.store().out_of_case(TENANT, "department", case).await.unwrap();
        rows.first().map(|row| row.state.to_string())
    };
    for no in 0..40 {
        let good = node.report(&format!("占道经营{no}"), None).await;
        node.send_to(good, "platform-b").await;
        node.exchange.run().await.unwrap();
        clock.advance(20_000);
        node.exchange.run().await.unwrap();
        assert_eq!(of(good).await.as_deref(), Some("done"), "{no}");
        if no == 0 {
            let tried = engine.dead_letters(TENANT, &Actor::System, "department").await.unwrap().tried;
            assert!(tried.len() == 1 && tried[0].case == bad, "it is seen before it is given up: {tried:?}");
        }
        clock.advance(HOUR);
    }
    let dead = engine.dead_letters(TENANT, &Actor::System, "department").await.unwrap().dead;
    assert!(
        dead.len() == 1 && dead[0].case == bad && dead[0].error.as_ref().unwrap().contains("403"),
        "{dead:?}"
    );
    let decision = Decision::Aside("对方防火墙拒收".into());
    engine.settle_out(TENANT, &Actor::System, ("department", &dead[0].id), &decision).await.unwrap();
    assert_eq!(of(bad).await.as_deref(), Some("aside"));
}

/// A partner that answers nothing until the gate lets it, and how many messages it was sent.
async fn behind_a_gate(gate: Arc<Semaphore>, came: Arc<AtomicUsize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/in", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            whole(&mut stream).await.unwrap();
            came.fetch_add(1, Ordering::SeqCst);
            gate.acquire().await.unwrap().forget();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(answer).await.unwrap();
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_reaches_a_partner_after_its_pause_was_answered_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SetClock::at(MORNING.parse().unwrap()));
    let node = node::open(folder.path(), clock.clone(), None).await;
    let (gate, came) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let draft = PartnerDraft {
        id: "department".into(),
        name: "部门系统".into(),
        kind: "department".into(),
        address: behind_a_gate(Arc::clone(&gate), Arc::clone(&came)).await,
        source: "urn:department".into(),
        own: "urn:huying".into(),
        secret: None,
    };
    let engine = &node.engine;
    engine.add_partner(TENANT, &Actor::System, &draft, Reach::Anywhere).await.unwrap();
    node.map("department", &MAP_OF_A.replace("mode = \"batch\"\n", "")).await;
    node.exchange.run().await.unwrap();
    for no in 0..3 {
        let id = node.report(&format!("占道经营{no}"), None).await;
        node.send_to(id, "platform-b").await;
    }
    let pausing = async {
        while came.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let opening = async {
            while engine.store().partner(TENANT, "department").await.unwrap().unwrap().active {
                tokio::task::yield_now().await;
            }
            gate.add_permits(100);
        };
        let pause = engine.pause_partner(TENANT, &Actor::System, "department", true);
        let (paused, ()) = tokio::join!(pause, opening);
        paused.unwrap();
        came.load(Ordering::SeqCst)
    };
    let (ran, told) = tokio::join!(node.exchange.run(), pausing);
    ran.unwrap();
    assert_eq!((told, came.load(Ordering::SeqCst)), (1, 1), "what had not been begun waits");
    assert_eq!(node.counts().await, [("out".to_owned(), "waiting".to_owned(), 2)]);
    engine.pause_partner(TENANT, &Actor::System, "department", false).await.unwrap();
    node.exchange.run().await.unwrap();
    assert_eq!(came.load(Ordering::SeqCst), 3, "each once");
    assert!(node.settled().await);
}

/// A partner that answers everything with one line.
async fn that_answers(line: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/in", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            whole(&mut stream).await.unwrap();
            let answer = format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_sends_again_has_all_its_tries_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SetClock::at(MORNING.parse().unwrap()));
    let node = node::open(folder.path(), clock.clone(), None).await;
    let draft = PartnerDraft {
        id: "department".into(),
        name: "部门系统".into(),
        kind: "department".into(),
        address: that_answers("500 Oops").await,
        source: "urn:department".into(),
        own: "urn:huying".into(),
        secret: None,
    };
    let engine = &node.engine;
    engine.add_partner(TENANT, &Actor::System, &draft, Reach::Anywhere).await.unwrap();
    node.map("department", &MAP_OF_A.replace("mode = \"batch\"\n", "")).await;
    node.exchange.run().await.unwrap();
    let id = node.report("占道经营", None).await;
    node.send_to(id, "platform-b").await;
    let of = async || engine.store().out_of_case(TENANT, "department", id).await.unwrap().remove(0);
    for _ in 0..20 {
        node.exchange.run().await.unwrap();
        clock.advance(HOUR);
    }
    let dead = of().await;
    assert_eq!((dead.state.as_str(), dead.attempts), ("dead", 12));
    engine.settle_out(TENANT, &Actor::System, ("department", &dead.id), &Decision::Retry).await.unwrap();
    node.exchange.run().await.unwrap();
    let again = of().await;
    assert_eq!((again.state.as_str(), again.attempts), ("waiting", 1));
}
