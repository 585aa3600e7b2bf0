//! What is wrong with something that was to prove something, in words that name the place.

/// Why a proof, a head, a key or a receipt is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("leaf {leaf} does not stand in a log of {size}")]
    Outside { leaf: u64, size: u64 },
    #[error("a log of {later} is not a later one of a log of {earlier}")]
    NotLater { earlier: u64, later: u64 },
    #[error("the proof has {found} steps, not as many as its place in the log asks for")]
    Length { found: usize },
    #[error("the proof does not lead to the signed root: the entry is not in this log at this place")]
    NotIncluded,
    #[error("the later log does not begin with the earlier one: entries were changed, left out or exchanged")]
    NotConsistent,
    #[error("{what} has not the form that it should have: {why}")]
    Form { what: &'static str, why: String },
    #[error("no signature of the key {0} is under it: take the key of the authority that gave it out")]
    Unsigned(String),
    #[error("the signature of the key {0} does not fit the text: it was changed after it was signed")]
    BadSignature(String),
    #[error("the head is of the log {found}, the key of the log {wanted}")]
    OtherLog { found: String, wanted: String },
    #[error("the receipt says a log of {receipt}, its head one of {head}")]
    OtherSize { receipt: u64, head: u64 },
    #[error("the entry is not the one with this hash: it was changed")]
    OtherEntry,
    #[error("the entry does not report a case with the number {0}")]
    OtherNumber(String),
    #[error("tile {index} of level {level} is needed and not there")]
    Missing { level: u8, index: u64 },
}

impl Flaw {
    pub(crate) fn form(what: &'static str, why: impl std::fmt::Display) -> Flaw {
        Flaw::Form { what, why: why.to_string() }
    }
}
