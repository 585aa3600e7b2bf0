//! The page around every page: head, bar, skip link, and what the demonstration must say.
//!
//! Start at [`console`] for the staff's pages and [`plain`] for those without a desk.

use axum::response::{IntoResponse, Response};
use huying_model::actor::Role;
use maud::{DOCTYPE, Markup, html};

use super::{
    parts::{demo_mark, icon},
    tabs::{Tab, Tally},
    texts::T,
    view::View,
};
use crate::{assets, language::Lang, problem::Problem};

/// What differs from page to page.
pub struct Page<'a> {
    pub title: &'a str,
    /// `console`, or `console desk` for the split desk.
    pub class: &'static str,
    pub script: &'static str,
    /// Address of the live stream with the last event that the page shows.
    pub live: Option<(String, String)>,
}

impl<'a> Page<'a> {
    pub fn new(title: &'a str) -> Page<'a> {
        Page { title, class: "console", script: "console.js", live: None }
    }
}

/// The document with a body that brings its own bar.
pub fn document(view: &View, page: &Page, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(view.lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (page.title) " · " (view.say(T::Huying)) }
                link rel="icon" href=(assets::path("icons.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(assets::path("desk.css"));
                script type="module" src=(assets::path(page.script)) {}
            }
            body class=(page.class) data-now=(view.now.0)
                data-live=[page.live.as_ref().map(|live| &live.0)] data-live-after=[page.live.as_ref().map(|live| &live.1)] {
                a.skip-link href="#main" { (view.say(T::SkipToMain)) }
                (body)
            }
        }
    }
}

/// A page of the staff's, under the bar with the queues.
pub fn console(view: &View, page: &Page, current: Option<Here>, tally: &Tally, main: &Markup) -> Response {
    let body = html! { (bar(view, current, tally)) (main) (keys(view)) };
    fresh(document(view, page, &body))
}

/// A page without queues.
pub fn plain(view: &View, page: &Page, main: &Markup) -> Response {
    let body = html! {
        header.app-bar { (brand(view)) div.app-bar-end { (demo_mark(view)) (switch(view)) } }
        (main)
    };
    fresh(document(view, page, &body))
}

/// Pages are of this moment and of this person: nobody keeps them.
pub fn fresh(answer: impl IntoResponse) -> Response {
    ([(axum::http::header::CACHE_CONTROL, "no-store")], answer).into_response()
}

/// The page on which somebody is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Here {
    Queue(Tab),
    Map,
    HandOver,
    Policy,
    Admission,
    Organisation,
    Audit,
}

fn brand(view: &View) -> Markup {
    html! {
        a.app-bar-brand href="/desk" aria-label={ (view.say(T::Huying)) " " (view.say(T::Desk)) } {
            (icon("mark")) span { (view.say(T::Huying)) }
        }
    }
}

/// The other language, on this very page.
fn switch(view: &View) -> Markup {
    let (code, name) = view.lang.pick(("en", "English"), ("zh", "中文"));
    let to = super::with_query(&view.here, "lang", code);
    html! { a href=(to) lang=(code) hreflang=(code) { (name) } }
}

fn bar(view: &View, current: Option<Here>, tally: &Tally) -> Markup {
    let unit = view.seats().first().map(|seat| view.unit(&seat.unit));
    let member = view.who.as_ref().map(|who| view.member(&who.member));
    let page = |here: Here| (current == Some(here)).then_some("page");
    html! {
        header.app-bar {
            (brand(view))
            @if let Some(unit) = unit { span.app-bar-unit { (unit) } }
            nav.app-bar-nav aria-label=(view.say(T::Queues)) {
                @for tab in Tab::shown(view, tally, current) {
                    @let count = tally.count(tab);
                    a href={ "/desk?queue=" (tab.code()) } aria-current=[page(Here::Queue(tab))] {
                        (tab.name(view.lang))
                        @if let Some(count) = count {
                            " " b.count data-count-of=(tab.code()) data-count=(count) { (count) }
                        }
                    }
                }
                a href="/map" aria-current=[page(Here::Map)] { (view.say(T::Map)) }
                a href="/handover" aria-current=[page(Here::HandOver)] { (view.say(T::HandOver)) }
                a href="/policy" aria-current=[page(Here::Policy)] { (view.lang.pick("机制", "Policy")) }
                a href="/admission" aria-current=[page(Here::Admission)] { (view.lang.pick("准入", "Admission")) }
                @if view.has_role(&[Role::Administrator, Role::Auditor]) {
                    a href="/audit" aria-current=[page(Here::Audit)] { (view.lang.pick("核验", "Audit")) }
                    a href="/access" { (view.lang.pick("查阅记录", "Who looked")) }
                }
                @if view.has_role(&[Role::Administrator]) {
                    a href="/organisation" aria-current=[page(Here::Organisation)] { (view.lang.pick("组织", "Organisation")) }
                    a href="/partners" { (view.lang.pick("对接", "Partners")) }
                    a href="/feeds" { "Open311" }
                    a href="/import" { (view.lang.pick("导入导出", "Import, export")) }
                    a href="/subscriptions" { (view.lang.pick("推送", "Webhooks")) }
                }
            }
            div.app-bar-end {
                (demo_mark(view))
                @if let Some(member) = member { span.member.wide-only { (member) } }
                (super::account::corner(view))
                (switch(view))
                button.needs-js.wide-only type="button" data-opens="keys" aria-label=(view.say(T::Keys)) { kbd { "?" } }
            }
        }
    }
}

fn keys(view: &View) -> Markup {
    html! {
        dialog.keys aria-labelledby="keys-name" {
            h2 id="keys-name" { (view.say(T::Keys)) }
            dl {
                dt { kbd { "J" } " " kbd { "K" } } dd { (view.say(T::KeyNext)) }
                dt { kbd { "Enter" } } dd { (view.say(T::KeyAct)) }
                dt { kbd { "/" } } dd { (view.say(T::KeySearch)) }
                dt { kbd { "?" } } dd { (view.say(T::KeyHelp)) }
            }
            form.stack method="dialog" {
                label.choice { input type="checkbox" name="keys-off"; " " span { (view.say(T::KeysOff)) } }
                button.button { (view.say(T::Shut)) }
            }
        }
    }
}

/// A problem for a person, where no page could be drawn: what happened, what to do, and the way back.
pub fn problem(problem: &Problem, lang: Lang) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (problem.detail(lang)) " · " (T::Huying.of(lang)) }
                link rel="icon" href=(assets::path("icons.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(assets::path("desk.css"));
            }
            body.console {
                main.page.stack id="main" {
                    h1 { (problem.detail(lang)) }
                    @if !problem.errors.is_empty() {
                        ul.plain { @for wrong in problem.fields(lang) { li { b { (wrong.field) } " " (wrong.message) " " (wrong.mend) } } }
                    }
                    @if let Some(id) = &problem.error_id { p { (T::ErrorId.of(lang)) " " code.code { (id) } } }
                    p { a.button href="/desk" { (icon("back")) (T::BackToDesk.of(lang)) } }
                }
            }
        }
    }
}

/// What the last act did, told once on the page after it.
pub fn toast(done: Option<&String>, view: &View) -> Markup {
    let name = done.and_then(|code| huying_model::Name::from_code(code));
    html! {
        @if let Some(name) = name {
            p.toast role="status" { (view.fill(T::DoneToast, &[view.lang.pick(name.zh(), name.en())])) }
        }
    }
}
