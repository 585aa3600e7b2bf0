//! `huying pack`: lint and the pack's own stories.

use crate::{end::End, packs};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Find gaps, ties, dead rows and whatever would leave a case waiting
    Lint(Args),
    /// Tell the pack's stories and see whether they still hold
    Test(Args),
    /// The packs that this binary carries
    List,
}

#[derive(clap::Args)]
pub struct Args {
    /// A folder with a pack.toml, or a pack that this binary carries
    #[arg(value_name = "DIR|NAME")]
    pack: String,
}

pub fn run(command: Command) -> anyhow::Result<End> {
    match command {
        Command::Lint(args) => lint(&args.pack),
        Command::Test(args) => test(&args.pack),
        Command::List => {
            packs::carried().iter().for_each(|name| println!("{name}"));
            Ok(End::Well)
        }
    }
}

fn lint(name: &str) -> anyhow::Result<End> {
    let report = huying_pack::lint_from(&*packs::source_named(name)?);
    println!("{report}");
    Ok(if report.passed() { End::Well } else { End::Found })
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
