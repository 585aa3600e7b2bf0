//! `huying bench decide`: a city of straight lives in memory: what the model alone takes.

use std::time::Instant;

use huying_engine::{Clock, Setting};
use huying_sim::{City, Ground, Habits, Plan, World, pen::BlankPen};
use serde_json::json;

use super::figures::{median, round1};
use crate::{clock::MachineClock, end::End, packs::PackFiles};

#[derive(clap::Args)]
pub struct Args {
    #[arg(long, default_value = "jiangbei")]
    pack: String,
    #[arg(long, default_value_t = 5_000)]
    cases: usize,
    /// Runs; the median is reported
    #[arg(long, default_value_t = 5)]
    runs: usize,
    #[arg(long)]
    json: bool,
}

const DAYS_MS: i64 = 20 * 86_400_000;

pub fn run(args: Args) -> anyhow::Result<End> {
    let pack = PackFiles::named(&args.pack)?.read()?;
    let ground = Ground::of_pack(&pack);
    let world = World::new(&Setting::of_pack(pack, 0), ground, Habits::straight());
    let until = MachineClock.now();
    let plan = Plan { seed: 1, from: until.plus_ms(-DAYS_MS), until, cases: args.cases, watch: false };
    let (mut rates, mut commands, mut events) = (Vec::new(), 0, 0);
    for _ in 0..args.runs.max(1) {
        let mut city = City::new(&world, plan);
        let began = Instant::now();
        city.run(&mut BlankPen, |_, _| Ok::<(), std::convert::Infallible>(()))?;
        commands = city.figures.commands.values().sum::<usize>() + city.figures.ticks;
        events = city.figures.events;
        rates.push(commands as f64 / began.elapsed().as_secs_f64());
    }
    let rate = median(rates);
    let report = json!({
        "bench": "decide",
        "cases": args.cases,
        "commands": commands,
        "events": events,
        "commands_per_second": round1(rate),
        "microseconds_per_command": round1(1e6 / rate.max(1.0)),
    });
    if args.json {
        println!("{report}")
    } else {
        println!("{report:#}")
    }
    Ok(End::Well)
}
