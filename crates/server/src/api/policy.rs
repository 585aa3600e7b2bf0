//! The life of a policy: versions, what was found in them, who activates which from when, and open cases that move.
//!
//! Owns the shapes; every act is the engine's and the book's rules are the model's. Any member may read the book, since
//! everybody works by it; acts are for administrators. Start at [`book`]; drafts come in by [`super::drafts`].

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, State},
};
use huying_engine::migrate::Migration;
use huying_model::{
    Actor, Instant, PolicyVersion,
    book::{Act, Book, Proposal, State as Standing, Version, administers},
};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use utoipa::ToSchema;

use super::shape::Moment;
use crate::{
    problem::{Both, Problem},
    sent::Sent,
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
    /// What it would bring back although changes of the organisation ended or moved it.
    returns: usize,
    /// Stories that hold, do not hold, wait for something that is not built.
    passed: usize,
    failed: usize,
    pending: usize,
    /// The version that it was last compared with.
    #[schema(value_type = Option<String>)]
    compared_with: Option<SmolStr>,
}

pub(super) fn version_shown(book: &Book, version: &Version, now: Instant) -> VersionShown {
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
        returns: found.returns.len(),
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
    /// Why it shall hold although it brings back what changes of the organisation ended or moved.
    #[schema(value_type = Option<String>)]
    confirmed: Option<SmolStr>,
    /// The seats that it gives, or lets reach further, a line each.
    grants: Vec<String>,
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
        confirmed: proposal.confirmed.clone(),
        grants: super::changes::in_both(&proposal.grants),
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

pub(super) async fn shown(state: &AppState) -> Result<BookShown, Problem> {
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

/// Refuses whoever does not look after the whole authority.
pub fn administrator(state: &AppState, who: &SignedIn) -> Result<(), Problem> {
    let setting = state.setting()?;
    let may = administers(&setting.policy.org, &who.actor, state.now());
    if may { Ok(()) } else { Err(Problem::of("administrators_only")) }
}

/// As whom somebody decides on a proposal. Where three administrators are apart, one that gives seats is approved by the one who guards
/// them and by nobody else; whoever runs the system may still take it back.
pub(crate) async fn deciding(
    state: &AppState,
    who: &SignedIn,
    no: u32,
    agrees: bool,
) -> Result<Actor, Problem> {
    let apart = state.accounts().is_ok_and(|accounts| accounts.rules().duties.is_some());
    if !apart || !agrees && administrator(state, who).is_ok() {
        return Ok(who.actor.clone());
    }
    let book = state.engine.policy_book(state.tenant()).await?;
    let gives = book.proposals.iter().any(|proposal| proposal.no == no && !proposal.grants.is_empty());
    if gives { super::grants::deciding(state, who) } else { Ok(who.actor.clone()) }
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
    /// Why it shall hold although it brings back what changes of the organisation ended or moved.
    #[serde(default)]
    confirmed: Option<String>,
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

async fn act(state: &AppState, actor: &Actor, act: &Act) -> Result<Json<BookShown>, Problem> {
    state.engine.book(state.tenant(), actor, act).await?;
    Ok(Json(shown(state).await?))
}

/// Proposes to bring a version into force from an instant on; it holds once a second administrator approves.
#[utoipa::path(post, path = "/policy/proposals", tag = "policy", request_body = ProposeBody, responses(
    (status = 200, description = "The book with the proposal", body = BookShown),
    (status = 403, description = "`administrators_only`"),
    (status = 409, description = "`unknown_version`, `not_clean`, `brings_back`, `in_force_already`, `too_early`, `reason_missing`"),
))]
pub async fn propose(
    State(state): State<AppState>,
    who: SignedIn,
    sent: Sent,
) -> Result<Json<BookShown>, Problem> {
    administrator(&state, &who)?;
    let body: ProposeBody = super::bodies::read(sent.fields)?;
    let (version, from) = (PolicyVersion::new(&body.version), moment("from", body.from.as_deref())?);
    let (reason, confirmed) = (body.reason.into(), body.confirmed.map(Into::into));
    act(&state, &who.actor, &Act::Propose { version, from, reason, confirmed }).await
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
    act(&state, &who.actor, &Act::Revoke { from, reason: body.reason.into() }).await
}

/// Approves a proposal, as another administrator than who made it; where three are apart and it gives seats, as the one who guards them.
#[utoipa::path(post, path = "/policy/proposals/{no}/approve", tag = "policy", params(("no" = u32, Path, description = "Number of the proposal")), responses(
    (status = 200, description = "The book; what begins now holds", body = BookShown),
    (status = 403, description = "`administrators_only`"),
    (status = 409, description = "`second_person`, `not_waiting`, `seats_since`"),
))]
pub async fn approve(
    State(state): State<AppState>,
    who: SignedIn,
    Path(no): Path<String>,
) -> Result<Json<BookShown>, Problem> {
    let no = no.parse().unwrap_or_default();
    let actor = deciding(&state, &who, no, true).await?;
    act(&state, &actor, &Act::Approve { no }).await
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
    let no = no.parse().unwrap_or_default();
    let actor = deciding(&state, &who, no, false).await?;
    if !administers(&state.setting()?.policy.org, &actor, state.now()) {
        return Err(Problem::of("administrators_only"));
    }
    let body: WithReasonBody = super::bodies::read(sent.fields)?;
    act(&state, &actor, &Act::Reject { no, reason: body.reason.into() }).await
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
