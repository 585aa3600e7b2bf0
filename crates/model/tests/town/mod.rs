//! A small invented town, and in [`world`] what runs commands in it.
#![allow(dead_code, reason = "each test file uses its own part of the town")]

mod world;

use std::{collections::BTreeMap, sync::Arc};

use huying_model::{
    Actor, AreaCode, CaseId, Event, Instant, LevelName, MatterCode, MemberId, Policy, PolicyVersion, Rules,
    UnitId,
    actor::{Role, Seat},
    calendar::{Calendar, CalendarSpec, Limit},
    case::Evidence,
    catalogue::{Condition, EvidenceKind, Limits, Matter, MatterKind, Outcome, Urgency},
    clock::TimerKind,
    command::{Filing, SplitPart},
    org::{Area, Member, Org, Selector, Unit, UnitKind},
    policy::{Allowances, Auto, OutcomeRule, Rung, Step, TimerRule, UrgencyRule},
    route::Route,
    words::Sealed,
};
#[allow(unused_imports, reason = "a test file that gives no commands takes the town alone")]
pub use world::World;

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

/// The event as a program wrote it that did not know these fields yet.
pub fn older(event: &Event, fields: &[&str]) -> Event {
    let mut written = serde_json::to_value(event).unwrap();
    leave_out(&mut written, fields);
    serde_json::from_value(written).unwrap()
}

fn leave_out(value: &mut serde_json::Value, fields: &[&str]) {
    match value {
        serde_json::Value::Object(map) => {
            map.retain(|key, _| !fields.contains(&key.as_str()));
            map.values_mut().for_each(|value| leave_out(value, fields));
        }
        serde_json::Value::Array(list) => list.iter_mut().for_each(|value| leave_out(value, fields)),
        _ => {}
    }
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
            rank: if role == Role::Leader { 2 } else { 0 },
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
                TimerKind::BringIn => Limit::working(240),
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
    let colour =
        |limit_percent, rank| UrgencyRule { limit_percent, rank, meeting_days: 0, follow_up_days: 0 };
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
            (Urgency::Green, colour(100, 0)),
            (Urgency::Yellow, colour(80, 1)),
            (Urgency::Red, colour(50, 2)),
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
        tracers: vec![],
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

/// A part of a split that goes by its parent's matter and place.
pub fn part(id: u128, lead: &str) -> SplitPart {
    SplitPart {
        id: CaseId(id),
        number: format!("T-{id}").into(),
        lead: unit(lead),
        matter: None,
        condition: None,
        place: None,
        title: None,
        text: None,
    }
}
