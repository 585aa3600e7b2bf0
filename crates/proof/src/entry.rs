//! What stands in the log: an entry of a case's journal, or one of an authority's own logs, and the hash over all of its columns.
//!
//! Every text is hashed with its length, so nothing can be moved from one column to the next. Refuses to know what an entry means,
//! except the number under which a case was reported: a receipt is about that.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Hash, hash};

/// The columns of a journal's entry, as they are hashed.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    /// The hash of the case's entry before.
    pub prev: &'a Hash,
    pub tenant: i64,
    pub case: u128,
    pub seq: i64,
    pub stream: i64,
    pub position: i64,
    pub received_at: i64,
    pub recorded_at: i64,
    pub occurred_at: Option<i64>,
    pub policy: &'a str,
    pub kind: &'a str,
    /// The event's bytes as stored; words in it are sealed.
    pub body: &'a str,
}

impl Columns<'_> {
    /// The hash of the entry: what the case's next entry refers to, and the content of the log's leaf.
    pub fn hash(&self) -> Hash {
        let mut sum = Sha256::new();
        sum.update(self.prev);
        sum.update(self.tenant.to_be_bytes());
        sum.update(self.case.to_be_bytes());
        for number in [self.seq, self.stream, self.position, self.received_at, self.recorded_at] {
            sum.update(number.to_be_bytes());
        }
        sum.update([u8::from(self.occurred_at.is_some())]);
        sum.update(self.occurred_at.unwrap_or_default().to_be_bytes());
        for text in [self.policy, self.kind, self.body] {
            sum.update((text.len() as u64).to_be_bytes());
            sum.update(text.as_bytes());
        }
        sum.finalize().into()
    }
}

/// An entry of one of the authority's own logs: policies, admission, organisation, grants.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    pub tenant: i64,
    pub log: &'a str,
    pub no: i64,
    pub effective_at: i64,
    pub installed_at: i64,
    pub body: &'a str,
}

impl Act<'_> {
    /// The content of the log's leaf.
    pub fn hash(&self) -> Hash {
        let mut sum = Sha256::new().chain_update(b"huying act of the authority");
        for number in [self.tenant, self.no, self.effective_at, self.installed_at] {
            sum.update(number.to_be_bytes());
        }
        for text in [self.log, self.body] {
            sum.update((text.len() as u64).to_be_bytes());
            sum.update(text.as_bytes());
        }
        sum.finalize().into()
    }
}

/// The same columns as they stand in a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    #[serde(with = "hash::text")]
    pub prev: Hash,
    pub tenant: i64,
    /// The case's id, 32 hexadecimal digits.
    pub case: String,
    pub seq: i64,
    pub stream: i64,
    pub position: i64,
    pub received_at: i64,
    pub recorded_at: i64,
    pub occurred_at: Option<i64>,
    pub policy: String,
    pub kind: String,
    pub body: String,
}

/// Of an event's bytes what says which case was reported. A name that stands twice is an error, so that nobody reads
/// one number and somebody else another.
#[derive(Deserialize)]
struct Event {
    body: Body,
}

#[derive(Deserialize)]
struct Body {
    kind: String,
    report: Report,
}

#[derive(Deserialize)]
struct Report {
    number: String,
}

impl Entry {
    /// The hash over the columns; None where the case's id is none.
    pub fn hash(&self) -> Option<Hash> {
        let case = u128::from_be_bytes(hash::from_hex(&self.case)?);
        let columns = Columns {
            prev: &self.prev,
            tenant: self.tenant,
            case,
            seq: self.seq,
            stream: self.stream,
            position: self.position,
            received_at: self.received_at,
            recorded_at: self.recorded_at,
            occurred_at: self.occurred_at,
            policy: &self.policy,
            kind: &self.kind,
            body: &self.body,
        };
        Some(columns.hash())
    }

    /// The number of the case that this entry reports; None where it is not the first of a case.
    pub fn reports(&self) -> Option<String> {
        let event: Event = serde_json::from_str(&self.body).ok()?;
        let first = self.seq == 1 && self.kind == "reported" && event.body.kind == "reported";
        first.then_some(event.body.report.number)
    }
}
