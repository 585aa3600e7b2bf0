//! The promises under random packs and random command sequences; a failure shrinks to a short sequence.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a pack that cannot be built stops the test")]

mod town;
mod walk_made;

use huying_model::{
    Command, Name, Policy,
    calendar::Limit,
    catalogue::Urgency,
    policy::{Allowances, Rung},
    steps::{StepName, StepRule},
    table::TABLE,
};
use proptest::prelude::*;
use walk_made::{
    Found, Slice, State, honest,
    moves::{self, small_rules},
};

/// What one pack makes different from another.
#[derive(Clone, Debug)]
struct Pack {
    allowances: [u8; 13],
    inspect: bool,
    call_back: bool,
    warn: u8,
    leader_after: u32,
    call_rungs: usize,
    scale: u32,
    percent: u8,
    dispatch: usize,
    /// Rows of steps: inspection or callback, for an urgency or for all, needed or not.
    steps: Vec<(bool, Option<bool>, bool)>,
}

fn pack() -> impl Strategy<Value = Pack> {
    let numbers = (any::<[u8; 13]>(), 0_u8..90, 0_u32..40, 0_usize..4, 1_u32..500, 1_u8..=100, 0_usize..3);
    let steps = prop::collection::vec((any::<bool>(), any::<Option<bool>>(), any::<bool>()), 0..3);
    (numbers, any::<bool>(), any::<bool>(), steps).prop_map(|(numbers, inspect, call_back, steps)| {
        let (allowances, warn, leader_after, call_rungs, scale, percent, dispatch) = numbers;
        Pack {
            allowances,
            inspect,
            call_back,
            warn,
            leader_after,
            call_rungs,
            scale,
            percent,
            dispatch,
            steps,
        }
    })
}

const DISPATCHES: [&[(&str, &[&str])]; 3] =
    [&[("law-1", &["fire-1", "team-1"])], &[("housing", &[])], &[("centre-1", &["inspection-1"])]];

fn build(pack: &Pack) -> Policy {
    let mut rules = small_rules();
    let up_to = |at: usize, bound: u8| pack.allowances[at] % (bound + 1);
    rules.allowances = Allowances {
        returns: up_to(0, 2),
        fails: up_to(1, 2),
        reworks: up_to(2, 2),
        reopens: up_to(3, 2),
        verifies: up_to(4, 1),
        difficult: up_to(5, 1),
        extensions: up_to(6, 2),
        suspensions: up_to(7, 1),
        moves: up_to(8, 6),
        calls: up_to(9, 4),
        requests: up_to(10, 4),
        merges: up_to(11, 2),
        follow_ups: up_to(12, 3),
        attempts: 1 + up_to(12, 2),
    };
    for matter in rules.matters.values_mut() {
        (matter.inspect, matter.call_back) = (pack.inspect, pack.call_back);
    }
    let step = |(inspect, red, needed): &(bool, Option<bool>, bool)| StepRule {
        step: if *inspect { StepName::Inspect } else { StepName::CallBack },
        matter: "*".into(),
        source: None,
        urgency: red.map(|red| if red { Urgency::Red } else { Urgency::Green }),
        needed: *needed,
    };
    rules.steps = pack.steps.iter().map(step).collect();
    for (kind, rule) in &mut rules.timers {
        rule.limit = Limit::working(1 + (*kind as u32 + 1) * pack.scale % 700);
        rule.warn_percent = pack.warn;
        for step in rule.ladder.iter_mut().filter(|step| step.tell == Rung::Leader) {
            step.after = Limit::emergency(pack.leader_after);
        }
    }
    rules.call_ladder.truncate(pack.call_rungs);
    for urgency in [Urgency::Yellow, Urgency::Red] {
        rules.urgency.get_mut(&urgency).unwrap().limit_percent = pack.percent;
    }
    Policy::new(town::org(), rules).unwrap()
}

fn everything(pack: &Pack) -> Slice {
    let all: Vec<Name> = TABLE.iter().map(|row| row.command).collect();
    let alphabet: &'static [Name] = Vec::leak(all);
    let dispatches = DISPATCHES[pack.dispatch];
    Slice { name: "everything", cases: 2, matter: moves::MATTER, dispatches, alphabet, second: alphabet }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_packs_and_random_commands_break_no_promise(
        pack in pack(),
        choices in prop::collection::vec((any::<u16>(), 0_i64..3), 1..140),
    ) {
        let policy = build(&pack);
        let machine = honest(&policy);
        let slice = everything(&pack);
        let mut state = State { cases: Vec::new(), now: town::MORNING };
        let mut said = Vec::new();
        let mut found = Found::default();
        for (choice, minutes) in choices {
            // Only what is accepted counts, so that a short list of choices still goes far.
            let steps = moves::moves(&policy, &slice, &state);
            let from = usize::from(choice) % steps.len();
            for step in steps[from..].iter().chain(&steps[..from]) {
                let mut before = state.clone();
                before.now = before.now.plus_ms(minutes * town::MINUTE);
                if step.command == Command::Tick {
                    let due = before.case(step.case).and_then(|case| case.next_step().map(|(at, _)| at));
                    before.now = due.map_or(before.now, |due| due.max(before.now));
                }
                let Ok((next, breaches)) = machine.step(&before, step, &mut found) else { continue };
                said.push(format!("{:?} by {}", step.command.name(), moves::who(&step.actor)));
                prop_assert!(breaches.is_empty(), "{:?} after {}", breaches, said.join(", "));
                state = next;
                break;
            }
        }
    }
}
