//! Messages that are told again, from the journal.
//!
//! Owns the pace: a stretch goes on only while few of the subscriber's messages wait, so that a million events do not become a million
//! rows at once. How far it is stands in the store, so a restart goes on. Start at [`Outbox::replay`].

use std::collections::BTreeMap;

use huying_store::{Replay, StreamEntry, TenantId};

use super::{Outbox, fan::READ};
use crate::Error;

/// Messages of one subscriber that may wait before more are made.
const MOST_WAITING: i64 = 1_000;

impl Outbox {
    /// Goes on with everything that is told again, as far as it may.
    pub async fn replay(&self) -> Result<(), Error> {
        for tenant in self.engine.tenants() {
            for replay in self.engine.store().replays(tenant).await? {
                self.replay_one(tenant, replay).await?;
            }
        }
        Ok(())
    }

    async fn replay_one(&self, tenant: TenantId, mut replay: Replay) -> Result<(), Error> {
        let store = self.engine.store();
        let setting = self.engine.setting(tenant)?;
        while replay.position < replay.through
            && store.deliveries_waiting(tenant, &replay.subscription).await? < MOST_WAITING
        {
            let entries = store.events_after(replay.stream, replay.position, READ).await?;
            let within: Vec<&StreamEntry> =
                entries.iter().filter(|entry| entry.position <= replay.through).collect();
            let own: Vec<&StreamEntry> =
                within.iter().copied().filter(|entry| entry.tenant == tenant).collect();
            let mut readers = self.readers(tenant, &own).await?;
            readers.subscriptions.retain(|(known, _)| known.id == replay.subscription);
            let mut rows = Vec::new();
            for entry in own {
                let (Some(case), Some(known)) =
                    (readers.cases.get(&entry.case), readers.subscriptions.first())
                else {
                    continue;
                };
                rows.extend(self.to_one(&setting, known, entry, case));
            }
            // Later ones of one id would meet the first in the same statement.
            let rows: Vec<_> = rows
                .into_iter()
                .map(|row| (row.id.clone(), row))
                .collect::<BTreeMap<_, _>>()
                .into_values()
                .collect();
            let position = within.last().map_or(replay.through, |entry| entry.position);
            store.replay(tenant, &rows, &replay, position).await?;
            replay.position = position;
        }
        Ok(())
    }
}
