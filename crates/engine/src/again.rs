//! When what stopped is tried once more by itself: a mapping, the rules or the organisation is another than when it was tried last.
//!
//! Owns how one state of them is told from another: a mark, kept as a cursor of the store. So a restart tries nothing anew, and a change
//! that another process has written is seen. Where nothing was kept before, nothing has changed. Start at [`Engine::has_changed`].

use huying_store::TenantId;
use sha2::{Digest, Sha256};

use crate::{Engine, Error, Setting};

/// A mark has no place in a stream.
const NO_STREAM: i64 = 0;

/// The mark of what an authority goes by, with a mapping.
pub(crate) fn mark(setting: &Setting, mapping: &str) -> i64 {
    let (version, counts) = match &setting.as_of {
        Some(as_of) => (&as_of.version, as_of.counts()),
        None => (&setting.base.version, [0; 3]),
    };
    let mut sum = Sha256::new();
    sum.update(format!("{version} {counts:?}\n{mapping}"));
    sum.finalize().iter().take(8).fold(0, |sum, byte| (sum << 8) | i64::from(*byte))
}

impl Engine {
    /// Whether the mark that was kept under a name is another. It is kept with [`Engine::note_mark`] once what follows from it is done.
    pub(crate) async fn has_changed(&self, tenant: TenantId, name: &str, mark: i64) -> Result<bool, Error> {
        match self.store().cursor(tenant, name).await?.first() {
            Some((_, kept)) => Ok(*kept != mark),
            None => {
                self.note_mark(tenant, name, mark).await?;
                Ok(false)
            }
        }
    }

    pub(crate) async fn note_mark(&self, tenant: TenantId, name: &str, mark: i64) -> Result<(), Error> {
        Ok(self.store().set_cursor(tenant, name, NO_STREAM, mark).await?)
    }
}
