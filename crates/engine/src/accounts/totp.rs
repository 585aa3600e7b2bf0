//! One-time codes: HOTP (RFC 4226) and TOTP (RFC 6238) with SHA-1, six digits and 30 seconds, as every app reads them.
//!
//! Pure: time comes in as a value. Refuses to know whether a code was used before; that is the store's.

use hmac::{Hmac, KeyInit, Mac};
use huying_model::Instant;
use sha1::Sha1;

use super::secret::same;

/// Bytes of a secret (RFC 4226 asks for 160 bits).
pub const SECRET: usize = 20;
const STEP_MS: i64 = 30_000;
const DIGITS: usize = 6;
/// A clock may be this many steps off.
const DRIFT: i64 = 1;

/// The truncated value of RFC 4226 §5.3, before it is cut to digits.
fn hotp(secret: &[u8], counter: u64) -> u32 {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return 0 };
    mac.update(&counter.to_be_bytes());
    let sum = mac.finalize().into_bytes();
    let at = usize::from(sum[19] & 15);
    u32::from_be_bytes([sum[at] & 0x7f, sum[at + 1], sum[at + 2], sum[at + 3]])
}

/// The step that a moment lies in.
pub fn step(at: Instant) -> i64 {
    at.0.div_euclid(STEP_MS)
}

/// The code of a step.
pub fn code(secret: &[u8], step: i64) -> String {
    let counter = u64::try_from(step).unwrap_or(0);
    format!("{:06}", hotp(secret, counter) % 10_u32.pow(DIGITS as u32))
}

/// The step whose code this is, at most one before or after now. Every candidate is compared to its end, so that the time
/// taken tells nothing.
pub fn fitting(secret: &[u8], typed: &str, now: Instant) -> Option<i64> {
    let typed: String = typed.chars().filter(|sign| !sign.is_whitespace()).collect();
    let mut found = None;
    for step in (step(now) - DRIFT)..=(step(now) + DRIFT) {
        if same(code(secret, step).as_bytes(), typed.as_bytes()) {
            found = Some(step);
        }
    }
    found
}

/// Whether somebody typed a code, and not a recovery code.
pub fn is_code(typed: &str) -> bool {
    let typed: String = typed.chars().filter(|sign| !sign.is_whitespace()).collect();
    typed.len() == DIGITS && typed.bytes().all(|sign| sign.is_ascii_digit())
}

/// The secret as apps take it: base 32 of RFC 4648 without padding.
pub fn base32(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    for five in bytes.chunks(5) {
        let mut block = [0; 8];
        block[3..3 + five.len()].copy_from_slice(five);
        let bits = u64::from_be_bytes(block);
        for no in 0..(five.len() * 8).div_ceil(5) {
            text.push(char::from(SIGNS[usize::try_from((bits >> (35 - 5 * no)) & 31).unwrap_or(0)]));
        }
    }
    text
}

/// What the picture for the app says.
pub fn uri(issuer: &str, member: &str, secret: &[u8]) -> String {
    let (issuer, member) = (escaped(issuer), escaped(member));
    format!("otpauth://totp/{issuer}:{member}?secret={}&issuer={issuer}", base32(secret))
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &[u8] = b"12345678901234567890";

    #[test]
    fn the_counters_of_rfc_4226_appendix_d_give_its_codes() {
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
            "520489",
        ];
        for (counter, wanted) in (0..).zip(codes) {
            assert_eq!(code(SEED, counter), wanted, "counter {counter}");
        }
    }

    #[test]
    fn the_moments_of_rfc_6238_appendix_b_give_the_last_six_of_its_eight_digits() {
        for (seconds, wanted) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let at = Instant(seconds * 1000);
            assert_eq!(code(SEED, step(at)), wanted[2..], "at {seconds}");
            assert_eq!(hotp(SEED, step(at) as u64) % 100_000_000, wanted.parse::<u32>().unwrap());
        }
    }

    #[test]
    fn a_code_fits_one_step_before_and_after_and_no_further() {
        let now = Instant(1_234_567_890_000);
        for (off, fits) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let typed = code(SEED, step(now) + off);
            assert_eq!(fitting(SEED, &typed, now), fits.then_some(step(now) + off), "{off}");
        }
        let spaced = code(SEED, step(now));
        assert!(fitting(SEED, &format!("{} {}", &spaced[..3], &spaced[3..]), now).is_some());
        for wrong in ["", "1", "0059240", "abcdef"] {
            assert_eq!(fitting(SEED, wrong, now), None, "{wrong}");
        }
    }

    #[test]
    fn secrets_are_written_as_in_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        let uri = uri("呼应", "acceptor 1", SEED);
        assert_eq!(
            uri,
            "otpauth://totp/%E5%91%BC%E5%BA%94:acceptor%201?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%E5%91%BC%E5%BA%94"
        );
    }
}
