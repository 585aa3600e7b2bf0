//! What the operator's tools ask: does the process live, can it work, and what has it counted.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, State},
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};

use crate::{arrival::Arrival, problem::Problem, session, state::AppState};

/// Where the figures lie.
pub(crate) const METRICS: &str = "/metrics";

/// Whether figures are told to where this came from: they say how busy everybody is, which is nothing for the world.
pub(crate) fn may_watch(state: &AppState, arrival: Arrival) -> bool {
    arrival.local || state.settings.metrics_from.knows(arrival.address)
}

/// How the one who asks came here.
pub struct Watcher(Arrival);

impl<S: Send + Sync> FromRequestParts<S> for Watcher {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Watcher, Infallible> {
        Ok(Watcher(session::arrival(parts)))
    }
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, description = "`ok`", body = String)))]
pub async fn healthz() -> &'static str {
    "ok"
}

/// The store answers and a policy is installed.
#[utoipa::path(get, path = "/readyz", tag = "operation", responses(
    (status = 200, description = "`ready`", body = String),
    (status = 503, description = "Not ready: code `not_ready`"),
))]
pub async fn readyz(State(state): State<AppState>) -> Result<&'static str, Problem> {
    state.setting().map_err(|_why| Problem::of("not_ready"))?;
    // A case that cannot be: the cheapest question that the store has to answer.
    state
        .engine
        .store()
        .cases(state.tenant(), &[huying_model::CaseId(0)])
        .await
        .map_err(|_why| Problem::of("not_ready"))?;
    Ok("ready")
}

/// Counters in the text form that Prometheus reads: on the machine itself, and from where `server.metrics_from` names.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses((status = 200, description = "OpenMetrics text", content_type = "application/openmetrics-text", body = String)))]
pub async fn metrics(State(state): State<AppState>, Watcher(arrival): Watcher) -> Result<Response, Problem> {
    if !may_watch(&state, arrival) {
        return Err(Problem::of("operators_only"));
    }
    let (interactive, bulk) = state.engine.store().waiting();
    let stats = state.engine.store().stats();
    let read = |figure: &std::sync::atomic::AtomicU64| figure.load(std::sync::atomic::Ordering::Relaxed);
    let figures = [
        ("store_batches", "Transactions of the committer since the start", read(&stats.batches)),
        ("store_commands", "Commands in them", read(&stats.commands)),
        ("store_events", "Events in them", read(&stats.events)),
        ("store_races", "Batches that lost a race and were decided again", read(&stats.races)),
        ("store_halved", "Batches that were halved to find a bad command", read(&stats.halved)),
        ("commands_waiting_interactive", "Commands that wait in the interactive lane", interactive as u64),
        ("commands_waiting_bulk", "Commands that wait in the bulk lane", bulk as u64),
    ];
    let text = state.metrics.text(&figures).map_err(|why| Problem::internal(&why))?;
    let media = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, media)], text).into_response())
}
