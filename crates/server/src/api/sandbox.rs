//! The sandbox for developers of other systems, as administrators of the authority look after it: who is in it, keys for it, and making it new.
//!
//! Owns the shapes and who may ask. What is done in the sandbox itself is done by the same API below `/sandbox`. Refuses to show a key
//! twice. Start at [`sandbox`].

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_engine::accounts::Scope;
use huying_model::{Instant, MemberId};
use huying_store::accounts::ApiKeyRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    bodies::read,
    org::{MemberShown, member_shown},
    shape::Moment,
    subscriptions::administrator,
};
use crate::{
    problem::{Both, Problem},
    sandbox::{self as inside, Open, Sandbox},
    sent::{Sent, no_such},
    session::SignedIn,
    state::AppState,
};

/// Days that a key lasts where nobody says.
const DAYS: i64 = 30;

/// The sandbox as it stands.
#[derive(Serialize, ToSchema)]
pub struct SandboxShown {
    /// Comes before every path of the API and of Open311.
    address: &'static str,
    /// None while the first is being made.
    #[schema(value_type = Option<String>)]
    made_at: Option<Moment>,
    /// The version of the policy that was in force then.
    pub(crate) policy: Option<String>,
    /// Its members, all made up: keys are made in the name of one.
    members: Vec<MemberShown>,
    /// Those that open something, the oldest first.
    pub(crate) keys: Vec<HandedOut>,
}

impl SandboxShown {
    pub(crate) fn made_at(&self) -> Option<Instant> {
        self.made_at.as_ref().map(|made| made.0)
    }

    pub(crate) fn member_ids(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(MemberShown::id)
    }
}

/// A key that was handed out.
#[derive(Serialize, ToSchema)]
pub struct HandedOut {
    pub(crate) id: String,
    pub(crate) member: String,
    pub(crate) name: String,
    pub(crate) scopes: Vec<&'static str>,
    made_at: Moment,
    ends_at: Moment,
    #[schema(value_type = Option<String>)]
    used_at: Option<Moment>,
}

impl HandedOut {
    pub(crate) fn ends(&self) -> Instant {
        self.ends_at.0
    }
}

fn handed_out(row: ApiKeyRow) -> HandedOut {
    HandedOut {
        id: row.id.to_string(),
        member: row.member.to_string(),
        name: row.name,
        scopes: Scope::list(&row.scopes).into_iter().map(Scope::code).collect(),
        made_at: Moment(row.made_at),
        ends_at: Moment(row.ends_at),
        used_at: row.used_at.map(Moment),
    }
}

/// How one stands; None while the first is being made.
pub(crate) async fn shown(open: Option<&Open>) -> Result<SandboxShown, Problem> {
    let Some(open) = open else {
        let (members, keys) = (Vec::new(), Vec::new());
        return Ok(SandboxShown { address: inside::ROOT, made_at: None, policy: None, members, keys });
    };
    let setting = open.state.setting()?;
    let members = setting.policy.org.members.values();
    let keys = open.state.accounts()?.handed_out().await?;
    Ok(SandboxShown {
        address: inside::ROOT,
        made_at: Some(Moment(open.standing.made_at)),
        policy: Some(open.standing.policy.to_string()),
        members: members.map(|member| member_shown(&open.state, member)).collect(),
        keys: keys.into_iter().map(handed_out).collect(),
    })
}

fn there<'s>(state: &'s AppState, who: &SignedIn) -> Result<&'s Arc<Sandbox>, Problem> {
    administrator(state, who)?;
    state.sandbox().ok_or_else(|| Problem::of("no_sandbox"))
}

/// The sandbox with its members. For administrators.
#[utoipa::path(get, path = "/sandbox", tag = "sandbox", responses(
    (status = 200, description = "How it stands", body = SandboxShown),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "`no_sandbox`"),
))]
pub async fn sandbox(State(state): State<AppState>, who: SignedIn) -> Result<Json<SandboxShown>, Problem> {
    let sandbox = there(&state, &who)?;
    Ok(Json(shown(sandbox.standing().as_deref()).await?))
}

/// A key for the sandbox.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SandboxKeyBody {
    /// Id of one of its members.
    pub(crate) member: String,
    /// What it is for.
    pub(crate) name: String,
    /// Of `read`, `report`, `handle`, `administer`; all of them where they are left out.
    #[serde(default)]
    pub(crate) scopes: Option<Vec<String>>,
    /// How long it lasts, 1 to 366; 30 where it is left out.
    #[serde(default)]
    pub(crate) days: Option<i64>,
}

/// A key that was made.
#[derive(Serialize, ToSchema)]
pub struct SandboxKeyShown {
    #[serde(flatten)]
    made: HandedOut,
    /// Comes before every path that it opens.
    address: &'static str,
    /// Shown once; it opens nothing but the sandbox.
    pub(crate) key: String,
}

/// Makes a key, where whoever asks may.
pub(crate) async fn hand_out(
    state: &AppState,
    who: &SignedIn,
    body: &SandboxKeyBody,
) -> Result<SandboxKeyShown, Problem> {
    let sandbox = there(state, who)?;
    let scope = |code: &String| {
        Scope::from_code(code).ok_or_else(|| no_such("scopes", code, "read, report, handle, administer"))
    };
    let scopes = match &body.scopes {
        None => Scope::ALL.to_vec(),
        Some(named) => named.iter().map(scope).collect::<Result<Vec<_>, _>>()?,
    };
    let open = sandbox.standing().ok_or_else(inside::making)?;
    let (member, days) = (MemberId::new(&body.member), body.days.unwrap_or(DAYS));
    let made = open.state.accounts()?.hand_out(&member, &body.name, &scopes, days).await?;
    tracing::info!(by = %who.member, key = %made.row.id, "a key for the sandbox was handed out");
    Ok(SandboxKeyShown { made: handed_out(made.row), address: inside::ROOT, key: made.key })
}

/// Takes a key back.
pub(crate) async fn take_back(state: &AppState, who: &SignedIn, id: &str) -> Result<(), Problem> {
    let open = there(state, who)?.standing().ok_or_else(inside::making)?;
    let gone = open.state.accounts()?.end_key(id).await?;
    if gone { Ok(()) } else { Err(Problem::not_found()) }
}

/// Makes another in place of the one that was made at this moment.
pub(crate) async fn make_new(state: &AppState, who: &SignedIn, made_at: &str) -> Result<(), Problem> {
    let sandbox = Arc::clone(there(state, who)?);
    let made_at: Instant = made_at.parse().map_err(|_no_moment| no_moment())?;
    tracing::info!(by = %who.member, "the sandbox is to be made new");
    // Whoever hangs up while it is made does not stop it halfway.
    let made = tokio::spawn(async move { sandbox.reset(made_at).await }).await;
    made.map_err(|why| Problem::internal(&why))?
}

/// Makes a key for the sandbox, in the name of one of its members. For administrators of the authority; it is in this answer only, and
/// ends at the latest when the sandbox is made new.
#[utoipa::path(post, path = "/sandbox/keys", tag = "sandbox", request_body = SandboxKeyBody, responses(
    (status = 201, description = "It opens from now on", body = SandboxKeyShown),
    (status = 400, description = "`validation`: each wrong field with its mend"),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "`no_sandbox`"),
    (status = 409, description = "`sandbox_making`"),
))]
pub async fn make_sandbox_key(
    State(state): State<AppState>,
    who: SignedIn,
    sent: Sent,
) -> Result<Response, Problem> {
    there(&state, &who)?;
    let body: SandboxKeyBody = read(sent.fields)?;
    let answer = Json(hand_out(&state, &who, &body).await?);
    let once = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::CREATED, once, answer).into_response())
}

/// Takes a key for the sandbox back. For administrators of the authority.
#[utoipa::path(delete, path = "/sandbox/keys/{id}", tag = "sandbox",
    params(("id" = String, Path, description = "Id of the key")), responses(
    (status = 204, description = "It opens nothing any more"),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "`no_sandbox`, or there is no such key"),
    (status = 409, description = "`sandbox_making`"),
))]
pub async fn drop_sandbox_key(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    take_back(&state, &who, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which sandbox is to go.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetBody {
    /// When it was made, as `GET /api/v1/sandbox` tells: asked twice for the same one, it goes once.
    made_at: String,
}

/// Makes the sandbox new, by the policy in force: its cases, subscriptions, policies and keys go, all of them. It goes on answering until the
/// new one is whole. For administrators of the authority.
#[utoipa::path(post, path = "/sandbox/reset", tag = "sandbox", request_body = ResetBody, responses(
    (status = 200, description = "The new one", body = SandboxShown),
    (status = 400, description = "`validation`: each wrong field with its mend"),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "`no_sandbox`"),
    (status = 409, description = "`sandbox_making`, `sandbox_other`"),
))]
pub async fn reset_sandbox(
    State(state): State<AppState>,
    who: SignedIn,
    sent: Sent,
) -> Result<Json<SandboxShown>, Problem> {
    let sandbox = Arc::clone(there(&state, &who)?);
    let body: ResetBody = read(sent.fields)?;
    make_new(&state, &who, &body.made_at).await?;
    Ok(Json(shown(sandbox.standing().as_deref()).await?))
}

fn no_moment() -> Problem {
    let mend = Both::of(
        "请原样发送 GET /api/v1/sandbox 给出的 made_at。",
        "Send made_at as GET /api/v1/sandbox gives it.",
    );
    Problem::field("made_at", "moment", Both::of("时刻无法读取。", "This is no moment."), mend)
}
