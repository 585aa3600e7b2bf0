//! The notary: once a second what is new in the journal goes into the tenant's Merkle log, and a head of it is signed.
//!
//! A reader of the stream with a named cursor, like the outbox: no command waits for it, and a crash costs nothing, because the cursor
//! moves in the same transaction as the log. One node does it for all; if two do it at once, one of them fails and looks again.
//! Refuses to know what an entry means. Start at [`Notary::run_for_ever`].

use std::time::Duration;

use huying_store::TenantId;

use crate::{Engine, Error, lease::Lease};

/// The lease's name.
const NAME: &str = "notary";
const PERIOD: Duration = Duration::from_secs(1);
/// Leaves that are appended in one transaction: a share of a second's work, so that commands come in between.
const MOST: usize = 2048;
/// While the log catches up, commands have the writer to themselves for so long.
const BREATH: Duration = Duration::from_millis(50);

/// The notary of one node.
pub struct Notary {
    engine: Engine,
    lease: Lease,
}

impl Notary {
    /// `holder` names this node, different from every other.
    pub fn new(engine: Engine, holder: &str) -> Notary {
        Notary { engine, lease: Lease::new(NAME, holder) }
    }

    /// Looks once a second until the task is dropped.
    pub async fn run_for_ever(&self) {
        loop {
            let pause = match self.run().await {
                Ok(_) => PERIOD,
                Err(error) => {
                    tracing::error!(%error, "the log could not be grown and is tried again");
                    Duration::from_secs(5)
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Brings the log of every tenant up to now, under the lease. Returns how many entries were taken in; None where another node
    /// has the lease.
    ///
    /// # Errors
    /// The store's failures: what was taken in before stays.
    pub async fn run(&self) -> Result<Option<u64>, Error> {
        if !self.lease.holds(&self.engine, self.engine.now()).await? {
            return Ok(None);
        }
        let mut added = 0;
        for tenant in self.engine.tenants() {
            added += self.catch_up(tenant).await?;
        }
        Ok(Some(added))
    }

    async fn catch_up(&self, tenant: TenantId) -> Result<u64, Error> {
        let mut added = 0;
        loop {
            // Asked before the journal is read: the head says that everything up to this moment is under it.
            let now = self.engine.now();
            let growth = self.engine.store().grow_log(tenant, now, MOST).await?;
            added += growth.added;
            if !growth.behind {
                return Ok(added);
            }
            tokio::time::sleep(BREATH).await;
            // A long way to catch up must not outlast the lease.
            if !self.lease.holds(&self.engine, self.engine.now()).await? {
                return Ok(added);
            }
        }
    }
}
