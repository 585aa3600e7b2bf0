//! What time does to a case, and what is left when every allowance is spent.

use crate::town;

use std::sync::Arc;

use huying_model::{
    Actor, CaseId, Command, Instant, Policy, Refusal, Stage,
    actor::Role,
    apply::replay,
    calendar::{Limit, Measure},
    case::{Part, RequestKind},
    catalogue::{Outcome, Source, Urgency},
    clock::Timer,
    event::{Audience, Body, Times},
};
use town::{DAY, HOUR, MINUTE, World, filing, member, older, part, policy, reporter, sealed, unit};

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

fn at(text: &str) -> Instant {
    format!("{}:00Z", text.replace(' ', "T")).parse().unwrap()
}

fn promise(world: &World, id: u128) -> Instant {
    world.case(id).clock(&Timer::Promise).unwrap().due
}

fn coloured(world: &mut World, urgency: Urgency) {
    let command = Command::SetUrgency { urgency, reason: None };
    world.give(1, &member("centre-1", Role::Dispatcher), command);
}

fn extended(world: &mut World) {
    let ask = Command::Request { kind: RequestKind::Extension, until: None, reason: sealed("more") };
    world.give(1, &member("housing", Role::Handler), ask);
    world.give(1, &member("centre-1", Role::Leader), Command::Grant { no: 1, words: None });
}

fn suspended(world: &mut World, until: &str) {
    let command = Command::Suspend { until: at(until), reason: sealed("rain") };
    world.give(1, &member("centre-1", Role::Leader), command);
}

/// The case goes over to a version with the same limits.
fn repinned(world: &mut World) {
    let mut newer = town::rules();
    newer.version = "town-2".into();
    world.policy = Arc::new(Policy::clone(&world.policy).knowing([newer]));
    world.give(1, &Actor::System, Command::Repin { to: "town-2".into() });
}

type Lived = (&'static str, fn(&mut World), &'static str);

/// Domain §2, the promise clock: a changed limit only shortens it, and what was granted moves or pauses it.
#[test]
fn a_promise_that_was_shortened_keeps_what_was_added_to_it_since() {
    // Twenty working days from Monday 2 March end on the 30th, ten on the 16th; the extension adds ten.
    let table: [Lived; 8] = [
        ("red, extended", |_| {}, "2026-03-30 09:00"),
        ("red again", |world| coloured(world, Urgency::Red), "2026-03-30 09:00"),
        ("down to yellow", |world| coloured(world, Urgency::Yellow), "2026-03-30 09:00"),
        ("another version with the same limits", repinned, "2026-03-30 09:00"),
        (
            "and suspended for a week",
            |world| {
                suspended(world, "2026-03-09 09:00");
                world.until(at("2026-03-09 09:00"));
                coloured(world, Urgency::Red);
            },
            "2026-04-06 09:00",
        ),
        (
            "and red again while it was suspended",
            |world| {
                suspended(world, "2026-03-09 09:00");
                coloured(world, Urgency::Red);
                world.until(at("2026-03-09 09:00"));
            },
            "2026-04-06 09:00",
        ),
        (
            "yellow and red in turn",
            |world| {
                coloured(world, Urgency::Yellow);
                coloured(world, Urgency::Green);
                coloured(world, Urgency::Red);
            },
            "2026-03-30 09:00",
        ),
        (
            "and then a matter with fewer days: five, and the ten that were added",
            |world| {
                let filing = filing("life/dispute", 1);
                world.give(1, &member("centre-1", Role::Dispatcher), Command::Reclassify { filing });
            },
            "2026-03-23 09:00",
        ),
    ];
    for (name, lives, due) in table {
        let mut world = World::staircase(Source::Resident);
        coloured(&mut world, Urgency::Red);
        assert_eq!(promise(&world, 1), at("2026-03-16 09:00"), "{name}");
        extended(&mut world);
        lives(&mut world);
        assert_eq!(promise(&world, 1), at(due), "{name}");
    }
}

#[test]
fn a_limit_that_is_laid_on_a_paused_promise_shortens_it_once() {
    let table: [Lived; 3] = [
        ("once", |_| {}, "2026-03-23 09:00"),
        ("twice", |world| coloured(world, Urgency::Red), "2026-03-23 09:00"),
        (
            "before it is filed as something with half the days, which ends the suspension",
            |world| {
                world.wait(2 * DAY);
                let filing = filing("life/dispute", 1);
                world.give(1, &member("centre-1", Role::Dispatcher), Command::Reclassify { filing });
            },
            // Five of twenty working days are left, and go on on Wednesday.
            "2026-03-11 09:00",
        ),
    ];
    for (name, lives, due) in table {
        let mut world = World::staircase(Source::Resident);
        suspended(&mut world, "2026-03-09 09:00");
        coloured(&mut world, Urgency::Red);
        lives(&mut world);
        world.until(at("2026-03-09 09:00"));
        assert_eq!(promise(&world, 1), at(due), "{name}");
    }
}

/// What is left is told in the measure of the limit that a clock goes by, so that the next one laid on it takes no more than it should.
#[test]
fn a_limit_in_another_measure_that_is_laid_on_a_paused_promise_shortens_it_once() {
    // Of twenty working days from Monday 2 March fourteen natural ones are left, and of red seven.
    let table: [Lived; 3] = [
        ("once", |_| {}, "2026-03-23 09:00"),
        ("and the same limit again", |world| coloured(world, Urgency::Green), "2026-03-23 09:00"),
        ("and half of it", |world| coloured(world, Urgency::Red), "2026-03-16 09:00"),
    ];
    for (name, lives, due) in table {
        let mut world = World::staircase(Source::Resident);
        suspended(&mut world, "2026-03-09 09:00");
        let mut newer = town::rules();
        newer.version = "town-2".into();
        let staircase = town::matter("home/staircase", Limit::working_days(10), Limit::calendar_days(14));
        newer.matters.insert(staircase.code.clone(), staircase);
        world.policy = Arc::new(Policy::clone(&world.policy).knowing([newer]));
        world.give(1, &Actor::System, Command::Repin { to: "town-2".into() });
        lives(&mut world);
        let goes_by = world.case(1).clock(&Timer::Promise).unwrap().limit.measure;
        assert_eq!(goes_by, Measure::CalendarDay, "{name}");
        world.until(at("2026-03-09 09:00"));
        assert_eq!(promise(&world, 1), at(due), "{name}");
    }
}

#[test]
fn an_older_journal_does_not_say_by_which_limit_a_clock_goes_and_gives_the_same_case() {
    let mut world = World::staircase(Source::Resident);
    coloured(&mut world, Urgency::Red);
    let limit = |world: &World| world.case(1).clock(&Timer::Promise).unwrap().limit;
    assert_eq!(limit(&world), Limit::working_days(10));
    let mut events = world.journal[&CaseId(1)].clone();
    let last = events.last_mut().unwrap();
    assert!(matches!(last.body, Body::UrgencySet { .. }));
    *last = older(last, &["limit"]);
    world.cases.insert(CaseId(1), replay(CaseId(1), &events));
    assert_eq!(limit(&world), Limit::working_days(20), "the limit it began with");
    assert_eq!(promise(&world, 1), at("2026-03-16 09:00"));
}

#[test]
fn what_hangs_on_a_paused_promise_hangs_on_what_is_left_of_it() {
    let until = "2026-04-27 09:00";
    // In the sixth week the instant before the suspension has passed; twenty working days are left.
    let (now, resumed) = (at("2026-04-10 09:00"), at("2026-05-08 09:00"));
    let mut world = World::staircase(Source::Resident);
    suspended(&mut world, until);
    world.until(now);
    let mut split = world.clone();
    let parts = vec![part(11, "housing"), part(12, "planning")];
    split.give(1, &member("housing", Role::Handler), Command::Split { parts });
    assert_eq!((promise(&split, 1), promise(&split, 11)), (resumed, resumed));
    assert_eq!(split.case(11).parent.as_ref().and_then(|parent| parent.cap), Some(resumed));
    // Nor does it pull the promise of a case into which it is merged to an instant that has passed.
    world.report(2, Source::Resident, Some("G1"), "home/staircase");
    world.file(2, "home/staircase");
    world.give(1, &member("centre-1", Role::Dispatcher), Command::Merge { into: CaseId(2) });
    assert_eq!((world.case(1).stage, promise(&world, 2)), (Stage::Merged, resumed));
}
