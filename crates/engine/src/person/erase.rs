//! Forgetting a person by two people: one administrator proposes, another (or the auditor) confirms, and the keys are gone.
//!
//! What belongs to whom: a reporter's name and contact are sealed under a key of their own; every other word of a case (report,
//! notes, callbacks, files) under the case's keys, because it is about the matter and may name several people. So a person is
//! forgotten alone at any time, and everything that was said once the case has ended. Start at [`Engine::propose_erasure`].

use std::collections::BTreeSet;

use huying_model::{Actor, CaseId};
use huying_store::{
    FileRow, TenantId,
    person::{Erase, Erased, ErasureRow},
};
use smol_str::{SmolStr, format_smolstr};

use super::{No, REASONS, access::watches, chosen};
use crate::{Engine, Error, files::FileError};

/// Whom or what to forget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A reporter of a case, by number from 0.
    Reporter(CaseId, u16),
    /// The one whose data key has this name.
    Pseudonym(SmolStr),
    /// Every word and file of a case that has ended, with its reporters.
    Case(CaseId),
}

/// An erasure that is asked for.
#[derive(Clone, Debug)]
pub struct Proposal<'a> {
    pub target: Target,
    /// One of [`REASONS`].
    pub reason: &'a str,
}

/// The proposal waits, was carried out, or was dropped.
const PROPOSED: SmolStr = SmolStr::new_static("proposed");
const DONE: SmolStr = SmolStr::new_static("done");
const DROPPED: SmolStr = SmolStr::new_static("dropped");

impl Engine {
    /// Proposes to forget somebody. Nothing happens before another person confirms it.
    ///
    /// # Errors
    /// [`No`] for whoever may not, and for what is not there or still needed.
    pub async fn propose_erasure(
        &self,
        tenant: TenantId,
        actor: &Actor,
        asked: &Proposal<'_>,
    ) -> Result<ErasureRow, Error> {
        let member = self.administrator(tenant, actor)?;
        let reason = chosen(&REASONS, "reason", asked.reason)?;
        let (case, reporter) = self.targeted(tenant, &asked.target).await?;
        let now = self.now();
        let row = ErasureRow {
            id: format_smolstr!("e{}-{:08x}", now.0, rand::random::<u32>()),
            case,
            reporter,
            reason: SmolStr::new_static(reason),
            state: PROPOSED,
            proposed_by: member,
            proposed_at: now,
            decided_by: None,
            decided_at: None,
            keys: 0,
            scoured_at: None,
        };
        self.store().propose_erasure(tenant, &row).await?;
        Ok(row)
    }

    async fn targeted(&self, tenant: TenantId, target: &Target) -> Result<(CaseId, Option<u16>), Error> {
        match target {
            Target::Reporter(case, no) => {
                self.informant(tenant, *case, *no).await?;
                Ok((*case, Some(*no)))
            }
            Target::Pseudonym(name) => {
                let (case, _) = self.store().key_of(tenant, name).await?.ok_or(No::Unknown)?;
                let case = case.ok_or(No::Unknown)?;
                let found = self.store().case(tenant, case).await?.ok_or(No::Unknown)?;
                let known = self.informants(tenant, &found.case).await?;
                let one = known.iter().find(|one| one.pseudonym() == Some(name)).ok_or(No::Unknown)?;
                Ok((case, Some(one.no)))
            }
            Target::Case(case) => {
                let found = self.store().case(tenant, *case).await?.ok_or(Error::Unseen)?;
                if found.case.is_open() { Err(No::StillOpen.into()) } else { Ok((*case, None)) }
            }
        }
    }

    /// Carries out what somebody else proposed. The keys are gone when this returns; free pages are rewritten in the quiet hour,
    /// or by [`Engine::scour`].
    ///
    /// # Errors
    /// [`No::SamePerson`] for the one who proposed it.
    pub async fn confirm_erasure(
        &self,
        tenant: TenantId,
        actor: &Actor,
        id: &str,
    ) -> Result<ErasureRow, Error> {
        let member = self.watcher(tenant, actor)?;
        let row = self.store().erasure(tenant, id).await?.ok_or(No::Unknown)?;
        if row.state != PROPOSED {
            return Err(No::Decided.into());
        }
        if row.proposed_by == member {
            return Err(No::SamePerson.into());
        }
        // Somebody may have reopened the case since.
        if row.reporter.is_none() {
            self.targeted(tenant, &Target::Case(row.case)).await?;
        }
        let keys = self.forget_person(tenant, row.case, row.reporter).await?;
        let done = ErasureRow {
            state: DONE,
            decided_by: Some(member),
            decided_at: Some(self.now()),
            keys: i64::try_from(keys).unwrap_or(i64::MAX),
            ..row
        };
        // Erasing twice changes nothing, so a proposal that two confirm at once is written down as it was first.
        self.store().decide_erasure(tenant, PROPOSED.as_str(), &done).await?;
        Ok(done)
    }

    /// Lets a proposal go: also its own proposer may.
    ///
    /// # Errors
    /// [`No`] as above.
    pub async fn drop_erasure(&self, tenant: TenantId, actor: &Actor, id: &str) -> Result<ErasureRow, Error> {
        let member = self.watcher(tenant, actor)?;
        let row = self.store().erasure(tenant, id).await?.ok_or(No::Unknown)?;
        let dropped =
            ErasureRow { state: DROPPED, decided_by: Some(member), decided_at: Some(self.now()), ..row };
        match self.store().decide_erasure(tenant, PROPOSED.as_str(), &dropped).await? {
            true => Ok(dropped),
            false => Err(No::Decided.into()),
        }
    }

    /// The register of erasures, newest first.
    ///
    /// # Errors
    /// [`No::AdministratorsOnly`] for whoever does not look after or audit the whole authority.
    pub async fn erasures(&self, tenant: TenantId, actor: &Actor) -> Result<Vec<ErasureRow>, Error> {
        self.watcher(tenant, actor)?;
        Ok(self.store().erasures(tenant, 1000).await?)
    }

    /// Rewrites the database after erasures, so that no free page holds what was erased.
    ///
    /// # Errors
    /// The store's failures; it may be tried again.
    pub async fn scour(&self) -> Result<(), Error> {
        Ok(self.store().scour(self.now()).await?)
    }

    /// Whether somebody may read the register and the log, asked before anything is looked up for them.
    ///
    /// # Errors
    /// [`No::AdministratorsOnly`] for whoever neither looks after nor audits the whole authority.
    pub fn watching(&self, tenant: TenantId, actor: &Actor) -> Result<(), Error> {
        self.watcher(tenant, actor).map(drop)
    }

    fn watcher(&self, tenant: TenantId, actor: &Actor) -> Result<huying_model::MemberId, Error> {
        let setting = self.setting(tenant)?;
        let id = actor.member_id().filter(|_| watches(&setting.policy.org, actor));
        Ok(id.cloned().ok_or(No::AdministratorsOnly)?)
    }

    async fn forget_person(
        &self,
        tenant: TenantId,
        case: CaseId,
        reporter: Option<u16>,
    ) -> Result<u64, Error> {
        let Some(no) = reporter else {
            return Ok(self
                .forget_keys(tenant, Erase { case, keys: BTreeSet::new(), whole: true })
                .await?
                .keys);
        };
        let (_, known) = self.informant(tenant, case, no).await?;
        let sealed = [known.informant.name, known.informant.contact].into_iter().flatten();
        let keys = sealed.map(|words| words.key).collect();
        Ok(self.forget_keys(tenant, Erase { case, keys, whole: false }).await?.keys)
    }

    /// Destroys keys, and removes the files that nobody can open any more.
    pub(crate) async fn forget_keys(&self, tenant: TenantId, what: Erase) -> Result<Erased, Error> {
        let erased = self.store().erase(tenant, &what).await?;
        for file in &erased.files {
            self.remove(file).await?;
        }
        Ok(erased)
    }

    /// A photo that lies in two cases has its own copies in each, sealed by another key: names of objects are never shared.
    async fn remove(&self, file: &FileRow) -> Result<(), FileError> {
        let copies = [Some(&file.hash), file.shown.as_ref(), file.thumb.as_ref()];
        for name in copies.into_iter().flatten() {
            self.files().remove(name).await?;
        }
        Ok(())
    }
}
