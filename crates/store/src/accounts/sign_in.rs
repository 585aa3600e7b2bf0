//! The log of sign-ins: how accounts were come in by, and what was tried in vain.
//!
//! What stands by itself is one row. What others can make happen as often as they like is counted: one row for an account, an hour and
//! a way, so that a flood of failures fills nothing. Start at [`SignInRow`].

use huying_model::{Instant, MemberId};
use smol_str::SmolStr;

use crate::{
    Fault, Store, TenantId,
    read::limit,
    statements as sql,
    value::{Row, Value},
    write::Step,
};

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInRow {
    /// Of what is counted: the first of the hour.
    pub at: Instant,
    /// Tells apart what happened in one moment; whoever notes it draws it.
    pub no: i64,
    /// None for a name that nobody has.
    pub member: Option<MemberId>,
    /// The engine's own words.
    pub what: SmolStr,
    pub way: SmolStr,
    /// What the browser says it is; of what is counted, the last one.
    pub device: String,
    /// The network without the last part of the address; of what is counted, the last one.
    pub network: SmolStr,
    /// 1, or how often in the hour.
    pub times: i64,
    pub last_at: Instant,
    /// Somebody else who did it to the account.
    pub asked_by: Option<MemberId>,
    /// When the hour began in which it is counted; None for what stands by itself.
    pub hour: Option<Instant>,
}

/// Which lines are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInsOf {
    /// Of this member; None for everybody's, with those of nobody.
    pub member: Option<MemberId>,
    /// One of the engine's words; empty for every line.
    pub what: SmolStr,
    pub from: Instant,
    /// The place of the line that was read last.
    pub before: (Instant, i64),
}

/// Sign-ins of a member before one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    pub all: i64,
    /// With the same device from the same network.
    pub alike: i64,
    /// Since an instant.
    pub lately: i64,
}

fn sign_in(row: &Row) -> Result<SignInRow, Fault> {
    Ok(SignInRow {
        at: Instant(row.int(0)?),
        no: row.int(1)?,
        member: Some(row.text(2)?).filter(|member| !member.is_empty()).map(MemberId::new),
        what: row.word(3)?,
        way: row.word(4)?,
        device: row.text(5)?.to_owned(),
        network: row.word(6)?,
        times: row.int(7)?,
        last_at: Instant(row.int(8)?),
        asked_by: row.opt_text(9)?.map(MemberId::new),
        hour: row.opt_int(10)?.map(Instant),
    })
}

/// The step that writes a line down, or counts it.
pub(super) fn noted(tenant: TenantId, row: &SignInRow) -> Step {
    let params: Vec<Value> = vec![
        tenant.into(),
        row.at.0.into(),
        row.no.into(),
        row.member.as_ref().map_or("", MemberId::as_str).into(),
        (&row.what).into(),
        (&row.way).into(),
        row.device.clone().into(),
        (&row.network).into(),
        row.times.into(),
        row.last_at.0.into(),
        row.asked_by.as_ref().map(|member| member.0.clone()).into(),
        row.hour.map(|hour| hour.0).into(),
    ];
    (sql::SIGN_IN_NOTE.into(), params)
}

impl Store {
    /// Writes lines down, together.
    pub async fn note_sign_ins(&self, tenant: TenantId, rows: &[SignInRow]) -> Result<(), Fault> {
        if rows.is_empty() {
            return Ok(());
        }
        self.errand(rows.iter().map(|row| noted(tenant, row)).collect()).await.map(drop)
    }

    /// Lines of the log, newest first.
    pub async fn sign_ins(
        &self,
        tenant: TenantId,
        of: &SignInsOf,
        most: usize,
    ) -> Result<Vec<SignInRow>, Fault> {
        let mut params: Vec<Value> = vec![
            tenant.into(),
            of.from.0.into(),
            of.before.0.0.into(),
            of.before.1.into(),
            (limit(most) as i64).into(),
            (&of.what).into(),
        ];
        let text = match &of.member {
            None => sql::SIGN_INS,
            Some(member) => {
                params.push((&member.0).into());
                sql::SIGN_INS_OF_MEMBER
            }
        };
        self.db.query(text, params).await?.iter().map(sign_in).collect()
    }

    /// What the log knows of sign-ins of a member before this one.
    pub async fn sign_ins_before(
        &self,
        tenant: TenantId,
        member: &MemberId,
        one: &SignInRow,
        since: Instant,
    ) -> Result<Before, Fault> {
        let params: Vec<Value> = vec![
            tenant.into(),
            (&member.0).into(),
            one.at.0.into(),
            one.no.into(),
            one.device.clone().into(),
            (&one.network).into(),
            since.0.into(),
        ];
        let rows = self.db.query(sql::SIGN_INS_BEFORE, params).await?;
        let read = |row: &Row| Ok(Before { all: row.int(0)?, alike: row.int(1)?, lately: row.int(2)? });
        rows.first().map_or(Ok(Before::default()), read)
    }

    /// Drops lines before an instant. Returns how many.
    pub async fn purge_sign_ins(&self, tenant: TenantId, before: Instant) -> Result<u64, Fault> {
        Ok(self.run(sql::SIGN_IN_PURGE, vec![tenant.into(), before.0.into()]).await?.changed)
    }
}
