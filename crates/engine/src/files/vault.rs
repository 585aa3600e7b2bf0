//! Where files lie: an object store that holds ciphertext only, each object named by the SHA-256 of its bytes.
//!
//! Owns encryption of the bytes (AES-256-GCM, NIST SP 800-38D) and their names. The key of each file is random;
//! the caller seals it under the case's key, so that destroying that one key makes every copy of every file of the
//! case unreadable. Refuses to hand out bytes that were changed on disk. Start at [`Vault::put`].

use std::{path::Path, sync::Arc};

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use object_store::{
    ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem, path::Path as ObjectPath,
};
use sha2::{Digest, Sha256};

use super::FileError;

/// The first bytes of a sealed object: the layout's name and version.
const MAGIC: &[u8; 4] = b"HYF1";
const NONCE: usize = 12;

/// A file's own key.
#[derive(Clone)]
pub struct FileKey([u8; 32]);

impl FileKey {
    /// A fresh random key.
    pub fn fresh() -> FileKey {
        FileKey(rand::random())
    }
    /// As text, to be sealed under the case's key.
    pub fn to_text(&self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD_NO_PAD.encode(self.0)
    }
    /// Back from that text.
    pub fn from_text(text: &str) -> Result<FileKey, FileError> {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::STANDARD_NO_PAD.decode(text);
        let key = bytes.ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        key.map(FileKey).ok_or(FileError::Key)
    }
    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&self.0.into())
    }
}

/// Seals bytes: `HYF1`, a nonce of 12 bytes, the ciphertext with its tag.
pub fn seal(key: &FileKey, plain: &[u8]) -> Result<Vec<u8>, FileError> {
    let nonce: [u8; NONCE] = rand::random();
    let payload = Payload { msg: plain, aad: MAGIC };
    let cipher = key.cipher().encrypt(&Nonce::from(nonce), payload).or(Err(FileError::Key))?;
    Ok([MAGIC.as_slice(), &nonce, &cipher].concat())
}

/// Opens what [`seal`] made.
pub fn open(key: &FileKey, sealed: &[u8]) -> Result<Vec<u8>, FileError> {
    let body = sealed.strip_prefix(MAGIC).ok_or(FileError::Damaged)?;
    let (nonce, cipher) = body.split_first_chunk::<NONCE>().ok_or(FileError::Damaged)?;
    let payload = Payload { msg: cipher, aad: MAGIC };
    key.cipher().decrypt(&Nonce::from(*nonce), payload).or(Err(FileError::Damaged))
}

/// The name of an object: SHA-256 of its bytes, 64 hex digits.
pub fn name_of(bytes: &[u8]) -> String {
    let mut name = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        use std::fmt::Write as _;
        // Writing into a String cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// The object store of one tenant.
#[derive(Clone)]
pub struct Vault {
    objects: Arc<dyn ObjectStore>,
}

impl Vault {
    /// A folder on this machine, made when it is missing. Every write is flushed to the disk with its folder before
    /// it counts, because a case's event may name it right after.
    pub fn folder(path: &Path) -> Result<Vault, FileError> {
        let made = std::fs::create_dir_all(path)
            .map_err(|error| error.to_string())
            .and_then(|()| LocalFileSystem::new_with_prefix(path).map_err(|error| error.to_string()));
        let objects = made.map_err(|why| FileError::Storage { why })?.with_fsync(true);
        Ok(Vault { objects: Arc::new(objects) })
    }

    /// Any other object store.
    pub fn over(objects: Arc<dyn ObjectStore>) -> Vault {
        Vault { objects }
    }

    /// Two levels of folders keep directories small with millions of files.
    fn path(name: &str) -> Result<ObjectPath, FileError> {
        if name.len() != 64 || !name.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()) {
            return Err(FileError::NoSuchFile);
        }
        Ok(ObjectPath::from(format!("{}/{}/{name}", &name[..2], &name[2..4])))
    }

    /// Keeps sealed bytes and answers with their name. Keeping the same bytes again changes nothing.
    pub async fn put(&self, sealed: Vec<u8>) -> Result<String, FileError> {
        let name = name_of(&sealed);
        let path = Self::path(&name)?;
        match self.objects.put(&path, PutPayload::from(sealed)).await {
            Ok(_) => Ok(name),
            Err(error) => Err(FileError::Storage { why: error.to_string() }),
        }
    }

    /// The sealed bytes of a name, checked against it.
    pub async fn get(&self, name: &str) -> Result<Vec<u8>, FileError> {
        let found = match self.objects.get(&Self::path(name)?).await {
            Err(object_store::Error::NotFound { .. }) => return Err(FileError::NoSuchFile),
            found => found.map_err(storage)?,
        };
        let bytes = found.bytes().await.map_err(storage)?;
        if name_of(&bytes) == name { Ok(bytes.into()) } else { Err(FileError::Damaged) }
    }

    /// Removes an object whose case never came to be.
    pub async fn remove(&self, name: &str) -> Result<(), FileError> {
        match self.objects.delete(&Self::path(name)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(storage(error)),
        }
    }
}

fn storage(error: object_store::Error) -> FileError {
    FileError::Storage { why: error.to_string() }
}
