//! The one binary: serving, packs, keeping, and measuring.
//!
//! Owns the command line, the settings, the machine's clock and how a command ends. Refuses rules, SQL and pages: those
//! are the crates below. Start at [`Command`]; each has a module in `commands`.
#![expect(clippy::print_stdout, reason = "a command-line tool answers on standard output")]

mod bench;
mod clock;
mod commands;
mod config;
mod door;
mod end;
mod home;
mod log;
mod packs;
mod progress;
mod sandbox;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::end::End;

/// A request is many small allocations on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EXAMPLES: &str = "Examples:
  huying demo                                            a simulated city, on http://127.0.0.1:8080
  huying init --pack starter --database sqlite:my.db     a new store that works by the starter pack
  huying serve --database sqlite:my.db                   its first start prints a one-time password for one administrator
  huying account invite dispatcher-east --database sqlite:my.db
  huying pack lint packs/starter
  huying pack explain packs/starter --matter city/order/parking --at 110.005,30.015 --when '2024-03-05 10:00' --source hotline
  huying pack what-if packs/mine --against sqlite:my.db --html what-if.html
  huying policy draft packs/mine --by administrator --reason 'as decided'
  huying import cases requests.csv --map MAP.toml --database sqlite:my.db
  huying feed put city FEED.toml --key-file city.key --by administrator
  huying export units --to units.xlsx
  huying import units units.xlsx --by administrator      what it would do, and the hash that applies it
  huying export tenant moved                             everything of the authority in open forms
  huying scorecard --period month --of unit --at 2026-05-12 --json
  huying backup kept --database sqlite:my.db
  huying audit --database postgres://huying@localhost/huying
  huying audit --receipt receipt.json --key authority.key

Exit codes: 0 it went well, 1 it found problems, 2 it was called wrongly, 3 it could not start.";

/// Huying (呼应): a platform for grid governance in one binary.
#[derive(Parser)]
#[command(name = "huying", version, after_help = EXAMPLES, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args, Clone)]
struct Global {
    /// The store: sqlite:FILE or postgres://USER@HOST/DATABASE (also HUYING_DATABASE)
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// A file of settings; huying.toml in the working directory otherwise
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve a store
    Serve(commands::serve::Args),
    /// Serve a simulated city: 60 days of history, and life going on
    Demo(commands::demo::Args),
    /// Make a store that works by a pack
    Init(commands::init::Args),
    /// The life of a policy: drafts, activation by two people, taking back
    #[command(subcommand)]
    Policy(commands::policy::Command),
    /// Accounts of members
    #[command(subcommand)]
    Account(commands::account::Command),
    /// Other systems that cases are taken from and given to, by Open311
    #[command(subcommand)]
    Feed(commands::feed::Command),
    /// Changes of the organisation
    #[command(subcommand)]
    Org(commands::org::Command),
    /// Platforms that cases are exchanged with
    #[command(subcommand)]
    Partner(commands::partner::Command),
    /// Forget a person by two people, or print what is held of one
    #[command(subcommand)]
    Person(commands::person::Command),
    /// Look at a pack
    #[command(subcommand)]
    Pack(commands::pack::Command),
    /// Bring in cases of another system, edited tables, or an export of everything
    #[command(subcommand)]
    Import(commands::import::Command),
    /// Write out the journal, tables, or everything of the authority
    Export(commands::export::Args),
    /// What areas, units, workers and companies reached in a period
    Scorecard(commands::scorecard::Args),
    /// Copy everything that cannot be derived again
    Backup(commands::keeping::BackupArgs),
    /// Make a store from a backup and prove it equal
    Restore(commands::keeping::RestoreArgs),
    /// Derive every table again from the journal, or compare
    Rebuild(commands::keeping::RebuildArgs),
    /// Check the journal's chains and the log, or a receipt without a store
    Audit(commands::audit::Args),
    /// Print a case's receipt, or the newest signed head of the log
    Receipt(commands::receipt::Args),
    /// The sealing key
    #[command(subcommand)]
    Key(commands::key::Command),
    /// Print the settings in force and where each came from
    Config(commands::config::Args),
    /// Measure
    #[command(subcommand)]
    Bench(bench::Command),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Two workers serve a small machine; the store has threads of its own.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    end::code(match runtime {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(why) => Err(why.into()),
    })
}

async fn run(cli: Cli) -> anyhow::Result<End> {
    let global = cli.global;
    match cli.command {
        Command::Serve(args) => commands::serve::run(&global, args).await,
        Command::Demo(args) => commands::demo::run(&global, args).await,
        Command::Init(args) => commands::init::run(&global, args).await,
        Command::Policy(command) => commands::policy::run(&global, command).await,
        Command::Account(command) => commands::account::run(&global, command).await,
        Command::Key(command) => commands::key::run(&global, command).await,
        Command::Partner(command) => commands::partner::run(&global, command).await,
        Command::Person(command) => commands::person::run(&global, command).await,
        Command::Feed(command) => commands::feed::run(&global, command).await,
        Command::Org(command) => commands::org::run(&global, command).await,
        Command::Pack(command) => commands::pack::run(&global, command).await,
        Command::Import(command) => commands::import::run(&global, command).await,
        Command::Export(args) => commands::export::run(&global, args).await,
        Command::Scorecard(args) => commands::scorecard::run(&global, args).await,
        Command::Backup(args) => commands::keeping::backup(&global, args).await,
        Command::Restore(args) => commands::keeping::restore(&global, args).await,
        Command::Rebuild(args) => commands::keeping::rebuild(&global, args).await,
        Command::Audit(args) => commands::audit::run(&global, args).await,
        Command::Receipt(args) => commands::receipt::run(&global, args).await,
        Command::Config(args) => commands::config::run(&global, args),
        Command::Bench(command) => bench::run(&global, command).await,
    }
}

impl Global {
    fn flags(&self) -> config::Flags {
        config::Flags {
            file: self.config.clone(),
            database: self.database.clone(),
            ..config::Flags::default()
        }
    }

    /// The settings in force, with logging started.
    fn settings(&self) -> anyhow::Result<config::Config> {
        let (config, _) = config::read(&self.flags())?;
        log::start(&config.log)?;
        Ok(config)
    }
}
