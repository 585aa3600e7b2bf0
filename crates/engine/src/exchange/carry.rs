//! Carries messages out: each case's in its order, a partner that is down at growing intervals, and what will not be taken set before a
//! person.
//!
//! A partner that cannot be reached, or refuses the signature or the address, is tried with one request at a time, farther and farther
//! apart; everything waits meanwhile. A message that is refused for itself stops its case alone. Start at [`Exchange::carry`].

use futures::future::join_all;
use huying_model::Instant;
use huying_pack::partner::Mode;
use huying_store::{TenantId, exchange::OutRow};
use sha2::{Digest, Sha256};

use super::{
    Exchange,
    event::{self, Event},
    partner::{Known, Partners},
};
use crate::{Error, outbox::post::PostError};

/// Messages that are looked at together, and of them in one batch.
const TAKE: usize = 200;
const IN_BATCH: usize = 50;
/// Rounds in one run, so that other partners and other work come in between.
const ROUNDS: usize = 50;
/// Seconds until a partner that is down is tried again, by how often it failed.
const PAUSES: [i64; 8] = [5, 15, 60, 120, 300, 600, 1200, 1800];
/// Tries after which a message that a partner stumbles over is set before a person.
const TRIES: i64 = 12;
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

impl Exchange {
    /// Sends what is due to every partner, side by side. Returns how many messages were taken.
    pub(super) async fn carry(&self, tenant: TenantId, known: &Partners) -> Result<usize, Error> {
        let active = known.iter().filter(|partner| partner.row.active && !partner.secrets.is_empty());
        let mut moved = 0;
        for done in join_all(active.map(|partner| self.carry_to(tenant, partner))).await {
            moved += done?;
        }
        Ok(moved)
    }

    async fn carry_to(&self, tenant: TenantId, partner: &Known) -> Result<usize, Error> {
        let store = self.engine.store();
        let id = &partner.row.id;
        if partner.row.next_try > self.engine.now() {
            return Ok(0);
        }
        let (mut moved, mut stumbles) = (0, 0);
        for _ in 0..ROUNDS {
            let rows = store.out_due(tenant, id, self.engine.now(), TAKE).await?;
            if rows.is_empty() {
                break;
            }
            let mut ready: Vec<(OutRow, Event)> = Vec::new();
            for row in rows {
                match self.content(tenant, partner, &row).await? {
                    Ok(event) => ready.push((row, event)),
                    Err(why) => store.out_dead(tenant, id, &row, &why.0).await?,
                }
            }
            let size =
                if partner.mapping.as_ref().is_some_and(|it| it.mode == Mode::Batch) { IN_BATCH } else { 1 };
            let mut queue: Vec<&[(OutRow, Event)]> = ready.chunks(size).rev().collect();
            while let Some(some) = queue.pop() {
                match self.send(partner, some).await {
                    Sent::Taken => {
                        let rows: Vec<OutRow> = some.iter().map(|(row, _)| row.clone()).collect();
                        store.out_done(tenant, id, &rows, self.engine.now()).await?;
                        store.partner_up(tenant, id, self.engine.now()).await?;
                        moved += rows.len();
                    }
                    Sent::Down { why, after } => {
                        self.down(tenant, partner, &why, after).await?;
                        return Ok(moved);
                    }
                    // Which of them it is shows when each goes alone.
                    Sent::Refused(_) | Sent::Stumbled(_) if some.len() > 1 => {
                        queue.extend(some.chunks(1).rev());
                    }
                    Sent::Refused(why) => {
                        for (row, _) in some {
                            store.out_dead(tenant, id, row, &why).await?;
                        }
                    }
                    Sent::Stumbled(why) => {
                        for (row, _) in some {
                            self.stumbled(tenant, partner, row, &why).await?;
                        }
                        stumbles += 1;
                        if stumbles >= STUMBLES {
                            self.down(tenant, partner, &why, None).await?;
                            return Ok(moved);
                        }
                    }
                }
            }
        }
        Ok(moved)
    }

    async fn down(
        &self,
        tenant: TenantId,
        partner: &Known,
        why: &str,
        after: Option<u32>,
    ) -> Result<(), Error> {
        let now = self.engine.now();
        let ms = pause(partner.row.failures, &format!("{} {}", partner.row.id, now.0));
        let asked = after.map_or(0, |seconds| i64::from(seconds.min(3_600)) * 1000);
        let next: Instant = now.plus_ms(ms.max(asked));
        Ok(self.engine.store().partner_down(tenant, &partner.row.id, (now, next), why).await?)
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
    async fn send(&self, partner: &Known, some: &[(OutRow, Event)]) -> Sent {
        let events: Vec<Event> = some.iter().map(|(_, event)| event.clone()).collect();
        let mode = partner.mapping.as_ref().map_or(Mode::Structured, |mapping| mapping.mode);
        let (mut headers, body) = event::write(mode, &events);
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
