//! Evidence that a case needs and nobody can give, and evidence that nobody is ever asked for.
//!
//! Owns the kinds of evidence by who can give them. Any signed-in member may attach any kind in an open stage, so the
//! question is who gets to see what it shows: documents and voice come to a desk, photos, videos and findings are made on
//! the spot. Somebody who goes there has to be among the people of the units that the row sends, of the verifying team or
//! of the inspectors. Start at [`check`].

use std::collections::{BTreeMap, BTreeSet};

use huying_model::{
    MatterCode, UnitId,
    actor::Role,
    catalogue::{EvidenceKind, Outcome},
    route::{Route, glob},
};

use crate::lint::stages::{Sample, samples};
use crate::lint::{LintReport, Severity, at_route, coverage::Ground, place, staff};
use crate::load::{Pack, Spots};
use crate::problem::Spot;

/// Whoever goes to the spot.
const OUTSIDE: &[Role] = &[Role::GridWorker, Role::Handler, Role::Inspector, Role::Supervisor, Role::Leader];

fn made_on_the_spot(kind: EvidenceKind) -> bool {
    match kind {
        EvidenceKind::Before | EvidenceKind::After | EvidenceKind::Finding | EvidenceKind::Video => true,
        EvidenceKind::Document | EvidenceKind::Voice => false,
    }
}

pub fn check(pack: &Pack, spots: &Spots, ground: &Ground, report: &mut LintReport) {
    idle(pack, report);
    let (org, rules) = (&pack.policy.org, &pack.policy.current);
    let goes_out: BTreeSet<&UnitId> = org
        .members
        .values()
        .flat_map(|member| &member.seats)
        .filter(|seat| OUTSIDE.contains(&seat.role))
        .map(|seat| &seat.unit)
        .collect();
    let samples = samples(pack, ground);
    // The steps of [who] see a cell whichever row sends there.
    let seen: Vec<bool> = samples.iter().map(|sample| step_goes_out(pack, sample, &goes_out)).collect();
    let unseen: Vec<&Sample> =
        samples.iter().zip(seen).filter(|(_, seen)| !seen).map(|(sample, _)| sample).collect();
    // What an outcome asks for may be asked of any matter, so every row has to bring somebody.
    let any_outcome = rules.outcomes.iter().filter(|rule| rule.outcome != Outcome::Solved);
    let any_outcome =
        any_outcome.flat_map(|rule| &rule.evidence).copied().find(|kind| made_on_the_spot(*kind));
    let mut lost: BTreeMap<usize, (usize, String, EvidenceKind)> = BTreeMap::new();
    for (number, row) in rules.routes.iter().enumerate() {
        let asked = asked_of(pack, row).or(any_outcome.map(|kind| (None, kind)));
        let Some((matter, kind)) = asked else { continue };
        let fits = |sample: &&&Sample| {
            let within = |wanted| org.ancestors(sample.cell).any(|area| &area.code == wanted);
            row.area.as_ref().is_none_or(within)
                && row.level.as_ref().is_none_or(|level| org.at_level(sample.cell, level).is_some())
        };
        for sample in unseen.iter().filter(fits) {
            let sent = std::iter::once(&row.lead).chain(&row.assists);
            let units = sent.flat_map(|selector| org.select(selector, Some(sample.cell), None, sample.at));
            let units: Vec<UnitId> = units.map(|unit| staff::keeper(org, unit)).collect();
            if !units.is_empty() && !units.iter().any(|unit| goes_out.contains(unit)) {
                let matter = matter.map_or(row.matter.to_string(), ToString::to_string);
                let example = format!("{matter} in {}, done by {}", place(pack, sample.cell), units[0]);
                lost.entry(number).or_insert((0, example, kind)).0 += sample.count;
            }
        }
    }
    for (number, (cells, example, kind)) in lost {
        let row = &rules.routes[number];
        let kind = format!("{kind:?}").to_lowercase();
        let what = format!(
            "cases of the row {} need the evidence {kind}, and in {cells} cells nobody goes to the spot",
            row.id
        );
        let mend = "Give the lead or an assist a handler or grid worker, or ask for another kind of evidence";
        let (problem, rows) = (at_route(spots, &row.id).problem(what, mend), vec![row.id.to_string()]);
        report.add_with_rows(Severity::Error, "impossible-evidence", problem, example, rows);
    }
}

/// A matter of the row that needs something made on the spot.
fn asked_of<'p>(pack: &'p Pack, row: &Route) -> Option<(Option<&'p MatterCode>, EvidenceKind)> {
    let matters = pack.policy.current.matters.values();
    matters.filter(|matter| glob(&row.matter, matter.code.as_str())).find_map(|matter| {
        let kinds = matter.conditions.iter().flat_map(|condition| &condition.evidence);
        kinds.copied().find(|kind| made_on_the_spot(*kind)).map(|kind| (Some(&matter.code), kind))
    })
}

fn step_goes_out(pack: &Pack, sample: &Sample, goes_out: &BTreeSet<&UnitId>) -> bool {
    let (org, rules) = (&pack.policy.org, &pack.policy.current);
    rules.verifiers.iter().chain(&rules.inspectors).any(|selector| {
        let units = org.select(selector, Some(sample.cell), sample.centres.first(), sample.at);
        units.iter().any(|unit| goes_out.contains(unit) && org.serves(unit, Some(sample.cell), sample.at))
    })
}

/// Solved work is asked for what its condition names, never for what `[outcomes.solved]` says.
fn idle(pack: &Pack, report: &mut LintReport) {
    let solved = pack.policy.current.outcome(Outcome::Solved);
    let Some(kind) = solved.and_then(|rule| rule.evidence.first()) else { return };
    let spot = Spot { field: "outcomes.solved.evidence".into(), ..Spot::file(crate::settings::FILE) };
    let what = "the evidence of solved work is what its condition names: this list is never asked for";
    let problem = spot.problem(what, "Move it to the column evidence of conditions.csv");
    report.add(Severity::Warning, "idle-evidence", problem, format!("{kind:?}").to_lowercase());
}
