//! `huying import`: cases of another system, on their own times.

use std::{fs::File, path::PathBuf};

use anyhow::{Context, bail};
use huying_engine::{Error, import::map::Map};

use crate::{
    Global,
    end::{End, Usage},
    home::Home,
    progress,
};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Cases from a CSV file, by a map of its columns
    Cases(CasesArgs),
}

#[derive(clap::Args)]
pub struct CasesArgs {
    /// The CSV file
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
}

/// Rows without a place in the system that are listed; the report as JSON has all.
const SHOWN: usize = 20;

pub async fn run(global: &Global, command: Command) -> anyhow::Result<End> {
    let Command::Cases(args) = command;
    let text =
        std::fs::read_to_string(&args.map).with_context(|| format!("reading {}", args.map.display()))?;
    let map =
        Map::parse(&text).map_err(|problem| Usage(format!("{}: {}", args.map.display(), problem.mend)))?;
    let file = File::open(&args.file).with_context(|| format!("reading {}", args.file.display()))?;
    let home = Home::open(global.settings()?).await?;
    let bar = progress::bar("rows", 0);
    let report = home.engine.import(home.tenant, file, &map, |rows| bar.set_position(rows)).await;
    bar.finish_and_clear();
    home.engine.store().close().await;
    let report = match report {
        Ok(report) => report,
        Err(Error::Invalid(problems)) => {
            let lines: Vec<_> = problems.iter().map(|p| format!("  {}: {}", p.field, p.mend)).collect();
            bail!(Usage(format!("the map does not fit:\n{}", lines.join("\n"))));
        }
        Err(error) => return Err(error.into()),
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        let all = &report.all;
        println!(
            "{} rows: {} brought in, {} were there, {} not usable",
            report.rows,
            report.added,
            report.already,
            report.problems.len()
        );
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
        for problem in report.problems.iter().take(SHOWN) {
            println!(
                "line {} ({}): {}: {}",
                problem.line, problem.foreign, problem.problem.field, problem.problem.mend
            );
        }
    }
    Ok(if args.strict && !report.problems.is_empty() { End::Found } else { End::Well })
}
