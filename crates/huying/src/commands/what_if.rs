//! `huying pack what-if`: past cases asked of a draft, and what it would change.

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};
use huying_pack::{
    Pack,
    whatif::{Comparison, file, html, past::Gatherer, text},
};
use huying_store::{Store, TenantId};

use super::explain::Language;
use crate::{
    Global, config,
    end::{End, Usage},
    home,
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

/// Events read at once.
const PAGE: usize = 1000;

pub async fn run(global: &Global, args: Args) -> Result<End> {
    let draft = PackFiles::named(&args.pack)?.read()?;
    let named = args.baseline.as_deref().map(|name| PackFiles::named(name)?.read()).transpose()?;
    let of_store = args.against.starts_with("sqlite:") || args.against.starts_with("postgres");
    let report = if of_store {
        let flags = config::Flags { database: Some(args.against.clone()), ..global.flags() };
        let (config, _) = config::read(&flags)?;
        home::expect_store(&config)?;
        let store = home::open_store(&config).await?;
        let report = of_journal(&store, TenantId(config.tenant.id), named, &draft).await;
        store.close().await;
        report?
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
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", text::write(&report, lang));
    }
    Ok(End::Well)
}

fn compare<'p>(bases: &[&'p Pack], draft: &'p Pack) -> Result<Comparison<'p>> {
    Comparison::new(bases, draft).context("there is no pack to compare with")
}

/// Page by page through the journal; only cases between report and dispatch are held.
async fn of_journal(
    store: &Store,
    tenant: TenantId,
    named: Option<Pack>,
    draft: &Pack,
) -> Result<huying_pack::whatif::Report> {
    let bases = match named {
        Some(pack) => vec![pack],
        None => {
            let files = PackFiles::ever_installed(store, tenant).await?;
            files.iter().map(PackFiles::read).collect::<Result<Vec<_>>>()?
        }
    };
    if bases.is_empty() {
        bail!("no pack was ever installed in this store: name one by --baseline");
    }
    let bases: Vec<&Pack> = bases.iter().collect();
    let mut comparison = compare(&bases, draft)?;
    let mut gatherer = Gatherer::default();
    let streams = store.streams().await?;
    let bar = progress::bar("events", streams.iter().map(|(_, end)| end.unsigned_abs()).sum());
    for (stream, end) in streams {
        let mut at = 0;
        while at < end {
            let entries = store.events_after(stream, at, PAGE).await?;
            let Some(last) = entries.last() else { break };
            at = last.position;
            bar.inc(entries.len() as u64);
            for entry in entries.iter().filter(|entry| entry.tenant == tenant) {
                gatherer.take(entry.case, &entry.event).iter().for_each(|past| comparison.take(past));
            }
        }
    }
    gatherer.rest().for_each(|past| comparison.take(&past));
    bar.finish_and_clear();
    Ok(comparison.report())
}

fn of_file(path: &Path, base: &Pack, draft: &Pack) -> Result<huying_pack::whatif::Report> {
    let opened = File::open(path);
    let from = opened.map_err(|why| anyhow!(Usage(format!("{} cannot be read: {why}", path.display()))))?;
    let mut comparison = compare(&[base], draft)?;
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
