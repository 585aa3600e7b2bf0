//! Past cases out of a journal: each as it was filed and first dispatched.
//!
//! Owns the fold from events to [`Past`]. It keeps only cases that are between report and first dispatch, so that a journal of
//! any length runs through. It refuses what was never filed. Start at [`Gatherer::take`].

use std::collections::BTreeMap;

use huying_model::{
    CaseId, Event,
    event::{Body, Pinned},
};

use super::Past;

/// Gathers the events of many cases, in the order of the stream.
#[derive(Debug, Default)]
pub struct Gatherer {
    waiting: BTreeMap<CaseId, (Past, bool)>,
}

impl Gatherer {
    /// Takes one event; gives the case when its first dispatch, or its end, shows how it ran.
    pub fn take(&mut self, case: CaseId, event: &Event) -> Option<Past> {
        let at = event.times.received;
        match &event.body {
            Body::Reported { report, .. } => {
                let past = Past {
                    number: report.number.clone(),
                    matter: report.matter.clone().unwrap_or_default(),
                    condition: report.condition,
                    place: report.place.clone(),
                    source: report.source,
                    urgency: report.urgency,
                    filed: at,
                    sent: at,
                    version: None,
                };
                self.waiting.insert(case, (past, false));
            }
            Body::Filed { pinned, urgency } => {
                let (past, filed) = self.waiting.get_mut(&case)?;
                past.urgency = urgency.unwrap_or(past.urgency);
                (*filed, past.filed) = (true, at);
                file(past, pinned);
            }
            Body::Verified { pinned: Some(pinned), .. } => {
                let (past, filed) = self.waiting.get_mut(&case)?;
                (*filed, past.filed) = (true, at);
                file(past, pinned);
            }
            Body::Reclassified { pinned, filing } => {
                let (past, _) = self.waiting.get_mut(&case)?;
                (past.matter, past.condition) = (filing.matter.clone(), Some(filing.condition));
                pinned.iter().for_each(|pinned| file(past, pinned));
            }
            Body::Relocated { place, .. } => self.waiting.get_mut(&case)?.0.place = place.clone(),
            Body::UrgencySet { urgency, .. } => self.waiting.get_mut(&case)?.0.urgency = *urgency,
            Body::Dispatched { .. } | Body::Ruled { .. } => {
                let (past, filed) = self.waiting.remove(&case)?;
                return filed.then_some(Past { sent: at, ..past });
            }
            // Done on the spot or ended without being dispatched: never asked of the table.
            Body::SelfHandled { .. } => {
                self.waiting.remove(&case);
            }
            _ => {
                if event.to.as_ref().is_some_and(|to| !to.stage.is_open()) {
                    let (past, filed) = self.waiting.remove(&case)?;
                    return filed.then_some(Past { sent: past.filed, ..past });
                }
            }
        }
        None
    }

    /// What was filed and waits for its dispatch still.
    pub fn rest(self) -> impl Iterator<Item = Past> {
        self.waiting
            .into_values()
            .filter(|(_, filed)| *filed)
            .map(|(past, _)| Past { sent: past.filed, ..past })
    }
}

fn file(past: &mut Past, pinned: &Pinned) {
    past.matter = pinned.filing.matter.clone();
    past.condition = Some(pinned.filing.condition);
    past.version = Some(pinned.policy.clone());
}
