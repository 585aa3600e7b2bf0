//! Carries messages out: each case's in its order, a partner that is down at growing intervals, and what will not be taken set before a
//! person.
//!
//! A partner that cannot be reached, or refuses the signature or the address, is tried with one message at a time, farther and farther
//! apart and each time with another; everything waits meanwhile. A message that is refused for itself stops its case alone. Start at
//! [`Exchange::carry`].

use std::collections::VecDeque;

use huying_model::Instant;
use huying_pack::partner::{Mapping, Mode};
use huying_store::{Fault, TenantId, exchange::OutRow};
use sha2::{Digest, Sha256};

use super::{
    Exchange,
    event::{self, Event},
    partner::Known,
};
use crate::{Error, lease::Turn, outbox::post::PostError};

/// Messages that are looked at together, and of them in one batch.
const TAKE: usize = 200;
const IN_BATCH: usize = 50;
/// Seconds until a partner that is down is tried again, by how often it failed.
const PAUSES: [i64; 8] = [5, 15, 60, 120, 300, 600, 1200, 1800];
/// Tries after which a message that a partner stumbles over is set before a person.
const TRIES: i64 = 12;
/// Tries after which one that breaks the partner's front door each time, while others pass, is set before a person.
const DOOR_TRIES: i64 = 24;
/// Tries after which a message goes alone.
const ALONE: i64 = 3;
/// How long after the others one comes that was not taken.
const BEHIND_MS: i64 = 1_000;
/// Messages that a partner may stumble over in one run before it counts as down.
const STUMBLES: usize = 3;

/// What came of a request.
enum Sent {
    Taken,
    /// Nobody is there, or nothing is let in: it concerns every message.
    Down {
        why: String,
        after: Option<u32>,
    },
    /// The partner failed over these messages.
    Stumbled(String),
    /// The partner will not take these messages as they are.
    Refused(String),
}

/// Milliseconds until the next try, spread so that partners that failed together do not return together.
fn pause(failures: i64, of: &str) -> i64 {
    let no = usize::try_from(failures).unwrap_or(0).min(PAUSES.len() - 1);
    let ms = PAUSES[no] * 1000;
    let spread = Sha256::digest(of.as_bytes()).first().map_or(0, |byte| i64::from(*byte));
    ms + ms * spread / 2560
}

/// Messages that go together, each with its content where that was written already.
type Bundle = Vec<(OutRow, Option<Event>)>;

/// How it goes with a partner in this run.
struct Way {
    /// Failures one after the other; none while the partner answers.
    failures: i64,
    stumbles: usize,
    moved: usize,
}

/// What goes together: fifty in a batch, one where the partner is tried or has failed over a message before.
fn parted(rows: Vec<OutRow>, most: usize, way: &Way) -> VecDeque<Bundle> {
    let mut queue: VecDeque<Bundle> = VecDeque::new();
    let mut open = false;
    for row in rows {
        let alone = row.attempts >= ALONE || (way.failures > 0 && queue.is_empty());
        match queue.back_mut().filter(|last| open && !alone && last.len() < most) {
            Some(last) => last.push((row, None)),
            None => queue.push_back(vec![(row, None)]),
        }
        open = !alone;
    }
    queue
}

impl Exchange {
    /// Sends what is due to a partner; nothing is begun after `until`, or after it was paused. Returns how many messages were taken.
    pub(super) async fn carry(
        &self,
        tenant: TenantId,
        partner: &Known,
        until: Instant,
    ) -> Result<usize, Error> {
        let mut turn = Turn::new(tenant, super::turn(&partner.row.id), self.lease.holder());
        let carried = self.carry_on(tenant, partner, until, &mut turn).await;
        turn.end(&self.engine).await?;
        carried
    }

    async fn carry_on(
        &self,
        tenant: TenantId,
        partner: &Known,
        until: Instant,
        turn: &mut Turn,
    ) -> Result<usize, Error> {
        let store = self.engine.store();
        let id = &partner.row.id;
        let mut way = Way { failures: partner.row.failures, stumbles: 0, moved: 0 };
        // Without a mapping that fits, everything waits: that is the partner's state, and no message's fault.
        let Some(mapping) = partner.mapping.as_deref() else { return Ok(0) };
        if !partner.row.active || partner.secrets.is_empty() || partner.row.next_try > self.engine.now() {
            return Ok(0);
        }
        let most = if mapping.mode == Mode::Batch { IN_BATCH } else { 1 };
        loop {
            let rows = store.out_due(tenant, id, self.engine.now(), TAKE).await?;
            if rows.is_empty() {
                return Ok(way.moved);
            }
            let mut queue = parted(rows, most, &way);
            while let Some(some) = queue.pop_front() {
                let some = self.written(tenant, (partner, mapping), some).await?;
                if some.is_empty() {
                    continue;
                }
                let goes = turn.holds(&self.engine).await?
                    && store.partner(tenant, id).await?.is_some_and(|row| row.active);
                if !goes {
                    return Ok(way.moved);
                }
                match self.send(partner, mapping, &some).await {
                    Sent::Taken => {
                        let rows: Vec<OutRow> = some.into_iter().map(|(row, _)| row).collect();
                        store.out_done(tenant, id, &rows, self.engine.now()).await?;
                        store.partner_up(tenant, id, self.engine.now()).await?;
                        way.failures = 0;
                        way.moved += rows.len();
                    }
                    // Which of them it is shows when each goes alone.
                    Sent::Refused(_) | Sent::Stumbled(_) if some.len() > 1 => {
                        for one in some.into_iter().rev() {
                            queue.push_front(vec![(one.0, Some(one.1))]);
                        }
                    }
                    other => {
                        let rows: Vec<OutRow> = some.into_iter().map(|(row, _)| row).collect();
                        if !self.failed(tenant, partner, (&rows, &mut way), other).await? {
                            return Ok(way.moved);
                        }
                    }
                }
                if self.engine.now() >= until {
                    return Ok(way.moved);
                }
            }
        }
    }

    /// The messages with their content, written just before they go: what is noted of persons is then told, and a partner that is down
    /// is told nothing. One that cannot be written stops its case alone.
    async fn written(
        &self,
        tenant: TenantId,
        (partner, mapping): (&Known, &Mapping),
        some: Bundle,
    ) -> Result<Vec<(OutRow, Event)>, Error> {
        let mut ready = Vec::with_capacity(some.len());
        for (row, event) in some {
            let event = match event {
                Some(event) => Ok(Ok(event)),
                None => self.content(tenant, (partner, mapping), &row).await,
            };
            match event {
                Ok(Ok(event)) => ready.push((row, event)),
                Ok(Err(why)) => self.engine.store().out_dead(tenant, &partner.row.id, &row, &why.0).await?,
                Err(error @ Error::Fault(Fault::Busy { .. })) => return Err(error),
                Err(error) => {
                    tracing::error!(%error, message = %row.id, "a message to a partner cannot be written");
                    let why = "this node could not write the message: its log says why";
                    self.stumbled(tenant, partner, &row, why).await?;
                }
            }
        }
        Ok(ready)
    }

    /// What becomes of messages that were not taken. False where the partner is not to be asked again in this run.
    async fn failed(
        &self,
        tenant: TenantId,
        partner: &Known,
        (rows, way): (&[OutRow], &mut Way),
        sent: Sent,
    ) -> Result<bool, Error> {
        let (store, id) = (self.engine.store(), &partner.row.id);
        match sent {
            Sent::Taken => Ok(true),
            Sent::Refused(why) => {
                for row in rows {
                    store.out_dead(tenant, id, row, &why).await?;
                }
                Ok(true)
            }
            Sent::Stumbled(why) => {
                for row in rows {
                    self.stumbled(tenant, partner, row, &why).await?;
                }
                way.stumbles += 1;
                if way.stumbles < STUMBLES {
                    return Ok(true);
                }
                self.down(tenant, partner, way.failures, &why, None).await?;
                Ok(false)
            }
            Sent::Down { why, after } => {
                let next = self.down(tenant, partner, way.failures, &why, after).await?;
                self.put_behind(tenant, partner, (rows, way.failures), next, &why).await?;
                Ok(false)
            }
        }
    }

    /// The partner is tried again later. Answers when.
    async fn down(
        &self,
        tenant: TenantId,
        partner: &Known,
        failures: i64,
        why: &str,
        after: Option<u32>,
    ) -> Result<Instant, Error> {
        let now = self.engine.now();
        let ms = pause(failures, &format!("{} {}", partner.row.id, now.0));
        let asked = after.map_or(0, |seconds| i64::from(seconds.min(3_600)) * 1000);
        let next: Instant = now.plus_ms(ms.max(asked));
        self.engine.store().partner_down(tenant, &partner.row.id, (now, next), why).await?;
        Ok(next)
    }

    /// The next try is another message's: these may be what a door of the partner's breaks over. It counts only where the partner had
    /// answered just before, and in the end a person looks at them.
    async fn put_behind(
        &self,
        tenant: TenantId,
        partner: &Known,
        (rows, failures): (&[OutRow], i64),
        next: Instant,
        why: &str,
    ) -> Result<(), Error> {
        let (store, id, now) = (self.engine.store(), &partner.row.id, self.engine.now());
        let counts = failures == 0;
        let (given_up, behind): (Vec<&OutRow>, Vec<&OutRow>) =
            rows.iter().partition(|row| counts && row.attempts + 1 >= DOOR_TRIES);
        for row in given_up {
            store.out_dead(tenant, id, row, why).await?;
        }
        let due = |row: &OutRow| {
            let own = if counts { pause(row.attempts, &row.id) } else { 0 };
            Instant(next.plus_ms(BEHIND_MS).0.max(now.plus_ms(own).0))
        };
        let behind: Vec<(&OutRow, Instant)> = behind.into_iter().map(|row| (row, due(row))).collect();
        Ok(store.out_behind(tenant, id, (&behind, counts), why).await?)
    }

    async fn stumbled(
        &self,
        tenant: TenantId,
        partner: &Known,
        row: &OutRow,
        why: &str,
    ) -> Result<(), Error> {
        let store = self.engine.store();
        if row.attempts + 1 >= TRIES {
            return Ok(store.out_dead(tenant, &partner.row.id, row, why).await?);
        }
        let due = self.engine.now().plus_ms(pause(row.attempts, &row.id));
        Ok(store.out_later(tenant, &partner.row.id, row, due, why).await?)
    }

    /// One request, signed with every secret that holds.
    async fn send(&self, partner: &Known, mapping: &Mapping, some: &[(OutRow, Event)]) -> Sent {
        let events: Vec<Event> = some.iter().map(|(_, event)| event.clone()).collect();
        let (mut headers, body) = event::write(mapping.mode, &events);
        let id = match events.as_slice() {
            [one] => one.id.clone(),
            all => {
                let ids: Vec<&str> = all.iter().map(|event| event.id.as_str()).collect();
                format!("batch:{}", &super::file::sum(ids.join(" ").as_bytes())[..32])
            }
        };
        let seconds = self.engine.now().0.div_euclid(1000);
        let text = String::from_utf8_lossy(&body).into_owned();
        let signatures: Vec<String> =
            partner.secrets.iter().map(|secret| secret.sign(&id, seconds, &text)).collect();
        headers.extend([
            ("webhook-id".to_owned(), id),
            ("webhook-timestamp".to_owned(), seconds.to_string()),
            ("webhook-signature".to_owned(), signatures.join(" ")),
        ]);
        match self.poster.post(&partner.row.address, &headers, body).await {
            Ok(answer) => judged(answer.status, answer.retry_after, &answer.words),
            Err(error @ (PostError::Barred(_) | PostError::Unreached(_))) => {
                Sent::Down { why: error.to_string(), after: None }
            }
            Err(error) => Sent::Stumbled(error.to_string()),
        }
    }
}

fn judged(status: u16, after: Option<u32>, words: &str) -> Sent {
    let words: String = words.chars().filter(|sign| !sign.is_control()).take(400).collect();
    let why = format!("the partner answered {status}: {words}");
    match status {
        200..=299 => Sent::Taken,
        // Not there, not now, or not from us: nothing else would fare better.
        300..=399 | 401 | 403..=405 | 407 | 408 | 425 | 429 | 502..=504 => Sent::Down { why, after },
        500..=599 => Sent::Stumbled(why),
        _ => Sent::Refused(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_concerns_the_partner_the_message_or_nobody() {
        for (status, wanted) in [
            (200, "taken"),
            (202, "taken"),
            (204, "taken"),
            (301, "down"),
            (401, "down"),
            (403, "down"),
            (404, "down"),
            (429, "down"),
            (503, "down"),
            (500, "stumbled"),
            (501, "stumbled"),
            (400, "refused"),
            (409, "refused"),
            (410, "refused"),
            (413, "refused"),
            (422, "refused"),
        ] {
            let found = match judged(status, None, "") {
                Sent::Taken => "taken",
                Sent::Down { .. } => "down",
                Sent::Stumbled(_) => "stumbled",
                Sent::Refused(_) => "refused",
            };
            assert_eq!(found, wanted, "{status}");
        }
    }

    #[test]
    fn tries_lie_farther_and_farther_apart_up_to_half_an_hour() {
        let pauses: Vec<i64> = (0..12).map(|failures| pause(failures, "p")).collect();
        assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]), "{pauses:?}");
        assert!(pauses[0] < 6_000 && pauses[11] >= 1_800_000 && pauses[11] < 2_000_000, "{pauses:?}");
    }
}
