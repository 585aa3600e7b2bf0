//! `huying init`: a store that works by a pack.

use huying_store::TenantId;

use crate::{Global, end::End, home};

#[derive(clap::Args)]
pub struct Args {
    /// A folder with a pack.toml, or a pack that this binary carries
    #[arg(long, value_name = "DIR|NAME")]
    pack: String,
}

pub async fn run(global: &Global, args: Args) -> anyhow::Result<End> {
    let config = global.settings()?;
    let (store, pack) = home::init(&config, &args.pack).await?;
    let key = store.make_log_key(TenantId(config.tenant.id)).await?;
    store.close().await;
    let database = crate::config::without_password(&config.store.database);
    println!("{database} works by {} ({}).", pack.version, pack.name.zh);
    if config.store.key.is_empty() {
        println!(
            "The sealing key is in {}: keep a copy apart from the backups.",
            config.key_file().display()
        );
    }
    println!("Receipts are signed with the key {key}: publish it, so that others can check them.");
    Ok(End::Well)
}
