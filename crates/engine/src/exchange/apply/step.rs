//! One command of a message, under a key made of the message, and what an error makes of the message.

use std::collections::BTreeSet;

use huying_model::{
    Actor, Case, CaseId, Command, Name, UnitId,
    actor::{Role, Seat},
};
use huying_store::{Fault, Key, Lane};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use super::{Exchange, Fate, Message, parked};
use crate::{
    Error,
    exchange::{
        file::{part_key, sum},
        member,
    },
    files::FileError,
    handle::{Claimed, HandleIn, SayIn, Upload},
};

/// What an error makes of a message: later where the platform failed, a person where the message or the rules do not fit.
pub(super) fn fate_of(error: Error) -> Fate {
    match error {
        Error::Refused(refusal) => parked(refusal.code(), format!("{} {refusal}", refusal.zh())),
        Error::Invalid(problems) => {
            let told: Vec<String> =
                problems.iter().map(|problem| format!("{}: {}", problem.field, problem.mend)).collect();
            parked("invalid", told.join("; "))
        }
        Error::Fault(Fault::NumberTaken) => parked("number_taken", Fault::NumberTaken.to_string()),
        Error::Fault(fault @ (Fault::Busy { .. } | Fault::Broken(_) | Fault::Conflict { .. })) => {
            Fate::Later(fault.to_string())
        }
        Error::File(file) if !file.is_senders() => Fate::Later(file.to_string()),
        other => parked(other.code(), other.to_string()),
    }
}

impl Message<'_> {
    /// The idempotency key of one part of what the message leads to.
    pub fn key(&self, part: &str) -> Key {
        let key = part_key(&self.partner.row.id, &self.row.source, &self.row.id, part);
        let body_hash = Sha256::digest(key.as_bytes()).into();
        Key { member: member(&self.partner.row.id).0, key: SmolStr::new(key), body_hash }
    }

    /// The partner at work for the home unit of its own one.
    pub fn worker(&self, unit: &UnitId) -> Actor {
        let seat = Seat { unit: unit.clone(), role: Role::Handler };
        Actor::Member { id: member(&self.partner.row.id), seats: vec![seat] }
    }

    pub fn claimed(&self) -> Claimed {
        Claimed { occurred: Some(self.row.sent_at), contact: None }
    }
}

impl Exchange {
    /// A command in plain words.
    pub(super) async fn give(
        &self,
        message: &Message<'_>,
        actor: Actor,
        case: CaseId,
        (name, part): (Name, &str),
        body: Value,
    ) -> Result<(), Error> {
        self.give_with(message, actor, case, (name, part), body, Vec::new()).await
    }

    async fn give_with(
        &self,
        message: &Message<'_>,
        actor: Actor,
        case: CaseId,
        (name, part): (Name, &str),
        body: Value,
        uploads: Vec<Upload>,
    ) -> Result<(), Error> {
        let input = SayIn {
            tenant: message.tenant,
            actor,
            case,
            name,
            body,
            uploads,
            claimed: message.claimed(),
            key: Some(message.key(part)),
            if_match: None,
        };
        self.engine.say(input).await.map(drop)
    }

    /// A command of the platform itself.
    pub(super) async fn order(
        &self,
        message: &Message<'_>,
        case: CaseId,
        command: Command,
        part: &str,
    ) -> Result<(), Error> {
        let times = self.engine.times(message.claimed());
        let input = HandleIn {
            key: Some(message.key(part)),
            lane: Lane::Bulk,
            ..HandleIn::new(message.tenant, Actor::System, case, command, times)
        };
        self.engine.handle(input).await.map(drop)
    }

    /// A note for the staff, where the case is open.
    pub(super) async fn note(
        &self,
        message: &Message<'_>,
        case: &Case,
        words: &str,
        part: &str,
    ) -> Result<Fate, Error> {
        if case.is_open() {
            let words: String = words.chars().take(crate::words::LONGEST).collect();
            let given = (Name::Note, part);
            self.give(message, Actor::System, case.id, given, json!({ "words": words })).await?;
            return Ok(Fate::Done { case: Some(case.id), note: None });
        }
        Ok(Fate::Done { case: Some(case.id), note: Some("the case had ended".to_owned()) })
    }

    /// The sums of the files that lie in a case.
    async fn sums(&self, message: &Message<'_>, case: CaseId) -> Result<BTreeSet<String>, Error> {
        let mut sums = BTreeSet::new();
        for row in self.engine.store().files(message.tenant, case).await? {
            match self.engine.opened(message.tenant, &row, &row.hash).await {
                Ok(bytes) => drop(sums.insert(sum(&bytes))),
                Err(Error::File(FileError::Forgotten)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(sums)
    }

    /// Brings the files of a message into the case, each once. Some why it has to be tried again.
    pub(super) async fn bring_files(
        &self,
        message: &Message<'_>,
        case: CaseId,
        (actor, name): (&Actor, Name),
    ) -> Result<Option<String>, Error> {
        let mut missing = Vec::new();
        let files = message.files();
        let have = if files.is_empty() { BTreeSet::new() } else { self.sums(message, case).await? };
        for told in files.into_iter().filter(|told| !have.contains(&told.sha256)) {
            let bytes = match self.fetch(&message.partner.row.address, &told).await {
                Ok(bytes) => bytes,
                Err(why) => {
                    missing.push(format!("{}: {why}", told.sha256.get(..12).unwrap_or_default()));
                    continue;
                }
            };
            let upload = Upload { bytes, kind: told.kind };
            let part = format!("file {}", told.sha256);
            let given = self.give_with(message, actor.clone(), case, (name, &part), json!({}), vec![upload]);
            match given.await {
                Err(Error::File(file)) if file.is_senders() && !matches!(file, FileError::NoSuchFile) => {
                    missing.push(format!("{}: {file}", told.sha256.get(..12).unwrap_or_default()));
                }
                other => other?,
            }
        }
        if missing.is_empty() {
            return Ok(None);
        }
        let why = missing.join("; ");
        if message.waits_for_files() {
            return Ok(Some(why));
        }
        let words = format!("未能取得附件：{why}");
        self.give(message, Actor::System, case, (Name::Note, "missing files"), json!({ "words": words }))
            .await?;
        Ok(None)
    }
}
