//! Counts added up over cases, by area, unit and worker, and by source.
//!
//! Owns the sums; what one case counts is [`super::Counting`]'s. Start at [`Tally::add`].

use std::collections::BTreeMap;

use super::{CaseCounts, Measure};
use crate::{
    catalogue::Source,
    ids::{AreaCode, MemberId, UnitId},
    org::Org,
};

/// For whom something is counted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Subject {
    /// Every case, wherever it is.
    All,
    /// Cases whose smallest known area is this one; [`Tally::within`] adds up what lies below.
    Area(AreaCode),
    Unit(UnitId),
    Worker(MemberId),
}

/// A number for every measure.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Counts(BTreeMap<Measure, u64>);

impl Counts {
    pub fn get(&self, measure: Measure) -> u64 {
        self.0.get(&measure).copied().unwrap_or(0)
    }
    pub fn add(&mut self, measure: Measure, amount: u64) {
        if amount > 0 {
            *self.0.entry(measure).or_default() += amount;
        }
    }
    pub fn merge(&mut self, other: &Counts) {
        other.0.iter().for_each(|(measure, amount)| self.add(*measure, *amount));
    }
    /// What is not zero, in the order of the measures.
    pub fn iter(&self) -> impl Iterator<Item = (Measure, u64)> {
        self.0.iter().map(|(measure, amount)| (*measure, *amount))
    }
}

/// The sums.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally(BTreeMap<Subject, BTreeMap<Source, Counts>>);

impl Tally {
    /// Adds what one case counts.
    pub fn add(&mut self, case: &CaseCounts) {
        for counted in &case.counted {
            let amount = u64::from(counted.amount);
            let mut to = |subject| {
                let counts = self.0.entry(subject).or_default().entry(case.source).or_default();
                counts.add(counted.measure, amount);
            };
            if counted.whole {
                to(Subject::All);
                case.area.clone().map(Subject::Area).into_iter().for_each(&mut to);
            }
            counted.unit.clone().map(Subject::Unit).into_iter().for_each(&mut to);
            counted.worker.clone().map(Subject::Worker).into_iter().for_each(&mut to);
        }
    }

    /// The counts of exactly this subject, of one source or of all.
    pub fn of(&self, subject: &Subject, source: Option<Source>) -> Counts {
        let mut sum = Counts::default();
        for (of, counts) in self.0.get(subject).into_iter().flatten() {
            if source.is_none_or(|source| source == *of) {
                sum.merge(counts);
            }
        }
        sum
    }

    /// The counts of an area with everything that lies in it.
    pub fn within(&self, org: &Org, area: &AreaCode, source: Option<Source>) -> Counts {
        let mut sum = Counts::default();
        for subject in self.0.keys() {
            if let Subject::Area(code) = subject
                && org.ancestors(code).any(|above| &above.code == area)
            {
                sum.merge(&self.of(subject, source));
            }
        }
        sum
    }

    /// Everybody for whom something was counted.
    pub fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.0.keys()
    }
}
