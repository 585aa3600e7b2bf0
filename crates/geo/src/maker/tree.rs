//! How many cells, and which below which.
//!
//! Owns the counting: a plan names numbers, the tree holds them exactly. Refuses nothing but trees that no map could
//! have. Start at [`Tree::of_counts`] and [`Tree::grow`].

use thiserror::Error;

/// A cell and the cells that it is split into; a leaf has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    /// The cells below, in the order of their codes.
    pub children: Vec<Tree>,
}

/// Why a tree cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TreeError {
    /// Fewer cells than the level above has.
    #[error("{wanted} cells cannot be spread over {leaves} so that each has one; ask for at least {leaves}")]
    TooFew {
        /// Cells asked for.
        wanted: usize,
        /// Leaves that need one each.
        leaves: usize,
    },
    /// Deeper than any hierarchy of areas.
    #[error("the tree has more than {0} levels; an authority has at most seven")]
    TooDeep(usize),
}

const MOST_LEVELS: usize = 12;

impl Tree {
    /// A cell that is not split.
    pub fn leaf() -> Self {
        Self::default()
    }

    /// A cell split into `count` leaves.
    pub fn of(count: usize) -> Self {
        Self { children: vec![Self::leaf(); count] }
    }

    /// A cell with one child per number, each split into that many leaves: streets by their number of communities.
    pub fn of_counts(counts: &[usize]) -> Self {
        Self { children: counts.iter().map(|count| Self::of(*count)).collect() }
    }

    /// A tree by the total of every level, each spread as evenly as can be: `[12, 132, 1359, 7111]`.
    pub fn of_totals(totals: &[usize]) -> Result<Self, TreeError> {
        totals.iter().try_fold(Self::leaf(), |tree, total| tree.grow(*total))
    }

    /// Splits the present leaves into `total` new ones, as evenly as can be, the larger shares spread along the row.
    pub fn grow(mut self, total: usize) -> Result<Self, TreeError> {
        let leaves = self.checked_leaves()?;
        if total < leaves {
            return Err(TreeError::TooFew { wanted: total, leaves });
        }
        let share = |n: usize| (n as u128 * total as u128 / leaves as u128) as usize;
        let mut number = 0;
        self.each_leaf(&mut |leaf| {
            *leaf = Self::of(share(number + 1) - share(number));
            number += 1;
        });
        Ok(self)
    }

    /// The number of leaves; a tree that is a leaf counts one.
    pub fn leaves(&self) -> usize {
        if self.children.is_empty() { 1 } else { self.children.iter().map(Self::leaves).sum() }
    }

    /// The number of leaves, after a check that walking the tree is safe.
    pub(super) fn checked_leaves(&self) -> Result<usize, TreeError> {
        if self.deeper_than(MOST_LEVELS) { Err(TreeError::TooDeep(MOST_LEVELS)) } else { Ok(self.leaves()) }
    }

    fn deeper_than(&self, levels: usize) -> bool {
        !self.children.is_empty()
            && (levels == 0 || self.children.iter().any(|child| child.deeper_than(levels - 1)))
    }

    fn each_leaf(&mut self, change: &mut impl FnMut(&mut Self)) {
        if self.children.is_empty() {
            change(self);
        } else {
            self.children.iter_mut().for_each(|child| child.each_leaf(change));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_spread_evenly_and_exactly() {
        let tree = Tree::of_totals(&[12, 132, 1_359, 7_111]).unwrap();
        assert_eq!(tree.children.len(), 12);
        assert!(tree.children.iter().all(|street| street.children.len() == 11));
        assert_eq!(tree.leaves(), 7_111);
        let grids: Vec<usize> =
            tree.children.iter().flat_map(|s| &s.children).map(|c| c.children.len()).collect();
        assert_eq!(grids.iter().sum::<usize>(), 1_359);
        assert!(grids.iter().all(|count| (10..=11).contains(count)));
    }

    #[test]
    fn given_counts_stay_as_given_and_impossible_ones_are_refused() {
        let tree = Tree::of_counts(&[3, 1, 5]).grow(20).unwrap();
        let counts: Vec<usize> = tree.children.iter().map(|street| street.children.len()).collect();
        assert_eq!(counts, vec![3, 1, 5]);
        assert_eq!(tree.clone().grow(19), Err(TreeError::TooFew { wanted: 19, leaves: 20 }));
        let deep = (0..40).fold(Tree::leaf(), |tree, _| Tree { children: vec![tree] });
        assert!(matches!(deep.grow(1), Err(TreeError::TooDeep(_))));
    }
}
