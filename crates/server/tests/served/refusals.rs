//! What is refused: each answer names the code, the field and the mend, and nothing is half written.

use crate::desk;

use desk::{Desk, form, report};
use serde_json::{Value, json};

/// How many cases there are, seen from the top.
async fn cases(desk: &Desk) -> usize {
    let list = desk.get("/api/v1/cases").by("leader-district").send().await.expect(200);
    list["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn bad_reports_name_the_field_and_the_mend_and_begin_no_case() {
    let desk = Desk::open().await;
    let with = |field: &str, value: Value| {
        let mut body = report("city/facility/litter", "垃圾");
        body[field] = value;
        body
    };
    let wrong = [
        (with("matter", json!("no/such/matter")), "matter"),
        (with("condition", json!(9)), "condition"),
        (with("place", json!({"lon": 500, "lat": 30})), "place.lon"),
        (with("place", json!({"lon": 110})), "place.lat"),
        (with("place", json!({"area": "1"})), "place.area"),
        (with("title", json!("长".repeat(201))), "title"),
        (with("text", json!("长".repeat(4001))), "text"),
        (with("surprise", json!(1)), "surprise"),
        (with("claimed", json!({"occurred_at": "yesterday"})), "claimed.occurred_at"),
        (json!({}), "text"),
    ];
    for (body, field) in wrong {
        let problem = desk.post("/api/v1/cases").by("acceptor-east").json(&body).send().await.problem(400);
        assert_eq!(problem["code"], "validation", "{body}");
        let error = &problem["errors"][0];
        assert_eq!(error["field"], field, "{problem}");
        assert!(
            !error["mend"].as_str().unwrap().is_empty() && !error["message"].as_str().unwrap().is_empty(),
            "{problem}"
        );
    }
    assert_eq!(cases(&desk).await, 0);
}

#[tokio::test]
async fn bad_commands_name_the_field_and_change_nothing() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", "垃圾").await;
    let wrong = [
        ("decline", json!({}), "reason"),
        ("decline", json!({"reason": "  "}), "reason"),
        ("decline", json!({"reason": "长".repeat(4001)}), "reason"),
        ("decline", json!({"reason": "不归此处", "colour": "red"}), "colour"),
        ("decline", json!({"reason": 7}), "reason"),
        ("file", json!({}), "filing"),
    ];
    for (name, body, field) in wrong {
        let problem = desk.command("handler-station-bridge", &id, name, &body).send().await.problem(400);
        assert_eq!(
            (&problem["code"], &problem["errors"][0]["field"]),
            (&json!("validation"), &json!(field)),
            "{name} {body}: {problem}"
        );
    }
    let whole = desk.get(&format!("/api/v1/cases/{id}")).by("acceptor-east").send().await.expect(200);
    assert_eq!((&whole["version"], &whole["stage"]), (&json!(1), &json!("reported")));
}

#[tokio::test]
async fn a_command_that_the_rules_refuse_is_a_409_with_the_rules_own_code_in_the_asked_language() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", "垃圾").await;
    let finish = || desk.command("acceptor-east", &id, "finish", &json!({"outcome": "solved"}));
    let zh = finish().send().await.problem(409);
    assert_eq!(zh["code"], "not_from_here");
    assert_eq!(zh["detail"], "当前环节不能执行此操作，请查看案件可用的操作。");
    let en = finish().header("accept-language", "en-GB,en;q=0.9").send().await;
    assert_eq!(en.header("content-language"), "en");
    let en = en.problem(409);
    assert_eq!(en["code"], "not_from_here");
    assert!(en["detail"].as_str().unwrap().starts_with("This cannot be done in this stage"), "{en}");
    let stranger =
        desk.command("worker-bridge-1", &id, "decline", &json!({"reason": "不"})).send().await.problem(409);
    assert_eq!(stranger["code"], "not_yours");
}

#[tokio::test]
async fn what_does_not_exist_is_a_404_and_commands_of_the_platform_have_no_address() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", "垃圾").await;
    let nobody = "0".repeat(32);
    for path in [
        format!("/api/v1/cases/{nobody}"),
        "/api/v1/cases/SD-260512-0000-0000".to_owned(),
        "/api/v1/cases/nonsense".to_owned(),
        format!("/api/v1/cases/{id}/files/{}", "0".repeat(64)),
        "/api/v1/areas/1".to_owned(),
        "/api/v1/units/none".to_owned(),
        "/api/v1/units/none/queue".to_owned(),
        "/api/v1/matters/a/b/c".to_owned(),
        "/api/v1/nothing".to_owned(),
    ] {
        assert_eq!(
            desk.get(&path).by("acceptor-east").send().await.problem(404)["code"],
            "not_found",
            "{path}"
        );
    }
    for name in ["tick", "begin", "rehome", "report", "nonsense"] {
        desk.command("acceptor-east", &id, name, &json!({})).send().await.problem(404);
    }
    desk.command("acceptor-east", &nobody, "comment", &json!({"words": "喂"})).send().await.problem(404);
    let merge =
        desk.command("acceptor-east", &id, "merge", &json!({"into": nobody})).send().await.problem(400);
    assert_eq!(
        (&merge["errors"][0]["field"], &merge["errors"][0]["code"]),
        (&json!("into"), &json!("unknown_case"))
    );
    let method = desk.method("PUT", &format!("/api/v1/cases/{id}")).by("acceptor-east").send().await;
    assert_eq!(method.problem(405)["code"], "method_not_allowed");
    assert_eq!(method.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn a_case_of_another_street_cannot_be_spoken_to_or_found_by_its_number() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", "垃圾").await;
    let number = desk.get(&format!("/api/v1/cases/{id}")).by("acceptor-east").send().await.json()["number"]
        .as_str()
        .unwrap()
        .to_owned();
    desk.get(&format!("/api/v1/cases/{number}")).by("acceptor-east").send().await.expect(200);
    for case in [&id, &number] {
        desk.get(&format!("/api/v1/cases/{case}")).by("acceptor-west").send().await.problem(404);
        desk.command("acceptor-west", case, "comment", &json!({"words": "喂"})).send().await.problem(404);
    }
    desk.command("acceptor-west", &number, "decline", &json!({"reason": "不"})).send().await.problem(404);
}

#[tokio::test]
async fn every_command_on_a_case_that_is_not_theirs_is_answered_like_one_on_no_case() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", "垃圾").await;
    let nobody = "0".repeat(32);
    for name in ["finish", "decline", "merge", "record-callback", "redact", "nominate", "comment", "tick"] {
        let body = json!({"colour": "red"});
        let unseen = desk.command("acceptor-west", &id, name, &body).send().await;
        let unknown = desk.command("acceptor-west", &nobody, name, &body).send().await;
        assert_eq!(unseen.problem(404), unknown.problem(404), "{name}");
    }
}

#[tokio::test]
async fn a_case_is_not_merged_into_one_that_the_member_may_not_read() {
    let desk = Desk::open().await;
    let (east, nobody) = (desk.report("city/facility/litter", "垃圾").await, "0".repeat(32));
    let mut body = report("city/facility/litter", "垃圾");
    body["place"] = json!({"area": west_grid(&desk)});
    let west =
        desk.post("/api/v1/cases").by("acceptor-west").json(&body).send().await.expect(201)["id"].clone();
    let (unseen, unknown) = (json!({"into": west}), json!({"into": nobody}));
    let unseen = desk.command("acceptor-east", &east, "merge", &unseen).send().await.problem(400);
    let unknown = desk.command("acceptor-east", &east, "merge", &unknown).send().await.problem(400);
    assert_eq!(unseen, unknown);
    assert_eq!(unseen["errors"][0]["field"], "into");
    let whole = desk.get(&format!("/api/v1/cases/{east}")).by("acceptor-east").send().await.expect(200);
    assert_eq!((&whole["version"], &whole["stage"]), (&json!(1), &json!("reported")));
}

#[tokio::test]
async fn whoever_reports_is_not_told_of_cases_that_they_could_not_read() {
    let desk = Desk::open().await;
    let first = desk.report("city/facility/litter", "垃圾").await;
    let body = report("city/facility/litter", "同一处垃圾");
    let post = |member| desk.post("/api/v1/cases").by(member).json(&body).send();
    assert_eq!(post("acceptor-west").await.expect(201)["duplicates"], json!([]));
    let told = post("acceptor-east").await.expect(201)["duplicates"].clone();
    assert!(told.as_array().unwrap().iter().any(|one| one["id"] == json!(first)), "{told}");
}

#[tokio::test]
async fn control_characters_are_named_by_their_field_wherever_they_come() {
    let desk = Desk::open().await;
    let mut body = report("city/facility/litter", "垃圾");
    body["text"] = json!("甲\u{0}乙");
    let problem = desk.post("/api/v1/cases").by("acceptor-east").json(&body).send().await.problem(400);
    assert_eq!(
        (&problem["errors"][0]["field"], &problem["errors"][0]["code"]),
        (&json!("text"), &json!("control_character"))
    );
    for (path, field) in [("search?q=a%00b", "q"), ("cases?q=%1b", "q"), ("cases?custodian=%00", "custodian")]
    {
        let ask = desk.get(&format!("/api/v1/{path}")).by("acceptor-east").send().await.problem(400);
        assert_eq!(ask["errors"][0]["field"], field, "{path}: {ask}");
        assert_eq!(ask["errors"][0]["code"], "control_character");
    }
}

/// A part of West Street.
fn west_grid(desk: &Desk) -> String {
    let setting = desk.state.setting().unwrap_or_else(|why| panic!("{why:?}"));
    let org = &setting.policy.org;
    let seat = &org.members["acceptor-west"].seats[0].unit;
    org.units[seat].area.to_string()
}

#[tokio::test]
async fn headers_and_queries_that_cannot_be_read_name_themselves() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", "垃圾").await;
    let note = || desk.command("acceptor-east", &id, "note", &json!({"words": "甲"}));
    assert_eq!(note().header("if-match", "7").send().await.problem(400)["errors"][0]["field"], "If-Match");
    let long = "k".repeat(129);
    assert_eq!(
        note().header("idempotency-key", &long).send().await.problem(400)["errors"][0]["field"],
        "Idempotency-Key"
    );
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("stage=lost", "stage"),
        ("source=dream", "source"),
        ("order=random", "order"),
        ("area=1", "area"),
        ("received_from=monday", "received_from"),
        ("cursor=nonsense", "cursor"),
        ("colour=red", "colour"),
    ] {
        let problem =
            desk.get(&format!("/api/v1/cases?{query}")).by("acceptor-east").send().await.problem(400);
        assert_eq!(problem["errors"][0]["field"], field, "{query}: {problem}");
    }
    for bbox in ["1,2,3", "a,b,c,d", "10,0,5,1", "0,0,500,1"] {
        let problem =
            desk.get(&format!("/api/v1/map?bbox={bbox}")).by("acceptor-east").send().await.problem(400);
        assert_eq!(problem["errors"][0]["field"], "bbox", "{bbox}");
    }
    assert_eq!(
        desk.get("/api/v1/search").by("acceptor-east").send().await.problem(400)["errors"][0]["field"],
        "q"
    );
    let text = desk.post("/api/v1/cases").by("acceptor-east").raw("text/plain", "hello").send().await;
    assert_eq!(text.problem(415)["code"], "unsupported_type");
    let broken =
        desk.post("/api/v1/cases").by("acceptor-east").raw("application/json", "{\"a\":").send().await;
    assert_eq!(broken.problem(400)["errors"][0]["code"], "unreadable");
}

#[tokio::test]
async fn what_is_too_large_is_a_413_and_what_is_no_photo_a_415_and_nothing_lies_in_the_case() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", "垃圾").await;
    let huge = json!({"words": "长".repeat(500_000)});
    desk.command("acceptor-east", &id, "note", &huge).send().await.problem(413);
    let path = format!("/api/v1/cases/{id}/files");
    let mut large = desk::photo();
    large.resize(20 * 1024 * 1024 + 1, 0);
    for (file, status, code) in [
        (large, 413, "file_too_large"),
        (b"MZ programme".to_vec(), 415, "file_type"),
        (Vec::new(), 400, "file_empty"),
    ] {
        let (media, body) = form(&file, None);
        let answer = desk.post(&path).by("acceptor-east").raw(&media, body).send().await;
        assert_eq!(answer.problem(status)["code"], code);
    }
    let (media, body) = form(&vec![0; 21 * 1024 * 1024], None);
    assert_eq!(
        desk.post(&path).by("acceptor-east").raw(&media, body).send().await.problem(413)["code"],
        "too_large"
    );
    let (media, body) = form(&desk::photo(), Some("dream"));
    assert_eq!(
        desk.post(&path).by("acceptor-east").raw(&media, body).send().await.problem(400)["errors"][0]["field"],
        "kind"
    );
    let whole = desk.get(&format!("/api/v1/cases/{id}")).by("acceptor-east").send().await.expect(200);
    assert_eq!(whole["version"], 1);
    let files = desk.get(&path).by("acceptor-east").send().await.expect(200);
    assert_eq!(files, json!([]));
}

#[tokio::test]
async fn a_full_queue_answers_503_with_retry_after_and_what_was_refused_is_not_stored() {
    let desk = Desk::with(|options| options.queue = 1).await;
    let body = report("city/facility/litter", "垃圾");
    let many = (0..60).map(|_| desk.post("/api/v1/cases").by("acceptor-east").json(&body).send());
    let answers = futures::future::join_all(many).await;
    let taken = answers.iter().filter(|answer| answer.status == 201).count();
    let busy: Vec<_> = answers.iter().filter(|answer| answer.status != 201).collect();
    assert!(taken >= 1 && !busy.is_empty(), "{taken} of 60 were taken");
    for answer in busy {
        assert_eq!(answer.problem(503)["code"], "busy");
        assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    }
    let list = desk.get("/api/v1/cases?limit=500").by("leader-district").send().await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), taken);
}

#[tokio::test]
async fn what_to_do_is_said_in_the_asked_language() {
    let desk = Desk::open().await;
    let mut body = report("city/facility/litter", "垃圾");
    body["place"] = json!({"lon": 110});
    let post = || desk.post("/api/v1/cases").by("acceptor-east").json(&body);
    let zh = post().send().await.problem(400);
    assert_eq!(zh["errors"][0]["mend"], "请同时填写经度 lon 和纬度 lat。");
    let en = post().header("accept-language", "en").send().await.problem(400);
    assert_eq!(en["errors"][0]["mend"], "A point needs lon and lat: add the latitude.");
}

#[tokio::test]
async fn a_command_on_a_case_that_is_not_theirs_is_a_404_whatever_it_asks() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", "垃圾").await;
    for (name, body) in [
        ("decline", json!({"reason": "不"})),
        ("finish", json!({"outcome": "solved"})),
        ("note", json!({"words": "喂"})),
        ("redact", json!({"event": 1, "reason": "试"})),
    ] {
        desk.command("acceptor-west", &id, name, &body).send().await.problem(404);
        desk.command("acceptor-west", &id, name, &body).header("if-match", "\"9\"").send().await.problem(404);
    }
}
