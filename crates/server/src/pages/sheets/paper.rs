//! Two sheets about a case: all of it, for the file of whoever answers for it; and a notice for whoever reported it.
//!
//! Owns what goes on paper. Refuses a reporter's name and contact on both, and everybody's words but the finished reply on the
//! notice: paper is carried about. Start at [`case_sheet`] and [`notice`].

use axum::response::Response;
use huying_model::clock::Timer;
use huying_store::CaseView;
use maud::{Markup, html};

use super::{numbered, of_case, opened, printed};
use crate::{
    api::find::CaseName,
    pages::{
        case,
        components::{
            flow::{self, Clock},
            frames::Sheet,
        },
        journal,
        parts::chip,
        report,
        texts::T,
        view::{View, Viewer},
    },
    problem::Problem,
};

pub fn case_title(view: &View) -> &'static str {
    view.lang.pick("案件单", "Case sheet")
}

pub fn notice_title(view: &View) -> &'static str {
    view.lang.pick("办理情况告知单", "Notice to the reporter")
}

/// Everything of a case that the member may read, with its journal.
pub async fn case_sheet(Viewer(view): Viewer, CaseName(name): CaseName) -> Result<Response, Problem> {
    let found = opened(&view, &name).await?;
    let entries = crate::api::journal::entries(&view.state, &found.case, &view.signed()?.actor).await?;
    let sheet = Sheet {
        title: case_title(&view),
        left: numbered(&view, &found),
        right: printed(&view),
        body: html! { (facts(&view, &found)) (clocks(&view, &found)) (journal::part(&view, &entries)) },
        signs: Vec::new(),
    };
    Ok(of_case(&view, &found, &sheet))
}

fn facts(view: &View, found: &CaseView) -> Markup {
    let case = &found.case;
    let lead = case.last_lead().map(|part| view.unit(&part.unit));
    html! {
        table.sheet-form { tbody {
            tr { th scope="row" { (view.say(T::Matter)) } td { (view.matter(case.matter.as_ref())) } th scope="row" { (view.say(T::Stage)) } td { (case::stage(view, case.stage)) } }
            tr { th scope="row" { (view.say(T::Source)) } td { (view.lang.pick(case.source.zh(), case.source.en())) } th scope="row" { (view.say(T::ReportedAt)) } td { (view.full(case.received_at)) } }
            tr { th scope="row" { (view.say(T::Custodian)) } td { (view.unit(&case.custodian)) } th scope="row" { (view.say(T::LeadUnit)) } td { (lead.unwrap_or_default()) } }
            tr { th scope="row" { (view.say(T::Where)) } td colspan="3" { (view.place(&case.place)) @if let Some(address) = &found.texts.address { (view.lang.pick("，", ", ")) (address) } } }
            tr { th scope="row" { (view.say(T::WhatHappened)) } td colspan="3" { (found.texts.text.as_deref().or(found.texts.title.as_deref()).unwrap_or_default()) } }
            @if let Some(ending) = &case.ending {
                tr { th scope="row" { (view.say(T::Outcome)) } td colspan="3" { (view.lang.pick(ending.outcome.zh(), ending.outcome.en())) } }
            }
        } }
    }
}

fn clocks(view: &View, found: &CaseView) -> Markup {
    let all: Vec<Clock> = found
        .case
        .clocks
        .iter()
        .map(|clock| Clock {
            chip: chip(view, Some(clock.due), !clock.runs()),
            name: case::clock_name(view, &clock.of),
            note: html! { (view.fill(T::Before, &[&view.full(clock.due)])) },
        })
        .collect();
    html! {
        @if !all.is_empty() { section.part aria-labelledby="clocks-name" { h2 id="clocks-name" { (view.say(T::Clocks)) } (flow::clocks(&all)) } }
    }
}

/// What whoever reported it is told on paper: where it stands, who has it, until when, and what came of it.
pub async fn notice(Viewer(view): Viewer, CaseName(name): CaseName) -> Result<Response, Problem> {
    let found = opened(&view, &name).await?;
    let handler = view.lang.pick("经办人", "Handled by").to_owned();
    let date = view.lang.pick("日期", "Date").to_owned();
    let sheet = Sheet {
        title: notice_title(&view),
        left: numbered(&view, &found),
        right: printed(&view),
        body: told(&view, &found),
        signs: vec![handler, date],
    };
    Ok(of_case(&view, &found, &sheet))
}

fn told(view: &View, found: &CaseView) -> Markup {
    let case = &found.case;
    let promise = case.clock(&Timer::Promise).map(|clock| view.full(clock.due));
    let reply = case.ending.as_ref().and_then(|_| view.reply(case));
    let area = view.around(case.place.area.as_ref()).join(" ");
    html! {
        (report::status_line(view, case.stage))
        table.sheet-form { tbody {
            tr { th scope="row" { (view.say(T::Matter)) } td { (view.matter(case.matter.as_ref())) } }
            tr { th scope="row" { (view.say(T::Where)) } td { (area) } }
            tr { th scope="row" { (view.say(T::ReportedAt)) } td { (view.full(case.received_at)) } }
            tr { th scope="row" { (view.say(T::Custodian)) } td { (view.unit(&case.custodian)) } }
            @if case.is_open() {
                tr { th scope="row" { (view.say(T::PromiseDue)) } td { (promise.unwrap_or_default()) } }
            }
            @if let Some(ending) = &case.ending {
                tr { th scope="row" { (view.say(T::Outcome)) } td { (view.lang.pick(ending.outcome.zh(), ending.outcome.en())) @if let Some(reply) = &reply { p { (reply) } } } }
            }
        } }
        p {
            (view.lang.pick("凭案号和查询码可在线查询进度；没有解决，可请求重新办理。", "With the case number and the secret you can follow it online; if it is not solved, ask for it to be opened again."))
        }
    }
}
