//! Photos that a person approved, for everybody: the copy that is shown, without what a camera hides in it.
//!
//! Refuses every other file and every other copy as if there were none. Start at [`photo`].

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::errors::{Refused, no_such};
use crate::{api::files, problem::Problem, state::AppState};

/// A photo by the case's number and its hash.
pub(super) async fn photo(state: &AppState, path: &str, headers: &HeaderMap) -> Result<Response, Refused> {
    let named = path.strip_suffix(".jpg").and_then(|path| path.split_once('/'));
    let (number, file) = named.ok_or_else(|| no_such("media"))?;
    let row = state.engine.public_file(state.tenant(), number, file).await?;
    let row = row.ok_or_else(|| no_such("media"))?;
    let hash = row.shown.clone().ok_or_else(|| no_such("media"))?;
    let etag = HeaderValue::from_str(&format!("\"{hash}\"")).map_err(|why| Problem::internal(&why))?;
    // What was approved can be taken back: nobody keeps it for long.
    let cache = HeaderValue::from_static("public, max-age=300");
    if headers.get(header::IF_NONE_MATCH) == Some(&etag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag), (header::CACHE_CONTROL, cache)])
            .into_response());
    }
    let bytes = files::bytes(state, &row, &hash).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline; filename=\"photo.jpg\"")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CACHE_CONTROL, cache),
        (header::ETAG, etag),
    ];
    Ok((headers, bytes).into_response())
}
