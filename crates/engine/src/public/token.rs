//! Tokens for reports whose number is told later: the case's id with a keyed sum, so that nothing has to be kept for them.
//!
//! Start at [`Engine::public_token`].

use huying_model::CaseId;
use huying_store::TenantId;
use smol_str::SmolStr;

use crate::{Engine, Error, accounts::secret};

/// Signs of the sum: 60 bits.
const SIGNS: usize = 12;

impl Engine {
    /// The token of a case.
    pub fn public_token(&self, tenant: TenantId, case: CaseId) -> String {
        let sum = self.store().seals(tenant).mac("open311-token", &case.0.to_be_bytes());
        format!("{case}-{}", secret::written(&sum[..SIGNS]))
    }

    /// The number of a token's case; None where it is no token of this platform.
    pub async fn public_token_number(&self, tenant: TenantId, token: &str) -> Result<Option<SmolStr>, Error> {
        let Some(case) = token.split_once('-').and_then(|(id, _)| id.parse::<CaseId>().ok()) else {
            return Ok(None);
        };
        if !secret::same(self.public_token(tenant, case).as_bytes(), token.as_bytes()) {
            return Ok(None);
        }
        Ok(self.store().case(tenant, case).await?.map(|found| found.case.number))
    }
}
