//! Files that were looked at on a page and may be applied from there: kept in memory for a while, so that nobody chooses them twice.
//!
//! Owns the bounds: one hour, one person, and so many bytes in all. What is lost, by a restart or because others came after, is chosen
//! again; nothing was written. Start at [`Held`].

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use huying_model::{Instant, MemberId};

use crate::problem::Problem;

const KEPT_MS: i64 = 3_600_000;
const MOST_BYTES: usize = 96 * 1024 * 1024;
const MOST_FILES: usize = 64;

/// What is kept, with what it is for.
pub(crate) trait Kept: Clone {
    /// How much memory it takes.
    fn bytes(&self) -> usize;
}

struct File<T> {
    id: String,
    member: MemberId,
    what: T,
    at: Instant,
}

/// The files of everybody, the oldest first.
pub(crate) struct Held<T>(Mutex<VecDeque<File<T>>>);

impl<T> Default for Held<T> {
    fn default() -> Held<T> {
        Held(Mutex::default())
    }
}

impl<T: Kept> Held<T> {
    /// Keeps a file and answers with its name.
    pub fn keep(&self, member: &MemberId, what: T, now: Instant) -> String {
        let id = format!("{:032x}", rand::random::<u128>());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_back(File { id: id.clone(), member: member.clone(), what, at: now });
        let too_much = |all: &VecDeque<File<T>>| {
            let bytes: usize = all.iter().map(|file| file.what.bytes()).sum();
            let old = all.front().is_some_and(|file| now.minus(file.at) > KEPT_MS);
            old || bytes > MOST_BYTES || all.len() > MOST_FILES
        };
        while too_much(&all) {
            all.pop_front();
        }
        id
    }

    /// Keeps this in place of what is kept under a name; its time is not begun anew.
    pub fn replace(&self, id: &str, what: T) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = all.iter_mut().find(|file| file.id == id) {
            file.what = what;
        }
    }

    /// The file of a name, for whoever brought it.
    pub fn find(&self, member: &MemberId, id: &str, now: Instant) -> Option<T> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = |file: &&File<T>| file.id == id && &file.member == member && now.minus(file.at) <= KEPT_MS;
        all.iter().find(mine).map(|file| file.what.clone())
    }

    /// It was applied.
    pub fn drop_one(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|file| file.id != id);
    }
}

/// That something has changed since is a conflict, not a mistake of the sender's.
pub(crate) fn stale(error: huying_engine::Error) -> Problem {
    match &error {
        huying_engine::Error::Invalid(problems) if problems.iter().any(|one| one.code == "preview_stale") => {
            Problem::of("preview_stale")
        }
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Something of so many bytes.
    impl Kept for usize {
        fn bytes(&self) -> usize {
            *self
        }
    }

    #[test]
    fn a_file_is_kept_for_an_hour_for_whoever_brought_it_and_not_for_ever() {
        let (held, one, other) = (Held::default(), MemberId::new("one"), MemberId::new("other"));
        let id = held.keep(&one, 10_usize, Instant(0));
        assert!(held.find(&one, &id, Instant(1)).is_some());
        assert!(held.find(&other, &id, Instant(1)).is_none());
        held.replace(&id, 20);
        held.replace("of nobody", 30);
        assert_eq!(held.find(&one, &id, Instant(KEPT_MS)), Some(20));
        assert!(held.find(&one, &id, Instant(KEPT_MS + 1)).is_none());
        for _ in 0..3 {
            held.keep(&other, MOST_BYTES / 2, Instant(2));
        }
        assert!(held.find(&one, &id, Instant(3)).is_none(), "the oldest gives way");
    }
}
