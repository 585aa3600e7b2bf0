//! Components of the city (部件): which there are, one with its history and its open cases, and their table as a file.
//!
//! Whoever is signed in may read the register; it holds no person. The cases of a component are those that the member may read. Changing
//! the register is [`super::tables::send`]'s. Start at [`list`].

use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use huying_engine::components::FARTHEST;
use huying_geo::Point;
use huying_model::{
    ComponentCode,
    component::{Component, State as Found},
};
use huying_pack::{
    listing::Kind,
    sheet::{Encoding, Format},
};
use huying_store::{
    Filter, Order,
    components::{ComponentChange, ComponentFilter, ComponentRow},
};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use utoipa::{IntoParams, ToSchema};

use super::{
    find,
    map::bounds,
    shape::{CaseLine, Moment, Paged},
    sheet_file::{self, Pages},
};
use crate::{
    problem::{Both, Problem},
    sent::{Asked, no_such},
    session::SignedIn,
    state::AppState,
};

/// Metres around a point where nobody says how many.
const USUAL: f64 = 100.0;
/// Changes and cases that come with one component.
const BESIDE: usize = 50;

/// Which components. Everything that is given has to fit.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ComponentsQuery {
    /// `west,south,east,north` in degrees, WGS-84 (RFC 7946 §5).
    bbox: Option<String>,
    /// `longitude,latitude`: those around this point, the nearest first, on one page.
    near: Option<String>,
    /// With `near`: metres, up to 500; 100 where it is not said.
    within: Option<f64>,
    /// Digits 7 to 10 of the code: a class such as `01`, or a class with a kind such as `0101`.
    kind: Option<String>,
    /// States, such as `lost,damaged`.
    state: Option<String>,
    /// An area with everything below it.
    area: Option<String>,
    /// Owner, keeper or supervisor.
    unit: Option<String>,
    /// The first digits of the code, or a part of the name.
    q: Option<String>,
    /// `true` for those that have ended too.
    ended: bool,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Components of a page: 1 to 500, 50 where it is not said.
    limit: Option<usize>,
}

/// A component of the city.
#[derive(Serialize, ToSchema)]
pub struct ComponentShown {
    /// 16 digits: district, class, kind, number (GB/T 30428.2).
    #[schema(value_type = String)]
    code: SmolStr,
    #[schema(value_type = String)]
    name: SmolStr,
    /// Class and kind: digits 7 to 10 of the code.
    kind: String,
    /// `intact`, `damaged`, `lost`, `abandoned`, `removed` or `unclear`.
    state: &'static str,
    /// What is reported of it where nothing else is said.
    #[schema(value_type = Option<String>)]
    matter: Option<SmolStr>,
    /// Degrees, CGCS2000/WGS-84.
    lon: Option<f64>,
    lat: Option<f64>,
    /// The smallest area around it.
    #[schema(value_type = Option<String>)]
    area: Option<SmolStr>,
    /// The unit that it belongs to (权属单位).
    #[schema(value_type = Option<String>)]
    owner: Option<SmolStr>,
    /// The unit that keeps it (养护单位).
    #[schema(value_type = Option<String>)]
    keeper: Option<SmolStr>,
    /// The unit that supervises it (主管单位).
    #[schema(value_type = Option<String>)]
    supervisor: Option<SmolStr>,
    #[schema(value_type = String)]
    note: SmolStr,
    /// Since when it is in the register.
    since: Moment,
    /// Until when; null while it stands.
    until: Option<Moment>,
    /// How many changes it has had.
    version: i64,
    /// With `near`: how far away, in whole metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    metres: Option<u32>,
}

/// A change of a component: how it stood afterwards.
#[derive(Serialize, ToSchema)]
pub struct ComponentChangeShown {
    at: Moment,
    /// The member who applied it.
    #[schema(value_type = String)]
    by: SmolStr,
    reason: String,
    #[serde(flatten)]
    component: ComponentShown,
}

/// A component with what became of it.
#[derive(Serialize, ToSchema)]
pub struct ComponentWhole {
    #[serde(flatten)]
    component: ComponentShown,
    /// Its changes, the last first, up to 50.
    changes: Vec<ComponentChangeShown>,
    /// Open cases about it that the member may read, the newest first, up to 50; `GET /api/v1/cases?component=CODE` lists all of them.
    cases: Vec<CaseLine>,
}

impl ComponentShown {
    fn of(row: ComponentRow) -> ComponentShown {
        let degrees = |e7: Option<i32>| e7.map(|e7| f64::from(e7) / 1e7);
        let Component { code, name, state, matter, lon_e7, lat_e7, area, owner, .. } = row.component;
        ComponentShown {
            kind: code.kind().to_owned(),
            code: code.0,
            name,
            state: state.code(),
            matter: matter.map(|matter| matter.0),
            lon: degrees(lon_e7),
            lat: degrees(lat_e7),
            area: area.map(|area| area.0),
            owner: owner.map(|unit| unit.0),
            keeper: row.component.keeper.map(|unit| unit.0),
            supervisor: row.component.supervisor.map(|unit| unit.0),
            note: row.component.note,
            since: Moment(row.component.since),
            until: row.component.until.map(Moment),
            version: row.no,
            metres: None,
        }
    }
}

impl ComponentChangeShown {
    fn of(change: ComponentChange) -> ComponentChangeShown {
        ComponentChangeShown {
            at: Moment(change.row.at),
            by: change.by.0,
            reason: change.reason,
            component: ComponentShown::of(change.row),
        }
    }
}

fn point(text: &str) -> Result<Point, Problem> {
    let wrong = |zh: &str, en: String| {
        Problem::field(
            "near",
            "not_on_earth",
            Both::of("坐标无效。", "There is no such point."),
            Both(zh.to_owned(), en),
        )
    };
    let (zh, en) = (
        "请按“经度,纬度”填写，例如 118.72,32.13。",
        "Write longitude,latitude in degrees, such as 118.72,32.13.",
    );
    let degrees = text
        .split_once(',')
        .and_then(|(lon, lat)| Some((lon.trim().parse::<f64>().ok()?, lat.trim().parse::<f64>().ok()?)));
    let (lon, lat) = degrees.ok_or_else(|| wrong(zh, en.to_owned()))?;
    Point::from_degrees(lon, lat).map_err(|why| wrong(zh, why.to_string()))
}

impl ComponentsQuery {
    fn filter(&self, state: &AppState) -> Result<ComponentFilter, Problem> {
        let mut filter = ComponentFilter {
            bounds: self.bbox.as_deref().map(bounds).transpose()?,
            unit: self.unit.as_deref().map(SmolStr::new),
            text: self.q.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned),
            ended: self.ended,
            ..ComponentFilter::default()
        };
        if let Some(kind) = &self.kind {
            if !matches!(kind.len(), 2 | 4) || !kind.bytes().all(|digit| digit.is_ascii_digit()) {
                return Err(no_such("kind", kind, "two digits of a class, or four of a class with a kind"));
            }
            filter.kind = Some(SmolStr::new(kind));
        }
        for code in self.state.iter().flat_map(|list| list.split(',')).map(str::trim) {
            let known = Found::ALL.map(Found::code).join(", ");
            let found = Found::ALL.into_iter().find(|state| state.code() == code);
            filter.states.push(found.ok_or_else(|| no_such("state", code, &known))?);
        }
        if let Some(area) = &self.area {
            filter.areas = super::org::with_below(&state.setting()?.policy.org, area)?;
        }
        Ok(filter)
    }
}

/// Components of the city, by code; or those around a point, the nearest first.
#[utoipa::path(get, path = "/components", tag = "components", params(ComponentsQuery), responses(
    (status = 200, description = "A page of components", body = Paged<ComponentShown>),
))]
pub async fn list(
    State(state): State<AppState>,
    _: SignedIn,
    Asked(asked): Asked<ComponentsQuery>,
) -> Result<Json<Paged<ComponentShown>>, Problem> {
    let (filter, limit) = (asked.filter(&state)?, find::limit(asked.limit)?);
    let Some(near) = &asked.near else {
        let cursor = asked.cursor.as_deref();
        let found = state.engine.store().components(state.tenant(), &filter, cursor, limit).await;
        return Ok(Json(Paged::of(find::page(found, cursor)?, ComponentShown::of)));
    };
    if asked.bbox.is_some() || asked.cursor.is_some() {
        let message = Both::of("不能与 near 同时使用。", "This does not go together with near.");
        let mend = Both::of("请去掉 bbox 和 cursor。", "Leave bbox and cursor out.");
        return Err(Problem::field("near", "not_together", message, mend));
    }
    let within = asked.within.unwrap_or(USUAL);
    if !(0.0..=FARTHEST).contains(&within) {
        let mend = Both::of("请填写0至500米。", "Write 0 to 500 metres.");
        let message = Both::of("距离超出范围。", "This is too far.");
        return Err(Problem::field("within", "range", message, mend));
    }
    let found = state.engine.components_near(state.tenant(), (point(near)?, within), &filter, limit).await?;
    let shown = |(row, away): (ComponentRow, f64)| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most some hundred")]
        let metres = Some(away.round() as u32);
        ComponentShown { metres, ..ComponentShown::of(row) }
    };
    Ok(Json(Paged { items: found.into_iter().map(shown).collect(), next: None }))
}

/// The component that an address names; what is no code of one does not exist.
async fn found(state: &AppState, code: &str) -> Result<ComponentRow, Problem> {
    let code = ComponentCode::parse(code).map_err(|_bad| Problem::not_found())?;
    let found = state.engine.store().component(state.tenant(), &code).await?;
    found.ok_or_else(Problem::not_found)
}

/// One component with its history and the open cases about it.
#[utoipa::path(get, path = "/components/{component}", tag = "components",
    params(("component" = String, Path, description = "The code, 16 digits")), responses(
    (status = 200, description = "The component", body = ComponentWhole),
    (status = 404, description = "There is no such component"),
))]
pub async fn one(
    State(state): State<AppState>,
    who: SignedIn,
    Path(code): Path<String>,
) -> Result<Json<ComponentWhole>, Problem> {
    let row = found(&state, &code).await?;
    let (store, tenant) = (state.engine.store(), state.tenant());
    let changes = store.component_history(tenant, &row.component.code, None, BESIDE).await?;
    let filter = Filter {
        component: Some(row.component.code.0.clone()),
        open_only: true,
        seen: who.seen(&state)?,
        ..Filter::default()
    };
    let mut cases = store.list(tenant, &filter, Order::NewestFirst, None, BESIDE).await?.items;
    find::own_words(&state, &who, &mut cases).await?;
    Ok(Json(ComponentWhole {
        component: ComponentShown::of(row),
        changes: changes.into_iter().map(ComponentChangeShown::of).collect(),
        cases: cases.into_iter().map(CaseLine::from).collect(),
    }))
}

/// What a case is about, where the register still knows it.
pub(super) async fn of_case(
    state: &AppState,
    code: Option<&ComponentCode>,
) -> Result<Option<ComponentShown>, Problem> {
    let Some(code) = code else { return Ok(None) };
    let found = state.engine.store().component(state.tenant(), code).await?;
    Ok(found.map(ComponentShown::of))
}

/// The table of the register as a file. It streams, whatever its length.
pub(super) async fn file(state: AppState, form: (Format, Encoding)) -> Result<Response, Problem> {
    let kind = Kind::Components;
    sheet_file::streamed(kind.code(), form, kind.columns(), Register { state, cursor: None }).await
}

/// The register, page by page.
struct Register {
    state: AppState,
    cursor: Option<String>,
}

impl Pages for Register {
    async fn next(&mut self) -> Result<(Vec<Vec<String>>, bool), Problem> {
        let (engine, tenant) = (&self.state.engine, self.state.tenant());
        let (rows, next) = engine.component_rows(tenant, self.cursor.as_deref()).await?;
        self.cursor = next;
        Ok((rows, self.cursor.is_some()))
    }
}
