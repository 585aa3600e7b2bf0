//! The desk: a queue at the left, the chosen case at the right; on a phone one after the other.
//!
//! Owns which rows are shown and in which order. Without a script a row is a link to this same page with the case chosen.
//! What a row says stands in [`rows`], what narrows the list in [`filters`], acts on several rows in [`bulk`]. Start at [`desk`].

pub mod bulk;
pub mod filters;
mod rows;

use axum::{extract::Query, response::Response};
use huying_engine::number;
use huying_model::{CaseId, Instant};
use huying_store::{CaseView, Filter, Order, Page as Rows, QueueLine};
use maud::{Markup, html};
use serde::Deserialize;
use smol_str::SmolStr;

use self::rows::Row;
use super::{
    address,
    case::{self, Around},
    components::told,
    frame::{self, Here, Page},
    live, map,
    parts::shape,
    sought::{self, Sought},
    tabs::{Tab, Tally},
    texts::T,
    undo,
    view::{View, Viewer},
};
use crate::{
    api::find::{self, Named},
    language::Lang,
    problem::Problem,
};

/// Rows of a page: more are a link away.
const ROWS: usize = 60;
/// What is due within so many minutes is counted above the list.
const SOON_MINUTES: i64 = 60;

/// What an address of the desk says.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    pub queue: Option<String>,
    /// Id of the chosen case.
    pub case: Option<String>,
    /// Words that are looked for, sealed.
    pub sought: Option<String>,
    pub area: Option<String>,
    pub source: Option<String>,
    /// `1` for what is due within an hour.
    pub soon: Option<String>,
    pub cursor: Option<String>,
    /// Command that was just given.
    pub done: Option<String>,
    /// The case and version that it left behind.
    pub of: Option<String>,
    /// What `sought` says.
    #[serde(skip)]
    opened: Sought,
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
    /// Opens what is looked for. Of a search that does not open there is no page to go on from either.
    fn opened(mut self, view: &View) -> Result<Asked, Problem> {
        self.opened = Sought::open(view, "/desk", self.sought.as_deref())?;
        if self.opened.is_lost {
            self.cursor = None;
        }
        Ok(self)
    }
    /// The words that are looked for.
    fn words(&self) -> Option<&str> {
        self.opened.said("q")
    }
    fn filtered(&self) -> bool {
        self.words().is_some()
            || [&self.area, &self.source].into_iter().flatten().any(|text| !text.trim().is_empty())
    }
    fn said(&self, field: fn(&Asked) -> &Option<String>) -> Option<&str> {
        field(self).as_deref().map(str::trim).filter(|text| !text.is_empty())
    }
    fn is_soon(&self) -> bool {
        self.said(|a| &a.soon) == Some("1")
    }
    /// What the list is narrowed by, as its address says it.
    fn kept(&self) -> Vec<(&'static str, &str)> {
        let all = [
            (sought::NAME, self.opened.sealed()),
            ("area", self.said(|a| &a.area)),
            ("source", self.said(|a| &a.source)),
            ("soon", self.is_soon().then_some("1")),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
    /// This desk from its first row, narrowed by everything but one.
    fn without(&self, tab: Tab, name: &str) -> String {
        let mut query = vec![("queue", tab.code())];
        query.extend(self.kept().into_iter().filter(|(other, _)| *other != name));
        address("/desk", &query)
    }
    /// This desk with other things said.
    fn link(&self, tab: Tab, also: &[(&str, &str)]) -> String {
        let mut query = vec![("queue", tab.code())];
        query.extend(self.kept());
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
    let asked = asked.opened(&view)?;
    // Before anything is read: what happens while the page is drawn is told by its stream.
    let after = live::position(&view).await?;
    let tally = Tally::of(&view).await?;
    let mut listed = listed(&view, &asked, &tally).await?;
    rows::propose(&view, &mut listed).await?;
    let chosen = chosen(&view, &asked).await?;
    let onward = onward(&asked, &listed, chosen.as_ref());
    let here = Around::Desk { back: asked.link(listed.tab, &[]), onward };
    let shown = match &chosen {
        Some(found) => Some(case::article(&view, found, &here, None).await?),
        None => None,
    };
    let areas = map::beside(&view, chosen.as_ref()).await?;
    let around = Surroundings {
        after,
        above: above(&view, &asked, listed.tab).await?,
        right: html! { (areas) @if let Some(shown) = &shown { (shown) } @else { (nothing_chosen(&view)) } },
        toast: undo::toast(&view, asked.done.as_ref(), asked.of.as_ref(), &here).await?,
    };
    Ok(draw(&view, &asked, &listed, &tally, chosen.as_ref(), &around))
}

/// What stands around the rows.
struct Surroundings {
    /// The position that the page shows.
    after: String,
    above: Markup,
    right: Markup,
    toast: Markup,
}

/// What narrows the list, what is about to be late, and acts on several rows.
async fn above(view: &View, asked: &Asked, tab: Tab) -> Result<Markup, Problem> {
    Ok(html! {
        (filters::bar(view, asked, tab))
        (sought::told(view, asked.opened.is_lost))
        (soon(view).await?)
        (filters::chips(view, asked, tab).await?)
        (bulk::bar(view, tab))
    })
}

/// How much of the member's units is late or will be within the hour, whatever the list shows.
async fn soon(view: &View) -> Result<Markup, Problem> {
    let (store, until) = (view.state.engine.store(), view.now.plus_minutes(SOON_MINUTES));
    let counts = store.queue_counts(view.state.tenant(), &view.units(), None, view.now, until).await?;
    let (over, soon) =
        counts.iter().fold((0, 0), |(over, soon), unit| (over + unit.overdue, soon + unit.soon));
    let chip = |urgency: &'static str, words: String| {
        html! { span.chip data-urgency=(urgency) { (shape(urgency)) span.chip-words { (words) } } " " }
    };
    Ok(html! {
        p.due-strip.no-print {
            @if over + soon == 0 {
                (chip("fine", view.lang.pick("60 分钟内没有到期的", "Nothing due within 60 min").to_owned()))
            } @else {
                a href=(address("/desk", &[("queue", Tab::Mine.code()), ("soon", "1")])) {
                    @if over > 0 { (chip("overdue", view.lang.pick(format!("已超期 {over}"), format!("{over} overdue")))) }
                    @if soon > 0 { (chip("soon", view.lang.pick(format!("60 分钟内到期 {soon}"), format!("{soon} due within 60 min")))) }
                }
            }
        }
    })
}

/// The keys of the desk beside those that every page has (web/src/islands/keys.ts).
pub fn keys(lang: Lang) -> [(&'static str, &'static str); 7] {
    [
        ("D", lang.pick("改派给别的单位：再按数字或字母", "Another unit: then a number or letters")),
        ("R", lang.pick("退回，先写理由", "Return it; the reason is written first")),
        ("H", lang.pick("挂起", "Suspend")),
        ("M", lang.pick("并入疑似同一件", "Merge into what may be the same")),
        ("X", lang.pick("选入批量，Enter 一并办理", "Choose for several at once; Enter does them all")),
        ("U", lang.pick("撤销刚办的一件", "Take back what was just done")),
        (".", lang.pick("复制案号", "Copy the number")),
    ]
}

fn draw(
    view: &View,
    asked: &Asked,
    listed: &Listed,
    tally: &Tally,
    chosen: Option<&CaseView>,
    around: &Surroundings,
) -> Response {
    let name = listed.tab.name(view.lang);
    let title = match chosen {
        Some(found) => format!("{} {}", found.case.number, case::title(view, found)),
        None => view.fill(T::QueueTitle, &[name, &listed.rows.len().to_string()]),
    };
    let main = html! {
        main.desk-split id="main" data-view=(if chosen.is_some() { "case" } else { "queue" })
            data-copied=(view.lang.pick("已复制 {n}", "Copied {n}"))
            data-ime=(view.lang.pick("请切换到英文输入，再按快捷键", "Switch the input method to English, then press the key"))
            data-choose=(view.lang.pick("改派给：按数字选，或输入字母缩小范围", "Dispatch to: press a number, or letters to narrow the list"))
            data-shut=(view.lang.pick("关上", "Close")) {
            @if chosen.is_none() { h1.visually-hidden { (name) } }
            (queue(view, asked, listed, chosen.map(|found| found.case.id), &around.above))
            section.desk-case aria-label=(view.say(T::Case)) { (around.right) }
        }
        (around.toast)
    };
    let live = (!listed.found)
        .then(|| (address("/desk/live", &[("queue", listed.tab.code())]), around.after.clone()));
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
            if asked.is_soon() {
                narrow(&mut page, view.now);
            }
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

/// Leaves what is due within the hour. A queue is in the order of what is due first, so nothing follows what is due later.
fn narrow(page: &mut Rows<QueueLine>, now: Instant) {
    let until = now.plus_minutes(SOON_MINUTES);
    let is_later = |line: &QueueLine| line.due.is_none_or(|due| due > until);
    if page.items.last().is_some_and(is_later) {
        page.next = None;
    }
    page.items.retain(|line| !line.paused && !is_later(line));
}

async fn found(view: &View, asked: &Asked, tab: Tab) -> Result<Listed, Problem> {
    let (store, tenant, cursor) = (view.state.engine.store(), view.state.tenant(), asked.cursor.as_deref());
    let seen = view.seen()?;
    let text = asked.words();
    if let Some(number) = text.and_then(number::normalise) {
        let one = readable(view, &Named::Number(number.to_string())).await?;
        return Ok(Listed { tab, rows: one.iter().map(rows::row_of).collect(), next: None, found: true });
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
    if asked.is_soon() {
        filter.overdue_at = Some(view.now.plus_minutes(SOON_MINUTES));
    }
    let mut page = find::page(store.list(tenant, &filter, Order::NewestFirst, cursor, ROWS).await, cursor)?;
    find::own_words(&view.state, view.signed()?, &mut page.items).await?;
    Ok(Listed { tab, rows: page.items.into_iter().map(Row::from).collect(), next: page.next, found: true })
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

fn queue(view: &View, asked: &Asked, listed: &Listed, chosen: Option<CaseId>, above: &Markup) -> Markup {
    let name = listed.tab.name(view.lang);
    let (picks, own) = (!bulk::acts(listed.tab).is_empty(), chosen.map(|id| id.to_string()));
    // Loading what is new keeps the chosen case.
    let same: Vec<(&str, &str)> = own.as_deref().map(|id| ("case", id)).into_iter().collect();
    html! {
        section.desk-queue aria-labelledby="queue-name" {
            div.queue-head {
                h2.visually-hidden id="queue-name" { (view.fill(T::QueueTitle, &[name, &listed.rows.len().to_string()])) }
                (above)
            }
            @if listed.rows.is_empty() {
                div.queue-list data-queue=(listed.tab.code()) data-gone-words=(view.say(T::Gone)) { (empty(view, listed)) }
            } @else {
                ol.queue-list.picks[picks] data-queue=(listed.tab.code()) data-gone-words=(view.say(T::Gone)) {
                    @for row in &listed.rows { (rows::row_shown(view, asked, listed, row, chosen == Some(row.case))) }
                }
            }
            div.queue-end {
                a.new-cases href=(asked.link(listed.tab, &same)) hidden {
                    span data-words=(view.say(T::NewCases)) {} " · " (view.say(T::Load))
                }
                p.queue-foot {
                    @if !listed.found {
                        span.live data-state="on" data-on=(view.say(T::Live)) data-cut=(view.say(T::Cut)) { (view.say(T::Live)) }
                        span { (view.say(T::EarliestFirst)) (view.lang.pick("；同时到期的先收到的在前，没有时限在走的在后", "; then earliest received; last what has no running clock")) }
                    } @else {
                        span { (view.say(T::NewestFirst)) }
                        a href={ "/desk?queue=" (listed.tab.code()) } { (view.say(T::BackToQueue)) }
                    }
                    @if let Some(next) = &listed.next { a href=(asked.link(listed.tab, &[("cursor", next)])) { (view.say(T::More)) } }
                }
            }
        }
    }
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
