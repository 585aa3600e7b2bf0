//! The analysis: cases of a period by eight dimensions, beside another period; each table has its chart and can be taken away.
//!
//! Owns the form, the tables and the files. What a row is made of is in [`dimensions`]; what a figure means, in
//! [`super::cockpit::meaning`]. Page and file show the same cells. Start at [`page`].

mod course;
pub mod days;
mod dimensions;

use axum::{extract::Query, http::StatusCode, response::Response};
use huying_engine::insight::{self, period::Period};
use huying_pack::sheet::{Cell, Encoding, Format, Writer};
use huying_store::Sum;
use maud::{Markup, html};
use serde::Deserialize;

use self::dimensions::{By, Counted, Question, Row};
use super::{
    address,
    cockpit::{
        charts::{self, Chart},
        figures::{Ground, today},
        meaning,
        panels::{bar, share},
    },
    components::frames::{self, Named},
    frame::{self, Here, Page},
    parts::{error_summary, icon},
    tabs::Tally,
    view::{View, Viewer},
};
use crate::{api::sheet_file, problem::Problem};

/// Rows of a table on the page; a file has all.
const LINES: usize = 20;

/// What an address of the analysis says.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    area: Option<String>,
    from: Option<String>,
    to: Option<String>,
    /// `before` or `year`.
    with: Option<String>,
    /// Of a file: the dimension, and `csv` or `xlsx`.
    by: Option<String>,
    format: Option<String>,
}

/// The two periods of a ground.
struct Chosen {
    ground: Ground,
    period: Period,
    other: Option<Period>,
    with: &'static str,
}

impl Chosen {
    fn of(view: &View, asked: &Asked, period: Period) -> Result<Chosen, Problem> {
        let ground = Ground::of(view, asked.area.as_deref())?;
        let (with, other) = match asked.with.as_deref() {
            Some("year") => ("year", period.year_before()),
            _ => ("before", period.before()),
        };
        Ok(Chosen { ground, period, other, with })
    }

    /// What both periods have.
    async fn counted(&self, view: &View) -> Result<(Counted, Counted), Problem> {
        let now = count(view, &self.ground, self.period).await?;
        let then = match self.other {
            Some(other) => count(view, &self.ground, other).await?,
            None => Counted::default(),
        };
        Ok((now, then))
    }

    fn question<'a>(&'a self, view: &'a View, (now, then): (&'a Counted, &'a Counted)) -> Question<'a> {
        let days = (self.period.from.to_string(), self.period.to.to_string());
        Question { view, ground: &self.ground, period: self.period, days, now, then }
    }

    /// The file of a dimension.
    fn file(&self, by: By, format: &str) -> String {
        let (from, to) = (self.period.from.to_string(), self.period.to.to_string());
        let area = self.ground.area.as_str();
        let query = [
            ("by", by.code()),
            ("area", area),
            ("from", &from),
            ("to", &to),
            ("with", self.with),
            ("format", format),
        ];
        address("/analysis/file", &query)
    }
}

async fn count(view: &View, ground: &Ground, period: Period) -> Result<Counted, Problem> {
    let (store, tenant) = (view.state.engine.store(), view.state.tenant());
    let span = days::span(view, period)?;
    let among = ground.among(view, Some(span));
    let heaps = store.heaps(tenant, &among).await?;
    Ok(Counted { heaps, days: store.days(tenant, &among).await?, first: store.day_of(span.0) })
}

/// The period that was asked for; this month so far where none was.
fn period(view: &View, asked: &Asked) -> Result<Period, Problem> {
    let said = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let read = days::read(said(&asked.from).as_deref(), said(&asked.to).as_deref())?;
    Ok(read.unwrap_or_else(|| Period::this_month(today(view))))
}

/// The page.
pub async fn page(Viewer(view): Viewer, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let (period, trouble) = match period(&view, &asked) {
        Ok(period) => (period, None),
        Err(problem) if problem.status.is_client_error() => (Period::this_month(today(&view)), Some(problem)),
        Err(problem) => return Err(problem),
    };
    let chosen = Chosen::of(&view, &asked, period)?;
    let (now, then) = chosen.counted(&view).await?;
    let question = chosen.question(&view, (&now, &then));
    let name = format!("{} · {}", view.area(&chosen.ground.area), view.lang.pick("分析", "Analysis"));
    let title = match &trouble {
        Some(_) => format!("{}{name}", view.lang.pick("出错：", "Error: ")),
        None => name.clone(),
    };
    let main = html! {
        main.page.page-wide.stack.analysis id="main" {
            p { a href=(address("/cockpit", &[("area", chosen.ground.area.as_str())])) { (icon("back")) (view.lang.pick("回到驾驶舱", "Back to the cockpit")) } }
            h1 { (name) }
            @if let Some(problem) = &trouble { (error_summary(&view, &told(&view, problem))) }
            (form(&view, &asked, &chosen, trouble.as_ref()))
            @if !chosen.ground.whole() { p.notice { (view.lang.pick("只含您能看到的案件，不是这一区域的全部。", "Only the cases that you may see, not all of this ground.")) } }
            (overview(&view, &chosen, &now, &then))
            @for by in [By::Day].into_iter().chain(By::ALL) { (part(&view, &chosen, by, &by.rows(&question))) }
            (meaning::meanings(&view))
        }
    };
    let tally = Tally::of(&view).await?;
    let page = Page { script: "cockpit.js", ..Page::new(&title) };
    let mut answer = frame::console(&view, &page, Some(Here::Cockpit), &tally, &main);
    if trouble.is_some() {
        *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(answer)
}

fn told(view: &View, problem: &Problem) -> Vec<(String, String)> {
    let one = |wrong: crate::problem::FieldProblem| {
        (wrong.field.to_owned(), format!("{} {}", wrong.message, wrong.mend))
    };
    problem.fields(view.lang).map(one).collect()
}

fn form(view: &View, asked: &Asked, chosen: &Chosen, trouble: Option<&Problem>) -> Markup {
    let pick = |zh, en| view.lang.pick(zh, en);
    let wrong = trouble.map_or_else(Vec::new, |problem| told(view, problem));
    // What was written comes back as it was, right or wrong.
    let written = |own: &Option<String>, else_this: String| {
        own.clone().filter(|_| trouble.is_some()).unwrap_or(else_this)
    };
    let day = |id: &str, label: &str, value: String| {
        let error = wrong.iter().find(|(field, _)| field == id).map(|(_, words)| words);
        html! {
            div.field data-invalid[error.is_some()] {
                label for=(id) { (label) }
                @if let Some(words) = error { span.error id={ (id) "-error" } { (words) } }
                input.input type="date" id=(id) name=(id) value=(value) aria-invalid=[error.is_some().then_some("true")]
                    aria-describedby=[error.is_some().then(|| format!("{id}-error"))];
            }
        }
    };
    html! {
        form.stack method="get" action="/analysis" {
            input type="hidden" name="area" value=(chosen.ground.area);
            div.columns {
                (day("from", pick("从", "From"), written(&asked.from, chosen.period.from.to_string())))
                (day("to", pick("到", "To"), written(&asked.to, chosen.period.to.to_string())))
                div.field {
                    label for="with" { (pick("对比", "Compared with")) }
                    select id="with" name="with" {
                        option value="before" selected[chosen.with == "before"] { (pick("此前同样长的日子", "as many days before")) }
                        option value="year" selected[chosen.with == "year"] { (pick("去年同期", "the same days a year before")) }
                    }
                }
            }
            div.row { button.button.button-primary { (pick("统计", "Count")) } }
        }
    }
}

/// Both periods as a whole.
fn overview(view: &View, chosen: &Chosen, now: &Counted, then: &Counted) -> Markup {
    let pick = |zh, en| view.lang.pick(zh, en);
    let (now, then) = (insight::total(&now.heaps), insight::total(&then.heaps));
    let tiles = [
        (pick("收到", "Received"), now.cases.to_string(), then.cases.to_string()),
        (pick("办结", "Closed"), now.closed.to_string(), then.closed.to_string()),
        (pick("按期率", "Kept"), share(view, &now), share(view, &then)),
        (pick("仍在办", "Still open"), now.open.to_string(), then.open.to_string()),
    ];
    html! {
        p { (chosen.period.from) "—" (chosen.period.to) @if let Some(other) = chosen.other { (pick("，对比 ", ", compared with ")) (other.from) "—" (other.to) } }
        dl.stat-tiles { @for (name, now, then) in tiles { div.stat-tile { dt { (name) } dd { (now) " " span.stat-note { (pick("对比期", "other")) " " (then) } } } } }
        p { a href="#meaning" { (pick("这些数字是怎么算的", "How these figures are counted")) } }
    }
}

/// Headings of a table and of its file.
fn columns(view: &View) -> [&'static str; 9] {
    view.lang.pick(
        ["名称", "收到", "对比期收到", "增减", "办结", "对比期办结", "按期率", "对比期按期率", "超期未结"],
        [
            "Name",
            "Received",
            "Received then",
            "Change",
            "Closed",
            "Closed then",
            "Kept",
            "Kept then",
            "Open and late",
        ],
    )
}

/// The cells of a row, the same on the page and in the file.
fn cells(view: &View, row: &Row) -> [Cell; 9] {
    let few = || Cell::Text(view.lang.pick("少于 10 或从略", "few, or left out").to_owned());
    let told = |hidden: bool, cell: Cell| if hidden { few() } else { cell };
    let (now, then) = row.hidden;
    let kept = |sum: &Sum| match insight::kept(sum) {
        Some(tenths) => Cell::Share(tenths),
        None => Cell::Text(share(view, sum)),
    };
    [
        row.day.map_or_else(|| Cell::Text(row.name.clone()), Cell::Day),
        told(now, Cell::Number(row.now.cases)),
        told(then, Cell::Number(row.then.cases)),
        told(now || then, Cell::Number(row.now.cases - row.then.cases)),
        told(now, Cell::Number(row.now.closed)),
        told(then, Cell::Number(row.then.closed)),
        told(now, kept(&row.now)),
        told(then, kept(&row.then)),
        told(now, Cell::Number(row.now.broken)),
    ]
}

/// The chart of a dimension's table; groups have none.
fn chart(view: &View, chosen: &Chosen, by: By) -> Option<Chart> {
    let name = by.name(view.lang);
    let about = match by {
        By::Group => return None,
        By::Ranking => view.lang.pick("按期率", "promises kept"),
        _ => view.lang.pick("收到的案件", "cases received"),
    };
    let (from, to) = (chosen.period.from, chosen.period.to);
    Some(Chart {
        id: format!("{}-chart", by.code()),
        form: if by == By::Day { "line" } else { "bar" },
        name: view.lang.pick(format!("{name}：{about}"), format!("{name}: {about}")),
        table: format!("{}-table", by.code()),
        note: format!("{from}—{to} · {}", charts::note(view, &chosen.ground)),
        file: format!("analysis-{}-{from}-{to}", by.code()),
    })
}

/// One dimension: its chart, its table, whose bars stand for the chart without a script, and its files.
fn part(view: &View, chosen: &Chosen, by: By, rows: &[Row]) -> Markup {
    let pick = |zh, en| view.lang.pick(zh, en);
    let chart = chart(view, chosen, by);
    // Days have to be all there, or their line would end too soon.
    let shown = if by == By::Day { rows.len() } else { LINES };
    html! {
        section.part {
            h2 id=(by.code()) { (by.name(view.lang)) }
            @if let Some(note) = by.note(view.lang) { p.quiet { (note) } }
            @if rows.is_empty() { p.quiet { (pick("这两段日子里没有。", "None in either period.")) } } @else {
                @if let Some(chart) = &chart { (charts::figure(chart, None)) }
                @if by == By::Day {
                    details id="day-rows" { summary { (pick("数据表", "As a table")) } (table(view, by, rows, shown)) }
                } @else { (table(view, by, rows, shown)) }
                p.row {
                    @if let Some(chart) = &chart { (charts::button(view, chart)) }
                    @if rows.len() > shown { span { (view.lang.pick(format!("共 {} 行，文件里有全部。", rows.len()), format!("{} rows in all; the file has them.", rows.len()))) } }
                    span.quiet { (pick("导出表格", "Save the table")) }
                    a href=(chosen.file(by, "csv")) { "CSV" span.visually-hidden { " " (by.name(view.lang)) } }
                    a href=(chosen.file(by, "xlsx")) { "Excel" span.visually-hidden { " " (by.name(view.lang)) } }
                }
            }
        }
    }
}

fn table(view: &View, by: By, rows: &[Row], shown: usize) -> Markup {
    let most =
        rows.iter().filter(|row| !row.hidden.0).map(|row| row.now.cases).max().unwrap_or_default().max(1);
    let [first, others @ ..] = columns(view);
    html! {
        (frames::table(Named::By(by.code()), &html! {
            table.table id={ (by.code()) "-table" } {
                thead { tr {
                    th scope="col" { (first) }
                    @for (number, name) in others.into_iter().enumerate() { th.number scope="col" data-series=[by.plotted(number)] { (name) } }
                    th scope="col" { span.visually-hidden { (view.lang.pick("图示", "Bar")) } }
                } }
                tbody { @for row in rows.iter().take(shown) { (line(view, by, row, most)) } }
            }
        }))
    }
}

/// One row, its bar as a part of the longest.
fn line(view: &View, by: By, row: &Row, most: i64) -> Markup {
    let [name, others @ ..] = cells(view, row);
    html! {
        tr {
            th scope="row" { @if let Some(href) = &row.href { a href=(href) { (name) } } @else { (name) } }
            @for (number, cell) in others.into_iter().enumerate() { td.number data-undrawn[by.undrawn(number, row)] { (cell) } }
            td { @if !row.hidden.0 { (bar(row.now.cases * 1_000 / most)) } }
        }
    }
}

/// A dimension as a file.
pub async fn file(Viewer(view): Viewer, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let by = asked.by.as_deref().and_then(By::from_code).ok_or_else(Problem::not_found)?;
    let format = match asked.format.as_deref() {
        Some("xlsx") => Format::Xlsx,
        _ => Format::Csv,
    };
    let chosen = Chosen::of(&view, &asked, period(&view, &asked)?)?;
    let (now, then) = chosen.counted(&view).await?;
    let rows = by.rows(&chosen.question(&view, (&now, &then)));
    let rows: Vec<[Cell; 9]> = rows.iter().map(|row| cells(&view, row)).collect();
    let columns = columns(&view);
    let written = tokio::task::spawn_blocking(move || {
        let mut writer = Writer::new(format, Encoding::Utf8, &columns)?;
        for row in &rows {
            writer.cells(row)?;
        }
        writer.finish()
    });
    let written =
        written.await.map_err(|why| Problem::internal(&why))?.map_err(|why| Problem::internal(&why))?;
    Ok(sheet_file::whole(&format!("analysis-{}", by.code()), (format, Encoding::Utf8), written))
}
