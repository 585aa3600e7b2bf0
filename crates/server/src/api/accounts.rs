//! The accounts of others, for administrators of the whole authority: who has one, invitations, resets, closing.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use huying_engine::{
    accounts::{Accounts, Act, Duty, Listed, Sent as Went},
    authority,
};
use huying_model::MemberId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{bodies::read, shape::Moment};
use crate::{
    pages::fresh,
    problem::Problem,
    sent::Sent,
    session::{SignedIn, visit::Visit},
    state::AppState,
};

/// A member with how their account stands.
#[derive(Serialize, ToSchema)]
pub struct AccountListed {
    member: String,
    /// `none`, `invited`, `active`, `once` (a given-out password has to be changed), `locked`.
    state: &'static str,
    /// One-time codes are switched on.
    codes: bool,
    /// Mail can reach the member; the address itself is not shown.
    mail: bool,
    changed_at: Option<Moment>,
}

/// Where a link went.
#[derive(Serialize, ToSchema)]
pub struct LinkShown {
    /// By mail, to the member alone.
    mailed: bool,
    /// Otherwise: hand it over yourself. It works once, and is in this answer only.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// Whether somebody is an administrator of the whole authority, whichever of three they may be.
fn administers(state: &AppState, who: &SignedIn) -> Result<bool, Problem> {
    let org = &state.setting()?.policy.org;
    let actor = authority::actor(org, &who.member, state.now());
    let duties = state.accounts().ok().and_then(|accounts| accounts.rules().duties.as_ref());
    // Whoever audits may have a seat as auditor only.
    let audits = duties.is_some_and(|duties| duties.duty(&who.member) == Some(Duty::Audit));
    Ok(audits || actor.is_ok_and(|actor| authority::administers(org, &actor)))
}

/// The accounts, where the one who asks may see how they stand.
pub(crate) fn tended<'a>(state: &'a AppState, who: &SignedIn) -> Result<&'a Accounts, Problem> {
    let administers = administers(state, who)?;
    if !administers {
        return Err(Problem::of("administrators_only"));
    }
    let accounts = state.accounts()?;
    let may = accounts.may(&who.member, administers, Act::See);
    if may { Ok(accounts) } else { Err(Problem::of("administrators_only")) }
}

/// The accounts, where the one who asks may do this to those of others; what is done is written down with who did it and from where.
pub(crate) fn tended_for(
    state: &AppState,
    who: &SignedIn,
    visit: &Visit,
    act: Act,
) -> Result<Accounts, Problem> {
    let accounts = tended(state, who)?;
    let may = accounts.may(&who.member, administers(state, who)?, act);
    if may { Ok(visit.at(accounts).asked_by(&who.member)) } else { Err(Problem::of("another_administrator")) }
}

fn link(went: Went) -> Response {
    fresh(Json(match went {
        Went::Mailed => LinkShown { mailed: true, link: None },
        Went::Shown(link) => LinkShown { mailed: false, link: Some(link) },
    }))
}

/// Every member with how their account stands. For administrators.
#[utoipa::path(get, path = "/accounts", tag = "session", responses(
    (status = 200, description = "By id of the member", body = Vec<AccountListed>),
    (status = 403, description = "`administrators_only`, `another_administrator`"),
))]
pub async fn list(State(state): State<AppState>, who: SignedIn) -> Result<Json<Vec<AccountListed>>, Problem> {
    let shown = |one: Listed| AccountListed {
        member: one.member.to_string(),
        state: one.state,
        codes: one.has_codes,
        mail: one.has_mail,
        changed_at: one.changed_at.map(Moment),
    };
    Ok(Json(tended(&state, &who)?.list().await?.into_iter().map(shown).collect()))
}

/// Whom to invite how.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteBody {
    /// Where mail to the member goes from now on; it is kept sealed.
    mail: Option<String>,
}

/// Gives a member an account, or reminds one, and hands them a link to set their password. For administrators.
#[utoipa::path(post, path = "/accounts/{member}/invite", tag = "session", request_body = InviteBody,
    params(("member" = String, Path, description = "Id of the member")), responses(
    (status = 200, description = "Where the link went", body = LinkShown),
    (status = 400, description = "`validation`: there is no such member, or no such address"),
    (status = 403, description = "`administrators_only`, `another_administrator`"),
))]
pub async fn invite(
    State(state): State<AppState>,
    who: SignedIn,
    visit: Visit,
    Path(member): Path<String>,
    sent: Sent,
) -> Result<Response, Problem> {
    let member = MemberId::new(member);
    let accounts = tended_for(&state, &who, &visit, Act::Invite)?;
    let body: InviteBody = read(sent.fields)?;
    let mail = body.mail.as_deref().map(str::trim).filter(|mail| !mail.is_empty());
    Ok(link(accounts.invite(&member, mail).await?))
}

/// What goes.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetBody {
    /// The one-time codes and passkeys go too: for somebody who has lost their telephone and their recovery codes.
    #[serde(default)]
    codes: bool,
}

/// Hands a member a link to set another password. For administrators.
#[utoipa::path(post, path = "/accounts/{member}/reset", tag = "session", request_body = ResetBody,
    params(("member" = String, Path, description = "Id of the member")), responses(
    (status = 200, description = "Where the link went", body = LinkShown),
    (status = 403, description = "`administrators_only`, `another_administrator`"),
    (status = 404, description = "`no_account`"),
))]
pub async fn reset(
    State(state): State<AppState>,
    who: SignedIn,
    visit: Visit,
    Path(member): Path<String>,
    sent: Sent,
) -> Result<Response, Problem> {
    let member = MemberId::new(member);
    let accounts = tended_for(&state, &who, &visit, Act::Reset)?;
    let body: ResetBody = read(sent.fields)?;
    Ok(link(accounts.reset(&member, body.codes).await?))
}

/// Closes an account: it is signed out everywhere, and its keys are gone. For administrators.
#[utoipa::path(post, path = "/accounts/{member}/lock", tag = "session",
    params(("member" = String, Path, description = "Id of the member")), responses(
    (status = 204, description = "Nobody comes in by it"),
    (status = 403, description = "`administrators_only`, `another_administrator`"),
    (status = 404, description = "`no_account`"),
    (status = 409, description = "`own_account`"),
))]
pub async fn lock(
    State(state): State<AppState>,
    who: SignedIn,
    visit: Visit,
    Path(member): Path<String>,
) -> Result<StatusCode, Problem> {
    let member = MemberId::new(member);
    tended_for(&state, &who, &visit, Act::Lock)?.lock(Some(&who.member), &member, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Opens a closed account again. For administrators.
#[utoipa::path(post, path = "/accounts/{member}/unlock", tag = "session",
    params(("member" = String, Path, description = "Id of the member")), responses(
    (status = 204, description = "The member may come in again, with the password that they had"),
    (status = 403, description = "`administrators_only`, `another_administrator`"),
    (status = 404, description = "`no_account`"),
))]
pub async fn unlock(
    State(state): State<AppState>,
    who: SignedIn,
    visit: Visit,
    Path(member): Path<String>,
) -> Result<StatusCode, Problem> {
    let member = MemberId::new(member);
    tended_for(&state, &who, &visit, Act::Lock)?.lock(Some(&who.member), &member, false).await?;
    Ok(StatusCode::NO_CONTENT)
}
