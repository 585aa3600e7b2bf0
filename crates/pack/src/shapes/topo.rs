//! Shapes in TopoJSON: borders that two cells share are written once, as differences of whole units.
//!
//! Owns reading and writing of the one object that a pack needs (polygons with an `id`). The unit is 1e-7
//! degrees, so nothing is lost, and 7,000 cells take well under a megabyte. It refuses geometries that are no
//! polygons. The format is <https://github.com/topojson/topojson-specification>, which map tools open. Start
//! at [`read`] and [`write`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use huying_geo::{CellShape, Point, polygons::polygons};
use serde::Deserialize;
use smol_str::SmolStr;

#[derive(Deserialize)]
struct Topology {
    #[serde(rename = "type")]
    kind: String,
    transform: Option<Transform>,
    objects: BTreeMap<String, Object>,
    arcs: Vec<Vec<Vec<f64>>>,
}

#[derive(Deserialize)]
struct Transform {
    scale: [f64; 2],
    translate: [f64; 2],
}

#[derive(Deserialize)]
struct Object {
    #[serde(default)]
    geometries: Vec<Geometry>,
}

#[derive(Deserialize)]
struct Geometry {
    #[serde(rename = "type")]
    kind: String,
    id: Option<Id>,
    #[serde(default)]
    arcs: serde_json::Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(SmolStr),
    Number(u64),
}

/// Every polygon with its id.
///
/// # Errors
/// A sentence that names the geometry and the mend.
pub fn read(text: &str) -> Result<Vec<(SmolStr, CellShape)>, String> {
    let topology: Topology = serde_json::from_str(text).map_err(|error| {
        format!("this is not TopoJSON: {error}. Export the layer again as TopoJSON, or use GeoJSON")
    })?;
    if topology.kind != "Topology" {
        return Err(format!("this is a {}, not a Topology: name GeoJSON files .geojson", topology.kind));
    }
    let arcs = topology
        .arcs
        .iter()
        .map(|arc| decode(arc, topology.transform.as_ref()))
        .collect::<Result<Vec<_>, _>>()?;
    let mut coded = Vec::new();
    for (number, geometry) in topology.objects.into_values().flat_map(|object| object.geometries).enumerate()
    {
        let code = match geometry.id {
            Some(Id::Text(code)) => code,
            Some(Id::Number(code)) => SmolStr::from(code.to_string()),
            None => return Err(format!("geometry {number} has no id: give it its area's code")),
        };
        let rings: Vec<Vec<i64>> = match geometry.kind.as_str() {
            "Polygon" => serde_json::from_value(geometry.arcs)
                .map_err(|error| format!("geometry {number} ({code}): {error}"))?,
            "MultiPolygon" => serde_json::from_value::<Vec<Vec<Vec<i64>>>>(geometry.arcs)
                .map_err(|error| format!("geometry {number} ({code}): {error}"))?
                .concat(),
            other => {
                return Err(format!(
                    "geometry {number} ({code}) is a {other}: cells are Polygon or MultiPolygon"
                ));
            }
        };
        let rings = rings.iter().map(|ring| stitch(ring, &arcs)).collect::<Option<Vec<_>>>();
        let rings =
            rings.ok_or_else(|| format!("geometry {number} ({code}) names an arc that is not there"))?;
        coded.push((code, CellShape { rings }));
    }
    Ok(coded)
}

fn decode(arc: &[Vec<f64>], transform: Option<&Transform>) -> Result<Vec<Point>, String> {
    let (mut x, mut y) = (0.0, 0.0);
    let mut points = Vec::with_capacity(arc.len());
    for position in arc {
        let [dx, dy, ..] = position.as_slice() else { return Err("a position needs two numbers".to_owned()) };
        let (lon, lat) = match transform {
            Some(Transform { scale, translate }) => {
                (x, y) = (x + dx, y + dy);
                (x * scale[0] + translate[0], y * scale[1] + translate[1])
            }
            None => (*dx, *dy),
        };
        points.push(Point::from_degrees(lon, lat).map_err(|error| error.to_string())?);
    }
    Ok(points)
}

/// Joins arcs to an open ring; a negative number `!n` is arc `n` backwards.
fn stitch(ring: &[i64], arcs: &[Vec<Point>]) -> Option<Vec<Point>> {
    let mut points: Vec<Point> = Vec::new();
    for &number in ring {
        let backwards = number < 0;
        let arc = arcs.get(usize::try_from(if backwards { !number } else { number }).ok()?)?;
        // Each arc begins where the one before ended.
        points.pop();
        if backwards { points.extend(arc.iter().rev()) } else { points.extend(arc) }
    }
    if points.first() == points.last() {
        points.pop();
    }
    Some(points)
}

/// Writes cells that share their borders point for point.
pub fn write<'a>(cells: impl IntoIterator<Item = (&'a str, &'a CellShape)>) -> String {
    let cells: Vec<(&str, Vec<Vec<Vec<Point>>>)> =
        cells.into_iter().map(|(code, shape)| (code, polygons(shape))).collect();
    let junctions = junctions(cells.iter().flat_map(|(_, parts)| parts.iter().flatten()));
    let mut book = ArcBook::default();
    let mut geometries = String::new();
    for (number, (code, parts)) in cells.iter().enumerate() {
        let numbered: Vec<Vec<Vec<i64>>> =
            parts.iter().map(|part| part.iter().map(|ring| book.ring(ring, &junctions)).collect()).collect();
        geometries.push_str(if number == 0 { "\n" } else { ",\n" });
        let (kind, arcs) = match numbered.as_slice() {
            [one] => ("Polygon", serde_json::json!(one)),
            many => ("MultiPolygon", serde_json::json!(many)),
        };
        // Writing to a String cannot fail.
        let _ = write!(geometries, "{{\"type\":\"{kind}\",\"id\":\"{code}\",\"arcs\":{arcs}}}");
    }
    book.topology(&geometries)
}

/// Points where more than two sides meet: arcs end there and nowhere else.
fn junctions<'a>(rings: impl Iterator<Item = &'a Vec<Point>>) -> BTreeSet<Point> {
    let mut beside: HashMap<Point, BTreeSet<Point>> = HashMap::new();
    for ring in rings {
        for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            beside.entry(*a).or_default().insert(*b);
            beside.entry(*b).or_default().insert(*a);
        }
    }
    beside.into_iter().filter(|(_, others)| others.len() > 2).map(|(point, _)| point).collect()
}

#[derive(Default)]
struct ArcBook {
    arcs: Vec<Vec<Point>>,
    numbers: HashMap<Vec<Point>, i64>,
}

impl ArcBook {
    fn ring(&mut self, ring: &[Point], junctions: &BTreeSet<Point>) -> Vec<i64> {
        // A ring without junctions stands alone (or around one other cell): it begins at its lowest point.
        let lowest = (0..ring.len()).min_by_key(|at| ring[*at]).unwrap_or(0);
        let start = (0..ring.len()).find(|at| junctions.contains(&ring[*at])).unwrap_or(lowest);
        let mut numbers = Vec::new();
        let mut arc = Vec::new();
        for step in 0..=ring.len() {
            let point = ring[(start + step) % ring.len()];
            arc.push(point);
            if step > 0 && (junctions.contains(&point) || step == ring.len()) {
                numbers.push(self.number(&arc));
                arc = vec![point];
            }
        }
        numbers
    }

    fn number(&mut self, arc: &[Point]) -> i64 {
        let backwards: Vec<Point> = arc.iter().rev().copied().collect();
        if let Some(number) = self.numbers.get(arc) {
            return *number;
        }
        if let Some(number) = self.numbers.get(&backwards) {
            return !*number;
        }
        let number = self.arcs.len() as i64;
        self.numbers.insert(arc.to_vec(), number);
        self.arcs.push(arc.to_vec());
        number
    }

    fn topology(&self, geometries: &str) -> String {
        let all = self.arcs.iter().flatten();
        let west = all.clone().map(|point| point.lon_e7).min().unwrap_or(0);
        let south = all.map(|point| point.lat_e7).min().unwrap_or(0);
        let mut text = format!(
            "{{\"type\":\"Topology\",\"transform\":{{\"scale\":[1e-7,1e-7],\"translate\":[{},{}]}},\"objects\":{{\"cells\":{{\"type\":\"GeometryCollection\",\"geometries\":[{geometries}\n]}}}},\"arcs\":[",
            f64::from(west) / 1e7,
            f64::from(south) / 1e7,
        );
        for (number, arc) in self.arcs.iter().enumerate() {
            text.push_str(if number == 0 { "\n[" } else { ",\n[" });
            let (mut x, mut y) = (west, south);
            for (at, point) in arc.iter().enumerate() {
                let comma = if at == 0 { "" } else { "," };
                let _ = write!(text, "{comma}[{},{}]", point.lon_e7 - x, point.lat_e7 - y);
                (x, y) = (point.lon_e7, point.lat_e7);
            }
            text.push(']');
        }
        text.push_str("\n]}\n");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use huying_geo::maker::{Plan, Tree, make};

    #[test]
    fn made_cells_come_back_exactly_and_each_border_is_written_once() {
        let outline = CellShape::rectangle(
            Point::new(1_000_000_007, 300_000_011),
            Point::new(1_000_900_003, 300_800_017),
        );
        let plan = Plan { seed: 7, tree: Tree::of_counts(&[4, 5, 6]), triangles_per_leaf: 24 };
        let made = make(&outline, &plan).unwrap();
        let cells: Vec<(String, CellShape)> =
            made.at_depth(2).map(|(number, node)| (number.to_string(), node.shape.clone())).collect();
        let text = write(cells.iter().map(|(code, shape)| (code.as_str(), shape)));
        let read = read(&text).unwrap();
        assert_eq!(read.len(), 15);
        for ((code, shape), (code_read, shape_read)) in cells.iter().zip(&read) {
            assert_eq!(code, code_read);
            assert_eq!(shape.doubled_area(), shape_read.doubled_area());
            let sides = |shape: &CellShape| {
                let sides = shape.rings.iter().flat_map(|ring| ring.iter().zip(ring.iter().cycle().skip(1)));
                sides.map(|(a, b)| (*a, *b)).collect::<BTreeSet<_>>()
            };
            assert_eq!(sides(shape), sides(shape_read));
        }
        let whole = crate::shapes::join(read.iter().map(|(_, shape)| shape));
        assert_eq!(whole.doubled_area(), made.nodes[0].shape.doubled_area());
    }

    #[test]
    fn what_is_no_topology_is_refused_with_a_mend() {
        assert!(read("{").unwrap_err().contains("Export"));
        let line = r#"{"type":"Topology","objects":{"a":{"geometries":[{"type":"LineString","id":"1","arcs":[0]}]}},"arcs":[]}"#;
        assert!(read(line).unwrap_err().contains("Polygon or MultiPolygon"));
        let lost = r#"{"type":"Topology","objects":{"a":{"geometries":[{"type":"Polygon","id":"1","arcs":[[3]]}]}},"arcs":[]}"#;
        assert!(read(lost).unwrap_err().contains("arc that is not there"));
    }
}
