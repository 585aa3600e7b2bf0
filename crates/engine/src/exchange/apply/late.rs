//! Files that could not be fetched when their message was applied: they hold nothing up, are fetched for a week, and given up with a note.
//!
//! A repetition of the message brings fresh addresses, also for files that were given up. Start at [`Exchange::fetch_late`].

use futures::future::join_all;
use huying_model::{Actor, CaseId, Instant, Name};
use huying_store::{TenantId, exchange::InRow};

use super::{Desk, Exchange, Message, Missing, fetch, step};
use crate::{
    Error,
    exchange::{partner::Known, summed},
};

/// Minutes until files are tried again, by how often that failed.
const PAUSES: [i64; 7] = [1, 1, 5, 15, 30, 60, 120];
/// How long they are tried after their message came last.
const TRIED_MS: i64 = 7 * 24 * 3_600_000;
/// Messages that are looked at together.
const TAKE: usize = 50;
/// Milliseconds after which no file is asked for in a pass: as long as one may take, so that where one takes as long, no other partner's
/// wait for it.
const TURN_MS: i64 = 330_000;

/// When the files of a message are tried next.
pub(super) fn next(now: Instant, row: &InRow) -> Instant {
    let no = usize::try_from(row.attempts).unwrap_or(0).min(PAUSES.len() - 1);
    now.plus_minutes(PAUSES[no])
}

impl Exchange {
    /// Fetches files that are missing, where this node has the lease: every partner's side by side, so that a slow one holds up no other.
    /// Returns how many messages have all of theirs now.
    pub(in crate::exchange) async fn fetch_late(&self) -> Result<usize, Error> {
        if !self.leads().await? {
            return Ok(0);
        }
        let known = self.known().await?;
        let until = self.engine.now().plus_ms(TURN_MS);
        let mut turns = Vec::new();
        for (tenant, partners) in &known {
            turns.extend(partners.iter().map(|partner| self.late_turn(*tenant, partner, until)));
        }
        summed(join_all(turns).await)
    }

    /// One partner's, until none is due; nothing is begun after `until`.
    async fn late_turn(&self, tenant: TenantId, partner: &Known, until: Instant) -> Result<usize, Error> {
        let Some(mapping) = partner.mapping.as_deref().filter(|_| partner.row.active) else { return Ok(0) };
        let desk = Desk { tenant, partner, mapping, until, within: fetch::PATIENT };
        let mut all = 0;
        loop {
            let rows = self.engine.store().in_late(tenant, &partner.row.id, self.engine.now(), TAKE).await?;
            if rows.is_empty() {
                return Ok(all);
            }
            for row in rows {
                if self.engine.now() >= until {
                    return Ok(all);
                }
                all += usize::from(self.late_files(&desk, &row).await?);
            }
        }
    }

    async fn late_files(&self, desk: &Desk<'_>, row: &InRow) -> Result<bool, Error> {
        let (store, now) = (self.engine.store(), self.engine.now());
        let missing = match self.brought_late(desk, row).await {
            Ok(None) => {
                store.in_done(desk.tenant, row, (row.case, None), now).await?;
                return Ok(true);
            }
            // It is due still, and the next pass goes on with it.
            Ok(Some(Missing { unasked: true, .. })) => return Ok(false),
            Ok(Some(missing)) => missing.why,
            Err(error) => error.to_string(),
        };
        let missing = super::plain(&missing);
        let over = now.minus(row.received_at) > TRIED_MS;
        if let (true, Some(case), Ok((saying, data))) = (over, row.case, self.understood(desk, row)) {
            let message = Message { desk: *desk, row, saying, data };
            self.tell_missing(&message, case, "lost files", &missing).await?;
        }
        let due = (!over).then(|| next(now, row));
        store.in_files(desk.tenant, row, (row.case, due), &missing).await?;
        Ok(false)
    }

    /// Why some are missing still; None where all are there, or nobody needs them any more.
    async fn brought_late(&self, desk: &Desk<'_>, row: &InRow) -> Result<Option<Missing>, Error> {
        // What was forgotten with its case is not asked for.
        let (Some(case), Ok((saying, data))) = (row.case, self.understood(desk, row)) else {
            return Ok(None);
        };
        let message = Message { desk: *desk, row, saying, data };
        let Some((actor, name)) = self.bringer(desk, &message, case).await? else { return Ok(None) };
        self.bring_files(&message, case, (&actor, name)).await
    }

    /// In whose name files come into a case, by the side that this authority stands on; None where they cannot come any more.
    async fn bringer(
        &self,
        desk: &Desk<'_>,
        message: &Message<'_>,
        id: CaseId,
    ) -> Result<Option<(Actor, Name)>, Error> {
        let Some(found) = self.engine.store().case(desk.tenant, id).await? else { return Ok(None) };
        if !found.case.is_open() {
            return Ok(None);
        }
        let Some(first) = self.first_event(desk.tenant, &found).await? else { return Ok(None) };
        if self.engine.came(desk.tenant, desk.partner, id, &first) {
            return Ok(Some((step::PLATFORM, Name::Supplement)));
        }
        let theirs = found
            .case
            .assignments
            .iter()
            .rev()
            .find(|part| part.external.as_ref().is_some_and(|unit| desk.mapping.binds(unit)));
        Ok(theirs.map(|part| (message.worker(&part.unit), Name::Attach)))
    }
}
