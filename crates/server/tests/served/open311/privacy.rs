//! What never leaves: whatever is written into a case comes out of no answer, and what a person approved comes out until it is taken back.

use serde_json::{Value, json};

use super::{FORM, KEY, both, case, city, form, json as read, numbers, requests};
use crate::desk::{self, Desk, photo};

/// Stands in every field that holds words of somebody.
const MARK: &str = "MARKER-7f3a";

async fn every_answer(desk: &Desk, number: &str) -> String {
    let mut all = String::new();
    for format in ["json", "xml"] {
        for path in [
            format!("requests.{format}?extensions=true"),
            format!("requests.{format}?status=closed&extensions=true"),
            format!("requests.{format}?service_request_id={number}&extensions=true"),
            format!("requests/{number}.{format}?extensions=true"),
            format!("servicerequestupdates.{format}"),
            format!("services.{format}"),
            format!("services/city.facility.manhole.{format}"),
            format!("discovery.{format}"),
        ] {
            let answer = desk.get(&format!("/open311/v2/{path}")).send().await;
            assert_eq!(answer.status, 200, "{path}");
            all.push_str(&answer.text());
        }
    }
    all
}

/// A case of a broken manhole whose every word is marked, up to the work; answers its id, number and a photo of it.
async fn marked(desk: &Desk) -> (String, String, String) {
    let words = |what: &str| format!("{MARK} {what}");
    let mut body = desk::report("city/facility/manhole", &words("说的话"));
    body["title"] = json!(words("标题"));
    body["address"] = json!(words("地址"));
    body["answers"] = json!(words("回答"));
    body["place"] = json!({"lon": 110.002_13, "lat": 30.013_77});
    body["reporters"] = json!([{"name": words("姓名"), "contact": words("电话")}]);
    let made = desk.post("/api/v1/cases").by("acceptor-east").json(&body).send().await.expect(201);
    let (id, number) = (made["id"].as_str().unwrap().to_owned(), made["number"].as_str().unwrap().to_owned());
    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    desk.tell("handler-station-bridge", &id, "file", filing, "filed").await;
    desk.tell("dispatcher-east", &id, "dispatch", json!({"lead": "dept-works"}), "dispatched").await;
    desk.tell("handler-dept-works", &id, "receive", json!({"unit": "dept-works"}), "handling").await;
    for (member, name, body) in [
        ("dispatcher-east", "note", json!({"words": words("备注")})),
        ("acceptor-east", "comment", json!({"words": words("留言")})),
        ("handler-dept-works", "progress", json!({"unit": "dept-works", "words": words("进展")})),
        ("supervisor-east", "supervise", json!({"words": words("督办")})),
    ] {
        desk.tell(member, &id, name, body, "handling").await;
    }
    let (media, sent) = desk::form(&photo(), Some("after"));
    let file = desk
        .post(&format!("/api/v1/cases/{id}/files"))
        .by("handler-dept-works")
        .raw(&media, sent)
        .send()
        .await;
    let file = file.expect(201)["file"].as_str().unwrap().to_owned();
    (id, number, file)
}

#[tokio::test]
async fn no_word_of_a_case_its_people_or_its_point_comes_out_of_any_answer() {
    let desk = city().await;
    let (id, number, _) = marked(&desk).await;
    let finish = json!({"outcome": "solved", "reason": format!("{MARK} 结果")});
    desk.tell("handler-dept-works", &id, "finish", finish, "inspecting").await;
    desk.tell("inspector-1", &id, "pass", json!({"words": format!("{MARK} 核查")}), "calling_back").await;
    let all = every_answer(&desk, &number).await;
    assert!(all.contains(&number), "the case is there");
    for secret in
        [MARK, "110.00213", "30.01377", "handler-dept-works", "inspector-1", "dispatcher-east", id.as_str()]
    {
        assert!(!all.contains(secret), "{secret} came out");
    }
    let dispute = desk.report("safety/dispute/neighbours", "邻居").await;
    let dispute = case(&desk, &dispute).await["number"].as_str().unwrap().to_owned();
    let all = every_answer(&desk, &number).await;
    assert!(!all.contains(&dispute), "a dispute is not public at all");
    assert_eq!(desk.get(&format!("/open311/v2/requests/{dispute}.json")).send().await.status, 404);
    // One that becomes a dispute leaves at once.
    let other = desk.report("city/facility/litter", "其实是纠纷").await;
    let other_number = case(&desk, &other).await["number"].as_str().unwrap().to_owned();
    assert!(every_answer(&desk, &number).await.contains(&other_number));
    let filing = json!({"filing": {"matter": "safety/dispute/neighbours", "condition": 1}});
    desk.tell("handler-station-bridge", &other, "file", filing, "filed").await;
    assert!(!every_answer(&desk, &number).await.contains(&other_number));
}

#[tokio::test]
async fn words_and_photos_are_shown_from_when_a_person_approves_them_until_they_are_taken_back() {
    let desk = city().await;
    let (id, number, file) = marked(&desk).await;
    let photo_at = format!("/open311/v2/media/{number}/{file}.jpg");
    assert_eq!(desk.get(&photo_at).send().await.status, 404, "not before it is approved");
    let publish = |body: Value| desk.command("dispatcher-east", &id, "publish", &body).send();
    assert_eq!(publish(json!({"files": ["0".repeat(64)]})).await.problem(409)["code"], "unknown_file");
    assert_eq!(publish(json!({})).await.problem(409)["code"], "nothing_published");
    let other = desk.command("handler-dept-works", &id, "publish", &json!({"words": "公开"})).send().await;
    assert_eq!(other.problem(409)["code"], "not_yours");
    desk.clock.advance(60_000);
    desk.tell(
        "dispatcher-east",
        &id,
        "publish",
        json!({"words": "井盖已更换 <b>&", "files": [file]}),
        "handling",
    )
    .await;
    let kind = ("requests", "service_requests");
    let shown = both(&desk, &format!("requests/{number}"), "?extensions=true", kind).await;
    assert_eq!(shown[0]["description"], "井盖已更换 <b>&");
    assert_eq!(shown[0]["media_url"], format!("http://localhost:8080{photo_at}"));
    assert_eq!(shown[0]["updated_datetime"], "2026-05-12T09:01:00+08:00");
    let picture = desk.get(&photo_at).send().await;
    assert_eq!((picture.status.as_u16(), picture.header("content-type")), (200, "image/jpeg"));
    assert_eq!(picture.header("content-security-policy"), "default-src 'none'; sandbox");
    assert!(image::load_from_memory(&picture.body).is_ok());
    let again = desk.get(&photo_at).header("if-none-match", picture.header("etag")).send().await;
    assert_eq!(again.status, 304);
    let updates = both(&desk, "servicerequestupdates", "", ("updates", "service_request_updates")).await;
    let told = updates.as_array().unwrap().iter().find(|one| one["description"] == "井盖已更换 <b>&");
    assert!(told.is_some_and(|one| one["media_url"].is_string()), "{updates}");
    assert!(!every_answer(&desk, &number).await.contains(MARK));
    // Redacting the entry takes back what it showed.
    let version = case(&desk, &number).await["version"].as_u64().unwrap();
    desk.tell("dispatcher-east", &id, "redact", json!({"event": version, "reason": "other"}), "handling")
        .await;
    let gone = |list: Value| {
        assert_eq!((&list[0]["description"], &list[0]["media_url"]), (&Value::Null, &Value::Null))
    };
    gone(both(&desk, &format!("requests/{number}"), "", kind).await);
    assert_eq!(desk.get(&photo_at).send().await.status, 404);
    desk.tell("dispatcher-east", &id, "publish", json!({"words": "再次公开"}), "handling").await;
    assert!(every_answer(&desk, &number).await.contains("再次公开"));
    desk.tell("dispatcher-east", &id, "publish", json!({}), "handling").await;
    gone(both(&desk, &format!("requests/{number}"), "", kind).await);
    assert!(!every_answer(&desk, &number).await.contains("再次公开"), "updates do not tell it either");
}

#[tokio::test]
async fn what_was_shown_of_a_case_that_was_declined_since_can_still_be_taken_back() {
    let desk = city().await;
    let id = desk.report("city/facility/litter", "垃圾").await;
    let number = case(&desk, &id).await["number"].as_str().unwrap().to_owned();
    desk.tell("dispatcher-east", &id, "publish", json!({"words": "给大家的话"}), "reported").await;
    let member = format!("handler-{}", case(&desk, &id).await["custodian"].as_str().unwrap());
    desk.tell(&member, &id, "decline", json!({"reason": "不属实"}), "declined").await;
    let said =
        async || requests(&desk, &format!("?service_request_id={number}")).await[0]["description"].clone();
    assert_eq!(said().await, "给大家的话");
    let more = desk.command("dispatcher-east", &id, "publish", &json!({"words": "更多"})).send().await;
    assert_eq!(more.problem(409)["code"], "not_from_here");
    desk.tell("dispatcher-east", &id, "publish", json!({}), "declined").await;
    assert_eq!(said().await, Value::Null);
}

#[tokio::test]
async fn only_a_file_of_which_there_is_a_copy_for_everybody_is_shown() {
    let desk = city().await;
    let (id, _, _) = marked(&desk).await;
    let pdf = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF".to_vec();
    let (media, sent) = desk::form(&pdf, Some("finding"));
    let file = desk
        .post(&format!("/api/v1/cases/{id}/files"))
        .by("handler-dept-works")
        .raw(&media, sent)
        .send()
        .await;
    let file = file.expect(201)["file"].as_str().unwrap().to_owned();
    let publish = desk.command("dispatcher-east", &id, "publish", &json!({"files": [file]})).send().await;
    assert_eq!(publish.problem(409)["code"], "only_photos");
}

#[tokio::test]
async fn a_dispute_cannot_be_published() {
    let desk = city().await;
    let id = desk.report("safety/dispute/neighbours", "邻居").await;
    let filing = json!({"filing": {"matter": "safety/dispute/neighbours", "condition": 1}});
    desk.tell("handler-station-bridge", &id, "file", filing, "filed").await;
    let answer = desk.command("dispatcher-east", &id, "publish", &json!({"words": "x"})).send().await;
    assert_eq!(answer.problem(409)["code"], "never_public");
}

#[tokio::test]
async fn what_a_reporter_sends_from_outside_is_sealed_and_shown_to_nobody_outside() {
    let desk = city().await;
    let body = form(&[
        ("api_key", KEY),
        ("service_code", "city.facility.streetlight"),
        ("lat", "30.015"),
        ("long", "110.005"),
        ("address_string", &format!("{MARK} 路口")),
        ("first_name", MARK),
        ("last_name", MARK),
        ("phone", "13900000000"),
        ("email", "someone@example.org"),
        ("device_id", "device-9911"),
        ("account_id", "account-9911"),
        ("description", &format!("{MARK} 灯不亮")),
        ("media_url", "https://pictures.example/private.jpg"),
        ("attribute[AREA]", "road"),
        ("attribute[MORE]", &format!("{MARK} 更多")),
    ]);
    let kept = read(&desk.post("/open311/v2/requests.json").raw(FORM, body).send().await, 200);
    let number = kept[0]["service_request_id"].as_str().unwrap().to_owned();
    let all = every_answer(&desk, &number).await;
    assert!(all.contains(&number));
    for secret in [MARK, "13900000000", "someone@", "9911", "pictures.example", "路边"] {
        assert!(!all.contains(secret), "{secret} came out");
    }
    let inside = case(&desk, &number).await;
    assert!(inside["text"].as_str().unwrap().contains(MARK));
    let answers = inside["answers"].as_str().unwrap();
    assert!(answers.contains("灯在哪里？：路边") && answers.contains("pictures.example"), "{answers}");
    let whole = inside.to_string();
    assert!(!whole.contains("9911"), "what tells persons apart is not kept");
    assert_eq!(numbers(&requests(&desk, "").await), [number.as_str()]);
}
