//! Would anybody notice a wrong row? Dispatch tables of the city packs are changed at random, one change a table, and the
//! lint, the stories and the lists of responsibilities have to tell. No snapshot and no checksum is asked.
//!
//! The list names the unit for every matter, so it is a second telling of the table and notices nearly all by itself. What each
//! of the three notices alone is asked of every tenth table, and of every one with `HUYING_MUTANTS=all`: the lint reads a whole
//! pack each time.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use huying_model::{Rules, route::Route};
use huying_pack::{
    Dir, LintReport, Pack, Source, lint_from, load,
    problem::Problems,
    scenario::{self, Expectations},
};

mod mutants_made;
use mutants_made::{Dice, Mutant, Stock, made};

/// The packs that are asked, and how many changed tables each.
const PACKS: [(&str, usize); 5] =
    [("jiangbei", 100), ("laoshan", 100), ("haizhu", 100), ("lanling", 100), ("daxing", 100)];
const SEED: u64 = 30_428;
/// Of a hundred.
const NOTICED: usize = 95;

/// A pack whose table can be exchanged without reading it again.
struct Bench {
    dir: Dir,
    pack: Pack,
    list: Expectations,
    /// What the lint says of the unchanged pack.
    before: Vec<(&'static str, String)>,
}

/// The pack's folder with another dispatch table.
struct Changed<'a> {
    dir: &'a Dir,
    routes: String,
}

impl Source for Changed<'_> {
    fn bytes(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match name {
            "routes.csv" => Ok(Some(self.routes.clone().into_bytes())),
            _ => self.dir.bytes(name),
        }
    }
    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        self.dir.names(folder)
    }
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(name)
}

/// The table as a file, without the columns that no mutant changes.
fn table(routes: &[Route]) -> String {
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut text = String::from("id,matter,overlay,area,level,source,urgency,period,lead,assists\n");
    for row in routes {
        let code = |code: Option<String>| code.unwrap_or_default();
        let assists: Vec<String> = row.assists.iter().map(ToString::to_string).collect();
        let cells = [
            row.id.to_string(),
            row.matter.to_string(),
            code(row.overlay.as_ref().map(ToString::to_string)),
            code(row.area.as_ref().map(ToString::to_string)),
            code(row.level.as_ref().map(ToString::to_string)),
            word(serde_json::to_value(row.source).unwrap()),
            word(serde_json::to_value(row.urgency).unwrap()),
            word(serde_json::to_value(row.period).unwrap()),
            row.lead.to_string(),
            assists.join(" "),
        ];
        writeln!(text, "{}", cells.join(",")).unwrap();
    }
    text
}

/// Rules and words, without the lines, which move when a row is dropped.
fn findings(report: LintReport) -> Vec<(&'static str, String)> {
    report.findings.into_iter().map(|finding| (finding.rule, finding.problem.message)).collect()
}

impl Bench {
    fn new(name: &str) -> Bench {
        let dir = Dir(folder(name));
        let pack = load(&dir.0).unwrap();
        let problems = Problems::default();
        let list = Expectations::read(&pack, &dir, &problems).unwrap_or_default();
        assert!(problems.is_empty(), "{name}: {:?}", problems.into_sorted());
        let told = scenario::run(&pack, &dir).unwrap();
        assert_eq!(told.failed(), 0, "{name}: {told}");
        let routes = table(&pack.policy.current.routes);
        let before = findings(lint_from(&Changed { dir: &dir, routes }));
        Bench { dir, pack, list, before }
    }

    fn put(&mut self, routes: Vec<Route>) {
        let policy = &mut self.pack.policy;
        let rules = Arc::new(Rules { routes, ..(*policy.current).clone() });
        policy.versions.insert(rules.version.clone(), rules.clone());
        policy.current = rules;
    }

    /// Whether one of the three notices by itself.
    fn notices(&self, who: &str, mutant: &Mutant) -> bool {
        match who {
            "list" => {
                !self.list.compare(&self.pack, |matter| mutant.reaches(matter), Some(1)).problems.is_empty()
            }
            "story" => scenario::run(&self.pack, &self.dir).unwrap().failed() > 0,
            _ => {
                let routes = table(&mutant.routes);
                let after = findings(lint_from(&Changed { dir: &self.dir, routes }));
                after.iter().any(|finding| !self.before.contains(finding))
            }
        }
    }
}

/// The cheapest first; the lint reads the whole pack again and is asked last.
const WHO: [&str; 3] = ["list", "story", "lint"];
/// One of so many tables is put to each of the three, whoever noticed before.
const ALONE: usize = 10;

/// What became of one pack's tables.
struct Outcome {
    /// Tables by who noticed first.
    by: BTreeMap<&'static str, usize>,
    /// Tables that nobody noticed.
    left: Vec<String>,
    /// Tables that each of the three was asked about, and how many each noticed.
    apart: usize,
    alone: BTreeMap<&'static str, usize>,
}

/// Changes one pack's table so many times, each time from the table as it stands in the pack.
fn tried(name: &str, seed: u64, count: usize, each: usize) -> Outcome {
    let mut bench = Bench::new(name);
    let sound = bench.pack.policy.current.clone();
    let org = bench.pack.policy.org.clone();
    let stock = Stock::new(&org, sound.matters.keys());
    let mut dice = Dice::new(seed);
    let mut outcome = Outcome { by: BTreeMap::new(), left: Vec::new(), apart: 0, alone: BTreeMap::new() };
    for no in 0..count {
        let mutant = made(&mut dice, &stock, &sound.routes);
        bench.put(mutant.routes.clone());
        match WHO.into_iter().find(|who| bench.notices(who, &mutant)) {
            Some(who) => *outcome.by.entry(who).or_default() += 1,
            None => outcome.left.push(format!("{name}: {}", mutant.what)),
        }
        if no.is_multiple_of(each) {
            outcome.apart += 1;
            for who in WHO {
                *outcome.alone.entry(who).or_default() += usize::from(bench.notices(who, &mutant));
            }
        }
    }
    outcome
}

#[test]
fn nineteen_of_twenty_wrong_rows_are_noticed_by_a_list_of_who_answers_a_story_or_the_lint() {
    let each = if std::env::var("HUYING_MUTANTS").is_ok_and(|all| all == "all") { 1 } else { ALONE };
    // Side by side: one after the other they leave all cores but one idle for a minute.
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let begin = |(at, (name, count))| scope.spawn(move || tried(name, SEED + at as u64, count, each));
        let running: Vec<_> = PACKS.into_iter().enumerate().map(begin).collect();
        running.into_iter().map(|pack| pack.join().unwrap()).collect()
    });
    let mut report = String::new();
    let (mut all, mut left, mut apart) = (0, Vec::new(), 0);
    let mut alone: BTreeMap<&str, usize> = BTreeMap::new();
    for ((name, count), outcome) in PACKS.into_iter().zip(outcomes) {
        writeln!(report, "mutants of {name}: {count}, noticed first by {:?}", outcome.by).unwrap();
        all += count;
        left.extend(outcome.left);
        apart += outcome.apart;
        outcome.alone.into_iter().for_each(|(who, noticed)| *alone.entry(who).or_default() += noticed);
    }
    let noticed = all - left.len();
    writeln!(report, "mutants: of {apart}, each alone notices {alone:?}").unwrap();
    writeln!(report, "mutants: {noticed} of {all} noticed; unnoticed:").unwrap();
    left.iter().for_each(|what| writeln!(report, "    {what}").unwrap());
    println!("{report}");
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants.txt"), &report).unwrap();
    assert!(noticed * 100 >= all * NOTICED, "{report}");
}
