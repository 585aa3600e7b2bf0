//! The same for those who come by another door than a member's: a resident without an account, and a program of Open311. What a partner
//! hands over is looked for in `exchange/erased.rs`.

use serde_json::{Value, json};

use super::{MAIL, NAME, PHONE, forget, found, said, told, under_one_folder};
use crate::{
    desk::{self, Desk},
    open311::{KEY, settings},
    residents,
};

/// A case of a resident who names the person wherever the form lets them. Its number.
async fn by_a_resident(desk: &Desk) -> String {
    let peer = "127.0.0.1:4000";
    let (challenge, bits) = residents::challenge(desk, peer).await;
    let body = json!({
        "text": said("路口"), "address": said("地址"), "name": NAME, "contact": format!("{PHONE} {MAIL}"),
        "matter": "city/facility/litter", "place": {"lon": 110.005, "lat": 30.015},
        "solution": residents::solved(&challenge, bits), "challenge": challenge,
    });
    let kept = desk.post("/api/v1/reports").from(peer).json(&body).send().await.expect(201);
    kept["number"].as_str().unwrap().to_owned()
}

/// A case of a program that names the person in every field that takes words, in the answers to the questions, in a photo's name and
/// in an address of one. Its number.
async fn by_a_program(desk: &Desk) -> String {
    let (words, link) = (said("路灯"), "https://example.org/Zyxwvutson.jpg".to_owned());
    let fields = [
        ("service_code", "city.facility.streetlight".to_owned()),
        ("lat", "30.015".to_owned()),
        ("long", "110.005".to_owned()),
        ("description", words.clone()),
        ("address_string", words.clone()),
        ("address_id", words.clone()),
        ("first_name", NAME.to_owned()),
        ("last_name", NAME.to_owned()),
        ("phone", PHONE.to_owned()),
        ("email", MAIL.to_owned()),
        ("attribute[AREA]", "road".to_owned()),
        ("attribute[POLE]", "Zyxwvutson".to_owned()),
        ("attribute[MORE]", words),
        ("media_url", link),
    ];
    let part = |(name, value): &(&str, String)| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let mut body = fields.iter().map(part).collect::<String>().into_bytes();
    let file =
        format!("--x\r\nContent-Disposition: form-data; name=\"media\"; filename=\"{NAME}.jpg\"\r\n\r\n");
    body.extend([file.as_bytes(), &desk::photo(), b"\r\n--x--\r\n"].concat());
    let ask = desk.post(&format!("/open311/v2/requests.json?api_key={KEY}"));
    let kept = ask.raw("multipart/form-data; boundary=x", body).send().await.expect(200);
    kept[0]["service_request_id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_came_by_the_doors_for_residents_and_programs_is_gone_too() {
    let desk = Desk::serving(settings()).await;
    let database = under_one_folder(&desk);
    let numbers = [by_a_resident(&desk).await, by_a_program(&desk).await];
    let mut cases: Vec<Value> = Vec::new();
    for number in &numbers {
        let path = format!("/api/v1/cases/{number}");
        let case = desk.get(&path).by("leader-district").send().await.expect(200);
        assert!(case.to_string().contains("欧阳翠花"), "the test finds what is there: {case}");
        let id = case["id"].as_str().unwrap();
        let reason = json!({"reason": said("不受理")});
        desk.tell("handler-station-bridge", id, "decline", reason, "declined").await;
        cases.push(case["id"].clone());
    }
    told(&desk).await;
    let engine = &desk.state.engine;
    engine.scour().await.unwrap();
    assert!(found(&database).contains(&"欧阳翠花".to_owned()), "the test finds what is there");
    for case in &cases {
        forget(&desk, json!({"case": case, "reason": "request"})).await;
    }
    engine.scour().await.unwrap();
    assert_eq!(found(&database), [""; 0], "in the database");
    assert_eq!(found(&desk.folder.path().join("files")), [""; 0], "in the file store");
    let mut all = Vec::new();
    for number in &numbers {
        for path in [format!("/api/v1/cases/{number}"), format!("/open311/v2/requests/{number}.json")] {
            all.extend(desk.get(&path).by("leader-district").send().await.body);
        }
    }
    all.extend(desk.get("/open311/v2/requests.json?extensions=true").send().await.body);
    engine.store().export_events(&mut all).await.unwrap();
    let after = desk.folder.path().join("answers");
    std::fs::write(&after, all).unwrap();
    assert_eq!(found(&after), [""; 0], "in what the platform answers");
    assert!(engine.store().audit(&|_| {}).await.unwrap().clean());
    assert!(engine.store().check(&|_| {}).await.unwrap().clean());
}
