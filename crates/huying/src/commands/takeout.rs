//! `huying export tenant` and `huying import tenant`: everything of an authority out of a node, and into an empty one.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use huying_store::backup::{Manifest, tenant};

use super::keeping::keys_of;
use crate::{
    Global,
    config::Config,
    end::{End, Usage},
    home::Home,
    progress,
};

#[derive(clap::Args)]
pub struct TakeInArgs {
    /// The folder that 'huying export tenant' made
    from: PathBuf,
    /// The folder with its data keys; the first one's name with -keys otherwise
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
}

/// Writes everything of the tenant.
pub async fn out(home: &Home, to: &Path, keys: Option<PathBuf>) -> Result<End> {
    let keys = keys_of(to, keys);
    if let Some(taken) = [to, keys.as_path()].into_iter().find(|folder| folder.exists()) {
        bail!(Usage(format!("{} is there already: name a new folder", taken.display())));
    }
    let bar = progress::bar("rows", 0);
    let taken = home.engine.take_out(home.tenant, to, &keys, &|rows| bar.set_position(rows)).await;
    bar.finish_and_clear();
    let taken = taken.context("the export failed")?;
    println!(
        "{} rows and {} files of tenant {} in {}, what is secret in {}.",
        taken.rows,
        taken.files,
        home.tenant.0,
        to.display(),
        keys.display()
    );
    println!("The sealing key itself is not in them: keep {} too.", home.config.key_file().display());
    Ok(told(&taken.lost))
}

/// Makes a node of an export.
pub async fn take_in(global: &Global, args: TakeInArgs) -> Result<End> {
    let config = global.settings()?;
    let manifest = tenant::manifest(&args.from)?;
    if manifest.tenant != Some(config.tenant.id) {
        let whose = manifest.tenant.unwrap_or_default();
        bail!(Usage(format!("the export is of tenant {whose}: set tenant.id = {whose} in the settings")));
    }
    if config.sqlite_file().is_some_and(Path::exists) {
        bail!(Usage("the store exists: take the export into a new one, named by --database".into()));
    }
    if let Some(folder) =
        config.sqlite_file().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder)?;
    }
    let made = Made::of(&config);
    let end = filled(config, args, &manifest).await;
    if end.is_err() {
        // What stands half there would be in the way of the next try.
        made.clear();
    }
    end
}

/// What an import makes beside the database: a failed one leaves none of it.
struct Made(Vec<PathBuf>);

impl Made {
    fn of(config: &Config) -> Made {
        let mut paths = vec![config.key_file(), config.files_folder()];
        if let Some(file) = config.sqlite_file() {
            for ending in ["", "-wal", "-shm"] {
                let mut path = file.as_os_str().to_owned();
                path.push(ending);
                paths.push(path.into());
            }
        }
        paths.retain(|path| !path.exists());
        Made(paths)
    }

    fn clear(&self) {
        for path in &self.0 {
            let gone = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
            match gone {
                Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
                    tracing::error!(%why, path = %path.display(), "what a failed import left cannot be removed");
                }
                _ => {}
            }
        }
    }
}

async fn filled(config: Config, args: TakeInArgs, manifest: &Manifest) -> Result<End> {
    let keys = keys_of(&args.from, args.keys);
    let rows = manifest.files.values().map(|piece| piece.rows).sum();
    let bar = progress::bar("rows", rows);
    let taken =
        tenant::import(&config.store.database, config.store_options(), (&args.from, &keys), &|rows| {
            bar.set_position(rows)
        })
        .await;
    bar.finish_and_clear();
    let (store, restored) = taken.context("the import failed")?;
    store.close().await;
    let home = Home::open(config).await?;
    let brought = brought(&home, &args.from, manifest).await;
    home.engine.store().close().await;
    let (files, lost) = brought?;
    println!(
        "{} rows and {files} files taken in; {} events in {} cases, every chain and every derived row compared.",
        restored.rows, restored.audit.events, restored.audit.cases
    );
    Ok(told(&lost))
}

async fn brought(home: &Home, from: &Path, manifest: &Manifest) -> Result<(u64, Vec<String>)> {
    let files = home.engine.take_in_files(from, manifest).await.context("the import failed")?;
    home.engine.begin_telling_here(manifest).await?;
    Ok((files, home.engine.lost_files(home.tenant).await?))
}

/// Says which copies of files are lost.
fn told(lost: &[String]) -> End {
    if lost.is_empty() {
        return End::Well;
    }
    println!("{} copies of files were lost before the export: restore them from a backup.", lost.len());
    lost.iter().for_each(|name| println!("  {name}"));
    End::Found
}
