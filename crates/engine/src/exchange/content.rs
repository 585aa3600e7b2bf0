//! What a message says: written from the journal when it is sent, so that nothing personal waits in a table, and what was forgotten
//! or redacted in between is not told.
//!
//! Owns the names of the fields (docs/exchange.md, and the JSON Schemas beside [`super::schema`]). Of a reporter only what the
//! mapping's purpose allows goes out, and it is written into the log of accesses first. Start at [`Exchange::content`].

use std::collections::BTreeSet;

use huying_model::{
    Case, Event, UnitId, apply, case::Evidence, clock::Timer, command::Report, event::Body, words::Sealed,
};
use huying_pack::partner::Mapping;
use huying_store::{TenantId, exchange::OutRow, person::AccessRow};
use serde_json::{Map, Value, json};
use smol_str::SmolStr;

use super::{
    Exchange,
    event::Event as CloudEvent,
    member,
    partner::Known,
    tell::{self, Saying},
    translate,
};
use crate::{Error, engine::Setting};

/// Stations of a case's way that are told.
const CUSTODY: usize = 60;

/// Why a message cannot be written: a person has to mend it.
pub struct Unwritable(pub String);

/// A case as it stood after an event, with what led there.
struct Scene<'a> {
    exchange: &'a Exchange,
    tenant: TenantId,
    setting: &'a Setting,
    case: Case,
    /// Entries 1, 2, 3 and so on, up to the one that is told.
    events: Vec<Event>,
    /// Entries whose words were hidden, also by one that came later than what is told.
    redacted: BTreeSet<u32>,
}

impl Exchange {
    /// The CloudEvent of a message, in the partner's words.
    ///
    /// # Errors
    /// The store's faults. The inner error is for a person: the message cannot be written with the mapping in force.
    pub(super) async fn content(
        &self,
        tenant: TenantId,
        (partner, mapping): (&Known, &Mapping),
        row: &OutRow,
    ) -> Result<Result<CloudEvent, Unwritable>, Error> {
        let saying = Saying::from_code(&row.kind).unwrap_or(Saying::Noted);
        if saying == Saying::Figures {
            return self.figures_event(tenant, (partner, mapping), row).await.map(Ok);
        }
        let setting = self.engine.setting(tenant)?;
        let mut events = self.engine.journal_of(tenant, row.case, u32::MAX).await?;
        let redacted = redacted(&events);
        events.truncate(usize::try_from(row.seq).unwrap_or(usize::MAX));
        let mut case = Case::blank(row.case);
        events.iter().for_each(|event| apply(&mut case, event));
        let scene = Scene { exchange: self, tenant, setting: &setting, case, events, redacted };
        let data = scene.data(partner, mapping, saying, row).await?;
        let data = match translate::out(mapping, saying, data) {
            Ok(data) => data,
            Err(why) => return Ok(Err(Unwritable(why))),
        };
        let time = scene.events.last().map(|event| event.times.recorded);
        Ok(Ok(CloudEvent {
            id: row.id.to_string(),
            source: partner.row.own.clone(),
            kind: translate::kind(mapping, saying),
            subject: Some(scene.case.number.to_string()),
            time,
            sequence: Some(row.no),
            data,
        }))
    }
}

impl Scene<'_> {
    /// The words of an entry in the clear; none of a redacted one.
    fn open(&self, entry: u32, words: Option<&Sealed>) -> Option<String> {
        let words = words.filter(|_| !self.redacted.contains(&entry))?;
        self.exchange.engine.store().seals(self.tenant).open(words)
    }

    /// The entry that is told, with its number.
    fn newest(&self) -> Option<(u32, &Body)> {
        numbered(&self.events).next_back().map(|(no, event)| (no, &event.body))
    }

    fn unit(&self, id: &UnitId) -> String {
        self.setting.policy.org.units.get(id).map_or_else(|| id.to_string(), |unit| unit.name.to_string())
    }

    fn report(&self) -> Option<&Report> {
        match self.events.first().map(|event| &event.body) {
            Some(Body::Reported { report, .. } | Body::Began { report, .. }) => Some(report),
            _ => None,
        }
    }

    async fn data(
        &self,
        partner: &Known,
        mapping: &Mapping,
        saying: Saying,
        row: &OutRow,
    ) -> Result<Map<String, Value>, Error> {
        let mut data = Map::new();
        let mut put = |name: &str, value: Value| {
            if !value.is_null() {
                data.insert(name.to_owned(), value);
            }
        };
        put("number", json!(self.case.number));
        put("stage", json!(self.case.stage.code()));
        if let Some(clock) = self.case.clock(&Timer::Promise).filter(|clock| clock.runs()) {
            put("promise", json!(clock.due.to_string()));
        }
        let newest = self.newest();
        match saying {
            Saying::HandedOver => {
                self.whole(&mut put, partner);
                if let Some(person) = self.person(partner, mapping).await? {
                    put("reporter", person);
                }
                put("files", json!(self.files(partner, &self.case.evidence).await?));
            }
            Saying::Reopened => {
                put("reason", json!(self.words(newest)));
                self.whole(&mut put, partner);
                put("files", json!(self.files(partner, &self.case.evidence).await?));
            }
            Saying::Finished | Saying::Closed => {
                put("outcome", json!(self.case.ending.as_ref().map(|ending| ending.outcome)));
                put("words", json!(self.last_words()));
                if saying == Saying::Finished {
                    put("files", json!(self.files(partner, &self.case.evidence).await?));
                }
                put("solved", json!(self.case.callbacks.iter().filter_map(|one| one.solved).next_back()));
                put(
                    "satisfied",
                    json!(self.case.callbacks.iter().filter_map(|one| one.satisfied).next_back()),
                );
            }
            Saying::Returned => {
                let own = || self.words(newest).or_else(|| self.last_words());
                put("reason", json!(row.reason.clone().or_else(own)));
                put("outcome", json!(self.case.ending.as_ref().map(|ending| ending.outcome)));
            }
            Saying::Skipped => put("reason", json!(row.reason)),
            Saying::File => {
                put("words", json!(self.words(newest)));
                let new = newest.map(|(_, body)| evidence_of(body)).unwrap_or_default();
                put("files", json!(self.files(partner, new).await?));
            }
            _ => put("words", json!(self.told(newest))),
        }
        Ok(data)
    }

    /// Everything of the case that the one who works on it needs.
    fn whole(&self, put: &mut impl FnMut(&str, Value), partner: &Known) {
        let case = &self.case;
        put("matter", json!(case.matter));
        put("condition", json!(case.condition));
        put("kind", json!(case.kind));
        put("source", json!(case.source.code()));
        put("urgency", json!(case.urgency));
        if case.hazard {
            put("hazard", json!(true));
        }
        put("received_at", json!(case.received_at.to_string()));
        put("area", json!(case.place.area));
        let degrees = |e7: i32| f64::from(e7) / 1e7;
        put("lon", json!(case.place.lon_e7.map(degrees)));
        put("lat", json!(case.place.lat_e7.map(degrees)));
        if let Some(report) = self.report() {
            put("title", json!(self.open(1, report.title.as_ref())));
            put("text", json!(self.open(1, report.text.as_ref())));
            put("address", json!(self.address(report)));
        }
        let binds = |unit: &UnitId| partner.mapping.as_ref().is_some_and(|mapping| mapping.binds(unit));
        let bound = case.assignments.iter().rev().filter_map(|part| part.external.as_ref());
        put("unit", json!(bound.into_iter().find(|unit| binds(unit))));
        put("custody", json!(self.custody()));
    }

    /// The address as it was corrected last. Where that was redacted there is none: an earlier one would be of another place.
    fn address(&self, report: &Report) -> Option<String> {
        let moved = numbered(&self.events).rev().find_map(|(no, event)| match &event.body {
            Body::Relocated { address: Some(address), .. } => Some((no, Some(address))),
            _ => None,
        });
        let (no, address) = moved.unwrap_or((1, report.address.as_ref()));
        self.open(no, address)
    }

    /// Who had the case, from when on.
    fn custody(&self) -> Vec<Value> {
        let mut way: Vec<Value> = Vec::new();
        let mut last: Option<&UnitId> = None;
        for event in &self.events {
            let Some(to) = &event.to else { continue };
            if last != Some(&to.custodian) || way.is_empty() {
                let at = event.times.received.to_string();
                way.push(json!({"unit": self.unit(&to.custodian), "at": at, "stage": to.stage.code()}));
            }
            last = Some(&to.custodian);
        }
        let extra = way.len().saturating_sub(CUSTODY);
        way.drain(..extra);
        way
    }

    /// The reporter, as far as a purpose was declared; the log of accesses knows of it before the partner does.
    async fn person(&self, partner: &Known, mapping: &Mapping) -> Result<Option<Value>, Error> {
        if mapping.purpose_out.is_none() {
            return Ok(None);
        }
        let engine = &self.exchange.engine;
        let known = engine.informants(self.tenant, &self.case).await?;
        let Some(first) = known.into_iter().find(|one| !one.withdrawn) else { return Ok(None) };
        let name = self.open(first.entry, first.informant.name.as_ref());
        let contact = self.open(first.entry, first.informant.contact.as_ref());
        let mut rows = Vec::new();
        for (field, told) in [("name", &name), ("contact", &contact)] {
            if told.is_some() {
                rows.push(AccessRow {
                    at: engine.now(),
                    no: crate::person::access::next_no(),
                    member: member(&partner.row.id),
                    unit: None,
                    case: self.case.id,
                    what: SmolStr::new_static("exported"),
                    field: Some(SmolStr::new_static(field)),
                    reporter: Some(first.no),
                    purpose: Some(SmolStr::new_static("handling")),
                });
            }
        }
        if rows.is_empty() {
            return Ok(None);
        }
        engine.store().note_accesses(self.tenant, &rows).await?;
        Ok(Some(json!({"name": name, "contact": contact})))
    }

    /// Files as they are told; those that the partner itself brought it has.
    async fn files(&self, partner: &Known, evidence: &[Evidence]) -> Result<Vec<Value>, Error> {
        let id = partner.row.id.as_str();
        let came = self.events.first().is_some_and(|first| tell::came_from(id, first));
        let theirs = self.events.iter().filter(|event| tell::is_by(id, came, &event.by));
        let brought: Vec<&Evidence> = theirs.flat_map(|event| evidence_of(&event.body)).collect();
        let own: Vec<Evidence> = evidence.iter().filter(|one| !brought.contains(one)).cloned().collect();
        self.exchange.file_list(self.tenant, id, self.case.id, &own).await
    }

    fn words(&self, entry: Option<(u32, &Body)>) -> Option<String> {
        let (no, body) = entry?;
        self.open(no, words_of(body))
    }

    /// The newest words that explain how the case ended.
    fn last_words(&self) -> Option<String> {
        let ends = |event: &Event| {
            matches!(
                event.body,
                Body::Finished { .. }
                    | Body::Concluded { .. }
                    | Body::Closed { .. }
                    | Body::Declined { .. }
                    | Body::Verified { .. }
                    | Body::SelfHandled { .. }
            )
        };
        let ending = numbered(&self.events).rev().filter(|(_, event)| ends(event));
        ending.map(|(no, event)| (no, &event.body)).find_map(|entry| self.words(Some(entry)))
    }

    /// What happened, in a sentence that begins with the stage; what was written follows.
    fn told(&self, entry: Option<(u32, &Body)>) -> String {
        let unit = |id: &UnitId| self.unit(id);
        let said = match entry.map(|(_, body)| body) {
            Some(
                Body::Dispatched { lead, .. } | Body::Ruled { lead, .. } | Body::Reassigned { lead, .. },
            ) => {
                format!("已派至{}", unit(&lead.unit))
            }
            Some(Body::Received { unit: id }) => format!("{}已签收", unit(id)),
            Some(Body::Arrived { unit: id, .. }) => format!("{}已到场", unit(id)),
            Some(Body::Finished { unit: id, .. }) => format!("{}已处置，待核查", unit(id)),
            Some(Body::Progressed { unit: id, .. }) => unit(id),
            Some(Body::Commented { .. } | Body::Supplemented { .. }) => String::new(),
            Some(Body::Supervised { .. }) => "督办".to_owned(),
            Some(Body::Capped { cap }) => format!("办结时限提前至{}", cap.timestamp()),
            _ => self.case.stage.zh().to_owned(),
        };
        match (said.is_empty(), self.words(entry)) {
            (_, None) => said,
            (true, Some(words)) => words,
            (false, Some(words)) => format!("{said}：{words}"),
        }
    }
}

/// The entries of a journal from its first, with their numbers.
fn numbered(events: &[Event]) -> impl DoubleEndedIterator<Item = (u32, &Event)> {
    let no = |at: usize| u32::try_from(at + 1).unwrap_or(u32::MAX);
    events.iter().enumerate().map(move |(at, event)| (no(at), event))
}

fn redacted(events: &[Event]) -> BTreeSet<u32> {
    let hides = |event: &Event| match &event.body {
        Body::Redacted { event, .. } => Some(*event),
        _ => None,
    };
    events.iter().filter_map(hides).collect()
}

fn evidence_of(body: &Body) -> &[Evidence] {
    match body {
        Body::Attached { evidence, .. }
        | Body::Supplemented { evidence, .. }
        | Body::Finished { evidence, .. }
        | Body::Verified { evidence, .. } => evidence,
        _ => &[],
    }
}

/// The words of an event, whatever they are called.
fn words_of(body: &Body) -> Option<&Sealed> {
    match body {
        Body::Declined { reason, .. }
        | Body::Ruled { reason, .. }
        | Body::Raised { reason, .. }
        | Body::Returned { reason, .. }
        | Body::Recalled { reason }
        | Body::Reassigned { reason, .. }
        | Body::CouldNotSolve { reason, .. }
        | Body::Failed { reason, .. }
        | Body::Concluded { reason, .. }
        | Body::Suspended { reason, .. }
        | Body::Unmerged { reason, .. }
        | Body::Decided { reason, .. } => Some(reason),
        Body::Progressed { words, .. } | Body::Commented { words } | Body::Supervised { words } => {
            Some(words)
        }
        Body::Finished { reason: words, .. }
        | Body::Attached { words, .. }
        | Body::Verified { words, .. }
        | Body::SelfHandled { words, .. }
        | Body::Passed { words }
        | Body::Closed { words, .. }
        | Body::Reworked { reason: words, .. }
        | Body::Reopened { reason: words, .. }
        | Body::TakenOver { reason: words, .. }
        | Body::PushedDown { reason: words, .. }
        | Body::AssistEnded { reason: words, .. }
        | Body::Withdrawn { reason: words, .. }
        | Body::Resumed { reason: words }
        | Body::Supplemented { words, .. } => words.as_ref(),
        _ => None,
    }
}
