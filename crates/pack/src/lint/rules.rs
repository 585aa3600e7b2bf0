//! The rules of the lint by name.
//!
//! Owns the list that the guide prints and the tests go by: each rule stands in docs/writing-a-pack.md, and a pack that
//! breaks it in the tests. Refuses a rule without a sentence. Start at [`RULES`].

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The same in every run and version.
    pub id: &'static str,
    /// What it finds, in a few words: in Chinese, and in English.
    pub zh: &'static str,
    pub what: &'static str,
}

const fn rule(id: &'static str, zh: &'static str, what: &'static str) -> Rule {
    Rule { id, zh, what }
}

/// Every rule, by theme.
pub const RULES: &[Rule] = &[
    rule("unreadable", "机制包无法读取", "the pack cannot be read"),
    // The dispatch table.
    rule("no-route", "有案件找不到派单规则", "a case finds no row"),
    rule("no-handler", "派给了没有人员的单位", "a row sends a case to a unit in which nobody works"),
    rule(
        "cannot-serve",
        "派给了不管该地的单位",
        "a row sends a case to a unit that does not serve its place",
    ),
    rule("tie", "两条规则同样具体", "two rows fit a case equally well"),
    rule("shadowed", "规则永远不会生效", "a row is never the answer"),
    rule("absent-unit", "选择器在某处找不到单位", "a selector finds nobody somewhere"),
    rule("unreached-unit", "没有规则能找到该单位", "no selector finds the unit"),
    rule(
        "unranked-lead",
        "主办单位没有颜色所要求层级的人员",
        "a lead unit in which nobody has the rank that a colour asks for",
    ),
    // Units and people.
    rule("unstaffed-centre", "中心缺少人员", "a centre lacks somebody"),
    rule("unstaffed-station", "无人受理上报", "nobody accepts what is reported"),
    rule("unfilled-role", "办理流程所需的角色无人担任", "nobody has a role that the life cycle needs"),
    rule("empty-unit", "单位没有人员", "a unit has no member"),
    rule("ended-seat", "人员任职于已撤销的单位", "a member sits in a unit that has ended"),
    // The life cycle.
    rule("stuck-stage", "有环节无人可以推进", "a stage that nobody may leave"),
    rule("auditor-inspects", "只有审计指定人员可以核查", "work that only the auditor's nominee can inspect"),
    rule("call-ladder", "呼叫升不到领导", "a call that does not climb to a leader"),
    rule("endless-round", "同一案件可反复次数过多", "something may happen to one case too often"),
    rule("unbounded-wait", "案件可能无限期等待而领导不知", "a case can wait for ever before a leader knows"),
    rule(
        "outcome-level",
        "中心须给出的结果其层级无权给出",
        "an outcome that the centre may not give where it has to",
    ),
    rule("impossible-evidence", "所需证据无人能提供", "evidence that nobody can give"),
    rule("idle-evidence", "证据从不会被要求", "evidence that is never asked for"),
    rule("unadmitted", "要求网格力量办理未准入的事项", "grid workers are asked for what is not admitted"),
    rule("office-undecided", "准入办公室无人可以决定", "an office for admissions in which nobody may decide"),
    // Scorecards.
    rule("weights", "考核权重之和不对", "the weights of a scorecard do not add up"),
    // Tables that a pack may leave out.
    rule("roster-hole", "有时段无人值班", "an hour at which nobody is on duty"),
    rule("unused-reply", "应答模板没有事项使用", "a reply that no matter names"),
    rule("oversized", "区域户数超过上限", "areas with more households than they should have"),
    rule("undersized", "区域户数低于下限", "areas with fewer households than they should have"),
    rule("unsized", "有规模要求的层级未写户数", "areas of a sized level that tell no households"),
    // Service recipients.
    rule("watch-list", "服务对象分组变成了人员名单", "a group of people that is a watch-list"),
    // Limits.
    rule("hopeless-limit", "办结时限早于签收所需", "a promise that ends before receipt need"),
    rule("late-handling", "处置时限可能超过办结时限", "handling that may take longer than the promise"),
    rule("idle-limit", "时限从不起作用", "a limit that never counts"),
    rule("unknown-holidays", "日历没有节假日数据", "a calendar that knows no holidays"),
    // Shapes.
    rule("no-shape", "网格没有坐标可以到达", "cells that no point leads to"),
    rule("overlap", "两个网格重叠", "ground that two cells hold"),
    rule("gap", "有地块不属于任何网格", "ground that no cell holds"),
    rule("idle-overlay", "重点网格不含任何网格", "an overlay that touches no cell"),
    // Words.
    rule("empty-track", "跑道没有事项", "a track without a matter"),
    rule("no-english", "名称缺少英文", "names without English"),
];

/// The rule of this name.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}
