//! When each member was last in contact, as this process saw it.
//!
//! A device that was out of reach claims when something happened; the claim counts only after the device's last contact. The
//! device cannot be asked for that contact, because it would vouch for itself. Kept in memory: after a restart nothing is known,
//! and a claim then reaches back no further than the case's last entry. Refuses to know devices: a member's contacts are
//! taken together, which only narrows what may be claimed. Start at [`Contacts::seen`].

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use huying_model::{Instant, MemberId};

/// Requests closer together than this are one contact.
const SILENCE_MS: i64 = 2 * 60_000;
/// After a silence a device sends what it has kept in several requests: so long, all of them may speak of that silence.
const CATCHING_UP_MS: i64 = 10 * 60_000;

#[derive(Clone, Copy)]
struct Contact {
    last: Instant,
    /// The last contact before the silence that ended at `since`.
    before: Option<Instant>,
    since: Instant,
}

/// The contacts of all members.
#[derive(Default)]
pub(crate) struct Contacts(Mutex<HashMap<MemberId, Contact>>);

impl Contacts {
    /// Notes a request of this member, and answers the earliest moment that it may claim: the last contact before the silence
    /// that has just ended, or else the request before this one. None where this is the first that is seen.
    pub fn seen(&self, member: &MemberId, now: Instant) -> Option<Instant> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(contact) = all.get_mut(member) else {
            all.insert(member.clone(), Contact { last: now, before: None, since: now });
            return None;
        };
        let last = contact.last;
        if now.minus(last) >= SILENCE_MS {
            (contact.before, contact.since) = (Some(last), now);
        }
        contact.last = now;
        if now.minus(contact.since) <= CATCHING_UP_MS { contact.before } else { Some(last) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn at(minutes: i64) -> Instant {
        Instant(minutes * MINUTE)
    }

    #[test]
    fn nothing_is_known_of_a_member_who_was_not_seen_yet() {
        let (contacts, member) = (Contacts::default(), MemberId::new("worker"));
        assert_eq!(contacts.seen(&member, at(0)), None);
        assert_eq!(contacts.seen(&MemberId::new("other"), at(1)), None);
    }

    #[test]
    fn after_a_silence_the_contact_before_it_counts_while_the_device_catches_up() {
        let (contacts, member) = (Contacts::default(), MemberId::new("worker"));
        contacts.seen(&member, at(0));
        assert_eq!(contacts.seen(&member, at(90)), Some(at(0)));
        assert_eq!(contacts.seen(&member, at(91)), Some(at(0)));
        for minute in 92..=100 {
            contacts.seen(&member, at(minute));
        }
        assert_eq!(contacts.seen(&member, at(101)), Some(at(100)), "the silence is told by now");
    }
}
