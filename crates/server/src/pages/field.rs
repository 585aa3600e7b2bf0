//! The field app's shell: one page for everybody, and the worker that keeps it on the device.
//!
//! Owns how the two are sent. What they are is the build's (`web/src/field`): the page holds no word of anybody and names its files by
//! their hashes, so a device that has the version has all of it. What is shown in it comes from the device's store and the API. Start at
//! [`page`].

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::{
    assets,
    problem::Problem,
    session::{cookies, visit::Visit},
};

/// Asked for anew each time, and then the same until a file of it changes.
const ASK: HeaderValue = HeaderValue::from_static("no-cache");

/// The page, the same at every address below it: which screen is shown is the script's. The browser is marked as one that carries the
/// app, so that a sign-out on any page can be told to it. One that brings a mark gets none: this answer may come after that of a sign-out,
/// and its mark stays until the app has done what follows.
pub async fn page(visit: Visit) -> Result<Response, Problem> {
    let mut answer = sent("field.html", HeaderValue::from_static("text/html; charset=utf-8"))?;
    if visit.field.is_none() {
        let mark = cookies::keep_field(false, visit.arrival.secure)?;
        answer.headers_mut().append(header::SET_COOKIE, mark);
    }
    Ok(answer)
}

/// The worker. It stands above `/field`, because a worker keeps nothing above its own address.
pub async fn worker() -> Result<Response, Problem> {
    sent("field-worker.js", HeaderValue::from_static("text/javascript; charset=utf-8"))
}

fn sent(plain: &str, media: HeaderValue) -> Result<Response, Problem> {
    let bytes = assets::bytes(plain).ok_or_else(Problem::not_found)?;
    Ok(([(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, ASK)], bytes).into_response())
}
