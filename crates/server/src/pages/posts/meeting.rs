//! The board of difficult cases: who answers for each, what the meetings said, and what they decided.
//!
//! Owns which entries belong to the procedure: those since it began. Meetings are called, noted and decided by the case's own commands,
//! so the notes stand in its journal and nowhere else. Start at [`page`].

use axum::{extract::Query, response::Response};
use huying_model::{CaseId, Name, clock::Timer};
use huying_store::Standing;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    Post,
    boards::{self, Stood},
    leaf::turned,
    sheet::{self, Sheet, Written},
};
use crate::{
    api::journal::EntryShown,
    pages::{
        frame::{self, Here, Page},
        parts::{chip, icon},
        tabs::Tally,
        view::{View, Viewer},
    },
    problem::Problem,
};

/// What belongs to the procedure.
const KINDS: [&str; 5] = ["marked_difficult", "convened", "noted", "decided", "supervised"];

/// What the address says.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    /// Id of the case whose acts are open.
    case: Option<String>,
    /// Where each list goes on.
    difficult: Option<String>,
    decided: Option<String>,
    /// Command that was just given.
    done: Option<String>,
}

/// The board; the case that the address names has its acts open.
pub async fn page(Viewer(view): Viewer, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let (at, beside) = (asked.difficult.as_deref(), asked.decided.as_deref());
    let cases = boards::stood(&view, Standing::Difficult, at).await?;
    let chosen = asked.case.as_deref().and_then(|text| text.parse::<CaseId>().ok());
    let decided = boards::stood(&view, Standing::Decided, beside).await?;
    let mut cards = Vec::new();
    for one in &cases.items {
        let id = one.found.case.id.to_string();
        let here =
            turned("/difficult", &[("case", Some(id.as_str())), ("difficult", at), ("decided", beside)]);
        cards.push(card(&view, one, here, chosen == Some(one.found.case.id)).await?);
    }
    let name = view.lang.pick("疑难案件", "Difficult cases");
    let main = html! {
        main.page.page-wide.stack.post id="main" {
            h1 { (name) }
            p.quiet { (view.lang.pick("会商前由兜底单位负责，办结时限照常计算；会商纪要写入案件流转记录。", "Until it is decided the fallback unit has the case and the promise goes on; notes of meetings stand in the case's journal.")) }
            @if cards.is_empty() { div.empty { (icon("done")) h2 { (view.lang.pick("没有疑难案件", "No difficult case")) } } }
            ul.post-list { @for card in &cards { (card) } }
            (cases.ways(&view, |cursor| turned("/difficult", &[("difficult", cursor), ("decided", beside)])))
            @if !decided.items.is_empty() || decided.at.is_some() {
                section.part aria-labelledby="decided-name" {
                    h2 id="decided-name" { (view.lang.pick("已议定、在办", "Decided and still open")) " " (decided.many()) }
                    ul.post-list { @for one in &decided.items { li.post-board { div.post-row { (boards::what(&view, &one.found)) } (told(&view, one)) } } }
                    (decided.ways(&view, |cursor| turned("/difficult", &[("difficult", at), ("decided", cursor)])))
                }
            }
        }
        (frame::toast(asked.done.as_ref(), &view))
    };
    let tally = Tally::of(&view).await?;
    Ok(frame::console(&view, &Page::new(name), Some(Here::Post(Post::Supervision)), &tally, &main))
}

/// A case of the board; `here` is the address with its acts open.
async fn card(view: &View, one: &Stood, here: String, open: bool) -> Result<Markup, Problem> {
    let case = &one.found.case;
    let id = case.id.to_string();
    let acts = if open { Some(acts(&Sheet::of(view, &one.found, here.clone()).await?)) } else { None };
    let meeting = case.clock(&Timer::Meeting);
    let fallback = case.difficult.as_ref().map(|difficult| view.unit(&difficult.fallback));
    let convened = case.difficult.as_ref().is_some_and(|difficult| difficult.convened);
    Ok(html! {
        li.post-board id={ "case-" (id) } {
            div.post-row { (boards::what(view, &one.found)) }
            dl.facts {
                @if let Some(unit) = fallback { dt { (view.lang.pick("兜底单位", "Fallback unit")) } dd { (unit) } }
                dt { (view.lang.pick("会商", "Meeting")) }
                dd {
                    @if convened { (view.lang.pick("已召集", "called")) } @else { (view.lang.pick("尚未召集", "not called yet")) }
                    @if let Some(clock) = meeting { " " (chip(view, Some(clock.due), !clock.runs())) }
                }
            }
            (told(view, one))
            @if let Some(acts) = acts { (acts) }
            @else { p { a.button href={ (here) "#case-" (id) } { (view.lang.pick("召集、记录、议定", "Call, note, decide")) span.visually-hidden { " " (case.number) } } } }
        }
    })
}

fn told(view: &View, one: &Stood) -> Markup {
    html! { ol.plain.post-notes { @for entry in notes(one) { li { (sheet::line(view, entry)) } } } }
}

/// The entries of the procedure, oldest first.
fn notes(one: &Stood) -> impl Iterator<Item = &EntryShown> {
    let began = one.entries.iter().rposition(|entry| entry.kind == "marked_difficult").unwrap_or_default();
    one.entries.iter().skip(began).filter(|entry| KINDS.contains(&entry.kind.as_str()))
}

fn acts(sheet: &Sheet) -> Markup {
    let label = |name: Name| match name {
        Name::Convene => sheet.view.lang.pick("召集会商", "Call a meeting"),
        Name::Note => sheet.view.lang.pick("记会商纪要", "Note what was said"),
        _ => sheet.name(name),
    };
    let wanted = [Name::Convene, Name::Note, Name::Decide];
    html! {
        div.button-row {
            @for name in wanted.into_iter().filter(|name| sheet.may(*name)) { (sheet.folded(name, label(name), Written::default())) }
        }
    }
}
