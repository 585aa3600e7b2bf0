//! A person is planted in every text, file and message of a case, forgotten with it, and then looked for everywhere.

mod doors;
mod recipients;

use crate::desk;
use crate::every_word;
use crate::made;
use crate::traces;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use desk::Desk;
use huying_engine::outbox::{Outbox, OutboxSettings, guard::Reach, mail::MailSettings, template::Language};
use huying_model::CaseId;
use serde_json::{Value, json};
use traces::{Logged, Needle, Server};

/// Stands in every text: Han characters, of which two pairs are search terms, and a word of another script.
const NAME: &str = "欧阳翠花 Zyxwvutson";
const PHONE: &str = "13977770042";
const MAIL: &str = "zyxwvutson@example.org";
/// What the photo's metadata says of its camera.
const CAMERA: &str = "Secret Camera";

/// Every form in which it may stand somewhere: UTF-8 in whole and in pairs, UTF-16 both ways, base64 at each of three places.
fn needles() -> Vec<Needle> {
    let mut all = Vec::new();
    for text in ["欧阳翠花", "翠花", "阳翠", "Zyxwvutson", "zyxwvutson", PHONE, MAIL, CAMERA] {
        all.push((text.to_owned(), text.as_bytes().to_vec()));
        let coded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        all.push((format!("{text} as in an address"), coded.into_bytes()));
        let wide: Vec<u16> = text.encode_utf16().collect();
        all.push((format!("{text} UTF-16LE"), wide.iter().flat_map(|unit| unit.to_le_bytes()).collect()));
        all.push((format!("{text} UTF-16BE"), wide.iter().flat_map(|unit| unit.to_be_bytes()).collect()));
        for shift in 0..3 {
            // The first and last signs of base64 depend on what stands around; those between do not.
            let padded = [&vec![b' '; shift], text.as_bytes(), b"   "].concat();
            let coded = STANDARD_NO_PAD.encode(padded);
            let inner = &coded[4..4 * ((shift + text.len()) / 3)];
            if inner.len() >= 8 {
                all.push((format!("{text} base64 {shift}"), inner.as_bytes().to_vec()));
            }
        }
    }
    all
}

/// The needles that stand under a path.
pub fn found(path: &Path) -> Vec<String> {
    traces::found(path, &needles())
}

pub fn said(what: &str) -> String {
    format!("{what}：{NAME}，电话{PHONE}")
}

async fn send_photo(desk: &Desk, id: &str, member: &str, kind: &str) -> Value {
    let claims = made::Claims {
        time: Some("2026:05:12 08:30:15"),
        gps: Some(([30, 0, 5400], [110, 0, 1800])),
        ..made::Claims::default()
    };
    let photo = made::with_exif(&made::jpeg(64, 48), &claims);
    let (media, body) = desk::form(&photo, Some(kind));
    // The name of the file and the words that go with it are planted too.
    let body = replaced(&body, b"p.jpg", format!("{NAME}.jpg").as_bytes());
    let words = format!(
        "\r\n--huying-form-boundary\r\nContent-Disposition: form-data; name=\"words\"\r\n\r\n{}\r\n--huying-form-boundary--\r\n",
        said("照片")
    );
    let body = replaced(&body, b"\r\n--huying-form-boundary--\r\n", words.as_bytes());
    let path = format!("/api/v1/cases/{id}/files");
    desk.post(&path).by(member).raw(&media, body).send().await.expect(201)["file"].clone()
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

/// A case from report to close that names the person wherever something can be written. Answers id, number and secret.
async fn planted(desk: &Desk) -> Value {
    let mut report = desk::report("city/facility/manhole", &said("井盖"));
    report["address"] = json!(said("地址"));
    report["reporters"] = json!([{"name": NAME, "contact": PHONE}, {"name": said("家属"), "contact": MAIL}]);
    let made = desk.post("/api/v1/cases").by("acceptor-east").header("idempotency-key", "Zyxwvutson-1");
    let made = made.json(&report).send().await.expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    let tell = async |member: &str, name: &str, body: Value| {
        let answer = desk.command(member, &id, name, &body).send().await;
        assert_eq!(answer.status, 200, "{member} {name}: {}", answer.text());
    };
    let (station, works) = ("handler-station-bridge", "handler-dept-works");
    tell(station, "comment", json!({"words": said("留言")})).await;
    tell(station, "note", json!({"words": said("备注")})).await;
    tell(station, "ask-reporter", json!({"question": said("问题")})).await;
    let more = json!({"words": said("补充"), "informant": {"reachable": true, "name": said("邻居"), "contact": PHONE}});
    tell(station, "supplement", more).await;
    send_photo(desk, &id, station, "before").await;
    tell(station, "file", json!({"filing": {"matter": "city/facility/manhole", "condition": 1}})).await;
    tell("dispatcher-east", "dispatch", json!({"lead": "dept-works"})).await;
    tell(works, "return", json!({"reason": said("退回")})).await;
    tell("dispatcher-east", "dispatch", json!({"lead": "dept-works"})).await;
    tell(works, "receive", json!({"unit": "dept-works"})).await;
    tell(works, "progress", json!({"unit": "dept-works", "words": said("进展")})).await;
    let file = send_photo(desk, &id, works, "after").await;
    let evidence = json!([{"kind": "after", "file": file}]);
    let finish = json!({"outcome": "explained", "reason": said("办结"), "evidence": evidence});
    tell(works, "finish", finish).await;
    tell("inspector-1", "pass", json!({"words": said("核查")})).await;
    for reporter in 0..3 {
        let call = json!({"reporter": reporter, "reached": true, "solved": true, "words": said("回访")});
        tell("caller-back", "record-callback", call).await;
    }
    tell("caller-back", "close", json!({"words": said("结案")})).await;
    made
}

async fn told(desk: &Desk) {
    let settings = OutboxSettings {
        reach: Reach::default(),
        // Nobody listens there: the letters wait with the error of their try.
        mail: Some(MailSettings { server: "smtp://127.0.0.1:9".into(), from: "desk@example.org".into() }),
        language: Language::Zh,
    };
    let outbox = Outbox::new(desk.state.engine.clone(), "test", &settings).unwrap();
    outbox.fan_out().await.unwrap();
    outbox.carry_out().await.unwrap();
}

/// Everything that the platform answers about the case, to everybody who may ask.
async fn answers(desk: &Desk, made: &Value) -> Vec<u8> {
    let (id, number) = (made["id"].as_str().unwrap(), made["number"].as_str().unwrap());
    let mut all = Vec::new();
    let members = ["acceptor-east", "handler-station-bridge", "handler-dept-works", "caller-back", "auditor"];
    for member in members.into_iter().chain(["leader-district", "administrator"]) {
        for path in [
            format!("/api/v1/cases/{id}"),
            format!("/api/v1/cases/{id}/files"),
            "/api/v1/cases?limit=500".to_owned(),
            "/api/v1/search?q=%E7%BF%A0%E8%8A%B1".to_owned(),
            "/api/v1/search?q=Zyxwvutson".to_owned(),
            format!("/cases/{number}"),
            "/desk".to_owned(),
            format!("/api/v1/access?case={id}"),
            "/access".to_owned(),
            "/api/v1/erasures".to_owned(),
            "/erasures".to_owned(),
            "/metrics".to_owned(),
        ] {
            all.extend(desk.get(&path).by(member).send().await.body);
        }
    }
    let secret = json!({"number": number, "secret": made["follow_secret"]});
    all.extend(desk.post("/api/v1/track").json(&secret).send().await.body);
    for reporter in 0..3 {
        let mut body = json!({"case": id, "reporter": reporter});
        let asked = desk.post("/api/v1/persons/export").by("administrator").json(&body).send().await;
        body["agreement"] = asked.json()["agreement"].clone();
        all.extend(desk.post("/api/v1/persons/export").by("auditor").json(&body).send().await.body);
    }
    desk.state.engine.store().export_events(&mut all).await.unwrap();
    all
}

async fn forget(desk: &Desk, body: Value) {
    let made = desk.post("/api/v1/erasures").by("administrator").json(&body).send().await.expect(201);
    let path = format!("/api/v1/erasures/{}/confirm", made["id"].as_str().unwrap());
    desk.post(&path).by("administrator-2").send().await.expect(200);
}

async fn a_person_is_gone_from_everywhere(desk: Desk, database: &Path) {
    let logged = Logged::start();
    desk.report("city/facility/litter", "另一件事，应当保留").await;
    let made = planted(&desk).await;
    told(&desk).await;
    let id: CaseId = made["id"].as_str().unwrap().parse().unwrap();
    let (engine, tenant) = (&desk.state.engine, desk.state.tenant());
    let files = engine.store().files(tenant, id).await.unwrap();
    assert_eq!(files.len(), 2);
    engine.scour().await.unwrap();
    for text in ["欧阳翠花", "阳翠", "Zyxwvutson", "zyxwvutson", PHONE] {
        assert!(found(database).contains(&text.to_owned()), "the test finds what is there: {text}");
    }
    assert!(String::from_utf8_lossy(&answers(&desk, &made).await).contains("欧阳翠花"));

    forget(&desk, json!({"case": made["id"], "reason": "request"})).await;
    engine.scour().await.unwrap();
    assert_eq!(found(database), [""; 0], "in the database");
    assert_eq!(found(&desk.folder.path().join("files")), [""; 0], "in the file store");
    for name in files.iter().flat_map(|file| [Some(&file.hash), file.shown.as_ref(), file.thumb.as_ref()]) {
        let name = name.unwrap();
        let object = desk.folder.path().join("files").join(&name[..2]).join(&name[2..4]).join(name.as_str());
        assert!(!object.exists(), "a sealed copy is left");
        let path = format!("/api/v1/cases/{id}/files/{name}");
        desk.get(&path).by("acceptor-east").send().await.problem(404);
        let kept = desk.get(&path).by("acceptor-east").header("if-none-match", &format!("\"{name}\""));
        kept.send().await.problem(404);
    }
    let (copy, keys) = (desk.folder.path().join("backup"), desk.folder.path().join("backup-keys"));
    engine.store().backup(&copy, &keys, 0).await.unwrap();
    assert_eq!(found(&copy), [""; 0], "in a later backup");
    assert_eq!(found(&keys), [""; 0], "beside the keys of a later backup");
    let after = desk.folder.path().join("answers");
    std::fs::write(&after, answers(&desk, &made).await).unwrap();
    assert_eq!(found(&after), [""; 0], "in what the platform answers");
    let log = desk.folder.path().join("log");
    std::fs::write(&log, logged.text()).unwrap();
    assert!(!logged.text().is_empty(), "the process has said something");
    assert_eq!(found(&log), [""; 0], "in the log of the process");

    let audit = engine.store().audit(&|_| {}).await.unwrap();
    assert!(audit.clean() && audit.events >= 20, "{audit:?}");
    let check = engine.store().check(&|_| {}).await.unwrap();
    assert!(check.clean(), "{check:?}");
    let kept = desk.get("/api/v1/search?q=%E5%BA%94%E5%BD%93").by("acceptor-east").send().await.expect(200);
    assert_eq!(kept["items"].as_array().unwrap().len(), 1, "others are found as before");
    let row = engine.store().erasures(tenant, 1).await.unwrap().remove(0);
    assert!(row.scoured_at.is_some() && row.keys >= 5, "{row:?}");
}

/// The database's file and its log under one folder, so that both are searched.
fn under_one_folder(desk: &Desk) -> PathBuf {
    let database = desk.folder.path().join("database");
    std::fs::create_dir(&database).unwrap();
    for ending in ["", "-wal", "-shm"] {
        let name = format!("store.db{ending}");
        let _ = std::os::unix::fs::symlink(desk.folder.path().join(&name), database.join(&name));
    }
    database
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_gone_from_everywhere_on_sqlite() {
    let desk = Desk::open().await;
    let database = under_one_folder(&desk);
    a_person_is_gone_from_everywhere(desk, &database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_gone_from_everywhere_on_postgres() {
    let server = Server::start("erasure");
    // The usual compression puts a byte between every eight, so that no text could be found; this one leaves new texts whole.
    let desk = Desk::at(&format!("{}?options=-c%20default_toast_compression%3Dlz4", server.url)).await;
    a_person_is_gone_from_everywhere(desk, &server.data().join("base")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_command_carried_the_words_they_are_gone_with_the_case() {
    let desk = Desk::open().await;
    let database = under_one_folder(&desk);
    let everything = every_word::say_everything(&desk, &said).await;
    assert!(everything.commands.len() > 40, "{:?}", everything.commands);
    told(&desk).await;
    let engine = &desk.state.engine;
    engine.scour().await.unwrap();
    assert!(found(&database).contains(&"欧阳翠花".to_owned()), "the test finds what is there");
    for case in &everything.cases {
        forget(&desk, json!({"case": case.to_string(), "reason": "request"})).await;
    }
    engine.scour().await.unwrap();
    assert_eq!(found(&database), [""; 0], "in the database");
    let after = desk.folder.path().join("answers");
    let mut all = Vec::new();
    for case in &everything.cases {
        for member in ["acceptor-east", "auditor", "leader-district"] {
            all.extend(desk.get(&format!("/api/v1/cases/{case}")).by(member).send().await.body);
        }
    }
    engine.store().export_events(&mut all).await.unwrap();
    std::fs::write(&after, all).unwrap();
    assert_eq!(found(&after), [""; 0], "in what the platform answers");
    let audit = engine.store().audit(&|_| {}).await.unwrap();
    assert!(audit.clean() && audit.events > 200, "{audit:?}");
    let check = engine.store().check(&|_| {}).await.unwrap();
    assert!(check.clean(), "{check:?}");
}

#[tokio::test]
async fn what_is_said_after_a_case_was_forgotten_stands_under_a_new_key() {
    let desk = Desk::open().await;
    let made = planted(&desk).await;
    forget(&desk, json!({"case": made["id"], "reason": "request"})).await;
    let id = made["id"].as_str().unwrap();
    let reason = json!({"reason": "井盖又坏了"});
    desk.tell("dispatcher-east", id, "reopen", reason, "filed").await;
    desk.tell("dispatcher-east", id, "comment", json!({"words": "新的话"}), "filed").await;
    let whole = desk.get(&format!("/api/v1/cases/{id}")).by("dispatcher-east").send().await.expect(200);
    let journal = whole["journal"].as_array().unwrap();
    assert_eq!(journal.last().unwrap()["facts"]["words"], "新的话");
    assert_eq!(journal[1]["facts"]["words"], Value::Null);
    let (engine, _) = (&desk.state.engine, Arc::clone(&desk.clock));
    assert!(engine.store().check(&|_| {}).await.unwrap().clean());
}
