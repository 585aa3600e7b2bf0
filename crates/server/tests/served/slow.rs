//! Bodies that come slowly: who sent one is asked for again when it is there, and what has come of large ones does not take all the memory.

use crate::accounts;
use crate::desk;

use std::{convert::Infallible, sync::Arc};

use accounts::{MEMBER, OWN, signed_in};
use axum::{
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::Request,
};
use desk::{Answer, Desk};
use huying_engine::{
    Setting,
    accounts::{AccountRules, Sent},
};
use huying_model::{MemberId, org::Org};
use huying_pack::Pack;
use huying_server::{Settings, SignIn};
use serde_json::json;
use tokio::{sync::mpsc, task::JoinHandle};
use tower::ServiceExt;

const FORM: &str = "application/x-www-form-urlencoded";
const PARTED: &str = "multipart/form-data; boundary=x";
const OTHER: &str = "three birds on a wire";

/// A request whose headers are there and whose body is not.
struct Slow {
    /// One for each piece of the body that is asked for.
    asked: mpsc::UnboundedReceiver<()>,
    pieces: mpsc::UnboundedSender<Vec<u8>>,
    answer: JoinHandle<Answer>,
}

impl Slow {
    fn send(desk: &Desk, path: &str, headers: &[(&str, &str)]) -> Slow {
        Slow::ask("POST", desk, path, headers)
    }

    fn ask(method: &str, desk: &Desk, path: &str, headers: &[(&str, &str)]) -> Slow {
        let (asking, asked) = mpsc::unbounded_channel();
        let (pieces, coming) = mpsc::unbounded_channel::<Vec<u8>>();
        let body = futures::stream::unfold((asking, coming), |(asking, mut coming)| async move {
            // Whoever asks for the body has judged the headers, and for more of it what has come.
            let _ = asking.send(());
            let piece = coming.recv().await?;
            Some((Ok::<_, Infallible>(Bytes::from(piece)), (asking, coming)))
        });
        let peer: std::net::SocketAddr = "127.0.0.1:50000".parse().unwrap();
        let mut request = Request::builder().method(method).uri(path).header("host", "localhost:8080");
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
        Slow { asked, pieces, answer }
    }

    /// Waits until the body is asked for.
    async fn under_way(mut self) -> Slow {
        if self.asked.recv().await.is_none() {
            panic!("the headers do not let it through: {}", self.answer.await.unwrap().text());
        }
        self
    }

    /// Sends a piece of the body; whether more is asked for.
    async fn comes(&mut self, piece: Vec<u8>) -> bool {
        self.pieces.send(piece).expect("the body is waited for");
        self.asked.recv().await.is_some()
    }

    async fn ends_with(self, body: impl Into<Vec<u8>>) -> Answer {
        let Slow { pieces, answer, .. } = self;
        pieces.send(body.into()).expect("the body is waited for");
        drop(pieces);
        answer.await.unwrap()
    }

    /// The line breaks.
    async fn breaks(self) {
        self.answer.abort();
        assert!(self.answer.await.unwrap_err().is_cancelled());
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
        under_way.push((path, Slow::send(&desk, path, &by(media)).under_way().await, body));
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
async fn a_body_may_take_longer_than_a_session_may_go_unused_and_not_longer_than_it_lasts() {
    let minute = 60_000;
    let rules = AccountRules { idle_ms: 10 * minute, absolute_ms: 60 * minute, ..AccountRules::default() };
    let sign_in = SignIn::Accounts(Box::new(rules), None);
    let desk = accounts::opened(Settings { sign_in, ..Settings::default() }).await;
    let cookie = signed_in(&desk, MEMBER).await;
    let by = [("cookie", cookie.as_str()), ("origin", OWN), ("content-type", "application/json")];
    let send = || Slow::send(&desk, "/api/v1/cases", &by).under_way();
    let (report, late) = (send().await, send().await);
    let litter = desk::report("city/facility/litter", "垃圾").to_string();
    desk.clock.advance(15 * minute);
    report.ends_with(litter.clone()).await.expect(201);
    desk.clock.advance(50 * minute);
    assert_eq!(late.ends_with(litter).await.problem(401)["code"], "not_signed_in");
}

#[tokio::test]
async fn bytes_that_never_come_take_no_room_from_those_that_do() {
    let desk = Desk::open().await;
    let large = |member: &str| {
        let headers =
            [("x-huying-member", member), ("content-type", PARTED), ("content-length", "120000000")];
        Slow::send(&desk, "/cases/new", &headers)
    };
    // Each says that it is the longest form, and little of it comes.
    let mut under_way = Vec::new();
    for member in ["dispatcher-east", "dispatcher-east", "acceptor-east", "auditor", "leader-district"] {
        let mut slow = large(member).under_way().await;
        assert!(slow.comes(vec![b' '; 64]).await, "{member}");
        under_way.push(slow);
    }
    let form = "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n垃圾\r\n--x--\r\n";
    let answer = large("acceptor-west").under_way().await.ends_with(form).await;
    assert_ne!(answer.status, 503, "{}", answer.text());
    assert_ne!(under_way.remove(0).ends_with(form).await.status, 503);
}

#[tokio::test]
async fn what_has_come_of_a_members_large_forms_has_a_bound_and_small_ones_need_none() {
    let desk = Desk::open().await;
    let send = |path: &str| {
        let headers = [("x-huying-member", "dispatcher-east"), ("content-type", PARTED)];
        Slow::send(&desk, path, &headers).under_way()
    };
    let come = |megabytes: usize| vec![b' '; megabytes << 20];
    let (mut first, mut second) = (send("/cases/new").await, send("/cases/new").await);
    assert!(first.comes(come(100)).await && second.comes(come(28)).await, "one has a part");
    let mut third = send("/cases/new").await;
    assert!(third.comes(come(1)).await, "as much as a small one");
    assert!(!third.comes(come(1)).await, "and no more");
    let refused = third.answer.await.unwrap();
    assert_eq!(refused.problem(503)["code"], "busy");
    assert_eq!(refused.header("retry-after"), "5");
    let small = send("/cases/new").await.ends_with("--x--\r\n").await;
    assert!(small.status.is_client_error(), "{}", small.text());
    second.breaks().await;
    let mut again = send("/cases/new").await;
    assert!(again.comes(come(28)).await, "what broke off has given its room back");
    // A form that brings no files is no longer than any JSON.
    let mut words = send("/sought").await;
    assert!(!words.comes(come(2)).await);
    assert_eq!(words.answer.await.unwrap().problem(413)["code"], "too_large");
}

#[tokio::test]
async fn what_came_of_a_part_is_kept_where_there_is_no_room_for_all_of_it() {
    let desk = Desk::open().await;
    let by = "dispatcher-east";
    let come = |megabytes: usize| vec![b' '; megabytes << 20];
    let form = [("x-huying-member", by), ("content-type", PARTED)];
    let mut first = Slow::send(&desk, "/cases/new", &form).under_way().await;
    let mut second = Slow::send(&desk, "/cases/new", &form).under_way().await;
    assert!(first.comes(come(100)).await && second.comes(come(28)).await, "all that one member has");
    let begun = desk
        .post("/api/v1/uploads")
        .by(by)
        .header("upload-complete", "?0")
        .header("upload-length", &(3_usize << 20).to_string())
        .header("repr-digest", &format!("sha-256=:{}=:", "A".repeat(43)))
        .send()
        .await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    let (path, media) = (begun.header("location"), "application/partial-upload");
    let part =
        [("x-huying-member", by), ("content-type", media), ("upload-offset", "0"), ("upload-complete", "?0")];
    let mut part = Slow::ask("PATCH", &desk, path, &part).under_way().await;
    assert!(part.comes(come(1)).await, "as much as a small one");
    assert!(!part.comes(come(1)).await, "and no more");
    let kept = part.answer.await.unwrap();
    assert_eq!((kept.status.as_u16(), kept.header("upload-offset")), (204, "1048576"), "{}", kept.text());
    second.breaks().await;
    let rest = desk.method("PATCH", path).by(by).header("upload-offset", "1048576");
    let rest = rest.header("upload-complete", "?0").raw(media, come(2)).send().await;
    assert_eq!((rest.status.as_u16(), rest.header("upload-offset")), (204, "3145728"), "{}", rest.text());
}
