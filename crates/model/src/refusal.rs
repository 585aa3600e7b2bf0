//! Why a command was refused, in words a user can act on. Codes are stable: programs go by them.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    catalogue::{EvidenceKind, Outcome},
    command::Name,
    ids::{MatterCode, UnitId},
    stage::Stage,
};

macro_rules! refusals {
    ($( $(#[$doc:meta])* $name:ident $( { $( $field:ident : $type:ty ),* } )? $code:literal $en:literal $zh:literal; )*) => {
        /// The rule that says no.
        #[derive(Clone, PartialEq, Eq, Debug, thiserror::Error, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case", tag = "refusal")]
        pub enum Refusal {
            $( $(#[$doc])* #[error($en)] $name $( { $( $field: $type ),* } )?, )*
        }
        impl Refusal {
            /// Stable, for programs.
            pub fn code(&self) -> &'static str {
                match self { $( Refusal::$name { .. } => $code, )* }
            }
            fn sentence_zh(&self) -> &'static str {
                match self { $( Refusal::$name { .. } => $zh, )* }
            }
            /// Every code with its sentences, for the API's pages.
            pub const CODES: &'static [(&'static str, &'static str, &'static str)] = &[ $( ($code, $en, $zh), )* ];
        }
    };
}

impl Refusal {
    /// The Chinese sentence, with what it quotes; the English one is what the refusal displays.
    pub fn zh(&self) -> String {
        let sentence = self.sentence_zh();
        match self {
            Refusal::NotAdmitted { matter, rule } => {
                sentence.replace("{matter}", matter.as_str()).replace("{rule}", rule)
            }
            Refusal::StaysPinned { why } => sentence.replace("{why}", why),
            Refusal::Rank { rank } => sentence.replace("{rank}", &rank.to_string()),
            Refusal::NobodyOfRank { unit, rank } => {
                sentence.replace("{unit}", unit.as_str()).replace("{rank}", &rank.to_string())
            }
            _ => sentence.to_owned(),
        }
    }
}

refusals! {
    NotFromHere { stage: Stage, command: Name } "not_from_here" "This cannot be done in this stage: see the commands the case allows now." "当前环节不能执行此操作，请查看案件可用的操作。";
    NotYours { command: Name } "not_yours" "Your role or unit may not do this: the unit in charge, or the role named on the button, can." "您的岗位或单位无权执行此操作，请由当前责任单位或相应岗位办理。";
    AlreadyBegun "already_begun" "A case with this id exists: use another id." "该案件编号已存在，请更换编号。";
    UnknownMatter { matter: MatterCode } "unknown_matter" "The rules of this case have no such matter: choose one from the catalogue." "事项目录中没有该事项，请从目录中选择。";
    UnknownCondition { matter: MatterCode, condition: u16 } "unknown_condition" "The matter has no such filing condition: choose one of its conditions." "该事项没有此立案条件，请重新选择。";
    MatterMissing "matter_missing" "A matter and its filing condition are needed: choose them first." "请先选择事项和立案条件。";
    UnknownUnit { unit: UnitId } "unknown_unit" "There is no such unit in force today: choose another." "该单位不存在或已停用，请另选单位。";
    DoesNotServe { unit: UnitId } "does_not_serve" "This unit does not serve the place: choose one that does, or correct the place." "该单位不负责此位置，请另选单位或更正位置。";
    NotAdmitted { matter: MatterCode, rule: SmolStr } "not_admitted" "Grid workers may not be asked for {matter}: {rule}. Choose another unit, or let a department apply for its admission." "不得要求网格力量办理 {matter}：{rule}。请另选单位，或由部门申请准入。";
    StaysPinned { why: SmolStr } "stays_pinned" "The case cannot go by that version of the rules ({why}): it stays with its own." "该案件不能改用该版本规则（{why}），继续适用原版本。";
    NotACentre { unit: UnitId } "not_a_centre" "Only a centre below, around the place, can take it: choose one." "只能下派给该位置所属的下级中心。";
    SameUnit { unit: UnitId } "same_unit" "This unit has the case already: choose another." "该单位已承担此案件，请另选单位。";
    NobodyVerifies "nobody_verifies" "No grid team serves this place: correct the place first." "该位置没有对应的网格力量，请先更正位置。";
    PlaceMissing "place_missing" "The place has no cell yet: relocate the case first." "案件尚未定位到网格，请先更正位置。";
    Spent { what: SmolStr } "spent" "This may not happen to this case again: its allowance is used up." "该操作的次数已用完，不能再次执行。";
    MustRule "must_rule" "After these returns the centre has to rule: use Rule and name the lead." "多次退回后须由中心裁定，请使用裁定并指定主办单位。";
    NothingToRule "nothing_to_rule" "The centre rules only when the returns are used up: dispatch instead." "退回次数未用完，无需裁定，请直接派遣。";
    RuledLead "ruled_lead" "The centre has ruled that this unit leads: it cannot return the case; raise it or call for help." "中心已裁定由本单位主办，不能退回，可提级或呼叫支援。";
    NotPushed "not_pushed" "Nobody pushed this case down, so there is nobody to return it to." "该案件不是下派的，无法退回。";
    TopLevel "top_level" "There is no level above: take over or hand over instead." "已是最高层级，请领办或移交。";
    NotDone { unit: UnitId } "not_done" "An assisting unit is not done: wait, or end its part with a reason." "尚有协办单位未完成，请等待或说明理由后结束其协办。";
    PartsOpen "parts_open" "Parts of this case are open: it can be finished when the last one has ended." "尚有拆分子案未结束，全部结束后才能办结。";
    OnlyFinish "only_finish" "A split case can only be finished." "已拆分的案件只能办结反馈。";
    EvidenceMissing { kind: EvidenceKind } "evidence_missing" "The filing condition asks for evidence that is not in the file: attach it." "缺少结案条件要求的证据，请补充附件。";
    Rank { rank: u8 } "rank" "The colour of this case asks for a lead officer of rank {rank} or above: appoint one." "该案件的颜色要求主办人层级不低于{rank}，请另行指定主办人。";
    NobodyOfRank { unit: UnitId, rank: u8 } "nobody_of_rank" "Nobody in {unit} has rank {rank}, which the colour of this case asks of its lead officer: raise the case, or call a unit for help." "{unit}没有层级不低于{rank}的人员，请将案件提级，或呼叫其他单位支援。";
    ReasonMissing "reason_missing" "A reason is needed: write one the reporter can understand." "请填写理由。";
    OutcomeLevel { outcome: Outcome } "outcome_level" "This level may not give this outcome: raise the case or choose another." "本级无权作出该办理结果，请提级或选择其他结果。";
    OutcomeNot { outcome: Outcome } "outcome_not" "This outcome cannot be given here: choose one the stage allows." "此处不能作出该办理结果。";
    OwnWork "own_work" "Nobody inspects or judges own work: somebody else has to." "不能核查或裁定自己经办的案件，须由他人办理。";
    OwnRequest "own_request" "Nobody grants an own request." "不能审批自己的申请。";
    SecondPerson "second_person" "A second person has to confirm this." "须由另一人确认。";
    NoPart "no_part" "The final word is given by someone who had no part in the case." "须由未参与过该案件的人员作出最终说明。";
    LastWord "last_word" "This case is on its last word: it can only be concluded as explained." "该案件已进入最终环节，只能以解释说明办结。";
    NotCalledBack "not_called_back" "A reporter has not been called back yet: call, or record the attempts." "尚有反映人未回访，请回访或登记回访次数。";
    Unsolved "unsolved" "A reporter says it is not solved: send it back for rework." "有反映人表示未解决，请返工。";
    UnknownReporter "unknown_reporter" "The case has no such reporter." "该案件没有此反映人。";
    StarsRange "stars_range" "Stars go from 1 to 5." "评分应为1到5星。";
    WindowOver "window_over" "The days for this are over: report it anew." "已超过可办理期限，请重新反映。";
    Once "once" "This can be done once only." "此操作只能进行一次。";
    Suspended "suspended" "The case is suspended: resume it first." "案件已挂起，请先恢复。";
    NotSuspended "not_suspended" "The case is not suspended." "案件未挂起。";
    SuspensionBound "suspension_bound" "A suspension needs an end that lies ahead and within the longest one allowed: choose an earlier end." "挂起须有截止时间且不得超过规定的最长期限。";
    UnknownCall { no: u16 } "unknown_call" "There is no such open or answered call." "没有该呼叫记录。";
    UnknownRequest { no: u16 } "unknown_request" "There is no such request waiting." "没有待审批的该申请。";
    RequestOpen "request_open" "A request of this kind is waiting already." "同类申请正在审批中。";
    NobodyToCall "nobody_to_call" "No unit is there to be called from here: name one." "没有可呼叫的单位，请指定单位。";
    ParentNotOpen "parent_not_open" "The other case has to be open, filed and not suspended: choose another." "主案须为在办、已立案且未挂起的案件。";
    Chain "chain" "A case that is merged or has merged cases cannot be merged again." "已并案或含并案的案件不能再次并案。";
    OwnFamily "own_family" "A case is not merged with itself, its own parent or its own part." "不能与自身、自己的主案或子案并案。";
    UnknownCase "unknown_case" "The other case was not found." "未找到另一案件。";
    NoParts "no_parts" "A split needs at least two parts, each with a unit of its own." "拆分至少需要两个子案，并各有承办单位。";
    NotDifficult "not_difficult" "The case is not in the difficult-case procedure." "案件未进入疑难程序。";
    NoMeetings "no_meetings" "Neither the colour of this case nor the difficult-case procedure asks for meetings: set another colour, or mark the case difficult." "该案件的颜色不要求会商，也未进入疑难程序；如需会商，请调整颜色或列为疑难。";
    InDifficult "in_difficult" "The case is in the difficult-case procedure: the meeting decides." "案件已进入疑难程序，须由会商议定。";
    NobodyFallsBack "nobody_falls_back" "The rules name no unit as fallback owner here." "该位置没有兜底单位。";
    NotAsked "not_asked" "Nothing was asked of the reporter." "当前没有待补充事项。";
    AskedAlready "asked_already" "The reporter was asked already: wait for the answer." "已请反映人补充，请等待。";
    NoAttention "no_attention" "There is no item in a leader's queue for this case." "该案件没有待领导阅处的事项。";
    NotTheSpot "not_the_spot" "Self-handling is for the grid team of this place." "只有该网格的网格力量可以自处置。";
    NotSelfHandled "not_self_handled" "Only a self-handled case can be given up like this: return it instead." "仅自处置案件可用此操作，请使用退回。";
    NothingDue "nothing_due" "No clock of this case is due." "没有到期的时限。";
    UnknownTrace { no: u16 } "unknown_trace" "There is no such follow-up waiting." "没有该跟踪事项。";
    UnknownEvent { event: u32 } "unknown_event" "The case has no such entry." "没有该流转记录。";
    NeverPublic "never_public" "Disputes are never shown to the public." "矛盾纠纷不向公众公开。";
    UnknownFile { file: SmolStr } "unknown_file" "The case has no such file as evidence: choose one that lies in it." "案件中没有该附件，请从案件附件中选择。";
    OnlyPhotos "only_photos" "Only photos are shown to everybody: of a photo there is a copy without its hidden data." "只能公开照片：照片有去除隐藏信息的副本。";
    TooManyFiles "too_many_files" "At most 20 files of a case are shown: choose fewer." "每个案件最多公开20个附件，请减少。";
    NothingPublished "nothing_published" "Nothing of this case is public: write words for everybody or choose files." "该案件尚未公开任何内容，请填写公开说明或选择附件。";
    NomineeNotWanted "nominee_not_wanted" "An inspector is there: no nominee is needed." "已有核查人员，无需指定。";
    TextTooLong { field: SmolStr } "text_too_long" "This text is too long: shorten it." "内容过长，请缩短。";
}
