//! A simulated city on a virtual clock: residents who report, workers who act (some late, some wrong), and the oracle
//! that checks the promises afterwards.
//!
//! Owns the demo's history and its going on, and the stored cases that benches measure on. Everything passes through the same
//! decisions as real work does. Refuses to ask what time it is and to draw an unseeded number: the same seed, pack and
//! span give the same cases. Start at [`city::City`], then [`mind::next`].

pub mod arrivals;
pub mod census;
pub mod city;
pub mod ground;
pub mod hotline;
pub mod life;
pub mod load;
pub mod mind;
pub mod oracle;
pub mod pace;
pub mod pen;
pub mod says;
pub mod world;

pub use city::{City, Figures, Plan};
pub use ground::Ground;
pub use load::load;
pub use world::{Habits, World};
