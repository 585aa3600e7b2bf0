//! Feeds: other systems that cases are taken from and given to, by Open311, and the letters that a person has to look at.
//!
//! Owns the shapes, and the rule that only administrators of the root area make, read and end them. Refuses to show a key, or words that
//! the other system sent: a letter says what is wrong, and with which request. Start at [`put`].

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use huying_engine::feed::{
    desk::{Act, Tells},
    map::FeedMap,
    sounding::{Gaps, Sounding, Theirs},
};
use huying_store::feeds::{FeedRow, LetterRow};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use smol_str::SmolStr;
use utoipa::{IntoParams, ToSchema};

use super::{
    find,
    shape::{Moment, Paged},
    subscriptions::administrator,
};
use crate::{
    problem::Problem,
    sent::{Asked, Sent, no_such},
    session::SignedIn,
    state::AppState,
};

/// What a feed is.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedBody {
    /// The text of FEED.toml: which server, what is taken and given, and what codes mean.
    map: String,
    /// The key that opens the other system; the one that is there stays where none is sent.
    key: Option<String>,
    /// Whether it works; true where it is not said.
    active: Option<bool>,
}

/// A feed and how it stands.
#[derive(Serialize, ToSchema)]
pub struct FeedShown {
    #[schema(value_type = String)]
    id: SmolStr,
    map: String,
    /// There is a key; it is never shown.
    has_key: bool,
    active: bool,
    /// Cases are taken from there, and given to it.
    takes: bool,
    gives: bool,
    /// Everything that changed there until then was taken.
    since: Option<Moment>,
    /// When it was looked at last.
    ran_at: Option<Moment>,
    /// Why the last look broke off.
    error: Option<String>,
}

fn shown(row: FeedRow) -> FeedShown {
    let map = FeedMap::parse(&row.map).ok();
    FeedShown {
        takes: map.as_ref().is_some_and(|map| map.pull.is_some()),
        gives: map.as_ref().is_some_and(|map| map.push.is_some()),
        id: row.id,
        map: row.map,
        has_key: row.key.is_some(),
        active: row.active,
        since: row.since.map(Moment),
        ran_at: row.ran_at.map(Moment),
        error: row.error,
    }
}

/// A letter.
#[derive(Serialize, ToSchema)]
pub struct LetterShown {
    #[schema(value_type = String)]
    id: SmolStr,
    /// `in`: a request of theirs that could not be told; `out`: a report or an update that they did not take; `photo`: a photo of a
    /// request that did not come.
    direction: &'static str,
    /// The case that is given, or that the photo belongs to.
    case: Option<String>,
    #[schema(value_type = String)]
    state: SmolStr,
    attempts: i64,
    due_at: Moment,
    /// What is wrong.
    error: Option<String>,
    /// What a person said it is: a matter of ours for `in`, a service of theirs for `out`.
    chosen: Option<String>,
    /// Why a person set it aside.
    reason: Option<String>,
    /// Their request, without words and address.
    #[schema(value_type = Option<Object>)]
    entry: Option<Value>,
    made_at: Moment,
}

/// A request of theirs without its words and address.
pub(crate) fn plain(mut entry: Value) -> Value {
    const PLAIN: [&str; 6] = [
        "service_request_id",
        "status",
        "service_code",
        "service_name",
        "requested_datetime",
        "updated_datetime",
    ];
    if let Some(fields) = entry.as_object_mut() {
        fields.retain(|name, _| PLAIN.contains(&name.as_str()));
    }
    entry
}

impl LetterShown {
    async fn of(state: &AppState, feed: &str, row: LetterRow) -> Result<LetterShown, Problem> {
        let entry = match state.engine.letter_tells(state.tenant(), feed, &row).await? {
            Tells::Request(entry) => Some(plain(entry)),
            _ => None,
        };
        let said = state.engine.store().choice(state.tenant(), feed, &row.id).await?;
        let (chosen, reason) = said.map_or((None, None), |said| (said.chosen, said.reason));
        Ok(LetterShown {
            id: row.id,
            direction: row.direction.code(),
            case: row.case.map(|case| case.to_string()),
            state: row.state,
            attempts: row.attempts,
            due_at: Moment(row.due_at),
            error: row.error,
            chosen,
            reason,
            entry,
            made_at: Moment(row.made_at),
        })
    }
}

async fn there(state: &AppState, id: &str) -> Result<FeedRow, Problem> {
    let all = state.engine.store().feeds(state.tenant()).await?;
    all.into_iter().find(|row| row.id == id).ok_or_else(Problem::not_found)
}

/// Every feed. For administrators.
#[utoipa::path(get, path = "/feeds", tag = "exchange", responses(
    (status = 200, description = "All of them", body = Vec<FeedShown>),
    (status = 403, description = "`administrators_only`"),
))]
pub async fn list(State(state): State<AppState>, who: SignedIn) -> Result<Json<Vec<FeedShown>>, Problem> {
    administrator(&state, &who)?;
    let all = state.engine.store().feeds(state.tenant()).await?;
    Ok(Json(all.into_iter().map(shown).collect()))
}

/// Makes a feed, or changes the one of this name. For administrators.
#[utoipa::path(put, path = "/feeds/{feed}", tag = "exchange", request_body = FeedBody,
    params(("feed" = String, Path, description = "Name: small letters, digits, hyphens")), responses(
    (status = 200, description = "It holds from now on", body = FeedShown),
    (status = 400, description = "`validation`: each wrong line of the map with its mend"),
    (status = 403, description = "`administrators_only`"),
))]
pub async fn put(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Json<FeedShown>, Problem> {
    administrator(&state, &who)?;
    let body: FeedBody = super::bodies::read(sent.fields)?;
    let set = (id.as_str(), body.map.as_str(), body.key.as_deref());
    let by = (&who.member, body.active.unwrap_or(true));
    let row = state.engine.put_feed(state.tenant(), set, by, state.settings.webhooks).await?;
    Ok(Json(shown(row)))
}

/// Ends a feed with what was on its way; cases that were taken stay. For administrators.
#[utoipa::path(delete, path = "/feeds/{feed}", tag = "exchange",
    params(("feed" = String, Path, description = "Name of the feed")), responses(
    (status = 204, description = "It has ended"),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such feed"),
))]
pub async fn end(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    administrator(&state, &who)?;
    let gone = state.engine.store().drop_feed(state.tenant(), &id).await?;
    if gone { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}

/// Looks at the other system now, within a second or two. For administrators.
#[utoipa::path(post, path = "/feeds/{feed}/look", tag = "exchange",
    params(("feed" = String, Path, description = "Name of the feed")), responses(
    (status = 202, description = "It is due"),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such feed"),
))]
pub async fn look(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    administrator(&state, &who)?;
    there(&state, &id).await?;
    state.engine.store().feed_due(state.tenant(), &id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Which letters.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct LettersQuery {
    /// `dead` where it is not said; `waiting`, `dropped` or `done`.
    state: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Lines of a page: 1 to 500, 50 where it is not said.
    limit: Option<usize>,
}

/// Letters of a feed: what a person has to look at, what waits, what was set aside. For administrators.
#[utoipa::path(get, path = "/feeds/{feed}/letters", tag = "exchange",
    params(("feed" = String, Path, description = "Name of the feed"), LettersQuery), responses(
    (status = 200, description = "A page of letters", body = Paged<LetterShown>),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such feed"),
))]
pub async fn letters(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Asked(asked): Asked<LettersQuery>,
) -> Result<Json<Paged<LetterShown>>, Problem> {
    administrator(&state, &who)?;
    there(&state, &id).await?;
    let of = asked.state.as_deref().unwrap_or("dead");
    if !["dead", "waiting", "dropped", "done"].contains(&of) {
        return Err(no_such("state", of, "dead, waiting, dropped, done"));
    }
    let (limit, cursor) = (find::limit(asked.limit)?, asked.cursor.as_deref());
    let page = state.engine.store().letters(state.tenant(), &id, of, cursor, limit).await?;
    let mut items = Vec::new();
    for row in page.items {
        items.push(LetterShown::of(&state, &id, row).await?);
    }
    Ok(Json(Paged { items, next: page.next }))
}

/// What is done with a dead letter.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleBody {
    /// `again` (try it once more, as after the map was mended), `as` (it is what `code` says; go on with it) or `drop` (set it aside for
    /// good).
    act: String,
    /// For `as`: a matter of ours for a letter in, a service of theirs for a report out.
    code: Option<String>,
    /// For `as` and a letter in: write it into the map, for every request of its service. False where it is not said.
    all: Option<bool>,
    /// For `drop`: why, shown beside the letter.
    reason: Option<String>,
}

/// Settles a dead letter. For administrators.
#[utoipa::path(post, path = "/feeds/{feed}/letters/{letter}", tag = "exchange", request_body = SettleBody, params(
    ("feed" = String, Path, description = "Name of the feed"),
    ("letter" = String, Path, description = "Id of the letter"),
), responses(
    (status = 204, description = "It is tried again, or set aside"),
    (status = 400, description = "`validation`"),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such dead letter"),
))]
pub async fn settle(
    State(state): State<AppState>,
    who: SignedIn,
    Path((id, letter)): Path<(String, String)>,
    sent: Sent,
) -> Result<StatusCode, Problem> {
    administrator(&state, &who)?;
    let body: SettleBody = super::bodies::read(sent.fields)?;
    let named = (id.as_str(), letter.as_str());
    let act = match (body.act.as_str(), body.reason) {
        ("again", _) => Act::Again,
        ("as", _) => Act::As { code: body.code.unwrap_or_default(), all: body.all.unwrap_or_default() },
        ("drop", Some(reason)) => Act::Aside { reason },
        ("drop", None) => {
            let store = state.engine.store();
            let done = store.settle_letter(state.tenant(), &id, &letter, false, state.now()).await?;
            return if done { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) };
        }
        (other, _) => return Err(no_such("act", other, "again, as, drop")),
    };
    let reach = state.settings.webhooks;
    let done = state.engine.settle_feed_letter(state.tenant(), &who.member, named, &act, reach).await?;
    if done { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}

/// What the other system says of itself.
#[derive(Serialize, ToSchema)]
pub struct SoundingShown {
    /// How its developers are reached; null where it has no discovery.
    contact: Option<String>,
    services: Vec<TheirsShown>,
    /// Services that the map names and it does not have.
    gone: Vec<String>,
    /// Why it could not be asked for its services.
    error: Option<String>,
}

/// A service of theirs beside what the map says of it.
#[derive(Serialize, ToSchema)]
pub struct TheirsShown {
    code: String,
    name: Option<String>,
    /// The matter that a request of it is here; null where it would stop.
    taken_as: Option<String>,
    /// By the line for any other.
    by_star: bool,
    /// Matters of ours that go out as it.
    given: Vec<String>,
    /// What its attributes lack, where cases are given to it and it asks any.
    attributes: Option<GapsShown>,
    /// Why it is not known what it asks.
    unasked: Option<String>,
}

/// What the map leaves open or wrong of the attributes of a service.
#[derive(Serialize, ToSchema)]
pub struct GapsShown {
    /// Required, and filled by no line: every report is refused.
    missing: Vec<String>,
    /// Required, and filled by a line that some cases have nothing for: their reports are refused.
    unsure: Vec<String>,
    /// Filled with what they do not take.
    wrong: Vec<WrongShown>,
    /// Named by the map, and not asked there.
    unknown: Vec<String>,
}

/// An attribute that is filled with what it does not take.
#[derive(Serialize, ToSchema)]
pub struct WrongShown {
    code: String,
    /// The value of the map, or the fact that it is filled from.
    value: String,
}

impl GapsShown {
    fn of(gaps: Gaps) -> GapsShown {
        let wrong = gaps.wrong.into_iter().map(|(code, value)| WrongShown { code, value });
        GapsShown {
            missing: gaps.missing,
            unsure: gaps.unsure,
            wrong: wrong.collect(),
            unknown: gaps.unknown,
        }
    }
}

impl TheirsShown {
    fn of(theirs: Theirs) -> TheirsShown {
        TheirsShown {
            code: theirs.service.code,
            name: theirs.service.name,
            taken_as: theirs.taken_as.map(|matter| matter.to_string()),
            by_star: theirs.by_star,
            given: theirs.given.iter().map(ToString::to_string).collect(),
            attributes: theirs.gaps.map(GapsShown::of),
            unasked: theirs.unasked,
        }
    }
}

/// Asks the other system who it is and which services it has, beside what the map says of them; changes nothing. For administrators.
#[utoipa::path(get, path = "/feeds/{feed}/services", tag = "exchange",
    params(("feed" = String, Path, description = "Name of the feed")), responses(
    (status = 200, description = "What it says, or why it could not be asked", body = SoundingShown),
    (status = 403, description = "`administrators_only`"),
    (status = 404, description = "There is no such feed"),
))]
pub async fn services(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<SoundingShown>, Problem> {
    administrator(&state, &who)?;
    there(&state, &id).await?;
    let Sounding { contact, services, gone, error } =
        state.engine.sound_feed(state.tenant(), &id, state.settings.webhooks).await?;
    let services = services.into_iter().map(TheirsShown::of).collect();
    Ok(Json(SoundingShown { contact, services, gone, error }))
}
