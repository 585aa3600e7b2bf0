//! How long it takes to read, lint and test the packs that are shipped: `cargo bench -p huying-pack`.
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::path::Path;
use std::time::Instant;

const PACKS: [&str; 4] = ["starter", "jiangbei", "losangeles", "baltimore"];
const RUNS: usize = 5;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    for name in PACKS {
        let dir = folder.join(name);
        let read = median(|| huying_pack::load(&dir).is_ok());
        let lint = median(|| huying_pack::lint(&dir).passed());
        let test = median(|| huying_pack::scenario::test(&dir).is_ok_and(|report| report.failed() == 0));
        println!("{name:>12}: read {read:>8.1} ms, lint {lint:>8.1} ms, stories {test:>8.1} ms");
    }
}

/// Milliseconds of the middle run.
fn median(mut work: impl FnMut() -> bool) -> f64 {
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            assert!(work(), "the pack is not sound");
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[RUNS / 2]
}
