//! Files of a case: photos, voice, video, documents.
//!
//! Owns what may come in, what is made of it and how it is kept: type by content, limits, the claims of a photo,
//! a shown copy without metadata, and everything sealed under the case's key. Refuses to say who may see a file
//! (that is [`crate::authority`]) and to put it into a case (that is a command with the returned evidence).
//! Start at [`Files::take`].

pub mod exif;
pub mod kind;
pub mod photo;
pub mod vault;

use std::{path::Path, sync::Arc};

use huying_store::FileRow;
use serde_json::Value;
use tokio::sync::Semaphore;

pub use kind::FileKind;
pub use vault::{FileKey, Vault};

/// Bytes that one file may have.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// Files that are decoded at one moment; each may take some hundred megabytes.
const AT_ONCE: usize = 2;

/// Stands in what is kept of a photo whose original was destroyed, because the days in which it may say where it was taken are over.
pub(crate) const NO_ORIGINAL: &str = "no_original";

/// Whether a file still lies there as it was sent.
pub fn keeps_original(row: &FileRow) -> bool {
    let meta: Value = serde_json::from_str(&row.meta).unwrap_or_default();
    meta.get(NO_ORIGINAL).is_none()
}

/// Why a file was not taken or not given, with the mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    #[error("the file is empty: choose it again")]
    Empty,
    #[error("the file has {bytes} bytes; up to {MAX_BYTES} (20 MB) are taken: make it smaller or shorter")]
    TooLarge { bytes: usize },
    #[error(
        "this is {looks_like}; JPEG, PNG, WebP, MP3, OGG, M4A, WAV, MP4 and PDF are taken: save it as one of these"
    )]
    UnknownType { looks_like: &'static str },
    #[error("the photo has {width} × {height} pixels; up to {} million are taken: make it smaller", photo::MAX_PIXELS / 1_000_000)]
    TooManyPixels { width: u32, height: u32 },
    #[error("the photo cannot be read ({why}): take it again, or open and save it once")]
    Broken { why: String },
    #[error("{kind} is not a photo: this place takes JPEG, PNG or WebP")]
    NotAPhoto { kind: &'static str },
    #[error("there is no such file in this case")]
    NoSuchFile,
    #[error("the file was forgotten: its key was destroyed")]
    Forgotten,
    #[error("the stored file is not what was kept: restore it from a backup")]
    Damaged,
    #[error("the key of the file is not usable")]
    Key,
    #[error("the file store failed: {why}")]
    Storage { why: String },
}

impl FileError {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            FileError::Empty => "file_empty",
            FileError::TooLarge { .. } => "file_too_large",
            FileError::UnknownType { .. } => "file_type",
            FileError::TooManyPixels { .. } => "file_pixels",
            FileError::Broken { .. } => "file_broken",
            FileError::NotAPhoto { .. } => "file_not_photo",
            FileError::NoSuchFile => "file_unknown",
            FileError::Forgotten => "file_forgotten",
            FileError::Damaged => "file_damaged",
            FileError::Key => "file_key",
            FileError::Storage { .. } => "file_storage",
        }
    }
    /// The sender can mend it; otherwise the platform has to.
    pub fn is_senders(&self) -> bool {
        !matches!(self, FileError::Damaged | FileError::Key | FileError::Storage { .. })
    }
}

/// Which copy of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Copy {
    /// As it was sent, with its metadata: for those who may see evidence in full.
    Original,
    /// Without metadata, upright.
    Shown,
    Thumb,
}

/// A file that was taken. Its sealed copies are stored; it becomes part of a case by a command.
#[derive(Clone)]
pub struct TakenFile {
    pub kind: FileKind,
    /// Of the original, in bytes.
    pub size: u64,
    /// Names of the sealed objects; [`TakenFile::original`] is what evidence carries.
    pub original: String,
    pub shown: Option<String>,
    pub thumb: Option<String>,
    /// Of the shown copy.
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// What a photo claims about when and where.
    pub facts: exif::Facts,
    /// Opens all three; to be sealed under the case's key.
    pub key: FileKey,
}

/// The way files come in and out.
#[derive(Clone)]
pub struct Files {
    vault: Vault,
    slots: Arc<Semaphore>,
}

struct Copies {
    original: Vec<u8>,
    shown: Option<Vec<u8>>,
    thumb: Option<Vec<u8>>,
    width: Option<u32>,
    height: Option<u32>,
    facts: exif::Facts,
}

impl Files {
    pub fn new(vault: Vault) -> Files {
        Files { vault, slots: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Files in a folder of this machine.
    pub fn in_folder(path: &Path) -> Result<Files, FileError> {
        Ok(Files::new(Vault::folder(path)?))
    }

    /// Checks a file, makes its copies, seals and stores them. Nothing is stored of a file that is refused.
    pub async fn take(&self, bytes: Vec<u8>) -> Result<TakenFile, FileError> {
        if bytes.len() > MAX_BYTES {
            return Err(FileError::TooLarge { bytes: bytes.len() });
        }
        let kind = FileKind::of(&bytes)?;
        let size = bytes.len() as u64;
        let key = FileKey::fresh();
        let slot = self.slots.clone().acquire_owned().await.map_err(stopped)?;
        let sealing = key.clone();
        let copies = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            copies(bytes, kind, &sealing)
        });
        let copies = copies.await.map_err(stopped)??;
        Ok(TakenFile {
            kind,
            size,
            original: self.vault.put(copies.original).await?,
            shown: self.put(copies.shown).await?,
            thumb: self.put(copies.thumb).await?,
            width: copies.width,
            height: copies.height,
            facts: copies.facts,
            key,
        })
    }

    async fn put(&self, sealed: Option<Vec<u8>>) -> Result<Option<String>, FileError> {
        match sealed {
            Some(sealed) => self.vault.put(sealed).await.map(Some),
            None => Ok(None),
        }
    }

    /// The bytes of one stored copy, opened with the file's key.
    pub async fn read(&self, name: &str, key: FileKey) -> Result<Vec<u8>, FileError> {
        let sealed = self.vault.get(name).await?;
        tokio::task::spawn_blocking(move || vault::open(&key, &sealed)).await.map_err(stopped)?
    }

    /// A stored object as it lies, sealed; None where it was removed.
    pub async fn sealed(&self, name: &str) -> Result<Option<Vec<u8>>, FileError> {
        match self.vault.get(name).await {
            Err(FileError::NoSuchFile) => Ok(None),
            found => found.map(Some),
        }
    }

    /// Keeps an object as it lay in another store, and answers with its name.
    pub async fn keep_sealed(&self, sealed: Vec<u8>) -> Result<String, FileError> {
        self.vault.put(sealed).await
    }

    /// Removes one stored object for ever; one that is not there is no error.
    pub async fn remove(&self, name: &str) -> Result<(), FileError> {
        self.vault.remove(name).await
    }

    /// Forgets the copies of a file that no case took.
    pub async fn discard(&self, taken: &TakenFile) -> Result<(), FileError> {
        for name in [Some(&taken.original), taken.shown.as_ref(), taken.thumb.as_ref()].into_iter().flatten()
        {
            self.vault.remove(name).await?;
        }
        Ok(())
    }
}

fn stopped(error: impl std::fmt::Display) -> FileError {
    FileError::Storage { why: error.to_string() }
}

fn copies(bytes: Vec<u8>, kind: FileKind, key: &FileKey) -> Result<Copies, FileError> {
    let mut made = Copies {
        original: Vec::new(),
        shown: None,
        thumb: None,
        width: None,
        height: None,
        facts: exif::Facts::default(),
    };
    if kind.is_photo() {
        let photo = photo::prepare(&bytes, kind)?;
        made.shown = Some(vault::seal(key, &photo.shown)?);
        made.thumb = Some(vault::seal(key, &photo.thumb)?);
        made.width = Some(photo.width);
        made.height = Some(photo.height);
        made.facts = photo.facts;
    }
    made.original = vault::seal(key, &bytes)?;
    Ok(made)
}
