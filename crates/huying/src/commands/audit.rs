//! `huying audit`: the chains of the journal, the Merkle log against it and against heads that others kept, or one receipt.
//!
//! A receipt is checked without a store where `--key` names the authority's public key; the key inside the receipt is never
//! believed. Start at [`run`].

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use huying_model::Instant;
use huying_proof::{Checkpoint, PublicKey, Receipt};
use huying_store::{Store, TenantId};

use crate::{
    Global,
    end::{End, Usage},
    home, progress,
};

#[derive(clap::Args)]
pub struct Args {
    /// Only check this receipt: that its entry stands in the log under the signed head it carries
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
    /// A file with the public key that signed, as the authority has published it; the store's own otherwise
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// A signed head or a receipt that was kept since: the store's log has to go on from it. May be given several times
    #[arg(long, value_name = "FILE", conflicts_with = "receipt")]
    head: Vec<PathBuf>,
}

fn read(file: &Path) -> Result<String> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(text),
        Err(why) => bail!(Usage(format!("{} cannot be read: {why}", file.display()))),
    }
}

/// The key that `--key` names.
fn named_key(args: &Args) -> Result<Option<PublicKey>> {
    let Some(file) = &args.key else { return Ok(None) };
    match PublicKey::parse(&read(file)?) {
        Ok(key) => Ok(Some(key)),
        Err(why) => bail!(Usage(format!("{}: {why}", file.display()))),
    }
}

pub async fn run(global: &Global, args: Args) -> Result<End> {
    let named = named_key(&args)?;
    if let (Some(receipt), Some(key)) = (&args.receipt, &named) {
        return check_receipt(receipt, key);
    }
    let config = global.settings()?;
    home::expect_store(&config)?;
    let store = home::open_store(&config).await?;
    let tenant = TenantId(config.tenant.id);
    let done = match &args.receipt {
        Some(receipt) => match store.log_key(tenant).await? {
            Some(key) => check_receipt(receipt, &key),
            None => {
                Err(anyhow::anyhow!("this store has no log yet: name the key that signed with --key FILE"))
            }
        },
        None => check_store(&store, tenant, named, &args.head).await,
    };
    store.close().await;
    done
}

fn check_receipt(file: &Path, key: &PublicKey) -> Result<End> {
    let receipt = Receipt::parse(&read(file)?);
    match receipt.and_then(|receipt| receipt.check(key)) {
        Ok(proved) => {
            println!(
                "The receipt holds: the report of case {}, received {} and recorded {}, is entry {} of {} under the head signed {} by {}.",
                proved.number,
                Instant(proved.received_at),
                Instant(proved.recorded_at),
                proved.leaf + 1,
                proved.head.size,
                Instant(proved.head.at),
                key.name()
            );
            Ok(End::Well)
        }
        Err(why) => {
            println!("{}: the receipt does not hold: {why}", file.display());
            Ok(End::Found)
        }
    }
}

/// The heads that were kept, each checked against the key, and how many were refused.
fn kept(files: &[PathBuf], key: &PublicKey) -> Result<(Vec<Checkpoint>, usize)> {
    let (mut heads, mut refused) = (Vec::new(), 0);
    for file in files {
        let text = read(file)?;
        let note = match text.trim_start().starts_with('{') {
            true => Receipt::parse(&text).map(|receipt| receipt.checkpoint),
            false => Ok(text),
        };
        match note.and_then(|note| Checkpoint::open(&note, key)) {
            Ok(head) => heads.push(head),
            Err(why) => {
                refused += 1;
                println!("{}: {why}", file.display());
            }
        }
    }
    Ok((heads, refused))
}

async fn check_store(
    store: &Store,
    tenant: TenantId,
    named: Option<PublicKey>,
    heads: &[PathBuf],
) -> Result<End> {
    let bar = progress::bar("events", 0);
    let report = store.audit(&|events| bar.set_position(events)).await;
    bar.finish_and_clear();
    let report = report?;
    report.breaches.iter().for_each(|breach| println!("{breach}"));
    let mut breaches = report.breaches.len();
    println!("{} events of {} cases audited, {breaches} breaches", report.events, report.cases);
    if report.earlier > 0 {
        println!(
            "{} of them say that they were received before they were recorded: only an import of old cases does that",
            report.earlier
        );
    }
    let own = store.log_key(tenant).await?;
    let Some(key) = named.or(own) else {
        if heads.is_empty() {
            println!("There is no log yet: it begins when the platform is served.");
            return Ok(if breaches == 0 { End::Well } else { End::Found });
        }
        bail!(Usage("this store has no log, so no head can be compared with it".into()));
    };
    let (kept, refused) = kept(heads, &key)?;
    let log = store.audit_log(tenant, &key, &kept).await.context("the log cannot be read")?;
    log.breaches.iter().for_each(|breach| println!("{breach}"));
    let found = log.breaches.len() + refused;
    breaches += found;
    println!(
        "{} entries of the log under {} signed heads and {} kept ones compared, {} not in it yet, {found} breaches; key {key}",
        log.leaves,
        log.heads,
        kept.len(),
        log.waiting
    );
    Ok(if breaches == 0 { End::Well } else { End::Found })
}
