//! What may be asked of a case: imperative, with what it needs (domain §2).

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    case::{Evidence, Place, RequestKind},
    catalogue::{MatterKind, Outcome, Source, Urgency},
    ids::{AreaCode, CaseId, ComponentCode, MatterCode, MemberId, PolicyVersion, UnitId},
    route::Routing,
    time::Instant,
    words::Sealed,
};

/// A reporter as they come in: whether they can be reached, and who they are, sealed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Informant {
    pub reachable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Sealed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Sealed>,
}

/// A new case as it was told.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    pub number: SmolStr,
    pub source: Source,
    pub kind: MatterKind,
    pub place: Place,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<MatterCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<u16>,
    pub urgency: Urgency,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hazard: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Sealed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Sealed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Sealed>,
    /// What was answered to the questions of the matter, a line for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Sealed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reporters: Vec<Informant>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// The number of an outside system, such as an imported row's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign: Option<SmolStr>,
    /// What another authority has promised, past which no clock of the work here runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised: Option<Instant>,
    /// The component of the city that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<ComponentCode>,
}

/// One part of a split, or one receiver of a top-down task.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SplitPart {
    pub id: CaseId,
    pub number: SmolStr,
    pub lead: UnitId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<MatterCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Sealed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Sealed>,
}

/// What is known of the case on the other side of a merge or split; loaded with it and checked in the same batch.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Joined {
    pub case: CaseId,
    pub promise: Option<Instant>,
    pub lead: Option<UnitId>,
    /// The numbers of its reporters who are to be called back.
    pub reporters: Vec<u16>,
    pub hazard: bool,
}

/// What a meeting decided (议定).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Resolve {
    Lead { unit: UnitId },
    Explain,
    Suspend { until: Instant },
    Split { parts: Vec<SplitPart> },
}

/// Matter and condition under which a case is filed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Filing {
    pub matter: MatterCode,
    pub condition: u16,
}

macro_rules! commands {
    ($( $(#[$doc:meta])* $name:ident $( { $( $field:ident : $type:ty ),* $(,)? } )? $code:literal $zh:literal $en:literal; )*) => {
        /// A command with what it needs. Words are sealed before they come here.
        #[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case", tag = "command")]
        pub enum Command {
            $( $(#[$doc])* $name $( { $( $field: $type ),* } )?, )*
        }

        /// The name of a [`Command`].
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Name { $( $name, )* }

        impl Name {
            pub const ALL: &'static [Name] = &[ $( Name::$name, )* ];
            /// The name in the API's path.
            pub fn code(self) -> &'static str { match self { $( Name::$name => $code, )* } }
            pub fn zh(self) -> &'static str { match self { $( Name::$name => $zh, )* } }
            pub fn en(self) -> &'static str { match self { $( Name::$name => $en, )* } }
            pub fn from_code(code: &str) -> Option<Name> {
                Name::ALL.iter().copied().find(|name| name.code() == code)
            }
        }

        impl Command {
            pub fn name(&self) -> Name {
                match self { $( Command::$name { .. } => Name::$name, )* }
            }
        }
    };
}

commands! {
    /// Begins a case.
    Report { report: Box<Report> } "report" "上报" "Report";
    File { filing: Filing, urgency: Option<Urgency> } "file" "立案" "File";
    Decline { reason: Sealed } "decline" "不予受理" "Decline";
    Verify { words: Option<Sealed> } "verify" "交核实" "Send to verify";
    /// The grid team's finding; `filing` where it is true and the case is not filed yet.
    Verified { is_true: bool, filing: Option<Filing>, words: Option<Sealed>, evidence: Vec<Evidence> } "verified" "核实结果" "Verified";
    /// Done on the spot, or taken on.
    SelfHandle { filing: Filing, done: bool, words: Option<Sealed>, evidence: Vec<Evidence> } "self-handle" "自处置" "Self-handle";
    CannotSolve { reason: Sealed } "cannot-solve" "无法解决" "Cannot solve";
    Dispatch { lead: UnitId, assists: Vec<UnitId>, routing: Option<Box<Routing>> } "dispatch" "派遣" "Dispatch";
    /// After two returns the centre rules; the named lead cannot return.
    Rule { lead: UnitId, assists: Vec<UnitId>, reason: Sealed } "rule" "裁定" "Rule";
    PushDown { to: UnitId, reason: Option<Sealed> } "push-down" "下派" "Push down";
    Raise { reason: Sealed } "raise" "提级" "Raise";
    Return { reason: Sealed } "return" "退回" "Return";
    Recall { reason: Sealed } "recall" "撤回派遣" "Recall";
    Reassign { lead: UnitId, reason: Sealed } "reassign" "改派" "Reassign";
    TakeOver { unit: UnitId, reason: Option<Sealed> } "take-over" "领办" "Take over";
    Receive { unit: UnitId } "receive" "签收" "Receive";
    Arrive { unit: UnitId } "arrive" "到场" "Arrive";
    Progress { unit: UnitId, words: Sealed } "progress" "进展" "Progress";
    Appoint { unit: UnitId, officer: MemberId, co_officers: Vec<MemberId> } "appoint" "指定主办人" "Appoint officers";
    AddAssist { unit: UnitId } "add-assist" "增派协办" "Add an assisting unit";
    /// An assist is done, or ends with a reason the inspector sees.
    EndAssist { unit: UnitId, done: bool, reason: Option<Sealed> } "end-assist" "协办完成" "End assistance";
    Attach { evidence: Vec<Evidence>, words: Option<Sealed> } "attach" "附件" "Attach";
    Milestone { name: SmolStr } "milestone" "节点完成" "Milestone";
    Finish { outcome: Outcome, reason: Option<Sealed>, evidence: Vec<Evidence> } "finish" "办结反馈" "Finish";
    Pass { words: Option<Sealed> } "pass" "核查通过" "Pass";
    Fail { reason: Sealed } "fail" "核查不通过" "Fail";
    /// The auditor names an inspector where nobody else is left.
    Nominate { member: MemberId } "nominate" "指定核查人" "Nominate an inspector";
    RecordCallback { case: CaseId, reporter: u16, reached: bool, solved: Option<bool>, satisfied: Option<bool>, words: Option<Sealed> } "record-callback" "登记回访" "Record a callback";
    Close { words: Option<Sealed> } "close" "结案" "Close";
    Rework { reason: Sealed } "rework" "返工" "Rework";
    /// Ends a filed case as answered, explained, handed over or void; goes over the callback.
    Conclude { outcome: Outcome, reason: Sealed } "conclude" "直接办结" "Conclude";
    Reopen { reason: Sealed } "reopen" "重启" "Reopen";
    Object { reason: Sealed } "object" "异议" "Object";
    Rate { stars: u8, words: Option<Sealed> } "rate" "评价" "Rate";
    Withdraw { reason: Option<Sealed> } "withdraw" "撤销" "Withdraw";
    Merge { into: CaseId } "merge" "并案" "Merge";
    Unmerge { reason: Sealed } "unmerge" "解除并案" "Unmerge";
    Split { parts: Vec<SplitPart> } "split" "拆分" "Split";
    Relocate { place: Place, address: Option<Sealed> } "relocate" "改位置" "Relocate";
    Reclassify { filing: Filing } "reclassify" "改事项" "Reclassify";
    SetUrgency { urgency: Urgency, reason: Option<Sealed> } "set-urgency" "定级" "Set urgency";
    Comment { words: Sealed } "comment" "留言" "Comment";
    /// Seen by staff only.
    Note { words: Sealed } "note" "备注" "Note";
    Supplement { words: Option<Sealed>, evidence: Vec<Evidence>, informant: Option<Informant> } "supplement" "补充" "Supplement";
    AskReporter { question: Sealed } "ask-reporter" "请补充" "Ask the reporter";
    Supervise { words: Sealed } "supervise" "督办" "Supervise";
    Acknowledge { words: Option<Sealed> } "acknowledge" "阅处" "Acknowledge";
    Redact { event: u32, reason: SmolStr } "redact" "遮蔽" "Redact";
    /// What everybody may see of the case: words written for them, and evidence by its hash. Empty takes back.
    Publish { words: Option<Sealed>, files: Vec<SmolStr> } "publish" "公开" "Publish";
    Call { callee: Option<UnitId>, words: Sealed } "call" "呼" "Call for help";
    Answer { no: u16, words: Sealed } "answer" "应" "Answer";
    RateAnswer { no: u16, stars: u8 } "rate-answer" "评价应答" "Rate the answer";
    Request { kind: RequestKind, until: Option<Instant>, reason: Sealed } "request" "申请" "Request";
    Grant { no: u16, words: Option<Sealed> } "grant" "批准" "Grant";
    Refuse { no: u16, reason: Sealed } "refuse" "驳回申请" "Refuse";
    Suspend { until: Instant, reason: Sealed } "suspend" "挂起" "Suspend";
    Resume { reason: Option<Sealed> } "resume" "恢复" "Resume";
    MarkDifficult { reason: Sealed } "mark-difficult" "列为疑难" "Mark as difficult";
    Convene { at: Instant, units: Vec<UnitId> } "convene" "会商" "Convene";
    Decide { resolve: Resolve, reason: Sealed } "decide" "议定" "Decide";
    FollowUp { unit: UnitId, words: Option<Sealed> } "follow-up" "跟踪" "Follow up";
    FollowedUp { no: u16, words: Option<Sealed> } "followed-up" "跟踪完成" "Followed up";
    /// System: takes the oldest step that is due.
    Tick "tick" "时限" "Timer";
    /// System: a unit that held the case no longer can; another takes its place.
    Rehome { from: UnitId, to: UnitId } "rehome" "责任转移" "Re-home";
    /// System: grid workers may no longer be asked for the matter; the team's part ends with notice.
    Veto { unit: UnitId } "veto" "准入否决" "End by veto";
    /// System: the case goes by another version of the rules from now on.
    Repin { to: PolicyVersion } "repin" "改用版本" "Move to a version";
    /// System: the calendar changed; due instants are computed again.
    Retime "retime" "重算时限" "Re-time";
    /// System, on a parent: a child came by merge.
    Absorb { child: Joined } "absorb" "并入" "Absorb";
    /// System, on a parent: a merged child left again.
    Release { child: CaseId } "release" "并出" "Release";
    /// System, on a new child of a split.
    Begin { parent: CaseId, part: Box<SplitPart>, report: Box<Report>, centre: UnitId, filing: Filing, cap: Option<Instant> } "begin" "拆分立案" "Begin a part";
    /// System, on a part of a split: its parent's promise ends earlier.
    Cap { cap: Instant } "cap" "随主案提前" "Shorten a part";
    /// System, on a parent: a split child ended.
    ChildEnded { child: CaseId } "child-ended" "子案结束" "A part ended";
    /// System, on a child: its parent ended.
    ParentEnded { outcome: Outcome, void: bool } "parent-ended" "主案结束" "The parent ended";
    /// System, on a parent: a merged child's reporter says it is not solved.
    ChildUnsolved { child: CaseId } "child-unsolved" "并案未解决" "A follower says unsolved";
    /// System, on a child: the area code that its place now has.
    Resettle { area: Option<AreaCode> } "resettle" "区划调整" "Resettle";
}
