//! Filling the raster, row by row from the south.
//!
//! Every side of every ring is a record sorted by its lower end. A row takes the records that reach it and asks of
//! each two things: which squares of the row it passes through, and behind which corner it flips its cell along the
//! row's southern line. Only one row's lists live at a time, so building needs little more memory than the answer.

use std::collections::BTreeSet;

use super::block::{self, CELLS_PER_PART, Side};
use super::{CellIndex, EMPTY, IN_BLOCK};
use crate::point::Point;
use crate::shape::{CellShape, ShapeError, bounds, sides};

/// A side as drawn by one cell, from its lower to its upper end (on one height: west, then east).
/// The order of the fields is the order of the sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Record {
    low_lat: i32,
    low_lon: i32,
    high_lat: i32,
    high_lon: i32,
    cell: u32,
}

pub(super) fn build(shapes: &[CellShape], squares_per_cell: u64) -> Result<CellIndex, ShapeError> {
    let mut records = Vec::new();
    for (number, shape) in shapes.iter().enumerate() {
        let cell = u32::try_from(number).ok().filter(|n| *n < IN_BLOCK - 1).ok_or(ShapeError::TooLarge)?;
        for ring in shape.checked_rings(number)? {
            records.extend(sides(&ring).map(|(a, b)| record(a, b, cell)));
        }
    }
    records.sort_unstable();
    cancel_pairs(&mut records);
    let mut index = raster(&records, shapes.len() as u64 * squares_per_cell)?;
    let mut reaching = Vec::new();
    let mut next = 0;
    for row in 0..index.rows {
        let south = i64::from(index.origin.lat_e7) + (i64::from(row) << index.shift);
        let north = south + (1i64 << index.shift);
        reaching.retain(|r: &usize| i64::from(records[*r].high_lat) >= south);
        while records.get(next).is_some_and(|record| i64::from(record.low_lat) < north) {
            reaching.push(next);
            next += 1;
        }
        fill_row(&mut index, &records, &reaching, south)?;
    }
    index.squares.shrink_to_fit();
    index.words.shrink_to_fit();
    Ok(index)
}

fn record(a: Point, b: Point, cell: u32) -> Record {
    let (low, high) = if (a.lat_e7, a.lon_e7) <= (b.lat_e7, b.lon_e7) { (a, b) } else { (b, a) };
    Record { low_lat: low.lat_e7, low_lon: low.lon_e7, high_lat: high.lat_e7, high_lon: high.lon_e7, cell }
}

/// A side that one cell draws twice flips it twice: it is removed.
fn cancel_pairs(records: &mut Vec<Record>) {
    let mut kept = 0;
    for n in 0..records.len() {
        if kept > 0 && records[kept - 1] == records[n] {
            kept -= 1;
        } else {
            records[kept] = records[n];
            kept += 1;
        }
    }
    records.truncate(kept);
}

/// An empty raster over the records, with the smallest squares of 2^k units that stay within the wanted number.
fn raster(records: &[Record], wanted: u64) -> Result<CellIndex, ShapeError> {
    let ends =
        records.iter().flat_map(|r| [Point::new(r.low_lon, r.low_lat), Point::new(r.high_lon, r.high_lat)]);
    let Some((low, high)) = bounds(ends) else {
        let origin = Point::new(0, 0);
        return Ok(CellIndex {
            origin,
            shift: 0,
            columns: 0,
            rows: 0,
            squares: Vec::new(),
            words: Vec::new(),
        });
    };
    let width = i64::from(high.lon_e7) - i64::from(low.lon_e7);
    let height = i64::from(high.lat_e7) - i64::from(low.lat_e7);
    if width.max(height) > i64::from(i32::MAX) {
        return Err(ShapeError::TooWide);
    }
    let (width, height) = (width as u64, height as u64);
    // A single cell with a long border also needs small squares; a side in two squares is a fair measure of that.
    let wanted = wanted.max(records.len() as u64 * 2).max(1);
    let squares = |shift: u32| ((width >> shift) + 1) * ((height >> shift) + 1);
    let shift = (0..31).find(|shift| squares(*shift) <= wanted).unwrap_or(30);
    let columns = u32::try_from((width >> shift) + 1).map_err(|_wide| ShapeError::TooLarge)?;
    let rows = u32::try_from((height >> shift) + 1).map_err(|_high| ShapeError::TooLarge)?;
    let squares = Vec::with_capacity(squares(shift) as usize);
    Ok(CellIndex { origin: low, shift, columns, rows, squares, words: Vec::new() })
}

/// Appends one row of squares, and the blocks that they need.
fn fill_row(
    index: &mut CellIndex,
    records: &[Record],
    reaching: &[usize],
    south: i64,
) -> Result<(), ShapeError> {
    let mut passing: Vec<(u32, usize)> = Vec::new();
    let mut flips: Vec<(u32, u32)> = Vec::new();
    for &number in reaching {
        let record = &records[number];
        let (from, to) = columns_passed(index, record, south);
        passing.extend((from..=to).map(|column| (column, number)));
        if let Some(column) = first_corner_behind(index, record, south) {
            flips.push((column, record.cell));
        }
    }
    passing.sort_unstable();
    flips.sort_unstable();
    let (mut passing, mut flips) = (passing.as_slice(), flips.as_slice());
    let mut inside = BTreeSet::new();
    for column in 0..index.columns {
        let here = flips.partition_point(|(at, _)| *at <= column);
        for (_, cell) in &flips[..here] {
            if !inside.remove(cell) {
                inside.insert(*cell);
            }
        }
        flips = &flips[here..];
        let here = passing.partition_point(|(at, _)| *at <= column);
        let through = passing[..here].iter().map(|(_, number)| &records[*number]);
        let square = if here == 0 && inside.len() <= 1 {
            inside.first().map_or(EMPTY, |cell| cell + 1)
        } else {
            let west = i64::from(index.origin.lon_e7) + (i64::from(column) << index.shift);
            let place = u32::try_from(index.words.len()).ok().filter(|place| *place < IN_BLOCK);
            write_block(&mut index.words, &inside, through, (west, south));
            IN_BLOCK | place.ok_or(ShapeError::TooLarge)?
        };
        passing = &passing[here..];
        index.squares.push(square);
    }
    Ok(())
}

/// First and last column of the row's squares that the side passes through; a square holds its southern and western
/// borders, not the others.
fn columns_passed(index: &CellIndex, record: &Record, south: i64) -> (u32, u32) {
    let north = south + (1i64 << index.shift);
    let bottom = lon_at(record, i64::from(record.low_lat).max(south));
    let top = lon_at(record, i64::from(record.high_lat).min(north));
    let column = |lon: i64| {
        let column = (lon - i64::from(index.origin.lon_e7)) >> index.shift;
        column.clamp(0, i64::from(index.columns) - 1) as u32
    };
    // A level side has no single longitude at its height: it passes everything between its ends.
    if record.low_lat == record.high_lat {
        return (column(i64::from(record.low_lon)), column(i64::from(record.high_lon)));
    }
    (column(bottom.0.min(top.0)), column(bottom.1.max(top.1)))
}

/// The whole longitudes just below and above the side's at a latitude that it reaches.
fn lon_at(record: &Record, lat: i64) -> (i64, i64) {
    let (rise, run) = slope(record);
    if rise == 0 {
        return (i64::from(record.low_lon), i64::from(record.high_lon));
    }
    let climbed = i128::from(lat - i64::from(record.low_lat));
    let offset = i128::from(run) * climbed;
    let floor = offset.div_euclid(i128::from(rise));
    let ceil = floor + i128::from(offset.rem_euclid(i128::from(rise)) != 0);
    (i64::from(record.low_lon) + floor as i64, i64::from(record.low_lon) + ceil as i64)
}

/// The first column whose corner lies on the side or east of it along the row's southern line, where the side crosses
/// that line. By the border rule a corner on the side counts as east of it, and a level side is not crossed.
fn first_corner_behind(index: &CellIndex, record: &Record, south: i64) -> Option<u32> {
    if i64::from(record.low_lat) > south || i64::from(record.high_lat) <= south {
        return None;
    }
    let (_, lon) = lon_at(record, south);
    let past = lon - i64::from(index.origin.lon_e7) + (1i64 << index.shift) - 1;
    let column = u32::try_from(past >> index.shift).ok()?;
    (column < index.columns).then_some(column)
}

fn slope(record: &Record) -> (i64, i64) {
    (
        i64::from(record.high_lat) - i64::from(record.low_lat),
        i64::from(record.high_lon) - i64::from(record.low_lon),
    )
}

/// Writes the block of one square: the cells around its corner and those whose sides pass through it.
fn write_block<'a>(
    words: &mut Vec<u32>,
    inside: &BTreeSet<u32>,
    through: impl Iterator<Item = &'a Record> + Clone,
    (west, south): (i64, i64),
) {
    let mut cells: Vec<u32> =
        inside.iter().copied().chain(through.clone().map(|record| record.cell)).collect();
    cells.sort_unstable();
    cells.dedup();
    let parts = cells.len().div_ceil(CELLS_PER_PART);
    for (number, part) in cells.chunks(CELLS_PER_PART).enumerate() {
        let bit = |cell: &u32| part.binary_search(cell).ok().map_or(0, |position| 1u32 << position);
        let corner = inside.iter().map(bit).fold(0, |mask, bit| mask | bit);
        let mut sides: Vec<Side> = Vec::new();
        for record in through.clone() {
            let place =
                |lon: i32, lat: i32| ((i64::from(lon) - west) as i32, (i64::from(lat) - south) as i32);
            let low = place(record.low_lon, record.low_lat);
            let high = place(record.high_lon, record.high_lat);
            let mask = bit(&record.cell);
            // Neighbours draw the same side; records are sorted, so the second follows the first.
            match sides.last_mut() {
                Some(last) if last.low == low && last.high == high => last.mask |= mask,
                _ if mask != 0 => sides.push(Side { low, high, mask }),
                _ => {}
            }
        }
        block::write(words, part, corner, &sides, number + 1 < parts);
    }
}
