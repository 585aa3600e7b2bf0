//! Tiles: rows of up to 256 hashes, in which a tree is kept and given out (C2SP tlog-tiles, height 8).
//!
//! Tile level 0 holds the hashes of leaves; one hash of level 1 stands above a full tile of level 0, and so on. A full tile never
//! changes. Owns their names and their bytes; where they are kept is behind [`Shelf`].

use std::collections::BTreeMap;

use crate::{Hash, hash};

/// Hashes in a full tile.
pub const WIDTH: u64 = 256;
/// Levels above which no tree of this world reaches.
pub const LEVELS: u8 = 8;

/// Where tiles are kept.
pub trait Shelf {
    /// The hashes of a tile, as many as were put there last.
    fn tile(&self, level: u8, index: u64) -> Option<&[Hash]>;
    /// Keeps a tile; a longer one replaces the shorter one.
    fn put(&mut self, level: u8, index: u64, hashes: &[Hash]);
}

/// A shelf in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held(pub BTreeMap<(u8, u64), Vec<Hash>>);

impl Shelf for Held {
    fn tile(&self, level: u8, index: u64) -> Option<&[Hash]> {
        self.0.get(&(level, index)).map(Vec::as_slice)
    }
    fn put(&mut self, level: u8, index: u64, hashes: &[Hash]) {
        self.0.insert((level, index), hashes.to_vec());
    }
}

/// How many hashes a tile has in a tree of a size.
pub fn width(level: u8, index: u64, size: u64) -> u64 {
    let above = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
    above.saturating_sub(index.saturating_mul(WIDTH)).min(WIDTH)
}

/// The bytes of a tile: its hashes one after the other.
pub fn bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.concat()
}

/// The hashes of a tile's bytes; None where they are not whole hashes, none, or too many.
pub fn hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (whole, rest) = bytes.as_chunks::<32>();
    (rest.is_empty() && !whole.is_empty() && whole.len() as u64 <= WIDTH).then(|| whole.to_vec())
}

/// The name of a tile below `tile/<level>/`: three digits a step, `x` before all but the last, `.p/<width>` where it is not full.
pub fn path(index: u64, width: u64) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if width < WIDTH { format!("{path}.p/{width}") } else { path }
}

/// The index and width that a name means; None where it is not written exactly so.
pub fn of_path(text: &str) -> Option<(u64, u64)> {
    let (steps, wide) = match text.split_once(".p/") {
        Some((steps, wide)) => (steps, wide.parse().ok().filter(|wide| (1..WIDTH).contains(wide))?),
        None => (text, WIDTH),
    };
    let mut index: u64 = 0;
    for step in steps.split('/') {
        let digits = step.strip_prefix('x').unwrap_or(step);
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok().filter(|part| *part < 1000)?)?;
    }
    // One name for each tile: what would be written otherwise is none.
    (path(index, wide) == text).then_some((index, wide))
}

/// The root of a row of hashes whose number is a power of two.
pub(crate) fn folded(row: &[Hash]) -> Option<Hash> {
    let mut row = row.to_vec();
    while row.len() > 1 {
        row = row.chunks(2).map(|pair| hash::node(&pair[0], pair.get(1).unwrap_or(&pair[0]))).collect();
    }
    row.first().copied()
}
