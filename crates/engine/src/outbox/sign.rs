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
        let Some(mac) = self.mac(id, timestamp, body.as_bytes()) else { return String::new() };
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }

    fn mac(&self, id: &str, timestamp: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
        // HMAC takes a key of any length (RFC 2104), so there is no error to meet here.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        Some(mac)
    }

    /// Whether one of the signatures of a header (`v1,… v1,…`; other versions are passed over) is by this secret. The time it takes
    /// tells nothing of where they differ.
    pub fn signed(&self, header: &str, id: &str, timestamp: i64, body: &[u8]) -> bool {
        header.split_ascii_whitespace().take(MOST).any(|one| {
            let given = one.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
            let mac = self.mac(id, timestamp, body);
            given.zip(mac).is_some_and(|(given, mac)| mac.verify_slice(&given).is_ok())
        })
    }
}

/// Signatures of one header that are looked at: while secrets change there are two.
const MOST: usize = 8;
/// How far the clocks of both sides may be apart, in seconds.
pub const TOLERANCE: i64 = 5 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_is_signed_as_published() {
        // The test vector of the specification's reference libraries.
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let (id, at, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        for (header, fits) in [
            (signed.as_str(), true),
            ("v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", true),
            ("v1a,xx v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", true),
            ("v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", false),
            ("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", false),
            ("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=", false),
            ("v1,", false),
            ("", false),
        ] {
            assert_eq!(secret.signed(header, id, at, body), fits, "{header}");
        }
        assert!(!secret.signed(&signed, "msg_other", at, body));
        assert!(!secret.signed(&signed, id, at + 1, body));
        assert!(!secret.signed(&signed, id, at, b"{}"));
        assert!(!Secret::fresh().signed(&signed, id, at, body));
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
