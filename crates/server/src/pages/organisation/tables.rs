//! Areas, units and members with their seats as rows to be edited, a page of them at a time.
//!
//! Owns the step from edited rows to the table that an import takes ([`huying_engine::listing`]), so that a page and a file do the same:
//! they are compared with today, looked at, and become one change of the organisation. Refuses the same things for the same reasons.
//! Start at [`page`] and [`act`].

use std::collections::BTreeMap;

use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::Response,
};
use huying_engine::listing::Asked as Meant;
use huying_pack::{
    listing::{Kind, Listing, Missing},
    sheet::{Encoding, Format, Writer},
};
use maud::{Markup, html};

use super::{HERE, administrator, ways};
use crate::{
    api::tables::Table,
    pages::{
        address,
        form::Form,
        frame::{self, Here, Page},
        parts::error_summary,
        policy::{from, trouble},
        rows::{self, Row, SHOWN},
        tables::{self, Looked},
        tabs::Tally,
        view::{View, Viewer},
    },
    problem::Problem,
};

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

    /// The rows of today that fit, by the words of the search.
    fn fitting<'r>(&self, listing: &'r Listing) -> Vec<&'r Vec<String>> {
        let words: Vec<String> = self.words.split_whitespace().map(str::to_lowercase).collect();
        let fits = |row: &&Vec<String>| {
            let text = row.join(" ").to_lowercase();
            words.iter().all(|word| text.contains(word.as_str()))
        };
        listing.rows.iter().filter(fits).collect()
    }
}

/// What the page is drawn for.
#[derive(Default)]
struct Around {
    part: Part,
    form: Form,
    /// The rows that came back.
    rows: Option<Vec<Row>>,
    problem: Option<Problem>,
    looked: Option<Looked>,
    /// Which row of the form each row of the table that was looked at is.
    lines: Vec<usize>,
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
    let part = Part::of(|name| asked.get(name).cloned());
    draw(&view, kind(&table)?, Around { part, ..Around::default() }).await
}

/// Looks at edited rows, or does what was looked at.
pub async fn act(Viewer(view): Viewer, Path(table): Path<String>, form: Form) -> Result<Response, Problem> {
    administrator(&view)?;
    let kind = kind(&table)?;
    let part = Part::of(|name| form.said(name).map(str::to_owned));
    if let Some(held) = form.said("held") {
        let reason = form.said("reason").unwrap_or_default();
        let (looked, problem) = match tables::apply_kept(&view, held, reason).await {
            Ok(looked) => (Some(looked), None),
            // What was looked at stays on the page, to be done once what is missing is there.
            Err(problem) if problem.status.is_client_error() => {
                (tables::again(&view, held).await, Some(problem))
            }
            Err(problem) => return Err(problem),
        };
        let wrong = problem.is_some();
        let around = Around { part, problem, looked, form, ..Around::default() };
        return Ok(marked(draw(&view, kind, around).await?, wrong));
    }
    let edited = rows::sent(&form, kind.columns().len());
    let (around, wrong) = match look(&view, kind, &form, &edited).await {
        Ok((looked, lines)) => {
            let wrong = !looked.shown.problems.is_empty();
            (Around { looked: Some(looked), lines, ..Around::default() }, wrong)
        }
        Err(problem) if problem.status.is_client_error() => {
            (Around { problem: Some(problem), ..Around::default() }, true)
        }
        Err(problem) => return Err(problem),
    };
    let around = Around { part, rows: Some(edited), form, ..around };
    Ok(marked(draw(&view, kind, around).await?, wrong))
}

fn marked(mut answer: Response, wrong: bool) -> Response {
    if wrong {
        *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    answer
}

async fn look(view: &View, kind: Kind, form: &Form, edited: &[Row]) -> Result<(Looked, Vec<usize>), Problem> {
    let listing = view.state.engine.listing(view.state.tenant(), kind).await?;
    let places = rows::matched(&listing.rows, edited)?;
    let ends = edited.iter().any(|row| row.ends);
    let mut table: Vec<Vec<String>> = Vec::new();
    let mut lines = Vec::new();
    for (no, row) in edited.iter().enumerate().filter(|(_, row)| !row.ends && row.is_edited()) {
        lines.push(no);
        table.push(row.after());
    }
    if ends {
        // A row ends by missing from the whole table, so every other row stands in it.
        let touched: Vec<usize> =
            edited.iter().zip(&places).filter(|(row, _)| row.is_edited()).filter_map(|(_, at)| *at).collect();
        table.extend(
            listing
                .rows
                .iter()
                .enumerate()
                .filter(|(at, _)| !touched.contains(at))
                .map(|(_, row)| row.clone()),
        );
    }
    let at = form.said("from").map(|at| at.replace('T', " "));
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

async fn draw(view: &View, kind: Kind, around: Around) -> Result<Response, Problem> {
    let listing = view.state.engine.listing(view.state.tenant(), kind).await?;
    let fitting = around.part.fitting(&listing);
    let all = fitting.len();
    let shown = fitting.into_iter().skip(around.part.skip).take(SHOWN);
    let drawn = match &around.rows {
        Some(rows) => rows.clone(),
        None => rows::fresh(shown, kind.columns().len()),
    };
    let name = view.lang.pick(kind.zh(), kind.en());
    let wrong = around.problem.is_some() || mistakes(&around).next().is_some();
    let title = match wrong {
        true => view.lang.pick(format!("出错：{name}"), format!("Error: {name}")),
        false => name.to_owned(),
    };
    let at = format!("{HERE}/{}", kind.code());
    let why = around.form.said("reason").unwrap_or_default();
    let told: Vec<(String, String)> = mistakes(&around).collect();
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (view.lang.pick("组织：", "Organisation: ")) (name) }
            (trouble(view, around.problem.as_ref()))
            (ways(view, kind.code()))
            @if !told.is_empty() { (error_summary(view, &told)) }
            @else if let Some(looked) = &around.looked { (tables::preview(view, looked, &at, why)) }
            form.filter-bar method="get" action=(at) role="search" {
                @let find = view.lang.pick("按编号、名称或岗位查找", "Find by id, name or seat");
                input type="search" name="q" value=(around.part.words) aria-label=(find) placeholder=(find);
                button.button { (view.lang.pick("查找", "Find")) }
            }
            (form(view, kind, &around, &drawn))
            (pages(view, &at, &around.part, all))
        }
    };
    Ok(frame::console(view, &Page::new(&title), Some(Here::Organisation), &Tally::of(view).await?, &main))
}

/// Every mistake with the field that it leads to.
fn mistakes(around: &Around) -> impl Iterator<Item = (String, String)> {
    let problems = around.looked.iter().flat_map(|looked| &looked.shown.problems);
    problems.map(move |problem| {
        // The first line of the table that was looked at is its headings.
        let row = usize::try_from(problem.line).ok().and_then(|line| line.checked_sub(2));
        let row = row.and_then(|row| around.lines.get(row).copied());
        let columns = around.looked.as_ref().map_or(&[][..], |looked| looked.shown.kind.columns());
        let column = columns.iter().position(|column| problem.field == *column).unwrap_or_default();
        let field = row.map(|row| format!("cell-{row}-{column}")).unwrap_or_default();
        let place = row.map(|row| format!("{}: ", row + 1)).unwrap_or_default();
        (field, format!("{place}{} {}", problem.message, problem.mend))
    })
}

fn form(view: &View, kind: Kind, around: &Around, drawn: &[Row]) -> Markup {
    let columns = kind.columns();
    // Ids never change, and moments are the change's own.
    let fixed = |row: &Row, at: usize| {
        let column = columns.get(at).copied().unwrap_or_default();
        kind.tells().contains(&column) || (!row.is_new() && kind.key().contains(&column))
    };
    let label = view.lang.pick("可编辑的表", "Table to be edited");
    html! {
        form.stack method="post" action={ (HERE) "/" (kind.code()) } enctype="multipart/form-data" {
            input type="hidden" name="q" value=(around.part.words);
            input type="hidden" name="skip" value=(around.part.skip);
            p.quiet { (view.lang.pick("改好后先预览；形成一次组织调整，授予或扩大岗位须另一位管理员同意。岗位写作“单位:角色”，以空格分隔。", "It is shown first and becomes one change of the organisation; seats that it gives or lets reach further need another administrator. A seat is written unit:role, with blanks between them.")) }
            (rows::draw(view, label, columns, drawn, fixed))
            (from(view, "rows", around.form.said("from")))
            button.button.button-primary { (view.lang.pick("预览", "Preview")) }
        }
    }
}

fn pages(view: &View, at: &str, part: &Part, all: usize) -> Markup {
    let to = |skip: usize| address(at, &[("q", &part.words), ("skip", &skip.to_string())]);
    let last = (part.skip + SHOWN).min(all);
    html! {
        nav.row aria-label=(view.lang.pick("翻页", "Pages")) {
            @if part.skip > 0 { a.button href=(to(part.skip.saturating_sub(SHOWN))) { (view.lang.pick("上一页", "Before")) } }
            span { (view.lang.pick(format!("第 {}–{last} 行，共 {all} 行", (part.skip + 1).min(all)), format!("Rows {}–{last} of {all}", (part.skip + 1).min(all)))) }
            @if last < all { a.button href=(to(last)) { (view.lang.pick("下一页", "Next")) } }
        }
    }
}
