//! Places for what takes long or much memory, so that a few who ask cannot have all of it.
//!
//! Owns how many there are, and how many of them one address may hold at a time. A place is given back when it is dropped. Start at
//! [`Places::take`].

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use crate::problem::Problem;

/// Places of one kind in this process.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    most: usize,
    each: usize,
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Place {
    address: IpAddr,
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Places {
    /// So many places, and so many of them for each address.
    pub fn new(most: usize, each: usize) -> Places {
        Places { most, each, held: Arc::default() }
    }

    /// A place for this address, or the word to come again.
    pub fn take(&self, address: IpAddr) -> Result<Place, Problem> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, own) = (held.values().sum::<usize>(), held.get(&address).copied().unwrap_or_default());
        if all >= self.most || own >= self.each {
            return Err(Problem { retry_after: Some(5), ..Problem::of("busy") });
        }
        held.insert(address, own + 1);
        drop(held);
        Ok(Place { address, held: Arc::clone(&self.held) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match held.get_mut(&self.address) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                held.remove(&self.address);
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
}
