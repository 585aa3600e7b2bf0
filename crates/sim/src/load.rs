//! From the city into a store: slices of history through the committer, in the bulk lane.

use std::sync::Arc;

use huying_model::{CaseId, Event, Refusal};
use huying_store::{CommitError, Decider, Fault, Known, Lane, NewKey, Store, TenantId, Verdict, Work};

use crate::{City, Figures, Plan, World, city::Slice, pen::SealingPen};

/// Cases whose events are written by one command of the committer.
const CASES: usize = 48;
/// Slices that may wait for the store while the city goes on.
const AHEAD: usize = 4;

/// Events that were decided already, on cases that nobody else changes.
struct Told {
    events: Vec<(CaseId, Vec<Event>)>,
    asked: bool,
}

impl Decider for Told {
    fn case(&self) -> CaseId {
        self.events.first().map(|(case, _)| *case).unwrap_or_default()
    }
    fn decide(&mut self, _: &dyn Known) -> Result<Verdict, Refusal> {
        // Asked in turns, so that a second try on a fresh desk loads the cases again.
        self.asked = !self.asked;
        let rest: Vec<CaseId> = self.events.iter().skip(1).map(|(case, _)| *case).collect();
        if self.asked && !rest.is_empty() {
            return Ok(Verdict::Need(rest));
        }
        Ok(Verdict::Events(self.events.clone()))
    }
}

/// Lets the planned time pass and stores it. `progress` hears how many cases are in the store.
///
/// # Errors
/// When the store fails; what was stored until then stays.
pub async fn load(
    store: &Store,
    tenant: TenantId,
    world: Arc<World>,
    plan: Plan,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Figures, Fault> {
    let (send, mut slices) = tokio::sync::mpsc::channel::<(Slice, Vec<NewKey>, usize)>(AHEAD);
    let mut pen = SealingPen::new(store.seals(tenant));
    let city = tokio::task::spawn_blocking(move || {
        let mut city = City::new(&world, plan);
        let mut stored = 0;
        let done = city.run(&mut pen, |slice, pen| {
            stored += slice.iter().filter(|(_, events)| events.iter().any(is_birth)).count();
            // A receiver that has gone had its reason, told below.
            send.blocking_send((slice, pen.take_keys()?, stored)).or(Err(Fault::Busy { retry_after_ms: 0 }))
        });
        done.map(|()| city.figures)
    });
    let mut failed = None;
    while let Some((slice, keys, stored)) = slices.recv().await {
        if let Err(fault) = put(store, tenant, slice, keys).await {
            failed = Some(fault);
            break;
        }
        progress(stored);
    }
    drop(slices);
    let figures = city.await.map_err(|why| Fault::broken("simulating the city", why))?;
    match failed {
        Some(fault) => Err(fault),
        None => figures,
    }
}

fn is_birth(event: &Event) -> bool {
    matches!(event.body, huying_model::event::Body::Reported { .. } | huying_model::event::Body::Began { .. })
}

async fn put(store: &Store, tenant: TenantId, slice: Slice, keys: Vec<NewKey>) -> Result<(), Fault> {
    let mut keys = Some(keys);
    let works = slice.chunks(CASES).map(|events| {
        let decider = Told { events: events.to_vec(), asked: false };
        let seal_keys = keys.take().unwrap_or_default();
        Work { lane: Lane::Bulk, seal_keys, ..Work::new(tenant, Box::new(decider)) }
    });
    let waiting: Vec<_> = works.map(|work| store.submit(work)).collect();
    // All of a slice wait together, so they share commits.
    for done in futures::future::join_all(waiting).await {
        done.map_err(|error| match error {
            CommitError::Fault(fault) => fault,
            CommitError::Refused(refusal) => Fault::broken("storing a simulated case", refusal),
        })?;
    }
    Ok(())
}
