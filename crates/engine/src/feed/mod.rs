//! Feeds: cases taken from another system, and given to it, by Open311 GeoReport v2 as its client.
//!
//! Owns what a feed is ([`map`], [`attributes`]), how the other system is asked ([`call`], [`wire`], [`definition`]), what is taken
//! ([`pull`], [`photo`], [`taken`]) and given ([`push`], [`shown`], [`filled`]), what the other system says when it is tried
//! ([`sounding`]), and the letters that a person has to look at ([`desk`]). A request of theirs is told like a row of a file: the same
//! request twice changes nothing, a later state carries the case on. What goes out is derived from the journal by a cursor, in the order
//! of each case. Refuses to give anything of a reporter. Start at [`Feeds::run_for_ever`]; docs/feeds.md tells how to set one up.

pub mod attributes;
pub mod call;
mod definition;
pub mod desk;
mod filled;
pub mod map;
mod photo;
mod pull;
mod push;
mod shown;
pub mod sounding;
mod taken;
mod tree;
pub mod wire;

use std::time::Duration;

use huying_model::Instant;
use huying_store::{
    Fault, TenantId,
    feeds::{Direction, FeedRow, LetterRow},
};
use smol_str::{SmolStr, format_smolstr};

pub use pull::Pulled;
pub(crate) use push::cursor;

use crate::{
    Engine, Error, Problem, again,
    lease::{self, Lease},
    outbox::guard::Reach,
};
use call::Caller;
use map::FeedMap;

/// The lease's name.
pub const NAME: &str = "feeds";
/// How often feeds are looked at.
const BREATH: Duration = Duration::from_secs(1);
const AFTER_A_FAILURE: Duration = Duration::from_secs(5);
/// Letters that are done are kept so long, so that no event is told twice.
const KEPT_MS: i64 = 90 * 24 * 3_600_000;
const LONGEST_ID: usize = 40;

/// A feed that was read.
pub(crate) struct Feed {
    pub row: FeedRow,
    pub map: FeedMap,
    /// What opens the other system.
    pub key: Option<String>,
}

/// The feeds of one node.
pub struct Feeds {
    engine: Engine,
    lease: Lease,
    caller: Caller,
    /// How long a photo is waited for.
    patience: Duration,
    /// Pages of one list that are read at most.
    pages: u32,
    /// Where this deployment is reached by everybody.
    home: Option<String>,
}

/// The turn at giving cases by a feed.
fn turn(id: &str) -> SmolStr {
    format_smolstr!("feed:{id}")
}

fn sealed_as(id: &str) -> String {
    format!("feed {id}")
}

/// What is noted at a feed of a failure on our side. What the database said of it is for the log.
fn told(error: &Error) -> String {
    match error {
        Error::Fault(Fault::Broken(_)) => "the store failed: the log says why".to_owned(),
        Error::Invalid(problems) => {
            let lines = problems.iter().map(|problem| format!("{}: {}", problem.field, problem.mend));
            lines.collect::<Vec<_>>().join("; ")
        }
        error => error.to_string(),
    }
}

/// The key of a feed in the clear.
fn opened(engine: &Engine, tenant: TenantId, row: &FeedRow) -> Option<String> {
    let sealed = row.key.as_ref()?;
    let plain = engine.store().seals(tenant).open_secret(&sealed_as(&row.id), sealed)?;
    String::from_utf8(plain).ok()
}

impl Engine {
    /// Makes a feed, or changes the one of this name. An absent key leaves the one that is there.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that does not fit.
    pub async fn put_feed(
        &self,
        tenant: TenantId,
        (id, map, key): (&str, &str, Option<&str>),
        (by, active): (&huying_model::MemberId, bool),
        reach: Reach,
    ) -> Result<FeedRow, Error> {
        let fits = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
        if id.is_empty() || id.len() > LONGEST_ID || !id.chars().all(fits) {
            let mend = format!("Use up to {LONGEST_ID} small letters, digits and hyphens.");
            return Err(Problem::at("id", "name", mend).into());
        }
        let read = FeedMap::parse(map)?;
        read.check(&*self.setting(tenant)?).map_err(Error::Invalid)?;
        crate::outbox::guard::check(&read.url, reach)
            .map_err(|error| Problem::at("url", "address", error.to_string()))?;
        let there = self.store().feeds(tenant).await?.into_iter().find(|row| row.id == id);
        let sealed = match key {
            Some(key) => Some(self.store().seals(tenant).seal_secret(&sealed_as(id), key.as_bytes())?),
            None => there.as_ref().and_then(|row| row.key.clone()),
        };
        let row = FeedRow {
            id: SmolStr::new(id),
            map: map.to_owned(),
            key: sealed,
            active,
            since: there.as_ref().and_then(|row| row.since),
            ran_at: None,
            error: None,
            made_by: by.clone(),
            made_at: self.now(),
        };
        if there.is_none() {
            // What happened before is not given.
            for (stream, end) in self.store().streams().await? {
                self.store().set_cursor(tenant, &cursor(id), stream, end).await?;
            }
        }
        self.store().put_feed(tenant, &row).await?;
        if !active {
            lease::turn_over(self, tenant, &turn(id)).await?;
        }
        Ok(row)
    }

    /// Lets a feed rest, also one whose map does not fit any more. Answers when what was on its way has ended: nothing is given after that.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn pause_feed(&self, tenant: TenantId, id: &str) -> Result<(), Error> {
        self.store().feed_rest(tenant, id).await?;
        lease::turn_over(self, tenant, &turn(id)).await
    }

    /// A dead letter's body in the clear: what the other system sent.
    pub fn letter_body(&self, tenant: TenantId, feed: &str, letter: &LetterRow) -> Option<String> {
        let body = letter.body.as_ref()?;
        let plain = self.store().seals(tenant).open_secret(&sealed_as(feed), body)?;
        String::from_utf8(plain).ok()
    }
}

impl Feeds {
    /// `holder` names this node, different from every other.
    ///
    /// # Errors
    /// [`Error::Invalid`] where no client can be made.
    pub fn new(engine: Engine, holder: &str, reach: Reach) -> Result<Feeds, Error> {
        let caller =
            Caller::new(reach).map_err(|error| Problem::at("feeds", "setting", error.to_string()))?;
        let (patience, pages) = (photo::PATIENCE, pull::MOST_PAGES);
        Ok(Feeds { engine, lease: Lease::new(NAME, holder), caller, patience, pages, home: None })
    }

    /// Says where everybody reaches this deployment: photos go out by that address.
    pub fn at(self, url: Option<&str>) -> Feeds {
        let home = url.map(|url| url.trim().trim_end_matches('/')).filter(|url| !url.is_empty());
        Feeds { home: home.map(str::to_owned), ..self }
    }

    /// Waits so long for one photo.
    pub fn waiting(self, patience: Duration) -> Feeds {
        Feeds { patience, ..self }
    }

    /// Reads so many pages of one list at most.
    pub fn reading(self, pages: u32) -> Feeds {
        Feeds { pages, ..self }
    }

    /// Takes and gives until the task is dropped.
    pub async fn run_for_ever(&self) {
        loop {
            let pause = match self.run().await {
                Ok(()) => BREATH,
                Err(error) => {
                    tracing::error!(%error, "the feeds failed and try again");
                    AFTER_A_FAILURE
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Every feed that is due is looked at, and everything that is new goes out. A feed that fails says so and holds up no other.
    ///
    /// # Errors
    /// The first failure of any feed, after all of them had their turn.
    pub async fn run(&self) -> Result<(), Error> {
        if !self.lease.holds(&self.engine, self.engine.now()).await? {
            return Ok(());
        }
        let mut failed = None;
        for tenant in self.engine.tenants() {
            for row in self.engine.store().feeds(tenant).await?.into_iter().filter(|row| row.active) {
                let Some(feed) = self.read(tenant, row).await? else { continue };
                if let Err(error) = self.serve(tenant, &feed).await {
                    tracing::error!(%error, feed = %feed.row.id, "a feed failed; the others have their turns");
                    self.ran(tenant, &feed.row.id, (None, None), Some(&told(&error))).await?;
                    failed = failed.or(Some(error));
                } else if feed.map.pull.is_none() && feed.row.error.is_some() {
                    // A look says how it went; a feed that only gives has none.
                    self.ran(tenant, &feed.row.id, (None, None), None).await?;
                }
            }
            self.engine.store().purge_letters(tenant, self.engine.now().plus_ms(-KEPT_MS)).await?;
        }
        failed.map_or(Ok(()), Err)
    }

    /// One feed's turn. What cannot be taken holds up nothing that goes out.
    async fn serve(&self, tenant: TenantId, feed: &Feed) -> Result<(), Error> {
        self.revive(tenant, feed).await?;
        let taken = self.take_in(tenant, feed).await;
        let given = self.push(tenant, feed).await;
        taken.and(given)
    }

    async fn take_in(&self, tenant: TenantId, feed: &Feed) -> Result<(), Error> {
        if feed.map.pull.is_some() && self.is_due(feed) {
            self.pull(tenant, feed).await?;
        }
        self.again(tenant, feed).await?;
        self.photos(tenant, feed).await
    }

    /// Letters that stopped are tried once more where the map, the rules or the organisation is another than before: what was missing may
    /// be there.
    async fn revive(&self, tenant: TenantId, feed: &Feed) -> Result<(), Error> {
        let mark = again::mark(&*self.engine.setting(tenant)?, &feed.row.map);
        let name = format!("feed-tried:{}", feed.row.id);
        if self.engine.has_changed(tenant, &name, mark).await? {
            let many = self.engine.store().revive_letters(tenant, &feed.row.id, self.engine.now()).await?;
            self.engine.note_mark(tenant, &name, mark).await?;
            tracing::info!(feed = %feed.row.id, many, "letters that had stopped are tried again");
        }
        Ok(())
    }

    /// Looks at one feed now, due or not.
    ///
    /// # Errors
    /// [`Error::Invalid`] where there is none of this name, or it takes nothing.
    pub async fn pull_now(&self, tenant: TenantId, id: &str) -> Result<Pulled, Error> {
        let row = self.engine.store().feeds(tenant).await?.into_iter().find(|row| row.id == id);
        let unknown = || Problem::at("id", "unknown_feed", format!("There is no feed {id}."));
        let feed = self.read(tenant, row.ok_or_else(unknown)?).await?.ok_or_else(unknown)?;
        self.pull(tenant, &feed).await
    }

    fn is_due(&self, feed: &Feed) -> bool {
        let every = i64::from(feed.map.every_minutes) * 60_000;
        feed.row.ran_at.is_none_or(|at| self.engine.now().minus(at) >= every)
    }

    /// A map that an earlier version took and this one cannot read stops its feed, in words.
    async fn read(&self, tenant: TenantId, row: FeedRow) -> Result<Option<Feed>, Error> {
        let map = match FeedMap::parse(&row.map) {
            Ok(map) => map,
            Err(problem) => {
                self.note(tenant, &row.id, None, Some(&problem.mend)).await?;
                return Ok(None);
            }
        };
        let key = opened(&self.engine, tenant, &row);
        Ok(Some(Feed { row, map, key }))
    }

    /// A look ended now.
    async fn note(
        &self,
        tenant: TenantId,
        id: &str,
        since: Option<Instant>,
        error: Option<&str>,
    ) -> Result<(), Error> {
        self.ran(tenant, id, (since, Some(self.engine.now())), error).await
    }

    async fn ran(
        &self,
        tenant: TenantId,
        id: &str,
        (since, at): (Option<Instant>, Option<Instant>),
        error: Option<&str>,
    ) -> Result<(), Error> {
        Ok(self.engine.store().feed_ran(tenant, id, since, (at, error)).await?)
    }

    /// A letter that a person has to look at.
    fn dead(
        &self,
        tenant: TenantId,
        feed: &Feed,
        (id, body): (&str, &str),
        error: &str,
    ) -> Result<LetterRow, Error> {
        let now = self.engine.now();
        let seals = self.engine.store().seals(tenant);
        Ok(LetterRow {
            id: SmolStr::new(id),
            direction: Direction::In,
            case: None,
            seq: 0,
            body: Some(seals.seal_secret(&sealed_as(&feed.row.id), body.as_bytes())?),
            state: SmolStr::new_static("dead"),
            attempts: 1,
            due_at: now,
            error: Some(error.to_owned()),
            made_at: now,
        })
    }
}
