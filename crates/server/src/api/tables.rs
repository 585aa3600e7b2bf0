//! Tables in and out: what is taken away as a file, and what an edited table would change.
//!
//! Owns the shapes of a preview and what becomes a file; how a file is written is beside, in [`super::sheet_file`]. What a table does is the engine's ([`huying_engine::listing`]); which cases
//! leave is sight's, put into the statement that reads them. Nothing is written by a preview, and only its hash applies it. Start at
//! [`take`] and [`send`].

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use huying_engine::{
    casebook,
    listing::{Asked as Meant, Shown},
};
use huying_geo::Datum;
use huying_pack::{
    listing::{self, Cell, Kind, Missing, RowOf, Went},
    sheet::{Encoding, Format, Writer},
};
use huying_store::{Filter, Order};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    cases::ListQuery,
    changes::PreviewShown,
    policy::administrator,
    sheet_file::{self, Pages},
};
use crate::{
    held,
    problem::{Both, Problem},
    sent::{Asked, no_such},
    session::SignedIn,
    state::AppState,
    upload,
};

/// Cases that are read at once.
const PAGE: usize = 500;
/// Rows and mistakes of a preview that are answered; all are counted.
const SHOWN: usize = 2_000;

/// How a table is written.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct FileQuery {
    /// `csv` (the default) or `xlsx`.
    format: Option<String>,
    /// Of a CSV: `utf8` (the default, with a byte order mark) or `gb18030`.
    encoding: Option<String>,
}

fn form(format: Option<&String>, encoding: Option<&String>) -> Result<(Format, Encoding), Problem> {
    let format = match format.map(String::as_str) {
        None | Some("csv") => Format::Csv,
        Some("xlsx") => Format::Xlsx,
        Some(other) => return Err(no_such("format", other, "csv, xlsx")),
    };
    let encoding = match encoding.map(String::as_str) {
        None | Some("utf8") => Encoding::Utf8,
        Some("gb18030") => Encoding::Gb18030,
        Some(other) => return Err(no_such("encoding", other, "utf8, gb18030")),
    };
    Ok((format, encoding))
}

/// The kind that an address names.
pub(crate) fn kind(table: &str) -> Result<Kind, Problem> {
    Kind::from_code(table).ok_or_else(Problem::not_found)
}

fn datum(name: &str) -> Option<Datum> {
    serde_json::from_value(name.into()).ok()
}

/// A table of today as a file: areas, units, members, matters, filing conditions or components.
///
/// It can be edited and sent back. A cell that a spreadsheet would take for a formula begins with an apostrophe, which is taken off
/// again when the table comes back. Members with their seats are for administrators.
#[utoipa::path(get, path = "/tables/{table}", tag = "tables",
    params(("table" = String, Path, description = "`areas`, `units`, `members`, `matters`, `conditions` or `components`"), FileQuery), responses(
    (status = 200, description = "The file", content((String = "text/csv"), (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    (status = 403, description = "`administrators_only`: members"),
    (status = 404, description = "There is no such table"),
))]
pub async fn take(
    State(state): State<AppState>,
    who: SignedIn,
    Path(table): Path<String>,
    Asked(asked): Asked<FileQuery>,
) -> Result<Response, Problem> {
    let (kind, form) = (kind(&table)?, form(asked.format.as_ref(), asked.encoding.as_ref())?);
    (kind == Kind::Members).then(|| administrator(&state, &who)).transpose()?;
    if kind.of_register() {
        return super::components::file(state, form).await;
    }
    let listing = state.engine.listing(state.tenant(), kind).await?;
    let written = tokio::task::spawn_blocking(move || {
        let mut writer = Writer::new(form.0, form.1, kind.columns())?;
        for row in &listing.rows {
            writer.row(row)?;
        }
        writer.finish()
    });
    let written =
        written.await.map_err(|why| Problem::internal(&why))?.map_err(|why| Problem::internal(&why))?;
    Ok(sheet_file::whole(kind.code(), form, written))
}

/// Which cases, and how they are written. Lists of codes are separated by commas; everything that is given has to fit.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct CasesQuery {
    /// `csv` (the default) or `xlsx`.
    format: Option<String>,
    /// Of a CSV: `utf8` (the default, with a byte order mark) or `gb18030`.
    encoding: Option<String>,
    /// Stages, such as `filed,dispatched`.
    stage: Option<String>,
    /// `true` for open cases only.
    open: bool,
    /// Units that must act next.
    custodian: Option<String>,
    /// An area with everything below it.
    area: Option<String>,
    /// A board, a track or a matter: the code's beginning.
    matter: Option<String>,
    /// Sources, such as `hotline,resident`.
    source: Option<String>,
    /// Received at or after this moment (RFC 3339).
    received_from: Option<String>,
    /// Received before this moment (RFC 3339).
    received_until: Option<String>,
    /// `true` for open cases whose promise has ended.
    overdue: bool,
}

/// The cases that the member may read as a file, the oldest first. It streams, whatever its length.
#[utoipa::path(get, path = "/tables/cases", tag = "tables", params(CasesQuery), responses(
    (status = 200, description = "The file", content((String = "text/csv"), (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    (status = 400, description = "`validation`; a workbook holds 1,048,575 cases at most"),
))]
pub async fn take_cases(
    State(state): State<AppState>,
    who: SignedIn,
    Asked(asked): Asked<CasesQuery>,
) -> Result<Response, Problem> {
    let form = form(asked.format.as_ref(), asked.encoding.as_ref())?;
    let list = ListQuery {
        stage: asked.stage,
        open: asked.open,
        custodian: asked.custodian,
        area: asked.area,
        matter: asked.matter,
        source: asked.source,
        received_from: asked.received_from,
        received_until: asked.received_until,
        overdue: asked.overdue,
        ..ListQuery::default()
    };
    let mut filter = list.filter(&state)?;
    filter.seen = who.seen(&state)?;
    sheet_file::streamed("cases", form, &casebook::COLUMNS, Cases { state, filter, cursor: None }).await
}

/// The cases of a filter, page by page.
struct Cases {
    state: AppState,
    filter: Filter,
    cursor: Option<String>,
}

impl Pages for Cases {
    async fn next(&mut self) -> Result<(Vec<Vec<String>>, bool), Problem> {
        let (store, tenant) = (self.state.engine.store(), self.state.tenant());
        let page = store.list(tenant, &self.filter, Order::OldestFirst, self.cursor.as_deref(), PAGE).await?;
        self.cursor = page.next;
        Ok((page.items.iter().map(casebook::row).map(Into::into).collect(), self.cursor.is_some()))
    }
}

/// How outlines are written.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct LayerQuery {
    /// `geojson` (the default) or `shapefile`, zipped.
    format: Option<String>,
}

/// The shapes of areas as GeoJSON or a zipped shapefile (WGS-84), with code, name, level and parent.
#[utoipa::path(get, path = "/tables/outlines", tag = "tables", params(LayerQuery), responses(
    (status = 200, description = "The layer", content((Object = "application/geo+json"), (String = "application/zip"))),
))]
pub async fn take_outlines(
    State(state): State<AppState>,
    _: SignedIn,
    Asked(asked): Asked<LayerQuery>,
) -> Result<Response, Problem> {
    let (media, name, bytes) = match asked.format.as_deref() {
        None | Some("geojson") => {
            let (text, _) = state.engine.outlines_as_geojson(state.tenant())?;
            ("application/geo+json", "attachment; filename=\"outlines.geojson\"", text.into_bytes())
        }
        Some("shapefile") => {
            let bytes = state.engine.outlines_as_shapefile(state.tenant()).await?;
            ("application/zip", "attachment; filename=\"outlines.zip\"", bytes)
        }
        Some(other) => return Err(no_such("format", other, "geojson, shapefile")),
    };
    Ok(([(header::CONTENT_TYPE, media), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}

/// A table as it is sent.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form that is read part by part")]
pub struct TableForm {
    /// A CSV (UTF-8 or GB18030) or an Excel workbook; of areas also GeoJSON, or a zip archive with a shapefile.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// What becomes of rows of today that the file does not have: `stays` (the default) or `ends`.
    missing: Option<String>,
    /// From when on a change of areas, units or members holds, such as `2026-12-01 08:00` in the authority's zone; at once where it is
    /// left out.
    at: Option<String>,
    /// Of GeoJSON, shapefiles and components: `wgs84`, `cgcs2000`, `gcj02` or `bd09`; what the file says where it is left out.
    datum: Option<String>,
    /// Why; needed to apply.
    reason: Option<String>,
    /// The hash of the preview that is applied; left out for a preview.
    hash: Option<String>,
}

/// A cell that is otherwise than today.
#[derive(Serialize, ToSchema)]
pub struct CellShown {
    column: String,
    old: String,
    new: String,
}

/// A row that is not the same.
#[derive(Serialize, ToSchema)]
pub struct RowShown {
    /// In the file, from 1; 0 for a row that the file does not have.
    line: u64,
    key: String,
    name: String,
    /// `added`, `changed` or `ended`.
    went: &'static str,
    /// Of a new row every cell that is not empty.
    cells: Vec<CellShown>,
}

/// A mistake of the file.
#[derive(Serialize, ToSchema)]
pub struct MistakeShown {
    /// From 1; 0 where it concerns the file as a whole.
    line: u32,
    /// From 1; 0 where it concerns the row as a whole.
    column: u32,
    /// The column's heading.
    field: String,
    message: String,
    mend: String,
}

/// What a table would do, or did.
#[derive(Serialize, ToSchema)]
pub struct TablePreview {
    table: &'static str,
    added: usize,
    changed: usize,
    ended: usize,
    same: usize,
    /// Rows that are not the same, the first 2,000.
    rows: Vec<RowShown>,
    /// Every mistake at its place, the first 2,000; with one nothing can be applied.
    problems: Vec<MistakeShown>,
    /// Of areas, units and members: what the change does to open cases, the seats that it gives, and what the lint finds.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<PreviewShown>,
    /// Of matters and filing conditions: the draft of the policy that it is, or became.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// Send it with the same file to do what is shown here; null where nothing can be applied.
    hash: Option<String>,
    /// It was done.
    applied: bool,
}

pub(crate) fn went(went: Went) -> &'static str {
    match went {
        Went::Added => "added",
        Went::Changed => "changed",
        Went::Ended => "ended",
        Went::Same => "same",
    }
}

fn row_shown(row: &RowOf) -> RowShown {
    let cell = |Cell { column, old, new }: &Cell| CellShown {
        column: column.to_string(),
        old: old.clone(),
        new: new.clone(),
    };
    RowShown {
        line: row.line,
        key: row.key.clone(),
        name: row.name.clone(),
        went: went(row.went),
        cells: row.cells.iter().map(cell).collect(),
    }
}

fn shown(found: Shown, applied: bool) -> TablePreview {
    let [added, changed, ended, same] = found.counts();
    let mistake = |problem: &huying_pack::Problem| MistakeShown {
        line: problem.line,
        column: problem.column,
        field: problem.field.to_string(),
        message: problem.message.clone(),
        mend: problem.mend.clone(),
    };
    TablePreview {
        table: found.kind.code(),
        added,
        changed,
        ended,
        same,
        rows: found.compared.iter().flat_map(|it| it.rows.iter().take(SHOWN)).map(row_shown).collect(),
        problems: found.problems.iter().take(SHOWN).map(mistake).collect(),
        version: found.version.map(|version| version.0.to_string()),
        change: found.change.map(PreviewShown::from),
        hash: found.hash,
        applied,
    }
}

/// A table that was sent, with how it is meant.
#[derive(Clone)]
pub(crate) struct Table {
    pub name: String,
    pub bytes: Bytes,
    pub datum: Option<Datum>,
    pub meant: Meant,
    pub hash: Option<String>,
}

impl held::Kept for (Kind, Table) {
    fn bytes(&self) -> usize {
        self.1.bytes.len()
    }
}

impl Table {
    /// What was sent in a form.
    pub(crate) fn of(sent: upload::Upload) -> Result<Table, Problem> {
        let said =
            |field: &str| sent.fields.get(field).map(|text| text.trim()).filter(|text| !text.is_empty());
        let missing = match said("missing") {
            None | Some("stays") => Missing::Stays,
            Some("ends") => Missing::Ends,
            Some(other) => return Err(no_such("missing", other, "stays, ends")),
        };
        let meant =
            Meant { missing, at: said("at").map(str::to_owned), reason: sent.reason.trim().to_owned() };
        let hash = said("hash").map(str::to_owned);
        let datum = match said("datum") {
            None => None,
            Some(name) => {
                Some(datum(name).ok_or_else(|| no_such("datum", name, "wgs84, cgcs2000, gcj02, bd09"))?)
            }
        };
        let file = sent.files.into_iter().next().ok_or_else(|| {
            let message = Both::of("没有选择文件。", "No file was chosen.");
            let mend = Both::of("请选择 CSV 或 Excel 文件。", "Choose a CSV or an Excel workbook.");
            Problem::field("file", "missing", message, mend)
        })?;
        Ok(Table { name: file.0, bytes: file.1.into(), datum, meant, hash })
    }

    /// Shows or applies it.
    pub(crate) async fn put(
        &self,
        state: &AppState,
        who: &SignedIn,
        kind: Kind,
    ) -> Result<(Shown, bool), Problem> {
        if self.hash.is_some() && self.meant.reason.is_empty() {
            let message = Both::of("请说明理由。", "Say why.");
            let mend = Both::of("填写 reason。", "Fill in reason.");
            return Err(Problem::field("reason", "reason_missing", message, mend));
        }
        let (name, bytes, datum) = (self.name.clone(), self.bytes.clone(), self.datum);
        let sheet = tokio::task::spawn_blocking(move || listing::open(kind, &name, bytes, datum));
        let sheet = sheet.await.map_err(|why| Problem::internal(&why))?;
        let (engine, tenant, actor) = (&state.engine, state.tenant(), &who.actor);
        match &self.hash {
            None => Ok((engine.table_preview(tenant, actor, kind, sheet, &self.meant).await?, false)),
            Some(hash) => {
                let done = engine.table_apply(tenant, actor, kind, sheet, (&self.meant, hash)).await;
                Ok((done.map_err(held::stale)?, true))
            }
        }
    }
}

/// Shows what an edited table would change, or, with the hash of that, does it. For administrators.
///
/// Areas, units and members become a change of the organisation, in which seats wait for a second administrator; matters and filing
/// conditions a draft of the policy; components change at once, and a run that was cut goes on under the same hash. A preview writes nothing and tells every mistake with its row and column.
#[utoipa::path(post, path = "/tables/{table}", tag = "tables",
    params(("table" = String, Path, description = "`areas`, `units`, `members`, `matters`, `conditions` or `components`")),
    request_body(content = TableForm, content_type = "multipart/form-data"), responses(
    (status = 200, description = "What it would do, or did", body = TablePreview),
    (status = 400, description = "`validation`"),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such table"),
    (status = 409, description = "`preview_stale`: it would do something else by now"),
    (status = 413, description = "More than 32 MB"),
))]
pub async fn send(
    State(state): State<AppState>,
    who: SignedIn,
    Path(table): Path<String>,
    request: Request,
) -> Result<Json<TablePreview>, Problem> {
    // Asked before the file is read: who may not need not send it.
    administrator(&state, &who)?;
    let kind = kind(&table)?;
    let table = Table::of(upload::read(request, &state).await?)?;
    let (found, applied) = table.put(&state, &who, kind).await?;
    Ok(Json(shown(found, applied)))
}
