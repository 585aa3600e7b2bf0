//! Messages to the outside: webhooks and e-mail, made from the events' own notices.
//!
//! The outbox is a reader of the stream with a named cursor, not a table that commands write: [`fan`] turns events into
//! delivery rows, one for each event and subscriber, and [`carry`] carries them out. A row is made exactly once, because its
//! name is made of both; it is sent at least once, because a node may die between sending and noting it. Receivers
//! tell a repetition by the message's id. Refuses to hold up a command: nobody waits for the outside.
//! Start at [`Outbox::run_for_ever`].

pub mod carry;
pub mod fan;
pub mod fetch;
pub mod guard;
pub mod hooks;
pub mod mail;
pub mod post;
pub mod replay;
pub mod sign;
pub mod subscribe;
pub mod template;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use huying_model::Instant;
use smol_str::SmolStr;

use crate::{Engine, Error, lease::Lease};
use guard::Reach;
use mail::{MailSettings, Mailer};
use post::Poster;
use template::Language;

/// The reader's name, and the lease's.
pub const NAME: &str = "outbox";
/// Commits come thousands a second; the outside is told of many at once.
const BREATH: Duration = Duration::from_millis(250);
/// While nobody listens there is nothing to do but to move on now and then.
const SILENCE: Duration = Duration::from_secs(2);

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
    lease: Lease,
    silent_since: Mutex<Option<Instant>>,
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
        let sandbox = engine.is_sandbox();
        let poster = Poster::new(settings.reach).map_err(|error| wrong("webhooks", error.to_string()))?;
        let poster = poster.of_sandbox(sandbox);
        // Whatever the settings say, what was made up is mailed to nobody.
        let mail = settings.mail.as_ref().filter(|_| !sandbox);
        let mailer = mail.map(Mailer::new).transpose().map_err(|error| wrong("mail", error.to_string()))?;
        let lease = Lease::new(NAME, holder);
        let (holder, silent_since) = (SmolStr::new(holder), Mutex::new(None));
        Ok(Outbox { engine, holder, lease, silent_since, poster, mailer, language: settings.language })
    }

    /// Fans out and carries until the task is dropped.
    pub async fn run_for_ever(&self) {
        let mut news = self.engine.listen();
        loop {
            let pause = match self.run().await {
                Ok(_) if self.is_silent() => SILENCE,
                Ok(_) => BREATH,
                Err(error) => {
                    tracing::error!(%error, "the outbox failed and tries again");
                    Duration::from_secs(5)
                }
            };
            tokio::time::sleep(pause).await;
            news.changed().await;
        }
    }

    /// Everything that is new becomes rows, and every row that is due is tried once. Returns how many were tried.
    pub async fn run(&self) -> Result<usize, Error> {
        if self.lease.holds(&self.engine, self.engine.now()).await? {
            self.fan_out().await?;
            self.replay().await?;
        }
        // Rows carry leases of their own: every node helps to carry.
        self.carry_out().await
    }

    fn is_silent(&self) -> bool {
        self.silent_since.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}
