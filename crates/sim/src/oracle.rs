//! The oracle: holds every stored case and every entry of its journal against the promises.

use huying_model::{Case, Instant, Policy, apply, promise};
use huying_store::{Fault, Filter, Order, Store, TenantId};

/// What the oracle saw.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Seen {
    pub cases: usize,
    pub events: usize,
    /// Broken promises, the first hundred, in words.
    pub breaches: Vec<String>,
}

/// Cases that are read at once.
const PAGE: usize = 500;
/// Entries of one journal that are read at once.
const ENTRIES: usize = 1000;

/// Replays every journal of a tenant: each step keeps promises 4 and 5, each case at its end 1 to 3, and the replayed
/// case is the stored one (6). `now` is a moment at which all due steps have been taken.
///
/// # Errors
/// When the store cannot be read.
pub async fn examine(store: &Store, tenant: TenantId, policy: &Policy, now: Instant) -> Result<Seen, Fault> {
    let mut seen = Seen::default();
    let mut cursor: Option<String> = None;
    loop {
        let page =
            store.list(tenant, &Filter::default(), Order::OldestFirst, cursor.as_deref(), PAGE).await?;
        let ids: Vec<_> = page.items.iter().map(|line| line.case).collect();
        for stored in store.cases(tenant, &ids).await? {
            examine_one(store, tenant, policy, &stored.case, now, &mut seen).await?;
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(seen);
        }
    }
}

async fn examine_one(
    store: &Store,
    tenant: TenantId,
    policy: &Policy,
    stored: &Case,
    now: Instant,
    seen: &mut Seen,
) -> Result<(), Fault> {
    let mut case = Case::blank(stored.id);
    let mut found = Vec::new();
    loop {
        let entries = store.journal(tenant, stored.id, case.version, ENTRIES).await?;
        for entry in &entries {
            found.extend(promise::of_step(policy, &case, &entry.event));
            apply(&mut case, &entry.event);
        }
        seen.events += entries.len();
        if entries.len() < ENTRIES {
            break;
        }
    }
    seen.cases += 1;
    found.extend(promise::of_case(policy, &case, now));
    seen.breaches.extend(found.iter().map(|breach| format!("{}: {breach}", stored.number)));
    if &case != stored {
        seen.breaches
            .push(format!("{}: promise 6 is broken: the replayed case is not the stored one", stored.number));
    }
    seen.breaches.truncate(100);
    Ok(())
}
