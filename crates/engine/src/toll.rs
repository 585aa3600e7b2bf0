//! What a report costs whom nobody knows: a little work of the sender's machine, or a little waiting, and more the more they report.
//!
//! A challenge is signed by the tenant's key, so nothing is kept for it; it names its price and its end and holds for one network
//! address. The price rises with the reports of the address, the browser and the whole tenant in the last hour, which this process counts in
//! memory, with a bound. Work is finding a number whose SHA-256 with the challenge begins with so many zero bits. Whoever runs no
//! scripts waits instead, one report of an address after the other; a ticket comes with the empty form, so that the wait is over when the
//! form is filled in, and counts where nobody else of the address stands in line. That a challenge is used once is the idempotency key's
//! doing. Refuses HTTP. Start at [`Tolls::ask`], then [`Tolls::paid`].

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
};

use huying_model::Instant;
use huying_store::TenantId;
use sha2::{Digest, Sha256};

use crate::{Engine, accounts::secret};

/// Zero bits of the first report: some ten thousand sums, a tenth of a second.
pub const BASE_BITS: u8 = 14;
/// Beyond this no telephone would come to an end.
pub const MOST_BITS: u8 = 26;
/// A price that rose since it was asked for is held against nobody up to here: four times the work.
const SLACK_BITS: u8 = 2;
/// A challenge holds for so long.
pub const LASTS_MS: i64 = 20 * 60_000;
/// What the first wait takes; each bit doubles it.
const BASE_WAIT_MS: i64 = 10_000;
/// Whoever would have to wait longer is sent away.
const LONGEST_WAIT_MS: i64 = 15 * 60_000;
const HOUR_MS: i64 = 3_600_000;
/// Counts kept at most.
const KEPT: usize = 100_000;
/// Between looks through all of them.
const SWEEP_MS: i64 = 60_000;
/// The longest challenge that is looked at.
const LONGEST: usize = 200;
/// Signs of one of its two sums.
const SUM_SIGNS: usize = 32;

/// Who wants to report, as far as it is known: a network and a browser.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub struct Sender<'a> {
    pub network: std::net::IpAddr,
    pub device: Option<&'a str>,
}

/// A challenge as it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    pub text: String,
    pub bits: u8,
    pub ends_at: Instant,
}

/// A place in the line of those who wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub text: String,
    /// It counts from then on.
    pub ready_at: Instant,
}

/// Why a report is not taken yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpaid {
    /// No challenge of ours, of another address, or one that has run out.
    Unknown,
    /// The number does not fit.
    Wrong,
    /// The price has risen meanwhile.
    Risen,
    /// A ticket whose turn has not come.
    Early { seconds: u32 },
}

/// Reports of one in the last hour: this hour by the clock, and the share of the one before that is not past yet.
#[derive(Clone, Copy, Default)]
struct Count {
    hour: i64,
    now: u32,
    before: u32,
}

impl Count {
    fn at(self, now: Instant) -> Count {
        let hour = now.0.div_euclid(HOUR_MS);
        match hour - self.hour {
            0 => self,
            1 => Count { hour, now: 0, before: self.now },
            _ => Count { hour, now: 0, before: 0 },
        }
    }

    fn last_hour(self, now: Instant) -> u32 {
        let it = self.at(now);
        let past = now.0.rem_euclid(HOUR_MS);
        let left = i64::from(it.before) * (HOUR_MS - past) / HOUR_MS;
        it.now.saturating_add(u32::try_from(left).unwrap_or(0))
    }
}

/// The counts of this process, and who waits.
#[derive(Default)]
pub struct Tolls {
    sums: RandomState,
    counts: Mutex<Kept<Count>>,
    /// Who came last in the line of an address.
    lines: Mutex<Kept<Turn>>,
}

/// The last place in a line.
#[derive(Clone, Copy)]
struct Turn {
    ready_at: Instant,
    /// The sum of the form's ticket that took it: the same form sent again is no second report.
    form: Option<u64>,
}

/// What is known of senders, a bounded number of them.
struct Kept<T> {
    by: HashMap<u64, T>,
    /// When those that count no more were thrown out last.
    swept: Option<Instant>,
}

// By hand, since what is kept needs no default of its own.
impl<T> Default for Kept<T> {
    fn default() -> Self {
        Kept { by: HashMap::new(), swept: None }
    }
}

impl<T> Kept<T> {
    /// Whether no further sender finds room. All are looked through at most once a minute: under a flood of senders that would else be
    /// done for each.
    fn is_full(&mut self, now: Instant, counts: impl Fn(&T) -> bool) -> bool {
        if self.by.len() >= KEPT && self.swept.is_none_or(|swept| now.minus(swept) >= SWEEP_MS) {
            self.by.retain(|_, known| counts(known));
            self.swept = Some(now);
        }
        self.by.len() >= KEPT
    }
}

/// The price after so many reports of the last hour: nothing for a few of an address (a street may share one), then four times the
/// work for each doubling; eight times for a browser, twice for each doubling of the tenant's beyond five hundred.
pub fn bits(of_address: u32, of_device: u32, of_tenant: u32) -> u8 {
    let doublings = |many: u32, free: u32| (many / free + 1).ilog2();
    let more = 2 * doublings(of_address, 4) + 3 * doublings(of_device, 2) + doublings(of_tenant, 500);
    BASE_BITS.saturating_add(u8::try_from(more).unwrap_or(u8::MAX)).min(MOST_BITS)
}

/// How long somebody waits who does no work: each bit doubles it.
fn wait(bits: u8) -> i64 {
    let doublings = bits.saturating_sub(BASE_BITS);
    BASE_WAIT_MS.saturating_mul(1 << doublings.min(20))
}

/// Whether the sum of challenge and number begins with so many zero bits.
fn fits(challenge: &str, number: &str, bits: u8) -> bool {
    if number.is_empty() || number.len() > 20 || !number.bytes().all(|sign| sign.is_ascii_digit()) {
        return false;
    }
    let sum = Sha256::digest(format!("{challenge}:{number}"));
    let mut zeros = 0;
    for byte in sum {
        zeros += byte.leading_zeros();
        if byte != 0 {
            break;
        }
    }
    zeros >= u32::from(bits)
}

impl Tolls {
    fn sums_of(&self, sender: &Sender) -> [Option<u64>; 3] {
        let of_device = sender.device.map(|device| self.sums.hash_one(("device", device)));
        [Some(self.sums.hash_one(("network", sender.network))), of_device, Some(self.sums.hash_one("tenant"))]
    }

    /// What a report costs this sender now.
    pub fn price(&self, sender: &Sender, now: Instant) -> u8 {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let many = |sum: Option<u64>| {
            sum.and_then(|sum| counts.by.get(&sum)).map_or(0, |count| count.last_hour(now))
        };
        let [address, device, tenant] = self.sums_of(sender);
        bits(many(address), many(device), many(tenant))
    }

    /// A report was taken.
    pub fn count(&self, sender: &Sender, now: Instant) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        // Where the hour really brought so many senders, further ones go uncounted; the tenant's own count goes on.
        let full = counts.is_full(now, |count| count.last_hour(now) > 0);
        for sum in self.sums_of(sender).into_iter().flatten() {
            if full && !counts.by.contains_key(&sum) {
                continue;
            }
            let count = counts.by.entry(sum).or_default();
            *count = count.at(now);
            count.now = count.now.saturating_add(1);
        }
    }

    /// A challenge at today's price.
    pub fn ask(&self, engine: &Engine, tenant: TenantId, sender: &Sender, now: Instant) -> Challenge {
        let (bits, ends_at) = (self.price(sender, now), now.plus_ms(LASTS_MS));
        let said = format!("w.{bits}.{}.{:016x}", ends_at.0, rand::random::<u64>());
        Challenge { text: signed(engine, tenant, sender, &said), bits, ends_at }
    }

    /// A place in the line of this address; None where it is too long.
    pub fn queue(&self, engine: &Engine, tenant: TenantId, sender: &Sender, now: Instant) -> Option<Ticket> {
        let wait = wait(self.price(sender, now));
        let line = self.line(sender);
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let full = lines.is_full(now, |turn| turn.ready_at > now);
        let behind = lines.by.get(&line).map_or(now, |turn| turn.ready_at.max(now));
        let ready_at = behind.plus_ms(wait);
        if ready_at.minus(now) > LONGEST_WAIT_MS || (full && !lines.by.contains_key(&line)) {
            return None;
        }
        lines.by.insert(line, Turn { ready_at, form: None });
        let said =
            format!("t.{}.{}.{:016x}", ready_at.0, ready_at.plus_ms(LASTS_MS).0, rand::random::<u64>());
        Some(Ticket { text: signed(engine, tenant, sender, &said), ready_at })
    }

    /// The ticket of an empty form: whoever takes as long to fill it in as they would wait need not wait any more. It takes its place in
    /// the line when it is used, so that many forms in hand gain nothing.
    pub fn with_form(&self, engine: &Engine, tenant: TenantId, sender: &Sender, now: Instant) -> String {
        let bits = self.price(sender, now);
        let ready_at = now.plus_ms(wait(bits));
        let said = format!(
            "f.{}.{}.{bits}.{:016x}",
            ready_at.0,
            ready_at.plus_ms(LASTS_MS).0,
            rand::random::<u64>()
        );
        signed(engine, tenant, sender, &said)
    }

    fn line(&self, sender: &Sender) -> u64 {
        self.sums.hash_one(("line", sender.network))
    }

    /// A form's ticket takes its place in the line where it is empty; the one that stands there stands there again.
    fn steps_in(&self, sender: &Sender, (ticket, asked): (&str, i64), now: Instant) -> Result<(), Unpaid> {
        let (line, form) = (self.line(sender), self.sums.hash_one(("form", ticket)));
        let price = self.price(sender, now);
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let full = lines.is_full(now, |turn| turn.ready_at > now);
        match lines.by.get(&line) {
            Some(turn) if turn.form == Some(form) => return Ok(()),
            Some(turn) if turn.ready_at > now => return Err(Unpaid::Risen),
            None if full => return Err(Unpaid::Risen),
            // Taken while little was asked, and kept until more is.
            _ if i64::from(price) > asked => return Err(Unpaid::Risen),
            _ => {}
        }
        lines.by.insert(line, Turn { ready_at: now.plus_ms(wait(price)), form: Some(form) });
        Ok(())
    }

    /// Whether a challenge of ours was solved, however long ago and to whichever address it was said: a telephone that lost its answer may
    /// have another by now. It says nothing of the price; it is asked before anybody looks for what was answered, so that a forged
    /// challenge costs the store nothing.
    pub fn solved(&self, engine: &Engine, tenant: TenantId, (challenge, number): (&str, &str)) -> bool {
        let Some((said, sums)) = challenge.rsplit_once('.').filter(|_| challenge.len() <= LONGEST) else {
            return false;
        };
        let given = sums.get(..SUM_SIGNS).unwrap_or_default();
        if !secret::same(sum(engine, tenant, said).as_bytes(), given.as_bytes()) {
            return false;
        }
        // A ticket is paid for by waiting, which was judged when it was used.
        let Some(work) = said.strip_prefix("w.") else { return true };
        let asked = work.split('.').next().and_then(|bits| bits.parse::<u8>().ok());
        asked.is_some_and(|bits| fits(challenge, number, bits))
    }

    /// Whether this challenge is ours and paid for.
    pub fn paid(
        &self,
        engine: &Engine,
        tenant: TenantId,
        sender: &Sender,
        (challenge, number): (&str, &str),
        now: Instant,
    ) -> Result<(), Unpaid> {
        let (said, _) = challenge.rsplit_once('.').ok_or(Unpaid::Unknown)?;
        let ours = signed(engine, tenant, sender, said);
        if challenge.len() > LONGEST || !secret::same(ours.as_bytes(), challenge.as_bytes()) {
            return Err(Unpaid::Unknown);
        }
        let mut parts = said.split('.');
        let kind = parts.next().unwrap_or_default();
        let mut number_of = || parts.next().and_then(|part| part.parse::<i64>().ok()).ok_or(Unpaid::Unknown);
        let (first, ends_at) = (number_of()?, number_of()?);
        if now.0 >= ends_at {
            return Err(Unpaid::Unknown);
        }
        if kind == "t" || kind == "f" {
            let left = first - now.0;
            if left > 0 {
                return Err(Unpaid::Early { seconds: u32::try_from((left + 999) / 1_000).unwrap_or(0) });
            }
            return if kind == "f" { self.steps_in(sender, (challenge, number_of()?), now) } else { Ok(()) };
        }
        let asked = u8::try_from(first).map_err(|_far| Unpaid::Unknown)?;
        if !fits(challenge, number, asked) {
            return Err(Unpaid::Wrong);
        }
        if self.price(sender, now) > asked.saturating_add(SLACK_BITS) {
            return Err(Unpaid::Risen);
        }
        Ok(())
    }
}

/// What was said with two sums of the tenant: one over it alone, and one over the address that it was said to as well.
fn signed(engine: &Engine, tenant: TenantId, sender: &Sender, said: &str) -> String {
    let there = sum(engine, tenant, &format!("{} {said}", sender.network));
    format!("{said}.{}{there}", sum(engine, tenant, said))
}

fn sum(engine: &Engine, tenant: TenantId, said: &str) -> String {
    let sum = engine.store().seals(tenant).mac("toll", said.as_bytes());
    sum.iter().take(SUM_SIGNS / 2).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reports_of_an_hour_cost_little_and_each_further_doubling_costs_more() {
        for (address, device, tenant, more) in [
            (0, 0, 0, 0),
            (3, 1, 499, 0),
            (4, 0, 0, 2),
            (12, 0, 0, 4),
            (60, 0, 0, 8),
            (0, 2, 0, 3),
            (0, 6, 0, 6),
            (0, 0, 500, 1),
            (0, 0, 3_500, 3),
            (4, 2, 500, 6),
            (u32::MAX, u32::MAX, u32::MAX, MOST_BITS - BASE_BITS),
        ] {
            assert_eq!(bits(address, device, tenant), BASE_BITS + more, "{address} {device} {tenant}");
        }
    }

    #[test]
    fn an_hour_slides_and_what_is_older_is_forgotten() {
        let minute = 60_000;
        let count = Count { hour: 0, now: 60, before: 0 };
        for (at, known) in [(59, 60), (60, 60), (90, 30), (119, 1), (120, 0), (1_000, 0)] {
            assert_eq!(count.last_hour(Instant(at * minute)), known, "minute {at}");
        }
    }

    #[test]
    fn work_is_a_number_whose_sum_begins_with_zeros() {
        let number = (0u64..).map(|no| no.to_string()).find(|no| fits("a", no, 10)).unwrap();
        assert!(fits("a", &number, 9) && !fits("b", &number, 10));
        for wrong in ["", "-1", "1e3", "999999999999999999999"] {
            assert!(!fits("a", wrong, 0), "{wrong}");
        }
    }

    #[test]
    fn counts_have_a_bound_and_a_report_counts_for_address_browser_and_tenant() {
        let (tolls, now) = (Tolls::default(), Instant(0));
        let sender = |no: u32, device| Sender { network: std::net::IpAddr::from(no.to_be_bytes()), device };
        for _ in 0..4 {
            tolls.count(&sender(1, Some("one")), now);
        }
        assert_eq!(tolls.price(&sender(1, None), now), BASE_BITS + 2);
        assert_eq!(
            tolls.price(&sender(2, Some("one")), now),
            BASE_BITS + 3,
            "the browser came from elsewhere"
        );
        assert_eq!(tolls.price(&sender(2, None), now), BASE_BITS);
        (0..150_000).for_each(|no| tolls.count(&sender(no, None), now));
        assert!(tolls.counts.lock().unwrap().by.len() <= KEPT);
        assert!(tolls.price(&sender(9, None), now) > BASE_BITS + 7, "the tenant's own count goes on");
        let later = now.plus_ms(2 * HOUR_MS);
        tolls.count(&sender(150_000, None), later);
        assert_eq!(tolls.counts.lock().unwrap().by.len(), 2, "whoever counts no more makes room");
    }
}
