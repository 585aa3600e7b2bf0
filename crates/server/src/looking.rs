//! Who looks at a case at this moment, as this process sees it.
//!
//! Two dispatchers who open the same case should know of each other before both act. Owns a few seconds of memory and nothing else: no
//! row is written, nothing is counted, and who is not here any more was never here. What another node sees is not known. Who opened a case
//! with whose personal data is kept elsewhere, for other reasons ([`huying_engine::person`]). Start at [`Looking::note`].

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use huying_model::{CaseId, Instant, MemberId};

/// A page says again that it is open every quarter of a minute; who has not said so three times is gone.
const STAYS_MS: i64 = 45_000;
/// Cases above which what is over is swept out.
const MANY: usize = 4_096;

/// Who looks at which case.
#[derive(Default)]
pub(crate) struct Looking(Mutex<HashMap<CaseId, Vec<(MemberId, Instant)>>>);

impl Looking {
    /// Notes that this member looks at the case now, and answers who else does, in the order in which they were last seen.
    pub fn note(&self, case: CaseId, member: &MemberId, now: Instant) -> Vec<MemberId> {
        let is_here = |one: &(MemberId, Instant)| now.minus(one.1) < STAYS_MS;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MANY {
            all.retain(|_, there| there.iter().any(is_here));
        }
        let there = all.entry(case).or_default();
        there.retain(|one| is_here(one) && &one.0 != member);
        let others = there.iter().map(|(other, _)| other.clone()).collect();
        there.push((member.clone(), now));
        others
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_at_one_case_know_of_each_other_until_one_is_silent() {
        let looking = Looking::default();
        let (one, other) = (MemberId::new("dispatcher-1"), MemberId::new("dispatcher-2"));
        let at = |seconds: i64| Instant(seconds * 1_000);
        assert_eq!(looking.note(CaseId(1), &one, at(0)), []);
        assert_eq!(looking.note(CaseId(2), &other, at(1)), [], "another case is another place");
        assert_eq!(looking.note(CaseId(1), &other, at(2)), std::slice::from_ref(&one));
        assert_eq!(
            looking.note(CaseId(1), &one, at(15)),
            std::slice::from_ref(&other),
            "nobody looks on with themselves"
        );
        assert_eq!(looking.note(CaseId(1), &one, at(46)), std::slice::from_ref(&other));
        assert_eq!(looking.note(CaseId(1), &one, at(47)), [], "45 seconds of silence are enough");
    }
}
