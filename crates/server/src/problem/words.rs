//! The sentences of problems in both languages: the server's own codes, and what is said about a file.

use huying_engine::files::FileError;

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
