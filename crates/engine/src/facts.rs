//! What the dispatch table is told beside the case: how far the units stand that it has to choose among, and how much
//! work they have.
//!
//! Owns the moment at which this is looked up: before a command that may dispatch, never inside the committer. Where no
//! rule asks for it, or no selector finds several units, nothing is asked of the store. Start at [`Engine::facts_of`].

use std::collections::HashMap;

use huying_model::{Case, Command, UnitId, event::Times, route::Facts};
use huying_store::TenantId;

use crate::{Engine, Error, engine::Setting};

impl Engine {
    /// Facts for the choice that the table has for this case now.
    pub async fn facts_of(
        &self,
        setting: &Setting,
        tenant: TenantId,
        case: &Case,
        times: Times,
    ) -> Result<Facts, Error> {
        let policy = &setting.policy;
        let rules = policy.rules(case.policy.as_ref(), case.matter.as_ref());
        let Some(order) = rules.order else { return Ok(Facts::default()) };
        let rivals = rules.rivals(&policy.org, case, times.received);
        if rivals.is_empty() {
            return Ok(Facts::default());
        }
        let names: Vec<_> = rivals.iter().map(|unit| unit.0.clone()).collect();
        let open: HashMap<_, _> = self.store().open_work(tenant, &names).await?.into_iter().collect();
        let count = |unit: &UnitId| open.get(&unit.0).map_or(0, |n| u32::try_from(*n).unwrap_or(u32::MAX));
        Ok(order.facts(&policy.org, &case.place, &rivals, count))
    }

    /// Facts for a command that may dispatch, or that System may follow up with a dispatch.
    pub(crate) async fn facts_for(
        &self,
        setting: &Setting,
        tenant: TenantId,
        case: huying_model::CaseId,
        command: &Command,
        times: Times,
    ) -> Result<Facts, Error> {
        if setting.policy.versions.values().all(|rules| rules.order.is_none()) {
            return Ok(Facts::default());
        }
        let found = match command {
            Command::Report { report } => Some(Case {
                matter: report.matter.clone(),
                place: report.place.clone(),
                source: report.source,
                urgency: report.urgency,
                ..Case::blank(case)
            }),
            Command::File { .. } | Command::Verified { .. } | Command::Dispatch { routing: None, .. } => {
                self.store().cases(tenant, &[case]).await?.pop().map(|view| view.case)
            }
            _ => None,
        };
        let Some(mut case) = found else { return Ok(Facts::default()) };
        match command {
            Command::File { filing, urgency } => {
                case.matter = Some(filing.matter.clone());
                case.urgency = urgency.unwrap_or(case.urgency);
            }
            Command::Verified { filing: Some(filing), .. } => case.matter = Some(filing.matter.clone()),
            _ => {}
        }
        self.facts_of(setting, tenant, &case, times).await
    }
}
