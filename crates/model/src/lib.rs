//! The domain of grid governance, pure: what a case is, what may happen to it, when it is due, who must act.
//!
//! Owns the vocabulary, the life cycle ([`table`], [`decide`], [`apply`]), clocks, calendars and routes.
//! Refuses clocks of the machine, randomness and any input or output: time, ids and facts come in as values.
//! Start with [`case::Case`], then [`table::TABLE`], then [`decide::decide`].

pub mod actor;
pub mod acts;
pub mod admission;
pub mod apply;
pub mod book;
pub mod calendar;
pub mod case;
pub mod catalogue;
pub mod clock;
pub mod command;
pub mod component;
pub mod decide;
pub mod event;
pub mod facts;
pub mod ids;
pub mod notice;
pub mod once;
pub mod org;
pub mod parts;
pub mod policy;
pub mod promise;
pub mod public;
pub mod refusal;
pub mod roster;
pub mod route;
pub mod score;
pub mod stage;
pub mod steps;
pub mod table;
pub mod time;
pub mod todo;
pub mod told;
pub mod words;

pub use actor::{Actor, Seat};
pub use apply::apply;
pub use case::Case;
pub use command::{Command, Name};
pub use component::Component;
pub use decide::{Cx, Decision, decide};
pub use event::Event;
pub use ids::*;
pub use policy::{Policy, Rules};
pub use refusal::Refusal;
pub use stage::Stage;
pub use time::Instant;
