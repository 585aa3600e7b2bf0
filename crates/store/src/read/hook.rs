//! Webhooks as people look after them: the log of deliveries, each try, what is told again, what waits, and the secret before this one.

use huying_model::Instant;
use smol_str::SmolStr;

use super::{
    DeliveryState, NewDelivery, Page, Subscription, bad_cursor, one_more,
    outbox::{state, subscription},
    paged, parts,
};
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
    /// One subscription with what is known beside it, as it stands at this moment.
    pub async fn subscription(
        &self,
        tenant: TenantId,
        id: &str,
    ) -> Result<Option<(Subscription, Hook)>, Fault> {
        let rows = self.db.query(sql::SUBSCRIPTION_HOOK, vec![tenant.into(), id.into()]).await?;
        let read = |row: &Row| {
            let hook = Hook {
                paused: row.flag(7)?,
                old_secret: row.opt_text(8)?.map(str::to_owned),
                old_until: row.opt_int(9)?.map(Instant),
            };
            Ok((subscription(row)?, hook))
        };
        rows.first().map(read).transpose()
    }

    /// Lets the messages of a subscription wait, or go.
    pub async fn pause_hook(&self, tenant: TenantId, id: &str, paused: bool) -> Result<(), Fault> {
        self.run(sql::HOOK_PAUSED, vec![tenant.into(), id.into(), paused.into()]).await?;
        Ok(())
    }

    /// Switches a subscription off or on.
    pub async fn activate(&self, tenant: TenantId, id: &str, active: bool) -> Result<(), Fault> {
        self.run(sql::SUBSCRIPTION_ACTIVE, vec![tenant.into(), id.into(), active.into()]).await?;
        Ok(())
    }

    /// Gives a subscription another secret; `old` signs too until then.
    pub async fn change_secret(
        &self,
        tenant: TenantId,
        id: &str,
        fresh: &str,
        old: Option<(&str, Instant)>,
    ) -> Result<(), Fault> {
        let (secret, until) = old.unzip();
        let steps = vec![
            (
                sql::HOOK_OLD.into(),
                vec![tenant.into(), id.into(), secret.map(str::to_owned).into(), until.map(|at| at.0).into()],
            ),
            (sql::SUBSCRIPTION_SECRET.into(), vec![tenant.into(), id.into(), fresh.into()]),
        ];
        self.errand(steps).await?;
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

    /// Deliveries of a subscriber that somebody has in hand at this moment, to send them.
    pub async fn deliveries_held(
        &self,
        tenant: TenantId,
        subscriber: &str,
        now: Instant,
    ) -> Result<i64, Fault> {
        let params = vec![tenant.into(), subscriber.into(), now.0.into()];
        let rows = self.db.query(sql::DELIVERIES_HELD, params).await?;
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

    /// The tries of a delivery to a subscriber, the newest first; None where there is no such delivery.
    pub async fn tries(
        &self,
        tenant: TenantId,
        subscriber: &str,
        id: &str,
        limit: usize,
    ) -> Result<Option<Vec<Try>>, Fault> {
        let named = vec![tenant.into(), subscriber.into(), id.into()];
        if self.db.query(sql::DELIVERY_IS, named).await?.is_empty() {
            return Ok(None);
        }
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
        rows.iter().map(read).collect::<Result<_, _>>().map(Some)
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

    /// Begins to tell a stretch again.
    pub async fn begin_replay(&self, tenant: TenantId, it: &Replay) -> Result<(), Fault> {
        let named = [tenant.into(), it.subscription.clone().into(), it.stream.into()];
        let params = named.into_iter().chain([it.position.into(), it.through.into()]).collect();
        self.run(sql::REPLAY_BEGIN, params).await?;
        Ok(())
    }

    /// Goes on with it: rows that have ended become due once more under their own ids, up to `position`. One that has reached its end is
    /// dropped; one that was begun anew meanwhile stays as it is.
    pub async fn replay(
        &self,
        tenant: TenantId,
        rows: &[NewDelivery],
        it: &Replay,
        position: i64,
    ) -> Result<(), Fault> {
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
        let named = || vec![tenant.into(), it.subscription.clone().into(), it.stream.into()];
        let stepped = named().into_iter().chain([it.position.into(), position.into()]).collect();
        steps.push((sql::REPLAY_STEP.into(), stepped));
        steps.push((sql::REPLAY_END.into(), named()));
        self.errand(steps).await?;
        Ok(())
    }

    /// Behind which position of a stream, which ends at `end`, everything lies that was recorded at an instant or later. Positions grow with
    /// the clock of their node, so that a few looks find it.
    pub async fn position_before(&self, stream: i64, end: i64, at: Instant) -> Result<i64, Fault> {
        // Everything up to `early` is earlier, everything behind `late` is not.
        let (mut early, mut late) = (0, end);
        while early < late {
            let middle = early + (late - early) / 2;
            let rows = self.db.query(sql::RECORDED_FROM, vec![stream.into(), Value::Int(middle + 1)]).await?;
            match rows.first() {
                Some(row) if row.int(1)? < at.0 => early = row.int(0)?.min(late),
                _ => late = middle,
            }
        }
        Ok(early)
    }
}
