//! `huying config`: every setting in force and where it came from.

use crate::{Global, config, end::End};

#[derive(clap::Args)]
pub struct Args {
    /// Print the manual: every setting with its default and what it does
    #[arg(long)]
    manual: bool,
}

pub fn run(global: &Global, args: Args) -> anyhow::Result<End> {
    if args.manual {
        print!("{}", config::DEFAULTS);
        return Ok(End::Well);
    }
    let flags = global.flags();
    let (_, figment) = config::read(&flags)?;
    for line in config::shown(&figment, &flags)? {
        println!("{} = {:?}  # {}", line.name, line.value, line.from);
    }
    Ok(End::Well)
}
