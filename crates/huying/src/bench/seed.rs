//! Stored cases to measure on: made once through the same decisions as real ones, kept, and copied for every run.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant as Stopwatch,
};

use anyhow::{Context, Result};
use huying_engine::{Clock, Setting};
use huying_pack::Pack;
use huying_sim::{Ground, Habits, Plan, World};
use huying_store::{Options, RootKey, Store, TenantId};

use crate::{clock::MachineClock, packs::PackFiles, progress};

/// The sealing key of stores that hold nothing real.
pub const KEY: &str = "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0";
pub const TENANT: TenantId = TenantId(1);
/// Reports a day, the same for every size, so that stores of different sizes have about as many open cases.
const A_DAY: i64 = 1_400;
const DAY_MS: i64 = 86_400_000;

pub fn options() -> Options {
    // More keys in memory than a seeded month needs.
    Options { cached_keys: 131_072, ..Options::new(RootKey::Hex(KEY.into())) }
}

/// A store filled with so many cases, unless it has them already.
pub async fn fill(store: &Store, files: &PackFiles, pack: &Pack, cases: usize) -> Result<()> {
    let there = usize::try_from(store.count_cases(TENANT).await?).unwrap_or_default();
    if there >= cases {
        return Ok(());
    }
    files.install(store, TENANT, pack.version.as_str(), MachineClock.now()).await?;
    let ground = Ground::of_pack(pack);
    let world = Arc::new(World::new(&Setting::of_pack(pack.clone(), 0), ground, Habits::straight()));
    let until = MachineClock.now();
    let span = (cases as i64 * DAY_MS / A_DAY).max(DAY_MS);
    // The seed is the size: a store that was left half full is filled on with other cases.
    let plan = Plan {
        seed: (cases + there) as u64,
        from: until.plus_ms(-span),
        until,
        cases: cases - there,
        watch: false,
    };
    let bar = progress::bar("seeding", cases as u64);
    let began = Stopwatch::now();
    let figures =
        huying_sim::load(store, TENANT, world, plan, &|cases| bar.set_position(cases as u64)).await?;
    bar.finish_and_clear();
    tracing::info!(
        cases = figures.cases,
        events = figures.events,
        seconds = began.elapsed().as_secs(),
        "seeded"
    );
    Ok(())
}

/// The kept SQLite file with so many cases, made and checked where it is missing.
pub async fn sqlite(keep: &Path, files: &PackFiles, pack: &Pack, cases: usize) -> Result<PathBuf> {
    std::fs::create_dir_all(keep).with_context(|| format!("making {}", keep.display()))?;
    let file = keep.join(format!("{}-{cases}.db", pack.version));
    let made = file.with_extension("made");
    if made.is_file() {
        return Ok(file);
    }
    for ending in ["db", "db-wal", "db-shm"] {
        let _ = std::fs::remove_file(file.with_extension(ending));
    }
    // One reader: where several close at the same moment, each still sees another, and none moves the log into the file.
    let options = Options { readers: 1, ..options() };
    let store = Store::open(&format!("sqlite:{}", file.display()), options).await?;
    fill(&store, files, pack, cases).await?;
    store.close().await;
    drop(store);
    settled(&file.with_extension("db-wal")).await?;
    std::fs::write(&made, "seeded\n")?;
    Ok(file)
}

/// Waits until the last connection has moved everything from the log into the file, which a copy needs.
async fn settled(log: &Path) -> Result<()> {
    for _ in 0..600 {
        if !log.exists() {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    anyhow::bail!("{} is still in use: end whatever has the seeded store open", log.display())
}

/// Stores of this size and larger are written to themselves: a run adds a percent, and a copy would push the file
/// out of the system's memory.
const IN_PLACE: usize = 200_000;

/// What a run may write to: a copy of a kept file, or a large file itself.
pub fn writable(file: &Path, cases: usize) -> Result<PathBuf> {
    if cases >= IN_PLACE {
        return Ok(file.to_path_buf());
    }
    let work = file.with_extension("work.db");
    for ending in ["work.db", "work.db-wal", "work.db-shm"] {
        let _ = std::fs::remove_file(file.with_extension(ending));
    }
    std::fs::copy(file, &work).with_context(|| format!("copying {}", file.display()))?;
    Ok(work)
}
