//! The sandbox on a page: what it is, where it lies, how a key is had, how it is made new, and requests to copy.
//!
//! Everybody reads what it is; who is in it, its keys and its end are for administrators of the authority, as in [`crate::api::sandbox`],
//! which does what is asked here. A key is shown once, on the page that answers. Start at [`page`] and [`act`].

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::accounts::Scope;
use maud::{Markup, html};

use super::draw;
use crate::{
    api::{
        sandbox::{SandboxKeyBody, SandboxShown, hand_out, make_new, shown, take_back},
        subscriptions::administrator,
    },
    pages::{
        components::frames::{self, Named},
        form::{Form, Words},
        policy::trouble,
        view::{Anybody, View, Viewer},
    },
    problem::{Both, Problem},
    sandbox::ROOT,
};

/// Where the page lies.
pub const AT: &str = "/developers/sandbox";
/// Stands for the deployment's address where it is not set.
const ELSEWHERE: &str = "https://…";

/// The page.
pub async fn page(Anybody(view): Anybody) -> Result<Response, Problem> {
    sheet(&view, None, None).await
}

/// One act; done it leads back to the page, refused it comes back with the reason.
pub async fn act(Viewer(view): Viewer, Words(form): Words) -> Result<Response, Problem> {
    administrator(&view.state, view.signed()?)?;
    match done(&view, &form).await {
        Ok(None) => Ok(Redirect::to(AT).into_response()),
        Ok(Some(key)) => {
            let mut answer = sheet(&view, None, Some(&key)).await?;
            answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(answer)
        }
        Err(problem) if problem.status.is_client_error() && problem.status != StatusCode::NOT_FOUND => {
            let mut answer = sheet(&view, Some(&problem), None).await?;
            *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(answer)
        }
        Err(problem) => Err(problem),
    }
}

async fn done(view: &View, form: &Form) -> Result<Option<String>, Problem> {
    let (state, who) = (&view.state, view.signed()?);
    let said = |name: &str| form.said(name).unwrap_or_default();
    match said("act") {
        "key" => {
            let scopes = form.every("scopes").map(str::to_owned).collect();
            let body = SandboxKeyBody {
                member: said("member").to_owned(),
                name: said("name").to_owned(),
                scopes: Some(scopes),
                // What is no number is out of bounds, and is told so.
                days: form.said("days").map(|days| days.parse().unwrap_or(0)),
            };
            return Ok(Some(hand_out(state, who, &body).await?.key));
        }
        "drop" => take_back(state, who, said("id")).await?,
        "reset" if form.said("sure").is_none() => {
            let told = Both::of("请先确认清空。", "Say first that everything in it may go.");
            let mend = Both::of("勾选确认项。", "Tick the box.");
            return Err(Problem::field("sure", "missing", told, mend));
        }
        "reset" => make_new(state, who, said("made_at")).await?,
        _ => return Err(Problem::not_found()),
    }
    Ok(None)
}

async fn sheet(view: &View, problem: Option<&Problem>, key: Option<&str>) -> Result<Response, Problem> {
    let title = view.lang.pick("沙箱", "The sandbox");
    let may = view.who.as_ref().is_some_and(|who| administrator(&view.state, who).is_ok());
    let stands = match view.state.sandbox() {
        Some(sandbox) => Some(shown(sandbox.standing().as_deref()).await?),
        None => None,
    };
    let main = html! {
        main.page.page-wide.stack id="main" {
            p { a href="/developers" { (view.lang.pick("开发者", "Developers")) } " · " a href="/developers/guide/sandbox" { (view.lang.pick("沙箱指南", "The guide to it")) } }
            h1 { (title) }
            (trouble(view, problem))
            @if let Some(key) = key { (once(view, key)) }
            p { (view.lang.pick(
                "沙箱是供其他系统开发者试用的另一个机构：机制与现行版本相同，人员和案件都是模拟的，有自己的存储。其中的一切不会进入真实机构的案件、统计、地图和对外公开，密钥也互不相通。",
                "The sandbox is a second authority for developers of other systems to try things in: the policy is the one in force, members and cases are made up, and it has a store of its own. Nothing of it gets into the cases, figures, map or public view of the authority, and the keys of one open nothing of the other.",
            )) }
            (standing(view, stands.as_ref()))
            (addresses(view))
            (keys(view, stands.as_ref().filter(|_| may)))
            (anew(view, stands.as_ref().filter(|_| may)))
            (examples(view))
        }
    };
    draw(view, title, &main).await
}

fn once(view: &View, key: &str) -> Markup {
    html! {
        div.card role="status" {
            p { b { (view.lang.pick("密钥（仅显示这一次，只在沙箱内有效）：", "The key, shown this once; it opens nothing but the sandbox:")) } }
            p { span.code { (key) } }
        }
    }
}

fn standing(view: &View, stands: Option<&SandboxShown>) -> Markup {
    html! {
        @match stands {
            None => { p.notice { (view.lang.pick(
                "本服务器未启用沙箱。由运维人员以 huying serve --sandbox 或配置 sandbox.enabled = true 启用。",
                "There is no sandbox on this server. The operator switches it on with huying serve --sandbox, or sandbox.enabled = true in the configuration.",
            )) } }
            Some(stands) => { @match (stands.made_at(), &stands.policy) {
                (Some(made), Some(policy)) => { p {
                    span.tag { (view.lang.pick("可用", "open")) } " "
                    (view.lang.pick("生成于 ", "made ")) (view.full(made)) " · "
                    (view.lang.pick("机制版本 ", "policy ")) span.code { (policy) }
                } }
                _ => { p.notice { (view.lang.pick("沙箱正在生成，请稍后刷新。", "The sandbox is being made: look again in a moment.")) } }
            } }
        }
    }
}

/// The address of this deployment, or what stands for it.
fn home(view: &View) -> &str {
    view.state.settings.open311.url.as_deref().unwrap_or(ELSEWHERE)
}

fn addresses(view: &View) -> Markup {
    let home = home(view);
    let rows = [
        (view.lang.pick("接口", "The API"), format!("{home}{ROOT}/api/v1")),
        ("Open311 GeoReport v2", format!("{home}{ROOT}/open311/v2")),
        (view.lang.pick("接口说明", "Its description"), format!("{home}{ROOT}/api/v1/openapi.json")),
    ];
    html! {
        section.stack aria-labelledby="addresses" {
            h2 id="addresses" { (view.lang.pick("地址", "Where it lies")) }
            p { (view.lang.pick("在接口路径前加 /sandbox。每个应答都带 Huying-Sandbox: true。", "Put /sandbox before the path of an operation. Every answer carries Huying-Sandbox: true.")) }
            (frames::table(Named::As(view.lang.pick("地址一览", "List of addresses")), &html! {
                table.table {
                    thead { tr {
                        th scope="col" { (view.lang.pick("用途", "What")) }
                        th scope="col" { (view.lang.pick("基址", "Base address")) }
                    } }
                    tbody { @for (what, address) in rows { tr { th scope="row" { (what) } td { span.code { (address) } } } } }
                }
            }))
        }
    }
}

fn keys(view: &View, stands: Option<&SandboxShown>) -> Markup {
    html! {
        section.stack aria-labelledby="keys" {
            h2 id="keys" { (view.lang.pick("密钥", "A key")) }
            p { (view.lang.pick(
                "密钥由本机构管理员在本页或以 POST /api/v1/sandbox/keys 生成，以一名虚拟人员的名义，只显示一次，以 hy_sandbox_ 开头；最长 366 天，沙箱重新生成时作废。",
                "An administrator of the authority makes it here or with POST /api/v1/sandbox/keys, in the name of a made-up member. It is shown once, begins with hy_sandbox_, lasts 366 days at most, and ends when the sandbox is made new.",
            )) }
            @match stands {
                None => { p.quiet { (view.lang.pick("请向本机构管理员索取。", "Ask an administrator of the authority for one.")) } }
                Some(stands) => {
                    @if !stands.keys.is_empty() { ul.plain.stack {
                        @for key in &stands.keys {
                            li.row {
                                span { b { (key.name) } " · " span.code { (key.member) } " · " (key.scopes.join(", ")) " · " (view.lang.pick("有效至 ", "until ")) (view.full(key.ends())) }
                                form method="post" action=(AT) {
                                    input type="hidden" name="act" value="drop";
                                    input type="hidden" name="id" value=(key.id);
                                    button.button { (view.lang.pick("撤销", "Take back")) }
                                }
                            }
                        }
                    } }
                    @if stands.made_at().is_some() { (maker(view, stands)) }
                }
            }
        }
    }
}

fn maker(view: &View, stands: &SandboxShown) -> Markup {
    html! {
        form.card.stack method="post" action=(AT) {
            input type="hidden" name="act" value="key";
            div.field {
                label for="member" { (view.lang.pick("虚拟人员（单位.岗位.序号）", "Made-up member (unit.role.number)")) }
                select id="member" name="member" required {
                    @for id in stands.member_ids() { option value=(id) { (id) } }
                }
            }
            div.field {
                label for="name" { (view.lang.pick("用途", "What it is for")) }
                input.input id="name" name="name" maxlength="100" required autocomplete="off";
            }
            fieldset.field {
                legend { (view.lang.pick("权限范围", "Scopes")) }
                div.choices {
                    @for scope in Scope::ALL {
                        label.choice { input type="checkbox" name="scopes" value=(scope.code()) checked; " " span.code { (scope.code()) } }
                    }
                }
            }
            div.field {
                label for="days" { (view.lang.pick("有效天数（最多366）", "Days that it lasts (366 at most)")) }
                input.input id="days" name="days" type="number" min="1" max="366" value="30" required;
            }
            button.button.button-primary { (view.lang.pick("生成密钥", "Make a key")) }
        }
    }
}

fn anew(view: &View, stands: Option<&SandboxShown>) -> Markup {
    let made = stands.and_then(SandboxShown::made_at);
    html! {
        section.stack aria-labelledby="anew" {
            h2 id="anew" { (view.lang.pick("重新生成", "Made new")) }
            p { (view.lang.pick(
                "重新生成后，沙箱内的案件、订阅、机制草案和密钥全部清除，按现行机制得到一批新的模拟案件；完成之前旧的沙箱照常应答。也可用 POST /api/v1/sandbox/reset。",
                "Made new, the sandbox loses its cases, subscriptions, drafts and keys, all of them, and gets simulated cases under the policy in force. Until the new one is whole the old one answers. POST /api/v1/sandbox/reset does the same.",
            )) }
            @if let Some(made) = made {
                form.card.stack method="post" action=(AT) {
                    input type="hidden" name="act" value="reset";
                    input type="hidden" name="made_at" value=(made.to_string());
                    label.choice { input type="checkbox" name="sure" value="yes" required; " " span { (view.lang.pick("其中的一切都可以清除", "Everything in it may go")) } }
                    button.button { (view.lang.pick("重新生成沙箱", "Make the sandbox new")) }
                }
            }
        }
    }
}

fn examples(view: &View) -> Markup {
    let own = view.lang.pick("案件接口", "Cases");
    let others = "Open311";
    let hooks = view.lang.pick("消息推送", "Webhooks");
    html! {
        section.stack aria-labelledby="examples" {
            h2 id="examples" { (view.lang.pick("可复制的示例", "Requests to copy")) }
            pre { (format!("HUYING={}\nKEY=hy_sandbox_…", home(view))) }
            h3 { (own) }
            pre { (CASES) }
            h3 { (others) }
            pre { (OPEN311) }
            h3 { (hooks) }
            pre { (HOOKS) }
        }
    }
}

const CASES: &str = r#"curl -sS -H "Authorization: Bearer $KEY" "$HUYING/sandbox/api/v1/session"
curl -sS -H "Authorization: Bearer $KEY" "$HUYING/sandbox/api/v1/cases?limit=5"
curl -sS -X POST "$HUYING/sandbox/api/v1/cases" \
  -H "Authorization: Bearer $KEY" \
  -H "Idempotency-Key: $(uuidgen)" \
  -H "Content-Type: application/json" \
  -d '{"source": "hotline", "text": "Street light out"}'"#;

const OPEN311: &str = r#"curl -sS "$HUYING/sandbox/open311/v2/services.json"
curl -sS "$HUYING/sandbox/open311/v2/requests.json?page_size=5&extensions=true"
curl -sS "$HUYING/sandbox/open311/v2/requests.xml?page_size=5"
# SERVICE: a service_code of services.json
curl -sS "$HUYING/sandbox/open311/v2/requests.json" \
  -d "api_key=$KEY" -d "service_code=$SERVICE" \
  --data-urlencode "address_string=…" --data-urlencode "description=…""#;

const HOOKS: &str = r#"curl -sS -X POST "$HUYING/sandbox/api/v1/subscriptions" \
  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
  -d '{"channel": "webhook", "target": "https://example.org/hook", "wanted": {"kinds": ["reported"]}}'"#;
