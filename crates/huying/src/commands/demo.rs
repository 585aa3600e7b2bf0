//! `huying demo`: a simulated city with its history, and life going on.

use std::sync::Arc;

use anyhow::{Result, bail};
use huying_engine::{Clock, Setting};
use huying_model::{Component, MemberId};
use huying_sim::{Ground, Habits, Plan, World, life};
use huying_store::{Store, TenantId, components::Signed};
use tokio::task::JoinSet;

use super::serve;
use crate::{
    Global,
    clock::MachineClock,
    config,
    end::{End, Usage},
    home::{self, Home},
    packs::PackFiles,
    progress,
};

#[derive(clap::Args)]
pub struct Args {
    /// Where to listen, such as 127.0.0.1:8080
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// A folder with a pack.toml, or a pack that this binary carries
    #[arg(long, value_name = "DIR|NAME", default_value = "jiangbei")]
    pack: String,
    /// Days of history
    #[arg(long, default_value_t = 60)]
    days: u32,
    /// Cases of that history
    #[arg(long, default_value_t = 20_000)]
    cases: u32,
    /// The same seed gives the same cases
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// No life going on: nothing changes but what you change
    #[arg(long)]
    still: bool,
}

/// Where the demo's store lies when nobody names one.
const DATABASE: &str = "sqlite:demo-data/huying.db";
const DAY_MS: i64 = 86_400_000;
const COMPONENTS: usize = 400;
const COMPONENTS_AT_ONCE: usize = 200;

pub async fn run(global: &Global, args: Args) -> Result<End> {
    let else_database = Some(DATABASE);
    let sign_in = Some(config::Entrance::Demo);
    let (listen, sandbox) = (args.listen.clone(), true);
    let flags = config::Flags { listen, sign_in, else_database, sandbox, ..global.flags() };
    let (config, _) = config::read(&flags)?;
    crate::log::start(&config.log)?;
    if args.days == 0 {
        bail!(Usage("a history needs at least one day: write --days 1, and --cases 0 for none".into()));
    }
    let store = home::open_store(&config).await?;
    let tenant = TenantId(config.tenant.id);
    let files = match PackFiles::installed(&store, tenant).await? {
        Some(installed) => installed,
        None => {
            let files = PackFiles::named(&args.pack)?;
            let version = files.read()?.version;
            files.install(&store, tenant, version.as_str(), MachineClock.now()).await?;
            files
        }
    };
    let pack = files.read()?;
    let ground = Ground::of_pack(&pack);
    let world = Arc::new(World::new(&Setting::of_pack(pack.clone(), 0), ground, Habits::default()));
    if store.count_cases(tenant).await? == 0 && args.cases > 0 {
        history(&store, tenant, Arc::clone(&world), &args).await?;
    }
    if store.count_components(tenant).await? == 0 {
        census(&store, tenant, &world, args.seed).await?;
    }
    let home = Home::on(config, store, pack).await?;
    let mut beside = JoinSet::new();
    if !args.still {
        let (engine, tempo) =
            (home.engine.clone(), life::Tempo { seed: args.seed, ..life::Tempo::default() });
        beside.spawn(async move { life::go_on(engine, tenant, world, tempo).await });
    }
    serve::serve(home, true, beside).await
}

/// A few hundred components, so that there is something to look at.
async fn census(store: &Store, tenant: TenantId, world: &World, seed: u64) -> Result<()> {
    let by = MemberId::new("system");
    let signed = Signed { by: &by, at: MachineClock.now(), reason: "模拟普查", run: "demo" };
    let all: Vec<(Component, i64)> =
        world.census(COMPONENTS, signed.at, seed).into_iter().map(|it| (it, 1)).collect();
    for part in all.chunks(COMPONENTS_AT_ONCE) {
        store.change_components(tenant, part, &signed).await?;
    }
    Ok(())
}

async fn history(store: &Store, tenant: TenantId, world: Arc<World>, args: &Args) -> Result<()> {
    let until = MachineClock.now();
    let plan = Plan {
        seed: args.seed,
        from: until.plus_ms(-i64::from(args.days) * DAY_MS),
        until,
        cases: args.cases as usize,
        watch: false,
    };
    let bar = progress::bar("making the city's history", u64::from(args.cases));
    let figures =
        huying_sim::load(store, tenant, world, plan, &|cases| bar.set_position(cases as u64)).await?;
    bar.finish_and_clear();
    println!("{} simulated cases of {} days with {} events.", figures.cases, args.days, figures.events);
    Ok(())
}
