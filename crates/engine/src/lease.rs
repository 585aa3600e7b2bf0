//! Work that one node does for all: whoever has the lease does it, and is replaced when it goes away. And turns at sending to one other
//! system, which whoever pauses it waits for.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use huying_model::Instant;
use huying_store::TenantId;
use smol_str::{SmolStr, format_smolstr};

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

    /// This node's name.
    pub fn holder(&self) -> &SmolStr {
        &self.holder
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

/// How long a turn is kept from its last sign of life on: longer than anything takes that is begun in it.
const TURN_MS: i64 = 180_000;
/// How often it is looked whether a turn has ended, and at most. What is still there then was left by a node that died.
const LOOK: Duration = Duration::from_millis(50);
const LOOKS: usize = 1_400;

/// One node's turn at sending to another system.
pub(crate) struct Turn {
    tenant: TenantId,
    name: SmolStr,
    holder: SmolStr,
    until: Option<Instant>,
}

impl Turn {
    pub(crate) fn new(tenant: TenantId, name: SmolStr, holder: &SmolStr) -> Turn {
        Turn { tenant, name, holder: holder.clone(), until: None }
    }

    /// Whether it is this node's. Whoever sends asks first for the turn and then whether anything may be sent at all: so whoever pauses
    /// either is seen, or sees the turn and waits.
    pub(crate) async fn holds(&mut self, engine: &Engine) -> Result<bool, Error> {
        let now = engine.now();
        if self.until.is_some_and(|until| until.minus(now) > TURN_MS / 2) {
            return Ok(true);
        }
        let until = now.plus_ms(TURN_MS);
        let taken = engine.store().take_lease(self.tenant, &self.name, &self.holder, now, until).await?;
        self.until = taken.then_some(until);
        Ok(taken)
    }

    /// Gives it back.
    pub(crate) async fn end(self, engine: &Engine) -> Result<(), Error> {
        if self.until.is_some() {
            engine.store().drop_lease(self.tenant, &self.name, &self.holder).await?;
        }
        Ok(())
    }
}

/// Waits until nobody has the turn of this name.
pub(crate) async fn turn_over(engine: &Engine, tenant: TenantId, name: &str) -> Result<(), Error> {
    let me = format_smolstr!("pause:{:016x}", rand::random::<u64>());
    for _ in 0..LOOKS {
        let now = engine.now();
        if engine.store().take_lease(tenant, name, &me, now, now.plus_ms(1)).await? {
            return Ok(engine.store().drop_lease(tenant, name, &me).await?);
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}
