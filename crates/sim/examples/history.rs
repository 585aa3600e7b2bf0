//! Loads a history into a new SQLite file and prints the figures:
//! `cargo run --release -p huying-sim --example history -- packs/jiangbei FILE CASES DAYS [straight]`.
#![expect(clippy::print_stdout, reason = "a tool for people at a terminal")]

use std::{sync::Arc, time};

use huying_engine::Setting;
use huying_model::Instant;
use huying_sim::{Ground, Habits, Plan, World, load};
use huying_store::{Options, RootKey, Store, TenantId};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [pack, file, cases, days, rest @ ..] = args.as_slice() else {
        return Err("name PACK FILE CASES DAYS".into());
    };
    let began = time::Instant::now();
    let pack = huying_pack::load(pack)
        .map_err(|problems| problems.first().map(ToString::to_string).unwrap_or_default())?;
    let ground = Ground::of_pack(&pack);
    let habits = if rest.is_empty() { Habits::default() } else { Habits::straight() };
    let world = Arc::new(World::new(&Setting::of_pack(pack, 0), ground, habits));
    println!("pack read in {:.2?}", began.elapsed());
    let store = Store::open(&format!("sqlite:{file}"), Options::new(RootKey::Hex("5a".repeat(32)))).await?;
    let until: Instant = "2026-11-23T04:00:00Z".parse()?;
    let days: i64 = days.parse()?;
    let plan =
        Plan { seed: 1, from: until.plus_ms(-days * 86_400_000), until, cases: cases.parse()?, watch: false };
    let began = time::Instant::now();
    let figures = load(&store, TenantId(1), world, plan, &|_| {}).await?;
    let took = began.elapsed();
    println!("{}", serde_json::to_string_pretty(&figures)?);
    println!("{} events stored in {took:.2?}", figures.events);
    store.close().await;
    Ok(())
}
