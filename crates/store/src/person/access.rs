//! The log of accesses: who opened which case, and what of a person was shown to whom and for what.

use huying_model::{CaseId, Instant, MemberId, UnitId};
use smol_str::SmolStr;

use crate::{Fault, Store, TenantId, read::limit, statements::accesses as sql, value::Row, write::Step};

/// One access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRow {
    pub at: Instant,
    /// Tells apart what happened in one moment; drawn at random by whoever notes it.
    pub no: i64,
    pub member: MemberId,
    /// The unit in whose name: of what was revealed, that of the seat which showed it; of what was opened, that of the first seat.
    pub unit: Option<UnitId>,
    /// The case; the id of a service recipient where `what` begins with `recipient`.
    pub case: CaseId,
    /// `opened`, `revealed` or `exported`; `recipient_revealed` or `recipient_exported`.
    pub what: SmolStr,
    pub field: Option<SmolStr>,
    pub reporter: Option<u16>,
    /// One of the engine's purposes.
    pub purpose: Option<SmolStr>,
}

/// Whose accesses are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessOf {
    Everybody,
    Case(CaseId),
    Member(MemberId),
}

fn access(row: &Row) -> Result<AccessRow, Fault> {
    let reporter = row.opt_int(7)?.map(u16::try_from).transpose();
    Ok(AccessRow {
        at: Instant(row.int(0)?),
        no: row.int(1)?,
        member: MemberId::new(row.text(2)?),
        unit: row.opt_text(3)?.map(UnitId::new),
        case: row.id(4)?,
        what: row.word(5)?,
        field: row.opt_word(6)?,
        reporter: reporter.map_err(|why| Fault::broken("reading an access", why))?,
        purpose: row.opt_word(8)?,
    })
}

pub(super) fn step(tenant: TenantId, row: &AccessRow) -> Step {
    let params = vec![
        tenant.into(),
        row.at.0.into(),
        row.no.into(),
        (&row.member.0).into(),
        row.unit.as_ref().map(|unit| unit.0.clone()).into(),
        row.case.into(),
        (&row.what).into(),
        row.field.clone().into(),
        row.reporter.map(i64::from).into(),
        row.purpose.clone().into(),
    ];
    (sql::ACCESS_ADD.into(), params)
}

impl Store {
    /// Writes accesses down, together.
    pub async fn note_accesses(&self, tenant: TenantId, rows: &[AccessRow]) -> Result<(), Fault> {
        self.errand(rows.iter().map(|row| step(tenant, row)).collect()).await.map(drop)
    }

    /// Accesses from an instant on, newest first, before the place of the one that was read last.
    pub async fn accesses(
        &self,
        tenant: TenantId,
        of: &AccessOf,
        from: Instant,
        before: (Instant, i64),
        most: usize,
    ) -> Result<Vec<AccessRow>, Fault> {
        let mut params = vec![
            tenant.into(),
            from.0.into(),
            before.0.0.into(),
            before.1.into(),
            (limit(most) as i64).into(),
        ];
        let text = match of {
            AccessOf::Everybody => sql::ACCESSES,
            AccessOf::Case(case) => {
                params.push((*case).into());
                sql::ACCESSES_OF_CASE
            }
            AccessOf::Member(member) => {
                params.push((&member.0).into());
                sql::ACCESSES_OF_MEMBER
            }
        };
        self.db.query(text, params).await?.iter().map(access).collect()
    }

    /// What of a case's reporters was shown on request, newest first: all of it, however often the case was opened since.
    pub async fn accesses_shown(&self, tenant: TenantId, case: CaseId) -> Result<Vec<AccessRow>, Fault> {
        let rows = self.db.query(sql::ACCESSES_SHOWN, vec![tenant.into(), case.into()]).await?;
        rows.iter().map(access).collect()
    }

    /// Drops accesses before an instant. Returns how many.
    pub async fn purge_accesses(&self, tenant: TenantId, before: Instant) -> Result<u64, Fault> {
        Ok(self.run(sql::ACCESS_PURGE, vec![tenant.into(), before.0.into()]).await?.changed)
    }
}
