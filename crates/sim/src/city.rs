//! The city on its virtual clock: reports arrive, people act, clocks step, all in the order of time.
//!
//! Owns the agenda and the cases that are still alive, in memory. What happened is handed out in slices of time, so a
//! history of any length needs little room. Start at [`City::run`].

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap},
    sync::Arc,
};

use huying_engine::follow::Follow;
use huying_model::{Actor, Case, CaseId, Command, Event, Instant, Name, Stage, apply, event::Times, promise};
use huying_store::{Decider, Known, Verdict};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{
    World,
    arrivals::{self, Topic},
    mind::{self, Sitting},
    pace,
    pen::Pen,
};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// What happened is handed out this often, in virtual time.
const SLICE: i64 = 6 * HOUR;
/// After so many refusals in a row everybody leaves the case to its clocks.
const TRIES: u8 = 5;
/// How often a decision may ask for more cases.
const ASKS: usize = 16;

/// How long and how much.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    pub from: Instant,
    pub until: Instant,
    pub cases: usize,
    /// Whether every step is held against the promises while it happens.
    pub watch: bool,
}

/// What happened, counted.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Figures {
    pub cases: usize,
    pub events: usize,
    pub commands: BTreeMap<&'static str, usize>,
    /// Steps of clocks.
    pub ticks: usize,
    /// Acts that the rules refused; whoever tried did something plainer.
    pub refused: BTreeMap<String, usize>,
    /// Cases that everybody left to their clocks.
    pub left: usize,
    /// Cases by stage when the time was over.
    pub stages: BTreeMap<&'static str, usize>,
    /// Broken promises, the first hundred, in words.
    pub breaches: Vec<String>,
}

/// The events of some hours, per case in their order.
pub type Slice = Vec<(CaseId, Vec<Event>)>;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Entry {
    Step,
    Act { turn: u32 },
    Arrival,
}

#[derive(Default)]
struct Life {
    case: Case,
    /// Acts of an earlier turn on the agenda are void.
    turn: u32,
    planned: bool,
    tries: u8,
    twin: Option<CaseId>,
}

/// See the module.
pub struct City<'w> {
    world: &'w World,
    plan: Plan,
    rng: ChaCha8Rng,
    alive: HashMap<CaseId, Life>,
    agenda: BinaryHeap<Reverse<(Instant, u64, CaseId, Entry)>>,
    order: u64,
    /// What a second report of the same trouble is about.
    last_filed: Option<CaseId>,
    slice: Slice,
    slot: HashMap<CaseId, usize>,
    arrivals: Vec<Instant>,
    arrived: usize,
    ended: BTreeMap<&'static str, usize>,
    pub figures: Figures,
}

struct Memory<'a>(&'a HashMap<CaseId, Life>);

impl Known for Memory<'_> {
    fn case(&self, id: CaseId) -> Option<&Case> {
        self.0.get(&id).map(|life| &life.case).filter(|case| case.version > 0)
    }
}

impl<'w> City<'w> {
    pub fn new(world: &'w World, plan: Plan) -> City<'w> {
        let mut rng = ChaCha8Rng::seed_from_u64(plan.seed);
        let arrivals = arrivals(&plan, &mut rng);
        City {
            world,
            plan,
            rng,
            alive: HashMap::new(),
            agenda: BinaryHeap::new(),
            order: 0,
            last_filed: None,
            slice: Vec::new(),
            slot: HashMap::new(),
            arrivals,
            arrived: 0,
            ended: BTreeMap::new(),
            figures: Figures::default(),
        }
    }

    /// Lets the whole time pass. `take` gets each slice after `pen` wrote it, and may end the run by an error.
    pub fn run<P: Pen, E>(
        &mut self,
        pen: &mut P,
        mut take: impl FnMut(Slice, &mut P) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut border = self.plan.from.plus_ms(SLICE);
        self.next_arrival();
        while let Some(Reverse((at, _, id, entry))) = self.agenda.pop() {
            if at > self.plan.until {
                break;
            }
            while at > border {
                self.hand_out(pen, &mut take)?;
                border = border.plus_ms(SLICE);
            }
            match entry {
                Entry::Arrival => self.arrive(at, pen),
                Entry::Step => self.step(id, at),
                Entry::Act { turn } => self.act(id, turn, at, pen),
            }
        }
        self.hand_out(pen, &mut take)?;
        self.count_stages();
        Ok(())
    }

    fn hand_out<P, E>(
        &mut self,
        pen: &mut P,
        take: &mut impl FnMut(Slice, &mut P) -> Result<(), E>,
    ) -> Result<(), E> {
        self.slot.clear();
        let slice = std::mem::take(&mut self.slice);
        if slice.is_empty() { Ok(()) } else { take(slice, pen) }
    }

    fn put(&mut self, at: Instant, id: CaseId, entry: Entry) {
        self.order += 1;
        self.agenda.push(Reverse((at, self.order, id, entry)));
    }

    fn next_arrival(&mut self) {
        if let Some(at) = self.arrivals.get(self.arrived).copied() {
            self.arrived += 1;
            self.put(at, CaseId(0), Entry::Arrival);
        }
    }

    fn arrive(&mut self, at: Instant, pen: &mut dyn Pen) {
        self.next_arrival();
        let id = arrivals::id(at, &mut self.rng);
        let Some((topic, twin)) = self.topic() else { return };
        let Some((actor, report)) = self.world.report(id, &topic, at, pen, &mut self.rng) else { return };
        self.alive.insert(id, Life { case: Case::blank(id), twin, ..Life::default() });
        self.figures.cases += 1;
        let command = Command::Report { report: Box::new(report) };
        if !self.give(&actor, id, &command, at) {
            self.alive.remove(&id);
        }
    }

    /// A new trouble, or one that somebody reported before.
    fn topic(&mut self) -> Option<(Topic, Option<CaseId>)> {
        if self.world.whim(35, &mut self.rng)
            && let Some(id) = self.last_filed
            && let Some(case) = self.alive.get(&id).map(|life| &life.case)
            && let (Some(matter), Some(condition)) = (case.matter.clone(), case.condition)
        {
            return Some((Topic { matter, condition, place: case.place.clone() }, Some(id)));
        }
        self.world.topic(&mut self.rng).map(|topic| (topic, None))
    }

    fn step(&mut self, id: CaseId, at: Instant) {
        let due = self.alive.get(&id).and_then(|life| life.case.next_step());
        if due.is_some_and(|(step, _)| step <= at) {
            self.figures.ticks += 1;
            if !self.give(&Actor::System, id, &Command::Tick, at) {
                self.figures.breaches.push(format!("{id}: a clock that was due was refused its step"));
            }
        }
    }

    fn act(&mut self, id: CaseId, turn: u32, at: Instant, pen: &mut dyn Pen) {
        let Some(life) = self.alive.get_mut(&id) else { return };
        if life.turn != turn {
            return;
        }
        life.planned = false;
        let twin = life.twin.take();
        let tries = life.tries;
        let (case, rng) = (&life.case, &mut self.rng);
        let mut sitting = Sitting { world: self.world, case, now: at, tries, twin, pen, rng };
        match mind::next(&mut sitting) {
            None => self.wait(id, at),
            Some(act) => {
                if !self.give(&act.actor, id, &act.command, at) {
                    self.again(id, at);
                }
            }
        }
        self.forget(id);
    }

    /// Nobody has anything to do: the case is looked at again later.
    fn wait(&mut self, id: CaseId, at: Instant) {
        let Some(life) = self.alive.get_mut(&id).filter(|life| life.case.stage.is_open()) else { return };
        (life.turn, life.planned) = (life.turn + 1, true);
        let (turn, later) = (life.turn, at.plus_ms(self.rng.random_range(4 * HOUR..DAY)));
        self.put(later, id, Entry::Act { turn });
    }

    /// The rules said no: somebody tries something plainer.
    fn again(&mut self, id: CaseId, at: Instant) {
        let Some(life) = self.alive.get_mut(&id) else { return };
        life.tries += 1;
        if life.tries >= TRIES {
            self.figures.left += 1;
            return;
        }
        (life.turn, life.planned) = (life.turn + 1, true);
        let (turn, later) = (life.turn, at.plus_ms(self.rng.random_range(HOUR / 12..HOUR)));
        self.put(later, id, Entry::Act { turn });
    }

    /// One command with everything that follows from it. False where the rules refuse it.
    fn give(&mut self, actor: &Actor, id: CaseId, command: &Command, at: Instant) -> bool {
        let times = Times::at(at);
        let policy = Arc::clone(&self.world.policy);
        let mut follow = Follow::new(policy, actor.clone(), id, command.clone(), times);
        for _ in 0..ASKS {
            match follow.decide(&Memory(&self.alive)) {
                Ok(Verdict::Need(_)) => {}
                Ok(Verdict::Events(written)) => {
                    let tick = command.name() == Name::Tick;
                    if !tick {
                        *self.figures.commands.entry(command.name().code()).or_default() += 1;
                    }
                    self.adopt(written, id, tick, at);
                    return true;
                }
                Err(refusal) => {
                    let what = format!("{}: {}", command.name().code(), refusal.code());
                    *self.figures.refused.entry(what).or_default() += 1;
                    return false;
                }
            }
        }
        false
    }

    /// Memory follows, the slice grows, and the agenda is written on.
    fn adopt(&mut self, written: Vec<(CaseId, Vec<Event>)>, of: CaseId, tick: bool, at: Instant) {
        for (id, events) in written {
            let life =
                self.alive.entry(id).or_insert_with(|| Life { case: Case::blank(id), ..Life::default() });
            let (stage, custodian) = (life.case.stage, life.case.custodian.clone());
            for event in &events {
                if self.plan.watch {
                    let broken = promise::of_step(&self.world.policy, &life.case, event);
                    self.figures.breaches.extend(broken.iter().map(|breach| format!("{id}: {breach}")));
                }
                apply(&mut life.case, event);
            }
            if self.plan.watch {
                let broken = promise::of_case(&self.world.policy, &life.case, at);
                self.figures.breaches.extend(broken.iter().map(|breach| format!("{id}: {breach}")));
            }
            self.figures.breaches.truncate(100);
            self.figures.events += events.len();
            let moved = life.case.stage != stage || life.case.custodian != custodian;
            let acted = id == of && !tick;
            if acted || moved {
                life.tries = 0;
            }
            let anew = acted || moved || !life.planned;
            self.keep(id, events);
            self.follow_up(id, anew, at);
        }
    }

    fn keep(&mut self, id: CaseId, events: Vec<Event>) {
        match self.slot.get(&id) {
            Some(no) => {
                if let Some((_, list)) = self.slice.get_mut(*no) {
                    list.extend(events);
                }
            }
            None => {
                self.slot.insert(id, self.slice.len());
                self.slice.push((id, events));
            }
        }
    }

    /// Puts the case's next step and next act on the agenda.
    fn follow_up(&mut self, id: CaseId, anew: bool, at: Instant) {
        let Some(life) = self.alive.get_mut(&id) else { return };
        let step = life.case.next_step().map(|(step, _)| step.max(at));
        let act = if anew { pace::next_act(self.world, &life.case, at, &mut self.rng) } else { None };
        if anew {
            life.turn += 1;
            life.planned = act.is_some();
        }
        let turn = life.turn;
        if life.case.stage == Stage::Filed && life.case.parent.is_none() {
            self.last_filed = Some(id);
        }
        if let Some(step) = step {
            self.put(step, id, Entry::Step);
        }
        if let Some(act) = act {
            self.put(act, id, Entry::Act { turn });
        }
        self.forget(id);
    }

    /// A case that ended, with nobody coming back to it, needs no memory.
    fn forget(&mut self, id: CaseId) {
        let over = self.alive.get(&id).is_some_and(|life| {
            let alone = life.case.parent.is_none() && life.case.children.is_empty();
            !life.case.stage.is_open() && !life.planned && alone && life.case.next_step().is_none()
        });
        if over && let Some(life) = self.alive.remove(&id) {
            *self.ended.entry(life.case.stage.code()).or_default() += 1;
        }
    }

    fn count_stages(&mut self) {
        self.figures.stages = self.ended.clone();
        for life in self.alive.values() {
            *self.figures.stages.entry(life.case.stage.code()).or_default() += 1;
        }
    }
}

/// When the reports come, in the order of time: each day as many, few at night.
fn arrivals(plan: &Plan, rng: &mut ChaCha8Rng) -> Vec<Instant> {
    let span = plan.until.minus(plan.from).max(1);
    let draw = |_| loop {
        let day = rng.random_range(0..span) / DAY * DAY;
        // Hours are those of the city's noon: reports follow the sun eight hours ahead of UTC in the packs at hand.
        let hour = (pace::hour(rng) + 16) % 24 * HOUR + rng.random_range(0..HOUR);
        let midnight = plan.from.0.div_euclid(DAY) * DAY + day;
        let at = Instant(midnight + hour);
        if at >= plan.from && at < plan.until {
            break at;
        }
    };
    let mut all: Vec<Instant> = (0..plan.cases).map(draw).collect();
    all.sort_unstable();
    all
}
