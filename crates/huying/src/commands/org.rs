//! `huying org`: changes of the organisation that hold from an instant on.

use std::path::PathBuf;

use anyhow::Context;
use huying_engine::change::Preview;

use super::acting::{By, on_store};
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
    /// Changes that give seats, and who agreed to them
    Grants,
    /// Agree to seats as the second person
    Approve {
        no: u32,
        #[command(flatten)]
        by: By,
    },
    /// Refuse seats as the second person, or take back what one asked for
    Reject {
        no: u32,
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        by: By,
    },
}

pub async fn run(global: &Global, command: Command) -> anyhow::Result<End> {
    on_store(global, async |home| act(home, command).await).await
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
        Command::Grants => {
            for grant in home.engine.grants(home.tenant).await? {
                let state = serde_json::to_value(grant.state)?;
                let state = state.as_str().unwrap_or_default();
                println!("{:>4}  {state}  {} ({} on {})", grant.no, grant.reason, grant.by, grant.at);
                grant.grants.iter().for_each(|line| println!("      {line}"));
            }
            Ok(End::Well)
        }
        Command::Approve { no, by } => {
            let found = home.engine.approve_grant(home.tenant, &by.actor(home)?, no).await?;
            print!("{}", told(&found));
            Ok(End::Well)
        }
        Command::Reject { no, reason, by } => {
            home.engine.reject_grant(home.tenant, &by.actor(home)?, no, &reason).await?;
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
    found.grants.iter().for_each(|line| text.push_str(&format!("  gives a seat: {line}\n")));
    if let Some(no) = found.waits {
        text.push_str(&format!("it waits for a second administrator: huying org approve {no} --by MEMBER\n"));
    }
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
