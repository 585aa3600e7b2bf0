//! The secrets that are shared with a partner: several at once while one takes the place of another, sealed as they are stored.

use huying_model::Instant;
use huying_store::Seals;
use serde::{Deserialize, Serialize};

use crate::{Error, Problem, outbox::sign::Secret};

/// How long the old secret still holds after a new one was made.
pub const OVERLAP_MS: i64 = 7 * 24 * 3_600_000;
/// Secrets that may hold at one moment.
const MOST: usize = 4;

/// A secret with how long it holds.
#[derive(Clone, Serialize, Deserialize)]
struct Shared {
    secret: String,
    made_at: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Instant>,
}

/// A partner's secrets.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secrets(Vec<Shared>);

fn name(partner: &str) -> String {
    format!("partner {partner}")
}

impl Secrets {
    /// Opens what [`Secrets::sealed`] made; none where it does not open.
    pub fn open(seals: &Seals, partner: &str, sealed: &[u8]) -> Secrets {
        let plain = seals.open_secret(&name(partner), sealed);
        plain.and_then(|plain| serde_json::from_slice(&plain).ok()).unwrap_or_default()
    }

    pub fn sealed(&self, seals: &Seals, partner: &str) -> Result<Vec<u8>, Error> {
        let plain = serde_json::to_vec(self).unwrap_or_default();
        Ok(seals.seal_secret(&name(partner), &plain)?)
    }

    /// Adds one, made here or given by the partner; the others hold for [`OVERLAP_MS`] more. Answers its text, to be shown once.
    ///
    /// # Errors
    /// [`Error::Invalid`] where a given one cannot be used.
    pub fn add(&mut self, given: Option<&str>, now: Instant) -> Result<String, Error> {
        let secret = match given.map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => Secret::parse(text)
                .map_err(|bad| Error::from(Problem::at("secret", "partner_secret", bad.to_string())))?,
            None => Secret::fresh(),
        };
        self.0.retain(|shared| shared.until.is_none_or(|until| until > now));
        for shared in &mut self.0 {
            let ends = now.plus_ms(OVERLAP_MS);
            shared.until = Some(shared.until.map_or(ends, |until| until.min(ends)));
        }
        let text = secret.to_text();
        self.0.retain(|shared| shared.secret != text);
        self.0.push(Shared { secret: text.clone(), made_at: now, until: None });
        let extra = self.0.len().saturating_sub(MOST);
        self.0.drain(..extra);
        Ok(text)
    }

    /// Ends every secret but the newest at once.
    pub fn end_old(&mut self) {
        let extra = self.0.len().saturating_sub(1);
        self.0.drain(..extra);
    }

    /// Those that hold now, the newest first.
    pub fn now(&self, now: Instant) -> Vec<Secret> {
        let holds = |shared: &&Shared| shared.until.is_none_or(|until| until > now);
        self.0.iter().rev().filter(holds).filter_map(|shared| Secret::parse(&shared.secret).ok()).collect()
    }

    /// When each was made, and until when an older one holds.
    pub fn told(&self) -> Vec<(Instant, Option<Instant>)> {
        self.0.iter().map(|shared| (shared.made_at, shared.until)).collect()
    }
}
