//! Scorecards over HTTP: what is counted, in which shape, for whom, and what a wrong question is told.

use crate::desk;

use desk::Desk;
use serde_json::{Value, json};

/// Two heaps are filed, one is declined, and one parked car is dispatched by System.
async fn may() -> Desk {
    let desk = Desk::open().await;
    let filing = json!({"filing": {"matter": "city/facility/litter", "condition": 1}});
    for text in ["一", "二"] {
        let case = desk.report("city/facility/litter", text).await;
        desk.tell("handler-station-bridge", &case, "file", filing.clone(), "filed").await;
    }
    let other = desk.report("city/facility/litter", "三").await;
    desk.tell("handler-station-bridge", &other, "decline", json!({"reason": "私人用地"}), "declined").await;
    desk.report("city/order/parking", "违停").await;
    desk
}

async fn asked(desk: &Desk, member: &str, query: &str) -> Value {
    desk.get(&format!("/api/v1/scorecards?{query}")).by(member).send().await.expect(200)
}

fn card<'v>(out: &'v Value, scorecard: &str, subject: &str) -> &'v Value {
    let mut cards = out["scorecards"].as_array().unwrap().iter();
    let found = cards.find(|card| card["scorecard"] == scorecard && card["subject"] == subject);
    found.unwrap_or_else(|| panic!("no card {scorecard} of {subject}: {out}"))
}

fn figure<'v>(card: &'v Value, id: &str) -> &'v Value {
    card["indicators"].as_array().unwrap().iter().find(|figure| figure["id"] == id).unwrap()
}

#[tokio::test]
async fn a_month_of_a_street_is_told_with_names_shares_and_points() {
    let desk = may().await;
    let out = asked(&desk, "leader-district", "period=month&of=area&at=2026-05-12").await;
    assert_eq!(out["from"], "2026-04-30T16:00:00Z", "the month begins at the authority's midnight");
    let east = card(&out, "street", "990101001");
    assert_eq!(east["name"], "东街道");
    let filed = figure(east, "filing_rate");
    assert_eq!(
        (&filed["counted"], &filed["over"], &filed["percent"], &filed["name"], &filed["name_en"]),
        (&json!(3), &json!(4), &json!(75.0), &json!("立案率"), &json!("Filing rate"))
    );
    // 75 of the 90 percent that bring all 20 points.
    assert_eq!((&filed["points"], &filed["weight"]), (&json!(16.67), &json!(20.0)));
    let plain = figure(card(&out, "", "990101001"), "reports");
    assert_eq!(
        (&plain["counted"], &plain["over"], &plain["percent"]),
        (&json!(4), &json!(null), &json!(null))
    );
    let west = card(&out, "street", "990101002");
    assert_eq!((&west["points"], &west["out_of"]), (&json!(0.0), &json!(0.0)), "nothing to judge");
    let before = asked(&desk, "leader-district", "period=month&of=area&at=2026-04-12").await;
    assert_eq!(figure(card(&before, "", "990101001"), "reports")["counted"], 0);
    let grids = asked(&desk, "leader-district", "period=month&of=area&level=community").await;
    assert!(
        grids["scorecards"].as_array().unwrap().iter().all(|card| card["subject"] != "990101001"),
        "{grids}"
    );
}

#[tokio::test]
async fn everybody_sees_the_cards_of_what_is_theirs() {
    let desk = may().await;
    for (member, of, subjects) in [
        ("leader-east", "area", vec!["990101001"]),
        ("leader-west", "area", vec!["990101002"]),
        ("handler-traffic-east", "area", vec![]),
        ("handler-traffic-east", "unit", vec!["traffic-east"]),
        ("leader-east", "company", vec![]),
    ] {
        let out = asked(&desk, member, &format!("period=month&of={of}")).await;
        let mut found: Vec<&str> = out["scorecards"]
            .as_array()
            .unwrap()
            .iter()
            .map(|card| card["subject"].as_str().unwrap())
            .collect();
        found.dedup();
        assert_eq!(
            found.into_iter().collect::<std::collections::BTreeSet<_>>(),
            subjects.into_iter().collect(),
            "{member} {of}"
        );
    }
    desk.get("/api/v1/scorecards?period=month&of=area").send().await.problem(401);
}

#[tokio::test]
async fn a_wrong_question_names_its_field_and_the_mend() {
    let desk = Desk::open().await;
    for (query, field, words) in [
        ("period=month&of=area&at=2026-02-30", "at", "2026-05-12"),
        ("period=month&of=area&level=moon", "level", "level of the pack"),
        ("period=month&of=area&colour=red", "colour", ""),
        ("of=area", "period", ""),
    ] {
        let ask = desk
            .get(&format!("/api/v1/scorecards?{query}"))
            .by("leader-district")
            .header("accept-language", "en");
        let told = ask.send().await.problem(400);
        let wrong = &told["errors"][0];
        assert_eq!(wrong["field"], field, "{query}: {told}");
        assert!(wrong["mend"].as_str().unwrap().contains(words), "{query}: {told}");
    }
    for wrong in ["period=fortnight&of=area", "period=month&of=pigeon"] {
        let told =
            desk.get(&format!("/api/v1/scorecards?{wrong}")).by("leader-district").send().await.problem(400);
        assert!(!told["errors"].as_array().unwrap().is_empty(), "{wrong}: {told}");
    }
}
