//! What can go wrong in the store, in words that say how to mend it.
//!
//! Owns [`Fault`] and [`CommitError`]. A refusal by the rules of the domain is not a fault: it stays the model's own word.

use huying_model::{CaseId, Refusal};

/// The store could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing is stored under this name.
    #[error("{0} was not found: check the id or number")]
    NotFound(String),
    /// The case has moved on since it was read.
    #[error("case {case} is at version {is}, not {expected}: read it again and decide anew")]
    Conflict { case: CaseId, is: u32, expected: u32 },
    /// The idempotency key was used before with another body (HTTP 422).
    #[error("this idempotency key was used with another body: send a new key for a new request")]
    KeyReused,
    /// Another case has this number already.
    #[error("another case has this number: make a new one and try again")]
    NumberTaken,
    /// Too much is waiting (HTTP 503 with Retry-After).
    #[error("the store is busy: try again in {retry_after_ms} ms")]
    Busy { retry_after_ms: u64 },
    /// The database or its content failed; the text is for the log, never for the public.
    #[error("the store failed: {0}")]
    Broken(String),
}

impl Fault {
    /// A failure that says in which act it came.
    pub fn broken(act: &str, why: impl std::fmt::Display) -> Fault {
        Fault::Broken(format!("{act}: {why}"))
    }
}

/// Why a command was not committed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The rules of the domain say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store could not.
    #[error(transparent)]
    Fault(#[from] Fault),
}
