//! The switch of languages: `?lang=en` on any page is kept in a cookie, and the page comes again without it.

use axum::{
    extract::Request,
    http::{HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use crate::language::{COOKIE_NAME, Lang};

/// Seconds that the choice is kept: a year.
const KEPT: u32 = 31_536_000;

/// Runs around every page.
pub async fn switch(request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let asked = form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == "lang")
        .and_then(|(_, tag)| Lang::named(&tag));
    let Some(lang) = asked else { return next.run(request).await };
    let kept: Vec<_> = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key != "lang").collect();
    let path = request.uri().path();
    let kept: Vec<(&str, &str)> = kept.iter().map(|(key, value)| (key.as_ref(), value.as_ref())).collect();
    let mut response = Redirect::to(&super::address(path, &kept)).into_response();
    let cookie = format!("{COOKIE_NAME}={}; Path=/; Max-Age={KEPT}; SameSite=Lax", lang.pick("zh", "en"));
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
