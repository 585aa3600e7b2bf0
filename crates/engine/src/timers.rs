//! Clocks that are due: found oldest first, each stepped by a command of System, again until none is left.
//!
//! A reconciler: nothing lives in memory, so a crash costs nothing but the time until the next look. A lease keeps several nodes
//! from doing the same work; if two look at once nevertheless, the second `Tick` finds nothing due and is refused.
//! Refuses to decide what a step does; that is the model's. Start at [`Timers::run`].

use std::{collections::BTreeSet, time::Duration};

use futures::{StreamExt, stream};
use huying_model::{Actor, CaseId, Command, Instant, Refusal, event::Times};
use huying_store::{Fault, Filter, Lane, Order, TenantId};
use tokio::sync::Notify;

use crate::{Engine, Error, handle::HandleIn, lease::Lease};

/// Steps that are on their way at one moment: enough to share one commit, few enough to leave people their turn.
const IN_FLIGHT: usize = 64;
/// Due cases that are read at once.
const READ: usize = 512;
/// The store gives no longer page than this: behind so many stuck cases, due ones are found another way.
const PAGE: usize = 1000;

/// What one look did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stepped {
    /// Steps that were taken.
    pub taken: usize,
    /// Cases whose step was refused or failed; they are tried again at the next look.
    pub left: usize,
}

/// The reconciler of one node.
pub struct Timers {
    engine: Engine,
    lease: Lease,
    nudge: Notify,
}

impl Timers {
    /// `holder` names this node, different from every other.
    pub fn new(engine: Engine, holder: &str) -> Timers {
        Timers { engine, lease: Lease::new("timers", holder), nudge: Notify::new() }
    }

    /// Looks now instead of at the next period.
    pub fn nudge(&self) {
        self.nudge.notify_one();
    }

    /// Looks again and again until the task is dropped.
    pub async fn run_for_ever(&self, period: Duration) {
        loop {
            match self.run().await {
                Ok(Some(stepped)) if stepped.left > 0 => {
                    tracing::warn!(
                        taken = stepped.taken,
                        left = stepped.left,
                        "some clocks could not be stepped"
                    );
                }
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "looking for due clocks failed"),
            }
            tokio::select! {
                () = tokio::time::sleep(period) => {}
                () = self.nudge.notified() => {}
            }
        }
    }

    /// One look under the lease; None where another node has it.
    pub async fn run(&self) -> Result<Option<Stepped>, Error> {
        let now = self.engine.now();
        if !self.lease.holds(&self.engine, now).await? {
            return Ok(None);
        }
        self.step_all(now).await.map(Some)
    }

    /// Steps every clock that is due at `now`, whoever has the lease.
    pub async fn step_all(&self, now: Instant) -> Result<Stepped, Error> {
        let (mut done, mut broken) = (Stepped::default(), false);
        // A case whose step fails comes up again at once; it waits for the next look instead of turning in a circle.
        let mut stuck: BTreeSet<(TenantId, CaseId)> = BTreeSet::new();
        loop {
            let due = self.engine.store().steps_due(now, READ + stuck.len()).await?;
            let fresh: Vec<_> =
                due.into_iter().map(|due| (due.tenant, due.case)).filter(|at| !stuck.contains(at)).collect();
            if fresh.is_empty() {
                if stuck.len() >= PAGE {
                    self.step_behind(now, &mut stuck, &mut done).await?;
                }
                done.left = stuck.len();
                return Ok(done);
            }
            let ticks = stream::iter(fresh).map(|at| async move { (at, self.tick(at, now).await) });
            let mut ticks = ticks.buffer_unordered(IN_FLIGHT);
            while let Some((at, stepped)) = ticks.next().await {
                if !matches!(stepped, Ok(true)) {
                    stuck.insert(at);
                }
                match stepped {
                    Ok(true) => done.taken += 1,
                    Ok(false) => {}
                    // One case that cannot be read or written must not keep all others from their clocks.
                    Err(error) if broken => tracing::debug!(%error, "a clock could not be stepped either"),
                    Err(error) => {
                        broken = true;
                        tracing::error!(case = %at.1, %error, "the store failed at a clock; the others go on");
                    }
                }
            }
        }
    }

    /// Stuck cases fill the page of the oldest: the open cases of each tenant are walked instead, so that nobody waits behind them.
    /// What is due in an ended case (a follow-up) still waits.
    async fn step_behind(
        &self,
        now: Instant,
        stuck: &mut BTreeSet<(TenantId, CaseId)>,
        done: &mut Stepped,
    ) -> Result<(), Error> {
        let open = Filter { open_only: true, ..Filter::default() };
        for tenant in self.engine.tenants() {
            let mut cursor: Option<String> = None;
            loop {
                let store = self.engine.store();
                let page = store.list(tenant, &open, Order::OldestFirst, cursor.as_deref(), READ).await?;
                let ids: Vec<CaseId> = page.items.iter().map(|line| line.case).collect();
                for view in store.cases(tenant, &ids).await? {
                    let at = (tenant, view.case.id);
                    let due = view.case.next_step().is_some_and(|(step, _)| step <= now);
                    if due && !stuck.contains(&at) {
                        match self.tick(at, now).await {
                            Ok(true) => done.taken += 1,
                            _ => {
                                stuck.insert(at);
                            }
                        }
                    }
                }
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn tick(&self, (tenant, case): (TenantId, CaseId), now: Instant) -> Result<bool, Error> {
        let input = HandleIn {
            lane: Lane::Interactive,
            ..HandleIn::new(tenant, Actor::System, case, Command::Tick, Times::at(now))
        };
        match self.engine.handle(input).await {
            Ok(_) => Ok(true),
            // Somebody else was faster.
            Err(Error::Refused(Refusal::NothingDue)) => Ok(false),
            Err(Error::Fault(Fault::Busy { retry_after_ms })) => {
                tokio::time::sleep(Duration::from_millis(retry_after_ms)).await;
                Ok(false)
            }
            Err(Error::Refused(refusal)) => {
                tracing::error!(%case, code = refusal.code(), "a due clock was refused its step");
                Ok(false)
            }
            Err(error @ Error::Fault(Fault::Broken(_))) => Err(error),
            Err(error) => {
                tracing::error!(%case, %error, "a due clock could not be stepped");
                Ok(false)
            }
        }
    }
}
