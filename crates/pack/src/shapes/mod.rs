//! The shapes of cells: read from TopoJSON or GeoJSON, joined to the areas by code.
//!
//! Owns which cell lies where in a pack, and the outlines of larger areas, which are the cells' own borders that
//! no neighbour shares. It refuses to make shapes: that is the grid maker's work, done once by whoever writes
//! the pack. Start at [`read`], then [`Shapes::outline`].

use std::collections::{BTreeMap, HashMap};

use huying_geo::{CellShape, Datum, Places, Point, geojson, places};
use huying_model::{AreaCode, org::Org};
use smol_str::SmolStr;

use crate::places::Ground;
use crate::problem::{Problems, Spot};
use crate::settings::Settings;
use crate::source::{Source, text};

pub mod make;
pub mod topo;

/// The cells of a pack by the code of their area, and its overlays.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shapes {
    pub cells: BTreeMap<AreaCode, CellShape>,
    pub overlays: BTreeMap<AreaCode, CellShape>,
    /// Made, not surveyed: whoever shows them says so.
    pub synthetic: bool,
}

impl Shapes {
    /// The outline of an area: its own cell, or what the cells below it enclose. None where none has a shape.
    pub fn outline(&self, org: &Org, area: &AreaCode) -> Option<CellShape> {
        if let Some(own) = self.cells.get(area).or_else(|| self.overlays.get(area)) {
            return Some(own.clone());
        }
        let below =
            self.cells.iter().filter(|(cell, _)| org.ancestors(cell).any(|above| &above.code == area));
        Some(join(below.map(|(_, shape)| shape))).filter(|shape| !shape.rings.is_empty())
    }

    /// The outlines of all areas of a level, each computed as by [`Shapes::outline`] but in one pass.
    pub fn outlines(&self, org: &Org, level: &huying_model::LevelName) -> BTreeMap<AreaCode, CellShape> {
        let mut below: BTreeMap<AreaCode, Vec<&CellShape>> = BTreeMap::new();
        for (cell, shape) in &self.cells {
            if let Some(area) = org.at_level(cell, level) {
                below.entry(area.code.clone()).or_default().push(shape);
            }
        }
        below.into_iter().map(|(area, shapes)| (area, join(shapes.into_iter()))).collect()
    }
}

/// The outer borders of cells that share their borders point for point: sides that run both ways cancel.
pub fn join<'a>(shapes: impl Iterator<Item = &'a CellShape>) -> CellShape {
    let mut shapes = shapes.peekable();
    let Some(first) = shapes.next() else { return CellShape::default() };
    if shapes.peek().is_none() {
        return first.clone();
    }
    let mut onward: BTreeMap<Point, Vec<Point>> = BTreeMap::new();
    for ring in std::iter::once(first).chain(shapes).flat_map(|shape| &shape.rings) {
        for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            let back = onward
                .get_mut(b)
                .and_then(|ends| ends.iter().position(|end| end == a).map(|at| ends.swap_remove(at)));
            if back.is_none() {
                onward.entry(*a).or_default().push(*b);
            }
        }
    }
    let mut rings = Vec::new();
    let starts: Vec<Point> = onward.keys().copied().collect();
    for start in starts {
        while let Some(mut at) = onward.get_mut(&start).and_then(Vec::pop) {
            let mut ring = vec![start];
            while at != start {
                ring.push(at);
                match onward.get_mut(&at).and_then(Vec::pop) {
                    Some(next) => at = next,
                    None => break,
                }
            }
            rings.push(ring);
        }
    }
    CellShape { rings }
}

/// Reads the files that `[shapes]` names.
pub fn read(source: &dyn Source, settings: &Settings, ground: &Ground, problems: &Problems) -> Shapes {
    let mut shapes = Shapes::default();
    let Some(files) = &settings.shapes else { return shapes };
    shapes.synthetic = files.synthetic;
    shapes.cells = layer(source, &files.cells, files.datum, ground, problems);
    if let Some(file) = &files.overlays {
        shapes.overlays = layer(source, file, files.datum, ground, problems);
    }
    shapes
}

fn layer(
    source: &dyn Source,
    file: &str,
    datum: Datum,
    ground: &Ground,
    problems: &Problems,
) -> BTreeMap<AreaCode, CellShape> {
    let Some(text) = text(source, file, true, problems) else { return BTreeMap::new() };
    let read = if file.ends_with(".topojson") { topo::read(&text) } else { features(&text, datum) };
    let coded = match read {
        Ok(coded) => coded,
        Err(error) => {
            problems.at(unread(file, &text), error, "");
            return BTreeMap::new();
        }
    };
    let mut layer = BTreeMap::new();
    for (number, (code, shape)) in coded.into_iter().enumerate() {
        let area = AreaCode(code);
        if let Err(error) = shape.checked_rings(number) {
            problems.at(named(file, &text, &area), error.to_string(), "");
        } else if !ground.has(&area) {
            let what = format!("shape {number} has the code '{area}', which no area has");
            problems.at(named(file, &text, &area), what, "Add the area or correct the code");
        } else if layer.insert(area.clone(), shape).is_some() {
            problems.at(
                named(file, &text, &area),
                format!("the area {area} has two shapes"),
                "Join them into a MultiPolygon",
            );
        }
    }
    layer
}

/// Where the text stops being JSON; its beginning where it is JSON and holds something else.
fn unread(file: &str, text: &str) -> Spot {
    let parsed: Result<serde::de::IgnoredAny, _> = serde_json::from_str(text);
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).max(1);
    let (line, column) = parsed.err().map_or((1, 1), |error| (error.line(), error.column()));
    Spot { line: number(line), column: number(column), ..Spot::file(file) }
}

/// Where the code of an area is written last, which is the shape that was read last.
fn named(file: &str, text: &str, area: &AreaCode) -> Spot {
    let code = format!("\"{area}\"");
    text.rfind(&code)
        .and_then(|at| text.get(..at))
        .map_or_else(|| Spot::file(file), |before| Spot::after(file, before))
}

pub(crate) fn features(text: &str, datum: Datum) -> Result<Vec<(SmolStr, CellShape)>, String> {
    let features = geojson::read(text, datum).map_err(|error| error.to_string())?;
    let coded = |(number, feature): (usize, geojson::Feature)| {
        let code = feature.properties.get("code").and_then(|code| code.as_str()).map(SmolStr::new);
        let code = code
            .ok_or_else(|| format!("feature {number} has no property \"code\": give it its area's code"))?;
        Ok((code, feature.shape))
    };
    features.into_iter().enumerate().map(coded).collect()
}

/// The index from point to area.
pub fn index(shapes: &Shapes, ground: &Ground, settings: &Settings, problems: &Problems) -> Option<Places> {
    let area = |area: &huying_model::org::Area| places::Area {
        code: area.code.0.clone(),
        level: area.level.0.clone(),
        parent: area.parent.as_ref().map(|parent| parent.0.clone()),
        shape: shapes.cells.get(&area.code).cloned(),
    };
    let areas: Vec<places::Area> = ground.areas.iter().map(area).collect();
    let overlay = |(code, shape): (&AreaCode, &CellShape)| places::Overlay {
        code: code.0.clone(),
        shape: shape.clone(),
    };
    let overlays: Vec<places::Overlay> = shapes.overlays.iter().map(overlay).collect();
    let file = settings.shapes.as_ref().map_or(crate::places::FILE, |files| files.cells.as_str());
    Places::build(&areas, &overlays)
        .map_err(|error| problems.at(Spot::file(file), error.to_string(), ""))
        .ok()
}

/// The smallest areas that have no shape of their own, by the shapes of their level's neighbours.
pub fn shapeless(shapes: &Shapes, ground: &Ground) -> Vec<AreaCode> {
    let mut has_children: HashMap<&AreaCode, bool> = HashMap::new();
    for area in &ground.areas {
        if let Some(parent) = &area.parent {
            has_children.insert(parent, true);
        }
    }
    let leaf = |area: &&huying_model::org::Area| !has_children.contains_key(&area.code);
    let bare = ground.areas.iter().filter(leaf).filter(|area| !shapes.cells.contains_key(&area.code));
    bare.map(|area| area.code.clone()).collect()
}
