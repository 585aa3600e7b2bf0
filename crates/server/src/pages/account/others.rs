//! The accounts of others, for administrators of the whole authority: find a member, invite, reset, close.

use axum::{
    extract::Query,
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::accounts::{Act, Listed, Sent};
use huying_model::MemberId;
use maud::{Markup, html};
use serde::Deserialize;

use super::{again, grants, trouble};
use crate::{
    api::accounts::{tended, tended_for},
    pages::{
        components::{
            entry,
            frames::{self, Named},
        },
        form::{Form, Words},
        frame::{self, Page},
        sought::{self, Sought},
        tabs::Tally,
        view::{View, Viewer},
    },
    problem::Problem,
    session::visit::Visit,
};

/// Rows of a page; the search finds the rest.
const SHOWN: usize = 60;

/// What the address says.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    sought: Option<String>,
}

pub async fn page(Viewer(view): Viewer, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let sought = Sought::open(&view, "/accounts", asked.sought.as_deref())?;
    draw(&view, (sought.said("q").unwrap_or_default(), sought.is_lost), None).await
}

/// The members that the words `q` find, or a word on a search that does not open.
async fn draw(
    view: &View,
    (q, is_lost): (&str, bool),
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let title = view.lang.pick("账号管理", "Accounts");
    let all = tended(&view.state, view.signed()?)?.list().await?;
    let words: Vec<String> = q.split_whitespace().map(str::to_lowercase).collect();
    let fits = |one: &&Listed| {
        let text = format!("{} {}", one.member, view.member(&one.member)).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let found: Vec<&Listed> = all.iter().filter(fits).collect();
    let waiting = grants::waiting(view).await?;
    let with = all.iter().filter(|one| one.state != "none").count();
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (title) }
            (trouble(view, problem))
            p { (view.lang.pick(format!("{} 人中 {with} 人有账号。", all.len()), format!("{with} of {} members have an account.", all.len()))) }
            (sought::bar(view, "/accounts", &[entry::Sought { name: "q", label: view.lang.pick("按编号或姓名查找", "Find by id or name"), value: q }]))
            (sought::told(view, is_lost))
            (grants::part(view, &waiting, "/accounts"))
            (table(view, &found))
            @if found.len() > SHOWN {
                p.quiet { (view.lang.pick(format!("另有 {} 人，请用查找缩小范围。", found.len() - SHOWN), format!("{} more: narrow it down.", found.len() - SHOWN))) }
            }
        }
    };
    Ok(frame::console(view, &Page::new(title), None, &Tally::of(view).await?, &main))
}

fn state(view: &View, one: &Listed) -> &'static str {
    match one.state {
        "active" => view.lang.pick("正常", "active"),
        "invited" => view.lang.pick("已邀请", "invited"),
        "once" => view.lang.pick("待改密码", "has to change the password"),
        "locked" => view.lang.pick("已停用", "closed"),
        _ => view.lang.pick("无账号", "no account"),
    }
}

fn table(view: &View, found: &[&Listed]) -> Markup {
    let head = view
        .lang
        .pick(["人员", "账号", "动态验证码", "邮箱", "办理"], ["Member", "Account", "Codes", "Mail", "Acts"]);
    html! {
        (frames::table(Named::As(view.lang.pick("账号列表", "List of accounts")), &html! {
            table.table.table-wide {
                thead { tr { @for name in head { th scope="col" { (name) } } } }
                tbody { @for one in found.iter().take(SHOWN) { (row(view, one)) } }
            }
        }))
    }
}

fn row(view: &View, one: &Listed) -> Markup {
    let button = |act: &str, words: &str| {
        html! {
            form method="post" action="/accounts" {
                input type="hidden" name="act" value=(act);
                input type="hidden" name="member" value=(one.member);
                button.button { (words) }
            }
        }
    };
    let exists = one.state != "none";
    let mark = |yes: bool| if yes { view.lang.pick("有", "yes") } else { "—" };
    html! {
        tr {
            th scope="row" { (view.member(&one.member)) " " span.code { (one.member) } }
            td { span.tag { (state(view, one)) } }
            td { (mark(one.has_codes)) }
            td { (mark(one.has_mail)) }
            td {
                div.row {
                    (invite(view, one))
                    @if exists { (button("reset", view.lang.pick("重设密码", "Reset password"))) }
                    @if one.has_codes { (button("reset-codes", view.lang.pick("重设密码并停用验证码", "Reset password and codes"))) }
                    @if one.state == "locked" { (button("unlock", view.lang.pick("恢复", "Open again"))) }
                    @else if exists { (button("lock", view.lang.pick("停用", "Close"))) }
                }
            }
        }
    }
}

fn invite(view: &View, one: &Listed) -> Markup {
    let words = match one.state {
        "none" => view.lang.pick("邀请", "Invite"),
        _ => view.lang.pick("再次邀请", "Invite again"),
    };
    let id = format!("invite-{}", one.member);
    html! {
        details.command {
            summary.button { (words) }
            form.stack method="post" action="/accounts" {
                input type="hidden" name="act" value="invite";
                input type="hidden" name="member" value=(one.member);
                div.field {
                    label for=(id) { (view.lang.pick("邮箱（可不填）", "Mail address (may stay empty)")) }
                    input.input id=(id) name="mail" type="email" autocomplete="off";
                }
                button.button.button-primary { (words) }
            }
        }
    }
}

/// One act; a link that no mail carried is shown once.
pub async fn act(Viewer(view): Viewer, visit: Visit, Words(form): Words) -> Result<Response, Problem> {
    match done(&view, &visit, &form).await {
        Ok(answer) => Ok(answer),
        Err(problem) if problem.code == "administrators_only" => Err(problem),
        Err(problem) if problem.status.is_client_error() => {
            let page = draw(&view, (form.said("member").unwrap_or_default(), false), Some(&problem)).await?;
            again(problem, |_| page)
        }
        Err(problem) => Err(problem),
    }
}

async fn done(view: &View, visit: &Visit, form: &Form) -> Result<Response, Problem> {
    let who = view.signed()?;
    let member = MemberId::new(form.said("member").unwrap_or_default());
    let act = form.said("act").unwrap_or_default();
    if let "approve" | "reject" = act {
        return grants::decide(view, form, act == "approve", "/accounts").await;
    }
    let needed = match act {
        "invite" => Act::Invite,
        "reset" | "reset-codes" => Act::Reset,
        "lock" | "unlock" => Act::Lock,
        _ => return Err(Problem::not_found()),
    };
    let accounts = tended_for(&view.state, who, visit, needed)?;
    Ok(match act {
        "invite" => link(view, &member, accounts.invite(&member, form.said("mail")).await?),
        "reset" => link(view, &member, accounts.reset(&member, false).await?),
        "reset-codes" => link(view, &member, accounts.reset(&member, true).await?),
        "lock" | "unlock" => {
            accounts.lock(Some(&who.member), &member, act == "lock").await?;
            let sealed = sought::seal(view, "/accounts", &[("q", member.as_str())])?;
            let query: Vec<_> = sealed.iter().map(|sealed| (sought::NAME, sealed.as_str())).collect();
            Redirect::to(&crate::pages::address("/accounts", &query)).into_response()
        }
        _ => return Err(Problem::not_found()),
    })
}

fn link(view: &View, member: &MemberId, sent: Sent) -> Response {
    let title = view.lang.pick("链接", "Link");
    let main = html! {
        main.page.stack id="main" {
            h1 { (title) }
            p { b { (view.member(member)) } " " span.code { (member) } }
            @match sent {
                Sent::Mailed => p role="status" { (view.lang.pick("链接已通过邮件发给本人。", "The link went to the member by mail.")) },
                Sent::Shown(link) => {
                    p { (view.lang.pick("请当面或通过可靠渠道把此链接交给本人。只显示这一次，只能使用一次：", "Hand this link over to the member by a way that you trust. It is shown this once and works once:")) }
                    p { span.code { (link) } }
                }
            }
            p { a.button href="/accounts" { (view.lang.pick("返回", "Back")) } }
        }
    };
    frame::plain(view, &Page::new(title), &main)
}
