//! From a case and its events to the rows that queries read. Everything here is derived: `rebuild` calls the same
//! functions and must get the same rows.
//!
//! Start with [`case_row`]; the words of an event are listed in [`spoken`].

use std::collections::BTreeSet;

use huying_model::{
    Case, Event, UnitId,
    catalogue::{MatterKind, Urgency},
    clock::Timer,
    event::Body,
    parts, public, todo,
    words::Sealed,
};
use smol_str::SmolStr;

use crate::{
    Fault, TenantId,
    write::{CaseRow, Changed, Column, NO_DUE, PartRow, PublicRow, RollupKey, RollupSum, TodoRow},
};

const DAY_MS: i64 = 86_400_000;

/// What the case row has beside the case itself: words in the clear, and the promise, which outlives its clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    pub title: Option<String>,
    pub address: Option<String>,
    /// The last known end of the promise clock.
    pub promise: Option<i64>,
}

impl Shown {
    /// Takes in an event that was just applied to `case`; `open` opens sealed words.
    pub fn take(&mut self, case: &Case, event: &Event, open: impl Fn(&Sealed) -> Option<String>) {
        if let Some(clock) = case.clock(&Timer::Promise) {
            self.promise = Some(clock.due.0);
        }
        match show(event) {
            Show::Same => {}
            Show::Both(title, address) => {
                self.title = title.and_then(&open);
                self.address = address.and_then(&open);
            }
            Show::Address(address) => self.address = address.and_then(&open),
        }
        if case.hides_words() || hushed(case) {
            self.title = None;
        }
        if case.hides_address() || hushed(case) {
            self.address = None;
        }
    }
}

/// Whether the words of a case stand in its journal alone: those of a dispute are for who works on it, and a list, a map or a
/// search cannot tell who that is. Once hushed, what was said until then stays so, whatever the case becomes.
pub fn hushed(case: &Case) -> bool {
    case.kind == MatterKind::Dispute
}

/// Where a map shows the case. Of a dispute nowhere: a window that is small enough would tell the house. Its cell is in the row.
fn point(case: &Case) -> Option<(i32, i32)> {
    let place = &case.place;
    place.lon_e7.zip(place.lat_e7).filter(|_| !hushed(case))
}

fn urgency(of: Urgency) -> &'static str {
    match of {
        Urgency::Green => "green",
        Urgency::Yellow => "yellow",
        Urgency::Red => "red",
    }
}

/// The case as it is stored.
pub fn state(case: &Case) -> Result<String, Fault> {
    serde_json::to_string(case).map_err(|why| Fault::broken("writing a case", why))
}

/// A case from its stored form.
pub fn read_state(state: &str) -> Result<Case, Fault> {
    serde_json::from_str(state).map_err(|why| Fault::broken("reading a case", why))
}

/// While a case is open, when its promise (before filing, its intake) ends, unless paused; afterwards, the promise it had.
fn due(case: &Case, shown: &Shown) -> Option<i64> {
    if !case.stage.is_open() {
        return shown.promise;
    }
    let clock = case.clock(&Timer::Promise).or_else(|| case.clock(&Timer::Intake))?;
    clock.runs().then_some(clock.due.0)
}

/// The promise of a case that is read again from its row: while it is open the row has the end of what runs, which before filing is
/// the intake's and no promise.
pub fn promise_again(case: &Case, due: Option<i64>) -> Option<i64> {
    if case.stage.is_open() { case.clock(&Timer::Promise).map(|clock| clock.due.0) } else { due }
}

/// Who leads; of a case that has ended, who led last, since what became of it is theirs.
fn lead(case: &Case) -> Option<&UnitId> {
    if case.stage.is_open() { case.lead_unit() } else { case.last_lead().map(|part| &part.unit) }
}

/// The row of a case. `was` and `changed` are the committer's to set.
pub fn case_row(tenant: TenantId, case: &Case, shown: &Shown, head: [u8; 32]) -> Result<CaseRow, Fault> {
    Ok(CaseRow {
        tenant,
        case: case.id,
        was: 0,
        version: case.version,
        number: case.number.clone(),
        stage: case.stage.code(),
        open: case.stage.is_open(),
        custodian: case.custodian.0.clone(),
        centre: case.centre.0.clone(),
        lead: lead(case).map(|unit| unit.0.clone()),
        area: case.place.area.as_ref().map(|area| area.0.clone()),
        matter: case.matter.as_ref().map(|matter| matter.0.clone()),
        source: case.source.code(),
        urgency: urgency(case.urgency),
        hazard: case.hazard,
        suspended: case.suspended(),
        received_at: case.received_at.0,
        filed_at: case.filed_at.map(|at| at.0),
        closed_at: case.closed_at.map(|at| at.0),
        due: due(case, shown),
        next_step: case.next_step().map(|(at, _)| at.0),
        lon_e7: point(case).map(|(lon, _)| i64::from(lon)),
        lat_e7: point(case).map(|(_, lat)| i64::from(lat)),
        title: shown.title.clone(),
        address: shown.address.clone(),
        component: case.component.as_ref().map(|code| code.0.clone()),
        head,
        state: state(case)?,
        changed: Changed::default(),
    })
}

/// The columns in which the row of a case differs from what it was.
pub fn changed((was, saw): (&Case, &Shown), (now, see): (&Case, &Shown)) -> Changed {
    let next_step = |case: &Case| case.next_step().map(|(at, _)| at);
    let mut changed = Changed::default();
    changed.note(Column::Stage, was.stage != now.stage);
    changed.note(Column::Custodian, was.custodian != now.custodian);
    changed.note(Column::Lead, lead(was) != lead(now));
    changed.note(Column::Suspended, was.suspended() != now.suspended());
    changed.note(Column::NextStep, next_step(was) != next_step(now));
    changed.note(Column::Number, was.number != now.number);
    changed.note(Column::Open, was.stage.is_open() != now.stage.is_open());
    changed.note(Column::Centre, was.centre != now.centre);
    changed.note(Column::Area, was.place.area != now.place.area);
    changed.note(Column::Matter, was.matter != now.matter);
    changed.note(Column::Source, was.source != now.source);
    changed.note(Column::Urgency, was.urgency != now.urgency);
    changed.note(Column::Hazard, was.hazard != now.hazard);
    changed.note(Column::ReceivedAt, was.received_at != now.received_at);
    changed.note(Column::FiledAt, was.filed_at != now.filed_at);
    changed.note(Column::ClosedAt, was.closed_at != now.closed_at);
    changed.note(Column::Due, due(was, saw) != due(now, see));
    changed.note(Column::Lon, point(was).map(|at| at.0) != point(now).map(|at| at.0));
    changed.note(Column::Lat, point(was).map(|at| at.1) != point(now).map(|at| at.1));
    changed.note(Column::Title, saw.title != see.title);
    changed.note(Column::Address, saw.address != see.address);
    changed
}

/// The lines of a case in the queues, sorted.
pub fn todos(tenant: TenantId, case: &Case) -> Vec<TodoRow> {
    if case.version == 0 {
        return Vec::new();
    }
    let line = |todo: todo::Todo| TodoRow {
        tenant,
        unit: todo.unit.0,
        due: todo.due.map_or(NO_DUE, |at| at.0),
        case: case.id,
        kind: todo.kind.code(),
        no: i64::from(todo.no),
        paused: todo.paused,
    };
    let mut lines: Vec<_> = todo::todos(case).into_iter().map(line).collect();
    lines.sort();
    // Two lines that differ in nothing but the pause would share a key; the running one stands for both.
    lines.dedup_by(|b, a| (&a.unit, a.due, a.kind, a.no) == (&b.unit, b.due, b.kind, b.no));
    lines
}

/// The units that have a part in a case before its next event.
pub fn had(case: &Case) -> BTreeSet<UnitId> {
    parts::parts(case).into_iter().cloned().collect()
}

/// The units that an event, just applied to `case`, brought to it beside those that `had` a part before.
pub fn brought(tenant: TenantId, had: &BTreeSet<UnitId>, case: &Case, event: &Event) -> Vec<PartRow> {
    let row = |unit: &UnitId| PartRow { tenant, unit: unit.0.clone(), case: case.id };
    parts::brought(case, event).into_iter().filter(|unit| !had.contains(*unit)).map(row).collect()
}

/// What lists of public cases choose it by; None before its first event.
pub fn public(tenant: TenantId, case: &Case) -> Option<PublicRow> {
    let status = match (public::hidden(case), case.stage.is_open()) {
        (true, _) => "hidden",
        (false, true) => "open",
        (false, false) => "closed",
    };
    (case.version > 0).then(|| PublicRow {
        tenant,
        received_at: case.received_at.0,
        case: case.id,
        updated_at: case.public_at.0,
        status,
        matter: case.matter.as_ref().map(|matter| matter.0.clone()),
        area: case.place.area.as_ref().map(|area| area.0.clone()),
    })
}

/// Where a case is counted, and with what; nothing before its first event.
pub fn counted(
    tenant: TenantId,
    offset_ms: i64,
    case: &Case,
    shown: &Shown,
) -> Option<(RollupKey, RollupSum)> {
    if case.version == 0 {
        return None;
    }
    let key = RollupKey {
        tenant,
        day: (case.received_at.0 + offset_ms).div_euclid(DAY_MS),
        area: case.place.area.as_ref().map_or_else(SmolStr::default, |area| area.0.clone()),
        matter: case.matter.as_ref().map_or_else(SmolStr::default, |matter| matter.0.clone()),
        source: case.source.code(),
        stage: case.stage.code(),
    };
    let ended = case.closed_at.filter(|_| !case.stage.is_open());
    let late = matches!((ended, shown.promise), (Some(end), Some(due)) if end.0 > due);
    let spent_ms = ended.map_or(0, |end| end.minus(case.received_at));
    Some((key, RollupSum { n: 1, late: i64::from(late), spent_ms }))
}

/// What an event does to the title and address in the clear.
enum Show<'a> {
    Same,
    Both(Option<&'a Sealed>, Option<&'a Sealed>),
    Address(Option<&'a Sealed>),
}

fn show(event: &Event) -> Show<'_> {
    match &event.body {
        Body::Reported { report, .. } | Body::Began { report, .. } => {
            Show::Both(report.title.as_ref(), report.address.as_ref())
        }
        Body::Relocated { address: Some(address), .. } => Show::Address(Some(address)),
        _ => Show::Same,
    }
}

/// The words of an event that are searched: titles, texts, addresses, comments, reasons; never names and contacts.
pub fn spoken(event: &Event) -> Vec<&Sealed> {
    use Body as B;
    match &event.body {
        B::Reported { report, .. } | B::Began { report, .. } => {
            [&report.title, &report.text, &report.address, &report.answers].into_iter().flatten().collect()
        }
        B::Relocated { address, .. } => address.iter().collect(),
        B::Progressed { words, .. }
        | B::Commented { words }
        | B::Noted { words }
        | B::Supervised { words }
        | B::Called { words, .. }
        | B::Answered { words, .. } => vec![words],
        B::ReporterAsked { question } => vec![question],
        B::Declined { reason, .. }
        | B::CouldNotSolve { reason, .. }
        | B::Ruled { reason, .. }
        | B::Raised { reason, .. }
        | B::Returned { reason, .. }
        | B::Recalled { reason }
        | B::Reassigned { reason, .. }
        | B::Failed { reason, .. }
        | B::Concluded { reason, .. }
        | B::VoidProposed { reason, .. }
        | B::Objected { reason }
        | B::Unmerged { reason, .. }
        | B::Requested { reason, .. }
        | B::Refused { reason, .. }
        | B::Suspended { reason, .. }
        | B::MarkedDifficult { reason, .. }
        | B::Decided { reason, .. } => vec![reason],
        B::PushedDown { reason, .. }
        | B::TakenOver { reason, .. }
        | B::AssistEnded { reason, .. }
        | B::Finished { reason, .. }
        | B::Reworked { reason, .. }
        | B::Reopened { reason, .. }
        | B::Withdrawn { reason, .. }
        | B::ReporterLeft { reason, .. }
        | B::UrgencySet { reason, .. }
        | B::Resumed { reason } => reason.iter().collect(),
        B::Published { words, .. }
        | B::SentToVerify { words }
        | B::Verified { words, .. }
        | B::SelfHandled { words, .. }
        | B::Attached { words, .. }
        | B::Passed { words }
        | B::CalledBack { words, .. }
        | B::Closed { words, .. }
        | B::Rated { words, .. }
        | B::Supplemented { words, .. }
        | B::Acknowledged { words }
        | B::Granted { words, .. }
        | B::FollowUpSet { words, .. }
        | B::FollowedUp { words, .. } => words.iter().collect(),
        B::Split { parts, .. } => parts.iter().flat_map(|part| [&part.title, &part.text]).flatten().collect(),
        _ => Vec::new(),
    }
}
