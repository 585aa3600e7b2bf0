//! Persons: who looked at what of them ([`access`]), and how they are forgotten ([`erase`], [`register`]).
//!
//! Owns the log of accesses, the register of erasures, and the one way in which data keys are destroyed with everything that was
//! derived from what they sealed. Refuses to say who may look or erase: that is the engine's. Start with [`Store::erase`].

mod access;
mod erase;
mod register;

pub use access::{AccessOf, AccessRow};
pub use erase::{Erase, Erased};
pub use register::ErasureRow;
