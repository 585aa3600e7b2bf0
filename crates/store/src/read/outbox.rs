//! The outbox: who is told of events from outside, and each delivery until it was taken over or given up.
//!
//! A delivery's id is made of the event and the subscriber, so there is exactly one row for both; sending it is at least
//! once: a holder that dies leaves a lease that runs out.

use huying_model::Instant;
use smol_str::SmolStr;

use super::{Page, one_more, paged};
use crate::{
    Fault, Store, TenantId, statements as sql,
    value::{Row, Value},
    write::Step,
};

/// Somebody who wants to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    pub id: SmolStr,
    /// `webhook` or `mail`.
    pub kind: SmolStr,
    pub target: String,
    pub secret: Option<String>,
    /// Which events, JSON of the engine's own.
    pub filter: String,
    pub active: bool,
    pub created_at: Instant,
}

/// A delivery to be put into the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// Made of the event and the subscriber; a second one with the same id is not added.
    pub id: SmolStr,
    pub subscriber: SmolStr,
    pub channel: SmolStr,
    pub target: String,
    pub payload: String,
    pub created_at: Instant,
}

/// A delivery in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: SmolStr,
    pub subscriber: SmolStr,
    pub channel: SmolStr,
    pub target: String,
    pub payload: String,
    /// This one counted.
    pub attempts: i64,
    pub created_at: Instant,
}

/// How a delivery stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryState {
    pub id: SmolStr,
    pub subscriber: SmolStr,
    pub channel: SmolStr,
    pub target: String,
    /// `waiting`, `done` or `failed`.
    pub state: SmolStr,
    pub attempts: i64,
    pub due_at: Instant,
    pub created_at: Instant,
    pub done_at: Option<Instant>,
    pub error: Option<String>,
}

/// Reads the columns of a delivery's state.
pub(super) fn state(row: &Row) -> Result<DeliveryState, Fault> {
    Ok(DeliveryState {
        id: row.word(0)?,
        subscriber: row.word(1)?,
        channel: row.word(2)?,
        target: row.text(3)?.to_owned(),
        state: row.word(4)?,
        attempts: row.int(5)?,
        due_at: Instant(row.int(6)?),
        created_at: Instant(row.int(7)?),
        done_at: row.opt_int(8)?.map(Instant),
        error: row.opt_text(9)?.map(str::to_owned),
    })
}

/// Reads the columns of a subscription.
pub(super) fn subscription(row: &Row) -> Result<Subscription, Fault> {
    Ok(Subscription {
        id: row.word(0)?,
        kind: row.word(1)?,
        target: row.text(2)?.to_owned(),
        secret: row.opt_text(3)?.map(str::to_owned),
        filter: row.text(4)?.to_owned(),
        active: row.flag(5)?,
        created_at: Instant(row.int(6)?),
    })
}

fn delivery(row: &Row) -> Result<Delivery, Fault> {
    Ok(Delivery {
        id: row.word(0)?,
        subscriber: row.word(1)?,
        channel: row.word(2)?,
        target: row.text(3)?.to_owned(),
        payload: row.text(4)?.to_owned(),
        attempts: row.int(5)?,
        created_at: Instant(row.int(6)?),
    })
}

impl Store {
    /// Adds or changes a subscription.
    pub async fn put_subscription(&self, tenant: TenantId, it: &Subscription) -> Result<(), Fault> {
        let params = vec![
            tenant.into(),
            it.id.clone().into(),
            it.kind.clone().into(),
            it.target.clone().into(),
            it.secret.clone().into(),
            it.filter.clone().into(),
            it.active.into(),
            it.created_at.0.into(),
        ];
        self.run(sql::SUBSCRIPTION_PUT, params).await?;
        Ok(())
    }

    /// Every subscription of a tenant.
    pub async fn subscriptions(&self, tenant: TenantId) -> Result<Vec<Subscription>, Fault> {
        self.db.query(sql::SUBSCRIPTIONS, vec![tenant.into()]).await?.iter().map(subscription).collect()
    }

    /// Removes a subscription; deliveries that wait stay.
    pub async fn drop_subscription(&self, tenant: TenantId, id: &str) -> Result<(), Fault> {
        let one = |sql: &'static str| -> Step { (sql.into(), vec![tenant.into(), id.into()]) };
        self.errand([sql::SUBSCRIPTION_DROP, sql::HOOK_DROP, sql::REPLAYS_DROP].map(one).into()).await?;
        Ok(())
    }

    /// Puts deliveries into the outbox and moves a reader's cursor, together: neither is there without the other.
    pub async fn deliver(
        &self,
        tenant: TenantId,
        new: &[NewDelivery],
        cursor: Option<(&str, i64, i64)>,
    ) -> Result<(), Fault> {
        let add = |it: &NewDelivery| -> Step {
            let params = vec![
                tenant.into(),
                it.id.clone().into(),
                it.subscriber.clone().into(),
                it.channel.clone().into(),
                it.target.clone().into(),
                it.payload.clone().into(),
                it.created_at.0.into(),
            ];
            (sql::DELIVERY_ADD.into(), params)
        };
        let mut steps: Vec<Step> = new.iter().map(add).collect();
        if let Some((name, stream, position)) = cursor {
            steps.push((
                sql::CURSOR_SET.into(),
                vec![tenant.into(), name.into(), stream.into(), position.into()],
            ));
        }
        self.errand(steps).await?;
        Ok(())
    }

    /// Takes deliveries that are due, oldest first, each held until `until`.
    pub async fn claim_deliveries(
        &self,
        tenant: TenantId,
        holder: &str,
        now: Instant,
        until: Instant,
        limit: usize,
    ) -> Result<Vec<Delivery>, Fault> {
        let params = vec![
            tenant.into(),
            holder.into(),
            until.0.into(),
            now.0.into(),
            Value::Int(super::limit(limit) as i64),
        ];
        let done = self.run(sql::DELIVERY_CLAIM, params).await?;
        let mut all = done.rows.iter().map(delivery).collect::<Result<Vec<_>, _>>()?;
        // An UPDATE returns its rows in no order.
        all.sort_by(|a, b| (a.created_at, a.id.len(), &a.id).cmp(&(b.created_at, b.id.len(), &b.id)));
        Ok(all)
    }

    /// It was taken over. False when the lease had run out and another holder has it.
    pub async fn delivery_done(
        &self,
        tenant: TenantId,
        id: &str,
        holder: &str,
        at: Instant,
    ) -> Result<bool, Fault> {
        let params = vec![tenant.into(), id.into(), holder.into(), at.0.into()];
        Ok(self.run(sql::DELIVERY_DONE, params).await?.changed == 1)
    }

    /// It failed and is due again later.
    pub async fn delivery_retry(
        &self,
        tenant: TenantId,
        id: &str,
        holder: &str,
        due: Instant,
        error: &str,
    ) -> Result<bool, Fault> {
        let params = vec![tenant.into(), id.into(), holder.into(), due.0.into(), error.into()];
        Ok(self.run(sql::DELIVERY_RETRY, params).await?.changed == 1)
    }

    /// It was not sent after all and is due as before.
    pub async fn delivery_release(&self, tenant: TenantId, id: &str, holder: &str) -> Result<bool, Fault> {
        let params = vec![tenant.into(), id.into(), holder.into()];
        Ok(self.run(sql::DELIVERY_RELEASE, params).await?.changed == 1)
    }

    /// It is given up.
    pub async fn delivery_failed(
        &self,
        tenant: TenantId,
        id: &str,
        holder: &str,
        at: Instant,
        error: &str,
    ) -> Result<bool, Fault> {
        let params = vec![tenant.into(), id.into(), holder.into(), at.0.into(), error.into()];
        Ok(self.run(sql::DELIVERY_FAIL, params).await?.changed == 1)
    }

    /// Every delivery that is kept, by id.
    pub async fn deliveries(
        &self,
        tenant: TenantId,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<DeliveryState>, Fault> {
        let params = vec![tenant.into(), cursor.unwrap_or_default().into(), one_more(limit)];
        let rows = self.db.query(sql::DELIVERIES, params).await?;
        let items = rows.iter().map(state).collect::<Result<Vec<_>, Fault>>()?;
        Ok(paged(items, limit, |it| it.id.to_string()))
    }
}
