//! Service recipients as they are served: who keeps them, what is shown of them to whom, and the pages.

use crate::desk;

use desk::{Answer, Desk};
use serde_json::{Value, json};

const WORKER: &str = "worker-bridge-1";
const NAME: &str = "欧阳翠花";

pub fn body() -> Value {
    json!({
        "area": "990101001001001", "groups": ["elderly_alone"], "name": NAME, "phone": "13900000042",
        "address": "桥头路1号三单元", "needs": "每周上门一次",
        "consent": {
            "given_by": "self", "how": "written", "purposes": ["visits", "emergency"],
            "at": "2026-05-11T00:00:00+08:00", "until": "2027-05-11T00:00:00+08:00",
        },
    })
}

async fn registered(desk: &Desk, by: &str, body: &Value) -> String {
    let made = desk.post("/api/v1/recipients").by(by).json(body).send().await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

async fn ask(desk: &Desk, by: &str, path: &str, body: Value) -> Answer {
    desk.post(&format!("/api/v1/recipients/{path}")).by(by).json(&body).send().await
}

#[tokio::test]
async fn recipients_are_seen_masked_by_the_unit_that_keeps_them_and_by_nobody_else() {
    let desk = Desk::open().await;
    let shut = desk.post("/api/v1/recipients").by("leader-east").json(&body()).send().await;
    assert_eq!(shut.problem(403)["code"], "keepers_only");
    let mut silent = body();
    silent.as_object_mut().unwrap().remove("consent");
    let refused = desk.post("/api/v1/recipients").by(WORKER).json(&silent).send().await.problem(400);
    assert_eq!(
        (&refused["errors"][0]["field"], refused["errors"].as_array().unwrap().len()),
        (&json!("consent"), 1)
    );
    let id = registered(&desk, WORKER, &body()).await;
    let list = async |by: &str| {
        let got = desk.get("/api/v1/recipients").by(by).send().await;
        (got.text(), got.expect(200)["items"].as_array().unwrap().len())
    };
    let (told, many) = list(WORKER).await;
    assert_eq!(many, 1);
    for word in [NAME, "13900000042", "三单元", "每周"] {
        assert!(!told.contains(word), "{word}: {told}");
    }
    let one = format!("/api/v1/recipients/{id}");
    let shown = desk.get(&one).by(WORKER).send().await.expect(200);
    assert_eq!(shown["on_request"], json!(["name", "phone", "address", "needs"]));
    assert_eq!((&shown["consent"]["state"], &shown["groups"]), (&json!("holds"), &json!(["elderly_alone"])));
    // Another cell's worker, a handler whose unit is another, those above, those who run or audit the platform.
    for other in [
        "worker-bridge-2",
        "handler-dept-civil",
        "leader-east",
        "dispatcher-east",
        "administrator",
        "auditor",
    ] {
        assert_eq!(list(other).await.1, 0, "{other}");
        for path in ["", "/consent", "/withdraw", "/reveal", "/export"] {
            let body = match path {
                "/reveal" => json!({"field": "name", "purpose": "visits"}),
                "/export" | "/withdraw" => json!({}),
                _ => json!({"version": 1}),
            };
            let got = ask(&desk, other, &format!("{id}{path}"), body).await;
            assert_eq!(got.problem(404)["code"], "not_found", "{other} {path}");
        }
        desk.get(&one).by(other).send().await.problem(404);
        assert_eq!(desk.get(&format!("/recipients/{id}")).by(other).send().await.status, 404, "{other}");
    }
    let missing = desk.get(&format!("/api/v1/recipients/{}", "0".repeat(32))).by(WORKER).send().await;
    let foreign = desk.get(&one).by("worker-bridge-2").send().await;
    assert_eq!(missing.problem(404), foreign.problem(404), "out of sight and not there are one answer");
    desk.get("/api/v1/recipients?cursor=rubbish").by(WORKER).send().await.problem(400);
}

#[tokio::test]
async fn a_field_is_shown_for_a_purpose_that_was_agreed_to_and_the_look_is_read_by_auditors() {
    let desk = Desk::open().await;
    let id = registered(&desk, WORKER, &body()).await;
    let reveal = async |field: &str, purpose: &str| {
        ask(&desk, WORKER, &format!("{id}/reveal"), json!({"field": field, "purpose": purpose})).await
    };
    let refused = reveal("name", "health").await.problem(400);
    assert_eq!(
        (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
        (&json!("purpose"), &json!("not_agreed"))
    );
    reveal("colour", "visits").await.problem(400);
    assert_eq!(reveal("guardian", "visits").await.problem(404)["code"], "forgotten");
    let told = reveal("phone", "visits").await;
    assert_eq!(
        (told.expect(200)["value"].clone(), told.header("cache-control")),
        (json!("13900000042"), "no-store")
    );
    assert_eq!(reveal("name", "legal").await.expect(200)["value"], NAME);
    let log = desk.get(&format!("/api/v1/access?member={WORKER}")).by("auditor").send().await;
    let rows = log.expect(200)["items"].clone();
    let rows: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (&row["what"], &row["field"], &row["purpose"], &row["case"]))
        .collect();
    let (what, id_of) = (json!("recipient_revealed"), json!(id));
    assert_eq!(
        rows,
        [
            (&what, &json!("name"), &json!("legal"), &id_of),
            (&what, &json!("phone"), &json!("visits"), &id_of),
        ]
    );
    let page = desk.get("/access").by("auditor").send().await.text();
    assert!(page.contains("查看服务对象") && page.contains("走访探视") && !page.contains(NAME), "{page}");

    let held = ask(&desk, WORKER, &format!("{id}/export"), json!({})).await.expect(200);
    assert_eq!((&held["person"]["name"], &held["person"]["needs"]), (&json!(NAME), &json!("每周上门一次")));
    assert_eq!(held["consent"]["purposes"][0]["zh"], "走访探视");
    assert_eq!(held["seen_by"].as_array().unwrap().len(), 3, "the export itself is a look: {held}");
    assert!(!held["seen_by"].to_string().contains(WORKER), "units are told, and no member");
}

#[tokio::test]
async fn a_record_is_changed_given_to_another_unit_renewed_and_withdrawn() {
    let desk = Desk::open().await;
    let id = registered(&desk, WORKER, &body()).await;
    let stale = ask(&desk, WORKER, &id, json!({"version": 2, "phone": "1"})).await.problem(409);
    assert_eq!(stale["code"], "record_moved");
    let unsaid = ask(&desk, WORKER, &id, json!({"phone": "1"})).await.problem(400);
    assert_eq!(unsaid["errors"][0]["field"], "version");
    let more = ask(&desk, WORKER, &id, json!({"version": 1, "consent": {}})).await.problem(400);
    assert_eq!(more["errors"][0]["code"], "not_here");
    let changed =
        ask(&desk, WORKER, &id, json!({"version": 1, "phone": "", "needs": "每月上门"})).await.expect(200);
    assert_eq!(
        (&changed["version"], &changed["on_request"]),
        (&json!(2), &json!(["name", "address", "needs"]))
    );
    let show = json!({"field": "needs", "purpose": "visits"});
    assert_eq!(
        ask(&desk, WORKER, &format!("{id}/reveal"), show.clone()).await.expect(200)["value"],
        "每月上门"
    );
    let outside = ask(&desk, WORKER, &id, json!({"version": 2, "unit": "gas-company"})).await.problem(400);
    assert_eq!(outside["errors"][0]["code"], "not_responsible");
    let given = ask(&desk, WORKER, &id, json!({"version": 2, "unit": "station-bridge"})).await.expect(200);
    assert_eq!(given["unit"], "station-bridge");
    ask(&desk, WORKER, &format!("{id}/reveal"), show.clone()).await.problem(404);

    let keeper = "handler-station-bridge";
    let left = ask(&desk, keeper, &format!("{id}/withdraw"), json!({})).await.expect(200);
    assert_eq!(
        (&left["forgotten"], &left["recipient"]["consent"]["state"]),
        (&json!(false), &json!("withdrawn"))
    );
    let shut = ask(&desk, keeper, &format!("{id}/reveal"), show.clone()).await.problem(409);
    assert_eq!(shut["code"], "consent_over");
    ask(&desk, keeper, &id, json!({"version": 4, "phone": "1"})).await.problem(409);
    let held = ask(&desk, keeper, &format!("{id}/export"), json!({})).await.expect(200);
    assert_eq!(held["person"]["name"], NAME, "what is there is theirs");
    let mut again = json!({"version": 4, "consent": body()["consent"]});
    again["consent"]["at"] = json!("2026-05-01T00:00:00+08:00");
    let old = ask(&desk, keeper, &format!("{id}/consent"), again.clone()).await.problem(400);
    assert_eq!(
        (&old["errors"][0]["field"], &old["errors"][0]["code"]),
        (&json!("consent.at"), &json!("consent_before")),
        "what was withdrawn does not come back by itself"
    );
    again["consent"]["at"] = json!(desk.state.now().to_string());
    let renewed = ask(&desk, keeper, &format!("{id}/consent"), again).await.expect(200);
    assert_eq!((&renewed["version"], &renewed["consent"]["state"]), (&json!(5), &json!("holds")));
    ask(&desk, keeper, &format!("{id}/reveal"), show).await.expect(200);
    ask(&desk, keeper, &format!("{id}/withdraw"), json!({"reason": "curiosity"})).await.problem(400);
    let gone = ask(&desk, keeper, &format!("{id}/withdraw"), json!({"at_once": true})).await.expect(200);
    assert_eq!((&gone["forgotten"], &gone["recipient"]), (&json!(true), &Value::Null));
    desk.get(&format!("/api/v1/recipients/{id}")).by(keeper).send().await.problem(404);
    let register = desk.get("/api/v1/erasures").by("auditor").send().await.expect(200);
    assert_eq!((&register[0]["case"], &register[0]["reason"]), (&json!(id), &json!("withdrawn")));
    let page = desk.get("/erasures").by("auditor").send().await.text();
    assert!(
        page.contains("服务对象") && page.contains(&id),
        "by its id the withdrawal can be repeated: {page}"
    );
    let looks = desk.get(&format!("/api/v1/access?case={id}")).by("auditor").send().await.expect(200);
    assert!(!looks["items"].as_array().unwrap().is_empty(), "who looked stays when the person is forgotten");
    let search = desk.sought("auditor", &[("to", "/access"), ("case", &id)]).await;
    assert!(!search.contains(&id), "{search}");
    let page = desk.get(&search).by("auditor").send().await.text();
    assert!(page.contains("查看服务对象") && page.contains(&format!("value=\"{id}\"")), "{page}");
    let nobody = "0".repeat(32);
    desk.get(&format!("/api/v1/access?case={nobody}")).by("auditor").send().await.problem(404);
    assert_eq!(desk.get("/access?member=%00").by("auditor").send().await.status, 400);
}

#[tokio::test]
async fn a_registration_that_is_sent_twice_makes_one_record() {
    let desk = Desk::open().await;
    let send = async |key: &'static str, body: &Value| {
        desk.post("/api/v1/recipients").by(WORKER).header("idempotency-key", key).json(body).send().await
    };
    let id = send("k-1", &body()).await.expect(201)["id"].clone();
    assert_eq!(send("k-1", &body()).await.expect(201)["id"], id);
    let mut other = body();
    other["name"] = json!("司马");
    assert_eq!(send("k-1", &other).await.problem(422)["code"], "key_reused");
    assert_ne!(send("k-2", &body()).await.expect(201)["id"], id);
    let list = desk.get("/api/v1/recipients").by(WORKER).send().await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    desk.get("/api/v1/keys/k-1").by(WORKER).send().await.problem(404);
    let end = json!({"at_once": true});
    ask(&desk, WORKER, &format!("{}/withdraw", id.as_str().unwrap()), end).await.expect(200);
    assert_eq!(send("k-1", &body()).await.problem(404)["code"], "not_found", "nobody comes back by it");
    let page = desk.get("/recipients").by(WORKER).send().await.text();
    assert!(page.contains("name=\"idempotency_key\""), "{page}");
    let form = "act=register&idempotency_key=f-1&group=elderly_alone&unit=grid-bridge-1&area=990101001001001&name=n\
        &given_by=self&how=written&purposes=visits&at=2026-05-11&until=2027-05-11";
    let press = async || {
        let sent =
            desk.post("/recipients").by(WORKER).raw("application/x-www-form-urlencoded", form).send().await;
        (sent.status, sent.header("location").to_owned())
    };
    let first = press().await;
    assert_eq!(first.0, 303);
    assert_eq!(press().await, first, "pressed twice");
}

#[tokio::test]
async fn who_plans_is_told_how_many_and_of_few_nothing() {
    let desk = Desk::open().await;
    let counts = async |by: &str| desk.get("/api/v1/recipients/counts").by(by).send().await.expect(200);
    for _ in 0..3 {
        registered(&desk, WORKER, &body()).await;
    }
    let told = async |by: &str, area: &str| {
        let counts = counts(by).await;
        let all = counts.as_array().unwrap().clone();
        all.into_iter().find(|row| row["area"] == area && row["group"] == "elderly_alone").unwrap()["people"]
            .clone()
    };
    assert_eq!(told("leader-east", "990101001001").await, Value::Null, "three are few");
    assert_eq!(
        told("leader-east", "990101001002").await,
        Value::Null,
        "what is empty beside them hides which it is"
    );
    for _ in 0..9 {
        registered(&desk, WORKER, &body()).await;
    }
    assert_eq!(told("leader-east", "990101001001").await, 12);
    assert_eq!(told("auditor", "990101001").await, 12);
    // Whoever knows how many their own unit keeps would tell another's few by difference.
    for nobody in ["administrator", "acceptor-east", "inspector-1", WORKER, "handler-station-bridge"] {
        assert_eq!(counts(nobody).await, json!([]), "{nobody}");
    }
    let page = desk.get("/recipients").by("leader-east").send().await.text();
    assert!(page.contains("独居老人") && page.contains(">12<"), "{page}");
    let choices = desk.get("/api/v1/recipients/choices").by("leader-east").send().await.expect(200);
    assert_eq!(choices["groups"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn the_pages_register_show_and_withdraw_without_a_script_and_in_both_languages() {
    let desk = Desk::open().await;
    let send = async |path: &str, text: &str| {
        desk.post(path).by(WORKER).raw("application/x-www-form-urlencoded", text).send().await
    };
    let bar = desk.get("/policy").by(WORKER).send().await.text();
    assert!(bar.contains("href=\"/recipients\""), "{bar}");
    assert!(!desk.get("/policy").by("administrator").send().await.text().contains("href=\"/recipients\""));
    let bare =
        "act=register&group=elderly_alone&unit=grid-bridge-1&area=990101001001001&name=%E5%BC%A0%E4%B8%89";
    let refused = send("/recipients", bare).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text().contains("error-summary") && refused.text().contains("张三"),
        "what was written stays"
    );
    let whole = format!(
        "{bare}&phone=13900000042&given_by=self&how=written&purposes=visits&at=2026-05-11&until=2027-05-11"
    );
    let made = send("/recipients", &whole).await;
    assert_eq!(made.status, 303, "{}", made.text());
    let at = made.header("location").to_owned();
    let page = |language: &'static str| {
        let ask = desk.get(&at).by(WORKER).header("accept-language", language);
        async move { ask.send().await.text() }
    };
    let (zh, en) = (page("zh").await, page("en").await);
    assert!(zh.contains("走访探视") && zh.contains("查看姓名") && !zh.contains("张三"), "{zh}");
    assert!(
        en.contains("Visits") && en.contains("Show name") && en.contains("Elderly people who live alone"),
        "{en}"
    );
    let list = desk.get("/recipients?group=elderly_alone").by(WORKER).send().await.text();
    assert!(list.contains(&format!("href=\"{at}\"")) && !list.contains("张三"), "{list}");
    let shown = send(&at, "act=reveal&field=name&purpose=visits").await;
    assert!(
        shown.status == 200 && shown.text().contains("张三") && shown.header("cache-control") == "no-store"
    );
    let held = send(&at, "act=export").await;
    assert!(held.header("content-disposition").starts_with("attachment") && held.text().contains("张三"));
    assert_eq!(send(&at, "act=change&version=1&needs=%E4%B9%B0%E8%8F%9C").await.status, 303);
    let dropped = send(&at, "act=change&version=2&drop=phone&drop=name").await;
    assert_eq!(dropped.status, 422, "a record without a name is of nobody");
    let again = dropped.text();
    assert!(
        again.contains("value=\"phone\" checked") && again.contains("<details class=\"command\" open"),
        "{again}"
    );
    assert_eq!(send(&at, "act=change&version=2&drop=phone").await.status, 303);
    assert!(!page("zh").await.contains("查看电话"), "what was ticked is taken away");
    let refused = send(&at, "act=renew&version=3&given_by=guardian&guardian=%E7%A5%96%E6%AF%8D").await;
    assert_eq!(refused.status, 422);
    let refused = refused.text();
    assert!(
        refused.contains("value=\"guardian\" selected") && refused.contains("祖母"),
        "what was written stays"
    );
    let one = format!("/api/v1{at}");
    let until = desk.get(&one).by(WORKER).send().await.expect(200)["consent"]["until"].to_string();
    assert!(until.contains("15:59:59"), "the last day is whole: {until}");
    assert_eq!(send(&at, "act=withdraw&reason=withdrawn").await.status, 303);
    assert!(page("zh").await.contains("已撤回同意"));
    assert_eq!(send(&at, "act=withdraw&reason=request&at_once=yes").await.header("location"), "/recipients");
    assert_eq!(desk.get(&at).by(WORKER).send().await.status, 404);
}
