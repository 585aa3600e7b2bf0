//! Keys of programs on the page of one's own account.

use axum::response::Response;
use huying_engine::accounts::{Accounts, Entered, Scope};
use huying_store::accounts::ApiKeyRow;
use maud::{Markup, html};

use super::{old_password, once};
use crate::{
    pages::{form::Form, view::View},
    problem::Problem,
};

fn scope_words(view: &View, scope: Scope) -> &'static str {
    match scope {
        Scope::Read => view.lang.pick("读取", "read"),
        Scope::Report => view.lang.pick("上报案件", "report cases"),
        Scope::Handle => view.lang.pick("办理案件", "handle cases"),
        Scope::Administer => view.lang.pick("系统管理", "administer"),
    }
}

fn scopes(view: &View, row: &ApiKeyRow) -> String {
    let words: Vec<_> = Scope::list(&row.scopes).into_iter().map(|scope| scope_words(view, scope)).collect();
    words.join(view.lang.pick("、", ", "))
}

pub fn part(view: &View, keys: &[ApiKeyRow]) -> Markup {
    html! {
        section.card aria-labelledby="keys-of-programs" {
            h2 id="keys-of-programs" { (view.lang.pick("程序密钥", "Keys for programs")) }
            p.quiet { (view.lang.pick("程序以您的名义调用接口，权限不超过您的岗位。", "A program comes in your name, and may never do more than you.")) }
            ul.plain.stack {
                @for key in keys {
                    li.row {
                        span {
                            b { (key.name) } " · " (scopes(view, key)) " · "
                            (view.lang.pick("有效至 ", "until ")) (view.full(key.ends_at)) " · "
                            @if let Some(used) = key.used_at { (view.lang.pick("最近使用 ", "last used ")) (view.moment(used)) }
                            @else { (view.lang.pick("未使用", "not used yet")) }
                        }
                        form method="post" action="/account" {
                            input type="hidden" name="act" value="drop-key";
                            input type="hidden" name="id" value=(key.id);
                            button.button { (view.lang.pick("撤销", "Take back")) }
                        }
                    }
                }
            }
            (maker(view))
        }
    }
}

fn maker(view: &View) -> Markup {
    let make = view.lang.pick("新建密钥", "Make a key");
    html! {
        details.command {
            summary.button { (make) }
            form.stack method="post" action="/account" {
                input type="hidden" name="act" value="key";
                div.field {
                    label for="key-name" { (view.lang.pick("用途", "What it is for")) }
                    input.input id="key-name" name="name" maxlength="100" required autocomplete="off";
                }
                fieldset.field {
                    legend { (view.lang.pick("权限范围", "Scopes")) }
                    div.choices {
                        @for scope in Scope::ALL {
                            label.choice { input type="checkbox" name="scopes" value=(scope.code()); " " span { (scope_words(view, scope)) } }
                        }
                    }
                }
                div.field {
                    label for="key-days" { (view.lang.pick("有效天数（最多366）", "Days that it lasts (366 at most)")) }
                    input.input id="key-days" name="days" type="number" min="1" max="366" value="90" required;
                }
                (old_password(view, "password").draw("key"))
                button.button.button-primary { (make) }
            }
        }
    }
}

/// Makes a key and shows it once.
pub async fn made(
    view: &View,
    accounts: &Accounts,
    session: &Entered,
    form: &Form,
    password: &str,
) -> Result<Response, Problem> {
    let scopes: Vec<Scope> = form.every("scopes").filter_map(Scope::from_code).collect();
    let days = form.said("days").and_then(|days| days.parse().ok()).unwrap_or(0);
    let name = form.said("name").unwrap_or_default();
    let made = accounts.make_key(session, name, &scopes, days, password).await?;
    let body = html! {
        p { (view.lang.pick("只显示这一次，请立即保存到程序的密钥库中：", "It is shown this once; put it where your program keeps its secrets:")) }
        p { span.code { (made.key) } }
        p.quiet { "Authorization: Bearer hy_…" }
    };
    Ok(once(view, view.lang.pick("密钥已建立", "The key is made"), &body))
}
