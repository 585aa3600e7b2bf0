//! One command with everything that follows from it, decided on cases in memory and committed as one transaction.
//!
//! Owns the order: the command itself, System's commands on other cases that `decide` asks for, and the steps that the
//! rules let System take by itself (file, dispatch). Refuses nothing of its own; every rule is the model's.
//! It can be asked again on fresh state, so it keeps nothing between calls but which cases it asked for.
//! Start at [`Follow::decide`].

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use huying_model::{
    Actor, Case, CaseId, Command, Cx, Event, Name, Policy, Refusal, Rules, Stage, apply,
    command::Filing,
    decide,
    event::Times,
    route::{Facts, Routing},
};
use huying_store::{Decider, Known, Verdict};

/// Commands that may follow from one: a split into the parts of a whole city stays far below.
const MOST: usize = 4_096;

/// A command on its way through the model.
pub struct Follow {
    pub policy: Arc<Policy>,
    pub actor: Actor,
    pub case: CaseId,
    pub command: Command,
    pub times: Times,
    /// Whether System takes the steps that the rules let it take.
    pub auto: bool,
    /// What the table goes by where it has to choose among several units.
    pub facts: Facts,
    asked: BTreeSet<CaseId>,
}

impl Follow {
    pub fn new(policy: Arc<Policy>, actor: Actor, case: CaseId, command: Command, times: Times) -> Follow {
        let (facts, asked) = (Facts::default(), BTreeSet::from([case]));
        Follow { policy, actor, case, command, times, auto: true, facts, asked }
    }
    /// With what was looked up for the table's choice.
    pub fn knowing(self, facts: Facts) -> Follow {
        Follow { facts, ..self }
    }
    /// Without the steps that System takes by itself: an import tells its own story.
    pub fn by_hand(mut self) -> Follow {
        self.auto = false;
        self
    }
}

impl Decider for Follow {
    fn case(&self) -> CaseId {
        self.case
    }

    fn decide(&mut self, known: &dyn Known) -> Result<Verdict, Refusal> {
        let mut run = Run::new(&self.policy, self.times, known, &self.asked);
        run.facts = Some(&self.facts);
        let done = run.step(&self.actor, self.case, &self.command, self.auto);
        run.verdict(done).inspect(|verdict| {
            if let Verdict::Need(cases) = verdict {
                self.asked.extend(cases);
            }
        })
    }
}

/// One try on one state: commands one after the other, each with what follows from it.
pub(crate) struct Run<'a> {
    policy: &'a Policy,
    pub times: Times,
    known: &'a dyn Known,
    asked: &'a BTreeSet<CaseId>,
    /// None where the table never chooses by facts, as in an import.
    pub facts: Option<&'a Facts>,
    /// Cases as they stand after the events so far.
    changed: BTreeMap<CaseId, Case>,
    wrote: Vec<(CaseId, Vec<Event>)>,
    /// Cases that were looked for and not loaded yet.
    needs: RefCell<BTreeSet<CaseId>>,
}

impl<'a> Run<'a> {
    pub fn new(
        policy: &'a Policy,
        times: Times,
        known: &'a dyn Known,
        asked: &'a BTreeSet<CaseId>,
    ) -> Run<'a> {
        let (changed, wrote, needs) = (BTreeMap::new(), Vec::new(), RefCell::default());
        Run { policy, times, known, asked, facts: None, changed, wrote, needs }
    }

    /// The cases that are missing come first: a decision without them means nothing.
    pub fn verdict(self, done: Result<(), Refusal>) -> Result<Verdict, Refusal> {
        let needs = self.needs.into_inner();
        if needs.is_empty() {
            done.map(|()| Verdict::Events(self.wrote))
        } else {
            Ok(Verdict::Need(needs.into_iter().collect()))
        }
    }

    fn ask(&self, id: CaseId) {
        if !self.changed.contains_key(&id) && !self.asked.contains(&id) {
            self.needs.borrow_mut().insert(id);
        }
    }

    /// The case as it stands after the events so far.
    pub fn look(&self, id: CaseId) -> Option<Case> {
        self.ask(id);
        self.changed.get(&id).or_else(|| self.known.case(id)).cloned()
    }

    /// One command with everything that follows from it; `auto` lets System take its own steps.
    pub fn step(
        &mut self,
        actor: &Actor,
        case: CaseId,
        command: &Command,
        auto: bool,
    ) -> Result<(), Refusal> {
        let mut queue = VecDeque::new();
        self.one(actor, case, command, &mut queue)?;
        if auto {
            self.own_steps(case, command.name(), &mut queue);
        }
        for _ in 0..MOST {
            // Everything that is known to be needed is asked for at once, not one case at a time.
            queue.iter().for_each(|(case, _)| self.ask(*case));
            if !self.needs.borrow().is_empty() {
                return Ok(());
            }
            let Some((case, command)) = queue.pop_front() else { return Ok(()) };
            self.one(&Actor::System, case, &command, &mut queue)?;
        }
        Err(Refusal::Spent { what: "follow".into() })
    }

    fn one(
        &mut self,
        actor: &Actor,
        id: CaseId,
        command: &Command,
        queue: &mut VecDeque<(CaseId, Command)>,
    ) -> Result<(), Refusal> {
        let case = self.look(id).unwrap_or_else(|| Case::blank(id));
        let routed = self.routed(&case, command);
        let related = |id: CaseId| self.look(id);
        let cx = Cx { policy: self.policy, actor, times: self.times, related: &related };
        let decision = decide(&cx, &case, routed.as_ref().unwrap_or(command))?;
        let mut case = case;
        for event in &decision.events {
            apply(&mut case, event);
        }
        self.changed.insert(id, case);
        match self.wrote.iter_mut().find(|(written, _)| *written == id) {
            Some((_, events)) => events.extend(decision.events),
            None => self.wrote.push((id, decision.events)),
        }
        queue.extend(decision.also);
        Ok(())
    }

    /// A dispatch carries the answer of the dispatch table; it counts where the person followed it.
    fn routed(&self, case: &Case, command: &Command) -> Option<Command> {
        let Command::Dispatch { lead, assists, routing: None } = command else { return None };
        let routing = route(self.policy, case, self.times, self.facts)?;
        Some(Command::Dispatch {
            lead: lead.clone(),
            assists: assists.clone(),
            routing: Some(Box::new(routing)),
        })
    }

    /// File and dispatch by System where the rules allow it. A step that the model refuses is left to people.
    fn own_steps(&mut self, id: CaseId, after: Name, queue: &mut VecDeque<(CaseId, Command)>) {
        if after == Name::Report
            && let Some(command) = self.look(id).and_then(|case| filing_by_rule(self.policy, &case))
        {
            let _ = self.one(&Actor::System, id, &command, queue);
        }
        if matches!(after, Name::Report | Name::File | Name::Verified)
            && let Some(command) =
                self.look(id).and_then(|case| dispatch_by_rule(self.policy, &case, self.times, self.facts))
        {
            let _ = self.one(&Actor::System, id, &command, queue);
        }
    }
}

fn rules<'a>(policy: &'a Policy, case: &Case) -> &'a Rules {
    policy.rules(case.policy.as_ref(), case.matter.as_ref())
}

/// What the dispatch table answers for a case now, by these facts where it has to choose.
pub fn route(policy: &Policy, case: &Case, times: Times, facts: Option<&Facts>) -> Option<Routing> {
    let unknown = Facts::default();
    let matter = case.matter.as_ref()?;
    rules(policy, case).route(
        &policy.org,
        matter,
        case.place.area.as_ref(),
        &case.place.overlays,
        case.source,
        case.urgency,
        times.received,
        facts.unwrap_or(&unknown),
    )
}

fn filing_by_rule(policy: &Policy, case: &Case) -> Option<Command> {
    let (matter, condition) = (case.matter.clone()?, case.condition?);
    let allowed = rules(policy, case).auto(&matter, case.source).is_some_and(|auto| auto.file);
    (case.stage == Stage::Reported && allowed)
        .then_some(Command::File { filing: Filing { matter, condition }, urgency: None })
}

fn dispatch_by_rule(policy: &Policy, case: &Case, times: Times, facts: Option<&Facts>) -> Option<Command> {
    let matter = case.matter.as_ref()?;
    let allowed = rules(policy, case).auto(matter, case.source).is_some_and(|auto| auto.dispatch);
    if case.stage != Stage::Filed || case.by_hand || !allowed {
        return None;
    }
    let routing = route(policy, case, times, facts)?;
    let (lead, assists) = (routing.lead.clone(), routing.assists.clone());
    Some(Command::Dispatch { lead, assists, routing: Some(Box::new(routing)) })
}
