//! Commands a second through the committer, by how many clients wait at once. Prints, asserts nothing.
//!
//! `cargo bench -p huying-store --bench commit -- [sqlite:FILE|postgres://…] [SECONDS] [SEEDED CASES]`
//! One lifecycle is six commands on a case of its own: report with 400 characters of Chinese text, then five moves, each with
//! an idempotency key sortable in time. Stored cases are seeded through the same committer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench prints, and fails by panicking"
)]

#[path = "../tests/city/mod.rs"]
mod city;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant as Wall},
};

use city::*;
use huying_model::Stage;
use huying_store::{Store, Work};

const TEXT: &str = "三号楼东侧路灯连续三晚不亮，老人夜间下楼看不清台阶，昨晚已有一位居民崴脚，请尽快派人检查线路并更换灯具。";
const WAY: [(Stage, &str); 5] = [
    (Stage::Filed, "centre-b"),
    (Stage::Handling, "post-1"),
    (Stage::Handling, "post-2"),
    (Stage::Inspecting, "centre-b"),
    (Stage::Closed, "centre-b"),
];
static NEXT: AtomicU64 = AtomicU64::new(1);

fn with_key(work: Work, no: u64, step: usize) -> Work {
    keyed(work, key(&format!("{no:016x}-{step}"), 1))
}

async fn lifecycle(store: &Store, no: u64, steps: usize, waits: &mut Vec<Duration>) {
    let case = Told { text: TEXT.repeat(8), ..told(no) };
    let begun = Wall::now();
    store.submit(with_key(report_work(store, &case), no, 0)).await.expect("reported");
    waits.push(begun.elapsed());
    for (step, (stage, unit)) in WAY.iter().take(steps).enumerate() {
        let begun = Wall::now();
        let event = moved(case.at + step as i64, *stage, unit);
        store.submit(with_key(append_work(no, event), no, step + 1)).await.expect("moved");
        waits.push(begun.elapsed());
    }
}

async fn clients(
    store: &Arc<Store>,
    count: u64,
    enough: impl Fn(u64) -> bool + Clone + Send + Sync + 'static,
    steps: fn(u64) -> usize,
) -> (usize, Vec<Duration>) {
    let mut all = Vec::new();
    for _ in 0..count {
        let (store, enough) = (Arc::clone(store), enough.clone());
        all.push(tokio::spawn(async move {
            let mut waits = Vec::new();
            loop {
                let no = NEXT.fetch_add(1, Ordering::Relaxed);
                if enough(no) {
                    return waits;
                }
                lifecycle(&store, no, steps(no), &mut waits).await;
            }
        }));
    }
    let mut waits = Vec::new();
    for one in all {
        waits.extend(one.await.expect("a client"));
    }
    waits.sort();
    (waits.len(), waits)
}

/// One in twenty of the seeded cases stays open.
fn seeded_steps(no: u64) -> usize {
    if no.is_multiple_of(20) { (no / 20 % 5) as usize } else { 5 }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let dir = tempfile::tempdir().expect("a folder");
    let url = args.next().unwrap_or_else(|| format!("sqlite:{}", dir.path().join("bench.db").display()));
    let seconds: u64 = args.next().and_then(|text| text.parse().ok()).unwrap_or(3);
    let seed: u64 = args.next().and_then(|text| text.parse().ok()).unwrap_or(10_000);
    let store = Arc::new(Store::open(&url, options(dir.path())).await.expect("the store opens"));
    let begun = Wall::now();
    let (seeded, _) = clients(&store, 256, move |no| no > seed, seeded_steps).await;
    println!(
        "{} · {seed} cases seeded, {:.0} commands/s",
        store.database(),
        seeded as f64 / begun.elapsed().as_secs_f64()
    );
    println!("clients  commands/s  lifecycles/s  p50 ms  p99 ms  max ms  batch");
    for count in [1, 8, 32, 64, 128, 256] {
        let (batches, begun) = (store.stats().batches.load(Ordering::Relaxed), Wall::now());
        let end = begun + Duration::from_secs(seconds);
        let (done, waits) = clients(&store, count, move |_| Wall::now() > end, |_| 5).await;
        let spent = begun.elapsed().as_secs_f64();
        let batches = store.stats().batches.load(Ordering::Relaxed) - batches;
        let at = |part: f64| {
            waits
                .get(((waits.len() - 1) as f64 * part) as usize)
                .map_or(0.0, |wait| wait.as_secs_f64() * 1000.0)
        };
        println!(
            "{count:>7}  {:>10.0}  {:>12.0}  {:>6.2}  {:>6.2}  {:>6.1}  {:>5.1}",
            done as f64 / spent,
            done as f64 / spent / 6.0,
            at(0.5),
            at(0.99),
            at(1.0),
            done as f64 / batches.max(1) as f64
        );
    }
    if seed <= 20_000 {
        let check = store.check(&|_| {}).await.expect("checked");
        println!("check: {} cases, {} events, {} different", check.cases, check.events, check.different);
    }
    store.close().await;
}
