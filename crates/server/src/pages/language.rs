//! What a visitor chooses for every page: `?lang=en` and `?look=dark` on any page are kept in cookies, and the page comes again without them.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use super::look::{self, Look};
use crate::language::{COOKIE_NAME, Lang};

/// Seconds that the choice is kept: a year.
const KEPT: u32 = 31_536_000;

/// Runs around every page.
pub async fn switch(request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let chosen = chosen(query, request.headers());
    if chosen.is_empty() {
        return next.run(request).await;
    }
    let kept: Vec<_> = form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| !matches!(key.as_ref(), "lang" | "look"))
        .collect();
    let path = request.uri().path();
    let kept: Vec<(&str, &str)> = kept.iter().map(|(key, value)| (key.as_ref(), value.as_ref())).collect();
    let mut response = Redirect::to(&super::address(path, &kept)).into_response();
    for (name, value) in chosen {
        let cookie = format!("{name}={value}; Path=/; Max-Age={KEPT}; SameSite=Lax");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// The cookies that a query asks for; words that choose nothing are passed over.
fn chosen(query: &str, headers: &HeaderMap) -> Vec<(&'static str, String)> {
    let choice = |(key, value): (std::borrow::Cow<str>, std::borrow::Cow<str>)| match key.as_ref() {
        "lang" => Some((COOKIE_NAME, Lang::named(&value)?.pick("zh", "en").to_owned())),
        "look" => Some((look::COOKIE_NAME, Look::of(headers).with(&value)?.kept())),
        _ => None,
    };
    form_urlencoded::parse(query.as_bytes()).filter_map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_chooses_a_language_and_a_look_and_what_is_unknown_is_left_alone() {
        let of = |query: &str| chosen(query, &HeaderMap::new());
        assert_eq!(of("lang=en&q=1"), [(COOKIE_NAME, "en".to_owned())]);
        assert_eq!(of("look=dark"), [(look::COOKIE_NAME, "dark.usual".to_owned())]);
        assert_eq!(of("lang=fr&look=wall&theme=dark"), []);
    }
}
