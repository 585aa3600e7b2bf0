//! What somebody chose on a form of the organisation, as edits of a change.
//!
//! Owns the names of the fields and the reading of drawn outlines. Refuses to judge an edit: that is told when the change is looked at.
//! Start at [`edits`], then [`text`].

use huying_geo::{CellShape, Datum, Dense, MOST_PAIRS, Point, crossing, geojson};
use huying_model::{AreaCode, UnitId, org::Unit};
use huying_pack::change::written::{self, Edit, Part};
use serde_json::Value;

use crate::{
    pages::{form::Form, view::View},
    problem::{Both, Problem},
};

/// Parts of a split that one form can show.
pub const MOST: usize = 8;
/// Parts of a split: two at least.
const PARTS: std::ops::RangeInclusive<usize> = 2..=MOST;

/// How many parts were asked for.
pub fn count(parts: Option<&str>) -> usize {
    let parts = parts.and_then(|parts| parts.parse().ok()).unwrap_or(*PARTS.start());
    parts.clamp(*PARTS.start(), *PARTS.end())
}

/// The edits of a form, as one writes them by hand.
///
/// # Errors
/// An outline that cannot be read, and a form that is none of this page's.
pub fn edits(view: &View, form: &Form) -> Result<String, Problem> {
    let said = |name: &str| form.said(name).unwrap_or_default().to_owned();
    let area = said("area");
    let edit = match form.said("act") {
        Some("text") => return Ok(said("edits")),
        Some("split") => return Ok(written::edits(&split(view, form, area)?)),
        Some("merge") => return Ok(written::edits(&merged(view, form, area))),
        Some("draw") => changed(view, form, area)?,
        Some("end") => Edit::End { area },
        _ => return Err(Problem::not_found()),
    };
    Ok(written::edits(&[edit]))
}

/// The whole file. At once is this moment; a preview is looked at before anybody has said why.
///
/// # Errors
/// A decision without a reason.
pub fn text(view: &View, form: &Form, from: &str, edits: &str, decides: bool) -> Result<String, Problem> {
    let reason = match (form.said("reason"), decides) {
        (Some(reason), _) => reason,
        (None, false) => "—",
        (None, true) => {
            let mend = Both::of("请用1至2000字说明理由。", "Say why in 1 to 2000 characters.");
            return Err(Problem::field(
                "reason",
                "missing",
                Both::of("缺少理由。", "A reason is missing."),
                mend,
            ));
        }
    };
    let now = view.setting.zone.to_datetime(view.now.timestamp());
    let at = match from {
        "" => now.strftime("%Y-%m-%d %H:%M:%S%.f").to_string(),
        from => from.to_owned(),
    };
    Ok(written::whole(&at, reason, edits))
}

/// Units of an area that are there.
pub fn units<'v>(view: &'v View, area: &'v str) -> impl Iterator<Item = &'v Unit> {
    let there = view.org().units.values().filter(move |unit| unit.active(view.now));
    there.filter(move |unit| unit.area.as_str() == area)
}

/// The parts, the units that go with one of them, and those that begin. A unit that goes with none closes with its area.
fn split(view: &View, form: &Form, area: String) -> Result<Vec<Edit>, Problem> {
    let into = parts(form)?;
    let mut edits = Vec::new();
    for unit in units(view, &area) {
        let no = form.said(&format!("unit-{}", unit.id)).and_then(|no| no.parse::<usize>().ok());
        let part = no.and_then(|no| no.checked_sub(1)).and_then(|at| into.get(at));
        edits.extend(part.map(|part| Edit::Move { unit: unit.id.to_string(), area: part.code.clone() }));
    }
    for (no, part) in (1_usize..).zip(&into) {
        // A new one is of the kind of the one that was there.
        let like = form.said(&format!("team-{no}")).zip(units(view, &area).next());
        edits.extend(like.map(|(id, like)| {
            let name = form.said(&format!("team_name-{no}")).unwrap_or_default();
            let unit = Unit {
                id: UnitId::new(id),
                name: name.into(),
                area: AreaCode::new(&part.code),
                ..like.clone()
            };
            Edit::Begin { unit: Box::new(unit) }
        }));
    }
    edits.insert(0, Edit::Split { area, into });
    Ok(edits)
}

/// The merger, and where it is said the units of the areas that end go along.
fn merged(view: &View, form: &Form, area: String) -> Vec<Edit> {
    let said = |name: &str| form.said(name).unwrap_or_default().to_owned();
    let others = form.every("with").map(str::to_owned).filter(|other| *other != area);
    let areas: Vec<String> = std::iter::once(area.clone()).chain(others).collect();
    let code = said("code");
    let mut edits = Vec::new();
    if form.said("along").is_some() {
        for ends in areas.iter().filter(|ends| **ends != code) {
            let moved = |unit: &Unit| Edit::Move { unit: unit.id.to_string(), area: code.clone() };
            edits.extend(units(view, ends).map(moved));
        }
    }
    edits.insert(0, Edit::Merge { areas, code, name: said("name"), name_en: said("name_en") });
    edits
}

/// What is otherwise than today; a field that shows what is there changes nothing.
fn changed(view: &View, form: &Form, area: String) -> Result<Edit, Problem> {
    let known = view.org().areas.get(&AreaCode::new(&area));
    let english = view.setting.pack.english(&area).map(ToString::to_string).unwrap_or_default();
    let new =
        |name: &str, old: &str| form.said(name).filter(|text| *text != old).unwrap_or_default().to_owned();
    let name = new("name", known.map_or("", |area| area.name.as_str()));
    let parent = known.and_then(|area| area.parent.as_ref());
    let parent = new("parent", parent.map_or("", AreaCode::as_str));
    let shape = match layer(form)? {
        Some(features) => Some(one(features, &area, "file")?),
        None => drawn(form, "shape")?,
    };
    Ok(Edit::Change { name_en: new("name_en", &english), name, parent, shape, area })
}

fn parts(form: &Form) -> Result<Vec<Part>, Problem> {
    let mut parts: Vec<Part> = match layer(form)? {
        Some(features) => features.into_iter().map(of_feature).collect(),
        None => {
            let numbers = 1..=count(form.said("parts"));
            numbers.map(|no| of_fields(form, no)).collect::<Result<Vec<Part>, Problem>>()?
        }
    };
    for (no, part) in (1_usize..).zip(&mut parts) {
        let no = no.to_string();
        let of = form.fields.iter().filter(|(_, value)| value.trim() == no);
        part.areas = of.filter_map(|(name, _)| name.strip_prefix("child-")).map(str::to_owned).collect();
    }
    Ok(parts)
}

fn of_fields(form: &Form, no: usize) -> Result<Part, Problem> {
    let said = |name: &str| form.said(&format!("{name}-{no}")).unwrap_or_default().to_owned();
    Ok(Part {
        code: said("code"),
        name: said("name"),
        name_en: said("name_en"),
        areas: Vec::new(),
        shape: drawn(form, &format!("shape-{no}"))?,
    })
}

fn property(feature: &geojson::Feature, name: &str) -> String {
    match feature.properties.get(name) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn of_feature(feature: geojson::Feature) -> Part {
    Part {
        code: property(&feature, "code"),
        name: property(&feature, "name"),
        name_en: property(&feature, "name_en"),
        areas: Vec::new(),
        shape: Some(feature.shape),
    }
}

/// The layer of a file, where one was chosen.
fn layer(form: &Form) -> Result<Option<Vec<geojson::Feature>>, Problem> {
    let Some(bytes) = form.files.first() else { return Ok(None) };
    let text = String::from_utf8_lossy(bytes);
    features(form, text.trim_start_matches('\u{feff}'), "file").map(Some)
}

/// The outline that a field holds.
fn drawn(form: &Form, field: &str) -> Result<Option<CellShape>, Problem> {
    let Some(text) = form.said(field) else { return Ok(None) };
    one(features(form, text, field)?, "", field).map(Some)
}

/// The feature of an area: the only one, or the one with its code.
fn one(features: Vec<geojson::Feature>, code: &str, field: &str) -> Result<CellShape, Problem> {
    let many = features.len() != 1;
    let mut fitting = features.into_iter().filter(|feature| !many || property(feature, "code") == code);
    fitting.next().map(|feature| feature.shape).ok_or_else(|| {
        let message = Both::of("文件中没有这个区域的边界。", "The file has no outline of this area.");
        let mend = Both::of(
            "只放一个图形，或在其 code 属性写上区域编码。",
            "Send one feature, or write the area's code into its property code.",
        );
        Problem::field(field, "no_outline", message, mend)
    })
}

fn features(form: &Form, text: &str, field: &str) -> Result<Vec<geojson::Feature>, Problem> {
    let named = form.said("datum").and_then(|name| serde_json::from_value::<Datum>(name.into()).ok());
    let read = geojson::read(&collected(text), named.unwrap_or_default()).map_err(|why| {
        let message = Both::of("边界无法读取。", "The outline cannot be read.");
        Problem::field(field, "outline", message, Both(why.to_string(), why.to_string()))
    })?;
    let mut left = MOST_PAIRS;
    for feature in &read {
        match crossing(&feature.shape, &mut left) {
            Ok(None) => {}
            Ok(Some(at)) => return Err(crosses(field, at)),
            Err(Dense) => return Err(dense(field)),
        }
    }
    Ok(read)
}

/// To look for crossings would take longer than somebody waits, and to take it unread would be a guess.
fn dense(field: &str) -> Problem {
    let message = Both::of(
        "边界过密，无法检查是否自己相交。",
        "The outline has too many sides over one another to be checked for crossings.",
    );
    let mend = Both::of(
        "请先简化边界（减少顶点），或把文件分成几份。",
        "Simplify it to fewer corners first, or send the file in parts.",
    );
    Problem::field(field, "too_dense", message, mend)
}

/// What an outline encloses that crosses itself is a guess.
fn crosses(field: &str, at: Point) -> Problem {
    let degrees = |units: i32| f64::from(units) / 1e7;
    let (lon, lat) = (degrees(at.lon_e7), degrees(at.lat_e7));
    let message = Both(
        format!("边界自己相交（约在 {lon:.5}, {lat:.5}）。"),
        format!("The outline crosses itself (about {lon:.5}, {lat:.5})."),
    );
    let mend = Both::of(
        "请移动附近的顶点，使任意两边不相交。",
        "Move the corners near it until no two sides cross.",
    );
    Problem::field(field, "crosses_itself", message, mend)
}

/// A single feature or geometry as a collection of it: what other programs copy is often that.
fn collected(text: &str) -> String {
    let value = serde_json::from_str::<Value>(text).unwrap_or_default();
    match value.get("type").and_then(Value::as_str) {
        Some("Feature") => format!("{{\"type\":\"FeatureCollection\",\"features\":[{text}]}}"),
        Some("Polygon" | "MultiPolygon") => format!(
            "{{\"type\":\"FeatureCollection\",\"features\":[{{\"type\":\"Feature\",\"properties\":{{}},\"geometry\":{text}}}]}}"
        ),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RING: &str = "[[[110.0,30.0],[110.01,30.0],[110.01,30.01],[110.0,30.0]]]";

    fn form(fields: &[(&str, &str)]) -> Form {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Form { fields: fields.collect(), ..Form::default() }
    }

    #[test]
    fn an_outline_is_read_as_a_geometry_a_feature_or_a_collection() {
        let geometry = format!("{{\"type\":\"Polygon\",\"coordinates\":{RING}}}");
        let feature = format!("{{\"type\":\"Feature\",\"properties\":{{}},\"geometry\":{geometry}}}");
        let collection = format!("{{\"type\":\"FeatureCollection\",\"features\":[{feature}]}}");
        let read = |text: &str| drawn(&form(&[("shape", text)]), "shape").unwrap().unwrap();
        let shape = read(&geometry);
        assert_eq!(shape.rings[0].len(), 3);
        assert_eq!((read(&feature), read(&collection)), (shape.clone(), shape));
        let wrong = drawn(&form(&[("shape", "no outline")]), "shape").unwrap_err();
        assert_eq!(wrong.errors[0].field, "shape");
        assert_eq!(drawn(&form(&[]), "shape").unwrap(), None);
    }

    #[test]
    fn an_outline_that_crosses_itself_is_refused_with_the_place() {
        let bow = "{\"type\":\"Polygon\",\"coordinates\":[[[110.0,30.0],[110.02,30.02],[110.02,30.0],[110.0,30.02],[110.0,30.0]]]}";
        let wrong = drawn(&form(&[("shape", bow)]), "shape").unwrap_err();
        assert_eq!(
            (wrong.errors[0].field.as_str(), wrong.errors[0].code.as_str()),
            ("shape", "crosses_itself")
        );
        assert!(wrong.errors[0].message.0.contains("110.01000, 30.01000"), "{}", wrong.errors[0].message.0);
    }

    #[test]
    fn a_file_of_many_outlines_gives_the_one_with_the_areas_code() {
        let feature = |code: &str| {
            format!(
                "{{\"type\":\"Feature\",\"properties\":{{\"code\":\"{code}\"}},\"geometry\":{{\"type\":\"Polygon\",\"coordinates\":{RING}}}}}"
            )
        };
        let text =
            format!("{{\"type\":\"FeatureCollection\",\"features\":[{},{}]}}", feature("a"), feature("b"));
        let read = || features(&Form::default(), &text, "file").unwrap();
        assert!(one(read(), "b", "file").is_ok());
        assert_eq!(one(read(), "c", "file").unwrap_err().errors[0].code, "no_outline");
    }

    #[test]
    fn parts_take_the_areas_that_were_given_to_them() {
        let form =
            form(&[("parts", "3"), ("code-1", "x"), ("child-a", "2"), ("child-b", "1"), ("child-c", "2")]);
        let parts = parts(&form).unwrap();
        let taken: Vec<usize> = parts.iter().map(|part| part.areas.len()).collect();
        assert_eq!((parts[0].code.as_str(), taken), ("x", vec![1, 2, 0]));
        assert_eq!([None, Some("1"), Some("99"), Some("x")].map(count), [2, 2, 8, 2]);
    }
}
