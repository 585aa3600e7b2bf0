//! Every fixed text of the pages in both languages, in one table: a text without one of them does not compile.
//!
//! `{}` is a gap that [`T::with`] fills in order. Names of things (stages, commands, sources …) are the model's own.

use crate::language::Lang;

macro_rules! texts {
    ($($name:ident $zh:literal $en:literal;)*) => {
        /// A text by its name.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum T { $($name,)* }

        impl T {
            fn both(self) -> (&'static str, &'static str) {
                match self { $(T::$name => ($zh, $en),)* }
            }
            #[cfg(test)]
            const ALL: &'static [T] = &[$(T::$name,)*];
        }
    };
}

impl T {
    /// The text in a language.
    pub fn of(self, lang: Lang) -> &'static str {
        let (zh, en) = self.both();
        lang.pick(zh, en)
    }
    /// The text with its gaps filled in order.
    pub fn with(self, lang: Lang, with: &[&str]) -> String {
        let mut with = with.iter();
        let mut text = String::new();
        for (no, part) in self.of(lang).split("{}").enumerate() {
            if no > 0 {
                text.push_str(with.next().copied().unwrap_or_default());
            }
            text.push_str(part);
        }
        text
    }
}

texts! {
    // The frame.
    Huying "呼应" "Huying";
    Desk "工作台" "desk";
    SkipToMain "跳到主要内容" "Skip to the main content";
    DemoData "演示数据" "Demonstration data";
    Queues "队列" "Queues";
    Map "地图" "Map";
    HandOver "交接班" "Hand-over";
    SwitchMember "换人" "Switch member";
    Keys "快捷键" "Keys";
    KeyNext "下一件，上一件" "Next case, previous case";
    KeyAct "按建议办理所选案件" "Do what is proposed for the chosen case";
    KeySearch "查找" "Search";
    KeyHelp "打开这张表" "Open this list";
    KeysOff "关闭快捷键" "Switch single keys off";
    Shut "关上" "Close";
    DoneToast "已办：{}" "Done: {}";
    FailedTitle "出错：{}" "Error: {}";
    NotYet "还不能办理" "This cannot be done yet";
    Today "今天" "today";
    ReplyOffered "已填入应答模板，请按实际情况修改。" "Filled in from the reply template; change it to what was done.";
    Optional "（可不填）" "(optional)";
    Choose "请选择" "Choose";
    Nobody "（无）" "(none)";
    None "无" "None";
    Yes "是" "Yes";
    No "否" "No";
    Paused "已暂停" "Paused";
    NoClock "无时限" "No limit";
    System "系统" "System";
    ErrorId "错误编号：" "Error id:";
    BackToDesk "回到工作台" "Back to the desk";
    Pair "{}：{}" "{}: {}";
    Because "{}（{}）" "{} ({})";
    // Signing in.
    WhoAreYou "您是谁？" "Who are you?";
    SignInWords "这是演示：案件由程序生成，人员以角色为名。选一位进入工作台，随时可以换人。" "This is a demonstration: cases are made by a program and members are named by their role. Choose one to enter the desk; you can switch at any time.";
    FindMember "查找岗位、单位" "Find a role or unit";
    Find "查找" "Find";
    MoreMembers "先列出 {} 位，共 {} 位；用查找缩小范围。" "The first {} of {} are listed: search to narrow them down.";
    NobodyFound "没有找到，请换个词。" "Nobody was found: try another word.";
    // The desk.
    QueueTitle "{} {} 件" "{}: {}";
    NewCases "{n} 件新案件" "{n} new cases";
    Load "载入" "load";
    Gone "已由他人处理" "taken by somebody else";
    Live "实时" "Live";
    Cut "实时连接中断，正在重连" "The live connection is cut; connecting again";
    EarliestFirst "先到期的在前" "Earliest due first";
    NewestFirst "新收到的在前" "Newest first";
    BackToQueue "回到队列" "Back to the queue";
    More "下一页" "Next page";
    Filter "筛选" "Filter";
    FindCase "查找案件" "Find a case";
    FindHint "案号、文字、地点" "Number, words, place";
    Source "来源" "Source";
    AllSources "全部来源" "All sources";
    Report "报案" "Report a case";
    NothingFound "没有找到" "Nothing was found";
    NothingFoundHint "换个词试试：任意两个汉字，或完整的案号。" "Try other words: any two Chinese characters, a whole word, or a whole case number.";
    AllDone "{}：没有待办" "{}: nothing to do";
    AllDoneHint "新案件到了会在这里提醒。" "New cases will be told here.";
    ChooseCase "选一件案件" "Choose a case";
    ChooseCaseHint "点左边任意一行。" "Open any row at the left.";
    Case "案件" "Case";
    Hazard "有危险" "Hazard";
    MatterOpen "事项待定" "Matter not decided";
    PlaceUnknown "地点待定" "Place not known";
    // A case.
    ReportedAt "上报" "reported";
    Custodian "当前责任单位" "In charge now";
    Centre "派遣中心" "Dispatching centre";
    OpensWhen "立案条件" "Filed when";
    ClosesWhen "结案条件" "Closed when";
    SuspendedUntil "挂起至" "Suspended until";
    Outcome "办理结果" "Outcome";
    Note "注意" "Note";
    LastWord "最终环节，只能以解释说明办结" "On its last word: it can only be concluded as explained";
    Difficult "疑难程序中，由会商议定" "In the difficult-case procedure: the meeting decides";
    Attention "已报领导" "Told to the leader of";
    Clocks "时限" "Clocks";
    Before "{} 前" "before {}";
    Public "对外公开" "public";
    Provisional "节假日未公布，暂定" "provisional: holidays not published";
    Assignments "派件" "Assignments";
    Lead "主办" "Lead";
    Assist "协办" "Assists";
    PartSent "待签收" "not received yet";
    PartReceived "办理中" "at work";
    PartDone "已完成" "done";
    PartEnded "已结束" "ended";
    Arrived "已到场" "on the spot";
    Officer "主办人" "Officer";
    OfRank "层级{}" "rank {}";
    CallsAndRequests "呼应与申请" "Calls and requests";
    CallOpen "待应答" "waits for an answer";
    CallAnswered "已应答" "answered";
    CallEnded "已结束" "ended";
    Waiting "待审批" "waits";
    Family "关联案件" "Related cases";
    MergedInto "已并入" "Merged into";
    MergedHere "并入本案" "Merged into this";
    SplitFrom "主案" "Part of";
    PartOfThis "子案" "Part";
    PhotoBefore "现场照片" "Photo of the spot";
    PhotoAfter "处置后照片" "Photo after the work";
    PhotoFinding "核实照片" "Photo of the check";
    PhotoDocument "文书照片" "Photo of the document";
    Document "文件" "Document";
    Voice "录音" "Voice";
    Video "视频" "Video";
    PhotoCount "处置前 {} 张，处置后 {} 张" "{} before the work, {} after it";
    Reporters "反映人" "Reporters";
    ReporterNo "反映人 {}" "Reporter {}";
    Journal "流转记录" "Journal";
    Redacted "（内容已遮蔽）" "(these words were hidden)";
    // What may be done.
    CaseChanged "此案刚有变化。" "This case has just changed. ";
    SeeLatest "看最新" "See the latest";
    SuggestedRoute "建议派遣" "Suggested route";
    NextStep "下一步" "Next step";
    DispatchAndNext "派遣并看下一件" "Dispatch and see the next";
    Explain "派单说明" "Explain a dispatch";
    ExplainHint "按现行规则回答：这样一件案件会派给谁、依据哪一行、何时到期。不写入任何数据。" "Answers by the rules: who would get such a case, by which row, and when what would be due. Nothing is written.";
    ExplainAsk "说明" "Explain";
    ExplainLink "完整说明" "The whole explanation";
    WhyThisUnit "为什么派给它" "Why this unit";
    DispatchedByHand "由派遣员人工指定。" "A dispatcher chose by hand.";
    WhoGetsIt "派给谁" "Who gets it";
    ByHand "派单规则没有答案，由派遣员人工指定" "The table has no answer: a dispatcher chooses by hand";
    AmongRivals "同职单位的次序（按都空闲计）" "Order among its like (as if all were free)";
    TakenInBy "受理" "Taken in by";
    LeaderOf "领导所在中心" "Leaders of";
    FiledBy "立案" "Filed by";
    DispatchedBy "派遣" "Dispatched by";
    BySystem "系统自动" "System by itself";
    ByPerson "人工" "A person";
    SecondedBy "（由{}派驻）" "(seconded by {})";
    WouldBeRefused "“{}”会被拒绝：{}" "“{}” would be refused: {}";
    ByWhichRow "依据哪一行" "By which row";
    Row "规则行" "Row";
    WhyNot "为什么没有采用" "Why it did not win";
    CountedFrom "每项都从所问时刻起算，好像上一步刚刚完成。" "Each counts from the moment asked, as if the step before had just happened.";
    IfNobodyActs "若无人办理" "If nobody acts";
    ClimbLine "{} {} → {}" "{} {} → {}";
    HowItEnds "怎样结案" "How it ends";
    ClosingLevel "结案层级" "Closing level";
    InspectedBy "核查" "Inspected by";
    CalledBackBy "回访" "Called back by";
    WhereContact "（留有联系方式时）" "(where a contact was left)";
    NotNeeded "不需要" "Not needed";
    EvidenceNeeded "结案所需证据" "Evidence needed";
    ConditionNo "立案条件" "Filing condition";
    ConditionHint "填序号，不填则取第一个" "Its number; the first where it is left out";
    PointLabel "经纬度" "Point";
    PointHint "经度,纬度，如 110.005,30.015" "Longitude,latitude such as 110.005,30.015";
    AreaInstead "（没有经纬度时）" "(where there is no point)";
    MomentLabel "时间" "When";
    MomentHint "如 2024-03-05 10:00，不填为现在" "Such as 2024-03-05 10:00; now where it is left out";
    UrgencyLabel "等级" "Urgency";
    BecauseOf "因为规则 {}" "Because of rule {}";
    Fits "{}，{}" "{}, {}";
    NotTaken "未用：" "Not taken: ";
    ByPolicy "机制版本 {}" "Policy {}";
    LostMatter "事项不符" "another matter";
    LostOverlay "不在重点网格" "not in the overlay";
    LostArea "区域不符" "another area";
    LostLevel "层级不符" "another level";
    LostSource "来源不符" "another source";
    LostUrgency "急缓不符" "another urgency";
    LostPeriod "时段不符" "another period";
    LostLess "不够具体" "less specific";
    LostNobody "此处无对应单位" "no unit there";
    LostNotAdmitted "该事项未准入网格" "not admitted for grid workers";
    WaitsFor "现在由 {} 办理。" "This now waits for {}.";
    YourAnswer "等您答复" "Waits for your answer";
    OtherActs "其他办理" "Other acts";
    Talk "沟通与记录" "Words and records";
    Similar "疑似同一件" "Perhaps the same";
    MetresAway "{} 米外" "{} m away";
    PrintOrder "打印派工单" "Print a work order";
    // Fields.
    LeadUnit "主办单位" "Lead unit";
    AssistUnits "协办单位" "Assisting units";
    CentreBelow "下级中心" "Centre below";
    WhichUnit "单位" "Unit";
    OwnUnit "以哪个单位" "In the name of";
    MeetingUnits "参加单位" "Units that take part";
    MeetingAt "会商时间" "Time of the meeting";
    Callee "呼叫单位" "Unit that is called";
    Inspector "核查人" "Inspector";
    Reason "理由" "Reason";
    Words "说明" "Words";
    FinishWords "处置说明" "What was done";
    Question "请反映人补充什么" "What to ask the reporter";
    Milestone "节点（明文保存：写完成了什么，不写姓名）" "Milestone (kept in the clear: what was reached, never who)";
    Filing "事项与立案条件" "Matter and filing condition";
    Urgency "急缓" "Urgency";
    Green "绿色 · 一般" "Green · normal";
    Yellow "黄色 · 较急" "Yellow · pressing";
    Red "红色 · 紧急" "Red · urgent";
    IsTrue "情况属实吗" "Is it as reported?";
    TrueYes "属实" "As reported";
    TrueNo "不属实" "Not as reported";
    IsDone "办得怎样" "How far is it?";
    DoneOnTheSpot "现场已办结" "Done on the spot";
    TakenOn "先接下来办" "Taken on";
    AssistDone "协办已完成" "The part is done";
    AssistNotDone "未完成即结束" "It ends undone";
    Reached "联系上了吗" "Was the reporter reached?";
    ReachedYes "联系上了" "Reached";
    ReachedNo "没联系上" "Not reached";
    Solved "问题解决了吗" "Is it solved?";
    Satisfied "满意吗" "Is the reporter satisfied?";
    Stars "评分" "Stars";
    Until "截止时间" "Until";
    IntoNumber "并入哪个案号" "Into which case number";
    EntryNo "流转记录序号" "Number of the entry";
    WhichCall "哪一次呼叫" "Which call";
    WhichRequest "哪一项申请" "Which request";
    WhichTrace "哪一项跟踪" "Which follow-up";
    WhichReporter "回访哪一位" "Which reporter";
    RequestKind "申请什么" "What is asked for";
    Extension "延期" "Extension";
    Suspension "挂起" "Suspension";
    Exemption "免责" "Exemption";
    PartNo "子案 {}" "Part {}";
    PartWords "要做什么" "What it has to do";
    Resolve "议定什么" "What was decided";
    ResolveLead "由一个单位主办" "A unit leads";
    ResolveExplain "解释说明" "Explain";
    ResolveSuspend "挂起" "Suspend";
    ResolveUnit "主办单位（选“由一个单位主办”时）" "Lead unit (where a unit leads)";
    Photos "照片" "Photos";
    PhotosAfter "处置后照片" "Photos after the work";
    PhotosHint "（最多 6 张，每张 20 MB 以内）" "(up to 6, 20 MB each)";
    TakePhoto "拍照或选照片" "Take or choose photos";
    ChooseFile "选文件" "Choose files";
    FileShows "这些照片是" "What the photos show";
    NeededFor "（办理结果为“{}”时必附）" "(needed where the outcome is: {})";
    NeededToo "（结案条件要求）" "(the filing condition asks for it)";
    // The report.
    DangerCall "危险请拨 " "In danger call ";
    DangerEnd "，不要在这里等。" "; do not wait here.";
    WhatHappened "发生了什么" "What happened";
    WhatHint "什么情况、多久了。请不要写身份证号。" "What it is and for how long. Do not write identity numbers.";
    Where "在哪里" "Where";
    WhereHint "小区、楼栋、路口都可以。" "An estate, a building, a crossing.";
    MyPlace "用我的位置" "Use my place";
    Asking "正在定位…" "Looking for your place…";
    FoundPlace "已取得位置，误差约 {n} 米" "Your place is known to about {n} m";
    NoPlace "没有取得位置，请写地点" "Your place is not known: write it";
    Area "区域" "Area";
    AreaHint "（不清楚可不选，受理员会确认）" "(leave it open when in doubt; an acceptor will find it)";
    Matter "事项" "Matter";
    MatterHint "（可不选，受理员会确认）" "(optional; an acceptor will decide)";
    MatterLater "由受理员确定" "Left to the acceptor";
    ReporterName "反映人称呼" "The reporter's name";
    Contact "联系方式" "Telephone or mail";
    ContactHint "（留下才能回访，只有承办单位能看到）" "(needed for a callback; seen only by the unit in charge)";
    SendReport "上报" "Send the report";
    NoReport "不报了" "Do not report";
    ReceivedTitle "已收到" "Received";
    CaseNumber "案号" "Case number";
    KeepNumber "。请记下或打印，凭它查进度。" ". Keep it: progress is found by it.";
    WhatNext "接下来" "What comes next";
    NowWith "现在由 {} 办理（{}）。" "It is with {} now ({}).";
    OpenCase "看案件" "Open the case";
    ReportAnother "再报一件" "Report another";
    StepReceived "已收到" "Received";
    StepDispatch "派遣" "Dispatch";
    StepWork "处理" "Work";
    StepDone "办结" "Done";
    // The map.
    OpenByArea "在办案件分布" "Open cases by area";
    ByLevel "按{}" "By {}";
    CellWords "{}：在办 {} 件，超期 {} 件" "{}: {} open, {} overdue";
    OpenCases "在办" "Open";
    Overdue "超期" "Overdue";
    HasOverdue "有超期" "Has overdue cases";
    MostOpen "在办最多" "Most open cases";
    NoShapes "没有可画的边界" "There are no outlines to draw";
    Synthetic "边界由程序生成，不是测绘成果。" "The outlines are made by a program and are no survey.";
    // Sheets.
    WorkOrder "派工单" "Work order";
    Print "打印" "Print";
    BackToCase "回到案件" "Back to the case";
    PrintHint "用浏览器打印，纸张 A4 或 A5" "Print it with the browser, on A4 or A5";
    PrintedAt "打印于 {}" "Printed {}";
    PromiseDue "办结时限" "Promised by";
    HandleDue "处置时限" "Work due";
    WorkDone "处置结果" "What was done";
    SignDispatcher "派遣人" "Dispatcher";
    SignHandler "处置人" "Handler";
    SignInspector "核查人" "Inspector";
    HandOverNote "交接班记录" "Shift hand-over";
    AllTasks "待办" "To do";
    DueNextShift "下一班到期" "Due in the next shift";
    LookFirst "接班人先看：超期" "Look here first: overdue";
    OpenCalls "未了的呼与申请" "Open calls and requests";
    Stage "环节" "Stage";
    SignLeaving "交班人" "Leaving";
    SignComing "接班人" "Coming";
    SignLeader "带班领导" "Leader on duty";
    // The journal.
    WithAssists "{}，协办 {}" "{}, assisted by {}";
    EvReported "上报，来源：{}" "Reported; source: {}";
    EvReportedPhotos "上报，来源：{}，附照片 {} 张" "Reported; source: {}; {} photos";
    EvFiled "立案：{}" "Filed as {}";
    EvDeclined "不予受理" "Declined";
    EvSentToVerify "交网格力量核实" "Sent to the grid team to verify";
    EvVerifiedTrue "核实：属实" "Verified: as reported";
    EvVerifiedFalse "核实：不属实" "Verified: not as reported";
    EvSelfDone "{} 现场办结" "{} did it on the spot";
    EvSelfTaken "{} 接下办理" "{} took it on";
    EvCouldNotSolve "无法解决，转中心派遣" "Could not be solved; to the centre";
    EvDispatched "派遣给 {}" "Dispatched to {}";
    EvDispatchedBy "派遣给 {}（规则 {}）" "Dispatched to {} (rule {})";
    EvRuled "中心裁定由 {} 主办" "The centre ruled that {} leads";
    EvPushedDown "下派到 {}" "Pushed down to {}";
    EvRaised "提级到 {}" "Raised to {}";
    EvReturned "{} 退回" "Returned by {}";
    EvRecalled "撤回派遣" "Recalled";
    EvReassigned "改派给 {}" "Reassigned to {}";
    EvTakenOver "{} 领办" "Taken over by {}";
    EvReceived "{} 签收" "Received by {}";
    EvArrived "{} 到场" "{} is on the spot";
    EvProgressed "{} 报告进展" "{} tells how it goes";
    EvAppointed "指定主办人：{}" "Officer named: {}";
    EvAssistAdded "增派协办：{}" "Assisting unit added: {}";
    EvAssistDone "{} 完成协办" "{} did its part";
    EvAssistEnded "{} 结束协办" "{} ended its part undone";
    EvAttached "补充材料" "Material added";
    EvMilestone "完成节点：{}" "Milestone reached: {}";
    EvFinished "{} 处置完成，结果：{}" "{} finished; outcome: {}";
    EvPassed "核查通过" "Inspection passed";
    EvFailed "核查不通过" "Inspection failed";
    EvNominated "指定核查人：{}" "Inspector named: {}";
    EvCalledSolved "回访：联系上，已解决" "Called back: reached, solved";
    EvCalledUnsolved "回访：联系上，未解决" "Called back: reached, not solved";
    EvCalledReached "回访：联系上" "Called back: reached";
    EvCalledMissed "回访：没联系上" "Called back: not reached";
    EvClosed "结案，结果：{}" "Closed; outcome: {}";
    EvReworked "返工" "Sent back for rework";
    EvConcluded "直接办结，结果：{}" "Concluded; outcome: {}";
    EvVoidProposed "提请作废，待第二人确认" "Proposed as void; a second person confirms";
    EvReopened "重启" "Reopened";
    EvObjected "反映人提出异议" "The reporter objected";
    EvRated "评价 {} 星" "Rated {} stars";
    EvWithdrawn "反映人撤销" "Withdrawn by the reporter";
    EvReporterLeft "一位反映人撤回，案件继续" "A reporter withdrew; the case goes on";
    EvMerged "并入另一案件" "Merged into another case";
    EvUnmerged "解除并案" "Taken out of the other case";
    EvAbsorbed "并入一件案件" "Another case was merged into this";
    EvReleased "一件并入案件已解除" "A merged case was taken out";
    EvSplit "拆分" "Split";
    EvChildEnded "一件子案结束" "A part ended";
    EvParentEnded "随主案结束，结果：{}" "Ended with its main case; outcome: {}";
    EvRelocated "更正位置：{}" "Place corrected: {}";
    EvReclassified "更正事项：{}" "Matter corrected: {}";
    EvUrgency "定级：{}" "Urgency: {}";
    EvCommented "留言" "Comment";
    EvNoted "备注" "Note";
    EvSupplemented "补充" "Supplemented";
    EvAsked "请反映人补充" "The reporter was asked";
    EvAskEnded "反映人未补充，继续办理" "No answer from the reporter; it goes on";
    EvSupervised "督办" "Supervised";
    EvAcknowledged "领导阅处" "Acknowledged by the leader";
    PhotosForAll "公开的照片" "Photos for everybody";
    EvPublished "向公众公开" "Shown to the public";
    PublicNot "已批准公开，但该事项或案件状态不对公众展示。" "Approved for everybody; yet its matter, or how the case stands, is not shown to the public.";
    EvUnpublished "撤回公开" "Taken back from the public";
    EvRedacted "遮蔽第 {} 条记录" "Entry {} was hidden";
    EvCalled "{} 呼 {}" "{} called {}";
    EvAnswered "应" "Answered";
    EvCallClimbed "无人应答，呼叫升级到 {}" "Nobody answered: the call climbed to {}";
    EvRequested "{} 申请{}" "{} asked for: {}";
    EvGranted "批准{}" "Granted: {}";
    EvRefused "驳回申请" "Request refused";
    EvRequestClimbed "无人审批，升级到 {}" "Nobody decided: it climbed to {}";
    EvSuspended "挂起至 {}" "Suspended until {}";
    EvResumed "恢复办理" "Resumed";
    EvDifficult "列为疑难，{} 兜底" "Marked difficult; {} owns it until it is decided";
    EvConvened "会商：{}，参加 {}" "Meeting: {}, with {}";
    EvDecided "议定" "Decided";
    EvFollowUpSet "由 {} 跟踪" "{} follows it up";
    EvFollowedUp "跟踪完成" "Followed up";
    EvWarned "{} 将到" "{} is about to end";
    EvExpired "{} 已过" "{} has ended";
    EvRehomed "责任转移到 {}" "Responsibility moved to {}";
    EvVetoed "{} 的任务结束，准入被否决：{}" "The task of {} ended; no longer admitted: {}";
    EvRepinned "改用规则版本 {}" "Moved to the version {} of the rules";
    EvCapped "主案办结时限提前，本案时限随之提前" "The parent's promise moved earlier, and this part's limits with it";
    EvRetimed "按新日历重算时限" "Limits computed anew by the changed calendar";
    EvResettled "区划调整" "Area code changed";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_gaps_and_neither_is_empty() {
        for text in T::ALL {
            let (zh, en) = text.both();
            assert!(!zh.trim().is_empty() && !en.trim().is_empty(), "{text:?}");
            assert_eq!(zh.matches("{}").count(), en.matches("{}").count(), "{text:?}");
            assert_eq!(zh.contains("{n}"), en.contains("{n}"), "{text:?}");
        }
    }

    #[test]
    fn gaps_are_filled_in_order() {
        assert_eq!(T::EvCalled.with(Lang::Zh, &["甲", "乙"]), "甲 呼 乙");
        assert_eq!(T::EvCalled.with(Lang::En, &["A"]), "A called ");
    }
}
