//! The transition table: what may happen in which stage, and who may do it.
//!
//! `decide` goes by it, the screens draw their buttons from it, the docs their diagram, and the walk visits every
//! pair of it. Adding a command means one row here, one arm in `decide`, one in `apply`, one test.

use crate::{command::Name, stage::Stage};

/// Who may do it, seen from the case. [`crate::decide::permit`] gives each its exact meaning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Who {
    /// Anyone signed in.
    Staff,
    Reporter,
    System,
    Auditor,
    /// Acceptor, operator or dispatcher of the custodian.
    Intake,
    /// Dispatcher, acceptor or leader of the custodian.
    Dispatching,
    /// Dispatcher or leader of the dispatching centre, whoever has custody.
    Centre,
    /// Dispatcher of the dispatching centre's side, or whoever works for the custodian.
    Custodian,
    /// Grid worker or handler of the verifying team.
    Verifier,
    /// Grid worker of a team that serves the place.
    Spot,
    /// Works for the lead unit.
    Lead,
    /// Works for the lead or an assisting unit.
    Part,
    /// Inspects for the custodian, and had no part in the work.
    Inspector,
    CallerBack,
    /// Leader of a centre at or above the dispatching one.
    Leader,
    /// Supervisor or leader at or above the dispatching centre.
    Supervisor,
    /// Decides for the unit a request waits for.
    Approver,
    /// Works for a unit that was called.
    Callee,
    /// Works for a unit that called.
    Caller,
    /// Leads the difficult-case procedure.
    Fallback,
    /// Who leads the difficult-case procedure; outside it, whoever works for the custodian or the dispatching centre.
    Convener,
    /// Leader who has the item in the queue.
    Attendant,
    /// Works for the unit that follows up.
    Tracer,
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub command: Name,
    pub from: &'static [Stage],
    pub who: &'static [Who],
    /// Where it may lead; empty where the stage stays.
    pub to: &'static [Stage],
}

use Stage::{
    CallingBack, Closed, Declined, Dispatched, Filed, Handling, Inspecting, Merged, Reported, Verifying,
    Withdrawn,
};

const OPEN: &[Stage] = &Stage::OPEN;
const ALL: &[Stage] = &Stage::ALL;
/// Stages in which a case may have been split before.
const HAS_PARTS: &[Stage] =
    &[Verifying, Filed, Dispatched, Handling, Inspecting, CallingBack, Closed, Withdrawn];
const OPEN_OR_CLOSED: &[Stage] =
    &[Reported, Verifying, Filed, Dispatched, Handling, Inspecting, CallingBack, Closed];
const TO_HANDLING: &[Stage] = &[Reported, Verifying, Filed, Dispatched, Handling];
const WORK: &[Stage] = &[Dispatched, Handling];
/// Filed and not finished: the colour may ask for meetings.
const UNDER_WAY: &[Stage] = &[Filed, Dispatched, Handling];
const FINISHED: &[Stage] = &[Inspecting, CallingBack];
/// Open stages in which a case may be filed already.
const PINNED: &[Stage] = &[Verifying, Filed, Dispatched, Handling, Inspecting, CallingBack];
const FILED_ON: &[Stage] = &[Filed, Dispatched, Handling, Inspecting, CallingBack];

const fn row(command: Name, from: &'static [Stage], who: &'static [Who], to: &'static [Stage]) -> Row {
    Row { command, from, who, to }
}

/// Every command, in the order of a case's way through. A blank case (before its first event) allows Report and Begin only.
pub const TABLE: &[Row] = &[
    row(Name::Report, &[], &[Who::Staff, Who::Reporter, Who::System], &[Reported]),
    row(Name::Begin, &[], &[Who::System], &[Dispatched]),
    row(Name::File, &[Reported], &[Who::Intake, Who::System], &[Filed]),
    row(Name::Decline, &[Reported], &[Who::Intake], &[Declined]),
    row(Name::Verify, &[Reported, Filed], &[Who::Intake], &[Verifying]),
    row(Name::Verified, &[Verifying], &[Who::Verifier], &[Filed, Declined, Closed, Reported]),
    row(Name::SelfHandle, &[Reported], &[Who::Spot], &[Handling, Inspecting, CallingBack]),
    row(Name::CannotSolve, &[Handling], &[Who::Lead], &[Filed]),
    row(Name::Dispatch, &[Filed], &[Who::Dispatching, Who::System], &[Dispatched]),
    row(Name::Rule, &[Filed], &[Who::Dispatching], &[Dispatched]),
    row(Name::PushDown, &[Filed], &[Who::Dispatching], &[Filed]),
    row(Name::Raise, &[Filed, Dispatched, Handling], &[Who::Custodian], &[Filed]),
    row(Name::Return, &[Filed, Dispatched, Handling], &[Who::Custodian], &[Filed]),
    row(Name::Recall, WORK, &[Who::Centre], &[Filed]),
    row(Name::Reassign, WORK, &[Who::Centre], &[Dispatched]),
    row(Name::TakeOver, FILED_ON, &[Who::Leader], &[Handling]),
    row(Name::Receive, WORK, &[Who::Part], &[Handling]),
    row(Name::Arrive, WORK, &[Who::Part], &[]),
    row(Name::Progress, WORK, &[Who::Part], &[]),
    row(Name::Appoint, WORK, &[Who::Part], &[]),
    row(Name::AddAssist, WORK, &[Who::Lead, Who::Centre], &[]),
    row(Name::EndAssist, WORK, &[Who::Part], &[]),
    row(Name::Attach, OPEN, &[Who::Staff], &[]),
    row(Name::Milestone, WORK, &[Who::Part], &[]),
    row(Name::Finish, &[Handling], &[Who::Lead], FINISHED),
    row(Name::Pass, &[Inspecting], &[Who::Inspector], &[CallingBack, Closed]),
    row(Name::Fail, &[Inspecting], &[Who::Inspector], &[Handling, Filed]),
    row(Name::Nominate, &[Inspecting], &[Who::Auditor], &[]),
    row(Name::RecordCallback, &[CallingBack], &[Who::CallerBack], &[]),
    row(Name::Close, FINISHED, &[Who::Inspector, Who::CallerBack], &[Closed]),
    row(Name::Rework, &[CallingBack], &[Who::CallerBack], &[Handling, Filed]),
    row(Name::Conclude, &[Filed], &[Who::Dispatching], &[CallingBack]),
    row(Name::Merge, TO_HANDLING, &[Who::Intake, Who::Centre, Who::System], &[Merged]),
    row(Name::Unmerge, &[Merged], &[Who::Centre], &[Filed]),
    row(Name::Split, &[Filed, Handling], &[Who::Custodian], &[Handling]),
    row(Name::Relocate, TO_HANDLING, &[Who::Custodian, Who::Centre, Who::Intake], &[Filed]),
    row(Name::Reclassify, TO_HANDLING, &[Who::Custodian, Who::Centre], &[Filed]),
    row(Name::SetUrgency, OPEN, &[Who::Custodian, Who::Centre, Who::Supervisor], &[]),
    row(Name::Comment, OPEN, &[Who::Staff, Who::Reporter], &[]),
    row(Name::Note, OPEN, &[Who::Staff, Who::System], &[]),
    row(Name::Supplement, OPEN, &[Who::Reporter, Who::Intake], &[]),
    row(Name::AskReporter, OPEN, &[Who::Custodian, Who::Intake], &[]),
    row(Name::Supervise, OPEN, &[Who::Supervisor], &[]),
    row(Name::Acknowledge, OPEN_OR_CLOSED, &[Who::Attendant], &[]),
    row(Name::Redact, ALL, &[Who::Auditor, Who::Centre], &[]),
    row(Name::Publish, ALL, &[Who::Centre, Who::Supervisor], &[]),
    row(Name::Withdraw, OPEN, &[Who::Reporter], &[Withdrawn]),
    row(Name::Call, WORK, &[Who::Custodian, Who::Part], &[]),
    row(Name::Answer, WORK, &[Who::Callee], &[]),
    row(
        Name::RateAnswer,
        &[Dispatched, Handling, Inspecting, CallingBack, Filed, Verifying, Closed],
        &[Who::Caller],
        &[],
    ),
    row(Name::Request, &[Handling], &[Who::Part], &[]),
    row(Name::Grant, &[Handling], &[Who::Approver], &[]),
    row(Name::Refuse, &[Handling], &[Who::Approver], &[]),
    row(Name::Suspend, &[Handling], &[Who::Centre], &[]),
    row(Name::Resume, &[Handling], &[Who::Centre], &[]),
    row(Name::MarkDifficult, &[Handling], &[Who::Lead, Who::Centre], &[]),
    row(Name::Convene, UNDER_WAY, &[Who::Convener], &[]),
    row(Name::Decide, &[Handling], &[Who::Fallback], &[Dispatched, CallingBack, Handling]),
    row(Name::Reopen, &[Closed], &[Who::Reporter, Who::Centre, Who::Supervisor], &[Filed]),
    row(Name::Object, &[Declined], &[Who::Reporter], &[Reported]),
    row(Name::Rate, &[Closed], &[Who::Reporter], &[]),
    row(Name::FollowUp, &[Closed], &[Who::Centre, Who::Supervisor], &[]),
    row(Name::FollowedUp, &[Closed], &[Who::Tracer], &[]),
    row(Name::Tick, OPEN_OR_CLOSED, &[Who::System], &[]),
    row(Name::Rehome, OPEN, &[Who::System], &[Reported, Filed, Handling]),
    row(Name::Veto, WORK, &[Who::System], &[Filed]),
    row(Name::Repin, PINNED, &[Who::System], &[]),
    row(Name::Retime, OPEN, &[Who::System], &[]),
    row(Name::Resettle, OPEN, &[Who::System], &[]),
    row(Name::Absorb, OPEN, &[Who::System], &[]),
    row(Name::Release, OPEN, &[Who::System], &[]),
    row(Name::Cap, OPEN, &[Who::System], &[]),
    row(Name::ChildEnded, HAS_PARTS, &[Who::System], &[]),
    row(Name::ParentEnded, ALL, &[Who::System], &[Closed]),
    row(Name::ChildUnsolved, &[CallingBack, Closed], &[Who::System], &[Handling, Filed]),
];

/// The row of a command.
pub fn find(command: Name) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.command == command)
}

/// Whether the table knows the command in this stage.
pub fn legal(command: Name, stage: Stage) -> bool {
    find(command).is_some_and(|row| row.from.contains(&stage))
}
