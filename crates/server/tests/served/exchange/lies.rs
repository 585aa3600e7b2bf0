//! A partner that lies, repeats, reorders or speaks of what is not known here: nothing changes that should not, and nothing is dropped
//! without a word.

use huying_engine::{
    exchange::{
        event::{self, Event},
        file::sum,
        mend::Decision,
    },
    outbox::sign::Secret,
};
use huying_model::{Actor, Name, Stage};
use huying_pack::partner::Mode;
use serde_json::{Value, json};

use super::{
    node::{Node, TENANT},
    pair::{Pair, SOURCE_A},
};
use crate::desk::photo;

/// What somebody sends who has the secret, or has not.
pub struct Sender<'a> {
    to: &'a Node,
    partner: &'static str,
    source: &'static str,
    secret: Secret,
    seconds: i64,
    mode: Mode,
}

impl<'a> Sender<'a> {
    /// A partner of `to` that has this secret.
    pub fn of(to: &'a Node, partner: &'static str, source: &'static str, secret: &str) -> Sender<'a> {
        let secret = Secret::parse(secret).unwrap();
        Sender { to, partner, source, secret, seconds: seconds(to), mode: Mode::Structured }
    }

    pub fn event(&self, id: &str, kind: &str, number: &str, sequence: i64, data: Value) -> Event {
        Event {
            id: id.into(),
            source: self.source.into(),
            kind: format!("huying.case.{kind}.v1"),
            subject: Some(number.into()),
            time: Some(self.to.engine.now()),
            sequence: Some(sequence),
            data,
        }
    }

    pub async fn send(&self, events: &[Event]) -> u16 {
        let (headers, body) = event::write(self.mode, events);
        self.post(&headers, body).await
    }

    async fn post(&self, headers: &[(String, String)], body: Vec<u8>) -> u16 {
        self.asked(headers, body).await.unwrap()
    }

    /// Who sends more than is taken may be cut off before the answer arrives: it is sent again until it does.
    async fn post_too_much(&self, events: &[Event]) -> u16 {
        let (headers, body) = event::write(self.mode, events);
        for _ in 0..100 {
            if let Ok(status) = self.asked(&headers, body.clone()).await {
                return status;
            }
        }
        panic!("no answer ever came");
    }

    async fn asked(&self, headers: &[(String, String)], body: Vec<u8>) -> reqwest::Result<u16> {
        let id = "msg_1";
        let signature = self.secret.sign(id, self.seconds, &String::from_utf8_lossy(&body));
        let url = format!("http://{}/api/v1/exchange/{}", self.to.address, self.partner);
        let mut asked = reqwest::Client::new().post(url).body(body);
        for (name, value) in headers {
            asked = asked.header(name.as_str(), value.as_str());
        }
        let asked = asked
            .header("webhook-id", id)
            .header("webhook-timestamp", self.seconds.to_string())
            .header("webhook-signature", signature);
        Ok(asked.send().await?.status().as_u16())
    }
}

fn seconds(node: &Node) -> i64 {
    node.engine.now().0 / 1000
}

/// Speaks to `b` as `a` does; the secret is one more that both agreed on.
pub async fn as_a(pair: &Pair) -> Sender<'_> {
    let text = pair.b.engine.renew_secret(TENANT, &Actor::System, "a", (None, false)).await.unwrap();
    Sender::of(&pair.b, "a", SOURCE_A, &text)
}

pub fn order(number: &str) -> Value {
    json!({
        "number": number, "matter": "city/order/vendor", "text": "占道经营", "source": "hotline",
        "lon": 110.005, "lat": 30.015, "custody": [], "files": [],
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_taken_that_is_not_signed_fresh_small_and_of_the_agreed_source() {
    let pair = Pair::open(11).await;
    let b = &pair.b;
    let good = as_a(&pair).await;
    let event = |sender: &Sender<'_>| sender.event("m-1", "handed-over", "PX-1", 1, order("PX-1"));
    let same = || Sender { to: b, secret: good.secret.clone(), ..good };
    let liars: Vec<(Sender<'_>, u16)> = vec![
        (Sender { secret: Secret::fresh(), ..same() }, 401),
        (Sender { partner: "nobody", ..same() }, 401),
        (Sender { seconds: good.seconds - 301, ..same() }, 401),
        (Sender { seconds: good.seconds + 301, ..same() }, 401),
        (Sender { source: "urn:huying:somebody-else", ..same() }, 403),
    ];
    for (liar, status) in &liars {
        assert_eq!(liar.send(&[event(liar)]).await, *status, "{} {}", liar.partner, liar.source);
    }
    let mut large = event(&good);
    large.data["text"] = json!("长".repeat(2_000_000));
    assert_eq!(good.post_too_much(&[large]).await, 413);
    let broken = vec![("content-type".to_owned(), event::STRUCTURED.to_owned())];
    assert_eq!(good.post(&broken, b"{\"specversion\":\"1.0\"}".to_vec()).await, 400);
    let deep = format!("{}1{}", "[".repeat(4_000), "]".repeat(4_000));
    assert_eq!(good.post(&broken, deep.into_bytes()).await, 400);
    pair.round().await;
    assert!(b.counts().await.is_empty());
    assert_eq!(b.engine.store().count_cases(TENANT).await.unwrap(), 0);
    // The same, honestly: in each of the three forms it is the same message.
    for mode in [Mode::Binary, Mode::Structured, Mode::Batch] {
        let sender = Sender { mode, ..same() };
        assert_eq!(sender.send(&[event(&sender)]).await, 202, "{mode:?}");
        pair.round().await;
    }
    assert_eq!(b.engine.store().count_cases(TENANT).await.unwrap(), 1);
    assert_eq!(b.engine.store().in_list(TENANT, "a", "done", 9).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_out_of_order_waits_for_what_is_before_it() {
    let pair = Pair::open(12).await;
    let b = &pair.b;
    let a = as_a(&pair).await;
    let note = |id: &str, no: i64, words: &str| {
        a.event(id, "noted", "PX-2", no, json!({"number": "PX-2", "words": words}))
    };
    assert_eq!(a.send(&[note("m-3", 3, "三")]).await, 202);
    pair.round().await;
    assert_eq!(a.send(&[note("m-2", 2, "二")]).await, 202);
    pair.round().await;
    assert_eq!(b.engine.store().count_cases(TENANT).await.unwrap(), 0, "nothing begins before its beginning");
    let waiting = b.engine.dead_letters(TENANT, &Actor::System, "a").await.unwrap().waiting;
    assert_eq!(waiting.len(), 2);
    assert_eq!(a.send(&[a.event("m-1", "handed-over", "PX-2", 1, order("PX-2"))]).await, 202);
    pair.round().await;
    assert!(b.settled().await, "{:?}", b.counts().await);
    let case = b.numbered("PX-2").await.unwrap().id;
    let said: Vec<String> = b
        .events(case)
        .await
        .iter()
        .filter_map(|event| match &event.body {
            huying_model::event::Body::Supplemented { words: Some(words), .. } => {
                b.engine.store().seals(TENANT).open(words)
            }
            _ => None,
        })
        .collect();
    assert_eq!(said, ["二", "三"]);
}

async fn set_aside(node: &Node, id: &str) {
    let decision = Decision::Aside("对方编号有误".into());
    node.engine.settle_in(TENANT, &Actor::System, ("a", id), &decision).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_can_never_be_taken_is_told_in_a_note_and_holds_nothing_up() {
    let pair = Pair::open(17).await;
    let b = &pair.b;
    let a = as_a(&pair).await;
    let mut handed = order("PX-7");
    handed["files"] = json!([
        {"sha256": "a".repeat(64), "url": "https://elsewhere.example.org/file"},
        {"sha256": "b".repeat(64)},
    ]);
    let words = json!({"number": "PX-7", "words": "随后的备注"});
    let both = [a.event("m-1", "handed-over", "PX-7", 1, handed), a.event("m-2", "noted", "PX-7", 2, words)];
    for event in &both {
        assert_eq!(a.send(std::slice::from_ref(event)).await, 202);
    }
    pair.round().await;
    assert!(b.settled().await, "{:?}", b.counts().await);
    let case = b.numbered("PX-7").await.unwrap().id;
    let notes: Vec<String> = b
        .events(case)
        .await
        .iter()
        .filter_map(|event| match &event.body {
            huying_model::event::Body::Noted { words } => b.engine.store().seals(TENANT).open(words),
            _ => None,
        })
        .collect();
    let missing: Vec<&String> = notes.iter().filter(|note| note.contains("未能取得附件")).collect();
    assert_eq!(missing.len(), 2, "a note each: {notes:?}");
    assert!(missing[0].contains("not the partner's own") && missing[1].contains("no address"), "{notes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_partner_writes_into_a_name_or_a_period_stops_its_message_alone() {
    let pair = Pair::open(18).await;
    let b = &pair.b;
    let a = as_a(&pair).await;
    let mut odd = order("PX-8");
    odd["matter"] = json!("a\u{0}b");
    let mut figures = a.event("m-2", "noted", "figures", 1, json!({"period": "2026-05\u{0}12"}));
    figures.kind = "huying.figures.v1".into();
    figures.sequence = None;
    let mut long = order("PX-9");
    long["number"] = json!("9".repeat(5_000));
    let mut long = a.event("m-3", "handed-over", "", 1, long);
    (long.subject, long.sequence) = (None, None);
    for event in [a.event("m-1", "handed-over", "PX-8", 1, odd), figures, long] {
        assert_eq!(a.send(&[event]).await, 202);
    }
    assert_eq!(a.send(&[a.event("m-4", "handed-over", "PX-10", 1, order("PX-10"))]).await, 202);
    pair.round().await;
    assert!(b.numbered("PX-10").await.is_some());
    let parked = b.engine.dead_letters(TENANT, &Actor::System, "a").await.unwrap().parked;
    let mut codes: Vec<_> =
        parked.iter().map(|row| (row.id.as_str(), row.code.as_deref().unwrap())).collect();
    codes.sort_unstable();
    assert_eq!(codes, [("m-1", "unmapped"), ("m-2", "period"), ("m-3", "number")]);
    assert!(parked.iter().all(|row| !row.error.as_ref().unwrap().contains('\0')), "{parked:?}");
    assert!(parked.iter().all(|row| row.subject.chars().count() <= 64), "{parked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_cannot_touch_the_case_of_another_and_its_word_is_kept_with_the_reason() {
    let pair = Pair::open(13).await;
    let b = &pair.b;
    let own = b.report("占道经营", None).await;
    let number = b.case(own).await.number.to_string();
    let a = as_a(&pair).await;
    let events = b.events(own).await.len();
    for (id, kind, data, code) in [
        ("m-1", "returned", json!({"number": number, "reason": "撤"}), "not_theirs"),
        ("m-2", "finished", json!({"number": number, "outcome": "solved"}), "not_theirs"),
        ("m-3", "handed-over", order(&number), "number_taken"),
    ] {
        let mut event = a.event(id, kind, &number, 1, data);
        event.sequence = None;
        assert_eq!(a.send(&[event]).await, 202);
        pair.round().await;
        let parked = b.engine.dead_letters(TENANT, &Actor::System, "a").await.unwrap().parked;
        let found = parked.iter().find(|row| row.id == id).unwrap_or_else(|| panic!("{parked:?}"));
        assert_eq!(found.code.as_deref(), Some(code));
        // A person looks at it and sets it aside; what follows of the case waits for that.
        set_aside(b, id).await;
    }
    for (id, data, code) in [
        ("m-4", json!({"number": "PX-9", "words": "?"}), "unknown_case"),
        ("m-5", json!({"number": "another", "words": "?"}), "number"),
    ] {
        let mut event = a.event(id, "noted", "PX-9", 1, data);
        event.sequence = None;
        a.send(&[event]).await;
        pair.round().await;
        let parked = b.engine.dead_letters(TENANT, &Actor::System, "a").await.unwrap().parked;
        assert!(parked.iter().any(|row| row.id == id && row.code.as_deref() == Some(code)), "{parked:?}");
        set_aside(b, id).await;
    }
    assert_eq!((b.events(own).await.len(), b.engine.store().count_cases(TENANT).await.unwrap()), (events, 1));
    assert!(b.engine.dead_letters(TENANT, &Actor::System, "a").await.unwrap().parked.is_empty());
    b.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_the_mapping_lacks_stops_its_case_alone_until_it_is_mended() {
    let pair = Pair::open(14).await;
    let (a, b) = (&pair.a, &pair.b);
    // Without `same`, every matter needs a row, and there is none for this one.
    let lean = "format = 1\nmode = \"batch\"\n[[unit]]\nours = \"platform-b\"\ntheirs = \"street\"\n[[matter]]\nours = \"city/order/parking\"\ntheirs = \"P\"\n";
    a.map("b", lean).await;
    let id = a.report("占道经营", None).await;
    a.send_to(id, "platform-b").await;
    pair.round().await;
    let dead = a.engine.dead_letters(TENANT, &Actor::System, "b").await.unwrap().dead;
    assert!(dead[0].error.as_deref().unwrap().contains("[[matter]]"), "{dead:?}");
    let number = a.case(id).await.number;
    assert!(b.numbered(&number).await.is_none());
    a.map("b", super::pair::MAP_OF_A).await;
    a.engine.settle_out(TENANT, &Actor::System, ("b", &dead[0].id), &Decision::Retry).await.unwrap();
    pair.settle().await;
    assert!(b.numbered(&number).await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stopped_for_a_name_goes_on_by_itself_and_in_its_order_when_the_mapping_has_it() {
    let pair = Pair::open(19).await;
    let (a, b) = (&pair.a, &pair.b);
    // Towards b a matter has no row; at b one of theirs has none.
    let lean = "format = 1\nmode = \"batch\"\n[[unit]]\nours = \"platform-b\"\ntheirs = \"street\"\n[[matter]]\nours = \"city/order/parking\"\ntheirs = \"P\"\n";
    a.map("b", lean).await;
    let id = a.report("占道经营", None).await;
    a.send_to(id, "platform-b").await;
    pair.round().await;
    let number = a.case(id).await.number;
    assert_eq!(a.engine.dead_letters(TENANT, &Actor::System, "b").await.unwrap().dead.len(), 1);

    let sender = as_a(&pair).await;
    let mut foreign = order("PX-20");
    foreign["matter"] = json!("ZZ");
    let note = json!({"number": "PX-20", "words": "随后的话"});
    let events = [
        sender.event("z-1", "handed-over", "PX-20", 1, foreign),
        sender.event("z-2", "noted", "PX-20", 2, note),
    ];
    assert_eq!(sender.send(&events[..1]).await, 202);
    assert_eq!(sender.send(&events[1..]).await, 202);
    pair.round().await;
    let parked = b.engine.dead_letters(TENANT, &Actor::System, "a").await.unwrap().parked;
    assert!(parked.len() == 1 && parked[0].code.as_deref() == Some("unmapped"), "{parked:?}");
    pair.round().await;
    assert_eq!(b.engine.dead_letters(TENANT, &Actor::System, "a").await.unwrap().parked.len(), 1);

    a.map("b", super::pair::MAP_OF_A).await;
    let row = "[[matter]]\nours = \"city/order/vendor\"\ntheirs = \"ZZ\"\nway = \"in\"\n";
    let mended = super::pair::MAP_OF_B.replace("\"matters\", ", "") + row;
    b.map("a", &mended).await;
    pair.round().await;
    let began = b.numbered("PX-20").await.expect("nobody had to ask for it");
    assert_eq!(began.matter.as_ref().map(|matter| matter.as_str()), Some("city/order/vendor"));
    assert!(b.events(began.id).await.len() > 1, "and what waited behind it");
    b.map("a", super::pair::MAP_OF_B).await;
    pair.round().await;
    assert!(b.numbered(&number).await.is_some());
    a.assert_sound().await;
    b.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_of_a_file_opens_that_file_to_that_partner_for_some_days_and_nothing_else() {
    let pair = Pair::open(15).await;
    let a = &pair.a;
    pair.to_b.shut(true);
    let id = a.report("占道经营", Some(photo())).await;
    a.send_to(id, "platform-b").await;
    a.exchange.run().await.unwrap();
    let files = a.engine.store().files(TENANT, id).await.unwrap();
    let shown = files[0].shown.clone().unwrap();
    let get = |path: String| async move {
        let answer = reqwest::get(format!("http://{}/api/v1/exchange/{path}", a.address)).await.unwrap();
        (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
    };
    let rows = a.exchange_addresses(id).await;
    let address = rows[0]["url"].as_str().unwrap().rsplit("/exchange/").next().unwrap().to_owned();
    let (status, bytes) = get(address.clone()).await;
    assert_eq!((status, sum(&bytes).as_str()), (200, rows[0]["sha256"].as_str().unwrap()));
    assert!(address.contains(shown.as_str()), "the copy without metadata");
    assert_eq!(get(address.replacen("b/", "other/", 1)).await.0, 404);
    assert_eq!(
        get(format!("{}0", &address[..address.len() - 1])).await.0,
        if address.ends_with('0') { 200 } else { 404 }
    );
    assert_eq!(get(format!("b/files/{id}-{shown}-9999999999999-00")).await.0, 404);
    pair.clock.advance(9 * 24 * 3_600_000);
    assert_eq!(get(address).await.0, 404, "it has ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_word_of_the_side_that_took_over_counts_only_while_the_case_is_with_it() {
    let pair = Pair::open(16).await;
    let (a, b) = (&pair.a, &pair.b);
    let id = a.report("占道经营", None).await;
    a.send_to(id, "platform-b").await;
    pair.settle().await;
    let number = a.case(id).await.number.to_string();
    let theirs = b.numbered(&number).await.unwrap().id;
    // Both act before either hears of the other.
    a.say("dispatcher-east", id, Name::Recall, json!({"reason": "另行处理"})).await;
    b.say("handler-station-bridge", theirs, Name::Decline, json!({"reason": "不属本辖区"})).await;
    pair.settle().await;
    assert_eq!((a.case(id).await.stage, b.case(theirs).await.stage), (Stage::Filed, Stage::Declined));
    assert_eq!(a.case(id).await.used.returns, 0, "it was not with them any more");
    a.assert_sound().await;
    b.assert_sound().await;
}
