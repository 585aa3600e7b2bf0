//! Webhooks looked after: a log with every answer, one message or a stretch of them sent again under the same ids, pause, and a
//! secret that is changed while messages go out.

use crate::{outbox, town};

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use huying_engine::{
    Error,
    outbox::{
        Outbox, OutboxSettings,
        guard::Reach,
        hooks::{From, Known},
        subscribe::{Channel, Wanted},
    },
};
use huying_model::Name;
use huying_store::backup;
use outbox::{Got, header, receiver, receiver_behind};
use serde_json::json;
use tokio::sync::Semaphore;
use town::{TENANT, Town, draft};

async fn subscribed(town: &Town, url: &str) -> (String, String) {
    let wanted = Wanted { kinds: vec!["reported".into()], ..Wanted::default() };
    let made = town.engine.subscribe(TENANT, Channel::Webhook, url, &wanted, Reach::Anywhere).await.unwrap();
    (made.subscription.id.to_string(), made.secret.unwrap())
}

async fn known(town: &Town, id: &str) -> Known {
    town.engine.subscription(TENANT, id).await.unwrap().unwrap()
}

fn ids(got: &Got) -> Vec<String> {
    got.lock().unwrap().iter().map(|(headers, _)| header(headers, "webhook-id").to_owned()).collect()
}

#[tokio::test]
async fn the_log_tells_every_try_and_a_message_is_sent_again_under_its_own_id() {
    let town = Town::new().await;
    let (url, got) = receiver(&["500 Oops", "200 OK"]).await;
    let (id, _) = subscribed(&town, &url).await;
    town.report(draft("city/order/vendor", "占道")).await;
    let outbox = outbox::outbox(&town, "node-1", Reach::Anywhere);
    outbox.run().await.unwrap();
    let page = town.engine.store().deliveries_of(TENANT, &id, "waiting", None, 10).await.unwrap().items;
    assert_eq!((page.len(), page[0].answer), (1, Some(500)));
    let message = page[0].delivery.id.clone();
    town.clock.advance(12_000);
    outbox.run().await.unwrap();
    let tries = town.engine.store().tries(TENANT, &id, &message, 10).await.unwrap().unwrap();
    let told: Vec<_> = tries.iter().map(|one| (one.no, one.answer, one.error.is_some())).collect();
    assert_eq!(told, [(2, Some(200), false), (1, Some(500), true)], "the newest first");
    assert!(town.engine.store().tries(TENANT, "another", &message, 10).await.unwrap().is_none());
    assert!(!town.engine.store().deliver_again(TENANT, "another", &message, town.now()).await.unwrap());
    assert!(town.engine.store().deliver_again(TENANT, &id, &message, town.now()).await.unwrap());
    town.clock.advance(1);
    outbox.run().await.unwrap();
    assert_eq!(ids(&got), vec![message.to_string(); 3]);
    let done = town.engine.store().deliveries_of(TENANT, &id, "done", None, 10).await.unwrap().items;
    assert_eq!((done.len(), done[0].answer, done[0].delivery.attempts), (1, Some(200), 1));
    assert!(
        town.engine.store().deliveries_of(TENANT, &id, "failed", None, 10).await.unwrap().items.is_empty()
    );
}

#[tokio::test]
async fn a_stretch_is_told_again_from_a_position_or_a_moment_also_what_was_dropped_from_the_log() {
    let town = Town::new().await;
    let (url, got) = receiver(&["200 OK"]).await;
    // What happened before anybody listened can be told too.
    town.report(draft("city/order/vendor", "早先")).await;
    town.clock.advance(60_000);
    let noon = town.now();
    let (id, _) = subscribed(&town, &url).await;
    let outbox = outbox::outbox(&town, "node-1", Reach::Anywhere);
    outbox.run().await.unwrap();
    for text in ["一", "二", "三"] {
        town.clock.advance(1_000);
        town.report(draft("city/order/vendor", text)).await;
        outbox.run().await.unwrap();
    }
    let first = ids(&got);
    assert_eq!(first.len(), 3);
    town.clock.advance(1_000);
    town.engine.store().purge_deliveries(TENANT, town.now()).await.unwrap();
    assert!(town.engine.store().deliveries(TENANT, None, 10).await.unwrap().items.is_empty());
    town.engine.tell_again(TENANT, &known(&town, &id).await, From::Moment(noon)).await.unwrap();
    assert_eq!(known(&town, &id).await.replays.len(), 1);
    outbox.run().await.unwrap();
    assert!(known(&town, &id).await.replays.is_empty(), "it has reached its end");
    let sorted = |mut ids: Vec<String>| {
        ids.sort();
        ids
    };
    assert_eq!(
        sorted(ids(&got)[3..].to_vec()),
        sorted(first.clone()),
        "the same messages under the same ids"
    );
    town.clock.advance(1_000);
    // Two that are asked for one after the other become one, and neither ends the other.
    for position in [0, 3] {
        let from = From::Position { stream: 1, position };
        town.engine.tell_again(TENANT, &known(&town, &id).await, from).await.unwrap();
    }
    let replays = known(&town, &id).await.replays;
    assert_eq!((replays.len(), replays[0].position), (1, 0));
    outbox.run().await.unwrap();
    assert_eq!(ids(&got).len(), 3 + 3 + 4, "with the one from before");
    let strange = From::Position { stream: 99, position: 0 };
    let no = town.engine.tell_again(TENANT, &known(&town, &id).await, strange).await.unwrap_err();
    assert_eq!(no.code(), "unknown_stream");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_after_a_restore_in_the_place_of_what_was_lost_is_another_message() {
    let town = Town::new().await;
    let (url, got) = receiver(&["200 OK"]).await;
    let every = Wanted::default();
    town.engine.subscribe(TENANT, Channel::Webhook, &url, &every, Reach::Anywhere).await.unwrap();
    let case = town.report(draft("city/order/vendor", "占道")).await.receipt.case;
    let outbox = outbox::outbox(&town, "node-1", Reach::Anywhere);
    outbox.run().await.unwrap();
    let folder = town.folder.path();
    let (dir, keys) = (folder.join("backup"), folder.join("backup-keys"));
    town.engine.store().backup(&dir, &keys, 0).await.unwrap();
    let says = |words: &str| town.saying("acceptor-east", case, Name::Comment, json!({"words": words}));
    town.engine.say(says("丢失的话")).await.unwrap();
    outbox.run().await.unwrap();
    let lost = ids(&got).pop().unwrap();
    let url = format!("sqlite:{}", folder.join("restored.db").display());
    let (store, _) = backup::restore(&url, town.options(), &dir, &keys).await.unwrap();
    let engine = town.on(store);
    engine.say(says("恢复后的话")).await.unwrap();
    let before = ids(&got).len();
    let settings = OutboxSettings { reach: Reach::Anywhere, ..OutboxSettings::default() };
    Outbox::new(engine, "node-2", &settings).unwrap().run().await.unwrap();
    let told = ids(&got);
    assert_eq!(told.len(), before + 1, "what was told before the backup is not told again");
    let place = |id: &str| id.split('_').take(3).collect::<Vec<_>>().join("_");
    assert_eq!(place(&told[before]), place(&lost));
    assert_ne!(told[before], lost, "a receiver would take it for a repetition");
}

#[tokio::test]
async fn a_paused_subscription_keeps_its_messages_and_one_that_was_gone_can_go_on() {
    let town = Town::new().await;
    let (url, got) = receiver(&["200 OK", "410 Gone", "200 OK"]).await;
    let (id, _) = subscribed(&town, &url).await;
    let outbox = outbox::outbox(&town, "node-1", Reach::Anywhere);
    town.engine.pause(TENANT, &known(&town, &id).await).await.unwrap();
    town.report(draft("city/order/vendor", "占道")).await;
    outbox.run().await.unwrap();
    assert!(ids(&got).is_empty());
    assert_eq!(known(&town, &id).await.waiting, 1);
    town.engine.resume(TENANT, &known(&town, &id).await).await.unwrap();
    outbox.run().await.unwrap();
    assert_eq!(ids(&got).len(), 1, "what waited is sent");
    let ping = town.engine.ping(TENANT, &known(&town, &id).await).await.unwrap();
    outbox.run().await.unwrap();
    assert_eq!(ids(&got)[1], ping.as_str());
    let refused = town.engine.ping(TENANT, &known(&town, &id).await).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "the receiver had said 410");
    town.engine.resume(TENANT, &known(&town, &id).await).await.unwrap();
    town.clock.advance(1);
    town.engine.ping(TENANT, &known(&town, &id).await).await.unwrap();
    outbox.run().await.unwrap();
    assert_eq!(ids(&got).len(), 3);
}

#[tokio::test]
async fn nothing_is_sent_after_a_pause_was_answered_and_what_waited_goes_on_in_its_order() {
    let town = Town::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let (url, got) = receiver_behind(Arc::clone(&gate), &["200 OK"]).await;
    let every = Wanted::default();
    let made = town.engine.subscribe(TENANT, Channel::Webhook, &url, &every, Reach::Anywhere).await.unwrap();
    let id = made.subscription.id;
    let case = town.report(draft("city/order/vendor", "占道")).await.receipt.case;
    for no in 0..12 {
        town.say("acceptor-east", case, Name::Comment, json!({"words": format!("第{no}句")})).await;
    }
    let outbox = outbox::outbox(&town, "node-1", Reach::Anywhere);
    let before = known(&town, &id).await;
    let pausing = async {
        // The first message is in the receiver's hands, and more of the case stand behind it in ours.
        while got.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        let opening = async {
            while !known(&town, &id).await.hook.paused {
                tokio::task::yield_now().await;
            }
            gate.add_permits(100);
        };
        let (paused, ()) = tokio::join!(town.engine.pause(TENANT, &before), opening);
        paused.unwrap();
        got.lock().unwrap().len()
    };
    let (ran, told) = tokio::join!(outbox.run(), pausing);
    ran.unwrap();
    assert_eq!((told, ids(&got).len()), (1, 1), "what had not been begun waits");
    let events = town.engine.store().journal(TENANT, case, 0, 100).await.unwrap().len();
    let still = known(&town, &id).await;
    assert_eq!((still.waiting, still.sending), (events as i64 - 1, 0));
    town.engine.resume(TENANT, &still).await.unwrap();
    outbox.run().await.unwrap();
    let order: Vec<i64> = ids(&got).iter().map(|id| id.split('_').nth(2).unwrap().parse().unwrap()).collect();
    assert!(order.len() == events && events > 12, "nothing is lost or doubled: {order:?}");
    assert!(order.is_sorted(), "the messages of a case in the order of its events: {order:?}");
    let tries = town.engine.store().deliveries_of(TENANT, &id, "done", None, 100).await.unwrap().items;
    assert!(tries.iter().all(|one| one.delivery.attempts == 1), "what was put back was no try");
}

#[tokio::test]
async fn a_store_that_fails_over_one_message_cuts_off_none_and_lets_nothing_newer_overtake() {
    let town = Town::new().await;
    let (url, got) = receiver(&["200 OK"]).await;
    let every = Wanted::default();
    let made = town.engine.subscribe(TENANT, Channel::Webhook, &url, &every, Reach::Anywhere).await.unwrap();
    let id = made.subscription.id;
    let mut cases = Vec::new();
    for words in ["甲", "乙"] {
        cases.push(town.report(draft("city/order/vendor", words)).await.receipt.case);
    }
    for no in 0..12 {
        town.say("acceptor-east", cases[0], Name::Comment, json!({"words": format!("第{no}句")})).await;
    }
    // The oldest message is sent, and that cannot be noted.
    let beside = rusqlite::Connection::open(town.folder.path().join("store.db")).unwrap();
    beside.execute_batch(include_str!("../../../store/tests/broken/first_try.sql")).unwrap();
    let outbox = outbox::outbox(&town, "node-1", Reach::Anywhere);
    outbox.run().await.unwrap_err();
    let done = town.engine.store().deliveries_of(TENANT, &id, "done", None, 100).await.unwrap().items.len();
    assert!(done > 0, "what was on its way to another case ended");
    assert_eq!(ids(&got).len(), done + 1, "nothing was begun after that");
    assert_eq!(known(&town, &id).await.sending, 1, "what may have been sent is held, and nothing else");
    beside.execute_batch("DROP TRIGGER broken").unwrap();
    outbox.run().await.unwrap();
    town.clock.advance(300_000);
    outbox.run().await.unwrap();
    let mut all = 0;
    for case in &cases {
        all += town.engine.store().journal(TENANT, *case, 0, 100).await.unwrap().len();
    }
    let position = |id: &str| -> i64 { id.split('_').nth(2).unwrap().parse().unwrap() };
    let told = ids(&got);
    let again = told.last().unwrap();
    assert_eq!((told.len(), told.iter().filter(|one| *one == again).count()), (all + 1, 2));
    assert!(told.iter().all(|one| position(again) <= position(one)), "the first alone went twice: {told:?}");
    for case in cases {
        let of_case = format!("{case}");
        let order: Vec<i64> = got.lock().unwrap()[..all]
            .iter()
            .filter(|(_, body)| body.contains(&of_case))
            .map(|(headers, _)| position(header(headers, "webhook-id")))
            .collect();
        assert!(!order.is_empty() && order.is_sorted(), "{order:?}");
    }
}

/// Whether a secret made one of the signatures.
fn signed_by(secret: &str, (headers, body): &(Vec<(String, String)>, String)) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
    mac.update(
        format!("{}.{}.{body}", header(headers, "webhook-id"), header(headers, "webhook-timestamp"))
            .as_bytes(),
    );
    let right = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    header(headers, "webhook-signature").split(' ').any(|given| given == right)
}

#[tokio::test]
async fn both_secrets_sign_until_the_overlap_ends() {
    let town = Town::new().await;
    let (url, got) = receiver(&["200 OK"]).await;
    let (id, old) = subscribed(&town, &url).await;
    let outbox = outbox::outbox(&town, "node-1", Reach::Anywhere);
    let new = town.engine.another_secret(TENANT, &known(&town, &id).await, 24).await.unwrap();
    for hours in [1, 23, 2] {
        town.clock.advance(hours * 3_600_000 - 1);
        town.engine.ping(TENANT, &known(&town, &id).await).await.unwrap();
        outbox.run().await.unwrap();
    }
    let got = got.lock().unwrap().clone();
    let by: Vec<_> = got.iter().map(|one| (signed_by(&old, one), signed_by(&new, one))).collect();
    assert_eq!(by, [(true, true), (true, true), (false, true)]);
    let long = town.engine.another_secret(TENANT, &known(&town, &id).await, 10_000).await.unwrap_err();
    assert_eq!(long.code(), "out_of_range");
}
