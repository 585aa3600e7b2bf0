//! What a version would have done to past cases, over HTTP.
//!
//! Owns the shape on the wire; the counting is the pack's ([`huying_pack::whatif`]) and the reading the engine's. Start at
//! [`what_if`].

use axum::{
    Json,
    extract::{Path, State},
};
use huying_model::PolicyVersion;
use huying_pack::told::Told;
use huying_pack::whatif::{
    Example, Report,
    report::{Group, Kind, Moved, Share, Shift, Shown, Spread},
};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use utoipa::{IntoParams, ToSchema};

use super::policy::administrator;
use crate::{
    problem::{Both, Problem},
    sent::Asked,
    session::SignedIn,
    state::AppState,
};

/// Which two.
#[derive(Deserialize, IntoParams, Default, Clone)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct WhatIfQuery {
    /// The version that is tried.
    pub draft: String,
    /// The version that it is compared with; whatever each case ran by where it is left out.
    pub baseline: Option<String>,
}

impl WhatIfQuery {
    /// The baseline where one is named.
    pub fn base(&self) -> Option<PolicyVersion> {
        self.baseline.as_deref().map(str::trim).filter(|name| !name.is_empty()).map(PolicyVersion::new)
    }
}

/// A name in both languages.
#[derive(Serialize, ToSchema)]
pub struct NameShown {
    zh: String,
    en: String,
}

impl From<Told> for NameShown {
    fn from(Told { zh, en }: Told) -> NameShown {
        NameShown { zh, en }
    }
}

/// Cases, and how many of them change.
#[derive(Serialize, ToSchema)]
pub struct ShareShown {
    cases: u64,
    changed: u64,
}

impl From<Share> for ShareShown {
    fn from(Share { cases, changed }: Share) -> ShareShown {
        ShareShown { cases, changed }
    }
}

/// A group of cases.
#[derive(Serialize, ToSchema)]
pub struct GroupShown {
    #[schema(value_type = String)]
    code: SmolStr,
    name: NameShown,
    cases: u64,
    changed: u64,
}

impl From<Group> for GroupShown {
    fn from(Group { code, name, share }: Group) -> GroupShown {
        GroupShown { code, name: name.into(), cases: share.cases, changed: share.changed }
    }
}

/// Minutes: the middle one, nine of ten, the most.
#[derive(Serialize, ToSchema)]
pub struct SpreadShown {
    median: i64,
    p90: i64,
    most: i64,
}

impl From<Spread> for SpreadShown {
    fn from(Spread { median, p90, most }: Spread) -> SpreadShown {
        SpreadShown { median, p90, most }
    }
}

/// How many due instants move, and how far.
#[derive(Serialize, ToSchema)]
pub struct ShiftShown {
    earlier: u64,
    later: u64,
    earlier_minutes: SpreadShown,
    later_minutes: SpreadShown,
}

impl From<Shift> for ShiftShown {
    fn from(shift: Shift) -> ShiftShown {
        ShiftShown {
            earlier: shift.earlier,
            later: shift.later,
            earlier_minutes: shift.earlier_minutes.into(),
            later_minutes: shift.later_minutes.into(),
        }
    }
}

/// One side's answer. Moments are RFC 3339 in the zone of the baseline.
#[derive(Serialize, ToSchema)]
pub struct AnswerShown {
    /// Null where no row fits.
    #[schema(value_type = Option<String>)]
    row: Option<SmolStr>,
    #[schema(value_type = Option<String>)]
    lead: Option<SmolStr>,
    #[schema(value_type = Vec<String>)]
    assists: Vec<SmolStr>,
    #[schema(value_type = String)]
    closing_level: SmolStr,
    receive: Option<String>,
    handle: Option<String>,
    promise: Option<String>,
}

impl From<Shown> for AnswerShown {
    fn from(shown: Shown) -> AnswerShown {
        let Shown { row, lead, assists, closing_level, receive, handle, promise, .. } = shown;
        AnswerShown { row, lead, assists, closing_level, receive, handle, promise }
    }
}

/// A case with both answers.
#[derive(Serialize, ToSchema)]
pub struct ExampleShown {
    #[schema(value_type = String)]
    number: SmolStr,
    #[schema(value_type = String)]
    matter: SmolStr,
    #[schema(value_type = String)]
    area: SmolStr,
    filed: String,
    before: AnswerShown,
    after: AnswerShown,
}

impl From<Example> for ExampleShown {
    fn from(example: Example) -> ExampleShown {
        ExampleShown {
            number: example.number,
            matter: example.matter,
            area: example.area,
            filed: example.filed,
            before: example.before.into(),
            after: example.after.into(),
        }
    }
}

/// A kind of change.
#[derive(Serialize, ToSchema)]
pub struct KindShown {
    /// `lead`, `assists`, `closing_level`, `receive`, `handle`, `promise`, `lost_route`, `gained_route` or `lost_matter`.
    #[schema(value_type = String)]
    code: SmolStr,
    name: NameShown,
    cases: u64,
    examples: Vec<ExampleShown>,
}

impl From<Kind> for KindShown {
    fn from(Kind { code, name, cases, examples }: Kind) -> KindShown {
        KindShown { code, name: name.into(), cases, examples: examples.into_iter().map(Into::into).collect() }
    }
}

/// Cases that go from one lead to another.
#[derive(Serialize, ToSchema)]
pub struct MoveShown {
    #[schema(value_type = String)]
    from: SmolStr,
    #[schema(value_type = String)]
    to: SmolStr,
    cases: u64,
    example: ExampleShown,
}

impl MoveShown {
    /// What was asked a moment ago has an example of each; a kept report may have none, and is not shown in this way.
    fn of(Moved { from, to, cases, example }: Moved) -> Option<MoveShown> {
        Some(MoveShown { from: from.code, to: to.code, cases, example: example?.into() })
    }
}

/// What a version would have done to past cases.
#[derive(Serialize, ToSchema)]
pub struct WhatIfShown {
    /// The versions that it is compared with.
    #[schema(value_type = Vec<String>)]
    baseline: Vec<SmolStr>,
    #[schema(value_type = String)]
    draft: SmolStr,
    /// Filed cases that were asked of both.
    cases: u64,
    /// Of these, in which something is otherwise.
    changed: u64,
    /// Of these, in which distance or load choose among several units: both sides take the first of them.
    by_facts: u64,
    /// Entries of the journal that were read, the newest, and how many there are: 3,000,000 are read at most.
    entries_read: u64,
    entries: u64,
    kinds: Vec<KindShown>,
    receive: ShiftShown,
    handle: ShiftShown,
    promise: ShiftShown,
    /// The most cases first.
    moves: Vec<MoveShown>,
    by_street: Vec<GroupShown>,
    by_matter: Vec<GroupShown>,
    /// 168 hours of the week, from Monday 00:00.
    by_hour: Vec<ShareShown>,
    /// Cases that the baseline cannot answer, with some of them.
    unusable: u64,
    unusable_examples: Vec<String>,
}

impl From<Report> for WhatIfShown {
    fn from(report: Report) -> WhatIfShown {
        fn all<A, B: From<A>>(of: Vec<A>) -> Vec<B> {
            of.into_iter().map(Into::into).collect()
        }
        let read = report.read.unwrap_or_default();
        WhatIfShown {
            baseline: report.baseline.into_iter().map(|version| version.0).collect(),
            draft: report.draft.0,
            cases: report.cases,
            changed: report.changed,
            by_facts: report.by_facts,
            entries_read: read.entries,
            entries: read.of,
            kinds: all(report.kinds),
            receive: report.receive.into(),
            handle: report.handle.into(),
            promise: report.promise.into(),
            moves: report.moves.into_iter().filter_map(MoveShown::of).collect(),
            by_street: all(report.by_street),
            by_matter: all(report.by_matter),
            by_hour: all(report.by_hour),
            unusable: report.unusable,
            unusable_examples: report.unusable_examples,
        }
    }
}

/// Asks past cases of a version and of a baseline, and counts what changes; nothing is kept. For administrators.
#[utoipa::path(get, path = "/policy/what-if", tag = "policy", params(WhatIfQuery), responses(
    (status = 200, description = "What changes", body = WhatIfShown),
    (status = 400, description = "`validation`: no draft is named"),
    (status = 403, description = "`administrators_only`"),
    (status = 409, description = "`unknown_version`"),
))]
pub async fn what_if(
    State(state): State<AppState>,
    who: SignedIn,
    Asked(query): Asked<WhatIfQuery>,
) -> Result<Json<WhatIfShown>, Problem> {
    administrator(&state, &who)?;
    if query.draft.trim().is_empty() {
        let message = Both::of("缺少此项。", "This field is missing.");
        let mend = Both::of("请填写要试算的版本。", "Name the version that is tried.");
        return Err(Problem::field("draft", "missing", message, mend));
    }
    let (draft, base) = (PolicyVersion::new(query.draft.trim()), query.base());
    let report = state.engine.what_if(state.tenant(), &who.actor, &draft, base.as_ref()).await?;
    Ok(Json(report.into()))
}

/// Compares a version with the one in force over past cases, and keeps the report with it. For administrators.
#[utoipa::path(post, path = "/policy/versions/{version}/compare", tag = "policy", params(("version" = String, Path, description = "The version")), responses(
    (status = 200, description = "What changes", body = WhatIfShown),
    (status = 403, description = "`administrators_only`"),
    (status = 409, description = "`unknown_version`"),
))]
pub async fn compare(
    State(state): State<AppState>,
    who: SignedIn,
    Path(version): Path<String>,
) -> Result<Json<WhatIfShown>, Problem> {
    let report = state.engine.compare(state.tenant(), &who.actor, &PolicyVersion::new(version)).await?;
    Ok(Json(report.into()))
}
