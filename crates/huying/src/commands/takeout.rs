//! `huying export tenant` and `huying import tenant`: everything of an authority out of a node, and into an empty one.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use huying_store::backup::tenant;

use super::keeping::keys_of;
use crate::{
    Global,
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
    Ok(End::Well)
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
    let files = home.engine.take_in_files(&args.from.join(huying_engine::takeout::FILES)).await;
    let told = home.engine.begin_telling_here().await;
    home.engine.store().close().await;
    told?;
    println!(
        "{} rows and {} files taken in; {} events in {} cases, every chain and every derived row compared.",
        restored.rows, files?, restored.audit.events, restored.audit.cases
    );
    Ok(End::Well)
}
