//! The people who reported a case, as its journal names them.

use huying_model::{Case, CaseId, command::Informant, event::Body};
use huying_store::TenantId;
use smol_str::SmolStr;

use crate::{Engine, Error};

/// Entries that are read at once.
const READ: usize = 500;

/// One reporter of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// From 0, as in the case.
    pub no: u16,
    /// The entry that names them.
    pub entry: u32,
    pub withdrawn: bool,
    pub informant: Informant,
}

impl Known {
    /// The name of the person's data key: it tells nothing of who it is, and is the same wherever this person's words stand.
    pub fn pseudonym(&self) -> Option<&SmolStr> {
        let words = self.informant.name.as_ref().or(self.informant.contact.as_ref());
        words.map(|words| &words.key)
    }
}

impl Engine {
    /// The reporters of a case, by number.
    pub async fn informants(&self, tenant: TenantId, case: &Case) -> Result<Vec<Known>, Error> {
        let mut found = Vec::new();
        let mut after = 0;
        loop {
            let page = self.store().journal(tenant, case.id, after, READ).await?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            for entry in &page {
                match &entry.event.body {
                    Body::Reported { report, .. } | Body::Began { report, .. } => {
                        found.extend(report.reporters.iter().cloned().map(|person| (entry.seq, person)));
                    }
                    Body::Supplemented { informant: Some(person), .. } => {
                        found.push((entry.seq, person.clone()));
                    }
                    _ => {}
                }
            }
        }
        let withdrawn = |no: u16| case.reporters.iter().any(|one| one.no == no && one.withdrawn);
        let known = (0..).zip(found).map(|(no, (entry, informant))| Known {
            no,
            entry,
            withdrawn: withdrawn(no),
            informant,
        });
        Ok(known.collect())
    }

    pub(crate) async fn informant(
        &self,
        tenant: TenantId,
        case: CaseId,
        no: u16,
    ) -> Result<(Case, Known), Error> {
        let found = self.store().case(tenant, case).await?.ok_or(Error::Unseen)?;
        let known = self.informants(tenant, &found.case).await?.into_iter().find(|one| one.no == no);
        Ok((found.case, known.ok_or(super::No::Unknown)?))
    }
}
