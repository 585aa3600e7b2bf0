//! The handler's work: what is due next, what waits to be received, what is being done, what waits for an answer.
//!
//! Owns receiving several at once with a result for each. What a case wants is read from its own part; the work itself is done on the
//! case's sheet ([`super::finish`]). Start at [`page`].

use std::collections::BTreeMap;

use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use huying_model::{AreaCode, Case, CaseId, Name, UnitId, case::Part, clock::Timer};
use huying_store::{Key, QueueLine, QueuePart};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use super::{
    Given, Post, closed, key_of,
    leaf::{Leaf, turned},
    lines, mendable, say, split, stands,
};
use crate::{
    api::find::{self, Named},
    pages::{
        form::{Form, Words},
        frame::{self, Here, Page},
        parts::{chip, error_summary, icon},
        tabs::Tally,
        texts::T,
        view::{View, Viewer},
        with_query,
    },
    problem::Problem,
};

const WORK: QueuePart = QueuePart { kinds: &["custody", "assignment"], stages: &["dispatched", "handling"] };
const ANSWERS: QueuePart = QueuePart {
    kinds: &["call", "request"],
    stages: &["reported", "verifying", "filed", "dispatched", "handling", "inspecting", "calling_back"],
};
/// Parts that are received at once.
const AT_ONCE: usize = 60;

/// What the address says.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    /// Command that was just given.
    done: Option<String>,
    /// How many parts were just received.
    received: Option<u32>,
    /// Where the work goes on.
    after: Option<String>,
    /// Where the questions go on.
    answers: Option<String>,
}

impl Asked {
    /// This page of both lists.
    fn here(&self) -> String {
        turned("/handling", &[("after", self.after.as_deref()), ("answers", self.answers.as_deref())])
    }
}

/// A unit's part in a case.
struct Piece {
    line: QueueLine,
    /// It was sent and not received.
    waits: bool,
    /// It should be on the spot and has not said so.
    comes: bool,
}

/// What became of receiving one part.
struct Went {
    number: SmolStr,
    problem: Option<Problem>,
}

/// The handler's screen.
pub async fn page(Viewer(view): Viewer, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    if let Some(page) = closed(&view, Post::Handling).await? {
        return Ok(page);
    }
    draw(&view, &asked, &[]).await
}

/// Receives the chosen parts, or the one whose own button was pressed; each has its own answer.
pub async fn receive(Viewer(view): Viewer, Words(form): Words) -> Result<Response, Problem> {
    let chosen: Vec<&str> = match form.said("only") {
        Some(only) => vec![only],
        None => form.every("part").take(AT_ONCE).collect(),
    };
    let at = Asked { after: stands(&form, "after"), answers: stands(&form, "answers"), ..Asked::default() };
    let mut went = Vec::new();
    for part in &chosen {
        went.push(one(&view, &form, part).await?);
    }
    if !went.is_empty() && went.iter().all(|one| one.problem.is_none()) {
        let many = went.len().to_string();
        return Ok(Redirect::to(&with_query(&at.here(), "received", &many)).into_response());
    }
    if went.is_empty() {
        went.push(Went { number: SmolStr::default(), problem: Some(nothing_chosen()) });
    }
    let page = draw(&view, &at, &went).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn nothing_chosen() -> Problem {
    Problem {
        zh: "没有选中案件：请先勾选要签收的案件。".to_owned(),
        en: "Nothing was chosen: tick the cases that you receive.".to_owned(),
        ..Problem::of("validation")
    }
}

/// A part is named `case:unit`.
async fn one(view: &View, form: &Form, part: &str) -> Result<Went, Problem> {
    let (id, unit) = part.split_once(':').unwrap_or((part, ""));
    let found = match Named::read(id) {
        Ok(name) => find::case(&view.state, view.signed()?, &name).await,
        Err(problem) => Err(problem),
    };
    let found = match found {
        Ok(found) => found,
        Err(problem) => return Ok(Went { number: SmolStr::new("—"), problem: Some(mendable(problem)?) }),
    };
    // The same part is the same request, whatever else was chosen with it.
    let key = key_of(view, form, &format!("{}.{unit}", found.case.id))?;
    let key = key.map(|key| Key { body_hash: Sha256::digest(part.as_bytes()).into(), ..key });
    let given = Given { body: json!({ "unit": unit }), key, ..Given::default() };
    let problem = match say(view, found.case.id, Name::Receive, given).await {
        Ok(_) => None,
        Err(problem) => Some(mendable(problem)?),
    };
    Ok(Went { number: found.case.number, problem })
}

/// The parts of the member's units, earliest due first, a page of them.
async fn pieces(view: &View, after: Option<&str>) -> Result<Leaf<Piece>, Problem> {
    let lines = lines(view, &WORK, after).await?;
    let ids: Vec<CaseId> = lines.items.iter().map(|line| line.case).collect();
    let seen = view.seen()?;
    let found = view.state.engine.store().cases_seen(view.state.tenant(), &ids, seen.as_ref()).await?;
    let cases: BTreeMap<CaseId, Case> = found.into_iter().map(|one| (one.case.id, one.case)).collect();
    let piece = |line: QueueLine| {
        let unit = UnitId(line.unit.clone());
        let case = cases.get(&line.case);
        let part = case.and_then(|case| case.open_assignment(&unit));
        let waits = part.is_some_and(|part| part.part == Part::Sent);
        let on_the_way = part.is_some_and(|part| !part.arrived && part.part == Part::Received);
        let comes = on_the_way && case.is_some_and(|case| case.clock(&Timer::Arrive(unit)).is_some());
        Piece { line, waits, comes }
    };
    Ok(lines.map(piece))
}

async fn draw(view: &View, asked: &Asked, went: &[Went]) -> Result<Response, Problem> {
    let pieces = pieces(view, asked.after.as_deref()).await?;
    let answers = lines(view, &ANSWERS, asked.answers.as_deref()).await?;
    let here = asked.here();
    let (waiting, doing): (Vec<&Piece>, Vec<&Piece>) = pieces.items.iter().partition(|piece| piece.waits);
    let name = Post::Handling.name(view.lang);
    let failed = went.iter().any(|one| one.problem.is_some());
    let title = if failed { view.fill(T::FailedTitle, &[name]) } else { name.to_owned() };
    let main = html! {
        main.page.page-wide.stack.post id="main" {
            h1 { (name) }
            (results(view, went))
            @if pieces.at.is_none() { (next(view, pieces.items.first())) }
            (to_receive(view, &waiting, &here))
            section.part aria-labelledby="doing-name" {
                h2 id="doing-name" { (view.lang.pick("处置中", "In hand")) " " (doing.len()) }
                @if doing.is_empty() { p.quiet { (view.lang.pick("没有处置中的案件。", "Nothing is in hand.")) } }
                ul.post-list { @for piece in &doing { (in_hand(view, piece, &here)) } }
            }
            (pieces.ways(view, |cursor| turned("/handling", &[("after", cursor), ("answers", answers.at.as_deref())])))
            @if !answers.items.is_empty() || answers.at.is_some() {
                section.part aria-labelledby="answers-name" {
                    h2 id="answers-name" { (view.lang.pick("等我答复", "Waits for my answer")) " " (answers.many()) }
                    ul.post-list { @for line in &answers.items { li.post-row { (what(view, line, &format!("/cases/{}", line.number))) } } }
                    (answers.ways(view, |cursor| turned("/handling", &[("after", pieces.at.as_deref()), ("answers", cursor)])))
                }
            }
            p.quiet { (view.say(T::EarliestFirst)) " · " a href="/difficult" { (view.lang.pick("疑难案件", "Difficult cases")) } }
        }
        (frame::toast(asked.done.as_ref(), view))
        @if let Some(many) = asked.received {
            p.toast role="status" { (view.lang.pick(format!("已签收 {many} 件"), format!("Received: {many}"))) }
        }
    };
    let tally = Tally::of(view).await?;
    Ok(frame::console(view, &Page::new(&title), Some(Here::Post(Post::Handling)), &tally, &main))
}

/// What became of each part that was to be received.
fn results(view: &View, went: &[Went]) -> Markup {
    let told: Vec<(String, String)> = went
        .iter()
        .filter_map(|one| {
            let problem = one.problem.as_ref()?;
            Some((String::new(), format!("{} {}", one.number, problem.detail(view.lang))))
        })
        .collect();
    let done: Vec<&str> =
        went.iter().filter(|one| one.problem.is_none()).map(|one| one.number.as_str()).collect();
    html! {
        @if !told.is_empty() { (error_summary(view, &told)) }
        @if !done.is_empty() {
            p.notice role="status" { (view.lang.pick("已签收：", "Received: ")) (done.join(view.lang.pick("、", ", "))) }
        }
    }
}

/// The one whose clock ends first.
fn next(view: &View, piece: Option<&Piece>) -> Markup {
    html! {
        @if let Some(piece) = piece {
            section.card.card-suggest aria-labelledby="next-name" {
                h2 id="next-name" { (view.lang.pick("最先到期", "Due first")) }
                div.post-row { (what(view, &piece.line, &sheet(&piece.line))) }
            }
        } @else {
            div.empty { (icon("done")) h2 { (view.fill(T::AllDone, &[Post::Handling.name(view.lang)])) } p { (view.say(T::AllDoneHint)) } }
        }
    }
}

fn to_receive(view: &View, waiting: &[&Piece], here: &str) -> Markup {
    let value = |piece: &Piece| format!("{}:{}", piece.line.case, piece.line.unit);
    html! {
        @if !waiting.is_empty() {
            section.part aria-labelledby="waiting-name" {
                h2 id="waiting-name" { (view.lang.pick("待签收", "To receive")) " " (waiting.len()) }
                form method="post" action="/handling" {
                    input type="hidden" name="idempotency_key" value=(uuid::Uuid::now_v7());
                    input type="hidden" name="back" value=(here);
                    ul.post-list {
                        @for piece in waiting {
                            li.post-row {
                                label.post-tick {
                                    input type="checkbox" name="part" value=(value(piece));
                                    span.visually-hidden { (view.lang.pick("选中 ", "Choose ")) (piece.line.number) }
                                }
                                (what(view, &piece.line, &sheet(&piece.line)))
                                button.button name="only" value=(value(piece)) {
                                    (view.lang.pick(Name::Receive.zh(), Name::Receive.en()))
                                    span.visually-hidden { " " (piece.line.number) }
                                }
                            }
                        }
                    }
                    button.button.button-primary name="several" value="1" { (view.lang.pick("签收所选", "Receive the chosen ones")) }
                }
            }
        }
    }
}

fn in_hand(view: &View, piece: &Piece, here: &str) -> Markup {
    let line = &piece.line;
    html! {
        li.post-row {
            (what(view, line, &sheet(line)))
            @if piece.comes {
                form method="post" action={ "/cases/" (line.case) "/commands/arrive" } {
                    input type="hidden" name="idempotency_key" value=(uuid::Uuid::now_v7());
                    input type="hidden" name="unit" value=(line.unit);
                    input type="hidden" name="back" value=(here);
                    button.button {
                        (view.lang.pick(Name::Arrive.zh(), Name::Arrive.en()))
                        span.visually-hidden { " " (line.number) }
                    }
                }
            }
            a.button href={ (sheet(line)) "#finish" } {
                (view.lang.pick(Name::Finish.zh(), Name::Finish.en()))
                span.visually-hidden { " " (line.number) }
            }
        }
    }
}

/// Where a case is worked on.
fn sheet(line: &QueueLine) -> String {
    format!("/cases/{}/handle", line.number)
}

/// A line in words: how urgent, what, where.
pub fn what(view: &View, line: &QueueLine, to: &str) -> Markup {
    let area = line.area.clone().map(AreaCode);
    html! {
        (chip(view, line.due, line.paused))
        div.post-what {
            a href=(to) { b { @if line.hazard { (view.say(T::Hazard)) " · " } (split::name(view, line)) } }
            " " span.quiet { (split::text(line)) }
            div.quiet { (view.short_place(area.as_ref())) " · " span.code { (line.number) } " · " (view.unit(&UnitId(line.unit.clone()))) }
        }
    }
}
