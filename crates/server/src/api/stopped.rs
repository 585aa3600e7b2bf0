//! Messages of the exchange that stopped, for administrators: sent or applied again, set aside, or told again from some point on.
//!
//! Start at [`stopped`].

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use huying_engine::exchange::mend::{Decision, Stopped};
use huying_model::Instant;
use huying_store::exchange::{Again, InRow, OutRow};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{find::Named, shape::Moment};
use crate::{
    problem::{Both, Problem},
    sent::{Sent, no_such},
    session::SignedIn,
    state::AppState,
};

/// From where on a partner is told again; one of the three.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub struct ReplayBody {
    /// What happened from this moment on.
    since: Option<String>,
    /// What stands in a stream (1 where it is left out) from this position on.
    position: Option<i64>,
    stream: Option<i64>,
    /// What was told of this case from this number on.
    case: Option<String>,
    sequence: Option<i64>,
}

/// How many messages are told again.
#[derive(Serialize, ToSchema)]
pub struct ReplayShown {
    messages: u64,
}

async fn from(state: &AppState, body: ReplayBody) -> Result<Again, Problem> {
    let wrong = |field: &str, zh: &str, en: &str| {
        Problem::field(
            field,
            "unreadable",
            Both::of("此项无法读取。", "This cannot be read."),
            Both::of(zh, en),
        )
    };
    match (body.since, body.position, body.case) {
        (Some(since), None, None) => match since.parse::<Instant>() {
            Ok(at) => Ok(Again::Since(at)),
            Err(_) => Err(wrong("since", "请写 RFC 3339 时间。", "Write a moment as RFC 3339.")),
        },
        (None, Some(position), None) => Ok(Again::Position { stream: body.stream.unwrap_or(1), position }),
        (None, None, Some(case)) => {
            let found = match Named::read(&case)? {
                Named::Id(id) => state.engine.store().case(state.tenant(), id).await?,
                Named::Number(number) => state.engine.store().case_by_number(state.tenant(), &number).await?,
            };
            let case =
                found.ok_or_else(|| wrong("case", "没有这个案件。", "There is no such case."))?.case.id;
            Ok(Again::Sequence { case, no: body.sequence.unwrap_or(1) })
        }
        _ => Err(wrong(
            "since",
            "请在 since、position、case 中选一项。",
            "Send one of since, position and case.",
        )),
    }
}

/// Tells a partner again what it was told, from some point on, under the same ids. For administrators.
#[utoipa::path(post, path = "/partners/{partner}/replay", tag = "partners", request_body = ReplayBody,
    params(("partner" = String, Path, description = "Id of the partner")), responses(
    (status = 200, description = "They wait to be sent", body = ReplayShown),
    (status = 400, description = "`validation`"),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such partner"),
))]
pub async fn replay(
    State(state): State<AppState>,
    who: SignedIn,
    Path(partner): Path<String>,
    sent: Sent,
) -> Result<Json<ReplayShown>, Problem> {
    state.engine.keeps_partners(state.tenant(), &who.actor)?;
    let body: ReplayBody = super::bodies::read(sent.fields)?;
    let again = from(&state, body).await?;
    let messages = state.engine.replay(state.tenant(), &who.actor, &partner, again).await?;
    Ok(Json(ReplayShown { messages }))
}

/// A message that stopped.
#[derive(Serialize, ToSchema)]
pub struct StoppedShown {
    /// `out` or `in`.
    way: &'static str,
    id: String,
    /// `dead`, `parked` or `waiting`.
    state: String,
    kind: String,
    /// The number of the case, where it came in; the id of the case, where it goes out.
    case: String,
    sequence: Option<i64>,
    attempts: i64,
    code: Option<String>,
    error: Option<String>,
    #[schema(value_type = String)]
    at: Moment,
}

fn going(row: &OutRow) -> StoppedShown {
    StoppedShown {
        way: "out",
        id: row.id.to_string(),
        state: row.state.to_string(),
        kind: row.kind.to_string(),
        case: row.case.to_string(),
        sequence: Some(row.no),
        attempts: row.attempts,
        code: None,
        error: row.error.clone(),
        at: Moment(row.at),
    }
}

fn came(row: &InRow) -> StoppedShown {
    StoppedShown {
        way: "in",
        id: row.id.clone(),
        state: row.state.to_string(),
        kind: row.kind.to_string(),
        case: row.subject.to_string(),
        sequence: row.no,
        attempts: row.attempts,
        code: row.code.as_ref().map(ToString::to_string),
        error: row.error.clone(),
        at: Moment(row.received_at),
    }
}

/// What stopped with a partner: given up, tried in vain so far, parked, or waiting for its time or for one before it. For administrators.
#[utoipa::path(get, path = "/partners/{partner}/stopped", tag = "partners",
    params(("partner" = String, Path, description = "Id of the partner")), responses(
    (status = 200, description = "Up to 200 of each, oldest first", body = Vec<StoppedShown>),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such partner"),
))]
pub async fn stopped(
    State(state): State<AppState>,
    who: SignedIn,
    Path(partner): Path<String>,
) -> Result<Json<Vec<StoppedShown>>, Problem> {
    let Stopped { dead, tried, parked, waiting } =
        state.engine.dead_letters(state.tenant(), &who.actor, &partner).await?;
    let out = dead.iter().chain(&tried).map(going);
    Ok(Json(out.chain(parked.iter().chain(&waiting).map(came)).collect()))
}

/// A decision on a message that stopped.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// `out` or `in`.
    way: String,
    id: String,
    /// `retry` or `aside`.
    decision: String,
    /// Needed to set it aside.
    #[serde(default)]
    reason: Option<String>,
}

/// Reads a decision.
pub(crate) fn decided(decision: &str, reason: Option<&str>) -> Result<Decision, Problem> {
    match decision {
        "retry" => Ok(Decision::Retry),
        "aside" => Ok(Decision::Aside(reason.unwrap_or_default().to_owned())),
        other => Err(no_such("decision", other, "retry, aside")),
    }
}

/// Sends or applies a message that stopped again, or sets it aside with a reason. For administrators.
#[utoipa::path(post, path = "/partners/{partner}/stopped", tag = "partners", request_body = DecisionBody,
    params(("partner" = String, Path, description = "Id of the partner")), responses(
    (status = 204, description = "It is so"),
    (status = 400, description = "`validation`"),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "`exchange_nothing`: there is no such message that stopped, or no such partner"),
))]
pub async fn decide(
    State(state): State<AppState>,
    who: SignedIn,
    Path(partner): Path<String>,
    sent: Sent,
) -> Result<StatusCode, Problem> {
    state.engine.keeps_partners(state.tenant(), &who.actor)?;
    let body: DecisionBody = super::bodies::read(sent.fields)?;
    settle(&state, &who, (&partner, &body.way, &body.id), &decided(&body.decision, body.reason.as_deref())?)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Carries a decision out.
pub(crate) async fn settle(
    state: &AppState,
    who: &SignedIn,
    (partner, way, id): (&str, &str, &str),
    decision: &Decision,
) -> Result<(), Problem> {
    let (engine, tenant) = (&state.engine, state.tenant());
    match way {
        "out" => Ok(engine.settle_out(tenant, &who.actor, (partner, id), decision).await?),
        "in" => Ok(engine.settle_in(tenant, &who.actor, (partner, id), decision).await?),
        other => Err(no_such("way", other, "out, in")),
    }
}
