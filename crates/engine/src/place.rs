//! From what somebody told of a place to the cell that answers for it.
//!
//! Owns the meaning of a told place: a point decides; an area code stands in where there is no point or where the point lies
//! outside every cell; neither means unknown, which is no mistake (the root centre takes it). Start at [`locate`].

use huying_geo::Datum;
use huying_model::{AreaCode, case::Place};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{Problem, engine::Setting};

/// A place as it is told.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceDraft {
    /// Degrees.
    #[serde(default)]
    pub lon: Option<f64>,
    #[serde(default)]
    pub lat: Option<f64>,
    /// The system of the point: `wgs84`, `cgcs2000`, `gcj02` or `bd09`; WGS-84 where it is not said.
    #[serde(default)]
    pub datum: Option<Datum>,
    /// The smallest area that is known to hold it.
    #[serde(default)]
    pub area: Option<AreaCode>,
}

/// Finds the cell, the overlays, and keeps the datum the point came in.
pub fn locate(setting: &Setting, draft: &PlaceDraft, path: &str) -> Result<Place, Problem> {
    let at = |field: &str| if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") };
    let told = draft.area.as_ref().filter(|area| !area.as_str().is_empty());
    if let Some(area) = told
        && !setting.policy.org.areas.contains_key(area)
    {
        return Err(Problem::at(
            at("area"),
            "unknown_area",
            "There is no such area: choose one from the list of areas.",
        ));
    }
    let mut place = Place { area: told.cloned(), ..Place::default() };
    let (lon, lat) = match (draft.lon, draft.lat) {
        (Some(lon), Some(lat)) => (lon, lat),
        (None, None) => return Ok(place),
        (None, _) => {
            return Err(Problem::at(
                at("lon"),
                "half_a_point",
                "A point needs lon and lat: add the longitude.",
            ));
        }
        (_, None) => {
            return Err(Problem::at(
                at("lat"),
                "half_a_point",
                "A point needs lon and lat: add the latitude.",
            ));
        }
    };
    let datum = draft.datum.unwrap_or(Datum::Wgs84);
    let point = datum.to_inside(lon, lat).map_err(|error| {
        let field = if matches!(error, huying_geo::PointError::Longitude(_)) { "lon" } else { "lat" };
        Problem::at(at(field), "not_on_earth", error.to_string())
    })?;
    let found = setting.places.locate(point);
    // The index may know smaller areas than the organisation of today.
    let known = |code: &SmolStr| {
        Some(AreaCode(code.clone())).filter(|code| setting.policy.org.areas.contains_key(code))
    };
    place.area = found.areas().find_map(|(_, code)| known(code)).or(place.area);
    place.overlays = found.overlays.iter().map(|code| AreaCode((*code).clone())).collect();
    place.lon_e7 = Some(point.lon_e7);
    place.lat_e7 = Some(point.lat_e7);
    place.datum = (datum != Datum::Wgs84).then(|| datum_code(datum));
    Ok(place)
}

fn datum_code(datum: Datum) -> SmolStr {
    SmolStr::new_static(match datum {
        Datum::Wgs84 => "wgs84",
        Datum::Cgcs2000 => "cgcs2000",
        Datum::Gcj02 => "gcj02",
        Datum::Bd09 => "bd09",
    })
}
