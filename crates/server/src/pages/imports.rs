//! Cases of another system, brought in by administrators: a table and the map of its columns, what they would do, and how far the last
//! import is.
//!
//! Owns the words, the forms and the file of rows that could not be brought in. An import is [`crate::imports`]' and the engine's. A
//! preview writes nothing, and what was looked at is kept for a while, so that nobody chooses it twice. Start at [`page`] and [`act`].

use std::sync::Arc;

use axum::{
    extract::{Query, Request},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::import::{
    map::Map,
    preview::Preview,
    report::{ImportReport, RowProblem},
};
use huying_model::MemberId;
use huying_pack::sheet::{Encoding, Format, Writer};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    components::{
        board::{self, Tile},
        frames::{self, Named},
    },
    frame::{self, Keeps, Page},
    journal::stage_word,
    parts::nothing,
    policy::trouble,
    tables::administrator,
    tabs::Tally,
    view::{View, Viewer},
};
use crate::{
    imports::{self, Chosen, Import, Imports},
    language::Lang,
    problem::{Both, Problem, of_file, of_row},
    session::sender::of_sender,
    upload::{self, Upload},
};

/// Rows and cases that are drawn one by one; the file has all.
const DRAWN: usize = 200;
/// Characters of a file's name that are shown.
const LONGEST_NAME: usize = 120;

/// The id of the form of what was looked at.
const BRING: &str = "bring";

/// A map to begin with.
const SAMPLE: &str = r#"system = "old-platform"
time_zone = "Asia/Shanghai"
time_format = "%Y-%m-%d %H:%M"
datum = "wgs84"
unknown_place = "list"

[columns]
foreign = "id"
created = "reported"
closed = "closed"
lon = "lon"
lat = "lat"
matter = "type"
status = "state"
title = "title"

[matter]
"vending" = "city/order/vendor"

[status]
"done" = "solved"
"taken back" = "withdrawn"
"*" = "open"
"#;

/// What stands on the page beside its forms.
#[derive(Default)]
struct Shown {
    preview: Option<Preview>,
    /// Files that are kept: under which name, and what the table is called.
    held: Option<(String, String)>,
}

/// The forms and the last import.
pub async fn page(Viewer(view): Viewer) -> Result<Response, Problem> {
    administrator(&view)?;
    draw(&view, None, &Shown::default()).await
}

/// Looks at two files, or begins to bring them in.
pub async fn act(Viewer(view): Viewer, request: Request) -> Result<Response, Problem> {
    administrator(&view)?;
    let mut shown = Shown::default();
    match done(&view, request, &mut shown).await {
        Ok(true) => Ok(Redirect::to("/imports#last").into_response()),
        Ok(false) => draw(&view, None, &shown).await,
        Err(problem)
            if problem.status.is_client_error()
                && problem.status != StatusCode::NOT_FOUND
                && !of_sender(&problem) =>
        {
            let mut answer = draw(&view, Some(&problem), &shown).await?;
            *answer.status_mut() = match problem.status {
                StatusCode::BAD_REQUEST => StatusCode::UNPROCESSABLE_ENTITY,
                status => status,
            };
            Ok(answer)
        }
        Err(problem) => Err(problem),
    }
}

/// Does what was asked; true where an import has begun.
async fn done(view: &View, request: Request, shown: &mut Shown) -> Result<bool, Problem> {
    let mut sent = upload::read(request, &view.state).await.map_err(bounded)?;
    let (state, member) = (&view.state, &view.signed()?.member);
    let asked = sent.fields.remove("act").unwrap_or_default();
    let held = sent.fields.remove("held");
    let mut chosen = match &held {
        Some(id) => kept(view, id)?,
        // What was sent keeps its room until all is done.
        None => chosen(&mut sent)?,
    };
    let map = Map::parse(&chosen.map).map_err(|problem| of_file(problem.into()))?;
    match asked.as_str() {
        "preview" => {
            let Some(turn) = state.imports.look() else {
                shown.held = Some(keep(view, member, held, chosen));
                return Err(Problem {
                    zh: "已有一次预览正在进行：请等它结束后再预览，所选文件已保留。".to_owned(),
                    en: "A preview is running: look at yours when it has ended. The files that you chose are kept."
                        .to_owned(),
                    ..Problem::of("conflict")
                });
            };
            let preview = imports::looked(state, &chosen, &map, turn).await?;
            chosen.problems = Arc::new(preview.report.problems.clone());
            shown.held = Some(keep(view, member, held, chosen));
            shown.preview = Some(preview);
            Ok(false)
        }
        "import" => {
            imports::fits(state, &chosen, &map).await?;
            if Imports::begin(state, member, chosen.clone(), map) {
                return Ok(true);
            }
            shown.held = Some(keep(view, member, held, chosen));
            Err(Problem {
                zh: "已有一次导入正在进行：请等它结束后再开始，所选文件已保留。".to_owned(),
                en: "An import is running: begin when it has ended. The files that you chose are kept."
                    .to_owned(),
                ..Problem::of("conflict")
            })
        }
        _ => Err(Problem::not_found()),
    }
}

/// Keeps files, under the name that they have where they are kept already: with what was found wrong with them last.
fn keep(view: &View, member: &MemberId, held: Option<String>, chosen: Chosen) -> (String, String) {
    let (files, name) = (&view.state.imports.held, chosen.name.clone());
    let Some(id) = held else { return (files.keep(member, chosen, view.now), name) };
    files.replace(&id, chosen);
    (id, name)
}

/// What is too large for a form is brought in by the command.
fn bounded(problem: Problem) -> Problem {
    if problem.status != StatusCode::PAYLOAD_TOO_LARGE {
        return problem;
    }
    let (zh, en) = (
        "文件过大：本页的两份文件合计不超过 32 MB。更大的文件请由运维人员用命令导入：huying import cases FILE --map MAP.toml。",
        "This is too large: both files together have up to 32 MB here. Have a larger one brought in by the command: huying import cases FILE --map MAP.toml.",
    );
    Problem { zh: zh.to_owned(), en: en.to_owned(), ..problem }
}

/// The files of the form.
fn chosen(sent: &mut Upload) -> Result<Chosen, Problem> {
    let (mut table, mut map) = (None, None);
    for (field, file) in sent.file_fields.iter().zip(std::mem::take(&mut sent.files)) {
        match field.as_str() {
            "table" => table = Some(file),
            "map" => map = Some(file),
            _ => {}
        }
    }
    let missing = |field: &str, mend: Both| {
        Problem::field(field, "missing", Both::of("没有选择文件。", "No file was chosen."), mend)
    };
    let table = table.ok_or_else(|| {
        missing("table", Both::of("请选择 CSV 或 Excel 表。", "Choose a CSV or an Excel workbook."))
    })?;
    let map = map.ok_or_else(|| {
        missing("map", Both::of("请选择对照表 MAP.toml。", "Choose the map of its columns, MAP.toml."))
    })?;
    let Ok(text) = String::from_utf8(map.1) else {
        let message = Both::of("对照表不是 UTF-8 文本。", "The map is no text in UTF-8.");
        let mend = Both::of("请另存为 UTF-8 编码的 TOML 文件。", "Save it as a TOML file in UTF-8.");
        return Err(Problem::field("map", "unreadable", message, mend));
    };
    Ok(Chosen {
        name: table.0.chars().take(LONGEST_NAME).collect(),
        table: table.1.into(),
        // Editors of some systems begin a text with a mark.
        map: text.trim_start_matches('\u{feff}').to_owned(),
        problems: Arc::default(),
    })
}

fn kept(view: &View, id: &str) -> Result<Chosen, Problem> {
    view.state.imports.held.find(&view.signed()?.member, id, view.now).ok_or_else(|| {
        let message = Both::of("预览已过期。", "The preview has run out.");
        let mend = Both::of("请重新选择两份文件。", "Choose both files again.");
        Problem::field("table", "preview_gone", message, mend)
    })
}

/// Whose rows are told.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct RefusedQuery {
    /// A preview; the last import where it is left out.
    held: String,
}

/// The rows that cannot be brought in, as a CSV: of a preview, or of the last import.
pub async fn refused(Viewer(view): Viewer, Query(asked): Query<RefusedQuery>) -> Result<Response, Problem> {
    administrator(&view)?;
    let bytes = if asked.held.is_empty() {
        let last = view.state.imports.last().and_then(|import| import.outcome);
        let report = last.and_then(|outcome| outcome.made.ok()).ok_or_else(Problem::not_found)?;
        told(&view, &report.problems)
    } else {
        told(&view, &kept(&view, &asked.held)?.problems)
    };
    let headers = [
        (header::CONTENT_TYPE, Format::Csv.media()),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"refused.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, bytes.map_err(|why| Problem::internal(&why))?).into_response())
}

fn told(view: &View, rows: &[RowProblem]) -> std::io::Result<Vec<u8>> {
    let headings: [&str; 4] = match view.lang {
        Lang::Zh => ["行", "原系统编号", "字段", "问题与更正办法"],
        Lang::En => ["row", "id over there", "field", "mistake and mend"],
    };
    let mut writer = Writer::new(Format::Csv, Encoding::Utf8, &headings)?;
    for row in rows {
        let (line, words) = (row.line.to_string(), of_row(row));
        writer.row(&[line.as_str(), &row.foreign, &row.problem.field, words.spoken(view.lang)])?;
    }
    writer.finish()?.into_bytes()
}

async fn draw(view: &View, problem: Option<&Problem>, shown: &Shown) -> Result<Response, Problem> {
    let last = view.state.imports.last();
    let title = view.lang.pick("导入案件", "Import cases");
    let named = if problem.is_some() {
        view.lang.pick("出错：导入案件", "Error: import cases")
    } else {
        title
    };
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (title) }
            (trouble(view, problem))
            (looked_at(view, shown))
            (choose(view))
            (result(view, last.as_ref()))
        }
    };
    // In another language or look it is looked at again.
    let keeps = shown.held.as_ref().map(|_| Keeps {
        form: BRING.to_owned(),
        name: "act",
        value: "preview".to_owned(),
        enters: true,
    });
    let page = Page { keeps, ..Page::new(named) };
    Ok(frame::console(view, &page, None, &Tally::of(view).await?, &main))
}

/// What was looked at, with the button that brings it in.
fn looked_at(view: &View, shown: &Shown) -> Markup {
    let pick = |zh: &'static str, en: &'static str| view.lang.pick(zh, en);
    let Some((held, name)) = &shown.held else { return nothing() };
    // What a later row of a case adds shows when the one before it is there.
    let may_bring = |found: &Preview| found.begins + found.goes_on + found.repeated > 0;
    let brings = shown.preview.as_ref().is_none_or(may_bring);
    let heading = if shown.preview.is_some() {
        pick("预览", "Preview")
    } else {
        pick("已选的文件", "Chosen files")
    };
    html! {
        section.card.stack aria-labelledby="preview" {
            h2 id="preview" { (heading) " · " (name) }
            @if let Some(found) = &shown.preview {
                (board::stat_tiles(&[
                    Tile::new(pick("总行数", "Rows"), found.report.rows),
                    Tile::new(pick("将新建案件", "Would begin a case"), found.begins),
                    Tile::new(pick("将推进已有案件", "Would carry one on"), found.goes_on),
                    Tile::new(pick("已有，无变化", "There already"), found.report.already),
                    Tile::new(pick("与前行同案", "Of a case of an earlier row"), found.repeated),
                    Tile::new(pick("不能导入", "Not usable"), found.report.refused),
                ]))
                (changes(view, found))
                (refusals(view, pick("预览中不能导入的行", "Rows that would not be brought in"), &found.report, &super::address("/imports/refused", &[("held", held)])))
                p { (pick("没有写入任何内容。", "Nothing was written.")) }
            }
            @if !brings { p { (pick("没有可导入的内容。", "There is nothing to bring in.")) } }
            form.row id=(BRING) method="post" action="/imports" enctype="multipart/form-data" {
                input type="hidden" name="held" value=(held);
                @if shown.preview.is_none() { button.button name="act" value="preview" { (pick("预览", "Preview")) } }
                @if brings { button.button.button-primary name="act" value="import" { (pick("开始导入", "Bring them in")) } }
            }
        }
    }
}

/// Cases that would be carried on.
fn changes(view: &View, found: &Preview) -> Markup {
    let pick = |zh: &'static str, en: &'static str| view.lang.pick(zh, en);
    html! {
        @if !found.changes.is_empty() {
            (frames::table(Named::As(pick("将推进的案件", "Cases that would be carried on")), &html! {
                table.table.table-wide {
                    thead { tr {
                        th scope="col" { (pick("行", "Row")) }
                        th scope="col" { (pick("原系统编号", "Id over there")) }
                        th scope="col" { (pick("案件编号", "Case")) }
                        th scope="col" { (pick("环节", "Stage")) }
                    } }
                    tbody {
                        @for one in found.changes.iter().take(DRAWN) {
                            tr {
                                th scope="row" { (one.line) }
                                td { (one.foreign) }
                                td { span.code { (one.number) } }
                                td { (stage_word(view, one.from)) " → " (stage_word(view, one.to)) }
                            }
                        }
                    }
                }
            }))
            @if found.goes_on > DRAWN as u64 { p.quiet { (pick("仅列出前 200 件。", "The first 200 cases.")) } }
        }
    }
}

/// The first of the rows that cannot be brought in, and the way to the file of them.
fn refusals(view: &View, label: &str, report: &ImportReport, file: &str) -> Markup {
    let pick = |zh: &'static str, en: &'static str| view.lang.pick(zh, en);
    let rows = &report.problems;
    html! {
        @if !rows.is_empty() {
            (frames::table(Named::As(label), &html! {
                table.table.table-wide {
                    thead { tr {
                        th scope="col" { (pick("行", "Row")) }
                        th scope="col" { (pick("原系统编号", "Id over there")) }
                        th scope="col" { (pick("字段", "Field")) }
                        th scope="col" { (pick("问题与更正办法", "Mistake and mend")) }
                    } }
                    tbody {
                        @for row in rows.iter().take(DRAWN) {
                            tr {
                                th scope="row" { (row.line) }
                                td { (row.foreign) }
                                td { (row.problem.field) }
                                td { (of_row(row).spoken(view.lang)) }
                            }
                        }
                    }
                }
            }))
            @if rows.len() > DRAWN { p.quiet { (pick("仅列出前 200 行。", "The first 200 rows.")) } }
            p { a href=(file) download { (pick("下载不能导入的行（CSV）", "These rows as CSV")) } }
            @if report.refused.saturating_sub(report.unlisted) > rows.len() as u64 { p.quiet { (pick("文件只列出前 10000 行：这么多行都不能导入时，通常是对照表有误。", "The file lists the first 10,000: where so many are wrong it is mostly the map.")) } }
        }
    }
}

/// The form.
fn choose(view: &View) -> Markup {
    let pick = |zh: &'static str, en: &'static str| view.lang.pick(zh, en);
    html! {
        section.card.stack aria-labelledby="choose" {
            h2 id="choose" { (pick("选择文件", "Choose files")) }
            p { (pick("把其他系统的案件连同原来的时间带进来：先预览，看过之后再导入。每一行要么完整写入，要么列出原因。同一文件再次导入不会重复：已有的行只计为已有；中断后重新选择同样的两份文件，即从中断处继续。", "Cases of another system come in on their own times: looked at first, brought in afterwards. Each row is there whole, or is listed with the reason. The same file twice adds nothing: rows that are there are told as there already. What was cut goes on where it was when the same two files are chosen again.")) }
            form.stack method="post" action="/imports" enctype="multipart/form-data" {
                div.field {
                    label for="import-table" { (pick("案件表", "Table of cases")) }
                    span.hint id="import-table-hint" { (pick("CSV（UTF-8 或 GB18030）或 Excel（.xlsx），一行一件，第一行为列名。两份文件合计不超过 32 MB，更大的用命令导入：", "CSV (UTF-8 or GB18030) or Excel (.xlsx), a row for each case, the first row names the columns. Both files together up to 32 MB; larger ones by the command: ")) code { "huying import cases" } }
                    input.input id="import-table" type="file" name="table" required accept=".csv,.xlsx" aria-describedby="import-table-hint";
                }
                div.field {
                    label for="import-map" { (pick("对照表（TOML）", "Map of its columns (TOML)")) }
                    span.hint id="import-map-hint" { (pick("写明每一列是什么、每个值对应哪个事项和状态。写法见 ", "Says what each column means, and which matter and state each value is. How to write one: ")) code { "docs/import-and-export.md" } }
                    input.input id="import-map" type="file" name="map" required accept=".toml" aria-describedby="import-map-hint";
                }
                button.button.button-primary name="act" value="preview" { (pick("预览", "Preview")) }
            }
            details {
                summary { (pick("对照表样例", "A map to begin with")) }
                pre { (SAMPLE) }
            }
        }
    }
}

/// The last import.
fn result(view: &View, last: Option<&Import>) -> Markup {
    let pick = |zh: &'static str, en: &'static str| view.lang.pick(zh, en);
    html! {
        section.card.stack aria-labelledby="last" {
            h2 id="last" { (pick("最近一次导入", "The last import")) }
            @match last {
                None => { p { (pick("本次启动以来没有从本页导入过。", "None was begun here since this process began.")) } }
                Some(import) => {
                    p { (import.name) " · " (view.member(&import.by)) " · " (view.full(import.begun)) @if let Some(outcome) = &import.outcome { " – " (view.full(outcome.ended)) } }
                    @match import.outcome.as_ref().map(|outcome| &outcome.made) {
                        None => { (running(view, import)) }
                        Some(Err(problem)) => {
                            p.notice data-kind="error" { (pick("没有完成：", "It did not come to its end: ")) @if problem.errors.is_empty() { (problem.detail(view.lang)) } @for wrong in problem.fields(view.lang) { " " (wrong.message) " " (wrong.mend) } }
                            p { (pick("已写入的行保留；重新选择同样的两份文件，即从中断处继续。", "What was brought in stays: choose the same two files again, and it goes on where it was.")) }
                        }
                        Some(Ok(report)) => { (brought(view, report)) }
                    }
                }
            }
        }
    }
}

fn running(view: &View, import: &Import) -> Markup {
    let label = view.lang.pick("已处理的行", "Rows that are done");
    html! {
        p role="status" { (view.lang.pick("正在导入，请稍后刷新本页。", "It is running: load this page again in a while.")) }
        p {
            @match import.all {
                None => { progress aria-label=(label) {} }
                Some(all) => {
                    @let done = import.done.min(all);
                    progress max=(all.max(1)) value=(done) aria-label=(label) {}
                    " " (view.lang.pick(format!("{done} / {all} 行"), format!("{done} of {all} rows")))
                }
            }
        }
    }
}

/// What came of it.
fn brought(view: &View, report: &ImportReport) -> Markup {
    let pick = |zh: &'static str, en: &'static str| view.lang.pick(zh, en);
    let all = &report.all;
    html! {
        (board::stat_tiles(&[
            Tile::new(pick("总行数", "Rows"), report.rows),
            Tile::new(pick("已导入", "Brought in"), report.added),
            Tile::new(pick("原已存在", "Were there"), report.already),
            Tile::new(pick("未能导入", "Not usable"), report.refused),
        ]))
        @if report.passed_over > 0 {
            p { (view.lang.pick(format!("其中 {} 行在上次中断之前已处理。", report.passed_over), format!("{} of them were done before the import was cut.", report.passed_over))) }
        }
        @if report.unlisted > 0 {
            p { (view.lang.pick(format!("另有 {} 行当时被规则拒绝，已计入但未逐行列出；再次选择同样的两份文件导入，即可列出，已有的行不会重复。", report.unlisted), format!("{} were refused by the rules then: they are counted and not listed. Bring the same two files in once more and they are; what is there already adds nothing.", report.unlisted))) }
        }
        p.quiet {
            (view.lang.pick(
                format!("导入的案件 {} 件：已定位 {}，已立案 {}，已派遣 {}，已结案 {}（按期 {}），以其他方式结束 {}。", all.cases, all.located, all.filed, all.dispatched, all.closed, all.on_time, all.ended_otherwise),
                format!("{} cases: {} located, {} filed, {} dispatched, {} closed ({} on time), {} ended otherwise.", all.cases, all.located, all.filed, all.dispatched, all.closed, all.on_time, all.ended_otherwise),
            ))
        }
        (refusals(view, pick("未能导入的行", "Rows that were not brought in"), report, "/imports/refused"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_that_is_shown_can_be_read() {
        let map = Map::parse(SAMPLE).unwrap();
        assert_eq!(map.columns.named().count(), 8);
        assert!(map.zone().is_ok());
    }
}
