//! Dispatch tables that were changed at random: a row dropped, two leads swapped, a row shadowed, a row moved.
//!
//! Owns the changes and their words. The same seed makes the same tables. It refuses changes that change nothing in
//! writing; one that changes nothing in effect is left in and counts against the check. Start at [`made`].

use huying_model::{
    AreaCode, MatterCode,
    catalogue::{Source, Urgency},
    org::{Org, Selector},
    route::{Period, Route, glob},
};

/// A table with one change.
pub struct Mutant {
    /// What was done, in words.
    pub what: String,
    pub routes: Vec<Route>,
    /// Patterns of the matters that the change can reach.
    pub reach: Vec<String>,
}

impl Mutant {
    pub fn reaches(&self, matter: &MatterCode) -> bool {
        self.reach.iter().any(|pattern| glob(pattern, matter.as_str()))
    }
}

/// splitmix64: small, and the same everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % end as u64).unwrap()
    }
    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// What a row can be made of besides itself.
pub struct Stock<'p> {
    org: &'p Org,
    matters: Vec<&'p MatterCode>,
    areas: Vec<Vec<&'p AreaCode>>,
}

impl<'p> Stock<'p> {
    pub fn new(org: &'p Org, matters: impl Iterator<Item = &'p MatterCode>) -> Stock<'p> {
        let mut areas = Vec::new();
        for level in org.levels.iter().skip(1) {
            let inside = org.areas.values().filter(|area| area.level == *level);
            areas.push(inside.map(|area| &area.code).collect::<Vec<&AreaCode>>());
        }
        areas.retain(|of_level| !of_level.is_empty());
        Stock { org, matters: matters.collect(), areas }
    }
}

/// One changed table.
pub fn made(dice: &mut Dice, stock: &Stock, routes: &[Route]) -> Mutant {
    loop {
        let found = match dice.below(4) {
            0 => Some(dropped(dice, routes)),
            1 => swapped(dice, routes),
            2 => shadowed(dice, stock, routes),
            _ => moved(dice, stock, routes),
        };
        if let Some(found) = found {
            return found;
        }
    }
}

fn dropped(dice: &mut Dice, routes: &[Route]) -> Mutant {
    let at = dice.below(routes.len());
    let mut left = routes.to_vec();
    let gone = left.remove(at);
    Mutant { what: format!("dropped {}", row(&gone)), routes: left, reach: vec![gone.matter.to_string()] }
}

fn swapped(dice: &mut Dice, routes: &[Route]) -> Option<Mutant> {
    let (one, other) = (dice.below(routes.len()), dice.below(routes.len()));
    if routes[one].lead == routes[other].lead {
        return None;
    }
    let mut changed = routes.to_vec();
    changed[one].lead = routes[other].lead.clone();
    changed[other].lead = routes[one].lead.clone();
    Some(Mutant {
        what: format!("swapped the leads of {} and {}", row(&routes[one]), row(&routes[other])),
        reach: vec![routes[one].matter.to_string(), routes[other].matter.to_string()],
        routes: changed,
    })
}

/// A copy of a row that names one thing more and sends it to somebody else.
fn shadowed(dice: &mut Dice, stock: &Stock, routes: &[Route]) -> Option<Mutant> {
    let old = dice.one(routes);
    let lead: Selector = dice.one(routes).lead.clone();
    if lead == old.lead {
        return None;
    }
    let mut new = Route { id: "MUTANT".into(), lead, ..old.clone() };
    narrow(dice, stock, &mut new)?;
    let mut changed = routes.to_vec();
    changed.insert(dice.below(routes.len() + 1), new.clone());
    Some(Mutant {
        what: format!("shadowed {} by {}", row(old), row(&new)),
        reach: vec![new.matter.to_string()],
        routes: changed,
    })
}

/// A row that names one thing more or less than before, its lead unchanged.
fn moved(dice: &mut Dice, stock: &Stock, routes: &[Route]) -> Option<Mutant> {
    let at = dice.below(routes.len());
    let mut new = routes[at].clone();
    if dice.below(2) == 0 {
        narrow(dice, stock, &mut new)?;
    } else {
        widen(dice, &mut new)?;
    }
    let mut changed = routes.to_vec();
    changed[at] = new.clone();
    Some(Mutant {
        what: format!("moved {} to {}", row(&routes[at]), row(&new)),
        reach: vec![routes[at].matter.to_string(), new.matter.to_string()],
        routes: changed,
    })
}

/// Names one thing more; None where the row names that already.
fn narrow(dice: &mut Dice, stock: &Stock, row: &mut Route) -> Option<()> {
    match dice.below(5) {
        0 if row.matter.contains('*') => {
            let fitting: Vec<&MatterCode> =
                stock.matters.iter().filter(|matter| glob(&row.matter, matter.as_str())).copied().collect();
            row.matter = dice.one(&fitting).as_str().into();
        }
        1 if row.area.is_none() => {
            let of_level = dice.one(&stock.areas);
            row.area = Some((*dice.one(of_level)).clone());
        }
        // A smaller area inside the one that is named.
        1 => {
            let named = row.area.clone()?;
            let inside = stock.org.areas.values().filter(|area| area.parent.as_ref() == Some(&named));
            let inside: Vec<&AreaCode> = inside.map(|area| &area.code).collect();
            if inside.is_empty() {
                return None;
            }
            row.area = Some((*dice.one(&inside)).clone());
        }
        2 if row.source.is_none() => row.source = Some(*dice.one(&Source::ALL)),
        3 if row.urgency.is_none() => {
            row.urgency = Some(*dice.one(&[Urgency::Green, Urgency::Yellow, Urgency::Red]));
        }
        4 if row.period.is_none() => {
            row.period = Some(*dice.one(&[Period::Working, Period::Night, Period::Holiday]));
        }
        _ => return None,
    }
    Some(())
}

/// Names one thing less; None where the row does not name that.
fn widen(dice: &mut Dice, row: &mut Route) -> Option<()> {
    match dice.below(6) {
        0 => {
            let track = row.matter.trim_end_matches('*').trim_end_matches('/').rsplit_once('/')?.0;
            row.matter = format!("{track}/*").into();
        }
        1 => row.area.take().map(|_| ())?,
        2 => row.source.take().map(|_| ())?,
        3 => row.urgency.take().map(|_| ())?,
        4 => row.period.take().map(|_| ())?,
        _ => row.overlay.take().map(|_| ())?,
    }
    Some(())
}

/// A row in words.
fn row(row: &Route) -> String {
    let mut words = format!("{} ({}", row.id, row.matter);
    let named = [
        row.overlay.as_ref().map(ToString::to_string),
        row.area.as_ref().map(ToString::to_string),
        row.source.map(|source| source.code().to_owned()),
        row.urgency.map(|urgency| format!("{urgency:?}")),
        row.period.map(|period| format!("{period:?}")),
    ];
    named.into_iter().flatten().for_each(|name| words = format!("{words}, {name}"));
    format!("{words} → {})", row.lead)
}
