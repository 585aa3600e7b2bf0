//! `huying bench locate`: from a point to its cell in the places of a pack, on one core.

use std::{hint::black_box, time::Instant};

use huying_engine::Setting;
use huying_geo::Point;
use huying_sim::Ground;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::figures::{median, round1};
use crate::{end::End, packs::PackFiles};

#[derive(clap::Args)]
pub struct Args {
    #[arg(long, default_value = "jiangbei")]
    pack: String,
    /// Different points
    #[arg(long, default_value_t = 200_000)]
    points: usize,
    /// Rounds over all points; the median is reported
    #[arg(long, default_value_t = 11)]
    rounds: usize,
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> anyhow::Result<End> {
    let pack = PackFiles::named(&args.pack)?.read()?;
    let cells = pack.shapes.cells.len();
    let ground = Ground::of_pack(&pack);
    let setting = Setting::of_pack(pack, 0);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let points: Vec<Point> = (0..args.points)
        .filter_map(|_| {
            let place = ground.somewhere(&setting.places, &mut rng);
            Some(Point::new(place.lon_e7?, place.lat_e7?))
        })
        .collect();
    let mut rates = Vec::new();
    for _ in 0..args.rounds.max(1) {
        let began = Instant::now();
        let found =
            points.iter().filter(|point| black_box(setting.places.locate(**point)).area.is_some()).count();
        rates.push(points.len() as f64 / began.elapsed().as_secs_f64());
        anyhow::ensure!(
            found == points.len(),
            "{} of {} points have no cell",
            points.len() - found,
            points.len()
        );
    }
    let report = json!({"bench": "locate", "cells": cells, "points": points.len(), "lookups_per_second": round1(median(rates))});
    if args.json {
        println!("{report}")
    } else {
        println!("{report:#}")
    }
    Ok(End::Well)
}
