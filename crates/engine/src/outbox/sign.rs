//! Signatures of webhooks, after Standard Webhooks 1.0: a receiver in any language verifies them with its library.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A secret that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webhook secret is 'whsec_' and the base64 of 24 to 64 bytes: make one with the subscription")]
pub struct BadSecret;

/// The shared secret of one subscriber.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// A fresh secret of 32 random bytes.
    pub fn fresh() -> Secret {
        let bytes: [u8; 32] = rand::random();
        Secret(bytes.to_vec())
    }
    /// Reads `whsec_…`.
    pub fn parse(text: &str) -> Result<Secret, BadSecret> {
        let bytes =
            text.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok()).ok_or(BadSecret)?;
        if (24..=64).contains(&bytes.len()) { Ok(Secret(bytes)) } else { Err(BadSecret) }
    }
    /// The form that a receiver puts into its library.
    pub fn to_text(&self) -> String {
        format!("whsec_{}", STANDARD.encode(&self.0))
    }
    /// The value of `webhook-signature`: version 1, HMAC-SHA256 over `id.timestamp.body`.
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        // HMAC takes a key of any length (RFC 2104), so there is no error to meet here.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_is_signed_as_published() {
        // The test vector of the specification's reference libraries.
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_reads_back_and_a_short_one_is_refused() {
        let secret = Secret::fresh();
        assert_eq!(Secret::parse(&secret.to_text()).unwrap().0, secret.0);
        for bad in ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!"] {
            assert!(Secret::parse(bad).is_err(), "{bad}");
        }
    }
}
