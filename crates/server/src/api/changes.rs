//! Changes of the organisation that hold from an instant on: looked at first, then decided.
//!
//! Owns the shapes; what a change does is the engine's. Start at [`change`].

use axum::{Json, extract::State};
use huying_engine::change::{Entry, Preview};
use huying_pack::change::Line;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use utoipa::ToSchema;

use super::{policy::administrator, shape::Moment};
use crate::{problem::Problem, sent::Sent, session::SignedIn, state::AppState};

/// A change that was decided.
#[derive(Serialize, ToSchema)]
pub struct ChangeShown {
    /// From when on it holds.
    at: Moment,
    #[schema(value_type = String)]
    reason: SmolStr,
    #[schema(value_type = String)]
    by: SmolStr,
    /// The second person, where it gives seats.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    agreed_by: Option<SmolStr>,
    decided_at: Moment,
    /// What it does, a line an edit.
    edits: Vec<String>,
    /// The file of edits as it was sent.
    change: String,
}

/// Lines about edits as programs have them.
pub(super) fn in_english(lines: Vec<Line>) -> Vec<String> {
    lines.into_iter().map(|line| line.en).collect()
}

/// Lines about seats as programs have them, in both languages: whoever agrees reads what they agree to.
pub(super) fn in_both(lines: &[Line]) -> Vec<String> {
    // Those of before there were two languages are one text.
    let told = |line: &Line| match line.zh == line.en {
        true => line.en.clone(),
        false => format!("{} · {}", line.zh, line.en),
    };
    lines.iter().map(told).collect()
}

fn change_shown(entry: Entry) -> ChangeShown {
    ChangeShown {
        at: Moment(entry.at),
        reason: entry.reason,
        by: entry.by.0,
        agreed_by: entry.agreed_by.map(|by| by.0),
        decided_at: Moment(entry.decided_at),
        edits: in_english(entry.edits),
        change: entry.change,
    }
}

/// Changes of the organisation that were decided, in the order of decision.
#[utoipa::path(get, path = "/organisation/changes", tag = "policy", responses((status = 200, description = "All of them", body = Vec<ChangeShown>)))]
pub async fn list(State(state): State<AppState>, _: SignedIn) -> Result<Json<Vec<ChangeShown>>, Problem> {
    Ok(Json(state.engine.changes(state.tenant()).await?.into_iter().map(change_shown).collect()))
}

/// A change.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    /// The file of edits (TOML), as docs/writing-a-pack.md describes it.
    change: String,
    /// True only says what would happen.
    preview: bool,
}

/// What a change does, or would do.
#[derive(Serialize, ToSchema)]
pub struct PreviewShown {
    at: Moment,
    #[schema(value_type = String)]
    reason: SmolStr,
    edits: Vec<String>,
    /// The seats that it gives, a line each: another administrator has to agree to them.
    grants: Vec<String>,
    /// Under this number it waits for that: POST /api/v1/organisation/grants/{no}/approve.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits: Option<u32>,
    /// What the lint finds then and does not find without the change.
    findings: Vec<FindingShown>,
    /// Open cases that were looked at.
    cases: usize,
    /// Of these, a unit or the area changes.
    touched: usize,
    /// They, the oldest first, 200 at most.
    moves: Vec<MoveShown>,
}

/// One finding of the lint.
#[derive(Serialize, ToSchema)]
pub struct FindingShown {
    /// It must be mended: the change is refused with it.
    error: bool,
    #[schema(value_type = String)]
    rule: SmolStr,
    words: String,
    example: String,
}

/// An open case that the change touches.
#[derive(Serialize, ToSchema)]
pub struct MoveShown {
    #[schema(value_type = String)]
    number: SmolStr,
    /// Who has it now.
    #[schema(value_type = String)]
    custodian: SmolStr,
    /// Who has it afterwards.
    #[schema(value_type = String)]
    successor: SmolStr,
    /// The area it lies in afterwards, where that changes.
    #[schema(value_type = Option<String>)]
    area: Option<SmolStr>,
    hands: Vec<HandShown>,
}

/// One unit that hands something over.
#[derive(Serialize, ToSchema)]
pub struct HandShown {
    #[schema(value_type = String)]
    from: SmolStr,
    #[schema(value_type = String)]
    to: SmolStr,
}

impl From<Preview> for PreviewShown {
    fn from(preview: Preview) -> PreviewShown {
        let finding = |found: huying_engine::change::Finding| FindingShown {
            error: found.error,
            rule: found.rule,
            words: found.words,
            example: found.example,
        };
        let moved = |one: huying_engine::change::Move| MoveShown {
            number: one.number,
            custodian: one.custodian.0,
            successor: one.successor.0,
            area: one.area,
            hands: one.hands.into_iter().map(|(from, to)| HandShown { from: from.0, to: to.0 }).collect(),
        };
        PreviewShown {
            at: Moment(preview.at),
            reason: preview.reason,
            edits: in_english(preview.edits),
            grants: in_both(&preview.grants),
            waits: preview.waits,
            findings: preview.findings.into_iter().map(finding).collect(),
            cases: preview.cases,
            touched: preview.touched,
            moves: preview.moves.into_iter().map(moved).collect(),
        }
    }
}

/// Decides a change of the organisation, or says what it would do. At its instant open cases that it touches are moved, never
/// orphaned. One that gives seats waits until a second administrator agrees. For administrators.
#[utoipa::path(post, path = "/organisation/changes", tag = "policy", request_body = ChangeBody, responses(
    (status = 200, description = "What it does, or would do", body = PreviewShown),
    (status = 400, description = "`validation`: every mistake in the edits with its line, or each gap that it would leave"),
    (status = 403, description = "`administrators_only`"),
))]
pub async fn change(
    State(state): State<AppState>,
    who: SignedIn,
    sent: Sent,
) -> Result<Json<PreviewShown>, Problem> {
    administrator(&state, &who)?;
    let body: ChangeBody = super::bodies::read(sent.fields)?;
    let (engine, tenant) = (&state.engine, state.tenant());
    let preview = match body.preview {
        true => engine.change_preview(tenant, &who.actor, &body.change).await?,
        false => engine.change(tenant, &who.actor, &body.change).await?,
    };
    Ok(Json(preview.into()))
}
