//! Explaining a dispatch: the API, the page without a script, and the reasons beside a case that was dispatched.

use crate::desk;

use desk::Desk;
use huying_pack::explain::{Asking, explain};
use serde_json::json;

const ASKED: &str = "matter=city/order/parking&at=110.005,30.015&when=2024-03-05%2010:00&source=grid_worker";

#[tokio::test]
async fn the_api_answers_as_the_pack_does_and_only_members() {
    let desk = Desk::open().await;
    let path = format!("/api/v1/explain?{ASKED}");
    desk.get(&path).send().await.problem(401);
    let answer = desk.get(&path).by("acceptor-east").send().await.expect(200);
    let asking = Asking {
        matter: "city/order/parking".to_owned(),
        at: Some("110.005,30.015".to_owned()),
        when: "2024-03-05 10:00".to_owned(),
        source: "grid_worker".to_owned(),
        ..Asking::default()
    };
    let told = explain(&desk.state.pack(), &asking).unwrap();
    assert_eq!(
        answer,
        serde_json::to_value(&told).unwrap(),
        "the shape on the wire is the one of the command line"
    );
    assert_eq!(answer["lead"]["unit"]["code"], "traffic-east");
    let now = desk.get("/api/v1/explain?matter=city/order/parking&at=110.005,30.015&source=hotline");
    assert_eq!(now.by("acceptor-east").send().await.expect(200)["at"], desk::MORNING);
    let offset =
        format!("/api/v1/explain?{}", ASKED.replace("2024-03-05%2010:00", "2024-03-05T10:00:00+08:00"));
    assert_eq!(desk.get(&offset).by("acceptor-east").send().await.expect(200)["at"], answer["at"]);
}

#[tokio::test]
async fn a_wrong_question_names_every_field_and_the_nearest_matters() {
    let desk = Desk::open().await;
    let path = "/api/v1/explain?matter=city/order/parkin&at=111,30&when=noon&source=pigeon";
    let problem =
        desk.get(path).by("acceptor-east").header("accept-language", "en").send().await.problem(400);
    let fields: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|wrong| wrong["field"].clone()).collect();
    assert_eq!(fields, ["matter", "at", "when", "source"]);
    assert!(problem["errors"][0]["mend"].as_str().unwrap().contains("city/order/parking"), "{problem}");
    let unknown =
        desk.get("/api/v1/explain?matter=a&colour=red").by("acceptor-east").send().await.problem(400);
    assert_eq!(unknown["errors"][0]["field"], "colour");
}

#[tokio::test]
async fn the_page_asks_and_answers_without_a_script_in_both_languages() {
    let desk = Desk::open().await;
    let form = desk.get("/explain").by("acceptor-east").send().await.text();
    assert!(form.contains("method=\"get\"") && form.contains("name=\"matter\"") && form.contains("派单说明"));
    let zh = desk.get(&format!("/explain?{ASKED}")).by("acceptor-east").send().await.text();
    for part in ["东街道派驻交巡警岗", "R-04", "R-03", "2024-03-05 10:10", "同样具体", "也符合"]
    {
        assert_eq!(zh.contains(part), part != "同样具体", "{part}");
    }
    let en = desk.get(&format!("/explain?{ASKED}")).by("acceptor-east").header("accept-language", "en");
    let en = en.send().await.text();
    assert!(en.contains("East Street Traffic Post") && en.contains("It fits too, but R-04"), "{en}");
    let wrong =
        desk.get("/explain?matter=city/order/parking&at=1,1&source=hotline").by("acceptor-east").send().await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("error-summary") && wrong.text().contains("href=\"#at\""));
}

#[tokio::test]
async fn a_dispatched_case_shows_its_row_and_leads_to_the_whole_explanation() {
    let desk = Desk::open().await;
    // System files and dispatches a parked car.
    let id = desk.report("city/order/parking", "违停").await;
    let page = desk.get(&format!("/cases/{id}")).by("acceptor-east").send().await.text();
    for part in ["为什么派给它", "因为规则 R-04", "R-03", "机制版本 starter-1"] {
        assert!(page.contains(part), "{part} is missing of {page}");
    }
    let link = page.split("href=\"").find(|part| part.starts_with("/explain?")).unwrap();
    let link = link.split('"').next().unwrap().replace("&amp;", "&");
    assert!(link.contains("version=starter-1") && link.contains("condition=1"), "{link}");
    let whole = desk.get(&link).by("acceptor-east").send().await;
    assert_eq!(whole.status, 200, "{}", whole.text());
    assert!(whole.text().contains("东街道派驻交巡警岗"));
}

#[tokio::test]
async fn a_routing_tells_the_order_of_the_units_and_not_how_much_work_they_have() {
    let folder = tempfile::tempdir().unwrap();
    let pack = desk::starter_in(folder.path());
    let more = |file: &str, text: &str| {
        let kept = std::fs::read_to_string(pack.join(file)).unwrap();
        std::fs::write(pack.join(file), kept + text).unwrap();
    };
    more(
        "units.csv",
        "order-south,第二综合执法岗,Second Order Post,post,order,990101001,dept-order\n\
         traffic-south,第二交巡警岗,Second Traffic Post,post,traffic-police,990101001,dept-police\n",
    );
    more("pack.toml", "\n[facts]\norder = \"least_loaded\"\n");
    let desk = Desk::governed_by(&pack, desk::demonstration()).await;
    let seen = async |id: &str| {
        desk.get(&format!("/api/v1/cases/{id}")).by("dispatcher-east").send().await.expect(200)
    };
    let waits = desk.report("city/order/vendor", "占道经营").await;
    let filing = json!({"filing": {"matter": "city/order/vendor", "condition": 1}});
    desk.tell("handler-station-bridge", &waits, "file", filing, "filed").await;
    let sent = desk.report("city/order/parking", "违停").await;

    let proposed = seen(&waits).await["suggestion"]["because"].clone();
    let whole = seen(&sent).await;
    let entry = whole["journal"].as_array().unwrap().iter().find(|entry| entry["kind"] == "dispatched");
    let taken = entry.unwrap()["facts"]["because"].clone();
    for because in [&proposed, &taken] {
        let known = because["facts"]["known"].as_array().unwrap();
        assert_eq!((known.len(), because["facts"]["order"].as_array().unwrap().len()), (2, 2), "{because}");
        assert!(known.iter().all(|unit| unit["unit"].is_string() && unit.get("open").is_none()), "{because}");
    }
    let page = desk.get(&format!("/cases/{sent}")).by("dispatcher-east").send().await.text();
    assert!(page.contains(taken["rule"].as_str().unwrap()), "the page tells the rule still");
}
