//! Work that one node does for all: whoever has the lease does it, and is replaced when it goes away.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use huying_model::Instant;
use huying_store::TenantId;
use smol_str::SmolStr;

use crate::{Engine, Error};

/// How long a node keeps the work after it was last seen.
const KEPT: Duration = Duration::from_secs(30);
/// Such work is of the whole store, over all tenants.
pub const STORE: TenantId = TenantId(0);

/// One node's claim to one kind of work.
pub struct Lease {
    name: &'static str,
    holder: SmolStr,
    until: Mutex<Option<Instant>>,
}

impl Lease {
    /// `holder` names this node, different from every other.
    pub fn new(name: &'static str, holder: &str) -> Lease {
        Lease { name, holder: SmolStr::new(holder), until: Mutex::new(None) }
    }

    /// Whether this node does the work at `now`. The lease is renewed when half of it has passed, so asking often is cheap.
    pub async fn holds(&self, engine: &Engine, now: Instant) -> Result<bool, Error> {
        let kept = i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
        let held = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back makes a lease look longer than it is: it is asked for anew then.
        if held.is_some_and(|until| (kept / 2..=kept).contains(&until.minus(now))) {
            return Ok(true);
        }
        let until = now.plus_ms(kept);
        let taken = engine.store().take_lease(STORE, self.name, &self.holder, now, until).await?;
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = taken.then_some(until);
        Ok(taken)
    }
}
