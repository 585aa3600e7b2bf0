//! Uploads: photos that come in parts before the command that names them.
//!
//! Owns the rows: whose, how far, under which key and in which parts. The parts themselves lie sealed in the file store. Nothing of it
//! stands in the journal, because what was sent and never used is to be gone. Refuses to judge: limits and how long they are kept are
//! the engine's. Start at [`UploadRow`].

use huying_model::{Instant, MemberId};

use crate::{
    Fault, Store, TenantId, statements as sql,
    value::{Row, Value},
    write::Step,
};

/// One upload of a member.
#[derive(Clone, PartialEq, Eq)]
pub struct UploadRow {
    pub member: MemberId,
    /// SHA-256 of the whole.
    pub hash: [u8; 32],
    /// Bytes of the whole.
    pub length: i64,
    /// Bytes that are there.
    pub came: i64,
    pub complete: bool,
    /// A command has named it.
    pub used: bool,
    /// Sealed; it opens every part.
    pub key: Vec<u8>,
    /// Names of the sealed parts in the file store, one behind the other, 64 digits each.
    pub parts: String,
    /// When the last bytes came, or a command named it.
    pub touched_at: Instant,
}

impl std::fmt::Debug for UploadRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UploadRow")
            .field("member", &self.member)
            .field("came", &self.came)
            .finish_non_exhaustive()
    }
}

fn upload(row: &Row) -> Result<UploadRow, Fault> {
    Ok(UploadRow {
        member: MemberId::new(row.text(0)?),
        hash: row.hash(1)?,
        length: row.int(2)?,
        came: row.int(3)?,
        complete: row.flag(4)?,
        used: row.flag(5)?,
        key: row.blob(6)?.to_vec(),
        parts: row.text(7)?.to_owned(),
        touched_at: Instant(row.int(8)?),
    })
}

/// The three parameters that every statement about one upload begins with.
fn which(tenant: TenantId, member: &MemberId, hash: [u8; 32]) -> Vec<Value> {
    vec![tenant.into(), (&member.0).into(), hash.into()]
}

impl Store {
    /// Begins an upload of which nothing is there yet. False where the member has one of this name already.
    pub async fn add_upload(&self, tenant: TenantId, it: &UploadRow) -> Result<bool, Fault> {
        let mut params = which(tenant, &it.member, it.hash);
        params.extend([Value::from(it.length), Value::from(it.key.clone()), Value::from(it.touched_at.0)]);
        Ok(self.run(sql::UPLOAD_ADD, params).await?.changed == 1)
    }

    /// A member's upload.
    pub async fn upload(
        &self,
        tenant: TenantId,
        member: &MemberId,
        hash: [u8; 32],
    ) -> Result<Option<UploadRow>, Fault> {
        self.db.query(sql::UPLOAD, which(tenant, member, hash)).await?.first().map(upload).transpose()
    }

    /// Puts `to` in the place of what was read. False where somebody wrote in between, or it is gone.
    pub async fn move_upload(
        &self,
        tenant: TenantId,
        was: &UploadRow,
        to: &UploadRow,
    ) -> Result<bool, Fault> {
        let mut params = which(tenant, &was.member, was.hash);
        params.extend([Value::from(was.key.clone()), Value::from(was.came)]);
        params.extend([Value::from(to.came), Value::from(to.complete)]);
        params.extend([Value::from(to.parts.clone()), Value::from(to.touched_at.0)]);
        Ok(self.run(sql::UPLOAD_ON, params).await?.changed == 1)
    }

    /// Writes down that commands have named these uploads of a member.
    pub async fn use_uploads(
        &self,
        tenant: TenantId,
        member: &MemberId,
        hashes: &[[u8; 32]],
        at: Instant,
    ) -> Result<(), Fault> {
        let used = |hash: &[u8; 32]| -> Step {
            let mut params = which(tenant, member, *hash);
            params.push(at.0.into());
            (sql::UPLOAD_USED.into(), params)
        };
        self.errand(hashes.iter().map(used).collect()).await.map(drop)
    }

    /// Drops an upload with its key, where nothing of it was touched after `until`. Whether it was dropped here.
    pub async fn drop_upload(&self, tenant: TenantId, it: &UploadRow, until: Instant) -> Result<bool, Fault> {
        let mut params = which(tenant, &it.member, it.hash);
        params.extend([Value::from(it.key.clone()), Value::from(until.0)]);
        Ok(self.run(sql::UPLOAD_DROP, params).await?.changed == 1)
    }

    /// How many uploads of a member no command has named yet, and how many bytes they have when they are whole.
    pub async fn uploads_lying(&self, tenant: TenantId, member: &MemberId) -> Result<(i64, i64), Fault> {
        let rows = self.db.query(sql::UPLOADS_LYING, vec![tenant.into(), (&member.0).into()]).await?;
        rows.first().map_or(Ok((0, 0)), |row| Ok((row.int(0)?, row.int(1)?)))
    }

    /// Uploads that nobody goes on with, oldest first: not whole or used and untouched since `short`, or untouched since `long`.
    pub async fn uploads_over(
        &self,
        tenant: TenantId,
        (short, long): (Instant, Instant),
        limit: usize,
    ) -> Result<Vec<UploadRow>, Fault> {
        let limit = Value::Int(crate::read::limit(limit) as i64);
        let params = vec![tenant.into(), short.0.into(), long.0.into(), limit];
        self.db.query(sql::UPLOADS_OVER, params).await?.iter().map(upload).collect()
    }
}
