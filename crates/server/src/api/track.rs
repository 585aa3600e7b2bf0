//! Following one's own case without an account: by its number and the code that was handed over with it.

use axum::{Json, extract::State, response::Response};
use huying_engine::track::Followed;
use huying_model::{Case, UnitId};
use huying_proof::Receipt;
use huying_store::person::AccessRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{bodies::read, log, shape::Moment};
use crate::{pages::fresh, problem::Problem, sent::Sent, session::visit::Visit, state::AppState};

/// Which case.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrackBody {
    /// The case's number.
    number: String,
    /// `follow_secret` of the answer to the report.
    secret: String,
}

/// How far a case is; no words of it.
#[derive(Serialize, ToSchema)]
pub struct TrackShown {
    number: String,
    /// A code of GET /api/v1/words.
    stage: &'static str,
    /// The unit that has it now.
    unit: String,
    received_at: Moment,
    closed_at: Option<Moment>,
    /// When which unit was shown your name or contact on request, and for what; null where the authority does not show it.
    seen_by: Option<Vec<SeenShown>>,
}

/// Somebody was shown something of the reporter.
#[derive(Serialize, ToSchema)]
pub struct SeenShown {
    at: Moment,
    unit: Option<String>,
    /// `name`, `contact` or `original`; null for everything that is held.
    field: Option<String>,
    purpose: Option<String>,
}

/// Who looked, for the reporter; None where the authority does not show it.
pub(crate) async fn seen(state: &AppState, case: &Case) -> Result<Option<Vec<AccessRow>>, Problem> {
    if !state.settings.privacy.reporters_see_reveals {
        return Ok(None);
    }
    Ok(Some(state.engine.reveals_of(state.tenant(), case.id).await?))
}

/// The case, where both are right. Wrong ones count against the address where members come in by accounts.
pub(crate) async fn followed(
    state: &AppState,
    visit: &Visit,
    number: &str,
    secret: &str,
) -> Result<Followed, Problem> {
    let from = visit.arrival.address;
    let accounts = state.accounts().ok();
    if let Some(accounts) = accounts {
        accounts.guessed(from).await?;
    }
    let followed = state.engine.follow(state.tenant(), number, secret).await?;
    if let Some(accounts) = accounts {
        accounts.guessed_right(from).await?;
    }
    Ok(followed)
}

/// How far the case is, where both are right.
async fn found(state: &AppState, visit: &Visit, number: &str, secret: &str) -> Result<Case, Problem> {
    Ok(followed(state, visit, number, secret).await?.shown)
}

/// How far one's own case is, for whoever has its number and its secret.
#[utoipa::path(post, path = "/track", tag = "cases", request_body = TrackBody, responses(
    (status = 200, description = "How far it is", body = TrackShown),
    (status = 404, description = "`not_found`, whichever of the two is wrong"),
    (status = 429, description = "`too_many_tries`, with Retry-After"),
))]
pub async fn track(State(state): State<AppState>, visit: Visit, sent: Sent) -> Result<Response, Problem> {
    let body: TrackBody = read(sent.fields)?;
    let case = found(&state, &visit, &body.number, &body.secret).await?;
    let setting = state.setting()?;
    let name = |id: &UnitId| setting.policy.org.units.get(id).map(|unit| unit.name.to_string());
    let unit = name(&case.custodian);
    let shown = |row: AccessRow| SeenShown {
        at: Moment(row.at),
        unit: row.unit.as_ref().and_then(name),
        field: row.field.map(|field| field.to_string()),
        purpose: row.purpose.map(|purpose| purpose.to_string()),
    };
    let seen_by = seen(&state, &case).await?.map(|rows| rows.into_iter().map(shown).collect());
    Ok(fresh(Json(TrackShown {
        number: case.number.to_string(),
        stage: case.stage.code(),
        unit: unit.unwrap_or_else(|| case.custodian.to_string()),
        received_at: Moment(case.received_at),
        closed_at: case.closed_at.map(Moment),
        seen_by,
    })))
}

/// The receipt of one's own case: its first entry with the proof that it stands in the log, to be kept and checked without the platform.
#[utoipa::path(post, path = "/track/receipt", tag = "cases", request_body = TrackBody, responses(
    (status = 200, description = "The receipt; `huying audit --receipt` and the page `receipt.html` check it", body = Object),
    (status = 404, description = "`not_found`, whichever of the two is wrong"),
    (status = 429, description = "`too_many_tries`, with Retry-After"),
    (status = 503, description = "Not in the log yet: code `not_logged`"),
))]
pub async fn receipt(State(state): State<AppState>, visit: Visit, sent: Sent) -> Result<Response, Problem> {
    let body: TrackBody = read(sent.fields)?;
    Ok(fresh(Json(own_receipt(&state, &visit, &body.number, &body.secret).await?)))
}

/// The receipt, where number and secret are right.
pub(crate) async fn own_receipt(
    state: &AppState,
    visit: &Visit,
    number: &str,
    secret: &str,
) -> Result<Receipt, Problem> {
    let case = found(state, visit, number, secret).await?;
    log::receipt_of(state, case.id).await
}
