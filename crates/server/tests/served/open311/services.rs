//! Discovery, the list of services and their definitions.

use serde_json::{Value, json};

use super::{both, city, refused, settings};
use crate::desk::Desk;

fn service<'a>(list: &'a Value, code: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|one| one["service_code"] == code).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn discovery_names_its_endpoint_and_says_since_when_the_services_are_as_they_are() {
    let desk = city().await;
    let said = both(&desk, "discovery", "", ("discovery", "discovery")).await;
    assert_eq!(said["endpoints"][0]["url"], "http://localhost:8080/open311/v2");
    assert_eq!(said["changeset"], "2024-01-01T00:00:00+08:00", "the version in force began then");
    assert_eq!(said["endpoints"][1]["type"], "test", "a demonstration is there to be tried");
    let mut own = settings();
    own.demo = false;
    own.open311.url = Some("https://city.example".to_owned());
    own.open311.contact = "写信给 <平台> & co".to_owned();
    let desk = Desk::serving(own).await;
    let said = both(&desk, "discovery", "", ("discovery", "discovery")).await;
    assert_eq!(said["contact"], "写信给 <平台> & co");
    for endpoint in said["endpoints"].as_array().unwrap() {
        assert_eq!(endpoint["type"], "production", "no test reaches a real city");
        assert_eq!(endpoint["url"], "https://city.example/open311/v2", "whatever the request was sent to");
    }
}

#[tokio::test]
async fn a_matter_that_is_shown_and_takes_no_reports_is_no_service() {
    let folder = tempfile::tempdir().unwrap();
    let pack = crate::desk::starter_in(folder.path());
    let table = std::fs::read_to_string(pack.join("public.csv")).unwrap();
    let edited = table.replace("city/order/vendor,,batch,", "city/order/vendor,yes,none,");
    assert_ne!(table, edited);
    std::fs::write(pack.join("public.csv"), edited).unwrap();
    let desk = Desk::governed_by(&pack, settings()).await;
    let id = desk.report("city/order/vendor", "占道").await;
    let number = super::case(&desk, &id).await["number"].as_str().unwrap().to_owned();
    let list = both(&desk, "services", "", ("services", "services")).await;
    assert_eq!(service(&list, "city.order.vendor"), &Value::Null);
    let shown = super::requests(&desk, &format!("?service_request_id={number}")).await;
    assert_eq!(shown[0]["service_code"], "city.order.vendor");
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
    assert!(!super::sentences(&super::json(&long, 400), 400).is_empty());
    for (language, words) in [("zh", "service_code：未找到"), ("en", "service_code: it was not found")] {
        let none =
            desk.get("/open311/v2/services/nothing.json").header("accept-language", language).send().await;
        assert_eq!(super::sentences(&super::json(&none, 404), 404), [words]);
    }
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
