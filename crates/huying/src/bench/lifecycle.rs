//! `huying bench lifecycle`: report, file, dispatch, receive, finish, inspect and close, plus one search, over HTTP.
//!
//! Every command is durable before it is answered; search, outbox, clocks and counts are on. Runs on stores of several
//! sizes alternate, each beside bare answers of the same server library by the same clients; the median counts.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant as Stopwatch},
};

use anyhow::{Context, Result, bail};
use axum::{Json, Router, routing::get};
use huying_engine::{
    Clock, Engine, Setting,
    files::Files,
    notary::Notary,
    outbox::{Outbox, OutboxSettings},
    timers::Timers,
};
use huying_pack::Pack;
use huying_server::{AppState, Settings, SignIn};
use huying_sim::{Ground, Habits, World};
use huying_store::Store;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot, task::JoinSet};

use super::{
    drive::{self, Done, Load},
    figures::{binary_mb, cores, median, memory_mb, percentile_ms, processor_ticks, round1},
    plan::{self, Asked, Life},
    seed,
};
use crate::{
    Global,
    clock::{self, MachineClock},
    end::{End, Usage},
    packs::PackFiles,
};

#[derive(clap::Args)]
pub struct Args {
    /// Stored cases; several sizes run in turn
    #[arg(long, value_delimiter = ',', default_value = "10000")]
    cases: Vec<usize>,
    /// Clients, each with one connection
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// Runs of each size; the median is reported
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Measured seconds of a run, after two of warming up
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// The pack
    #[arg(long, default_value = "jiangbei")]
    pack: String,
    /// What the search at the end of each life asks for
    #[arg(long, value_enum, default_value = "matter")]
    search: Asked,
    /// Where seeded SQLite stores are kept for the next time
    #[arg(long, default_value = "target/bench")]
    keep: PathBuf,
    /// Without the Merkle log beside it, to see what it costs
    #[arg(long)]
    no_proof: bool,
    /// One JSON object a line, one for each size
    #[arg(long)]
    json: bool,
}

const WARM: Duration = Duration::from_secs(2);
const BARE: Duration = Duration::from_secs(3);
/// Different lives that the clients go through in turn.
const LIVES: usize = 400;

/// What was measured of one run.
struct Run {
    done: Done,
    bare: f64,
    start_ms: f64,
    memory_start_mb: f64,
    memory_end_mb: f64,
    batch: f64,
    open: i64,
    cores: Value,
}

pub async fn run(global: &Global, args: Args) -> Result<End> {
    let config = global.settings()?;
    if args.runs == 0 || args.clients == 0 || args.cases.is_empty() {
        bail!(Usage("runs, clients and cases have to be at least 1".into()));
    }
    let server = global.database.clone().filter(|url| url.starts_with("postgres"));
    let files = PackFiles::named(&args.pack)?;
    let pack = files.read()?;
    let world = World::new(&Setting::of_pack(pack.clone(), 0), Ground::of_pack(&pack), Habits::straight());
    let lives = Arc::new(plan::lives(&world, LIVES, 1, MachineClock.now(), args.search)?);
    drop(config);
    let mut bases = Vec::new();
    for cases in &args.cases {
        bases.push(match &server {
            Some(url) => {
                let store = Store::open(url, seed::options()).await?;
                seed::fill(&store, &files, &pack, *cases).await?;
                store.close().await;
                None
            }
            None => Some(seed::sqlite(&args.keep, &files, &pack, *cases).await?),
        });
    }
    let mut runs: Vec<Vec<Run>> = args.cases.iter().map(|_| Vec::new()).collect();
    for no in 0..args.runs {
        for (size, base) in bases.iter().enumerate() {
            let url = match base {
                Some(file) => format!("sqlite:{}", seed::writable(file, args.cases[size])?.display()),
                None => server.clone().unwrap_or_default(),
            };
            let run = one(&url, &args, &pack, &lives, no).await?;
            tracing::info!(
                cases = args.cases[size],
                run = no,
                lives_per_second = run.done.lives as f64 / run.done.seconds,
                bare_per_second = run.bare,
                "measured"
            );
            runs[size].push(run);
        }
    }
    for (cases, runs) in args.cases.iter().zip(&runs) {
        let report = report(*cases, runs, &args, server.is_some());
        if args.json { println!("{report}") } else { println!("{report:#}") }
    }
    Ok(End::Well)
}

/// The smallest handler: about as many bytes as a command's answer.
pub(super) async fn bare(clients: usize) -> Result<f64> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = listener.local_addr()?;
    let body = json!({"id": "0".repeat(32), "number": "XX-261123-0000-0000", "version": 7, "stage": "closed", "replayed": false, "position": 1});
    let app = Router::new().route(
        "/",
        get(move || {
            let body = body.clone();
            async move { Json(body) }
        }),
    );
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });
    let load = Load { server, clients, warm: Duration::from_secs(1), run: BARE };
    let answers = drive::bare(load).await;
    serving.abort();
    answers
}

async fn one(url: &str, args: &Args, pack: &Pack, lives: &Arc<Vec<Life>>, no: usize) -> Result<Run> {
    let bare = bare(args.clients).await?;
    let began = Stopwatch::now();
    let store = Store::open(url, seed::options()).await?;
    let start_ms = began.elapsed().as_secs_f64() * 1000.0;
    let folder = args.keep.join("files");
    let engine = Engine::new(store, Arc::new(MachineClock), Files::in_folder(&folder)?);
    engine.install(seed::TENANT, Setting::of_pack(pack.clone(), 0));
    let memory_start_mb = memory_mb();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = listener.local_addr()?;
    let settings = Settings {
        tenant: seed::TENANT,
        sign_in: SignIn::Demo,
        limits: None,
        stopwatch: clock::stopwatch,
        ..Settings::default()
    };
    let state = AppState::new(engine.clone(), Arc::new(pack.clone()), settings);
    let mut beside = JoinSet::new();
    let timers = Timers::new(engine.clone(), "bench");
    // Clocks that came due since the store was seeded are stepped before it is measured.
    timers.step_all(engine.now()).await?;
    beside.spawn(async move { timers.run_for_ever(Duration::from_secs(5)).await });
    let outbox = Outbox::new(engine.clone(), "bench", &OutboxSettings::default())?;
    outbox.run().await?;
    beside.spawn(async move { outbox.run_for_ever().await });
    if !args.no_proof {
        let notary = Notary::new(engine.clone(), "bench");
        // What was seeded is in the log before it is measured.
        notary.run().await?;
        beside.spawn(async move { notary.run_for_ever().await });
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(huying_server::serve(listener, state, None, async move {
        let _ = stopped.await;
    }));
    let stats = engine.store().stats();
    let (batches, commands) = (
        stats.batches.load(std::sync::atomic::Ordering::Relaxed),
        stats.commands.load(std::sync::atomic::Ordering::Relaxed),
    );
    let ticks = processor_ticks();
    let load = Load { server, clients: args.clients, warm: WARM, run: Duration::from_secs(args.seconds) };
    let done = drive::lives(load, Arc::clone(lives), format!("第{no}轮")).await?;
    let spent = cores(&ticks, &processor_ticks(), done.seconds + WARM.as_secs_f64());
    let batches = stats.batches.load(std::sync::atomic::Ordering::Relaxed) - batches;
    let commands = stats.commands.load(std::sync::atomic::Ordering::Relaxed) - commands;
    let open = engine.store().count_cases(seed::TENANT).await?;
    let memory_end_mb = memory_mb();
    let _ = stop.send(());
    beside.abort_all();
    while beside.join_next().await.is_some() {}
    serving.await.context("the server under test")??;
    engine.store().close().await;
    let batch = commands as f64 / (batches.max(1)) as f64;
    Ok(Run { done, bare, start_ms, memory_start_mb, memory_end_mb, batch, open, cores: json!(spent) })
}

fn report(cases: usize, runs: &[Run], args: &Args, postgres: bool) -> Value {
    let of = |value: &dyn Fn(&Run) -> f64| round1(median(runs.iter().map(value).collect()));
    let lives = |run: &Run| run.done.lives as f64 / run.done.seconds;
    let commands = |run: &Run| run.done.commands as f64 / run.done.seconds;
    let share = of(&|run| 100.0 * commands(run) / run.bare.max(1.0));
    let each: Vec<f64> = runs.iter().map(|run| round1(lives(run))).collect();
    json!({
        "bench": "lifecycle",
        "database": if postgres { "postgres" } else { "sqlite" },
        "cases": cases,
        "cases_after_last_run": runs.last().map(|run| run.open),
        "clients": args.clients,
        "runs": runs.len(),
        "seconds": args.seconds,
        "proof": !args.no_proof,
        "search": format!("{:?}", args.search).to_lowercase(),
        "lifecycles_per_second": of(&lives),
        "lifecycles_per_second_each": each,
        "commands_per_second": of(&commands),
        "searches_per_second": of(&|run| run.done.searches as f64 / run.done.seconds),
        "bare_axum_per_second": of(&|run| run.bare),
        "commands_percent_of_bare": share,
        "p50_ms": of(&|run| percentile_ms(&run.done.commands_us, 50)),
        "p99_ms": of(&|run| percentile_ms(&run.done.commands_us, 99)),
        "search_p50_ms": of(&|run| percentile_ms(&run.done.searches_us, 50)),
        "search_p99_ms": of(&|run| percentile_ms(&run.done.searches_us, 99)),
        "commands_in_a_batch": of(&|run| run.batch),
        "start_ms": of(&|run| run.start_ms),
        "memory_after_start_mb": of(&|run| run.memory_start_mb),
        "memory_after_run_mb": of(&|run| run.memory_end_mb),
        "binary_mb": binary_mb(),
        "core_percent_by_thread": runs.last().map(|run| run.cores.clone()),
    })
}
