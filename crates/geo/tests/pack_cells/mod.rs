//! The areas of the packs that lie beside the crates, read as far as drawing them needs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use huying_geo::{CellShape, Point};

/// The directories of the packs that have cells in TopoJSON.
pub fn packs() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    let mut found: Vec<PathBuf> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("cells.topojson").exists())
        .collect();
    found.sort();
    found
}

/// The smallest areas of a pack by their codes.
pub fn cells(pack: &Path) -> BTreeMap<String, CellShape> {
    let text = std::fs::read_to_string(pack.join("cells.topojson")).unwrap();
    let topology: serde_json::Value = serde_json::from_str(&text).unwrap();
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let transform = |what: &str, axis: usize| number(&topology["transform"][what][axis]);
    let arcs: Vec<Vec<Point>> = topology["arcs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|arc| {
            let mut sum = [0.0; 2];
            let step = |position: &serde_json::Value| {
                let at = [0, 1].map(|axis| {
                    sum[axis] += number(&position[axis]);
                    sum[axis] * transform("scale", axis) + transform("translate", axis)
                });
                Point::from_degrees(at[0], at[1]).unwrap()
            };
            arc.as_array().unwrap().iter().map(step).collect()
        })
        .collect();
    let ring = |ways: &serde_json::Value| {
        let mut points: Vec<Point> = Vec::new();
        for way in ways.as_array().unwrap() {
            let way = way.as_i64().unwrap();
            let mut arc = arcs[usize::try_from(if way < 0 { !way } else { way }).unwrap()].clone();
            if way < 0 {
                arc.reverse();
            }
            points.pop();
            points.extend(arc);
        }
        points.pop();
        points
    };
    let geometries = topology["objects"]["cells"]["geometries"].as_array().unwrap();
    let shape = |geometry: &serde_json::Value| {
        let rings = geometry["arcs"].as_array().unwrap();
        let rings = match geometry["type"].as_str().unwrap() {
            "Polygon" => rings.iter().map(ring).collect(),
            _ => rings.iter().flat_map(|polygon| polygon.as_array().unwrap()).map(ring).collect(),
        };
        (geometry["id"].as_str().unwrap().to_owned(), CellShape { rings })
    };
    geometries.iter().map(shape).collect()
}

/// Every level of a pack from the cells upwards: the areas above are what the sides of their cells leave uncancelled.
pub fn levels(pack: &Path) -> Vec<Vec<CellShape>> {
    let table = std::fs::read_to_string(pack.join("areas.csv")).unwrap();
    let mut lines =
        table.trim_start_matches('\u{feff}').lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let column = |name: &str| head.iter().position(|of| *of == name).unwrap();
    let (code, parent) = (column("code"), column("parent"));
    let above: BTreeMap<String, String> =
        lines.map(|line| (line[code].to_owned(), line[parent].to_owned())).collect();
    let mut level = cells(pack);
    let mut found = Vec::new();
    while !level.is_empty() {
        let mut groups: BTreeMap<&str, Vec<&CellShape>> = BTreeMap::new();
        for (code, shape) in &level {
            if let Some(parent) = above.get(code).filter(|parent| !parent.is_empty()) {
                groups.entry(parent).or_default().push(shape);
            }
        }
        let next = groups.into_iter().map(|(code, shapes)| (code.to_owned(), join(&shapes))).collect();
        found.push(std::mem::replace(&mut level, next).into_values().collect());
    }
    found
}

/// The outer sides of cells that share their borders point for point, as rings.
pub fn join(shapes: &[&CellShape]) -> CellShape {
    let mut onward: BTreeMap<Point, Vec<Point>> = BTreeMap::new();
    for polygon in shapes.iter().flat_map(|shape| huying_geo::polygons::polygons(shape)) {
        for ring in polygon {
            for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
                let back = onward
                    .get_mut(b)
                    .and_then(|ends| ends.iter().position(|end| end == a).map(|at| ends.swap_remove(at)));
                if back.is_none() {
                    onward.entry(*a).or_default().push(*b);
                }
            }
        }
    }
    let mut rings = Vec::new();
    for start in onward.keys().copied().collect::<Vec<_>>() {
        while let Some(mut at) = onward.get_mut(&start).and_then(Vec::pop) {
            let mut ring = vec![start];
            while at != start {
                ring.push(at);
                at = onward.get_mut(&at).and_then(Vec::pop).expect("rings close");
            }
            rings.push(ring);
        }
    }
    CellShape { rings }
}
