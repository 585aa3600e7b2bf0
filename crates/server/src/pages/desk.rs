//! The desk: a queue at the left, the chosen case at the right; on a phone one after the other.
//!
//! Owns which rows are shown and in which order. Without a script a row is a link to this same page with the case chosen.
//! Start at [`desk`].

use axum::{extract::Query, response::Response};
use huying_engine::number;
use huying_model::{AreaCode, CaseId, Instant, MatterCode, UnitId, catalogue::Source};
use huying_store::{CaseView, Filter, Line, Order, QueueLine};
use maud::{Markup, html};
use serde::Deserialize;
use smol_str::SmolStr;

use super::{
    address,
    case::{self, Around},
    components::{
        rows::{CaseLine, case_row},
        told,
    },
    frame::{self, Here, Page},
    map,
    parts::{chip, icon},
    tabs::{Tab, Tally},
    texts::T,
    view::{View, Viewer},
};
use crate::{
    api::find::{self, Named},
    problem::Problem,
};

/// Rows of a page: more are a link away.
const ROWS: usize = 60;

/// What an address of the desk says.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    pub queue: Option<String>,
    /// Id of the chosen case.
    pub case: Option<String>,
    pub q: Option<String>,
    pub area: Option<String>,
    pub source: Option<String>,
    pub cursor: Option<String>,
    /// Command that was just given.
    pub done: Option<String>,
}

/// A row of the list, whichever read it comes from.
pub struct Row {
    pub case: CaseId,
    pub title: Option<String>,
    pub address: Option<String>,
    pub area: Option<SmolStr>,
    pub matter: Option<SmolStr>,
    pub source: SmolStr,
    pub stage: SmolStr,
    pub unit: SmolStr,
    pub due: Option<Instant>,
    pub paused: bool,
    pub hazard: bool,
}

impl From<QueueLine> for Row {
    fn from(line: QueueLine) -> Row {
        Row {
            case: line.case,
            title: line.title,
            address: line.address,
            area: line.area,
            matter: line.matter,
            source: line.source,
            stage: line.stage,
            unit: line.lead.unwrap_or(line.custodian),
            due: line.due,
            paused: line.paused,
            hazard: line.hazard,
        }
    }
}

impl From<Line> for Row {
    fn from(line: Line) -> Row {
        Row {
            case: line.case,
            title: line.title,
            address: None,
            area: line.area,
            matter: line.matter,
            source: line.source,
            stage: line.stage,
            unit: line.lead.unwrap_or(line.custodian),
            due: line.due,
            paused: false,
            hazard: false,
        }
    }
}

/// The rows that are shown, and what leads on from them.
pub struct Listed {
    pub tab: Tab,
    pub rows: Vec<Row>,
    pub next: Option<String>,
    /// They were searched or filtered, so they are no queue.
    pub found: bool,
}

impl Asked {
    fn filtered(&self) -> bool {
        [&self.q, &self.area, &self.source].into_iter().flatten().any(|text| !text.trim().is_empty())
    }
    fn said(&self, field: fn(&Asked) -> &Option<String>) -> Option<&str> {
        field(self).as_deref().map(str::trim).filter(|text| !text.is_empty())
    }
    /// This desk with other things said.
    fn link(&self, tab: Tab, also: &[(&str, &str)]) -> String {
        let mut query = vec![("queue", tab.code())];
        let kept = [
            ("q", self.said(|a| &a.q)),
            ("area", self.said(|a| &a.area)),
            ("source", self.said(|a| &a.source)),
        ];
        query.extend(kept.into_iter().filter_map(|(name, value)| Some((name, value?))));
        query.extend(
            self.cursor
                .as_deref()
                .map(|cursor| ("cursor", cursor))
                .filter(|_| !also.iter().any(|(name, _)| *name == "cursor")),
        );
        query.extend(also);
        address("/desk", &query)
    }
}

/// The desk.
pub async fn desk(Viewer(view): Viewer, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let tally = Tally::of(&view).await?;
    let listed = listed(&view, &asked, &tally).await?;
    let chosen = chosen(&view, &asked).await?;
    let onward = onward(&asked, &listed, chosen.as_ref());
    let here = Around::Desk { back: asked.link(listed.tab, &[]), onward };
    let shown = match &chosen {
        Some(found) => Some(case::article(&view, found, &here, None).await?),
        None => None,
    };
    let areas = map::beside(&view, chosen.as_ref()).await?;
    Ok(draw(
        &view,
        &asked,
        &listed,
        &tally,
        chosen.as_ref(),
        &html! { (areas) @if let Some(shown) = &shown { (shown) } @else { (nothing_chosen(&view)) } },
    ))
}

fn draw(
    view: &View,
    asked: &Asked,
    listed: &Listed,
    tally: &Tally,
    chosen: Option<&CaseView>,
    right: &Markup,
) -> Response {
    let name = listed.tab.name(view.lang);
    let title = match chosen {
        Some(found) => format!("{} {}", found.case.number, case::title(view, found)),
        None => view.fill(T::QueueTitle, &[name, &listed.rows.len().to_string()]),
    };
    let main = html! {
        main.desk-split id="main" data-view=(if chosen.is_some() { "case" } else { "queue" }) {
            @if chosen.is_none() { h1.visually-hidden { (name) } }
            (queue(view, asked, listed, chosen.map(|found| found.case.id)))
            section.desk-case aria-label=(view.say(T::Case)) { (right) }
        }
        (frame::toast(asked.done.as_ref(), view))
    };
    let live =
        (!listed.found).then(|| (address("/desk/live", &[("queue", listed.tab.code())]), String::new()));
    let page = Page { class: "console desk", live, ..Page::new(&title) };
    frame::console(view, &page, Some(Here::Queue(listed.tab)), tally, &main)
}

/// The queue of the tab, or what a search found.
async fn listed(view: &View, asked: &Asked, tally: &Tally) -> Result<Listed, Problem> {
    let tab = asked.queue.as_deref().and_then(Tab::from_code).unwrap_or_else(|| Tab::first(view, tally));
    let (store, cursor) = (view.state.engine.store(), asked.cursor.as_deref());
    match tab.part().filter(|_| !asked.filtered()) {
        Some(part) => {
            let mut page = find::page(
                store.queue_part(view.state.tenant(), &view.units(), &part, cursor, ROWS).await,
                cursor,
            )?;
            find::own_words(&view.state, view.signed()?, &mut page.items).await?;
            Ok(Listed {
                tab,
                rows: page.items.into_iter().map(Row::from).collect(),
                next: page.next,
                found: false,
            })
        }
        None => found(view, asked, tab).await,
    }
}

async fn found(view: &View, asked: &Asked, tab: Tab) -> Result<Listed, Problem> {
    let (store, tenant, cursor) = (view.state.engine.store(), view.state.tenant(), asked.cursor.as_deref());
    let seen = view.seen()?;
    let text = asked.said(|asked| &asked.q);
    if let Some(number) = text.and_then(number::normalise) {
        let one = readable(view, &Named::Number(number.to_string())).await?;
        return Ok(Listed { tab, rows: one.iter().map(row_of).collect(), next: None, found: true });
    }
    let mut filter =
        Filter { open_only: text.is_none(), text: text.map(str::to_owned), seen, ..Filter::default() };
    if text.is_none() {
        filter.stages = tab.stages();
    }
    filter.sources = asked.said(|asked| &asked.source).map(SmolStr::new).into_iter().collect();
    if let Some(area) = asked.said(|asked| &asked.area) {
        filter.areas = crate::api::org::with_below(view.org(), area)?;
    }
    let mut page = find::page(store.list(tenant, &filter, Order::NewestFirst, cursor, ROWS).await, cursor)?;
    find::own_words(&view.state, view.signed()?, &mut page.items).await?;
    Ok(Listed { tab, rows: page.items.into_iter().map(Row::from).collect(), next: page.next, found: true })
}

fn row_of(one: &CaseView) -> Row {
    let (case, next) =
        (&one.case, one.case.clocks.iter().filter(|clock| clock.runs()).map(|clock| clock.due).min());
    Row {
        case: case.id,
        title: one.texts.title.clone(),
        address: one.texts.address.clone(),
        area: case.place.area.as_ref().map(|area| area.0.clone()),
        matter: case.matter.as_ref().map(|matter| matter.0.clone()),
        source: SmolStr::new_static(case.source.code()),
        stage: SmolStr::new_static(case.stage.code()),
        unit: case.lead_unit().unwrap_or(&case.custodian).0.clone(),
        due: next,
        paused: case.suspended(),
        hazard: case.hazard,
    }
}

/// The chosen case; an address that names none of the member's shows none.
async fn chosen(view: &View, asked: &Asked) -> Result<Option<CaseView>, Problem> {
    let Some(id) = asked.case.as_deref().and_then(|text| text.parse::<CaseId>().ok()) else {
        return Ok(None);
    };
    readable(view, &Named::Id(id)).await
}

/// A case that the member may read, where there is one of that name.
async fn readable(view: &View, name: &Named) -> Result<Option<CaseView>, Problem> {
    match find::case(&view.state, view.signed()?, name).await {
        Ok(found) => Ok(Some(found)),
        Err(problem) if problem.code == "not_found" => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// The desk with the case after the chosen one: where a dispatcher goes on.
fn onward(asked: &Asked, listed: &Listed, chosen: Option<&CaseView>) -> Option<String> {
    let at = listed.rows.iter().position(|row| Some(row.case) == chosen.map(|found| found.case.id))?;
    let next = listed.rows.get(at + 1).map(|row| row.case.to_string());
    Some(asked.link(listed.tab, &next.as_deref().map(|id| ("case", id)).into_iter().collect::<Vec<_>>()))
}

fn queue(view: &View, asked: &Asked, listed: &Listed, chosen: Option<CaseId>) -> Markup {
    let name = listed.tab.name(view.lang);
    html! {
        section.desk-queue aria-labelledby="queue-name" {
            div.queue-head {
                h2.visually-hidden id="queue-name" { (view.fill(T::QueueTitle, &[name, &listed.rows.len().to_string()])) }
                (filters(view, asked, listed.tab))
                a.new-cases href=(asked.link(listed.tab, &[])) hidden {
                    span data-words=(view.say(T::NewCases)) {} " · " (view.say(T::Load))
                }
            }
            @if listed.rows.is_empty() {
                div.queue-list data-queue=(listed.tab.code()) data-gone-words=(view.say(T::Gone)) { (empty(view, listed)) }
            } @else {
                ol.queue-list data-queue=(listed.tab.code()) data-gone-words=(view.say(T::Gone)) {
                    @for row in &listed.rows { (row_shown(view, asked, listed, row, chosen == Some(row.case))) }
                }
            }
            p.queue-foot {
                @if !listed.found {
                    span.live data-state="on" data-on=(view.say(T::Live)) data-cut=(view.say(T::Cut)) { (view.say(T::Live)) }
                    span { (view.say(T::EarliestFirst)) }
                } @else {
                    span { (view.say(T::NewestFirst)) }
                    a href={ "/desk?queue=" (listed.tab.code()) } { (view.say(T::BackToQueue)) }
                }
                @if let Some(next) = &listed.next { a href=(asked.link(listed.tab, &[("cursor", next)])) { (view.say(T::More)) } }
            }
        }
    }
}

fn filters(view: &View, asked: &Asked, tab: Tab) -> Markup {
    html! {
        form.filter-bar method="get" action="/desk" role="search" aria-label=(view.say(T::Filter)) {
            input type="hidden" name="queue" value=(tab.code());
            input type="search" name="q" aria-label=(view.say(T::FindCase)) placeholder=(view.say(T::FindHint)) value=[asked.said(|a| &a.q)];
            select name="source" aria-label=(view.say(T::Source)) {
                option value="" { (view.say(T::AllSources)) }
                @for source in Source::ALL {
                    option value=(source.code()) selected[asked.said(|a| &a.source) == Some(source.code())] { (view.lang.pick(source.zh(), source.en())) }
                }
            }
            button.button { (view.say(T::Filter)) }
            a.button.button-primary href="/cases/new" { (icon("add")) (view.say(T::Report)) }
        }
    }
}

fn row_shown(view: &View, asked: &Asked, listed: &Listed, row: &Row, current: bool) -> Markup {
    let id = row.case.to_string();
    let matter = row.matter.as_ref().map(|code| MatterCode(code.clone()));
    let title = match &matter {
        Some(_) => view.matter(matter.as_ref()).to_string(),
        None => row.title.clone().unwrap_or_else(|| view.say(T::MatterOpen).to_owned()),
    };
    let text = match (&matter, &row.title) {
        (Some(_), Some(title)) => title.clone(),
        _ => row.address.clone().unwrap_or_default(),
    };
    let source = Source::from_code(&row.source).map(|source| view.lang.pick(source.zh(), source.en()));
    let stage =
        huying_model::Stage::from_code(&row.stage).map(|stage| view.lang.pick(stage.zh(), stage.en()));
    let area = row.area.as_ref().map(|code| AreaCode(code.clone()));
    let several = listed.found || listed.tab.stages().is_empty();
    let source = if several { stage.unwrap_or_default() } else { source.unwrap_or_default() };
    case_row(
        view,
        &CaseLine {
            to: asked.link(listed.tab, &[("case", &id)]),
            id,
            chip: chip(view, row.due, row.paused),
            hazard: row.hazard,
            title,
            text,
            place: view.short_place(area.as_ref()),
            source: source.to_owned(),
            unit: view.unit(&UnitId(row.unit.clone())).to_string(),
            chosen: current,
        },
    )
}

fn empty(view: &View, listed: &Listed) -> Markup {
    if listed.found {
        let all = format!("/desk?queue={}", listed.tab.code());
        let clear = view.lang.pick("清除筛选", "Clear the filters");
        told::empty(
            "search",
            view.say(T::NothingFound),
            view.say(T::NothingFoundHint),
            Some((all.as_str(), clear)),
        )
    } else {
        let done = view.fill(T::AllDone, &[listed.tab.name(view.lang)]);
        told::empty("done", &done, view.say(T::AllDoneHint), None)
    }
}

fn nothing_chosen(view: &View) -> Markup {
    html! { div.empty { h2 { (view.say(T::ChooseCase)) } p { (view.say(T::ChooseCaseHint)) } } }
}
