//! `huying receipt`: what somebody keeps who wants to check the platform later: a case's receipt, or the newest signed head.

use anyhow::{Result, bail};
use huying_store::TenantId;

use crate::{
    Global,
    end::{End, Usage},
    home,
};

#[derive(clap::Args)]
pub struct Args {
    /// The case's number; the newest signed head of the log where none is named
    #[arg(value_name = "NUMBER")]
    number: Option<String>,
}

pub async fn run(global: &Global, args: Args) -> Result<End> {
    let config = global.settings()?;
    home::expect_store(&config)?;
    let store = home::open_store(&config).await?;
    let tenant = TenantId(config.tenant.id);
    let text = match &args.number {
        None => store.log_checkpoint(tenant).await,
        Some(number) => match store.case_by_number(tenant, number).await {
            Ok(Some(view)) => store.log_receipt(tenant, view.case.id).await.map(|receipt| {
                receipt.map(|receipt| serde_json::to_string_pretty(&receipt).unwrap_or_default() + "\n")
            }),
            Ok(None) => bail!(Usage(format!("there is no case {number}: check the number"))),
            Err(fault) => Err(fault),
        },
    };
    store.close().await;
    match text? {
        Some(text) => print!("{text}"),
        None => bail!("it is not in the log yet: the log grows once a second while the platform is served"),
    }
    Ok(End::Well)
}
