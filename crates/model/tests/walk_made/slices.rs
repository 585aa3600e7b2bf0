//! The slices of the life cycle that are walked.

use huying_model::Name;

use super::Slice;

/// Each slice is walked to its end: everything reachable by its commands. Together they visit every pair.
#[rustfmt::skip]
pub const SLICES: &[Slice] = &[
    Slice {
        name: "intake: file, decline, verify, self-handle, object, relocate, withdraw",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File, Name::Decline, Name::Verify, Name::Verified, Name::SelfHandle,
            Name::CannotSolve, Name::Object, Name::Withdraw, Name::Relocate, Name::Reclassify,
            Name::AskReporter, Name::Supplement, Name::Tick,
        ],
        second: &[],
    },
    Slice {
        name: "dispatch: return and ruling, push down, raise, recall, reassign, take over",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &["fire-1"])],
        alphabet: &[
            Name::File, Name::Dispatch, Name::Rule, Name::PushDown, Name::Raise, Name::Return,
            Name::Recall, Name::Reassign, Name::TakeOver, Name::Receive, Name::EndAssist,
            Name::Finish,
        ],
        second: &[],
    },
    Slice {
        name: "place and matter corrected during work",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &["fire-1"])],
        alphabet: &[
            Name::File, Name::Dispatch, Name::Receive, Name::EndAssist, Name::Relocate,
            Name::Reclassify, Name::Finish, Name::Pass, Name::SetUrgency,
        ],
        second: &[],
    },
    Slice {
        name: "checking: inspection, callback, rework, last word, reopen, follow-up",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File, Name::Dispatch, Name::Receive, Name::Finish, Name::Pass, Name::Fail,
            Name::RecordCallback, Name::Close, Name::Rework, Name::Conclude, Name::Reopen,
            Name::Rate, Name::FollowUp, Name::FollowedUp,
        ],
        second: &[],
    },
    Slice {
        name: "taking over before, during and after the work",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &["fire-1"])],
        alphabet: &[
            Name::File, Name::Dispatch, Name::Receive, Name::EndAssist, Name::Finish, Name::Pass,
            Name::Fail, Name::TakeOver, Name::RecordCallback, Name::Close, Name::Rework,
        ],
        second: &[],
    },
    Slice {
        name: "an inspector nobody is left to be",
        cases: 1,
        matter: "city/small",
        dispatches: &[("centre-1", &["inspection-1", "centre-d"])],
        alphabet: &[
            Name::File, Name::Dispatch, Name::Receive, Name::EndAssist, Name::Finish,
            Name::Nominate, Name::Pass, Name::Fail, Name::RecordCallback, Name::Close,
        ],
        second: &[],
    },
    Slice {
        name: "neither inspection nor callback: the closing centre closes",
        cases: 1,
        matter: "city/plain",
        dispatches: &[("law-1", &["fire-1"])],
        alphabet: &[
            Name::File, Name::Dispatch, Name::Receive, Name::EndAssist, Name::Finish, Name::Pass,
            Name::Fail, Name::Close, Name::Reopen, Name::TakeOver, Name::Conclude,
        ],
        second: &[],
    },
    Slice {
        name: "time: every clock of the way fires, leaders acknowledge or not",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &["fire-1"])],
        alphabet: &[
            Name::File, Name::Dispatch, Name::Receive, Name::EndAssist, Name::Finish, Name::Pass,
            Name::RecordCallback, Name::Close, Name::FollowUp, Name::FollowedUp, Name::Tick,
            Name::Acknowledge, Name::Return, Name::Recall,
        ],
        second: &[],
    },
    Slice {
        name: "time before filing and of questions",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File, Name::Decline, Name::Verify, Name::Verified, Name::Object,
            Name::AskReporter, Name::Supplement, Name::Tick, Name::Acknowledge, Name::Dispatch,
        ],
        second: &[],
    },
    Slice {
        name: "help: calls that climb while time passes, answers and ratings",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &["fire-1"])],
        alphabet: &[
            Name::Verify, Name::Verified, Name::File, Name::Dispatch, Name::Receive,
            Name::EndAssist, Name::Call, Name::Answer, Name::RateAnswer, Name::Finish, Name::Recall,
            Name::Pass, Name::RecordCallback, Name::Close, Name::Tick, Name::Acknowledge,
        ],
        second: &[],
    },
    Slice {
        name: "assists and officers",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &["fire-1"])],
        alphabet: &[
            Name::File, Name::Dispatch, Name::Receive, Name::Arrive, Name::Appoint, Name::AddAssist,
            Name::EndAssist, Name::Call, Name::Answer, Name::RateAnswer, Name::Finish, Name::Pass,
        ],
        second: &[],
    },
    Slice {
        name: "pausing: requests and suspension while time passes",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File, Name::Dispatch, Name::Receive, Name::Request, Name::Grant, Name::Refuse,
            Name::Suspend, Name::Resume, Name::Finish, Name::Recall, Name::Tick, Name::Acknowledge,
        ],
        second: &[],
    },
    Slice {
        name: "the difficult-case procedure",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File, Name::Dispatch, Name::Receive, Name::MarkDifficult, Name::Convene,
            Name::Decide, Name::Suspend, Name::Finish, Name::Recall,
        ],
        second: &[],
    },
    Slice {
        name: "merging: two cases in every pair of stages",
        cases: 2,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::Decline, Name::File, Name::Verify, Name::Verified, Name::Dispatch, Name::Receive,
            Name::Finish, Name::Pass, Name::RecordCallback, Name::Close, Name::Withdraw,
        ],
        second: &[
            Name::File, Name::Verify, Name::Verified, Name::Dispatch, Name::Receive, Name::Merge,
            Name::Unmerge,
        ],
    },
    Slice {
        name: "a merged case that says unsolved",
        cases: 2,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File, Name::Dispatch, Name::Receive, Name::Finish, Name::Pass,
            Name::RecordCallback, Name::Close, Name::Rework, Name::Reopen, Name::ChildUnsolved,
            Name::EndAssist,
        ],
        second: &[
            Name::File, Name::Merge, Name::Reopen, Name::Unmerge,
        ],
    },
    Slice {
        name: "splitting: a parent and its two parts",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &["fire-1"])],
        alphabet: &[
            Name::File, Name::Dispatch, Name::Receive, Name::EndAssist, Name::Split, Name::Finish,
            Name::Pass, Name::RecordCallback, Name::Close, Name::Reopen, Name::Withdraw,
            Name::ChildEnded, Name::ParentEnded,
        ],
        second: &[],
    },
    Slice {
        name: "a parent whose promise ends earlier, with parts at work",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File, Name::Split, Name::Receive, Name::SetUrgency, Name::Suspend, Name::Resume,
            Name::Finish, Name::Withdraw,
        ],
        second: &[],
    },
    Slice {
        name: "words around a case, in every open stage",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File, Name::Decline, Name::Verify, Name::Verified, Name::Dispatch, Name::Receive,
            Name::Finish, Name::Pass, Name::RecordCallback, Name::Close, Name::Withdraw,
            Name::Attach, Name::Arrive, Name::Progress, Name::Milestone, Name::Comment, Name::Note,
            Name::Supplement, Name::AskReporter, Name::Redact, Name::Publish, Name::SetUrgency,
        ],
        second: &[],
    },
    Slice {
        name: "System's own commands and supervision, in every open stage",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File, Name::Decline, Name::Verify, Name::Verified, Name::Dispatch, Name::Receive,
            Name::Finish, Name::Pass, Name::RecordCallback, Name::Close, Name::Withdraw,
            Name::Supervise, Name::Retime, Name::Resettle, Name::Absorb, Name::Release, Name::Cap,
            Name::ChildEnded, Name::ParentEnded, Name::ChildUnsolved,
        ],
        second: &[],
    },
    Slice {
        name: "units that are no longer there: re-homing in every open stage",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File, Name::Verify, Name::Verified, Name::Dispatch, Name::Receive, Name::Finish,
            Name::Pass, Name::RecordCallback, Name::Close, Name::Rehome,
        ],
        second: &[],
    },
    Slice {
        name: "a matter that is vetoed while grid workers have it",
        cases: 1,
        matter: "city/small",
        dispatches: &[("team-1", &[]), ("law-1", &["team-1"])],
        alphabet: &[
            Name::File, Name::Dispatch, Name::Receive, Name::SelfHandle, Name::Finish, Name::Fail,
            Name::Tick, Name::Veto,
        ],
        second: &[],
    },
    Slice {
        name: "open cases move to a newer version",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File, Name::Verify, Name::Verified, Name::Dispatch, Name::Receive, Name::Finish,
            Name::Pass, Name::RecordCallback, Name::Close, Name::Tick, Name::Repin,
        ],
        second: &[],
    },
    Slice {
        name: "colours: meetings while a case is under way, officers of a rank",
        cases: 1,
        matter: "city/small",
        dispatches: &[("law-1", &[])],
        alphabet: &[
            Name::File, Name::Dispatch, Name::Receive, Name::SetUrgency, Name::Convene, Name::Appoint,
            Name::Finish, Name::Tick,
        ],
        second: &[],
    },
    Slice {
        name: "what was shown of a case that was merged then",
        cases: 2,
        matter: "city/small",
        dispatches: &[],
        alphabet: &[Name::File],
        second: &[Name::File, Name::Publish, Name::Redact, Name::Merge, Name::Unmerge],
    },
];
