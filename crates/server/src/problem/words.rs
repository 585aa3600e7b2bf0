//! The sentences of problems in both languages: the server's own codes, and what is said about a field or a file.
//!
//! The engine speaks English only; the Chinese of its codes stands here, and an unknown code keeps the English mend.

use huying_engine::files::FileError;

use super::Both;

/// The server's own codes with their status and sentences; the rules' are [`Refusal::CODES`].
pub const CODES: &[(&str, u16, &str, &str)] = &[
    (
        "validation",
        400,
        "The request has a problem: see 'errors' for each field and what to do.",
        "请求内容有误，请按 errors 中的提示逐项更正。",
    ),
    (
        "preview_stale",
        409,
        "What the table would do has changed since it was shown: look at the preview again.",
        "预览之后情况已有变化，请重新预览。",
    ),
    (
        "not_signed_in",
        401,
        "Nobody is signed in, or the session has ended: sign in, or send a key as 'Authorization: Bearer hy_…'.",
        "尚未登录或登录已失效：请登录，程序请发送密钥（Authorization: Bearer hy_…）。",
    ),
    (
        "exchange_signature",
        401,
        "There is no such partner, or the signature is not by its secret: sign webhook-id, webhook-timestamp and the body as Standard Webhooks says.",
        "没有该对接单位，或签名不正确：请按 Standard Webhooks 对 webhook-id、webhook-timestamp 和请求体签名。",
    ),
    (
        "exchange_timestamp",
        401,
        "The time of the signature is more than five minutes from now: sign it anew, and set the clocks right.",
        "签名时间与当前时间相差超过五分钟：请重新签名并校准时钟。",
    ),
    (
        "exchange_source",
        403,
        "The source is not the one that was agreed for this partner.",
        "消息的 source 不是该对接单位约定的来源。",
    ),
    (
        "exchange_paused",
        503,
        "The exchange with this partner is paused: send it again later.",
        "与该单位的对接已暂停，请稍后重发。",
    ),
    (
        "exchange_nothing",
        404,
        "There is no message of this id that stopped: look at the list again.",
        "没有待处理的该条消息：请刷新列表。",
    ),
    (
        "wrong_credentials",
        401,
        "The member or the password is wrong: try again, or ask an administrator for a reset.",
        "人员编号或密码不正确：请重试，或联系管理员重设。",
    ),
    (
        "wrong_code",
        401,
        "The code is wrong or was used before: wait for the next one, or use a recovery code.",
        "验证码不正确或已使用过：请等待下一个验证码，或使用恢复码。",
    ),
    (
        "password_first",
        403,
        "This password was given out by somebody else: change it first, on the page 'Account' or with POST /api/v1/account/password.",
        "当前密码由他人发放，请先修改密码。",
    ),
    (
        "codes_first",
        403,
        "One-time codes are demanded of you: switch them on first, on the page 'Account' or with POST /api/v1/account/codes.",
        "您的岗位要求使用动态验证码，请先在“账号”页面启用。",
    ),
    (
        "key_scope",
        403,
        "This key's scopes do not cover that, or no key may do it: see the API's description.",
        "该密钥的权限范围不含此操作，或此操作不允许使用密钥。",
    ),
    (
        "secure_only",
        403,
        "This connection can be listened to: come over https. Behind a proxy, name it in server.trusted_proxies and let it send X-Forwarded-Proto.",
        "当前连接未加密：请使用 https 访问；若经由代理，请在 server.trusted_proxies 中声明该代理并由其发送 X-Forwarded-Proto。",
    ),
    (
        "codes_demanded",
        403,
        "One-time codes are demanded of this member: they cannot be switched off.",
        "该人员必须使用动态验证码，不能停用。",
    ),
    (
        "field_hidden",
        403,
        "This is not shown to you: ask somebody whose unit works on the case.",
        "此项不对您显示：请由正在办理该案件的单位查看。",
    ),
    (
        "same_person",
        403,
        "Whoever proposed it does not confirm it: ask another administrator, or the auditor.",
        "提出人不能自行确认：请由另一名管理员或审计员确认。",
    ),
    ("forgotten", 404, "It was forgotten, or was never told.", "该信息已被删除，或从未提供。"),
    (
        "decided_already",
        409,
        "This was decided already: look at the list again.",
        "此项已有决定，请刷新列表。",
    ),
    (
        "still_open",
        409,
        "The case is still open: its words are needed until it ends.",
        "案件尚未办结，办理期间仍需使用这些内容。",
    ),
    (
        "no_service",
        404,
        "No other service is set up to sign in at: sign in with a password.",
        "未配置统一身份认证，请使用密码登录。",
    ),
    (
        "service_fails",
        502,
        "The other service cannot be reached, or what it says cannot be believed: try again, or sign in with a password.",
        "统一身份认证服务无法访问或返回内容不可信：请重试，或使用密码登录。",
    ),
    (
        "service_knows_nobody",
        403,
        "The other service knows you, but nobody here goes by what it says: ask an administrator.",
        "统一身份认证已通过，但本平台没有与之对应的人员，请联系管理员。",
    ),
    (
        "wrong_passkey",
        401,
        "This passkey was not taken: try again, or sign in with a password.",
        "通行密钥未通过验证：请重试，或使用密码登录。",
    ),
    (
        "no_passkeys_here",
        409,
        "Passkeys need a host name: open the platform by its name, or as http://localhost on this machine.",
        "通行密钥需要域名：请用域名访问本平台，本机请用 http://localhost。",
    ),
    (
        "own_account",
        409,
        "Nobody closes their own account: ask another administrator.",
        "不能停用自己的账号，请联系其他管理员。",
    ),
    ("no_account", 404, "There is no such account: invite the member first.", "没有该账号，请先邀请该人员。"),
    (
        "link_gone",
        404,
        "This link was used, has run out, or was replaced by a newer one: ask for another.",
        "链接已使用、已过期或已被新链接取代，请重新获取。",
    ),
    (
        "has_codes",
        409,
        "This account has one-time codes already: switch them off first.",
        "该账号已启用动态验证码，请先停用。",
    ),
    ("too_late", 409, "This was begun too long ago: begin again.", "操作已超时，请重新开始。"),
    (
        "demo_members",
        409,
        "This store is served as a demonstration, where members are chosen by name: there are no accounts.",
        "当前为演示模式，人员按名称选择，没有账号功能。",
    ),
    (
        "nobody_administers",
        409,
        "No member of the organisation is an administrator: give somebody that seat in the pack first.",
        "组织中没有管理员，请先在机制包中设置管理员岗位。",
    ),
    (
        "too_many_tries",
        429,
        "There were too many failed tries: try again after the seconds in Retry-After.",
        "失败次数过多，请在 Retry-After 指定的秒数后重试。",
    ),
    (
        "challenge_gone",
        409,
        "This challenge has run out, was given to another address, or costs more by now: ask for another with POST /api/v1/reports/challenge.",
        "验证任务已过期、来自其他网络地址，或所需计算量已提高：请重新获取（POST /api/v1/reports/challenge）。",
    ),
    (
        "challenge_unsolved",
        403,
        "This number does not solve the challenge: find one with which the SHA-256 of 'challenge:number' begins with as many zero bits as were asked for.",
        "该数字不是验证任务的解：请找到一个数字，使“任务:数字”的 SHA-256 以要求的零比特数开头。",
    ),
    (
        "challenge_early",
        429,
        "It is not your turn yet: send it again after the seconds in Retry-After.",
        "尚未轮到，请在 Retry-After 指定的秒数后重新提交。",
    ),
    (
        "too_many_requests",
        429,
        "That was asked too often in a minute: try again after the seconds in Retry-After.",
        "请求过于频繁，请在 Retry-After 指定的秒数后重试。",
    ),
    (
        "address_too_long",
        414,
        "This address is too long: a query has up to 8192 bytes. Send what is longer in a body.",
        "地址过长：查询参数合计不超过 8192 字节，更长的内容请放在请求体中。",
    ),
    (
        "loopback_only",
        403,
        "Demo members sign in on a loopback address only: open the page as http://localhost on the machine itself.",
        "演示人员只能在本机回环地址登录，请在本机用 http://localhost 打开。",
    ),
    (
        "operators_only",
        403,
        "Figures of the running platform are for its operators: ask on the machine itself, or name your address in server.metrics_from.",
        "运行指标仅供运维人员：请在本机访问，或将访问来源列入 server.metrics_from。",
    ),
    (
        "another_administrator",
        403,
        "Here three administrators are apart, and this is for another of them: see docs/accounts.md.",
        "本平台实行三员分立，此操作由另一类管理员负责。",
    ),
    (
        "cross_origin",
        403,
        "This request comes from another site's page: send it from the platform's own pages, or without an Origin.",
        "请求来自其他网站的页面，已拒绝；请在本平台页面内操作。",
    ),
    (
        "administrators_only",
        403,
        "This is for the administrators of the whole authority whose duty it is: ask one of them.",
        "仅限最高层级中负责此事的管理员操作，请联系他们。",
    ),
    (
        "not_found",
        404,
        "Nothing is found under this name, or it is not yours to read: check the id or number.",
        "未找到，或您无权查看：请核对编号。",
    ),
    (
        "method_not_allowed",
        405,
        "This address does not take this method: see the API's description.",
        "该地址不支持此请求方法，请查看接口说明。",
    ),
    (
        "conflict",
        409,
        "The case has moved on since you read it: read it again and decide anew.",
        "案件已被他人更新，请重新读取后再操作。",
    ),
    (
        "too_large",
        413,
        "This is too large: send less, or a smaller file (20 MB at most).",
        "内容过大，请精简或缩小文件（不超过20 MB）。",
    ),
    (
        "unsupported_type",
        415,
        "This type of content is not taken here: see the API's description.",
        "不支持该内容类型，请查看接口说明。",
    ),
    (
        "key_reused",
        422,
        "This Idempotency-Key was used with another body: send a new key for a new request.",
        "该 Idempotency-Key 已用于不同内容的请求，请更换新的键。",
    ),
    (
        "busy",
        503,
        "The platform is at its capacity: try again after the seconds in Retry-After.",
        "系统繁忙，请在 Retry-After 指定的秒数后重试。",
    ),
    (
        "not_logged",
        503,
        "The entry is not in the log yet: ask again after the seconds in Retry-After.",
        "该记录尚未写入日志，请在 Retry-After 指定的秒数后重试。",
    ),
    ("not_ready", 503, "The platform is not ready: its store does not answer.", "系统尚未就绪：存储无响应。"),
    (
        "no_sandbox",
        404,
        "There is no sandbox here: the operator switches it on with sandbox.enabled.",
        "本系统未启用沙箱：请运维人员以 sandbox.enabled 启用。",
    ),
    (
        "sandbox_making",
        409,
        "The sandbox is being made just now: try again after the seconds in Retry-After.",
        "沙箱正在生成，请在 Retry-After 指定的秒数后重试。",
    ),
    (
        "sandbox_other",
        409,
        "Another sandbox stands by now than the one you named: look at GET /api/v1/sandbox again.",
        "沙箱已不是您所指的那一个，请重新查看 GET /api/v1/sandbox。",
    ),
    (
        "sandbox_full",
        409,
        "The sandbox is full: have an administrator make it new with POST /api/v1/sandbox/reset.",
        "沙箱已满，请管理员以 POST /api/v1/sandbox/reset 重新生成。",
    ),
    (
        "not_in_sandbox",
        403,
        "The sandbox has no accounts, partners and feeds: it opens by its own keys, and speaks to the outside by webhooks only.",
        "沙箱内没有账号、对接单位和外部接入：只凭沙箱密钥进入，只以消息推送对外。",
    ),
    (
        "internal",
        500,
        "Something failed here. Tell the operator the error id.",
        "系统内部错误，请将错误编号告知运维人员。",
    ),
];

/// What is said about a field, by the engine's code: what is wrong (zh, en) and what to do (zh; the engine's own words are
/// English).
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
    Both::of(field(code).map_or(english, |row| row.3), english)
}

pub(super) fn file_zh(error: &FileError) -> String {
    match error {
        FileError::Empty => "文件为空，请重新选择。",
        FileError::TooLarge { .. } => "文件超过20 MB，请压缩或截短后再上传。",
        FileError::UnknownType { .. } => {
            "不支持该文件类型，请保存为 JPEG、PNG、WebP、MP3、OGG、M4A、WAV、MP4 或 PDF。"
        }
        FileError::TooManyPixels { .. } => "照片像素过多，请缩小后再上传。",
        FileError::Broken { .. } => "照片无法读取，请重新拍摄或另存后再上传。",
        FileError::NotAPhoto { .. } => "此处只接受 JPEG、PNG、WebP 照片。",
        FileError::NoSuchFile => "该案件没有此文件。",
        FileError::Forgotten => "该文件已被遗忘，密钥已销毁。",
        _ => "系统内部错误。",
    }
    .to_owned()
}
