//! Places for what takes long or much memory, so that a few who ask cannot have all of it.
//!
//! Owns how many there are, and how many of them one address, or one member, may hold at a time. A place may grow, and is given back when it is
//! dropped. Start at [`Places::take`].

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use crate::problem::Problem;

/// Places of one kind in this process, by whose they are.
#[derive(Clone, Debug)]
pub(crate) struct Places<K = IpAddr> {
    most: usize,
    each: usize,
    held: Arc<Mutex<HashMap<K, usize>>>,
}

/// One of them, or several that go together.
#[derive(Debug)]
pub(crate) struct Place<K: Eq + Hash = IpAddr> {
    of: K,
    size: usize,
    held: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K: Clone + Eq + Hash> Places<K> {
    /// So many places, and so many of them for each.
    pub fn new(most: usize, each: usize) -> Places<K> {
        Places { most, each, held: Arc::default() }
    }

    /// A place for this one, or the word to come again.
    pub fn take(&self, of: K) -> Result<Place<K>, Problem> {
        self.room(of, 1).ok_or_else(|| Problem { retry_after: Some(5), ..Problem::of("busy") })
    }

    /// So many places at once; None where there are not so many.
    pub fn room(&self, of: K, size: usize) -> Option<Place<K>> {
        let mut place = Place { of, size: 0, held: Arc::clone(&self.held) };
        self.grow(&mut place, size).then_some(place)
    }

    /// Makes one of these so large; false where there is not so much, and it stays as it is.
    pub fn grow(&self, place: &mut Place<K>, size: usize) -> bool {
        let more = size.saturating_sub(place.size);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, own) = (held.values().sum::<usize>(), held.get(&place.of).copied().unwrap_or_default());
        if all.saturating_add(more) > self.most || own.saturating_add(more) > self.each {
            return false;
        }
        held.insert(place.of.clone(), own + more);
        place.size += more;
        true
    }
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match held.get_mut(&self.of) {
            Some(own) if *own > self.size => *own -= self.size,
            _ => {
                held.remove(&self.of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_takes_the_places_of_all_and_a_place_comes_back() {
        let places = Places::new(3, 2);
        let [one, other]: [IpAddr; 2] = [[10, 0, 0, 1].into(), [10, 0, 0, 2].into()];
        let first = places.take(one).unwrap();
        let _second = places.take(one).unwrap();
        assert!(places.take(one).is_err(), "two for each");
        let _third = places.take(other).unwrap();
        assert!(places.take(other).is_err(), "three for all");
        drop(first);
        assert!(places.take(one).is_ok());
        assert!(places.take(one).is_ok(), "what was given back at once is free again");
    }

    #[test]
    fn who_needs_several_places_gets_all_of_them_or_none() {
        let places = Places::new(10, 6);
        let large = places.room("one", 5).unwrap();
        assert!(places.room("one", 2).is_none(), "six for each");
        let _small = places.room("one", 1).unwrap();
        assert!(places.room("other", 5).is_none(), "ten for all");
        let _other = places.room("other", 4).unwrap();
        drop(large);
        assert!(places.room("one", 5).is_some());
    }

    #[test]
    fn what_grows_takes_no_more_than_is_free_and_gives_all_of_it_back() {
        let places = Places::new(10, 6);
        let mut one = places.room("one", 1).unwrap();
        let mut other = places.room("other", 1).unwrap();
        assert!(places.grow(&mut one, 6) && !places.grow(&mut one, 7), "six for each");
        assert!(places.grow(&mut one, 2), "what it has it keeps");
        assert!(!places.grow(&mut other, 5) && places.grow(&mut other, 4), "ten for all");
        drop(one);
        assert!(places.grow(&mut other, 6) && places.room("one", 5).is_none());
        drop(other);
        assert!(places.held.lock().unwrap().is_empty());
    }
}
