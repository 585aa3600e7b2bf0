//! The virtual town of one story: its cases, its clock, and everything that has happened.
//!
//! Owns time. Clocks fire on their own instants, oldest first, before anything later happens. What follows from
//! a command (System's commands on other cases, filing and dispatching by rule) happens with it or not at all.
//! A step costs what it touches, however many cases the town has: statistics are told of thousands of them.
//! Start at [`World::advance`] and [`World::give`].

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use huying_model::{
    Actor, Case, CaseId, Command, Cx, Event, Instant, Name, Refusal, Stage, UnitId, admission, apply,
    command::Filing, decide, event::Times, route::Routing, todo::at_work,
};
use smol_str::SmolStr;

use crate::load::Pack;

/// Steps of clocks that may pass at once: a story of years with daily steps stays far below. More cases, more clocks.
const MOST_TICKS: usize = 20_000;
const MOST_TICKS_A_CASE: usize = 64;
/// Commands that may follow from one.
const MOST_FOLLOWING: usize = 1_000;

pub struct World<'p> {
    pub pack: &'p Pack,
    pub now: Instant,
    pub cases: BTreeMap<CaseId, Case>,
    /// Cases by the names that the story gives them.
    pub names: BTreeMap<SmolStr, CaseId>,
    /// What happened, in order.
    pub events: Vec<(CaseId, Event)>,
    /// Commands and ticks decided.
    pub steps: usize,
    /// When the next clock of each case takes its step: the oldest comes first.
    next: BTreeSet<(Instant, CaseId)>,
    /// How much open work each unit has: only where the pack chooses among units by facts.
    load: BTreeMap<UnitId, u32>,
    /// The cases that the command under way has changed, as they stood before it.
    before: Vec<(CaseId, Option<Case>)>,
    /// Moments at which what may be asked of whom changes, those to come.
    changes: BTreeSet<Instant>,
}

impl<'p> World<'p> {
    pub fn new(pack: &'p Pack, now: Instant) -> World<'p> {
        let moments = pack.policy.current.admissions.moments();
        World {
            pack,
            now,
            cases: BTreeMap::new(),
            names: BTreeMap::new(),
            events: Vec::new(),
            steps: 0,
            next: BTreeSet::new(),
            load: BTreeMap::new(),
            before: Vec::new(),
            changes: moments.filter(|at| *at > now).collect(),
        }
    }

    /// The id of a case by its name in the story; a new one for a new name.
    pub fn id(&mut self, name: &str) -> CaseId {
        let next = CaseId(self.names.len() as u128 + 1);
        *self.names.entry(SmolStr::new(name)).or_insert(next)
    }

    pub fn case(&self, name: &str) -> Option<&Case> {
        self.cases.get(self.names.get(name)?)
    }

    /// Lets time pass: every clock that is due until then takes its step on its own instant, and every change of what is
    /// admitted ends what it has to end.
    pub fn advance(&mut self, to: Instant) -> Result<(), String> {
        for _ in 0..MOST_TICKS + MOST_TICKS_A_CASE * self.cases.len() {
            let clock = self.next.first().map(|(at, _)| *at);
            let change = self.changes.first().copied().filter(|at| *at <= to);
            if let Some(at) = change.filter(|at| clock.is_none_or(|clock| *at <= clock)) {
                self.changes.remove(&at);
                self.now = self.now.max(at);
                self.sweep()?;
                continue;
            }
            let Some((at, id)) = self.next.first().copied().filter(|(at, _)| *at <= to) else {
                self.now = self.now.max(to);
                return Ok(());
            };
            self.now = self.now.max(at);
            self.give(&Actor::System, id, &Command::Tick)
                .map_err(|refusal| format!("a clock that is due was refused: {refusal}"))?;
        }
        Err("the clocks never come to rest".to_owned())
    }

    /// System ends what may not be asked any more.
    fn sweep(&mut self) -> Result<(), String> {
        let open: Vec<CaseId> =
            self.cases.values().filter(|case| case.is_open()).map(|case| case.id).collect();
        for id in open {
            while let Some(command) = self
                .cases
                .get(&id)
                .and_then(|case| admission::needed(&self.pack.policy, case, self.now).into_iter().next())
            {
                self.give(&Actor::System, id, &command).map_err(|refusal| {
                    format!("a task that is not admitted could not be ended: {refusal}")
                })?;
            }
        }
        Ok(())
    }

    /// One command with everything that follows from it.
    pub fn give(&mut self, actor: &Actor, id: CaseId, command: &Command) -> Result<(), Refusal> {
        let events = self.events.len();
        let done = self.follow(actor, id, command);
        let before = std::mem::take(&mut self.before);
        if done.is_err() {
            before.into_iter().rev().for_each(|(id, case)| drop(self.put(id, case)));
            self.events.truncate(events);
        }
        done
    }

    /// The case stands so now, or was never there; how it stood before.
    fn put(&mut self, id: CaseId, case: Option<Case>) -> Option<Case> {
        let step = |case: Option<&Case>| case.and_then(Case::next_step).map(|(at, _)| (at, id));
        if let Some(due) = step(case.as_ref()) {
            self.next.insert(due);
        }
        let due = step(case.as_ref());
        let before = match case {
            Some(case) => self.cases.insert(id, case),
            None => self.cases.remove(&id),
        };
        if let Some(old) = step(before.as_ref()).filter(|old| Some(*old) != due) {
            self.next.remove(&old);
        }
        if self.pack.policy.current.order.is_some() {
            self.weigh(id, before.as_ref());
        }
        before
    }

    /// The units of a case carry it as it stands now, and no longer as it stood.
    fn weigh(&mut self, id: CaseId, before: Option<&Case>) {
        for unit in before.into_iter().flat_map(at_work) {
            self.load.entry(unit).and_modify(|open| *open = open.saturating_sub(1));
        }
        for unit in self.cases.get(&id).into_iter().flat_map(at_work) {
            *self.load.entry(unit).or_default() += 1;
        }
    }

    fn follow(&mut self, actor: &Actor, id: CaseId, command: &Command) -> Result<(), Refusal> {
        let mut queue = VecDeque::from(self.one(actor, id, command)?);
        queue.extend(self.own_steps(id, command.name()));
        for _ in 0..MOST_FOLLOWING {
            let Some((id, command)) = queue.pop_front() else { return Ok(()) };
            queue.extend(self.one(&Actor::System, id, &command)?);
        }
        Err(Refusal::Spent { what: SmolStr::new_static("follow") })
    }

    fn one(
        &mut self,
        actor: &Actor,
        id: CaseId,
        command: &Command,
    ) -> Result<Vec<(CaseId, Command)>, Refusal> {
        self.steps += 1;
        let mut case = self.cases.get(&id).cloned().unwrap_or_else(|| Case::blank(id));
        let related = |id: CaseId| self.cases.get(&id).cloned();
        let cx = Cx { policy: &self.pack.policy, actor, times: Times::at(self.now), related: &related };
        let decision = decide(&cx, &case, command)?;
        for event in decision.events {
            apply(&mut case, &event);
            self.events.push((id, event));
        }
        let before = self.put(id, Some(case));
        self.before.push((id, before));
        Ok(decision.also)
    }

    /// What the rules let System do by itself after a report or a filing.
    fn own_steps(&mut self, id: CaseId, after: Name) -> Vec<(CaseId, Command)> {
        let mut following = Vec::new();
        if after == Name::Report
            && let Some(command) = self.filing(id)
        {
            following.extend(self.one(&Actor::System, id, &command).unwrap_or_default());
        }
        if matches!(after, Name::Report | Name::File | Name::Verified)
            && let Some(command) = self.dispatching(id)
        {
            following.extend(self.one(&Actor::System, id, &command).unwrap_or_default());
        }
        following
    }

    fn filing(&self, id: CaseId) -> Option<Command> {
        let case = self.cases.get(&id).filter(|case| case.stage == Stage::Reported)?;
        let (matter, condition) = (case.matter.clone()?, case.condition?);
        let auto = self.pack.policy.current.auto(&matter, case.source)?;
        auto.file.then_some(Command::File { filing: Filing { matter, condition }, urgency: None })
    }

    fn dispatching(&self, id: CaseId) -> Option<Command> {
        let case = self.cases.get(&id).filter(|case| case.stage == Stage::Filed && !case.by_hand)?;
        let auto = self.pack.policy.current.auto(case.matter.as_ref()?, case.source)?;
        let routing = auto.dispatch.then(|| self.routing(case)).flatten()?;
        let (lead, assists) = (routing.lead.clone(), routing.assists.clone());
        Some(Command::Dispatch { lead, assists, routing: Some(Box::new(routing)) })
    }

    /// What the dispatch table answers for a case now.
    pub fn routing(&self, case: &Case) -> Option<Routing> {
        let policy = &self.pack.policy;
        let matter = case.matter.as_ref()?;
        let rules = policy.rules(case.policy.as_ref(), Some(matter));
        let (area, overlays) = (case.place.area.as_ref(), case.place.overlays.as_slice());
        let rivals = rules.rivals(&policy.org, case, self.now);
        let open = |unit: &UnitId| self.load.get(unit).copied().unwrap_or(0);
        let order = rules.order.filter(|_| !rivals.is_empty());
        let facts =
            order.map(|order| order.facts(&policy.org, &case.place, &rivals, open)).unwrap_or_default();
        rules.route(&policy.org, matter, area, overlays, case.source, case.urgency, self.now, &facts)
    }
}
