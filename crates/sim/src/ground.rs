//! Where things happen: points inside the smallest cells of a pack.

use huying_geo::{CellShape, Places, Point};
use huying_model::{AreaCode, case::Place};
use huying_pack::Pack;
use rand::{Rng, RngExt};

/// The cells of a pack that a report can come from.
#[derive(Clone, Debug)]
pub struct Ground {
    cells: Vec<(AreaCode, Bounds)>,
}

#[derive(Clone, Copy, Debug)]
struct Bounds {
    west: i32,
    south: i32,
    east: i32,
    north: i32,
}

/// How often a point is drawn inside a cell's bounds before the case goes without one.
const DRAWS: usize = 24;

impl Ground {
    /// The shaped cells of a pack; where none has a shape, its areas without children.
    pub fn of_pack(pack: &Pack) -> Ground {
        let shaped =
            pack.shapes.cells.iter().filter_map(|(code, shape)| Some((code.clone(), bounds(shape)?)));
        Ground { cells: shaped.collect() }
    }

    /// A place in some cell: with a point where one was found inside it.
    pub fn somewhere(&self, places: &Places, rng: &mut impl Rng) -> Place {
        if self.cells.is_empty() {
            return Place::default();
        }
        let (area, bounds) = &self.cells[rng.random_range(0..self.cells.len())];
        for _ in 0..DRAWS {
            let point = Point::new(
                rng.random_range(bounds.west..=bounds.east),
                rng.random_range(bounds.south..=bounds.north),
            );
            let found = places.locate(point);
            if found.areas().next().is_some_and(|(_, code)| code.as_str() == area.as_str()) {
                return Place {
                    lon_e7: Some(point.lon_e7),
                    lat_e7: Some(point.lat_e7),
                    area: Some(area.clone()),
                    overlays: found.overlays.iter().map(|code| AreaCode((*code).clone())).collect(),
                    datum: None,
                };
            }
        }
        Place { area: Some(area.clone()), ..Place::default() }
    }
}

fn bounds(shape: &CellShape) -> Option<Bounds> {
    let points = || shape.rings.iter().flatten();
    Some(Bounds {
        west: points().map(|point| point.lon_e7).min()?,
        south: points().map(|point| point.lat_e7).min()?,
        east: points().map(|point| point.lon_e7).max()?,
        north: points().map(|point| point.lat_e7).max()?,
    })
}
