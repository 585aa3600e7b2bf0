//! Discovery, the list of services and their definitions.

use serde_json::{Value, json};

use super::{both, city, refused, settings};
use crate::desk::Desk;

fn service<'a>(list: &'a Value, code: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|one| one["service_code"] == code).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn discovery_names_two_endpoints_and_says_since_when_the_services_are_as_they_are() {
    let desk = city().await;
    let said = both(&desk, "discovery", "", ("discovery", "discovery")).await;
    assert_eq!(said["endpoints"][0]["url"], "http://localhost:8080/open311/v2");
    assert_eq!(said["changeset"], "2024-01-01T00:00:00+08:00", "the version in force began then");
    let mut own = settings();
    own.open311.contact = "写信给 <平台> & co".to_owned();
    let desk = Desk::serving(own).await;
    assert_eq!(
        both(&desk, "discovery", "", ("discovery", "discovery")).await["contact"],
        "写信给 <平台> & co"
    );
}

#[tokio::test]
async fn services_are_the_matters_that_are_public_or_offered_and_a_dispute_is_neither() {
    let desk = city().await;
    let list = both(&desk, "services", "", ("services", "services")).await;
    let litter = service(&list, "city.facility.litter");
    assert_eq!((&litter["service_name"], &litter["group"]), (&json!("积存垃圾"), &json!("城市管理")));
    assert_eq!((&litter["type"], &litter["metadata"]), (&json!("realtime"), &json!(false)));
    assert_eq!(litter["keywords"], "市政,设施,垃圾,rubbish");
    assert_eq!(service(&list, "city.order.vendor")["type"], "batch");
    assert_eq!(service(&list, "people.service.elder-card")["type"], "blackbox");
    for absent in ["safety.dispute.neighbours", "safety.hazard.gas", "people.work.key-task"] {
        assert_eq!(service(&list, absent), &Value::Null, "{absent}");
    }
    let english =
        desk.get("/open311/v2/services.json").header("accept-language", "en").send().await.expect(200);
    assert_eq!(service(&english, "city.facility.litter")["service_name"], "Piled-up rubbish");
}

#[tokio::test]
async fn a_definition_has_all_six_datatypes_conditions_and_what_is_only_told() {
    let desk = city().await;
    let kind = ("definition", "service_definition");
    let light = both(&desk, "services/city.facility.streetlight", "", kind).await;
    let asked: Vec<(&str, &str, bool, bool, u64)> = light["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let flag = |name: &str| one[name].as_bool().unwrap();
            let text = |name: &str| one[name].as_str().unwrap();
            (
                text("code"),
                text("datatype"),
                flag("variable"),
                flag("required"),
                one["order"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        asked,
        [
            ("AREA", "singlevaluelist", true, true, 1),
            ("SIGNS", "multivaluelist", true, false, 2),
            ("POLE", "string", true, false, 3),
            ("COUNT", "number", true, false, 4),
            ("SINCE", "datetime", true, false, 5),
            ("MORE", "text", true, false, 6),
            ("WARNING", "string", false, false, 7),
        ]
    );
    assert_eq!(light["attributes"][0]["values"][1], json!({"key": "yard", "name": "小区内"}));
    let manhole = both(&desk, "services/city.facility.manhole", "", kind).await;
    assert_eq!(manhole["attributes"][0]["code"], "condition");
    assert_eq!(manhole["attributes"][0]["values"][1], json!({"key": "2", "name": "破损"}));
    assert_eq!(manhole["attributes"][1]["code"], "evidence", "what shows that it was done is told");
    let slashes = both(&desk, "services/city/facility/manhole", "", kind).await;
    assert_eq!(slashes, manhole, "the matter's own code is understood too");
    let plain = both(&desk, "services/city.facility.litter", "", kind).await;
    assert_eq!(plain["attributes"], json!([]));
    refused(&desk, "services/city.none", "", 404).await;
    refused(&desk, "services/safety.dispute.neighbours", "", 404).await;
}

#[tokio::test]
async fn who_has_the_services_already_is_told_so() {
    let desk = city().await;
    let first = desk.get("/open311/v2/services.xml").send().await;
    let again =
        desk.get("/open311/v2/services.xml").header("if-none-match", first.header("etag")).send().await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    let other =
        desk.get("/open311/v2/services.json").header("if-none-match", first.header("etag")).send().await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn an_authority_is_asked_for_by_its_name_or_by_none() {
    let desk = city().await;
    for known in ["", "?jurisdiction_id=", "?jurisdiction_id=starter", "?jurisdiction_id=Starter"] {
        both(&desk, "services", known, ("services", "services")).await;
    }
    assert!(
        refused(&desk, "services", "?jurisdiction_id=elsewhere", 404).await[0].contains("jurisdiction_id")
    );
    let mut own = settings();
    own.open311.jurisdictions = vec!["city.example".to_owned()];
    let desk = Desk::serving(own).await;
    both(&desk, "services", "?jurisdiction_id=city.example", ("services", "services")).await;
    refused(&desk, "requests", "?jurisdiction_id=starter", 404).await;
}

#[tokio::test]
async fn what_is_no_address_of_it_is_told_in_the_asked_format() {
    let desk = city().await;
    for path in
        ["nothing", "requests/XX-1", "tokens/none", "tokens/", "update_tokens/1", "media", "services/"]
    {
        if path != "services/" {
            refused(&desk, path, "", 404).await;
        }
    }
    for (method, path) in [("DELETE", "requests"), ("POST", "services"), ("PUT", "tokens/1")] {
        let answer = desk.method(method, &format!("/open311/v2/{path}.json")).send().await;
        super::sentences(&super::json(&answer, 405), 405);
        assert!(answer.header("allow").contains("GET"), "{method} {path}");
    }
    let no_format = desk.get("/open311/v2/services").send().await;
    assert_eq!(
        (no_format.status.as_u16(), no_format.header("content-type")),
        (404, "text/xml; charset=utf-8")
    );
    assert_eq!(desk.get("/open311/v2/services.html").send().await.status, 404);
    let broken = desk.get("/open311/v2/services/%ff.json").send().await;
    super::sentences(&super::json(&broken, 404), 404);
    let long = format!("/open311/v2/requests.json?a={}", "x".repeat(9_000));
    let long = desk.get(&long).send().await;
    assert!(!super::sentences(&super::json(&long, long.status.as_u16()), long.status.as_u16()).is_empty());
}

#[tokio::test]
async fn a_page_of_any_site_may_read_and_none_may_report() {
    let desk = city().await;
    let ask =
        |method: &str, path: &str| desk.method(method, path).header("origin", "https://elsewhere.example");
    let read = ask("GET", "/open311/v2/services.json").send().await;
    assert_eq!((read.status.as_u16(), read.header("access-control-allow-origin")), (200, "*"));
    assert_eq!(read.header("access-control-allow-credentials"), "");
    let before = ask("OPTIONS", "/open311/v2/services.json").send().await;
    assert_eq!((before.status.as_u16(), before.header("access-control-allow-methods")), (204, "GET, HEAD"));
    let body = super::form(&[
        ("api_key", super::KEY),
        ("service_code", "city.facility.litter"),
        ("address_string", "x"),
    ]);
    let sent = ask("POST", "/open311/v2/requests.json").raw(super::FORM, body).send().await;
    super::sentences(&super::json(&sent, 403), 403);
}
