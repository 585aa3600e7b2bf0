//! Codes of the register of service recipients, and what is said about its fields.
//!
//! They stand apart from the server's other codes for room alone. Start at [`RECIPIENTS`].

/// Codes with their status and sentences, like [`super::CODES`].
pub const RECIPIENTS: &[(&str, u16, &str, &str)] = &[
    (
        "keepers_only",
        403,
        "Only grid workers and handlers keep recipients, each those of their own unit: ask one of them.",
        "服务对象由其责任单位的网格员和处置人员登记，请联系他们。",
    ),
    (
        "consent_over",
        409,
        "Their consent is over or was withdrawn: ask them again and renew it, or let the record be forgotten.",
        "同意已到期或已撤回：请重新征得同意并登记，或等待记录按期删除。",
    ),
    (
        "record_moved",
        409,
        "The record was changed since it was read: read it again.",
        "记录在读取后已被修改，请重新打开后再试。",
    ),
];

/// What is said about a field, like those of the other fields: code, what is wrong (zh, en), what to do (zh).
pub(super) const FIELDS: &[(&str, &str, &str, &str)] = &[
    (
        "no_groups",
        "没有可登记的服务对象分组。",
        "There is no group of recipients.",
        "机制包没有设定服务对象分组，请管理员在 pack.toml 中增加 [recipients.代码]。",
    ),
    ("not_a_cell", "不是网格。", "This is no cell.", "请填写最小一级区域（网格）的代码。"),
    (
        "not_responsible",
        "该单位不负责这个网格。",
        "This unit does not answer for that cell.",
        "请选择辖区包含该网格的单位；登记时只能选择您所在的单位。",
    ),
    (
        "consent_missing",
        "缺少同意。",
        "There is no consent.",
        "未经同意不得登记：请写明谁同意、以何方式、用于什么、何时同意、到何时为止。",
    ),
    ("consent_ahead", "同意时间晚于现在。", "This consent is not given yet.", "请填写已经发生的同意时间。"),
    (
        "consent_before",
        "同意早于撤回。",
        "This consent is older than its withdrawal.",
        "请重新征得同意，并填写新的同意日期。",
    ),
    (
        "group_not_agreed",
        "未同意该组服务。",
        "They did not agree to the help of this group.",
        "更正不能增加分组：请重新征得同意，并在登记新的同意时选择分组。",
    ),
    (
        "nobody_keeps",
        "该单位没有人办理服务对象。",
        "Nobody of this unit keeps recipients.",
        "请选择有网格员或处置人员的单位，否则无人可以办理撤回。",
    ),
    ("list_too_long", "代码太多。", "These are too many codes.", "每个代码只填一次，最多100个。"),
    ("consent_past", "同意已经到期。", "This consent is over.", "请填写将来的截止时间。"),
    ("consent_long", "同意期限过长。", "This consent lasts too long.", "最长三年，到期须重新征得同意。"),
    (
        "guardian_needed",
        "须由监护人同意。",
        "Only a guardian can agree.",
        "该组服务对象须由监护人同意，请登记监护人的同意。",
    ),
    (
        "not_agreed",
        "不在其同意的用途内。",
        "They did not agree to this.",
        "只能按其同意的用途查看，或因本人要求、依法提供查看。",
    ),
];
