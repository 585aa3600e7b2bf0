//! The journal's form: the bytes of an event as stored, and the chain of hashes over them.
//!
//! An entry's hash is SHA-256 over the hash before it and every stored column of the entry, each with its length, so
//! nothing can be changed, left out or moved between cases or positions without breaking the chain. What is hashed stands in
//! `huying_proof::entry`, because whoever checks a receipt hashes it again.

use huying_model::Event;
use huying_proof::entry::Columns;
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
    let columns = Columns {
        prev: &row.prev,
        tenant: row.tenant.0,
        case: row.case.0,
        seq: row.seq,
        stream: row.stream,
        position: row.position,
        received_at: row.received_at,
        recorded_at: row.recorded_at,
        occurred_at: row.occurred_at,
        policy: &row.policy,
        kind: &row.kind,
        body: &row.body,
    };
    columns.hash()
}

/// The first eight hexadecimal digits of an entry's hash. An event that takes the place of one that a restore has lost has others, so what is
/// told of both bears two names; of one event it is always the same.
pub fn mark(hash: &[u8; 32]) -> String {
    hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// The names of the keys under which the words of an entry are sealed. A quotation mark inside a text is escaped in JSON,
/// so the pattern stands nowhere but at a sealed field.
pub fn key_names(body: &str) -> impl Iterator<Item = SmolStr> + '_ {
    const TAG: &str = "{\"k\":\"";
    body.match_indices(TAG).filter_map(|(at, _)| body[at + TAG.len()..].split('"').next()).map(SmolStr::new)
}
