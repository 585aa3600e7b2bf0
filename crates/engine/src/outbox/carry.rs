//! Carries delivery rows out: tries, notes success, puts off or gives up.
//!
//! A row is taken only when it can be sent, and what one subscriber is told of one case goes one message after the other, the oldest
//! first. Whether its subscription is paused is read after a row was taken: whoever pauses sees the row in somebody's hands and waits for
//! it, or it is not sent. Start at [`Outbox::carry_out`].

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use futures::{StreamExt, stream::FuturesUnordered};
use huying_store::{Delivery, Hook, Subscription, TenantId, Try};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use super::{Outbox, fan::SEALED, mail::Letter, post::PostError, sign::Secret};
use crate::Error;

/// Rows that are in hand at once.
const IN_HAND: usize = 8;
/// How long a row is held: longer than the slowest tries of all that may stand before it in its line.
const HOLD: Duration = Duration::from_secs(300);
/// Minutes until the next try, after each failed one; then it is given up: about two days in all.
const PAUSES: [i64; 10] = [0, 1, 5, 15, 60, 120, 300, 600, 840, 1200];
/// The first pause, in milliseconds: a receiver that restarts is back by then.
const FIRST_MS: i64 = 10_000;

/// What goes one after the other: a subscriber, and the case that it is told of or else the message itself.
type Line = (SmolStr, String);

/// How one try ended.
enum Tried {
    Done,
    Later(String),
    Never(String),
    /// The receiver wants no more of this subscription.
    Gone,
}

/// The store failed over a row.
enum Stuck {
    /// Nothing was sent.
    Before(Delivery, Error),
    /// It may have been sent, and stays held: given back it would go again at once, each time.
    After(Error),
}

/// What a message says it is about.
#[derive(Deserialize)]
struct About {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    case: Option<Value>,
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
            tried += self.carry_all(tenant).await?;
        }
        Ok(tried)
    }

    async fn carry_all(&self, tenant: TenantId) -> Result<usize, Error> {
        let mut sending = FuturesUnordered::new();
        // What stands behind the row that is being sent, by line.
        let mut lines: BTreeMap<Line, VecDeque<Delivery>> = BTreeMap::new();
        let (mut tried, mut in_hand, mut dry) = (0, 0, false);
        // Where the store fails, nothing more is begun, and what is on its way ends: cut off, it would be sent twice.
        let mut failed: Option<Error> = None;
        loop {
            // Where nothing was left, it is looked again only when everything in hand has ended.
            if failed.is_none() && (in_hand == 0 || (!dry && in_hand < IN_HAND)) {
                let rows = self.take(tenant, IN_HAND - in_hand).await.unwrap_or_else(|error| {
                    failed = Some(error);
                    Vec::new()
                });
                dry = rows.len() < IN_HAND - in_hand;
                (tried, in_hand) = (tried + rows.len(), in_hand + rows.len());
                for row in rows {
                    let line = line_of(&row);
                    match lines.get_mut(&line) {
                        Some(behind) => behind.push_back(row),
                        None => {
                            lines.insert(line.clone(), VecDeque::new());
                            sending.push(self.carry_in(tenant, line, row));
                        }
                    }
                }
            }
            let Some((line, carried)) = sending.next().await else { break };
            in_hand -= 1;
            match carried {
                Ok(()) => {}
                Err(Stuck::Before(row, error)) => {
                    lines.entry(line.clone()).or_default().push_front(row);
                    failed = failed.or(Some(error));
                }
                Err(Stuck::After(error)) => failed = failed.or(Some(error)),
            }
            if failed.is_some() {
                continue;
            }
            match lines.get_mut(&line).and_then(VecDeque::pop_front) {
                Some(row) => sending.push(self.carry_in(tenant, line, row)),
                None => drop(lines.remove(&line)),
            }
        }
        let Some(error) = failed else { return Ok(tried) };
        self.give_back(tenant, lines).await;
        Err(error)
    }

    /// What was not begun is due as before: held on, it would be overtaken by what is newer in its line. In that order, as far as the
    /// store lets it.
    async fn give_back(&self, tenant: TenantId, lines: BTreeMap<Line, VecDeque<Delivery>>) {
        for line in lines.into_values() {
            for row in line {
                let back = self.engine.store().delivery_release(tenant, &row.id, &self.holder).await;
                if let Err(error) = back {
                    tracing::warn!(id = %row.id, %error, "a delivery stays held until its time is over");
                    break;
                }
            }
        }
    }

    async fn take(&self, tenant: TenantId, most: usize) -> Result<Vec<Delivery>, Error> {
        let now = self.engine.now();
        let until = now.plus_ms(i64::try_from(HOLD.as_millis()).unwrap_or(i64::MAX));
        Ok(self.engine.store().claim_deliveries(tenant, &self.holder, now, until, most).await?)
    }

    async fn carry_in(&self, tenant: TenantId, line: Line, row: Delivery) -> (Line, Result<(), Stuck>) {
        let store = self.engine.store();
        let known = match store.subscription(tenant, &row.subscriber).await {
            Ok(known) => known,
            Err(fault) => return (line, Err(Stuck::Before(row, fault.into()))),
        };
        if known.as_ref().is_some_and(|(_, hook)| hook.paused) {
            let released = store.delivery_release(tenant, &row.id, &self.holder).await;
            return (line, released.map(drop).map_err(|fault| Stuck::Before(row, fault.into())));
        }
        let carried = self.carry(tenant, known.as_ref(), &row).await;
        (line, carried.map_err(Stuck::After))
    }

    async fn carry(
        &self,
        tenant: TenantId,
        known: Option<&(Subscription, Hook)>,
        row: &Delivery,
    ) -> Result<(), Error> {
        let store = self.engine.store();
        let tried = match row.channel.as_str() {
            "webhook" => self.post(tenant, known, row).await?,
            "mail" => self.mail(tenant, row).await,
            other => Tried::Never(format!("no way out is called '{other}'")),
        };
        let now = self.engine.now();
        let kept = match tried {
            Tried::Done => store.delivery_done(tenant, &row.id, &self.holder, now).await?,
            Tried::Later(error) => match pause(row) {
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

/// A message that names no case stands in a line of its own.
fn line_of(row: &Delivery) -> Line {
    let about: Option<About> = serde_json::from_str(&row.payload).ok();
    let case = about.and_then(|about| about.data.case);
    (row.subscriber.clone(), case.map_or_else(|| row.id.to_string(), |case| case.to_string()))
}

/// Milliseconds until the next try, spread by up to a tenth so that rows that failed together do not return together.
fn pause(row: &Delivery) -> Option<i64> {
    let tries = usize::try_from(row.attempts.saturating_sub(1)).unwrap_or(0);
    let ms = PAUSES.get(tries)?.saturating_mul(60_000).max(FIRST_MS);
    let spread = Sha256::digest(row.id.as_bytes()).first().map_or(0, |byte| i64::from(*byte));
    Some(ms + ms * spread / 2560)
}
