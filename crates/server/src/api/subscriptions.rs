//! Who outside is told of what: webhooks and mail.
//!
//! Owns the shapes of a subscription and the rule that only administrators of the root area make, read or end one: what is
//! sent tells of cases everywhere, and goes out of the platform. Refuses to show a secret twice. Start at [`make`].

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_engine::{
    authority,
    outbox::subscribe::{Channel, Wanted},
};
use huying_store::Subscription;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use smol_str::SmolStr;
use utoipa::ToSchema;

use super::shape::Moment;
use crate::{problem::Problem, sent::Sent, session::SignedIn, state::AppState};

/// Which events; what is left out lets everything through.
#[derive(Deserialize, Serialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub struct WantedBody {
    /// Kinds of events, such as `dispatched`.
    kinds: Vec<String>,
    /// Codes of areas; everything below them counts too.
    areas: Vec<String>,
    /// Cases in which one of these units has a part; for mail, notices to them.
    units: Vec<String>,
    /// Cases of matters that fit this glob, such as `city/order/*`.
    matter: Option<String>,
}

/// Somebody who wants to be told.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscribeBody {
    /// `webhook` (signed JSON for every event that fits) or `mail` (a sentence for every notice to the units).
    channel: String,
    /// The address: `https://…` or `desk@example.org`.
    target: String,
    #[serde(default)]
    wanted: WantedBody,
}

/// A subscription.
#[derive(Serialize, ToSchema)]
pub struct SubscriptionShown {
    #[schema(value_type = String)]
    id: SmolStr,
    #[schema(value_type = String)]
    channel: SmolStr,
    target: String,
    #[schema(value_type = WantedBody)]
    wanted: Value,
    /// False once a receiver has answered 410.
    active: bool,
    created_at: Moment,
    /// Signs every message of a webhook (Standard Webhooks, HMAC-SHA256). Shown once, in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

fn shown(it: Subscription, secret: Option<String>) -> SubscriptionShown {
    SubscriptionShown {
        id: it.id,
        channel: it.kind,
        target: it.target,
        wanted: serde_json::from_str(&it.filter).unwrap_or_default(),
        active: it.active,
        created_at: Moment(it.created_at),
        secret,
    }
}

/// Whoever looks after the accounts of the whole authority looks after this too.
pub(crate) fn administrator(state: &AppState, who: &SignedIn) -> Result<(), Problem> {
    let administers = authority::administers(&state.setting()?.policy.org, &who.actor);
    if administers { Ok(()) } else { Err(Problem::of("administrators_only")) }
}

/// Every subscription, without secrets. For administrators.
#[utoipa::path(get, path = "/subscriptions", tag = "subscriptions", responses(
    (status = 200, description = "All of them", body = Vec<SubscriptionShown>),
    (status = 403, description = "`administrators_only`"),
))]
pub async fn list(
    State(state): State<AppState>,
    who: SignedIn,
) -> Result<Json<Vec<SubscriptionShown>>, Problem> {
    administrator(&state, &who)?;
    let all = state.engine.store().subscriptions(state.tenant()).await?;
    Ok(Json(all.into_iter().map(|it| shown(it, None)).collect()))
}

/// Makes a subscription: events from now on are told. For administrators. A webhook's secret is in this answer only.
#[utoipa::path(post, path = "/subscriptions", tag = "subscriptions", request_body = SubscribeBody, responses(
    (status = 201, description = "It holds from now on", body = SubscriptionShown),
    (status = 400, description = "`validation`: each wrong field with its mend"),
    (status = 403, description = "`administrators_only`"),
))]
pub async fn make(State(state): State<AppState>, who: SignedIn, sent: Sent) -> Result<Response, Problem> {
    administrator(&state, &who)?;
    let body: SubscribeBody = super::bodies::read(sent.fields)?;
    let channel = match body.channel.as_str() {
        "webhook" => Channel::Webhook,
        "mail" => Channel::Mail,
        other => return Err(crate::sent::no_such("channel", other, "webhook, mail")),
    };
    let wanted: Wanted = serde_json::from_value(json!(body.wanted)).map_err(|why| Problem::internal(&why))?;
    let reach = state.settings.webhooks;
    let made = state.engine.subscribe(state.tenant(), channel, body.target.trim(), &wanted, reach).await?;
    let answer = Json(shown(made.subscription, made.secret));
    let once = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::CREATED, once, answer).into_response())
}

/// Ends a subscription; what waits to be sent by webhook is not sent. For administrators.
#[utoipa::path(delete, path = "/subscriptions/{id}", tag = "subscriptions",
    params(("id" = String, Path, description = "Id of the subscription")), responses(
    (status = 204, description = "It has ended"),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such subscription"),
))]
pub async fn end(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    administrator(&state, &who)?;
    let store = state.engine.store();
    if !store.subscriptions(state.tenant()).await?.iter().any(|it| it.id == id) {
        return Err(Problem::not_found());
    }
    store.drop_subscription(state.tenant(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
