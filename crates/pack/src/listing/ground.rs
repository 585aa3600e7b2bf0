//! Areas as geographic layers: GeoJSON and zipped shapefiles in, zipped shapefiles out.
//!
//! Owns which property of a feature is which column, when two outlines are the same, and how large an archive may become. The formats are
//! the geo crate's ([`huying_geo::geojson`], [`huying_geo::shapefile`]). Start at [`open`] and [`shapefile`].

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Read, Write as _};

use encoding_rs::GB18030;
use huying_geo::{CellShape, Datum, Point, geojson, polygons, shapefile as layer};
use huying_model::AreaCode;
use serde_json::Value;
use sha2::{Digest, Sha256};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{Cell, Compared, Kind, RowOf, Sheet, Went, compare::MOST_ROWS};
use crate::problem::{Problem, Spot};
use crate::sheet::{Line, Rows};

/// Bytes that one file of an archive may become.
const MOST_BYTES: u64 = 128 * 1024 * 1024;
/// The column under which an outline stands in a preview.
pub(super) const SHAPE: &str = "shape";

/// A table of a kind as it came: CSV or workbook; for areas also GeoJSON, or a zip archive with a shapefile. `datum` is what the sender
/// knows of the coordinates.
///
/// # Errors
/// Every mistake of the file itself.
pub fn open(
    kind: Kind,
    name: &str,
    bytes: impl AsRef<[u8]> + Send + 'static,
    datum: Option<Datum>,
) -> Result<Sheet, Vec<Problem>> {
    let whole = |problem: String| vec![Spot::file(name).problem(problem, "")];
    if kind == Kind::Areas {
        let first = bytes
            .as_ref()
            .iter()
            .find(|byte| !byte.is_ascii_whitespace() && !b"\xEF\xBB\xBF".contains(*byte));
        if first == Some(&b'{') {
            let text = decoded(bytes.as_ref())
                .ok_or_else(|| whole("the file is neither UTF-8 nor GB18030; save it as UTF-8".to_owned()))?;
            let text = text.trim_start_matches('\u{feff}');
            let found =
                geojson::read(text, datum.unwrap_or_default()).map_err(|why| whole(why.to_string()))?;
            let features = found.into_iter().map(|one| (properties(&one.properties), Some(one.shape)));
            return of_features(name, features.collect());
        }
        if let Some(archive) = layers(bytes.as_ref()) {
            let found = unpacked(archive).and_then(|files| {
                let of = |end: &str| files.get(end).map(Vec::as_slice).unwrap_or_default();
                let text = |end: &str| files.get(end).map(|bytes| String::from_utf8_lossy(bytes));
                let (prj, cpg) = (text("prj"), text("cpg"));
                let parts =
                    layer::Parts { shp: of("shp"), dbf: of("dbf"), prj: prj.as_deref(), cpg: cpg.as_deref() };
                layer::read(parts, datum, Kind::Areas.columns()).map_err(|why| why.to_string())
            });
            let records = found.map_err(whole)?;
            return of_features(name, records.into_iter().map(|one| (one.fields, one.shape)).collect());
        }
    }
    let mut sheet = Sheet::read(kind, name, Rows::with_remarks(Cursor::new(bytes)))?;
    sheet.datum = datum.unwrap_or_default();
    Ok(sheet)
}

/// The text of a file, never with a sign in place of what could not be read.
fn decoded(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.into()),
        Err(_) => GB18030.decode_without_bom_handling_and_without_replacement(bytes),
    }
}

fn properties(all: &serde_json::Map<String, Value>) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    all.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

/// The archive, where it holds a shapefile.
fn layers(bytes: &[u8]) -> Option<ZipArchive<Cursor<&[u8]>>> {
    let archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let holds = archive.file_names_raw().any(|name| name.to_ascii_lowercase().ends_with(b".shp"));
    holds.then_some(archive)
}

fn unpacked(mut archive: ZipArchive<Cursor<&[u8]>>) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    for no in 0..archive.len() {
        let file = archive
            .by_index(no)
            .map_err(|why| format!("the archive cannot be read: {why}; zip the layer again"))?;
        // A name that cannot be read ends as none of ours.
        let name = file.name().unwrap_or_default().to_ascii_lowercase();
        let Some((_, end)) = name.rsplit_once('.') else { continue };
        if !["shp", "dbf", "prj", "cpg"].contains(&end) || name.contains("__macosx") {
            continue;
        }
        if files.contains_key(end) {
            return Err(format!("the archive has several .{end} files; send one layer"));
        }
        let end = end.to_owned();
        let mut bytes = Vec::new();
        let read = file.take(MOST_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|why| format!("the archive cannot be read: {why}; zip the layer again"))?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(format!(
                "the .{end} file is larger than {} MB; split the layer",
                MOST_BYTES / 1024 / 1024
            ));
        }
        files.insert(end, bytes);
    }
    Ok(files)
}

pub(super) type Feature = (BTreeMap<String, String>, Option<CellShape>);

/// Features as rows: properties that are named as columns, and their outlines. Other properties are passed over.
pub(super) fn of_features(name: &str, features: Vec<Feature>) -> Result<Sheet, Vec<Problem>> {
    if features.len() > MOST_ROWS {
        let message = format!("the layer has more than {MOST_ROWS} features");
        return Err(vec![Spot::file(name).problem(message, "Split it")]);
    }
    let columns = Kind::Areas.columns();
    let named = |column: &str| features.iter().any(|(fields, _)| field(fields, column).is_some());
    let head: Vec<String> =
        columns.iter().copied().filter(|column| named(column)).map(str::to_owned).collect();
    if !head.iter().any(|column| column == "code") {
        let mend = "Give every feature the code of its area in a property 'code'";
        return Err(vec![Spot::file(name).problem("no feature has the property 'code'", mend)]);
    }
    let lines: Vec<Line> = (1..)
        .zip(&features)
        .map(|(no, (fields, _))| Line {
            no,
            cells: head.iter().map(|column| field(fields, column).unwrap_or_default().to_owned()).collect(),
        })
        .collect();
    let shapes = features
        .iter()
        .filter_map(|(fields, shape)| Some((field(fields, "code")?.to_owned(), shape.clone()?)));
    Ok(Sheet::made(name, Kind::Areas, &head, lines, shapes.collect()))
}

/// Shapefiles cut names to ten bytes and some programs write them in capitals.
fn field<'f>(fields: &'f BTreeMap<String, String>, column: &str) -> Option<&'f str> {
    let cut = column.get(..10).unwrap_or(column);
    let found =
        fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(column) || name.eq_ignore_ascii_case(cut));
    found.map(|(_, text)| text.as_str()).filter(|text| !text.is_empty())
}

/// Rings as they run by the rule, each from its smallest point, in order: the same for the same ground.
fn canonical(shape: &CellShape) -> Vec<Vec<Point>> {
    let mut rings: Vec<Vec<Point>> = polygons::polygons(shape)
        .into_iter()
        .flatten()
        .map(|mut ring| {
            let least = (0..ring.len()).min_by_key(|at| ring.get(*at).copied()).unwrap_or(0);
            ring.rotate_left(least);
            ring
        })
        .collect();
    rings.sort();
    rings
}

/// An outline in a few words, with a sum that tells it from every other.
fn told(shape: &CellShape) -> String {
    let rings = canonical(shape);
    let mut sum = Sha256::new();
    for point in rings.iter().flatten() {
        sum.update(point.lon_e7.to_be_bytes());
        sum.update(point.lat_e7.to_be_bytes());
    }
    let points: usize = rings.iter().map(Vec::len).sum();
    let hectares = polygons::square_metres(shape) / 10_000.0;
    let sum: String = sum.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{points} points, {hectares:.1} ha, {sum}")
}

impl Compared {
    /// Adds the outlines that are otherwise than today's.
    pub fn draw(&mut self, cells: &BTreeMap<AreaCode, CellShape>) {
        let shapes = std::mem::take(&mut self.shapes);
        let mut rows: HashMap<String, usize> =
            self.rows.iter().enumerate().map(|(at, row)| (row.key.clone(), at)).collect();
        let mut merged: HashMap<String, usize> = HashMap::new();
        for (at, (_, cells)) in self.merged.iter().enumerate() {
            if let Some(code) = cells.first() {
                merged.entry(code.clone()).or_insert(at);
            }
        }
        for (code, shape) in &shapes {
            let old = cells.get(code.as_str());
            if old.is_some_and(|old| canonical(old) == canonical(shape)) {
                continue;
            }
            let cell =
                Cell { column: SHAPE.into(), old: old.map(told).unwrap_or_default(), new: told(shape) };
            match rows.get(code).and_then(|at| self.rows.get_mut(*at)) {
                Some(row) => row.cells.push(cell),
                None => {
                    let Some((line, cells)) = merged.get(code).and_then(|at| self.merged.get(*at)) else {
                        continue;
                    };
                    let name = cells.get(1).cloned().unwrap_or_default();
                    let row = RowOf {
                        line: *line,
                        key: code.clone(),
                        name,
                        went: Went::Changed,
                        cells: vec![cell],
                    };
                    rows.insert(code.clone(), self.rows.len());
                    self.rows.push(row);
                    self.same = self.same.saturating_sub(1);
                }
            }
        }
        self.shapes = shapes;
    }
}

/// Shapes with their properties as a zip archive of a shapefile.
///
/// # Errors
/// The machine's.
pub fn shapefile(drawn: &[(serde_json::Map<String, Value>, &CellShape)]) -> std::io::Result<Vec<u8>> {
    let columns = ["code", "name", "name_en", "level", "parent"];
    let cells = |properties: &serde_json::Map<String, Value>| -> Vec<String> {
        columns
            .iter()
            .map(|name| properties.get(*name).and_then(Value::as_str).unwrap_or_default().to_owned())
            .collect()
    };
    let rows: Vec<(Vec<String>, &CellShape)> =
        drawn.iter().map(|(properties, shape)| (cells(properties), *shape)).collect();
    let records: Vec<(Vec<&str>, &CellShape)> =
        rows.iter().map(|(cells, shape)| (cells.iter().map(String::as_str).collect(), *shape)).collect();
    let files = layer::write(&columns, &records);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let parts = [
        ("shp", &files.shp[..]),
        ("shx", &files.shx),
        ("dbf", &files.dbf),
        ("prj", files.prj.as_bytes()),
        ("cpg", files.cpg.as_bytes()),
    ];
    for (end, bytes) in parts {
        archive.start_file(format!("areas.{end}"), SimpleFileOptions::default())?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}
