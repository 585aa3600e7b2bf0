//! What the acts of an authority's own procedures ask alike: words that have to be said, and from when a decision holds.
//!
//! Owns the longest words and what counts as said. Refuses by None: which rule that breaks is the procedure's to say.
//! [`crate::book`] and [`crate::admission::desk`] go by it.

use smol_str::SmolStr;

use crate::time::Instant;

/// The longest rule or reason, in characters.
pub const LONGEST: usize = 2_000;

/// The words without what surrounds them; None where nothing, or too much, is said.
pub(crate) fn said(words: &SmolStr) -> Option<SmolStr> {
    let words = words.trim();
    let fits = !words.is_empty() && words.chars().count() <= LONGEST;
    fits.then(|| SmolStr::new(words))
}

/// From when on a decision holds: now where no instant is named; None where it lies behind.
pub(crate) fn begins(from: Option<Instant>, now: Instant) -> Option<Instant> {
    let from = from.unwrap_or(now);
    (from >= now).then_some(from)
}
