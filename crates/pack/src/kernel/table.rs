//! The compiled dispatch table: for every class of matters and every area the rows that may win, most specific first.
//!
//! Owns the compilation. A row stays only where its place fits and all its units are found there, so that at the moment of
//! asking nothing is left but overlay, source, urgency and period, each one bit. Areas in which everything is as in the area
//! above share its rows. Start at [`Table::new`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use huying_model::{
    AreaCode, Instant, Rules, UnitId,
    admission::is_grid_team,
    catalogue::{Source, Urgency},
    org::{Org, Selector},
    route::{Period, Route, glob},
};

use super::Ask;

/// No unit.
const NOBODY: u32 = u32::MAX;

/// The first unit that a selector finds, and whether it finds more.
type First = (u32, bool);

/// A row that may win in some area: what is still asked of a case, and who gets it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Candidate {
    sources: u16,
    urgencies: u8,
    periods: u8,
    /// Its place in the pack's table.
    pub row: u16,
    assists: u16,
    from: u32,
    pub lead: u32,
    /// A selector of the row finds several units.
    pub rivals: bool,
    overlay: Option<AreaCode>,
}

/// From which instant on the organisation is so, and for every class of matters and area where its candidates stand.
struct Epoch {
    from: Instant,
    /// `class * areas + area` → number of the list.
    lists: Vec<u32>,
}

pub(super) struct Table {
    areas: usize,
    epochs: Vec<Epoch>,
    /// Where each list begins and ends among the candidates.
    lists: Vec<(u32, u32)>,
    candidates: Vec<Candidate>,
    assists: Vec<u32>,
}

fn bit<T: PartialEq + Copy>(named: Option<T>, all: &[T]) -> u16 {
    let bits = all.iter().zip(0..).filter(|(value, _)| named.is_none_or(|named| named == **value));
    bits.fold(0, |mask, (_, at)| mask | 1 << at)
}

const URGENCIES: [Urgency; 3] = [Urgency::Green, Urgency::Yellow, Urgency::Red];
const PERIODS: [Period; 3] = [Period::Working, Period::Night, Period::Holiday];

impl Table {
    /// The table, and the class of each matter in the catalogue's order; `grid_workers` says whether they may be asked.
    pub fn new(
        rules: &Rules,
        org: &Org,
        areas: &HashMap<AreaCode, u32>,
        units: &[UnitId],
        grid_workers: bool,
    ) -> (Table, Vec<u32>) {
        // A stable sort, as the model's: of two equal rows the earlier one wins.
        let mut order: Vec<usize> = (0..rules.routes.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(rules.routes[*at].weight(org)));
        let mut numbers: BTreeMap<Vec<usize>, u32> = BTreeMap::new();
        let mut of_class: Vec<Vec<usize>> = Vec::new();
        let classes = rules.matters.keys().map(|matter| {
            let fits = |at: &usize| glob(&rules.routes[*at].matter, matter.as_str());
            let rows: Vec<usize> = order.iter().copied().filter(fits).collect();
            *numbers.entry(rows).or_insert_with_key(|rows| {
                of_class.push(rows.clone());
                super::number(&of_class) - 1
            })
        });
        let classes = classes.collect();
        let mut build = Build {
            rules,
            org,
            grid_workers,
            units: units.iter().zip(0..).collect(),
            table: Table {
                // Two more: no area, and one that is unknown.
                areas: areas.len() + 2,
                epochs: Vec::new(),
                lists: Vec::new(),
                candidates: Vec::new(),
                assists: Vec::new(),
            },
            known: HashMap::new(),
            known_assists: HashMap::new(),
        };
        for from in moments(org) {
            build.epoch(from, areas, &of_class);
        }
        (build.table, classes)
    }

    /// The row that wins.
    #[inline]
    pub fn find(&self, class: u32, area: u32, ask: &Ask, period: Period) -> Option<&Candidate> {
        let epoch = match self.epochs.as_slice() {
            [only] => only,
            many => many.get(many.partition_point(|epoch| epoch.from <= ask.at).checked_sub(1)?)?,
        };
        let list = *epoch.lists.get(class as usize * self.areas + area as usize)?;
        let (from, until) = *self.lists.get(list as usize)?;
        let (source, urgency, period) =
            (1u16 << ask.source as u16, 1u8 << ask.urgency as u8, 1u8 << period as u8);
        self.candidates.get(from as usize..until as usize)?.iter().find(|row| {
            row.sources & source != 0
                && row.urgencies & urgency != 0
                && row.periods & period != 0
                && row.overlay.as_ref().is_none_or(|overlay| ask.overlays.contains(overlay))
        })
    }

    pub fn assists(&self, of: &Candidate) -> &[u32] {
        let from = of.from as usize;
        self.assists.get(from..from + usize::from(of.assists)).unwrap_or_default()
    }
}

/// The moments at which a unit begins or ends, after the beginning of time.
fn moments(org: &Org) -> BTreeSet<Instant> {
    let changes = org.units.values().flat_map(|unit| [unit.from, unit.until]).flatten();
    std::iter::once(Instant(i64::MIN)).chain(changes).collect()
}

struct Build<'a> {
    rules: &'a Rules,
    org: &'a Org,
    grid_workers: bool,
    units: HashMap<&'a UnitId, u32>,
    table: Table,
    known: HashMap<Vec<Candidate>, u32>,
    known_assists: HashMap<Vec<u32>, u32>,
}

impl Build<'_> {
    fn epoch(&mut self, from: Instant, areas: &HashMap<AreaCode, u32>, classes: &[Vec<usize>]) {
        let rows: Vec<&Route> = self.rules.routes.iter().collect();
        let selectors: BTreeSet<&Selector> =
            rows.iter().flat_map(|row| std::iter::once(&row.lead).chain(&row.assists)).collect();
        let selectors: Vec<&Selector> = selectors.into_iter().collect();
        let place = |selector: &Selector| selectors.binary_search(&selector).unwrap_or_default();
        let of_row: Vec<Vec<usize>> = rows
            .iter()
            .map(|row| std::iter::once(&row.lead).chain(&row.assists).map(place).collect())
            .collect();
        let wide = self.table.areas;
        let mut lists = vec![0; classes.len() * wide];
        // Parents first, so that what is the same as above is there already.
        let mut in_order: Vec<(usize, &AreaCode)> = self
            .org
            .areas
            .values()
            .map(|area| (self.org.ancestors(&area.code).count(), &area.code))
            .collect();
        in_order.sort();
        let named: BTreeSet<&AreaCode> = rows.iter().filter_map(|row| row.area.as_ref()).collect();
        let mut found: HashMap<&AreaCode, Vec<First>> = HashMap::new();
        for (_, code) in in_order {
            let units = self.resolve(&selectors, Some(code), from);
            let Some(at) = areas.get(code).map(|at| *at as usize) else { continue };
            let above =
                self.same_as_above(code, &named, &units, &found).and_then(|above| areas.get(above)).copied();
            for (class, rows) in classes.iter().enumerate() {
                let list = match above {
                    Some(above) => lists[class * wide + above as usize],
                    None => self.list(rows, Some(code), &units, &of_row),
                };
                lists[class * wide + at] = list;
            }
            found.insert(code, units);
        }
        // No area is the root for selectors and nowhere for rows; an unknown one is nowhere for both.
        let unknown = AreaCode::new("\u{0}");
        for (extra, code) in [(wide - 2, None), (wide - 1, Some(&unknown))] {
            let units = self.resolve(&selectors, code, from);
            for (class, rows) in classes.iter().enumerate() {
                lists[class * wide + extra] = self.list(rows, code, &units, &of_row);
            }
        }
        self.table.epochs.push(Epoch { from, lists });
    }

    /// The area above, where no row and no selector tells this one from it.
    fn same_as_above<'o>(
        &'o self,
        code: &AreaCode,
        named: &BTreeSet<&AreaCode>,
        units: &[First],
        found: &HashMap<&AreaCode, Vec<First>>,
    ) -> Option<&'o AreaCode> {
        let area = self.org.areas.get(code)?;
        let above = area.parent.as_ref()?;
        let level = self.rules.routes.iter().any(|row| row.level.as_ref() == Some(&area.level));
        let same = !level && !named.contains(code) && found.get(above).is_some_and(|above| above == units);
        same.then_some(above)
    }

    /// The first unit that each selector finds; without facts the model takes the first.
    fn resolve(&self, selectors: &[&Selector], place: Option<&AreaCode>, at: Instant) -> Vec<First> {
        let first = |selector: &&Selector| {
            let mut found = self.org.select(selector, place, None, at);
            found.retain(|unit| self.grid_workers || !is_grid_team(self.org, unit));
            let first = found.first().and_then(|unit| self.units.get(unit).copied());
            (first.unwrap_or(NOBODY), found.len() > 1)
        };
        selectors.iter().map(first).collect()
    }

    fn list(
        &mut self,
        rows: &[usize],
        place: Option<&AreaCode>,
        units: &[First],
        of_row: &[Vec<usize>],
    ) -> u32 {
        let mut list = Vec::new();
        for at in rows {
            let row = &self.rules.routes[*at];
            if let Some(candidate) = self.candidate(row, *at, place, units, &of_row[*at]) {
                let last = row.source.is_none()
                    && row.urgency.is_none()
                    && row.period.is_none()
                    && row.overlay.is_none();
                list.push(candidate);
                // Nothing after a row that asks for nothing more can win.
                if last {
                    break;
                }
            }
        }
        if let Some(known) = self.known.get(&list) {
            return *known;
        }
        let begin = super::number(&self.table.candidates);
        self.table.candidates.extend(list.iter().cloned());
        self.table.lists.push((begin, super::number(&self.table.candidates)));
        let number = super::number(&self.table.lists) - 1;
        self.known.insert(list, number);
        number
    }

    fn candidate(
        &mut self,
        row: &Route,
        at: usize,
        place: Option<&AreaCode>,
        units: &[First],
        selectors: &[usize],
    ) -> Option<Candidate> {
        let inside = |wanted: &AreaCode| {
            place.is_some_and(|place| self.org.ancestors(place).any(|a| &a.code == wanted))
        };
        let on_level = |level| place.is_some_and(|place| self.org.at_level(place, level).is_some());
        if row.area.as_ref().is_some_and(|area| !inside(area))
            || row.level.as_ref().is_some_and(|l| !on_level(l))
        {
            return None;
        }
        let firsts: Vec<First> = selectors.iter().filter_map(|at| units.get(*at).copied()).collect();
        let found: Vec<u32> = firsts.iter().map(|(unit, _)| *unit).collect();
        let (lead, others) = found.split_first()?;
        if found.contains(&NOBODY) {
            return None;
        }
        let mut assists: Vec<u32> = Vec::new();
        for unit in others {
            if unit != lead && !assists.contains(unit) {
                assists.push(*unit);
            }
        }
        let count = u16::try_from(assists.len()).ok()?;
        let pool = &mut self.table.assists;
        let from = *self.known_assists.entry(assists).or_insert_with_key(|assists| {
            pool.extend(assists);
            super::number(pool) - u32::from(count)
        });
        let low = |mask: u16| u8::try_from(mask).unwrap_or(u8::MAX);
        Some(Candidate {
            sources: bit(row.source, &Source::ALL),
            urgencies: low(bit(row.urgency, &URGENCIES)),
            periods: low(bit(row.period, &PERIODS)),
            row: u16::try_from(at).ok()?,
            assists: count,
            from,
            lead: *lead,
            rivals: firsts.iter().any(|(_, more)| *more),
            overlay: row.overlay.clone(),
        })
    }
}
