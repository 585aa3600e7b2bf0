//! Reads vector tiles as strictly as the specification is written, independently of the writer. Any breach of a MUST (and of the
//! SHOULDs that the writer promises) panics with its clause.

use std::collections::{BTreeMap, BTreeSet};

pub type Spot = [i32; 2];

#[derive(Debug, PartialEq)]
pub struct ReadLayer {
    pub name: String,
    pub features: Vec<ReadFeature>,
}

#[derive(Debug, PartialEq)]
pub struct ReadFeature {
    pub id: Option<u64>,
    pub shape: Shape,
    pub properties: BTreeMap<String, Told>,
}

#[derive(Debug, PartialEq)]
pub enum Shape {
    Points(Vec<Spot>),
    Lines(Vec<Vec<Spot>>),
    Polygons(Vec<Vec<Vec<Spot>>>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    Text(String),
    Real(u64),
    Whole(i128),
    Flag(bool),
}

enum Field<'a> {
    Number(u64),
    Eight([u8; 8]),
    Bytes(&'a [u8]),
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0u64;
    for at in 0..10 {
        let (byte, rest) = bytes.split_first().expect("a varint ends");
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return value;
        }
    }
    panic!("a varint has ten bytes at most");
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    assert!(bytes.len() >= count, "a field is as long as it says");
    let (taken, rest) = bytes.split_at(count);
    *bytes = rest;
    taken
}

fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let field = match tag & 7 {
            0 => Field::Number(varint(&mut bytes)),
            1 => Field::Eight(take(&mut bytes, 8).try_into().unwrap()),
            2 => {
                let count = varint(&mut bytes) as usize;
                Field::Bytes(take(&mut bytes, count))
            }
            other => panic!("wire type {other} is not in the schema as we use it"),
        };
        found.push((tag >> 3, field));
    }
    found
}

fn number(field: &Field) -> u64 {
    let Field::Number(number) = field else { panic!("a number was expected") };
    *number
}

fn bytes<'a>(field: &Field<'a>) -> &'a [u8] {
    let Field::Bytes(bytes) = field else { panic!("bytes were expected") };
    bytes
}

fn text(field: &Field) -> String {
    String::from_utf8(bytes(field).to_vec()).expect("text is UTF-8")
}

fn packed(field: &Field) -> Vec<u32> {
    let mut rest = bytes(field);
    let mut found = Vec::new();
    while !rest.is_empty() {
        found.push(u32::try_from(varint(&mut rest)).expect("packed numbers have 32 bits"));
    }
    found
}

/// Every layer of a tile.
pub fn read(tile: &[u8]) -> Vec<ReadLayer> {
    let mut names = BTreeSet::new();
    let mut layers = Vec::new();
    for (no, field) in fields(tile) {
        assert_eq!(no, 3, "a tile has layers only");
        let layer = read_layer(bytes(&field));
        assert!(names.insert(layer.name.clone()), "§4.1: two layers are named {}", layer.name);
        layers.push(layer);
    }
    layers
}

fn read_layer(message: &[u8]) -> ReadLayer {
    let fields = fields(message);
    let all = |no: u64| fields.iter().filter(move |(of, _)| *of == no).map(|(_, field)| field);
    let one = |no: u64| {
        let mut found = all(no);
        let first = found.next().unwrap_or_else(|| panic!("§4.1: field {no} of a layer is missing"));
        assert!(found.next().is_none(), "field {no} of a layer stands twice");
        first
    };
    assert_eq!(fields[0].0, 15, "§4.1: the version comes first");
    assert_eq!(number(one(15)), 2, "§4.1: version 2");
    assert_eq!(number(one(5)), 4096, "§4.1: the extent");
    let keys: Vec<String> = all(3).map(text).collect();
    let values: Vec<Told> = all(4).map(|field| value(bytes(field))).collect();
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "§4.1: a key stands twice");
    let written: BTreeSet<&[u8]> = all(4).map(bytes).collect();
    assert_eq!(written.len(), values.len(), "§4.1: a value stands twice");
    let features: Vec<ReadFeature> = all(2).map(|field| feature(bytes(field), &keys, &values)).collect();
    assert!(!features.is_empty(), "§4.1: a layer has a feature");
    let ids: Vec<u64> = features.iter().filter_map(|feature| feature.id).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "§4.2: an id stands twice");
    ReadLayer { name: text(one(1)), features }
}

fn value(message: &[u8]) -> Told {
    let fields = fields(message);
    assert_eq!(fields.len(), 1, "§4.1: a value has exactly one field");
    match &fields[0] {
        (1, field) => Told::Text(text(field)),
        (3, Field::Eight(eight)) => Told::Real(u64::from_le_bytes(*eight)),
        (5, field) => Told::Whole(number(field).into()),
        (6, field) => {
            let zigzag = number(field);
            Told::Whole(i128::from((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64)))
        }
        (7, field) => Told::Flag(number(field) == 1),
        (other, _) => panic!("values of field {other} are not written by us"),
    }
}

fn feature(message: &[u8], keys: &[String], values: &[Told]) -> ReadFeature {
    let (mut id, mut tags, mut kind, mut commands) = (None, Vec::new(), None, None);
    for (no, field) in fields(message) {
        match no {
            1 => id = Some(number(&field)),
            2 => tags = packed(&field),
            3 => kind = Some(number(&field)),
            4 => commands = Some(packed(&field)),
            other => panic!("a feature has no field {other}"),
        }
    }
    assert!(tags.len().is_multiple_of(2), "§4.4: tags come in pairs");
    let mut properties = BTreeMap::new();
    for pair in tags.chunks_exact(2) {
        let (key, value) = (&keys[pair[0] as usize], &values[pair[1] as usize]);
        assert!(properties.insert(key.clone(), value.clone()).is_none(), "§4.4: the key {key} stands twice");
    }
    let commands = commands.expect("§4.2: a feature has a geometry");
    let shape = match kind.expect("§4.2: a feature has a type") {
        1 => Shape::Points(points(&commands)),
        2 => Shape::Lines(paths(&commands, false)),
        3 => Shape::Polygons(polygons(paths(&commands, true))),
        other => panic!("§4.3.4: type {other}"),
    };
    ReadFeature { id, shape, properties }
}

struct Pen<'a> {
    rest: &'a [u32],
    at: Spot,
}

impl Pen<'_> {
    fn next(&mut self) -> u32 {
        let (first, rest) = self.rest.split_first().expect("§4.3.2: parameters follow their command");
        self.rest = rest;
        *first
    }

    fn command(&mut self) -> (u32, u32) {
        let integer = self.next();
        (integer & 7, integer >> 3)
    }

    fn spots(&mut self, count: u32) -> Vec<Spot> {
        (0..count)
            .map(|_| {
                let step = [0; 2].map(|_: i32| {
                    let parameter = self.next();
                    (parameter >> 1) as i32 ^ -((parameter & 1) as i32)
                });
                self.at = [self.at[0] + step[0], self.at[1] + step[1]];
                self.at
            })
            .collect()
    }
}

fn points(commands: &[u32]) -> Vec<Spot> {
    let mut pen = Pen { rest: commands, at: [0, 0] };
    let (command, count) = pen.command();
    assert!(command == 1 && count > 0, "§4.3.4.2: points are one MoveTo");
    let found = pen.spots(count);
    assert!(pen.rest.is_empty(), "§4.3.4.2: nothing follows the points");
    found
}

fn paths(commands: &[u32], closed: bool) -> Vec<Vec<Spot>> {
    let mut pen = Pen { rest: commands, at: [0, 0] };
    let mut found = Vec::new();
    while !pen.rest.is_empty() {
        assert_eq!(pen.command(), (1, 1), "§4.3.4.3, §4.3.4.4: a path begins with one MoveTo");
        let mut path = pen.spots(1);
        let (command, count) = pen.command();
        assert!(
            command == 2 && count > u32::from(closed),
            "§4.3.4.3, §4.3.4.4: then LineTo, for rings two or more"
        );
        path.extend(pen.spots(count));
        assert!(path.windows(2).all(|step| step[0] != step[1]), "§4.3.3.2: no step of no length: {path:?}");
        if closed {
            assert_eq!(pen.command(), (7, 1), "§4.3.3.3: a ring is closed");
            assert_ne!(path.first(), path.last(), "§4.3.4.4: the first point is not repeated");
        }
        found.push(path);
    }
    assert!(!found.is_empty(), "§4.3.4: a geometry has a part");
    found
}

fn polygons(rings: Vec<Vec<Spot>>) -> Vec<Vec<Vec<Spot>>> {
    let mut found: Vec<Vec<Vec<Spot>>> = Vec::new();
    for ring in rings {
        match doubled_area(&ring) {
            0 => panic!("§4.3.4.4: a ring of no area: {ring:?}"),
            1.. => found.push(vec![ring]),
            _ => found.last_mut().expect("§4.3.4.4: the first ring is an outer one").push(ring),
        }
    }
    found
}

/// The surveyor's formula without its half.
pub fn doubled_area(ring: &[Spot]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    let of = |(a, b): (&Spot, &Spot)| i64::from(a[0]) * i64::from(b[1]) - i64::from(b[0]) * i64::from(a[1]);
    ring.iter().zip(next).map(of).sum()
}

/// Sides of a ring.
pub fn sides(ring: &[Spot]) -> impl Iterator<Item = (Spot, Spot)> + '_ {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1))
}

/// §4.3.4.4: no ring crosses or touches itself or lies along another; holes are in their outer ring, apart from each other. Polygons of one
/// feature meet in points only.
pub fn assert_valid(polygons: &[Vec<Vec<Spot>>]) {
    for ring in polygons.iter().flatten() {
        let mut points = ring.clone();
        points.sort_unstable();
        assert!(
            points.windows(2).all(|pair| pair[0] != pair[1]),
            "§4.3.4.4: a ring touches itself: {ring:?}"
        );
    }
    let mut all: Vec<(Spot, Spot)> = polygons.iter().flatten().flat_map(|ring| sides(ring)).collect();
    all.sort_unstable_by_key(|(a, b)| a[0].min(b[0]));
    for (at, (a, b)) in all.iter().enumerate() {
        for (c, d) in all[at + 1..].iter().take_while(|(c, d)| c[0].min(d[0]) <= a[0].max(b[0])) {
            assert!(!meet((*a, *b), (*c, *d)), "§4.3.4.4: {a:?}–{b:?} meets {c:?}–{d:?} in {polygons:?}");
        }
    }
    for polygon in polygons {
        for hole in &polygon[1..] {
            let out = hole.iter().filter(|point| inside(&polygon[0], **point) == Some(false)).count();
            assert_eq!(out, 0, "§4.3.4.4: the hole {hole:?} is outside of {:?}", polygon[0]);
        }
    }
}

fn turn(a: Spot, b: Spot, c: Spot) -> i64 {
    let [a, b, c] = [a, b, c].map(|point| point.map(i64::from));
    ((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])).signum()
}

/// Whether two sides have more than end points in common.
fn meet((a, b): (Spot, Spot), (c, d): (Spot, Spot)) -> bool {
    let between = |p: Spot, a: Spot, b: Spot| {
        p != a
            && p != b
            && turn(a, b, p) == 0
            && (0..2).all(|axis| (a[axis].min(b[axis])..=a[axis].max(b[axis])).contains(&p[axis]))
    };
    let cross = turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;
    let same = (a == c && b == d) || (a == d && b == c);
    cross || same || between(c, a, b) || between(d, a, b) || between(a, c, d) || between(b, c, d)
}

/// `None` on the ring.
fn inside(ring: &[Spot], p: Spot) -> Option<bool> {
    let mut odd = false;
    for (a, b) in sides(ring) {
        let (low, high) = if a[1] <= b[1] { (a, b) } else { (b, a) };
        let side = turn(low, high, p);
        let boxed = (0..2).all(|axis| (a[axis].min(b[axis])..=a[axis].max(b[axis])).contains(&p[axis]));
        if side == 0 && boxed {
            return None;
        }
        odd ^= low[1] <= p[1] && high[1] > p[1] && side > 0;
    }
    Some(odd)
}
