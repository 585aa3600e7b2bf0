//! The logs of the authority's own procedures: what the admission desk, the book of policies and changes of the organisation
//! have decided, entry by entry, kept in the store beside the packs.
//!
//! Owns the numbering of entries, that two nodes never write the same number, and that what hangs on two logs is written in turns, by whichever
//! node. Refuses to know what an entry means.

use huying_model::Instant;
use huying_store::{Installed, TenantId};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use smol_str::{SmolStr, format_smolstr};

use crate::{Engine, Error, policy::hex};

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

    /// An entry as it is kept; `effective` is when it begins to count.
    pub(crate) fn row<E: Serialize>(
        self,
        no: usize,
        entry: &E,
        (effective, now): (Instant, Instant),
    ) -> Result<Installed, Error> {
        let body = serde_json::to_string(entry)
            .map_err(|why| huying_store::Fault::Broken(format!("writing an entry: {why}")))?;
        Ok(row(self.kind(), no, body, (effective, now)))
    }
}

fn row(
    kind: &'static str,
    no: usize,
    body: String,
    (effective_at, installed_at): (Instant, Instant),
) -> Installed {
    Installed {
        kind: SmolStr::new_static(kind),
        version: format_smolstr!("{no:08}"),
        hash: Sha256::digest(body.as_bytes()).into(),
        effective_at,
        installed_at,
        body,
    }
}

/// Writers that meet at one number: each loses to another at most so often before it is told to come again.
const TRIES: usize = 16;
/// Under this kind stands a row for every decision that hangs on more than the log that it is written in: what the rest of it is.
const TURN: &str = "turn";

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
            let (entry, effective) = decide(before)?;
            if self.store().install(tenant, &log.row(no, &entry, (effective, now))?).await? {
                return Ok(entry);
            }
        }
        Err(huying_store::Fault::Busy { retry_after_ms: 1_000 }.into())
    }

    /// How many decisions were written that hang on several logs. Asked before the logs are read that the next one hangs on.
    pub(crate) async fn turns(&self, tenant: TenantId) -> Result<usize, Error> {
        Ok(self.store().installed_heads(tenant, TURN).await?.len())
    }

    /// Appends such a decision, and entries of other logs with it, in one transaction. None, and nothing is written, where another was written
    /// since [`Engine::turns`] said so many, or a number is taken: it has to be looked at anew then.
    pub(crate) async fn append_in_turn<E, F>(
        &self,
        tenant: TenantId,
        log: Log,
        (now, turns): (Instant, usize),
        also: Vec<Installed>,
        decide: F,
    ) -> Result<Option<E>, Error>
    where
        E: Serialize + DeserializeOwned,
        F: FnOnce(Vec<E>) -> Result<(E, Instant), Error>,
    {
        let before: Vec<E> = self.entries(tenant, log).await?;
        let no = before.len() + 1;
        let (entry, effective) = decide(before)?;
        let mut rows = vec![log.row(no, &entry, (effective, now))?];
        rows.extend(also);
        let told: Vec<String> =
            rows.iter().map(|it| format!("{} {} {}", it.kind, it.version, hex(&it.hash))).collect();
        rows.insert(0, row(TURN, turns + 1, told.join("\n"), (now, now)));
        Ok(self.store().install_together(tenant, &rows).await?.then_some(entry))
    }
}
