//! The journal's proof: every chain recomputed, every stream without a gap.
//!
//! It needs no key: hashes cover the ciphertext. Start with [`Store::audit`].

use huying_model::CaseId;

use crate::{
    Fault, Store, TenantId, journal,
    rebuild::derive::Journal,
    statements as sql,
    write::{EventRow, Ref},
};

/// The first thing that is wrong with a case's chain, or a gap of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Breach {
    /// The entry's hash is not that of its content.
    Changed { tenant: TenantId, case: CaseId, seq: i64 },
    /// The entry does not follow the one before: one was left out, put in or exchanged.
    Unchained { tenant: TenantId, case: CaseId, seq: i64 },
    /// A position of a stream is missing or stands twice.
    Gap { stream: i64, position: i64 },
}

impl std::fmt::Display for Breach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Breach::Changed { case, seq, .. } => write!(f, "entry {seq} of case {case} was changed"),
            Breach::Unchained { case, seq, .. } => {
                write!(f, "entry {seq} of case {case} does not follow the one before")
            }
            Breach::Gap { stream, position } => {
                write!(f, "position {position} of stream {stream} is missing")
            }
        }
    }
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditReport {
    pub events: u64,
    pub cases: u64,
    /// Entries that say they were received before they were recorded: rightly so in an import of old cases, and nowhere else.
    pub earlier: u64,
    /// The first breach of each case, and the first gap of each stream.
    pub breaches: Vec<Breach>,
}

impl AuditReport {
    /// Whether every proof holds.
    pub fn clean(&self) -> bool {
        self.breaches.is_empty()
    }
}

/// One case's chain so far.
struct Chain {
    at: Ref,
    seq: i64,
    head: [u8; 32],
    broken: bool,
}

impl Chain {
    fn take(&mut self, row: &EventRow) -> Option<Breach> {
        let (tenant, case, seq) = (row.tenant, row.case, row.seq);
        let breach = if row.prev != self.head || seq != self.seq + 1 {
            Some(Breach::Unchained { tenant, case, seq })
        } else if journal::hash(row) != row.hash {
            Some(Breach::Changed { tenant, case, seq })
        } else {
            None
        };
        self.seq = seq;
        self.head = row.hash;
        breach
    }
}

const STEP: i64 = 5000;
/// Under this cursor of the whole store stands up to which position a stream holds one tenant of several.
pub(crate) const TAKEN_IN: (TenantId, &str) = (TenantId(0), "taken-in");

impl Store {
    /// Recomputes every hash chain and looks for gaps in every stream. `progress` hears the events so far.
    pub async fn audit(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<AuditReport, Fault> {
        let mut report = AuditReport::default();
        let mut chain: Option<Chain> = None;
        let mut journal = Journal::of(self);
        loop {
            let rows = journal.next().await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                report.events += 1;
                report.earlier += u64::from(row.received_at < row.recorded_at);
                let at = (row.tenant, row.case);
                if chain.as_ref().is_none_or(|chain| chain.at != at) {
                    report.cases += 1;
                    chain = Some(Chain { at, seq: 0, head: journal::GENESIS, broken: false });
                }
                let Some(chain) = chain.as_mut().filter(|chain| !chain.broken) else { continue };
                if let Some(breach) = chain.take(row) {
                    chain.broken = true;
                    report.breaches.push(breach);
                }
            }
            progress(report.events);
        }
        for (stream, last) in self.streams().await? {
            report.breaches.extend(self.gap(stream, last).await?);
        }
        Ok(report)
    }

    /// The first position that is missing up to `last`, or the first beyond it. Where one tenant was taken out of a store of several, the
    /// positions of the others are not there; behind them there is no gap again.
    pub(crate) async fn gap(&self, stream: i64, last: i64) -> Result<Option<Breach>, Fault> {
        let (whole, name) = TAKEN_IN;
        let taken = self.cursor(whole, name).await?.into_iter().find(|(of, _)| *of == stream);
        let alone = taken.map_or(0, |(_, end)| end);
        let mut at = 0;
        loop {
            let rows =
                self.db.query(sql::POSITIONS_AFTER, vec![stream.into(), at.into(), STEP.into()]).await?;
            for row in &rows {
                let position = row.int(0)?;
                if (position != at + 1 && position > alone) || position > last {
                    return Ok(Some(Breach::Gap { stream, position: at + 1 }));
                }
                at = position;
            }
            if rows.is_empty() {
                return Ok((at != last).then_some(Breach::Gap { stream, position: at + 1 }));
            }
        }
    }
}
