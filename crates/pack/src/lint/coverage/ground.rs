//! The cells of a pack through time, and the sets of overlays that really meet in each.
//!
//! Owns the moments between which nothing of the organisation begins or ends, the smallest areas that are in force
//! then, and the geometry of overlays that routes name. Refuses to ask the table. Start at [`Ground::of`].

use std::collections::{BTreeMap, BTreeSet};

use huying_geo::{CellShape, mosaic};
use huying_model::{AreaCode, Instant, Rules, UnitId, org::Org};

use crate::load::Pack;

/// A time in which nothing of the organisation changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stretch {
    pub from: Instant,
    /// None for ever.
    pub until: Option<Instant>,
    /// The smallest areas that are in force.
    pub cells: Vec<AreaCode>,
    /// Units that begin or end as it begins; none for the first.
    pub changed: Vec<UnitId>,
}

impl Stretch {
    /// Whether what selectors find around an area may differ from the stretch before: they look at the areas around a
    /// place only, but for one that names a unit.
    pub fn concerns(&self, org: &Org, area: &AreaCode) -> bool {
        let around = |unit: &UnitId| {
            org.units.get(unit).is_some_and(|unit| org.ancestors(area).any(|above| above.code == unit.area))
        };
        self.changed.iter().any(around)
    }
}

/// Where and when a case can lie.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ground {
    pub stretches: Vec<Stretch>,
    sets: BTreeMap<AreaCode, Vec<Vec<AreaCode>>>,
    bare: Vec<Vec<AreaCode>>,
}

impl Ground {
    /// The ground of a pack, with the overlays that its routes name.
    pub fn of(pack: &Pack) -> Ground {
        let rules = &pack.policy.current;
        let named: BTreeSet<&AreaCode> = rules.routes.iter().filter_map(|row| row.overlay.as_ref()).collect();
        let drawn: Vec<(&AreaCode, &CellShape)> =
            pack.shapes.overlays.iter().filter(|(code, _)| named.contains(code)).collect();
        let mut sets = BTreeMap::new();
        for (cell, shape) in &pack.shapes.cells {
            let near: Vec<&(&AreaCode, &CellShape)> =
                drawn.iter().filter(|(_, overlay)| boxes_meet(shape, overlay)).collect();
            if near.is_empty() {
                continue;
            }
            let outlines: Vec<CellShape> = near.iter().map(|(_, overlay)| (*overlay).clone()).collect();
            let mut found: Vec<Vec<AreaCode>> = mosaic::meeting(shape, &outlines)
                .into_iter()
                .map(|set| {
                    set.into_iter().filter_map(|n| near.get(n).map(|(code, _)| (*code).clone())).collect()
                })
                .collect();
            // A case whose place is an area's code and no point lies in no overlay.
            if !found.contains(&Vec::new()) {
                found.push(Vec::new());
            }
            sets.insert(cell.clone(), found);
        }
        Ground::new(&pack.policy.org, rules, sets)
    }

    /// The ground of an organisation with the sets of overlays by cell; a cell that is not named lies in none. What the
    /// rules admit begins and ends like units do.
    pub fn new(org: &Org, rules: &Rules, sets: BTreeMap<AreaCode, Vec<Vec<AreaCode>>>) -> Ground {
        let from = rules.from;
        let units = org.units.values().flat_map(|unit| [unit.from, unit.until]);
        let areas = org.areas.values().flat_map(|area| [area.from, area.until]);
        let admitted = rules.admissions.moments();
        let later = units.chain(areas).flatten().chain(admitted).filter(|at| *at > from);
        let cuts: BTreeSet<Instant> = std::iter::once(from).chain(later).collect();
        let cuts: Vec<Instant> = cuts.into_iter().collect();
        let stretch = |(number, from): (usize, &Instant)| Stretch {
            from: *from,
            until: cuts.get(number + 1).copied(),
            cells: cells(org, *from),
            changed: if number == 0 { Vec::new() } else { changed(org, *from) },
        };
        let stretches = cuts.iter().enumerate().map(stretch).collect();
        Ground { stretches, sets, bare: vec![Vec::new()] }
    }

    /// The sets of overlays in which a case of this cell can lie.
    pub fn sets(&self, cell: &AreaCode) -> &[Vec<AreaCode>] {
        self.sets.get(cell).unwrap_or(&self.bare)
    }

    /// One cell of every area that units serve, in every stretch that changes something there: cells between which no unit
    /// lies find alike, and so does a cell whose units did not change.
    pub fn samples<'g>(&'g self, org: &'g Org) -> Vec<(Instant, &'g AreaCode, usize)> {
        let served: BTreeSet<&AreaCode> = org.units.values().map(|unit| &unit.area).collect();
        let mut found = Vec::new();
        let mut seen: BTreeSet<(&AreaCode, bool)> = BTreeSet::new();
        for stretch in &self.stretches {
            seen.retain(|(area, _)| !stretch.concerns(org, area));
            let mut alike: BTreeMap<(&AreaCode, bool), (&AreaCode, usize)> = BTreeMap::new();
            for cell in &stretch.cells {
                let area = shared(org, &served, cell);
                if !seen.contains(&area) {
                    alike.entry(area).or_insert((cell, 0)).1 += 1;
                }
            }
            seen.extend(alike.keys());
            found.extend(alike.into_values().map(|(cell, count)| (stretch.from, cell, count)));
        }
        found
    }
}

/// The cell itself where a unit serves it (and true), else the area above: from all such children every selector finds
/// alike, as none of them is the area of a unit and what lies above them is the same.
pub fn shared<'a>(org: &'a Org, served: &BTreeSet<&'a AreaCode>, cell: &'a AreaCode) -> (&'a AreaCode, bool) {
    if served.contains(cell) {
        return (cell, true);
    }
    (org.areas.get(cell).and_then(|area| area.parent.as_ref()).unwrap_or(cell), false)
}

fn changed(org: &Org, at: Instant) -> Vec<UnitId> {
    let turns = |unit: &&huying_model::org::Unit| unit.from == Some(at) || unit.until == Some(at);
    org.units.values().filter(turns).map(|unit| unit.id.clone()).collect()
}

fn cells(org: &Org, at: Instant) -> Vec<AreaCode> {
    let there = || org.areas.values().filter(|area| area.active(at));
    let above: BTreeSet<&AreaCode> = there().filter_map(|area| area.parent.as_ref()).collect();
    there().filter(|area| !above.contains(&area.code)).map(|area| area.code.clone()).collect()
}

pub fn boxes_meet(one: &CellShape, other: &CellShape) -> bool {
    let (Some((low, high)), Some((other_low, other_high))) = (one.bounds(), other.bounds()) else {
        return false;
    };
    low.lon_e7 < other_high.lon_e7
        && other_low.lon_e7 < high.lon_e7
        && low.lat_e7 < other_high.lat_e7
        && other_low.lat_e7 < high.lat_e7
}
