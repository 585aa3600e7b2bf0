//! Makes the cells of a pack: `cargo run --release -p huying-pack --example make_cells -- packs/NAME`.
#![expect(clippy::print_stdout, reason = "a tool for people at a terminal")]

use std::path::PathBuf;
use std::process::ExitCode;

use huying_pack::{Dir, settings, shapes::make};

fn main() -> ExitCode {
    let Some(dir) = std::env::args().nth(1).map(PathBuf::from) else {
        println!("name the folder of the pack");
        return ExitCode::FAILURE;
    };
    let source = Dir(dir.clone());
    let problems = huying_pack::problem::Problems::default();
    let file =
        settings::read(&source, &problems).and_then(|settings| settings.shapes).map(|files| files.cells);
    match (make::cells(&source), file) {
        (Ok(text), Some(file)) => match std::fs::write(dir.join(&file), &text) {
            Ok(()) => println!("wrote {file}, {} bytes", text.len()),
            Err(error) => {
                println!("{file} cannot be written: {error}");
                return ExitCode::FAILURE;
            }
        },
        (Ok(_), None) => println!("[shapes] names no file of cells"),
        (Err(problems), _) => {
            problems.iter().for_each(|problem| println!("{problem}"));
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
