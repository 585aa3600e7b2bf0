//! Uploads: photos that come from devices over thin lines, in parts, ahead of the command that names them.
//!
//! Owns how far one has come, whether what came gives its name, how small its parts may be, how much may lie there and for how long. Each part lies sealed in the
//! file store under a key of the upload's own, which goes with its row. Refuses to put anything into a case: that is the command's, which
//! takes the bytes like those of a form. Start at [`Engine::begin_upload`], then [`Engine::append_upload`].

use huying_model::{Instant, MemberId};
use huying_store::{Fault, Key, Receipt, TenantId, uploads::UploadRow};
use sha2::{Digest, Sha256};

use crate::{
    Engine, Error,
    files::{FileError, FileKey, MAX_BYTES, vault},
};

/// Bytes that one part may have.
pub const MOST_PART: usize = 4 * 1024 * 1024;
/// Bytes that every part but the last has at least: what the field app falls back to on the thinnest line. Each part is an object in the
/// file store and a name in the row.
pub const LEAST_PART: usize = 16 * 1024;
/// Pieces smaller than that, of parts that broke off, are kept while an upload has fewer parts than this. Beyond it they are sent again, so
/// that breaking off is no way around the bound.
const MOST_BROKEN: usize = 500;
/// What a member may have lying there that no command has named yet.
pub const MOST: i64 = 200;
pub const MOST_BYTES: i64 = 400 * 1024 * 1024;
/// How long after the last byte one that is not whole is kept, and after it was named one that was used.
pub const SHORT_MS: i64 = 24 * 3_600_000;
/// How long one that is whole waits to be named.
pub const LONG_MS: i64 = 7 * SHORT_MS;
/// Digits of a name in the file store.
const NAME: usize = 64;
/// What is thrown away in one breath.
const AT_ONCE: usize = 200;

/// Under this name the keys of uploads are sealed.
const SEAL: &str = "upload";

/// Which upload: whose, and the SHA-256 of the whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Which {
    pub tenant: TenantId,
    pub member: MemberId,
    pub hash: [u8; 32],
}

/// How far one has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reach {
    pub offset: u64,
    pub length: u64,
    pub complete: bool,
}

impl Reach {
    fn of(row: &UploadRow) -> Reach {
        Reach { offset: row.came.unsigned_abs(), length: row.length.unsigned_abs(), complete: row.complete }
    }
}

/// What became of beginning one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begun {
    Anew(Reach),
    /// The member has it already, as far as this.
    Known(Reach),
    /// The member has one of this name that is as long as this.
    OtherLength(Reach),
    /// It is longer than anything that is taken.
    TooLarge,
    /// Too much of the member's lies there.
    Full,
}

/// How the bytes of a part ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// More parts follow.
    More,
    /// It was the last.
    Last,
    /// The line broke: what came is kept, whatever it was meant to be.
    Broken,
}

/// What became of a part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Went {
    On(Reach),
    /// It does not begin where the upload has come to; nothing was written.
    Elsewhere(Reach),
    /// The upload was whole before.
    Whole(Reach),
    /// More than the length; nothing was written.
    TooMuch(Reach),
    /// Smaller than [`LEAST_PART`], and more was to follow; nothing was written.
    TooSmall(Reach),
    /// The last part, and it does not give the name: the upload was thrown away.
    Wrong,
    Unknown,
}

impl Engine {
    /// Begins an upload, or tells how far it has come.
    pub async fn begin_upload(&self, which: &Which, length: u64) -> Result<Begun, Error> {
        let known = |row: &UploadRow| {
            let reach = Reach::of(row);
            if reach.length == length { Begun::Known(reach) } else { Begun::OtherLength(reach) }
        };
        if let Some(row) = self.row(which).await? {
            return Ok(known(&row));
        }
        let Some(bytes) = i64::try_from(length).ok().filter(|_| length <= MAX_BYTES as u64) else {
            return Ok(Begun::TooLarge);
        };
        let (count, lying) = self.store().uploads_lying(which.tenant, &which.member).await?;
        if count >= MOST || lying.saturating_add(bytes) > MOST_BYTES {
            return Ok(Begun::Full);
        }
        let key = FileKey::fresh().to_text();
        let row = UploadRow {
            member: which.member.clone(),
            hash: which.hash,
            length: bytes,
            came: 0,
            complete: false,
            used: false,
            key: self.store().seals(which.tenant).seal_secret(SEAL, key.as_bytes())?,
            parts: String::new(),
            touched_at: self.now(),
        };
        if self.store().add_upload(which.tenant, &row).await? {
            return Ok(Begun::Anew(Reach::of(&row)));
        }
        // Somebody began it at the same moment: the same device, by another request.
        let row = self.row(which).await?;
        Ok(row.map_or(Begun::Full, |row| known(&row)))
    }

    /// How far an upload has come; None where the member has none of this name.
    pub async fn upload_reach(&self, which: &Which) -> Result<Option<Reach>, Error> {
        Ok(self.row(which).await?.as_ref().map(Reach::of))
    }

    /// Puts a part behind what is there. Of two at once one finds that the upload has gone on without it.
    pub async fn append_upload(
        &self,
        which: &Which,
        at: u64,
        bytes: Vec<u8>,
        ending: Ending,
    ) -> Result<Went, Error> {
        let Some(row) = self.row(which).await? else { return Ok(Went::Unknown) };
        let reach = Reach::of(&row);
        if let Some(no) = refused(reach, at, (bytes.len(), ending)) {
            return Ok(no);
        }
        let many = names(&row).count() >= MOST_BROKEN;
        if ending == Ending::Broken && bytes.len() < LEAST_PART && many {
            return Ok(Went::On(reach));
        }
        let key = self.upload_key(which.tenant, &row)?;
        let mut next = UploadRow { touched_at: self.now(), ..row.clone() };
        next.came = next.came.saturating_add(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        let part = if bytes.is_empty() { None } else { Some(self.keep_part(&key, bytes).await?) };
        next.parts.extend(part.as_deref());
        if ending == Ending::Last {
            next.complete = next.came == next.length && self.gives_its_name(&next, &key).await?;
            if !next.complete {
                self.throw_away(which.tenant, &next, Instant(i64::MAX)).await?;
                return Ok(Went::Wrong);
            }
        }
        if self.store().move_upload(which.tenant, &row, &next).await? {
            return Ok(Went::On(Reach::of(&next)));
        }
        if let Some(part) = part {
            self.forget_part(&part).await;
        }
        let Some(row) = self.row(which).await? else { return Ok(Went::Unknown) };
        let reach = Reach::of(&row);
        Ok(if reach.complete { Went::Whole(reach) } else { Went::Elsewhere(reach) })
    }

    /// Throws an upload away; one that is not there is no error.
    pub async fn give_up_upload(&self, which: &Which) -> Result<(), Error> {
        match self.row(which).await? {
            Some(row) => self.throw_away(which.tenant, &row, Instant(i64::MAX)).await.map(drop),
            None => Ok(()),
        }
    }

    /// How many bytes an upload has; None where the member has it not, or not whole.
    pub async fn upload_size(&self, which: &Which) -> Result<Option<u64>, Error> {
        let row = self.row(which).await?;
        Ok(row.filter(|row| row.complete).map(|row| row.length.unsigned_abs()))
    }

    /// The bytes of an upload; None where the member has it not, or not whole. One whose parts are lost or damaged is thrown away, so
    /// that the device sends it again.
    pub async fn uploaded(&self, which: &Which) -> Result<Option<Vec<u8>>, Error> {
        let Some(row) = self.row(which).await?.filter(|row| row.complete) else { return Ok(None) };
        let key = self.upload_key(which.tenant, &row)?;
        match self.whole(&row, &key).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Error::File(FileError::NoSuchFile | FileError::Damaged)) => {
                self.throw_away(which.tenant, &row, Instant(i64::MAX)).await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Writes down that a command has named these. They are kept for another day, since a second command may name them too.
    pub async fn uploads_used(
        &self,
        tenant: TenantId,
        member: &MemberId,
        hashes: &[[u8; 32]],
    ) -> Result<(), Error> {
        Ok(self.store().use_uploads(tenant, member, hashes, self.now()).await?)
    }

    /// Throws away what nobody goes on with. Returns how many.
    pub async fn sweep_uploads(&self, tenant: TenantId) -> Result<usize, Error> {
        let now = self.now();
        let over = (now.plus_ms(-SHORT_MS), now.plus_ms(-LONG_MS));
        let mut all = 0;
        loop {
            let rows = self.store().uploads_over(tenant, over, AT_ONCE).await?;
            let mut gone = 0;
            for row in &rows {
                gone += usize::from(self.throw_away(tenant, row, row.touched_at).await?);
            }
            all += gone;
            if rows.len() < AT_ONCE || gone == 0 {
                return Ok(all);
            }
        }
    }

    /// What was answered under a key before, where it was used with this very body; with another it is refused. Asked before the
    /// uploads of a request, so that a lost answer is given again although its photos are gone.
    pub async fn answered(&self, tenant: TenantId, key: &Key) -> Result<Option<Receipt>, Error> {
        match self.store().key_answer(tenant, &key.member, &key.key).await? {
            None => Ok(None),
            Some((receipt, hash)) if hash == key.body_hash => Ok(Some(receipt)),
            Some(_) => Err(Fault::KeyReused.into()),
        }
    }

    async fn row(&self, which: &Which) -> Result<Option<UploadRow>, Error> {
        Ok(self.store().upload(which.tenant, &which.member, which.hash).await?)
    }

    fn upload_key(&self, tenant: TenantId, row: &UploadRow) -> Result<FileKey, Error> {
        let opened = self.store().seals(tenant).open_secret(SEAL, &row.key);
        let text = opened.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(FileError::Key)?;
        Ok(FileKey::from_text(&text)?)
    }

    async fn keep_part(&self, key: &FileKey, bytes: Vec<u8>) -> Result<String, Error> {
        let key = key.clone();
        let sealed = tokio::task::spawn_blocking(move || vault::seal(&key, &bytes)).await;
        let sealed = sealed.map_err(|why| FileError::Storage { why: why.to_string() })??;
        Ok(self.files().keep_sealed(sealed).await?)
    }

    async fn whole(&self, row: &UploadRow, key: &FileKey) -> Result<Vec<u8>, Error> {
        let mut whole = Vec::with_capacity(usize::try_from(row.length).unwrap_or_default());
        for name in names(row) {
            whole.extend_from_slice(&self.files().read(name, key.clone()).await?);
        }
        Ok(whole)
    }

    async fn gives_its_name(&self, row: &UploadRow, key: &FileKey) -> Result<bool, Error> {
        let whole = match self.whole(row, key).await {
            Err(Error::File(FileError::NoSuchFile | FileError::Damaged)) => return Ok(false),
            read => read?,
        };
        let sum = tokio::task::spawn_blocking(move || -> [u8; 32] { Sha256::digest(&whole).into() }).await;
        Ok(sum.map_err(|why| FileError::Storage { why: why.to_string() })? == row.hash)
    }

    /// The key first: without it the parts are nothing.
    async fn throw_away(&self, tenant: TenantId, row: &UploadRow, until: Instant) -> Result<bool, Error> {
        let gone = self.store().drop_upload(tenant, row, until).await?;
        if gone {
            for name in names(row) {
                self.forget_part(name).await;
            }
        }
        Ok(gone)
    }

    async fn forget_part(&self, name: &str) {
        if let Err(error) = self.files().remove(name).await {
            tracing::warn!(%error, "a part of an upload was left in the file store");
        }
    }
}

/// Why a part is not put behind what is there.
fn refused(reach: Reach, at: u64, (bytes, ending): (usize, Ending)) -> Option<Went> {
    let end = at.saturating_add(bytes as u64);
    match () {
        () if reach.complete => Some(Went::Whole(reach)),
        () if reach.offset != at => Some(Went::Elsewhere(reach)),
        () if end > reach.length => Some(Went::TooMuch(reach)),
        // What comes to the end may be small, whether or not it says that it is the last.
        () if ending == Ending::More && bytes < LEAST_PART && end < reach.length => {
            Some(Went::TooSmall(reach))
        }
        () => None,
    }
}

/// The names of an upload's parts. They are digits, so every place is the beginning of a sign.
fn names(row: &UploadRow) -> impl Iterator<Item = &str> {
    let parts = row.parts.as_str();
    (0..parts.len() / NAME).filter_map(move |no| parts.get(no * NAME..(no + 1) * NAME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_taken_only_where_the_upload_has_come_to_and_not_beyond_its_end() {
        let reach = Reach { offset: 10, length: 30, complete: false };
        let refused = |reach, at, bytes| refused(reach, at, (bytes, Ending::Last));
        assert_eq!(refused(reach, 10, 20), None);
        assert_eq!(refused(reach, 10, 21), Some(Went::TooMuch(reach)));
        assert_eq!(refused(reach, 0, 10), Some(Went::Elsewhere(reach)));
        assert_eq!(refused(reach, u64::MAX, 1), Some(Went::Elsewhere(reach)));
        let whole = Reach { offset: 30, complete: true, ..reach };
        assert_eq!(refused(whole, 30, 0), Some(Went::Whole(whole)));
    }

    #[test]
    fn only_what_comes_to_the_end_or_broke_off_may_be_smaller_than_a_part() {
        let reach = Reach { offset: 10, length: 100_000, complete: false };
        let small = Some(Went::TooSmall(reach));
        assert_eq!(refused(reach, 10, (1, Ending::More)), small);
        assert_eq!(refused(reach, 10, (LEAST_PART - 1, Ending::More)), small);
        assert_eq!(refused(reach, 10, (LEAST_PART, Ending::More)), None);
        assert_eq!(refused(reach, 10, (1, Ending::Broken)), None, "a thin line still comes on");
        assert_eq!(refused(reach, 10, (1, Ending::Last)), None, "the sum says what is wrong with it");
        let near = Reach { offset: 99_990, ..reach };
        assert_eq!(refused(near, 99_990, (10, Ending::More)), None);
        assert_eq!(refused(near, 99_990, (9, Ending::More)), Some(Went::TooSmall(near)));
    }
}
