//! What became of an idempotency key: for a device that lost the answer and has to know before something is given up.

use axum::{
    Json,
    extract::{Path, State},
};

use super::commands::Done;
use crate::{problem::Problem, session::SignedIn, state::AppState};

/// What was answered under a key of this member's.
///
/// A key is known once its command was done, and for 60 days after; one that was refused is not used up, and unknown.
#[utoipa::path(get, path = "/keys/{key}", tag = "uploads", params(("key" = String, Path, description = "The Idempotency-Key")), responses(
    (status = 200, description = "The command was done: the case as it was right after, with `replayed` true", body = Done),
    (status = 404, description = "Nothing was done under this key in this member's name"),
))]
pub async fn key(
    State(state): State<AppState>,
    who: SignedIn,
    Path(key): Path<String>,
) -> Result<Json<Done>, Problem> {
    // What no header could have carried was no key.
    if !key.bytes().all(|sign| sign.is_ascii_graphic() || sign == b' ') {
        return Err(Problem::not_found());
    }
    let found = state.engine.store().key_answer(state.tenant(), who.member.as_str(), &key).await?;
    let (receipt, _) = found.ok_or_else(Problem::not_found)?;
    Ok(Json(Done::of(receipt)))
}
