//! The tables of the policy as rows to be edited, with what lint says of them, who would get a case now and then, and past cases beside it.
//!
//! Owns the form. Edited rows become a draft: the version in force with these tables written otherwise ([`huying_engine::redraft`]). What
//! was edited in one table goes along to the next, since a route and who is expected to answer by it move together. It is kept only without errors, and two people bring it into force as every other. Start at [`page`] and [`act`].

use std::collections::BTreeMap;

use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::redraft::Redraft;
use huying_model::{book::administers, catalogue::Source};
use huying_pack::{
    Pack,
    explain::{Asking, Explanation, explain_by},
    rewrite::{Edit, Written},
    whatif::Report,
};
use maud::{Markup, PreEscaped, html};

use super::{
    reports,
    tables::{Carried, Table, Tables},
    trouble, version, what_if,
};
use crate::{
    pages::{
        address,
        form::Form,
        frame::{self, Here, Page},
        parts::joined,
        places,
        rows::{self, Row, SHOWN},
        tabs::Tally,
        view::{View, Viewer},
    },
    problem::{Both, Problem},
};

/// The page's own address.
const HERE: &str = "/policy/edit";

/// What was looked at.
struct Looked {
    redraft: Redraft,
    /// Who would get the case that was asked for, by the rules of now and by the draft.
    told: Option<(Told, Told)>,
    report: Option<Report>,
}

type Told = Result<Box<Explanation>, String>;

/// What the page is drawn for.
#[derive(Default)]
struct Around {
    carried: Carried,
    words: String,
    skip: usize,
    form: Form,
    rows: Option<Vec<Row>>,
    problem: Option<Problem>,
    looked: Option<Box<Looked>>,
}

impl Around {
    fn of(said: impl Fn(&str) -> Option<String>) -> Around {
        let skip = said("skip").and_then(|skip| skip.parse().ok()).unwrap_or_default();
        Around { words: said("q").unwrap_or_default(), skip, ..Around::default() }
    }
}

fn administrator(view: &View) -> Result<(), Problem> {
    let may = administers(view.org(), &view.signed()?.actor, view.now);
    if may { Ok(()) } else { Err(Problem::of("administrators_only")) }
}

/// A table as it is in force.
pub async fn page(
    Viewer(view): Viewer,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    administrator(&view)?;
    let tables = Tables::of(&view).await?;
    let table = tables.find(asked.get("table").map(String::as_str))?;
    draw(&view, (&tables, table), Around::of(|name| asked.get(name).cloned())).await
}

/// The field of a form in which an edited table goes along.
fn field(file: &str) -> String {
    format!("carried:{file}")
}

/// What was edited before. A browser sends line breaks of its own.
fn carried(tables: &Tables, form: &Form) -> Carried {
    let text = |file: &str| {
        let name = field(file);
        let found = form.fields.iter().find(|(field, _)| *field == name);
        found.map(|(_, text)| text.replace("\r\n", "\n"))
    };
    tables.all.iter().filter_map(|table| Some((table.file.clone(), text(&table.file)?))).collect()
}

/// Looks at edited rows, tries them on past cases, keeps them as a draft, or takes them along to other rows and tables.
pub async fn act(Viewer(view): Viewer, form: Form) -> Result<Response, Problem> {
    administrator(&view)?;
    let tables = Tables::of(&view).await?;
    let table = tables.find(form.said("table"))?;
    let mut around = Around::of(|name| form.said(name).map(str::to_owned));
    around.carried = carried(&tables, &form);
    let written = tables.written(table, &around.carried);
    let edited = rows::sent(&form, written.head.len());
    let text = edited_text(&written, &edited);
    if let (Some(to), Ok(text)) = (form.said("go"), &text) {
        let around = Around { form: form.clone(), ..around };
        return go(&view, (&tables, table), to, text.clone(), around).await;
    }
    let (looked, problem) = match look(&view, table, text, &form, &around.carried).await {
        Ok(looked) if form.said("act") == Some("keep") && looked.redraft.examined.found.clean() => {
            match keep(&view, &looked.redraft, &form).await {
                Ok(answer) => return Ok(answer),
                Err(problem) if problem.status.is_client_error() => (Some(Box::new(looked)), Some(problem)),
                Err(problem) => return Err(problem),
            }
        }
        Ok(looked) => (Some(Box::new(looked)), None),
        Err(problem) if problem.status.is_client_error() => (None, Some(problem)),
        Err(problem) => return Err(problem),
    };
    let errors = looked.as_ref().is_some_and(|looked| !looked.redraft.examined.found.clean());
    let wrong = problem.is_some() || errors;
    let around = Around { rows: Some(edited), form, problem, looked, ..around };
    let mut answer = draw(&view, (&tables, table), around).await?;
    if wrong {
        *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(answer)
}

/// Other rows or another table, with what was edited: `routes.csv 30`.
async fn go(
    view: &View,
    (tables, table): (&Tables, &Table),
    to: &str,
    text: Option<String>,
    mut around: Around,
) -> Result<Response, Problem> {
    let (name, skip) = to.rsplit_once(' ').unwrap_or((to, "0"));
    let next = tables.find(Some(name))?;
    around.carried.extend(text.map(|text| (table.file.clone(), text)));
    if next != table {
        around.words.clear();
    }
    around.skip = skip.parse().unwrap_or_default();
    draw(view, (tables, next), around).await
}

/// The text of afterwards; None where no row was edited.
fn edited_text(written: &Written, edited: &[Row]) -> Result<Option<String>, Problem> {
    let places = rows::matched(&written.rows, edited)?;
    let touched: Vec<(&Row, Option<usize>)> =
        edited.iter().zip(places).filter(|(row, _)| row.is_edited()).collect();
    if touched.is_empty() {
        return Ok(None);
    }
    let edit = |(row, at): &(&Row, Option<usize>)| {
        let edit = if row.ends { Edit::Gone } else { Edit::Cells(row.after()) };
        at.map(|at| (at, edit))
    };
    let edits: Vec<(usize, Edit)> = touched.iter().filter_map(edit).collect();
    let added: Vec<Vec<String>> =
        touched.iter().filter(|(row, _)| row.is_new()).map(|(row, _)| row.after()).collect();
    Ok(Some(written.with(edits, &added)))
}

fn nothing_changed() -> Problem {
    let message = Both::of("没有任何改动。", "Nothing was changed.");
    let mend = Both::of("请先修改至少一行。", "Change at least one row.");
    Problem::field("", "nothing_changed", message, mend)
}

async fn look(
    view: &View,
    table: &Table,
    text: Result<Option<String>, Problem>,
    form: &Form,
    carried: &Carried,
) -> Result<Looked, Problem> {
    let (engine, tenant, actor) = (&view.state.engine, view.state.tenant(), &view.signed()?.actor);
    let mut all = carried.clone();
    all.extend(text?.map(|text| (table.file.clone(), text)));
    if all.is_empty() {
        return Err(nothing_changed());
    }
    let redraft = engine.redrafted(tenant, actor, all.into_iter().collect()).await?;
    let readable = redraft.examined.version.is_some();
    let told = match form.said("matter") {
        Some(matter) if readable => Some(asked(view, &redraft, matter, form.said("area")).await?),
        _ => None,
    };
    let report = match form.said("act") {
        Some("try") if readable => Some(engine.what_if_of(tenant, actor, redraft.files.clone()).await?),
        _ => None,
    };
    Ok(Looked { redraft, told, report })
}

/// Who gets a case of this matter and place, by the rules of now and by the draft.
async fn asked(
    view: &View,
    redraft: &Redraft,
    matter: &str,
    area: Option<&str>,
) -> Result<(Told, Told), Problem> {
    let asking = Asking {
        matter: matter.to_owned(),
        area: area.map(str::to_owned),
        when: view.now.to_string(),
        source: Source::Hotline.code().to_owned(),
        ..Asking::default()
    };
    let files = redraft.files.clone();
    let loaded = tokio::task::spawn_blocking(move || huying_pack::load_from(&files));
    let loaded = loaded.await.map_err(|why| Problem::internal(&why))?;
    let zh = view.lang.pick(true, false);
    let told = |pack: &Pack, policy: &huying_model::Policy| {
        explain_by(pack, policy, &asking).map(Box::new).map_err(|wrong| {
            let words = wrong.iter().map(|one| if zh { one.what.zh.clone() } else { one.what.en.clone() });
            words.collect::<Vec<_>>().join(" ")
        })
    };
    let now = told(&view.setting.pack, &view.setting.policy);
    let then = match &loaded {
        Ok(pack) => told(pack, &pack.policy),
        Err(problems) => Err(problems.first().map(ToString::to_string).unwrap_or_default()),
    };
    Ok((now, then))
}

async fn keep(view: &View, redraft: &Redraft, form: &Form) -> Result<Response, Problem> {
    let (engine, tenant, actor) = (&view.state.engine, view.state.tenant(), &view.signed()?.actor);
    let reason = form.said("reason").unwrap_or_default();
    let (version, found) = (redraft.version.clone(), redraft.examined.found.clone());
    engine.lay_down(tenant, actor, &redraft.files, version.clone(), found, reason).await?;
    if let Err(error) = engine.compare(tenant, actor, &version).await {
        // The draft is kept; its page has a button to compare it.
        tracing::warn!(%version, %error, "a draft could not be compared with past cases");
    }
    Ok(Redirect::to(&version::at(&version)).into_response())
}

async fn draw(view: &View, (tables, table): (&Tables, &Table), around: Around) -> Result<Response, Problem> {
    let written = tables.written(table, &around.carried);
    let words: Vec<String> = around.words.split_whitespace().map(str::to_lowercase).collect();
    let fits = |row: &&Vec<String>| {
        let text = row.join(" ").to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    let fitting: Vec<&Vec<String>> = written.rows.iter().filter(fits).collect();
    let all = fitting.len();
    let shown = fitting.into_iter().skip(around.skip).take(SHOWN);
    let drawn = match &around.rows {
        Some(rows) => rows.clone(),
        None => rows::fresh(shown, written.head.len()),
    };
    let errors = around.looked.as_ref().is_some_and(|looked| !looked.redraft.examined.found.clean());
    let name = table.name(view.lang);
    let title = match around.problem.is_some() || errors {
        true => view.lang.pick(format!("出错：{name}"), format!("Error: {name}")),
        false => name.to_owned(),
    };
    let main = html! {
        main.page.page-wide.stack id="main" {
            p { a href="/policy" { (view.lang.pick("机制", "Policy")) } }
            h1 { (view.lang.pick("修改规则表：", "Edit: ")) (name) }
            (trouble(view, around.problem.as_ref()))
            (ways(view, tables, table))
            @if written.head.is_empty() { p { (view.lang.pick("现行版本没有这张表。请上传含此表的草案。", "The version in force has no such table: upload a draft that has it.")) } }
            @else { (form(view, (tables, table), &written, &around, (&drawn, all))) }
            @if let Some(looked) = &around.looked {
                (reports::all(view, &looked.redraft.examined.found))
                @if let Some(report) = &looked.report { div.what-if { (PreEscaped(what_if::parts(view, report))) } }
            }
        }
    };
    Ok(frame::console(view, &Page::new(&title), Some(Here::Policy), &Tally::of(view).await?, &main))
}

fn ways(view: &View, tables: &Tables, here: &Table) -> Markup {
    html! {
        nav.row aria-label=(view.lang.pick("规则表", "Tables")) {
            @for table in &tables.all {
                a.button href=(address(HERE, &[("table", &table.file)])) aria-current=[(table == here).then_some("page")] { (table.name(view.lang)) }
            }
        }
    }
}

fn form(
    view: &View,
    (tables, table): (&Tables, &Table),
    written: &Written,
    around: &Around,
    (drawn, all): (&[Row], usize),
) -> Markup {
    let columns: Vec<&str> = written.head.iter().map(String::as_str).collect();
    let (file, label) = (&table.file, table.name(view.lang));
    html! {
        form.stack method="post" action=(HERE) enctype="multipart/form-data" {
            input type="hidden" name="table" value=(file);
            input type="hidden" name="skip" value=(around.skip);
            @for (edited, text) in &around.carried { input type="hidden" name=(field(edited)) value=(text); }
            @if !around.carried.is_empty() {
                p.notice { (view.lang.pick("带着这些表的改动：", "Edits of these tables go along: ")) (joined(around.carried.keys().map(|file| named(view, tables, file)), view.lang)) }
            }
            div.filter-bar role="search" {
                @let find = view.lang.pick("按表中文字查找", "Find by what stands in a row");
                input type="search" name="q" value=(around.words) aria-label=(find) placeholder=(find);
                button.button name="go" value={ (file) " 0" } { (view.lang.pick("查找", "Find")) }
            }
            div.beside {
                div.stack {
                    (rows::draw(view, label, &columns, drawn, |_, _| false))
                    (pages(view, file, around, all))
                }
                div.stack {
                    (question(view, around))
                    @if let Some(looked) = &around.looked { (answer(view, looked)) }
                }
            }
            (why(view, around))
            div.row {
                button.button.button-primary name="act" value="look" { (view.lang.pick("检查", "Check")) }
                button.button name="act" value="try" { (view.lang.pick("用往日案件试算", "Try it on past cases")) }
                button.button name="act" value="keep" { (view.lang.pick("存为草案", "Keep it as a draft")) }
            }
            fieldset.field {
                legend { (view.lang.pick("带着改动转到另一张表", "Go to another table with the edits")) }
                div.row { @for other in tables.all.iter().filter(|other| *other != table) { button.button name="go" value={ (other.file) " 0" } { (other.name(view.lang)) } } }
            }
            p.quiet { (view.lang.pick("检查和试算不保存任何内容。草案须另一位管理员批准后才生效。", "Checking and trying keep nothing. A draft holds only once another administrator has approved it.")) }
        }
    }
}

/// Why; needed only where it is kept, so no browser asks for it before.
fn why(view: &View, around: &Around) -> Markup {
    html! {
        div.field {
            label for="edit-reason" { (view.lang.pick("理由", "Reason")) " " span.optional { (view.lang.pick("（存为草案时必填）", "(needed to keep it)")) } }
            textarea id="edit-reason" name="reason" maxlength=(huying_model::book::LONGEST) { (around.form.said("reason").unwrap_or_default()) }
        }
    }
}

/// Which case is asked for: who gets it now, and who would then.
fn question(view: &View, around: &Around) -> Markup {
    let said = |name: &str| around.form.said(name);
    html! {
        fieldset.field {
            legend { (view.lang.pick("试问一件案件派给谁", "Ask who gets a case")) }
            div.field {
                label for="edit-matter" { (view.lang.pick("事项", "Matter")) }
                select id="edit-matter" name="matter" {
                    option value="" { (view.lang.pick("不问", "Do not ask")) }
                    @for (track, matters) in places::by_track(view, &view.setting.policy.current) {
                        optgroup label=(track) {
                            @for matter in matters { option value=(matter.code) selected[said("matter") == Some(matter.code.as_str())] { (view.matter(Some(&matter.code))) } }
                        }
                    }
                }
            }
            div.field {
                label for="edit-area" { (view.lang.pick("区域", "Area")) }
                (places::chooser(view, "edit-area", said("area")))
            }
        }
    }
}

/// Counts of lint and stories, and both answers.
fn answer(view: &View, looked: &Looked) -> Markup {
    let found = &looked.redraft.examined.found;
    html! {
        section.card.stack aria-labelledby="found" {
            h2 id="found" { (view.lang.pick("检查所得", "What was found")) }
            p { b { (looked.redraft.version) } }
            p { (version::counted(view, found)) }
            @if !found.clean() { p { a href="#lint" { (view.lang.pick("看须更正的问题", "See what is to be mended")) } } }
            @if let Some((now, then)) = &looked.told {
                dl.facts {
                    dt { (view.lang.pick("现行", "Now")) } dd { (one(view, now)) }
                    dt { (view.lang.pick("改后", "Then")) } dd { (one(view, then)) }
                }
            }
        }
    }
}

fn one(view: &View, told: &Told) -> Markup {
    let said = |told: &huying_pack::told::Told| view.lang.pick(told.zh.clone(), told.en.clone());
    html! {
        @match told {
            Err(why) => { (why) }
            Ok(it) => {
                @match &it.lead { Some(lead) => { b { (said(&lead.unit.name)) } } None => { (view.lang.pick("人工派单", "by hand")) } }
                @if let Some(won) = &it.won { " " span.tag { (won.row) } " " span.quiet { (said(&won.asks)) } }
            }
        }
    }
}

/// What a table that goes along is called.
fn named(view: &View, tables: &Tables, file: &str) -> String {
    tables.find(Some(file)).map_or_else(|_| file.to_owned(), |table| table.name(view.lang).to_owned())
}

/// Buttons and no links: what was edited goes along.
fn pages(view: &View, file: &str, around: &Around, all: usize) -> Markup {
    let to = |skip: usize| format!("{file} {skip}");
    let (first, last) = ((around.skip + 1).min(all), (around.skip + SHOWN).min(all));
    html! {
        div.row role="group" aria-label=(view.lang.pick("翻页", "Pages")) {
            @if around.skip > 0 { button.button name="go" value=(to(around.skip.saturating_sub(SHOWN))) { (view.lang.pick("上一页", "Before")) } }
            span { (view.lang.pick(format!("第 {first}–{last} 行，共 {all} 行"), format!("Rows {first}–{last} of {all}"))) }
            @if last < all { button.button name="go" value=(to(last)) { (view.lang.pick("下一页", "Next")) } }
        }
    }
}
