//! Vector tiles (Mapbox Vector Tile 2.1) for maps: areas, overlays, components and the cases in sight; and what everybody may see.
//!
//! A tile is private and is asked for anew each time with its ETag: 304 costs nothing where neither the policy nor a case in sight has changed, and 204 says
//! that there is nothing to see. What is drawn is [`crate::tiles`]'. Start at [`map_tile`].

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_geo::{
    Datum,
    tile::{Address, layer::MEDIA_TYPE},
};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use crate::{
    problem::Problem,
    sent::{Asked, no_such},
    session::SignedIn,
    state::AppState,
    tiles::{Layer, Made, Mark},
};

/// Of this person, and never without asking.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");
/// Of everybody, and a minute old at most.
const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// How a tile is drawn.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct TileQuery {
    /// In which datum everything lies: `wgs84` (the default), `cgcs2000`, `gcj02` or `bd09`. It has to be that of the map under it.
    datum: Option<String>,
}

impl TileQuery {
    fn datum(&self) -> Result<Datum, Problem> {
        let Some(name) = self.datum.as_deref() else { return Ok(Datum::Wgs84) };
        serde_json::from_value(json!(name))
            .map_err(|_why| no_such("datum", name, "wgs84, cgcs2000, gcj02, bd09"))
    }
}

/// The place that three parts of an address name, each written as numbers are.
fn place(zoom: &str, x: &str, y: &str) -> Result<Address, Problem> {
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| number.to_string() == text);
    let all = number(zoom).and_then(|zoom| u8::try_from(zoom).ok()).zip(number(x)).zip(number(y));
    all.and_then(|((zoom, x), y)| Address::new(zoom, x, y).ok()).ok_or_else(Problem::not_found)
}

fn etag(mark: &Mark) -> String {
    // Half of it tells tiles apart well enough.
    mark.iter().take(16).fold(String::from("\""), |text, byte| text + &format!("{byte:02x}")) + "\""
}

/// Whether one of the tags that a request names is this one.
fn has(headers: &HeaderMap, mark: &Mark) -> bool {
    let told = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let tag = etag(mark);
    told.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == tag)
}

fn answer(made: Made, kept: HeaderValue) -> Result<Response, Problem> {
    let tag = HeaderValue::from_str(&etag(&made.mark)).map_err(|why| Problem::internal(&why))?;
    let named = [(header::ETAG, tag), (header::CACHE_CONTROL, kept)];
    Ok(match made.bytes {
        None => (StatusCode::NOT_MODIFIED, named).into_response(),
        Some(bytes) if bytes.is_empty() => (StatusCode::NO_CONTENT, named).into_response(),
        Some(bytes) => {
            (named, [(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE))], bytes).into_response()
        }
    })
}

/// One vector tile of a layer, or of a set of layers.
///
/// Layers: `areas` (of every level that is told apart at the zoom, with the layer `labels`), `overlays` (with `overlay_labels`), `cases` (open cases that the
/// member may read, as the layers `cases` and `clusters`), `components` (from zoom 16 on). Sets: `ground` (areas and overlays) and `all`.
/// Each case stands either by itself in `cases` or in one cluster, so counts add up at every zoom; overdue cases and those due soon stand by
/// themselves as long as a tile has 2,000 of them at most, every case from zoom 14 on. Disputes are in no tile.
#[utoipa::path(get, path = "/tiles/{layers}/{z}/{x}/{y}", tag = "cases", params(
    ("layers" = String, Path, description = "`areas`, `overlays`, `cases`, `components`, `ground` or `all`"),
    ("z" = u8, Path, description = "Zoom, 0 to 20"),
    ("x" = u32, Path, description = "Column from the west"),
    ("y" = u32, Path, description = "Row from the north"),
    TileQuery,
), responses(
    (status = 200, description = "The tile", content_type = "application/vnd.mapbox-vector-tile", body = Vec<u8>),
    (status = 204, description = "There is nothing to see in it"),
    (status = 304, description = "It is the one whose ETag was sent with If-None-Match"),
    (status = 404, description = "There is no such layer, or no such tile"),
))]
pub async fn map_tile(
    State(state): State<AppState>,
    who: SignedIn,
    Path((name, zoom, x, y)): Path<(String, String, String, String)>,
    Asked(asked): Asked<TileQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let at = place(&zoom, &x, &y)?;
    let layers = Layer::named(&name).ok_or_else(Problem::not_found)?;
    let how = (at, asked.datum()?);
    let made =
        state.tiles.tile((&state, &who), (name.as_str(), layers), how, |mark| has(&headers, mark)).await?;
    answer(made, PRIVATE)
}

/// One vector tile of what everybody may see: areas, each with how many open cases there are in it of which everybody may know.
///
/// It has the layers `areas` and `labels`; `open` is the count of an area with everything below it. No case stands in it by itself.
#[utoipa::path(get, path = "/tiles/public/{z}/{x}/{y}", tag = "cases", params(
    ("z" = u8, Path, description = "Zoom, 0 to 20"),
    ("x" = u32, Path, description = "Column from the west"),
    ("y" = u32, Path, description = "Row from the north"),
    TileQuery,
), responses(
    (status = 200, description = "The tile", content_type = "application/vnd.mapbox-vector-tile", body = Vec<u8>),
    (status = 204, description = "There is nothing to see in it"),
    (status = 304, description = "It is the one whose ETag was sent with If-None-Match"),
    (status = 404, description = "There is no such tile"),
))]
pub async fn public_tile(
    State(state): State<AppState>,
    Path((zoom, x, y)): Path<(String, String, String)>,
    Asked(asked): Asked<TileQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let how = (place(&zoom, &x, &y)?, asked.datum()?);
    let made = state.tiles.public(&state, how, |mark| has(&headers, mark)).await?;
    answer(made, PUBLIC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_is_named_by_plain_numbers_within_the_world() {
        assert_eq!(place("14", "13038", "6780").unwrap(), Address::new(14, 13_038, 6_780).unwrap());
        for (zoom, x, y) in [
            ("1", "2", "0"),
            ("21", "0", "0"),
            ("256", "0", "0"),
            ("1", "00", "0"),
            ("+1", "0", "0"),
            ("a", "", "0"),
        ] {
            assert_eq!(place(zoom, x, y).unwrap_err().code, "not_found", "{zoom}/{x}/{y}");
        }
    }

    #[test]
    fn an_etag_is_known_among_others_and_in_its_weak_form() {
        let mark = [7; 32];
        let with = |value: &str| HeaderMap::from_iter([(header::IF_NONE_MATCH, value.parse().unwrap())]);
        let tag = etag(&mark);
        assert_eq!(tag.len(), 34);
        for said in [tag.clone(), format!("\"x\", {tag}"), format!("W/{tag}")] {
            assert!(has(&with(&said), &mark), "{said}");
        }
        assert!(!has(&with(&tag), &[8; 32]));
        assert!(!has(&HeaderMap::new(), &mark));
    }
}
