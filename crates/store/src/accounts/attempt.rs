//! Failed tries to sign in, counted so that two at the same moment are two.

use huying_model::Instant;

use crate::{Fault, Store, TenantId, statements as sql};

/// How often it went wrong, and when last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Attempts {
    pub failures: i64,
    pub last_at: Instant,
}

impl Store {
    /// What is known of a subject: a keyed sum of a name or an address.
    pub async fn attempts(&self, tenant: TenantId, subject: [u8; 32]) -> Result<Option<Attempts>, Fault> {
        let rows = self.db.query(sql::ATTEMPT, vec![tenant.into(), subject.into()]).await?;
        let read =
            |row: &crate::value::Row| Ok(Attempts { failures: row.int(0)?, last_at: Instant(row.int(1)?) });
        rows.first().map(read).transpose()
    }

    /// Puts `now` in the place of what was read. False where somebody else counted in between.
    pub async fn count_attempt(
        &self,
        tenant: TenantId,
        subject: [u8; 32],
        was: Option<Attempts>,
        now: Attempts,
    ) -> Result<bool, Fault> {
        let mut params = vec![tenant.into(), subject.into(), now.failures.into(), now.last_at.0.into()];
        let done = match was {
            None => self.run(sql::ATTEMPT_ADD, params).await?,
            Some(was) => {
                params.extend([was.failures.into(), was.last_at.0.into()]);
                self.run(sql::ATTEMPT_COUNT, params).await?
            }
        };
        Ok(done.changed == 1)
    }

    /// The try that was counted went well.
    pub async fn take_back_attempt(&self, tenant: TenantId, subject: [u8; 32]) -> Result<(), Fault> {
        self.run(sql::ATTEMPT_TAKE_BACK, vec![tenant.into(), subject.into()]).await.map(drop)
    }

    /// Nothing is held against the subject any more.
    pub async fn forget_attempts(&self, tenant: TenantId, subject: [u8; 32]) -> Result<(), Fault> {
        self.run(sql::ATTEMPT_FORGET, vec![tenant.into(), subject.into()]).await.map(drop)
    }
}
