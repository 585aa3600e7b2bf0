//! What the API shows of a case: one shape for lists, one for a single case, with moments as text and words opened.
//!
//! Owns the output structs that several endpoints share. Refuses sealed words: they are opened here or are null.

use huying_model::{
    Case, Instant,
    case::{Assignment, Bond, CallState, Callback, HelpCall, Part, Request},
    clock::Clock,
    stage::Stage,
};
use huying_store::{Line, Page, Texts};
use serde::{Serialize, Serializer};
use smol_str::SmolStr;
use utoipa::ToSchema;

/// A moment in UTC, RFC 3339, such as `2026-05-01T08:00:00Z`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-05-01T08:00:00Z")]
pub struct Moment(pub Instant);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

/// One page of a list.
#[derive(Serialize, ToSchema)]
pub struct Paged<T: ToSchema> {
    pub items: Vec<T>,
    /// Send it as `cursor` with the same filters to get the next page; null on the last one.
    pub next: Option<String>,
}

impl<T: ToSchema> Paged<T> {
    pub fn of<F>(page: Page<F>, shape: impl FnMut(F) -> T) -> Paged<T> {
        Paged { items: page.items.into_iter().map(shape).collect(), next: page.next }
    }
}

/// A case as lists show it.
#[derive(Serialize, ToSchema)]
pub struct CaseLine {
    /// 32 hexadecimal digits.
    pub id: String,
    /// What people say on the telephone.
    #[schema(value_type = String)]
    pub number: SmolStr,
    /// Null where none was given, or its key was destroyed.
    pub title: Option<String>,
    /// One of the stages of GET /api/v1/words.
    #[schema(value_type = String)]
    pub stage: SmolStr,
    /// Code of the smallest known area; null where the place is unknown.
    #[schema(value_type = Option<String>)]
    pub area: Option<SmolStr>,
    #[schema(value_type = Option<String>)]
    pub matter: Option<SmolStr>,
    #[schema(value_type = String)]
    pub source: SmolStr,
    #[schema(value_type = String)]
    pub urgency: SmolStr,
    pub received_at: Moment,
    /// When the promise (before filing, the intake) ends; null while it is paused.
    pub due: Option<Moment>,
    #[schema(value_type = Option<String>)]
    pub lead: Option<SmolStr>,
    /// The unit that must act next.
    #[schema(value_type = String)]
    pub custodian: SmolStr,
}

impl From<Line> for CaseLine {
    fn from(line: Line) -> CaseLine {
        CaseLine {
            id: line.case.to_string(),
            number: line.number,
            title: line.title,
            stage: line.stage,
            area: line.area,
            matter: line.matter,
            source: line.source,
            urgency: line.urgency,
            received_at: Moment(line.received_at),
            due: line.due.map(Moment),
            lead: line.lead,
            custodian: line.custodian,
        }
    }
}

/// Where it is.
#[derive(Serialize, ToSchema)]
pub struct PlaceShown {
    /// Degrees, CGCS2000/WGS-84; in a dispute the cell's for who does not work on it.
    pub lon: Option<f64>,
    pub lat: Option<f64>,
    #[schema(value_type = Option<String>)]
    pub area: Option<SmolStr>,
    #[schema(value_type = Vec<String>)]
    pub overlays: Vec<SmolStr>,
}

/// One unit's part (派件).
#[derive(Serialize, ToSchema)]
pub struct AssignmentShown {
    #[schema(value_type = String)]
    pub unit: SmolStr,
    pub lead: bool,
    /// `sent`, `received`, `done` or `ended`.
    pub part: &'static str,
    #[schema(value_type = Option<String>)]
    pub external: Option<SmolStr>,
    #[schema(value_type = Option<String>)]
    pub officer: Option<SmolStr>,
    #[schema(value_type = Vec<String>)]
    pub co_officers: Vec<SmolStr>,
    pub arrived: bool,
}

/// A running or paused limit.
#[derive(Serialize, ToSchema)]
pub struct ClockShown {
    /// What it waits for, such as `promise` or `receive`.
    pub of: &'static str,
    /// The unit whose part it times.
    #[schema(value_type = Option<String>)]
    pub unit: Option<SmolStr>,
    pub started: Moment,
    /// When it ends; while it is paused, when it would have ended.
    pub due: Moment,
    pub paused: bool,
    /// It passes the last published holiday year.
    pub provisional: bool,
}

/// A call for help (呼).
#[derive(Serialize, ToSchema)]
pub struct CallShown {
    pub no: u16,
    #[schema(value_type = String)]
    pub caller: SmolStr,
    #[schema(value_type = String)]
    pub callee: SmolStr,
    /// `open`, `answered` or `ended`.
    pub state: &'static str,
    pub stars: Option<u8>,
}

/// A request that waits (申请).
#[derive(Serialize, ToSchema)]
pub struct RequestShown {
    pub no: u16,
    /// `extension`, `suspension` or `exemption`.
    pub kind: &'static str,
    #[schema(value_type = String)]
    pub unit: SmolStr,
    /// The unit that decides it.
    #[schema(value_type = String)]
    pub approver: SmolStr,
    pub until: Option<Moment>,
}

/// How calling a reporter back went.
#[derive(Serialize, ToSchema)]
pub struct CallbackShown {
    pub case: String,
    pub reporter: u16,
    pub attempts: u8,
    pub reached: bool,
    pub solved: Option<bool>,
    pub satisfied: Option<bool>,
}

/// A case that hangs on this one, or that it hangs on.
#[derive(Serialize, ToSchema)]
pub struct BondShown {
    pub case: String,
    /// `merged` or `split`.
    pub bond: &'static str,
    pub open: bool,
}

/// Everything that is known of a case now.
#[derive(Serialize, ToSchema)]
pub struct CaseShown {
    pub id: String,
    #[schema(value_type = String)]
    pub number: SmolStr,
    /// How many entries its journal has; also the ETag.
    pub version: u32,
    pub stage: &'static str,
    pub open: bool,
    #[schema(value_type = String)]
    pub custodian: SmolStr,
    /// The dispatching centre.
    #[schema(value_type = String)]
    pub centre: SmolStr,
    #[schema(value_type = String)]
    pub kind: serde_json::Value,
    pub source: &'static str,
    #[schema(value_type = String)]
    pub urgency: serde_json::Value,
    pub hazard: bool,
    pub place: PlaceShown,
    #[schema(value_type = Option<String>)]
    pub matter: Option<SmolStr>,
    pub condition: Option<u16>,
    /// The version of the rules it is pinned to since it was filed.
    #[schema(value_type = Option<String>)]
    pub policy: Option<SmolStr>,
    pub title: Option<String>,
    pub text: Option<String>,
    pub address: Option<String>,
    /// What was answered to the questions of the matter, a line for each.
    pub answers: Option<String>,
    pub received_at: Moment,
    pub filed_at: Option<Moment>,
    pub closed_at: Option<Moment>,
    /// How many people reported it and have not withdrawn.
    pub reporters: usize,
    pub assignments: Vec<AssignmentShown>,
    pub clocks: Vec<ClockShown>,
    pub calls: Vec<CallShown>,
    pub requests: Vec<RequestShown>,
    pub callbacks: Vec<CallbackShown>,
    /// The centre whose leader has it in the queue.
    #[schema(value_type = Option<String>)]
    pub attention: Option<SmolStr>,
    pub parent: Option<BondShown>,
    pub children: Vec<BondShown>,
    pub suspended_until: Option<Moment>,
    pub difficult: bool,
    pub last_word: bool,
    /// The outcome that was proposed or reached.
    #[schema(value_type = Option<String>)]
    pub outcome: Option<serde_json::Value>,
    #[schema(value_type = Vec<String>)]
    pub milestones: Vec<SmolStr>,
}

fn code(value: impl Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn degrees(e7: Option<i32>) -> Option<f64> {
    e7.map(|e7| f64::from(e7) / 1e7)
}

impl AssignmentShown {
    fn of(part: &Assignment) -> AssignmentShown {
        AssignmentShown {
            unit: part.unit.0.clone(),
            lead: part.lead,
            part: match part.part {
                Part::Sent => "sent",
                Part::Received => "received",
                Part::Done => "done",
                Part::Ended => "ended",
            },
            external: part.external.as_ref().map(|unit| unit.0.clone()),
            officer: part.officer.as_ref().map(|member| member.0.clone()),
            co_officers: part.co_officers.iter().map(|member| member.0.clone()).collect(),
            arrived: part.arrived,
        }
    }
}

impl ClockShown {
    fn of(clock: &Clock) -> ClockShown {
        ClockShown {
            of: clock.of.kind().code(),
            unit: clock.of.unit().map(|unit| unit.0.clone()),
            started: Moment(clock.started),
            due: Moment(clock.due),
            paused: !clock.runs(),
            provisional: clock.provisional,
        }
    }
}

impl CallShown {
    fn of(call: &HelpCall) -> CallShown {
        CallShown {
            no: call.no,
            caller: call.caller.0.clone(),
            callee: call.callee.0.clone(),
            state: match call.state {
                CallState::Open => "open",
                CallState::Answered => "answered",
                CallState::Ended => "ended",
            },
            stars: call.stars,
        }
    }
}

impl RequestShown {
    fn of(request: &Request) -> RequestShown {
        use huying_model::case::RequestKind as Kind;
        RequestShown {
            no: request.no,
            kind: match request.kind {
                Kind::Extension => "extension",
                Kind::Suspension => "suspension",
                Kind::Exemption => "exemption",
            },
            unit: request.unit.0.clone(),
            approver: request.approver.0.clone(),
            until: request.until.map(Moment),
        }
    }
}

impl CallbackShown {
    fn of(callback: &Callback) -> CallbackShown {
        CallbackShown {
            case: callback.case.to_string(),
            reporter: callback.reporter,
            attempts: callback.attempts,
            reached: callback.reached,
            solved: callback.solved,
            satisfied: callback.satisfied,
        }
    }
}

fn bond(bond: Bond) -> &'static str {
    match bond {
        Bond::Merged => "merged",
        Bond::Split => "split",
    }
}

impl CaseShown {
    /// The case with its words in the clear.
    pub fn of(case: &Case, texts: Texts) -> CaseShown {
        CaseShown {
            id: case.id.to_string(),
            number: case.number.clone(),
            version: case.version,
            stage: Stage::code(case.stage),
            open: case.is_open(),
            custodian: case.custodian.0.clone(),
            centre: case.centre.0.clone(),
            kind: code(case.kind),
            source: case.source.code(),
            urgency: code(case.urgency),
            hazard: case.hazard,
            place: PlaceShown {
                lon: degrees(case.place.lon_e7),
                lat: degrees(case.place.lat_e7),
                area: case.place.area.as_ref().map(|area| area.0.clone()),
                overlays: case.place.overlays.iter().map(|area| area.0.clone()).collect(),
            },
            matter: case.matter.as_ref().map(|matter| matter.0.clone()),
            condition: case.condition,
            policy: case.policy.as_ref().map(|policy| policy.0.clone()),
            title: texts.title,
            text: texts.text,
            address: texts.address,
            answers: texts.answers,
            received_at: Moment(case.received_at),
            filed_at: case.filed_at.map(Moment),
            closed_at: case.closed_at.map(Moment),
            reporters: case.reporters.iter().filter(|reporter| !reporter.withdrawn).count(),
            assignments: case.assignments.iter().map(AssignmentShown::of).collect(),
            clocks: case.clocks.iter().map(ClockShown::of).collect(),
            calls: case.calls.iter().map(CallShown::of).collect(),
            requests: case.requests.iter().map(RequestShown::of).collect(),
            callbacks: case.callbacks.iter().map(CallbackShown::of).collect(),
            attention: case.attention.as_ref().map(|item| item.unit.0.clone()),
            parent: case.parent.as_ref().map(|parent| BondShown {
                case: parent.case.to_string(),
                bond: bond(parent.bond),
                open: true,
            }),
            children: case
                .children
                .iter()
                .map(|child| BondShown {
                    case: child.case.to_string(),
                    bond: bond(child.bond),
                    open: child.open,
                })
                .collect(),
            suspended_until: case.suspended_until.map(Moment),
            difficult: case.difficult.is_some(),
            last_word: case.last_word,
            outcome: case.ending.as_ref().map(|ending| code(ending.outcome)),
            milestones: case.milestones.clone(),
        }
    }
}
