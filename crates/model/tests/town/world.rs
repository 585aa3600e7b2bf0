//! A world that runs commands in the town, checking every promise after every event.

use std::{collections::BTreeMap, sync::Arc};

use huying_model::{
    Actor, AreaCode, Case, CaseId, Command, Cx, Decision, Event, Instant, MatterCode, Name, Policy, Refusal,
    Stage,
    actor::Role,
    apply::{apply, replay},
    catalogue::{EvidenceKind, Outcome, Source},
    clock::Timer,
    command::{Informant, Report},
    decide::{allowed, decide},
    event::{Audience, Times},
    promise,
};

use super::{MORNING, filing, member, photo, reporter, unit};

/// Cases, their journals, and a moment; every command goes through `decide`, every event through every promise.
#[derive(Clone)]
pub struct World {
    pub policy: Arc<Policy>,
    pub now: Instant,
    pub cases: BTreeMap<CaseId, Case>,
    pub journal: BTreeMap<CaseId, Vec<Event>>,
}

impl World {
    pub fn new(policy: Policy) -> World {
        World { policy: Arc::new(policy), now: MORNING, cases: BTreeMap::new(), journal: BTreeMap::new() }
    }
    pub fn case(&self, id: u128) -> &Case {
        &self.cases[&CaseId(id)]
    }
    pub fn wait(&mut self, ms: i64) {
        self.now = self.now.plus_ms(ms);
    }
    pub fn try_give(&mut self, id: u128, actor: &Actor, command: Command) -> Result<Vec<Event>, Refusal> {
        self.try_at(id, actor, command, Times::at(self.now))
    }
    pub fn try_at(
        &mut self,
        id: u128,
        actor: &Actor,
        command: Command,
        times: Times,
    ) -> Result<Vec<Event>, Refusal> {
        // All or nothing, like the committer: a refused cascade leaves everything as it was.
        let mut next = self.clone();
        let events = next.run(CaseId(id), actor, &command, times)?;
        *self = next;
        Ok(events)
    }
    pub fn give(&mut self, id: u128, actor: &Actor, command: Command) -> Vec<Event> {
        let name = command.name();
        let stage = self.cases.get(&CaseId(id)).map(|case| case.stage);
        self.try_give(id, actor, command).unwrap_or_else(|refusal| {
            panic!("{name:?} in {stage:?} was refused: {}: {refusal}", refusal.code())
        })
    }
    fn run(
        &mut self,
        id: CaseId,
        actor: &Actor,
        command: &Command,
        times: Times,
    ) -> Result<Vec<Event>, Refusal> {
        let case = self.cases.get(&id).cloned().unwrap_or_else(|| Case::blank(id));
        let cases = self.cases.clone();
        let related = move |id: CaseId| cases.get(&id).cloned();
        let cx = Cx { policy: &self.policy, actor, times, related: &related };
        let Decision { events, also } = decide(&cx, &case, command)?;
        for event in &events {
            self.fold(id, event);
        }
        for (other, command) in also {
            self.run(other, &Actor::System, &command, times)?;
        }
        Ok(events)
    }
    fn fold(&mut self, id: CaseId, event: &Event) {
        let case = self.cases.entry(id).or_insert_with(|| Case::blank(id));
        let mut breaches = promise::of_step(&self.policy, case, event);
        apply(case, event);
        breaches.extend(promise::of_case(&self.policy, case, self.now));
        let journal = self.journal.entry(id).or_default();
        let stored: Event = serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap();
        assert_eq!(&stored, event, "an event reads back as it was written");
        journal.push(stored);
        assert_eq!(&replay(id, journal.iter()), &self.cases[&id], "promise 6: the journal replays");
        assert!(breaches.is_empty(), "after {:?}: {breaches:?}", event.body);
    }
    /// Lets time pass, firing every clock on its instant.
    pub fn until(&mut self, at: Instant) {
        while let Some((due, id)) = self.next_due().filter(|(due, _)| *due <= at) {
            self.now = self.now.max(due);
            self.give(id.0, &Actor::System, Command::Tick);
        }
        self.now = at;
    }
    pub fn pass(&mut self, ms: i64) {
        self.until(self.now.plus_ms(ms));
    }
    pub fn next_due(&self) -> Option<(Instant, CaseId)> {
        self.cases.values().filter_map(|case| case.next_step().map(|(at, _)| (at, case.id))).min()
    }
    pub fn allowed(&self, id: u128, actor: &Actor) -> Vec<Name> {
        let cases = self.cases.clone();
        let related = move |id: CaseId| cases.get(&id).cloned();
        let cx = Cx { policy: &self.policy, actor, times: Times::at(self.now), related: &related };
        allowed(&cx, self.case(id))
    }
    pub fn report(&mut self, id: u128, source: Source, area: Option<&str>, matter: &str) {
        let mut report = Report { number: format!("T-{id}").into(), source, ..Report::default() };
        report.place.area = area.map(AreaCode::from);
        report.matter = (!matter.is_empty()).then(|| MatterCode::new(matter));
        report.condition = report.matter.as_ref().map(|_| 1);
        report.reporters = vec![Informant { reachable: true, name: None, contact: None }];
        let actor =
            if source == Source::GridWorker { member("team-1", Role::GridWorker) } else { reporter() };
        self.give(id, &actor, Command::Report { report: Box::new(report) });
    }
    pub fn file(&mut self, id: u128, matter: &str) {
        let unit = self.case(id).custodian.clone();
        let actor = member(unit.as_str(), Role::Acceptor);
        self.give(id, &actor, Command::File { filing: filing(matter, 1), urgency: None });
    }
    pub fn dispatch(&mut self, id: u128, lead: &str, assists: &[&str]) {
        let centre = self.case(id).custodian.clone();
        let assists = assists.iter().map(|id| unit(id)).collect();
        let command = Command::Dispatch { lead: unit(lead), assists, routing: None };
        self.give(id, &member(centre.as_str(), Role::Dispatcher), command);
    }
    /// The staircase: filed, sent to housing and received there.
    pub fn staircase(source: Source) -> World {
        let mut world = World::new(super::policy());
        world.report(1, source, Some("G1"), "home/staircase");
        world.file(1, "home/staircase");
        world.dispatch(1, "housing", &[]);
        world.receive(1, "housing");
        world
    }
    pub fn receive(&mut self, id: u128, by: &str) {
        self.give(id, &member(by, Role::Handler), Command::Receive { unit: unit(by) });
    }
    pub fn finish(&mut self, id: u128) {
        let lead = self.case(id).lead_unit().unwrap().clone();
        let evidence = vec![photo(EvidenceKind::After), photo(EvidenceKind::Document)];
        let command = Command::Finish { outcome: Outcome::Solved, reason: None, evidence };
        self.give(id, &member(lead.as_str(), Role::Handler), command);
    }
    pub fn pass_inspection(&mut self, id: u128) {
        let unit = self.case(id).custodian.clone();
        self.give(id, &member(unit.as_str(), Role::Inspector), Command::Pass { words: None });
    }
    pub fn call_back(&mut self, id: u128, of: u128, solved: bool) {
        let desk = self.case(id).custodian.clone();
        let command = Command::RecordCallback {
            case: CaseId(of),
            reporter: 0,
            reached: true,
            solved: Some(solved),
            satisfied: Some(solved),
            words: None,
        };
        self.give(id, &member(desk.as_str(), Role::CallerBack), command);
    }
    pub fn close(&mut self, id: u128) {
        let desk = self.case(id).custodian.clone();
        self.give(id, &member(desk.as_str(), Role::CallerBack), Command::Close { words: None });
    }
    /// From Handling to Closed by the usual way.
    pub fn complete(&mut self, id: u128) {
        self.finish(id);
        self.pass_inspection(id);
        if self.case(id).stage == Stage::CallingBack {
            self.call_back(id, id, true);
            self.close(id);
        }
    }
    pub fn due(&self, id: u128, of: &Timer) -> Option<i64> {
        self.case(id).clock(of).map(|clock| clock.due.minus(self.now))
    }
    pub fn told(&self, id: u128, to: &Audience, template: &str) -> bool {
        let events = &self.journal[&CaseId(id)];
        events
            .iter()
            .flat_map(|event| &event.tell)
            .any(|notice| &notice.to == to && notice.template == template)
    }
}
