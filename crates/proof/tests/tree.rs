//! The tree with tiles is the tree of the RFC: the known vectors, and a naive tree at every size to 2,000.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod naive;

use huying_proof::{
    Flaw, Hash, hash,
    tile::{self, Held, Shelf},
    tree::{self, Edge},
    verify::{self, Head},
};
use proptest::prelude::*;

/// The eight leaves and roots with which implementations of RFC 6962 are compared.
const VECTORS: [(&str, &str); 8] = [
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
];

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

#[test]
fn the_known_vectors_of_rfc_6962_come_out() {
    assert_eq!(hash::hex(&hash::empty()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let (mut edge, mut shelf) = (Edge::default(), Held::default());
    for (content, root) in VECTORS {
        edge.append(hash::leaf(&bytes(content)), &mut shelf);
        assert_eq!(hash::hex(&edge.root()), root, "at size {}", edge.size());
    }
    edge.keep(&mut shelf);
    let known =
        |texts: &[&str]| texts.iter().map(|text| hash::from_hex(text).unwrap()).collect::<Vec<Hash>>();
    assert_eq!(
        tree::inclusion(&shelf, 0, 8).unwrap(),
        known(&[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ])
    );
    assert_eq!(
        tree::consistency(&shelf, 6, 8).unwrap(),
        known(&[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ])
    );
}

#[test]
fn at_every_size_to_2000_the_root_and_the_edge_are_those_of_the_naive_tree() {
    let leaves = naive::leaves(2000);
    let (mut edge, mut shelf) = (Edge::default(), Held::default());
    for size in 0..=2000_usize {
        let root = naive::root(&leaves[..size]);
        assert_eq!(edge.root(), root, "size {size}");
        edge.keep(&mut shelf);
        assert_eq!(Edge::at(size as u64, &shelf).unwrap(), edge, "read back at {size}");
        assert_eq!(tree::root(&shelf, size as u64).unwrap(), root, "from tiles at {size}");
        if let Some(leaf) = leaves.get(size) {
            edge.append(*leaf, &mut shelf);
        }
    }
}

#[test]
fn a_tree_of_three_levels_of_tiles_keeps_its_roots_and_proofs() {
    let size = 65_536 + 256 + 3;
    let (edge, shelf) = naive::grown(size);
    assert!(shelf.tile(2, 0).is_some_and(|top| top.len() == 1), "the third level has begun");
    let leaves = naive::leaves(size);
    assert_eq!(edge.root(), naive::root(&leaves));
    for leaf in [0, 255, 256, 65_535, 65_536, size - 1] {
        let proof = tree::inclusion(&shelf, leaf, size).unwrap();
        assert_eq!(proof, naive::inclusion(leaf as usize, &leaves));
        verify::inclusion(&leaves[leaf as usize], leaf, size, &edge.root(), &proof).unwrap();
    }
}

#[test]
fn the_largest_numbers_neither_panic_nor_prove_anything() {
    let (_, shelf) = naive::grown(300);
    let far = u64::MAX;
    assert!(matches!(tree::inclusion(&shelf, far - 1, far), Err(Flaw::Missing { .. })));
    assert!(matches!(tree::consistency(&shelf, 7, far), Err(Flaw::Missing { .. })));
    assert!(matches!(tree::root(&shelf, far), Err(Flaw::Missing { .. })));
    let proof = [[0; 32]; 64];
    assert!(verify::inclusion(&[1; 32], far - 1, far, &[2; 32], &proof).is_err());
    assert_eq!(
        verify::inclusion(&[1; 32], far, far, &[2; 32], &proof),
        Err(Flaw::Outside { leaf: far, size: far })
    );
    let head = |size| Head { size, root: [3; 32] };
    assert!(verify::consistency(&head(1), &head(far), &proof).is_err());
    assert!(verify::consistency(&head(far - 1), &head(far), &proof).is_err());
}

#[test]
fn a_tile_has_one_name_and_no_other_is_read() {
    for (index, width, name) in [
        (0, 256, "000"),
        (7, 256, "007"),
        (999, 1, "999.p/1"),
        (1000, 256, "x001/000"),
        (1_234_067, 255, "x001/x234/067.p/255"),
    ] {
        assert_eq!(tile::path(index, width), name);
        assert_eq!(tile::of_path(name), Some((index, width)));
    }
    for wrong in [
        "",
        "0",
        "0000",
        "x000/000",
        "000.p/0",
        "000.p/256",
        "000.p/01",
        "000.p/",
        "x001",
        "001/x000",
        "+01",
        "-01",
        "1000",
        "000/",
        "../000",
    ] {
        assert_eq!(tile::of_path(wrong), None, "{wrong}");
    }
}

#[test]
fn a_tile_is_as_wide_as_the_tree_is_large() {
    for (level, index, size, width) in [
        (0, 0, 0, 0),
        (0, 0, 3, 3),
        (0, 0, 256, 256),
        (0, 1, 256, 0),
        (0, 1, 300, 44),
        (1, 0, 300, 1),
        (1, 0, 255, 0),
        (8, 0, u64::MAX, 0),
        (255, 0, u64::MAX, 0),
        (0, u64::MAX, 9, 0),
    ] {
        assert_eq!(tile::width(level, index, size), width, "{level} {index} {size}");
    }
}

fn sizes() -> impl Strategy<Value = (u64, u64)> {
    (1..=2000_u64).prop_flat_map(|size| (0..size, Just(size)))
}

proptest! {
    #[test]
    fn every_leaf_is_proved_as_the_naive_tree_proves_it((leaf, size) in sizes()) {
        let (edge, shelf) = naive::grown(size);
        let leaves = naive::leaves(size);
        let proof = tree::inclusion(&shelf, leaf, size).unwrap();
        prop_assert_eq!(&proof, &naive::inclusion(leaf as usize, &leaves));
        verify::inclusion(&leaves[leaf as usize], leaf, size, &edge.root(), &proof).unwrap();
    }

    #[test]
    fn every_earlier_tree_is_proved_as_the_naive_tree_proves_it((earlier, size) in sizes()) {
        let (edge, shelf) = naive::grown(size);
        let leaves = naive::leaves(size);
        let proof = tree::consistency(&shelf, earlier, size).unwrap();
        if earlier > 0 {
            prop_assert_eq!(&proof, &naive::consistency(earlier as usize, &leaves, true));
        }
        let before = Head { size: earlier, root: naive::root(&leaves[..earlier as usize]) };
        verify::consistency(&before, &Head { size, root: edge.root() }, &proof).unwrap();
    }

    #[test]
    fn a_proof_for_an_older_size_comes_out_of_the_tiles_of_a_younger_tree((leaf, size) in sizes(), more in 0..600_u64) {
        let (_, shelf) = naive::grown(size + more);
        let leaves = naive::leaves(size);
        let proof = tree::inclusion(&shelf, leaf, size).unwrap();
        prop_assert_eq!(proof, naive::inclusion(leaf as usize, &leaves));
    }
}
