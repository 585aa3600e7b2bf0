//! The mesh of triangles that fills an outline.
//!
//! Owns the choice of points (the outline's own, points along its long sides, a jittered lattice inside) and what the
//! mesh says to the later steps: neighbours, areas, distances. Start at [`fill`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use spade::{ConstrainedDelaunayTriangulation, Point2, Triangulation};

use super::{Dice, MakeError};
use crate::cells::CellIndex;
use crate::point::Point;
use crate::shape::{CellShape, bounds, doubled_area, sides, turn};

/// About 4 GB while it is made.
pub(super) const MOST_TRIANGLES: u64 = 20_000_000;
/// No neighbour: the outline's border.
pub(super) const NONE: u32 = u32::MAX;

/// Triangles inside the outline.
pub(super) struct Mesh {
    pub(super) points: Vec<Point>,
    /// Three points each, counter-clockwise.
    pub(super) triangles: Vec<[u32; 3]>,
    /// Across the side from point `i` to point `i + 1`, the neighbour or `NONE`.
    pub(super) neighbours: Vec<[u32; 3]>,
    /// Further neighbours: the bridges between the outline's parts.
    pub(super) bridges: BTreeMap<u32, Vec<u32>>,
    /// Middle of each triangle, in units of latitude from the south-west corner: distances are true in both directions.
    pub(super) middles: Vec<(i64, i64)>,
    /// Twice the area in square units.
    pub(super) areas: Vec<i64>,
}

impl Mesh {
    /// Distance between the middles of two triangles, in units of latitude, rounded down.
    pub(super) fn distance(&self, a: u32, b: u32) -> u64 {
        square_distance(self.middles[a as usize], self.middles[b as usize]).isqrt()
    }

    /// Neighbours across sides, then over bridges.
    pub(super) fn around(&self, triangle: u32) -> impl Iterator<Item = u32> + '_ {
        let sides = self.neighbours[triangle as usize].into_iter().filter(|n| *n != NONE);
        let bridges = if self.bridges.is_empty() { None } else { self.bridges.get(&triangle) };
        sides.chain(bridges.into_iter().flatten().copied())
    }
}

pub(super) fn square_distance(a: (i64, i64), b: (i64, i64)) -> u64 {
    let (dx, dy) = (a.0.abs_diff(b.0), a.1.abs_diff(b.1));
    dx * dx + dy * dy
}

/// Longitudes shrink with latitude. The scale is the cosine in 1/65536, by Bhaskara's rational formula (within 0.2 %),
/// because a library's cosine may differ between platforms in its last digit.
#[derive(Clone, Copy)]
struct Scale {
    corner: Point,
    cosine: i64,
}

impl Scale {
    fn of(low: Point, high: Point) -> Self {
        // In thousandths of a degree; kept off the poles, where nothing is governed.
        let latitude = ((i64::from(low.lat_e7) + i64::from(high.lat_e7)) / 20_000).clamp(-85_000, 85_000);
        let (square, unit) = (latitude * latitude, 1_000_000);
        let cosine = (32_400 * unit - 4 * square) * 65_536 / (32_400 * unit + square);
        Self { corner: low, cosine }
    }

    fn east(self, units: i64) -> i64 {
        units * self.cosine / 65_536
    }

    fn place(self, p: Point) -> (i64, i64) {
        let east = i64::from(p.lon_e7) - i64::from(self.corner.lon_e7);
        (self.east(east), i64::from(p.lat_e7) - i64::from(self.corner.lat_e7))
    }
}

pub(super) fn fill(
    outline: &CellShape,
    leaves: usize,
    triangles_per_leaf: u32,
    dice: &mut Dice,
) -> Result<Mesh, MakeError> {
    let rings = outline.checked_rings(0)?;
    let index = CellIndex::build(std::slice::from_ref(outline))?;
    let Some((low, high)) = bounds(rings.iter().flatten().copied()) else {
        return Err(MakeError::Outline(crate::shape::ShapeError::Empty { shape: 0 }));
    };
    let scale = Scale::of(low, high);
    let wanted = leaves as u64 * u64::from(triangles_per_leaf);
    if wanted > MOST_TRIANGLES {
        return Err(MakeError::TooMany(wanted));
    }
    let parts = crate::polygons::polygons(&CellShape { rings: rings.clone() });
    let doubled: i128 = parts.iter().flatten().map(|ring| doubled_area(ring)).sum();
    let area = doubled.max(0) as u128 * scale.cosine as u128 / 65_536;
    // Two triangles per lattice point: each lattice square of step² is two triangles, and `area` is doubled.
    let step = i64::try_from((area / u128::from(wanted)).isqrt()).unwrap_or(i64::MAX);
    if step < 12 {
        return Err(MakeError::TooSmall(leaves));
    }
    let mut borders = Borders::along(&rings, step, scale)?;
    borders.add_inside(&index, (low, high), step, scale, dice);
    triangulate(borders, scale)
}

/// The mesh's points and the sides that it must contain.
struct Borders {
    points: Vec<Point>,
    numbers: HashMap<Point, usize>,
    sides: BTreeSet<(usize, usize)>,
}

impl Borders {
    /// The rings, with long sides divided. A side drawn twice is no border.
    fn along(rings: &[Vec<Point>], step: i64, scale: Scale) -> Result<Self, MakeError> {
        let mut borders = Self { points: Vec::new(), numbers: HashMap::new(), sides: BTreeSet::new() };
        for (from, to) in rings.iter().flat_map(|ring| sides(ring)) {
            // Divided from its lower end, so that two rings that share a side divide it alike.
            let (a, b) = (from.min(to), from.max(to));
            let length = square_distance(scale.place(a), scale.place(b)).isqrt() as i64;
            let pieces = (length * 10 / (step * 13) + 1).max(1);
            if borders.points.len() as i64 + pieces > MOST_TRIANGLES as i64 {
                return Err(MakeError::TooMany(borders.points.len() as u64 + pieces as u64));
            }
            let along = |from: i32, to: i32, n: i64| {
                let span = i128::from(to) - i128::from(from);
                (i128::from(from)
                    + (span * i128::from(n) * 2 + i128::from(pieces)).div_euclid(i128::from(pieces) * 2))
                    as i32
            };
            let mut last = borders.number(a);
            for n in 1..=pieces {
                let next = Point::new(along(a.lon_e7, b.lon_e7, n), along(a.lat_e7, b.lat_e7, n));
                let next = borders.number(next);
                let side = (last.min(next), last.max(next));
                if last != next && !borders.sides.insert(side) {
                    borders.sides.remove(&side);
                }
                last = next;
            }
        }
        Ok(borders)
    }

    fn number(&mut self, point: Point) -> usize {
        *self.numbers.entry(point).or_insert_with(|| {
            self.points.push(point);
            self.points.len() - 1
        })
    }

    /// Lattice points inside, every other row moved by half a step, each jittered by up to three tenths of a step. Points
    /// close to a border point are left out: they would make slivers, or stand on the border.
    fn add_inside(
        &mut self,
        index: &CellIndex,
        (low, high): (Point, Point),
        step: i64,
        scale: Scale,
        dice: &mut Dice,
    ) {
        let close = Nearby::new(&self.points, step, scale);
        let east_step = (step * 65_536 / scale.cosine).max(1);
        let jitter = |size: i64, dice: &mut Dice| dice.below(size as u64 * 6 / 10 + 1) as i64 - size * 3 / 10;
        let rows = (i64::from(high.lat_e7) - i64::from(low.lat_e7)) / step + 1;
        let columns = (i64::from(high.lon_e7) - i64::from(low.lon_e7)) / east_step + 1;
        for row in 0..=rows {
            for column in 0..=columns {
                let east = column * east_step + (row % 2) * east_step / 2 + jitter(east_step, dice);
                let north = row * step + jitter(step, dice);
                let (lon, lat) = (i64::from(low.lon_e7) + east, i64::from(low.lat_e7) + north);
                let (Ok(lon), Ok(lat)) = (i32::try_from(lon), i32::try_from(lat)) else { continue };
                let point = Point::new(lon, lat);
                if index.covers(point) && !close.any(scale.place(point)) {
                    self.number(point);
                }
            }
        }
    }
}

/// Border points by squares of one step.
struct Nearby {
    step: i64,
    squares: HashMap<(i64, i64), Vec<(i64, i64)>>,
}

impl Nearby {
    fn new(points: &[Point], step: i64, scale: Scale) -> Self {
        let mut squares: HashMap<_, Vec<_>> = HashMap::new();
        for place in points.iter().map(|p| scale.place(*p)) {
            squares.entry((place.0.div_euclid(step), place.1.div_euclid(step))).or_default().push(place);
        }
        Self { step, squares }
    }

    /// Whether a border point lies within three quarters of a step. Border sides are at most 1.3 steps long, so whatever
    /// is farther from both ends than that does not stand on the side.
    fn any(&self, place: (i64, i64)) -> bool {
        let square = (place.0.div_euclid(self.step), place.1.div_euclid(self.step));
        let limit = (self.step * 3 / 4).unsigned_abs().pow(2);
        (-1..=1).any(|x| {
            (-1..=1).any(|y| {
                let near = self.squares.get(&(square.0 + x, square.1 + y));
                near.is_some_and(|places| places.iter().any(|p| square_distance(*p, place) < limit))
            })
        })
    }
}

fn triangulate(borders: Borders, scale: Scale) -> Result<Mesh, MakeError> {
    let vertices =
        borders.points.iter().map(|p| Point2::new(f64::from(p.lon_e7), f64::from(p.lat_e7))).collect();
    let edges: Vec<[usize; 2]> = borders.sides.iter().map(|(a, b)| [*a, *b]).collect();
    let mut crossing = None;
    let cdt = ConstrainedDelaunayTriangulation::<Point2<f64>>::try_bulk_load_cdt(vertices, edges, |side| {
        crossing.get_or_insert(side);
    })
    .map_err(|error| MakeError::Mesh(error.to_string()))?;
    if let Some([a, b]) = crossing {
        let point = |n: usize| borders.points.get(n).copied().unwrap_or(scale.corner);
        return Err(MakeError::Crossing { from: point(a), to: point(b) });
    }
    let inside = inner_faces(&cdt);
    let mut number = vec![NONE; cdt.num_all_faces()];
    let kept: Vec<_> = cdt.inner_faces().filter(|face| inside[face.index()]).collect();
    for (n, face) in (0..).zip(&kept) {
        number[face.index()] = n;
    }
    let point = |p: Point2<f64>| Point::new(p.x as i32, p.y as i32);
    let mut mesh = Mesh {
        points: cdt.vertices().map(|vertex| point(vertex.position())).collect(),
        triangles: kept.iter().map(|face| face.vertices().map(|vertex| vertex.index() as u32)).collect(),
        neighbours: kept
            .iter()
            .map(|face| face.adjacent_edges().map(|edge| number[edge.rev().face().index()]))
            .collect(),
        bridges: BTreeMap::new(),
        middles: Vec::new(),
        areas: Vec::new(),
    };
    for corners in &mesh.triangles {
        let [a, b, c] = corners.map(|n| mesh.points[n as usize]);
        let places = [a, b, c].map(|p| scale.place(p));
        mesh.middles
            .push((places.iter().map(|p| p.0).sum::<i64>() / 3, places.iter().map(|p| p.1).sum::<i64>() / 3));
        mesh.areas.push(i64::try_from(turn(a, b, c)).unwrap_or(i64::MAX));
    }
    build_bridges(&mut mesh);
    Ok(mesh)
}

/// Which faces lie inside, by the even-odd rule: every border crossed on the way from outside changes the answer.
fn inner_faces(cdt: &ConstrainedDelaunayTriangulation<Point2<f64>>) -> Vec<bool> {
    let mut inside: Vec<Option<bool>> = vec![None; cdt.num_all_faces()];
    inside[cdt.outer_face().index()] = Some(false);
    let mut open: Vec<_> = cdt
        .convex_hull()
        .map(|edge| if edge.face().is_outer() { edge.rev() } else { edge })
        .filter_map(|edge| Some((edge.face().as_inner()?, edge.is_constraint_edge())))
        .collect();
    while let Some((face, answer)) = open.pop() {
        if inside[face.index()].is_some() {
            continue;
        }
        inside[face.index()] = Some(answer);
        for edge in face.adjacent_edges() {
            if let Some(next) = edge.rev().face().as_inner() {
                open.push((next, answer != edge.is_constraint_edge()));
            }
        }
    }
    inside.into_iter().map(|answer| answer == Some(true)).collect()
}

/// Joins the parts of the mesh, each to what is joined already, between two triangles that are close to each other.
fn build_bridges(mesh: &mut Mesh) {
    let mut part = vec![NONE; mesh.triangles.len()];
    let mut parts: Vec<Vec<u32>> = Vec::new();
    for start in 0..mesh.triangles.len() as u32 {
        if part[start as usize] != NONE {
            continue;
        }
        let (number, mut members, mut next) = (parts.len() as u32, vec![start], 0);
        part[start as usize] = number;
        while let Some(&triangle) = members.get(next) {
            next += 1;
            for neighbour in mesh.neighbours[triangle as usize].into_iter().filter(|n| *n != NONE) {
                if part[neighbour as usize] == NONE {
                    part[neighbour as usize] = number;
                    members.push(neighbour);
                }
            }
        }
        parts.push(members);
    }
    parts.sort_by_key(|members| std::cmp::Reverse(members.len()));
    let mut parts = parts.into_iter();
    let mut joined = parts.next().unwrap_or_default();
    let nearest = |mesh: &Mesh, among: &[u32], to: u32| {
        among.iter().copied().min_by_key(|t| (mesh.distance(*t, to), *t))
    };
    for members in parts {
        // Nearest to the part's first triangle, then nearest to that: close enough to look sensible, and quick.
        let Some(shore) = nearest(mesh, &joined, members[0]) else { continue };
        let Some(landing) = nearest(mesh, &members, shore) else { continue };
        let Some(shore) = nearest(mesh, &joined, landing) else { continue };
        mesh.bridges.entry(shore).or_default().push(landing);
        mesh.bridges.entry(landing).or_default().push(shore);
        joined.extend(members);
    }
}
