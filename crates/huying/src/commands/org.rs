//! `huying org`: changes of the organisation that hold from an instant on.

use std::path::PathBuf;

use anyhow::Context;
use huying_engine::{Error, change::Preview};

use super::policy::By;
use crate::{Global, end::End, home::Home};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Decide a change: at its instant it holds and the open cases that it touches are moved
    Change {
        /// The file of edits (TOML)
        file: PathBuf,
        #[command(flatten)]
        by: By,
        /// Say only what it would do
        #[arg(long)]
        preview: bool,
    },
    /// The changes that were decided
    List,
}

pub async fn run(global: &Global, command: Command) -> anyhow::Result<End> {
    let home = Home::open(global.settings()?).await?;
    let done = act(&home, command).await;
    home.engine.store().close().await;
    match done {
        Err(error) => match error.downcast_ref::<Error>() {
            Some(Error::Book(no)) => {
                println!("{}: {no}", no.code());
                Ok(End::Found)
            }
            Some(Error::Invalid(problems)) => {
                problems.iter().for_each(|problem| println!("error {}", problem.mend));
                Ok(End::Found)
            }
            _ => Err(error),
        },
        done => done,
    }
}

async fn act(home: &Home, command: Command) -> anyhow::Result<End> {
    match command {
        Command::List => {
            for entry in home.engine.changes(home.tenant).await? {
                println!("{}  {}  {} (decided {})", entry.at, entry.reason, entry.by, entry.decided_at);
                entry.edits.iter().for_each(|edit| println!("  {edit}"));
            }
            Ok(End::Well)
        }
        Command::Change { file, by, preview } => {
            let text =
                std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
            let actor = by.actor(home)?;
            let found = match preview {
                true => home.engine.change_preview(home.tenant, &actor, &text).await?,
                false => home.engine.change(home.tenant, &actor, &text).await?,
            };
            print!("{}", told(&found));
            Ok(if found.findings.iter().any(|finding| finding.error) { End::Found } else { End::Well })
        }
    }
}

fn told(found: &Preview) -> String {
    let mut text = format!("from {}: {}\n", found.at, found.reason);
    found.edits.iter().for_each(|edit| text.push_str(&format!("  {edit}\n")));
    for finding in &found.findings {
        let word = if finding.error { "error" } else { "warning" };
        text.push_str(&format!(
            "{word}[{}] {}\n    for example: {}\n",
            finding.rule, finding.words, finding.example
        ));
    }
    text.push_str(&format!("{} of {} open cases are touched\n", found.touched, found.cases));
    for one in &found.moves {
        text.push_str(&format!("  {} {} → {}", one.number, one.custodian, one.successor));
        if let Some(area) = &one.area {
            text.push_str(&format!(", in {area}"));
        }
        for (from, to) in &one.hands {
            text.push_str(&format!("; {from} hands over to {to}"));
        }
        text.push('\n');
    }
    text
}
