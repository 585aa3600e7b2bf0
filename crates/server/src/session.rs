//! Who is signed in: by the cookie of a session, by a program's key, or, in the demonstration, by a name that was chosen.
//!
//! Owns the step from a request to a [`SignedIn`], and what an open session still has to do first. Refuses to say what a member may do
//! or see: that is the model's and [`huying_engine::authority`]'s. Which of the ways counts is the deployment's
//! [`crate::state::SignIn`]; never two of them. Start at [`SignedIn`].

pub mod cookies;
pub mod demo;
pub(crate) mod origin;
pub(crate) mod scope;
pub(crate) mod sender;
pub mod visit;

use axum::{
    extract::{FromRequestParts, MatchedPath},
    http::{HeaderMap, Method, header, request::Parts},
};
use huying_engine::{
    accounts::{Act, Entered, Gate, Scope, Use},
    authority::{self, Sight},
};
use huying_model::{Actor, Instant, MemberId};
use huying_store::Seen;
use smol_str::SmolStr;

use self::visit::Visit;
use crate::{arrival::Arrival, problem::Problem, state::AppState};

/// How somebody came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// A name of the demonstration.
    Demo,
    Session(Entered),
    /// A program, by the id of its key.
    Key(SmolStr),
}

/// A signed-in member with every seat that is theirs now.
#[derive(Clone)]
pub struct SignedIn {
    pub member: MemberId,
    pub actor: Actor,
    /// The last contact before now that this process saw itself ([`crate::contact`]); None after a restart.
    pub contact: Option<Instant>,
    pub way: Way,
}

impl SignedIn {
    /// What they may read.
    pub fn sight(&self, state: &AppState) -> Result<Sight, Problem> {
        Ok(Sight::of(&state.setting()?.policy.org, &self.actor))
    }

    /// The same as the condition that reads of cases take into their statement; None for every case.
    pub fn seen(&self, state: &AppState) -> Result<Option<Seen>, Problem> {
        let setting = state.setting()?;
        let org = &setting.policy.org;
        Ok(Sight::of(org, &self.actor).scope(org))
    }

    /// The same for an answer that goes on, with the seats that are theirs now.
    pub fn seen_now(&self, state: &AppState) -> Result<Option<Seen>, Problem> {
        let setting = state.setting()?;
        let org = &setting.policy.org;
        // A member who is gone has no seat, and sees nothing.
        let actor = authority::actor(org, &self.member, state.now());
        Ok(actor.map_or_else(|_gone| Some(Seen::default()), |actor| Sight::of(org, &actor).scope(org)))
    }

    /// Who they are as a reader of the audit, of the log of accesses and of the register of erasures: where three administrators are apart,
    /// the one who audits has their seat for these alone.
    pub fn auditing(&self, state: &AppState) -> Result<Actor, Problem> {
        let actor = authority::actor(&state.setting()?.policy.org, &self.member, state.now())
            .map_err(|unknown| Problem::from(huying_engine::Error::from(unknown)))?;
        Ok(seated(state, actor, Act::Audit))
    }

    /// Whether they still are: for answers that go on, which do not count as use of a session.
    pub async fn is_still(&self, state: &AppState) -> bool {
        self.stands(state, true).await
    }

    /// The same for a body that has come, and may have taken longer than a session may go unused.
    pub async fn was_not_shut_out(&self, state: &AppState) -> bool {
        self.stands(state, false).await
    }

    async fn stands(&self, state: &AppState, in_use: bool) -> bool {
        let Ok(accounts) = state.accounts() else { return self.way == Way::Demo };
        let holds = match &self.way {
            Way::Demo => return false,
            Way::Session(entered) if in_use => accounts.holds(entered.hash).await,
            Way::Session(entered) => accounts.stands(entered.hash).await,
            Way::Key(id) => {
                accounts.keys(&self.member).await.map(|keys| keys.iter().any(|key| &key.id == id))
            }
        };
        // A store that does not answer for a moment ends nothing.
        holds.unwrap_or(true)
    }

    /// The session, for what only a person at a browser may do.
    pub fn session(&self) -> Result<&Entered, Problem> {
        match &self.way {
            Way::Session(entered) => Ok(entered),
            Way::Demo => Err(Problem::of("demo_members")),
            Way::Key(_) => Err(Problem::of("key_scope")),
        }
    }
}

/// A signed-in member whose session may still have something to do first: for the pages where it is done.
pub struct AtTheDoor(pub SignedIn, pub Gate);

impl AtTheDoor {
    /// The member, where nothing is left to do first but perhaps what is `done_here`.
    pub fn past(self, done_here: &[Gate]) -> Result<SignedIn, Problem> {
        let AtTheDoor(who, gate) = self;
        match gate {
            Gate::Open => Ok(who),
            gate if done_here.contains(&gate) => Ok(who),
            Gate::Second => Err(Problem::of("not_signed_in")),
            Gate::Password => Err(Problem::of("password_first")),
            Gate::Enrol => Err(Problem::of("codes_first")),
        }
    }
}

async fn came(parts: &Parts, state: &AppState) -> Result<(MemberId, Way, Gate), Problem> {
    let Ok(accounts) = state.accounts() else {
        let member = demo::claimed(&parts.headers, state).ok_or_else(|| Problem::of("not_signed_in"))?;
        if !arrival(parts).local {
            return Err(Problem::of("loopback_only"));
        }
        return Ok((member, Way::Demo, Gate::Open));
    };
    if let Some(given) = bearer(parts) {
        let key = accounts.by_key(given).await?.ok_or_else(|| Problem::of("not_signed_in"))?;
        let path = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
        match scope::needed(&parts.method, path.unwrap_or_default()) {
            Some(needed) if Scope::list(&key.row.scopes).contains(&needed) => {}
            _ => return Err(Problem::of("key_scope")),
        }
        return Ok((key.row.member, Way::Key(key.row.id), key.gate));
    }
    // The cookies of the authority count there for nothing, and it has none of its own.
    if state.is_sandbox() {
        return Err(Problem::of("not_signed_in"));
    }
    let token = cookies::token(&parts.headers, arrival(parts).secure);
    let token = token.ok_or_else(|| Problem::of("not_signed_in"))?;
    let entered = accounts.entered_for(token, what(parts)).await?;
    let entered = entered.ok_or_else(|| Problem::of("not_signed_in"))?;
    let gate = entered.gate;
    Ok((entered.member.clone(), Way::Session(entered), gate))
}

/// What the request is as a use of its session. A browser may say that nobody pressed anything; saying it only ever keeps a session open
/// for less long.
fn what(parts: &Parts) -> Use {
    let path = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    let says = |name: &str| {
        let query = parts.uri.query().unwrap_or_default();
        form_urlencoded::parse(query.as_bytes()).any(|(field, _)| field == name)
    };
    if parts.method == Method::GET && path == "/cockpit" && says("wall") {
        return Use::Wall;
    }
    // A stream is opened again by itself whenever it was cut.
    let by_itself = path == "/desk/live" || parts.headers.get("unattended").is_some_and(|said| said == "?1");
    if by_itself { Use::Unattended } else { Use::Act }
}

/// The actor with the seats that count for an act; in the demonstration nobody is apart.
fn seated(state: &AppState, actor: Actor, act: Act) -> Actor {
    match state.accounts() {
        Ok(accounts) => accounts.seated(actor, act),
        Err(_demonstration) => actor,
    }
}

/// Whether a request is meant in this member's name. On a device that several use somebody else may have signed in since it was
/// written; one that says nothing is in the name of whoever is signed in.
fn meant(headers: &HeaderMap, member: &MemberId) -> bool {
    let Some(named) = headers.get("for-member") else { return true };
    // Percent-encoded, where a plus is a plus.
    let text = named.to_str().unwrap_or_default().replace('+', "%2B");
    form_urlencoded::parse(text.as_bytes())
        .next()
        .is_some_and(|(name, rest)| name == member.as_str() && rest.is_empty())
}

/// Refuses to end a session of somebody else than who is named: a device may tell late that its member has left, when the next one is
/// signed in already.
pub(crate) async fn may_end(headers: &HeaderMap, visit: &Visit, state: &AppState) -> Result<(), Problem> {
    if !headers.contains_key("for-member") {
        return Ok(());
    }
    let member = match state.accounts() {
        Ok(accounts) => {
            let entered = accounts.entered(visit.token.as_deref().unwrap_or_default()).await?;
            entered.map(|entered| entered.member)
        }
        Err(_demonstration) => demo::claimed(headers, state),
    };
    match member {
        Some(member) if !meant(headers, &member) => Err(Problem::of("another_member")),
        _ => Ok(()),
    }
}

/// The key of a program.
fn bearer(parts: &Parts) -> Option<&str> {
    let given = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = given.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}

/// How the request arrived, as the edge has found.
pub(crate) fn arrival(parts: &Parts) -> Arrival {
    let nowhere = Arrival { address: [0, 0, 0, 0].into(), secure: false, local: false };
    parts.extensions.get::<Arrival>().copied().unwrap_or(nowhere)
}

impl FromRequestParts<AppState> for AtTheDoor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<AtTheDoor, Problem> {
        let (member, way, gate) = came(parts, state).await?;
        // With half a session nobody is signed in yet.
        if gate == Gate::Second {
            return Err(Problem::of("not_signed_in"));
        }
        if !meant(&parts.headers, &member) {
            return Err(Problem::of("another_member"));
        }
        let now = state.now();
        let actor = authority::actor(&state.setting()?.policy.org, &member, now)
            .map_err(|unknown| Problem::from(huying_engine::Error::from(unknown)))?;
        let actor = seated(state, actor, Act::Run);
        let contact = state.contacts.seen(&member, now);
        let who = SignedIn { member, actor, contact, way };
        sender::note(parts, &who);
        Ok(AtTheDoor(who, gate))
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<SignedIn, Problem> {
        AtTheDoor::from_request_parts(parts, state).await?.past(&[])
    }
}

/// Somebody may be signed in: for pages that anyone may open.
pub struct Perhaps(pub Option<SignedIn>);

impl FromRequestParts<AppState> for Perhaps {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Perhaps, std::convert::Infallible> {
        Ok(Perhaps(SignedIn::from_request_parts(parts, state).await.ok()))
    }
}

/// Who may see the list of members: whoever is signed in, and in the demonstration whoever has to choose one.
pub struct Chooser;

impl FromRequestParts<AppState> for Chooser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Chooser, Problem> {
        if state.accounts().is_ok() {
            return SignedIn::from_request_parts(parts, state).await.map(|_| Chooser);
        }
        demo::Local::from_request_parts(parts, state).await.map(|_| Chooser)
    }
}
