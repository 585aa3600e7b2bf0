//! Drafts of the policy: how one comes in, and one version with everything that was found in it.
//!
//! Owns the shapes of findings, stories and differences. What they mean is the engine's. Start at [`draft`] and [`version`].

use axum::{
    Json,
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use huying_model::{
    PolicyVersion,
    book::{Difference, Finding, Of, Return, Story, Went},
};
use huying_pack::whatif::Report;
use serde::Serialize;
use smol_str::SmolStr;
use utoipa::ToSchema;

use super::{
    policy::{BookShown, VersionShown, administrator, shown, version_shown},
    shape::Moment,
};
use crate::{problem::Problem, session::SignedIn, state::AppState, upload};

/// One finding of the lint.
#[derive(Serialize, ToSchema)]
pub struct FindingShown {
    /// It must be mended; else somebody should look.
    error: bool,
    /// The rule's name, the same in every run.
    #[schema(value_type = String)]
    rule: SmolStr,
    #[schema(value_type = String)]
    file: SmolStr,
    /// From 1; 0 where it concerns the file as a whole.
    line: u32,
    /// In a table the number of the column, else of the character; from 1.
    column: u32,
    /// The column's heading or the setting's name.
    #[schema(value_type = String)]
    field: SmolStr,
    words: String,
    mend: String,
    /// A case that shows it.
    example: String,
    /// Rows of tables that are concerned.
    rows: Vec<String>,
}

impl From<&Finding> for FindingShown {
    fn from(found: &Finding) -> FindingShown {
        let Finding { error, rule, file, line, column, field, words, mend, example, rows } = found.clone();
        FindingShown { error, rule, file, line, column, field, words, mend, example, rows }
    }
}

/// A story and how it went.
#[derive(Serialize, ToSchema)]
pub struct StoryShown {
    #[schema(value_type = String)]
    file: SmolStr,
    #[schema(value_type = String)]
    title: SmolStr,
    /// `passed`, `failed` or `pending`.
    went: &'static str,
    /// What was not so, or what it waits for.
    words: Vec<String>,
}

impl From<&Story> for StoryShown {
    fn from(told: &Story) -> StoryShown {
        let went = match told.went {
            Went::Passed => "passed",
            Went::Failed => "failed",
            Went::Pending => "pending",
        };
        StoryShown { file: told.file.clone(), title: told.title.clone(), went, words: told.words.clone() }
    }
}

fn of(of: Of) -> &'static str {
    match of {
        Of::Area => "area",
        Of::Unit => "unit",
        Of::Member => "member",
    }
}

/// A unit or an area that only one of the two organisations has.
#[derive(Serialize, ToSchema)]
pub struct DifferenceShown {
    /// `unit` or `area`.
    of: &'static str,
    #[schema(value_type = String)]
    id: SmolStr,
    #[schema(value_type = String)]
    name: SmolStr,
    /// Only the version has it; else only today.
    new: bool,
}

impl From<&Difference> for DifferenceShown {
    fn from(one: &Difference) -> DifferenceShown {
        DifferenceShown { of: of(one.of), id: one.id.clone(), name: one.name.clone(), new: one.new }
    }
}

/// What a change of the organisation ended or moved, and the version would bring back.
#[derive(Serialize, ToSchema)]
pub struct ReturnShown {
    /// `unit`, `area` or `member`.
    of: &'static str,
    #[schema(value_type = String)]
    id: SmolStr,
    #[schema(value_type = String)]
    name: SmolStr,
    /// Since when it is otherwise.
    since: Moment,
    /// Where the change put it: an area, or seats; null where it ended it.
    #[schema(value_type = Option<String>)]
    to: Option<SmolStr>,
    /// Where the version has it.
    #[schema(value_type = String)]
    at: SmolStr,
}

impl From<&Return> for ReturnShown {
    fn from(one: &Return) -> ReturnShown {
        let Return { of: what, id, name, since, to, at } = one.clone();
        ReturnShown { of: of(what), id, name, since: Moment(since), to, at }
    }
}

/// One version with its reports.
#[derive(Serialize, ToSchema)]
pub struct VersionWhole {
    #[serde(flatten)]
    version: VersionShown,
    /// What the lint said.
    lint: String,
    /// The same one by one, errors first; the first of them where there are very many.
    findings: Vec<FindingShown>,
    /// How the stories went.
    stories: String,
    /// The same one by one.
    told: Vec<StoryShown>,
    /// What is there today and not in the version, or the other way round.
    differences: Vec<DifferenceShown>,
    /// What it would bring back: it can be proposed only with a reason for that.
    brings_back: Vec<ReturnShown>,
    /// What it would have done to past cases, as JSON text; null where nobody has looked. Single cases stand in it for administrators alone.
    comparison: Option<String>,
}

/// One version with what lint, stories and comparison said of it.
#[utoipa::path(get, path = "/policy/versions/{version}", tag = "policy", params(("version" = String, Path, description = "The version")), responses(
    (status = 200, description = "The version", body = VersionWhole), (status = 404, description = "There is no such version"),
))]
pub async fn version(
    State(state): State<AppState>,
    who: SignedIn,
    Path(version): Path<String>,
) -> Result<Json<VersionWhole>, Problem> {
    let sees_cases = administrator(&state, &who).is_ok();
    let book = state.engine.policy_book(state.tenant()).await?;
    let known = book.version(&PolicyVersion::new(version)).ok_or_else(Problem::not_found)?;
    let found = known.found.clone().unwrap_or_default();
    Ok(Json(VersionWhole {
        version: version_shown(&book, known, state.now()),
        findings: found.findings.iter().map(Into::into).collect(),
        told: found.told.iter().map(Into::into).collect(),
        differences: found.differences.iter().map(Into::into).collect(),
        brings_back: found.returns.iter().map(Into::into).collect(),
        lint: found.lint,
        stories: found.stories,
        comparison: known.compared.as_ref().and_then(|(_, report)| compared(report, sees_cases)),
    }))
}

/// A kept comparison as it is shown. Whoever does not look after the whole authority reads how many, and no single case.
fn compared(report: &str, sees_cases: bool) -> Option<String> {
    if sees_cases {
        return Some(report.to_owned());
    }
    let without = serde_json::from_str::<Report>(report).map(Report::without_cases).ok()?;
    serde_json::to_string(&without).ok()
}

/// A draft as it is sent.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form that is read part by part")]
pub struct DraftForm {
    /// Why there shall be another version.
    reason: String,
    /// The pack's files, each with its name in the pack (`pack.toml`, `scenarios/a.toml`, `../calendars/cn.csv`), or one zip
    /// archive of them. Shared holiday files that are not sent are those of the version in force.
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<Vec<u8>>,
}

/// Lays a draft down: it is read, linted and tested, and kept with author, reason and reports. For administrators.
#[utoipa::path(post, path = "/policy/versions", tag = "policy",
    request_body(content = DraftForm, content_type = "multipart/form-data"), responses(
    (status = 201, description = "The book with the draft", body = BookShown),
    (status = 400, description = "`validation`: every mistake in the files with its place"),
    (status = 403, description = "`administrators_only`"),
    (status = 409, description = "`version_taken`, `reason_missing`"),
    (status = 413, description = "More than 32 MB"),
))]
pub async fn draft(
    State(state): State<AppState>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Problem> {
    // Asked before the files are read: who may not need not send them.
    administrator(&state, &who)?;
    let sent = upload::read(request, &state).await?;
    let reason = sent.reason.clone();
    let files = state.engine.with_calendars(state.tenant(), sent.into_files()?).await?;
    state.engine.draft(state.tenant(), &who.actor, files, &reason).await?;
    Ok((StatusCode::CREATED, Json(shown(&state).await?)).into_response())
}
