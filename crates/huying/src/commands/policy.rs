//! `huying policy`: drafts, checks, activation by two people, taking back, and open cases that move.
//!
//! Each act names who acts with `--by`; whoever may run this on the store's machine may act for any administrator, so two people
//! are two only where they are on the pages and in the API. Start at [`run`].

use anyhow::{Context, bail};
use huying_engine::migrate::Migration;
use huying_model::{
    Instant, PolicyVersion,
    book::{Act, Book, Found, State},
};
use huying_pack::Files;

use super::{
    acting::{By, on_store},
    explain::Language,
    what_if,
};
use crate::{
    Global,
    end::{End, Usage},
    home::Home,
    packs::PackFiles,
};

#[derive(clap::Subcommand)]
pub enum Command {
    /// The versions and the proposals
    List,
    /// One version with what lint, stories and comparison said of it
    Show {
        #[arg(id = "which", value_name = "VERSION")]
        version: String,
    },
    /// Lint a stored version again
    Lint {
        #[arg(id = "which", value_name = "VERSION")]
        version: String,
    },
    /// Lay a pack down as a draft: it is linted and tested, nothing changes by it
    Draft {
        /// A folder with a pack.toml, or a pack that this binary carries
        #[arg(value_name = "DIR|NAME")]
        pack: String,
        #[command(flatten)]
        by: By,
        #[arg(long)]
        reason: String,
    },
    /// Compare a version with the one in force over past cases, and keep the report with it
    Compare {
        #[arg(id = "which", value_name = "VERSION")]
        version: String,
        #[command(flatten)]
        by: By,
        /// The whole comparison as JSON, in both languages
        #[arg(long)]
        json: bool,
        /// The language of the text
        #[arg(long, value_enum, default_value = "zh")]
        lang: Language,
    },
    /// Propose that a version holds, now or from a moment on
    Propose {
        #[arg(id = "which", value_name = "VERSION")]
        version: String,
        #[command(flatten)]
        by: By,
        #[command(flatten)]
        from: From,
        #[arg(long)]
        reason: String,
        /// Why it shall hold although it brings back what changes of the organisation ended or moved
        #[arg(long, value_name = "REASON")]
        confirm: Option<String>,
    },
    /// Approve a proposal, as another administrator than who made it
    Approve {
        no: u32,
        #[command(flatten)]
        by: By,
    },
    /// Reject a proposal
    Reject {
        no: u32,
        #[command(flatten)]
        by: By,
        #[arg(long)]
        reason: String,
    },
    /// Propose to take the version in force back
    Revoke {
        #[command(flatten)]
        by: By,
        #[command(flatten)]
        from: From,
        #[arg(long)]
        reason: String,
    },
    /// Move open cases to a version; --preview says only what that would do
    Migrate {
        #[arg(id = "which", value_name = "VERSION")]
        version: String,
        #[command(flatten)]
        by: By,
        #[arg(long)]
        preview: bool,
        #[arg(long, default_value = "")]
        reason: String,
    },
}

#[derive(clap::Args)]
pub struct From {
    /// From when on, such as 2026-05-01T08:00:00+08:00; now where it is left out
    #[arg(long, value_name = "MOMENT")]
    from: Option<String>,
}

impl From {
    fn read(&self) -> anyhow::Result<Option<Instant>> {
        let read = self.from.as_deref().map(str::parse::<Instant>).transpose();
        read.map_err(|why| Usage(why.to_string()).into())
    }
}

pub async fn run(global: &Global, command: Command) -> anyhow::Result<End> {
    on_store(global, async |home| act(home, command).await).await
}

async fn act(home: &Home, command: Command) -> anyhow::Result<End> {
    let (engine, tenant) = (&home.engine, home.tenant);
    let act = match command {
        Command::List => {
            print!("{}", listed(&engine.policy_book(tenant).await?, engine.now()));
            return Ok(End::Well);
        }
        Command::Show { version } => return show(home, &version).await,
        Command::Lint { version } => return lint(home, &version).await,
        Command::Draft { pack, by, reason } => return draft(home, &pack, &by, &reason).await,
        Command::Compare { version, by, json, lang } => {
            let found = engine.compare(tenant, &by.actor(home)?, &PolicyVersion::new(version)).await?;
            what_if::print(&found, json, lang)?;
            return Ok(End::Well);
        }
        Command::Migrate { version, by, preview, reason } => {
            let reason = (!preview).then_some(reason.as_str());
            let to = PolicyVersion::new(version);
            let done = engine.migration(tenant, &by.actor(home)?, &to, reason).await?;
            print!("{}", moved(&done, preview));
            return Ok(End::Well);
        }
        Command::Propose { version, by, from, reason, confirm } => {
            let act = Act::Propose {
                version: PolicyVersion::new(version),
                from: from.read()?,
                reason: reason.into(),
                confirmed: confirm.map(Into::into),
            };
            (by, act)
        }
        Command::Approve { no, by } => (by, Act::Approve { no }),
        Command::Reject { no, by, reason } => (by, Act::Reject { no, reason: reason.into() }),
        Command::Revoke { by, from, reason } => {
            let act = Act::Revoke { from: from.read()?, reason: reason.into() };
            (by, act)
        }
    };
    engine.book(tenant, &act.0.actor(home)?, &act.1).await?;
    print!("{}", listed(&engine.policy_book(tenant).await?, engine.now()));
    Ok(End::Well)
}

fn listed(book: &Book, now: Instant) -> String {
    let mut text = String::new();
    for version in &book.versions {
        let mark = if book.in_force(now) == Some(&version.version) { "*" } else { " " };
        let author = version.author.as_ref().map_or("-", |author| author.as_str());
        let found = version.found.as_ref().map(counted).unwrap_or_default();
        text.push_str(&format!(
            "{mark} {}  {}  {author}  {}  {found}\n",
            version.version, version.at, version.reason
        ));
    }
    for proposal in &book.proposals {
        let state = match &proposal.state {
            State::Waiting => "waiting".to_owned(),
            State::Approved { by, at } => format!("approved by {by} at {at}"),
            State::Rejected { by, at, reason } => format!("rejected by {by} at {at}: {reason}"),
        };
        text.push_str(&format!(
            "proposal {}  {} from {}  {} ({})  {state}\n",
            proposal.no, proposal.version, proposal.from, proposal.proposed_by, proposal.reason
        ));
        proposal.grants.iter().for_each(|line| text.push_str(&format!("  gives a seat: {line}\n")));
    }
    text
}

fn counted(found: &Found) -> String {
    format!(
        "{} errors, {} warnings; {} passed, {} failed, {} pending",
        found.errors, found.warnings, found.passed, found.failed, found.pending
    )
}

async fn show(home: &Home, version: &str) -> anyhow::Result<End> {
    let book = home.engine.policy_book(home.tenant).await?;
    let Some(known) = book.version(&PolicyVersion::new(version)) else {
        bail!(Usage(format!("the book has no version {version}: see 'huying policy list'")));
    };
    println!("{}  {}", known.version, known.hash);
    if let Some(found) = &known.found {
        println!("{}\n{}\n{}", counted(found), found.lint, found.stories);
    }
    if let Some((with, report)) = &known.compared {
        println!("compared with {with}:");
        match serde_json::from_str(report) {
            Ok(report) => what_if::print(&report, false, Language::En)?,
            Err(_) => println!("{report}"),
        }
    }
    for one in known.found.iter().flat_map(|found| &found.returns) {
        println!("would bring back: {} ({}), changed since {}", one.name, one.id, one.since);
    }
    Ok(End::Well)
}

async fn lint(home: &Home, version: &str) -> anyhow::Result<End> {
    let files: Files = home.engine.policy_files(home.tenant, &PolicyVersion::new(version)).await?;
    let report = huying_pack::lint_from(&files);
    println!("{report}");
    Ok(if report.passed() { End::Well } else { End::Found })
}

async fn draft(home: &Home, pack: &str, by: &By, reason: &str) -> anyhow::Result<End> {
    let files = PackFiles::named(pack)?.0;
    let actor = by.actor(home)?;
    home.engine.draft(home.tenant, &actor, files, reason).await?;
    let book = home.engine.policy_book(home.tenant).await?;
    let known = book.versions.last().context("the draft is not in the book")?;
    let found = known.found.clone().unwrap_or_default();
    println!("{} is a draft: {}.", known.version, counted(&found));
    if !found.clean() || !found.returns.is_empty() {
        println!("{}\n{}", found.lint, found.stories);
    }
    Ok(if found.clean() { End::Well } else { End::Found })
}

fn moved(done: &Migration, preview: bool) -> String {
    let word = if preview { "would move" } else { "moved" };
    let mut text = format!("{} open cases of other versions: {} {word}\n", done.cases, done.moved);
    for (why, count) in &done.stayed {
        text.push_str(&format!("  {count} stay: {why}\n"));
    }
    for (kind, count) in &done.clocks {
        text.push_str(&format!("  {count} clocks get shorter: {kind}\n"));
    }
    for one in &done.examples {
        let due = |at: Option<Instant>| at.map(|at| at.to_string()).unwrap_or_default();
        text.push_str(&format!(
            "  {} {}: {} → {}\n",
            one.number,
            one.from,
            due(one.due_before),
            due(one.due_after)
        ));
    }
    text
}
