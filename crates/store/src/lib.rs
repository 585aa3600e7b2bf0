//! The only crate that knows SQL: the journal, the cases derived from it, queues, search, counts, files, the outbox.
//!
//! Owns durability and order: a command is answered only after its events are stored. It refuses to decide anything about
//! a case; that is the model's, handed in as a [`Decider`]. Start with [`Store::submit`], then `committer`, then `write`.

pub mod accounts;
mod audit;
pub mod backup;
mod committer;
pub mod components;
mod db;
pub mod dialect;
pub mod exchange;
mod fault;
pub mod feeds;
pub mod journal;
mod log;
pub mod person;
mod postgres;
pub mod project;
mod read;
mod rebuild;
mod recent;
mod saved;
pub mod schema;
pub mod seal;
mod sqlite;
pub mod statements;
mod store;
pub mod tokens;
pub mod uploads;
pub mod value;
mod work;
pub mod write;

pub use audit::{AuditReport, Breach};
pub use committer::Stats;
pub use fault::{CommitError, Fault};
pub use log::{AUTHORITY_LOGS, Growth, LogBreach, LogReport};
pub use read::*;
pub use rebuild::{CheckReport, Difference, Rebuilt};
pub use saved::SavedFilter;
pub use seal::{NewKey, RootKey, Rotated, Seals, Suite, case_key, talk_key};
pub use store::{Durability, Options, Store};
pub use work::{Decider, FileRow, Key, Known, Lane, Receipt, TenantId, Verdict, Work};

/// How long an idempotency key is kept, in days.
pub const KEY_DAYS: i64 = 60;
