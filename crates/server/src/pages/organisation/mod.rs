//! The organisation on pages, for administrators: its areas as a list and a drawing, what may be done with them, and its tables.
//!
//! Owns the way from a form to a change of the organisation: what was chosen becomes the file of edits that one would write by hand, it
//! is looked at, and only the form under what was shown decides it. Refuses to decide: two people agree to seats where the engine says
//! so ([`huying_engine::grants`]). Start at [`page`] and [`act`]; [`asked`] reads forms, [`forms`] draws them, [`shown`] says what a
//! change would do, [`drawing`] is the map, and [`tables`] are units, members and areas as rows.

mod asked;
mod drawing;
mod forms;
mod shown;
mod tables;

use std::collections::BTreeMap;

use axum::{
    Router,
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use huying_engine::{change::Preview, grants::State};
use huying_model::{AreaCode, book::administers, org::Area};
use maud::{Markup, html};

use super::{
    account::grants,
    address,
    form::Form,
    frame::{self, Here, Keeps, Page},
    parts::error_summary,
    policy::trouble,
    tabs::Tally,
    view::{View, Viewer},
};
use crate::{problem::Problem, state::AppState};

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/organisation", get(page).post(act))
        .route("/organisation/{table}", get(tables::page).post(tables::act))
}

/// The page's own address.
const HERE: &str = "/organisation";

/// What was looked at and not decided yet.
struct Looked {
    preview: Preview,
    /// The edits without the lines `at` and `reason`.
    edits: String,
    /// From when on, as the form has it; empty for at once.
    from: String,
}

impl Looked {
    /// Nothing that the lint finds bars it.
    fn decidable(&self) -> bool {
        !self.preview.findings.iter().any(|found| found.error)
    }
}

/// What the page is drawn for.
#[derive(Default)]
struct Around {
    /// The chosen area; the root where none is.
    area: Option<AreaCode>,
    /// The form that stands open.
    open: String,
    /// Into how many parts an area would be split.
    parts: usize,
    form: Form,
    problem: Option<Problem>,
    looked: Option<Looked>,
    /// What was done, told once.
    done: Option<String>,
}

fn administrator(view: &View) -> Result<(), Problem> {
    let may = administers(view.org(), &view.signed()?.actor, view.now);
    if may { Ok(()) } else { Err(Problem::of("administrators_only")) }
}

/// The organisation, one area chosen.
pub async fn page(
    Viewer(view): Viewer,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    administrator(&view)?;
    let around = Around {
        area: asked.get("area").map(AreaCode::new),
        open: asked.get("do").cloned().unwrap_or_default(),
        parts: asked::count(asked.get("parts").map(String::as_str)),
        done: asked.get("done").cloned(),
        ..Around::default()
    };
    draw(&view, around).await
}

/// What came of a form.
enum Done {
    Looked(Box<Looked>),
    Decided(Preview),
}

/// Looks at a change, decides what was looked at, or answers what waits for a second person.
pub async fn act(Viewer(view): Viewer, form: Form) -> Result<Response, Problem> {
    let act = form.said("act").unwrap_or_default().to_owned();
    let area = form.said("area").map(AreaCode::new);
    let around = Around {
        area: area.clone(),
        open: act.clone(),
        parts: asked::count(form.said("parts")),
        ..Around::default()
    };
    if let Some(stays) = form.said("stays") {
        administrator(&view)?;
        // Drawn again as it is written, with one part more where that was asked for.
        let parts = asked::count(Some(&(around.parts + usize::from(stays == "more")).to_string()));
        let looked = match (act.as_str(), stays) {
            ("decide", _) => again(&view, &form).await,
            (_, "looked") => anew(&view, &form).await,
            _ => None,
        };
        return draw(&view, Around { form, parts, looked, ..around }).await;
    }
    let answered = match act.as_str() {
        "approve" | "reject" => match grants::decide(&view, &form, act == "approve", HERE).await {
            Ok(answer) => return Ok(answer),
            Err(problem) => Err(problem),
        },
        _ => {
            administrator(&view)?;
            done(&view, &form).await
        }
    };
    match answered {
        Ok(Done::Looked(looked)) => {
            let gaps = looked.preview.findings.iter().any(|found| found.error);
            let mut answer = draw(&view, Around { form, looked: Some(*looked), ..around }).await?;
            if gaps {
                *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            }
            Ok(answer)
        }
        Ok(Done::Decided(preview)) => {
            let code = area.as_ref().map_or("", AreaCode::as_str);
            let done = if preview.waits.is_some() { "waits" } else { "decided" };
            Ok(Redirect::to(&address(HERE, &[("area", code), ("done", done)])).into_response())
        }
        Err(problem) if problem.code == "administrators_only" => Err(problem),
        Err(problem) if problem.status.is_client_error() => {
            administrator(&view)?;
            // What was looked at and could not be decided stays on the page.
            let looked = if act == "decide" { again(&view, &form).await } else { None };
            let mut answer = draw(&view, Around { form, problem: Some(problem), looked, ..around }).await?;
            *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(answer)
        }
        Err(problem) => Err(problem),
    }
}

async fn done(view: &View, form: &Form) -> Result<Done, Problem> {
    if form.said("act") != Some("decide") {
        let edits = asked::edits(view, form)?;
        return Ok(Done::Looked(Box::new(look(view, form, edits).await?)));
    }
    let (engine, tenant, actor) = (&view.state.engine, view.state.tenant(), &view.signed()?.actor);
    let from = form.said("from").unwrap_or_default();
    let text = asked::text(view, form, from, form.said("edits").unwrap_or_default(), true)?;
    Ok(Done::Decided(match from.is_empty() {
        true => engine.change_now(tenant, actor, &text).await?,
        false => engine.change(tenant, actor, &text).await?,
    }))
}

/// What the edits would do.
async fn look(view: &View, form: &Form, edits: String) -> Result<Looked, Problem> {
    let (engine, tenant, actor) = (&view.state.engine, view.state.tenant(), &view.signed()?.actor);
    let from = form.said("from").unwrap_or_default().to_owned();
    let text = asked::text(view, form, &from, &edits, false)?;
    let preview = match from.is_empty() {
        true => engine.change_preview_now(tenant, actor, &text).await?,
        false => engine.change_preview(tenant, actor, &text).await?,
    };
    Ok(Looked { preview, edits, from })
}

/// What was to be decided, shown again.
async fn again(view: &View, form: &Form) -> Option<Looked> {
    look(view, form, form.said("edits")?.to_owned()).await.ok()
}

/// What a form says, shown again with the gaps that it would leave.
async fn anew(view: &View, form: &Form) -> Option<Looked> {
    look(view, form, asked::edits(view, form).ok()?).await.ok()
}

/// What was to be decided and cannot even be looked at comes back as the text that it is, to be mended.
fn mended(around: Around) -> Around {
    let unread = around.open == "decide" && around.looked.is_none();
    let open = if unread { "text".to_owned() } else { around.open.clone() };
    Around { open, ..around }
}

async fn draw(view: &View, around: Around) -> Result<Response, Problem> {
    let around = mended(around);
    let org = view.org();
    let there = |code: &AreaCode| org.areas.contains_key(code);
    let chosen = around.area.clone().filter(there).unwrap_or_else(|| org.root().clone());
    let Some(area) = org.areas.get(&chosen) else { return Err(Problem::not_found()) };
    let mut waiting = view.state.engine.grants(view.state.tenant()).await?;
    waiting.retain(|grant| grant.state == State::Waiting);
    let name = view.lang.pick("组织", "Organisation");
    let title = match around.problem {
        Some(_) => view.lang.pick("出错：组织", "Error: organisation"),
        None => name,
    };
    let coming = coming(view).await?;
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (name) }
            @if let Some(words) = told(view, around.done.as_deref()) { p.toast role="status" { (words) } }
            (wrong(view, &around))
            (ways(view, ""))
            (grants::part(view, &waiting, HERE))
            @if let Some(looked) = &around.looked { (shown::looked(view, &chosen, looked, around.form.said("reason"))) }
            div.columns {
                section.stack aria-labelledby="area-name" { (place(view, area)) }
                (drawing::figure(view, area))
            }
            section.stack aria-labelledby="change-name" {
                h2 id="change-name" { (view.lang.pick("调整", "Change it")) }
                (forms::all(view, area, &around))
            }
            (coming)
        }
    };
    let keeps = keeps(view, area, &around);
    let page = Page { script: "organisation.js", keeps, ..Page::new(title) };
    Ok(frame::console(view, &page, Some(Here::Organisation), &Tally::of(view).await?, &main))
}

/// What stands to be decided stays, with the reason that somebody writes; else the form that stands open, as it is written. Without one
/// there is nothing to keep.
fn keeps(view: &View, area: &Area, around: &Around) -> Option<Keeps> {
    let (act, value) = match &around.looked {
        Some(looked) if looked.decidable() => ("decide", "here"),
        Some(_) => (around.open.as_str(), "looked"),
        None => (around.open.as_str(), "here"),
    };
    let stands = act == "decide" && value == "here" && around.looked.is_some();
    let keeps = Keeps { form: forms::id(act), name: "stays", value: value.to_owned(), enters: false };
    Some(keeps).filter(|_| stands || forms::offered(view, area, act))
}

/// What was refused: mistakes of fields lead to them, others are told as the change tells them.
fn wrong(view: &View, around: &Around) -> Markup {
    // The form of edits as text has none of these fields.
    let mistaken: &[&str] = if around.open == "text" { &[] } else { &["file", "reason", "shape"] };
    let of_field = |field: &str| mistaken.iter().any(|name| field.starts_with(name));
    let no = around.form.said("no").unwrap_or_default();
    let id = |field: &str| match around.open.as_str() {
        "reject" => format!("grant-{field}-{no}"),
        open => format!("{open}-{field}"),
    };
    let told: Vec<(String, String)> = around
        .problem
        .iter()
        .flat_map(|problem| problem.fields(view.lang))
        .filter(|one| of_field(one.field))
        .map(|one| (id(one.field), format!("{} {}", one.message, one.mend)))
        .collect();
    if told.is_empty() { trouble(view, around.problem.as_ref()) } else { error_summary(view, &told) }
}

fn told(view: &View, done: Option<&str>) -> Option<&'static str> {
    match done? {
        "decided" => {
            Some(view.lang.pick("已决定，到时生效。", "It is decided and holds from its instant on."))
        }
        "waits" => Some(view.lang.pick(
            "调整会授予或扩大岗位，等待另一位管理员同意。",
            "It gives seats or lets them reach further: it waits for another administrator.",
        )),
        _ => None,
    }
}

/// The ways to the tables of the organisation; `here` is the one that is shown.
fn ways(view: &View, here: &str) -> Markup {
    let link = |to: &str, words: &str| {
        let path = if to.is_empty() { HERE.to_owned() } else { format!("{HERE}/{to}") };
        html! { a.button href=(path) aria-current=[(to == here).then_some("page")] { (words) } }
    };
    html! {
        nav.row aria-label=(view.lang.pick("组织的各表", "Tables of the organisation")) {
            (link("", view.lang.pick("区域图", "Map of areas")))
            (link("areas", view.lang.pick("区域表", "Areas")))
            (link("units", view.lang.pick("单位", "Units")))
            (link("members", view.lang.pick("成员与岗位", "Members and seats")))
            a.button href=(address("/policy/edit", &[("table", "roster.csv")])) { (view.lang.pick("值班表", "Rosters")) }
        }
    }
}

/// The way to an area.
fn at(code: &AreaCode) -> String {
    address(HERE, &[("area", code.as_str())])
}

/// Areas that are there and lie right in this one.
fn below<'a>(view: &'a View, code: &'a AreaCode) -> impl Iterator<Item = &'a Area> {
    let there = view.org().areas.values().filter(move |area| area.active(view.now));
    there.filter(move |area| area.parent.as_ref() == Some(code))
}

/// The areas around the chosen one, itself, and what lies in it.
fn place(view: &View, area: &Area) -> Markup {
    let org = view.org();
    let mut around: Vec<&Area> = org.ancestors(&area.code).filter(|above| above.code != area.code).collect();
    around.reverse();
    let units = org.units.values().filter(|unit| unit.area == area.code && unit.active(view.now));
    let units: Vec<_> = units.map(|unit| view.unit(&unit.id)).collect();
    html! {
        @if !around.is_empty() {
            p { @for above in &around { a href=(at(&above.code)) { (view.area(&above.code)) } " › " } }
        }
        h2 id="area-name" { (view.area(&area.code)) " " span.code.quiet { (area.code) } }
        dl.facts {
            dt { (view.lang.pick("层级", "Level")) } dd { (level(view, area)) }
            @if let Some(from) = area.from { dt { (view.lang.pick("自", "Since")) } dd { (view.full(from)) } }
            @if let Some(until) = area.until { dt { (view.lang.pick("至", "Until")) } dd { (view.full(until)) } }
            @if let Some(households) = view.setting.pack.households.get(&area.code) { dt { (view.lang.pick("户数", "Households")) } dd { (households) } }
            dt { (view.lang.pick("单位", "Units")) }
            dd { @if units.is_empty() { "—" } @else { (super::parts::joined(units.iter().map(ToString::to_string), view.lang)) } }
        }
        @let inside: Vec<&Area> = below(view, &area.code).collect();
        @if !inside.is_empty() {
            details.area-tree open[inside.len() <= SHOWN] {
                summary { (view.lang.pick("下级区域", "Areas in it")) " · " (inside.len()) }
                ul.plain {
                    @for one in &inside {
                        li {
                            a href=(at(&one.code)) { (view.area(&one.code)) } " " span.code.quiet { (one.code) }
                            @let count = below(view, &one.code).count();
                            @if count > 0 { " · " (count) }
                        }
                    }
                }
            }
        }
    }
}

/// So many areas stand open below an area; more are folded away.
const SHOWN: usize = 40;

fn level(view: &View, area: &Area) -> String {
    let found = view.setting.pack.level(area.level.as_str());
    let name = found.map(|level| view.lang.pick(level.name.zh.clone(), level.name.en.clone()));
    name.map_or_else(|| area.level.to_string(), |name| name.to_string())
}

/// What was decided for later, and the last of what holds.
async fn coming(view: &View) -> Result<Markup, Problem> {
    let changes = view.state.engine.changes(view.state.tenant()).await?;
    let later: Vec<_> = changes.iter().filter(|entry| entry.at > view.now).collect();
    Ok(html! {
        section.stack aria-labelledby="coming-name" {
            h2 id="coming-name" { (view.lang.pick("已决定、尚未生效", "Decided for later")) }
            @if later.is_empty() { p.quiet { (view.lang.pick("没有。", "There is none.")) } }
            @for entry in &later {
                div.card {
                    p { b { (view.full(entry.at)) } " · " (entry.reason) " · " (view.member(&entry.by)) @if let Some(second) = &entry.agreed_by { " · " (view.member(second)) } }
                    ul.plain { @for edit in &entry.edits { li { (view.lang.pick(&edit.zh, &edit.en)) } } }
                }
            }
            p { a href="/policy#changes" { (view.lang.pick("全部组织调整", "Every change of the organisation")) } " · " (changes.len()) }
        }
    })
}
