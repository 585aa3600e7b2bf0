//! A small city for tests: cases with hand-made events, so that the store is tested without the rules of the model.
#![allow(dead_code, reason = "each test binary uses its own part of it")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[macro_use]
pub mod place;

use std::path::Path;

use huying_model::{
    AreaCode, CaseId, Event, MatterCode, Refusal, Stage, UnitId,
    actor::By,
    calendar::Limit,
    case::Place,
    clock::{Clock, ClockChange, Timer},
    command::Report,
    event::{Body, Move, Times},
    time::Instant,
    words::Sealed,
};
use huying_store::{
    CommitError, Decider, Key, Known, Lane, NewKey, Options, Receipt, RootKey, Seals, Store, TenantId,
    Verdict, Work, case_key,
};

pub const TENANT: TenantId = TenantId(1);
pub const T0: i64 = 1_764_000_000_000;

/// A decider made of a function.
pub struct Does<F>(pub CaseId, pub F);

impl<F: FnMut(&dyn Known) -> Result<Verdict, Refusal> + Send> Decider for Does<F> {
    fn case(&self) -> CaseId {
        self.0
    }
    fn decide(&mut self, known: &dyn Known) -> Result<Verdict, Refusal> {
        (self.1)(known)
    }
}

pub fn options(dir: &Path) -> Options {
    Options::new(RootKey::File(dir.join("seal.key")))
}

pub fn id(no: u64) -> CaseId {
    CaseId((u128::from(no) << 80) | 0x7000_8000_0000_0000_0000)
}

pub fn event(at: i64, body: Body, to: Option<(Stage, &str)>, clocks: Vec<ClockChange>) -> Event {
    Event {
        v: 1,
        by: By::System,
        times: Times::at(Instant(at)),
        body,
        to: to.map(|(stage, unit)| Move { stage, custodian: UnitId::new(unit) }),
        clocks,
        attention: None,
        tell: Vec::new(),
    }
}

pub fn clock(of: Timer, started: i64, due: i64) -> Clock {
    let limit = Limit::emergency(60);
    Clock {
        of,
        limit,
        moved: false,
        laid: None,
        started: Instant(started),
        due: Instant(due),
        provisional: false,
        paused: None,
        fired: 0,
        next: Some(Instant(due)),
    }
}

/// What a test says of a new case.
#[derive(Clone)]
pub struct Told {
    pub no: u64,
    pub title: String,
    pub text: String,
    pub area: &'static str,
    pub unit: &'static str,
    pub at: i64,
    pub lon: i32,
    pub lat: i32,
}

pub fn told(no: u64) -> Told {
    Told {
        no,
        title: format!("路灯不亮 {no}"),
        text: format!("三号楼门口的路灯坏了两天，晚上看不清台阶，请尽快派人维修。Lamp {no} is broken."),
        area: "500105001001001",
        unit: "centre-a",
        at: T0 + no as i64 * 1000,
        lon: 1_065_000_000 + no as i32,
        lat: 295_000_000,
    }
}

pub fn reported(seals: &Seals, told: &Told) -> (Event, NewKey) {
    let case = id(told.no);
    let key = seals.new_case_key(case).expect("a key");
    let seal = |text: &str| Some(seals.seal(&key.name, text).expect("sealed"));
    let report = Report {
        number: format!("T-{:06}", told.no).into(),
        place: Place {
            lon_e7: Some(told.lon),
            lat_e7: Some(told.lat),
            area: Some(AreaCode::new(told.area)),
            ..Place::default()
        },
        matter: Some(MatterCode::new("works/lamps/dark")),
        condition: Some(1),
        title: seal(&told.title),
        text: seal(&told.text),
        address: seal("幸福路12号"),
        ..Report::default()
    };
    let start = ClockChange::Start(clock(Timer::Intake, told.at, told.at + 3_600_000));
    let body = Body::Reported { report: Box::new(report), centre: UnitId::new(told.unit) };
    (event(told.at, body, Some((Stage::Reported, told.unit)), vec![start]), key)
}

/// A command that reports a new case.
pub fn report_work(store: &Store, told: &Told) -> Work {
    report_work_of(store, TENANT, told)
}

pub fn report_work_of(store: &Store, tenant: TenantId, told: &Told) -> Work {
    let (event, key) = reported(&store.seals(tenant), told);
    let case = id(told.no);
    let decider = Does(case, move |known: &dyn Known| {
        if known.case(case).is_some() {
            Err(Refusal::AlreadyBegun)
        } else {
            Ok(Verdict::Events(vec![(case, vec![event.clone()])]))
        }
    });
    Work { seal_keys: vec![key], ..Work::new(tenant, Box::new(decider)) }
}

pub async fn report(store: &Store, told: &Told) -> Receipt {
    store.submit(report_work(store, told)).await.expect("reported")
}

/// A command that appends an event to a case that exists.
pub fn append_work(no: u64, event: Event) -> Work {
    let case = id(no);
    let decider = Does(case, move |known: &dyn Known| {
        if known.case(case).is_none() {
            Err(Refusal::UnknownCase)
        } else {
            Ok(Verdict::Events(vec![(case, vec![event.clone()])]))
        }
    });
    Work::new(TENANT, Box::new(decider))
}

pub fn comment(store: &Store, no: u64, at: i64, text: &str) -> Event {
    let words = store.seals(TENANT).seal(&case_key(id(no)), text).expect("sealed");
    event(at, Body::Commented { words }, None, Vec::new())
}

/// Moves a case to another stage and unit, with a fresh clock.
pub fn moved(at: i64, stage: Stage, unit: &str) -> Event {
    let start = ClockChange::Start(clock(Timer::Intake, at, at + 7_200_000));
    event(at, Body::Retimed, Some((stage, unit)), vec![start])
}

pub async fn append(store: &Store, no: u64, event: Event) -> Result<Receipt, CommitError> {
    store.submit(append_work(no, event)).await
}

pub fn key(text: &str, body: u8) -> Key {
    Key { member: "operator-1".into(), key: text.into(), body_hash: [body; 32] }
}

pub fn bulk(mut work: Work) -> Work {
    work.lane = Lane::Bulk;
    work
}

pub fn keyed(mut work: Work, key: Key) -> Work {
    work.key = Some(key);
    work
}

pub fn sealed(text: &str) -> Sealed {
    Sealed::new("unknown", text)
}
