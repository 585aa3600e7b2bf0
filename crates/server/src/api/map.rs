//! Cases in a map window as GeoJSON, and likely duplicates around a point.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use huying_geo::Point;
use huying_model::MatterCode;
use huying_store::{Bounds, Filter};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use utoipa::{IntoParams, ToSchema};

use super::{
    cases::{DuplicateShown, moment},
    shape::Moment,
};
use crate::{
    problem::{Both, Problem},
    sent::Asked,
    session::SignedIn,
    state::AppState,
};

/// Points that a window gives at most.
const MOST: usize = 5_000;

/// Which window.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MapQuery {
    /// `west,south,east,north` in degrees, WGS-84 (RFC 7946 §5).
    bbox: String,
    /// Received at or after this moment (RFC 3339); without a span only open cases are given.
    received_from: Option<String>,
    /// Received before this moment (RFC 3339).
    received_until: Option<String>,
}

/// A FeatureCollection (RFC 7946).
#[derive(Serialize, ToSchema)]
pub struct Window {
    #[serde(rename = "type")]
    kind: &'static str,
    features: Vec<Feature>,
    /// The window holds more cases than are given: ask for a smaller one.
    truncated: bool,
}

/// One case as a feature.
#[derive(Serialize, ToSchema)]
pub struct Feature {
    #[serde(rename = "type")]
    kind: &'static str,
    /// The case's id.
    id: String,
    geometry: Geometry,
    properties: Properties,
}

/// A point.
#[derive(Serialize, ToSchema)]
pub struct Geometry {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Longitude, latitude.
    coordinates: [f64; 2],
}

/// What a map shows of a case.
#[derive(Serialize, ToSchema)]
pub struct Properties {
    #[schema(value_type = String)]
    number: SmolStr,
    title: Option<String>,
    #[schema(value_type = String)]
    stage: SmolStr,
    #[schema(value_type = Option<String>)]
    matter: Option<SmolStr>,
    #[schema(value_type = Option<String>)]
    area: Option<SmolStr>,
    #[schema(value_type = String)]
    urgency: SmolStr,
    due: Option<Moment>,
    received_at: Moment,
}

fn feature(point: huying_store::Point) -> Feature {
    let at = Point::new(point.lon_e7, point.lat_e7);
    Feature {
        kind: "Feature",
        id: point.case.to_string(),
        geometry: Geometry { kind: "Point", coordinates: [at.lon(), at.lat()] },
        properties: Properties {
            number: point.number,
            title: point.title,
            stage: point.stage,
            matter: point.matter,
            area: point.area,
            urgency: point.urgency,
            due: point.due.map(Moment),
            received_at: Moment(point.received_at),
        },
    }
}

pub(super) fn bounds(text: &str) -> Result<Bounds, Problem> {
    let wrong = || {
        let mend = Both::of(
            "请按“西,南,东,北”填写经纬度，例如 118.7,32.0,118.9,32.2；跨越180度经线时分两次查询。",
            "Write west,south,east,north in degrees, such as 118.7,32.0,118.9,32.2; ask twice across the 180th meridian.",
        );
        Problem::field("bbox", "bbox", Both::of("范围无法使用。", "This window cannot be used."), mend)
    };
    let degrees: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse::<f64>()).collect();
    let Ok([west, south, east, north]) = degrees
        .as_deref()
        .map_err(|_why| wrong())
        .and_then(|all| <[f64; 4]>::try_from(all).map_err(|_why| wrong()))
    else {
        return Err(wrong());
    };
    let corner = |lon, lat| Point::from_degrees(lon, lat).map_err(|_why| wrong());
    let (low, high) = (corner(west, south)?, corner(east, north)?);
    if low.lon_e7 > high.lon_e7 || low.lat_e7 > high.lat_e7 {
        return Err(wrong());
    }
    Ok(Bounds { west_e7: low.lon_e7, south_e7: low.lat_e7, east_e7: high.lon_e7, north_e7: high.lat_e7 })
}

/// Cases in a map window as GeoJSON, newest first, at most 5,000.
#[utoipa::path(get, path = "/map", tag = "cases", params(MapQuery), responses(
    (status = 200, description = "A GeoJSON FeatureCollection", content_type = "application/geo+json", body = Window),
))]
pub async fn map(
    State(state): State<AppState>,
    who: SignedIn,
    Asked(asked): Asked<MapQuery>,
) -> Result<Response, Problem> {
    let filter = Filter {
        received_from: moment("received_from", asked.received_from.as_ref())?,
        received_until: moment("received_until", asked.received_until.as_ref())?,
        seen: who.seen(&state)?,
        ..Filter::default()
    };
    let points = state.engine.store().map(state.tenant(), bounds(&asked.bbox)?, &filter, MOST + 1).await?;
    let truncated = points.len() > MOST;
    let features = points.into_iter().take(MOST).map(feature).collect();
    let window = Window { kind: "FeatureCollection", features, truncated };
    Ok(([(header::CONTENT_TYPE, "application/geo+json")], Json(window)).into_response())
}

/// Around which point.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NearQuery {
    /// Degrees, WGS-84.
    lon: f64,
    /// Degrees, WGS-84.
    lat: f64,
    /// `board/track/matter`.
    matter: String,
}

/// Cases of a matter within 50 m of a point and 24 hours of now: for a form that is still being filled in.
#[utoipa::path(get, path = "/duplicates", tag = "cases", params(NearQuery), responses((status = 200, description = "Nearest first", body = Vec<DuplicateShown>)))]
pub async fn duplicates(
    State(state): State<AppState>,
    who: SignedIn,
    Asked(asked): Asked<NearQuery>,
) -> Result<Json<Vec<DuplicateShown>>, Problem> {
    let point = Point::from_degrees(asked.lon, asked.lat).map_err(|why| {
        let mend = Both("请填写有效的经纬度。".to_owned(), why.to_string());
        Problem::field("lon", "not_on_earth", Both::of("坐标无效。", "There is no such point."), mend)
    })?;
    let spot = (&MatterCode::new(&asked.matter), point, state.now());
    let found = state.engine.near(state.tenant(), spot, who.seen(&state)?.as_ref()).await?;
    Ok(Json(found.into_iter().map(DuplicateShown::from).collect()))
}
