//! What a person sees of feeds, and what they do with a letter that stopped.
//!
//! Owns how a feed stands ([`Standing`]), what a letter was to tell ([`Engine::letter_tells`]), and the three ways to settle one ([`Act`]):
//! again, as what a person says it is, or set aside with a reason. Who may do it is asked before. Start at [`Engine::feed_standings`].

use std::collections::BTreeMap;

use huying_model::{Instant, MatterCode, MemberId};
use huying_store::{
    TenantId,
    feeds::{ChoiceRow, Direction, FeedRow, LetterRow},
};
use serde_json::Value;
use smol_str::SmolStr;

use super::{
    Feed,
    map::{self, FeedMap},
    opened, push,
};
use crate::{Engine, Error, Problem, outbox::guard::Reach};

/// Characters of a reason, and of a service's code.
pub const LONGEST: usize = 400;
const LONGEST_CODE: usize = 200;

/// How a feed stands.
#[derive(Clone, Debug)]
pub struct Standing {
    pub row: FeedRow,
    /// None where this version cannot read the map.
    pub map: Option<FeedMap>,
    /// Letters that a person has to look at.
    pub dead: i64,
    /// Letters that wait to be sent, asked for again or fetched.
    pub waiting: i64,
    /// Entries of the journal that were not looked through yet.
    pub unread: i64,
    /// When something went out last.
    pub gave_at: Option<Instant>,
}

/// What a letter was to tell.
#[derive(Clone, PartialEq, Debug)]
pub enum Tells {
    /// A request of theirs, as it came.
    Request(Value),
    /// A case of ours.
    Report,
    /// An entry of a case, by its kind.
    Update(SmolStr),
    /// A photo, by the machine that it lies on.
    Photo(String),
    /// Nothing is kept of it.
    Gone,
}

/// What is done with a dead letter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    Again,
    /// It is this: a matter of ours for a letter in, a service of theirs for one out. `all` writes it into the map, for every request of
    /// its service.
    As {
        code: String,
        all: bool,
    },
    Aside {
        reason: String,
    },
}

impl Engine {
    /// Every feed and how it stands.
    pub async fn feed_standings(&self, tenant: TenantId) -> Result<Vec<Standing>, Error> {
        let streams = self.store().streams().await?;
        let mut all = Vec::new();
        for row in self.store().feeds(tenant).await? {
            let map = FeedMap::parse(&row.map).ok();
            let counts = self.store().letter_counts(tenant, &row.id).await?;
            let many =
                |state: &str| -> i64 { counts.iter().filter(|it| it.state == state).map(|it| it.many).sum() };
            let gave = counts.iter().find(|it| it.direction == Direction::Out && it.state == "done");
            let gives = map.as_ref().is_some_and(|map| map.push.is_some());
            let cursors: BTreeMap<i64, i64> =
                self.store().cursor(tenant, &push::cursor(&row.id)).await?.into_iter().collect();
            let unread = |(stream, end): &(i64, i64)| (end - cursors.get(stream).unwrap_or(&0)).max(0);
            all.push(Standing {
                dead: many("dead"),
                waiting: many("waiting"),
                unread: if gives { streams.iter().map(unread).sum() } else { 0 },
                gave_at: gave.map(|it| it.newest),
                row,
                map,
            });
        }
        Ok(all)
    }

    /// The feed of this name, read.
    pub(super) async fn feed_named(&self, tenant: TenantId, id: &str) -> Result<Feed, Error> {
        let row = self.store().feeds(tenant).await?.into_iter().find(|row| row.id == id);
        let unknown = || Problem::at("id", "unknown_feed", format!("There is no feed {id}."));
        let row = row.ok_or_else(unknown)?;
        let map = FeedMap::parse(&row.map)?;
        let key = opened(self, tenant, &row);
        Ok(Feed { row, map, key })
    }

    /// What a letter was to tell. A request is told as it came, with its words: who is shown it leaves them out.
    pub async fn letter_tells(
        &self,
        tenant: TenantId,
        feed: &str,
        letter: &LetterRow,
    ) -> Result<Tells, Error> {
        let body = self.letter_body(tenant, feed, letter);
        Ok(match (letter.direction, letter.case) {
            (Direction::In, _) => {
                let entry = body.and_then(|body| serde_json::from_str(&body).ok());
                entry.map_or(Tells::Gone, Tells::Request)
            }
            (Direction::Photo, _) => {
                let host = body.and_then(|url| reqwest::Url::parse(&url).ok()?.host_str().map(str::to_owned));
                host.map_or(Tells::Gone, Tells::Photo)
            }
            (Direction::Out, _) if letter.seq == 0 => Tells::Report,
            (Direction::Out, None) => Tells::Gone,
            (Direction::Out, Some(case)) => {
                let before = u32::try_from(letter.seq - 1).unwrap_or(0);
                let entry = self.store().journal(tenant, case, before, 1).await?.pop();
                entry.map_or(Tells::Gone, |entry| Tells::Update(entry.kind.clone()))
            }
        })
    }

    /// Settles a dead letter. False where there is none of this id.
    ///
    /// # Errors
    /// [`Error::Invalid`] where a reason or a code is missing or unknown.
    pub async fn settle_feed_letter(
        &self,
        tenant: TenantId,
        by: &MemberId,
        (feed, letter): (&str, &str),
        act: &Act,
        reach: Reach,
    ) -> Result<bool, Error> {
        let (store, now) = (self.store(), self.now());
        let row = store.letter(tenant, feed, letter).await?.filter(|row| row.state == "dead");
        let Some(row) = row else { return Ok(false) };
        match act {
            Act::Again => {}
            Act::Aside { reason } => {
                let choice = ChoiceRow { chosen: None, reason: Some(said(reason)?), by: by.clone(), at: now };
                store.choose_letter(tenant, feed, letter, &choice).await?;
            }
            Act::As { code, all } => {
                let code = self.chosen(tenant, &row, code)?;
                if *all {
                    self.map_service(tenant, by, (feed, &row), &MatterCode::new(&code), reach).await?;
                }
                let choice = ChoiceRow { chosen: Some(code), reason: None, by: by.clone(), at: now };
                store.choose_letter(tenant, feed, letter, &choice).await?;
            }
        }
        let again = !matches!(act, Act::Aside { .. });
        Ok(store.settle_letter(tenant, feed, letter, again, now).await?)
    }

    fn chosen(&self, tenant: TenantId, row: &LetterRow, code: &str) -> Result<String, Error> {
        let code = code.trim();
        let refused = |code: &'static str, mend: &str| Err(Problem::at("code", code, mend).into());
        match row.direction {
            Direction::In => {
                let setting = self.setting(tenant)?;
                if !setting.policy.current.matters.contains_key(code) {
                    return refused("unknown_matter", "Choose a matter of the catalogue.");
                }
            }
            Direction::Out if row.seq == 0 => {
                let long = code.chars().count() > LONGEST_CODE || code.chars().any(char::is_control);
                if code.is_empty() || long {
                    return refused("no_code", "Name a service of theirs by its code.");
                }
            }
            Direction::Out | Direction::Photo => {
                return refused("no_code", "Only requests and reports are given a matter or a service.");
            }
        }
        Ok(code.to_owned())
    }

    /// Writes into the map what the service of a request means from now on.
    async fn map_service(
        &self,
        tenant: TenantId,
        by: &MemberId,
        (feed, row): (&str, &LetterRow),
        matter: &MatterCode,
        reach: Reach,
    ) -> Result<(), Error> {
        let body = self.letter_body(tenant, feed, row).unwrap_or_default();
        let entry: Value = serde_json::from_str(&body).unwrap_or_default();
        let Some(service) = entry["service_code"].as_str() else {
            let mend = "The request names no service: it can be told for itself only.";
            return Err(Problem::at("all", "no_table", mend).into());
        };
        let set = self.feed_named(tenant, feed).await?;
        if set.map.pull.as_ref().and_then(|pull| pull.matter.get(service)) == Some(matter) {
            return Ok(());
        }
        let text = map::with_matter(&set.row.map, service, matter)?;
        self.put_feed(tenant, (feed, &text, None), (by, set.row.active), reach).await.map(drop)
    }
}

fn said(reason: &str) -> Result<String, Error> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST || reason.chars().any(crate::words::is_control) {
        let mend = format!("Say why, in up to {LONGEST} characters.");
        return Err(Problem::at("reason", "no_reason", mend).into());
    }
    Ok(reason.to_owned())
}
