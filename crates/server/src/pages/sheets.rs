//! What is printed: the work order of a case, and the note that one shift leaves to the next.
//!
//! Both look on the screen as on paper. Start at [`work_order`] and [`hand_over`].

use axum::response::Response;
use huying_model::{catalogue::EvidenceKind, clock::Timer};
use huying_store::{CaseView, QueueLine, QueuePart};
use maud::{Markup, html};
use smol_str::SmolStr;

use super::{
    components::frames::{self, Named},
    frame::{self, Here, Page},
    journal::stage_word,
    parts::{chip, demo_mark, icon, joined},
    tabs::{Tab, Tally},
    texts::T,
    view::{View, Viewer},
};
use crate::{
    api::find::{self, CaseName},
    problem::Problem,
};

/// Lines of each table of the hand-over.
const LINES: usize = 40;
/// A shift, in hours.
const SHIFT_HOURS: i64 = 8;

/// The sheet that goes with whoever does the work.
pub async fn work_order(Viewer(view): Viewer, CaseName(name): CaseName) -> Result<Response, Problem> {
    let who = view.signed()?;
    let found = find::case(&view.state, who, &name).await?;
    let case = &found.case;
    view.state.engine.note_opened(view.state.tenant(), &who.actor, case.id).await;
    let title = format!("{} {}", view.say(T::WorkOrder), case.number);
    let main = html! {
        nav.sheet-nav.no-print aria-label=(view.say(T::Print)) {
            a.button href={ "/cases/" (case.number) } { (icon("back")) (view.say(T::BackToCase)) }
            span.quiet { (view.say(T::PrintHint)) }
        }
        main.sheet id="main" {
            h1 { (view.say(T::WorkOrder)) }
            p.sheet-head {
                span { (view.say(T::CaseNumber)) " " b.code { (case.number) } }
                (demo_mark(&view))
                span { (view.fill(T::PrintedAt, &[&view.full(view.now)])) }
            }
            (order_table(&view, &found))
            div.signatures { p { (view.say(T::SignDispatcher)) } p { (view.say(T::SignHandler)) } p { (view.say(T::SignInspector)) } }
        }
    };
    Ok(frame::fresh(frame::document(&view, &Page::new(&title), &main)))
}

fn order_table(view: &View, found: &CaseView) -> Markup {
    let case = &found.case;
    let lead = case.last_lead().map_or(&case.custodian, |part| &part.unit);
    let assists =
        case.assignments.iter().filter(|part| !part.lead).map(|part| view.unit(&part.unit).to_string());
    let due = |of: &Timer| case.clock(of).map(|clock| view.full(clock.due)).unwrap_or_default();
    let handle = Timer::Handle(lead.clone());
    let condition = view.condition(case);
    html! {
        table.sheet-form { tbody {
            tr { th scope="row" { (view.say(T::LeadUnit)) } td { (view.unit(lead)) } th scope="row" { (view.say(T::AssistUnits)) } td { (joined(assists, view.lang)) } }
            tr { th scope="row" { (view.say(T::Matter)) } td { (view.matter(case.matter.as_ref())) } th scope="row" { (view.say(T::PromiseDue)) } td { (due(&Timer::Promise)) } }
            tr { th scope="row" { (view.say(T::ReportedAt)) } td { (view.full(case.received_at)) } th scope="row" { (view.say(T::HandleDue)) } td { (due(&handle)) } }
            tr { th scope="row" { (view.say(T::Where)) } td colspan="3" { (view.place(&case.place)) @if let Some(address) = &found.texts.address { (view.lang.pick("，", ", ")) (address) } } }
            tr { th scope="row" { (view.say(T::WhatHappened)) } td colspan="3" { (found.texts.text.as_deref().or(found.texts.title.as_deref()).unwrap_or_default()) } }
            @if let Some(condition) = condition {
                tr { th scope="row" { (view.say(T::ClosesWhen)) } td colspan="3" { (condition.closes_when) (evidence(view, &condition.evidence)) } }
            }
            tr { th scope="row" { (view.say(T::WorkDone)) } td.write colspan="3" {} }
        } }
    }
}

fn evidence(view: &View, kinds: &[EvidenceKind]) -> String {
    let after = kinds.contains(&EvidenceKind::After);
    if after { format!("{}{}", view.lang.pick("；", "; "), view.say(T::PhotosAfter)) } else { String::new() }
}

/// What one shift leaves to the next.
pub async fn hand_over(Viewer(view): Viewer) -> Result<Response, Problem> {
    let tally = Tally::of(&view).await?;
    let end = view.now.plus_minutes(SHIFT_HOURS * 60);
    let lines = mine(&view, Tab::Mine).await?;
    let overdue: Vec<&QueueLine> =
        lines.iter().filter(|line| !line.paused && line.due.is_some_and(|due| due <= view.now)).collect();
    let soon: Vec<&QueueLine> = lines
        .iter()
        .filter(|line| !line.paused && line.due.is_some_and(|due| due > view.now && due <= end))
        .collect();
    let help = mine(&view, Tab::Help).await?;
    let help: Vec<&QueueLine> = help.iter().collect();
    let counts = view
        .state
        .engine
        .store()
        .queue_counts(view.state.tenant(), &view.units(), None, view.now, end)
        .await?;
    let sum = |part: fn(&huying_store::QueueCount) -> i64| counts.iter().map(part).sum::<i64>();
    let units = joined(
        view.units().into_iter().map(|unit| view.unit(&huying_model::UnitId(unit)).to_string()),
        view.lang,
    );
    let tiles = [
        (T::AllTasks, tally.count(Tab::Mine).unwrap_or_default()),
        (T::Overdue, sum(|count| count.overdue)),
        (T::DueNextShift, sum(|count| count.soon)),
        (T::Paused, sum(|count| count.paused)),
    ];
    let main = html! {
        main.sheet id="main" {
            h1 { (view.say(T::HandOverNote)) }
            p.sheet-head { span { (units) } (demo_mark(&view)) span { (view.full(view.now)) } }
            dl.stat-tiles { @for (name, count) in tiles { div.stat-tile { dt { (view.say(name)) } dd { (count) } } } }
            (table(&view, "first", T::LookFirst, &overdue))
            (table(&view, "soon", T::DueNextShift, &soon))
            (table(&view, "help", T::OpenCalls, &help))
            div.signatures {
                p { @match &view.who { Some(who) => (view.fill(T::Pair, &[view.say(T::SignLeaving), &view.member(&who.member)])), None => (view.say(T::SignLeaving)) } }
                p { (view.say(T::SignComing)) } p { (view.say(T::SignLeader)) }
            }
        }
    };
    Ok(frame::console(&view, &Page::new(view.say(T::HandOverNote)), Some(Here::HandOver), &tally, &main))
}

async fn mine(view: &View, tab: Tab) -> Result<Vec<QueueLine>, Problem> {
    let Some(part): Option<QueuePart> = tab.part() else { return Ok(Vec::new()) };
    let units: Vec<SmolStr> = view.units();
    Ok(view.state.engine.store().queue_part(view.state.tenant(), &units, &part, None, LINES * 4).await?.items)
}

fn table(view: &View, id: &str, name: T, lines: &[&QueueLine]) -> Markup {
    let matter = |line: &QueueLine| {
        view.matter(line.matter.as_ref().map(|code| huying_model::MatterCode(code.clone())).as_ref())
    };
    html! {
        h2 id=(id) { (view.say(name)) " " (lines.len()) }
        @if lines.is_empty() { p { (view.say(T::None)) } } @else {
            (frames::table(Named::By(id), &html! {
                table.table {
                    thead { tr { th scope="col" { (view.say(T::Clocks)) } th scope="col" { (view.say(T::CaseNumber)) } th scope="col" { (view.say(T::Matter)) } th scope="col" { (view.say(T::Stage)) } th scope="col" { (view.say(T::Custodian)) } } }
                    tbody {
                        @for line in lines.iter().take(LINES) {
                            tr {
                                td { (chip(view, line.due, line.paused)) }
                                td.code { a href={ "/cases/" (line.number) } { (line.number) } }
                                td { (matter(line)) }
                                td.code { (stage_word(view, &line.stage)) }
                                td { (view.unit(&huying_model::UnitId(line.custodian.clone()))) }
                            }
                        }
                    }
                }
            }))
        }
    }
}
