//! Feeds on pages, for administrators: how each stands, making, changing, pausing and ending one, asking the other side who it is, and
//! the letters that a person works off.
//!
//! The pages do what [`crate::api::feeds`] does, and need no script. Refuse to show a key, or words that the other system sent. Start at
//! [`list`] and [`page`].

mod letters;
mod said;
mod sounding;

use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::feed::{
    desk::{Act, Standing},
    sounding::Sounding,
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    address,
    components::{
        board::{self, Tile},
        frames::{self, Named},
    },
    form::{Form, Words},
    frame::{self, Page},
    parts::time,
    tabs::Tally,
    view::{View, Viewer},
};
use crate::{
    api::subscriptions::administrator,
    problem::{Both, Problem},
};

/// A map to begin with.
const EXAMPLE: &str = r#"system = "city311"
url = "https://311.example.org/open311/v2"
time_zone = "Asia/Shanghai"

[pull]
[pull.matter]
"001" = "city/facility/streetlight"
"#;

/// What is written in a form that came back.
#[derive(Default)]
struct Filled {
    id: String,
    map: Option<String>,
}

/// Every feed, and the form that makes one.
pub async fn list(Viewer(view): Viewer) -> Result<Response, Problem> {
    all(&view, None, &Filled::default()).await
}

/// Makes a feed.
pub async fn make(Viewer(view): Viewer, Words(form): Words) -> Result<Response, Problem> {
    administrator(&view.state, view.signed()?)?;
    let id = form.said("id").unwrap_or_default().to_owned();
    let known = view.state.engine.store().feeds(view.state.tenant()).await?;
    let put = if known.iter().any(|row| row.id == id) {
        let message = Both::of("已有同名对接。", "There is a feed of this name already.");
        let mend = Both::of(
            "请换一个名称，或打开原有对接修改。",
            "Choose another name, or open that feed and change it.",
        );
        Err(Problem::field("id", "taken", message, mend))
    } else {
        put(&view, &id, &form, form.said("active").is_some()).await
    };
    match put {
        Ok(()) => Ok(Redirect::to(&at(&id)).into_response()),
        Err(problem) if problem.status.is_client_error() => {
            let map = form.said("map").map(str::to_owned);
            let mut answer = all(&view, Some(&problem), &Filled { id, map }).await?;
            *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(answer)
        }
        Err(problem) => Err(problem),
    }
}

async fn put(view: &View, id: &str, form: &Form, active: bool) -> Result<(), Problem> {
    let set = (id, form.said("map").unwrap_or_default(), form.said("key"));
    let by = (&view.signed()?.member, active);
    view.state.engine.put_feed(view.state.tenant(), set, by, view.state.settings.webhooks).await?;
    Ok(())
}

async fn all(view: &View, problem: Option<&Problem>, filled: &Filled) -> Result<Response, Problem> {
    administrator(&view.state, view.signed()?)?;
    let feeds = view.state.engine.feed_standings(view.state.tenant()).await?;
    let title = view.lang.pick("Open311 对接", "Feeds");
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (title) }
            p.quiet { (view.lang.pick(
                "按时从其他 Open311 平台取入诉求，或把立案后的案件报给对方。读不懂、对方不收的，在各对接的“待处理”中逐条或成批办理。",
                "Requests are taken from other Open311 servers, and cases are given to them. What cannot be told or is refused waits for a person at its feed."
            )) }
            (trouble(view, problem))
            @if feeds.is_empty() { p.quiet { (view.lang.pick("还没有对接。", "There is no feed yet.")) } }
            @else { (table(view, &feeds)) }
            details.command open[problem.is_some() || feeds.is_empty()] {
                summary.button { (view.lang.pick("新增对接", "Make a feed")) }
                form.stack method="post" action="/feeds" {
                    div.field {
                        label for="id" { (view.lang.pick("名称", "Name")) }
                        span.hint id="id-hint" { (view.lang.pick("小写字母、数字和连字符，最多 40 个", "Small letters, digits and hyphens, up to 40")) }
                        input.input id="id" name="id" value=(filled.id) maxlength="40" autocomplete="off" aria-describedby="id-hint" required;
                    }
                    (settings(view, filled.map.as_deref().unwrap_or(EXAMPLE), false))
                    label.choice { input type="checkbox" name="active" value="yes" checked; " " span { (view.lang.pick("立即启用", "Let it work at once")) } }
                    button.button.button-primary { (view.lang.pick("保存", "Keep it")) }
                }
            }
        }
    };
    Ok(frame::console(view, &Page::new(title), None, &Tally::of(view).await?, &main))
}

/// The map and the key, as a form asks for them.
fn settings(view: &View, map: &str, has_key: bool) -> Markup {
    html! {
        div.field {
            label for="map" { (view.lang.pick("对照表 FEED.toml", "The map, FEED.toml")) }
            span.hint id="map-hint" { (view.lang.pick("对方地址、取入和送出的内容，以及双方代码的对照；格式见 docs/feeds.md", "Which server, what is taken and given, and what codes mean; docs/feeds.md tells its form")) }
            textarea.code id="map" name="map" rows="16" spellcheck="false" autocomplete="off" aria-describedby="map-hint" required { (map) }
        }
        div.field {
            label for="key" { (view.lang.pick("对方发给我方的密钥（api_key）", "The key that opens the other system (api_key)")) }
            span.hint id="key-hint" {
                @if has_key { (view.lang.pick("已有密钥；留空则不变", "There is one; left empty it stays")) }
                @else { (view.lang.pick("没有可留空；保存后不再显示", "May be left empty; it is never shown again")) }
            }
            input.input id="key" name="key" type="password" autocomplete="off" aria-describedby="key-hint";
        }
    }
}

/// What is wrong, by the field or the line of the map that it stands in.
fn trouble(view: &View, problem: Option<&Problem>) -> Markup {
    html! {
        @if let Some(problem) = problem {
            div.error-summary role="alert" tabindex="-1" aria-labelledby="errors-name" {
                h2 id="errors-name" { (problem.detail(view.lang)) }
                @if !problem.errors.is_empty() {
                    ul.plain { @for wrong in problem.fields(view.lang) {
                        li { @if !wrong.field.is_empty() { span.code { (wrong.field) } " " } (wrong.message) " " (wrong.mend) }
                    } }
                }
            }
        }
    }
}

fn table(view: &View, all: &[Standing]) -> Markup {
    let head = view.lang.pick(["对接", "状态", "条目", "最近"], ["Feed", "State", "Letters", "Last"]);
    html! {
        (frames::table(Named::As(view.lang.pick("对接列表", "List of feeds")), &html! {
            table.table {
                thead { tr { @for name in head { th scope="col" { (name) } } } }
                tbody { @for feed in all { (row(view, feed)) } }
            }
        }))
    }
}

fn row(view: &View, feed: &Standing) -> Markup {
    let row = &feed.row;
    html! {
        tr {
            th scope="row" {
                a href=(at(&row.id)) { (row.id) }
                @if let Some(map) = &feed.map { br; span.quiet { (map.system) } }
            }
            td { (state(view, feed)) br; (ways(view, feed)) }
            td {
                (view.lang.pick("待处理 ", "to decide ")) @if feed.dead > 0 { span.tag.tag-strong { (feed.dead) } } @else { "0" } br;
                (view.lang.pick("排队 ", "waiting ")) (feed.waiting + feed.unread)
            }
            td {
                (view.lang.pick("取入 ", "taken ")) @if let Some(at) = row.ran_at { (time(view, at)) } @else { "—" } br;
                (view.lang.pick("送出 ", "given ")) @if let Some(at) = feed.gave_at { (time(view, at)) } @else { "—" }
            }
        }
    }
}

fn ways(view: &View, feed: &Standing) -> Markup {
    let takes = feed.map.as_ref().is_some_and(|map| map.pull.is_some());
    let gives = feed.map.as_ref().is_some_and(|map| map.push.is_some());
    html! {
        @if takes { (view.lang.pick("取入", "takes")) }
        @if takes && gives { (view.lang.pick("、", ", ")) }
        @if gives { (view.lang.pick("送出", "gives")) }
    }
}

fn state(view: &View, feed: &Standing) -> Markup {
    html! {
        @if feed.map.is_none() { span.tag.tag-strong { (view.lang.pick("对照表无法读取", "the map cannot be read")) } }
        @else if !feed.row.active { span.tag { (view.lang.pick("已暂停", "paused")) } }
        @else if feed.row.error.is_some() { span.tag.tag-strong { (view.lang.pick("上次中断", "broke off last time")) } }
        @else { span.tag { (view.lang.pick("运行中", "works")) } }
        @if let Some(error) = &feed.row.error { br; (said::error(view, error)) }
    }
}

fn at(id: &str) -> String {
    let sign = |sign: char| sign.is_ascii_alphanumeric() || sign == '-';
    format!("/feeds/{}", id.chars().filter(|it| sign(*it)).collect::<String>())
}

/// Which letters are shown.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    state: String,
    cursor: Option<String>,
}

/// One feed with its letters.
pub async fn page(
    Viewer(view): Viewer,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    one(&view, &id, &asked, &Shown::default()).await
}

/// What a page shows beside how the feed stands.
#[derive(Default)]
struct Shown<'a> {
    problem: Option<&'a Problem>,
    /// The map as it was written in a form that came back.
    map: Option<&'a str>,
    sounding: Option<Sounding>,
}

/// One act; done it leads back to the page, refused it comes back with the reason.
pub async fn act(
    Viewer(view): Viewer,
    Path(id): Path<String>,
    Words(form): Words,
) -> Result<Response, Problem> {
    administrator(&view.state, view.signed()?)?;
    let asked = Asked { state: form.said("state").unwrap_or_default().to_owned(), cursor: None };
    match done(&view, &id, &form).await {
        Ok(Done::Ended) => Ok(Redirect::to("/feeds").into_response()),
        Ok(Done::Back) => {
            let state: &[_] = if asked.state.is_empty() { &[] } else { &[("state", asked.state.as_str())] };
            Ok(Redirect::to(&address(&at(&id), state)).into_response())
        }
        Ok(Done::Sounded(sounding)) => {
            one(&view, &id, &asked, &Shown { sounding: Some(sounding), ..Shown::default() }).await
        }
        Err(problem) if problem.status.is_client_error() && problem.status != StatusCode::NOT_FOUND => {
            let shown = Shown { problem: Some(&problem), map: form.said("map"), sounding: None };
            let mut answer = one(&view, &id, &asked, &shown).await?;
            *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(answer)
        }
        Err(problem) => Err(problem),
    }
}

/// How an act ended.
enum Done {
    Back,
    Ended,
    Sounded(Sounding),
}

async fn done(view: &View, id: &str, form: &Form) -> Result<Done, Problem> {
    let (engine, tenant, reach) = (&view.state.engine, view.state.tenant(), view.state.settings.webhooks);
    let all = engine.store().feeds(tenant).await?;
    let row = all.into_iter().find(|row| row.id == id).ok_or_else(Problem::not_found)?;
    let by = &view.signed()?.member;
    match form.said("act").unwrap_or_default() {
        "pause" => engine.pause_feed(tenant, id).await?,
        "resume" => {
            engine.put_feed(tenant, (id, &row.map, None), (by, true), reach).await?;
        }
        "look" => engine.store().feed_due(tenant, id).await?,
        "sound" => return Ok(Done::Sounded(engine.sound_feed(tenant, id, reach).await?)),
        "change" => put(view, id, form, row.active).await?,
        "end" => {
            engine.store().drop_feed(tenant, id).await?;
            return Ok(Done::Ended);
        }
        act @ ("again" | "as" | "aside") => letters::settle(view, id, act, form).await?,
        _ => return Err(Problem::not_found()),
    }
    Ok(Done::Back)
}

async fn one(view: &View, id: &str, asked: &Asked, shown: &Shown<'_>) -> Result<Response, Problem> {
    administrator(&view.state, view.signed()?)?;
    let all = view.state.engine.feed_standings(view.state.tenant()).await?;
    let feed = all.into_iter().find(|feed| feed.row.id == id).ok_or_else(Problem::not_found)?;
    let letters = letters::draw(view, &feed, &asked.state, asked.cursor.as_deref()).await?;
    let title = format!("{} {}", view.lang.pick("对接", "Feed"), feed.row.id);
    let changing = shown.map.is_some();
    let main = html! {
        main.page.page-wide.stack id="main" {
            p { a href="/feeds" { (view.lang.pick("全部对接", "All feeds")) } }
            h1 { (view.lang.pick("对接", "Feed")) " " span.code { (feed.row.id) } }
            (trouble(view, shown.problem))
            (standing(view, &feed))
            (acts(view, &feed))
            @if let Some(sounding) = &shown.sounding { (sounding::draw(view, sounding)) }
            (letters)
            details.command open[changing] {
                summary.button { (view.lang.pick("修改对照表和密钥", "Change the map and the key")) }
                form.stack method="post" action=(at(id)) {
                    input type="hidden" name="act" value="change";
                    (settings(view, shown.map.unwrap_or(&feed.row.map), feed.row.key.is_some()))
                    button.button.button-primary { (view.lang.pick("保存", "Keep it")) }
                }
            }
            details.command {
                summary.button { (view.lang.pick("结束对接", "End the feed")) }
                form.stack method="post" action=(at(id)) {
                    input type="hidden" name="act" value="end";
                    p { (view.lang.pick("排队和待处理的内容一并删除；已取入的案件保留。", "What waits and what was to be decided goes with it; cases that were taken stay.")) }
                    label.choice { input type="checkbox" name="sure" value="yes" required; " " span { (view.lang.pick("确认结束", "Yes, end it")) } }
                    button.button { (view.lang.pick("结束对接", "End the feed")) }
                }
            }
        }
    };
    Ok(frame::console(view, &Page::new(&title), None, &Tally::of(view).await?, &main))
}

fn standing(view: &View, feed: &Standing) -> Markup {
    let row = &feed.row;
    html! {
        p {
            (state(view, feed)) " " (ways(view, feed))
            @if let Some(map) = &feed.map { " · " (map.system) " · " span.code { (map.url) } }
        }
        (board::stat_tiles(&[
            Tile::new(view.lang.pick("待处理", "To decide"), feed.dead),
            Tile::new(view.lang.pick("排队", "Waiting"), feed.waiting),
            Tile::new(view.lang.pick("日志待读", "Journal to read"), feed.unread),
        ]))
        p.quiet {
            (view.lang.pick("最近取入：", "Taken last: "))
            @if let Some(at) = row.ran_at { (time(view, at)) } @else { "—" }
            " · " (view.lang.pick("已取至：", "Taken up to: "))
            @if let Some(at) = row.since { (time(view, at)) } @else { "—" }
            " · " (view.lang.pick("最近送出：", "Given last: "))
            @if let Some(at) = feed.gave_at { (time(view, at)) } @else { "—" }
            " · " (view.lang.pick("设立：", "Made by ")) (view.member(&row.made_by)) " " (time(view, row.made_at))
        }
    }
}

fn acts(view: &View, feed: &Standing) -> Markup {
    let button = |act: &'static str, words: &'static str| {
        html! {
            form method="post" action=(at(&feed.row.id)) {
                input type="hidden" name="act" value=(act);
                button.button { (words) }
            }
        }
    };
    html! {
        div.row {
            @if feed.row.active { (button("pause", view.lang.pick("暂停", "Pause"))) }
            @else { (button("resume", view.lang.pick("恢复", "Let it go on"))) }
            (button("look", view.lang.pick("立即取入", "Take now")))
            (button("sound", view.lang.pick("试连并查看对方服务", "Try the connection, see its services")))
        }
    }
}

/// Reads an act on letters.
fn read(act: &str, form: &Form) -> Act {
    let said = |name| form.said(name).unwrap_or_default().to_owned();
    match act {
        "as" => Act::As { code: said("code"), all: form.said("all").is_some() },
        "aside" => Act::Aside { reason: said("reason") },
        _ => Act::Again,
    }
}
