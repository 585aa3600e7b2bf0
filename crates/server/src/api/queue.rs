//! What must be done now: a unit's queue, how it stands, and the clocks that are due.

use axum::{
    Json,
    extract::{Path, State},
};
use huying_model::UnitId;
use huying_store::{QueueLine, Seen};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use utoipa::{IntoParams, ToSchema};

use super::{
    find,
    shape::{Moment, Paged},
};
use crate::{problem::Problem, sent::Asked, session::SignedIn, state::AppState};

/// A clock that ends within this time is due soon, where nothing else is asked.
pub const SOON_MINUTES: i64 = 240;

/// How urgent a line is: overdue ◆, soon ▲, fine ●, paused ❚❚.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DueState {
    Overdue,
    Soon,
    Fine,
    Paused,
}

/// One line of a unit's queue.
#[derive(Serialize, ToSchema)]
pub struct QueueShown {
    /// Why it is here: `custody`, `assignment`, `call`, `request`, `attention` or `trace`.
    #[schema(value_type = String)]
    kind: SmolStr,
    /// Number of the call, request or follow-up; 0 otherwise.
    no: i64,
    /// When this unit's own clock ends; null while none runs.
    due: Option<Moment>,
    state: DueState,
    /// The case's id.
    id: String,
    #[schema(value_type = String)]
    number: SmolStr,
    title: Option<String>,
    address: Option<String>,
    #[schema(value_type = String)]
    stage: SmolStr,
    #[schema(value_type = Option<String>)]
    area: Option<SmolStr>,
    #[schema(value_type = Option<String>)]
    matter: Option<SmolStr>,
    #[schema(value_type = String)]
    source: SmolStr,
    #[schema(value_type = String)]
    urgency: SmolStr,
    hazard: bool,
    suspended: bool,
    #[schema(value_type = Option<String>)]
    lead: Option<SmolStr>,
    #[schema(value_type = String)]
    custodian: SmolStr,
    received_at: Moment,
    /// When the public promise (before filing, the intake) ends.
    promise: Option<Moment>,
}

fn shown(line: QueueLine, now: huying_model::Instant) -> QueueShown {
    let state = match line.due {
        _ if line.paused => DueState::Paused,
        Some(due) if due <= now => DueState::Overdue,
        Some(due) if due <= now.plus_minutes(SOON_MINUTES) => DueState::Soon,
        _ => DueState::Fine,
    };
    QueueShown {
        kind: line.kind,
        no: line.no,
        due: line.due.map(Moment),
        state,
        id: line.case.to_string(),
        number: line.number,
        title: line.title,
        address: line.address,
        stage: line.stage,
        area: line.area,
        matter: line.matter,
        source: line.source,
        urgency: line.urgency,
        hazard: line.hazard,
        suspended: line.suspended,
        lead: line.lead,
        custodian: line.custodian,
        received_at: Moment(line.received_at),
        promise: line.promise.map(Moment),
    }
}

/// Which part of a queue.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct QueueQuery {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Lines of a page: 1 to 500, 50 where it is not said.
    limit: Option<usize>,
}

/// The unit, where it exists and the member works in it or sees its whole area; and what may be seen of its lines. A unit
/// of an area is called to cases outside it too.
fn readable(state: &AppState, who: &SignedIn, unit: &str) -> Result<(UnitId, Option<Seen>), Problem> {
    let (setting, sight) = (state.setting()?, who.sight(state)?);
    let id = UnitId::new(unit);
    let unit = setting.policy.org.units.get(&id).ok_or_else(Problem::not_found)?;
    if sight.units.contains(&id) {
        // Whoever has a line in a queue has a part in its case.
        Ok((id, None))
    } else if sight.all || sight.in_area(&setting.policy.org, Some(&unit.area)) {
        Ok((id, sight.scope(&setting.policy.org)))
    } else {
        Err(Problem::not_found())
    }
}

/// What a unit must do now, the earliest due first.
#[utoipa::path(get, path = "/units/{unit}/queue", tag = "queues", params(("unit" = String, Path, description = "The unit's id"), QueueQuery), responses(
    (status = 200, description = "A page of the queue", body = Paged<QueueShown>),
    (status = 404, description = "There is no such unit, or its queue is not yours to read"),
))]
pub async fn queue(
    State(state): State<AppState>,
    who: SignedIn,
    Path(unit): Path<String>,
    Asked(asked): Asked<QueueQuery>,
) -> Result<Json<Paged<QueueShown>>, Problem> {
    let (unit, seen) = readable(&state, &who, &unit)?;
    let (limit, cursor) = (find::limit(asked.limit)?, asked.cursor.as_deref());
    let found = state.engine.store().queue(state.tenant(), &[unit.0], seen.as_ref(), cursor, limit).await;
    let (now, mut page) = (state.now(), find::page(found, cursor)?);
    find::own_words(&state, &who, &mut page.items).await?;
    Ok(Json(Paged::of(page, |line| shown(line, now))))
}

/// How a queue stands.
#[derive(Serialize, ToSchema)]
pub struct TallyShown {
    #[schema(value_type = String)]
    unit: SmolStr,
    overdue: i64,
    soon: i64,
    fine: i64,
    paused: i64,
}

/// How many lines of a unit's queue are overdue, due soon (four hours), fine and paused.
#[utoipa::path(get, path = "/units/{unit}/tally", tag = "queues", params(("unit" = String, Path, description = "The unit's id")), responses(
    (status = 200, description = "The tally", body = TallyShown),
    (status = 404, description = "There is no such unit, or its queue is not yours to read"),
))]
pub async fn tally(
    State(state): State<AppState>,
    who: SignedIn,
    Path(unit): Path<String>,
) -> Result<Json<TallyShown>, Problem> {
    let (unit, seen) = readable(&state, &who, &unit)?;
    let now = state.now();
    let soon = now.plus_minutes(SOON_MINUTES);
    let (store, units) = (state.engine.store(), std::slice::from_ref(&unit.0));
    let counts = store.queue_counts(state.tenant(), units, seen.as_ref(), now, soon).await?;
    let count = counts.into_iter().next();
    let of = |part: fn(&huying_store::QueueCount) -> i64| count.as_ref().map_or(0, part);
    Ok(Json(TallyShown {
        overdue: of(|count| count.overdue),
        soon: of(|count| count.soon),
        fine: of(|count| count.fine),
        paused: of(|count| count.paused),
        unit: unit.0,
    }))
}

/// Until when.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct DueQuery {
    /// Due at or before this moment (RFC 3339); within four hours where it is not said.
    until: Option<String>,
    /// Lines: 1 to 500, 50 where it is not said.
    limit: Option<usize>,
}

/// Clocks that are due, or soon will be, in the queues of the units where the member sits, the earliest first.
#[utoipa::path(get, path = "/due", tag = "queues", params(DueQuery), responses((status = 200, description = "Lines of the queues", body = Vec<QueueShown>)))]
pub async fn due(
    State(state): State<AppState>,
    who: SignedIn,
    Asked(asked): Asked<DueQuery>,
) -> Result<Json<Vec<QueueShown>>, Problem> {
    let limit = find::limit(asked.limit)?;
    let now = state.now();
    let until =
        super::cases::moment("until", asked.until.as_ref())?.unwrap_or(now.plus_minutes(SOON_MINUTES));
    let units: Vec<SmolStr> = who.sight(&state)?.units.into_iter().map(|unit| unit.0).collect();
    let mut page = state.engine.store().queue(state.tenant(), &units, None, None, limit).await?;
    find::own_words(&state, &who, &mut page.items).await?;
    let within =
        page.items.into_iter().filter(|line| !line.paused && line.due.is_some_and(|due| due <= until));
    Ok(Json(within.map(|line| shown(line, now)).collect()))
}
