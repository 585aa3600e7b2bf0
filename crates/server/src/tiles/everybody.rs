//! How many open cases each area has of which everybody may know.
//!
//! Counting looks at every case that ever was public, and anybody may ask: so it is done once in a minute at most, and whoever comes meanwhile gets
//! the same. Start at [`Everybody::counts`].

use std::sync::{Arc, Weak};

use huying_engine::Setting;
use huying_model::{AreaCode, Instant};
use sha2::{Digest, Sha256};

use super::{ground::Counts, shelf::Mark};
use crate::{problem::Problem, state::AppState};

/// For how long counts hold, in milliseconds; a browser is told the same.
const HOLDS_MS: i64 = 60_000;

/// Counts as they were at a moment.
pub(super) struct Counted {
    pub counts: Counts,
    pub mark: Mark,
    at: Instant,
    setting: Weak<Setting>,
}

/// What was counted last.
#[derive(Default)]
pub(super) struct Everybody(tokio::sync::Mutex<Option<Arc<Counted>>>);

impl Everybody {
    /// Counts by area, each with everything below it, and their mark.
    pub async fn counts(&self, state: &AppState) -> Result<Arc<Counted>, Problem> {
        let (setting, now) = (state.setting()?, state.now());
        let mut kept = self.0.lock().await;
        let holds = |old: &&Arc<Counted>| {
            // A weak pointer keeps the allocation, so another setting never has the same address.
            let same = std::ptr::eq(old.setting.as_ptr(), Arc::as_ptr(&setting));
            same && (0..HOLDS_MS).contains(&now.minus(old.at))
        };
        if let Some(old) = kept.as_ref().filter(holds) {
            return Ok(Arc::clone(old));
        }
        let store = state.engine.store();
        let cells = store.public_open_by_area(state.tenant(), &setting.public_matters()).await?;
        let (mut counts, mut sum) = (Counts::new(), Sha256::new());
        for (cell, count) in cells {
            sum.update((cell.len() as u64).to_be_bytes());
            sum.update(cell.as_bytes());
            sum.update(count.to_be_bytes());
            for area in setting.policy.org.ancestors(&AreaCode(cell)) {
                *counts.entry(area.code.clone()).or_default() += count;
            }
        }
        let mark = sum.finalize().into();
        let counted = Arc::new(Counted { counts, mark, at: now, setting: Arc::downgrade(&setting) });
        *kept = Some(Arc::clone(&counted));
        Ok(counted)
    }
}
