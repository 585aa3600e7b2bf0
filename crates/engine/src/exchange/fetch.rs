//! Fetches files from partners, with as much patience as the caller has.
//!
//! Owns which failures may pass: what is not there now may be there later, what must not be fetched never is. Refuses every address but
//! the partner's own, and more bytes than a file may have. Start at [`Exchange::fetch`].

use std::time::Duration;

use super::{
    Exchange,
    file::{FileTold, sum},
};
use crate::{files::MAX_BYTES, outbox::fetch::FetchError};

/// How long a file may take while messages wait behind it.
pub(super) const QUICK: Duration = Duration::from_secs(15);
/// How long it may take when nothing waits: the largest file over half a megabit a second.
pub(super) const PATIENT: Duration = Duration::from_secs(330);

/// Why a file was not fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unfetched {
    /// It may be there later.
    Later(String),
    /// It is not tried again.
    Never(String),
}

impl From<FetchError> for Unfetched {
    fn from(error: FetchError) -> Unfetched {
        match error {
            FetchError::TooLong(_) => Unfetched::Never(error.to_string()),
            error => Unfetched::Later(error.to_string()),
        }
    }
}

impl Exchange {
    /// Fetches a told file. Its address must be the partner's own.
    pub(super) async fn fetch(
        &self,
        address: &str,
        told: &FileTold,
        within: Duration,
    ) -> Result<Vec<u8>, Unfetched> {
        let never = |why: &str| Unfetched::Never(why.to_owned());
        let url = told.url.as_deref().ok_or_else(|| never("the message gives no address for it"))?;
        let origin = |text: &str| reqwest::Url::parse(text).ok().map(|url| url.origin());
        if origin(url).is_none_or(|of| !of.is_tuple() || Some(of) != origin(address)) {
            return Err(never("its address is not the partner's own"));
        }
        let bytes = self.fetcher.fetch(url, MAX_BYTES, within).await?;
        if sum(&bytes) == told.sha256.to_ascii_lowercase() {
            Ok(bytes)
        } else {
            Err(Unfetched::Later("its bytes are not those that were told".to_owned()))
        }
    }
}
