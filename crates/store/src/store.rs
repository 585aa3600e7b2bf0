//! The store as others see it: opened by a URL, commands in, reads out.
//!
//! Start with [`Store::open`] and [`Store::submit`]; the reads are in `read`.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use smol_str::SmolStr;
use tokio::sync::{oneshot, watch};

use crate::{
    CommitError, Fault, Receipt, RootKey, Seals, Stats, Suite, TenantId, Work,
    committer::{
        Committer,
        lanes::{Act, Errand, Job, Lanes},
    },
    db::Db,
    dialect::Dialect,
    postgres,
    recent::Recent,
    schema,
    seal::{BASE, Vault},
    sqlite::{self, Readers, SqliteWriter},
    statements as sql,
    value::Value,
    write::{Done, Step, Writer},
};

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Durability {
    /// What is answered survives a power cut.
    Full,
    /// It does not: for tests that prove the difference.
    Off,
}

/// Under this name the store keeps by which rules its derived tables were made; empty while they are being made.
pub(crate) const PROJECTION: &str = "projection";

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    pub root_key: RootKey,
    /// The root key that is being replaced: what it has wrapped is read too.
    pub old_root_key: Option<RootKey>,
    /// What new data keys are made for.
    pub suite: Suite,
    pub durability: Durability,
    /// This node's stream, from 1. Each node that writes to one PostgreSQL has its own.
    pub stream: i64,
    /// The most commands in one transaction.
    pub max_batch: usize,
    /// The most commands that may wait in each lane before callers are told that it is busy.
    pub queue: usize,
    /// Cases kept in memory by the committer.
    pub cached_cases: usize,
    /// Data keys kept in memory.
    pub cached_keys: usize,
    /// Connections for reading.
    pub readers: usize,
    /// Where a day begins for the counts, in minutes east of UTC. Kept in the store when it is made; later values are ignored.
    pub day_offset_minutes: i64,
    /// A PostgreSQL store of an older version is upgraded only when its owner says that a backup exists.
    pub backup_declared: bool,
    /// Another file system layer of SQLite, by its registered name; for tests.
    pub vfs: Option<String>,
}

impl Options {
    /// The usual settings.
    pub fn new(root_key: RootKey) -> Options {
        Options {
            root_key,
            old_root_key: None,
            suite: Suite::default(),
            durability: Durability::Full,
            stream: 1,
            max_batch: 256,
            queue: 4096,
            cached_cases: 16_384,
            cached_keys: 65_536,
            readers: thread::available_parallelism().map_or(4, NonZeroUsize::get).clamp(2, 8),
            day_offset_minutes: 480,
            backup_declared: false,
            vfs: None,
        }
    }
}

/// Where a store lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    File(PathBuf),
    Server(String),
}

pub(crate) fn place(url: &str) -> Result<Place, Fault> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path == ":memory:" {
            return Err(Fault::Broken("a store needs a file: write sqlite:FILE".into()));
        }
        return Ok(Place::File(PathBuf::from(path)));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Place::Server(url.to_owned()));
    }
    Err(Fault::Broken(format!("“{url}” names no store: write sqlite:FILE or postgres://USER@HOST/DATABASE")))
}

/// An open store. Cheap to share behind an `Arc`; closing or dropping it lets what waits be written first.
pub struct Store {
    pub(crate) db: Db,
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) offset_ms: i64,
    live: watch::Receiver<u64>,
    pub(crate) recent: Arc<Recent>,
    stats: Arc<Stats>,
    stream: i64,
    /// What is derived was derived by other rules, or deriving it was cut short.
    stale: bool,
    committer: Mutex<Option<thread::JoinHandle<()>>>,
}

fn open_sqlite(path: &Path, options: &Options) -> Result<(Db, Box<dyn Writer>), Fault> {
    let vfs = options.vfs.as_deref();
    let mut db = sqlite::connect(path, options.durability, vfs)?;
    sqlite::migrate::migrate(&mut db, path, schema::STEPS)?;
    let readers = Readers::start(path, options.readers, vfs)?;
    Ok((Db::Sqlite(readers), Box::new(SqliteWriter::new(db))))
}

/// The value under a name in `meta`, put there when it is missing.
fn settle_meta(writer: &mut dyn Writer, name: &str, value: String) -> Result<String, Fault> {
    let get: Step = (sql::META_GET.into(), vec![name.into()]);
    let found = writer.errand(std::slice::from_ref(&get))?;
    if let Some(row) = found.first().and_then(|done| done.rows.first()) {
        return Ok(row.text(0)?.to_owned());
    }
    writer.errand(&[(sql::META_SET.into(), vec![name.into(), value.clone().into()])])?;
    Ok(value)
}

impl Store {
    /// Opens `sqlite:FILE` or `postgres://…`, makes it when it is empty and upgrades it when it is older.
    pub async fn open(url: &str, options: Options) -> Result<Store, Fault> {
        let place = place(url)?;
        let vault = Arc::new(Vault::open(
            &options.root_key,
            options.old_root_key.as_ref(),
            options.suite,
            NonZeroUsize::new(options.cached_keys).unwrap_or(NonZeroUsize::MIN),
        )?);
        let (db, writer) = match &place {
            Place::File(path) => open_sqlite(path, &options)?,
            Place::Server(url) => postgres::open(url, &options).await?,
        };
        let runtime = tokio::runtime::Handle::current();
        let opening = move || Store::start(db, writer, vault, &options);
        // The writer blocks, so even its first words are spoken away from the runtime's workers.
        let opened = runtime.spawn_blocking(opening).await;
        let store = opened.map_err(|why| Fault::broken("opening the store", why))??;
        if store.stale {
            tracing::warn!("what is derived from the journal is out of date and is derived again");
            store.rebuild(&|_| {}).await?;
        }
        Ok(store)
    }

    fn start(
        db: Db,
        mut writer: Box<dyn Writer>,
        vault: Arc<Vault>,
        options: &Options,
    ) -> Result<Store, Fault> {
        let mark = settle_meta(&mut *writer, "root_key_mark", vault.mark())?;
        if !vault.fits(&mark) {
            let why =
                "the sealing key is not the one this store was made with: give the right key file or value";
            return Err(Fault::Broken(why.into()));
        }
        // The first root is among the keys since the first rotation.
        for row in writer.seal_keys(&[(BASE.0, SmolStr::new_static(BASE.1))])? {
            vault.take_base(&row)?;
        }
        let offset = settle_meta(&mut *writer, "day_offset_minutes", options.day_offset_minutes.to_string())?;
        let offset_ms =
            offset.parse::<i64>().map_err(|why| Fault::broken("reading day_offset_minutes", why))? * 60_000;
        let projection = settle_meta(&mut *writer, PROJECTION, schema::PROJECTION.to_string())?;
        let position = writer.position(options.stream)?;
        let (live, listen) = watch::channel(position.unsigned_abs());
        let lanes = Arc::new(Lanes::new(options.queue));
        let (stats, recent) = (Arc::new(Stats::default()), Arc::new(Recent::default()));
        let committer = Committer {
            writer,
            vault: Arc::clone(&vault),
            held: Committer::lru(options.cached_cases),
            stream: options.stream,
            position,
            offset_ms,
            max_batch: options.max_batch.max(1),
            live,
            recent: Arc::clone(&recent),
            stats: Arc::clone(&stats),
        };
        let serve = Arc::clone(&lanes);
        let thread = thread::Builder::new()
            .name("huying-commit".into())
            .spawn(move || committer.run(&serve))
            .map_err(|why| Fault::broken("starting the committer", why))?;
        let committer = Mutex::new(Some(thread));
        {
            let stale = projection != schema::PROJECTION.to_string();
            Ok(Store {
                db,
                lanes,
                vault,
                offset_ms,
                live: listen,
                recent,
                stats,
                stream: options.stream,
                stale,
                committer,
            })
        }
    }

    /// Hands a command to the committer and waits until it is durable or refused.
    pub async fn submit(&self, work: Work) -> Result<Receipt, CommitError> {
        let (answer, wait) = oneshot::channel();
        self.lanes.push(Job::new(work, answer))?;
        wait.await.unwrap_or_else(|_| Err(stopped().into()))
    }

    /// A write that is no command.
    pub(crate) async fn act(&self, act: Act) -> Result<Vec<Done>, Fault> {
        let (answer, wait) = oneshot::channel();
        self.lanes.push_errand(Errand { act, answer })?;
        wait.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Small writes outside the journal, together in one transaction.
    pub(crate) async fn errand(&self, steps: Vec<Step>) -> Result<Vec<Done>, Fault> {
        self.act(Act::Steps(steps)).await
    }

    /// One small write.
    pub(crate) async fn run(&self, text: &'static str, params: Vec<Value>) -> Result<Done, Fault> {
        Ok(self.errand(vec![(text.into(), params)]).await?.pop().unwrap_or_default())
    }

    /// Sealing and opening for a tenant.
    pub fn seals(&self, tenant: TenantId) -> Seals {
        Seals { tenant, vault: Arc::clone(&self.vault) }
    }

    /// Brings data keys into memory, so that [`Seals`] can use them. Unknown and destroyed keys stay unknown.
    pub async fn load_keys(&self, tenant: TenantId, names: &[SmolStr]) -> Result<(), Fault> {
        let missing: Vec<&SmolStr> =
            names.iter().filter(|name| !self.vault.holds_stored(tenant, name)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let list = serde_json::to_string(&missing).map_err(|why| Fault::broken("asking for keys", why))?;
        for row in self.db.query(sql::KEYS_OF_CASE, vec![tenant.into(), list.into()]).await? {
            self.vault.take(&sql::seal_key_row(&row)?)?;
        }
        Ok(())
    }

    /// Which database it is: `sqlite` or `postgres`.
    pub fn database(&self) -> &'static str {
        match self.db.dialect() {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgres",
        }
    }

    /// This node's stream.
    pub fn stream(&self) -> i64 {
        self.stream
    }

    /// Changes whenever events were stored by this node; the value is the stream's last position.
    pub fn live(&self) -> watch::Receiver<u64> {
        self.live.clone()
    }

    /// What the committer has done since the store was opened.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// How many commands wait: interactive, bulk.
    pub fn waiting(&self) -> (usize, usize) {
        self.lanes.waiting()
    }

    /// Takes no more commands, writes what waits, and returns when that is done.
    pub async fn close(&self) {
        self.lanes.close();
        let thread = self.committer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A panicked committer has already been reported by its waiters' errors.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.lanes.close();
    }
}

fn stopped() -> Fault {
    Fault::Broken(
        "the committer has stopped; whether the command was stored is unknown: look before trying again"
            .into(),
    )
}
