//! Proofs about an append-only log: hashes, the tree and its tiles, proofs and their verification, signed heads, receipts.
//!
//! The tree is that of RFC 6962 and RFC 9162; tiles, notes and checkpoints have the forms of C2SP's tlog-tiles, signed-note and
//! tlog-checkpoint, so that tools made for other logs read this one. Pure: it refuses files, the time of the machine and
//! randomness; a key comes in as bytes, a moment as a number. Whoever verifies trusts nothing but a public key that they
//! have from elsewhere. Start with [`tree`] to make, with [`verify`] and [`receipt`] to check.

pub mod checkpoint;
pub mod entry;
pub mod flaw;
pub mod hash;
pub mod note;
pub mod receipt;
pub mod suite;
pub mod tile;
pub mod tree;
pub mod verify;

pub use checkpoint::Checkpoint;
pub use entry::Entry;
pub use flaw::Flaw;
pub use hash::Hash;
pub use receipt::Receipt;
pub use suite::{PublicKey, Signer, Suite};

/// An entry stands in the log, under a signed head, no later than so many seconds after it was recorded, while the platform runs.
pub const WITHIN_SECONDS: i64 = 60;
