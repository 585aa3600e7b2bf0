//! From a point to the cells that hold it, exactly, in about a tenth of a microsecond.
//!
//! Owns one layer of cells as a raster of squares. A square says "no cell", "cell X", or points at a block: for the
//! cells that meet the square, which of them hold its south-west corner, and the few sides of their rings that pass
//! through. A lookup walks from that corner north and then east to the point, and every side crossed flips the cells
//! it belongs to. Holes and parts need nothing extra. All arithmetic is on whole numbers; there is no epsilon.
//!
//! The border rule: a point on a border belongs to the cell on its east; on a border that runs exactly east-west, to
//! the cell on its north. That is the same as asking for the point moved by an infinitely small step east and an
//! infinitely smaller one north, and so no corner needs a rule of its own. Where cells overlap, the lowest number
//! answers. A border with nothing behind it belongs to the lowest cell that it bounds. A side that one cell draws twice
//! cancels and is no border.
//!
//! Refuses rings without area and layers wider than 214 degrees. Start at [`CellIndex::build`]; `build.rs` fills the
//! raster row by row, `block.rs` holds the layout of a block and the walk.

mod block;
mod build;

use crate::point::Point;
use crate::shape::{CellShape, ShapeError};

/// One layer of cells, ready for lookups. Cells are known by their number in the slice that the layer was built from.
#[derive(Debug, Clone)]
pub struct CellIndex {
    /// South-west corner of the raster.
    origin: Point,
    /// Squares are 2^shift units wide and high.
    shift: u32,
    columns: u32,
    rows: u32,
    /// Per square: `EMPTY`, a cell's number + 1, or `IN_BLOCK` with the block's place in `words`.
    squares: Vec<u32>,
    /// The blocks, one after another.
    words: Vec<u32>,
}

const EMPTY: u32 = 0;
const IN_BLOCK: u32 = 1 << 31;

/// Squares per cell aimed at: more are faster in memory and slower to reach. Measured with the bench.
const SQUARES_PER_CELL: u64 = 256;

impl CellIndex {
    /// Indexes a layer. Errors name the shape and ring by number.
    pub fn build(shapes: &[CellShape]) -> Result<Self, ShapeError> {
        build::build(shapes, SQUARES_PER_CELL)
    }

    /// The cell that owns the point by the border rule, or `None` where there is no cell.
    #[inline]
    pub fn find(&self, point: Point) -> Option<u32> {
        let (square, x, y) = self.square(point)?;
        if square & IN_BLOCK == 0 {
            return square.checked_sub(1);
        }
        block::first(self.block(square), x, y)
    }

    /// Every cell that holds the point, lowest number first, where cells may overlap. The first is [`CellIndex::find`]'s
    /// answer; a border with nothing behind it belongs to one cell here too.
    pub fn find_all(&self, point: Point) -> Vec<u32> {
        let Some((square, x, y)) = self.square(point) else { return Vec::new() };
        if square & IN_BLOCK == 0 {
            return square.checked_sub(1).into_iter().collect();
        }
        block::all(self.block(square), x, y)
    }

    /// Whether the point is strictly or by the border rule inside any cell, or on a border of one.
    pub fn covers(&self, point: Point) -> bool {
        self.find(point).is_some()
    }

    /// Bytes held by the raster and its blocks.
    pub fn bytes(&self) -> usize {
        size_of_val(self.squares.as_slice()) + size_of_val(self.words.as_slice())
    }

    /// The square of a point and the point's place in it, counted from the square's south-west corner.
    #[inline]
    fn square(&self, point: Point) -> Option<(u32, i32, i32)> {
        // Wrapping turns a point west or south of the raster into one far east or north of it: one comparison each.
        let x = point.lon_e7.wrapping_sub(self.origin.lon_e7) as u32;
        let y = point.lat_e7.wrapping_sub(self.origin.lat_e7) as u32;
        let (column, row) = (x >> self.shift, y >> self.shift);
        if column >= self.columns || row >= self.rows {
            return None;
        }
        let square = *self.squares.get(row as usize * self.columns as usize + column as usize)?;
        let inside = (1u32 << self.shift) - 1;
        Some((square, (x & inside) as i32, (y & inside) as i32))
    }

    #[inline]
    fn block(&self, square: u32) -> &[u32] {
        self.words.get((square & !IN_BLOCK) as usize..).unwrap_or_default()
    }
}
