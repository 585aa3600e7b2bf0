//! A clock of a case: a running limit on a business calendar, computed once and never counted down.

use serde::{Deserialize, Serialize};

use crate::{
    calendar::{Calendar, Due, Left, Limit},
    ids::UnitId,
    time::Instant,
};

/// What a clock waits for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timer {
    /// From the first receipt, over Reported and Verifying; reset by nothing.
    Intake,
    /// From filing to closing (办结时限).
    Promise,
    Verify,
    Dispatch,
    /// In place of Dispatch where a grid team could not solve it: others are brought in.
    BringIn,
    Receive(UnitId),
    Arrive(UnitId),
    Handle(UnitId),
    Inspect,
    CallBack,
    /// The level above judges an objection.
    Judge,
    Call(u16),
    Request(u16),
    /// The reporter was asked (待补充).
    Ask,
    Suspension,
    Meeting,
    /// A leader was told and has to acknowledge, then to follow up.
    Attend,
    /// A to-do after closing (跟踪).
    Trace(u16),
}

impl Timer {
    /// The ladder and the default limit are named by this.
    pub fn kind(&self) -> TimerKind {
        match self {
            Timer::Intake => TimerKind::Intake,
            Timer::Promise => TimerKind::Promise,
            Timer::Verify => TimerKind::Verify,
            Timer::Dispatch => TimerKind::Dispatch,
            Timer::BringIn => TimerKind::BringIn,
            Timer::Receive(_) => TimerKind::Receive,
            Timer::Arrive(_) => TimerKind::Arrive,
            Timer::Handle(_) => TimerKind::Handle,
            Timer::Inspect => TimerKind::Inspect,
            Timer::CallBack => TimerKind::CallBack,
            Timer::Judge => TimerKind::Judge,
            Timer::Call(_) => TimerKind::Call,
            Timer::Request(_) => TimerKind::Request,
            Timer::Ask => TimerKind::Ask,
            Timer::Suspension => TimerKind::Suspension,
            Timer::Meeting => TimerKind::Meeting,
            Timer::Attend => TimerKind::Attend,
            Timer::Trace(_) => TimerKind::Trace,
        }
    }
    /// The same clock once `to` has taken over what `from` had.
    pub fn handed(&self, from: &UnitId, to: &UnitId) -> Timer {
        match self {
            Timer::Receive(unit) if unit == from => Timer::Receive(to.clone()),
            Timer::Arrive(unit) if unit == from => Timer::Arrive(to.clone()),
            Timer::Handle(unit) if unit == from => Timer::Handle(to.clone()),
            other => other.clone(),
        }
    }
    /// The unit whose work it times, where it belongs to one assignment.
    pub fn unit(&self) -> Option<&UnitId> {
        match self {
            Timer::Receive(unit) | Timer::Arrive(unit) | Timer::Handle(unit) => Some(unit),
            _ => None,
        }
    }
}

/// The kinds of [`Timer`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerKind {
    Intake,
    Promise,
    Verify,
    Dispatch,
    BringIn,
    Receive,
    Arrive,
    Handle,
    Inspect,
    CallBack,
    Judge,
    Call,
    Request,
    Ask,
    Suspension,
    Meeting,
    Attend,
    Trace,
}

impl TimerKind {
    pub const ALL: [TimerKind; 18] = [
        TimerKind::Intake,
        TimerKind::Promise,
        TimerKind::Verify,
        TimerKind::Dispatch,
        TimerKind::BringIn,
        TimerKind::Receive,
        TimerKind::Arrive,
        TimerKind::Handle,
        TimerKind::Inspect,
        TimerKind::CallBack,
        TimerKind::Judge,
        TimerKind::Call,
        TimerKind::Request,
        TimerKind::Ask,
        TimerKind::Suspension,
        TimerKind::Meeting,
        TimerKind::Attend,
        TimerKind::Trace,
    ];
    pub fn code(self) -> &'static str {
        match self {
            TimerKind::Intake => "intake",
            TimerKind::Promise => "promise",
            TimerKind::Verify => "verify",
            TimerKind::Dispatch => "dispatch",
            TimerKind::BringIn => "bring_in",
            TimerKind::Receive => "receive",
            TimerKind::Arrive => "arrive",
            TimerKind::Handle => "handle",
            TimerKind::Inspect => "inspect",
            TimerKind::CallBack => "call_back",
            TimerKind::Judge => "judge",
            TimerKind::Call => "call",
            TimerKind::Request => "request",
            TimerKind::Ask => "ask",
            TimerKind::Suspension => "suspension",
            TimerKind::Meeting => "meeting",
            TimerKind::Attend => "attend",
            TimerKind::Trace => "trace",
        }
    }
    pub fn zh(self) -> &'static str {
        match self {
            TimerKind::Intake => "受理时限",
            TimerKind::Promise => "办结时限",
            TimerKind::Verify => "核实时限",
            TimerKind::Dispatch => "派遣时限",
            TimerKind::BringIn => "双报时限",
            TimerKind::Receive => "签收时限",
            TimerKind::Arrive => "到场时限",
            TimerKind::Handle => "处置时限",
            TimerKind::Inspect => "核查时限",
            TimerKind::CallBack => "回访时限",
            TimerKind::Judge => "异议裁定时限",
            TimerKind::Call => "应答时限",
            TimerKind::Request => "审批时限",
            TimerKind::Ask => "待补充时限",
            TimerKind::Suspension => "挂起期限",
            TimerKind::Meeting => "会商时限",
            TimerKind::Attend => "领导阅处时限",
            TimerKind::Trace => "跟踪时限",
        }
    }
    pub fn en(self) -> &'static str {
        match self {
            TimerKind::Intake => "Intake",
            TimerKind::Promise => "Promise",
            TimerKind::Verify => "Verification",
            TimerKind::Dispatch => "Dispatch",
            TimerKind::BringIn => "Bringing in others",
            TimerKind::Receive => "Receipt",
            TimerKind::Arrive => "Arrival",
            TimerKind::Handle => "Handling",
            TimerKind::Inspect => "Inspection",
            TimerKind::CallBack => "Callback",
            TimerKind::Judge => "Objection",
            TimerKind::Call => "Answer",
            TimerKind::Request => "Approval",
            TimerKind::Ask => "Supplement",
            TimerKind::Suspension => "Suspension",
            TimerKind::Meeting => "Meeting",
            TimerKind::Attend => "Leader's attention",
            TimerKind::Trace => "Follow-up",
        }
    }
}

/// What a clock that was moved had left then: enough to lay it out again on another calendar.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Laid {
    pub from: Instant,
    pub left: Left,
}

/// A limit that runs, or is paused with what is left of it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Clock {
    pub of: Timer,
    /// What it goes by: the limit it began with, or the shorter one that was laid on it last.
    pub limit: Limit,
    pub started: Instant,
    /// When it ends; while paused, when it would have ended.
    pub due: Instant,
    /// Passes the last published holiday year (domain §2, Policy).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
    /// It was extended, resumed or shortened, so its start and limit no longer give its due instant.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub moved: bool,
    /// What was left when it was moved last. None where the instant is another case's promise, and in journals that
    /// are older than this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub laid: Option<Laid>,
    /// None while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Left>,
    /// How many of its steps are done: the warning first, then each rung of its ladder.
    #[serde(default)]
    pub fired: u8,
    /// When the next of its steps is due; None when it is paused or has told everybody.
    pub next: Option<Instant>,
}

impl Clock {
    pub fn runs(&self) -> bool {
        self.paused.is_none()
    }
    pub fn overdue(&self, at: Instant) -> bool {
        self.runs() && self.due <= at
    }
    /// When it is due by this calendar: by its start and limit, or by what was left when it was moved. None where
    /// neither gives it.
    pub fn due_by(&self, calendar: &Calendar) -> Option<Due> {
        match (self.moved, self.laid) {
            (false, _) => Some(calendar.due(self.started, self.limit)),
            (true, Some(Laid { from, left })) => Some(calendar.resume(from, left, self.limit.measure)),
            (true, None) => None,
        }
    }
}

/// What an event does to a case's clocks. Computed by `decide`, so that `apply` needs no calendar.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockChange {
    /// Begins, in place of an earlier one of the same name.
    Start(Clock),
    Stop(Timer),
    Pause {
        of: Timer,
        left: Left,
        /// The shorter limit it goes by from now on; absent in older journals, as for `Move`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<Limit>,
    },
    /// Runs again, or runs to another instant (extension, shorter limit, changed calendar).
    Move {
        of: Timer,
        due: Instant,
        provisional: bool,
        next: Option<Instant>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        laid: Option<Laid>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<Limit>,
    },
    /// One of its steps was taken.
    Fired {
        of: Timer,
        fired: u8,
        next: Option<Instant>,
    },
}
