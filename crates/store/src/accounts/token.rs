//! Links that are used once: invitations and resets.

use huying_model::{Instant, MemberId};
use smol_str::SmolStr;

use super::{SignInRow, told, whose, with};
use crate::{Fault, Store, TenantId, statements as sql, value::Row, write::Step};

/// What a link is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    pub member: MemberId,
    /// The engine's own word.
    pub purpose: SmolStr,
    pub ends_at: Instant,
}

fn token(row: &Row) -> Result<TokenRow, Fault> {
    Ok(TokenRow { member: MemberId::new(row.text(0)?), purpose: row.word(1)?, ends_at: Instant(row.int(2)?) })
}

impl Store {
    /// Keeps a link by its SHA-256. It is the member's only one: an older one opens nothing any more.
    pub async fn add_token(
        &self,
        tenant: TenantId,
        hash: [u8; 32],
        it: &TokenRow,
        note: Option<&SignInRow>,
    ) -> Result<(), Fault> {
        let params = vec![
            tenant.into(),
            hash.into(),
            (&it.member.0).into(),
            (&it.purpose).into(),
            it.ends_at.0.into(),
        ];
        let mut steps: Vec<Step> =
            vec![(sql::TOKENS_DROP.into(), whose(tenant, &it.member)), (sql::TOKEN_ADD.into(), params)];
        steps.extend(told(tenant, note));
        self.errand(steps).await.map(drop)
    }

    /// What a link is for, while it opens something.
    pub async fn token(
        &self,
        tenant: TenantId,
        hash: [u8; 32],
        now: Instant,
    ) -> Result<Option<TokenRow>, Fault> {
        let rows = self.db.query(sql::TOKEN_READ, vec![tenant.into(), hash.into(), now.0.into()]).await?;
        rows.first().map(token).transpose()
    }

    /// Takes a member's link up: the password is set, every session, key of programs and passkey ends, and the link is used up, all of it
    /// or nothing. False where the link opens nothing (any more): whoever comes second gets nothing.
    pub async fn take_up_link(
        &self,
        tenant: TenantId,
        (link, member): ([u8; 32], &MemberId),
        password: &str,
        note: &SignInRow,
    ) -> Result<bool, Fault> {
        let now = note.at;
        let here = || with(whose(tenant, member), [now.0.into(), link.into()]);
        let set = with(whose(tenant, member), [password.into(), now.0.into(), link.into()]);
        let told = [
            link.into(),
            now.0.into(),
            note.no.into(),
            (&note.what).into(),
            note.device.clone().into(),
            (&note.network).into(),
        ];
        let done = self
            .errand(vec![
                // The account first, like whoever else changes it: of two that begin at other ends each would wait for the other.
                (sql::ACCOUNT_HOLD.into(), whose(tenant, member)),
                (sql::LINK_HOLD.into(), vec![tenant.into(), link.into()]),
                (sql::LINK_PASSWORD.into(), set),
                (sql::LINK_SESSIONS_END.into(), here()),
                (sql::LINK_API_KEYS_DROP.into(), here()),
                (sql::LINK_PASSKEYS_DROP.into(), here()),
                (sql::LINK_NOTE.into(), with(whose(tenant, member), told)),
                (sql::TOKEN_USE.into(), vec![tenant.into(), link.into(), now.0.into()]),
            ])
            .await?;
        Ok(done.get(2).is_some_and(|done| done.changed == 1))
    }
}
