//! Components over HTTP: a census is taken in, looked up by place and kind, and the cases of one are told to whoever may read them.

use crate::{desk, drafts, tables};

use desk::{Answer, Desk};
use drafts::found;
use serde_json::{Value, json};

const COVER: &str = "9901010101000001";
const CENSUS: &str = "code,name,state,matter,lon,lat,owner,keeper\n\
    9901010101000001,上水井盖,intact,city/facility/manhole,110.005,30.015,dept-works,order-east\n\
    9901010101000002,上水井盖,lost,,110.0051,30.015,,\n\
    9901010137000001,路灯,intact,,110.025,30.015,dept-works,\n";

async fn send(desk: &Desk, member: &str, fields: &[(&str, &str)], bytes: &[u8]) -> Answer {
    let (media, body) = tables::form(fields, "sent.csv", bytes);
    desk.post("/api/v1/tables/components").by(member).raw(&media, body).send().await
}

/// A served starter pack with a census in its register.
async fn open() -> Desk {
    let desk = Desk::open().await;
    found(&desk).await;
    let shown = send(&desk, "administrator", &[], CENSUS.as_bytes()).await.expect(200);
    let hash = shown["hash"].as_str().unwrap();
    let fields = [("hash", hash), ("reason", "部件普查")];
    let done = send(&desk, "administrator", &fields, CENSUS.as_bytes()).await.expect(200);
    assert_eq!((&done["applied"], &done["added"]), (&json!(true), &json!(3)), "{done}");
    desk
}

async fn listed(desk: &Desk, query: &str) -> Vec<String> {
    let page = desk.get(&format!("/api/v1/components{query}")).by("acceptor-east").send().await.expect(200);
    page["items"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_census_is_looked_at_applied_by_its_hash_and_taken_away_again() {
    let desk = open().await;
    let csv = desk.get("/api/v1/tables/components").by("acceptor-east").send().await;
    assert_eq!((csv.status.as_u16(), csv.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert!(csv.header("content-disposition").contains("components.csv"));
    assert_eq!(csv.text().lines().count(), 4);
    let xlsx = desk.get("/api/v1/tables/components?format=xlsx").by("acceptor-east").send().await;
    let edited = csv.text().replace("路灯", "高杆路灯").into_bytes();
    for same in [csv.body.clone(), xlsx.body] {
        let shown = send(&desk, "administrator", &[("missing", "ends")], &same).await.expect(200);
        assert_eq!((&shown["same"], &shown["hash"]), (&json!(3), &Value::Null), "{shown}");
    }
    let no = send(&desk, "acceptor-east", &[], &edited).await;
    assert_eq!(no.problem(403)["code"], "administrators_only");
    let shown = send(&desk, "administrator", &[], &edited).await.expect(200);
    assert_eq!((&shown["changed"], &shown["applied"]), (&json!(1), &json!(false)), "{shown}");
    assert_eq!(shown["rows"][0]["cells"][0], json!({"column": "name", "old": "路灯", "new": "高杆路灯"}));
    let hash = shown["hash"].as_str().unwrap().to_owned();
    // Somebody else is faster.
    let other = csv.text().replace("路灯", "庭院灯").into_bytes();
    let theirs = send(&desk, "administrator-2", &[], &other).await.expect(200);
    let fields = [("hash", theirs["hash"].as_str().unwrap()), ("reason", "另一次巡查")];
    send(&desk, "administrator-2", &fields, &other).await.expect(200);
    let fields = [("hash", hash.as_str()), ("reason", "更正名称")];
    let stale = send(&desk, "administrator", &fields, &edited).await;
    assert_eq!(stale.problem(409)["code"], "preview_stale");
    let silent = send(&desk, "administrator", &[("hash", "00")], &edited).await;
    assert_eq!(silent.problem(400)["errors"][0]["field"], "reason");
    let one = desk.get("/api/v1/components/9901010137000001").by("leader-district").send().await.expect(200);
    assert_eq!((&one["name"], &one["version"]), (&json!("庭院灯"), &json!(2)), "{one}");
    assert_eq!(one["changes"][0]["by"], "administrator-2");
    assert_eq!(
        (&one["changes"][1]["name"], &one["changes"][1]["reason"]),
        (&json!("路灯"), &json!("部件普查"))
    );
    let wrong = send(&desk, "administrator", &[], b"code,name,owner\n12,x,nobody\n").await.expect(200);
    let at: Vec<_> = wrong["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["line"].as_u64(), one["column"].as_u64()))
        .collect();
    assert_eq!(at, [(Some(2), Some(1)), (Some(2), Some(3))], "{wrong}");
    assert!(wrong["problems"][0]["mend"].as_str().unwrap().contains("16 digits"));
}

#[tokio::test]
async fn components_are_found_by_window_point_kind_state_area_unit_and_words() {
    let desk = open().await;
    let (cover, lost, lamp) = (COVER, "9901010101000002", "9901010137000001");
    for (query, should) in [
        ("", vec![cover, lost, lamp]),
        ("?limit=1", vec![cover]),
        ("?bbox=110.0,30.0,110.01,30.02", vec![cover, lost]),
        ("?near=110.0052,30.015", vec![lost, cover]),
        ("?near=110.0052,30.015&within=12", vec![lost]),
        ("?near=110.0052,30.015&state=intact", vec![cover]),
        ("?kind=0137", vec![lamp]),
        ("?kind=01&state=lost,damaged", vec![lost]),
        ("?area=990101002", vec![lamp]),
        ("?unit=dept-works", vec![cover, lamp]),
        ("?q=%E8%B7%AF%E7%81%AF", vec![lamp]),
        ("?q=9901010101", vec![cover, lost]),
        ("?q=%25", vec![]),
    ] {
        assert_eq!(listed(&desk, query).await, should, "{query}");
    }
    let first = desk.get("/api/v1/components?limit=2").by("acceptor-east").send().await.expect(200);
    let next = first["next"].as_str().unwrap();
    assert_eq!(listed(&desk, &format!("?limit=2&cursor={next}")).await, [lamp]);
    let near =
        desk.get("/api/v1/components?near=110.005,30.015").by("acceptor-east").send().await.expect(200);
    assert_eq!((&near["items"][0]["metres"], &near["items"][1]["metres"]), (&json!(0), &json!(10)), "{near}");
    for (query, field) in [
        ("?bbox=1,2", "bbox"),
        ("?near=north", "near"),
        ("?near=110,91", "near"),
        ("?near=110,30&bbox=1,2,3,4", "near"),
        ("?near=110,30&within=1000", "within"),
        ("?kind=1", "kind"),
        ("?state=broken", "state"),
        ("?area=1", "area"),
        ("?cursor=x", "cursor"),
        ("?limit=0", "limit"),
        ("?colour=red", "colour"),
    ] {
        let wrong = desk.get(&format!("/api/v1/components{query}")).by("acceptor-east").send().await;
        assert_eq!(wrong.problem(400)["errors"][0]["field"], field, "{query}");
    }
    for unknown in ["9901010101000999", "1", "abc"] {
        let path = format!("/api/v1/components/{unknown}");
        desk.get(&path).by("acceptor-east").send().await.problem(404);
    }
    desk.get("/api/v1/components").send().await.problem(401);
}

#[tokio::test]
async fn a_case_tells_its_component_and_a_component_its_cases_to_whoever_may_read_them() {
    let desk = open().await;
    let body = json!({"source": "patrol", "text": "井盖松动，有响声", "component": COVER});
    let made = desk.post("/api/v1/cases").by("acceptor-east").json(&body).send().await.expect(201);
    let id = made["id"].as_str().unwrap();
    let case = desk.get(&format!("/api/v1/cases/{id}")).by("acceptor-east").send().await.expect(200);
    assert_eq!(
        (&case["component"]["name"], &case["component"]["keeper"]),
        (&json!("上水井盖"), &json!("order-east")),
        "{case}"
    );
    assert_eq!((&case["place"]["lon"], &case["place"]["area"]), (&json!(110.005), &json!("990101001001001")));
    assert_eq!(case["matter"], "city/facility/manhole");
    let page =
        desk.get(&format!("/cases/{id}")).by("acceptor-east").header("accept-language", "zh").send().await;
    assert!(page.text().contains("上水井盖") && page.text().contains(COVER), "the page tells it too");
    let cases = async |member: &str| {
        let one = desk.get(&format!("/api/v1/components/{COVER}")).by(member).send().await.expect(200);
        let listed =
            desk.get(&format!("/api/v1/cases?component={COVER}")).by(member).send().await.expect(200);
        assert_eq!(one["cases"], listed["items"]);
        one["cases"].as_array().unwrap().len()
    };
    assert_eq!((cases("acceptor-east").await, cases("acceptor-west").await), (1, 0));
    let plain = desk.report("city/facility/litter", "垃圾").await;
    let plain = desk.get(&format!("/api/v1/cases/{plain}")).by("acceptor-east").send().await.expect(200);
    assert_eq!(plain["component"], Value::Null);
    let unknown = json!({"text": "x", "component": "9901010101000999"});
    let unknown = desk.post("/api/v1/cases").by("acceptor-east").json(&unknown).send().await.problem(400);
    assert_eq!(
        (&unknown["errors"][0]["field"], &unknown["errors"][0]["code"]),
        (&json!("component"), &json!("unknown_component"))
    );
}

#[tokio::test]
async fn an_administrator_takes_a_census_in_on_the_page() {
    let desk = Desk::open().await;
    found(&desk).await;
    let page = desk.get("/import").by("administrator").header("accept-language", "zh").send().await;
    assert!(page.text().contains("部件") && page.text().contains("/api/v1/tables/components?format=xlsx"));
    let act = async |(media, body): (String, Vec<u8>)| {
        let ask = desk.post("/import").by("administrator").header("accept-language", "zh");
        ask.raw(&media, body).send().await
    };
    let shown = act(tables::form(&[("table", "components")], "census.csv", CENSUS.as_bytes())).await;
    let text = shown.text();
    assert_eq!(shown.status, 200, "{text}");
    for words in ["预览", COVER, "上水井盖", "按预览执行"] {
        assert!(text.contains(words), "“{words}” is not on the page");
    }
    assert!(listed(&desk, "").await.is_empty());
    let held = text.split("name=\"held\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let done = act(tables::form(&[("held", &held), ("reason", "部件普查")], "", b"")).await;
    assert!(done.text().contains("已完成"), "{}", done.text());
    assert_eq!(listed(&desk, "").await.len(), 3);
    let wrong = act(tables::form(&[("table", "components")], "census.csv", b"code,name\n12,x\n")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("第 2 行"), "{}", wrong.text());
}
