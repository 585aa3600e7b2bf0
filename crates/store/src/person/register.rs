//! The register of erasures: who asked for which, who confirmed it, and whether the database was rewritten after it.

use huying_model::{CaseId, Instant, MemberId};
use smol_str::SmolStr;

use crate::{
    Fault, Store, TenantId,
    read::limit,
    statements as sql,
    value::{Row, Value},
    write::Step,
};

/// One erasure. It names a case and a number, never a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureRow {
    pub id: SmolStr,
    /// The case, or the id of a service recipient.
    pub case: CaseId,
    /// The reporter's number; None for every word of the case.
    pub reporter: Option<u16>,
    /// One of the engine's reasons.
    pub reason: SmolStr,
    /// `proposed`, `done` or `dropped`.
    pub state: SmolStr,
    pub proposed_by: MemberId,
    pub proposed_at: Instant,
    pub decided_by: Option<MemberId>,
    pub decided_at: Option<Instant>,
    /// Data keys that were destroyed.
    pub keys: i64,
    /// When the database was rewritten, so that nothing is left on free pages.
    pub scoured_at: Option<Instant>,
}

fn erasure(row: &Row) -> Result<ErasureRow, Fault> {
    let reporter = row.opt_int(2)?.map(u16::try_from).transpose();
    Ok(ErasureRow {
        id: row.word(0)?,
        case: row.id(1)?,
        reporter: reporter.map_err(|why| Fault::broken("reading an erasure", why))?,
        reason: row.word(3)?,
        state: row.word(4)?,
        proposed_by: MemberId::new(row.text(5)?),
        proposed_at: Instant(row.int(6)?),
        decided_by: row.opt_text(7)?.map(MemberId::new),
        decided_at: row.opt_int(8)?.map(Instant),
        keys: row.int(9)?,
        scoured_at: row.opt_int(10)?.map(Instant),
    })
}

fn proposed(tenant: TenantId, it: &ErasureRow) -> Vec<Value> {
    vec![
        tenant.into(),
        (&it.id).into(),
        it.case.into(),
        it.reporter.map(i64::from).into(),
        (&it.reason).into(),
        (&it.proposed_by.0).into(),
        it.proposed_at.0.into(),
    ]
}

fn decided(tenant: TenantId, was: &str, it: &ErasureRow) -> Vec<Value> {
    vec![
        tenant.into(),
        (&it.id).into(),
        (&it.state).into(),
        it.decided_by.as_ref().map(|member| member.0.clone()).into(),
        it.decided_at.map(|at| at.0).into(),
        it.keys.into(),
        was.into(),
    ]
}

/// The statements that write down an erasure that nobody had to confirm, for the transaction that carries it out.
pub(super) fn done_at_once(tenant: TenantId, it: &ErasureRow) -> [Step; 2] {
    let add: Step = (sql::ERASURE_ADD.into(), proposed(tenant, it));
    [add, (sql::ERASURE_DECIDE.into(), decided(tenant, "proposed", it))]
}

impl Store {
    /// Writes down that an erasure is proposed.
    pub async fn propose_erasure(&self, tenant: TenantId, it: &ErasureRow) -> Result<(), Fault> {
        self.run(sql::ERASURE_ADD, proposed(tenant, it)).await.map(drop)
    }

    pub async fn erasure(&self, tenant: TenantId, id: &str) -> Result<Option<ErasureRow>, Fault> {
        let rows = self.db.query(sql::ERASURE, vec![tenant.into(), id.into()]).await?;
        rows.first().map(erasure).transpose()
    }

    /// Erasures, the newest first.
    pub async fn erasures(&self, tenant: TenantId, most: usize) -> Result<Vec<ErasureRow>, Fault> {
        let params = vec![tenant.into(), (limit(most) as i64).into()];
        self.db.query(sql::ERASURES, params).await?.iter().map(erasure).collect()
    }

    /// Moves an erasure on from the state it was read in. False where somebody else was faster.
    pub async fn decide_erasure(&self, tenant: TenantId, was: &str, it: &ErasureRow) -> Result<bool, Fault> {
        Ok(self.run(sql::ERASURE_DECIDE, decided(tenant, was, it)).await?.changed == 1)
    }

    /// Whether something was erased since the database was rewritten last.
    pub async fn wants_scouring(&self) -> Result<bool, Fault> {
        let rows = self.db.query(sql::ERASURES_UNSCOURED, Vec::new()).await?;
        rows.first().map_or(Ok(false), |row| row.flag(0))
    }
}
