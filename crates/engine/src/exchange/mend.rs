//! What a person decides on messages that stopped: to send or apply them again, to set them aside with a reason, or to tell everything
//! again from some point on.
//!
//! A message that is set aside keeps its place: another node of Huying is told that it was skipped, so that it does not wait for it
//! for ever. Start at [`Engine::dead_letters`].

use huying_model::Actor;
use huying_store::{
    TenantId,
    exchange::{Again, InRow, OutRow},
};

use super::{partner::PartnerKind, take::No, tell::Saying};
use crate::{Engine, Error, Problem};

/// Rows of one list.
const SHOWN: usize = 200;

/// What stopped with a partner.
#[derive(Clone, Debug, Default)]
pub struct Stopped {
    /// Refused by the partner, or not to be written with the mapping.
    pub dead: Vec<OutRow>,
    /// Tried without success, and tried again.
    pub tried: Vec<OutRow>,
    /// Not to be applied here.
    pub parked: Vec<InRow>,
    /// Waiting: for their time, or for one before them.
    pub waiting: Vec<InRow>,
}

/// What a person says of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    Retry,
    Aside(String),
}

/// The longest reason.
const REASON: usize = 400;

fn reason(text: &str) -> Result<String, Error> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > REASON || text.chars().any(crate::words::is_control) {
        let mend = format!("Say why, in up to {REASON} characters on one line or more.");
        return Err(Problem::at("reason", "missing", mend).into());
    }
    Ok(text.to_owned())
}

impl Engine {
    /// What stopped with a partner. For administrators.
    pub async fn dead_letters(
        &self,
        tenant: TenantId,
        actor: &Actor,
        partner: &str,
    ) -> Result<Stopped, Error> {
        self.keeps_partners(tenant, actor)?;
        self.partner_row(tenant, partner).await?;
        let store = self.store();
        Ok(Stopped {
            dead: store.out_list(tenant, partner, ("dead", 0), SHOWN).await?,
            tried: store.out_list(tenant, partner, ("waiting", 1), SHOWN).await?,
            parked: store.in_list(tenant, partner, "parked", SHOWN).await?,
            waiting: store.in_list(tenant, partner, "waiting", SHOWN).await?,
        })
    }

    /// Decides on a message that goes out and was given up, or that waits.
    ///
    /// # Errors
    /// [`No::Nothing`] where none of this id waits or was given up.
    pub async fn settle_out(
        &self,
        tenant: TenantId,
        actor: &Actor,
        (partner, id): (&str, &str),
        decision: &Decision,
    ) -> Result<(), Error> {
        self.keeps_partners(tenant, actor)?;
        let row = self.partner_row(tenant, partner).await?;
        let why;
        let to = match decision {
            Decision::Retry => ("waiting", None, None),
            Decision::Aside(text) => {
                why = reason(text)?;
                let counts = row.kind == PartnerKind::Huying.code();
                let kind = counts.then_some(Saying::Skipped.code());
                (if counts { "waiting" } else { "aside" }, kind, Some(why.as_str()))
            }
        };
        let done = self.store().settle_out(tenant, partner, id, to).await?;
        if done { Ok(()) } else { Err(No::Nothing.into()) }
    }

    /// Decides on a message that came in and was parked, or that waits for one before it: to apply it now, or to leave it aside.
    ///
    /// # Errors
    /// [`No::Nothing`] where none of this id waits.
    pub async fn settle_in(
        &self,
        tenant: TenantId,
        actor: &Actor,
        (partner, id): (&str, &str),
        decision: &Decision,
    ) -> Result<(), Error> {
        self.keeps_partners(tenant, actor)?;
        self.partner_row(tenant, partner).await?;
        let why;
        let to = match decision {
            Decision::Retry => ("waiting", Some("forced"), None),
            Decision::Aside(text) => {
                why = reason(text)?;
                ("aside", None, Some(why.as_str()))
            }
        };
        let done = self.store().settle_in(tenant, (partner, id), to).await?;
        if done { Ok(()) } else { Err(No::Nothing.into()) }
    }

    /// Tells a partner again what it was told, from some point on, with the same ids. Answers how many messages.
    pub async fn replay(
        &self,
        tenant: TenantId,
        actor: &Actor,
        partner: &str,
        from: Again,
    ) -> Result<u64, Error> {
        self.keeps_partners(tenant, actor)?;
        self.partner_row(tenant, partner).await?;
        Ok(self.store().out_again(tenant, partner, from).await?)
    }
}
