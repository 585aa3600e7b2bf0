//! Routes that ask grid workers for what nobody admitted.
//!
//! Owns the rule `unadmitted`: an error where a matter of the row is never admitted while the row is in force, a warning
//! where it is for a while only, for then the next row answers. Start at [`check`].

use huying_model::{
    Instant, MatterCode,
    admission::Ruling,
    org::{Org, Selector, UnitKind},
    route::{Route, glob},
};

use crate::lint::{LintReport, Severity, at_route};
use crate::load::{Pack, Spots};

pub fn check(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let (org, rules) = (&pack.policy.org, &pack.policy.current);
    if !rules.admissions.required {
        return;
    }
    let mut moments: Vec<Instant> = rules.admissions.moments().filter(|at| *at > rules.from).collect();
    moments.push(rules.from);
    moments.sort();
    moments.dedup();
    for row in &rules.routes {
        let Some(selector) = std::iter::once(&row.lead).chain(&row.assists).find(|s| asks_teams(org, s))
        else {
            continue;
        };
        let meant = rules.matters.keys().filter(|matter| glob(&row.matter, matter.as_str()));
        let barred = meant.map(|matter| (matter, barred(pack, matter, &moments)));
        let (never, sometimes): (Vec<_>, Vec<_>) = barred
            .filter_map(|(matter, found)| found.map(|(at, always)| (matter, at, always)))
            .partition(|(_, _, always)| *always);
        for (severity, found) in [(Severity::Error, never), (Severity::Warning, sometimes)] {
            let Some((matter, at, _)) = found.first() else { continue };
            tell(pack, spots, row, selector, severity, (found.len(), matter, *at), report);
        }
    }
}

/// Whether the selector can find a unit of grid workers anywhere.
fn asks_teams(org: &Org, selector: &Selector) -> bool {
    let mut teams = org.units.values().filter(|unit| unit.kind == UnitKind::GridTeam);
    match selector {
        Selector::Named(id) => teams.any(|unit| &unit.id == id),
        Selector::At { function, .. } | Selector::Parent { function } | Selector::Nearest { function } => {
            teams.any(|unit| &unit.function == function)
        }
    }
}

/// The first moment at which the matter is not admitted, and whether it never is.
fn barred(pack: &Pack, matter: &MatterCode, moments: &[Instant]) -> Option<(Instant, bool)> {
    let admissions = &pack.policy.current.admissions;
    let out: Vec<Instant> =
        moments.iter().copied().filter(|at| admissions.bar(matter, *at).is_some()).collect();
    out.first().map(|first| (*first, out.len() == moments.len()))
}

fn tell(
    pack: &Pack,
    spots: &Spots,
    row: &Route,
    selector: &Selector,
    severity: Severity,
    (count, matter, at): (usize, &MatterCode, Instant),
    report: &mut LintReport,
) {
    let (what, mend) = match severity {
        Severity::Error => (
            format!("the row {} asks '{selector}' for {count} matters that are not admitted", row.id),
            "Admit them in admissions.csv, or send the row elsewhere",
        ),
        Severity::Warning => (
            format!(
                "the row {} asks '{selector}' for {count} matters that are admitted for a while only",
                row.id
            ),
            "See that another row answers before and after",
        ),
    };
    let admissions = &pack.policy.current.admissions;
    let said = match admissions.row(matter, at) {
        Some(row) if row.ruling == Ruling::Vetoed => format!("vetoed: {}", row.rule),
        Some(row) => format!("refused: {}", row.rule),
        None => "no row of admissions.csv fits".to_owned(),
    };
    report.add(
        severity,
        "unadmitted",
        at_route(spots, &row.id).problem(what, mend),
        format!("{matter} at {at}: {said}"),
    );
}
