//! A hotline with columns of its own: a work order comes in its words, and receipt, progress and end go back in them.

use std::sync::{Arc, Mutex};

use huying_engine::{
    clock::SetClock,
    exchange::{event, partner::PartnerDraft, take::Delivery},
    outbox::{guard::Reach, sign::Secret},
};
use huying_model::{Actor, Name};
use huying_pack::partner::Mode;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpListener};

use super::{
    node::{self, TENANT},
    proxy::whole,
};
use crate::desk::MORNING;

const MAP: &str = r#"format = 1
mode = "binary"
[purpose]
in = "办理需联系反映人"
[default]
source = "hotline"
area = "990101001001001"
[[type]]
ours = "handed-over"
theirs = "cn.12345.order.created"
[[type]]
ours = "finished"
theirs = "cn.12345.order.replied"
[[matter]]
ours = "city/order/vendor"
theirs = "0103"
[[status]]
ours = "solved"
theirs = "已解决"
[[status]]
ours = "closed"
theirs = "已办结"
[[field]]
ours = "number"
theirs = "工单编号"
[[field]]
ours = "text"
theirs = "诉求内容"
[[field]]
ours = "matter"
theirs = "分类编码"
[[field]]
ours = "words"
theirs = "回复内容"
[[field]]
ours = "outcome"
theirs = "办理结果"
[[field]]
ours = "stage"
theirs = "工单状态"
way = "out"
[[drop]]
theirs = "坐席"
"#;

/// What a hotline was sent: type and body of each request.
async fn listening() -> (String, Arc<Mutex<Vec<(String, Value)>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/in", listener.local_addr().unwrap());
    let told = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&told);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let request = whole(&mut stream).await.unwrap();
            let end = request.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
            let head = String::from_utf8_lossy(&request[..end]).into_owned();
            let kind = head.lines().find_map(|line| line.strip_prefix("ce-type: ")).unwrap_or_default();
            let body = serde_json::from_slice(&request[end + 4..]).unwrap();
            kept.lock().unwrap().push((kind.to_owned(), body));
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .await
                .unwrap();
        }
    });
    (address, told)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_work_order_comes_in_the_hotlines_words_and_the_answer_goes_back_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SetClock::at(MORNING.parse().unwrap()));
    let node = node::open(folder.path(), clock, Some("https://huying.example.org")).await;
    let (address, told) = listening().await;
    let draft = PartnerDraft {
        id: "hotline".into(),
        name: "热线平台".into(),
        kind: "hotline".into(),
        address,
        source: "urn:12345".into(),
        own: "urn:huying".into(),
        secret: None,
    };
    let engine = &node.engine;
    let secret = engine.add_partner(TENANT, &Actor::System, &draft, Reach::Anywhere).await.unwrap().unwrap();
    let secret = Secret::parse(&secret).unwrap();
    node.map("hotline", MAP).await;
    node.exchange.run().await.unwrap();
    let send = async |id: &str, data: Value| {
        let event = event::Event {
            id: id.into(),
            source: "urn:12345".into(),
            kind: "cn.12345.order.created".into(),
            subject: None,
            time: None,
            sequence: None,
            data,
        };
        let (mut headers, body) = event::write(Mode::Binary, &[event]);
        let seconds = engine.now().0 / 1000;
        let signature = secret.sign("m", seconds, &String::from_utf8(body.clone()).unwrap());
        headers.extend([
            ("webhook-id".to_owned(), "m".to_owned()),
            ("webhook-timestamp".to_owned(), seconds.to_string()),
        ]);
        headers.push(("webhook-signature".to_owned(), signature));
        let header =
            |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        engine.take(TENANT, Delivery { partner: "hotline", header: &header, body: &body }).await.unwrap();
        node.exchange.run().await.unwrap();
    };
    let order =
        json!({"工单编号": "HL20260512-000001", "诉求内容": "占道经营", "分类编码": "0103", "坐席": "12"});
    send("order-1", order.clone()).await;
    let case = node.numbered("HL20260512-000001").await.expect("the work order is a case");
    // A column that nobody named, and a class that nobody mapped: kept with the reason.
    let mut odd = order.clone();
    odd["工单编号"] = json!("HL20260512-000002");
    odd["天气"] = json!("晴");
    send("order-2", odd).await;
    let mut unknown = order;
    unknown["工单编号"] = json!("HL20260512-000003");
    unknown["分类编码"] = json!("9999");
    send("order-3", unknown).await;
    let parked = engine.dead_letters(TENANT, &Actor::System, "hotline").await.unwrap().parked;
    let why: Vec<&str> = parked.iter().filter_map(|row| row.error.as_deref()).collect();
    assert!(why.len() == 2 && why[0].contains("天气") && why[1].contains("9999"), "{why:?}");

    node.send_to(case.id, "order-east").await;
    node.say("handler-order-east", case.id, Name::Receive, json!({"unit": "order-east"})).await;
    let done = json!({"outcome": "solved", "reason": "已劝离"});
    node.say_with("handler-order-east", case.id, Name::Finish, done, vec![crate::made::jpeg(60, 40)]).await;
    node.say("inspector-1", case.id, Name::Pass, json!({})).await;
    node.exchange.run().await.unwrap();
    let told = told.lock().unwrap().clone();
    let (kind, mut last) = told.last().unwrap().clone();
    assert_eq!(kind, "cn.12345.order.replied");
    // The evidence goes along, though the mapping has no column for it.
    let files = last.as_object_mut().unwrap().remove("files").unwrap();
    assert_eq!((files.as_array().unwrap().len(), files[0]["media"].as_str()), (1, Some("image/jpeg")));
    let wanted = json!({
        "工单编号": "HL20260512-000001", "回复内容": "已劝离", "办理结果": "已解决", "工单状态": "已办结",
    });
    assert_eq!(last, wanted);
    assert!(told.iter().all(|(_, body)| body["工单编号"] == "HL20260512-000001"), "{told:?}");
}
