//! A row's story told to the model: report, file, dispatch, receive, finish, close, each at its own moment.
//!
//! Owns the choice of the next command from where the case stands, and who gives it. All of it is one transaction, so a row
//! is there whole or not at all. A case that is there already goes on from where it stands; one that has nothing to add is
//! refused as [`Refusal::AlreadyBegun`]. Moments that the file does not tell are put at the latest one before them.
//! Start at [`Story`].

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use huying_model::{
    Actor, Case, CaseId, Command, Cx, Instant, MemberId, Name, Policy, Refusal, Seat, Stage, UnitId,
    actor::Role, case::Part, catalogue::Outcome, clock::Timer, command::Filing, decide::allowed,
    event::Times, words::Sealed,
};
use huying_store::{Decider, Known, Verdict};

use super::map::Ending;
use crate::follow::{Run, route};

/// Commands that one row may need; a callback that nobody answered takes the most.
const MOST: usize = 24;

/// What is known of a row.
#[derive(Clone)]
pub struct Plot {
    pub case: CaseId,
    /// `Command::Report`, sealed.
    pub report: Command,
    pub created: Instant,
    pub closed: Option<Instant>,
    pub ending: Ending,
    /// Who handled it, where the file says; the dispatch table decides otherwise.
    pub unit: Option<UnitId>,
    /// Sealed words for outcomes that need a reason.
    pub reason: Option<Sealed>,
}

/// What came of a row.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub case: Case,
    /// The promise that was made when it was filed.
    pub promise: Option<Instant>,
    /// Who led it.
    pub lead: Option<UnitId>,
    /// The command that was tried last.
    pub last: Option<Name>,
}

/// See the module.
pub struct Story {
    pub policy: Arc<Policy>,
    pub plot: Plot,
    /// When the import runs: what was recorded then.
    pub recorded: Instant,
    pub told: Arc<Mutex<Told>>,
    pub asked: BTreeSet<CaseId>,
}

impl Decider for Story {
    fn case(&self) -> CaseId {
        self.plot.case
    }

    fn decide(&mut self, known: &dyn Known) -> Result<Verdict, Refusal> {
        let times = self.at(self.plot.created);
        let mut run = Run::new(&self.policy, times, known, &self.asked);
        let mut told = Told::default();
        let done = self.tell(&mut run, &mut told);
        told.case = run.look(self.plot.case).unwrap_or_default();
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = told;
        let verdict = run.verdict(done)?;
        match &verdict {
            Verdict::Events(events) if events.is_empty() => return Err(Refusal::AlreadyBegun),
            Verdict::Events(_) => {}
            Verdict::Need(cases) => self.asked.extend(cases),
        }
        Ok(verdict)
    }
}

impl Story {
    fn at(&self, received: Instant) -> Times {
        Times { recorded: self.recorded, ..Times::at(received) }
    }

    fn tell(&self, run: &mut Run, told: &mut Told) -> Result<(), Refusal> {
        for _ in 0..MOST {
            let case = run.look(self.plot.case).unwrap_or_else(|| Case::blank(self.plot.case));
            told.promise = case.clock(&Timer::Promise).map(|clock| clock.due).or(told.promise);
            told.lead = case.lead_unit().cloned().or(told.lead.take());
            let Some((at, actor, command)) = self.next(&case)? else { return Ok(()) };
            told.last = Some(command.name());
            run.times = self.at(at);
            run.step(&actor, self.plot.case, &command, false)?;
        }
        Err(Refusal::Spent { what: "import".into() })
    }

    /// The next command of the story from where the case stands; None at its end.
    fn next(&self, case: &Case) -> Result<Option<(Instant, Actor, Command)>, Refusal> {
        let plot = &self.plot;
        if case.version == 0 {
            return Ok(Some((plot.created, Actor::System, plot.report.clone())));
        }
        let end = match (plot.ending, plot.closed) {
            (Ending::Open, _) | (_, None) => None,
            (_, Some(end)) => Some(end),
        };
        if plot.ending == Ending::Withdrawn
            && let Some(end) = end
        {
            let withdraw = Command::Withdraw { reason: plot.reason.clone() };
            return Ok(case.is_open().then_some((end, Actor::Reporter { no: 0 }, withdraw)));
        }
        let step = match case.stage {
            Stage::Reported => Some((plot.created, desk(case, Role::Acceptor), file(case)?)),
            Stage::Filed => match (plot.ending, end) {
                (Ending::Outcome(Outcome::Void), Some(end)) => Some(self.void(case, end)?),
                _ => Some((plot.created, desk(case, Role::Dispatcher), self.dispatch(case)?)),
            },
            Stage::Dispatched | Stage::Handling => match waiting(case) {
                Some(unit) => Some((plot.created, worker(unit), Command::Receive { unit: unit.clone() })),
                None => end.map(|end| self.work(case, end)),
            },
            Stage::Inspecting => end.map(|end| (end, checker(case, Role::Inspector), self.check(case, end))),
            Stage::CallingBack => {
                end.map(|end| (end, checker(case, Role::CallerBack), self.call_back(case, end)))
            }
            _ => None,
        };
        Ok(step)
    }

    fn dispatch(&self, case: &Case) -> Result<Command, Refusal> {
        let routing = route(&self.policy, case, self.at(self.plot.created), None);
        let (lead, assists) = match (&self.plot.unit, &routing) {
            (Some(unit), _) => (unit.clone(), Vec::new()),
            (None, Some(routing)) => (routing.lead.clone(), routing.assists.clone()),
            (None, None) => return Err(Refusal::UnknownUnit { unit: UnitId::default() }),
        };
        Ok(Command::Dispatch { lead, assists, routing: routing.map(Box::new) })
    }

    /// A case that is void was never sent out; a second person confirms it.
    fn void(&self, case: &Case, end: Instant) -> Result<(Instant, Actor, Command), Refusal> {
        let actor = if case.void_by.is_none() {
            desk(case, Role::Dispatcher)
        } else {
            checker(case, Role::Dispatcher)
        };
        let reason = self.plot.reason.clone().ok_or(Refusal::ReasonMissing)?;
        Ok((end, actor, Command::Conclude { outcome: Outcome::Void, reason }))
    }

    /// Assists end before the lead finishes.
    fn work(&self, case: &Case, end: Instant) -> (Instant, Actor, Command) {
        if let Some(assist) = case.open_assists().next() {
            let unit = assist.unit.clone();
            return (end, worker(&unit), Command::EndAssist { unit, done: true, reason: None });
        }
        let outcome = match self.plot.ending {
            Ending::Outcome(outcome) => outcome,
            Ending::Open | Ending::Withdrawn => Outcome::Solved,
        };
        let lead = case.lead_unit().cloned().unwrap_or_default();
        (
            end,
            worker(&lead),
            Command::Finish { outcome, reason: self.plot.reason.clone(), evidence: Vec::new() },
        )
    }

    fn may(&self, case: &Case, actor: &Actor, at: Instant, name: Name) -> bool {
        let related = |_: CaseId| None;
        let cx = Cx { policy: &self.policy, actor, times: self.at(at), related: &related };
        allowed(&cx, case).contains(&name)
    }

    fn check(&self, case: &Case, end: Instant) -> Command {
        if self.may(case, &checker(case, Role::Inspector), end, Name::Close) {
            Command::Close { words: None }
        } else {
            Command::Pass { words: None }
        }
    }

    /// The file tells of no callback: the attempts are recorded as not reached, then the case closes as such.
    fn call_back(&self, case: &Case, end: Instant) -> Command {
        if self.may(case, &checker(case, Role::CallerBack), end, Name::Close) {
            return Command::Close { words: None };
        }
        Command::RecordCallback {
            case: case.id,
            reporter: 0,
            reached: false,
            solved: None,
            satisfied: None,
            words: None,
        }
    }
}

fn file(case: &Case) -> Result<Command, Refusal> {
    let (Some(matter), Some(condition)) = (case.matter.clone(), case.condition) else {
        return Err(Refusal::MatterMissing);
    };
    Ok(Command::File { filing: Filing { matter, condition }, urgency: None })
}

/// A unit that was sent its part and has not received it.
fn waiting(case: &Case) -> Option<&UnitId> {
    case.assignments.iter().find(|part| part.part == Part::Sent).map(|part| &part.unit)
}

fn worker(unit: &UnitId) -> Actor {
    let seats = vec![Seat { unit: unit.clone(), role: Role::Handler }];
    Actor::Member { id: MemberId::new("import-handler"), seats }
}

/// Whoever filed and dispatched it there: the file does not tell.
fn desk(case: &Case, role: Role) -> Actor {
    let seats = vec![Seat { unit: case.custodian.clone(), role }];
    Actor::Member { id: MemberId::new("import-desk"), seats }
}

/// Not the one who did the work.
fn checker(case: &Case, role: Role) -> Actor {
    let seats = vec![Seat { unit: case.custodian.clone(), role }];
    Actor::Member { id: MemberId::new("import-checker"), seats }
}
