//! The last audit that this process made: who asked for it, when, and what it found.
//!
//! Owns that one runs at a time and beside the requests. Refuses to keep anything: what an audit says counts only as far as whoever ran
//! it is trusted, so it stands in memory, and others verify by themselves (docs/proof.md). Start at [`Audits::begin`].

use std::sync::{Mutex, PoisonError};

use huying_engine::Engine;
use huying_model::{Instant, MemberId};
use huying_proof::Checkpoint;
use huying_store::{Breach, Fault, TenantId};

use crate::state::AppState;

/// Breaches that are told; all are counted.
pub(crate) const TOLD: usize = 100;

/// An audit, running or done.
#[derive(Clone, Debug)]
pub(crate) struct Audit {
    pub by: MemberId,
    pub begun: Instant,
    pub outcome: Option<Outcome>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub ended: Instant,
    /// Why it could not be made to its end.
    pub found: Result<Found, String>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub events: u64,
    pub cases: u64,
    /// Entries of the log, signed heads that were compared, and entries that wait for the log; None before there is one.
    pub log: Option<(u64, u64, i64)>,
    pub breaches: usize,
    /// The first of them, in words.
    pub told: Vec<String>,
}

/// The last audit.
#[derive(Default)]
pub(crate) struct Audits(Mutex<Option<Audit>>);

impl Audits {
    pub fn last(&self) -> Option<Audit> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes the turn; false where an audit is running.
    fn take(&self, by: &MemberId, now: Instant) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().is_some_and(|audit| audit.outcome.is_none()) {
            return false;
        }
        *last = Some(Audit { by: by.clone(), begun: now, outcome: None });
        true
    }

    fn end(&self, outcome: Outcome) {
        if let Some(audit) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            audit.outcome = Some(outcome);
        }
    }

    /// Begins an audit of the whole journal and log beside the requests, unless one is running. `kept` is a head that somebody kept, its
    /// signature checked.
    pub fn begin(state: &AppState, by: &MemberId, kept: Option<Checkpoint>) {
        if !state.audits.take(by, state.now()) {
            return;
        }
        let (state, runtime) = (state.clone(), tokio::runtime::Handle::current());
        tokio::task::spawn_blocking(move || {
            let found = runtime.block_on(async {
                let mut closing = state.closing.subscribe();
                tokio::select! {
                    found = audited(&state.engine, state.tenant(), kept) => found.map_err(|why| why.to_string()),
                    // A server that ends does not wait for it.
                    _ = closing.wait_for(|ends| *ends) => Err("the server ended".to_owned()),
                }
            });
            if let Err(why) = &found {
                tracing::error!(%why, "an audit could not be made");
            }
            state.audits.end(Outcome { ended: state.now(), found });
        });
    }
}

async fn audited(engine: &Engine, tenant: TenantId, kept: Option<Checkpoint>) -> Result<Found, Fault> {
    let store = engine.store();
    let report = store.audit(&|_events: u64| {}).await?;
    let of_others = |breach: &Breach| match breach {
        Breach::Changed { tenant: of, .. } | Breach::Unchained { tenant: of, .. } => *of != tenant,
        Breach::Gap { .. } => false,
    };
    let mut told: Vec<String> =
        report.breaches.iter().filter(|breach| !of_others(breach)).map(ToString::to_string).collect();
    let mut found = Found { events: report.events, cases: report.cases, ..Found::default() };
    if let Some(key) = store.log_key(tenant).await? {
        let kept: Vec<Checkpoint> = kept.into_iter().collect();
        let log = store.audit_log(tenant, &key, &kept).await?;
        told.extend(log.breaches.iter().map(ToString::to_string));
        found.log = Some((log.leaves, log.heads, log.waiting));
    }
    found.breaches = told.len();
    told.truncate(TOLD);
    found.told = told;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_audit_runs_at_a_time_and_the_last_is_kept() {
        let (audits, by, other) = (Audits::default(), MemberId::new("one"), MemberId::new("other"));
        assert!(audits.last().is_none());
        assert!(audits.take(&by, Instant(1)) && !audits.take(&other, Instant(2)));
        audits.end(Outcome { ended: Instant(3), found: Ok(Found::default()) });
        let last = audits.last().unwrap();
        assert_eq!((last.by, last.outcome.map(|outcome| outcome.ended)), (by, Some(Instant(3))));
        assert!(audits.take(&other, Instant(4)));
    }
}
