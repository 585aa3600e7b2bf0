//! The leader's screens: how a district, a street or a community stands, at a desk, on a phone and on a wall.
//!
//! Owns the choice of the ground and the order of the panels. Figures are summed by [`figures`]; every one leads to its cases in
//! [`cases`], and [`meaning`] says what it means. Members without sight of the whole ground see figures of what they see, and are told
//! so. Refuses to rank or count persons. Start at [`page`].

mod attention;
pub mod cases;
pub mod charts;
pub mod figures;
mod ground;
pub mod meaning;
pub mod panels;
mod sentence;

use axum::{extract::Query, response::Response};
use huying_engine::insight;
use huying_store::{Order, Sum};
use maud::{Markup, html};
use serde::Deserialize;

use self::{
    figures::{Figures, Ground},
    ground::Sheet,
    sentence::Told,
};
use super::{
    address,
    frame::{self, Here, Page},
    map,
    parts::{demo_mark, icon},
    tabs::Tally,
    view::{View, Viewer},
};
use crate::{api::find, problem::Problem};

/// Cases of the ticker.
const TICKER: usize = 8;

/// What an address of the cockpit says.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    area: Option<String>,
    /// Anything: for a screen on a wall.
    wall: Option<String>,
    /// The command that was just given.
    done: Option<String>,
}

/// The list of cases behind a figure.
pub fn cases_of(area: &str, also: &[(&str, &str)]) -> String {
    let mut query = vec![("area", area)];
    query.extend(also);
    address("/cockpit/cases", &query)
}

/// The screen of a ground.
pub async fn page(Viewer(view): Viewer, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let ground = Ground::of(&view, asked.area.as_deref())?;
    let figures = Figures::of(&view, &ground).await?;
    let wall = asked.wall.is_some();
    let name = view.area(&ground.area);
    let title = format!("{name} · {}", view.lang.pick("驾驶舱", "Cockpit"));
    let page = Page { script: "cockpit.js", ..Page::new(&title) };
    let panels = panels_of(&view, &ground, &figures, wall).await?;
    // A wall has no stream: it goes on when the session opens nothing else any more, and asks each minute.
    let stream = if wall { String::new() } else { address("/desk/live", &[("queue", "area")]) };
    let main = html! {
        main.cockpit id="main" data-fresh=(stream) {
            (head(&view, &ground, &figures, wall))
            (panels)
            @if !wall { (meaning::meanings(&view)) }
        }
        (frame::toast(asked.done.as_ref(), &view))
    };
    if wall {
        let page = Page { class: "console wall", theme: Some("dark"), ..page };
        return Ok(frame::fresh(frame::document(&view, &page, &main)));
    }
    Ok(frame::console(&view, &page, Some(Here::Cockpit), &Tally::of(&view).await?, &main))
}

/// The ground's name, its state in two sentences, and of which moment it is.
fn head(view: &View, ground: &Ground, figures: &Figures, wall: bool) -> Markup {
    let pick = |zh, en| view.lang.pick(zh, en);
    let place = view.area(&ground.area);
    let worst = worst(view, ground, figures);
    let told = Told {
        place: &place,
        open: insight::total(&figures.open),
        worst: worst.as_ref().map(|(name, count)| (name.as_str(), *count)),
        weeks: figures.weeks(),
    };
    let (state, promises) = sentence::sentences(&told, view.lang);
    html! {
        header.cockpit-head {
            div {
                h1 { (place) " " (pick("驾驶舱", "cockpit")) }
                p.cockpit-state { (state) }
                p { (promises) }
                @if !ground.whole() { p.notice { (pick("只含您能看到的案件，不是这一区域的全部。", "Only the cases that you may see, not all of this ground.")) } }
            }
            (fresh(view, wall))
            @if !wall { (around(view, ground)) }
        }
        p.notice.cockpit-stale data-kind="stale" role="alert" hidden
            data-words=(pick("数据中断 {n} 分钟，下面的数字是旧的。", "No data for {n} minutes: the figures below are old."))
            data-out=(pick("登录已到期，数字停在上面的时刻。请重新登录。", "You are signed out, and the figures stand still as of the moment above. Sign in again.")) {}
    }
}

/// The moment of the figures. Without a script the page is as old as this says.
fn fresh(view: &View, wall: bool) -> Markup {
    let now = view.setting.zone.to_datetime(view.now.timestamp());
    let on = match wall {
        true => view.lang.pick("每分钟更新", "asked anew each minute"),
        false => view.lang.pick("实时", "live"),
    };
    html! {
        p.cockpit-fresh {
            (view.lang.pick("数据截至", "As of")) " " time datetime=(view.now) { (now.strftime("%H:%M:%S").to_string()) }
            " " span.live data-state="on" data-on=(on) data-cut=(view.lang.pick("连接中断", "cut off")) { (on) }
            @if wall { " " (demo_mark(view)) }
        }
    }
}

/// Larger and smaller ground, the wall, the analysis.
fn around(view: &View, ground: &Ground) -> Markup {
    let pick = |zh, en| view.lang.pick(zh, en);
    let up = view.org().areas.get(&ground.area).and_then(|area| area.parent.clone());
    let next = ground.next_level(view);
    let link = |code: &str| address("/cockpit", &[("area", code)]);
    html! {
        nav.row aria-label=(pick("范围", "Ground")) {
            @if let Some(up) = up { a.button href=(link(up.as_str())) { (icon("back")) (view.area(&up)) } }
            a.button href=(address("/analysis", &[("area", ground.area.as_str())])) { (pick("分析", "Analysis")) }
            a.button href=(address("/cockpit", &[("area", ground.area.as_str()), ("wall", "1")])) { (pick("大屏", "Wall screen")) }
        }
        @if let Some(next) = next {
            details id="below" {
                summary { (pick("下级区域", "Smaller ground")) }
                ul.plain.row { @for area in map::inside(view, &ground.area, &next) { li { a href=(link(area.code.as_str())) { (view.area(&area.code)) } } } }
            }
        }
    }
}

/// Where most are overdue, of the next smaller ground.
fn worst(view: &View, ground: &Ground, figures: &Figures) -> Option<(String, i64)> {
    let level = ground.next_level(view)?;
    let (code, sum) = insight::pressing(figures.open_by(view, &level)).into_iter().next()?;
    (sum.overdue > 0).then(|| (view.area(&code).to_string(), sum.overdue))
}

/// The panels in their order; a wall shows the first lines of each.
async fn panels_of(view: &View, ground: &Ground, figures: &Figures, wall: bool) -> Result<Markup, Problem> {
    let all: Sum = insight::total(&figures.open);
    let sheet = Sheet::of(view, ground, figures);
    let (store, tenant) = (view.state.engine.store(), view.state.tenant());
    let mut newest = store.list(tenant, &ground.filter(), Order::NewestFirst, None, TICKER).await?.items;
    find::own_words(&view.state, view.signed()?, &mut newest).await?;
    let attention = attention::panel(view, ground, !wall).await?;
    Ok(html! {
        div.cockpit-panels {
            (panels::counts(view, ground, &all))
            (panels::promises(view, figures.weeks()))
            (panels::trend(view, ground, &figures.days))
            section.panel.cockpit-ground aria-labelledby="ground-name" {
                h2 id="ground-name" { (view.lang.pick("各区域在办案件", "Open cases by area")) }
                @match &sheet {
                    Some(sheet) => { (sheet.figure()) @if !wall { (sheet.table()) } }
                    None => { p.quiet { (view.lang.pick("下面没有更小的区域。", "There is no smaller ground below.")) } }
                }
            }
            (panels::problems(view, ground, figures))
            (attention)
            (panels::rankings(view, ground, figures))
            (panels::ticker(view, &newest))
        }
    })
}
