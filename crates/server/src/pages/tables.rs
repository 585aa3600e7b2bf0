//! Tables in and out, for administrators: files to take away, an edited table to send back, what it would change, and the button that
//! does it.
//!
//! The page shows what [`crate::api::tables`] answers. Nothing is written before the button under the preview. Start at [`page`] and [`act`].

use axum::{
    extract::{Query, Request},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_engine::listing::Shown;
use huying_model::book::administers;
use huying_pack::{
    Problem as Mistake,
    listing::{Kind, RowOf, Went},
    sheet::{Encoding, Format, Writer},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    components::{
        board::{self, Tile},
        frames::{self, Named},
    },
    frame::{self, Page},
    parts::nothing,
    policy::{reason, reports::about, trouble},
    tabs::Tally,
    view::{View, Viewer},
};
use crate::{
    api::tables::{Table, went},
    language::Lang,
    problem::{Both, Problem},
    session::sender::of_sender,
    upload,
};

/// Rows and mistakes that are drawn; the report as a file has all.
const DRAWN: usize = 200;

/// What was looked at.
pub(super) struct Looked {
    pub shown: Shown,
    /// Under this name the file is kept.
    pub held: Option<String>,
    pub applied: bool,
}

impl Looked {
    /// It stands on the page with a form that does it.
    pub fn stands(&self) -> bool {
        let clean = self.shown.problems.is_empty() && self.shown.hash.is_some();
        self.held.is_some() && !self.applied && clean
    }
}

/// The tables and the form.
pub async fn page(Viewer(view): Viewer) -> Result<Response, Problem> {
    administrator(&view)?;
    draw(&view, None, None).await
}

pub(super) fn administrator(view: &View) -> Result<(), Problem> {
    let may = administers(view.org(), &view.signed()?.actor, view.now);
    if may { Ok(()) } else { Err(Problem::of("administrators_only")) }
}

/// Looks at a table that was sent, or does what was looked at.
pub async fn act(Viewer(view): Viewer, request: Request) -> Result<Response, Problem> {
    administrator(&view)?;
    match looked(&view, request).await {
        Ok(looked) => {
            let wrong = !looked.shown.problems.is_empty();
            let mut answer = draw(&view, None, Some(&looked)).await?;
            if wrong {
                *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            }
            Ok(answer)
        }
        Err(problem) if problem.status.is_client_error() && !of_sender(&problem) => {
            let mut answer = draw(&view, Some(&problem), None).await?;
            *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(answer)
        }
        Err(problem) => Err(problem),
    }
}

async fn looked(view: &View, request: Request) -> Result<Looked, Problem> {
    let sent = upload::read(request, &view.state).await?;
    if let Some(id) = sent.fields.get("held") {
        return apply_kept(view, id, &sent.reason).await;
    }
    let kind =
        sent.fields.get("table").and_then(|code| Kind::from_code(code)).ok_or_else(Problem::not_found)?;
    look(view, kind, Table::of(sent)?).await
}

/// Looks at a table and keeps it, so that nobody sends it twice.
pub(super) async fn look(view: &View, kind: Kind, mut table: Table) -> Result<Looked, Problem> {
    let who = view.signed()?;
    table.hash = None;
    let (shown, applied) = table.put(&view.state, who, kind).await?;
    table.hash.clone_from(&shown.hash);
    let held = Some(view.state.held.keep(&who.member, (kind, table), view.now));
    Ok(Looked { shown, held, applied })
}

/// Does what was looked at.
pub(super) async fn apply_kept(view: &View, id: &str, reason: &str) -> Result<Looked, Problem> {
    let (kind, mut table) = kept(view, id)?;
    reason.trim().clone_into(&mut table.meant.reason);
    let (shown, applied) = table.put(&view.state, view.signed()?, kind).await?;
    view.state.held.drop_one(id);
    Ok(Looked { shown, held: None, applied })
}

/// What was looked at and is kept still, looked at again.
pub(super) async fn again(view: &View, id: &str) -> Option<Looked> {
    let (kind, mut table) = kept(view, id).ok()?;
    table.hash = None;
    let (shown, applied) = table.put(&view.state, view.signed().ok()?, kind).await.ok()?;
    Some(Looked { shown, held: Some(id.to_owned()), applied })
}

fn kept(view: &View, id: &str) -> Result<(Kind, Table), Problem> {
    view.state.held.find(&view.signed()?.member, id, view.now).ok_or_else(|| {
        let message = Both::of("预览已过期。", "The preview has run out.");
        let mend = Both::of("请重新选择文件。", "Choose the file again.");
        Problem::field("file", "preview_gone", message, mend)
    })
}

/// Which preview is told.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ReportQuery {
    held: String,
}

/// The whole preview as a CSV: every row that is not the same, and every mistake.
pub async fn report(Viewer(view): Viewer, Query(asked): Query<ReportQuery>) -> Result<Response, Problem> {
    administrator(&view)?;
    let (kind, mut table) = kept(&view, &asked.held)?;
    table.hash = None;
    let (shown, _) = table.put(&view.state, view.signed()?, kind).await?;
    let bytes = told(&view, &shown).map_err(|why| Problem::internal(&why))?;
    let headers = [
        (header::CONTENT_TYPE, Format::Csv.media()),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"preview.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, bytes).into_response())
}

fn told(view: &View, shown: &Shown) -> std::io::Result<Vec<u8>> {
    let headings: [&str; 7] = match view.lang {
        Lang::Zh => ["行", "列", "键", "结果", "字段", "原值或问题", "新值或更正办法"],
        Lang::En => ["row", "column", "key", "outcome", "field", "old value or mistake", "new value or mend"],
    };
    let mut writer = Writer::new(Format::Csv, Encoding::Utf8, &headings)?;
    for problem in &shown.problems {
        let (line, column) = (problem.line.to_string(), problem.column.to_string());
        let what = view.lang.pick("错误", "error");
        let Mistake { field, message, mend, .. } = problem;
        writer.row(&[line.as_str(), &column, "", what, field, message, mend])?;
    }
    for row in shown.compared.iter().flat_map(|compared| &compared.rows) {
        let line = if row.line == 0 { String::new() } else { row.line.to_string() };
        let what = outcome(view, row.went);
        if row.cells.is_empty() {
            writer.row(&[line.as_str(), "", &row.key, what, "", "", ""])?;
        }
        for cell in &row.cells {
            writer.row(&[line.as_str(), "", &row.key, what, &cell.column, &cell.old, &cell.new])?;
        }
    }
    writer.finish()?.into_bytes()
}

fn outcome(view: &View, went: Went) -> &'static str {
    match went {
        Went::Added => view.lang.pick("新增", "added"),
        Went::Changed => view.lang.pick("变更", "changed"),
        Went::Ended => view.lang.pick("终止", "ended"),
        Went::Same => view.lang.pick("不变", "the same"),
    }
}

async fn draw(view: &View, problem: Option<&Problem>, looked: Option<&Looked>) -> Result<Response, Problem> {
    let title = view.lang.pick("导入导出", "Import and export");
    let wrong = problem.is_some() || looked.is_some_and(|looked| !looked.shown.problems.is_empty());
    let named =
        if wrong { view.lang.pick("出错：导入导出", "Error: import and export") } else { title };
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (title) }
            (trouble(view, problem))
            @if let Some(looked) = looked { (preview(view, looked, "/import", "", &nothing())) }
            (send(view))
            (take(view))
        }
    };
    let tally = Tally::of(view).await?;
    Ok(frame::console(view, &Page::new(named), None, &tally, &main))
}

fn name(view: &View, kind: Kind) -> &'static str {
    view.lang.pick(kind.zh(), kind.en())
}

fn take(view: &View) -> Markup {
    let link = |address: String, words: &'static str| html! { a href=(address) download { (words) } };
    let (csv, xlsx) = ("CSV", view.lang.pick("Excel", "Excel"));
    html! {
        section.card.stack aria-labelledby="take" {
            h2 id="take" { (view.lang.pick("导出", "Take away")) }
            p.quiet { (view.lang.pick("CSV 为带标记的 UTF-8，表格软件可直接打开；改好后可原样导入。案件只含您有权查看的。", "A CSV is UTF-8 with a mark, so spreadsheets open it; edited, it can be sent back as it is. Cases are those that you may read.")) }
            (frames::table(Named::As(view.lang.pick("可导出的表", "Tables to take away")), &html! {
                table.table {
                    thead { tr {
                        th scope="col" { (view.lang.pick("表", "Table")) }
                        th scope="col" { (view.lang.pick("文件", "File")) }
                    } }
                    tbody {
                        @for kind in Kind::ALL { @let at = format!("/api/v1/tables/{}", kind.code()); tr {
                            th scope="row" { (name(view, kind)) }
                            td { (link(at.clone(), csv)) " · " (link(format!("{at}?format=xlsx"), xlsx)) " · " (link(format!("{at}?encoding=gb18030"), "GB18030")) }
                        } }
                        tr {
                            th scope="row" { (view.lang.pick("案件", "cases")) }
                            td { (link("/api/v1/tables/cases".into(), csv)) " · " (link("/api/v1/tables/cases?format=xlsx".into(), xlsx)) " · " (link("/api/v1/tables/cases?encoding=gb18030".into(), "GB18030")) }
                        }
                        tr {
                            th scope="row" { (view.lang.pick("区域边界", "outlines of areas")) }
                            td { (link("/api/v1/tables/outlines".into(), "GeoJSON")) " · " (link("/api/v1/tables/outlines?format=shapefile".into(), "Shapefile")) }
                        }
                    }
                }
            }))
        }
    }
}

fn send(view: &View) -> Markup {
    html! {
        section.card.stack aria-labelledby="send" {
            h2 id="send" { (view.lang.pick("导入", "Send back")) }
            p { (view.lang.pick("先预览，确认后才写入。区域、单位和成员形成组织调整（授予席位须另一位管理员同意）；事项和立案条件形成机制草案；部件普查确认后立即写入部件库，原状保留。", "It is shown first and written only after you have looked. Areas, units and members become a change of the organisation, in which seats wait for a second administrator; matters and filing conditions a draft of the policy; components are changed in their register at once, and what stood before is kept.")) }
            form.stack method="post" action="/import" enctype="multipart/form-data" {
                div.field {
                    label for="table" { (view.lang.pick("表", "Table")) }
                    select.input id="table" name="table" { @for kind in Kind::ALL { option value=(kind.code()) { (name(view, kind)) } } }
                }
                div.field {
                    label for="file" { (view.lang.pick("文件", "File")) }
                    span.hint id="file-hint" { (view.lang.pick("CSV（UTF-8 或 GB18030）或 Excel（.xlsx），不超过 32 MB；第一行为列名，缺少的列保持不变。区域还可用 GeoJSON 或 Shapefile（zip）；部件每次最多 20 万行。", "CSV (UTF-8 or GB18030) or Excel (.xlsx), up to 32 MB; the first row names the columns, and a column that is missing stays as it is. Areas also as GeoJSON or a zipped shapefile; of components up to 200,000 rows at once.")) }
                    input.input id="file" type="file" name="file" required accept=".csv,.xlsx,.geojson,.json,.zip" aria-describedby="file-hint";
                }
                fieldset.field {
                    legend { (view.lang.pick("文件中没有的行", "Rows that the file does not have")) }
                    label.choice { input type="radio" name="missing" value="stays" checked; " " span { (view.lang.pick("保持不变（文件是一部分）", "stay (the file is a part)")) } }
                    label.choice { input type="radio" name="missing" value="ends"; " " span { (view.lang.pick("终止（文件是全表）", "end (the file is the whole table)")) } }
                }
                div.field {
                    label for="datum" { (view.lang.pick("坐标系（GeoJSON、Shapefile、部件）", "Coordinates (GeoJSON, shapefile, components)")) }
                    select.input id="datum" name="datum" {
                        option value="" { (view.lang.pick("按文件所示", "as the file says")) }
                        @for (code, name) in [("wgs84", "WGS-84"), ("cgcs2000", "CGCS2000"), ("gcj02", "GCJ-02"), ("bd09", "BD-09")] { option value=(code) { (name) } }
                    }
                }
                div.field {
                    label for="at" { (view.lang.pick("组织调整生效时间", "From when on the organisation changes")) " " span.optional { (view.lang.pick("（留空为立即，例：2026-12-01 08:00）", "(empty: at once; such as 2026-12-01 08:00)")) } }
                    input.input id="at" name="at" inputmode="numeric" maxlength="32";
                }
                button.button.button-primary { (view.lang.pick("预览", "Preview")) }
            }
        }
    }
}

/// What a table would do, or did; the button sends to the page `back`, with what was written as its reason and what goes `along`.
pub(super) fn preview(view: &View, looked: &Looked, back: &str, why: &str, along: &Markup) -> Markup {
    let shown = &looked.shown;
    let [added, changed, ended, same] = shown.counts();
    html! {
        section.card.stack aria-labelledby="preview" {
            h2 id="preview" {
                (match looked.applied { true => view.lang.pick("已完成", "Done"), false => view.lang.pick("预览", "Preview") })
                " · " (name(view, shown.kind))
            }
            (board::stat_tiles(&[(outcome(view, Went::Added), added), (outcome(view, Went::Changed), changed), (outcome(view, Went::Ended), ended), (outcome(view, Went::Same), same)].map(|(words, number)| Tile::new(words, number))))
            @if !shown.problems.is_empty() { (mistakes(view, &shown.problems)) }
            (rows(view, shown))
            (consequences(view, looked))
            @if let (Some(held), false) = (&looked.held, looked.applied) {
                p { a href=(super::address("/import/report", &[("held", held)])) download { (view.lang.pick("下载完整报告（CSV）", "The whole report as CSV")) } }
                @if shown.hash.is_some() { (apply(view, (held, along), back, why)) }
                @else if shown.problems.is_empty() { p { (view.lang.pick("没有任何变化。", "Nothing would change.")) } }
            }
        }
    }
}

fn mistakes(view: &View, problems: &[Mistake]) -> Markup {
    html! {
        div.error-summary role="alert" tabindex="-1" aria-labelledby="mistakes" {
            h3 id="mistakes" { (view.lang.pick(format!("{} 处错误，请更正后重新预览", problems.len()), format!("{} mistakes: mend them and preview again", problems.len()))) }
            ul.findings {
                @for problem in problems.iter().take(DRAWN) {
                    li {
                        p.findings-place { (place(view, problem)) }
                        p { (problem.message) @if !problem.mend.is_empty() { " — " (problem.mend) } }
                    }
                }
            }
            @if problems.len() > DRAWN { p { (view.lang.pick("其余见报告。", "The report has the others.")) } }
        }
    }
}

/// `第 3 行，第 2 列（parent）`.
fn place(view: &View, problem: &Mistake) -> String {
    let Mistake { file, line, column, field, .. } = problem;
    let mut place = match line {
        0 => file.to_string(),
        line => view.lang.pick(format!("第 {line} 行"), format!("row {line}")),
    };
    if *column > 0 {
        place += &view.lang.pick(format!("，第 {column} 列"), format!(", column {column}"));
    }
    if !field.is_empty() {
        place += &view.lang.pick(format!("（{field}）"), format!(" ({field})"));
    }
    place
}

fn rows(view: &View, shown: &Shown) -> Markup {
    let all: Vec<&RowOf> = shown.compared.iter().flat_map(|compared| &compared.rows).collect();
    html! {
        @if !all.is_empty() {
            (frames::table(Named::As(view.lang.pick("将变化的行", "Rows that change")), &html! {
                table.table {
                    thead { tr {
                        th scope="col" { (view.lang.pick("行", "Row")) }
                        th scope="col" { (view.lang.pick("键", "Key")) }
                        th scope="col" { (view.lang.pick("名称", "Name")) }
                        th scope="col" { (view.lang.pick("结果", "Outcome")) }
                        th scope="col" { (view.lang.pick("原值 → 新值", "Old → new")) }
                    } }
                    tbody {
                        @for row in all.iter().take(DRAWN) {
                            tr data-went=(went(row.went)) {
                                td.number { @if row.line > 0 { (row.line) } }
                                th scope="row" { span.code { (row.key) } }
                                td { (row.name) }
                                td { span.tag.tag-strong[row.went == Went::Ended] { (outcome(view, row.went)) } }
                                td {
                                    @for cell in &row.cells {
                                        div { span.quiet { (cell.column) } " " @if row.went == Went::Changed { del { (cell.old) } (view.lang.pick(" 改为 ", " becomes ")) } ins { (cell.new) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }))
            @if all.len() > DRAWN { p.quiet { (view.lang.pick("仅列出前 200 行，其余见报告。", "The first 200 rows; the report has all.")) } }
        }
    }
}

fn consequences(view: &View, looked: &Looked) -> Markup {
    let shown = &looked.shown;
    html! {
        @if let Some(change) = &shown.change {
            p { (view.lang.pick(format!("查看了 {} 件未结案件，涉及 {} 件。", change.cases, change.touched), format!("{} open cases were looked at, {} are touched.", change.cases, change.touched))) }
            @if !change.grants.is_empty() {
                p { b { (view.lang.pick("授予席位，须另一位管理员同意：", "Seats are given; another administrator has to agree:")) } }
                ul { @for line in &change.grants { li { (view.lang.pick(&line.zh, &line.en)) } } }
            }
            @if !change.findings.is_empty() {
                ul.findings { @for found in &change.findings { li {
                    p { @if found.error { span.tag.tag-strong { (view.lang.pick("错误", "Error")) } } @else { span.tag { (view.lang.pick("警告", "Warning")) } } " " (about(view, &found.rule)) " " span.quiet.code { (found.rule) } }
                    p { (found.words) }
                } } }
            }
            @if let Some(no) = change.waits {
                p { b { (view.lang.pick(format!("等待另一位管理员同意（第 {no} 号）。"), format!("It waits for another administrator (no. {no})."))) } }
            }
        }
        @if let Some(version) = &shown.version {
            p {
                (view.lang.pick("机制草案：", "Draft of the policy: "))
                @if looked.applied { a href="/policy" { (version) } } @else { b { (version) } }
            }
        }
    }
}

/// The id of the form that does what was looked at.
pub(super) const APPLY: &str = "apply";

fn apply(view: &View, (held, along): (&str, &Markup), back: &str, why: &str) -> Markup {
    html! {
        form.stack id=(APPLY) method="post" action=(back) enctype="multipart/form-data" {
            input type="hidden" name="held" value=(held);
            (along)
            (reason(view, "import", Some(why)))
            button.button.button-primary { (view.lang.pick("按预览执行", "Do what is shown")) }
        }
    }
}
