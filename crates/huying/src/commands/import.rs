//! `huying import`: cases of another system on their own times, tables that were edited, or everything of an authority.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::PathBuf,
};

use anyhow::{Context, bail};
use huying_engine::{
    Error,
    import::{self, map::Map, preview::Preview, report::RowProblem},
};
use huying_pack::listing::Kind;
use sha2::{Digest, Sha256};

use super::{
    tables::{self, TableArgs},
    takeout::{self, TakeInArgs},
};
use crate::{
    Global,
    end::{End, Usage},
    home::Home,
    progress,
};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Cases from a CSV file or an Excel workbook, by a map of its columns
    Cases(CasesArgs),
    /// Areas: shown first, then decided as a change of the organisation
    Areas(TableArgs),
    /// Units: shown first, then decided as a change of the organisation
    Units(TableArgs),
    /// Members and their seats: shown first; seats that are given wait for a second administrator
    Members(TableArgs),
    /// Matters: shown first, then laid down as a draft of the policy
    Matters(TableArgs),
    /// Filing conditions: shown first, then laid down as a draft of the policy
    Conditions(TableArgs),
    /// Components of the city: shown first, then taken into their register
    Components(TableArgs),
    /// An export of everything of an authority, into an empty node
    Tenant(TakeInArgs),
}

#[derive(clap::Args)]
pub struct CasesArgs {
    /// The CSV file (UTF-8 or GB18030) or Excel workbook
    file: PathBuf,
    /// What its columns mean (packs/losangeles/MAP.toml is an example)
    #[arg(long)]
    map: PathBuf,
    /// The whole report as JSON
    #[arg(long)]
    json: bool,
    /// Exit with 1 when any row could not be brought in
    #[arg(long)]
    strict: bool,
    /// Begin at the first row even where an import of this file was cut before
    #[arg(long)]
    from_start: bool,
    /// Only say what would come of it: which rows begin a case, which carry one on and to where, and every row that cannot be brought in
    #[arg(long, conflicts_with = "from_start")]
    preview: bool,
}

/// Rows without a place in the system that are listed; the report as JSON has all.
const SHOWN: usize = 20;

pub async fn run(global: &Global, command: Command) -> anyhow::Result<End> {
    let (kind, args) = match command {
        Command::Cases(args) => return cases(global, args).await,
        Command::Tenant(args) => return takeout::take_in(global, args).await,
        Command::Areas(args) => (Kind::Areas, args),
        Command::Units(args) => (Kind::Units, args),
        Command::Members(args) => (Kind::Members, args),
        Command::Matters(args) => (Kind::Matters, args),
        Command::Conditions(args) => (Kind::Conditions, args),
        Command::Components(args) => (Kind::Components, args),
    };
    tables::run(global, kind, args).await
}

/// SHA-256 of a file, which is at its beginning again afterwards.
fn sum(file: &mut File) -> std::io::Result<[u8; 32]> {
    let (mut sum, mut piece) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let got = file.read(&mut piece)?;
        sum.update(piece.get(..got).unwrap_or_default());
        if got == 0 {
            file.seek(SeekFrom::Start(0))?;
            return Ok(sum.finalize().into());
        }
    }
}

async fn cases(global: &Global, args: CasesArgs) -> anyhow::Result<End> {
    let text =
        std::fs::read_to_string(&args.map).with_context(|| format!("reading {}", args.map.display()))?;
    let map =
        Map::parse(&text).map_err(|problem| Usage(format!("{}: {}", args.map.display(), problem.mend)))?;
    let mut file = File::open(&args.file).with_context(|| format!("reading {}", args.file.display()))?;
    let mark = import::mark(&sum(&mut file)?, &text);
    let home = Home::open(global.settings()?).await?;
    let bar = progress::bar("rows", 0);
    let step = |rows| bar.set_position(rows);
    if args.preview {
        let found = home.engine.preview_import(home.tenant, file, &map, step).await;
        bar.finish_and_clear();
        home.engine.store().close().await;
        return shown(&args, &fitting(found)?);
    }
    let mark = Some(mark.as_str()).filter(|_| !args.from_start);
    let report = home.engine.import(home.tenant, file, &map, mark, step).await;
    bar.finish_and_clear();
    home.engine.store().close().await;
    let report = fitting(report)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        let all = &report.all;
        println!(
            "{} rows: {} brought in, {} were there, {} not usable",
            report.rows, report.added, report.already, report.refused
        );
        if report.passed_over > 0 {
            println!("{} rows were done before the import was cut", report.passed_over);
        }
        if report.unlisted > 0 {
            println!("{} of them were refused then: --from-start lists them and why", report.unlisted);
        }
        println!(
            "{} cases: {} located, {} filed, {} dispatched, {} closed ({} on time), {} ended otherwise",
            all.cases, all.located, all.filed, all.dispatched, all.closed, all.on_time, all.ended_otherwise
        );
        for (unit, tally) in &report.by_unit {
            println!("  {unit}: {} cases, {} closed, {} on time", tally.cases, tally.closed, tally.on_time);
        }
        if report.due.compared > 0 {
            println!("due instants: {} of {} are the file's own", report.due.same, report.due.compared);
        }
        listed(&report.problems);
    }
    Ok(if args.strict && report.refused > 0 { End::Found } else { End::Well })
}

/// What came of it, where the map fits.
fn fitting<T>(done: Result<T, Error>) -> anyhow::Result<T> {
    match done {
        Ok(done) => Ok(done),
        Err(Error::Invalid(problems)) => {
            let lines: Vec<_> = problems.iter().map(|p| format!("  {}: {}", p.field, p.mend)).collect();
            bail!(Usage(format!("the map does not fit:\n{}", lines.join("\n"))));
        }
        Err(error) => Err(error.into()),
    }
}

fn listed(problems: &[RowProblem]) {
    for problem in problems.iter().take(SHOWN) {
        let told = &problem.problem;
        println!("line {} ({}): {}: {}", problem.line, problem.foreign, told.field, told.mend);
    }
}

/// What would come of it.
fn shown(args: &CasesArgs, preview: &Preview) -> anyhow::Result<End> {
    let report = &preview.report;
    if args.json {
        println!("{}", serde_json::to_string_pretty(preview)?);
    } else {
        println!(
            "{} rows: {} would begin a case, {} carry one on, {} are there already, {} speak of a case of an earlier row, {} are not usable",
            report.rows, preview.begins, preview.goes_on, report.already, preview.repeated, report.refused
        );
        for one in preview.changes.iter().take(SHOWN) {
            println!(
                "line {} ({}): {} goes from {} to {}",
                one.line, one.foreign, one.number, one.from, one.to
            );
        }
        listed(&report.problems);
        println!("Nothing was written. Leave out --preview to bring them in.");
    }
    Ok(if args.strict && report.refused > 0 { End::Found } else { End::Well })
}
