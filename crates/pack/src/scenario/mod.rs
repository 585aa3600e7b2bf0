//! Stories that a pack tells of itself and must keep true: who does what at which time, and what is then so.
//!
//! Owns the runner: a virtual clock over the pure life cycle, with the steps that the rules let System take and
//! every clock firing on its instant. It refuses to look inside: steps are public commands, and what is expected
//! reads only events, queues, clocks and messages. Start at [`run`]; [`script`] reads a story, [`world`] lives
//! it, [`expect`] judges it; [`expectations`] is the list of responsibilities beside the stories.

use std::fmt;
use std::path::{Path, PathBuf};

use smol_str::SmolStr;

use crate::load::{Pack, load_from};
use crate::problem::{Problem, Problems, Spot};
use crate::source::{Dir, Source, text};

mod command;
mod expect;
mod expectations;
mod figures;
mod script;
mod turns;
mod world;

pub use expectations::{Comparison, Expectations};

/// The folder of stories in a pack.
pub const FOLDER: &str = "scenarios";

/// How a story went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    Passed,
    /// What was not so, or could not be read.
    Failed(Vec<Problem>),
    /// It needs what is not built yet, in the story's own words. Never counted as passed.
    Pending(SmolStr),
}

/// A story and how it went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    pub file: SmolStr,
    pub title: SmolStr,
    pub verdict: Verdict,
    /// Commands and ticks of clocks that were decided.
    pub steps: usize,
    /// Expectations that were checked.
    pub checks: usize,
}

/// Every story of a pack.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TestReport {
    pub told: Vec<Told>,
}

impl TestReport {
    pub fn passed(&self) -> usize {
        self.told.iter().filter(|told| told.verdict == Verdict::Passed).count()
    }
    pub fn failed(&self) -> usize {
        self.told.iter().filter(|told| matches!(told.verdict, Verdict::Failed(_))).count()
    }
    pub fn pending(&self) -> usize {
        self.told.len() - self.passed() - self.failed()
    }
}

impl fmt::Display for TestReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for told in &self.told {
            let Told { file, title, steps, checks, .. } = told;
            match &told.verdict {
                Verdict::Passed => writeln!(f, "passed   {file}: {title} ({steps} steps, {checks} checks)")?,
                Verdict::Pending(what) => writeln!(f, "pending  {file}: {title} (needs {what})")?,
                Verdict::Failed(problems) => {
                    writeln!(f, "FAILED   {file}: {title}")?;
                    problems.iter().try_for_each(|problem| writeln!(f, "    {problem}"))?;
                }
            }
        }
        write!(f, "{} passed, {} failed, {} pending", self.passed(), self.failed(), self.pending())
    }
}

/// Tells every story of the pack in a folder.
///
/// # Errors
/// The problems that keep the pack from being read.
pub fn test(dir: impl AsRef<Path>) -> Result<TestReport, Vec<Problem>> {
    let source = Dir(PathBuf::from(dir.as_ref()));
    let pack = load_from(&source)?;
    run(&pack, &source)
}

/// Tells every story of a pack that is loaded already.
///
/// # Errors
/// When the folder of stories cannot be listed.
pub fn run(pack: &Pack, source: &dyn Source) -> Result<TestReport, Vec<Problem>> {
    let names = source.names(FOLDER).map_err(|error| {
        vec![
            Spot::file(FOLDER)
                .problem(format!("the folder cannot be listed: {error}"), "Check its permissions"),
        ]
    })?;
    let stories = names.iter().filter(|name| name.ends_with(".toml"));
    let stories = stories.map(|name| story(pack, source, &format!("{FOLDER}/{name}")));
    Ok(TestReport { told: stories.chain(responsibilities(pack, source)).collect() })
}

/// The list of responsibilities, told like a story: its rows are checks, its questions steps.
fn responsibilities(pack: &Pack, source: &dyn Source) -> Option<Told> {
    let problems = Problems::default();
    let list = Expectations::read(pack, source, &problems);
    if list.is_none() && problems.is_empty() {
        return None;
    }
    let list = list.unwrap_or_default();
    let compared = list.compare(pack, |_| true, None);
    let (known, all) = (compared.matters, pack.policy.current.matters.len());
    compared.problems.into_iter().for_each(|problem| problems.add(problem));
    let verdict = if problems.is_empty() { Verdict::Passed } else { Verdict::Failed(problems.into_sorted()) };
    Some(Told {
        file: SmolStr::new_static(expectations::FILE),
        title: SmolStr::from(format!("责任清单 · who answers for {known} of {all} matters")),
        verdict,
        steps: compared.questions,
        checks: list.len(),
    })
}

fn story(pack: &Pack, source: &dyn Source, file: &str) -> Told {
    let problems = Problems::default();
    let mut told = Told {
        file: SmolStr::new(file),
        title: SmolStr::default(),
        verdict: Verdict::Passed,
        steps: 0,
        checks: 0,
    };
    if let Some(text) = text(source, file, true, &problems)
        && let Some(pending) = script::tell(pack, file, &text, &problems, &mut told)
    {
        told.verdict = Verdict::Pending(pending);
        return told;
    }
    if !problems.is_empty() {
        told.verdict = Verdict::Failed(problems.into_sorted());
    }
    told
}
