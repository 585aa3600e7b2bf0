//! `huying key`: replacing the sealing key of a store while it is served.

use anyhow::{Context, Result};

use crate::{Global, end::End, home, progress};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Wrap every data key with the new sealing key; the settings name both (store.key… and store.old_key…)
    ///
    /// Give every node both keys and restart it, rotate, then take the old key out of the settings. It may be cut short and done again.
    Rotate,
}

pub async fn run(global: &Global, command: Command) -> Result<End> {
    let Command::Rotate = command;
    let config = global.settings()?;
    home::expect_store(&config)?;
    let store = home::open_store(&config).await?;
    let bar = progress::bar("keys", 0);
    let done = store.rotate_root(&|keys| bar.set_position(keys)).await;
    bar.finish_and_clear();
    store.close().await;
    let rotated = done.context("the sealing key was not replaced")?;
    println!("{} data keys are wrapped by the new sealing key, and none by the old one.", rotated.keys);
    println!(
        "Take the old key out of the settings of every node; keep it with the backups that were made under it."
    );
    Ok(End::Well)
}
