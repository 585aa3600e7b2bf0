//! What a comparison says: counts by unit, street, matter and hour of the week, how far due instants move, and examples.
//!
//! Owns the shape that is shown, written as JSON and kept with a version. Refuses to count: that is [`super::tally`]'s. Start at
//! [`Report`].

use huying_model::{LevelName, PolicyVersion};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::told::Told;

/// Groups that a kept report has.
const KEPT: usize = 20;

/// Hours of a week, from Monday 00:00.
pub const HOURS: usize = 168;

/// Cases, and how many of them change.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Share {
    pub cases: u64,
    pub changed: u64,
}

impl Share {
    pub(super) fn add(&mut self, changed: bool) {
        self.cases += 1;
        self.changed += u64::from(changed);
    }
}

/// A group of cases with its name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Group {
    pub code: SmolStr,
    #[serde(flatten)]
    pub name: Told,
    #[serde(flatten)]
    pub share: Share,
}

/// How far a due instant moves, in minutes of natural time.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Shift {
    pub earlier: u64,
    pub later: u64,
    /// Minutes, of the cases that are due earlier: the middle one, nine of ten, and the most.
    pub earlier_minutes: Spread,
    pub later_minutes: Spread,
}

/// A spread of amounts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Spread {
    pub median: i64,
    pub p90: i64,
    pub most: i64,
}

/// Cases that go from one lead to another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Moved {
    pub from: Group,
    pub to: Group,
    pub cases: u64,
    /// None where whoever reads may not see the case ([`Report::without_cases`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<Example>,
}

/// A case with both answers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Example {
    pub number: SmolStr,
    pub matter: SmolStr,
    pub matter_name: Told,
    pub area: SmolStr,
    pub area_name: Told,
    /// RFC 3339 in the baseline's zone, as all moments here.
    pub filed: String,
    pub before: Shown,
    pub after: Shown,
}

/// One answer, as it is shown.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Shown {
    pub row: Option<SmolStr>,
    pub lead: Option<SmolStr>,
    pub lead_name: Option<Told>,
    pub assists: Vec<SmolStr>,
    pub assist_names: Vec<Told>,
    pub closing_level: SmolStr,
    pub level_name: Told,
    pub receive: Option<String>,
    pub handle: Option<String>,
    pub promise: Option<String>,
}

/// Examples of one kind of change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Kind {
    pub code: SmolStr,
    #[serde(flatten)]
    pub name: Told,
    pub cases: u64,
    pub examples: Vec<Example>,
}

/// How much of a journal the cases come from: its newest entries, of all that it has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Read {
    pub entries: u64,
    pub of: u64,
}

/// Everything that was counted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Report {
    pub baseline: Vec<PolicyVersion>,
    pub draft: PolicyVersion,
    /// Asked of both.
    pub cases: u64,
    pub changed: u64,
    /// Of these, cases in which facts such as distance choose among several units; both sides take the first of them.
    pub by_facts: u64,
    /// None where the cases come from a file.
    pub read: Option<Read>,
    /// `lead`, `assists`, `closing_level`, `receive`, `handle`, `promise`, `lost_route`, `gained_route`, `lost_matter`.
    pub kinds: Vec<Kind>,
    pub receive: Shift,
    pub handle: Shift,
    pub promise: Shift,
    /// From unit to unit, the most cases first.
    pub moves: Vec<Moved>,
    /// Areas of the level that `street_level` names.
    pub by_street: Vec<Group>,
    pub street_level: LevelName,
    pub by_matter: Vec<Group>,
    /// By hour of the week in the baseline's zone, from Monday 00:00.
    pub by_hour: Vec<Share>,
    /// Cases that the baseline cannot answer (unknown matter or condition) and rows that could not be read.
    pub unusable: u64,
    pub unusable_examples: Vec<String>,
}

impl Report {
    /// The same with the groups and moves that change most, for keeping.
    #[must_use]
    pub fn shortened(mut self) -> Report {
        for groups in [&mut self.by_street, &mut self.by_matter] {
            groups.retain(|group| group.share.changed > 0);
            groups.truncate(KEPT);
        }
        self.moves.truncate(KEPT);
        self
    }

    /// The same without a word of any single case: whoever may read the book may not see the cases that it was asked of.
    #[must_use]
    pub fn without_cases(mut self) -> Report {
        self.kinds.iter_mut().for_each(|kind| kind.examples.clear());
        self.moves.iter_mut().for_each(|moved| moved.example = None);
        self.unusable_examples.clear();
        self
    }

    /// How many cases changed in this way.
    pub fn count(&self, code: &str) -> u64 {
        self.kinds.iter().find(|kind| kind.code == code).map_or(0, |kind| kind.cases)
    }
}
