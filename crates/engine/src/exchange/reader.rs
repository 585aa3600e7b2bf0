//! From events to messages: a reader of the stream with a cursor of its own.
//!
//! A message's id is made of partner, case and event, so however often the stream is read there is one of each; its place among those
//! of its case is given when it is kept. Start at [`Exchange::read`].

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::PoisonError,
};

use huying_model::{CaseId, Event, UnitId, event::Body};
use huying_store::{StreamEntry, TenantId, exchange::NewOut};
use smol_str::format_smolstr;

use super::{
    Exchange, NAME,
    partner::{Known, Partners},
    tell,
};
use crate::{Engine, Error, lease::STORE};

/// Events that are read at once.
const READ: usize = 500;
/// How often the cursor moves on while there is no partner.
const MOVE_ON_MS: i64 = 60_000;
/// Entries of a journal that are read at once.
const PAGE: usize = 500;

impl Exchange {
    /// Turns every event after the cursor into messages, and moves the cursor.
    pub(super) async fn read(&self, known: &[(TenantId, Partners)]) -> Result<(), Error> {
        let store = self.engine.store();
        let cursors: BTreeMap<i64, i64> = store.cursor(STORE, NAME).await?.into_iter().collect();
        for (stream, end) in store.streams().await? {
            let mut position = cursors.get(&stream).copied().unwrap_or(0);
            while position < end {
                let entries = store.events_after(stream, position, READ).await?;
                let Some(last) = entries.last() else { break };
                position = last.position;
                for (tenant, partners) in known {
                    let own: Vec<&StreamEntry> =
                        entries.iter().filter(|entry| entry.tenant == *tenant).collect();
                    self.tell(*tenant, partners, &own).await?;
                }
                store.set_cursor(STORE, NAME, stream, position).await?;
            }
        }
        Ok(())
    }

    /// Nobody is told of what came before they were a partner: the cursor moves to the end, now and then.
    pub(super) async fn move_on(&self) -> Result<(), Error> {
        let now = self.engine.now();
        let since = *self.alone_since.lock().unwrap_or_else(PoisonError::into_inner);
        if since.is_some_and(|since| now.minus(since) < MOVE_ON_MS) {
            return Ok(());
        }
        for (stream, end) in self.engine.store().streams().await? {
            self.engine.store().set_cursor(STORE, NAME, stream, end).await?;
        }
        *self.alone_since.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        Ok(())
    }

    async fn tell(
        &self,
        tenant: TenantId,
        partners: &[Known],
        entries: &[&StreamEntry],
    ) -> Result<(), Error> {
        let cases: BTreeSet<CaseId> = entries.iter().map(|entry| entry.case).collect();
        let mut told: BTreeMap<(CaseId, u32), Vec<(usize, tell::Saying)>> = BTreeMap::new();
        for case in cases {
            let events = self.engine.journal_of(tenant, case, u32::MAX).await?;
            for (no, partner) in partners.iter().enumerate() {
                for (seq, saying) in self.engine.sayings(tenant, partner, case, &events) {
                    told.entry((case, seq)).or_default().push((no, saying));
                }
            }
        }
        let mut new = Vec::new();
        for entry in entries {
            for (no, saying) in told.get(&(entry.case, entry.seq)).into_iter().flatten() {
                let row = &partners[*no].row;
                if entry.event.times.recorded < row.made_at {
                    continue;
                }
                let partner = &row.id;
                new.push(NewOut {
                    partner: partner.clone(),
                    case: entry.case,
                    id: format_smolstr!("{partner}:{}:{}", entry.case, entry.seq),
                    kind: saying.code().into(),
                    seq: entry.seq,
                    stream: entry.stream,
                    position: entry.position,
                    at: entry.event.times.recorded,
                });
            }
        }
        if !new.is_empty() {
            self.engine.store().add_out(tenant, &new).await?;
        }
        Ok(())
    }
}

impl Engine {
    /// A case's events up to one of them.
    pub(crate) async fn journal_of(
        &self,
        tenant: TenantId,
        case: CaseId,
        until: u32,
    ) -> Result<Vec<Event>, Error> {
        let mut events = Vec::new();
        let mut after = 0;
        loop {
            let page = self.store().journal(tenant, case, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(events) };
            after = last.seq;
            let short = page.len() < PAGE;
            events.extend(page.into_iter().filter(|entry| entry.seq <= until).map(|entry| entry.event));
            if short || after >= until {
                return Ok(events);
            }
        }
    }

    /// What a partner is told of a case.
    fn sayings(
        &self,
        tenant: TenantId,
        partner: &Known,
        case: CaseId,
        events: &[Event],
    ) -> Vec<(u32, tell::Saying)> {
        let Some(first) = events.first() else { return Vec::new() };
        let came = self.came(tenant, partner, case, first);
        let binds = |unit: &UnitId| partner.bound.binds(unit);
        tell::told(&partner.row.id, &binds, came, events)
    }

    /// Whether the partner has handed the case over: it says so, and its id was made for that.
    pub(crate) fn came(&self, tenant: TenantId, partner: &Known, case: CaseId, first: &Event) -> bool {
        let id = partner.row.id.as_str();
        let number = match &first.body {
            Body::Reported { report, .. } => report.number.as_str(),
            _ => return false,
        };
        tell::came_from(id, first) && self.is_born(tenant, id, number, case)
    }
}
