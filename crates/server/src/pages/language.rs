//! What a visitor chooses for every page: `?lang=en` and `?look=dark` on any page are kept in cookies, and the page comes again without them.
//! A form that is sent to such an address is answered as it was chosen, with what was written in it.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Uri, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use super::look::{self, Look};
use crate::language::{COOKIE_NAME, Lang};

/// Seconds that the choice is kept: a year.
const KEPT: u32 = 31_536_000;

/// Runs around every page.
pub async fn switch(mut request: Request, next: Next) -> Response {
    let chosen = chosen(request.uri().query().unwrap_or_default(), request.headers());
    if chosen.is_empty() {
        return next.run(request).await;
    }
    let to = without(request.uri());
    let mut response = if request.method().is_safe() {
        Redirect::to(&to).into_response()
    } else {
        wear(request.headers_mut(), &chosen);
        if let Ok(to) = to.parse() {
            *request.uri_mut() = to;
        }
        next.run(request).await
    };
    for (name, value) in chosen {
        let cookie = format!("{name}={value}; Path=/; Max-Age={KEPT}; SameSite=Lax");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// The address without what was chosen.
fn without(address: &Uri) -> String {
    let query = address.query().unwrap_or_default();
    let kept: Vec<_> = form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| !matches!(key.as_ref(), "lang" | "look"))
        .collect();
    let kept: Vec<(&str, &str)> = kept.iter().map(|(key, value)| (key.as_ref(), value.as_ref())).collect();
    super::address(address.path(), &kept)
}

/// The cookies of a request as they will be.
fn wear(headers: &mut HeaderMap, chosen: &[(&'static str, String)]) {
    let old = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok()).map(str::to_owned);
    // The first of a name counts.
    let all: Vec<String> = chosen.iter().map(|(name, value)| format!("{name}={value}")).chain(old).collect();
    if let Ok(line) = HeaderValue::from_str(&all.join("; ")) {
        headers.insert(header::COOKIE, line);
    }
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

    #[test]
    fn what_is_chosen_goes_before_the_cookie_of_before_and_leaves_the_others() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=b; huying_lang=zh"));
        wear(&mut headers, &[(COOKIE_NAME, "en".to_owned())]);
        assert_eq!(Lang::of(&headers), Lang::En);
        assert_eq!(crate::language::cookie(&headers, "a"), Some("b"));
    }
}
