//! The list of requests: each filter, each of its mistakes, pages, and one request.

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use super::{both, city, numbers, refused, requests};
use crate::desk::{Desk, report};

const LITTER: &str = "city/facility/litter";
const VENDOR: &str = "city/order/vendor";

/// Reports a case and answers its number.
async fn reported(desk: &Desk, matter: &str, (lon, lat): (f64, f64)) -> String {
    let mut body = report(matter, "有情况");
    body["place"] = json!({"lon": lon, "lat": lat});
    let answer = desk.post("/api/v1/cases").by("acceptor-district").json(&body).send().await;
    answer.expect(201)["number"].as_str().unwrap().to_owned()
}

/// In the first grid, and in one of the other street.
const EAST: (f64, f64) = (110.005, 30.015);
const DAY: i64 = 86_400_000;

async fn declined(desk: &Desk, number: &str) {
    let member = super::case(desk, number).await["custodian"].as_str().unwrap().to_owned();
    let answer = desk.command(&format!("handler-{member}"), number, "decline", &json!({"reason": "不属实"}));
    answer.send().await.expect(200);
}

/// Three cases: litter now, vending a day later, and litter on the day after, which is declined on the fourth.
async fn three(desk: &Desk) -> [String; 3] {
    let one = reported(desk, LITTER, EAST).await;
    desk.clock.advance(DAY);
    let two = reported(desk, VENDOR, EAST).await;
    desk.clock.advance(DAY);
    let three = reported(desk, LITTER, EAST).await;
    desk.clock.advance(DAY);
    declined(desk, &three).await;
    [one, two, three]
}

#[tokio::test]
async fn each_filter_finds_what_fits_and_nothing_else() {
    let desk = city().await;
    let all = three(&desk).await;
    let [one, two, three] = all.each_ref().map(String::as_str);
    let ids = |list: &[&str]| list.join(",");
    for (query, wanted) in [
        (String::new(), vec![three, two, one]),
        ("?status=open".into(), vec![two, one]),
        ("?status=CLOSED".into(), vec![three]),
        ("?status=open,closed".into(), vec![three, two, one]),
        ("?status=".into(), vec![three, two, one]),
        ("?service_code=city.facility.litter".into(), vec![three, one]),
        ("?service_code=city/order/vendor".into(), vec![two]),
        ("?service_code=city.facility.litter,city.order.vendor&status=open".into(), vec![two, one]),
        ("?service_code=people.service.elder-card".into(), vec![]),
        ("?start_date=2026-05-13T00:00:00Z".into(), vec![three, two]),
        ("?end_date=2026-05-13T00:00:00%2B08:00".into(), vec![one]),
        ("?start_date=2026-05-13&end_date=2026-05-13".into(), vec![two]),
        ("?start_date=2026-05-12T09:00:00+08:00&end_date=2026-05-12T09:00:00+08:00".into(), vec![one]),
        ("?start_date=2026-01-01T00:00:00Z&end_date=2026-03-31T00:00:00Z".into(), vec![]),
        ("?updated_after=2026-05-15T00:00:00Z".into(), vec![three]),
        ("?updated_before=2026-05-14 00:00:00-05:00".replace(' ', "%20"), vec![two, one]),
        ("?updated_after=2026-05-13&updated_before=2026-05-14".into(), vec![two]),
        (
            format!("?service_request_id={}&status=open&start_date=2020-01-01", ids(&[three, one])),
            vec![three, one],
        ),
        (format!("?service_request_id={one},XX-0000-0000"), vec![one]),
        ("?page=1&page_size=2".into(), vec![three, two]),
        ("?page=2&page_size=2".into(), vec![one]),
        ("?page=3&page_size=2".into(), vec![]),
        ("?bbox=110.0,30.0,110.02,30.02".into(), vec![three, two, one]),
        ("?bbox=111,30,112,31".into(), vec![]),
        ("?lat=30.015&long=110.005&radius=2000".into(), vec![three, two, one]),
        ("?lat=31&long=110.005&radius=2000".into(), vec![]),
        ("?unknown=1".into(), vec![three, two, one]),
    ] {
        let list = requests(&desk, &query).await;
        assert_eq!(numbers(&list), wanted, "{query}");
    }
}

#[tokio::test]
async fn each_mistake_of_a_filter_is_told_with_its_name() {
    let desk = city().await;
    for (query, status, named) in [
        ("?status=done", 400, "status"),
        ("?service_code=nothing", 404, "service_code"),
        ("?service_code=safety.dispute.neighbours", 404, "service_code"),
        ("?start_date=yesterday", 400, "start_date"),
        ("?end_date=2026-99-01", 400, "end_date"),
        ("?start_date=2026-05-02&end_date=2026-05-01", 400, "start_date"),
        ("?start_date=2026-01-01T00:00:00Z&end_date=2026-04-02T00:00:00Z", 400, "90"),
        ("?updated_after=x", 400, "updated_after"),
        ("?page=0", 400, "page"),
        ("?page=x", 400, "page"),
        ("?page_size=0", 400, "page_size"),
        ("?page_size=1000001", 400, "page_size"),
        ("?bbox=1,2,3", 400, "bbox"),
        ("?bbox=1,3,2,2", 400, "bbox"),
        ("?bbox=a,b,c,d", 400, "bbox"),
        ("?bbox=0,0,200,10", 400, "bbox"),
        ("?lat=30&long=110", 400, "radius"),
        ("?lat=30&long=110&radius=0", 400, "radius"),
        ("?lat=95&long=110&radius=10", 400, "lat"),
        ("?lat=north&long=110&radius=10", 400, "lat"),
        ("?jurisdiction_id=none", 404, "jurisdiction_id"),
        ("?status=%00", 400, "控制字符"),
    ] {
        let told = refused(&desk, "requests", query, status).await;
        assert!(told.iter().any(|told| told.contains(named)), "{query}: {told:?}");
    }
    refused(&desk, "requests/XX-1", "", 404).await;
}

#[tokio::test]
async fn one_request_is_an_array_of_one_and_says_how_far_it_is() {
    let desk = city().await;
    let [one, _, three] = three(&desk).await;
    let kind = ("requests", "service_requests");
    let open = both(&desk, &format!("requests/{one}"), "", kind).await;
    let open = &open[0];
    assert_eq!(
        (&open["status"], &open["status_notes"], &open["service_code"], &open["agency_responsible"]),
        (&json!("open"), &json!("已收到，待受理"), &json!("city.facility.litter"), &json!("东街道治理中心")),
        "{open}"
    );
    assert_eq!(open["requested_datetime"], "2026-05-12T09:00:00+08:00");
    assert_eq!(open["address_id"], "990101001001001");
    assert!(open["address"].as_str().unwrap().starts_with("起步区东街道"), "{open}");
    let closed = both(&desk, &format!("requests/{three}"), "?extensions=true", kind).await;
    let closed = &closed[0];
    assert_eq!((&closed["status"], &closed["status_notes"]), (&json!("closed"), &json!("不予受理")));
    assert_eq!(
        closed["updated_datetime"], "2026-05-15T09:00:00+08:00",
        "of a closed one it is when it was closed"
    );
    let kinds: Vec<&str> =
        closed["notes"].as_array().unwrap().iter().map(|note| note["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["submitted", "closed"]);
    assert_eq!(closed["extended_attributes"]["detailed_status"], "not_councils_responsibility");
    let english =
        desk.get(&format!("/open311/v2/requests/{one}.json")).header("accept-language", "en").send().await;
    assert_eq!(english.expect(200)[0]["service_name"], "Piled-up rubbish");
}

#[tokio::test]
async fn distances_are_those_of_the_cells_point() {
    let desk = city().await;
    reported(&desk, LITTER, EAST).await;
    let list = requests(&desk, "?lat=30.015&long=110.005&radius=50000").await;
    let one = &list[0];
    let point = |name: &str| one[name].as_f64().unwrap();
    assert_ne!((point("long"), point("lat")), EAST, "a case's own point never leaves");
    let at = huying_geo::Point::from_degrees(point("long"), point("lat")).unwrap();
    let metres = at.metres_to(huying_geo::Point::from_degrees(EAST.0, EAST.1).unwrap()).round();
    assert_eq!(one["distance"].as_f64(), Some(metres));
}

#[tokio::test]
async fn a_long_list_is_written_in_pieces_and_pages_share_it_without_a_gap() {
    let desk = city().await;
    for no in 0..13 {
        reported(&desk, if no % 3 == 0 { VENDOR } else { LITTER }, EAST).await;
        desk.clock.advance(1_000);
    }
    let whole = requests(&desk, "?page_size=1000000").await;
    let whole = numbers(&whole);
    assert_eq!(whole.len(), 13);
    let mut paged = Vec::new();
    for page in 1..=5 {
        let list = requests(&desk, &format!("?page={page}&page_size=3")).await;
        paged.extend(numbers(&list).into_iter().map(str::to_owned));
    }
    assert_eq!(paged, whole);
    // A long answer is compressed for whoever reads that, to its very end.
    let path = "/open311/v2/requests.json";
    let plain = desk.get(path).send().await;
    let packed = desk.get(path).header("accept-encoding", "gzip").send().await;
    assert_eq!((packed.status.as_u16(), packed.header("content-encoding")), (200, "gzip"));
    assert!(packed.body.len() > 100 && packed.body.len() < plain.body.len(), "{} bytes", packed.body.len());
}

#[test]
fn the_same_filter_gives_the_same_requests_in_json_and_in_xml() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (desk, all) = runtime.block_on(async {
        let desk = city().await;
        let all = three(&desk).await;
        (desk, all)
    });
    let days =
        proptest::sample::select(vec!["2026-05-11", "2026-05-13", "2026-05-14T01:00:00Z", "2026-05-20"]);
    let one_of = |values: &'static [&'static str]| proptest::option::of(proptest::sample::select(values));
    let filter = (
        proptest::option::of(days.clone()),
        proptest::option::of(days),
        one_of(&["open", "closed", "open,closed"]),
        one_of(&["city.facility.litter", "city.order.vendor", "city.facility.litter,city.order.vendor"]),
        proptest::option::of(1usize..4),
        any::<bool>(),
    );
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let seen = std::cell::RefCell::new(std::collections::BTreeSet::new());
    runner
        .run(&filter, |(from, until, status, code, size, extended)| {
            let mut query = vec![format!("extensions={extended}")];
            let mut add = |name: &str, value: Option<String>| {
                query.extend(value.map(|value| format!("{name}={value}")))
            };
            add("start_date", from.map(str::to_owned));
            add("end_date", until.map(str::to_owned));
            add("status", status.map(str::to_owned));
            add("service_code", code.map(str::to_owned));
            add("page_size", size.map(|size| size.to_string()));
            let query = format!("?{}", query.join("&"));
            if from > until && until.is_some() && from.is_some() {
                return Ok(());
            }
            // `both` compares the two formats field by field.
            let list: Value = runtime.block_on(requests(&desk, &query));
            let found = numbers(&list);
            prop_assert!(found.iter().all(|number| all.iter().any(|one| one == number)));
            seen.borrow_mut().insert(found.len());
            Ok(())
        })
        .unwrap();
    assert!(seen.borrow().len() > 2, "filters that found different numbers of requests: {:?}", seen.borrow());
}

#[tokio::test]
async fn a_list_and_a_single_request_say_the_same_at_every_step() {
    let desk = city().await;
    let number = reported(&desk, LITTER, EAST).await;
    let same = async |step: &str| {
        let list = requests(&desk, "").await;
        let one = both(&desk, &format!("requests/{number}"), "", ("requests", "service_requests")).await;
        assert_eq!(list[0], one[0], "{step}");
        one[0]["expected_datetime"].clone()
    };
    assert_eq!(same("reported").await, Value::Null, "nothing is promised before it is filed");
    let filing = json!({"filing": {"matter": LITTER, "condition": 1}});
    desk.command("handler-station-bridge", &number, "file", &filing).send().await.expect(200);
    let promised = same("filed").await;
    assert!(promised.is_string());
    desk.clock.advance(60_000);
    let end = json!({"outcome": "explained", "reason": "已说明"});
    desk.command("dispatcher-east", &number, "conclude", &end).send().await.expect(200);
    let call = json!({"reporter": 0, "reached": true, "solved": true, "satisfied": true});
    desk.command("caller-back", &number, "record-callback", &call).send().await.expect(200);
    desk.command("caller-back", &number, "close", &json!({})).send().await.expect(200);
    assert_eq!(same("closed").await, promised, "what was promised is told of an ended case too");
}

#[tokio::test]
async fn an_instant_as_it_is_shown_finds_what_it_was_shown_with() {
    let desk = city().await;
    desk.clock.advance(500);
    let number = reported(&desk, LITTER, EAST).await;
    let shown = requests(&desk, "").await[0].clone();
    for name in ["requested_datetime", "updated_datetime"] {
        let at = shown[name].as_str().unwrap().replace('+', "%2B");
        let (from, until) = match name {
            "requested_datetime" => ("start_date", "end_date"),
            _ => ("updated_after", "updated_before"),
        };
        let found = requests(&desk, &format!("?{from}={at}&{until}={at}")).await;
        assert_eq!(numbers(&found), [number.as_str()], "{name}");
    }
    // What is published of a closed case is a change of it, and shown as one.
    declined(&desk, &number).await;
    desk.clock.advance(DAY);
    let changed = requests(&desk, "?updated_after=2026-05-12&updated_before=2026-05-12").await;
    assert_eq!(changed[0]["updated_datetime"], "2026-05-12T09:00:00+08:00");
}
