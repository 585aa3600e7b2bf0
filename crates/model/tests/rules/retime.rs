//! A calendar that is published later, and an area whose code changed: what happens to cases that are open.

use crate::town;

use std::sync::Arc;

use huying_model::{
    Actor, CaseId, Command, Instant, Policy,
    actor::Role,
    apply::replay,
    calendar::{Calendar, CalendarSpec, DayKind, DayRow},
    case::RequestKind,
    catalogue::{Source, Urgency},
    clock::{ClockChange, Timer},
    event::Body,
};
use town::{HOUR, World, member, org, part, policy, rules, sealed, unit};

/// The town's rules on a calendar whose year is published with these holidays.
fn published(holidays: &[&str]) -> Policy {
    let spec: CalendarSpec = serde_json::from_value(serde_json::json!({
        "zone": "UTC", "hours": ["08:00-12:00", "14:00-18:00"], "weekend": ["sat", "sun"], "published": [2026, 2026],
    }))
    .unwrap();
    let row = |day: &&str| DayRow {
        date: day.parse().unwrap(),
        kind: DayKind::Holiday,
        occasion: "a holiday".into(),
    };
    let rows: Vec<DayRow> = holidays.iter().map(row).collect();
    let mut rules = rules();
    rules.calendars.insert("town".into(), Arc::new(Calendar::new(&spec, &rows).unwrap()));
    Policy::new(org(), rules).unwrap()
}

/// Two working days in the second week are holidays.
const HOLIDAYS: &[&str] = &["2026-03-11", "2026-03-12"];

fn at(text: &str) -> Instant {
    format!("{}:00Z", text.replace(' ', "T")).parse().unwrap()
}

fn extended(world: &mut World) {
    let request = Command::Request { kind: RequestKind::Extension, until: None, reason: sealed("the lift") };
    world.give(1, &member("housing", Role::Handler), request);
    world.give(1, &member("centre-1", Role::Dispatcher), Command::Grant { no: 1, words: None });
}

fn suspended(world: &mut World, until: &str) {
    let leader = member("centre-1", Role::Leader);
    world.give(1, &leader, Command::Suspend { until: at(until), reason: sealed("a court decides") });
    world.until(at(until));
    assert!(!world.case(1).suspended());
}

fn red(world: &mut World) {
    let command = Command::SetUrgency { urgency: Urgency::Red, reason: None };
    world.give(1, &member("centre-1", Role::Dispatcher), command);
}

fn retime(world: &mut World, id: u128, holidays: &[&str]) -> usize {
    world.policy = Arc::new(published(holidays));
    world.give(id, &Actor::System, Command::Retime).len()
}

type Told = (&'static str, fn(&mut World), Timer, &'static str, &'static str);

#[test]
fn a_clock_is_laid_out_again_on_the_calendar_that_was_published_since() {
    let handle = || Timer::Handle(unit("housing"));
    let table: [Told; 9] = [
        ("never moved", |_| {}, Timer::Promise, "2026-03-30 09:00", "2026-04-01 09:00"),
        ("never moved", |_| {}, handle(), "2026-03-16 09:00", "2026-03-18 09:00"),
        ("extended by ten days", extended, Timer::Promise, "2026-04-13 09:00", "2026-04-15 09:00"),
        ("extended by ten days", extended, handle(), "2026-03-30 09:00", "2026-04-01 09:00"),
        (
            "extended after a day and a half",
            |world| {
                world.until(at("2026-03-03 15:00"));
                extended(world);
            },
            handle(),
            "2026-03-30 09:00",
            "2026-04-01 09:00",
        ),
        (
            "suspended over a week, resumed before the holidays",
            |world| suspended(world, "2026-03-09 09:00"),
            Timer::Promise,
            "2026-04-06 09:00",
            "2026-04-08 09:00",
        ),
        (
            "suspended, and resumed after the holidays",
            |world| suspended(world, "2026-03-13 09:00"),
            Timer::Promise,
            "2026-04-10 09:00",
            "2026-04-10 09:00",
        ),
        ("halved by urgency", red, Timer::Promise, "2026-03-16 09:00", "2026-03-18 09:00"),
        (
            "extended, then halved: ten days and the ten that were added",
            |world| {
                extended(world);
                red(world);
            },
            Timer::Promise,
            "2026-03-30 09:00",
            "2026-04-01 09:00",
        ),
    ];
    for (name, lives, of, before, after) in table {
        let mut world = World::staircase(Source::Resident);
        lives(&mut world);
        let clock = world.case(1).clock(&of).unwrap();
        assert_eq!((clock.due, clock.provisional), (at(before), true), "{name}: {of:?} before");
        assert_eq!(retime(&mut world, 1, HOLIDAYS), 1, "{name}");
        let clock = world.case(1).clock(&of).unwrap();
        assert_eq!((clock.due, clock.provisional), (at(after), false), "{name}: {of:?} after");
        assert!(clock.next.is_some_and(|next| next <= clock.due), "{name}: it fires at its new instant");
        assert_eq!(
            world.give(1, &Actor::System, Command::Retime),
            [],
            "{name}: a second time changes nothing"
        );
    }
}

#[test]
fn what_stays_after_a_retiming_is_right_on_the_next_calendar_too() {
    let mut world = World::staircase(Source::Resident);
    retime(&mut world, 1, HOLIDAYS);
    // Another year is published: its days count for whatever is still provisional, so nothing moves here.
    assert_eq!(retime(&mut world, 1, &["2026-03-11", "2026-03-12", "2026-03-13"]), 0);
    assert_eq!(world.case(1).clock(&Timer::Promise).unwrap().due, at("2026-04-01 09:00"));
}

#[test]
fn natural_hours_and_paused_clocks_are_left_alone() {
    let mut world = World::new(policy());
    world.report(1, Source::Resident, Some("G1"), "city/parking");
    world.file(1, "city/parking");
    let before = world.case(1).clock(&Timer::Promise).unwrap().clone();
    assert_eq!(retime(&mut world, 1, HOLIDAYS), 0);
    assert_eq!(world.case(1).clock(&Timer::Promise), Some(&before));

    let mut world = World::staircase(Source::Resident);
    let until = at("2026-03-09 09:00");
    let suspend = Command::Suspend { until, reason: sealed("a court decides") };
    world.give(1, &member("centre-1", Role::Leader), suspend);
    assert_eq!(retime(&mut world, 1, HOLIDAYS), 0);
    world.until(until);
    let clock = world.case(1).clock(&Timer::Promise).unwrap();
    assert_eq!(clock.due, at("2026-04-08 09:00"), "it goes on by the new calendar");
}

#[test]
fn a_part_keeps_the_instant_that_its_parent_promised() {
    let mut world = World::new(policy());
    world.report(1, Source::Resident, Some("G1"), "home/staircase");
    world.file(1, "home/staircase");
    red(&mut world);
    world.pass(HOUR);
    let parts = vec![part(11, "housing"), part(12, "planning")];
    world.give(1, &member("centre-1", Role::Dispatcher), Command::Split { parts });
    let promised = at("2026-03-16 09:00");
    let due = |world: &World, id| world.case(id).clock(&Timer::Promise).unwrap().due;
    assert_eq!((due(&world, 1), due(&world, 11)), (promised, promised));
    assert_eq!(retime(&mut world, 11, HOLIDAYS), 0);
    assert_eq!(due(&world, 11), promised);
    world.give(1, &Actor::System, Command::Retime);
    assert_eq!((due(&world, 1), due(&world, 11)), (at("2026-03-18 09:00"), promised));
}

#[test]
fn a_journal_that_does_not_say_what_was_left_keeps_its_instant() {
    let mut world = World::staircase(Source::Resident);
    extended(&mut world);
    // As an older program wrote it.
    let mut events = world.journal[&CaseId(1)].clone();
    for event in &mut events {
        let mut written = serde_json::to_value(&event.clocks).unwrap();
        for change in written.as_array_mut().unwrap() {
            if let Some(moved) = change.get_mut("move") {
                moved.as_object_mut().unwrap().remove("laid");
            }
        }
        event.clocks = serde_json::from_value(written).unwrap();
    }
    let moved = |change: &ClockChange| matches!(change, ClockChange::Move { laid: None, .. });
    assert!(events.iter().flat_map(|event| &event.clocks).any(moved));
    world.cases.insert(CaseId(1), replay(CaseId(1), &events));
    world.journal.insert(CaseId(1), events);
    assert_eq!(retime(&mut world, 1, HOLIDAYS), 0);
    assert_eq!(world.case(1).clock(&Timer::Promise).unwrap().due, at("2026-04-13 09:00"));
}

#[test]
fn a_case_follows_its_area_to_a_new_code_and_keeps_everything_else() {
    // Where it lay, what it is told, where it lies then; None: nothing happens.
    let table: [(Option<&str>, Option<&str>, bool); 4] = [
        (Some("G1"), Some("G1"), false),
        (Some("G1"), Some("C1"), true),
        (None, Some("G1"), true),
        (None, None, false),
    ];
    for (from, to, changes) in table {
        let mut world = World::new(policy());
        world.report(1, Source::Resident, from, "city/litter");
        let before = world.case(1).clone();
        let events = world.give(1, &Actor::System, Command::Resettle { area: to.map(Into::into) });
        assert_eq!(events.len(), usize::from(changes), "{from:?} → {to:?}");
        let mut after = world.case(1).clone();
        assert_eq!(after.place.area, to.map(Into::into));
        if let Some(event) = events.first() {
            assert!(matches!(&event.body, Body::Resettled { .. }) && event.tell.is_empty());
        }
        (after.place, after.version) = (before.place.clone(), before.version);
        assert_eq!(after, before, "{from:?} → {to:?}: custody and clocks stay");
    }
}

#[test]
fn only_the_platform_retimes_and_resettles_and_only_open_cases() {
    let mut world = World::staircase(Source::Resident);
    let commands = || [Command::Retime, Command::Resettle { area: None }];
    for command in commands() {
        let refused = world.try_give(1, &member("centre-d", Role::Administrator), command).unwrap_err();
        assert_eq!(refused.code(), "not_yours");
    }
    world.complete(1);
    for command in commands() {
        assert_eq!(world.try_give(1, &Actor::System, command).unwrap_err().code(), "not_from_here");
    }
}
