//! Scorecards: their weights add up to a hundred points.
//!
//! Owns the rule `weights`. Start at [`check`].

use std::collections::BTreeMap;

use huying_model::score::Indicator;
use smol_str::SmolStr;

use crate::indicators::FILE;
use crate::lint::{LintReport, Severity};
use crate::load::{Pack, Spots};
use crate::problem::Spot;

/// A hundred points, in hundredths.
const WHOLE: u32 = 10_000;

pub(super) fn check(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let mut cards: BTreeMap<&SmolStr, Vec<&Indicator>> = BTreeMap::new();
    for indicator in &pack.policy.current.indicators {
        cards.entry(&indicator.scorecard).or_default().push(indicator);
    }
    for (name, rows) in cards {
        let sum = rows.iter().fold(0_u32, |sum, row| sum.saturating_add(row.weight));
        // Rows that belong to no scorecard are figures only.
        let figures = name.is_empty() && sum == 0;
        let Some(last) = rows.last().filter(|_| sum != WHOLE && !figures) else { continue };
        let spot = spots.indicators.get(&last.id).cloned().unwrap_or_else(|| Spot::file(FILE));
        let what = format!("the weights of the scorecard '{name}' add up to {}, not to 100", decimal(sum));
        let added: Vec<String> =
            rows.iter().map(|row| format!("{} {}", row.id, decimal(row.weight))).collect();
        report.add(
            Severity::Error,
            "weights",
            spot.problem(what, "Share 100 points among its indicators"),
            added.join(" + "),
        );
    }
}

fn decimal(hundredths: u32) -> String {
    match hundredths % 100 {
        0 => (hundredths / 100).to_string(),
        part => format!("{}.{part:02}", hundredths / 100),
    }
}
