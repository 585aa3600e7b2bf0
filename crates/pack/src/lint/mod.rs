//! What is wrong with a pack that can be read: gaps, ties, dead rows, units without people.
//!
//! Owns the checks over the whole finite domain of a pack, by grouping cells and matters that no rule can tell
//! apart, never by sampling. It refuses to guess: every finding carries a case one can look at. Start at
//! [`lint`]; [`coverage`] asks the dispatch table, [`staff`] looks at units and
//! people, [`tables`] at steps, roster, templates and sizes, [`waits`] bounds how long a case can wait before a leader knows.

use std::fmt;
use std::path::{Path, PathBuf};

use huying_model::org::UnitKind;

use crate::load::{self, Pack, Spots};
use crate::problem::{Problem, Spot};
use crate::source::{Dir, Source};

mod admission;
mod cards;
mod coverage;
mod hours;
mod staff;
mod tables;
mod waits;

pub use waits::Wait;

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// The pack must not be used.
    Error,
    /// The pack works; somebody should look.
    Warning,
}

/// One thing that the lint found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    pub severity: Severity,
    /// The rule's name, the same in every run: `no-route`, `tie`, `shadowed`, …
    pub rule: &'static str,
    pub problem: Problem,
    /// A case that shows it, in words.
    pub example: String,
}

/// Everything that the lint has to say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LintReport {
    pub findings: Vec<Finding>,
    /// What the pack holds, by name.
    pub counts: Vec<(String, usize)>,
    /// How long a case can wait before a leader knows, per filing condition, the longest first.
    pub waits: Vec<Wait>,
}

impl LintReport {
    /// Whether the pack may be used.
    pub fn passed(&self) -> bool {
        self.errors() == 0
    }
    pub fn errors(&self) -> usize {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error).count()
    }
    /// The count of this name; 0 where there is none.
    pub fn count(&self, name: &str) -> usize {
        self.counts.iter().find(|(found, _)| found == name).map_or(0, |(_, count)| *count)
    }
    fn add(&mut self, severity: Severity, rule: &'static str, problem: Problem, example: impl Into<String>) {
        self.findings.push(Finding { severity, rule, problem, example: example.into() });
    }
}

impl fmt::Display for LintReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            let word = if finding.severity == Severity::Error { "error" } else { "warning" };
            writeln!(f, "{word}[{}] {}", finding.rule, finding.problem)?;
            if !finding.example.is_empty() {
                writeln!(f, "    for example: {}", finding.example)?;
            }
        }
        for (name, count) in &self.counts {
            writeln!(f, "{count:>9}  {name}")?;
        }
        if let Some(wait) = self.waits.first() {
            let days = |ms: i64| ms as f64 / 86_400_000.0;
            writeln!(
                f,
                "a leader knows of every case within {:.1} days (condition {} of {}), {:.1} with every extension and suspension",
                days(wait.plain_ms),
                wait.condition,
                wait.matter,
                days(self.waits.iter().map(|wait| wait.longest_ms).max().unwrap_or(0)),
            )?;
        }
        let warnings = self.findings.len() - self.errors();
        write!(f, "{} errors, {warnings} warnings", self.errors())
    }
}

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
        Ok((pack, spots)) => {
            coverage::check(&pack, &spots, &mut report);
            staff::check(&pack, &spots, &mut report);
            cards::check(&pack, &spots, &mut report);
            admission::check(&pack, &spots, &mut report);
            shapes(&pack, &spots, &mut report);
            count(&pack, &mut report);
            tables::check(&pack, &spots, &mut report);
            report.waits = waits::waits(&pack.policy.current);
            report
                .findings
                .sort_by(|a, b| (a.severity, a.rule, &a.problem).cmp(&(b.severity, b.rule, &b.problem)));
        }
    }
    report
}

/// Lints the rules over an organisation as it is from a moment on; of a pack that was read, so problems name no lines.
pub fn lint_at(pack: &Pack, at: huying_model::Instant) -> LintReport {
    let mut pack = pack.clone();
    let mut rules = huying_model::Rules::clone(&pack.policy.current);
    rules.from = at;
    pack.policy.current = rules.into();
    let (mut report, spots) = (LintReport::default(), Spots::default());
    coverage::check(&pack, &spots, &mut report);
    staff::check(&pack, &spots, &mut report);
    admission::check(&pack, &spots, &mut report);
    report.findings.sort_by(|a, b| (a.severity, a.rule, &a.problem).cmp(&(b.severity, b.rule, &b.problem)));
    report
}

fn shapes(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let bare = crate::shapes::shapeless(&pack.shapes, &spots.ground);
    let Some(first) = bare.first() else { return };
    let what = format!("{} of the smallest areas have no shape, so no point leads to them", bare.len());
    let problem =
        spots.ground.spot(first).problem(what, "Add their polygons to the file that [shapes] names");
    // A pack without any shape works by codes alone.
    let severity = if pack.shapes.cells.is_empty() { Severity::Warning } else { Severity::Error };
    report.add(severity, "no-shape", problem, first.to_string());
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
    add("matters".to_owned(), rules.matters.len());
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
