//! What stands around other markup: table frames, cards, disclosures, tabs, sheets of paper.
//!
//! Start at [`table`].

use maud::{Markup, html};

use crate::pages::{parts::demo_mark, view::View};

/// What a region is called by whoever hears the page: words of its own, or the heading with an id.
#[derive(Clone, Copy)]
pub enum Named<'a> {
    As(&'a str),
    By(&'a str),
}

impl<'a> Named<'a> {
    fn words(self) -> Option<&'a str> {
        match self {
            Named::As(words) => Some(words),
            Named::By(_) => None,
        }
    }
    fn heading(self) -> Option<&'a str> {
        match self {
            Named::As(_) => None,
            Named::By(id) => Some(id),
        }
    }
}

/// The frame of a table: what is too wide is scrolled in it, by keys as well, and never widens the page.
pub fn table(named: Named, inside: &Markup) -> Markup {
    html! {
        div.table-scroll tabindex="0" role="region" aria-label=[named.words()] aria-labelledby=[named.heading()] { (inside) }
    }
}

/// A card under a heading of its own; `id` is the heading's.
pub fn card(id: &str, heading: &str, inside: &Markup) -> Markup {
    html! { section.card aria-labelledby=(id) { h2 id=(id) { (heading) } (inside) } }
}

/// An act that asks for something first: a button that opens its form in place.
pub fn command(words: &str, open: bool, form: &Markup) -> Markup {
    html! { details.command open[open] { summary.button { (words) } (form) } }
}

/// One of several views of the same thing.
pub struct Choice<'a> {
    pub words: &'a str,
    pub to: String,
    pub chosen: bool,
}

/// Views of the same thing, one of them chosen.
pub fn tab_strip(label: &str, views: &[Choice]) -> Markup {
    html! {
        nav.tab-strip aria-label=(label) {
            @for view in views { a href=(view.to) aria-current=[view.chosen.then_some("page")] { (view.words) } }
        }
    }
}

/// What is printed, and looks on the screen as on paper.
pub struct Sheet<'a> {
    pub title: &'a str,
    /// At the left and at the right of the line under the title.
    pub left: Markup,
    pub right: Markup,
    pub body: Markup,
    /// Whoever signs, from left to right.
    pub signs: Vec<String>,
}

/// The `main` of a page that is a sheet.
pub fn sheet(view: &View, sheet: &Sheet) -> Markup {
    html! {
        main.sheet id="main" {
            h1 { (sheet.title) }
            p.sheet-head { span { (sheet.left) } (demo_mark(view)) span { (sheet.right) } }
            (sheet.body)
            @if !sheet.signs.is_empty() { div.signatures { @for sign in &sheet.signs { p { (sign) } } } }
        }
    }
}
