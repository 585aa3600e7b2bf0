//! One subscription looked after: its deliveries with every try, one or many sent again, pause, another secret, a message on trial.
//!
//! Owns the shapes. What is sent again has the same id each time, so a receiver that keeps the ids it has seen takes it once. For
//! administrators of the root area, as everything about subscriptions. Start at [`deliveries`].

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_engine::outbox::hooks::{From as Begin, Known, OVERLAP_HOURS};
use huying_store::{Logged, Replay, Try};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use utoipa::{IntoParams, ToSchema};

use super::{
    cases::moment,
    find,
    shape::{Moment, Paged},
    subscriptions::administrator,
};
use crate::{
    problem::{Both, Problem},
    sent::{Asked, Sent, no_such},
    session::SignedIn,
    state::AppState,
};

/// States of a delivery.
const STATES: [&str; 3] = ["waiting", "done", "failed"];
/// Tries that are shown of one delivery.
const TRIES: usize = 100;

/// Which deliveries.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct DeliveriesQuery {
    /// `waiting`, `done` or `failed`; all where it is left out.
    state: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Lines of a page: 1 to 500, 50 where it is not said.
    limit: Option<usize>,
}

/// A message and how its delivery stands.
#[derive(Serialize, ToSchema)]
pub struct DeliveryShown {
    /// The message's id, `webhook-id` in its headers; the same whenever it is sent.
    #[schema(value_type = String)]
    id: SmolStr,
    /// `waiting`, `done` or `failed` (given up, or not wanted).
    #[schema(value_type = String)]
    state: SmolStr,
    attempts: i64,
    /// The status that the receiver answered with last; null where nobody answered.
    answer: Option<i64>,
    /// Why the last try failed.
    error: Option<String>,
    created_at: Moment,
    /// When it is tried next; null where it has ended.
    next_try: Option<Moment>,
    /// When it was taken over or given up.
    ended_at: Option<Moment>,
}

impl From<Logged> for DeliveryShown {
    fn from(Logged { delivery: it, answer }: Logged) -> DeliveryShown {
        DeliveryShown {
            next_try: (it.state == "waiting").then_some(Moment(it.due_at)),
            id: it.id,
            state: it.state,
            attempts: it.attempts,
            answer,
            error: it.error,
            created_at: Moment(it.created_at),
            ended_at: it.done_at.map(Moment),
        }
    }
}

/// One try.
#[derive(Serialize, ToSchema)]
pub struct TryShown {
    at: Moment,
    /// From 1; again from 1 where the message was sent again.
    no: i64,
    answer: Option<i64>,
    error: Option<String>,
}

impl From<Try> for TryShown {
    fn from(it: Try) -> TryShown {
        TryShown { at: Moment(it.at), no: it.no, answer: it.answer, error: it.error }
    }
}

/// A stretch of a stream that is told again.
#[derive(Serialize, ToSchema)]
pub struct RetoldShown {
    stream: i64,
    /// How far it is.
    position: i64,
    /// Where it ends.
    through: i64,
}

impl From<Replay> for RetoldShown {
    fn from(it: Replay) -> RetoldShown {
        RetoldShown { stream: it.stream, position: it.position, through: it.through }
    }
}

/// How a subscription stands.
#[derive(Serialize, ToSchema)]
pub struct StandingShown {
    #[schema(value_type = String)]
    id: SmolStr,
    /// False once a receiver has answered 410: `resume` lets it go on.
    active: bool,
    /// Its messages wait.
    paused: bool,
    /// Messages that wait to be sent.
    waiting: i64,
    /// Of them those that are being sent at this moment; none once `pause` was answered, unless a node died while it sent.
    sending: i64,
    /// Until then the secret before this one signs too.
    old_secret_until: Option<Moment>,
    /// What is told again at this moment.
    replays: Vec<RetoldShown>,
}

fn standing(state: &AppState, known: Known) -> StandingShown {
    let until = known.hook.old_until.filter(|until| state.now() < *until);
    StandingShown {
        id: known.subscription.id,
        active: known.subscription.active,
        paused: known.hook.paused,
        waiting: known.waiting,
        sending: known.sending,
        old_secret_until: until.map(Moment),
        replays: known.replays.into_iter().map(Into::into).collect(),
    }
}

/// The subscription, for an administrator.
pub(crate) async fn known(state: &AppState, who: &SignedIn, id: &str) -> Result<Known, Problem> {
    administrator(state, who)?;
    state.engine.subscription(state.tenant(), id).await?.ok_or_else(Problem::not_found)
}

async fn stands(state: &AppState, id: &str) -> Result<Json<StandingShown>, Problem> {
    let known = state.engine.subscription(state.tenant(), id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(standing(state, known)))
}

/// How a subscription stands: paused or not, what waits, what is told again. For administrators.
#[utoipa::path(get, path = "/subscriptions/{id}", tag = "subscriptions",
    params(("id" = String, Path, description = "Id of the subscription")), responses(
    (status = 200, description = "How it stands", body = StandingShown),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such subscription"),
))]
pub async fn one(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<StandingShown>, Problem> {
    Ok(Json(standing(&state, known(&state, &who, &id).await?)))
}

/// The log of a subscription: its messages, the newest first, each with its last answer. For administrators.
///
/// What has ended is kept for thirty days.
#[utoipa::path(get, path = "/subscriptions/{id}/deliveries", tag = "subscriptions",
    params(("id" = String, Path, description = "Id of the subscription"), DeliveriesQuery), responses(
    (status = 200, description = "A page of deliveries", body = Paged<DeliveryShown>),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such subscription"),
))]
pub async fn deliveries(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Asked(asked): Asked<DeliveriesQuery>,
) -> Result<Json<Paged<DeliveryShown>>, Problem> {
    known(&state, &who, &id).await?;
    let (limit, cursor) = (find::limit(asked.limit)?, asked.cursor.as_deref());
    let of = asked.state.as_deref().unwrap_or_default();
    if !of.is_empty() && !STATES.contains(&of) {
        return Err(no_such("state", of, &STATES.join(", ")));
    }
    let found = state.engine.store().deliveries_of(state.tenant(), &id, of, cursor, limit).await;
    Ok(Json(Paged::of(find::page(found, cursor)?, DeliveryShown::from)))
}

/// Every try of one message, the newest first. For administrators.
#[utoipa::path(get, path = "/subscriptions/{id}/deliveries/{message}/tries", tag = "subscriptions",
    params(("id" = String, Path, description = "Id of the subscription"), ("message" = String, Path, description = "Id of the message")), responses(
    (status = 200, description = "The tries", body = Vec<TryShown>),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such subscription or message"),
))]
pub async fn tries(
    State(state): State<AppState>,
    who: SignedIn,
    Path((id, message)): Path<(String, String)>,
) -> Result<Json<Vec<TryShown>>, Problem> {
    known(&state, &who, &id).await?;
    let found = state.engine.store().tries(state.tenant(), &id, &message, TRIES).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(Json(found.into_iter().map(Into::into).collect()))
}

/// Sends one message again, under its own id. For administrators.
#[utoipa::path(post, path = "/subscriptions/{id}/deliveries/{message}/again", tag = "subscriptions",
    params(("id" = String, Path, description = "Id of the subscription"), ("message" = String, Path, description = "Id of the message")), responses(
    (status = 202, description = "It is due"),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such message, or it is being sent at this moment"),
))]
pub async fn again(
    State(state): State<AppState>,
    who: SignedIn,
    Path((id, message)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    known(&state, &who, &id).await?;
    match state.engine.store().deliver_again(state.tenant(), &id, &message, state.now()).await? {
        true => Ok(StatusCode::ACCEPTED),
        false => Err(Problem::not_found()),
    }
}

/// Lets a subscription's messages wait. For administrators.
///
/// It is answered when the messages that were on their way have ended, which may take as long as the receiver does, half a minute at
/// most: nothing is sent after the answer.
#[utoipa::path(post, path = "/subscriptions/{id}/pause", tag = "subscriptions",
    params(("id" = String, Path, description = "Id of the subscription")), responses(
    (status = 200, description = "How it stands", body = StandingShown),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such subscription"),
))]
pub async fn pause(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<StandingShown>, Problem> {
    let known = known(&state, &who, &id).await?;
    state.engine.pause(state.tenant(), &known).await?;
    stands(&state, &id).await
}

/// Lets a subscription go on, with what waited; also one whose receiver had answered 410. For administrators.
#[utoipa::path(post, path = "/subscriptions/{id}/resume", tag = "subscriptions",
    params(("id" = String, Path, description = "Id of the subscription")), responses(
    (status = 200, description = "How it stands", body = StandingShown),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such subscription"),
))]
pub async fn resume(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<StandingShown>, Problem> {
    let known = known(&state, &who, &id).await?;
    state.engine.resume(state.tenant(), &known).await?;
    stands(&state, &id).await
}

/// A message on trial.
#[derive(Serialize, ToSchema)]
pub struct PingShown {
    /// The message's id: its delivery stands in the log.
    #[schema(value_type = String)]
    message: SmolStr,
}

/// Sends a message that says nothing (`"type": "ping"`), to see whether it arrives. For administrators.
#[utoipa::path(post, path = "/subscriptions/{id}/ping", tag = "subscriptions",
    params(("id" = String, Path, description = "Id of the subscription")), responses(
    (status = 202, description = "It is due", body = PingShown),
    (status = 400, description = "`validation`: not a webhook, or switched off"),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such subscription"),
))]
pub async fn ping(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<PingShown>), Problem> {
    let known = known(&state, &who, &id).await?;
    let message = state.engine.ping(state.tenant(), &known).await?;
    Ok((StatusCode::ACCEPTED, Json(PingShown { message })))
}

/// How long both secrets sign.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverlapBody {
    /// Hours, 0 to 720; 24 where it is left out.
    #[serde(default)]
    overlap_hours: Option<i64>,
}

/// The new secret, shown once.
#[derive(Serialize, ToSchema)]
pub struct NewSecretShown {
    secret: String,
    /// Until then the one before signs too.
    old_secret_until: Option<Moment>,
}

/// Gives a webhook another secret. Until the overlap ends, `webhook-signature` carries a signature by each of the two. For
/// administrators. The secret is in this answer only.
#[utoipa::path(post, path = "/subscriptions/{id}/secret", tag = "subscriptions", request_body = OverlapBody,
    params(("id" = String, Path, description = "Id of the subscription")), responses(
    (status = 200, description = "The new secret", body = NewSecretShown),
    (status = 400, description = "`validation`: not a webhook, or an overlap out of bounds"),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such subscription"),
))]
pub async fn secret(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Problem> {
    let known = known(&state, &who, &id).await?;
    let body: OverlapBody = super::bodies::read(sent.fields)?;
    let hours = body.overlap_hours.unwrap_or(OVERLAP_HOURS);
    let secret = state.engine.another_secret(state.tenant(), &known, hours).await?;
    let until = state.engine.subscription(state.tenant(), &id).await?.and_then(|known| known.hook.old_until);
    let answer = Json(NewSecretShown { secret, old_secret_until: until.map(Moment) });
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], answer).into_response())
}

/// From where on messages are told again: a position, or a moment.
#[derive(Deserialize, Serialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub struct RetellBody {
    /// What was recorded at this moment or later (RFC 3339).
    from: Option<String>,
    /// The stream of `position`; 1 where it is left out.
    stream: Option<i64>,
    /// What lies behind this position. The id of a message begins with `msg_STREAM_POSITION`.
    position: Option<i64>,
}

/// Tells everything that fits the subscription again, from a moment or a position up to now. For administrators.
///
/// Messages have the ids that they had, so a receiver that keeps them takes each once. What a message says of a case is how the case
/// stands when it is made, not how it stood then. It goes on while few messages wait, and over a restart.
#[utoipa::path(post, path = "/subscriptions/{id}/replay", tag = "subscriptions", request_body = RetellBody,
    params(("id" = String, Path, description = "Id of the subscription")), responses(
    (status = 202, description = "What is told again", body = Vec<RetoldShown>),
    (status = 400, description = "`validation`: neither or both of `from` and `position`, not a webhook, or switched off"),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such subscription"),
))]
pub async fn replay(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<(StatusCode, Json<Vec<RetoldShown>>), Problem> {
    let known = known(&state, &who, &id).await?;
    let body: RetellBody = super::bodies::read(sent.fields)?;
    let from = match (moment("from", body.from.as_ref())?, body.position) {
        (Some(at), None) => Begin::Moment(at),
        (None, Some(position)) => Begin::Position { stream: body.stream.unwrap_or(1), position },
        _ => {
            let message = Both::of("请填写 from 或 position 之一。", "Say from where on.");
            let mend = Both::of("二者填一。", "Fill in one of from and position.");
            return Err(Problem::field("from", "missing", message, mend));
        }
    };
    let replays = state.engine.tell_again(state.tenant(), &known, from).await?;
    Ok((StatusCode::ACCEPTED, Json(replays.into_iter().map(Into::into).collect())))
}
