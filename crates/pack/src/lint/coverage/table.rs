//! Asks the dispatch table every question that can be asked of it, by classes.
//!
//! Owns the grouping that makes this finite and fast. Matters are kin where the same rows fit, one calendar counts and
//! grid workers may be asked for them at the same times;
//! cells (with the overlays that meet there) are a class where every row's place fits both or neither and every selector
//! finds alike; sources, urgencies and periods that no row of the kin names stand for one another. Within a kin, classes
//! whose rows fare alike share their answers. Refuses to word anything. Start at [`Table::of`], then [`Table::ask`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use huying_model::{
    AreaCode, Instant, LevelName, MatterCode, Rules, UnitId,
    admission::is_grid_team,
    catalogue::{Source, Urgency},
    org::{Org, Selector, UnitKind},
    route::{Period, Route, glob},
};

use super::ground::{Ground, Stretch, shared};
use crate::lint::{Calendars, staff::Seats};

/// What a selector finds from a cell, the worst of its units.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Found {
    Staffed,
    /// One of them has nobody who works.
    Unstaffed,
    /// One of them does not serve the place, so that dispatching to it is refused.
    Elsewhere,
    Nobody,
}

/// What a selector finds from a cell.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Look {
    /// Where grid workers may be asked, and where they may not.
    found: [Found; 2],
    /// The highest rank of those who work there; of several units the lowest of these.
    rank: u8,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Trouble {
    NoRoute,
    NoHandler,
    CannotServe,
}

/// Cells with their overlays that no row and no selector tells apart.
pub struct Class<'g> {
    pub number: usize,
    pub stretch: usize,
    /// Whether the place of each row fits.
    fits: Vec<bool>,
    /// What each selector finds.
    looks: Vec<Look>,
    pub cells: Vec<(&'g AreaCode, &'g [AreaCode])>,
}

/// Matters that the same rows fit and whose clocks go by one calendar.
pub struct Kin<'p> {
    pub number: usize,
    pub matters: Vec<&'p MatterCode>,
    /// By number, the most specific first.
    pub rows: Vec<usize>,
    pub calendar: &'p str,
    /// For each stretch whether grid workers may not be asked.
    barred: Vec<bool>,
}

impl Kin<'_> {
    /// Whether grid workers may never be asked.
    pub fn never_admitted(&self) -> bool {
        self.barred.iter().all(|barred| *barred)
    }
    /// Whether grid workers may not be asked in a stretch.
    pub fn bars(&self, stretch: usize) -> bool {
        self.barred.get(stretch).copied().unwrap_or(false)
    }
}

/// One answer, for all the questions that get it.
pub struct Answer<'a> {
    pub kin: &'a Kin<'a>,
    pub class: &'a Class<'a>,
    /// None of the rows tells these apart.
    pub sources: &'a [Source],
    pub urgencies: &'a [Urgency],
    /// Each with a moment of it.
    pub periods: &'a [(Period, Instant)],
    pub winner: Option<usize>,
    pub trouble: Option<Trouble>,
    /// Rows that fit as well as the winner and find somebody.
    pub tied: &'a [usize],
    /// Rows that fit and find somebody, and lose.
    pub beaten: &'a [usize],
    /// The row that would win if grid workers might be asked.
    pub unadmitted: Option<usize>,
}

/// The dispatch table over a ground.
pub struct Table<'p> {
    rules: &'p Rules,
    pub classes: Vec<Class<'p>>,
    pub kins: Vec<Kin<'p>>,
    selectors: Vec<&'p Selector>,
    /// The selectors of each row by number, the lead first.
    chosen: Vec<Vec<usize>>,
    weights: Vec<Weight>,
    periods: BTreeMap<(&'p str, usize), Vec<(Period, Instant)>>,
}

/// How specific a row is, as [`Route::weight`] has it.
type Weight = (bool, usize, bool, usize, bool, bool, bool);

/// How a row fares in a class: 0 it does not fit, 1 it finds nobody, then by [`Found`].
type Fare = u8;

struct Outcome {
    sources: usize,
    urgencies: usize,
    periods: usize,
    winner: Option<usize>,
    trouble: Option<Trouble>,
    tied: Vec<usize>,
    beaten: Vec<usize>,
    unadmitted: Option<usize>,
}

impl<'p> Table<'p> {
    pub fn of(org: &'p Org, rules: &'p Rules, ground: &'p Ground, hours: &Calendars) -> Table<'p> {
        let mut selectors: Vec<&Selector> = Vec::new();
        let mut numbers: HashMap<&Selector, usize> = HashMap::new();
        let chosen = rules.routes.iter().map(|row| {
            let own = std::iter::once(&row.lead).chain(&row.assists);
            let mut number = |selector: &'p Selector| {
                *numbers.entry(selector).or_insert_with(|| {
                    selectors.push(selector);
                    selectors.len() - 1
                })
            };
            own.map(&mut number).collect()
        });
        let chosen: Vec<Vec<usize>> = chosen.collect();
        let weights: Vec<_> = rules.routes.iter().map(|row| row.weight(org)).collect();
        let kins = kins(rules, ground, &weights);
        let mut periods = BTreeMap::new();
        for (number, stretch) in ground.stretches.iter().enumerate() {
            for kin in &kins {
                periods.entry((kin.calendar, number)).or_insert_with(|| {
                    hours.get(kin.calendar).map_or_else(Vec::new, |h| h.periods(stretch.from, stretch.until))
                });
            }
        }
        let classes = classes(org, rules, ground, &selectors);
        Table { rules, classes, kins, selectors, chosen, weights, periods }
    }

    /// Whether the place of a row fits a class.
    pub fn place_fits(&self, row: usize, class: &Class) -> bool {
        class.fits.get(row).copied().unwrap_or(false)
    }

    /// The selectors of a row with what each finds in a class, where grid workers may be asked or not.
    pub fn found(
        &self,
        row: usize,
        class: &Class,
        barred: bool,
    ) -> impl Iterator<Item = (&'p Selector, Found)> {
        let own = self.chosen.get(row).map_or(&[][..], Vec::as_slice);
        let of = move |look: &Look| look.found[usize::from(barred)];
        own.iter().filter_map(move |n| Some((*self.selectors.get(*n)?, class.looks.get(*n).map(of)?)))
    }

    /// The highest rank of those who work where a row sends the lead of a case of this class.
    pub fn lead_rank(&self, row: usize, class: &Class) -> u8 {
        let lead = self.chosen.get(row).and_then(|own| class.looks.get(*own.first()?));
        lead.map_or(0, |look| look.rank)
    }

    /// Visits every answer, and counts them.
    pub fn ask(&self, mut visit: impl FnMut(&Answer)) -> usize {
        let mut asked = 0;
        for kin in &self.kins {
            let row = |n: &usize| &self.rules.routes[*n];
            let sources = groups(&Source::ALL, kin.rows.iter().filter_map(|n| row(n).source));
            let urgencies = groups(
                &[Urgency::Green, Urgency::Yellow, Urgency::Red],
                kin.rows.iter().filter_map(|n| row(n).urgency),
            );
            let periods = groups(
                &[Period::Working, Period::Night, Period::Holiday],
                kin.rows.iter().filter_map(|n| row(n).period),
            );
            let mut known: HashMap<Vec<[Fare; 2]>, Vec<Outcome>> = HashMap::new();
            for class in &self.classes {
                let barred = kin.bars(class.stretch);
                let fares: Vec<[Fare; 2]> =
                    kin.rows.iter().map(|n| [barred, false].map(|b| self.fare(*n, class, b))).collect();
                let outcomes = known
                    .entry(fares)
                    .or_insert_with_key(|fares| self.outcomes(kin, fares, &sources, &urgencies, &periods));
                let Some(there) = self.periods.get(&(kin.calendar, class.stretch)) else { continue };
                for outcome in outcomes.iter() {
                    let group = &periods[outcome.periods];
                    let now: Vec<(Period, Instant)> =
                        there.iter().filter(|(period, _)| group.contains(period)).copied().collect();
                    if now.is_empty() {
                        continue;
                    }
                    asked += 1;
                    visit(&Answer {
                        kin,
                        class,
                        sources: &sources[outcome.sources],
                        urgencies: &urgencies[outcome.urgencies],
                        periods: &now,
                        winner: outcome.winner,
                        trouble: outcome.trouble,
                        tied: &outcome.tied,
                        beaten: &outcome.beaten,
                        unadmitted: outcome.unadmitted,
                    });
                }
            }
        }
        asked
    }

    fn fare(&self, row: usize, class: &Class, barred: bool) -> Fare {
        if !self.place_fits(row, class) {
            return 0;
        }
        let worst = self.found(row, class, barred).map(|(_, found)| found).max().unwrap_or(Found::Nobody);
        match worst {
            Found::Nobody => 1,
            Found::Staffed => 2,
            Found::Unstaffed => 3,
            Found::Elsewhere => 4,
        }
    }

    fn outcomes(
        &self,
        kin: &Kin,
        fares: &[[Fare; 2]],
        sources: &[Vec<Source>],
        urgencies: &[Vec<Urgency>],
        periods: &[Vec<Period>],
    ) -> Vec<Outcome> {
        let fares = || kin.rows.iter().copied().zip(fares.iter().copied());
        let finding: Vec<(usize, Fare)> =
            fares().map(|(row, [fare, _])| (row, fare)).filter(|(_, fare)| *fare > 1).collect();
        let mut all = Vec::new();
        for (s, source) in sources.iter().enumerate() {
            for (u, urgency) in urgencies.iter().enumerate() {
                for (p, period) in periods.iter().enumerate() {
                    let fits = |row: &Route| {
                        row.source.is_none_or(|wanted| source.contains(&wanted))
                            && row.urgency.is_none_or(|wanted| urgency.contains(&wanted))
                            && row.period.is_none_or(|wanted| period.contains(&wanted))
                    };
                    let mut fitting = finding.iter().filter(|(row, _)| fits(&self.rules.routes[*row]));
                    let first = fitting.next();
                    let beaten: Vec<usize> = fitting.map(|(row, _)| *row).collect();
                    let equal = |row: &&usize| {
                        first.is_some_and(|(won, _)| self.weights[*won] == self.weights[**row])
                    };
                    let tied: Vec<usize> = beaten.iter().filter(equal).copied().collect();
                    let trouble = match first {
                        None => Some(Trouble::NoRoute),
                        Some((_, 3)) => Some(Trouble::NoHandler),
                        Some((_, 4)) => Some(Trouble::CannotServe),
                        Some(_) => None,
                    };
                    let winner = first.map(|(row, _)| *row);
                    // The rows come by weight, so the first that finds somebody is the one that would win.
                    let asking = fares()
                        .find(|(row, [_, admitted])| *admitted > 1 && fits(&self.rules.routes[*row]))
                        .filter(|(_, [fare, _])| *fare < 2);
                    let unadmitted = asking.map(|(row, _)| row);
                    let (sources, urgencies, periods) = (s, u, p);
                    all.push(Outcome {
                        sources,
                        urgencies,
                        periods,
                        winner,
                        trouble,
                        tied,
                        beaten,
                        unadmitted,
                    });
                }
            }
        }
        all
    }
}

/// Each value that is named alone, and all the others together.
fn groups<T: Copy + Ord>(all: &[T], named: impl Iterator<Item = T>) -> Vec<Vec<T>> {
    let named: BTreeSet<T> = named.collect();
    let rest: Vec<T> = all.iter().filter(|value| !named.contains(value)).copied().collect();
    named.into_iter().map(|value| vec![value]).chain((!rest.is_empty()).then_some(rest)).collect()
}

fn kins<'p>(rules: &'p Rules, ground: &Ground, weights: &[Weight]) -> Vec<Kin<'p>> {
    let mut order: Vec<usize> = (0..rules.routes.len()).collect();
    order.sort_by(|a, b| weights[*b].cmp(&weights[*a]));
    /// Rows, calendar, and whether grid workers are barred in each stretch.
    type Key<'k> = (Vec<usize>, &'k str, Vec<bool>);
    let mut kins: BTreeMap<Key, Vec<&MatterCode>> = BTreeMap::new();
    for matter in rules.matters.values() {
        let fits = |row: &&usize| glob(&rules.routes[**row].matter, matter.code.as_str());
        let rows: Vec<usize> = order.iter().filter(fits).copied().collect();
        let calendar = matter.calendar.as_ref().unwrap_or(&rules.calendar).as_str();
        let bar = |stretch: &Stretch| rules.admissions.bar(&matter.code, stretch.from).is_some();
        let barred = ground.stretches.iter().map(bar).collect();
        kins.entry((rows, calendar, barred)).or_default().push(&matter.code);
    }
    let kin = |(number, ((rows, calendar, barred), matters))| Kin { number, matters, rows, calendar, barred };
    kins.into_iter().enumerate().map(kin).collect()
}

fn classes<'g>(org: &Org, rules: &Rules, ground: &'g Ground, selectors: &[&Selector]) -> Vec<Class<'g>> {
    let areas: BTreeSet<&AreaCode> = rules.routes.iter().filter_map(|row| row.area.as_ref()).collect();
    let levels: BTreeSet<&LevelName> = rules.routes.iter().filter_map(|row| row.level.as_ref()).collect();
    let served: BTreeSet<&AreaCode> = org.units.values().map(|unit| &unit.area).collect();
    let seats = Seats::of(org);
    let staffed: BTreeMap<&UnitId, u8> =
        org.units.keys().filter_map(|unit| Some((unit, seats.highest_rank(org, unit)?))).collect();
    type Key<'k> = (usize, Vec<&'k AreaCode>, Vec<&'k LevelName>, &'k [AreaCode], Vec<Look>);
    let mut classes: HashMap<Key, usize> = HashMap::new();
    let mut all: Vec<Class> = Vec::new();
    let by_name: BTreeSet<&UnitId> = selectors.iter().filter_map(|selector| named(selector)).collect();
    let mut found_above: HashMap<(&AreaCode, bool), Vec<Look>> = HashMap::new();
    for (number, stretch) in ground.stretches.iter().enumerate() {
        let anywhere = stretch.changed.iter().any(|unit| by_name.contains(unit));
        found_above.retain(|(area, _), _| !anywhere && !stretch.concerns(org, area));
        for cell in &stretch.cells {
            let around: Vec<_> = org.ancestors(cell).collect();
            let within: Vec<&AreaCode> =
                around.iter().filter_map(|area| areas.get(&area.code).copied()).collect();
            let of_level: Vec<&LevelName> =
                around.iter().filter_map(|area| levels.get(&area.level).copied()).collect();
            let looks = found_above.entry(shared(org, &served, cell)).or_insert_with(|| {
                selectors.iter().map(|selector| look(org, selector, cell, stretch.from, &staffed)).collect()
            });
            for set in ground.sets(cell) {
                let key = (number, within.clone(), of_level.clone(), set.as_slice(), looks.clone());
                let class = *classes.entry(key).or_insert_with(|| {
                    let fits = |row: &Route| {
                        row.area.as_ref().is_none_or(|area| within.contains(&area))
                            && row.level.as_ref().is_none_or(|level| of_level.contains(&level))
                            && row.overlay.as_ref().is_none_or(|overlay| set.contains(overlay))
                    };
                    let fits = rules.routes.iter().map(fits).collect();
                    let (looks, cells, next) = (looks.clone(), Vec::new(), all.len());
                    all.push(Class { number: next, stretch: number, fits, looks, cells });
                    next
                });
                all[class].cells.push((cell, set.as_slice()));
            }
        }
    }
    all
}

fn named(selector: &Selector) -> Option<&UnitId> {
    match selector {
        Selector::Named(unit) => Some(unit),
        _ => None,
    }
}

fn look(
    org: &Org,
    selector: &Selector,
    cell: &AreaCode,
    at: Instant,
    staffed: &BTreeMap<&UnitId, u8>,
) -> Look {
    let units = org.select(selector, Some(cell), None, at);
    let of = |unit: &UnitId| {
        // An external unit is a label on its home, which is what has to serve the place.
        let sent = org.units.get(unit).filter(|unit| unit.kind == UnitKind::External);
        let sent = sent.and_then(|unit| unit.home.as_ref()).unwrap_or(unit);
        match (org.serves(sent, Some(cell), at), staffed.contains_key(unit)) {
            (false, _) => Found::Elsewhere,
            (true, false) => Found::Unstaffed,
            (true, true) => Found::Staffed,
        }
    };
    let worst = |barred: bool| {
        let asked = units.iter().filter(|unit| !barred || !is_grid_team(org, unit));
        asked.map(of).max().unwrap_or(Found::Nobody)
    };
    let rank = units.iter().filter_map(|unit| staffed.get(unit)).min().copied().unwrap_or(0);
    Look { found: [worst(false), worst(true)], rank }
}
