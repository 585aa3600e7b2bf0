//! The life of a policy: versions, what was found in them, who activates which from when, and open cases that move.
//!
//! Owns the shapes; every act is the engine's and the book's rules are the model's. Any member may read the book, since
//! everybody works by it; acts are for administrators. Start at [`book`] and [`draft`].

use std::collections::BTreeMap;

use axum::{
    Json,
    body::Body,
    extract::{FromRequest, Multipart, Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use huying_engine::{migrate::Migration, policy::Comparison};
use huying_model::{
    Instant, PolicyVersion,
    book::{Act, Book, Proposal, State as Standing, Version},
};
use huying_pack::{Files, files::MOST_BYTES};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use utoipa::ToSchema;

use super::shape::Moment;
use crate::{
    problem::{Both, Problem},
    sent::{self, Sent},
    session::SignedIn,
    state::AppState,
};

/// One version, without its reports.
#[derive(Serialize, ToSchema)]
pub struct VersionShown {
    #[schema(value_type = String)]
    version: SmolStr,
    /// In force now.
    in_force: bool,
    /// Null for a version that the store began with.
    #[schema(value_type = Option<String>)]
    author: Option<SmolStr>,
    #[schema(value_type = String)]
    reason: SmolStr,
    at: Moment,
    /// SHA-256 of its files.
    #[schema(value_type = String)]
    hash: SmolStr,
    /// Whether it may be proposed: no finding that must be mended, no story that fails.
    clean: bool,
    /// Findings that must be mended, findings to look at.
    errors: usize,
    warnings: usize,
    /// Stories that hold, do not hold, wait for something that is not built.
    passed: usize,
    failed: usize,
    pending: usize,
    /// The version that it was last compared with.
    #[schema(value_type = Option<String>)]
    compared_with: Option<SmolStr>,
}

fn version_shown(book: &Book, version: &Version, now: Instant) -> VersionShown {
    let found = version.found.clone().unwrap_or_default();
    VersionShown {
        version: version.version.0.clone(),
        in_force: book.in_force(now) == Some(&version.version),
        author: version.author.as_ref().map(|author| author.0.clone()),
        reason: version.reason.clone(),
        at: Moment(version.at),
        hash: version.hash.clone(),
        clean: found.clean(),
        errors: found.errors,
        warnings: found.warnings,
        passed: found.passed,
        failed: found.failed,
        pending: found.pending,
        compared_with: version.compared.as_ref().map(|(with, _)| with.0.clone()),
    }
}

/// One proposal to bring a version into force.
#[derive(Serialize, ToSchema)]
pub struct ProposalShown {
    no: u32,
    #[schema(value_type = String)]
    version: SmolStr,
    /// The instant that was proposed.
    from: Moment,
    /// The version that it takes back.
    #[schema(value_type = Option<String>)]
    revokes: Option<SmolStr>,
    #[schema(value_type = String)]
    reason: SmolStr,
    #[schema(value_type = String)]
    proposed_by: SmolStr,
    proposed_at: Moment,
    /// `waiting`, `approved` or `rejected`.
    state: &'static str,
    /// The second person, once there was one.
    #[schema(value_type = Option<String>)]
    decided_by: Option<SmolStr>,
    decided_at: Option<Moment>,
    /// From when on it holds, once it is approved.
    holds_from: Option<Moment>,
}

fn proposal_shown(proposal: &Proposal) -> ProposalShown {
    let (state, decided) = match &proposal.state {
        Standing::Waiting => ("waiting", None),
        Standing::Approved { by, at } => ("approved", Some((by, *at))),
        Standing::Rejected { by, at, .. } => ("rejected", Some((by, *at))),
    };
    ProposalShown {
        no: proposal.no,
        version: proposal.version.0.clone(),
        from: Moment(proposal.from),
        revokes: proposal.revokes.as_ref().map(|version| version.0.clone()),
        reason: proposal.reason.clone(),
        proposed_by: proposal.proposed_by.0.clone(),
        proposed_at: Moment(proposal.proposed_at),
        state,
        decided_by: decided.map(|(by, _)| by.0.clone()),
        decided_at: decided.map(|(_, at)| Moment(at)),
        holds_from: proposal.holds_from().map(Moment),
    }
}

/// The book.
#[derive(Serialize, ToSchema)]
pub struct BookShown {
    /// The version by which new cases are filed now.
    #[schema(value_type = String)]
    in_force: SmolStr,
    /// Oldest first.
    versions: Vec<VersionShown>,
    /// Oldest first.
    proposals: Vec<ProposalShown>,
}

async fn shown(state: &AppState) -> Result<BookShown, Problem> {
    let (book, now) = (state.engine.policy_book(state.tenant()).await?, state.now());
    Ok(BookShown {
        in_force: state.setting()?.policy.current.version.0.clone(),
        versions: book.versions.iter().map(|version| version_shown(&book, version, now)).collect(),
        proposals: book.proposals.iter().map(proposal_shown).collect(),
    })
}

/// Versions of the policy and proposals to bring one into force.
#[utoipa::path(get, path = "/policy", tag = "policy", responses((status = 200, description = "The book", body = BookShown)))]
pub async fn book(State(state): State<AppState>, _: SignedIn) -> Result<Json<BookShown>, Problem> {
    Ok(Json(shown(&state).await?))
}

/// One version with its reports.
#[derive(Serialize, ToSchema)]
pub struct VersionWhole {
    #[serde(flatten)]
    version: VersionShown,
    /// What the lint said.
    lint: String,
    /// How the stories went.
    stories: String,
    /// What it would have done to past cases, as JSON text; null where nobody has looked.
    comparison: Option<String>,
}

/// One version with what lint, stories and comparison said of it.
#[utoipa::path(get, path = "/policy/versions/{version}", tag = "policy", params(("version" = String, Path, description = "The version")), responses(
    (status = 200, description = "The version", body = VersionWhole), (status = 404, description = "There is no such version"),
))]
pub async fn version(
    State(state): State<AppState>,
    _: SignedIn,
    Path(version): Path<String>,
) -> Result<Json<VersionWhole>, Problem> {
    let book = state.engine.policy_book(state.tenant()).await?;
    let known = book.version(&PolicyVersion::new(version)).ok_or_else(Problem::not_found)?;
    let found = known.found.clone().unwrap_or_default();
    let comparison = known.compared.as_ref().map(|(_, report)| report.clone());
    let version = version_shown(&book, known, state.now());
    Ok(Json(VersionWhole { version, lint: found.lint, stories: found.stories, comparison }))
}

/// A draft as it is sent.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form that is read part by part")]
pub struct DraftForm {
    /// Why there shall be another version.
    reason: String,
    /// The pack's files, each with its name in the pack: `pack.toml`, `scenarios/a.toml`, `../calendars/cn.csv`.
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<Vec<u8>>,
}

fn unreadable(why: &dyn std::fmt::Display) -> Problem {
    let mend = Both(
        "请按 multipart/form-data 重新发送。".to_owned(),
        format!("Send multipart/form-data again ({why})."),
    );
    Problem::field("", "unreadable", Both::of("表单无法读取。", "This form cannot be read."), mend)
}

async fn read_draft(request: Request) -> Result<(String, Files), Problem> {
    let (parts, body) = request.into_parts();
    let bytes = sent::read(body, MOST_BYTES + 1024 * 1024).await?;
    let request = Request::from_parts(parts, Body::from(bytes));
    let mut form = Multipart::from_request(request, &()).await.map_err(|why| unreadable(&why))?;
    let (mut reason, mut files) = (String::new(), Files::default());
    while let Some(part) = form.next_field().await.map_err(|why| unreadable(&why))? {
        let (field, name) = (part.name().unwrap_or_default().to_owned(), part.file_name().map(str::to_owned));
        let bytes = part.bytes().await.map_err(|why| unreadable(&why))?;
        match name {
            Some(name) => files.add(&name, &bytes).map_err(|problem| {
                let mend = Both("请更正后重新发送。".to_owned(), problem.to_string());
                Problem::field("file", "pack", Both::of("文件无法接收。", "This file is not taken."), mend)
            })?,
            None if field == "reason" => reason = String::from_utf8_lossy(&bytes).into_owned(),
            None => {}
        }
    }
    Ok((reason, files))
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
    let (reason, files) = read_draft(request).await?;
    state.engine.draft(state.tenant(), &who.actor, files, &reason).await?;
    Ok((StatusCode::CREATED, Json(shown(&state).await?)).into_response())
}

/// Refuses whoever does not look after the whole authority.
pub fn administrator(state: &AppState, who: &SignedIn) -> Result<(), Problem> {
    let setting = state.setting()?;
    let may = huying_model::book::administers(&setting.policy.org, &who.actor, state.now());
    if may { Ok(()) } else { Err(Problem::of("administrators_only")) }
}

/// What a version would have done to past cases.
#[derive(Serialize, ToSchema)]
pub struct ComparisonShown {
    #[schema(value_type = String)]
    against: SmolStr,
    /// Filed cases that were looked at, the newest 5,000 at most.
    cases: usize,
    /// Of these, another unit would lead.
    unit: usize,
    /// Of these, the public would have been told another instant.
    due: usize,
    /// Of these, it does not know the matter or condition.
    unknown: usize,
    /// Numbers of some cases that would have gone otherwise.
    #[schema(value_type = Vec<String>)]
    examples: Vec<SmolStr>,
}

impl From<Comparison> for ComparisonShown {
    fn from(found: Comparison) -> ComparisonShown {
        ComparisonShown {
            against: found.against.0,
            cases: found.cases,
            unit: found.unit,
            due: found.due,
            unknown: found.unknown,
            examples: found.examples.into_iter().map(|example| example.number).collect(),
        }
    }
}

/// Compares a version with the one in force over past cases, and keeps the report with it. For administrators.
#[utoipa::path(post, path = "/policy/versions/{version}/compare", tag = "policy", params(("version" = String, Path, description = "The version")), responses(
    (status = 200, description = "How many would have gone otherwise", body = ComparisonShown),
    (status = 403, description = "`administrators_only`"),
    (status = 409, description = "`unknown_version`"),
))]
pub async fn compare(
    State(state): State<AppState>,
    who: SignedIn,
    Path(version): Path<String>,
) -> Result<Json<ComparisonShown>, Problem> {
    let found = state.engine.compare(state.tenant(), &who.actor, &PolicyVersion::new(version)).await?;
    Ok(Json(found.into()))
}

/// A version that shall hold.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposeBody {
    version: String,
    /// From when on, RFC 3339; now where it is left out.
    #[serde(default)]
    from: Option<String>,
    reason: String,
}

/// A reason, and from when on.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FromBody {
    /// From when on, RFC 3339; now where it is left out.
    #[serde(default)]
    from: Option<String>,
    reason: String,
}

/// A reason.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithReasonBody {
    pub reason: String,
}

/// A moment of a body, where there is one.
pub fn moment(field: &str, text: Option<&str>) -> Result<Option<Instant>, Problem> {
    let read = text.map(str::trim).filter(|text| !text.is_empty()).map(str::parse::<Instant>).transpose();
    read.map_err(|why| {
        let mend = Both("请写成 2026-05-01T08:00:00+08:00。".to_owned(), why.to_string());
        Problem::field(field, "moment", Both::of("不是有效的时间。", "This is no moment."), mend)
    })
}

async fn act(state: &AppState, who: &SignedIn, act: &Act) -> Result<Json<BookShown>, Problem> {
    state.engine.book(state.tenant(), &who.actor, act).await?;
    Ok(Json(shown(state).await?))
}

/// Proposes to bring a version into force from an instant on; it holds once a second administrator approves.
#[utoipa::path(post, path = "/policy/proposals", tag = "policy", request_body = ProposeBody, responses(
    (status = 200, description = "The book with the proposal", body = BookShown),
    (status = 403, description = "`administrators_only`"),
    (status = 409, description = "`unknown_version`, `not_clean`, `in_force_already`, `too_early`, `reason_missing`"),
))]
pub async fn propose(
    State(state): State<AppState>,
    who: SignedIn,
    sent: Sent,
) -> Result<Json<BookShown>, Problem> {
    administrator(&state, &who)?;
    let body: ProposeBody = super::bodies::read(sent.fields)?;
    let (version, from) = (PolicyVersion::new(&body.version), moment("from", body.from.as_deref())?);
    act(&state, &who, &Act::Propose { version, from, reason: body.reason.into() }).await
}

/// Proposes to take the version in force back: the one before it holds again once a second administrator approves.
#[utoipa::path(post, path = "/policy/revoke", tag = "policy", request_body = FromBody, responses(
    (status = 200, description = "The book with the proposal", body = BookShown),
    (status = 403, description = "`administrators_only`"),
    (status = 409, description = "`nothing_before`, `too_early`, `reason_missing`"),
))]
pub async fn revoke(
    State(state): State<AppState>,
    who: SignedIn,
    sent: Sent,
) -> Result<Json<BookShown>, Problem> {
    administrator(&state, &who)?;
    let body: FromBody = super::bodies::read(sent.fields)?;
    let from = moment("from", body.from.as_deref())?;
    act(&state, &who, &Act::Revoke { from, reason: body.reason.into() }).await
}

/// Approves a proposal, as another administrator than who made it.
#[utoipa::path(post, path = "/policy/proposals/{no}/approve", tag = "policy", params(("no" = u32, Path, description = "Number of the proposal")), responses(
    (status = 200, description = "The book; what begins now holds", body = BookShown),
    (status = 403, description = "`administrators_only`"),
    (status = 409, description = "`second_person`, `not_waiting`"),
))]
pub async fn approve(
    State(state): State<AppState>,
    who: SignedIn,
    Path(no): Path<String>,
) -> Result<Json<BookShown>, Problem> {
    act(&state, &who, &Act::Approve { no: no.parse().unwrap_or_default() }).await
}

/// Rejects a proposal, or takes an own one back.
#[utoipa::path(post, path = "/policy/proposals/{no}/reject", tag = "policy", params(("no" = u32, Path, description = "Number of the proposal")), request_body = WithReasonBody, responses(
    (status = 200, description = "The book", body = BookShown),
    (status = 403, description = "`administrators_only`"),
    (status = 409, description = "`not_waiting`, `reason_missing`"),
))]
pub async fn reject(
    State(state): State<AppState>,
    who: SignedIn,
    Path(no): Path<String>,
    sent: Sent,
) -> Result<Json<BookShown>, Problem> {
    administrator(&state, &who)?;
    let body: WithReasonBody = super::bodies::read(sent.fields)?;
    let (no, reason) = (no.parse().unwrap_or_default(), body.reason.into());
    act(&state, &who, &Act::Reject { no, reason }).await
}

/// Where open cases shall move.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MigrateBody {
    /// A version that is or was in force.
    to: String,
    /// True only says what would happen.
    preview: bool,
    /// Needed where it is done.
    #[serde(default)]
    reason: String,
}

/// What a migration does, or would do.
#[derive(Serialize, ToSchema)]
pub struct MigrationShown {
    /// Open filed cases of other versions.
    cases: usize,
    /// That move.
    moved: usize,
    /// That stay with their own version, by reason.
    #[schema(value_type = BTreeMap<String, usize>)]
    stayed: BTreeMap<SmolStr, usize>,
    /// Clocks that get shorter, by kind; none gets longer.
    #[schema(value_type = BTreeMap<String, usize>)]
    clocks: BTreeMap<SmolStr, usize>,
    /// Some of the cases that move.
    examples: Vec<MovedShown>,
}

/// One case that moves.
#[derive(Serialize, ToSchema)]
pub struct MovedShown {
    #[schema(value_type = String)]
    number: SmolStr,
    #[schema(value_type = String)]
    from: SmolStr,
    /// The promise before and after.
    due_before: Option<Moment>,
    due_after: Option<Moment>,
}

impl From<Migration> for MigrationShown {
    fn from(done: Migration) -> MigrationShown {
        let moved = |one: huying_engine::migrate::Moved| MovedShown {
            number: one.number,
            from: one.from.0,
            due_before: one.due_before.map(Moment),
            due_after: one.due_after.map(Moment),
        };
        MigrationShown {
            cases: done.cases,
            moved: done.moved,
            stayed: done.stayed,
            clocks: done.clocks,
            examples: done.examples.into_iter().map(moved).collect(),
        }
    }
}

/// Moves open cases to a version, or says what that would do. No clock gets longer by it. For administrators.
#[utoipa::path(post, path = "/policy/migration", tag = "policy", request_body = MigrateBody, responses(
    (status = 200, description = "What was done, or would be", body = MigrationShown),
    (status = 403, description = "`administrators_only`"),
    (status = 409, description = "`unknown_version`, `reason_missing`"),
))]
pub async fn migrate(
    State(state): State<AppState>,
    who: SignedIn,
    sent: Sent,
) -> Result<Json<MigrationShown>, Problem> {
    administrator(&state, &who)?;
    let body: MigrateBody = super::bodies::read(sent.fields)?;
    let (to, reason) = (PolicyVersion::new(&body.to), (!body.preview).then_some(body.reason.as_str()));
    Ok(Json(state.engine.migration(state.tenant(), &who.actor, &to, reason).await?.into()))
}
