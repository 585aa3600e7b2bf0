//! Sends one webhook. A redirect is a failure: the subscriber gave one address, and only that one was checked.

use std::time::Duration;

use reqwest::redirect::Policy;

use super::{
    guard::{self, Barred, Reach},
    sign::Secret,
};

/// How long one attempt may take, with everything.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    #[error(transparent)]
    Barred(#[from] Barred),
    /// The receiver wants no more (HTTP 410).
    #[error("the receiver answered 410: it wants no more messages")]
    Gone,
    #[error("the receiver answered {0}")]
    Answered(u16),
    #[error("the receiver was not reached: {0}")]
    Unreached(String),
}

impl PostError {
    /// Another attempt may succeed.
    pub fn may_pass(&self) -> bool {
        !matches!(self, PostError::Barred(_) | PostError::Gone)
    }

    /// The status that the receiver answered with.
    pub fn answer(&self) -> Option<u16> {
        match self {
            PostError::Gone => Some(410),
            PostError::Answered(status) => Some(*status),
            PostError::Barred(_) | PostError::Unreached(_) => None,
        }
    }
}

/// The client of all webhooks.
#[derive(Clone)]
pub struct Poster {
    client: reqwest::Client,
    reach: Reach,
    sandbox: bool,
}

/// What every message of a sandbox carries, for whoever reads headers only; its body says it too.
pub const SANDBOX: &str = "huying-sandbox";

impl Poster {
    pub fn new(reach: Reach) -> Result<Poster, PostError> {
        Ok(Poster { client: client(reach, TIMEOUT)?, reach, sandbox: false })
    }

    /// The same for a sandbox.
    #[must_use]
    pub fn of_sandbox(self, sandbox: bool) -> Poster {
        Poster { sandbox, ..self }
    }

    /// One attempt; answers with the status. `timestamp` is in seconds; receivers refuse old ones, so each attempt is signed anew, with
    /// every secret that holds.
    pub async fn send(
        &self,
        url: &str,
        secrets: &[Secret],
        id: &str,
        timestamp: i64,
        body: &str,
    ) -> Result<u16, PostError> {
        let url = guard::check(url, self.reach)?;
        let signed: Vec<String> = secrets.iter().map(|secret| secret.sign(id, timestamp, body)).collect();
        let mut asked = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", signed.join(" "));
        if self.sandbox {
            asked = asked.header(SANDBOX, "true");
        }
        match asked.body(body.to_owned()).send().await {
            Ok(answer) if answer.status().is_success() => Ok(answer.status().as_u16()),
            Ok(answer) if answer.status().as_u16() == 410 => Err(PostError::Gone),
            Ok(answer) => Err(PostError::Answered(answer.status().as_u16())),
            Err(error) => Err(unreached(&error)),
        }
    }
}

/// A client that follows no redirect, takes no proxy, and reaches only what may be reached.
pub(crate) fn client(reach: Reach, timeout: Duration) -> Result<reqwest::Client, PostError> {
    // The crypto of rustls is chosen once for the process; a second choice of the same is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("huying/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .timeout(timeout)
        .connect_timeout(Duration::from_secs(5))
        .no_proxy()
        .dns_resolver(guard::names(reach))
        .build()
        .map_err(|error| PostError::Unreached(error.to_string()))
}

/// What a receiver answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Seconds after which to try again, where it says so.
    pub retry_after: Option<u32>,
    /// The beginning of what it says.
    pub words: String,
}

/// Bytes of an answer's words that are read.
const WORDS: usize = 2_000;

impl Poster {
    /// Posts bytes with headers and hands back whatever was answered.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: Vec<u8>,
    ) -> Result<Answer, PostError> {
        let url = guard::check(url, self.reach)?;
        let mut asked = self.client.post(url).body(body);
        for (name, value) in headers {
            asked = asked.header(name.as_str(), value.as_str());
        }
        let mut answer = asked.send().await.map_err(|error| unreached(&error))?;
        let status = answer.status().as_u16();
        let retry_after =
            answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let mut words = Vec::new();
        while words.len() < WORDS {
            match answer.chunk().await {
                Ok(Some(chunk)) => words.extend_from_slice(&chunk),
                Ok(None) => break,
                // An answer that breaks off may have been a yes: it is asked again, and the receiver tells a repetition.
                Err(error) => return Err(unreached(&error)),
            }
        }
        words.truncate(WORDS);
        Ok(Answer { status, retry_after, words: String::from_utf8_lossy(&words).into_owned() })
    }
}

fn unreached(error: &reqwest::Error) -> PostError {
    PostError::Unreached(chain(error))
}

/// The whole chain of causes, without the address: it may hold a token.
pub(crate) fn chain(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        causes.push(inner.to_string());
        cause = inner.source();
    }
    if error.is_timeout() {
        causes.push("no answer in time".to_owned());
    }
    causes.join(": ")
}
