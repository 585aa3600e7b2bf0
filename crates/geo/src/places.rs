//! The hierarchy of areas over one leaf layer, and the overlays beside it.
//!
//! Owns the one question that intake asks: which areas hold this point? Only the leaves are looked up, the areas with a
//! shape and no shaped area below them; everything above is a walk over the parent table. That is right where areas
//! nest strictly. Where the areas below leave a gap, a second index of the gapped areas answers for it, so that a point
//! in the gap still finds its community. [`crate::nesting`] reports such data.
//! Refuses duplicate codes, unknown parents and circles. Effective dates are the caller's: it builds from the areas of
//! a day. Start at [`Places::locate`].

use std::collections::{HashMap, HashSet};

use smol_str::SmolStr;
use thiserror::Error;

use crate::cells::CellIndex;
use crate::nesting;
use crate::point::Point;
use crate::shape::{CellShape, ShapeError};

/// One area as a pack or an import gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Unique among areas and overlays.
    pub code: SmolStr,
    /// The level's name, as the pack names it.
    pub level: SmolStr,
    /// The code of the area above; none at the top.
    pub parent: Option<SmolStr>,
    /// Where it lies, if known.
    pub shape: Option<CellShape>,
}

/// Cells drawn around a problem, over the base grid; they may overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// Unique among areas and overlays.
    pub code: SmolStr,
    /// Where it lies.
    pub shape: CellShape,
}

/// Why areas cannot be indexed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlacesError {
    /// Two areas or overlays with one code.
    #[error("code \"{0}\" is used twice; give every area and overlay a code of its own")]
    Duplicate(SmolStr),
    /// A parent that is not there.
    #[error(
        "area \"{code}\" names the parent \"{parent}\", which does not exist; add it or correct the code"
    )]
    UnknownParent {
        /// The area.
        code: SmolStr,
        /// The parent that it names.
        parent: SmolStr,
    },
    /// An area above itself.
    #[error("area \"{0}\" is its own ancestor; correct the parents so that they lead to a top area")]
    Circle(SmolStr),
    /// A shape that cannot be used.
    #[error("area \"{code}\": {source}")]
    Shape {
        /// The area or overlay.
        code: SmolStr,
        /// What is wrong with its shape.
        source: ShapeError,
    },
    /// A layer that cannot be indexed as a whole.
    #[error(transparent)]
    Layer(ShapeError),
}

/// Areas and overlays, ready for lookups. Areas are known by their number in the slice that they were built from.
#[derive(Debug, Clone)]
pub struct Places {
    names: Vec<Name>,
    by_code: HashMap<SmolStr, u32>,
    leaves: Layer,
    gapped: Layer,
    overlays: CellIndex,
    overlay_codes: Vec<SmolStr>,
}

#[derive(Debug, Clone)]
struct Name {
    code: SmolStr,
    level: SmolStr,
    parent: Option<u32>,
}

/// A cell index whose cells stand for areas.
#[derive(Debug, Clone)]
struct Layer {
    index: CellIndex,
    areas: Vec<u32>,
}

/// Where a point lies.
#[derive(Debug, Clone)]
pub struct Located<'a> {
    places: &'a Places,
    /// The number of the smallest area that holds the point.
    pub area: Option<u32>,
    /// The codes of the overlays that hold it, in the order in which they were given.
    pub overlays: Vec<&'a SmolStr>,
}

impl Places {
    /// Builds the layers. Imported data should pass [`nesting::breaches`] first.
    pub fn build(areas: &[Area], overlays: &[Overlay]) -> Result<Self, PlacesError> {
        let by_code = number(areas, overlays)?;
        let names = areas.iter().map(|area| name(area, &by_code)).collect::<Result<Vec<_>, _>>()?;
        refuse_circles(&names)?;
        let family = nesting::Family::of(areas, names.iter().map(|name| name.parent));
        let leaves = Layer::build(areas, family.leaves())?;
        // Deepest first: the lowest number answers, and the smallest area is the best answer.
        let mut gapped = family.parents_not_tiled();
        gapped.sort_by_key(|area| std::cmp::Reverse(depth(&names, *area)));
        let gapped = Layer::build(areas, gapped)?;
        let shapes: Vec<CellShape> = overlays.iter().map(|overlay| overlay.shape.clone()).collect();
        let overlay_codes: Vec<SmolStr> = overlays.iter().map(|overlay| overlay.code.clone()).collect();
        let index =
            CellIndex::build(&shapes).map_err(|error| name_shape(error, |n| overlay_codes[n].clone()))?;
        Ok(Self { names, by_code, leaves, gapped, overlays: index, overlay_codes })
    }

    /// The smallest area that holds the point, those above it, and the overlays.
    pub fn locate(&self, point: Point) -> Located<'_> {
        let overlays = self.overlays.find_all(point);
        Located {
            places: self,
            area: self.area_at(point),
            overlays: overlays.iter().filter_map(|n| self.overlay_codes.get(*n as usize)).collect(),
        }
    }

    /// The number of the smallest area that holds the point.
    #[inline]
    pub fn area_at(&self, point: Point) -> Option<u32> {
        self.leaves.find(point).or_else(|| self.gapped.find(point))
    }

    /// The number of the area above.
    #[inline]
    pub fn parent(&self, area: u32) -> Option<u32> {
        self.names.get(area as usize)?.parent
    }

    /// The code of an area by its number.
    pub fn code(&self, area: u32) -> Option<&SmolStr> {
        self.names.get(area as usize).map(|name| &name.code)
    }

    /// The level of an area by its number.
    pub fn level(&self, area: u32) -> Option<&SmolStr> {
        self.names.get(area as usize).map(|name| &name.level)
    }

    /// The number of the area with this code.
    pub fn by_code(&self, code: &str) -> Option<u32> {
        self.by_code.get(code).copied()
    }

    /// Bytes held by the cell indexes.
    pub fn bytes(&self) -> usize {
        self.leaves.index.bytes() + self.gapped.index.bytes() + self.overlays.bytes()
    }
}

impl<'a> Located<'a> {
    /// The code of the smallest area that holds the point.
    pub fn leaf(&self) -> Option<&'a SmolStr> {
        self.area.and_then(|area| self.places.code(area))
    }

    /// Level and code of the smallest area and of every area above it, upwards.
    pub fn areas(&self) -> impl Iterator<Item = (&'a SmolStr, &'a SmolStr)> + use<'a> {
        let places = self.places;
        std::iter::successors(self.area, move |area| places.parent(*area))
            .filter_map(move |area| Some((places.level(area)?, places.code(area)?)))
    }

    /// The code of the area of this level that holds the point.
    pub fn at_level(&self, level: &str) -> Option<&'a SmolStr> {
        self.areas().find(|(name, _)| name.as_str() == level).map(|(_, code)| code)
    }
}

impl Layer {
    fn build(areas: &[Area], numbers: Vec<u32>) -> Result<Self, PlacesError> {
        let shape = |n: &u32| areas[*n as usize].shape.clone().unwrap_or_default();
        let shapes: Vec<CellShape> = numbers.iter().map(shape).collect();
        let code = |cell: usize| areas[numbers[cell] as usize].code.clone();
        let index = CellIndex::build(&shapes).map_err(|error| name_shape(error, code))?;
        Ok(Self { index, areas: numbers })
    }

    #[inline]
    fn find(&self, point: Point) -> Option<u32> {
        self.index.find(point).and_then(|cell| self.areas.get(cell as usize).copied())
    }
}

fn number(areas: &[Area], overlays: &[Overlay]) -> Result<HashMap<SmolStr, u32>, PlacesError> {
    let mut by_code = HashMap::with_capacity(areas.len());
    for (number, area) in areas.iter().enumerate() {
        let number = u32::try_from(number).map_err(|_many| PlacesError::Layer(ShapeError::TooLarge))?;
        if by_code.insert(area.code.clone(), number).is_some() {
            return Err(PlacesError::Duplicate(area.code.clone()));
        }
    }
    let mut seen = HashSet::new();
    for overlay in overlays {
        if by_code.contains_key(&overlay.code) || !seen.insert(&overlay.code) {
            return Err(PlacesError::Duplicate(overlay.code.clone()));
        }
    }
    Ok(by_code)
}

fn name(area: &Area, by_code: &HashMap<SmolStr, u32>) -> Result<Name, PlacesError> {
    let parent =
        match &area.parent {
            None => None,
            Some(parent) => Some(*by_code.get(parent).ok_or_else(|| PlacesError::UnknownParent {
                code: area.code.clone(),
                parent: parent.clone(),
            })?),
        };
    Ok(Name { code: area.code.clone(), level: area.level.clone(), parent })
}

/// Walks up from every area. A walk stops where an earlier one has passed, so the whole costs one step per area.
fn refuse_circles(names: &[Name]) -> Result<(), PlacesError> {
    let mut walk_of = vec![usize::MAX; names.len()];
    for start in 0..names.len() {
        let mut at = start;
        while walk_of[at] == usize::MAX {
            walk_of[at] = start;
            match names[at].parent {
                Some(parent) => at = parent as usize,
                None => break,
            }
        }
        if walk_of[at] == start && names[at].parent.is_some() {
            return Err(PlacesError::Circle(names[at].code.clone()));
        }
    }
    Ok(())
}

/// The number of areas above. There are no circles.
fn depth(names: &[Name], area: u32) -> usize {
    std::iter::successors(Some(area), |area| names[*area as usize].parent).count()
}

pub(crate) fn name_shape(error: ShapeError, code: impl Fn(usize) -> SmolStr) -> PlacesError {
    match error {
        ShapeError::Empty { shape }
        | ShapeError::NoArea { shape, .. }
        | ShapeError::OffGlobe { shape, .. } => PlacesError::Shape { code: code(shape), source: error },
        ShapeError::TooWide | ShapeError::TooLarge => PlacesError::Layer(error),
    }
}
