//! Sealed words: AES-256-GCM or SM4-GCM under one data key per case and one per person, wrapped by the tenant's key.
//!
//! Owns the data keys ([`NewKey`]), sealing and opening ([`Seals`]), where the root key comes from ([`RootKey`]) and how it is replaced.
//! Destroying a data key forgets what it sealed while every hash of the journal stays valid. Start with [`Seals`].

mod root;
mod rotate;
mod suite;

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, RwLock},
};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use huying_model::{CaseId, words::Sealed};
use lru::LruCache;
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use crate::{Fault, TenantId, write::SealKeyRow};
use suite::Cipher;

pub use root::RootKey;
pub(crate) use rotate::BASE;
pub use rotate::Rotated;
pub use suite::Suite;

/// A data key that was made for a command and is stored together with its events.
#[derive(Clone)]
pub struct NewKey {
    pub name: SmolStr,
    pub case: Option<CaseId>,
    wrapped: Vec<u8>,
    cipher: Arc<Cipher>,
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

/// The name of the key under which a case's callbacks and ratings are sealed, so that they can be forgotten before the rest.
pub fn talk_key(case: CaseId) -> SmolStr {
    SmolStr::new(format!("t{case}"))
}

/// Whether a data key is one of the case's own, by its name: a letter for its kind, the case, and perhaps a number.
pub(crate) fn is_of_case(name: &str, case: CaseId) -> bool {
    !name.starts_with('p') && name.get(1..).is_some_and(|rest| rest.starts_with(&case.to_string()))
}

type Keys = LruCache<(TenantId, SmolStr), Arc<Cipher>>;

/// Keys in memory. A key that is stored always stands before one of the same name that was only made: when a report is
/// sent twice, the second one's key must never seal words of the case that the first began.
struct Held {
    stored: Keys,
    made: Keys,
}

/// The two root keys of this process while one replaces the other, and the one that secrets are derived from.
struct Roots {
    new: [u8; 32],
    old: Option<[u8; 32]>,
    /// The first root that this store had: it is what everything is derived from that must outlive a rotation.
    base: RwLock<[u8; 32]>,
}

/// Every key of this process, behind one root key.
pub(crate) struct Vault {
    roots: Roots,
    suite: Suite,
    held: Mutex<Held>,
}

fn mark_of(root: &[u8; 32]) -> String {
    let sum = Sha256::new().chain_update(b"huying root key mark").chain_update(root).finalize();
    sum.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The key that wraps a tenant's data keys, derived from a root key.
fn wrapping(root: &[u8; 32], suite: Suite, tenant: TenantId) -> Cipher {
    let label: &[u8] = match suite {
        Suite::Aes => b"huying tenant key",
        Suite::Sm4 => b"huying tenant key sm4",
    };
    let sum = Sha256::new().chain_update(label).chain_update(root).chain_update(tenant.0.to_be_bytes());
    suite.under(&sum.finalize().into())
}

/// What a ciphertext is bound to, so that it cannot be moved to another tenant or key.
fn bound(tenant: TenantId, name: &str) -> Vec<u8> {
    let mut bytes = tenant.0.to_be_bytes().to_vec();
    bytes.extend(name.as_bytes());
    bytes
}

impl Vault {
    pub(crate) fn open(
        from: &RootKey,
        old: Option<&RootKey>,
        suite: Suite,
        keep: NonZeroUsize,
    ) -> Result<Vault, Fault> {
        let held = Held { stored: LruCache::new(keep), made: LruCache::new(keep) };
        let (new, old) = (from.read()?, old.map(RootKey::read).transpose()?);
        let roots = Roots { new, old: old.filter(|old| *old != new), base: RwLock::new(new) };
        Ok(Vault { roots, suite, held: Mutex::new(held) })
    }

    /// A short mark of the root key, kept in the store so that a wrong key is noticed at the door.
    pub(crate) fn mark(&self) -> String {
        mark_of(&self.roots.new)
    }

    /// The mark of the first root that this store had: it stays when the root key is replaced.
    pub(crate) fn first_mark(&self) -> String {
        mark_of(&self.base())
    }

    /// Whether a store with this mark can be opened. With the old root's mark, secrets are derived from that one.
    pub(crate) fn fits(&self, mark: &str) -> bool {
        if mark == self.mark() {
            return true;
        }
        match self.roots.old.filter(|old| mark_of(old) == mark) {
            Some(old) => {
                self.set_base(old);
                true
            }
            None => false,
        }
    }

    pub(crate) fn knows_old(&self) -> bool {
        self.roots.old.is_some()
    }

    pub(crate) fn base(&self) -> [u8; 32] {
        *self.roots.base.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn set_base(&self, base: [u8; 32]) {
        *self.roots.base.write().unwrap_or_else(std::sync::PoisonError::into_inner) = base;
    }

    /// Takes the first root from its row.
    pub(crate) fn take_base(&self, row: &SealKeyRow) -> Result<(), Fault> {
        self.unwrap(row).map(|base| self.set_base(base))
    }

    /// Whether a stored key is wrapped by the new root key, in the tenant's own suite.
    pub(crate) fn is_wrapped_anew(&self, row: &SealKeyRow) -> bool {
        let cipher = wrapping(&self.roots.new, self.suite, row.tenant);
        cipher.decrypt(&bound(row.tenant, &row.name), &row.wrapped).is_some()
    }

    /// Secret bytes, wrapped to be stored under a name.
    pub(crate) fn wrap(&self, tenant: TenantId, name: &str, secret: &[u8]) -> Result<Vec<u8>, Fault> {
        wrapping(&self.roots.new, self.suite, tenant).encrypt(&bound(tenant, name), secret)
    }

    /// The secret bytes of a stored key, whichever of the root keys and suites wrapped it.
    pub(crate) fn unwrap_bytes(&self, row: &SealKeyRow) -> Result<Vec<u8>, Fault> {
        let other = if self.suite == Suite::Aes { Suite::Sm4 } else { Suite::Aes };
        let bound = bound(row.tenant, &row.name);
        for root in [Some(self.roots.new), self.roots.old].into_iter().flatten() {
            for suite in [self.suite, other] {
                if let Some(secret) = wrapping(&root, suite, row.tenant).decrypt(&bound, &row.wrapped) {
                    return Ok(secret);
                }
            }
        }
        Err(Fault::Broken(format!(
            "the data key {} does not open: the sealing key is not the one of this store",
            row.name
        )))
    }

    /// A key of the tenant's own for one purpose, derived from the root key.
    fn derived(&self, tenant: TenantId, purpose: &str) -> [u8; 32] {
        let sum = Sha256::new()
            .chain_update(b"huying secret key")
            .chain_update(self.base())
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

    /// The secret of a stored key that is 32 bytes long.
    pub(crate) fn unwrap(&self, row: &SealKeyRow) -> Result<[u8; 32], Fault> {
        let secret = self.unwrap_bytes(row)?;
        secret.try_into().map_err(|_short| Fault::Broken(format!("the data key {} is too short", row.name)))
    }

    /// New secret bytes, wrapped to be stored under a name.
    pub(crate) fn wrapped(&self, tenant: TenantId, name: &str) -> Result<Vec<u8>, Fault> {
        self.wrap(tenant, name, &rand::random::<[u8; 32]>())
    }

    /// Brings a stored key into memory. A destroyed one is empty and stays unknown.
    pub(crate) fn take(&self, row: &SealKeyRow) -> Result<(), Fault> {
        if row.wrapped.is_empty() || self.holds_stored(row.tenant, &row.name) {
            return Ok(());
        }
        let cipher = Cipher::of(&self.unwrap_bytes(row)?);
        let cipher =
            cipher.ok_or_else(|| Fault::Broken(format!("the data key {} fits no cipher", row.name)))?;
        self.with(|held| held.stored.put((row.tenant, row.name.clone()), Arc::new(cipher)));
        Ok(())
    }

    pub(crate) fn make(
        &self,
        tenant: TenantId,
        name: SmolStr,
        case: Option<CaseId>,
    ) -> Result<NewKey, Fault> {
        let key = self.suite.fresh();
        let wrapped = self.wrap(tenant, &name, &key)?;
        let cipher = Cipher::of(&key).ok_or_else(|| Fault::Broken("a new key fits no cipher".into()))?;
        let made = NewKey { name, case, wrapped, cipher: Arc::new(cipher) };
        self.offer(tenant, &made);
        Ok(made)
    }

    /// The stored key of a name, or else the one that was made.
    fn get(&self, tenant: TenantId, name: &SmolStr) -> Option<Arc<Cipher>> {
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
        key.encrypt(&bound(tenant, name), plain)
    }

    pub(crate) fn open_bytes(&self, tenant: TenantId, name: &SmolStr, sealed: &[u8]) -> Option<Vec<u8>> {
        self.get(tenant, name)?.decrypt(&bound(tenant, name), sealed)
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
    /// A new data key of a case under another name than the usual one.
    pub fn new_key_of(&self, name: &SmolStr, case: CaseId) -> Result<NewKey, Fault> {
        self.vault.make(self.tenant, name.clone(), Some(case))
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
        let key = Suite::Aes.under(&self.vault.derived(self.tenant, "seal"));
        key.encrypt(&bound(self.tenant, name), plain)
    }
    /// Opens what [`Seals::seal_secret`] made.
    pub fn open_secret(&self, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let key = Suite::Aes.under(&self.vault.derived(self.tenant, "seal"));
        key.decrypt(&bound(self.tenant, name), sealed)
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
