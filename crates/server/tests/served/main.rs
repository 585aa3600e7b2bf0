//! The platform as it is served: one binary for all of its tests, because each binary costs a whole build of what it calls.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../../../engine/tests/use_cases/made/mod.rs"]
mod made;

#[path = "../../../engine/tests/use_cases/city/mod.rs"]
#[allow(dead_code, reason = "its photos are asked for by tests of the engine")]
mod city;

mod accounts;
mod admin;
mod authority;
mod components;
mod connections;
mod described;
mod desk;
mod developers;
mod doors;
mod drafts;
mod duties;
mod erasure;
mod every_word;
mod exchange;
mod explain;
mod feeds;
mod life;
mod limits;
mod live;
mod log;
mod open311;
mod outside;
mod persons;
mod policy;
mod policy_pages;
mod refusals;
mod residents;
mod routes;
mod sandbox;
mod scorecards;
mod sight;
mod sight_census;
mod tables;
mod tls;
mod traces;
mod wording;
