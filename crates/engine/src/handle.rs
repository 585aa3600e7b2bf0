//! One command on one case: the only way in which a case changes.
//!
//! Owns the way from a request to a receipt: words are sealed, files taken, the command decided with everything that
//! follows from it, committed, and only then answered. Refuses to decide: the rules are the model's, the order the committer's.
//! Start at [`Engine::handle`] (sealed commands) and [`Engine::say`] (plain words).

use std::sync::Arc;

use huying_model::{
    Actor, Case, CaseId, Command, Cx, Name, Refusal, case::Evidence, catalogue::EvidenceKind,
    decide::allowed, event::Times,
};
use huying_store::{FileRow, Key, Lane, NewKey, Receipt, TenantId, Work};
use serde_json::{Value, json};

use crate::{
    Engine, Error, Problem,
    authority::Sight,
    engine::Setting,
    files::{FileError, TakenFile},
    follow::Follow,
    sealing::Sealing,
    words,
};

/// A command whose words are sealed.
pub struct HandleIn {
    pub tenant: TenantId,
    pub actor: Actor,
    pub case: CaseId,
    pub command: Command,
    pub times: Times,
    pub key: Option<Key>,
    /// The version the caller has read.
    pub if_match: Option<u32>,
    pub lane: Lane,
    /// Data keys that were made for the command's words.
    pub seal_keys: Vec<NewKey>,
    /// Files that come into the case with it.
    pub files: Vec<FileRow>,
    /// Whether System takes the steps that the rules let it take after this command.
    pub auto: bool,
}

impl HandleIn {
    /// A command with nothing beside it, at this moment.
    pub fn new(tenant: TenantId, actor: Actor, case: CaseId, command: Command, times: Times) -> HandleIn {
        HandleIn {
            tenant,
            actor,
            case,
            command,
            times,
            key: None,
            if_match: None,
            lane: Lane::Interactive,
            seal_keys: Vec::new(),
            files: Vec::new(),
            auto: true,
        }
    }
}

/// A file that is sent with a command.
#[derive(Clone, Debug)]
pub struct Upload {
    pub bytes: Vec<u8>,
    /// What it shows; by its type where the sender does not say.
    pub kind: Option<EvidenceKind>,
}

/// A command in plain words, as a page or the API sends it.
pub struct SayIn {
    pub tenant: TenantId,
    pub actor: Actor,
    pub case: CaseId,
    pub name: Name,
    /// The command's fields; words as plain strings.
    pub body: Value,
    pub uploads: Vec<Upload>,
    /// What the device claims about the moment.
    pub claimed: Claimed,
    pub key: Option<Key>,
    pub if_match: Option<u32>,
}

/// A device's claim: when it happened, and when the device was last in contact before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Claimed {
    pub occurred: Option<huying_model::Instant>,
    pub contact: Option<huying_model::Instant>,
    /// Its clock as it stood then, and by how much the server's was ahead when it was sent: kept, never judged by.
    pub device: Option<huying_model::Instant>,
    pub offset_ms: Option<i64>,
}

/// Commands that carry evidence, by the field it stands in.
const WITH_EVIDENCE: [Name; 6] =
    [Name::Report, Name::Attach, Name::Finish, Name::Verified, Name::SelfHandle, Name::Supplement];

impl Engine {
    /// Decides and commits one command with everything that follows from it.
    pub async fn handle(&self, input: HandleIn) -> Result<Receipt, Error> {
        let setting = self.setting(input.tenant)?;
        let (case, times) = (input.case, input.times);
        let facts = self.facts_for(&setting, input.tenant, case, &input.command, times).await?;
        let follow = Follow::new(Arc::clone(&setting.policy), input.actor, case, input.command, times);
        let follow = follow.knowing(facts);
        let work = Work {
            tenant: input.tenant,
            lane: input.lane,
            key: input.key,
            expect_version: input.if_match,
            seal_keys: input.seal_keys,
            files: input.files,
            decider: Box::new(if input.auto { follow } else { follow.by_hand() }),
        };
        Ok(self.store().submit(work).await?)
    }

    /// The same for a command in plain words, with files.
    pub async fn say(&self, input: SayIn) -> Result<Receipt, Error> {
        let setting = self.setting(input.tenant)?;
        let times = self.times(input.claimed);
        let mut sealing = Sealing::of_case(self, &setting, input.tenant, input.case, times).await?;
        if words::is_talk(input.name) {
            sealing = sealing.with_talk(self, input.tenant).await?;
        }
        let mut body = input.body;
        let files = self.take_all(input.name, &mut body, input.uploads, &mut sealing).await?;
        let made = words::command(input.name, input.case, body, &mut sealing).map_err(Error::Invalid);
        let (seal_keys, pending) = sealing.finish();
        let outcome = match made {
            Ok(command) => {
                let checked = match self.check_other(&setting, &input.actor, input.tenant, &command).await {
                    Ok(()) => self.check_evidence(input.tenant, input.case, &command, &files).await,
                    Err(error) => Err(error),
                };
                let input = HandleIn {
                    key: input.key,
                    if_match: input.if_match,
                    seal_keys,
                    files: files.iter().map(|file| file.row.clone()).collect(),
                    ..HandleIn::new(input.tenant, input.actor, input.case, command, times)
                };
                match checked {
                    Ok(()) => self.handle(input).await,
                    Err(error) => Err(error),
                }
            }
            Err(error) => Err(error),
        };
        pending.settle(outcome.as_ref().is_ok_and(|receipt| !receipt.replayed));
        self.tidy(&files, &outcome).await;
        outcome
    }

    /// Received and recorded now, with what the device claims.
    pub fn times(&self, claimed: Claimed) -> Times {
        let Claimed { occurred, contact, device, offset_ms } = claimed;
        Times { occurred, contact, device, offset_ms, ..Times::at(self.now()) }
    }

    /// The commands that this actor may give on the case now, in the table's order.
    pub fn allowed(&self, setting: &Setting, case: &Case, actor: &Actor) -> Vec<Name> {
        let related = |_: CaseId| None;
        let cx = Cx { policy: &setting.policy, actor, times: Times::at(self.now()), related: &related };
        allowed(&cx, case)
    }

    /// What the dispatch table answers for the case now, with its reasons: the desk's suggestion.
    pub async fn suggest(
        &self,
        setting: &Setting,
        tenant: TenantId,
        case: &Case,
    ) -> Result<Option<huying_model::route::Routing>, Error> {
        let times = Times::at(self.now());
        let facts = self.facts_of(setting, tenant, case, times).await?;
        Ok(crate::follow::route(&setting.policy, case, times, Some(&facts)))
    }

    /// Takes the uploads and names them in the command's evidence.
    pub(crate) async fn take_all(
        &self,
        name: Name,
        body: &mut Value,
        uploads: Vec<Upload>,
        sealing: &mut Sealing,
    ) -> Result<Vec<Filed>, Error> {
        if uploads.is_empty() {
            return Ok(Vec::new());
        }
        if !WITH_EVIDENCE.contains(&name) {
            return Err(Problem::at(
                "files",
                "no_files_here",
                "This command takes no files: attach them first.",
            )
            .into());
        }
        let mut filed = Vec::new();
        for (index, upload) in uploads.into_iter().enumerate() {
            match self.take_one(index, upload, sealing).await {
                Ok(file) => filed.push(file),
                Err(error) => {
                    self.tidy(&filed, &Err(error.clone())).await;
                    return Err(error);
                }
            }
        }
        let holder = if name == Name::Report { &mut body["report"] } else { body };
        if let Value::Object(fields) = holder
            && let Value::Array(list) = fields.entry("evidence").or_insert_with(|| json!([]))
        {
            list.extend(filed.iter().map(|file| json!(file.evidence)));
        }
        Ok(filed)
    }

    async fn take_one(&self, index: usize, upload: Upload, sealing: &mut Sealing) -> Result<Filed, Error> {
        let taken = self.files().take(upload.bytes).await?;
        let kind = upload.kind.unwrap_or_else(|| taken.kind.evidence());
        let filed = if taken.kind.can_be(kind) {
            sealing.file_row(&taken, self.now())
        } else {
            let mend =
                format!("A file of type {} cannot show this: choose another kind.", taken.kind.media_type());
            Err(Problem::at(format!("files[{index}]"), "evidence_kind", mend).into())
        };
        match filed {
            Ok(row) => {
                let evidence = Evidence { kind, file: row.hash.clone() };
                Ok(Filed { row, evidence, taken })
            }
            Err(error) => {
                self.forget(&taken).await;
                Err(error)
            }
        }
    }

    /// Files whose command did not come to be, or came to be before, are not kept.
    pub(crate) async fn tidy(&self, files: &[Filed], outcome: &Result<Receipt, Error>) {
        let kept = match outcome {
            Ok(receipt) => !receipt.replayed,
            // Whether it was stored is not known: a file too many harms less than a hole in the record.
            Err(Error::Fault(huying_store::Fault::Broken(_))) => true,
            Err(_) => false,
        };
        if !kept {
            for file in files {
                self.forget(&file.taken).await;
            }
        }
    }

    async fn forget(&self, taken: &TakenFile) {
        if let Err(error) = self.files().discard(taken).await {
            tracing::warn!(%error, "a file without a case was left in the file store");
        }
    }

    /// A case that a merge names must be the actor's to read; one that is not is told like one that does not exist. A
    /// callback names another case too, but the rules answer alike for every case that is not merged into this one.
    async fn check_other(
        &self,
        setting: &Setting,
        actor: &Actor,
        tenant: TenantId,
        command: &Command,
    ) -> Result<(), Error> {
        let Command::Merge { into } = command else { return Ok(()) };
        let seen = Sight::of(&setting.policy.org, actor).scope(&setting.policy.org);
        if !self.store().cases_seen(tenant, &[*into], seen.as_ref()).await?.is_empty() {
            return Ok(());
        }
        let mend = "There is no such case, or it is not yours to read: check its number.";
        Err(Problem::at("into", "unknown_case", mend).into())
    }

    /// Evidence must lie in the case: a hash from outside proves nothing.
    async fn check_evidence(
        &self,
        tenant: TenantId,
        case: CaseId,
        command: &Command,
        new: &[Filed],
    ) -> Result<(), Error> {
        if let Command::Publish { files, .. } = command {
            let stored = self.store().files(tenant, case).await?;
            let hidden = |row: &huying_store::FileRow| row.shown.is_none() && files.contains(&row.hash);
            return match stored.iter().any(hidden) {
                true => Err(Refusal::OnlyPhotos.into()),
                false => Ok(()),
            };
        }
        let named = evidence_of(command);
        let is_new = |evidence: &Evidence| new.iter().any(|file| &file.evidence == evidence);
        let old: Vec<Evidence> = named.iter().filter(|evidence| !is_new(evidence)).cloned().collect();
        if old.is_empty() {
            return Ok(());
        }
        let stored = self.store().files(tenant, case).await?;
        match old.iter().find(|evidence| !stored.iter().any(|row| row.hash == evidence.file)) {
            None => Ok(()),
            Some(_) => Err(FileError::NoSuchFile.into()),
        }
    }
}

/// A file that was taken for a command.
pub(crate) struct Filed {
    pub row: FileRow,
    pub evidence: Evidence,
    pub taken: TakenFile,
}

fn evidence_of(command: &Command) -> &[Evidence] {
    match command {
        Command::Report { report } => &report.evidence,
        Command::Attach { evidence, .. }
        | Command::Finish { evidence, .. }
        | Command::Verified { evidence, .. }
        | Command::SelfHandle { evidence, .. }
        | Command::Supplement { evidence, .. } => evidence,
        _ => &[],
    }
}
