//! Persons: who looked at what of them ([`access`]), how they are forgotten ([`erase`], [`register`]), and who agreed to be helped
//! ([`recipient`]).
//!
//! Owns the log of accesses, the register of erasures, and the one way in which data keys are destroyed with everything that was
//! derived from what they sealed. Refuses to say who may look or erase: that is the engine's. Start with [`Store::erase`].

mod access;
mod erase;
pub(crate) mod recipient;
mod register;

pub use access::{AccessOf, AccessRow};
pub use erase::{Erase, Erased};
pub use recipient::{Consent, Noted, RecipientFilter, RecipientRow, recipient_key};
pub use register::ErasureRow;
