//! Reads, each paged: one case, queues, lists, search, maps, counts, the stream, the outbox.
//!
//! They see what is committed and nothing else. A page carries the cursor of the next; cursors are opaque to callers.

mod case;
mod counts;
mod figures;
mod hook;
mod list;
pub(crate) mod made;
mod map;
mod outbox;
mod public;
mod queue;
mod search;
mod seen;
mod stream;
mod upkeep;

pub use case::{CaseView, Entry, Texts};
pub use counts::{AreaCount, DayCount, MatterCount, OpenCount};
pub use figures::{Among, Heap, Sum};
pub use hook::{Hook, Logged, Replay, Try};
pub use list::{Filter, Line, Order, Standing, list_shapes};
pub use map::{Bounds, Near, Nearby, Placed, Point};
pub use outbox::{Delivery, DeliveryState, NewDelivery, Subscription};
pub use public::{From as PublicFrom, PublicCase, PublicFilter};
pub use queue::{PartCount, QueueCount, QueueLine, QueuePart};
pub use seen::{Seen, Which};
pub use stream::{DueCase, StreamEntry};
pub use upkeep::Installed;

use crate::Fault;

/// One page and where the next begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// None on the last page.
    pub next: Option<String>,
}

/// The longest page.
pub const PAGE: usize = 1000;

/// A cursor's parts, joined by a full stop that none of them holds except the last.
fn parts<const N: usize>(cursor: &str) -> Result<[&str; N], Fault> {
    let split: Vec<&str> = cursor.splitn(N, '~').collect();
    split.try_into().map_err(|_why| bad_cursor())
}

pub(crate) fn bad_cursor() -> Fault {
    Fault::NotFound(
        "the page: a cursor is taken as it came from the page before, with the same filter; it".into(),
    )
}

/// How many rows a page has.
pub(crate) fn limit(asked: usize) -> usize {
    asked.clamp(1, PAGE)
}

/// A limit as a parameter, one more than asked to see whether a page follows.
pub(crate) fn one_more(asked: usize) -> crate::value::Value {
    crate::value::Value::Int(limit(asked) as i64 + 1)
}

/// Cuts the row that only shows that a page follows.
pub(crate) fn paged<T>(mut items: Vec<T>, asked: usize, cursor: impl Fn(&T) -> String) -> Page<T> {
    let more = items.len() > limit(asked);
    items.truncate(limit(asked));
    let next = if more { items.last().map(cursor) } else { None };
    Page { items, next }
}
