//! Tiles that were made, kept in memory up to a bound; the oldest go first.
//!
//! A tile is known by everything that it was made of, so one that is here is right, and nothing ever has to be thrown away because it
//! has changed. Start at [`Shelf::get`].

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use axum::body::Bytes;

/// Everything that a tile was made of, as a sum.
pub(crate) type Mark = [u8; 32];

/// Bytes that are kept.
const MOST_BYTES: usize = 32 * 1024 * 1024;
/// What the place of a tile takes beside its own bytes, about.
const PLACE: usize = 200;

#[derive(Default)]
struct Kept {
    tiles: HashMap<Mark, Bytes>,
    order: VecDeque<Mark>,
    bytes: usize,
}

/// The tiles of everybody.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<Kept>);

impl Shelf {
    /// A tile that was made before.
    pub fn get(&self, mark: &Mark) -> Option<Bytes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).tiles.get(mark).cloned()
    }

    /// Keeps a tile.
    pub fn put(&self, mark: Mark, tile: Bytes) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let size = tile.len() + PLACE;
        if size > MOST_BYTES || kept.tiles.insert(mark, tile).is_some() {
            return;
        }
        kept.order.push_back(mark);
        kept.bytes += size;
        while kept.bytes > MOST_BYTES {
            let Some(oldest) = kept.order.pop_front() else { break };
            let gone = kept.tiles.remove(&oldest).map_or(0, |tile| tile.len() + PLACE);
            kept.bytes = kept.bytes.saturating_sub(gone);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(no: usize) -> Mark {
        let mut mark = [0; 32];
        mark[..8].copy_from_slice(&no.to_be_bytes());
        mark
    }

    #[test]
    fn a_tile_is_found_until_newer_ones_need_its_room() {
        let (shelf, tile) = (Shelf::default(), Bytes::from(vec![7; 1024 * 1024]));
        for no in 0..40 {
            shelf.put(mark(no), tile.clone());
            shelf.put(mark(no), tile.clone());
            assert_eq!(shelf.get(&mark(no)), Some(tile.clone()));
        }
        let kept = (0..40).filter(|no| shelf.get(&mark(*no)).is_some()).count();
        assert!((30..32).contains(&kept), "{kept}");
        assert_eq!(shelf.get(&mark(0)), None);
        assert!(shelf.0.lock().unwrap().bytes <= MOST_BYTES);
    }

    #[test]
    fn what_is_larger_than_the_whole_shelf_is_not_kept() {
        let shelf = Shelf::default();
        shelf.put(mark(1), Bytes::from(vec![0; MOST_BYTES]));
        assert_eq!(shelf.get(&mark(1)), None);
    }
}
