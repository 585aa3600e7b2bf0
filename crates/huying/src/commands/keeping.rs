//! `huying backup`, `restore` and `rebuild`: keeping what was written, and proving it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use huying_engine::Clock;
use huying_store::backup;

use crate::{
    Global,
    clock::MachineClock,
    end::{End, Usage},
    home, progress,
};

#[derive(clap::Args)]
pub struct BackupArgs {
    /// A new folder for the journal and everything else that cannot be derived again
    to: PathBuf,
    /// A new folder for the data keys, to be kept apart; the first one's name with -keys otherwise
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
}

#[derive(clap::Args)]
pub struct RestoreArgs {
    /// The folder that 'huying backup' made
    from: PathBuf,
    /// The folder with its data keys; the first one's name with -keys otherwise
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
}

#[derive(clap::Args)]
pub struct RebuildArgs {
    /// Only compare: exit with 1 when a derived row is not what the journal says
    #[arg(long)]
    check: bool,
}

/// Sealed photos and documents, inside a backup.
const FILES: &str = "files";

pub(super) fn keys_of(folder: &Path, keys: Option<PathBuf>) -> PathBuf {
    keys.unwrap_or_else(|| {
        let mut name = folder.file_name().unwrap_or_default().to_os_string();
        name.push("-keys");
        folder.with_file_name(name)
    })
}

pub async fn backup(global: &Global, args: BackupArgs) -> Result<End> {
    let config = global.settings()?;
    home::expect_store(&config)?;
    let keys = keys_of(&args.to, args.keys);
    if let Some(taken) = [&args.to, &keys].into_iter().find(|folder| folder.exists()) {
        bail!(Usage(format!("{} is there already: name a new folder", taken.display())));
    }
    let store = home::open_store(&config).await?;
    let made = store.backup(&args.to, &keys, MachineClock.now().0).await;
    store.close().await;
    let manifest = made.context("the backup failed")?;
    let photos = copy(&config.files_folder(), &args.to.join(FILES))?;
    let rows: u64 = manifest.files.values().map(|piece| piece.rows).sum();
    println!("{rows} rows and {photos} files in {}, the data keys in {}.", args.to.display(), keys.display());
    println!("The sealing key itself is not in them: keep {} too.", config.key_file().display());
    Ok(End::Well)
}

pub async fn restore(global: &Global, args: RestoreArgs) -> Result<End> {
    let config = global.settings()?;
    if config.sqlite_file().is_some_and(Path::exists) {
        bail!(Usage("the store exists: restore into a new one, named by --database".into()));
    }
    if let Some(folder) =
        config.sqlite_file().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder)?;
    }
    let keys = keys_of(&args.from, args.keys);
    let (store, restored) =
        backup::restore(&config.store.database, config.store_options(), &args.from, &keys)
            .await
            .context("the restore failed")?;
    store.close().await;
    let photos = copy(&args.from.join(FILES), &config.files_folder())?;
    println!(
        "{} rows and {photos} files restored; {} events in {} cases, every chain and every derived row compared.",
        restored.rows, restored.audit.events, restored.audit.cases
    );
    let clean = restored.check.clean() && restored.audit.clean();
    print_differences(&restored.check);
    restored.audit.breaches.iter().for_each(|breach| println!("{breach}"));
    Ok(if clean { End::Well } else { End::Found })
}

pub async fn rebuild(global: &Global, args: RebuildArgs) -> Result<End> {
    let config = global.settings()?;
    home::expect_store(&config)?;
    let store = home::open_store(&config).await?;
    let bar = progress::bar("events", 0);
    let done = if args.check {
        let report = store.check(&|events| bar.set_position(events)).await;
        bar.finish_and_clear();
        report.map(|report| {
            print_differences(&report);
            println!(
                "{} events: {} cases, {} queue lines, {} parts, {} public rows, {} search documents, {} counts, {} components compared, {} different",
                report.events,
                report.cases,
                report.todos,
                report.parts,
                report.public,
                report.documents,
                report.counts,
                report.components,
                report.different
            );
            if report.clean() { End::Well } else { End::Found }
        })
    } else {
        let made = store.rebuild(&|events| bar.set_position(events)).await;
        bar.finish_and_clear();
        made.map(|made| {
            println!("{} cases derived from {} events", made.cases, made.events);
            End::Well
        })
    };
    store.close().await;
    Ok(done?)
}

fn print_differences(report: &huying_store::CheckReport) {
    for it in &report.differences {
        println!("{} {}: {}", it.table, it.row, it.what);
    }
}

/// Copies a folder of files with everything below it; a folder that is not there has none.
fn copy(from: &Path, to: &Path) -> Result<u64> {
    if !from.is_dir() {
        return Ok(0);
    }
    std::fs::create_dir_all(to).with_context(|| format!("making {}", to.display()))?;
    let mut count = 0;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            count += copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)
                .with_context(|| format!("copying {}", entry.path().display()))?;
            count += 1;
        }
    }
    Ok(count)
}
