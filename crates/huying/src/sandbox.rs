//! The sandbox for developers of other systems, from the settings, with a simulated city for its cases.
//!
//! Owns who settles it: the people of [`huying_sim`], for some days until now. How it is made and served is the engine's and the server's.
//! Start at [`rules`].

use std::{pin::Pin, sync::Arc, time::Duration};

use huying_engine::{
    Engine, Error,
    sandbox::{SandboxRules, Settlers},
};
use huying_server::sandbox::Sandbox;
use huying_sim::{Ground, Habits, Plan, World};
use huying_store::TenantId;

use crate::config::Config;

/// Days of history: some cases are closed by then, and some are late.
const DAYS: i64 = 21;
const DAY_MS: i64 = 86_400_000;
/// The same cases in the same places whenever it is made by the same policy.
const SEED: u64 = 7;

/// People of a simulated city.
struct City {
    cases: usize,
}

impl Settlers for City {
    fn settle<'a>(
        &'a self,
        engine: &'a Engine,
        tenant: TenantId,
    ) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
        Box::pin(async move {
            if self.cases == 0 {
                return Ok(());
            }
            let setting = engine.setting(tenant)?;
            let ground = Ground::of_pack(&setting.pack);
            let world = Arc::new(World::new(&setting, ground, Habits::default()));
            let until = engine.now();
            let from = until.plus_ms(-DAYS * DAY_MS);
            let plan = Plan { seed: SEED, from, until, cases: self.cases, watch: false };
            let figures = huying_sim::load(engine.store(), tenant, world, plan, &|_| {}).await?;
            tracing::info!(cases = figures.cases, events = figures.events, "the sandbox was settled");
            Ok(())
        })
    }
}

/// Where it lies and how it is settled; None where it is switched off.
pub fn rules(config: &Config) -> Option<SandboxRules> {
    config.sandbox.enabled.then(|| SandboxRules {
        folder: config.sandbox_folder(),
        settlers: Arc::new(City { cases: config.sandbox.cases as usize }),
        reach: config.messages.webhooks,
        language: config.messages.language,
        period: Duration::from_secs(config.timers.period_seconds.max(1)),
    })
}

/// Opens it beside the authority, which does not wait for it.
pub async fn open(sandbox: Arc<Sandbox>) {
    match sandbox.open().await {
        Ok(()) => tracing::info!("the sandbox is open"),
        Err(error) => tracing::error!(%error, "there is no sandbox"),
    }
}
