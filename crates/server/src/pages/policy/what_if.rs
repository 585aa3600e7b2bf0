//! What a version would have done to past cases, on a page: two versions to choose, the counts, plots with their tables, examples.
//!
//! Refuses to count: the answer is the engine's, and the parts are drawn by the pack crate as for the command line. For
//! administrators, since it reads the journal. Start at [`page`].

use axum::{http::StatusCode, response::Response};
use huying_model::{
    PolicyVersion,
    book::{Book, administers},
};
use huying_pack::{
    told::Lang,
    whatif::{Report, html as drawn},
};
use maud::{Markup, PreEscaped, html};

use super::trouble;
use crate::{
    api::what_if::WhatIfQuery,
    pages::{
        frame::{self, Here, Page},
        tabs::Tally,
        view::{View, Viewer},
    },
    problem::Problem,
    sent::Asked,
};

/// The form, and the answer where something was asked.
pub async fn page(Viewer(view): Viewer, Asked(query): Asked<WhatIfQuery>) -> Result<Response, Problem> {
    let who = view.signed()?;
    if !administers(view.org(), &who.actor, view.now) {
        return Err(Problem::of("administrators_only"));
    }
    let book = view.state.engine.policy_book(view.state.tenant()).await?;
    let draft = query.draft.trim();
    let answer = match draft {
        "" => None,
        draft => {
            let (draft, base) = (PolicyVersion::new(draft), query.base());
            let asked = view.state.engine.what_if(view.state.tenant(), &who.actor, &draft, base.as_ref());
            Some(asked.await.map_err(Problem::from))
        }
    };
    let (report, problem) = match answer {
        Some(Ok(report)) => (Some(report), None),
        Some(Err(problem)) if problem.status.is_client_error() => (None, Some(problem)),
        Some(Err(problem)) => return Err(problem),
        None => (None, None),
    };
    let name = view.lang.pick("试算", "What if");
    let title = match (&report, &problem) {
        (Some(report), _) => drawn::title(report, lang(&view)),
        (None, Some(_)) => view.lang.pick("出错：试算", "Error: what if").to_owned(),
        (None, None) => name.to_owned(),
    };
    let main = html! {
        main.page.page-wide.stack id="main" {
            p { a href="/policy" { (view.lang.pick("机制", "Policy")) } }
            h1 { (if report.is_some() { title.as_str() } else { name }) }
            p.quiet { (view.lang.pick("用一个版本重新计算往日案件的派单和期限，看它会改变什么。不改动任何案件。", "Past cases are dispatched and timed again by a version, to see what it would change. No case is touched.")) }
            (trouble(&view, problem.as_ref()))
            (form(&view, &book, &query))
            @if let Some(report) = &report { div.what-if { (PreEscaped(parts(&view, report))) } }
        }
    };
    let tally = Tally::of(&view).await?;
    let mut answer = frame::console(&view, &Page::new(&title), Some(Here::Policy), &tally, &main);
    if problem.is_some() {
        *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(answer)
}

fn lang(view: &View) -> Lang {
    view.lang.pick(Lang::Zh, Lang::En)
}

/// Counts, plots and examples; a case leads to its page.
pub fn parts(view: &View, report: &Report) -> String {
    drawn::parts(report, lang(view), &|number| Some(format!("/cases/{number}")))
}

fn form(view: &View, book: &Book, query: &WhatIfQuery) -> Markup {
    let current = &view.setting.policy.current.version;
    let mut versions: Vec<&PolicyVersion> = book.versions.iter().map(|known| &known.version).rev().collect();
    if !versions.contains(&current) {
        versions.push(current);
    }
    let option = |version: &PolicyVersion, chosen: bool| {
        html! {
            option value=(version) selected[chosen] {
                (version) @if version == current { (view.lang.pick("（现行）", " (in force)")) }
            }
        }
    };
    let base = query.base();
    html! {
        form.stack method="get" action="/policy/what-if" {
            div.columns {
                div.field {
                    label for="draft" { (view.lang.pick("试算的版本", "The version that is tried")) }
                    select id="draft" name="draft" {
                        @for version in &versions { (option(version, version.as_str() == query.draft.trim())) }
                    }
                }
                div.field {
                    label for="baseline" { (view.lang.pick("对照", "Beside")) }
                    select id="baseline" name="baseline" {
                        option value="" { (view.lang.pick("各案件当时所用的版本", "whatever each case ran by")) }
                        @for version in &versions { (option(version, base.as_ref() == Some(*version))) }
                    }
                }
            }
            div.row { button.button.button-primary { (view.lang.pick("试算", "Try it")) } }
        }
    }
}
