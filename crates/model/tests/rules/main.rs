//! The rules of the domain, told one by one: one binary for all of them, because each binary costs a whole build of what it calls.
//! The exhaustive walk and the random packs stand apart.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a rule that breaks stops the test")]

#[path = "../town/mod.rs"]
mod town;

mod admission;
mod book;
mod calendar;
mod calendar_laws;
mod calendar_made;
mod cards;
mod clocks;
mod colours;
mod components;
mod docs;
mod duty;
mod facts;
mod promised;
mod rehome;
mod retime;
mod roles;
mod score;
mod single;
mod stories;
