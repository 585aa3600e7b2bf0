//! Feeds: other systems that cases are taken from and given to, by Open311, and the letters that a person has to look at.
//!
//! Owns the shapes, and the rule that only administrators of the root area make, read and end them. Refuses to show a key, or words that
//! the other system sent: a letter says what is wrong, and with which request. Start at [`put`].

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use huying_engine::feed::map::FeedMap;
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
    /// `in`: a request of theirs that could not be told; `out`: a report or an update that they did not take.
    direction: &'static str,
    /// The case that is given.
    case: Option<String>,
    #[schema(value_type = String)]
    state: SmolStr,
    attempts: i64,
    due_at: Moment,
    /// What is wrong.
    error: Option<String>,
    /// Their request, without words and address.
    #[schema(value_type = Option<Object>)]
    entry: Option<Value>,
    made_at: Moment,
}

impl LetterShown {
    fn of(state: &AppState, feed: &str, row: LetterRow) -> LetterShown {
        let body = state.engine.letter_body(state.tenant(), feed, &row);
        let mut entry: Option<Value> = body.and_then(|body| serde_json::from_str(&body).ok());
        if let Some(fields) = entry.as_mut().and_then(Value::as_object_mut) {
            const PLAIN: [&str; 6] = [
                "service_request_id",
                "status",
                "service_code",
                "service_name",
                "requested_datetime",
                "updated_datetime",
            ];
            fields.retain(|name, _| PLAIN.contains(&name.as_str()));
        }
        LetterShown {
            id: row.id,
            direction: row.direction.code(),
            case: row.case.map(|case| case.to_string()),
            state: row.state,
            attempts: row.attempts,
            due_at: Moment(row.due_at),
            error: row.error,
            entry,
            made_at: Moment(row.made_at),
        }
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
    Ok(Json(Paged::of(page, |row| LetterShown::of(&state, &id, row))))
}

/// What is done with a dead letter.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleBody {
    /// `again` (try it once more, as after the map was mended) or `drop` (set it aside for good).
    act: String,
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
    let again = match body.act.as_str() {
        "again" => true,
        "drop" => false,
        other => return Err(no_such("act", other, "again, drop")),
    };
    let store = state.engine.store();
    let done = store.settle_letter(state.tenant(), &id, &letter, again, state.now()).await?;
    if done { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}
