//! The supervision board: who is pressed for which case, since when, and what they answered.
//!
//! Owns what counts as an answer: the first entry after the press by a unit that works on the case. It watches cases, not persons: a
//! unit is named because it has the case, and nothing is added up. Start at [`page`].

use std::collections::BTreeMap;

use axum::{extract::Query, response::Response};
use huying_model::{Case, CaseId, Instant, Name};
use huying_store::{CaseView, Filter, Line, Order, Page as StorePage, Standing};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    Post, closed,
    leaf::{Leaf, turned},
    sheet,
};
use crate::{
    api::{
        find,
        journal::{self, EntryShown},
    },
    pages::{
        case as whole,
        frame::{self, Here, Page},
        parts::{chip, icon, time},
        tabs::Tally,
        texts::T,
        view::{View, Viewer},
    },
    problem::Problem,
};

/// Cases of a list; what is beyond them stands on its next page.
const ROWS: usize = 20;

/// What the address of the supervision board says.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    /// Where each list goes on.
    pressed: Option<String>,
    late: Option<String>,
    /// Command that was just given.
    done: Option<String>,
}

impl Asked {
    /// The address of the board with both lists where they are.
    fn here(&self) -> String {
        turned("/supervision", &[("pressed", self.pressed.as_deref()), ("late", self.late.as_deref())])
    }
}

/// A case on a board with its journal.
pub struct Stood {
    pub found: CaseView,
    pub entries: Vec<EntryShown>,
}

impl Stood {
    fn press(&self) -> Option<usize> {
        self.entries.iter().rposition(|entry| entry.kind == "supervised")
    }

    /// The first thing that a unit at work said or did after it was pressed.
    fn answer(&self) -> Option<&EntryShown> {
        let case = &self.found.case;
        let at_work = |unit: &str| {
            case.custodian.as_str() == unit || case.assignments.iter().any(|part| part.unit.as_str() == unit)
        };
        let mut after = self.entries.iter().skip(self.press()? + 1);
        after.find(|entry| {
            entry.by.who == "member" && entry.by.unit.as_ref().is_some_and(|unit| at_work(unit))
        })
    }

    fn since(&self) -> Option<Instant> {
        self.entries.get(self.press()?).map(|entry| entry.received_at.0)
    }
}

/// Open cases in sight that fit a filter, oldest first.
async fn listed(view: &View, filter: Filter, cursor: Option<&str>) -> Result<Leaf<CaseView>, Problem> {
    let (store, tenant, seen) = (view.state.engine.store(), view.state.tenant(), view.seen()?);
    let filter = Filter { open_only: true, seen: seen.clone(), ..filter };
    let page = store.list(tenant, &filter, Order::OldestFirst, cursor, ROWS).await;
    let StorePage { items: mut lines, next } = find::page(page, cursor)?;
    find::own_words(&view.state, view.signed()?, &mut lines).await?;
    let ids: Vec<CaseId> = lines.iter().map(|line| line.case).collect();
    let found = store.cases_seen(tenant, &ids, seen.as_ref()).await?;
    let mut cases: BTreeMap<CaseId, CaseView> = found.into_iter().map(|one| (one.case.id, one)).collect();
    let of_line = |line: Line| {
        let mut found = cases.remove(&line.case)?;
        found.texts.title = line.title;
        Some(found)
    };
    let items = lines.into_iter().filter_map(of_line).collect();
    Ok(Leaf { items, at: cursor.map(str::to_owned), next })
}

/// Cases that stand so, each with its journal as the member may read it; that they were opened is written down.
pub async fn stood(view: &View, standing: Standing, cursor: Option<&str>) -> Result<Leaf<Stood>, Problem> {
    let cases = listed(view, Filter { standing: Some(standing), ..Filter::default() }, cursor).await?;
    let actor = &view.signed()?.actor;
    let mut all = Vec::new();
    for found in cases.items {
        let entries = journal::entries(&view.state, &found.case, actor).await?;
        view.state.engine.note_opened(view.state.tenant(), actor, found.case.id).await;
        all.push(Stood { found, entries });
    }
    Ok(Leaf { items: all, at: cases.at, next: cases.next })
}

/// The supervision board.
pub async fn page(Viewer(view): Viewer, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    if let Some(page) = closed(&view, Post::Supervision).await? {
        return Ok(page);
    }
    let mut pressed = stood(&view, Standing::Pressed, asked.pressed.as_deref()).await?;
    // Who has not answered stands first, and of those who was pressed first.
    pressed.items.sort_by_key(|one| (one.answer().is_some(), one.since()));
    let late = Filter {
        overdue_at: Some(view.now),
        suspended: Some(false),
        standing: Some(Standing::Unpressed),
        ..Filter::default()
    };
    let late = listed(&view, late, asked.late.as_deref()).await?;
    let name = Post::Supervision.name(view.lang);
    let here = asked.here();
    let main = html! {
        main.page.page-wide.stack.post id="main" {
            h1 { (name) }
            p { (silent(&view, &pressed)) " " a href="/difficult" { (view.lang.pick("疑难案件", "Difficult cases")) } }
            section.part aria-labelledby="pressed-name" {
                h2 id="pressed-name" { (view.lang.pick("督办中", "Pressed for")) " " (pressed.many()) }
                @if pressed.items.is_empty() { div.empty { (icon("done")) p { (view.lang.pick("没有督办中的案件。", "No case is pressed for.")) } } }
                ul.post-list { @for one in &pressed.items { (pressed_shown(&view, one)) } }
                (pressed.ways(&view, |cursor| turned("/supervision", &[("pressed", cursor), ("late", asked.late.as_deref())])))
            }
            section.part aria-labelledby="late-name" {
                h2 id="late-name" { (view.lang.pick("已超期、未督办", "Overdue and not pressed for")) " " (late.many()) }
                @if late.items.is_empty() { p.quiet { (view.say(T::None)) } }
                ul.post-list { @for found in &late.items { (late_shown(&view, found, &here)) } }
                (late.ways(&view, |cursor| turned("/supervision", &[("pressed", asked.pressed.as_deref()), ("late", cursor)])))
            }
            p.quiet { (view.lang.pick("先收到的在前；每页先列尚无回应的督办。", "Received first, first; on each page what is pressed for without an answer stands before the rest.")) }
        }
        (frame::toast(asked.done.as_ref(), &view))
    };
    let tally = Tally::of(&view).await?;
    Ok(frame::console(&view, &Page::new(name), Some(Here::Post(Post::Supervision)), &tally, &main))
}

/// How many are pressed for, and how many of them have not answered: of the list, or of the page where it has several.
fn silent(view: &View, pressed: &Leaf<Stood>) -> String {
    let (many, silent) =
        (pressed.items.len(), pressed.items.iter().filter(|one| one.answer().is_none()).count());
    match pressed.whole() {
        true => view.lang.pick(
            format!("已督办 {many} 件，其中 {silent} 件尚无回应。"),
            format!("{many} pressed for, {silent} of them without an answer."),
        ),
        false => view.lang.pick(
            format!("本页督办 {many} 件，其中 {silent} 件尚无回应。"),
            format!("{many} pressed for on this page, {silent} of them without an answer."),
        ),
    }
}

/// A case in words: how urgent, what, where, who has it.
pub fn what(view: &View, found: &CaseView) -> Markup {
    let case = &found.case;
    html! {
        (chip(view, sheet::due(case), case.suspended()))
        div.post-what {
            a href={ "/cases/" (case.number) } { b { (whole::title(view, found)) } }
            div.quiet { (view.short_place(case.place.area.as_ref())) " · " span.code { (case.number) } " · " (whole::stage(view, case.stage)) }
        }
    }
}

/// The unit that is pressed: who leads, else who has it.
fn who(view: &View, case: &Case) -> String {
    view.unit(case.lead_unit().unwrap_or(&case.custodian)).to_string()
}

fn pressed_shown(view: &View, one: &Stood) -> Markup {
    let press = one.press().and_then(|at| one.entries.get(at));
    html! {
        li.post-board {
            div.post-row { (what(view, &one.found)) }
            dl.facts {
                dt { (view.lang.pick("督办谁", "Who")) } dd { (who(view, &one.found.case)) }
                @if let Some(press) = press {
                    dt { (view.lang.pick("自何时", "Since")) }
                    dd { (time(view, press.received_at.0)) @if let Some(words) = sheet::said(press) { " “" (words) "”" } }
                }
                dt { (view.lang.pick("回应", "Answer")) }
                dd data-answered[one.answer().is_some()] {
                    @if let Some(answer) = one.answer() { (sheet::line(view, answer)) }
                    @else { strong { (view.lang.pick("尚无回应", "None yet")) } }
                }
            }
        }
    }
}

/// An overdue case, with the form that presses for it where the member may, and leads back here.
fn late_shown(view: &View, found: &CaseView, here: &str) -> Markup {
    let case = &found.case;
    let may = view.who.as_ref().is_some_and(|who| {
        view.state.engine.allowed(&view.setting, case, &who.actor).contains(&Name::Supervise)
    });
    let id = format!("supervise-{}", case.number);
    html! {
        li.post-board {
            div.post-row { (what(view, found)) span.quiet { (who(view, case)) } }
            @if may {
                details.command {
                    summary.button { (view.lang.pick(Name::Supervise.zh(), Name::Supervise.en())) span.visually-hidden { " " (case.number) } }
                    form method="post" action={ "/cases/" (case.id) "/commands/supervise" } {
                        input type="hidden" name="idempotency_key" value=(uuid::Uuid::now_v7());
                        input type="hidden" name="version" value=(case.version);
                        input type="hidden" name="back" value=(here);
                        div.field {
                            label for=(id) { (view.lang.pick("督办意见", "What is asked")) }
                            textarea id=(id) name="words" rows="2" maxlength="4000" required {}
                        }
                        button.button.button-primary { (view.lang.pick(Name::Supervise.zh(), Name::Supervise.en())) }
                    }
                }
            }
        }
    }
}
