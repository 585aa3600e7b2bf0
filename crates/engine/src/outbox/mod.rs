//! Messages to the outside: webhooks and e-mail, made from the events' own notices.
//!
//! The outbox is a reader of the stream with a named cursor, not a table that commands write: [`fan`] turns events into
//! delivery rows, one for each event and subscriber, and [`carry`] carries them out. A row is made exactly once, because its
//! name is made of both; it is sent at least once, because a node may die between sending and noting it. Receivers
//! tell a repetition by the message's id. Refuses to hold up a command: nobody waits for the outside.
//! Start at [`Outbox::run_for_ever`].

pub mod carry;
pub mod fan;
pub mod guard;
pub mod mail;
pub mod post;
pub mod sign;
pub mod subscribe;
pub mod template;

use std::time::Duration;

use huying_store::TenantId;
use smol_str::SmolStr;

use crate::{Engine, Error};
use guard::Reach;
use mail::{MailSettings, Mailer};
use post::Poster;
use template::Language;

/// The reader's name, and the lease's.
pub const NAME: &str = "outbox";
/// The stream is of the whole store, so its cursor and lease are too.
const STORE: TenantId = TenantId(0);
const LEASE: Duration = Duration::from_secs(60);

/// What the outside may be told with.
#[derive(Clone, Debug, Default)]
pub struct OutboxSettings {
    pub reach: Reach,
    /// No mail goes out where this is absent.
    pub mail: Option<MailSettings>,
    pub language: Language,
}

/// The outbox of one node.
pub struct Outbox {
    engine: Engine,
    holder: SmolStr,
    poster: Poster,
    mailer: Option<Mailer>,
    language: Language,
}

impl Outbox {
    /// `holder` names this node, different from every other.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the setting that cannot be used.
    pub fn new(engine: Engine, holder: &str, settings: &OutboxSettings) -> Result<Outbox, Error> {
        let wrong = |field: &str, why: String| Error::from(crate::Problem::at(field, "setting", why));
        let poster = Poster::new(settings.reach).map_err(|error| wrong("webhooks", error.to_string()))?;
        let mailer = settings
            .mail
            .as_ref()
            .map(Mailer::new)
            .transpose()
            .map_err(|error| wrong("mail", error.to_string()))?;
        Ok(Outbox { engine, holder: SmolStr::new(holder), poster, mailer, language: settings.language })
    }

    /// Fans out and carries until the task is dropped.
    pub async fn run_for_ever(&self) {
        let mut news = self.engine.listen();
        loop {
            if let Err(error) = self.run().await {
                tracing::error!(%error, "the outbox failed and tries again");
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
            news.changed().await;
        }
    }

    /// Everything that is new becomes rows, and every row that is due is tried once. Returns how many were tried.
    pub async fn run(&self) -> Result<usize, Error> {
        let now = self.engine.now();
        let lease = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
        if self.engine.store().take_lease(STORE, NAME, &self.holder, now, now.plus_ms(lease)).await? {
            self.fan_out().await?;
        }
        // Rows carry leases of their own: every node helps to carry.
        self.carry_out().await
    }
}
