//! The Merkle log as others read it: a case's receipt for those who may read the case, and heads and tiles for everybody.
//!
//! Heads and tiles are public on purpose: a log that only its keeper sees proves nothing. They hold hashes over sealed words
//! and say how many entries there are, nothing else. Refuses to check anything: that is done elsewhere, without the platform.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderName, HeaderValue, header},
    response::IntoResponse,
};
use huying_model::CaseId;
use huying_proof::{Receipt, tile};

use super::find::{self, CaseName};
use crate::{problem::Problem, session::SignedIn, state::AppState};

/// An entry that waits for the log is there after about a second.
const WAIT_SECONDS: u32 = 2;

/// The receipt of a case: its first entry with the proof that it stands in the log, to be kept and checked without the platform.
///
/// Until the entry stands under a signed head the answer is 503 `not_logged` with Retry-After; within 60 seconds it does.
#[utoipa::path(get, path = "/cases/{id}/receipt", tag = "cases", params(("id" = String, Path, description = "Id or number")), responses(
    (status = 200, description = "The receipt; `huying audit --receipt` checks it", body = Object),
    (status = 404, description = "There is no such case, or it is not yours to read, or it is a part of a split: the receipt is that of the whole"),
    (status = 503, description = "Not in the log yet: code `not_logged`"),
))]
pub async fn receipt(
    State(state): State<AppState>,
    who: SignedIn,
    CaseName(name): CaseName,
) -> Result<Json<Receipt>, Problem> {
    let found = find::case(&state, &who, &name).await?;
    receipt_of(&state, found.case.id).await.map(Json)
}

/// The receipt of a case that the asker may have it of.
pub(crate) async fn receipt_of(state: &AppState, case: CaseId) -> Result<Receipt, Problem> {
    let receipt = state.engine.store().log_receipt(state.tenant(), case).await?;
    receipt.ok_or_else(|| Problem { retry_after: Some(WAIT_SECONDS), ..Problem::of("not_logged") })
}

type Bytes = ([(HeaderName, HeaderValue); 2], Vec<u8>);

fn kept_by_others(media: &'static str, cache: &'static str, bytes: Vec<u8>) -> Bytes {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    (headers, bytes)
}

/// The newest signed head of the log, as a signed note.
#[utoipa::path(get, path = "/log/checkpoint", tag = "operation", responses(
    (status = 200, description = "Origin, size, root and time, signed", content_type = "text/plain", body = String),
    (status = 404, description = "Nothing is in the log yet"),
))]
pub async fn checkpoint(State(state): State<AppState>) -> Result<impl IntoResponse, Problem> {
    let head = state.engine.store().log_checkpoint(state.tenant()).await?.ok_or_else(Problem::not_found)?;
    Ok(kept_by_others("text/plain; charset=utf-8", "no-store", head.into_bytes()))
}

/// Hashes of the log: 256 a full tile, 32 bytes each, the lowest level those of the leaves.
///
/// `{index}` is written as C2SP's tlog-tiles says: `007`, `x001/067`, and `007.p/5` for the first five of a tile that is not full.
#[utoipa::path(get, path = "/log/tile/{level}/{*index}", tag = "operation",
    params(("level" = String, Path, description = "0 for leaves"), ("index" = String, Path, description = "Such as `x001/067` or `007.p/5`, with its slashes")),
    responses((status = 200, description = "The hashes", content_type = "application/octet-stream", body = Vec<u8>), (status = 404, description = "The log has no such tile under its newest head")))]
pub async fn tile(
    State(state): State<AppState>,
    Path((level, index)): Path<(String, String)>,
) -> Result<impl IntoResponse, Problem> {
    let number =
        level.parse::<u8>().ok().filter(|number| number.to_string() == level && *number < tile::LEVELS);
    let (Some(level), Some((index, width))) = (number, tile::of_path(&index)) else {
        return Err(Problem::not_found());
    };
    let bytes = state.engine.store().log_tile(state.tenant(), level, index, width).await?;
    let bytes = bytes.ok_or_else(Problem::not_found)?;
    Ok(kept_by_others("application/octet-stream", "public, max-age=31536000, immutable", bytes))
}
