//! A pack with another organisation leaves no open case with a unit that is gone.

use crate::town;

use std::sync::Arc;

use huying_engine::{Setting, organisation::Swept};
use huying_model::{Name, Policy, Stage, UnitId, org::Org};
use serde_json::json;
use town::{TENANT, Town, draft, pack};

/// The starter pack without some units; whoever sat there sits there no more.
fn without(gone: &[&str]) -> Setting {
    let setting = Setting::of_pack(pack("starter"), 0);
    let org = &setting.policy.org;
    let stays = |unit: &UnitId| !gone.contains(&unit.as_str());
    let units = org.units.values().filter(|unit| stays(&unit.id)).cloned().collect();
    let mut members: Vec<_> = org.members.values().cloned().collect();
    members.iter_mut().for_each(|member| member.seats.retain(|seat| stays(&seat.unit)));
    let areas = org.areas.values().cloned().collect();
    let made = Org::new(org.levels.clone(), areas, units, members).unwrap();
    let policy = Policy { org: Arc::new(made), ..(*setting.policy).clone() };
    Setting { policy: Arc::new(policy), ..setting }
}

#[tokio::test]
async fn after_a_unit_is_gone_every_open_case_waits_for_one_that_serves_its_place() {
    let town = Town::new().await;
    let reported = town.report(draft("city/facility/litter", "垃圾")).await.receipt.case;
    let led = town.report(draft("city/facility/manhole", "井盖")).await.receipt.case;
    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    town.say("handler-station-bridge", led, Name::File, filing).await;
    town.say("dispatcher-east", led, Name::Dispatch, json!({"lead": "dept-works"})).await;
    assert_eq!(town.engine.rehome_all(TENANT).await.unwrap(), Swept { looked: 2, given: 0, left: 0 });

    town.engine.install(TENANT, without(&["station-bridge", "gas-company", "dept-works"]));
    let setting = town.engine.setting(TENANT).unwrap();
    let swept = town.engine.rehome_all(TENANT).await.unwrap();
    assert_eq!((swept.looked, swept.left), (2, 0), "{swept:?}");
    for id in [reported, led] {
        let case = town.case(id).await;
        let place = case.place.area.as_ref();
        for unit in [&case.custodian, &case.centre] {
            assert!(setting.policy.org.serves(unit, place, town.now()), "{unit} of {}", case.number);
        }
        for part in case.assignments.iter().filter(|part| part.part.open()) {
            assert!(setting.policy.org.serves(&part.unit, place, town.now()), "{}", part.unit);
        }
        assert!(case.clocks.iter().any(|clock| clock.runs()), "its clocks go on");
    }
    let again = town.engine.rehome_all(TENANT).await.unwrap();
    assert_eq!(again, Swept { looked: 2, given: 0, left: 0 }, "a second sweep finds nothing to do");
}

#[tokio::test]
async fn a_case_whose_verifying_team_is_gone_goes_back_to_whoever_may_file_it_and_a_filed_one_to_its_centre()
{
    let town = Town::new().await;
    let reported = town.report(draft("city/facility/litter", "垃圾")).await.receipt.case;
    let filed = town.report(draft("city/facility/manhole", "井盖")).await.receipt.case;
    let filing = |matter: &str| json!({"filing": {"matter": matter, "condition": 1}});
    town.say("handler-station-bridge", filed, Name::File, filing("city/facility/manhole")).await;
    town.say("handler-station-bridge", reported, Name::Verify, json!({})).await;
    town.say("dispatcher-east", filed, Name::Verify, json!({})).await;
    for case in [reported, filed] {
        assert_eq!(town.case(case).await.custodian.as_str(), "grid-bridge-1");
    }

    town.engine.install(TENANT, without(&["grid-bridge-1"]));
    assert_eq!(town.engine.rehome_all(TENANT).await.unwrap(), Swept { looked: 2, given: 2, left: 0 });
    for (case, stage, custodian) in
        [(reported, Stage::Reported, "station-bridge"), (filed, Stage::Filed, "centre-east")]
    {
        let case = town.case(case).await;
        assert_eq!((case.stage, case.custodian.as_str()), (stage, custodian));
    }
    town.say("handler-station-bridge", reported, Name::File, filing("city/facility/litter")).await;
    town.say("dispatcher-east", filed, Name::Dispatch, json!({"lead": "dept-works"})).await;
}
