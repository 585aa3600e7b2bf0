//! Vector tiles: areas, lines and points as bytes of Mapbox Vector Tile 2.1 (<https://github.com/mapbox/vector-tile-spec>).
//!
//! Owns which part of the world a tile is ([`address`]), how borders are thinned and cut so that neighbours stay neighbours
//! ([`areas`]), how many points become few ([`points`]), and the bytes ([`layer`]). Everything is whole numbers after one
//! projection ([`mercator`]), so two areas that share a border share it in every tile, and neighbouring tiles meet.
//! Refuses places that web mercator does not have, and what would run around the world. It knows no cases: a point has a
//! class, and the caller says what a class means.
//!
//! Start at [`Areas::of`] and [`Points::of`] for what is shown, then [`Tile`] for the bytes. Built once, they answer any
//! number of tiles; nothing is kept between two. Coordinates of a tile run from 0 to [`EXTENT`], east and *south*
//! (specification §4.3); areas and lines reach [`BUFFER`] further, so that their edges are not seen. Points do not: each is
//! in one tile, since maps draw a point's mark whole over the tile's edge.

pub mod address;
pub mod areas;
pub mod geometry;
pub mod layer;
pub mod mercator;
pub mod points;

mod arcs;
mod clip;
mod solid;
mod thin;
mod wire;

use thiserror::Error;

use crate::point::PointError;
use crate::shape::ShapeError;

pub use address::{Address, Bounds};
pub use areas::Areas;
pub use geometry::{Geometry, Parts};
pub use layer::{Layer, Tile, Value};
pub use points::{Cluster, Dot, Points};

/// Units across a tile, the specification's `extent` (§4.1).
pub const EXTENT: i32 = 4096;
/// Units that areas and lines reach beyond the tile: eight pixels where a tile is drawn 512 wide, more than a border line is thick.
pub const BUFFER: i32 = 64;
/// The deepest zoom. One unit is then 2^-32 of the world, 9 mm on the equator, about what a [`crate::Point`] tells apart. Maps
/// enlarge the deepest tiles by themselves (`maxzoom` of a source).
pub const MOST_ZOOM: u8 = 20;

/// Why something cannot be drawn. Numbers count from 0 as in the input.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TileError {
    /// A zoom that is not drawn.
    #[error("zoom {zoom} is not drawn; ask for 0 to {MOST_ZOOM} and let the map enlarge")]
    Zoom {
        /// As it was asked for.
        zoom: u8,
    },
    /// A tile beside the world.
    #[error("there is no tile {x}, {y} at zoom {zoom}; columns and rows run from 0 to 2^zoom - 1")]
    NoTile {
        /// A zoom that exists.
        zoom: u8,
        /// The column asked for.
        x: u32,
        /// The row asked for.
        y: u32,
    },
    /// No coordinate of the globe.
    #[error(transparent)]
    Point(#[from] PointError),
    /// A place too near a pole.
    #[error(
        "latitude {0} is outside the web mercator map, which ends at 85.0511 north and south; leave the place off the map"
    )]
    Polar(f64),
    /// A window whose west is east of its east, or whose south is north of its north.
    #[error(
        "the window runs from longitude {west} to {east} and latitude {south} to {north}; give south-west first, and ask twice across the 180th meridian"
    )]
    Window {
        /// Degrees.
        west: f64,
        /// Degrees.
        south: f64,
        /// Degrees.
        east: f64,
        /// Degrees.
        north: f64,
    },
    /// A side or step that spans more than half of the globe.
    #[error(
        "number {number} has a side over more than 180 degrees of longitude; cut it at the 180th meridian into two parts (RFC 7946 §3.1.9)"
    )]
    Antimeridian {
        /// Which shape of the input; 0 for a line.
        number: usize,
    },
    /// Rings that enclose nothing, or coordinates that are none.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// More borders or points than can be numbered.
    #[error("more than {} vertices or points in one layer; split it by district", u32::MAX)]
    TooMany,
    /// A class that was not announced.
    #[error("point {number} has class {class}, but there are {classes} classes; count from 0")]
    Class {
        /// Which point.
        number: usize,
        /// Its class.
        class: u8,
        /// How many there are.
        classes: u8,
    },
    /// Two layers of one name (specification §4.1 forbids it).
    #[error("the tile has a layer '{0}' already; add the features to it, or choose another name")]
    LayerTwice(String),
    /// Two features of one id (§4.2 advises against it; maps keep states by it).
    #[error("layer '{layer}' has a feature {id} already; number features of one layer apart")]
    FeatureTwice {
        /// Name of the layer.
        layer: String,
        /// The id given again.
        id: u64,
    },
    /// A feature that says one thing twice (§4.4 forbids it).
    #[error("a feature of layer '{layer}' has the key '{key}' twice; give each key once")]
    KeyTwice {
        /// Name of the layer.
        layer: String,
        /// The key given again.
        key: String,
    },
}
