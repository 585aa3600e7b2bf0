//! Applies what partners told: each message becomes commands under idempotency keys made of it, in the order of its case.
//!
//! Owns which of three things comes of a message: it is done, it is tried again later (the store was busy, a file was not reached), or
//! it is parked for a person with the reason. Refuses to touch a case that was neither handed over to this partner nor came from
//! it. What each side does stands in [`receiver`] and [`sender`]. Start at [`Exchange::apply`].

mod receiver;
mod sender;
mod step;

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use huying_model::{CaseId, Event, Instant};
use huying_pack::partner::Mapping;
use huying_store::{
    CaseView, TenantId,
    exchange::{FigureRow, InRow},
};
use serde_json::{Map, Value};
use smol_str::SmolStr;

use super::{
    Exchange,
    file::{FileTold, MOST},
    partner::{Known, Partners},
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
/// Tries for a file that cannot be fetched; then the message goes on without it, and the case says so.
const FILE_TRIES: i64 = 8;
/// Characters that a number may have.
const NUMBER: usize = 48;

/// What becomes of a message.
pub(super) enum Fate {
    Done { case: Option<CaseId>, note: Option<String> },
    Later(String),
    Parked(SmolStr, String),
}

/// A message in hand.
pub(super) struct Message<'a> {
    pub tenant: TenantId,
    pub partner: &'a Known,
    pub mapping: &'a Mapping,
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
        said.unwrap_or_else(|| format!("{}：{}", self.partner.row.name, self.saying.zh()))
    }
    pub fn files(&self) -> Vec<FileTold> {
        let list = self.data.get("files").and_then(Value::as_array);
        let read = |value: &Value| serde_json::from_value(value.clone()).ok();
        list.into_iter().flatten().take(MOST).filter_map(read).collect()
    }
    /// Files that are still worth waiting for.
    pub fn waits_for_files(&self) -> bool {
        self.row.attempts < FILE_TRIES
    }
}

impl Exchange {
    /// Applies what came in and may be applied. Returns how many messages were done.
    pub(super) async fn apply(&self, tenant: TenantId, known: &Partners) -> Result<usize, Error> {
        let mut all = 0;
        loop {
            let rows = self.engine.store().in_due(tenant, self.engine.now(), TAKE).await?;
            let mut turns: BTreeMap<(SmolStr, SmolStr), Vec<InRow>> = BTreeMap::new();
            for row in rows {
                turns.entry((row.partner.clone(), row.subject.clone())).or_default().push(row);
            }
            let turns = turns.into_values().map(|rows| self.turn(tenant, known, rows));
            let mut turns = stream::iter(turns).buffer_unordered(AT_ONCE);
            let mut moved = 0;
            while let Some(done) = turns.next().await {
                moved += done?;
            }
            all += moved;
            if moved == 0 {
                return Ok(all);
            }
        }
    }

    /// Messages of one case, one after the other, until one is not done.
    async fn turn(&self, tenant: TenantId, known: &Partners, rows: Vec<InRow>) -> Result<usize, Error> {
        let store = self.engine.store();
        let mut done = 0;
        for row in rows {
            let partner = known.iter().find(|partner| partner.row.id == row.partner);
            let fate = match partner.filter(|partner| partner.row.active) {
                Some(partner) => self.one(tenant, partner, &row).await?,
                None => Fate::Later("the exchange with this partner is paused".to_owned()),
            };
            let now = self.engine.now();
            match fate {
                Fate::Done { case, note } => {
                    store.in_done(tenant, &row, (case, note.as_deref()), now).await?;
                    done += 1;
                }
                Fate::Later(why) => {
                    let no = usize::try_from(row.attempts).unwrap_or(0).min(PAUSES.len() - 1);
                    store.in_later(tenant, &row, now.plus_minutes(PAUSES[no]), &why).await?;
                    return Ok(done);
                }
                Fate::Parked(code, why) => {
                    store.in_park(tenant, &row, &code, &why).await?;
                    return Ok(done);
                }
            }
        }
        Ok(done)
    }

    async fn one(&self, tenant: TenantId, partner: &Known, row: &InRow) -> Result<Fate, Error> {
        let Some(mapping) = &partner.mapping else {
            return Ok(parked(
                "no_mapping",
                "No mapping is in force with this partner, or it does not fit the pack of today.",
            ));
        };
        let seals = self.engine.store().seals(tenant);
        let plain = seals.open_secret(&seal_name(&partner.row.id), &row.body);
        let Some(data) = plain.and_then(|plain| serde_json::from_slice::<Value>(&plain).ok()) else {
            return Ok(parked("unreadable", "The content was forgotten: have it told again."));
        };
        let Some(saying) = translate::saying(mapping, &row.kind) else {
            let why = format!("The type '{}' is not known: add a row [[type]] to the mapping.", row.kind);
            return Ok(parked("unknown_type", why));
        };
        if saying == Saying::Figures {
            return self.figures(tenant, partner, row, &data).await;
        }
        let data = match translate::back(mapping, data) {
            Ok(data) => data,
            Err(why) => return Ok(parked("unmapped", why)),
        };
        let message = Message { tenant, partner, mapping, row, saying, data };
        match self.on_case(&message).await {
            Ok(fate) => Ok(fate),
            Err(error) => Ok(step::fate_of(error)),
        }
    }

    /// Finds the case and the side that this authority stands on.
    async fn on_case(&self, message: &Message<'_>) -> Result<Fate, Error> {
        let (tenant, partner) = (message.tenant, message.partner);
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
            return Ok(Fate::Done { case: Some(found.case.id), note: None });
        }
        match (came, given, message.saying) {
            (true, _, _) => self.as_receiver(message, &found.case).await,
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
            Saying::Reopened | Saying::HandedOver => &["again"],
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
        Ok(self.engine.store().key_is_used(message.tenant, &key).await?)
    }

    async fn first_event(&self, tenant: TenantId, found: &CaseView) -> Result<Option<Event>, Error> {
        let first = self.engine.store().journal(tenant, found.case.id, 0, 1).await?.pop();
        Ok(first.map(|entry| entry.event))
    }

    async fn figures(
        &self,
        tenant: TenantId,
        partner: &Known,
        row: &InRow,
        data: &Value,
    ) -> Result<Fate, Error> {
        let period = data.get("period").and_then(Value::as_str).filter(|period| period.len() <= 40);
        let Some(period) = period else {
            return Ok(parked("period", "Figures name their period, such as 2026-05-12."));
        };
        let figures = FigureRow {
            period: SmolStr::new(period),
            made_at: row.sent_at,
            received_at: self.engine.now(),
            body: data.to_string(),
        };
        self.engine.store().put_figures(tenant, &partner.row.id, &figures).await?;
        Ok(Fate::Done { case: None, note: None })
    }
}

/// Letters, digits and hyphens, as numbers are everywhere.
fn is_number(text: &str) -> bool {
    (1..=NUMBER).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}
