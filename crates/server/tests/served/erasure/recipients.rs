//! The same for a service recipient: planted in every field of the register, seen to be sealed, forgotten, and looked for everywhere.

use std::path::Path;

use serde_json::json;

use super::{Desk, found, said, under_one_folder};
use crate::{
    recipients,
    traces::{self, Logged, Needle, Server},
};

const WORKER: &str = "worker-bridge-1";

/// Every sealed field as it lies in the database, and the key as it is wrapped.
fn hidden(desk: &Desk, sealed: &str, id: &str) -> Vec<Needle> {
    let fields: serde_json::Value = serde_json::from_str(sealed).unwrap();
    let mut all: Vec<Needle> = Vec::new();
    for (name, words) in fields.as_object().unwrap() {
        let cipher = words["c"].as_str().unwrap();
        all.push((format!("the ciphertext of {name}"), cipher.as_bytes().to_vec()));
    }
    let keys = std::fs::read_to_string(desk.folder.path().join("keys-before/seal_key.jsonl")).unwrap();
    let line = keys.lines().find(|line| line.contains(&format!("r{id}"))).unwrap();
    let cells: serde_json::Value = serde_json::from_str(line).unwrap();
    let hex = cells[3]["hex"].as_str().unwrap();
    let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
    all.push(("the wrapped key".to_owned(), bytes.collect()));
    all
}

async fn a_recipient_is_gone_from_everywhere(desk: Desk, database: &Path) {
    let logged = Logged::start();
    let mut body = recipients::body();
    for field in ["name", "phone", "address", "needs"] {
        body[field] = json!(said(field));
    }
    let made = desk.post("/api/v1/recipients").by(WORKER).json(&body).send().await.expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    let at = format!("/api/v1/recipients/{id}");
    let look = json!({"field": "name", "purpose": "visits"});
    let told = desk.post(&format!("{at}/reveal")).by(WORKER).json(&look).send().await.expect(200);
    assert_eq!(told["value"], said("name"));
    desk.post(&format!("{at}/export")).by(WORKER).json(&json!({})).send().await.expect(200);
    desk.get(&format!("/recipients/{id}")).by(WORKER).send().await;

    let (engine, tenant) = (&desk.state.engine, desk.state.tenant());
    let (copy, keys) = (desk.folder.path().join("before"), desk.folder.path().join("keys-before"));
    engine.store().backup(&copy, &keys, 0).await.unwrap();
    let row = engine.store().recipient(tenant, id.parse().unwrap()).await.unwrap().unwrap();
    let hidden = hidden(&desk, &row.sealed, &id);
    engine.scour().await.unwrap();
    assert_eq!(found(database), [""; 0], "it never lay in the clear");
    assert_eq!(found(&copy), [""; 0], "nor in a backup");
    let stands = traces::found(database, &hidden);
    assert_eq!(stands.len(), hidden.len(), "the test finds what is there: {stands:?}");

    let end = json!({"reason": "request", "at_once": true});
    desk.post(&format!("{at}/withdraw")).by(WORKER).json(&end).send().await.expect(200);
    engine.scour().await.unwrap();
    assert_eq!(traces::found(database, &hidden), [""; 0], "sealed or not, in the database");
    assert_eq!(found(database), [""; 0]);
    let (copy, keys) = (desk.folder.path().join("after"), desk.folder.path().join("keys-after"));
    engine.store().backup(&copy, &keys, 0).await.unwrap();
    for place in [&copy, &keys] {
        assert_eq!(traces::found(place, &hidden), [""; 0], "in a later backup");
        assert_eq!(found(place), [""; 0], "in a later backup");
    }
    let mut all = Vec::new();
    for member in [WORKER, "leader-east", "auditor", "administrator"] {
        for path in [
            &at[..],
            "/api/v1/recipients",
            "/recipients",
            "/api/v1/access",
            "/access",
            "/erasures",
            "/metrics",
        ] {
            all.extend(desk.get(path).by(member).send().await.body);
        }
    }
    engine.store().export_events(&mut all).await.unwrap();
    let after = desk.folder.path().join("answers");
    std::fs::write(&after, all).unwrap();
    assert_eq!(found(&after), [""; 0], "in what the platform answers");
    let log = desk.folder.path().join("log");
    std::fs::write(&log, logged.text()).unwrap();
    assert_eq!(found(&log), [""; 0], "in the log of the process");
    let (check, audit) =
        (engine.store().check(&|_| {}).await.unwrap(), engine.store().audit(&|_| {}).await.unwrap());
    assert!(check.clean() && audit.clean(), "{check:?} {audit:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recipient_is_gone_from_everywhere_on_sqlite() {
    let desk = Desk::open().await;
    let database = under_one_folder(&desk);
    a_recipient_is_gone_from_everywhere(desk, &database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recipient_is_gone_from_everywhere_on_postgres() {
    let server = Server::start("recipients");
    let desk = Desk::at(&format!("{}?options=-c%20default_toast_compression%3Dlz4", server.url)).await;
    a_recipient_is_gone_from_everywhere(desk, &server.data().join("base")).await;
}
