//! Cases: list, one, search, and the report that begins one.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_engine::intake::{ReportDraft, ReportIn, Reported};
use huying_model::{Instant, catalogue::Source, stage::Stage};
use huying_store::{Filter, Lane, Order};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use smol_str::SmolStr;
use utoipa::{IntoParams, ToSchema};

use super::{
    bodies::ReportBody,
    carried::Carried,
    components::{self, ComponentShown},
    find::{self, CaseName},
    journal::{self, EntryShown},
    persons::{self, PersonShown},
    shape::{CaseLine, CaseShown, Moment, Paged},
};
use crate::{
    problem::{Both, Problem},
    sent::{Asked, Sent, no_such},
    session::SignedIn,
    state::AppState,
};

/// What is listed. Lists of codes are separated by commas; everything that is given has to fit.
#[derive(Deserialize, IntoParams, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Stages, such as `filed,dispatched`.
    pub(super) stage: Option<String>,
    /// `true` for open cases only.
    pub(super) open: bool,
    /// Units that must act next.
    pub(super) custodian: Option<String>,
    /// Units that lead.
    pub(super) lead: Option<String>,
    /// An area with everything below it.
    pub(super) area: Option<String>,
    /// A board, a track or a matter: the code's beginning.
    pub(super) matter: Option<String>,
    /// Sources, such as `hotline,resident`.
    pub(super) source: Option<String>,
    /// `green`, `yellow`, `red`.
    pub(super) urgency: Option<String>,
    /// Received at or after this moment (RFC 3339).
    pub(super) received_from: Option<String>,
    /// Received before this moment (RFC 3339).
    pub(super) received_until: Option<String>,
    /// `true` for open cases whose promise has ended.
    pub(super) overdue: bool,
    /// Suspended or not.
    pub(super) suspended: Option<bool>,
    /// Words of the case, as in a search. They may be somebody's name, and an address stays in histories and in logs on the way: send
    /// them by POST /api/v1/cases/search.
    pub(super) q: Option<String>,
    /// The component that it is about, by its code.
    pub(super) component: Option<String>,
    /// `newest` (the default) or `oldest`, by receipt.
    pub(super) order: Option<String>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Lines of a page: 1 to 500, 50 where it is not said.
    pub(super) limit: Option<usize>,
}

fn codes(list: Option<&String>) -> Vec<SmolStr> {
    list.map_or_else(Vec::new, |list| {
        list.split(',').map(str::trim).filter(|code| !code.is_empty()).map(SmolStr::new).collect()
    })
}

/// Codes of which each has to be known.
fn known(field: &str, list: Option<&String>, all: &[&str]) -> Result<Vec<SmolStr>, Problem> {
    let asked = codes(list);
    match asked.iter().find(|code| !all.contains(&code.as_str())) {
        Some(stranger) => Err(no_such(field, stranger, &all.join(", "))),
        None => Ok(asked),
    }
}

/// A moment of a query; a `+` of the offset may have arrived as a space.
pub(crate) fn moment(field: &str, text: Option<&String>) -> Result<Option<Instant>, Problem> {
    let Some(text) = text else { return Ok(None) };
    text.replace(' ', "+").parse().map(Some).map_err(|error: huying_model::time::InstantError| {
        let mend =
            Both("请按 RFC 3339 带时区填写，例如 2026-05-01T08:00:00Z。".to_owned(), error.to_string());
        Problem::field(field, "not_a_moment", Both::of("不是有效的时间。", "This is not a moment."), mend)
    })
}

impl ListQuery {
    pub(super) fn filter(&self, state: &AppState) -> Result<Filter, Problem> {
        let setting = state.setting()?;
        let mut filter = Filter {
            stages: known("stage", self.stage.as_ref(), &Stage::ALL.map(Stage::code))?,
            open_only: self.open,
            custodians: codes(self.custodian.as_ref()),
            leads: codes(self.lead.as_ref()),
            matter_prefix: self.matter.as_deref().map(SmolStr::new),
            sources: known("source", self.source.as_ref(), &Source::ALL.map(Source::code))?,
            urgencies: known("urgency", self.urgency.as_ref(), &["green", "yellow", "red"])?,
            received_from: moment("received_from", self.received_from.as_ref())?,
            received_until: moment("received_until", self.received_until.as_ref())?,
            overdue_at: self.overdue.then(|| state.now()),
            suspended: self.suspended,
            text: self.q.clone(),
            component: self.component.as_deref().map(SmolStr::new),
            ..Filter::default()
        };
        if let Some(area) = &self.area {
            filter.areas = super::org::with_below(&setting.policy.org, area)?;
        }
        Ok(filter)
    }

    fn order(&self) -> Result<Order, Problem> {
        match self.order.as_deref() {
            None | Some("newest") => Ok(Order::NewestFirst),
            Some("oldest") => Ok(Order::OldestFirst),
            Some(other) => Err(no_such("order", other, "newest, oldest")),
        }
    }
}

/// Cases that the member may read, by filters, newest first.
///
/// Listed are the cases of the areas that the member sees whole, and those in which a unit of theirs has, or had, a part.
#[utoipa::path(get, path = "/cases", tag = "cases", params(ListQuery), responses(
    (status = 200, description = "A page of cases", body = Paged<CaseLine>),
))]
pub async fn list(
    State(state): State<AppState>,
    who: SignedIn,
    Asked(asked): Asked<ListQuery>,
) -> Result<Json<Paged<CaseLine>>, Problem> {
    listed(&state, &who, &asked).await
}

/// Cases that the member may read, as GET /api/v1/cases lists them; what is asked stands in the body and in no address.
///
/// It changes nothing, and needs no Idempotency-Key.
#[utoipa::path(post, path = "/cases/search", tag = "cases", request_body = ListQuery, responses(
    (status = 200, description = "A page of cases", body = Paged<CaseLine>),
))]
pub async fn search_cases(
    State(state): State<AppState>,
    who: SignedIn,
    sent: Sent,
) -> Result<Json<Paged<CaseLine>>, Problem> {
    listed(&state, &who, &super::bodies::asked(sent.fields)?).await
}

async fn listed(
    state: &AppState,
    who: &SignedIn,
    asked: &ListQuery,
) -> Result<Json<Paged<CaseLine>>, Problem> {
    let (mut filter, order, limit) = (asked.filter(state)?, asked.order()?, find::limit(asked.limit)?);
    filter.seen = who.seen(state)?;
    let cursor = asked.cursor.as_deref();
    let found = state.engine.store().list(state.tenant(), &filter, order, cursor, limit).await;
    let mut page = find::page(found, cursor)?;
    find::own_words(state, who, &mut page.items).await?;
    Ok(Json(Paged::of(page, CaseLine::from)))
}

/// What is searched.
#[derive(Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Any two characters of Chinese, or whole words of another script; all have to occur in one entry of a case. They may be
    /// somebody's name, and an address stays in histories and in logs on the way: send them by POST /api/v1/search.
    q: String,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Lines of a page: 1 to 500, 50 where it is not said.
    limit: Option<usize>,
}

/// Cases in whose words something was said: title, text, address, comments, reasons.
#[utoipa::path(get, path = "/search", tag = "cases", params(SearchQuery), responses(
    (status = 200, description = "A page of cases, those spoken of last first", body = Paged<CaseLine>),
))]
pub async fn search(
    State(state): State<AppState>,
    who: SignedIn,
    Asked(asked): Asked<SearchQuery>,
) -> Result<Json<Paged<CaseLine>>, Problem> {
    spoken_of(&state, &who, &asked).await
}

/// The same search with its words in the body, where they stand in no address.
///
/// It changes nothing, and needs no Idempotency-Key.
#[utoipa::path(post, path = "/search", tag = "cases", request_body = SearchQuery, responses(
    (status = 200, description = "A page of cases, those spoken of last first", body = Paged<CaseLine>),
))]
pub async fn search_words(
    State(state): State<AppState>,
    who: SignedIn,
    sent: Sent,
) -> Result<Json<Paged<CaseLine>>, Problem> {
    spoken_of(&state, &who, &super::bodies::asked(sent.fields)?).await
}

async fn spoken_of(
    state: &AppState,
    who: &SignedIn,
    asked: &SearchQuery,
) -> Result<Json<Paged<CaseLine>>, Problem> {
    let (limit, seen, cursor) = (find::limit(asked.limit)?, who.seen(state)?, asked.cursor.as_deref());
    let found = state.engine.store().search(state.tenant(), &asked.q, seen.as_ref(), cursor, limit).await;
    Ok(Json(Paged::of(find::page(found, cursor)?, CaseLine::from)))
}

/// What comes with one case.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct OneQuery {
    /// `false` leaves the journal out.
    journal: Option<bool>,
}

/// A button: a command that this member may give now.
#[derive(Serialize, ToSchema)]
pub struct AllowedShown {
    /// The name in the command's address.
    pub name: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
}

/// One case with its journal and the commands that this member may give now.
#[derive(Serialize, ToSchema)]
pub struct CaseWhole {
    #[serde(flatten)]
    pub case: CaseShown,
    /// Who reported it, as far as this member may see them.
    pub persons: Vec<PersonShown>,
    /// The component that it is about, as the register has it now; null where the report named none.
    pub component: Option<ComponentShown>,
    pub allowed: Vec<AllowedShown>,
    /// What the dispatch table answers, with its reasons, while the case waits to be dispatched.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub suggestion: Option<Value>,
    /// Oldest first; left out with `journal=false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal: Option<Vec<EntryShown>>,
}

/// One case with its journal and the commands allowed to this member now.
///
/// `{id}` is the case's id or its number. The ETag is its version: send it as If-Match with a command, and a case
/// that has moved on since is answered with 409 `conflict`.
#[utoipa::path(get, path = "/cases/{id}", tag = "cases", params(("id" = String, Path, description = "Id or number"), OneQuery), responses(
    (status = 200, description = "The case", body = CaseWhole, headers(("ETag" = String, description = "The version, quoted"))),
    (status = 304, description = "It still has the version of If-None-Match, and nothing of it was forgotten; only its own state is judged, not what the member may do"),
    (status = 404, description = "There is no such case, or it is not yours to read"),
))]
pub async fn one(
    State(state): State<AppState>,
    who: SignedIn,
    CaseName(name): CaseName,
    Asked(asked): Asked<OneQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = find::case(&state, &who, &name).await?;
    let etag = etag(found.case.version);
    // A version says nothing of what was forgotten since: whoever still has the words is not told to show them.
    let unmoved = headers.get(header::IF_NONE_MATCH) == Some(&etag);
    if unmoved && !state.engine.store().forgot(state.tenant(), found.case.id).await? {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let setting = state.setting()?;
    let allowed = state.engine.allowed(&setting, &found.case, &who.actor);
    let allowed = allowed
        .into_iter()
        .map(|name| AllowedShown { name: name.code(), zh: name.zh(), en: name.en() })
        .collect();
    let suggestion = match found.case.stage {
        Stage::Filed => state.engine.suggest(&setting, state.tenant(), &found.case).await?,
        _ => None,
    };
    let suggestion = suggestion.map(|routing| {
        let mut told = serde_json::to_value(routing).unwrap_or_default();
        journal::without_loads(&mut told);
        told
    });
    let journal = match asked.journal {
        Some(false) => None,
        _ => Some(journal::entries(&state, &found.case, &who.actor).await?),
    };
    let persons = persons::of_case(&state, &who, &found.case).await?;
    let component = components::of_case(&state, found.case.component.as_ref()).await?;
    let case = CaseShown::of(&found.case, found.texts);
    state.engine.note_opened(state.tenant(), &who.actor, found.case.id).await;
    Ok(([(header::ETAG, etag)], Json(CaseWhole { case, persons, component, allowed, suggestion, journal }))
        .into_response())
}

/// A case's version as an ETag.
pub(crate) fn etag(version: u32) -> HeaderValue {
    // A quoted number is always a header value; the fallback is an ETag that matches nothing.
    HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// A case that may be the same problem.
#[derive(Serialize, ToSchema)]
pub struct DuplicateShown {
    pub id: String,
    #[schema(value_type = String)]
    pub number: SmolStr,
    pub title: Option<String>,
    #[schema(value_type = String)]
    pub stage: SmolStr,
    pub received_at: Moment,
    /// How far away, in whole metres.
    pub metres: u32,
}

impl From<huying_engine::intake::Duplicate> for DuplicateShown {
    fn from(found: huying_engine::intake::Duplicate) -> DuplicateShown {
        DuplicateShown {
            id: found.case.case.to_string(),
            number: found.case.number,
            title: found.case.title,
            stage: found.case.stage,
            received_at: Moment(found.case.received_at),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "duplicates lie within some metres"
            )]
            metres: found.metres.round() as u32,
        }
    }
}

/// A case that has begun.
#[derive(Serialize, ToSchema)]
pub struct ReportedShown {
    pub id: String,
    #[schema(value_type = String)]
    pub number: SmolStr,
    /// With the number: whoever reported it can follow it with both, at POST /api/v1/track or on the page /track.
    pub follow_secret: String,
    pub version: u32,
    /// `filed` or `dispatched` where the rules let the platform take these steps by itself.
    pub stage: &'static str,
    /// This is the first answer again: the key was used before for the same request.
    pub replayed: bool,
    /// Cases of the same matter within 50 m and 24 hours, nearest first.
    pub duplicates: Vec<DuplicateShown>,
}

/// Reports a case: the place is found from the point, words are sealed, and likely duplicates come with the answer.
///
/// Danger to life is for 110, 119 and 120, not for this form. Nobody is refused for an unknown place or matter.
#[utoipa::path(post, path = "/cases", tag = "cases", request_body = ReportBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body begins one case only")),
    responses(
        (status = 201, description = "The case has begun and is stored", body = ReportedShown, headers(("Location" = String, description = "The case"), ("ETag" = String, description = "The version, quoted"))),
        (status = 400, description = "`validation`: each wrong field with its mend"),
        (status = 409, description = "`upload_missing`: photos that `uploads` names are not there yet; `another_member`"),
    ))]
pub async fn report(
    State(state): State<AppState>,
    who: SignedIn,
    mut sent: Sent,
) -> Result<Response, Problem> {
    let (key, claimed) = (sent.key(&who.member), super::commands::claimed(&mut sent.fields, who.contact)?);
    let carried = Carried::of(&mut sent.fields, huying_model::Name::Report, &who.member)?;
    if let Some(receipt) = carried.answered(&state, key.as_ref()).await? {
        let seen = who.seen(&state)?;
        let duplicates = state.engine.duplicates_of(state.tenant(), receipt.case, seen.as_ref()).await?;
        return begun(&state, Reported { receipt, duplicates });
    }
    let draft: ReportDraft = super::bodies::read(sent.fields)?;
    let input = ReportIn {
        tenant: state.tenant(),
        actor: who.actor,
        draft,
        uploads: carried.bytes(&state).await?,
        claimed,
        key,
        lane: Lane::Interactive,
    };
    let outcome = state.engine.report(input).await;
    super::commands::count(
        &state,
        huying_model::Name::Report,
        &outcome.as_ref().map(|reported| &reported.receipt),
    );
    carried.settled(&state, &outcome).await?;
    begun(&state, outcome?)
}

/// What whoever reported is told.
fn begun(state: &AppState, reported: Reported) -> Result<Response, Problem> {
    let receipt = reported.receipt;
    let place = HeaderValue::from_str(&format!("/api/v1/cases/{}", receipt.case))
        .map_err(|why| Problem::internal(&why))?;
    let shown = ReportedShown {
        id: receipt.case.to_string(),
        number: receipt.number,
        follow_secret: state.engine.track_secret(state.tenant(), receipt.case),
        version: receipt.version,
        stage: receipt.stage.code(),
        replayed: receipt.replayed,
        duplicates: reported.duplicates.into_iter().map(DuplicateShown::from).collect(),
    };
    Ok((StatusCode::CREATED, [(header::LOCATION, place), (header::ETAG, etag(shown.version))], Json(shown))
        .into_response())
}
