//! The use-cases: what happens between a request and the store.
//!
//! Owns intake, handling of commands, timers, messages to the outside, files, and who may see what. Refuses
//! HTTP (that is the server's), SQL (the store's) and rules (the model's): it loads, lets the model decide, commits and
//! tells. Start at [`handle`], then [`intake`].

pub mod accounts;
pub mod admission;
mod again;
pub mod answers;
pub mod authority;
pub mod casebook;
pub mod change;
pub mod clock;
mod coming;
pub mod components;
pub mod copies;
pub mod engine;
pub mod error;
pub mod exchange;
mod facts;
pub mod feed;
pub mod files;
pub mod follow;
pub mod grants;
pub mod guess;
pub mod handle;
pub mod import;
pub mod insight;
pub mod intake;
pub mod lease;
pub mod listing;
pub mod live;
pub(crate) mod log;
pub mod migrate;
pub mod notary;
pub mod number;
pub mod organisation;
pub mod outbox;
pub mod person;
pub mod place;
pub mod policy;
pub mod public;
mod reach;
pub mod recipients;
pub mod redraft;
pub mod renew;
pub mod sandbox;
pub mod score;
pub mod sealing;
pub mod spoken;
pub mod takeout;
pub mod timers;
pub mod toll;
pub mod track;
pub mod uploads;
pub mod what_if;
pub mod words;

pub use clock::Clock;
pub use engine::{Engine, Setting};
pub use error::{Error, Problem};
