//! The same command sent twice happens once (promise 7): what a key that was seen before means.

use serde::{Deserialize, Serialize};

/// What was kept of the command that first came with a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stamp {
    /// Hash of the body it came with.
    pub body: [u8; 32],
}

/// What to do with a command that carries a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    /// Decide it.
    First,
    /// Give the first answer again and change nothing.
    Again,
    /// The key belongs to another body: refuse, and ask for a fresh key.
    Reused,
}

/// Judges a key by what was kept of it.
pub fn seen(kept: Option<&Stamp>, body: &[u8; 32]) -> Seen {
    match kept {
        None => Seen::First,
        Some(stamp) if &stamp.body == body => Seen::Again,
        Some(_) => Seen::Reused,
    }
}
