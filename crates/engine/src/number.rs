//! Case numbers: what people say on the telephone.
//!
//! `PX-260501-7K3Q-XM4R` is the pack's prefix, the day of receipt, seven signs that tell the case apart on that day, and a
//! check sign that catches every single wrong sign and almost every swap of neighbours. The signs are Crockford's base 32, without I, L,
//! O and U. Refuses a counter in the database: numbers are made on any node without asking. Start at [`Numbers::next`].

use std::{collections::BTreeMap, sync::Mutex};

use huying_model::Instant;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use smol_str::{SmolStr, format_smolstr};

const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Signs before the check sign; 35 bits.
const CODE: usize = 7;
/// 40 microseconds: so many slots a day fit into 31 bits, beside four bits of the node.
const SLOTS_PER_MS: u64 = 24;
/// The node number under which foreign cases are numbered, from a hash of their foreign id.
const FOREIGN_NODE: u64 = 15;
const SLOT_BITS: u32 = 31;

/// The makers of one tenant's numbers on one node.
#[derive(Debug)]
pub struct Numbers {
    prefix: SmolStr,
    zone: TimeZone,
    node: u64,
    /// The last slot that was given, by day.
    last: Mutex<BTreeMap<SmolStr, u64>>,
}

impl Numbers {
    /// `node` tells application nodes of one tenant apart, 0 to 14; `zone` is the authority's.
    pub fn new(prefix: &str, zone: TimeZone, node: u8) -> Numbers {
        let node = u64::from(node).min(FOREIGN_NODE - 1);
        Numbers { prefix: SmolStr::new(prefix), zone, node, last: Mutex::default() }
    }

    /// The maker of the same node after the prefix or zone may have changed; no number is given twice.
    pub fn going_on(&self, prefix: &str, zone: TimeZone) -> Numbers {
        let last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        Numbers { prefix: SmolStr::new(prefix), zone, node: self.node, last: Mutex::new(last) }
    }

    fn day(&self, at: Instant) -> (SmolStr, u64) {
        let civil = self.zone.to_datetime(at.timestamp());
        let ms = u64::try_from(civil.time().duration_since(jiff::civil::Time::midnight()).as_millis())
            .unwrap_or(0);
        (format_smolstr!("{:02}{:02}{:02}", civil.year().rem_euclid(100), civil.month(), civil.day()), ms)
    }

    /// A number that this maker has not given before, ordered by receipt.
    pub fn next(&self, received: Instant) -> SmolStr {
        let (day, ms) = self.day(received);
        let wanted = ms * SLOTS_PER_MS;
        // A poisoned lock holds slots that were given: going on from them is right.
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let slot = last.get(&day).map_or(wanted, |given| wanted.max(given + 1));
        last.insert(day.clone(), slot);
        self.write(&day, (self.node << SLOT_BITS) | (slot & ((1 << SLOT_BITS) - 1)))
    }

    /// The number of a case that another system numbered: the same one for the same foreign id.
    pub fn foreign(&self, received: Instant, foreign: &str) -> SmolStr {
        let hash = Sha256::digest(foreign.as_bytes());
        let slot = hash.iter().take(4).fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte)) >> 1;
        self.write(&self.day(received).0, (FOREIGN_NODE << SLOT_BITS) | slot)
    }

    fn write(&self, day: &str, code: u64) -> SmolStr {
        let mut signs = [0u8; CODE];
        for (place, sign) in signs.iter_mut().rev().enumerate() {
            *sign = u8::try_from((code >> (5 * place)) & 31).unwrap_or(0);
        }
        let check = check(day.bytes().map(|digit| digit - b'0').chain(signs));
        let text: String =
            signs.iter().chain([&check]).map(|sign| char::from(SIGNS[usize::from(*sign)])).collect();
        format_smolstr!("{}-{day}-{}-{}", self.prefix, &text[..4], &text[4..])
    }
}

/// A weighted sum in the field of 32 elements (x⁵ + x² + 1), so that each single error changes it.
pub(crate) fn check(signs: impl Iterator<Item = u8>) -> u8 {
    signs.fold(0, |sum, sign| double(sum ^ sign))
}

fn double(value: u8) -> u8 {
    let shifted = value << 1;
    if shifted & 32 == 0 { shifted } else { (shifted ^ 0b10_0101) & 31 }
}

/// A number as it should stand: capitals, O read as 0, I and L as 1, wherever its check sign fits.
/// None where a sign is wrong; the caller should be asked to read it again.
pub fn normalise(text: &str) -> Option<SmolStr> {
    let text = text.trim().to_uppercase();
    let (prefix, rest) = text.split_once('-')?;
    let signs: String = rest
        .chars()
        .filter(|sign| !matches!(sign, '-' | ' '))
        .map(|sign| match sign {
            'O' => '0',
            'I' | 'L' => '1',
            sign => sign,
        })
        .collect();
    let values: Option<Vec<u8>> = signs
        .bytes()
        .map(|sign| SIGNS.iter().position(|known| *known == sign).and_then(|at| u8::try_from(at).ok()))
        .collect();
    let values = values.filter(|values| values.len() == 6 + CODE + 1)?;
    let (last, before) = values.split_last()?;
    (check(before.iter().copied()) == *last)
        .then(|| format_smolstr!("{prefix}-{}-{}-{}", &signs[..6], &signs[6..10], &signs[10..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers() -> Numbers {
        Numbers::new("PX", TimeZone::get("Asia/Shanghai").unwrap(), 0)
    }

    #[test]
    fn a_number_carries_the_day_of_the_authority_and_reads_back() {
        let number = numbers().next("2026-05-01T23:30:00Z".parse().unwrap());
        assert!(number.starts_with("PX-260502-") && number.len() == 19, "{number}");
        assert_eq!(normalise(&number).unwrap(), number);
        assert_eq!(normalise(&format!(" {} ", number.to_lowercase().replace('0', "o"))).unwrap(), number);
    }

    #[test]
    fn numbers_of_one_moment_differ_and_keep_their_order() {
        let numbers = numbers();
        let at: Instant = "2026-05-01T08:00:00Z".parse().unwrap();
        let given: Vec<_> = (0..5000).map(|_| numbers.next(at)).collect();
        assert!(given.windows(2).all(|pair| pair[0][..18] < pair[1][..18]));
        assert_eq!(given.iter().collect::<std::collections::BTreeSet<_>>().len(), 5000);
        let earlier = numbers.next(at.plus_ms(-1));
        assert!(!given.contains(&earlier));
        let late: Instant = "2026-05-01T15:59:59.999Z".parse().unwrap();
        assert!(!given.contains(&numbers.next(late)));
    }

    #[test]
    fn two_nodes_never_give_the_same_number() {
        let at: Instant = "2026-05-01T08:00:00Z".parse().unwrap();
        let other = Numbers::new("PX", TimeZone::get("Asia/Shanghai").unwrap(), 1);
        assert_ne!(numbers().next(at), other.next(at));
    }

    #[test]
    fn a_foreign_case_has_the_same_number_every_time() {
        let at: Instant = "2026-05-01T08:00:00Z".parse().unwrap();
        assert_eq!(numbers().foreign(at, "1-1523590121"), numbers().foreign(at, "1-1523590121"));
        assert_ne!(numbers().foreign(at, "1-1523590121"), numbers().foreign(at, "1-1523590122"));
    }

    #[test]
    fn every_single_wrong_sign_is_caught() {
        let number = numbers().next("2026-05-01T08:00:00Z".parse().unwrap());
        for place in 3..number.len() {
            for sign in SIGNS {
                let mut wrong = number.as_bytes().to_vec();
                if wrong[place] == b'-' || wrong[place] == *sign {
                    continue;
                }
                wrong[place] = *sign;
                assert_eq!(normalise(std::str::from_utf8(&wrong).unwrap()), None, "{number} at {place}");
            }
        }
    }

    #[test]
    fn neighbours_that_were_swapped_are_caught() {
        let number = numbers().next("2026-05-01T08:11:12.345Z".parse().unwrap());
        for place in 3..number.len() - 1 {
            let mut wrong = number.as_bytes().to_vec();
            wrong.swap(place, place + 1);
            let wrong = String::from_utf8(wrong).unwrap();
            if wrong != *number && !wrong.contains("--") && wrong.split('-').map(str::len).eq([2, 6, 4, 4]) {
                assert_eq!(normalise(&wrong), None, "{number} {wrong}");
            }
        }
    }
}
