//! Who sends a body, asked for again when it is there.
//!
//! Member and seats are read with a request's headers, and its body may take minutes to come: whoever was shut out in between, or has lost a seat,
//! does nothing by what they began before. Owns that, and how much of members' bodies this process holds at one time. Refuses to know those who
//! are not signed in: their bodies have bounds by address. Start at [`Sender::of`].

use std::sync::Arc;

use axum::{
    body::HttpBody,
    extract::Request,
    http::{header, request::Parts},
};
use huying_engine::{accounts::Act, authority};
use huying_model::{Actor, MemberId};

use super::{SignedIn, seated};
use crate::{open311::places::Place, problem::Problem, sent::MAX_JSON, state::AppState};

/// Large bodies are counted in these.
const MEGABYTE: usize = 1024 * 1024;
/// Megabytes of members' large bodies at one time. What is made of one needs as much again for a moment.
pub(crate) const ROOM: usize = 384;
/// Of them for each member: the longest form, which is six files.
pub(crate) const ROOM_OF_MEMBER: usize = 128;

/// The part of [`ROOM`] that a body takes as long as something of it is held; None for a small one.
pub(crate) type Room = Option<Arc<Place<MemberId>>>;

/// Whoever came, as they were when the headers were read.
#[derive(Clone)]
struct Came(SignedIn);

/// Keeps with the request who came, for whoever reads its body.
pub(super) fn note(parts: &mut Parts, who: &SignedIn) {
    parts.extensions.insert(Came(who.clone()));
}

/// Who sends a body that has yet to come.
pub(crate) struct Sender {
    who: Option<SignedIn>,
    room: Room,
}

impl Sender {
    /// Asked for before the body is read, of which `most` bytes are taken.
    ///
    /// # Errors
    /// `busy` where too much of others, or of the same member, is held already.
    pub fn of(request: &Request, most: usize, state: &AppState) -> Result<Sender, Problem> {
        let who = request.extensions().get::<Came>().map(|Came(who)| who.clone());
        let bytes = length(request).unwrap_or(most).min(most);
        let room = match &who {
            Some(who) if bytes > MAX_JSON => {
                let room = state.member_bodies.room(who.member.clone(), bytes.div_ceil(MEGABYTE));
                let busy = || Problem { retry_after: Some(5), ..Problem::of("busy") };
                Some(Arc::new(room.ok_or_else(busy)?))
            }
            _ => None,
        };
        Ok(Sender { who, room })
    }

    /// Asked for when the body is there; answers the room that it has.
    ///
    /// # Errors
    /// `not_signed_in` where the session or the key has ended since, `seats_changed` where the seats are others.
    pub async fn arrived(self, state: &AppState) -> Result<Room, Problem> {
        let Some(who) = &self.who else { return Ok(self.room) };
        if !who.is_still(state).await {
            return Err(Problem::of("not_signed_in"));
        }
        if who.actor_now(state)? != who.actor {
            return Err(Problem { retry_after: Some(1), ..Problem::of("seats_changed") });
        }
        Ok(self.room)
    }
}

/// Whether a problem is that of [`Sender::arrived`]: no page that shows what was wrong is drawn for who is another by now.
pub(crate) fn of_sender(problem: &Problem) -> bool {
    matches!(problem.code, "not_signed_in" | "seats_changed")
}

/// Bytes of the body, where that is said.
fn length(request: &Request) -> Option<usize> {
    let said =
        request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    said.or_else(|| usize::try_from(request.body().size_hint().exact()?).ok())
}

impl SignedIn {
    /// The member with the seats that are theirs now; one who is gone has none.
    pub(crate) fn actor_now(&self, state: &AppState) -> Result<Actor, Problem> {
        let setting = state.setting()?;
        let actor = authority::actor(&setting.policy.org, &self.member, state.now());
        let gone = |_| Actor::Member { id: self.member.clone(), seats: Vec::new() };
        Ok(seated(state, actor.unwrap_or_else(gone), Act::Run))
    }
}
