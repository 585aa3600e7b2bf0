//! The delay after failed tries: the longer it goes wrong, the longer the next try has to wait, and never for ever.
//!
//! Each try is counted before it is judged, so that many at once gain nothing; a good one is taken back. Names, addresses and codes
//! are counted apart. A browser that has signed this member in before counts apart as well, so that a stranger who keeps
//! failing under a member's name does not keep the member out. Start at [`wait_ms`], the rule, and [`Subject`].

use std::net::IpAddr;

use huying_model::Instant;
use huying_store::accounts::Attempts;

use super::{Accounts, No};
use crate::Error;

/// So many failures cost nothing.
pub const FREE: i64 = 5;
/// An office shares one address: one forgetful colleague must not slow all others down.
pub const FREE_OF_ADDRESS: i64 = 20;
const LONGEST_MS: i64 = 15 * 60_000;
/// After so long without a failure, nothing is held against anybody.
pub const FORGOTTEN_MS: i64 = 60 * 60_000;
/// Tries at the same moment that may get into each other's way before one is told to wait.
const TURNS: usize = 8;

/// How long the next try has to wait after so many failures, of which `free` cost nothing: 2, 4, 8 … seconds, at most 15 minutes.
pub fn wait_ms(failures: i64, free: i64) -> i64 {
    match failures - free {
        over if over < 0 => 0,
        over if over >= 9 => LONGEST_MS,
        over => 2_000 << over,
    }
}

/// What is left of the wait at `now`. A clock that was set back since makes the last failure look as if it were still to come: nobody
/// waits until it comes again, and the next try is counted by the clock as it goes now. Clocks of two nodes that differ by less than the
/// longest wait give nobody a try more.
fn left_ms(known: Attempts, free: i64, now: Instant) -> i64 {
    let past = now.minus(known.last_at);
    if past < -LONGEST_MS { 0 } else { wait_ms(known.failures, free) - past.max(0) }
}

/// What came of counting another try.
fn counted(known: Option<Attempts>, now: Instant) -> Attempts {
    let failures = known.filter(|known| now.minus(known.last_at) < FORGOTTEN_MS).map_or(0, |it| it.failures);
    Attempts { failures: failures.saturating_add(1), last_at: now }
}

/// Against whom a failure counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Subject<'a> {
    /// A name that was given, whether somebody has it or not.
    Name(&'a str),
    /// A browser that signed this member in before.
    Device { name: &'a str, device: &'a str },
    /// IPv4 whole, IPv6 by its /64: that much is one customer's.
    Address(IpAddr),
    /// The second factor of a member.
    Code(&'a str),
    /// Proving the password once more while signed in.
    Proof(&'a str),
    /// Asking for a reset.
    Reset(&'a str),
}

impl Subject<'_> {
    fn free(&self) -> i64 {
        if matches!(self, Subject::Address(_)) { FREE_OF_ADDRESS } else { FREE }
    }

    /// Each kind begins with a word of its own and names its parts with their lengths, so that no two subjects are one text.
    fn text(&self) -> String {
        match self {
            Subject::Name(name) => format!("name {name}"),
            Subject::Device { name, device } => format!("device {} {name} {device}", name.len()),
            Subject::Address(IpAddr::V4(ip)) => format!("address {ip}"),
            Subject::Address(IpAddr::V6(ip)) => match ip.to_ipv4_mapped() {
                Some(ip) => format!("address {ip}"),
                None => {
                    let [a, b, c, d, ..] = ip.segments();
                    format!("address {a:x}:{b:x}:{c:x}:{d:x}::/64")
                }
            },
            Subject::Code(name) => format!("code {name}"),
            Subject::Proof(name) => format!("proof {name}"),
            Subject::Reset(name) => format!("reset {name}"),
        }
    }
}

impl Accounts {
    fn sum(&self, subject: &Subject) -> [u8; 32] {
        self.store().seals(self.tenant()).mac("attempt", subject.text().as_bytes())
    }

    /// Counts a try, as failed until [`Accounts::went_well`] says otherwise.
    ///
    /// # Errors
    /// [`No::Wait`] where it is too early; such a try is not counted.
    pub(super) async fn count(&self, subject: &Subject<'_>) -> Result<(), Error> {
        let (sum, now) = (self.sum(subject), self.now());
        for _ in 0..TURNS {
            let known = self.store().attempts(self.tenant(), sum).await?;
            let left = known.map_or(0, |known| left_ms(known, subject.free(), now));
            if left > 0 {
                let seconds = u32::try_from((left + 999) / 1000).unwrap_or(u32::MAX);
                return Err(No::Wait { seconds }.into());
            }
            if self.store().count_attempt(self.tenant(), sum, known, counted(known, now)).await? {
                return Ok(());
            }
        }
        Err(No::Wait { seconds: 1 }.into())
    }

    /// The try was right. An address keeps what it failed before: others may be trying from it.
    pub(super) async fn went_well(&self, subject: &Subject<'_>) -> Result<(), Error> {
        let sum = self.sum(subject);
        match subject {
            Subject::Address(_) => self.store().take_back_attempt(self.tenant(), sum).await?,
            _ => self.store().forget_attempts(self.tenant(), sum).await?,
        }
        Ok(())
    }

    /// Counts a guess of something else than a password, by the address that it comes from.
    ///
    /// # Errors
    /// [`No::Wait`] where too many went wrong.
    pub async fn guessed(&self, from: IpAddr) -> Result<(), Error> {
        self.count(&Subject::Address(from)).await
    }

    /// The guess was right.
    pub async fn guessed_right(&self, from: IpAddr) -> Result<(), Error> {
        self.went_well(&Subject::Address(from)).await
    }

    /// The try was not made after all.
    pub(super) async fn take_back(&self, subject: &Subject<'_>) -> Result<(), Error> {
        self.store().take_back_attempt(self.tenant(), self.sum(subject)).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_failures_cost_nothing_and_each_further_one_doubles_the_wait_up_to_a_quarter_of_an_hour() {
        for (failures, seconds) in
            [(0, 0), (4, 0), (5, 2), (6, 4), (7, 8), (12, 256), (13, 512), (14, 900), (1_000_000, 900)]
        {
            assert_eq!(wait_ms(failures, FREE), seconds * 1000, "{failures} failures");
        }
    }

    #[test]
    fn the_wait_never_shrinks_with_more_failures_and_always_ends() {
        for failures in 0..200 {
            assert!(wait_ms(failures + 1, FREE) >= wait_ms(failures, FREE));
            let known = Attempts { failures, last_at: Instant(0) };
            assert!(
                left_ms(known, FREE, Instant(LONGEST_MS)) <= 0,
                "after 15 minutes the door is open again"
            );
        }
    }

    #[test]
    fn nobody_waits_for_a_moment_that_a_clock_which_was_set_back_has_yet_to_reach() {
        let known = Attempts { failures: 30, last_at: Instant(86_400_000) };
        assert!(left_ms(known, FREE, Instant(86_400_000)) == LONGEST_MS);
        assert!(left_ms(known, FREE, Instant(0)) <= 0, "a day back");
        let ahead = left_ms(known, FREE, Instant(86_400_000 - 1_000));
        assert_eq!(ahead, LONGEST_MS, "another node's clock is a second ahead");
        assert_eq!(counted(Some(known), Instant(0)), Attempts { failures: 31, last_at: Instant(0) });
        assert!(left_ms(Attempts { failures: 1, last_at: Instant(9) }, FREE, Instant(0)) <= 0);
    }

    #[test]
    fn failures_are_forgotten_an_hour_after_the_last() {
        let known = Some(Attempts { failures: 9, last_at: Instant(0) });
        assert_eq!(counted(known, Instant(FORGOTTEN_MS - 1)).failures, 10);
        assert_eq!(counted(known, Instant(FORGOTTEN_MS)).failures, 1);
        assert_eq!(counted(None, Instant(5)), Attempts { failures: 1, last_at: Instant(5) });
    }

    #[test]
    fn addresses_count_as_what_one_customer_has() {
        let of = |text: &str| Subject::Address(text.parse().unwrap()).text();
        assert_eq!(of("2001:db8:1:2::7"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::7"), of("2001:db8:1:3::7"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
        assert_ne!(
            Subject::Device { name: "a b", device: "c" }.text(),
            Subject::Device { name: "a", device: "b c" }.text()
        );
    }
}
