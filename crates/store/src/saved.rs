//! Filters that a member keeps for the desk, by name.
//!
//! Owns rows of a member and nothing of a case: a filter is the query of an address. Refuses to know what the query means; the page that
//! made it does. Start at [`Store::saved_filters`].

use huying_model::{Instant, MemberId};

use crate::{Fault, Store, TenantId, statements as sql, value::Row};

/// A filter under its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedFilter {
    pub name: String,
    /// The query of the desk's address, such as `queue=dispatch&source=hotline`.
    pub query: String,
    pub made_at: Instant,
}

fn saved(row: &Row) -> Result<SavedFilter, Fault> {
    Ok(SavedFilter {
        name: row.text(0)?.to_owned(),
        query: row.text(1)?.to_owned(),
        made_at: Instant(row.int(2)?),
    })
}

impl Store {
    /// Keeps a filter; one of the same name of the same member is replaced.
    pub async fn save_filter(
        &self,
        tenant: TenantId,
        member: &MemberId,
        it: &SavedFilter,
    ) -> Result<(), Fault> {
        let params = vec![
            tenant.into(),
            (&member.0).into(),
            it.name.as_str().into(),
            it.query.as_str().into(),
            it.made_at.0.into(),
        ];
        self.run(sql::SAVED_FILTER_PUT, params).await.map(drop)
    }

    /// The filters of a member, oldest first.
    pub async fn saved_filters(
        &self,
        tenant: TenantId,
        member: &MemberId,
    ) -> Result<Vec<SavedFilter>, Fault> {
        let rows = self.db.query(sql::SAVED_FILTERS, vec![tenant.into(), (&member.0).into()]).await?;
        rows.iter().map(saved).collect()
    }

    /// Drops one; whether it was there.
    pub async fn drop_filter(&self, tenant: TenantId, member: &MemberId, name: &str) -> Result<bool, Fault> {
        let params = vec![tenant.into(), (&member.0).into(), name.into()];
        Ok(self.run(sql::SAVED_FILTER_DROP, params).await?.changed == 1)
    }
}
