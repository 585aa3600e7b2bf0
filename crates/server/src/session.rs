//! Who is signed in, until accounts come: a member chosen by name, on a loopback address only.
//!
//! Owns the session cookie, the `X-Huying-Member` header and the rule of where both count. Refuses to say what a member may do
//! or see: that is the model's and [`huying_engine::authority`]'s. A request counts as local when its peer is a loopback address,
//! its Host names this machine, and no proxy has passed it on; so neither a name that resolves to 127.0.0.1 nor a
//! proxy on this machine opens the door. Start at [`SignedIn`].

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use huying_engine::authority::{self, Sight};
use huying_model::{Actor, Instant, MemberId};
use sha2::Sha256;

use crate::{language::cookie, problem::Problem, state::AppState};

/// The cookie's name.
pub const COOKIE_NAME: &str = "huying_member";
/// Names the member of one API request, without a session.
pub const HEADER_NAME: &str = "x-huying-member";
/// A proxy that passes a request on says so in one of these.
const PROXIED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

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

/// The request comes from this very machine and was meant for it.
pub struct Local;

impl<S: Send + Sync> FromRequestParts<S> for Local {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Local, Problem> {
        if is_local(parts) { Ok(Local) } else { Err(Problem::of("loopback_only")) }
    }
}

fn is_local(parts: &Parts) -> bool {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.is_some_and(|peer| loopback(peer.0.ip()))
        && names_this_machine(host(parts))
        && !PROXIED.iter().any(|name| parts.headers.contains_key(*name))
}

/// The host that the request names, with its port.
fn host(parts: &Parts) -> Option<&str> {
    let named = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
    named.or_else(|| parts.uri.authority().map(axum::http::uri::Authority::as_str))
}

fn loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

fn names_this_machine(host: Option<&str>) -> bool {
    let Some(host) = host else { return false };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(loopback)
}

/// The page that sent a changing request is our own: its Origin names the host it was sent to, or there is none.
pub(crate) fn same_origin(headers: &HeaderMap, authority: Option<&str>) -> bool {
    if headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return false;
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).or(authority);
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    origin.is_some_and(|(_, named)| Some(named) == host)
}

/// A signed-in member with every seat that is theirs now.
pub struct SignedIn {
    pub member: MemberId,
    pub actor: Actor,
    /// The last contact before now that this process saw itself ([`crate::contact`]); None after a restart.
    pub contact: Option<Instant>,
}

impl SignedIn {
    /// What they may read.
    pub fn sight(&self, state: &AppState) -> Result<Sight, Problem> {
        Ok(Sight::of(&state.setting()?.policy.org, &self.actor))
    }
}

fn claimed(parts: &Parts, state: &AppState) -> Option<MemberId> {
    let header = parts.headers.get(HEADER_NAME).and_then(|value| value.to_str().ok());
    match header {
        Some(member) => Some(MemberId::new(member.trim())),
        None => state.session_key.read(cookie(&parts.headers, COOKIE_NAME)?),
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<SignedIn, Problem> {
        let member = claimed(parts, state).ok_or_else(|| Problem::of("not_signed_in"))?;
        if !is_local(parts) {
            return Err(Problem::of("loopback_only"));
        }
        let now = state.now();
        let actor = authority::actor(&state.setting()?.policy.org, &member, now)
            .map_err(|unknown| Problem::from(huying_engine::Error::from(unknown)))?;
        let contact = state.contacts.seen(&member, now);
        Ok(SignedIn { member, actor, contact })
    }
}

/// Somebody may be signed in: for pages that anyone may open.
pub struct Perhaps(pub Option<SignedIn>);

impl FromRequestParts<AppState> for Perhaps {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Perhaps, std::convert::Infallible> {
        Ok(Perhaps(SignedIn::from_request_parts(parts, state).await.ok()))
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

    #[test]
    fn only_names_of_this_machine_count_as_local() {
        for host in ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST"] {
            assert!(names_this_machine(Some(host)), "{host}");
        }
        for host in ["example.org", "localhost.example.org:80", "10.0.0.1", "[fe80::1]:80", ""] {
            assert!(!names_this_machine(Some(host)), "{host}");
        }
        assert!(!names_this_machine(None));
    }

    #[test]
    fn a_page_of_another_site_cannot_send_changes() {
        let with = |pairs: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            same_origin(&headers, None)
        };
        assert!(with(&[("host", "localhost:8080")]));
        assert!(with(&[("host", "localhost:8080"), ("origin", "http://localhost:8080")]));
        assert!(!with(&[("host", "localhost:8080"), ("origin", "http://localhost:9090")]));
        assert!(!with(&[("host", "localhost:8080"), ("origin", "null")]));
        assert!(!with(&[("host", "localhost:8080"), ("sec-fetch-site", "cross-site")]));
    }
}
