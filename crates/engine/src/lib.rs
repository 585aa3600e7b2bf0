//! The use-cases: what happens between a request and the store.
//!
//! Owns intake, handling of commands, timers, messages to the outside, files, and who may see what. Refuses
//! HTTP (that is the server's), SQL (the store's) and rules (the model's): it loads, lets the model decide, commits and
//! tells. Start at [`files`].

pub mod files;
