//! Messages reach the outside: signed, once per event, again after a failure, and never inside the own network.

use crate::town;

use std::sync::{Arc, Mutex};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use huying_engine::{
    intake::{InformantDraft, ReportDraft},
    outbox::{
        Outbox, OutboxSettings,
        guard::Reach,
        mail::MailSettings,
        subscribe::{Channel, Wanted},
    },
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::Semaphore,
};
use town::{TENANT, Town, draft};

/// What a receiver got: lower-cased headers and the body.
pub type Got = Arc<Mutex<Vec<(Vec<(String, String)>, String)>>>;

/// A receiver that answers with the statuses given, then with the last of them.
pub async fn receiver(statuses: &'static [&'static str]) -> (String, Got) {
    receiver_behind(Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)), statuses).await
}

/// A receiver that answers nothing until the gate lets it.
pub async fn receiver_behind(gate: Arc<Semaphore>, statuses: &'static [&'static str]) -> (String, Got) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let got = Got::default();
    let keep = Arc::clone(&got);
    tokio::spawn(async move {
        let mut answered = 0;
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            let mut headers = Vec::new();
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            loop {
                line.clear();
                stream.read_line(&mut line).await.unwrap();
                let Some((name, value)) = line.trim().split_once(": ") else { break };
                headers.push((name.to_lowercase(), value.to_owned()));
            }
            let length = header(&headers, "content-length").parse().unwrap();
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await.unwrap();
            keep.lock().unwrap().push((headers, String::from_utf8(body).unwrap()));
            gate.acquire().await.unwrap().forget();
            let status = statuses[answered.min(statuses.len() - 1)];
            answered += 1;
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.get_mut().write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, got)
}

pub fn header<'a>(headers: &'a [(String, String)], name: &str) -> &'a str {
    headers
        .iter()
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.as_str())
        .unwrap_or_else(|| panic!("no {name}"))
}

pub fn outbox(town: &Town, holder: &str, reach: Reach) -> Outbox {
    Outbox::new(town.engine.clone(), holder, &OutboxSettings { reach, ..Default::default() }).unwrap()
}

#[tokio::test]
async fn every_event_is_told_once_and_signed_so_that_the_receiver_can_check_it() {
    let town = Town::new().await;
    let (url, got) = receiver(&["200 OK"]).await;
    let wanted = Wanted { kinds: vec!["reported".into(), "dispatched".into()], ..Wanted::default() };
    let made = town.engine.subscribe(TENANT, Channel::Webhook, &url, &wanted, Reach::Anywhere).await.unwrap();
    town.report(draft("city/order/parking", "秘密的地点")).await;
    let (one, two) = (outbox(&town, "node-1", Reach::Anywhere), outbox(&town, "node-2", Reach::Anywhere));
    let (first, second) = tokio::join!(one.run(), two.run());
    let tried = first.unwrap() + second.unwrap() + one.run().await.unwrap() + two.run().await.unwrap();
    assert_eq!(tried, 2);
    let got = got.lock().unwrap().clone();
    let mut kinds: Vec<_> = got
        .iter()
        .map(|(_, body)| serde_json::from_str::<serde_json::Value>(body).unwrap()["type"].clone())
        .collect();
    kinds.sort_by_key(ToString::to_string);
    assert_eq!(kinds, ["case.dispatched", "case.reported"]);
    let secret = STANDARD.decode(made.secret.unwrap().strip_prefix("whsec_").unwrap()).unwrap();
    for (headers, body) in &got {
        assert!(!body.contains("秘密"), "personal words left the house");
        let signed =
            format!("{}.{}.{body}", header(headers, "webhook-id"), header(headers, "webhook-timestamp"));
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&secret).unwrap();
        mac.update(signed.as_bytes());
        assert_eq!(
            header(headers, "webhook-signature"),
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        );
    }
    assert_ne!(header(&got[0].0, "webhook-id"), header(&got[1].0, "webhook-id"));
}

#[tokio::test]
async fn a_receiver_that_fails_is_tried_again_later_with_the_same_id() {
    let town = Town::new().await;
    let (url, got) =
        receiver(&["500 Oops", "302 Found\r\nlocation: http://127.0.0.1:9/", "204 No Content"]).await;
    let wanted = Wanted { kinds: vec!["reported".into()], ..Wanted::default() };
    town.engine.subscribe(TENANT, Channel::Webhook, &url, &wanted, Reach::Anywhere).await.unwrap();
    town.report(draft("city/order/vendor", "占道")).await;
    let outbox = outbox(&town, "node-1", Reach::Anywhere);
    assert_eq!(outbox.run().await.unwrap(), 1);
    assert_eq!(outbox.run().await.unwrap(), 0, "not before its time");
    town.clock.advance(12_000);
    assert_eq!(outbox.run().await.unwrap(), 1);
    town.clock.advance(70_000);
    assert_eq!(outbox.run().await.unwrap(), 1);
    town.clock.advance(3_600_000);
    assert_eq!(outbox.run().await.unwrap(), 0, "it was taken");
    let got = got.lock().unwrap().clone();
    assert_eq!(got.len(), 3, "a redirect is not followed");
    assert!(got.iter().all(|(headers, _)| header(headers, "webhook-id") == header(&got[0].0, "webhook-id")));
    let states = town.engine.store().deliveries(TENANT, None, 10).await.unwrap().items;
    assert_eq!((states[0].state.as_str(), states[0].attempts), ("done", 3));
}

#[tokio::test]
async fn a_receiver_that_says_gone_is_told_no_more() {
    let town = Town::new().await;
    let (url, got) = receiver(&["410 Gone"]).await;
    town.engine.subscribe(TENANT, Channel::Webhook, &url, &Wanted::default(), Reach::Anywhere).await.unwrap();
    let outbox = outbox(&town, "node-1", Reach::Anywhere);
    town.report(draft("city/order/vendor", "占道")).await;
    outbox.run().await.unwrap();
    town.report(draft("city/order/vendor", "又占道")).await;
    outbox.run().await.unwrap();
    assert_eq!(got.lock().unwrap().len(), 1);
    assert!(!town.engine.store().subscriptions(TENANT).await.unwrap()[0].active);
}

#[tokio::test]
async fn the_own_network_is_out_of_reach_of_a_subscriber() {
    let town = Town::new().await;
    let (url, got) = receiver(&["200 OK"]).await;
    let refused =
        town.engine.subscribe(TENANT, Channel::Webhook, &url, &Wanted::default(), Reach::Public).await;
    assert_eq!(refused.unwrap_err().code(), "webhook_address");
    // Made while the own network was allowed, carried after it was forbidden.
    town.engine.subscribe(TENANT, Channel::Webhook, &url, &Wanted::default(), Reach::Anywhere).await.unwrap();
    town.report(draft("city/order/vendor", "占道")).await;
    outbox(&town, "node-1", Reach::Public).run().await.unwrap();
    assert!(got.lock().unwrap().is_empty());
    let states = town.engine.store().deliveries(TENANT, None, 10).await.unwrap().items;
    assert_eq!(states[0].state, "failed");
}

/// A mail server that speaks just enough SMTP (RFC 5321) and keeps what it is given.
pub async fn mail_server() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let got = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&got);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let keep = Arc::clone(&keep);
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                stream.get_mut().write_all(b"220 here\r\n").await.unwrap();
                let (mut line, mut letter, mut in_data) = (String::new(), String::new(), false);
                while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
                    let answer = match line.trim_end() {
                        "." if in_data => {
                            in_data = false;
                            keep.lock().unwrap().push(std::mem::take(&mut letter));
                            Some("250 kept")
                        }
                        _ if in_data => None,
                        "DATA" => {
                            in_data = true;
                            Some("354 go on")
                        }
                        text if text.starts_with("EHLO") => Some("250 here"),
                        "QUIT" => Some("221 bye"),
                        _ => Some("250 fine"),
                    };
                    letter.push_str(&line);
                    line.clear();
                    if let Some(answer) = answer {
                        stream.get_mut().write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
                    }
                }
            });
        }
    });
    (url, got)
}

#[tokio::test]
async fn units_and_reporters_get_their_mail_and_the_address_stays_sealed() {
    let town = Town::new().await;
    let (server, got) = mail_server().await;
    let wanted = Wanted { units: vec!["traffic-east".into()], ..Wanted::default() };
    town.engine
        .subscribe(TENANT, Channel::Mail, "traffic@example.org", &wanted, Reach::Public)
        .await
        .unwrap();
    let someone = InformantDraft { name: None, contact: Some("someone@example.org".into()) };
    town.report(ReportDraft { reporters: vec![someone], ..draft("city/order/parking", "秘密的地点") }).await;
    let mail = Some(MailSettings { server, from: "呼应 <noreply@example.org>".into() });
    let outbox =
        Outbox::new(town.engine.clone(), "node-1", &OutboxSettings { mail, ..Default::default() }).unwrap();
    outbox.run().await.unwrap();
    let rows = town.engine.store().deliveries(TENANT, None, 50).await.unwrap().items;
    assert!(rows.iter().all(|row| row.state == "done"), "{rows:?}");
    assert!(rows.iter().all(|row| !row.target.contains("someone")), "an address stands in the clear");
    let letters = got.lock().unwrap().clone();
    let to = |who: &str| letters.iter().filter(|letter| letter.contains(&format!("RCPT TO:<{who}>"))).count();
    assert!(to("traffic@example.org") >= 1, "{letters:?}");
    // Reported, filed, dispatched.
    assert_eq!(to("someone@example.org"), 3);
    assert!(letters.iter().all(|letter| letter.contains("Message-ID: <msg_")));
}

#[tokio::test]
async fn a_subscription_that_cannot_work_is_refused_with_the_mend() {
    let town = Town::new().await;
    let make = |channel, target: &'static str, wanted: Wanted| {
        let engine = town.engine.clone();
        async move { engine.subscribe(TENANT, channel, target, &wanted, Reach::Public).await.unwrap_err().code() }
    };
    assert_eq!(make(Channel::Mail, "nobody", Wanted::default()).await, "mail_address");
    assert_eq!(make(Channel::Webhook, "http://example.org/", Wanted::default()).await, "webhook_address");
    let strange = Wanted { units: vec!["no-such-unit".into()], ..Wanted::default() };
    assert_eq!(make(Channel::Webhook, "https://example.org/", strange).await, "unknown_unit");
}
