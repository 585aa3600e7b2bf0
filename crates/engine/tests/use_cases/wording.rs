//! The authority's own words reach the outside, and whoever is on duty acts for their unit.

use crate::town;

use huying_engine::{
    Setting,
    intake::ReportDraft,
    outbox::template::{Language, Scene},
    place::PlaceDraft,
};
use huying_model::{Actor, Name, Stage};
use huying_pack::Names;
use serde_json::json;
use town::{TENANT, Town, draft, pack};

#[tokio::test]
async fn a_message_of_the_pack_replaces_the_platforms_and_its_fields_are_filled() {
    let town = Town::new().await;
    let case = town.case(town.report(draft("city/order/parking", "秘密的地点")).await.receipt.case).await;
    let mut pack = pack("starter");
    let own =
        Names { zh: "【东区】{matter}（{number}）在{place}，{unit}，{stage}".into(), en: "".into() };
    pack.templates.messages.insert("dispatched".into(), own);
    let setting = Setting::of_pack(pack, 0);
    let scene = |language| Scene::new(&setting, &case, language);
    assert_eq!(
        scene(Language::Zh).render("dispatched"),
        format!("【东区】机动车违停（{}）在桥头第一网格，东街道派驻交巡警岗，待签收", case.number)
    );
    // A blank English text leaves the platform's sentence, with English names in it.
    let english = scene(Language::En).render("dispatched");
    assert!(
        english.starts_with(&format!("Your case {} was sent to East Street Traffic Post", case.number)),
        "{english}"
    );
    // A key that the pack does not word, and one that no version knows.
    assert!(scene(Language::Zh).render("closed").contains("已结案"));
    assert!(scene(Language::Zh).render("of-a-newer-version").contains("有新进展"));
    assert_eq!(scene(Language::Zh).reply(), None);
}

#[tokio::test]
async fn a_reply_is_offered_for_its_matter_in_the_readers_language() {
    let town = Town::new().await;
    let case =
        town.case(town.report(draft("people/service/elder-card", "代办老年卡")).await.receipt.case).await;
    let setting = town.engine.setting(TENANT).unwrap();
    let reply = |language| Scene::new(&setting, &case, language).reply().unwrap();
    let zh = reply(Language::Zh);
    assert!(zh.contains("桥头第一网格申请的老年卡代办") && !zh.contains('{'), "{zh}");
    assert!(reply(Language::En).starts_with("Elder card errand, asked for at Bridge Grid 1"));
}

#[tokio::test]
async fn a_deputy_of_the_roster_receives_for_the_unit_and_a_message_names_who_is_on_duty() {
    let town = Town::new().await;
    let seats = |member: &str| match town.actor(member) {
        Actor::Member { seats, .. } => {
            seats.into_iter().map(|seat| seat.unit.to_string()).collect::<Vec<_>>()
        }
        _ => Vec::new(),
    };
    assert_eq!(seats("handler-mediation-east"), ["mediation-east", "mediation-west"]);
    assert_eq!(seats("handler-mediation-west"), ["mediation-west"]);
    let place = PlaceDraft { lon: Some(110.025), lat: Some(30.005), ..PlaceDraft::default() };
    let report = ReportDraft { place, ..draft("safety/dispute/neighbours", "楼上漏水") };
    let id = town.report(report).await.receipt.case;
    let filing = json!({"filing": {"matter": "safety/dispute/neighbours", "condition": 1}});
    town.say("handler-station-riverbend", id, Name::File, filing).await;
    town.say("dispatcher-west", id, Name::Dispatch, json!({"lead": "mediation-west"})).await;
    let setting = town.engine.setting(TENANT).unwrap();
    let case = town.case(id).await;
    let duty = |unit: &str, language| Scene::new(&setting, &case, language).on_duty(&unit.into(), town.now());
    assert_eq!(
        duty("mediation-west", Language::Zh).as_deref(),
        Some("值班：西街道调解室处置人员（代班：东街道调解室处置人员）")
    );
    assert_eq!(
        duty("mediation-west", Language::En).as_deref(),
        Some("On duty: West Street Mediation handler (deputies: East Street Mediation handler)")
    );
    assert_eq!(duty("order-west", Language::Zh), None);
    town.say("handler-mediation-east", id, Name::Receive, json!({"unit": "mediation-west"})).await;
    assert_eq!(town.case(id).await.stage, Stage::Handling);
}
