//! The terms of the last search documents: the newest hits are found without the index on disk, whose pages every
//! commit renews under a reader.
//!
//! Owns a small inverted index in pieces: one that grows, and sealed ones that are packed and never change. Refuses
//! beginnings of terms and documents that it has let go: [`Terms::find`] says down to which document its answer is complete.

use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState},
    sync::Arc,
};

use crate::tokens::Wanted;

/// Documents in one piece; their places in it fit in 16 bits.
const DOCS: usize = 4_096;
/// Terms of documents in one piece, for long texts: 3 MB.
const PLACES: usize = 1_500_000;
/// Sealed pieces that are kept: at most 30 MB together.
const PIECES: usize = 8;

/// A key is a keyed hash already.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// The piece that grows.
#[derive(Default)]
struct Growing {
    docs: Vec<i64>,
    places: HashMap<u64, Vec<u16>, BuildHasherDefault<AsIs>>,
    count: usize,
}

/// A piece that is full: its keys in order, and the places of each one after the other.
struct Sealed {
    docs: Vec<i64>,
    keys: Vec<u64>,
    /// Where the places of a key begin; one more than there are keys.
    starts: Vec<u32>,
    places: Vec<u16>,
}

impl Growing {
    fn seal(self) -> Sealed {
        let mut by_key: Vec<(u64, Vec<u16>)> = self.places.into_iter().collect();
        by_key.sort_unstable_by_key(|(key, _)| *key);
        let mut sealed = Sealed {
            docs: self.docs,
            keys: Vec::with_capacity(by_key.len()),
            starts: Vec::with_capacity(by_key.len() + 1),
            places: Vec::with_capacity(self.count),
        };
        for (key, places) in by_key {
            sealed.keys.push(key);
            sealed.starts.push(start(sealed.places.len()));
            sealed.places.extend(places);
        }
        sealed.starts.push(start(sealed.places.len()));
        sealed
    }

    fn places(&self, key: u64) -> &[u16] {
        self.places.get(&key).map_or(&[], Vec::as_slice)
    }
}

/// A piece holds far fewer places than 32 bits count.
fn start(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl Sealed {
    fn places(&self, key: u64) -> &[u16] {
        let Ok(at) = self.keys.binary_search(&key) else { return &[] };
        let bounds = self.starts.get(at).zip(self.starts.get(at + 1));
        bounds.and_then(|(from, to)| self.places.get(*from as usize..*to as usize)).unwrap_or(&[])
    }
}

/// The documents of one piece that have every term, newest first, into `found` until it holds `most`. Gives the last
/// document that was looked at where `most` was reached.
fn gather(docs: &[i64], mut lists: Vec<&[u16]>, before: i64, most: usize, found: &mut Vec<i64>) {
    lists.sort_unstable_by_key(|list| list.len());
    let Some((shortest, others)) = lists.split_first() else { return };
    for place in shortest.iter().rev() {
        if found.len() >= most {
            return;
        }
        let Some(doc) = docs.get(usize::from(*place)).filter(|doc| **doc < before) else { continue };
        if others.iter().all(|list| list.binary_search(place).is_ok()) {
            found.push(*doc);
        }
    }
}

/// What was found of the newest documents.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// Newest first.
    pub docs: Vec<i64>,
    /// Every document from this one on was looked at, up to the one asked for: or, with `most` of them found, nobody need look further.
    pub down_to: i64,
}

/// See the module.
#[derive(Default)]
pub struct Terms {
    hash: RandomState,
    growing: Growing,
    /// The newest last.
    sealed: VecDeque<Arc<Sealed>>,
}

impl Terms {
    /// Takes in a document, newer than all before it: its terms once each, parted by blanks.
    pub fn note(&mut self, doc: i64, terms: &str) {
        let place = u16::try_from(self.growing.docs.len()).unwrap_or(u16::MAX);
        self.growing.docs.push(doc);
        for term in terms.split(' ') {
            let key = self.hash.hash_one(term);
            self.growing.places.entry(key).or_default().push(place);
            self.growing.count += 1;
        }
        if self.growing.docs.len() >= DOCS || self.growing.count >= PLACES {
            self.sealed.push_back(Arc::new(std::mem::take(&mut self.growing).seal()));
            if self.sealed.len() > PIECES {
                self.sealed.pop_front();
            }
        }
    }

    /// Lets all documents go.
    pub fn forget(&mut self) {
        self.growing = Growing::default();
        self.sealed.clear();
    }

    /// The newest `most` documents before `before` that have all of these terms. None where a beginning is asked for, or where
    /// nothing is known.
    pub fn find<'a>(
        &self,
        wanted: impl IntoIterator<Item = &'a Wanted>,
        before: i64,
        most: usize,
    ) -> Option<Found> {
        let key = |wanted: &Wanted| match wanted {
            Wanted::Exactly(term) => Some(self.hash.hash_one(term.as_str())),
            Wanted::Beginning(_) => None,
        };
        let keys: Vec<u64> = wanted.into_iter().map(key).collect::<Option<_>>()?;
        let oldest = self.sealed.front().map_or(&self.growing.docs, |piece| &piece.docs).first();
        let down_to = *oldest?;
        let mut docs = Vec::new();
        let lists = keys.iter().map(|key| self.growing.places(*key)).collect();
        gather(&self.growing.docs, lists, before, most, &mut docs);
        for piece in self.sealed.iter().rev() {
            let lists = keys.iter().map(|key| piece.places(*key)).collect();
            gather(&piece.docs, lists, before, most, &mut docs);
        }
        Some(Found { docs, down_to })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens;

    fn spoken(texts: &[(i64, &str)]) -> Terms {
        let mut terms = Terms::default();
        for (doc, text) in texts {
            let mut made = tokens::Terms::default();
            made.add(text);
            terms.note(*doc, &made.joined());
        }
        terms
    }

    fn find(terms: &Terms, text: &str, before: i64, most: usize) -> Option<Found> {
        terms.find(&tokens::wanted(text), before, most)
    }

    #[test]
    fn the_newest_documents_with_every_term_come_first() {
        let terms = spoken(&[(3, "路灯不亮"), (4, "路灯倒了"), (7, "灯路"), (9, "小区路灯不亮 lift")]);
        assert_eq!(find(&terms, "路灯", 100, 10), Some(Found { docs: vec![9, 4, 3], down_to: 3 }));
        assert_eq!(find(&terms, "路灯不亮", 9, 10).map(|found| found.docs), Some(vec![3]));
        assert_eq!(find(&terms, "lift", 100, 10).map(|found| found.docs), Some(vec![9]));
        assert_eq!(find(&terms, "路灯", 100, 2).map(|found| found.docs), Some(vec![9, 4]));
        assert_eq!(find(&terms, "灯", 100, 2), None, "a beginning is not looked for here");
        assert_eq!(find(&Terms::default(), "路灯", 100, 2), None);
    }

    #[test]
    fn sealed_pieces_answer_as_the_growing_one_did_and_the_oldest_go() {
        let mut terms = Terms::default();
        let many = i64::try_from(DOCS * (PIECES + 1) + 50).unwrap();
        for doc in 0..many {
            terms.note(doc * 2, if doc % 7 == 0 { "seven every" } else { "every" });
        }
        let seven = find(&terms, "seven every", i64::MAX, usize::MAX).unwrap();
        assert_eq!(seven.down_to, i64::try_from(DOCS).unwrap() * 2, "the first piece is gone");
        let expected: Vec<i64> = (0..many)
            .rev()
            .filter(|doc| doc % 7 == 0 && doc * 2 >= seven.down_to)
            .map(|doc| doc * 2)
            .collect();
        assert_eq!(seven.docs, expected);
        let page = find(&terms, "seven", 20_000, 3).unwrap();
        assert_eq!(
            page.docs,
            expected.iter().copied().filter(|doc| *doc < 20_000).take(3).collect::<Vec<_>>()
        );
    }
}
