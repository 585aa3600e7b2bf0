//! The tree: appended to with little kept in memory, its root at any size, and proofs out of its tiles.
//!
//! Start with [`Edge`], which grows; [`inclusion`] and [`consistency`] read. A reading answers [`Flaw::Missing`] where a tile is
//! not on the shelf, so that whoever keeps tiles elsewhere brings it and asks again.

use crate::{
    Flaw, Hash, hash,
    tile::{Shelf, WIDTH, folded},
};

/// The right edge of a tree: all that is needed to grow it and to know its root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// Of each tile level the hashes of the last tile, while it is not full.
    levels: Vec<Vec<Hash>>,
}

impl Edge {
    /// The edge of a tree of `size` from its tiles.
    ///
    /// # Errors
    /// [`Flaw::Missing`] names a tile that is not on the shelf or too short.
    pub fn at(size: u64, shelf: &impl Shelf) -> Result<Edge, Flaw> {
        let mut levels = Vec::new();
        let mut above = size;
        while above > 0 {
            let (level, index, wide) = (levels.len() as u8, above / WIDTH, (above % WIDTH) as usize);
            levels.push(match wide {
                0 => Vec::new(),
                _ => shelf
                    .tile(level, index)
                    .and_then(|hashes| hashes.get(..wide))
                    .ok_or(Flaw::Missing { level, index })?
                    .to_vec(),
            });
            above /= WIDTH;
        }
        Ok(Edge { size, levels })
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends the hash of a leaf ([`hash::leaf`]); tiles that became full are put on the shelf.
    pub fn append(&mut self, leaf: Hash, shelf: &mut impl Shelf) {
        let (mut carry, mut index) = (leaf, self.size / WIDTH);
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let row = &mut self.levels[level];
            row.push(carry);
            if (row.len() as u64) < WIDTH {
                break;
            }
            let full = std::mem::take(row);
            shelf.put(level as u8, index, &full);
            carry = folded(&full).unwrap_or(carry);
            index /= WIDTH;
        }
        self.size += 1;
    }

    /// Puts the tiles that are not full yet on the shelf.
    pub fn keep(&self, shelf: &mut impl Shelf) {
        let mut above = self.size;
        for (level, row) in self.levels.iter().enumerate() {
            above /= WIDTH;
            if !row.is_empty() {
                shelf.put(level as u8, above, row);
            }
        }
    }

    /// The root now.
    pub fn root(&self) -> Hash {
        let mut root: Option<Hash> = None;
        for row in &self.levels {
            let mut rest = row.as_slice();
            // Whole subtrees, the smallest first: they stand at the right end.
            while !rest.is_empty() {
                let (before, last) = rest.split_at(rest.len() - (1 << rest.len().trailing_zeros()));
                let whole = folded(last);
                root = match (whole, root) {
                    (Some(left), Some(right)) => Some(hash::node(&left, &right)),
                    (left, right) => left.or(right),
                };
                rest = before;
            }
        }
        root.unwrap_or_else(hash::empty)
    }
}

/// A whole subtree of 2^`height` leaves.
fn whole(shelf: &impl Shelf, height: u32, at: u64) -> Result<Hash, Flaw> {
    let (level, within) = ((height / 8) as u8, height % 8);
    let first = at << within;
    let (index, from) = (first / WIDTH, (first % WIDTH) as usize);
    shelf
        .tile(level, index)
        .and_then(|hashes| hashes.get(from..from + (1 << within)))
        .and_then(folded)
        .ok_or(Flaw::Missing { level, index })
}

/// The largest power of two below a number of at least 2.
fn split(count: u64) -> u64 {
    1 << (63 - (count - 1).leading_zeros())
}

/// The root over the leaves from `from` up to `to`, where that is a subtree of the tree.
fn over(shelf: &impl Shelf, from: u64, to: u64) -> Result<Hash, Flaw> {
    let count = to - from;
    if count.is_power_of_two() {
        let height = count.trailing_zeros();
        return whole(shelf, height, from >> height);
    }
    let middle = from + split(count);
    Ok(hash::node(&over(shelf, from, middle)?, &over(shelf, middle, to)?))
}

/// The root that the tree had at a size.
///
/// # Errors
/// [`Flaw::Missing`] names a tile that is needed.
pub fn root(shelf: &impl Shelf, size: u64) -> Result<Hash, Flaw> {
    if size == 0 { Ok(hash::empty()) } else { over(shelf, 0, size) }
}

/// The proof that a leaf stands in a tree of a size: the hashes beside its way up, the lowest first (RFC 9162, 2.1.3.1).
///
/// # Errors
/// [`Flaw::Outside`] where there is no such leaf, [`Flaw::Missing`] names a tile that is needed.
pub fn inclusion(shelf: &impl Shelf, leaf: u64, size: u64) -> Result<Vec<Hash>, Flaw> {
    if leaf >= size {
        return Err(Flaw::Outside { leaf, size });
    }
    let (mut from, mut to, mut proof) = (0, size, Vec::new());
    while to - from > 1 {
        let middle = from + split(to - from);
        if leaf < middle {
            proof.push(over(shelf, middle, to)?);
            to = middle;
        } else {
            proof.push(over(shelf, from, middle)?);
            from = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The proof that a tree of `later` leaves begins with the one of `earlier` (RFC 9162, 2.1.4.1). Empty where they are the same, or
/// where the earlier one is empty.
///
/// # Errors
/// [`Flaw::NotLater`], and [`Flaw::Missing`] names a tile that is needed.
pub fn consistency(shelf: &impl Shelf, earlier: u64, later: u64) -> Result<Vec<Hash>, Flaw> {
    if earlier > later {
        return Err(Flaw::NotLater { earlier, later });
    }
    let (mut from, mut to, mut proof) = (0, later, Vec::new());
    if earlier == 0 || earlier == later {
        return Ok(proof);
    }
    while to != earlier {
        let middle = from + split(to - from);
        if earlier <= middle {
            proof.push(over(shelf, middle, to)?);
            to = middle;
        } else {
            proof.push(over(shelf, from, middle)?);
            from = middle;
        }
    }
    // The verifier knows the earlier root already where it is a subtree of its own.
    if from > 0 {
        proof.push(over(shelf, from, to)?);
    }
    proof.reverse();
    Ok(proof)
}
