//! The journal's form: the bytes of an event as stored, and the chain of hashes over them.
//!
//! An entry's hash is SHA-256 over the hash before it and every stored column of the entry, each with its length, so
//! nothing can be changed, left out or moved between cases or positions without breaking the chain.

use huying_model::Event;
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use crate::{Fault, write::EventRow};

/// Before the first entry of a case.
pub const GENESIS: [u8; 32] = [0; 32];

/// The event as it is stored and hashed: JSON as serde writes it, in the order of the fields.
pub fn body(event: &Event) -> Result<String, Fault> {
    serde_json::to_string(event).map_err(|why| Fault::broken("writing an event", why))
}

/// An event from its stored bytes.
pub fn read(body: &str) -> Result<Event, Fault> {
    serde_json::from_str(body).map_err(|why| Fault::broken("reading an event", why))
}

/// The name of what happened, taken from the stored bytes. A quotation mark inside a text is escaped in JSON, so the
/// pattern stands nowhere but at the body's own tag.
pub fn kind(body: &str) -> SmolStr {
    const TAG: &str = "\"body\":{\"kind\":\"";
    let rest = body.find(TAG).map_or("", |at| &body[at + TAG.len()..]);
    SmolStr::new(rest.split('"').next().unwrap_or_default())
}

/// The hash that belongs to a row, from its columns and `prev`. The row's own `hash` is not looked at.
pub fn hash(row: &EventRow) -> [u8; 32] {
    let mut sum = Sha256::new();
    sum.update(row.prev);
    sum.update(row.tenant.0.to_be_bytes());
    sum.update(row.case.0.to_be_bytes());
    for number in [row.seq, row.stream, row.position, row.received_at, row.recorded_at] {
        sum.update(number.to_be_bytes());
    }
    sum.update([u8::from(row.occurred_at.is_some())]);
    sum.update(row.occurred_at.unwrap_or_default().to_be_bytes());
    for text in [row.policy.as_str(), row.kind.as_str(), row.body.as_str()] {
        sum.update((text.len() as u64).to_be_bytes());
        sum.update(text.as_bytes());
    }
    sum.finalize().into()
}

/// The names of the keys under which the words of an entry are sealed. A quotation mark inside a text is escaped in JSON,
/// so the pattern stands nowhere but at a sealed field.
pub fn key_names(body: &str) -> impl Iterator<Item = SmolStr> + '_ {
    const TAG: &str = "{\"k\":\"";
    body.match_indices(TAG).filter_map(|(at, _)| body[at + TAG.len()..].split('"').next()).map(SmolStr::new)
}
