//! Signing in by a name that is chosen: for the demonstration and for tests, on a loopback address only.
//!
//! Owns the signed cookie and the `X-Huying-Member` header. Both count only where the deployment says so, and only for requests that
//! come from this very machine without a proxy.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, request::Parts},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use huying_model::MemberId;
use sha2::Sha256;

use super::arrival;
use crate::{language::cookie, problem::Problem, state::AppState};

/// The cookie's name.
pub const COOKIE_NAME: &str = "huying_member";
/// Names the member of one API request, without a session.
pub const HEADER_NAME: &str = "x-huying-member";

/// Signs the cookies of this process.
pub(crate) struct SessionKey([u8; 32]);

impl SessionKey {
    pub fn new() -> SessionKey {
        SessionKey(rand::random())
    }

    fn mac(&self, member: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(member.as_bytes());
        Some(mac)
    }

    /// The cookie's value: the member and a signature, both in the cookie's alphabet.
    fn sign(&self, member: &MemberId) -> Option<String> {
        let tag = self.mac(member.as_str())?.finalize().into_bytes();
        Some(format!("{}.{}", URL_SAFE_NO_PAD.encode(member.as_str()), URL_SAFE_NO_PAD.encode(tag)))
    }

    /// The member of a value that this process signed.
    fn read(&self, value: &str) -> Option<MemberId> {
        let (member, tag) = value.split_once('.')?;
        let member = String::from_utf8(URL_SAFE_NO_PAD.decode(member).ok()?).ok()?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        self.mac(&member)?.verify_slice(&tag).ok()?;
        Some(MemberId::new(member))
    }
}

/// The `Set-Cookie` that signs a member in.
pub fn sign_in(state: &AppState, member: &MemberId) -> Result<HeaderValue, Problem> {
    let value =
        state.session_key.sign(member).ok_or_else(|| Problem::internal(&"the session key is not usable"))?;
    let line = format!("{COOKIE_NAME}={value}; Path=/; HttpOnly; SameSite=Lax");
    HeaderValue::from_str(&line).map_err(|why| Problem::internal(&why))
}

/// The `Set-Cookie` that signs out.
pub fn sign_out() -> HeaderValue {
    HeaderValue::from_static("huying_member=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0")
}

/// Whom a request names.
pub(super) fn claimed(headers: &HeaderMap, state: &AppState) -> Option<MemberId> {
    let header = headers.get(HEADER_NAME).and_then(|value| value.to_str().ok());
    match header {
        Some(member) => Some(MemberId::new(member.trim())),
        None => state.session_key.read(cookie(headers, COOKIE_NAME)?),
    }
}

/// The request comes from this very machine and was meant for it.
pub struct Local;

impl<S: Send + Sync> FromRequestParts<S> for Local {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Local, Problem> {
        if arrival(parts).local { Ok(Local) } else { Err(Problem::of("loopback_only")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_only_by_the_process_that_signed_it() {
        let (key, other) = (SessionKey::new(), SessionKey::new());
        let member = MemberId::new("派遣员-1");
        let value = key.sign(&member).unwrap();
        assert_eq!(key.read(&value), Some(member));
        assert_eq!(other.read(&value), None);
        let (_, tag) = value.split_once('.').unwrap();
        assert_eq!(key.read(&format!("{}.{tag}", URL_SAFE_NO_PAD.encode("leader-1"))), None);
    }
}
