//! Exchange of cases with other platforms (对接): hotlines, city brains, departments, and other nodes of Huying.
//!
//! Messages are CloudEvents 1.0 over HTTP, signed after Standard Webhooks. Going out, [`reader`] follows the stream with a cursor of
//! its own and asks [`tell`], a pure function over a case's journal, what a partner is told; [`carry`] writes each message when it is
//! sent ([`content`], through the partner's mapping) and sends it in the order of its case. Coming in, [`take`] keeps a signed message
//! durably before it is answered, and [`apply`] turns it into commands, each under an idempotency key made of the message: so a
//! repetition, a reordering or a crash in between changes nothing. What cannot be sent or applied is kept for a person, with the
//! reason, and stops its own case only. Refuses to hold up a command: nobody waits for a partner. docs/exchange.md is the guide.
//! Start at [`Exchange::run`], then [`Engine::take`](crate::Engine::take).

pub mod apply;
pub mod birth;
pub mod carry;
pub mod content;
pub mod event;
mod fetch;
pub mod figures;
pub mod file;
pub mod mend;
pub mod partner;
pub mod reader;
pub mod schema;
pub mod secret;
pub mod take;
pub mod tell;
pub mod translate;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::future::join_all;
use huying_model::{Instant, MemberId, UnitId};
use huying_pack::partner::Mapping;
use huying_store::TenantId;
use smol_str::{SmolStr, format_smolstr};

use crate::{
    Engine, Error, again,
    exchange::{
        fetch::PATIENT,
        partner::{Known, Partners},
    },
    lease::Lease,
    outbox::{
        fetch::Fetcher,
        guard::Reach,
        post::{PostError, Poster},
    },
};

/// The reader's name, and the lease's.
pub const NAME: &str = "exchange";
const BREATH: Duration = Duration::from_millis(200);
/// While there is no partner there is nothing to do but to move on now and then.
const SILENCE: Duration = Duration::from_secs(2);
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// How often the lease is looked after while messages are sent and applied.
const WATCH: Duration = Duration::from_secs(5);
/// Milliseconds after which nothing more is begun in a run.
const TURN_MS: i64 = 5_000;

/// How this node exchanges.
#[derive(Clone, Debug, Default)]
pub struct ExchangeSettings {
    pub reach: Reach,
    /// Where partners reach this node, such as `https://huying.example.org`: files are fetched there. Without it no file goes out.
    pub url: Option<String>,
}

/// The exchange of one node.
pub struct Exchange {
    pub(crate) engine: Engine,
    lease: Lease,
    pub(crate) poster: Poster,
    pub(crate) fetcher: Fetcher,
    pub(crate) settings: ExchangeSettings,
    /// The last figures that were put behind what goes out to each partner.
    pub(crate) pushed: Mutex<BTreeMap<(TenantId, SmolStr), SmolStr>>,
    /// The mapping with which what stopped with each partner was tried last.
    tried_with: Mutex<BTreeMap<(TenantId, SmolStr), Arc<Mapping>>>,
    /// When the cursor was moved last while there was no partner.
    pub(crate) alone_since: Mutex<Option<Instant>>,
}

/// The member in whose name a partner's word is written down. No account can have it: ids of members have no colon.
pub fn member(partner: &str) -> MemberId {
    MemberId(format_smolstr!("exchange:{partner}"))
}

/// What a case from a partner bears as its foreign number.
pub(crate) fn mark(partner: &str) -> SmolStr {
    format_smolstr!("exchange:{partner}")
}

/// The turn at sending to a partner.
pub(crate) fn turn(partner: &str) -> SmolStr {
    format_smolstr!("exchange:{partner}")
}

/// A test whether a unit is bound to a partner.
pub(crate) type Bound<'a> = &'a dyn Fn(&UnitId) -> bool;

impl Exchange {
    /// `holder` names this node, different from every other.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the setting that cannot be used.
    pub fn new(engine: Engine, holder: &str, settings: ExchangeSettings) -> Result<Exchange, Error> {
        let unusable = |error: PostError| crate::Problem::at("exchange", "setting", error.to_string());
        let poster = Poster::new(settings.reach).map_err(unusable)?;
        let fetcher = Fetcher::new(settings.reach, PATIENT).map_err(unusable)?;
        let (pushed, tried_with, alone_since) = (Mutex::default(), Mutex::default(), Mutex::default());
        let lease = Lease::new(NAME, holder);
        Ok(Exchange { engine, lease, poster, fetcher, settings, pushed, tried_with, alone_since })
    }

    /// Exchanges until the task is dropped. Files that came late are fetched beside it, since one may take minutes.
    pub async fn run_for_ever(&self) {
        tokio::join!(self.exchange_for_ever(), self.fetch_for_ever());
    }

    async fn exchange_for_ever(&self) {
        let mut pause = BREATH;
        loop {
            tokio::time::sleep(pause).await;
            pause = match self.messages().await {
                Ok(_) if self.is_alone() => SILENCE,
                Ok(_) => BREATH,
                Err(error) => {
                    tracing::error!(%error, "the exchange failed and tries again");
                    AFTER_FAILURE
                }
            };
        }
    }

    async fn fetch_for_ever(&self) {
        loop {
            tokio::time::sleep(SILENCE).await;
            if self.is_alone() {
                continue;
            }
            if let Err(error) = self.fetch_late().await {
                tracing::error!(%error, "fetching files of partners failed and is tried again");
            }
        }
    }

    /// Reads what is new, sends what is due, applies what came in and fetches files that are missing, where this node has the lease.
    /// Returns how many messages moved.
    pub async fn run(&self) -> Result<usize, Error> {
        let moved = self.messages().await?;
        Ok(moved + self.fetch_late().await?)
    }

    /// Whether this node does the work; asked again and again while it does, so that the lease does not run out.
    pub(crate) async fn leads(&self) -> Result<bool, Error> {
        self.lease.holds(&self.engine, self.engine.now()).await
    }

    /// The partners of every tenant that has any.
    pub(crate) async fn known(&self) -> Result<Vec<(TenantId, Partners)>, Error> {
        let mut known: Vec<(TenantId, Partners)> = Vec::new();
        for tenant in self.engine.tenants() {
            let partners = self.engine.known_partners(tenant).await?;
            if !partners.is_empty() {
                known.push((tenant, Arc::new(partners)));
            }
        }
        Ok(known)
    }

    async fn messages(&self) -> Result<usize, Error> {
        if !self.leads().await? {
            return Ok(0);
        }
        let known = self.known().await?;
        if known.is_empty() {
            self.move_on().await?;
            return Ok(0);
        }
        *self.alone_since.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let until = self.engine.now().plus_ms(TURN_MS);
        for (tenant, partners) in &known {
            self.revive(*tenant, partners).await?;
            self.push_figures(*tenant, partners).await?;
        }
        self.read(&known, until).await?;
        if !self.leads().await? {
            return Ok(0);
        }
        let mut turns = Vec::new();
        for (tenant, partners) in &known {
            turns.extend(partners.iter().map(|partner| self.turn(*tenant, partner, until)));
        }
        let mut turns = std::pin::pin!(join_all(turns));
        loop {
            tokio::select! {
                done = &mut turns => return summed(done),
                () = tokio::time::sleep(WATCH) => {
                    // What was begun is repeated by whoever has the lease now, and changes nothing.
                    if !self.leads().await? {
                        return Ok(0);
                    }
                }
            }
        }
    }

    /// What stopped with a partner is tried once more where its mapping, the rules or the organisation is another than before: the name that
    /// was missing may be there.
    async fn revive(&self, tenant: TenantId, partners: &[Known]) -> Result<(), Error> {
        for partner in partners.iter().filter(|partner| partner.row.active) {
            let Some(mapping) = &partner.mapping else { continue };
            let place = (tenant, partner.row.id.clone());
            // A mapping is read anew whenever it or the setting is another, and else it is the same one.
            let same = |known: &Arc<Mapping>| Arc::ptr_eq(known, mapping);
            if self.tried_with.lock().unwrap_or_else(PoisonError::into_inner).get(&place).is_some_and(same) {
                continue;
            }
            let version = partner.map.map_or_else(String::new, |version| version.to_string());
            let mark = again::mark(&*self.engine.setting(tenant)?, &version);
            let name = format!("exchange-tried:{}", partner.row.id);
            if self.engine.has_changed(tenant, &name, mark).await? {
                let many = self.engine.store().revive(tenant, &partner.row.id).await?;
                self.engine.note_mark(tenant, &name, mark).await?;
                tracing::info!(partner = %partner.row.id, many, "messages that had stopped are tried again");
            }
            let mut tried = self.tried_with.lock().unwrap_or_else(PoisonError::into_inner);
            tried.insert(place, Arc::clone(mapping));
        }
        Ok(())
    }

    /// What one partner is told and what it told: both ways side by side, as every partner's, so that a slow one holds up no other.
    async fn turn(&self, tenant: TenantId, partner: &Known, until: Instant) -> Result<usize, Error> {
        let (sent, applied) =
            tokio::join!(self.carry(tenant, partner, until), self.apply(tenant, partner, until));
        let done = sent.and_then(|sent| Ok(sent + applied?));
        if let Err(error) = &done {
            tracing::error!(%error, tenant = tenant.0, partner = %partner.row.id, "the exchange with a partner failed");
        }
        done
    }

    fn is_alone(&self) -> bool {
        self.alone_since.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

/// What all turns moved, or the first failure.
fn summed(turns: Vec<Result<usize, Error>>) -> Result<usize, Error> {
    turns.into_iter().sum()
}
