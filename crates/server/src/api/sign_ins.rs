//! The log of sign-ins over HTTP: the last lines of one's own account, and for whoever audits those of everybody.
//!
//! Owns who reads the log ([`watched`]). Refuses sums of it: nothing here says how long or how often somebody was there. Start at
//! [`own_sign_ins`], then [`sign_ins`].

use axum::{Json, extract::State};
use huying_engine::accounts::{Accounts, Act, What};
use huying_model::{Instant, MemberId};
use huying_store::accounts::{SignInRow, SignInsOf};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use utoipa::{IntoParams, ToSchema};

use super::{
    cases::moment,
    find,
    persons::place,
    shape::{Moment, Paged},
};
use crate::{
    problem::Problem,
    sent::{Asked, no_such},
    session::SignedIn,
    state::AppState,
};

/// One line of the log.
#[derive(Serialize, ToSchema)]
pub struct SignInShown {
    /// Of what is counted: the first of the hour.
    pub at: Moment,
    /// Null for names that nobody has: what was typed is kept nowhere.
    pub member: Option<String>,
    /// `signed_in`, `half` (the password was right, the second factor is missing), `failed`, `held_off` (too many failures before),
    /// `signed_out`, `link_made`, `link_taken`, `password_changed`, `codes_on`, `codes_off`, `passkey_added`, `key_made`, `closed`, `opened`.
    #[schema(value_type = String)]
    pub what: SmolStr,
    /// `password`, `code`, `recovery_code`, `passkey`, `openid`, `key`, `invitation`, `reset`, `once`, `this`, `device`, `everywhere`,
    /// `administrator`.
    #[schema(value_type = String)]
    pub way: SmolStr,
    /// What the browser says it is; of what is counted, the last one. Empty where there was none.
    pub device: String,
    /// The network without the last part of the address, such as `192.0.2.0/24`; of what is counted, the last one. Empty where there was none.
    #[schema(value_type = String)]
    pub network: SmolStr,
    /// How often: `half`, `failed` and `held_off` are counted by account, way and hour.
    pub times: i64,
    pub last_at: Moment,
    /// Who did it to the account of another member.
    pub by: Option<String>,
}

impl From<SignInRow> for SignInShown {
    fn from(row: SignInRow) -> SignInShown {
        SignInShown {
            at: Moment(row.at),
            member: row.member.map(|member| member.to_string()),
            what: row.what,
            way: row.way,
            device: row.device,
            network: row.network,
            times: row.times,
            last_at: Moment(row.last_at),
            by: row.asked_by.map(|member| member.to_string()),
        }
    }
}

/// The accounts, where the one who asks may read the log of everybody: where three administrators are apart the one who audits, and
/// otherwise administrators and auditors of the whole authority.
pub(crate) fn watched<'a>(state: &'a AppState, who: &SignedIn) -> Result<&'a Accounts, Problem> {
    let duties = state.accounts().ok().and_then(|accounts| accounts.rules().duties.as_ref());
    match duties {
        None => state.engine.watching(state.tenant(), &who.actor)?,
        Some(duties) if duties.may(&who.member, Act::Watch) => {}
        Some(duties) if duties.duty(&who.member).is_some() => {
            return Err(Problem::of("another_administrator"));
        }
        Some(_) => return Err(Problem::of("administrators_only")),
    }
    state.accounts()
}

/// A word of the log that is asked for; empty for every line.
pub(crate) fn wanted(what: &str) -> Result<SmolStr, Problem> {
    let known = || What::ALL.map(What::code).join(", ");
    match What::from_code(what) {
        Some(what) => Ok(SmolStr::new_static(what.code())),
        None if what.is_empty() => Ok(SmolStr::default()),
        None => Err(no_such("what", what, &known())),
    }
}

/// What happened to one's own account, the last 50 lines, the newest first.
#[utoipa::path(get, path = "/account/sign-ins", tag = "session", responses(
    (status = 200, description = "Whatever was not you: change the password, and sign every other device out", body = Vec<SignInShown>),
))]
pub async fn own_sign_ins(
    State(state): State<AppState>,
    who: SignedIn,
) -> Result<Json<Vec<SignInShown>>, Problem> {
    let rows = state.accounts()?.own_sign_ins(&who.session()?.member).await?;
    Ok(Json(rows.into_iter().map(SignInShown::from).collect()))
}

/// Which lines.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct SignInQuery {
    /// Of one member.
    member: Option<String>,
    /// One word of `what`.
    what: Option<String>,
    /// At or after this moment (RFC 3339).
    from: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Lines of a page: 1 to 500, 50 where it is not said.
    limit: Option<usize>,
}

/// How accounts were come in by, what was tried in vain, and what was done to accounts of others, newest first. For whoever audits the whole
/// authority.
#[utoipa::path(get, path = "/sign-ins", tag = "session", params(SignInQuery), responses(
    (status = 200, description = "A page of the log", body = Paged<SignInShown>),
    (status = 400, description = "`validation`: there is no such word or page"),
    (status = 403, description = "`administrators_only`, `another_administrator`"),
))]
pub async fn sign_ins(
    State(state): State<AppState>,
    who: SignedIn,
    Asked(asked): Asked<SignInQuery>,
) -> Result<Json<Paged<SignInShown>>, Problem> {
    let accounts = watched(&state, &who)?;
    let limit = find::limit(asked.limit)?;
    let of = SignInsOf {
        member: asked.member.map(MemberId::new),
        what: wanted(asked.what.as_deref().unwrap_or_default())?,
        from: moment("from", asked.from.as_ref())?.unwrap_or(Instant(0)),
        before: asked.cursor.as_deref().map_or(Ok((Instant(i64::MAX), 0)), place)?,
    };
    let rows = accounts.sign_ins(&of, limit).await?;
    let next = rows.last().filter(|_| rows.len() == limit).map(|row| format!("{}~{}", row.at.0, row.no));
    Ok(Json(Paged { items: rows.into_iter().map(SignInShown::from).collect(), next }))
}
