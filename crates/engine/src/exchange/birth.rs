//! The ids of cases that partners hand over: made of the partner and the number, under a key of this store, so that the same case is
//! the same one every time and nobody else can make one that passes for it.

use huying_model::{CaseId, Instant};
use huying_store::TenantId;

use crate::Engine;

/// The bits of an id that are no time and no version.
const SUM: u128 = 0x0FFF_3FFF_FFFF_FFFF_FFFF;

fn made(ms: u64, bytes: &[u8; 10]) -> CaseId {
    CaseId(uuid::Builder::from_unix_timestamp_millis(ms, bytes).into_uuid().as_u128())
}

impl Engine {
    fn sum(&self, tenant: TenantId, partner: &str, number: &str) -> [u8; 10] {
        let seals = self.store().seals(tenant);
        let sum = seals.mac("exchange case", format!("{partner}\u{0}{number}").as_bytes());
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&sum[..10]);
        bytes
    }

    /// The id of a case that a partner hands over.
    pub(crate) fn born(&self, tenant: TenantId, partner: &str, number: &str, at: Instant) -> CaseId {
        made(u64::try_from(at.0).unwrap_or(0), &self.sum(tenant, partner, number))
    }

    /// Whether an id was made for this number of this partner, whenever that was.
    pub(crate) fn is_born(&self, tenant: TenantId, partner: &str, number: &str, case: CaseId) -> bool {
        made(0, &self.sum(tenant, partner, number)).0 & SUM == case.0 & SUM
    }
}
