//! Routes that ask grid workers for what nobody admitted, and offices in which nobody decides.
//!
//! Owns the rules `office-undecided` ([`offices`]) and `unadmitted`: an error where a matter for which the row would win somewhere is never admitted while the rules
//! are in force, a warning where it is for a while only, for then the next row answers. Which rows would win is the answer of
//! [`super::coverage`]. Start at [`tell_row`].

use std::collections::BTreeSet;

use huying_model::{
    Instant, MatterCode, UnitId,
    admission::{Ruling, desk::DECIDING},
    org::{Org, Selector, UnitKind},
    route::Route,
};

use crate::lint::{LintReport, Severity, at_route, at_unit, coverage::Kin};
use crate::load::{Pack, Spots};

/// An office that is asked for admissions has somebody who may decide on them.
pub fn offices(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let (org, rules) = (&pack.policy.org, &pack.policy.current);
    let in_force =
        rules.admissions.rows.iter().filter(|row| row.until.is_none_or(|until| rules.from < until));
    let mut offices: BTreeSet<UnitId> = in_force.map(|row| row.office.clone()).collect();
    if rules.admissions.required {
        offices.insert(rules.admissions.office.clone().unwrap_or_else(|| org.root_centre()));
    }
    for office in offices.iter().filter(|office| org.sitting(office, DECIDING).next().is_none()) {
        report.add(
            Severity::Error,
            "office-undecided",
            at_unit(spots, &office.0).problem(
                format!("{office} decides on admissions, and nobody there may"),
                "Give somebody a seat as dispatcher or leader of the office",
            ),
            "an application for any matter waits for ever",
        );
    }
}

/// Tells of a row that would answer for these matters if grid workers might be asked for them, each with the first moment
/// at which they may not.
pub fn tell_row<'k>(
    pack: &Pack,
    spots: &Spots,
    row: &Route,
    kins: impl Iterator<Item = (&'k Kin<'k>, Instant)>,
    report: &mut LintReport,
) {
    let own = || std::iter::once(&row.lead).chain(&row.assists);
    let Some(selector) = own().find(|selector| asks_teams(&pack.policy.org, selector)) else { return };
    let (never, sometimes): (Vec<_>, Vec<_>) = kins.partition(|(kin, _)| kin.never_admitted());
    for (severity, found) in [(Severity::Error, never), (Severity::Warning, sometimes)] {
        let matters = found.iter().flat_map(|(kin, at)| kin.matters.iter().map(|matter| (*matter, *at)));
        let matters: Vec<(&MatterCode, Instant)> = matters.collect();
        if let Some((matter, at)) = matters.iter().min() {
            tell(pack, spots, row, selector, severity, (matters.len(), matter, *at), report);
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
