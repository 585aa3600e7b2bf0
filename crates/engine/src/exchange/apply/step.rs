//! One command of a message, under a key made of the message, and what an error makes of the message.

use std::collections::BTreeSet;

use huying_model::{
    Actor, Case, CaseId, Command, Name, UnitId,
    actor::{Role, Seat},
};
use huying_store::{Fault, Key, Lane, Receipt};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use super::{Exchange, FILE_TRIES, Fate, Message, Missing, parked};
use crate::{
    Error,
    exchange::{
        fetch::Unfetched,
        file::{part_key, sum},
        member,
    },
    files::FileError,
    handle::{Claimed, HandleIn, SayIn, Upload},
};

/// The reporter that the platform which handed a case over stands as.
pub(super) const PLATFORM: Actor = Actor::Reporter { no: 0 };

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
        let key = part_key(&self.desk.partner.row.id, &self.row.source, &self.row.id, part);
        let body_hash = Sha256::digest(key.as_bytes()).into();
        Key { member: member(&self.desk.partner.row.id).0, key: SmolStr::new(key), body_hash }
    }

    /// The partner at work for the home unit of its own one.
    pub fn worker(&self, unit: &UnitId) -> Actor {
        let seat = Seat { unit: unit.clone(), role: Role::Handler };
        Actor::Member { id: member(&self.desk.partner.row.id), seats: vec![seat] }
    }

    pub fn claimed(&self) -> Claimed {
        Claimed { occurred: Some(self.row.sent_at), ..Claimed::default() }
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
        self.give_with(message, actor, case, (name, part), body, Vec::new()).await.map(drop)
    }

    async fn give_with(
        &self,
        message: &Message<'_>,
        actor: Actor,
        case: CaseId,
        (name, part): (Name, &str),
        body: Value,
        uploads: Vec<Upload>,
    ) -> Result<Receipt, Error> {
        let input = SayIn {
            tenant: message.desk.tenant,
            actor,
            case,
            name,
            body,
            uploads,
            claimed: message.claimed(),
            key: Some(message.key(part)),
            if_match: None,
        };
        self.engine.say(input).await
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
            ..HandleIn::new(message.desk.tenant, Actor::System, case, command, times)
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

    /// The sums of the files that lie in a case. One that the store has lost is passed over: it cannot be compared.
    async fn sums(&self, message: &Message<'_>, case: CaseId) -> Result<BTreeSet<String>, Error> {
        let mut sums = BTreeSet::new();
        for row in self.engine.store().files(message.desk.tenant, case).await? {
            match self.engine.opened(message.desk.tenant, &row, &row.hash).await {
                Ok(bytes) => drop(sums.insert(sum(&bytes))),
                Err(Error::File(FileError::Storage { why })) => return Err(FileError::Storage { why }.into()),
                Err(Error::File(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(sums)
    }

    /// Brings the files of a message into the case, each once. Some why files that may still come are missing; one that never will is
    /// told in a note.
    pub(super) async fn bring_files(
        &self,
        message: &Message<'_>,
        case: CaseId,
        (actor, name): (&Actor, Name),
    ) -> Result<Option<Missing>, Error> {
        let (mut later, mut never) = (Vec::new(), Vec::new());
        let (mut asked, mut came, mut failed) = (false, false, false);
        let mut files = message.files();
        // Another one comes first each time: those on which all of it is spent in vain keep none out for ever.
        let first = usize::try_from(message.row.attempts - FILE_TRIES).unwrap_or(0);
        let first = first.checked_rem(files.len()).unwrap_or(0);
        files.rotate_left(first);
        let have = if files.is_empty() { BTreeSet::new() } else { self.sums(message, case).await? };
        for told in files.into_iter().filter(|told| !have.contains(&told.sha256)) {
            let which = told.sha256.get(..12).unwrap_or_default().to_owned();
            if self.engine.now() >= message.desk.until {
                later.push(format!("{which}: there was no time for it"));
                continue;
            }
            asked = true;
            let fetched = self.fetch(&message.desk.partner.row.address, &told, message.desk.within).await;
            let bytes = match fetched {
                Ok(bytes) => bytes,
                Err(Unfetched::Later(why)) => {
                    later.push(format!("{which}: {why}"));
                    failed = true;
                    continue;
                }
                Err(Unfetched::Never(why)) => {
                    never.push((told.sha256, format!("{which}: {why}")));
                    continue;
                }
            };
            let upload = Upload { bytes, kind: told.kind };
            let part = format!("file {}", told.sha256);
            let given = self.give_with(message, actor.clone(), case, (name, &part), json!({}), vec![upload]);
            match given.await {
                Ok(receipt) => came |= !receipt.replayed,
                Err(Error::File(file)) if file.is_senders() => {
                    never.push((told.sha256, format!("{which}: {file}")));
                }
                Err(error @ (Error::Refused(_) | Error::Invalid(_))) => {
                    never.push((told.sha256, format!("{which}: {error}")));
                }
                Err(error) => return Err(error),
            }
        }
        // A note each: one of them all would count as told again where a later pass refuses others.
        for (file, why) in &never {
            self.tell_missing(message, case, &format!("refused file {file}"), why).await?;
        }
        let unasked = !failed && (came || !asked);
        Ok((!later.is_empty()).then(|| Missing { why: later.join("; "), unasked }))
    }

    /// A note for the staff that files did not come; where the case has ended nobody needs it.
    pub(super) async fn tell_missing(
        &self,
        message: &Message<'_>,
        case: CaseId,
        part: &str,
        why: &str,
    ) -> Result<(), Error> {
        let words: String = format!("未能取得附件：{why}").chars().take(crate::words::LONGEST).collect();
        let words = json!({ "words": words });
        match self.give(message, Actor::System, case, (Name::Note, part), words).await {
            Err(Error::Refused(_)) => Ok(()),
            other => other,
        }
    }
}
