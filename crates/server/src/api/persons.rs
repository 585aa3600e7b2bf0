//! Persons over HTTP: a field revealed for a purpose, the log of who looked, erasures by two people, and what is held of somebody.
//!
//! Names and contacts go in bodies only, never in an address. Refuses to decide who sees what: that is
//! [`huying_engine::authority::field`]'s table. Start at [`reveal`].

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_engine::{
    authority::field::{Access, Field, access},
    person::{Export, ExportIn, Known, PURPOSES, Proposal, REASONS, Reveal, Target},
    recipients,
};
use huying_model::{Case, CaseId, Instant, MemberId, RecipientId};
use huying_store::person::{AccessOf, AccessRow, ErasureRow};
use serde::{Deserialize, Serialize};
use serde_json::json;
use smol_str::SmolStr;
use utoipa::{IntoParams, ToSchema};

use super::{
    bodies::read,
    cases::moment,
    find::{self, CaseName, Named},
    shape::{Moment, Paged},
};
use crate::{
    pages::fresh,
    problem::Problem,
    sent::{Asked, Sent, no_such},
    session::SignedIn,
    state::AppState,
};

/// A reporter of a case, as far as this member may see them.
#[derive(Serialize, ToSchema)]
pub struct PersonShown {
    /// From 0.
    pub reporter: u16,
    /// The same wherever this person's words stand; it tells nothing of who it is.
    #[schema(value_type = Option<String>)]
    pub pseudonym: Option<SmolStr>,
    pub withdrawn: bool,
    /// Null where it was not told, is not shown, or was forgotten.
    pub name: Option<String>,
    pub contact: Option<String>,
    /// What was told and can be asked for with POST /api/v1/cases/{id}/reveal: `name`, `contact`.
    pub on_request: Vec<&'static str>,
}

/// The reporters of a case.
pub async fn of_case(state: &AppState, who: &SignedIn, case: &Case) -> Result<Vec<PersonShown>, Problem> {
    let setting = state.setting()?;
    let known = state.engine.informants(state.tenant(), case).await?;
    let seals = state.engine.store().seals(state.tenant());
    let shown = |one: Known| {
        let mut on_request = Vec::new();
        let pseudonym = one.pseudonym().cloned();
        let fields = [(Field::Name, &one.informant.name), (Field::Contact, &one.informant.contact)];
        let [name, contact] = fields.map(|(field, words)| {
            let words = seals.open(words.as_ref()?)?;
            match access(&setting.policy.org, case, &who.actor, field) {
                Access::Shown => Some(words),
                Access::OnRequest => {
                    on_request.push(field.code());
                    None
                }
                Access::Hidden => None,
            }
        });
        PersonShown { reporter: one.no, pseudonym, withdrawn: one.withdrawn, name, contact, on_request }
    };
    Ok(known.into_iter().map(shown).collect())
}

/// What is asked to be shown, and for what.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevealBody {
    /// The reporter's number, from 0.
    #[serde(default)]
    reporter: u16,
    /// `name` or `contact`, or `words`: all that was said in a dispute.
    field: String,
    /// `callback`, `handling`, `place`, `inspection`, `complaint`, `subject_request`, `audit` or `legal`.
    purpose: String,
}

/// What was asked for.
#[derive(Serialize, ToSchema)]
pub struct Revealed {
    pub reporter: u16,
    pub field: &'static str,
    pub value: String,
}

/// Shows one field of a reporter, or the words of a dispute, that is masked for this member, after it was written down who looks and for what.
///
/// The reporter sees it on the page where they follow their case, where the authority lets them.
#[utoipa::path(post, path = "/cases/{id}/reveal", tag = "persons", request_body = RevealBody,
    params(("id" = String, Path, description = "Id or number")), responses(
    (status = 200, description = "The field", body = Revealed),
    (status = 400, description = "`validation`: there is no such field or purpose"),
    (status = 403, description = "`field_hidden`"),
    (status = 404, description = "`not_found`, or `forgotten`"),
))]
pub async fn reveal(
    State(state): State<AppState>,
    who: SignedIn,
    CaseName(name): CaseName,
    sent: Sent,
) -> Result<Response, Problem> {
    let found = find::case(&state, &who, &name).await?;
    let body: RevealBody = read(sent.fields)?;
    Ok(fresh(Json(revealed(&state, &who, &found.case, body.reporter, &body.field, &body.purpose).await?)))
}

/// The same for a page.
pub async fn revealed(
    state: &AppState,
    who: &SignedIn,
    case: &Case,
    reporter: u16,
    field: &str,
    purpose: &str,
) -> Result<Revealed, Problem> {
    let field = Field::from_code(field)
        .filter(|field| *field != Field::Original)
        .ok_or_else(|| no_such("field", field, "name, contact, words"))?;
    let asked = Reveal { tenant: state.tenant(), actor: &who.actor, case, reporter, field, purpose };
    let value = match field {
        Field::Words => {
            state.engine.note_reveal(&asked, None).await?;
            super::journal::told(state, case).await?
        }
        _ => state.engine.reveal(asked).await?,
    };
    Ok(Revealed { reporter, field: field.code(), value })
}

/// Why an original is looked at.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OriginalBody {
    /// As in a reveal.
    purpose: String,
}

/// A file as it was sent, with what its metadata tells, after it was written down who looks and for what.
#[utoipa::path(post, path = "/cases/{id}/originals/{file}", tag = "persons", request_body = OriginalBody,
    params(("id" = String, Path, description = "Id or number"), ("file" = String, Path, description = "The file's name")), responses(
    (status = 200, description = "The bytes", content_type = "application/octet-stream", body = Vec<u8>),
    (status = 403, description = "`field_hidden`"),
    (status = 404, description = "There is no such file in this case, or it was forgotten"),
))]
pub async fn original(
    State(state): State<AppState>,
    who: SignedIn,
    CaseName(name): CaseName,
    names: Path<(String, String)>,
    sent: Sent,
) -> Result<Response, Problem> {
    let found = find::case(&state, &who, &name).await?;
    let body: OriginalBody = read(sent.fields)?;
    let row = super::files::named(&state, &found.case, &names.1).await?;
    let asked = Reveal {
        tenant: state.tenant(),
        actor: &who.actor,
        case: &found.case,
        reporter: 0,
        field: Field::Original,
        purpose: &body.purpose,
    };
    state.engine.note_reveal(&asked, None).await?;
    let bytes = super::files::bytes(&state, &row, &row.hash).await?;
    let mut answer = fresh(bytes);
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers
        .insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"original\""));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    Ok(answer)
}

/// Which accesses.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct AccessQuery {
    /// Of one case, by id or number, or of one service recipient, by id.
    case: Option<String>,
    /// Of one member.
    member: Option<String>,
    /// At or after this moment (RFC 3339).
    from: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Lines of a page: 1 to 500, 50 where it is not said.
    limit: Option<usize>,
}

/// One access.
#[derive(Serialize, ToSchema)]
pub struct AccessShown {
    pub at: Moment,
    pub member: String,
    #[schema(value_type = Option<String>)]
    pub unit: Option<SmolStr>,
    /// The case's id; that of a service recipient where `what` begins with `recipient`.
    pub case: String,
    /// `opened`, `revealed`, `asked` (for an export) or `exported`; `recipient_revealed` or `recipient_exported`.
    #[schema(value_type = String)]
    pub what: SmolStr,
    #[schema(value_type = Option<String>)]
    pub field: Option<SmolStr>,
    pub reporter: Option<u16>,
    #[schema(value_type = Option<String>)]
    pub purpose: Option<SmolStr>,
}

impl From<AccessRow> for AccessShown {
    fn from(row: AccessRow) -> AccessShown {
        AccessShown {
            at: Moment(row.at),
            member: row.member.to_string(),
            unit: row.unit.map(|unit| unit.0),
            case: row.case.to_string(),
            what: row.what,
            field: row.field,
            reporter: row.reporter,
            purpose: row.purpose,
        }
    }
}

/// The place in a log that `next` of a page names.
pub(crate) fn place(cursor: &str) -> Result<(Instant, i64), Problem> {
    let (at, no) = cursor.split_once('~').unwrap_or_default();
    match (at.parse(), no.parse()) {
        (Ok(at), Ok(no)) => Ok((Instant(at), no)),
        _ => Err(no_such("cursor", cursor, "next")),
    }
}

/// Who opened which case, and what of whom was shown for what, newest first. For administrators and auditors of the whole authority.
#[utoipa::path(get, path = "/access", tag = "persons", params(AccessQuery), responses(
    (status = 200, description = "A page of accesses", body = Paged<AccessShown>),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such case"),
))]
pub async fn accesses(
    State(state): State<AppState>,
    who: SignedIn,
    Asked(asked): Asked<AccessQuery>,
) -> Result<Json<Paged<AccessShown>>, Problem> {
    let reader = who.auditing(&state)?;
    // Asked before a number is looked up, so that numbers cannot be tried out.
    state.engine.watching(state.tenant(), &reader)?;
    let limit = find::limit(asked.limit)?;
    let from = moment("from", asked.from.as_ref())?.unwrap_or(Instant(0));
    let before = asked.cursor.as_deref().map(place).transpose()?;
    let of = match (&asked.case, &asked.member) {
        (Some(case), _) => AccessOf::Case(looked_at(&state, case).await?),
        (None, Some(member)) => AccessOf::Member(MemberId::new(member)),
        (None, None) => AccessOf::Everybody,
    };
    let rows = state.engine.accesses(state.tenant(), &reader, &of, from, before, limit).await?;
    let next = rows.last().filter(|_| rows.len() == limit).map(|row| format!("{}~{}", row.at.0, row.no));
    Ok(Json(Paged { items: rows.into_iter().map(AccessShown::from).collect(), next }))
}

/// A case by id or number, whoever asks: for those who look after persons and not after cases.
pub async fn named(state: &AppState, text: &str) -> Result<Case, Problem> {
    let store = state.engine.store();
    let found = match Named::read(text)? {
        Named::Id(id) => store.case(state.tenant(), id).await?,
        Named::Number(number) => store.case_by_number(state.tenant(), &number).await?,
    };
    Ok(found.ok_or_else(Problem::not_found)?.case)
}

/// The case by its id or number, or the service recipient by their id, that somebody looked at; a recipient also when they are forgotten.
pub async fn looked_at(state: &AppState, text: &str) -> Result<CaseId, Problem> {
    let missing = match named(state, text).await {
        Ok(case) => return Ok(case.id),
        Err(missing) => missing,
    };
    let Named::Id(id) = Named::read(text)? else { return Err(missing) };
    let (store, tenant) = (state.engine.store(), state.tenant());
    let looks = store.accesses(tenant, &AccessOf::Case(id), Instant(0), (Instant(i64::MAX), 0), 1).await?;
    let stands = !looks.is_empty() || store.recipient(tenant, RecipientId(id)).await?.is_some();
    if stands { Ok(id) } else { Err(missing) }
}

/// Whom to forget, or of whom to give out what is held: a reporter of a case, or a pseudonym; for an erasure also a whole case.
#[derive(Deserialize, Serialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub struct EraseBody {
    /// Id or number.
    case: Option<String>,
    /// The reporter's number, from 0; without it every word and file of the case, once it has ended.
    reporter: Option<u16>,
    /// Instead of both.
    pseudonym: Option<String>,
    /// `purpose_met`, `period_over`, `withdrawn`, `unlawful`, `law` or `request`.
    reason: String,
}

/// An erasure in the register.
#[derive(Serialize, ToSchema)]
pub struct ErasureShown {
    /// Begins with `r` for a service recipient whose consent was over or withdrawn.
    #[schema(value_type = String)]
    pub id: SmolStr,
    /// The case's id, or the recipient's.
    pub case: String,
    /// Null for every word of the case.
    pub reporter: Option<u16>,
    #[schema(value_type = String)]
    pub reason: SmolStr,
    /// `proposed`, `done` or `dropped`.
    #[schema(value_type = String)]
    pub state: SmolStr,
    pub proposed_by: String,
    pub proposed_at: Moment,
    pub decided_by: Option<String>,
    pub decided_at: Option<Moment>,
    /// Data keys that were destroyed.
    pub keys: i64,
    /// When the database was rewritten, so that no free page holds what was erased.
    pub scoured_at: Option<Moment>,
}

impl From<ErasureRow> for ErasureShown {
    fn from(row: ErasureRow) -> ErasureShown {
        ErasureShown {
            id: row.id,
            case: row.case.to_string(),
            reporter: row.reporter,
            reason: row.reason,
            state: row.state,
            proposed_by: row.proposed_by.to_string(),
            proposed_at: Moment(row.proposed_at),
            decided_by: row.decided_by.map(|member| member.to_string()),
            decided_at: row.decided_at.map(Moment),
            keys: row.keys,
            scoured_at: row.scoured_at.map(Moment),
        }
    }
}

/// The register of erasures, newest first. For administrators and auditors of the whole authority.
#[utoipa::path(get, path = "/erasures", tag = "persons", responses(
    (status = 200, description = "Erasures", body = Vec<ErasureShown>),
    (status = 403, description = "`administrators_only`"),
))]
pub async fn erasures(
    State(state): State<AppState>,
    who: SignedIn,
) -> Result<Json<Vec<ErasureShown>>, Problem> {
    let rows = state.engine.erasures(state.tenant(), &who.auditing(&state)?).await?;
    Ok(Json(rows.into_iter().map(ErasureShown::from).collect()))
}

/// Proposes to forget somebody; nothing happens before another person confirms it. For administrators.
#[utoipa::path(post, path = "/erasures", tag = "persons", request_body = EraseBody, responses(
    (status = 201, description = "It waits", body = ErasureShown),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such case, reporter or pseudonym"),
    (status = 409, description = "`still_open`"),
))]
pub async fn propose(
    State(state): State<AppState>,
    who: SignedIn,
    sent: Sent,
) -> Result<(StatusCode, Json<ErasureShown>), Problem> {
    state.engine.watching(state.tenant(), &who.actor)?;
    let body: EraseBody = read(sent.fields)?;
    let row = proposed(&state, &who, &body).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

async fn proposed(state: &AppState, who: &SignedIn, body: &EraseBody) -> Result<ErasureRow, Problem> {
    state.engine.watching(state.tenant(), &who.actor)?;
    let target = match (&body.pseudonym, &body.case, body.reporter) {
        (Some(name), _, _) => Target::Pseudonym(SmolStr::new(name)),
        (None, Some(case), Some(no)) => Target::Reporter(named(state, case).await?.id, no),
        (None, Some(case), None) => Target::Case(named(state, case).await?.id),
        (None, None, _) => return Err(no_such("case", "", "case, pseudonym")),
    };
    let asked = Proposal { target, reason: &body.reason };
    Ok(state.engine.propose_erasure(state.tenant(), &who.actor, &asked).await?)
}

/// The same for a page.
pub async fn proposed_by_form(
    state: &AppState,
    who: &SignedIn,
    (case, reporter, reason): (&str, &str, &str),
) -> Result<ErasureRow, Problem> {
    let reporter = match reporter {
        "" => None,
        // People count from one.
        text => {
            Some(text.parse::<u16>().ok().and_then(|no| no.checked_sub(1)).ok_or_else(Problem::not_found)?)
        }
    };
    let body =
        EraseBody { case: Some(case.to_owned()), reporter, pseudonym: None, reason: reason.to_owned() };
    proposed(state, who, &body).await
}

/// Carries out what somebody else proposed: the keys are gone with the answer. For administrators and auditors.
#[utoipa::path(post, path = "/erasures/{erasure}/confirm", tag = "persons",
    params(("erasure" = String, Path, description = "Id of the erasure")), responses(
    (status = 200, description = "Forgotten", body = ErasureShown),
    (status = 403, description = "`administrators_only`, or `same_person`"),
    (status = 404, description = "There is no such proposal"),
    (status = 409, description = "`decided_already`, or `still_open`"),
))]
pub async fn confirm(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<ErasureShown>, Problem> {
    Ok(Json(state.engine.confirm_erasure(state.tenant(), &who.actor, &id).await?.into()))
}

/// Lets a proposal go. For administrators and auditors.
#[utoipa::path(post, path = "/erasures/{erasure}/drop", tag = "persons",
    params(("erasure" = String, Path, description = "Id of the erasure")), responses(
    (status = 200, description = "Dropped", body = ErasureShown),
    (status = 403, description = "`administrators_only`"),
    (status = 409, description = "`decided_already`"),
))]
pub async fn drop_one(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<ErasureShown>, Problem> {
    Ok(Json(state.engine.drop_erasure(state.tenant(), &who.actor, &id).await?.into()))
}

/// Whose data.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportBody {
    /// Id or number.
    case: String,
    /// The reporter's number, from 0.
    #[serde(default)]
    reporter: u16,
    /// What somebody else was given who asked for the same.
    #[serde(default)]
    agreement: Option<String>,
}

/// Everything that is held of a reporter of a case, to be handed to them. For administrators and auditors, by two of them; it is written down.
///
/// Without `agreement` it is asked for: the answer has one, and `until` when it holds. Another of them sends it along and is given what is held.
#[utoipa::path(post, path = "/persons/export", tag = "persons", request_body = ExportBody, responses(
    (status = 200, description = "What they told, what was said in callbacks, and who looked", body = Object),
    (status = 202, description = "It is asked for: `agreement` and `until`", body = Object),
    (status = 403, description = "`administrators_only`, or `same_person`"),
    (status = 404, description = "There is no such case, reporter or agreement"),
))]
pub async fn export(State(state): State<AppState>, who: SignedIn, sent: Sent) -> Result<Response, Problem> {
    // Asked before anything is read or looked up, so that numbers cannot be tried out.
    state.engine.watching(state.tenant(), &who.actor)?;
    let body: ExportBody = read(sent.fields)?;
    let case = named(&state, &body.case).await?.id;
    let (tenant, agreement) = (state.tenant(), body.agreement.as_deref());
    let asked = ExportIn { tenant, actor: &who.actor, case, reporter: body.reporter, agreement };
    match state.engine.export_person(asked, &state.settings.privacy).await? {
        Export::Given(held) => Ok(fresh(Json(held)).into_response()),
        Export::Asked { agreement, until } => {
            let told = json!({"agreement": agreement, "until": until.to_string()});
            Ok((StatusCode::ACCEPTED, fresh(Json(told))).into_response())
        }
    }
}

/// Names of a list of purposes or reasons in a reader's language.
pub fn word(code: &str, english: bool) -> &str {
    let rows = PURPOSES.iter().chain(&REASONS).chain(&recipients::PURPOSES);
    rows.filter(|row| row.0 == code).map(|row| if english { row.2 } else { row.1 }).next().unwrap_or(code)
}
