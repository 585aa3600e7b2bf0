//! Places: from a point to the cell that must answer for it.
//!
//! Owns coordinates ([`point`], [`datum`]), the cell index ([`cells`]), the hierarchy of areas over it
//! Refuses everything that changes in time: effective dates, units and cases belong to the model.

pub mod cells;
pub mod codes;
pub mod datum;
pub mod point;
pub mod shape;

pub use cells::CellIndex;
pub use codes::{CodeError, CodeRule};
pub use datum::Datum;
pub use point::{Point, PointError};
pub use shape::{CellShape, ShapeError};
