//! Plays a case through the model's own `decide`, from the report to the callback, all at one moment.
//!
//! Owns the order of the commands and stand-ins who may give them. It decides nothing: units, limits and refusals are the
//! model's. Every clock is caught when it begins, so each counts from the moment that is asked about, as if the step before it
//! had just happened. What is refused is kept with its reason and the play goes on as far as it can. Start at [`play`].

use huying_model::{
    Actor, Case, CaseId, Command, Cx, LevelName, MemberId, Name, Policy, Refusal, Seat, Stage, UnitId,
    actor::Role,
    apply,
    case::{Assignment, Evidence},
    catalogue::{EvidenceKind, Outcome},
    clock::{Clock, Timer},
    command::{Filing, Informant, Report},
    decide,
    decide::{Ahead, ahead},
    event::Times,
    route::Routing,
    steps::StepName,
};
use smol_str::SmolStr;

use super::ask::Question;

/// What the play showed.
pub(super) struct Rehearsal {
    pub intake: UnitId,
    pub centre: UnitId,
    /// As they were sent out.
    pub parts: Vec<Assignment>,
    pub closing_level: LevelName,
    pub inspects: Option<UnitId>,
    pub calls_back: Option<UnitId>,
    pub clocks: Vec<(Clock, Vec<Ahead>)>,
    pub refused: Vec<(Name, Refusal)>,
}

/// The clocks of a case's ordinary way, in the order in which they begin.
const SHOWN: [fn(&Timer) -> bool; 9] = [
    |of| matches!(of, Timer::Intake),
    |of| matches!(of, Timer::Promise),
    |of| matches!(of, Timer::Meeting),
    |of| matches!(of, Timer::Dispatch),
    |of| matches!(of, Timer::Receive(_)),
    |of| matches!(of, Timer::Arrive(_)),
    |of| matches!(of, Timer::Handle(_)),
    |of| matches!(of, Timer::Inspect),
    |of| matches!(of, Timer::CallBack),
];

/// Plays the case; `routing` is the table's answer.
pub(super) fn play(policy: &Policy, question: &Question, routing: Option<&Routing>) -> Rehearsal {
    let case = Case::blank(CaseId(1));
    let mut play = Play { policy, question, case, people: 0, clocks: Vec::new(), refused: Vec::new() };
    play.report();
    let intake = play.case.custodian.clone();
    play.file();
    play.dispatch(routing);
    let centre = play.case.centre.clone();
    let parts: Vec<Assignment> = play.case.assignments.clone();
    let matter_level = question.matter().map(|matter| matter.closing_level.clone());
    let closing_level = play.case.closing_level.clone().or(matter_level).unwrap_or_default();
    play.work();
    let (inspects, calls_back) = play.check();
    Rehearsal {
        intake,
        centre,
        parts,
        closing_level,
        inspects,
        calls_back,
        clocks: play.in_order(),
        refused: play.refused,
    }
}

struct Play<'a> {
    policy: &'a Policy,
    question: &'a Question,
    case: Case,
    /// Stand-ins so far: each step has its own, so that nobody inspects own work.
    people: usize,
    clocks: Vec<(Clock, Vec<Ahead>)>,
    refused: Vec<(Name, Refusal)>,
}

impl Play<'_> {
    /// Gives a command; false where it is refused.
    fn give(&mut self, actor: &Actor, command: &Command) -> bool {
        let alone = |_: CaseId| None;
        let times = Times::at(self.question.at);
        let cx = Cx { policy: self.policy, actor, times, related: &alone };
        match decide(&cx, &self.case, command) {
            Err(refusal) => {
                self.refused.push((command.name(), refusal));
                false
            }
            Ok(decision) => {
                for event in &decision.events {
                    apply(&mut self.case, event);
                }
                for clock in &self.case.clocks {
                    if !self.clocks.iter().any(|(known, _)| known.of == clock.of) {
                        self.clocks.push((clock.clone(), ahead(&cx, &self.case, clock)));
                    }
                }
                true
            }
        }
    }

    /// Somebody who has every seat that this step could ask for.
    fn somebody(&mut self) -> Actor {
        self.people += 1;
        let case = &self.case;
        let units = [&case.custodian, &case.centre].into_iter();
        let units =
            units.chain(case.assignments.iter().filter(|part| part.part.open()).map(|part| &part.unit));
        let seats = units.flat_map(|unit| Role::ALL.map(|role| Seat { unit: unit.clone(), role })).collect();
        Actor::Member { id: MemberId::new(format!("stand-in {}", self.people)), seats }
    }

    fn report(&mut self) {
        let it = self.question;
        let report = Report {
            number: SmolStr::new_static("0"),
            source: it.source,
            kind: it.matter().map(|matter| matter.kind).unwrap_or_default(),
            place: it.place.clone(),
            matter: Some(it.matter.clone()),
            condition: Some(it.condition.no),
            urgency: it.urgency,
            // Somebody waits for the answer, so that a callback shows.
            reporters: vec![Informant { reachable: true, ..Informant::default() }],
            ..Report::default()
        };
        self.give(&Actor::Reporter { no: 0 }, &Command::Report { report: Box::new(report) });
    }

    fn file(&mut self) {
        let by_itself = self.question.auto().is_some_and(|auto| auto.file);
        let filing = Filing { matter: self.question.matter.clone(), condition: self.question.condition.no };
        let actor = if by_itself { Actor::System } else { self.somebody() };
        self.give(&actor, &Command::File { filing, urgency: None });
    }

    fn dispatch(&mut self, routing: Option<&Routing>) {
        let Some(routing) = routing else { return };
        let by_itself = self.question.auto().is_some_and(|auto| auto.dispatch);
        let actor = if by_itself { Actor::System } else { self.somebody() };
        let (lead, assists) = (routing.lead.clone(), routing.assists.clone());
        self.give(&actor, &Command::Dispatch { lead, assists, routing: Some(Box::new(routing.clone())) });
    }

    /// Every unit receives, assists are done, the lead finishes with all evidence there is.
    fn work(&mut self) {
        if self.case.stage != Stage::Dispatched {
            return;
        }
        let parts: Vec<(UnitId, bool)> =
            self.case.assignments.iter().map(|part| (part.unit.clone(), part.lead)).collect();
        let worker = self.somebody();
        for (unit, _) in &parts {
            self.give(&worker, &Command::Receive { unit: unit.clone() });
        }
        for (unit, _) in parts.iter().filter(|(_, lead)| !lead) {
            self.give(&worker, &Command::EndAssist { unit: unit.clone(), done: true, reason: None });
        }
        let kinds = [
            EvidenceKind::Before,
            EvidenceKind::After,
            EvidenceKind::Document,
            EvidenceKind::Finding,
            EvidenceKind::Voice,
            EvidenceKind::Video,
        ];
        let evidence = kinds.map(|kind| Evidence { kind, file: SmolStr::new_static("0") }).to_vec();
        self.give(&worker, &Command::Finish { outcome: Outcome::Solved, reason: None, evidence });
    }

    /// Who inspects and who calls back, where somebody has to.
    fn check(&mut self) -> (Option<UnitId>, Option<UnitId>) {
        let asked = self.question;
        let needs = asked.rules.needs(StepName::Inspect, Some(&asked.matter), asked.source, asked.urgency);
        let mut inspects = None;
        if self.case.stage == Stage::Inspecting {
            inspects = needs.then(|| self.case.custodian.clone());
            // Without an auditor's nominee a barred unit cannot pass; the stand-in for the nominee is nobody's member.
            if needs && !self.case.wants_nominee {
                let actor = self.somebody();
                self.give(&actor, &Command::Pass { words: None });
            }
        }
        let calls = self.case.stage == Stage::CallingBack;
        (inspects, calls.then(|| self.case.custodian.clone()))
    }

    fn in_order(&mut self) -> Vec<(Clock, Vec<Ahead>)> {
        let caught = std::mem::take(&mut self.clocks);
        let place = |clock: &Clock| SHOWN.iter().position(|shown| shown(&clock.of));
        let mut shown: Vec<_> = caught.into_iter().filter_map(|it| Some((place(&it.0)?, it))).collect();
        // Stable: units keep the order lead, then assists.
        shown.sort_by_key(|(place, _)| *place);
        shown.into_iter().map(|(_, it)| it).collect()
    }
}
