//! The exhaustive walk of domain §3: every reachable state of a small policy, every promise after every step.
//! Prints its size and what it checked; a broken promise prints the shortest command sequence that breaks it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a walk that cannot start stops the test, and its size is printed"
)]

mod town;
mod walk_made;

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

use huying_model::{
    Case, CaseId, Command, Cx, Decision, Event, Name, Refusal, Stage,
    actor::By,
    clock::{ClockChange, Timer},
    decide::decide,
    event::{Body, Times},
    once::Seen,
    promise,
    table::{TABLE, legal},
};
use walk_made::{
    Found, Machine, Slice, State, honest,
    moves::{self, small_policy},
    slices::SLICES,
    walk,
};

/// More states than this and the policy is not small any more.
const LIMIT: usize = 150_000;

fn print(slice: &Slice, found: &Found) {
    println!(
        "walk: {:>9} states {:>10} transitions {:>10} refused  {}",
        found.states, found.transitions, found.refused, slice.name
    );
}

/// Every slice to its end, two at a time.
fn walked_side_by_side(policy: &huying_model::Policy) -> Vec<Found> {
    let next = AtomicUsize::new(0);
    let walker = || {
        let mut walked = Vec::new();
        while let Some(slice) = SLICES.get(next.fetch_add(1, Ordering::Relaxed)) {
            let found = walk(&honest(policy), slice, LIMIT);
            print(slice, &found);
            if let Some((path, breach)) = &found.breach {
                panic!("{breach}\nshortest way there:\n  {}", path.join("\n  "));
            }
            assert!(
                found.states <= LIMIT,
                "'{}' was not walked to its end: make the slice smaller",
                slice.name
            );
            walked.push(found);
        }
        walked
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(walker);
        let mut found = walker();
        found.extend(other.join().unwrap());
        found
    })
}

#[test]
fn every_reachable_state_of_a_small_policy_keeps_every_promise() {
    let policy = small_policy();
    let (mut states, mut transitions, mut visited) = (0, 0, BTreeSet::new());
    for found in walked_side_by_side(&policy) {
        visited.extend(found.visited);
        states += found.states;
        transitions += found.transitions;
    }
    let pairs: BTreeSet<(Stage, Name)> =
        TABLE.iter().flat_map(|row| row.from.iter().map(|stage| (*stage, row.command))).collect();
    let unvisited: Vec<_> = pairs.difference(&visited).collect();
    let mut summary = format!(
        "walk: {states} states, {transitions} transitions, {} of {} pairs of stage and command visited\n",
        pairs.len() - unvisited.len(),
        pairs.len()
    );
    for (number, promise) in promise::CHECKED {
        summary.push_str(&format!("walk: promise {number} held: {promise}\n"));
    }
    print!("{summary}");
    // The runner of all tests shows this file at its end.
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/walk.txt"), summary).unwrap();
    assert!(unvisited.is_empty(), "these pairs of the table were never reached: {unvisited:?}");
}

#[test]
fn whatever_the_table_does_not_allow_is_refused_in_every_stage() {
    let policy = small_policy();
    for stage in Stage::ALL {
        let case = Case {
            version: 1,
            stage,
            custodian: "centre-1".into(),
            centre: "centre-1".into(),
            ..Case::blank(CaseId(1))
        };
        let state = State { cases: vec![case.clone()], now: town::MORNING };
        for name in Name::ALL.iter().filter(|name| !legal(**name, stage)) {
            for (actor, command) in moves::tries(&policy, &SLICES[0], &state, &case, *name) {
                let cx =
                    Cx { policy: &policy, actor: &actor, times: Times::at(state.now), related: &|_| None };
                let refused = decide(&cx, &case, &command).unwrap_err();
                assert_eq!(refused, Refusal::NotFromHere { stage, command: *name });
            }
        }
    }
}

/// A machine that breaks one promise, and the slice in which the walk has to find it.
fn broken(slice: usize, spoil: &dyn Fn(&mut Decision), expected: u8) {
    let policy = small_policy();
    let spoiled = |cx: &Cx, case: &Case, command: &Command| {
        let mut decision = decide(cx, case, command)?;
        spoil(&mut decision);
        Ok(decision)
    };
    let found = walk(&Machine { decide: &spoiled, ..honest(&policy) }, &SLICES[slice], LIMIT);
    let (path, breach) = found.breach.unwrap();
    println!("broken on purpose: {breach}; found after {}", path.join(", "));
    assert_eq!(breach.promise, expected);
    assert!(!path.is_empty());
}

fn each(decision: &mut Decision, spoil: impl Fn(&mut Event)) {
    decision.events.iter_mut().for_each(spoil);
}

#[test]
fn the_walk_finds_a_custodian_that_does_not_exist() {
    let spoil = |event: &mut Event| {
        if let (Body::Raised { .. }, Some(to)) = (&event.body, &mut event.to) {
            to.custodian = "nobody".into();
        }
    };
    broken(1, &|decision| each(decision, spoil), 1);
}

#[test]
fn the_walk_finds_a_promise_clock_that_was_never_started() {
    let spoil = |event: &mut Event| {
        if matches!(event.body, Body::Verified { .. }) {
            event
                .clocks
                .retain(|change| !matches!(change, ClockChange::Start(clock) if clock.of == Timer::Promise));
        }
    };
    broken(0, &|decision| each(decision, spoil), 2);
}

#[test]
fn the_walk_finds_a_suspension_without_an_end() {
    let spoil = |event: &mut Event| {
        if matches!(event.body, Body::Suspended { .. }) {
            event.clocks.retain(
                |change| !matches!(change, ClockChange::Start(clock) if clock.of == Timer::Suspension),
            );
        }
    };
    broken(11, &|decision| each(decision, spoil), 2);
}

#[test]
fn the_walk_finds_an_acknowledgement_that_switches_the_follow_up_off() {
    let spoil = |event: &mut Event| {
        if matches!(event.body, Body::Acknowledged { .. }) {
            event.clocks = vec![ClockChange::Stop(Timer::Attend)];
        }
    };
    broken(7, &|decision| each(decision, spoil), 3);
}

#[test]
fn the_walk_finds_a_clock_that_expires_without_a_leader() {
    let spoil = |event: &mut Event| {
        if matches!(event.body, Body::Expired { of: Timer::Promise | Timer::Intake, .. }) {
            event.attention = None;
        }
    };
    broken(8, &|decision| each(decision, spoil), 3);
}

/// A copy of the case in which nobody did the work, as a table would see it that lets handlers inspect.
#[test]
fn the_walk_finds_somebody_who_inspects_own_work() {
    let policy = small_policy();
    let forgets = |cx: &Cx, case: &Case, command: &Command| {
        let judged = matches!(command, Command::Pass { .. });
        let mut copy = case.clone();
        if judged {
            copy.doers.clear();
            copy.doer_units.clear();
            copy.custodian = "law-1".into();
        }
        decide(cx, &copy, command)
    };
    let found = walk(&Machine { decide: &forgets, ..honest(&policy) }, &SLICES[3], LIMIT);
    let (path, breach) = found.breach.unwrap();
    println!("broken on purpose: {breach}; found after {}", path.join(", "));
    assert_eq!(breach.promise, 4);
}

#[test]
fn the_walk_finds_somebody_who_grants_an_own_request() {
    let spoil = |event: &mut Event| {
        if let (Body::Granted { .. }, By::Member { id, .. }) = (&event.body, &mut event.by) {
            *id = town::member_id("law-1", huying_model::actor::Role::Handler);
        }
    };
    broken(11, &|decision| each(decision, spoil), 4);
}

/// Decided by a copy of the rules that forgot what evidence the condition asks for.
#[test]
fn the_walk_finds_a_case_that_closes_without_its_evidence() {
    let policy = small_policy();
    let mut rules = moves::small_rules();
    for condition in rules.matters.values_mut().flat_map(|matter| &mut matter.conditions) {
        condition.evidence.clear();
    }
    let lax = huying_model::Policy::new(town::org(), rules).unwrap();
    let forgets = |cx: &Cx, case: &Case, command: &Command| {
        let times = cx.times;
        decide(&Cx { policy: &lax, actor: cx.actor, times, related: cx.related }, case, command)
    };
    let found = walk(&Machine { decide: &forgets, ..honest(&policy) }, &SLICES[3], LIMIT);
    let (path, breach) = found.breach.unwrap();
    println!("broken on purpose: {breach}; found after {}", path.join(", "));
    assert_eq!(breach.promise, 5);
}

#[test]
fn the_walk_finds_an_outcome_nobody_reached() {
    let spoil = |event: &mut Event| {
        if let Body::Closed { outcome, .. } = &mut event.body {
            *outcome = huying_model::catalogue::Outcome::Answered;
        }
    };
    broken(3, &|decision| each(decision, spoil), 5);
}

#[test]
fn the_walk_finds_a_command_that_happens_twice_under_one_key() {
    let policy = small_policy();
    let found = walk(&Machine { seen: &|_, _| Seen::First, ..honest(&policy) }, &SLICES[16], LIMIT);
    let (path, breach) = found.breach.unwrap();
    println!("broken on purpose: {breach}; found after {}", path.join(", "));
    assert_eq!(breach.promise, 7);
}
