//! `huying partner`: platforms that cases are exchanged with, their mappings and secrets, and what stopped with them.
//!
//! Secrets are printed once, when they are made; a given one is read from standard input, so that it stands in no list of commands.
//! Start at [`run`].

use std::{io::Read as _, path::PathBuf};

use anyhow::Context;
use huying_engine::{
    Error,
    exchange::{mend::Decision, partner::PartnerDraft},
};
use huying_model::Actor;
use huying_pack::partner::Mapping;
use huying_store::exchange::Again;

use super::acting::on_store;
use crate::{
    Global,
    end::{End, Usage},
    home::Home,
    packs::PackFiles,
};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Every partner with how it stands
    List,
    /// Make a partner, or change one; the secret of a new one is printed once
    Add {
        /// Short, for addresses: small letters, digits and hyphens
        id: String,
        #[arg(long)]
        name: String,
        /// hotline, brain, department or huying
        #[arg(long)]
        kind: String,
        /// Where messages are posted
        #[arg(long, value_name = "URL")]
        address: String,
        /// The URI under which the partner speaks
        #[arg(long, value_name = "URI")]
        source: String,
        /// The URI under which this authority speaks to it
        #[arg(long, value_name = "URI")]
        own: Option<String>,
        /// The secret is read from standard input instead of being made here
        #[arg(long)]
        secret_from_input: bool,
    },
    /// Put a mapping in force; one with findings changes nothing
    Map {
        id: String,
        #[arg(value_name = "MAP.toml")]
        file: PathBuf,
    },
    /// Check a mapping against a pack, without a store
    Lint {
        #[arg(value_name = "MAP.toml")]
        file: PathBuf,
        /// A folder with a pack.toml, or a pack that this binary carries
        #[arg(long, value_name = "DIR|NAME")]
        pack: String,
    },
    /// Make another secret; the old one holds for a week more
    Secret {
        id: String,
        /// It is read from standard input instead of being made here
        #[arg(long)]
        from_input: bool,
        /// The old one ends at once
        #[arg(long)]
        at_once: bool,
    },
    /// Nothing is sent to the partner or taken from it
    Pause { id: String },
    /// The exchange goes on
    Resume { id: String },
    /// Tell the partner again what it was told, from some point on
    Replay {
        id: String,
        #[command(flatten)]
        from: From,
    },
    /// What stopped with a partner; with --retry or --aside, decide on one
    Dead {
        id: String,
        /// The id of a message to send or apply again
        #[arg(long, value_name = "MESSAGE")]
        retry: Option<String>,
        /// The id of a message to set aside
        #[arg(long, value_name = "MESSAGE", requires = "reason")]
        aside: Option<String>,
        #[arg(long)]
        reason: Option<String>,
    },
}

/// The point.
#[derive(clap::Args)]
#[group(required = true)]
pub struct From {
    /// What happened from this moment on (RFC 3339)
    #[arg(long, value_name = "MOMENT", group = "point")]
    since: Option<String>,
    /// What stands in this node's stream from this position on
    #[arg(long, value_name = "POSITION", group = "point")]
    position: Option<i64>,
    /// What was told of the case with this number
    #[arg(long, value_name = "NUMBER", group = "point")]
    case: Option<String>,
    /// Of the case, from this message on
    #[arg(long, value_name = "NO", requires = "case", default_value = "1")]
    sequence: i64,
}

/// Whoever may run this on the store's machine looks after the whole authority.
const ACTOR: Actor = Actor::System;

pub async fn run(global: &Global, command: Command) -> anyhow::Result<End> {
    match command {
        Command::Lint { file, pack } => lint(&file, &pack),
        command => on_store(global, async |home| act(home, command).await).await,
    }
}

fn lint(file: &PathBuf, pack: &str) -> anyhow::Result<End> {
    let pack = PackFiles::named(pack)?.read()?;
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let name = file.file_name().map_or("mapping".into(), |name| name.to_string_lossy());
    match Mapping::read(&name, &text, &pack) {
        Ok(_) => {
            println!("no finding");
            Ok(End::Well)
        }
        Err(findings) => {
            findings.iter().for_each(|finding| println!("{finding}"));
            Ok(End::Found)
        }
    }
}

fn given(wanted: bool) -> anyhow::Result<Option<String>> {
    if !wanted {
        return Ok(None);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("reading the secret")?;
    Ok(Some(text.trim().to_owned()))
}

async fn act(home: &Home, command: Command) -> anyhow::Result<End> {
    let (engine, tenant) = (&home.engine, home.tenant);
    match command {
        Command::Lint { .. } => {}
        Command::List => list(home).await?,
        Command::Add { id, name, kind, address, source, own, secret_from_input } => {
            let own = own.unwrap_or_else(|| format!("urn:huying:{}:{id}", tenant.0));
            let secret = given(secret_from_input)?;
            let draft = PartnerDraft { id, name, kind, address, source, own, secret };
            let reach = home.config.messages.webhooks;
            if let Some(secret) = engine.add_partner(tenant, &ACTOR, &draft, reach).await? {
                println!("The secret is shown this once: {secret}");
            }
        }
        Command::Map { id, file } => {
            let text =
                std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
            match engine.map_partner(tenant, &ACTOR, &id, &text).await? {
                Ok(version) => println!("version {version} of the mapping is in force"),
                Err(findings) => {
                    findings.iter().for_each(|finding| println!("{finding}"));
                    return Ok(End::Found);
                }
            }
        }
        Command::Secret { id, from_input, at_once } => {
            let secret = given(from_input)?;
            let how = (secret.as_deref(), at_once);
            let text = engine.renew_secret(tenant, &ACTOR, &id, how).await?;
            println!("The secret is shown this once: {text}");
        }
        Command::Pause { id } => engine.pause_partner(tenant, &ACTOR, &id, true).await?,
        Command::Resume { id } => engine.pause_partner(tenant, &ACTOR, &id, false).await?,
        Command::Replay { id, from } => {
            let again = point(home, from).await?;
            println!("{} messages are told again", engine.replay(tenant, &ACTOR, &id, again).await?);
        }
        Command::Dead { id, retry, aside, reason } => return dead(home, &id, retry, aside, reason).await,
    }
    Ok(End::Well)
}

async fn list(home: &Home) -> anyhow::Result<()> {
    for one in home.engine.partners(home.tenant, &ACTOR).await? {
        let row = &one.row;
        let state = match (row.active, row.down_since, one.map) {
            (false, _, _) => "paused".to_owned(),
            (_, _, None) => "no mapping".to_owned(),
            (_, Some(since), _) => format!("down since {since}"),
            _ => "up".to_owned(),
        };
        let count = |of: &std::collections::BTreeMap<smol_str::SmolStr, i64>, name: &str| {
            of.get(name).copied().unwrap_or(0)
        };
        println!(
            "{:<20} {:<10} {state}; out: {} waiting, {} dead; in: {} waiting, {} parked",
            row.id,
            row.kind,
            count(&one.out, "waiting"),
            count(&one.out, "dead"),
            count(&one.came, "waiting"),
            count(&one.came, "parked"),
        );
        if let Some(error) = &row.error {
            println!("  {error}");
        }
    }
    Ok(())
}

async fn point(home: &Home, from: From) -> anyhow::Result<Again> {
    if let Some(since) = &from.since {
        let at = since.parse().map_err(|why| Usage(format!("--since {since}: {why}")))?;
        return Ok(Again::Since(at));
    }
    if let Some(number) = &from.case {
        let found = home.engine.store().case_by_number(home.tenant, number).await?;
        let case = found.ok_or_else(|| Usage(format!("there is no case {number}")))?.case.id;
        return Ok(Again::Sequence { case, no: from.sequence });
    }
    let stream = home.engine.store().stream();
    Ok(Again::Position { stream, position: from.position.unwrap_or(0) })
}

async fn dead(
    home: &Home,
    id: &str,
    retry: Option<String>,
    aside: Option<String>,
    reason: Option<String>,
) -> anyhow::Result<End> {
    let (engine, tenant) = (&home.engine, home.tenant);
    let decision = match (&retry, &aside) {
        (Some(message), _) => Some((message, Decision::Retry)),
        (None, Some(message)) => Some((message, Decision::Aside(reason.unwrap_or_default()))),
        (None, None) => None,
    };
    if let Some((message, decision)) = decision {
        let out = engine.settle_out(tenant, &ACTOR, (id, message), &decision).await;
        if let Err(Error::Exchange(_)) = out {
            engine.settle_in(tenant, &ACTOR, (id, message), &decision).await?;
        } else {
            out?;
        }
        return Ok(End::Well);
    }
    let stopped = engine.dead_letters(tenant, &ACTOR, id).await?;
    for row in stopped.dead.iter().chain(&stopped.tried) {
        let error = row.error.as_deref().unwrap_or_default();
        println!("out {:<7} {} {} {} no {}: {error}", row.state, row.id, row.kind, row.case, row.no);
    }
    for row in stopped.parked.iter().chain(&stopped.waiting) {
        let error = row.error.as_deref().unwrap_or_default();
        println!("in  {:<7} {} {} {} no {:?}: {error}", row.state, row.id, row.kind, row.subject, row.no);
    }
    let none = stopped.dead.is_empty() && stopped.parked.is_empty();
    Ok(if none { End::Well } else { End::Found })
}
