//! Random secrets: what a cookie, a link or a key carries. The store knows their SHA-256 only; 256 random bits need no slower sum.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// 256 random bits. Never printed by accident: only [`Secret::text`] tells them.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl Secret {
    /// A new one, from the system's randomness.
    pub fn random() -> Secret {
        Secret(rand::random())
    }

    /// As it is handed out: 43 signs that need no escaping anywhere.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// As it comes back; None for what was never handed out.
    pub fn read(text: &str) -> Option<Secret> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Secret)
    }

    /// What the store keeps.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

/// Signs that are hard to take for one another, for what people type: Crockford's base 32.
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A random word of `signs` signs, five bits each, in groups of four.
pub(super) fn spoken(signs: usize) -> String {
    let bytes: Vec<u8> = (0..signs).map(|_| rand::random()).collect();
    written(&bytes)
}

/// Bytes as a word, one sign for the lower five bits of each.
pub(crate) fn written(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 4);
    for (no, byte) in bytes.iter().enumerate() {
        if no > 0 && no % 4 == 0 {
            text.push('-');
        }
        text.push(char::from(SIGNS[usize::from(byte & 31)]));
    }
    text
}

/// The same word however it was typed: without blanks and hyphens, in capitals, with the signs that people take for others.
pub(crate) fn heard(typed: &str) -> String {
    typed
        .chars()
        .filter(|sign| !sign.is_whitespace() && *sign != '-')
        .map(|sign| match sign.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            sign => sign,
        })
        .collect()
}

/// Whether two are the same, in a time that tells nothing of where they differ.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_back_and_differs_each_time() {
        let (one, other) = (Secret::random(), Secret::random());
        assert_eq!(Secret::read(&one.text()), Some(one.clone()));
        assert_ne!(one.hash(), other.hash());
        for wrong in ["", "abc", &format!("{}A", one.text()), "ä"] {
            assert_eq!(Secret::read(wrong), None, "{wrong}");
        }
        assert_eq!(format!("{one:?}"), "Secret(***)");
    }

    #[test]
    fn a_word_is_heard_however_it_is_typed() {
        let word = spoken(16);
        assert_eq!(word.len(), 19);
        assert_eq!(heard(&word.to_lowercase().replace('-', " ")), heard(&word));
        assert_eq!(heard("oil0-o1l"), "011001".to_owned() + "1");
    }
}
