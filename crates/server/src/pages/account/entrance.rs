//! The way in and out: name and password, the second factor, and signing out.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::accounts::Gate;
use maud::{Markup, html};

use super::{Field, again, passkeys, trouble};
use crate::{
    pages::{
        address,
        form::{Form, OpenForm},
        frame::{self, Page},
        give::is_own,
        view::{Anybody, View},
    },
    problem::Problem,
    session::visit::Visit,
    state::AppState,
};

/// Name and password.
pub fn page(view: &View, next: Option<&str>) -> Response {
    draw(view, next, "", None)
}

pub fn draw(view: &View, next: Option<&str>, name: &str, problem: Option<&Problem>) -> Response {
    let title = view.lang.pick("登录", "Sign in");
    let password = Field {
        name: "password",
        label: view.lang.pick("密码", "Password"),
        kind: "password",
        complete: "current-password",
    };
    let service = view.state.accounts().ok().and_then(|accounts| accounts.openid()).map(|it| it.name.clone());
    let main = html! {
        main.page.stack id="main" {
            h1 { (title) }
            (trouble(view, problem))
            form.stack method="post" action="/sign-in" {
                @if let Some(next) = next { input type="hidden" name="next" value=(next); }
                div.field {
                    label for="sign-in-member" { (view.lang.pick("人员编号", "Member")) }
                    input.input id="sign-in-member" name="member" value=(name) autocomplete="username" autocapitalize="none" spellcheck="false" required;
                }
                (password.draw("sign-in"))
                button.button.button-primary { (title) }
            }
            @if let Some(service) = service {
                p { a.button href=(address("/sign-in/openid", &query(next))) { (view.lang.pick("用统一身份认证登录：", "Sign in with ")) (service) } }
            }
            (passkeys::entrance(view, next))
            p { a href="/reset" { (view.lang.pick("忘记密码", "I have forgotten my password")) } }
            p {
                (view.lang.pick("居民无需账号：", "Residents need no account: "))
                a href="/report" { (view.lang.pick("我要反映", "report a problem")) } " · "
                a href="/track" { (view.lang.pick("查询我的诉求", "follow my case")) }
            }
        }
    };
    frame::plain(view, &Page { script: "account.js", ..Page::new(title) }, &main)
}

/// Judges name and password; goes on to where they wanted to be, over the second factor where there is one.
pub async fn sign_in(view: &View, visit: &Visit, form: &Form) -> Result<Response, Problem> {
    let name = form.said("member").unwrap_or_default();
    let next = form.said("next").filter(|next| is_own(next));
    let accounts = view.state.accounts()?;
    match visit.sign_in(accounts, name, password(form, "password")).await {
        Ok(came) => {
            let to = if came.half { second_address(next) } else { next.unwrap_or("/desk").to_owned() };
            Ok((visit.let_in(&came)?, Redirect::to(&to)).into_response())
        }
        Err(error) => again(error.into(), |problem| draw(view, next, name, Some(problem))),
    }
}

/// A password is taken as it was typed, with the blanks around it.
pub fn password<'a>(form: &'a Form, name: &str) -> &'a str {
    form.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.as_str())
}

pub fn second_address(next: Option<&str>) -> String {
    address("/sign-in/second", &query(next))
}

fn query(next: Option<&str>) -> Vec<(&str, &str)> {
    next.map(|next| ("next", next)).into_iter().collect()
}

/// What the address says.
#[derive(serde::Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    next: Option<String>,
}

/// The second factor.
pub async fn second_page(
    Anybody(view): Anybody,
    visit: Visit,
    axum::extract::Query(asked): axum::extract::Query<Asked>,
) -> Result<Response, Problem> {
    let accounts = view.state.accounts()?;
    let entered = accounts.entered(visit.token.as_deref().unwrap_or_default()).await?;
    match entered.map(|entered| entered.gate) {
        Some(Gate::Second) => Ok(draw_second(&view, asked.next.as_deref(), None)),
        Some(_) => Ok(Redirect::to("/desk").into_response()),
        None => Ok(Redirect::to("/sign-in").into_response()),
    }
}

fn draw_second(view: &View, next: Option<&str>, problem: Option<&Problem>) -> Response {
    let title = view.lang.pick("动态验证码", "One-time code");
    let main: Markup = html! {
        main.page.stack id="main" {
            h1 { (title) }
            (trouble(view, problem))
            form.stack method="post" action="/sign-in/second" {
                @if let Some(next) = next { input type="hidden" name="next" value=(next); }
                div.field {
                    label for="second-code" { (view.lang.pick("验证器中的6位数字，或一个恢复码", "The six digits of your app, or a recovery code")) }
                    input.input id="second-code" name="code" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" required;
                }
                button.button.button-primary { (view.lang.pick("继续", "Go on")) }
            }
            p { a href="/sign-in" { (view.lang.pick("重新登录", "Begin again")) } }
        }
    };
    frame::plain(view, &Page::new(title), &main)
}

/// Judges the second factor.
pub async fn second(
    Anybody(view): Anybody,
    visit: Visit,
    OpenForm(form, _place): OpenForm<0>,
) -> Result<Response, Problem> {
    let next = form.said("next").filter(|next| is_own(next));
    let accounts = view.state.accounts()?;
    match visit.second(accounts, form.said("code").unwrap_or_default()).await {
        Ok(came) => Ok((visit.let_in(&came)?, Redirect::to(next.unwrap_or("/desk"))).into_response()),
        Err(error) => again(error.into(), |problem| draw_second(&view, next, Some(problem))),
    }
}

/// Signs out. A browser that carries the field app goes on there: what lies on the device is wiped at once, and what rests is told.
pub async fn sign_out(State(state): State<AppState>, visit: Visit) -> Result<Response, Problem> {
    let to = if visit.field.is_some() { "/field/left" } else { "/sign-in" };
    Ok((visit.leave(&state).await?, Redirect::to(to)).into_response())
}
