//! What the store promises on both databases, in one program: each file of its own would be linked with both drivers.
//!
//! `crash` and `powercut` stand apart: they start themselves again and end without warning.

#[path = "../city/mod.rs"]
#[macro_use]
mod city;

mod accounts;
mod bytes;
mod committing;
mod erasing;
mod exchanging;
mod keeping;
mod log;
mod proving;
mod reading;
mod recipients;
mod registering;
mod rotating;
mod schema;
mod walking;
