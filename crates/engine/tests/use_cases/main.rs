//! The use-cases, one by one: one binary for all of them, because each binary costs a whole build of what it calls.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod accounts;
mod cases;
mod changes;
mod choosing;
mod city;
mod clocks;
mod components;
mod feed_attributes;
mod feed_faults;
mod feed_photos;
mod feeds;
mod founded;
mod hooks;
mod imports;
mod made;
mod moving;
mod notary;
mod organisation;
mod outbox;
mod overtaken;
mod persons;
mod photos;
mod policy;
mod real_requests;
mod recipients;
mod scorecards;
mod sign_ins;
mod tables;
mod town;
mod what_if;
mod wording;
