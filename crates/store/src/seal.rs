//! Sealed words: AES-256-GCM under one data key per case and one per person, wrapped by the tenant's key.
//!
//! Owns the data keys ([`NewKey`]), sealing and opening ([`Seals`]) and where the root key comes from ([`RootKey`]).
//! Destroying a data key forgets what it sealed while every hash of the journal stays valid. Start with [`Seals`].

use std::{
    io::Write,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use hmac::{Hmac, Mac};
use huying_model::{CaseId, words::Sealed};
use lru::LruCache;
use rand::Rng;
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use crate::{Fault, TenantId, write::SealKeyRow};

const NONCE: usize = 12;

/// Where the key of all keys comes from. Whoever loses it loses every sealed word.
#[derive(Clone, Debug)]
pub enum RootKey {
    /// 64 hexadecimal digits, from the environment or a secret store.
    Hex(String),
    /// A file with 64 hexadecimal digits, made with mode 600 on first use.
    File(PathBuf),
}

fn from_hex(text: &str) -> Result<[u8; 32], Fault> {
    let text = text.trim();
    let mut key = [0; 32];
    let bad = || {
        Fault::Broken(
            "the sealing key has to be 64 hexadecimal digits: give the one this store was made with".into(),
        )
    };
    if text.len() != 64 || !text.is_ascii() {
        return Err(bad());
    }
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).map_err(|_why| bad())?;
    }
    Ok(key)
}

fn make_key_file(path: &Path) -> Result<[u8; 32], Fault> {
    let failed =
        |why: std::io::Error| Fault::broken(&format!("making the sealing key {}", path.display()), why);
    let key: [u8; 32] = rand::random();
    let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    Ok(key)
}

impl RootKey {
    fn read(&self) -> Result<[u8; 32], Fault> {
        match self {
            RootKey::Hex(text) => from_hex(text),
            RootKey::File(path) => match std::fs::read_to_string(path) {
                Ok(text) => from_hex(&text),
                Err(why) if why.kind() == std::io::ErrorKind::NotFound => make_key_file(path),
                Err(why) => Err(Fault::broken(&format!("reading the sealing key {}", path.display()), why)),
            },
        }
    }
}

/// A data key that was made for a command and is stored together with its events.
#[derive(Clone)]
pub struct NewKey {
    pub name: SmolStr,
    pub case: Option<CaseId>,
    wrapped: Vec<u8>,
    cipher: Arc<Aes256Gcm>,
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewKey").field("name", &self.name).finish_non_exhaustive()
    }
}

impl NewKey {
    pub(crate) fn row(&self, tenant: TenantId) -> SealKeyRow {
        SealKeyRow { tenant, name: self.name.clone(), case: self.case, wrapped: self.wrapped.clone() }
    }
}

/// The name of a case's data key.
pub fn case_key(case: CaseId) -> SmolStr {
    SmolStr::new(format!("c{case}"))
}

type Keys = LruCache<(TenantId, SmolStr), Arc<Aes256Gcm>>;

/// Keys in memory. A key that is stored always stands before one of the same name that was only made: when a report is
/// sent twice, the second one's key must never seal words of the case that the first began.
struct Held {
    stored: Keys,
    made: Keys,
}

/// Every key of this process, behind one root key.
pub(crate) struct Vault {
    root: [u8; 32],
    held: Mutex<Held>,
}

fn cipher(key: &[u8; 32]) -> Aes256Gcm {
    Aes256Gcm::new(&(*key).into())
}

fn encrypt(with: &Aes256Gcm, bound_to: &[u8], plain: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut nonce = [0u8; NONCE];
    rand::rng().fill_bytes(&mut nonce);
    let sealed = with
        .encrypt(&nonce.into(), Payload { msg: plain, aad: bound_to })
        .map_err(|why| Fault::broken("sealing", why))?;
    let mut all = nonce.to_vec();
    all.extend(sealed);
    Ok(all)
}

fn decrypt(with: &Aes256Gcm, bound_to: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, text) = sealed.split_at_checked(NONCE)?;
    let nonce: [u8; NONCE] = nonce.try_into().ok()?;
    with.decrypt(&nonce.into(), Payload { msg: text, aad: bound_to }).ok()
}

/// What a ciphertext is bound to, so that it cannot be moved to another tenant or key.
fn bound(tenant: TenantId, name: &str) -> Vec<u8> {
    let mut bytes = tenant.0.to_be_bytes().to_vec();
    bytes.extend(name.as_bytes());
    bytes
}

impl Vault {
    pub(crate) fn open(from: &RootKey, keep: NonZeroUsize) -> Result<Vault, Fault> {
        let held = Held { stored: LruCache::new(keep), made: LruCache::new(keep) };
        Ok(Vault { root: from.read()?, held: Mutex::new(held) })
    }

    /// A short mark of the root key, kept in the store so that a wrong key is noticed at the door.
    pub(crate) fn mark(&self) -> String {
        let sum = Sha256::new().chain_update(b"huying root key mark").chain_update(self.root).finalize();
        sum.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The key that wraps a tenant's data keys, derived from the root key.
    fn wrapping(&self, tenant: TenantId) -> Aes256Gcm {
        let sum = Sha256::new()
            .chain_update(b"huying tenant key")
            .chain_update(self.root)
            .chain_update(tenant.0.to_be_bytes())
            .finalize();
        cipher(&sum.into())
    }

    /// A key of the tenant's own for one purpose, derived from the root key.
    fn derived(&self, tenant: TenantId, purpose: &str) -> [u8; 32] {
        let sum = Sha256::new()
            .chain_update(b"huying secret key")
            .chain_update(self.root)
            .chain_update(tenant.0.to_be_bytes())
            .chain_update(purpose)
            .finalize();
        sum.into()
    }

    fn with<T>(&self, act: impl FnOnce(&mut Held) -> T) -> T {
        // A poisoned lock only means that another thread panicked; the map of keys is whole all the same.
        act(&mut self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    pub(crate) fn holds(&self, tenant: TenantId, name: &SmolStr) -> bool {
        let at = (tenant, name.clone());
        self.with(|held| held.stored.contains(&at) || held.made.contains(&at))
    }

    pub(crate) fn holds_stored(&self, tenant: TenantId, name: &SmolStr) -> bool {
        self.with(|held| held.stored.contains(&(tenant, name.clone())))
    }

    pub(crate) fn forget(&self, tenant: TenantId, name: &SmolStr) {
        let at = (tenant, name.clone());
        self.with(|held| {
            held.stored.pop(&at);
            held.made.pop(&at);
        });
    }

    /// The key's command is on its way: its words are opened with this key.
    pub(crate) fn offer(&self, tenant: TenantId, key: &NewKey) {
        self.with(|held| held.made.put((tenant, key.name.clone()), Arc::clone(&key.cipher)));
    }

    /// The key's command has ended: the key is stored, or it is nothing.
    pub(crate) fn settle(&self, tenant: TenantId, key: &NewKey, stored: bool) {
        let at = (tenant, key.name.clone());
        self.with(|held| {
            if held.made.peek(&at).is_some_and(|made| Arc::ptr_eq(made, &key.cipher)) {
                held.made.pop(&at);
            }
            if stored {
                held.stored.put(at, Arc::clone(&key.cipher));
            }
        });
    }

    /// The secret bytes of a stored key.
    pub(crate) fn unwrap(&self, row: &SealKeyRow) -> Result<[u8; 32], Fault> {
        let plain = decrypt(&self.wrapping(row.tenant), &bound(row.tenant, &row.name), &row.wrapped);
        plain.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
            Fault::Broken(format!(
                "the data key {} does not open: the sealing key is not the one of this store",
                row.name
            ))
        })
    }

    /// New secret bytes, wrapped to be stored under a name.
    pub(crate) fn wrapped(&self, tenant: TenantId, name: &str) -> Result<Vec<u8>, Fault> {
        let secret: [u8; 32] = rand::random();
        encrypt(&self.wrapping(tenant), &bound(tenant, name), &secret)
    }

    /// Brings a stored key into memory. A destroyed one is empty and stays unknown.
    pub(crate) fn take(&self, row: &SealKeyRow) -> Result<(), Fault> {
        if row.wrapped.is_empty() || self.holds_stored(row.tenant, &row.name) {
            return Ok(());
        }
        let key = self.unwrap(row)?;
        self.with(|held| held.stored.put((row.tenant, row.name.clone()), Arc::new(cipher(&key))));
        Ok(())
    }

    pub(crate) fn make(
        &self,
        tenant: TenantId,
        name: SmolStr,
        case: Option<CaseId>,
    ) -> Result<NewKey, Fault> {
        let key: [u8; 32] = rand::random();
        let wrapped = encrypt(&self.wrapping(tenant), &bound(tenant, &name), &key)?;
        let made = NewKey { name, case, wrapped, cipher: Arc::new(cipher(&key)) };
        self.offer(tenant, &made);
        Ok(made)
    }

    /// The stored key of a name, or else the one that was made.
    fn get(&self, tenant: TenantId, name: &SmolStr) -> Option<Arc<Aes256Gcm>> {
        let at = (tenant, name.clone());
        self.with(|held| held.stored.get(&at).or_else(|| held.made.get(&at)).cloned())
    }

    pub(crate) fn seal_bytes(
        &self,
        tenant: TenantId,
        name: &SmolStr,
        plain: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        let key = self.get(tenant, name).ok_or_else(|| Fault::NotFound(format!("the data key {name}")))?;
        encrypt(&key, &bound(tenant, name), plain)
    }

    pub(crate) fn open_bytes(&self, tenant: TenantId, name: &SmolStr, sealed: &[u8]) -> Option<Vec<u8>> {
        decrypt(&*self.get(tenant, name)?, &bound(tenant, name), sealed)
    }

    pub(crate) fn open_text(&self, tenant: TenantId, sealed: &Sealed) -> Option<String> {
        let bytes = BASE64.decode(sealed.cipher.as_bytes()).ok()?;
        String::from_utf8(self.open_bytes(tenant, &sealed.key, &bytes)?).ok()
    }
}

/// Sealing and opening for one tenant. Keys have to be made here or loaded first: [`crate::Store::load_keys`].
#[derive(Clone)]
pub struct Seals {
    pub(crate) tenant: TenantId,
    pub(crate) vault: Arc<Vault>,
}

impl Seals {
    /// A new data key for a case, named by [`case_key`]. Hand it to the committer in [`crate::Work::seal_keys`].
    pub fn new_case_key(&self, case: CaseId) -> Result<NewKey, Fault> {
        self.vault.make(self.tenant, case_key(case), Some(case))
    }
    /// A new data key for a person. The name must not tell who it is.
    pub fn new_person_key(&self, name: &str) -> Result<NewKey, Fault> {
        self.vault.make(self.tenant, SmolStr::new(name), None)
    }
    /// Drops keys from memory that were made for a command that did not come to be. A stored one is loaded again when needed.
    pub fn forget(&self, names: &[SmolStr]) {
        for name in names {
            self.vault.forget(self.tenant, name);
        }
    }
    /// Whether the key is in memory.
    pub fn holds(&self, name: &SmolStr) -> bool {
        self.vault.holds(self.tenant, name)
    }
    /// Seals a text. NotFound where the key was neither made nor loaded.
    pub fn seal(&self, name: &SmolStr, plain: &str) -> Result<Sealed, Fault> {
        let bytes = self.vault.seal_bytes(self.tenant, name, plain.as_bytes())?;
        Ok(Sealed::new(name, BASE64.encode(bytes)))
    }
    /// Opens a text. None when its key is not loaded, was destroyed, or the text was tampered with.
    pub fn open(&self, sealed: &Sealed) -> Option<String> {
        self.vault.open_text(self.tenant, sealed)
    }
    /// Seals a secret that belongs to no case, such as the one of a member's one-time codes. It opens under the same name only.
    pub fn seal_secret(&self, name: &str, plain: &[u8]) -> Result<Vec<u8>, Fault> {
        let key = cipher(&self.vault.derived(self.tenant, "seal"));
        encrypt(&key, &bound(self.tenant, name), plain)
    }
    /// Opens what [`Seals::seal_secret`] made.
    pub fn open_secret(&self, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let key = cipher(&self.vault.derived(self.tenant, "seal"));
        decrypt(&key, &bound(self.tenant, name), sealed)
    }
    /// A sum that only this store can make (HMAC-SHA256), with a key of its own for each purpose.
    pub fn mac(&self, purpose: &str, bytes: &[u8]) -> [u8; 32] {
        // HMAC fills a short key up with zeros to the hash's block.
        let mut key = [0; 64];
        key[..32].copy_from_slice(&self.vault.derived(self.tenant, purpose));
        let mut mac = Hmac::<Sha256>::new(&key.into());
        mac.update(bytes);
        mac.finalize().into_bytes().into()
    }
    /// Seals bytes, such as a photo's original: nonce, ciphertext and tag in one piece.
    pub fn seal_bytes(&self, name: &SmolStr, plain: &[u8]) -> Result<Vec<u8>, Fault> {
        self.vault.seal_bytes(self.tenant, name, plain)
    }
    /// Opens what [`Seals::seal_bytes`] made.
    pub fn open_bytes(&self, name: &SmolStr, sealed: &[u8]) -> Option<Vec<u8>> {
        self.vault.open_bytes(self.tenant, name, sealed)
    }
}
