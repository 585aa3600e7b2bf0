//! Selectors and units: steps of `[who]` that find nobody somewhere, and units that nothing finds.
//!
//! Owns the units that a pack can send a case to by itself. A unit that only a dispatcher names by hand works, but the
//! table never thinks of it. Start at [`check`].

use std::collections::{BTreeMap, BTreeSet};

use huying_model::{
    UnitId,
    org::{Selector, Unit, UnitKind},
};

use crate::lint::stages::{first_of, samples};
use crate::lint::{LintReport, Severity, at_unit, coverage::Ground, place};
use crate::load::{Pack, Spots};
use crate::problem::Spot;

/// Units that a warning names at most.
const SHOWN: usize = 8;

pub fn check(pack: &Pack, spots: &Spots, ground: &Ground, report: &mut LintReport) {
    absent_steps(pack, ground, report);
    unreached(pack, spots, ground, report);
}

/// Lists of `[who]` that find nobody in some cell though nothing follows them, or in any cell at all.
fn absent_steps(pack: &Pack, ground: &Ground, report: &mut LintReport) {
    let (org, rules) = (&pack.policy.org, &pack.policy.current);
    let fallback = std::slice::from_ref(&rules.fallback);
    let samples = samples(pack, ground);
    let all: usize = samples.iter().map(|sample| sample.count).sum();
    for (field, list, follows, why) in [
        ("who.verifiers", rules.verifiers.as_slice(), false, "an unclear case cannot be verified there"),
        ("who.fallback", fallback, false, "a case cannot be marked difficult there"),
        ("who.inspectors", rules.inspectors.as_slice(), true, "the closing centre inspects everything"),
        ("who.callers_back", rules.callers_back.as_slice(), true, "the closing centre calls everybody back"),
        ("who.tracers", rules.tracers.as_slice(), true, "the closing centre follows everything up"),
    ] {
        if list.is_empty() {
            continue;
        }
        let found = |sample: &&_| first_of(org, list, sample, sample_centre(sample)).is_none();
        let lost: Vec<_> = samples.iter().filter(found).collect();
        let cells: usize = lost.iter().map(|sample| sample.count).sum();
        let (Some(first), true) = (lost.first(), !follows || cells == all) else { continue };
        let names: Vec<String> = list.iter().map(ToString::to_string).collect();
        let what = format!("'{}' finds nobody in {cells} cells: {why}", names.join(", "));
        let spot = Spot { field: field.into(), ..Spot::file(crate::settings::FILE) };
        let problem = spot.problem(what, "Add the unit, or name another after it");
        report.add(Severity::Warning, "absent-unit", problem, place(pack, first.cell));
    }
}

fn sample_centre<'s>(sample: &'s crate::lint::stages::Sample) -> Option<&'s UnitId> {
    sample.centres.first()
}

fn unreached(pack: &Pack, spots: &Spots, ground: &Ground, report: &mut LintReport) {
    let (org, rules) = (&pack.policy.org, &pack.policy.current);
    let of_routes = rules.routes.iter().flat_map(|row| std::iter::once(&row.lead).chain(&row.assists));
    let steps =
        [&rules.verifiers, &rules.inspectors, &rules.callers_back, &rules.tracers, &rules.call_ladder];
    let selectors: BTreeSet<&Selector> =
        of_routes.chain(steps.into_iter().flatten()).chain(std::iter::once(&rules.fallback)).collect();
    let mut reached: BTreeSet<UnitId> = BTreeSet::new();
    for sample in samples(pack, ground) {
        for selector in &selectors {
            for asking in [None, sample.centres.first()] {
                reached.extend(org.select(selector, Some(sample.cell), asking, sample.at));
            }
        }
    }
    let homes: Vec<UnitId> = reached.iter().filter_map(|unit| org.units.get(unit)?.home.clone()).collect();
    reached.extend(homes);
    let built_in = |unit: &Unit| unit.kind == UnitKind::Centre || unit.function.as_str() == "station";
    let mut lost: BTreeMap<String, Vec<&Unit>> = BTreeMap::new();
    for unit in org.units.values().filter(|unit| !built_in(unit) && !reached.contains(&unit.id)) {
        lost.entry(format!("{:?}", unit.kind).to_lowercase()).or_default().push(unit);
    }
    for (kind, units) in lost {
        let Some(first) = units.first() else { continue };
        let what = match units.len() {
            1 => format!("no row and no step finds the unit {}", first.id),
            many => format!("no row and no step finds {many} units of the kind {kind}"),
        };
        let mend = "Name it in routes.csv, or keep it for dispatching by hand";
        let names: Vec<&str> = units.iter().take(SHOWN).map(|unit| unit.name.as_str()).collect();
        let rows = units.iter().take(SHOWN).map(|unit| unit.id.to_string()).collect();
        let problem = at_unit(spots, first.id.as_str()).problem(what, mend);
        report.add_with_rows(Severity::Warning, "unreached-unit", problem, names.join(", "), rows);
    }
}
