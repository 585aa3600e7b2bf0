//! The list of responsibilities beside the dispatch table: who answers for a matter, at which place, from which source, when.
//!
//! Owns `scenarios/expectations.csv` and its comparison with what the dispatch table answers. An authority has such a
//! list already (责任清单), written matter by matter from its duties; routes say the same in fewer rows that overrule
//! one another. Every question that either of the two can tell apart is asked of both, so a row too many, too few or
//! too wide shows as a case that somebody else gets. It refuses to read rows of the table: it asks "who gets it?" as a
//! dispatcher does and looks at the answer only. Start at [`Expectations::read`], then [`Expectations::compare`].

use std::collections::{BTreeMap, BTreeSet, HashSet};

use huying_model::{
    AreaCode, LevelName, MatterCode, Rules, UnitId,
    catalogue::{Source as From, Urgency},
    org::{Org, Selector},
    route::{Facts, Period, Question, Route, Routing, glob, route},
};
use smol_str::SmolStr;

use crate::load::Pack;
use crate::problem::{Problem, Problems, Spot};
use crate::settings::check_selector;
use crate::source::{Source, text};
use crate::table::{Row, Table};
use crate::words::word;

/// The file of expectations, beside the stories.
pub const FILE: &str = "scenarios/expectations.csv";

/// One row: where its place, source, urgency and hour are blank, it holds for all that no other row is closer to.
#[derive(Debug)]
struct Expected {
    /// The row in the shape of a route, so that "closer" means the same in both tables.
    row: Route,
    spot: Spot,
}

/// The list as it was read.
#[derive(Debug, Default)]
pub struct Expectations {
    rows: Vec<Expected>,
}

/// What the comparison found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Comparison {
    /// Questions that were asked of both tables.
    pub questions: usize,
    /// Matters for which the list says anything.
    pub matters: usize,
    /// One problem a row of the list, with a case that shows it.
    pub problems: Vec<Problem>,
}

/// Places of which no row and no selector can tell one from the other, by one of them.
struct Places<'p> {
    area: &'p AreaCode,
    size: usize,
}

impl Expectations {
    /// Reads the list. None where the pack has none.
    pub fn read(pack: &Pack, source: &dyn Source, problems: &Problems) -> Option<Expectations> {
        let text = text(source, FILE, false, problems)?;
        let known = ["place", "overlay", "source", "urgency", "when", "assists", "note"];
        let table = Table::read(FILE, &text, &["matter", "lead"], &known, problems);
        let rows = table.rows(problems).filter_map(|row| expected(&row, pack)).collect();
        Some(Expectations { rows })
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Asks both tables about the matters that `wanted` lets through, until `most` rows were found wrong.
    pub fn compare(
        &self,
        pack: &Pack,
        wanted: impl Fn(&MatterCode) -> bool,
        most: Option<usize>,
    ) -> Comparison {
        let rules = &pack.policy.current;
        let matters: Vec<&MatterCode> = rules.matters.keys().filter(|matter| wanted(matter)).collect();
        let mut asking =
            Asking { pack, rules, wrong: BTreeMap::new(), closest: HashSet::new(), questions: 0 };
        let mut covered = 0;
        let places = places(pack, &self.rows);
        for matter in &matters {
            let fits = |row: &Route| glob(&row.matter, matter.as_str());
            let said: Vec<(usize, &Expected)> =
                self.rows.iter().enumerate().filter(|(_, said)| fits(&said.row)).collect();
            if said.is_empty() {
                continue;
            }
            covered += 1;
            let table: Vec<Route> = rules.routes.iter().filter(|row| fits(row)).cloned().collect();
            asking.matter(matter, &table, &said, &places, most);
            if most.is_some_and(|most| asking.wrong.len() >= most) {
                break;
            }
        }
        let mut problems: Vec<Problem> =
            asking.wrong.iter().filter_map(|(row, wrong)| Some(wrong.tell(self.rows.get(*row)?))).collect();
        if matters.len() == rules.matters.len() && most.is_none() {
            let idle = self.rows.iter().enumerate().filter(|(row, _)| !asking.closest.contains(row));
            problems.extend(idle.map(|(_, said)| {
                let what = "this row says nothing: other rows are closer wherever it holds";
                said.spot.clone().problem(what, "Remove it, or correct its place, source or hour")
            }));
        }
        Comparison { questions: asking.questions, matters: covered, problems }
    }
}

/// How often the table's answer is another, and one case of it.
struct Wrong {
    places: usize,
    example: String,
}

impl Wrong {
    fn tell(&self, said: &Expected) -> Problem {
        let what = format!("{} ({} places in all)", self.example, self.places);
        said.spot.clone().problem(what, "Correct routes.csv, or this row where the duty has changed")
    }
}

/// One round of questions with what it found so far.
struct Asking<'p> {
    pack: &'p Pack,
    rules: &'p Rules,
    /// By the row of the list.
    wrong: BTreeMap<usize, Wrong>,
    /// Rows that were the closest for some question.
    closest: HashSet<usize>,
    questions: usize,
}

impl Asking<'_> {
    fn matter(
        &mut self,
        matter: &MatterCode,
        table: &[Route],
        said: &[(usize, &Expected)],
        places: &[Places],
        most: Option<usize>,
    ) {
        let rows: Vec<&Route> = table.iter().chain(said.iter().map(|(_, said)| &said.row)).collect();
        let overlays: BTreeSet<&AreaCode> = rows.iter().filter_map(|row| row.overlay.as_ref()).collect();
        let overlays: Vec<Vec<AreaCode>> = std::iter::once(Vec::new())
            .chain(overlays.into_iter().map(|overlay| vec![overlay.clone()]))
            .collect();
        let facts = Facts::default();
        let at = self.rules.from;
        let admitted = self.rules.admissions.bar(matter, at).is_none();
        for (source, urgency, period) in cases(&rows) {
            for overlays in &overlays {
                for place in places {
                    let area = Some(place.area);
                    let asked = Question {
                        matter,
                        area,
                        overlays,
                        source,
                        urgency,
                        period,
                        at,
                        admitted,
                        facts: &facts,
                    };
                    self.ask(&asked, table, said, place.size);
                    if most.is_some_and(|most| self.wrong.len() >= most) {
                        return;
                    }
                }
            }
        }
    }

    /// One question to both tables.
    fn ask(&mut self, asked: &Question, table: &[Route], said: &[(usize, &Expected)], size: usize) {
        let org = &self.pack.policy.org;
        let holding = said.iter().filter(|(_, said)| said.row.fits(org, asked).is_ok());
        let mut holding: Vec<_> = holding.map(|(no, said)| (said.row.weight(org), *no, *said)).collect();
        holding.sort_by_key(|(weight, no, _)| (std::cmp::Reverse(*weight), *no));
        let Some((weight, no, closest)) = holding.first() else { return };
        self.questions += 1;
        self.closest.insert(*no);
        let rival = holding.get(1).filter(|(other, _, _)| other == weight);
        let example = if let Some((_, _, other)) = rival {
            Some(format!("{} fits line {} of this list equally well", case(asked), other.spot.line))
        } else {
            let answer = route(table, &self.rules.version, org, asked);
            differs(&closest.row, answer.as_ref(), org, asked).map(|how| format!("{} {how}", case(asked)))
        };
        if let Some(example) = example {
            self.wrong.entry(*no).or_insert(Wrong { places: 0, example }).places += size;
        }
    }
}

/// What is not as the row says, in words; None where it is.
fn differs(said: &Route, answer: Option<&Routing>, org: &Org, asked: &Question) -> Option<String> {
    let find = |selector: &Selector| org.select(selector, asked.area, None, asked.at);
    let Some(answer) = answer else {
        return Some(format!("goes to nobody, instead of to {}", said.lead));
    };
    let by = &answer.because.rule;
    if !find(&said.lead).contains(&answer.lead) {
        return Some(format!("goes to {} by the row {by}, instead of to {}", answer.lead, said.lead));
    }
    let wanted: Vec<Vec<UnitId>> = said.assists.iter().map(find).collect();
    let helps =
        |units: &Vec<UnitId>| units.iter().any(|unit| answer.assists.contains(unit) || *unit == answer.lead);
    if let Some(at) = wanted.iter().position(|units| !helps(units)) {
        let missing = said.assists.get(at).map(ToString::to_string).unwrap_or_default();
        return Some(format!("goes out by the row {by} without the help of {missing}"));
    }
    let extra = answer.assists.iter().find(|unit| !wanted.iter().any(|units| units.contains(unit)))?;
    Some(format!("goes out by the row {by} with the help of {extra}, which the list does not name"))
}

/// A case in words that a person can look at.
fn case(asked: &Question) -> String {
    let Question { matter, area, source, urgency, period, overlays, .. } = asked;
    let place = area.map(ToString::to_string).unwrap_or_default();
    let overlay = overlays.first().map(|overlay| format!(" of {overlay}")).unwrap_or_default();
    format!("{matter} in {place}{overlay} from {} ({urgency:?}, {period:?})", source.code())
}

fn expected(row: &Row, pack: &Pack) -> Option<Expected> {
    let rules = &pack.policy.current;
    let org = &pack.policy.org;
    let matter = row.need("matter", |pattern| {
        let meets = rules.matters.keys().any(|matter| glob(pattern, matter.as_str()));
        meets.then(|| SmolStr::new(pattern)).ok_or_else(|| format!("“{pattern}” fits no matter: correct it"))
    });
    let unit = |text: &str| {
        let selector = check_selector(&pack.levels, text)?;
        match &selector {
            Selector::Named(unit) if !org.units.contains_key(unit) => {
                Err(format!("the unit {unit} does not exist: correct its id"))
            }
            _ => Ok(selector),
        }
    };
    let lead = row.need("lead", unit);
    let place = row.read("place", |code| {
        let code = AreaCode::new(code);
        let known = org.areas.contains_key(&code);
        known.then_some(code).ok_or_else(|| "this area does not exist: correct its code".to_owned())
    });
    let overlay = row.read("overlay", |code| {
        let code = AreaCode::new(code);
        let known = pack.overlays.contains_key(&code);
        known.then_some(code).ok_or_else(|| "this overlay does not exist: correct its code".to_owned())
    });
    let spot = row.spot("lead");
    let row = Route {
        id: SmolStr::from(spot.line.to_string()),
        matter: matter?,
        overlay,
        area: place,
        level: None,
        source: row.read("source", word),
        urgency: row.read("urgency", word),
        period: row.read("when", word),
        lead: lead?,
        assists: row.list("assists", unit),
        limits: None,
        closing_level: None,
    };
    Some(Expected { row, spot })
}

/// Every combination of source, urgency and period that these rows can tell apart.
fn cases(rows: &[&Route]) -> Vec<(From, Urgency, Period)> {
    let sources = told(&From::ALL, rows.iter().filter_map(|row| row.source));
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

/// The smallest areas, one for all that share every larger area which a row names or a selector looks in.
fn places<'p>(pack: &'p Pack, said: &[Expected]) -> Vec<Places<'p>> {
    let org = &pack.policy.org;
    let rows: Vec<&Route> =
        pack.policy.current.routes.iter().chain(said.iter().map(|said| &said.row)).collect();
    let function = |selector: &Selector| match selector {
        Selector::At { function, .. } | Selector::Parent { function } | Selector::Nearest { function } => {
            Some(function.clone())
        }
        Selector::Named(_) => None,
    };
    let functions: HashSet<_> = rows
        .iter()
        .flat_map(|row| std::iter::once(&row.lead).chain(&row.assists))
        .filter_map(function)
        .collect();
    let looked_in = org.units.values().filter(|unit| functions.contains(&unit.function));
    let telling: HashSet<&AreaCode> =
        rows.iter().filter_map(|row| row.area.as_ref()).chain(looked_in.map(|unit| &unit.area)).collect();
    let parents: HashSet<&AreaCode> = org.areas.values().filter_map(|area| area.parent.as_ref()).collect();
    let mut classes: BTreeMap<(Option<&AreaCode>, Vec<&LevelName>), Places> = BTreeMap::new();
    for area in org.areas.values().filter(|area| !parents.contains(&area.code)) {
        // The areas around a place form a chain, so the smallest telling one stands for all above it.
        let smallest = org.ancestors(&area.code).map(|above| &above.code).find(|code| telling.contains(code));
        let levels = org.ancestors(&area.code).map(|above| &above.level).collect();
        classes.entry((smallest, levels)).or_insert(Places { area: &area.code, size: 0 }).size += 1;
    }
    classes.into_values().collect()
}
