//! Who wants to be told of what.
//!
//! Owns the filter of a subscription and what a new one must look like. Start at [`Engine::subscribe`].

use huying_model::{
    AreaCode, Case, Event, UnitId,
    event::{Audience, Notice},
    org::Org,
    parts::parts,
    route::glob,
};
use huying_store::{Subscription, TenantId};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{
    guard::{self, Reach},
    mail,
    sign::Secret,
};
use crate::{Engine, Error, Problem};

/// The way a subscriber is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Every event that fits the filter, as signed JSON.
    Webhook,
    /// Every notice to one of the filter's units or their leaders, as a sentence.
    Mail,
}

impl Channel {
    pub fn code(self) -> &'static str {
        match self {
            Channel::Webhook => "webhook",
            Channel::Mail => "mail",
        }
    }
}

/// Which events. What is empty lets everything through.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// Kinds of events, such as `dispatched`.
    pub kinds: Vec<SmolStr>,
    /// Cases in one of these areas.
    pub areas: Vec<AreaCode>,
    /// Cases in which one of these units has a part; for mail, notices to them.
    pub units: Vec<UnitId>,
    /// Cases of matters that fit this glob, such as `city/order/*`.
    pub matter: Option<SmolStr>,
}

impl Wanted {
    /// Whether an event of a case fits.
    pub fn fits(&self, org: &Org, case: &Case, kind: &str) -> bool {
        let area = || {
            let place = case.place.area.as_ref();
            place.is_some_and(|place| org.ancestors(place).any(|area| self.areas.contains(&area.code)))
        };
        let unit = || parts(case).iter().any(|unit| self.units.contains(unit));
        let matter =
            |wanted: &SmolStr| case.matter.as_ref().is_some_and(|matter| glob(wanted, matter.as_str()));
        (self.kinds.is_empty() || self.kinds.iter().any(|wanted| wanted == kind))
            && (self.areas.is_empty() || area())
            && (self.units.is_empty() || unit())
            && self.matter.as_ref().is_none_or(matter)
    }

    /// The notices in an event that are for this subscriber's units.
    pub fn notices<'a>(&'a self, event: &'a Event) -> impl Iterator<Item = &'a Notice> {
        let for_us = |to: &Audience| match to {
            Audience::Unit(unit) | Audience::Leader(unit) => {
                self.units.is_empty() || self.units.contains(unit)
            }
            Audience::Auditor => self.units.is_empty(),
            Audience::Reporters | Audience::Member(_) => false,
        };
        event.tell.iter().filter(move |notice| for_us(&notice.to))
    }
}

/// A subscription that was made, with the secret that is shown once.
#[derive(Clone, Debug)]
pub struct Subscribed {
    pub subscription: Subscription,
    pub secret: Option<String>,
}

impl Engine {
    /// Makes a subscription. Events from now on are told.
    pub async fn subscribe(
        &self,
        tenant: TenantId,
        channel: Channel,
        target: &str,
        wanted: &Wanted,
        reach: Reach,
    ) -> Result<Subscribed, Error> {
        let secret = match channel {
            Channel::Webhook => {
                let url = guard::check(target, reach);
                url.map_err(|error| Problem::at("target", "webhook_address", error.to_string()))?;
                Some(Secret::fresh().to_text())
            }
            Channel::Mail if mail::is_address(target) => None,
            Channel::Mail => {
                return Err(Problem::at(
                    "target",
                    "mail_address",
                    "Write a mail address such as desk@example.org.",
                )
                .into());
            }
        };
        let setting = self.setting(tenant)?;
        if let Some(unit) = wanted.units.iter().find(|unit| !setting.policy.org.units.contains_key(*unit)) {
            return Err(Problem::at(
                "units",
                "unknown_unit",
                format!("There is no unit {unit}: choose one of the list."),
            )
            .into());
        }
        let subscription = Subscription {
            id: SmolStr::new(format!("sub_{:016x}", rand::random::<u64>())),
            kind: SmolStr::new_static(channel.code()),
            target: target.to_owned(),
            secret: secret.clone(),
            filter: serde_json::to_string(wanted).unwrap_or_default(),
            active: true,
            created_at: self.now(),
        };
        self.store().put_subscription(tenant, &subscription).await?;
        Ok(Subscribed { subscription, secret })
    }
}
