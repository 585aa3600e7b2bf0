//! Calling the other system over HTTP: bounded, guarded, and each failure either one that may pass or one that will not.
//!
//! Where a call goes is asked of the same guard as webhooks, no redirect is followed, and no answer is longer than its bound. Start at
//! [`Caller`].

use std::time::Duration;

use super::wire::{self, Format};
use crate::outbox::{
    fetch::{FetchError, Fetcher, whole},
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
    #[error("the answer is longer than {} MB", .0 >> 20)]
    TooLong(usize),
    #[error("the list goes on after {0} pages: raise page_size in the feed's map")]
    Endless(u32),
    #[error("{0}")]
    Unreadable(String),
}

impl CallError {
    /// Whether the same call may go well later.
    pub fn may_pass(&self) -> bool {
        match self {
            CallError::Unreached(_)
            | CallError::Unsure(_)
            | CallError::Endless(_)
            | CallError::Unreadable(_) => true,
            CallError::Answered { status, .. } => *status >= 500 || matches!(status, 408 | 425 | 429),
            CallError::Barred(_) | CallError::TooLong(_) => false,
        }
    }
}

impl From<FetchError> for CallError {
    fn from(error: FetchError) -> CallError {
        match error {
            FetchError::Barred(barred) => CallError::Barred(barred),
            FetchError::Unreached(told) => CallError::Unreached(told),
            FetchError::Broken(told) => CallError::Unsure(told),
            FetchError::TooLong(most) => CallError::TooLong(most),
            FetchError::Answered(status @ 300..400) => {
                let told = "it points elsewhere, and that is not followed".to_owned();
                CallError::Answered { status, told }
            }
            FetchError::Answered(status) => {
                CallError::Answered { status, told: "it is not there".to_owned() }
            }
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
    /// Photos that go with a form, as JPEG; with any the form has parts.
    pub files: Vec<Vec<u8>>,
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
        Caller::patient(reach, PATIENCE)
    }

    /// One that waits so long for an answer as a whole.
    pub fn patient(reach: Reach, patience: Duration) -> Result<Caller, CallError> {
        let client =
            post::client(reach, patience).map_err(|error| CallError::Unreached(error.to_string()))?;
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
        let (media, body) = if asked.files.is_empty() {
            let media = "application/x-www-form-urlencoded; charset=utf-8".to_owned();
            (media, encoded(&asked.fields).into_bytes())
        } else {
            in_parts(asked)
        };
        let request =
            self.client.post(url).header("content-type", media).header("idempotency-key", key).body(body);
        self.send(request, asked.format).await
    }

    /// Fetches a picture of at most `most` bytes within `patience`. Whether it may come from there was asked before; what it is has
    /// to be looked at.
    pub async fn fetch(&self, url: &str, most: usize, patience: Duration) -> Result<Vec<u8>, CallError> {
        Ok(Fetcher::with(self.client.clone(), self.reach).fetch(url, most, patience).await?)
    }

    async fn send(&self, request: reqwest::RequestBuilder, format: Format) -> Result<Vec<u8>, CallError> {
        let answer = request.send().await.map_err(|error| {
            let told = post::chain(&error);
            if error.is_connect() { CallError::Unreached(told) } else { CallError::Unsure(told) }
        })?;
        let status = answer.status();
        let body = whole(answer, LARGEST).await?;
        if status.is_success() {
            return Ok(body);
        }
        Err(CallError::Answered { status: status.as_u16(), told: wire::complaint(&body, format) })
    }
}

/// The form in parts (RFC 7578). The mark between them is made anew each time, so that no picture can hold it.
fn in_parts(asked: &Asked<'_>) -> (String, Vec<u8>) {
    let mark = format!("huying-{:032x}", rand::random::<u128>());
    let mut body = Vec::new();
    for (name, value) in &asked.fields {
        let head = format!("--{mark}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(head.as_bytes());
    }
    for (no, file) in asked.files.iter().enumerate() {
        let head = format!(
            "--{mark}\r\nContent-Disposition: form-data; name=\"media\"; filename=\"photo-{no}.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{mark}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={mark}"), body)
}
