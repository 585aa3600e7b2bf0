//! Links on pages: taking up an invitation or a reset, and asking for one.
//!
//! The address of an invitation is a secret until it is used: no other page hears of it, because only the origin goes out as the referrer.

use axum::{
    extract::Path,
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use huying_model::MemberId;
use maud::html;

use super::{again, entrance::password, new_password, trouble};
use crate::{
    pages::{
        form::OpenForm,
        frame::{self, Page},
        view::{Anybody, View},
    },
    problem::{Both, Problem},
    session::visit::Visit,
};

/// Whose link it is, and the form for a password.
pub async fn page(Anybody(view): Anybody, Path(token): Path<String>) -> Result<Response, Problem> {
    let member = view.state.accounts()?.link_of(&token).await?;
    Ok(draw(&view, &token, &member, None))
}

fn draw(view: &View, token: &str, member: &MemberId, problem: Option<&Problem>) -> Response {
    let title = view.lang.pick("设置密码", "Set your password");
    let main = html! {
        main.page.stack id="main" {
            h1 { (title) }
            p { b { (view.member(member)) } " " span.code { (member) } }
            (trouble(view, problem))
            form.stack method="post" action={ "/invitation/" (token) } {
                // For the browser's own keeper of passwords.
                input type="hidden" name="member" value=(member) autocomplete="username";
                (new_password(view, "invitation"))
                div.field {
                    label for="invitation-again" { (view.lang.pick("再输入一次", "Once more")) }
                    input.input id="invitation-again" name="again" type="password" autocomplete="new-password" required;
                }
                button.button.button-primary { (title) }
            }
        }
    };
    let mut answer = frame::plain(view, &Page::new(title), &main);
    answer.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
    answer
}

/// Sets the password and leads to the way in.
pub async fn take_up(
    Anybody(view): Anybody,
    visit: Visit,
    Path(token): Path<String>,
    OpenForm(form, _place): OpenForm<0>,
) -> Result<Response, Problem> {
    let accounts = visit.at(view.state.accounts()?);
    let member = accounts.link_of(&token).await?;
    let (new, second) = (password(&form, "new_password"), password(&form, "again"));
    let done = if new == second {
        accounts.take_up(&token, new).await.map_err(Problem::from)
    } else {
        let message = Both::of("两次输入不一致。", "The two are not the same.");
        let mend = Both::of("请重新输入。", "Enter them again.");
        Err(Problem::field("again", "password_differs", message, mend))
    };
    match done {
        Ok(_) => Ok(Redirect::to("/sign-in").into_response()),
        Err(problem) if problem.code == "validation" => {
            again(problem, |problem| draw(&view, &token, &member, Some(problem)))
        }
        Err(problem) => Err(problem),
    }
}

/// Asking for a link.
pub async fn forgotten_page(Anybody(view): Anybody) -> Result<Response, Problem> {
    view.state.accounts()?;
    Ok(draw_forgotten(&view, false, None))
}

fn draw_forgotten(view: &View, asked: bool, problem: Option<&Problem>) -> Response {
    let title = view.lang.pick("忘记密码", "Forgotten password");
    let mails = view.state.accounts().is_ok_and(huying_engine::accounts::Accounts::mails);
    let main = html! {
        main.page.stack id="main" {
            h1 { (title) }
            (trouble(view, problem))
            @if !mails {
                p { (view.lang.pick("本系统未配置邮件，请联系系统管理员重设密码。", "This platform sends no mail: ask an administrator for a reset.")) }
            } @else if asked {
                p role="status" { (view.lang.pick("如果该账号存在并登记了邮箱，重设链接已发出，1小时内有效。", "If there is such an account with a mail address, a link is on its way; it works for one hour.")) }
            } @else {
                form.stack method="post" action="/reset" {
                    div.field {
                        label for="reset-member" { (view.lang.pick("人员编号", "Member")) }
                        input.input id="reset-member" name="member" autocomplete="username" autocapitalize="none" spellcheck="false" required;
                    }
                    button.button.button-primary { (view.lang.pick("发送重设链接", "Send me a link")) }
                }
            }
            p { a href="/sign-in" { (view.lang.pick("返回登录", "Back to signing in")) } }
        }
    };
    frame::plain(view, &Page::new(title), &main)
}

/// The answer is the same whether there is such an account or not.
pub async fn forgotten(
    Anybody(view): Anybody,
    visit: Visit,
    OpenForm(form, _place): OpenForm<0>,
) -> Result<Response, Problem> {
    let accounts = visit.at(view.state.accounts()?);
    match accounts.forgot(form.said("member").unwrap_or_default(), visit.arrival.address).await {
        Ok(()) => Ok(draw_forgotten(&view, true, None)),
        Err(error) => again(error.into(), |problem| draw_forgotten(&view, false, Some(problem))),
    }
}
