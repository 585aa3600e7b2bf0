//! What was found in a version before anybody may propose it: by lint, by its stories, and beside the organisation of today.
//!
//! Owns the shape that is kept with a draft. Refuses to look at a pack: that is the pack's lint. Start at [`Found`].

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::time::Instant;

/// What lint and stories said of a version.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Found {
    pub errors: usize,
    pub warnings: usize,
    pub passed: usize,
    pub failed: usize,
    pub pending: usize,
    /// The findings in words.
    pub lint: String,
    /// The stories in words.
    pub stories: String,
    /// The findings one by one, errors first; the first of them where there are very many.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// The stories one by one.
    #[serde(default)]
    pub told: Vec<Story>,
    /// What is there today and not in the version, or the other way round.
    #[serde(default)]
    pub differences: Vec<Difference>,
    /// What changes of the organisation ended or moved, and the version has as it was before.
    #[serde(default)]
    pub returns: Vec<Return>,
}

impl Found {
    /// Whether the version may come into force.
    pub fn clean(&self) -> bool {
        self.errors == 0 && self.failed == 0
    }
}

/// One finding of the lint, with its place.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Finding {
    /// It must be mended.
    pub error: bool,
    pub rule: SmolStr,
    pub file: SmolStr,
    /// From 1; 0 where it concerns the file as a whole.
    pub line: u32,
    pub column: u32,
    pub field: SmolStr,
    pub words: String,
    pub mend: String,
    /// A case that shows it.
    pub example: String,
    /// Rows of tables that are concerned.
    pub rows: Vec<String>,
}

/// How a story went.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Went {
    #[default]
    Passed,
    Failed,
    /// It needs what is not built.
    Pending,
}

/// A story of the version.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Story {
    pub file: SmolStr,
    pub title: SmolStr,
    pub went: Went,
    /// What was not so, or what it waits for.
    pub words: Vec<String>,
}

/// A unit or an area that only one of the two organisations has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Difference {
    pub of: Of,
    pub id: SmolStr,
    pub name: SmolStr,
    /// Only the version has it; else only today.
    pub new: bool,
}

/// What an organisation is made of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    Area,
    Unit,
    Member,
}

/// Something that a change of the organisation ended or moved, and that a version would bring back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Return {
    pub of: Of,
    pub id: SmolStr,
    pub name: SmolStr,
    /// Since when it is otherwise.
    pub since: Instant,
    /// Where the change put it; None where it ended it.
    pub to: Option<SmolStr>,
    /// Where the version has it: an area, or the seats of a member.
    pub at: SmolStr,
}
