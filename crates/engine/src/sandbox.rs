//! The sandbox: a second authority for developers of other systems, with the same policy, made-up members and made-up cases.
//!
//! Owns where it lies, how it is made, and that what was half made or replaced goes. It has a store of its own, so nothing that is done in
//! it stands in the journal, the counts or the search of the authority, and all of it can go. Each making is a folder with a number that
//! counts from when its mark is written, which is the last to be written; of several the highest stands. So a crash leaves either the
//! one before or the one after, and the next start removes the rest. Refuses to touch the authority: it reads the policy in force, and
//! keeps no member of it. Start at [`Yard::open`].

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::future::BoxFuture;
use huying_model::{Instant, PolicyVersion};
use huying_pack::{Files as PackFiles, Pack, synthetic::synthetic};
use huying_store::{Fault, Installed, Options, RootKey, Store, TenantId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;
use tokio::task::JoinSet;

use crate::{
    Engine, Error, Setting,
    files::Files,
    notary::Notary,
    outbox::{Outbox, OutboxSettings, guard::Reach, template::Language},
    policy::apart,
    renew::{self, FOUNDED},
    timers::Timers,
};

/// The last file that is written.
const MARK: &str = "whole.json";
/// Its work is done by this process alone: after a restart nobody waits for the leases of the one before.
const HOLDER: &str = "sandbox";
const UPKEEP: Duration = Duration::from_secs(3600);
/// Delivered messages are kept so long.
const DELIVERED_MS: i64 = 30 * 86_400_000;
/// What may wait there, and what is kept in memory: a corner of the machine, not half of it.
const QUEUE: usize = 512;
const CACHED: usize = 2_048;

/// Whoever fills a new sandbox with cases.
pub trait Settlers: Send + Sync {
    fn settle<'a>(&'a self, engine: &'a Engine, tenant: TenantId) -> BoxFuture<'a, Result<(), Error>>;
}

/// How a deployment has its sandbox.
#[derive(Clone)]
pub struct SandboxRules {
    /// Its own; whatever stands in it and is not the sandbox in use is removed.
    pub folder: PathBuf,
    pub settlers: Arc<dyn Settlers>,
    /// Where its webhooks may go.
    pub reach: Reach,
    pub language: Language,
    /// How often its clocks are looked at.
    pub period: Duration,
}

/// What is known of a sandbox that is whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Mark {
    made_at: i64,
    policy: SmolStr,
}

/// Where sandboxes of one authority are made.
pub struct Yard {
    real: Engine,
    tenant: TenantId,
    rules: SandboxRules,
}

/// A sandbox in use, with its clocks and messages running.
pub struct Standing {
    pub engine: Engine,
    pub pack: Arc<Pack>,
    pub made_at: Instant,
    /// The version of the authority's policy that was in force then.
    pub policy: PolicyVersion,
    no: u64,
    tasks: Mutex<JoinSet<()>>,
}

fn io(act: &'static str, path: &Path) -> impl Fn(std::io::Error) -> Error + use<> {
    let path = path.display().to_string();
    move |why| Fault::Broken(format!("{act} {path}: {why}")).into()
}

impl Yard {
    pub fn new(real: Engine, tenant: TenantId, rules: SandboxRules) -> Yard {
        Yard { real, tenant, rules }
    }

    pub fn rules(&self) -> &SandboxRules {
        &self.rules
    }

    /// The sandbox that is there, or a first one. What else lies in the folder goes.
    ///
    /// # Errors
    /// As [`Yard::make`]. One that cannot be opened any more is told, and another is made.
    pub async fn open(&self) -> Result<Standing, Error> {
        let standing = match self.newest()? {
            Some((no, mark)) => match self.again(no, mark).await {
                Ok(standing) => standing,
                Err(error) => {
                    tracing::warn!(%error, no, "the sandbox cannot be opened, and another is made");
                    self.make().await?
                }
            },
            None => self.make().await?,
        };
        self.clear(&standing)?;
        Ok(standing)
    }

    /// Makes another beside the one that stands, by the policy in force now.
    ///
    /// # Errors
    /// A policy whose files are not in the store; failures of either store and of the machine. Nothing stands otherwise than before then.
    pub async fn make(&self) -> Result<Standing, Error> {
        let setting = self.real.setting(self.tenant)?;
        let policy = setting.policy.current.version.clone();
        let files = self.real.policy_files(self.tenant, &policy).await?;
        let pack = Arc::clone(&setting.pack);
        let files = apart(move || synthetic(&pack, &files)).await?;
        let no = self.numbers()?.last().map_or(1, |last| last + 1);
        let place = self.place(no);
        fs::create_dir_all(&place).map_err(io("making", &place))?;
        let engine = self.engine(&place).await?;
        let made_at = engine.now();
        self.found(&engine, &files, &policy, made_at).await?;
        self.go_by(&engine).await?;
        self.rules.settlers.settle(&engine, self.tenant).await?;
        let mark = Mark { made_at: made_at.0, policy: policy.0 };
        self.mark(&place, &mark)?;
        self.stand(no, engine, mark)
    }

    /// Removes every other.
    ///
    /// # Errors
    /// The machine's failures: what is left goes the next time.
    pub fn clear(&self, keep: &Standing) -> Result<(), Error> {
        for no in self.numbers()?.into_iter().filter(|no| *no != keep.no) {
            let place = self.place(no);
            // Without its mark a folder that is cut short while it is removed counts as half made.
            let mark = place.join(MARK);
            if mark.exists() {
                fs::remove_file(&mark).map_err(io("removing", &mark))?;
            }
            fs::remove_dir_all(&place).map_err(io("removing", &place))?;
        }
        Ok(())
    }

    fn place(&self, no: u64) -> PathBuf {
        self.rules.folder.join(no.to_string())
    }

    /// The makings that are there, whole or not, the oldest first.
    fn numbers(&self) -> Result<Vec<u64>, Error> {
        let folder = &self.rules.folder;
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let broken = io("reading", folder);
        let mut numbers = Vec::new();
        for entry in fs::read_dir(folder).map_err(&broken)? {
            let name = entry.map_err(&broken)?.file_name();
            numbers.extend(name.to_str().and_then(|name| name.parse::<u64>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The last that is whole.
    fn newest(&self) -> Result<Option<(u64, Mark)>, Error> {
        let whole = |no: u64| {
            let text = fs::read_to_string(self.place(no).join(MARK)).ok()?;
            Some((no, serde_json::from_str(&text).ok()?))
        };
        Ok(self.numbers()?.into_iter().rev().find_map(whole))
    }

    fn mark(&self, place: &Path, mark: &Mark) -> Result<(), Error> {
        let text = serde_json::to_string(mark)
            .map_err(|why| Fault::Broken(format!("writing the sandbox's mark: {why}")))?;
        let (draft, whole) = (place.join("whole.new"), place.join(MARK));
        fs::write(&draft, text).map_err(io("writing", &draft))?;
        fs::rename(&draft, &whole).map_err(io("writing", &whole))
    }

    async fn engine(&self, place: &Path) -> Result<Engine, Error> {
        let options = Options {
            queue: QUEUE,
            cached_cases: CACHED,
            cached_keys: CACHED,
            readers: 2,
            ..Options::new(RootKey::File(place.join("huying.key")))
        };
        let store = Store::open(&format!("sqlite:{}", place.join("huying.db").display()), options).await?;
        let files = Files::in_folder(&place.join("files"))?;
        Ok(Engine::of_sandbox(store, self.real.clock(), files))
    }

    async fn found(
        &self,
        engine: &Engine,
        files: &PackFiles,
        policy: &PolicyVersion,
        now: Instant,
    ) -> Result<(), Error> {
        let body = serde_json::to_string(files)
            .map_err(|why| Fault::Broken(format!("writing the pack of the sandbox: {why}")))?;
        let it = Installed {
            kind: SmolStr::new_static(FOUNDED),
            version: policy.0.clone(),
            hash: Sha256::digest(body.as_bytes()).into(),
            effective_at: now,
            installed_at: now,
            body,
        };
        engine.store().install(self.tenant, &it).await?;
        Ok(())
    }

    async fn go_by(&self, engine: &Engine) -> Result<(), Error> {
        let founded = engine.store().installed_heads(self.tenant, FOUNDED).await?.pop();
        let founded = founded.ok_or_else(|| Fault::NotFound("the pack of the sandbox".into()))?;
        let pack = engine.pack_of(self.tenant, &PolicyVersion(founded.version)).await?;
        engine.install(self.tenant, Setting::of_pack(pack, 0));
        // What developers brought into force in it since.
        engine.take_up(self.tenant).await.map(drop)
    }

    async fn again(&self, no: u64, mark: Mark) -> Result<Standing, Error> {
        let engine = self.engine(&self.place(no)).await?;
        self.go_by(&engine).await?;
        self.stand(no, engine, mark)
    }

    fn stand(&self, no: u64, engine: Engine, mark: Mark) -> Result<Standing, Error> {
        let pack = Arc::clone(&engine.setting(self.tenant)?.pack);
        let tasks = Mutex::new(self.tasks(&engine)?);
        let (made_at, policy) = (Instant(mark.made_at), PolicyVersion(mark.policy));
        Ok(Standing { engine, pack, made_at, policy, no, tasks })
    }

    /// Clocks, webhooks, the log, the policy in force and upkeep. No feeds and no partners: those are of the world outside.
    fn tasks(&self, engine: &Engine) -> Result<JoinSet<()>, Error> {
        let (rules, tenant) = (&self.rules, self.tenant);
        let mut tasks = JoinSet::new();
        let (timers, period) = (Timers::new(engine.clone(), HOLDER), rules.period);
        tasks.spawn(async move { timers.run_for_ever(period).await });
        let settings = OutboxSettings { reach: rules.reach, mail: None, language: rules.language };
        let outbox = Outbox::new(engine.clone(), HOLDER, &settings)?;
        tasks.spawn(async move { outbox.run_for_ever().await });
        let notary = Notary::new(engine.clone(), HOLDER);
        tasks.spawn(async move { notary.run_for_ever().await });
        tasks.spawn(renew::run_for_ever(engine.clone(), HOLDER.to_owned(), period));
        let engine = engine.clone();
        tasks.spawn(async move {
            loop {
                let now = engine.now();
                let keys = engine.store().purge_keys(tenant, now).await;
                let sent = engine.store().purge_deliveries(tenant, now.plus_ms(-DELIVERED_MS)).await;
                if let Err(error) = keys.and(sent) {
                    tracing::warn!(%error, "old rows of the sandbox were not dropped");
                }
                if let Err(error) = engine.sweep_uploads(tenant).await {
                    tracing::warn!(%error, "old uploads of the sandbox were not dropped");
                }
                tokio::time::sleep(UPKEEP).await;
            }
        });
        Ok(tasks)
    }
}

impl Standing {
    /// Events that it holds.
    pub fn events(&self) -> u64 {
        *self.engine.store().live().borrow()
    }

    /// Its clocks and messages stop, and what waits to be written is written.
    pub async fn end(&self) {
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.shutdown().await;
        self.engine.store().close().await;
    }
}
