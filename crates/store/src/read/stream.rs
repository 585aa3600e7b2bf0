//! The stream of events, cursors over it, leases, and the cases that have a step due.

use huying_model::{CaseId, Event, Instant};
use smol_str::SmolStr;

use crate::{
    Fault, Store, TenantId, journal, statements as sql,
    value::{Row, Value},
    write::Step,
};

/// An event in its place in a node's stream. Positions of a stream have no gaps, so a cursor never skips.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamEntry {
    pub tenant: TenantId,
    pub case: CaseId,
    pub seq: u32,
    pub stream: i64,
    pub position: i64,
    pub kind: SmolStr,
    pub event: Event,
    pub hash: [u8; 32],
}

/// A case whose clock has a step to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueCase {
    pub tenant: TenantId,
    pub case: CaseId,
    pub step_at: Instant,
    pub version: u32,
}

fn entry(row: &Row) -> Result<StreamEntry, Fault> {
    Ok(StreamEntry {
        tenant: TenantId(row.int(0)?),
        case: row.id(1)?,
        seq: u32::try_from(row.int(2)?).map_err(|why| Fault::broken("reading the stream", why))?,
        stream: row.int(3)?,
        position: row.int(4)?,
        kind: row.word(9)?,
        event: journal::read(row.text(10)?)?,
        hash: row.hash(12)?,
    })
}

impl Store {
    /// The streams of the store and their last positions.
    pub async fn streams(&self) -> Result<Vec<(i64, i64)>, Fault> {
        let rows = self.db.query(sql::STREAMS, Vec::new()).await?;
        rows.iter().map(|row| Ok((row.int(0)?, row.int(1)?))).collect()
    }

    /// Events of a stream after a position, in order, at most `limit`. The keys of their words are brought into memory.
    pub async fn events_after(
        &self,
        stream: i64,
        position: i64,
        limit: usize,
    ) -> Result<Vec<StreamEntry>, Fault> {
        let params = vec![stream.into(), position.into(), Value::Int(super::limit(limit) as i64)];
        let rows = self.db.query(sql::EVENTS_AFTER, params).await?;
        let mut names: Vec<(i64, SmolStr)> = Vec::new();
        for row in &rows {
            let tenant = row.int(0)?;
            names.extend(journal::key_names(row.text(10)?).map(|name| (tenant, name)));
        }
        names.sort();
        names.dedup();
        for of_tenant in names.chunk_by(|a, b| a.0 == b.0) {
            let list: Vec<SmolStr> = of_tenant.iter().map(|(_, name)| name.clone()).collect();
            self.load_keys(TenantId(of_tenant.first().map_or(0, |(tenant, _)| *tenant)), &list).await?;
        }
        rows.iter().map(entry).collect()
    }

    /// How far the reader `name` has come in each stream.
    pub async fn cursor(&self, tenant: TenantId, name: &str) -> Result<Vec<(i64, i64)>, Fault> {
        let rows = self.db.query(sql::CURSOR_GET, vec![tenant.into(), name.into()]).await?;
        rows.iter().map(|row| Ok((row.int(0)?, row.int(1)?))).collect()
    }

    /// Remembers how far the reader has come.
    pub async fn set_cursor(
        &self,
        tenant: TenantId,
        name: &str,
        stream: i64,
        position: i64,
    ) -> Result<(), Fault> {
        self.set_cursors(tenant, name, &[(stream, position)]).await
    }

    /// The same for several streams: all of it or nothing.
    pub async fn set_cursors(&self, tenant: TenantId, name: &str, at: &[(i64, i64)]) -> Result<(), Fault> {
        let step = |(stream, position): &(i64, i64)| -> Step {
            let params = vec![tenant.into(), name.into(), (*stream).into(), (*position).into()];
            (sql::CURSOR_SET.into(), params)
        };
        self.errand(at.iter().map(step).collect()).await.map(drop)
    }

    /// Takes or renews the lease `name` for `holder` until an instant. False while another holder has it at `now`.
    pub async fn take_lease(
        &self,
        tenant: TenantId,
        name: &str,
        holder: &str,
        now: Instant,
        until: Instant,
    ) -> Result<bool, Fault> {
        let params = vec![tenant.into(), name.into(), holder.into(), until.0.into(), now.0.into()];
        Ok(!self.run(sql::LEASE_TAKE, params).await?.rows.is_empty())
    }

    /// Gives a lease back.
    pub async fn drop_lease(&self, tenant: TenantId, name: &str, holder: &str) -> Result<(), Fault> {
        self.run(sql::LEASE_DROP, vec![tenant.into(), name.into(), holder.into()]).await?;
        Ok(())
    }

    /// Cases of all tenants with a step due at `now`, oldest first. A step is taken exactly once however many nodes ask:
    /// its command raises the case's version, and what lost the race is decided again and finds nothing due.
    pub async fn steps_due(&self, now: Instant, limit: usize) -> Result<Vec<DueCase>, Fault> {
        let rows =
            self.db.query(sql::STEPS_DUE, vec![now.0.into(), Value::Int(super::limit(limit) as i64)]).await?;
        rows.iter()
            .map(|row| {
                let version =
                    u32::try_from(row.int(3)?).map_err(|why| Fault::broken("reading a version", why))?;
                Ok(DueCase {
                    tenant: TenantId(row.int(0)?),
                    case: row.id(1)?,
                    step_at: Instant(row.int(2)?),
                    version,
                })
            })
            .collect()
    }
}
