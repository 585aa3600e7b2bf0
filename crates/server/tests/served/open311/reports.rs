//! Reporting from outside: what is taken, what is refused and why, keys, tokens, photos, and that the same form is one case.

use huying_engine::accounts::Sent;
use huying_model::MemberId;
use huying_server::Settings;
use serde_json::{Value, json};

use super::{FORM, KEY, both, case, city, fits, form, json as read, sentences, xml};
use crate::desk::{Answer, Desk, photo};

const LITTER: (&str, &str) = ("service_code", "city.facility.litter");
const PLACE: [(&str, &str); 2] = [("lat", "30.015"), ("long", "110.005")];

async fn sent(desk: &Desk, format: &str, fields: &[(&str, &str)]) -> Answer {
    desk.post(&format!("/open311/v2/requests.{format}")).raw(FORM, form(fields)).send().await
}

fn litter<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("api_key", KEY), LITTER][..], &PLACE, more].concat()
}

#[track_caller]
fn number(kept: &Value) -> &str {
    fits("kept", kept);
    kept[0]["service_request_id"].as_str().unwrap()
}

#[tokio::test]
async fn a_report_becomes_an_ordinary_case_in_its_cell() {
    let desk = city().await;
    let fields = litter(&[
        ("description", "路口有垃圾\n两天了"),
        ("first_name", "某"),
        ("last_name", "人"),
        ("phone", "1"),
    ]);
    let kept = read(&sent(&desk, "json", &fields).await, 200);
    let case = case(&desk, number(&kept)).await;
    assert_eq!(
        (&case["stage"], &case["source"], &case["matter"], &case["place"]["area"], &case["reporters"]),
        (
            &json!("reported"),
            &json!("resident"),
            &json!("city/facility/litter"),
            &json!("990101001001001"),
            &json!(1)
        ),
        "{case}"
    );
    assert_eq!((&case["title"], &case["text"]), (&json!("路口有垃圾"), &json!("路口有垃圾\n两天了")));
    let other = sent(&desk, "xml", &litter(&[("description", "另一处")])).await;
    let text = other.text();
    let document = roxmltree::Document::parse(&text).unwrap();
    let id =
        document.descendants().find(|node| node.has_tag_name("service_request_id")).unwrap().text().unwrap();
    let beside =
        json!([{"service_request_id": id, "service_notice": kept[0]["service_notice"], "account_id": null}]);
    xml(&other, 200, "service_requests", &beside);
}

#[tokio::test]
async fn a_place_is_a_point_an_address_or_an_area() {
    let desk = city().await;
    for (no, (place, area)) in [
        (vec![("address_string", "桥头路1号")], Value::Null),
        (vec![("address_id", "990101001001001")], json!("990101001001001")),
        (vec![("address_id", "unknown"), ("lat", "30.015"), ("long", "110.005")], json!("990101001001001")),
        (vec![("lat", "0"), ("long", "0")], Value::Null),
    ]
    .into_iter()
    .enumerate()
    {
        let words = format!("第{no}处");
        let fields = [&[("api_key", KEY), LITTER, ("description", &words)][..], &place].concat();
        let kept = read(&sent(&desk, "json", &fields).await, 200);
        let number = number(&kept).to_owned();
        assert_eq!(case(&desk, &number).await["place"]["area"], area, "{place:?}");
        // Programs of others need an address and a point: what lies in no cell is shown where its centre is.
        let shown = super::requests(&desk, &format!("?service_request_id={number}&extensions=true")).await;
        assert!(shown[0]["address"].is_string() && shown[0]["lat"].is_number(), "{place:?} {shown}");
        let precision = if area.is_null() { "area" } else { "cell" };
        assert_eq!(shown[0]["extended_attributes"]["location_precision"], precision, "{place:?}");
    }
}

#[tokio::test]
async fn a_key_that_stands_before_the_form_is_looked_at_before_the_form_is_read() {
    let desk = city().await;
    let ask = |key: &str| {
        let path = format!("/open311/v2/requests.json?api_key={key}");
        desk.post(&path).raw("multipart/form-data; boundary=x", "no form at all").send()
    };
    super::sentences(&read(&ask("wrong").await, 403), 403);
    super::sentences(&read(&ask(KEY).await, 400), 400);
}

#[tokio::test]
async fn every_mistake_is_told_at_once_each_with_its_name() {
    let desk = city().await;
    let long = "长".repeat(4_001);
    let light = ("service_code", "city.facility.streetlight");
    for (fields, status, named) in [
        (vec![LITTER, PLACE[0], PLACE[1]], 403, vec!["api_key：缺少"]),
        (vec![("api_key", "wrong"), LITTER, PLACE[0], PLACE[1]], 403, vec!["api_key：无效"]),
        (vec![("api_key", KEY), PLACE[0], PLACE[1]], 400, vec!["service_code"]),
        (vec![("api_key", KEY), ("service_code", "nothing"), PLACE[0], PLACE[1]], 404, vec!["service_code"]),
        (
            vec![("api_key", KEY), ("service_code", "safety.dispute.neighbours"), PLACE[0]],
            404,
            vec!["service_code"],
        ),
        (vec![("api_key", KEY), LITTER], 400, vec!["地点"]),
        (vec![("api_key", KEY), LITTER, ("address_id", "none")], 400, vec!["address_id"]),
        (vec![("api_key", KEY), LITTER, PLACE[0]], 400, vec!["lat 和 long"]),
        (vec![("api_key", KEY), LITTER, ("lat", "north"), ("long", "x")], 400, vec!["lat：", "long："]),
        (vec![("api_key", KEY), LITTER, ("lat", "95"), ("long", "110")], 400, vec!["lat"]),
        (litter(&[("description", &long)]), 400, vec!["description"]),
        (litter(&[("jurisdiction_id", "elsewhere")]), 404, vec!["jurisdiction_id"]),
        (
            vec![
                ("api_key", KEY),
                light,
                PLACE[0],
                PLACE[1],
                ("attribute[COUNT]", "many"),
                ("attribute[SINCE]", "once"),
                ("attribute[SIGNS][]", "dark"),
                ("attribute[SIGNS][]", "loud"),
                ("attribute[WARNING]", "seen"),
            ],
            400,
            vec![
                "attribute[AREA]",
                "attribute[COUNT]",
                "attribute[SINCE]",
                "attribute[SIGNS]",
                "attribute[WARNING]",
            ],
        ),
        (
            vec![
                ("api_key", KEY),
                ("service_code", "city.facility.manhole"),
                PLACE[0],
                PLACE[1],
                ("attribute[condition]", "9"),
            ],
            400,
            vec!["attribute[condition]"],
        ),
    ] {
        let answer = sent(&desk, "json", &fields).await;
        let told = sentences(&read(&answer, status), status);
        for name in &named {
            assert!(told.iter().any(|told| told.contains(name)), "{fields:?}: {told:?}");
        }
        let beside = read(&answer, status);
        xml(&sent(&desk, "xml", &fields).await, status, "errors", &beside);
    }
    let huge = vec![b'x'; 2 * 1024 * 1024];
    let huge = desk.post("/open311/v2/requests.json").raw(FORM, huge).send().await;
    sentences(&read(&huge, 413), 413);
}

#[tokio::test]
async fn answers_in_every_way_of_writing_them_are_kept_in_words() {
    let desk = city().await;
    let fields = [
        ("api_key", KEY),
        ("service_code", "city.facility.streetlight"),
        PLACE[0],
        PLACE[1],
        ("attribute[AREA]", "yard"),
        ("attribute[SIGNS][]", "dark"),
        ("attribute[SIGNS][]", "flicker"),
        ("attribute[COUNT]", "3"),
        ("attribute[SINCE]", "2026-05-01 20:00:00+08:00"),
        ("attribute[THEIR_OWN]", "x"),
    ];
    let kept = read(&sent(&desk, "json", &fields).await, 200);
    let case = case(&desk, number(&kept)).await;
    let answers = case["answers"].as_str().unwrap();
    let lines: Vec<&str> = answers.lines().collect();
    let wanted = [
        "灯在哪里？：小区内",
        "有哪些现象？：不亮、闪烁",
        "几盏？：3",
        "从什么时候开始？：2026-05-01 20:00:00+08:00",
        "THEIR_OWN: x",
    ];
    assert_eq!(lines, wanted);
    assert_eq!(case["title"], "路灯不亮", "without a description it is called by its matter");
    let manhole = [
        ("api_key", KEY),
        ("service_code", "city.facility.manhole"),
        PLACE[0],
        PLACE[1],
        ("attribute[condition]", "2"),
    ];
    let kept = read(&sent(&desk, "json", &manhole).await, 200);
    assert_eq!(super::case(&desk, number(&kept)).await["condition"], 2);
}

#[tokio::test]
async fn key_and_jurisdiction_may_stand_in_the_query_or_a_header() {
    let desk = city().await;
    let fields = |words: &'static str| form(&[LITTER, PLACE[0], PLACE[1], ("description", words)]);
    let query = format!("/open311/v2/requests.json?api_key={KEY}&jurisdiction_id=starter");
    read(&desk.post(&query).raw(FORM, fields("一")).send().await, 200);
    let bearer = format!("Bearer {KEY}");
    let by_header =
        desk.post("/open311/v2/requests.json").header("authorization", &bearer).raw(FORM, fields("二"));
    read(&by_header.send().await, 200);
    let afar = desk.post(&query).from("192.0.2.7:4000").raw(FORM, fields("三")).send().await;
    sentences(&read(&afar, 403), 403);
}

#[tokio::test]
async fn the_same_form_within_some_minutes_is_one_case_and_later_another() {
    let desk = city().await;
    // The minutes by which forms are told apart turn between the first and the second.
    desk.clock.advance(5 * 60_000);
    let fields = litter(&[("description", "同一处")]);
    let turned: Vec<_> = fields.iter().rev().copied().collect();
    let first = read(&sent(&desk, "json", &fields).await, 200);
    desk.clock.advance(9 * 60_000);
    let again = read(&sent(&desk, "json", &turned).await, 200);
    assert_eq!(number(&first), number(&again));
    let other = read(&sent(&desk, "json", &litter(&[("description", "另一处")])).await, 200);
    assert_ne!(number(&first), number(&other));
    desk.clock.advance(30 * 60_000);
    let later = read(&sent(&desk, "json", &fields).await, 200);
    assert_ne!(number(&first), number(&later));
    let keyed = |words: &'static str| {
        let body = form(&litter(&[("description", words)]));
        desk.post("/open311/v2/requests.json").header("idempotency-key", "k-1").raw(FORM, body).send()
    };
    let one = read(&keyed("用键").await, 200);
    desk.clock.advance(60 * 60_000);
    assert_eq!(number(&one), number(&read(&keyed("用键").await, 200)));
    sentences(&read(&keyed("别的").await, 400), 400);
}

#[tokio::test]
async fn a_burst_of_reports_by_programs_becomes_one_case_and_each_keeps_its_number() {
    let desk = city().await;
    let mut numbers = Vec::new();
    for words in ["垃圾一", "垃圾二", "垃圾三", "垃圾四"] {
        let kept = read(&sent(&desk, "json", &litter(&[("description", words)])).await, 200);
        numbers.push(number(&kept).to_owned());
        desk.clock.advance(2_000);
    }
    let first = case(&desk, &numbers[0]).await;
    assert_eq!((&first["stage"], first["children"].as_array().map(Vec::len)), (&json!("reported"), Some(3)));
    for copy in &numbers[1..] {
        assert_eq!(case(&desk, copy).await["stage"], "merged", "{copy}");
    }
}

/// A report to a service with a place and nothing else.
async fn bare(desk: &Desk, code: &str) -> Value {
    let kept =
        read(&sent(desk, "json", &[("api_key", KEY), ("service_code", code), PLACE[0], PLACE[1]]).await, 200);
    fits("kept", &kept);
    kept
}

#[tokio::test]
async fn a_batch_service_gives_a_token_and_a_blackbox_gives_nothing() {
    let desk = city().await;
    let batch = bare(&desk, "city.order.vendor").await;
    assert_eq!(batch[0].get("service_request_id"), None);
    let token = batch[0]["token"].as_str().unwrap();
    let become_number = both(&desk, &format!("tokens/{token}"), "", ("token", "service_requests")).await;
    assert_eq!(become_number[0]["token"], token);
    let number = become_number[0]["service_request_id"].as_str().unwrap();
    assert_eq!(case(&desk, number).await["matter"], "city/order/vendor");
    let mut forged = token.to_owned();
    forged.replace_range(0..1, if forged.starts_with('0') { "1" } else { "0" });
    super::refused(&desk, &format!("tokens/{forged}"), "", 404).await;
    let blackbox = bare(&desk, "people.service.elder-card").await;
    assert_eq!((blackbox[0].get("service_request_id"), blackbox[0].get("token")), (None, None));
    assert_eq!(
        super::numbers(&super::requests(&desk, "").await).len(),
        1,
        "a blackbox is followed by nobody outside"
    );
}

#[tokio::test]
async fn photos_come_with_the_form_under_any_name() {
    let desk = city().await;
    let boundary = "open311-form";
    let mut body = Vec::new();
    for (name, value) in litter(&[("description", "有图")]) {
        body.extend(
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .bytes(),
        );
    }
    for (no, name) in ["media", "photo1"].into_iter().enumerate() {
        let mut picture = photo();
        picture.push(u8::try_from(no).unwrap());
        body.extend(
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"p.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n")
                .bytes(),
        );
        body.extend(picture);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{boundary}--\r\n").bytes());
    let media = format!("multipart/form-data; boundary={boundary}");
    let kept = read(&desk.post("/open311/v2/requests.json").raw(&media, body).send().await, 200);
    let path = format!("/api/v1/cases/{}/files", number(&kept));
    assert_eq!(desk.get(&path).by("leader-district").send().await.expect(200).as_array().unwrap().len(), 2);
    let shown = super::requests(&desk, "").await;
    assert_eq!(shown[0]["media_url"], Value::Null, "nobody has approved them");
    let page = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.html\"\r\n\r\n<script>\r\n--{boundary}--\r\n"
    );
    let query =
        format!("/open311/v2/requests.json?api_key={KEY}&service_code=city.facility.litter&address_string=x");
    let refused = desk.post(&query).raw(&media, page).send().await;
    sentences(&read(&refused, 415), 415);
}

#[tokio::test]
async fn where_members_have_accounts_a_key_with_the_scope_report_is_needed() {
    let desk =
        Desk::serving(Settings { demo: false, sign_in: Settings::default().sign_in, ..super::settings() })
            .await;
    let accounts = desk.state.accounts().unwrap();
    let member = MemberId::new(super::MEMBER);
    let Sent::Shown(link) = accounts.invite(&member, None).await.unwrap() else { panic!() };
    let password = "a river under stone";
    accounts.take_up(link.rsplit('/').next().unwrap(), password).await.unwrap();
    let body = json!({"member": super::MEMBER, "password": password});
    let signed = desk.post("/api/v1/session").json(&body).send().await;
    let lines = signed.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let cookie = lines.map(|line| line.split(';').next().unwrap()).collect::<Vec<_>>().join("; ");
    let key = |scopes: Value| {
        let body = json!({"name": "t", "scopes": scopes, "days": 30, "password": password});
        let ask = desk
            .post("/api/v1/account/keys")
            .header("cookie", &cookie)
            .header("origin", "http://localhost:8080");
        ask.json(&body).send()
    };
    let reporting = key(json!(["report"])).await.expect(201)["key"].as_str().unwrap().to_owned();
    let reading = key(json!(["read"])).await.expect(201)["key"].as_str().unwrap().to_owned();
    let send = |key: &str| {
        let body = form(&[("api_key", key), LITTER, PLACE[0], PLACE[1]]);
        desk.post("/open311/v2/requests.json").raw(FORM, body).send()
    };
    number(&read(&send(&reporting).await, 200));
    assert!(sentences(&read(&send(&reading).await, 403), 403)[0].contains("权限"));
    sentences(&read(&send(KEY).await, 403), 403);
    assert_eq!(super::numbers(&super::requests(&desk, "").await).len(), 1, "reading needs no key");
}
