//! What a tenant goes by, renewed: when a version of the policy, a change of the organisation or a decision on admission begins
//! to hold, and when a unit or area begins or ends.
//!
//! A reconciler like the clocks': it asks the logs what holds at this moment, and where that is not what the process goes by it
//! installs it and brings every open case in line. Nothing lives only in memory, so a restart or another node comes to the
//! same. Refuses to decide anything. Start at [`Engine::renew`], and at [`Renewal`] for what a node does by itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError},
    time::Duration,
};

use huying_model::{Instant, Policy, PolicyVersion, Rules, book::Book, calendar::Calendar};
use huying_pack::{Files, Pack};
use huying_store::{Fault, TenantId};
use smol_str::SmolStr;

use crate::{
    Engine, Error, Setting, admission, change,
    coming::{Logs, instants},
    lease::Lease,
    log::Log,
    organisation::Swept,
    policy,
};

/// Packs are kept in the store under these kinds: those that a store began with, and drafts.
pub(crate) const FOUNDED: &str = "pack";
pub(crate) const DRAFT: &str = "draft";

/// By name, as [`Rules`] has them.
type Calendars = BTreeMap<SmolStr, Arc<Calendar>>;

/// What holds at a moment, told apart from what held before.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AsOf {
    /// The policy in force.
    pub version: PolicyVersion,
    /// Versions that cases may be pinned to.
    versions: Vec<PolicyVersion>,
    /// Entries of the admission desk.
    desk: usize,
    /// Changes of the organisation that hold.
    changes: usize,
    /// Beginnings and ends of rows, units and areas that have passed.
    passed: usize,
}

impl AsOf {
    /// What tells one moment of a version from another, as numbers that only grow.
    pub(crate) fn counts(&self) -> [usize; 3] {
        [self.desk, self.changes, self.passed]
    }
}

/// A version with the changes that it has met by an instant.
struct Made {
    at: Instant,
    base: Arc<Pack>,
    pack: Pack,
    as_of: AsOf,
}

impl Engine {
    /// Brings what a tenant goes by, and every open case, in line with its logs and with this moment. None where nothing has
    /// changed; else what the sweep over the open cases did.
    ///
    /// # Errors
    /// The store's failures, and a version that cannot be read: what held before holds on.
    pub async fn renew(&self, tenant: TenantId) -> Result<Option<Swept>, Error> {
        match self.take_up(tenant).await? {
            true => self.rehome_all(tenant).await.map(Some),
            false => Ok(None),
        }
    }

    /// The same without the open cases. True where something has changed. Where what holds now cannot be made, what could be made last is
    /// gone by, so that a start after it comes to the same as a process that ran on.
    ///
    /// # Errors
    /// As [`Engine::renew`].
    pub async fn take_up(&self, tenant: TenantId) -> Result<bool, Error> {
        let _turn = self.renewing().await;
        let now = self.now();
        let setting = self.setting(tenant)?;
        let book = self.policy_book(tenant).await?;
        let desk = admission::folded(&self.entries(tenant, Log::Admission).await?);
        let decided = desk.applications.iter().map(|known| 1 + usize::from(known.decided_at.is_some())).sum();
        let changes = self.changes(tenant).await?;
        let made = self.holding(tenant, (&book, &changes), decided, now).await?;
        let Some(Made { at, base, pack, mut as_of }) = made else { return Ok(false) };
        let others = self.others(tenant, &setting, &book, at, &base).await?;
        let policy = pack.policy.clone().knowing(others).admitting(&desk.rows());
        as_of.passed = passed(&policy, now);
        tracing::info!(version = %as_of.version, changes = as_of.changes, "the authority goes by another policy or organisation");
        self.install(tenant, Setting::renewed(&setting, base, pack, policy, as_of));
        self.taken_up().lock().unwrap_or_else(PoisonError::into_inner).insert(tenant);
        Ok(true)
    }

    /// What holds now, or where that cannot be made, what could be made last; None where it is gone by already. `desk` counts the entries of
    /// the admission desk.
    async fn holding(
        &self,
        tenant: TenantId,
        (book, changes): Logs<'_>,
        desk: usize,
        now: Instant,
    ) -> Result<Option<Made>, Error> {
        let (setting, mut tried) = (self.setting(tenant)?, BTreeSet::new());
        for at in backwards((book, changes), now) {
            let version = book.in_force(at).cloned().unwrap_or_else(|| setting.base.version.clone());
            let held = change::held(changes, book.laid_down(&version), at);
            let as_of = AsOf {
                version,
                versions: book.ever_in_force(at).into_iter().cloned().collect(),
                desk,
                changes: held.len(),
                passed: passed(&setting.policy, now),
            };
            if setting.as_of.as_ref() == Some(&as_of) {
                return Ok(None);
            }
            if !tried.insert((as_of.version.clone(), as_of.changes)) {
                continue;
            }
            let base = self.base(tenant, &setting, &as_of.version).await?;
            match change::reorganised_apart(Arc::clone(&base), held).await {
                Ok(pack) => return Ok(Some(Made { at, base, pack, as_of })),
                Err(error @ Error::Invalid(_)) => tracing::error!(
                    tenant = tenant.0, version = %as_of.version, %error,
                    "what was decided cannot be made: what could be made last holds on until another version begins"
                ),
                Err(error) => return Err(error),
            }
        }
        Err(Fault::Broken("nothing that was ever decided can be made: restore a backup".into()).into())
    }

    /// The pack of a version as it was written: the one that is there, or read from the store.
    pub(crate) async fn base(
        &self,
        tenant: TenantId,
        setting: &Setting,
        version: &PolicyVersion,
    ) -> Result<Arc<Pack>, Error> {
        if &setting.base.version == version {
            return Ok(Arc::clone(&setting.base));
        }
        Ok(Arc::new(self.pack_of(tenant, version).await?))
    }

    /// A pack from the store.
    pub(crate) async fn pack_of(&self, tenant: TenantId, version: &PolicyVersion) -> Result<Pack, Error> {
        let files = self.policy_files(tenant, version).await?;
        policy::apart(move || huying_pack::load_from(&files)).await?.map_err(|problems| {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            Fault::Broken(format!("the stored pack {version} cannot be read any more: {first}")).into()
        })
    }

    /// The files of a version.
    pub async fn policy_files(&self, tenant: TenantId, version: &PolicyVersion) -> Result<Files, Error> {
        for kind in [FOUNDED, DRAFT] {
            if let Some(row) = self.store().installed_one(tenant, kind, version.as_str()).await? {
                return serde_json::from_str(&row.body)
                    .map_err(|why| Fault::Broken(format!("the stored pack {version}: {why}")).into());
            }
        }
        Err(Fault::NotFound(format!("the version {version}")).into())
    }

    /// The rules of every other version that a case may be pinned to, on the calendars of today. One that cannot be read any more
    /// is told, and left out where it is not in memory: its cases go by the version in force.
    async fn others(
        &self,
        tenant: TenantId,
        setting: &Setting,
        book: &Book,
        now: Instant,
        base: &Pack,
    ) -> Result<Vec<Rules>, Error> {
        let (today, mut others) = (&base.policy.current.calendars, Vec::new());
        for version in book.ever_in_force(now).into_iter().filter(|version| **version != base.version) {
            let known = setting.policy.versions.get(version);
            // Where today has a calendar no more, the one in memory may be a later version's: its own stands in its pack.
            if let Some(known) =
                known.filter(|rules| rules.calendars.keys().all(|name| today.contains_key(name)))
            {
                others.push(on_days_of(today, known));
                continue;
            }
            match self.pack_of(tenant, version).await {
                Ok(pack) => others.push(on_days_of(today, &pack.policy.current)),
                Err(error) => {
                    tracing::error!(%version, %error, "a version that cases are pinned to cannot be read");
                    others.extend(known.map(|known| on_days_of(today, known)));
                }
            }
        }
        Ok(others)
    }
}

/// A version with the calendars of today: which days are worked is no rule that a case is pinned to, but like who there is. One
/// that today's version does not have stays as it was.
fn on_days_of(today: &Calendars, rules: &Rules) -> Rules {
    let mut rules = rules.clone();
    for (name, calendar) in &mut rules.calendars {
        if let Some(known) = today.get(name) {
            *calendar = Arc::clone(known);
        }
    }
    rules
}

/// This moment, and the last one before each instant at which something began to hold, latest first.
fn backwards(logs: Logs<'_>, now: Instant) -> impl Iterator<Item = Instant> {
    let begun = instants(logs).into_iter().rev().filter(move |at| *at <= now);
    std::iter::once(now).chain(begun.map(|at| at.plus_ms(-1)))
}

/// How many beginnings and ends lie behind.
fn passed(policy: &Policy, now: Instant) -> usize {
    let units = policy.org.units.values().flat_map(|unit| [unit.from, unit.until]);
    let areas = policy.org.areas.values().flat_map(|area| [area.from, area.until]);
    let moments = units.chain(areas).flatten().chain(policy.current.admissions.moments());
    moments.filter(|at| *at <= now).count()
}

/// After so many rounds the open cases are swept once more. Every other node takes a change up within one period, and until then
/// it may still give cases to a unit that is gone; so may a command that was begun before. Two whole periods have passed then.
const ONCE_MORE: u8 = 3;

/// What one node does by itself, round by round: it takes up what holds, and under the lease it sweeps the open cases.
pub struct Renewal {
    engine: Engine,
    lease: Lease,
    to_sweep: BTreeSet<TenantId>,
    /// Tenants that are swept once more, and in how many rounds.
    once_more: BTreeMap<TenantId, u8>,
}

impl Renewal {
    /// `holder` names this node, different from every other.
    pub fn new(engine: Engine, holder: &str) -> Renewal {
        // What changed while nobody looked is found by the first sweep.
        let to_sweep: BTreeSet<TenantId> = engine.tenants().into_iter().collect();
        let once_more = to_sweep.iter().map(|tenant| (*tenant, ONCE_MORE)).collect();
        Renewal { engine, lease: Lease::new("renewal", holder), to_sweep, once_more }
    }

    /// Every node takes up what holds; one of them sweeps the open cases, and another does when that one is gone. What fails is
    /// logged and tried again in the next round.
    pub async fn round(&mut self) {
        for tenant in self.engine.tenants() {
            match self.engine.take_up(tenant).await {
                Ok(true) => drop(self.to_sweep.insert(tenant)),
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(tenant = tenant.0, %error, "the policy in force could not be renewed")
                }
            }
        }
        self.count_down();
        if self.to_sweep.is_empty()
            || !self.lease.holds(&self.engine, self.engine.now()).await.unwrap_or(false)
        {
            return;
        }
        for tenant in std::mem::take(&mut self.to_sweep) {
            match self.engine.rehome_all(tenant).await {
                Ok(swept) if swept.given > 0 || swept.left > 0 => {
                    tracing::info!(?swept, "open cases were brought in line");
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(tenant = tenant.0, %error, "open cases could not be brought in line");
                    self.to_sweep.insert(tenant);
                }
            }
        }
    }

    /// Whoever took something up since the last round, here or by [`Engine::renew`], is swept once more later.
    fn count_down(&mut self) {
        let to_sweep = &mut self.to_sweep;
        self.once_more.retain(|tenant, rounds| {
            *rounds = rounds.saturating_sub(1);
            if *rounds == 0 {
                to_sweep.insert(*tenant);
            }
            *rounds > 0
        });
        let taken_up =
            std::mem::take(&mut *self.engine.taken_up().lock().unwrap_or_else(PoisonError::into_inner));
        self.once_more.extend(taken_up.into_iter().map(|tenant| (tenant, ONCE_MORE)));
    }
}

/// Looks again and again until the task is dropped. `holder` names this node.
pub async fn run_for_ever(engine: Engine, holder: String, period: Duration) {
    let mut renewal = Renewal::new(engine, &holder);
    loop {
        renewal.round().await;
        tokio::time::sleep(period).await;
    }
}
