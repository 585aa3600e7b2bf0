//! A case that another authority handed over, or a part of a split: no clock of its work runs past what was promised above it.

use crate::town;

use huying_model::{
    Actor, CaseId, Command, Instant,
    actor::Role,
    apply::replay,
    catalogue::{EvidenceKind, Outcome, Source},
    clock::Timer,
    command::{Informant, Report},
    event::Body,
};
use town::{DAY, HOUR, MINUTE, World, member, older, part, photo, policy, reporter, sealed, unit};

fn handed_over(promised: Instant) -> World {
    let mut world = World::new(policy());
    let mut report = Report { number: "T-1".into(), promised: Some(promised), ..Report::default() };
    report.place.area = Some("G1".into());
    report.matter = Some("home/staircase".into());
    report.condition = Some(1);
    report.reporters = vec![Informant::default()];
    world.give(1, &Actor::System, Command::Report { report: Box::new(report) });
    world
}

#[test]
fn no_clock_of_the_work_runs_past_the_promise_that_came() {
    let promised = town::MORNING.plus_ms(5 * HOUR);
    let mut world = handed_over(promised);
    world.file(1, "home/staircase");
    world.dispatch(1, "housing", &[]);
    world.wait(MINUTE);
    world.receive(1, "housing");
    for of in [Timer::Promise, Timer::Handle(unit("housing"))] {
        assert_eq!(world.case(1).clock(&of).unwrap().due, promised, "{of:?}");
    }
}

#[test]
fn a_promise_that_lies_farther_than_the_own_limit_bounds_nothing() {
    let mut world = handed_over(town::MORNING.plus_ms(900 * DAY));
    world.file(1, "home/staircase");
    let mut own = World::new(policy());
    own.report(1, huying_model::catalogue::Source::Resident, Some("G1"), "home/staircase");
    own.file(1, "home/staircase");
    let due = |world: &World| world.case(1).clock(&Timer::Promise).unwrap().due;
    assert_eq!(due(&world), due(&own));
}

#[test]
fn a_promise_is_shortened_from_outside_and_never_lengthened() {
    let promised = town::MORNING.plus_ms(6 * HOUR);
    let mut world = handed_over(promised);
    world.file(1, "home/staircase");
    let sooner = town::MORNING.plus_ms(4 * HOUR);
    world.give(1, &Actor::System, Command::Cap { cap: sooner });
    assert_eq!(world.case(1).clock(&Timer::Promise).unwrap().due, sooner);
    let events = world.give(1, &Actor::System, Command::Cap { cap: promised });
    assert!(events.is_empty() && world.case(1).promised == Some(sooner));
    // A case that began here is nobody else's to shorten.
    let mut own = World::staircase(huying_model::catalogue::Source::Resident);
    assert!(own.give(1, &Actor::System, Command::Cap { cap: sooner }).is_empty());
}

#[test]
fn a_case_that_is_reopened_after_the_promise_has_passed_is_promised_anew() {
    let promised = town::MORNING.plus_ms(5 * HOUR);
    let mut world = handed_over(promised);
    world.file(1, "home/staircase");
    world.dispatch(1, "housing", &[]);
    world.receive(1, "housing");
    let evidence = vec![photo(EvidenceKind::After), photo(EvidenceKind::Document)];
    let finish = Command::Finish { outcome: Outcome::Solved, reason: None, evidence };
    world.give(1, &member("housing", Role::Handler), finish);
    world.pass_inspection(1);
    if world.case(1).stage == huying_model::Stage::CallingBack {
        world.close(1);
    }
    world.pass(DAY);
    world.give(1, &reporter(), Command::Reopen { reason: sealed("还在") });
    assert!(world.case(1).clock(&Timer::Promise).unwrap().due > world.now);
    assert_eq!(world.case(1).promised, None);
}

/// A part that was closed on the day its parent was filed, and is reopened so many days later.
fn reopened(days: i64) -> (World, Instant) {
    let mut world = World::new(policy());
    world.report(1, Source::Resident, Some("G1"), "home/staircase");
    world.file(1, "home/staircase");
    let promised = world.case(1).clock(&Timer::Promise).unwrap().due;
    let centre = member("centre-1", Role::Dispatcher);
    let parts = vec![part(11, "housing"), part(12, "planning")];
    world.give(1, &centre, Command::Split { parts });
    world.receive(11, "housing");
    world.finish(11);
    world.pass_inspection(11);
    world.wait(days * DAY);
    world.give(11, &centre, Command::Reopen { reason: sealed("it came back") });
    (world, promised)
}

#[test]
fn a_part_that_is_reopened_is_bounded_by_its_parents_promise_until_that_has_passed() {
    // Days after which it is reopened, and whether the parent's promise still bounds it: that ends after four weeks.
    for (days, bounded) in [(7, true), (27, true), (28, false), (29, false)] {
        let (mut world, promised) = reopened(days);
        let cap = |world: &World| world.case(11).parent.as_ref().and_then(|parent| parent.cap);
        assert_eq!(cap(&world), bounded.then_some(promised), "after {days} days");
        world.dispatch(11, "housing", &[]);
        world.receive(11, "housing");
        for of in [Timer::Promise, Timer::Handle(unit("housing"))] {
            let due = world.case(11).clock(&of).unwrap().due;
            assert!(due > world.now && (due <= promised) == bounded, "{of:?} after {days} days");
        }
    }
}

#[test]
fn an_older_journal_keeps_the_bound_of_a_part_that_was_reopened() {
    let (world, promised) = reopened(29);
    let mut events = world.journal[&CaseId(11)].clone();
    let last = events.last_mut().unwrap();
    assert!(matches!(last.body, Body::Reopened { uncapped: true, .. }));
    *last = older(last, &["uncapped"]);
    let case = replay(CaseId(11), &events);
    assert_eq!(case.parent.and_then(|parent| parent.cap), Some(promised));
}
