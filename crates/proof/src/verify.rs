//! Verifying proofs: nothing is taken from the proof that does not follow from the two numbers and the hashes themselves.
//!
//! Each function is the algorithm of RFC 9162 (2.1.3.2 and 2.1.4.2). A proof has exactly as many steps as its place asks for; one too
//! short, too long or for a place outside the tree is refused before any hash is compared.

use crate::{Flaw, Hash, hash};

/// That a leaf with this hash stands at `leaf` in the tree of `size` with this root.
///
/// # Errors
/// Says what does not fit.
pub fn inclusion(leaf_hash: &Hash, leaf: u64, size: u64, root: &Hash, proof: &[Hash]) -> Result<(), Flaw> {
    if leaf >= size {
        return Err(Flaw::Outside { leaf, size });
    }
    let (mut at, mut last, mut sum) = (leaf, size - 1, *leaf_hash);
    for beside in proof {
        if last == 0 {
            return Err(Flaw::Length { found: proof.len() });
        }
        if at & 1 == 1 || at == last {
            sum = hash::node(beside, &sum);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            sum = hash::node(&sum, beside);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    if last != 0 {
        return Err(Flaw::Length { found: proof.len() });
    }
    if sum == *root { Ok(()) } else { Err(Flaw::NotIncluded) }
}

/// A tree as somebody remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub size: u64,
    pub root: Hash,
}

/// That the later tree begins with the earlier one.
///
/// # Errors
/// Says what does not fit.
pub fn consistency(earlier: &Head, later: &Head, proof: &[Hash]) -> Result<(), Flaw> {
    let length = Err(Flaw::Length { found: proof.len() });
    if earlier.size > later.size {
        return Err(Flaw::NotLater { earlier: earlier.size, later: later.size });
    }
    if earlier.size == 0 || earlier.size == later.size {
        let same = if earlier.size == 0 { hash::empty() } else { later.root };
        return match proof.is_empty() {
            false => length,
            true if earlier.root == same => Ok(()),
            true => Err(Flaw::NotConsistent),
        };
    }
    // Where the earlier tree is a whole subtree of the later one, its root is the first step.
    let known = earlier.size.is_power_of_two().then_some(&earlier.root);
    let mut steps = known.into_iter().chain(proof);
    let Some(first) = steps.next() else { return length };
    let (mut at, mut last) = (earlier.size - 1, later.size - 1);
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let (mut before, mut now) = (*first, *first);
    for beside in steps {
        if last == 0 {
            return length;
        }
        if at & 1 == 1 || at == last {
            before = hash::node(beside, &before);
            now = hash::node(beside, &now);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            now = hash::node(&now, beside);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    if last != 0 {
        return length;
    }
    if before == earlier.root && now == later.root { Ok(()) } else { Err(Flaw::NotConsistent) }
}
