//! Service recipients over HTTP: people who agreed to be helped, kept by the unit that helps them.
//!
//! Lists and records are masked; a field is shown on request for a purpose that was agreed to. Names go in bodies only, never in an address,
//! and no program's key opens any of this. Refuses to decide who keeps whom: that is [`huying_engine::authority::recipient`]'s. Start at
//! [`register_recipient`].

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use huying_engine::recipients::{
    ALWAYS, Counted, Draft, Field, GIVEN_BY, HOW, PURPOSES, Standing, Withdrawal, told,
};
use huying_model::{Instant, NotACaseId, RecipientId};
use huying_store::person::RecipientRow;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use utoipa::{IntoParams, ToSchema};

use super::{
    bodies::read,
    find,
    shape::{Moment, Paged},
};
use crate::{
    pages::fresh,
    problem::Problem,
    sent::{Asked, Sent, no_such},
    session::SignedIn,
    state::AppState,
};

/// A recipient as they are written down. Of a change, what is left out stays, and an empty text takes away what was told.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct RecipientBody {
    /// The version that was read; needed of a change and of a renewal.
    pub version: Option<i64>,
    /// The responsible unit; one's own where one sits in one alone.
    pub unit: Option<String>,
    /// The cell they live in; needed to register.
    pub area: Option<String>,
    /// Codes of groups of the policy; needed to register.
    pub groups: Option<Vec<String>>,
    /// Sealed under a key of their own, as are the four below; needed to register.
    pub name: Option<String>,
    pub phone: Option<String>,
    pub address: Option<String>,
    /// What they need, up to 2,000 characters.
    pub needs: Option<String>,
    /// Who agreed for them, and how to reach them.
    pub guardian: Option<String>,
    /// Needed to register and to renew, and taken there alone.
    pub consent: Option<ConsentBody>,
}

/// Who agreed to what.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ConsentBody {
    /// `self` or `guardian`.
    pub given_by: String,
    /// `written`, `spoken` or `electronic`.
    pub how: String,
    /// Any of `visits`, `daily_help`, `benefits`, `health`, `home_safety` and `emergency`.
    pub purposes: Vec<String>,
    /// When it was given (RFC 3339).
    pub at: String,
    /// Until when it holds (RFC 3339): three years at most.
    pub until: String,
}

/// A recipient, masked.
#[derive(Serialize, ToSchema)]
pub struct RecipientShown {
    /// 32 hexadecimal digits; it tells nothing of who it is.
    pub id: String,
    /// Send it with a change or a renewal.
    pub version: i64,
    #[schema(value_type = String)]
    pub unit: SmolStr,
    /// The cell.
    #[schema(value_type = String)]
    pub area: SmolStr,
    #[schema(value_type = Vec<String>)]
    pub groups: Vec<SmolStr>,
    pub consent: ConsentShown,
    pub registered_at: Moment,
    /// What was told and can be asked for: `name`, `phone`, `address`, `needs`, `guardian`.
    pub on_request: Vec<&'static str>,
}

/// How consent stands.
#[derive(Serialize, ToSchema)]
pub struct ConsentShown {
    /// `holds`, `over` or `withdrawn`: after the last two nothing is shown, and the record is forgotten in the authority's days.
    pub state: &'static str,
    #[schema(value_type = String)]
    pub given_by: SmolStr,
    #[schema(value_type = String)]
    pub how: SmolStr,
    #[schema(value_type = Vec<String>)]
    pub purposes: Vec<SmolStr>,
    pub at: Moment,
    pub until: Moment,
    pub withdrawn_at: Option<Moment>,
}

impl RecipientShown {
    fn of(row: &RecipientRow, now: Instant) -> Result<RecipientShown, Problem> {
        let consent = ConsentShown {
            state: Standing::of(row, now).code(),
            given_by: row.consent.given_by.clone(),
            how: row.consent.how.clone(),
            purposes: row.consent.purposes.clone(),
            at: Moment(row.consent.at),
            until: Moment(row.consent.until),
            withdrawn_at: row.withdrawn_at.map(Moment),
        };
        Ok(RecipientShown {
            id: row.id.to_string(),
            version: row.version,
            unit: row.unit.0.clone(),
            area: row.area.0.clone(),
            groups: row.groups.clone(),
            consent,
            registered_at: Moment(row.registered_at),
            on_request: told(row)?.into_iter().map(Field::code).collect(),
        })
    }
}

/// An id from an address; one that is none is of nobody.
pub fn id(text: &str) -> Result<RecipientId, Problem> {
    text.parse().map_err(|_why: NotACaseId| Problem::not_found())
}

/// Which recipients.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct RecipientsQuery {
    /// Code of a group.
    group: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Lines of a page: 1 to 500, 50 where it is not said.
    limit: Option<usize>,
}

/// The recipients of one's own units, masked, the newest first. Others have none.
#[utoipa::path(get, path = "/recipients", tag = "recipients", params(RecipientsQuery), responses(
    (status = 200, description = "A page of recipients", body = Paged<RecipientShown>),
))]
pub async fn list(
    State(state): State<AppState>,
    who: SignedIn,
    Asked(asked): Asked<RecipientsQuery>,
) -> Result<Json<Paged<RecipientShown>>, Problem> {
    let (limit, cursor) = (find::limit(asked.limit)?, asked.cursor.as_deref());
    if let Some(text) = cursor.filter(|text| id(text).is_err()) {
        return Err(no_such("cursor", text, "next"));
    }
    let group = asked.group.as_deref();
    let page = state.engine.recipients(state.tenant(), &who.actor, group, cursor, limit).await?;
    let items = page.items.iter().map(|row| RecipientShown::of(row, state.now()));
    Ok(Json(Paged { items: items.collect::<Result<Vec<_>, Problem>>()?, next: page.next }))
}

/// Puts somebody down who agreed to be helped, in a unit of one's own. Without consent nobody is kept.
#[utoipa::path(post, path = "/recipients", tag = "recipients", request_body = RecipientBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body registers one recipient only")), responses(
    (status = 201, description = "Kept; of a request that was sent before, as they stand now", body = RecipientShown),
    (status = 400, description = "`validation`: each field that is wrong"),
    (status = 403, description = "`keepers_only`"),
))]
pub async fn register_recipient(
    State(state): State<AppState>,
    who: SignedIn,
    sent: Sent,
) -> Result<(StatusCode, Json<RecipientShown>), Problem> {
    let (key, draft): (_, Draft) = (sent.key(&who.member), read(sent.fields)?);
    let row = state.engine.register_recipient(state.tenant(), &who.actor, &draft, key.as_ref()).await?;
    Ok((StatusCode::CREATED, Json(RecipientShown::of(&row, state.now())?)))
}

/// A code with its words.
#[derive(Serialize, ToSchema)]
pub struct RecipientChoice {
    code: String,
    zh: String,
    en: String,
}

/// A group of people who are helped.
#[derive(Serialize, ToSchema)]
pub struct RecipientGroup {
    code: String,
    zh: String,
    en: String,
    /// What is done for them.
    help_zh: String,
    help_en: String,
    /// Only a guardian can agree.
    guardian: bool,
}

/// What there is to choose from.
#[derive(Serialize, ToSchema)]
pub struct RecipientChoices {
    /// None where the policy names none: then there is no register.
    groups: Vec<RecipientGroup>,
    given_by: Vec<RecipientChoice>,
    how: Vec<RecipientChoice>,
    /// What they may agree to be kept for.
    purposes: Vec<RecipientChoice>,
    /// What needs no agreement to be looked at for.
    always: Vec<RecipientChoice>,
}

fn choice(list: &[(&str, &str, &str)]) -> Vec<RecipientChoice> {
    let own = |text: &str| text.to_owned();
    list.iter().map(|(code, zh, en)| RecipientChoice { code: own(code), zh: own(zh), en: own(en) }).collect()
}

/// Groups of the policy, and what consent may say.
#[utoipa::path(get, path = "/recipients/choices", tag = "recipients", responses(
    (status = 200, description = "Codes with their words", body = RecipientChoices),
))]
pub async fn recipient_choices(
    State(state): State<AppState>,
    _who: SignedIn,
) -> Result<Json<RecipientChoices>, Problem> {
    let setting = state.setting()?;
    let groups = setting.pack.groups().map(|group| RecipientGroup {
        code: group.code.to_string(),
        zh: group.name.zh.to_string(),
        en: group.name.en.to_string(),
        help_zh: group.help.zh.to_string(),
        help_en: group.help.en.to_string(),
        guardian: group.guardian,
    });
    Ok(Json(RecipientChoices {
        groups: groups.collect(),
        given_by: choice(&GIVEN_BY),
        how: choice(&HOW),
        purposes: choice(&PURPOSES),
        always: choice(&ALWAYS),
    }))
}

/// How many there are of a group in an area.
#[derive(Serialize, ToSchema)]
pub struct RecipientCount {
    area: String,
    group: String,
    /// Null where they are fewer than ten, or would tell by difference how many those are.
    people: Option<i64>,
}

impl From<Counted> for RecipientCount {
    fn from(it: Counted) -> RecipientCount {
        RecipientCount { area: it.area.to_string(), group: it.group.to_string(), people: it.people }
    }
}

/// How many recipients whose consent holds there are on one's own ground, by group and area; few are hidden. Whoever is of two groups counts in both.
#[utoipa::path(get, path = "/recipients/counts", tag = "recipients", responses(
    (status = 200, description = "Counts; none for whoever is told none", body = Vec<RecipientCount>),
))]
pub async fn recipient_counts(
    State(state): State<AppState>,
    who: SignedIn,
) -> Result<Json<Vec<RecipientCount>>, Problem> {
    let counts = state.engine.count_recipients(state.tenant(), &who.actor).await?;
    Ok(Json(counts.into_iter().map(RecipientCount::from).collect()))
}

/// A recipient of one's own units, masked.
#[utoipa::path(get, path = "/recipients/{recipient}", tag = "recipients",
    params(("recipient" = String, Path, description = "Id of the recipient")), responses(
    (status = 200, description = "The recipient", body = RecipientShown),
))]
pub async fn one(
    State(state): State<AppState>,
    who: SignedIn,
    Path(text): Path<String>,
) -> Result<Json<RecipientShown>, Problem> {
    let row = state.engine.recipient(state.tenant(), &who.actor, id(&text)?).await?;
    Ok(Json(RecipientShown::of(&row, state.now())?))
}

/// Changes what is written down of a recipient whose consent holds; a group that they did not agree to comes by a renewal. Given to another unit, they are out of sight of the first.
#[utoipa::path(post, path = "/recipients/{recipient}", tag = "recipients", request_body = RecipientBody,
    params(("recipient" = String, Path, description = "Id of the recipient")), responses(
    (status = 200, description = "The recipient", body = RecipientShown),
    (status = 400, description = "`validation`: each field that is wrong"),
    (status = 409, description = "`record_moved`, or `consent_over`"),
))]
pub async fn change_recipient(
    State(state): State<AppState>,
    who: SignedIn,
    Path(text): Path<String>,
    sent: Sent,
) -> Result<Json<RecipientShown>, Problem> {
    let (id, draft): (RecipientId, Draft) = (id(&text)?, read(sent.fields)?);
    let row = state.engine.change_recipient(state.tenant(), &who.actor, id, &draft).await?;
    Ok(Json(RecipientShown::of(&row, state.now())?))
}

/// Writes down that consent was given again. It also brings back what was withdrawn or over and is not forgotten yet: what was withdrawn
/// by a consent that was given no earlier than on that day.
#[utoipa::path(post, path = "/recipients/{recipient}/consent", tag = "recipients", request_body = RecipientBody,
    params(("recipient" = String, Path, description = "Id of the recipient")), responses(
    (status = 200, description = "The recipient", body = RecipientShown),
    (status = 400, description = "`validation`: each field that is wrong"),
    (status = 409, description = "`record_moved`"),
))]
pub async fn renew_recipient(
    State(state): State<AppState>,
    who: SignedIn,
    Path(text): Path<String>,
    sent: Sent,
) -> Result<Json<RecipientShown>, Problem> {
    let (id, draft): (RecipientId, Draft) = (id(&text)?, read(sent.fields)?);
    let row = state.engine.renew_recipient(state.tenant(), &who.actor, id, &draft).await?;
    Ok(Json(RecipientShown::of(&row, state.now())?))
}

/// Consent withdrawn.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct WithdrawBody {
    /// `withdrawn` (where it is not said), `purpose_met`, `unlawful`, `law` or `request`.
    pub reason: Option<String>,
    /// The record is forgotten at once, not after the authority's days: it cannot be brought back.
    pub at_once: Option<bool>,
}

/// What a withdrawal left.
#[derive(Serialize, ToSchema)]
pub struct RecipientWithdrawn {
    /// The key is destroyed.
    pub forgotten: bool,
    /// Null where it is forgotten.
    pub recipient: Option<RecipientShown>,
}

/// Consent is withdrawn: from now on nothing of them is shown, and the record is forgotten after the authority's days, or at once.
#[utoipa::path(post, path = "/recipients/{recipient}/withdraw", tag = "recipients", request_body = WithdrawBody,
    params(("recipient" = String, Path, description = "Id of the recipient")), responses(
    (status = 200, description = "What is left", body = RecipientWithdrawn),
    (status = 409, description = "`record_moved`"),
))]
pub async fn withdraw_recipient(
    State(state): State<AppState>,
    who: SignedIn,
    Path(text): Path<String>,
    sent: Sent,
) -> Result<Json<RecipientWithdrawn>, Problem> {
    let (id, asked): (RecipientId, Withdrawal) = (id(&text)?, read(sent.fields)?);
    let left = state.engine.withdraw_recipient(state.tenant(), &who.actor, id, &asked).await?;
    let recipient = left.map(|row| RecipientShown::of(&row, state.now())).transpose()?;
    Ok(Json(RecipientWithdrawn { forgotten: recipient.is_none(), recipient }))
}

/// What is asked to be shown, and for what.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecipientRevealBody {
    /// `name`, `phone`, `address`, `needs` or `guardian`.
    field: String,
    /// One of the purposes that they agreed to, or `subject_request` or `legal`.
    purpose: String,
}

/// What was asked for.
#[derive(Serialize, ToSchema)]
pub struct RecipientRevealed {
    pub field: &'static str,
    pub value: String,
}

/// Shows one field of a recipient, after it was written down who looks and for what.
#[utoipa::path(post, path = "/recipients/{recipient}/reveal", tag = "recipients", request_body = RecipientRevealBody,
    params(("recipient" = String, Path, description = "Id of the recipient")), responses(
    (status = 200, description = "The field", body = RecipientRevealed),
    (status = 400, description = "`validation`: there is no such field, or they did not agree to this purpose"),
    (status = 404, description = "`not_found`, or `forgotten`: it was never told"),
    (status = 409, description = "`consent_over`, or `record_moved`"),
))]
pub async fn reveal_recipient(
    State(state): State<AppState>,
    who: SignedIn,
    Path(text): Path<String>,
    sent: Sent,
) -> Result<Response, Problem> {
    let (id, body): (RecipientId, RecipientRevealBody) = (id(&text)?, read(sent.fields)?);
    Ok(fresh(Json(revealed(&state, &who, id, &body.field, &body.purpose).await?)))
}

/// The same for a page.
pub async fn revealed(
    state: &AppState,
    who: &SignedIn,
    id: RecipientId,
    field: &str,
    purpose: &str,
) -> Result<RecipientRevealed, Problem> {
    let field = Field::from_code(field)
        .ok_or_else(|| no_such("field", field, "name, phone, address, needs, guardian"))?;
    let value = state.engine.reveal_recipient(state.tenant(), &who.actor, id, field, purpose).await?;
    Ok(RecipientRevealed { field: field.code(), value })
}

/// Everything that is held of a recipient, to be handed to them; it is written down. Also when consent is over, as long as the record is there.
#[utoipa::path(post, path = "/recipients/{recipient}/export", tag = "recipients",
    params(("recipient" = String, Path, description = "Id of the recipient")), responses(
    (status = 200, description = "What is held, what they agreed to, and who looked", body = Object),
    (status = 409, description = "`record_moved`"),
))]
pub async fn export_recipient(
    State(state): State<AppState>,
    who: SignedIn,
    Path(text): Path<String>,
) -> Result<Response, Problem> {
    let (id, privacy) = (id(&text)?, &state.settings.privacy);
    Ok(fresh(Json(state.engine.export_recipient(state.tenant(), &who.actor, id, privacy).await?)))
}

/// The purposes for which a field of this recipient may be asked for, with their words.
pub fn purposes(row: &RecipientRow) -> Vec<(&'static str, &'static str, &'static str)> {
    let theirs = PURPOSES.into_iter().filter(|(code, ..)| row.consent.purposes.iter().any(|own| own == code));
    theirs.chain(ALWAYS).collect()
}
