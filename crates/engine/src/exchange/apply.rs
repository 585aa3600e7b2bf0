//! Applies what partners told: each message becomes commands under idempotency keys made of it, in the order of its case.
//!
//! Owns which of four things comes of a message: it is done, it is done but for files ([`late`] fetches them), it is tried again later (the
//! store was busy), or it is parked for a person with the reason. Refuses to touch a case that was neither handed over to this partner
//! nor came from it. What each side does stands in [`receiver`] and [`sender`]. Start at [`Exchange::apply`].

mod late;
mod receiver;
mod sender;
mod step;

use std::{collections::BTreeMap, time::Duration};

use futures::{StreamExt, stream};
use huying_model::{CaseId, Event, Instant};
use huying_pack::partner::Mapping;
use huying_store::{
    CaseView, TenantId,
    exchange::{FigureRow, InRow},
};
use jiff::civil::Date;
use serde_json::{Map, Value};
use smol_str::SmolStr;

use super::{
    Exchange, fetch,
    file::{FileTold, MOST},
    partner::Known,
    take::seal_name,
    tell::Saying,
    translate,
};
use crate::Error;

/// Messages that are looked at together, and cases at one moment.
const TAKE: usize = 400;
const AT_ONCE: usize = 16;
/// Minutes until a message is tried again, by how often it failed.
const PAUSES: [i64; 6] = [1, 1, 5, 15, 30, 60];
/// Tries, some minutes, in which a message holds its case for a file that cannot be fetched; then the file is fetched beside it.
const FILE_TRIES: i64 = 3;
/// Characters of a reason that is noted.
const WHY: usize = 1_000;
const PERIOD: &str = "Figures name the day that they are of, such as 2026-05-12.";
/// Characters that a number may have.
const NUMBER: usize = 48;

/// What becomes of a message.
pub(super) enum Fate {
    Done {
        case: Option<CaseId>,
        note: Option<String>,
    },
    /// It was applied to the case, but for files that are fetched later; what comes after it goes on.
    Files {
        case: CaseId,
        why: String,
    },
    Later(String),
    Parked(SmolStr, String),
}

/// Files of a message that did not come.
pub(super) struct Missing {
    pub why: String,
    /// Nothing failed: there was no time left to ask for them, and none was spent in vain.
    pub unasked: bool,
}

/// Whose messages are applied, through which mapping, and how long that may take.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub tenant: TenantId,
    pub partner: &'a Known,
    pub mapping: &'a Mapping,
    /// Nothing is begun after this.
    pub until: Instant,
    /// How long one file may take.
    pub within: Duration,
}

/// A message in hand.
pub(super) struct Message<'a> {
    pub desk: Desk<'a>,
    pub row: &'a InRow,
    pub saying: Saying,
    pub data: Map<String, Value>,
}

fn parked(code: &str, why: impl Into<String>) -> Fate {
    Fate::Parked(SmolStr::new(code), why.into())
}

impl Message<'_> {
    pub fn text(&self, name: &str) -> Option<String> {
        match self.data.get(name) {
            Some(Value::String(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        }
    }
    pub fn moment(&self, name: &str) -> Option<Instant> {
        self.text(name).and_then(|text| text.parse().ok())
    }
    /// Why, or what was said; a sentence of ours where nothing was.
    pub fn words(&self) -> String {
        let said = self.text("words").or_else(|| self.text("reason"));
        let said = said.unwrap_or_else(|| format!("{}：{}", self.desk.partner.row.name, self.saying.zh()));
        // The other side may have put something before words that were as long as words may be.
        said.chars().take(crate::words::LONGEST).collect()
    }
    pub fn files(&self) -> Vec<FileTold> {
        let list = self.data.get("files").and_then(Value::as_array);
        let read = |value: &Value| serde_json::from_value(value.clone()).ok();
        list.into_iter().flatten().take(MOST).filter_map(read).collect()
    }
    /// What becomes of a message that was applied, with the files that did not come.
    pub fn applied(&self, case: CaseId, missing: Option<Missing>) -> Fate {
        match missing.map(|missing| missing.why) {
            None => Fate::Done { case: Some(case), note: None },
            Some(why) if self.holds_for_files() => Fate::Later(why),
            Some(why) => Fate::Files { case, why },
        }
    }
    /// Whether what comes after waits for the files.
    pub fn holds_for_files(&self) -> bool {
        self.row.attempts < FILE_TRIES
    }
}

/// What is written beside a message, whatever a partner put into it.
fn plain(why: &str) -> String {
    why.chars().filter(|sign| !crate::words::is_control(*sign)).take(WHY).collect()
}

impl Exchange {
    /// Applies what a partner told and what may be applied; nothing is begun after `until`. Returns how many messages were done. While the
    /// partner is paused, or its mapping does not fit, all of it waits.
    pub(super) async fn apply(
        &self,
        tenant: TenantId,
        partner: &Known,
        until: Instant,
    ) -> Result<usize, Error> {
        let Some(mapping) = partner.mapping.as_deref().filter(|_| partner.row.active) else { return Ok(0) };
        let mut all = 0;
        loop {
            let rows = self.engine.store().in_due(tenant, &partner.row.id, self.engine.now(), TAKE).await?;
            let mut turns: BTreeMap<SmolStr, Vec<InRow>> = BTreeMap::new();
            for row in rows {
                turns.entry(row.subject.clone()).or_default().push(row);
            }
            let desk = Desk { tenant, partner, mapping, until, within: fetch::QUICK };
            let turns = turns.into_values().map(|rows| self.case_turn(&desk, rows));
            let mut turns = stream::iter(turns).buffer_unordered(AT_ONCE);
            let (mut moved, mut failed) = (0, None);
            while let Some(done) = turns.next().await {
                match done {
                    Ok(done) => moved += done,
                    // One whose mark cannot be written stops no other case.
                    Err(error) => failed = failed.or(Some(error)),
                }
            }
            all += moved;
            if let Some(error) = failed {
                return Err(error);
            }
            if moved == 0 || self.engine.now() >= until {
                return Ok(all);
            }
        }
    }

    /// Messages of one case, one after the other, until one is not done.
    async fn case_turn(&self, desk: &Desk<'_>, rows: Vec<InRow>) -> Result<usize, Error> {
        let store = self.engine.store();
        let mut done = 0;
        for row in rows {
            let fate = self.one(desk, &row).await;
            let now = self.engine.now();
            match fate {
                Fate::Done { case, note } => {
                    let note = note.map(|note| plain(&note));
                    store.in_done(desk.tenant, &row, (case, note.as_deref()), now).await?;
                    done += 1;
                }
                Fate::Files { case, why } => {
                    let due = Some(late::next(now, &row));
                    store.in_files(desk.tenant, &row, (Some(case), due), &plain(&why)).await?;
                    done += 1;
                }
                Fate::Later(why) => {
                    let no = usize::try_from(row.attempts).unwrap_or(0).min(PAUSES.len() - 1);
                    let due = now.plus_minutes(PAUSES[no]);
                    store.in_later(desk.tenant, &row, due, &plain(&why)).await?;
                    return Ok(done);
                }
                Fate::Parked(code, why) => {
                    store.in_park(desk.tenant, &row, &code, &plain(&why)).await?;
                    return Ok(done);
                }
            }
            if now >= desk.until {
                return Ok(done);
            }
        }
        Ok(done)
    }

    async fn one(&self, desk: &Desk<'_>, row: &InRow) -> Fate {
        match self.understood(desk, row) {
            Ok((Saying::Figures, data)) => {
                self.figures(desk, row, &Value::Object(data)).await.unwrap_or_else(step::fate_of)
            }
            Ok((saying, data)) => {
                let message = Message { desk: *desk, row, saying, data };
                self.on_case(&message).await.unwrap_or_else(step::fate_of)
            }
            Err(fate) => fate,
        }
    }

    /// What a message says, in our words.
    fn understood(&self, desk: &Desk<'_>, row: &InRow) -> Result<(Saying, Map<String, Value>), Fate> {
        let seals = self.engine.store().seals(desk.tenant);
        let bytes = seals.open_secret(&seal_name(&desk.partner.row.id), &row.body);
        let Some(data) = bytes.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()) else {
            return Err(parked("unreadable", "The content was forgotten: have it told again."));
        };
        let Some(saying) = translate::saying(desk.mapping, &row.kind) else {
            let why = format!("The type '{}' is not known: add a row [[type]] to the mapping.", row.kind);
            return Err(parked("unknown_type", why));
        };
        match (saying, data) {
            (Saying::Figures, Value::Object(data)) => Ok((saying, data)),
            (Saying::Figures, _) => Err(parked("period", PERIOD)),
            (_, data) => match translate::back(desk.mapping, data) {
                Ok(data) => Ok((saying, data)),
                Err(why) => Err(parked("unmapped", why)),
            },
        }
    }

    /// Finds the case and the side that this authority stands on.
    async fn on_case(&self, message: &Message<'_>) -> Result<Fate, Error> {
        let (tenant, partner) = (message.desk.tenant, message.desk.partner);
        let number = message.row.subject.as_str();
        let told = message.text("number");
        if !is_number(number) || told.is_some_and(|told| told != number) {
            return Ok(parked(
                "number",
                "The subject is not the number of a case, or not the one in the data.",
            ));
        }
        let store = self.engine.store();
        let found = store.case_by_number(tenant, number).await?;
        let Some(found) = found else {
            return match message.saying {
                Saying::HandedOver => self.begin(message).await,
                Saying::Skipped => Ok(Fate::Done { case: None, note: message.text("reason") }),
                _ => Ok(parked("unknown_case", format!("There is no case {number} here."))),
            };
        };
        let came = match self.first_event(tenant, &found).await? {
            Some(first) => self.engine.came(tenant, partner, found.case.id, &first),
            None => false,
        };
        let given = !came && !store.out_of_case(tenant, &partner.row.id, found.case.id).await?.is_empty();
        if message.saying == Saying::Skipped && (came || given) {
            return Ok(Fate::Done { case: Some(found.case.id), note: message.text("reason") });
        }
        if self.was_done(message).await? {
            // Whether its files came too was not noted either.
            let case = found.case.id;
            return Ok(match message.files().is_empty() {
                true => Fate::Done { case: Some(case), note: None },
                false => Fate::Files { case, why: "its files are looked for again".to_owned() },
            });
        }
        match (came, given, message.saying) {
            (true, _, _) => self.as_receiver(message, &found).await,
            (_, true, saying) if saying != Saying::HandedOver => self.as_sender(message, &found.case).await,
            (_, _, Saying::HandedOver) => {
                Ok(parked("number_taken", format!("Another case has the number {number} here.")))
            }
            _ => Ok(parked(
                "not_theirs",
                format!("The case {number} was neither handed over to this partner nor came from it."),
            )),
        }
    }

    /// The last command of a message was stored, and the node died before it noted so.
    async fn was_done(&self, message: &Message<'_>) -> Result<bool, Error> {
        let last: &[&str] = match message.saying {
            Saying::Received => &["receive"],
            Saying::Progressed => &["progress"],
            Saying::Returned => &["return", "end"],
            Saying::Finished => &["finish"],
            Saying::Closed => &["end"],
            _ => &[],
        };
        for part in last {
            if self.used(message, part).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a part of the message was stored before.
    async fn used(&self, message: &Message<'_>, part: &str) -> Result<bool, Error> {
        let key = message.key(part);
        Ok(self.engine.store().key_is_used(message.desk.tenant, &key).await?)
    }

    async fn first_event(&self, tenant: TenantId, found: &CaseView) -> Result<Option<Event>, Error> {
        let first = self.engine.store().journal(tenant, found.case.id, 0, 1).await?.pop();
        Ok(first.map(|entry| entry.event))
    }

    async fn figures(&self, desk: &Desk<'_>, row: &InRow, data: &Value) -> Result<Fate, Error> {
        let period = data.get("period").and_then(Value::as_str);
        let Some(period) = period.filter(|text| text.len() == 10 && text.parse::<Date>().is_ok()) else {
            return Ok(parked("period", PERIOD));
        };
        let figures = FigureRow {
            period: SmolStr::new(period),
            made_at: row.sent_at,
            received_at: self.engine.now(),
            body: data.to_string(),
        };
        self.engine.store().put_figures(desk.tenant, &desk.partner.row.id, &figures).await?;
        Ok(Fate::Done { case: None, note: None })
    }
}

/// Letters, digits and hyphens, as numbers are everywhere.
fn is_number(text: &str) -> bool {
    (1..=NUMBER).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}
