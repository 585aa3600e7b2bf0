//! What the lint says, for people and for programs.
//!
//! Owns findings and their two forms: text grouped by rule, and JSON. Refuses to look at a pack. Start at [`LintReport`].

use std::fmt;

use serde::Serialize;

use crate::lint::rules;
use crate::lint::waits::Wait;
use crate::problem::Problem;

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The pack must not be used.
    Error,
    /// The pack works; somebody should look.
    Warning,
}

/// One thing that the lint found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    pub severity: Severity,
    /// The rule's name, the same in every run: `no-route`, `tie`, `shadowed`, …
    pub rule: &'static str,
    #[serde(flatten)]
    pub problem: Problem,
    /// A case that shows it, in words.
    pub example: String,
    /// The rows of tables that are concerned, by their ids.
    pub rows: Vec<String>,
}

/// Everything that the lint has to say.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct LintReport {
    pub findings: Vec<Finding>,
    /// What the pack holds, by name.
    pub counts: Vec<(String, usize)>,
    /// How long a case can wait before a leader knows, per filing condition, the longest first.
    pub waits: Vec<Wait>,
}

/// Counts from which the share of invented names follows.
pub(crate) const MATTERS: &str = "matters";
pub(crate) const MADE_UP: &str = "matters with made-up names";

/// Waits that the text shows; JSON has all.
const SHOWN_WAITS: usize = 10;

impl LintReport {
    /// Whether the pack may be used.
    pub fn passed(&self) -> bool {
        self.errors() == 0
    }
    pub fn errors(&self) -> usize {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error).count()
    }
    pub fn warnings(&self) -> usize {
        self.findings.len() - self.errors()
    }
    /// The count of this name; 0 where there is none.
    pub fn count(&self, name: &str) -> usize {
        self.counts.iter().find(|(found, _)| found == name).map_or(0, |(_, count)| *count)
    }
    pub(crate) fn add(
        &mut self,
        severity: Severity,
        rule: &'static str,
        problem: Problem,
        example: impl Into<String>,
    ) {
        self.add_with_rows(severity, rule, problem, example, Vec::new());
    }
    /// A finding that concerns these rows.
    pub(crate) fn add_with_rows(
        &mut self,
        severity: Severity,
        rule: &'static str,
        problem: Problem,
        example: impl Into<String>,
        rows: Vec<String>,
    ) {
        self.findings.push(Finding { severity, rule, problem, example: example.into(), rows });
    }
    /// Errors first, then by rule and place.
    pub(crate) fn sort(&mut self) {
        self.findings.sort_by(|a, b| (a.severity, a.rule, &a.problem).cmp(&(b.severity, b.rule, &b.problem)));
    }

    /// Such as “35.0 % of the names of matters are made up (179 of 512)”; None where no matter could be read.
    pub fn made_up(&self) -> Option<String> {
        let (made_up, matters) = (self.count(MADE_UP), self.count(MATTERS));
        let share = made_up as f64 * 100.0 / matters as f64;
        (matters > 0)
            .then(|| format!("{share:.1} % of the names of matters are made up ({made_up} of {matters})"))
    }

    fn longest_waits(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.waits.is_empty() {
            return Ok(());
        }
        let days = |ms: i64| ms as f64 / 86_400_000.0;
        writeln!(f, "longest time until a leader knows, whatever people do or omit, in days:")?;
        writeln!(f, "    plain  extended  objected  condition")?;
        for wait in self.waits.iter().take(SHOWN_WAITS) {
            let (plain, longest, objected) =
                (days(wait.plain_ms), days(wait.longest_ms), days(wait.objected_ms));
            writeln!(f, "{plain:>9.1} {longest:>9.1} {objected:>9.1}  {} {}", wait.matter, wait.condition)?;
        }
        if self.waits.len() > SHOWN_WAITS {
            writeln!(f, "    … {} more conditions wait less", self.waits.len() - SHOWN_WAITS)?;
        }
        Ok(())
    }
}

impl fmt::Display for LintReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for group in self.findings.chunk_by(|a, b| (a.severity, a.rule) == (b.severity, b.rule)) {
            let Some(Finding { severity, rule, .. }) = group.first() else { continue };
            let word = if *severity == Severity::Error { "error" } else { "warning" };
            let what = rules::find(rule).map_or("", |rule| rule.what);
            writeln!(f, "{word}[{rule}] {what} ({})", group.len())?;
            for Finding { problem, example, rows, .. } in group {
                writeln!(f, "  {problem}")?;
                if !example.is_empty() {
                    writeln!(f, "      for example: {example}")?;
                }
                if !rows.is_empty() {
                    writeln!(f, "      rows: {}", rows.join(", "))?;
                }
            }
        }
        for (name, count) in &self.counts {
            writeln!(f, "{count:>9}  {name}")?;
        }
        if let Some(share) = self.made_up() {
            writeln!(f, "{share}")?;
        }
        self.longest_waits(f)?;
        write!(f, "{} errors, {} warnings", self.errors(), self.warnings())
    }
}
