//! `huying pack explain`: who would get a case, by which row, and when what would be due.

use anyhow::bail;
use huying_pack::{
    explain::{Asking, Wrong},
    told::Lang,
};

use crate::{
    end::{End, Usage},
    packs::PackFiles,
};

const EXAMPLES: &str = "Examples:
  huying pack explain starter --matter city/order/parking --at 110.005,30.015 --when '2024-03-05 10:00' --source grid_worker
  huying pack explain packs/mine --matter 违规停车 --area 990101001001001 --when '2024-03-05 23:00' --source hotline --lang en
  huying pack explain starter --matter city/facility/manhole --condition 2 --at 110.025,30.005 --when 2024-03-09T10:00:00+08:00 --source sensor --json";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A folder with a pack.toml, or a pack that this binary carries
    #[arg(value_name = "DIR|NAME")]
    pack: String,
    /// A matter's code, or its name
    #[arg(long)]
    matter: String,
    /// The filing condition; the matter's first otherwise
    #[arg(long, value_name = "N")]
    condition: Option<u16>,
    /// Where: degrees, WGS-84
    #[arg(long, value_name = "LON,LAT", allow_hyphen_values = true, required_unless_present = "area")]
    at: Option<String>,
    /// Where, by an area's code, instead of a point
    #[arg(long, value_name = "CODE", conflicts_with = "at")]
    area: Option<String>,
    /// When: '2024-03-05 10:00' in the pack's zone, or RFC 3339
    #[arg(long, value_name = "TIME")]
    when: String,
    /// Who says it: grid_worker, resident, hotline …
    #[arg(long)]
    source: String,
    /// green, yellow or red
    #[arg(long)]
    urgency: Option<String>,
    /// The answer as JSON, in both languages
    #[arg(long)]
    json: bool,
    /// The language of the answer
    #[arg(long, value_enum, default_value = "zh")]
    lang: Language,
}

/// A language of an answer.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Language {
    Zh,
    En,
}

impl Language {
    pub fn of(self) -> Lang {
        match self {
            Language::Zh => Lang::Zh,
            Language::En => Lang::En,
        }
    }
}

pub fn run(args: Args) -> anyhow::Result<End> {
    let pack = PackFiles::named(&args.pack)?.read()?;
    let lang = args.lang.of();
    let asking = Asking {
        matter: args.matter,
        condition: args.condition,
        at: args.at,
        area: args.area,
        when: args.when,
        source: args.source,
        urgency: args.urgency,
        version: None,
    };
    match huying_pack::explain::explain(&pack, &asking) {
        Ok(told) if args.json => println!("{}", serde_json::to_string_pretty(&told)?),
        Ok(told) => print!("{}", told.text(lang, &pack)),
        Err(wrong) => {
            let line = |wrong: &Wrong| {
                format!("  --{}: {} {}", wrong.field, wrong.what.of(lang), wrong.mend.of(lang))
            };
            let lines: Vec<String> = wrong.iter().map(line).collect();
            bail!(Usage(format!("the question cannot be asked:\n{}", lines.join("\n"))));
        }
    }
    Ok(End::Well)
}
