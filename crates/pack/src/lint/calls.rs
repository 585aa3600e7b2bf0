//! The call ladder: whether an unanswered call climbs, rung by rung, to a leader.
//!
//! Owns the walk up the ladder in every kind of cell. After the last rung the call is the item of a leader of the case's
//! centre or of the nearest one above that has any. Start at [`check`].

use std::collections::BTreeMap;

use huying_model::table::Who;

use crate::lint::staff::Seats;
use crate::lint::stages::{Sample, samples};
use crate::lint::{LintReport, Severity, coverage::Ground, place};
use crate::load::Pack;
use crate::problem::Spot;

fn spot() -> Spot {
    Spot { field: "who.call_ladder".into(), ..Spot::file(crate::settings::FILE) }
}

pub fn check(pack: &Pack, ground: &Ground, report: &mut LintReport) {
    let (org, rules) = (&pack.policy.org, &pack.policy.current);
    let seats = Seats::of(org);
    if rules.call_ladder.is_empty() {
        let what =
            "the ladder is empty: whoever calls has to name a unit, and silence goes straight to a leader";
        let mend = "Name the units that a call climbs, such as [\"centre@street\", \"centre@district\"]";
        report.add(Severity::Warning, "call-ladder", spot().problem(what, mend), "a call without a callee");
    }
    let mut lost: BTreeMap<(usize, &'static str), (usize, String)> = BTreeMap::new();
    let mut leaderless: Option<(usize, String)> = None;
    let mut lower: Option<(usize, String)> = None;
    for sample in samples(pack, ground) {
        let mut note = |rung: usize, what: &'static str| {
            lost.entry((rung, what)).or_insert((0, place(pack, sample.cell))).0 += sample.count;
        };
        let mut ground_before: Option<usize> = None;
        for (rung, selector) in rules.call_ladder.iter().enumerate() {
            let asking = sample.centres.first();
            let Some(unit) = org.select(selector, Some(sample.cell), asking, sample.at).into_iter().next()
            else {
                note(rung, "finds nobody");
                continue;
            };
            if !org.serves(&unit, Some(sample.cell), sample.at) {
                note(rung, "finds a unit that does not serve the place");
            } else if !seats.any(&unit, Who::Callee) {
                note(rung, "finds a unit in which nobody may answer");
            }
            let depth = org.unit_depth(&unit);
            if ground_before.is_some_and(|before| depth > Some(before)) {
                let example =
                    format!("in {}, after {}", place(pack, sample.cell), rules.call_ladder[rung - 1]);
                lower.get_or_insert((rung, example));
            }
            ground_before = depth;
        }
        if !has_leader(&sample, &seats) {
            leaderless.get_or_insert((0, place(pack, sample.cell))).0 += sample.count;
        }
    }
    for ((rung, why), (cells, cell)) in lost {
        let what =
            format!("the rung '{}' {why} in {cells} cells, so that a call jumps it", rules.call_ladder[rung]);
        let problem = spot().problem(what, "Add the unit or its people, or leave the rung out");
        report.add(Severity::Warning, "call-ladder", problem, format!("a call in {cell}"));
    }
    if let Some((rung, example)) = lower {
        let what =
            format!("the rung '{}' serves smaller ground than the one before it", rules.call_ladder[rung]);
        let problem = spot().problem(what, "Order the rungs from the smallest ground to the largest");
        report.add(Severity::Warning, "call-ladder", problem, example);
    }
    if let Some((cells, cell)) = leaderless {
        let what =
            format!("in {cells} cells the ladder ends at no leader: none sits at the centre or above it");
        let problem = spot().problem(what, "Give a member the seat leader in a centre");
        report.add(Severity::Error, "call-ladder", problem, format!("an unanswered call in {cell}"));
    }
}

/// Whether a leader sits at the dispatching centre or above it.
pub fn has_leader(sample: &Sample, seats: &Seats) -> bool {
    sample.centres.iter().any(|centre| seats.any(centre, Who::Leader))
}
