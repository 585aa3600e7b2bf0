//! What time does to a case, and what is left when every allowance is spent.

use crate::town;

use huying_model::{
    Command, Refusal, Stage,
    actor::Role,
    case::{Part, RequestKind},
    catalogue::{Outcome, Source, Urgency},
    clock::Timer,
    event::{Audience, Times},
};
use town::{DAY, HOUR, MINUTE, World, member, policy, reporter, sealed, unit};

#[test]
fn an_item_nobody_acknowledges_climbs_past_the_top_leader_to_the_auditor() {
    let mut world = World::new(policy());
    world.report(1, Source::Resident, Some("G1"), "city/litter");
    world.pass(3 * HOUR);
    assert_eq!(world.case(1).attention.clone().unwrap().unit, unit("centre-1"));
    world.give(1, &member("centre-1", Role::Leader), Command::Acknowledge { words: None });
    let twice = world.try_give(1, &member("centre-1", Role::Leader), Command::Acknowledge { words: None });
    assert_eq!(twice.unwrap_err(), Refusal::Once);
    world.pass(DAY);
    let item = world.case(1).attention.clone().unwrap();
    assert_eq!((item.unit, item.auditor), (unit("centre-d"), true));
    assert!(world.told(1, &Audience::Auditor, "attention"));
    assert!(world.next_due().is_none(), "and then it stays there");
}

#[test]
fn a_suspension_pauses_the_promise_and_ends_by_itself_with_the_remainder() {
    let mut world = World::new(policy());
    world.report(1, Source::Resident, Some("G1"), "home/staircase");
    world.file(1, "home/staircase");
    world.dispatch(1, "housing", &[]);
    world.receive(1, "housing");
    let until = world.now.plus_ms(14 * DAY);
    let before = world.case(1).clock(&Timer::Promise).unwrap().due;
    let ask =
        Command::Request { kind: RequestKind::Suspension, until: Some(until), reason: sealed("winter") };
    world.give(1, &member("housing", Role::Handler), ask);
    assert_eq!(world.case(1).requests[0].approver, unit("centre-1"));
    let own = world.try_give(1, &member("housing", Role::Leader), Command::Grant { no: 1, words: None });
    assert_eq!(own.unwrap_err().code(), "not_yours");
    world.give(1, &member("centre-1", Role::Leader), Command::Grant { no: 1, words: None });
    assert!(!world.case(1).clock(&Timer::Promise).unwrap().runs());
    world.pass(15 * DAY);
    assert!(!world.case(1).suspended());
    let clock = world.case(1).clock(&Timer::Promise).unwrap();
    assert_eq!(clock.due.minus(before), 14 * DAY, "two whole weeks later, on a calendar of whole weeks");
    let second = Command::Suspend { until: world.now.plus_ms(DAY), reason: sealed("more") };
    assert_eq!(world.try_give(1, &member("centre-1", Role::Leader), second).unwrap_err().code(), "spent");
}

#[test]
fn a_claimed_arrival_counts_only_between_the_devices_last_contact_and_receipt() {
    let mut world = World::new(policy());
    world.report(1, Source::Patrol, Some("G1"), "work/workshop");
    world.file(1, "work/workshop");
    world.dispatch(1, "law-1", &["fire-1"]);
    world.receive(1, "law-1");
    world.receive(1, "fire-1");
    world.wait(20 * MINUTE);
    let at = world.now;
    let times = |occurred: i64, contact: i64| Times {
        occurred: Some(at.plus_ms(occurred)),
        contact: Some(at.plus_ms(contact)),
        ..Times::at(at)
    };
    let claimed = |events: &[huying_model::Event]| match &events[0].body {
        huying_model::event::Body::Arrived { claimed, at, .. } => (*claimed, *at),
        other => panic!("{other:?}"),
    };
    let arrive = |name: &str| Command::Arrive { unit: unit(name) };
    let events =
        world.try_at(1, &member("law-1", Role::Handler), arrive("law-1"), times(-5 * MINUTE, -9 * MINUTE));
    assert_eq!(claimed(&events.unwrap()), (true, at.plus_ms(-5 * MINUTE)));
    let events =
        world.try_at(1, &member("fire-1", Role::Handler), arrive("fire-1"), times(-15 * MINUTE, -9 * MINUTE));
    assert_eq!(claimed(&events.unwrap()), (false, at), "earlier than its last contact is not believed");
}

#[test]
fn an_urgency_shortens_the_promise_from_its_start_and_never_lengthens_it() {
    let mut world = World::new(policy());
    world.report(1, Source::Resident, Some("G1"), "city/parking");
    world.file(1, "city/parking");
    assert_eq!(world.due(1, &Timer::Promise), Some(300 * MINUTE));
    let set = |urgency| Command::SetUrgency { urgency, reason: None };
    world.give(1, &member("centre-1", Role::Dispatcher), set(Urgency::Red));
    assert_eq!(world.due(1, &Timer::Promise), Some(150 * MINUTE));
    world.give(1, &member("centre-1", Role::Dispatcher), set(Urgency::Green));
    assert_eq!(world.due(1, &Timer::Promise), Some(150 * MINUTE));
}

#[test]
fn after_too_many_reworks_only_an_explained_end_by_somebody_without_a_part_is_left() {
    let mut world = World::new(policy());
    world.report(1, Source::Resident, Some("G1"), "city/parking");
    world.file(1, "city/parking");
    world.dispatch(1, "traffic-1", &[]);
    world.receive(1, "traffic-1");
    for round in 0..3 {
        world.finish(1);
        world.pass_inspection(1);
        world.call_back(1, 1, false);
        world.give(1, &member("desk", Role::CallerBack), Command::Rework { reason: sealed("not solved") });
        assert_eq!(world.case(1).last_word, round == 2);
    }
    assert_eq!((world.case(1).stage, world.case(1).custodian.clone()), (Stage::Filed, unit("centre-d")));
    assert_eq!(world.case(1).lead_unit(), None);
    let explain =
        Command::Conclude { outcome: Outcome::Explained, reason: sealed("what can be done was done") };
    let dispatch = Command::Dispatch { lead: unit("urban"), assists: vec![], routing: None };
    let refused = world.try_give(1, &member("centre-d", Role::Dispatcher), dispatch);
    assert_eq!(refused.unwrap_err(), Refusal::LastWord);
    world.give(1, &member("centre-d", Role::Dispatcher), explain);
    world.call_back(1, 1, false);
    world.close(1);
    assert_eq!(world.case(1).stage, Stage::Closed);
    assert_eq!(
        world.try_give(1, &reporter(), Command::Reopen { reason: sealed("no") }).unwrap_err(),
        Refusal::LastWord
    );
    assert!(world.case(1).assignments.iter().all(|part| part.part != Part::Sent));
}
