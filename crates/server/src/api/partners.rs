//! Partners of the exchange, for administrators of the whole authority: made, mapped and paused. What stopped with them is beside, in `stopped`.
//!
//! Owns the shapes. Refuses to show a secret twice. Start at [`list`].

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_engine::exchange::partner::{PartnerDraft, PartnerState};
use huying_model::Instant;
use huying_pack::Problem as Finding;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::shape::Moment;
use crate::{
    problem::{Both, Problem, Wrong},
    sent::Sent,
    session::SignedIn,
    state::AppState,
};

/// A partner to be made or changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartnerBody {
    /// Short, for addresses: small letters, digits and hyphens.
    id: String,
    name: String,
    /// `hotline`, `brain`, `department` or `huying`.
    kind: String,
    /// Where messages are posted.
    address: String,
    /// The URI under which the partner speaks.
    source: String,
    /// The URI under which this authority speaks to it; `urn:huying:TENANT:PARTNER` where it is left out.
    #[serde(default)]
    own: Option<String>,
    /// A secret that the partner gave (`whsec_…`); made here where it is left out.
    #[serde(default)]
    secret: Option<String>,
}

/// A partner with how it stands.
#[derive(Serialize, ToSchema)]
pub struct PartnerShown {
    id: String,
    name: String,
    kind: String,
    address: String,
    source: String,
    own: String,
    active: bool,
    /// Version of the mapping in force.
    map: Option<i64>,
    /// What is wrong with it by the pack of today.
    findings: Vec<FindingShown>,
    /// Secrets: when each was made, and until when an older one holds.
    secrets: Vec<SecretShown>,
    /// Since when it cannot be reached, when it is tried next, and what it answered last.
    #[schema(value_type = Option<String>)]
    down_since: Option<Moment>,
    #[schema(value_type = Option<String>)]
    next_try: Option<Moment>,
    error: Option<String>,
    #[schema(value_type = Option<String>)]
    last_out: Option<Moment>,
    #[schema(value_type = Option<String>)]
    last_in: Option<Moment>,
    /// Messages to it by state: waiting, dead, aside. What is done is not counted.
    #[schema(value_type = Value)]
    out: BTreeMap<String, i64>,
    /// Messages from it by state: waiting, parked, aside; files (applied, with files to come) and lost (files given up).
    #[schema(value_type = Value)]
    came: BTreeMap<String, i64>,
}

/// A finding in a mapping.
#[derive(Serialize, ToSchema)]
pub struct FindingShown {
    line: u32,
    column: u32,
    field: String,
    message: String,
    mend: String,
}

/// A secret without what it is.
#[derive(Serialize, ToSchema)]
pub struct SecretShown {
    #[schema(value_type = String)]
    made_at: Moment,
    #[schema(value_type = Option<String>)]
    until: Option<Moment>,
}

/// A secret, shown this once.
#[derive(Serialize, ToSchema)]
pub struct OnceShown {
    id: String,
    /// `whsec_…`; None where a partner was only changed.
    secret: Option<String>,
}

fn finding(it: &Finding) -> FindingShown {
    FindingShown {
        line: it.line,
        column: it.column,
        field: it.field.to_string(),
        message: it.message.clone(),
        mend: it.mend.clone(),
    }
}

fn shown(it: PartnerState) -> PartnerShown {
    let row = it.row;
    let counts = |of: BTreeMap<smol_str::SmolStr, i64>| {
        of.into_iter().map(|(state, count)| (state.to_string(), count)).collect()
    };
    let moment = |at: Instant| Moment(at);
    PartnerShown {
        id: row.id.to_string(),
        name: row.name,
        kind: row.kind.to_string(),
        address: row.address,
        source: row.source,
        own: row.own,
        active: row.active,
        map: it.map,
        findings: it.findings.iter().map(finding).collect(),
        secrets: it
            .secrets
            .into_iter()
            .map(|(made_at, until)| SecretShown { made_at: Moment(made_at), until: until.map(moment) })
            .collect(),
        next_try: row.down_since.map(|_| Moment(row.next_try)),
        down_since: row.down_since.map(moment),
        error: row.error,
        last_out: row.last_out.map(moment),
        last_in: row.last_in.map(moment),
        out: counts(it.out),
        came: counts(it.came),
    }
}

fn once(id: String, secret: Option<String>, status: StatusCode) -> Response {
    let headers = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (status, headers, Json(OnceShown { id, secret })).into_response()
}

/// Every partner with how it stands. For administrators.
#[utoipa::path(get, path = "/partners", tag = "partners", responses(
    (status = 200, description = "All of them", body = Vec<PartnerShown>),
    (status = 403, description = "`administrators_only`"),
))]
pub async fn list(State(state): State<AppState>, who: SignedIn) -> Result<Json<Vec<PartnerShown>>, Problem> {
    let all = state.engine.partners(state.tenant(), &who.actor).await?;
    Ok(Json(all.into_iter().map(shown).collect()))
}

/// Makes a partner, or changes one that is there. A new one's secret is in this answer only. For administrators.
#[utoipa::path(post, path = "/partners", tag = "partners", request_body = PartnerBody, responses(
    (status = 200, description = "It was there and is changed; its secret stays", body = OnceShown),
    (status = 201, description = "It holds from now on; a mapping has to be put in force before anything is exchanged", body = OnceShown),
    (status = 400, description = "`validation`: each wrong field with its mend; also a secret for a partner that is there"),
    (status = 403, description = "`administrators_only`"),
))]
pub async fn make(State(state): State<AppState>, who: SignedIn, sent: Sent) -> Result<Response, Problem> {
    state.engine.keeps_partners(state.tenant(), &who.actor)?;
    let body: PartnerBody = super::bodies::read(sent.fields)?;
    let own = body.own.unwrap_or_else(|| format!("urn:huying:{}:{}", state.tenant().0, body.id));
    let (id, name, kind) = (body.id, body.name, body.kind);
    let draft =
        PartnerDraft { id, name, kind, address: body.address, source: body.source, own, secret: body.secret };
    let reach = state.settings.webhooks;
    let secret = state.engine.add_partner(state.tenant(), &who.actor, &draft, reach).await?;
    let status = if secret.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    Ok(once(draft.id, secret, status))
}

/// A secret that takes the place of the one in force.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub struct SecretBody {
    /// Given by the partner (`whsec_…`); made here where it is left out.
    secret: Option<String>,
    /// The old one ends at once, and not after a week.
    at_once: bool,
}

/// Another secret; the old one holds for a week more. For administrators.
#[utoipa::path(post, path = "/partners/{partner}/secret", tag = "partners", request_body = SecretBody,
    params(("partner" = String, Path, description = "Id of the partner")), responses(
    (status = 200, description = "Shown this once", body = OnceShown),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such partner"),
))]
pub async fn secret(
    State(state): State<AppState>,
    who: SignedIn,
    Path(partner): Path<String>,
    sent: Sent,
) -> Result<Response, Problem> {
    state.engine.keeps_partners(state.tenant(), &who.actor)?;
    let body: SecretBody = super::bodies::read(sent.fields)?;
    let how = (body.secret.as_deref(), body.at_once);
    let text = state.engine.renew_secret(state.tenant(), &who.actor, &partner, how).await?;
    Ok(once(partner, Some(text), StatusCode::OK))
}

/// Whether the exchange with a partner rests.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseBody {
    paused: bool,
}

/// Pauses the exchange with a partner, or resumes it: meanwhile nothing is sent and nothing taken. For administrators.
#[utoipa::path(post, path = "/partners/{partner}/pause", tag = "partners", request_body = PauseBody,
    params(("partner" = String, Path, description = "Id of the partner")), responses(
    (status = 204, description = "It is so"),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such partner"),
))]
pub async fn pause(
    State(state): State<AppState>,
    who: SignedIn,
    Path(partner): Path<String>,
    sent: Sent,
) -> Result<StatusCode, Problem> {
    state.engine.keeps_partners(state.tenant(), &who.actor)?;
    let body: PauseBody = super::bodies::read(sent.fields)?;
    state.engine.pause_partner(state.tenant(), &who.actor, &partner, body.paused).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A mapping file.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MapBody {
    /// The file, TOML.
    text: String,
}

/// The version of a mapping.
#[derive(Serialize, ToSchema)]
pub struct MapShown {
    version: i64,
    text: String,
}

/// The findings as fields of a problem.
pub(crate) fn told(findings: &[Finding]) -> Problem {
    let wrong = |it: &Finding| Wrong {
        field: format!("text:{}:{} {}", it.line, it.column, it.field),
        code: "mapping".to_owned(),
        message: Both(it.message.clone(), it.message.clone()),
        mend: Both(it.mend.clone(), it.mend.clone()),
    };
    Problem { errors: findings.iter().map(wrong).collect(), ..Problem::of("validation") }
}

/// Puts a mapping in force. For administrators.
#[utoipa::path(post, path = "/partners/{partner}/mapping", tag = "partners", request_body = MapBody,
    params(("partner" = String, Path, description = "Id of the partner")), responses(
    (status = 200, description = "It holds from now on", body = MapShown),
    (status = 400, description = "`validation`: every finding with its line and the mend"),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such partner"),
))]
pub async fn map(
    State(state): State<AppState>,
    who: SignedIn,
    Path(partner): Path<String>,
    sent: Sent,
) -> Result<Json<MapShown>, Problem> {
    state.engine.keeps_partners(state.tenant(), &who.actor)?;
    let body: MapBody = super::bodies::read(sent.fields)?;
    match state.engine.map_partner(state.tenant(), &who.actor, &partner, &body.text).await? {
        Ok(version) => Ok(Json(MapShown { version, text: body.text })),
        Err(findings) => Err(told(&findings)),
    }
}

/// The mapping in force. For administrators.
#[utoipa::path(get, path = "/partners/{partner}/mapping", tag = "partners",
    params(("partner" = String, Path, description = "Id of the partner")), responses(
    (status = 200, description = "The file", body = MapShown),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such partner, or no mapping is in force"),
))]
pub async fn mapping(
    State(state): State<AppState>,
    who: SignedIn,
    Path(partner): Path<String>,
) -> Result<Json<MapShown>, Problem> {
    state.engine.keeps_partners(state.tenant(), &who.actor)?;
    let found = state.engine.store().partner_map(state.tenant(), &partner).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(Json(MapShown { version: found.version, text: found.body }))
}

/// Figures that a partner pushed.
#[derive(Serialize, ToSchema)]
pub struct FiguresShown {
    period: String,
    #[schema(value_type = String)]
    made_at: Moment,
    #[schema(value_type = String)]
    received_at: Moment,
    /// As the schema of `figures` says.
    figures: Value,
}

/// Figures that a partner pushed, the newest first. For administrators.
#[utoipa::path(get, path = "/partners/{partner}/figures", tag = "partners",
    params(("partner" = String, Path, description = "Id of the partner")), responses(
    (status = 200, description = "Up to 100 periods", body = Vec<FiguresShown>),
    (status = 403, description = "`administrators_only`"),
))]
pub async fn figures(
    State(state): State<AppState>,
    who: SignedIn,
    Path(partner): Path<String>,
) -> Result<Json<Vec<FiguresShown>>, Problem> {
    state.engine.keeps_partners(state.tenant(), &who.actor)?;
    let rows = state.engine.store().figures(state.tenant(), &partner, "~", 100).await?;
    let shown = rows.into_iter().map(|row| FiguresShown {
        period: row.period.to_string(),
        made_at: Moment(row.made_at),
        received_at: Moment(row.received_at),
        figures: serde_json::from_str(&row.body).unwrap_or_default(),
    });
    Ok(Json(shown.collect()))
}
