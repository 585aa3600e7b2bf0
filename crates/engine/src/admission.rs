//! The admission desk (准入) of an authority: applications and decisions, kept as a log and lived by from their instant on.
//!
//! Owns the way from an act to an entry of the log and from the log to the rows that decisions of cases see. Refuses to
//! decide: that is the model's [`Desk`]. Start at [`Engine::admit`].

use huying_model::{
    Actor,
    admission::desk::{Act, Body, Cx, Desk, Entry},
};
use huying_store::TenantId;

use crate::{Engine, Error, log::Log};

impl Engine {
    /// The desk as its log gives it.
    pub async fn admission_desk(&self, tenant: TenantId) -> Result<Desk, Error> {
        Ok(folded(&self.entries(tenant, Log::Admission).await?))
    }

    /// One act at the desk. Decisions of cases see it from its instant on, and open cases are brought in line with it.
    ///
    /// # Errors
    /// [`Error::Desk`] with the rule that says no; the store's failures.
    pub async fn admit(&self, tenant: TenantId, actor: &Actor, act: &Act) -> Result<Entry, Error> {
        let setting = self.setting(tenant)?;
        let now = self.now();
        let rules = &setting.policy.current;
        let known = |matter: &huying_model::MatterCode| rules.matters.contains_key(matter);
        let pack = &setting.pack.policy.current.admissions;
        let entry = self
            .append(tenant, Log::Admission, now, |before: Vec<Entry>| {
                let cx = Cx { org: &setting.policy.org, pack, known: &known, actor, now };
                let entry = folded(&before).decide(&cx, act)?;
                let from = match &entry.body {
                    Body::Admitted { from, .. } | Body::Vetoed { from, .. } => *from,
                    _ => now,
                };
                Ok((entry, from))
            })
            .await?;
        self.renew(tenant).await?;
        Ok(entry)
    }
}

pub(crate) fn folded(entries: &[Entry]) -> Desk {
    let mut desk = Desk::default();
    entries.iter().for_each(|entry| desk.apply(entry));
    desk
}
