//! Places: from a point to the cell that must answer for it.
//!
//! Owns coordinates ([`point`], [`datum`]), the cell index ([`cells`]), the hierarchy of areas over it
//! ([`places`], [`nesting`]), how a layer lies ([`mosaic`]), area codes ([`codes`]), the grid maker for places without open polygons
//! ([`maker`]), a point that stands for a cell ([`mod@inside`]), outlines that cross themselves ([`mod@crossing`]), GeoJSON ([`geojson`]), shapefiles ([`shapefile`]) and vector tiles ([`tile`]).
//! Refuses everything that changes in time: effective dates, units and cases belong to the model.
//! Start at [`places::Places::locate`], then read [`cells`] for how one lookup is answered exactly.

pub mod cells;
pub mod codes;
pub mod crossing;
pub mod datum;
pub mod geojson;
pub mod inside;
pub mod maker;
pub mod mosaic;
pub mod nesting;
pub mod places;
pub mod point;
pub mod polygons;
pub mod shape;
pub mod shapefile;
pub mod sweep;
pub mod tile;

pub use cells::CellIndex;
pub use codes::{CodeError, CodeRule};
pub use crossing::{Dense, MOST_PAIRS, crossing};
pub use datum::Datum;
pub use inside::inside;
pub use places::{Area, Located, Places, PlacesError};
pub use point::{Point, PointError};
pub use shape::{CellShape, ShapeError};
