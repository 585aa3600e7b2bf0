//! Life going on: while the demo is watched, a few reports a minute come in and people work on what lies there.
//!
//! It touches only cases that the city made: what a person reports waits for persons. Start at [`go_on`].

use std::{sync::Arc, time::Duration};

use huying_engine::{Engine, Error, handle::HandleIn};
use huying_model::{Case, CaseId, Command, Instant, event::Times};
use huying_store::{Fault, Filter, Order, TenantId, case_key};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{
    World, arrivals,
    mind::{self, Act, Sitting},
    pen::SealingPen,
};

/// How fast the city goes on.
#[derive(Clone, Copy, Debug)]
pub struct Tempo {
    /// From one report to the next.
    pub report: Duration,
    /// From one act to the next.
    pub act: Duration,
    pub seed: u64,
}

impl Default for Tempo {
    fn default() -> Tempo {
        Tempo { report: Duration::from_secs(20), act: Duration::from_secs(3), seed: 1 }
    }
}

/// Open cases that somebody looks through for the next act.
const LOOKED_AT: usize = 60;

/// Reports and acts in turn until the task is dropped. What the rules refuse is left; a busy store is left alone for a while.
pub async fn go_on(engine: Engine, tenant: TenantId, world: Arc<World>, tempo: Tempo) {
    let mut rng = ChaCha8Rng::seed_from_u64(tempo.seed ^ engine.now().0.unsigned_abs());
    let acts = (tempo.report.as_millis() / tempo.act.as_millis().max(1)).max(1);
    loop {
        if let Err(error) = report(&engine, tenant, &world, &mut rng).await {
            tracing::debug!(code = error.code(), "a simulated report was not taken");
        }
        for _ in 0..acts {
            tokio::time::sleep(tempo.act).await;
            match act(&engine, tenant, &world, &mut rng).await {
                Ok(()) | Err(Error::Refused(_)) => {}
                Err(Error::Fault(Fault::Busy { retry_after_ms })) => {
                    tokio::time::sleep(Duration::from_millis(retry_after_ms)).await;
                }
                Err(error) => tracing::debug!(code = error.code(), "a simulated act was not taken"),
            }
        }
    }
}

async fn report(engine: &Engine, tenant: TenantId, world: &World, rng: &mut ChaCha8Rng) -> Result<(), Error> {
    let now = engine.now();
    let id = arrivals::id(now, rng);
    let Some(topic) = world.topic(rng) else { return Ok(()) };
    let mut pen = SealingPen::new(engine.store().seals(tenant));
    let Some((actor, report)) = world.report(id, &topic, now, &mut pen, rng) else { return Ok(()) };
    let command = Command::Report { report: Box::new(report) };
    let input = HandleIn::new(tenant, actor, id, command, Times::at(now));
    engine.handle(HandleIn { seal_keys: pen.take_keys()?, ..input }).await.map(|_| ())
}

async fn act(engine: &Engine, tenant: TenantId, world: &World, rng: &mut ChaCha8Rng) -> Result<(), Error> {
    let Some(case) = somewhere(engine, tenant, rng).await? else { return Ok(()) };
    let now = engine.now();
    engine.store().load_keys(tenant, &[case_key(case.id)]).await?;
    let mut pen = SealingPen::new(engine.store().seals(tenant)).knowing([case.id]);
    let Some(act) = sit(world, &case, now, &mut pen, rng) else { return Ok(()) };
    let input = HandleIn::new(tenant, act.actor, case.id, act.command, Times::at(now));
    let keys = pen.take_keys()?;
    engine.handle(HandleIn { seal_keys: keys, if_match: Some(case.version), ..input }).await.map(|_| ())
}

fn sit(world: &World, case: &Case, now: Instant, pen: &mut SealingPen, rng: &mut ChaCha8Rng) -> Option<Act> {
    mind::next(&mut Sitting { world, case, now, tries: 0, twin: None, pen, rng })
}

/// One of the city's open cases: among the oldest as often as among the newest, so that queues move at both ends.
async fn somewhere(engine: &Engine, tenant: TenantId, rng: &mut ChaCha8Rng) -> Result<Option<Case>, Error> {
    let order = if rng.random_range(0..2) == 0 { Order::OldestFirst } else { Order::NewestFirst };
    let filter = Filter { open_only: true, suspended: Some(false), ..Filter::default() };
    let page = engine.store().list(tenant, &filter, order, None, LOOKED_AT).await?;
    let own: Vec<CaseId> =
        page.items.iter().map(|line| line.case).filter(|case| arrivals::is_simulated(*case)).collect();
    if own.is_empty() {
        return Ok(None);
    }
    let chosen = own[rng.random_range(0..own.len())];
    Ok(engine.store().case(tenant, chosen).await?.map(|view| view.case))
}
