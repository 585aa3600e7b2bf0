//! `huying pack what-if`: past cases asked of a draft, and what it would change.

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow};
use huying_engine::what_if::over_journal;
use huying_pack::{
    Pack,
    whatif::{Comparison, Report, file, html, text},
};
use huying_store::{Store, TenantId};

use super::explain::Language;
use crate::{
    Global,
    config::{self, Config},
    end::{End, Usage},
    home::{self, Home},
    packs::PackFiles,
    progress,
};

const EXAMPLES: &str = "Examples:
  huying pack what-if packs/mine --against sqlite:my.db --html what-if.html
  huying pack what-if packs/mine --against postgres://huying@localhost/huying --json
  huying pack what-if packs/mine --against cases.csv --baseline packs/old --lang en

A table has the columns matter, source, at and a place (lon and lat, or area); condition, urgency and number may be
added. What 'huying export events' and 'huying export cases' write can be read too. Exit code 0 whatever changes.";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The draft: a folder with a pack.toml, or a pack that this binary carries
    #[arg(value_name = "DIR|NAME")]
    pack: String,
    /// Past cases: a store (sqlite:FILE, postgres://…), a CSV file, or an exported journal
    #[arg(long, value_name = "JOURNAL|FILE")]
    against: String,
    /// What the draft is compared with; the packs that the store has worked by otherwise
    #[arg(long, value_name = "DIR|NAME")]
    baseline: Option<String>,
    /// The whole comparison as JSON, in both languages
    #[arg(long)]
    json: bool,
    /// Also write a page with plots, which needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// The language of text and page
    #[arg(long, value_enum, default_value = "zh")]
    lang: Language,
}

pub async fn run(global: &Global, args: Args) -> Result<End> {
    let draft = PackFiles::named(&args.pack)?.read()?;
    let named = args.baseline.as_deref().map(|name| PackFiles::named(name)?.read()).transpose()?;
    let is_store = args.against.starts_with("sqlite:") || args.against.starts_with("postgres");
    let report = if is_store {
        let flags = config::Flags { database: Some(args.against.clone()), ..global.flags() };
        of_store(config::read(&flags)?.0, named, &draft).await?
    } else {
        let base = named.ok_or_else(|| {
            anyhow!(Usage(
                "a file does not say which rules were in force: name them by --baseline DIR".into()
            ))
        })?;
        of_file(Path::new(&args.against), &base, &draft)?
    };
    let lang = args.lang.of();
    if let Some(page) = &args.html {
        let written = html::write(&report, lang);
        std::fs::write(page, written).with_context(|| format!("writing {}", page.display()))?;
    }
    print(&report, args.json, args.lang)?;
    Ok(End::Well)
}

/// The comparison as text in one language, or whole.
pub fn print(report: &Report, json: bool, lang: Language) -> Result<()> {
    match json {
        true => println!("{}", serde_json::to_string_pretty(report)?),
        false => print!("{}", text::write(report, lang.of())),
    }
    Ok(())
}

/// The whole journal of a store, beside the packs that its cases ran by where no other is named.
async fn of_store(config: Config, named: Option<Pack>, draft: &Pack) -> Result<Report> {
    let tenant = TenantId(config.tenant.id);
    match named {
        Some(base) => {
            home::expect_store(&config)?;
            let store = home::open_store(&config).await?;
            let report = of_journal(&store, tenant, &[&base], draft).await;
            store.close().await;
            report
        }
        None => {
            let home = Home::open(config).await?;
            let bases = home.engine.ran_by(tenant).await?;
            let bases: Vec<&Pack> = bases.iter().map(AsRef::as_ref).collect();
            let report = of_journal(home.engine.store(), tenant, &bases, draft).await;
            home.engine.store().close().await;
            report
        }
    }
}

async fn of_journal(store: &Store, tenant: TenantId, bases: &[&Pack], draft: &Pack) -> Result<Report> {
    let streams = store.streams().await?;
    let bar = progress::bar("events", streams.iter().map(|(_, end)| end.unsigned_abs()).sum());
    let report = over_journal(store, tenant, (bases, draft), None, |read| bar.inc(read)).await?;
    bar.finish_and_clear();
    Ok(report)
}

fn of_file(path: &Path, base: &Pack, draft: &Pack) -> Result<Report> {
    let opened = File::open(path);
    let from = opened.map_err(|why| anyhow!(Usage(format!("{} cannot be read: {why}", path.display()))))?;
    let mut comparison = Comparison::new(&[base], draft).context("there is no pack to compare with")?;
    let bar = progress::bar("cases", 0);
    let give = |item| {
        bar.inc(1);
        match item {
            file::Item::Case(past) => comparison.take(&past),
            file::Item::Bad(what) => comparison.unusable(what),
        }
    };
    let read = file::read(BufReader::new(from), base, give);
    bar.finish_and_clear();
    read.map_err(|why| anyhow!(Usage(format!("{}: {why}", path.display()))))?;
    Ok(comparison.report())
}
