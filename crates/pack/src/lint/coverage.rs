//! Asks the dispatch table every question that can be asked of it.
//!
//! Owns the grouping that makes this finite and fast: two cells are one class where every row's place fits both
//! or neither and every selector finds alike; two matters are one class where the same rows fit. Sources,
//! urgencies and periods that no row names stand for one another. Start at [`check`].

use std::collections::{BTreeMap, BTreeSet};

use huying_model::{
    AreaCode, Instant, MatterCode, UnitId,
    catalogue::{Source, Urgency},
    org::{Org, Selector},
    route::{Facts, Period, Question, Route, glob, route},
};

use crate::lint::{LintReport, Severity, at_route, staff};
use crate::load::{Pack, Spots};
use crate::problem::Spot;

/// Cells that no rule tells apart, by one of them.
struct Class<'p> {
    area: &'p AreaCode,
    overlays: Vec<AreaCode>,
    at: Instant,
    size: usize,
}

/// What a selector finds from a cell: nobody, units with people, or units of which one has nobody.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Nobody,
    Staffed,
    Unstaffed,
}

pub fn check(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let rules = &pack.policy.current;
    let fits = matters_by_row(pack);
    ties(pack, spots, &fits, report);
    let selectors: Vec<&Selector> =
        rules.routes.iter().flat_map(|row| std::iter::once(&row.lead).chain(&row.assists)).collect();
    let selectors: BTreeSet<&Selector> = selectors.into_iter().collect();
    let classes = classes(pack, &selectors);
    let mut winners: BTreeSet<&str> = BTreeSet::new();
    let mut questions = 0usize;
    let mut gaps: BTreeMap<(&MatterCode, &'static str), (usize, String)> = BTreeMap::new();
    let moments = moments(pack);
    let barred = |matter: &MatterCode| -> Vec<bool> {
        moments.iter().map(|at| rules.admissions.bar(matter, *at).is_some()).collect()
    };
    for (matters, rows) in matter_classes(&fits, rules.matters.keys(), &barred) {
        let Some(matter) = matters.first().copied() else { continue };
        let table: Vec<Route> = rows.iter().filter_map(|row| rules.routes.get(*row)).cloned().collect();
        let asked = questions_of(&table);
        for class in &classes {
            for (source, urgency, period) in &asked {
                questions += 1;
                let (source, urgency, period) = (*source, *urgency, *period);
                let area = Some(class.area);
                let facts = Facts::default();
                let question = Question {
                    matter,
                    area,
                    overlays: &class.overlays,
                    source,
                    urgency,
                    period,
                    at: class.at,
                    admitted: rules.admissions.bar(matter, class.at).is_none(),
                    facts: &facts,
                };
                let wrong = match route(&table, &rules.version, &pack.policy.org, &question) {
                    None => Some("no-route"),
                    Some(routing) => {
                        if let Some(row) = table.iter().find(|row| row.id == routing.because.rule) {
                            winners.extend(
                                rules
                                    .routes
                                    .iter()
                                    .find(|known| known.id == row.id)
                                    .map(|row| row.id.as_str()),
                            );
                        }
                        let empty = |unit: &UnitId| !staff::can_handle(&pack.policy.org, unit);
                        std::iter::once(&routing.lead)
                            .chain(&routing.assists)
                            .any(empty)
                            .then_some("no-handler")
                    }
                };
                if let Some(rule) = wrong {
                    let words = format!(
                        "{matter} in {} from {} ({urgency:?}, {period:?})",
                        class.area,
                        source.code()
                    );
                    gaps.entry((matter, rule)).or_insert((0, words)).0 += class.size * matters.len();
                }
            }
        }
    }
    tell(&gaps, spots, report);
    shadows(pack, spots, &winners, &fits, report);
    absent(pack, spots, &classes, report);
    report.counts.push(("questions asked of the dispatch table (by classes)".to_owned(), questions));
    report.counts.push(("classes of cells".to_owned(), classes.len()));
}

fn tell(
    gaps: &BTreeMap<(&MatterCode, &'static str), (usize, String)>,
    spots: &Spots,
    report: &mut LintReport,
) {
    for ((matter, rule), (count, example)) in gaps {
        let spot =
            spots.matters.get(*matter).cloned().unwrap_or_else(|| Spot::file(crate::catalogue::MATTERS));
        let (what, mend) = if *rule == "no-route" {
            (
                format!("{count} cells have no route for {matter} and its like"),
                "Add a row to routes.csv that fits, such as one for its track",
            )
        } else {
            (
                format!("{matter} and its like reach a unit without a handler in {count} cells"),
                "Give the unit a member with the role handler or grid_worker",
            )
        };
        report.add(Severity::Error, rule, spot.problem(what, mend), example.clone());
    }
}

/// For every row the matters that it fits, in the catalogue's order.
fn matters_by_row(pack: &Pack) -> Vec<Vec<&MatterCode>> {
    let rules = &pack.policy.current;
    let of_row =
        |row: &Route| rules.matters.keys().filter(|matter| glob(&row.matter, matter.as_str())).collect();
    rules.routes.iter().map(of_row).collect()
}

/// Matters that the same rows fit and that are admitted alike, with those rows.
fn matter_classes<'p>(
    fits: &[Vec<&'p MatterCode>],
    all: impl Iterator<Item = &'p MatterCode>,
    barred: &dyn Fn(&MatterCode) -> Vec<bool>,
) -> Vec<(Vec<&'p MatterCode>, Vec<usize>)> {
    let mut rows: BTreeMap<&MatterCode, Vec<usize>> = all.map(|matter| (matter, Vec::new())).collect();
    for (row, matters) in fits.iter().enumerate() {
        for matter in matters {
            rows.entry(matter).or_default().push(row);
        }
    }
    let mut classes: BTreeMap<(Vec<usize>, Vec<bool>), Vec<&MatterCode>> = BTreeMap::new();
    for (matter, rows) in rows {
        classes.entry((rows, barred(matter))).or_default().push(matter);
    }
    classes.into_iter().map(|((rows, _), matters)| (matters, rows)).collect()
}

/// Every combination of source, urgency and period that these rows can tell apart.
fn questions_of(rows: &[Route]) -> Vec<(Source, Urgency, Period)> {
    let sources = told(&Source::ALL, rows.iter().filter_map(|row| row.source));
    let urgencies =
        told(&[Urgency::Green, Urgency::Yellow, Urgency::Red], rows.iter().filter_map(|row| row.urgency));
    let periods =
        told(&[Period::Working, Period::Night, Period::Holiday], rows.iter().filter_map(|row| row.period));
    let mut all = Vec::new();
    for source in &sources {
        for urgency in &urgencies {
            all.extend(periods.iter().map(|period| (*source, *urgency, *period)));
        }
    }
    all
}

/// The values that are named, and one of those that are not.
fn told<T: Copy + Ord>(all: &[T], named: impl Iterator<Item = T>) -> Vec<T> {
    let named: BTreeSet<T> = named.collect();
    let other = all.iter().find(|value| !named.contains(value)).copied();
    named.into_iter().chain(other).collect()
}

/// The moments between which nothing of the organisation begins or ends.
fn moments(pack: &Pack) -> BTreeSet<Instant> {
    let from = pack.policy.current.from;
    let org = &pack.policy.org;
    let units = org.units.values().flat_map(|unit| [unit.from, unit.until]);
    let areas = org.areas.values().flat_map(|area| [area.from, area.until]);
    let admissions = pack.policy.current.admissions.moments();
    let later = units.chain(areas).flatten().chain(admissions).filter(|at| *at > from);
    std::iter::once(from).chain(later).collect()
}

fn classes<'p>(pack: &'p Pack, selectors: &BTreeSet<&Selector>) -> Vec<Class<'p>> {
    let (org, rules) = (&pack.policy.org, &pack.policy.current);
    let named: BTreeSet<&AreaCode> = rules.routes.iter().filter_map(|row| row.area.as_ref()).collect();
    let overlays: BTreeSet<&AreaCode> = rules.routes.iter().filter_map(|row| row.overlay.as_ref()).collect();
    let served: BTreeSet<&AreaCode> = org.units.values().map(|unit| &unit.area).collect();
    let staffed: BTreeSet<&UnitId> = org.units.keys().filter(|unit| staff::can_handle(org, unit)).collect();
    type Signature = (Vec<usize>, Vec<usize>, Vec<Found>, Option<usize>, Instant);
    let mut classes: BTreeMap<Signature, Class> = BTreeMap::new();
    for at in moments(pack) {
        let there = || org.areas.values().filter(|area| area.active(at));
        let parents: BTreeSet<&AreaCode> = there().filter_map(|area| area.parent.as_ref()).collect();
        // What selectors find depends on nothing below the units' areas, so siblings share it.
        let mut found_above: BTreeMap<&AreaCode, Vec<Found>> = BTreeMap::new();
        for area in there().filter(|area| !parents.contains(&area.code)) {
            let levels: Vec<usize> =
                org.ancestors(&area.code).filter_map(|above| org.depth(&above.level)).collect();
            let within = org.ancestors(&area.code).map(|above| &above.code);
            let within: Vec<usize> =
                within.filter_map(|code| named.iter().position(|known| *known == code)).collect();
            let own = served.contains(&area.code).then_some(&area.code);
            let share = own.or(area.parent.as_ref()).unwrap_or(&area.code);
            let found = found_above.entry(share).or_insert_with(|| {
                selectors.iter().map(|selector| found(org, selector, &area.code, at, &staffed)).collect()
            });
            for overlay in std::iter::once(None).chain(overlays.iter().map(Some)) {
                let place = overlay.and_then(|code| overlays.iter().position(|known| known == code));
                let signature = (levels.clone(), within.clone(), found.clone(), place, at);
                let fresh = || Class {
                    area: &area.code,
                    overlays: overlay.map(|code| (*code).clone()).into_iter().collect(),
                    at,
                    size: 0,
                };
                classes.entry(signature).or_insert_with(fresh).size += 1;
            }
        }
    }
    classes.into_values().collect()
}

fn found(org: &Org, selector: &Selector, area: &AreaCode, at: Instant, staffed: &BTreeSet<&UnitId>) -> Found {
    let units = org.select(selector, Some(area), None, at);
    if units.is_empty() {
        Found::Nobody
    } else if units.iter().all(|unit| staffed.contains(unit)) {
        Found::Staffed
    } else {
        Found::Unstaffed
    }
}

/// Two rows that fit a case equally well: the answer would hang on their order in the file.
fn ties(pack: &Pack, spots: &Spots, fits: &[Vec<&MatterCode>], report: &mut LintReport) {
    let (org, rules) = (&pack.policy.org, &pack.policy.current);
    let weights: Vec<_> = rules.routes.iter().map(|row| row.weight(org)).collect();
    for (first, row) in rules.routes.iter().enumerate() {
        for (second, other) in rules.routes.iter().enumerate().skip(first + 1) {
            if weights[first] != weights[second] || !meet(org, row, other) {
                continue;
            }
            let Some(matter) = fits[first].iter().find(|matter| fits[second].contains(matter)) else {
                continue;
            };
            let what = format!("the rows {} and {} fit equally well", row.id, other.id);
            let problem =
                at_route(spots, &other.id).problem(what, "Make one of them more specific, or remove it");
            report.add(Severity::Error, "tie", problem, matter.to_string());
        }
    }
}

/// Whether one case can lie in both rows. Their weights are equal, so both name a column or neither does.
fn meet(org: &Org, one: &Route, other: &Route) -> bool {
    let within = |inner: &AreaCode, outer: &AreaCode| org.ancestors(inner).any(|area| &area.code == outer);
    let places = match (&one.area, &other.area) {
        (Some(one), Some(other)) => within(one, other) || within(other, one),
        _ => true,
    };
    places
        && one.overlay == other.overlay
        && one.source == other.source
        && one.urgency == other.urgency
        && one.period == other.period
}

/// Rows that never win, whatever is asked.
fn shadows(
    pack: &Pack,
    spots: &Spots,
    winners: &BTreeSet<&str>,
    fits: &[Vec<&MatterCode>],
    report: &mut LintReport,
) {
    for (row, matters) in pack.policy.current.routes.iter().zip(fits) {
        if winners.contains(row.id.as_str()) {
            continue;
        }
        let what = format!(
            "the row {} is never the answer: other rows are always more specific, or it finds nobody",
            row.id
        );
        let problem = at_route(spots, &row.id).problem(what, "Remove it, or make it more specific");
        let example = matters.first().map(ToString::to_string).unwrap_or_default();
        report.add(Severity::Error, "shadowed", problem, example);
    }
}

/// Rows whose selectors find nobody in some cell that the row is meant for.
fn absent(pack: &Pack, spots: &Spots, classes: &[Class], report: &mut LintReport) {
    let org = &pack.policy.org;
    for row in &pack.policy.current.routes {
        for selector in std::iter::once(&row.lead).chain(&row.assists) {
            let meant = |class: &&Class| {
                let in_area = row
                    .area
                    .as_ref()
                    .is_none_or(|code| org.ancestors(class.area).any(|area| &area.code == code));
                let in_level =
                    row.level.as_ref().is_none_or(|level| org.at_level(class.area, level).is_some());
                in_area
                    && in_level
                    && row.overlay.as_ref().is_none_or(|overlay| class.overlays.contains(overlay))
            };
            let lost = classes
                .iter()
                .filter(meant)
                .filter(|class| org.select(selector, Some(class.area), None, class.at).is_empty());
            let lost: Vec<&Class> = lost.collect();
            let Some(first) = lost.first() else { continue };
            let cells: usize = lost.iter().map(|class| class.size).sum();
            let what = format!("'{selector}' of the row {} finds nobody in {cells} cells", row.id);
            let problem =
                at_route(spots, &row.id).problem(what, "Add the unit, or limit the row to where it is");
            report.add(Severity::Warning, "absent-unit", problem, first.area.to_string());
        }
    }
}
