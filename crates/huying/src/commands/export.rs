//! `huying export`: the journal as JSON lines, or the cases as CSV.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::PathBuf,
};

use anyhow::Context;
use huying_store::{Filter, Order};

use crate::{Global, end::End, home::Home, progress};

#[derive(clap::Args)]
pub struct Args {
    /// What is written
    #[arg(value_enum, default_value = "events")]
    what: What,
    /// The file; standard output where none is named
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    /// The journal: one JSON object a line, in the order of the streams; words stay sealed
    Events,
    /// The cases: one CSV row each, with titles in the clear
    Cases,
}

/// Read at once.
const PAGE: usize = 1000;

pub async fn run(global: &Global, args: Args) -> anyhow::Result<End> {
    let home = Home::open(global.settings()?).await?;
    let out: Box<dyn Write + Send> = match &args.to {
        Some(file) => Box::new(File::create(file).with_context(|| format!("writing {}", file.display()))?),
        None => Box::new(std::io::stdout()),
    };
    let out = BufWriter::new(out);
    let written = match args.what {
        What::Events => events(&home, out).await,
        What::Cases => cases(&home, out).await,
    };
    home.engine.store().close().await;
    match written {
        // Whoever reads our output may have heard enough.
        Err(error)
            if error
                .downcast_ref::<std::io::Error>()
                .is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe) =>
        {
            Ok(End::Well)
        }
        written => written.map(|()| End::Well),
    }
}

async fn events(home: &Home, mut out: impl Write + Send) -> anyhow::Result<()> {
    home.engine.store().export_events(&mut out).await?;
    Ok(out.flush()?)
}

async fn cases(home: &Home, out: impl Write) -> anyhow::Result<()> {
    let store = home.engine.store();
    let mut table = csv::Writer::from_writer(out);
    let bar = progress::bar("cases", store.count_cases(home.tenant).await?.unsigned_abs());
    table.write_record([
        "number",
        "title",
        "stage",
        "area",
        "matter",
        "source",
        "urgency",
        "received",
        "due",
        "lead",
        "custodian",
    ])?;
    let mut cursor: Option<String> = None;
    loop {
        let page =
            store.list(home.tenant, &Filter::default(), Order::OldestFirst, cursor.as_deref(), PAGE).await?;
        for line in &page.items {
            let due = line.due.map(|due| due.to_string()).unwrap_or_default();
            let received = line.received_at.to_string();
            table.write_record([
                line.number.as_str(),
                line.title.as_deref().unwrap_or_default(),
                &line.stage,
                line.area.as_deref().unwrap_or_default(),
                line.matter.as_deref().unwrap_or_default(),
                &line.source,
                &line.urgency,
                &received,
                &due,
                line.lead.as_deref().unwrap_or_default(),
                &line.custodian,
            ])?;
        }
        bar.inc(page.items.len() as u64);
        cursor = page.next;
        if cursor.is_none() {
            bar.finish_and_clear();
            return Ok(table.flush()?);
        }
    }
}
