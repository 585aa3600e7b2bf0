//! From events to messages: a reader of the stream with a cursor of its own.
//!
//! A message's id is made of partner, case and event, so however often the stream is read there is one of each, and an event that stands in
//! the place of one that a restore has lost has another; its place among those of its case is given when it is kept. Start at [`Exchange::read`].

use std::{collections::BTreeMap, sync::PoisonError};

use huying_model::{CaseId, Event, Instant, UnitId, event::Body};
use huying_store::{Entry, StreamEntry, TenantId, exchange::NewOut, journal};
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
    /// Turns every event after the cursor into messages, and moves the cursor; nothing is begun after `end_at`.
    pub(super) async fn read(&self, known: &[(TenantId, Partners)], end_at: Instant) -> Result<(), Error> {
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
                if self.engine.now() >= end_at {
                    return Ok(());
                }
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

    /// Everything that a partner is told of the cases met in the entries, up to the newest met: the streams of several nodes are read one
    /// after the other, and what is told of a case keeps the order of its journal all the same.
    async fn tell(
        &self,
        tenant: TenantId,
        partners: &[Known],
        entries: &[&StreamEntry],
    ) -> Result<(), Error> {
        let mut met: BTreeMap<CaseId, u32> = BTreeMap::new();
        for entry in entries {
            let newest = met.entry(entry.case).or_default();
            *newest = entry.seq.max(*newest);
        }
        let mut new = Vec::new();
        for (case, newest) in met {
            let journal = self.engine.entries_of(tenant, case, newest).await?;
            let events: Vec<Event> = journal.iter().map(|entry| entry.event.clone()).collect();
            for partner in partners {
                new.extend(self.told(tenant, partner, case, (&journal, &events)).await?);
            }
        }
        if !new.is_empty() {
            self.engine.store().add_out(tenant, &new).await?;
        }
        Ok(())
    }

    /// What a partner has not been told of a case so far.
    pub(super) async fn told(
        &self,
        tenant: TenantId,
        partner: &Known,
        case: CaseId,
        (journal, events): (&[Entry], &[Event]),
    ) -> Result<Vec<NewOut>, Error> {
        let (id, made_at) = (&partner.row.id, partner.row.made_at);
        let (Some(first), Some(last)) = (events.first(), events.last()) else { return Ok(Vec::new()) };
        if last.times.recorded < made_at {
            return Ok(Vec::new());
        }
        let came = self.engine.came(tenant, partner, case, first);
        let binds = |unit: &UnitId| partner.bound.binds(unit);
        let told = tell::told(id, &binds, came, events);
        let at = |seq: u32| journal.iter().find(|entry| entry.seq == seq);
        let before = |seq: u32| at(seq).is_some_and(|entry| entry.event.times.recorded < made_at);
        let told = if came { told } else { tell::begun(told, before) };
        if told.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.engine.store().out_last(tenant, id, case).await?.unwrap_or(0);
        let new = told.into_iter().filter(|(seq, _)| *seq > known).filter_map(|(seq, saying)| {
            let entry = at(seq)?;
            Some(NewOut {
                partner: id.clone(),
                case,
                id: format_smolstr!("{id}:{case}:{seq}:{}", journal::mark(&entry.hash)),
                kind: saying.code().into(),
                seq,
                stream: entry.stream,
                position: entry.position,
                at: entry.event.times.recorded,
                reason: None,
            })
        });
        Ok(new.collect())
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
        let entries = self.entries_of(tenant, case, until).await?;
        Ok(entries.into_iter().map(|entry| entry.event).collect())
    }

    /// The entries of a case's journal up to one of them.
    pub(super) async fn entries_of(
        &self,
        tenant: TenantId,
        case: CaseId,
        until: u32,
    ) -> Result<Vec<Entry>, Error> {
        let mut entries = Vec::new();
        let mut after = 0;
        loop {
            let page = self.store().journal(tenant, case, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(entries) };
            after = last.seq;
            let short = page.len() < PAGE;
            entries.extend(page.into_iter().filter(|entry| entry.seq <= until));
            if short || after >= until {
                return Ok(entries);
            }
        }
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
