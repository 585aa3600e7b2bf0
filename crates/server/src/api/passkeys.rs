//! Passkeys: added on one's own account, and used to sign in without a name and a password.
//!
//! Each takes two steps: the browser asks what its device shall do, and sends what the device answered with the ticket it was given. The
//! options and answers are the JSON of WebAuthn Level 3. Start at [`wanted`] and [`asked`].

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use huying_engine::accounts::{Ceremony, Gate, passkey_id};
use huying_store::accounts::PasskeyRow;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{bodies::read, org::MemberShown, session::shown, shape::Moment};
use crate::{
    pages::fresh,
    problem::Problem,
    sent::Sent,
    session::{AtTheDoor, SignedIn, visit::Visit},
    state::AppState,
};

/// What the browser's device is asked to do.
#[derive(Serialize, ToSchema)]
pub struct CeremonyShown {
    /// For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`.
    #[schema(value_type = Object)]
    options: Value,
    /// Send it back with the answer, within five minutes, once.
    ticket: String,
}

impl From<Ceremony> for CeremonyShown {
    fn from(it: Ceremony) -> CeremonyShown {
        CeremonyShown { options: it.options, ticket: it.ticket }
    }
}

/// A passkey of one's own.
#[derive(Serialize, ToSchema)]
pub struct PasskeyShown {
    id: String,
    name: String,
    made_at: Moment,
    used_at: Option<Moment>,
}

impl From<&PasskeyRow> for PasskeyShown {
    fn from(row: &PasskeyRow) -> PasskeyShown {
        PasskeyShown {
            id: passkey_id(row),
            name: row.name.clone(),
            made_at: Moment(row.made_at),
            used_at: row.used_at.map(Moment),
        }
    }
}

/// The password once more.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyWantedBody {
    /// Left out by whoever has none.
    #[serde(default)]
    password: String,
}

/// What the device made.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyMadeBody {
    ticket: String,
    /// What to call it, such as the device's name.
    name: String,
    /// `credential.toJSON()`.
    #[schema(value_type = Object)]
    answer: Value,
}

/// What the device answered.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyAnswerBody {
    ticket: String,
    /// `credential.toJSON()`.
    #[schema(value_type = Object)]
    answer: Value,
}

/// One's own passkeys.
#[utoipa::path(get, path = "/account/passkeys", tag = "session", responses(
    (status = 200, description = "The oldest first", body = Vec<PasskeyShown>),
))]
pub async fn list(State(state): State<AppState>, who: SignedIn) -> Result<Json<Vec<PasskeyShown>>, Problem> {
    let all = state.accounts()?.passkeys(&who.session()?.member).await?;
    Ok(Json(all.iter().map(PasskeyShown::from).collect()))
}

/// Begins to add a passkey: the password is asked for once more.
#[utoipa::path(post, path = "/account/passkeys/challenge", tag = "session", request_body = PasskeyWantedBody, responses(
    (status = 200, description = "What the device is asked to do", body = CeremonyShown),
    (status = 401, description = "`wrong_credentials`"),
    (status = 409, description = "`no_passkeys_here`: the platform was opened by a number instead of a name"),
    (status = 429, description = "`too_many_tries`, with Retry-After"),
))]
pub async fn wanted(
    State(state): State<AppState>,
    door: AtTheDoor,
    visit: Visit,
    sent: Sent,
) -> Result<Response, Problem> {
    let (accounts, who) = (state.accounts()?, door.past(&[Gate::Enrol])?);
    let body: PasskeyWantedBody = read(sent.fields)?;
    let accounts = visit.at(accounts);
    let asked = accounts.passkey_wanted(who.session()?, &body.password, &visit.site(&state)?).await?;
    Ok(fresh(Json(CeremonyShown::from(asked))))
}

/// Adds the passkey that the device made.
#[utoipa::path(post, path = "/account/passkeys", tag = "session", request_body = PasskeyMadeBody, responses(
    (status = 201, description = "It opens from now on", body = PasskeyShown),
    (status = 400, description = "`validation`: each wrong field with its mend"),
    (status = 401, description = "`wrong_passkey`"),
    (status = 409, description = "`too_late`: begin again"),
))]
pub async fn made(
    State(state): State<AppState>,
    door: AtTheDoor,
    visit: Visit,
    sent: Sent,
) -> Result<Response, Problem> {
    let (accounts, who) = (state.accounts()?, door.past(&[Gate::Enrol])?);
    let body: PasskeyMadeBody = read(sent.fields)?;
    let pair = (body.ticket.as_str(), &body.answer);
    let (accounts, site) = (visit.at(accounts), visit.site(&state)?);
    let row = accounts.passkey_made(who.session()?, pair, &body.name, &site).await?;
    Ok((StatusCode::CREATED, fresh(Json(PasskeyShown::from(&row)))).into_response())
}

/// Takes one of one's own passkeys away.
#[utoipa::path(delete, path = "/account/passkeys/{id}", tag = "session",
    params(("id" = String, Path, description = "Id of the passkey")), responses(
    (status = 204, description = "It opens nothing any more"), (status = 404, description = "There is no such passkey"),
))]
pub async fn drop_one(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let gone = state.accounts()?.drop_passkey(&who.session()?.member, &id).await?;
    if gone { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}

/// Begins to sign in by a passkey; nobody has to say who they are.
#[utoipa::path(post, path = "/session/passkey/challenge", tag = "session", responses(
    (status = 200, description = "What the device is asked to do", body = CeremonyShown),
    (status = 409, description = "`no_passkeys_here`: the platform was opened by a number instead of a name"),
    (status = 429, description = "`too_many_requests`, with Retry-After"),
))]
pub async fn asked(State(state): State<AppState>, visit: Visit) -> Result<Response, Problem> {
    let asked = state.accounts()?.passkey_asked(&visit.site(&state)?)?;
    Ok(fresh(Json(CeremonyShown::from(asked))))
}

/// Signs in by a passkey, which is both factors at once: the answer sets the session's cookie.
#[utoipa::path(post, path = "/session/passkey", tag = "session", request_body = PasskeyAnswerBody, responses(
    (status = 200, description = "Signed in", body = MemberShown),
    (status = 401, description = "`wrong_passkey`"),
    (status = 409, description = "`too_late`: begin again"),
    (status = 429, description = "`too_many_requests`, with Retry-After"),
))]
pub async fn sign_in(State(state): State<AppState>, visit: Visit, sent: Sent) -> Result<Response, Problem> {
    let accounts = visit.at(state.accounts()?);
    let body: PasskeyAnswerBody = read(sent.fields)?;
    let (pair, device, had) =
        ((body.ticket.as_str(), &body.answer), visit.device.clone(), visit.token.as_deref());
    let came = accounts.sign_in_by_passkey(pair, device, had, &visit.site(&state)?).await?;
    shown(&state, &came.member, visit.let_in(&came)?)
}
