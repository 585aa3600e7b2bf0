//! Whether areas nest: the areas below fill the area above, without gap, overlap or overhang.
//!
//! Owns the check that imported data must pass before a leaf lookup may speak for the levels above it, and the table
//! of who lies below whom. Refuses to mend: the report names areas and a point of each breach, the owner of the data
//! decides. Start at [`breaches`].
//!
//! Made grids share their borders point for point; then the sides of the areas below, taken together, cancel to the
//! sides of the area above, and that proves the nesting exactly. Other data is judged at every point of its borders and by its
//! areas, with a tolerance: its levels were often drawn apart, and a border a hand's breadth off hurts nobody.

use std::collections::BTreeMap;
use std::fmt;

use smol_str::SmolStr;

use crate::cells::CellIndex;
use crate::places::{Area, PlacesError, name_shape};
use crate::point::Point;
use crate::polygons::square_metres;
use crate::shape::{CellShape, sides};

/// One way in which the areas below do not fill the area above. Shown as a sentence.
#[derive(Debug, Clone, PartialEq)]
pub enum Breach {
    /// Border points of an area lie outside the area above.
    Outside {
        /// The area below.
        child: SmolStr,
        /// The area above.
        parent: SmolStr,
        /// How many of its border points lie outside.
        points: usize,
        /// One of them.
        example: Point,
    },
    /// Two areas under one parent hold the same point.
    Overlap {
        /// One area.
        first: SmolStr,
        /// The other.
        second: SmolStr,
        /// A point that both hold.
        example: Point,
    },
    /// Border points of the area above lie in none of those below.
    Gap {
        /// The area above.
        parent: SmolStr,
        /// How many of its border points.
        points: usize,
        /// One of them.
        example: Point,
    },
    /// The areas below have together another area than the one above, by more than a thousandth.
    Size {
        /// The area above.
        parent: SmolStr,
        /// Its area in square metres.
        square_metres: f64,
        /// That of the areas below together.
        below: f64,
    },
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |p: &Point| format!("{}, {}", p.lon(), p.lat());
        match self {
            Self::Outside { child, parent, points, example } => {
                write!(f, "{points} border points of {child} lie outside {parent}, one at {}", at(example))
            }
            Self::Overlap { first, second, example } => {
                write!(f, "{first} and {second} both hold the point {}", at(example))
            }
            Self::Gap { parent, points, example } => {
                write!(
                    f,
                    "{points} border points of {parent} lie in none of the areas below it, one at {}",
                    at(example)
                )
            }
            Self::Size { parent, square_metres, below } => {
                write!(f, "{parent} has {square_metres:.0} m², the areas below it have {below:.0} m²")
            }
        }
    }
}

/// Every breach of nesting among areas with shapes. Areas without a shape are passed over.
pub fn breaches(areas: &[Area]) -> Result<Vec<Breach>, PlacesError> {
    let numbers: BTreeMap<&SmolStr, u32> = areas.iter().zip(0..).map(|(area, n)| (&area.code, n)).collect();
    let parents = areas.iter().map(|area| area.parent.as_ref().and_then(|code| numbers.get(code).copied()));
    let family = Family::of(areas, parents);
    let mut found = Vec::new();
    for parent in family.parents_not_tiled() {
        let below: Vec<&Area> = family.below[&parent].iter().map(|n| &areas[*n as usize]).collect();
        examine(&areas[parent as usize], &below, &mut found)?;
    }
    Ok(found)
}

/// Shaped areas by the shaped area above.
pub(crate) struct Family<'a> {
    areas: &'a [Area],
    below: BTreeMap<u32, Vec<u32>>,
}

impl<'a> Family<'a> {
    pub(crate) fn of(areas: &'a [Area], parents: impl Iterator<Item = Option<u32>>) -> Self {
        let mut below: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let parents: Vec<Option<u32>> = parents.collect();
        for (number, _) in (0..).zip(areas).filter(|(_, area)| area.shape.is_some()) {
            // An area without a shape between two that have one hides neither. The walk is bounded, for circles.
            let above = std::iter::successors(parents[number as usize], |p| parents[*p as usize]);
            if let Some(parent) = above.take(64).find(|p| areas[*p as usize].shape.is_some()) {
                below.entry(parent).or_default().push(number);
            }
        }
        Self { areas, below }
    }

    /// Shaped areas with no shaped area below.
    pub(crate) fn leaves(&self) -> Vec<u32> {
        let shaped = (0..).zip(self.areas).filter(|(_, area)| area.shape.is_some());
        shaped.map(|(number, _)| number).filter(|number| !self.below.contains_key(number)).collect()
    }

    /// Areas above whose border is not exactly what the borders below leave uncancelled.
    pub(crate) fn parents_not_tiled(&self) -> Vec<u32> {
        let tiled = |(parent, below): &(&u32, &Vec<u32>)| {
            let members = below.iter().chain(std::iter::once(*parent));
            let shapes = members.filter_map(|n| self.areas[*n as usize].shape.as_ref());
            cancels(shapes)
        };
        self.below.iter().filter(|entry| !tiled(entry)).map(|(parent, _)| *parent).collect()
    }
}

/// Whether every side is drawn an even number of times.
fn cancels<'a>(shapes: impl Iterator<Item = &'a CellShape>) -> bool {
    let drawn = shapes.flat_map(|shape| &shape.rings).flat_map(|ring| sides(ring));
    let mut drawn: Vec<(Point, Point)> =
        drawn.filter(|(a, b)| a != b).map(|(a, b)| (a.min(b), a.max(b))).collect();
    drawn.sort_unstable();
    drawn.chunk_by(|a, b| a == b).all(|same| same.len() % 2 == 0)
}

fn examine(parent: &Area, below: &[&Area], found: &mut Vec<Breach>) -> Result<(), PlacesError> {
    let shape = |area: &Area| area.shape.clone().unwrap_or_default();
    let shapes: Vec<CellShape> = below.iter().map(|area| shape(area)).collect();
    let code = |n: usize| below[n].code.clone();
    let inner = CellIndex::build(&shapes).map_err(|error| name_shape(error, code))?;
    let whole = [shape(parent)];
    let outer = CellIndex::build(&whole).map_err(|error| name_shape(error, |_| parent.code.clone()))?;
    let mut overlaps: BTreeMap<(u32, u32), Point> = BTreeMap::new();
    for (number, child) in shapes.iter().enumerate() {
        let (points, example) = missed(child, &outer);
        if let Some(example) = example {
            found.push(Breach::Outside { child: code(number), parent: parent.code.clone(), points, example });
        }
        for point in child.rings.iter().flatten() {
            if let [first, second, ..] = inner.find_all(*point)[..] {
                overlaps.entry((first, second)).or_insert(*point);
            }
        }
    }
    found.extend(overlaps.into_iter().map(|((first, second), example)| Breach::Overlap {
        first: code(first as usize),
        second: code(second as usize),
        example,
    }));
    let (points, example) = missed(&whole[0], &inner);
    if let Some(example) = example {
        found.push(Breach::Gap { parent: parent.code.clone(), points, example });
    }
    let (size, sum) = (square_metres(&whole[0]), shapes.iter().map(square_metres).sum::<f64>());
    if (size - sum).abs() > size / 1000.0 {
        found.push(Breach::Size { parent: parent.code.clone(), square_metres: size, below: sum });
    }
    Ok(())
}

/// How many points of the shape's border the index does not cover, even after moving them by the tolerance, and the
/// first of them.
fn missed(shape: &CellShape, index: &CellIndex) -> (usize, Option<Point>) {
    /// About 10 cm on a meridian.
    const TOLERANCE: i32 = 10;
    let near = |p: &Point| {
        let step =
            |east: i32, north: i32| Point::new(p.lon_e7 + east * TOLERANCE, p.lat_e7 + north * TOLERANCE);
        (-1..=1).any(|east| (-1..=1).any(|north| index.covers(step(east, north))))
    };
    let mut missed = shape.rings.iter().flatten().filter(|p| !near(p)).copied();
    let example = missed.next();
    (missed.count() + usize::from(example.is_some()), example)
}
