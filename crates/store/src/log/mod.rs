//! The Merkle log of a tenant: a cursor over the streams and the authority's own logs, kept as tiles, with signed heads.
//!
//! A leaf's content is the hash of a journal's entry, or of an entry of the authority's logs. Events are taken in the order of their
//! stream; [`grow`] appends, [`audit`] derives everything again and compares, [`settle`] brings a restored log in line with its
//! last head. Refuses to hold up a command: nothing here is part of a commit. Start with [`Store::grow_log`].

mod audit;
mod grow;
mod settle;

use huying_model::CaseId;
use huying_proof::{
    Flaw, Hash, PublicKey, Receipt, Signer, WITHIN_SECONDS,
    entry::{Act, Entry},
    hash, receipt,
    tile::{self, Held, Shelf},
    tree,
};
use smol_str::SmolStr;

use crate::{
    Fault, Store, TenantId,
    rebuild::derive::event_row,
    statements as sql,
    value::{Row, Value},
    write::EventRow,
};

pub use audit::{LogBreach, LogReport};
pub use grow::Growth;

/// The authority's own logs whose entries stand in the Merkle log, as their kind is called. Their sources are -1, -2 and so on.
pub const AUTHORITY_LOGS: [&str; 5] = ["admission", "policy", "organisation", "grants", RECIPIENTS];

/// The log of what is done with service recipients: who, what, when, and a hash of the record; nothing of the person.
pub(crate) const RECIPIENTS: &str = "recipients";

/// The cursor's name.
const CURSOR: &str = "log";
/// Under this name the signing key lies among the tenant's data keys.
const KEY: &str = "log-ed25519";
/// Numbers of entries of the authority's logs have so many digits.
const LAST_NO: i64 = 99_999_999;

/// One growth of the log.
struct HeadRow {
    began: i64,
    size: i64,
    made_at: i64,
    note: String,
}

/// Leaves that came from one source, one after the other.
#[derive(Clone, Debug)]
struct Run {
    leaf: i64,
    source: i64,
    past: i64,
    through: i64,
    leaves: i64,
}

/// One entry on its way into the log.
struct Leaf {
    position: i64,
    recorded_at: i64,
    content: Hash,
}

fn head(row: &Row) -> Result<HeadRow, Fault> {
    Ok(HeadRow { began: row.int(0)?, size: row.int(1)?, made_at: row.int(2)?, note: row.text(3)?.to_owned() })
}

fn run(row: &Row) -> Result<Run, Fault> {
    Ok(Run {
        leaf: row.int(0)?,
        source: row.int(1)?,
        past: row.int(2)?,
        through: row.int(3)?,
        leaves: row.int(4)?,
    })
}

fn flawed(why: Flaw) -> Fault {
    Fault::broken("the log", why)
}

fn act(tenant: TenantId, log: &str, row: &Row) -> Result<Leaf, Fault> {
    let no = row.text(0)?.parse().map_err(|why| Fault::broken("the number of an entry", why))?;
    let (effective_at, installed_at) = (row.int(1)?, row.int(2)?);
    let body = row.text(3)?;
    let content = Act { tenant: tenant.0, log, no, effective_at, installed_at, body }.hash();
    Ok(Leaf { position: no, recorded_at: installed_at, content })
}

fn entry(row: &EventRow) -> Entry {
    Entry {
        prev: row.prev,
        tenant: row.tenant.0,
        case: hash::hex(&row.case.0.to_be_bytes()),
        seq: row.seq,
        stream: row.stream,
        position: row.position,
        received_at: row.received_at,
        recorded_at: row.recorded_at,
        occurred_at: row.occurred_at,
        policy: row.policy.to_string(),
        kind: row.kind.to_string(),
        body: row.body.clone(),
    }
}

impl Store {
    /// The name of a tenant's log and of the key that signs it: another in every store.
    fn log_name(&self, tenant: TenantId) -> String {
        format!("huying/{}/{}", self.vault.first_mark(), tenant.0)
    }

    async fn stored_signer(&self, tenant: TenantId) -> Result<Option<Signer>, Fault> {
        let rows = self.db.query(sql::SEAL_KEY, vec![tenant.into(), KEY.into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let secret = self.vault.unwrap(&sql::seal_key_row(row)?)?;
        Signer::ed25519(&self.log_name(tenant), &secret).map(Some).map_err(flawed)
    }

    /// The key that signs the tenant's log, made where there is none.
    async fn log_signer(&self, tenant: TenantId) -> Result<Signer, Fault> {
        if let Some(signer) = self.stored_signer(tenant).await? {
            return Ok(signer);
        }
        let wrapped = self.vault.wrapped(tenant, KEY)?;
        self.run(sql::LOG_KEY_PUT, vec![tenant.into(), KEY.into(), wrapped.into()]).await?;
        self.stored_signer(tenant).await?.ok_or_else(|| Fault::NotFound("the key of the log".into()))
    }

    /// Makes the key that signs the tenant's log where there is none, and gives its public part: others have to have it from elsewhere
    /// than from a receipt.
    pub async fn make_log_key(&self, tenant: TenantId) -> Result<PublicKey, Fault> {
        Ok(self.log_signer(tenant).await?.public())
    }

    /// The public key of the tenant's log; None before there is one.
    pub async fn log_key(&self, tenant: TenantId) -> Result<Option<PublicKey>, Fault> {
        Ok(self.stored_signer(tenant).await?.map(|signer| signer.public()))
    }

    async fn signed_head(&self, tenant: TenantId) -> Result<Option<HeadRow>, Fault> {
        self.db.query(sql::LOG_SIGNED, vec![tenant.into()]).await?.first().map(head).transpose()
    }

    /// The newest signed head as a signed note; None before the first.
    pub async fn log_checkpoint(&self, tenant: TenantId) -> Result<Option<String>, Fault> {
        Ok(self.signed_head(tenant).await?.map(|head| head.note))
    }

    /// The first `width` hashes of a tile; None where the log under its newest signed head has not so many there.
    pub async fn log_tile(
        &self,
        tenant: TenantId,
        level: u8,
        index: u64,
        width: u64,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let size = self.signed_head(tenant).await?.map_or(0, |head| head.size.unsigned_abs());
        if width == 0 || width > tile::width(level, index, size) {
            return Ok(None);
        }
        let hashes = self.tile_row(tenant, level, index).await?;
        Ok(hashes.and_then(|hashes| hashes.get(..width as usize).map(tile::bytes)))
    }

    async fn tile_row(&self, tenant: TenantId, level: u8, index: u64) -> Result<Option<Vec<Hash>>, Fault> {
        let no = i64::try_from(index).map_err(|why| Fault::broken("the number of a tile", why))?;
        let rows =
            self.db.query(sql::LOG_TILE, vec![tenant.into(), i64::from(level).into(), no.into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let whole = tile::hashes(row.blob(0)?);
        whole.map(Some).ok_or_else(|| Fault::Broken(format!("tile {index} of level {level} is damaged")))
    }

    /// Asks a question of the tree again and again, each time with the tile that it lacked.
    async fn with_tiles<T>(
        &self,
        tenant: TenantId,
        ask: impl Fn(&Held) -> Result<T, Flaw>,
    ) -> Result<T, Fault> {
        let mut shelf = Held::default();
        loop {
            match ask(&shelf) {
                Err(Flaw::Missing { level, index }) if shelf.tile(level, index).is_none() => {
                    let hashes = self.tile_row(tenant, level, index).await?;
                    shelf.put(level, index, &hashes.ok_or_else(|| flawed(Flaw::Missing { level, index }))?);
                }
                answer => return answer.map_err(flawed),
            }
        }
    }

    /// Entries of a source after `past` and up to `through`, in order.
    async fn leaves(
        &self,
        tenant: TenantId,
        source: i64,
        (past, through): (i64, i64),
        limit: usize,
    ) -> Result<Vec<Leaf>, Fault> {
        let limit = Value::Int(limit as i64);
        if source > 0 {
            let params = vec![source.into(), tenant.into(), past.into(), through.into(), limit];
            let rows = self.db.query(sql::LOG_EVENTS, params).await?;
            let leaf = |row: &Row| {
                Ok(Leaf { position: row.int(0)?, recorded_at: row.int(1)?, content: row.hash(2)? })
            };
            return rows.iter().map(leaf).collect();
        }
        let log = usize::try_from(-1 - source).ok().and_then(|no| AUTHORITY_LOGS.get(no)).copied();
        let log = log.ok_or_else(|| Fault::Broken(format!("the log has no source {source}")))?;
        let no = |no: i64| Value::Text(format!("{no:08}"));
        let rows = self
            .db
            .query(sql::LOG_ACTS, vec![tenant.into(), log.into(), no(past), no(through), limit])
            .await?;
        rows.iter().map(|row| act(tenant, log, row)).collect()
    }

    /// The receipt of a case: its first entry, proved under the newest signed head. None while it is not under one.
    ///
    /// # Errors
    /// [`Fault::NotFound`] where there is no such case, and for a part of a split: nobody reported it, and the receipt is that of the case
    /// which it was split from.
    pub async fn log_receipt(&self, tenant: TenantId, case: CaseId) -> Result<Option<Receipt>, Fault> {
        let params = vec![tenant.into(), case.into(), 0_i64.into(), 1_i64.into()];
        let rows = self.db.query(sql::EVENTS_BY_CASE, params).await?;
        let row = rows.first().map(event_row).transpose()?;
        let row = row
            .filter(|row| (row.tenant, row.case) == (tenant, case))
            .ok_or_else(|| Fault::NotFound(format!("the case {case}")))?;
        let entry = entry(&row);
        let number =
            entry.reports().ok_or_else(|| Fault::NotFound(format!("a report of the case {case}")))?;
        let runs = self
            .db
            .query(sql::LOG_RUN_OF, vec![tenant.into(), row.stream.into(), row.position.into()])
            .await?;
        let run = runs.first().map(run).transpose()?.filter(|run| run.past < row.position);
        let (Some(run), Some(head)) = (run, self.signed_head(tenant).await?) else { return Ok(None) };
        let params = vec![row.stream.into(), tenant.into(), run.past.into(), row.position.into()];
        let before = self.db.query(sql::LOG_EVENTS_BETWEEN, params).await?;
        let leaf = run.leaf + before.first().map_or(Ok(0), |row| row.int(0))?;
        if leaf >= head.size {
            return Ok(None);
        }
        let (leaf, size) = (leaf.unsigned_abs(), head.size.unsigned_abs());
        let proof = self.with_tiles(tenant, |shelf| tree::inclusion(shelf, leaf, size)).await?;
        let key = self.log_signer(tenant).await?.public();
        Ok(Some(Receipt {
            format: receipt::FORMAT.to_owned(),
            number,
            entry,
            event_hash: row.hash,
            leaf,
            size,
            proof,
            checkpoint: head.note,
            within_seconds: WITHIN_SECONDS,
            key: key.to_string(),
        }))
    }

    /// How far the log has come in each source.
    async fn log_cursor(&self, tenant: TenantId) -> Result<std::collections::BTreeMap<i64, i64>, Fault> {
        Ok(self.cursor(tenant, &SmolStr::new_static(CURSOR)).await?.into_iter().collect())
    }
}
