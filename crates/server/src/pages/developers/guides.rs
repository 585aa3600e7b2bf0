//! Guides for developers of other systems, in both languages.
//!
//! Owns their words. The samples are files of `docs/samples`, which a test runs. Start at [`GUIDES`].

use axum::{extract::Path, response::Response};
use maud::{Markup, html};

use super::draw;
use crate::{
    pages::view::{Anybody, View},
    problem::Problem,
};

/// A guide: its name in addresses, its title and its paragraphs (Chinese, English), and what can be copied.
struct Guide {
    code: &'static str,
    title: (&'static str, &'static str),
    words: &'static [(&'static str, &'static str)],
    samples: &'static [(&'static str, &'static str)],
}

const GUIDES: &[Guide] = &[
    Guide {
        code: "sandbox",
        title: ("沙箱", "The sandbox"),
        words: &[
            (
                "沙箱是供试用的另一个机构：机制与现行版本相同，人员和案件都是虚拟的。在接口路径前加 /sandbox 即可：/sandbox/api/v1/… 和 /sandbox/open311/v2/…；每个应答都带 Huying-Sandbox: true。沙箱有自己的存储，其中的一切都不会进入真实机构。是否启用由运维人员决定。",
                "The sandbox is a second authority to try things in: the policy is the one in force, its members and cases are made up. Put /sandbox before the path of an operation: /sandbox/api/v1/… and /sandbox/open311/v2/…; every answer carries Huying-Sandbox: true. It has a store of its own, and nothing of it gets into the authority. The operator decides whether there is one.",
            ),
            (
                "密钥由真实机构的管理员在 /developers/sandbox 页面或以 POST /api/v1/sandbox/keys 生成，指定一名虚拟人员（名单见 GET /api/v1/sandbox，如 centre-east.dispatcher.1），只显示一次。沙箱密钥在沙箱之外无效，真实密钥和登录在沙箱内也无效。",
                "An administrator of the authority makes a key on the page /developers/sandbox, or with POST /api/v1/sandbox/keys, in the name of a made-up member (GET /api/v1/sandbox lists them, such as centre-east.dispatcher.1); it is shown once. A key of the sandbox opens nothing outside it, and no other key and no signed-in browser opens the sandbox.",
            ),
            (
                "时限照常运行，沙箱内登记的消息推送会真实发出，并带 data.sandbox = true 和 Huying-Sandbox 头；不发送邮件，不与对接单位和外部接入往来。POST /api/v1/sandbox/reset 按现行机制重新生成：案件、订阅和密钥全部清除。",
                "Clocks run, and webhooks that are subscribed in it are sent, with data.sandbox = true and the header Huying-Sandbox. No mail is sent, and nothing goes to partners or feeds. POST /api/v1/sandbox/reset makes it new by the policy in force: cases, subscriptions and keys go, all of them.",
            ),
        ],
        samples: &[(
            "curl",
            "curl -sS -X POST \"$HUYING/api/v1/sandbox/keys\" -H \"Authorization: Bearer $ADMINISTRATOR\" \\\n  -H \"Content-Type: application/json\" -d '{\"member\": \"centre-east.dispatcher.1\", \"name\": \"try\"}'\ncurl -sS -H \"Authorization: Bearer $KEY\" \"$HUYING/sandbox/api/v1/session\"",
        )],
    },
    Guide {
        code: "keys",
        title: ("密钥与权限", "Keys and scopes"),
        words: &[
            (
                "程序以密钥登录：在“账号”页面生成，只显示一次，随每个请求发送 Authorization: Bearer hy_…。密钥只有其成员自己的权限，且不超过所选范围：read（读取）、report（上报）、handle（办理）、administer（管理）。",
                "A program signs in with a key: make one on the page “Account”, where it is shown once, and send it with every request as Authorization: Bearer hy_…. A key may do what its member may, and of that only what its scopes name: read, report, handle, administer.",
            ),
            (
                "密钥有期限，可随时删除。涉及个人账号的操作（密码、验证码、通行密钥）不接受密钥。每个接口所需的范围见其页面。",
                "Keys run out and can be dropped at any time. What belongs to a person's account (password, codes, passkeys) takes no key. The page of each operation names the scope that it needs.",
            ),
        ],
        samples: &[("curl", "curl -sS -H \"Authorization: Bearer $KEY\" \"$HUYING/api/v1/session\"")],
    },
    Guide {
        code: "idempotency",
        title: ("重复请求与并发", "Sending twice, and writing at once"),
        words: &[
            (
                "网络中断时请用同一个 Idempotency-Key 重发：相同的键和相同的内容只执行一次，并得到同样的应答；同键不同内容得到 422 key_reused。键保留 60 天。",
                "When a connection breaks, send the request again with the same Idempotency-Key: the same key with the same body happens once and is answered alike; with another body it is answered 422 key_reused. Keys are kept for 60 days.",
            ),
            (
                "案件的 ETag 是其版本。命令带上 If-Match，案件在您读取之后有变动时得到 409 conflict，请重新读取后再决定。",
                "The ETag of a case is its version. Send it as If-Match with a command, and a case that has moved on since you read it is answered with 409 conflict: read it again and decide anew.",
            ),
        ],
        samples: &[(
            "curl",
            "curl -sS -X POST \"$HUYING/api/v1/cases\" \\\n  -H \"Authorization: Bearer $KEY\" \\\n  -H \"Idempotency-Key: $(uuidgen)\" \\\n  -H \"Content-Type: application/json\" \\\n  -d '{\"source\": \"hotline\", \"text\": \"路灯不亮\"}'",
        )],
    },
    Guide {
        code: "paging",
        title: ("分页", "Pages of a list"),
        words: &[(
            "列表每页 1 至 500 行（limit，默认 50）。应答中的 next 原样作为 cursor 发送即得下一页，筛选条件保持不变；next 为 null 即到末页。游标不含页码，期间的新增不会使行重复或遗漏。整表请用 /api/v1/tables/…，以流式发送。",
            "A page of a list has 1 to 500 lines (limit, 50 if it is left out). Send next of the answer as cursor, as it came and with the same filters, for the page after; null is the last. A cursor is no page number, so what comes in meanwhile neither doubles nor hides a line. For whole tables take /api/v1/tables/…, which stream.",
        )],
        samples: &[(
            "curl",
            "curl -sS -H \"Authorization: Bearer $KEY\" \"$HUYING/api/v1/cases?limit=100&cursor=$NEXT\"",
        )],
    },
    Guide {
        code: "errors",
        title: ("错误", "Errors"),
        words: &[
            (
                "错误以 application/problem+json（RFC 9457）应答：code 固定不变，供程序判断；detail 按 Accept-Language 给出中文或英文说明；errors 逐项列出有误的字段和更正办法。全部代码见 /api/v1/problems。",
                "Errors are application/problem+json (RFC 9457): code is stable and for programs, detail says in the language of Accept-Language what to do, errors names each wrong field with its mend. /api/v1/problems lists every code.",
            ),
            (
                "409 表示规则不允许，重发无用；429 和 503 请按 Retry-After 稍后重试；5xx 只给出错误编号，请告知运维人员。",
                "409 is a rule that says no, and sending again does not help; after 429 and 503 try again when Retry-After has passed; 5xx carries an error id and nothing else: tell the operator.",
            ),
        ],
        samples: &[],
    },
    Guide {
        code: "webhooks",
        title: ("消息推送与签名", "Webhooks and their signatures"),
        words: &[
            (
                "管理员以 POST /api/v1/subscriptions 登记接收地址，之后符合条件的每个事件各推送一次（至少一次）。消息不含个人信息，需要时凭案件编号读取。",
                "An administrator names an address with POST /api/v1/subscriptions; from then on every event that fits is sent, at least once. A message holds no personal words: read the case by its id where you need them.",
            ),
            (
                "签名按 Standard Webhooks 1.0：webhook-id、webhook-timestamp、webhook-signature。请先验签，再按 webhook-id 去重：重发和回放的编号不变。15 秒内以 2xx 应答即视为收妥；410 表示不再接收；其余稍后重试，约两天后放弃。",
                "Signatures are those of Standard Webhooks 1.0: webhook-id, webhook-timestamp, webhook-signature. Check the signature, then drop what you have had by webhook-id: it stays the same when a message is sent or replayed again. Answer 2xx within 15 seconds once you have it; 410 ends the subscription; anything else is tried again, for about two days.",
            ),
            (
                "投递记录：GET /api/v1/subscriptions/{id}/deliveries。单条重发 …/again，从某一位置或时刻回放 …/replay，暂停与恢复 …/pause、…/resume，试发 …/ping。更换密钥 …/secret 时，重叠期内新旧密钥同时签名，任一通过即可。",
                "The log is GET /api/v1/subscriptions/{id}/deliveries. …/again sends one message again, …/replay everything from a position or moment on, …/pause and …/resume hold and let go, …/ping sends one on trial. With …/secret the old and the new secret both sign until the overlap ends; one that fits is enough.",
            ),
        ],
        samples: &[
            ("Python", include_str!("../../../../../docs/samples/webhook.py")),
            ("TypeScript", include_str!("../../../../../docs/samples/webhook.ts")),
        ],
    },
    Guide {
        code: "tables",
        title: ("表格导入导出", "Tables in and out"),
        words: &[(
            "GET /api/v1/tables/{table} 取得 CSV 或 Excel；编辑后以 POST 送回，先得到预览（逐行差异、逐格错误），再带预览的 hash 执行。预览之后情况有变时得到 409 preview_stale。",
            "GET /api/v1/tables/{table} gives a CSV or an Excel workbook; POST it back edited and the answer is a preview (row by row, each mistake at its cell), and the preview's hash applies it. Where anything has changed since, the answer is 409 preview_stale.",
        )],
        samples: &[(
            "curl",
            "curl -sS -H \"Authorization: Bearer $KEY\" -o units.xlsx \"$HUYING/api/v1/tables/units?format=xlsx\"\ncurl -sS -H \"Authorization: Bearer $KEY\" -F file=@units.xlsx \"$HUYING/api/v1/tables/units\"\ncurl -sS -H \"Authorization: Bearer $KEY\" -F file=@units.xlsx -F reason=… -F hash=$HASH \"$HUYING/api/v1/tables/units\"",
        )],
    },
    Guide {
        code: "changes",
        title: ("接口变更与弃用", "Changes and deprecation"),
        words: &[(
            "接口地址中的 v1 之内只增不减：新增字段和接口随时可能出现，客户端应忽略不认识的字段。弃用的接口至少保留 12 个月，期间应答带 Deprecation（RFC 9745）和 Sunset（RFC 8594），并列入 docs/api-changes.md。",
            "Within v1 things are added and not taken away: fields and operations may come at any time, and a client passes over what it does not know. An operation that is deprecated stays for at least twelve months; its answers carry Deprecation (RFC 9745) and Sunset (RFC 8594), and docs/api-changes.md names it.",
        )],
        samples: &[],
    },
];

/// The guides by their titles.
pub fn list(view: &View) -> Markup {
    html! {
        section.stack aria-labelledby="guides" {
            h2 id="guides" { (view.lang.pick("指南", "Guides")) }
            ul.plain {
                @for guide in GUIDES {
                    li { a href=(format!("/developers/guide/{}", guide.code)) { (view.lang.pick(guide.title.0, guide.title.1)) } }
                }
            }
        }
    }
}

/// One guide.
pub async fn page(Anybody(view): Anybody, Path(name): Path<String>) -> Result<Response, Problem> {
    let guide = GUIDES.iter().find(|guide| guide.code == name).ok_or_else(Problem::not_found)?;
    let title = view.lang.pick(guide.title.0, guide.title.1);
    let main = html! {
        main.page.stack id="main" {
            p { a href="/developers" { (view.lang.pick("开发者", "Developers")) } }
            h1 { (title) }
            @for (zh, en) in guide.words { p { (view.lang.pick(zh, en)) } }
            @for (name, sample) in guide.samples {
                h2 { (name) }
                pre { (sample) }
            }
        }
    };
    draw(&view, title, &main).await
}
