//! How somebody follows their own case without an account: by its number and a secret that was handed to them with it.
//!
//! A number can be guessed: it is made of the day and the moment. The secret cannot: it is a keyed sum of the case, so nothing has to
//! be kept for it. Refuses to tell words of the case; whoever has the secret sees how far it is, and which unit has it.
//! Start at [`Engine::track`].

use huying_model::{Case, CaseId, Stage};
use huying_store::TenantId;

use crate::{Engine, Error, accounts::secret, number};

/// Signs of a secret: 60 bits.
const SIGNS: usize = 12;

impl Engine {
    /// The secret of a case, for whoever reported it.
    pub fn track_secret(&self, tenant: TenantId, case: CaseId) -> String {
        let sum = self.store().seals(tenant).mac("track", &case.0.to_be_bytes());
        secret::written(&sum[..SIGNS])
    }

    /// The case of a number and its secret.
    ///
    /// # Errors
    /// [`Error::Unseen`] whichever of the two is wrong.
    pub async fn track(&self, tenant: TenantId, number: &str, given: &str) -> Result<Case, Error> {
        let number = number::normalise(number).ok_or(Error::Unseen)?;
        let found = self.store().case_by_number(tenant, &number).await?;
        // A sum is made for an unknown number too, so that both take as long.
        let case = found.as_ref().map_or(CaseId(0), |found| found.case.id);
        let (ours, theirs) = (secret::heard(&self.track_secret(tenant, case)), secret::heard(given));
        let fits = secret::same(ours.as_bytes(), theirs.as_bytes());
        let case = found.filter(|_| fits).map(|found| found.case).ok_or(Error::Unseen)?;
        self.as_its_parent(tenant, case).await
    }

    /// A case that was merged is where its parent is.
    async fn as_its_parent(&self, tenant: TenantId, case: Case) -> Result<Case, Error> {
        let parent = case.parent.as_ref().filter(|_| case.stage == Stage::Merged).map(|parent| parent.case);
        let Some(parent) = parent else { return Ok(case) };
        let Some(parent) = self.store().case(tenant, parent).await?.map(|found| found.case) else {
            return Ok(case);
        };
        let Case { stage, custodian, closed_at, .. } = parent;
        Ok(Case { stage, custodian, closed_at, ..case })
    }
}
