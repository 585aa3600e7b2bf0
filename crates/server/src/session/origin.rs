//! Whether the page that sent a changing request is our own, so that no other site makes a signed-in browser change anything.
//!
//! A browser says where a request comes from in `Sec-Fetch-Site` and `Origin`, and no page can change either. A request that brings a
//! session's cookie has to say it; programs have no cookie, and need not.

use axum::http::{HeaderMap, header};

/// Whether a changing request may be looked at. `cookie`: it brings a session; `secure`: it came over TLS.
pub(crate) fn may_change(headers: &HeaderMap, host: Option<&str>, secure: bool, cookie: bool) -> bool {
    let site = headers.get("sec-fetch-site").map(|site| site.to_str().unwrap_or_default());
    let origin = headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    // Whatever is said has to be right.
    let site_fits = site.is_none_or(|site| site == "same-origin" || (site == "none" && !cookie));
    let origin_fits = origin.is_none_or(|origin| is_ours(origin, host, secure));
    site_fits && origin_fits && (!cookie || site.is_some() || origin.is_some())
}

/// `https://huying.example.org` for the host `huying.example.org`. Over TLS a page that came without it is another site.
fn is_ours(origin: &str, host: Option<&str>, secure: bool) -> bool {
    let Some((scheme, named)) = origin.split_once("://") else { return false };
    Some(named) == host && (scheme == "https" || (scheme == "http" && !secure))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(pairs: &[(&'static str, &str)], secure: bool, cookie: bool) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        may_change(&headers, Some("desk.example.org"), secure, cookie)
    }

    #[test]
    fn a_request_with_a_cookie_says_that_it_comes_from_our_own_page() {
        let own = ("origin", "https://desk.example.org");
        let same = ("sec-fetch-site", "same-origin");
        for (pairs, fits) in [
            (&[][..], false),
            (&[own], true),
            (&[same], true),
            (&[own, same], true),
            (&[("origin", "https://evil.example.org")], false),
            (&[("origin", "https://desk.example.org.evil.example")], false),
            (&[("origin", "http://desk.example.org")], false),
            (&[("origin", "null")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[own, ("sec-fetch-site", "cross-site")], false),
            (&[("origin", "https://evil.example.org"), same], false),
        ] {
            assert_eq!(allowed(pairs, true, true), fits, "{pairs:?}");
        }
    }

    #[test]
    fn a_program_without_a_cookie_need_not_say_where_it_comes_from() {
        assert!(allowed(&[], true, false));
        assert!(allowed(&[("origin", "http://desk.example.org")], false, false));
        assert!(!allowed(&[("origin", "https://evil.example.org")], true, false));
        assert!(!allowed(&[("sec-fetch-site", "cross-site")], true, false));
    }
}
