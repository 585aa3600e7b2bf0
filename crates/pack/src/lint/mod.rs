//! What is wrong with a pack that can be read: gaps, ties, dead rows, units without people, stages without a way out.
//!
//! Owns the checks over the whole finite domain of a pack, by grouping cells and matters that no rule can tell
//! apart, never by sampling. It refuses to guess: every finding carries a case one can look at. Start at
//! [`lint`], then [`rules`]; [`coverage`] asks the dispatch table, [`stages`] walks the life cycle, [`tables`] looks at steps,
//! roster, templates and sizes, [`waits`] bounds how long a case can wait before a leader knows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use huying_model::{Instant, calendar::Calendar, org::UnitKind};

use crate::load::{self, Pack, Spots};
use crate::problem::Spot;
use crate::source::{Dir, Source};

mod admission;
mod calls;
mod cards;
mod coverage;
mod duty;
mod evidence;
mod hours;
mod limits;
mod names;
mod reach;
mod recipients;
mod report;
mod rounds;
pub mod rules;
mod shapes;
mod staff;
mod stages;
mod tables;
mod waits;

pub use report::{Finding, LintReport, Severity};
pub use rules::{RULES, Rule};
pub use waits::Wait;

/// Lints the pack in a folder. Mistakes that keep it from being read come as errors of the rule `unreadable`.
pub fn lint(dir: impl AsRef<Path>) -> LintReport {
    lint_from(&Dir(PathBuf::from(dir.as_ref())))
}

/// Lints a pack from anywhere.
pub fn lint_from(source: &dyn Source) -> LintReport {
    let mut report = LintReport::default();
    let (parts, problems) = load::read(source);
    match load::assemble(parts, problems) {
        Err(problems) => {
            problems.into_iter().for_each(|problem| report.add(Severity::Error, "unreadable", problem, ""));
        }
        Ok((pack, spots)) => check(&pack, &spots, &mut report),
    }
    report.sort();
    report
}

/// Lints the rules over an organisation as it is from a moment on; of a pack that was read, so problems name no lines.
pub fn lint_at(pack: &Pack, at: Instant) -> LintReport {
    let mut pack = pack.clone();
    let mut rules = huying_model::Rules::clone(&pack.policy.current);
    rules.from = at;
    pack.policy.current = rules.into();
    let (mut report, spots) = (LintReport::default(), Spots::default());
    organisation(&pack, &spots, &coverage::Ground::of(&pack), &mut report);
    report.sort();
    report
}

fn check(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let rules = &pack.policy.current;
    let hours = Calendars::of(&rules.calendars, rules.from);
    let ground = coverage::Ground::of(pack);
    organisation(pack, spots, &ground, report);
    reach::check(pack, spots, &ground, report);
    cards::check(pack, spots, report);
    rounds::check(pack, report);
    evidence::check(pack, spots, &ground, report);
    limits::check(pack, spots, &hours, report);
    shapes::check(pack, spots, report);
    names::check(pack, spots, report);
    recipients::check(pack, report);
    count(pack, report);
    tables::check(pack, spots, report);
    report.waits = waits::waits(pack, spots, &ground, &hours, report);
}

/// Whatever hangs on who is there and when.
fn organisation(pack: &Pack, spots: &Spots, ground: &coverage::Ground, report: &mut LintReport) {
    let rules = &pack.policy.current;
    let hours = Calendars::of(&rules.calendars, rules.from);
    coverage::check(pack, spots, ground, &hours, report);
    staff::check(pack, spots, report);
    admission::offices(pack, spots, report);
    stages::check(pack, spots, ground, report);
    calls::check(pack, ground, report);
}

/// The hours of every calendar of a pack, by name.
struct Calendars<'c>(BTreeMap<&'c str, hours::Hours<'c>>);

impl<'c> Calendars<'c> {
    fn of(
        calendars: &'c BTreeMap<smol_str::SmolStr, std::sync::Arc<Calendar>>,
        from: Instant,
    ) -> Calendars<'c> {
        let hours = |(name, calendar): (&'c smol_str::SmolStr, &'c std::sync::Arc<Calendar>)| {
            (name.as_str(), hours::Hours::of(calendar, from))
        };
        Calendars(calendars.iter().map(hours).collect())
    }
    fn get(&self, name: &str) -> Option<&hours::Hours<'c>> {
        self.0.get(name)
    }
}

fn count(pack: &Pack, report: &mut LintReport) {
    let (org, rules) = (&pack.policy.org, &pack.policy.current);
    let mut add = |name: String, count: usize| report.counts.push((name, count));
    for level in &pack.levels {
        let of_level = org.areas.values().filter(|area| area.level == level.code).count();
        add(format!("areas of level {}", level.code), of_level);
    }
    add("overlays".to_owned(), pack.overlays.len());
    for (kind, name) in [
        (UnitKind::Centre, "centres"),
        (UnitKind::Department, "departments"),
        (UnitKind::Post, "posts"),
        (UnitKind::Station, "stations"),
        (UnitKind::GridTeam, "grid teams"),
        (UnitKind::Company, "companies"),
        (UnitKind::External, "external units"),
    ] {
        add(name.to_owned(), org.units.values().filter(|unit| unit.kind == kind).count());
    }
    add("members".to_owned(), org.members.len());
    add("boards".to_owned(), pack.boards.len());
    add("tracks".to_owned(), pack.boards.iter().map(|board| board.tracks.len()).sum());
    add(report::MATTERS.to_owned(), rules.matters.len());
    add("filing conditions".to_owned(), rules.matters.values().map(|matter| matter.conditions.len()).sum());
    add("routes".to_owned(), rules.routes.len());
    add("indicators".to_owned(), rules.indicators.len());
    add("admissions".to_owned(), rules.admissions.rows.len());
    add("shapes".to_owned(), pack.shapes.cells.len());
}

/// A problem at a row of the dispatch table.
fn at_route(spots: &Spots, id: &str) -> Spot {
    spots.routes.get(id).cloned().unwrap_or_else(|| Spot::file(crate::routes::FILE))
}

/// A problem at a unit's row.
fn at_unit(spots: &Spots, id: &str) -> Spot {
    spots.units.get(id).cloned().unwrap_or_else(|| Spot::file(crate::people::UNITS))
}

/// A moment as a calendar on the wall shows it.
fn civil(calendar: &Calendar, at: Instant) -> String {
    calendar.civil(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// An area with its name.
fn place(pack: &Pack, code: &huying_model::AreaCode) -> String {
    match pack.policy.org.areas.get(code) {
        Some(area) => format!("{} ({code})", area.name),
        None => code.to_string(),
    }
}
