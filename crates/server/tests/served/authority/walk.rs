//! Cases on their way: reports all over the ground, and commands that members may give, chosen by a plan's numbers.

use std::collections::BTreeSet;

use huying_engine::{authority, timers::Timers};
use huying_model::{Case, CaseId, MemberId, Name};
use huying_store::{Filter, Order};
use serde_json::{Value, json};

use super::{Authority, Plan};
use crate::desk::{Desk, MORNING};

/// A word that every entry with words has.
pub const WORD: &str = "占道";

/// The commands that a walk gives, those that bring new units to a case oftener.
const GIVEN: [Name; 38] = [
    Name::File,
    Name::File,
    Name::Dispatch,
    Name::Dispatch,
    Name::Receive,
    Name::Receive,
    Name::Call,
    Name::Call,
    Name::AddAssist,
    Name::Request,
    Name::Convene,
    Name::PushDown,
    Name::Raise,
    Name::Return,
    Name::Reassign,
    Name::TakeOver,
    Name::Recall,
    Name::Finish,
    Name::Pass,
    Name::Fail,
    Name::RecordCallback,
    Name::Close,
    Name::Conclude,
    Name::Decline,
    Name::Verify,
    Name::Verified,
    Name::SelfHandle,
    Name::CannotSolve,
    Name::Merge,
    Name::Unmerge,
    Name::Split,
    Name::Relocate,
    Name::MarkDifficult,
    Name::Decide,
    Name::Grant,
    Name::Reopen,
    Name::FollowUp,
    Name::Comment,
];

const MATTERS: [&str; 5] = [
    "city/facility/litter",
    "city/order/vendor",
    "safety/dispute/neighbours",
    "safety/hazard/fire-lane",
    "people/work/key-task",
];

fn pick<T: Clone>(list: &[T], by: u16) -> Option<T> {
    (!list.is_empty()).then(|| list[usize::from(by) % list.len()].clone())
}

/// Reports in some cells, a few without a place, several on one spot.
pub async fn report(desk: &Desk, authority: &Authority, plan: &Plan) -> usize {
    let reporters: Vec<&String> = authority.members.keys().filter(|id| id.ends_with("-acceptor")).collect();
    let count = 5 + plan.steps.len() % 6;
    for (no, [a, b, c, d]) in plan.steps.iter().take(count).enumerate() {
        let place = match pick(&authority.grids, *a) {
            Some((_, lon, lat)) if no % 7 != 6 => json!({"lon": lon + f64::from(d % 2) * 0.0002, "lat": lat}),
            _ => json!({}),
        };
        // Ids of their own, so that a plan that failed fails again.
        let id = format!("018f0000{no:04x}7000{:016x}", 0x8000_0000_0000_0000_u64 + no as u64);
        let body = json!({
            "id": id, "source": "hotline", "matter": MATTERS[usize::from(*b) % 3], "condition": 1,
            "title": format!("{WORD}{no}"), "text": format!("{WORD}经营第{no}件"), "place": place,
            "reporters": [{"name": "反映人一", "contact": "00000000000"}],
        });
        let by = reporters[usize::from(*c) % reporters.len()];
        let answer = desk.post("/api/v1/cases").by(by).json(&body).send().await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    count
}

/// Gives one command, where anybody may give one of those that the numbers choose. The command's name, where it was taken.
pub async fn step(desk: &Desk, authority: &Authority, [a, b, c, d]: [u16; 4]) -> Option<Name> {
    if a % 23 == 0 {
        // What stands still climbs to leaders and to the next rung.
        desk.clock.advance(i64::from(b % 600) * 60_000);
        let timers = Timers::new(desk.state.engine.clone(), "test");
        timers.step_all(desk.state.now()).await.unwrap();
        return None;
    }
    let (store, tenant) = (desk.state.engine.store(), desk.state.tenant());
    let all = store.list(tenant, &Filter::default(), Order::OldestFirst, None, 1000).await.unwrap();
    let ids: Vec<CaseId> = all.items.iter().map(|line| line.case).collect();
    let case = store.case(tenant, pick(&ids, a)?).await.unwrap().unwrap().case;
    let setting = desk.state.setting().unwrap();
    let (org, now) = (&setting.policy.org, desk.state.now());
    let mut able: Vec<(Name, &String)> = Vec::new();
    for member in authority.members.keys() {
        let actor = authority::actor(org, &MemberId::new(member), now).unwrap();
        let may = desk.state.engine.allowed(&setting, &case, &actor);
        able.extend(may.into_iter().filter(|name| GIVEN.contains(name)).map(|name| (name, member)));
    }
    let names: BTreeSet<Name> = able.iter().map(|(name, _)| *name).collect();
    let wanted: Vec<Name> = GIVEN.into_iter().filter(|name| names.contains(name)).collect();
    let name = pick(&wanted, b)?;
    let by: Vec<&String> = able.iter().filter(|(of, _)| *of == name).map(|(_, member)| *member).collect();
    let member = pick(&by, c)?;
    let body = body(authority, &case, name, &ids, [c, d]);
    let answer = desk.command(member, &case.id.to_string(), name.code(), &body).send().await;
    assert!(answer.status.as_u16() < 500, "{name:?}: {}", answer.text());
    (answer.status == 200).then_some(name)
}

fn body(authority: &Authority, case: &Case, name: Name, ids: &[CaseId], [c, d]: [u16; 2]) -> Value {
    let units: Vec<&String> = authority.units.keys().collect();
    let unit = |by: u16| units[usize::from(by) % units.len()];
    let filing = json!({"matter": case.matter.as_ref().map_or(MATTERS[usize::from(c) % 5], |it| it.as_str()), "condition": 1});
    let reason = format!("{WORD}原因");
    match name {
        Name::File => json!({"filing": filing}),
        Name::Verified => json!({"is_true": d % 3 != 0, "filing": filing}),
        Name::SelfHandle => json!({"filing": filing, "done": false}),
        Name::Dispatch => match d % 3 {
            0 => json!({"lead": unit(c)}),
            _ => json!({"lead": unit(c), "assists": [unit(d)]}),
        },
        Name::PushDown => json!({"to": format!("centre-{}", c % 4), "reason": reason}),
        Name::Reassign => json!({"lead": unit(c), "reason": reason}),
        Name::TakeOver => json!({"unit": case.centre, "reason": reason}),
        Name::Receive => json!({"unit": case.lead_unit()}),
        Name::AddAssist => json!({"unit": unit(d)}),
        Name::Finish => json!({"outcome": "solved"}),
        Name::RecordCallback => {
            json!({"reporter": 0, "reached": true, "solved": d % 4 != 0, "satisfied": true})
        }
        Name::Conclude => json!({"outcome": "answered", "reason": reason}),
        Name::Merge => json!({"into": pick(ids, d)}),
        Name::Split => json!({"parts": [
            {"lead": unit(c), "title": format!("{WORD}一"), "text": WORD},
            {"lead": unit(d), "title": format!("{WORD}二"), "text": WORD},
        ]}),
        Name::Relocate => {
            let (_, lon, lat) = pick(&authority.grids, d).unwrap();
            json!({"place": {"lon": lon, "lat": lat}})
        }
        Name::Comment => json!({"words": format!("{WORD}说明")}),
        Name::Call => json!({"callee": unit(d), "words": format!("{WORD}求助")}),
        Name::Request => json!({"kind": "extension", "reason": reason}),
        Name::Grant => json!({"no": case.requests.first().map_or(1, |request| request.no)}),
        Name::Convene => json!({"at": MORNING.replace("05-12", "06-12"), "units": [unit(c), unit(d)]}),
        Name::Decide => json!({"resolve": {"kind": "lead", "unit": unit(c)}, "reason": reason}),
        Name::FollowUp => json!({"unit": unit(d)}),
        Name::Verify | Name::Pass | Name::Close => json!({}),
        _ => json!({"reason": reason}),
    }
}
