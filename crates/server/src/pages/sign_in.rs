//! Signing in: by accounts on [`entrance`]'s page; in the demonstration every member is a button, named by role.
//!
//! The buttons stand on a loopback address only. Start at [`page`].

use axum::{
    extract::Query,
    http::header,
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use huying_model::{MemberId, org::Member};
use maud::{Markup, html};
use serde::Deserialize;
use smol_str::SmolStr;

use super::{
    account::entrance,
    components::entry::{self, Sought},
    form::OpenForm,
    frame::{self, Page},
    give::is_own,
    texts::T,
    view::{Anybody, View},
};
use crate::{
    problem::{Both, Problem},
    session::{demo, visit::Visit},
};

/// Buttons of a page; the search finds the rest.
const SHOWN: usize = 60;

/// What the address says.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    q: String,
    next: Option<String>,
}

/// Who are you?
pub async fn page(
    local: Result<demo::Local, Problem>,
    Anybody(view): Anybody,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if view.state.accounts().is_ok() {
        return Ok(entrance::page(&view, asked.next.as_deref()));
    }
    local?;
    Ok(chooser(&view, &asked))
}

fn chooser(view: &View, asked: &Asked) -> Response {
    let words: Vec<String> = asked.q.split_whitespace().map(str::to_lowercase).collect();
    let found: Vec<&Member> =
        view.org().members.values().filter(|member| fits(view, member, &words)).collect();
    let kept: Vec<(&str, &str)> = asked.next.iter().map(|next| ("next", next.as_str())).collect();
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (view.say(T::WhoAreYou)) }
            p.quiet { (view.say(T::SignInWords)) }
            (entry::search_bar(view, ("get", "/sign-in"), &[Sought { name: "q", label: view.say(T::FindMember), value: &asked.q }], &kept))
            (members(view, &found, asked.next.as_deref()))
            @if found.len() > SHOWN { p.quiet { (view.fill(T::MoreMembers, &[&SHOWN.to_string(), &found.len().to_string()])) } }
            @if found.is_empty() { p { (view.say(T::NobodyFound)) } }
        }
    };
    frame::plain(view, &Page::new(view.say(T::WhoAreYou)), &main)
}

fn fits(view: &View, member: &Member, words: &[String]) -> bool {
    let units = member.seats.iter().map(|seat| view.unit(&seat.unit).to_lowercase());
    let roles = member.seats.iter().map(|seat| view.role(seat.role).to_lowercase());
    let text: Vec<String> =
        units.chain(roles).chain([view.member(&member.id).to_lowercase(), member.id.to_string()]).collect();
    words.iter().all(|word| text.iter().any(|part| part.contains(word)))
}

fn members(view: &View, found: &[&Member], next: Option<&str>) -> Markup {
    html! {
        form method="post" action="/sign-in" {
            @if let Some(next) = next { input type="hidden" name="next" value=(next); }
            ul.members.plain {
                @for member in found.iter().take(SHOWN) {
                    li {
                        button.member-button name="member" value=(member.id) {
                            b { (view.member(&member.id)) } span { (roles(view, member)) " · " (units(view, member)) }
                        }
                    }
                }
            }
        }
    }
}

fn roles(view: &View, member: &Member) -> String {
    let mut roles: Vec<SmolStr> = member.seats.iter().map(|seat| view.role(seat.role)).collect();
    roles.dedup();
    roles.join(view.lang.pick("、", ", "))
}

fn units(view: &View, member: &Member) -> String {
    let mut units: Vec<String> = member.seats.iter().map(|seat| view.unit(&seat.unit).to_string()).collect();
    units.dedup();
    units.join(view.lang.pick("、", ", "))
}

/// Signs a member in and goes on to where they wanted to be.
pub async fn sign_in(
    local: Result<demo::Local, Problem>,
    Anybody(view): Anybody,
    visit: Visit,
    OpenForm(form, _place): OpenForm<0>,
) -> Result<Response, Problem> {
    if view.state.accounts().is_ok() {
        return entrance::sign_in(&view, &visit, &form).await;
    }
    local?;
    let member = MemberId::new(form.said("member").unwrap_or_default());
    if !view.org().members.contains_key(&member) {
        let mend = Both::of("请从列表中选择。", "Choose one from the list.");
        return Err(Problem::field(
            "member",
            "unknown_member",
            Both::of("没有该人员。", "There is no such member."),
            mend,
        ));
    }
    let next = form.said("next").filter(|next| is_own(next)).unwrap_or("/desk");
    let cookie = demo::sign_in(&view.state, &member)?;
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Redirect::to(next)).into_response())
}
