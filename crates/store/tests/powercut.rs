//! Power cuts: what was answered is there afterwards, and without syncing it is not, or this would prove nothing.
//!
//! `HUYING_POWER_CUTS` sets the number of rounds; the usual run is short.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod city;
mod power;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use city::*;
use huying_store::{Durability, Options, Store};

struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// What became of the commands of one cut.
#[derive(Default, Debug)]
struct Found {
    answered: usize,
    lost: usize,
    /// The store did not open, or its proofs failed.
    broken: Option<String>,
}

async fn work_until_the_cut(store: &Arc<Store>, dice: &mut Dice) -> Vec<(u64, u32)> {
    let answered: Arc<Mutex<Vec<(u64, u32)>>> = Arc::default();
    let mut clients = Vec::new();
    for client in 0..6_u64 {
        let (store, answered) = (Arc::clone(store), Arc::clone(&answered));
        clients.push(tokio::spawn(async move {
            for turn in 0.. {
                let no = 1 + client + 6 * (turn / 4);
                let done = if turn % 4 == 0 {
                    store.submit(report_work(&store, &told(no))).await
                } else {
                    append(&store, no, comment(&store, no, T0 + turn as i64, "现场进展 step")).await
                };
                match done {
                    Ok(receipt) => answered.lock().unwrap().push((no, receipt.version)),
                    Err(_) => return,
                }
            }
        }));
    }
    tokio::time::sleep(Duration::from_millis(30 + dice.roll(200))).await;
    power::cut();
    for client in clients {
        client.await.unwrap();
    }
    Arc::try_unwrap(answered).unwrap().into_inner().unwrap()
}

async fn look(url: &str, options: Options, answered: &[(u64, u32)]) -> Found {
    let mut found = Found { answered: answered.len(), ..Found::default() };
    let store = match Store::open(url, options).await {
        Ok(store) => store,
        Err(why) => return Found { broken: Some(why.to_string()), lost: answered.len(), ..found },
    };
    for (no, version) in answered {
        let is = store.case(TENANT, id(*no)).await.ok().flatten().map_or(0, |view| view.case.version);
        found.lost += usize::from(is < *version);
    }
    found.broken = match (store.check(&|_| {}).await, store.audit(&|_| {}).await) {
        (Ok(check), Ok(audit)) if check.clean() && audit.clean() => None,
        (check, audit) => Some(format!("{check:?} {audit:?}")),
    };
    store.close().await;
    found
}

async fn one_cut(durability: Durability, seed: u64) -> Found {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    power::restore();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let mut options = options(dir.path());
    options.durability = durability;
    options.vfs = Some(power::NAME.to_owned());
    options.max_batch = 1 + dice.roll(16) as usize;
    let store = Arc::new(Store::open(&format!("sqlite:{}", path.display()), options.clone()).await.unwrap());
    let answered = work_until_the_cut(&store, &mut dice).await;
    store.close().await;
    drop(store);
    let after = dir.path().join("after.db");
    power::found_after(&path, &after, || dice.roll(2) == 0);
    options.vfs = None;
    look(&format!("sqlite:{}", after.display()), options, &answered).await
}

async fn campaign(durability: Durability, rounds: u64) -> (usize, usize, Vec<String>) {
    let (mut answered, mut lost, mut broken) = (0, 0, Vec::new());
    for seed in 1..=rounds {
        let found = one_cut(durability, seed).await;
        answered += found.answered;
        lost += found.lost;
        broken.extend(found.broken);
    }
    println!(
        "{durability:?}: {rounds} cuts, {answered} answered, {lost} lost, {} stores broken",
        broken.len()
    );
    (answered, lost, broken)
}

/// Both campaigns share one layer and one switch, so they stand in one test.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_loses_nothing_that_was_answered_and_without_syncing_it_does() {
    let rounds = std::env::var("HUYING_POWER_CUTS").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    let (answered, lost, broken) = campaign(Durability::Full, rounds).await;
    assert!(answered > 0, "nothing was answered, so nothing was proved");
    assert_eq!((lost, broken), (0, Vec::new()));
    let (answered, lost, broken) = campaign(Durability::Off, rounds).await;
    assert!(
        answered > 0 && (lost > 0 || !broken.is_empty()),
        "without syncing nothing was lost: the cut does not cut"
    );
}
