//! Which part of the world a tile is: zoom, column, row, as maps ask for them (`/z/x/y`).
//!
//! Owns the numbering (the scheme that §3 of the specification takes as its reference: row 0 is the northernmost), bounds in degrees, and the way
//! of a place into a tile's own coordinates. Refuses tiles beside the world and windows over the 180th meridian.
//! Start at [`Address::new`].

use super::clip;
use super::geometry::Geometry;
use super::mercator::{World, latitude, longitude};
use super::{BUFFER, EXTENT, MOST_ZOOM, TileError};
use crate::point::Point;

/// A tile of the world. There are 2^zoom columns and rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    zoom: u8,
    x: u32,
    y: u32,
}

/// A part of the world in degrees, WGS-84.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Longitude of the western edge.
    pub west: f64,
    /// Latitude of the southern edge.
    pub south: f64,
    /// Longitude of the eastern edge.
    pub east: f64,
    /// Latitude of the northern edge.
    pub north: f64,
}

impl Address {
    /// The tile of a zoom, column (from the west) and row (from the north).
    ///
    /// # Errors
    /// [`TileError::Zoom`] beyond [`MOST_ZOOM`], [`TileError::NoTile`] beside the world.
    pub fn new(zoom: u8, x: u32, y: u32) -> Result<Address, TileError> {
        if zoom > MOST_ZOOM {
            return Err(TileError::Zoom { zoom });
        }
        let within = |number: u32| number >> zoom == 0;
        if within(x) && within(y) {
            Ok(Address { zoom, x, y })
        } else {
            Err(TileError::NoTile { zoom, x, y })
        }
    }

    /// The one tile of a zoom that a point is in. On an edge it is the eastern and the southern one.
    ///
    /// # Errors
    /// As [`Address::new`] and [`World::of`].
    pub fn around(point: Point, zoom: u8) -> Result<Address, TileError> {
        Ok(Address::new(zoom, 0, 0)?.of_world(World::of(point)?))
    }

    /// The tiles of a zoom over a window, row by row from the north-west. There may be 4^zoom of them: count before taking all.
    ///
    /// # Errors
    /// [`TileError::Window`] if south-west is not south-west of north-east, and as [`Address::around`].
    pub fn over(
        south_west: Point,
        north_east: Point,
        zoom: u8,
    ) -> Result<impl ExactSizeIterator<Item = Address> + Clone, TileError> {
        if south_west.lon_e7 > north_east.lon_e7 || south_west.lat_e7 > north_east.lat_e7 {
            return Err(TileError::Window {
                west: south_west.lon(),
                south: south_west.lat(),
                east: north_east.lon(),
                north: north_east.lat(),
            });
        }
        let first = Address::around(Point::new(south_west.lon_e7, north_east.lat_e7), zoom)?;
        let last = Address::around(Point::new(north_east.lon_e7, south_west.lat_e7), zoom)?;
        let (columns, rows) = (u64::from(last.x - first.x) + 1, u64::from(last.y - first.y) + 1);
        let count = usize::try_from(columns * rows).unwrap_or(usize::MAX);
        let tile = move |no: usize| {
            let no = no as u64;
            Address { zoom, x: first.x + (no % columns) as u32, y: first.y + (no / columns) as u32 }
        };
        Ok((0..count).map(tile))
    }

    /// Zoom, 0 to [`MOST_ZOOM`].
    pub fn zoom(self) -> u8 {
        self.zoom
    }

    /// Column from the west.
    pub fn x(self) -> u32 {
        self.x
    }

    /// Row from the north.
    pub fn y(self) -> u32 {
        self.y
    }

    /// The edges of the tile in degrees, without the buffer.
    pub fn bounds(self) -> Bounds {
        let across = f64::from(1u32 << self.zoom);
        let edge = |number: u32, next: f64| (f64::from(number) + next) / across;
        Bounds {
            west: longitude(edge(self.x, 0.0)),
            south: latitude(edge(self.y, 1.0)),
            east: longitude(edge(self.x, 1.0)),
            north: latitude(edge(self.y, 0.0)),
        }
    }

    /// A point, if the tile is the one that [`Address::around`] gives for it. Coordinates are 0 to [`EXTENT`] - 1, at most one unit from the
    /// point: rounded down, so that a point and the tile that it is in never disagree.
    ///
    /// # Errors
    /// As [`World::of`].
    pub fn point(self, point: Point) -> Result<Option<Geometry>, TileError> {
        let world = World::of(point)?;
        Ok((self.of_world(world) == self).then(|| Geometry::points(vec![self.spot(world)])))
    }

    /// What of a line is in the tile and its buffer: no part, one or several. It is snapped to whole units and not thinned; steps within one unit are left out.
    ///
    /// # Errors
    /// [`TileError::Antimeridian`] for a step over more than half the globe, and as [`World::of`].
    pub fn line(self, points: &[Point]) -> Result<Option<Geometry>, TileError> {
        if points.windows(2).any(|step| around_the_world(step[0], step[1])) {
            return Err(TileError::Antimeridian { number: 0 });
        }
        let placed: Result<Vec<[i64; 2]>, TileError> =
            points.iter().map(|point| Ok(self.place(World::of(*point)?))).collect();
        let parts = clip::line(&placed?);
        Ok((!parts.is_empty()).then(|| Geometry::lines(parts)))
    }

    fn of_world(self, world: World) -> Address {
        let shift = 32 - u32::from(self.zoom);
        let number = |at: u32| at.checked_shr(shift).unwrap_or(0);
        Address { x: number(world.x), y: number(world.y), ..self }
    }

    /// Units of the world in one of the tile, as a power of two.
    fn shift(self) -> u32 {
        32 - EXTENT.trailing_zeros() - u32::from(self.zoom)
    }

    /// The nearest coordinates in the tile, which may lie far outside of it.
    pub(super) fn place(self, world: World) -> [i64; 2] {
        let half = (1i64 << self.shift()) >> 1;
        let [x, y] = world.wide().map(|at| (at + half) >> self.shift());
        let corner = [self.x, self.y].map(|number| i64::from(number) * i64::from(EXTENT));
        [x - corner[0], y - corner[1]]
    }

    /// Coordinates of a place of this tile, rounded down.
    pub(super) fn spot(self, world: World) -> [i32; 2] {
        let within = |at: i64| ((at >> self.shift()) & i64::from(EXTENT - 1)) as i32;
        world.wide().map(within)
    }

    /// North-west and south-east corner of what may be seen in the tile with its buffer, in units of the world.
    pub(super) fn window(self) -> ([f64; 2], [f64; 2]) {
        let edge =
            |number: u32, add: i64| ((i64::from(number) * i64::from(EXTENT) + add) << self.shift()) as f64;
        // One more, for what rounds into the buffer.
        let (before, after) = (-i64::from(BUFFER) - 1, i64::from(EXTENT + BUFFER) + 1);
        ([edge(self.x, before), edge(self.y, before)], [edge(self.x, after), edge(self.y, after)])
    }

    /// Where the places of this tile lie in the order of [`super::points::key`]: the first key and the one behind the last.
    pub(super) fn keys(self) -> (u64, u128) {
        let bits = 64 - 2 * u32::from(self.zoom);
        let first = u128::from(super::points::key(World { x: self.x, y: self.y })) << bits;
        (first as u64, first + (1u128 << bits))
    }
}

/// Whether the straight way between two points is surely not what was meant.
pub(super) fn around_the_world(a: Point, b: Point) -> bool {
    (i64::from(a.lon_e7) - i64::from(b.lon_e7)).abs() > 1_800_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64, lat: f64) -> Point {
        Point::from_degrees(lon, lat).unwrap()
    }

    #[test]
    fn tiles_have_the_numbers_that_maps_ask_for() {
        // Zoom, longitude, latitude, column, row; the formula of the OpenStreetMap wiki, "Slippy map tilenames".
        for (zoom, lon, lat, x, y) in [
            (0, 106.5, 29.6, 0, 0),
            (1, 106.5, 29.6, 1, 0),
            (1, 106.5, -29.6, 1, 1),
            (10, 106.5, 29.6, 814, 423),
            (14, 106.5, 29.6, 13_038, 6_780),
            (20, 106.5, 29.6, 834_491, 433_959),
            (4, -180.0, 85.05, 0, 0),
            (4, 180.0, -85.05, 15, 15),
        ] {
            let tile = Address::around(at(lon, lat), zoom).unwrap();
            assert_eq!((tile.zoom(), tile.x(), tile.y()), (zoom, x, y), "zoom {zoom}");
            let Bounds { west, south, east, north } = tile.bounds();
            assert!((west..=east).contains(&lon) && (south..=north).contains(&lat), "zoom {zoom}: {tile:?}");
        }
    }

    #[test]
    fn the_whole_world_is_one_tile_and_neighbours_share_their_edges() {
        let Bounds { west, south, east, north } = Address::new(0, 0, 0).unwrap().bounds();
        assert_eq!((west, east), (-180.0, 180.0));
        assert!((north - 85.051_128_78).abs() < 1e-8 && (south + north).abs() < 1e-9);
        let (one, other) =
            (Address::new(14, 13_038, 6_777).unwrap(), Address::new(14, 13_039, 6_778).unwrap());
        assert_eq!((one.bounds().east, one.bounds().south), (other.bounds().west, other.bounds().north));
    }

    #[test]
    fn what_is_no_tile_is_refused_with_the_mend() {
        assert_eq!(Address::new(21, 0, 0), Err(TileError::Zoom { zoom: 21 }));
        assert_eq!(Address::new(255, 0, 0), Err(TileError::Zoom { zoom: 255 }));
        for (zoom, x, y) in [(0, 1, 0), (0, 0, 1), (4, 16, 0), (20, 0, u32::MAX)] {
            let error = Address::new(zoom, x, y).unwrap_err();
            assert_eq!(error, TileError::NoTile { zoom, x, y });
            assert!(error.to_string().contains("from 0 to 2^zoom - 1"));
        }
        assert!(Address::new(20, 1_048_575, 1_048_575).is_ok());
    }

    #[test]
    fn a_window_gives_its_tiles_row_by_row() {
        let tiles = |a, b, zoom| Address::over(a, b, zoom).unwrap();
        let all: Vec<_> = tiles(at(-180.0, -85.0), at(180.0, 85.0), 1).map(|t| (t.x(), t.y())).collect();
        assert_eq!(all, [(0, 0), (1, 0), (0, 1), (1, 1)]);
        assert_eq!(tiles(at(106.5, 29.6), at(106.5, 29.6), 14).len(), 1);
        assert_eq!(tiles(at(-180.0, -85.051_128_7), at(180.0, 85.051_128_7), 20).len(), 1 << 40);
    }

    #[test]
    fn windows_over_the_180th_meridian_or_a_pole_are_refused_with_the_mend() {
        let refused = |a, b| Address::over(a, b, 5).err().unwrap();
        let error = refused(at(170.0, 0.0), at(-170.0, 10.0));
        assert!(
            matches!(error, TileError::Window { .. }) && error.to_string().contains("ask twice"),
            "{error}"
        );
        assert!(matches!(refused(at(0.0, 10.0), at(1.0, 0.0)), TileError::Window { .. }));
        assert_eq!(refused(at(0.0, 0.0), at(1.0, 89.0)), TileError::Polar(89.0));
        assert_eq!(refused(at(0.0, -86.0), at(1.0, 0.0)), TileError::Polar(-86.0));
    }

    #[test]
    fn a_point_is_in_one_tile_and_not_in_its_neighbours() {
        // The corner of four tiles.
        let corner = at(0.0, 0.0);
        for (x, y, found) in [(0, 0, None), (1, 0, None), (0, 1, None), (1, 1, Some([0, 0]))] {
            let tile = Address::new(1, x, y).unwrap();
            assert_eq!(tile.point(corner).unwrap(), found.map(|spot| Geometry::points(vec![spot])));
        }
        let last = Address::new(20, 1_048_575, 524_288).unwrap();
        assert_eq!(last.point(at(180.0, 0.0)).unwrap(), Some(Geometry::points(vec![[4095, 0]])));
    }

    #[test]
    fn a_line_around_the_world_is_refused_and_one_elsewhere_is_not_there() {
        let tile = Address::new(3, 7, 3).unwrap();
        let error = tile.line(&[at(179.0, 10.0), at(-179.0, 10.0)]).unwrap_err();
        assert!(error.to_string().contains("180th meridian"), "{error}");
        assert_eq!(tile.line(&[at(0.0, 10.0), at(1.0, 10.0)]).unwrap(), None);
        assert_eq!(tile.line(&[]).unwrap(), None);
        assert!(tile.line(&[at(150.0, 10.0), at(160.0, 20.0)]).unwrap().is_some());
    }
}
