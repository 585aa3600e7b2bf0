//! Areas that are drawn together: thinned once, cut tile by tile.
//!
//! Owns a layer of areas ready for any tile. Borders that two areas share point for point are one line, thinned once
//! ([`super::thin`]), snapped once and cut at the same places. So at no zoom is there bare ground between them: a ray from any place on the
//! ground crosses the rim for one area and every border within for two, so an odd number of areas hold the place by the even-odd rule. Only
//! where snapping makes a border cross itself is the crossing rounded for each area alone, by less than a unit. Areas of several levels may
//! stand in one layer; then the larger keep every corner of the smaller. Refuses shapes over the 180th meridian and beyond web mercator's ends.
//! Start at [`Areas::of`].

use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::address::{Address, around_the_world};
use super::arcs::{Arcs, Ring};
use super::geometry::{Geometry, Spot};
use super::mercator::World;
use super::{TileError, clip, solid, thin};
use crate::shape::{CellShape, sides};

type Boxes = RTree<GeomWithData<Rectangle<[f64; 2]>, u32>>;

/// A layer of areas, known by their number in the slice that it was made of.
#[derive(Debug)]
pub struct Areas {
    arcs: Arcs,
    /// The lowest zoom at which each point of the arcs is drawn.
    from: Vec<u8>,
    rings: Vec<Vec<Ring>>,
    boxes: Boxes,
}

impl Areas {
    /// Prepares areas for drawing at every zoom. Rings may have any direction and order, as everywhere in this crate.
    ///
    /// # Errors
    /// [`TileError::Shape`], [`TileError::Polar`] and [`TileError::Antimeridian`] for what cannot be drawn, [`TileError::TooMany`].
    pub fn of(shapes: &[CellShape]) -> Result<Areas, TileError> {
        let placed = shapes.iter().enumerate().map(|(number, shape)| place(shape, number));
        let placed: Vec<Vec<Vec<World>>> = placed.collect::<Result<_, _>>()?;
        u32::try_from(placed.len()).map_err(|_too_many| TileError::TooMany)?;
        let boxed = |(number, rings): (u32, &Vec<Vec<World>>)| {
            let corners: Vec<[f64; 2]> =
                rings.iter().flatten().map(|at| [f64::from(at.x), f64::from(at.y)]).collect();
            GeomWithData::new(Rectangle::from_aabb(AABB::from_points(&corners)), number)
        };
        let boxes = RTree::bulk_load((0..).zip(&placed).map(boxed).collect());
        let (arcs, rings) = Arcs::of(&placed)?;
        let from = thin::drawn_from(&arcs);
        Ok(Areas { arcs, from, rings, boxes })
    }

    /// The areas of which something is seen in a tile or its buffer, by number from the lowest. Cost: those areas and
    /// their points, whatever else is in the layer.
    pub fn in_tile(&self, tile: Address) -> Vec<(usize, Geometry)> {
        let (low, high) = tile.window();
        let near = self.boxes.locate_in_envelope_intersecting(AABB::from_corners(low, high));
        let mut near: Vec<usize> = near.map(|found| found.data as usize).collect();
        near.sort_unstable();
        near.into_iter().filter_map(|number| Some((number, self.geometry(number, tile)?))).collect()
    }

    fn geometry(&self, number: usize, tile: Address) -> Option<Geometry> {
        let rings = self.rings.get(number)?.iter().map(|ring| clip::ring(self.snapped(ring, tile)));
        let rings: Vec<Vec<Spot>> = rings.filter(|ring| !ring.is_empty()).collect();
        let polygons = solid::polygons(&rings);
        (!polygons.is_empty()).then(|| Geometry::polygons(polygons))
    }

    /// The open ring as it is drawn at the tile's zoom, in whole units, not yet cut.
    fn snapped(&self, ring: &Ring, tile: Address) -> Vec<[i64; 2]> {
        let mut points: Vec<[i64; 2]> = Vec::new();
        let mut draw = |at: usize| {
            if self.from[at] <= tile.zoom() {
                let place = tile.place(self.arcs.points[at]);
                if points.last() != Some(&place) {
                    points.push(place);
                }
            }
        };
        for way in ring {
            // The end of an arc is the beginning of the next.
            let range = self.arcs.range(way.arc);
            if way.back {
                (range.start + 1..range.end).rev().for_each(&mut draw);
            } else {
                (range.start..range.end - 1).for_each(&mut draw);
            }
        }
        points
    }
}

fn place(shape: &CellShape, number: usize) -> Result<Vec<Vec<World>>, TileError> {
    let rings = shape.checked_rings(number)?;
    if rings.iter().flat_map(|ring| sides(ring)).any(|(a, b)| around_the_world(a, b)) {
        return Err(TileError::Antimeridian { number });
    }
    rings.iter().map(|ring| ring.iter().map(|point| World::of(*point)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::point::Point;
    use crate::shape::ShapeError;
    use crate::tile::Parts;

    fn rectangle(west: f64, south: f64, east: f64, north: f64) -> CellShape {
        let at = |lon, lat| Point::from_degrees(lon, lat).unwrap();
        CellShape::rectangle(at(west, south), at(east, north))
    }

    fn polygons(geometry: &Geometry) -> &Vec<Vec<Vec<Spot>>> {
        let Parts::Polygons(polygons) = geometry.parts() else { panic!("areas are polygons") };
        polygons
    }

    #[test]
    fn an_area_fills_the_tiles_that_it_covers_to_the_end_of_their_buffer() {
        let areas = Areas::of(&[rectangle(-90.0, -60.0, 90.0, 60.0)]).unwrap();
        let inner = Address::around(Point::new(1_000_000, 1_000_000), 5).unwrap();
        let found = areas.in_tile(inner);
        assert_eq!(found.len(), 1);
        let mut ring = polygons(&found[0].1)[0][0].clone();
        ring.sort_unstable();
        assert_eq!(ring, [[-64, -64], [-64, 4160], [4160, -64], [4160, 4160]]);
        assert_eq!(areas.in_tile(Address::new(5, 0, 0).unwrap()), []);
        // Zoom 1, north-east: from the middle of the world to 90° east, which is half of the tile.
        let quarter = areas.in_tile(Address::new(1, 1, 0).unwrap());
        let ring = &polygons(&quarter[0].1)[0][0];
        assert!(ring.iter().all(|[x, _]| [-64, 2048].contains(x)), "{ring:?}");
    }

    #[test]
    fn a_hole_stays_a_hole_and_what_is_too_small_for_a_zoom_is_left_out() {
        let mut lake = rectangle(106.0, 29.0, 107.0, 30.0);
        lake.rings.extend(rectangle(106.4, 29.4, 106.6, 29.6).rings);
        let areas = Areas::of(&[lake, rectangle(120.0, 30.0, 120.000_1, 30.000_1)]).unwrap();
        let whole = areas.in_tile(Address::around(Point::new(1_065_000_000, 295_000_000), 6).unwrap());
        assert_eq!(whole.len(), 1);
        assert_eq!(polygons(&whole[0].1)[0].len(), 2);
        let numbers = |zoom| {
            let tile = Address::around(Point::new(1_200_000_500, 300_000_500), zoom).unwrap();
            areas.in_tile(tile).into_iter().map(|(number, _)| number).collect::<Vec<_>>()
        };
        assert_eq!((numbers(0), numbers(18)), (vec![0], vec![1]));
    }

    #[test]
    fn what_cannot_be_drawn_is_refused_with_its_number_and_the_mend() {
        let fine = rectangle(0.0, 0.0, 1.0, 1.0);
        let error = |wrong: CellShape| Areas::of(&[fine.clone(), wrong]).unwrap_err();
        assert_eq!(error(CellShape::default()), TileError::Shape(ShapeError::Empty { shape: 1 }));
        assert_eq!(error(rectangle(0.0, 80.0, 1.0, 90.0)), TileError::Polar(90.0));
        let around = error(rectangle(-179.0, 0.0, 179.0, 1.0));
        assert_eq!(around, TileError::Antimeridian { number: 1 });
        assert!(around.to_string().contains("into two parts"));
        assert!(
            Areas::of(&[rectangle(170.0, -85.0, 180.0, 85.0), rectangle(-180.0, 0.0, -170.0, 1.0)]).is_ok()
        );
        assert_eq!(Areas::of(&[]).unwrap().in_tile(Address::new(0, 0, 0).unwrap()), []);
    }
}
