//! A case as it stands: folded from its events by [`crate::apply`], never changed in another way.
//!
//! It holds what decisions need. Words stay sealed in the events; the store's projections open them for those who may read.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    actor::By,
    catalogue::{EvidenceKind, Limits, MatterKind, Outcome, Source, Urgency},
    clock::{Clock, Timer},
    ids::{AreaCode, CaseId, ComponentCode, LevelName, MatterCode, MemberId, PolicyVersion, UnitId},
    public::Publication,
    stage::Stage,
    time::Instant,
};

/// Where it is. A point is in 1e-7 degrees, CGCS2000/WGS-84.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Place {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lon_e7: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lat_e7: Option<i32>,
    /// The smallest known area around it; None where the place is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaCode>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overlays: Vec<AreaCode>,
    /// The datum in which the point came, such as `gcj02`; absent for the inner one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datum: Option<SmolStr>,
}

/// How one unit's part stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Sent,
    Received,
    Done,
    /// Ended without being done; the inspector sees the reason.
    Ended,
}

impl Part {
    pub fn open(self) -> bool {
        matches!(self, Part::Sent | Part::Received)
    }
}

/// One unit's part in a case (派件).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Assignment {
    pub unit: UnitId,
    pub lead: bool,
    pub part: Part,
    /// The external unit that does the work while `unit`, its home, keeps the promise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<UnitId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub officer: Option<MemberId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub co_officers: Vec<MemberId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub arrived: bool,
    /// Overtime of this unit does not count: an exemption was granted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exempt: bool,
}

/// A call for help (呼) and how far its answer is. Custody stays with the caller's side.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct HelpCall {
    pub no: u16,
    pub caller: UnitId,
    pub callee: UnitId,
    /// How many rungs it has climbed.
    pub rung: u8,
    pub state: CallState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stars: Option<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    Open,
    Answered,
    Ended,
}

/// What is asked for (申请).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    Extension,
    Suspension,
    Exemption,
}

/// A request that waits for its approver. Silence climbs, never grants.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Request {
    pub no: u16,
    pub kind: RequestKind,
    pub unit: UnitId,
    pub by: MemberId,
    pub approver: UnitId,
    /// Until when, for a suspension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
}

/// An item in a leader's queue (promise 3).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Attention {
    /// The centre whose leader has it.
    pub unit: UnitId,
    /// Which clocks brought it here; it ends when all of them have ended.
    pub causes: Vec<Timer>,
    pub acknowledged: bool,
    /// It climbed past the top: the auditor sees it too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub auditor: bool,
}

/// How a child hangs on its parent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bond {
    Merged,
    Split,
}

/// A case that hangs on this one.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Child {
    pub case: CaseId,
    pub bond: Bond,
    pub open: bool,
    pub hazard: bool,
    /// The numbers of the reporters who came with a merged child: all are called back.
    pub reporters: Vec<u16>,
    /// The lead it brought, who became an assist here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<UnitId>,
}

/// What this case hangs on.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Parent {
    pub case: CaseId,
    pub bond: Bond,
    /// For a split's part: what the parent had promised, past which no clock of the part's work runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Instant>,
}

/// A reporter, by number from 0. Name and contact are sealed in the event.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Reporter {
    pub no: u16,
    /// Left a way to be reached.
    pub reachable: bool,
    pub withdrawn: bool,
}

/// How calling one reporter back went.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Callback {
    pub case: CaseId,
    pub reporter: u16,
    pub attempts: u8,
    pub reached: bool,
    pub solved: Option<bool>,
    pub satisfied: Option<bool>,
}

/// A piece of evidence in the file, named by its content's hash.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Evidence {
    pub kind: EvidenceKind,
    /// SHA-256 of the sealed original, hex.
    pub file: SmolStr,
}

/// How often each bounded thing happened.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Used {
    #[serde(skip_serializing_if = "is_default")]
    pub returns: u8,
    #[serde(skip_serializing_if = "is_default")]
    pub fails: u8,
    #[serde(skip_serializing_if = "is_default")]
    pub reworks: u8,
    #[serde(skip_serializing_if = "is_default")]
    pub reopens: u8,
    #[serde(skip_serializing_if = "is_default")]
    pub verifies: u8,
    #[serde(skip_serializing_if = "is_default")]
    pub difficult: u8,
    #[serde(skip_serializing_if = "is_default")]
    pub extensions: u8,
    #[serde(skip_serializing_if = "is_default")]
    pub suspensions: u8,
    #[serde(skip_serializing_if = "is_default")]
    pub moves: u8,
    #[serde(skip_serializing_if = "is_default")]
    pub calls: u8,
    #[serde(skip_serializing_if = "is_default")]
    pub requests: u8,
    #[serde(skip_serializing_if = "is_default")]
    pub merges: u8,
}

/// The difficult-case procedure.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Difficult {
    pub fallback: UnitId,
    pub convened: bool,
}

/// An end that somebody proposed or reached.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Ending {
    pub outcome: Outcome,
    pub by: By,
    /// The unit that answers for it.
    pub unit: Option<UnitId>,
}

/// A to-do after closing (跟踪).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Trace {
    pub no: u16,
    pub unit: UnitId,
    pub done: bool,
}

/// Most of a case's fields are empty most of the time; its stored form leaves those out.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A case.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Case {
    pub id: CaseId,
    /// What people say on the telephone, such as `JB-1123-0417`.
    pub number: SmolStr,
    /// How many events it has; the next one's sequence number is this plus one.
    pub version: u32,
    pub stage: Stage,
    /// The unit that must act next; of an ended case the last one.
    pub custodian: UnitId,
    pub kind: MatterKind,
    pub source: Source,
    pub urgency: Urgency,
    #[serde(skip_serializing_if = "is_default")]
    pub hazard: bool,
    pub place: Place,
    #[serde(skip_serializing_if = "is_default")]
    pub matter: Option<MatterCode>,
    #[serde(skip_serializing_if = "is_default")]
    pub condition: Option<u16>,
    /// The rules it is pinned to since it was filed.
    #[serde(skip_serializing_if = "is_default")]
    pub policy: Option<PolicyVersion>,
    /// The route's limits, where the row that dispatched it has its own.
    #[serde(skip_serializing_if = "is_default")]
    pub limits: Option<Limits>,
    #[serde(skip_serializing_if = "is_default")]
    pub closing_level: Option<LevelName>,
    /// The dispatching centre.
    pub centre: UnitId,
    pub received_at: Instant,
    #[serde(skip_serializing_if = "is_default")]
    pub filed_at: Option<Instant>,
    #[serde(skip_serializing_if = "is_default")]
    pub closed_at: Option<Instant>,
    #[serde(skip_serializing_if = "is_default")]
    pub reporters: Vec<Reporter>,
    #[serde(skip_serializing_if = "is_default")]
    pub assignments: Vec<Assignment>,
    #[serde(skip_serializing_if = "is_default")]
    pub clocks: Vec<Clock>,
    #[serde(skip_serializing_if = "is_default")]
    pub calls: Vec<HelpCall>,
    #[serde(skip_serializing_if = "is_default")]
    pub requests: Vec<Request>,
    #[serde(skip_serializing_if = "is_default")]
    pub attention: Option<Attention>,
    #[serde(skip_serializing_if = "is_default")]
    pub parent: Option<Parent>,
    /// What the authority that handed it over had promised, past which no clock of the work runs.
    #[serde(skip_serializing_if = "is_default")]
    pub promised: Option<Instant>,
    /// The component of the city that it is about, as it was reported.
    #[serde(skip_serializing_if = "is_default")]
    pub component: Option<ComponentCode>,
    #[serde(skip_serializing_if = "is_default")]
    pub children: Vec<Child>,
    #[serde(skip_serializing_if = "is_default")]
    pub evidence: Vec<Evidence>,
    /// The entry that brought each piece of evidence, in the same order.
    #[serde(skip_serializing_if = "is_default")]
    pub brought: Vec<u32>,
    /// The entry that gave the newest address; 0 where that is the first.
    #[serde(skip_serializing_if = "is_default")]
    pub relocated: u32,
    /// Entries whose words and files are shown to nobody any more.
    #[serde(skip_serializing_if = "is_default")]
    pub redacted: Vec<u32>,
    #[serde(skip_serializing_if = "is_default")]
    pub callbacks: Vec<Callback>,
    #[serde(skip_serializing_if = "is_default")]
    pub used: Used,
    /// Every unit and member that ever was lead, assist or officer: barred from inspecting (promise 4).
    #[serde(skip_serializing_if = "is_default")]
    pub doer_units: Vec<UnitId>,
    #[serde(skip_serializing_if = "is_default")]
    pub doers: Vec<MemberId>,
    /// Every member who decided something in it: barred from the final word.
    #[serde(skip_serializing_if = "is_default")]
    pub involved: Vec<MemberId>,
    /// Who pushed it down, last on top: a return goes there.
    #[serde(skip_serializing_if = "is_default")]
    pub pushed_by: Vec<UnitId>,
    /// After a return only a person dispatches.
    #[serde(skip_serializing_if = "is_default")]
    pub by_hand: bool,
    /// The centre has ruled: this lead cannot return it.
    #[serde(skip_serializing_if = "is_default")]
    pub ruled: Option<UnitId>,
    /// Back from too many fails, reworks or reopens: only an explained end is left.
    #[serde(skip_serializing_if = "is_default")]
    pub last_word: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub self_handled: bool,
    /// The lead found it itself: nobody asked it, so no admission is needed.
    #[serde(skip_serializing_if = "is_default")]
    pub own_find: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub suspended_until: Option<Instant>,
    #[serde(skip_serializing_if = "is_default")]
    pub difficult: Option<Difficult>,
    /// The member the auditor named to inspect, where nobody else was left.
    #[serde(skip_serializing_if = "is_default")]
    pub nominee: Option<MemberId>,
    /// Nobody is left to inspect; the auditor has to name somebody.
    #[serde(skip_serializing_if = "is_default")]
    pub wants_nominee: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub asked: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub objected: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub declined_by: Option<MemberId>,
    #[serde(skip_serializing_if = "is_default")]
    pub void_by: Option<MemberId>,
    #[serde(skip_serializing_if = "is_default")]
    pub supervised: bool,
    /// The end that was reached by the one who finished, and holds once closed.
    #[serde(skip_serializing_if = "is_default")]
    pub ending: Option<Ending>,
    /// Split, and now only to be finished.
    #[serde(skip_serializing_if = "is_default")]
    pub split: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub milestones: Vec<SmolStr>,
    #[serde(skip_serializing_if = "is_default")]
    pub traces: Vec<Trace>,
    #[serde(skip_serializing_if = "is_default")]
    pub ratings: Vec<(u16, u8)>,
    /// What a person approved to be shown to everybody.
    #[serde(skip_serializing_if = "is_default")]
    pub published: Option<Publication>,
    /// When something last changed that somebody outside can notice.
    #[serde(skip_serializing_if = "is_default")]
    pub public_at: Instant,
}

impl Case {
    /// Before its first event.
    pub fn blank(id: CaseId) -> Case {
        Case { id, ..Case::default() }
    }
    pub fn is_open(&self) -> bool {
        self.version > 0 && self.stage.is_open()
    }
    pub fn lead(&self) -> Option<&Assignment> {
        self.assignments.iter().find(|part| part.lead && part.part.open())
    }
    pub fn lead_unit(&self) -> Option<&UnitId> {
        self.lead().map(|part| &part.unit)
    }
    pub fn open_assignment(&self, unit: &UnitId) -> Option<&Assignment> {
        self.assignments.iter().find(|part| &part.unit == unit && part.part.open())
    }
    pub fn open_assists(&self) -> impl Iterator<Item = &Assignment> {
        self.assignments.iter().filter(|part| !part.lead && part.part.open())
    }
    pub fn clock(&self, of: &Timer) -> Option<&Clock> {
        self.clocks.iter().find(|clock| &clock.of == of)
    }
    /// The clock whose next step comes first, with that instant.
    pub fn next_step(&self) -> Option<(Instant, &Clock)> {
        self.clocks.iter().filter_map(|clock| clock.next.map(|at| (at, clock))).min_by_key(|(at, _)| *at)
    }
    pub fn suspended(&self) -> bool {
        self.suspended_until.is_some()
    }
    pub fn open_children(&self) -> impl Iterator<Item = &Child> {
        self.children.iter().filter(|child| child.open)
    }
    pub fn open_calls(&self) -> impl Iterator<Item = &HelpCall> {
        self.calls.iter().filter(|call| call.state == CallState::Open)
    }
    /// Everyone who is called back: own reporters who left a way to be reached, and those of merged children.
    pub fn waiting(&self) -> Vec<(CaseId, u16)> {
        let own = self.reporters.iter().filter(|reporter| reporter.reachable && !reporter.withdrawn);
        let merged = self.children.iter().filter(|child| child.bond == Bond::Merged && child.open);
        own.map(|reporter| (self.id, reporter.no))
            .chain(merged.flat_map(|child| child.reporters.iter().map(|no| (child.case, *no))))
            .collect()
    }
    /// Whether the first entry was redacted: title, text and answers come from it.
    pub fn hides_words(&self) -> bool {
        self.redacted.contains(&1)
    }
    /// Whether the entry that gave the newest address was redacted.
    pub fn hides_address(&self) -> bool {
        self.redacted.contains(&self.relocated.max(1))
    }
    /// Whether an entry that brought this piece of evidence was redacted.
    pub fn hides_file(&self, file: &str) -> bool {
        let mut pieces = self.evidence.iter().zip(&self.brought);
        pieces.any(|(piece, entry)| piece.file == file && self.redacted.contains(entry))
    }
    /// The evidence that is shown to those who may read the case.
    pub fn shown_evidence(&self) -> impl Iterator<Item = &Evidence> {
        self.evidence.iter().filter(|piece| !self.hides_file(&piece.file))
    }
    /// The last lead, whether or not its part is still open.
    pub fn last_lead(&self) -> Option<&Assignment> {
        self.assignments.iter().find(|part| part.lead)
    }
}
