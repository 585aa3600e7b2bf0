//! What is shown of a reporter to whom, what is written down of it, and who may read that.

use crate::desk;

use desk::{Desk, form, photo};
use huying_engine::person::Privacy;
use huying_server::{Settings, SignIn};
use serde_json::{Value, json};

async fn filed(desk: &Desk) -> String {
    let id = desk.report("city/facility/manhole", "井盖破损").await;
    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    desk.tell("handler-station-bridge", &id, "file", filing, "filed").await;
    id
}

async fn whole(desk: &Desk, id: &str, member: &str) -> Value {
    desk.get(&format!("/api/v1/cases/{id}")).by(member).send().await.expect(200)
}

fn ask(
    desk: &Desk,
    id: &str,
    member: &str,
    field: &str,
    purpose: &str,
) -> impl Future<Output = desk::Answer> {
    let body = json!({"reporter": 0, "field": field, "purpose": purpose});
    desk.post(&format!("/api/v1/cases/{id}/reveal")).by(member).json(&body).send()
}

async fn log(desk: &Desk, query: &str) -> Vec<Value> {
    let page = desk.get(&format!("/api/v1/access{query}")).by("auditor").send().await.expect(200);
    page["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_reporter_is_shown_by_role_and_work_and_to_the_rest_on_request_or_not_at_all() {
    let desk = Desk::open().await;
    let id = filed(&desk).await;
    for (member, name, on_request) in [
        ("acceptor-east", json!("反映人一"), json!([])),
        ("dispatcher-east", Value::Null, json!(["name", "contact"])),
        ("auditor", Value::Null, json!(["name", "contact"])),
        ("supervisor-east", Value::Null, json!([])),
        ("worker-bridge-1", Value::Null, json!([])),
        ("leader-district", Value::Null, json!([])),
    ] {
        let shown = whole(&desk, &id, member).await;
        let person = &shown["persons"][0];
        assert_eq!((&person["name"], &person["on_request"]), (&name, &on_request), "{member}");
        let told = &shown["journal"][0]["facts"]["report"]["reporters"][0];
        assert_eq!(told["name"], name, "{member}: the journal shows what the case shows");
        assert!(person["pseudonym"].as_str().unwrap().starts_with('p'));
        let page = desk.get(&format!("/cases/{id}")).by(member).send().await.text();
        assert_eq!(page.contains("反映人一"), name != Value::Null, "{member}");
    }
}

#[tokio::test]
async fn a_field_is_revealed_for_a_purpose_that_is_written_down_and_the_reporter_sees_it() {
    let desk = Desk::open().await;
    let report = desk::report("city/facility/manhole", "井盖破损");
    let made = desk.post("/api/v1/cases").by("acceptor-east").json(&report).send().await.expect(201);
    let (id, number) = (made["id"].as_str().unwrap(), &made["number"]);
    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    desk.tell("handler-station-bridge", id, "file", filing, "filed").await;

    let wrong = ask(&desk, id, "dispatcher-east", "contact", "curiosity").await.problem(400);
    assert_eq!(wrong["errors"][0]["field"], "purpose");
    let hidden = ask(&desk, id, "leader-district", "contact", "handling").await.problem(403);
    assert_eq!(hidden["code"], "field_hidden");
    assert!(log(&desk, "").await.is_empty(), "what was not shown is no access");
    let shown = ask(&desk, id, "dispatcher-east", "contact", "handling").await.expect(200);
    assert_eq!((&shown["field"], &shown["value"]), (&json!("contact"), &json!("00000000000")));

    let rows = log(&desk, &format!("?case={id}")).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    for (field, value) in [
        ("member", "dispatcher-east"),
        ("unit", "centre-east"),
        ("case", id),
        ("what", "revealed"),
        ("field", "contact"),
        ("purpose", "handling"),
    ] {
        assert_eq!(rows[0][field], value);
    }
    let secret = json!({"number": number, "secret": made["follow_secret"]});
    let followed = desk.post("/api/v1/track").json(&secret).send().await.expect(200);
    assert_eq!(followed["seen_by"][0]["purpose"], "handling");
    assert_eq!(followed["seen_by"][0]["unit"], "东街道治理中心");
    assert!(!followed.to_string().contains("dispatcher-east"), "the unit is told, never the member");
    let form =
        format!("number={}&secret={}", number.as_str().unwrap(), made["follow_secret"].as_str().unwrap());
    let page = desk.post("/track").raw("application/x-www-form-urlencoded", form).send().await.text();
    assert!(page.contains("联系办理"), "{page}");
}

#[tokio::test]
async fn an_authority_may_keep_from_reporters_who_looked() {
    let privacy = Privacy { reporters_see_reveals: false, ..Privacy::default() };
    let desk =
        Desk::serving(Settings { demo: true, sign_in: SignIn::Demo, privacy, ..Settings::default() }).await;
    let report = desk::report("city/facility/manhole", "井盖破损");
    let made = desk.post("/api/v1/cases").by("acceptor-east").json(&report).send().await.expect(201);
    let secret = json!({"number": made["number"], "secret": made["follow_secret"]});
    let followed = desk.post("/api/v1/track").json(&secret).send().await.expect(200);
    assert_eq!(followed["seen_by"], Value::Null);
}

#[tokio::test]
async fn opening_a_case_is_written_down_and_the_log_is_for_administrators_and_auditors() {
    let desk = Desk::open().await;
    let id = filed(&desk).await;
    whole(&desk, &id, "dispatcher-east").await;
    desk.get(&format!("/cases/{id}")).by("acceptor-east").send().await;
    let rows = log(&desk, "?member=acceptor-east").await;
    assert_eq!((rows.len(), &rows[0]["what"]), (1, &json!("opened")), "{rows:?}");
    assert_eq!(log(&desk, &format!("?case={id}")).await.len(), 2);
    for member in ["leader-district", "dispatcher-east"] {
        let no = desk.get("/api/v1/access").by(member).send().await.problem(403);
        assert_eq!(no["code"], "administrators_only", "{member}");
        assert_eq!(desk.get("/access").by(member).send().await.status, 403);
        // Whether a number exists is not told either.
        for case in [id.as_str(), "00000000000000000000000000000001"] {
            for path in ["/api/v1/access", "/access"] {
                let asked = desk.get(&format!("{path}?case={case}")).by(member).send().await;
                assert_eq!(asked.status, 403, "{member} {path} {case}");
            }
        }
        assert_eq!(desk.get("/erasures").by(member).send().await.status, 403);
    }
    for member in ["administrator", "auditor"] {
        let page = desk.get("/access").by(member).send().await.text();
        assert!(page.contains("打开案件"), "{page}");
    }
    let first = desk.get("/api/v1/access?limit=1").by("administrator").send().await.expect(200);
    let next = first["next"].as_str().unwrap();
    let second = desk.get(&format!("/api/v1/access?limit=1&cursor={next}")).by("administrator").send().await;
    assert_ne!(second.expect(200)["items"][0]["member"], first["items"][0]["member"]);
}

#[tokio::test]
async fn a_work_order_and_a_file_are_openings_too() {
    let desk = Desk::open().await;
    let id = filed(&desk).await;
    let (media, body) = form(&photo(), Some("before"));
    let path = format!("/api/v1/cases/{id}/files");
    let sent = desk.post(&path).by("acceptor-east").raw(&media, body).send().await.expect(201);
    let file = format!("{path}/{}", sent["file"].as_str().unwrap());
    for (member, opened) in [
        ("dispatcher-east", format!("/cases/{id}/work-order")),
        ("leader-district", file.clone()),
        ("supervisor-east", path.clone()),
    ] {
        assert_eq!(desk.get(&opened).by(member).send().await.status, 200);
        let rows = log(&desk, &format!("?member={member}")).await;
        assert_eq!(
            (rows.len(), &rows[0]["what"], &rows[0]["case"]),
            (1, &json!("opened"), &json!(id)),
            "{opened}"
        );
    }
    assert_eq!(desk.get(&format!("{file}?copy=thumb")).by("leader-east").send().await.status, 200);
    assert!(log(&desk, "?member=leader-east").await.is_empty(), "its page is what is noted");
}

#[tokio::test]
async fn a_photo_s_original_is_for_those_who_see_it_or_ask_with_a_purpose() {
    let desk = Desk::open().await;
    let id = filed(&desk).await;
    let (media, body) = form(&photo(), Some("before"));
    let path = format!("/api/v1/cases/{id}/files");
    let sent = desk.post(&path).by("acceptor-east").raw(&media, body).send().await.expect(201);
    let file = sent["file"].as_str().unwrap();
    desk.tell("dispatcher-east", &id, "dispatch", json!({"lead": "dept-works"}), "dispatched").await;
    let get =
        |member: &'static str, copy: &str| desk.get(&format!("{path}/{file}?copy={copy}")).by(member).send();
    assert_eq!(get("handler-dept-works", "shown").await.status, 200);
    get("handler-dept-works", "original").await.problem(404);
    let asked = |purpose: &str| {
        let body = json!({"purpose": purpose});
        desk.post(&format!("/api/v1/cases/{id}/originals/{file}")).by("handler-dept-works").json(&body).send()
    };
    asked("because").await.problem(400);
    let original = asked("handling").await;
    assert_eq!((original.status.as_u16(), original.body == photo()), (200, true));
    assert!(original.header("content-disposition").starts_with("attachment"));
    assert_eq!(original.header("content-type"), "application/octet-stream");
    assert_eq!(original.header("x-content-type-options"), "nosniff");
    assert_eq!(log(&desk, "?member=handler-dept-works").await[0]["field"], "original");
    let stranger = desk.post(&format!("/api/v1/cases/{id}/originals/{file}")).by("leader-district");
    stranger.json(&json!({"purpose": "handling"})).send().await.problem(403);
}

#[tokio::test]
async fn parties_of_a_dispute_are_read_by_those_who_work_on_it_alone() {
    let desk = Desk::open().await;
    let mut body = desk::report("city/facility/manhole", "两家争执");
    body["kind"] = json!("dispute");
    let made = desk.post("/api/v1/cases").by("acceptor-east").json(&body).send().await.expect(201);
    let id = made["id"].as_str().unwrap();
    assert_eq!(whole(&desk, id, "handler-station-bridge").await["text"], "两家争执");
    let seen = whole(&desk, id, "leader-district").await;
    assert_eq!((&seen["text"], &seen["title"], &seen["address"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!(seen["journal"][0]["facts"]["report"]["text"], Value::Null);
    let files = desk.get(&format!("/api/v1/cases/{id}/files")).by("leader-district").send().await.expect(200);
    assert_eq!(files, json!([]));
    for member in ["leader-district", "dispatcher-district", "dispatcher-west", "administrator"] {
        let mut paths = vec![
            "/api/v1/cases?limit=500".to_owned(),
            "/api/v1/search?q=%E4%BA%89%E6%89%A7".to_owned(),
            "/api/v1/map?bbox=109,29,111,31".to_owned(),
        ];
        for words in ["争执", made["number"].as_str().unwrap()] {
            paths.push(desk.sought(member, &[("to", "/desk"), ("q", words)]).await);
        }
        for path in paths {
            let told = desk.get(&path).by(member).send().await.text();
            assert!(!told.contains("两家争执"), "{member} {path}: {told}");
        }
    }
    let list = desk.get("/api/v1/cases").by("handler-station-bridge").send().await.expect(200);
    assert_eq!(list["items"][0]["title"], "两家争执");
    let queue = desk.get("/api/v1/units/station-bridge/queue").by("handler-station-bridge").send().await;
    assert_eq!(queue.expect(200)["items"][0]["title"], "两家争执");
}

#[tokio::test]
async fn an_auditor_reads_a_dispute_on_request_for_a_purpose_that_is_written_down() {
    let desk = Desk::open().await;
    let mut body = desk::report("city/facility/manhole", "两家争执");
    body["kind"] = json!("dispute");
    let made = desk.post("/api/v1/cases").by("acceptor-east").json(&body).send().await.expect(201);
    let id = made["id"].as_str().unwrap();
    desk.tell("handler-station-bridge", id, "comment", json!({"words": "已约谈双方"}), "reported").await;
    let seen = whole(&desk, id, "auditor").await;
    assert_eq!((&seen["text"], &seen["title"]), (&Value::Null, &Value::Null));
    assert!(!seen["journal"].to_string().contains("已约谈双方"));
    let page = desk.get(&format!("/cases/{id}")).by("auditor").send().await.text();
    assert!(page.contains("查看案情文字") && !page.contains("两家争执"), "{page}");

    let refused = ask(&desk, id, "leader-district", "words", "audit").await.problem(403);
    assert_eq!(refused["code"], "field_hidden");
    ask(&desk, id, "auditor", "words", "curiosity").await.problem(400);
    let told = ask(&desk, id, "auditor", "words", "audit").await.expect(200)["value"].to_string();
    for said in ["两家争执", "桥头路1号", "已约谈双方"] {
        assert!(told.contains(said), "{told}");
    }
    assert!(!told.contains("反映人一") && !told.contains("00000000000"), "names are asked for apart: {told}");
    let rows = log(&desk, &format!("?case={id}")).await;
    let revealed: Vec<_> = rows.iter().filter(|row| row["what"] == "revealed").collect();
    assert_eq!(revealed.len(), 1, "{rows:?}");
    assert_eq!((&revealed[0]["field"], &revealed[0]["purpose"]), (&json!("words"), &json!("audit")));
}

#[tokio::test]
async fn where_a_dispute_is_only_who_works_on_it_is_told_and_the_rest_its_cell() {
    let desk = Desk::open().await;
    let map = async |member: &str| {
        let map = desk.get("/api/v1/map?bbox=109,29,111,31").by(member).send().await.expect(200);
        map["features"].as_array().unwrap().len()
    };
    // Not in the middle of anything.
    let mut body = desk::report("city/facility/manhole", "两家争执");
    body["place"] = json!({"lon": 110.0061234, "lat": 30.0157654});
    let made = desk.post("/api/v1/cases").by("acceptor-east").json(&body).send().await.expect(201);
    let id = made["id"].as_str().unwrap();
    assert_eq!(whole(&desk, id, "leader-district").await["place"]["lon"], 110.0061234);
    assert_eq!(map("leader-district").await, 1);
    let filing = json!({"filing": {"matter": "safety/dispute/neighbours", "condition": 1}});
    desk.tell("handler-station-bridge", id, "file", filing, "filed").await;

    assert_eq!(whole(&desk, id, "dispatcher-east").await["place"]["lon"], 110.0061234);
    for member in ["leader-district", "auditor"] {
        let seen = whole(&desk, id, member).await;
        let cell = (seen["place"]["lon"].as_f64().unwrap(), seen["place"]["lat"].as_f64().unwrap());
        let off = (cell.0 - 110.0061234).abs().max((cell.1 - 30.0157654).abs());
        assert!(off > 1e-5 && off < 0.1, "the cell's point and not the case's: {cell:?}");
        assert_eq!(seen["journal"][0]["facts"]["report"]["place"]["lon_e7"], Value::Null, "{member}");
        let page = desk.get(&format!("/cases/{id}")).by(member).send().await.text();
        for told in [seen.to_string(), page] {
            assert!(!told.contains("110.0061234") && !told.contains("1100061234"), "{member}: {told}");
        }
    }
    // A window that is drawn narrower and narrower, and distances from places of one's own choice, would tell it to anybody.
    for member in ["leader-district", "auditor", "dispatcher-east"] {
        assert_eq!(map(member).await, 0, "{member}");
        let near = "/api/v1/duplicates?lon=110.0061234&lat=30.0157654&matter=safety/dispute/neighbours";
        assert_eq!(desk.get(near).by(member).send().await.expect(200), json!([]), "{member}");
    }
    let check = desk.state.engine.store().check(&|_| {}).await.unwrap();
    assert!(check.clean(), "{check:?}");
    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    desk.tell("dispatcher-east", id, "reclassify", filing, "filed").await;
    assert_eq!(map("leader-district").await, 1, "it was none");
}

#[tokio::test]
async fn words_of_what_turns_out_to_be_a_dispute_are_found_by_nobody_any_more() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/manhole", "两家争执").await;
    let found = async || {
        let found = desk.get("/api/v1/search?q=%E4%BA%89%E6%89%A7").by("dispatcher-east").send().await;
        found.expect(200)["items"].as_array().unwrap().len()
    };
    assert_eq!(found().await, 1);
    let filing = json!({"filing": {"matter": "safety/dispute/neighbours", "condition": 1}});
    desk.tell("handler-station-bridge", &id, "file", filing, "filed").await;
    assert_eq!(found().await, 0);
    let list = desk.get("/api/v1/cases").by("leader-district").send().await.expect(200);
    assert_eq!(list["items"][0]["title"], Value::Null);
    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    desk.tell("dispatcher-east", &id, "reclassify", filing, "filed").await;
    assert_eq!(whole(&desk, &id, "dispatcher-east").await["title"], "两家争执");
    desk.tell("dispatcher-east", &id, "comment", json!({"words": "并非争执"}), "filed").await;
    assert_eq!(found().await, 1, "what is said afterwards is found");
    let check = desk.state.engine.store().check(&|_| {}).await.unwrap();
    assert!(check.clean(), "{check:?}");
}

#[tokio::test]
async fn a_redacted_report_shows_none_of_its_words() {
    let desk = Desk::open().await;
    // Without a title: what is written stands in the text alone.
    let mut body = desk::report("city/facility/manhole", "");
    body.as_object_mut().unwrap().remove("title");
    body["text"] = json!("门口有人乱写");
    let made = desk.post("/api/v1/cases").by("acceptor-east").json(&body).send().await.expect(201);
    let id = made["id"].as_str().unwrap();
    assert_eq!(whole(&desk, id, "dispatcher-east").await["text"], "门口有人乱写");
    let redact = json!({"event": 1, "reason": "个人信息"});
    let done = desk.command("dispatcher-east", id, "redact", &redact).send().await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(whole(&desk, id, "dispatcher-east").await["text"], Value::Null);
}

#[tokio::test]
async fn the_files_of_an_entry_go_with_its_words_also_once_the_case_has_ended() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/manhole", "井盖破损").await;
    let path = format!("/api/v1/cases/{id}/files");
    let send = async || {
        let (media, body) = form(&photo(), Some("before"));
        desk.post(&path).by("acceptor-east").raw(&media, body).send().await.expect(201)
    };
    let (hidden, stays) = (send().await, send().await);
    let name = |file: &Value| file["file"].as_str().unwrap().to_owned();
    let page = async || desk.get(&format!("/cases/{id}")).by("acceptor-east").send().await.text();
    assert!(page().await.contains(&format!("/files/{}", name(&hidden))));
    desk.tell("handler-station-bridge", &id, "decline", json!({"reason": "不属实"}), "declined").await;
    let redact = json!({"event": 2, "reason": "personal_data"});
    desk.tell("dispatcher-east", &id, "redact", redact, "declined").await;
    let listed = desk.get(&path).by("acceptor-east").send().await.expect(200);
    assert_eq!(listed.as_array().unwrap().iter().map(name).collect::<Vec<_>>(), [name(&stays)]);
    for (file, status) in [(&hidden, 404), (&stays, 200)] {
        for copy in ["shown", "thumb", "original"] {
            let got =
                desk.get(&format!("{path}/{}?copy={copy}", name(file))).by("acceptor-east").send().await;
            assert_eq!(got.status, status, "{copy}");
        }
        let original = format!("/api/v1/cases/{id}/originals/{}", name(file));
        let got = desk.post(&original).by("acceptor-east").json(&json!({"purpose": "audit"})).send().await;
        assert_eq!(got.status, status);
    }
    let page = page().await;
    assert!(!page.contains(&format!("/files/{}", name(&hidden))) && page.contains(&name(&stays)));
}

#[tokio::test]
async fn two_people_forget_a_reporter_and_the_case_goes_on() {
    let desk = Desk::open().await;
    let id = filed(&desk).await;
    let propose = |member: &str, body: Value| desk.post("/api/v1/erasures").by(member).json(&body).send();
    let of = |reason: &str| json!({"case": id, "reporter": 0, "reason": reason});
    propose("acceptor-east", of("request")).await.problem(403);
    assert_eq!(propose("administrator", of("why not")).await.problem(400)["errors"][0]["field"], "reason");
    propose("administrator", json!({"case": id, "reporter": 9, "reason": "request"})).await.problem(404);
    let open = propose("administrator", json!({"case": id, "reason": "request"})).await.problem(409);
    assert_eq!(open["code"], "still_open");
    let one = format!("/api/v1/cases/{id}");
    let etag = desk.get(&one).by("acceptor-east").send().await.header("etag").to_owned();
    let again = || desk.get(&one).by("acceptor-east").header("if-none-match", &etag).send();
    assert_eq!(again().await.status, 304);
    let made = propose("administrator", of("request")).await.expect(201);
    let path = |act: &str| format!("/api/v1/erasures/{}/{act}", made["id"].as_str().unwrap());
    let same = desk.post(&path("confirm")).by("administrator").send().await.problem(403);
    assert_eq!(same["code"], "same_person");
    assert_eq!(whole(&desk, &id, "acceptor-east").await["persons"][0]["name"], "反映人一");
    let done = desk.post(&path("confirm")).by("administrator-2").send().await.expect(200);
    assert_eq!((&done["state"], &done["keys"]), (&json!("done"), &json!(1)));
    assert_eq!(
        again().await.expect(200)["persons"][0]["name"],
        Value::Null,
        "who kept it is not told to show it"
    );
    assert_eq!(
        desk.post(&path("confirm")).by("auditor").send().await.problem(409)["code"],
        "decided_already"
    );
    let shown = whole(&desk, &id, "acceptor-east").await;
    assert_eq!((&shown["persons"][0]["name"], &shown["text"]), (&Value::Null, &json!("井盖破损")));
    assert_eq!(ask(&desk, &id, "acceptor-east", "name", "callback").await.problem(404)["code"], "forgotten");
    let page = desk.get("/erasures").by("auditor").send().await.text();
    assert!(page.contains("已删除") && page.contains("本人请求"), "{page}");
    let by_name = json!({"pseudonym": shown["persons"][0]["pseudonym"], "reason": "withdrawn"});
    let second = propose("administrator-2", by_name).await.expect(201);
    let path = format!("/api/v1/erasures/{}/drop", second["id"].as_str().unwrap());
    assert_eq!(desk.post(&path).by("administrator-2").send().await.expect(200)["state"], "dropped");
}

#[tokio::test]
async fn what_is_held_of_a_reporter_is_given_out_and_that_is_seen_by_them() {
    let desk = Desk::open().await;
    let id = filed(&desk).await;
    ask(&desk, &id, "dispatcher-east", "name", "handling").await.expect(200);
    let export = |member: &str, agreement: Option<&str>, reporter: u16| {
        let body = json!({"case": id, "reporter": reporter, "agreement": agreement});
        desk.post("/api/v1/persons/export").by(member).json(&body).send()
    };
    export("acceptor-east", None, 0).await.problem(403);
    let asked = export("administrator", None, 0).await.expect(202);
    assert!(!asked.to_string().contains("反映人一"), "one alone is given nothing: {asked}");
    let agreement = asked["agreement"].as_str().unwrap();
    let same = export("administrator", Some(agreement), 0).await.problem(403);
    assert_eq!(same["code"], "same_person");
    export("dispatcher-east", Some(agreement), 0).await.problem(403);
    let forged = agreement.replace("-administrator", "-administrator-2");
    for wrong in [forged.as_str(), "", "1-2-administrator", &agreement[..agreement.len() - 1]] {
        export("auditor", Some(wrong), 0).await.problem(404);
    }
    let held = export("administrator-2", Some(agreement), 0).await.expect(200);
    assert_eq!(
        (&held["person"]["name"], &held["person"]["contact"]),
        (&json!("反映人一"), &json!("00000000000"))
    );
    assert_eq!(held["told"][0]["facts"]["report"]["text"], "井盖破损");
    assert_eq!(held["told"][0]["facts"]["report"].get("reporters"), None);
    let seen: Vec<_> = held["seen_by"].as_array().unwrap().iter().map(|row| &row["what"]).collect();
    assert_eq!(seen, [&json!("exported"), &json!("revealed")]);
    let rows = log(&desk, &format!("?case={id}")).await;
    let both: Vec<_> = rows.iter().take(2).map(|row| (&row["what"], &row["member"])).collect();
    let (first, second) = (json!("administrator"), json!("administrator-2"));
    assert_eq!(both, [(&json!("exported"), &second), (&json!("asked"), &first)]);
    desk.clock.advance(25 * 3_600_000);
    export("administrator-2", Some(agreement), 0).await.problem(404);
    assert!(held["purpose"]["zh"].as_str().unwrap().contains("仅用于"));
    let page = desk.get("/cases/new").by("acceptor-east").send().await.text();
    assert!(page.contains("仅用于办理本事项"), "the report's page says what it is for");
}
