//! A small invented town and a world that runs commands in it, checking every promise after every event.
#![allow(dead_code, reason = "each test file uses its own part of the town")]

use std::{collections::BTreeMap, sync::Arc};

use huying_model::{
    Actor, AreaCode, Case, CaseId, Command, Cx, Decision, Event, Instant, LevelName, MatterCode, MemberId,
    Name, Policy, PolicyVersion, Refusal, Rules, Stage, UnitId,
    actor::{Role, Seat},
    apply::{apply, replay},
    calendar::{Calendar, CalendarSpec, Limit},
    case::Evidence,
    catalogue::{Condition, EvidenceKind, Limits, Matter, MatterKind, Outcome, Source, Urgency},
    clock::{Timer, TimerKind},
    command::{Filing, Informant, Report},
    decide::{allowed, decide},
    event::{Audience, Times},
    org::{Area, Member, Org, Selector, Unit, UnitKind},
    policy::{Allowances, Auto, OutcomeRule, Rung, Step, TimerRule, UrgencyRule},
    promise,
    route::Route,
    words::Sealed,
};

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;
/// Monday 2026-03-02 09:00 in the town's zone (UTC): a working morning.
pub const MORNING: Instant = Instant(1_772_442_000_000);

pub fn unit(id: &str) -> UnitId {
    UnitId::new(id)
}
pub fn sealed(text: &str) -> Sealed {
    Sealed::new("k", text)
}
pub fn filing(matter: &str, condition: u16) -> Filing {
    Filing { matter: MatterCode::new(matter), condition }
}
pub fn photo(kind: EvidenceKind) -> Evidence {
    Evidence { kind, file: "00ff".into() }
}

/// Every unit has a member for every role, named by both: `centre-1/dispatcher`.
pub fn member(unit: &str, role: Role) -> Actor {
    let seats = vec![Seat { unit: UnitId::new(unit), role }];
    Actor::Member { id: member_id(unit, role), seats }
}
pub fn member_id(unit: &str, role: Role) -> MemberId {
    MemberId::new(format!("{unit}/{}", role.en()))
}
pub fn reporter() -> Actor {
    Actor::Reporter { no: 0 }
}

const AREAS: &[(&str, &str, Option<&str>)] = &[
    ("D", "district", None),
    ("S1", "street", Some("D")),
    ("S2", "street", Some("D")),
    ("C1", "community", Some("S1")),
    ("C2", "community", Some("S2")),
    ("G1", "grid", Some("C1")),
    ("G2", "grid", Some("C2")),
];

const UNITS: &[(&str, UnitKind, &str, &str, Option<&str>)] = &[
    ("centre-d", UnitKind::Centre, "centre", "D", None),
    ("centre-1", UnitKind::Centre, "centre", "S1", None),
    ("centre-2", UnitKind::Centre, "centre", "S2", None),
    ("station-1", UnitKind::Station, "station", "C1", None),
    ("team-1", UnitKind::GridTeam, "grid-team", "G1", None),
    ("team-2", UnitKind::GridTeam, "grid-team", "G2", None),
    ("inspection-1", UnitKind::Station, "inspection", "S1", None),
    ("desk", UnitKind::Department, "callback", "D", None),
    ("traffic-d", UnitKind::Department, "traffic", "D", None),
    ("traffic-1", UnitKind::Post, "traffic-police", "S1", Some("traffic-d")),
    ("law-1", UnitKind::Post, "law", "S1", None),
    ("market-1", UnitKind::Post, "market", "S1", None),
    ("fire-1", UnitKind::Post, "fire", "S1", None),
    ("health-1", UnitKind::Post, "health", "S1", None),
    ("police-1", UnitKind::Post, "police", "S1", None),
    ("housing", UnitKind::Department, "housing", "D", None),
    ("planning", UnitKind::Department, "planning", "D", None),
    ("urban", UnitKind::Department, "urban", "D", None),
    ("mediation", UnitKind::Department, "mediation", "D", None),
    ("court", UnitKind::External, "court", "D", Some("mediation")),
];

fn areas(extra_streets: u8) -> Vec<Area> {
    let area = |code: &str, level: &str, parent: Option<&str>| Area {
        code: code.into(),
        name: code.into(),
        level: level.into(),
        parent: parent.map(AreaCode::from),
        from: None,
        until: None,
    };
    let extra = (0..extra_streets).map(|no| area(&format!("T{no}"), "street", Some("D")));
    AREAS.iter().map(|(code, level, parent)| area(code, level, *parent)).chain(extra).collect()
}

fn units(extra_streets: u8) -> Vec<Unit> {
    let make = |id: &str, kind, function: &str, area: &str, home: Option<&str>| Unit {
        id: id.into(),
        name: id.into(),
        kind,
        function: function.into(),
        area: area.into(),
        home: home.map(UnitId::from),
        from: None,
        until: None,
    };
    let extra = (0..extra_streets)
        .map(|no| make(&format!("centre-t{no}"), UnitKind::Centre, "centre", &format!("T{no}"), None));
    UNITS
        .iter()
        .map(|(id, kind, function, area, home)| make(id, *kind, function, area, *home))
        .chain(extra)
        .collect()
}

fn members(units: &[Unit]) -> Vec<Member> {
    let of = |unit: &Unit| {
        let unit = unit.id.clone();
        Role::ALL.map(|role| Member {
            id: member_id(unit.as_str(), role),
            name: role.zh().into(),
            seats: vec![Seat { unit: unit.clone(), role }],
        })
    };
    units.iter().flat_map(of).collect()
}

pub fn org() -> Org {
    let units = units(10);
    let members = members(&units);
    let levels = ["district", "street", "community", "grid"].map(LevelName::from).to_vec();
    Org::new(levels, areas(10), units, members).unwrap()
}

pub fn matter(code: &str, handle: Limit, promise: Limit) -> Matter {
    Matter {
        code: code.into(),
        name: code.into(),
        name_en: code.into(),
        board: "board".into(),
        track: "track".into(),
        kind: MatterKind::Problem,
        hazard: false,
        closing_level: "street".into(),
        inspect: true,
        call_back: true,
        calendar: None,
        conditions: vec![Condition {
            no: 1,
            opens_when: "there".into(),
            closes_when: "gone".into(),
            limits: Limits { handle, promise, receive: None, arrive: None },
            evidence: vec![EvidenceKind::After],
        }],
    }
}

fn matters() -> Vec<Matter> {
    let quick = |mut matter: Matter, receive: u32, arrive: Option<u32>| {
        matter.conditions[0].limits.receive = Some(Limit::emergency(receive));
        matter.conditions[0].limits.arrive = arrive.map(Limit::emergency);
        matter
    };
    let mut workshop =
        quick(matter("work/workshop", Limit::working_days(1), Limit::working_days(3)), 5, Some(30));
    workshop.hazard = true;
    let mut dispute = matter("life/dispute", Limit::working_days(5), Limit::working_days(10));
    dispute.kind = MatterKind::Dispute;
    dispute.conditions[0].evidence = vec![EvidenceKind::Document];
    let mut task = matter("task/key-work", Limit::working_days(20), Limit::calendar_days(60));
    task.kind = MatterKind::Task;
    task.call_back = false;
    task.conditions[0].evidence = vec![];
    let mut small = matter("city/litter", Limit::working(240), Limit::working_days(2));
    small.call_back = false;
    vec![
        quick(matter("city/parking", Limit::emergency(120), Limit::emergency(300)), 10, None),
        workshop,
        matter("home/staircase", Limit::working_days(10), Limit::working_days(20)),
        dispute,
        task,
        small,
    ]
}

fn timers() -> BTreeMap<TimerKind, TimerRule> {
    let ladder = || {
        vec![
            Step { after: Limit::emergency(0), tell: Rung::Unit },
            Step { after: Limit::emergency(10), tell: Rung::Leader },
        ]
    };
    let rule = |limit, ladder| TimerRule { limit, warn_percent: 0, ladder };
    TimerKind::ALL
        .into_iter()
        .map(|kind| {
            let limit = match kind {
                TimerKind::Intake => Limit::working(120),
                TimerKind::Promise => Limit::working_days(10),
                TimerKind::Receive => Limit::emergency(30),
                TimerKind::Dispatch => Limit::emergency(30),
                TimerKind::Call => Limit::emergency(15),
                TimerKind::Attend => Limit::emergency(60),
                TimerKind::Meeting => Limit::working_days(3),
                _ => Limit::working(240),
            };
            let quiet = matches!(
                kind,
                TimerKind::Suspension
                    | TimerKind::Ask
                    | TimerKind::Call
                    | TimerKind::Request
                    | TimerKind::Attend
            );
            (kind, rule(limit, if quiet { vec![] } else { ladder() }))
        })
        .collect()
}

pub fn calendar() -> Arc<Calendar> {
    let spec: CalendarSpec = serde_json::from_value(serde_json::json!({
        "zone": "UTC",
        "hours": ["08:00-12:00", "14:00-18:00"],
        "weekend": ["sat", "sun"],
    }))
    .unwrap();
    Arc::new(Calendar::new(&spec, &[]).unwrap())
}

pub fn outcomes() -> Vec<OutcomeRule> {
    Outcome::ALL
        .into_iter()
        .map(|outcome| {
            let (level, evidence) = match outcome {
                Outcome::Solved | Outcome::Answered => ("grid", vec![]),
                Outcome::NotFound => ("street", vec![EvidenceKind::Finding]),
                Outcome::HandedOver => ("district", vec![]),
                _ => ("street", vec![]),
            };
            OutcomeRule { outcome, level: level.into(), evidence }
        })
        .collect()
}

pub fn rules() -> Rules {
    let select = |text: &str| Selector::parse(text).unwrap();
    let route = |id: &str, matter: &str, lead: &str, assists: &[&str]| Route {
        id: id.into(),
        matter: matter.into(),
        overlay: None,
        area: None,
        level: None,
        source: None,
        urgency: None,
        period: None,
        lead: select(lead),
        assists: assists.iter().map(|text| select(text)).collect(),
        limits: None,
        closing_level: None,
    };
    let percent = |limit_percent| UrgencyRule { limit_percent, rank: 1, meeting_days: 15, follow_up_days: 0 };
    Rules {
        version: PolicyVersion::new("town-1"),
        from: Instant(0),
        matters: matters().into_iter().map(|matter| (matter.code.clone(), matter)).collect(),
        routes: vec![
            route("R-1", "city/parking", "traffic-police@street", &[]),
            route(
                "R-2",
                "work/workshop",
                "law@street",
                &["market@street", "fire@street", "health@street", "grid-team@grid"],
            ),
            route("R-3", "life/dispute", "mediation@district", &["police@street"]),
            route("R-4", "city/*", "law@street", &[]),
            route("R-5", "home/*", "housing@district", &[]),
        ],
        allowances: Allowances::default(),
        timers: timers(),
        urgency: BTreeMap::from([
            (Urgency::Green, percent(100)),
            (Urgency::Yellow, percent(80)),
            (Urgency::Red, percent(50)),
        ]),
        outcomes: outcomes(),
        auto: vec![Auto { matter: "city/parking".into(), source: None, file: true, dispatch: true }],
        indicators: Vec::new(),
        admissions: Arc::default(),
        order: None,
        steps: Vec::new(),
        dispatch_level: "street".into(),
        verifiers: vec![select("grid-team@grid")],
        inspectors: vec![select("inspection@street")],
        callers_back: vec![select("callback@district")],
        fallback: select("urban@district"),
        call_ladder: ["station@community", "centre@street", "urban@district", "centre@district"]
            .map(select)
            .to_vec(),
        suspension: Limit::calendar_days(60),
        reopen_days: 30,
        objection_days: 10,
        rating_days: 30,
        skew_ms: 2 * MINUTE,
        calendars: BTreeMap::from([("town".into(), calendar())]),
        calendar: "town".into(),
    }
}

pub fn policy() -> Policy {
    Policy::new(org(), rules()).unwrap()
}

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
