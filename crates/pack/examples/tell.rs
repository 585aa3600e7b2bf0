//! Tells the stories of packs: `cargo run -p huying-pack --example tell -- packs/NAME …`.
#![expect(clippy::print_stdout, reason = "a tool for people at a terminal")]

fn main() {
    for dir in std::env::args().skip(1) {
        match huying_pack::scenario::test(&dir) {
            Ok(report) => println!("{report}"),
            Err(problems) => problems.iter().for_each(|problem| println!("{problem}")),
        }
    }
}
