//! The explorer: breadth first over every reachable state, so that a counter-example is a shortest one.
//!
//! A state is a handful of cases with every instant replaced by its order among the others: two states that differ
//! only in how far apart instants lie are one. Time moves only when the next clock fires.
#![allow(dead_code, reason = "each test file uses its own part of the explorer")]

pub mod moves;
pub mod slices;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

use huying_model::{
    Actor, Case, CaseId, Command, Cx, Decision, Event, Instant, Name, Policy, Refusal, Stage, UnitId,
    apply::apply,
    case::Part,
    clock::Timer,
    event::Times,
    once::{self, Seen, Stamp},
    promise::{self, Breach},
};

/// The rules of the game as the walk plays it; a test breaks one of them on purpose.
pub struct Machine<'a> {
    pub policy: &'a Policy,
    pub decide: &'a dyn Fn(&Cx, &Case, &Command) -> Result<Decision, Refusal>,
    pub seen: &'a dyn Fn(Option<&Stamp>, &[u8; 32]) -> Seen,
}

pub struct Slice {
    pub name: &'static str,
    pub alphabet: &'static [Name],
    /// Of the second case, where there are two.
    pub second: &'static [Name],
    /// How many cases are reported.
    pub cases: u128,
    /// What it is filed as.
    pub matter: &'static str,
    /// Lead and assists to dispatch to.
    pub dispatches: &'static [(&'static str, &'static [&'static str])],
}

#[derive(Clone)]
pub struct State {
    pub cases: Vec<Case>,
    pub now: Instant,
}

pub struct Step {
    pub case: CaseId,
    pub actor: Actor,
    pub command: Command,
}

#[derive(Default)]
pub struct Found {
    pub states: usize,
    pub transitions: usize,
    pub refused: usize,
    /// Stage and command of every step that was accepted.
    pub visited: BTreeSet<(Stage, Name)>,
    pub breach: Option<(Vec<String>, Breach)>,
}

impl State {
    pub fn case(&self, id: CaseId) -> Option<&Case> {
        self.cases.iter().find(|case| case.id == id)
    }

    fn key(&self) -> u128 {
        let mut instants = BTreeSet::from([self.now]);
        for clock in self.cases.iter().flat_map(|case| &case.clocks) {
            instants.extend([Some(clock.due), clock.next].into_iter().flatten());
        }
        let order: BTreeMap<Instant, i64> = instants.into_iter().zip(0..).collect();
        let rank = |at: Instant| Instant(order.get(&at).copied().unwrap_or(-1));
        let cases: Vec<Case> = self.cases.iter().map(|case| canonical(case, &rank)).collect();
        let half = |salt: u64| {
            let mut hasher = DefaultHasher::new();
            (salt, rank(self.now), &cases).hash(&mut hasher);
            u128::from(hasher.finish())
        };
        (half(1) << 64) | half(2)
    }
}

fn canonical(case: &Case, rank: &dyn Fn(Instant) -> Instant) -> Case {
    let mut case = case.clone();
    case.version = case.version.min(1);
    case.received_at = Instant(0);
    case.public_at = Instant(0);
    // Numbers of entries, by which nothing is decided here.
    (case.brought, case.relocated, case.redacted) = (Vec::new(), 0, Vec::new());
    if let Some(shown) = &mut case.published {
        shown.event = 0;
    }
    for at in [&mut case.filed_at, &mut case.closed_at, &mut case.suspended_until] {
        *at = at.map(|_| Instant(0));
    }
    for clock in &mut case.clocks {
        clock.started = Instant(0);
        clock.due = rank(clock.due);
        clock.next = clock.next.map(rank);
        clock.paused = clock.paused.map(|left| huying_model::calendar::Left { ms: left.ms.signum() });
        clock.laid = clock.laid.map(|_| huying_model::clock::Laid {
            from: Instant(0),
            left: huying_model::calendar::Left { ms: 1 },
        });
    }
    for request in &mut case.requests {
        request.until = request.until.map(|_| Instant(0));
    }
    case.clocks.sort_by(|a, b| a.of.cmp(&b.of));
    case.involved.sort();
    case.doers.sort();
    case.doer_units.sort();
    case.evidence.sort_by_key(|evidence| evidence.kind);
    case.assignments.sort_by(|a, b| a.unit.cmp(&b.unit));
    case.children.sort_by_key(|child| child.case);
    case
}

/// What nobody could take further: finished work that its inspecting unit did itself, and a receipt that waits for a unit that has received.
fn stuck(case: &Case) -> Option<Breach> {
    let named = case.wants_nominee || case.nominee.is_some();
    if case.stage == Stage::Inspecting && !named && case.doer_units.contains(&case.custodian) {
        let found = format!("'{}' has to inspect what it had a part in", case.custodian);
        return Some(Breach { promise: 4, found });
    }
    let asked = |unit: &UnitId| case.open_assignment(unit).is_some_and(|part| part.part == Part::Sent);
    let clock = case.clocks.iter().find(|clock| matches!(&clock.of, Timer::Receive(unit) if !asked(unit)));
    if let Some(clock) = clock {
        return Some(Breach { promise: 3, found: format!("nobody can stop the clock {:?}", clock.of) });
    }
    let waits = case.stage == Stage::Dispatched && !case.lead_unit().is_some_and(asked);
    waits.then(|| Breach { promise: 3, found: "a lead that has received is asked to receive".into() })
}

impl Machine<'_> {
    /// One command with all that follows from it, all or nothing; with every breach it caused.
    pub fn step(
        &self,
        state: &State,
        step: &Step,
        found: &mut Found,
    ) -> Result<(State, Vec<Breach>), Refusal> {
        let mut next = state.clone();
        let mut breaches = Vec::new();
        self.run(&mut next, step.case, &step.actor, &step.command, &mut breaches, found)?;
        for case in &next.cases {
            breaches.extend(promise::of_case(self.policy, case, next.now));
            breaches.extend(stuck(case));
            let follows = case.parent.as_ref().filter(|_| case.stage == Stage::Merged);
            if follows.is_some_and(|up| !next.case(up.case).is_some_and(Case::is_open)) {
                breaches
                    .push(Breach { promise: 2, found: "a merged case follows one that has ended".into() });
            }
        }
        Ok((next, breaches))
    }

    fn run(
        &self,
        state: &mut State,
        id: CaseId,
        actor: &Actor,
        command: &Command,
        breaches: &mut Vec<Breach>,
        found: &mut Found,
    ) -> Result<(), Refusal> {
        let case = state.case(id).cloned().unwrap_or_else(|| Case::blank(id));
        let before = case.stage;
        let born = case.version == 0;
        let snapshot = state.cases.clone();
        let related = |id: CaseId| snapshot.iter().find(|case| case.id == id).cloned();
        let cx = Cx { policy: self.policy, actor, times: Times::at(state.now), related: &related };
        let decision = (self.decide)(&cx, &case, command)?;
        if !born {
            found.visited.insert((before, command.name()));
        }
        let mut case = case;
        for event in &decision.events {
            breaches.extend(promise::of_step(self.policy, &case, event));
            breaches.extend(self.replays(&case, event));
            apply(&mut case, event);
        }
        match state.cases.iter_mut().find(|other| other.id == id) {
            Some(other) => *other = case,
            None => state.cases.push(case),
        }
        for (other, command) in &decision.also {
            self.run(state, *other, &Actor::System, command, breaches, found)?;
        }
        Ok(())
    }

    /// Promise 6: the event as it is stored folds to the same state.
    fn replays(&self, before: &Case, event: &Event) -> Option<Breach> {
        let stored: Option<Event> =
            serde_json::to_vec(event).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let fold = |event: &Event| {
            let mut case = before.clone();
            apply(&mut case, event);
            case
        };
        let same = stored.as_ref().is_some_and(|stored| fold(stored) == fold(event));
        (!same)
            .then(|| Breach { promise: 6, found: format!("{:?} folds differently once stored", event.body) })
    }

    /// Promise 7: the same command with the same key again leaves everything as the first time left it.
    fn sent_again(&self, after: &State, step: &Step, found: &mut Found) -> Option<Breach> {
        let body = [1; 32];
        if (self.seen)(Some(&Stamp { body }), &body) != Seen::First {
            return None;
        }
        let (twice, _) = self.step(after, step, found).ok()?;
        (twice.cases != after.cases).then(|| Breach {
            promise: 7,
            found: format!("{:?} happened twice under one key", step.command.name()),
        })
    }
}

struct Node {
    parent: u32,
    label: String,
}

/// Walks every reachable state; stops at the first breach, which is then a nearest one.
pub fn walk(machine: &Machine, slice: &Slice, limit: usize) -> Found {
    let mut found = Found::default();
    let start = State { cases: Vec::new(), now: crate::town::MORNING };
    let mut nodes = vec![Node { parent: 0, label: String::new() }];
    let mut known: HashMap<u128, ()> = HashMap::from([(start.key(), ())]);
    let mut layer = vec![(0_u32, start)];
    while !layer.is_empty() {
        let mut next_layer = Vec::new();
        for (at, state) in layer {
            for step in moves::moves(machine.policy, slice, &state) {
                let mut from = state.clone();
                if step.command == Command::Tick {
                    let due = from.case(step.case).and_then(|case| case.next_step().map(|(at, _)| at));
                    from.now = due.map_or(from.now, |due| due.max(from.now));
                }
                let (next, mut breaches) = match machine.step(&from, &step, &mut found) {
                    Ok(done) => done,
                    Err(_) => {
                        found.refused += 1;
                        continue;
                    }
                };
                found.transitions += 1;
                breaches.extend(machine.sent_again(&next, &step, &mut found));
                let fresh = known.insert(next.key(), ()).is_none();
                if fresh || !breaches.is_empty() {
                    let label = format!("{:?} by {}", step.command.name(), moves::who(&step.actor));
                    nodes.push(Node { parent: at, label });
                }
                if let Some(breach) = breaches.into_iter().next() {
                    found.states = known.len();
                    found.breach = Some((path(&nodes, nodes.len() - 1), breach));
                    return found;
                }
                if fresh {
                    next_layer.push(((nodes.len() - 1) as u32, next));
                }
            }
            if known.len() > limit {
                found.states = known.len();
                return found;
            }
        }
        layer = next_layer;
    }
    found.states = known.len();
    found
}

fn path(nodes: &[Node], mut at: usize) -> Vec<String> {
    let mut steps = Vec::new();
    while at != 0 {
        steps.push(nodes[at].label.clone());
        at = nodes[at].parent as usize;
    }
    steps.reverse();
    steps
}

/// The real machine.
pub fn honest(policy: &Policy) -> Machine<'_> {
    Machine { policy, decide: &huying_model::decide::decide, seen: &once::seen }
}
