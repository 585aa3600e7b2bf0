//! What everybody may see: the list of public cases, and the page of each.
//!
//! Everything here is drawn from [`huying_engine::public::View`], which has no words, names or points of a case; so nothing of them can
//! come out. A list and no map: it says the same to everybody. Start at [`list`], then [`case`].

use axum::{
    extract::{Path, Query},
    response::Response,
};
use huying_engine::public::{OPEN311, View as Shown, photo_address};
use huying_model::{AreaCode, Instant, Stage, org::Area, public::Step};
use huying_pack::Names;
use huying_store::{PublicFilter, PublicFrom};
use maud::{Markup, html};
use serde::Deserialize;
use smol_str::SmolStr;

use super::{
    address,
    front::{self, Here, Steps},
    parts::{icon, time},
    texts::T,
    view::{Anybody, View},
};
use crate::problem::Problem;

/// Cases of a page, and how far one may turn.
const PAGE: usize = 30;
const LAST_PAGE: usize = 200;
/// Areas that the filter offers.
const AREAS: usize = 400;

/// Which cases.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    area: Option<String>,
    /// `open` or `closed`; both where it is something else.
    state: Option<String>,
    page: Option<String>,
}

/// A name in the reader's language.
pub fn name<'n>(view: &View, names: &'n Names) -> &'n SmolStr {
    view.lang.pick(&names.zh, &names.en)
}

/// How far a case is, in words.
pub fn status(view: &View, case: &Shown) -> String {
    let (zh, en) = case.status.sentence();
    view.lang.pick(zh, en)
}

/// The list, newest first.
pub async fn list(Anybody(view): Anybody, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    let (area, state) = (said(&asked.area), said(&asked.state));
    let page = asked.page.and_then(|page| page.parse::<usize>().ok()).unwrap_or(0).min(LAST_PAGE);
    let known = Some(AreaCode::new(&area)).filter(|area| view.org().areas.contains_key(area));
    let filter = PublicFilter {
        matters: view.setting.public_matters(),
        open: match state.as_str() {
            "open" => Some(true),
            "closed" => Some(false),
            _ => None,
        },
        areas: known.as_ref().map(|area| view.setting.below(area)),
        ..PublicFilter::default()
    };
    let skip = u64::try_from(page * PAGE).unwrap_or(0);
    let engine = &view.state.engine;
    let found = engine.public_cases(view.state.tenant(), &filter, PublicFrom::Skip(skip), PAGE).await?;
    let title = view.lang.pick("公开案件", "Public cases");
    let turned = |page: usize| {
        address("/public", &[("area", area.as_str()), ("state", state.as_str()), ("page", &page.to_string())])
    };
    let main = html! {
        main.page.stack id="main" {
            h1 { (title) }
            p { (view.lang.pick("这里列出可以公开的案件：是什么事、在哪个片区、谁在办、办到哪一步。不显示反映人、原话和具体位置。", "Cases that everybody may see: what, in which part, who works on it and how far it is; never who reported it, their words, or the exact place.")) }
            (filters(&view, known.as_ref(), &state))
            @if found.items.is_empty() {
                div.empty {
                    (icon("search"))
                    h2 { (view.lang.pick("没有符合条件的案件", "There is no such case")) }
                    p { a href="/public" { (view.lang.pick("看全部公开案件", "See all public cases")) } }
                }
            } @else {
                ul.plain.public-list { @for case in &found.items { (row(&view, case)) } }
            }
            nav.row.row-apart aria-label=(view.lang.pick("翻页", "Pages")) {
                @if let Some(back) = page.checked_sub(1) { a.button rel="prev" href=(turned(back)) { (view.lang.pick("上一页", "Newer")) } }
                @if found.next.is_some() && page < LAST_PAGE { a.button rel="next" href=(turned(page + 1)) { (view.lang.pick("下一页", "Older")) } }
            }
        }
    };
    Ok(front::page(&view, (title, Here::Public), &[], "", &main))
}

/// Larger areas only: a list of a thousand grids is no help.
fn offered(view: &View) -> Vec<&Area> {
    const DEEPEST: usize = 2;
    let org = view.org();
    let depth = |area: &Area| org.depth(&area.level).unwrap_or_default();
    org.areas
        .values()
        .filter(|area| area.parent.is_some() && depth(area) <= DEEPEST && area.active(view.now))
        .take(AREAS)
        .collect()
}

fn filters(view: &View, area: Option<&AreaCode>, state: &str) -> Markup {
    let states = [
        ("", view.lang.pick("全部", "All")),
        ("open", view.lang.pick("正在办理", "In hand")),
        ("closed", view.lang.pick("已结束", "Ended")),
    ];
    html! {
        form.public-filter method="get" action="/public" role="search" aria-label=(view.lang.pick("筛选", "Filter")) {
            div.field {
                label for="area" { (view.say(T::Area)) }
                select id="area" name="area" {
                    option value="" { (view.lang.pick("全部区域", "All areas")) }
                    @for one in offered(view) {
                        option value=(one.code) selected[area == Some(&one.code)] { (view.around(Some(&one.code)).join(" ")) }
                    }
                }
            }
            div.field {
                label for="state" { (view.lang.pick("状态", "State")) }
                select id="state" name="state" {
                    @for (code, name) in states { option value=(code) selected[code == state] { (name) } }
                }
            }
            button.button { (view.lang.pick("筛选", "Filter")) }
        }
    }
}

fn row(view: &View, case: &Shown) -> Markup {
    html! {
        li {
            h2 { a href={ "/public/" (case.number) } { (view.matter(Some(&case.matter))) } }
            p {
                @if let Some(cell) = &case.cell { (view.short_place(Some(&cell.code))) " · " }
                (status(view, case))
            }
            p.quiet { (view.lang.pick("收到 ", "received ")) (time(view, case.received_at)) " · " (name(view, &case.agency)) " · " span.code { (case.number) } }
        }
    }
}

/// The page of one case.
pub async fn case(Anybody(view): Anybody, Path(number): Path<String>) -> Result<Response, Problem> {
    let (engine, tenant) = (&view.state.engine, view.state.tenant());
    let case = engine.public_case(tenant, &number).await?.ok_or_else(Problem::not_found)?;
    let updates = engine.public_updates(tenant, &case, (Instant::MIN, Instant::MAX)).await?;
    let title = view.matter(Some(&case.matter));
    let open = case.status.open();
    let main = html! {
        main.page.stack id="main" {
            p { a href="/public" { (view.lang.pick("所有公开案件", "All public cases")) } }
            h1 { (title) }
            section.card aria-labelledby="far-name" {
                h2 id="far-name" { span.code { (case.number) } " · " (status(&view, &case)) }
                (steps(&view, &case).draw(&view))
                (facts(&view, &case))
            }
            @if let Some(words) = &case.words {
                section.card aria-labelledby="words-name" { h2 id="words-name" { (view.lang.pick("公开说明", "Told to everybody")) } p.said { (words) } }
            }
            (photos(&view, &case))
            section.card aria-labelledby="way-name" {
                h2 id="way-name" { (view.lang.pick("办理经过", "What happened")) }
                ol.plain {
                    @for update in &updates {
                        @let (zh, en) = update.status.sentence();
                        li { (time(&view, update.at)) " " (view.lang.pick(zh, en)) }
                    }
                }
            }
            div.row.no-print {
                @if open { a.button.button-primary href=(address("/report", &[("same", case.number.as_str())])) { (view.lang.pick("+1 我也遇到了", "+1 I have met it too")) } }
                @if let Some(cell) = case.cell.as_ref().filter(|_| case.placed) {
                    a.button href=(address("/report", &[("area", cell.code.as_str())])) { (view.lang.pick("在附近反映另一件", "Report another one nearby")) }
                }
            }
        }
    };
    Ok(front::page(&view, (title.as_str(), Here::Public), &[], "", &main))
}

fn steps(view: &View, case: &Shown) -> Steps {
    let now = match case.status.step {
        Step::Received | Step::Dispatching => 0,
        Step::Handling => 2,
        Step::Ended => 3,
    };
    let end = case.status.ended.filter(|stage| *stage != Stage::Closed);
    let end = end.map(|stage| view.lang.pick(stage.zh(), stage.en()));
    Steps { now, end, at: [Some(case.received_at), None, None, case.closed_at] }
}

fn facts(view: &View, case: &Shown) -> Markup {
    html! {
        dl.facts {
            @if let Some(cell) = &case.cell {
                dt { (view.lang.pick("片区", "Where")) }
                dd {
                    (name(view, &cell.name))
                    @if !case.placed { " " (view.lang.pick("（尚未确定到网格）", "(the grid is not known yet)")) }
                }
            }
            dt { (view.lang.pick("责任单位", "Now with")) } dd { (name(view, &case.agency)) }
            @if let Some(due) = case.due.filter(|_| case.status.open()) {
                dt { (view.lang.pick("承诺办结", "Promised")) } dd { (time(view, due)) }
            }
            @if case.reports > 1 {
                dt { (view.lang.pick("反映人数", "Reported by")) } dd { (case.reports) }
            }
            @if let Some(parent) = &case.parent {
                dt { (view.lang.pick("并入", "Handled with")) } dd { a.code href={ "/public/" (parent) } { (parent) } }
            }
        }
    }
}

fn photos(view: &View, case: &Shown) -> Markup {
    html! {
        @if case.photos().next().is_some() {
            figure {
                div.photos {
                    @for (no, file) in case.photos().enumerate() {
                        @let at = photo_address(OPEN311, &case.number, file);
                        a href=(at) {
                            img src=(at) width="128" height="92" loading="lazy"
                                alt=(view.lang.pick(format!("公开的照片 {}", no + 1), format!("Photo for everybody {}", no + 1)));
                        }
                    }
                }
                figcaption.quiet { (view.lang.pick("经工作人员审核后公开", "Looked through by the staff before it was shown")) }
            }
        }
    }
}
