//! What is printed: sheets about a case, and the note that one shift leaves to the next.
//!
//! All of them look on the screen as on paper. Start at [`work_order`] and [`hand_over`]; the case's whole sheet and the notice to whoever
//! reported it stand in [`paper`], the report of a day in [`day`].

pub mod day;
pub mod paper;

use axum::response::Response;
use huying_model::{catalogue::EvidenceKind, clock::Timer};
use huying_store::{CaseView, QueueLine, QueuePart};
use maud::{Markup, html};
use smol_str::SmolStr;

use super::{
    components::{
        board::{self, Tile},
        frames::{self, Named, Sheet},
    },
    frame::{self, Here, Page},
    journal::stage_word,
    parts::{chip, icon, joined},
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
    let found = opened(&view, &name).await?;
    let signs = [T::SignDispatcher, T::SignHandler, T::SignInspector];
    let sheet = Sheet {
        title: view.say(T::WorkOrder),
        left: numbered(&view, &found),
        right: printed(&view),
        body: order_table(&view, &found),
        signs: signs.map(|sign| view.say(sign).to_owned()).into(),
    };
    Ok(of_case(&view, &found, &sheet))
}

/// The case, with the note that somebody opened it.
async fn opened(view: &View, name: &find::Named) -> Result<CaseView, Problem> {
    let who = view.signed()?;
    let found = find::case(&view.state, who, name).await?;
    view.state.engine.note_opened(view.state.tenant(), &who.actor, found.case.id).await;
    Ok(found)
}

fn numbered(view: &View, found: &CaseView) -> Markup {
    html! { (view.say(T::CaseNumber)) " " b.code { (found.case.number) } }
}

fn printed(view: &View) -> Markup {
    html! { (view.fill(T::PrintedAt, &[&view.full(view.now)])) }
}

/// A sheet about a case, under the ways back to it and to its other sheets.
fn of_case(view: &View, found: &CaseView, sheet: &Sheet) -> Response {
    let number = &found.case.number;
    let title = format!("{} {number}", sheet.title);
    let other = |name: &str, words: &str| html! { @if words != sheet.title { a href={ "/cases/" (number) "/" (name) } { (words) } } };
    let main = html! {
        nav.sheet-nav.no-print aria-label=(view.say(T::Print)) {
            a.button href={ "/cases/" (number) } { (icon("back")) (view.say(T::BackToCase)) }
            (other("work-order", view.say(T::WorkOrder)))
            (other("sheet", paper::case_title(view)))
            (other("notice", paper::notice_title(view)))
            span.quiet { (view.say(T::PrintHint)) }
        }
        (frames::sheet(view, sheet))
    };
    frame::fresh(frame::document(view, &Page::new(&title), &main))
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
    let leaving = view.say(T::SignLeaving);
    let leaving = match &view.who {
        Some(who) => view.fill(T::Pair, &[leaving, &view.member(&who.member)]),
        None => leaving.to_owned(),
    };
    let sheet = Sheet {
        title: view.say(T::HandOverNote),
        left: html! { (units) },
        right: html! { (view.full(view.now)) },
        body: html! {
            (board::stat_tiles(&tiles.map(|(name, count)| Tile::new(view.say(name), count))))
            (table(&view, "first", T::LookFirst, &overdue))
            (table(&view, "soon", T::DueNextShift, &soon))
            (table(&view, "help", T::OpenCalls, &help))
        },
        signs: vec![leaving, view.say(T::SignComing).to_owned(), view.say(T::SignLeader).to_owned()],
    };
    let main = frames::sheet(&view, &sheet);
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
