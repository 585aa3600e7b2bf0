//! A draft of the policy that is the version in force with some of its tables written otherwise.
//!
//! Owns the name that such a draft has, and trying it before it is kept. Keeping it is [`Engine::lay_down`]'s, and two people bring it
//! into force like every other. Start at [`Engine::redrafted`].

use std::sync::Arc;

use huying_model::{
    Actor, PolicyVersion,
    book::{No, administers},
};
use huying_pack::{Files, Pack, whatif::Report};
use huying_store::TenantId;

use crate::{
    Engine, Error,
    admission::folded,
    listing::{next, renamed},
    log::Log,
    policy::{Examined, apart},
};

/// A draft that was not kept yet.
#[derive(Clone, Debug)]
pub struct Redraft {
    pub files: Files,
    /// The version in force of which it is.
    pub of: PolicyVersion,
    /// The name it would have.
    pub version: PolicyVersion,
    pub examined: Examined,
}

impl Engine {
    /// The version in force with these files written otherwise, under the next name that is free, and what was found in it. Nothing is kept.
    ///
    /// # Errors
    /// [`Error::Book`] for who is no administrator; the store's failures. Mistakes are findings.
    pub async fn redrafted(
        &self,
        tenant: TenantId,
        actor: &Actor,
        written: Vec<(String, String)>,
    ) -> Result<Redraft, Error> {
        let setting = self.setting(tenant)?;
        if !administers(&setting.policy.org, actor, self.now()) {
            return Err(No::AdministratorsOnly.into());
        }
        let current = setting.policy.current.version.clone();
        let mut files = self.policy_files(tenant, &current).await?;
        let book = self.policy_book(tenant).await?;
        let version = next(&current, |version| book.version(version).is_some());
        let settings = files.text(huying_pack::settings::FILE).unwrap_or_default();
        let settings = renamed(settings, &version);
        files.insert(huying_pack::settings::FILE, settings);
        written.into_iter().for_each(|(file, text)| files.insert(file, text));
        let (files, examined) = self.examine(tenant, files).await?;
        Ok(Redraft { files, of: current, version, examined })
    }

    /// What files that are not kept would have done to past cases beside the version in force. For administrators; one at a time.
    ///
    /// # Errors
    /// As [`Engine::what_if`]; [`Error::Invalid`] where the files cannot be read.
    pub async fn what_if_of(&self, tenant: TenantId, actor: &Actor, files: Files) -> Result<Report, Error> {
        let setting = self.setting(tenant)?;
        if !administers(&setting.policy.org, actor, self.now()) {
            return Err(No::AdministratorsOnly.into());
        }
        let _turn = self.looking().await;
        let draft = self.would_hold(tenant, files).await?;
        // Both sides go by what the admission desk has decided.
        let current = self.as_now(tenant, &setting.policy.current.version).await?;
        self.asked_again(tenant, vec![current], Arc::new(draft)).await
    }

    /// Files that are not kept as the pack that they would be now, with what the admission desk has decided over its own rows.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the files cannot be read; the store's failures.
    pub async fn would_hold(&self, tenant: TenantId, files: Files) -> Result<Pack, Error> {
        let loaded = apart(move || huying_pack::load_from(&files)).await?;
        let mut pack = loaded.map_err(crate::change::told)?;
        let desk = folded(&self.entries(tenant, Log::Admission).await?);
        pack.policy = pack.policy.admitting(&desk.rows());
        Ok(pack)
    }
}
