//! Takes what a partner sends: proves who sent it, reads it, and keeps it durably before it is answered.
//!
//! Owns the order: signature over the raw bytes, then the time, then the form, then whether the source is the partner's own. Refuses
//! everything of a request or nothing of it. What is kept is sealed, and stands once by its source and id. Start at [`Engine::take`].

use huying_store::{TenantId, exchange::NewIn};
use serde::Serialize;
use serde_json::Value;
use smol_str::SmolStr;

use super::{
    event::{self, Event},
    partner::Known,
    secret::Secrets,
};
use crate::{
    Engine, Error,
    outbox::sign::{Secret, TOLERANCE},
};

/// Characters of a number that are kept.
const NUMBER: usize = 64;

/// Why a request of a partner is not taken. Which of several reasons it is, a stranger is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum No {
    #[error(
        "there is no such partner, or the signature is not by its secret: sign webhook-id, webhook-timestamp and the body as Standard Webhooks says"
    )]
    Signature,
    #[error("the time of the signature is too far from now: send it anew, and set the clocks right")]
    Timestamp,
    #[error("the source is not the one that was agreed for this partner: write it as 'source'")]
    Source,
    #[error("the exchange is paused: send it again later")]
    Paused,
    #[error("there is nothing under this id that waits for a decision: look at the list again")]
    Nothing,
}

impl No {
    /// Stable, for programs.
    pub fn code(self) -> &'static str {
        match self {
            No::Signature => "exchange_signature",
            No::Timestamp => "exchange_timestamp",
            No::Source => "exchange_source",
            No::Paused => "exchange_paused",
            No::Nothing => "exchange_nothing",
        }
    }
}

/// A request of a partner.
pub struct Delivery<'a> {
    pub partner: &'a str,
    /// Finds a header by its lower-case name.
    pub header: &'a (dyn Fn(&str) -> Option<String> + Send + Sync),
    pub body: &'a [u8],
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Taken {
    pub id: String,
    /// It was applied before, and nothing is done again.
    pub again: bool,
}

/// Under this name the content of a partner's messages is sealed.
pub(super) fn seal_name(partner: &str) -> String {
    format!("exchange {partner}")
}

impl Engine {
    /// Takes the events of a request. When it answers, they are kept for good.
    ///
    /// # Errors
    /// [`No`] and [`Error::Invalid`]: nothing of the request is kept then.
    pub async fn take(&self, tenant: TenantId, sent: Delivery<'_>) -> Result<Vec<Taken>, Error> {
        let row = self.store().partner(tenant, sent.partner).await?.ok_or(No::Signature)?;
        // The signature first: until it fits, a stranger costs no more than that.
        let seals = self.store().seals(tenant);
        let secrets = Secrets::open(&seals, &row.id, &row.secrets).now(self.now());
        self.signed(&secrets, &sent)?;
        let partner = self.known(tenant, row).await?;
        if !partner.row.active {
            return Err(No::Paused.into());
        }
        let events = event::read(&|name| (sent.header)(name), sent.body).map_err(Error::Invalid)?;
        if events.iter().any(|event| event.source != partner.row.source) {
            return Err(No::Source.into());
        }
        let now = self.now();
        let mut new = Vec::with_capacity(events.len());
        for event in &events {
            let plain = serde_json::to_vec(&event.data).unwrap_or_default();
            new.push(NewIn {
                source: event.source.clone(),
                id: event.id.clone(),
                subject: subject(&partner, event),
                no: event.sequence,
                kind: SmolStr::new(&event.kind),
                sent_at: event.time.unwrap_or(now),
                body: seals.seal_secret(&seal_name(sent.partner), &plain)?,
            });
        }
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let fresh = self.store().add_in(tenant, &partner.row.id, &new, now).await?;
        self.store().partner_heard(tenant, &partner.row.id, now).await?;
        let told = |(event, fresh): (Event, bool)| Taken { id: event.id, again: !fresh };
        Ok(events.into_iter().zip(fresh).map(told).collect())
    }

    fn signed(&self, secrets: &[Secret], sent: &Delivery<'_>) -> Result<(), No> {
        let header = |name: &str| (sent.header)(name).ok_or(No::Signature);
        let (id, time, signature) =
            (header("webhook-id")?, header("webhook-timestamp")?, header("webhook-signature")?);
        let seconds: i64 = time.parse().map_err(|_no_number| No::Signature)?;
        let fits = |secret: &Secret| secret.signed(&signature, &id, seconds, sent.body);
        if !secrets.iter().any(fits) {
            return Err(No::Signature);
        }
        let now = self.now().0.div_euclid(1000);
        if (now - TOLERANCE..=now + TOLERANCE).contains(&seconds) { Ok(()) } else { Err(No::Timestamp) }
    }
}

/// The number of the case: the event's subject, or the field that the mapping has for it.
fn subject(partner: &Known, event: &Event) -> SmolStr {
    if let Some(subject) = &event.subject {
        return SmolStr::new(subject);
    }
    let fields = partner.mapping.as_ref().map(|mapping| mapping.fields()).unwrap_or_default();
    let name = fields.iter().find(|pair| pair.ours == "number").map_or("number", |pair| pair.theirs.as_str());
    match event.data.get(name) {
        // One that cannot be the number of a case is parked as such; here it only has to fit into a key.
        Some(Value::String(number)) => {
            number.chars().filter(|sign| !sign.is_control()).take(NUMBER).collect::<String>().into()
        }
        Some(Value::Number(number)) => SmolStr::new(number.to_string()),
        _ => SmolStr::default(),
    }
}
