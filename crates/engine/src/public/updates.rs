//! What happened to a case as far as everybody may know: one line for each change that somebody outside can notice.
//!
//! Owns the reading of a journal for the public. It folds the entries as the store does and compares what can be seen before and
//! after each; no word of an entry is read except what was published and still is. Start at [`Engine::public_updates`].

use huying_model::{
    Case, Instant, Stage,
    apply::apply,
    catalogue::Outcome,
    public::{Face, Step, published},
};
use huying_store::TenantId;
use smol_str::SmolStr;

use super::{Status, View};
use crate::{Engine, Error};

/// Entries that are read at once.
const STEP: usize = 500;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// `number-entry`.
    pub id: String,
    pub number: SmolStr,
    pub at: Instant,
    pub status: Status,
    /// What was published with it, where it still is.
    pub words: Option<String>,
    pub files: Vec<SmolStr>,
}

impl Engine {
    /// The changes of a case within a span, both ends included, oldest first.
    pub async fn public_updates(
        &self,
        tenant: TenantId,
        view: &View,
        (from, until): (Instant, Instant),
    ) -> Result<Vec<Update>, Error> {
        let mut found = Vec::new();
        let mut case = Case::blank(view.case);
        loop {
            let entries = self.store().journal(tenant, view.case, case.version, STEP).await?;
            let last = entries.len() < STEP;
            for entry in entries {
                let was = Face::of(&case);
                apply(&mut case, &entry.event);
                let face = Face::of(&case);
                let at = entry.event.times.received;
                if (case.version > 1 && face == was) || face.hidden || at < from || at > until {
                    continue;
                }
                // Words that were taken back, or whose entry was redacted, are shown nowhere any more.
                let now = view.publication.as_ref().filter(|now| now.event == entry.seq);
                let shown = now.filter(|now| published(&case).is_some_and(|shown| shown.event == now.event));
                found.push(Update {
                    id: format!("{}-{}", case.number, entry.seq),
                    number: case.number.clone(),
                    at,
                    status: Status::of(&face),
                    words: shown.and_then(|_| view.words.clone()),
                    files: shown.map_or_else(Vec::new, |shown| shown.files.clone()),
                });
            }
            if last {
                return Ok(found);
            }
        }
    }
}

impl Status {
    pub fn of(face: &Face) -> Status {
        Status { step: face.step, ended: face.ended, outcome: face.outcome }
    }

    pub fn open(&self) -> bool {
        self.step != Step::Ended
    }

    /// The status of the update extension that FixMyStreet and its partners speak.
    pub fn extended(&self) -> &'static str {
        match (self.step, self.ended, self.outcome) {
            (Step::Received, ..) => "open",
            (Step::Dispatching | Step::Handling, ..) => "in_progress",
            (Step::Ended, Some(Stage::Declined), _) => "not_councils_responsibility",
            (Step::Ended, Some(Stage::Merged), _) => "duplicate",
            (Step::Ended, Some(Stage::Withdrawn), _) | (Step::Ended, _, Some(Outcome::Void)) => "cancelled",
            (Step::Ended, _, Some(Outcome::Solved)) => "fixed",
            (Step::Ended, _, Some(Outcome::HandedOver)) => "internal_referral",
            (Step::Ended, _, Some(_)) => "no_further_action",
            (Step::Ended, _, None) => "closed",
        }
    }

    /// How far it is, in Chinese and in English.
    pub fn sentence(&self) -> (String, String) {
        let both = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
        match (self.step, self.ended, self.outcome) {
            (Step::Received, ..) => both("已收到，待受理", "Received; it waits to be accepted"),
            (Step::Dispatching, ..) => both("已受理，待派遣", "Accepted; a unit is being chosen"),
            (Step::Handling, ..) => both("办理中", "Being handled"),
            (Step::Ended, Some(Stage::Declined), _) => both("不予受理", "Not accepted"),
            (Step::Ended, Some(Stage::Merged), _) => {
                both("已并入另一案件办理", "Handled together with another case")
            }
            (Step::Ended, Some(Stage::Withdrawn), _) => both("反映人已撤销", "Withdrawn by its reporter"),
            (Step::Ended, _, Some(outcome)) => {
                (format!("已结案：{}", outcome.zh()), format!("Closed: {}", outcome.en()))
            }
            (Step::Ended, ..) => both("已结案", "Closed"),
        }
    }
}
