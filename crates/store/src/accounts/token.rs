//! Links that are used once: invitations and resets.

use huying_model::{Instant, MemberId};
use smol_str::SmolStr;

use super::whose;
use crate::{Fault, Store, TenantId, statements as sql, value::Row};

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
    pub async fn add_token(&self, tenant: TenantId, hash: [u8; 32], it: &TokenRow) -> Result<(), Fault> {
        let params = vec![
            tenant.into(),
            hash.into(),
            (&it.member.0).into(),
            (&it.purpose).into(),
            it.ends_at.0.into(),
        ];
        let drop_old = (sql::TOKENS_DROP.into(), whose(tenant, &it.member));
        self.errand(vec![drop_old, (sql::TOKEN_ADD.into(), params)]).await.map(drop)
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

    /// Uses a link up. Whoever comes second gets nothing.
    pub async fn use_token(
        &self,
        tenant: TenantId,
        hash: [u8; 32],
        now: Instant,
    ) -> Result<Option<TokenRow>, Fault> {
        let done = self.run(sql::TOKEN_USE, vec![tenant.into(), hash.into(), now.0.into()]).await?;
        done.rows.first().map(token).transpose()
    }
}
