//! The log over HTTP: heads and tiles for everybody, a receipt for whoever may read the case, and all of it checks.

use crate::desk;

use desk::Desk;
use huying_engine::notary::Notary;
use huying_proof::{Checkpoint, Receipt, hash, tile};

#[tokio::test]
async fn a_receipt_is_given_once_the_entry_is_in_the_log_and_only_to_whoever_may_read_the_case() {
    let desk = Desk::open().await;
    let report = desk::report("city/facility/litter", "垃圾");
    let made = desk.post("/api/v1/cases").by("acceptor-east").json(&report).send().await.expect(201);
    let path = format!("/api/v1/cases/{}/receipt", made["number"].as_str().unwrap());
    desk.get("/api/v1/log/checkpoint").send().await.problem(404);
    let early = desk.get(&path).by("acceptor-east").send().await;
    assert_eq!(early.header("retry-after"), "2");
    assert_eq!(early.problem(503)["code"], "not_logged");

    let added = Notary::new(desk.state.engine.clone(), "test").run().await.unwrap().unwrap();
    let key = desk.state.engine.store().log_key(desk.state.tenant()).await.unwrap().unwrap();
    let given = desk.get(&path).by("acceptor-east").send().await.text();
    let receipt = Receipt::parse(&given).unwrap();
    assert_eq!(receipt.check(&key).unwrap().number, made["number"].as_str().unwrap());
    desk.get(&path).send().await.problem(401);
    desk.get("/api/v1/cases/00000000000000000000000000000001/receipt")
        .by("acceptor-east")
        .send()
        .await
        .problem(404);

    // Whoever reported it has the same receipt by number and secret, and nobody by the number alone.
    let mine = |secret: &str| {
        let body = serde_json::json!({"number": made["number"], "secret": secret});
        desk.post("/api/v1/track/receipt").json(&body).send()
    };
    assert_eq!(mine(made["follow_secret"].as_str().unwrap()).await.text(), given);
    mine("0000-0000-0000").await.problem(404);

    let head = desk.get("/api/v1/log/checkpoint").from("192.0.2.7:4000").send().await.text();
    assert_eq!(Checkpoint::open(&head, &key).unwrap().size, added);
    let tile = |name: String| desk.get(&format!("/api/v1/log/tile/{name}")).from("192.0.2.7:4000").send();
    let answer = tile(format!("0/000.p/{added}")).await;
    assert_eq!(answer.status, 200);
    let hashes = tile::hashes(&answer.body).unwrap();
    assert_eq!(hashes.len() as u64, added);
    assert_eq!(hashes[receipt.leaf as usize], hash::leaf(&receipt.event_hash));
    for wrong in [
        "0/000",
        "0/001",
        "1/000",
        "9/000",
        "00/000",
        "0/0",
        "x/000",
        "0/x000/000",
        &format!("0/000.p/{}", added + 1),
    ] {
        assert_eq!(tile(wrong.to_owned()).await.status, 404, "{wrong}");
    }
}
