//! Fetches what lies at an address, for whoever needs it: guarded like a webhook, without a redirect, and never longer than its bound.
//!
//! Owns what can go wrong. Whether it may come from there, and whether it is tried again, is the caller's to say. Start at [`Fetcher`].

use std::time::Duration;

use super::{
    guard::{self, Barred, Reach},
    post::{PostError, chain, client},
};

/// Why nothing came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    #[error(transparent)]
    Barred(#[from] Barred),
    #[error("it was not reached: {0}")]
    Unreached(String),
    #[error("the answer broke off: {0}")]
    Broken(String),
    #[error("the answer was {0}")]
    Answered(u16),
    #[error("it has more than {0} bytes")]
    TooLong(usize),
}

/// A client that fetches.
#[derive(Clone)]
pub struct Fetcher {
    client: reqwest::Client,
    reach: Reach,
}

impl Fetcher {
    /// One that waits at most so long, whatever a call allows.
    pub fn new(reach: Reach, longest: Duration) -> Result<Fetcher, PostError> {
        Ok(Fetcher::with(client(reach, longest)?, reach))
    }

    /// One by a client that [`client`] made for this reach.
    pub(crate) fn with(client: reqwest::Client, reach: Reach) -> Fetcher {
        Fetcher { client, reach }
    }

    /// Fetches at most `most` bytes within a time.
    pub async fn fetch(&self, url: &str, most: usize, within: Duration) -> Result<Vec<u8>, FetchError> {
        let url = guard::check(url, self.reach)?;
        let answer = self.client.get(url).timeout(within).send().await;
        let answer = answer.map_err(|error| FetchError::Unreached(chain(&error)))?;
        if !answer.status().is_success() {
            return Err(FetchError::Answered(answer.status().as_u16()));
        }
        whole(answer, most).await
    }
}

/// The body of an answer, as long as it is not longer than `most`.
pub(crate) async fn whole(mut answer: reqwest::Response, most: usize) -> Result<Vec<u8>, FetchError> {
    if answer.content_length().is_some_and(|told| told > most as u64) {
        return Err(FetchError::TooLong(most));
    }
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(|error| FetchError::Broken(chain(&error)))? {
        if body.len() + part.len() > most {
            return Err(FetchError::TooLong(most));
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}
