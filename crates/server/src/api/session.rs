//! Signing in by choosing a name, on a loopback address, until accounts come.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_model::MemberId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::org::{MemberShown, member_shown};
use crate::{
    problem::{Both, Problem},
    sent::Sent,
    session::{self, Local, SignedIn},
    state::AppState,
};

/// Who signs in.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInBody {
    /// Id of a member of GET /api/v1/members.
    member: String,
}

/// Signs a member in by name: the answer sets the session cookie. On a loopback address only.
#[utoipa::path(post, path = "/session", tag = "session", request_body = SignInBody, responses(
    (status = 200, description = "Signed in", body = MemberShown),
    (status = 400, description = "`validation`: there is no such member"),
    (status = 403, description = "`loopback_only`"),
))]
pub async fn sign_in(State(state): State<AppState>, _: Local, sent: Sent) -> Result<Response, Problem> {
    let body: SignInBody = super::bodies::read(sent.fields)?;
    let setting = state.setting()?;
    let Some(member) = setting.policy.org.members.get(&MemberId::new(&body.member)) else {
        let mend = Both::of("请从人员列表中选择。", "Choose one from GET /api/v1/members.");
        return Err(Problem::field(
            "member",
            "unknown_member",
            Both::of("没有该人员。", "There is no such member."),
            mend,
        ));
    };
    let cookie = session::sign_in(&state, &member.id)?;
    Ok(([(header::SET_COOKIE, cookie)], Json(member_shown(&state, member))).into_response())
}

/// Who is signed in.
#[utoipa::path(get, path = "/session", tag = "session", responses(
    (status = 200, description = "The member with the seats that are theirs now", body = MemberShown), (status = 401, description = "`not_signed_in`"),
))]
pub async fn who(State(state): State<AppState>, who: SignedIn) -> Result<Json<MemberShown>, Problem> {
    let setting = state.setting()?;
    let member = setting.policy.org.members.get(&who.member).ok_or_else(Problem::not_found)?;
    Ok(Json(member_shown(&state, member)))
}

/// Signs out.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204, description = "Signed out")))]
pub async fn sign_out() -> Response {
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, session::sign_out())]).into_response()
}
