//! `huying bench`: figures, printed and never asserted. The only folder beside the clock that reads a stopwatch.

mod decide;
mod drive;
mod figures;
mod hotline;
mod import;
mod lifecycle;
mod locate;
mod open311;
mod plan;
mod seed;

use crate::{Global, end::End};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Whole lives of cases over HTTP, durable, on stores of given sizes, beside bare answers of the same server library
    Lifecycle(lifecycle::Args),
    /// Lists of requests for programs of others over HTTP, in both formats, first pages and far ones
    Open311(open311::Args),
    /// Rows of a file of cases, in and out
    Import(import::Args),
    /// From a point to its cell
    Locate(locate::Args),
    /// A made-up export of a hotline's work orders
    HotlineExport(hotline::Args),
    /// The model alone: commands decided and folded in memory
    Decide(decide::Args),
}

pub async fn run(global: &Global, command: Command) -> anyhow::Result<End> {
    match command {
        Command::Lifecycle(args) => lifecycle::run(global, args).await,
        Command::Open311(args) => open311::run(global, args).await,
        Command::Import(args) => import::run(args).await,
        Command::Locate(args) => locate::run(args),
        Command::HotlineExport(args) => hotline::run(&args),
        Command::Decide(args) => decide::run(args),
    }
}
