//! Figures for those who lead: sums over heaps of cases, shares of promises kept, ranks, and what must not be told of few.
//!
//! Owns what a figure means; every figure that a screen shows is a sum made here over what the store counted in one statement, so that
//! two figures of a page never contradict each other. Pure: no clock and no reading. Refuses to rank persons: a heap names none.
//! Start at [`by`] and [`kept`]; [`period`] says which days, [`few`] what is hidden.

pub mod few;
pub mod period;

use std::{cmp::Reverse, collections::BTreeMap};

use huying_store::{Heap, Sum};

/// Promises that have to be decided before a unit or an area gets a place: with fewer, one case is a jump of ten points.
pub const LEAST_RANKED: i64 = 10;

/// All heaps together.
pub fn total(heaps: &[Heap]) -> Sum {
    let mut all = Sum::default();
    for heap in heaps {
        all += heap.sum;
    }
    all
}

/// The heaps by a key of theirs; those without one are left out.
pub fn by<K: Ord>(heaps: &[Heap], key: impl Fn(&Heap) -> Option<K>) -> BTreeMap<K, Sum> {
    let mut sums: BTreeMap<K, Sum> = BTreeMap::new();
    for heap in heaps {
        if let Some(key) = key(heap) {
            *sums.entry(key).or_default() += heap.sum;
        }
    }
    sums
}

/// Open cases that are neither overdue nor soon due nor paused.
pub fn fine(sum: &Sum) -> i64 {
    sum.open - sum.overdue - sum.soon - sum.paused
}

/// Promises that are decided: kept, closed late, or broken by a case that is open still. What is open and in time is neither.
pub fn decided(sum: &Sum) -> i64 {
    sum.kept + sum.late + sum.broken
}

/// The share of promises kept in tenths of a percent, cut and not rounded up: 999 of a thousand is no hundred percent. None where
/// nothing is decided.
pub fn kept(sum: &Sum) -> Option<i64> {
    let over = decided(sum);
    (over > 0).then(|| sum.kept * 1_000 / over)
}

/// Tenths as people write them.
pub fn tenths(share: i64) -> String {
    format!("{}.{}", share / 10, share % 10)
}

/// What is late first: most overdue, then soonest due, then most open.
pub fn pressing<K: Ord>(sums: BTreeMap<K, Sum>) -> Vec<(K, Sum)> {
    let mut list: Vec<(K, Sum)> = sums.into_iter().filter(|(_, sum)| sum.open > 0).collect();
    // The sort is stable, so that equals stay in the order of their keys.
    list.sort_by_key(|(_, sum)| Reverse((sum.overdue, sum.soon, sum.open)));
    list
}

/// Best first among those with enough decided promises; the others stand behind without a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranking<K> {
    pub placed: Vec<(K, Sum)>,
    pub few: Vec<(K, Sum)>,
}

/// Ranks units or areas by the share of promises kept; of equals, who had more to keep stands first.
pub fn ranking<K: Ord>(sums: BTreeMap<K, Sum>) -> Ranking<K> {
    let (mut placed, few): (Vec<_>, Vec<_>) =
        sums.into_iter().partition(|(_, sum)| decided(sum) >= LEAST_RANKED);
    placed.sort_by_key(|(_, sum)| Reverse((kept(sum), decided(sum))));
    Ranking { placed, few }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heap(lead: &str, sum: Sum) -> Heap {
        Heap {
            area: None,
            matter: None,
            source: "hotline".into(),
            urgency: "green".into(),
            hazard: false,
            lead: (!lead.is_empty()).then(|| lead.into()),
            stage: "closed".into(),
            sum,
        }
    }
    fn of(kept: i64, late: i64, broken: i64) -> Sum {
        Sum { cases: kept + late + broken, closed: kept + late, kept, late, broken, ..Sum::default() }
    }

    #[test]
    fn a_share_is_of_what_is_decided_and_is_never_rounded_up() {
        assert_eq!(kept(&Sum { open: 9, cases: 9, ..Sum::default() }), None);
        assert_eq!(kept(&of(2, 0, 1)), Some(666), "a broken promise counts though its case is open");
        assert_eq!(kept(&of(9_999, 1, 0)), Some(999));
        assert_eq!([999, 1_000, 5].map(tenths), ["99.9", "100.0", "0.5"]);
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        let heaps = [heap("a", of(3, 1, 0)), heap("b", of(1, 0, 2)), heap("a", of(0, 0, 5))];
        let mut sum = Sum::default();
        for part in by(&heaps, |heap| heap.lead.clone()).into_values() {
            sum += part;
        }
        assert_eq!(sum, total(&heaps));
        assert_eq!(by(&[heap("", of(1, 0, 0))], |heap| heap.lead.clone()).len(), 0);
    }

    #[test]
    fn few_promises_give_no_place() {
        let sums = [("a", of(9, 0, 0)), ("b", of(9, 1, 0)), ("c", of(99, 11, 0)), ("d", of(20, 0, 0))];
        let ranking = ranking(sums.into_iter().collect());
        let names = |list: &[(&'static str, Sum)]| list.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        assert_eq!((names(&ranking.placed), names(&ranking.few)), (vec!["d", "c", "b"], vec!["a"]));
    }

    #[test]
    fn what_presses_is_what_is_late() {
        let open = |open, overdue, soon| Sum { cases: open, open, overdue, soon, ..Sum::default() };
        let sums = [
            ("calm", open(90, 0, 0)),
            ("late", open(2, 1, 0)),
            ("near", open(5, 0, 3)),
            ("none", open(0, 0, 0)),
        ];
        let names: Vec<_> = pressing(sums.into_iter().collect()).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["late", "near", "calm"]);
    }
}
