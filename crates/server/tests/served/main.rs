//! The platform as it is served: one binary for all of its tests, because each binary costs a whole build of what it calls.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../../../engine/tests/use_cases/made/mod.rs"]
mod made;

#[path = "../../../engine/tests/use_cases/city/mod.rs"]
#[allow(dead_code, reason = "its photos are asked for by tests of the engine")]
mod city;

#[path = "../../../geo/tests/tile_reader/mod.rs"]
#[allow(dead_code, reason = "lines are read by tests of tiles alone")]
mod tile_reader;

mod accounts;
mod admin;
mod admin_edits;
mod authority;
mod bar;
mod brought;
mod callbacks;
mod cockpit;
mod components;
mod connections;
mod described;
mod desk;
mod developers;
mod dispatching;
mod doors;
mod drafts;
mod duties;
mod erasure;
mod every_word;
mod exchange;
mod explain;
mod feeds;
mod field;
mod gallery;
mod imports;
mod life;
mod limits;
mod live;
mod log;
mod open311;
mod outside;
mod persons;
mod policy;
mod policy_pages;
mod posts;
mod recipients;
mod refusals;
mod resident_acts;
mod resident_pages;
mod residents;
mod routes;
mod sandbox;
mod scorecards;
mod seats;
mod sheets;
mod sight;
mod sight_census;
mod sign_ins;
mod slow;
mod sought;
mod tables;
mod tiles;
mod tls;
mod traces;
mod wording;
