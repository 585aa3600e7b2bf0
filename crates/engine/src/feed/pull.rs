//! Taking cases from another system.
//!
//! Each look asks for what changed since the last one, page by page, with a little of what was taken already: servers write down a change
//! some moments after its time. Cases that are open here and too old for the 90 days that servers look back are asked for by their
//! ids. A request that cannot be told is kept as a dead letter, sealed, with the reason; when it comes again and can be told, the
//! letter goes away. Start at [`Feeds::pull`].

use std::collections::BTreeSet;

use huying_model::{CaseId, Instant, MatterCode, catalogue::Outcome};
use huying_store::{
    TenantId, case_key,
    feeds::{Direction, LetterRow},
};
use serde::Serialize;

use super::{
    Feed, Feeds,
    call::{Asked, CallError},
    map::{FeedMap, Pull},
    taken,
    wire::{self, Remote, Unreadable},
};
use crate::{
    Error, Problem,
    import::{
        identity,
        map::{Ending, Map, look_up},
        report::Fate,
        row::Row,
    },
    place::PlaceDraft,
};

const DAY_MS: i64 = 24 * 3_600_000;
/// How far a server looks back (GeoReport v2, GET requests), with a day to spare.
const WINDOW_MS: i64 = 89 * DAY_MS;
/// What changed so long before the last look is asked for again.
const OVERLAP_MS: i64 = 5 * 60_000;
/// Pages of one look: what is left comes with the next.
const MOST_PAGES: u32 = 2_000;
/// Cases that are asked for by their ids at once.
const BY_ID: usize = 50;

/// What one look brought.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Pulled {
    /// Requests that were read.
    pub requests: u64,
    /// Of them those that brought something new.
    pub added: u64,
    pub already: u64,
    /// They could not be told: dead letters.
    pub dead: u64,
    /// Why the look broke off, where it did.
    pub error: Option<String>,
}

/// One look on its way.
pub(super) struct Look<'a> {
    pub tenant: TenantId,
    pub feed: &'a Feed,
    pub pull: &'a Pull,
    rows: Map,
    seen: BTreeSet<String>,
    newest: Option<Instant>,
    pulled: Pulled,
    /// Photos in a row that did not come.
    pub photos_lost: u32,
}

impl<'a> Look<'a> {
    fn of(tenant: TenantId, feed: &'a Feed, pull: &'a Pull) -> Look<'a> {
        let rows = feed.map.of_rows(pull);
        let (seen, newest) = (BTreeSet::new(), feed.row.since);
        Look { tenant, feed, pull, rows, seen, newest, pulled: Pulled::default(), photos_lost: 0 }
    }
}

impl Feeds {
    /// Takes what is new. What the other system does wrong is noted at the feed and is no error here.
    pub(super) async fn pull(&self, tenant: TenantId, feed: &Feed) -> Result<Pulled, Error> {
        let Some(pull) = &feed.map.pull else {
            return Err(
                Problem::at("pull", "nothing", "This feed takes nothing: add [pull] to its map.").into()
            );
        };
        let mut look = Look::of(tenant, feed, pull);
        let ended = self.look(&mut look).await?;
        look.pulled.error = ended.err().map(|error| error.to_string());
        // After a look that broke off the next one begins where this one began.
        let since = if look.pulled.error.is_none() { look.newest } else { None };
        self.note(tenant, &feed.row.id, since, look.pulled.error.as_deref()).await?;
        Ok(look.pulled)
    }

    /// Asks once more for what a person wants to be tried again.
    pub(super) async fn again(&self, tenant: TenantId, feed: &Feed) -> Result<(), Error> {
        let (Some(pull), store, id) = (&feed.map.pull, self.engine.store(), &feed.row.id) else {
            return Ok(());
        };
        let waiting = store.letters(tenant, id, "waiting", None, BY_ID).await?.items;
        for letter in waiting.into_iter().filter(|letter| letter.direction == Direction::In) {
            let mut look = Look::of(tenant, feed, pull);
            let body = self.engine.letter_body(tenant, id, &letter).unwrap_or_default();
            let entry: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
            let why = match entry["service_request_id"].as_str() {
                None => Some("the request has no service_request_id to ask for".to_owned()),
                Some(name) => {
                    let fields = vec![("service_request_id".to_owned(), name.to_owned())];
                    match self.ask(&mut look, fields).await? {
                        Err(error) => Some(error.to_string()),
                        Ok((0, _)) => Some("the other system does not have it any more".to_owned()),
                        Ok(_) => None,
                    }
                }
            };
            if let Some(why) = why {
                store.letter_tried(tenant, id, &letter.id, (None, &why)).await?;
            }
        }
        Ok(())
    }

    async fn look(&self, look: &mut Look<'_>) -> Result<Result<(), CallError>, Error> {
        let now = self.engine.now();
        let mut windows: Vec<Vec<(String, String)>> = Vec::new();
        match look.feed.row.since {
            Some(since) => {
                let from = since.plus_ms(-OVERLAP_MS);
                let mut fields = vec![("updated_after".to_owned(), from.to_string())];
                if look.pull.asks_by_id {
                    fields = vec![("start_date".to_owned(), from.max(now.plus_ms(-WINDOW_MS)).to_string())];
                }
                windows.push(fields);
            }
            None => {
                let mut from = now.plus_ms(-i64::from(look.pull.since_days) * DAY_MS);
                while from < now {
                    let until = from.plus_ms(WINDOW_MS).min(now);
                    windows.push(vec![
                        ("start_date".to_owned(), from.to_string()),
                        ("end_date".to_owned(), until.to_string()),
                    ]);
                    from = until;
                }
            }
        }
        for window in windows {
            if let Err(error) = self.pages(look, &window).await? {
                return Ok(Err(error));
            }
        }
        self.open_ones(look, now).await
    }

    /// Every page of a list.
    async fn pages(
        &self,
        look: &mut Look<'_>,
        window: &[(String, String)],
    ) -> Result<Result<(), CallError>, Error> {
        for page in 1..=MOST_PAGES {
            let mut fields = window.to_vec();
            fields.push(("page".to_owned(), page.to_string()));
            fields.push(("page_size".to_owned(), look.feed.map.page_size.to_string()));
            let (all, new) = match self.ask(look, fields).await? {
                Ok(read) => read,
                Err(error) => return Ok(Err(error)),
            };
            // A server without pages gives the same list again.
            if all < look.feed.map.page_size as usize || new == 0 {
                break;
            }
        }
        Ok(Ok(()))
    }

    /// Cases that the list of changes does not reach any more.
    async fn open_ones(&self, look: &mut Look<'_>, now: Instant) -> Result<Result<(), CallError>, Error> {
        let before = if look.pull.asks_by_id { now } else { now.plus_ms(-WINDOW_MS) };
        let (store, id) = (self.engine.store(), look.feed.row.id.clone());
        let mut after: Option<(Instant, String)> = None;
        loop {
            let some = store.open_remotes(look.tenant, &id, before, after.take(), BY_ID).await?;
            let Some(last) = some.last() else { return Ok(Ok(())) };
            after = Some(last.clone());
            let known = |name: &&str| !name.is_empty() && !name.starts_with(super::push::TOKEN);
            let names: Vec<&str> = some.iter().map(|(_, name)| name.as_str()).filter(known).collect();
            if names.is_empty() {
                continue;
            }
            let fields = vec![("service_request_id".to_owned(), names.join(","))];
            if let Err(error) = self.ask(look, fields).await? {
                return Ok(Err(error));
            }
        }
    }

    /// One list: how many entries it has, and how many of them this look had not seen.
    async fn ask(
        &self,
        look: &mut Look<'_>,
        mut fields: Vec<(String, String)>,
    ) -> Result<Result<(usize, usize), CallError>, Error> {
        let map = &look.feed.map;
        fields.extend(map.jurisdiction.iter().map(|name| ("jurisdiction_id".to_owned(), name.clone())));
        if !look.pull.attribute.is_empty() {
            // Attributes of a request are none of the specification: servers tell them to those who ask for more.
            fields.push(("extensions".to_owned(), "true".to_owned()));
        }
        let files = Vec::new();
        let asked = Asked { base: &map.url, method: "requests", format: map.format, fields, files };
        let body = match self.caller.get(&asked).await {
            Ok(body) => body,
            Err(error) => return Ok(Err(error)),
        };
        let entries = match wire::requests(&body, map.format, &map.zone()?) {
            Ok(entries) => entries,
            Err(error) => return Ok(Err(CallError::Unreadable(error.to_string()))),
        };
        let (all, mut new) = (entries.len(), 0);
        for entry in entries {
            look.pulled.requests += 1;
            match entry {
                Ok(remote) => new += usize::from(self.take(look, remote).await?),
                Err(error) if !error.id.is_empty() && !look.seen.insert(error.id.clone()) => {}
                Err(error) => {
                    look.pulled.dead += 1;
                    let letter = self.unread(look, &error)?;
                    self.engine.store().put_dead(look.tenant, &look.feed.row.id, &[letter]).await?;
                }
            }
        }
        Ok(Ok((all, new)))
    }

    fn unread(&self, look: &Look<'_>, error: &Unreadable) -> Result<LetterRow, Error> {
        let body = error.entry.to_string();
        let id = if error.id.is_empty() {
            format!("in:?{:08x}", crc(&body))
        } else {
            format!("in:{}", short(&error.id))
        };
        self.dead(look.tenant, look.feed, (&id, &body), &error.why)
    }

    /// Tells one request. Whether this look had not seen it.
    async fn take(&self, look: &mut Look<'_>, remote: Remote) -> Result<bool, Error> {
        if !look.seen.insert(remote.id.clone()) {
            return Ok(false);
        }
        let changed = remote.updated.unwrap_or(remote.requested);
        // A server whose clock runs ahead must not make us miss what comes meanwhile.
        look.newest = look.newest.max(Some(changed.min(self.engine.now())));
        let (engine, tenant, id) = (&self.engine, look.tenant, look.feed.row.id.clone());
        let letter = format!("in:{}", short(&remote.id));
        match self.tell(look, &remote, &letter).await? {
            (_, Fate::Refused(problem)) => {
                look.pulled.dead += 1;
                let error = format!("{}: {}", problem.problem.field, problem.problem.mend);
                let body = serde_json::to_string(&Entry::of(&remote)).unwrap_or_default();
                let row = self.dead(tenant, look.feed, (&letter, &body), &error)?;
                engine.store().put_dead(tenant, &id, &[row]).await?;
            }
            (case, fate) => {
                let added = matches!(fate, Fate::Told(_));
                look.pulled.added += u64::from(added);
                look.pulled.already += u64::from(!added);
                if let Some((case, at)) = case {
                    engine.store().bind_case(tenant, &id, case, (&remote.id, !remote.closed), at).await?;
                }
                engine.store().letter_done(tenant, &id, &letter, engine.now()).await?;
            }
        }
        Ok(true)
    }

    /// Tells one request with its photos: what came of it, and of which case since when.
    async fn tell(
        &self,
        look: &mut Look<'_>,
        remote: &Remote,
        letter: &str,
    ) -> Result<(Option<(CaseId, Instant)>, Fate), Error> {
        let (engine, tenant) = (&self.engine, look.tenant);
        let (matter, setting) = (self.matter(look, remote, letter).await?, engine.setting(tenant)?);
        let mut row = match row(&look.feed.map, look.pull, &look.rows, (remote, matter)) {
            Ok(row) => row,
            Err(problem) => return Ok((None, Fate::Refused(refused(remote, problem)))),
        };
        taken::keep(&mut row, &setting, look.pull, remote);
        let case = identity(&look.rows, &row);
        engine.store().load_keys(tenant, &[case_key(case)]).await?;
        let media = if look.pull.photos { remote.media.as_slice() } else { &[] };
        let photos = match (remote.closed, media) {
            (true, [_, ..]) => self.closing_photos(look, case, media).await?,
            _ => Vec::new(),
        };
        let (row, fate) = engine.import_row(tenant, &setting, &look.rows, row, &photos).await;
        if !matches!(fate, Ok(Fate::Told(_))) {
            self.discard_photos(&photos).await;
        }
        let fate = fate?;
        if !remote.closed && !matches!(fate, Fate::Refused(_)) {
            self.note_photos(look, case, media).await?;
        }
        Ok((Some((case, row.created)), fate))
    }

    /// What a request's service means here: by the map, or as a person said where the map does not know it.
    async fn matter(
        &self,
        look: &Look<'_>,
        remote: &Remote,
        letter: &str,
    ) -> Result<Option<MatterCode>, Error> {
        let code = remote.service_code.as_deref().unwrap_or_default();
        if let Some(matter) = look_up(&look.pull.matter, code) {
            return Ok(Some(matter.clone()));
        }
        let said = self.engine.store().choice(look.tenant, &look.feed.row.id, letter).await?;
        Ok(said.and_then(|said| said.chosen).map(MatterCode::new))
    }
}

/// What is kept of a request that could not be told.
#[derive(Serialize)]
struct Entry<'a> {
    service_request_id: &'a str,
    status: &'static str,
    status_notes: Option<&'a str>,
    service_code: Option<&'a str>,
    service_name: Option<&'a str>,
    description: Option<&'a str>,
    agency_responsible: Option<&'a str>,
    requested_datetime: String,
    updated_datetime: Option<String>,
    address: Option<&'a str>,
    lat: Option<f64>,
    long: Option<f64>,
}

impl Entry<'_> {
    fn of(remote: &Remote) -> Entry<'_> {
        Entry {
            service_request_id: &remote.id,
            status: if remote.closed { "closed" } else { "open" },
            status_notes: remote.notes.as_deref(),
            service_code: remote.service_code.as_deref(),
            service_name: remote.service_name.as_deref(),
            description: remote.description.as_deref(),
            agency_responsible: remote.agency.as_deref(),
            requested_datetime: remote.requested.to_string(),
            updated_datetime: remote.updated.map(|at| at.to_string()),
            address: remote.address.as_deref(),
            lat: remote.lat,
            long: remote.lon,
        }
    }
}

/// An id as part of a letter's: other systems may have long ones.
fn short(id: &str) -> String {
    if id.chars().count() <= 80 {
        return id.to_owned();
    }
    let begin: String = id.chars().take(60).collect();
    format!("{begin}…{:08x}", crc(id))
}

fn crc(text: &str) -> u32 {
    use sha2::{Digest, Sha256};
    Sha256::digest(text.as_bytes()).iter().take(4).fold(0, |sum, byte| (sum << 8) | u32::from(*byte))
}

fn refused(remote: &Remote, problem: Problem) -> crate::import::report::RowProblem {
    crate::import::report::RowProblem { line: 0, foreign: remote.id.clone(), problem, zh: None }
}

/// A request as a row of a file, of this matter.
fn row(
    map: &FeedMap,
    pull: &Pull,
    rows: &Map,
    (remote, matter): (&Remote, Option<MatterCode>),
) -> Result<Row, Problem> {
    let code = remote.service_code.as_deref().unwrap_or_default();
    let mend =
        || format!("The feed's map names no matter for the service “{code}”: add it under [pull.matter].");
    let matter = matter.ok_or_else(|| Problem::at("service_code", "unknown_matter", mend()))?;
    let place = match (remote.lon, remote.lat) {
        // Many systems write zeros for an unknown place.
        (Some(lon), Some(lat)) if (lon, lat) != (0.0, 0.0) => {
            PlaceDraft { lon: Some(lon), lat: Some(lat), datum: Some(map.datum), area: None }
        }
        _ => PlaceDraft::default(),
    };
    let cut = |text: &Option<String>, most: usize| {
        text.as_ref()
            .map(|text| text.chars().filter(|sign| !crate::words::is_control(*sign)).take(most).collect())
    };
    let title: Option<String> = cut(&remote.service_name, 200);
    let row = Row {
        line: 0,
        foreign: remote.id.clone(),
        created: remote.requested,
        closed: remote.closed.then(|| remote.updated.unwrap_or(remote.requested).max(remote.requested)),
        due: remote.expected,
        place,
        matter: Some(matter),
        condition: None,
        source: pull.source,
        ending: if remote.closed { Ending::Outcome(pull.closed) } else { Ending::Open },
        ended_as: (remote.closed && pull.closed != Outcome::Solved)
            .then(|| cut(&remote.notes, 1_000).unwrap_or_else(|| "closed".to_owned())),
        unit: None,
        text: cut(&remote.description, 4_000).or_else(|| title.clone()),
        title,
        address: cut(&remote.address, 400),
        answers: None,
    };
    row.check(rows).map(|()| row)
}
