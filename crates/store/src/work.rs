//! The seam to the engine: what is handed to the committer and what comes back.
//!
//! Owns [`Work`], [`Decider`], [`Verdict`], [`Receipt`]. Start with [`Decider`].

use huying_model::{Case, CaseId, Event, Refusal, Stage};
use smol_str::SmolStr;

use crate::seal::NewKey;

/// An authority that runs Huying for itself. The shard key: it stands in every primary key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TenantId(pub i64);

/// Idempotency key: scoped to tenant and member, bound to a hash of the body, kept for [`crate::KEY_DAYS`] days.
///
/// Rows are kept in the order of `key`, so clients that send keys sortable in time (UUID version 7) only ever append.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Key {
    pub member: SmolStr,
    pub key: SmolStr,
    /// SHA-256 of the request's body.
    pub body_hash: [u8; 32],
}

/// Who waits for the answer: a person, or an import.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Lane {
    Interactive,
    Bulk,
}

/// What a [`Decider`] says.
#[derive(Debug)]
pub enum Verdict {
    /// Events per case, in the order they happened; all are committed together or none.
    Events(Vec<(CaseId, Vec<Event>)>),
    /// These cases are needed too; the committer loads them and asks again.
    Need(Vec<CaseId>),
}

/// The cases that a decider may look at.
pub trait Known {
    /// None for a case that does not exist, or was not asked for with [`Verdict::Need`].
    fn case(&self, id: CaseId) -> Option<&Case>;
}

/// One waiting command. `decide` may be called again on fresh state when it lost a race, so it must be repeatable; cases that it
/// asked for before are there again.
pub trait Decider: Send {
    /// The case that the command is for; it is loaded before the first call.
    fn case(&self) -> CaseId;
    fn decide(&mut self, known: &dyn Known) -> Result<Verdict, Refusal>;
}

/// A stored photo, voice or document of a case. The bytes lie in the file store, named by their hash.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileRow {
    pub case: CaseId,
    /// SHA-256 of the sealed original, hex.
    pub hash: SmolStr,
    /// Media type of the original, such as `image/jpeg`.
    pub media: SmolStr,
    /// Size of the original in bytes.
    pub bytes: i64,
    /// Hash of the copy that is shown, without metadata.
    pub shown: Option<SmolStr>,
    /// Hash of the small picture.
    pub thumb: Option<SmolStr>,
    /// The key under which the original is sealed.
    pub key: Option<SmolStr>,
    /// Milliseconds UTC.
    pub added_at: i64,
    /// What else the engine keeps of it, JSON.
    pub meta: String,
}

/// A command on its way to the committer, with everything that is written together with its events.
pub struct Work {
    pub tenant: TenantId,
    pub lane: Lane,
    pub key: Option<Key>,
    /// The version the caller has read (If-Match).
    pub expect_version: Option<u32>,
    /// Data keys made for this command's words.
    pub seal_keys: Vec<NewKey>,
    pub files: Vec<FileRow>,
    pub decider: Box<dyn Decider>,
}

impl Work {
    /// An interactive command without key, precondition or attachments.
    pub fn new(tenant: TenantId, decider: Box<dyn Decider>) -> Work {
        Work {
            tenant,
            lane: Lane::Interactive,
            key: None,
            expect_version: None,
            seal_keys: Vec::new(),
            files: Vec::new(),
            decider,
        }
    }
}

/// The answer to a command that is durably stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    pub case: CaseId,
    pub number: SmolStr,
    pub version: u32,
    pub stage: Stage,
    /// The key had been used for the same request before: this is the first answer again.
    pub replayed: bool,
    /// Where the command's last event stands in this node's stream.
    pub position: u64,
}
