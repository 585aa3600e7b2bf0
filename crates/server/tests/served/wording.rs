//! What the pack words itself is what the screens and the API say: roles, and the reply for the end of a case.

use crate::desk;

use desk::Desk;
use serde_json::json;

const MATTER: &str = "people/service/elder-card";

#[tokio::test]
async fn the_api_gives_each_matters_reply_and_the_authoritys_names_of_roles() {
    let desk = Desk::open().await;
    let listed = desk.get("/api/v1/matters").by("dispatcher-east").send().await.expect(200);
    let reply = |code: &str| {
        let matters = listed.as_array().unwrap();
        matters.iter().find(|matter| matter["code"] == code).unwrap()["reply"].clone()
    };
    assert!(reply(MATTER)["zh"].as_str().unwrap().contains("{place}"), "{listed}");
    assert!(reply(MATTER)["en"].as_str().unwrap().contains("{matter}"));
    assert_eq!(reply("city/order/parking"), json!(null));
    let one = desk.get(&format!("/api/v1/matters/{MATTER}")).by("dispatcher-east").send().await.expect(200);
    assert_eq!(one["reply"], reply(MATTER));
    let words = desk.get("/api/v1/words").send().await.expect(200);
    let role = |code: &str| {
        let roles = words["roles"].as_array().unwrap();
        roles.iter().find(|role| role["code"] == code).unwrap()["zh"].clone()
    };
    assert_eq!((role("grid_worker"), role("leader")), (json!("专职网格员"), json!("领导")));
}

#[tokio::test]
async fn the_sign_in_page_calls_roles_as_the_authority_does_and_finds_them_by_it() {
    let desk = Desk::open().await;
    let page = desk.get("/sign-in?q=%E4%B8%93%E8%81%8C").send().await.text();
    assert!(
        page.contains("专职网格员") && page.contains("worker-bridge-1") && !page.contains("leader-east"),
        "{page}"
    );
}

#[tokio::test]
async fn whoever_finishes_a_case_finds_the_reply_of_its_matter_in_the_field_with_its_fields_filled() {
    let desk = Desk::open().await;
    let id = desk.report(MATTER, "行动不便的老人申请代办").await;
    let filing = json!({"filing": {"matter": MATTER, "condition": 1}});
    desk.tell("handler-station-bridge", &id, "file", filing, "filed").await;
    desk.tell("dispatcher-east", &id, "dispatch", json!({"lead": "station-bridge"}), "dispatched").await;
    desk.tell("handler-station-bridge", &id, "receive", json!({"unit": "station-bridge"}), "handling").await;
    let page = |language: &'static str| {
        let ask = desk.get(&format!("/cases/{id}")).by("handler-station-bridge");
        async move { ask.header("accept-language", language).send().await.text() }
    };
    let (zh, en) = (page("zh").await, page("en").await);
    assert!(zh.contains("您在桥头第一网格申请的老年卡代办") && zh.contains("已填入应答模板"), "{zh}");
    assert!(
        en.contains("Elder card errand, asked for at Bridge Grid 1") && en.contains("reply template"),
        "{en}"
    );
    // What is written in the clear says so where it is written.
    assert!(zh.contains("节点（明文保存") && en.contains("what was reached, never who"), "{zh}");
    // A matter without a reply has an empty field and no hint.
    let other = desk.report("city/order/vendor", "占道").await;
    desk.tell(
        "handler-station-bridge",
        &other,
        "file",
        json!({"filing": {"matter": "city/order/vendor", "condition": 1}}),
        "filed",
    )
    .await;
    desk.tell("dispatcher-east", &other, "dispatch", json!({"lead": "order-east"}), "dispatched").await;
    desk.tell("handler-order-east", &other, "receive", json!({"unit": "order-east"}), "handling").await;
    let page = desk.get(&format!("/cases/{other}")).by("handler-order-east").send().await.text();
    assert!(page.contains("finish-reason") && !page.contains("应答模板"), "{page}");
}
