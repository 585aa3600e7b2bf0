//! `huying pack`: lint, the pack's own stories, and questions to a pack ([`super::explain`], [`super::what_if`]).

use super::{explain, what_if};
use crate::{Global, end::End, packs};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Find gaps, ties, dead rows and whatever would leave a case waiting
    Lint(LintArgs),
    /// Tell the pack's stories and see whether they still hold
    Test(Args),
    /// Ask who would get a case, by which row, and when what would be due
    Explain(explain::Args),
    /// Ask a draft about past cases and count what it would change
    WhatIf(what_if::Args),
    /// The packs that this binary carries
    List,
}

#[derive(clap::Args)]
pub struct Args {
    /// A folder with a pack.toml, or a pack that this binary carries
    #[arg(value_name = "DIR|NAME")]
    pack: String,
}

#[derive(clap::Args)]
pub struct LintArgs {
    #[command(flatten)]
    pack: Args,
    /// Print one JSON object for programs, with the longest wait of every condition
    #[arg(long)]
    json: bool,
    /// Warnings count as problems too
    #[arg(long)]
    strict: bool,
}

pub async fn run(global: &Global, command: Command) -> anyhow::Result<End> {
    match command {
        Command::Explain(args) => explain::run(args),
        Command::WhatIf(args) => what_if::run(global, args).await,
        Command::Lint(args) => lint(&args),
        Command::Test(args) => test(&args.pack),
        Command::List => {
            packs::carried().iter().for_each(|name| println!("{name}"));
            Ok(End::Well)
        }
    }
}

fn lint(args: &LintArgs) -> anyhow::Result<End> {
    let report = huying_pack::lint_from(&*packs::source_named(&args.pack.pack)?);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
    }
    let clean = report.passed() && !(args.strict && report.warnings() > 0);
    Ok(if clean { End::Well } else { End::Found })
}

fn test(name: &str) -> anyhow::Result<End> {
    let source = packs::source_named(name)?;
    let report =
        huying_pack::load_from(&*source).and_then(|pack| huying_pack::scenario::run(&pack, &*source));
    match report {
        Ok(report) => {
            println!("{report}");
            Ok(if report.failed() == 0 { End::Well } else { End::Found })
        }
        Err(problems) => {
            problems.iter().for_each(|problem| println!("error {problem}"));
            Ok(End::Found)
        }
    }
}
