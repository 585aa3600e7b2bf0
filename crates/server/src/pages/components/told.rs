//! What a page says about itself: nothing here, something is wrong, how old the figures are, what was just done.
//!
//! Owns the states of a page. A state says why, and what to do next. Start at [`empty`].

use huying_model::Instant;
use maud::{Markup, html};

use crate::pages::{
    parts::{icon, time},
    view::View,
};

/// Minutes after which figures count as old.
const STALE_MINUTES: i64 = 5;
const MINUTE: i64 = 60_000;

/// Where nothing is listed: why, and the next act as an address with its words.
pub fn empty(picture: &str, why: &str, next: &str, act: Option<(&str, &str)>) -> Markup {
    html! {
        div.empty {
            (icon(picture))
            h2 { (why) }
            p { (next) }
            @if let Some((to, words)) = act { a.button href=(to) { (words) } }
        }
    }
}

/// How a notice is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// Something to know.
    Word,
    /// What is shown is not of this moment any more.
    Stale,
    Offline,
    Error,
}

/// A sentence that has to be read before the rest.
pub fn notice(tone: Tone, words: &Markup) -> Markup {
    let (kind, role) = match tone {
        Tone::Word => (None, None),
        Tone::Stale => (Some("stale"), Some("status")),
        Tone::Offline => (Some("offline"), Some("status")),
        Tone::Error => (Some("error"), Some("alert")),
    };
    html! { p.notice data-kind=[kind] role=[role] { (words) } }
}

/// Until when figures are true; old ones say so loudly.
pub fn stamp(view: &View, at: Instant) -> Markup {
    let minutes = view.now.minus(at) / MINUTE;
    let stale = minutes >= STALE_MINUTES;
    html! {
        p.stamp data-state=(if stale { "stale" } else { "fresh" }) {
            @if stale {
                (icon("warn"))
                (view.lang.pick(format!("数据中断 {minutes} 分钟，"), format!("No new data for {minutes} min, "))) " "
            }
            (view.lang.pick("数据截至 ", "as of ")) (time(view, at))
        }
    }
}

/// Stands where something is fetched, and is seen only when that takes longer than a blink.
pub fn waiting(words: &str) -> Markup {
    html! { p.waiting role="status" { (words) } }
}

/// What was just done, told once, with the form that takes it back where there is one.
pub fn toast(words: &str, undo: Option<&Markup>) -> Markup {
    html! {
        div.toast role="status" {
            p { (words) }
            @if let Some(undo) = undo { (undo) }
        }
    }
}
