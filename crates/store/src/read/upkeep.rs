//! Upkeep: purging old keys and deliveries, and the log of installed packs.

use huying_model::Instant;
use smol_str::SmolStr;

use crate::{
    Fault, KEY_DAYS, Key, Receipt, Store, TenantId,
    committer::entry::receipt_again,
    statements as sql,
    value::{Row, Value},
    write::Step,
};

/// A dated version of a pack or of the organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// What it is, such as `policy` or `organisation`.
    pub kind: SmolStr,
    pub version: SmolStr,
    /// SHA-256 of the body.
    pub hash: [u8; 32],
    pub effective_at: Instant,
    pub installed_at: Instant,
    pub body: String,
}

const PURGE_STEP: i64 = 5000;

impl Store {
    /// Whether a key was used with this very body, by a command that was recorded not before `since`.
    pub async fn key_used(&self, tenant: TenantId, key: &Key, since: Instant) -> Result<bool, Fault> {
        let params = vec![tenant.into(), (&key.member).into(), (&key.key).into()];
        for row in self.db.query(sql::USED_KEY, params).await? {
            let used = sql::key_row(&row)?;
            if used.body_hash != key.body_hash {
                continue;
            }
            let first = self.journal(tenant, used.case, used.version.saturating_sub(1), 1).await?;
            return Ok(first.first().is_none_or(|entry| entry.event.times.recorded >= since));
        }
        Ok(false)
    }

    /// What was answered under a member's key, with the sum of the body that it was used with.
    pub async fn key_answer(
        &self,
        tenant: TenantId,
        member: &str,
        key: &str,
    ) -> Result<Option<(Receipt, [u8; 32])>, Fault> {
        let rows = self.db.query(sql::USED_KEY, vec![tenant.into(), member.into(), key.into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let used = sql::key_row(row)?;
        // What was no command, such as registering a recipient, led to no case.
        if used.stage.is_empty() {
            return Ok(None);
        }
        Ok(Some((receipt_again(&used)?, used.body_hash)))
    }

    /// Drops idempotency keys older than [`KEY_DAYS`], in steps that never hold the writer long. Returns how many.
    pub async fn purge_keys(&self, tenant: TenantId, now: Instant) -> Result<u64, Fault> {
        let before = now.0.div_euclid(86_400_000) - KEY_DAYS;
        let mut all = 0;
        loop {
            let gone = self
                .run(sql::IDEM_PURGE, vec![tenant.into(), before.into(), PURGE_STEP.into()])
                .await?
                .changed;
            all += gone;
            if gone == 0 {
                return Ok(all);
            }
        }
    }

    /// Drops finished deliveries that ended before an instant, and what is known of tries before it.
    pub async fn purge_deliveries(&self, tenant: TenantId, before: Instant) -> Result<u64, Fault> {
        self.run(sql::TRY_PURGE, vec![tenant.into(), before.0.into()]).await?;
        Ok(self.run(sql::DELIVERY_PURGE, vec![tenant.into(), before.0.into()]).await?.changed)
    }

    /// Adds a dated version to the log, and whether it was added: one that is there already stays as it is.
    pub async fn install(&self, tenant: TenantId, it: &Installed) -> Result<bool, Fault> {
        Ok(self.run(sql::INSTALL, columns(tenant, it)).await?.changed > 0)
    }

    /// Adds what stands or falls together, in one transaction, and whether it was added: where any of them is there already, none is.
    pub async fn install_together(&self, tenant: TenantId, all: &[Installed]) -> Result<bool, Fault> {
        let steps: Vec<Step> = all.iter().map(|it| (sql::INSTALL_NEW.into(), columns(tenant, it))).collect();
        let Err(fault) = self.errand(steps).await else { return Ok(true) };
        for it in all {
            if let Some(there) = self.installed_one(tenant, &it.kind, &it.version).await? {
                // A connection may break after all was written and before that is told.
                return Ok(there == *it);
            }
        }
        Err(fault)
    }

    /// Every version of a kind, in the order in which they take effect.
    pub async fn installed(&self, tenant: TenantId, kind: &str) -> Result<Vec<Installed>, Fault> {
        self.db.query(sql::INSTALLED, vec![tenant.into(), kind.into()]).await?.iter().map(installed).collect()
    }

    /// The same without the bodies, which may be large.
    pub async fn installed_heads(&self, tenant: TenantId, kind: &str) -> Result<Vec<Installed>, Fault> {
        let rows = self.db.query(sql::INSTALLED_HEADS, vec![tenant.into(), kind.into()]).await?;
        rows.iter().map(installed).collect()
    }

    /// One version of a kind.
    pub async fn installed_one(
        &self,
        tenant: TenantId,
        kind: &str,
        version: &str,
    ) -> Result<Option<Installed>, Fault> {
        let params = vec![tenant.into(), kind.into(), version.into()];
        self.db.query(sql::INSTALLED_ONE, params).await?.first().map(installed).transpose()
    }
}

/// The parameters of [`sql::INSTALL`] and [`sql::INSTALL_NEW`].
fn columns(tenant: TenantId, it: &Installed) -> Vec<Value> {
    vec![
        tenant.into(),
        it.kind.clone().into(),
        it.version.clone().into(),
        it.hash.into(),
        it.effective_at.0.into(),
        it.installed_at.0.into(),
        it.body.clone().into(),
    ]
}

fn installed(row: &Row) -> Result<Installed, Fault> {
    Ok(Installed {
        kind: row.word(0)?,
        version: row.word(1)?,
        hash: row.hash(2)?,
        effective_at: Instant(row.int(3)?),
        installed_at: Instant(row.int(4)?),
        body: row.text(5)?.to_owned(),
    })
}
