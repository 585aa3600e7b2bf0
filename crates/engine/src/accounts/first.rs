//! The first administrator: made when a store has no account at all, with a password that is told once and has to be changed.

use huying_model::{MemberId, UnitId, actor::Role, org::Org};

use super::{Accounts, Way, What, secret};
use crate::Error;

/// Signs of a password that is given out: 100 random bits.
const SIGNS: usize = 20;
/// It opens for so long.
const LASTS_MS: i64 = 72 * 3_600_000;

/// The way in that was made. Tell it once, on the terminal.
#[derive(Debug)]
pub struct First {
    pub member: MemberId,
    pub password: String,
}

impl Accounts {
    /// Gives the organisation's first administrator an account, where the store has none of anybody.
    ///
    /// # Errors
    /// [`super::No::NobodyAdministers`] where no member is an administrator.
    pub async fn first(&self) -> Result<Option<First>, Error> {
        if !self.store().accounts(self.tenant()).await?.is_empty() {
            return Ok(None);
        }
        let setting = self.inner.engine.setting(self.tenant())?;
        // Where three are apart, the one who guards the accounts comes first and lets the others in.
        let guards = self.rules().duties.as_ref().and_then(|duties| duties.security.first());
        let member = guards.or_else(|| first_of(&setting.policy.org));
        let member = member.ok_or(super::No::NobodyAdministers)?.clone();
        // Another node that starts at this moment may have been first.
        if !self.store().add_account(self.tenant(), &member, self.now()).await? {
            return Ok(None);
        }
        Ok(Some(self.one_time(&member).await?))
    }

    /// Gives a member a password that has to be changed. For the terminal only: whoever reads it can come in.
    async fn one_time(&self, member: &MemberId) -> Result<First, Error> {
        let password = secret::spoken(SIGNS);
        let until = Some(self.now().plus_ms(LASTS_MS));
        self.keep_password(member, &password, until, true, (What::LinkMade, Way::Once)).await?;
        tracing::info!(%member, "a one-time password was given out");
        Ok(First { member: member.clone(), password })
    }
}

/// An administrator of the whole authority, or else any.
fn first_of(org: &Org) -> Option<&MemberId> {
    let of_all = |unit: &UnitId| org.units.get(unit).is_some_and(|unit| &unit.area == org.root());
    let mut members = org.members.values();
    let administers = |whole: bool| {
        move |seats: &[huying_model::actor::Seat]| {
            seats.iter().any(|seat| seat.role == Role::Administrator && (!whole || of_all(&seat.unit)))
        }
    };
    let (whole, any) = (administers(true), administers(false));
    let found = members.clone().find(|member| whole(&member.seats));
    found.or_else(|| members.find(|member| any(&member.seats))).map(|member| &member.id)
}
