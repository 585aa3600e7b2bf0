//! Accounts on pages: coming in, one's own account, and for administrators the accounts of others.
//!
//! Every form works without a script. What is secret is drawn once, on the answer to the form that made it. Start at [`routes`], then
//! [`entrance`], [`own`] and [`others`]; [`sign_ins`] draws the log.

mod codes;
pub mod entrance;
pub mod grants;
mod keys;
mod link;
mod openid;
mod others;
mod own;
mod passkeys;
mod sign_ins;

use axum::{
    Router,
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use huying_engine::accounts::Gate;
use maud::{Markup, html};

use super::{
    frame,
    parts::refused,
    texts::T,
    view::{Anybody, View},
};
use crate::{problem::Problem, session::AtTheDoor, state::AppState};

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/sign-in/second", get(entrance::second_page).post(entrance::second))
        .route("/sign-in/openid", get(openid::begin))
        .route("/sign-in/openid/back", get(openid::back))
        .route("/sign-out", post(entrance::sign_out))
        .route("/account", get(own::page).post(own::act))
        .route("/accounts", get(others::page).post(others::act))
        .route("/sign-ins", get(sign_ins::page))
        .route("/invitation/{token}", get(link::page).post(link::take_up))
        .route("/reset", get(link::forgotten_page).post(link::forgotten))
}

/// A page of one's own account: also for somebody who still has something to do first.
pub struct Door {
    pub view: View,
    pub gate: Gate,
}

impl FromRequestParts<AppState> for Door {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Door, Response> {
        let Anybody(mut view) =
            Anybody::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        match AtTheDoor::from_request_parts(parts, state).await {
            Ok(AtTheDoor(who, gate)) => {
                view.who = Some(who);
                Ok(Door { view, gate })
            }
            Err(problem) if problem.code == "not_signed_in" => {
                Err(Redirect::to("/sign-in?next=/account").into_response())
            }
            Err(problem) => Err(problem.into_response()),
        }
    }
}

/// The corner of the bar: one's own account and the way out, or in the demonstration the way to another member.
pub fn corner(view: &View) -> Markup {
    html! {
        @if view.state.accounts().is_ok() {
            a href="/account" { (view.lang.pick("账号", "Account")) }
            form method="post" action="/sign-out" {
                button.button.button-quiet { (view.lang.pick("退出", "Sign out")) }
            }
        } @else {
            a href="/sign-in" { (view.say(T::SwitchMember)) }
        }
    }
}

/// What went wrong, at the head of a form that comes back.
fn trouble(view: &View, problem: Option<&Problem>) -> Markup {
    html! {
        @if let Some(problem) = problem {
            (refused(view, &detail(view, problem), problem))
        }
    }
}

/// On a page a wait is told in seconds, and fields stand below.
fn detail(view: &View, problem: &Problem) -> String {
    match (problem.code, problem.retry_after) {
        ("too_many_tries", Some(seconds)) => view.lang.pick(
            format!("失败次数过多，请在 {seconds} 秒后重试。"),
            format!("There were too many failed tries: try again in {seconds} seconds."),
        ),
        ("validation", _) => {
            view.lang.pick("请更正后重新提交。", "Correct this and send it again.").to_owned()
        }
        _ => problem.detail(view.lang).to_owned(),
    }
}

/// The form again, with what went wrong; a failure of the platform is no form's.
fn again(problem: Problem, draw: impl FnOnce(&Problem) -> Response) -> Result<Response, Problem> {
    if problem.status.is_server_error() {
        return Err(problem);
    }
    let mut answer = draw(&problem);
    *answer.status_mut() = match problem.status {
        StatusCode::TOO_MANY_REQUESTS => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    if let Some(seconds) = problem.retry_after {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(answer)
}

/// A field of a form.
struct Field {
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    complete: &'static str,
}

impl Field {
    fn draw(&self, form: &str) -> Markup {
        let id = format!("{form}-{}", self.name);
        html! {
            div.field {
                label for=(id) { (self.label) }
                input.input id=(id) name=(self.name) type=(self.kind) autocomplete=(self.complete) required;
            }
        }
    }
}

/// The password that one has.
fn old_password(view: &View, name: &'static str) -> Field {
    let label = view.lang.pick("当前密码", "Your password");
    Field { name, label, kind: "password", complete: "current-password" }
}

/// A password that one wants, with what is asked of it.
fn new_password(view: &View, form: &str) -> Markup {
    let (id, hint) = (format!("{form}-new"), format!("{form}-new-hint"));
    html! {
        div.field {
            label for=(id) { (view.lang.pick("新密码", "New password")) }
            span.hint id=(hint) {
                (view.lang.pick("至少10个字符，一句话最容易记住；不要求大小写或符号。", "At least 10 signs; a sentence is easiest to remember. No capitals or symbols are asked for."))
            }
            input.input id=(id) name="new_password" type="password" autocomplete="new-password" minlength="10" required aria-describedby=(hint);
        }
    }
}

/// A secret that is shown once, with what to do with it.
fn once(view: &View, title: &str, body: &Markup) -> Response {
    let main = html! {
        main.page.stack id="main" {
            h1 { (title) }
            (body)
            p { a.button.button-primary href="/account" { (view.lang.pick("已保存，返回", "I have kept it")) } }
        }
    };
    frame::plain(view, &frame::Page::new(title), &main)
}
