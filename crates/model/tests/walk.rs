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
    walk,
};

/// More states than this and the policy is not small any more.
const LIMIT: usize = 150_000;

/// Each slice is walked to its end: everything reachable by its commands. Together they visit every pair.
const SLICES: &[Slice] = &[
    Slice {
        name: "intake: file, decline, verify, self-handle, object, relocate, withdraw",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File,
            Name::Decline,
            Name::Verify,
            Name::Verified,
            Name::SelfHandle,
            Name::CannotSolve,
            Name::Object,
            Name::Withdraw,
            Name::Relocate,
            Name::Reclassify,
            Name::AskReporter,
            Name::Supplement,
            Name::Tick,
        ],
        second: &[],
    },
    Slice {
        name: "dispatch: return and ruling, push down, raise, recall, reassign, take over",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &["fire-1"])],
        alphabet: &[
            Name::File,
            Name::Dispatch,
            Name::Rule,
            Name::PushDown,
            Name::Raise,
            Name::Return,
            Name::Recall,
            Name::Reassign,
            Name::TakeOver,
            Name::Receive,
            Name::EndAssist,
            Name::Finish,
        ],
        second: &[],
    },
    Slice {
        name: "place and matter corrected during work",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &["fire-1"])],
        alphabet: &[
            Name::File,
            Name::Dispatch,
            Name::Receive,
            Name::EndAssist,
            Name::Relocate,
            Name::Reclassify,
            Name::Finish,
            Name::Pass,
            Name::SetUrgency,
        ],
        second: &[],
    },
    Slice {
        name: "checking: inspection, callback, rework, last word, reopen, follow-up",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File,
            Name::Dispatch,
            Name::Receive,
            Name::Finish,
            Name::Pass,
            Name::Fail,
            Name::RecordCallback,
            Name::Close,
            Name::Rework,
            Name::Conclude,
            Name::Reopen,
            Name::Rate,
            Name::FollowUp,
            Name::FollowedUp,
        ],
        second: &[],
    },
    Slice {
        name: "taking over before, during and after the work",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &["fire-1"])],
        alphabet: &[
            Name::File,
            Name::Dispatch,
            Name::Receive,
            Name::EndAssist,
            Name::Finish,
            Name::Pass,
            Name::Fail,
            Name::TakeOver,
            Name::RecordCallback,
            Name::Close,
            Name::Rework,
        ],
        second: &[],
    },
    Slice {
        name: "an inspector nobody is left to be",
        cases: 1,
        matter: "city/small",
        dispatches: &[("centre-1", &["inspection-1", "centre-d"])],
        alphabet: &[
            Name::File,
            Name::Dispatch,
            Name::Receive,
            Name::EndAssist,
            Name::Finish,
            Name::Nominate,
            Name::Pass,
            Name::Fail,
            Name::RecordCallback,
            Name::Close,
        ],
        second: &[],
    },
    Slice {
        name: "neither inspection nor callback: the closing centre closes",
        cases: 1,
        matter: "city/plain",
        dispatches: &[("law-1", &["fire-1"])],
        alphabet: &[
            Name::File,
            Name::Dispatch,
            Name::Receive,
            Name::EndAssist,
            Name::Finish,
            Name::Pass,
            Name::Fail,
            Name::Close,
            Name::Reopen,
            Name::TakeOver,
            Name::Conclude,
        ],
        second: &[],
    },
    Slice {
        name: "time: every clock of the way fires, leaders acknowledge or not",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &["fire-1"])],
        alphabet: &[
            Name::File,
            Name::Dispatch,
            Name::Receive,
            Name::EndAssist,
            Name::Finish,
            Name::Pass,
            Name::RecordCallback,
            Name::Close,
            Name::FollowUp,
            Name::FollowedUp,
            Name::Tick,
            Name::Acknowledge,
            Name::Return,
            Name::Recall,
        ],
        second: &[],
    },
    Slice {
        name: "time before filing and of questions",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File,
            Name::Decline,
            Name::Verify,
            Name::Verified,
            Name::Object,
            Name::AskReporter,
            Name::Supplement,
            Name::Tick,
            Name::Acknowledge,
            Name::Dispatch,
        ],
        second: &[],
    },
    Slice {
        name: "help: calls that climb while time passes, answers and ratings",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &["fire-1"])],
        alphabet: &[
            Name::Verify,
            Name::Verified,
            Name::File,
            Name::Dispatch,
            Name::Receive,
            Name::EndAssist,
            Name::Call,
            Name::Answer,
            Name::RateAnswer,
            Name::Finish,
            Name::Recall,
            Name::Pass,
            Name::RecordCallback,
            Name::Close,
            Name::Tick,
            Name::Acknowledge,
        ],
        second: &[],
    },
    Slice {
        name: "assists and officers",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &["fire-1"])],
        alphabet: &[
            Name::File,
            Name::Dispatch,
            Name::Receive,
            Name::Arrive,
            Name::Appoint,
            Name::AddAssist,
            Name::EndAssist,
            Name::Call,
            Name::Answer,
            Name::RateAnswer,
            Name::Finish,
            Name::Pass,
        ],
        second: &[],
    },
    Slice {
        name: "pausing: requests and suspension while time passes",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File,
            Name::Dispatch,
            Name::Receive,
            Name::Request,
            Name::Grant,
            Name::Refuse,
            Name::Suspend,
            Name::Resume,
            Name::Finish,
            Name::Recall,
            Name::Tick,
            Name::Acknowledge,
        ],
        second: &[],
    },
    Slice {
        name: "the difficult-case procedure",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File,
            Name::Dispatch,
            Name::Receive,
            Name::MarkDifficult,
            Name::Convene,
            Name::Decide,
            Name::Suspend,
            Name::Finish,
            Name::Recall,
        ],
        second: &[],
    },
    Slice {
        name: "merging: two cases in every pair of stages",
        cases: 2,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::Decline,
            Name::File,
            Name::Verify,
            Name::Verified,
            Name::Dispatch,
            Name::Receive,
            Name::Finish,
            Name::Pass,
            Name::RecordCallback,
            Name::Close,
            Name::Withdraw,
        ],
        second: &[
            Name::File,
            Name::Verify,
            Name::Verified,
            Name::Dispatch,
            Name::Receive,
            Name::Merge,
            Name::Unmerge,
        ],
    },
    Slice {
        name: "a merged case that says unsolved",
        cases: 2,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File,
            Name::Dispatch,
            Name::Receive,
            Name::Finish,
            Name::Pass,
            Name::RecordCallback,
            Name::Close,
            Name::Rework,
            Name::Reopen,
            Name::ChildUnsolved,
            Name::EndAssist,
        ],
        second: &[Name::File, Name::Merge, Name::Reopen, Name::Unmerge],
    },
    Slice {
        name: "splitting: a parent and its two parts",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &["fire-1"])],
        alphabet: &[
            Name::File,
            Name::Dispatch,
            Name::Receive,
            Name::EndAssist,
            Name::Split,
            Name::Finish,
            Name::Pass,
            Name::RecordCallback,
            Name::Close,
            Name::Reopen,
            Name::Withdraw,
            Name::ChildEnded,
            Name::ParentEnded,
        ],
        second: &[],
    },
    Slice {
        name: "words around a case, in every open stage",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File,
            Name::Decline,
            Name::Verify,
            Name::Verified,
            Name::Dispatch,
            Name::Receive,
            Name::Finish,
            Name::Pass,
            Name::RecordCallback,
            Name::Close,
            Name::Withdraw,
            Name::Attach,
            Name::Arrive,
            Name::Progress,
            Name::Milestone,
            Name::Comment,
            Name::Note,
            Name::Supplement,
            Name::AskReporter,
            Name::Redact,
            Name::SetUrgency,
        ],
        second: &[],
    },
    Slice {
        name: "System's own commands and supervision, in every open stage",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File,
            Name::Decline,
            Name::Verify,
            Name::Verified,
            Name::Dispatch,
            Name::Receive,
            Name::Finish,
            Name::Pass,
            Name::RecordCallback,
            Name::Close,
            Name::Withdraw,
            Name::Supervise,
            Name::Retime,
            Name::Resettle,
            Name::Absorb,
            Name::Release,
            Name::ChildEnded,
            Name::ParentEnded,
            Name::ChildUnsolved,
        ],
        second: &[],
    },
    Slice {
        name: "units that are no longer there: re-homing in every open stage",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File,
            Name::Verify,
            Name::Verified,
            Name::Dispatch,
            Name::Receive,
            Name::Finish,
            Name::Pass,
            Name::RecordCallback,
            Name::Close,
            Name::Rehome,
        ],
        second: &[],
    },
];

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
