//! `huying person`: forgetting somebody by two people, and what is held of somebody, from the store's own machine.
//!
//! It asks the same rules as the pages. After an erasure here the database is rewritten at once: whoever stands at the machine can
//! choose the hour.

use anyhow::{Context, Result, bail};
use huying_engine::person::{Export, ExportIn, Proposal, REASONS, Target};
use huying_model::CaseId;
use huying_store::person::ErasureRow;
use smol_str::SmolStr;

use super::acting::{By, on_store};
use crate::{
    Global,
    end::{End, Usage},
    home::Home,
};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Propose to forget a reporter, or every word of a case that has ended; another person confirms it
    Erase {
        /// The case's number
        #[arg(required_unless_present = "pseudonym")]
        case: Option<String>,
        /// Which reporter, from 1; every word and file of the case where none is named
        #[arg(long, value_name = "NUMBER", conflicts_with = "pseudonym")]
        reporter: Option<u16>,
        /// Instead: the pseudonym, as the case's page of the API shows it
        #[arg(long, value_name = "NAME")]
        pseudonym: Option<String>,
        /// purpose_met, period_over, withdrawn, unlawful, law or request
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        by: By,
    },
    /// Carry out what another person proposed, and rewrite the database
    Confirm {
        /// The id that 'huying person list' shows
        id: String,
        #[command(flatten)]
        by: By,
    },
    /// Let a proposal go
    Drop {
        id: String,
        #[command(flatten)]
        by: By,
    },
    /// The register of erasures
    List {
        #[command(flatten)]
        by: By,
    },
    /// Print everything that is held of a reporter, as JSON
    Export {
        /// The case's number
        case: String,
        /// Which reporter, from 1
        #[arg(long, value_name = "NUMBER", default_value_t = 1)]
        reporter: u16,
        /// Another administrator, or the auditor, who asked for it
        #[arg(long = "asked-by", value_name = "MEMBER")]
        asked_by: String,
        #[command(flatten)]
        by: By,
    },
    /// Rewrite the database after erasures, so that no free page holds what was erased
    Scour,
}

pub async fn run(global: &Global, command: Command) -> Result<End> {
    on_store(global, async |home| act(home, command).await).await
}

async fn act(home: &Home, command: Command) -> Result<End> {
    let (engine, tenant) = (&home.engine, home.tenant);
    match command {
        Command::Erase { case, reporter, pseudonym, reason, by } => {
            let target = match (pseudonym, case, reporter) {
                (Some(name), _, _) => Target::Pseudonym(SmolStr::new(name)),
                (None, Some(case), Some(no)) => Target::Reporter(named(home, &case).await?, counted(no)?),
                (None, Some(case), None) => Target::Case(named(home, &case).await?),
                (None, None, _) => bail!(Usage("name a case, or a pseudonym".into())),
            };
            let asked = Proposal { target, reason: &reason };
            let row = engine.propose_erasure(tenant, &by.actor(home)?, &asked).await?;
            println!("{} waits. Another administrator, or the auditor, carries it out:", row.id);
            println!("  huying person confirm {} --by MEMBER", row.id);
        }
        Command::Confirm { id, by } => {
            let row = engine.confirm_erasure(tenant, &by.actor(home)?, &id).await?;
            println!("{} data keys are destroyed; rewriting the database …", row.keys);
            engine.scour().await?;
            println!("done. Backups made before keep the keys until they are thrown away.");
        }
        Command::Drop { id, by } => {
            let row = engine.drop_erasure(tenant, &by.actor(home)?, &id).await?;
            println!("{} is dropped.", row.id);
        }
        Command::List { by } => {
            let rows = engine.erasures(tenant, &by.actor(home)?).await?;
            rows.iter().for_each(|row| println!("{}", line(row)));
        }
        Command::Export { case, reporter, asked_by, by } => {
            let (case, reporter) = (named(home, &case).await?, counted(reporter)?);
            let (first, second) = (By::of(asked_by).actor(home)?, by.actor(home)?);
            let (privacy, asked) =
                (home.config.privacy(), ExportIn { tenant, actor: &first, case, reporter, agreement: None });
            let Export::Asked { agreement, .. } = engine.export_person(asked.clone(), &privacy).await? else {
                bail!("nothing was asked for");
            };
            let taken = ExportIn { actor: &second, agreement: Some(&agreement), ..asked };
            if let Export::Given(held) = engine.export_person(taken, &privacy).await? {
                println!("{}", serde_json::to_string_pretty(&held).context("writing the export")?);
            }
        }
        Command::Scour => {
            engine.scour().await?;
            println!("The database is rewritten.");
        }
    }
    Ok(End::Well)
}

/// People count from one.
fn counted(no: u16) -> Result<u16> {
    no.checked_sub(1).ok_or_else(|| Usage("reporters are counted from 1".into()).into())
}

async fn named(home: &Home, number: &str) -> Result<CaseId> {
    let found = home.engine.store().case_by_number(home.tenant, number).await?;
    let found = found.ok_or_else(|| Usage(format!("there is no case {number}: check the number")))?;
    Ok(found.case.id)
}

fn line(row: &ErasureRow) -> String {
    let whom = row.reporter.map_or("every word".to_owned(), |no| format!("reporter {}", no + 1));
    let reason =
        REASONS.iter().find(|known| known.0 == row.reason).map_or(row.reason.as_str(), |known| known.2);
    let by = row.decided_by.as_ref().map(|member| format!(", {} by {member}", row.state)).unwrap_or_default();
    format!("{} case {} {whom}: {reason}; proposed by {}{by}", row.id, row.case, row.proposed_by)
}
