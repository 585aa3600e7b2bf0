//! Lints packs and prints the time: `cargo run --release -p huying-pack --example lint -- packs/NAME …`.
#![expect(clippy::print_stdout, reason = "a tool for people at a terminal")]

use std::time::Instant;

fn main() {
    for dir in std::env::args().skip(1) {
        let start = Instant::now();
        let loaded = huying_pack::load(&dir).is_ok();
        let load = start.elapsed();
        let start = Instant::now();
        let report = huying_pack::lint(&dir);
        println!("{report}\n{dir}: loaded {loaded} in {load:.1?}, linted in {:.1?}", start.elapsed());
    }
}
