//! What happened, in order, never changed. Each event carries what was computed, so that `apply` needs no policy.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    actor::By,
    case::{Attention, Child, Evidence, Place, RequestKind},
    catalogue::{Limits, MatterKind, Outcome, Urgency},
    clock::{ClockChange, Timer},
    command::{Filing, Informant, Report, SplitPart},
    ids::{AreaCode, CaseId, LevelName, MemberId, PolicyVersion, UnitId},
    route::Because,
    stage::Stage,
    time::Instant,
    words::Sealed,
};

/// The three times of domain §2.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Times {
    /// Claimed by the device or partner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred: Option<Instant>,
    /// The device's last contact before it, for judging the claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Instant>,
    /// The device's clock as it stood then, and by how many milliseconds the server's was ahead of it when it was sent: how the claim
    /// came about, for whoever has to judge it. Nothing is decided by either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset_ms: Option<i64>,
    /// Judges clocks.
    pub received: Instant,
    pub recorded: Instant,
}

impl Times {
    /// Received and recorded at the same moment, nothing claimed.
    pub fn at(now: Instant) -> Times {
        Times { received: now, recorded: now, ..Times::default() }
    }
}

/// Where the case goes.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Move {
    pub stage: Stage,
    pub custodian: UnitId,
}

/// Whom an event is told to; the outbox makes messages of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Every reporter of this case.
    Reporters,
    Unit(UnitId),
    /// The leaders of this centre.
    Leader(UnitId),
    Member(MemberId),
    Auditor,
}

/// A message by its template's name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Notice {
    pub to: Audience,
    pub template: SmolStr,
}

/// A unit's part as it is sent out.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Sent {
    pub unit: UnitId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<UnitId>,
}

/// Under which rules a case was filed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pinned {
    pub filing: Filing,
    pub kind: MatterKind,
    pub policy: PolicyVersion,
    pub centre: UnitId,
    pub hazard: bool,
    pub closing_level: LevelName,
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Body {
    Reported {
        report: Box<Report>,
        centre: UnitId,
    },
    Filed {
        pinned: Box<Pinned>,
        urgency: Option<Urgency>,
    },
    Declined {
        reason: Sealed,
        by: Option<MemberId>,
    },
    SentToVerify {
        words: Option<Sealed>,
    },
    Verified {
        is_true: bool,
        pinned: Option<Box<Pinned>>,
        words: Option<Sealed>,
        evidence: Vec<Evidence>,
    },
    SelfHandled {
        pinned: Box<Pinned>,
        unit: UnitId,
        done: bool,
        words: Option<Sealed>,
        evidence: Vec<Evidence>,
        wants_nominee: bool,
    },
    CouldNotSolve {
        reason: Sealed,
        centre: UnitId,
    },
    Dispatched {
        lead: Sent,
        assists: Vec<Sent>,
        limits: Option<Limits>,
        closing_level: Option<LevelName>,
        because: Option<Box<Because>>,
    },
    Ruled {
        lead: Sent,
        assists: Vec<Sent>,
        reason: Sealed,
    },
    PushedDown {
        from: UnitId,
        to: UnitId,
        reason: Option<Sealed>,
    },
    Raised {
        centre: UnitId,
        reason: Sealed,
    },
    Returned {
        by_unit: UnitId,
        centre: UnitId,
        reason: Sealed,
    },
    Recalled {
        reason: Sealed,
    },
    Reassigned {
        lead: Sent,
        reason: Sealed,
    },
    TakenOver {
        unit: UnitId,
        reason: Option<Sealed>,
        /// The lead whose finished work was being looked at: it assists now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assist: Option<Sent>,
    },
    Received {
        unit: UnitId,
    },
    Arrived {
        unit: UnitId,
        claimed: bool,
        at: Instant,
    },
    Progressed {
        unit: UnitId,
        words: Sealed,
    },
    Appointed {
        unit: UnitId,
        officer: MemberId,
        co_officers: Vec<MemberId>,
    },
    AssistAdded {
        assist: Sent,
    },
    AssistEnded {
        unit: UnitId,
        done: bool,
        reason: Option<Sealed>,
    },
    Attached {
        evidence: Vec<Evidence>,
        words: Option<Sealed>,
    },
    MilestoneReached {
        name: SmolStr,
    },
    Finished {
        outcome: Outcome,
        unit: UnitId,
        reason: Option<Sealed>,
        evidence: Vec<Evidence>,
        claimed: bool,
        at: Instant,
        wants_nominee: bool,
    },
    Passed {
        words: Option<Sealed>,
    },
    Failed {
        reason: Sealed,
        last_word: bool,
        centre: UnitId,
    },
    Nominated {
        member: MemberId,
    },
    CalledBack {
        case: CaseId,
        reporter: u16,
        reached: bool,
        solved: Option<bool>,
        satisfied: Option<bool>,
        words: Option<Sealed>,
    },
    Closed {
        outcome: Outcome,
        not_reached: bool,
        words: Option<Sealed>,
    },
    Reworked {
        reason: Option<Sealed>,
        last_word: bool,
        centre: UnitId,
    },
    Concluded {
        outcome: Outcome,
        reason: Sealed,
    },
    VoidProposed {
        reason: Sealed,
        by: Option<MemberId>,
    },
    Reopened {
        reason: Option<Sealed>,
        centre: UnitId,
        last_word: bool,
        proposed: Option<UnitId>,
        /// Of a split's part: what its parent had promised has passed, and bounds it no more.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        uncapped: bool,
    },
    Objected {
        reason: Sealed,
    },
    Rated {
        reporter: u16,
        stars: u8,
        words: Option<Sealed>,
    },
    Withdrawn {
        reporter: u16,
        reason: Option<Sealed>,
    },
    /// A reporter withdrew where others or a hazard remain: a note, the case goes on.
    ReporterLeft {
        reporter: u16,
        reason: Option<Sealed>,
    },
    Merged {
        into: CaseId,
    },
    Unmerged {
        pinned: Option<Box<Pinned>>,
        centre: UnitId,
        reason: Sealed,
    },
    Absorbed {
        child: Child,
    },
    Released {
        child: CaseId,
        lead: Option<UnitId>,
    },
    Split {
        parts: Vec<SplitPart>,
        lead: UnitId,
    },
    Began {
        parent: CaseId,
        cap: Option<Instant>,
        report: Box<Report>,
        pinned: Box<Pinned>,
        lead: Sent,
    },
    /// The parent's promise ends earlier: so do the clocks of this part.
    Capped {
        cap: Instant,
    },
    ChildEnded {
        child: CaseId,
        last: bool,
    },
    ParentEnded {
        outcome: Outcome,
    },
    Relocated {
        place: Place,
        address: Option<Sealed>,
        centre: Option<UnitId>,
    },
    Reclassified {
        pinned: Option<Box<Pinned>>,
        filing: Filing,
    },
    UrgencySet {
        urgency: Urgency,
        reason: Option<Sealed>,
    },
    Commented {
        words: Sealed,
    },
    Noted {
        words: Sealed,
    },
    Supplemented {
        words: Option<Sealed>,
        evidence: Vec<Evidence>,
        informant: Option<Informant>,
    },
    ReporterAsked {
        question: Sealed,
    },
    Supervised {
        words: Sealed,
    },
    Acknowledged {
        words: Option<Sealed>,
    },
    Redacted {
        event: u32,
        reason: SmolStr,
    },
    /// What everybody may see from now on; nothing where both are empty.
    Published {
        words: Option<Sealed>,
        files: Vec<SmolStr>,
    },
    Called {
        no: u16,
        caller: UnitId,
        callee: UnitId,
        words: Sealed,
    },
    Answered {
        no: u16,
        words: Sealed,
    },
    AnswerRated {
        no: u16,
        stars: u8,
    },
    Requested {
        no: u16,
        request: RequestKind,
        unit: UnitId,
        by: MemberId,
        approver: UnitId,
        until: Option<Instant>,
        reason: Sealed,
    },
    Granted {
        no: u16,
        request: RequestKind,
        unit: UnitId,
        until: Option<Instant>,
        words: Option<Sealed>,
    },
    Refused {
        no: u16,
        reason: Sealed,
    },
    Suspended {
        until: Instant,
        reason: Sealed,
    },
    Resumed {
        reason: Option<Sealed>,
    },
    MarkedDifficult {
        fallback: UnitId,
        reason: Sealed,
    },
    Convened {
        at: Instant,
        units: Vec<UnitId>,
    },
    Decided {
        decision: SmolStr,
        lead: Option<Sent>,
        until: Option<Instant>,
        reason: Sealed,
    },
    FollowUpSet {
        no: u16,
        unit: UnitId,
        words: Option<Sealed>,
    },
    FollowedUp {
        no: u16,
        words: Option<Sealed>,
    },
    /// A clock warned its unit.
    Warned {
        of: Timer,
    },
    /// A clock ran out, or took the next step of its ladder.
    Expired {
        of: Timer,
        step: u8,
    },
    /// An unanswered call climbed.
    CallClimbed {
        no: u16,
        rung: u8,
        callee: UnitId,
    },
    /// A request nobody decided climbed.
    RequestClimbed {
        no: u16,
        approver: UnitId,
    },
    /// The reporter was silent; the case goes on.
    AskEnded,
    Rehomed {
        from: UnitId,
        to: UnitId,
        /// No open part went over, so `to` did no work. Older entries do not say so, and `to` counts as one that did.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        without_part: bool,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        wants_nominee: bool,
    },
    /// A grid team's part ended because its matter is not admitted any more; the rule is quoted.
    Vetoed {
        unit: UnitId,
        rule: SmolStr,
        /// Where the case went where the team led it.
        centre: Option<UnitId>,
    },
    /// The case goes by another version; clocks that it shortens stand with the event.
    Repinned {
        from: Option<PolicyVersion>,
        to: PolicyVersion,
    },
    Retimed,
    Resettled {
        area: Option<AreaCode>,
    },
}

/// One entry of the journal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Event {
    /// Schema version of this event; older ones are upcast when read.
    pub v: u8,
    pub by: By,
    pub times: Times,
    pub body: Body,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Move>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<ClockChange>,
    /// The leader's item after this event, where it changed: `Some(None)` ended it.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double")]
    pub attention: Option<Option<Attention>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tell: Vec<Notice>,
}

/// The schema version that [`crate::decide`] writes.
pub const VERSION: u8 = 1;

/// Tells "unchanged" (absent) from "ended" (null).
mod double {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::case::Attention;

    pub fn serialize<S: Serializer>(value: &Option<Option<Attention>>, to: S) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(to)
    }
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<Attention>>, D::Error> {
        Option::<Attention>::deserialize(from).map(Some)
    }
}
