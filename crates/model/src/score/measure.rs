//! What can be counted, each exactly.
//!
//! Three words hold in all of them. *Received* is the time that judges clocks. *The unit that answers* is the one that
//! finished the work; while it is open the lead; where there is neither, the dispatching centre. *The worker* is the
//! officer of that unit's part, else whoever gave the command. A case merged into another keeps what happened before;
//! from then on the parent alone is counted. A part of a split is work of its unit, while for the area and in total
//! its parent is the case: the measures of a case (marked ◇) count it for unit and worker only.

use serde::{Deserialize, Serialize};

macro_rules! measures {
    ($( $(#[$doc:meta])* $name:ident $code:literal $zh:literal $en:literal; )*) => {
        /// A countable thing. It belongs to the period in which its moment lies; what is said of a case "at the end"
        /// is judged on the journal up to the end of the period.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Measure { $( $(#[$doc])* $name, )* }

        impl Measure {
            pub const ALL: &'static [Measure] = &[ $( Measure::$name, )* ];
            pub fn code(self) -> &'static str {
                match self { $( Measure::$name => $code, )* }
            }
            pub fn zh(self) -> &'static str {
                match self { $( Measure::$name => $zh, )* }
            }
            pub fn en(self) -> &'static str {
                match self { $( Measure::$name => $en, )* }
            }
        }
    };
}

measures! {
    /// ◇ A case was reported. Unit: the centre or station that has to accept it. A merged child counts, a part of a split not.
    Reported "reported" "上报" "Reported";
    /// ◇ Reported, with the hotline (12345) as source.
    Hotline "hotline" "热线来件" "Hotline cases";
    /// ◇ A case was filed for the first time: filed, verified as true, self-handled, or filed as it left a merge. Unit: the centre.
    Filed "filed" "立案" "Filed";
    /// A report was declined, once for every time. Unit: who declined it, or found it untrue before filing.
    Declined "declined" "不予受理" "Declined";
    /// The reporter objected to a decline. Unit: who had declined it.
    Objections "objections" "异议" "Objections";
    /// A verification ended. Unit: the team that looked.
    Verified "verified" "核实" "Verified";
    /// A verification ended and found it true.
    VerifiedTrue "verified_true" "核实属实" "Verified as true";
    /// ◇ A grid worker handled it, done on the spot or taken on. Unit: the grid team.
    SelfHandled "self_handled" "自处置" "Self-handled";
    /// ◇ A case was dispatched for the first time. Unit: the lead it was sent to then.
    Dispatched "dispatched" "派遣" "Dispatched";
    /// ◇ Of [`Measure::Dispatched`], those whose first lead has not returned it, was not replaced by a reassignment, and did
    /// not lose it to another unit after a recall, all at the end. A leader's taking over or a meeting's decision is no wrong dispatch.
    FirstKept "first_kept" "首派准确" "First dispatch kept";
    /// A unit was given a part, as lead or assist, by whatever command.
    Sent "sent" "派件" "Parts sent";
    /// A part was received (签收). Unit: the receiver.
    Received "received" "签收" "Received";
    /// Of [`Measure::Received`], those received no later than the receipt clock was due.
    ReceivedOnTime "received_on_time" "按时签收" "Received on time";
    /// The work was given back: by a lead to the centre, or by a centre to the one that pushed it down. Unit: who gave it back.
    Returned "returned" "退回" "Returned";
    /// ◇ Filed cases that had to be done: closed for the first time in the period, or open at the end with a promise that was due
    /// before it, as it stood then with its extensions. Not: suspended, withdrawn, merged, ended with a parent. Unit: the one that answers.
    Due "due" "应办结" "Due";
    /// ◇ Closed for the first time, with whatever outcome; what is reopened keeps its first result. Unit: the one that answers.
    Done "done" "办结" "Done";
    /// ◇ Of [`Measure::Done`], those closed no later than the promise then. For a unit that was exempted, every one.
    DoneOnTime "done_on_time" "按时办结" "Done on time";
    /// ◇ Of [`Measure::Due`], those closed later than the promise, or still open. For a unit that was exempted, none (and what
    /// is still open is not due for it).
    Overdue "overdue" "超期" "Overdue";
    /// An inspection failed. Unit: the one that answers.
    Failed "failed" "核查不通过" "Inspection failed";
    /// A callback sent it back. Unit: the one that answers.
    Reworked "reworked" "返工" "Reworked";
    /// A closed case was opened again. Unit: the one that had answered for its end.
    Reopened "reopened" "重启" "Reopened";
    /// Reporters for whom a callback was recorded, each once for a case however often they were called; the last call counts.
    /// Reporters of merged children are those of the parent here. Unit: the one that answers.
    CalledBack "called_back" "回访" "Called back";
    /// Of [`Measure::CalledBack`], those who were reached.
    Reached "reached" "回访接通" "Reached";
    /// Of [`Measure::CalledBack`], those who said that they are satisfied.
    Satisfied "satisfied" "满意" "Satisfied";
    /// Of [`Measure::CalledBack`], those who said that it is solved.
    Solved "solved" "解决" "Solved";
    /// Calls for help. For a unit: each time it was called, first or by climbing; in total once a call.
    Calls "calls" "呼" "Calls";
    /// Calls that were answered. Unit: who answered.
    CallsAnswered "calls_answered" "应" "Calls answered";
    /// Of [`Measure::CallsAnswered`], those answered no later than the clock of the call was due. In total only those that had not climbed;
    /// for a unit to which it climbed the clock of its own turn counts.
    CallsOnTime "calls_on_time" "按时应答" "Calls answered on time";
    /// Answers that the caller rated. Unit: who answered.
    CallsRated "calls_rated" "应答已评" "Answers rated";
    /// The stars of these ratings, added up.
    CallStars "call_stars" "应答评星" "Stars for answers";
}

impl Measure {
    pub fn from_code(code: &str) -> Option<Measure> {
        Measure::ALL.iter().copied().find(|measure| measure.code() == code)
    }
}
