//! The cookies of accounts: the session's token, and the mark of a browser that has signed somebody in.
//!
//! Over TLS both carry `__Host-` and `Secure`, so that no other host and no plain connection can set or read them. On plain HTTP, which
//! is served on a loopback address only, they have names of their own: a cookie of one world never counts in the other.

use axum::http::{HeaderMap, HeaderValue};

use crate::{language::cookie, problem::Problem};

/// Half a year.
const KNOWN_S: u32 = 180 * 86_400;
/// The longest that browsers keep one: the field app's store lives as long as they like.
const FIELD_S: u32 = 400 * 86_400;
/// Read and set back by the app's own script, so it is named the same in both worlds; it opens nothing.
const FIELD: &str = "huying-field";
/// What the mark says after somebody has signed out.
const LEFT: &str = "left";

fn session_name(secure: bool) -> &'static str {
    if secure { "__Host-huying" } else { "huying" }
}

fn known_name(secure: bool) -> &'static str {
    if secure { "__Host-huying-known" } else { "huying-known" }
}

/// The token that a browser came with.
pub fn token(headers: &HeaderMap, secure: bool) -> Option<&str> {
    cookie(headers, session_name(secure)).filter(|value| !value.is_empty())
}

/// The mark that a browser came with.
pub fn mark(headers: &HeaderMap, secure: bool) -> Option<&str> {
    cookie(headers, known_name(secure))
}

fn line(name: &str, value: &str, secure: bool, more: &str) -> Result<HeaderValue, Problem> {
    let secure = if secure { "; Secure" } else { "" };
    let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
    HeaderValue::from_str(&line).map_err(|why| Problem::internal(&why))
}

/// Keeps a session's token until the browser is closed; the server ends it before.
pub fn keep(token: &str, secure: bool) -> Result<HeaderValue, Problem> {
    line(session_name(secure), token, secure, "")
}

/// Keeps a browser's mark.
pub fn keep_mark(mark: &str, secure: bool) -> Result<HeaderValue, Problem> {
    line(known_name(secure), mark, secure, &format!("; Max-Age={KNOWN_S}"))
}

fn sender_name(secure: bool) -> &'static str {
    if secure { "__Host-huying-sender" } else { "huying-sender" }
}

/// The mark of a browser that reports without an account.
pub fn sender(headers: &HeaderMap, secure: bool) -> Option<&str> {
    cookie(headers, sender_name(secure)).filter(|value| (16..=64).contains(&value.len()))
}

/// Keeps such a mark for a day: what a browser reported counts for as long at most.
pub fn keep_sender(mark: &str, secure: bool) -> Result<HeaderValue, Problem> {
    line(sender_name(secure), mark, secure, "; Max-Age=86400")
}

/// What a browser says of the field app on it.
pub fn field(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, FIELD).filter(|value| !value.is_empty())
}

/// Marks a browser that carries the field app: somebody has signed out on it since the app was open, or not.
pub fn keep_field(left: bool, secure: bool) -> Result<HeaderValue, Problem> {
    let (word, secure) = (if left { LEFT } else { "here" }, if secure { "; Secure" } else { "" });
    let line = format!("{FIELD}={word}; Path=/; SameSite=Lax{secure}; Max-Age={FIELD_S}");
    HeaderValue::from_str(&line).map_err(|why| Problem::internal(&why))
}

fn begun_name(secure: bool) -> &'static str {
    if secure { "__Host-huying-begun" } else { "huying-begun" }
}

/// What was begun at another service.
pub fn begun(headers: &HeaderMap, secure: bool) -> Option<&str> {
    cookie(headers, begun_name(secure))
}

/// Keeps what was begun for as long as it holds.
pub fn keep_begun(ticket: &str, secure: bool) -> Result<HeaderValue, Problem> {
    line(begun_name(secure), ticket, secure, "; Max-Age=600")
}

/// Drops what was begun.
pub fn drop_begun(secure: bool) -> Result<HeaderValue, Problem> {
    line(begun_name(secure), "", secure, "; Max-Age=0")
}

/// Drops the session's token.
pub fn drop_token(secure: bool) -> Result<HeaderValue, Problem> {
    line(session_name(secure), "", secure, "; Max-Age=0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_of_one_world_does_not_count_in_the_other() {
        let plain = keep("abc", false).unwrap();
        assert_eq!(plain, "huying=abc; Path=/; HttpOnly; SameSite=Lax");
        let secure = keep("abc", true).unwrap();
        assert_eq!(secure, "__Host-huying=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
        let mut headers = HeaderMap::new();
        headers.insert("cookie", "huying=abc; __Host-huying-known=m".parse().unwrap());
        assert_eq!((token(&headers, false), token(&headers, true)), (Some("abc"), None));
        assert_eq!((mark(&headers, false), mark(&headers, true)), (None, Some("m")));
        let field = |left, secure| keep_field(left, secure).unwrap().to_str().unwrap().to_owned();
        assert!(field(false, false).starts_with("huying-field=here; Path=/; SameSite=Lax; Max-Age="));
        assert!(field(true, true).starts_with("huying-field=left; Path=/; SameSite=Lax; Secure; Max-Age="));
        assert!(drop_token(true).unwrap().to_str().unwrap().ends_with("; Secure; Max-Age=0"));
    }
}
