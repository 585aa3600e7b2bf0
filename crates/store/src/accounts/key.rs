//! Keys of programs.

use huying_model::{Instant, MemberId};
use smol_str::SmolStr;

use super::{SignInRow, Standing, told, whose, with};
use crate::{Fault, Store, TenantId, statements as sql, value::Row, write::Step};

/// A key that a program comes in with, in a member's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRow {
    pub id: SmolStr,
    pub member: MemberId,
    pub name: String,
    /// The engine's own words, with blanks between.
    pub scopes: String,
    pub made_at: Instant,
    pub ends_at: Instant,
    pub used_at: Option<Instant>,
}

fn key(row: &Row) -> Result<ApiKeyRow, Fault> {
    Ok(ApiKeyRow {
        id: row.word(0)?,
        member: MemberId::new(row.text(1)?),
        name: row.text(2)?.to_owned(),
        scopes: row.text(3)?.to_owned(),
        made_at: Instant(row.int(4)?),
        ends_at: Instant(row.int(5)?),
        used_at: row.opt_int(6)?.map(Instant),
    })
}

impl Store {
    /// Keeps a key by its SHA-256. With the line of the log comes when the account was changed last as it was judged. False where it was changed
    /// since; then nothing is kept.
    pub async fn add_api_key(
        &self,
        tenant: TenantId,
        hash: [u8; 32],
        it: &ApiKeyRow,
        came: Option<(&SignInRow, Instant)>,
    ) -> Result<bool, Fault> {
        let params = vec![
            tenant.into(),
            hash.into(),
            (&it.id).into(),
            (&it.member.0).into(),
            it.name.clone().into(),
            it.scopes.clone().into(),
            it.made_at.0.into(),
            it.ends_at.0.into(),
        ];
        let mut steps: Vec<Step> = vec![(sql::API_KEY_ADD.into(), params)];
        let Some((note, judged)) = came else {
            return self.errand(steps).await.map(|_| true);
        };
        steps.extend(told(tenant, Some(note)));
        Ok(self.as_judged(tenant, &it.member, judged, steps).await?.is_some())
    }

    /// The key with this SHA-256, while it and its member's account open something, with how the account stands.
    pub async fn api_key(
        &self,
        tenant: TenantId,
        hash: [u8; 32],
        now: Instant,
    ) -> Result<Option<(ApiKeyRow, Standing)>, Fault> {
        let rows = self.db.query(sql::API_KEY_CHECK, vec![tenant.into(), hash.into(), now.0.into()]).await?;
        rows.first().map(|row| Ok((key(row)?, Standing::at(row, 7)?))).transpose()
    }

    /// A member's keys, the oldest first.
    pub async fn api_keys(&self, tenant: TenantId, member: &MemberId) -> Result<Vec<ApiKeyRow>, Fault> {
        self.db.query(sql::API_KEYS, whose(tenant, member)).await?.iter().map(key).collect()
    }

    pub async fn api_key_used(&self, tenant: TenantId, id: &SmolStr, at: Instant) -> Result<(), Fault> {
        self.run(sql::API_KEY_USED, vec![tenant.into(), id.into(), at.0.into()]).await.map(drop)
    }

    /// Takes a key back. False where the member has none of this id.
    pub async fn drop_api_key(&self, tenant: TenantId, member: &MemberId, id: &str) -> Result<bool, Fault> {
        let done = self.run(sql::API_KEY_DROP, with(whose(tenant, member), [id.into()])).await?;
        Ok(done.changed == 1)
    }

    /// Keys of everybody, the oldest first.
    pub async fn all_api_keys(&self, tenant: TenantId) -> Result<Vec<ApiKeyRow>, Fault> {
        self.db.query(sql::API_KEYS_ALL, vec![tenant.into()]).await?.iter().map(key).collect()
    }

    /// Takes a key back, whoever has it. False where there is none of this id.
    pub async fn end_api_key(&self, tenant: TenantId, id: &str) -> Result<bool, Fault> {
        Ok(self.run(sql::API_KEY_END, vec![tenant.into(), id.into()]).await?.changed == 1)
    }
}
