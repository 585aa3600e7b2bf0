//! Webhooks looked after by a person: pause and go on, another secret, a message on trial, one delivery or a stretch of them sent again.
//!
//! Owns what may be asked for; the outbox does it. Whoever pauses is answered when nothing is on its way any more. A receiver knows a
//! repetition by the message's id, which is the same each time.
//! Start at [`Engine::subscription`].

use std::time::Duration;

use huying_model::Instant;
use huying_store::{Hook, NewDelivery, Replay, Subscription, TenantId};
use serde_json::json;
use smol_str::{SmolStr, format_smolstr};

use super::sign::Secret;
use crate::{Engine, Error, Problem};

/// How long both secrets sign after a change, where nobody says otherwise, and at most.
pub const OVERLAP_HOURS: i64 = 24;
pub const MOST_OVERLAP_HOURS: i64 = 30 * 24;
const HOUR_MS: i64 = 3_600_000;
/// How often it is looked whether anything is on its way, and at most: longer than one try may take. What somebody still has in hand then
/// was left by a node that died.
const LOOK: Duration = Duration::from_millis(50);
const LOOKS: usize = 500;

/// A subscription with everything that is known of it.
#[derive(Clone, Debug)]
pub struct Known {
    pub subscription: Subscription,
    pub hook: Hook,
    pub replays: Vec<Replay>,
    /// Deliveries that wait.
    pub waiting: i64,
    /// Of them those that are being sent at this moment.
    pub sending: i64,
}

/// From where on messages are told again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum From {
    /// Behind a position of a stream.
    Position { stream: i64, position: i64 },
    /// What was recorded at this moment or later.
    Moment(Instant),
}

impl Engine {
    /// One subscription; None where there is none.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn subscription(&self, tenant: TenantId, id: &str) -> Result<Option<Known>, Error> {
        let store = self.store();
        let Some((subscription, hook)) = store.subscription(tenant, id).await? else { return Ok(None) };
        let replays = store.replays(tenant).await?.into_iter().filter(|it| it.subscription == id).collect();
        let waiting = store.deliveries_waiting(tenant, id).await?;
        let sending = store.deliveries_held(tenant, id, self.now()).await?;
        Ok(Some(Known { subscription, hook, replays, waiting, sending }))
    }

    /// Its messages wait from now on. Answers when those that were being sent have ended: nothing is sent after that.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn pause(&self, tenant: TenantId, known: &Known) -> Result<(), Error> {
        let (store, id) = (self.store(), &known.subscription.id);
        store.pause_hook(tenant, id, true).await?;
        for _ in 0..LOOKS {
            if store.deliveries_held(tenant, id, self.now()).await? == 0 {
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// They are sent again, those that waited too; also where the receiver had answered 410.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn resume(&self, tenant: TenantId, known: &Known) -> Result<(), Error> {
        self.store().pause_hook(tenant, &known.subscription.id, false).await?;
        Ok(self.store().activate(tenant, &known.subscription.id, true).await?)
    }

    /// Gives a webhook another secret. Until the overlap ends both sign, so that the receiver can change over in its own time.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is no webhook and for an overlap out of bounds; the store's failures.
    pub async fn another_secret(
        &self,
        tenant: TenantId,
        known: &Known,
        overlap_hours: i64,
    ) -> Result<String, Error> {
        webhook(known)?;
        if !(0..=MOST_OVERLAP_HOURS).contains(&overlap_hours) {
            let mend = format!("Write hours from 0 to {MOST_OVERLAP_HOURS}.");
            return Err(Problem::at("overlap_hours", "out_of_range", mend).into());
        }
        let fresh = Secret::fresh().to_text();
        let until = self.now().plus_ms(overlap_hours * HOUR_MS);
        let old = known.subscription.secret.as_deref().filter(|_| overlap_hours > 0);
        let old = old.map(|secret| (secret, until));
        self.store().change_secret(tenant, &known.subscription.id, &fresh, old).await?;
        Ok(fresh)
    }

    /// A message that says nothing, to see whether it arrives. Answers with its id.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is no webhook, or switched off; the store's failures.
    pub async fn ping(&self, tenant: TenantId, known: &Known) -> Result<SmolStr, Error> {
        webhook(known)?;
        awake(known)?;
        let (now, of) = (self.now(), &known.subscription);
        let id = format_smolstr!("msg_ping_{}_{}", of.id, now.0);
        let mut payload = json!({
            "type": "ping", "timestamp": now.to_string(), "data": {"tenant": tenant.0, "subscription": of.id},
        });
        if self.is_sandbox() {
            payload["data"]["sandbox"] = json!(true);
        }
        let row = NewDelivery {
            id: id.clone(),
            subscriber: of.id.clone(),
            channel: of.kind.clone(),
            target: of.target.clone(),
            payload: payload.to_string(),
            created_at: now,
        };
        self.store().deliver(tenant, &[row], None).await?;
        Ok(id)
    }

    /// Tells everything that fits again from a place on, up to what is there now. Rows that still wait are not doubled.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is no webhook, or switched off; the store's failures.
    pub async fn tell_again(
        &self,
        tenant: TenantId,
        known: &Known,
        from: From,
    ) -> Result<Vec<Replay>, Error> {
        webhook(known)?;
        awake(known)?;
        let ends = self.store().streams().await?;
        let begins = match from {
            From::Position { stream, position } => vec![(stream, position)],
            From::Moment(at) => {
                let mut begins = Vec::new();
                for (stream, end) in &ends {
                    begins.push((*stream, self.store().position_before(*stream, *end, at).await?));
                }
                begins
            }
        };
        let mut replays = Vec::new();
        for (stream, position) in begins {
            let Some((_, through)) = ends.iter().copied().find(|(known, _)| *known == stream) else {
                let mend = format!(
                    "There is no stream {stream}: the id of a message begins with msg_STREAM_POSITION."
                );
                return Err(Problem::at("stream", "unknown_stream", mend).into());
            };
            let subscription = known.subscription.id.clone();
            let replay = Replay { subscription, stream, position: position.max(0), through };
            if replay.position < through {
                self.store().begin_replay(tenant, &replay).await?;
                replays.push(replay);
            }
        }
        Ok(replays)
    }
}

fn webhook(known: &Known) -> Result<(), Problem> {
    if known.subscription.kind == "webhook" {
        return Ok(());
    }
    Err(Problem::at("id", "not_a_webhook", "That is done with webhooks only: choose one of the list."))
}

fn awake(known: &Known) -> Result<(), Problem> {
    if known.subscription.active {
        return Ok(());
    }
    Err(Problem::at("id", "switched_off", "The receiver answered 410: let the subscription go on first."))
}
