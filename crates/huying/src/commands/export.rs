//! `huying export`: the journal as JSON lines; cases, areas, units, members, matters, components as tables; or everything of the authority.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use huying_engine::casebook;
use huying_pack::{
    listing::Kind,
    sheet::{Encoding, Format, Writer},
};
use huying_store::{Filter, Order};

use super::takeout;
use crate::{
    Global,
    end::{End, Usage},
    home::Home,
    progress,
};

#[derive(clap::Args)]
pub struct Args {
    /// What is written
    #[arg(value_enum, default_value = "events")]
    what: What,
    /// The new folder, for 'tenant'
    dir: Option<PathBuf>,
    /// The file; standard output where none is named
    #[arg(long, value_name = "FILE", conflicts_with = "dir")]
    to: Option<PathBuf>,
    /// Of a table: 'xlsx' is an Excel workbook; by the name of the file otherwise
    #[arg(long, value_enum)]
    format: Option<TableFormat>,
    /// Of a CSV
    #[arg(long, value_enum, default_value = "utf8")]
    encoding: TextEncoding,
    /// For 'tenant': a new folder for what is secret; the first one's name with -keys otherwise
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// The journal: one JSON object a line, in the order of the streams; words stay sealed
    Events,
    /// The cases: one row each, with titles in the clear
    Cases,
    /// Areas of today
    Areas,
    /// Units of today
    Units,
    /// Members and their seats
    Members,
    /// The matters of the policy in force
    Matters,
    /// Their filing conditions
    Conditions,
    /// Components of the city
    Components,
    /// The shapes of areas, WGS-84: GeoJSON, or a shapefile where --to ends in .zip
    Outlines,
    /// Everything of the authority, into a new folder
    Tenant,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum TableFormat {
    Csv,
    Xlsx,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum TextEncoding {
    /// UTF-8 with a byte order mark
    Utf8,
    Gb18030,
}

/// Read at once.
const PAGE: usize = 1000;

type Out = BufWriter<Box<dyn Write + Send>>;

pub async fn run(global: &Global, args: Args) -> anyhow::Result<End> {
    if (args.what == What::Tenant) != args.dir.is_some() {
        bail!(Usage("a folder is named for 'huying export tenant DIR' and for nothing else".into()));
    }
    let home = Home::open(global.settings()?).await?;
    let done = match &args.dir {
        Some(dir) => takeout::out(&home, dir, args.keys.clone()).await,
        None => written(&home, &args).await.map(|()| End::Well),
    };
    home.engine.store().close().await;
    match done {
        // Whoever reads our output may have heard enough.
        Err(error)
            if error
                .downcast_ref::<std::io::Error>()
                .is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe) =>
        {
            Ok(End::Well)
        }
        done => done,
    }
}

async fn written(home: &Home, args: &Args) -> anyhow::Result<()> {
    let out: Box<dyn Write + Send> = match &args.to {
        Some(file) => Box::new(File::create(file).with_context(|| format!("writing {}", file.display()))?),
        None => Box::new(std::io::stdout()),
    };
    let out = BufWriter::new(out);
    let kind = match args.what {
        What::Events => return events(home, out).await,
        What::Cases => return cases(home, args, out).await,
        What::Components => return components(home, args, out).await,
        What::Outlines => return outlines(home, args, out).await,
        What::Areas => Kind::Areas,
        What::Units => Kind::Units,
        What::Members => Kind::Members,
        What::Matters => Kind::Matters,
        What::Conditions => Kind::Conditions,
        What::Tenant => return Ok(()),
    };
    table(home, args, kind, out).await
}

impl Args {
    fn writer(&self, headings: &[&str]) -> anyhow::Result<Writer> {
        let is_sheet = |file: &Path| file.extension().is_some_and(|end| end.eq_ignore_ascii_case("xlsx"));
        let format = match self.format {
            Some(TableFormat::Xlsx) => Format::Xlsx,
            Some(TableFormat::Csv) => Format::Csv,
            None if self.to.as_deref().is_some_and(is_sheet) => Format::Xlsx,
            None => Format::Csv,
        };
        let encoding = match self.encoding {
            TextEncoding::Utf8 => Encoding::Utf8,
            TextEncoding::Gb18030 => Encoding::Gb18030,
        };
        Ok(Writer::new(format, encoding, headings)?)
    }
}

async fn events(home: &Home, mut out: Out) -> anyhow::Result<()> {
    home.engine.store().export_events(&mut out).await?;
    Ok(out.flush()?)
}

async fn outlines(home: &Home, args: &Args, mut out: Out) -> anyhow::Result<()> {
    let is_zip = |file: &Path| file.extension().is_some_and(|end| end.eq_ignore_ascii_case("zip"));
    match args.to.as_deref().is_some_and(is_zip) {
        true => out.write_all(&home.engine.outlines_as_shapefile(home.tenant).await?)?,
        false => out.write_all(home.engine.outlines_as_geojson(home.tenant)?.0.as_bytes())?,
    }
    Ok(out.flush()?)
}

async fn table(home: &Home, args: &Args, kind: Kind, mut out: Out) -> anyhow::Result<()> {
    let listing = home.engine.listing(home.tenant, kind).await?;
    let mut table = args.writer(kind.columns())?;
    for row in &listing.rows {
        table.row(row)?;
    }
    table.finish()?.copy_to(&mut out)?;
    Ok(out.flush()?)
}

async fn components(home: &Home, args: &Args, mut out: Out) -> anyhow::Result<()> {
    let mut table = args.writer(Kind::Components.columns())?;
    let count = home.engine.store().count_components(home.tenant).await?;
    let bar = progress::bar("components", count.unsigned_abs());
    let mut cursor: Option<String> = None;
    loop {
        let (rows, next) = home.engine.component_rows(home.tenant, cursor.as_deref()).await?;
        for row in &rows {
            table.row(row)?;
        }
        out.write_all(&table.taken()?)?;
        bar.inc(rows.len() as u64);
        cursor = next;
        if cursor.is_none() {
            bar.finish_and_clear();
            table.finish()?.copy_to(&mut out)?;
            return Ok(out.flush()?);
        }
    }
}

async fn cases(home: &Home, args: &Args, mut out: Out) -> anyhow::Result<()> {
    let store = home.engine.store();
    let mut table = args.writer(&casebook::COLUMNS)?;
    let bar = progress::bar("cases", store.count_cases(home.tenant).await?.unsigned_abs());
    let mut cursor: Option<String> = None;
    loop {
        let page =
            store.list(home.tenant, &Filter::default(), Order::OldestFirst, cursor.as_deref(), PAGE).await?;
        for line in &page.items {
            table.row(&casebook::row(line))?;
        }
        out.write_all(&table.taken()?)?;
        bar.inc(page.items.len() as u64);
        cursor = page.next;
        if cursor.is_none() {
            bar.finish_and_clear();
            table.finish()?.copy_to(&mut out)?;
            return Ok(out.flush()?);
        }
    }
}
