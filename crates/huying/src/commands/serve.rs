//! `huying serve`: the server on a store, with clocks, messages, the log and upkeep beside it.

use std::{io::Write, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use huying_engine::{
    accounts::Accounts, exchange::Exchange, feed::Feeds, notary::Notary, outbox::Outbox, person::Keeper,
    renew, timers::Timers,
};
use huying_model::Instant;
use huying_server::{
    AppState, Settings, SignIn,
    open311::{self, Open311},
    tls::Tls,
};
use tokio::{net::TcpListener, signal, task::JoinSet};

use crate::{Global, clock, config, door::Door, end::End, home::Home, sandbox};

#[derive(clap::Args)]
pub struct Args {
    /// Where to listen, such as 127.0.0.1:8080
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// How members come in; 'demo' lets a name be chosen, on a loopback address only
    #[arg(long, value_name = "WAY")]
    sign_in: Option<config::Entrance>,
    /// Serve a sandbox for developers of other systems beside it, below /sandbox
    #[arg(long)]
    sandbox: bool,
}

/// How often old idempotency keys and delivered messages are dropped.
const UPKEEP: Duration = Duration::from_secs(3600);
/// Delivered messages are kept so long.
const DELIVERED_MS: i64 = 30 * 86_400_000;

pub async fn run(global: &Global, args: Args) -> Result<End> {
    let (listen, sign_in, sandbox) = (args.listen, args.sign_in, args.sandbox);
    let flags = config::Flags { listen, sign_in, sandbox, ..global.flags() };
    let (config, _) = config::read(&flags)?;
    crate::log::start(&config.log)?;
    let home = Home::open(config).await?;
    let demo = home.pack.demo;
    serve(home, demo, JoinSet::new()).await
}

/// Serves until the process is asked to end, then lets what waits be written.
pub async fn serve(home: Home, demo: bool, mut beside: JoinSet<()>) -> Result<End> {
    let address = &home.config.server.listen;
    let listener = TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))?;
    let local = listener.local_addr()?;
    start_beside(&home, &mut beside)?;
    let door = Door::of(&home.config, local)?;
    let settings = Settings {
        sign_in: door.sign_in.clone(),
        proxies: door.proxies,
        metrics_from: door.metrics_from,
        limits: door.limits,
        connections: door.connections,
        tenant: home.tenant,
        demo,
        stopwatch: clock::stopwatch,
        webhooks: home.config.messages.webhooks,
        privacy: home.config.privacy(),
        open311: open311(&home, &door.sign_in),
        basemap: home.config.basemap()?,
        sandbox: sandbox::rules(&home.config),
        deprecated: huying_server::openapi::deprecated::DEPRECATED,
        version: env!("CARGO_PKG_VERSION"),
    };
    let state = AppState::new(home.engine.clone(), home.pack.clone(), settings);
    let ended = ended()?;
    tracing::info!(address = %local, pack = %home.pack.version, demo, "serving");
    let scheme = if door.tls.is_some() { "https" } else { "http" };
    println!("呼应 is serving {} on {scheme}://{local}", home.pack.name.zh);
    if let Some(demo) = &state.settings.open311.demo {
        // Whoever starts the platform may read its first line and hang up.
        let mut out = std::io::stdout();
        let root = open311::ROOT;
        let _ = writeln!(
            out,
            "Open311 is at {scheme}://{local}{root}; its api_key, until the end:  {}",
            demo.key
        );
    }
    if let Ok(accounts) = state.accounts() {
        let unfit = accounts.unfit()?;
        if !unfit.is_empty() {
            let told: Vec<String> = unfit.iter().map(ToString::to_string).collect();
            anyhow::bail!("accounts.separate_administrators cannot be used: {}", told.join("; "));
        }
        open_first(accounts).await?;
        beside.spawn(look_after(accounts.clone(), door.tls.clone()));
    }
    let sandbox = state.sandbox().cloned();
    if let Some(sandbox) = sandbox.clone() {
        beside.spawn(sandbox::open(sandbox));
    }
    let served = huying_server::serve(listener, state, door.tls.as_ref(), ended).await;
    beside.abort_all();
    while beside.join_next().await.is_some() {}
    if let Some(sandbox) = sandbox {
        sandbox.close().await;
    }
    if let Err(error) = home.engine.write_accesses().await {
        tracing::error!(%error, "the last accesses could not be written");
    }
    if let Err(error) = home.engine.write_tries().await {
        tracing::error!(%error, "the last failed sign-ins could not be written");
    }
    home.engine.store().close().await;
    tracing::info!("ended");
    served.context("serving")?;
    Ok(End::Well)
}

/// What programs of others are told. Where names are chosen there are no keys of members: one is made here, and told when the platform serves.
fn open311(home: &Home, sign_in: &SignIn) -> Open311 {
    let it = &home.config.open311;
    let demo = matches!(sign_in, SignIn::Demo).then(|| home.demo_key()).flatten();
    Open311 {
        url: home.config.public_url(),
        jurisdictions: it.jurisdictions.clone(),
        contact: it.contact.clone(),
        key_service: it.key_service.clone(),
        demo,
    }
}

/// A store without any account gets one administrator, whose one-time password is told here and nowhere else.
async fn open_first(accounts: &Accounts) -> Result<()> {
    if let Some(first) = accounts.first().await? {
        println!("There is no account yet. Sign in within three days and set your own password:");
        println!("  member    {}", first.member);
        println!("  password  {}", first.password);
    }
    Ok(())
}

/// What runs out is dropped, and a renewed certificate is taken up.
async fn look_after(accounts: Accounts, tls: Option<Arc<Tls>>) {
    loop {
        if let Err(error) = accounts.purge().await {
            tracing::warn!(%error, "old sessions were not dropped");
        }
        tokio::time::sleep(UPKEEP).await;
        if let Some(Err(error)) = tls.as_ref().map(|tls| tls.renew()) {
            tracing::warn!(%error, "the certificate could not be read again; the old one holds on");
        }
    }
}

/// Clocks, messages, the log and upkeep.
fn start_beside(home: &Home, tasks: &mut JoinSet<()>) -> Result<()> {
    let node = format!("node-{}-{}", home.config.store.stream, std::process::id());
    let timers = Timers::new(home.engine.clone(), &node);
    let period = Duration::from_secs(home.config.timers.period_seconds.max(1));
    tasks.spawn(async move { timers.run_for_ever(period).await });
    let outbox = Outbox::new(home.engine.clone(), &node, &home.config.outbox())
        .context("the settings of [messages] cannot be used")?;
    tasks.spawn(async move { outbox.run_for_ever().await });
    let feeds = Feeds::new(home.engine.clone(), &node, home.config.messages.webhooks)?
        .at(Some(home.config.server.url.as_str()));
    tasks.spawn(async move { feeds.run_for_ever().await });
    let exchange = Exchange::new(home.engine.clone(), &node, home.config.exchange())
        .context("the settings of the exchange cannot be used")?;
    tasks.spawn(async move { exchange.run_for_ever().await });
    let notary = Notary::new(home.engine.clone(), &node);
    tasks.spawn(async move { notary.run_for_ever().await });
    let keeper = Keeper::new(home.engine.clone(), home.tenant, home.config.privacy(), &node);
    tasks.spawn(async move { keeper.run_for_ever().await });
    let (engine, holder) = (home.engine.clone(), node.clone());
    tasks.spawn(async move { renew::run_for_ever(engine, holder, period).await });
    let (engine, tenant) = (home.engine.clone(), home.tenant);
    tasks.spawn(async move {
        loop {
            let now: Instant = engine.now();
            if let Err(error) = engine.store().purge_keys(tenant, now).await {
                tracing::warn!(%error, "old keys were not dropped");
            }
            if let Err(error) = engine.store().purge_deliveries(tenant, now.plus_ms(-DELIVERED_MS)).await {
                tracing::warn!(%error, "delivered messages were not dropped");
            }
            if let Err(error) = engine.sweep_uploads(tenant).await {
                tracing::warn!(%error, "old uploads were not dropped");
            }
            tokio::time::sleep(UPKEEP).await;
        }
    });
    Ok(())
}

/// Completes when the process is asked to end. It listens from the call on, not only from the first poll: whoever reads that the
/// platform serves may ask it to end at once.
fn ended() -> Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate =
        signal::unix::signal(signal::unix::SignalKind::terminate()).context("listening for signals")?;
    Ok(async move {
        let interrupt = signal::ctrl_c();
        #[cfg(unix)]
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = interrupt.await;
    })
}
