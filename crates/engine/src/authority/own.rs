//! Words of disputes in lists, for those who work on them.
//!
//! The store's rows have no words of a dispute, so no list, map or search can show them to anybody by mistake. Where a member
//! looks through their own work the words are wanted: [`Engine::own_words`] asks the table of fields for each case and reads
//! them from its journal.

use std::collections::BTreeMap;

use huying_model::{Actor, CaseId, catalogue::MatterKind};
use huying_store::{TenantId, Texts};

use super::field::{Access, Field, access};
use crate::{Engine, Error};

impl Engine {
    /// The words of those of these cases that are disputes on which the actor works. The others are not in the answer.
    pub async fn own_words(
        &self,
        tenant: TenantId,
        actor: &Actor,
        cases: &[CaseId],
    ) -> Result<BTreeMap<CaseId, Texts>, Error> {
        let mut own = BTreeMap::new();
        if cases.is_empty() {
            return Ok(own);
        }
        let setting = self.setting(tenant)?;
        for view in self.store().cases(tenant, cases).await? {
            let case = &view.case;
            let shown = || access(&setting.policy.org, case, actor, Field::Words) == Access::Shown;
            if case.kind == MatterKind::Dispute
                && shown()
                && let Some(whole) = self.store().case(tenant, case.id).await?
            {
                own.insert(case.id, whole.texts);
            }
        }
        Ok(own)
    }
}
