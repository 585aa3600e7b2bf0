//! What happened to a case as far as everybody may know: one line for each change that somebody outside can notice.
//!
//! Owns the reading of a journal for the public. It folds the entries as the store does and compares what can be seen before and
//! after each; no word of an entry is read except what was published and still is. Start at [`Engine::public_updates`].

use std::collections::BTreeMap;

use huying_model::{
    Case, CaseId, Event, Instant, Stage,
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

/// A journal as far as it was read.
struct Reading<'a> {
    view: &'a View,
    case: Case,
    found: Vec<Update>,
}

impl<'a> Reading<'a> {
    fn of(view: &'a View) -> Reading<'a> {
        Reading { view, case: Case::blank(view.case), found: Vec::new() }
    }

    fn take(&mut self, seq: u32, event: &Event, (from, until): (Instant, Instant)) {
        let (view, case) = (self.view, &mut self.case);
        let was = Face::of(case);
        apply(case, event);
        let face = Face::of(case);
        let at = event.times.received;
        if (case.version > 1 && face == was) || face.hidden || at < from || at > until {
            return;
        }
        // Words that were taken back, or whose entry was redacted, are shown nowhere any more.
        let now = view.publication.as_ref().filter(|now| now.event == seq);
        let shown = now.filter(|now| published(case).is_some_and(|shown| shown.event == now.event));
        self.found.push(Update {
            id: format!("{}-{seq}", case.number),
            number: case.number.clone(),
            at,
            status: Status::of(&face),
            words: shown.and_then(|_| view.words.clone()),
            files: shown.map_or_else(Vec::new, |shown| shown.files.clone()),
        });
    }
}

impl Engine {
    /// The changes of a case within a span, both ends included, oldest first.
    pub async fn public_updates(
        &self,
        tenant: TenantId,
        view: &View,
        span: (Instant, Instant),
    ) -> Result<Vec<Update>, Error> {
        Ok(self.public_updates_of(tenant, std::slice::from_ref(view), span).await?.concat())
    }

    /// The same of several cases, in their order. Their journals are read together, however many they are.
    pub async fn public_updates_of(
        &self,
        tenant: TenantId,
        views: &[View],
        span: (Instant, Instant),
    ) -> Result<Vec<Vec<Update>>, Error> {
        let mut readings: BTreeMap<CaseId, Reading<'_>> =
            views.iter().map(|view| (view.case, Reading::of(view))).collect();
        let mut left: Vec<CaseId> = readings.keys().copied().collect();
        let mut after = left.first().map(|first| (*first, 0));
        while let Some(behind) = after.take() {
            let entries = self.store().journals(tenant, &left, behind, STEP).await?;
            for (case, seq, event) in &entries {
                if let Some(reading) = readings.get_mut(case) {
                    reading.take(*seq, event, span);
                }
            }
            let last = entries.last().filter(|_| entries.len() >= STEP);
            after = last.map(|(case, seq, _)| (*case, *seq));
            // Journals that were read to their end are not looked through again.
            left.retain(|id| after.is_some_and(|(case, _)| *id >= case));
        }
        let found = |view: &View| readings.remove(&view.case).map_or_else(Vec::new, |reading| reading.found);
        Ok(views.iter().map(found).collect())
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
