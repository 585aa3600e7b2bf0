//! Seats that were asked for and wait for a second administrator.
//!
//! Owns the shapes; that nobody agrees to their own is the engine's ([`huying_engine::grants`]). Start at [`list`].

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use huying_engine::{
    accounts::Act,
    authority,
    grants::{Grant, State as Stands},
};
use huying_model::Actor;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use utoipa::ToSchema;

use super::{changes::PreviewShown, shape::Moment};
use crate::{problem::Problem, sent::Sent, session::SignedIn, state::AppState};

/// Seats that were asked for.
#[derive(Serialize, ToSchema)]
pub struct GrantShown {
    no: u32,
    /// `waiting`, `approved`, `rejected`, `ran_out`.
    #[schema(value_type = String)]
    state: Stands,
    #[schema(value_type = String)]
    by: SmolStr,
    asked_at: Moment,
    #[schema(value_type = String)]
    reason: SmolStr,
    /// Who gets which seat, a line each.
    grants: Vec<String>,
    /// Everything that the change does, a line an edit.
    edits: Vec<String>,
    #[schema(value_type = Option<String>)]
    decided_by: Option<SmolStr>,
}

impl From<Grant> for GrantShown {
    fn from(it: Grant) -> GrantShown {
        GrantShown {
            no: it.no,
            state: it.state,
            by: it.by.0,
            asked_at: Moment(it.at),
            reason: it.reason,
            grants: super::changes::in_both(&it.grants),
            edits: super::changes::in_english(it.edits),
            decided_by: it.decided_by.map(|by| by.0),
        }
    }
}

/// Why not.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefuseGrantBody {
    reason: String,
}

/// Whoever may decide it, as an administrator with all their seats: where three administrators are apart, it is the one who guards.
pub(crate) fn deciding(state: &AppState, who: &SignedIn) -> Result<Actor, Problem> {
    let org = &state.setting()?.policy.org;
    let actor = authority::actor(org, &who.member, state.now())
        .map_err(|unknown| Problem::from(huying_engine::Error::from(unknown)))?;
    let may = match state.accounts() {
        Ok(accounts) => accounts.may(&who.member, authority::administers(org, &actor), Act::Grant),
        Err(_) => authority::administers(org, &actor),
    };
    if may { Ok(actor) } else { Err(Problem::of("administrators_only")) }
}

/// Changes that give seats, with who asked and who agreed; the oldest first.
#[utoipa::path(get, path = "/organisation/grants", tag = "policy", responses((status = 200, description = "All of them", body = Vec<GrantShown>)))]
pub async fn list(State(state): State<AppState>, _: SignedIn) -> Result<Json<Vec<GrantShown>>, Problem> {
    Ok(Json(state.engine.grants(state.tenant()).await?.into_iter().map(GrantShown::from).collect()))
}

/// Agrees as the second person: the change is decided as it was asked for.
#[utoipa::path(post, path = "/organisation/grants/{no}/approve", tag = "policy",
    params(("no" = u32, Path, description = "Number of the grant")), responses(
    (status = 200, description = "What it does", body = PreviewShown),
    (status = 400, description = "`validation`: it cannot be made any more"),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "`unknown_grant`"),
    (status = 409, description = "`own_grant`, `already_decided`, `seats_since`"),
))]
pub async fn approve(
    State(state): State<AppState>,
    who: SignedIn,
    Path(no): Path<String>,
) -> Result<Json<PreviewShown>, Problem> {
    let actor = deciding(&state, &who)?;
    Ok(Json(state.engine.approve_grant(state.tenant(), &actor, number(&no)).await?.into()))
}

/// Refuses as the second person, or takes back what one asked for.
#[utoipa::path(post, path = "/organisation/grants/{no}/reject", tag = "policy", request_body = RefuseGrantBody,
    params(("no" = u32, Path, description = "Number of the grant")), responses(
    (status = 204, description = "Refused"),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "`unknown_grant`"),
    (status = 409, description = "`already_decided`, `reason_missing`"),
))]
pub async fn reject(
    State(state): State<AppState>,
    who: SignedIn,
    Path(no): Path<String>,
    sent: Sent,
) -> Result<StatusCode, Problem> {
    let actor = refusing(&state, &who)?;
    let body: RefuseGrantBody = super::bodies::read(sent.fields)?;
    state.engine.reject_grant(state.tenant(), &actor, number(&no), &body.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is no number is the number of none.
fn number(no: &str) -> u32 {
    no.parse().unwrap_or_default()
}

/// Whoever may refuse: also who asked for it.
fn refusing(state: &AppState, who: &SignedIn) -> Result<Actor, Problem> {
    let administers = authority::administers(&state.setting()?.policy.org, &who.actor);
    if administers { Ok(who.actor.clone()) } else { deciding(state, who) }
}
