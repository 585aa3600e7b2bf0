//! Steps, roster, templates and sizes: rows that tie, hours that nobody covers, texts that nobody uses, areas too large.
//!
//! Owns the checks of the tables that a pack may leave out. Start at [`check`]; hours are asked in [`super::duty`].

use std::collections::{BTreeMap, BTreeSet};

use huying_model::{
    catalogue::{Source, Urgency},
    org::Area,
    steps::StepName,
};
use smol_str::SmolStr;

use crate::lint::{LintReport, Severity, duty, report::MADE_UP};
use crate::load::{Pack, Spots};
use crate::problem::Spot;

pub fn check(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    steps(pack, spots, report);
    duty::check(pack, spots, report);
    replies(pack, spots, report);
    sizes(pack, spots, report);
    count(pack, report);
}

/// Asks every matter, source and urgency: no two rows may fit equally well, and every row should win somewhere.
fn steps(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let rules = &pack.policy.current;
    let (mut won, mut tied) = (BTreeSet::new(), BTreeMap::new());
    for step in [StepName::Inspect, StepName::CallBack] {
        for matter in rules.matters.keys() {
            for source in Source::ALL {
                for urgency in [Urgency::Green, Urgency::Yellow, Urgency::Red] {
                    let rows = rules.steps.iter().enumerate();
                    let fitting: Vec<_> = rows
                        .filter(|(_, row)| row.step == step && row.fits(matter, source, urgency))
                        .map(|(at, row)| (row.weight(), at))
                        .collect();
                    let Some(best) = fitting.iter().map(|(weight, _)| *weight).max() else { continue };
                    let first: Vec<usize> =
                        fitting.iter().filter(|(weight, _)| *weight == best).map(|(_, at)| *at).collect();
                    won.extend(first.iter().copied());
                    for other in first.iter().skip(1) {
                        let shown = || format!("{matter} from {} at {urgency:?}", source.code());
                        tied.entry((first[0], *other)).or_insert_with(shown);
                    }
                }
            }
        }
    }
    for ((one, other), example) in tied {
        let (spot, line) = (at(&spots.steps, other), at(&spots.steps, one).line);
        let what = format!("this row and the one in line {line} fit equally well");
        report.add(
            Severity::Error,
            "tie",
            spot.problem(what, "Name more in one of them, or remove it"),
            example,
        );
    }
    for (no, row) in rules.steps.iter().enumerate().filter(|(no, _)| !won.contains(no)) {
        let what = "a more specific row stands before it in every case";
        let problem = at(&spots.steps, no).problem(what, "Remove it, or name more in it");
        report.add(Severity::Warning, "shadowed", problem, row.matter.to_string());
    }
}

fn at(spots: &[Spot], no: usize) -> Spot {
    spots.get(no).cloned().unwrap_or_else(|| Spot::file(crate::steps::FILE))
}

/// A reply that no matter offers is never seen.
fn replies(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let used: BTreeSet<&SmolStr> = pack.replies.values().collect();
    for id in pack.templates.replies.keys().filter(|id| !used.contains(id)) {
        let spot = spots.templates.get(id).cloned().unwrap_or_default();
        let problem = spot.problem(
            format!("no matter offers the reply '{id}'"),
            "Name it in the column reply of matters.csv, or remove it",
        );
        report.add(Severity::Warning, "unused-reply", problem, "");
    }
}

/// Areas over or under the households that the authority set for their level.
fn sizes(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    for size in &pack.sizes {
        let counted = |area: &&Area| area.level == size.level;
        let areas = pack.policy.org.areas.values().filter(counted);
        let with: Vec<_> =
            areas.filter_map(|area| Some((*pack.households.get(&area.code)?, &area.code))).collect();
        if let Some(most) = size.max {
            let over: Vec<_> = with.iter().filter(|(households, _)| *households > most).collect();
            if let Some((households, worst)) = over.iter().max() {
                let what =
                    format!("{} areas of level {} have more than {most} households", over.len(), size.level);
                let problem = spots.ground.spot(worst).problem(what, "Split them, or raise max_households");
                report.add(Severity::Warning, "oversized", problem, format!("{worst} with {households}"));
            }
        }
        if let Some(least) = size.min {
            let under: Vec<_> = with.iter().filter(|(households, _)| *households < least).collect();
            if let Some((households, worst)) = under.iter().min() {
                let what = format!(
                    "{} areas of level {} have fewer than {least} households",
                    under.len(),
                    size.level
                );
                let problem =
                    spots.ground.spot(worst).problem(what, "Join them to others, or lower min_households");
                report.add(Severity::Warning, "undersized", problem, format!("{worst} with {households}"));
            }
        }
        if with.is_empty() {
            let what = format!("no area of level {} says how many households it has", size.level);
            let problem = size.spot.clone().problem(what, "Fill in the column households of areas.csv");
            report.add(Severity::Warning, "unsized", problem, "");
        }
    }
}

/// Catalogues level by level, and the share of matters whose names were made up.
fn count(pack: &Pack, report: &mut LintReport) {
    let mut add = |name: String, count: usize| report.counts.push((name, count));
    for catalogue in pack.catalogues() {
        let Some(level) = catalogue.level else { continue };
        add(format!("boards of the {level} catalogue"), catalogue.boards.len());
        add(format!("tracks of the {level} catalogue"), catalogue.tracks());
        add(format!("matters of the {level} catalogue"), catalogue.matters.len());
    }
    add(MADE_UP.to_owned(), pack.made_up.len());
    for (name, count) in [
        ("rows of steps", pack.policy.current.steps.len()),
        ("units with a roster", pack.policy.org.roster.as_ref().map_or(0, |roster| roster.units().count())),
        ("message templates", pack.templates.messages.len()),
        ("reply templates", pack.templates.replies.len()),
    ] {
        if count > 0 {
            add(name.to_owned(), count);
        }
    }
}
