//! Giving cases to another system.
//!
//! A cursor over the journal turns what happened into letters, one for each entry and feed, in the order of each case; each is written
//! out when it is sent, so none holds words. A report whose answer was lost may have been taken: before it is sent again the other
//! system's list is looked through for the case's number. Each try is counted before it goes out, so that one which a crash cut off is
//! such a report too. What is dead waits for a person, and with it what comes after it in the same case. Start at [`Feeds::push`].

use std::collections::{BTreeMap, BTreeSet};

use huying_model::{Case, CaseId, Event, Stage, actor::By, catalogue::MatterKind};
use huying_store::{
    CaseView, StreamEntry, TenantId,
    feeds::{Direction, LetterRow},
    journal,
    person::AccessRow,
};
use smol_str::{SmolStr, format_smolstr};

use super::{
    Feed, Feeds,
    call::{Asked, CallError},
    definition,
    filled::filled,
    map::{Photos, Push, Words},
    shown::approves,
    turn,
    wire::{self, Reported},
};
use crate::{Error, lease::Turn};

/// A case that is not known there by an id yet.
pub(super) const TOKEN: &str = "token:";
/// Events that are read, and letters that are sent, at once.
const READ: usize = 200;
const SEND: usize = 50;
/// Minutes until the next try, after each failed one: about two days in all.
const PAUSES: [i64; 10] = [1, 5, 15, 60, 120, 240, 480, 720, 720, 720];
/// How long before the first try the other system's list is looked through for a report that may have been taken.
const BACK_MS: i64 = 3 * 24 * 3_600_000;
/// What stands at a report that went out until its answer is here.
const UNANSWERED: &str = "the other system's answer was not heard";
/// Who tells what was taken from elsewhere: it is not told back.
const OURS: &str = "import-";

/// The cursor's name.
pub(crate) fn cursor(feed: &str) -> String {
    format!("feed:{feed}")
}

/// How one try ended.
enum Tried {
    Done,
    Later(String),
    Never(String),
    /// The feed was paused meanwhile: nothing went out, and everything stays as it is.
    Paused,
}

impl Feeds {
    /// Turns what is new into letters, and sends those that are due.
    pub(super) async fn push(&self, tenant: TenantId, feed: &Feed) -> Result<(), Error> {
        let Some(push) = &feed.map.push else { return Ok(()) };
        self.fan_out(tenant, feed, push).await?;
        let mut turn = Turn::new(tenant, turn(&feed.row.id), self.lease.holder());
        let sent = self.send_all(tenant, feed, push, &mut turn).await;
        turn.end(&self.engine).await?;
        sent
    }

    async fn send_all(
        &self,
        tenant: TenantId,
        feed: &Feed,
        push: &Push,
        turn: &mut Turn,
    ) -> Result<(), Error> {
        loop {
            let now = self.engine.now();
            let due = self.engine.store().due_letters(tenant, &feed.row.id, now, SEND).await?;
            if due.is_empty() {
                return Ok(());
            }
            for letter in due {
                if !self.send(tenant, feed, push, letter, turn).await? {
                    return Ok(());
                }
            }
        }
    }

    /// Whether anything may go out at this moment.
    async fn may_send(&self, tenant: TenantId, feed: &Feed, turn: &mut Turn) -> Result<bool, Error> {
        Ok(turn.holds(&self.engine).await? && self.engine.store().feed_active(tenant, &feed.row.id).await?)
    }

    async fn fan_out(&self, tenant: TenantId, feed: &Feed, push: &Push) -> Result<(), Error> {
        let (store, name) = (self.engine.store(), cursor(&feed.row.id));
        let cursors: BTreeMap<i64, i64> = store.cursor(tenant, &name).await?.into_iter().collect();
        for (stream, end) in store.streams().await? {
            let mut position = cursors.get(&stream).copied().unwrap_or(0);
            while position < end {
                let entries = store.events_after(stream, position, READ).await?;
                let Some(last) = entries.last() else { break };
                position = last.position;
                let own: Vec<&StreamEntry> = entries.iter().filter(|entry| entry.tenant == tenant).collect();
                let letters = self.letters_of(tenant, feed, push, &own).await?;
                store.add_letters(tenant, &feed.row.id, &letters).await?;
                store.set_cursor(tenant, &name, stream, position).await?;
            }
        }
        Ok(())
    }

    async fn letters_of(
        &self,
        tenant: TenantId,
        feed: &Feed,
        push: &Push,
        entries: &[&StreamEntry],
    ) -> Result<Vec<LetterRow>, Error> {
        let store = self.engine.store();
        let ids: Vec<CaseId> = entries.iter().map(|entry| entry.case).collect();
        let cases: BTreeMap<CaseId, Case> =
            store.cases(tenant, &ids).await?.into_iter().map(|view| (view.case.id, view.case)).collect();
        let mut letters = Vec::new();
        for entry in entries {
            let Some(case) = cases.get(&entry.case) else { continue };
            let theirs = case.matter.as_ref().is_some_and(|matter| push.matter.contains_key(matter));
            // Parties of a dispute are for its handlers alone.
            if case.kind == MatterKind::Dispute || told_from_there(&entry.event) {
                continue;
            }
            let known = store.remote_of(tenant, &feed.row.id, case.id).await?.is_some();
            if theirs && !known && entry.kind == "filed" {
                letters.push(self.letter_of(entry.case, 0));
            }
            let photos = push.photos != Photos::None && approves(&entry.event);
            if push.updates && (known || theirs) && (photos || status_of(entry).is_some()) {
                letters.push(self.letter_of(entry.case, i64::from(entry.seq)));
            }
        }
        Ok(letters)
    }

    fn letter_of(&self, case: CaseId, seq: i64) -> LetterRow {
        let now = self.engine.now();
        LetterRow {
            id: format_smolstr!("out:{case}:{seq:06}"),
            direction: Direction::Out,
            case: Some(case),
            seq,
            body: None,
            state: SmolStr::new_static("waiting"),
            attempts: 0,
            due_at: now,
            error: None,
            made_at: now,
        }
    }

    /// Tries one letter. False where nothing may go out any more.
    async fn send(
        &self,
        tenant: TenantId,
        feed: &Feed,
        push: &Push,
        letter: LetterRow,
        turn: &mut Turn,
    ) -> Result<bool, Error> {
        let (store, id) = (self.engine.store(), &feed.row.id);
        let view = match letter.case {
            Some(case) => store.case(tenant, case).await?,
            None => None,
        };
        let tried = match view {
            None => Tried::Never("the case is not there any more".to_owned()),
            // It became one since, and is not told of any more.
            Some(view) if view.case.kind == MatterKind::Dispute => Tried::Done,
            Some(view) if letter.seq == 0 => self.report(tenant, feed, push, &view, &letter, turn).await?,
            Some(view) => self.update(tenant, feed, push, &view.case, &letter, turn).await?,
        };
        match tried {
            Tried::Paused => return Ok(false),
            Tried::Done => store.letter_done(tenant, id, &letter.id, self.engine.now()).await?,
            Tried::Never(error) => store.letter_tried(tenant, id, &letter, (None, &error)).await?,
            Tried::Later(error) => {
                let pause = usize::try_from(letter.attempts).ok().and_then(|tries| PAUSES.get(tries));
                let again = pause.map(|minutes| self.engine.now().plus_minutes(*minutes));
                store.letter_tried(tenant, id, &letter, (again, &error)).await?;
            }
        }
        Ok(true)
    }

    fn asked<'a>(&self, feed: &'a Feed, method: &'a str) -> Asked<'a> {
        let map = &feed.map;
        let mut fields = Vec::new();
        fields.extend(map.jurisdiction.iter().map(|name| ("jurisdiction_id".to_owned(), name.clone())));
        Asked { base: &map.url, method, format: map.format, fields, files: Vec::new() }
    }

    async fn report(
        &self,
        tenant: TenantId,
        feed: &Feed,
        push: &Push,
        view: &CaseView,
        letter: &LetterRow,
        turn: &mut Turn,
    ) -> Result<Tried, Error> {
        let (case, store) = (&view.case, self.engine.store());
        if store.remote_of(tenant, &feed.row.id, case.id).await?.is_some() {
            return Ok(Tried::Done);
        }
        let said = store.choice(tenant, &feed.row.id, &letter.id).await?.and_then(|said| said.chosen);
        let mapped = || case.matter.as_ref().and_then(|matter| push.matter.get(matter)).cloned();
        let Some(code) = said.or_else(mapped) else {
            return Ok(Tried::Never("the map names no service for the case's matter any more".to_owned()));
        };
        if letter.attempts > 0
            && let Some(id) = match self.found_there(feed, case, &code, letter).await {
                Ok(found) => found,
                Err(error) => return Ok(failed(&error)),
            }
        {
            store.bind_case(tenant, &feed.row.id, case.id, (&id, true), self.engine.now()).await?;
            return Ok(Tried::Done);
        }
        if !self.may_send(tenant, feed, turn).await? {
            return Ok(Tried::Paused);
        }
        let mut asked = self.asked(feed, "requests");
        let setting = self.engine.setting(tenant)?;
        let matter = case.matter.as_ref().and_then(|code| setting.policy.current.matters.get(code));
        let mut words = format!("[{}] {}", case.number, matter.map_or("", |matter| matter.name.as_str()));
        let attributes = filled(&setting, push, view, &code);
        if push.words == Words::Text || attributes.said {
            self.note_given(tenant, feed, push, case.id).await?;
        }
        if push.words == Words::Text {
            for more in [&view.texts.title, &view.texts.text].into_iter().flatten() {
                words.push('\n');
                words.push_str(more);
            }
        }
        let mut field = |name: &str, value: String| asked.fields.push((name.to_owned(), value));
        field("service_code", code.clone());
        field("description", words.chars().take(4_000).collect());
        if let (Some(lon), Some(lat)) = (case.place.lon_e7, case.place.lat_e7) {
            field("lat", (f64::from(lat) / 1e7).to_string());
            field("long", (f64::from(lon) / 1e7).to_string());
        }
        if let Some(key) = &feed.key {
            field("api_key", key.clone());
        }
        asked.fields.extend(attributes.fields);
        let shown = self.shown(tenant, push, case).await?;
        let approved = shown.as_ref().map(|shown| shown.event);
        if let Some(shown) = shown {
            shown.put(&mut asked);
        }
        let key = format!("{}-{}", feed.map.system, case.id);
        let again = self.engine.now().plus_minutes(PAUSES[0]);
        store.letter_tried(tenant, &feed.row.id, letter, (Some(again), UNANSWERED)).await?;
        let answer = match self.caller.post(&asked, &key).await {
            Ok(answer) => answer,
            Err(error) => return Ok(self.refused(feed, &code, &asked.fields, &error).await),
        };
        let name = match wire::reported(&answer, feed.map.format) {
            Ok(Reported::Id(id)) => id,
            Ok(Reported::Token(token)) => format!("{TOKEN}{token}"),
            Ok(Reported::Blind) => String::new(),
            // It may have been taken: the next try looks first.
            Err(error) => return Ok(Tried::Later(error.to_string())),
        };
        if let Some(event) = approved {
            self.photos_told(tenant, feed, case.id, event).await?;
        }
        store.bind_case(tenant, &feed.row.id, case.id, (&name, true), self.engine.now()).await?;
        Ok(Tried::Done)
    }

    /// How a report failed. Where its form may be the reason, the service is asked what it wants: many servers do not say what they miss.
    async fn refused(&self, feed: &Feed, code: &str, sent: &[(String, String)], error: &CallError) -> Tried {
        let tried = failed(error);
        if !matches!(error, CallError::Answered { status: 400 | 422, .. }) {
            return tried;
        }
        let asks = definition::ask(&self.caller, &feed.map, code).await.unwrap_or_default();
        let unfit = definition::unfit(&asks, sent).join(", ");
        match tried {
            Tried::Never(told) if !unfit.is_empty() => {
                Tried::Never(format!("the report does not fit the service {code}: {unfit}; {told}"))
            }
            tried => tried,
        }
    }

    /// Photos that went out with the report need no update of their own.
    async fn photos_told(
        &self,
        tenant: TenantId,
        feed: &Feed,
        case: CaseId,
        event: u32,
    ) -> Result<(), Error> {
        let (store, id) = (self.engine.store(), &feed.row.id);
        let mut letter = self.letter_of(case, i64::from(event));
        letter.state = SmolStr::new_static("done");
        store.add_letters(tenant, id, std::slice::from_ref(&letter)).await?;
        Ok(store.letter_done(tenant, id, &letter.id, self.engine.now()).await?)
    }

    /// The id of a request there that names the case's number.
    async fn found_there(
        &self,
        feed: &Feed,
        case: &Case,
        code: &str,
        letter: &LetterRow,
    ) -> Result<Option<String>, CallError> {
        let from = letter.made_at.plus_ms(-BACK_MS).to_string();
        let (mark, zone) = (format!("[{}]", case.number), jiff::tz::TimeZone::UTC);
        let names = |words: &Option<String>| words.as_ref().is_some_and(|words| words.contains(&mark));
        let mut seen = BTreeSet::new();
        for page in 1..=self.pages {
            let mut asked = self.asked(feed, "requests");
            let fields = [
                ("service_code", code.to_owned()),
                ("start_date", from.clone()),
                ("page", page.to_string()),
                ("page_size", feed.map.page_size.to_string()),
            ];
            asked.fields.extend(fields.map(|(name, value)| (name.to_owned(), value)));
            let body = self.caller.get(&asked).await?;
            let entries = wire::requests(&body, feed.map.format, &zone)
                .map_err(|error| CallError::Unreadable(error.to_string()))?;
            let before = seen.len();
            for entry in entries {
                match entry {
                    Ok(remote) if names(&remote.description) => return Ok(Some(remote.id)),
                    Ok(remote) => seen.insert(remote.id),
                    Err(error) => seen.insert(error.id),
                };
            }
            // A page beyond the end is empty, and a server without pages gives the same list again.
            if seen.len() == before {
                return Ok(None);
            }
        }
        Err(CallError::Endless(self.pages))
    }

    /// That words of a case are given away stands in the log of accesses before they go.
    async fn note_given(
        &self,
        tenant: TenantId,
        feed: &Feed,
        push: &Push,
        case: CaseId,
    ) -> Result<(), Error> {
        let row = AccessRow {
            at: self.engine.now(),
            no: crate::person::next_no(),
            member: feed.row.made_by.clone(),
            unit: None,
            case,
            what: SmolStr::new_static("given"),
            field: Some(SmolStr::new_static("words")),
            reporter: None,
            purpose: push.purpose.as_deref().map(SmolStr::new),
        };
        Ok(self.engine.store().note_accesses(tenant, &[row]).await?)
    }

    async fn update(
        &self,
        tenant: TenantId,
        feed: &Feed,
        push: &Push,
        case: &Case,
        letter: &LetterRow,
        turn: &mut Turn,
    ) -> Result<Tried, Error> {
        let store = self.engine.store();
        let name = match store.remote_of(tenant, &feed.row.id, case.id).await? {
            // The report was set aside, or nothing is ever told of it: nobody there knows the case.
            None => return Ok(Tried::Done),
            Some(name) if name.is_empty() => return Ok(Tried::Done),
            Some(name) => match name.strip_prefix(TOKEN) {
                None => name,
                Some(token) => match self.named(feed, token).await {
                    Ok(Some(id)) => {
                        store
                            .bind_case(tenant, &feed.row.id, case.id, (&id, true), self.engine.now())
                            .await?;
                        id
                    }
                    Ok(None) => return Ok(Tried::Later("the other system has given no id yet".to_owned())),
                    Err(error) => return Ok(failed(&error)),
                },
            },
        };
        let before = u32::try_from(letter.seq - 1).unwrap_or(0);
        let entry = store.journal(tenant, case.id, before, 1).await?.pop();
        let told = entry.as_ref().and_then(|entry| status(&entry.kind, &entry.event));
        // What was approved since in another way is told by a letter of its own; what was taken back is not told.
        let photos = match &entry {
            Some(entry) if approves(&entry.event) => {
                self.shown(tenant, push, case).await?.filter(|shown| i64::from(shown.event) == letter.seq)
            }
            _ => None,
        };
        let state = if case.is_open() { "OPEN" } else { "CLOSED" };
        let Some((status, words)) = told.or(photos.is_some().then_some((state, "A photo of it"))) else {
            return Ok(Tried::Done);
        };
        if !self.may_send(tenant, feed, turn).await? {
            return Ok(Tried::Paused);
        }
        // What stands in the place of an event that a restore has lost is another update, and no repetition.
        let mark = entry.as_ref().map_or_else(String::new, |entry| journal::mark(&entry.hash));
        let at = entry.map_or(letter.made_at, |entry| entry.event.times.received);
        let mut asked = self.asked(feed, "servicerequestupdates");
        let mut field = |name: &str, value: String| asked.fields.push((name.to_owned(), value));
        field("service_request_id", name.clone());
        field("update_id", format!("{}-{:06}-{mark}", case.id, letter.seq));
        field("status", status.to_owned());
        field("updated_datetime", at.to_string());
        field("description", format!("[{}] {words}", case.number));
        if let Some(key) = &feed.key {
            field("api_key", key.clone());
        }
        if let Some(photos) = photos {
            photos.put(&mut asked);
        }
        let key = format!("{}-{}-{mark}", feed.map.system, letter.id);
        if let Err(error) = self.caller.post(&asked, &key).await {
            return Ok(failed(&error));
        }
        store
            .bind_case(tenant, &feed.row.id, case.id, (&name, status != "CLOSED"), self.engine.now())
            .await?;
        Ok(Tried::Done)
    }

    /// The id behind a token, once there is one.
    async fn named(&self, feed: &Feed, token: &str) -> Result<Option<String>, CallError> {
        let method = format!("tokens/{token}");
        let body = self.caller.get(&self.asked(feed, &method)).await?;
        match wire::reported(&body, feed.map.format) {
            Ok(Reported::Id(id)) => Ok(Some(id)),
            Ok(_) => Ok(None),
            Err(error) => Err(CallError::Unreadable(error.to_string())),
        }
    }
}

fn failed(error: &CallError) -> Tried {
    if error.may_pass() { Tried::Later(error.to_string()) } else { Tried::Never(error.to_string()) }
}

/// What was taken from elsewhere is told by nobody of ours.
fn told_from_there(event: &Event) -> bool {
    matches!(&event.by, By::Member { id, .. } if id.as_str().starts_with(OURS))
}

fn status_of(entry: &StreamEntry) -> Option<(&'static str, &'static str)> {
    status(&entry.kind, &entry.event)
}

/// What an entry is called there, and a sentence without words of the case; None for entries that tell nothing of how far it is.
fn status(kind: &str, event: &Event) -> Option<(&'static str, &'static str)> {
    let closed = event.to.as_ref().is_some_and(|to| to.stage == Stage::Closed);
    Some(match kind {
        "dispatched" => ("OPEN", "Dispatched to the unit that answers for it"),
        "finished" if !closed => ("OPEN", "Reported as done, being checked"),
        "reopened" | "unmerged" => ("OPEN", "Opened again"),
        "declined" => ("CLOSED", "Declined"),
        "withdrawn" => ("CLOSED", "Withdrawn by the reporter"),
        "merged" => ("CLOSED", "Goes on with another case of the same problem"),
        _ if closed => ("CLOSED", "Closed"),
        _ => return None,
    })
}
