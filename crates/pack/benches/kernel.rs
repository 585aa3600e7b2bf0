//! How many cases a second are routed and timed: `cargo bench -p huying-pack --bench kernel`.
//!
//! The demo pack's table, cells, matters and conditions and ten sources, at random moments of three years, all made before the clock
//! starts. One case is its row, its units and three due instants (receive, handle, promise).
#![allow(clippy::unwrap_used, reason = "a bench stops at what it did not expect")]

use std::path::Path;

use divan::{Bencher, black_box, counter::ItemsCount};
use huying_model::{
    AreaCode, Instant, MatterCode,
    catalogue::{Source, Urgency},
    route::Facts,
};
use huying_pack::{
    Pack,
    kernel::{AreaNo, Ask, Kernel, MatterNo},
};

fn main() {
    divan::main();
}

/// Cases of one round: enough that no cache holds all of them.
const CASES: usize = 100_000;
const FIRST: i64 = 1_704_067_200_000;
const SPAN: u64 = 3 * 365 * 24 * 3_600_000;
const URGENCIES: [Urgency; 3] = [Urgency::Green, Urgency::Yellow, Urgency::Red];

struct Asked {
    matter: MatterCode,
    condition: u16,
    area: AreaCode,
    source: Source,
    urgency: Urgency,
    at: Instant,
}

fn pack() -> Pack {
    huying_pack::load(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/jiangbei")).unwrap()
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same cases in every run.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn asked(pack: &Pack, count: usize) -> Vec<Asked> {
    let matters: Vec<_> = pack.policy.current.matters.values().collect();
    let cells: Vec<_> = pack.shapes.cells.keys().collect();
    let mut state = 7;
    let mut pick = |of: usize| (next(&mut state) % of as u64) as usize;
    (0..count)
        .map(|_| {
            let matter = matters[pick(matters.len())];
            Asked {
                matter: matter.code.clone(),
                condition: matter.conditions[pick(matter.conditions.len())].no,
                area: cells[pick(cells.len())].clone(),
                source: Source::ALL[pick(10)],
                urgency: URGENCIES[pick(3)],
                at: Instant(FIRST + (pick(SPAN as usize) as i64)),
            }
        })
        .collect()
}

#[divan::bench(sample_count = 20)]
fn compiled(bencher: Bencher) {
    let pack = pack();
    let kernel = Kernel::compile(&pack.policy);
    let asked: Vec<(MatterNo, AreaNo, Asked)> = asked(&pack, CASES)
        .into_iter()
        .map(|it| (kernel.matter(&it.matter).unwrap(), kernel.area(Some(&it.area)), it))
        .collect();
    bencher.counter(ItemsCount::new(CASES)).bench_local(|| {
        for (matter, area, it) in &asked {
            answer(&kernel, *matter, *area, it);
        }
    });
}

/// The same, with matters and areas looked up by their codes, as a journal has them.
#[divan::bench(sample_count = 20)]
fn compiled_by_codes(bencher: Bencher) {
    let pack = pack();
    let kernel = Kernel::compile(&pack.policy);
    let asked = asked(&pack, CASES);
    bencher.counter(ItemsCount::new(CASES)).bench_local(|| {
        for it in &asked {
            answer(&kernel, kernel.matter(&it.matter).unwrap(), kernel.area(Some(&it.area)), it);
        }
    });
}

#[inline]
fn answer(kernel: &Kernel, matter: MatterNo, area: AreaNo, it: &Asked) {
    let ask = Ask { matter, area, overlays: &[], source: it.source, urgency: it.urgency, at: it.at };
    let way = kernel.way(&ask);
    let dues = kernel.due(&ask, it.condition, way.as_ref(), it.at, it.at);
    black_box((way, dues));
}

/// The model's own table and clocks, a hundredth as many cases.
#[divan::bench(sample_count = 5)]
fn model(bencher: Bencher) {
    let pack = pack();
    let (rules, org) = (&pack.policy.current, &pack.policy.org);
    let asked = asked(&pack, CASES / 100);
    let facts = Facts::default();
    bencher.counter(ItemsCount::new(CASES / 100)).bench_local(|| {
        for it in &asked {
            let found =
                rules.route(org, &it.matter, Some(&it.area), &[], it.source, it.urgency, it.at, &facts);
            let calendar = rules.calendar_of(Some(&it.matter)).unwrap();
            let limits = rules.matters[&it.matter].condition(it.condition).unwrap().limits;
            let due = |limit| calendar.due(it.at, limit);
            black_box((
                found,
                due(limits.receive.unwrap_or(limits.handle)),
                due(limits.handle),
                due(limits.promise),
            ));
        }
    });
}

#[divan::bench(sample_count = 5)]
fn compile(bencher: Bencher) {
    let pack = pack();
    bencher.bench_local(|| Kernel::compile(black_box(&pack.policy)));
}
