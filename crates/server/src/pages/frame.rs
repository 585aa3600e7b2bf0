//! The page around every page: head, bar, skip link, and what the demonstration must say.
//!
//! Start at [`console`] for the staff's pages and [`plain`] for those without a desk.

use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::{
    components::told,
    parts::{demo_mark, icon},
    posts::Post,
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
    /// Empty for a page that brings none.
    pub script: &'static str,
    /// Address of the live stream with the last event that the page shows.
    pub live: Option<(String, String)>,
    /// `light`, `dark` or `wall`; None is the visitor's choice.
    pub theme: Option<&'static str>,
    /// `compact` or `touch`; None is the visitor's choice.
    pub density: Option<&'static str>,
    /// The form that has to stay as it is written when the language or the look is changed.
    pub keeps: Option<Keeps>,
}

/// A form whose fields stay when the page is drawn otherwise: the choices of the bar are buttons of it and no links.
pub struct Keeps {
    /// The form's id.
    pub form: String,
    /// What its address takes for “only draw it again”.
    pub name: &'static str,
    pub value: String,
    /// Enter in a field draws it again too, as a search does; else it is what the form's own button does.
    pub enters: bool,
}

impl<'a> Page<'a> {
    pub fn new(title: &'a str) -> Page<'a> {
        Page {
            title,
            class: "console",
            script: "console.js",
            live: None,
            theme: None,
            density: None,
            keeps: None,
        }
    }
}

/// The document with a body that brings its own bar.
pub fn document(view: &View, page: &Page, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(view.lang.tag()) data-theme=[page.theme.or(view.look.theme)] data-density=[page.density.or(view.look.density)] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (page.title) " · " (view.say(T::Huying)) }
                link rel="icon" href=(assets::path("icons.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(assets::path("desk.css"));
                @if !page.script.is_empty() { script type="module" src=(assets::path(page.script)) {} }
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
    let body = html! { (super::bar::draw(view, current, tally, page.keeps.as_ref())) (main) (keys(view)) };
    fresh(document(view, page, &body))
}

/// A page without queues.
pub fn plain(view: &View, page: &Page, main: &Markup) -> Response {
    let body = html! {
        header.app-bar { (brand(view)) div.app-bar-end { (demo_mark(view)) (switch(view, page.keeps.as_ref())) } }
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
    Post(Post),
    Map,
    HandOver,
    Day,
    Policy,
    Admission,
    Cockpit,
    Organisation,
    Audit,
}

pub fn brand(view: &View) -> Markup {
    html! {
        a.app-bar-brand href="/desk" aria-label={ (view.say(T::Huying)) " " (view.say(T::Desk)) } {
            (icon("mark")) span { (view.say(T::Huying)) }
        }
    }
}

/// The other language, on this very page.
pub fn switch(view: &View, keeps: Option<&Keeps>) -> Markup {
    let (code, name) = view.lang.pick(("en", "English"), ("zh", "中文"));
    let to = super::with_query(&view.here, "lang", code);
    html! {
        @match keeps {
            Some(keeps) => { (sends(keeps, &to, Some(code), false, name)) }
            None => { a href=(to) lang=(code) hreflang=(code) { (name) } }
        }
    }
}

/// A choice of the bar that sends the page's form, to be drawn again as it is written.
pub fn sends(keeps: &Keeps, to: &str, lang: Option<&str>, chosen: bool, words: &str) -> Markup {
    html! {
        button.link type="submit" form=(keeps.form) formaction=(to) formnovalidate name=(keeps.name) value=(keeps.value) lang=[lang] aria-current=[chosen.then_some("true")] { (words) }
    }
}

/// What Enter in a field does: the first button of a form, wherever it stands, and no choice of the bar may be that.
pub fn enters(keeps: Option<&Keeps>) -> Markup {
    html! {
        @if let Some(keeps) = keeps {
            button.visually-hidden type="submit" form=(keeps.form) name=[keeps.enters.then_some(keeps.name)] value=[keeps.enters.then_some(&keeps.value)] tabindex="-1" aria-hidden="true" {}
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
                @for (key, words) in super::desk::keys(view.lang) { dt { kbd { (key) } } dd { (words) } }
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
                    p { (next_step(problem.status.as_u16(), lang)) }
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

/// What whoever meets a problem can do next. It goes by the status alone, so nothing is told of what is out of sight.
fn next_step(status: u16, lang: Lang) -> &'static str {
    match status {
        401 => lang.pick("请登录后再试。", "Sign in and try again."),
        403 => lang.pick(
            "您的岗位不能做这一步；需要时请管理员授予相应席位。",
            "Your seats do not allow this; an administrator can give one that does.",
        ),
        404 => lang.pick(
            "可能不存在，或不在您能看到的范围内；请核对编号或地址。",
            "It may not exist, or not be within what you may see: check the number or the address.",
        ),
        429 => lang.pick("请稍后再试。", "Try again a little later."),
        500.. => lang.pick(
            "没有办成。请返回上一页再试；仍然不行，请把错误编号告诉管理员。",
            "It was not done. Go back and try again; if it fails again, tell an administrator the error id.",
        ),
        _ => lang.pick("请返回上一页更正后再试。", "Go back, correct it and try again."),
    }
}

/// What the last act did, told once on the page after it.
pub fn toast(done: Option<&String>, view: &View) -> Markup {
    let name = done.and_then(|code| huying_model::Name::from_code(code));
    html! {
        @if let Some(name) = name {
            (told::toast(&view.fill(T::DoneToast, &[view.lang.pick(name.zh(), name.en())]), None))
        }
    }
}
