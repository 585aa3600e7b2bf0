//! The live stream: what happens comes at once, and nothing is missed over a cut.

use crate::desk;
use crate::slow;

use std::time::Duration;

use axum::body::BodyDataStream;
use desk::Desk;
use futures::StreamExt;
use serde_json::{Value, json};

/// An event of the stream.
#[derive(Debug, Clone, PartialEq)]
struct Event {
    id: String,
    kind: String,
    data: Value,
}

struct Stream {
    body: BodyDataStream,
    rest: String,
}

impl Stream {
    async fn open(desk: &Desk, member: &str, query: &str, last: Option<&str>) -> Stream {
        let ask = desk.get(&format!("/api/v1/stream{query}")).by(member);
        let ask = match last {
            Some(last) => ask.header("last-event-id", last),
            None => ask,
        };
        let response = ask.start().await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Stream { body: response.into_body().into_data_stream(), rest: String::new() }
    }

    /// The next event; a stream that says nothing for ten seconds fails the test.
    async fn next(&mut self) -> Event {
        loop {
            if let Some((one, rest)) = self.rest.split_once("\n\n") {
                let (one, rest) = (one.to_owned(), rest.to_owned());
                self.rest = rest;
                if !one.starts_with(':') {
                    return read(&one);
                }
                continue;
            }
            let more = tokio::time::timeout(Duration::from_secs(10), self.body.next()).await;
            let bytes = more.expect("an event comes").expect("the stream goes on").unwrap();
            self.rest.push_str(&String::from_utf8_lossy(&bytes));
        }
    }

    /// What the desk's stream counts next.
    async fn counts(&mut self) -> Value {
        loop {
            if let Some((one, rest)) = self.rest.split_once("\n\n") {
                let (one, rest) = (one.to_owned(), rest.to_owned());
                self.rest = rest;
                let field = |name: &str| one.lines().find_map(|line| line.strip_prefix(name));
                if field("event:").is_some_and(|kind| kind.trim() == "counts") {
                    return serde_json::from_str(field("data:").unwrap()).unwrap();
                }
                continue;
            }
            let more = tokio::time::timeout(Duration::from_secs(10), self.body.next()).await;
            let bytes = more.expect("an event comes").expect("the stream goes on").unwrap();
            self.rest.push_str(&String::from_utf8_lossy(&bytes));
        }
    }

    async fn ended(&mut self) -> bool {
        let more = tokio::time::timeout(Duration::from_secs(10), self.body.next()).await;
        matches!(more, Ok(None))
    }
}

fn read(text: &str) -> Event {
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).trim_start().to_owned()
    };
    Event { id: field("id"), kind: field("event"), data: serde_json::from_str(&field("data")).unwrap() }
}

#[tokio::test]
async fn what_happens_comes_as_it_happens_without_words() {
    let desk = Desk::open().await;
    let mut stream = Stream::open(&desk, "acceptor-east", "", None).await;
    let id = desk.report("city/facility/litter", "不应出现在流中的话").await;
    let event = stream.next().await;
    assert_eq!(
        (event.kind.as_str(), &event.data["id"], &event.data["custodian"]),
        ("reported", &json!(id), &json!("station-bridge"))
    );
    assert!(!event.data.to_string().contains("不应出现"), "{}", event.data);
    desk.tell("acceptor-east", &id, "note", json!({"words": "甲"}), "reported").await;
    assert_eq!(stream.next().await.kind, "noted");
}

#[tokio::test]
async fn after_a_cut_the_stream_goes_on_behind_the_last_event_that_was_seen() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", "垃圾").await;
    let mut whole = Stream::open(&desk, "acceptor-east", "?after=0", None).await;
    let first = whole.next().await;
    drop(whole);
    for no in 0..5 {
        desk.tell("acceptor-east", &id, "note", json!({"words": format!("第{no}句")}), "reported").await;
    }
    let mut resumed = Stream::open(&desk, "acceptor-east", "", Some(&first.id)).await;
    let mut seen = vec![first];
    for _ in 0..5 {
        seen.push(resumed.next().await);
    }
    let seqs: Vec<_> = seen.iter().map(|event| event.data["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5, 6]);
    let mut again = Stream::open(&desk, "acceptor-east", "?after=0", None).await;
    for event in &seen {
        assert_eq!(again.next().await.id, event.id, "positions stay the same");
    }
}

#[tokio::test]
async fn a_member_hears_only_of_cases_that_they_may_read() {
    let desk = Desk::open().await;
    let mut west = Stream::open(&desk, "acceptor-west", "?after=0", None).await;
    desk.report("city/facility/litter", "东边的垃圾").await;
    let mut body = desk::report("city/facility/litter", "西边的垃圾");
    body["place"] = json!({"area": "990101002001001"});
    let there = desk.post("/api/v1/cases").by("acceptor-west").json(&body).send().await.expect(201);
    assert_eq!(west.next().await.data["id"], there["id"]);
}

#[tokio::test]
async fn a_unit_can_be_listened_to_alone_and_a_wrong_place_is_told() {
    let desk = Desk::open().await;
    let mut works = Stream::open(&desk, "leader-district", "?after=0&unit=dept-works", None).await;
    let id = desk.report("city/facility/streetlight", "路灯不亮").await;
    desk.report("city/order/vendor", "占道").await;
    let filing = json!({"filing": {"matter": "city/facility/streetlight", "condition": 1}});
    desk.tell("handler-station-bridge", &id, "file", filing, "filed").await;
    desk.tell("dispatcher-east", &id, "dispatch", json!({"lead": "dept-works"}), "dispatched").await;
    assert_eq!(works.next().await.data["id"], json!(id));
    let wrong =
        desk.get("/api/v1/stream").by("acceptor-east").header("last-event-id", "yesterday").send().await;
    assert_eq!(wrong.problem(400)["errors"][0]["field"], "Last-Event-ID");
}

#[tokio::test]
async fn who_has_lost_their_seats_is_told_no_counts_of_the_queues_that_were_theirs() {
    let desk = Desk::open().await;
    let member = "handler-station-bridge";
    desk.report("city/facility/litter", "垃圾").await;
    let response = desk.get("/desk/live?after=1:0").by(member).start().await;
    assert_eq!(response.status(), 200);
    let mut stream = Stream { body: response.into_body().into_data_stream(), rest: String::new() };
    assert_eq!(stream.counts().await["mine"], 1);
    slow::dismiss(&desk, member);
    desk.report("city/facility/litter", "垃圾").await;
    assert_eq!(stream.counts().await["mine"], 0);
}

#[tokio::test]
async fn open_streams_end_when_the_server_ends_and_what_runs_is_finished() {
    let desk = Desk::open().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(huying_server::serve(listener, desk.state.clone(), None, async move {
        let _ = stopped.await;
    }));
    let mut stream = Stream::open(&desk, "acceptor-east", "", None).await;
    stop.send(()).unwrap();
    assert!(stream.ended().await);
    serving.await.unwrap().unwrap();
}
