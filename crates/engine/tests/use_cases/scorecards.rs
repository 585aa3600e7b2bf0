//! Scorecards of a period from a real store: what was counted, by whom it is seen, and where the period ends.

use crate::town;

use huying_engine::{
    authority::Sight,
    score::{Card, ScoreIn, ScoreOut, day},
};
use huying_model::{
    Name,
    score::{Of, Period},
};
use serde_json::json;
use town::{TENANT, Town, draft};

async fn asked(town: &Town, of: Of, at: &str, member: &str) -> ScoreOut {
    let setting = town.engine.setting(TENANT).unwrap();
    let sight = Sight::of(&setting.policy.org, &town.actor(member));
    let asked = ScoreIn { period: Period::Month, of, at: Some(day(at).unwrap()), level: None };
    town.engine.scorecards(TENANT, &asked, &sight).await.unwrap()
}

fn of<'o>(out: &'o ScoreOut, scorecard: &str, subject: &str) -> &'o Card {
    let found = out.cards.iter().find(|card| card.scorecard == scorecard && card.subject == subject);
    found.unwrap_or_else(|| panic!("no card {scorecard} of {subject}: {out:?}"))
}

fn share(card: &Card, id: &str) -> (u64, Option<u64>, Option<u64>) {
    let figure = card.figures.iter().find(|figure| figure.indicator.id == id).unwrap();
    (figure.counted, figure.over, figure.percent)
}

/// In May one car is dealt with, one is left; one heap is declined. The clock ends in June.
async fn may() -> Town {
    let town = Town::new().await;
    let car = town.report(draft("city/order/parking", "违停")).await.receipt.case;
    town.report(draft("city/order/parking", "另一处违停")).await;
    let heap = town.report(draft("city/facility/litter", "垃圾")).await.receipt.case;
    town.say("handler-station-bridge", heap, Name::Decline, json!({"reason": "私人用地"})).await;
    town.clock.advance(5 * 60_000);
    town.say("handler-traffic-east", car, Name::Receive, json!({"unit": "traffic-east"})).await;
    town.say("handler-traffic-east", car, Name::Finish, json!({"outcome": "solved"})).await;
    town.say("dispatcher-east", car, Name::Close, json!({})).await;
    town
}

#[tokio::test]
async fn a_month_is_counted_from_the_journal_and_stays_as_it_was() {
    let town = may().await;
    let running = asked(&town, Of::Area, "2026-05-12", "leader-district").await;
    let east = of(&running, "street", "990101001");
    assert_eq!(share(east, "filing_rate"), (2, Some(3), Some(6_667)));
    assert_eq!(
        share(east, "done_rate"),
        (1, Some(1), Some(10_000)),
        "the other car has time until one o'clock"
    );
    let out = share(of(&running, "", "990101001"), "reports");
    assert_eq!(out, (3, None, None));
    town.clock.advance(40 * 24 * 3_600_000);
    let whole = asked(&town, Of::Area, "2026-05-31", "leader-district").await;
    assert_eq!(share(of(&whole, "street", "990101001"), "done_rate"), (1, Some(2), Some(5_000)));
    assert_eq!(of(&whole, "street", "990101002").out_of, 0, "nothing to judge in the other street");
    let units = asked(&town, Of::Unit, "2026-05-31", "leader-district").await;
    let post = of(&units, "unit", "traffic-east");
    assert_eq!(share(post, "receipt_rate"), (1, Some(1), Some(10_000)));
    assert_eq!((post.points, post.out_of), (8_000, 8_000), "nobody was called back");
    // The car that was left is still owed in June; nothing else happened then.
    let june = asked(&town, Of::Area, "2026-06-15", "leader-district").await;
    let east = of(&june, "street", "990101001");
    assert_eq!(
        (share(east, "done_rate"), share(east, "filing_rate")),
        ((0, Some(1), Some(0)), (0, Some(0), None))
    );
}

#[tokio::test]
async fn a_member_sees_the_areas_and_units_that_are_theirs() {
    let town = may().await;
    let subjects = |out: &ScoreOut| {
        let mut all: Vec<String> = out.cards.iter().map(|card| card.subject.to_string()).collect();
        all.sort();
        all.dedup();
        all
    };
    for (member, area, units) in [
        ("leader-east", vec!["990101001"], vec!["centre-east", "station-bridge", "traffic-east"]),
        ("leader-west", vec!["990101002"], vec![]),
        ("handler-traffic-east", vec![], vec!["traffic-east"]),
        ("handler-station-bridge", vec![], vec!["station-bridge"]),
        ("administrator", vec![], vec![]),
    ] {
        assert_eq!(subjects(&asked(&town, Of::Area, "2026-05-12", member).await), area, "{member}");
        assert_eq!(subjects(&asked(&town, Of::Unit, "2026-05-12", member).await), units, "{member}");
    }
}
