//! Two posts of one function in a street: whom the table takes on a real store, for System, for a person and for the desk.

use crate::town;

use std::{collections::BTreeMap, sync::Arc};

use huying_engine::Setting;
use huying_model::{
    CaseId, Name, Policy, UnitId,
    event::Body,
    facts::Order,
    org::{Org, Unit},
    route::Because,
};
use serde_json::json;
use town::{TENANT, Town, draft, pack};

/// The starter district with a second traffic post and a second order post at the corner where cases are reported; the
/// first ones stand half a kilometre away.
fn chooses(order: Option<Order>) -> Setting {
    let setting = Setting::of_pack(pack("starter"), 0);
    let known = &setting.policy.org;
    let mut units: Vec<Unit> = known.units.values().cloned().collect();
    let far = (1_100_000_000, 300_150_000);
    let near = (1_100_050_000, 300_150_000);
    let mut positions = BTreeMap::new();
    for function in ["traffic", "order"] {
        let first = UnitId::new(format!("{function}-east"));
        let second = UnitId::new(format!("{function}-south"));
        units.push(Unit { id: second.clone(), ..known.units[&first].clone() });
        positions.extend([(first, far), (second, near)]);
    }
    let areas = known.areas.values().cloned().collect();
    let members = known.members.values().cloned().collect();
    let org = Org::new(known.levels.clone(), areas, units, members).unwrap().standing(positions);
    let mut rules = (*setting.policy.current).clone();
    rules.order = order;
    Setting { policy: Arc::new(Policy::new(org, rules).unwrap()), ..setting }
}

async fn because(town: &Town, id: CaseId) -> Because {
    let journal = town.engine.store().journal(TENANT, id, 0, 100).await.unwrap();
    let found = journal.iter().rev().find_map(|entry| match &entry.event.body {
        Body::Dispatched { because, .. } => because.clone(),
        _ => None,
    });
    *found.unwrap_or_else(|| panic!("{id} was not dispatched by the table"))
}

#[tokio::test]
async fn system_takes_the_nearest_free_post_and_keeps_what_it_knew() {
    let town = Town::new().await;
    town.engine.install(TENANT, chooses(Some(Order::FreeThenNearest)));
    let mut leads = Vec::new();
    for _ in 0..3 {
        let id = town.report(draft("city/order/parking", "违停")).await.receipt.case;
        leads.push(town.case(id).await.lead_unit().unwrap().to_string());
        let facts = because(&town, id).await.facts;
        assert_eq!((facts.by, facts.known.len()), (Some(Order::FreeThenNearest), 2));
        let lead = &facts.known[0];
        assert_eq!(lead.unit.as_str(), leads.last().unwrap());
    }
    // Nobody is free for the third: the nearest has it, with one case open and no metre to go.
    assert_eq!(leads, ["traffic-south", "traffic-east", "traffic-south"]);
    let last = town.report(draft("city/order/parking", "违停")).await.receipt.case;
    let known: Vec<_> =
        because(&town, last).await.facts.known.iter().map(|known| (known.metres, known.open)).collect();
    assert_eq!(known, [(Some(0), 2), (Some(481), 1)]);
}

#[tokio::test]
async fn the_desk_proposes_it_and_a_person_who_follows_is_told_why() {
    let town = Town::new().await;
    town.engine.install(TENANT, chooses(Some(Order::LeastLoaded)));
    let mut leads = Vec::new();
    for _ in 0..2 {
        let id = town.report(draft("city/order/vendor", "占道经营")).await.receipt.case;
        let filing = json!({"filing": {"matter": "city/order/vendor", "condition": 1}});
        town.say("handler-station-bridge", id, Name::File, filing).await;
        let (case, setting) = (town.case(id).await, town.engine.setting(TENANT).unwrap());
        let proposed = town.engine.suggest(&setting, TENANT, &case).await.unwrap().unwrap();
        town.say("dispatcher-east", id, Name::Dispatch, json!({"lead": proposed.lead})).await;
        assert_eq!(because(&town, id).await, proposed.because);
        leads.push(proposed.lead.to_string());
    }
    assert_eq!(leads, ["order-south", "order-east"]);
}

#[tokio::test]
async fn without_a_rule_for_it_nothing_is_recorded() {
    let town = Town::new().await;
    town.engine.install(TENANT, chooses(None));
    let id = town.report(draft("city/order/parking", "违停")).await.receipt.case;
    assert_eq!(town.case(id).await.lead_unit().unwrap().as_str(), "traffic-east");
    assert_eq!(because(&town, id).await.facts, huying_model::route::Facts::default());
}
