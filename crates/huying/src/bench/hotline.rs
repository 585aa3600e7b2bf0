//! `huying bench hotline-export`: a made-up export of a hotline's work orders, for trying an import or a mapping.

use std::path::PathBuf;

use anyhow::{Context, bail};
use huying_engine::Setting;
use huying_model::Instant;
use huying_sim::hotline;

use crate::{end::End, packs::PackFiles};

#[derive(clap::Args)]
pub struct Args {
    /// How many work orders
    #[arg(long, default_value_t = 1000)]
    rows: usize,
    /// The same seed gives the same rows
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A folder with a pack.toml, or a pack that this binary carries
    #[arg(long, value_name = "DIR|NAME", default_value = "starter")]
    pack: String,
    /// The moment of the last one (RFC 3339)
    #[arg(long, default_value = "2026-05-12T01:00:00Z")]
    until: String,
    /// In GB18030 instead of UTF-8
    #[arg(long)]
    gb18030: bool,
    /// Written here instead of to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// More than a city's hotline takes in a year.
const MOST: usize = 5_000_000;

pub fn run(args: &Args) -> anyhow::Result<End> {
    if args.rows > MOST {
        bail!("--rows {}: up to {MOST} are made", args.rows);
    }
    let pack = PackFiles::named(&args.pack)?.read()?;
    let until: Instant = args.until.parse().context("--until")?;
    let zone = Setting::of_pack(pack.clone(), 0).zone;
    let text = hotline::csv(&hotline::orders(&pack, &zone, until, args.rows, args.seed));
    let bytes = if args.gb18030 {
        let (bytes, _, lost) = encoding_rs::GB18030.encode(&text);
        if lost {
            bail!("a sign of the export has no code in GB18030");
        }
        bytes.into_owned()
    } else {
        text.into_bytes()
    };
    match &args.out {
        Some(file) => std::fs::write(file, bytes).with_context(|| format!("writing {}", file.display()))?,
        None => std::io::Write::write_all(&mut std::io::stdout(), &bytes).context("writing")?,
    }
    Ok(End::Well)
}
