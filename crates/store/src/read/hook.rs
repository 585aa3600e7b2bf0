//! Webhooks as people look after them: the log of deliveries, each try, what is told again, what waits, and the secret before this one.

use huying_model::Instant;
use smol_str::SmolStr;

use super::{DeliveryState, NewDelivery, Page, bad_cursor, one_more, outbox::state, paged, parts};
use crate::{
    Fault, Store, TenantId, statements as sql,
    value::{Row, Value},
    write::Step,
};

/// What is known of a subscription beside itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hook {
    /// Its messages wait.
    pub paused: bool,
    /// Signs beside the new one until `old_until`.
    pub old_secret: Option<String>,
    pub old_until: Option<Instant>,
}

/// A delivery with what the receiver answered last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    pub delivery: DeliveryState,
    /// The status of HTTP; None where nobody answered.
    pub answer: Option<i64>,
}

/// One try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    pub at: Instant,
    /// From 1, and again from 1 when it was sent again.
    pub no: i64,
    pub answer: Option<i64>,
    pub error: Option<String>,
}

/// Events of a stream that are told again, from behind `position` up to `through`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    pub subscription: SmolStr,
    pub stream: i64,
    pub position: i64,
    pub through: i64,
}

impl Store {
    /// What is known of each subscription beside itself; nothing of most.
    pub async fn hooks(&self, tenant: TenantId) -> Result<Vec<(SmolStr, Hook)>, Fault> {
        let rows = self.db.query(sql::HOOKS, vec![tenant.into()]).await?;
        let read = |row: &Row| {
            let hook = Hook {
                paused: row.flag(1)?,
                old_secret: row.opt_text(2)?.map(str::to_owned),
                old_until: row.opt_int(3)?.map(Instant),
            };
            Ok((row.word(0)?, hook))
        };
        rows.iter().map(read).collect()
    }

    pub async fn put_hook(&self, tenant: TenantId, id: &str, it: &Hook) -> Result<(), Fault> {
        let params = vec![
            tenant.into(),
            id.into(),
            it.paused.into(),
            it.old_secret.clone().into(),
            it.old_until.map(|at| at.0).into(),
        ];
        self.run(sql::HOOK_PUT, params).await?;
        Ok(())
    }

    /// The deliveries of a subscriber, the newest first; of one state where it is not empty.
    pub async fn deliveries_of(
        &self,
        tenant: TenantId,
        subscriber: &str,
        of: &str,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Logged>, Fault> {
        let (at, id) = match cursor {
            None => (i64::MAX, ""),
            Some(cursor) => {
                let [at, id] = parts(cursor)?;
                (at.parse().map_err(|_why| bad_cursor())?, id)
            }
        };
        let params =
            vec![tenant.into(), subscriber.into(), of.into(), Value::Int(at), id.into(), one_more(limit)];
        let rows = self.db.query(sql::DELIVERIES_OF, params).await?;
        let read = |row: &Row| Ok(Logged { delivery: state(row)?, answer: row.opt_int(10)? });
        let items = rows.iter().map(read).collect::<Result<Vec<_>, Fault>>()?;
        Ok(paged(items, limit, |it| format!("{}~{}", it.delivery.created_at.0, it.delivery.id)))
    }

    /// Deliveries of a subscriber that wait.
    pub async fn deliveries_waiting(&self, tenant: TenantId, subscriber: &str) -> Result<i64, Fault> {
        let rows = self.db.query(sql::DELIVERIES_WAITING, vec![tenant.into(), subscriber.into()]).await?;
        rows.first().map_or(Ok(0), |row| row.int(0))
    }

    /// Notes a try.
    pub async fn note_try(&self, tenant: TenantId, id: &str, it: &Try) -> Result<(), Fault> {
        let params = vec![
            tenant.into(),
            id.into(),
            it.at.0.into(),
            it.no.into(),
            it.answer.into(),
            it.error.clone().into(),
        ];
        self.run(sql::TRY_ADD, params).await?;
        Ok(())
    }

    /// The tries of a delivery, the newest first.
    pub async fn tries(&self, tenant: TenantId, id: &str, limit: usize) -> Result<Vec<Try>, Fault> {
        let params = vec![tenant.into(), id.into(), Value::Int(super::limit(limit) as i64)];
        let rows = self.db.query(sql::TRIES, params).await?;
        let read = |row: &Row| {
            Ok(Try {
                at: Instant(row.int(0)?),
                no: row.int(1)?,
                answer: row.opt_int(2)?,
                error: row.opt_text(3)?.map(str::to_owned),
            })
        };
        rows.iter().map(read).collect()
    }

    /// Sends a delivery again. False where there is none, or it is being sent at this moment.
    pub async fn deliver_again(
        &self,
        tenant: TenantId,
        subscriber: &str,
        id: &str,
        now: Instant,
    ) -> Result<bool, Fault> {
        let params = vec![tenant.into(), subscriber.into(), id.into(), now.0.into()];
        Ok(self.run(sql::DELIVERY_AGAIN, params).await?.changed == 1)
    }

    /// Everything that is told again.
    pub async fn replays(&self, tenant: TenantId) -> Result<Vec<Replay>, Fault> {
        let rows = self.db.query(sql::REPLAYS, vec![tenant.into()]).await?;
        let read = |row: &Row| {
            Ok(Replay {
                subscription: row.word(0)?,
                stream: row.int(1)?,
                position: row.int(2)?,
                through: row.int(3)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Begins to tell again, or goes on: rows that have ended become due once more under their own ids, and `it` says how far that is.
    /// One that has reached its end is dropped.
    pub async fn replay(&self, tenant: TenantId, rows: &[NewDelivery], it: &Replay) -> Result<(), Fault> {
        let again = |row: &NewDelivery| -> Step {
            let params = vec![
                tenant.into(),
                row.id.clone().into(),
                row.subscriber.clone().into(),
                row.channel.clone().into(),
                row.target.clone().into(),
                row.payload.clone().into(),
                row.created_at.0.into(),
            ];
            (sql::DELIVERY_REPLAY.into(), params)
        };
        let mut steps: Vec<Step> = rows.iter().map(again).collect();
        let named = [tenant.into(), it.subscription.clone().into(), it.stream.into()];
        steps.push(match it.position < it.through {
            true => {
                let params = named.into_iter().chain([it.position.into(), it.through.into()]).collect();
                (sql::REPLAY_PUT.into(), params)
            }
            false => (sql::REPLAY_DROP.into(), named.into()),
        });
        self.errand(steps).await?;
        Ok(())
    }

    /// Where each stream with an event since an instant stood just before it.
    pub async fn positions_before(&self, tenant: TenantId, at: Instant) -> Result<Vec<(i64, i64)>, Fault> {
        let rows = self.db.query(sql::POSITIONS_BEFORE, vec![tenant.into(), at.0.into()]).await?;
        rows.iter().map(|row| Ok((row.int(0)?, row.int(1)?))).collect()
    }
}
