//! Sessions: who is signed in on which device.

use huying_model::{Instant, MemberId};

use super::{SignInRow, told, whose, with};
use crate::{Fault, Store, TenantId, statements as sql, value::Row, write::Step};

/// One signed-in device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// SHA-256 of the token that the device has.
    pub hash: [u8; 32],
    pub member: MemberId,
    /// The password was right, the second factor is still missing.
    pub half: bool,
    /// Both factors were given at once, by a passkey.
    pub strong: bool,
    pub began_at: Instant,
    pub seen_at: Instant,
    /// It ends then, however busy it is.
    pub ends_at: Instant,
    /// What the browser says it is.
    pub device: String,
}

/// How the account of a session or of a key stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub locked: bool,
    /// The password has to be changed first, and opens nothing from then on.
    pub once_until: Option<Instant>,
    pub has_totp: bool,
}

impl Standing {
    /// From three columns of a row.
    pub(super) fn at(row: &Row, first: usize) -> Result<Standing, Fault> {
        Ok(Standing {
            locked: row.flag(first)?,
            once_until: row.opt_int(first + 1)?.map(Instant),
            has_totp: row.flag(first + 2)?,
        })
    }
}

fn session(row: &Row) -> Result<SessionRow, Fault> {
    Ok(SessionRow {
        hash: row.hash(0)?,
        member: MemberId::new(row.text(1)?),
        half: row.flag(2)?,
        began_at: Instant(row.int(3)?),
        seen_at: Instant(row.int(4)?),
        ends_at: Instant(row.int(5)?),
        device: row.text(6)?.to_owned(),
        strong: row.flag(7)?,
    })
}

impl Store {
    /// Begins a session. `instead_of` ends in the same breath, and the line of the log is written down in it. With that comes when the account
    /// was changed last as it was judged: where it was changed since, as by another password, nothing begins. False then.
    pub async fn add_session(
        &self,
        tenant: TenantId,
        it: &SessionRow,
        instead_of: Option<[u8; 32]>,
        came: Option<(&SignInRow, Instant)>,
    ) -> Result<bool, Fault> {
        let params = vec![
            tenant.into(),
            it.hash.into(),
            (&it.member.0).into(),
            it.half.into(),
            it.began_at.0.into(),
            it.ends_at.0.into(),
            it.device.clone().into(),
            it.strong.into(),
        ];
        let mut steps: Vec<Step> =
            vec![(sql::ACCOUNT_HOLD.into(), whose(tenant, &it.member)), (sql::SESSION_ADD.into(), params)];
        if let Some(old) = instead_of {
            steps.push((sql::SESSION_END.into(), vec![tenant.into(), old.into()]));
        }
        let Some((note, judged)) = came else {
            return self.errand(steps).await.map(|_| true);
        };
        steps.extend(told(tenant, Some(note)));
        let at = steps.len();
        let as_judged = vec![tenant.into(), it.hash.into(), (&it.member.0).into(), judged.0.into()];
        steps.push((sql::SESSION_UNDO.into(), as_judged));
        let line = vec![tenant.into(), note.at.0.into(), note.no.into(), it.hash.into()];
        steps.push((sql::SIGN_IN_UNDO.into(), line));
        Ok(self.errand(steps).await?.get(at).is_some_and(|undone| undone.changed == 0))
    }

    /// A session with how its account stands.
    pub async fn session(
        &self,
        tenant: TenantId,
        hash: [u8; 32],
    ) -> Result<Option<(SessionRow, Standing)>, Fault> {
        let rows = self.db.query(sql::SESSION_CHECK, vec![tenant.into(), hash.into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some((session(row)?, Standing::at(row, 8)?)))
    }

    /// A member's sessions, the last seen first.
    pub async fn sessions(&self, tenant: TenantId, member: &MemberId) -> Result<Vec<SessionRow>, Fault> {
        self.db.query(sql::SESSIONS, whose(tenant, member)).await?.iter().map(session).collect()
    }

    pub async fn session_seen(&self, tenant: TenantId, hash: [u8; 32], at: Instant) -> Result<(), Fault> {
        self.run(sql::SESSION_SEEN, vec![tenant.into(), hash.into(), at.0.into()]).await.map(drop)
    }

    pub async fn end_session(
        &self,
        tenant: TenantId,
        hash: [u8; 32],
        note: Option<&SignInRow>,
    ) -> Result<(), Fault> {
        let mut steps: Vec<Step> = vec![(sql::SESSION_END.into(), vec![tenant.into(), hash.into()])];
        steps.extend(told(tenant, note));
        self.errand(steps).await.map(drop)
    }

    /// Ends every session of a member but `stays`.
    pub async fn end_sessions(
        &self,
        tenant: TenantId,
        member: &MemberId,
        stays: Option<[u8; 32]>,
        note: Option<&SignInRow>,
    ) -> Result<(), Fault> {
        let but = stays.unwrap_or(super::NONE).into();
        let mut steps: Vec<Step> = vec![(sql::SESSIONS_END.into(), with(whose(tenant, member), [but]))];
        steps.extend(told(tenant, note));
        self.errand(steps).await.map(drop)
    }

    /// Drops what opens nothing any more: sessions that ended or were not seen since `silent_since`, links, keys, and failed
    /// tries from before `forgotten`.
    pub async fn purge_accounts(
        &self,
        tenant: TenantId,
        now: Instant,
        silent_since: Instant,
        forgotten: Instant,
    ) -> Result<(), Fault> {
        self.errand(vec![
            (sql::SESSIONS_PURGE.into(), vec![tenant.into(), now.0.into(), silent_since.0.into()]),
            (sql::TOKENS_PURGE.into(), vec![tenant.into(), now.0.into()]),
            (sql::API_KEYS_PURGE.into(), vec![tenant.into(), now.0.into()]),
            (sql::ATTEMPTS_PURGE.into(), vec![tenant.into(), forgotten.0.into()]),
        ])
        .await
        .map(drop)
    }
}
