//! Calling the other system over HTTP: bounded, guarded, and each failure either one that may pass or one that will not.

use std::time::Duration;

use super::wire::{self, Format};
use crate::outbox::{
    guard::{self, Barred, Reach},
    post,
};

/// Bytes that an answer may have.
const LARGEST: usize = 32 << 20;
/// Silence of the other side.
const PATIENCE: Duration = Duration::from_secs(60);

/// A call that did not end well.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    #[error(transparent)]
    Barred(#[from] Barred),
    #[error("the other system was not reached: {0}")]
    Unreached(String),
    /// The request may have been taken.
    #[error("the other system did not answer in time, or its answer broke off: {0}")]
    Unsure(String),
    #[error("the other system answered {status}: {told}")]
    Answered { status: u16, told: String },
    #[error("the answer is longer than {} MB", LARGEST >> 20)]
    TooLong,
    #[error("{0}")]
    Unreadable(String),
}

impl CallError {
    /// Whether the same call may go well later.
    pub fn may_pass(&self) -> bool {
        match self {
            CallError::Unreached(_) | CallError::Unsure(_) | CallError::Unreadable(_) => true,
            CallError::Answered { status, .. } => *status >= 500 || matches!(status, 408 | 425 | 429),
            CallError::Barred(_) | CallError::TooLong => false,
        }
    }
}

/// The client of all feeds.
#[derive(Clone)]
pub struct Caller {
    client: reqwest::Client,
    reach: Reach,
}

/// Where a call goes, and what it says.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    pub base: &'a str,
    /// Such as `requests`; the form's suffix is put on.
    pub method: &'a str,
    pub format: Format,
    pub fields: Vec<(String, String)>,
}

fn encoded(fields: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

impl Asked<'_> {
    fn address(&self) -> String {
        format!("{}/{}.{}", self.base.trim_end_matches('/'), self.method, self.format.suffix())
    }
}

impl Caller {
    pub fn new(reach: Reach) -> Result<Caller, CallError> {
        let client =
            post::client(reach, PATIENCE).map_err(|error| CallError::Unreached(error.to_string()))?;
        Ok(Caller { client, reach })
    }

    /// Asks for something.
    pub async fn get(&self, asked: &Asked<'_>) -> Result<Vec<u8>, CallError> {
        let mut url = guard::check(&asked.address(), self.reach)?;
        url.set_query(Some(&encoded(&asked.fields)));
        self.send(self.client.get(url), asked.format).await
    }

    /// Sends a form. `key` tells a repetition to servers that look at it.
    pub async fn post(&self, asked: &Asked<'_>, key: &str) -> Result<Vec<u8>, CallError> {
        let url = guard::check(&asked.address(), self.reach)?;
        let request = self
            .client
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
            .header("idempotency-key", key)
            .body(encoded(&asked.fields));
        self.send(request, asked.format).await
    }

    async fn send(&self, request: reqwest::RequestBuilder, format: Format) -> Result<Vec<u8>, CallError> {
        let mut answer = request.send().await.map_err(|error| {
            let told = post::chain(&error);
            if error.is_connect() { CallError::Unreached(told) } else { CallError::Unsure(told) }
        })?;
        let status = answer.status();
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| CallError::Unsure(post::chain(&error)))? {
            if body.len() + part.len() > LARGEST {
                return Err(CallError::TooLong);
            }
            body.extend_from_slice(&part);
        }
        if status.is_success() {
            return Ok(body);
        }
        Err(CallError::Answered { status: status.as_u16(), told: wire::complaint(&body, format) })
    }
}
