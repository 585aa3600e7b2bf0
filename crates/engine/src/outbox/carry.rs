//! Carries delivery rows out: tries, notes success, puts off or gives up.

use std::{collections::BTreeMap, time::Duration};

use futures::{StreamExt, stream};
use huying_store::{Delivery, Hook, Subscription, TenantId, Try};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use super::{Outbox, fan::SEALED, mail::Letter, post::PostError, sign::Secret};
use crate::Error;

/// Rows that are taken at once, and of them in flight.
const TAKE: usize = 64;
const IN_FLIGHT: usize = 8;
/// How long a row is held: longer than the slowest try of all that were taken with it.
const HOLD: Duration = Duration::from_secs(300);
/// Minutes until the next try, after each failed one; then it is given up: about two days in all.
const PAUSES: [i64; 10] = [0, 1, 5, 15, 60, 120, 300, 600, 840, 1200];
/// The first pause, in milliseconds: a receiver that restarts is back by then.
const FIRST_MS: i64 = 10_000;

/// A subscription with what is known beside it.
type Known = BTreeMap<SmolStr, (Subscription, Hook)>;

/// How one try ended.
enum Tried {
    Done,
    Later(String),
    Never(String),
    /// The receiver wants no more of this subscription.
    Gone,
}

#[derive(Deserialize)]
struct Written {
    subject: String,
    body: String,
}

impl Outbox {
    /// Tries every row that is due once. Returns how many.
    pub async fn carry_out(&self) -> Result<usize, Error> {
        let mut tried = 0;
        if self.is_silent() {
            return Ok(tried);
        }
        for tenant in self.engine.tenants() {
            loop {
                let now = self.engine.now();
                let until = now.plus_ms(i64::try_from(HOLD.as_millis()).unwrap_or(i64::MAX));
                let rows =
                    self.engine.store().claim_deliveries(tenant, &self.holder, now, until, TAKE).await?;
                if rows.is_empty() {
                    break;
                }
                tried += rows.len();
                let subscriptions = self.known(tenant).await?;
                let tries = rows.into_iter().map(|row| self.carry(tenant, &subscriptions, row));
                let mut tries = stream::iter(tries).buffer_unordered(IN_FLIGHT);
                while let Some(noted) = tries.next().await {
                    noted?;
                }
            }
        }
        Ok(tried)
    }

    async fn known(&self, tenant: TenantId) -> Result<Known, Error> {
        let mut hooks: BTreeMap<SmolStr, Hook> =
            self.engine.store().hooks(tenant).await?.into_iter().collect();
        let subscriptions = self.engine.store().subscriptions(tenant).await?.into_iter();
        Ok(subscriptions
            .map(|it| {
                let hook = hooks.remove(&it.id).unwrap_or_default();
                (it.id.clone(), (it, hook))
            })
            .collect())
    }

    async fn carry(&self, tenant: TenantId, all: &Known, row: Delivery) -> Result<(), Error> {
        let store = self.engine.store();
        let tried = match row.channel.as_str() {
            "webhook" => self.post(tenant, all.get(&row.subscriber), &row).await?,
            "mail" => self.mail(tenant, &row).await,
            other => Tried::Never(format!("no way out is called '{other}'")),
        };
        let now = self.engine.now();
        let kept = match tried {
            Tried::Done => store.delivery_done(tenant, &row.id, &self.holder, now).await?,
            Tried::Later(error) => match pause(&row) {
                Some(ms) => {
                    store.delivery_retry(tenant, &row.id, &self.holder, now.plus_ms(ms), &error).await?
                }
                None => store.delivery_failed(tenant, &row.id, &self.holder, now, &error).await?,
            },
            Tried::Never(error) => store.delivery_failed(tenant, &row.id, &self.holder, now, &error).await?,
            Tried::Gone => {
                store.activate(tenant, &row.subscriber, false).await?;
                store
                    .delivery_failed(tenant, &row.id, &self.holder, now, "the receiver wants no more")
                    .await?
            }
        };
        if !kept {
            tracing::warn!(id = %row.id, "a delivery took longer than it was held; the receiver may get it twice");
        }
        Ok(())
    }

    async fn post(
        &self,
        tenant: TenantId,
        known: Option<&(Subscription, Hook)>,
        row: &Delivery,
    ) -> Result<Tried, Error> {
        let Some((_, hook)) = known.filter(|(subscription, _)| subscription.active) else {
            return Ok(Tried::Never("the subscription is gone or switched off".to_owned()));
        };
        let now = self.engine.now();
        let secret = known.and_then(|(subscription, _)| subscription.secret.as_deref());
        let Some(Ok(secret)) = secret.map(Secret::parse) else {
            return Ok(Tried::Never("the subscription has no usable secret: make it anew".to_owned()));
        };
        let both = hook.old_until.is_some_and(|until| now < until);
        let old = hook.old_secret.as_deref().filter(|_| both).and_then(|old| Secret::parse(old).ok());
        let secrets: Vec<Secret> = std::iter::once(secret).chain(old).collect();
        let seconds = now.0.div_euclid(1000);
        let sent = self.poster.send(&row.target, &secrets, &row.id, seconds, &row.payload).await;
        let answer = sent.as_ref().map_or_else(PostError::answer, |status| Some(*status));
        let error = sent.as_ref().err().map(ToString::to_string);
        let tried = Try { at: now, no: row.attempts, answer: answer.map(i64::from), error };
        self.engine.store().note_try(tenant, &row.id, &tried).await?;
        Ok(match sent {
            Ok(_) => Tried::Done,
            Err(PostError::Gone) => Tried::Gone,
            Err(error) if error.may_pass() => Tried::Later(error.to_string()),
            Err(error) => Tried::Never(error.to_string()),
        })
    }

    async fn mail(&self, tenant: TenantId, row: &Delivery) -> Tried {
        if self.engine.is_sandbox() {
            return Tried::Never("a sandbox sends no mail".to_owned());
        }
        let Some(mailer) = &self.mailer else {
            return Tried::Later("no mail server is configured".to_owned());
        };
        let to = match self.address(tenant, &row.target).await {
            Ok(to) => to,
            Err(tried) => return tried,
        };
        let Ok(Written { subject, body }) = serde_json::from_str(&row.payload) else {
            return Tried::Never("the message cannot be read".to_owned());
        };
        match mailer.send(&Letter { to, subject, body, id: row.id.to_string() }).await {
            Ok(()) => Tried::Done,
            Err(error) if error.may_pass() => Tried::Later(error.to_string()),
            Err(error) => Tried::Never(error.to_string()),
        }
    }

    /// The address in the clear, only for the moment of sending.
    async fn address(&self, tenant: TenantId, target: &str) -> Result<String, Tried> {
        let Some(sealed) = target.strip_prefix(SEALED) else { return Ok(target.to_owned()) };
        let unreadable = || Tried::Never("the address was forgotten".to_owned());
        let sealed: huying_model::words::Sealed =
            serde_json::from_str(sealed).map_err(|_no_json| unreadable())?;
        let store = self.engine.store();
        if let Err(error) = store.load_keys(tenant, std::slice::from_ref(&sealed.key)).await {
            return Err(Tried::Later(error.to_string()));
        }
        store.seals(tenant).open(&sealed).ok_or_else(unreadable)
    }
}

/// Milliseconds until the next try, spread by up to a tenth so that rows that failed together do not return together.
fn pause(row: &Delivery) -> Option<i64> {
    let tries = usize::try_from(row.attempts.saturating_sub(1)).unwrap_or(0);
    let ms = PAUSES.get(tries)?.saturating_mul(60_000).max(FIRST_MS);
    let spread = Sha256::digest(row.id.as_bytes()).first().map_or(0, |byte| i64::from(*byte));
    Some(ms + ms * spread / 2560)
}
