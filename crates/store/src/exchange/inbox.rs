//! What partners told: each message once, in hand until it was applied, parked where it cannot be, and pushed figures.

use huying_model::{CaseId, Instant};
use smol_str::SmolStr;

use super::{Count, outbox::count};
use crate::{
    Fault, Key, Store, TenantId,
    read::limit,
    statements::exchange as sql,
    value::{Row, Value},
    write::Step,
};

/// A message that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIn {
    pub source: String,
    pub id: String,
    /// The number of the case.
    pub subject: SmolStr,
    /// Its place among what is told of the subject, from 1; None where the partner does not count.
    pub no: Option<i64>,
    pub kind: SmolStr,
    pub sent_at: Instant,
    /// Sealed.
    pub body: Vec<u8>,
}

/// A message that came in, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InRow {
    pub partner: SmolStr,
    pub source: String,
    pub id: String,
    pub subject: SmolStr,
    pub no: Option<i64>,
    pub kind: SmolStr,
    pub sent_at: Instant,
    pub received_at: Instant,
    /// `waiting`, `done`, `parked` or `aside`; `files` where it was applied and files are still to be fetched, `lost` where they were
    /// given up.
    pub state: SmolStr,
    pub attempts: i64,
    pub due_at: Instant,
    pub done_at: Option<Instant>,
    /// Why it is parked, for programs.
    pub code: Option<SmolStr>,
    pub error: Option<String>,
    pub case: Option<CaseId>,
    pub body: Vec<u8>,
}

/// Figures of a partner for a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigureRow {
    /// Such as `2026-05-12`.
    pub period: SmolStr,
    pub made_at: Instant,
    pub received_at: Instant,
    /// JSON.
    pub body: String,
}

fn came(row: &Row) -> Result<InRow, Fault> {
    Ok(InRow {
        partner: row.word(0)?,
        source: row.text(1)?.to_owned(),
        id: row.text(2)?.to_owned(),
        subject: row.word(3)?,
        no: row.opt_int(4)?,
        kind: row.word(5)?,
        sent_at: Instant(row.int(6)?),
        received_at: Instant(row.int(7)?),
        state: row.word(8)?,
        attempts: row.int(9)?,
        due_at: Instant(row.int(10)?),
        done_at: row.opt_int(11)?.map(Instant),
        code: row.opt_word(12)?,
        error: row.opt_text(13)?.map(str::to_owned),
        case: row.opt_id(14)?,
        body: row.blob(15)?.to_vec(),
    })
}

fn of(tenant: TenantId, row: &InRow) -> Vec<Value> {
    vec![tenant.into(), (&row.partner).into(), row.source.clone().into(), row.id.clone().into()]
}

impl Store {
    /// Keeps messages durably, all or none. What was applied before is left alone. Answers for each whether it is to be applied.
    pub async fn add_in(
        &self,
        tenant: TenantId,
        partner: &SmolStr,
        new: &[NewIn],
        now: Instant,
    ) -> Result<Vec<bool>, Fault> {
        let add = |it: &NewIn| -> Step {
            let params = vec![
                tenant.into(),
                partner.into(),
                it.source.clone().into(),
                it.id.clone().into(),
                (&it.subject).into(),
                it.no.into(),
                (&it.kind).into(),
                it.sent_at.0.into(),
                now.0.into(),
                it.body.clone().into(),
            ];
            (sql::IN_ADD.into(), params)
        };
        let done = self.errand(new.iter().map(add).collect()).await?;
        Ok(done.iter().map(|done| done.changed > 0).collect())
    }

    /// Messages of a partner that may be applied now.
    pub async fn in_due(
        &self,
        tenant: TenantId,
        partner: &SmolStr,
        now: Instant,
        most: usize,
    ) -> Result<Vec<InRow>, Fault> {
        let params = vec![tenant.into(), partner.into(), now.0.into(), Value::Int(limit(most) as i64)];
        self.db.query(sql::IN_DUE, params).await?.iter().map(came).collect()
    }

    /// Messages of a partner that were applied but for files which are to be fetched now.
    pub async fn in_late(
        &self,
        tenant: TenantId,
        partner: &SmolStr,
        now: Instant,
        most: usize,
    ) -> Result<Vec<InRow>, Fault> {
        let params = vec![tenant.into(), partner.into(), now.0.into(), Value::Int(limit(most) as i64)];
        self.db.query(sql::IN_LATE, params).await?.iter().map(came).collect()
    }

    /// It was applied to a case, but for files: they are fetched at `due`, or given up where that is None, and then its content goes. Where it
    /// came once more since it was read, nothing changes: it is due as it came.
    pub async fn in_files(
        &self,
        tenant: TenantId,
        row: &InRow,
        (case, due): (Option<CaseId>, Option<Instant>),
        why: &str,
    ) -> Result<(), Fault> {
        let (state, due) = due.map_or(("lost", i64::MAX), |due| ("files", due.0));
        let nothing: Vec<u8> = Vec::new();
        let mut params = of(tenant, row);
        params.extend([state.into(), due.into(), why.into(), case.into(), nothing.into()]);
        params.push(row.received_at.0.into());
        self.run(sql::IN_FILES, params).await.map(drop)
    }

    /// It was applied, with what is to be noted of it; its content goes. Where only files were missing and it came once more since it was
    /// read, nothing changes: it is due as it came.
    pub async fn in_done(
        &self,
        tenant: TenantId,
        row: &InRow,
        (case, note): (Option<CaseId>, Option<&str>),
        at: Instant,
    ) -> Result<(), Fault> {
        let mut params = of(tenant, row);
        let nothing: Vec<u8> = Vec::new();
        params.extend([at.0.into(), note.map(str::to_owned).into(), case.into(), nothing.into()]);
        params.push(row.received_at.0.into());
        self.run(sql::IN_DONE, params).await.map(drop)
    }

    /// It could not be applied just now.
    pub async fn in_later(
        &self,
        tenant: TenantId,
        row: &InRow,
        due: Instant,
        why: &str,
    ) -> Result<(), Fault> {
        let mut params = of(tenant, row);
        params.extend([due.0.into(), why.into()]);
        self.run(sql::IN_LATER, params).await.map(drop)
    }

    /// It cannot be applied as it is: a person decides.
    pub async fn in_park(&self, tenant: TenantId, row: &InRow, code: &str, why: &str) -> Result<(), Fault> {
        let mut params = of(tenant, row);
        params.extend([code.into(), why.into()]);
        self.run(sql::IN_PARK, params).await.map(drop)
    }

    /// A person has decided on one that waits or is parked; of one that is set aside the content goes. False where there is none.
    pub async fn settle_in(
        &self,
        tenant: TenantId,
        (partner, id): (&str, &str),
        (state, code, why): (&str, Option<&str>, Option<&str>),
    ) -> Result<bool, Fault> {
        let params = vec![
            tenant.into(),
            partner.into(),
            id.into(),
            state.into(),
            code.map(str::to_owned).into(),
            why.map(str::to_owned).into(),
            Value::Blob(Vec::new()),
        ];
        Ok(self.run(sql::IN_SETTLE, params).await?.changed > 0)
    }

    /// Messages of a partner in one state, oldest first.
    pub async fn in_list(
        &self,
        tenant: TenantId,
        partner: &str,
        state: &str,
        most: usize,
    ) -> Result<Vec<InRow>, Fault> {
        let params = vec![tenant.into(), partner.into(), state.into(), Value::Int(limit(most) as i64)];
        self.db.query(sql::IN_LIST, params).await?.iter().map(came).collect()
    }

    /// How many messages of each partner stand in each state but `done`.
    pub async fn in_counts(&self, tenant: TenantId) -> Result<Vec<Count>, Fault> {
        self.db.query(sql::IN_COUNTS, vec![tenant.into()]).await?.iter().map(count).collect()
    }

    /// Whether a command was stored under this key.
    pub async fn key_is_used(&self, tenant: TenantId, key: &Key) -> Result<bool, Fault> {
        let params = vec![tenant.into(), (&key.member).into(), (&key.key).into()];
        Ok(!self.db.query(crate::statements::USED_KEY, params).await?.is_empty())
    }

    /// Keeps the figures of a period; older ones than those that are kept change nothing.
    pub async fn put_figures(
        &self,
        tenant: TenantId,
        partner: &SmolStr,
        it: &FigureRow,
    ) -> Result<bool, Fault> {
        let params = vec![
            tenant.into(),
            partner.into(),
            (&it.period).into(),
            it.made_at.0.into(),
            it.received_at.0.into(),
            it.body.clone().into(),
        ];
        Ok(self.run(sql::FIGURE_PUT, params).await?.changed == 1)
    }

    /// Figures of a partner before a period, the newest first.
    pub async fn figures(
        &self,
        tenant: TenantId,
        partner: &str,
        before: &str,
        most: usize,
    ) -> Result<Vec<FigureRow>, Fault> {
        let params = vec![tenant.into(), partner.into(), before.into(), Value::Int(limit(most) as i64)];
        let rows = self.db.query(sql::FIGURES, params).await?;
        let read = |row: &Row| {
            Ok(FigureRow {
                period: row.word(0)?,
                made_at: Instant(row.int(1)?),
                received_at: Instant(row.int(2)?),
                body: row.text(3)?.to_owned(),
            })
        };
        rows.iter().map(read).collect()
    }
}
