//! Passkeys: the public keys of members' devices, by the id that the device gave.

use huying_model::{Instant, MemberId};

use super::{SignInRow, told, whose, with};
use crate::{Fault, Store, TenantId, statements as sql, value::Row, write::Step};

/// One passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyRow {
    /// As the device names it.
    pub id: Vec<u8>,
    pub member: MemberId,
    /// The member's own word for it.
    pub name: String,
    /// The public key with what belongs to it, as the engine encodes it.
    pub fixed: Vec<u8>,
    /// What a use may change: the device's counter.
    pub moving: Vec<u8>,
    pub made_at: Instant,
    pub used_at: Option<Instant>,
}

fn passkey(row: &Row) -> Result<PasskeyRow, Fault> {
    Ok(PasskeyRow {
        id: row.blob(0)?.to_vec(),
        member: MemberId::new(row.text(1)?),
        name: row.text(2)?.to_owned(),
        fixed: row.blob(3)?.to_vec(),
        moving: row.blob(4)?.to_vec(),
        made_at: Instant(row.int(5)?),
        used_at: row.opt_int(6)?.map(Instant),
    })
}

impl Store {
    /// Keeps a passkey. With the line of the log comes when the account was changed last as it was judged. False where it was changed since, as
    /// by a link that shut its adder out, and where there is one of this id, whoever has it.
    pub async fn add_passkey(
        &self,
        tenant: TenantId,
        it: &PasskeyRow,
        came: Option<(&SignInRow, Instant)>,
    ) -> Result<bool, Fault> {
        let params = vec![
            tenant.into(),
            it.id.clone().into(),
            (&it.member.0).into(),
            it.name.clone().into(),
            it.fixed.clone().into(),
            it.moving.clone().into(),
            it.made_at.0.into(),
        ];
        let mut steps: Vec<Step> = vec![(sql::PASSKEY_ADD.into(), params)];
        let done = match came {
            None => Some(self.errand(steps).await?),
            Some((note, judged)) => {
                steps.extend(told(tenant, Some(note)));
                self.as_judged(tenant, &it.member, judged, steps).await?
            }
        };
        Ok(done.is_some_and(|done| done.first().is_some_and(|done| done.changed == 1)))
    }

    /// The passkey of this id.
    pub async fn passkey(&self, tenant: TenantId, id: &[u8]) -> Result<Option<PasskeyRow>, Fault> {
        let rows = self.db.query(sql::PASSKEY, vec![tenant.into(), id.to_vec().into()]).await?;
        rows.first().map(passkey).transpose()
    }

    /// A member's passkeys, the oldest first.
    pub async fn passkeys(&self, tenant: TenantId, member: &MemberId) -> Result<Vec<PasskeyRow>, Fault> {
        self.db.query(sql::PASSKEYS, whose(tenant, member)).await?.iter().map(passkey).collect()
    }

    /// A passkey was used, and its counter stands at `moving` instead of `was`. False where somebody else used it in between.
    pub async fn passkey_used(
        &self,
        tenant: TenantId,
        id: &[u8],
        (was, moving): (&[u8], &[u8]),
        at: Instant,
    ) -> Result<bool, Fault> {
        let params =
            vec![tenant.into(), id.to_vec().into(), was.to_vec().into(), moving.to_vec().into(), at.0.into()];
        Ok(self.run(sql::PASSKEY_USED, params).await?.changed == 1)
    }

    /// Takes a member's passkey away. False where they have none of this id.
    pub async fn drop_passkey(&self, tenant: TenantId, member: &MemberId, id: &[u8]) -> Result<bool, Fault> {
        let done = self.run(sql::PASSKEY_DROP, with(whose(tenant, member), [id.to_vec().into()])).await?;
        Ok(done.changed == 1)
    }
}
