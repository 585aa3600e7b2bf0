//! A hotline's export, made up, goes through a mapping of its columns into cases: each work order one case under its own number.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

use std::{path::PathBuf, sync::Arc};

use huying_engine::{
    Engine, Setting,
    clock::SetClock,
    exchange::{
        Exchange, ExchangeSettings,
        event::{self, Event},
        partner::PartnerDraft,
        take::Delivery,
    },
    files::Files,
    outbox::{guard::Reach, sign::Secret},
};
use huying_model::{Actor, Instant, catalogue::Source};
use huying_pack::partner::Mode;
use huying_sim::hotline::{COLUMNS, csv, orders};
use huying_store::{Options, RootKey, Store, TenantId};
use serde_json::{Map, Value, json};

const TENANT: TenantId = TenantId(1);
const ORDERS: usize = 200;

const MAP: &str = r#"format = 1
same = ["matters", "areas"]
[purpose]
in = "办理需联系反映人"
[default]
source = "hotline"
urgency = "green"
[[type]]
ours = "handed-over"
theirs = "cn.12345.order.created"
[[field]]
ours = "number"
theirs = "工单编号"
[[field]]
ours = "title"
theirs = "标题"
[[field]]
ours = "text"
theirs = "诉求内容"
[[field]]
ours = "matter"
theirs = "分类编码"
[[field]]
ours = "address"
theirs = "事发地址"
[[field]]
ours = "area"
theirs = "所属区域"
[[field]]
ours = "reporter.name"
theirs = "诉求人"
way = "in"
[[field]]
ours = "reporter.contact"
theirs = "来电号码"
way = "in"
"#;

fn pack() -> huying_pack::Pack {
    huying_pack::load(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs/starter")).unwrap()
}

fn until() -> Instant {
    "2026-05-12T01:00:00Z".parse().unwrap()
}

#[test]
fn the_same_seed_makes_the_same_export_and_nobody_is_in_it() {
    let pack = pack();
    let zone = Setting::of_pack(pack.clone(), 0).zone;
    let rows = orders(&pack, &zone, until(), ORDERS, 7);
    assert_eq!(rows, orders(&pack, &zone, until(), ORDERS, 7));
    assert_ne!(rows, orders(&pack, &zone, until(), ORDERS, 8));
    assert_eq!(rows.len(), ORDERS);
    assert!(rows.iter().all(|row| row[4].trim_matches(['0', '*']).is_empty()), "no number of anybody");
    assert!(rows.windows(2).all(|pair| pair[0][1] <= pair[1][1]), "oldest first");
    let text = csv(&rows);
    assert_eq!(text.lines().count(), ORDERS + 1);
    assert_eq!(text.lines().next(), Some(COLUMNS.join(",").as_str()));
}

async fn opened(folder: &std::path::Path, clock: Arc<SetClock>) -> Engine {
    let url = format!("sqlite:{}", folder.join("store.db").display());
    let store = Store::open(&url, Options::new(RootKey::File(folder.join("root.key")))).await.unwrap();
    let engine = Engine::new(store, clock, Files::in_folder(&folder.join("files")).unwrap());
    engine.install(TENANT, Setting::of_pack(pack(), 0));
    engine
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_work_order_becomes_one_case_under_its_number_however_often_it_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let engine = opened(folder.path(), Arc::new(SetClock::at(until()))).await;
    let draft = PartnerDraft {
        id: "hotline".into(),
        name: "热线平台".into(),
        kind: "hotline".into(),
        address: "http://127.0.0.1:1/in".into(),
        source: "urn:12345".into(),
        own: "urn:huying".into(),
        secret: None,
    };
    let secret = engine.add_partner(TENANT, &Actor::System, &draft, Reach::Anywhere).await.unwrap().unwrap();
    let secret = Secret::parse(&secret).unwrap();
    // Columns that are not named are told, not dropped: those of the export that nobody needs are left aside by name.
    let known = |column: &str| MAP.contains(&format!("theirs = \"{column}\""));
    let dropped = COLUMNS.iter().filter(|column| !known(column));
    let map = dropped.fold(MAP.to_owned(), |map, column| format!("{map}[[drop]]\ntheirs = \"{column}\"\n"));
    engine.map_partner(TENANT, &Actor::System, "hotline", &map).await.unwrap().unwrap();
    let exchange = Exchange::new(engine.clone(), "test", ExchangeSettings::default()).unwrap();

    let setting = engine.setting(TENANT).unwrap();
    let rows = orders(&setting.pack, &setting.zone, until(), ORDERS, 7);
    let events: Vec<Event> = rows
        .iter()
        .map(|row| Event {
            id: format!("order-{}", row[0]),
            source: "urn:12345".into(),
            kind: "cn.12345.order.created".into(),
            subject: None,
            time: Some(until()),
            sequence: None,
            data: Value::Object(
                COLUMNS
                    .iter()
                    .zip(row)
                    .map(|(name, value)| ((*name).to_owned(), json!(value)))
                    .collect::<Map<_, _>>(),
            ),
        })
        .collect();
    for _ in 0..2 {
        let (mut headers, body) = event::write(Mode::Batch, &events);
        let seconds = until().0 / 1000;
        let signature = secret.sign("msg_1", seconds, &String::from_utf8(body.clone()).unwrap());
        headers.extend([
            ("webhook-id".to_owned(), "msg_1".to_owned()),
            ("webhook-timestamp".to_owned(), seconds.to_string()),
            ("webhook-signature".to_owned(), signature),
        ]);
        let header =
            |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let taken = engine.take(TENANT, Delivery { partner: "hotline", header: &header, body: &body }).await;
        assert_eq!(taken.unwrap().len(), ORDERS);
        exchange.run().await.unwrap();
    }
    let stopped = engine.dead_letters(TENANT, &Actor::System, "hotline").await.unwrap();
    assert!(stopped.parked.is_empty() && stopped.waiting.is_empty(), "{stopped:?}");
    assert_eq!(engine.store().count_cases(TENANT).await.unwrap(), ORDERS as i64);
    for row in &rows {
        let found = engine.store().case_by_number(TENANT, &row[0]).await.unwrap().unwrap();
        assert_eq!(found.case.source, Source::Hotline);
        assert_eq!(found.case.matter.as_ref().map(|code| code.to_string()), Some(row[10].clone()));
        assert_eq!(found.case.place.area.as_ref().map(|code| code.to_string()), Some(row[12].clone()));
        assert_eq!(found.texts.text.as_deref(), Some(row[7].as_str()));
    }
}
