//! Keys and signatures. One suite is there, Ed25519 (RFC 8032); another, such as SM2 with SM3, becomes a row of [`Suite`].
//!
//! A public key is written as a signed note's verifier writes it: `name+id+key`. The id is short and only finds the key; what counts
//! is the key. Refuses weak public keys and signatures that more than one message would fit.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::{Flaw, hash};

/// How it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    Ed25519,
}

impl Suite {
    /// The byte that stands for the suite in keys and key ids (C2SP signed-note).
    fn byte(self) -> u8 {
        match self {
            Suite::Ed25519 => 1,
        }
    }

    fn of_byte(byte: u8) -> Option<Suite> {
        [Suite::Ed25519].into_iter().find(|suite| suite.byte() == byte)
    }
}

/// A key's name: that of the log it signs.
fn named(name: &str) -> Result<(), Flaw> {
    let bad = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    if name.is_empty() || name.contains(bad) {
        return Err(Flaw::form("the name of a key", "it is empty or has a space, a plus or a control sign"));
    }
    Ok(())
}

/// A key that others verify with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    suite: Suite,
    bytes: Vec<u8>,
}

impl PublicKey {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of the hash over name, suite and key.
    pub fn id(&self) -> [u8; 4] {
        let sum = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', self.suite.byte()])
            .chain_update(&self.bytes)
            .finalize();
        [sum[0], sum[1], sum[2], sum[3]]
    }

    /// Reads `name+id+key`.
    ///
    /// # Errors
    /// [`Flaw::Form`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<PublicKey, Flaw> {
        let bad = |why: &str| Flaw::form("the public key", why);
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(bad("it is written name+id+key"));
        };
        named(name)?;
        let key = BASE64.decode(key).map_err(|why| Flaw::form("the public key", why))?;
        let (byte, bytes) = key.split_first().ok_or_else(|| bad("there is no key in it"))?;
        let suite = Suite::of_byte(*byte).ok_or_else(|| bad("it is of a suite that is not known here"))?;
        let key = PublicKey { name: name.to_owned(), suite, bytes: bytes.to_vec() };
        key.ed25519()?;
        if hash::from_hex(id) != Some(key.id()) {
            return Err(bad("its id does not fit it: a letter was lost or changed"));
        }
        Ok(key)
    }

    fn ed25519(&self) -> Result<VerifyingKey, Flaw> {
        let bytes: &[u8; 32] = self
            .bytes
            .as_slice()
            .try_into()
            .map_err(|_length| Flaw::form("the public key", "a key of Ed25519 has 32 bytes"))?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|why| Flaw::form("the public key", why))?;
        if key.is_weak() {
            return Err(Flaw::form("the public key", "it is one under which anything can be signed"));
        }
        Ok(key)
    }

    /// That the text was signed with this key.
    ///
    /// # Errors
    /// [`Flaw::BadSignature`].
    pub fn verify(&self, text: &[u8], signature: &[u8]) -> Result<(), Flaw> {
        let bad = || Flaw::BadSignature(self.name.clone());
        match self.suite {
            Suite::Ed25519 => {
                let signature = Signature::from_slice(signature).map_err(|_length| bad())?;
                self.ed25519()?.verify_strict(text, &signature).map_err(|_why| bad())
            }
        }
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut key = vec![self.suite.byte()];
        key.extend(&self.bytes);
        write!(f, "{}+{}+{}", self.name, hash::hex(&self.id()), BASE64.encode(key))
    }
}

/// A key to sign with.
pub struct Signer {
    name: String,
    key: SigningKey,
}

impl Signer {
    /// The key of Ed25519 that follows from 32 secret bytes.
    ///
    /// # Errors
    /// [`Flaw::Form`] where the name cannot be that of a key.
    pub fn ed25519(name: &str, seed: &[u8; 32]) -> Result<Signer, Flaw> {
        named(name)?;
        Ok(Signer { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    pub fn public(&self) -> PublicKey {
        let bytes = self.key.verifying_key().to_bytes().to_vec();
        PublicKey { name: self.name.clone(), suite: Suite::Ed25519, bytes }
    }

    pub fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.key.sign(text).to_bytes().to_vec()
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("name", &self.name).finish_non_exhaustive()
    }
}
