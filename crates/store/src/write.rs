//! The write path: plain rows and the one trait that each database implements with its own statements.
//!
//! [`Writer::write`] is one transaction, made durable before it returns. It refuses to decide anything: which rows are
//! written is the committer's word. Start with [`Batch`].

use huying_model::CaseId;
use smol_str::SmolStr;

use crate::{
    Fault, TenantId,
    value::{Row, Value},
    work::FileRow,
};

/// A case of a tenant.
pub type Ref = (TenantId, CaseId);

/// One entry of the journal. `body` holds the very bytes that were hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    pub tenant: TenantId,
    pub case: CaseId,
    /// From 1, without gaps, per case.
    pub seq: i64,
    pub stream: i64,
    /// From 1, without gaps, per stream.
    pub position: i64,
    pub policy: SmolStr,
    pub occurred_at: Option<i64>,
    pub received_at: i64,
    pub recorded_at: i64,
    pub kind: SmolStr,
    /// The whole event as JSON.
    pub body: String,
    /// Hash of the entry before, zeros for the first.
    pub prev: [u8; 32],
    pub hash: [u8; 32],
}

/// The current state of a case beside the few columns that queries need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    pub tenant: TenantId,
    pub case: CaseId,
    /// The version in the store that this row replaces; 0 inserts.
    pub was: u32,
    pub version: u32,
    pub number: SmolStr,
    pub stage: &'static str,
    pub open: bool,
    pub custodian: SmolStr,
    pub centre: SmolStr,
    pub lead: Option<SmolStr>,
    pub area: Option<SmolStr>,
    pub matter: Option<SmolStr>,
    pub source: &'static str,
    pub urgency: &'static str,
    pub hazard: bool,
    pub suspended: bool,
    pub received_at: i64,
    pub filed_at: Option<i64>,
    pub closed_at: Option<i64>,
    /// End of the promise clock, before filing of the intake clock.
    pub due: Option<i64>,
    /// When the next step of any clock is due.
    pub next_step: Option<i64>,
    pub lon_e7: Option<i64>,
    pub lat_e7: Option<i64>,
    pub title: Option<String>,
    pub address: Option<String>,
    /// Set when the case begins; it never changes.
    pub component: Option<SmolStr>,
    /// Hash of the last event.
    pub head: [u8; 32],
    /// The case as JSON.
    pub state: String,
    /// The columns that differ from the stored row. A writer may leave the others and their indexes alone.
    pub changed: Changed,
}

/// A column of a case's row that not every command changes. `version`, `head` and `state` change always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Stage,
    Custodian,
    Lead,
    Suspended,
    NextStep,
    // From here on those that stay the same in most commands.
    Number,
    Open,
    Centre,
    Area,
    Matter,
    Source,
    Urgency,
    Hazard,
    ReceivedAt,
    FiledAt,
    ClosedAt,
    Due,
    Lon,
    Lat,
    Title,
    Address,
}

impl Column {
    pub const ALL: [Column; 21] = [
        Column::Stage,
        Column::Custodian,
        Column::Lead,
        Column::Suspended,
        Column::NextStep,
        Column::Number,
        Column::Open,
        Column::Centre,
        Column::Area,
        Column::Matter,
        Column::Source,
        Column::Urgency,
        Column::Hazard,
        Column::ReceivedAt,
        Column::FiledAt,
        Column::ClosedAt,
        Column::Due,
        Column::Lon,
        Column::Lat,
        Column::Title,
        Column::Address,
    ];
}

/// A set of columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Changed(pub(crate) u32);

impl Changed {
    pub fn note(&mut self, column: Column, differs: bool) {
        self.0 |= u32::from(differs) << column as u32;
    }
    pub fn has(self, column: Column) -> bool {
        self.0 >> column as u32 & 1 == 1
    }
    /// One of the columns that stay the same in most commands is among them.
    pub fn moved(self) -> bool {
        self.0 >> Column::Number as u32 != 0
    }
}

/// One line of a unit's queue. All columns but `paused` and `due` form its key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TodoRow {
    pub tenant: TenantId,
    pub unit: SmolStr,
    /// The due instant, [`NO_DUE`] where there is none: the queue's order.
    pub due: i64,
    pub case: CaseId,
    pub kind: &'static str,
    pub no: i64,
    pub paused: bool,
}

/// A unit that came to have a part in a case. It never goes again: who had a part may read on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartRow {
    pub tenant: TenantId,
    pub unit: SmolStr,
    pub case: CaseId,
}

/// What lists of public cases choose a case by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicRow {
    pub tenant: TenantId,
    /// Never changes: with tenant and case it is the key.
    pub received_at: i64,
    pub case: CaseId,
    pub updated_at: i64,
    /// `open`, `closed` or `hidden`.
    pub status: &'static str,
    pub matter: Option<SmolStr>,
    pub area: Option<SmolStr>,
}

/// Sorts a line without a due instant after every other.
pub const NO_DUE: i64 = i64::MAX;

/// The search terms of one entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidRow {
    pub tenant: TenantId,
    /// [`doc`] of the entry's place in its stream.
    pub doc: i64,
    pub case: CaseId,
    pub seq: i64,
    /// Sorted, each once, joined by a space.
    pub terms: String,
}

/// The number of a search document: 15 bits of stream, 48 bits of position.
pub fn doc(stream: i64, position: i64) -> i64 {
    (stream << 48) | position
}

/// What a rollup counts by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RollupKey {
    pub tenant: TenantId,
    /// Days since 1970-01-01 in the store's own offset, of `received_at`.
    pub day: i64,
    pub area: SmolStr,
    pub matter: SmolStr,
    pub source: &'static str,
    pub stage: &'static str,
}

/// What is added to a rollup row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct RollupSum {
    /// Cases.
    pub n: i64,
    /// Of them, closed after the promise.
    pub late: i64,
    /// Milliseconds from receipt to closing, of closed cases.
    pub spent_ms: i64,
}

impl RollupSum {
    /// Adds `sign` times `other`.
    pub fn add(&mut self, sign: i64, other: RollupSum) {
        self.n += sign * other.n;
        self.late += sign * other.late;
        self.spent_ms += sign * other.spent_ms;
    }
}

/// An idempotency key with the answer it led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    pub tenant: TenantId,
    pub member: SmolStr,
    pub key: SmolStr,
    /// Days since 1970-01-01 UTC when it was used.
    pub day: i64,
    pub body_hash: [u8; 32],
    pub case: CaseId,
    pub number: SmolStr,
    pub version: u32,
    pub stage: SmolStr,
    pub position: i64,
}

/// A data key, wrapped by the tenant's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealKeyRow {
    pub tenant: TenantId,
    pub name: SmolStr,
    /// The case it belongs to, where it is a case's key.
    pub case: Option<CaseId>,
    pub wrapped: Vec<u8>,
}

/// Everything that one transaction writes.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub stream: i64,
    /// The stream's last position as the committer knows it; another value in the store means that it lost the stream.
    pub position_was: i64,
    pub position: i64,
    pub events: Vec<EventRow>,
    pub cases: Vec<CaseRow>,
    pub todos_gone: Vec<TodoRow>,
    pub todos_new: Vec<TodoRow>,
    /// Some may stand already: a part that ended and began again.
    pub parts: Vec<PartRow>,
    /// Of cases in which something changed that is public.
    pub public: Vec<PublicRow>,
    pub said: Vec<SaidRow>,
    /// Entries whose words were redacted: their search terms go.
    pub unsaid: Vec<(Ref, i64)>,
    pub rollup: Vec<(RollupKey, RollupSum)>,
    pub keys: Vec<KeyRow>,
    pub seal_keys: Vec<SealKeyRow>,
    pub files: Vec<(TenantId, FileRow)>,
}

/// A case as it lies in the store.
#[derive(Clone, Debug)]
pub struct StoredCase {
    pub at: Ref,
    pub state: String,
    pub title: Option<String>,
    pub address: Option<String>,
    /// The column `due`: of an ended case the promise it had.
    pub promise: Option<i64>,
    pub head: [u8; 32],
}

/// Why a batch was not written. Nothing of it is in the store, except after [`WriteError::Unsure`].
#[derive(Debug)]
pub enum WriteError {
    /// Another writer was faster: a case has another version, an insert met a row, a key was taken, or the stream moved.
    Lost,
    /// Another process holds the database for longer than a writer waits.
    Busy,
    /// A row was refused or the database failed: the batch is halved until the bad command stands alone.
    Broken(String),
    /// The connection went away during COMMIT; the stream's position tells whether it was written.
    Unsure(String),
}

/// One statement of an errand: its text in the common dialect and its parameters.
pub type Step = (std::borrow::Cow<'static, str>, Vec<Value>);

/// What one statement of an errand did.
#[derive(Debug, Clone, Default)]
pub struct Done {
    pub rows: Vec<Row>,
    pub changed: u64,
}

/// A database's write path. It runs on the committer's own thread and may block.
pub trait Writer: Send {
    /// Whether the cases in memory may be stale because another process writes too. Called before each batch;
    /// true makes the committer forget what it holds.
    fn changed_elsewhere(&mut self) -> Result<bool, Fault>;
    /// Whether other nodes may write at any moment, so that a refusal, and to leave a case as it is, has to be decided on fresh
    /// state: only what is written has its version checked.
    fn shared(&self) -> bool;
    /// The last position of a stream; makes the stream's row where there is none.
    fn position(&mut self, stream: i64) -> Result<i64, Fault>;
    /// The cases that exist among these.
    fn load(&mut self, cases: &[Ref]) -> Result<Vec<StoredCase>, Fault>;
    /// The keys (tenant, member, key) that were used among these.
    fn used_keys(&mut self, keys: &[(TenantId, SmolStr, SmolStr)]) -> Result<Vec<KeyRow>, Fault>;
    /// The wrapped data keys that exist among these.
    fn seal_keys(&mut self, names: &[(TenantId, SmolStr)]) -> Result<Vec<SealKeyRow>, Fault>;
    /// One transaction, durable when this returns.
    fn write(&mut self, batch: &Batch) -> Result<(), WriteError>;
    /// Small writes outside the journal (cursors, leases, deliveries), in one transaction.
    fn errand(&mut self, steps: &[Step]) -> Result<Vec<Done>, Fault>;
    /// Rewrites what may hold deleted bytes: free pages, dead rows, the write-ahead log of a file. Blocks for as long as it takes.
    fn scour(&mut self) -> Result<(), Fault>;
}
