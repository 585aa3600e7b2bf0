//! What happens while files are fetched, which takes minutes: a repetition comes, another partner's files wait, a person says something.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use huying_engine::{
    Error,
    clock::SetClock,
    exchange::{event::Event, file::sum},
};
use huying_model::{CaseId, Name, Stage};
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpListener, sync::Semaphore, task::JoinHandle};

use super::{
    lies::{Sender, as_a, order},
    node::{Node, TENANT},
    pair::{MAP_OF_B, Pair},
    proxy::{Proxy, whole},
    stops::notes,
};
use crate::desk::photo;

const HOUR: i64 = 3_600_000;

/// What a file takes that comes slowly: after the second one a pass has no time left.
const SLOW_MS: i64 = 170_000;

/// Where files lie: whoever asks is counted and waits at the gate, and then finds the photo under `/new`, what is no photo under `/one`,
/// `/two` and `/three`, and nothing elsewhere.
struct Shelf {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

impl Shelf {
    async fn open(free: usize) -> Shelf {
        Shelf::slow(free, None).await
    }

    /// One that lets a clock go on by what a file takes.
    async fn slow(free: usize, clock: Option<Arc<SetClock>>) -> Shelf {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(free)));
        let (counted, passed) = (Arc::clone(&asked), Arc::clone(&gate));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (counted, passed, clock) = (Arc::clone(&counted), Arc::clone(&passed), clock.clone());
                tokio::spawn(async move {
                    let request = whole(&mut stream).await.unwrap();
                    counted.fetch_add(1, Ordering::SeqCst);
                    passed.acquire().await.unwrap().forget();
                    if let Some(clock) = clock.filter(|_| request.starts_with(b"GET ")) {
                        clock.advance(SLOW_MS);
                    }
                    let (line, body) = match request.split(|byte| *byte == b' ').nth(1).unwrap_or_default() {
                        b"/new" => ("200 OK", photo()),
                        none @ (b"/one" | b"/two" | b"/three") => ("200 OK", none.to_vec()),
                        _ => ("404 Not Found", Vec::new()),
                    };
                    let head = format!(
                        "HTTP/1.1 {line}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                        body.len()
                    );
                    // Who asked may have gone.
                    let _ = stream.write_all(&[head.into_bytes(), body].concat()).await;
                });
            }
        });
        Shelf { address, asked, gate }
    }

    /// Until somebody stands at the gate.
    async fn is_asked(&self) {
        while self.asked.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    }
}

/// A case that is handed over with a photo that lies there.
fn handed(sender: &Sender<'_>, id: &str, number: &str, url: &str) -> Event {
    let mut data = order(number);
    data["files"] = json!([{"sha256": sum(&photo()), "url": url}]);
    sender.event(id, "handed-over", number, 1, data)
}

/// The same, and two files before it that are no photos.
fn handed_with_others(sender: &Sender<'_>, id: &str, number: &str, base: &str) -> Event {
    let mut event = handed(sender, id, number, &format!("{base}/new"));
    let other = |path: &str| json!({"sha256": sum(path.as_bytes()), "url": format!("{base}{path}")});
    let photo = event.data["files"][0].take();
    event.data["files"] = json!([other("/one"), other("/two"), photo]);
    event
}

fn runs(node: &Node) -> JoinHandle<Result<usize, Error>> {
    let exchange = Arc::clone(&node.exchange);
    tokio::spawn(async move { exchange.run().await })
}

async fn files(node: &Node, case: CaseId) -> usize {
    node.engine.store().files(TENANT, case).await.unwrap().len()
}

/// Runs until messages that came without their files hold nothing up any more.
async fn runs_a_while(pair: &Pair) {
    for _ in 0..20 {
        pair.b.exchange.run().await.unwrap();
        pair.clock.advance(60_000);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repetition_that_comes_while_the_old_address_is_asked_brings_the_file() {
    let pair = Pair::open(51).await;
    let b = &pair.b;
    let at = |path: &str| format!("{}/{path}", pair.to_a.url());
    pair.to_a.shut(true);
    let sender = as_a(&pair).await;
    assert_eq!(sender.send(&[handed(&sender, "m-1", "PX-51", &at("old"))]).await, 202);
    runs_a_while(&pair).await;
    let case = b.numbered("PX-51").await.unwrap().id;
    let shelf = Shelf::open(0).await;
    pair.to_a.lead_to(shelf.address);
    pair.to_a.shut(false);
    pair.clock.advance(2 * HOUR);
    let running = runs(b);
    shelf.is_asked().await;
    let sender = as_a(&pair).await;
    assert_eq!(sender.send(&[handed(&sender, "m-1", "PX-51", &at("new"))]).await, 202);
    shelf.gate.add_permits(100);
    running.await.unwrap().unwrap();
    b.exchange.run().await.unwrap();
    assert_eq!(files(b, case).await, 1);
    assert!(b.settled().await, "{:?}", b.counts().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_one_partner_come_while_another_keeps_its_own_waiting() {
    let pair = Pair::open(52).await;
    let b = &pair.b;
    // The first in the order of names.
    let slow = Proxy::start("127.0.0.1:1".parse().unwrap(), 53).await;
    let address = format!("{}/in", slow.url());
    let secret = b.befriend("0-slow", &address, ("urn:slow", "urn:huying:b"), None).await;
    b.map("0-slow", MAP_OF_B).await;
    slow.shut(true);
    pair.to_a.shut(true);
    let (other, sender) = (Sender::of(b, "0-slow", "urn:slow", &secret), as_a(&pair).await);
    let new = |proxy: &Proxy| format!("{}/new", proxy.url());
    assert_eq!(other.send(&[handed(&other, "s-1", "PX-52", &new(&slow))]).await, 202);
    assert_eq!(sender.send(&[handed(&sender, "m-1", "PX-53", &new(&pair.to_a))]).await, 202);
    runs_a_while(&pair).await;
    let (held, free) = (Shelf::open(0).await, Shelf::open(100).await);
    slow.lead_to(held.address);
    pair.to_a.lead_to(free.address);
    slow.shut(false);
    pair.to_a.shut(false);
    pair.clock.advance(2 * HOUR);
    let waits = async || b.engine.store().in_list(TENANT, "0-slow", "files", 9).await.unwrap().remove(0);
    let before = waits().await.attempts;
    let running = runs(b);
    held.is_asked().await;
    let quick = b.numbered("PX-53").await.unwrap().id;
    while files(b, quick).await == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(waits().await.attempts, before, "the slow one's has not ended");
    held.gate.add_permits(100);
    running.await.unwrap().unwrap();
    assert_eq!(files(b, b.numbered("PX-52").await.unwrap().id).await, 1);
    assert!(b.settled().await, "{:?}", b.counts().await);
}

/// Files that take a pass and are refused then are counted as tried, and are not the first ones again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_are_refused_after_they_took_all_the_time_keep_no_other_waiting() {
    let pair = Pair::open(56).await;
    let b = &pair.b;
    pair.to_a.shut(true);
    let (sender, base) = (as_a(&pair).await, pair.to_a.url());
    assert_eq!(sender.send(&[handed_with_others(&sender, "m-1", "PX-56", &base)]).await, 202);
    assert_eq!(sender.send(&[handed(&sender, "m-2", "PX-57", &format!("{base}/new"))]).await, 202);
    runs_a_while(&pair).await;
    let shelf = Shelf::slow(100, Some(Arc::clone(&pair.clock))).await;
    pair.to_a.lead_to(shelf.address);
    pair.to_a.shut(false);
    pair.clock.advance(2 * HOUR);
    for _ in 0..4 {
        b.exchange.run().await.unwrap();
    }
    assert_eq!(files(b, b.numbered("PX-57").await.unwrap().id).await, 1, "another message's");
    for _ in 0..4 {
        pair.clock.advance(2 * HOUR);
        b.exchange.run().await.unwrap();
    }
    assert_eq!(files(b, b.numbered("PX-56").await.unwrap().id).await, 1, "the one behind them");
    assert!(b.engine.store().in_list(TENANT, "a", "files", 9).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_file_that_is_refused_is_told_in_a_note_whichever_pass_refuses_it() {
    let pair = Pair::open(57).await;
    let b = &pair.b;
    pair.to_a.shut(true);
    let (sender, base) = (as_a(&pair).await, pair.to_a.url());
    let paths = ["/one", "/two", "/three"];
    let mut event = handed(&sender, "m-1", "PX-58", &base);
    let told = paths.map(|path| json!({"sha256": sum(path.as_bytes()), "url": format!("{base}{path}")}));
    event.data["files"] = json!(told);
    assert_eq!(sender.send(&[event]).await, 202);
    runs_a_while(&pair).await;
    // A pass has time for two of them.
    let shelf = Shelf::slow(100, Some(Arc::clone(&pair.clock))).await;
    pair.to_a.lead_to(shelf.address);
    pair.to_a.shut(false);
    for _ in 0..4 {
        pair.clock.advance(2 * HOUR);
        b.exchange.run().await.unwrap();
    }
    let told = notes(b, b.numbered("PX-58").await.unwrap().id).await;
    for path in paths {
        let which = sum(path.as_bytes())[..12].to_owned();
        let of_it = told.iter().filter(|words| words.contains("未能取得附件") && words.contains(&which));
        assert_eq!(of_it.count(), 1, "{path}: {told:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_before_a_case_is_given_back_is_told_before_that() {
    let pair = Pair::open(54).await;
    let (a, b) = (&pair.a, &pair.b);
    let id = a.report("占道经营", None).await;
    a.send_to(id, "platform-b").await;
    pair.settle().await;
    let number = a.case(id).await.number;
    let theirs = b.numbered(&number).await.unwrap().id;
    b.say("handler-station-bridge", theirs, Name::Decline, json!({"reason": "不属本辖区"})).await;
    pair.settle().await;
    a.send_to(id, "platform-b").await;
    pair.settle().await;
    assert_eq!(b.case(theirs).await.stage, Stage::Reported, "it was objected to, which can be done once");
    // The journal was read, and a file of another case takes its time.
    let shelf = Shelf::open(0).await;
    pair.to_a.lead_to(shelf.address);
    let sender = as_a(&pair).await;
    let url = format!("{}/new", pair.to_a.url());
    assert_eq!(sender.send(&[handed(&sender, "m-1", "PX-54", &url)]).await, 202);
    let running = runs(b);
    shelf.is_asked().await;
    b.say("acceptor-east", theirs, Name::Decline, json!({"reason": "仍不属本辖区"})).await;
    let again = Event { sequence: None, ..sender.event("m-2", "handed-over", &number, 1, order(&number)) };
    assert_eq!(sender.send(&[again]).await, 202);
    shelf.gate.add_permits(100);
    running.await.unwrap().unwrap();
    let told = b.engine.store().out_of_case(TENANT, "a", theirs).await.unwrap();
    let newest: Vec<(&str, bool)> =
        told.iter().rev().take(2).map(|row| (row.kind.as_str(), row.reason.is_some())).collect();
    assert_eq!(newest, [("returned", true), ("returned", false)], "{told:?}");
    assert_eq!(told[told.len() - 2].seq, b.case(theirs).await.version);
}
