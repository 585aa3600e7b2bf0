//! Signing in and out: by name and password, and in the demonstration by choosing a name on a loopback address.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_model::MemberId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::org::{MemberShown, member_shown};
use crate::{
    problem::{Both, Problem},
    sent::Sent,
    session::{SignedIn, demo, may_end, visit::Visit},
    state::AppState,
};

/// Who signs in.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInBody {
    /// Id of a member.
    member: String,
    /// Left out in the demonstration only.
    password: Option<String>,
}

/// What is still missing.
#[derive(Serialize, ToSchema)]
pub struct NextShown {
    /// `second`: send a one-time code or a recovery code to POST /api/v1/session/second.
    next: &'static str,
}

/// The second factor.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecondBody {
    /// The six digits of the app, or a recovery code.
    code: String,
}

/// Signs a member in: the answer sets the session's cookie. In the demonstration by name, on a loopback address only.
#[utoipa::path(post, path = "/session", tag = "session", request_body = SignInBody, responses(
    (status = 200, description = "Signed in", body = MemberShown),
    (status = 202, description = "The password was right; a second factor is missing", body = NextShown),
    (status = 400, description = "`validation`: there is no such member (in the demonstration)"),
    (status = 401, description = "`wrong_credentials`, whichever of the two was wrong"),
    (status = 403, description = "`loopback_only` (in the demonstration), `secure_only`"),
    (status = 429, description = "`too_many_tries`, with Retry-After"),
))]
pub async fn sign_in(
    State(state): State<AppState>,
    local: Result<demo::Local, Problem>,
    visit: Visit,
    sent: Sent,
) -> Result<Response, Problem> {
    let Ok(accounts) = state.accounts() else {
        local?;
        return chosen(&state, &super::bodies::read::<SignInBody>(sent.fields)?);
    };
    let body: SignInBody = super::bodies::read(sent.fields)?;
    let came = visit.sign_in(accounts, &body.member, body.password.as_deref().unwrap_or_default()).await?;
    let cookies = visit.let_in(&came)?;
    if came.half {
        return Ok((StatusCode::ACCEPTED, cookies, Json(NextShown { next: "second" })).into_response());
    }
    shown(&state, &came.member, cookies)
}

fn chosen(state: &AppState, body: &SignInBody) -> Result<Response, Problem> {
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
    let cookie = demo::sign_in(state, &member.id)?;
    Ok(([(header::SET_COOKIE, cookie)], Json(member_shown(state, member))).into_response())
}

pub(crate) fn shown(state: &AppState, member: &MemberId, cookies: HeaderMap) -> Result<Response, Problem> {
    let setting = state.setting()?;
    let member = setting.policy.org.members.get(member).ok_or_else(Problem::not_found)?;
    Ok((cookies, Json(member_shown(state, member))).into_response())
}

/// Gives the second factor after the password: the answer sets another cookie.
#[utoipa::path(post, path = "/session/second", tag = "session", request_body = SecondBody, responses(
    (status = 200, description = "Signed in", body = MemberShown),
    (status = 401, description = "`wrong_code`"),
    (status = 409, description = "`too_late`: begin with the password again"),
    (status = 429, description = "`too_many_tries`, with Retry-After"),
))]
pub async fn second(State(state): State<AppState>, visit: Visit, sent: Sent) -> Result<Response, Problem> {
    let accounts = state.accounts()?;
    let body: SecondBody = super::bodies::read(sent.fields)?;
    let came = visit.second(accounts, &body.code).await?;
    shown(&state, &came.member, visit.let_in(&came)?)
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

/// Signs out: the session opens nothing any more.
#[utoipa::path(delete, path = "/session", tag = "session", responses(
    (status = 204, description = "Signed out"),
    (status = 409, description = "`another_member`: For-Member names somebody else than who is signed in"),
))]
pub async fn sign_out(
    State(state): State<AppState>,
    headers: HeaderMap,
    visit: Visit,
) -> Result<Response, Problem> {
    may_end(&headers, &visit, &state).await?;
    Ok((StatusCode::NO_CONTENT, visit.leave(&state).await?).into_response())
}
