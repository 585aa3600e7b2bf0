//! `huying import areas|units|members|matters|conditions|components`: a table that was edited, looked at first and then applied.
//!
//! The table of a person's spreadsheet changes nothing by being read: the preview names what it would do and its hash, and only that hash
//! applies it. Start at [`run`].

use std::path::PathBuf;

use anyhow::Context;
use huying_engine::listing::{Asked, Shown};
use huying_geo::Datum;
use huying_pack::listing::{self, Kind, Missing, RowOf, Went};

use super::acting::{By, on_store};
use crate::{Global, end::End, home::Home};

#[derive(clap::Args)]
pub struct TableArgs {
    /// A CSV (UTF-8 or GB18030) or an Excel workbook; of areas also GeoJSON, or a zip archive with a shapefile
    file: PathBuf,
    #[command(flatten)]
    by: By,
    /// Show what the table would do, and the hash that applies it; so does leaving --apply out
    #[arg(long)]
    preview: bool,
    /// Do what the preview of this hash has shown
    #[arg(long, value_name = "HASH", conflicts_with = "preview")]
    apply: Option<String>,
    /// What becomes of rows that the file does not have
    #[arg(long, value_enum, default_value = "stay")]
    missing: MissingRows,
    /// From when on a change of areas, units or members holds; at once otherwise
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// What the coordinates of GeoJSON, a shapefile or a table of components are in; what the file says, or WGS-84, otherwise
    #[arg(long, value_enum)]
    datum: Option<DatumName>,
    /// Why, for the log; needed to apply
    #[arg(long, default_value = "")]
    reason: String,
    /// The preview as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum MissingRows {
    /// They stay: the file is a part of the table
    Stay,
    /// They end: the file is the whole table
    End,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum DatumName {
    Wgs84,
    Cgcs2000,
    Gcj02,
    Bd09,
}

impl DatumName {
    fn datum(self) -> Datum {
        match self {
            DatumName::Wgs84 => Datum::Wgs84,
            DatumName::Cgcs2000 => Datum::Cgcs2000,
            DatumName::Gcj02 => Datum::Gcj02,
            DatumName::Bd09 => Datum::Bd09,
        }
    }
}

/// Rows that are printed; all are counted.
const SHOWN: usize = 200;

pub async fn run(global: &Global, kind: Kind, args: TableArgs) -> anyhow::Result<End> {
    on_store(global, async |home| act(home, kind, &args).await).await
}

async fn act(home: &Home, kind: Kind, args: &TableArgs) -> anyhow::Result<End> {
    let name = args.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = std::fs::read(&args.file).with_context(|| format!("reading {}", args.file.display()))?;
    let sheet = listing::open(kind, &name, bytes, args.datum.map(DatumName::datum));
    let missing = match args.missing {
        MissingRows::Stay => Missing::Stays,
        MissingRows::End => Missing::Ends,
    };
    let asked = Asked { missing, at: args.at.clone(), reason: args.reason.clone() };
    let actor = args.by.actor(home)?;
    let shown = match &args.apply {
        Some(hash) => home.engine.table_apply(home.tenant, &actor, kind, sheet, (&asked, hash)).await?,
        None => home.engine.table_preview(home.tenant, &actor, kind, sheet, &asked).await?,
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&as_json(&shown))?);
    } else {
        print!("{}", told(&shown, args.apply.is_some()));
    }
    Ok(if shown.problems.is_empty() { End::Well } else { End::Found })
}

fn as_json(shown: &Shown) -> serde_json::Value {
    let [added, changed, ended, same] = shown.counts();
    serde_json::json!({
        "kind": shown.kind, "added": added, "changed": changed, "ended": ended, "same": same,
        "rows": shown.compared.as_ref().map(|compared| &compared.rows),
        "problems": shown.problems, "change": shown.change, "version": shown.version, "hash": shown.hash,
    })
}

fn line(row: &RowOf) -> String {
    let mark = match row.went {
        Went::Added => '+',
        Went::Changed => '~',
        Went::Ended => '-',
        Went::Same => ' ',
    };
    let mut text = format!("{mark} {} {}", row.key, row.name);
    if row.went == Went::Changed {
        for cell in &row.cells {
            text.push_str(&format!("\n      {}: {} → {}", cell.column, cell.old, cell.new));
        }
    }
    text.push('\n');
    text
}

fn told(shown: &Shown, applied: bool) -> String {
    let [added, changed, ended, same] = shown.counts();
    let mut text = String::new();
    let rows = shown.compared.iter().flat_map(|compared| &compared.rows);
    rows.take(SHOWN).for_each(|row| text.push_str(&line(row)));
    text.push_str(&format!(
        "{}: {added} added, {changed} changed, {ended} ended, {same} the same\n",
        shown.kind.en()
    ));
    for problem in shown.problems.iter().take(SHOWN) {
        text.push_str(&format!("error {problem}\n"));
    }
    if let Some(change) = &shown.change {
        change.grants.iter().for_each(|line| text.push_str(&format!("gives a seat: {line}\n")));
        change.findings.iter().for_each(|found| {
            let word = if found.error { "error" } else { "warning" };
            text.push_str(&format!("{word}[{}] {}\n", found.rule, found.words));
        });
        text.push_str(&format!("{} of {} open cases are touched\n", change.touched, change.cases));
        if let Some(no) = change.waits {
            text.push_str(&format!(
                "it waits for a second administrator: huying org approve {no} --by MEMBER\n"
            ));
        }
    }
    match (&shown.version, applied) {
        (Some(version), true) => text.push_str(&format!(
            "the draft {version} is laid down: huying policy propose {version} --by MEMBER\n"
        )),
        (Some(version), false) => text.push_str(&format!("as the draft {version} of the policy\n")),
        (None, _) => {}
    }
    match &shown.hash {
        Some(hash) if !applied => text.push_str(&format!("to do this: --apply {hash} --reason …\n")),
        Some(_) => text.push_str("done\n"),
        None if shown.problems.is_empty() => text.push_str("nothing would change\n"),
        None => text.push_str("nothing can be applied: mend the file first\n"),
    }
    text
}
