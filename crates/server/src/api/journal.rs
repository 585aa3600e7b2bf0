//! A case's journal for those who may read it: each entry with its words opened, and the hashes that prove it.
//!
//! Owns the opening of sealed words inside an event, whatever its kind, and what is left out: words of a redacted entry, and what
//! the table of fields ([`huying_engine::authority::field`]) does not show to this member. Start at [`entries`].

use std::collections::BTreeSet;

use huying_engine::authority::field::{Access, Field, access};
use huying_model::{Actor, Case, CaseId, Instant, actor::By, event::Body, words::Sealed};
use huying_store::{Entry, Seals};
use serde::Serialize;
use serde_json::Value;
use smol_str::SmolStr;
use utoipa::ToSchema;

use super::shape::Moment;
use crate::{problem::Problem, state::AppState};

/// Entries that are read at once.
const AT_ONCE: usize = 500;
/// Numbers under these names tell where a case is, and go with its words.
const WHERE: [&str; 3] = ["lon_e7", "lat_e7", "metres"];
/// Numbers under these names are moments.
const MOMENTS: [&str; 6] = ["at", "until", "due", "started", "next", "cap"];

/// Who did it.
#[derive(Serialize, ToSchema)]
pub struct ByShown {
    /// `member`, `reporter` or `system`.
    pub who: &'static str,
    #[schema(value_type = Option<String>)]
    pub member: Option<SmolStr>,
    /// The unit in whose name.
    #[schema(value_type = Option<String>)]
    pub unit: Option<SmolStr>,
    #[schema(value_type = Option<String>)]
    pub role: Option<Value>,
    /// The reporter's number, from 0.
    pub reporter: Option<u16>,
}

/// One entry of the journal.
#[derive(Serialize, ToSchema)]
pub struct EntryShown {
    /// From 1, without gaps.
    pub seq: u32,
    /// What happened, such as `dispatched`.
    #[schema(value_type = String)]
    pub kind: SmolStr,
    pub by: ByShown,
    /// When it was received: this judges the clocks.
    pub received_at: Moment,
    /// When it happened, as the sender claims.
    pub occurred_at: Option<Moment>,
    /// The sender's clock as it stood then, where it was told: how the claim came about.
    pub device_at: Option<Moment>,
    /// By how many milliseconds the server's clock was ahead of the sender's when it was sent, as the sender measured it.
    pub offset_ms: Option<i64>,
    /// The stage and unit the case went to; null where it stayed.
    pub stage: Option<&'static str>,
    #[schema(value_type = Option<String>)]
    pub custodian: Option<SmolStr>,
    /// The facts of the event; words are in the clear, null where they were redacted or forgotten.
    #[schema(value_type = Object)]
    pub facts: Value,
    /// Its words were hidden by a later entry.
    pub redacted: bool,
    /// SHA-256 of the entry before, hex.
    pub prev: String,
    /// SHA-256 of this entry, hex.
    pub hash: String,
}

/// The whole journal, oldest first.
pub async fn entries(state: &AppState, case: &Case, actor: &Actor) -> Result<Vec<EntryShown>, Problem> {
    let read = all(state, case.id).await?;
    let redacted = redacted(&read);
    let setting = state.setting()?;
    let shown = |field| access(&setting.policy.org, case, actor, field) == Access::Shown;
    let opening = Opening {
        seals: state.engine.store().seals(state.tenant()),
        name: shown(Field::Name),
        contact: shown(Field::Contact),
        words: shown(Field::Words),
    };
    Ok(read.into_iter().map(|entry| opening.entry(entry, &redacted)).collect())
}

/// Everything that was said in a case, a line for each text with its entry, without names and contacts: for who is shown it on request.
pub async fn told(state: &AppState, case: &Case) -> Result<String, Problem> {
    let read = all(state, case.id).await?;
    let redacted = redacted(&read);
    let seals = state.engine.store().seals(state.tenant());
    let mut lines = Vec::new();
    for entry in read.iter().filter(|entry| !redacted.contains(&entry.seq)) {
        let mut words = Vec::new();
        said(&seals, &serde_json::to_value(&entry.event.body).unwrap_or_default(), "", &mut words);
        lines.extend(words.into_iter().map(|words| format!("{} {}: {words}", entry.seq, entry.kind)));
    }
    Ok(lines.join("\n"))
}

/// The entries whose words a later one has hidden.
fn redacted(read: &[Entry]) -> BTreeSet<u32> {
    let hides = |entry: &Entry| match &entry.event.body {
        Body::Redacted { event, .. } => Some(*event),
        _ => None,
    };
    read.iter().filter_map(hides).collect()
}

/// Sealed words are an object of the name of their key and what is under it.
fn is_sealed(fields: &serde_json::Map<String, Value>) -> bool {
    fields.len() == 2 && fields.contains_key("k") && fields.contains_key("c")
}

/// Collects what was sealed in an entry; never a name or a contact.
fn said(seals: &Seals, value: &Value, key: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(fields) if is_sealed(fields) => {
            let words = serde_json::from_value::<Sealed>(value.clone()).ok();
            let words = words.filter(|_| !matches!(key, "name" | "contact"));
            into.extend(words.and_then(|words| seals.open(&words)));
        }
        Value::Object(fields) => {
            for (key, value) in fields {
                said(seals, value, key, into);
            }
        }
        Value::Array(list) => {
            for value in list {
                said(seals, value, key, into);
            }
        }
        _ => {}
    }
}

async fn all(state: &AppState, id: CaseId) -> Result<Vec<Entry>, Problem> {
    let mut read: Vec<Entry> = Vec::new();
    loop {
        let after = read.last().map_or(0, |entry| entry.seq);
        let page = state.engine.store().journal(state.tenant(), id, after, AT_ONCE).await?;
        let last = page.len() < AT_ONCE;
        read.extend(page);
        if last {
            return Ok(read);
        }
    }
}

struct Opening {
    seals: Seals,
    /// What is opened: names of reporters, their contacts, everything else that was said.
    name: bool,
    contact: bool,
    words: bool,
}

impl Opening {
    fn entry(&self, entry: Entry, redacted: &BTreeSet<u32>) -> EntryShown {
        let hidden = redacted.contains(&entry.seq);
        let mut facts = serde_json::to_value(&entry.event.body).unwrap_or_default();
        if let Value::Object(fields) = &mut facts {
            fields.remove("kind");
        }
        self.open(&mut facts, "", hidden);
        without_loads(&mut facts);
        EntryShown {
            seq: entry.seq,
            kind: entry.kind,
            by: by(&entry.event.by),
            received_at: Moment(entry.event.times.received),
            occurred_at: entry.event.times.occurred.map(Moment),
            device_at: entry.event.times.device.map(Moment),
            offset_ms: entry.event.times.offset_ms,
            stage: entry.event.to.as_ref().map(|to| to.stage.code()),
            custodian: entry.event.to.as_ref().map(|to| to.custodian.0.clone()),
            facts,
            redacted: hidden,
            prev: hex(&entry.prev),
            hash: hex(&entry.hash),
        }
    }

    fn open(&self, value: &mut Value, key: &str, hidden: bool) {
        match value {
            Value::Object(fields) if is_sealed(fields) => {
                let opened = match key {
                    "name" => self.name,
                    "contact" => self.contact,
                    _ => self.words,
                };
                let words = serde_json::from_value::<Sealed>(value.take()).ok().filter(|_| !hidden);
                let words = words.filter(|_| opened).and_then(|words| self.seals.open(&words));
                *value = words.map_or(Value::Null, Value::String);
            }
            Value::Object(fields) => fields.iter_mut().for_each(|(key, value)| self.open(value, key, hidden)),
            Value::Array(list) => list.iter_mut().for_each(|value| self.open(value, key, hidden)),
            Value::Number(_) if !self.words && WHERE.contains(&key) => *value = Value::Null,
            Value::Number(ms) if MOMENTS.contains(&key) => {
                if let Some(ms) = ms.as_i64() {
                    *value = Value::String(Instant(ms).to_string());
                }
            }
            _ => {}
        }
    }
}

/// Takes out of what the dispatch table answered how much open work each unit had: that is told to whoever may count it, and not beside
/// the case of another. The order and the distances stay.
pub(super) fn without_loads(told: &mut Value) {
    let known = told.pointer_mut("/because/facts/known").and_then(Value::as_array_mut);
    for unit in known.into_iter().flatten().filter_map(Value::as_object_mut) {
        unit.remove("open");
    }
}

fn by(by: &By) -> ByShown {
    let nobody = ByShown { who: "system", member: None, unit: None, role: None, reporter: None };
    match by {
        By::Member { id, seat } => ByShown {
            who: "member",
            member: Some(id.0.clone()),
            unit: seat.as_ref().map(|seat| seat.unit.0.clone()),
            role: seat.as_ref().and_then(|seat| serde_json::to_value(seat.role).ok()),
            ..nobody
        },
        By::Reporter { no } => ByShown { who: "reporter", reporter: Some(*no), ..nobody },
        By::System => nobody,
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
