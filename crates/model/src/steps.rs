//! Whether a step of the life cycle is needed: inspection and callback by matter, source and urgency.
//!
//! Owns the rows of a pack's table of steps and the one question asked of them, [`Rules::needs`]. The rows belong to
//! one version of the rules, so they are pinned to a case when it is filed; its urgency is the one of the moment.
//! Refuses to weigh two equal rows against each other: the lint finds them, and the earlier one holds.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    catalogue::{Source, Urgency},
    ids::MatterCode,
    policy::Rules,
    route::{glob, pattern_weight},
};

/// A step that policy may leave out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// Somebody else looks at the work before the case closes.
    Inspect,
    /// The reporter is called back.
    CallBack,
}

/// One row: for these matters, this source and this urgency the step is needed, or not. An absent column is "any".
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StepRule {
    pub step: StepName,
    /// A glob over `board/track/matter`.
    pub matter: SmolStr,
    #[serde(default)]
    pub source: Option<Source>,
    #[serde(default)]
    pub urgency: Option<Urgency>,
    pub needed: bool,
}

impl StepRule {
    pub fn fits(&self, matter: &MatterCode, source: Source, urgency: Urgency) -> bool {
        glob(&self.matter, matter.as_str())
            && self.source.is_none_or(|wanted| wanted == source)
            && self.urgency.is_none_or(|wanted| wanted == urgency)
    }

    /// How specific the row is, column by column: matter, source, urgency.
    pub fn weight(&self) -> (bool, usize, bool, bool) {
        let (whole, letters) = pattern_weight(&self.matter);
        (whole, letters, self.source.is_some(), self.urgency.is_some())
    }
}

impl Rules {
    /// Whether a case of this matter, source and urgency needs the step. The most specific row says; where none fits,
    /// the matter itself. A case whose matter is not known is inspected and not called back.
    pub fn needs(
        &self,
        step: StepName,
        matter: Option<&MatterCode>,
        source: Source,
        urgency: Urgency,
    ) -> bool {
        let Some(found) = matter.and_then(|code| self.matters.get(code)) else {
            return step == StepName::Inspect;
        };
        let fitting =
            self.steps.iter().filter(|row| row.step == step && row.fits(&found.code, source, urgency));
        match (fitting.min_by_key(|row| Reverse(row.weight())), step) {
            (Some(row), _) => row.needed,
            (None, StepName::Inspect) => found.inspect,
            (None, StepName::CallBack) => found.call_back,
        }
    }
}
