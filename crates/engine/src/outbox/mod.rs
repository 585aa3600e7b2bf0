//! Messages to the outside.

pub mod guard;
pub mod mail;
pub mod post;
pub mod sign;
pub mod template;
