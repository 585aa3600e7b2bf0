//! The nudge that something new stands in the journal.
//!
//! Owns no events: whoever is nudged reads the stream after the position they know, so a cut connection loses
//! nothing and a missed nudge costs only a little time. Start at [`Listener::changed`].

use std::time::Duration;

use huying_store::Store;
use tokio::sync::watch;

/// Another node's events come without a nudge; they are looked for this often.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Waits for news.
pub struct Listener {
    position: watch::Receiver<u64>,
}

impl Listener {
    /// Hears every commit of this node from now on, several as one.
    pub fn of(store: &Store) -> Listener {
        Listener { position: store.live() }
    }

    /// Returns at the next commit, or after a short while in which another node may have written.
    pub async fn changed(&mut self) {
        // When the committer has stopped there is nothing to wait for but the look.
        if let Ok(Err(_)) = tokio::time::timeout(LOOK_AGAIN, self.position.changed()).await {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}
