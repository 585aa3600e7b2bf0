//! `indicators.csv`: what is counted of the cases, and what it is worth in a scorecard.
//!
//! Owns the reading of its rows. Whether the weights of a scorecard add up is the lint's question. It refuses a
//! measure that nothing counts. Start at [`read`].

use std::collections::HashMap;

use huying_model::score::{Good, Indicator, Measure, Of, Period};
use smol_str::SmolStr;

use crate::problem::{Problems, Spot};
use crate::source::{Source, text};
use crate::table::{Row, Table};
use crate::words::word;

/// The file of indicators.
pub const FILE: &str = "indicators.csv";

/// The rows, and where each stands.
#[derive(Debug, Default)]
pub struct Indicators {
    pub rows: Vec<Indicator>,
    pub spots: HashMap<SmolStr, Spot>,
}

/// Reads the table; a pack without it judges nobody.
pub fn read(source: &dyn Source, problems: &Problems) -> Indicators {
    let mut indicators = Indicators::default();
    let Some(text) = text(source, FILE, false, problems) else { return indicators };
    let needed = ["id", "name", "of", "counts"];
    let known = ["name_en", "over", "good", "full", "weight", "scorecard", "period", "source"];
    let table = Table::read(FILE, &text, &needed, &known, problems);
    for row in table.rows(problems) {
        let Some(indicator) = indicator(&row) else { continue };
        if let Some(earlier) = indicators.spots.insert(indicator.id.clone(), row.spot("id")) {
            let what =
                format!("the indicator '{}' stands twice, first in line {}", indicator.id, earlier.line);
            row.fail("id", what, "Name one otherwise");
            continue;
        }
        same_card(&row, &indicator, &indicators);
        indicators.rows.push(indicator);
    }
    indicators
}

fn indicator(row: &Row) -> Option<Indicator> {
    let id = row.need("id", id);
    let name = row.need_text("name").map(SmolStr::new);
    let of: Option<Of> = row.need("of", word);
    let counts = row.need("counts", measure);
    let over = row.read("over", measure);
    let good: Good = row.read("good", word).unwrap_or(Good::High);
    let usual = if good == Good::High { 10_000 } else { 0 };
    let full = row.read("full", hundredths).unwrap_or(usual);
    let weight = row.read("weight", hundredths).unwrap_or(0);
    if over.is_none() && row.text("over").is_none() && weight > 0 {
        row.fail(
            "weight",
            "a plain count brings no points",
            "Name in 'over' of what it is a share, or leave the weight empty",
        );
    }
    if good == Good::High && full == 0 {
        row.fail(
            "full",
            "nothing would bring all the points already",
            "Write the share that is good enough, such as 95",
        );
    }
    let (id, name) = (id?, name?);
    Some(Indicator {
        name_en: row.text("name_en").map_or_else(|| name.clone(), SmolStr::new),
        of: of?,
        counts: counts?,
        over,
        good,
        full,
        weight,
        scorecard: row.text("scorecard").map(SmolStr::new).unwrap_or_default(),
        period: row.read("period", word).unwrap_or(Period::Month),
        source: row.read("source", word),
        id,
        name,
    })
}

/// A scorecard is one sum: for one kind of subject and one length of time.
fn same_card(row: &Row, indicator: &Indicator, earlier: &Indicators) {
    let weighs = |other: &&Indicator| other.weight > 0 && other.scorecard == indicator.scorecard;
    let Some(other) = earlier.rows.iter().find(weighs).filter(|_| indicator.weight > 0) else { return };
    for (heading, differs) in [("of", other.of != indicator.of), ("period", other.period != indicator.period)]
    {
        if differs {
            let what = format!("'{}' of the same scorecard has another '{heading}'", other.id);
            row.fail(heading, what, "Give both the same, or another scorecard");
        }
    }
}

/// Like a measure's code, so that stories can name it.
fn id(text: &str) -> Result<SmolStr, String> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    if Measure::from_code(text).is_some() {
        return Err(format!("“{text}” is the name of a measure: name the indicator otherwise"));
    }
    if text.bytes().all(fits) {
        Ok(SmolStr::new(text))
    } else {
        Err(format!("“{text}” is no id: write a–z, 0–9, - and _"))
    }
}

fn measure(text: &str) -> Result<Measure, String> {
    if text == "missed" {
        return Err(
            "“missed” cannot be counted yet, since nothing marks a case as missed: leave the row out"
                .to_owned(),
        );
    }
    word(text)
}

/// A number with at most two decimals, in hundredths.
pub fn hundredths(text: &str) -> Result<u32, String> {
    let wrong = || format!("“{text}” is no such number: write 95 or 96.87");
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 2 || whole.len() > 6 {
        return Err(wrong());
    }
    let number = |text: &str| text.parse::<u32>().map_err(|_error| wrong());
    let tenths = if part.len() == 1 { 10 } else { 1 };
    Ok(number(whole)? * 100 + number(part)? * tenths)
}
