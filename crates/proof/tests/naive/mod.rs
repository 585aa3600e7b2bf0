//! The tree as the RFC defines it, over all leaves at once: slow, and plainly right.
#![allow(dead_code, reason = "each test binary uses its own part of it")]

use huying_proof::{Hash, hash, tile::Held, tree::Edge};

/// The content of leaf `no`.
pub fn content(no: u64) -> Hash {
    hash::leaf(&no.to_be_bytes())
}

pub fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|no| hash::leaf(&content(no))).collect()
}

fn split(count: usize) -> usize {
    let mut half = 1;
    while half * 2 < count {
        half *= 2;
    }
    half
}

pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => hash::empty(),
        [one] => *one,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            hash::node(&root(left), &root(right))
        }
    }
}

pub fn inclusion(leaf: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let at = split(leaves.len());
    let (left, right) = leaves.split_at(at);
    let (mut proof, beside) = if leaf < at {
        (inclusion(leaf, left), root(right))
    } else {
        (inclusion(leaf - at, right), root(left))
    };
    proof.push(beside);
    proof
}

pub fn consistency(earlier: usize, leaves: &[Hash], known: bool) -> Vec<Hash> {
    if earlier == leaves.len() {
        return if known { Vec::new() } else { vec![root(leaves)] };
    }
    let at = split(leaves.len());
    let (left, right) = leaves.split_at(at);
    if earlier <= at {
        let mut proof = consistency(earlier, left, known);
        proof.push(root(right));
        proof
    } else {
        let mut proof = consistency(earlier - at, right, false);
        proof.push(root(left));
        proof
    }
}

/// A tree with so many leaves and all of its tiles.
pub fn grown(count: u64) -> (Edge, Held) {
    let (mut edge, mut shelf) = (Edge::default(), Held::default());
    for leaf in leaves(count) {
        edge.append(leaf, &mut shelf);
    }
    edge.keep(&mut shelf);
    (edge, shelf)
}
