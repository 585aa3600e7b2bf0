//! Personal words in an event: always sealed, never in the clear.
//!
//! The model carries ciphertext through and cannot read it; the engine seals before `decide` and opens after.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// Free text, a name, a contact, an exact address or a file name, encrypted under a key that can be destroyed.
/// The hash of the journal covers this ciphertext, so forgetting a key keeps every proof valid.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Sealed {
    /// Which key: one per case, and one per person.
    #[serde(rename = "k")]
    pub key: SmolStr,
    /// Nonce and ciphertext, base64.
    #[serde(rename = "c")]
    pub cipher: Arc<str>,
}

impl Sealed {
    pub fn new(key: impl AsRef<str>, cipher: impl AsRef<str>) -> Self {
        Self { key: SmolStr::new(key), cipher: Arc::from(cipher.as_ref()) }
    }
}
