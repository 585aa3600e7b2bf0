//! Partners and their mappings.

use huying_model::Instant;
use smol_str::SmolStr;

use crate::{Fault, Store, TenantId, statements::exchange as sql, value::Row, write::Step};

/// A platform that cases are exchanged with.
#[derive(Clone, PartialEq, Eq)]
pub struct PartnerRow {
    pub id: SmolStr,
    pub name: String,
    /// The engine's own word, such as `huying` or `hotline`.
    pub kind: SmolStr,
    /// Where messages are posted.
    pub address: String,
    /// Under which URI the partner speaks, and under which this authority speaks to it.
    pub source: String,
    pub own: String,
    /// Sealed.
    pub secrets: Vec<u8>,
    pub active: bool,
    pub made_at: Instant,
    /// Tries that failed one after the other, since when, and when the next is.
    pub failures: i64,
    pub down_since: Option<Instant>,
    pub next_try: Instant,
    pub error: Option<String>,
    pub last_out: Option<Instant>,
    pub last_in: Option<Instant>,
}

impl std::fmt::Debug for PartnerRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartnerRow").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A mapping that was put in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapRow {
    pub version: i64,
    pub body: String,
    pub by: SmolStr,
    pub made_at: Instant,
}

fn partner(row: &Row) -> Result<PartnerRow, Fault> {
    Ok(PartnerRow {
        id: row.word(0)?,
        name: row.text(1)?.to_owned(),
        kind: row.word(2)?,
        address: row.text(3)?.to_owned(),
        source: row.text(4)?.to_owned(),
        own: row.text(5)?.to_owned(),
        secrets: row.blob(6)?.to_vec(),
        active: row.flag(7)?,
        made_at: Instant(row.int(8)?),
        failures: row.int(9)?,
        down_since: row.opt_int(10)?.map(Instant),
        next_try: Instant(row.int(11)?),
        error: row.opt_text(12)?.map(str::to_owned),
        last_out: row.opt_int(13)?.map(Instant),
        last_in: row.opt_int(14)?.map(Instant),
    })
}

impl Store {
    /// Adds or changes a partner; its secrets, whether it is active and how it answers stay.
    pub async fn put_partner(&self, tenant: TenantId, it: &PartnerRow) -> Result<(), Fault> {
        let params = vec![
            tenant.into(),
            (&it.id).into(),
            it.name.clone().into(),
            (&it.kind).into(),
            it.address.clone().into(),
            it.source.clone().into(),
            it.own.clone().into(),
            it.secrets.clone().into(),
            it.active.into(),
            it.made_at.0.into(),
        ];
        self.run(sql::PARTNER_PUT, params).await.map(drop)
    }

    /// Whether anything is exchanged with the partner.
    pub async fn set_partner_active(&self, tenant: TenantId, id: &str, active: bool) -> Result<(), Fault> {
        self.run(sql::PARTNER_ACTIVE, vec![tenant.into(), id.into(), active.into()]).await.map(drop)
    }

    /// Other secrets, where they still are those that were `read`. False where somebody else changed them.
    pub async fn set_partner_secrets(
        &self,
        tenant: TenantId,
        id: &str,
        (read, new): (&[u8], Vec<u8>),
    ) -> Result<bool, Fault> {
        let params = vec![tenant.into(), id.into(), new.into(), read.to_vec().into()];
        Ok(self.run(sql::PARTNER_SECRETS, params).await?.changed == 1)
    }

    /// Every partner of a tenant, by id.
    pub async fn partners(&self, tenant: TenantId) -> Result<Vec<PartnerRow>, Fault> {
        self.db.query(sql::PARTNERS, vec![tenant.into()]).await?.iter().map(partner).collect()
    }

    pub async fn partner(&self, tenant: TenantId, id: &str) -> Result<Option<PartnerRow>, Fault> {
        self.db.query(sql::PARTNER, vec![tenant.into(), id.into()]).await?.first().map(partner).transpose()
    }

    /// The partner has taken something.
    pub async fn partner_up(&self, tenant: TenantId, id: &SmolStr, at: Instant) -> Result<(), Fault> {
        self.run(sql::PARTNER_UP, vec![tenant.into(), id.into(), at.0.into()]).await.map(drop)
    }

    /// The partner was not reached; it is tried again at `next`.
    pub async fn partner_down(
        &self,
        tenant: TenantId,
        id: &SmolStr,
        (now, next): (Instant, Instant),
        why: &str,
    ) -> Result<(), Fault> {
        let params = vec![tenant.into(), id.into(), now.0.into(), next.0.into(), why.into()];
        self.run(sql::PARTNER_DOWN, params).await.map(drop)
    }

    /// The partner has told something.
    pub async fn partner_heard(&self, tenant: TenantId, id: &SmolStr, at: Instant) -> Result<(), Fault> {
        self.run(sql::PARTNER_HEARD, vec![tenant.into(), id.into(), at.0.into()]).await.map(drop)
    }

    /// Puts a mapping in force. Answers its version, from 1.
    pub async fn add_partner_map(
        &self,
        tenant: TenantId,
        id: &SmolStr,
        (body, by): (&str, &str),
        at: Instant,
    ) -> Result<i64, Fault> {
        let params = vec![tenant.into(), id.into(), body.into(), by.into(), at.0.into()];
        let done = self.run(sql::PARTNER_MAP_ADD, params).await?;
        done.rows.first().map_or(Ok(0), |row| row.int(0))
    }

    /// What was given up and what was parked waits for its turn again. Answers how many messages.
    pub async fn revive(&self, tenant: TenantId, partner: &SmolStr) -> Result<u64, Fault> {
        let one = |text: &'static str| -> Step { (text.into(), vec![tenant.into(), partner.into()]) };
        let done = self.errand([sql::OUT_REVIVE, sql::IN_REVIVE].map(one).into()).await?;
        Ok(done.iter().map(|done| done.changed).sum())
    }

    /// The mapping that is in force with a partner.
    pub async fn partner_map(&self, tenant: TenantId, id: &str) -> Result<Option<MapRow>, Fault> {
        let rows = self.db.query(sql::PARTNER_MAP, vec![tenant.into(), id.into()]).await?;
        let read = |row: &Row| {
            Ok(MapRow {
                version: row.int(0)?,
                body: row.text(1)?.to_owned(),
                by: row.word(2)?,
                made_at: Instant(row.int(3)?),
            })
        };
        rows.first().map(read).transpose()
    }
}
