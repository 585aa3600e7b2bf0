//! Bodies that come slowly: who sent one is asked for again when it is there, and large ones of one member do not take all the memory.

use crate::accounts;
use crate::desk;

use std::sync::Arc;

use accounts::{MEMBER, OWN, signed_in};
use axum::{
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::Request,
};
use desk::{Answer, Desk};
use huying_engine::{Setting, accounts::Sent};
use huying_model::{MemberId, org::Org};
use huying_pack::Pack;
use serde_json::json;
use tokio::{sync::oneshot, task::JoinHandle};
use tower::ServiceExt;

const FORM: &str = "application/x-www-form-urlencoded";
const PARTED: &str = "multipart/form-data; boundary=x";
const OTHER: &str = "three birds on a wire";

/// A request whose headers are there and whose body is not.
struct Slow {
    asked: oneshot::Receiver<()>,
    rest: oneshot::Sender<Vec<u8>>,
    answer: JoinHandle<Answer>,
}

impl Slow {
    fn send(desk: &Desk, path: &str, headers: &[(&str, &str)]) -> Slow {
        let (asking, asked) = oneshot::channel();
        let (rest, coming) = oneshot::channel::<Vec<u8>>();
        let body = futures::stream::once(async move {
            // Whoever asks for the body has judged the headers.
            let _ = asking.send(());
            coming.await.map(Bytes::from)
        });
        let peer: std::net::SocketAddr = "127.0.0.1:50000".parse().unwrap();
        let mut request = Request::builder().method("POST").uri(path).header("host", "localhost:8080");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.extension(ConnectInfo(peer)).body(Body::from_stream(body)).unwrap();
        let router = desk.router.clone();
        let answer = tokio::spawn(async move {
            let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
            let body = axum::body::to_bytes(body, 64 << 20).await.unwrap().to_vec();
            Answer { status: parts.status, headers: parts.headers, body }
        });
        Slow { asked, rest, answer }
    }

    /// Waits until the body is asked for.
    async fn under_way(mut self) -> Slow {
        if (&mut self.asked).await.is_err() {
            panic!("the headers do not let it through: {}", self.answer.await.unwrap().text());
        }
        self
    }

    async fn ends_with(self, body: impl Into<Vec<u8>>) -> Answer {
        self.rest.send(body.into()).expect("the body is waited for");
        self.answer.await.unwrap()
    }
}

/// Takes every seat of a member away, as a change of the organisation does.
pub fn dismiss(desk: &Desk, member: &str) {
    let mut pack = Pack::clone(&desk.state.pack());
    let mut org = Org::clone(&pack.policy.org);
    org.members.get_mut(&MemberId::new(member)).unwrap().seats.clear();
    pack.policy.org = Arc::new(org);
    desk.state.engine.install(desk.state.tenant(), Setting::of_pack(pack, 0));
    // Numbers are made of the moment, and the new setting knows of none that was given.
    desk.clock.advance(1_000);
}

#[tokio::test]
async fn whoever_loses_their_seats_while_a_body_is_on_its_way_is_shown_nothing_and_does_nothing() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/manhole", "井盖破损").await;
    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    desk.tell("handler-station-bridge", &id, "file", filing, "filed").await;
    let by = |media| [("x-huying-member", "dispatcher-east"), ("content-type", media)];
    let (reveal, note) = (format!("/cases/{id}/reveal"), format!("/api/v1/cases/{id}/commands/note"));
    let asks = "reporter=0&field=contact&purpose=handling";
    let parts = ["reporter", "0", "field", "contact", "purpose", "handling"];
    let part = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let parted = parts.chunks(2).map(|pair| part(pair[0], pair[1])).collect::<String>() + "--x--\r\n";
    let (_, photo) = desk::form(&desk::photo(), None);
    let files = format!("/api/v1/cases/{id}/files");
    let of_files = "multipart/form-data; boundary=huying-form-boundary";
    let words = json!({"words": "备注"}).to_string();

    // Slowness alone costs nothing.
    let slow = Slow::send(&desk, &reveal, &by(FORM)).under_way().await.ends_with(asks).await;
    assert!(slow.status == 200 && slow.text().contains("00000000000"), "{}", slow.text());
    let before = desk.get(&format!("/api/v1/cases/{id}")).by("auditor").send().await.expect(200);

    let mut under_way = Vec::new();
    for (path, media, body) in [
        (&reveal, FORM, asks.as_bytes().to_vec()),
        (&reveal, PARTED, parted.into_bytes()),
        (&note, "application/json", words.into_bytes()),
        (&files, of_files, photo),
    ] {
        // A body that does not say how long it is takes the place of the largest.
        let length = body.len().to_string();
        let headers = [by(media).as_slice(), &[("content-length", length.as_str())]].concat();
        under_way.push((path, Slow::send(&desk, path, &headers).under_way().await, body));
    }
    dismiss(&desk, "dispatcher-east");
    for (path, slow, body) in under_way {
        let refused = slow.ends_with(body).await;
        assert_eq!(refused.problem(409)["code"], "seats_changed", "{path}");
        assert!(!refused.text().contains("00000000000"), "{path}: {}", refused.text());
    }
    let after = desk.get(&format!("/api/v1/cases/{id}")).by("auditor").send().await.expect(200);
    assert_eq!(after["version"], before["version"]);
    let looked = desk.get(&format!("/api/v1/access?case={id}")).by("auditor").send().await.expect(200);
    let revealed = looked["items"].as_array().unwrap().iter().filter(|row| row["what"] == "revealed");
    assert_eq!(revealed.count(), 1, "{looked}");
}

#[tokio::test]
async fn whoever_is_shut_out_while_a_body_is_on_its_way_adds_no_way_in_and_does_nothing() {
    let desk = accounts::open().await;
    let cookie = signed_in(&desk, MEMBER).await;
    let by = [("cookie", cookie.as_str()), ("origin", OWN), ("content-type", "application/json")];
    let send = |path: &str| Slow::send(&desk, path, &by).under_way();
    let passkey = send("/api/v1/account/passkeys").await;
    let key = send("/api/v1/account/keys").await;
    let report = send("/api/v1/cases").await;
    let accounts = desk.state.accounts().unwrap();
    let member = MemberId::new(MEMBER);
    let Sent::Shown(link) = accounts.reset(&member, false).await.unwrap() else { panic!() };
    accounts.take_up(link.rsplit('/').next().unwrap(), OTHER).await.unwrap();
    let made = json!({"ticket": "x", "name": "phone", "answer": {}});
    let wanted = json!({"name": "all", "scopes": ["read"], "days": 1, "password": OTHER});
    let litter = desk::report("city/facility/litter", "垃圾");
    for (slow, body) in [(passkey, made), (key, wanted), (report, litter)] {
        let refused = slow.ends_with(body.to_string()).await;
        assert_eq!(refused.problem(401)["code"], "not_signed_in", "{body}");
    }
    assert_eq!(accounts.passkeys(&member).await.unwrap(), []);
    assert_eq!(accounts.keys(&member).await.unwrap(), []);
}

#[tokio::test]
async fn large_forms_of_members_have_places_and_small_ones_need_none() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/manhole", "井盖破损").await;
    let path = format!("/cases/{id}/reveal");
    let send = |member: &str, bytes: &str| {
        let headers = [("x-huying-member", member), ("content-type", PARTED), ("content-length", bytes)];
        Slow::send(&desk, &path, &headers)
    };
    let large = |member: &str| send(member, "120000000");
    let first = large("dispatcher-east").under_way().await;
    let mut others = Vec::new();
    for member in ["acceptor-east", "auditor"] {
        others.push(large(member).under_way().await);
    }
    for (member, why) in [("dispatcher-east", "one has a part"), ("leader-district", "all have a bound")] {
        let refused = large(member).answer.await.unwrap();
        assert_eq!(refused.problem(503)["code"], "busy", "{why}");
        assert_eq!(refused.header("retry-after"), "5", "{why}");
    }
    drop(send("dispatcher-east", "1000").under_way().await);
    assert!(first.ends_with("--x--\r\n").await.status.is_client_error());
    drop(large("leader-district").under_way().await);
}
