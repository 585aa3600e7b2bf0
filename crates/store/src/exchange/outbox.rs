//! What is told to partners: one row for each event and partner, in the order of its case.

use huying_model::{CaseId, Instant};
use smol_str::SmolStr;

use super::Count;
use crate::{
    Fault, Store, TenantId,
    read::limit,
    statements::exchange as sql,
    value::{Row, Value},
    write::Step,
};

/// A message to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOut {
    pub partner: SmolStr,
    pub case: CaseId,
    /// Made of partner, case and event; a second one with the same id is not added.
    pub id: SmolStr,
    pub kind: SmolStr,
    /// The event it tells of, and where that stands in its stream.
    pub seq: u32,
    pub stream: i64,
    pub position: i64,
    pub at: Instant,
    /// Why, where that is not the event's own reason.
    pub reason: Option<String>,
}

/// A message that is told or was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutRow {
    pub case: CaseId,
    /// Its place among what this partner is told of the case, from 1.
    pub no: i64,
    pub id: SmolStr,
    pub kind: SmolStr,
    pub seq: u32,
    pub stream: i64,
    pub position: i64,
    pub at: Instant,
    /// `waiting`, `done`, `dead` or `aside`.
    pub state: SmolStr,
    pub attempts: i64,
    pub due_at: Instant,
    pub done_at: Option<Instant>,
    /// How the last try failed.
    pub error: Option<String>,
    /// What the partner is told as the reason, where that is not the event's own.
    pub reason: Option<String>,
}

/// From where on what was told is told again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    Since(Instant),
    Position { stream: i64, position: i64 },
    Sequence { case: CaseId, no: i64 },
}

fn out(row: &Row) -> Result<OutRow, Fault> {
    Ok(OutRow {
        case: row.id(0)?,
        no: row.int(1)?,
        id: row.word(2)?,
        kind: row.word(3)?,
        seq: u32::try_from(row.int(4)?).map_err(|why| Fault::broken("reading an exchange", why))?,
        stream: row.int(5)?,
        position: row.int(6)?,
        at: Instant(row.int(7)?),
        state: row.word(8)?,
        attempts: row.int(9)?,
        due_at: Instant(row.int(10)?),
        done_at: row.opt_int(11)?.map(Instant),
        error: row.opt_text(12)?.map(str::to_owned),
        reason: row.opt_text(13)?.map(str::to_owned),
    })
}

pub(super) fn count(row: &Row) -> Result<Count, Fault> {
    Ok(Count { partner: row.word(0)?, state: row.word(1)?, count: row.int(2)? })
}

fn of(tenant: TenantId, partner: &SmolStr, row: &OutRow) -> Vec<Value> {
    vec![tenant.into(), partner.into(), row.case.into(), row.no.into()]
}

impl Store {
    /// Puts messages behind those of their cases, each id once.
    pub async fn add_out(&self, tenant: TenantId, new: &[NewOut]) -> Result<u64, Fault> {
        let add = |it: &NewOut| -> Step {
            let params = vec![
                tenant.into(),
                (&it.partner).into(),
                it.case.into(),
                (&it.id).into(),
                (&it.kind).into(),
                it.seq.into(),
                it.stream.into(),
                it.position.into(),
                it.at.0.into(),
                it.reason.clone().into(),
            ];
            (sql::OUT_ADD.into(), params)
        };
        let done = self.errand(new.iter().map(add).collect()).await?;
        Ok(done.iter().map(|done| done.changed).sum())
    }

    /// The newest event of a case that a partner is told, by its number; None where it is told nothing.
    pub async fn out_last(
        &self,
        tenant: TenantId,
        partner: &SmolStr,
        case: CaseId,
    ) -> Result<Option<u32>, Fault> {
        let params = vec![tenant.into(), partner.into(), case.into()];
        let rows = self.db.query(sql::OUT_LAST, params).await?;
        let last = rows.first().map_or(Ok(None), |row| row.opt_int(0))?;
        last.map(u32::try_from).transpose().map_err(|why| Fault::broken("reading an exchange", why))
    }

    /// What may be sent to a partner now: of each case the first that is not done.
    pub async fn out_due(
        &self,
        tenant: TenantId,
        partner: &SmolStr,
        now: Instant,
        most: usize,
    ) -> Result<Vec<OutRow>, Fault> {
        let params = vec![tenant.into(), partner.into(), now.0.into(), Value::Int(limit(most) as i64)];
        self.db.query(sql::OUT_DUE, params).await?.iter().map(out).collect()
    }

    /// They were taken.
    pub async fn out_done(
        &self,
        tenant: TenantId,
        partner: &SmolStr,
        rows: &[OutRow],
        at: Instant,
    ) -> Result<(), Fault> {
        let done = |row: &OutRow| -> Step {
            let mut params = of(tenant, partner, row);
            params.push(at.0.into());
            (sql::OUT_DONE.into(), params)
        };
        self.errand(rows.iter().map(done).collect()).await.map(drop)
    }

    /// One was not taken and is due again later.
    pub async fn out_later(
        &self,
        tenant: TenantId,
        partner: &SmolStr,
        row: &OutRow,
        due: Instant,
        why: &str,
    ) -> Result<(), Fault> {
        self.out_behind(tenant, partner, (&[(row, due)], true), why).await
    }

    /// Several were not taken and are due again later, each at its time; `counts` says whether that was their own failure.
    pub async fn out_behind(
        &self,
        tenant: TenantId,
        partner: &SmolStr,
        (rows, counts): (&[(&OutRow, Instant)], bool),
        why: &str,
    ) -> Result<(), Fault> {
        let later = |(row, due): &(&OutRow, Instant)| -> Step {
            let mut params = of(tenant, partner, row);
            params.extend([due.0.into(), why.into(), i64::from(counts).into()]);
            (sql::OUT_LATER.into(), params)
        };
        self.errand(rows.iter().map(later).collect()).await.map(drop)
    }

    /// One will not be taken as it is: it stops its case until a person decides.
    pub async fn out_dead(
        &self,
        tenant: TenantId,
        partner: &SmolStr,
        row: &OutRow,
        why: &str,
    ) -> Result<(), Fault> {
        let mut params = of(tenant, partner, row);
        params.push(why.into());
        self.run(sql::OUT_DEAD, params).await.map(drop)
    }

    /// A person has decided on one that is dead or waits: `waiting` again, perhaps as another kind with a reason, or `aside`. False
    /// where there is none.
    pub async fn settle_out(
        &self,
        tenant: TenantId,
        partner: &str,
        id: &str,
        (state, kind, why): (&str, Option<&str>, Option<&str>),
    ) -> Result<bool, Fault> {
        let params = vec![
            tenant.into(),
            partner.into(),
            id.into(),
            state.into(),
            kind.map(str::to_owned).into(),
            why.map(str::to_owned).into(),
        ];
        Ok(self.run(sql::OUT_SETTLE, params).await?.changed == 1)
    }

    /// What was told is told again from there on. Answers how many.
    pub async fn out_again(&self, tenant: TenantId, partner: &str, from: Again) -> Result<u64, Fault> {
        let mut params: Vec<Value> = vec![tenant.into(), partner.into()];
        let text = match from {
            Again::Since(at) => {
                params.push(at.0.into());
                sql::OUT_AGAIN_SINCE
            }
            Again::Position { stream, position } => {
                params.extend([stream.into(), position.into()]);
                sql::OUT_AGAIN_FROM
            }
            Again::Sequence { case, no } => {
                params.extend([case.into(), no.into()]);
                sql::OUT_AGAIN_OF_CASE
            }
        };
        Ok(self.run(text, params).await?.changed)
    }

    /// Messages in one state that were tried so often at least, oldest first.
    pub async fn out_list(
        &self,
        tenant: TenantId,
        partner: &str,
        (state, tried): (&str, i64),
        most: usize,
    ) -> Result<Vec<OutRow>, Fault> {
        let most = Value::Int(limit(most) as i64);
        let params = vec![tenant.into(), partner.into(), state.into(), tried.into(), most];
        self.db.query(sql::OUT_LIST, params).await?.iter().map(out).collect()
    }

    /// What a partner is told of a case, in its order.
    pub async fn out_of_case(
        &self,
        tenant: TenantId,
        partner: &str,
        case: CaseId,
    ) -> Result<Vec<OutRow>, Fault> {
        let params = vec![tenant.into(), partner.into(), case.into()];
        self.db.query(sql::OUT_OF_CASE, params).await?.iter().map(out).collect()
    }

    /// How many messages to each partner stand in each state but `done`.
    pub async fn out_counts(&self, tenant: TenantId) -> Result<Vec<Count>, Fault> {
        self.db.query(sql::OUT_COUNTS, vec![tenant.into()]).await?.iter().map(count).collect()
    }
}
