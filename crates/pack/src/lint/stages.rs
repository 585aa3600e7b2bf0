//! The life cycle over the ground: whether every stage can be left by somebody, wherever a case lies.
//!
//! Owns who has custody in which stage, as the model's `decide` has it, asked of one cell of every kind in every stretch.
//! Leaving counts only by commands that no allowance ends: an allowance may be spent. Centres and stations of Reported and
//! Filed are [`super::staff`]'s, the leads of Dispatched and Handling [`super::coverage`]'s. For an inspection every
//! person who works for a unit that the row sends, and every unit that its selectors find, is taken to have had a part;
//! then the closing centre and those above inspect, at last the auditor's nominee. Start at [`check`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use huying_model::{
    AreaCode, Instant, LevelName, MemberId, UnitId,
    catalogue::Outcome,
    decide::roles,
    org::{Org, Selector},
    route::{Route, glob},
    stage::Stage,
    table::Who,
};

use crate::lint::staff::{self, Seats};
use crate::lint::{LintReport, Severity, at_route, at_unit, coverage::Ground, place};
use crate::load::{Pack, Spots};
use crate::problem::Spot;

/// One cell for all that are alike.
pub struct Sample<'g> {
    pub at: Instant,
    pub cell: &'g AreaCode,
    pub count: usize,
    /// The dispatching centre, and those above it.
    pub centres: Vec<UnitId>,
}

pub fn samples<'g>(pack: &'g Pack, ground: &'g Ground) -> Vec<Sample<'g>> {
    let (org, rules) = (&pack.policy.org, &pack.policy.current);
    let sample = |(at, cell, count): (Instant, &'g AreaCode, usize)| {
        let first = org.centre_at(Some(cell), &rules.dispatch_level, at);
        let centres = std::iter::successors(Some(first), |unit| org.centre_above(unit, at)).collect();
        Sample { at, cell, count, centres }
    };
    ground.samples(org).into_iter().map(sample).collect()
}

/// The first unit that these selectors find and that serves the cell, seen from a centre.
pub fn first_of(
    org: &Org,
    selectors: &[Selector],
    sample: &Sample,
    asking: Option<&UnitId>,
) -> Option<UnitId> {
    selectors
        .iter()
        .flat_map(|selector| org.select(selector, Some(sample.cell), asking, sample.at))
        .find(|unit| org.serves(unit, Some(sample.cell), sample.at))
}

pub fn check(pack: &Pack, spots: &Spots, ground: &Ground, report: &mut LintReport) {
    let seats = Seats::of(&pack.policy.org);
    let samples = samples(pack, ground);
    stuck(pack, spots, &samples, &seats, report);
    inspections(pack, spots, &samples, &seats, report);
    outcomes(pack, &samples, report);
}

/// Custodians who cannot act: by stage and unit, with how many cells and one of them.
type Stuck = BTreeMap<(&'static str, UnitId), (Who, usize, String)>;

fn stuck(pack: &Pack, spots: &Spots, samples: &[Sample], seats: &Seats, report: &mut LintReport) {
    let (org, rules) = (&pack.policy.org, &pack.policy.current);
    let levels: BTreeSet<&LevelName> = rules
        .matters
        .values()
        .filter(|matter| matter.call_back)
        .map(|matter| &matter.closing_level)
        .collect();
    let mut stuck: Stuck = BTreeMap::new();
    for sample in samples {
        let mut held: BTreeSet<(&'static str, UnitId, Who)> = BTreeSet::new();
        if let Some(unit) = first_of(org, &rules.verifiers, sample, None) {
            held.insert((Stage::Verifying.code(), unit, Who::Verifier));
        }
        for centre in &sample.centres {
            if let Some(unit) = first_of(org, std::slice::from_ref(&rules.fallback), sample, Some(centre)) {
                held.insert(("handling (difficult)", unit, Who::Fallback));
            }
            let desk = first_of(org, &rules.callers_back, sample, Some(centre));
            for level in &levels {
                let closing = || org.centre_at(Some(sample.cell), level, sample.at);
                let unit = desk.clone().unwrap_or_else(closing);
                held.insert((Stage::CallingBack.code(), unit, Who::CallerBack));
            }
        }
        for (stage, unit, who) in held.into_iter().filter(|(_, unit, who)| !seats.any(unit, *who)) {
            let fresh = (who, 0, place(pack, sample.cell));
            stuck.entry((stage, unit)).or_insert(fresh).1 += sample.count;
        }
    }
    for ((stage, unit), (who, cells, cell)) in stuck {
        let names: Vec<String> = roles(who).iter().map(|role| role.en().to_lowercase()).collect();
        let what =
            format!("cases of {cells} cells stay in {stage}: {unit} has custody and nobody who may go on");
        let mend = format!("Give a member one of these seats there: {}", names.join(", "));
        let name = org.units.get(&unit).map_or("", |unit| unit.name.as_str());
        let example = format!("a case in {cell}, {stage} at {name} ({unit})");
        report.add(
            Severity::Error,
            "stuck-stage",
            at_unit(spots, unit.as_str()).problem(what, mend),
            example,
        );
    }
}

/// Whom the rows send, and how their matters close: level, and whether the pack's inspectors look first.
struct Sent<'p> {
    row: &'p Route,
    closings: BTreeSet<(&'p LevelName, bool)>,
}

fn sent(pack: &Pack) -> Vec<Sent<'_>> {
    let rules = &pack.policy.current;
    rules.routes.iter().map(|row| Sent { row, closings: closings(pack, row) }).collect()
}

fn closings<'p>(pack: &'p Pack, row: &'p Route) -> BTreeSet<(&'p LevelName, bool)> {
    let matters = pack.policy.current.matters.values();
    matters
        .filter(|matter| glob(&row.matter, matter.code.as_str()))
        .map(|matter| (row.closing_level.as_ref().unwrap_or(&matter.closing_level), matter.inspect))
        .collect()
}

fn inspections(pack: &Pack, spots: &Spots, samples: &[Sample], seats: &Seats, report: &mut LintReport) {
    let org = &pack.policy.org;
    let sent = sent(pack);
    let closings: BTreeSet<(&LevelName, bool)> = sent.iter().flat_map(|sent| sent.closings.clone()).collect();
    let mut left: BTreeMap<usize, (usize, String)> = BTreeMap::new();
    for sample in samples {
        let lists: HashMap<(&LevelName, bool), Vec<UnitId>> =
            closings.iter().map(|closing| (*closing, inspecting(pack, sample, *closing))).collect();
        let mut found: HashMap<&Selector, Vec<UnitId>> = HashMap::new();
        for (number, Sent { row, closings }) in sent.iter().enumerate() {
            if !place_fits(org, row, sample.cell) {
                continue;
            }
            let mut doers: BTreeSet<UnitId> = BTreeSet::new();
            for selector in std::iter::once(&row.lead).chain(&row.assists) {
                let units = found.entry(selector).or_insert_with(|| {
                    let units = org.select(selector, Some(sample.cell), None, sample.at);
                    units.into_iter().map(|unit| staff::keeper(org, unit)).collect()
                });
                doers.extend(units.iter().cloned());
            }
            let persons: BTreeSet<&MemberId> =
                doers.iter().flat_map(|unit| seats.acting(unit, Who::Lead)).collect();
            let free = |unit: &UnitId| {
                !doers.contains(unit)
                    && seats.acting(unit, Who::Inspector).any(|member| !persons.contains(member))
            };
            let nobody =
                |closing: &(&LevelName, bool)| lists.get(closing).is_none_or(|list| !list.iter().any(free));
            if closings.iter().any(nobody) {
                left.entry(number).or_insert((0, place(pack, sample.cell))).0 += sample.count;
            }
        }
    }
    for (number, (cells, cell)) in left {
        let row = sent[number].row;
        let what = format!(
            "work by the row {} has nobody left to inspect it in {cells} cells but the auditor's nominee",
            row.id
        );
        let mend =
            "Name inspectors under [who] that have no part, or give the centres above a member of their own";
        let example = format!("{} in {cell}: everyone who inspects there works for {}", row.matter, row.lead);
        let (problem, rows) = (at_route(spots, &row.id).problem(what, mend), vec![row.id.to_string()]);
        report.add_with_rows(Severity::Warning, "auditor-inspects", problem, example, rows);
    }
}

fn place_fits(org: &Org, row: &Route, cell: &AreaCode) -> bool {
    row.area.as_ref().is_none_or(|wanted| org.ancestors(cell).any(|area| &area.code == wanted))
        && row.level.as_ref().is_none_or(|level| org.at_level(cell, level).is_some())
}

/// The units that inspect, in their order: those of the pack, then the closing centre and those above.
fn inspecting(pack: &Pack, sample: &Sample, (level, by_pack): (&LevelName, bool)) -> Vec<UnitId> {
    let (org, rules) = (&pack.policy.org, &pack.policy.current);
    let mut all: Vec<UnitId> = Vec::new();
    if by_pack {
        let centre = sample.centres.first();
        let found = rules
            .inspectors
            .iter()
            .flat_map(|selector| org.select(selector, Some(sample.cell), centre, sample.at));
        all.extend(found.filter(|unit| org.serves(unit, Some(sample.cell), sample.at)));
    }
    let closing = org.centre_at(Some(sample.cell), level, sample.at);
    all.extend(std::iter::successors(Some(closing), |unit| org.centre_above(unit, sample.at)));
    all
}

/// Outcomes that must be possible: solved and, after verification, not found at the dispatching centre; explained
/// wherever the last word may fall, which is every centre above another, and the root's.
fn outcomes(pack: &Pack, samples: &[Sample], report: &mut LintReport) {
    let (org, rules) = (&pack.policy.org, &pack.policy.current);
    let mut needed: BTreeMap<&'static str, (Outcome, BTreeSet<&UnitId>, &'static str)> = BTreeMap::new();
    for sample in samples {
        let (first, above) = (sample.centres.first(), sample.centres.last());
        let mut need = |name, outcome, unit: Option<&UnitId>, why| {
            let known = unit.and_then(|unit| org.units.get_key_value(unit)).map(|(unit, _)| unit);
            needed.entry(name).or_insert((outcome, BTreeSet::new(), why)).1.extend(known);
        };
        need("solved", Outcome::Solved, first, "work there could never end as solved");
        if !rules.verifiers.is_empty() {
            need("not_found", Outcome::NotFound, first, "a filed case that is verified false could not end");
        }
        for centre in sample.centres.iter().skip(1).chain(above) {
            need("explained", Outcome::Explained, Some(centre), "a case with the last word could never end");
        }
    }
    for (name, (outcome, units, why)) in needed {
        let least = rules.outcome(outcome).and_then(|rule| org.depth(&rule.level));
        let refused = |unit: &&&UnitId| least.is_none() || org.unit_depth(unit) > least;
        let Some(unit) = units.iter().find(refused) else { continue };
        let field = format!("outcomes.{name}");
        let spot = Spot { field: field.as_str().into(), ..Spot::file(crate::settings::FILE) };
        let level =
            org.units.get(*unit).and_then(|unit| org.areas.get(&unit.area)).map(|area| area.level.clone());
        let what = format!("the centre {unit} may not give the outcome {name}: {why}");
        let mend = format!("Write [{field}] level = \"{}\" or a smaller one", level.unwrap_or_default());
        let name = org.units.get(*unit).map_or("", |unit| unit.name.as_str());
        report.add(
            Severity::Error,
            "outcome-level",
            spot.problem(what, mend),
            format!("a case of {name} ({unit})"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use huying_model::table::TABLE;

    /// Whoever must be there in each open stage, and the rule that asks for them.
    const WAYS: [(Stage, Who, &str); 7] = [
        (Stage::Reported, Who::Intake, "unstaffed-station"),
        (Stage::Verifying, Who::Verifier, "stuck-stage"),
        (Stage::Filed, Who::Dispatching, "unstaffed-centre"),
        (Stage::Dispatched, Who::Part, "no-handler"),
        (Stage::Handling, Who::Lead, "no-handler"),
        (Stage::Inspecting, Who::Inspector, "auditor-inspects"),
        (Stage::CallingBack, Who::CallerBack, "stuck-stage"),
    ];

    #[test]
    fn whoever_the_lint_asks_for_may_leave_the_stage_by_the_table() {
        assert_eq!(WAYS.map(|(stage, ..)| stage), Stage::OPEN);
        for (stage, who, rule) in WAYS {
            let leaves = TABLE.iter().any(|row| {
                row.from.contains(&stage) && row.who.contains(&who) && row.to.iter().any(|to| *to != stage)
            });
            assert!(leaves && crate::lint::rules::find(rule).is_some(), "{stage:?} by {who:?}");
        }
    }
}
