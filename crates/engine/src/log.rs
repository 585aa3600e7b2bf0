//! The logs of the authority's own procedures: what the admission desk, the book of policies and changes of the organisation
//! have decided, entry by entry, kept in the store beside the packs.
//!
//! Owns the numbering of entries and that two nodes never write the same number. Refuses to know what an entry means.

use huying_model::Instant;
use huying_store::{Installed, TenantId};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use smol_str::{SmolStr, format_smolstr};

use crate::{Engine, Error};

/// One of the logs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Log {
    /// The admission desk.
    Admission,
    /// The book of policies.
    Policy,
    /// Changes of the organisation.
    Organisation,
    /// Changes that give seats, and who agreed to them.
    Grants,
}

impl Log {
    fn kind(self) -> &'static str {
        match self {
            Log::Admission => "admission",
            Log::Policy => "policy",
            Log::Organisation => "organisation",
            Log::Grants => "grants",
        }
    }
}

/// Writers that meet at one number: each loses to another at most so often before it is told to come again.
const TRIES: usize = 16;

impl Engine {
    /// Every entry, oldest first.
    pub(crate) async fn entries<E: DeserializeOwned>(
        &self,
        tenant: TenantId,
        log: Log,
    ) -> Result<Vec<E>, Error> {
        let mut rows = self.store().installed(tenant, log.kind()).await?;
        rows.sort_by(|a, b| a.version.cmp(&b.version));
        let read = |row: &Installed| {
            serde_json::from_str(&row.body).map_err(|why| {
                let what = format!("entry {} of the log '{}' cannot be read: {why}", row.version, log.kind());
                Error::Fault(huying_store::Fault::Broken(what))
            })
        };
        rows.iter().map(read).collect()
    }

    /// Reads the log, lets `decide` say what follows from it, and appends that; again from the start where somebody else was
    /// faster. `effective` is when the entry begins to count.
    pub(crate) async fn append<E, F>(
        &self,
        tenant: TenantId,
        log: Log,
        now: Instant,
        mut decide: F,
    ) -> Result<E, Error>
    where
        E: Serialize + DeserializeOwned,
        F: FnMut(Vec<E>) -> Result<(E, Instant), Error>,
    {
        for _ in 0..TRIES {
            let before: Vec<E> = self.entries(tenant, log).await?;
            let no = before.len() + 1;
            let (entry, effective_at) = decide(before)?;
            let body = serde_json::to_string(&entry)
                .map_err(|why| huying_store::Fault::Broken(format!("writing an entry: {why}")))?;
            let it = Installed {
                kind: SmolStr::new_static(log.kind()),
                version: format_smolstr!("{no:08}"),
                hash: Sha256::digest(body.as_bytes()).into(),
                effective_at,
                installed_at: now,
                body,
            };
            if self.store().install(tenant, &it).await? {
                return Ok(entry);
            }
        }
        Err(huying_store::Fault::Busy { retry_after_ms: 1_000 }.into())
    }
}
