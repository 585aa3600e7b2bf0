//! Receipts: what somebody who reported a case keeps, and how it is checked without asking the platform.
//!
//! A receipt carries the journal's first entry of the case, its place in the log, the proof and the signed head. Checking it trusts only a
//! public key from elsewhere: the one that the receipt names is for finding the right one, never for believing. Start at [`Receipt::check`].

use serde::{Deserialize, Serialize};

use crate::{Checkpoint, Entry, Flaw, Hash, PublicKey, hash, verify};

/// The form of this version.
pub const FORMAT: &str = "huying-receipt-1";
/// Longer texts are not read.
const LONGEST: usize = 1 << 20;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    pub format: String,
    /// The case's number.
    pub number: String,
    pub entry: Entry,
    /// The hash of the entry, the content of its leaf.
    #[serde(with = "hash::text")]
    pub event_hash: Hash,
    /// Which leaf it is, from 0.
    pub leaf: u64,
    /// The size of the log under whose head it is proved.
    pub size: u64,
    #[serde(with = "hash::texts")]
    pub proof: Vec<Hash>,
    /// The signed head.
    pub checkpoint: String,
    /// How soon after it is recorded an entry stands under a signed head, as promised.
    pub within_seconds: i64,
    /// The key that signed, as the platform says. Not to be trusted: take it from elsewhere.
    pub key: String,
}

/// What a receipt proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    pub number: String,
    /// When the entry says it was received and recorded, in milliseconds UTC.
    pub received_at: i64,
    pub recorded_at: i64,
    pub leaf: u64,
    pub head: Checkpoint,
}

impl Receipt {
    /// Reads a receipt's JSON.
    ///
    /// # Errors
    /// [`Flaw::Form`] with line and column.
    pub fn parse(text: &str) -> Result<Receipt, Flaw> {
        let bad = |why: String| Flaw::Form { what: "the receipt", why };
        if text.len() > LONGEST {
            return Err(bad("it is too long".into()));
        }
        let receipt: Receipt = serde_json::from_str(text).map_err(|why| bad(why.to_string()))?;
        if receipt.format == FORMAT {
            Ok(receipt)
        } else {
            Err(bad(format!("it is of the form '{}', and '{FORMAT}' is read here", receipt.format)))
        }
    }

    /// Checks everything that the receipt says against a trusted key.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn check(&self, key: &PublicKey) -> Result<Proved, Flaw> {
        let head = Checkpoint::open(&self.checkpoint, key)?;
        if head.size != self.size {
            return Err(Flaw::OtherSize { receipt: self.size, head: head.size });
        }
        if self.entry.hash() != Some(self.event_hash) {
            return Err(Flaw::OtherEntry);
        }
        if self.entry.reports().as_deref() != Some(self.number.as_str()) {
            return Err(Flaw::OtherNumber(self.number.clone()));
        }
        verify::inclusion(&hash::leaf(&self.event_hash), self.leaf, head.size, &head.root, &self.proof)?;
        let (received_at, recorded_at) = (self.entry.received_at, self.entry.recorded_at);
        Ok(Proved { number: self.number.clone(), received_at, recorded_at, leaf: self.leaf, head })
    }
}
