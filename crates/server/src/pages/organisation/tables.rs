//! Areas, units and members with their seats as rows to be edited, a page of them at a time.
//!
//! Owns the step from edited rows to the table that an import takes ([`huying_engine::listing`]), so that a page and a file do the same:
//! they are compared with today, looked at, and become one change of the organisation. Refuses the same things for the same reasons.
//! Start at [`page`] and [`act`].

use std::collections::BTreeMap;

use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::listing::Asked as Meant;
use huying_pack::{
    listing::{Kind, Listing, Missing},
    rewrite::Place,
    sheet::{Encoding, Format, Writer},
};
use maud::{Markup, html};

use super::{HERE, administrator, ways};
use crate::{
    api::tables::Table,
    pages::{
        address,
        form::Form,
        frame::{self, Here, Keeps, Page},
        parts::error_summary,
        policy::{from, trouble},
        rows::{
            self, Row, SHOWN,
            since::{self, Clash},
        },
        sought::{self, Sought},
        tables::{self, Looked},
        tabs::Tally,
        view::{View, Viewer},
    },
    problem::Problem,
};

/// The form's id.
const FORM: &str = "rows";
/// The field in which edits go along.
const ALONG: &str = "edits";

/// Which rows are shown.
#[derive(Default)]
struct Part {
    /// Words that have to stand in a row.
    words: String,
    /// Rows that are passed over.
    skip: usize,
}

impl Part {
    fn of(said: impl Fn(&str) -> Option<String>) -> Part {
        let skip = said("skip").and_then(|skip| skip.parse().ok()).unwrap_or_default();
        Part { words: said("q").unwrap_or_default(), skip }
    }

    /// The rows of today that fit, each with its number, by the words of the search.
    fn fitting<'r>(&self, listing: &'r Listing) -> Vec<(usize, &'r Vec<String>)> {
        let words: Vec<String> = self.words.split_whitespace().map(str::to_lowercase).collect();
        let fits = |(_, row): &(usize, &'r Vec<String>)| {
            let text = row.join(" ").to_lowercase();
            words.iter().all(|word| text.contains(word.as_str()))
        };
        listing.rows.iter().enumerate().filter(fits).collect()
    }
}

/// What the page is drawn for.
#[derive(Default)]
struct Around {
    part: Part,
    form: Form,
    /// What was edited so far, on this page of rows and on others.
    edits: Vec<Row>,
    problem: Option<Problem>,
    looked: Option<Looked>,
    /// The search of the address does not open.
    is_lost: bool,
    /// The edit that each row of the table that was looked at is.
    lines: Vec<Row>,
}

fn kind(table: &str) -> Result<Kind, Problem> {
    Kind::from_code(table).filter(|kind| kind.of_organisation()).ok_or_else(Problem::not_found)
}

/// A table.
pub async fn page(
    Viewer(view): Viewer,
    Path(table): Path<String>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    administrator(&view)?;
    let kind = kind(&table)?;
    let found = Sought::open(&view, &at(kind), asked.get(sought::NAME).map(String::as_str))?;
    let part = Part::of(|name| match name {
        // Members are found by their names, which stand in no address.
        "q" => found.said("q").map(str::to_owned),
        _ => asked.get(name).cloned(),
    });
    draw(&view, kind, Around { part, is_lost: found.is_lost, ..Around::default() }).await
}

/// The address of a table.
fn at(kind: Kind) -> String {
    format!("{HERE}/{}", kind.code())
}

/// Looks at edited rows, or does what was looked at.
pub async fn act(Viewer(view): Viewer, Path(table): Path<String>, form: Form) -> Result<Response, Problem> {
    administrator(&view)?;
    let kind = kind(&table)?;
    let mut part = Part::of(|name| form.said(name).map(str::to_owned));
    if rows::searched(&form) {
        part.skip = 0;
    }
    let listing = view.state.engine.listing(view.state.tenant(), kind).await?;
    let edits = came(kind, &form)?;
    let (mut edits, clashes) = since::settled(edits, |row| place(kind, &listing, row), &listing.rows);
    // Drawn again as it is written, in another language or look: nothing is done.
    let stays = form.said("stays").is_some();
    if let Some(held) = form.said("held").filter(|_| stays && clashes.is_empty()) {
        let looked = tables::again(&view, held).await;
        return draw(&view, kind, Around { part, edits, looked, form, ..Around::default() }).await;
    }
    if let Some(held) = form.said("held").filter(|_| !stays) {
        match tables::apply_kept(&view, held, form.said("reason").unwrap_or_default()).await {
            Ok(looked) => {
                let around = Around { part, looked: Some(looked), form, ..Around::default() };
                return draw(&view, kind, around).await;
            }
            // What was looked at stays on the page, to be done once what is missing is there.
            Err(problem) if problem.status.is_client_error() && clashes.is_empty() => {
                let looked = tables::again(&view, held).await;
                let around =
                    Around { part, edits, problem: Some(problem), looked, form, ..Around::default() };
                return Ok(marked(draw(&view, kind, around).await?, true));
            }
            Err(problem) if problem.status.is_client_error() => {}
            Err(problem) => return Err(problem),
        }
    }
    if !clashes.is_empty() {
        let answered = form.said("since") == Some(since::mark(&clashes).as_str());
        match since::chosen(&form, &clashes, 0).filter(|_| answered) {
            Some(chosen) => edits.extend(chosen),
            None => return ask(&view, kind, &part, &form, &clashes).await,
        }
        edits.sort_by_key(|row| (row.is_new(), row.at));
    }
    let around = Around { part, edits, form, ..Around::default() };
    if let Some(to) = around.form.said("go").map(str::to_owned) {
        return go(&view, kind, &to, around).await;
    }
    let (around, wrong) = match look(&view, kind, &listing, &around).await {
        Ok((looked, lines)) => {
            let wrong = !looked.shown.problems.is_empty();
            (Around { looked: Some(looked), lines, ..around }, wrong)
        }
        Err(problem) if problem.status.is_client_error() => {
            (Around { problem: Some(problem), ..around }, true)
        }
        Err(problem) => return Err(problem),
    };
    Ok(marked(draw(&view, kind, around).await?, wrong))
}

/// What went along in the form, with the rows that were shown in it.
fn came(kind: Kind, form: &Form) -> Result<Vec<Row>, Problem> {
    let columns = kind.columns().len();
    Ok(rows::joined(rows::carried(form, ALONG, columns)?, &rows::sent(form, columns)))
}

/// Other rows, with what was edited. Where nothing was, they have an address.
async fn go(view: &View, kind: Kind, to: &str, mut around: Around) -> Result<Response, Problem> {
    around.part.skip = to.parse().unwrap_or_default();
    if rows::searched(&around.form) {
        around.part.skip = 0;
    }
    if around.edits.is_empty() && around.form.said("from").is_none() {
        let skip = around.part.skip.to_string();
        let at = at(kind);
        let sealed = sought::seal(view, &at, &[("q", around.part.words.as_str())])?;
        let mut query = vec![("skip", skip.as_str())];
        query.extend(sealed.as_deref().map(|sealed| (sought::NAME, sealed)));
        return Ok(Redirect::to(&address(&at, &query)).into_response());
    }
    draw(view, kind, around).await
}

/// Where a row stands today: at its place, or by what stands in it, or by its key where somebody has changed it.
fn place(kind: Kind, listing: &Listing, row: &Row) -> Place {
    let there = row.at.filter(|at| listing.rows.get(*at) == Some(&row.seen));
    if let Some(at) = there.or_else(|| since::only(&listing.rows, &row.seen)) {
        return Place::Same(at);
    }
    let key = |cells: &[String]| cells.get(..kind.key().len()).map(<[String]>::to_vec);
    let same = |other: &Vec<String>| key(other) == key(&row.seen);
    listing.rows.iter().position(same).map_or(Place::Gone, Place::Changed)
}

/// Every row that somebody else has changed since, with what may become of it; what was written goes along.
async fn ask(
    view: &View,
    kind: Kind,
    part: &Part,
    form: &Form,
    clashes: &[Clash],
) -> Result<Response, Problem> {
    let sent = came(kind, form)?;
    let table = view.lang.pick(kind.zh(), kind.en());
    let name = view.lang.pick("别人先改了同样的行", "Somebody else changed the same rows");
    let title = view.lang.pick(format!("出错：{name}"), format!("Error: {name}"));
    let (skip, mark) = (part.skip.to_string(), since::mark(clashes));
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (name) }
            div.error-summary role="alert" tabindex="-1" aria-labelledby="both" {
                h2 id="both" { (view.lang.pick("尚未保存任何内容", "Nothing was kept yet")) }
                p { (view.lang.pick("下列各行在您打开之后已被他人改动，请逐行选择；其余改动已照搬，您写的都在。", "These rows were changed by somebody else since you opened the table: choose for each. Your other edits go along, and nothing you wrote is lost.")) }
            }
            form.stack id=(FORM) method="post" action={ (HERE) "/" (kind.code()) } enctype="multipart/form-data" data-keeps="edited" {
                @for (field, value) in [("q", part.words.as_str()), ("skip", skip.as_str()), ("since", mark.as_str()), ("from", form.said("from").unwrap_or_default())] {
                    input type="hidden" name=(field) value=(value);
                }
                (rows::along(ALONG, &sent))
                (since::ask(view, table, kind.columns(), clashes, (form, 0)))
                div.row { button.button.button-primary name="go" value=(skip) { (view.lang.pick("按所选继续编辑", "Go on with what is chosen")) } }
            }
        }
    };
    let page = Page { keeps: Some(stays(part)), ..Page::new(&title) };
    let answer = frame::console(view, &page, Some(Here::Organisation), &Tally::of(view).await?, &main);
    Ok((StatusCode::CONFLICT, answer).into_response())
}

fn stays(part: &Part) -> Keeps {
    Keeps { form: FORM.to_owned(), name: "go", value: part.skip.to_string(), enters: true }
}

/// What stands to be done stays with the reason that somebody writes, and what was found wrong is looked for again; else the rows stay.
fn keeps(around: &Around) -> Keeps {
    match &around.looked {
        Some(looked) if looked.stands() => {
            Keeps { form: tables::APPLY.to_owned(), name: "stays", value: "here".to_owned(), enters: false }
        }
        Some(looked) if !looked.applied => {
            Keeps { name: "act", value: "look".to_owned(), ..stays(&around.part) }
        }
        _ => stays(&around.part),
    }
}

fn marked(mut answer: Response, wrong: bool) -> Response {
    if wrong {
        *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    answer
}

async fn look(
    view: &View,
    kind: Kind,
    listing: &Listing,
    around: &Around,
) -> Result<(Looked, Vec<Row>), Problem> {
    let edits = &around.edits;
    let ends = edits.iter().any(|row| row.ends);
    let lines: Vec<Row> = edits.iter().filter(|row| !row.ends).cloned().collect();
    let mut table: Vec<Vec<String>> = lines.iter().map(Row::after).collect();
    if ends {
        // A row ends by missing from the whole table, so every other row stands in it.
        let touched: Vec<usize> = edits.iter().filter_map(|row| row.at).collect();
        let others = listing.rows.iter().enumerate().filter(|(at, _)| !touched.contains(at));
        table.extend(others.map(|(_, row)| row.clone()));
    }
    let at = around.form.said("from").map(|at| at.replace('T', " "));
    let missing = if ends { Missing::Ends } else { Missing::Stays };
    let bytes = written(kind, &table).map_err(|why| Problem::internal(&why))?;
    let meant = Meant { missing, at, reason: String::new() };
    let table = Table { name: kind.file().to_owned(), bytes: bytes.into(), datum: None, meant, hash: None };
    Ok((tables::look(view, kind, table).await?, lines))
}

fn written(kind: Kind, table: &[Vec<String>]) -> std::io::Result<Vec<u8>> {
    let mut writer = Writer::new(Format::Csv, Encoding::Utf8, kind.columns())?;
    for row in table {
        writer.row(row)?;
    }
    writer.finish()?.into_bytes()
}

async fn draw(view: &View, kind: Kind, mut around: Around) -> Result<Response, Problem> {
    let listing = view.state.engine.listing(view.state.tenant(), kind).await?;
    let fitting = around.part.fitting(&listing);
    let all = fitting.len();
    if around.part.skip >= all {
        around.part.skip = 0;
    }
    let shown = fitting.into_iter().skip(around.part.skip).take(SHOWN);
    let drawn = rows::page(shown, kind.columns().len(), &around.edits);
    let name = view.lang.pick(kind.zh(), kind.en());
    let told = mistakes(&around, &drawn);
    let title = match around.problem.is_some() || !told.is_empty() {
        true => view.lang.pick(format!("出错：{name}"), format!("Error: {name}")),
        false => name.to_owned(),
    };
    let at = at(kind);
    let why = around.form.said("reason").unwrap_or_default();
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (view.lang.pick("组织：", "Organisation: ")) (name) }
            (trouble(view, around.problem.as_ref()))
            (sought::told(view, around.is_lost))
            (ways(view, kind.code()))
            @if !told.is_empty() { (error_summary(view, &told)) }
            @else if let Some(looked) = &around.looked { (tables::preview(view, looked, &at, why, &along(&around))) }
            (form(view, kind, &around, (&drawn, all)))
        }
    };
    let page = Page { keeps: Some(keeps(&around)), ..Page::new(&title) };
    Ok(frame::console(view, &page, Some(Here::Organisation), &Tally::of(view).await?, &main))
}

/// What the form under a preview takes along, so that a refusal loses nothing.
fn along(around: &Around) -> Markup {
    html! {
        input type="hidden" name="q" value=(around.part.words);
        input type="hidden" name="skip" value=(around.part.skip);
        input type="hidden" name="from" value=(around.form.said("from").unwrap_or_default());
        (rows::along(ALONG, &around.edits))
    }
}

/// Every mistake with the field that it leads to, where its row is on the page.
fn mistakes(around: &Around, drawn: &[Row]) -> Vec<(String, String)> {
    let told = |problem: &huying_pack::Problem, columns: &[&str]| {
        // The first line of the table that was looked at is its headings.
        let row = usize::try_from(problem.line).ok().and_then(|line| line.checked_sub(2));
        let row = row.and_then(|row| around.lines.get(row));
        let no = row.and_then(|row| drawn.iter().position(|other| other == row));
        let column = columns.iter().position(|column| problem.field == *column).unwrap_or_default();
        let field = no.map(|no| format!("cell-{no}-{column}")).unwrap_or_default();
        let key = || row.and_then(|row| row.cells.first()).map(|key| format!("{key}: "));
        let place = no.map(|no| format!("{}: ", no + 1)).or_else(key).unwrap_or_default();
        (field, format!("{place}{} {}", problem.message, problem.mend))
    };
    let Some(looked) = &around.looked else { return Vec::new() };
    looked.shown.problems.iter().map(|problem| told(problem, looked.shown.kind.columns())).collect()
}

fn form(view: &View, kind: Kind, around: &Around, (drawn, all): (&[Row], usize)) -> Markup {
    let columns = kind.columns();
    // Ids never change, and moments are the change's own.
    let fixed = |row: &Row, at: usize| {
        let column = columns.get(at).copied().unwrap_or_default();
        kind.tells().contains(&column) || (!row.is_new() && kind.key().contains(&column))
    };
    let label = view.lang.pick("可编辑的表", "Table to be edited");
    let count = around.edits.len();
    html! {
        form.stack id=(FORM) method="post" action={ (HERE) "/" (kind.code()) } enctype="multipart/form-data" data-keeps=(if count > 0 { "edited" } else { "yes" }) {
            (frame::enters(Some(&stays(&around.part))))
            input type="hidden" name="skip" value=(around.part.skip);
            input type="hidden" name="was" value=(around.part.words);
            (rows::along(ALONG, &around.edits))
            div.filter-bar role="search" {
                @let find = view.lang.pick("按编号、名称或岗位查找", "Find by id, name or seat");
                input type="search" name="q" value=(around.part.words) aria-label=(find) placeholder=(find);
                button.button name="go" value="0" { (view.lang.pick("查找", "Find")) }
            }
            @if count > 0 { p.notice { (view.lang.pick(format!("带着 {count} 行改动，翻页和查找不会丢。"), format!("{count} edited rows go along to other pages and searches."))) } }
            p.quiet { (view.lang.pick("改好后先预览；形成一次组织调整，授予或扩大岗位须另一位管理员同意。岗位写作“单位:角色”，以空格分隔。", "It is shown first and becomes one change of the organisation; seats that it gives or lets reach further need another administrator. A seat is written unit:role, with blanks between them.")) }
            (rows::draw(view, label, columns, drawn, fixed))
            (pages(view, &around.part, all))
            (from(view, "rows", around.form.said("from")))
            button.button.button-primary name="act" value="look" { (view.lang.pick("预览", "Preview")) }
        }
    }
}

/// Buttons and no links: what was edited goes along.
fn pages(view: &View, part: &Part, all: usize) -> Markup {
    let (first, last) = ((part.skip + 1).min(all), (part.skip + SHOWN).min(all));
    html! {
        div.row role="group" aria-label=(view.lang.pick("翻页", "Pages")) {
            @if part.skip > 0 { button.button name="go" value=(part.skip.saturating_sub(SHOWN)) { (view.lang.pick("上一页", "Before")) } }
            span { (view.lang.pick(format!("第 {first}–{last} 行，共 {all} 行"), format!("Rows {first}–{last} of {all}"))) }
            @if last < all { button.button name="go" value=(last) { (view.lang.pick("下一页", "Next")) } }
        }
    }
}
