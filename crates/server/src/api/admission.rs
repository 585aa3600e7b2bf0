//! The admission desk: a department applies, the office decides with a rule, and may veto.
//!
//! Owns the shapes; every act is the engine's and the desk's rules are the model's. Start at [`desk`] and [`apply`].

use axum::{
    Json,
    extract::{Path, State},
};
use huying_model::{
    Instant, MatterCode, UnitId,
    admission::desk::{Act, Application},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use smol_str::SmolStr;
use utoipa::ToSchema;

use super::{
    policy::{WithReasonBody, moment},
    shape::Moment,
};
use crate::{problem::Problem, sent::Sent, session::SignedIn, state::AppState};

/// One application, or a veto.
#[derive(Serialize, ToSchema)]
pub struct ApplicationShown {
    no: u32,
    #[schema(value_type = String)]
    matter: SmolStr,
    /// The department that asks.
    #[schema(value_type = String)]
    applicant: SmolStr,
    /// The unit that decides.
    #[schema(value_type = String)]
    office: SmolStr,
    /// `waiting`, `admitted`, `refused`, `vetoed` or `withdrawn`.
    #[schema(value_type = String)]
    state: Value,
    #[schema(value_type = String)]
    reason: SmolStr,
    #[schema(value_type = String)]
    applied_by: SmolStr,
    applied_at: Moment,
    /// The rule that the decision quotes.
    #[schema(value_type = Option<String>)]
    rule: Option<SmolStr>,
    #[schema(value_type = Option<String>)]
    decided_by: Option<SmolStr>,
    decided_at: Option<Moment>,
    /// From when on it holds.
    from: Option<Moment>,
}

fn application(open: &Application) -> ApplicationShown {
    ApplicationShown {
        no: open.no,
        matter: open.matter.0.clone(),
        applicant: open.applicant.0.clone(),
        office: open.office.0.clone(),
        state: json!(open.state),
        reason: open.reason.clone(),
        applied_by: open.applied_by.0.clone(),
        applied_at: Moment(open.applied_at),
        rule: open.rule.clone(),
        decided_by: open.decided_by.as_ref().map(|by| by.0.clone()),
        decided_at: open.decided_at.map(Moment),
        from: open.from.map(Moment),
    }
}

/// What holds for one matter now.
#[derive(Serialize, ToSchema)]
pub struct AdmittedShown {
    #[schema(value_type = String)]
    matter: SmolStr,
    /// Whether grid workers may be asked for it now.
    admitted: bool,
    /// The rule of the decision in force; null where there is none.
    #[schema(value_type = Option<String>)]
    rule: Option<SmolStr>,
}

/// The desk.
#[derive(Serialize, ToSchema)]
pub struct DeskShown {
    /// Whether matters need admission at all.
    required: bool,
    /// Every matter of the catalogue.
    matters: Vec<AdmittedShown>,
    /// Oldest first.
    applications: Vec<ApplicationShown>,
}

async fn shown(state: &AppState) -> Result<DeskShown, Problem> {
    let (setting, now) = (state.setting()?, state.now());
    let rules = &setting.policy.current;
    let matter = |code: &MatterCode| AdmittedShown {
        matter: code.0.clone(),
        admitted: rules.admissions.bar(code, now).is_none(),
        rule: rules.admissions.row(code, now).map(|row| row.rule.clone()),
    };
    let desk = state.engine.admission_desk(state.tenant()).await?;
    Ok(DeskShown {
        required: rules.admissions.required,
        matters: rules.matters.keys().map(matter).collect(),
        applications: desk.applications.iter().map(application).collect(),
    })
}

/// Which matters grid workers may be asked for, and the applications for more.
#[utoipa::path(get, path = "/admission", tag = "policy", responses((status = 200, description = "The desk", body = DeskShown)))]
pub async fn desk(State(state): State<AppState>, _: SignedIn) -> Result<Json<DeskShown>, Problem> {
    Ok(Json(shown(&state).await?))
}

async fn act(state: &AppState, who: &SignedIn, act: &Act) -> Result<Json<DeskShown>, Problem> {
    state.engine.admit(state.tenant(), &who.actor, act).await?;
    Ok(Json(shown(state).await?))
}

/// An application.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyBody {
    /// Code of the matter.
    matter: String,
    /// Id of the own unit that asks.
    applicant: String,
    reason: String,
}

/// Applies, for an own unit, that a matter may be asked of grid workers.
#[utoipa::path(post, path = "/admission/applications", tag = "policy", request_body = ApplyBody, responses(
    (status = 200, description = "The desk with the application", body = DeskShown),
    (status = 403, description = "`not_yours`"),
    (status = 409, description = "`unknown_matter`, `already_decided`, `own_application`, `rule_missing`"),
))]
pub async fn apply(
    State(state): State<AppState>,
    who: SignedIn,
    sent: Sent,
) -> Result<Json<DeskShown>, Problem> {
    let body: ApplyBody = super::bodies::read(sent.fields)?;
    let (matter, applicant) = (MatterCode::new(&body.matter), UnitId::new(&body.applicant));
    act(&state, &who, &Act::Apply { matter, applicant, reason: body.reason.into() }).await
}

/// A decision that begins at an instant.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdmitBody {
    /// The rule, quoted.
    rule: String,
    /// From when on, RFC 3339; now where it is left out.
    #[serde(default)]
    from: Option<String>,
}

fn number(no: &str) -> u32 {
    no.parse().unwrap_or_default()
}

/// Admits what was applied for, for the office.
#[utoipa::path(post, path = "/admission/applications/{no}/admit", tag = "policy", params(("no" = u32, Path, description = "Number of the application")), request_body = AdmitBody, responses(
    (status = 200, description = "The desk", body = DeskShown),
    (status = 403, description = "`not_yours`"),
    (status = 409, description = "`not_waiting`, `own_application`, `rule_missing`, `too_early`"),
))]
pub async fn admit(
    State(state): State<AppState>,
    who: SignedIn,
    Path(no): Path<String>,
    sent: Sent,
) -> Result<Json<DeskShown>, Problem> {
    let body: AdmitBody = super::bodies::read(sent.fields)?;
    let from: Option<Instant> = moment("from", body.from.as_deref())?;
    act(&state, &who, &Act::Admit { no: number(&no), rule: body.rule.into(), from }).await
}

/// The rule.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuotedRuleBody {
    /// The rule, quoted.
    rule: String,
}

/// Refuses what was applied for, for the office.
#[utoipa::path(post, path = "/admission/applications/{no}/refuse", tag = "policy", params(("no" = u32, Path, description = "Number of the application")), request_body = QuotedRuleBody, responses(
    (status = 200, description = "The desk", body = DeskShown),
    (status = 403, description = "`not_yours`"),
    (status = 409, description = "`not_waiting`, `own_application`, `rule_missing`"),
))]
pub async fn refuse(
    State(state): State<AppState>,
    who: SignedIn,
    Path(no): Path<String>,
    sent: Sent,
) -> Result<Json<DeskShown>, Problem> {
    let body: QuotedRuleBody = super::bodies::read(sent.fields)?;
    act(&state, &who, &Act::Refuse { no: number(&no), rule: body.rule.into() }).await
}

/// Takes an own application back.
#[utoipa::path(post, path = "/admission/applications/{no}/withdraw", tag = "policy", params(("no" = u32, Path, description = "Number of the application")), request_body = WithReasonBody, responses(
    (status = 200, description = "The desk", body = DeskShown),
    (status = 403, description = "`not_yours`"),
    (status = 409, description = "`not_waiting`, `rule_missing`"),
))]
pub async fn withdraw(
    State(state): State<AppState>,
    who: SignedIn,
    Path(no): Path<String>,
    sent: Sent,
) -> Result<Json<DeskShown>, Problem> {
    let body: WithReasonBody = super::bodies::read(sent.fields)?;
    act(&state, &who, &Act::Withdraw { no: number(&no), reason: body.reason.into() }).await
}

/// A veto.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VetoBody {
    /// Code of an admitted matter.
    matter: String,
    /// The rule, quoted.
    rule: String,
    /// From when on, RFC 3339; now where it is left out.
    #[serde(default)]
    from: Option<String>,
}

/// Vetoes an admitted matter from an instant on, for the office: what grid workers have of it ends then, with notice.
#[utoipa::path(post, path = "/admission/vetoes", tag = "policy", request_body = VetoBody, responses(
    (status = 200, description = "The desk", body = DeskShown),
    (status = 403, description = "`not_yours`"),
    (status = 409, description = "`nothing_to_veto`, `rule_missing`, `too_early`"),
))]
pub async fn veto(
    State(state): State<AppState>,
    who: SignedIn,
    sent: Sent,
) -> Result<Json<DeskShown>, Problem> {
    let body: VetoBody = super::bodies::read(sent.fields)?;
    let (matter, from) = (MatterCode::new(&body.matter), moment("from", body.from.as_deref())?);
    act(&state, &who, &Act::Veto { matter, rule: body.rule.into(), from }).await
}
