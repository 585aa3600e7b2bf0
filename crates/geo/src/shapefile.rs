//! Shapes from and to ESRI shapefiles (the technical description of July 1998), in degrees.
//!
//! Owns reading of polygons with their attributes and writing of both. Every length in a file is checked against what is really there
//! before it is believed. Refuses projected coordinates and datums other than WGS-84 and CGCS2000, in words, since a shape in the wrong
//! place looks right; coordinates of GCJ-02 or BD-09 are converted when the caller says so. Start at [`read`] and [`write`].

use std::collections::BTreeMap;

use thiserror::Error;

use crate::datum::Datum;
use crate::point::Point;
use crate::polygons::polygons;
use crate::shape::{CellShape, ShapeError};

/// The files that belong together, each as it came.
#[derive(Debug, Clone, Copy, Default)]
pub struct Parts<'a> {
    /// The shapes.
    pub shp: &'a [u8],
    /// The attributes.
    pub dbf: &'a [u8],
    /// The coordinate system.
    pub prj: Option<&'a str>,
    /// The encoding of the attributes.
    pub cpg: Option<&'a str>,
}

/// A shape with its attributes by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// From 1, in the order of the file.
    pub no: usize,
    /// Trimmed; empty ones are left out.
    pub fields: BTreeMap<String, String>,
    /// Its rings, open and checked, in the system used inside; None for a record without a shape.
    pub shape: Option<CellShape>,
}

/// What is wrong with a file. Records count from 1.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShapefileError {
    /// Not a shapefile, or cut.
    #[error("the .{part} file is damaged or cut ({what}); export the layer again")]
    Damaged {
        /// Which file.
        part: &'static str,
        /// What was looked for.
        what: &'static str,
    },
    /// Another kind of shapes.
    #[error("the layer holds shapes of type {0}; areas are polygons: export the polygon layer")]
    NotPolygons(i32),
    /// As many shapes as attributes are needed.
    #[error("the .shp file has {shapes} shapes and the .dbf file {rows} rows; export the layer again")]
    Uneven {
        /// In the .shp file.
        shapes: usize,
        /// In the .dbf file.
        rows: usize,
    },
    /// More than are read.
    #[error("the layer has more than {MOST_RECORDS} records; split it")]
    TooMany,
    /// Text in none of the encodings that are read.
    #[error(
        "record {record}: a text is neither UTF-8 nor GB18030; export the layer again in UTF-8, with its .cpg file"
    )]
    Encoding {
        /// Its number.
        record: usize,
    },
    /// Nothing says what the numbers mean.
    #[error("nothing says which coordinate system the layer is in; add its .prj file, or name the system")]
    NoSystem,
    /// A projection, or a datum that is not known here.
    #[error("the layer is in {0}; export it in degrees, WGS 84 (EPSG:4326) or CGCS2000 (EPSG:4490)")]
    OtherSystem(String),
    /// A point that is none.
    #[error("record {record}: {reason}")]
    Point {
        /// Its number.
        record: usize,
        /// Why, with the mend.
        reason: String,
    },
    /// Rings that enclose nothing.
    #[error("record {record}: {source}")]
    Shape {
        /// Its number.
        record: usize,
        /// What is wrong.
        source: ShapeError,
    },
}

use ShapefileError as Wrong;

/// Bytes that are taken one after the other; None where there are no more.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (first, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(first)
    }
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }
    fn big(&mut self) -> Option<i32> {
        self.array().map(i32::from_be_bytes)
    }
    fn little(&mut self) -> Option<i32> {
        self.array().map(i32::from_le_bytes)
    }
    fn double(&mut self) -> Option<f64> {
        self.array().map(f64::from_le_bytes)
    }
}

const CODE: i32 = 9994;
const NULL: i32 = 0;
/// Polygons, those with heights and those with measures; the coordinates stand first in each.
const POLYGONS: [i32; 3] = [5, 15, 25];

/// Records that a layer may have.
pub const MOST_RECORDS: usize = 200_000;

/// Reads the polygons with those attributes that are named as one of `columns`, whole or as cut by the format. `datum` is what the caller
/// knows of the numbers; None lets the .prj file say.
pub fn read(parts: Parts, datum: Option<Datum>, columns: &[&str]) -> Result<Vec<Record>, Wrong> {
    let datum = system(parts.prj, datum)?;
    let shapes = shapes(parts.shp, datum)?;
    let rows = rows(parts.dbf, parts.cpg, shapes.len(), columns)?;
    let together = (1..).zip(shapes.into_iter().zip(rows));
    // A row that is marked as deleted has a shape still.
    Ok(together.filter_map(|(no, (shape, row))| Some(Record { no, fields: row?, shape })).collect())
}

/// What the numbers mean: degrees in a known system. What the caller knows may say more than the file, and not something else: a datum
/// that is refused stays refused.
fn system(prj: Option<&str>, told: Option<Datum>) -> Result<Datum, Wrong> {
    let Some(prj) = prj.map(str::trim).filter(|prj| !prj.is_empty()) else {
        return told.ok_or(Wrong::NoSystem);
    };
    let mut quoted = prj.split('"').skip(1).step_by(2);
    let name = quoted.next().unwrap_or("an unnamed system");
    let other = || Wrong::OtherSystem(name.to_owned());
    if !prj.to_ascii_uppercase().starts_with("GEOG") {
        return Err(other());
    }
    // The name of the system and that of its datum; what follows may speak of WGS 84 in any system, such as the shift to it.
    let names = [name, quoted.next().unwrap_or_default()].map(str::to_ascii_uppercase);
    let known = |signs: &[&str]| signs.iter().any(|sign| names.iter().any(|name| name.contains(sign)));
    let china = [
        "CGCS2000",
        "CGCS_2000",
        "CHINA_GEODETIC_COORDINATE_SYSTEM_2000",
        "CHINA GEODETIC COORDINATE SYSTEM 2000",
        "CHINA_2000",
    ];
    let stated = if known(&china) {
        Datum::Cgcs2000
    } else if known(&["WGS_1984", "WGS 84", "WGS84", "WGS_84"]) {
        Datum::Wgs84
    } else {
        return Err(other());
    };
    Ok(told.unwrap_or(stated))
}

fn shapes(shp: &[u8], datum: Datum) -> Result<Vec<Option<CellShape>>, Wrong> {
    let damaged = |what| Wrong::Damaged { part: "shp", what };
    let mut bytes = Bytes(shp);
    if bytes.big() != Some(CODE) {
        return Err(damaged("its first bytes"));
    }
    bytes.take(28).ok_or(damaged("its head"))?;
    let kind = bytes.little().ok_or(damaged("its kind"))?;
    if kind != NULL && !POLYGONS.contains(&kind) {
        return Err(Wrong::NotPolygons(kind));
    }
    bytes.take(64).ok_or(damaged("its head"))?;
    let mut all = Vec::new();
    while !bytes.0.is_empty() {
        let record = all.len() + 1;
        if record > MOST_RECORDS {
            return Err(Wrong::TooMany);
        }
        bytes.big().ok_or(damaged("the number of a record"))?;
        let words = bytes.big().ok_or(damaged("the length of a record"))?;
        let length = usize::try_from(words).ok().and_then(|words| words.checked_mul(2));
        let content = length.and_then(|length| bytes.take(length)).ok_or(damaged("a record"))?;
        all.push(shape(Bytes(content), record, datum)?);
    }
    Ok(all)
}

fn shape(mut bytes: Bytes, record: usize, datum: Datum) -> Result<Option<CellShape>, Wrong> {
    let damaged = |what| Wrong::Damaged { part: "shp", what };
    match bytes.little().ok_or(damaged("the kind of a shape"))? {
        NULL => return Ok(None),
        kind if !POLYGONS.contains(&kind) => return Err(Wrong::NotPolygons(kind)),
        _ => {}
    }
    bytes.take(32).ok_or(damaged("the bounds of a shape"))?;
    let count = |number: Option<i32>| number.and_then(|number| usize::try_from(number).ok());
    let rings = count(bytes.little()).ok_or(damaged("the number of rings"))?;
    let points = count(bytes.little()).ok_or(damaged("the number of points"))?;
    // Believed only as far as there are bytes for them.
    let fits = rings.checked_mul(4).zip(points.checked_mul(16)).and_then(|(a, b)| a.checked_add(b));
    if fits.is_none_or(|needed| needed > bytes.0.len()) || rings > points {
        return Err(damaged("the points of a shape"));
    }
    let mut begins = Vec::with_capacity(rings + 1);
    for _ in 0..rings {
        begins.push(count(bytes.little()).ok_or(damaged("the beginning of a ring"))?);
    }
    begins.push(points);
    let mut all = Vec::with_capacity(points);
    for _ in 0..points {
        let (lon, lat) = bytes.double().zip(bytes.double()).ok_or(damaged("a point"))?;
        let point =
            datum.to_inside(lon, lat).map_err(|why| Wrong::Point { record, reason: why.to_string() })?;
        all.push(point);
    }
    let ring = |pair: &[usize]| match pair {
        [from, to] if from < to => all.get(*from..*to).map(<[Point]>::to_vec),
        _ => None,
    };
    let rings: Option<Vec<Vec<Point>>> = begins.windows(2).map(ring).collect();
    let rings = rings.filter(|_| begins.first() == Some(&0)).ok_or(damaged("the beginning of a ring"))?;
    let checked = CellShape { rings }.checked_rings(record);
    let rings = checked.map_err(|source| Wrong::Shape { record, source })?;
    Ok(Some(CellShape { rings }))
}

type Row = BTreeMap<String, String>;

/// The attributes; None for a row that is marked as deleted. Nothing is read before there is one row for each shape.
fn rows(dbf: &[u8], cpg: Option<&str>, shapes: usize, columns: &[&str]) -> Result<Vec<Option<Row>>, Wrong> {
    let damaged = |what| Wrong::Damaged { part: "dbf", what };
    let head = dbf.get(..32).ok_or(damaged("its head"))?;
    let short =
        |at: usize| head.get(at..at + 2).map_or(0, |two| usize::from(two[0]) | usize::from(two[1]) << 8);
    let count = head.get(4..8).and_then(|four| four.try_into().ok()).map_or(0, u32::from_le_bytes);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if count != shapes {
        return Err(Wrong::Uneven { shapes, rows: count });
    }
    let (begin, width) = (short(8), short(10));
    let read = encoding(cpg, head.get(29).copied().unwrap_or_default());
    let wanted = |name: &str| {
        columns.iter().any(|column| {
            let cut = column.get(..10).unwrap_or(column);
            name.eq_ignore_ascii_case(column) || name.eq_ignore_ascii_case(cut)
        })
    };
    let mut fields = Vec::new();
    for at in (32..begin).step_by(32) {
        let Some(field) = dbf.get(at..at + 32).filter(|field| field.first() != Some(&0x0D)) else { break };
        let name: Vec<u8> = field.iter().take(11).copied().take_while(|byte| *byte != 0).collect();
        // One that is cut within a character is none of ours.
        let name = String::from_utf8(name).ok().map(|name| name.trim().to_owned());
        fields.push((name.filter(|name| wanted(name)), usize::from(field[16])));
    }
    let whole: usize = fields.iter().map(|(_, wide)| wide).sum::<usize>() + 1;
    let needed = count.checked_mul(width.max(1)).and_then(|all| all.checked_add(begin));
    if width == 0 || whole > width || needed.is_none_or(|needed| needed > dbf.len()) {
        return Err(damaged("its rows"));
    }
    let mut all = Vec::with_capacity(count);
    for (record, row) in (1..).zip(dbf.get(begin..).unwrap_or_default().chunks_exact(width).take(count)) {
        let mut cells = Bytes(row);
        let deleted = cells.take(1) == Some(b"*");
        let mut read_row = Row::new();
        for (name, wide) in &fields {
            let bytes = cells.take(*wide).unwrap_or_default();
            let Some(name) = name else { continue };
            let text = read(bytes).ok_or(Wrong::Encoding { record })?;
            let text = text.trim_matches([' ', '\0']);
            if !text.is_empty() {
                read_row.insert(name.clone(), text.to_owned());
            }
        }
        all.push((!deleted).then_some(read_row));
    }
    Ok(all)
}

/// UTF-8 where the .cpg file or the bytes say so, else what Chinese systems wrote before it. None for what is neither.
fn encoding(cpg: Option<&str>, language: u8) -> impl Fn(&[u8]) -> Option<String> {
    let cpg = cpg.unwrap_or_default().trim().to_ascii_uppercase();
    let chinese =
        ["GB", "936", "54936"].iter().any(|name| cpg.contains(name)) || (cpg.is_empty() && language == 0x4D);
    move |bytes| match std::str::from_utf8(bytes) {
        Ok(text) if !chinese || text.is_ascii() => Some(text.to_owned()),
        _ => {
            let read = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes);
            read.map(std::borrow::Cow::into_owned)
        }
    }
}

/// A layer as its five files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Files {
    /// The shapes.
    pub shp: Vec<u8>,
    /// Where each shape begins.
    pub shx: Vec<u8>,
    /// The attributes.
    pub dbf: Vec<u8>,
    /// The coordinate system.
    pub prj: String,
    /// The encoding of the attributes.
    pub cpg: String,
}

const WGS84: &str = "GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\",SPHEROID[\"WGS_1984\",6378137.0,298.257223563]],PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]]";
/// Bytes that an attribute may have.
const WIDEST: usize = 254;

/// Writes shapes with their attributes, in WGS-84 and UTF-8. Names of columns have up to ten bytes in this format; a value that is longer
/// than 254 bytes is cut between characters.
pub fn write(columns: &[&str], records: &[(Vec<&str>, &CellShape)]) -> Files {
    let (mut body, mut index) = (Vec::new(), Vec::new());
    let mut bounds: Option<(Point, Point)> = None;
    for (no, (_, shape)) in (1_i32..).zip(records) {
        let content = polygon(shape);
        let (at, words) = ((100 + body.len()) / 2, content.len() / 2);
        let big = |number: usize| i32::try_from(number).unwrap_or(i32::MAX).to_be_bytes();
        index.extend(big(at));
        index.extend(big(words));
        body.extend(no.to_be_bytes());
        body.extend(big(words));
        body.extend(content);
        let inside = shape.bounds().into_iter().flat_map(|(low, high)| [low, high]);
        bounds = crate::shape::bounds(bounds.into_iter().flat_map(|(low, high)| [low, high]).chain(inside));
    }
    let whole = |rest: Vec<u8>| [head(rest.len(), bounds), rest].concat();
    Files {
        shp: whole(body),
        shx: whole(index),
        dbf: table(columns, records),
        prj: WGS84.to_owned(),
        cpg: "UTF-8".to_owned(),
    }
}

fn head(rest: usize, bounds: Option<(Point, Point)>) -> Vec<u8> {
    let mut head = Vec::with_capacity(100);
    head.extend(CODE.to_be_bytes());
    head.extend([0; 20]);
    head.extend(i32::try_from((100 + rest) / 2).unwrap_or(i32::MAX).to_be_bytes());
    head.extend(1000_i32.to_le_bytes());
    head.extend(POLYGONS[0].to_le_bytes());
    head.extend(boxed(bounds));
    head.extend([0; 32]);
    head
}

fn boxed(bounds: Option<(Point, Point)>) -> Vec<u8> {
    let nowhere = Point::new(0, 0);
    let (low, high) = bounds.unwrap_or((nowhere, nowhere));
    [low.lon(), low.lat(), high.lon(), high.lat()].into_iter().flat_map(f64::to_le_bytes).collect()
}

/// Outer rings clockwise and closed, holes the other way.
fn polygon(shape: &CellShape) -> Vec<u8> {
    let rings: Vec<Vec<Point>> = polygons(shape)
        .into_iter()
        .flatten()
        .map(|mut ring| {
            ring.reverse();
            ring.extend(ring.first().copied());
            ring
        })
        .collect();
    let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX).to_le_bytes();
    let mut bytes = Vec::new();
    bytes.extend(POLYGONS[0].to_le_bytes());
    bytes.extend(boxed(shape.bounds()));
    bytes.extend(number(rings.len()));
    bytes.extend(number(rings.iter().map(Vec::len).sum()));
    let mut at = 0;
    for ring in &rings {
        bytes.extend(number(at));
        at += ring.len();
    }
    for point in rings.iter().flatten() {
        bytes.extend(point.lon().to_le_bytes());
        bytes.extend(point.lat().to_le_bytes());
    }
    bytes
}

fn cut(text: &str, most: usize) -> &str {
    let end = (0..=text.len().min(most)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

fn table(columns: &[&str], records: &[(Vec<&str>, &CellShape)]) -> Vec<u8> {
    let wide = |at: usize| {
        let widest = records.iter().filter_map(|(cells, _)| cells.get(at)).map(|cell| cell.len()).max();
        widest.unwrap_or(1).clamp(1, WIDEST)
    };
    let widths: Vec<usize> = (0..columns.len()).map(wide).collect();
    let (begin, width) = (32 + 32 * columns.len() + 1, 1 + widths.iter().sum::<usize>());
    let short = |number: usize| u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes();
    // The day of the last change is not known here; a fixed one keeps the same table the same bytes.
    let mut bytes = vec![3, 100, 1, 1];
    bytes.extend(u32::try_from(records.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend(short(begin));
    bytes.extend(short(width));
    bytes.resize(32, 0);
    for (name, wide) in columns.iter().zip(&widths) {
        let mut field = [0; 32];
        for (place, byte) in field.iter_mut().zip(cut(name, 10).bytes()) {
            *place = byte;
        }
        field[11] = b'C';
        field[16] = u8::try_from(*wide).unwrap_or(u8::MAX);
        bytes.extend(field);
    }
    bytes.push(0x0D);
    for (cells, _) in records {
        bytes.push(b' ');
        for (at, wide) in widths.iter().enumerate() {
            let cell = cut(cells.get(at).copied().unwrap_or_default(), *wide);
            bytes.extend(cell.bytes());
            bytes.extend(std::iter::repeat_n(b' ', wide - cell.len()));
        }
    }
    bytes.push(0x1A);
    bytes
}

#[cfg(test)]
#[path = "shapefile_tests.rs"]
mod tests;
