//! The tables of the policy as rows to be edited, with what lint says of them, who would get a case now and then, and past cases beside it.
//!
//! Owns the form. Edited rows become a draft: the version in force with these tables written otherwise ([`huying_engine::redraft`]). What
//! was edited goes along as edits of rows and never as whole tables, since a route and who is expected to answer by it move together and
//! nobody's later version is to be undone by an older form ([`since`]). It is kept only without errors, and two people bring it into force as every
//! other. Start at [`page`] and [`act`]; [`beside`] is what stands beside the table.

mod beside;
mod since;

use std::collections::BTreeMap;

use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::redraft::Redraft;
use huying_model::{PolicyVersion, book::administers};
use huying_pack::{
    Files,
    rewrite::{Edit, Written},
    whatif::Report,
};
use maud::{Markup, PreEscaped, html};

use super::{
    reports,
    tables::{Table, Tables},
    trouble, version, what_if,
};
use crate::{
    pages::{
        address,
        form::Form,
        frame::{self, Here, Keeps, Page},
        parts::joined,
        rows::{self, Row, SHOWN},
        tabs::Tally,
        view::{View, Viewer},
    },
    problem::{Both, Problem},
};

/// The page's own address.
const HERE: &str = "/policy/edit";
/// The form's id.
const FORM: &str = "edit";

/// What was edited so far, by table.
type Edits = BTreeMap<String, Vec<Row>>;

/// What was looked at.
struct Looked {
    redraft: Redraft,
    /// Who would get the case that was asked for, by the rules of now and by the draft.
    told: Option<(beside::Told, beside::Told)>,
    report: Option<Report>,
}

/// What the page is drawn for.
#[derive(Default)]
struct Around {
    edits: Edits,
    /// The version on whose tables the form was drawn, where another is in force by now.
    from: Option<PolicyVersion>,
    /// Drafts since then that write an edited table otherwise.
    drafts: Vec<since::Draft>,
    words: String,
    skip: usize,
    form: Form,
    problem: Option<Problem>,
    looked: Option<Box<Looked>>,
    /// Somebody wanted to keep it, and has to look first.
    unkept: bool,
}

impl Around {
    fn of(said: impl Fn(&str) -> Option<String>) -> Around {
        let skip = said("skip").and_then(|skip| skip.parse().ok()).unwrap_or_default();
        Around { words: said("q").unwrap_or_default(), skip, ..Around::default() }
    }

    fn errors(&self) -> bool {
        self.looked.as_ref().is_some_and(|looked| !looked.redraft.examined.found.clean())
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

/// The field of a form in which the edits of a table go along.
fn field(file: &str) -> String {
    format!("carried:{file}")
}

/// Looks at edited rows, tries them on past cases, keeps them as a draft, or takes them along to other rows and tables.
pub async fn act(Viewer(view): Viewer, form: Form) -> Result<Response, Problem> {
    administrator(&view)?;
    let tables = Tables::of(&view).await?;
    let table = tables.find(form.said("table"))?;
    let brought = since::brought(&view, &form, (&tables, table)).await?;
    if !brought.clashes.is_empty() {
        return since::page(&view, &form, (&tables, table), &brought).await;
    }
    let drafts = since::drafts(&view, &form, &brought).await?;
    let around = Around::of(|name| form.said(name).map(str::to_owned));
    let skip = if rows::searched(&form) { 0 } else { around.skip };
    let mut around = Around { edits: brought.edits, from: brought.from, drafts, form, skip, ..around };
    if let Some(to) = around.form.said("go").map(str::to_owned) {
        return go(&view, (&tables, table), &to, around).await;
    }
    if around.form.said("act") == Some("settle") {
        return draw(&view, (&tables, table), around).await;
    }
    let keeps = around.form.said("act") == Some("keep");
    if keeps && let Some(version) = since::kept(&view, &around, &tables.files).await? {
        return Ok(Redirect::to(&version::at(&version)).into_response());
    }
    match look(&view, &around, &tables.files).await {
        Ok(looked) => around.looked = Some(Box::new(looked)),
        Err(problem) if problem.status.is_client_error() => around.problem = Some(problem),
        Err(problem) => return Err(problem),
    }
    if let (true, Some(looked), false) = (keeps, &around.looked, around.errors()) {
        // What somebody else did since is looked at before anything is kept beside it.
        around.unkept = around.from.is_some() || !around.drafts.is_empty();
        if !around.unkept {
            match keep(&view, &looked.redraft, &around.form).await {
                Ok(answer) => return Ok(answer),
                // The same form may have been kept at the same moment.
                Err(problem) if problem.status.is_client_error() => {
                    if let Some(version) = since::kept(&view, &around, &tables.files).await? {
                        return Ok(Redirect::to(&version::at(&version)).into_response());
                    }
                    around.problem = Some(problem);
                }
                Err(problem) => return Err(problem),
            }
        }
    }
    let status = match (around.unkept, around.problem.is_some() || around.errors()) {
        (true, _) => StatusCode::CONFLICT,
        (false, true) => StatusCode::UNPROCESSABLE_ENTITY,
        (false, false) => StatusCode::OK,
    };
    let mut answer = draw(&view, (&tables, table), around).await?;
    *answer.status_mut() = status;
    Ok(answer)
}

/// Other rows or another table, with what was edited: `routes.csv 30`. Where nothing was, they have an address.
async fn go(
    view: &View,
    (tables, table): (&Tables, &Table),
    to: &str,
    mut around: Around,
) -> Result<Response, Problem> {
    let (name, skip) = to.rsplit_once(' ').unwrap_or((to, "0"));
    let next = tables.find(Some(name))?;
    if next != table {
        around.words.clear();
    }
    around.skip = skip.parse().unwrap_or_default();
    if next == table && rows::searched(&around.form) {
        around.skip = 0;
    }
    let written = ["reason", "matter", "area"].iter().any(|name| around.form.said(name).is_some());
    if around.edits.is_empty() && !written {
        let skip = around.skip.to_string();
        let query = [("table", next.file.as_str()), ("q", around.words.as_str()), ("skip", skip.as_str())];
        return Ok(Redirect::to(&address(HERE, &query)).into_response());
    }
    draw(view, (tables, next), around).await
}

/// The text of afterwards.
fn edited(files: &Files, file: &str, edits: &[Row]) -> String {
    let edit = |row: &Row| {
        let edit = if row.ends { Edit::Gone } else { Edit::Cells(row.after()) };
        row.at.map(|at| (at, edit))
    };
    let added: Vec<Vec<String>> = edits.iter().filter(|row| row.is_new()).map(Row::after).collect();
    let written = Written::read(files.text(file).unwrap_or_default());
    written.with(edits.iter().filter_map(edit).collect(), &added)
}

fn nothing_changed() -> Problem {
    let message = Both::of("没有任何改动。", "Nothing was changed.");
    let mend = Both::of("请先修改至少一行。", "Change at least one row.");
    Problem::field("", "nothing_changed", message, mend)
}

fn changed_since() -> Problem {
    let message = Both::of("现行版本刚刚换了。", "Another version came into force just now.");
    let mend = Both::of("请再提交一次，您的改动都在。", "Send it again; your edits are all here.");
    Problem::field("", "row_changed", message, mend)
}

async fn look(view: &View, around: &Around, now: &Files) -> Result<Looked, Problem> {
    let (engine, tenant, actor) = (&view.state.engine, view.state.tenant(), &view.signed()?.actor);
    if around.edits.is_empty() {
        return Err(nothing_changed());
    }
    let all = around.edits.iter().map(|(file, edits)| (file.clone(), edited(now, file, edits))).collect();
    let redraft = engine.redrafted(tenant, actor, all).await?;
    if redraft.of != view.setting.policy.current.version {
        return Err(changed_since());
    }
    let said = |name: &str| around.form.said(name);
    let readable = redraft.examined.version.is_some();
    let told = match said("matter") {
        Some(matter) if readable => Some(beside::asked(view, &redraft, matter, said("area")).await?),
        _ => None,
    };
    let report = match said("act") {
        Some("try") if readable => Some(engine.what_if_of(tenant, actor, redraft.files.clone()).await?),
        _ => None,
    };
    Ok(Looked { redraft, told, report })
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

async fn draw(
    view: &View,
    (tables, table): (&Tables, &Table),
    mut around: Around,
) -> Result<Response, Problem> {
    let (file, name) = (table.file.as_str(), table.name(view.lang));
    let written = Written::read(tables.files.text(file).unwrap_or_default());
    let words: Vec<String> = around.words.split_whitespace().map(str::to_lowercase).collect();
    let fits = |(_, row): &(usize, &Vec<String>)| {
        let text = row.join(" ").to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    let fitting: Vec<(usize, &Vec<String>)> = written.rows.iter().enumerate().filter(fits).collect();
    let all = fitting.len();
    if around.skip >= all {
        around.skip = 0;
    }
    let shown = fitting.into_iter().skip(around.skip).take(SHOWN);
    let edits = around.edits.get(file).map(Vec::as_slice).unwrap_or_default();
    let drawn = rows::page(shown, written.head.len(), edits);
    let title = match around.problem.is_some() || around.unkept || around.errors() {
        true => view.lang.pick(format!("出错：{name}"), format!("Error: {name}")),
        false => name.to_owned(),
    };
    let versions = view.state.engine.policy_book(view.state.tenant()).await?.versions.len();
    let main = html! {
        main.page.page-wide.stack id="main" {
            p { a href="/policy" { (view.lang.pick("机制", "Policy")) } }
            h1 { (view.lang.pick("修改规则表：", "Edit: ")) (name) }
            (trouble(view, around.problem.as_ref()))
            (since::told(view, &around))
            (form(view, (tables, table), &written, &around, (&drawn, all, versions)))
            @if let Some(looked) = &around.looked {
                (reports::all(view, &looked.redraft.examined.found))
                @if let Some(report) = &looked.report { div.what-if { (PreEscaped(what_if::parts(view, report))) } }
            }
        }
    };
    let value = format!("{file} {}", around.skip);
    let stays = Keeps { form: FORM.to_owned(), name: "go", value, enters: true };
    let page = Page { keeps: Some(stays), ..Page::new(&title) };
    Ok(frame::console(view, &page, Some(Here::Policy), &Tally::of(view).await?, &main))
}

/// Buttons and no links: what was edited goes along.
fn ways(view: &View, tables: &Tables, here: &Table) -> Markup {
    html! {
        div.row role="group" aria-label=(view.lang.pick("规则表（改动随您一起）", "Tables (edits go along)")) {
            @for table in &tables.all {
                button.button name="go" value={ (table.file) " 0" } aria-current=[(table == here).then_some("page")] { (table.name(view.lang)) }
            }
        }
    }
}

fn form(
    view: &View,
    (tables, table): (&Tables, &Table),
    written: &Written,
    around: &Around,
    (drawn, all, versions): (&[Row], usize, usize),
) -> Markup {
    let columns: Vec<&str> = written.head.iter().map(String::as_str).collect();
    let (file, label) = (table.file.as_str(), table.name(view.lang));
    let edited = if around.edits.is_empty() { "yes" } else { "edited" };
    html! {
        form.stack id=(FORM) method="post" action=(HERE) enctype="multipart/form-data" data-keeps=(edited) {
            input type="hidden" name="table" value=(file);
            input type="hidden" name="skip" value=(around.skip);
            input type="hidden" name="was" value=(around.words);
            input type="hidden" name="base" value=(view.setting.policy.current.version);
            input type="hidden" name="drafts" value=(versions);
            @for (edited, rows) in &around.edits { (rows::along(&field(edited), rows)) }
            (ways(view, tables, table))
            @if !around.edits.is_empty() {
                p.notice { (view.lang.pick("带着这些表的改动：", "Edits of these tables go along: ")) (joined(around.edits.iter().map(|(file, rows)| counted(view, tables, (file.as_str(), rows.as_slice()))), view.lang)) }
            }
            div.filter-bar role="search" {
                @let find = view.lang.pick("按表中文字查找", "Find by what stands in a row");
                input type="search" name="q" value=(around.words) aria-label=(find) placeholder=(find);
                button.button name="go" value={ (file) " 0" } { (view.lang.pick("查找", "Find")) }
            }
            @if columns.is_empty() { p { (view.lang.pick("现行版本没有这张表。请上传含此表的草案。", "The version in force has no such table: upload a draft that has it.")) } }
            div.beside {
                div.stack {
                    @if !columns.is_empty() {
                        (rows::draw(view, label, &columns, drawn, |_, _| false))
                        (pages(view, file, around, all))
                    }
                }
                div.stack {
                    (beside::question(view, &around.form))
                    @if let Some(looked) = &around.looked { (beside::answer(view, looked)) }
                }
            }
            (why(view, around))
            div.row {
                button.button.button-primary name="act" value="look" { (view.lang.pick("检查", "Check")) }
                button.button name="act" value="try" { (view.lang.pick("用往日案件试算", "Try it on past cases")) }
                button.button name="act" value="keep" { (view.lang.pick("存为草案", "Keep it as a draft")) }
            }
            p.quiet { (view.lang.pick("检查和试算不保存任何内容。草案须另一位管理员批准后才生效。", "Checking and trying keep nothing. A draft holds only once another administrator has approved it.")) }
        }
    }
}

/// `派单表（2 行）`.
fn counted(view: &View, tables: &Tables, (file, rows): (&str, &[Row])) -> String {
    let (name, count) = (tables.name(file, view.lang), rows.len());
    view.lang.pick(format!("{name}（{count} 行）"), format!("{name} ({count} rows)"))
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
