//! Where and who: areas with their outlines, units, members, and the words of codes.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use huying_geo::Datum;
use huying_model::{
    AreaCode, UnitId,
    org::{Area, Org, Unit},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use smol_str::SmolStr;
use utoipa::{IntoParams, ToSchema};

use super::shape::Moment;
use crate::{
    problem::{Both, Problem},
    sent::Asked,
    session::{Chooser, SignedIn},
    state::AppState,
};

/// An area of the place hierarchy.
#[derive(Serialize, ToSchema)]
pub struct AreaShown {
    #[schema(value_type = String)]
    code: SmolStr,
    #[schema(value_type = String)]
    name: SmolStr,
    /// Null where the pack gives none.
    #[schema(value_type = Option<String>)]
    name_en: Option<SmolStr>,
    /// Such as `street`.
    #[schema(value_type = String)]
    level: SmolStr,
    /// Null only for the root.
    #[schema(value_type = Option<String>)]
    parent: Option<SmolStr>,
    households: Option<u32>,
}

/// Which areas.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct AreasQuery {
    /// Of this level, such as `street`.
    level: Option<String>,
    /// Right below this area.
    parent: Option<String>,
}

fn area_shown(state: &AppState, area: &Area) -> AreaShown {
    AreaShown {
        code: area.code.0.clone(),
        name: area.name.clone(),
        name_en: state.pack().english(area.code.as_str()).cloned(),
        level: area.level.0.clone(),
        parent: area.parent.as_ref().map(|parent| parent.0.clone()),
        households: state.pack().households.get(&area.code).copied(),
    }
}

/// Areas by level or parent, by code.
#[utoipa::path(get, path = "/areas", tag = "organisation", params(AreasQuery), responses((status = 200, description = "Areas", body = Vec<AreaShown>)))]
pub async fn areas(
    State(state): State<AppState>,
    _: SignedIn,
    Asked(asked): Asked<AreasQuery>,
) -> Result<Json<Vec<AreaShown>>, Problem> {
    let setting = state.setting()?;
    let fits = |area: &&Area| {
        asked.level.as_deref().is_none_or(|level| area.level.as_str() == level)
            && asked
                .parent
                .as_deref()
                .is_none_or(|parent| area.parent.as_ref().is_some_and(|code| code.as_str() == parent))
    };
    Ok(Json(setting.policy.org.areas.values().filter(fits).map(|area| area_shown(&state, area)).collect()))
}

/// One area with what lies around it.
#[derive(Serialize, ToSchema)]
pub struct AreaWhole {
    #[serde(flatten)]
    area: AreaShown,
    /// From this area up to the root.
    around: Vec<AreaShown>,
    /// Units that serve it, those of larger ground included.
    units: Vec<UnitShown>,
}

/// One area, the areas around it, and the units that serve it.
#[utoipa::path(get, path = "/areas/{code}", tag = "organisation", params(("code" = String, Path, description = "The area's code")), responses(
    (status = 200, description = "The area", body = AreaWhole), (status = 404, description = "There is no such area"),
))]
pub async fn area(
    State(state): State<AppState>,
    _: SignedIn,
    Path(code): Path<String>,
) -> Result<Json<AreaWhole>, Problem> {
    let setting = state.setting()?;
    let org = &setting.policy.org;
    let code = AreaCode::new(code);
    let area = org.areas.get(&code).ok_or_else(Problem::not_found)?;
    let units = org.units.values().filter(|unit| org.serves(&unit.id, Some(&code), state.now()));
    Ok(Json(AreaWhole {
        area: area_shown(&state, area),
        around: org.ancestors(&code).map(|area| area_shown(&state, area)).collect(),
        units: units.map(|unit| unit_shown(&state, unit)).collect(),
    }))
}

/// Which outlines.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OutlinesQuery {
    /// The level whose areas are drawn, such as `street`.
    level: String,
    /// Only areas inside this one.
    within: Option<String>,
}

/// Outlines of the areas of a level as GeoJSON, with names and how many cases stand open and overdue there.
///
/// Shapes that a pack made instead of surveying them are marked `synthetic`.
#[utoipa::path(get, path = "/outlines", tag = "organisation", params(OutlinesQuery), responses(
    (status = 200, description = "A GeoJSON FeatureCollection (RFC 7946)", content_type = "application/geo+json", body = Object),
))]
pub async fn outlines(
    State(state): State<AppState>,
    who: SignedIn,
    Asked(asked): Asked<OutlinesQuery>,
) -> Result<Response, Problem> {
    let setting = state.setting()?;
    let org = &setting.policy.org;
    let level = huying_model::LevelName::new(&asked.level);
    if org.depth(&level).is_none() {
        let levels: Vec<_> = org.levels.iter().map(huying_model::LevelName::as_str).collect();
        return Err(crate::sent::no_such("level", &asked.level, &levels.join(", ")));
    }
    let within = asked.within.map(AreaCode::new);
    let counts = super::counts::by_level(&state, &who, &level).await?;
    let outlines = state.pack().shapes.outlines(org, &level);
    let drawn = outlines.iter().filter(|(code, _)| {
        within.as_ref().is_none_or(|within| org.ancestors(code).any(|area| &area.code == within))
    });
    let features: Vec<(Map<String, Value>, _)> = drawn
        .map(|(code, shape)| {
            let area = org.areas.get(code).map(|area| area.name.clone());
            let (open, overdue) = counts.get(code).copied().unwrap_or_default();
            let fields = json!({
                "code": code, "name": area, "name_en": state.pack().english(code.as_str()),
                "open": open, "overdue": overdue, "synthetic": state.pack().shapes.synthetic,
            });
            (fields.as_object().cloned().unwrap_or_default(), shape)
        })
        .collect();
    let text = huying_geo::geojson::write(features.iter().map(|(fields, shape)| (fields, *shape)));
    Ok(([(header::CONTENT_TYPE, "application/geo+json")], text).into_response())
}

/// A unit that can be made responsible.
#[derive(Serialize, ToSchema)]
pub struct UnitShown {
    #[schema(value_type = String)]
    id: SmolStr,
    #[schema(value_type = String)]
    name: SmolStr,
    #[schema(value_type = Option<String>)]
    name_en: Option<SmolStr>,
    /// `centre`, `department`, `post`, `station`, `grid_team`, `company` or `external`.
    #[schema(value_type = String)]
    kind: Value,
    /// What it is there for, such as `traffic-police`.
    #[schema(value_type = String)]
    function: SmolStr,
    /// The area that it serves.
    #[schema(value_type = String)]
    area: SmolStr,
    /// The unit that a seconded post or an external unit belongs to.
    #[schema(value_type = Option<String>)]
    home: Option<SmolStr>,
    /// In force today.
    active: bool,
}

fn unit_shown(state: &AppState, unit: &Unit) -> UnitShown {
    UnitShown {
        id: unit.id.0.clone(),
        name: unit.name.clone(),
        name_en: state.pack().english(unit.id.as_str()).cloned(),
        kind: json!(unit.kind),
        function: unit.function.0.clone(),
        area: unit.area.0.clone(),
        home: unit.home.as_ref().map(|home| home.0.clone()),
        active: unit.active(state.now()),
    }
}

/// Which units.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct UnitsQuery {
    /// That serve this place, those of larger ground included.
    serves: Option<String>,
    /// Such as `centre` or `traffic-police`.
    function: Option<String>,
}

/// Units, by id.
#[utoipa::path(get, path = "/units", tag = "organisation", params(UnitsQuery), responses((status = 200, description = "Units", body = Vec<UnitShown>)))]
pub async fn units(
    State(state): State<AppState>,
    _: SignedIn,
    Asked(asked): Asked<UnitsQuery>,
) -> Result<Json<Vec<UnitShown>>, Problem> {
    let setting = state.setting()?;
    let org = &setting.policy.org;
    let place = asked.serves.map(AreaCode::new);
    let fits = |unit: &&Unit| {
        place.as_ref().is_none_or(|place| org.serves(&unit.id, Some(place), state.now()))
            && asked.function.as_deref().is_none_or(|function| unit.function.as_str() == function)
    };
    Ok(Json(org.units.values().filter(fits).map(|unit| unit_shown(&state, unit)).collect()))
}

/// One unit.
#[utoipa::path(get, path = "/units/{unit}", tag = "organisation", params(("unit" = String, Path, description = "The unit's id")), responses(
    (status = 200, description = "The unit", body = UnitShown), (status = 404, description = "There is no such unit"),
))]
pub async fn unit(
    State(state): State<AppState>,
    _: SignedIn,
    Path(unit): Path<String>,
) -> Result<Json<UnitShown>, Problem> {
    let setting = state.setting()?;
    let unit = setting.policy.org.units.get(&UnitId::new(unit)).ok_or_else(Problem::not_found)?;
    Ok(Json(unit_shown(&state, unit)))
}

/// A seat: a role in a unit.
#[derive(Serialize, ToSchema)]
pub struct SeatShown {
    #[schema(value_type = String)]
    unit: SmolStr,
    #[schema(value_type = String)]
    role: Value,
}

/// An account that can sign in.
#[derive(Serialize, ToSchema)]
pub struct MemberShown {
    #[schema(value_type = String)]
    id: SmolStr,
    #[schema(value_type = String)]
    name: SmolStr,
    #[schema(value_type = Option<String>)]
    name_en: Option<SmolStr>,
    seats: Vec<SeatShown>,
}

impl MemberShown {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

pub(crate) fn member_shown(state: &AppState, member: &huying_model::org::Member) -> MemberShown {
    let seat = |seat: &huying_model::Seat| SeatShown { unit: seat.unit.0.clone(), role: json!(seat.role) };
    MemberShown {
        id: member.id.0.clone(),
        name: member.name.clone(),
        name_en: state.pack().english(member.id.as_str()).cloned(),
        seats: member.seats.iter().map(seat).collect(),
    }
}

/// Members that can be chosen to sign in; on a loopback address only.
#[utoipa::path(get, path = "/members", tag = "session", responses(
    (status = 200, description = "Members, by id", body = Vec<MemberShown>), (status = 403, description = "`loopback_only`"),
))]
pub async fn members(State(state): State<AppState>, _: Chooser) -> Result<Json<Vec<MemberShown>>, Problem> {
    let setting = state.setting()?;
    Ok(Json(setting.policy.org.members.values().map(|member| member_shown(&state, member)).collect()))
}

/// An area's code with the codes of everything below it; empty for the root, which holds every case.
pub(crate) fn with_below(org: &Org, area: &str) -> Result<Vec<SmolStr>, Problem> {
    let code = AreaCode::new(area);
    if !org.areas.contains_key(&code) {
        let mend = Both::of("请从区域列表中选择。", "Choose one from GET /api/v1/areas.");
        return Err(Problem::field(
            "area",
            "unknown_area",
            Both::of("没有该区域。", "There is no such area."),
            mend,
        ));
    }
    if &code == org.root() {
        return Ok(Vec::new());
    }
    let mut inside: BTreeMap<&AreaCode, bool> = BTreeMap::new();
    for area in org.areas.values() {
        inside.insert(&area.code, org.ancestors(&area.code).any(|above| above.code == code));
    }
    Ok(inside.into_iter().filter(|(_, inside)| *inside).map(|(code, _)| code.0.clone()).collect())
}

/// A point whose cell is asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LocateQuery {
    /// Degrees.
    lon: f64,
    /// Degrees.
    lat: f64,
    /// `wgs84` (the default), `cgcs2000`, `gcj02` or `bd09`.
    datum: Option<String>,
}

/// Where a point lies.
#[derive(Serialize, ToSchema)]
pub struct LocatedShown {
    /// In the inner system, degrees.
    lon: f64,
    lat: f64,
    /// The smallest area first; empty where no cell holds the point.
    areas: Vec<AreaShown>,
    #[schema(value_type = Vec<String>)]
    overlays: Vec<SmolStr>,
    /// The centre that answers for it.
    #[schema(value_type = String)]
    centre: SmolStr,
    asked_at: Moment,
}

/// The cell that answers for a point.
#[utoipa::path(get, path = "/locate", tag = "organisation", params(LocateQuery), responses((status = 200, description = "Where it lies", body = LocatedShown)))]
pub async fn locate(
    State(state): State<AppState>,
    _: SignedIn,
    Asked(asked): Asked<LocateQuery>,
) -> Result<Json<LocatedShown>, Problem> {
    let setting = state.setting()?;
    let datum = match asked.datum.as_deref() {
        None => None,
        Some(name) => {
            let read = serde_json::from_value::<Datum>(json!(name));
            Some(read.map_err(|_why| crate::sent::no_such("datum", name, "wgs84, cgcs2000, gcj02, bd09"))?)
        }
    };
    let draft =
        huying_engine::place::PlaceDraft { lon: Some(asked.lon), lat: Some(asked.lat), datum, area: None };
    let place = huying_engine::place::locate(&setting, &draft, "").map_err(huying_engine::Error::from)?;
    let org = &setting.policy.org;
    let areas =
        place.area.iter().flat_map(|area| org.ancestors(area)).map(|area| area_shown(&state, area)).collect();
    let degrees = |e7: Option<i32>| f64::from(e7.unwrap_or_default()) / 1e7;
    Ok(Json(LocatedShown {
        lon: degrees(place.lon_e7),
        lat: degrees(place.lat_e7),
        areas,
        overlays: place.overlays.into_iter().map(|code| code.0).collect(),
        centre: org.centre_of(place.area.as_ref(), state.now()).0,
        asked_at: Moment(state.now()),
    }))
}
