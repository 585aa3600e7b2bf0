//! What each unit must do now, derived from a case: queues, timers and cockpits read it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    case::{CallState, Case, Part},
    clock::{Clock, Timer},
    ids::UnitId,
    time::Instant,
};

/// Why a unit has it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TodoKind {
    /// It must act next.
    Custody,
    /// It leads or assists without being custodian.
    Assignment,
    /// It was called for help.
    Call,
    /// It decides a request.
    Request,
    /// Its leader was told.
    Attention,
    /// It follows up after closing.
    Trace,
}

impl TodoKind {
    pub fn code(self) -> &'static str {
        match self {
            TodoKind::Custody => "custody",
            TodoKind::Assignment => "assignment",
            TodoKind::Call => "call",
            TodoKind::Request => "request",
            TodoKind::Attention => "attention",
            TodoKind::Trace => "trace",
        }
    }
}

/// One line of a unit's queue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Todo {
    pub unit: UnitId,
    pub kind: TodoKind,
    /// Call, request or trace number; 0 otherwise.
    pub no: u16,
    /// When the clock that times this work is due; None while it is paused.
    pub due: Option<Instant>,
    /// Its clock is paused.
    pub paused: bool,
}

fn line(unit: &UnitId, kind: TodoKind, no: u16, clocks: &[&Clock]) -> Todo {
    let first = clocks.iter().filter(|clock| clock.runs()).min_by_key(|clock| clock.due);
    Todo {
        unit: unit.clone(),
        kind,
        no,
        due: first.map(|clock| clock.due),
        paused: first.is_none() && !clocks.is_empty(),
    }
}

/// The units that have open work in a case: its custodian, and whoever has a part. What loads a unit, as facts count it.
pub fn at_work(case: &Case) -> BTreeSet<UnitId> {
    let work = |line: &Todo| matches!(line.kind, TodoKind::Custody | TodoKind::Assignment);
    todos(case).into_iter().filter(work).map(|line| line.unit).collect()
}

/// Every line that a case puts into a queue. At most one custody line; none where nothing is to be done.
pub fn todos(case: &Case) -> Vec<Todo> {
    let mut lines = Vec::new();
    let named = |of: Timer| case.clock(&of).into_iter().collect::<Vec<_>>();
    if case.is_open() {
        let own: Vec<_> = case
            .clocks
            .iter()
            .filter(|clock| match &clock.of {
                Timer::Receive(unit) | Timer::Arrive(unit) | Timer::Handle(unit) => unit == &case.custodian,
                Timer::Call(_) | Timer::Request(_) | Timer::Attend | Timer::Trace(_) | Timer::Suspension => {
                    false
                }
                _ => true,
            })
            .collect();
        lines.push(line(&case.custodian, TodoKind::Custody, 0, &own));
        for part in case.assignments.iter().filter(|part| part.part.open() && part.unit != case.custodian) {
            let of: Vec<_> = case.clocks.iter().filter(|clock| clock.of.unit() == Some(&part.unit)).collect();
            if part.part != Part::Done {
                lines.push(line(&part.unit, TodoKind::Assignment, 0, &of));
            }
        }
        for call in case.calls.iter().filter(|call| call.state == CallState::Open) {
            lines.push(line(&call.callee, TodoKind::Call, call.no, &named(Timer::Call(call.no))));
        }
        for request in &case.requests {
            lines.push(line(
                &request.approver,
                TodoKind::Request,
                request.no,
                &named(Timer::Request(request.no)),
            ));
        }
    }
    // A follow-up after closing can bring an item to a leader too.
    if let Some(item) = &case.attention {
        lines.push(line(&item.unit, TodoKind::Attention, 0, &named(Timer::Attend)));
    }
    for trace in case.traces.iter().filter(|trace| !trace.done) {
        lines.push(line(&trace.unit, TodoKind::Trace, trace.no, &named(Timer::Trace(trace.no))));
    }
    lines
}
