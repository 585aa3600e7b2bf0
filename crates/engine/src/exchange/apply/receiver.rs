//! On the side that took a case over: it begins here under its number, and follows what the side that keeps the promise says.
//!
//! The platform that handed the case over stands as its first reporter: it is answered by the exchange, so nobody calls it back.

use huying_model::{
    Actor, AreaCode, Case, Command, Event, MatterCode, Name, Refusal, Stage,
    catalogue::{MatterKind, Outcome, Source, Urgency},
};
use huying_store::{CaseView, Lane, exchange::NewOut};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use smol_str::format_smolstr;

use super::{Exchange, Fate, Message, parked, step::PLATFORM};
use crate::{
    Error,
    exchange::{mark, tell::Saying},
    intake::{InformantDraft, ReportDraft, ReportIn},
    place::PlaceDraft,
};

impl Message<'_> {
    fn word<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.data.get(name).and_then(|value| serde_json::from_value(value.clone()).ok())
    }

    fn degrees(&self, name: &str) -> Option<f64> {
        match self.data.get(name) {
            Some(Value::String(text)) => text.trim().parse().ok(),
            value => value.and_then(Value::as_f64),
        }
    }

    /// Name and contact of a person, where a purpose was declared.
    fn person(&self) -> InformantDraft {
        let of = |name: &str| {
            let told = self.data.get("reporter").and_then(|person| person.get(name)).and_then(Value::as_str);
            told.filter(|_| self.desk.mapping.purpose_in.is_some()).map(str::to_owned)
        };
        InformantDraft { name: of("name"), contact: of("contact") }
    }
}

impl Exchange {
    /// A case that is handed over for the first time.
    pub(super) async fn begin(&self, message: &Message<'_>) -> Result<Fate, Error> {
        let setting = self.engine.setting(message.desk.tenant)?;
        let (tenant, partner) = (message.desk.tenant, &message.desk.partner.row);
        let number = &message.row.subject;
        let matter = message.text("matter").map(MatterCode::new);
        if let Some(code) = &matter
            && !setting.policy.current.matters.contains_key(code)
        {
            return Ok(parked(
                "unmapped",
                format!("There is no matter '{code}' here: add a row [[matter]] to the mapping."),
            ));
        }
        let has = |no: &u16| {
            let found = matter.as_ref().and_then(|code| setting.policy.current.matters.get(code));
            found.is_some_and(|matter| matter.condition(*no).is_some())
        };
        let (lon, lat) = (message.degrees("lon"), message.degrees("lat"));
        let point = lon.zip(lat);
        let area = message.text("area").map(AreaCode::new);
        let known = area.as_ref().is_none_or(|area| setting.policy.org.areas.contains_key(area));
        if !known && point.is_none() {
            let why = "The area is not known here and no point was told: add a row [[area]] to the mapping.";
            return Ok(parked("unmapped", why));
        }
        let place = PlaceDraft {
            lon: point.map(|(lon, _)| lon),
            lat: point.map(|(_, lat)| lat),
            datum: message.word("datum"),
            area: area.filter(|_| known),
        };
        let id = self.engine.born(tenant, &partner.id, number, message.row.sent_at);
        let draft = ReportDraft {
            id: Some(id),
            source: message
                .text("source")
                .and_then(|code| Source::from_code(&code))
                .unwrap_or(Source::UpperPlatform),
            kind: message.word::<MatterKind>("kind"),
            place,
            condition: message.word::<u16>("condition").filter(has),
            matter,
            urgency: message.word::<Urgency>("urgency").unwrap_or_default(),
            hazard: message.word("hazard").unwrap_or_default(),
            title: message.text("title"),
            text: message.text("text"),
            address: message.text("address"),
            // Questions of a matter are asked where somebody reports; what was answered there is part of no message yet.
            answers: None,
            reporters: vec![message.person()],
            foreign: Some(mark(&partner.id)),
            // The register of the other platform is another one.
            component: None,
            number: Some(number.clone()),
            promised: message.moment("promise"),
            answered_elsewhere: true,
        };
        let input = ReportIn {
            tenant,
            actor: Actor::System,
            draft,
            uploads: Vec::new(),
            claimed: message.claimed(),
            key: Some(message.key("report")),
            lane: Lane::Bulk,
        };
        let case = self.engine.report(input).await?.receipt.case;
        self.settled(message, case).await
    }

    /// What follows the report, each once: where the case was before, and its files.
    async fn settled(&self, message: &Message<'_>, case: huying_model::CaseId) -> Result<Fate, Error> {
        let words = format!("{}移交。{}", message.desk.partner.row.name, custody(message));
        let words: String = words.chars().take(crate::words::LONGEST).collect();
        self.give(message, Actor::System, case, (Name::Note, "custody"), json!({ "words": words })).await?;
        let missing = self.bring_files(message, case, (&PLATFORM, Name::Supplement)).await?;
        Ok(message.applied(case, missing))
    }

    /// A message on a case that came from the partner.
    pub(super) async fn as_receiver(&self, message: &Message<'_>, found: &CaseView) -> Result<Fate, Error> {
        let case = &found.case;
        if case.is_open() {
            self.cap(message, case).await?;
        }
        match message.saying {
            // The first try came as far as the report.
            Saying::HandedOver if self.used(message, "report").await? => self.settled(message, case.id).await,
            Saying::HandedOver | Saying::Reopened => self.again(message, found).await,
            Saying::Returned | Saying::Closed => self.end(message, case).await,
            Saying::Noted if case.is_open() => {
                let body = json!({ "words": message.words() });
                self.give(message, PLATFORM, case.id, (Name::Supplement, "words"), body).await?;
                Ok(Fate::Done { case: Some(case.id), note: None })
            }
            Saying::File if case.is_open() => {
                let by = (&PLATFORM, Name::Supplement);
                let missing = self.bring_files(message, case.id, by).await?;
                Ok(message.applied(case.id, missing))
            }
            Saying::Noted | Saying::File => self.note(message, case, &message.words(), "late").await,
            _ => Ok(parked("unexpected", "Only the side that took the case over says this.")),
        }
    }

    /// The clocks here run no longer than the promise that was told.
    async fn cap(&self, message: &Message<'_>, case: &Case) -> Result<(), Error> {
        match (message.moment("promise"), case.promised) {
            (Some(promise), Some(promised)) if promise < promised => {
                self.order(message, case.id, Command::Cap { cap: promise }, "cap").await
            }
            _ => Ok(()),
        }
    }

    /// The case is to be worked on again: with what is new of it, its files, and the promise as it is now. Where the rules here do not
    /// let it come once more, it goes back.
    async fn again(&self, message: &Message<'_>, found: &CaseView) -> Result<Fate, Error> {
        let case = &found.case;
        let reason = json!({ "reason": message.words() });
        let given = match case.stage {
            Stage::Closed => self.give(message, PLATFORM, case.id, (Name::Reopen, "again"), reason).await,
            Stage::Declined => self.give(message, PLATFORM, case.id, (Name::Object, "again"), reason).await,
            stage if stage.is_open() => self.note(message, case, &message.words(), "again").await.map(drop),
            _ => return Ok(parked("ended", "The case was merged or withdrawn here: find it and decide.")),
        };
        match given {
            Err(Error::Refused(refusal @ (Refusal::Once | Refusal::WindowOver | Refusal::LastWord))) => {
                return self.give_back_to(message, case, &refusal).await;
            }
            other => other?,
        }
        self.cap(message, case).await?;
        if let Some(words) = news(message, found) {
            let news = (Name::Supplement, "news");
            self.give(message, PLATFORM, case.id, news, json!({ "words": words })).await?;
        }
        let missing = self.bring_files(message, case.id, (&PLATFORM, Name::Supplement)).await?;
        Ok(message.applied(case.id, missing))
    }

    /// Tells the side that keeps the promise that the case stays ended here, and why: it has it again. What the reader of the journal has
    /// not met of the case so far is told before: it passes over what lies before the newest that is told.
    async fn give_back_to(
        &self,
        message: &Message<'_>,
        case: &Case,
        refusal: &Refusal,
    ) -> Result<Fate, Error> {
        let (tenant, known) = (message.desk.tenant, message.desk.partner);
        let partner = &known.row.id;
        let journal = self.engine.entries_of(tenant, case.id, case.version).await?;
        let events: Vec<Event> = journal.iter().map(|entry| entry.event.clone()).collect();
        let Some(last) = journal.last() else { return Ok(parked(refusal.code(), refusal.to_string())) };
        let mut new = self.told(tenant, known, case.id, (&journal, &events)).await?;
        let sum = message.key("back").key;
        new.push(NewOut {
            partner: partner.clone(),
            case: case.id,
            id: format_smolstr!("{partner}:{}:{}:{}", case.id, last.seq, sum.get(..16).unwrap_or_default()),
            kind: Saying::Returned.code().into(),
            seq: last.seq,
            stream: last.stream,
            position: last.position,
            at: self.engine.now(),
            reason: Some(format!("{} {refusal}", refusal.zh())),
        });
        self.engine.store().add_out(tenant, &new).await?;
        let note = format!("it was given back: {refusal}");
        Ok(Fate::Done { case: Some(case.id), note: Some(note) })
    }

    /// The side that keeps the promise needs it no more. A hazard is worked on all the same.
    async fn end(&self, message: &Message<'_>, case: &Case) -> Result<Fate, Error> {
        if !case.is_open() {
            return Ok(Fate::Done { case: Some(case.id), note: Some("the case had ended".to_owned()) });
        }
        let said = if message.saying == Saying::Closed { "已结案" } else { "已收回" };
        let words = format!("{}{said}：{}", message.desk.partner.row.name, message.words());
        self.note(message, case, &words, "ended").await?;
        let command = Command::ParentEnded { outcome: Outcome::HandedOver, void: true };
        self.order(message, case.id, command, "end").await?;
        Ok(Fate::Done { case: Some(case.id), note: None })
    }
}

/// What a message says of a case otherwise than it is known here, in lines.
fn news(message: &Message<'_>, found: &CaseView) -> Option<String> {
    let (texts, matter) = (&found.texts, found.case.matter.as_ref().map(|code| code.as_str()));
    let of = |heading: &str, name: &str, known: Option<&str>| {
        let told = message.text(name).filter(|told| Some(told.as_str()) != known)?;
        Some(format!("{heading}：{told}"))
    };
    let lines: Vec<String> = [
        of("标题", "title", texts.title.as_deref()),
        of("内容", "text", texts.text.as_deref()),
        of("地址", "address", texts.address.as_deref()),
        of("事项", "matter", matter),
    ]
    .into_iter()
    .flatten()
    .collect();
    let words: String = lines.join("\n").chars().take(crate::words::LONGEST).collect();
    (!words.is_empty()).then_some(words)
}

/// The way of the case before it came, in lines.
fn custody(message: &Message<'_>) -> String {
    let list = message.data.get("custody").and_then(Value::as_array);
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let stage = |code: &str| {
        let stage = Stage::ALL.into_iter().find(|stage| stage.code() == code);
        stage.map_or("", Stage::zh).to_owned()
    };
    let line = |value: &Value| {
        format!("{} {} {}", text(value, "at"), text(value, "unit"), stage(&text(value, "stage")))
    };
    let lines: Vec<String> = list.into_iter().flatten().map(line).collect();
    if lines.is_empty() { String::new() } else { format!("此前流转：\n{}", lines.join("\n")) }
}
