//! One's own account: password, one-time codes, devices, keys of programs, and links that were handed over.
//!
//! Whatever changes how somebody comes in asks for the password once more and answers with another session cookie. Secrets are in one
//! answer only, which nobody keeps. Start at [`account`].

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use huying_engine::accounts::{Gate, Scope, device_id};
use huying_store::accounts::ApiKeyRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{bodies::read, shape::Moment};
use crate::{
    pages::fresh,
    problem::Problem,
    sent::{Asked, Sent, no_such},
    session::{AtTheDoor, SignedIn, visit::Visit},
    state::AppState,
};

/// A signed-in device.
#[derive(Serialize, ToSchema)]
pub struct DeviceShown {
    id: String,
    /// What the browser says it is.
    device: String,
    began_at: Moment,
    /// To the minute.
    seen_at: Moment,
    ends_at: Moment,
    /// The one that asks.
    this: bool,
}

/// A program's key, without the key itself.
#[derive(Serialize, ToSchema)]
pub struct KeyShown {
    id: String,
    name: String,
    /// Of `read`, `report`, `handle`, `administer`.
    scopes: Vec<&'static str>,
    made_at: Moment,
    ends_at: Moment,
    used_at: Option<Moment>,
    /// Send it as `Authorization: Bearer hy_…`. Only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// How one's own account stands.
#[derive(Serialize, ToSchema)]
pub struct AccountShown {
    member: String,
    /// One-time codes are switched on.
    codes: bool,
    recovery_codes_left: Option<i64>,
    devices: Vec<DeviceShown>,
    keys: Vec<KeyShown>,
}

fn key_shown(row: &ApiKeyRow, key: Option<String>) -> KeyShown {
    KeyShown {
        id: row.id.to_string(),
        name: row.name.clone(),
        scopes: Scope::list(&row.scopes).into_iter().map(Scope::code).collect(),
        made_at: Moment(row.made_at),
        ends_at: Moment(row.ends_at),
        used_at: row.used_at.map(Moment),
        key,
    }
}

/// One's own account.
#[utoipa::path(get, path = "/account", tag = "session", responses(
    (status = 200, description = "Codes, devices and keys", body = AccountShown),
))]
pub async fn account(State(state): State<AppState>, who: SignedIn) -> Result<Json<AccountShown>, Problem> {
    let (accounts, session) = (state.accounts()?, who.session()?);
    let left = accounts.recovery_left(&who.member).await?;
    let devices = accounts.devices(&who.member).await?;
    let keys = accounts.keys(&who.member).await?;
    let shown = |row: &huying_store::accounts::SessionRow| DeviceShown {
        id: device_id(row),
        device: row.device.clone(),
        began_at: Moment(row.began_at),
        seen_at: Moment(row.seen_at),
        ends_at: Moment(row.ends_at),
        this: row.hash == session.hash,
    };
    Ok(Json(AccountShown {
        member: who.member.to_string(),
        codes: left.is_some(),
        recovery_codes_left: left,
        devices: devices.iter().map(shown).collect(),
        keys: keys.iter().map(|row| key_shown(row, None)).collect(),
    }))
}

/// Another password.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    old_password: String,
    /// At least 10 signs, and none of the commonest.
    new_password: String,
    /// The keys of programs and the passkeys go too: for whoever fears that somebody else knew the old one.
    #[serde(default)]
    keys: bool,
}

/// Changes one's own password: every other session ends, and this one gets another cookie.
#[utoipa::path(post, path = "/account/password", tag = "session", request_body = PasswordBody, responses(
    (status = 204, description = "Changed"),
    (status = 400, description = "`validation`: why the new password is not taken"),
    (status = 401, description = "`wrong_credentials`"),
    (status = 429, description = "`too_many_tries`, with Retry-After"),
))]
pub async fn password(
    State(state): State<AppState>,
    door: AtTheDoor,
    visit: Visit,
    sent: Sent,
) -> Result<Response, Problem> {
    let (accounts, who) = (state.accounts()?, door.past(&[Gate::Password, Gate::Enrol])?);
    let body: PasswordBody = read(sent.fields)?;
    let (session, device) = (who.session()?, visit.device.clone());
    let passwords = (body.old_password.as_str(), body.new_password.as_str());
    let token = visit.at(accounts).change_password(session, passwords, body.keys, device).await?;
    Ok((StatusCode::NO_CONTENT, visit.keep(&token)?).into_response())
}

/// Codes that are about to be switched on.
#[derive(Serialize, ToSchema)]
pub struct EnrolmentShown {
    /// For an app that takes no picture: base 32.
    secret: String,
    /// What an app's picture says (otpauth).
    uri: String,
    /// Send it back with the app's first code, within 15 minutes.
    ticket: String,
}

/// Begins to switch one-time codes (TOTP, RFC 6238) on.
#[utoipa::path(post, path = "/account/codes", tag = "session", responses(
    (status = 200, description = "Nothing has changed yet: confirm it with PUT", body = EnrolmentShown),
    (status = 409, description = "`has_codes`"),
))]
pub async fn begin_codes(State(state): State<AppState>, door: AtTheDoor) -> Result<Response, Problem> {
    let (accounts, who) = (state.accounts()?, door.past(&[Gate::Enrol])?);
    who.session()?;
    let begun = accounts.begin_codes(&who.member).await?;
    let shown = EnrolmentShown { secret: begun.secret, uri: begun.uri, ticket: begun.ticket };
    Ok(fresh(Json(shown)))
}

/// The first code of an app.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodesBody {
    ticket: String,
    /// The six digits that the app shows now.
    code: String,
    password: String,
}

/// Recovery codes, shown once: each stands in for one code when the app is lost.
#[derive(Serialize, ToSchema)]
pub struct RecoveryShown {
    recovery_codes: Vec<String>,
}

/// Switches one-time codes on: every other session ends, and this one gets another cookie.
#[utoipa::path(put, path = "/account/codes", tag = "session", request_body = CodesBody, responses(
    (status = 200, description = "They are asked for from now on", body = RecoveryShown),
    (status = 401, description = "`wrong_code`, `wrong_credentials`"),
    (status = 409, description = "`has_codes`, `too_late`"),
))]
pub async fn switch_codes_on(
    State(state): State<AppState>,
    door: AtTheDoor,
    visit: Visit,
    sent: Sent,
) -> Result<Response, Problem> {
    let (accounts, who) = (state.accounts()?, door.past(&[Gate::Enrol])?);
    let body: CodesBody = read(sent.fields)?;
    let proof = (body.ticket.as_str(), body.code.as_str(), body.password.as_str());
    let (token, recovery_codes) =
        visit.at(accounts).switch_codes_on(who.session()?, proof, visit.device.clone()).await?;
    Ok((visit.keep(&token)?, Json(RecoveryShown { recovery_codes })).into_response())
}

/// The password, once more.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofBody {
    password: String,
}

/// Switches one-time codes off.
#[utoipa::path(post, path = "/account/codes/off", tag = "session", request_body = ProofBody, responses(
    (status = 204, description = "They are asked for no more"),
    (status = 401, description = "`wrong_credentials`"),
    (status = 403, description = "`codes_demanded`"),
))]
pub async fn switch_codes_off(
    State(state): State<AppState>,
    who: SignedIn,
    visit: Visit,
    sent: Sent,
) -> Result<Response, Problem> {
    let body: ProofBody = read(sent.fields)?;
    let device = visit.device.clone();
    let accounts = visit.at(state.accounts()?);
    let token = accounts.switch_codes_off(who.session()?, &body.password, device).await?;
    Ok((StatusCode::NO_CONTENT, visit.keep(&token)?).into_response())
}

/// Makes new recovery codes in place of the old ones.
#[utoipa::path(post, path = "/account/recovery-codes", tag = "session", request_body = ProofBody, responses(
    (status = 200, description = "The old ones open nothing any more", body = RecoveryShown),
    (status = 401, description = "`wrong_credentials`"),
))]
pub async fn renew_recovery(
    State(state): State<AppState>,
    who: SignedIn,
    visit: Visit,
    sent: Sent,
) -> Result<Response, Problem> {
    let body: ProofBody = read(sent.fields)?;
    let (accounts, session) = (visit.at(state.accounts()?), who.session()?);
    let recovery_codes = accounts.renew_recovery(&session.member, &body.password).await?;
    Ok(fresh(Json(RecoveryShown { recovery_codes })))
}

/// Signs one of one's own devices out.
#[utoipa::path(delete, path = "/account/devices/{id}", tag = "session",
    params(("id" = String, Path, description = "Id of the device")), responses(
    (status = 204, description = "It is signed out"), (status = 404, description = "There is no such device"),
))]
pub async fn end_device(
    State(state): State<AppState>,
    who: SignedIn,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let ended = visit.at(state.accounts()?).end_device(&who.session()?.member, &id).await?;
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}

/// What else ends with the other devices.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct EndQuery {
    /// The keys of programs and the passkeys go too.
    keys: bool,
}

/// Signs every other device out.
#[utoipa::path(delete, path = "/account/devices", tag = "session", params(EndQuery), responses(
    (status = 204, description = "This device alone is signed in"),
))]
pub async fn end_devices(
    State(state): State<AppState>,
    who: SignedIn,
    visit: Visit,
    Asked(asked): Asked<EndQuery>,
) -> Result<StatusCode, Problem> {
    let session = who.session()?;
    let accounts = visit.at(state.accounts()?);
    accounts.end_everywhere(&session.member, Some(session.hash), asked.keys).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A key for a program.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyBody {
    /// What it is for.
    name: String,
    /// Of `read`, `report`, `handle`, `administer`; a key never does more than its member may.
    scopes: Vec<String>,
    /// How long it lasts, 1 to 366.
    days: i64,
    password: String,
}

/// Makes a key for a program. It is in this answer only.
#[utoipa::path(post, path = "/account/keys", tag = "session", request_body = KeyBody, responses(
    (status = 201, description = "It opens from now on", body = KeyShown),
    (status = 400, description = "`validation`: each wrong field with its mend"),
    (status = 401, description = "`wrong_credentials`"),
))]
pub async fn make_key(
    State(state): State<AppState>,
    who: SignedIn,
    visit: Visit,
    sent: Sent,
) -> Result<Response, Problem> {
    let body: KeyBody = read(sent.fields)?;
    let scope = |code: &String| {
        Scope::from_code(code).ok_or_else(|| no_such("scopes", code, "read, report, handle, administer"))
    };
    let scopes = body.scopes.iter().map(scope).collect::<Result<Vec<_>, _>>()?;
    let (accounts, session) = (visit.at(state.accounts()?), who.session()?);
    let made = accounts.make_key(session, &body.name, &scopes, body.days, &body.password).await?;
    let mut answer = fresh(Json(key_shown(&made.row, Some(made.key))));
    *answer.status_mut() = StatusCode::CREATED;
    Ok(answer)
}

/// Takes one of one's own keys back.
#[utoipa::path(delete, path = "/account/keys/{id}", tag = "session",
    params(("id" = String, Path, description = "Id of the key")), responses(
    (status = 204, description = "It opens nothing any more"), (status = 404, description = "There is no such key"),
))]
pub async fn drop_key(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let gone = state.accounts()?.drop_key(&who.session()?.member, &id).await?;
    if gone { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}

/// Who has forgotten their password.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgottenBody {
    member: String,
}

/// Asks for a link to set another password. It goes by mail to the address that the account has; the answer is the same whether
/// there is such an account or not.
#[utoipa::path(post, path = "/account/forgotten", tag = "session", request_body = ForgottenBody, responses(
    (status = 202, description = "If there is such an account with an address, a letter is on its way"),
    (status = 429, description = "`too_many_tries`, with Retry-After"),
))]
pub async fn forgotten(
    State(state): State<AppState>,
    visit: Visit,
    sent: Sent,
) -> Result<StatusCode, Problem> {
    let accounts = state.accounts()?;
    let body: ForgottenBody = read(sent.fields)?;
    visit.at(accounts).forgot(&body.member, visit.arrival.address).await?;
    Ok(StatusCode::ACCEPTED)
}

/// A link that was handed over, taken up.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeUpBody {
    /// The last part of the link.
    token: String,
    /// At least 10 signs, and none of the commonest.
    new_password: String,
}

/// Sets a password with an invitation's or a reset's link, which is used up by it.
#[utoipa::path(post, path = "/account/invitation", tag = "session", request_body = TakeUpBody, responses(
    (status = 204, description = "Sign in with it"),
    (status = 400, description = "`validation`: why the password is not taken"),
    (status = 404, description = "`link_gone`"),
))]
pub async fn take_up(State(state): State<AppState>, visit: Visit, sent: Sent) -> Result<StatusCode, Problem> {
    let accounts = visit.at(state.accounts()?);
    let body: TakeUpBody = read(sent.fields)?;
    accounts.take_up(&body.token, &body.new_password).await?;
    Ok(StatusCode::NO_CONTENT)
}
