//! What is said about a field that is wrong, in both languages.
//!
//! The engine speaks English only; the Chinese of its codes stands here, and a test asks its sources whether any code has none. Start at
//! [`message`] and [`mend`].

use super::Both;

/// What is said about a field, by the engine's code: what is wrong (zh, en) and what to do (zh). The engine's own words are English; they
/// stand in both languages where they quote what only they know (a line of a file, a finding of the lint), and the last is empty.
const FIELDS: &[(&str, &str, &str, &str)] = &[
    (
        "password_short",
        "密码太短。",
        "This password is too short.",
        "请至少使用10个字符，用一句话最容易记住。",
    ),
    ("password_long", "密码太长。", "This password is too long.", "请不超过256个字符。"),
    (
        "password_common",
        "密码太常见。",
        "This password is too common.",
        "这是最先被尝试的密码之一，请换一个。",
    ),
    (
        "password_own_name",
        "密码含有您的编号。",
        "This password contains your own name.",
        "请不要在密码中使用自己的编号。",
    ),
    ("password_same", "新密码与旧密码相同。", "This is the password that you have.", "请换一个新密码。"),
    ("unknown_member", "没有该人员。", "There is no such member.", "请从人员列表中选择。"),
    ("mail_address", "不是有效的邮箱地址。", "This is no mail address.", "请更正，或留空。"),
    ("key_name", "密钥缺少名称。", "This key has no usable name.", "请用1至100个字符说明密钥的用途。"),
    ("key_scopes", "没有选择权限范围。", "No scope was chosen.", "请至少选择一个权限范围。"),
    ("key_days", "有效期不可用。", "This is no time that a key may last.", "请选择1至366天。"),
    ("key_many", "密钥过多。", "There are too many keys.", "请先撤销不再使用的密钥。"),
    ("passkey_many", "通行密钥过多。", "There are too many passkeys.", "请先删除不再使用的通行密钥。"),
    ("missing", "缺少此项。", "This field is missing.", "请填写此项。"),
    ("unknown_field", "没有此字段。", "There is no such field.", "请删除该字段或更正其名称。"),
    ("not_text", "此项不是文本。", "This is not text.", "请填写字符串形式的文本。"),
    (
        "not_a_moment",
        "此项不是有效的时间。",
        "This is not a moment.",
        "请按 RFC 3339 带时区填写，例如 2026-05-01T08:00:00+08:00。",
    ),
    ("text_too_long", "内容过长。", "This text is too long.", "请缩短内容。"),
    (
        "control_character",
        "内容含有控制字符。",
        "There is a control character in it.",
        "请删除不可见的控制字符（换行和制表符除外）。",
    ),
    (
        "unknown_reason",
        "不是可用的理由。",
        "This is none of the reasons.",
        "请填写：个人信息（personal_data）、涉密（secret）、不当言辞（offensive）、录错案件（wrong_case）或其他（other）。",
    ),
    (
        "unknown_choice",
        "不是可选的内容。",
        "This is none of the choices.",
        "此项以明文保存，请从列表中选择。",
    ),
    (
        "unknown_case",
        "没有该案件，或您无权查看。",
        "There is no such case, or it is not yours to read.",
        "请核对案件编号。",
    ),
    (
        "webhook_address",
        "回调地址无法使用。",
        "This webhook address cannot be used.",
        "请填写公网 https 地址，不含用户名和密码；接入本单位网络须先在配置中允许。",
    ),
    ("unknown_unit", "没有该单位。", "There is no such unit.", "请从单位列表中选择。"),
    ("unknown_command", "没有此操作。", "There is no such command.", "请选择案件当前允许的操作。"),
    (
        "not_an_object",
        "请求体不是 JSON 对象。",
        "The body is not a JSON object.",
        "请发送包含各字段的 JSON 对象。",
    ),
    ("unreadable", "此项无法读取。", "This cannot be read.", "请对照接口说明更正。"),
    ("unknown_area", "没有该区域。", "There is no such area.", "请从区域列表中选择。"),
    ("half_a_point", "坐标不完整。", "Half of the point is missing.", "请同时填写经度 lon 和纬度 lat。"),
    ("not_on_earth", "坐标超出范围。", "There is no such point.", "请填写有效的经纬度：经度±180，纬度±90。"),
    (
        "place_unreadable",
        "位置无法读取。",
        "This place cannot be read.",
        "请以度为单位填写 lon 和 lat，或填写区域代码 area。",
    ),
    ("no_such_day", "没有这一天。", "There is no such day.", "请按 2026-05-12 的格式填写日期。"),
    ("unknown_level", "没有该层级。", "There is no such level.", "请填写机制包中的层级代码，例如 street。"),
    (
        "unknown_component",
        "部件库中没有该部件。",
        "There is no such component.",
        "请填写部件库中的16位部件编码，或按位置查找。",
    ),
    ("not_here", "此处不需要此项。", "This does not belong here.", "请将此项留空。"),
    ("unknown_matter", "没有该事项。", "There is no such matter.", "请从事项目录中选择。"),
    ("unknown_feed", "没有该对接。", "There is no such feed.", "请从对接列表中选择。"),
    ("no_reason", "缺少理由。", "The reason is missing.", "请填写理由，不超过400字。"),
    ("no_code", "缺少代码。", "The code is missing.", "请填写代码；只有诉求和上报可以指定。"),
    (
        "no_table",
        "无法写入对照表。",
        "It cannot be written into the map.",
        "请手工修改对照表的 [pull.matter]。",
    ),
    ("address", "地址无法使用。", "This address cannot be used.", "请填写可以访问的 https 地址。"),
    ("unknown_zone", "没有该时区。", "There is no such time zone.", "请填写时区，例如 Asia/Shanghai。"),
    (
        "unknown_condition",
        "没有此立案条件。",
        "There is no such filing condition.",
        "请选择该事项自己的立案条件。",
    ),
    ("unknown_question", "没有该问题。", "There is no such question.", "请填写 attributes.csv 中的代码。"),
    ("unknown_value", "不是可选值。", "This is none of its values.", "请填写 attributes.csv 中的可选值。"),
    ("words_shut", "文字不送出。", "Words do not go out.", "请在 [push] 写明 words 和 purpose，或删除此项。"),
    ("no_files_here", "此操作不带附件。", "This command takes no files.", "请先用“附件”上传。"),
    (
        "evidence_kind",
        "文件类型与证据种类不符。",
        "A file of this type cannot show this.",
        "请选择其他证据种类。",
    ),
    ("change", "调整内容有误。", "An edit cannot be made.", ""),
    ("gap", "会留下缺口。", "It would leave a gap.", ""),
    ("too_early", "时间已过。", "This time has passed.", "调整只能从现在或以后生效，请填写更晚的时间。"),
    (
        "preview_stale",
        "预览之后情况已有变化。",
        "What it would do has changed since it was shown.",
        "请重新预览。",
    ),
    ("reason_missing", "缺少理由。", "The reason is missing.", "请填写理由。"),
    ("too_large", "一次改动过多。", "This is too much at once.", "请分几次提交。"),
    ("pack", "机制包有误。", "The pack has a mistake.", ""),
    ("setting", "此项设置无法使用。", "This setting cannot be used.", ""),
    ("name", "名称不可用。", "This name cannot be used.", "请用小写字母、数字和连字符。"),
    ("nothing", "该对接不接收案件。", "This feed takes nothing.", "请在对照表中加入 [pull]。"),
    ("map_unreadable", "对照表无法读取。", "The map cannot be read.", ""),
    (
        "partner_id",
        "编号不可用。",
        "This id cannot be used.",
        "请用小写字母、数字和连字符，不超过40个，例如 hotline-12345。",
    ),
    ("partner_name", "名称不可用。", "This name cannot be used.", "请填写名称，不超过80个字。"),
    ("partner_kind", "没有这一类对接单位。", "There is no such kind of partner.", "请从列表中选择。"),
    ("partner_address", "地址无法使用。", "This address cannot be used.", "请填写可以访问的 https 地址。"),
    (
        "partner_secret",
        "密钥无法使用。",
        "This secret cannot be used.",
        "请填写 whsec_ 开头的密钥；已登记的对接单位保留原密钥，需要时另行更换。",
    ),
    (
        "partner_source",
        "标识无法使用。",
        "This identifier cannot be used.",
        "请填写 URI，例如 https://huying.example.org 或 urn:12345:city。",
    ),
    ("not_a_webhook", "此操作只用于消息推送。", "This is for webhooks only.", "请从推送列表中选择。"),
    ("switched_off", "该推送已停用。", "This subscription is switched off.", "对方答复了410，请先恢复推送。"),
    (
        "unknown_stream",
        "没有这条记录流。",
        "There is no such stream.",
        "消息编号以 msg_流号_位置 开头，请核对。",
    ),
    ("out_of_range", "数值超出范围。", "This is out of range.", "请填写规定范围内的数值。"),
    ("event_json", "请求体不是 JSON。", "The body is no JSON.", "请以 UTF-8 发送完整的 JSON。"),
    (
        "event_form",
        "不是 CloudEvents 消息。",
        "This is no CloudEvent.",
        "请按对接说明设置 Content-Type 或 ce- 头。",
    ),
    (
        "event_batch",
        "批量消息无法读取。",
        "The batch cannot be read.",
        "请发送 JSON 数组，超出条数的另行发送。",
    ),
    (
        "event_object",
        "消息不是 JSON 对象。",
        "The event is no JSON object.",
        "请每条消息发送一个 JSON 对象。",
    ),
    ("event_version", "消息版本不符。", "This is another version.", "请填写 specversion 1.0。"),
    ("event_attribute", "消息属性不可用。", "This attribute cannot be used.", "请填写非空且不过长的文本。"),
    ("event_attributes", "消息属性过多。", "There are too many attributes.", "请去掉多余的属性。"),
    ("event_data", "消息内容无法读取。", "The data cannot be read.", "请以 application/json 发送 data。"),
    ("event_sequence", "序号不可用。", "This sequence cannot be used.", "请从1起用十进制数字。"),
    ("file_unreadable", "文件无法读取。", "The file cannot be read.", ""),
    ("columns", "这一行的列数与表头不符。", "The row does not fit the headings.", "请检查引号。"),
    ("no_such_column", "文件中没有该列。", "The file has no such column.", "请更正对照表。"),
    ("no_such_zone", "没有该时区。", "There is no such time zone.", "请填写时区，例如 Asia/Shanghai。"),
    (
        "unknown_status",
        "状态没有对应。",
        "The map does not name this state.",
        "请在对照表的 [status] 中补充。",
    ),
    ("no_place", "缺少位置。", "There is no place.", "请补充坐标，或设 unknown_place = \"import\"。"),
    ("no_end", "缺少办结时间。", "It does not say when it ended.", "状态为已办结，请填写办结时间。"),
    ("closed_before", "办结早于收到。", "It ended before it began.", "请更正其中一个时间。"),
    ("number_taken", "案号与其他案件重复。", "Another case has its number.", "请再次导入这一行。"),
];

fn field(code: &str) -> Option<&'static (&'static str, &'static str, &'static str, &'static str)> {
    FIELDS.iter().chain(super::recipients::FIELDS).find(|row| row.0 == code)
}

/// What is wrong, in both languages.
pub(super) fn message(code: &str) -> Both {
    field(code)
        .map_or_else(|| Both::of("此项无法使用。", "This cannot be used."), |row| Both::of(row.1, row.2))
}

/// What to do, in both languages; the engine's own words where no Chinese is known.
pub(super) fn mend(code: &str, english: &str) -> Both {
    let known = field(code).map(|row| row.3).filter(|zh| !zh.is_empty());
    Both::of(known.unwrap_or(english), english)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use huying_model::Refusal;

    use super::*;
    use crate::problem::{CODES, SENDING};

    fn chinese(text: &str) -> bool {
        text.chars().any(|sign| ('\u{4e00}'..='\u{9fff}').contains(&sign))
    }

    /// The sources of a folder and of those in it, without their tests.
    fn sources(folder: &Path, into: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, into);
            } else if !path.to_string_lossy().ends_with("_tests.rs") {
                let text = fs::read_to_string(&path).unwrap();
                into.push(text.split("\n#[cfg(test)]").next().unwrap_or_default().to_owned());
            }
        }
    }

    /// The code that a call `Problem::at(field, "code", …)` names, from what follows the bracket; None where it is no literal.
    fn named(call: &str) -> Option<&str> {
        let (mut deep, mut quoted, mut before) = (0, false, ' ');
        let comma = call.char_indices().find(|(_, sign)| {
            match sign {
                '"' if before != '\\' => quoted = !quoted,
                '(' | '[' | '{' if !quoted => deep += 1,
                ')' | ']' | '}' if !quoted => deep -= 1,
                _ => {}
            }
            before = *sign;
            *sign == ',' && !quoted && deep == 0
        });
        let rest = call.get(comma?.0 + 1..)?.trim_start().strip_prefix('"')?;
        rest.split_once('"').map(|(code, _)| code)
    }

    #[test]
    fn every_code_with_which_the_engine_names_a_field_has_words_in_both_languages() {
        let mut texts = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/src"), &mut texts);
        let calls = texts.iter().flat_map(|text| text.split("Problem::at(").skip(1));
        let codes: BTreeSet<&str> = calls.filter_map(named).collect();
        assert!(codes.len() >= 60, "only {} codes were found", codes.len());
        let silent: Vec<&&str> = codes.iter().filter(|code| field(code).is_none()).collect();
        assert!(silent.is_empty(), "write what is wrong, and what to do, for {silent:?}");
        assert_eq!(named("at(\"id, x\"), \"partner_id\", mend"), Some("partner_id"));
        assert_eq!(named("\"\", error.code(), mend"), None);
    }

    #[test]
    fn every_sentence_about_a_field_is_in_its_language_and_stands_once() {
        let mut seen = BTreeSet::new();
        for (code, zh, en, mend) in FIELDS.iter().chain(super::super::recipients::FIELDS) {
            assert!(seen.insert(code), "{code} stands twice");
            assert!(chinese(zh) && !chinese(en) && !en.is_empty(), "{code}: {zh} {en}");
            assert!(mend.is_empty() || chinese(mend), "{code}: {mend}");
        }
    }

    #[test]
    fn every_refusal_has_words_in_both_languages() {
        let own = CODES.iter().chain(SENDING).map(|(code, _, en, zh)| (code, en, zh));
        let rules = Refusal::CODES.iter().map(|(code, en, zh)| (code, en, zh));
        for (code, en, zh) in own.chain(rules) {
            assert!(chinese(zh), "{code} says nothing in Chinese: {zh}");
            assert!(!en.is_empty() && !chinese(en), "{code} says nothing in English: {en}");
        }
    }
}
