//! What partners send and fetch: signed CloudEvents in, files at addresses that were given to them, and the schemas of both.
//!
//! Owns the way from a request to the engine's [`Engine::take`](huying_engine::Engine::take): raw bytes, bounded, with their headers. A
//! partner shows no session and no key: its signature is who it is. Start at [`take`].

use axum::{
    Json,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_engine::exchange::{schema, take::Delivery, tell::Saying};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{problem::Problem, sent, state::AppState};

/// Bytes that one request of a partner may have.
const MOST: usize = 4 * 1024 * 1024;

/// What became of one event.
#[derive(Serialize, ToSchema)]
pub struct TakenShown {
    /// The event's id.
    id: String,
    /// It was applied before; nothing is done again.
    again: bool,
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Takes CloudEvents 1.0 of a partner: structured (`application/cloudevents+json`), batched (`application/cloudevents-batch+json`) or
/// binary (headers `ce-…`), signed with `webhook-id`, `webhook-timestamp` and `webhook-signature` as Standard Webhooks says. All of a
/// request is kept for good when 202 is answered, or nothing of it. An event that was applied before is taken again and does nothing.
/// What cannot be applied as it is waits in the partner's list with the reason.
#[utoipa::path(post, path = "/exchange/{partner}", tag = "partners",
    params(("partner" = String, Path, description = "Id of the partner who sends")),
    request_body(content = Value, content_type = "application/cloudevents+json"),
    responses(
        (status = 202, description = "Kept for good", body = Vec<TakenShown>),
        (status = 400, description = "`validation`: each event that is none, with its place"),
        (status = 401, description = "`exchange_signature` or `exchange_timestamp`"),
        (status = 403, description = "`exchange_source`"),
        (status = 413, description = "`too_large`: more than 4 MB"),
        (status = 503, description = "`exchange_paused`, or the store is busy"),
    ))]
pub async fn take(
    State(state): State<AppState>,
    Path(partner): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let body = sent::read(body, MOST).await?;
    let header = |name: &str| text(&parts.headers, name);
    let delivery = Delivery { partner: &partner, header: &header, body: &body };
    let taken = state.engine.take(state.tenant(), delivery).await?;
    let shown: Vec<TakenShown> =
        taken.into_iter().map(|taken| TakenShown { id: taken.id, again: taken.again }).collect();
    Ok((StatusCode::ACCEPTED, Json(shown)).into_response())
}

/// A file at an address that a message gave to the partner; it holds for some days. Photos come without their metadata.
#[utoipa::path(get, path = "/exchange/{partner}/files/{address}", tag = "partners",
    params(("partner" = String, Path, description = "Id of the partner"), ("address" = String, Path, description = "As the message gave it")),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 404, description = "The address was not given, or has ended"),
    ))]
pub async fn file(
    State(state): State<AppState>,
    Path((partner, address)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let found = state.engine.exchanged_file(state.tenant(), &partner, &address).await?;
    let (bytes, media) = found.ok_or_else(Problem::not_found)?;
    let mut headers = HeaderMap::new();
    let media = HeaderValue::from_str(&media).map_err(|why| Problem::internal(&why))?;
    headers.insert(header::CONTENT_TYPE, media);
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((headers, bytes).into_response())
}

/// The JSON Schema of what a type of message carries, such as `handed-over`.
#[utoipa::path(get, path = "/exchange/schemas/{name}", tag = "partners",
    params(("name" = String, Path, description = "The short name of the type, such as `handed-over`, or the whole type")),
    responses(
        (status = 200, description = "JSON Schema 2020-12", body = Value),
        (status = 404, description = "There is no such type"),
    ))]
pub async fn schema(Path(name): Path<String>) -> Result<Json<Value>, Problem> {
    let saying = Saying::from_code(&name).or_else(|| Saying::from_kind(&name));
    saying.map(|saying| Json(schema::of(saying))).ok_or_else(Problem::not_found)
}
