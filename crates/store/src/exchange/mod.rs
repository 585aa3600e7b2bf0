//! Exchange with other platforms, as it is stored: partners, their mappings, what goes out, what came in, and pushed figures.
//!
//! A message that goes out is a row without content: it says which event it tells of, and is written when it is sent. One that came
//! in is sealed until it is applied. Each stands once, by its id. Refuses to judge a message: that is the engine's. Start at
//! [`PartnerRow`], then [`OutRow`] and [`InRow`].

mod inbox;
mod outbox;
mod partner;

pub use inbox::{FigureRow, InRow, NewIn};
pub use outbox::{Again, NewOut, OutRow};
pub use partner::{MapRow, PartnerRow};

use smol_str::SmolStr;

/// Messages of a partner in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    pub partner: SmolStr,
    pub state: SmolStr,
    pub count: i64,
}
