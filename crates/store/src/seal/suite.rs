//! The ciphers that words are sealed with: AES-256-GCM (NIST SP 800-38D) or SM4-GCM (GB/T 32907, RFC 8998), as the tenant chooses.
//!
//! A data key of 32 bytes is one of AES, of 16 bytes one of SM4, so a store whose tenant has changed its choice reads both. The
//! layout is the same: a nonce of 12 bytes, the ciphertext, a tag of 16.

use aes_gcm::{
    Aes256Gcm, AesGcm, KeyInit,
    aead::{Aead, Payload, consts::U12},
};
use rand::Rng;
use sm4::Sm4;

use crate::Fault;

const NONCE: usize = 12;

type Sm4Gcm = AesGcm<Sm4, U12>;

/// What new data keys are made for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Deserialize)]
pub enum Suite {
    #[default]
    #[serde(rename = "aes-256-gcm")]
    Aes,
    #[serde(rename = "sm4-gcm")]
    Sm4,
}

impl Suite {
    /// A fresh data key.
    pub(super) fn fresh(self) -> Vec<u8> {
        match self {
            Suite::Aes => rand::random::<[u8; 32]>().to_vec(),
            Suite::Sm4 => rand::random::<[u8; 16]>().to_vec(),
        }
    }
    /// The cipher under a sum of 32 bytes, of which it takes what it needs.
    pub(super) fn under(self, sum: &[u8; 32]) -> Cipher {
        match self {
            Suite::Aes => Cipher::Aes(Box::new(Aes256Gcm::new(&(*sum).into()))),
            Suite::Sm4 => {
                let [key @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = *sum;
                Cipher::Sm4(Box::new(Sm4Gcm::new(&key.into())))
            }
        }
    }
}

/// A key that is ready to seal and to open.
pub(crate) enum Cipher {
    Aes(Box<Aes256Gcm>),
    Sm4(Box<Sm4Gcm>),
}

impl Cipher {
    /// By the length of the key; None for a length that no suite has.
    pub(super) fn of(key: &[u8]) -> Option<Cipher> {
        if let Ok(key) = <[u8; 32]>::try_from(key) {
            return Some(Cipher::Aes(Box::new(Aes256Gcm::new(&key.into()))));
        }
        let key = <[u8; 16]>::try_from(key).ok()?;
        Some(Cipher::Sm4(Box::new(Sm4Gcm::new(&key.into()))))
    }

    pub(super) fn encrypt(&self, bound_to: &[u8], plain: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut nonce = [0u8; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let payload = Payload { msg: plain, aad: bound_to };
        let sealed = match self {
            Cipher::Aes(cipher) => cipher.encrypt(&nonce.into(), payload),
            Cipher::Sm4(cipher) => cipher.encrypt(&nonce.into(), payload),
        };
        let mut all = nonce.to_vec();
        all.extend(sealed.map_err(|why| Fault::broken("sealing", why))?);
        Ok(all)
    }

    pub(super) fn decrypt(&self, bound_to: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let payload = Payload { msg: text, aad: bound_to };
        match self {
            Cipher::Aes(cipher) => cipher.decrypt(&nonce.into(), payload),
            Cipher::Sm4(cipher) => cipher.decrypt(&nonce.into(), payload),
        }
        .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(digit).collect()
    }

    /// RFC 8998, appendix A.1.
    #[test]
    fn sm4_gcm_answers_the_published_vector() {
        let key = bytes("0123456789abcdeffedcba9876543210");
        let nonce = bytes("00001234567800000000abcd");
        let aad = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let plain = bytes(
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        );
        let sealed = bytes(
            "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d83de3541e4c2b58177e065a9bf7b62ec",
        );
        let cipher = Cipher::of(&key).unwrap();
        assert!(matches!(cipher, Cipher::Sm4(_)));
        let stored = [nonce.clone(), sealed].concat();
        assert_eq!(cipher.decrypt(&aad, &stored).unwrap(), plain);
        assert_eq!(cipher.decrypt(&aad[1..], &stored), None, "what it is bound to counts");
        let again = cipher.encrypt(&aad, &plain).unwrap();
        assert_ne!(again, stored, "each sealing has a nonce of its own");
        assert_eq!(cipher.decrypt(&aad, &again).unwrap(), plain);
    }

    #[test]
    fn a_key_says_by_its_length_which_cipher_it_is_for() {
        assert!(matches!(Cipher::of(&Suite::Aes.fresh()), Some(Cipher::Aes(_))));
        assert!(matches!(Cipher::of(&Suite::Sm4.fresh()), Some(Cipher::Sm4(_))));
        assert!(Cipher::of(&[0; 24]).is_none());
    }
}
